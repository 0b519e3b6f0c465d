/* TLS over OpenSSL: one context per CA file, one session per attempt. The only file of the probe
 * path that sees OpenSSL.
 *
 * Verification and name check are always on and their results are facts: a handshake with a wrong
 * certificate ends well here, and the caller decides that nothing may be sent over it. TLS 1.2 or
 * newer, security level 2, no session cache, no resumption, no renegotiation, whatever OPENSSL_CONF
 * or the system's configuration of OpenSSL says. One thread per context.
 */
#ifndef PL_PROBE_WIRE_TLS_H
#define PL_PROBE_WIRE_TLS_H

#include "base/status.h"
#include "facts/facts.h"

typedef struct pl_tls_library pl_tls_library;
typedef struct pl_tls_context pl_tls_context;
typedef struct pl_tls pl_tls;

/* For a process that is ours and runs one check: OpenSSL reads no configuration file from then on,
 * knows no more digests by name than certificates use and no error texts of libcrypto, and leaves
 * its memory to the end of the process, for everybody in it. Before threads. */
pl_status pl_tls_library_init(pl_error *error) PL_MUST_USE;

/* For a process that others use OpenSSL in, too: a library context of its own with OpenSSL's
 * default provider. No configuration changes what it does, and it changes nothing for them.
 * Outlives its contexts and their sessions. */
pl_status pl_tls_library_create(pl_tls_library **ret_library, pl_error *error) PL_MUST_USE;
void pl_tls_library_free(pl_tls_library *library);

/* The system's trust anchors plus those of `ca_file` (PEM; NULL for none). `library` NULL: the
 * process's own OpenSSL. */
pl_status pl_tls_context_create(const pl_tls_library *library, const char *ca_file,
                                pl_tls_context **ret_context, pl_error *error) PL_MUST_USE;
/* Loads the anchors again where a file they came from has changed (device, inode, size, mtime).
 * On failure the old ones stay in use. */
pl_status pl_tls_context_refresh(pl_tls_context *context, pl_error *error) PL_MUST_USE;
void pl_tls_context_free(pl_tls_context *context);

/* A session over the connected socket `fd`, which stays the caller's. `name` is a host name (sent
 * as SNI and checked, RFC 6066 and RFC 9525) or a numeric address (checked as IP SAN, no SNI). */
pl_status pl_tls_create(pl_tls_context *context, int fd, const char *name,
                        pl_tls **ret_tls) PL_MUST_USE;
void pl_tls_free(pl_tls *tls);

typedef enum pl_tls_step {
  PL_TLS_AGAIN,   /* wait for the socket */
  PL_TLS_DONE,    /* handshake complete, or bytes moved */
  PL_TLS_CLOSED,  /* the other side closed (FIN or close_notify) */
  PL_TLS_RESET,   /* RST; errno in attempt->error */
  PL_TLS_ALERT,   /* fatal alert from the other side; in attempt->alert */
  PL_TLS_GARBAGE, /* protocol error found on this side */
  PL_TLS_LOCAL,   /* no memory, or a failing system call; errno in attempt->error */
} pl_tls_step;

/* Each fills in what it learns of `attempt`: tls_version, tls_bytes, certificate, alert, error. The
 * end of a TLS 1.3 handshake leaves with the first write or with close(), or else within 200 ms
 * (MSG_MORE; tcp(7), TCP_CORK). */
pl_tls_step pl_tls_handshake(pl_tls *tls, int64_t wall_now, pl_attempt_result *attempt) PL_MUST_USE;
pl_tls_step pl_tls_write(pl_tls *tls, const char *bytes, size_t length, size_t *ret_written,
                         pl_attempt_result *attempt) PL_MUST_USE;
pl_tls_step pl_tls_read(pl_tls *tls, char *bytes, size_t size, size_t *ret_read,
                        pl_attempt_result *attempt) PL_MUST_USE;

#endif
