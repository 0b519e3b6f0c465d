/* All questions about one name: A and AAAA of every resolver of a list, all at once; or of a list
 * in order, as the system's stub resolver asks, going on where one gives no definite answer.
 *
 * Loop thread only. The lookup is owned by whoever started it.
 */
#ifndef PL_PROBE_DNS_LOOKUP_H
#define PL_PROBE_DNS_LOOKUP_H

#include "probe/dns/resolve.h"

typedef struct pl_lookup pl_lookup;

typedef struct pl_lookup_config {
  pl_loop *loop;
  pl_resolvers *resolvers;
  const pl_sockaddr *list;  /* copied */
  size_t count;             /* at most PL_LIMIT_RESOLVERS */
  bool system;              /* in order, with failover */
  bool only_ipv6;           /* AAAA alone */
  const char *name;         /* copied */
  pl_nsec timeout;          /* of one question */
  pl_nsec deadline;         /* of the run, an instant */
  void (*done)(void *user); /* once; never from inside pl_lookup_start */
  void *user;
} pl_lookup_config;

pl_status pl_lookup_start(const pl_lookup_config *config, pl_lookup **ret_lookup) PL_MUST_USE;
/* The facts of all questions that were asked, in the order of the list, A before AAAA. They stay
 * the lookup's; a caller who takes a fact's answers over zeroes them here. */
pl_dns_fact *pl_lookup_facts(pl_lookup *lookup, size_t *ret_count);
/* Cancels without calling `done`. NULL is fine. */
void pl_lookup_free(pl_lookup *lookup);

#endif
