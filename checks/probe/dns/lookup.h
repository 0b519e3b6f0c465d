/* All questions about one name: A and AAAA at every resolver of a list, all at once, over plain
 * DNS, over HTTPS or TLS, or both; or in order, as the system's stub resolver does: the next one
 * only if there is no definite answer.
 *
 * Loop thread only. The caller owns the lookup.
 */
#ifndef PL_PROBE_DNS_LOOKUP_H
#define PL_PROBE_DNS_LOOKUP_H

#include "probe/dns/resolve.h"
#include "probe/dns/secure.h"

typedef struct pl_lookup pl_lookup;

typedef struct pl_lookup_config {
  pl_loop *loop;
  pl_resolvers *resolvers;
  const pl_sockaddr *list;   /* of resolvers; copied */
  size_t count;              /* at most PL_LIMIT_RESOLVERS */
  bool system;               /* in order, with failover */
  bool only_ipv6;            /* AAAA alone */
  pl_secure *secure;         /* NULL: over plain DNS alone */
  const pl_tls_context *tls; /* for `secure` */
  pl_public_dns transports;  /* with `secure`; AUTO is all three */
  const char *name;          /* copied */
  pl_nsec timeout;           /* of one question */
  pl_nsec deadline;          /* of the run, an instant */
  void (*done)(void *user);  /* once, from the loop */
  void *user;
} pl_lookup_config;

/* PL_ERR_LIMIT for too long a name or list, or PL_ERR_MEMORY. */
pl_status pl_lookup_start(const pl_lookup_config *config, pl_lookup **ret_lookup) PL_MUST_USE;
/* After `done`: the facts of all questions that were asked, plain DNS first, in the order of the
 * list, A before AAAA. HTTPS and TLS have one fact in common, of the one that got further. The
 * lookup owns them. A caller that takes the answers of a fact sets them to zero here. */
pl_dns_fact *pl_lookup_facts(pl_lookup *lookup, size_t *ret_count);
/* Cancels without calling `done`. NULL is fine. */
void pl_lookup_free(pl_lookup *lookup);

#endif
