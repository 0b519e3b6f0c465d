// Tests TLS contexts and sessions: what is trusted, and what a handshake proves.
#include "alloc_fail.h"
#include "certs.h"
#include "netns.h"
#include "probe/wire/tls.h"
#include "sct_bytes.h"
#include "server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "endpoint.example"
#define ADDRESS "30.2.0.1"
#define DAY 86400

static test_cert authority, other_authority;
static char ca_path[64];
static pl_tls_library *library; /* NULL: the process's own */

static int make_world(void **state) {
  (void)state;
  netns_enter();
  netns_add_address("lo", ADDRESS, 32);
  /* None of these may change anything. */
  setenv("SSL_CERT_FILE", "/nonexistent", 1);
  setenv("SSL_CERT_DIR", "/nonexistent", 1);
  setenv("OPENSSL_CONF", "/nonexistent", 1);
  pl_error error;
  assert_int_equal(pl_tls_library_init(&error), PL_OK);
  authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  other_authority = cert_make(&(cert_spec){.common_name = "Other CA", .is_ca = true}, NULL);
  cert_write(&authority, ca_path);
  return 0;
}

static int make_library(void **state) {
  (void)state;
  pl_error error;
  assert_int_equal(pl_tls_library_create(&library, &error), PL_OK);
  return 0;
}

static int free_world(void **state) {
  (void)state;
  pl_tls_library_free(library);
  unlink(ca_path);
  cert_free(&authority);
  cert_free(&other_authority);
  return 0;
}

/* ---- one handshake -------------------------------------------------------------------------- */

static int connect_to(uint16_t port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
  assert_int_equal(inet_pton(AF_INET, ADDRESS, &name.sin_addr), 1);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
  return fd;
}

static void wait_for_bytes(int fd) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  assert_int_equal(poll(&ready, 1, 20000), 1);
}

static pl_tls_step finish_handshake(pl_tls *tls, int fd, int64_t now, pl_attempt_result *attempt) {
  pl_tls_step step;
  while ((step = pl_tls_handshake(tls, now, attempt)) == PL_TLS_AGAIN)
    wait_for_bytes(fd);
  return step;
}

static pl_tls_step shake_at(pl_tls_context *context, const server_script *script, const char *name,
                            int64_t now, pl_attempt_result *attempt) {
  pl_tls *tls;
  test_server server = server_start(ADDRESS, script);
  int fd = connect_to(server.port);
  pl_attempt_init(attempt);
  assert_int_equal(pl_tls_create(context, fd, name, &tls), PL_OK);
  pl_tls_step step = finish_handshake(tls, fd, now, attempt);
  pl_tls_free(tls);
  close(fd);
  server_stop(&server);
  return step;
}

static pl_tls_context *make_context(const char *ca_file) {
  pl_error error;
  pl_tls_context *context;
  assert_int_equal(pl_tls_context_create(library, ca_file, &context, &error), PL_OK);
  return context;
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct name_case {
  const char *name;    /* that is asked for */
  const char *san;     /* of the certificate; NULL for none */
  const char *subject; /* its common name */
  bool name_ok;
} name_case;

static const name_case name_cases[] = {
    {HOST, "DNS:" HOST, "x", true},
    {HOST ".", "DNS:" HOST, "x", true},
    {"ENDPOINT.example", "DNS:" HOST, "x", true},
    {"a." HOST, "DNS:*." HOST, "x", true},
    {"a.b." HOST, "DNS:*." HOST, "x", false},
    {HOST, "DNS:*." HOST, "x", false},
    {"a." HOST, "DNS:a*." HOST, "x", false},
    /* Underscores, as for curl. */
    {"a_b." HOST, "DNS:*." HOST, "x", true},
    {"a_b." HOST, "DNS:a_b." HOST, "x", true},
    {"A_B." HOST, "DNS:other.example,DNS:*.ENDPOINT.example", "x", true},
    {"a_b." HOST, "DNS:*.other.example", "x", false},
    {"a_b." HOST, "DNS:a-b." HOST, "x", false},
    {"a_b.c." HOST, "DNS:*." HOST, "x", false},
    {"a.b_c." HOST, "DNS:*.b_c." HOST, "x", true},
    {"a_b.example", "DNS:*.example", "x", false},
    {"a_b." HOST, NULL, "*." HOST, false},
    {HOST, "DNS:*.example", "x", false},
    {HOST, "DNS:other.example", HOST, false},
    {HOST, NULL, HOST, false},
    {HOST, "IP:" ADDRESS, HOST, false},
    {ADDRESS, "IP:" ADDRESS, "x", true},
    {ADDRESS, "IP:30.2.0.2", "x", false},
    {ADDRESS, "DNS:" ADDRESS, ADDRESS, false},
    {"3ffe:db8::1", "IP:3ffe:db8::1", "x", true},
};

static void names_are_checked_as_rfc_9525_has_it(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  for (size_t i = 0; i < PL_COUNT_OF(name_cases); i++) {
    const name_case *test = &name_cases[i];
    print_message("  %s, %s\n", test->name, test->san != NULL ? test->san : "no SAN");
    test_cert leaf =
        cert_make(&(cert_spec){.common_name = test->subject, .san = test->san}, &authority);
    server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, test->name, time(NULL), &attempt), PL_TLS_DONE);
    assert_true(attempt.certificate.seen);
    assert_true(attempt.certificate.chain_ok);
    assert_int_equal(attempt.certificate.name_ok, test->name_ok);
    assert_int_equal(attempt.certificate.time, PL_CERTIFICATE_VALID);
    assert_int_equal(attempt.certificate.problem[0] == '\0', test->name_ok);
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
  }
  pl_tls_context_free(context);
}

static void no_session_is_made_for_what_is_no_name(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  char name[PL_LIMIT_HOST + 2];
  memset(name, 'a', sizeof(name));
  name[sizeof(name) - 1] = '\0';
  const char *const names[] = {"", ".", name};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    pl_tls *tls = NULL;
    assert_int_equal(pl_tls_create(context, -1, names[i], &tls), PL_ERR_INVALID);
    assert_null(tls);
  }
  pl_tls_free(NULL);
  pl_tls_context_free(context);
  pl_tls_context_free(NULL);
}

/* ---- chains --------------------------------------------------------------------------------- */

static void a_certificate_is_described(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf =
      cert_make(&(cert_spec){.common_name = "a,b\x1b|<c>\xc3\xa4", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  pl_attempt_result attempt;
  assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
  const pl_certificate *seen = &attempt.certificate;
  assert_true(seen->chain_ok && seen->name_ok && seen->time == PL_CERTIFICATE_VALID);
  assert_string_equal(seen->subject, "CN=a?,b?1B???c???");
  assert_string_equal(seen->issuer, "CN=Test CA");
  assert_true(seen->not_before <= time(NULL) - DAY + 60 && seen->not_before > time(NULL) - 2 * DAY);
  assert_true(seen->not_after - seen->not_before == 11 * DAY);
  uint8_t digest[32];
  assert_int_equal(X509_digest(leaf.x509, EVP_sha256(), digest, NULL), 1);
  assert_memory_equal(seen->sha256, digest, 32);
  assert_int_equal(attempt.tls_version, 0x0304);
  assert_true(attempt.tls_bytes);
  assert_int_equal(attempt.alert, -1);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  pl_tls_context_free(context);
}

static void the_clock_that_counts_is_the_one_that_is_given(void **state) {
  (void)state;
  static const struct {
    int64_t days;
    pl_certificate_time time;
  } cases[] = {
      {0, PL_CERTIFICATE_VALID}, {400, PL_CERTIFICATE_EXPIRED}, {-400, PL_CERTIFICATE_NOT_YET}};
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_attempt_result attempt;
    int64_t now = time(NULL) + cases[i].days * DAY;
    assert_int_equal(shake_at(context, &script, HOST, now, &attempt), PL_TLS_DONE);
    assert_int_equal(attempt.certificate.time, cases[i].time);
    assert_true(attempt.certificate.chain_ok && attempt.certificate.name_ok);
    assert_string_equal(attempt.certificate.problem, "");
  }
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  pl_tls_context_free(context);
}

/* An expired intermediate is a problem of time; a missing one, of the chain. */
static void intermediates_count(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool expired, sent, chain_ok;
    pl_certificate_time time;
  } cases[] = {
      {"sent, and ends soon", false, true, true, PL_CERTIFICATE_VALID},
      {"expired", true, true, true, PL_CERTIFICATE_EXPIRED},
      {"missing", false, false, false, PL_CERTIFICATE_VALID},
  };
  pl_tls_context *context = make_context(ca_path);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    cert_spec spec = {.common_name = "Intermediate", .is_ca = true};
    spec.not_before = -20 * DAY;
    spec.not_after = cases[i].expired ? -DAY : DAY;
    test_cert intermediate = cert_make(&spec, &authority);
    test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &intermediate);
    server_script script = {.run = serve_silence_over_tls,
                            .tls = cert_server(&leaf, cases[i].sent ? &intermediate : NULL)};
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
    assert_int_equal(attempt.certificate.chain_ok, cases[i].chain_ok);
    assert_int_equal(attempt.certificate.time, cases[i].time);
    assert_true(attempt.certificate.name_ok);
    if (cases[i].chain_ok) { /* of intermediate and CA, the one that ends first */
      assert_string_equal(attempt.certificate.issuer_subject, "CN=Intermediate");
      assert_int_equal(attempt.certificate.issuer_not_after < time(NULL), cases[i].expired);
      assert_true(attempt.certificate.issuer_not_before < attempt.certificate.issuer_not_after);
    }
    if (!cases[i].chain_ok)
      assert_string_equal(attempt.certificate.problem, "unable to get local issuer certificate");
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
    cert_free(&intermediate);
  }
  pl_tls_context_free(context);
}

/* ---- limits on what is verified -------------------------------------------------------------- */

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
    assert_true(taken < 0.1);
    pl_tls_context_free(context);
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
    cert_free(&middle);
    free(constraints);
    free(names);
  }
}

/* The first cipher suite of TLS 1.2 that the server accepts decides. */
static void finite_field_diffie_hellman_is_not_used(void **state) {
  static const struct {
    const char *ciphers;
    pl_tls_step step;
  } rows[] = {{"ECDHE-RSA-AES128-GCM-SHA256", PL_TLS_DONE},
              {"DHE-RSA-AES128-GCM-SHA256", PL_TLS_ALERT}};
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf =
      cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST, .rsa_bits = 2048}, &authority);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    SSL_CTX *server = cert_server(&leaf, NULL);
    SSL_CTX_set_dh_auto(server, 1);
    SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_set_cipher_list(server, rows[i].ciphers), 1);
    pl_attempt_result result;
    const server_script script = {.run = serve_silence_over_tls, .tls = server};
    assert_int_equal(shake_at(context, &script, HOST, time(NULL), &result), rows[i].step);
    SSL_CTX_free(server);
  }
  cert_free(&leaf);
  pl_tls_context_free(context);
}

/* OpenSSL is not fully initialised, but it knows the digests of certificates. */
static void signatures_of_every_digest_are_verified(void **state) {
  (void)state;
  const struct {
    const EVP_MD *digest;
    const char *problem; /* "" for none */
  } cases[] = {
      {EVP_sha1(), "CA signature digest algorithm too weak"},
      {EVP_sha224(), ""},
      {EVP_sha256(), ""},
      {EVP_sha384(), ""},
      {EVP_sha512(), ""},
      {EVP_sha3_256(), ""},
      {EVP_sha3_384(), ""},
      {EVP_sha3_512(), ""},
  };
  char target[64];
  test_cert rsa =
      cert_make(&(cert_spec){.common_name = "RSA CA", .is_ca = true, .rsa_bits = 2048}, NULL);
  cert_write(&rsa, target);
  pl_tls_context *context = make_context(target);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", EVP_MD_get0_name(cases[i].digest));
    test_cert leaf = cert_make(
        &(cert_spec){.common_name = "x", .san = "DNS:" HOST, .digest = cases[i].digest}, &rsa);
    server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
    assert_string_equal(attempt.certificate.problem, cases[i].problem);
    assert_int_equal(attempt.certificate.chain_ok, cases[i].problem[0] == '\0');
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
  }
  pl_tls_context_free(context);
  cert_free(&rsa);
  unlink(target);
}

static void scts_in_the_certificate_are_seen(void **state) {
  (void)state;
  static const uint8_t list[] = SCT_BYTES;
  static const struct {
    size_t length;
    bool seen;
  } cases[] = {{0, false}, {sizeof(list) - 1, true}, {sizeof(list) - 2, false}};
  pl_tls_context *context = make_context(ca_path);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    test_cert leaf = cert_make(&(cert_spec){.common_name = "x",
                                            .san = "DNS:" HOST,
                                            .scts = cases[i].length > 0 ? list : NULL,
                                            .scts_length = cases[i].length},
                               &authority);
    server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
    assert_int_equal(attempt.certificate.has_scts, cases[i].seen);
    SSL_CTX_free(script.tls);
    cert_free(&leaf);
  }
  pl_tls_context_free(context);
}

/* Only the last certificate of a verified chain counts, whatever the server sends. */
static void an_anchor_of_the_file_is_told_from_others(void **state) {
  (void)state;
  char other_path[64];
  cert_write(&other_authority, other_path);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, &authority)};
  const struct {
    const char *ca_file;
    const char *name;
    bool anchor;
  } cases[] = {{ca_path, HOST, true}, {other_path, HOST, false}, {ca_path, "b.example", true}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_tls_context *context = make_context(cases[i].ca_file);
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, cases[i].name, time(NULL), &attempt), PL_TLS_DONE);
    assert_int_equal(attempt.certificate.chain_ok, cases[i].anchor);
    assert_int_equal(attempt.certificate.public_anchor, cases[i].anchor);
    pl_tls_context_free(context);
  }
  pl_tls_context *context = make_context(NULL);
  assert_false(pl_tls_context_gave(context, authority.x509));
  pl_tls_context_free(context);
  context = make_context(ca_path);
  assert_true(pl_tls_context_gave(context, authority.x509));
  assert_false(pl_tls_context_gave(context, other_authority.x509));
  assert_false(pl_tls_context_gave(context, leaf.x509));
  pl_tls_context_free(context);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  unlink(other_path);
}

/* ---- protocol ------------------------------------------------------------------------------- */

typedef struct protocol_case {
  const char *name;
  int version;       /* the newest that the server speaks */
  bool wants_client; /* demands a certificate of the client */
  pl_tls_step step;
  int16_t alert;
  uint16_t tls_version;
} protocol_case;

static const protocol_case protocol_cases[] = {
    {"TLS 1.3", TLS1_3_VERSION, false, PL_TLS_DONE, -1, 0x0304},
    {"TLS 1.2", TLS1_2_VERSION, false, PL_TLS_DONE, -1, 0x0303},
    {"TLS 1.1", TLS1_1_VERSION, false, PL_TLS_ALERT, 70, 0},
    {"client certificate, TLS 1.2", TLS1_2_VERSION, true, PL_TLS_ALERT, 40, 0},
    {"client certificate, TLS 1.3", TLS1_3_VERSION, true, PL_TLS_DONE, -1, 0x0304},
};

static void versions_and_alerts_are_facts(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  for (size_t i = 0; i < PL_COUNT_OF(protocol_cases); i++) {
    const protocol_case *test = &protocol_cases[i];
    print_message("  %s\n", test->name);
    server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
    SSL_CTX_set_max_proto_version(script.tls, test->version);
    if (test->wants_client)
      SSL_CTX_set_verify(script.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    pl_attempt_result attempt;
    assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), test->step);
    assert_int_equal(attempt.alert, test->alert);
    assert_int_equal(attempt.tls_version, test->tls_version);
    /* A certificate that was seen in a handshake that failed proves nothing. */
    assert_int_equal(attempt.certificate.chain_ok, test->step == PL_TLS_DONE);
    assert_int_equal(attempt.certificate.name_ok, test->step == PL_TLS_DONE);
    SSL_CTX_free(script.tls);
  }
  cert_free(&leaf);
  pl_tls_context_free(context);
}

/* TLS 1.3: the client is done before the server has read its last flight. */
static void an_alert_after_the_handshake_comes_with_the_first_read(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  SSL_CTX_set_verify(script.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  test_server server = server_start(ADDRESS, &script);
  int fd = connect_to(server.port);
  pl_tls *tls;
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tls_create(context, fd, HOST, &tls), PL_OK);
  assert_int_equal(finish_handshake(tls, fd, time(NULL), &attempt), PL_TLS_DONE);
  char byte;
  size_t length;
  pl_tls_step step;
  while ((step = pl_tls_read(tls, &byte, 1, &length, &attempt)) == PL_TLS_AGAIN)
    wait_for_bytes(fd);
  assert_int_equal(step, PL_TLS_ALERT);
  assert_int_equal(attempt.alert, 116);
  pl_tls_free(tls);
  close(fd);
  server_stop(&server);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  pl_tls_context_free(context);
}

static int accept_any(int accepted, X509_STORE_CTX *store) {
  (void)accepted;
  (void)store;
  return 1;
}

static char *pem_of_cert(const test_cert *cert) {
  BIO *bio = BIO_new(BIO_s_mem());
  assert_int_equal(PEM_write_bio_X509(bio, cert->x509), 1);
  assert_int_equal(BIO_write(bio, "", 1), 1);
  char *text = NULL;
  assert_true(BIO_get_mem_data(bio, &text) > 0);
  text = strdup(text);
  BIO_free(bio);
  return text;
}

static char *pem_of_key(const test_cert *cert) {
  BIO *bio = BIO_new(BIO_s_mem());
  assert_int_equal(PEM_write_bio_PrivateKey(bio, cert->key, NULL, NULL, 0, NULL, NULL), 1);
  assert_int_equal(BIO_write(bio, "", 1), 1);
  char *text = NULL;
  assert_true(BIO_get_mem_data(bio, &text) > 0);
  text = strdup(text);
  BIO_free(bio);
  return text;
}

/* It goes to a server that asks for it and is verified, and to no other. */
static void a_client_certificate_is_given_to_the_right_server(void **state) {
  (void)state;
  test_cert good = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  test_cert other = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, NULL);
  test_cert client = cert_make(&(cert_spec){.common_name = "c", .usage = "clientAuth"}, &authority);
  char *certificate = pem_of_cert(&client), *key = pem_of_key(&client), *wrong = pem_of_key(&good);
  const struct {
    const char *name;
    const test_cert *server;
    const char *certificate, *key;
    pl_tls_step handshake, read;
  } cases[] = {
      {"given", &good, certificate, key, PL_TLS_DONE, PL_TLS_CLOSED},
      {"another authority's server", &other, certificate, key, PL_TLS_DONE, PL_TLS_ALERT},
      {"another key", &good, certificate, wrong, PL_TLS_LOCAL, PL_TLS_LOCAL},
      {"no certificate", &good, "x", key, PL_TLS_LOCAL, PL_TLS_LOCAL},
      {"no key", &good, certificate, "x", PL_TLS_LOCAL, PL_TLS_LOCAL},
  };
  pl_tls_context *context = make_context(ca_path);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    server_script script = {.run = serve_tls_close, .tls = cert_server(cases[i].server, NULL)};
    SSL_CTX_set_verify(script.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    test_server server = server_start(ADDRESS, &script);
    int fd = connect_to(server.port);
    pl_tls *tls;
    pl_attempt_result attempt;
    pl_attempt_init(&attempt);
    assert_int_equal(pl_tls_create(context, fd, HOST, &tls), PL_OK);
    pl_tls_set_identity(tls, cases[i].certificate, cases[i].key);
    assert_int_equal(finish_handshake(tls, fd, time(NULL), &attempt), cases[i].handshake);
    if (cases[i].handshake == PL_TLS_DONE) {
      char byte;
      size_t length;
      pl_tls_step step = pl_tls_write(tls, "\r\n\r\n", 4, &length, &attempt);
      while (step == PL_TLS_DONE || step == PL_TLS_AGAIN) {
        wait_for_bytes(fd);
        step = pl_tls_read(tls, &byte, 1, &length, &attempt);
      }
      assert_int_equal(step, cases[i].read);
    } else {
      assert_int_equal(attempt.error, EKEYREJECTED);
    }
    pl_tls_free(tls);
    close(fd);
    server_stop(&server);
    SSL_CTX_free(script.tls);
  }
  pl_tls_context_free(context);
  free(certificate);
  free(key);
  free(wrong);
  cert_free(&good);
  cert_free(&other);
  cert_free(&client);
}

/* A write to a connection that was reset: an errno, and no signal. */
static void a_write_after_a_reset_raises_no_signal(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  server_script script = {.run = serve_reset};
  test_server server = server_start(ADDRESS, &script);
  int fd = connect_to(server.port);
  assert_int_equal(send(fd, "x", 1, 0), 1);
  char byte;
  assert_int_equal(recv(fd, &byte, 1, 0), -1);
  assert_int_equal(errno, ECONNRESET);
  assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_DFL);
  pl_tls *tls;
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tls_create(context, fd, HOST, &tls), PL_OK);
  assert_int_equal(pl_tls_handshake(tls, time(NULL), &attempt), PL_TLS_RESET);
  assert_int_equal(attempt.error, EPIPE);
  assert_false(attempt.tls_bytes);
  pl_tls_free(tls);
  close(fd);
  server_stop(&server);
  pl_tls_context_free(context);
}

static void a_failing_system_call_is_local(void **state) {
  (void)state;
  pl_tls_context *context = make_context(ca_path);
  pl_tls *tls;
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tls_create(context, -1, HOST, &tls), PL_OK);
  assert_int_equal(pl_tls_handshake(tls, time(NULL), &attempt), PL_TLS_LOCAL);
  assert_int_equal(attempt.error, EBADF);
  pl_tls_free(tls);
  pl_tls_context_free(context);
}

/* ---- contexts ------------------------------------------------------------------------------- */

typedef struct bad_file {
  const char *name, *content; /* NULL: no such file */
} bad_file;

static const bad_file bad_files[] = {
    {"missing", NULL},
    {"empty", ""},
    {"no PEM", "hello\n"},
    {"cut PEM", "-----BEGIN CERTIFICATE-----\nMIIB\n"},
    {"no certificate", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"},
};

static void a_file_without_anchors_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(bad_files); i++) {
    print_message("  %s\n", bad_files[i].name);
    char target[] = "/tmp/privatelink-test-XXXXXX";
    int fd = mkstemp(target);
    assert_true(fd >= 0);
    if (bad_files[i].content == NULL)
      unlink(target);
    else
      assert_int_equal(write(fd, bad_files[i].content, strlen(bad_files[i].content)),
                       strlen(bad_files[i].content));
    close(fd);
    pl_error error;
    pl_tls_context *context = NULL;
    assert_int_equal(pl_tls_context_create(library, target, &context, &error), PL_ERR_INVALID);
    assert_null(context);
    assert_non_null(strstr(error.text, target));
    if (bad_files[i].content == NULL)
      assert_non_null(strstr(error.text, "No such file"));
    else
      unlink(target);
  }
}

static void the_system_is_trusted_without_a_file(void **state) {
  (void)state;
  pl_tls_context *context = make_context(NULL);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  pl_attempt_result attempt;
  assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
  assert_false(attempt.certificate.chain_ok);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  pl_tls_context_free(context);
}

static bool trusts(pl_tls_context *context, const test_cert *issuer) {
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, issuer);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  pl_attempt_result attempt;
  assert_int_equal(shake_at(context, &script, HOST, time(NULL), &attempt), PL_TLS_DONE);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  return attempt.certificate.chain_ok;
}

static void anchors_follow_their_file(void **state) {
  (void)state;
  char target[64], next[64];
  pl_error error;
  cert_write(&authority, target);
  pl_tls_context *context = make_context(target);
  assert_int_equal(pl_tls_context_refresh(context, &error), PL_OK);
  assert_true(trusts(context, &authority));
  assert_false(trusts(context, &other_authority));
  cert_write(&other_authority, next);
  assert_int_equal(rename(next, target), 0);
  assert_false(trusts(context, &other_authority));
  assert_int_equal(pl_tls_context_refresh(context, &error), PL_OK);
  assert_true(trusts(context, &other_authority));
  assert_false(trusts(context, &authority));
  /* The old anchors stay while the file can't be read, and the next refresh tries again. */
  unlink(target);
  assert_int_equal(pl_tls_context_refresh(context, &error), PL_ERR_INVALID);
  assert_int_equal(pl_tls_context_refresh(context, &error), PL_ERR_INVALID);
  assert_true(trusts(context, &other_authority));
  pl_tls_context_free(context);
}

/* Open sessions keep the anchors that they began with. */
static void a_session_survives_a_refresh(void **state) {
  (void)state;
  char target[64], next[64];
  pl_error error;
  cert_write(&authority, target);
  pl_tls_context *context = make_context(target);
  test_cert leaf = cert_make(&(cert_spec){.common_name = "x", .san = "DNS:" HOST}, &authority);
  server_script script = {.run = serve_silence_over_tls, .tls = cert_server(&leaf, NULL)};
  test_server server = server_start(ADDRESS, &script);
  int fd = connect_to(server.port);
  pl_tls *tls;
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tls_create(context, fd, HOST, &tls), PL_OK);
  cert_write(&other_authority, next);
  assert_int_equal(rename(next, target), 0);
  assert_int_equal(pl_tls_context_refresh(context, &error), PL_OK);
  assert_int_equal(finish_handshake(tls, fd, time(NULL), &attempt), PL_TLS_DONE);
  assert_true(attempt.certificate.chain_ok);
  pl_tls_free(tls);
  close(fd);
  server_stop(&server);
  SSL_CTX_free(script.tls);
  cert_free(&leaf);
  pl_tls_context_free(context);
  unlink(target);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    pl_error error;
    pl_tls_context *context = NULL;
    pl_tls *tls = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_tls_context_create(library, ca_path, &context, &error);
    if (status == PL_OK)
      status = pl_tls_create(context, -1, HOST, &tls);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    pl_tls_free(tls);
    pl_tls_context_free(context);
    if (!failed) {
      assert_true(nth > 3);
      break;
    }
  }
}

static void a_library_of_its_own_may_fail(void **state) {
  (void)state;
  pl_error error;
  pl_tls_library *made = NULL;
  alloc_fail_arm(1);
  pl_status status = pl_tls_library_create(&made, &error);
  assert_true(alloc_fail_disarm());
  assert_int_equal(status, PL_ERR_MEMORY);
  assert_null(made);
  pl_tls_library_free(made);
}

/* ---- the ClientHello ------------------------------------------------------------------------ */

/* The extension's value within a record with one ClientHello (RFC 8446 4.1.2); NULL: none. */
static const uint8_t *find_extension(const uint8_t *hello, size_t length, unsigned type,
                                     size_t *ret_length) {
  size_t at = 5 + 4 + 2 + 32;                          /* record, message, version, random */
  at += 1u + hello[at];                                /* session id */
  at += 2u + (size_t)(hello[at] << 8 | hello[at + 1]); /* cipher suites */
  at += 1u + hello[at] + 2u;                           /* compression, length of the rest */
  while (at + 4 <= length) {
    size_t size = (size_t)(hello[at + 2] << 8 | hello[at + 3]);
    if ((unsigned)(hello[at] << 8 | hello[at + 1]) == type) {
      *ret_length = size;
      return hello + at + 4;
    }
    at += 4 + size;
  }
  return NULL;
}

static size_t capture_hello(pl_tls_context *context, bool plain, uint8_t *bytes, size_t size) {
  int pair[2];
  pl_tls *tls;
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
  assert_int_equal(pl_tls_create(context, pair[0], HOST, &tls), PL_OK);
  if (plain)
    assert_int_equal(pl_tls_use_plain_hello(tls), PL_OK);
  assert_int_equal(pl_tls_handshake(tls, time(NULL), &attempt), PL_TLS_AGAIN);
  ssize_t length = recv(pair[1], bytes, size, 0);
  assert_true(length > 100);
  pl_tls_free(tls);
  close(pair[0]);
  close(pair[1]);
  return (size_t)length;
}

static void a_plain_hello_has_nothing_new(void **state) {
  (void)state;
  enum { GROUPS = 10, ALPN = 16, VERSIONS = 43, KEY_SHARE = 51 }; /* RFC 8446 4.2 */
  pl_tls_context *context = make_context(ca_path);
  uint8_t hello[2048];
  size_t length = capture_hello(context, /* plain */ false, hello, sizeof(hello)), size = 0;
  assert_non_null(find_extension(hello, length, VERSIONS, &size));
  assert_non_null(find_extension(hello, length, KEY_SHARE, &size));
  length = capture_hello(context, /* plain */ true, hello, sizeof(hello));
  assert_null(find_extension(hello, length, VERSIONS, &size));
  assert_null(find_extension(hello, length, KEY_SHARE, &size));
  assert_null(find_extension(hello, length, ALPN, &size));
  const uint8_t *groups = find_extension(hello, length, GROUPS, &size);
  assert_int_equal(size, 6);
  assert_memory_equal(groups, "\x00\x04\x00\x17\x00\x18", 6);
  pl_tls_context_free(context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_checked_as_rfc_9525_has_it),
      cmocka_unit_test(no_session_is_made_for_what_is_no_name),
      cmocka_unit_test(a_certificate_is_described),
      cmocka_unit_test(the_clock_that_counts_is_the_one_that_is_given),
      cmocka_unit_test(intermediates_count),
      cmocka_unit_test(signatures_of_every_digest_are_verified),
      cmocka_unit_test(scts_in_the_certificate_are_seen),
      cmocka_unit_test(an_anchor_of_the_file_is_told_from_others),
      cmocka_unit_test(a_plain_hello_has_nothing_new),
      cmocka_unit_test(chains_are_limited),
      cmocka_unit_test(keys_are_limited),
      cmocka_unit_test(names_take_no_long_time),
      cmocka_unit_test(finite_field_diffie_hellman_is_not_used),
      cmocka_unit_test(versions_and_alerts_are_facts),
      cmocka_unit_test(an_alert_after_the_handshake_comes_with_the_first_read),
      cmocka_unit_test(a_client_certificate_is_given_to_the_right_server),
      cmocka_unit_test(a_write_after_a_reset_raises_no_signal),
      cmocka_unit_test(a_failing_system_call_is_local),
      cmocka_unit_test(a_file_without_anchors_is_refused),
      cmocka_unit_test(the_system_is_trusted_without_a_file),
      cmocka_unit_test(anchors_follow_their_file),
      cmocka_unit_test(a_session_survives_a_refresh),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_library_of_its_own_may_fail),
  };
  int failed = cmocka_run_group_tests_name("the process's OpenSSL", tests, make_world, NULL);
  return failed + cmocka_run_group_tests_name("its own", tests, make_library, free_world);
}
