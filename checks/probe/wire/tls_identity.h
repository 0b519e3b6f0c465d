/* The client certificate of a session. The thread is that of the session. */
#ifndef PL_PROBE_WIRE_TLS_IDENTITY_H
#define PL_PROBE_WIRE_TLS_IDENTITY_H

#include <openssl/types.h>
#include <stdbool.h>

/* Gives the session the first certificate of `certificate`, those after it as its chain, and `key`;
 * both are PEM, without a password. False if they can't be read, or do not fit together. `library`
 * is NULL for the process's own OpenSSL. */
bool pl_tls_identity_use(SSL *ssl, OSSL_LIB_CTX *library, const char *certificate, const char *key);

#endif
