// Tests the files of what a discovery knows: restarts, damaged files and foreign ones.
#include "memory/file.h"
#include "watch/snapshots.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_NAME "discovery all us-west-2"
#define SCOPE "0  9 us-west-2 0  0  0  "
#define FACTS                                                                                      \
  "{\"vpcEndpointType\":\"Interface\",\"serviceName\":\"com.amazonaws.us-west-2.s3\","             \
  "\"state\":\"available\",\"dnsEntrySet\":[],\"tagSet\":[]}"
#define TEXT(version, scope)                                                                       \
  "{\"version\":" version ",\"scope\":\"" scope "\",\"region\":\"us-west-2\",\"endpoints\":["      \
  "\n{\"name\":\"one\",\"id\":\"vpce-00000000000000001\",\"seen\":1000000000,\"facts\":" FACTS     \
  "}]}\n"

typedef struct scene {
  char dir[64], log[2048];
  size_t lines;
  pl_front front;
  pl_request request;
  pl_scope scope;
  pl_discovery discovery;
  pl_templates templates;
  pl_section_common common;
  pl_known known;
  pl_snapshots snapshots;
} scene;

static void note_line(void *user, int level, const char *line) {
  scene *s = user;
  (void)level;
  s->lines++;
  strncat(s->log, line, sizeof(s->log) - strlen(s->log) - 2);
  strcat(s->log, "\n");
}

static void add_text(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static int begin(void **state) {
  static scene s;
  s = (scene){.dir = "/tmp/test_snapshots.XXXXXX",
              .front = {.user = &s, .log = note_line, .add_spelled = add_text},
              .scope = {.region = "us-west-2", .wanted = "us-west-2"}};
  s.discovery = (pl_discovery){.scopes = &s.scope, .count = 1, .request = &s.request};
  s.snapshots = (pl_snapshots){.front = &s.front,
                               .name = "all",
                               .dir = s.dir,
                               .templates = &s.templates,
                               .common = &s.common,
                               .discovery = &s.discovery,
                               .known = &s.known};
  *state = &s;
  return mkdtemp(s.dir) == NULL ? -1 : 0;
}

static void forget(scene *s) {
  pl_ec2_answer_free(&s->scope.answer);
  pl_endpoint_unref(s->scope.problem);
  s->scope.problem = NULL;
  s->scope.begun = false;
  pl_known_free(&s->known);
  s->log[0] = '\0';
  s->lines = 0;
}

static int end(void **state) {
  scene *s = *state;
  char command[128];
  forget(s);
  snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
  return system(command);
}

static void write_file(const scene *s, const char *name, const char *text) {
  pl_memory_dir dir;
  pl_error error;
  if (pl_memory_dir_open(s->dir, &dir, &error) != PL_OK ||
      pl_memory_save_text(&dir, name, text, strlen(text), &error) != PL_OK)
    fail_msg("%s", error.text);
  pl_memory_dir_close(&dir);
}

/* As after a start. */
static void recall(scene *s) {
  forget(s);
  pl_snapshots_recall(&s->snapshots);
}

static void has_log(const scene *s, const char *text) {
  if (strstr(s->log, text) == NULL)
    fail_msg("no '%s' in: %s", text, s->log);
}

static void a_restart_knows_the_same(void **state) {
  scene *s = *state;
  write_file(s, FILE_NAME, TEXT("1", SCOPE));
  for (unsigned i = 0; i < 3; i++) {
    recall(s);
    assert_int_equal(s->known.count, 1);
    assert_string_equal(s->known.items[0].section.name, "one");
    assert_int_equal(s->known.items[0].seen, 1000000000);
    assert_true(s->scope.begun);
    assert_int_equal(s->lines, 1);
    has_log(s, "discovery all: 1 endpoint from the state directory, until the API answers; the "
               "oldest list is ");
    has_log(s, " s old (2001-09-09T01:46:40Z)\n");
    assert_true(pl_snapshots_save(&s->snapshots, i == 0));
  }
  char command[160];
  snprintf(command, sizeof(command), "test \"$(stat -c %%a '%s'/*)\" = 600", s->dir);
  assert_int_equal(system(command), 0);
}

/* Before the first answer, there is nothing to remember, and nothing that a file may replace. */
static void without_a_file_nothing_is_known(void **state) {
  scene *s = *state;
  recall(s);
  assert_int_equal(s->known.count, 0);
  assert_int_equal(s->lines, 0);
  assert_false(s->scope.begun);
  assert_true(pl_snapshots_save(&s->snapshots, false));
  assert_int_equal(rmdir(s->dir), 0); /* it is empty */
  assert_int_equal(mkdir(s->dir, 0700), 0);
}

static void bad_files_are_ignored(void **state) {
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"", "it is torn"},
      {"{\"version\":1,\"scope\":", "it is torn"},
      {TEXT("2", SCOPE), "it has version 2, not 1: another release wrote it"},
      {TEXT("1", "0  9 us-east-1 0  0  0  "), "another role, region, filter or identity"},
  };
  scene *s = *state;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    write_file(s, FILE_NAME, rows[i].text);
    recall(s);
    assert_int_equal(s->known.count, 0);
    assert_int_equal(s->lines, 1);
    has_log(s, "state of " FILE_NAME ": ");
    has_log(s, rows[i].wanted);
    has_log(s, "; it is ignored\n");
  }
}

/* Another discovery's file has another name. */
static void another_discovery_has_its_own(void **state) {
  scene *s = *state;
  write_file(s, "discovery other us-west-2", TEXT("1", SCOPE));
  write_file(s, "discovery all", TEXT("1", SCOPE));
  recall(s);
  assert_int_equal(s->known.count, 0);
  assert_int_equal(s->lines, 0);
}

static void a_directory_for_all_is_not_used(void **state) {
  scene *s = *state;
  write_file(s, FILE_NAME, TEXT("1", SCOPE));
  assert_int_equal(chmod(s->dir, 0777), 0);
  recall(s);
  assert_int_equal(s->known.count, 0);
  assert_int_equal(s->lines, 1);
  has_log(s, "only its owner may write to the state directory");
  for (unsigned i = 0; i < 2; i++)
    assert_false(pl_snapshots_save(&s->snapshots, false));
  assert_int_equal(s->lines, 2);
  has_log(s, "a restart would forget what was found");
  assert_int_equal(chmod(s->dir, 0700), 0);
  for (unsigned i = 0; i < 2; i++)
    assert_true(pl_snapshots_save(&s->snapshots, false));
  assert_int_equal(s->lines, 3);
  has_log(s, "discovery all: its state can be written again");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_restart_knows_the_same, begin, end),
      cmocka_unit_test_setup_teardown(without_a_file_nothing_is_known, begin, end),
      cmocka_unit_test_setup_teardown(bad_files_are_ignored, begin, end),
      cmocka_unit_test_setup_teardown(another_discovery_has_its_own, begin, end),
      cmocka_unit_test_setup_teardown(a_directory_for_all_is_not_used, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
