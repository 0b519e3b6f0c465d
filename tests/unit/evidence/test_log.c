// Tests the writer of the evidence log: the chain, days, repairs, failures and signatures.
#include "alloc_fail.h"
#include "evidence/log/files.h"
#include "evidence/log/last.h"
#include "log_world.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR (3600 * PL_SEC)

static log_world world;

static int make(void **state) {
  (void)state;
  world.seed = 7;
  log_world_make(&world);
  return 0;
}

static int destroy(void **state) {
  (void)state;
  log_world_remove(&world);
  return 0;
}

static void pass(pl_nsec duration) {
  world.wall += duration;
  world.uptime += duration;
}

static void write_hours(unsigned hours) {
  pl_log *log = log_world_open(&world, NULL);
  for (unsigned i = 0; i < hours; i++) {
    log_world_add(&world, log, "one", i % 4, 3600);
    log_world_add(&world, log, "two", 0, 3600);
    pass(HOUR);
  }
  log_world_close(log);
}

static pl_verify_report verify(void) {
  pl_verify_config config = log_world_verify_config(&world);
  return log_world_verify(&config);
}

static void expect_good(void) {
  pl_verify_report report = verify();
  if (report.problems > 0)
    fail_msg("%s", report.problem);
}

static void expect_problem(const char *begin, const char *part) {
  pl_verify_report report = verify();
  if (report.problems == 0 || strncmp(report.problem, begin, strlen(begin)) != 0 ||
      strstr(report.problem, part) == NULL)
    fail_msg("not '%s ... %s': %s", begin, part, report.problems > 0 ? report.problem : "good");
}

/* The path of the newest file. */
static void newest(char path[160]) {
  pl_log_files files;
  pl_error error;
  int dir = open(world.log, O_RDONLY | O_DIRECTORY);
  assert_int_equal(pl_log_list(dir, &files, &error), PL_OK);
  assert_true(files.count > 0);
  snprintf(path, 160, "%s/%s", world.log, files.names[files.count - 1]);
  free(files.names);
  close(dir);
}

static void append_bytes(const char *text) {
  char path[160];
  newest(path);
  FILE *file = fopen(path, "a");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void a_log_is_written_and_verified(void **state) {
  (void)state;
  write_hours(50);
  pl_verify_report report = verify();
  assert_string_equal(report.problem, "");
  assert_int_equal(report.files, 3);
  assert_int_equal(report.verdicts, 100);
  assert_int_equal(report.judged, 100);
  assert_int_equal(report.signatures, 1);
  assert_int_equal(report.lines, 104);
}

static void what_a_crash_tore_is_repaired(void **state) {
  (void)state;
  static const char *const torn[] = {"{\"prev\":\"0123", "x", "{\"prev\":\"00\",\"seq\":1}"};
  for (size_t i = 0; i < PL_COUNT_OF(torn); i++) {
    write_hours(2);
    append_bytes(torn[i]);
    expect_problem("2026-", "torn");
    write_hours(2);
    expect_good();
  }
  assert_int_equal(verify().repairs, 3);
}

/* A crash, and another one while the line that says so was written. */
static void a_repair_may_be_torn(void **state) {
  (void)state;
  static const char *const torn[] = {"{\"prev\":\"0123\n", "x\n{\"prev\":\"0123", "x\nx"};
  for (size_t i = 0; i < PL_COUNT_OF(torn); i++) {
    write_hours(2);
    append_bytes(torn[i]);
    expect_problem("2026-", "the line is damaged at byte");
    pl_log *log = log_world_open(&world, NULL);
    pl_log_head head;
    assert_int_equal(pl_log_read_head(log, &head, NULL), PL_OK);
    assert_int_equal(head.seq, 0); /* not known until it is repaired */
    log_world_add(&world, log, "one", 0, 3600);
    assert_int_equal(pl_log_read_head(log, &head, NULL), PL_OK);
    assert_true(head.seq > 0);
    log_world_close(log);
    write_hours(2);
    expect_good();
  }
  assert_int_equal(verify().repairs, 3);
  append_bytes("{\"prev\":\"of another version\"}\n");
  pl_error error;
  pl_log *log = log_world_open(&world, NULL);
  assert_int_equal(pl_log_append(log, PL_LINE_START, ",\"endpoints\":1", &error), PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "the last line can't be read"));
  pl_log_free(log);
}

static bool count_line(void *user, const pl_log_line *line) {
  uint64_t *counts = user;
  counts[line->type]++;
  return true;
}

static bool refuse_line(void *user, const pl_log_line *line) {
  (void)user;
  return line->seq < 3;
}

static void a_caller_gets_each_line_and_sees_gaps_itself(void **state) {
  (void)state;
  uint64_t counts[PL_LINE_COUNT] = {0};
  pl_verify_config config = log_world_verify_config(&world);
  pl_verify_report report;
  pl_error error;
  write_hours(3);
  pass(5 * HOUR);
  write_hours(2);
  expect_problem("2026-", "a gap");
  config.take = count_line;
  config.user = counts;
  config.now = world.wall + 10 * HOUR;
  config.public_key = NULL; // the newest lines are signed, but old
  report = log_world_verify(&config);
  assert_string_equal(report.problem, "");
  assert_int_equal(counts[PL_LINE_VERDICT], 10);
  assert_int_equal(counts[PL_LINE_VERDICT] + counts[PL_LINE_DAY] + counts[PL_LINE_SIGNATURE],
                   report.lines);
  config.take = refuse_line;
  assert_int_equal(pl_verify(&config, &report, &error), PL_ERR_MEMORY);
}

static void cut(off_t bytes) {
  char path[160];
  struct stat file;
  newest(path);
  assert_int_equal(stat(path, &file), 0);
  assert_int_equal(truncate(path, bytes >= 0 ? bytes : file.st_size + bytes), 0);
}

static void a_line_without_its_newline_is_repaired(void **state) {
  (void)state;
  write_hours(2);
  cut(-1);
  expect_problem("2026-", "torn");
  write_hours(2);
  expect_good();
  assert_int_equal(verify().repairs, 1);
}

/* Of the newest file, without its newline. */
static off_t first_line_length(void) {
  char path[160], line[1024];
  newest(path);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof(line), file));
  fclose(file);
  return (off_t)strcspn(line, "\n");
}

static void the_first_line_of_a_day_may_be_torn(void **state) {
  (void)state;
  static const off_t bytes[] = {0, 1, 100, -1};
  for (size_t i = 0; i < PL_COUNT_OF(bytes); i++) {
    for (unsigned days = 0; days < 2; days++) {
      write_hours(1);
      pass(24 * HOUR - 2 * HOUR);
      write_hours(1); /* the first of another day, or the last of one */
      pass(days * 24 * HOUR);
      char path[160];
      newest(path);
      cut(bytes[i] >= 0 ? bytes[i] : first_line_length());
      pl_log *log = log_world_open(&world, NULL);
      log_world_add(&world, log, "other", 0, 3600);
      pl_error error;
      assert_int_equal(pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"\"", &error), PL_OK);
      log_world_close(log);
      pl_verify_report report = verify();
      /* Only lines and hours that were cut off are missing. */
      if (report.problems > 0 && strstr(report.problem, "gap") == NULL)
        fail_msg("cut at %d, %u days: %s", (int)bytes[i], days, report.problem);
      destroy(NULL);
      make(NULL);
    }
  }
}

/* A crash, and another one before the file has its line of type day. */
static void a_repair_is_no_beginning_of_a_day(void **state) {
  (void)state;
  write_hours(1);
  cut(1);
  write_hours(1);
  char path[160], lines[2][1024];
  newest(path);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++)
    assert_non_null(fgets(lines[i], sizeof(lines[i]), file));
  fclose(file);
  assert_non_null(strstr(lines[1], "\"type\":\"repair\""));
  cut((off_t)(strlen(lines[0]) + strlen(lines[1])));
  write_hours(1);
  expect_good();
}

static void two_writers_share_a_log(void **state) {
  (void)state;
  pl_log *first = log_world_open(&world, NULL), *second = log_world_open(&world, NULL);
  for (unsigned i = 0; i < 40; i++) {
    log_world_add(&world, log_world_random(&world, 2) == 0 ? first : second, "one", 0, 3600);
    pass(HOUR);
  }
  log_world_close(first);
  log_world_close(second);
  expect_good();
}

/* The file system's clock is coarse: the directory looks unchanged, though it has a new file. */
static void another_writer_begins_the_day(void **state) {
  (void)state;
  pl_log *first = log_world_open(&world, NULL), *second = log_world_open(&world, NULL);
  struct stat dir;
  log_world_add(&world, first, "one", 0, 86400);
  assert_int_equal(stat(world.log, &dir), 0);
  pass(24 * HOUR);
  log_world_add(&world, second, "one", 0, 86400);
  const struct timespec times[] = {dir.st_atim, dir.st_mtim};
  assert_int_equal(utimensat(AT_FDCWD, world.log, times, 0), 0);
  log_world_add(&world, first, "one", 0, 86400);
  log_world_close(first);
  log_world_close(second);
  expect_good();
}

static void processes_share_a_log(void **state) {
  (void)state;
  pid_t writers[4];
  for (unsigned i = 0; i < PL_COUNT_OF(writers); i++) {
    writers[i] = fork();
    if (writers[i] != 0)
      continue;
    char name[16];
    snprintf(name, sizeof(name), "of-%u", i);
    pl_log *log = log_world_open(&world, NULL);
    for (unsigned line = 0; line < 50; line++)
      log_world_add(&world, log, name, 0, 3600);
    log_world_close(log);
    _exit(0);
  }
  for (unsigned i = 0; i < PL_COUNT_OF(writers); i++) {
    int status;
    assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
    assert_int_equal(status, 0);
  }
  expect_good();
  assert_int_equal(verify().verdicts, 200);
}

static void old_days_are_removed_and_named(void **state) {
  (void)state;
  pl_log_config config = log_world_config(&world);
  config.days = 3;
  pl_log *log = log_world_open(&world, &config);
  for (unsigned hour = 0; hour < 240; hour++) {
    log_world_add(&world, log, "one", 0, 3600);
    pass(HOUR);
  }
  log_world_close(log);
  pl_verify_report report = verify();
  assert_string_equal(report.problem, "");
  assert_in_range(report.files, 4, 5);
  assert_true(report.removed > 0);
  /* One day more than that is missing. */
  char command[200];
  snprintf(command, sizeof(command), "rm \"$(ls %s/*.jsonl | head -1)\"", world.log);
  assert_int_equal(system(command), 0);
  expect_problem("2026-", "lines before it are missing");
}

/* Somebody without the key writes lines that no signature covers yet: they must be new, and remove
 * nothing. */
static void lines_without_a_signature_are_new_and_remove_nothing(void **state) {
  (void)state;
  pl_log_config unsigned_log = log_world_config(&world);
  unsigned_log.key = NULL;
  pl_error error;
  write_hours(30);
  pl_log *log = log_world_open(&world, &unsigned_log);
  pl_nsec now = world.wall;
  pl_verify_config config = log_world_verify_config(&world);
  config.now = now + 30 * PL_SEC;
  assert_int_equal(pl_log_append(log, PL_LINE_REMOVED, ",\"first\":1000", &error), PL_OK);
  pl_log_free(log);
  assert_string_equal(log_world_verify(&config).problem, "");
  char command[200];
  snprintf(command, sizeof(command), "rm \"$(ls %s/*.jsonl | head -1)\"", world.log);
  assert_int_equal(system(command), 0);
  assert_non_null(strstr(log_world_verify(&config).problem, "lines before it are missing"));
  destroy(NULL);
  make(NULL);
  write_hours(1);
  world.wall = now + 100 * 24 * HOUR;
  log = log_world_open(&world, &unsigned_log);
  assert_int_equal(pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"\"", &error), PL_OK);
  pl_log_free(log);
  config.now = now;
  assert_non_null(strstr(log_world_verify(&config).problem, "are not signed"));
}

static void what_fails_is_taken_back_and_named(void **state) {
  (void)state;
  write_hours(3);
  pl_log *log = log_world_open(&world, NULL);
  char path[160];
  struct stat file;
  newest(path);
  assert_int_equal(stat(path, &file), 0);
  struct rlimit before, limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  limit = (struct rlimit){.rlim_cur = (rlim_t)file.st_size + 100, .rlim_max = before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  pl_error error = {""};
  pl_status status = pl_log_append(log, PL_LINE_START, ",\"endpoints\":1", &error);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_int_equal(status, PL_ERR_IO);
  assert_non_null(strstr(error.text, "a line can't be written"));
  log_world_add(&world, log, "one", 0, 3600);
  log_world_close(log);
  expect_good();
  char command[200];
  snprintf(command, sizeof(command), "grep -q '\"type\":\"resumed\",\"since\"' %s", path);
  assert_int_equal(system(command), 0);
}

static void a_directory_of_others_is_refused(void **state) {
  (void)state;
  pl_log_config config = log_world_config(&world);
  pl_log *log;
  pl_error error;
  assert_int_equal(mkdir(world.log, 0700), 0);
  assert_int_equal(chmod(world.log, 0777), 0);
  assert_int_equal(pl_log_open(&config, &log, &error), PL_ERR_INVALID);
  assert_int_equal(chmod(world.log, 0700), 0);
  assert_int_equal(chmod(world.key, 0644), 0);
  assert_int_equal(pl_log_open(&config, &log, &error), PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "chmod 600"));
  assert_int_equal(chmod(world.key, 0600), 0);
  config.key = world.public_key;
  assert_int_equal(chmod(world.public_key, 0600), 0);
  assert_int_equal(pl_log_open(&config, &log, &error), PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "must be an Ed25519 private key"));
}

static void a_link_in_its_stead_is_refused(void **state) {
  (void)state;
  char path[160], command[800];
  write_hours(1);
  newest(path);
  snprintf(command, sizeof(command), "mv %s %s.old && ln -s %s.old %s", path, path, path, path);
  assert_int_equal(system(command), 0);
  pl_log *log = log_world_open(&world, NULL);
  pl_error error;
  assert_int_equal(pl_log_append(log, PL_LINE_START, ",\"endpoints\":1", &error), PL_ERR_IO);
  pl_log_free(log);
}

static void gaps_are_found(void **state) {
  (void)state;
  write_hours(2);
  pass(HOUR);
  write_hours(1);
  expect_problem("2026-", "a gap: nothing was written of one for 120 minutes");
}

static void a_stop_is_no_gap(void **state) {
  (void)state;
  pl_error error;
  pl_log *log = log_world_open(&world, NULL);
  log_world_add(&world, log, "one", 0, 3600);
  log_world_add(&world, log, "two", 0, 3600);
  assert_int_equal(pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"one\"", &error), PL_OK);
  pass(HOUR);
  log_world_add(&world, log, "two", 0, 3600);
  assert_int_equal(pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"\"", &error), PL_OK);
  pass(9 * HOUR);
  log_world_add(&world, log, "one", 0, 3600);
  log_world_add(&world, log, "two", 0, 3600);
  log_world_close(log);
  expect_good();
}

static void the_time_until_now_counts(void **state) {
  (void)state;
  write_hours(2);
  pl_verify_config config = log_world_verify_config(&world);
  config.now = world.wall;
  assert_int_equal(log_world_verify(&config).problems, 0);
  config.now = world.wall + HOUR;
  pl_verify_report report = log_world_verify(&config);
  assert_int_equal(report.problems, 1);
  assert_non_null(strstr(report.problem, "no line says that it stopped"));
  pl_sha256 head = report.head.hash;
  config.known = &head; /* an archive ends where it ends */
  assert_int_equal(log_world_verify(&config).problems, 0);
  head.bytes[0] ^= 1;
  assert_non_null(strstr(log_world_verify(&config).problem, "known from elsewhere"));
}

/* A head of some day ago, such as a notification has, is not the end of an archive. */
static void a_head_of_an_earlier_day_hides_no_gap(void **state) {
  (void)state;
  write_hours(2);
  pl_verify_config config = log_world_verify_config(&world);
  pl_sha256 head = log_world_verify(&config).head.hash;
  write_hours(30);
  config.known = &head;
  config.now = world.wall;
  assert_int_equal(log_world_verify(&config).problems, 0);
  config.now = world.wall + 9 * HOUR;
  assert_non_null(strstr(log_world_verify(&config).problem, "no line says that it stopped"));
}

/* By the clock, which was set back, the next line came at once. */
static void a_clock_that_was_set_back_hides_no_gap(void **state) {
  (void)state;
  write_hours(2);
  pass(9 * HOUR);
  world.wall -= 9 * HOUR;
  write_hours(2);
  expect_problem("2026-", "a gap: nothing was written of one for 600 minutes");
  destroy(NULL);
  make(NULL);
  write_hours(2);
  pass(-HOUR / 2);
  world.boot++; /* another boot has another uptime */
  world.uptime = 0;
  write_hours(2);
  expect_good();
}

/* A clock that is years ahead for a moment must not cost the evidence of a year. */
static void a_clock_that_is_ahead_removes_nothing(void **state) {
  (void)state;
  pl_log_config config = log_world_config(&world);
  config.days = 3;
  pl_log *log = log_world_open(&world, &config);
  log_world_add(&world, log, "one", 0, 86400);
  pass(24 * HOUR);
  log_world_add(&world, log, "one", 0, 86400);
  world.wall += 3650 * 24 * HOUR;
  log_world_add(&world, log, "one", 0, 86400);
  world.wall -= 3650 * 24 * HOUR;
  log_world_add(&world, log, "one", 0, 86400);
  log_world_close(log);
  pl_verify_report report = verify();
  assert_int_equal(report.files, 3);
  assert_int_equal(report.removed, 0);
}

static void a_writer_that_hangs_is_not_waited_for(void **state) {
  (void)state;
  write_hours(1);
  int dir = open(world.log, O_RDONLY | O_DIRECTORY);
  assert_int_equal(flock(dir, LOCK_EX), 0);
  expect_good();
  close(dir);
}

static void a_wanted_time_stamp_may_not_be_missing(void **state) {
  (void)state;
  write_hours(1);
  pl_verify_config config = log_world_verify_config(&world);
  config.ca_file = "/dev/null";
  assert_string_equal(log_world_verify(&config).problem,
                      "no line that is left has a good time stamp");
}

static void every_round_is_compared_with_the_last_line(void **state) {
  (void)state;
  pl_last last, read;
  pl_sha256 verdict = pl_sha256_of("a", 1), other = pl_sha256_of("b", 1);
  assert_int_equal(mkdir(world.log, 0700), 0);
  pl_last_read(world.log, "one", &last);
  assert_int_equal(last.seq, 0);
  assert_string_equal(pl_last_due(&last, &verdict, &verdict, 9, 1, 3600), "first");
  last = (pl_last){.seq = 5, .written = 10 * HOUR, .round = 10 * HOUR, .digest = verdict};
  last.config = other;
  pl_last_write(world.log, "one", &last);
  pl_last_read(world.log, "one", &read);
  assert_memory_equal(&read, &last, sizeof(last));
  pl_nsec soon = 10 * HOUR + 60 * PL_SEC;
  assert_null(pl_last_due(&last, &verdict, &other, 9, soon, 3600));
  assert_string_equal(pl_last_due(&last, &verdict, &other, 4, soon, 3600), "first");
  assert_string_equal(pl_last_due(&last, &other, &other, 9, soon, 3600), "verdict");
  assert_string_equal(pl_last_due(&last, &verdict, &verdict, 9, soon, 3600), "configuration");
  assert_string_equal(pl_last_due(&last, &verdict, &other, 9, 11 * HOUR, 3600), "interval");
  assert_string_equal(pl_last_due(&last, &verdict, &other, 9, 9 * HOUR, 3600), "interval");
  /* The next round would come after 90 minutes. */
  assert_string_equal(pl_last_due(&last, &verdict, &other, 9, 10 * HOUR + 45 * 60 * PL_SEC, 3600),
                      "interval");
}

static void keys_are_made_once(void **state) {
  (void)state;
  char path[100], id[PL_KEY_ID];
  struct stat file;
  pl_error error;
  snprintf(path, sizeof(path), "%s/new", world.dir);
  assert_int_equal(pl_signing_key_make(path, id, &error), PL_OK);
  assert_int_equal(stat(path, &file), 0);
  assert_int_equal(file.st_mode & 0777, 0600);
  assert_int_equal(pl_signing_key_make(path, id, &error), PL_ERR_IO);
  pl_signing_key *key;
  assert_int_equal(pl_signing_key_read(path, &key, &error), PL_OK);
  assert_string_equal(pl_signing_key_id(key), id);
  uint8_t signature[PL_SIGNATURE_BYTES];
  assert_true(pl_signing_sign(key, "text", 4, signature));
  assert_true(pl_signing_verify(key, "text", 4, signature));
  assert_false(pl_signing_verify(key, "tex", 3, signature));
  pl_signing_key_free(key);
}

static void a_log_of_another_key_is_not_good(void **state) {
  (void)state;
  pl_log_config config = log_world_config(&world);
  config.key = world.other_key;
  pl_log *log = log_world_open(&world, &config);
  log_world_add(&world, log, "one", 0, 3600);
  log_world_close(log);
  expect_problem("2026-05-28.jsonl:3", "signed with another key");
  config.key = NULL;
  log = log_world_open(&world, &config);
  log_world_add(&world, log, "one", 0, 3600);
  log_world_close(log);
  pl_verify_config two = log_world_verify_config(&world);
  char both[100], command[300];
  snprintf(both, sizeof(both), "%s/both", world.dir);
  snprintf(command, sizeof(command), "cat %s %s.pub > %s", world.public_key, world.other_key, both);
  assert_int_equal(system(command), 0);
  two.public_key = both;
  pl_verify_report report = log_world_verify(&two);
  assert_string_equal(report.problem,
                      "2026-05-28.jsonl:4: this line and those after it are not signed");
}

/* Without memory, a line is written or it is not, and the log stays good. */
static void memory_may_be_missing(void **state) {
  (void)state;
  pl_error error;
  write_hours(2);
  for (unsigned nth = 1;; nth++) {
    pl_log_config config = log_world_config(&world);
    pl_log *log = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_log_open(&config, &log, &error);
    if (status == PL_OK)
      status = pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"\"", &error);
    if (status == PL_OK)
      status = pl_log_close(log, &error);
    else
      pl_log_free(log);
    if (!alloc_fail_disarm()) {
      assert_int_equal(status, PL_OK);
      break;
    }
    if (status != PL_OK)
      assert_int_equal(status, PL_ERR_MEMORY);
  }
  expect_good();
  for (unsigned nth = 1;; nth++) {
    pl_verify_config config = log_world_verify_config(&world);
    pl_verify_report report;
    alloc_fail_arm(nth);
    pl_status status = pl_verify(&config, &report, &error);
    if (!alloc_fail_disarm()) {
      assert_int_equal(status, PL_OK);
      break;
    }
    assert_true(status == PL_ERR_MEMORY || report.problems == 0);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, destroy)
  const struct CMUnitTest tests[] = {
      TEST(a_log_is_written_and_verified),
      TEST(a_caller_gets_each_line_and_sees_gaps_itself),
      TEST(what_a_crash_tore_is_repaired),
      TEST(a_repair_may_be_torn),
      TEST(a_line_without_its_newline_is_repaired),
      TEST(the_first_line_of_a_day_may_be_torn),
      TEST(a_repair_is_no_beginning_of_a_day),
      TEST(two_writers_share_a_log),
      TEST(another_writer_begins_the_day),
      TEST(processes_share_a_log),
      TEST(old_days_are_removed_and_named),
      TEST(lines_without_a_signature_are_new_and_remove_nothing),
      TEST(what_fails_is_taken_back_and_named),
      TEST(a_directory_of_others_is_refused),
      TEST(a_link_in_its_stead_is_refused),
      TEST(gaps_are_found),
      TEST(a_stop_is_no_gap),
      TEST(the_time_until_now_counts),
      TEST(a_head_of_an_earlier_day_hides_no_gap),
      TEST(a_clock_that_was_set_back_hides_no_gap),
      TEST(a_clock_that_is_ahead_removes_nothing),
      TEST(a_writer_that_hangs_is_not_waited_for),
      TEST(a_wanted_time_stamp_may_not_be_missing),
      TEST(every_round_is_compared_with_the_last_line),
      TEST(keys_are_made_once),
      TEST(a_log_of_another_key_is_not_good),
      TEST(memory_may_be_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
