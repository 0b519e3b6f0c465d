// Tests the limits on what is verified: the chain, its keys and its names.
#include "tls_world.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* A certificate with this public key, whose private key nobody has. Frees the key. */
static X509 *with_key(EVP_PKEY *key) {
  assert_non_null(key);
  test_cert made = cert_make(&(cert_spec){.common_name = "Costly", .is_ca = true}, &authority);
  assert_int_equal(X509_set_pubkey(made.x509, key), 1);
  assert_true(X509_sign(made.x509, authority.key, EVP_sha256()) > 0);
  EVP_PKEY_free(key);
  EVP_PKEY_free(made.key);
  return made.x509;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
  assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

static BIGNUM *odd_number(int bits) {
  BIGNUM *number = BN_new();
  assert_int_equal(BN_rand(number, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
  return number;
}

static EVP_PKEY *rsa_of(int bits) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *modulus = odd_number(bits), *exponent = odd_number(17);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
  EVP_PKEY *key = make_key("RSA", builder);
  BN_free(modulus);
  BN_free(exponent);
  return key;
}

static EVP_PKEY *dsa_of(int bits) {
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *p = odd_number(bits), *q = odd_number(256), *g = odd_number(bits - 1);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, p);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_Q, q);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, g);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PUB_KEY, g);
  EVP_PKEY *key = make_key("DSA", builder);
  BN_free(p);
  BN_free(q);
  BN_free(g);
  return key;
}

/* The handshake with a good certificate, after which the server sends `count` times another one. */
static void shake_with(X509 *other, unsigned count, bool trusted) {
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  SSL_CTX *server = cert_server(&leaf, NULL);
  for (unsigned i = 0; i < count; i++)
    assert_int_equal(SSL_CTX_add1_chain_cert(server, other), 1);
  pl_attempt_result result;
  const server_script script = {.run = serve_silence_over_tls, .tls = server};
  assert_int_equal(shake_at(context, &script, HOST, time(NULL), &result), PL_TLS_DONE);
  assert_true(result.certificate.seen);
  assert_int_equal(result.certificate.chain_ok, trusted);
  assert_int_equal(result.certificate.name_ok, trusted);
  assert_int_equal(result.certificate.problem[0] == '\0', trusted);
  SSL_CTX_free(server);
  cert_free(&leaf);
  X509_free(other);
  pl_tls_context_free(context);
}

static void chains_are_limited(void **state) {
  (void)state;
  X509_up_ref(authority.x509);
  shake_with(authority.x509, PL_LIMIT_TLS_CHAIN - 1, true);
  X509_up_ref(authority.x509);
  shake_with(authority.x509, PL_LIMIT_TLS_CHAIN, false);
}

static void keys_are_limited(void **state) {
  (void)state;
  shake_with(with_key(rsa_of(PL_LIMIT_TLS_RSA_BITS)), 1, true);
  shake_with(with_key(rsa_of(PL_LIMIT_TLS_RSA_BITS + 8)), 1, false);
  shake_with(with_key(EVP_EC_gen("P-521")), 1, true);
  shake_with(with_key(EVP_EC_gen("B-571")), 1, false);
  shake_with(with_key(dsa_of(2048)), 1, false);
}

static double cpu_seconds(void) {
  struct timespec now;
  assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* "KIND:a0.KIND:a1..." with `count` names under one-letter domains, so that many of them fit. */
static char *many_names(const char *kind, char domain, unsigned count, const char *last) {
  size_t size = (size_t)count * 24 + 64;
  char *text = malloc(size);
  assert_non_null(text);
  size_t length = 0;
  for (unsigned i = 0; i < count; i++)
    length += (size_t)snprintf(text + length, size - length, "%s:%x.%c,", kind, i, domain);
  snprintf(text + length, size - length, "%s", last);
  return text;
}

/* Of names and of constraints on names, as many as fit: each name is compared with each constraint.
 */
static void names_take_no_long_time(void **state) {
  static const struct {
    unsigned names, constraints;
  } rows[] = {{4000, 0}, {1500, 1500}, {1000, 1000}, {3000, 300}};
  (void)state;
  const double limit = getenv("PL_TEST_VALGRIND") != NULL ? 10 : 0.1;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char *names = many_names("DNS", 'b', rows[i].names, "DNS:" HOST);
    char *constraints = many_names("excluded;DNS", 'z', rows[i].constraints, "excluded;DNS:c.d");
    test_cert middle =
        cert_make(&(cert_spec){.common_name = "Middle", .is_ca = true, .constraints = constraints},
                  &authority);
    test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = names}, &middle);
    pl_tls_context *context = make_context(ca_path);
    const server_script script = {.run = serve_silence_over_tls,
                                  .tls = cert_server(&leaf, &middle)};
    pl_attempt_result result;
    double before = cpu_seconds();
    (void)shake_at(context, &script, HOST, time(NULL), &result);
    double taken = cpu_seconds() - before;
    print_message("  %u names, %u constraints: %.3f s, %s\n", rows[i].names, rows[i].constraints,
                  taken, result.certificate.seen ? result.certificate.problem : "refused");
    assert_true(taken < limit);
    pl_tls_context_free(context);
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
    cert_free(&middle);
    free(constraints);
    free(names);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chains_are_limited),
      cmocka_unit_test(keys_are_limited),
      cmocka_unit_test(names_take_no_long_time),
  };
  int failed = cmocka_run_group_tests_name("the process's OpenSSL", tests, make_world, NULL);
  return failed + cmocka_run_group_tests_name("its own", tests, make_library, free_world);
}
