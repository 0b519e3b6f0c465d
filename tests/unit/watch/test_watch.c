// Tests what a watch takes over from the one that it replaces.
#include "alloc_fail.h"
#include "judge/thresholds.h"
#include "log_world.h"
#include "watch/watch.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INTERVAL (60 * PL_SEC)

typedef struct world {
  pl_block block;
  pl_front front;
  pl_watch before, after;
  pl_watch_context context;
  pl_memory memory;
  pl_verdict verdict;
  size_t announced;
  char line[PL_LIMIT_TEXT]; /* the last one */
} world;

static void add_text(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static void take_line(void *user, int level, const char *line) {
  world *w = user;
  (void)level;
  w->announced++;
  pl_text_set(w->line, sizeof(w->line), line);
}

static void ignore_line(void *user, int level, const char *line) {
  (void)user;
  (void)level;
  (void)line;
}

static void take_values(void *user, const pl_values *values) {
  (void)user;
  (void)values;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  (void)name;
  return pthread_create(thread, NULL, run, arg);
}

static void begin(world *w) {
  *w = (world){.block = {.name = strdup("api")},
               .front = {.user = w,
                         .add_name = add_text,
                         .add_spelled = add_text,
                         .log = take_line,
                         .values = take_values,
                         .start_thread = start_thread}};
  pl_spec_init(&w->block.spec);
  w->block.spec.checks = PL_CHECK_BIT(PL_CHECK_DNS);
  pl_watch_init(&w->before, &w->front, &w->block, INTERVAL, NULL);
  pl_watch_init(&w->after, &w->front, &w->block, INTERVAL, NULL);
}

static void end(world *w) {
  pl_watch_free(&w->before);
  pl_watch_free(&w->after);
  pl_block_free(&w->block);
}

static void a_round_is_not_put_off_again_and_again(void **state) {
  (void)state;
  world w;
  begin(&w);
  w.before.due = 100;
  w.after.due = 200;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(w.after.due, 100);
  w.after.due = 50;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(w.after.due, 50);
  end(&w);
}

static void an_endpoint_without_a_round_does_not_become_punctual(void **state) {
  (void)state;
  world w;
  begin(&w);
  atomic_store(&w.before.ended, 100);
  atomic_store(&w.after.ended, 200);
  w.before.has_reported = true;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(atomic_load(&w.after.ended), 200);
  w.before.has_reported = false;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(atomic_load(&w.after.ended), 100);
  assert_false(w.after.has_reported);
  end(&w);
}

/* The log says that the fleet before has stopped: its next line must not wait for an hour. */
static void the_first_round_of_a_new_fleet_is_evidence(void **state) {
  (void)state;
  world w;
  begin(&w);
  w.before.written = (pl_last){.seq = 7, .written = 100 * PL_SEC, .round = 160 * PL_SEC};
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(w.after.written.seq, 0); /* none is known */
  end(&w);
}

/* A round in which `state` says this, of a watch that goes on. */
static void report(world *w, pl_watch *watch, pl_reason reason, pl_severity severity) {
  pl_facts facts = {.ended = w->context.clock.monotonic(w->context.clock.user)};
  w->verdict = (pl_verdict){.worst = PL_CHECK_STATE, .severity = severity};
  w->verdict.checks[PL_CHECK_STATE].ran = true;
  pl_verdict_add(&w->verdict, PL_CHECK_STATE, reason, severity, NULL, "text");
  pl_verdict_conclude(&w->verdict);
  pl_watch_report(watch, &w->context, &facts);
}

static void begin_rounds(world *w) {
  pl_error error;
  begin(w);
  w->block.is_found = true;
  w->block.spec.endpoint_id = strdup("vpce-00000000000000001");
  w->context = (pl_watch_context){
      .front = &w->front, .clock = pl_clock_system(), .memory = &w->memory, .verdict = &w->verdict};
  w->before.spec = w->after.spec = &w->block.spec;
  assert_int_equal(pl_keeper_create(&w->front, NULL, &w->context.keeper, &error), PL_OK);
}

static void end_rounds(world *w) {
  pl_keeper_free(w->context.keeper);
  end(w);
}

static void an_endpoint_whose_files_are_missing_has_a_stop_in_the_log(void **state) {
  (void)state;
  world w;
  log_world log = {.seed = 3};
  pl_error error;
  log_world_make(&log);
  begin_rounds(&w);
  w.front.program = "collectd";
  w.front.log = ignore_line; /* of two threads */
  w.before.spec = NULL;
  w.block.spec.evidence = strdup(log.log);
  w.block.spec.api_key_file = strdup("/missing/key");
  assert_int_equal(
      pl_scribe_create(&w.front, NULL, &w.context.clock, 7, 1, &w.context.scribe, &error), PL_OK);
  w.before.written.seq = 7;
  assert_false(pl_watch_prepare(&w.before, &w.context));
  assert_int_equal(w.before.written.seq, 0);
  pl_scribe_free(w.context.scribe);
  end_rounds(&w);
  pl_verify_config config = log_world_verify_config(&log);
  config.public_key = NULL;
  pl_verify_report report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  assert_int_equal(report.lines, 4); /* day, start, stop of the endpoint, stop */
  log_world_remove(&log);
}

static void what_follows_a_deletion_is_compared_with_what_was_announced(void **state) {
  (void)state;
  world w;
  begin_rounds(&w);
  report(&w, &w.before, PL_REASON_NONE, PL_SEVERITY_OK);
  report(&w, &w.before, PL_REASON_STATE_NOT_FOUND, PL_SEVERITY_CRITICAL);
  report(&w, &w.before, PL_REASON_STATE_NOT_FOUND, PL_SEVERITY_CRITICAL);
  report(&w, &w.before, PL_REASON_NONE, PL_SEVERITY_OK);
  assert_int_equal(w.announced, 0);
  report(&w, &w.before, PL_REASON_STATE_NOT_FOUND, PL_SEVERITY_CRITICAL);
  report(&w, &w.before, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 1);
  assert_non_null(strstr(w.line, "state.private-dns"));
  w.block.is_found = false;
  report(&w, &w.before, PL_REASON_NONE, PL_SEVERITY_OK);
  report(&w, &w.before, PL_REASON_STATE_NOT_FOUND, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 3);
  end_rounds(&w);
}

static void a_replacement_that_is_not_ok_is_announced(void **state) {
  (void)state;
  world w;
  begin_rounds(&w);
  pl_block block = w.block;
  block.spec.endpoint_id = (char *)(uintptr_t) "vpce-00000000000000002";
  report(&w, &w.before, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 1);
  pl_watch_continue(&w.after, &w.before);
  report(&w, &w.after, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 1);
  w.after.block = &block;
  pl_watch_continue(&w.after, &w.before);
  report(&w, &w.after, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 2);
  end_rounds(&w);
}

/* What could not be announced is announced in the next round. */
static void an_announcement_without_memory_comes_later(void **state) {
  (void)state;
  world w;
  begin_rounds(&w);
  w.block.is_found = false;
  for (unsigned round = 0; round < 2; round++) {
    alloc_fail_arm(1);
    report(&w, &w.before, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
    assert_true(alloc_fail_disarm());
    assert_non_null(strstr(w.line, "out of memory"));
  }
  report(&w, &w.before, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_non_null(strstr(w.line, "state.private-dns"));
  assert_int_equal(w.announced, 3);
  report(&w, &w.before, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL);
  assert_int_equal(w.announced, 3);
  end_rounds(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_round_is_not_put_off_again_and_again),
      cmocka_unit_test(an_endpoint_without_a_round_does_not_become_punctual),
      cmocka_unit_test(the_first_round_of_a_new_fleet_is_evidence),
      cmocka_unit_test(an_endpoint_whose_files_are_missing_has_a_stop_in_the_log),
      cmocka_unit_test(what_follows_a_deletion_is_compared_with_what_was_announced),
      cmocka_unit_test(a_replacement_that_is_not_ok_is_announced),
      cmocka_unit_test(an_announcement_without_memory_comes_later),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
