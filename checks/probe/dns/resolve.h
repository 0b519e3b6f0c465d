/* DNS on the loop: one question, one resolver, one fact.
 *
 * Loop thread only. The engine owns the resolvers; the caller owns its queries, and frees them
 * first. One c-ares channel for each address of a resolver, kept as long as the resolvers.
 */
#ifndef PL_PROBE_DNS_RESOLVE_H
#define PL_PROBE_DNS_RESOLVE_H

#include "facts/facts.h"
#include "options/spec.h"
#include "probe/loop.h"

typedef struct pl_resolvers pl_resolvers;
typedef struct pl_query pl_query;

pl_status pl_resolvers_create(pl_loop *loop, pl_resolvers **ret_resolvers,
                              pl_error *error) PL_MUST_USE;
void pl_resolvers_free(pl_resolvers *resolvers);

/* The system's resolvers in order, from /etc/resolv.conf (through c-ares), at most
 * PL_LIMIT_RESOLVERS; 127.0.0.1 if there is none, as resolv.conf(5) says. Reads the file again when
 * it has changed. `ret_rotate`: clients ask them in turn, so that each one counts. */
pl_status pl_resolvers_system(pl_resolvers *resolvers, pl_sockaddr ret_list[PL_LIMIT_RESOLVERS],
                              size_t *ret_count, bool *ret_rotate) PL_MUST_USE;
/* Adds the addresses that /etc/hosts gives the name. */
pl_status pl_resolvers_hosts(pl_resolvers *resolvers, const char *name,
                             pl_addr_list *list) PL_MUST_USE;

typedef struct pl_query_config {
  pl_resolvers *resolvers;
  pl_sockaddr resolver;
  const char *name; /* absolute: no search list is applied; copied */
  pl_dns_type type;
  pl_nsec timeout;  /* for the whole question, from when it is sent: tries over UDP, and TCP if the
                       answer was truncated */
  pl_nsec deadline; /* of the run, an instant: PL_DNS_CUT */
  /* Called once. The answers of `fact` belong to the callee from then on. */
  void (*done)(void *user, pl_dns_fact *fact);
  void *user;
} pl_query_config;

/* Never calls `done` itself. */
pl_status pl_query_start(const pl_query_config *config, pl_query **ret_query) PL_MUST_USE;
/* Cancels without calling `done`. Must also be called after `done`. NULL is fine. */
void pl_query_free(pl_query *query);

#endif
