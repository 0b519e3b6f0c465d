// Tests the file of --record and --replay: who may read it, what a torn line does, and exit codes.
#include "record.h"
#include "replay.h"
#include "sample_run.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];
static pl_error problem;

static int make_dir(void **state) {
  (void)state;
  snprintf(dir, sizeof(dir), "/tmp/pl-record-XXXXXX");
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof(path), "%s/cases", dir);
  return 0;
}

static int remove_dir(void **state) {
  (void)state;
  unlink(path);
  return rmdir(dir);
}

/* "quiet": what the judge says of it, as the run would. */
static void record_one(void) {
  static sample s;
  static pl_verdict verdict;
  pl_recorder recorder;
  sample_unproven(&s);
  pl_evidence_case c = {.spec = s.spec, .facts = s.facts, .wall_now = 1785585600};
  pl_evidence_case_judge(&c, &verdict);
  pl_recorder_open(path, &problem, &recorder);
  pl_recorder_add(&recorder, &s.spec, &s.facts, NULL, 1785585600, &verdict);
  pl_recorder_close(&recorder);
  sample_free(&s);
}

static int replay(bool json, char *output, size_t size) {
  pl_args args = {
      .action = PL_ACTION_REPLAY, .replay = path, .form = json ? PL_FORM_JSON : PL_FORM_TEXT};
  pl_buf buf;
  pl_buf_init(&buf, 1 << 20);
  int code = pl_replay(&args, false, &buf);
  snprintf(output, size, "%s", pl_buf_text(&buf));
  pl_buf_free(&buf);
  return code;
}

static void append(const char *text) {
  FILE *file = fopen(path, "ae");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void assert_has(const char *text, const char *wanted) {
  if (strstr(text, wanted) == NULL)
    fail_msg("no '%s' in: %s", wanted, text);
}

static void test_append_and_replay(void **state) {
  (void)state;
  static char output[1 << 16];
  struct stat info;
  record_one();
  record_one();
  assert_string_equal(problem.text, "");
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 07777, 0600);
  assert_int_equal(replay(false, output, sizeof(output)), 0);
  assert_has(output, "line 2: PRIVATELINK UNKNOWN: quiet: ");
  assert_has(output, ": 2 the same, 0 differ, 0 not read\n");
  assert_int_equal(replay(true, output, sizeof(output)), 0);
  assert_has(output,
             "\"replayed\":{\"version\":\"" PL_VERSION "\",\"differs\":false,\"difference\":null}");
}

/* A line that a crash or a full disk cut costs no other line. */
static void test_torn_line(void **state) {
  (void)state;
  static char output[1 << 16];
  append("{\"case\":{\"fac");
  record_one();
  assert_string_equal(problem.text, "");
  assert_int_equal(replay(false, output, sizeof(output)), 3);
  assert_has(output, "line 1: it is torn, or no JSON object\nline 2: PRIVATELINK UNKNOWN");
  assert_has(output, ": 1 the same, 0 differ, 1 not read\n");
}

/* What follows a NUL is a part of the line, too. */
static void test_nul(void **state) {
  (void)state;
  static char output[1 << 16];
  record_one();
  FILE *file = fopen(path, "r+e");
  assert_non_null(file);
  assert_int_equal(fseek(file, -1, SEEK_END), 0);
  assert_int_equal(fwrite("\0x\n\0y\n", 1, 6, file), 6);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(replay(false, output, sizeof(output)), 3);
  assert_has(output, ": 0 the same, 0 differ, 2 not read\n");
}

static void test_difference(void **state) {
  (void)state;
  static char output[1 << 16], text[1 << 16];
  record_one();
  FILE *file = fopen(path, "r+e");
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof(text), file));
  assert_int_equal(ftruncate(fileno(file), 0), 0);
  rewind(file);
  char *severity = strstr(strstr(text, "\"verdict\":"), "\"severity\":\"unknown\"");
  assert_non_null(severity);
  memcpy(severity, "\"severity\":\"warning\"", strlen("\"severity\":\"warning\""));
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(replay(false, output, sizeof(output)), 2);
  assert_has(output, "line 1: differs from version " PL_VERSION ": public WARNING [public.");
  assert_has(output, ": 0 the same, 1 differ, 0 not read\n");
  assert_int_equal(replay(true, output, sizeof(output)), 2);
  assert_has(output, "\"differs\":true,\"difference\":\"public WARNING [public.");
}

static void test_no_case(void **state) {
  (void)state;
  static char output[1 << 12];
  assert_int_equal(replay(false, output, sizeof(output)), 3);
  assert_has(output, "PRIVATELINK UNKNOWN: --replay: /tmp/");
  append("");
  assert_int_equal(replay(false, output, sizeof(output)), 3);
  assert_has(output, "holds no recorded case");
  append("\n\n");
  assert_int_equal(replay(false, output, sizeof(output)), 3);
  assert_has(output, "holds no recorded case");
}

static void assert_problem(const char *file, const char *wanted) {
  pl_recorder recorder;
  pl_recorder_open(file, &problem, &recorder);
  assert_has(problem.text, wanted);
  pl_recorder_close(&recorder);
}

static void test_not_writable(void **state) {
  (void)state;
  assert_problem("/nonexistent/cases", "/nonexistent/cases: No such file or directory");
  assert_problem("/tmp", "/tmp: Is a directory");
  assert_problem("/dev/full", "/dev/full: is not a regular file");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_problem(path, "is not a regular file");
  unlink(path);
  assert_int_equal(symlink("/dev/null", path), 0);
  assert_problem(path, "is a symbolic link");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_append_and_replay, make_dir, remove_dir),
      cmocka_unit_test_setup_teardown(test_torn_line, make_dir, remove_dir),
      cmocka_unit_test_setup_teardown(test_nul, make_dir, remove_dir),
      cmocka_unit_test_setup_teardown(test_difference, make_dir, remove_dir),
      cmocka_unit_test_setup_teardown(test_no_case, make_dir, remove_dir),
      cmocka_unit_test_setup_teardown(test_not_writable, make_dir, remove_dir),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
