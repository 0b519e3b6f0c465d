/* The routing entry of one TCP flow from this host, as its kernel would choose it (rtnetlink(7)).
 * Sends no packet, needs no privilege, and does not wait. Plain data; any thread. */
#ifndef PL_PROBE_ROUTE_H
#define PL_PROBE_ROUTE_H

#include "facts/facts.h"

/* The entry for a TCP connection of this user from any source port to `address` and `port`. `known`
 * is false where there is no route, where the entry refuses (blackhole, prohibit, unreachable),
 * where netlink is denied, and before Linux 4.18, which does not tell entries. Of several next hops
 * the entry has the one with the smallest interface and gateway: which of them a flow takes is not
 * known. With next hops that only the kernel's own objects name (net.ipv4.nexthop_compat_mode 0) it
 * has none. */
pl_route pl_route_of(const pl_addr *address, uint16_t port);

/* One answer to RTM_GETROUTE. */
typedef struct pl_route_answer {
  pl_route route;
  bool is_entry; /* it tells the entry (RTM_F_FIB_MATCH), and not a copy made for one flow */
} pl_route_answer;

/* Reads an answer of the kernel for an address of `family`. False for anything else. Pure. */
bool pl_route_parse(const void *answer, size_t length, unsigned family,
                    pl_route_answer *ret_answer);

#endif
