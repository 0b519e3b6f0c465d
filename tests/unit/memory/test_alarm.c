// Tests the public alarm over rounds: when it begins, what holds it, and what is announced.
#include "judge/history.h"
#include "judge/thresholds.h"
#include "memory/alarm.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INTERVAL 60
#define START 1000000000

/* ---- rounds to feed it with ----------------------------------------------------------------- */

/* One letter a round: b blocked, o open, u unproven and UNKNOWN, k unproven and OK (--on-unproven),
 * w unproven and WARNING; where it is to be reachable: r open and OK, c blocked and CRITICAL. */
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
  static const pl_metric_id ids[] = {PL_METRIC_STATUS, PL_METRIC_PUBLIC_STATUS,
                                     PL_METRIC_PUBLIC_VERDICT, PL_METRIC_PUBLIC_ALARM,
                                     PL_METRIC_PUBLIC_PROOF_AGE};
  size_t i = 0;
  while (letters[i].letter != letter)
    i++;
  memset(verdict, 0, sizeof(*verdict));
  verdict->public_verdict = letters[i].value;
  verdict->checks[PL_CHECK_PUBLIC] =
      (pl_check_verdict){.ran = true, .severity = letters[i].severity, .summary = "the summary"};
  if (letters[i].severity != PL_SEVERITY_OK)
    verdict->checks[PL_CHECK_PUBLIC].reason =
        letters[i].value == PL_PUBLIC_OPEN ? PL_REASON_PUBLIC_OPEN : PL_REASON_PUBLIC_NO_EGRESS;
  for (size_t k = 0; k < PL_COUNT_OF(ids); k++)
    verdict->metrics.items[verdict->metrics.count++] = (pl_metric){.id = ids[k]};
  pl_metrics_set(&verdict->metrics, PL_METRIC_PUBLIC_VERDICT, letters[i].value);
}

static pl_spec make_spec(pl_expect_public expect, pl_severity on_unproven, unsigned recovery) {
  return (pl_spec){.expect_public = expect, .on_unproven = on_unproven, .recovery = recovery};
}

static pl_moment moment_of(size_t round) {
  return (pl_moment){.wall = START + (int64_t)round * INTERVAL,
                     .boot = 5000 + (int64_t)round * INTERVAL,
                     .host = 7,
                     .interval = INTERVAL};
}

static void take(pl_memory_store *store, const pl_spec *spec, size_t round, pl_verdict *verdict) {
  pl_moment now = moment_of(round);
  store->host = now.host;
  pl_alarm_take(store, spec, &now, verdict);
  pl_thresholds_apply_history(spec, verdict);
}

/* The digit of a metric; - where it is not known. */
static char digit_of(const pl_verdict *verdict, pl_metric_id id) {
  const pl_metric *metric = pl_metrics_get_zone(&verdict->metrics, id, "");
  assert_non_null(metric);
  return metric->known ? (char)('0' + (int)metric->value) : '-';
}

static char announced_public(const pl_notices *notices) {
  static const char letters[] = "OWCU";
  for (size_t i = 0; i < notices->count; i++) {
    if (notices->items[i].check == PL_CHECK_PUBLIC)
      return letters[notices->items[i].severity];
  }
  return '-';
}

/* ---- tables --------------------------------------------------------------------------------- */

/* What is expected, per round: the letter of the severity that is announced (O W C U, or - for
 * nothing), public_status, public_verdict, public_alarm. */
typedef struct alarm_case {
  const char *name;
  unsigned recovery;
  const char *rounds, *announced, *status, *verdict, *alarm;
} alarm_case;

static const alarm_case blocked_cases[] = {
    {"blocked from the beginning is not announced", 2, "bbb", "---", "000", "000", "000"},
    {"open in the first round", 2, "oo", "C-", "22", "11", "11"},
    {"open is announced at once", 2, "bo", "-C", "02", "01", "01"},
    {"recovery after two proven blocks", 2, "bobbb", "-C-O-", "02200", "01000", "01100"},
    {"recovery after one", 1, "ob", "CO", "20", "10", "10"},
    {"recovery after three", 3, "obbb", "C--O", "2220", "1000", "1110"},
    {"unproven is no recovery", 2, "ouuu", "CC--", "2222", "1222", "1111"},
    {"unproven as OK is no recovery", 2, "okk", "CC-", "222", "122", "111"},
    {"unproven as WARNING is no recovery", 2, "oww", "CC-", "222", "122", "111"},
    {"unproven sets the count back", 2, "obubb", "C-C-O", "22220", "10200", "11110"},
    {"open sets the count back", 2, "obobb", "C---O", "22220", "10100", "11110"},
    {"open again after unproven", 2, "ouo", "CCC", "222", "121", "111"},
    {"blocked after unproven is no recovery yet", 2, "oubb", "CC-O", "2220", "1200", "1110"},
    {"the alarm comes again", 2, "obbobb", "C-OC-O", "220220", "100100", "110110"},
    {"unproven in the first round", 2, "ubb", "U-O", "330", "220", "000"},
    {"two proven blocks end unproven", 2, "buubb", "-U--O", "03330", "02220", "000000"},
    {"unproven between blocks", 2, "ububb", "U---O", "33330", "22220", "00000"},
    {"one proven block ends it with --recovery 1", 1, "bub", "-UO", "030", "020", "000"},
};

static const alarm_case ok_cases[] = {
    {"unproven as OK in the first round is no news", 2, "kkbb", "---O", "0000", "2220", "0000"},
    {"a change of the verdict alone is news", 2, "bkbb", "-O-O", "0000", "0220", "0000"},
};

static const alarm_case reachable_cases[] = {
    {"open raises no alarm", 2, "rrur", "--UO", "0030", "1121", "0000"},
    {"blocked is CRITICAL", 2, "rcr", "-CO", "020", "101", "000"},
};

static const alarm_case unknown_cases[] = {
    {"not OK until proven again", 2, "bbb", "UO-", "300", "200", "-00"},
    {"unproven stays unproven", 2, "ubb", "U-O", "330", "220", "--0"},
    {"unproven as OK is no OK", 2, "kkbb", "U--O", "3330", "2220", "---0"},
    {"open", 2, "obb", "C-O", "220", "100", "110"},
    {"with --recovery 1", 1, "b", "-", "0", "0", "0"},
};

static void check_case(const alarm_case *c, const pl_spec *spec, pl_alarm_state begin) {
  pl_history history;
  pl_history_init(&history);
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm.state = begin;
  for (size_t i = 0; c->rounds[i] != '\0'; i++) {
    pl_verdict verdict;
    pl_notices notices;
    make_round(c->rounds[i], &verdict);
    take(&store, spec, i, &verdict);
    bool alarm = spec->expect_public == PL_EXPECT_BLOCKED && store.alarm.state == PL_ALARM_ON;
    pl_history_take(&history, spec, alarm, (pl_nsec)i * INTERVAL * PL_SEC, &verdict, &notices);
    char got[] = {announced_public(&notices), digit_of(&verdict, PL_METRIC_PUBLIC_STATUS),
                  digit_of(&verdict, PL_METRIC_PUBLIC_VERDICT),
                  digit_of(&verdict, PL_METRIC_PUBLIC_ALARM), '\0'};
    char want[] = {c->announced[i], c->status[i], c->verdict[i], c->alarm[i], '\0'};
    if (strcmp(got, want) != 0)
      fail_msg("%s: round %zu gives %s, not %s", c->name, i, got, want);
    assert_int_equal(verdict.severity, c->status[i] - '0');
    assert_int_equal(digit_of(&verdict, PL_METRIC_STATUS), c->status[i]);
  }
}

static void rounds_without_a_memory_before(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(blocked_cases); i++) {
    pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, blocked_cases[i].recovery);
    check_case(&blocked_cases[i], &spec, PL_ALARM_OFF);
  }
  for (size_t i = 0; i < PL_COUNT_OF(ok_cases); i++) {
    pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_OK, ok_cases[i].recovery);
    check_case(&ok_cases[i], &spec, PL_ALARM_OFF);
  }
  for (size_t i = 0; i < PL_COUNT_OF(reachable_cases); i++) {
    pl_spec spec = make_spec(PL_EXPECT_REACHABLE, PL_SEVERITY_UNKNOWN, reachable_cases[i].recovery);
    check_case(&reachable_cases[i], &spec, PL_ALARM_OFF);
  }
}

static void an_unknown_alarm_is_never_ok(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(unknown_cases); i++) {
    pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_OK, unknown_cases[i].recovery);
    check_case(&unknown_cases[i], &spec, PL_ALARM_UNKNOWN);
  }
}

/* The phase before the public endpoint is turned off: the alarm from before it still holds, and a
 * block after it needs two rounds. */
static void reachable_in_between_ends_no_alarm(void **state) {
  (void)state;
  pl_spec blocked = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, 2);
  pl_spec reachable = make_spec(PL_EXPECT_REACHABLE, PL_SEVERITY_UNKNOWN, 2);
  static const struct {
    pl_alarm_state begin;
    const char *status;
  } cases[] = {{PL_ALARM_ON, "0020"}, {PL_ALARM_OFF, "0030"}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_memory_store store;
    pl_memory_init(&store);
    store.alarm.state = cases[i].begin;
    for (size_t round = 0; round < 4; round++) {
      pl_verdict verdict;
      make_round(round < 2 ? 'r' : 'b', &verdict);
      take(&store, round < 2 ? &reachable : &blocked, round, &verdict);
      assert_int_equal(digit_of(&verdict, PL_METRIC_PUBLIC_STATUS), cases[i].status[round]);
    }
  }
}

/* Any sequence of rounds: an alarm ends only by enough proven blocks in a row, and no round but a
 * proven block is OK. */
static void every_sequence_of_six_rounds(void **state) {
  (void)state;
  static const char letters[] = "bou";
  static const pl_alarm_state begins[] = {PL_ALARM_OFF, PL_ALARM_ON, PL_ALARM_UNKNOWN};
  for (unsigned n = 0; n < 3 * 729; n++) {
    pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, 2);
    pl_memory_store store;
    pl_memory_init(&store);
    store.alarm.state = begins[n % 3];
    bool owed = begins[n % 3] != PL_ALARM_OFF; /* an open, unproven or unknown one before */
    unsigned row = 0, rest = n / 3;
    for (size_t round = 0; round < 6; round++, rest /= 3) {
      char letter = letters[rest % 3];
      pl_verdict verdict;
      make_round(letter, &verdict);
      take(&store, &spec, round, &verdict);
      row = letter == 'b' ? row + 1 : 0;
      owed = (owed || letter != 'b') && row < 2;
      bool ok = verdict.checks[PL_CHECK_PUBLIC].severity == PL_SEVERITY_OK;
      if (ok != !owed)
        fail_msg("sequence %u, round %zu: severity %d", n, round, (int)verdict.severity);
    }
  }
}

/* ---- texts and ages ------------------------------------------------------------------------- */

static void a_held_verdict_says_why(void **state) {
  (void)state;
  static const struct {
    pl_alarm_state begin;
    const char *rounds;
    pl_reason reason;
    const char *summary;
  } cases[] = {
      {PL_ALARM_OFF, "ob", PL_REASON_PUBLIC_OPEN,
       "was open, 1 of 2 blocks proven since: the summary"},
      {PL_ALARM_OFF, "ou", PL_REASON_PUBLIC_OPEN,
       "was open, 0 of 2 blocks proven since: the summary"},
      {PL_ALARM_OFF, "oo", PL_REASON_PUBLIC_OPEN, "the summary"},
      {PL_ALARM_OFF, "ub", PL_REASON_PUBLIC_MOMENT,
       "UNPROVEN: an earlier round proved no block, 1 of 2 blocks proven since: the summary"},
      {PL_ALARM_UNKNOWN, "b", PL_REASON_PUBLIC_MEMORY,
       "UNPROVEN: what earlier rounds found is not known, 1 of 2 blocks proven since: the summary"},
      {PL_ALARM_UNKNOWN, "u", PL_REASON_PUBLIC_NO_EGRESS, "the summary"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, 2);
    pl_memory_store store;
    pl_memory_init(&store);
    store.alarm.state = cases[i].begin;
    pl_verdict verdict;
    for (size_t round = 0; cases[i].rounds[round] != '\0'; round++) {
      make_round(cases[i].rounds[round], &verdict);
      take(&store, &spec, round, &verdict);
    }
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, cases[i].reason);
    assert_string_equal(verdict.checks[PL_CHECK_PUBLIC].summary, cases[i].summary);
  }
}

static void proof_ages_from_the_last_blocked_or_open(void **state) {
  (void)state;
  static const struct {
    char letter;
    double age; /* -1: not known */
  } rounds[] = {{'u', -1}, {'b', 0}, {'u', 60}, {'u', 120}, {'o', 0}, {'u', 60}};
  pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, 2);
  pl_memory_store store;
  pl_memory_init(&store);
  for (size_t i = 0; i < PL_COUNT_OF(rounds); i++) {
    pl_verdict verdict;
    make_round(rounds[i].letter, &verdict);
    take(&store, &spec, i, &verdict);
    const pl_metric *age = pl_metrics_get_zone(&verdict.metrics, PL_METRIC_PUBLIC_PROOF_AGE, "");
    assert_non_null(age);
    assert_int_equal(age->known, rounds[i].age >= 0);
    if (age->known)
      assert_int_equal(age->value, rounds[i].age);
  }
}

/* A threshold on public_verdict sees the verdict that users see. */
static void a_threshold_on_the_verdict(void **state) {
  (void)state;
  pl_threshold threshold = {.metric = PL_METRIC_PUBLIC_VERDICT};
  assert_int_equal(pl_range_parse("0:1", &threshold.range), PL_OK);
  pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_OK, 2);
  spec.critical = (pl_thresholds){.items = &threshold, .count = 1};
  pl_memory_store store;
  pl_memory_init(&store);
  static const char status[] = "220";
  for (size_t round = 0; round < 3; round++) {
    pl_verdict verdict;
    make_round(round == 0 ? 'k' : 'b', &verdict);
    take(&store, &spec, round, &verdict);
    assert_int_equal(digit_of(&verdict, PL_METRIC_PUBLIC_STATUS), status[round]);
  }
}

static void a_check_that_did_not_run_changes_nothing(void **state) {
  (void)state;
  pl_spec spec = make_spec(PL_EXPECT_BLOCKED, PL_SEVERITY_UNKNOWN, 2);
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm = (pl_alarm){.state = PL_ALARM_ON, .unsettled = true, .blocks = 1};
  pl_verdict verdict;
  make_round('b', &verdict);
  verdict.checks[PL_CHECK_PUBLIC] = (pl_check_verdict){0};
  take(&store, &spec, 0, &verdict);
  assert_int_equal(store.alarm.state, PL_ALARM_ON);
  assert_int_equal(store.alarm.blocks, 1);
  assert_int_equal(store.proven.wall, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounds_without_a_memory_before),
      cmocka_unit_test(an_unknown_alarm_is_never_ok),
      cmocka_unit_test(reachable_in_between_ends_no_alarm),
      cmocka_unit_test(every_sequence_of_six_rounds),
      cmocka_unit_test(a_held_verdict_says_why),
      cmocka_unit_test(proof_ages_from_the_last_blocked_or_open),
      cmocka_unit_test(a_threshold_on_the_verdict),
      cmocka_unit_test(a_check_that_did_not_run_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
