/* DNS over c-ares on the loop: one question, one resolver, one fact. The only file that sees
 * ares.h; the answers themselves are read by dns_answer.h, since c-ares calls a CNAME loop, a cut
 * address and an honest "no such record" by one name.
 *
 * Loop thread only. One channel per resolver address, kept as long as the resolver set.
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
 * PL_LIMIT_RESOLVERS; 127.0.0.1 where there is none, as resolv.conf(5) says. Read again where the
 * file has changed. */
pl_status pl_resolvers_system(pl_resolvers *resolvers, pl_sockaddr ret_list[PL_LIMIT_RESOLVERS],
                              size_t *ret_count) PL_MUST_USE;

typedef struct pl_query_config {
  pl_resolvers *resolvers;
  pl_sockaddr resolver;
  const char *name; /* absolute: no search list is applied; copied */
  pl_dns_type type;
  pl_nsec timeout;  /* for the whole question: two tries over UDP, then TCP where truncated */
  pl_nsec deadline; /* of the run, an instant: PL_DNS_CUT */
  /* Called once. `fact` is the callee's to take over: its answers belong to the callee. */
  void (*done)(void *user, pl_dns_fact *fact);
  void *user;
} pl_query_config;

/* `done` is never called from inside. */
pl_status pl_query_start(const pl_query_config *config, pl_query **ret_query) PL_MUST_USE;
/* Cancels without calling `done`; after `done` it must be called too. NULL is fine. */
void pl_query_free(pl_query *query);

#endif
