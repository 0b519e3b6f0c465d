// Tests the reader of a line's verdict: what is written is read, and each cut or changed byte
// either is refused or changes nothing that is not there.
#include "evidence/log/entry.h"
#include "evidence/report/seen.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static pl_verdict sample(void) {
  pl_verdict verdict;
  memset(&verdict, 0, sizeof(verdict));
  verdict.severity = PL_SEVERITY_CRITICAL;
  verdict.public_verdict = PL_PUBLIC_OPEN;
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++)
    verdict.checks[i].ran = true;
  verdict.checks[PL_CHECK_PUBLIC].severity = PL_SEVERITY_CRITICAL;
  verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_PUBLIC_OPEN;
  verdict.checks[PL_CHECK_PORT].severity = PL_SEVERITY_WARNING;
  verdict.checks[PL_CHECK_PORT].reason = PL_REASON_PORT_SOME_DOWN;
  for (unsigned i = 0; i < PL_RIVAL_COUNT; i++) {
    verdict.rivals[i].control = PL_CONTROL_WITNESS;
    verdict.rivals[i].state = PL_RIVAL_STATE_RULED_OUT;
  }
  verdict.rivals[PL_RIVAL_NEAR].state = PL_RIVAL_STATE_ACCEPTED;
  verdict.rivals[PL_RIVAL_HOST].state = PL_RIVAL_STATE_NONE;
  return verdict;
}

static pl_slice write_sample(char *storage, size_t size) {
  pl_verdict verdict = sample();
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_entry_add_verdict(&buf, &verdict);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return (pl_slice){.at = storage, .length = buf.length};
}

static void what_is_written_is_read(void **state) {
  (void)state;
  char storage[4096];
  pl_seen_line seen;
  assert_true(pl_seen_read(write_sample(storage, sizeof(storage)), &seen));
  assert_true(seen.ran[PL_CHECK_STATE] && seen.ran[PL_CHECK_DNS] && seen.ran[PL_CHECK_PORT]);
  assert_int_equal(seen.checks[PL_CHECK_PUBLIC].kind, PL_SPAN_OPEN);
  assert_int_equal(seen.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_CRITICAL);
  assert_string_equal(seen.checks[PL_CHECK_PUBLIC].reason, "public.open");
  assert_int_equal(seen.checks[PL_CHECK_PORT].kind, PL_SPAN_WARNING);
  assert_string_equal(seen.checks[PL_CHECK_DNS].reason, "");
  assert_true(seen.accepted[PL_RIVAL_NEAR] && seen.named[PL_RIVAL_NEAR]);
  assert_true(!seen.accepted[PL_RIVAL_TENANT] && seen.named[PL_RIVAL_TENANT]);
  assert_false(seen.named[PL_RIVAL_HOST]);
}

static void no_prefix_is_a_verdict(void **state) {
  (void)state;
  char storage[4096], exact[4096];
  pl_seen_line seen;
  pl_slice whole = write_sample(storage, sizeof(storage));
  for (size_t length = 0; length < whole.length; length++) {
    memcpy(exact + sizeof(exact) - length, storage, length); // the sanitizer sees a byte too many
    pl_slice part = {.at = exact + sizeof(exact) - length, .length = length};
    if (pl_seen_read(part, &seen))
      fail_msg("%zu bytes are accepted", length);
  }
}

static void other_forms_are_refused(void **state) {
  (void)state;
  static const char *const rows[] = {
      "{\"severity\":4,\"public\":\"\",\"checks\":{},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"shut\",\"checks\":{},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"],},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"],\"dns\":[0,\"\"]},\"rivals\":{}"
      "}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"newer\":[0,\"\"]},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"a<b\"]},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"public\":[0,\"\"]},\"rivals\":{}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{},\"rivals\":{\"newer\":\"accepted\"}}",
      "{\"severity\":0,\"public\":\"\",\"checks\":{},\"rivals\":{}} ",
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,"
      "\"0123456789012345678901234567890123456789\"]},\"rivals\":{}}",
  };
  pl_seen_line seen;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if (pl_seen_read((pl_slice){.at = rows[i], .length = strlen(rows[i])}, &seen))
      fail_msg("%s", rows[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(no_prefix_is_a_verdict),
      cmocka_unit_test(other_forms_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
