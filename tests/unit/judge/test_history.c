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
    pl_history_take(&history, NULL, false, (pl_nsec)i * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, rounds[i].announced);
    if (!rounds[i].announced)
      continue;
    assert_int_equal(notices.items[0].check, PL_CHECK_PORT);
    assert_int_equal(notices.items[0].severity, rounds[i].severity);
    assert_int_equal(notices.items[0].before, rounds[i].before);
    assert_int_equal(notices.items[0].lasted, rounds[i].lasted);
  }
}

/* Digits: the severity of port in each round. */
static void a_change_waits_for_confirmation(void **state) {
  (void)state;
  static const struct {
    unsigned confirm;
    const char *rounds, *announced;
  } cases[] = {
      {1, "02020", "-2020"}, {2, "0200", "----"},     {2, "022000", "--2-0-"},
      {2, "0230", "--3-"},   {3, "022202", "---2--"}, {2, "22", "-2"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_history history;
    pl_history_init(&history);
    pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED, .confirm = cases[i].confirm};
    for (size_t round = 0; cases[i].rounds[round] != '\0'; round++) {
      pl_verdict verdict;
      pl_notices notices;
      make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK,
                   (pl_severity)(cases[i].rounds[round] - '0'));
      pl_history_take(&history, &spec, false, (pl_nsec)round * INTERVAL, &verdict, &notices);
      char announced = notices.count > 0 ? (char)('0' + (int)notices.items[0].severity) : '-';
      if (announced != cases[i].announced[round])
        fail_msg("%s: round %zu announces %c", cases[i].rounds, round, announced);
    }
  }
}

static void an_open_endpoint_needs_no_confirmation(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED, .confirm = 100};
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_OPEN, PL_SEVERITY_CRITICAL, PL_SEVERITY_OK);
  pl_history_take(&history, &spec, false, 0, &verdict, &notices);
  assert_int_equal(notices.count, 1);
  assert_int_equal(notices.items[0].check, PL_CHECK_PUBLIC);
  assert_int_equal(notices.items[0].severity, PL_SEVERITY_CRITICAL);
}

static void set_check(pl_verdict *verdict, pl_check check, pl_severity severity, pl_reason reason) {
  verdict->checks[check] =
      (pl_check_verdict){.ran = true, .severity = severity, .reason = reason, .summary = "it"};
}

/* Without private DNS there is no address, and then no proof. Only the cause is announced. When it
 * ends, what is left is announced. */
static void a_change_waits_for_its_cause(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED, .confirm = 1};
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, PL_SEVERITY_OK);
  set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_OK, PL_REASON_NONE);
  pl_history_take(&history, &spec, false, 0, &verdict, &notices);
  assert_int_equal(notices.count, 0);
  for (pl_nsec round = 1; round < 4; round++) {
    make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_UNKNOWN, PL_SEVERITY_OK);
    set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT);
    set_check(&verdict, PL_CHECK_PORT, PL_SEVERITY_CRITICAL, PL_REASON_PORT_NO_ADDRESS);
    verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_PUBLIC_SERVICE_DOWN;
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_DNS), PL_CHECK_COUNT);
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_PORT), PL_CHECK_DNS);
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_PUBLIC), PL_CHECK_PORT);
    pl_history_take(&history, &spec, false, round * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, round == 1);
    if (round == 1)
      assert_int_equal(notices.items[0].check, PL_CHECK_DNS);
  }
  make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_UNKNOWN, PL_SEVERITY_OK);
  set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_OK, PL_REASON_NONE);
  pl_history_take(&history, &spec, false, 4 * INTERVAL, &verdict, &notices);
  assert_int_equal(notices.count, 2);
  assert_int_equal(notices.items[0].check, PL_CHECK_DNS);
  assert_int_equal(notices.items[1].check, PL_CHECK_PUBLIC);
  assert_int_equal(notices.items[1].lasted, 4 * INTERVAL);
}

static void two_checks_are_two_notices(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_OPEN, PL_SEVERITY_CRITICAL, PL_SEVERITY_WARNING);
  pl_history_take(&history, NULL, false, 0, &verdict, &notices);
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
  pl_history_take(&history, NULL, false, 0, &verdict, &notices);
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
    pl_history_take(&history, NULL, false, round * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, round == 0);
    assert_int_equal(verdict.severity, PL_SEVERITY_UNKNOWN);
  }
  assert_int_equal(history.subjects[PL_HISTORY_CONFIGURATION].severity, PL_SEVERITY_UNKNOWN);
  make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, PL_SEVERITY_OK);
  pl_history_take(&history, NULL, false, 2 * INTERVAL, &verdict, &notices);
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
      cmocka_unit_test(a_change_waits_for_confirmation),
      cmocka_unit_test(an_open_endpoint_needs_no_confirmation),
      cmocka_unit_test(a_change_waits_for_its_cause),
      cmocka_unit_test(two_checks_are_two_notices),
      cmocka_unit_test(a_check_that_did_not_run_is_silent),
      cmocka_unit_test(an_unusable_endpoint_is_announced_and_recovers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
