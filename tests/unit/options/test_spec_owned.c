// Tests what a spec reads and owns: its files, copies, and memory that runs out.
#include "alloc_fail.h"
#include "options/complete.h"
#include "options/options.h"
#include "options/spec.h"
#include "spec_set.h"
#include "spec_text.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- files ---------------------------------------------------------------------------------- */

#define PATH_SIZE 32

/* A new file with a text and a mode; the caller unlinks it. */
static void write_file(char path[PATH_SIZE], const char *text, mode_t mode) {
  snprintf(path, PATH_SIZE, "/tmp/test_spec.XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

static void the_api_key_is_read(void **state) {
  (void)state;
  char path[PATH_SIZE];
  write_file(path, "secret-key\n", 0600);
  pl_spec spec, copy;
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"api-key-file", path}});
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_string_equal(spec.api_key, "secret-key");
  /* A copy has no key, and reads its own. */
  assert_int_equal(pl_spec_copy(&spec, &copy), PL_OK);
  assert_null(copy.api_key);
  pl_spec_free(&copy);
  pl_spec_free(&spec);
  assert_null(spec.api_key);
  assert_int_equal(chmod(path, 0640), 0);
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"api-key-file", path}});
  pl_error error = {{0}};
  assert_int_not_equal(pl_spec_finish(&spec, NULL, &error), PL_OK);
  assert_non_null(strstr(error.text, "--api-key-file: "));
  assert_null(strstr(error.text, "secret-key"));
  pl_spec_free(&spec);
  unlink(path);
}

/* A daemon reads a key again that is replaced while it runs. */
static void a_changed_api_key_is_read_again(void **state) {
  (void)state;
  char path[PATH_SIZE];
  write_file(path, "first\n", 0600);
  pl_spec spec;
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"api-key-file", path}});
  assert_int_equal(pl_spec_complete(&spec, NULL, NULL), PL_OK);
  assert_null(spec.api_key);
  assert_int_equal(pl_spec_read_files(&spec, NULL), PL_OK);
  assert_string_equal(spec.api_key, "first");

  unlink(path);
  pl_error error = {{0}};
  assert_int_not_equal(pl_spec_read_files(&spec, &error), PL_OK);
  assert_non_null(strstr(error.text, "--api-key-file: "));
  assert_string_equal(spec.api_key, "first");

  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  assert_int_equal(write(fd, "second\n", 7), 7);
  close(fd);
  assert_int_equal(pl_spec_read_files(&spec, NULL), PL_OK);
  assert_string_equal(spec.api_key, "second");
  pl_spec_free(&spec);
  unlink(path);
}

static void the_ca_file_holds_certificates(void **state) {
  (void)state;
  static const char *const texts[] = {"-----BEGIN CERTIFICATE-----\n",
                                      "x\n-----BEGIN TRUSTED CERTIFICATE-----\n"};
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++) {
    char path[PATH_SIZE];
    write_file(path, texts[i], 0644);
    pl_spec spec;
    spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"ca-file", path}});
    assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
    pl_spec_free(&spec);
    unlink(path);
  }
}

/* The key is as safe as an API key, and both are kept where a new file is of no use. */
static void client_certificates_come_with_their_key(void **state) {
  (void)state;
  char cert[PATH_SIZE], key[PATH_SIZE];
  write_file(cert, "-----BEGIN CERTIFICATE-----\n", 0644);
  write_file(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n", 0600);
  const given options[MAX_GIVEN] = {
      {"private-name", "p.x"}, {"client-cert", cert}, {"client-key", key}};
  pl_spec spec, copy;
  pl_error error = {{0}};
  spec_setup(&spec, options);
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_string_equal(spec.client_cert, "-----BEGIN CERTIFICATE-----\n");
  assert_string_equal(spec.client_key, "-----BEGIN PRIVATE KEY-----\nAAAA");
  assert_int_equal(pl_spec_copy(&spec, &copy), PL_OK);
  assert_true(copy.client_cert == NULL && copy.client_key == NULL);
  assert_string_equal(copy.client_key_file, key);
  pl_spec_free(&copy);
  static const struct {
    const char *text;
    mode_t mode;
    const char *says;
  } bad[] = {{"-----BEGIN PRIVATE KEY-----\n", 0644, "chmod 600"},
             {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0600, "without a password"},
             {"secret\n", 0600, "holds no PEM key"}};
  for (size_t i = 0; i < PL_COUNT_OF(bad); i++) {
    char worse[PATH_SIZE];
    write_file(worse, bad[i].text, bad[i].mode);
    assert_int_equal(rename(worse, key), 0);
    assert_int_not_equal(pl_spec_read_files(&spec, &error), PL_OK);
    assert_int_equal(strncmp(error.text, "--client-key: ", 14), 0);
    assert_non_null(strstr(error.text, bad[i].says));
    assert_string_equal(spec.client_key, "-----BEGIN PRIVATE KEY-----\nAAAA");
  }
  int fd = open(cert, O_WRONLY | O_TRUNC);
  close(fd);
  assert_int_not_equal(pl_spec_read_files(&spec, &error), PL_OK);
  assert_non_null(strstr(error.text, "--client-cert: "));
  pl_spec_free(&spec);
  unlink(cert);
  unlink(key);
}

/* ---- memory --------------------------------------------------------------------------------- */

static const given one_of_each[] = {
    {"private-name", "p.x"},
    {"name", "n"},
    {"public-name", "q.x"},
    {"port", "8443"},
    {"endpoint-id", "vpce-12345678"},
    {"region", "eu-west-1"},
    {"preset", "rockset"},
    {"address", "10.0.0.1,10.0.0.2"},
    {"check", "dns,port"},
    {"resolver", "10.0.0.2"},
    {"private-range", "10.0.0.0/8"},
    {"further-names", "skip"},
    {"probe", "tls"},
    {"path", "/x"},
    {"expect-status", "200-299,404"},
    {"api-key-file", "/key"},
    {"api-key-scheme", "X"},
    {"tls-name", "t.x"},
    {"ca-file", "/ca"},
    {"client-cert", "/cert"},
    {"client-key", "/key"},
    {"certificate", "9,8"},
    {"min-up", "2"},
    {"expect-public", "reachable"},
    {"public-resolver", "9.9.9.9"},
    {"public-probe", "tcp"},
    {"public-address", "192.0.2.1"},
    {"blocked-by", "tls:reset"},
    {"blocked-by", "http:403:a"},
    {"blocked-by", "http:404:b"},
    {"witness", "w.x,v.x:1"},
    {"on-unproven", "ok"},
    {"proof", "strict"},
    {"accept", "near,sample"},
    {"tenant", "acme"},
    {"user-agent", "app/1.0"},
    {"public-key-file", "/low"},
    {"public-ca-file", "/pca"},
    {"public-control", "c.x"},
    {"private-evidence", "/e"},
    {"public-dns", "tls"},
    {"state-dir", "/s"},
    {"baseline-age", "30"},
    {"recovery", "3"},
    {"service-name", "a.b"},
    {"service-region", "eu-west-1"},
    {"client-range", "10.0.0.0/8"},
    {"pending-grace", "1"},
    {"min-zones", "1"},
    {"private-dns", "off"},
    {"aws-profile", "p"},
    {"aws-role-arn", "arn:aws:iam::123456789012:role/N"},
    {"aws-external-id", "ab"},
    {"aws-endpoint-url", "https://e"},
    {"aws-readable-file", "/f"},
    {"hourly-price", "0.5"},
    {"evidence", "/e"},
    {"evidence-key", "/k"},
    {"evidence-interval", "60"},
    {"evidence-days", "9"},
    {"timeout", "1"},
    {"connect-timeout", "2"},
    {"response-timeout", "3"},
    {"warning", "1"},
    {"critical", "2,3"},
    {"use-ipv4", "yes"},
    {"use-ipv6", "yes"},
};

static void set_one_of_each(pl_spec *spec) {
  pl_spec_init(spec);
  bool seen[PL_OPTION_COUNT] = {false};
  for (size_t i = 0; i < PL_COUNT_OF(one_of_each); i++) {
    spec_set_named(spec, one_of_each[i].name, PL_LAYER_SECTION, one_of_each[i].value);
    seen[pl_option_find(one_of_each[i].name, PL_FRONT_END_CHECK)->id] = true;
  }
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if ((pl_option_at(id)->front_ends & PL_FRONT_END_CONFIG) != 0 && !seen[id])
      fail_msg("--%s is not part of the copy test", pl_option_at(id)->name);
  }
}

static void a_copy_is_alike_and_shares_nothing(void **state) {
  (void)state;
  static char original_text[SPEC_TEXT_SIZE], copy_text[SPEC_TEXT_SIZE];
  pl_spec spec, copy;
  set_one_of_each(&spec);
  assert_int_equal(pl_spec_copy(&spec, &copy), PL_OK);
  assert_string_equal(spec_text(&copy, copy_text), spec_text(&spec, original_text));
  spec_set_named(&copy, "blocked-by", PL_LAYER_SECTION, "tls:alert");
  spec_set_named(&copy, "private-name", PL_LAYER_COMMAND_LINE, "other.x");
  assert_string_equal(spec_text(&spec, copy_text), original_text);
  pl_spec_free(&spec); /* the copy does not need the original */
  spec_assert_holds(&copy, PL_OPTION_BLOCKED_BY, "tls:reset!,http:403:a!,http:404:b!,tls:alert!");
  spec_assert_holds(&copy, PL_OPTION_WITNESS, "w.x:443,v.x:1!");
  pl_spec_free(&copy);
}

/* Two specs that are alike have the same strings and lists in the pool. */
static void what_is_shared_is_alike(void **state) {
  (void)state;
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  pl_spec spec, other, copy;
  pl_pool *pool;
  assert_int_equal(pl_pool_create(&pool), PL_OK);
  set_one_of_each(&spec);
  set_one_of_each(&other);
  spec_text(&spec, before);
  pl_spec_share(&spec, pool);
  pl_spec_share(&spec, pool); /* twice is fine */
  pl_spec_share(&other, pool);
  assert_string_equal(spec_text(&spec, after), before);
  assert_string_equal(spec_text(&other, after), before);
  assert_ptr_equal(spec.private_name, other.private_name);
  assert_ptr_equal(spec.blocked_by.items, other.blocked_by.items);
  assert_ptr_equal(spec.witnesses.items, other.witnesses.items);
  assert_int_equal(pl_spec_copy(&spec, &copy), PL_OK);
  pl_spec_free(&spec);
  pl_spec_free(&other);
  pl_pool_free(pool);
  spec_set_named(&copy, "blocked-by", PL_LAYER_SECTION, "tls:alert"); /* it needs no pool */
  pl_spec_free(&copy);
}

static void sharing_survives_every_failed_allocation(void **state) {
  (void)state;
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  bool failed = true;
  for (unsigned nth = 1; failed; nth++) {
    pl_spec spec;
    pl_pool *pool;
    assert_int_equal(pl_pool_create(&pool), PL_OK);
    set_one_of_each(&spec);
    spec_text(&spec, before);
    alloc_fail_arm(nth);
    pl_spec_share(&spec, pool);
    failed = alloc_fail_disarm();
    assert_string_equal(spec_text(&spec, after), before);
    pl_spec_free(&spec);
    pl_pool_free(pool);
  }
}

static void what_is_freed_is_empty(void **state) {
  (void)state;
  static char freed[SPEC_TEXT_SIZE], fresh[SPEC_TEXT_SIZE];
  pl_spec spec, other;
  set_one_of_each(&spec);
  pl_spec_free(&spec);
  pl_spec_init(&other);
  assert_string_equal(spec_text(&spec, freed), spec_text(&other, fresh));
  pl_spec_free(&spec); /* twice is fine */
}

static void a_copy_survives_every_failed_allocation(void **state) {
  (void)state;
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  pl_spec spec;
  set_one_of_each(&spec);
  spec_text(&spec, before);
  for (unsigned nth = 1;; nth++) {
    pl_spec copy;
    memset(&copy, 0x5a, sizeof(copy));
    alloc_fail_arm(nth);
    pl_status status = pl_spec_copy(&spec, &copy);
    if (!alloc_fail_disarm()) {
      assert_int_equal(status, PL_OK);
      pl_spec_free(&copy);
      break;
    }
    assert_int_equal(status, PL_ERR_MEMORY);
    assert_int_equal(copy.port, 0x5a5a); /* untouched */
  }
  assert_string_equal(spec_text(&spec, after), before);
  pl_spec_free(&spec);
}

static void finishing_survives_every_failed_allocation(void **state) {
  (void)state;
  char ca[PATH_SIZE], key[PATH_SIZE];
  write_file(ca, "-----BEGIN CERTIFICATE-----\n", 0644);
  write_file(key, "secret\n", 0600);
  const given cases[][MAX_GIVEN] = {
      {{"private-name", "p.x"}, {"public-name", "q.x"}, {"ca-file", ca}, {"api-key-file", key}},
      {{"preset", "rockset"}, {"region", "eu-west-1"}, {"endpoint-id", "vpce-12345678"}},
      {{"preset", "elastic"}, {"region", "eu-west-1"}, {"public-name", "q.x"}},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    for (unsigned nth = 1;; nth++) {
      pl_spec spec;
      spec_setup(&spec, cases[i]);
      pl_error error = {{0}};
      alloc_fail_arm(nth);
      pl_status status = pl_spec_finish(&spec, NULL, &error);
      bool failed = alloc_fail_disarm();
      pl_spec_free(&spec);
      if (!failed) {
        assert_int_equal(status, PL_OK);
        break;
      }
      assert_int_equal(status, PL_ERR_MEMORY);
      assert_true(error.text[0] != '\0');
    }
  }
  unlink(ca);
  unlink(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_api_key_is_read),
      cmocka_unit_test(a_changed_api_key_is_read_again),
      cmocka_unit_test(the_ca_file_holds_certificates),
      cmocka_unit_test(client_certificates_come_with_their_key),
      cmocka_unit_test(a_copy_is_alike_and_shares_nothing),
      cmocka_unit_test(what_is_shared_is_alike),
      cmocka_unit_test(sharing_survives_every_failed_allocation),
      cmocka_unit_test(what_is_freed_is_empty),
      cmocka_unit_test(a_copy_survives_every_failed_allocation),
      cmocka_unit_test(finishing_survives_every_failed_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
