/* SYNs with a limited TTL to one address: where on the path they end, and who says so. Needs no
 * privilege (ip(7), IP_TTL and IP_RECVERR).
 *
 * One SYN is sent for each TTL from 1 on, each from a port of its own, without a retransmission,
 * with a gap between them, so that routers that limit their ICMP errors still answer. Once a SYN is
 * answered, no larger TTL is sent. The caller reserves their descriptors at the gate
 * (pl_gate_reserve): one for each TTL.
 *
 * Loop thread only. The caller owns the object. Once `done` is called it holds no descriptor, and
 * may be freed, also from inside `done`.
 */
#ifndef PL_PROBE_WIRE_HOPS_H
#define PL_PROBE_WIRE_HOPS_H

#include "facts/facts.h"
#include "probe/loop.h"

typedef struct pl_hops pl_hops;

typedef struct pl_hops_config {
  pl_loop *loop;
  pl_sockaddr target;
  uint8_t last_ttl; /* 1 to PL_LIMIT_HOPS; 1: asks only whether something this near answers */
  pl_nsec deadline; /* an instant; what is not known by then is silent or not sent */
  /* Called once, 1.5 s after the start at the latest: the TTLs from 1 to the first one that was
   * answered, or to the last one that was sent. `hops` is valid during the call. */
  void (*done)(void *user, const pl_hop *hops, size_t count);
  void *user;
} pl_hops_config;

/* What is known so far: as for `done`, but a TTL whose SYN still waits is silent. */
const pl_hop *pl_hops_found(const pl_hops *hops, size_t *ret_count);
/* Never calls `done` itself. */
pl_status pl_hops_start(const pl_hops_config *config, pl_hops **ret_hops) PL_MUST_USE;
/* Cancels without calling `done`. NULL is fine. */
void pl_hops_free(pl_hops *hops);

#endif
