#include "core/options.h"
#include "core/report_internal.h"
#include "sample_run.h"
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- helpers -------------------------------------------------------------------------------- */

static char output[1 << 16];

/* The text of a run, in storage that the next call overwrites. */
static const char *text_of(const pl_run *run, int verbosity) {
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_report_text(run, verbosity, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

static const char *text_of_one(const sample *s, bool batch) {
  pl_run run = sample_run(&s->result, 1, batch);
  return text_of(&run, 0);
}

static void assert_contains(const char *text, const char *part) {
  if (strstr(text, part) == NULL)
    fail_msg("missing: %s\nin: %s", part, text);
}

static void assert_lacks(const char *text, const char *part) {
  if (strstr(text, part) != NULL)
    fail_msg("unexpected: %s\nin: %s", part, text);
}

/* What no output may hold: controls but the newline, and a '|' but the one before perfdata. */
static void assert_clean(const char *text) {
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

/* ---- one endpoint --------------------------------------------------------------------------- */

static void first_line_has_the_worst_finding(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  assert_string_equal(
      text_of_one(&s, false),
      "PRIVATELINK CRITICAL: rockset-prod: public endpoint OPEN: api.euc1a1.rockset.com "
      "52.58.0.11 answered HTTP 200 [public.open] | status=2;;;0;3 public_verdict=1;;;0;2 "
      "public_http_status=200 time=0.012s;;;0 certificate_days=U;14:;7:\n"
      "[OK] state: available, private DNS on, 3 zones\n"
      "[OK] dns: api.example.com -> 10.0.1.10, all the endpoint's own\n"
      "[OK] port: 1/1 up, slowest 12 ms, certificate 74 days\n"
      "[CRITICAL] public: 1/2 addresses open [public.open]\n");
  sample_free(&s);
}

static void skipped_checks_stand_on_the_first_line(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: fine: dns OK; dns: api.example.com -> 10.0.1.10 (skipped: "
                      "state: no --endpoint-id; public: no --public-name) | status=0;;;0;3 "
                      "dns_time=0.0025s;;;0\n"
                      "[OK] dns: api.example.com -> 10.0.1.10\n");
  sample_free(&s);
}

static void unproven_is_said_whatever_its_severity(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: quiet: public: UNPROVEN: nothing answered "
                      "[public.no-egress] | status=0;;;0;3 public_verdict=2;;;0;2\n"
                      "[OK] public: UNPROVEN: nothing answered [public.no-egress]\n");
  sample_free(&s);
}

static void unproven_does_not_hide_behind_another_finding(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  sample_finding(&s.verdict, PL_CHECK_PORT, PL_CAUSE_PORT_SOME_DOWN, PL_SEVERITY_WARNING,
                 "one of two is down");
  const char *text = text_of_one(&s, false);
  assert_contains(text, "PRIVATELINK WARNING: quiet: one of two is down (public: UNPROVEN) "
                        "[port.some-down] | ");
  sample_free(&s);
}

static void unproven_that_the_judge_names_is_not_named_twice(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  snprintf(s.verdict.checks[PL_CHECK_PUBLIC].summary, PL_LIMIT_TEXT, "IPv4 only: UNPROVEN: x");
  assert_contains(text_of_one(&s, false), "[OK] public: IPv4 only: UNPROVEN: x [");
  sample_free(&s);
}

static void unusable_section_is_unknown_with_its_line(void **state) {
  (void)state;
  sample s;
  sample_unusable(&s);
  assert_string_equal(text_of_one(&s, true),
                      "PRIVATELINK UNKNOWN: broken: /etc/privatelink.ini line 3: --port: '...' is "
                      "not a port [usage] | endpoints=1;;;0 ok=0;;;0 warning=0;;;0 critical=0;;;0 "
                      "unknown=1;;;0\n"
                      "[UNKNOWN] /etc/privatelink.ini line 3: --port: '...' is not a port "
                      "[usage]\n");
  sample_free(&s);
}

static void worst_without_a_finding_has_its_summary(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].cause = PL_CAUSE_DNS_EMPTY;
  assert_contains(text_of_one(&s, false),
                  "PRIVATELINK CRITICAL: fine: api.example.com -> 10.0.1.10 (skipped: ");
  assert_contains(output, ") [dns.empty] | ");
  sample_free(&s);
}

static void no_check_at_all_is_unknown(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.checks[PL_CHECK_DNS].ran = false;
  s.verdict.worst = PL_CHECK_COUNT;
  s.verdict.severity = PL_SEVERITY_UNKNOWN;
  assert_contains(text_of_one(&s, false), "PRIVATELINK UNKNOWN: fine: no check ran (skipped: ");
  s.verdict.severity = PL_SEVERITY_OK;
  pl_run run = sample_run(&s.result, 1, false);
  assert_int_equal(pl_run_severity(&run), PL_SEVERITY_UNKNOWN);
  assert_contains(text_of(&run, 0), "PRIVATELINK UNKNOWN: fine: no check ran (skipped: ");
  run.count = 0;
  assert_int_equal(pl_run_severity(&run), PL_SEVERITY_UNKNOWN);
  assert_string_equal(text_of(&run, 0), "PRIVATELINK UNKNOWN: no endpoint [usage]\n");
  sample_free(&s);
}

/* ---- the limit ------------------------------------------------------------------------------ */

static void fill(char *storage, size_t size, const char *pattern) {
  size_t length = strlen(pattern), at = 0;
  while (at + length < size) {
    memcpy(storage + at, pattern, length);
    at += length;
  }
  storage[at] = '\0';
}

/* Every metric once, all with a long number. */
static void fill_metrics(pl_verdict *verdict) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++)
    sample_metric(verdict, (pl_metric_id)id, true, 12345678901.25);
}

static bool is_utf8_boundary_before(const char *at) { return (at[-1] & 0xc0) != 0x80; }

static void text_is_cut_before_perfdata(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  fill_metrics(&s.verdict);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    fill(s.verdict.checks[check].summary, PL_LIMIT_TEXT, "x\xc3\xa4y\xe2\x82\xac");
  fill(s.verdict.findings[2].text, PL_LIMIT_TEXT, "\xe2\x82\xac");
  s.result.name = "a-name-of-sixty-four-characters-which-is-as-long-as-a-name-can-be";
  const char *text = text_of_one(&s, false);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(text, "... [public.open] | status=");
  assert_contains(text, "scheduling_delay=12345678901.25s\n"); /* the last one of the table */
  assert_contains(text, "(cut)\n");
  const char *dots = strstr(text, "...");
  assert_true(is_utf8_boundary_before(dots) || (dots[-3] & 0xf0) == 0xe0);
  assert_clean(text);
  sample_free(&s);
}

static void a_line_that_is_cut_keeps_its_reason(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    fill(s.verdict.checks[check].summary, check == PL_CHECK_PORT ? 100 : PL_LIMIT_TEXT, "word");
  const char *text = text_of_one(&s, false);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(text, "word... [public.open]\n(cut)\n");
  assert_contains(text, "[OK] port: wordword");
  /* Bounds are given up before text. */
  assert_contains(text, "| status=2 public_verdict=1 ");
  sample_free(&s);
}

static void perfdata_that_does_not_fit_loses_whole_items(void **state) {
  (void)state;
  sample samples[12];
  pl_result results[12];
  for (size_t i = 0; i < 12; i++) {
    sample_open(&samples[i]);
    fill_metrics(&samples[i].verdict);
    results[i] = samples[i].result;
  }
  pl_run run = sample_run(results, 12, true);
  const char *text = text_of(&run, 0);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_true(strlen(text) > PL_LIMIT_OUTPUT - 200);
  assert_contains(text, "PRIVATELINK CRITICAL: 12 of 12 endpoints not OK: rockset-prod: ");
  assert_contains(text, " | endpoints=12 ok=0 warning=0 critical=12 unknown=0 "
                        "rockset-prod.status=");
  const char *end = strchr(text, '\n');
  const char *last = end;
  while (last[-1] != ' ')
    last--;
  assert_memory_equal(last, "rockset-prod.", strlen("rockset-prod."));
  assert_true(end[-1] == 's' || (end[-1] >= '0' && end[-1] <= '9'));
  for (size_t i = 0; i < 12; i++)
    sample_free(&samples[i]);
}

static void any_length_of_text_keeps_the_limit(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  fill_metrics(&s.verdict);
  s.spec.skipped[PL_CHECK_STATE] = "no --endpoint-id";
  for (size_t length = 2; length <= PL_LIMIT_TEXT; length++) {
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
      fill(s.verdict.checks[check].summary, length, "\xc3\xa4");
    fill(s.verdict.findings[2].text, length, "a");
    s.verdict.metrics.count = length % PL_METRIC_COUNT;
    const char *text = text_of_one(&s, false);
    assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
    assert_contains(text, "[public.open]");
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_clean(text);
  }
  sample_free(&s);
}

/* ---- several endpoints ---------------------------------------------------------------------- */

static void batch_shows_what_is_not_ok(void **state) {
  (void)state;
  sample a, b, c;
  sample_open(&a);
  sample_fine(&b);
  sample_unusable(&c);
  const pl_result results[] = {c.result, b.result, a.result};
  pl_run run = sample_run(results, 3, true);
  const char *text = text_of(&run, 0);
  assert_contains(text, "PRIVATELINK CRITICAL: 2 of 3 endpoints not OK: rockset-prod: public "
                        "endpoint OPEN: ");
  assert_contains(text, " [public.open] | endpoints=3;;;0 ok=1;;;0 warning=0;;;0 critical=1;;;0 "
                        "unknown=1;;;0 rockset-prod.status=2;;;0;3 ");
  assert_contains(text, "\n[UNKNOWN] broken: /etc/privatelink.ini line 3: ");
  assert_contains(text, "\n[CRITICAL] rockset-prod: public: 1/2 addresses open [public.open]\n");
  assert_lacks(text, "[OK]");
  assert_lacks(text, "fine.");
  text = text_of(&run, 1);
  assert_contains(text, "\n[OK] fine: dns: api.example.com -> 10.0.1.10\n");
  assert_contains(text, " fine.dns_time=0.0025s;;;0");
  sample_free(&a);
  sample_free(&b);
  sample_free(&c);
}

static void batch_that_is_fine_says_so(void **state) {
  (void)state;
  sample a, b;
  sample_fine(&a);
  sample_unproven(&b);
  const pl_result results[] = {a.result, b.result};
  pl_run run = sample_run(results, 2, true);
  assert_string_equal(text_of(&run, 0),
                      "PRIVATELINK OK: 2 endpoints OK (public: 1 UNPROVEN) | endpoints=2;;;0 "
                      "ok=2;;;0 warning=0;;;0 critical=0;;;0 unknown=0;;;0\n");
  sample_free(&a);
  sample_free(&b);
}

static void batch_of_one_has_labels_of_a_batch(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_contains(text_of_one(&s, true), " fine.status=0;;;0;3 fine.dns_time=0.0025s;;;0\n[OK] ");
  sample_free(&s);
}

/* ---- perfdata ------------------------------------------------------------------------------- */

static void thresholds_are_ranges(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_error error;
  const char *warning[] = {"time=0.5", "time=~:0.25"};
  const char *critical[] = {"@1:2", "certificate_days=3:"};
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_WARNING, PL_LAYER_COMMAND_LINE, warning, 2, &error), PL_OK);
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_CRITICAL, PL_LAYER_COMMAND_LINE, critical, 2, &error), PL_OK);
  const char *text = text_of_one(&s, false);
  assert_contains(text, " time=0.012s;~:0.25;@1:2;0 certificate_days=U;14:;3:\n");
  sample_free(&s);
}

static void a_zone_s_threshold_is_not_another_s(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_error error;
  const char *warning[] = {"addresses_up=3:", "addresses_up-eu-central-1a=2:"};
  pl_metric *metrics = s.verdict.metrics.items;
  metrics[0] = (pl_metric){.id = PL_METRIC_ADDRESSES_UP, .known = true, .value = 3};
  metrics[1] = (pl_metric){.id = PL_METRIC_ADDRESSES_UP, .suffix = "eu-central-1a"};
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_WARNING, PL_LAYER_COMMAND_LINE, warning, 2, &error), PL_OK);
  assert_contains(text_of_one(&s, false),
                  " | addresses_up=3;3:;;0 addresses_up-eu-central-1a=U;2:;;0\n");
  sample_free(&s);
}

static void labels_keep_the_grammar(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_metric *metric = &s.verdict.metrics.items[0];
  snprintf(metric->suffix, sizeof(metric->suffix), "a b='|\x01");
  s.verdict.metrics.items[1].value = (double)INFINITY;
  const char *text = text_of_one(&s, false);
  assert_contains(text, " | 'status-a b__?"
                        "?'=0;;;0;3 dns_time=U;;;0\n");
  assert_clean(text);
  s.verdict.metrics.items[1].value = (double)NAN;
  assert_contains(text_of_one(&s, false), " dns_time=U;;;0\n");
  sample_free(&s);
}

static void numbers_know_no_locale(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    if (setlocale(LC_ALL, names[i]) != NULL)
      break;
  }
  sample s;
  sample_fine(&s);
  assert_contains(text_of_one(&s, false), " dns_time=0.0025s;;;0\n");
  setlocale(LC_ALL, "C");
  sample_free(&s);
}

static void totals_that_do_not_fit_are_left_out(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_run run = sample_run(&s.result, 1, true);
  for (size_t max = 0; max < 90; max++) {
    char storage[128];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_perfdata_add(&run, true, false, max, &buf);
    assert_true(strlen(storage) <= max);
    if (max >= strlen("endpoints=1"))
      assert_contains(storage, "endpoints=1");
    else
      assert_string_equal(storage, "");
  }
  sample_free(&s);
}

/* ---- what comes from outside ---------------------------------------------------------------- */

static void no_text_leaves_its_line(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  static const char nasty[] = "a|b\nc\x1b[31m d\x7f \xff \xe2\x80\xae <x> ' \"";
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    snprintf(s.verdict.checks[check].summary, PL_LIMIT_TEXT, "%s", nasty);
  for (size_t i = 0; i < s.verdict.finding_count; i++)
    snprintf(s.verdict.findings[i].text, PL_LIMIT_TEXT, "%s", nasty);
  s.spec.skipped[PL_CHECK_DNS] = nasty;
  s.result.name = nasty;
  for (int verbosity = 0; verbosity <= 3; verbosity++) {
    pl_run run = sample_run(&s.result, 1, true);
    const char *text = text_of(&run, verbosity);
    assert_clean(text);
    assert_contains(text, "a?b?c?[31m d? ? ? <x> ' \"");
  }
  sample_free(&s);
}

/* ---- more detail ---------------------------------------------------------------------------- */

static void verbosity_adds_addresses_facts_and_attempts(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_run run = sample_run(&s.result, 1, false);
  const char *text = text_of(&run, 1);
  assert_clean(text);
  assert_contains(text, "\n  EC2 API: found\n  vpce-0abc123def4567890: available, ");
  assert_contains(text, "\n  eni-0123456789abcdef0 10.0.1.10 (eu-central-1a)\n");
  assert_contains(text, "(ec2:DescribeSecurityGroups denied)\n");
  assert_contains(text, "failed)\n");
  assert_contains(text, "\n  10.0.0.2:53 (system) A: 10.0.1.10 (TTL 60 s, 2.5 ms)\n");
  assert_contains(text, "\n  [2606:4700:4700::1111]:53 AAAA: ");
  assert_contains(text, "\n  10.0.1.10 (eu-central-1a): up: connect 3 ms, TLS 1.3 5 ms, HTTP 200 "
                        "after 4 ms\n");
  assert_contains(text, "\n  10.0.1.10 without the key: counter-proof: connect 3 ms, ");
  assert_contains(text, "\n  52.58.0.11: open: connect 3 ms, ");
  assert_contains(text, "HTTP 200 after 4 ms [public.open]\n");
  assert_contains(text, "\n  203.0.113.9 via 64:ff9b::cb00:7109: not judged: ");
  assert_contains(text, "\n  witness ec2.eu-central-1.amazonaws.com 198.51.100.7:443: verified TLS "
                        "before, ");
  assert_contains(text, "\n  UNKNOWN: public endpoint UNPROVEN: 203.0.113.9 no answer "
                        "[public.unlisted]\n");
  assert_contains(text, "\n  OK: not judged: the security groups\n");
  assert_lacks(text, "certificate CN=");
  assert_lacks(text, "try 1");

  text = text_of(&run, 2);
  assert_clean(text);
  assert_contains(text,
                  "\n    certificate CN=api.example.com, issued by CN=Example CA \"R1\", valid "
                  "2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z, SHA-256 ab00");
  assert_contains(text, "\n    body begins: {\"message\": \"hello\"}\n");
  assert_contains(text, ", canonical name target.example.net, over TCP, failed over to the next "
                        "one\n");
  assert_contains(text, "\n  DNS entry api.example.com\n");
  assert_contains(text, "\n  IPv4 usable, IPv6 usable, NAT64 not needed\n");
  assert_lacks(text, "try 1");

  text = text_of(&run, 3);
  assert_clean(text);
  assert_contains(text, "\n    try 1 from port 40001: connect 3 ms");
  assert_contains(text, "\n    try 2: no answer to the SYN");
  sample_free(&s);
}

static void states_of_addresses_have_names(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.paths[0].up = false;
  s.verdict.paths[0].cause = PL_CAUSE_PORT_TIMEOUT;
  s.verdict.paths[1].counter_proof = false;
  s.facts.paths[2].try_count = 0;
  pl_run run = sample_run(&s.result, 1, false);
  const char *text = text_of(&run, 1);
  assert_contains(text,
                  "): down: connect 3 ms, TLS 1.3 5 ms, HTTP 200 after 4 ms [port.timeout]\n");
  assert_contains(text, "without the key: no counter-proof: ");
  assert_contains(text, "\n  52.58.0.11: open [public.open]\n");
  sample_free(&s);
}

static void families_and_signatures_are_raw_facts(void **state) {
  (void)state;
  static const struct {
    pl_family_state family;
    const char *family_text;
    pl_nat64_state nat64;
    const char *nat64_text;
  } rows[] = {
      {PL_FAMILY_USABLE, "IPv4 usable", PL_NAT64_NOT_NEEDED, "NAT64 not needed"},
      {PL_FAMILY_NO_ADDRESS, "IPv4 no global address here", PL_NAT64_NONE, "NAT64 none"},
      {PL_FAMILY_NO_ROUTE, "IPv4 no route", PL_NAT64_FOUND, "NAT64 used"},
      {PL_FAMILY_USABLE, "IPv4 usable", PL_NAT64_UNKNOWN, "NAT64 not known"},
  };
  sample s;
  sample_unproven(&s);
  pl_error error;
  const char *signatures[] = {"tcp:refused", "http:403:a|b"};
  assert_int_equal(
      pl_spec_set(&s.spec, PL_OPTION_BLOCKED_BY, PL_LAYER_COMMAND_LINE, signatures, 2, &error),
      PL_OK);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    s.facts.ipv4 = rows[i].family;
    s.facts.nat64 = rows[i].nat64;
    pl_run run = sample_run(&s.result, 1, false);
    const char *text = text_of(&run, 2);
    assert_contains(text, rows[i].family_text);
    assert_contains(text, rows[i].nat64_text);
    assert_contains(text, "\n  counts as blocked: tcp:refused, http:403:a?b\n");
  }
  s.result.spec = NULL;
  pl_run run = sample_run(&s.result, 1, false);
  assert_lacks(text_of(&run, 2), "counts as blocked");
  sample_free(&s);
}

static void an_api_that_failed_is_told(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.endpoint->known = false;
  s.endpoint->outcome = PL_EC2_THROTTLED;
  snprintf(s.endpoint->code, sizeof(s.endpoint->code), "RequestLimitExceeded");
  pl_run run = sample_run(&s.result, 1, false);
  assert_contains(text_of(&run, 1), " (RequestLimitExceeded)\n");
  assert_lacks(output, "eni-");
  s.facts.endpoint = NULL;
  assert_lacks(text_of(&run, 1), "EC2 API");
  sample_free(&s);
}

/* ---- words ---------------------------------------------------------------------------------- */

static void durations_are_short(void **state) {
  (void)state;
  static const struct {
    pl_nsec duration;
    const char *text;
  } rows[] = {
      {PL_NSEC_UNKNOWN, "?"},     {0, "0 ms"},
      {PL_MSEC / 4, "0.25 ms"},   {3 * PL_MSEC + PL_MSEC / 5, "3.2 ms"},
      {120 * PL_MSEC, "120 ms"},  {PL_SEC, "1 s"},
      {1250 * PL_MSEC, "1.25 s"}, {600 * PL_SEC, "600 s"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char storage[32];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_duration(rows[i].duration, &buf);
    assert_string_equal(storage, rows[i].text);
  }
}

static void instants_have_four_digits_for_the_year(void **state) {
  (void)state;
  static const struct {
    int64_t instant;
    const char *text;
  } rows[] = {
      {0, "1970-01-01T00:00:00Z"}, {253402300799, "9999-12-31T23:59:59Z"},
      {253402300800, ""},          {-62167219200, "0000-01-01T00:00:00Z"},
      {-62167219201, ""},          {INT64_MAX, ""},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char storage[32];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_instant(rows[i].instant, &buf);
    assert_string_equal(storage, rows[i].text);
  }
}

static void tries_in_words(void **state) {
  (void)state;
  static const struct {
    pl_try attempt;
    const char *text;
  } rows[] = {
      {{.end = PL_END_NOT_TRIED, .connect_time = -1}, "not tried"},
      {{.end = PL_END_REFUSED, .error = ECONNREFUSED, .connect_time = -1, .ended = PL_MSEC},
       "connection refused (RST) after 1 ms"},
      {{.end = PL_END_CONNECTED, .connect_time = PL_MSEC}, "connect 1 ms"},
      {{.end = PL_END_TLS_DONE,
        .connect_time = PL_MSEC,
        .tls_version = 0x0303,
        .tls_time = 2 * PL_MSEC},
       "connect 1 ms, TLS 1.2 2 ms"},
      {{.end = PL_END_SILENT, .connect_time = -1, .retransmits = 1, .ended = 3 * PL_SEC},
       "no answer to the SYN after 3 s, 1 retransmission"},
      {{.end = PL_END_SILENT, .connect_time = -1, .retransmits = 2, .ended = 3 * PL_SEC},
       "no answer to the SYN after 3 s, 2 retransmissions"},
      {{.end = PL_END_TLS_ALERT, .connect_time = PL_MSEC, .alert = 80, .ended = 2 * PL_MSEC},
       "connect 1 ms, TLS alert 80 after 2 ms"},
      {{.end = PL_END_HTTP_RESET,
        .connect_time = PL_MSEC,
        .tls_version = 0x0304,
        .tls_time = PL_MSEC,
        .error = 104,
        .ended = 3 * PL_MSEC},
       "connect 1 ms, TLS 1.3 1 ms, reset before an HTTP answer (Connection reset by peer) after "
       "3 ms"},
      {{.end = PL_END_ICMP,
        .connect_time = -1,
        .ended = PL_MSEC,
        .icmp = {.seen = true,
                 .family = PL_FAMILY_IPV4,
                 .type = 3,
                 .code = 13,
                 .sender = {.family = PL_FAMILY_IPV4, .bytes = {192, 0, 2, 1}}}},
       " (ICMP type 3 code 13 from 192.0.2.1) after 1 ms"},
      {{.end = PL_END_LOCAL,
        .connect_time = -1,
        .error = 1,
        .ended = PL_MSEC,
        .icmp = {.seen = true,
                 .family = PL_FAMILY_IPV6,
                 .type = 1,
                 .code = 1,
                 .sender = {.family = PL_FAMILY_IPV4, .bytes = {192, 0, 2, 1}},
                 .sender_is_self = true}},
       " (ICMPv6 type 1 code 1 from 192.0.2.1, this host) (Operation not permitted) after 1 ms"},
      {{.end = PL_END_TLS_DONE,
        .connect_time = -1,
        .certificate = {.time = PL_CERTIFICATE_EXPIRED}},
       "certificate expired"},
      {{.end = PL_END_TLS_DONE,
        .connect_time = -1,
        .certificate = {.time = PL_CERTIFICATE_NOT_YET}},
       "certificate not yet valid"},
      {{.end = PL_END_TLS_UNVERIFIED,
        .connect_time = -1,
        .ended = PL_MSEC,
        .certificate = {.problem = "for another name"}},
       "certificate: for another name, certificate not accepted after 1 ms"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char storage[256];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_try(&rows[i].attempt, &buf);
    assert_contains(storage, rows[i].text);
  }
}

static void every_end_has_words(void **state) {
  (void)state;
  for (unsigned end = 0; end < PL_END_COUNT; end++) {
    pl_try attempt;
    pl_try_init(&attempt);
    attempt.end = (pl_end)end;
    attempt.connect_time = PL_MSEC;
    char storage[256];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_try(&attempt, &buf);
    assert_contains(storage, "connect 1 ms");
    if (end != PL_END_CONNECTED && end != PL_END_TLS_DONE)
      assert_true(strlen(storage) > strlen("connect 1 ms, "));
  }
}

static void answers_in_words(void **state) {
  (void)state;
  pl_dns_fact fact = {.outcome = PL_DNS_RCODE, .rcode = 4, .elapsed = PL_MSEC};
  char storage[256];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_report_dns(&fact, &buf);
  assert_contains(storage, " 4 (1 ms)");
  fact = (pl_dns_fact){.outcome = PL_DNS_LOCAL, .error = 101, .elapsed = PL_NSEC_UNKNOWN};
  pl_buf_clear(&buf);
  pl_report_dns(&fact, &buf);
  assert_contains(storage, "(Network is unreachable) (?)");
  fact = (pl_dns_fact){.outcome = PL_DNS_ANSWER, .ttl = 5, .answers = {.truncated = true}};
  pl_buf_clear(&buf);
  pl_report_dns(&fact, &buf);
  assert_string_equal(storage, " (TTL 5 s, more than can be looked at, 0 ms)");
}

static void witnesses_in_words(void **state) {
  (void)state;
  static const struct {
    pl_witness_leg before, after;
    const char *text;
  } rows[] = {
      {{.end = PL_END_TLS_DONE, .verified = true},
       {.end = PL_END_TLS_DONE, .verified = true},
       "192.0.2.1:853: verified TLS before and after"},
      {{.end = PL_END_TLS_DONE},
       {.end = PL_END_TLS_DONE, .verified = true},
       "192.0.2.1:853: a certificate out of date before, verified TLS after"},
      {{.end = PL_END_CONNECTED},
       {.end = PL_END_CONNECTED},
       "192.0.2.1:853: connected before and "
       "after"},
      {{.end = PL_END_TLS_DONE, .verified = true},
       {.end = PL_END_NOT_TRIED},
       "192.0.2.1:853: verified TLS before, not asked again"},
      {{.end = PL_END_NOT_TRIED}, {.end = PL_END_NOT_TRIED}, "192.0.2.1:853: not tried"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_witness witness = {.host = "192.0.2.1",
                          .address = {.family = PL_FAMILY_IPV4, .bytes = {192, 0, 2, 1}},
                          .port = 853,
                          .before = rows[i].before,
                          .after = rows[i].after};
    char storage[256];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_witness(&witness, &buf);
    assert_string_equal(storage, rows[i].text);
  }
  const pl_witness nameless = {.host = "witness.example", .port = 443};
  pl_buf words;
  pl_buf_init(&words, 200);
  pl_report_witness(&nameless, &words);
  assert_string_equal(pl_buf_text(&words),
                      "witness.example: its name has no address, or could not be looked up");
  pl_buf_free(&words);
}

static void a_check_line_by_itself(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  char storage[256];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_report_check_line(&s.result, PL_CHECK_PUBLIC, &buf);
  assert_string_equal(storage, "public: 1/2 addresses open [public.open]");
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_line_has_the_worst_finding),
      cmocka_unit_test(skipped_checks_stand_on_the_first_line),
      cmocka_unit_test(unproven_is_said_whatever_its_severity),
      cmocka_unit_test(unproven_does_not_hide_behind_another_finding),
      cmocka_unit_test(unproven_that_the_judge_names_is_not_named_twice),
      cmocka_unit_test(unusable_section_is_unknown_with_its_line),
      cmocka_unit_test(worst_without_a_finding_has_its_summary),
      cmocka_unit_test(no_check_at_all_is_unknown),
      cmocka_unit_test(text_is_cut_before_perfdata),
      cmocka_unit_test(a_line_that_is_cut_keeps_its_reason),
      cmocka_unit_test(perfdata_that_does_not_fit_loses_whole_items),
      cmocka_unit_test(any_length_of_text_keeps_the_limit),
      cmocka_unit_test(batch_shows_what_is_not_ok),
      cmocka_unit_test(batch_that_is_fine_says_so),
      cmocka_unit_test(batch_of_one_has_labels_of_a_batch),
      cmocka_unit_test(thresholds_are_ranges),
      cmocka_unit_test(a_zone_s_threshold_is_not_another_s),
      cmocka_unit_test(labels_keep_the_grammar),
      cmocka_unit_test(numbers_know_no_locale),
      cmocka_unit_test(totals_that_do_not_fit_are_left_out),
      cmocka_unit_test(no_text_leaves_its_line),
      cmocka_unit_test(verbosity_adds_addresses_facts_and_attempts),
      cmocka_unit_test(states_of_addresses_have_names),
      cmocka_unit_test(families_and_signatures_are_raw_facts),
      cmocka_unit_test(an_api_that_failed_is_told),
      cmocka_unit_test(durations_are_short),
      cmocka_unit_test(instants_have_four_digits_for_the_year),
      cmocka_unit_test(tries_in_words),
      cmocka_unit_test(every_end_has_words),
      cmocka_unit_test(answers_in_words),
      cmocka_unit_test(witnesses_in_words),
      cmocka_unit_test(a_check_line_by_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
