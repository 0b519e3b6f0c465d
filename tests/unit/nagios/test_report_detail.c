// Tests what -v to -vvv add to a report, and the words that describe facts.
#include "options/options.h"
#include "report/words.h"
#include "report_text.h"
#include "sample_run.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- more detail ---------------------------------------------------------------------------- */

static void verbosity_adds_addresses_facts_and_attempts(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_run run = sample_run(&s.result, 1, false);
  const char *text = text_of(&run, 1);
  assert_clean(text);
  assert_contains(text, "\n  EC2 API: found\n  vpce-0abc123def4567890: state available, service ");
  assert_contains(text, "\n  eni-0123456789abcdef0 10.0.1.10 (eu-central-1a)\n");
  assert_contains(text, "(missing permission ec2:DescribeSecurityGroups)\n");
  assert_contains(text, "(failed call ec2:DescribeSubnets)\n");
  assert_contains(text, "\n  10.0.0.2:53 (system) A: 10.0.1.10 (TTL 60 s, 2.5 ms)\n");
  assert_contains(text, "\n  db.example.com: 10.0.0.2:53 A: 10.0.1.10 (");
  assert_contains(text, "\n  [2606:4700:4700::1111]:53 AAAA: ");
  assert_contains(text,
                  "\n  10.0.1.10 (eu-central-1a): up: connect 3 ms, TLS 1.3 in 5 ms, HTTP 200 "
                  "after 4 ms\n");
  assert_contains(text, "\n  10.0.1.10 without the key: can be compared: connect 3 ms, ");
  assert_contains(text, "\n  52.58.0.11: open: connect 3 ms, ");
  assert_contains(text, "HTTP 200 after 4 ms [public.open]\n");
  assert_contains(text, "\n  30.113.0.9 via 64:ff9b::1e71:9: not judged: ");
  assert_contains(text, "\n  witness ec2.eu-central-1.amazonaws.com 30.51.100.7:443: 1 of 2 "
                        "probes answered with verified TLS; the last one: ");
  assert_contains(text, "\n  UNKNOWN: public endpoint UNPROVEN: 30.113.0.9 no answer "
                        "[public.unlisted]\n");
  assert_contains(text, "\n  OK: not judged: the security groups\n");
  assert_lacks(text, "certificate CN=");
  assert_lacks(text, "attempt 1");

  text = text_of(&run, 2);
  assert_clean(text);
  assert_contains(text,
                  "\n    certificate CN=api.example.com, issued by CN=Example CA \"R1\", valid "
                  "2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z, SHA-256 ab00");
  assert_contains(text, "\n    body begins: {\"message\": \"hello\"}\n");
  assert_contains(text, ", canonical name target.example.net, over TCP, failed over to the next "
                        "resolver\n");
  assert_contains(text, "\n  DNS entry api.example.com\n");
  assert_contains(text, "\n  IPv4: usable, IPv6: usable, NAT64: not needed\n");
  assert_lacks(text, "attempt 1");

  text = text_of(&run, 3);
  assert_clean(text);
  assert_contains(text, "\n    attempt 1 from port 40001: connect 3 ms");
  assert_contains(text, "\n    attempt 2: no answer to the SYN");
  sample_free(&s);
}

static void states_of_addresses_have_names(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.targets[0].up = false;
  s.verdict.targets[0].reason = PL_REASON_PORT_TIMEOUT;
  s.verdict.targets[1].counter_proof = false;
  s.facts.targets[2].attempt_count = 0;
  pl_run run = sample_run(&s.result, 1, false);
  const char *text = text_of(&run, 1);
  assert_contains(text,
                  "): down: connect 3 ms, TLS 1.3 in 5 ms, HTTP 200 after 4 ms [port.timeout]\n");
  assert_contains(text, "without the key: cannot be compared: ");
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
      {PL_FAMILY_USABLE, "IPv4: usable", PL_NAT64_NOT_NEEDED, "NAT64: not needed"},
      {PL_FAMILY_NO_ADDRESS, "IPv4: no global address on this host", PL_NAT64_NONE, "NAT64: none"},
      {PL_FAMILY_NO_ROUTE, "IPv4: no route from this host", PL_NAT64_FOUND, "NAT64: used"},
      {PL_FAMILY_USABLE, "IPv4: usable", PL_NAT64_UNKNOWN, "NAT64: not known"},
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

/* Who gave the file must see that it was not used, and why. */
static void evidence_of_another_host_is_named(void **state) {
  (void)state;
  sample s;
  sample_unproven(&s);
  pl_run run = sample_run(&s.result, 1, false);
  assert_lacks(text_of(&run, 1), "--private-evidence");
  s.spec.private_evidence = strdup("/private.json");
  snprintf(s.facts.private_evidence.problem, sizeof(s.facts.private_evidence.problem),
           "it is older than 10 minutes");
  run = sample_run(&s.result, 1, false);
  assert_contains(text_of(&run, 1),
                  "\n  --private-evidence: not used: it is older than 10 minutes\n");
  assert_lacks(text_of(&run, 0), "it is older");
  s.facts.private_evidence.up = true;
  run = sample_run(&s.result, 1, false);
  assert_contains(text_of(&run, 1), "\n  --private-evidence: the private side is up from there\n");
  sample_free(&s);
}

static void an_api_that_failed_is_reported(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.endpoint->known = false;
  s.endpoint->outcome = PL_EC2_THROTTLED;
  snprintf(s.endpoint->code, sizeof(s.endpoint->code), "RequestLimitExceeded");
  pl_run run = sample_run(&s.result, 1, false);
  assert_contains(text_of(&run, 1), " (RequestLimitExceeded)\n");
  assert_lacks(report_output, "eni-");
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
    pl_buf_add_instant(&buf, rows[i].instant);
    assert_string_equal(storage, rows[i].text);
  }
}

static void attempts_in_words(void **state) {
  (void)state;
  static const struct {
    pl_attempt_result attempt;
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
       "connect 1 ms, TLS 1.2 in 2 ms"},
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
       "connect 1 ms, TLS 1.3 in 1 ms, reset before an HTTP answer (Connection reset by peer) "
       "after "
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
    pl_report_attempt(&rows[i].attempt, &buf);
    assert_contains(storage, rows[i].text);
  }
}

static void every_end_has_words(void **state) {
  (void)state;
  for (unsigned end = 0; end < PL_END_COUNT; end++) {
    pl_attempt_result attempt;
    pl_attempt_init(&attempt);
    attempt.end = (pl_end)end;
    attempt.connect_time = PL_MSEC;
    char storage[256];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_report_attempt(&attempt, &buf);
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
  assert_string_equal(storage, " (TTL 5 s, more addresses than the limit, 0 ms)");
}

static void witnesses_in_words(void **state) {
  (void)state;
  static const pl_witness_result good = {.end = PL_END_TLS_DONE, .verified = true};
  static const pl_witness_result expired = {.end = PL_END_TLS_DONE};
  const struct {
    pl_witness_result results[2];
    size_t count;
    const char *text;
  } rows[] = {
      {{good, good}, 2, "192.0.2.1:853: 2 of 2 probes answered with verified TLS"},
      {{good, expired},
       2,
       "192.0.2.1:853: 1 of 2 probes answered with verified TLS; the last one: a certificate that "
       "is expired or not yet valid"},
      {{{.end = PL_END_CONNECTED}},
       1,
       "192.0.2.1:853: 0 of 1 probes answered with verified TLS; the last one: connected"},
      {{{0}}, 0, "192.0.2.1:853: not tried"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_witness witness = {.host = "192.0.2.1",
                          .address = {.family = PL_FAMILY_IPV4, .bytes = {192, 0, 2, 1}},
                          .port = 853,
                          .result_count = rows[i].count};
    memcpy(witness.results, rows[i].results, sizeof(rows[i].results));
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
                      "witness.example: its name has no address, or the lookup failed");
  pl_buf_free(&words);
}

static void a_check_line_by_itself(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  assert_contains(text_of_one(&s, false),
                  "\n[CRITICAL] public: 1/2 addresses open [public.open]\n");
  sample_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verbosity_adds_addresses_facts_and_attempts),
      cmocka_unit_test(states_of_addresses_have_names),
      cmocka_unit_test(families_and_signatures_are_raw_facts),
      cmocka_unit_test(evidence_of_another_host_is_named),
      cmocka_unit_test(an_api_that_failed_is_reported),
      cmocka_unit_test(durations_are_short),
      cmocka_unit_test(instants_have_four_digits_for_the_year),
      cmocka_unit_test(attempts_in_words),
      cmocka_unit_test(every_end_has_words),
      cmocka_unit_test(answers_in_words),
      cmocka_unit_test(witnesses_in_words),
      cmocka_unit_test(a_check_line_by_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
