/* Finds what is too large in a server's certificates, before they are verified. */
#include "probe/wire/tls_limits.h"
#include "base/limits.h"
#include <stdbool.h>

#define TEXT_OF(number) #number
#define DIGITS_OF(limit) TEXT_OF(limit)

static bool is_rsa(const EVP_PKEY *key) {
  return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
}

/* DSA and DH keys have moduli too, and no public authority issues them. A curve without a name has
 * parameters of the server's choice. */
static bool is_costly(const EVP_PKEY *key) {
  char curve[64];
  if (is_rsa(key))
    return EVP_PKEY_get_bits(key) > PL_LIMIT_TLS_RSA_BITS;
  if (EVP_PKEY_is_a(key, "EC"))
    return EVP_PKEY_get_bits(key) > PL_LIMIT_TLS_EC_BITS ||
           EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) != 1;
  return EVP_PKEY_is_a(key, "DSA") || EVP_PKEY_is_a(key, "DH") || EVP_PKEY_is_a(key, "DHX");
}

/* With so few certificates, no other code gives the first error. */
int pl_tls_limits_error(const STACK_OF(X509) * chain) {
  if (sk_X509_num(chain) > PL_LIMIT_TLS_CHAIN)
    return X509_V_ERR_CERT_CHAIN_TOO_LONG;
  for (int i = 0; i < sk_X509_num(chain); i++) {
    /* A key that cannot be read verifies nothing. */
    const EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i));
    if (key != NULL && is_costly(key))
      return X509_V_ERR_APPLICATION_VERIFICATION;
  }
  return X509_V_OK;
}

void pl_tls_limits_set(SSL_CTX *context) {
  SSL_CTX_set_max_cert_list(context, PL_LIMIT_TLS_CHAIN_BYTES);
}

const char *pl_tls_limits_exceeded(const SSL *ssl) {
  switch (SSL_get_verify_result(ssl)) {
  case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    return "more than " DIGITS_OF(PL_LIMIT_TLS_CHAIN) " certificates";
  case X509_V_ERR_APPLICATION_VERIFICATION:
    return "a key of a kind or size that is too costly to verify";
  default: /* a long, not an enum */
    return NULL;
  }
}
