// Tests every row of the public check's truth table against a second form of the rules.
/* The oracle judges the table's own classes, not facts. */
#include "public_row.h"
#include "severities.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- the oracle ----------------------------------------------------------------------------- */

/* Whether the class is open. */
static bool seen_open(seen s) {
  static const bool table[SEEN_COUNT] = {
      [SEEN_HTTP_OTHER] = true,  [SEEN_HTTP_EXPIRED_OTHER] = true, [SEEN_HTTP_RESET] = true,
      [SEEN_HTTP_CLOSED] = true, [SEEN_HTTP_SILENT] = true,        [SEEN_HTTP_GARBAGE] = true,
      [SEEN_LOCAL_LATE] = true,  [SEEN_CUT_LATE] = true,           [SEEN_FROZEN_LATE] = true,
      [SEEN_TLS_DONE] = true,    [SEEN_CONNECTED] = true,
  };
  return table[s];
}

static bool has_witness(const row *r, pl_family family) {
  unsigned both = family == PL_FAMILY_IPV4 ? WITNESS_BEFORE_4 | WITNESS_AFTER_4
                                           : WITNESS_BEFORE_6 | WITNESS_AFTER_6;
  return (r->witness & both) == both;
}

/* "Blocked" as in docs/verdicts.md: what is seen at an address, and what proves that it is a block.
 */
static bool proves_block(const row *r, size_t i) {
  bool witness = has_witness(r, r->family[i]);
  switch (r->seen[i]) {
  case SEEN_HTTP_MATCH:
    return r->side == SIDE_UP && r->counter == COUNTER_GIVEN;
  case SEEN_REFUSED:
  case SEEN_SILENT:
    return r->list != LIST_EMPTY && witness && r->side == SIDE_UP;
  case SEEN_PROHIBITED:
  case SEEN_TLS_RESET:
  case SEEN_TLS_CLOSED:
  case SEEN_TLS_ALERT_80:
    return (r->list == LIST_PROOF || r->list == LIST_HINT) && witness && r->side == SIDE_UP;
  case SEEN_HTTP_OTHER:
  case SEEN_HTTP_EXPIRED_OTHER:
  case SEEN_HTTP_EXPIRED_MATCH:
  case SEEN_HTTP_RESET:
  case SEEN_HTTP_CLOSED:
  case SEEN_HTTP_SILENT:
  case SEEN_HTTP_GARBAGE:
  case SEEN_TLS_DONE:
  case SEEN_UNVERIFIED:
  case SEEN_CONNECTED:
  case SEEN_TLS_ALERT_40:
  case SEEN_TLS_RESET_LATE:
  case SEEN_TLS_SILENT:
  case SEEN_TLS_GARBAGE:
  case SEEN_PROHIBITED_SELF:
  case SEEN_ICMP_OTHER:
  case SEEN_LOCAL:
  case SEEN_NOT_SENT:
  case SEEN_TOO_SHORT:
  case SEEN_CUT:
  case SEEN_FROZEN:
  case SEEN_NOT_TRIED:
  case SEEN_LOCAL_LATE:
  case SEEN_CUT_LATE:
  case SEEN_FROZEN_LATE:
  case SEEN_COUNT:
    break;
  }
  return false;
}

/* Signs of two kinds at one address do not occur here: both attempts end alike. */
static pl_public oracle(const row *r) {
  bool all_blocked = (r->dns & 3u) != 0 && (r->dns & 12u) != 0;
  for (size_t i = 0; i < r->count; i++) {
    /* An answer that fits no signature of the list is no match, whatever the fact claims. */
    bool no_match = r->list == LIST_EMPTY &&
                    (r->seen[i] == SEEN_HTTP_MATCH || r->seen[i] == SEEN_HTTP_EXPIRED_MATCH);
    if (seen_open(r->seen[i]) || no_match)
      return PL_PUBLIC_OPEN;
    all_blocked = all_blocked && proves_block(r, i);
  }
  return all_blocked ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN;
}

static size_t rows_checked, rows_blocked;

static void check_row(const row *r) {
  static public_case k;
  static pl_verdict verdict;
  row_build(&k, r);
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  pl_public expected = oracle(r);
  pl_severity severity = verdict.checks[PL_CHECK_PUBLIC].severity;
  static const pl_severity severities[] = {[PL_PUBLIC_BLOCKED] = PL_SEVERITY_OK,
                                           [PL_PUBLIC_OPEN] = PL_SEVERITY_CRITICAL,
                                           [PL_PUBLIC_UNPROVEN] = PL_SEVERITY_UNKNOWN};
  rows_checked++;
  rows_blocked += expected == PL_PUBLIC_BLOCKED;
  if (verdict.public_verdict == expected && severity == severities[expected])
    return;
  fail_msg("%zu addresses (%d/%d %d/%d %d/%d) witness %u side %d counter %d list %d dns %u: "
           "%s, severity %d, expected %s: %s",
           r->count, (int)r->seen[0], (int)r->family[0], (int)r->seen[1], (int)r->family[1],
           (int)r->seen[2], (int)r->family[2], r->witness, (int)r->side, (int)r->counter,
           (int)r->list, r->dns, pl_public_name(verdict.public_verdict), (int)severity,
           pl_public_name(expected), verdict.checks[PL_CHECK_PUBLIC].summary);
}

/* ---- the enumeration ------------------------------------------------------------------------ */

static void one_address_in_every_context(void **state) {
  (void)state;
  static const pl_family families[] = {PL_FAMILY_IPV4, PL_FAMILY_IPV6};
  row r = {.count = 1};
  for (unsigned f = 0; f < 2; f++) {
    r.family[0] = families[f];
    for (r.seen[0] = 0; r.seen[0] < SEEN_COUNT; r.seen[0]++)
      for (r.witness = 0; r.witness <= WITNESS_ALL; r.witness++)
        for (r.side = SIDE_NOT_ASKED; r.side <= SIDE_DOWN; r.side++)
          for (r.counter = COUNTER_GIVEN; r.counter <= COUNTER_MISSING; r.counter++)
            for (r.list = LIST_DEFAULT; r.list <= LIST_EMPTY; r.list++)
              for (r.dns = 0; r.dns <= DNS_ALL; r.dns++)
                check_row(&r);
  }
  assert_true(rows_blocked > 0);
  print_message("%zu rows, %zu of them proven blocks\n", rows_checked, rows_blocked);
}

/* One class of each kind of proof, of each open end, and of each reason to be unproven. */
static const seen several[] = {SEEN_HTTP_MATCH, SEEN_REFUSED,    SEEN_SILENT,
                               SEEN_PROHIBITED, SEEN_TLS_RESET,  SEEN_HTTP_OTHER,
                               SEEN_UNVERIFIED, SEEN_TLS_SILENT, SEEN_LOCAL};

static void in_several_contexts(row *r) {
  static const unsigned witnesses[] = {0, WITNESS_BEFORE_4 | WITNESS_AFTER_4,
                                       WITNESS_BEFORE_6 | WITNESS_AFTER_6, WITNESS_ALL};
  static const unsigned dns[] = {1 | 8, DNS_ALL & ~3u, DNS_ALL & ~12u};
  for (size_t w = 0; w < PL_COUNT_OF(witnesses); w++)
    for (r->side = SIDE_NOT_ASKED; r->side <= SIDE_DOWN; r->side++)
      for (r->counter = COUNTER_GIVEN; r->counter <= COUNTER_MISSING; r->counter++)
        for (r->list = LIST_DEFAULT; r->list <= LIST_EMPTY; r->list++)
          for (size_t d = 0; d < PL_COUNT_OF(dns); d++) {
            r->witness = witnesses[w];
            r->dns = dns[d];
            check_row(r);
          }
}

/* Addresses of DNS that no resolver names any more, because it failed, are still judged:
 * the engine may have them from the other one. Order does not matter: sorted choices are enough. */
static void up_to_three_addresses(void **state) {
  (void)state;
  enum { CHOICES = 2 * PL_COUNT_OF(several) };
  rows_checked = rows_blocked = 0;
  for (size_t a = 0; a < CHOICES; a++)
    for (size_t b = a; b < CHOICES; b++)
      for (size_t c = b; c <= CHOICES; c++) {
        const size_t chosen[] = {a, b, c};
        row r = {.count = c < CHOICES ? 3 : 2};
        for (size_t i = 0; i < r.count; i++) {
          r.seen[i] = several[chosen[i] / 2];
          r.family[i] = chosen[i] % 2 == 0 ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6;
        }
        in_several_contexts(&r);
      }
  assert_true(rows_blocked > 0);
  print_message("%zu rows, %zu of them proven blocks\n", rows_checked, rows_blocked);
}

/* ---- one step away from a proven block ------------------------------------------------------ */

typedef struct step {
  const char *name;
  const row *from;
  void (*change)(public_case *k);
  pl_reason reason; /* of the check afterwards */
} step;

#define STEP(name_, body)                                                                          \
  static void name_(public_case *k) { body; }

STEP(before_fails, k->witnesses[0].results[0].verified = false)
STEP(after_fails, k->witnesses[1].results[1].verified = false)
STEP(before_starts_early,
     k->witnesses[0].results[0].started = k->targets[0].attempts[0].started - 1)
STEP(after_starts_late,
     k->witnesses[0].results[1].started = k->targets[0].attempts[1].started + 1501 * PL_MSEC)
STEP(witness_on_another_port, k->witnesses[0].port = 8443)
STEP(witness_is_private,
     k->witnesses[0].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, 9}))
STEP(witness_is_judged, k->witnesses[0].address = k->targets[0].address)
static pl_cidr test_net = {.address = {.family = PL_FAMILY_IPV4, .bytes = {30}}, .prefix = 8};
STEP(witness_is_private_by_option, k->spec.private_ranges.items = &test_net)
STEP(witness_is_this_host, k->witnesses[0].is_own = true)
STEP(address_is_this_host, k->targets[0].is_own = true)
STEP(no_witness_of_the_family, k->facts.witness_count = 1)
STEP(one_attempt, k->targets[0].attempt_count = 1)
STEP(attempts_too_close,
     k->targets[0].attempts[1].started = k->targets[0].attempts[0].started + PL_SEC - 1)
STEP(same_source_port, k->targets[0].attempts[1].local_port = k->targets[0].attempts[0].local_port)
STEP(second_attempt_is_local, k->targets[0].attempts[1].end = PL_END_LOCAL)
STEP(second_attempt_is_cut, k->targets[0].attempts[1].end = PL_END_CUT)
STEP(first_attempt_is_frozen, k->targets[0].attempts[0].end = PL_END_FROZEN)
STEP(second_attempt_answers, k->targets[0].attempts[1] = seen_attempt(SEEN_HTTP_OTHER))
STEP(second_attempt_meets_another_server, k->targets[0].attempts[1] = seen_attempt(SEEN_UNVERIFIED))
STEP(second_attempt_resets_late, k->targets[0].attempts[1].end = PL_END_TLS_RESET)
STEP(not_tried, k->targets[1].attempt_count = 0)
STEP(address_without_target, {
  k->targets[1] = k->targets[2];
  k->facts.target_count--;
})
STEP(dns_names_one_more, {
  k->answers[0][k->dns[0].answers.count] = case_address(PL_FAMILY_IPV4, 77);
  k->dns[0].answers.count++;
})
STEP(no_a, k->dns[0].outcome = k->dns[2].outcome = PL_DNS_TIMEOUT)
STEP(no_aaaa, k->dns[1].outcome = k->dns[3].outcome = PL_DNS_MALFORMED)
STEP(answers_truncated, k->dns[2].answers.truncated = true)
STEP(no_resolver, k->facts.public_dns_count = 0)
STEP(dns_does_not_confirm, {
  k->dns[0].answers.count = k->dns[2].answers.count = 0;
  k->targets[0].origins = PL_ORIGIN_OPTION;
})
#define STANDS(rival) k->spec.accept &= ~(1u << PL_RIVAL_##rival)
STEP(request_stands, STANDS(REQUEST))
STEP(tenant_stands, STANDS(TENANT))
STEP(moment_stands, STANDS(MOMENT))
#define STANDS_IN_STRICT(rival)                                                                    \
  k->spec.proof = PL_PROOF_STRICT;                                                                 \
  k->spec.accept = ~(1u << PL_RIVAL_##rival)
STEP(front_stands, STANDS_IN_STRICT(FRONT))
STEP(near_stands, STANDS_IN_STRICT(NEAR))
STEP(sample_stands, STANDS_IN_STRICT(SAMPLE))
STEP(private_side_down, case_private(k)->end = PL_END_SILENT)
STEP(private_side_too_few, k->spec.min_up = 2)
STEP(private_side_not_asked, k->spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC))
STEP(counter_403, case_private(k)->http_status = 403)
STEP(counter_404, case_private(k)->http_status = 404)
STEP(counter_alike, case_private(k)->signature = 0)
STEP(counter_with_key, k->targets[k->facts.target_count - 1].with_key = true)
STEP(answer_expired, k->targets[1].attempts[0].certificate.time = PL_CERTIFICATE_EXPIRED)
STEP(answer_not_yet, k->targets[1].attempts[0].certificate.time = PL_CERTIFICATE_NOT_YET)
STEP(answer_of_unknown_period,
     k->targets[1].attempts[0].certificate.time = PL_CERTIFICATE_TIME_UNKNOWN)
STEP(answer_of_another_name, k->targets[1].attempts[0].certificate.name_ok = false)
STEP(answer_of_another_chain, k->targets[0].attempts[0].certificate.chain_ok = false)
STEP(answer_does_not_match, k->targets[0].attempts[0].signature = -1)
STEP(one_open, k->targets[1].attempts[0].end = PL_END_HTTP_SILENT)
STEP(no_nat64, {
  k->facts.ipv4 = PL_FAMILY_NO_ADDRESS;
  k->facts.nat64 = PL_NAT64_UNKNOWN;
  k->answers[0][k->dns[0].answers.count++] = case_address(PL_FAMILY_IPV4, 78);
})
STEP(local_problem, memcpy(k->facts.local_problem, "no epoll", sizeof("no epoll")))
STEP(certificate_seen, k->targets[0].attempts[1].certificate.seen = true)
STEP(not_listed, k->spec.blocked_by.count = 4)
STEP(two_ends, k->targets[0].attempts[1].end = PL_END_TLS_SILENT)

static const step steps[] = {
    {"the witness fails at the first attempt", &silent_block, before_fails,
     PL_REASON_PUBLIC_NO_EGRESS},
    {"the witness fails at the second attempt", &silent_block, after_fails,
     PL_REASON_PUBLIC_NO_EGRESS},
    {"the witness starts early", &silent_block, before_starts_early, PL_REASON_PUBLIC_NO_EGRESS},
    {"the witness starts late", &silent_block, after_starts_late, PL_REASON_PUBLIC_NO_EGRESS},
    {"witness on another port", &silent_block, witness_on_another_port, PL_REASON_PUBLIC_NO_EGRESS},
    {"witness is private", &silent_block, witness_is_private, PL_REASON_PUBLIC_NO_EGRESS},
    {"witness is judged", &silent_block, witness_is_judged, PL_REASON_PUBLIC_NO_EGRESS},
    {"witness in --private-range", &silent_block, witness_is_private_by_option,
     PL_REASON_PUBLIC_NO_EGRESS},
    {"witness is this host", &silent_block, witness_is_this_host, PL_REASON_PUBLIC_NO_EGRESS},
    {"address is this host", &silent_block, address_is_this_host, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"silent IPv6, IPv4 witness", &silent_block, no_witness_of_the_family,
     PL_REASON_PUBLIC_NO_EGRESS},
    {"one attempt", &silent_block, one_attempt, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"attempts too close", &silent_block, attempts_too_close, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"same source port", &silent_block, same_source_port, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"second attempt is local", &silent_block, second_attempt_is_local,
     PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"second attempt is cut", &silent_block, second_attempt_is_cut, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"first attempt is frozen", &silent_block, first_attempt_is_frozen,
     PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"second attempt answers", &silent_block, second_attempt_answers, PL_REASON_PUBLIC_OPEN},
    {"second attempt meets another server", &silent_block, second_attempt_meets_another_server,
     PL_REASON_PUBLIC_INTERCEPTED},
    {"second attempt is reset in TLS", &silent_block, second_attempt_resets_late,
     PL_REASON_PUBLIC_UNLISTED},
    {"not tried", &silent_block, not_tried, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"no target for an address", &silent_block, address_without_target,
     PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"one more address", &silent_block, dns_names_one_more, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"no A", &silent_block, no_a, PL_REASON_PUBLIC_DNS},
    {"no AAAA", &silent_block, no_aaaa, PL_REASON_PUBLIC_DNS},
    {"truncated answer", &silent_block, answers_truncated, PL_REASON_PUBLIC_DNS},
    {"no resolver", &silent_block, no_resolver, PL_REASON_PUBLIC_DNS},
    {"stale --public-address", &silent_block, dns_does_not_confirm, PL_REASON_PUBLIC_DNS},
    {"private side down", &silent_block, private_side_down, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"private side below --min-up", &silent_block, private_side_too_few,
     PL_REASON_PUBLIC_SERVICE_DOWN},
    {"private side not asked", &silent_block, private_side_not_asked,
     PL_REASON_PUBLIC_SERVICE_DOWN},
    {"NAT64 unknown", &silent_block, no_nat64, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"local problem", &silent_block, local_problem, PL_REASON_PUBLIC_LOCAL_FAILURE},
    {"a tenant that is not proven", &silent_block, tenant_stands, PL_REASON_PUBLIC_TENANT},
    {"a moment", &silent_block, moment_stands, PL_REASON_PUBLIC_MOMENT},
    {"strict: the front", &silent_block, front_stands, PL_REASON_PUBLIC_FRONT},
    {"strict: our own network", &silent_block, near_stands, PL_REASON_PUBLIC_NEAR},
    {"strict: a sample", &silent_block, sample_stands, PL_REASON_PUBLIC_AMBIGUOUS},
    {"http: another request", &http_block, request_stands, PL_REASON_PUBLIC_AMBIGUOUS},
    {"http: a tenant that is not proven", &http_block, tenant_stands, PL_REASON_PUBLIC_TENANT},
    {"http: counter 403", &http_block, counter_403, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: counter 404", &http_block, counter_404, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: counter alike", &http_block, counter_alike, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: counter with key", &http_block, counter_with_key, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: private side down", &http_block, private_side_down, PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: private side below --min-up", &http_block, private_side_too_few,
     PL_REASON_PUBLIC_SERVICE_DOWN},
    {"http: expired", &http_block, answer_expired, PL_REASON_PUBLIC_INTERCEPTED},
    {"http: not yet valid", &http_block, answer_not_yet, PL_REASON_PUBLIC_INTERCEPTED},
    {"http: period unknown", &http_block, answer_of_unknown_period, PL_REASON_PUBLIC_INTERCEPTED},
    {"http: another name", &http_block, answer_of_another_name, PL_REASON_PUBLIC_INTERCEPTED},
    {"http: another chain", &http_block, answer_of_another_chain, PL_REASON_PUBLIC_INTERCEPTED},
    {"http: no match", &http_block, answer_does_not_match, PL_REASON_PUBLIC_OPEN},
    {"http: one open", &http_block, one_open, PL_REASON_PUBLIC_OPEN},
    {"http: no A", &http_block, no_a, PL_REASON_PUBLIC_DNS},
    {"tls: the witness fails", &reset_block, before_fails, PL_REASON_PUBLIC_NO_EGRESS},
    {"tls: certificate seen", &reset_block, certificate_seen, PL_REASON_PUBLIC_UNLISTED},
    {"tls: not listed", &reset_block, not_listed, PL_REASON_PUBLIC_UNLISTED},
    {"tls: second attempt silent", &reset_block, two_ends, PL_REASON_PUBLIC_UNLISTED},
};

static void every_step_away_from_a_block_leaves_ok(void **state) {
  (void)state;
  static pl_verdict verdict;
  for (size_t i = 0; i < PL_COUNT_OF(steps); i++) {
    row_judge(steps[i].from, NULL, &verdict);
    assert_int_equal(verdict.public_verdict, PL_PUBLIC_BLOCKED);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_OK);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_NONE);
    row_judge(steps[i].from, steps[i].change, &verdict);
    const pl_check_verdict *public = &verdict.checks[PL_CHECK_PUBLIC];
    bool open = steps[i].reason == PL_REASON_PUBLIC_OPEN;
    if (verdict.public_verdict != (open ? PL_PUBLIC_OPEN : PL_PUBLIC_UNPROVEN) ||
        public->severity != (open ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN) ||
        public->reason != steps[i].reason)
      fail_msg("%s: %s, severity %d, %s", steps[i].name, pl_public_name(verdict.public_verdict),
               (int)public->severity, pl_reason_code(public->reason));
  }
}

/* ---- the rest of the contract, case by case ------------------------------------------------- */

static void on_unproven_sets_the_severity_but_not_of_interception(void **state) {
  (void)state;
  static const struct {
    seen seen;
    pl_severity option, expected;
  } cases[] = {
      {SEEN_LOCAL, PL_SEVERITY_OK, PL_SEVERITY_OK},
      {SEEN_LOCAL, PL_SEVERITY_WARNING, PL_SEVERITY_WARNING},
      {SEEN_LOCAL, PL_SEVERITY_CRITICAL, PL_SEVERITY_CRITICAL},
      {SEEN_UNVERIFIED, PL_SEVERITY_OK, PL_SEVERITY_UNKNOWN},
      {SEEN_UNVERIFIED, PL_SEVERITY_WARNING, PL_SEVERITY_UNKNOWN},
      {SEEN_UNVERIFIED, PL_SEVERITY_CRITICAL, PL_SEVERITY_CRITICAL},
      {SEEN_HTTP_OTHER, PL_SEVERITY_OK, PL_SEVERITY_CRITICAL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row r = silent_block;
    r.seen[0] = cases[i].seen;
    row_build(&k, &r);
    k.spec.on_unproven = cases[i].option;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    const pl_check_verdict *public = &verdict.checks[PL_CHECK_PUBLIC];
    assert_int_equal(public->severity, cases[i].expected);
    assert_int_not_equal(public->reason, PL_REASON_NONE);
    if (verdict.public_verdict == PL_PUBLIC_UNPROVEN)
      assert_non_null(strstr(public->summary, "UNPROVEN"));
  }
}

static void no_public_address(public_case *k) {
  for (size_t d = 0; d < PL_COUNT_OF(k->dns); d++)
    k->dns[d] = (pl_dns_fact){
        .resolver = k->dns[d].resolver, .type = k->dns[d].type, .outcome = PL_DNS_NODATA};
  k->facts.target_count = 0;
}

/* Every reason for which a block is unproven has the severity of the option. */
static void on_unproven_is_for_every_reason(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  static const step nothing = {"no address", &silent_block, no_public_address,
                               PL_REASON_PUBLIC_NO_ADDRESS};
  for (size_t i = 0; i <= PL_COUNT_OF(steps); i++) {
    const step *s = i < PL_COUNT_OF(steps) ? &steps[i] : &nothing;
    for (pl_severity option = PL_SEVERITY_OK; option <= PL_SEVERITY_UNKNOWN; option++) {
      row_build(&k, s->from);
      s->change(&k);
      k.spec.on_unproven = option;
      pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
      pl_severity expected = option;
      if (s->reason == PL_REASON_PUBLIC_OPEN)
        expected = PL_SEVERITY_CRITICAL;
      if (s->reason == PL_REASON_PUBLIC_INTERCEPTED && option != PL_SEVERITY_CRITICAL)
        expected = PL_SEVERITY_UNKNOWN;
      const pl_check_verdict *public = &verdict.checks[PL_CHECK_PUBLIC];
      if (public->severity != expected || public->reason != s->reason)
        fail_msg("%s, --on-unproven %s: %s [%s]", s->name, pl_severity_name(option),
                 pl_severity_name(public->severity), pl_reason_code(public->reason));
    }
  }
}

static void reachable_is_ok_only_for_a_good_answer(void **state) {
  (void)state;
  static const struct {
    seen seen;
    uint16_t status;
    pl_severity severity;
    pl_reason reason;
  } cases[] = {
      {SEEN_HTTP_OTHER, 200, PL_SEVERITY_OK, PL_REASON_NONE},
      {SEEN_HTTP_OTHER, 404, PL_SEVERITY_OK, PL_REASON_NONE},
      {SEEN_HTTP_OTHER, 503, PL_SEVERITY_WARNING, PL_REASON_PUBLIC_OPEN},
      {SEEN_HTTP_EXPIRED_OTHER, 200, PL_SEVERITY_WARNING, PL_REASON_PUBLIC_OPEN},
      {SEEN_HTTP_RESET, 0, PL_SEVERITY_WARNING, PL_REASON_PUBLIC_OPEN},
      {SEEN_HTTP_MATCH, 403, PL_SEVERITY_CRITICAL, PL_REASON_PUBLIC_BLOCKED},
      {SEEN_SILENT, 0, PL_SEVERITY_CRITICAL, PL_REASON_PUBLIC_BLOCKED},
      {SEEN_LOCAL, 0, PL_SEVERITY_UNKNOWN, PL_REASON_PUBLIC_LOCAL_FAILURE},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row r = silent_block;
    r.count = 1;
    r.seen[0] = cases[i].seen;
    row_build(&k, &r);
    k.targets[0].attempts[0].http_status = cases[i].status;
    k.spec.expect_public = PL_EXPECT_REACHABLE;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity, cases[i].severity);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, cases[i].reason);
  }
}

/* The known addresses are enough for reachable, but not for blocked. */
static void reachable_needs_no_whole_answer(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  row r = silent_block;
  r.count = 1;
  r.seen[0] = SEEN_HTTP_OTHER;
  r.dns = 1; /* resolver 0 for A, and nobody for AAAA */
  row_build(&k, &r);
  k.spec.expect_public = PL_EXPECT_REACHABLE;
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_OK);
  for (size_t i = 0; i < k.facts.target_count; i++) { /* without any it is unproven */
    k.targets[i].role = PL_ROLE_PRIVATE;
    k.targets[i].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 1, (uint8_t)(10 + i)});
  }
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_DNS);
}

/* --public-address: one that DNS does not confirm may be stale, and as silent as a blocked one. */
static void an_address_by_hand_needs_an_answer(void **state) {
  (void)state;
  static const struct {
    const char *name;
    seen seen;
    bool tried, confirmed;
    pl_public expected;
    pl_reason reason;
  } cases[] = {
      {"silent", SEEN_SILENT, true, false, PL_PUBLIC_UNPROVEN, PL_REASON_PUBLIC_DNS},
      {"silent, and DNS names it", SEEN_SILENT, true, true, PL_PUBLIC_BLOCKED, PL_REASON_NONE},
      {"a signature", SEEN_HTTP_MATCH, true, false, PL_PUBLIC_BLOCKED, PL_REASON_NONE},
      {"open", SEEN_HTTP_OTHER, true, false, PL_PUBLIC_OPEN, PL_REASON_PUBLIC_OPEN},
      {"not tried", SEEN_SILENT, false, false, PL_PUBLIC_UNPROVEN, PL_REASON_PUBLIC_LOCAL_FAILURE},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row r = silent_block;
    r.count = 2;
    r.family[0] = r.family[1] = PL_FAMILY_IPV4;
    r.seen[1] = cases[i].seen;
    row_build(&k, &r);
    pl_sockaddr by_hand = {.address = k.targets[1].address};
    k.spec.public_addresses = (pl_sockaddrs){&by_hand, 1};
    k.targets[1].origins = PL_ORIGIN_OPTION | (cases[i].confirmed ? PL_ORIGIN_DNS : 0);
    for (size_t d = 0; d < PL_COUNT_OF(k.dns) && !cases[i].confirmed; d++) {
      if (k.dns[d].answers.count == 2)
        k.dns[d].answers.count = 1;
    }
    if (!cases[i].tried)
      k.targets[1].address = k.targets[0].address;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    if (verdict.public_verdict != cases[i].expected ||
        verdict.checks[PL_CHECK_PUBLIC].reason != cases[i].reason)
      fail_msg("%s: %s [%s]", cases[i].name, pl_public_name(verdict.public_verdict),
               pl_reason_code(verdict.checks[PL_CHECK_PUBLIC].reason));
  }
}

static void a_name_that_is_gone_needs_every_resolver_and_a_witness(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool listed, asked, up;
    pl_dns_outcome last;
    unsigned witness;
    pl_public expected;
    pl_reason reason;
    const char *alias; /* of which one resolver says that it does not exist */
    bool witness_is_own;
  } cases[] = {
      {"gone", true, true, true, PL_DNS_NXDOMAIN, WITNESS_ALL, PL_PUBLIC_BLOCKED, PL_REASON_NONE,
       NULL, false},
      {"gone, private side not asked", true, false, false, PL_DNS_NXDOMAIN, WITNESS_ALL,
       PL_PUBLIC_UNPROVEN, PL_REASON_PUBLIC_SERVICE_DOWN, NULL, false},
      {"not listed", false, true, true, PL_DNS_NXDOMAIN, WITNESS_ALL, PL_PUBLIC_UNPROVEN,
       PL_REASON_PUBLIC_NO_ADDRESS, NULL, false},
      {"no witness", true, true, true, PL_DNS_NXDOMAIN, 0, PL_PUBLIC_UNPROVEN,
       PL_REASON_PUBLIC_NO_EGRESS, NULL, false},
      {"service down", true, true, false, PL_DNS_NXDOMAIN, WITNESS_ALL, PL_PUBLIC_UNPROVEN,
       PL_REASON_PUBLIC_SERVICE_DOWN, NULL, false},
      {"one resolver times out", true, true, true, PL_DNS_TIMEOUT, WITNESS_ALL, PL_PUBLIC_UNPROVEN,
       PL_REASON_PUBLIC_NO_ADDRESS, NULL, false},
      {"one resolver has no data", true, true, true, PL_DNS_NODATA, WITNESS_ALL, PL_PUBLIC_UNPROVEN,
       PL_REASON_PUBLIC_NO_ADDRESS, NULL, false},
      {"an alias of a name that is gone", true, true, true, PL_DNS_NXDOMAIN, WITNESS_ALL,
       PL_PUBLIC_UNPROVEN, PL_REASON_PUBLIC_NO_ADDRESS, "lb.example.net", false},
      {"this host is the witness", true, true, true, PL_DNS_NXDOMAIN, WITNESS_ALL,
       PL_PUBLIC_UNPROVEN, PL_REASON_PUBLIC_NO_EGRESS, NULL, true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static public_case k;
    static pl_verdict verdict;
    row r = {.list = LIST_PROOF,
             .witness = cases[i].witness,
             .dns = DNS_ALL,
             .side = !cases[i].asked ? SIDE_NOT_ASKED
                     : cases[i].up   ? SIDE_UP
                                     : SIDE_DOWN};
    row_build(&k, &r);
    k.signatures[6] =
        (pl_signature){.kind = PL_SIGNATURE_DNS_NXDOMAIN, .evidence = PL_EVIDENCE_PROOF};
    k.spec.blocked_by.count = cases[i].listed ? 7 : 6;
    for (size_t d = 0; d < PL_COUNT_OF(k.dns); d++)
      k.dns[d].outcome = PL_DNS_NXDOMAIN;
    k.dns[3].outcome = cases[i].last;
    for (size_t w = 0; w < PL_COUNT_OF(k.witnesses); w++)
      k.witnesses[w].is_own = cases[i].witness_is_own;
    if (cases[i].alias != NULL)
      memcpy(k.dns[3].canonical, cases[i].alias, strlen(cases[i].alias) + 1);
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    if (verdict.public_verdict != cases[i].expected ||
        verdict.checks[PL_CHECK_PUBLIC].reason != cases[i].reason)
      fail_msg("%s: %s %s", cases[i].name, pl_public_name(verdict.public_verdict),
               pl_reason_code(verdict.checks[PL_CHECK_PUBLIC].reason));
    if (cases[i].alias != NULL)
      assert_non_null(strstr(verdict.checks[PL_CHECK_PUBLIC].summary, cases[i].alias));
    k.spec.expect_public = PL_EXPECT_REACHABLE;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity,
                     cases[i].expected == PL_PUBLIC_BLOCKED ? PL_SEVERITY_CRITICAL
                                                            : PL_SEVERITY_UNKNOWN);
  }
}

static void a_named_port_of_a_witness_counts_for_any_port(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  row_build(&k, &silent_block);
  k.witnesses[0].port = k.witnesses[1].port = 8443;
  k.witnesses[0].port_named = k.witnesses[1].port_named = true;
  pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
  assert_int_equal(verdict.public_verdict, PL_PUBLIC_BLOCKED);
}

static void a_handshake_is_enough_at_depth_tls(void **state) {
  (void)state;
  static public_case k;
  static pl_verdict verdict;
  static const struct {
    pl_depth depth;
    seen seen;
  } cases[] = {{PL_DEPTH_TLS, SEEN_TLS_DONE}, {PL_DEPTH_TCP, SEEN_CONNECTED}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    row r = silent_block;
    r.count = 1;
    r.seen[0] = cases[i].seen;
    row_build(&k, &r);
    k.spec.public_probe = cases[i].depth;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    assert_int_equal(verdict.public_verdict, PL_PUBLIC_OPEN);
    k.spec.expect_public = PL_EXPECT_REACHABLE;
    pl_judge(&k.spec, &k.facts, 1000000000, &verdict);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_OK);
  }
}

static void severities_are_those_of_the_documentation(void **state) {
  (void)state;
  severities_check("public.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_address_in_every_context),
      cmocka_unit_test(up_to_three_addresses),
      cmocka_unit_test(every_step_away_from_a_block_leaves_ok),
      cmocka_unit_test(on_unproven_sets_the_severity_but_not_of_interception),
      cmocka_unit_test(on_unproven_is_for_every_reason),
      cmocka_unit_test(reachable_is_ok_only_for_a_good_answer),
      cmocka_unit_test(reachable_needs_no_whole_answer),
      cmocka_unit_test(an_address_by_hand_needs_an_answer),
      cmocka_unit_test(a_name_that_is_gone_needs_every_resolver_and_a_witness),
      cmocka_unit_test(a_named_port_of_a_witness_counts_for_any_port),
      cmocka_unit_test(a_handshake_is_enough_at_depth_tls),
      cmocka_unit_test(severities_are_those_of_the_documentation), /* of all before it */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
