// Tests UTF-8: what is valid, and where a text is cut.
#include "base/status.h"
#include "base/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void characters_are_decoded_or_refused(void **state) {
  (void)state;
  static const struct {
    const char *name, *bytes;
    size_t length; /* 0: not valid */
    uint32_t code;
  } rows[] = {
      {"ASCII", "a", 1, 'a'},
      {"two bytes", "\xc3\xa9", 2, 0xe9},
      {"three bytes", "\xe2\x82\xac", 3, 0x20ac},
      {"four bytes", "\xf0\x9f\x98\x80", 4, 0x1f600},
      {"the last code point", "\xf4\x8f\xbf\xbf", 4, 0x10ffff},
      {"above it", "\xf4\x90\x80\x80", 0, 0},
      {"a surrogate", "\xed\xa0\x80", 0, 0},
      {"overlong in two", "\xc1\x81", 0, 0},
      {"overlong in three", "\xe0\x81\x81", 0, 0},
      {"overlong in four", "\xf0\x80\x81\x81", 0, 0},
      {"a continuation alone", "\x80", 0, 0},
      {"incomplete", "\xe2\x82", 0, 0},
      {"no continuation", "\xc3(", 0, 0},
      {"a byte that begins nothing", "\xff", 0, 0},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    uint32_t code = 0;
    const size_t length = pl_utf8_decode(rows[i].bytes, strlen(rows[i].bytes), &code);
    if (length != rows[i].length || code != rows[i].code)
      fail_msg("%s: %zu bytes, %x", rows[i].name, length, (unsigned)code);
  }
}

static void a_cut_keeps_whole_characters(void **state) {
  (void)state;
  static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
  assert_int_equal(strlen(text) + 1, PL_COUNT_OF(kept));
  for (size_t length = 0; length < PL_COUNT_OF(kept); length++)
    assert_int_equal(pl_utf8_cut(text, length), kept[length]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(characters_are_decoded_or_refused),
      cmocka_unit_test(a_cut_keeps_whole_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
