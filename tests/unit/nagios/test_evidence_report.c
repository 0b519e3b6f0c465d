// Tests the forms of the report on an evidence log, byte for byte. tests/cli/test_schema.py holds
// the JSON to its schema, and tests/cli/test_report.py the HTML to HTML.
#include "log/report.h"
#include "tally_lines.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN "tests/unit/data/evidence-report."

typedef void (*writer)(const pl_evidence_report *report, pl_buf *buf);

static char output[1 << 17], wanted[1 << 17];

static void add(pl_tally *tally, double hour, const char *verdict, char config) {
  tally_verdict(tally, (tally_line){.hour = hour, .verdict = verdict, .config = config});
}

#define TENANT "\"tenant\":\"accepted\""

/* Ten days: one endpoint with everything that can happen, and one that was removed. */
static void fill(pl_tally *tally) {
  static const char blocked[] =
      "{\"severity\":0,\"public\":\"blocked\",\"checks\":{\"dns\":[0,\"\"],"
      "\"public\":[0,\"\"]},\"rivals\":{" TENANT "}}";
  static const char dns[] = "{\"severity\":2,\"public\":\"blocked\",\"checks\":{\"dns\":[2,"
                            "\"dns.nxdomain\"],\"public\":[0,\"\"]},\"rivals\":{" TENANT "}}";
  static const char open[] = "{\"severity\":2,\"public\":\"open\",\"checks\":{\"dns\":[0,\"\"],"
                             "\"public\":[2,\"public.open\"]},\"rivals\":{}}";
  static const char unproven[] =
      "{\"severity\":3,\"public\":\"unproven\",\"checks\":{\"dns\":[0,\"\"],\"public\":[3,"
      "\"public.no-egress\"]},\"rivals\":{\"egress\":\"shown\",\"tenant\":\"accepted\"}}";
  static const char proven[] =
      "{\"severity\":0,\"public\":\"blocked\",\"checks\":{\"dns\":[0,\"\"],\"public\":[0,\"\"]},"
      "\"rivals\":{\"tenant\":\"ruled-out paired\"}}";
  *tally = (pl_tally){.from = TALLY_DAY, .to = TALLY_DAY + 240 * TALLY_HOUR};
  for (int hour = -5; hour < 240; hour++) {
    const char *verdict = hour < 180 ? blocked : proven;
    if (hour >= 40 && hour < 43)
      verdict = open;
    else if (hour >= 80 && hour < 92)
      verdict = unproven;
    else if (hour >= 100 && hour < 130)
      verdict = dns;
    if (hour < 140 || hour >= 152)
      add(tally, hour, verdict, hour < 180 ? '4' : 'e');
    if (hour >= 24 && hour < 120)
      tally_verdict(tally, (tally_line){.hour = hour, .endpoint = "billing", .verdict = "blocked"});
    if (hour == 119)
      tally_stop(tally, 119.5, "billing");
  }
  assert_true(pl_tally_end(tally));
}

static pl_verify_report intact(void) {
  pl_verify_report log = {.files = 11,
                          .lines = 512,
                          .verdicts = 330,
                          .judged = 330,
                          .signatures = 170,
                          .anchors = 2,
                          .stamped = TALLY_DAY + 200 * TALLY_HOUR,
                          .first = TALLY_DAY - 5 * TALLY_HOUR,
                          .last = TALLY_DAY + 239 * TALLY_HOUR,
                          .head = {.seq = 512}};
  memset(log.head.hash.bytes, 0x5a, sizeof(log.head.hash.bytes));
  return log;
}

static pl_evidence_report report_of(const pl_verify_report *log, const pl_tally *tally) {
  return (pl_evidence_report){.version = "1.2.3",
                              .log = log,
                              .tally = tally,
                              .made = TALLY_DAY + 250 * TALLY_HOUR,
                              .keys = true,
                              .authorities = true};
}

static const char *form(writer write, const pl_evidence_report *report) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  write(report, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

static void read_golden(const char *path) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  wanted[fread(wanted, 1, sizeof(wanted) - 1, file)] = '\0';
  fclose(file);
}

static const struct {
  writer write;
  const char *path;
} forms[] = {
    {pl_evidence_report_text, GOLDEN "txt"},
    {pl_evidence_report_json, GOLDEN "json"},
    {pl_evidence_report_html, GOLDEN "html"},
};

static void each_form_is_as_its_golden_file(void **state) {
  (void)state;
  pl_tally tally;
  pl_verify_report log = intact();
  fill(&tally);
  pl_evidence_report report = report_of(&log, &tally);
  for (size_t i = 0; i < PL_COUNT_OF(forms); i++) {
    read_golden(forms[i].path);
    const char *text = form(forms[i].write, &report);
    if (strcmp(text, wanted) != 0)
      fail_msg("%s differs. It is now:\n%s", forms[i].path, text);
  }
  pl_tally_free(&tally);
}

static void expect_part(const char *text, const char *part) {
  if (strstr(text, part) == NULL)
    fail_msg("'%s' is not in:\n%.3000s", part, text);
}

static void a_broken_log_is_said_first_in_each_form(void **state) {
  (void)state;
  pl_tally tally = {.to = TALLY_DAY};
  pl_verify_report log = {.problems = 3, .problem = "a.jsonl:7: <script>\"&'|\\\x01\xc3 is bad"};
  assert_true(pl_tally_end(&tally));
  pl_evidence_report report = report_of(&log, &tally);
  const char *text = form(pl_evidence_report_text, &report);
  const char *begin =
      "EVIDENCE CRITICAL: the log is broken, and nothing below is proven: a.jsonl:7";
  assert_memory_equal(text, begin, strlen(begin));
  text = form(pl_evidence_report_json, &report);
  expect_part(text, "\"intact\":false,\"problems\":3,\"problem\":"
                    "\"a.jsonl:7: <script>\\\"&'|\\\\?? is bad\",\"signed\":\"none\"");
  text = form(pl_evidence_report_html, &report);
  expect_part(text, "class=\"state broken\">EVIDENCE CRITICAL: the log is broken");
  expect_part(text, "&#60;script&#62;&#34;&#38;&#39;&#124;&#92;?? is bad");
  assert_null(strstr(text, "<script"));
  pl_tally_free(&tally);
}

static void what_was_not_verified_is_said(void **state) {
  (void)state;
  pl_tally tally = {.to = TALLY_DAY};
  pl_verify_report log = intact();
  assert_true(pl_tally_end(&tally));
  pl_evidence_report report = report_of(&log, &tally);
  report.keys = false;
  report.authorities = false;
  const char *text = form(pl_evidence_report_text, &report);
  expect_part(text, "EVIDENCE OK: the log is intact; its signatures were not verified");
  expect_part(text, "(not verified: no --evidence-ca)");
  expect_part(text, "The log has no endpoint");
  text = form(pl_evidence_report_json, &report);
  expect_part(text, "\"signed\":\"unverified\"");
  expect_part(text, "\"stamps_verified\":false");
  log.signatures = 0;
  expect_part(form(pl_evidence_report_text, &report), "the log is intact, but not signed");
  expect_part(form(pl_evidence_report_json, &report), "\"signed\":\"none\"");
  pl_tally_free(&tally);
}

static void per_cent_never_round_to_all_or_nothing(void **state) {
  (void)state;
  static const struct {
    pl_nsec part, whole;
    const char *text;
  } rows[] = {
      {0, 100, "0.00 %"},        {100, 100, "100.00 %"},
      {1, 100000, "<0.01 %"},    {99999, 100000, ">99.99 %"},
      {1, 3, "33.33 %"},         {0, 0, "-"},
      {1, INT64_MAX, "<0.01 %"}, {INT64_MAX - 1, INT64_MAX, ">99.99 %"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char text[32];
    pl_buf buf;
    pl_buf_fixed(&buf, text, sizeof(text));
    pl_report_add_percent(&buf, rows[i].part, rows[i].whole);
    assert_string_equal(text, rows[i].text);
  }
}

int main(int argc, char **argv) {
  // tests/unit/data is written with: test_nagios_evidence_report FORM >FILE
  for (size_t i = 0; argc == 2 && i < PL_COUNT_OF(forms); i++) {
    pl_tally tally;
    pl_verify_report log = intact();
    if (strcmp(argv[1], forms[i].path + strlen(GOLDEN)) != 0)
      continue;
    fill(&tally);
    pl_evidence_report report = report_of(&log, &tally);
    fputs(form(forms[i].write, &report), stdout);
    pl_tally_free(&tally);
    return 0;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_form_is_as_its_golden_file),
      cmocka_unit_test(a_broken_log_is_said_first_in_each_form),
      cmocka_unit_test(what_was_not_verified_is_said),
      cmocka_unit_test(per_cent_never_round_to_all_or_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
