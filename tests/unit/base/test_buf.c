// Tests the text buffer: its limit, numbers, and how untrusted bytes are cleaned.
#include "alloc_fail.h"
#include "base/buf.h"
#include "base/limits.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#define BYTES(text) (text), sizeof(text) - 1

/* ---- growing and fixed buffers -------------------------------------------------------------- */

static void empty_buffers_are_empty_texts(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 10);
  assert_string_equal(pl_buf_text(&buf), "");
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  pl_buf_clear(&buf);
  assert_string_equal(pl_buf_text(&buf), "");
  pl_buf_add(&buf, "");
  assert_non_null(buf.data);
  assert_string_equal(pl_buf_text(&buf), "");
  pl_buf_free(&buf);

  char storage[4] = "xyz";
  pl_buf_fixed(&buf, storage, sizeof(storage));
  assert_string_equal(storage, "");
  pl_buf_free(&buf);
  assert_string_equal(pl_buf_text(&buf), "");

  pl_buf zeroed = {0};
  pl_buf_free(&zeroed);
  assert_null(zeroed.data);
}

static void text_is_appended_by_every_function(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 100);
  pl_buf_add(&buf, "one");
  pl_buf_add_char(&buf, ' ');
  pl_buf_add_bytes(&buf, "two and", 3);
  pl_buf_addf(&buf, " %s %d", "three", 4);
  assert_string_equal(pl_buf_text(&buf), "one two three 4");
  assert_int_equal(buf.length, strlen("one two three 4"));
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  pl_buf_free(&buf);
  assert_string_equal(pl_buf_text(&buf), "");
}

static void growth_is_geometric_up_to_the_ceiling(void **state) {
  (void)state;
  enum { MAX = 100000 };
  pl_buf buf;
  pl_buf_init(&buf, MAX);
  unsigned grown = 0;
  size_t capacity = 0;
  for (unsigned i = 0; i < MAX; i++) {
    pl_buf_add_char(&buf, (char)('a' + i % 26));
    grown += buf.capacity != capacity;
    capacity = buf.capacity;
  }
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  assert_int_equal(buf.length, MAX);
  assert_int_equal(strlen(buf.data), MAX);
  assert_int_equal(buf.capacity, MAX + 1);
  assert_in_range(grown, 1, 12);
  pl_buf_add_char(&buf, 'x');
  assert_int_equal(pl_buf_status(&buf), PL_ERR_LIMIT);
  assert_int_equal(buf.length, MAX);
  pl_buf_free(&buf);
}

static void the_largest_ceiling_does_not_overflow(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, SIZE_MAX);
  pl_buf_add(&buf, "text");
  assert_string_equal(pl_buf_text(&buf), "text");
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  pl_buf_free(&buf);
}

static void clear_keeps_the_storage(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 3);
  pl_buf_add(&buf, "long");
  assert_int_equal(pl_buf_status(&buf), PL_ERR_LIMIT);
  const char *data = buf.data;
  pl_buf_clear(&buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  assert_string_equal(pl_buf_text(&buf), "");
  pl_buf_add(&buf, "abc");
  assert_string_equal(pl_buf_text(&buf), "abc");
  assert_ptr_equal(buf.data, data);
  pl_buf_free(&buf);
}

static void text_is_cut_at_a_character(void **state) {
  (void)state;
  static const struct {
    const char *name;
    size_t room;
    const char *text;
    const char *expected;
  } cases[] = {
      {"fits", 4, "abcd", "abcd"},
      {"ascii", 3, "abcd", "abc"},
      {"no room at all", 0, "abcd", ""},
      {"two bytes whole", 3, "a\u00e9b", "a\u00e9"},
      {"two bytes cut", 2, "a\u00e9b", "a"},
      {"three bytes whole", 4, "a\u20acb", "a\u20ac"},
      {"three bytes cut after two", 3, "a\u20acb", "a"},
      {"three bytes cut after one", 2, "a\u20acb", "a"},
      {"four bytes whole", 5, "a\U0001f600b", "a\U0001f600"},
      {"four bytes cut after three", 4, "a\U0001f600b", "a"},
      {"four bytes cut after two", 3, "a\U0001f600b", "a"},
      {"four bytes cut after one", 2, "a\U0001f600b", "a"},
      {"first character cut", 2, "\u20ac", ""},
      {"not UTF-8 is no reason to lose more", 4, "\x80\x80\x80\x80\x80", "\x80\x80\x80\x80"},
      {"not a lead byte", 2, "a\xffz", "a\xff"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char storage[16];
    pl_buf fixed, growing, formatted;
    pl_buf_fixed(&fixed, storage, cases[i].room + 1);
    pl_buf_init(&growing, cases[i].room);
    pl_buf_init(&formatted, cases[i].room);
    pl_buf_add(&fixed, cases[i].text);
    pl_buf_add(&growing, cases[i].text);
    pl_buf_addf(&formatted, "%s", cases[i].text);
    bool truncated = strlen(cases[i].text) > cases[i].room;
    pl_status status = truncated ? PL_ERR_LIMIT : PL_OK;
    if (strcmp(storage, cases[i].expected) != 0 ||
        strcmp(pl_buf_text(&growing), cases[i].expected) != 0 ||
        strcmp(pl_buf_text(&formatted), cases[i].expected) != 0)
      fail_msg("%s: '%s'", cases[i].name, storage);
    assert_int_equal(pl_buf_status(&fixed), status);
    assert_int_equal(pl_buf_status(&growing), status);
    assert_int_equal(pl_buf_status(&formatted), status);
    assert_int_equal(growing.length, strlen(cases[i].expected));
    pl_buf_free(&growing);
    pl_buf_free(&formatted);
  }
}

static void nothing_is_added_after_a_cut(void **state) {
  (void)state;
  char storage[5];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_buf_add(&buf, "ab\u20ac"); /* leaves two bytes of room */
  pl_buf_add(&buf, "c");
  pl_buf_add_char(&buf, 'd');
  pl_buf_addf(&buf, "%d", 1);
  pl_buf_add_foreign(&buf, BYTES("e"), 10);
  pl_buf_add_number(&buf, 1, 0);
  assert_string_equal(storage, "ab");
  assert_int_equal(pl_buf_status(&buf), PL_ERR_LIMIT);
}

static void a_character_in_single_bytes_is_cut_whole(void **state) {
  (void)state;
  char storage[4];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  for (const char *c = "ab\u20ac"; *c != '\0'; c++)
    pl_buf_add_char(&buf, *c);
  assert_string_equal(storage, "ab");
}

static void what_printf_refuses_is_a_failure(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 100);
  pl_buf_add(&buf, "kept");
  pl_buf_addf(&buf, "%lc", (wint_t)0x7fffffff);
  assert_int_equal(pl_buf_status(&buf), PL_ERR_MEMORY);
  pl_buf_add(&buf, "not added");
  assert_string_equal(pl_buf_text(&buf), "kept");
  pl_buf_free(&buf);
}

static void every_failing_allocation_is_reported(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    pl_buf buf;
    pl_buf_init(&buf, 10000);
    alloc_fail_arm(nth);
    for (int i = 0; i < 1000; i++)
      pl_buf_addf(&buf, "%d,", i % 10);
    bool failed = alloc_fail_disarm();
    assert_int_equal(strlen(pl_buf_text(&buf)), buf.length);
    assert_int_equal(pl_buf_status(&buf), failed ? PL_ERR_MEMORY : PL_OK);
    size_t length = buf.length;
    pl_buf_add(&buf, "x");
    assert_int_equal(buf.length, failed ? length : length + 1);
    pl_buf_free(&buf);
    if (!failed) {
      assert_in_range(nth, 2, 20);
      break;
    }
  }
}

/* A buffer may hold a secret, also in the storage that it has grown out of. */
static void what_is_freed_is_overwritten(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 10000);
  pl_buf_add(&buf, "secret");
  const size_t first = buf.capacity, before = alloc_overwritten();
  while (buf.capacity == first)
    pl_buf_add(&buf, "more");
  assert_int_equal(alloc_overwritten() - before, first);
  const size_t second = buf.capacity;
  pl_buf_free(&buf);
  assert_int_equal(alloc_overwritten() - before, first + second);
}

/* ---- foreign strings ------------------------------------------------------------------------ */

static void own_texts_become_printable(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *bytes;
    size_t length;
    const char *expected;
  } cases[] = {
      {"nothing", BYTES(""), ""},
      {"plain", BYTES("HTTP/1.1 200 OK"), "HTTP/1.1 200 OK"},
      {"all other punctuation stays", BYTES("!\"#$%&'()*+,-./:;=?@[\\]^_`{}~"),
       "!\"#$%&'()*+,-./:;=?@[\\]^_`{}~"},
      {"perfdata and markup", BYTES("a|b<c>d"), "a?b?c?d"},
      {"newline, tab, escape", BYTES("a\r\n\tb\x1b[0m"), "a???b?[0m"},
      {"NUL does not end it", BYTES("a\0b"), "a?b"},
      {"DEL", BYTES("a\x7f"), "a?"},
      {"C1 as UTF-8, first and last", BYTES("\xc2\x80-\xc2\x85-\xc2\x9f"), "?-?-?"},
      {"after C1", BYTES("\xc2\xa0"), "\xc2\xa0"},
      {"C1 as a byte", BYTES("\x85"), "?"},
      {"letters of other alphabets", BYTES("\u00e9\u0416\u20ac\u6f22\U0001f600"),
       "\u00e9\u0416\u20ac\u6f22\U0001f600"},
      {"line and paragraph separator", BYTES("a\u2028b\u2029c"), "a?b?c"},
      {"their neighbours", BYTES("\u2027\u202f"), "\u2027\u202f"},
      {"bidi embeddings and overrides", BYTES("\u202a\u202b\u202c\u202d\u202e"), "?????"},
      {"bidi isolates", BYTES("\u2066\u2067\u2068\u2069"), "????"},
      {"bidi marks", BYTES("\u061c\u200e\u200f"), "???"},
      {"neighbours of the bidi controls", BYTES("\u200d\u2010\u2065\u206a"),
       "\u200d\u2010\u2065\u206a"},
      {"continuation alone", BYTES("a\x80z"), "a?z"},
      {"overlong NUL", BYTES("\xc0\x80"), "??"},
      {"overlong '<' in two bytes", BYTES("\xc0\xbc"), "??"},
      {"overlong '<' in three bytes", BYTES("\xe0\x80\xbc"), "???"},
      {"overlong '<' in four bytes", BYTES("\xf0\x80\x80\xbc"), "????"},
      {"largest overlong of two", BYTES("\xc1\xbf"), "??"},
      {"largest overlong of three", BYTES("\xe0\x9f\xbf"), "???"},
      {"largest overlong of four", BYTES("\xf0\x8f\xbf\xbf"), "????"},
      {"first surrogate", BYTES("\xed\xa0\x80"), "???"},
      {"last surrogate", BYTES("\xed\xbf\xbf"), "???"},
      {"before and after the surrogates", BYTES("\xed\x9f\xbf\xee\x80\x80"),
       "\xed\x9f\xbf\xee\x80\x80"},
      {"last code point", BYTES("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"},
      {"beyond the last code point", BYTES("\xf4\x90\x80\x80"), "????"},
      {"five byte lead", BYTES("\xf8\x88\x80\x80\x80"), "?????"},
      {"FE and FF", BYTES("\xfe\xff"), "??"},
      {"truncated at the end, two", BYTES("a\xc3"), "a?"},
      {"truncated at the end, three", BYTES("a\xe2\x82"), "a??"},
      {"truncated at the end, four", BYTES("a\xf0\x9f\x98"), "a???"},
      {"truncated by ASCII",
       BYTES("\xe2\x82"
             "a"),
       "??a"},
      {"truncated by another lead", BYTES("\xe2\x82\xc3\xa9"), "??\u00e9"},
      {"Latin-1", BYTES("caf\xe9 bar"), "caf? bar"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_buf buf;
    pl_buf_init(&buf, 1000);
    pl_buf_add_printable(&buf, cases[i].bytes, cases[i].length, PL_LIMIT_FOREIGN);
    if (strcmp(pl_buf_text(&buf), cases[i].expected) != 0)
      fail_msg("%s: '%s'", cases[i].name, pl_buf_text(&buf));
    assert_int_equal(pl_buf_status(&buf), PL_OK);
    pl_buf_free(&buf);
  }
}

static void every_byte_alone_is_safe(void **state) {
  static const char kept[] = " ._:/@+-,=*0123456789"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  (void)state;
  for (int byte = 0; byte < 256; byte++) {
    char foreign[2], printable[2], bytes[1] = {(char)byte};
    pl_text_set_foreign(foreign, sizeof(foreign), bytes, 1);
    assert_int_equal((unsigned char)foreign[0],
                     byte != 0 && strchr(kept, byte) != NULL ? byte : '?');
    assert_int_equal(foreign[1], '\0');
    pl_text_set_printable(printable, sizeof(printable), bytes, 1);
    bool prints = byte >= ' ' && byte < 0x7f && strchr("|<>", byte) == NULL;
    assert_int_equal((unsigned char)printable[0], prints ? byte : '?');
    assert_int_equal(printable[1], '\0');
  }
}

/* One '?' for each character, and for each byte that is part of none. */
static void foreign_strings_become_safe(void **state) {
  static const struct {
    const char *bytes, *expected;
  } cases[] = {
      {"HTTP/1.1 200 OK", "HTTP/1.1 200 OK"},
      {"CN=*.example.com,O=a-b_c@d", "CN=*.example.com,O=a-b_c@d"},
      {"a; touch x", "a? touch x"},
      {"`id` $(id) ${id} 'x' \"y\" & #", "?id? ??id? ??id? ?x? ?y? ? ?"},
      {"\u00e9\u20ac\U0001f600", "???"},
      {"\xff\xc3", "??"},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char storage[64];
    pl_text_set_foreign(storage, sizeof(storage), cases[i].bytes, strlen(cases[i].bytes));
    assert_string_equal(storage, cases[i].expected);
  }
}

static void texts_are_cut_at_a_character(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 100);
  pl_buf_add_printable(&buf, BYTES("abcdef"), 3);
  assert_string_equal(pl_buf_text(&buf), "abc");
  /* The limit was an argument: the buffer is not truncated, and takes more text. */
  pl_buf_add_printable(&buf, BYTES("x\u20acy"), 3);
  pl_buf_add_printable(&buf, BYTES("\n\n\n"), 2);
  pl_buf_add_printable(&buf, BYTES("never"), 0);
  assert_string_equal(pl_buf_text(&buf), "abcx??");
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  pl_buf_free(&buf);

  char storage[5];
  pl_text_set_printable(storage, sizeof(storage), BYTES("a|b\u00e9c"));
  assert_string_equal(storage, "a?b");
  pl_text_set_printable(storage, 1, BYTES("a"));
  assert_string_equal(storage, "");
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void numbers_are_short_and_plain(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double value;
    int decimals;
    const char *expected;
  } cases[] = {
      {"zero", 0, 0, "0"},
      {"zero with decimals", 0, 6, "0"},
      {"negative zero", -0.0, 3, "0"},
      {"rounds to negative zero", -0.0004, 3, "0"},
      {"integer", 42, 0, "42"},
      {"integer with trailing zeros", 100, 0, "100"},
      {"integer with decimals", 100, 9, "100"},
      {"fraction", 0.012345, 6, "0.012345"},
      {"trailing zeros go", 1.5, 6, "1.5"},
      {"zero inside stays", 1.05, 6, "1.05"},
      {"rounded", 2.0 / 3, 3, "0.667"},
      {"carry", 0.9996, 3, "1"},
      {"carry through", 9.9996, 3, "10"},
      {"negative", -3.25, 2, "-3.25"},
      {"nanosecond", 0.000000001, 9, "0.000000001"},
      {"nine decimals", 1.123456789, 9, "1.123456789"},
      {"last with decimals", 999999999999999.5, 1, "999999999999999.5"},
      {"first without", 1e15, 9, "1000000000000000"},
      {"large negative", -1e15 - 0.5, 9, "-1000000000000000"},
      {"no exponent", 1e21, 3, "1000000000000000000000"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_buf buf;
    pl_buf_init(&buf, 400);
    pl_buf_add_number(&buf, cases[i].value, cases[i].decimals);
    if (strcmp(pl_buf_text(&buf), cases[i].expected) != 0)
      fail_msg("%s: '%s'", cases[i].name, pl_buf_text(&buf));
    pl_buf_free(&buf);
  }
}

static void the_largest_number_fits(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_init(&buf, 400);
  pl_buf_add_number(&buf, -DBL_MAX, 9);
  assert_int_equal(buf.length, 1 + DBL_MAX_10_EXP + 1);
  assert_true(strtod(pl_buf_text(&buf), NULL) == -DBL_MAX);
  pl_buf_free(&buf);
}

/* A locale need not be installed for this: any that is, and whose point is not '.', will do. */
static void numbers_do_not_depend_on_the_locale(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8",
                                      "test_comma"};
  bool found = false;
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    if (setlocale(LC_NUMERIC, names[i]) == NULL)
      continue;
    found = found || strcmp(localeconv()->decimal_point, ".") != 0;
    pl_buf buf;
    pl_buf_init(&buf, 100);
    pl_buf_add_number(&buf, -1234.5, 3);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(pl_buf_text(&buf), "-1234.5");
    pl_buf_free(&buf);
  }
  if (!found)
    skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_buffers_are_empty_texts),
      cmocka_unit_test(text_is_appended_by_every_function),
      cmocka_unit_test(growth_is_geometric_up_to_the_ceiling),
      cmocka_unit_test(the_largest_ceiling_does_not_overflow),
      cmocka_unit_test(clear_keeps_the_storage),
      cmocka_unit_test(text_is_cut_at_a_character),
      cmocka_unit_test(nothing_is_added_after_a_cut),
      cmocka_unit_test(a_character_in_single_bytes_is_cut_whole),
      cmocka_unit_test(what_printf_refuses_is_a_failure),
      cmocka_unit_test(every_failing_allocation_is_reported),
      cmocka_unit_test(what_is_freed_is_overwritten),
      cmocka_unit_test(own_texts_become_printable),
      cmocka_unit_test(foreign_strings_become_safe),
      cmocka_unit_test(every_byte_alone_is_safe),
      cmocka_unit_test(texts_are_cut_at_a_character),
      cmocka_unit_test(numbers_are_short_and_plain),
      cmocka_unit_test(the_largest_number_fits),
      cmocka_unit_test(numbers_do_not_depend_on_the_locale),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
