/* The one table of the ways in which an attempt can end (ends.def). Static data, any thread. */
#ifndef PL_FACTS_ENDS_H
#define PL_FACTS_ENDS_H

#include "facts/verdict.h"

/* In the order of the steps: a later one got further. */
typedef enum pl_end {
#define PL_END(id, ...) PL_END_##id,
#include "facts/ends.def"
#undef PL_END
  PL_END_COUNT
} pl_end;

typedef enum pl_end_layer {
  PL_END_LAYER_NONE, /* not tried, or nothing that counts was sent */
  PL_END_LAYER_HOST, /* this host ended it, at any step */
  PL_END_LAYER_TCP,
  PL_END_LAYER_TLS,
  PL_END_LAYER_HTTP,
} pl_end_layer;

/* What an end means at a public address. */
typedef enum pl_public_end {
  PL_PUBLIC_END_LOCAL,       /* this host did not try: proves nothing */
  PL_PUBLIC_END_INTERRUPTED, /* by this host: open after a completed handshake, else as LOCAL */
  PL_PUBLIC_END_WIRE,        /* the sign of a block, in the network */
  PL_PUBLIC_END_ICMP,        /* likewise, where the ICMP error prohibits */
  PL_PUBLIC_END_HANDSHAKE,   /* the sign of a block, where no certificate was seen */
  PL_PUBLIC_END_UNLISTED,    /* a failure that --blocked-by can't list */
  PL_PUBLIC_END_OPEN,
  PL_PUBLIC_END_INTERCEPTED, /* another certificate answered */
  PL_PUBLIC_END_SERVED,      /* open, where the certificate is right */
  PL_PUBLIC_END_HTTP,        /* likewise, but its answer may be the provider's block */
} pl_public_end;

/* What counts as the sign of a block. */
typedef enum pl_signature_kind {
  PL_SIGNATURE_NONE,
  PL_SIGNATURE_HTTP,         /* a status, and a body where a regex is given */
  PL_SIGNATURE_TLS_RESET,    /* reset or close inside the handshake, before any certificate */
  PL_SIGNATURE_TLS_ALERT,    /* fatal alert before any certificate; its number in `alert` */
  PL_SIGNATURE_TCP_REFUSED,  /* RST to the SYN */
  PL_SIGNATURE_TCP_TIMEOUT,  /* silence */
  PL_SIGNATURE_TCP_REJECTED, /* ICMP administratively prohibited, from another host */
  PL_SIGNATURE_DNS_NXDOMAIN, /* the public name does not exist */
} pl_signature_kind;

/* One row of ends.def, which explains the columns. */
typedef struct pl_end_info {
  const char *key, *text;
  pl_end_layer layer;
  bool answered, pause;
  pl_reason port;
  pl_public_end public_end;
  pl_signature_kind signature;
} pl_end_info;

/* Never NULL: anything that is no end is an attempt that was not tried, with empty texts. */
const pl_end_info *pl_end_info_at(pl_end end);

#endif
