/* The `public` check: what proves that one address is blocked. It takes a listed signature, two
 * attempts, a witness or a counter-proof, and a private side that is up. */
#include "judge/public_proof.h"

/* How a signature is listed. */
typedef enum listing { UNLISTED, LISTED, LISTED_AS_PROOF } listing;

static const pl_public_result open = {PL_PUBLIC_OPEN, PL_REASON_PUBLIC_OPEN};

/* ---- the context that proofs need ----------------------------------------------------------- */

pl_private_side pl_public_side(const pl_case *c) {
  if (!pl_spec_asks_private(c->spec))
    return PL_SIDE_NOT_ASKED;
  return c->verdict->addresses_up >= c->spec->min_up ? PL_SIDE_UP : PL_SIDE_DOWN;
}

bool pl_public_counter_proof(const pl_case *c) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    if (c->verdict->targets[i].counter_proof)
      return true;
  }
  return false;
}

static listing how_listed(const pl_case *c, pl_signature_kind kind, int alert) {
  listing found = UNLISTED;
  for (size_t i = 0; i < c->spec->blocked_by.count; i++) {
    const pl_signature *signature = &c->spec->blocked_by.items[i];
    bool matches = signature->kind == kind;
    if (matches && kind == PL_SIGNATURE_TLS_ALERT)
      matches = signature->alert >= 0 ? signature->alert == alert : alert == 49 || alert == 80;
    if (matches && signature->evidence == PL_EVIDENCE_PROOF)
      return LISTED_AS_PROOF;
    if (matches)
      found = LISTED;
  }
  return found;
}

/* Whether the address is judged itself: then it proves nothing for the others. */
static bool is_judged(const pl_facts *facts, const pl_addr *address) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role == PL_ROLE_PUBLIC &&
        pl_addr_equal(&facts->targets[i].address, address))
      return true;
  }
  return false;
}

/* Private addresses are reached over another egress path than public ones. */
static const char *witness_address_flaw(const pl_spec *spec, const pl_facts *facts,
                                        const pl_witness *witness) {
  const pl_addr *address = &witness->address;
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC)
    return "not a public address";
  if (pl_spec_is_private(spec, address))
    return "in --private-range";
  if (pl_endpoint_has_address(facts->endpoint, address))
    return "the endpoint's own address";
  return is_judged(facts, address) ? "an address that is judged itself" : NULL;
}

/* A host with several egress paths (a VPN, a second interface) has another IPv4 address on each. In
 * IPv6 it may use several addresses on one path (RFC 6724 section 5), so they prove nothing. */
static bool same_egress(const pl_witness *witness, const pl_target *target) {
  if (witness->is_own || target->is_own)
    return witness->is_own == target->is_own;
  return witness->source.family != PL_FAMILY_IPV4 || target->source.family != PL_FAMILY_IPV4 ||
         pl_addr_equal(&witness->source, &target->source);
}

static bool has_other_egress(const pl_facts *facts, const pl_witness *witness) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && target->address.family == witness->address.family &&
        !target->is_own && !same_egress(witness, target))
      return true;
  }
  return false;
}

const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness) {
  if (witness->is_own)
    return "this host itself";
  const char *flaw = witness_address_flaw(spec, facts, witness);
  if (flaw == NULL && has_other_egress(facts, witness))
    flaw = "reached over another egress path of this host";
  return flaw;
}

/* Reached with verified TLS before and after, a public address, and none of those judged. */
static bool witness_proves(const pl_case *c, const pl_witness *witness) {
  return witness->before.verified && witness->after.verified &&
         witness_address_flaw(c->spec, c->facts, witness) == NULL;
}

/* A witness proves only the path that it was reached over: this host itself proves nothing about
 * the network, and a host on the network proves nothing about this host's own addresses. */
const pl_witness *pl_public_witness(const pl_case *c, const pl_target *target) {
  const pl_attempt_result *first = &target->attempts[0], *last = first;
  for (unsigned i = 1; i < target->attempt_count; i++) {
    if (target->attempts[i].ended > last->ended)
      last = &target->attempts[i];
  }
  for (size_t i = 0; i < c->facts->witness_count; i++) {
    const pl_witness *witness = &c->facts->witnesses[i];
    if (witness_proves(c, witness) && witness->address.family == target->address.family &&
        same_egress(witness, target) && (witness->port == target->port || witness->port_named) &&
        witness->before.ended <= first->started && witness->after.started >= last->ended)
      return witness;
  }
  return NULL;
}

/* ---- one address ---------------------------------------------------------------------------- */

/* The sign of a block in the network or the handshake, not in an answer. */
static pl_public_result judge_wire(const pl_case *c, const pl_target *target,
                                   pl_signature_kind kind, int alert) {
  listing listed = how_listed(c, kind, alert);
  if (listed == UNLISTED)
    return unproven(PL_REASON_PUBLIC_UNLISTED);
  if (pl_public_witness(c, target) == NULL)
    return unproven(target->is_own ? PL_REASON_PUBLIC_LOCAL_FAILURE : PL_REASON_PUBLIC_NO_EGRESS);
  pl_private_side side = pl_public_side(c);
  if (side == PL_SIDE_DOWN)
    return unproven(PL_REASON_PUBLIC_SERVICE_DOWN);
  bool handshake = kind == PL_SIGNATURE_TLS_RESET || kind == PL_SIGNATURE_TLS_ALERT;
  /* One that only --public-address names may be stale: as silent as a blocked one. */
  if (!pl_dns_names(c->facts->public_dns, c->facts->public_dns_count, &target->address))
    return unproven(PL_REASON_PUBLIC_AMBIGUOUS);
  if (listed == LISTED_AS_PROOF || (side == PL_SIDE_UP && !handshake))
    return blocked;
  return unproven(PL_REASON_PUBLIC_AMBIGUOUS);
}

const pl_signature *pl_public_match(const pl_case *c, const pl_attempt_result *attempt) {
  if (attempt->signature < 0 || (size_t)attempt->signature >= c->spec->blocked_by.count)
    return NULL;
  const pl_signature *signature = &c->spec->blocked_by.items[attempt->signature];
  bool fits = signature->kind == PL_SIGNATURE_HTTP && signature->status == attempt->http_status;
  return fits ? signature : NULL;
}

static pl_public_result judge_answer(const pl_case *c, const pl_attempt_result *attempt) {
  const pl_signature *signature = pl_public_match(c, attempt);
  if (signature == NULL)
    return open;
  if (attempt->certificate.time != PL_CERTIFICATE_VALID)
    return unproven(PL_REASON_PUBLIC_INTERCEPTED);
  pl_private_side side = pl_public_side(c);
  if (side == PL_SIDE_DOWN)
    return unproven(PL_REASON_PUBLIC_SERVICE_DOWN);
  if (pl_public_counter_proof(c))
    return blocked;
  return signature->evidence == PL_EVIDENCE_PROOF && side == PL_SIDE_NOT_ASKED
             ? blocked
             : unproven(PL_REASON_PUBLIC_AMBIGUOUS);
}

static pl_public_result judge_attempt(const pl_case *c, const pl_target *target,
                                      const pl_attempt_result *attempt) {
  const pl_end_info *end = pl_end_info_at(attempt->end);
  bool identified = pl_attempt_identified(attempt);
  switch (end->public_end) {
  case PL_PUBLIC_END_LOCAL:
    break;
  case PL_PUBLIC_END_INTERRUPTED: /* after the handshake it is open, whatever ended it */
    return identified ? open : unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  case PL_PUBLIC_END_ICMP:
    if (attempt->icmp.sender_is_self || !pl_icmp_prohibits(&attempt->icmp))
      break;
    return judge_wire(c, target, end->signature, 0);
  case PL_PUBLIC_END_WIRE:
    return judge_wire(c, target, end->signature, 0);
  case PL_PUBLIC_END_HANDSHAKE:
    if (attempt->certificate.seen)
      return unproven(PL_REASON_PUBLIC_UNLISTED);
    return judge_wire(c, target, end->signature, attempt->alert);
  case PL_PUBLIC_END_UNLISTED:
    return unproven(PL_REASON_PUBLIC_UNLISTED);
  case PL_PUBLIC_END_OPEN:
    return open;
  case PL_PUBLIC_END_INTERCEPTED:
    return unproven(PL_REASON_PUBLIC_INTERCEPTED);
  case PL_PUBLIC_END_SERVED:
    return identified ? open : unproven(PL_REASON_PUBLIC_INTERCEPTED);
  case PL_PUBLIC_END_HTTP:
    return identified ? judge_answer(c, attempt) : unproven(PL_REASON_PUBLIC_INTERCEPTED);
  }
  return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
}

pl_public_result pl_public_result_worse(pl_public_result a, pl_public_result b) {
  static const int rank[] = {
      [PL_PUBLIC_BLOCKED] = 0, [PL_PUBLIC_UNPROVEN] = 1, [PL_PUBLIC_OPEN] = 2};
  return rank[b.class] > rank[a.class] ? b : a;
}

/* Two attempts, a second apart, from different source ports: one lost packet, or one entry in a
 * firewall's connection table, is no block. */
static bool has_two_attempts(const pl_target *target) {
  if (target->attempt_count < 2)
    return false;
  const pl_attempt_result *a = &target->attempts[0], *b = &target->attempts[1];
  return b->started - a->started >= PL_SEC && a->local_port != b->local_port;
}

pl_public_result pl_public_judge_target(const pl_case *c, const pl_target *target) {
  pl_public_result worst = blocked;
  bool any = false;
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (!pl_attempt_answered(&target->attempts[i]))
      continue;
    worst = pl_public_result_worse(worst, judge_attempt(c, target, &target->attempts[i]));
    any = true;
  }
  if (any)
    return worst;
  if (target->attempt_count == 0)
    return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  for (unsigned i = 0; i < target->attempt_count; i++)
    worst = pl_public_result_worse(worst, judge_attempt(c, target, &target->attempts[i]));
  if (worst.class == PL_PUBLIC_BLOCKED && !has_two_attempts(target))
    return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  return worst;
}

/* ---- the name ------------------------------------------------------------------------------- */

pl_public_result pl_public_judge_gone(const pl_case *c) {
  listing listed = how_listed(c, PL_SIGNATURE_DNS_NXDOMAIN, 0);
  if (listed != LISTED_AS_PROOF)
    return unproven(PL_REASON_PUBLIC_NO_ADDRESS);
  bool witnessed = false;
  for (size_t i = 0; i < c->facts->witness_count; i++)
    witnessed =
        witnessed || (!c->facts->witnesses[i].is_own && witness_proves(c, &c->facts->witnesses[i]));
  if (!witnessed)
    return unproven(PL_REASON_PUBLIC_NO_EGRESS);
  return pl_public_side(c) == PL_SIDE_DOWN ? unproven(PL_REASON_PUBLIC_SERVICE_DOWN) : blocked;
}
