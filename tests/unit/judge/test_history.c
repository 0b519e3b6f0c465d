// Tests the history of rounds: when a state changes, and when it is reported.
#include "judge/history.h"
#include "judge/judge.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INTERVAL (60 * PL_SEC)

/* ---- rounds to feed it with ----------------------------------------------------------------- */

/* A verdict as the judge leaves it, with the metrics that the history fills in. */
static void make_verdict(pl_verdict *verdict, pl_public value, pl_severity public_severity,
                         pl_severity port_severity) {
  static const pl_metric_id ids[] = {PL_METRIC_STATUS, PL_METRIC_PORT_STATUS,
                                     PL_METRIC_PUBLIC_STATUS, PL_METRIC_PUBLIC_ALARM,
                                     PL_METRIC_PUBLIC_PROOF_AGE};
  memset(verdict, 0, sizeof(*verdict));
  verdict->public_verdict = value;
  verdict->checks[PL_CHECK_PUBLIC] =
      (pl_check_verdict){.ran = true, .severity = public_severity, .summary = "the summary"};
  verdict->checks[PL_CHECK_PORT] = (pl_check_verdict){.ran = true, .severity = port_severity};
  if (public_severity != PL_SEVERITY_OK)
    verdict->checks[PL_CHECK_PUBLIC].reason =
        value == PL_PUBLIC_OPEN ? PL_REASON_PUBLIC_OPEN : PL_REASON_PUBLIC_NO_EGRESS;
  for (size_t i = 0; i < PL_COUNT_OF(ids); i++)
    verdict->metrics.items[verdict->metrics.count++] = (pl_metric){.id = ids[i]};
}

static double value_of(const pl_verdict *verdict, pl_metric_id id) {
  const pl_metric *metric = pl_metrics_get(&verdict->metrics, id);
  assert_non_null(metric);
  assert_true(metric->known);
  return metric->value;
}

/* ---- the public check over several rounds --------------------------------------------------- */

/* One letter a round: b blocked, o open, u unproven and UNKNOWN, k unproven and OK (--on-unproven),
 * w unproven and WARNING. What is expected, per round: the letter of the severity that is announced
 * (O W C U, or - for nothing), public_status, public_alarm. */
typedef struct public_case {
  const char *name;
  pl_expect_public expect;
  unsigned recovery;
  const char *rounds, *announced, *status, *alarm;
} public_case;

static const public_case public_cases[] = {
    {"blocked from the beginning is not announced", PL_EXPECT_BLOCKED, 2, "bbb", "---", "000",
     "000"},
    {"open in the first round", PL_EXPECT_BLOCKED, 2, "oo", "C-", "22", "11"},
    {"open is announced at once", PL_EXPECT_BLOCKED, 2, "bo", "-C", "02", "01"},
    {"recovery after two proven blocks", PL_EXPECT_BLOCKED, 2, "bobbb", "-C-O-", "02200", "01100"},
    {"recovery after one", PL_EXPECT_BLOCKED, 1, "ob", "CO", "20", "10"},
    {"recovery after three", PL_EXPECT_BLOCKED, 3, "obbb", "C--O", "2220", "1110"},
    {"unproven is no recovery", PL_EXPECT_BLOCKED, 2, "ouuu", "CU--", "2333", "1111"},
    {"unproven as OK is no recovery", PL_EXPECT_BLOCKED, 2, "okk", "CC-", "222", "111"},
    {"unproven as WARNING is no recovery", PL_EXPECT_BLOCKED, 2, "oww", "CC-", "222", "111"},
    {"unproven does not set the count back", PL_EXPECT_BLOCKED, 2, "obub", "C-UO", "2230", "1110"},
    {"open sets the count back", PL_EXPECT_BLOCKED, 2, "obobb", "C---O", "22220", "11110"},
    {"open again after unproven", PL_EXPECT_BLOCKED, 2, "ouo", "CUC", "232", "111"},
    {"blocked after unproven is no recovery yet", PL_EXPECT_BLOCKED, 2, "oubb", "CU-O", "2320",
     "1110"},
    {"unproven in the first round", PL_EXPECT_BLOCKED, 2, "ub", "UO", "30", "00"},
    {"unproven as OK in the first round is no news", PL_EXPECT_BLOCKED, 2, "kkb", "--O", "000",
     "000"},
    {"a change of the verdict alone is news", PL_EXPECT_BLOCKED, 2, "bkb", "-OO", "000", "000"},
    {"without an alarm, one proven block ends unproven", PL_EXPECT_BLOCKED, 2, "buub", "-U-O",
     "0330", "0000"},
    {"the alarm comes again", PL_EXPECT_BLOCKED, 2, "obbobb", "C-OC-O", "220220", "110110"},
    {"expected to be reachable: open raises no alarm", PL_EXPECT_REACHABLE, 2, "rrur", "--UO",
     "0030", "0000"},
    {"expected to be reachable: blocked is CRITICAL", PL_EXPECT_REACHABLE, 2, "rcr", "-CO", "020",
     "000"},
};

static void make_round(char letter, pl_verdict *verdict) {
  static const struct {
    char letter;
    pl_public value;
    pl_severity severity;
  } letters[] = {
      {'b', PL_PUBLIC_BLOCKED, PL_SEVERITY_OK},       {'o', PL_PUBLIC_OPEN, PL_SEVERITY_CRITICAL},
      {'u', PL_PUBLIC_UNPROVEN, PL_SEVERITY_UNKNOWN}, {'k', PL_PUBLIC_UNPROVEN, PL_SEVERITY_OK},
      {'w', PL_PUBLIC_UNPROVEN, PL_SEVERITY_WARNING}, {'r', PL_PUBLIC_OPEN, PL_SEVERITY_OK},
      {'c', PL_PUBLIC_BLOCKED, PL_SEVERITY_CRITICAL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(letters); i++) {
    if (letters[i].letter == letter) {
      make_verdict(verdict, letters[i].value, letters[i].severity, PL_SEVERITY_OK);
      return;
    }
  }
  fail_msg("no round of letter %c", letter);
}

static char announced_public(const pl_notices *notices) {
  static const char letters[] = "OWCU";
  for (size_t i = 0; i < notices->count; i++) {
    if (notices->items[i].check == PL_CHECK_PUBLIC)
      return letters[notices->items[i].severity];
  }
  return '-';
}

static void check_public(const public_case *c) {
  pl_history history;
  pl_history_init(&history);
  pl_spec spec = {.expect_public = c->expect};
  for (size_t i = 0; c->rounds[i] != '\0'; i++) {
    pl_verdict verdict;
    pl_notices notices;
    make_round(c->rounds[i], &verdict);
    pl_history_take(&history, &spec, c->recovery, (pl_nsec)i * INTERVAL, &verdict, &notices);
    char status = (char)('0' + (int)value_of(&verdict, PL_METRIC_PUBLIC_STATUS));
    char alarm = (char)('0' + (int)value_of(&verdict, PL_METRIC_PUBLIC_ALARM));
    if (announced_public(&notices) != c->announced[i])
      fail_msg("%s: round %zu announces %c", c->name, i, announced_public(&notices));
    if (status != c->status[i] || alarm != c->alarm[i])
      fail_msg("%s: round %zu has status %c, alarm %c", c->name, i, status, alarm);
    assert_int_equal(value_of(&verdict, PL_METRIC_STATUS), status - '0');
    assert_int_equal(verdict.severity, status - '0');
  }
}

static void the_public_check_over_rounds(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(public_cases); i++)
    check_public(&public_cases[i]);
}

static void a_held_alarm_says_why(void **state) {
  (void)state;
  static const struct {
    char letter;
    pl_reason reason;
    const char *summary;
  } cases[] = {
      {'b', PL_REASON_PUBLIC_OPEN, "was open, 1 of 2 blocks proven since: the summary"},
      {'u', PL_REASON_PUBLIC_NO_EGRESS, "was open, 0 of 2 blocks proven since: the summary"},
      {'o', PL_REASON_PUBLIC_OPEN, "the summary"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_history history;
    pl_history_init(&history);
    pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
    pl_verdict verdict;
    pl_notices notices;
    make_round('o', &verdict);
    pl_history_take(&history, &spec, 2, 0, &verdict, &notices);
    make_round(cases[i].letter, &verdict);
    pl_history_take(&history, &spec, 2, INTERVAL, &verdict, &notices);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, cases[i].reason);
    assert_string_equal(verdict.checks[PL_CHECK_PUBLIC].summary, cases[i].summary);
  }
}

/* ---- the age of the last proof -------------------------------------------------------------- */

static void proof_ages_from_the_last_blocked_or_open(void **state) {
  (void)state;
  static const struct {
    char letter;
    double age; /* -1: not known */
  } rounds[] = {{'u', -1}, {'b', 0}, {'u', 60}, {'u', 120}, {'o', 0}, {'u', 60}};
  pl_history history;
  pl_history_init(&history);
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
  for (size_t i = 0; i < PL_COUNT_OF(rounds); i++) {
    pl_verdict verdict;
    pl_notices notices;
    make_round(rounds[i].letter, &verdict);
    pl_history_take(&history, &spec, 2, (pl_nsec)i * INTERVAL, &verdict, &notices);
    const pl_metric *age = pl_metrics_get(&verdict.metrics, PL_METRIC_PUBLIC_PROOF_AGE);
    assert_non_null(age);
    assert_int_equal(age->known, rounds[i].age >= 0);
    if (age->known)
      assert_int_equal(age->value, rounds[i].age);
  }
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
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
  for (size_t i = 0; i < PL_COUNT_OF(rounds); i++) {
    pl_verdict verdict;
    pl_notices notices;
    make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, rounds[i].severity);
    pl_history_take(&history, &spec, 2, (pl_nsec)i * INTERVAL, &verdict, &notices);
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
      pl_history_take(&history, &spec, 2, (pl_nsec)round * INTERVAL, &verdict, &notices);
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
  make_round('o', &verdict);
  pl_history_take(&history, &spec, 2, 0, &verdict, &notices);
  assert_int_equal(announced_public(&notices), 'C');
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
  make_round('b', &verdict);
  set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_OK, PL_REASON_NONE);
  pl_history_take(&history, &spec, 2, 0, &verdict, &notices);
  assert_int_equal(notices.count, 0);
  for (pl_nsec round = 1; round < 4; round++) {
    make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_UNKNOWN, PL_SEVERITY_OK);
    set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT);
    set_check(&verdict, PL_CHECK_PORT, PL_SEVERITY_CRITICAL, PL_REASON_PORT_NO_ADDRESS);
    verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_PUBLIC_SERVICE_DOWN;
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_DNS), PL_CHECK_COUNT);
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_PORT), PL_CHECK_DNS);
    assert_int_equal(pl_history_cause(&verdict, PL_CHECK_PUBLIC), PL_CHECK_PORT);
    pl_history_take(&history, &spec, 2, round * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, round == 1);
    if (round == 1)
      assert_int_equal(notices.items[0].check, PL_CHECK_DNS);
  }
  make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_UNKNOWN, PL_SEVERITY_OK);
  set_check(&verdict, PL_CHECK_DNS, PL_SEVERITY_OK, PL_REASON_NONE);
  pl_history_take(&history, &spec, 2, 4 * INTERVAL, &verdict, &notices);
  assert_int_equal(notices.count, 2);
  assert_int_equal(notices.items[0].check, PL_CHECK_DNS);
  assert_int_equal(notices.items[1].check, PL_CHECK_PUBLIC);
  assert_int_equal(notices.items[1].lasted, 4 * INTERVAL);
}

static void two_checks_are_two_notices(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_OPEN, PL_SEVERITY_CRITICAL, PL_SEVERITY_WARNING);
  pl_history_take(&history, &spec, 2, 0, &verdict, &notices);
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
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
  pl_verdict verdict;
  pl_notices notices;
  make_verdict(&verdict, PL_PUBLIC_UNPROVEN, PL_SEVERITY_OK, PL_SEVERITY_OK);
  verdict.checks[PL_CHECK_PUBLIC] = (pl_check_verdict){0};
  pl_history_take(&history, &spec, 2, 0, &verdict, &notices);
  assert_int_equal(notices.count, 0);
  assert_int_equal(history.proven, PL_NSEC_UNKNOWN);
}

static void an_unusable_endpoint_is_announced_and_recovers(void **state) {
  (void)state;
  pl_history history;
  pl_history_init(&history);
  pl_verdict verdict;
  pl_notices notices;
  for (pl_nsec round = 0; round < 2; round++) {
    pl_judge_unusable("no such file", &verdict);
    pl_history_take(&history, NULL, 2, round * INTERVAL, &verdict, &notices);
    assert_int_equal(notices.count, round == 0);
    assert_int_equal(verdict.severity, PL_SEVERITY_UNKNOWN);
  }
  assert_int_equal(history.subjects[PL_HISTORY_CONFIGURATION].severity, PL_SEVERITY_UNKNOWN);
  pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED};
  make_verdict(&verdict, PL_PUBLIC_BLOCKED, PL_SEVERITY_OK, PL_SEVERITY_OK);
  pl_history_take(&history, &spec, 2, 2 * INTERVAL, &verdict, &notices);
  assert_int_equal(notices.count, 1);
  const pl_notice *last = &notices.items[0];
  assert_int_equal(last->check, PL_HISTORY_CONFIGURATION);
  assert_int_equal(last->severity, PL_SEVERITY_OK);
  assert_int_equal(last->before, PL_SEVERITY_UNKNOWN);
  assert_int_equal(last->lasted, 2 * INTERVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_public_check_over_rounds),
      cmocka_unit_test(a_held_alarm_says_why),
      cmocka_unit_test(proof_ages_from_the_last_blocked_or_open),
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
