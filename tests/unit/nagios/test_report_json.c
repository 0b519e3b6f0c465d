// Tests the JSON output, byte for byte.
#include "options/options.h"
#include "report/json.h"
#include "report_text.h"
#include "sample_run.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

#define GOLDEN "tests/unit/data/report.json" /* tests/cli/test_schema.py holds it to the schema */

/* ---- helpers -------------------------------------------------------------------------------- */

static char output[1 << 16];

static const char *json_of(const pl_run *run) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_report_json(run, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

/* ---- a reader of the grammar (RFC 8259), for what no golden file holds ----------------------- */

static const char *skip_value(const char *at);

static const char *skip_string(const char *at) {
  if (*at++ != '"')
    return NULL;
  for (; *at != '"'; at++) {
    if ((unsigned char)*at < 0x20)
      return NULL;
    if (*at != '\\')
      continue;
    at++;
    if (strchr("\"\\/bfnrt", *at) != NULL && *at != '\0')
      continue;
    if (*at != 'u')
      return NULL;
    for (int i = 1; i <= 4; i++) {
      if (!isxdigit((unsigned char)at[i]))
        return NULL;
    }
    at += 4;
  }
  return at + 1;
}

static const char *skip_number(const char *at) {
  at += *at == '-';
  size_t digits = strspn(at, "0123456789");
  if (digits == 0 || (digits > 1 && *at == '0'))
    return NULL;
  at += digits;
  if (*at != '.')
    return at;
  digits = strspn(at + 1, "0123456789");
  return digits > 0 ? at + 1 + digits : NULL;
}

static const char *skip_list(const char *at, char close, bool keys) {
  if (*++at == close)
    return at + 1;
  for (;;) {
    if (keys) {
      at = skip_string(at);
      if (at == NULL || *at++ != ':')
        return NULL;
    }
    at = skip_value(at);
    if (at == NULL)
      return NULL;
    if (*at == close)
      return at + 1;
    if (*at++ != ',')
      return NULL;
  }
}

static const char *skip_value(const char *at) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < PL_COUNT_OF(words); i++) {
    if (strncmp(at, words[i], strlen(words[i])) == 0)
      return at + strlen(words[i]);
  }
  if (*at == '{')
    return skip_list(at, '}', true);
  if (*at == '[')
    return skip_list(at, ']', false);
  return *at == '"' ? skip_string(at) : skip_number(at);
}

static void assert_is_json(const char *text) {
  const char *end = skip_value(text);
  if (end == NULL || strcmp(end, "\n") != 0)
    fail_msg("not JSON: %s", text);
}

/* ---- cases ---------------------------------------------------------------------------------- */

static void read_golden(char *storage, size_t size) {
  FILE *file = fopen(GOLDEN, "r");
  assert_non_null(file);
  size_t length = fread(storage, 1, size - 1, file);
  storage[length] = '\0';
  fclose(file);
}

static void a_run_is_as_the_golden_file(void **state) {
  (void)state;
  sample a, b, c, d;
  sample_open(&a);
  sample_unproven(&b);
  sample_fine(&c);
  sample_unusable(&d);
  pl_error error;
  const char *price = "0.01";
  assert_int_equal(
      pl_spec_set(&c.spec, PL_OPTION_HOURLY_PRICE, PL_LAYER_COMMAND_LINE, &price, 1, &error),
      PL_OK);
  const pl_endpoint_result results[] = {a.result, b.result, c.result, d.result};
  pl_run run = sample_run(results, 4, true);
  static char golden[sizeof(output)];
  read_golden(golden, sizeof(golden));
  assert_is_json(json_of(&run));
  assert_string_equal(output, golden);
  sample_free(&a);
  sample_free(&b);
  sample_free(&c);
  sample_free(&d);
}

static void severity_of_a_skipped_check_is_null(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_run run = sample_run(&s.result, 1, false);
  assert_contains(json_of(&run), "{\"check\":\"state\",\"severity\":null,\"reason\":null,"
                                 "\"skipped\":\"no --endpoint-id\",\"summary\":null,");
  assert_contains(output, "{\"check\":\"dns\",\"severity\":0,\"reason\":null,\"skipped\":null,");
  sample_free(&s);
}

static void strings_are_escaped(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    snprintf(s.verdict.checks[check].summary, PL_LIMIT_TEXT,
             "q\" b\\ t\t n\n \x01 \x7f \xff \xc3\xa4 /");
  pl_run run = sample_run(&s.result, 1, false);
  assert_is_json(json_of(&run));
  assert_contains(output, "\"q\\\" b\\\\ t? n? ? ? ? \xc3\xa4 /\"");
  sample_free(&s);
}

static void numbers_are_numbers_or_null(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  static const struct {
    bool known;
    double value;
    const char *text;
  } rows[] = {
      {true, 0.0025, "\"dns_time\":0.0025}"},
      {true, -0.0, "\"dns_time\":0}"},
      {true, 1e20, "\"dns_time\":100000000000000000000}"},
      {false, 5, "\"dns_time\":null}"},
      {true, (double)NAN, "\"dns_time\":null}"},
      {true, (double)INFINITY, "\"dns_time\":null}"},
      {true, (double)-INFINITY, "\"dns_time\":null}"},
  };
  setlocale(LC_ALL, "de_DE.UTF-8");
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample_metric(&s.verdict, PL_METRIC_DNS_TIME, rows[i].known, rows[i].value);
    pl_run run = sample_run(&s.result, 1, false);
    assert_is_json(json_of(&run));
    assert_contains(output, rows[i].text);
  }
  setlocale(LC_ALL, "C");
  sample_free(&s);
}

static void every_outcome_has_a_key(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  for (unsigned end = 0; end < PL_END_COUNT; end++) {
    s.facts.targets[2].attempts[0].end = (pl_end)end;
    s.facts.witnesses[0].results[1].end = (pl_end)end;
    pl_run run = sample_run(&s.result, 1, false);
    assert_is_json(json_of(&run));
    assert_null(strstr(output, "\"end\":null"));
  }
  for (unsigned outcome = 0; outcome <= PL_DNS_CUT; outcome++) {
    s.facts.public_dns[0].outcome = (pl_dns_outcome)outcome;
    pl_run run = sample_run(&s.result, 1, false);
    assert_is_json(json_of(&run));
    assert_null(strstr(output, "\"outcome\":null"));
  }
  sample_free(&s);
}

static void details_of_a_try(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_attempt_result *attempt = &s.facts.targets[2].attempts[0];
  attempt->tls_version = 0x0303;
  attempt->alert = 80;
  attempt->certificate.time = PL_CERTIFICATE_EXPIRED;
  attempt->icmp = (pl_icmp){.seen = true, .family = PL_FAMILY_IPV6, .type = 1, .code = 6};
  pl_run run = sample_run(&s.result, 1, false);
  assert_is_json(json_of(&run));
  assert_contains(output, "\"icmp\":{\"version\":6,\"type\":1,\"code\":6,\"sender\":null,"
                          "\"sender_is_self\":false}");
  assert_contains(output, "\"tls_version\":\"1.2\",\"alert\":80,");
  assert_contains(output, "\"time\":\"expired\"");
  sample_free(&s);
}

static void an_endpoint_that_is_not_known_has_its_outcome_only(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.endpoint->created = 0;
  pl_run run = sample_run(&s.result, 1, false);
  assert_contains(json_of(&run), "\"created\":null");
  s.endpoint->known = false;
  s.endpoint->outcome = PL_EC2_DENIED;
  snprintf(s.endpoint->denied, sizeof(s.endpoint->denied), "ec2:DescribeVpcEndpoints");
  assert_is_json(json_of(&run));
  assert_contains(output, "\"denied\":\"ec2:DescribeVpcEndpoints\"}}");
  s.facts.endpoint = NULL;
  assert_is_json(json_of(&run));
  assert_contains(output, "\"endpoint\":null");
  sample_free(&s);
}

static void a_check_that_nobody_skipped_says_why_all_the_same(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.spec.skipped[PL_CHECK_STATE] = NULL;
  s.result.facts = NULL;
  pl_run run = sample_run(&s.result, 1, false);
  assert_is_json(json_of(&run));
  assert_contains(output, "\"skipped\":\"not asked for by --check\"");
  sample_free(&s);
}

static void failing_allocations_are_reported(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_run run = sample_run(&s.result, 1, false);
  for (unsigned nth = 1;; nth++) {
    pl_buf buf;
    pl_buf_init(&buf, sizeof(output));
    alloc_fail_arm(nth);
    pl_report_json(&run, &buf);
    bool failed = alloc_fail_disarm();
    assert_int_equal(pl_buf_status(&buf), failed ? PL_ERR_MEMORY : PL_OK);
    pl_buf_free(&buf);
    if (!failed)
      break;
  }
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_is_as_the_golden_file),
      cmocka_unit_test(severity_of_a_skipped_check_is_null),
      cmocka_unit_test(strings_are_escaped),
      cmocka_unit_test(numbers_are_numbers_or_null),
      cmocka_unit_test(every_outcome_has_a_key),
      cmocka_unit_test(details_of_a_try),
      cmocka_unit_test(an_endpoint_that_is_not_known_has_its_outcome_only),
      cmocka_unit_test(a_check_that_nobody_skipped_says_why_all_the_same),
      cmocka_unit_test(failing_allocations_are_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
