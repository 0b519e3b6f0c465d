/* OpenSSL for probes: the library, and one context for each CA file.
 *
 * A context has the same settings whatever OPENSSL_CONF or the system's configuration of OpenSSL
 * says: TLS 1.2 or newer, security level 2, and no session cache, resumption or renegotiation. One
 * thread per context.
 */
#ifndef PL_PROBE_WIRE_TLS_CONTEXT_H
#define PL_PROBE_WIRE_TLS_CONTEXT_H

#include "base/clock.h"
#include "base/status.h"

typedef struct pl_tls_library pl_tls_library;
typedef struct pl_tls_context pl_tls_context;
struct ossl_lib_ctx_st; /* OSSL_LIB_CTX of OpenSSL */
struct pl_tls_chains;   /* wire/tls_chains.h */
struct pl_tls_socket;   /* wire/tls_socket.h */
struct ssl_st;          /* SSL of OpenSSL */
struct x509_st;         /* X509 of OpenSSL */

/* For a process of our own that runs one check. It changes OpenSSL for the whole process: OpenSSL
 * reads no configuration file from then on, knows only the digests that certificates use, has no
 * error texts of libcrypto, and frees its memory only when the process ends. Call it before any
 * thread starts. */
pl_status pl_tls_library_init(pl_error *error) PL_MUST_USE;

/* For a process that shares OpenSSL with other code: a separate library context with OpenSSL's
 * default provider (wire/tls_provider.h). No configuration file changes it, and it changes nothing
 * outside. It must outlive its contexts and their sessions. */
pl_status pl_tls_library_create(pl_tls_library **ret_library, pl_error *error) PL_MUST_USE;
void pl_tls_library_free(pl_tls_library *library);

/* The system's trust anchors plus those of `ca_file` (PEM; NULL for none). `library` is NULL for
 * the process's own OpenSSL. */
pl_status pl_tls_context_create(const pl_tls_library *library, const char *ca_file,
                                pl_tls_context **ret_context, pl_error *error) PL_MUST_USE;
/* Loads the anchors again if one of their files has changed (device, inode, size, mtime). On
 * failure the old anchors stay in use. */
pl_status pl_tls_context_refresh(pl_tls_context *context, pl_error *error) PL_MUST_USE;
void pl_tls_context_free(pl_tls_context *context);
/* Remembers the chains that are verified from now on, until the anchors change. For a process that
 * keeps running; call it once. PL_ERR_MEMORY. */
pl_status pl_tls_context_remember(pl_tls_context *context, const pl_clock *clock) PL_MUST_USE;
/* Whether the session has the present anchors. */
bool pl_tls_context_is_current(const pl_tls_context *context, const struct ssl_st *ssl);
/* The memory for a session. NULL: none, or the session has older anchors. */
struct pl_tls_chains *pl_tls_context_chains(const pl_tls_context *context,
                                            const struct ssl_st *ssl);
/* Whether the certificate is one of `ca_file`. */
bool pl_tls_context_gave(const pl_tls_context *context, const struct x509_st *anchor);

/* Where the keys of clients are read. NULL: the process's own OpenSSL. */
struct ossl_lib_ctx_st *pl_tls_context_keys(const pl_tls_context *context);

/* A client session over `socket`, which must outlive it; free with SSL_free. NULL without memory.
 */
struct ssl_st *pl_tls_context_open(const pl_tls_context *context,
                                   struct pl_tls_socket *socket) PL_MUST_USE;

#endif
