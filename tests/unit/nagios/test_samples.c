// Tests what the exporter keeps of each endpoint.
#include "sample_run.h"
#include "serve/samples.h"
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

static char output[1 << 16];

static const char *text_of(pl_samples *samples) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_samples_add_text(samples, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

static pl_values values_of(const sample *s, pl_nsec time) {
  return (pl_values){.endpoint = s->result.name,
                     .time = time,
                     .spec = s->result.spec,
                     .verdict = s->result.verdict,
                     .facts = s->result.facts};
}

static void the_newest_values_are_kept(void **state) {
  (void)state;
  sample a, b;
  sample_open(&a);
  sample_fine(&b);
  pl_samples *samples = pl_samples_create();
  pl_values first = values_of(&a, PL_SEC), second = values_of(&b, 2 * PL_SEC);
  pl_samples_put(samples, &first);
  pl_samples_put(samples, &second);
  first.time = 3 * PL_SEC;
  pl_samples_put(samples, &first);
  const char *text = text_of(samples);
  assert_non_null(strstr(text, "timestamp_seconds{endpoint=\"rockset-prod\"} 3\n"));
  assert_non_null(strstr(text, "timestamp_seconds{endpoint=\"fine\"} 2\n"));
  assert_null(strstr(text, "timestamp_seconds{endpoint=\"rockset-prod\"} 1\n"));
  assert_int_equal(pl_samples_count_of(samples).known, 2);
  pl_samples_free(samples);
  sample_free(&a);
  sample_free(&b);
}

static void values_of_addresses_can_be_left_out(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_samples *samples = pl_samples_create();
  pl_values values = values_of(&s, PL_SEC);
  pl_samples_put(samples, &values);
  assert_non_null(strstr(text_of(samples), "address="));
  s.spec.report_addresses = false;
  pl_samples_put(samples, &values);
  assert_null(strstr(text_of(samples), "address="));
  pl_samples_free(samples);
  sample_free(&s);
}

/* Only its status, and the time of the last round that ended, until the next one ends. */
static void a_late_endpoint_is_unknown(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_samples *samples = pl_samples_create();
  pl_values values = values_of(&s, 5 * PL_SEC),
            late = {.endpoint = s.result.name, .time = 90 * PL_SEC};
  pl_samples_put(samples, &values);
  for (int i = 0; i < 2; i++)
    pl_samples_put(samples, &late);
  const char *text = text_of(samples);
  assert_non_null(strstr(text, "privatelink_status{endpoint=\"rockset-prod\"} 3\n"));
  assert_non_null(strstr(text, "timestamp_seconds{endpoint=\"rockset-prod\"} 5\n"));
  assert_null(strstr(text, "public_verdict"));
  assert_int_equal(pl_samples_count_of(samples).late, 1);
  pl_samples_put(samples, &values);
  assert_non_null(strstr(text_of(samples), "public_verdict"));
  assert_int_equal(pl_samples_count_of(samples).late, 0);
  pl_samples_free(samples);
  sample_free(&s);
}

static bool is_fine(void *user, const char *name) {
  (void)user;
  return strcmp(name, "fine") == 0;
}

static void endpoints_can_be_forgotten(void **state) {
  (void)state;
  sample a, b;
  sample_open(&a);
  sample_fine(&b);
  pl_samples *samples = pl_samples_create();
  pl_values first = values_of(&a, PL_SEC), second = values_of(&b, PL_SEC);
  pl_samples_put(samples, &first);
  pl_samples_put(samples, &second);
  pl_samples_prune(samples, is_fine, NULL);
  assert_null(strstr(text_of(samples), "rockset-prod"));
  assert_non_null(strstr(output, "fine"));
  assert_int_equal(pl_samples_count_of(samples).known, 1);
  pl_samples_free(samples);
  sample_free(&a);
  sample_free(&b);
}

/* What was known stays, and its time shows its age. */
static void without_memory_the_old_lines_stay(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_samples *samples = pl_samples_create();
  pl_values values = values_of(&s, PL_SEC);
  pl_samples_put(samples, &values);
  values.time = 2 * PL_SEC;
  bool failed = true;
  for (unsigned n = 1; failed; n++) {
    alloc_fail_arm(n);
    pl_samples_put(samples, &values);
    failed = alloc_fail_disarm();
    assert_non_null(strstr(text_of(samples), failed ? "\"fine\"} 1\n" : "\"fine\"} 2\n"));
  }
  pl_samples_free(samples);
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_newest_values_are_kept),
      cmocka_unit_test(values_of_addresses_can_be_left_out),
      cmocka_unit_test(a_late_endpoint_is_unknown),
      cmocka_unit_test(endpoints_can_be_forgotten),
      cmocka_unit_test(without_memory_the_old_lines_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
