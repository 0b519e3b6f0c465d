// Tests reason codes, and what happens if there are more findings than fit.
#include "facts/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Codes are a contract with alert rules: none is renamed, and a new one is added here, too. */
static const char *const codes[] = {
    "dns.nxdomain",
    "dns.empty",
    "dns.servfail",
    "dns.refused",
    "dns.timeout",
    "dns.public-answer",
    "dns.foreign-address",
    "dns.some-failed",
    "dns.hosts-file",
    "dns.local-failure",
    "port.refused",
    "port.timeout",
    "port.unreachable",
    "port.reset",
    "port.tls",
    "port.certificate",
    "port.certificate-expiry",
    "port.http-status",
    "port.some-down",
    "port.no-address",
    "port.local-failure",
    "public.open",
    "public.blocked",
    "public.ambiguous",
    "public.no-egress",
    "public.service-down",
    "public.intercepted",
    "public.unlisted",
    "public.local-failure",
    "public.no-address",
    "public.dns",
    "public.tenant",
    "public.near",
    "public.moment",
    "public.front",
    "public.memory",
    "state.pending",
    "state.pending-acceptance",
    "state.rejected",
    "state.failed",
    "state.expired",
    "state.deleted",
    "state.not-found",
    "state.unknown",
    "state.service-name",
    "state.private-dns",
    "state.vpc-dns",
    "state.security-group",
    "state.zones",
    "state.association",
    "state.type",
    "state.api",
    "state.credentials",
    "state.denied",
    "state.throttled",
    "evidence.failed",
    "threshold",
    "usage",
    "stopped",
};

static void the_codes_are_what_users_rely_on(void **state) {
  (void)state;
  assert_int_equal(PL_REASON_COUNT - 1, PL_COUNT_OF(codes));
  for (size_t i = 0; i < PL_COUNT_OF(codes); i++) {
    pl_reason reason = 1;
    while (reason < PL_REASON_COUNT && strcmp(pl_reason_code(reason), codes[i]) != 0)
      reason++;
    if (reason == PL_REASON_COUNT)
      fail_msg("%s is missing", codes[i]);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(codes[i], codes[j]);
  }
}

static void every_cause_says_what_it_means_and_what_to_do(void **state) {
  (void)state;
  for (pl_reason reason = 1; reason < PL_REASON_COUNT; reason++) {
    size_t meaning = strlen(pl_reason_meaning(reason)), hint = strlen(pl_reason_hint(reason));
    assert_in_range(meaning, 10, PL_LIMIT_TEXT);
    assert_in_range(hint, 10, PL_LIMIT_TEXT);
    /* Safe in perfdata and in one line. */
    assert_null(strpbrk(pl_reason_meaning(reason), "|\n<>"));
    assert_null(strpbrk(pl_reason_hint(reason), "|\n<>"));
  }
  assert_string_equal(pl_reason_code(PL_REASON_NONE), "");
  assert_string_equal(pl_reason_meaning(PL_REASON_NONE), "");
  assert_string_equal(pl_reason_hint(PL_REASON_NONE), "");
}

static void verdicts_have_names(void **state) {
  (void)state;
  assert_string_equal(pl_public_name(PL_PUBLIC_BLOCKED), "blocked");
  assert_string_equal(pl_public_name(PL_PUBLIC_OPEN), "open");
  assert_string_equal(pl_public_name(PL_PUBLIC_UNPROVEN), "unproven");
}

/* ---- findings ------------------------------------------------------------------------------- */

static pl_verdict v;

static void setup(void) {
  memset(&v, 0, sizeof(v));
  v.checks[PL_CHECK_DNS].ran = v.checks[PL_CHECK_PORT].ran = true;
}

static pl_finding *add(pl_check check, pl_reason reason, pl_severity severity, const char *text) {
  return pl_verdict_add(&v, check, reason, severity, NULL, "%s", text);
}

static void the_worst_sets_severity_and_cause(void **state) {
  (void)state;
  static const struct {
    pl_severity severity;
    pl_reason reason;
    pl_severity of_check;
    pl_reason cause_of_check;
  } steps[] = {
      {PL_SEVERITY_OK, PL_REASON_NONE, PL_SEVERITY_OK, PL_REASON_NONE},
      {PL_SEVERITY_WARNING, PL_REASON_DNS_SOME_FAILED, PL_SEVERITY_WARNING,
       PL_REASON_DNS_SOME_FAILED},
      {PL_SEVERITY_WARNING, PL_REASON_DNS_EMPTY, PL_SEVERITY_WARNING, PL_REASON_DNS_SOME_FAILED},
      {PL_SEVERITY_UNKNOWN, PL_REASON_DNS_LOCAL_FAILURE, PL_SEVERITY_UNKNOWN,
       PL_REASON_DNS_LOCAL_FAILURE},
      {PL_SEVERITY_WARNING, PL_REASON_DNS_EMPTY, PL_SEVERITY_UNKNOWN, PL_REASON_DNS_LOCAL_FAILURE},
      {PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT},
      {PL_SEVERITY_UNKNOWN, PL_REASON_DNS_LOCAL_FAILURE, PL_SEVERITY_CRITICAL,
       PL_REASON_DNS_TIMEOUT},
      {PL_SEVERITY_OK, PL_REASON_NONE, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT},
  };
  setup();
  for (size_t i = 0; i < PL_COUNT_OF(steps); i++) {
    assert_non_null(add(PL_CHECK_DNS, steps[i].reason, steps[i].severity, "x"));
    assert_int_equal(v.checks[PL_CHECK_DNS].severity, steps[i].of_check);
    assert_int_equal(v.checks[PL_CHECK_DNS].reason, steps[i].cause_of_check);
  }
  assert_int_equal(v.finding_count, PL_COUNT_OF(steps));
  assert_int_equal(v.checks[PL_CHECK_PORT].severity, PL_SEVERITY_OK);
}

static void a_finding_keeps_its_address_and_a_text_that_fits(void **state) {
  (void)state;
  setup();
  const pl_addr address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, 1});
  pl_finding *finding =
      pl_verdict_add(&v, PL_CHECK_PORT, PL_REASON_PORT_REFUSED, PL_SEVERITY_CRITICAL, &address,
                     "%0*d", 2 * PL_LIMIT_TEXT, 7);
  assert_non_null(finding);
  assert_true(pl_addr_equal(&finding->address, &address));
  assert_int_equal(strlen(finding->text), PL_LIMIT_TEXT - 1);
  assert_null(finding->hint);
}

static void a_check_that_does_not_run_has_no_findings(void **state) {
  (void)state;
  setup();
  assert_null(add(PL_CHECK_STATE, PL_REASON_STATE_API, PL_SEVERITY_UNKNOWN, "x"));
  assert_int_equal(v.finding_count, 0);
  assert_int_equal(v.findings_lost, 0);
  assert_int_equal(v.checks[PL_CHECK_STATE].severity, PL_SEVERITY_UNKNOWN);
}

static size_t count_severity(pl_severity severity) {
  size_t count = 0;
  for (size_t i = 0; i < v.finding_count; i++)
    count += v.findings[i].severity == severity;
  return count;
}

/* The least severe go first, and of those the oldest; what is kept stays in the order found. */
static void too_many_findings_keep_the_worst(void **state) {
  (void)state;
  setup();
  for (unsigned i = 0; i < PL_LIMIT_FINDINGS; i++)
    assert_non_null(add(PL_CHECK_DNS, PL_REASON_NONE, i == 5 ? PL_SEVERITY_WARNING : PL_SEVERITY_OK,
                        i == 0 ? "first" : "note"));
  assert_null(add(PL_CHECK_DNS, PL_REASON_NONE, PL_SEVERITY_OK, "late note"));
  assert_int_equal(v.findings_lost, 1);
  assert_string_equal(v.findings[0].text, "first");
  assert_non_null(add(PL_CHECK_PORT, PL_REASON_PORT_TIMEOUT, PL_SEVERITY_CRITICAL, "critical"));
  assert_string_equal(v.findings[0].text, "note");
  assert_string_equal(v.findings[PL_LIMIT_FINDINGS - 1].text, "critical");
  assert_int_equal(v.findings_lost, 2);
  for (unsigned i = 0; i < PL_LIMIT_FINDINGS - 2; i++)
    assert_non_null(add(PL_CHECK_PORT, PL_REASON_PORT_LOCAL_FAILURE, PL_SEVERITY_UNKNOWN, "u"));
  assert_int_equal(count_severity(PL_SEVERITY_OK), 0);
  assert_int_equal(count_severity(PL_SEVERITY_WARNING), 1);
  assert_int_equal(count_severity(PL_SEVERITY_CRITICAL), 1);
  assert_null(add(PL_CHECK_DNS, PL_REASON_DNS_SOME_FAILED, PL_SEVERITY_WARNING, "late warning"));
  assert_non_null(add(PL_CHECK_PORT, PL_REASON_PORT_RESET, PL_SEVERITY_CRITICAL, "c"));
  assert_int_equal(count_severity(PL_SEVERITY_WARNING), 0);
  for (unsigned i = 0; i < 2 * PL_LIMIT_FINDINGS; i++)
    (void)add(PL_CHECK_PORT, PL_REASON_PORT_RESET, PL_SEVERITY_CRITICAL, "c");
  assert_int_equal(v.finding_count, PL_LIMIT_FINDINGS);
  assert_int_equal(count_severity(PL_SEVERITY_CRITICAL), PL_LIMIT_FINDINGS);
  assert_string_equal(v.findings[0].text, "critical"); /* the first is still there */
}

static void the_worst_finding_is_of_the_check_and_its_cause(void **state) {
  (void)state;
  setup();
  assert_null(pl_verdict_worst(&v, PL_CHECK_DNS));
  (void)add(PL_CHECK_PORT, PL_REASON_PORT_RESET, PL_SEVERITY_CRITICAL, "port");
  (void)add(PL_CHECK_DNS, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_WARNING, "milder");
  (void)add(PL_CHECK_DNS, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_CRITICAL, "the one");
  (void)add(PL_CHECK_DNS, PL_REASON_DNS_EMPTY, PL_SEVERITY_CRITICAL, "another reason");
  (void)add(PL_CHECK_DNS, PL_REASON_DNS_TIMEOUT, PL_SEVERITY_CRITICAL, "the same again");
  assert_string_equal(pl_verdict_worst(&v, PL_CHECK_DNS)->text, "the one");
  assert_string_equal(pl_verdict_worst(&v, PL_CHECK_PORT)->text, "port");
  assert_null(pl_verdict_worst(&v, PL_CHECK_PUBLIC));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_codes_are_what_users_rely_on),
      cmocka_unit_test(every_cause_says_what_it_means_and_what_to_do),
      cmocka_unit_test(verdicts_have_names),
      cmocka_unit_test(the_worst_sets_severity_and_cause),
      cmocka_unit_test(a_finding_keeps_its_address_and_a_text_that_fits),
      cmocka_unit_test(a_check_that_does_not_run_has_no_findings),
      cmocka_unit_test(too_many_findings_keep_the_worst),
      cmocka_unit_test(the_worst_finding_is_of_the_check_and_its_cause),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
