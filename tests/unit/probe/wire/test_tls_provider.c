// Tests that a library context for probes reads the same certificates and offers the same ciphers
// as OpenSSL's own.
#include "base/status.h"
#include "certs.h"
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
}

/* ---- sessions -------------------------------------------------------------------------------- */

#define GROUPS "X25519:P-256:P-384:P-521"

static SSL_CTX *make_client(OSSL_LIB_CTX *library) {
  SSL_CTX *client = SSL_CTX_new_ex(library, NULL, TLS_client_method());
  assert_non_null(client);
  SSL_CTX_set_security_level(client, 2);
  assert_int_equal(SSL_CTX_set_cipher_list(client, "DEFAULT:!PSK:!SRP:!kDHE"), 1);
  char groups[] = GROUPS; /* the macro casts to char * */
  assert_int_equal(SSL_CTX_set1_groups_list(client, groups), 1);
  return client;
}

static STACK_OF(SSL_CIPHER) * ciphers_of(OSSL_LIB_CTX *library) {
  SSL_CTX *client = make_client(library);
  SSL *ssl = SSL_new(client);
  STACK_OF(SSL_CIPHER) *ciphers = SSL_get1_supported_ciphers(ssl);
  SSL_free(ssl);
  SSL_CTX_free(client);
  assert_true(sk_SSL_CIPHER_num(ciphers) > 15);
  return ciphers;
}

static void ciphers_are_the_same(void **state) {
  (void)state;
  STACK_OF(SSL_CIPHER) *own = ciphers_of(context), *usual = ciphers_of(NULL);
  assert_int_equal(sk_SSL_CIPHER_num(own), sk_SSL_CIPHER_num(usual));
  for (int i = 0; i < sk_SSL_CIPHER_num(own); i++)
    assert_ptr_equal(sk_SSL_CIPHER_value(own, i), sk_SSL_CIPHER_value(usual, i));
  sk_SSL_CIPHER_free(own);
  sk_SSL_CIPHER_free(usual);
}

/* A server with OpenSSL's own library context, and a certificate of each kind. */
static SSL_CTX *make_server(void) {
  test_cert ec = cert_make(&(cert_spec){.common_name = "ec"}, NULL);
  test_cert rsa = cert_make(&(cert_spec){.common_name = "rsa", .rsa_bits = 2048}, NULL);
  SSL_CTX *server = cert_server(&ec, NULL);
  assert_int_equal(SSL_CTX_use_cert_and_key(server, rsa.x509, rsa.key, NULL, 1), 1);
  cert_free(&ec);
  cert_free(&rsa);
  return server;
}

static void choose(SSL_CTX *server, const SSL_CIPHER *cipher) {
  bool modern = strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
  const char *name = SSL_CIPHER_get_name(cipher);
  assert_int_equal(SSL_CTX_set_max_proto_version(server, modern ? 0 : TLS1_2_VERSION), 1);
  assert_int_equal(
      modern ? SSL_CTX_set_ciphersuites(server, name) : SSL_CTX_set_cipher_list(server, name), 1);
}

/* Both ends take turns, in memory. */
static void shake_hands(SSL *client, SSL *server) {
  BIO *near, *far;
  assert_int_equal(BIO_new_bio_pair(&near, 0, &far, 0), 1);
  SSL_set_bio(client, near, near);
  SSL_set_bio(server, far, far);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);
  for (int turn = 0; turn < 4; turn++) {
    (void)SSL_do_handshake(client);
    (void)SSL_do_handshake(server);
  }
  assert_true(SSL_is_init_finished(client) && SSL_is_init_finished(server));
}

static void every_cipher_works(void **state) {
  (void)state;
  SSL_CTX *client = make_client(context), *server = make_server();
  STACK_OF(SSL_CIPHER) *ciphers = ciphers_of(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
    const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
    print_message("  %s\n", SSL_CIPHER_get_name(cipher));
    choose(server, cipher);
    SSL *here = SSL_new(client), *there = SSL_new(server);
    shake_hands(here, there);
    assert_string_equal(SSL_get_cipher_name(here), SSL_CIPHER_get_name(cipher));
    char text[4] = "";
    assert_int_equal(SSL_write(here, "ask", 4), 4);
    assert_int_equal(SSL_read(there, text, sizeof(text)), 4);
    assert_string_equal(text, "ask");
    SSL_free(here);
    SSL_free(there);
  }
  sk_SSL_CIPHER_free(ciphers);
  SSL_CTX_free(client);
  SSL_CTX_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_of_every_kind_are_read),
      cmocka_unit_test(a_slow_library_gets_a_part),
      cmocka_unit_test(ciphers_are_the_same),
      cmocka_unit_test(every_cipher_works),
  };
  int failed = cmocka_run_group_tests_name("first", tests, load, unload);
  return failed + cmocka_run_group_tests_name("again", tests, load, unload);
}
