// Tests what a line holds of a verdict and of a configuration.
#include "evidence/log/entry.h"
#include "spec_set.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool same(const pl_sha256 *a, const pl_sha256 *b) {
  return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static pl_sha256 hash_with(const char *name, const char *value) {
  pl_spec spec;
  pl_spec_init(&spec);
  spec_set_named(&spec, name, PL_LAYER_SECTION, value);
  pl_sha256 hash = pl_entry_config(&spec);
  pl_spec_free(&spec);
  return hash;
}

static void each_option_changes_the_hash(void **state) {
  (void)state;
  static const char *const rows[][3] = {
      {"private-name", "a.x", "b.x"},
      {"port", "443", "444"},
      {"preset", "rockset", "snowflake"},
      {"address", "10.0.0.1", "10.0.0.2"},
      {"check", "dns", "dns,port"},
      {"resolver", "10.0.0.2", "10.0.0.2:54"},
      {"private-range", "10.0.0.0/8", "10.0.0.0/9"},
      {"probe", "tcp", "tls"},
      {"expect-status", "200-299", "200-298"},
      {"certificate", "14,7", "14,6"},
      {"min-up", "1", "2"},
      {"blocked-by", "http:403:a", "http:403:b"},
      {"witness", "w.x", "w.x:443"},
      {"on-unproven", "ok", "warning"},
      {"accept", "near", "sample"},
      {"timeout", "10", "10.5"},
      {"hourly-price", "0.01", "0.02"},
      {"warning", "time=1", "time=2"},
      {"use-ipv4", "yes", "no"},
      {"api-key-file", "/a", "/b"},
      {"path", "/a", "/b"},
      {"evidence-interval", "60", "61"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_sha256 first = hash_with(rows[i][0], rows[i][1]), again = hash_with(rows[i][0], rows[i][1]);
    pl_sha256 other = hash_with(rows[i][0], rows[i][2]);
    if (!same(&first, &again) || same(&first, &other))
      fail_msg("--%s", rows[i][0]);
  }
}

static void no_secret_is_in_a_hash(void **state) {
  (void)state;
  static const char *const rows[][3] = {
      {"path", "/a?token=1", "/a?token=2"},
      {"user-agent", "one", "two"},
      {"aws-external-id", "one", "two"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_sha256 first = hash_with(rows[i][0], rows[i][1]), other = hash_with(rows[i][0], rows[i][2]);
    if (!same(&first, &other))
      fail_msg("--%s", rows[i][0]);
  }
  pl_spec spec;
  static char key[] = "key";
  pl_spec_init(&spec);
  pl_sha256 without = pl_entry_config(&spec);
  spec.api_key = spec.public_key = spec.client_key = spec.client_cert = key;
  pl_sha256 with = pl_entry_config(&spec);
  assert_true(same(&without, &with));
}

static void a_verdict_is_one_short_text(void **state) {
  (void)state;
  char storage[1024];
  pl_buf buf;
  static pl_verdict verdict;
  verdict.severity = PL_SEVERITY_UNKNOWN;
  verdict.public_verdict = PL_PUBLIC_UNPROVEN;
  verdict.checks[PL_CHECK_DNS] = (pl_check_verdict){.ran = true};
  verdict.checks[PL_CHECK_PUBLIC] = (pl_check_verdict){
      .ran = true, .severity = PL_SEVERITY_UNKNOWN, .reason = PL_REASON_PUBLIC_TENANT};
  verdict.rivals[PL_RIVAL_EGRESS] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_RULED_OUT, .control = PL_CONTROL_WITNESS};
  verdict.rivals[PL_RIVAL_TENANT] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_STANDS, .control = PL_CONTROL_COUNT};
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_entry_add_verdict(&buf, &verdict);
  assert_string_equal(storage,
                      "{\"severity\":3,\"public\":\"unproven\",\"checks\":{\"dns\":[0,\"\"],"
                      "\"public\":[3,\"public.tenant\"]},\"rivals\":{\"egress\":\"ruled-out "
                      "witness\",\"tenant\":\"stands\"}}");
}

static void a_line_is_read_as_it_was_written(void **state) {
  (void)state;
  char storage[2048];
  pl_buf buf;
  pl_log_line line = {
      .seq = 7, .wall = 1796042225123456789, .boot = 0xabc, .uptime = 5 * PL_SEC + 1};
  line.by = (pl_slice){.at = "check_privatelink 1", .length = strlen("check_privatelink 1")};
  line.type = PL_LINE_VERDICT;
  pl_entry entry = {.endpoint = "a\"b",
                    .why = "first",
                    .interval = 3600,
                    .verdict = "{\"severity\":0}",
                    .facts = "{\"facts\":{}}"};
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_log_line_begin(&buf, &line);
  pl_entry_add(&buf, &entry);
  pl_buf_add(&buf, "}");
  pl_log_line read;
  pl_error error;
  if (pl_log_line_parse(storage, buf.length, &read, &error) != PL_OK)
    fail_msg("%s", error.text);
  assert_int_equal(read.wall, line.wall);
  assert_int_equal(read.uptime, line.uptime);
  assert_true(pl_slice_is(read.endpoint, "a?b"));
  assert_true(pl_slice_is(read.verdict, "{\"severity\":0}"));
  assert_true(pl_slice_is(read.facts, "{\"facts\":{}}"));
  /* No byte may be missing; without the last one, the facts are no JSON, which the judge finds. */
  for (size_t length = 0; length + 1 < buf.length; length++)
    assert_int_not_equal(pl_log_line_parse(storage, length, &read, &error), PL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_option_changes_the_hash),
      cmocka_unit_test(no_secret_is_in_a_hash),
      cmocka_unit_test(a_verdict_is_one_short_text),
      cmocka_unit_test(a_line_is_read_as_it_was_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
