/* One TLS session over OpenSSL.
 *
 * It always verifies the chain and the name. The results are facts: a handshake with a wrong
 * certificate succeeds here, and the caller decides that nothing may be sent over it. The session
 * belongs to its attempt; the thread is that of its context.
 */
#ifndef PL_PROBE_WIRE_TLS_H
#define PL_PROBE_WIRE_TLS_H

#include "facts/facts.h"
#include "probe/wire/tls_context.h"

typedef struct pl_tls pl_tls;

/* A session over the connected socket `fd`, which stays the caller's. `name` is a host name (sent
 * as SNI and checked, RFC 6066 and RFC 9525) or a numeric address (checked as IP SAN, no SNI).
 * PL_ERR_INVALID for an empty or too long name. */
pl_status pl_tls_create(const pl_tls_context *context, int fd, const char *name,
                        pl_tls **ret_tls) PL_MUST_USE;
void pl_tls_free(pl_tls *tls);
/* Before the handshake: a ClientHello as old programs send it, for TLS 1.2 only, without ALPN and
 * with the groups P-256 and P-384 alone. PL_ERR_MEMORY. */
pl_status pl_tls_use_plain_hello(pl_tls *tls) PL_MUST_USE;

/* A client certificate with its chain, and its key, both PEM; they must outlive the session. It is
 * given to a server that asks for one and whose own certificate is verified and in date. If they
 * can't be used, the handshake fails with PL_TLS_LOCAL, EKEYREJECTED. */
void pl_tls_set_identity(pl_tls *tls, const char *certificate, const char *key);

typedef enum pl_tls_step {
  PL_TLS_AGAIN,   /* wait for the socket */
  PL_TLS_DONE,    /* handshake complete, or bytes moved */
  PL_TLS_CLOSED,  /* the other side closed (FIN or close_notify) */
  PL_TLS_RESET,   /* RST; errno in attempt->error */
  PL_TLS_ALERT,   /* fatal alert from the other side; in attempt->alert */
  PL_TLS_GARBAGE, /* protocol error found on this side */
  PL_TLS_LOCAL,   /* no memory, or a failing system call; errno in attempt->error */
} pl_tls_step;

/* These fill in what they learn of `attempt`: tls_version, tls_bytes, certificate, alert, error.
 * `wall_now` is in seconds since 1970. The kernel sends the end of a TLS 1.3 handshake with the
 * first write, at close(), or after 200 ms (MSG_MORE; tcp(7), TCP_CORK). */
pl_tls_step pl_tls_handshake(pl_tls *tls, int64_t wall_now, pl_attempt_result *attempt) PL_MUST_USE;
pl_tls_step pl_tls_write(pl_tls *tls, const char *bytes, size_t length, size_t *ret_written,
                         pl_attempt_result *attempt) PL_MUST_USE;
pl_tls_step pl_tls_read(pl_tls *tls, char *bytes, size_t size, size_t *ret_read,
                        pl_attempt_result *attempt) PL_MUST_USE;
/* What was asked for has arrived, so that the limits on what the session may receive
 * (PL_LIMIT_TLS_BYTES, PL_LIMIT_TLS_EMPTY) begin again. */
void pl_tls_renew_limits(pl_tls *tls);
/* False once the context has other trust anchors than those that the peer was verified by. */
bool pl_tls_has_current_anchors(const pl_tls *tls);

/* SHA-256 (FIPS 180-4). */
void pl_tls_digest(const char *bytes, size_t length, uint8_t ret_sha256[32]);

#endif
