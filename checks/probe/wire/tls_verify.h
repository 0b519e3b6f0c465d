/* Verifies the certificates of a server inside a handshake, or finds that it has verified the same
 * ones lately. The thread is that of the session. */
#ifndef PL_PROBE_WIRE_TLS_VERIFY_H
#define PL_PROBE_WIRE_TLS_VERIFY_H

#include "probe/wire/tls_chains.h"

/* What verification found in one session, which owns it. */
typedef struct pl_tls_verification {
  bool chain_ok, name_ok;
  pl_certificate_time time;
  long problem; /* the first X509_V_ERR_ that is not about time; X509_V_OK for none */
  /* The memory of the session's trust anchors, which outlives the session; NULL: none. */
  pl_tls_chains *chains;
  int64_t now;          /* seconds since 1970 */
  bool has_key;         /* the server has sent certificates */
  pl_tls_chain_key key; /* of them */
  bool known;           /* they were not verified again: `certificate` says what they are */
  pl_certificate certificate;
} pl_tls_verification;

/* For a context; the limits on certificates apply, too (wire/tls_limits.h). */
void pl_tls_verify_set(SSL_CTX *context);
/* Begins a session of such a context. `verification` becomes its application data. PL_ERR_MEMORY.
 */
pl_status pl_tls_verify_begin(pl_tls_verification *verification, SSL *ssl) PL_MUST_USE;

/* Notes a problem of the chain (X509_V_ERR_). Keeps validity period, name and chain apart: each
 * problem means something else. */
void pl_tls_verify_note(pl_tls_verification *verification, int problem);
/* For each message that the session receives. */
void pl_tls_verify_message(pl_tls_verification *verification, SSL *ssl, const void *bytes,
                           size_t length);
/* After the handshake: remembers the chain if it was verified without a problem. */
void pl_tls_verify_remember(const pl_tls_verification *verification, SSL *ssl,
                            const pl_certificate *certificate);

#endif
