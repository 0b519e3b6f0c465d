/* Limits on the certificates that a server sends. They apply before anything is verified, because
 * verification is what costs time. Any thread. */
#ifndef PL_PROBE_WIRE_TLS_LIMITS_H
#define PL_PROBE_WIRE_TLS_LIMITS_H

#include <openssl/ssl.h>

/* Makes a handshake fail if the server sends more bytes of certificates than the limit. */
void pl_tls_limits_set(SSL_CTX *context);
/* The error of verification (X509_V_ERR_) for certificates that a server sends and that are over a
 * limit. X509_V_OK if all is within the limits. */
int pl_tls_limits_error(const STACK_OF(X509) * chain);

/* The limit that made a handshake fail, as text for a person; NULL: none. */
const char *pl_tls_limits_exceeded(const SSL *ssl);

#endif
