// Makes certificates while the test runs.
#include "certs.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  assert_non_null(extension);
  assert_int_equal(X509_add_ext(x509, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

static void add_scts(X509 *x509, const uint8_t *value, size_t length) {
  ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
  assert_int_equal(ASN1_OCTET_STRING_set(string, value, (int)length), 1);
  X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, string);
  assert_int_equal(X509_add_ext(x509, extension, -1), 1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(string);
}

test_cert cert_make(const cert_spec *spec, const test_cert *issuer) {
  static long serial = 1;
  test_cert made = {.x509 = X509_new(),
                    .key = spec->rsa_bits != 0 ? EVP_RSA_gen(spec->rsa_bits) : EVP_EC_gen("P-256")};
  assert_non_null(made.x509);
  assert_non_null(made.key);
  const test_cert *signer = issuer != NULL ? issuer : &made;
  X509_NAME *name = X509_get_subject_name(made.x509);
  X509_set_version(made.x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.x509), serial++);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)spec->common_name,
                             -1, -1, 0);
  X509_set_issuer_name(made.x509, X509_get_subject_name(signer->x509));
  bool dated = spec->not_before != 0 || spec->not_after != 0;
  X509_gmtime_adj(X509_getm_notBefore(made.x509), (long)(dated ? spec->not_before : -DAY));
  X509_gmtime_adj(X509_getm_notAfter(made.x509), (long)(dated ? spec->not_after : 10 * DAY));
  X509_set_pubkey(made.x509, made.key);
  if (spec->is_ca) {
    add_extension(made.x509, signer->x509, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made.x509, signer->x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(made.x509, signer->x509, NID_ext_key_usage,
                  spec->usage != NULL ? spec->usage : "serverAuth");
  }
  if (spec->constraints != NULL)
    add_extension(made.x509, signer->x509, NID_name_constraints, spec->constraints);
  if (spec->san != NULL)
    add_extension(made.x509, signer->x509, NID_subject_alt_name, spec->san);
  if (spec->scts != NULL)
    add_scts(made.x509, spec->scts, spec->scts_length);
  const EVP_MD *digest = spec->digest != NULL ? spec->digest : EVP_sha256();
  assert_true(X509_sign(made.x509, signer->key, digest) > 0);
  return made;
}

void cert_free(test_cert *cert) {
  X509_free(cert->x509);
  EVP_PKEY_free(cert->key);
  cert->x509 = NULL;
  cert->key = NULL;
}

void cert_write(const test_cert *cert, char ret_target[64]) {
  snprintf(ret_target, 64, "/tmp/privatelink-test-XXXXXX");
  int fd = mkstemp(ret_target);
  assert_true(fd >= 0);
  FILE *file = fdopen(fd, "w");
  assert_non_null(file);
  assert_int_equal(PEM_write_X509(file, cert->x509), 1);
  assert_int_equal(fclose(file), 0);
}

SSL_CTX *cert_server(const test_cert *cert, const test_cert *intermediate) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  assert_non_null(context);
  SSL_CTX_set_security_level(context, 0);
  assert_int_equal(SSL_CTX_use_certificate(context, cert->x509), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey(context, cert->key), 1);
  if (intermediate != NULL)
    assert_int_equal(SSL_CTX_add1_chain_cert(context, intermediate->x509), 1);
  return context;
}
