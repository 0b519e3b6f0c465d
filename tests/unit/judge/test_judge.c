// Tests what holds for all checks: overall severity, failed rounds, unusable endpoints.
#include "facts/endpoint.h"
#include "judge/case.h"
#include "judge/thresholds.h"
#include "public_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW 1700000000

static pl_verdict v;

/* ---- the overall severity ------------------------------------------------------------------- */

static void the_worst_check_is_the_first_of_the_worst(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int of[PL_CHECK_COUNT]; /* severity; -1: does not run */
    pl_severity severity;
    pl_check worst;
  } rows[] = {
      {"none", {-1, -1, -1, -1}, PL_SEVERITY_UNKNOWN, PL_CHECK_COUNT},
      {"all OK", {0, 0, 0, 0}, PL_SEVERITY_OK, PL_CHECK_STATE},
      {"all OK, one skipped", {-1, 0, 0, 0}, PL_SEVERITY_OK, PL_CHECK_DNS},
      {"UNKNOWN before WARNING", {1, 3, 1, 0}, PL_SEVERITY_UNKNOWN, PL_CHECK_DNS},
      {"CRITICAL before UNKNOWN", {3, 0, 2, 3}, PL_SEVERITY_CRITICAL, PL_CHECK_PORT},
      {"the first of two", {0, 2, 2, 3}, PL_SEVERITY_CRITICAL, PL_CHECK_DNS},
      {"WARNING", {0, 0, 0, 1}, PL_SEVERITY_WARNING, PL_CHECK_PUBLIC},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    memset(&v, 0, sizeof(v));
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
      v.checks[check].ran = rows[i].of[check] >= 0;
      v.checks[check].severity =
          v.checks[check].ran ? (pl_severity)rows[i].of[check] : PL_SEVERITY_OK;
    }
    pl_verdict_conclude(&v);
    if (v.severity != rows[i].severity || v.worst != rows[i].worst)
      fail_msg("%s: %s, check %d", rows[i].name, pl_severity_name(v.severity), (int)v.worst);
  }
}

static void no_check_at_all_is_unknown_everywhere(void **state) {
  (void)state;
  public_case k;
  case_init(&k, 1);
  k.spec.checks = 0;
  pl_judge(&k.spec, &k.facts, NOW, &v);
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(v.worst, PL_CHECK_COUNT);
  assert_int_equal(v.finding_count, 0);
  const pl_metric *status = pl_metrics_get_zone(&v.metrics, PL_METRIC_STATUS, "");
  assert_true(status->known && status->value == PL_SEVERITY_UNKNOWN);
}

/* ---- a round that could not be run ---------------------------------------------------------- */

static void a_local_problem_leaves_nothing_known(void **state) {
  (void)state;
  static const pl_reason reasons[] = {PL_REASON_STATE_API, PL_REASON_DNS_LOCAL_FAILURE,
                                      PL_REASON_PORT_LOCAL_FAILURE, PL_REASON_PUBLIC_LOCAL_FAILURE};
  static const pl_severity severities[] = {PL_SEVERITY_OK, PL_SEVERITY_WARNING,
                                           PL_SEVERITY_CRITICAL, PL_SEVERITY_UNKNOWN};
  for (size_t s = 0; s < PL_COUNT_OF(severities); s++) {
    public_case k;
    case_init(&k, 1);
    k.spec.checks = PL_CHECK_ALL;
    k.spec.on_unproven = severities[s];
    snprintf(k.facts.local_problem, sizeof(k.facts.local_problem), "no memory");
    pl_judge(&k.spec, &k.facts, NOW, &v);
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
      bool is_public = check == PL_CHECK_PUBLIC;
      const pl_check_verdict *of_check = &v.checks[check];
      assert_int_equal(of_check->severity, is_public ? severities[s] : PL_SEVERITY_UNKNOWN);
      assert_int_equal(of_check->reason, reasons[check]);
      assert_string_equal(of_check->summary, is_public ? "UNPROVEN: no memory" : "no memory");
    }
    assert_int_equal(v.public_verdict, PL_PUBLIC_UNPROVEN);
    assert_int_equal(v.severity,
                     s == PL_SEVERITY_CRITICAL ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN);
    assert_true(pl_metrics_get_zone(&v.metrics, PL_METRIC_PUBLIC_VERDICT, "")->value ==
                PL_PUBLIC_UNPROVEN);
    assert_false(pl_metrics_get_zone(&v.metrics, PL_METRIC_ADDRESSES, "")->known);
    assert_false(pl_metrics_get_zone(&v.metrics, PL_METRIC_PUBLIC_OPEN, "")->known);
  }
}

static void an_unusable_configuration_is_unknown(void **state) {
  (void)state;
  pl_judge_unusable("line 3: --port: takes one value", &v);
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(v.worst, PL_CHECK_COUNT);
  assert_int_equal(v.public_verdict, PL_PUBLIC_UNPROVEN);
  assert_int_equal(v.finding_count, 1);
  assert_int_equal(v.findings[0].reason, PL_REASON_USAGE);
  assert_string_equal(pl_reason_severity(PL_REASON_USAGE), "UNKNOWN");
  assert_int_equal(v.findings[0].check, PL_CHECK_COUNT);
  assert_string_equal(v.findings[0].text, "line 3: --port: takes one value");
}

/* ---- what an EC2 outcome is called ---------------------------------------------------------- */

static void every_outcome_of_ec2_has_its_reason(void **state) {
  (void)state;
  static const struct {
    pl_ec2_outcome outcome;
    pl_reason reason;
  } rows[] = {
      {PL_EC2_FOUND, PL_REASON_NONE},
      {PL_EC2_NOT_FOUND, PL_REASON_STATE_NOT_FOUND},
      {PL_EC2_UNREACHABLE, PL_REASON_STATE_API},
      {PL_EC2_CUT, PL_REASON_STATE_API},
      {PL_EC2_THROTTLED, PL_REASON_STATE_THROTTLED},
      {PL_EC2_DENIED, PL_REASON_STATE_DENIED},
      {PL_EC2_NO_CREDENTIALS, PL_REASON_STATE_CREDENTIALS},
      {PL_EC2_BAD_CREDENTIALS, PL_REASON_STATE_CREDENTIALS},
      {PL_EC2_REFUSED, PL_REASON_STATE_API},
      {PL_EC2_UNUSABLE, PL_REASON_STATE_API},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++)
    assert_int_equal(pl_ec2_reason(rows[i].outcome), rows[i].reason);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_worst_check_is_the_first_of_the_worst),
      cmocka_unit_test(no_check_at_all_is_unknown_everywhere),
      cmocka_unit_test(a_local_problem_leaves_nothing_known),
      cmocka_unit_test(an_unusable_configuration_is_unknown),
      cmocka_unit_test(every_outcome_of_ec2_has_its_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
