// Tests the metrics: names, units and bounds, which dashboards rely on.
#include "facts/metrics.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Names, units, types and bounds are a contract with dashboards: a change here breaks users. */
static void the_table_is_what_users_rely_on(void **state) {
  (void)state;
  static const struct {
    const char *name, *uom, *type, *min, *max;
    bool daemon_only;
  } cases[] = {
      {"status", "", "gauge", "0", "3", false},
      {"state_status", "", "gauge", "0", "3", false},
      {"dns_status", "", "gauge", "0", "3", false},
      {"port_status", "", "gauge", "0", "3", false},
      {"public_status", "", "gauge", "0", "3", false},
      {"public_verdict", "", "gauge", "0", "2", false},
      {"public_alarm", "", "bool", "0", "1", true},
      {"public_proof_age", "s", "duration", "0", "", true},
      {"public_addresses", "", "count", "0", "", false},
      {"public_open", "", "count", "0", "", false},
      {"public_http_status", "", "response_code", "", "", false},
      {"public_rivals", "", "count", "0", "", false},
      {"public_baseline_age", "s", "duration", "0", "", false},
      {"endpoint_available", "", "bool", "0", "1", false},
      {"state_age", "s", "duration", "0", "", false},
      {"zones", "", "count", "0", "", false},
      {"interfaces", "", "count", "0", "", false},
      {"hourly_cost", "", "gauge", "0", "", false},
      {"addresses", "", "count", "0", "", false},
      {"addresses_up", "", "count", "0", "", false},
      {"addresses_public", "", "count", "0", "", false},
      {"dns_time", "s", "duration", "0", "", false},
      {"dns_ttl", "s", "duration", "0", "", false},
      {"connect_time", "s", "duration", "0", "", false},
      {"tls_time", "s", "duration", "0", "", false},
      {"first_byte_time", "s", "duration", "0", "", false},
      {"time", "s", "duration", "0", "", false},
      {"certificate_days", "", "gauge", "", "", false},
      {"scheduling_delay", "s", "duration", "0", "", false},
  };
  assert_int_equal(PL_METRIC_COUNT, PL_COUNT_OF(cases));
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_metric_id id = pl_metric_find(cases[i].name);
    if (id == PL_METRIC_COUNT)
      fail_msg("%s is missing", cases[i].name);
    const pl_metric_info *info = pl_metric_info_at(id);
    assert_string_equal(info->name, cases[i].name);
    assert_string_equal(info->uom, cases[i].uom);
    assert_string_equal(info->type, cases[i].type);
    assert_string_equal(info->min, cases[i].min);
    assert_string_equal(info->max, cases[i].max);
    assert_int_equal(info->daemon_only, cases[i].daemon_only);
  }
}

static void every_row_is_usable(void **state) {
  (void)state;
  for (int i = 0; i < PL_METRIC_COUNT; i++) {
    const pl_metric_info *info = pl_metric_info_at((pl_metric_id)i);
    assert_int_equal(pl_metric_find(info->name), i); /* no name twice */
    assert_true(strlen(info->help) > 0);
    assert_in_range(info->decimals, 0, 9);
    assert_in_range(info->check, 0, PL_CHECK_COUNT);
    /* Seconds are durations for collectd, and nothing else is. */
    assert_int_equal(strcmp(info->uom, "s") == 0, strcmp(info->type, "duration") == 0);
    /* A perfdata label without quotes, and a collectd type instance. */
    assert_int_equal(strspn(info->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(info->name));
  }
}

static void unknown_names_are_not_found(void **state) {
  (void)state;
  static const char *const names[] = {"", "Time", "times", "tim", "addresses_up-a"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    assert_int_equal(pl_metric_find(names[i]), PL_METRIC_COUNT);
}

static void names_carry_the_zone(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 100);
  const pl_metric plain = {.id = PL_METRIC_TIME};
  pl_metric_add_name(&buf, &plain);
  assert_string_equal(pl_buf_text(&buf), "time");
  pl_buf_clear(&buf);
  const pl_metric zone = {.id = PL_METRIC_ADDRESSES_UP, .suffix = "eu-central-1a"};
  pl_metric_add_name(&buf, &zone);
  assert_string_equal(pl_buf_text(&buf), "addresses_up-eu-central-1a");
  pl_buf_free(&buf);
}

static void the_one_without_suffix_is_got(void **state) {
  (void)state;
  const pl_metrics metrics = {
      .items = {{.id = PL_METRIC_TIME, .value = 1},
                {.id = PL_METRIC_ADDRESSES_UP, .suffix = "a", .value = 2},
                {.id = PL_METRIC_ADDRESSES_UP, .value = 3},
                {.id = PL_METRIC_ZONES, .value = 4}},
      .count = 3,
  };
  assert_ptr_equal(pl_metrics_get_zone(&metrics, PL_METRIC_TIME, ""), &metrics.items[0]);
  assert_ptr_equal(pl_metrics_get_zone(&metrics, PL_METRIC_ADDRESSES_UP, ""), &metrics.items[2]);
  assert_null(pl_metrics_get_zone(&metrics, PL_METRIC_ZONES, "")); /* after the count */
  assert_null(pl_metrics_get_zone(&metrics, PL_METRIC_STATUS, ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_is_what_users_rely_on), cmocka_unit_test(every_row_is_usable),
      cmocka_unit_test(unknown_names_are_not_found),     cmocka_unit_test(names_carry_the_zone),
      cmocka_unit_test(the_one_without_suffix_is_got),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
