// Tests how endpoints with the same name are found and renamed.
#include "alloc_fail.h"
#include "options/twins.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct endpoint {
  int number;
  char *name;
} endpoint;

typedef struct found {
  char text[64];
  pl_status status; /* of each call */
} found;

static pl_status on_twin(void *user, size_t index, size_t first) {
  found *f = user;
  size_t length = strlen(f->text);
  snprintf(f->text + length, sizeof(f->text) - length, "%zu=%zu ", index, first);
  return f->status;
}

static pl_status find(const char *names, found *f) {
  endpoint endpoints[16];
  static char storage[16][2];
  size_t count = strlen(names);
  for (size_t i = 0; i < count; i++) {
    storage[i][0] = names[i];
    endpoints[i] = (endpoint){0, storage[i]};
  }
  return pl_twins_find(&endpoints[0].name, count, sizeof(*endpoints), on_twin, f);
}

static void the_first_keeps_its_name(void **state) {
  (void)state;
  static const struct {
    const char *names, *twins;
  } rows[] = {
      {"a", ""},       {"abc", ""},          {"aa", "1=0 "},
      {"aba", "2=0 "}, {"baab", "2=1 3=0 "}, {"aaa", "1=0 2=0 "},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    found f = {.text = ""};
    assert_int_equal(find(rows[i].names, &f), PL_OK);
    assert_string_equal(f.text, rows[i].twins);
  }
}

static void a_failure_ends_it(void **state) {
  (void)state;
  found f = {.status = PL_ERR_MEMORY};
  assert_int_equal(find("aaa", &f), PL_ERR_MEMORY);
  assert_string_equal(f.text, "1=0 ");
  f = (found){.text = ""};
  alloc_fail_arm(1);
  assert_int_equal(find("aaa", &f), PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  assert_string_equal(f.text, "");
}

static void a_twin_is_renamed(void **state) {
  (void)state;
  char *name = strdup("a-name-that-is-as-long-as-a-name-may-be-in-any-output-0123456789");
  assert_int_equal(pl_twin_rename(&name, "line", 65536), PL_OK);
  assert_string_equal(name, "a-name-that-is-as-long-as-a-name-may-be-.line-65536");
  alloc_fail_arm(1);
  assert_int_equal(pl_twin_rename(&name, "line", 1), PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  assert_string_equal(name, "a-name-that-is-as-long-as-a-name-may-be-.line-65536");
  free(name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_keeps_its_name),
      cmocka_unit_test(a_failure_ends_it),
      cmocka_unit_test(a_twin_is_renamed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
