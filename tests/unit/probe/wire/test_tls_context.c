// Tests TLS contexts: what their file is trusted for, and what a refresh changes.
#include "alloc_fail.h"
#include "tls_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_anchor_of_the_file_is_told_from_others),
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
