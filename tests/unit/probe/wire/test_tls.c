// Tests TLS sessions: what a handshake proves.
#include "sct_bytes.h"
#include "tls_world.h"
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY 86400

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
      cmocka_unit_test(a_plain_hello_has_nothing_new),
      cmocka_unit_test(finite_field_diffie_hellman_is_not_used),
      cmocka_unit_test(versions_and_alerts_are_facts),
      cmocka_unit_test(an_alert_after_the_handshake_comes_with_the_first_read),
      cmocka_unit_test(a_client_certificate_is_given_to_the_right_server),
      cmocka_unit_test(a_write_after_a_reset_raises_no_signal),
      cmocka_unit_test(a_failing_system_call_is_local),
  };
  int failed = cmocka_run_group_tests_name("the process's OpenSSL", tests, make_world, NULL);
  return failed + cmocka_run_group_tests_name("its own", tests, make_library, free_world);
}
