/* Authenticated DNS: questions to public resolvers over HTTPS and TLS.
 *
 * For each resolver both transports are started together. The one that answers first is used for
 * every question from then on, over one connection that is kept, and the other one is closed. If a
 * new connection over it fails, both are started again.
 * Loop thread only. The engine owns the pool; the caller owns its questions, and frees them first.
 */
#ifndef PL_PROBE_DNS_SECURE_H
#define PL_PROBE_DNS_SECURE_H

#include "facts/facts.h"
#include "options/spec.h"
#include "probe/loop.h"
#include "probe/wire/tls_context.h"

typedef struct pl_secure pl_secure; /* the connections of one engine */
typedef struct pl_secure_query pl_secure_query;

pl_status pl_secure_create(pl_loop *loop, pl_secure **ret_pool) PL_MUST_USE;
/* A batch begins: each resolver may be connected to PL_LIMIT_DNS_CONNECTIONS times again. */
void pl_secure_allow_more(pl_secure *pool);
/* Closes the connections. NULL is fine. */
void pl_secure_free(pl_secure *pool);

typedef struct pl_secure_query_config {
  pl_secure *pool;
  pl_addr resolver;
  const pl_tls_context *tls; /* outlives the pool */
  pl_public_dns transports;  /* AUTO: both; else the one */
  const char *name;          /* absolute; copied */
  pl_dns_type type;
  pl_nsec timeout;  /* for the connection and the answer; the wait for room on it does not count */
  pl_nsec deadline; /* of the run, an instant: PL_DNS_CUT */
  /* Called once. `fact` names the transport that answered or got further, with its port. Its
   * answers belong to the callee from then on. */
  void (*done)(void *user, pl_dns_fact *fact);
  void *user;
} pl_secure_query_config;

/* Never calls `done` itself. */
pl_status pl_secure_query_start(const pl_secure_query_config *config,
                                pl_secure_query **ret_query) PL_MUST_USE;
/* Cancels without calling `done`. Must also be called after `done`. NULL is fine. */
void pl_secure_query_free(pl_secure_query *query);

#endif
