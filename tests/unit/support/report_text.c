// Makes reports as text, and checks such a text.
#include "report_text.h"
#include "report/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

char report_output[1 << 16];

const char *text_of(const pl_run *run, int verbosity) {
  pl_buf buf;
  pl_buf_fixed(&buf, report_output, sizeof(report_output));
  pl_report_text(run, verbosity, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return report_output;
}

const char *text_of_one(const sample *s, bool batch) {
  pl_run run = sample_run(&s->result, 1, batch);
  return text_of(&run, 0);
}

void assert_contains(const char *text, const char *part) {
  if (strstr(text, part) == NULL)
    fail_msg("missing: %s\nin: %s", part, text);
}

void assert_lacks(const char *text, const char *part) {
  if (strstr(text, part) != NULL)
    fail_msg("unexpected: %s\nin: %s", part, text);
}

void assert_clean(const char *text) {
  size_t bars = 0;
  for (const char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ' && *c != '\n')
      fail_msg("control character 0x%02x in: %s", (unsigned char)*c, text);
    bars += *c == '|';
    if (*c == '|')
      assert_true(memchr(text, '\n', (size_t)(c - text)) == NULL);
  }
  assert_true(bars <= 1);
}
