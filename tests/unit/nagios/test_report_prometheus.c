// Tests the output for Prometheus, byte for byte, and what it leaves out.
#include "report/prometheus.h"
#include "sample_run.h"
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

#define GOLDEN "tests/unit/data/report.prom" /* tests/dashboards/rules shows it to promtool */

static char output[1 << 16];

static const char *text_of(const pl_run *run) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_report_prometheus(run, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

static const char *lines_of(const sample *s) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_prometheus_add_lines(&s->result, 1500 * PL_MSEC, &buf);
  return output;
}

static void a_run_is_as_the_golden_file(void **state) {
  (void)state;
  sample a, b, c, d;
  sample_open(&a);
  sample_unproven(&b);
  sample_fine(&c);
  sample_unusable(&d);
  pl_metric *zone =
      pl_metrics_add_zone(&a.verdict.metrics, PL_METRIC_ADDRESSES_UP, "eu-central-1a");
  zone->known = true;
  zone->value = 1;
  sample_metric(&c.verdict, PL_METRIC_CERTIFICATE_DAYS, true, -0.5);
  const pl_endpoint_result results[] = {a.result, b.result, c.result, d.result};
  pl_run run = sample_run(results, 4, true);
  static char golden[sizeof(output)];
  FILE *file = fopen(GOLDEN, "r");
  assert_non_null(file);
  golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
  fclose(file);
  assert_string_equal(text_of(&run), golden);
  sample_free(&a);
  sample_free(&b);
  sample_free(&c);
  sample_free(&d);
}

static void an_unknown_value_has_no_line(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  sample_metric(&s.verdict, PL_METRIC_DNS_TTL, true, 60);
  assert_non_null(strstr(lines_of(&s), "privatelink_dns_ttl_seconds{"));
  const double values[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  for (size_t i = 0; i < PL_COUNT_OF(values); i++) {
    sample_metric(&s.verdict, PL_METRIC_DNS_TTL, true, values[i]);
    assert_null(strstr(lines_of(&s), "dns_ttl"));
  }
  sample_metric(&s.verdict, PL_METRIC_DNS_TTL, false, 60);
  assert_null(strstr(lines_of(&s), "dns_ttl"));
  sample_free(&s);
}

static void a_label_is_escaped(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.result.name = "a\"b\\c\nd";
  assert_non_null(
      strstr(lines_of(&s),
             "privatelink_last_round_timestamp_seconds{endpoint=\"a\\\"b\\\\c\\nd\"} 1.5\n"));
  sample_free(&s);
}

static void a_reason_is_given_once_with_its_worst_severity(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  sample_finding(&s.verdict, PL_CHECK_DNS, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_WARNING, "one");
  sample_finding(&s.verdict, PL_CHECK_DNS, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_CRITICAL, "two");
  sample_finding(&s.verdict, PL_CHECK_PORT, PL_REASON_THRESHOLD, PL_SEVERITY_WARNING, "three");
  const char *first = strstr(lines_of(&s), "privatelink_reason_info");
  assert_non_null(first);
  static const char expected[] =
      "privatelink_reason_info{endpoint=\"fine\",check=\"dns\",reason=\"dns.timeout\","
      "severity=\"CRITICAL\"} 1\n"
      "privatelink_reason_info{endpoint=\"fine\",check=\"port\",reason=\"threshold\","
      "severity=\"WARNING\"} 1\n"
      "privatelink_last_round";
  assert_memory_equal(first, expected, strlen(expected));
  sample_free(&s);
}

/* What the table could not hold is still named by the check. */
static void a_reason_without_a_finding_is_given(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.checks[PL_CHECK_DNS].severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].reason = PL_REASON_DNS_EMPTY;
  assert_non_null(strstr(lines_of(&s), "reason=\"dns.empty\",severity=\"CRITICAL\"} 1\n"));
  sample_free(&s);
}

static void a_late_endpoint_is_unknown_and_nothing_else(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_prometheus_add_late("api", 2 * PL_SEC, &buf);
  assert_string_equal(output, "privatelink_status{endpoint=\"api\"} 3\n"
                              "privatelink_last_round_timestamp_seconds{endpoint=\"api\"} 2\n");
  pl_buf_clear(&buf);
  pl_prometheus_add_late("api", 0, &buf);
  assert_string_equal(output, "privatelink_status{endpoint=\"api\"} 3\n");
}

/* A name that begins with another one is a family of its own; a family has one header. */
static void families_are_merged(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  const char *const lines[] = {
      "privatelink_addresses{endpoint=\"a\"} 1\nprivatelink_addresses_up{endpoint=\"a\"} 1\n", NULL,
      "", "privatelink_addresses{endpoint=\"b\"} 2\n"};
  assert_int_equal(pl_prometheus_merge(lines, 4, &buf), PL_OK);
  assert_string_equal(output, "# HELP privatelink_addresses private addresses probed\n"
                              "# TYPE privatelink_addresses gauge\n"
                              "privatelink_addresses{endpoint=\"a\"} 1\n"
                              "privatelink_addresses{endpoint=\"b\"} 2\n"
                              "# HELP privatelink_addresses_up private addresses that are up; also "
                              "addresses_up-ZONE where zones are known\n"
                              "# TYPE privatelink_addresses_up gauge\n"
                              "privatelink_addresses_up{endpoint=\"a\"} 1\n");
}

static void no_allocation_that_fails_is_hidden(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  const pl_endpoint_result results[] = {s.result};
  pl_run run = sample_run(results, 1, true);
  bool failed = true;
  for (unsigned n = 1; failed; n++) {
    pl_buf buf;
    pl_buf_init(&buf, sizeof(output));
    alloc_fail_arm(n);
    pl_report_prometheus(&run, &buf);
    failed = alloc_fail_disarm();
    assert_int_equal(pl_buf_status(&buf), failed ? PL_ERR_MEMORY : PL_OK);
    pl_buf_free(&buf);
  }
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_is_as_the_golden_file),
      cmocka_unit_test(an_unknown_value_has_no_line),
      cmocka_unit_test(a_label_is_escaped),
      cmocka_unit_test(a_reason_is_given_once_with_its_worst_severity),
      cmocka_unit_test(a_reason_without_a_finding_is_given),
      cmocka_unit_test(a_late_endpoint_is_unknown_and_nothing_else),
      cmocka_unit_test(families_are_merged),
      cmocka_unit_test(no_allocation_that_fails_is_hidden),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
