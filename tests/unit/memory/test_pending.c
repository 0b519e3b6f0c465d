// Tests since when an endpoint is pending, as one run after the other sees it.
#include "memory/pending.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "api.example.com"
#define START 1700000000

static char directory[64];

static int make_directory(void **state) {
  (void)state;
  snprintf(directory, sizeof(directory), "/tmp/test_pending.XXXXXX");
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof(command), "rm -rf '%s'", directory);
  return system(command);
}

/* One run; a failure is -1. */
static int64_t see(const char *name, const char *id, const char *in, int64_t now) {
  pl_memory_dir dir;
  pl_error error;
  int64_t since;
  pl_endpoint *endpoint;
  assert_int_equal(pl_endpoint_create(id, &endpoint), PL_OK);
  endpoint->state = pl_endpoint_state_parse(in);
  pl_text_set(endpoint->state_text, sizeof(endpoint->state_text), in);
  assert_int_equal(pl_memory_dir_open(directory, &dir, &error), PL_OK);
  pl_status status = pl_pending_recall(&dir, name, endpoint, now, &since, &error);
  assert_true(status == PL_OK || since == 0);
  pl_memory_dir_close(&dir);
  pl_endpoint_unref(endpoint);
  return status == PL_OK ? since : -1;
}

static void the_first_sight_stays(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "available", START), 0);
  assert_int_equal(see(NAME, "vpce-1", "available", START + 60), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 120), START + 120);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 180), START + 120);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 86400), START + 120);
}

/* It may be pending for days. */
static void the_first_run_knows_nothing(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "pending", START), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 60), START);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 120), START);
}

static void another_name_has_its_own(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "available", START), 0);
  assert_int_equal(see("other", "vpce-1", "pending", START + 60), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 120), START + 120);
}

static void another_endpoint_begins_again(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "pending", START), 0);
  assert_int_equal(see(NAME, "vpce-12", "pending", START + 60), START + 60);
}

static void another_state_begins_again(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "pendingAcceptance", START), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 60), START + 60);
  assert_int_equal(see(NAME, "vpce-1", "available", START + 120), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 180), START + 180);
}

static void a_clock_that_was_ahead_counts_for_nothing(void **state) {
  (void)state;
  assert_int_equal(see(NAME, "vpce-1", "available", START), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 86400), START + 86400);
  assert_int_equal(see(NAME, "vpce-1", "pending", START), 0);
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 60), START);
}

/* The file of the sight, as this release names it. */
static void find_file(char path[256]) {
  char command[128];
  snprintf(command, sizeof(command), "ls '%s'/*.json", directory);
  FILE *list = popen(command, "r");
  assert_non_null(list);
  assert_non_null(fgets(path, 256, list));
  path[strcspn(path, "\n")] = '\0';
  pclose(list);
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void damage_is_no_sight(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "vpce-1",
      "vpce-1 pending ",
      "vpce-1 pending x\n",
      "vpce-1 pending -5\n",
      "vpce-1 pending 0\n",
      "vpce-1 pending 999999999999999999999999\n",
      "{\"version\":1}",
  };
  char path[256];
  assert_int_equal(see(NAME, "vpce-1", "available", START), 0);
  find_file(path);
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++) {
    write_file(path, texts[i]);
    assert_int_equal(see(NAME, "vpce-1", "pending", START + 60), 0);
  }
}

/* A sight that can't be kept is none: each run would be the first, and the grace would never end.
 */
static void a_sight_that_is_not_kept_is_none(void **state) {
  (void)state;
  char path[256];
  assert_int_equal(see(NAME, "vpce-1", "available", START), 0);
  find_file(path);
  assert_int_equal(chmod(path, 0666), 0); /* others may write to it */
  assert_int_equal(see(NAME, "vpce-1", "pending", START + 60), -1);
}

static void another_users_directory_is_not_written(void **state) {
  (void)state;
  pl_memory_dir dir;
  pl_error error;
  int64_t since = 1;
  pl_endpoint *endpoint;
  assert_int_equal(pl_endpoint_create("vpce-1", &endpoint), PL_OK);
  endpoint->state = PL_ENDPOINT_STATE_PENDING;
  assert_int_equal(pl_memory_dir_open(directory, &dir, &error), PL_OK);
  dir.read_only = true;
  assert_int_equal(pl_pending_recall(&dir, NAME, endpoint, START, &since, &error), PL_OK);
  assert_int_equal(since, 0);
  pl_memory_dir_close(&dir);
  pl_endpoint_unref(endpoint);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_first_sight_stays),
      TEST(the_first_run_knows_nothing),
      TEST(another_name_has_its_own),
      TEST(another_endpoint_begins_again),
      TEST(another_state_begins_again),
      TEST(a_clock_that_was_ahead_counts_for_nothing),
      TEST(damage_is_no_sight),
      TEST(a_sight_that_is_not_kept_is_none),
      TEST(another_users_directory_is_not_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
