// Tests the dates of --from and --to.
#include "evidence/report/period.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY (INT64_C(1782864000) * PL_SEC) // 2026-07-01T00:00:00Z
#define HOUR (3600 * PL_SEC)

static void dates_and_instants(void **state) {
  (void)state;
  static const struct {
    const char *text;
    pl_nsec from, to;
  } rows[] = {
      {"2026-07-01", DAY, DAY + 24 * HOUR}, // as an end, the day is in the period
      {"2026-06-30", DAY - 24 * HOUR, DAY},
      {"2026-07-01T00:00:00Z", DAY, DAY},
      {"2026-07-01t01:00:00z", DAY + HOUR, DAY + HOUR},
      {"2026-07-01 01:00:00Z", DAY + HOUR, DAY + HOUR},
      {"2026-07-01T02:00:00+02:00", DAY, DAY},
      {"2026-06-30T18:30:00-05:30", DAY, DAY},
      {"2026-07-01T00:00:00.25Z", DAY + PL_SEC / 4, DAY + PL_SEC / 4},
      {"2026-07-01T00:00:00.000000001Z", DAY + 1, DAY + 1},
      {"1970-01-01", 0, 24 * HOUR},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_nsec from, to;
    if (!pl_period_parse(rows[i].text, PL_PERIOD_FROM, &from) ||
        !pl_period_parse(rows[i].text, PL_PERIOD_TO, &to) || from != rows[i].from ||
        to != rows[i].to)
      fail_msg("%s", rows[i].text);
  }
}

static void everything_else_is_refused(void **state) {
  (void)state;
  static const char *const rows[] = {
      "",
      "2026",
      "2026-7-1",
      "2026-07-32",
      "2026-02-29",
      "2026-13-01",
      "01.07.2026",
      "2026-07-01Z",
      "2026-07-01T00:00",
      "2026-07-01T00:00:00",
      "2026-07-01T25:00:00Z",
      "2026-07-01T00:00:00.Z",
      "2026-07-01T00:00:00.1234567890Z",
      "2026-07-01T00:00:00Z ",
      "2026-07-01T00:00:00+0200",
      "2026-07-01T00:00:00+24:00",
      "2026-07-01T00:00:00+01:60",
      "2026-07-01T00:00:00+1a:00",
      "1969-12-31",
      "1970-01-01T00:00:00+01:00",
      "9999-01-01",
      "today",
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_nsec wall = -7;
    if (pl_period_parse(rows[i], PL_PERIOD_FROM, &wall) || wall != -7)
      fail_msg("'%s' is accepted", rows[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates_and_instants),
      cmocka_unit_test(everything_else_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
