/* For tests of TLS: a network namespace with two authorities, and handshakes with servers in it. */
#ifndef PL_TEST_TLS_WORLD_H
#define PL_TEST_TLS_WORLD_H

#include "certs.h"
#include "probe/wire/tls.h"
#include "server.h"

#define HOST "endpoint.example"
#define ADDRESS "30.2.0.1"

extern test_cert authority, other_authority;
/* A file with the certificate of `authority`. */
extern char ca_path[64];
/* NULL: the process's own. */
extern pl_tls_library *library;

/* Set-up of a group of tests that uses the process's OpenSSL, and of one after it that uses a
 * library of its own. The tear-down belongs to the second one. */
int make_world(void **state);
int make_library(void **state);
int free_world(void **state);

/* A context for `library`; `ca_file` NULL: the system's anchors. */
pl_tls_context *make_context(const char *ca_file);

/* A connection to a server at ADDRESS. */
int connect_to(uint16_t port);
void wait_for_bytes(int fd);
pl_tls_step finish_handshake(pl_tls *tls, int fd, int64_t now, pl_attempt_result *attempt);
/* One handshake with a new server, at the time `now`. */
pl_tls_step shake_at(pl_tls_context *context, const server_script *script, const char *name,
                     int64_t now, pl_attempt_result *attempt);

#endif
