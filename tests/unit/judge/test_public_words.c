// Tests the texts of the public check: what is wrong, the proof, the next step.
#include "facts/endpoint.h"
#include "judge/case.h"
#include "public_row.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Reachable is wanted: the output says what is wrong, and does not advise to turn the endpoint off.
 */
static void reachable_says_what_is_wrong(void **state) {
  (void)state;
  static const struct {
    const char *name;
    seen seen[2];
    uint16_t status;
    pl_reason reason;
    const char *summary;
  } cases[] = {
      {"all well", {SEEN_HTTP_OTHER, SEEN_HTTP_OTHER}, 200, PL_REASON_NONE, "2/2 addresses open"},
      {"a bad answer",
       {SEEN_HTTP_OTHER, SEEN_HTTP_OTHER},
       503,
       PL_REASON_PUBLIC_OPEN,
       "2/2 addresses open; public endpoint OPEN: api.example.com 30.113.0.1 answered HTTP 503"},
      {"one is blocked",
       {SEEN_HTTP_OTHER, SEEN_SILENT},
       200,
       PL_REASON_PUBLIC_BLOCKED,
       "1/2 addresses open; public endpoint BLOCKED: api.example.com 30.113.0.2 no answer"},
      {"one is blocked, one unproven",
       {SEEN_LOCAL, SEEN_SILENT},
       200,
       PL_REASON_PUBLIC_BLOCKED,
       "UNPROVEN: api.example.com 30.113.0.1 failed on this host"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row r = silent_block;
    r.count = 2;
    for (size_t j = 0; j < 2; j++) {
      r.seen[j] = cases[i].seen[j];
      r.family[j] = PL_FAMILY_IPV4;
    }
    row_build(&k, &r);
    for (size_t j = 0; j < 2; j++) {
      if (k.targets[j].attempts[0].end == PL_END_HTTP_ANSWER)
        k.targets[j].attempts[0].http_status = cases[i].status;
    }
    k.spec.expect_public = PL_EXPECT_REACHABLE;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    const pl_check_verdict *of_check = &verdict.checks[PL_CHECK_PUBLIC];
    if (of_check->reason != cases[i].reason ||
        strncmp(of_check->summary, cases[i].summary, strlen(cases[i].summary)) != 0)
      fail_msg("%s: [%s] %s", cases[i].name, pl_reason_code(of_check->reason), of_check->summary);
    const pl_finding *worst = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC);
    if (cases[i].reason == PL_REASON_PUBLIC_OPEN)
      assert_non_null(strstr(worst->hint, "does not serve"));
  }
}

static void addresses_that_are_not_public_are_left_out_and_named(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  row_build(&k, &silent_block);
  k.answers[0][k.dns[0].answers.count++] =
      pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){169, 254, 169, 254});
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  assert_int_equal(verdict.public_verdict, PL_PUBLIC_BLOCKED);
  bool named = false;
  for (size_t i = 0; i < verdict.finding_count; i++)
    named = named || strstr(verdict.findings[i].text, "169.254.169.254 is left out") != NULL;
  assert_true(named);
  /* Nothing but such addresses is no block. */
  k.dns[0].answers.count = k.dns[1].answers.count = 0;
  k.dns[2].answers.count = k.dns[3].answers.count = 0;
  k.answers[0][k.dns[0].answers.count++] = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, 1});
  k.targets[0] = k.targets[2];
  k.facts.target_count = 1;
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  assert_int_equal(verdict.public_verdict, PL_PUBLIC_UNPROVEN);
  assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_NO_ADDRESS);
}

static void families_that_are_left_out_are_named(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_family_state ipv4, ipv6;
    bool ipv4_only, ipv6_only;
    size_t gone; /* index of the target that was not probed */
    const char *text;
    bool first;
  } cases[] = {
      {"no IPv6", PL_FAMILY_USABLE, PL_FAMILY_NO_ADDRESS, false, false, 1,
       "IPv6 not judged: none here", false},
      {"no IPv4", PL_FAMILY_NO_ROUTE, PL_FAMILY_USABLE, false, false, 0,
       "IPv4 not judged: none here", false},
      {"-4", PL_FAMILY_USABLE, PL_FAMILY_USABLE, true, false, 1, "IPv4 only: ", true},
      {"-6", PL_FAMILY_USABLE, PL_FAMILY_USABLE, false, true, 0, "IPv6 only: ", true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row_build(&k, &silent_block);
    k.facts.ipv4 = cases[i].ipv4;
    k.facts.ipv6 = cases[i].ipv6;
    k.facts.nat64 = PL_NAT64_NONE;
    k.spec.ipv4_only = cases[i].ipv4_only;
    k.spec.ipv6_only = cases[i].ipv6_only;
    if (cases[i].gone == 0)
      k.targets[0] = k.targets[1];
    k.targets[1] = k.targets[2];
    k.facts.target_count--;
    bool lost = cases[i].ipv4 != PL_FAMILY_USABLE || cases[i].ipv6 != PL_FAMILY_USABLE;
    if (lost) {
      pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
      assert_int_equal(verdict.public_verdict, PL_PUBLIC_UNPROVEN); /* a witness has the family */
      assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_LOCAL_FAILURE);
    }
    for (size_t w = 0; lost && w < k.facts.witness_count; w++)
      k.facts.witnesses[w].address.family = cases[i].gone == 0 ? PL_FAMILY_IPV6 : PL_FAMILY_IPV4;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    const char *summary = verdict.checks[PL_CHECK_PUBLIC].summary;
    assert_int_equal(verdict.public_verdict, PL_PUBLIC_BLOCKED);
    const char *found = strstr(summary, cases[i].text);
    if (found == NULL || (cases[i].first && found != summary))
      fail_msg("%s: %s", cases[i].name, summary);
  }
}

static void no_way_out_has_its_own_advice(void **state) {
  (void)state;
  static pl_verdict verdict;
  row r = silent_block;
  r.witness = 0;
  r.dns = 0;
  row_judge(&r, NULL, &verdict);
  const pl_finding *worst = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC);
  assert_non_null(worst);
  assert_non_null(worst->hint);
  assert_non_null(strstr(worst->hint, "this host has no egress path"));
  r.witness = WITNESS_BEFORE_4;
  row_judge(&r, NULL, &verdict);
  const char *hint = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC)->hint;
  assert_true(hint == NULL || strstr(hint, "egress path: run") == NULL);
}

/* The advice is not to give what was given. */
static void a_file_that_was_not_used_is_the_advice(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  row_build(&k, &silent_block);
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC);
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  const char *hint = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC)->hint;
  assert_non_null(strstr(hint, "give its result from another host with --private-evidence"));
  snprintf(k.facts.private_evidence.problem, sizeof(k.facts.private_evidence.problem), "old");
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  hint = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC)->hint;
  assert_non_null(strstr(hint, "the file of --private-evidence was not used"));
}

/* Nothing is cut inside an address: what has no room is counted. */
static void many_resolvers_that_failed_are_counted(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  static pl_dns_fact facts[12];
  row r = silent_block;
  r.count = 0;
  row_build(&k, &r);
  for (unsigned i = 0; i < PL_COUNT_OF(facts); i++)
    facts[i] = (pl_dns_fact){.resolver = {case_address(PL_FAMILY_IPV4, 100 + i), 53},
                             .type = i % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA,
                             .transport = PL_DNS_HTTPS,
                             .outcome = PL_DNS_TIMEOUT};
  k.facts.public_dns = facts;
  for (unsigned count = 1; count <= PL_COUNT_OF(facts); count++) {
    k.facts.public_dns_count = count;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    const pl_finding *worst = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC);
    assert_non_null(worst);
    unsigned named = 0, more = 0;
    for (const char *at = worst->text; (at = strstr(at, " over HTTPS: no answer in time")); at++)
      named++;
    const char *counted = strstr(worst->text, "; and ");
    if (counted != NULL)
      assert_int_equal(sscanf(counted, "; and %u more", &more), 1);
    if (named + more != count || named == 0)
      fail_msg("%u failed: %s", count, worst->text);
  }
}

static void a_block_says_from_where_and_how(void **state) {
  (void)state;
  static const struct {
    const row *row;
    const char *how;
  } cases[] = {
      {&silent_block, "2/2 blocked, from this host over this egress path: nothing answered, "
                      "connection refused (RST); accepted: moment, tenant; ruled out: egress, "
                      "outage, forged, host; not ruled out: front, near, sample"},
      {&http_block,
       "2/2 blocked, from this host over this egress path: HTTP 403; accepted: tenant, "
       "request, key; ruled out: outage, inspection; not ruled out: sample"},
      {&reset_block, "1/1 blocked, from this host over this egress path: reset inside the TLS "
                     "handshake; accepted: moment, tenant, request; ruled out: egress, outage"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static pl_verdict verdict;
    row_judge(cases[i].row, NULL, &verdict);
    const char *summary = verdict.checks[PL_CHECK_PUBLIC].summary;
    if (strstr(summary, cases[i].how) == NULL)
      fail_msg("%s", summary);
  }
}

static void a_witness_says_why_it_proves_nothing(void **state) {
  (void)state;
  static pl_cidr test_net = {.address = {.family = PL_FAMILY_IPV4, .bytes = {30}}, .prefix = 8};
  static public_case k;
  const pl_addr own = case_address(PL_FAMILY_IPV4, 200);
  row_build(&k, &silent_block);
  pl_witness *witness = &k.witnesses[0];
  assert_null(pl_witness_flaw(&k.spec, &k.facts, witness));
  pl_interface interface = {.addresses = {own}, .address_count = 1};
  const pl_endpoint endpoint = {.known = true, .interfaces = &interface, .interface_count = 1};
  k.facts.endpoint = &endpoint;
  assert_string_equal(pl_witness_flaw(&k.spec, &k.facts, witness), "the endpoint's own address");
  k.spec.private_ranges.items = &test_net;
  assert_string_equal(pl_witness_flaw(&k.spec, &k.facts, witness), "in --private-range");
  k.spec.private_ranges.count = 0;
  witness->address = k.targets[0].address;
  assert_string_equal(pl_witness_flaw(&k.spec, &k.facts, witness),
                      "an address that is judged itself");
  witness->address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, 9});
  assert_string_equal(pl_witness_flaw(&k.spec, &k.facts, witness), "not a public address");
  witness->is_own = true;
  assert_string_equal(pl_witness_flaw(&k.spec, &k.facts, witness), "this host itself");
}

static void before_fails(public_case *k) { k->witnesses[0].results[0].verified = false; }
static void address_is_this_host(public_case *k) { k->targets[0].is_own = true; }
static void private_side_not_asked(public_case *k) {
  k->spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC);
}
static void counter_403(public_case *k) { case_private(k)->http_status = 403; }

static void advice_fits_what_was_seen(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const row *from;
    void (*change)(public_case *k);
    const char *says;
  } cases[] = {
      {"this host's own address", &silent_block, address_is_this_host, "run the public check else"},
      {"the private side shows the same", &http_block, counter_403, "name a --path"},
      {"no private side", &http_block, private_side_not_asked, "run it with the private side"},
      {"no witness", &silent_block, before_fails, "--witness HOST:PORT"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static pl_verdict verdict;
    row_judge(cases[i].from, cases[i].change, &verdict);
    const char *hint = pl_verdict_worst(&verdict, PL_CHECK_PUBLIC)->hint;
    if (hint == NULL || strstr(hint, cases[i].says) == NULL)
      fail_msg("%s: %s", cases[i].name, hint != NULL ? hint : "no hint");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reachable_says_what_is_wrong),
      cmocka_unit_test(addresses_that_are_not_public_are_left_out_and_named),
      cmocka_unit_test(families_that_are_left_out_are_named),
      cmocka_unit_test(no_way_out_has_its_own_advice),
      cmocka_unit_test(a_file_that_was_not_used_is_the_advice),
      cmocka_unit_test(many_resolvers_that_failed_are_counted),
      cmocka_unit_test(a_block_says_from_where_and_how),
      cmocka_unit_test(a_witness_says_why_it_proves_nothing),
      cmocka_unit_test(advice_fits_what_was_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
