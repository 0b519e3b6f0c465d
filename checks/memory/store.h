/* What is remembered of one endpoint from round to round, and over restarts. Plain data without
 * pointers: a daemon keeps one for each endpoint, a check reads and writes one file. Nobody judges
 * by a store: pl_memory_view says what of it still counts. Pure functions; one thread per store.
 */
#ifndef PL_MEMORY_STORE_H
#define PL_MEMORY_STORE_H

#include "base/limits.h"
#include "facts/facts.h"
#include "facts/plan.h"
#include "facts/verdict.h"
#include "memory/stamp.h"
#include "options/spec.h"

/* Controls that are remembered. */
typedef enum pl_kept_control {
  PL_KEPT_SIBLING,
  PL_KEPT_REQUEST,
  PL_KEPT_KEY,
  PL_KEPT_HOPS,
  PL_KEPT_COUNT,
} pl_kept_control;

/* Seconds that a control counts. It is tried once a day, and counts until the next round with it.
 */
#define PL_MEMORY_FRESH (26 * 3600)

#define PL_KEPT_ROUNDS 2 /* earlier rounds whose attempts count, with this one */

/* Attempts of one round that all showed a sign, with a witness alongside. */
typedef struct pl_kept_round {
  pl_stamp at; /* when the first of them started */
  uint32_t attempts;
  uint32_t addresses; /* that it was about: bit i is pool[i] of the store */
} pl_kept_round;

typedef struct pl_memory_store {
  /* Bound to nothing. */
  pl_alarm alarm;
  bool open_ipv4, open_ipv6; /* as in pl_memory */
  pl_stamp written;          /* when a round was learned last */
  int64_t gap;               /* seconds from the round before to that one; 0: not known */
  pl_stamp proven;           /* when blocked or open was last proven */
  uint64_t host;             /* pl_moment.host of the stamps' boot times */

  /* Bound to names, port, path and signatures: pl_memory_binding. */
  uint64_t binding;
  pl_stamp baseline;
  uint16_t baseline_public, baseline_private; /* statuses, as in pl_baseline */
  uint64_t signs;                             /* as in pl_memory; 0: none */
  pl_stamp sign_since;                        /* never: the last round did not show them */
  bool sign_caused, let_in, agent_let_in;     /* as in pl_memory */
  uint32_t forms; /* pl_memory_forms: `controls` but PL_KEPT_HOPS are bound to it, too */
  pl_stamp controls[PL_KEPT_COUNT];
  pl_stamp variations; /* sent last */
  pl_stamp varied;     /* of them the last that was another form of the request, not a sibling */
  pl_stamp throttled;  /* a 429 was last seen */
  uint64_t look;       /* the answers of the last round together */
  pl_stamp look_changed;
  pl_stamp pool_changed;        /* an address was new */
  uint32_t pool[PL_LIMIT_POOL]; /* pl_addr_number of addresses; 0: free */
  uint32_t pool_next;           /* the one that is replaced next */

  /* Bound to the path as well, with PL_KEPT_HOPS: pl_memory_path. */
  uint64_t path;
  pl_stamp hops_tried;                  /* SYNs with a limited TTL were last sent */
  uint32_t hops_addresses;              /* that PL_KEPT_HOPS is about, as in pl_kept_round */
  bool hops_against;                    /* as in pl_memory */
  pl_kept_round rounds[PL_KEPT_ROUNDS]; /* the newest first; without attempts: none */

  /* To notice an edge. */
  uint8_t public_verdict, severities[PL_CHECK_COUNT];
  bool edge; /* the last round was one */
} pl_memory_store;

_Static_assert(PL_LIMIT_POOL <= 32, "each has a bit in pl_kept_round");
_Static_assert(sizeof(pl_memory_store) <= 352, "ten thousand of them are in one daemon");

/* Nothing is remembered. */
void pl_memory_init(pl_memory_store *store);
/* Something is remembered, but can't be read. */
void pl_memory_init_unknown(pl_memory_store *store);

/* What still counts at this moment, with these facts: for facts->memory. */
pl_memory pl_memory_view(const pl_memory_store *store, const pl_spec *spec, const pl_facts *facts,
                         const pl_moment *now);

/* What the next round has to send: three attempts at first, after an edge and where attempts of
 * earlier rounds do not count; controls at first, after an edge and once a day, but for a day after
 * a 429; SYNs with a limited TTL until they were sent, which takes some rounds if many endpoints
 * begin at once, after an edge and once a day, or every hour while they prove nothing. `store` may
 * be NULL: nothing is remembered. */
pl_round_plan pl_memory_plan(const pl_memory_store *store, const pl_spec *spec,
                             const pl_moment *now);

/* ---- for the files of this module ----------------------------------------------------------- */

/* Makes a store of another boot or host one of now: its boot times mean nothing here. What is
 * bound to another configuration is forgotten. */
void pl_memory_rebase(pl_memory_store *store, const pl_spec *spec, const pl_moment *now);
/* Whether rounds are missing since the last one: more than three intervals. Also before the first.
 */
bool pl_memory_has_gap(const pl_memory_store *store, const pl_spec *spec, const pl_moment *now);
/* The bit of an address in pl_kept_round.addresses; 0 if it is not in the pool. */
uint32_t pl_memory_bit(const pl_memory_store *store, const pl_addr *address);
/* Whether PL_KEPT_HOPS is about every public address of the facts that gave no answer and that a
 * verdict is about (pl_facts_has_public). */
bool pl_memory_has_hops(const pl_memory_store *store, const pl_facts *facts);
/* The pl_control that is kept. */
pl_control pl_kept_control_at(pl_kept_control kept);

#endif
