/* Limits on the certificates that a server sends. They apply before anything is verified, because
 * verification is what costs time. Any thread. */
#ifndef PL_PROBE_WIRE_TLS_LIMITS_H
#define PL_PROBE_WIRE_TLS_LIMITS_H

#include <openssl/ssl.h>

/* Makes a handshake fail if the chain that the server sends is over a limit. Replaces the
 * certificate verification callback of `context` (SSL_CTX_set_cert_verify_callback). */
void pl_tls_limits_set(SSL_CTX *context);

/* The limit that made a handshake fail, as text for a person; NULL: none. */
const char *pl_tls_limits_exceeded(const SSL *ssl);

#endif
