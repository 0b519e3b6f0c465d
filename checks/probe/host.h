/* This host's addresses and routes, as its kernel knows them. Sends no packet. Plain data; any
 * thread. */
#ifndef PL_PROBE_HOST_H
#define PL_PROBE_HOST_H

#include "base/addr.h"
#include "base/status.h"

typedef struct pl_host {
  bool ipv4, ipv6; /* an address of more than link scope on any interface */
  bool ipv4_out;   /* and a route to public IPv4 addresses; without it there may be NAT64 */
} pl_host;

/* Reads the interfaces. PL_ERR_MEMORY or PL_ERR_IO. */
pl_status pl_host_read(pl_host *ret_host) PL_MUST_USE;

bool pl_host_has(const pl_host *host, unsigned family);
/* Whether the kernel has a route to `address`. A route that prohibits is a route: an attempt must
 * show it. Only ENETUNREACH, EADDRNOTAVAIL and EAFNOSUPPORT mean no. */
bool pl_host_routes_to(const pl_addr *address);
/* The source address that this host uses for packets to `address`; family NONE without a route. It
 * is `address` itself if that is one of this host's own: then nothing leaves the host. */
pl_addr pl_host_source(const pl_addr *address);

/* How many packets the kernel has dropped since its start because an IPsec policy wants an
 * association that does not exist: XfrmOutNoStates of /proc/net/xfrm_stat. 0 without that file.
 * Compare the numbers before and after the attempts. */
uint64_t pl_host_ipsec_drops(void);

#endif
