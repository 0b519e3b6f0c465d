/* The certificate chains that were verified lately, and what they say: for a process that sees the
 * same few chains every minute.
 *
 * A chain is known by the SHA-256 of the message that carried it, so by the exact bytes of all
 * certificates, and only for the host names that it was verified for. Only success is kept: for an
 * hour at most, never beyond the first end of a validity period, and not across a step of the
 * clock. The memory holds PL_LIMIT_TLS_CHAINS chains and forgets the one that was not used for the
 * longest time. It belongs to one set of trust anchors. The thread is that of the context.
 */
#ifndef PL_PROBE_WIRE_TLS_CHAINS_H
#define PL_PROBE_WIRE_TLS_CHAINS_H

#include "base/clock.h"
#include "base/status.h"
#include "facts/facts.h"
#include <openssl/types.h>

typedef struct pl_tls_chains pl_tls_chains;
typedef struct pl_tls_chain_key {
  uint8_t bytes[32];
} pl_tls_chain_key;

/* `library` is NULL for the process's own OpenSSL. */
pl_status pl_tls_chains_create(OSSL_LIB_CTX *library, const pl_clock *clock,
                               pl_tls_chains **ret_chains) PL_MUST_USE;
void pl_tls_chains_free(pl_tls_chains *chains);
/* For other trust anchors. */
void pl_tls_chains_forget(pl_tls_chains *chains);

/* The key of a Certificate message (RFC 8446 4.4.2, RFC 5246 7.4.2) in a session with these
 * settings. False without memory. */
bool pl_tls_chains_key(pl_tls_chains *chains, SSL *ssl, const void *message, size_t length,
                       pl_tls_chain_key *ret_key);
/* What a verified chain says, at `wall_now` in seconds since 1970; valid until the next call. NULL
 * if it has to be verified. */
const pl_certificate *pl_tls_chains_find(pl_tls_chains *chains, const pl_tls_chain_key *key,
                                         const char *host, int64_t wall_now);
/* Remembers a chain that was verified without any problem, if there is memory for it. */
void pl_tls_chains_add(pl_tls_chains *chains, const pl_tls_chain_key *key, const char *host,
                       const pl_certificate *certificate, int64_t wall_now);

#endif
