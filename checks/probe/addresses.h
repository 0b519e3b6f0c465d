/* The addresses of one side of a round: where they come from, and which of them may be probed. Pure
 * functions, any thread. */
#ifndef PL_PROBE_ADDRESSES_H
#define PL_PROBE_ADDRESSES_H

#include "facts/endpoint.h"
#include "facts/facts.h"
#include "options/spec.h"

/* Borrowed; `facts` holds the answers of the side's resolvers. */
typedef struct pl_address_source {
  bool public;
  const pl_spec *spec;
  const pl_endpoint *endpoint; /* NULL: the EC2 API was not asked */
  const pl_facts *facts;
} pl_address_source;

/* Whether the side may probe the address. A public address is never a private target, unless it is
 * known to be the endpoint's own. */
bool pl_address_is_target(const pl_address_source *source, const pl_addr *address);
/* PL_ORIGIN_ bits. */
unsigned pl_address_origins(const pl_address_source *source, const pl_addr *address);
/* Adds all addresses of the side to `list`, and sorts it. Of the public side only targets, so that
 * no other address takes their room. */
pl_status pl_address_collect(const pl_address_source *source, pl_addr_list *list) PL_MUST_USE;

#endif
