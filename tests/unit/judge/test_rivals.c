// Walks over every sign, rival and control of rivals.def.
#include "options/options.h"
#include "proof_case.h"
#include "severities.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Controls that cannot rule out the rival of this sign, though they stand in its row. */
static bool is_excepted(pl_sign sign, pl_rival_id rival, pl_control control) {
  if (sign == PL_SIGN_HTTP)
    return false;
  return control == PL_CONTROL_DOCUMENTED || control == PL_CONTROL_KEY ||
         (control == PL_CONTROL_SIBLING && rival == PL_RIVAL_TENANT) ||
         (rival == PL_RIVAL_NEAR && sign == PL_SIGN_TLS);
}

static void expect(proof_case *k, pl_rival_id rival, pl_public verdict, pl_rival_state state,
                   const char *what) {
  static pl_verdict judged;
  proof_case_judge(k, rival, &judged);
  pl_rival_state have = judged.rivals[rival].state;
  if (judged.public_verdict != verdict || have != state)
    fail_msg("%s, %s: %s, %s; must be %s, %s: %s", pl_rival_at(rival)->key, what,
             pl_public_name(judged.public_verdict), pl_rival_state_name(have),
             pl_public_name(verdict), pl_rival_state_name(state),
             judged.checks[PL_CHECK_PUBLIC].summary);
  if (verdict == PL_PUBLIC_UNPROVEN) {
    assert_int_equal(judged.checks[PL_CHECK_PUBLIC].reason, pl_rival_at(rival)->reason);
    assert_int_not_equal(judged.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_OK);
  } else {
    assert_int_equal(judged.checks[PL_CHECK_PUBLIC].severity, PL_SEVERITY_OK);
  }
}

/* A sign for which the private side would rule out an outage by itself. */
static void make_private_down(proof_case *k) {
  for (size_t i = 0; i < k->facts.target_count; i++) {
    if (k->targets[i].role == PL_ROLE_PRIVATE)
      k->targets[i].attempts[0].end = PL_END_REFUSED;
  }
}

static void build_bare(proof_case *k, pl_sign sign, pl_rival_id rival, bool documented) {
  proof_case_init(k, sign, documented);
  if (rival == PL_RIVAL_OUTAGE && sign != PL_SIGN_HTTP)
    make_private_down(k);
}

static void walk_controls(pl_sign sign, pl_rival_id rival, pl_proof proof) {
  static proof_case k;
  for (unsigned control = 0; control < PL_CONTROL_COUNT; control++) {
    if ((pl_rival_at(rival)->controls & (1u << control)) == 0)
      continue;
    /* A request control needs a documented text, where the sign is an answer. */
    bool documented =
        control == PL_CONTROL_DOCUMENTED || (control == PL_CONTROL_REQUEST && sign == PL_SIGN_HTTP);
    proof_case_init(&k, sign, documented);
    if (rival == PL_RIVAL_OUTAGE && control != PL_CONTROL_PRIVATE && sign != PL_SIGN_HTTP)
      make_private_down(&k);
    k.spec.proof = proof;
    proof_case_add(&k, (pl_control)control);
    bool weak = (rival == PL_RIVAL_KEY && control == PL_CONTROL_PRIVATE) ||
                (rival == PL_RIVAL_TENANT && control == PL_CONTROL_SIBLING);
    bool holds =
        !is_excepted(sign, rival, (pl_control)control) && !(weak && proof == PL_PROOF_STRICT);
    bool required =
        proof == PL_PROOF_STRICT || pl_rival_at(rival)->levels[sign] == PL_RIVAL_LEVEL_REQUIRED;
    pl_rival_state else_state = required ? PL_RIVAL_STATE_STANDS : PL_RIVAL_STATE_NAMED;
    expect(&k, rival, holds || !required ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN,
           holds ? PL_RIVAL_STATE_RULED_OUT : else_state, pl_control_name((pl_control)control));
  }
}

static void walk_rival(pl_sign sign, pl_rival_id rival) {
  static proof_case k;
  pl_rival_level level = pl_rival_at(rival)->levels[sign];
  build_bare(&k, sign, rival, false);
  if (level == PL_RIVAL_LEVEL_NONE) {
    expect(&k, rival, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_NONE, "cannot explain the sign");
    return;
  }
  bool required = level == PL_RIVAL_LEVEL_REQUIRED;
  expect(&k, rival, required ? PL_PUBLIC_UNPROVEN : PL_PUBLIC_BLOCKED,
         required ? PL_RIVAL_STATE_STANDS : PL_RIVAL_STATE_NAMED, "without evidence, standard");
  k.spec.proof = PL_PROOF_STRICT;
  expect(&k, rival, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "without evidence, strict");
  walk_controls(sign, rival, PL_PROOF_STANDARD);
  walk_controls(sign, rival, PL_PROOF_STRICT);
}

static void every_sign_rival_and_control(void **state) {
  (void)state;
  for (unsigned sign = 0; sign < PL_SIGN_COUNT; sign++) {
    for (unsigned rival = 0; rival < PL_RIVAL_COUNT; rival++)
      walk_rival((pl_sign)sign, (pl_rival_id)rival);
  }
}

/* All evidence that there is: blocked in strict. Then what is required is left out, one by one. */
static void add_everything(proof_case *k, pl_sign sign, pl_rival_id but) {
  proof_case_init(k, sign, true);
  for (unsigned rival = 0; rival < PL_RIVAL_COUNT; rival++) {
    const pl_rival *row = pl_rival_at((pl_rival_id)rival);
    if (rival == but || row->levels[sign] == PL_RIVAL_LEVEL_NONE)
      continue;
    k->spec.accept |= 1u << rival;
  }
}

static void each_required_rival_alone_makes_it_unproven(void **state) {
  (void)state;
  static proof_case k;
  static pl_verdict verdict;
  for (unsigned sign = 0; sign < PL_SIGN_COUNT; sign++) {
    for (unsigned rival = 0; rival < PL_RIVAL_COUNT; rival++) {
      if (pl_rival_at((pl_rival_id)rival)->levels[sign] == PL_RIVAL_LEVEL_NONE)
        continue;
      add_everything(&k, (pl_sign)sign, (pl_rival_id)rival);
      k.spec.proof = PL_PROOF_STRICT;
      if (rival == PL_RIVAL_OUTAGE && sign != PL_SIGN_HTTP)
        make_private_down(&k);
      bool by_text = sign == PL_SIGN_HTTP && (rival == PL_RIVAL_OUTAGE || rival == PL_RIVAL_KEY);
      pl_judge(&k.spec, &k.facts, PROOF_NOW, &verdict);
      assert_int_equal(verdict.public_verdict, by_text ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN);
    }
  }
}

static void evidence_for_a_rival_counts_in_standard(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  k.targets[0].is_own = true;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "own address");
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_ROUTE);
  k.facts.ipsec_drops = true;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "IPsec");
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_ROUTE);
  k.targets[0].hops[0].kind = PL_HOP_REFUSED;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "refused at the first hop");
  proof_case_init(&k, PL_SIGN_TCP, false);
  k.targets[0].attempts[1].icmp =
      (pl_icmp){.seen = true,
                .family = PL_FAMILY_IPV4,
                .type = 3,
                .code = 13,
                .sender = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, 1})};
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "ICMP from a private sender");
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.targets[0].hops[0].kind = PL_HOP_ICMP;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "the same for a limited TTL");
}

/* The error of a router of our own, with the address that our NAT gives it. */
static void an_error_from_the_target_itself_is_no_hop(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.spec.proof = PL_PROOF_STRICT;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "a router outside");
  for (size_t i = 0; i < k.targets[0].hop_count; i++)
    k.targets[0].hops[i].sender = k.targets[0].address;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "the target itself");
}

/* A tunnel of this host answers for the network with the host's public address. */
static void an_error_from_this_host_is_no_hop(void **state) {
  (void)state;
  static proof_case k;
  const pl_addr own = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){52, 7, 7, 7});
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.spec.proof = PL_PROOF_STRICT;
  k.targets[0].attempts[0].source = own;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "a router outside");
  k.targets[0].hops[1].sender = own;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "this host itself");
}

/* A router that has several paths chooses by the ports: only the flow of an attempt counts. */
static void another_flow_is_no_hop(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.spec.proof = PL_PROOF_STRICT;
  k.targets[0].hops[1].port += 1000;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "another port");
  k.targets[0].hops[1].port = 0;
  expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "no port");
}

static void a_syn_that_is_answered_is_no_silence(void **state) {
  (void)state;
  static proof_case k;
  static pl_verdict verdict;
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_ATTEMPTS);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.spec.accept = ~0u;
  pl_judge(&k.spec, &k.facts, PROOF_NOW, &verdict);
  assert_int_equal(verdict.public_verdict, PL_PUBLIC_BLOCKED);
  k.targets[0].hops[1].kind = PL_HOP_ANSWERED;
  pl_judge(&k.spec, &k.facts, PROOF_NOW, &verdict);
  assert_int_equal(verdict.public_verdict, PL_PUBLIC_UNPROVEN);
  assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_UNLISTED);
}

/* A witness that never answers does not show that the network counts hops. */
static void a_dead_witness_is_no_measure_of_hops(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_HOPS);
  k.targets[0].hops[0].kind = PL_HOP_REFUSED;
  k.witness.result_count = 0;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "no evidence for the host");
}

static void a_hint_needs_the_baseline(void **state) {
  (void)state;
  static proof_case k;
  static const pl_rival_id rivals[] = {PL_RIVAL_TENANT, PL_RIVAL_REQUEST};
  for (size_t i = 0; i < PL_COUNT_OF(rivals); i++) {
    proof_case_init(&k, PL_SIGN_TLS, false);
    k.signature.evidence = PL_EVIDENCE_HINT;
    proof_case_add(&k, PL_CONTROL_PAIRED);
    proof_case_add(&k, PL_CONTROL_REQUEST);
    expect(&k, rivals[i], PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "a hint, without a baseline");
    proof_case_add(&k, PL_CONTROL_BEFORE);
    k.memory.baseline.private_status = 200;
    expect(&k, rivals[i], PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "a hint, and a baseline");
  }
  /* Our own variations may have caused it, as any other sign. */
  k.memory.sign_caused = true;
  k.memory.sign_since = PROOF_NOW - 60;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "a hint, a minute old");
}

/* A proxy that many customers share is up for a name that nobody has. */
static void a_pair_that_is_not_served(void **state) {
  (void)state;
  static proof_case k;
  static const pl_sign signs[] = {PL_SIGN_TLS, PL_SIGN_DNS, PL_SIGN_TCP};
  for (size_t i = 0; i < PL_COUNT_OF(signs); i++) {
    proof_case_init(&k, signs[i], false);
    proof_case_add(&k, PL_CONTROL_PAIRED);
    expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "200");
    for (size_t t = 0; t < k.facts.target_count; t++) {
      if (k.targets[t].role == PL_ROLE_PRIVATE)
        k.targets[t].attempts[0].http_status = 404;
    }
    bool counts = signs[i] == PL_SIGN_TCP;
    expect(&k, PL_RIVAL_TENANT, counts ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN,
           counts ? PL_RIVAL_STATE_RULED_OUT : PL_RIVAL_STATE_STANDS, "404");
  }
}

/* The sibling gets the text for unknown names with another status than ours. */
static void a_sibling_with_another_documented_status(void **state) {
  (void)state;
  static proof_case k;
  static char text[] = "account not found";
  static pl_signature two[2] = {
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_PROOF, .status = 403, .regex = text},
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_PROOF, .status = 200, .regex = text}};
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_SIBLING);
  k.spec.blocked_by = (pl_signatures){two, 2};
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "without a sign");
  pl_attempt_result *sibling = &k.targets[k.facts.target_count - 1].attempts[0];
  assert_int_equal(k.targets[k.facts.target_count - 1].role, PL_ROLE_SIBLING);
  sibling->http_status = 200;
  sibling->signature = 1;
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "the text with 200");
}

/* A documented text that the private side gives, too, is what the service says to everybody. */
static void a_text_for_everybody_is_no_block(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  for (size_t i = 0; i < k.facts.target_count; i++) {
    pl_target *target = &k.targets[i];
    if (target->role != PL_ROLE_PRIVATE)
      continue;
    target->attempts[0].http_status = k.targets[0].attempts[0].http_status;
    target->attempts[0].signature = k.targets[0].attempts[0].signature;
  }
  expect(&k, PL_RIVAL_OUTAGE, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "the private side, too");
  for (size_t i = 0; i < k.facts.target_count; i++) {
    if (k.targets[i].role != PL_ROLE_PRIVATE)
      continue;
    k.targets[i].attempts[0].signature = -1;
    k.targets[i].attempts[0].body = PL_BODY_ENCODED;
  }
  expect(&k, PL_RIVAL_OUTAGE, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS,
         "perhaps the private side");
}

/* A text for everybody may come with another status, or with one that is no refusal. */
static void a_text_for_everybody_with_any_status(void **state) {
  (void)state;
  static proof_case k;
  static char text[] = "account not found";
  static pl_signature two[2] = {
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_PROOF, .status = 404, .regex = text},
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_PROOF, .status = 200, .regex = text}};
  static const pl_rival_id rivals[] = {PL_RIVAL_OUTAGE, PL_RIVAL_TENANT};
  for (unsigned change = 0; change < 2; change++) {
    proof_case_init(&k, PL_SIGN_HTTP, true);
    proof_case_add(&k, PL_CONTROL_PAIRED); /* the private side answers 200 */
    k.spec.blocked_by = (pl_signatures){two, 2};
    k.targets[0].attempts[0].http_status = change == 0 ? 404 : 200;
    k.targets[0].attempts[0].signature = change == 0 ? 0 : 1;
    pl_attempt_result *private = &k.targets[1].attempts[0];
    assert_int_equal(k.targets[1].role, PL_ROLE_PRIVATE);
    private->signature = change == 0 ? 1 : -1;
    private->body = change == 0 ? PL_BODY_WHOLE : PL_BODY_CUT;
    for (size_t i = 0; i < PL_COUNT_OF(rivals); i++)
      expect(&k, rivals[i], PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "for everybody");
  }
}

/* What is remembered counts only while the private side is as it was, and never from the future. */
static void a_baseline_that_does_not_fit(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, false);
  proof_case_add(&k, PL_CONTROL_BEFORE);
  k.memory.baseline.private_status = 401;
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "another private answer");
  proof_case_init(&k, PL_SIGN_HTTP, false);
  proof_case_add(&k, PL_CONTROL_BEFORE);
  k.memory.baseline.at = PROOF_NOW + 1;
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "from the future");
  proof_case_init(&k, PL_SIGN_HTTP, false);
  proof_case_add(&k, PL_CONTROL_BEFORE);
  make_private_down(&k);
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "private side down");
  proof_case_init(&k, PL_SIGN_HTTP, false);
  k.facts.memory = NULL;
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "no memory");
}

/* The private side was not asked when the baseline was recorded. Now it refuses everybody with a
 * listed status, as after the account was closed, and somebody else is at the public name. */
static void a_baseline_without_the_private_side(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TLS, false);
  k.memory.baseline = (pl_baseline){.at = PROOF_NOW - 86400, .public_status = 200};
  for (size_t i = 0; i < k.facts.target_count; i++) {
    if (k.targets[i].role == PL_ROLE_PRIVATE) {
      k.targets[i].attempts[0].http_status = 403;
      k.targets[i].attempts[0].signature = 0;
    }
  }
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS,
         "a private side that refuses");
}

/* What another host saw up to ten minutes ago is no answer to what this host sees now. */
static void a_private_side_that_is_down_here(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  make_private_down(&k);
  k.facts.private_evidence.up = true;
  k.facts.private_evidence.status = 200;
  expect(&k, PL_RIVAL_OUTAGE, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "down here");
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC);
  expect(&k, PL_RIVAL_OUTAGE, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "not asked here");
}

static void no_certificate_has_no_issuer(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_ISSUER);
  expect(&k, PL_RIVAL_INSPECTION, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "with SCTs");
  k.targets[0].attempts[0].certificate.seen = false;
  expect(&k, PL_RIVAL_INSPECTION, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "none was seen");
}

/* The certificate of a handshake that did not end was not verified, and shows no issuer. */
static void a_cut_handshake_has_no_issuer(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_ISSUER);
  pl_target *target = &k.targets[0];
  target->attempts[1] = target->attempts[0];
  target->attempt_count = 2;
  target->attempts[0].end = PL_END_TLS_SILENT;
  target->attempts[0].certificate = (pl_certificate){.seen = true};
  expect(&k, PL_RIVAL_INSPECTION, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "then an answer");
}

static void a_sibling_that_was_not_read(void **state) {
  (void)state;
  static proof_case k;
  static const pl_body bodies[] = {PL_BODY_WHOLE, PL_BODY_CUT, PL_BODY_ENCODED};
  for (size_t i = 0; i < PL_COUNT_OF(bodies); i++) {
    proof_case_init(&k, PL_SIGN_HTTP, true);
    proof_case_add(&k, PL_CONTROL_SIBLING);
    pl_attempt_result *sibling = &k.targets[k.facts.target_count - 1].attempts[0];
    sibling->http_status = 403;
    sibling->body = (uint8_t)bodies[i];
    expect(&k, PL_RIVAL_TENANT, i == 0 ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN,
           i == 0 ? PL_RIVAL_STATE_RULED_OUT : PL_RIVAL_STATE_STANDS, "403 of a sibling");
  }
}

/* A filter of AAAA in plain DNS hides the addresses that may be open. */
static void names_need_both_types(void **state) {
  (void)state;
  static proof_case k;
  for (size_t type = 2; type < 4; type++) {
    proof_case_init(&k, PL_SIGN_TCP, false);
    proof_case_add(&k, PL_CONTROL_NAMES);
    expect(&k, PL_RIVAL_FORGED, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "both types");
    k.dns[type].outcome = PL_DNS_SERVFAIL;
    expect(&k, PL_RIVAL_FORGED, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "one type");
  }
}

/* The private side was asked by another name, so it says nothing about whose ours is. */
static void a_pair_that_tls_name_parts(void **state) {
  (void)state;
  static char other[] = "q.example.com", own[] = "P.example.com";
  static proof_case k;
  for (unsigned change = 0; change < 3; change++) {
    proof_case_init(&k, PL_SIGN_TCP, false);
    proof_case_add(&k, PL_CONTROL_PAIRED);
    k.spec.tls_name = change == 0 ? NULL : change == 1 ? own : other;
    expect(&k, PL_RIVAL_TENANT, change < 2 ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN,
           change < 2 ? PL_RIVAL_STATE_RULED_OUT : PL_RIVAL_STATE_STANDS, "--tls-name");
  }
}

/* No answer then and none now is no equal answer. */
static void a_baseline_without_an_answer(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  k.memory.baseline = (pl_baseline){.at = PROOF_NOW - 86400, .public_status = 200};
  size_t count = k.facts.target_count;
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC);
  k.facts.target_count = 1;
  k.facts.private_evidence.up = true;
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "from another host");
  k.facts.private_evidence.answer = k.memory.baseline.private_status = 403;
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "its refusals");
  k.memory.baseline.private_status = 0;
  k.facts.private_evidence.up = false;
  k.facts.target_count = count;
  k.spec.checks |= PL_CHECK_BIT(PL_CHECK_PORT);
  for (size_t i = 0; i < k.facts.target_count; i++)
    k.targets[i].with_key = k.targets[i].role == PL_ROLE_PRIVATE;
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "only with a key");
  k.spec.probe = PL_DEPTH_TCP;
  for (size_t i = 0; i < k.facts.target_count; i++) {
    if (k.targets[i].role == PL_ROLE_PRIVATE)
      k.targets[i].attempts[0].end = PL_END_CONNECTED;
  }
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "no HTTP at all");
}

/* A body that was not read is not an empty one. */
static void a_body_that_was_not_read(void **state) {
  (void)state;
  static const struct {
    pl_body body;
    uint16_t length;
    pl_public verdict;
  } cases[] = {{PL_BODY_WHOLE, 0, PL_PUBLIC_BLOCKED},
               {PL_BODY_CUT, 0, PL_PUBLIC_UNPROVEN},
               {PL_BODY_ENCODED, 9, PL_PUBLIC_UNPROVEN},
               {PL_BODY_CUT, 9, PL_PUBLIC_BLOCKED},
               {PL_BODY_LONG, 4096, PL_PUBLIC_BLOCKED}};
  static proof_case k;
  static pl_verdict verdict;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    proof_case_init(&k, PL_SIGN_HTTP, true);
    k.spec.accept = ~0u;
    k.targets[0].attempts[0].body = (uint8_t)cases[i].body;
    k.targets[0].attempts[0].body_length = cases[i].length;
    pl_judge(&k.spec, &k.facts, PROOF_NOW, &verdict);
    if (verdict.public_verdict != cases[i].verdict)
      fail_msg("case %zu: %s", i, pl_public_name(verdict.public_verdict));
  }
}

/* What got through to another address of the name says nothing about the way to this one. */
static void a_sibling_at_another_address(void **state) {
  (void)state;
  static proof_case k;
  for (unsigned remembered = 0; remembered < 2; remembered++) {
    proof_case_init(&k, PL_SIGN_TCP, false);
    k.spec.proof = PL_PROOF_STRICT;
    if (remembered == 0)
      proof_case_add(&k, PL_CONTROL_SIBLING);
    else
      k.memory.controls[PL_CONTROL_SIBLING] = PROOF_NOW - 60;
    k.targets[0].address.bytes[3]++;
    k.answer.bytes[3]++;
    expect(&k, PL_RIVAL_NEAR, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "another address");
  }
}

/* Of two addresses one shows an alert, and another name is open there. The listener of the other
 * one, which is silent, may be down. */
static void a_front_at_another_address(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  k.spec.proof = PL_PROOF_STRICT;
  proof_case_add(&k, PL_CONTROL_SIBLING);
  expect(&k, PL_RIVAL_FRONT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "the same address");
  k.targets[0].address.bytes[3]++;
  k.answer.bytes[3]++;
  expect(&k, PL_RIVAL_FRONT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "another address");
}

static void attempts_count_over_rounds(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_WITNESS);
  k.memory.attempts = 1;
  k.memory.attempts_since = PROOF_NOW - 60;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT,
         "one more, a minute ago");
  k.memory.attempts_since = PROOF_NOW - 4;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "four seconds ago");
  k.memory.attempts_since = PROOF_NOW + 60;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "in the future");
  /* Judged ten seconds after it began, when the EC2 API had answered. */
  k.facts.wall_time = PROOF_NOW - 10;
  k.facts.started = pl_target_last_attempt(&k.targets[0])->started;
  k.memory.attempts_since = PROOF_NOW - 14;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "four seconds before it");
  k.memory.attempts_since = PROOF_NOW - 15;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT,
         "five seconds before it");
  k.memory.attempts_since = PROOF_NOW - 60;
  k.memory.signs = 2;
  expect(&k, PL_RIVAL_MOMENT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "of another sign");
}

static void a_sign_that_we_may_have_caused(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_REQUEST);
  k.memory.variations_at = PROOF_NOW - 60;
  k.memory.sign_since = PROOF_NOW - 600;
  k.memory.sign_caused = true;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "after our variations");
  k.memory.sign_since = PROOF_NOW - 3601;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "still there");
  k.memory.sign_since = PROOF_NOW - 600;
  k.memory.sign_caused = false;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "there before them");
  k.memory.signs = 0;
  k.memory.variations_at = PROOF_NOW - 1800;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "new after variations");
  k.memory.variations_at = PROOF_NOW - 3601;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "an hour after them");
}

/* A firewall may have banned this host for the other forms of its request. */
static void a_silence_that_we_may_have_caused(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_TCP, false);
  k.memory.signs = 2;
  k.memory.variations_at = PROOF_NOW - 1800;
  expect(&k, PL_RIVAL_SAMPLE, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "new after variations");
  k.memory.signs = 1;
  k.memory.sign_since = PROOF_NOW - 3599;
  k.memory.sign_caused = true;
  expect(&k, PL_RIVAL_SAMPLE, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "not yet an hour");
  k.memory.sign_since = PROOF_NOW - 3601;
  expect(&k, PL_RIVAL_SAMPLE, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_NAMED, "still there");
}

/* Each control that is remembered counts for the sign that it was about, and for no other. */
static void controls_are_remembered_for_their_sign(void **state) {
  (void)state;
  static const struct {
    pl_sign sign;
    pl_rival_id rival;
    pl_control control;
    pl_proof proof;
  } cases[] = {
      {PL_SIGN_HTTP, PL_RIVAL_TENANT, PL_CONTROL_SIBLING, PL_PROOF_STANDARD},
      {PL_SIGN_TCP, PL_RIVAL_FRONT, PL_CONTROL_SIBLING, PL_PROOF_STRICT},
      {PL_SIGN_TCP, PL_RIVAL_NEAR, PL_CONTROL_HOPS, PL_PROOF_STRICT},
      {PL_SIGN_TLS, PL_RIVAL_REQUEST, PL_CONTROL_REQUEST, PL_PROOF_STRICT},
      {PL_SIGN_HTTP, PL_RIVAL_KEY, PL_CONTROL_KEY, PL_PROOF_STRICT},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    static proof_case k;
    proof_case_init(&k, cases[i].sign, false);
    k.spec.proof = cases[i].proof;
    k.memory.controls[cases[i].control] = PROOF_NOW - 3600;
    expect(&k, cases[i].rival, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "of this sign");
    k.memory.signs = 2;
    expect(&k, cases[i].rival, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "of another sign");
  }
}

static void a_bot_protection_is_not_the_network(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  k.targets[0].attempts[0].bot_protection = true;
  proof_case_add(&k, PL_CONTROL_REQUEST);
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "bot protection");
  proof_case_add(&k, PL_CONTROL_KEY);
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "and a key");
}

/* The same status with another text, such as that for a missing key, may be what everybody gets who
 * asks as our clients do. */
static void another_form_that_gets_another_text(void **state) {
  (void)state;
  static proof_case k;
  static char text[] = "network policy";
  static pl_signature two[2] = {
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_PROOF, .status = 403, .regex = text},
      {.kind = PL_SIGNATURE_HTTP, .evidence = PL_EVIDENCE_HINT, .status = 403}};
  for (unsigned change = 0; change < 3; change++) {
    proof_case_init(&k, PL_SIGN_HTTP, true);
    proof_case_add(&k, PL_CONTROL_REQUEST);
    k.spec.blocked_by = (pl_signatures){two, 2};
    pl_attempt_result *agent = &k.targets[k.facts.target_count - 1].attempts[0];
    agent->signature = change == 1 ? 1 : 0;
    agent->bot_protection = change == 2;
    expect(&k, PL_RIVAL_REQUEST, change == 0 ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN,
           change == 0 ? PL_RIVAL_STATE_RULED_OUT : PL_RIVAL_STATE_STANDS, "--user-agent");
  }
}

/* A filter resets our handshake, and the server refuses the other one. */
static void another_hello_that_gets_another_refusal(void **state) {
  (void)state;
  static proof_case k;
  static pl_signature two[2] = {
      {.kind = PL_SIGNATURE_TLS_RESET, .evidence = PL_EVIDENCE_PROOF, .alert = -1},
      {.kind = PL_SIGNATURE_TLS_ALERT, .evidence = PL_EVIDENCE_PROOF, .alert = -1}};
  proof_case_init(&k, PL_SIGN_TLS, false);
  proof_case_add(&k, PL_CONTROL_REQUEST);
  k.spec.blocked_by = (pl_signatures){two, 2};
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "reset");
  pl_attempt_result *hello = &k.targets[k.facts.target_count - 1].attempts[0];
  hello->end = PL_END_TLS_ALERT;
  hello->alert = 80;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "an alert");
}

/* A rate limit says nothing about the name, and the next probe is not sent. */
static void a_sibling_that_was_refused_as_one_too_many(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_SIBLING);
  k.targets[k.facts.target_count - 1].attempts[0].http_status = 429;
  expect(&k, PL_RIVAL_TENANT, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "429");
}

/* What the private side gives for the key is a listed text, too. */
static void a_key_that_gets_the_sign_in_private(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, false);
  k.signature.status = 200;
  k.targets[0].attempts[0].http_status = 200;
  proof_case_add(&k, PL_CONTROL_KEY);
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "another text");
  k.targets[k.facts.target_count - 1].attempts[0].signature = 0;
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "the sign");
}

/* Whatever rules the rival out by itself: who has the key, or another TLS library, gets in. */
static void another_form_that_is_let_in(void **state) {
  (void)state;
  static const struct {
    uint16_t status;
    pl_public verdict;
  } cases[] = {{200, PL_PUBLIC_UNPROVEN}, {401, PL_PUBLIC_BLOCKED}, {429, PL_PUBLIC_BLOCKED}};
  static proof_case k;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    proof_case_init(&k, PL_SIGN_HTTP, true); /* documented */
    proof_case_add(&k, PL_CONTROL_BEFORE);
    proof_case_add(&k, PL_CONTROL_KEY);
    pl_attempt_result *with_key = &k.targets[k.facts.target_count - 2].attempts[0];
    with_key->http_status = cases[i].status;
    with_key->signature = -1;
    expect(&k, PL_RIVAL_KEY, cases[i].verdict,
           cases[i].verdict == PL_PUBLIC_BLOCKED ? PL_RIVAL_STATE_RULED_OUT : PL_RIVAL_STATE_SHOWN,
           "with the key");
  }
  proof_case_init(&k, PL_SIGN_TLS, false);
  proof_case_add(&k, PL_CONTROL_BEFORE);
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "a baseline");
  pl_target *hello = proof_case_add_target(&k, PL_ROLE_HELLO);
  hello->attempts[0] = k.targets[1].attempts[0];
  assert_int_equal(hello->attempts[0].end, PL_END_HTTP_ANSWER);
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "another hello");
  /* Until it is sent again. */
  k.memory.let_in = true;
  hello->attempt_count = 0;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "remembered");
  k.memory.signs = 2;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "of another sign");
  k.memory.signs = UINT64_MAX;
  k.spec.accept = 1u << PL_RIVAL_REQUEST;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "accepted");
}

/* The clients' own form was answered, and then only ours was sent. */
static void an_agent_that_was_let_in(void **state) {
  (void)state;
  static proof_case k;
  proof_case_init(&k, PL_SIGN_HTTP, true);
  proof_case_add(&k, PL_CONTROL_BEFORE);
  k.memory.signs = UINT64_MAX;
  k.memory.agent_let_in = true;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "not sent since");
  expect(&k, PL_RIVAL_KEY, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_RULED_OUT, "another form");
  pl_target *again = proof_case_add_target(&k, PL_ROLE_AGENT);
  again->attempts[0] = k.targets[0].attempts[0];
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "the sign again");
  again->attempts[0].end = PL_END_SILENT;
  expect(&k, PL_RIVAL_REQUEST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_SHOWN, "no answer");
}

static void routes_that_differ(void **state) {
  (void)state;
  static proof_case k;
  static pl_verdict verdict;
  for (unsigned change = 0; change < 7; change++) {
    proof_case_init(&k, PL_SIGN_TCP, false);
    proof_case_add(&k, PL_CONTROL_ROUTE);
    pl_route *route = &k.targets[0].route;
    const pl_addr other = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 7, 7, 7});
    switch (change) {
    case 0:
      route->known = false;
      break;
    case 1:
      route->local = true;
      break;
    case 2:
      route->table = 100;
      break;
    case 3:
      route->interface = 3;
      break;
    case 4:
      route->gateway = other;
      break;
    case 5:
      route->prefix_length = 32;
      break;
    default:
      k.targets[0].attempts[1].source = other;
      break;
    }
    proof_case_judge(&k, PL_RIVAL_HOST, &verdict);
    assert_int_equal(verdict.public_verdict, PL_PUBLIC_UNPROVEN);
    assert_int_equal(verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_LOCAL_FAILURE);
  }
}

/* A host with two uplinks has an address of each on one multipath route. On one uplink it may have
 * several: of one network. */
static void sources_that_differ_in_ipv6(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint8_t byte; /* of the source that differs; 16: none */
    pl_public verdict;
  } cases[] = {{"the same", 16, PL_PUBLIC_BLOCKED},
               {"another one of its network", 15, PL_PUBLIC_BLOCKED},
               {"another one of its network, its first byte", 8, PL_PUBLIC_BLOCKED},
               {"another network", 7, PL_PUBLIC_UNPROVEN},
               {"another provider", 1, PL_PUBLIC_UNPROVEN}};
  static proof_case k;
  static pl_verdict verdict;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    proof_case_init(&k, PL_SIGN_TCP, false);
    proof_case_add(&k, PL_CONTROL_ROUTE);
    const pl_addr source = pl_addr_make(PL_FAMILY_IPV6, (uint8_t[16]){0x2a, 5, [15] = 1});
    k.targets[0].address = pl_addr_make(PL_FAMILY_IPV6, (uint8_t[16]){0x2a, 6, [15] = 1});
    k.targets[0].hop_count = 0;
    k.witness.address = pl_addr_make(PL_FAMILY_IPV6, (uint8_t[16]){0x2a, 7, [15] = 1});
    k.witness.source = source;
    for (unsigned n = 0; n < k.targets[0].attempt_count; n++)
      k.targets[0].attempts[n].source = source;
    if (cases[i].byte < 16)
      k.witness.source.bytes[cases[i].byte]++;
    k.answer = k.targets[0].address;
    k.dns[0].outcome = PL_DNS_NODATA;
    k.dns[0].answers.count = 0;
    k.dns[1].outcome = PL_DNS_ANSWER;
    k.dns[1].answers = (pl_addr_list){.items = &k.answer, .count = 1};
    proof_case_judge(&k, PL_RIVAL_HOST, &verdict);
    if (verdict.public_verdict != cases[i].verdict)
      fail_msg("%s: %s", cases[i].name, verdict.checks[PL_CHECK_PUBLIC].summary);
  }
}

/* A witness that takes the target's route, and answered before that went down, together with one
 * on another route that answers all the time. */
static void a_witness_of_the_route_counts_for_its_time(void **state) {
  (void)state;
  static proof_case k;
  static pl_witness witnesses[2];
  proof_case_init(&k, PL_SIGN_TCP, false);
  proof_case_add(&k, PL_CONTROL_ATTEMPTS);
  proof_case_add(&k, PL_CONTROL_ROUTE);
  witnesses[0] = witnesses[1] = k.witness;
  witnesses[1].route.table = 100;
  k.facts.witnesses = witnesses;
  k.facts.witness_count = 2;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "all the time");
  witnesses[0].result_count = 1;
  expect(&k, PL_RIVAL_HOST, PL_PUBLIC_UNPROVEN, PL_RIVAL_STATE_STANDS, "at first");
  expect(&k, PL_RIVAL_EGRESS, PL_PUBLIC_BLOCKED, PL_RIVAL_STATE_RULED_OUT, "another route");
}

/* The strongest signature of a preset, as the option has it. */
static pl_signature signature_of(const pl_preset *preset, pl_spec *spec) {
  bool documented = preset->proof[0] != NULL;
  const char *value = documented ? preset->proof[0] : preset->hints[0];
  pl_spec_init(spec);
  assert_int_equal(pl_spec_set(spec, PL_OPTION_BLOCKED_BY, PL_LAYER_SECTION, &value, 1, NULL),
                   PL_OK);
  pl_signature signature = spec->blocked_by.items[0];
  signature.evidence = documented ? PL_EVIDENCE_PROOF : PL_EVIDENCE_HINT;
  return signature;
}

static pl_sign sign_of(const pl_signature *signature) {
  return signature->kind == PL_SIGNATURE_HTTP ? PL_SIGN_HTTP : PL_SIGN_TLS;
}

/* A VPC with a NAT gateway, the public resolvers allowed, nothing remembered; the private side
 * wants a key. A random sibling is answered like the name itself. */
static void build_first_run(proof_case *k, const pl_signature *signature) {
  pl_sign sign = sign_of(signature);
  proof_case_init(k, sign, false);
  k->signature = *signature;
  k->targets[0].attempts[0].http_status = sign == PL_SIGN_HTTP ? signature->status : 0;
  if (sign != PL_SIGN_HTTP) {
    proof_case_add(k, PL_CONTROL_ATTEMPTS);
    proof_case_add(k, PL_CONTROL_REQUEST);
  }
  for (size_t i = 0; i < k->facts.target_count && signature->kind == PL_SIGNATURE_TLS_ALERT; i++) {
    for (unsigned j = 0; k->targets[i].role != PL_ROLE_PRIVATE && j < PL_LIMIT_ATTEMPTS; j++) {
      k->targets[i].attempts[j].end = PL_END_TLS_ALERT;
      k->targets[i].attempts[j].alert = signature->alert;
    }
  }
  proof_case_add(k, PL_CONTROL_NAMES);
  proof_case_add(k, PL_CONTROL_ROUTE);
  if (sign == PL_SIGN_HTTP)
    proof_case_add(k, PL_CONTROL_ISSUER);
  pl_attempt_result *private_side = &k->targets[1].attempts[0];
  private_side->http_status = 401;
  private_side->signature = (int16_t)(sign == PL_SIGN_HTTP && signature->status == 401 ? 0 : -1);
}

static void the_first_run_of_each_preset(void **state) {
  (void)state;
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    static proof_case k;
    static pl_verdict verdict;
    pl_spec spec;
    const pl_signature signature = signature_of(preset, &spec);
    build_first_run(&k, &signature);
    proof_case_judge(&k, PL_RIVAL_COUNT, &verdict);
    char storage[256];
    pl_buf stands;
    pl_buf_fixed(&stands, storage, sizeof(storage));
    for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
      if (verdict.rivals[id].state >= PL_RIVAL_STATE_STANDS)
        pl_buf_addf(&stands, "%s%s", storage[0] != '\0' ? ", " : "",
                    pl_rival_at((pl_rival_id)id)->key);
    }
    if (strcmp(storage, preset->stands) != 0)
      fail_msg("%s: %s stand, not %s", preset->name, storage, preset->stands);
    assert_true(strlen(preset->first_run) > 0);
    pl_spec_free(&spec);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_sign_rival_and_control),
      cmocka_unit_test(each_required_rival_alone_makes_it_unproven),
      cmocka_unit_test(evidence_for_a_rival_counts_in_standard),
      cmocka_unit_test(an_error_from_the_target_itself_is_no_hop),
      cmocka_unit_test(an_error_from_this_host_is_no_hop),
      cmocka_unit_test(another_flow_is_no_hop),
      cmocka_unit_test(a_syn_that_is_answered_is_no_silence),
      cmocka_unit_test(a_dead_witness_is_no_measure_of_hops),
      cmocka_unit_test(a_hint_needs_the_baseline),
      cmocka_unit_test(a_text_for_everybody_is_no_block),
      cmocka_unit_test(a_text_for_everybody_with_any_status),
      cmocka_unit_test(a_baseline_that_does_not_fit),
      cmocka_unit_test(a_baseline_without_the_private_side),
      cmocka_unit_test(a_private_side_that_is_down_here),
      cmocka_unit_test(no_certificate_has_no_issuer),
      cmocka_unit_test(a_cut_handshake_has_no_issuer),
      cmocka_unit_test(a_sibling_that_was_not_read),
      cmocka_unit_test(names_need_both_types),
      cmocka_unit_test(a_pair_that_tls_name_parts),
      cmocka_unit_test(a_baseline_without_an_answer),
      cmocka_unit_test(a_body_that_was_not_read),
      cmocka_unit_test(a_sibling_at_another_address),
      cmocka_unit_test(a_front_at_another_address),
      cmocka_unit_test(attempts_count_over_rounds),
      cmocka_unit_test(a_sign_that_we_may_have_caused),
      cmocka_unit_test(a_silence_that_we_may_have_caused),
      cmocka_unit_test(controls_are_remembered_for_their_sign),
      cmocka_unit_test(a_bot_protection_is_not_the_network),
      cmocka_unit_test(another_form_that_gets_another_text),
      cmocka_unit_test(another_hello_that_gets_another_refusal),
      cmocka_unit_test(a_sibling_that_was_refused_as_one_too_many),
      cmocka_unit_test(a_key_that_gets_the_sign_in_private),
      cmocka_unit_test(another_form_that_is_let_in),
      cmocka_unit_test(an_agent_that_was_let_in),
      cmocka_unit_test(a_pair_that_is_not_served),
      cmocka_unit_test(a_sibling_with_another_documented_status),
      cmocka_unit_test(routes_that_differ),
      cmocka_unit_test(sources_that_differ_in_ipv6),
      cmocka_unit_test(a_witness_of_the_route_counts_for_its_time),
      cmocka_unit_test(the_first_run_of_each_preset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
