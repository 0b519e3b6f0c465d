/* NAT64: how a host without IPv4 reaches IPv4 addresses. Finds the prefix as RFC 7050 says, and
 * makes addresses with it (RFC 6052). Loop thread only; the owner embeds it, zeroed at first. */
#ifndef PL_PROBE_NAT64_H
#define PL_PROBE_NAT64_H

#include "probe/ask.h"

typedef struct pl_nat64 {
  pl_nat64_state state;
  pl_lookup *lookup; /* NULL when nothing is asked */
  bool answered;     /* the lookup is complete; the owner's callback sets it */
  pl_addr prefix;    /* if the state is FOUND */
  unsigned length;   /* of the prefix, in bits */
} pl_nat64;

/* Whether an answer for a private name may be a NAT64 address of a prefix that is not in the facts:
 * DNS64 makes them with a prefix of its own, too. */
bool pl_nat64_may_be(const pl_facts *facts, const pl_dns_fact *dns, size_t count);
/* Asks the private resolvers of `spec` for the prefix. `done` is called once, and never from
 * inside.
 */
pl_status pl_nat64_ask(pl_nat64 *nat64, const pl_io *io, const pl_host *host, const pl_spec *spec,
                       pl_nsec deadline, void (*done)(void *user), void *user) PL_MUST_USE;
/* Reads a complete lookup, and frees it. */
void pl_nat64_finish(pl_nat64 *nat64);
/* The same, if there is a lookup, and writes the prefix that is found to the facts. */
void pl_nat64_take(pl_nat64 *nat64, pl_facts *facts);
/* Cancels the lookup. */
void pl_nat64_stop(pl_nat64 *nat64);
/* The address that leads to `ipv4` through NAT64. False if there is no NAT64, or the host has a
 * route of its own. */
bool pl_nat64_via(const pl_nat64 *nat64, const pl_addr *ipv4, pl_addr *ret_via);

/* RFC 7050: the prefix in the AAAA answers of ipv4only.arpa; false if there is none. */
bool pl_nat64_prefix(const pl_addr_list *answers, pl_addr *ret_prefix, unsigned *ret_length);

#endif
