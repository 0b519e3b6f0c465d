// Tests the table of ends: keys and texts are unique, and the columns agree with each other.
#include "facts/ends.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_end_has_its_own_key_and_text(void **state) {
  (void)state;
  for (int i = 0; i < PL_END_COUNT; i++) {
    const pl_end_info *end = pl_end_info_at((pl_end)i);
    assert_true(strlen(end->key) > 0 && strlen(end->text) > 0);
    for (int j = 0; j < i; j++) {
      assert_string_not_equal(end->key, pl_end_info_at((pl_end)j)->key);
      assert_string_not_equal(end->text, pl_end_info_at((pl_end)j)->text);
    }
  }
  assert_string_equal(pl_end_info_at(PL_END_SILENT)->text, "no answer to the SYN");
  assert_string_equal(pl_end_info_at(PL_END_TLS_SILENT)->key, "tls-silent");
}

static void what_is_no_end_proves_nothing(void **state) {
  (void)state;
  static const int numbers[] = {PL_END_COUNT, 99, -1};
  for (size_t i = 0; i < PL_COUNT_OF(numbers); i++) {
    const pl_end_info *end = pl_end_info_at((pl_end)numbers[i]);
    assert_string_equal(end->key, "");
    assert_string_equal(end->text, "");
    assert_false(end->answered);
    assert_int_equal(end->port, PL_REASON_PORT_LOCAL_FAILURE);
    assert_int_equal(end->public_end, PL_PUBLIC_END_LOCAL);
    assert_int_equal(end->signature, PL_SIGNATURE_NONE);
  }
}

static void steps_are_in_order(void **state) {
  (void)state;
  for (int i = PL_END_REFUSED; i < PL_END_COUNT; i++)
    assert_true(pl_end_info_at((pl_end)i)->layer >= PL_END_LAYER_TCP &&
                pl_end_info_at((pl_end)i)->layer >= pl_end_info_at((pl_end)(i - 1))->layer);
}

/* The ends that get far enough to say whose address it is, and no others. */
static void answers_are_the_ends_with_an_identity(void **state) {
  (void)state;
  for (int i = 0; i < PL_END_COUNT; i++)
    assert_int_equal(pl_end_info_at((pl_end)i)->answered,
                     i == PL_END_CONNECTED || i >= PL_END_TLS_UNVERIFIED);
}

/* An answer is a sign only with a listed status, and what stayed on this host is never one. */
static void only_failures_on_the_network_are_signs_of_a_block(void **state) {
  (void)state;
  for (int i = 0; i < PL_END_COUNT; i++) {
    const pl_end_info *end = pl_end_info_at((pl_end)i);
    bool sign = end->public_end == PL_PUBLIC_END_WIRE || end->public_end == PL_PUBLIC_END_ICMP ||
                end->public_end == PL_PUBLIC_END_HANDSHAKE;
    bool answer = end->public_end == PL_PUBLIC_END_HTTP;
    assert_int_equal(end->signature != PL_SIGNATURE_NONE, sign || answer);
    assert_int_equal(end->signature == PL_SIGNATURE_HTTP, answer);
    if (sign) {
      assert_false(end->answered);
      assert_true(end->layer == PL_END_LAYER_TCP || end->layer == PL_END_LAYER_TLS);
    }
    if (end->layer <= PL_END_LAYER_HOST)
      assert_true(end->public_end == PL_PUBLIC_END_LOCAL ||
                  end->public_end == PL_PUBLIC_END_INTERRUPTED);
  }
}

/* Silence and a close can come of a pause; a refusal, an alert or an answer can't. */
static void a_pause_can_cause_silence_and_closes(void **state) {
  (void)state;
  for (int i = 0; i < PL_END_COUNT; i++) {
    const pl_end_info *end = pl_end_info_at((pl_end)i);
    if (i == PL_END_LATE) /* it is an answer, though one that came too late */
      continue;
    assert_int_equal(end->pause, i == PL_END_CUT || end->port == PL_REASON_PORT_TIMEOUT ||
                                     end->port == PL_REASON_PORT_RESET);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_end_has_its_own_key_and_text),
      cmocka_unit_test(what_is_no_end_proves_nothing),
      cmocka_unit_test(steps_are_in_order),
      cmocka_unit_test(answers_are_the_ends_with_an_identity),
      cmocka_unit_test(only_failures_on_the_network_are_signs_of_a_block),
      cmocka_unit_test(a_pause_can_cause_silence_and_closes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
