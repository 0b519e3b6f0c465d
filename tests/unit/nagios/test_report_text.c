// Tests the first line, the lines of the checks, perfdata, and the limit of all output.
#include "options/options.h"
#include "report/perfdata.h"
#include "report_text.h"
#include "sample_run.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

static void skipped_checks_are_named_with_v(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: fine: dns OK; dns: api.example.com -> 10.0.1.10 | "
                      "status=0;;;0;3 dns_time=0.0025s;;;0\n"
                      "[OK] dns: as above\n");
  pl_run run = sample_run(&s.result, 1, false);
  const char *text = text_of(&run, 1);
  assert_contains(text, "\n[OK] dns: api.example.com -> 10.0.1.10\n");
  assert_contains(text, "\nskipped: state: no --endpoint-id\nskipped: public: no --public-name\n");
  const pl_endpoint_result results[] = {s.result, s.result};
  run = sample_run(results, 2, true);
  assert_contains(text_of(&run, 1), "\nskipped: fine: state: no --endpoint-id\n");
  s.spec.checks_named = PL_CHECK_BIT(PL_CHECK_DNS);
  assert_lacks(text_of(&run, 1), "skipped");
  sample_free(&s);
}

static void unproven_is_said_whatever_its_severity(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  assert_string_equal(text_of_one(&s, false),
                      "PRIVATELINK OK: quiet: public: UNPROVEN: nothing answered "
                      "[public.no-egress] | status=0;;;0;3 public_verdict=2;;;0;2\n"
                      "[OK] public: UNPROVEN, as above [public.no-egress]\n");
  sample_free(&s);
}

static void unproven_is_not_hidden_by_another_finding(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  sample_finding(&s.verdict, PL_CHECK_PORT, PL_REASON_PORT_SOME_DOWN, PL_SEVERITY_WARNING,
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
  assert_contains(text_of_one(&s, false), "quiet: public: IPv4 only: UNPROVEN: x [");
  sample_free(&s);
}

static void unusable_section_is_unknown_with_its_line(void **state) {
  (void)state;
  sample s;
  sample_unusable(&s);
  assert_string_equal(text_of_one(&s, true),
                      "PRIVATELINK UNKNOWN: broken: /etc/privatelink.ini line 3: --port: '...' is "
                      "not a port [usage]\n");
  sample_free(&s);
}

static void worst_without_a_finding_has_its_summary(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].severity = PL_SEVERITY_CRITICAL;
  s.verdict.checks[PL_CHECK_DNS].reason = PL_REASON_DNS_EMPTY;
  assert_contains(text_of_one(&s, false),
                  "PRIVATELINK CRITICAL: fine: api.example.com -> 10.0.1.10 [dns.empty] | ");
  sample_free(&s);
}

static void no_check_at_all_is_unknown(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  s.verdict.checks[PL_CHECK_DNS].ran = false;
  s.verdict.worst = PL_CHECK_COUNT;
  s.verdict.severity = PL_SEVERITY_UNKNOWN;
  assert_contains(text_of_one(&s, false), "PRIVATELINK UNKNOWN: fine: no check ran [usage] | ");
  s.verdict.severity = PL_SEVERITY_OK;
  pl_run run = sample_run(&s.result, 1, false);
  assert_int_equal(pl_run_severity(&run), PL_SEVERITY_UNKNOWN);
  assert_contains(text_of(&run, 0), "PRIVATELINK UNKNOWN: fine: no check ran | ");
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
  /* Bounds are left out before text is cut. */
  assert_contains(text, "| status=2 public_verdict=1 ");
  sample_free(&s);
}

static void perfdata_of_one_endpoint_loses_whole_items(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  fill_metrics(&s.verdict);
  s.result.name = "a-name-of-sixty-four-characters-which-is-as-long-as-a-name-can-be";
  const char *text = text_of_one(&s, true);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_true(strlen(text) > PL_LIMIT_OUTPUT - 200);
  assert_lacks(text, "endpoints=");
  const char *end = strchr(text, '\n');
  const char *last = end;
  while (last[-1] != ' ')
    last--;
  assert_memory_equal(last, s.result.name, strlen(s.result.name));
  assert_true(end[-1] == 's' || (end[-1] >= '0' && end[-1] <= '9'));
  sample_free(&s);
}

static size_t total_of(const char *text, const char *label) {
  const char *at = strstr(text, label);
  size_t value;
  assert_non_null(at);
  assert_int_equal(sscanf(at + strlen(label), "=%zu", &value), 1);
  return value;
}

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
    count++;
  return count;
}

/* Any number of broken endpoints, with names of any length: as many names as fit, how many are
 * missing, the totals, and performance data of whole endpoints only. */
static void names_and_totals_come_before_the_rest(void **state) {
  (void)state;
  enum { MOST = 60 };
  static char names[MOST][65];
  sample s;
  sample_open(&s);
  pl_endpoint_result results[MOST];
  for (size_t length = 2; length <= 64; length += 31) {
    for (size_t i = 0; i < MOST; i++) {
      snprintf(names[i], sizeof(names[i]), "%02zu%.*s", i, (int)length - 2,
               "-of-sixty-four-characters-which-is-as-long-as-a-name-can-be-here");
      results[i] = s.result;
      results[i].name = names[i];
    }
    for (size_t count = 2; count <= MOST; count++) {
      pl_run run = sample_run(results, count, true);
      const char *text = text_of(&run, 0);
      assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
      char head[1001];
      snprintf(head, sizeof(head), "%.*s", (int)(strchr(text, '|') - text), text);
      size_t named = count_of(head, " [public.open]"), more = 0;
      assert_memory_equal(strrchr(head, '['), "[public.open] ", 15);
      const char *at = strstr(head, ", and ");
      assert_true(at == NULL || sscanf(at, ", and %zu more ", &more) == 1);
      named -= more > 0 ? 1 : 0; /* "and 5 more [public.open]" */
      assert_int_equal(named + more, count);
      assert_true(named >= (count < 10 ? count : 10));
      assert_int_equal(total_of(text, " | endpoints"), count);
      assert_int_equal(total_of(text, " critical"), count);
      assert_int_equal(count_of(text, ".status="), count_of(text, ".certificate_days=U"));
    }
  }
  sample_free(&s);
}

/* What the issue is about: ten broken endpoints, and a healthy one. */
static void all_names_of_ten_broken_endpoints_are_seen(void **state) {
  (void)state;
  static const char *const names[] = {
      "rockset-prod", "snowflake-prod", "databricks-eu", "mongodb-atlas",  "confluent-eu",
      "elastic-prod", "datadog-logs",   "redis-cloud",   "mysql-heatwave", "vault-hcp"};
  sample broken, fine;
  sample_open(&broken);
  sample_fine(&fine);
  pl_endpoint_result results[11];
  results[0] = fine.result;
  for (size_t i = 0; i < 10; i++) {
    results[i + 1] = broken.result;
    results[i + 1].name = names[i];
  }
  pl_run run = sample_run(results, 11, true);
  const char *text = text_of(&run, 0);
  assert_memory_equal(text, "PRIVATELINK CRITICAL: 10 of 11 endpoints not OK (10 CRITICAL): rock",
                      67);
  for (size_t i = 0; i < 10; i++) {
    char item[64];
    snprintf(item, sizeof(item), "%s [public.open]", names[i]);
    assert_contains(text, item);
  }
  assert_contains(text, "vault-hcp [public.open] | endpoints=11 ok=1 warning=0 critical=10 "
                        "unknown=0 rockset-prod.status=2 ");
  assert_lacks(text, " more");
  assert_contains(text, "\n[CRITICAL] rockset-prod: public: 1/2 addresses open [public.open]\n");
  sample_free(&broken);
  sample_free(&fine);
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
  const pl_endpoint_result results[] = {c.result, b.result, a.result};
  pl_run run = sample_run(results, 3, true);
  const char *text = text_of(&run, 0);
  assert_contains(text, "PRIVATELINK CRITICAL: 2 of 3 endpoints not OK (1 CRITICAL, 1 UNKNOWN): "
                        "rockset-prod [public.open], broken [usage] | ");
  assert_contains(text, " [usage] | endpoints=3;;;0 ok=1;;;0 warning=0;;;0 critical=1;;;0 "
                        "unknown=1;;;0 rockset-prod.status=2;;;0;3 ");
  assert_contains(text, "\n[CRITICAL] rockset-prod: public: 1/2 addresses open [public.open]\n"
                        "[UNKNOWN] broken: /etc/privatelink.ini line 3: ");
  assert_lacks(text, "[OK]");
  assert_contains(text, " rockset-prod.certificate_days=U;14:;7: fine.status=0;;;0;3 "
                        "fine.dns_time=0.0025s;;;0\n");
  text = text_of(&run, 1);
  assert_contains(text, "\n[OK] fine: dns: api.example.com -> 10.0.1.10\n");
  assert_contains(text, " fine.dns_time=0.0025s;;;0");
  sample_free(&a);
  sample_free(&b);
  sample_free(&c);
}

static void batch_that_is_not_recorded_ends_with_a_reason(void **state) {
  (void)state;
  sample a, b;
  sample_open(&a);
  sample_unusable(&b);
  const pl_endpoint_result results[] = {a.result, b.result};
  pl_run run = sample_run(results, 2, true);
  run.unrecorded = "/x: Is a directory";
  assert_contains(text_of(&run, 0), "rockset-prod [public.open], broken [usage] "
                                    "(not recorded: /x: Is a directory) [evidence.failed] | ");
  sample_free(&a);
  sample_free(&b);
}

static void batch_that_is_fine_says_so(void **state) {
  (void)state;
  sample a, b;
  sample_fine(&a);
  sample_unproven(&b);
  const pl_endpoint_result results[] = {a.result, b.result};
  pl_run run = sample_run(results, 2, true);
  assert_string_equal(text_of(&run, 0),
                      "PRIVATELINK OK: 2 endpoints OK (public: 1 UNPROVEN) [public.no-egress] | "
                      "endpoints=2;;;0 ok=2;;;0 warning=0;;;0 critical=0;;;0 unknown=0;;;0 "
                      "fine.status=0;;;0;3 fine.dns_time=0.0025s;;;0 quiet.status=0;;;0;3 "
                      "quiet.public_verdict=2;;;0;2\n"
                      "[OK] quiet: public: UNPROVEN: nothing answered [public.no-egress]\n");
  sample_free(&a);
  sample_free(&b);
}

static void one_broken_endpoint_of_several_has_its_text(void **state) {
  (void)state;
  sample a, b;
  sample_open(&a);
  sample_fine(&b);
  const pl_endpoint_result results[] = {b.result, a.result};
  pl_run run = sample_run(results, 2, true);
  assert_contains(text_of(&run, 0),
                  "PRIVATELINK CRITICAL: 1 of 2 endpoints not OK: rockset-prod: public endpoint "
                  "OPEN: api.euc1a1.rockset.com 52.58.0.11 answered HTTP 200 [public.open] | "
                  "endpoints=2;;;0 ok=1;;;0 ");
  sample_free(&a);
  sample_free(&b);
}

static void batch_of_one_has_labels_and_no_totals(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  assert_contains(text_of_one(&s, true), " | fine.status=0;;;0;3 fine.dns_time=0.0025s;;;0\n[OK] ");
  sample_free(&s);
}

/* All checks, three zones, and values as a real endpoint has them. */
static void a_healthy_endpoint_is_not_cut(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.severity = PL_SEVERITY_OK;
  s.verdict.checks[PL_CHECK_PUBLIC].severity = PL_SEVERITY_OK;
  s.verdict.public_verdict = PL_PUBLIC_BLOCKED;
  snprintf(s.verdict.checks[PL_CHECK_DNS].summary, PL_LIMIT_TEXT,
           "api.example.com -> 10.0.1.10 10.0.2.10 10.0.3.10, all the endpoint's own");
  snprintf(s.verdict.checks[PL_CHECK_PUBLIC].summary, PL_LIMIT_TEXT,
           "2/2 blocked, from this host over this egress path: HTTP 403 \"Forbidden\"; ruled out: "
           "outage, tenant, request, key, inspection; not ruled out: sample");
  static const double values[PL_METRIC_COUNT] = {
      [PL_METRIC_PUBLIC_HTTP_STATUS] = 403,
      [PL_METRIC_ADDRESSES] = 3,
      [PL_METRIC_ADDRESSES_UP] = 3,
      [PL_METRIC_CERTIFICATE_DAYS] = 74,
      [PL_METRIC_TIME] = 0.012345,
      [PL_METRIC_CONNECT_TIME] = 0.001234,
      [PL_METRIC_TLS_TIME] = 0.009876,
      [PL_METRIC_FIRST_BYTE_TIME] = 0.004321,
      [PL_METRIC_DNS_TIME] = 0.000987,
      [PL_METRIC_STATE_AGE] = 0.123456,
      [PL_METRIC_DNS_TTL] = 60,
      [PL_METRIC_HOURLY_COST] = 0.03,
  };
  s.verdict.metrics.count = 0;
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    if (id != PL_METRIC_HOURLY_COST && id != PL_METRIC_PUBLIC_BASELINE_AGE) /* options */
      sample_metric(&s.verdict, (pl_metric_id)id, true, values[id]);
  }
  for (size_t i = 0; i < 3; i++) {
    const char *const zones[] = {"eu-central-1a", "eu-central-1b", "eu-central-1c"};
    pl_metric *zone = pl_metrics_add_zone(&s.verdict.metrics, PL_METRIC_ADDRESSES_UP, zones[i]);
    zone->known = true;
    zone->value = 1;
  }
  const char *text = text_of_one(&s, true);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_lacks(text, "...");
  assert_lacks(text, "(cut)");
  assert_contains(text, "rockset-prod: state, dns, port, public OK | rockset-prod.status=0 ");
  assert_contains(text, " rockset-prod.scheduling_delay=0s ");
  assert_contains(text, " rockset-prod.addresses_up-eu-central-1c=1\n[OK] state");
  assert_contains(text, "\n[OK] dns");
  assert_contains(text, "\n[OK] port");
  assert_contains(text, "\n[OK] public");
  /* Without the section's name there is room for the texts. */
  text = text_of_one(&s, false);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(
      text, " addresses_up-eu-central-1c=1\n[OK] state: available, private DNS on, 3 zones\n");
  assert_contains(text, "\n[OK] public");
  /* A longer one leaves no room for all performance data, which is said. */
  s.result.name = "rockset-production-of-europe";
  text = text_of_one(&s, true);
  assert_true(strlen(text) <= PL_LIMIT_OUTPUT);
  assert_contains(text, " | rockset-production-of-europe.status=0 ");
  assert_contains(text, "\n[OK] public\n(cut)\n");
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

static void unknown_values_can_be_left_out(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_run run = sample_run(&s.result, 1, false);
  run.omit_unknown = true;
  for (int verbosity = 0; verbosity <= 3; verbosity++) {
    const char *text = text_of(&run, verbosity);
    assert_contains(text, " time=0.012s;;;0\n");
    assert_lacks(text, "certificate_days");
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_line_has_the_worst_finding),
      cmocka_unit_test(skipped_checks_are_named_with_v),
      cmocka_unit_test(unproven_is_said_whatever_its_severity),
      cmocka_unit_test(unproven_is_not_hidden_by_another_finding),
      cmocka_unit_test(unproven_that_the_judge_names_is_not_named_twice),
      cmocka_unit_test(unusable_section_is_unknown_with_its_line),
      cmocka_unit_test(worst_without_a_finding_has_its_summary),
      cmocka_unit_test(no_check_at_all_is_unknown),
      cmocka_unit_test(text_is_cut_before_perfdata),
      cmocka_unit_test(a_line_that_is_cut_keeps_its_reason),
      cmocka_unit_test(perfdata_of_one_endpoint_loses_whole_items),
      cmocka_unit_test(names_and_totals_come_before_the_rest),
      cmocka_unit_test(all_names_of_ten_broken_endpoints_are_seen),
      cmocka_unit_test(a_healthy_endpoint_is_not_cut),
      cmocka_unit_test(unknown_values_can_be_left_out),
      cmocka_unit_test(any_length_of_text_keeps_the_limit),
      cmocka_unit_test(batch_shows_what_is_not_ok),
      cmocka_unit_test(batch_that_is_not_recorded_ends_with_a_reason),
      cmocka_unit_test(batch_that_is_fine_says_so),
      cmocka_unit_test(batch_of_one_has_labels_and_no_totals),
      cmocka_unit_test(one_broken_endpoint_of_several_has_its_text),
      cmocka_unit_test(thresholds_are_ranges),
      cmocka_unit_test(a_zone_s_threshold_is_not_another_s),
      cmocka_unit_test(labels_keep_the_grammar),
      cmocka_unit_test(numbers_know_no_locale),
      cmocka_unit_test(no_text_leaves_its_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
