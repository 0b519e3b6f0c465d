/* For tests of authenticated DNS: a resolver at IPV4 that answers over HTTPS and TLS, and questions
 * on a loop and a pool of their own. */
#ifndef PL_TEST_SECURE_BENCH_H
#define PL_TEST_SECURE_BENCH_H

#include "attempt_bench.h"
#include "probe/dns/secure.h"
#include "secure_server.h"

#define SECURE_SOON (5 * PL_SEC) /* more than any good answer takes */

/* The names that it knows, to an end without a name. */
extern const dns_row secure_rows[];

/* How each transport of IPV4 behaves: SECURE_MANNERS where nobody listens. */
typedef struct secure_resolver {
  secure_manner https, tls;
  bench_leaf https_leaf, tls_leaf; /* CERT_NONE stands for CERT_GOOD */
  unsigned per_connection, pause;
  test_server servers[2];
  secure_tally *tallies[2];
} secure_resolver;

void resolver_start(secure_resolver *r);
void resolver_stop(secure_resolver *r);
/* From then on nobody listens there. */
void resolver_stop_one(secure_resolver *r, pl_dns_transport transport);
/* To both transports. */
unsigned resolver_connections(const secure_resolver *r);
unsigned resolver_questions(const secure_resolver *r);

typedef struct secure_world {
  attempt_bench bench;
  pl_secure *pool;
} secure_world;

/* `clock` NULL: the system's. */
void secure_open(secure_world *w, const pl_clock *clock);
void secure_close(secure_world *w);

/* What a question came to. */
typedef struct secure_result {
  pl_secure_query *query;
  bool done;
  pl_dns_fact fact;
} secure_result;

/* Over both transports, with SECURE_SOON as timeout. */
pl_secure_query_config secure_question(secure_world *w, const char *name, pl_dns_type type,
                                       secure_result *r);
void secure_begin(const pl_secure_query_config *config, secure_result *r);
void secure_wait(secure_world *w, const secure_result *results, size_t count);
void secure_release(secure_result *r);
/* One question from start to end. */
void secure_run(secure_world *w, pl_secure_query_config config, secure_result *r);
/* Asks `count` names at once; every one must be answered. */
void secure_ask_many(secure_world *w, pl_public_dns mode, unsigned count, pl_nsec timeout);

/* The first address; "" without one. */
const char *secure_text(const pl_addr_list *list, char text[64]);

#endif
