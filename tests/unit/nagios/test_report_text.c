// Tests the first line, the lines of the checks, perfdata, and the limit of all output.
#include "options/options.h"
#include "report/perfdata.h"
#include "report_text.h"
#include "sample_run.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- one endpoint --------------------------------------------------------------------------- */

static void first_line_has_the_worst_finding(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  assert_string_equal(
      text_of_one(&s, false),
      "PRIVATELINK CRITICAL: rockset-prod: public endpoint OPEN: api.euc1a1.rockset.com "
      "52.58.0.11 answered HTTP 200 [public.open] | status=2;;;0;3 public_verdict=1;;;0;2 "
      "public_http_status=200 time=0.012s;;;0 certificate_days=U;14:;7:\n"
      "[OK] state: available, private DNS on, 3 zones\n"
      "[OK] dns: api.example.com -> 10.0.1.10, all the endpoint's own\n"
      "[OK] port: 1/1 up, slowest 12 ms, certificate 74 days\n"
      "[CRITICAL] public: 1/2 addresses open [public.open]\n");
  sample_free(&s);
}

static void skipped_checks_stand_on_the_first_line(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: fine: dns OK; dns: api.example.com -> 10.0.1.10 (skipped: "
                      "state: no --endpoint-id; public: no --public-name) | status=0;;;0;3 "
                      "dns_time=0.0025s;;;0\n"
                      "[OK] dns: api.example.com -> 10.0.1.10\n");
  sample_free(&s);
}

static void unproven_is_said_whatever_its_severity(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: quiet: public: UNPROVEN: nothing answered "
                      "[public.no-egress] | status=0;;;0;3 public_verdict=2;;;0;2\n"
                      "[OK] public: UNPROVEN: nothing answered [public.no-egress]\n");
  sample_free(&s);
}

static void unproven_is_not_hidden_by_another_finding(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  sample_finding(&s.verdict, PL_CHECK_PORT, PL_REASON_PORT_SOME_DOWN, PL_SEVERITY_WARNING,
                 "one of two is down");
  const char *text = text_of_one(&s, false);
  assert_contains(text, "PRIVATELINK WARNING: quiet: one of two is down (public: UNPROVEN) "
                        "[port.some-down] | ");
  sample_free(&s);
}

static void unproven_that_the_judge_names_is_not_named_twice(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  snprintf(s.verdict.checks[PL_CHECK_PUBLIC].summary, PL_LIMIT_TEXT, "IPv4 only: UNPROVEN: x");
  assert_contains(text_of_one(&s, false), "[OK] public: IPv4 only: UNPROVEN: x [");
  sample_free(&s);
}

static void unusable_section_is_unknown_with_its_line(void **state) {
  (void)state;
  sample s;
  sample_unusable(&s);
  assert_string_equal(text_of_one(&s, true),
                      "PRIVATELINK UNKNOWN: broken: /etc/privatelink.ini line 3: --port: '...' is "
                      "not a port [usage] | endpoints=1;;;0 ok=0;;;0 warning=0;;;0 critical=0;;;0 "
                      "unknown=1;;;0\n"
                      "[UNKNOWN] /etc/privatelink.ini line 3: --port: '...' is not a port "
                      "[usage]\n");
  sample_free(&s);
}

static void worst_without_a_finding_has_its_summary(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].reason = PL_REASON_DNS_EMPTY;
  assert_contains(text_of_one(&s, false),
                  "PRIVATELINK CRITICAL: fine: api.example.com -> 10.0.1.10 (skipped: ");
  assert_contains(report_output, ") [dns.empty] | ");
  sample_free(&s);
}

static void no_check_at_all_is_unknown(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.checks[PL_CHECK_DNS].ran = false;
  s.verdict.worst = PL_CHECK_COUNT;
  s.verdict.severity = PL_SEVERITY_UNKNOWN;
  assert_contains(text_of_one(&s, false), "PRIVATELINK UNKNOWN: fine: no check ran (skipped: ");
  s.verdict.severity = PL_SEVERITY_OK;
  pl_run run = sample_run(&s.result, 1, false);
  assert_int_equal(pl_run_severity(&run), PL_SEVERITY_UNKNOWN);
  assert_contains(text_of(&run, 0), "PRIVATELINK UNKNOWN: fine: no check ran (skipped: ");
  run.count = 0;
  assert_int_equal(pl_run_severity(&run), PL_SEVERITY_UNKNOWN);
  assert_string_equal(text_of(&run, 0), "PRIVATELINK UNKNOWN: no endpoint [usage]\n");
  sample_free(&s);
}

/* ---- the limit ------------------------------------------------------------------------------ */

static void fill(char *storage, size_t size, const char *pattern) {
  size_t length = strlen(pattern), at = 0;
  while (at + length < size) {
    memcpy(storage + at, pattern, length);
    at += length;
  }
  storage[at] = '\0';
}

/* Every metric once, all with a long number. */
static void fill_metrics(pl_verdict *verdict) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++)
    sample_metric(verdict, (pl_metric_id)id, true, 12345678901.25);
}

static bool is_utf8_boundary_before(const char *at) { return (at[-1] & 0xc0) != 0x80; }

static void text_is_cut_before_perfdata(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  fill_metrics(&s.verdict);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    fill(s.verdict.checks[check].summary, PL_LIMIT_TEXT, "x\xc3\xa4y\xe2\x82\xac");
  fill(s.verdict.findings[2].text, PL_LIMIT_TEXT, "\xe2\x82\xac");
  s.result.name = "a-name-of-sixty-four-characters-which-is-as-long-as-a-name-can-be";
  const char *text = text_of_one(&s, false);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(text, "... [public.open] | status=");
  assert_contains(text, "scheduling_delay=12345678901.25s\n"); /* the last one of the table */
  assert_contains(text, "(cut)\n");
  const char *dots = strstr(text, "...");
  assert_true(is_utf8_boundary_before(dots) || (dots[-3] & 0xf0) == 0xe0);
  assert_clean(text);
  sample_free(&s);
}

static void a_line_that_is_cut_keeps_its_reason(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    fill(s.verdict.checks[check].summary, check == PL_CHECK_PORT ? 100 : PL_LIMIT_TEXT, "word");
  const char *text = text_of_one(&s, false);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(text, "word... [public.open]\n(cut)\n");
  assert_contains(text, "[OK] port: wordword");
  /* Bounds are left out before text is cut. */
  assert_contains(text, "| status=2 public_verdict=1 ");
  sample_free(&s);
}

static void perfdata_that_does_not_fit_loses_whole_items(void **state) {
  (void)state;
  sample samples[12];
  pl_endpoint_result results[12];
  for (size_t i = 0; i < 12; i++) {
    sample_open(&samples[i]);
    fill_metrics(&samples[i].verdict);
    results[i] = samples[i].result;
  }
  pl_run run = sample_run(results, 12, true);
  const char *text = text_of(&run, 0);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_true(strlen(text) > PL_LIMIT_OUTPUT - 200);
  assert_contains(text, "PRIVATELINK CRITICAL: 12 of 12 endpoints not OK: rockset-prod: ");
  assert_contains(text, " | endpoints=12 ok=0 warning=0 critical=12 unknown=0 "
                        "rockset-prod.status=");
  const char *end = strchr(text, '\n');
  const char *last = end;
  while (last[-1] != ' ')
    last--;
  assert_memory_equal(last, "rockset-prod.", strlen("rockset-prod."));
  assert_true(end[-1] == 's' || (end[-1] >= '0' && end[-1] <= '9'));
  for (size_t i = 0; i < 12; i++)
    sample_free(&samples[i]);
}

static void any_length_of_text_keeps_the_limit(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  fill_metrics(&s.verdict);
  s.spec.skipped[PL_CHECK_STATE] = "no --endpoint-id";
  for (size_t length = 2; length <= PL_LIMIT_TEXT; length++) {
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
      fill(s.verdict.checks[check].summary, length, "\xc3\xa4");
    fill(s.verdict.findings[2].text, length, "a");
    s.verdict.metrics.count = length % PL_METRIC_COUNT;
    const char *text = text_of_one(&s, false);
    assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
    assert_contains(text, "[public.open]");
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_clean(text);
  }
  sample_free(&s);
}

/* ---- several endpoints ---------------------------------------------------------------------- */

static void batch_shows_what_is_not_ok(void **state) {
  (void)state;
  sample a, b, c;
  sample_open(&a);
  sample_fine(&b);
  sample_unusable(&c);
  const pl_endpoint_result results[] = {c.result, b.result, a.result};
  pl_run run = sample_run(results, 3, true);
  const char *text = text_of(&run, 0);
  assert_contains(text, "PRIVATELINK CRITICAL: 2 of 3 endpoints not OK: rockset-prod: public "
                        "endpoint OPEN: ");
  assert_contains(text, " [public.open] | endpoints=3;;;0 ok=1;;;0 warning=0;;;0 critical=1;;;0 "
                        "unknown=1;;;0 rockset-prod.status=2;;;0;3 ");
  assert_contains(text, "\n[UNKNOWN] broken: /etc/privatelink.ini line 3: ");
  assert_contains(text, "\n[CRITICAL] rockset-prod: public: 1/2 addresses open [public.open]\n");
  assert_lacks(text, "[OK]");
  assert_lacks(text, "fine.");
  text = text_of(&run, 1);
  assert_contains(text, "\n[OK] fine: dns: api.example.com -> 10.0.1.10\n");
  assert_contains(text, " fine.dns_time=0.0025s;;;0");
  sample_free(&a);
  sample_free(&b);
  sample_free(&c);
}

static void batch_that_is_fine_says_so(void **state) {
  (void)state;
  sample a, b;
  sample_fine(&a);
  sample_unproven(&b);
  const pl_endpoint_result results[] = {a.result, b.result};
  pl_run run = sample_run(results, 2, true);
  assert_string_equal(text_of(&run, 0),
                      "PRIVATELINK OK: 2 endpoints OK (public: 1 UNPROVEN) | endpoints=2;;;0 "
                      "ok=2;;;0 warning=0;;;0 critical=0;;;0 unknown=0;;;0\n");
  sample_free(&a);
  sample_free(&b);
}

static void batch_of_one_has_labels_of_a_batch(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_contains(text_of_one(&s, true), " fine.status=0;;;0;3 fine.dns_time=0.0025s;;;0\n[OK] ");
  sample_free(&s);
}

/* ---- perfdata ------------------------------------------------------------------------------- */

static void thresholds_are_ranges(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_error error;
  const char *warning[] = {"time=0.5", "time=~:0.25"};
  const char *critical[] = {"@1:2", "certificate_days=3:"};
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_WARNING, PL_LAYER_COMMAND_LINE, warning, 2, &error), PL_OK);
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_CRITICAL, PL_LAYER_COMMAND_LINE, critical, 2, &error), PL_OK);
  const char *text = text_of_one(&s, false);
  assert_contains(text, " time=0.012s;~:0.25;@1:2;0 certificate_days=U;14:;3:\n");
  sample_free(&s);
}

static void a_zone_s_threshold_is_not_another_s(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_error error;
  const char *warning[] = {"addresses_up=3:", "addresses_up-eu-central-1a=2:"};
  pl_metric *metrics = s.verdict.metrics.items;
  metrics[0] = (pl_metric){.id = PL_METRIC_ADDRESSES_UP, .known = true, .value = 3};
  metrics[1] = (pl_metric){.id = PL_METRIC_ADDRESSES_UP, .suffix = "eu-central-1a"};
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_WARNING, PL_LAYER_COMMAND_LINE, warning, 2, &error), PL_OK);
  assert_contains(text_of_one(&s, false),
                  " | addresses_up=3;3:;;0 addresses_up-eu-central-1a=U;2:;;0\n");
  sample_free(&s);
}

static void labels_keep_the_grammar(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_metric *metric = &s.verdict.metrics.items[0];
  snprintf(metric->suffix, sizeof(metric->suffix), "a b='|\x01");
  s.verdict.metrics.items[1].value = (double)INFINITY;
  const char *text = text_of_one(&s, false);
  assert_contains(text, " | 'status-a b__?"
                        "?'=0;;;0;3 dns_time=U;;;0\n");
  assert_clean(text);
  s.verdict.metrics.items[1].value = (double)NAN;
  assert_contains(text_of_one(&s, false), " dns_time=U;;;0\n");
  sample_free(&s);
}

static void numbers_know_no_locale(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    if (setlocale(LC_ALL, names[i]) != NULL)
      break;
  }
  sample s;
  sample_fine(&s);
  assert_contains(text_of_one(&s, false), " dns_time=0.0025s;;;0\n");
  setlocale(LC_ALL, "C");
  sample_free(&s);
}

static void totals_that_do_not_fit_are_left_out(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_run run = sample_run(&s.result, 1, true);
  for (size_t max = 0; max < 90; max++) {
    char storage[128];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_perfdata_add(&run, true, false, max, &buf);
    assert_true(strlen(storage) <= max);
    if (max >= strlen("endpoints=1"))
      assert_contains(storage, "endpoints=1");
    else
      assert_string_equal(storage, "");
  }
  sample_free(&s);
}

/* ---- what comes from outside ---------------------------------------------------------------- */

static void no_text_leaves_its_line(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  static const char nasty[] = "a|b\nc\x1b[31m d\x7f \xff \xe2\x80\xae <x> ' \"";
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    snprintf(s.verdict.checks[check].summary, PL_LIMIT_TEXT, "%s", nasty);
  for (size_t i = 0; i < s.verdict.finding_count; i++)
    snprintf(s.verdict.findings[i].text, PL_LIMIT_TEXT, "%s", nasty);
  s.spec.skipped[PL_CHECK_DNS] = nasty;
  s.result.name = nasty;
  for (int verbosity = 0; verbosity <= 3; verbosity++) {
    pl_run run = sample_run(&s.result, 1, true);
    const char *text = text_of(&run, verbosity);
    assert_clean(text);
    assert_contains(text, "a?b?c?[31m d? ? ? <x> ' \"");
  }
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_line_has_the_worst_finding),
      cmocka_unit_test(skipped_checks_stand_on_the_first_line),
      cmocka_unit_test(unproven_is_said_whatever_its_severity),
      cmocka_unit_test(unproven_is_not_hidden_by_another_finding),
      cmocka_unit_test(unproven_that_the_judge_names_is_not_named_twice),
      cmocka_unit_test(unusable_section_is_unknown_with_its_line),
      cmocka_unit_test(worst_without_a_finding_has_its_summary),
      cmocka_unit_test(no_check_at_all_is_unknown),
      cmocka_unit_test(text_is_cut_before_perfdata),
      cmocka_unit_test(a_line_that_is_cut_keeps_its_reason),
      cmocka_unit_test(perfdata_that_does_not_fit_loses_whole_items),
      cmocka_unit_test(any_length_of_text_keeps_the_limit),
      cmocka_unit_test(batch_shows_what_is_not_ok),
      cmocka_unit_test(batch_that_is_fine_says_so),
      cmocka_unit_test(batch_of_one_has_labels_of_a_batch),
      cmocka_unit_test(thresholds_are_ranges),
      cmocka_unit_test(a_zone_s_threshold_is_not_another_s),
      cmocka_unit_test(labels_keep_the_grammar),
      cmocka_unit_test(numbers_know_no_locale),
      cmocka_unit_test(totals_that_do_not_fit_are_left_out),
      cmocka_unit_test(no_text_leaves_its_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
