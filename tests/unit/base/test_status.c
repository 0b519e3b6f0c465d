// Tests severities, errors and clocks.
#include "base/clock.h"
#include "base/status.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void critical_is_worse_than_unknown(void **state) {
  (void)state;
  static const pl_severity ascending[] = {PL_SEVERITY_OK, PL_SEVERITY_WARNING, PL_SEVERITY_UNKNOWN,
                                          PL_SEVERITY_CRITICAL};
  for (size_t i = 0; i < PL_COUNT_OF(ascending); i++) {
    for (size_t j = 0; j < PL_COUNT_OF(ascending); j++)
      assert_int_equal(pl_severity_worst(ascending[i], ascending[j]), ascending[i > j ? i : j]);
  }
}

static void severities_are_exit_codes_with_names(void **state) {
  (void)state;
  static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    assert_string_equal(pl_severity_name((pl_severity)i), names[i]);
  assert_string_equal(pl_severity_name((pl_severity)99), "UNKNOWN");
}

static void an_error_is_one_line(void **state) {
  (void)state;
  pl_error error;
  assert_int_equal(pl_fail(&error, PL_ERR_IO, "%s: line\none\ttwo\x7f %d", "path", 3), PL_ERR_IO);
  assert_string_equal(error.text, "path: line?one?two? 3");
  assert_int_equal(pl_fail(NULL, PL_ERR_LIMIT, "nobody asks"), PL_ERR_LIMIT);
}

static void a_long_error_is_cut_at_a_character(void **state) {
  (void)state;
  static char text[2 * sizeof(pl_error)];
  memset(text, 'x', sizeof(text) - 1);
  memcpy(text + sizeof(pl_error) - 2, "\u00e9", strlen("\u00e9"));
  pl_error error;
  assert_int_equal(pl_fail(&error, PL_ERR_INVALID, "%s", text), PL_ERR_INVALID);
  assert_int_equal(strlen(error.text), sizeof(error.text) - 2);
}

static void the_system_clock_is_the_system_clock(void **state) {
  (void)state;
  pl_clock clock = pl_clock_system();
  pl_nsec first = clock.monotonic(clock.user);
  pl_nsec second = clock.monotonic(clock.user);
  assert_true(first > 0 && second >= first);
  time_t before = time(NULL);
  pl_nsec wall = clock.wall(clock.user) / PL_SEC;
  time_t after = time(NULL);
  /* time() may read a coarser clock that is a tick late. */
  assert_true(wall >= before && wall <= after + 1);
  assert_true(pl_seconds(1500 * PL_MSEC) == 1.5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(critical_is_worse_than_unknown),
      cmocka_unit_test(severities_are_exit_codes_with_names),
      cmocka_unit_test(an_error_is_one_line),
      cmocka_unit_test(a_long_error_is_cut_at_a_character),
      cmocka_unit_test(the_system_clock_is_the_system_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
