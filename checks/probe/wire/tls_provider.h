/* OpenSSL's default provider, without what slows each handshake down.
 *
 * Before version 3.2, OpenSSL compares each public key of a certificate with everything that can
 * read any key from any format, in every handshake (its issue 17950). For that it copies its list
 * of all ciphers, digests and other algorithms, too. A library context for probes has only those
 * that a TLS client uses, and reads only certificates. Any thread.
 */
#ifndef PL_PROBE_WIRE_TLS_PROVIDER_H
#define PL_PROBE_WIRE_TLS_PROVIDER_H

#include <openssl/types.h>

/* For the library context of probes: the default provider or its part. A session offers the same
 * ciphers with both. Unload it with OSSL_PROVIDER_unload. NULL on failure. */
OSSL_PROVIDER *pl_tls_provider_load(OSSL_LIB_CTX *context);
/* Where private keys can be read for sessions of such a context. */
OSSL_LIB_CTX *pl_tls_provider_keys(OSSL_LIB_CTX *context);

#endif
