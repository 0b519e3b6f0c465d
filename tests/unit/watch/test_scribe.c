// Tests that a daemon logs the head of its evidence log once a day, and announces it when a day's
// file has ended.
#include "facts/facts.h"
#include "log_world.h"
#include "options/spec.h"
#include "watch/scribe.h"
#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY (86400 * PL_SEC)

typedef struct daemon_log {
  pthread_mutex_t lock;
  sem_t heads, errors;
  char lines[8][256]; // those of heads
  size_t count;
  pl_event events[8]; // their `log` is NULL
  size_t event_count;
} daemon_log;

static void note_line(void *user, int level, const char *line) {
  daemon_log *log = user;
  if (level == LOG_ERR)
    sem_post(&log->errors);
  if (level != LOG_NOTICE || strncmp(line, "evidence head ", strlen("evidence head ")) != 0)
    return;
  pthread_mutex_lock(&log->lock);
  if (log->count < PL_COUNT_OF(log->lines))
    snprintf(log->lines[log->count], sizeof(log->lines[0]), "%s", line);
  log->count++;
  pthread_mutex_unlock(&log->lock);
  sem_post(&log->heads);
}

static void note_event(void *user, const pl_event *event) {
  daemon_log *log = user;
  pthread_mutex_lock(&log->lock);
  assert_true(log->event_count < PL_COUNT_OF(log->events));
  log->events[log->event_count] = *event;
  log->events[log->event_count++].log = NULL;
  pthread_mutex_unlock(&log->lock);
}

static void add_spelled(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  (void)name;
  return pthread_create(thread, NULL, run, arg);
}

typedef struct scene {
  log_world world;
  pthread_mutex_t lock; // of the time, which the scribe's thread reads
  daemon_log log;
  pl_front front;
  pl_dispatcher *dispatcher;
  pl_scribe *scribe;
  pl_spec spec;
  pl_nsec interval; // of rounds
  pl_facts *facts;
  pl_last last;
} scene;

static pl_nsec wall(void *user) {
  scene *s = user;
  pthread_mutex_lock(&s->lock);
  pl_nsec now = s->world.wall;
  pthread_mutex_unlock(&s->lock);
  return now;
}

static void pass(scene *s, pl_nsec duration) {
  pthread_mutex_lock(&s->lock);
  s->world.wall += duration;
  pthread_mutex_unlock(&s->lock);
}

static bool take_of(scene *s, const pl_spec *spec, pl_last *last, pl_severity severity) {
  static pl_verdict verdict;
  memset(&verdict, 0, sizeof(verdict));
  verdict.severity = severity;
  verdict.checks[PL_CHECK_DNS].ran = true;
  verdict.checks[PL_CHECK_DNS].severity = severity;
  pl_scribe_take(s->scribe, spec, "one", s->interval, s->facts, NULL, wall(s) / PL_SEC, last,
                 &verdict);
  return verdict.checks[PL_CHECK_DNS].reason == PL_REASON_EVIDENCE_FAILED;
}

static void take(scene *s, pl_severity severity) { (void)take_of(s, &s->spec, &s->last, severity); }

static void start(scene *s) {
  pl_error error;
  pl_clock clock = {.wall = wall, .monotonic = wall, .user = s};
  s->last = (pl_last){.seq = 0};
  assert_int_equal(pl_scribe_create(&s->front, s->dispatcher, &clock, 7, 1, &s->scribe, &error),
                   PL_OK);
}

static void begin(scene *s) {
  pl_error error;
  memset(s, 0, sizeof(*s));
  log_world_make(&s->world);
  pthread_mutex_init(&s->lock, NULL);
  pthread_mutex_init(&s->log.lock, NULL);
  sem_init(&s->log.heads, 0, 0);
  sem_init(&s->log.errors, 0, 0);
  s->front = (pl_front){.program = "collectd",
                        .user = &s->log,
                        .add_spelled = add_spelled,
                        .log = note_line,
                        .notify = note_event,
                        .start_thread = start_thread};
  pl_spec_init(&s->spec);
  s->spec.evidence = strdup(s->world.log);
  s->spec.evidence_interval = DAY;
  s->facts = calloc(1, sizeof(*s->facts));
  assert_non_null(s->facts);
  assert_int_equal(pl_dispatcher_create(&s->front, &s->dispatcher, &error), PL_OK);
  start(s);
}

// What waits is sent first.
static void end(scene *s, size_t events) {
  assert_int_equal(pl_dispatcher_free(s->dispatcher), 0);
  assert_int_equal(s->log.event_count, events);
  pl_spec_free(&s->spec);
  free(s->facts);
  sem_destroy(&s->log.heads);
  sem_destroy(&s->log.errors);
  log_world_remove(&s->world);
}

// The log has a line with the hash that the daemon's line names.
static void expect_head(const scene *s, size_t i, const char *date) {
  char begin[64];
  snprintf(begin, sizeof(begin), "evidence head %s ", date);
  const char *line = s->log.lines[i];
  assert_memory_equal(line, begin, strlen(begin));
  pl_sha256 hash;
  assert_true(pl_sha256_parse(line + strlen(begin), PL_HASH_HEX - 1, &hash));
  assert_string_equal(line + strlen(begin) + PL_HASH_HEX - 1 + strlen(" of "), s->world.log);
  pl_verify_config config = log_world_verify_config(&s->world);
  config.public_key = NULL;
  config.judge = NULL;
  config.known = &hash;
  pl_verify_report report = log_world_verify(&config);
  if (report.problems > 0)
    fail_msg("%s", report.problem);
}

static void the_head_is_logged_once_a_day(void **state) {
  (void)state;
  static scene s;
  begin(&s);
  for (unsigned i = 0; i < 3; i++)
    take(&s, i % 2 == 0 ? PL_SEVERITY_OK : PL_SEVERITY_WARNING);
  sem_wait(&s.log.heads);
  pass(&s, DAY);
  take(&s, PL_SEVERITY_CRITICAL);
  sem_wait(&s.log.heads);
  take(&s, PL_SEVERITY_OK);
  pl_scribe_free(s.scribe);
  assert_int_equal(s.log.count, 2);
  expect_head(&s, 0, "2026-05-28");
  expect_head(&s, 1, "2026-05-29");
  end(&s, 1);
  const pl_event *event = &s.log.events[0];
  char text[PL_EVENT_MESSAGE];
  snprintf(text, sizeof(text), "OK: %.200s", s.log.lines[1]);
  assert_string_equal(event->message, text);
  assert_int_equal(event->severity, PL_SEVERITY_OK);
  assert_string_equal(event->instance, "evidence");
  assert_string_equal(event->day, "2026-05-29");
  assert_memory_equal(event->head, s.log.lines[1] + strlen("evidence head 2026-05-29 "),
                      PL_HASH_HEX - 1);
}

// A start announces nothing, unless a file ended before it.
static void a_restart_announces_a_day_that_ended_meanwhile(void **state) {
  (void)state;
  static scene s;
  begin(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  pl_scribe_free(s.scribe);
  start(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  pl_scribe_free(s.scribe);
  pass(&s, DAY);
  start(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  pl_scribe_free(s.scribe);
  assert_int_equal(s.log.count, 3);
  expect_head(&s, 2, "2026-05-29");
  end(&s, 1);
  assert_string_equal(s.log.events[0].day, "2026-05-29");
}

static void the_line_of_a_stop_may_begin_the_day(void **state) {
  (void)state;
  static scene s;
  begin(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  pass(&s, DAY);
  pl_scribe_free(s.scribe);
  assert_int_equal(s.log.count, 2);
  expect_head(&s, 1, "2026-05-29");
  end(&s, 1);
}

static void another_program_may_begin_the_day(void **state) {
  (void)state;
  static scene s;
  begin(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  pass(&s, DAY);
  pl_log_config config = log_world_config(&s.world);
  config.clock = (pl_clock){.wall = wall, .monotonic = wall, .user = &s};
  pl_log *log = log_world_open(&s.world, &config);
  pl_error error;
  assert_int_equal(pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"two\"", &error), PL_OK);
  log_world_close(log);
  take(&s, PL_SEVERITY_CRITICAL);
  sem_wait(&s.log.heads);
  pl_scribe_free(s.scribe);
  expect_head(&s, 1, "2026-05-29");
  end(&s, 1);
}

static bool count_stop(void *user, const pl_log_line *line) {
  unsigned *counts = user;
  if (line->type == PL_LINE_VERDICT)
    counts[0]++;
  if (line->type == PL_LINE_STOP && pl_slice_is(line->endpoint, "one"))
    counts[1] += counts[0] == 1; // after the first verdict
  return true;
}

// While no round can run, what the last line says does not count on.
static void an_endpoint_that_cannot_be_watched_has_a_stop(void **state) {
  (void)state;
  static scene s;
  unsigned counts[2] = {0};
  begin(&s);
  pl_scribe_stop(s.scribe, &s.spec, "one", &s.last); // it has no line yet
  take(&s, PL_SEVERITY_OK);
  for (unsigned i = 0; i < 3; i++)
    pl_scribe_stop(s.scribe, &s.spec, "one", &s.last);
  take(&s, PL_SEVERITY_OK);
  pl_scribe_free(s.scribe);
  pl_verify_config config = log_world_verify_config(&s.world);
  config.public_key = NULL;
  config.judge = NULL;
  config.take = count_stop;
  config.user = counts;
  assert_string_equal(log_world_verify(&config).problem, "");
  assert_int_equal(counts[0], 2);
  assert_int_equal(counts[1], 1);
  end(&s, 0);
}

// Another log, in a directory that anybody may write to.
static pl_spec make_bad(scene *s, pl_log_config *ret_good) {
  char dir[128];
  pl_spec bad;
  pl_spec_init(&bad);
  snprintf(dir, sizeof(dir), "%s/bad", s->world.dir);
  assert_int_equal(mkdir(dir, 0700), 0);
  assert_int_equal(chmod(dir, 0777), 0);
  bad.evidence = strdup(dir);
  bad.evidence_interval = DAY;
  *ret_good = log_world_config(&s->world);
  ret_good->dir = bad.evidence;
  return bad;
}

static int lock_log(const scene *s) {
  int dir = open(s->world.log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  assert_int_equal(flock(dir, LOCK_EX), 0);
  return dir;
}

static void a_log_that_fails_leaves_no_other_log_unsigned(void **state) {
  (void)state;
  static scene s;
  pl_log_config good;
  pl_last last = {.seq = 0};
  begin(&s);
  s.spec.evidence_key = strdup(s.world.key);
  pl_spec bad = make_bad(&s, &good);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  int dir = lock_log(&s); // what follows waits together
  take(&s, PL_SEVERITY_WARNING);
  take(&s, PL_SEVERITY_OK);
  (void)take_of(&s, &bad, &last, PL_SEVERITY_OK);
  close(dir);
  sem_wait(&s.log.errors);
  pl_verify_config config = log_world_verify_config(&s.world);
  config.judge = NULL;
  pl_verify_report report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  assert_int_equal(report.verdicts, 3);
  pl_scribe_free(s.scribe);
  pl_spec_free(&bad);
  end(&s, 0);
}

// The clock is set back between two lines that fail.
static void what_was_lost_is_written_again(void **state) {
  (void)state;
  static scene s;
  pl_log_config good;
  pl_last last = {.seq = 0};
  begin(&s);
  pl_spec bad = make_bad(&s, &good);
  (void)take_of(&s, &bad, &last, PL_SEVERITY_OK);
  sem_wait(&s.log.errors);
  pass(&s, -DAY / 24);
  (void)take_of(&s, &bad, &last, PL_SEVERITY_CRITICAL);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads); // all before it are done
  assert_int_equal(chmod(good.dir, 0700), 0);
  pass(&s, 60 * PL_SEC);
  (void)take_of(&s, &bad, &last, PL_SEVERITY_CRITICAL);
  pl_scribe_free(s.scribe);
  pl_verify_config config = log_world_verify_config(&s.world);
  config.dir = good.dir;
  config.public_key = NULL;
  config.judge = NULL;
  assert_int_equal(log_world_verify(&config).verdicts, 1);
  pl_spec_free(&bad);
  end(&s, 0);
}

// The line after a failure says that nothing is known of all endpoints since.
static void after_a_failure_each_endpoint_has_a_line(void **state) {
  (void)state;
  static scene s;
  char command[160];
  pl_last other = {.seq = 0}, elsewhere = {.seq = 0};
  pl_log_config config_elsewhere;
  begin(&s);
  pl_spec spec = make_bad(&s, &config_elsewhere);
  assert_int_equal(chmod(config_elsewhere.dir, 0700), 0);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  snprintf(command, sizeof(command), "chmod 666 %s/*.jsonl", s.world.log);
  assert_int_equal(system(command), 0);
  pass(&s, 60 * PL_SEC);
  (void)take_of(&s, &s.spec, &other, PL_SEVERITY_OK);
  sem_wait(&s.log.errors);
  take(&s, PL_SEVERITY_OK); // none is due while lines fail
  snprintf(command, sizeof(command), "chmod 600 %s/*.jsonl", s.world.log);
  assert_int_equal(system(command), 0);
  pass(&s, 60 * PL_SEC);
  (void)take_of(&s, &s.spec, &other, PL_SEVERITY_OK);
  (void)take_of(&s, &spec, &elsewhere, PL_SEVERITY_OK);
  sem_wait(&s.log.heads); // all before it are done
  take(&s, PL_SEVERITY_OK);
  take(&s, PL_SEVERITY_OK);
  pl_scribe_free(s.scribe);
  pl_verify_config config = log_world_verify_config(&s.world);
  config.public_key = NULL;
  config.judge = NULL;
  pl_verify_report report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  assert_int_equal(report.verdicts, 3);
  pl_spec_free(&spec);
  end(&s, 0);
}

// A line that waits for the disk for minutes has not failed, but nobody knows whether it will.
static void a_disk_that_hangs_is_reported(void **state) {
  (void)state;
  static scene s;
  begin(&s);
  take(&s, PL_SEVERITY_OK);
  sem_wait(&s.log.heads);
  int dir = lock_log(&s);
  assert_false(take_of(&s, &s.spec, &s.last, PL_SEVERITY_WARNING));
  pass(&s, 299 * PL_SEC);
  assert_false(take_of(&s, &s.spec, &s.last, PL_SEVERITY_OK));
  pass(&s, 2 * PL_SEC);
  assert_true(take_of(&s, &s.spec, &s.last, PL_SEVERITY_OK));
  close(dir);
  pl_scribe_free(s.scribe);
  end(&s, 0);
}

static bool note_why(void *user, const pl_log_line *line) {
  if (line->type == PL_LINE_VERDICT)
    snprintf(user, 16, "%.*s", (int)line->why.length, line->why.at);
  return true;
}

// A host that was suspended, or an engine that hung.
static void a_pause_of_the_rounds_is_in_the_log(void **state) {
  (void)state;
  static const struct {
    pl_nsec pause;
    pl_severity severity;
    const char *why;
  } rows[] = {{419 * PL_SEC, PL_SEVERITY_OK, "first"}, // no line is due
              {419 * PL_SEC, PL_SEVERITY_WARNING, "verdict"},
              {421 * PL_SEC, PL_SEVERITY_OK, "pause"},
              {421 * PL_SEC, PL_SEVERITY_WARNING, "pause"}};
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    static scene s;
    char why[16] = "";
    begin(&s);
    s.interval = 60 * PL_SEC;
    take(&s, PL_SEVERITY_OK);
    pass(&s, rows[i].pause);
    take(&s, rows[i].severity);
    pl_scribe_free(s.scribe);
    pl_verify_config config = log_world_verify_config(&s.world);
    config.public_key = NULL;
    config.judge = NULL;
    config.take = note_why;
    config.user = why;
    (void)log_world_verify(&config);
    assert_string_equal(why, rows[i].why);
    end(&s, 0);
  }
}

static bool note_interval(void *user, const pl_log_line *line) {
  if (line->type == PL_LINE_VERDICT)
    *(uint64_t *)user = line->interval;
  return true;
}

// No line promises the next one before the next round.
static void rounds_may_be_rarer_than_lines(void **state) {
  (void)state;
  static scene s;
  uint64_t interval = 0;
  begin(&s);
  s.spec.evidence_interval = 3600 * PL_SEC;
  s.interval = 7200 * PL_SEC;
  take(&s, PL_SEVERITY_OK);
  pl_scribe_free(s.scribe);
  pl_verify_config config = log_world_verify_config(&s.world);
  config.public_key = NULL;
  config.judge = NULL;
  config.take = note_interval;
  config.user = &interval;
  (void)log_world_verify(&config);
  assert_int_equal(interval, 7200);
  end(&s, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_head_is_logged_once_a_day),
      cmocka_unit_test(a_restart_announces_a_day_that_ended_meanwhile),
      cmocka_unit_test(the_line_of_a_stop_may_begin_the_day),
      cmocka_unit_test(another_program_may_begin_the_day),
      cmocka_unit_test(an_endpoint_that_cannot_be_watched_has_a_stop),
      cmocka_unit_test(rounds_may_be_rarer_than_lines),
      cmocka_unit_test(a_pause_of_the_rounds_is_in_the_log),
      cmocka_unit_test(a_log_that_fails_leaves_no_other_log_unsigned),
      cmocka_unit_test(what_was_lost_is_written_again),
      cmocka_unit_test(after_a_failure_each_endpoint_has_a_line),
      cmocka_unit_test(a_disk_that_hangs_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
