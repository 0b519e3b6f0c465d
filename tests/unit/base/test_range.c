// Tests threshold ranges: parsing, writing and matching.
#include "base/range.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NONE HUGE_VAL

static void ranges_are_parsed_and_written(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double start, end;
    bool inside;
    const char *shortest;
  } cases[] = {
      {"10", 0, 10, false, "10"},
      {"10:", 10, NONE, false, "10:"},
      {"~:10", -NONE, 10, false, "~:10"},
      {"10:20", 10, 20, false, "10:20"},
      {"@10:20", 10, 20, true, "@10:20"},
      {"@10", 0, 10, true, "@10"},
      {"@~:10", -NONE, 10, true, "@~:10"},
      {"0", 0, 0, false, "0"},
      {"0:0", 0, 0, false, "0"},
      {"0:", 0, NONE, false, "0:"},
      {":10", 0, 10, false, "10"},
      {"0:10", 0, 10, false, "10"},
      {"~:", -NONE, NONE, false, "~:"},
      {"5:5", 5, 5, false, "5:5"},
      {"-5:-1", -5, -1, false, "-5:-1"},
      {"-0:5", 0, 5, false, "5"},
      {"~:0", -NONE, 0, false, "~:0"},
      {"0.5", 0, 0.5, false, "0.5"},
      {".5", 0, 0.5, false, "0.5"},
      {"-.5:", -0.5, NONE, false, "-0.5:"},
      {"0.250:1.50", 0.25, 1.5, false, "0.25:1.5"},
      {"0.1:0.3", 0.1, 0.3, false, "0.1:0.3"},
      {"0.000000001", 0, 0.000000001, false, "0.000000001"},
      {"007", 0, 7, false, "7"},
      {"999999999999999", 0, 999999999999999, false, "999999999999999"},
      {"123456789012.123", 0, 123456789012.123, false, "123456789012.123"},
      {"123456.123456789", 0, 123456.123456789, false, "123456.123456789"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_range range = {0};
    if (pl_range_parse(cases[i].text, &range) != PL_OK)
      fail_msg("'%s' was refused", cases[i].text);
    if (range.start != cases[i].start || range.end != cases[i].end ||
        range.inside != cases[i].inside)
      fail_msg("'%s' became %g:%g", cases[i].text, range.start, range.end);
    char storage[64];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_range_add(&buf, &range);
    assert_string_equal(storage, cases[i].shortest);
    pl_range again = {0};
    assert_int_equal(pl_range_parse(storage, &again), PL_OK);
    assert_true(again.start == range.start && again.end == range.end &&
                again.inside == range.inside);
  }
}

static void what_is_no_range_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      ":",
      "@",
      "@:",
      "~",
      "@~",
      "20:10",
      "0:-1",
      "-1",
      "10:~",
      "~10:",
      "~:~",
      "1:2:3",
      "10 ",
      " 10",
      "1 :2",
      "@@10",
      "10@",
      "+10",
      "--1:",
      "-:1",
      "-",
      "1e3",
      "0x10",
      "inf",
      "nan",
      "1,5",
      "1.",
      ".",
      "1.2.3",
      "10s",
      "10%",
      "1:.",
      "~:x",
      "x:1",
      "1234567890123456",
      "0.1234567890",
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_range range = {.start = 99};
    if (pl_range_parse(cases[i], &range) != PL_ERR_INVALID)
      fail_msg("'%s' was taken", cases[i]);
    assert_true(range.start == 99);
  }
}

static void ranges_alert(void **state) {
  (void)state;
  static const struct {
    const char *range;
    double value;
    bool alerts;
  } cases[] = {
      {"10", -0.001, true}, {"10", 0, false},      {"10", 10, false},     {"10", 10.001, true},
      {"10:", 9.999, true}, {"10:", 10, false},    {"10:", 1e300, false}, {"~:10", -1e300, false},
      {"~:10", 10, false},  {"~:10", 10.1, true},  {"10:20", 9, true},    {"10:20", 10, false},
      {"10:20", 20, false}, {"10:20", 21, true},   {"@10:20", 9, false},  {"@10:20", 10, true},
      {"@10:20", 20, true}, {"@10:20", 21, false}, {"@0:0", 0, true},     {"@0:0", 1, false},
      {"~:", 1, false},     {"@~:", 1, true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_range range = {0};
    assert_int_equal(pl_range_parse(cases[i].range, &range), PL_OK);
    if (pl_range_alerts(&range, cases[i].value) != cases[i].alerts)
      fail_msg("%s at %g", cases[i].range, cases[i].value);
  }
}

static void a_range_that_was_never_text_is_written(void **state) {
  (void)state;
  const pl_range third = {.start = 0, .end = 1.0 / 3};
  char storage[64];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_range_add(&buf, &third);
  assert_string_equal(storage, "0.333333333");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges_are_parsed_and_written),
      cmocka_unit_test(what_is_no_range_is_refused),
      cmocka_unit_test(ranges_alert),
      cmocka_unit_test(a_range_that_was_never_text_is_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
