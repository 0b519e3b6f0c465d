// Tests a recorded case with its verdict: the verdict that users saw comes back, and a difference
// is named. Judges the cases of tests/unit/data/cases, which the lab recorded, as they were judged
// then.
#include "evidence/line.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include "judge_world.h"
#include "memory/alarm.h"
#include "memory/notes.h"
#include <glob.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static pl_verdict verdict;

/* ---- there and back ------------------------------------------------------------------------- */

/* A world as a state directory left it, judged as run.c does it. */
static void judge_live(judge_world *world, pl_memory_notes *notes, const pl_moment *now) {
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm = world->memory.alarm;
  if (notes->proof_age >= 0)
    store.proven = pl_stamp_before(now, notes->proof_age);
  pl_judge(&world->spec, &world->facts, JUDGE_NOW, &verdict);
  if (notes->used) {
    pl_memory_notes_before(notes, &world->spec, &verdict);
    pl_alarm_take(&store, &world->spec, now, &verdict);
    pl_memory_notes_after(notes, &world->spec, &verdict);
  }
  pl_thresholds_apply_history(&world->spec, &verdict);
}

static void assert_replayed(const char *text, const char *name) {
  pl_evidence_case recorded;
  pl_evidence_verdict before;
  pl_error error = {""};
  char difference[PL_LIMIT_SUMMARY];
  pl_buf buf;
  pl_buf_fixed(&buf, difference, sizeof(difference));
  if (pl_evidence_line_read(text, strlen(text), &recorded, &before, &error) != PL_OK)
    fail_msg("%s: %s", name, error.text);
  pl_evidence_case_judge(&recorded, &verdict);
  pl_evidence_verdict now = pl_evidence_verdict_of(&verdict);
  pl_evidence_compare(&before, &now, &buf);
  if (buf.length > 0)
    fail_msg("%s: %s", name, difference);
  for (size_t i = 0; i < PL_CHECK_COUNT; i++)
    assert_string_equal(before.checks[i].summary, now.checks[i].summary);
  pl_evidence_case_free(&recorded);
}

static void test_what_users_saw(void **state) {
  (void)state;
  static judge_world world;
  static const pl_alarm alarms[] = {{.state = PL_ALARM_OFF},
                                    {.state = PL_ALARM_ON, .unsettled = true, .blocks = 1},
                                    {.state = PL_ALARM_UNKNOWN},
                                    {.state = PL_ALARM_OFF, .unsettled = true}};
  static const pl_memory_notes all[] = {
      {.used = false},
      {.used = true, .proof_age = -1},
      {.used = true, .proof_age = 61, .unknown = "the file is torn"},
      {.used = true, .proof_age = 0, .unsaved = "the disk is full", .baseline = true},
      {.used = true, .proof_age = 5, .read_only = true},
      {.used = true, .proof_age = 5, .baseline = true, .baseline_private = true}};
  const pl_moment now = {.wall = JUDGE_NOW, .boot = 100000, .host = 1};
  uint8_t bytes[512];
  srand(23);
  for (unsigned i = 0; i < 600; i++) {
    for (size_t n = 0; n < sizeof(bytes); n++)
      bytes[n] = (uint8_t)rand();
    judge_world_build(bytes, sizeof(bytes), &world);
    for (size_t t = 0; t < world.facts.target_count; t++) {
      for (unsigned n = 0; n < PL_LIMIT_ATTEMPTS; n++)
        world.targets[t].attempts[n].signature = -1;
    }
    pl_memory_notes notes = all[i % PL_COUNT_OF(all)];
    world.spec.expect_public = i % 7 == 0 ? PL_EXPECT_REACHABLE : PL_EXPECT_BLOCKED;
    world.memory.alarm = alarms[i / 6 % PL_COUNT_OF(alarms)];
    if (notes.used)
      world.facts.memory = &world.memory;
    judge_live(&world, &notes, &now);
    pl_evidence_verdict seen = pl_evidence_verdict_of(&verdict);
    char *text = pl_evidence_line_write(&world.spec, &world.facts, &notes, JUDGE_NOW, &seen);
    assert_non_null(text);
    assert_replayed(text, "a world");
    free(text);
  }
}

/* ---- differences ---------------------------------------------------------------------------- */

static void test_differences(void **state) {
  (void)state;
  static const char wanted[] =
      "CRITICAL, now OK; dns OK, now not run; public CRITICAL [public.open], now OK; "
      "public open, now blocked; rival tenant stands, now ruled-out";
  pl_evidence_verdict before = {.severity = PL_SEVERITY_CRITICAL, .public_verdict = PL_PUBLIC_OPEN};
  pl_evidence_verdict now = {.severity = PL_SEVERITY_OK, .public_verdict = PL_PUBLIC_BLOCKED};
  before.checks[PL_CHECK_DNS].ran = true;
  before.checks[PL_CHECK_PUBLIC] = (pl_check_verdict){
      .ran = true, .severity = PL_SEVERITY_CRITICAL, .reason = PL_REASON_PUBLIC_OPEN};
  now.checks[PL_CHECK_PUBLIC].ran = true;
  before.rivals[PL_RIVAL_TENANT].state = PL_RIVAL_STATE_STANDS;
  now.rivals[PL_RIVAL_TENANT].state = PL_RIVAL_STATE_RULED_OUT;
  char text[PL_LIMIT_SUMMARY];
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_evidence_compare(&before, &now, &buf);
  assert_string_equal(text, wanted);
  pl_buf_clear(&buf);
  snprintf(now.checks[PL_CHECK_PUBLIC].summary, PL_LIMIT_TEXT, "other words");
  pl_evidence_compare(&now, &now, &buf);
  assert_string_equal(text, "");
}

static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"{}", "it has no object \"case\""},
      {"{\"case\":{}}", "it has no object \"verdict\""},
      {"{\"case\":{},\"verdict\":{}}", "it is not a recorded case: format is missing"},
      {"{\"case\":{},\"verdict\":{\"dns\":{\"reason\":\"x\"}}}",
       "verdict.dns.reason is not a word"},
      {"{\"case\":{},\"verdict\":{\"rival-tenant\":1}}", "verdict.rival-tenant is not an object"},
      {"{\"case\":", "it is torn"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_evidence_case recorded;
    pl_evidence_verdict before;
    pl_error error = {""};
    assert_int_equal(
        pl_evidence_line_read(rows[i].text, strlen(rows[i].text), &recorded, &before, &error),
        PL_ERR_INVALID);
    if (strstr(error.text, rows[i].wanted) == NULL)
      fail_msg("'%s', not '%s'", error.text, rows[i].wanted);
  }
}

/* ---- what the lab recorded ------------------------------------------------------------------ */

static char *read_file(const char *path) {
  FILE *file = fopen(path, "re");
  assert_non_null(file);
  char *text = calloc(1, PL_LIMIT_EVIDENCE_LINE + 1);
  assert_non_null(text);
  size_t length = fread(text, 1, PL_LIMIT_EVIDENCE_LINE, file);
  assert_int_equal(fclose(file), 0);
  assert_true(length > 0);
  text[strcspn(text, "\n")] = '\0';
  return text;
}

/* A change of a rule that changes one of these verdicts says so here. */
static void test_recorded_cases(void **state) {
  (void)state;
  glob_t found;
  assert_int_equal(glob("tests/unit/data/cases/*.json", 0, NULL, &found), 0);
  assert_true(found.gl_pathc >= 20);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    char *text = read_file(found.gl_pathv[i]);
    assert_replayed(text, found.gl_pathv[i]);
    free(text);
  }
  globfree(&found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_users_saw),
      cmocka_unit_test(test_differences),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_recorded_cases),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
