/* Verifies a server's certificates once, and its name and their dates in every handshake. */
#include "probe/wire/tls_verify.h"
#include "probe/wire/tls_limits.h"
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

void pl_tls_verify_note(pl_tls_verification *v, int problem) {
  switch (problem) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    v->time = PL_CERTIFICATE_EXPIRED;
    return;
  case X509_V_ERR_CERT_NOT_YET_VALID:
    if (v->time != PL_CERTIFICATE_EXPIRED)
      v->time = PL_CERTIFICATE_NOT_YET;
    return;
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    v->name_ok = false;
    break;
  default:
    v->chain_ok = false;
    break;
  }
  if (v->problem == X509_V_OK)
    v->problem = problem;
}

/* Whether a wildcard of the certificate matches a name with an underscore, as it does for curl:
 * OpenSSL accepts only letters, digits and hyphens then. */
static bool wildcard_matches(const X509 *leaf, const char *host) {
  const char *dot = host != NULL ? strchr(host, '.') : NULL;
  if (dot == NULL || dot == host || strchr(host, '_') == NULL || strchr(dot + 1, '.') == NULL)
    return false;
  GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
  bool found = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS)
      continue;
    const char *pattern = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
    found = (size_t)ASN1_STRING_length(name->d.dNSName) == strlen(dot) + 1 && pattern[0] == '*' &&
            strncasecmp(pattern + 1, dot, strlen(dot)) == 0;
  }
  GENERAL_NAMES_free(names);
  return found;
}

/* Always accepts, so that it sees every problem. The caller checks them before it sends anything.
 */
static int verify_callback(int accepted, X509_STORE_CTX *store) {
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  int problem = X509_STORE_CTX_get_error(store);
  if (!accepted && problem == X509_V_ERR_HOSTNAME_MISMATCH &&
      wildcard_matches(X509_STORE_CTX_get0_cert(store),
                       X509_VERIFY_PARAM_get0_host(X509_STORE_CTX_get0_param(store), 0)))
    X509_STORE_CTX_set_error(store, X509_V_OK);
  else if (!accepted)
    pl_tls_verify_note(SSL_get_app_data(ssl), problem);
  return 1;
}

/* The name that the session checks. NULL for a numeric address. */
static const char *host_of(SSL *ssl) { return X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0); }

static bool name_matches(SSL *ssl, X509 *leaf, const char *host) {
  unsigned flags = X509_VERIFY_PARAM_get_hostflags(SSL_get0_param(ssl));
  return X509_check_host(leaf, host, 0, flags, NULL) == 1 || wildcard_matches(leaf, host);
}

/* Whether the same certificates were verified lately. Their dates are judged, too. */
static bool is_known(pl_tls_verification *v, SSL *ssl, X509 *leaf) {
  const char *host = host_of(ssl);
  if (v->chains == NULL || !v->has_key || host == NULL)
    return false;
  const pl_certificate *found = pl_tls_chains_find(v->chains, &v->key, host, v->now);
  if (found == NULL || !name_matches(ssl, leaf, host))
    return false;
  v->certificate = *found;
  v->known = true;
  return true;
}

static int verify(X509_STORE_CTX *store, void *unused) {
  (void)unused;
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  if (is_known(SSL_get_app_data(ssl), ssl, X509_STORE_CTX_get0_cert(store))) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  int error = pl_tls_limits_error(X509_STORE_CTX_get0_untrusted(store));
  if (error == X509_V_OK)
    return X509_verify_cert(store);
  X509_STORE_CTX_set_error(store, error);
  return 0;
}

void pl_tls_verify_set(SSL_CTX *context) {
  pl_tls_limits_set(context);
  SSL_CTX_set_cert_verify_callback(context, verify, NULL);
}

pl_status pl_tls_verify_begin(pl_tls_verification *v, SSL *ssl) {
  v->chain_ok = v->name_ok = true;
  v->time = PL_CERTIFICATE_VALID;
  v->problem = X509_V_OK;
  if (SSL_set_app_data(ssl, v) != 1)
    return PL_ERR_MEMORY;
  SSL_set_verify(ssl, SSL_VERIFY_PEER, verify_callback);
  return PL_OK;
}

void pl_tls_verify_message(pl_tls_verification *v, SSL *ssl, const void *bytes, size_t length) {
  const uint8_t *type = bytes;
  if (v->chains != NULL && length > 0 && *type == SSL3_MT_CERTIFICATE)
    v->has_key = pl_tls_chains_key(v->chains, ssl, bytes, length, &v->key);
}

void pl_tls_verify_remember(const pl_tls_verification *v, SSL *ssl,
                            const pl_certificate *certificate) {
  const char *host = host_of(ssl);
  if (v->chains != NULL && v->has_key && host != NULL && v->chain_ok && v->name_ok &&
      v->time == PL_CERTIFICATE_VALID && v->problem == X509_V_OK)
    pl_tls_chains_add(v->chains, &v->key, host, certificate, v->now);
}
