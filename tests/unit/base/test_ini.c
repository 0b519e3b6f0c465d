// Tests the INI reader: sections, keys, comments and errors.
#include "base/buf.h"
#include "base/ini.h"
#include "base/limits.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) (text), sizeof(text) - 1

/* Writes events down, one line each: "3 [section] key=value", "1 [section]", "2 [section] !", or
 * "2 [section] ![" for a header that cannot be read. */
static pl_status record(void *user, const pl_ini_event *event) {
  pl_buf *buf = user;
  pl_buf_addf(buf, "%u [%s]", event->line, event->section);
  if (event->problem != NULL) {
    assert_null(event->key);
    assert_null(event->value);
    assert_true(strlen(event->problem) > 0);
    pl_buf_add(buf, event->is_header ? " ![" : " !");
  } else if (event->key != NULL) {
    assert_false(event->is_header);
    pl_buf_addf(buf, " %s=%s", event->key, event->value);
  } else {
    assert_null(event->value);
    assert_true(event->is_header);
  }
  pl_buf_add_char(buf, '\n');
  return PL_OK;
}

static void texts_become_events(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *text;
    size_t length;
    const char *events;
  } cases[] = {
      {"nothing", BYTES(""), ""},
      {"blank lines", BYTES("\n  \n\t\n\r\n"), ""},
      {"comments", BYTES("# a\n; b\n  # c = d\n\t;[e]\n#"), ""},
      {"section and entry", BYTES("[a]\nx = 1\n"), "1 [a]\n2 [a] x=1\n"},
      {"no newline at the end", BYTES("[a]\nx=1"), "1 [a]\n2 [a] x=1\n"},
      {"CRLF", BYTES("[a]\r\nx = 1\r\n\r\ny=2\r\n"), "1 [a]\n2 [a] x=1\n4 [a] y=2\n"},
      {"CR at the very end", BYTES("[a]\r\nx = 1\r"), "1 [a]\n2 [a] x=1\n"},
      {"before the first header", BYTES("x=1\n[a]\n"), "1 [] x=1\n2 [a]\n"},
      {"white space around all", BYTES("  [ a ]  \n \t x \t = \t 1 2 \t \n"),
       "1 [a]\n2 [a] x=1 2\n"},
      {"CR in front of a key", BYTES("\rx=1\n"), "1 [] x=1\n"},
      {"indented", BYTES("[a]\n  x=1\n  y=2\n"), "1 [a]\n2 [a] x=1\n3 [a] y=2\n"},
      {"empty value", BYTES("[a]\nx=\ny =  \n"), "1 [a]\n2 [a] x=\n3 [a] y=\n"},
      {"the value is the rest of the line", BYTES("x = a # b ; c = d \"e\" [f] \\\n"),
       "1 [] x=a # b ; c = d \"e\" [f] \\\n"},
      {"sections change, and come again", BYTES("[a]\n[b]\nx=1\n[a]\ny=2\n"),
       "1 [a]\n2 [b]\n3 [b] x=1\n4 [a]\n5 [a] y=2\n"},
      {"the common section", BYTES("[*]\nport=443\n"), "1 [*]\n2 [*] port=443\n"},
      {"comment after a header", BYTES("[a] # b\n[c];d\n"), "1 [a]\n2 [c]\n"},
      {"byte order mark", BYTES("\xef\xbb\xbf[a]\nx=1\n"), "1 [a]\n2 [a] x=1\n"},
      {"nothing but a byte order mark", BYTES("\xef\xbb\xbf"), ""},
      {"a byte order mark inside is text", BYTES("[a]\n\xef\xbb\xbfx=1\n"),
       "1 [a]\n2 [a] \xef\xbb\xbfx=1\n"},
      {"part of a byte order mark", BYTES("\xef\xbb=1"), "1 [] \xef\xbb=1\n"},
      {"UTF-8", BYTES("[\u00e9]\n\u00e4 = \u20ac\n"), "1 [\u00e9]\n2 [\u00e9] \u00e4=\u20ac\n"},
      {"no '='", BYTES("[a]\nx\ny=1\n"), "1 [a]\n2 [a] !\n3 [a] y=1\n"},
      {"no key", BYTES("[a]\n= 1\n =\n"), "1 [a]\n2 [a] !\n3 [a] !\n"},
      {"header without end", BYTES("[a]\nx=1\n[b\ny=2\n"),
       "1 [a]\n2 [a] x=1\n3 [b] ![\n4 [b] y=2\n"},
      {"header with something after it", BYTES("[a]\n[b] c\ny=2\n[d]e=f\n"),
       "1 [a]\n2 [b] ![\n3 [b] y=2\n4 [d] ![\n"},
      {"two headers in a line", BYTES("[a][b]\n"), "1 [a] ![\n"},
      {"header without name", BYTES("[a]\n[]\nx=1\n[  ]\n["),
       "1 [a]\n2 [] ![\n3 [] x=1\n4 [] ![\n5 [] ![\n"},
      {"NUL in an entry", BYTES("[a]\nx=1\0\ny=2\n"), "1 [a]\n2 [a] !\n3 [a] y=2\n"},
      {"NUL in a header", BYTES("[a]\n \t[b\0]\ny=2\n"), "1 [a]\n2 [] ![\n3 [] y=2\n"},
      {"nothing but NUL", BYTES("\0"), "1 [] !\n"},
      {"blanks, then NUL", BYTES("[a]\n \0"), "1 [a]\n2 [a] !\n"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_buf events;
    pl_buf_init(&events, 1000);
    assert_int_equal(pl_ini_read(cases[i].text, cases[i].length, record, &events), PL_OK);
    if (strcmp(pl_buf_text(&events), cases[i].events) != 0)
      fail_msg("%s:\n%s", cases[i].name, pl_buf_text(&events));
    pl_buf_free(&events);
  }
}

/* A text without a NUL after it, so that a read past its end is noticed. */
static pl_status read_exact(const char *start, size_t fill, const char *end, pl_buf *events) {
  size_t length = strlen(start) + fill + strlen(end);
  char *text = malloc(length);
  assert_non_null(text);
  memcpy(text, start, strlen(start));
  memset(text + strlen(start), 'v', fill);
  memcpy(text + strlen(start) + fill, end, strlen(end));
  pl_buf_init(events, 100000);
  pl_status status = pl_ini_read(text, length, record, events);
  free(text);
  return status;
}

static void lines_have_a_limit(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *start;
    size_t length; /* of the line */
    const char *end;
    const char *begins, *ends;
  } cases[] = {
      {"longest entry", "x=", PL_LIMIT_CONFIG_LINE, "\ny=1", "1 [] x=vvv", "vvv\n2 [] y=1\n"},
      {"longest entry with CRLF", "x=", PL_LIMIT_CONFIG_LINE, "\r\ny=1", "1 [] x=vvv",
       "vvv\n2 [] y=1\n"},
      {"entry too long", "x=", PL_LIMIT_CONFIG_LINE + 1, "\ny=1", "1 [] !\n", "2 [] y=1\n"},
      {"last entry too long", "x=", PL_LIMIT_CONFIG_LINE + 1, "", "1 [] !\n", "1 [] !\n"},
      {"comment too long", "#", PL_LIMIT_CONFIG_LINE + 1, "\ny=1", "1 [] !\n", "2 [] y=1\n"},
      {"longest header", "[", PL_LIMIT_CONFIG_LINE - 1, "]\ny=1", "1 [vvv", "vvv] y=1\n"},
      {"header too long", "[", PL_LIMIT_CONFIG_LINE, "]\ny=1", "1 [] ![\n", "2 [] y=1\n"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_buf events;
    assert_int_equal(
        read_exact(cases[i].start, cases[i].length - strlen(cases[i].start), cases[i].end, &events),
        PL_OK);
    const char *text = pl_buf_text(&events);
    if (strncmp(text, cases[i].begins, strlen(cases[i].begins)) != 0 ||
        events.length < strlen(cases[i].ends) ||
        strcmp(text + events.length - strlen(cases[i].ends), cases[i].ends) != 0)
      fail_msg("%s: %.60s", cases[i].name, text);
    pl_buf_free(&events);
  }
}

static void a_blank_line_has_the_limit_too(void **state) {
  (void)state;
  static char line[PL_LIMIT_CONFIG_LINE + 1];
  memset(line, ' ', sizeof(line));
  pl_buf events;
  pl_buf_init(&events, 100);
  assert_int_equal(pl_ini_read(line, sizeof(line) - 1, record, &events), PL_OK);
  assert_string_equal(pl_buf_text(&events), "");
  assert_int_equal(pl_ini_read(line, sizeof(line), record, &events), PL_OK);
  assert_string_equal(pl_buf_text(&events), "1 [] !\n");
  pl_buf_free(&events);
}

static pl_status stop_at_second(void *user, const pl_ini_event *event) {
  (void)event;
  unsigned *calls = user;
  return ++*calls == 2 ? PL_ERR_LIMIT : PL_OK;
}

static void the_callback_ends_the_reading(void **state) {
  (void)state;
  static const char *const texts[] = {"[a]\n[b]\n[c]\n", "x=1\ny=2\nz=3", "x\ny\nz\n"};
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++) {
    unsigned calls = 0;
    assert_int_equal(pl_ini_read(texts[i], strlen(texts[i]), stop_at_second, &calls), PL_ERR_LIMIT);
    assert_int_equal(calls, 2);
  }
}

static pl_status check_problem(void *user, const pl_ini_event *event) {
  const char **expected = user;
  assert_non_null(event->problem);
  if (strstr(event->problem, *expected) == NULL)
    fail_msg("'%s' does not say '%s'", event->problem, *expected);
  assert_null(strstr(event->problem, "s3cret"));
  return PL_OK;
}

static void problems_say_what_would_be_right(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t length;
    const char *says;
  } cases[] = {
      {BYTES("s3cret"), "key = value"}, {BYTES("= s3cret"), "no key"},
      {BYTES("[s3cret"), "no ']'"},     {BYTES("[a] s3cret"), "on a line of its own"},
      {BYTES("[]"), "no name"},         {BYTES("s3cret\0"), "plain text"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    const char *says = cases[i].says;
    assert_int_equal(pl_ini_read(cases[i].text, cases[i].length, check_problem, &says), PL_OK);
  }
  static char line[PL_LIMIT_CONFIG_LINE + 1];
  memset(line, 'x', sizeof(line));
  const char *says = "at most 8192 bytes";
  assert_int_equal(pl_ini_read(line, sizeof(line), check_problem, &says), PL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_become_events),
      cmocka_unit_test(lines_have_a_limit),
      cmocka_unit_test(a_blank_line_has_the_limit_too),
      cmocka_unit_test(the_callback_ends_the_reading),
      cmocka_unit_test(problems_say_what_would_be_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
