// Feeds random facts to the judge, and holds every "blocked" against a second form of the rules.
/* The oracle knows nothing of rivals.def: it is written from the documented rules, as necessary
 * conditions. A verdict of "blocked" that misses one of them is a false OK. */
#include "judge/judge.h"
#include "judge_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW JUDGE_NOW

typedef judge_world world;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the oracle ----------------------------------------------------------------------------- */

#define ACCEPTED(w, id) (((w)->spec.accept & (1u << PL_RIVAL_##id)) != 0)

static void require(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "FALSE OK: blocked without %s\n", what);
  abort();
}

static bool strict(const world *w) { return w->spec.proof == PL_PROOF_STRICT; }

static bool witness_counts(const world *w, const pl_witness *witness) {
  (void)w;
  return !witness->is_own && witness->address.bytes[0] == 52;
}

static bool witness_at(const world *w, const pl_attempt_result *attempt, bool tls) {
  for (size_t i = 0; i < w->facts.witness_count; i++) {
    const pl_witness *witness = &w->witnesses[i];
    if (!witness_counts(w, witness) || (witness->port != 443 && !(tls && witness->port == 443)))
      continue;
    for (size_t r = 0; r < witness->result_count; r++) {
      pl_nsec after = witness->results[r].started - attempt->started;
      if (witness->results[r].verified && after >= 0 && after <= 1500 * PL_MSEC)
        return true;
    }
  }
  return false;
}

static const pl_attempt_result *private_answer(const world *w) {
  for (size_t i = 0; i < w->facts.target_count; i++) {
    const pl_target *target = &w->targets[i];
    if (target->role == PL_ROLE_PRIVATE && target->attempt_count > 0)
      return &target->attempts[0];
  }
  return NULL;
}

static bool verified_answer(const pl_attempt_result *attempt) {
  return attempt->end == PL_END_HTTP_ANSWER && attempt->certificate.chain_ok &&
         attempt->certificate.name_ok && attempt->certificate.time == PL_CERTIFICATE_VALID;
}

/* The private side answers, acceptably. */
static bool private_up(const world *w) {
  const pl_attempt_result *attempt = private_answer(w);
  return (w->spec.checks & PL_CHECK_BIT(PL_CHECK_PORT)) != 0 && attempt != NULL &&
         verified_answer(attempt) && attempt->http_status < 500;
}

static bool baseline_counts(const world *w) {
  const pl_attempt_result *attempt = private_answer(w);
  return w->facts.memory != NULL && w->memory.baseline.at != 0 && w->memory.baseline.at <= NOW &&
         private_up(w) && attempt->http_status == w->memory.baseline.private_status;
}

static bool role_seen(const world *w, pl_role role) {
  for (size_t i = 0; i < w->facts.target_count; i++) {
    if (w->targets[i].role == role && w->targets[i].attempt_count > 0)
      return true;
  }
  return false;
}

static bool remembered(const world *w, pl_control control) {
  return w->facts.memory != NULL && w->memory.signs != 0 && w->memory.controls[control] != 0;
}

/* Another form of the request was answered as if there were no block. */
static bool let_in(const world *w, pl_role role) {
  for (size_t i = 0; i < w->facts.target_count; i++) {
    const pl_target *target = &w->targets[i];
    if (target->role == role && target->attempt_count > 0 &&
        verified_answer(&target->attempts[0]) && target->attempts[0].http_status < 400)
      return true;
  }
  return !role_seen(w, role) && w->facts.memory != NULL && w->memory.signs != 0 &&
         (role == PL_ROLE_AGENT ? w->memory.agent_let_in : w->memory.let_in);
}

static void check_http(const world *w, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    if (!pl_attempt_answered(attempt))
      continue;
    require(verified_answer(attempt), "a verified answer");
    require(attempt->http_status == 403, "a listed status");
    require(ACCEPTED(w, INSPECTION) || attempt->certificate.has_scts ||
                attempt->certificate.public_anchor,
            "an issuer");
    bool text = w->signatures[0].regex != NULL && w->signatures[0].evidence == PL_EVIDENCE_PROOF;
    bool hint = w->signatures[0].evidence == PL_EVIDENCE_HINT;
    const pl_attempt_result *private = private_answer(w);
    bool compared = private_up(w) && (private->http_status == 401 || private->http_status < 400);
    bool key = (role_seen(w, PL_ROLE_PUBLIC_KEY) && role_seen(w, PL_ROLE_PRIVATE_KEY)) ||
               (!role_seen(w, PL_ROLE_PUBLIC_KEY) && remembered(w, PL_CONTROL_KEY));
    bool before = baseline_counts(w);
    require(ACCEPTED(w, OUTAGE) || text || compared, "the private side, or a documented text");
    require(ACCEPTED(w, REQUEST) || before || key ||
                (text && !hint && !attempt->bot_protection &&
                 (role_seen(w, PL_ROLE_AGENT) || remembered(w, PL_CONTROL_REQUEST))),
            "another form of the request");
    require(ACCEPTED(w, KEY) || text || before || key ||
                (!strict(w) && !hint && compared && private->http_status < 400),
            "something that rules out the missing key");
    require(!let_in(w, PL_ROLE_PUBLIC_KEY), "a key that is refused");
    require(!let_in(w, PL_ROLE_AGENT), "the clients' form, refused");
    bool paired =
        compared && (w->spec.tenant != NULL || w->spec.private_name == w->spec.public_name);
    bool sibling =
        !strict(w) && (role_seen(w, PL_ROLE_SIBLING) || remembered(w, PL_CONTROL_SIBLING));
    require(ACCEPTED(w, TENANT) || before || (!hint && (paired || sibling)), "a tenant");
  }
}

static bool named_by_authenticated(const world *w, const pl_addr *address) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    if (w->dns[i].transport != PL_DNS_PLAIN && pl_addr_list_contains(&w->dns[i].answers, address))
      return true;
  }
  return false;
}

static bool seen_beyond(const pl_target *target) {
  for (unsigned i = 0; i < target->hop_count; i++) {
    bool beyond =
        target->hops[i].kind == PL_HOP_REFUSED ||
        (target->hops[i].kind == PL_HOP_EXCEEDED && target->hops[i].sender.bytes[0] == 52);
    for (unsigned k = 0; beyond && k < target->attempt_count; k++) {
      if (target->attempts[k].local_port == target->hops[i].port)
        return true;
    }
  }
  return false;
}

static void check_wire(const world *w, const pl_target *target, bool tls) {
  bool all = true;
  for (unsigned i = 0; i < target->hop_count; i++)
    require(tls || target->hops[i].kind != PL_HOP_ANSWERED, "no SYN that was answered");
  for (unsigned i = 0; i < target->attempt_count; i++) {
    all = all && witness_at(w, &target->attempts[i], tls);
    require(ACCEPTED(w, NEAR) || !target->attempts[i].icmp.seen ||
                target->attempts[i].icmp.sender.bytes[0] == 52,
            "an ICMP error from outside");
  }
  bool earlier = w->facts.memory != NULL && w->memory.signs != 0 && w->memory.attempts > 0;
  require(target->attempt_count >= 2 || earlier, "two attempts");
  require(ACCEPTED(w, EGRESS) || all, "a witness alongside");
  pl_nsec span = target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
  bool here = target->attempt_count >= 3 && span >= 4500 * PL_MSEC;
  bool before = earlier && w->memory.attempts + target->attempt_count >= 3 &&
                w->memory.attempts_since <= NOW - 5;
  require(ACCEPTED(w, MOMENT) || (all && (here || before)), "three attempts");
  require(ACCEPTED(w, OUTAGE) || private_up(w), "the private side");
  bool paired =
      private_up(w) && (w->spec.tenant != NULL || w->spec.private_name == w->spec.public_name);
  require(ACCEPTED(w, TENANT) || paired || baseline_counts(w), "a tenant");
  require(ACCEPTED(w, FORGED) || named_by_authenticated(w, &target->address),
          "authenticated names");
  require(ACCEPTED(w, HOST) || (!target->is_own && !w->facts.ipsec_drops && target->route.known &&
                                !target->route.local),
          "a route");
  if (tls)
    require(!let_in(w, PL_ROLE_HELLO), "another handshake that is refused");
  if (tls)
    require(ACCEPTED(w, REQUEST) || baseline_counts(w) || role_seen(w, PL_ROLE_HELLO) ||
                remembered(w, PL_CONTROL_REQUEST),
            "another form of the handshake");
  if (!strict(w))
    return;
  bool sibling = role_seen(w, PL_ROLE_SIBLING) || remembered(w, PL_CONTROL_SIBLING);
  bool hops = seen_beyond(target) || remembered(w, PL_CONTROL_HOPS);
  require(ACCEPTED(w, NEAR) || (!tls && (hops || sibling)), "hops");
  require(ACCEPTED(w, FRONT) || sibling, "a sibling");
}

static bool is_complete(const world *w, pl_dns_type type, bool authenticated) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    bool of_kind = (w->dns[i].transport != PL_DNS_PLAIN) == authenticated;
    if (w->dns[i].type == type && of_kind && pl_dns_outcome_definite(w->dns[i].outcome))
      return true;
  }
  return false;
}

static bool any_answered(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (pl_attempt_answered(&target->attempts[i]))
      return true;
  }
  return false;
}

static void check_target(const world *w, const pl_target *target) {
  bool authenticated = is_complete(w, PL_DNS_A, true) && is_complete(w, PL_DNS_AAAA, true);
  if (any_answered(target)) {
    bool identified = false;
    for (unsigned i = 0; i < target->attempt_count; i++)
      identified = identified || pl_attempt_identified(&target->attempts[i]);
    if (!identified && authenticated && !named_by_authenticated(w, &target->address))
      return; /* only plain DNS names it, and it is nobody's */
    check_http(w, target);
    return;
  }
  if (authenticated && !named_by_authenticated(w, &target->address))
    return;
  bool tls = target->attempt_count > 0 && (target->attempts[0].end == PL_END_TLS_RESET ||
                                           target->attempts[0].end == PL_END_TLS_CLOSED ||
                                           target->attempts[0].end == PL_END_TLS_ALERT);
  check_wire(w, target, tls);
}

/* It failed, and over another transport the same resolver says NXDOMAIN. */
static bool is_missing_elsewhere(const world *w, const pl_dns_fact *failed) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    if (w->dns[i].outcome == PL_DNS_NXDOMAIN && w->dns[i].type == failed->type &&
        pl_addr_equal(&w->dns[i].resolver.address, &failed->resolver.address))
      return !pl_dns_outcome_definite(failed->outcome);
  }
  return false;
}

static void check_blocked(const world *w) {
  bool authenticated = is_complete(w, PL_DNS_A, true) && is_complete(w, PL_DNS_AAAA, true);
  require(authenticated ||
              ((is_complete(w, PL_DNS_A, false) || is_complete(w, PL_DNS_A, true)) &&
               (is_complete(w, PL_DNS_AAAA, false) || is_complete(w, PL_DNS_AAAA, true))),
          "a complete set");
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++)
    require(!w->dns[i].answers.truncated, "a whole list of addresses");
  bool any = false;
  for (size_t i = 0; i < w->facts.target_count; i++) {
    if (w->targets[i].role == PL_ROLE_PUBLIC)
      check_target(w, &w->targets[i]);
    any = any || w->targets[i].role == PL_ROLE_PUBLIC;
  }
  if (any)
    return;
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++)
    require(w->dns[i].outcome == PL_DNS_NXDOMAIN || is_missing_elsewhere(w, &w->dns[i]),
            "NXDOMAIN from every resolver");
  require(ACCEPTED(w, OUTAGE) || private_up(w), "the private side, for a name");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static world w;
  static pl_verdict verdict;
  judge_world_build(data, size, &w);
  pl_judge(&w.spec, &w.facts, NOW, &verdict);
  if (verdict.public_verdict == PL_PUBLIC_BLOCKED) {
    check_blocked(&w);
    for (unsigned id = 0; id < PL_RIVAL_COUNT; id++)
      require(verdict.rivals[id].state < PL_RIVAL_STATE_STANDS, "a rival ruled out");
  } else if (verdict.checks[PL_CHECK_PUBLIC].severity == PL_SEVERITY_OK) {
    require(false, "a verdict");
  }
  pl_spec_free(&(pl_spec){0});
  return 0;
}
