// Tests the history of rounds: when a state changes, and when it is reported.
#include "judge/history.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INTERVAL (60 * PL_SEC)

/* ---- rounds to feed it with ----------------------------------------------------------------- */

/* A verdict as users see it. */
static void make_verdict(pl_verdict *verdict, pl_public value, pl_severity public_severity,
                         pl_severity port_severity) {
  memset(verdict, 0, sizeof(*verdict));
  verdict->public_verdict = value;
  verdict->checks[PL_CHECK_PUBLIC] =
      (pl_check_verdict){.ran = true, .severity = public_severity, .summary = "the summary"};
  verdict->checks[PL_CHECK_PORT] = (pl_check_verdict){.ran = true, .severity = port_severity};
  if (public_severity != PL_SEVERITY_OK)
    verdict->checks[PL_CHECK_PUBLIC].reason =
        value == PL_PUBLIC_OPEN ? PL_REASON_PUBLIC_OPEN : PL_REASON_PUBLIC_NO_EGRESS;
  pl_verdict_conclude(verdict);
}

/* ---- other checks --------------------------------------------------------------------------- */

static void every_change_of_a_severity_is_one_notice(void **state) {
  (void)state;
  static const struct {
    pl_severity severity;
    bool announced;
    pl_severity before;
    pl_nsec lasted;
  } rounds[] = {
      {PL_SEVERITY_WARNING, true, PL_SEVERITY_OK, PL_NSEC_UNKNOWN},
      {PL_SEVERITY_WARNING, false, PL_SEVERITY_WARNING, 0},
      {PL_SEVERITY_CRITICAL, true, PL_SEVERITY_WARNING, 2 * INTERVAL},
      {PL_SEVERITY_OK, true, PL_SEVERITY_CRITICAL, INTERVAL},
      {PL_SEVERITY_OK, false, PL_SEVERITY_OK, 0},
      {PL_SEVERITY_UNKNOWN, true, PL_SEVERITY_OK, 2 * INTERVAL},
  };
  pl_history history;
  pl_history_init(&history);
  for (size_t i = 0; i < PL_COUNT_OF(rounds); i++) {
    pl_verdict verdict;
    pl_notices notices;
    make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, rounds[i].severity);
    pl_history_take(&history, false, (pl_nsec)i * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, rounds[i].announced);
    if (!rounds[i].announced)
      continue;
    assert_int_equal(notices.items[0].check, PL_CHECK_PORT);
    assert_int_equal(notices.items[0].severity, rounds[i].severity);
    assert_int_equal(notices.items[0].before, rounds[i].before);
    assert_int_equal(notices.items[0].lasted, rounds[i].lasted);
  }
}

static void two_checks_are_two_notices(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_OPEN, PL_SEVERITY_CRITICAL, PL_SEVERITY_WARNING);
  pl_history_take(&history, false, 0, &verdict, &notices);
  assert_int_equal(notices.count, 2);
  assert_int_equal(notices.items[0].check, PL_CHECK_PORT);
  assert_int_equal(notices.items[1].check, PL_CHECK_PUBLIC);
  assert_int_equal(verdict.severity, PL_SEVERITY_CRITICAL);
  assert_int_equal(verdict.worst, PL_CHECK_PUBLIC);
}

static void a_check_that_did_not_run_is_silent(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_OK, PL_SEVERITY_OK);
  verdict.checks[PL_CHECK_PUBLIC] = (pl_check_verdict){0};
  pl_history_take(&history, false, 0, &verdict, &notices);
  assert_int_equal(notices.count, 0);
}

static void an_unusable_endpoint_is_announced_and_recovers(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_verdict verdict;
  pl_notices notices;
  for (pl_nsec round = 0; round < 2; round++) {
    pl_judge_unusable("no such file", &verdict);
    pl_history_take(&history, false, round * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, round == 0);
    assert_int_equal(verdict.severity, PL_SEVERITY_UNKNOWN);
  }
  assert_int_equal(history.subjects[PL_HISTORY_CONFIGURATION].severity, PL_SEVERITY_UNKNOWN);
  make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, PL_SEVERITY_OK);
  pl_history_take(&history, false, 2 * INTERVAL, &verdict, &notices);
  assert_int_equal(notices.count, 1);
  const pl_notice *last = &notices.items[0];
  assert_int_equal(last->check, PL_HISTORY_CONFIGURATION);
  assert_int_equal(last->severity, PL_SEVERITY_OK);
  assert_int_equal(last->before, PL_SEVERITY_UNKNOWN);
  assert_int_equal(last->lasted, 2 * INTERVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_change_of_a_severity_is_one_notice),
      cmocka_unit_test(two_checks_are_two_notices),
      cmocka_unit_test(a_check_that_did_not_run_is_silent),
      cmocka_unit_test(an_unusable_endpoint_is_announced_and_recovers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
