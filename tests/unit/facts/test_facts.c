// Tests the facts of a round: names, questions, contents and limits.
#include "alloc_fail.h"
#include "facts/facts.h"
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- names ---------------------------------------------------------------------------------- */

static void every_outcome_has_its_own_name(void **state) {
  (void)state;
  for (int i = 0; i <= PL_DNS_CUT; i++) {
    assert_true(strlen(pl_dns_outcome_name((pl_dns_outcome)i)) > 0);
    for (int j = 0; j < i; j++)
      assert_string_not_equal(pl_dns_outcome_name((pl_dns_outcome)i),
                              pl_dns_outcome_name((pl_dns_outcome)j));
  }
  assert_string_equal(pl_dns_outcome_name(PL_DNS_NXDOMAIN), "NXDOMAIN");
  assert_string_equal(pl_dns_outcome_name(PL_DNS_TIMEOUT), "no answer in time");
  assert_string_equal(pl_dns_outcome_name((pl_dns_outcome)99), "");
}

static void only_three_outcomes_are_definite(void **state) {
  (void)state;
  for (int i = 0; i <= PL_DNS_CUT; i++) {
    bool definite = i == PL_DNS_ANSWER || i == PL_DNS_NODATA || i == PL_DNS_NXDOMAIN;
    assert_int_equal(pl_dns_outcome_definite((pl_dns_outcome)i), definite);
  }
}

/* ---- questions ------------------------------------------------------------------------------ */

static void only_some_icmp_errors_prohibit(void **state) {
  (void)state;
  static const struct {
    pl_family family;
    uint8_t type, code;
  } prohibits[] = {
      {PL_FAMILY_IPV4, 3, 9}, {PL_FAMILY_IPV4, 3, 10}, {PL_FAMILY_IPV4, 3, 13},
      {PL_FAMILY_IPV6, 1, 1}, {PL_FAMILY_IPV6, 1, 5},  {PL_FAMILY_IPV6, 1, 6},
  };
  static const pl_family families[] = {PL_FAMILY_NONE, PL_FAMILY_IPV4, PL_FAMILY_IPV6};
  for (size_t f = 0; f < PL_COUNT_OF(families); f++) {
    for (int type = 0; type < 256; type++) {
      for (int code = 0; code < 256; code++) {
        pl_icmp icmp = {
            .seen = true, .family = families[f], .type = (uint8_t)type, .code = (uint8_t)code};
        bool expected = false;
        for (size_t i = 0; i < PL_COUNT_OF(prohibits); i++)
          expected = expected || (prohibits[i].family == families[f] && prohibits[i].type == type &&
                                  prohibits[i].code == code);
        assert_int_equal(pl_icmp_prohibits(&icmp), expected);
        icmp.seen = false;
        assert_false(pl_icmp_prohibits(&icmp));
      }
    }
  }
}

/* A verified attempt, except for what a case changes. */
static pl_attempt_result verified_attempt(pl_end end) {
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  attempt.end = end;
  attempt.certificate = (pl_certificate){
      .seen = true, .chain_ok = true, .name_ok = true, .time = PL_CERTIFICATE_VALID};
  return attempt;
}

static void an_attempt_is_verified_once_the_handshake_is_done(void **state) {
  (void)state;
  for (int end = 0; end <= PL_END_COUNT; end++) {
    pl_attempt_result attempt = verified_attempt((pl_end)end);
    bool done = end >= PL_END_TLS_DONE && end < PL_END_COUNT;
    assert_int_equal(pl_attempt_verified(&attempt), done);
    /* These three may come before the handshake's end or after it. */
    attempt.tls_time = 5 * PL_MSEC;
    bool any_time = end == PL_END_LOCAL || end == PL_END_CUT || end == PL_END_FROZEN;
    assert_int_equal(pl_attempt_verified(&attempt), done || any_time);
  }
}

static void an_attempt_is_verified_by_all_of_chain_name_and_period(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 8; bits++) {
    for (int time = PL_CERTIFICATE_TIME_UNKNOWN; time <= PL_CERTIFICATE_NOT_YET; time++) {
      pl_attempt_result attempt = verified_attempt(PL_END_HTTP_ANSWER);
      attempt.certificate.seen = bits & 1;
      attempt.certificate.chain_ok = bits & 2;
      attempt.certificate.name_ok = bits & 4;
      attempt.certificate.time = (pl_certificate_time)time;
      assert_int_equal(pl_attempt_verified(&attempt), bits == 7 && time == PL_CERTIFICATE_VALID);
    }
  }
}

static void an_attempt_is_answered_by_its_end_or_an_identity(void **state) {
  (void)state;
  for (int end = 0; end <= PL_END_COUNT; end++) {
    pl_attempt_result attempt = verified_attempt((pl_end)end);
    assert_true(pl_attempt_identified(&attempt));
    assert_true(pl_attempt_answered(&attempt));
    attempt.certificate.name_ok = false;
    assert_false(pl_attempt_identified(&attempt));
    assert_int_equal(pl_attempt_answered(&attempt), pl_end_info_at((pl_end)end)->answered);
    attempt.certificate.name_ok = true;
    attempt.certificate.chain_ok = false;
    assert_false(pl_attempt_identified(&attempt));
  }
}

/* ---- life ----------------------------------------------------------------------------------- */

static void assert_untouched_attempt(const pl_attempt_result *attempt) {
  assert_int_equal(attempt->end, PL_END_NOT_TRIED);
  assert_int_equal(attempt->alert, -1);
  assert_int_equal(attempt->signature, -1);
  assert_int_equal(attempt->http_status, 0);
  assert_int_equal(attempt->connect_time, PL_NSEC_UNKNOWN);
  assert_int_equal(attempt->tls_time, PL_NSEC_UNKNOWN);
  assert_int_equal(attempt->first_byte_time, PL_NSEC_UNKNOWN);
  assert_false(attempt->certificate.seen);
  assert_false(pl_attempt_verified(attempt));
}

static void fresh_elements_claim_nothing(void **state) {
  (void)state;
  pl_facts facts;
  pl_facts_init(&facts);
  assert_int_equal(facts.ipv4, PL_FAMILY_USABLE);
  assert_int_equal(facts.ipv6, PL_FAMILY_USABLE);
  assert_int_equal(facts.target_count + facts.private_dns_count + facts.public_dns_count +
                       facts.witness_count,
                   0);

  pl_dns_fact *dns = NULL;
  assert_int_equal(pl_facts_add_private_dns(&facts, &dns), PL_OK);
  assert_ptr_equal(dns, &facts.private_dns[0]);
  assert_false(pl_dns_outcome_definite(dns->outcome));
  assert_int_equal(dns->elapsed, PL_NSEC_UNKNOWN);
  assert_int_equal(dns->answers.count, 0);
  assert_int_equal(pl_facts_add_public_dns(&facts, &dns), PL_OK);
  assert_ptr_equal(dns, &facts.public_dns[0]);
  assert_false(pl_dns_outcome_definite(dns->outcome));

  pl_target *target = NULL;
  assert_int_equal(pl_facts_add_target(&facts, PL_ROLE_COUNTER, &target), PL_OK);
  assert_int_equal(target->role, PL_ROLE_COUNTER);
  assert_int_equal(target->address.family, PL_FAMILY_NONE);
  assert_int_equal(target->attempt_count, 0);
  for (size_t i = 0; i < PL_LIMIT_ATTEMPTS; i++)
    assert_untouched_attempt(&target->attempts[i]);

  pl_witness *witness = NULL;
  assert_int_equal(pl_facts_add_witness(&facts, &witness), PL_OK);
  assert_int_equal(witness->result_count, 0);
  assert_false(pl_witness_answered(witness));

  pl_facts_free(&facts);
  assert_null(facts.targets);
  assert_int_equal(facts.target_count, 0);
  pl_facts_free(&facts);
}

static void elements_keep_what_was_written(void **state) {
  (void)state;
  pl_facts facts;
  pl_facts_init(&facts);
  for (uint16_t i = 0; i < 10; i++) {
    pl_target *target = NULL;
    pl_witness *witness = NULL;
    pl_dns_fact *dns = NULL;
    assert_int_equal(pl_facts_add_target(&facts, PL_ROLE_PUBLIC, &target), PL_OK);
    target->port = i;
    assert_int_equal(pl_facts_add_witness(&facts, &witness), PL_OK);
    witness->port = i;
    assert_int_equal(pl_facts_add_private_dns(&facts, &dns), PL_OK);
    dns->ttl = i;
    pl_addr address = {.family = PL_FAMILY_IPV4, .bytes = {10, 0, 0, 1}};
    assert_int_equal(pl_addr_list_add(&dns->answers, &address), PL_OK);
    assert_int_equal(pl_facts_add_public_dns(&facts, &dns), PL_OK);
    dns->ttl = 100u + i;
    assert_int_equal(pl_addr_list_add(&dns->answers, &address), PL_OK);
  }
  for (uint16_t i = 0; i < 10; i++) {
    assert_int_equal(facts.targets[i].port, i);
    assert_int_equal(facts.witnesses[i].port, i);
    assert_int_equal(facts.private_dns[i].ttl, i);
    assert_int_equal(facts.private_dns[i].answers.count, 1);
    assert_int_equal(facts.public_dns[i].ttl, 100 + i);
  }
  pl_facts_free(&facts);
}

static void facts_have_limits(void **state) {
  (void)state;
  pl_facts facts;
  pl_facts_init(&facts);
  pl_target *target = NULL;
  static const pl_role roles[] = {PL_ROLE_PRIVATE, PL_ROLE_COUNTER, PL_ROLE_PUBLIC};
  for (size_t role = 0; role < PL_COUNT_OF(roles); role++) {
    for (size_t i = 0; i < PL_LIMIT_ADDRESSES; i++)
      assert_int_equal(pl_facts_add_target(&facts, roles[role], &target), PL_OK);
    const pl_target *last = target;
    assert_int_equal(pl_facts_add_target(&facts, roles[role], &target), PL_ERR_LIMIT);
    assert_ptr_equal(target, last);
  }
  assert_int_equal(facts.target_count, 3 * PL_LIMIT_ADDRESSES);
  for (unsigned role = PL_ROLE_SIBLING; role < PL_ROLE_COUNT; role++) {
    pl_target *control = NULL;
    for (size_t i = 0; i < PL_LIMIT_CONTROLS; i++)
      assert_int_equal(pl_facts_add_target(&facts, (pl_role)role, &control), PL_OK);
    assert_int_equal(pl_facts_add_target(&facts, (pl_role)role, &control), PL_ERR_LIMIT);
  }
  assert_int_equal(facts.target_count, PL_LIMIT_TARGETS);

  pl_dns_fact *dns = NULL;
  for (size_t i = 0; i < PL_LIMIT_DNS_FACTS; i++) {
    assert_int_equal(pl_facts_add_private_dns(&facts, &dns), PL_OK);
    assert_int_equal(pl_facts_add_public_dns(&facts, &dns), PL_OK);
  }
  assert_int_equal(pl_facts_add_private_dns(&facts, &dns), PL_ERR_LIMIT);
  assert_int_equal(pl_facts_add_public_dns(&facts, &dns), PL_ERR_LIMIT);

  pl_witness *witness = NULL;
  for (size_t i = 0; i < PL_LIMIT_WITNESS_TARGETS; i++)
    assert_int_equal(pl_facts_add_witness(&facts, &witness), PL_OK);
  assert_int_equal(pl_facts_add_witness(&facts, &witness), PL_ERR_LIMIT);
  pl_facts_free(&facts);
}

/* Two elements of each kind. */
static pl_status fill(pl_facts *facts) {
  for (int i = 0; i < 2; i++) {
    pl_dns_fact *dns = NULL;
    pl_target *target = NULL;
    pl_witness *witness = NULL;
    pl_status status = pl_facts_add_private_dns(facts, &dns);
    if (status == PL_OK)
      status = pl_facts_add_public_dns(facts, &dns);
    if (status == PL_OK)
      status = pl_facts_add_target(facts, PL_ROLE_PRIVATE, &target);
    if (status == PL_OK)
      status = pl_facts_add_witness(facts, &witness);
    if (status == PL_OK)
      status = pl_facts_add_further(facts, "two.example.com");
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

static void facts_survive_every_failing_allocation(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    pl_facts facts;
    pl_facts_init(&facts);
    alloc_fail_arm(nth);
    pl_status status = fill(&facts);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(facts.private_dns_count + facts.public_dns_count + facts.target_count +
                         facts.witness_count + facts.further_count,
                     failed ? nth - 1 : 10);
    if (failed) /* and go on where they were */
      assert_int_equal(fill(&facts), PL_OK);
    pl_facts_free(&facts);
    if (!failed) {
      assert_int_equal(nth, 11);
      break;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_outcome_has_its_own_name),
      cmocka_unit_test(only_three_outcomes_are_definite),
      cmocka_unit_test(an_attempt_is_answered_by_its_end_or_an_identity),
      cmocka_unit_test(only_some_icmp_errors_prohibit),
      cmocka_unit_test(an_attempt_is_verified_once_the_handshake_is_done),
      cmocka_unit_test(an_attempt_is_verified_by_all_of_chain_name_and_period),
      cmocka_unit_test(fresh_elements_claim_nothing),
      cmocka_unit_test(elements_keep_what_was_written),
      cmocka_unit_test(facts_have_limits),
      cmocka_unit_test(facts_survive_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
