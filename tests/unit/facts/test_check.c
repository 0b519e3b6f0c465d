// Tests the table of checks, and what other tables say of the same checks.
#include "facts/check.h"
#include "facts/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void every_row_is_complete(void **state) {
  (void)state;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_info *info = pl_check_info_at(check);
    assert_string_equal(pl_check_name(check), info->name);
    assert_true(strlen(info->name) > 0 && strlen(info->title) > 0);
    assert_memory_equal(info->lacks, "no --", strlen("no --"));
    assert_int_not_equal(info->needs, 0);
    for (pl_check other = 0; other < check; other++) {
      assert_string_not_equal(info->name, pl_check_info_at(other)->name);
      assert_string_not_equal(info->title, pl_check_info_at(other)->title);
    }
  }
  assert_string_equal(pl_check_name(PL_CHECK_COUNT), "");
}

static void each_check_has_its_own_status_metric(void **state) {
  (void)state;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_metric_info *metric = pl_metric_info_at(pl_metric_status(check));
    char name[32];
    snprintf(name, sizeof(name), "%s_status", pl_check_name(check));
    assert_string_equal(metric->name, name);
    assert_int_equal(metric->check, check);
  }
  assert_int_equal(pl_metric_status(PL_CHECK_COUNT), PL_METRIC_STATUS);
}

static void each_check_has_a_local_failure_of_its_own(void **state) {
  (void)state;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const char *code = pl_reason_code(pl_reason_local_failure(check));
    size_t length = strlen(pl_check_name(check));
    assert_memory_equal(code, pl_check_name(check), length);
    assert_int_equal(code[length], '.');
    assert_non_null(strstr(pl_reason_severity(pl_reason_local_failure(check)), "UNKNOWN"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_complete),
      cmocka_unit_test(each_check_has_its_own_status_metric),
      cmocka_unit_test(each_check_has_a_local_failure_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
