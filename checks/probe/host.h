/* What this host has: addresses and routes, as far as its kernel knows without a packet being sent.
 * Any thread. */
#ifndef PL_PROBE_HOST_H
#define PL_PROBE_HOST_H

#include "base/addr.h"
#include "options/spec.h"

typedef struct pl_host {
  bool ipv4, ipv6; /* an address of more than link scope on any interface */
  bool ipv4_out; /* and a route for IPv4 that leads out; where it is missing, there may be NAT64 */
} pl_host;

/* Reads the interfaces. */
pl_status pl_host_read(pl_host *ret_host) PL_MUST_USE;

bool pl_host_has(const pl_host *host, unsigned family);
/* Whether the kernel has a way to `address`. Only "no such network" and "no such family" say no: a
 * route that forbids is a fault to be seen by trying. */
bool pl_host_routes_to(const pl_addr *address);
/* The address that this host speaks to `address` from; family NONE where it has no way there. To an
 * address of its own a host speaks from that very address: nothing of it ever leaves. */
pl_addr pl_host_source(const pl_addr *address);

/* The public resolvers that `spec` asks from here: those it lists, or of the built-in ones those
 * whose family this host can use (all of a family it has, where no route leads to any). */
size_t pl_host_public_resolvers(const pl_host *host, const pl_spec *spec,
                                pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]);

#endif
