// Tests that a library context for probes reads the same certificates as OpenSSL's own.
#include "base/status.h"
#include "probe/wire/tls_provider.h"
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *provider;

static int load(void **state) {
  (void)state;
  context = OSSL_LIB_CTX_new();
  provider = pl_tls_provider_load(context);
  assert_non_null(provider);
  return 0;
}

static int unload(void **state) {
  (void)state;
  assert_int_equal(OSSL_PROVIDER_unload(provider), 1);
  OSSL_LIB_CTX_free(context);
  return 0;
}

static EVP_PKEY *make_key(const char *type, const char *detail) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(maker), 1);
  if (strcmp(type, "EC") == 0 || strcmp(type, "DH") == 0)
    assert_int_equal(EVP_PKEY_CTX_set_group_name(maker, detail), 1);
  assert_int_equal(EVP_PKEY_generate(maker, &key), 1);
  EVP_PKEY_CTX_free(maker);
  return key;
}

static EVP_PKEY *make_dsa(void) {
  EVP_PKEY *parameters = NULL, *key = NULL;
  EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
  assert_int_equal(EVP_PKEY_paramgen_init(maker), 1);
  assert_int_equal(EVP_PKEY_generate(maker, &parameters), 1);
  EVP_PKEY_CTX_free(maker);
  maker = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(maker), 1);
  assert_int_equal(EVP_PKEY_generate(maker, &key), 1);
  EVP_PKEY_CTX_free(maker);
  EVP_PKEY_free(parameters);
  return key;
}

/* The key as a certificate carries it. */
static void read_public(const EVP_PKEY *key) {
  uint8_t *bytes = NULL;
  int length = i2d_PUBKEY(key, &bytes);
  assert_true(length > 0);
  const uint8_t *at = bytes;
  EVP_PKEY *read = d2i_PUBKEY_ex(NULL, &at, length, context, NULL);
  assert_non_null(read);
  assert_int_equal(EVP_PKEY_eq(read, key), 1);
  assert_string_equal(EVP_PKEY_get0_type_name(read), EVP_PKEY_get0_type_name(key));
  EVP_PKEY_free(read);
  OPENSSL_free(bytes);
}

static void read_private(const EVP_PKEY *key, bool traditional) {
  BIO *bio = BIO_new(BIO_s_mem());
  assert_int_equal(traditional
                       ? PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL)
                       : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL),
                   1);
  EVP_PKEY *read =
      PEM_read_bio_PrivateKey_ex(bio, NULL, NULL, NULL, pl_tls_provider_keys(context), NULL);
  assert_non_null(read);
  assert_int_equal(EVP_PKEY_eq(read, key), 1);
  EVP_PKEY_free(read);
  BIO_free(bio);
}

static void keys_of_every_kind_are_read(void **state) {
  static const struct {
    const char *type, *detail;
    bool traditional; /* has an older form, too */
  } rows[] = {{"RSA", NULL, true},       {"RSA-PSS", NULL, false}, {"EC", "P-256", true},
              {"EC", "P-384", true},     {"EC", "P-521", true},    {"EC", "B-571", true},
              {"ED25519", NULL, false},  {"ED448", NULL, false},   {"X25519", NULL, false},
              {"DH", "ffdhe2048", false}};
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    print_message("  %s %s\n", rows[i].type, rows[i].detail != NULL ? rows[i].detail : "");
    EVP_PKEY *key = make_key(rows[i].type, rows[i].detail);
    read_public(key);
    read_private(key, false);
    if (rows[i].traditional)
      read_private(key, true);
    EVP_PKEY_free(key);
  }
  EVP_PKEY *dsa = make_dsa();
  read_public(dsa);
  EVP_PKEY_free(dsa);
}

/* Before OpenSSL 3.2 only. Otherwise this context would be as slow as any other. */
static void a_slow_library_gets_a_part(void **state) {
  (void)state;
  bool slow = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
  assert_int_equal(OSSL_PROVIDER_available(context, "default"), !slow);
  assert_int_equal(pl_tls_provider_keys(context) == context, !slow);
  SSL_CTX *client = SSL_CTX_new_ex(context, NULL, TLS_client_method());
  assert_non_null(client);
  char groups[] = "X25519:P-256:P-384:P-521"; /* the macro casts to char * */
  assert_int_equal(SSL_CTX_set1_groups_list(client, groups), 1);
  SSL_CTX_free(client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_of_every_kind_are_read),
      cmocka_unit_test(a_slow_library_gets_a_part),
  };
  int failed = cmocka_run_group_tests_name("first", tests, load, unload);
  return failed + cmocka_run_group_tests_name("again", tests, load, unload);
}
