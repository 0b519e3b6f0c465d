/* The controls of the public check: what rules out which rival, from facts alone. */
#include "judge/public/controls.h"
#include <string.h>

/* Attempts that must show the same (PROOF: moment), and how far apart the first and last start. */
#define ATTEMPTS_WANTED 3
#define ATTEMPTS_SPAN (4500 * PL_MSEC)
/* A witness's probe belongs to an attempt if it starts with it, or this much later. */
#define ALONGSIDE (1500 * PL_MSEC)
/* How long a change of the pool of addresses, or of its answers, counts. */
#define POOL_QUIET (24 * 3600)
/* A sign that began this soon after our own variations may have been caused by them. */
#define CAUSED_BY_US 3600

static const pl_spec *spec_of(const pl_proof_case *p) { return p->round->spec; }

static const pl_facts *facts_of(const pl_proof_case *p) { return p->round->facts; }

static const pl_memory *memory_of(const pl_proof_case *p) { return p->round->facts->memory; }

/* What is remembered about this very sign; NULL where nothing is. */
static const pl_memory *memory_of_sign(const pl_proof_case *p) {
  return pl_sign_is_remembered(p->round, p->seen.signature) ? memory_of(p) : NULL;
}

/* ---- witnesses ------------------------------------------------------------------------------ */

static bool is_judged(const pl_facts *facts, const pl_addr *address) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role == PL_ROLE_PUBLIC &&
        pl_addr_equal(&facts->targets[i].address, address))
      return true;
  }
  return false;
}

const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness) {
  const pl_addr *address = &witness->address;
  if (witness->is_own)
    return "this host itself";
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC)
    return "not a public address";
  /* What the user calls private is reached by another path than the public. */
  if (pl_spec_is_private(spec, address))
    return "in --private-range";
  if (pl_endpoint_has_address(facts->endpoint, address))
    return "the endpoint's own address";
  return is_judged(facts, address) ? "an address that is judged itself" : NULL;
}

/* Whether a witness of the family, on the port, can prove something about the sign. The connect of
 * a tls sign already shows the egress path of its port. */
static bool is_usable(const pl_proof_case *p, const pl_witness *witness) {
  const pl_target *target = p->target;
  if (pl_witness_flaw(spec_of(p), facts_of(p), witness) != NULL)
    return false;
  if (target == NULL)
    return true;
  bool port = witness->port_named || witness->port == target->port ||
              (p->seen.sign == PL_SIGN_TLS && witness->port == 443);
  return port && witness->address.family == target->address.family;
}

static bool is_alongside(const pl_witness *witness, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < witness->result_count; i++) {
    const pl_witness_result *result = &witness->results[i];
    if (result->verified && result->started >= attempt->started &&
        result->started <= attempt->started + ALONGSIDE)
      return true;
  }
  return false;
}

static bool is_witnessed(const pl_proof_case *p, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < facts_of(p)->witness_count; i++) {
    const pl_witness *witness = &facts_of(p)->witnesses[i];
    if (is_usable(p, witness) && is_alongside(witness, attempt))
      return true;
  }
  return false;
}

static bool is_alongside_all(const pl_witness *witness, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (!is_alongside(witness, &target->attempts[i]))
      return false;
  }
  return target->attempt_count > 0;
}

const pl_witness *pl_control_witness(const pl_proof_case *p) {
  for (size_t i = 0; i < facts_of(p)->witness_count; i++) {
    const pl_witness *witness = &facts_of(p)->witnesses[i];
    if (is_usable(p, witness) &&
        (p->target != NULL ? is_alongside_all(witness, p->target) : pl_witness_answered(witness)))
      return witness;
  }
  return NULL;
}

/* Each attempt must have had a witness; it need not be the same one. */
static bool holds_witness(const pl_proof_case *p) {
  if (p->target == NULL)
    return pl_control_witness(p) != NULL;
  for (unsigned i = 0; i < p->target->attempt_count; i++) {
    if (!is_witnessed(p, &p->target->attempts[i]))
      return false;
  }
  return p->target->attempt_count > 0;
}

static bool has_distinct_ports(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    for (unsigned j = 0; j < i; j++) {
      if (target->attempts[i].local_port == target->attempts[j].local_port)
        return false;
    }
  }
  return true;
}

/* Three attempts in one round, or the last rounds together. */
static bool holds_attempts(const pl_proof_case *p) {
  const pl_target *target = p->target;
  const pl_memory *memory = memory_of_sign(p);
  if (target == NULL || target->attempt_count == 0 || !holds_witness(p) ||
      !has_distinct_ports(target))
    return false;
  pl_nsec span = target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
  if (target->attempt_count >= ATTEMPTS_WANTED && span >= ATTEMPTS_SPAN)
    return true;
  if (memory == NULL || memory->attempts == 0 || memory->attempts_since > p->round->now)
    return false;
  return memory->attempts + target->attempt_count >= ATTEMPTS_WANTED &&
         (p->round->now - memory->attempts_since) * PL_SEC >= ATTEMPTS_SPAN;
}

/* ---- the private side ----------------------------------------------------------------------- */

static bool private_is_up(const pl_case *c) {
  if (c->facts->private_evidence.up)
    return true;
  return pl_spec_asks_private(c->spec) && c->verdict->addresses_up >= c->spec->min_up;
}

/* For an http sign an answer to the same request; for the others it is enough that it is up. */
static bool holds_private(const pl_proof_case *p, pl_rival_id rival) {
  const pl_case *c = p->round;
  if (!private_is_up(c))
    return false;
  uint16_t from_elsewhere = c->facts->private_evidence.up ? c->facts->private_evidence.status : 0;
  /* Another endpoint may answer 403 where this one answers 401, so 401 is not enough for the key.
   */
  if (rival == PL_RIVAL_KEY)
    return spec_of(p)->proof == PL_PROOF_STANDARD &&
           (pl_facts_private_status(c->facts, 400, false) != 0 ||
            (from_elsewhere != 0 && from_elsewhere < 400));
  if (p->seen.sign != PL_SIGN_HTTP)
    return true;
  return pl_facts_private_status(c->facts, 400, true) != 0 ||
         (from_elsewhere != 0 && (from_elsewhere < 400 || from_elsewhere == 401));
}

static bool holds_paired(const pl_proof_case *p, pl_rival_id rival) {
  const pl_spec *spec = spec_of(p);
  const char *private_name = pl_case_private_name(p->round);
  bool same = private_name != NULL && spec->public_name != NULL &&
              strcasecmp(private_name, spec->public_name) == 0;
  return (same || spec->tenant != NULL) && holds_private(p, rival);
}

/* ---- one thing changed ---------------------------------------------------------------------- */

/* Whether what a control's probe showed is the sign itself. */
static bool shows_sign(const pl_proof_case *p, const pl_target *target) {
  if (target->attempt_count == 0)
    return false;
  pl_seen seen = pl_sign_of_target(p->round, target);
  return seen.class == PL_PUBLIC_BLOCKED && seen.sign == p->seen.sign &&
         (seen.sign != PL_SIGN_HTTP || seen.signature->status == p->seen.signature->status);
}

static int64_t remembered(const pl_proof_case *p, pl_control control) {
  const pl_memory *memory = memory_of_sign(p);
  return memory != NULL ? memory->controls[control] : 0;
}

/* The first probe of a role in this round; NULL where there was none, or it did not get an answer
 * that counts either way. One address stands for all: the sign is compared for its own address
 * where that was probed. */
static const pl_target *probe_of(const pl_proof_case *p, pl_role role) {
  const pl_target *found = NULL;
  for (size_t i = 0; i < facts_of(p)->target_count; i++) {
    const pl_target *target = &facts_of(p)->targets[i];
    if (target->role != role || target->attempt_count == 0)
      continue;
    if (p->target != NULL && pl_addr_equal(&target->address, &p->target->address))
      return target;
    if (found == NULL)
      found = target;
  }
  return found;
}

/* An answer over TLS with any certificate: that of another name is an answer, too. */
static bool got_an_answer(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    pl_end end = target->attempts[i].end;
    if (end == PL_END_HTTP_ANSWER || end == PL_END_TLS_UNVERIFIED || end == PL_END_TLS_DONE)
      return true;
  }
  return false;
}

static bool is_found_open(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    if (pl_attempt_verified(attempt) &&
        (attempt->end == PL_END_HTTP_ANSWER || attempt->end == PL_END_TLS_DONE))
      return true;
  }
  return false;
}

/* For `tenant` a different answer is enough; `front` and `near` want the sibling open. A sibling
 * shows that the name is somebody's, but not whose: strict wants to know that, too. */
static bool holds_sibling(const pl_proof_case *p, pl_rival_id rival, int64_t *ret_when) {
  if (rival == PL_RIVAL_TENANT &&
      (p->seen.sign != PL_SIGN_HTTP || spec_of(p)->proof == PL_PROOF_STRICT))
    return false;
  const pl_target *sibling = probe_of(p, PL_ROLE_SIBLING);
  if (sibling != NULL) {
    *ret_when = 0;
    return got_an_answer(sibling) && !shows_sign(p, sibling) &&
           (rival == PL_RIVAL_TENANT || is_found_open(sibling));
  }
  /* Of a sign before an answer only an open sibling is remembered. */
  *ret_when = remembered(p, PL_CONTROL_SIBLING);
  return *ret_when != 0;
}

/* A bare status, or an answer of a bot protection, may be given to our request alone. */
static bool holds_request(const pl_proof_case *p, int64_t *ret_when) {
  bool may = p->seen.sign == PL_SIGN_TLS || (p->seen.documented && !p->seen.bot_protection);
  if (!may)
    return false;
  const pl_target *agent = probe_of(p, PL_ROLE_AGENT), *hello = probe_of(p, PL_ROLE_HELLO);
  const pl_target *variation = p->seen.sign == PL_SIGN_TLS ? hello : agent;
  if (variation != NULL) {
    *ret_when = 0;
    return shows_sign(p, variation);
  }
  *ret_when = remembered(p, PL_CONTROL_REQUEST);
  return *ret_when != 0;
}

/* A key is part of a request, so it says nothing about a sign before one. */
static bool holds_key(const pl_proof_case *p, int64_t *ret_when) {
  if (p->seen.sign != PL_SIGN_HTTP)
    return false;
  const pl_target *public_side = probe_of(p, PL_ROLE_PUBLIC_KEY);
  const pl_target *private_side = NULL;
  for (size_t i = 0; i < facts_of(p)->target_count && private_side == NULL; i++) {
    const pl_target *target = &facts_of(p)->targets[i];
    if (target->role == PL_ROLE_PRIVATE_KEY && target->attempt_count > 0 &&
        pl_attempt_http_verified(&target->attempts[0]) && target->attempts[0].http_status < 400)
      private_side = target;
  }
  if (public_side != NULL) {
    *ret_when = 0;
    return private_side != NULL && shows_sign(p, public_side);
  }
  *ret_when = remembered(p, PL_CONTROL_KEY);
  return *ret_when != 0;
}

/* ---- before --------------------------------------------------------------------------------- */

/* Only while the private side answers as it did then. */
static bool holds_before(const pl_proof_case *p, int64_t *ret_when) {
  const pl_memory *memory = memory_of(p);
  if (memory == NULL || memory->baseline.at == 0 || memory->baseline.at > p->round->now)
    return false;
  *ret_when = memory->baseline.at;
  return private_is_up(p->round) &&
         pl_facts_private_answer(facts_of(p)) == memory->baseline.private_status;
}

static bool holds_pool(const pl_proof_case *p, int64_t *ret_when) {
  const pl_memory *memory = memory_of(p);
  if (memory == NULL || memory->pool_since == 0)
    return false;
  *ret_when = memory->pool_since;
  return p->round->now - memory->pool_since >= POOL_QUIET;
}

/* ---- properties of the evidence ------------------------------------------------------------- */

static bool holds_issuer(const pl_proof_case *p) {
  if (p->target == NULL)
    return false;
  for (unsigned i = 0; i < p->target->attempt_count; i++) {
    const pl_attempt_result *attempt = &p->target->attempts[i];
    if (attempt->certificate.seen && !attempt->certificate.has_scts &&
        !attempt->certificate.public_anchor)
      return false;
  }
  return true;
}

/* Authenticated answers name the address; or they all say that there is no such name. */
static bool holds_names(const pl_proof_case *p) {
  bool found = false;
  for (size_t i = 0; i < facts_of(p)->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts_of(p)->public_dns[i];
    if (fact->transport == PL_DNS_PLAIN)
      continue;
    if (p->target == NULL)
      found = found || fact->outcome == PL_DNS_NXDOMAIN;
    else if (pl_addr_list_contains(&fact->answers, &p->target->address))
      return true;
  }
  return found;
}

/* Whether the witness was alongside and took the same routing entry. In IPv6 a host may use several
 * source addresses on one path (RFC 6724 section 5). */
static bool is_same_route(const pl_target *target, const pl_witness *witness) {
  const pl_route *a = &target->route, *b = &witness->route;
  if (!a->known || !b->known || a->local || b->local)
    return false;
  bool same_entry = a->table == b->table && a->interface == b->interface &&
                    a->prefix_length == b->prefix_length &&
                    pl_addr_equal(&a->destination, &b->destination) &&
                    pl_addr_equal(&a->gateway, &b->gateway);
  if (!same_entry)
    return false;
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (target->address.family == PL_FAMILY_IPV4 &&
        !pl_addr_equal(&target->attempts[i].source, &witness->source))
      return false;
  }
  return true;
}

/* The text rules out an outage, unless it is what the service says to everybody. */
static bool holds_documented(const pl_proof_case *p, pl_rival_id rival) {
  if (p->seen.sign != PL_SIGN_HTTP || !p->seen.documented)
    return false;
  for (size_t i = 0; rival == PL_RIVAL_OUTAGE && i < facts_of(p)->target_count; i++) {
    const pl_target *target = &facts_of(p)->targets[i];
    bool private = target->role == PL_ROLE_PRIVATE || target->role == PL_ROLE_COUNTER;
    if (private && shows_sign(p, target))
      return false;
  }
  return true;
}

/* ---- distance ------------------------------------------------------------------------------- */

static bool is_ours(const pl_proof_case *p, const pl_addr *sender) {
  return pl_addr_classify(sender) != PL_ADDR_PUBLIC || pl_spec_is_private(spec_of(p), sender);
}

/* Where the witness answers a SYN whose TTL is 1, the network does not count hops. One that does
 * not answer at all says nothing. */
static bool hops_count(const pl_proof_case *p) {
  for (size_t i = 0; i < facts_of(p)->witness_count; i++) {
    const pl_witness *witness = &facts_of(p)->witnesses[i];
    if (witness->near_asked && is_usable(p, witness) && pl_witness_answered(witness))
      return !witness->near_answered;
  }
  return false;
}

/* The largest TTL at which a router of our own network answered. */
static unsigned last_of_ours(const pl_proof_case *p) {
  unsigned last = 0;
  for (size_t i = 0; i < p->target->hop_count; i++) {
    const pl_hop *hop = &p->target->hops[i];
    if (hop->kind == PL_HOP_EXCEEDED && is_ours(p, &hop->sender) && hop->ttl > last)
      last = hop->ttl;
  }
  return last;
}

/* The refusal of the smallest TTL; NULL where none was. */
static const pl_hop *first_refusal(const pl_target *target) {
  const pl_hop *first = NULL;
  for (size_t i = 0; i < target->hop_count; i++) {
    const pl_hop *hop = &target->hops[i];
    if (hop->kind == PL_HOP_REFUSED && (first == NULL || hop->ttl < first->ttl))
      first = hop;
  }
  return first;
}

/* Another flow may take another path, or another address of a NAT. */
static bool is_flow_of_attempt(const pl_target *target, const pl_hop *hop) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (hop->port != 0 && target->attempts[i].local_port == hop->port)
      return true;
  }
  return false;
}

/* An address translation on this host or near it gives a router's error the address that the packet
 * was sent to. */
static bool seen_outside(const pl_proof_case *p) {
  const pl_target *target = p->target;
  const pl_addr *sent_to = target->via.family != PL_FAMILY_NONE ? &target->via : &target->address;
  for (size_t i = 0; i < target->hop_count; i++) {
    const pl_hop *hop = &target->hops[i];
    if (hop->kind == PL_HOP_EXCEEDED && is_flow_of_attempt(target, hop) &&
        !is_ours(p, &hop->sender) && !pl_addr_equal(&hop->sender, sent_to))
      return true;
  }
  return false;
}

static bool holds_hops(const pl_proof_case *p, int64_t *ret_when) {
  if (p->target == NULL)
    return false;
  *ret_when = 0;
  if (p->target->hop_count == 0) {
    *ret_when = remembered(p, PL_CONTROL_HOPS);
    return *ret_when != 0;
  }
  if (!hops_count(p))
    return false;
  const pl_hop *refusal = first_refusal(p->target);
  if (refusal == NULL)
    return seen_outside(p);
  unsigned ours = last_of_ours(p);
  return ours != 0 && refusal->ttl >= ours + 2 && is_flow_of_attempt(p->target, refusal);
}

/* This host rules itself out by its routing entry; in strict also by distance. */
static bool holds_route(const pl_proof_case *p) {
  if (p->target == NULL || p->target->is_own)
    return false;
  int64_t when;
  if (spec_of(p)->proof == PL_PROOF_STRICT && !holds_hops(p, &when))
    return false;
  for (size_t i = 0; i < facts_of(p)->witness_count; i++) {
    const pl_witness *witness = &facts_of(p)->witnesses[i];
    if (is_usable(p, witness) && pl_witness_answered(witness) && is_same_route(p->target, witness))
      return true;
  }
  return false;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static bool caused_by_us(const pl_proof_case *p) {
  const pl_memory *memory = memory_of_sign(p);
  if (memory != NULL && memory->sign_since != 0)
    return memory->sign_caused && p->round->now - memory->sign_since < CAUSED_BY_US;
  memory = memory_of(p);
  return memory != NULL && memory->variations_at != 0 &&
         p->round->now - memory->variations_at < CAUSED_BY_US;
}

/* A sign that only third parties report proves nothing without a baseline. */
static bool is_enough_for(const pl_proof_case *p, pl_rival_id rival, pl_control control) {
  bool of_the_answer =
      rival == PL_RIVAL_TENANT || rival == PL_RIVAL_REQUEST || rival == PL_RIVAL_KEY;
  if (of_the_answer && p->seen.hint)
    return control == PL_CONTROL_BEFORE || control == PL_CONTROL_KEY;
  if (rival == PL_RIVAL_REQUEST && caused_by_us(p))
    return false;
  /* A filter may look for this server name alone: no other name and no router tells. */
  return rival != PL_RIVAL_NEAR || p->seen.sign != PL_SIGN_TLS;
}

bool pl_control_holds(const pl_proof_case *p, pl_rival_id rival, pl_control control,
                      int64_t *ret_when) {
  *ret_when = 0;
  if (!is_enough_for(p, rival, control))
    return false;
  switch (control) {
  case PL_CONTROL_WITNESS:
    return holds_witness(p);
  case PL_CONTROL_ATTEMPTS:
    return holds_attempts(p);
  case PL_CONTROL_PRIVATE:
    return holds_private(p, rival);
  case PL_CONTROL_PAIRED:
    return holds_paired(p, rival);
  case PL_CONTROL_SIBLING:
    return holds_sibling(p, rival, ret_when);
  case PL_CONTROL_REQUEST:
    return holds_request(p, ret_when);
  case PL_CONTROL_KEY:
    return holds_key(p, ret_when);
  case PL_CONTROL_BEFORE:
    return holds_before(p, ret_when);
  case PL_CONTROL_DOCUMENTED:
    return holds_documented(p, rival);
  case PL_CONTROL_ISSUER:
    return holds_issuer(p);
  case PL_CONTROL_NAMES:
    return holds_names(p);
  case PL_CONTROL_ROUTE:
    return holds_route(p);
  case PL_CONTROL_HOPS:
    return holds_hops(p, ret_when);
  case PL_CONTROL_POOL:
    return holds_pool(p, ret_when);
  case PL_CONTROL_COUNT:
    break;
  }
  return false;
}

/* ---- evidence for a rival ------------------------------------------------------------------- */

static bool is_refused_at_first_hop(const pl_proof_case *p) {
  const pl_hop *refusal = p->target != NULL ? first_refusal(p->target) : NULL;
  return refusal != NULL && refusal->ttl == 1 && hops_count(p);
}

static bool has_icmp_of_ours(const pl_proof_case *p) {
  for (unsigned i = 0; p->target != NULL && i < p->target->attempt_count; i++) {
    const pl_icmp *icmp = &p->target->attempts[i].icmp;
    if (icmp->seen && is_ours(p, &icmp->sender))
      return true;
  }
  return false;
}

const char *pl_rival_evidence(const pl_proof_case *p, pl_rival_id rival) {
  if (rival == PL_RIVAL_HOST && p->target != NULL && p->target->is_own)
    return "the address is one of this host's own";
  if (rival == PL_RIVAL_HOST && is_refused_at_first_hop(p))
    return "the refusal comes from this host or its first hop: it arrives with a TTL of 1";
  if (rival == PL_RIVAL_HOST && facts_of(p)->ipsec_drops)
    return "IPsec on this host dropped packets while the attempts ran";
  if (rival == PL_RIVAL_NEAR && has_icmp_of_ours(p))
    return "the ICMP error came from your own network";
  return NULL;
}
