/* The rivals of a block, and the controls that rule them out. Static data and plain values; any
 * thread. docs/verdicts.md is generated from the same table. */
#ifndef PL_FACTS_RIVAL_H
#define PL_FACTS_RIVAL_H

#include "facts/reason.h"
#include <stdbool.h>
#include <stdint.h>

/* What kind of sign an address shows. */
typedef enum pl_sign {
  PL_SIGN_HTTP, /* an answer over verified TLS */
  PL_SIGN_TLS,  /* a reset, close or alert before any certificate */
  PL_SIGN_TCP,  /* a refusal, silence, or an ICMP prohibition */
  PL_SIGN_DNS,  /* the name does not exist */
  PL_SIGN_COUNT
} pl_sign;

typedef enum pl_rival_level {
  PL_RIVAL_LEVEL_NONE,     /* cannot explain this sign */
  PL_RIVAL_LEVEL_REQUIRED, /* must be ruled out */
  PL_RIVAL_LEVEL_STRICT,   /* must be ruled out with --proof strict; is named otherwise */
} pl_rival_level;

/* What can rule a rival out. Each is the same probe with one thing changed, or a property of the
 * evidence. judge/public/controls.c and path.c say when one holds. */
typedef enum pl_control {
  PL_CONTROL_WITNESS,    /* another destination answered at the same time */
  PL_CONTROL_ATTEMPTS,   /* three attempts, 4.5 s apart, with a witness alongside each */
  PL_CONTROL_PRIVATE,    /* the private side is up and does not show the sign */
  PL_CONTROL_PAIRED,     /* the same, and both names belong to one tenant for certain */
  PL_CONTROL_SIBLING,    /* another name at the same address does not show the sign */
  PL_CONTROL_REQUEST,    /* another form of the request shows the same sign */
  PL_CONTROL_KEY,        /* with a key: still the sign in public, and accepted in private */
  PL_CONTROL_BEFORE,     /* the baseline: it was open, and the private side is as it was then */
  PL_CONTROL_DOCUMENTED, /* the provider documents this text for the block */
  PL_CONTROL_ISSUER,     /* the certificate has SCTs, or its chain ends in --public-ca-file */
  PL_CONTROL_NAMES,      /* authenticated DNS named the address */
  PL_CONTROL_ROUTE,      /* the same routing entry and source as the witness */
  PL_CONTROL_HOPS,       /* a packet of this flow was seen beyond our own network */
  PL_CONTROL_POOL,       /* a day without a new address or another answer */
  PL_CONTROL_COUNT
} pl_control;

#define PL_CONTROLS(id) (1u << PL_CONTROL_##id)

typedef enum pl_rival_id {
#define PL_RIVAL(id, ...) PL_RIVAL_##id,
#include "facts/rivals.def"
#undef PL_RIVAL
  PL_RIVAL_COUNT
} pl_rival_id;

typedef struct pl_rival {
  const char *key;         /* "egress": --accept, JSON */
  const char *explanation; /* "this host has no egress path" */
  pl_rival_level levels[PL_SIGN_COUNT];
  unsigned controls; /* bits of PL_CONTROLS() */
  pl_reason reason;  /* when it stands */
  const char *next_step;
} pl_rival;

/* The row; never NULL for a valid id. */
const pl_rival *pl_rival_at(pl_rival_id id);
const char *pl_control_name(pl_control control); /* "witness" */
const char *pl_control_text(pl_control control); /* one sentence, for docs and --explain */

/* What became of one rival. Of several addresses the worst, in this order. */
typedef enum pl_rival_state {
  PL_RIVAL_STATE_NONE,      /* no address shows a sign that it could explain */
  PL_RIVAL_STATE_RULED_OUT, /* by `control` */
  PL_RIVAL_STATE_ACCEPTED,  /* by --accept */
  PL_RIVAL_STATE_NAMED,     /* stands, but is not required: "not ruled out" */
  PL_RIVAL_STATE_STANDS,    /* required, and not ruled out */
  PL_RIVAL_STATE_SHOWN,     /* there is evidence for it */
} pl_rival_state;

const char *pl_rival_state_name(pl_rival_state state); /* "ruled-out" … */

typedef struct pl_rival_verdict {
  pl_rival_state state;
  pl_control control; /* RULED_OUT: which; else PL_CONTROL_COUNT */
  int64_t when;       /* RULED_OUT by what is remembered: seconds since 1970; 0: this round */
  const char *shown;  /* SHOWN: the evidence for it; static */
  unsigned held;      /* RULED_OUT: all controls of this round that do so, bits of PL_CONTROLS() */
  unsigned let_in;    /* SHOWN: which forms of the request were let in, bits 1u << pl_role */
} pl_rival_verdict;

#endif
