/* What shows whether the network on the way gave the sign: witnesses, attempts, routes and SYNs
 * with a limited TTL. */
#include "judge/public/path.h"

/* Attempts that must show the same (rival `moment`), and how far apart the first and last start. */
#define ATTEMPTS_WANTED 3
#define ATTEMPTS_SPAN (4500 * PL_MSEC)

/* ---- witnesses ------------------------------------------------------------------------------ */

/* Whether a witness of the family, on the port, can prove something about the sign. The connect of
 * a tls sign already shows the egress path of its port. */
static bool is_usable(const pl_proof_case *p, const pl_witness *witness) {
  const pl_target *target = p->target;
  if (pl_witness_flaw(p->round->spec, p->round->facts, witness) != NULL)
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
    if (result->verified && pl_witness_is_alongside(result->started, attempt->started))
      return true;
  }
  return false;
}

static bool is_witnessed(const pl_proof_case *p, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < p->round->facts->witness_count; i++) {
    const pl_witness *witness = &p->round->facts->witnesses[i];
    if (is_usable(p, witness) && is_alongside(witness, attempt))
      return true;
  }
  return false;
}

/* A name that does not exist has no family and no attempts: any witness will do. */
static bool has_any_witness(const pl_proof_case *p) {
  for (size_t i = 0; i < p->round->facts->witness_count; i++) {
    const pl_witness *witness = &p->round->facts->witnesses[i];
    if (is_usable(p, witness) && pl_witness_answered(witness))
      return true;
  }
  return false;
}

/* Each attempt must have had a witness; it need not be the same one. */
bool pl_path_is_witnessed(const pl_proof_case *p) {
  if (p->target == NULL)
    return has_any_witness(p);
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

/* When the last attempt started, in seconds since 1970: a round may be judged much later. */
static int64_t last_started(const pl_proof_case *p) {
  const pl_facts *facts = p->round->facts;
  int64_t into = (pl_target_last_attempt(p->target)->started - facts->started) / PL_SEC;
  int64_t started = facts->wall_time + (into > 0 ? into : 0);
  return started < p->round->now ? started : p->round->now;
}

/* Three attempts in one round, or the last rounds together. */
bool pl_path_has_attempts(const pl_proof_case *p) {
  const pl_target *target = p->target;
  const pl_memory *memory = pl_proof_memory(p);
  if (target == NULL || target->attempt_count == 0 || !pl_path_is_witnessed(p) ||
      !has_distinct_ports(target))
    return false;
  pl_nsec span = target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
  if (target->attempt_count >= ATTEMPTS_WANTED && span >= ATTEMPTS_SPAN)
    return true;
  if (memory == NULL || memory->attempts == 0 || memory->attempts_since > p->round->now)
    return false;
  return memory->attempts + target->attempt_count >= ATTEMPTS_WANTED &&
         (last_started(p) - memory->attempts_since) * PL_SEC >= ATTEMPTS_SPAN;
}

/* ---- distance ------------------------------------------------------------------------------- */

static bool is_ours(const pl_proof_case *p, const pl_addr *sender) {
  for (unsigned i = 0; p->target != NULL && i < p->target->attempt_count; i++) {
    if (pl_addr_equal(sender, &p->target->attempts[i].source))
      return true;
  }
  return pl_addr_classify(sender) != PL_ADDR_PUBLIC || pl_spec_is_private(p->round->spec, sender);
}

/* Where the witness answers a SYN whose TTL is 1, the network does not count hops. One that does
 * not answer at all says nothing. */
static bool hops_count(const pl_proof_case *p) {
  for (size_t i = 0; i < p->round->facts->witness_count; i++) {
    const pl_witness *witness = &p->round->facts->witnesses[i];
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

bool pl_path_leaves_network(const pl_proof_case *p, int64_t *ret_when) {
  if (p->target == NULL)
    return false;
  *ret_when = 0;
  if (p->target->hop_count == 0) {
    *ret_when = pl_proof_remembered(p, PL_CONTROL_HOPS);
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

/* Whether the attempt and the witness used the same routing entry and uplink. In IPv6 a host may
 * use several source addresses on one path (RFC 6724 section 5), all of one network (RFC
 * 4291 2.5.4). */
static bool is_same_route(const pl_target *target, const pl_attempt_result *attempt,
                          const pl_witness *witness) {
  const pl_cidr network = {.address = witness->source,
                           .prefix = witness->source.family == PL_FAMILY_IPV6 ? 64 : 32};
  return target->route.known && !target->route.local &&
         pl_route_equal(&target->route, &witness->route) &&
         pl_cidr_contains(&network, &attempt->source);
}

static bool has_witness_of_route(const pl_proof_case *p, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < p->round->facts->witness_count; i++) {
    const pl_witness *witness = &p->round->facts->witnesses[i];
    if (is_usable(p, witness) && is_alongside(witness, attempt) &&
        is_same_route(p->target, attempt, witness))
      return true;
  }
  return false;
}

/* This host rules itself out by its routing entry, alongside each attempt; in strict also by
 * distance. */
bool pl_path_is_of_witness(const pl_proof_case *p) {
  if (p->target == NULL || p->target->is_own)
    return false;
  int64_t when;
  if (p->round->spec->proof == PL_PROOF_STRICT && !pl_path_leaves_network(p, &when))
    return false;
  for (unsigned i = 0; i < p->target->attempt_count; i++) {
    if (!has_witness_of_route(p, &p->target->attempts[i]))
      return false;
  }
  return p->target->attempt_count > 0;
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
  for (size_t i = 0; p->target != NULL && i < p->target->hop_count; i++) {
    const pl_hop *hop = &p->target->hops[i];
    if (hop->kind == PL_HOP_ICMP && is_ours(p, &hop->sender))
      return true;
  }
  return false;
}

/* Whether none of this round say otherwise. */
static bool are_hops_still_against(const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].hop_count > 0)
      return false;
  }
  return facts->memory != NULL && facts->memory->hops_against;
}

const char *pl_rival_evidence(const pl_proof_case *p, pl_rival_id rival) {
  if (rival == PL_RIVAL_HOST && p->target != NULL && p->target->is_own)
    return "the address is one of this host's own";
  if (rival == PL_RIVAL_HOST && is_refused_at_first_hop(p))
    return "the refusal comes from this host or its first hop: it arrives with a TTL of 1";
  if (rival == PL_RIVAL_HOST && are_hops_still_against(p->round->facts))
    return "SYNs with a limited TTL gave evidence against a block when they were last sent";
  if (rival == PL_RIVAL_HOST && p->round->facts->ipsec_drops)
    return "IPsec on this host dropped packets while the attempts ran";
  if (rival == PL_RIVAL_NEAR && has_icmp_of_ours(p))
    return "the ICMP error came from your own network";
  /* For other signs this is the rival `request`. */
  if (rival == PL_RIVAL_SAMPLE && p->seen.sign == PL_SIGN_TCP && pl_proof_may_be_caused_by_us(p))
    return "it began within an hour after other forms of our request: this host may be banned";
  return NULL;
}
