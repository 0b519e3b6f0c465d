/* This host's addresses and routes, as far as its kernel knows them without sending a packet. Plain
 * data; any thread. */
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
/* Whether the kernel has a route to `address`. Only "no such network" and "no such family" count as
 * no: an attempt is to show a route that prohibits. */
bool pl_host_routes_to(const pl_addr *address);
/* The address that this host sends from to `address`; family NONE where it has no route. It is
 * `address` itself where that is one of this host's own: then nothing leaves the host. */
pl_addr pl_host_source(const pl_addr *address);

/* The public resolvers to ask for `spec`: those that it lists, or else the built-in ones that this
 * host has a route to. Where it has a route to none, those of the families that it has. */
size_t pl_host_public_resolvers(const pl_host *host, const pl_spec *spec,
                                pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]);

#endif
