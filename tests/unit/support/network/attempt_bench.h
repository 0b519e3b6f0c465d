/* For tests of attempts: a network namespace with servers' certificates, and a bench that runs
 * attempts on its own loop and keeps the last result. */
#ifndef PL_TEST_ATTEMPT_BENCH_H
#define PL_TEST_ATTEMPT_BENCH_H

#include "probe/wire/attempt.h"
#include <openssl/ssl.h>

#define IPV4 "30.2.0.1"
#define IPV6 "3ffe:db8::1"
#define HOST "endpoint.example"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

/* ---- the world ------------------------------------------------------------------------------ */

typedef enum bench_leaf {
  CERT_NONE,
  CERT_GOOD,
  CERT_EXPIRED,
  CERT_FUTURE,
  CERT_WRONG_NAME,
  CERT_EXPIRED_WRONG_NAME,
  CERT_UNKNOWN_CA,
  CERT_CLIENT_ONLY,
  CERT_WEAK,
  CERT_COUNT,
} bench_leaf;

/* A server's context with each certificate; NULL for CERT_NONE. */
extern SSL_CTX *bench_servers[CERT_COUNT];

/* Set-up and tear-down of a group of tests: a namespace with IPV4 and IPV6 as addresses of this
 * host. 30.18.0.2 is on a wire that no process reads, and 30.19.0.2 on a segment without
 * neighbours. */
int bench_make_world(void **state);
int bench_free_world(void **state);
/* A context that trusts the certificates' authority because this host does, as that of a TLS
 * inspection. For the rest of the test's program, this host trusts no other. The caller frees it.
 */
struct pl_tls_context *bench_trust_of_host(void);
/* Touches the CA file of every bench, and loads its trust anchors again: the same, but other ones
 * for what was verified before. */
void bench_renew_anchors(void);
/* A server's context with a good certificate that has SCTs. The caller frees it. */
SSL_CTX *bench_server_with_scts(void);

/* ---- running attempts ----------------------------------------------------------------------- */

typedef struct attempt_bench {
  pl_loop *loop;
  pl_gate *gate;
  unsigned ended;
  pl_attempt_result last;
  int match; /* the result of the match callback */
  unsigned match_calls;
  char body[PL_LIMIT_HTTP_BODY + 1]; /* the body that the match callback got */
} attempt_bench;

void bench_open(attempt_bench *bench);
/* With the gate's limits; `clock` NULL: the system's. */
void bench_open_with(attempt_bench *bench, unsigned connecting, unsigned handshaking,
                     const pl_clock *clock);
void bench_close(attempt_bench *bench);

/* An attempt on the bench that verifies HOST and asks for "/", with more time than it needs. */
pl_attempt_config bench_config(attempt_bench *bench, const char *address, uint16_t port);
/* The `done` of bench_config. */
void bench_done(void *user, const pl_attempt_result *result);

/* Turns the loop until `count` attempts have ended since the bench was opened. */
void bench_turn_until(attempt_bench *bench, unsigned count);
/* One attempt from start to end. */
pl_attempt_result bench_run(attempt_bench *bench, const pl_attempt_config *config);

/* How many descriptors this process has open. */
unsigned count_descriptors(void);

#endif
