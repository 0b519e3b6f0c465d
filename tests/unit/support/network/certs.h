/* Certificates that are made while the test runs, so that the repository has no key, and none that
 * expires. */
#ifndef PL_TEST_CERTS_H
#define PL_TEST_CERTS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct test_cert {
  X509 *x509;
  EVP_PKEY *key;
} test_cert;

typedef struct cert_spec {
  const char *common_name;
  const char *san; /* as in openssl.cnf: "DNS:a.example,IP:192.0.2.1"; NULL for none */
  int64_t not_before, not_after; /* seconds from now; both 0: valid for ten days */
  bool is_ca;
  unsigned rsa_bits;       /* 0: P-256 */
  const char *constraints; /* name constraints, as in openssl.cnf; NULL for none */
  const char *usage;       /* extended key usage; NULL: serverAuth */
  const EVP_MD *digest;    /* of the signature; NULL: SHA-256 */
  const uint8_t *scts;     /* value of the extension with SCTs; NULL: without it */
  size_t scts_length;
} cert_spec;

/* Signed by `issuer`, or by itself if that is NULL. Free with cert_free. */
test_cert cert_make(const cert_spec *spec, const test_cert *issuer);
void cert_free(test_cert *cert);

/* Writes the certificate as PEM to a new temporary file; `ret_path` gets its name. */
void cert_write(const test_cert *cert, char ret_target[64]);
/* A server's context with this certificate, followed by `intermediate` unless it is NULL. */
SSL_CTX *cert_server(const test_cert *cert, const test_cert *intermediate);

#endif
