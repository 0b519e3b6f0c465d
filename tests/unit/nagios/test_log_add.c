// Tests how a check with several endpoints adds to its evidence log.
#include "evidence/log/verify.h"
#include "log/add.h"
#include "log_world.h"
#include "sample_run.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static log_world world;
static sample s;

static int make(void **state) {
  (void)state;
  log_world_make(&world);
  sample_unproven(&s);
  s.spec.evidence = strdup(world.log);
  s.spec.evidence_key = strdup(world.key);
  return 0;
}

static int destroy(void **state) {
  (void)state;
  sample_free(&s);
  log_world_remove(&world);
  return 0;
}

/* One round of an endpoint. Returns the text of evidence.failed; NULL: its line was written. */
static const char *add(pl_evidence_run *run, const char *name) {
  static pl_verdict verdict;
  free(s.spec.name);
  s.spec.name = strdup(name);
  verdict = s.verdict;
  pl_evidence_add(run, &s.spec, &s.facts, NULL, 1785585600, &verdict);
  for (size_t i = 0; i < verdict.finding_count; i++) {
    if (verdict.findings[i].reason == PL_REASON_EVIDENCE_FAILED)
      return verdict.findings[i].text;
  }
  return NULL;
}

static pl_evidence_run begin(void) {
  return (pl_evidence_run){.clock = log_world_config(&world).clock, .deadline = INT64_MAX};
}

static uint64_t count_verdicts(void) {
  pl_verify_config config = log_world_verify_config(&world);
  config.judge = NULL;
  pl_verify_report report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  return report.verdicts;
}

static void a_line_for_each_endpoint(void **state) {
  (void)state;
  pl_evidence_run run = begin();
  assert_null(add(&run, "one"));
  assert_null(add(&run, "two"));
  pl_evidence_close(&run);
  assert_int_equal(count_verdicts(), 2);
}

/* Each try may wait for the lock for seconds, and a run must end. */
static void what_failed_is_not_tried_again(void **state) {
  (void)state;
  pl_evidence_run run = begin();
  assert_null(add(&run, "one"));
  struct rlimit before, none;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
  const char *failed = add(&run, "two");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_non_null(failed);
  assert_non_null(strstr(failed, "a line can't be written"));
  failed = add(&run, "three");
  assert_non_null(failed);
  assert_non_null(strstr(failed, "a line can't be written"));
  pl_evidence_close(&run);
  assert_int_equal(count_verdicts(), 1);
  run = begin();
  assert_null(add(&run, "three"));
  pl_evidence_close(&run);
  assert_int_equal(count_verdicts(), 2);
}

/* A run of many endpoints may last minutes; a verifier allows one without a signature. */
static void a_long_run_signs_meanwhile(void **state) {
  (void)state;
  pl_evidence_run run = begin();
  assert_null(add(&run, "one"));
  world.wall += 5 * PL_SEC;
  world.uptime += 5 * PL_SEC;
  assert_null(add(&run, "two"));
  world.wall += 16 * PL_SEC;
  world.uptime += 16 * PL_SEC;
  assert_null(add(&run, "three"));
  pl_verify_config config = log_world_verify_config(&world);
  config.judge = NULL;
  pl_verify_report report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  assert_int_equal(report.signatures, 1);
  assert_null(add(&run, "four"));
  pl_evidence_close(&run);
  assert_int_equal(count_verdicts(), 4);
}

static void fill_disk(bool full) {
  static struct rlimit before;
  if (full)
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_FSIZE, full ? &none : &before), 0);
}

typedef struct seen {
  unsigned verdicts;
  char why[16]; // of the last one
} seen;

static bool take_line(void *user, const pl_log_line *line) {
  seen *it = user;
  if (line->type != PL_LINE_VERDICT)
    return true;
  it->verdicts++;
  snprintf(it->why, sizeof(it->why), "%.*s", (int)line->why.length, line->why.at);
  return true;
}

static seen read_log(void) {
  seen it = {0};
  pl_verify_config config = log_world_verify_config(&world);
  config.judge = NULL;
  config.take = take_line;
  config.user = &it;
  assert_string_equal(log_world_verify(&config).problem, "");
  return it;
}

static const char *add_at(pl_nsec wall, pl_severity severity) {
  static char text[PL_LIMIT_TEXT];
  world.wall = wall;
  s.verdict.severity = severity;
  pl_evidence_run run = begin();
  const char *failed = add(&run, "one");
  pl_text_set(text, sizeof(text), failed != NULL ? failed : "");
  pl_evidence_close(&run);
  return text;
}

/* A run cannot write the line of another verdict. The next one, which sees the first again, says
 * that. */
static void a_verdict_that_could_not_be_written_leaves_a_trace(void **state) {
  (void)state;
  const pl_nsec begin = world.wall, minute = 60 * PL_SEC;
  assert_string_equal(add_at(begin, PL_SEVERITY_OK), "");
  assert_string_equal(add_at(begin + minute, PL_SEVERITY_OK), "");
  fill_disk(true);
  for (unsigned i = 2; i < 5; i++)
    assert_non_null(strstr(add_at(begin + i * minute, PL_SEVERITY_CRITICAL), "can't be written"));
  fill_disk(false);
  assert_string_equal(add_at(begin + 5 * minute, PL_SEVERITY_OK), "");
  seen it = read_log();
  assert_int_equal(it.verdicts, 2);
  assert_string_equal(it.why, "failed");
  assert_string_equal(add_at(begin + 6 * minute, PL_SEVERITY_OK), "");
  assert_int_equal(read_log().verdicts, 2);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, destroy)
  const struct CMUnitTest tests[] = {
      TEST(a_line_for_each_endpoint),
      TEST(what_failed_is_not_tried_again),
      TEST(a_long_run_signs_meanwhile),
      TEST(a_verdict_that_could_not_be_written_leaves_a_trace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
