/* Gives a TLS session a client certificate from PEM text. */
#include "probe/wire/tls_identity.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* NULL after the last one. */
static X509 *next_certificate(BIO *bio, OSSL_LIB_CTX *library) {
  char no_password[] = ""; /* OpenSSL must not ask the terminal */
  X509 *certificate = X509_new_ex(library, NULL);
  X509 *read = certificate;
  if (certificate != NULL && PEM_read_bio_X509(bio, &read, NULL, no_password) != NULL)
    return certificate;
  X509_free(read); /* NULL where OpenSSL has freed it */
  return NULL;
}

static bool use_certificates(SSL *ssl, OSSL_LIB_CTX *library, BIO *bio) {
  X509 *certificate = next_certificate(bio, library);
  bool good = certificate != NULL && SSL_use_certificate(ssl, certificate) == 1;
  X509_free(certificate);
  while (good && (certificate = next_certificate(bio, library)) != NULL) {
    good = SSL_add1_chain_cert(ssl, certificate) == 1;
    X509_free(certificate);
  }
  return good;
}

static bool use_key(SSL *ssl, OSSL_LIB_CTX *library, BIO *bio) {
  char no_password[] = "";
  EVP_PKEY *key = PEM_read_bio_PrivateKey_ex(bio, NULL, NULL, no_password, library, NULL);
  bool good = key != NULL && SSL_use_PrivateKey(ssl, key) == 1 && SSL_check_private_key(ssl) == 1;
  EVP_PKEY_free(key);
  return good;
}

bool pl_tls_identity_use(SSL *ssl, OSSL_LIB_CTX *library, const char *certificate,
                         const char *key) {
  BIO *certificates = BIO_new_mem_buf(certificate, -1), *keys = BIO_new_mem_buf(key, -1);
  bool good = certificates != NULL && keys != NULL &&
              use_certificates(ssl, library, certificates) && use_key(ssl, library, keys);
  BIO_free(certificates);
  BIO_free(keys);
  ERR_clear_error(); /* the end of a PEM text is an error, too */
  return good;
}
