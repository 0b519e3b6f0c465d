// Tests how a daemon begins with what it found before, while the API does not answer.
#include "memory/file.h"
#include "watch/finder.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include <cmocka.h>

#define URL "http://127.0.0.1:9" /* nobody listens there */
#define FILE_NAME "discovery all us-west-2"
#define TEXT                                                                                       \
  "{\"version\":1,\"scope\":\"0  9 us-west-2 0  0  18 " URL " \",\"region\":\"us-west-2\","        \
  "\"endpoints\":[\n{\"name\":\"one\",\"id\":\"vpce-00000000000000001\",\"seen\":1000000000,"      \
  "\"facts\":{\"vpcEndpointType\":\"Interface\",\"serviceName\":\"com.amazonaws.us-west-2.s3\","   \
  "\"state\":\"available\",\"dnsEntrySet\":[],\"tagSet\":[]}}]}\n"

static char directory[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool has_failed; /* the log has said that the list can't be read */

static void note_line(void *user, int level, const char *line) {
  (void)user;
  pthread_mutex_lock(&lock);
  has_failed = has_failed || (level == LOG_WARNING && strstr(line, "stay as they are") != NULL);
  pthread_mutex_unlock(&lock);
}

static bool failed(void) {
  pthread_mutex_lock(&lock);
  bool now = has_failed;
  pthread_mutex_unlock(&lock);
  return now;
}

static void add_text(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  (void)name;
  return pthread_create(thread, NULL, run, arg);
}

static const pl_front front = {
    .program = "test", .log = note_line, .add_spelled = add_text, .start_thread = start_thread};

static const char *get_variable(void *user, const char *name) {
  (void)user;
  return strcmp(name, "AWS_ACCESS_KEY_ID") == 0       ? "AKIDEXAMPLE"
         : strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "wJalrXUtnFEMI"
                                                      : NULL;
}

static int begin(void **state) {
  (void)state;
  has_failed = false;
  snprintf(directory, sizeof(directory), "/tmp/test_finder.XXXXXX");
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static int end(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof(command), "rm -rf '%s'", directory);
  return system(command);
}

static void write_file(const char *text) {
  pl_memory_dir dir;
  pl_error error;
  if (pl_memory_dir_open(directory, &dir, &error) != PL_OK ||
      pl_memory_save_text(&dir, FILE_NAME, text, strlen(text), &error) != PL_OK)
    fail_msg("%s", error.text);
  pl_memory_dir_close(&dir);
}

static void has_file(const char *wanted) {
  pl_memory_dir dir;
  pl_error error;
  char *text;
  size_t length;
  assert_int_equal(pl_memory_dir_open(directory, &dir, &error), PL_OK);
  assert_int_equal(pl_memory_load_text(&dir, FILE_NAME, 1 << 20, &text, &length, &error), PL_OK);
  pl_memory_dir_close(&dir);
  assert_string_equal(text, wanted);
  free(text);
}

static pl_finder *make(void) {
  static char *const process[] = {NULL};
  pl_finder *finder;
  pl_error error;
  pl_spec common;
  pl_spec_init(&common);
  pl_finder_options options = {.front = &front,
                               .common = &common,
                               .state_dir = directory,
                               .variable = get_variable,
                               .process = process};
  assert_int_equal(pl_finder_create("all", &finder), PL_OK);
  if (pl_finder_set(finder, "Region", "us-west-2", &error) != PL_OK ||
      pl_finder_set(finder, "AwsEndpointUrl", URL, &error) != PL_OK ||
      pl_finder_prepare(finder, &options, &error) != PL_OK)
    fail_msg("%s", error.text);
  pl_spec_free(&common);
  return finder;
}

static void expect_text(pl_finder *finder, const char *wanted) {
  pl_buf text;
  pl_buf_init(&text, 1 << 16);
  assert_int_equal(pl_finder_add_text(finder, &text), PL_OK);
  assert_string_equal(pl_buf_text(&text), wanted);
  pl_buf_free(&text);
}

#define SECTION                                                                                    \
  "\n[one]\n# no private name is known: give private-name for dns and port\n"                      \
  "endpoint-id = vpce-00000000000000001\nregion = us-west-2\naws-endpoint-url = " URL "\n"         \
  "service-name = com.amazonaws.us-west-2.s3\nprivate-dns = any\ncheck = state\n"

/* At once, and still after the API has failed. A second start knows the same. */
static void a_start_knows_what_was_found(void **state) {
  (void)state;
  write_file(TEXT);
  for (unsigned i = 0; i < 2; i++) {
    pl_finder *finder = make();
    pl_finder_news *news;
    pl_error error;
    size_t count;
    has_failed = false;
    assert_int_equal(pl_finder_start(finder, &error), PL_OK);
    expect_text(finder, SECTION);
    while (!failed())
      nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    expect_text(finder, SECTION);
    assert_false(pl_finder_take(finder, &news, &count)); /* nothing that is watched has changed */
    free(news);
    pl_finder_free(finder);
    has_file(TEXT);
  }
}

/* A test tests what the API has now, and leaves no trace. */
static void a_test_neither_reads_nor_writes(void **state) {
  (void)state;
  write_file(TEXT);
  pl_finder *finder = make();
  assert_false(pl_finder_ask(finder, PL_SEC));
  expect_text(finder, "");
  pl_finder_free(finder);
  has_file(TEXT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_start_knows_what_was_found, begin, end),
      cmocka_unit_test_setup_teardown(a_test_neither_reads_nor_writes, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
