/* What one public address shows: the attempts at it, read by the list of block signatures. */
#include "judge/public/sign.h"

static const pl_seen seen_open = {.class = PL_PUBLIC_OPEN, .reason = PL_REASON_PUBLIC_OPEN};

static pl_seen unproven(pl_reason reason) {
  return (pl_seen){.class = PL_PUBLIC_UNPROVEN, .reason = reason};
}

/* ---- signatures ----------------------------------------------------------------------------- */

/* A bare tls:alert means access_denied (49) and internal_error (80), RFC 8446 section 6. */
static bool covers(const pl_signature *signature, pl_signature_kind kind, int alert) {
  if (signature->kind != kind)
    return false;
  if (kind != PL_SIGNATURE_TLS_ALERT)
    return true;
  return signature->alert >= 0 ? signature->alert == alert : alert == 49 || alert == 80;
}

/* The strongest listed signature of the kind; NULL where none is listed. */
static const pl_signature *find_listed(const pl_case *c, pl_signature_kind kind, int alert) {
  const pl_signature *found = NULL;
  for (size_t i = 0; i < c->spec->blocked_by.count; i++) {
    const pl_signature *signature = &c->spec->blocked_by.items[i];
    if (covers(signature, kind, alert) && (found == NULL || signature->evidence > found->evidence))
      found = signature;
  }
  return found;
}

const pl_signature *pl_sign_match(const pl_case *c, const pl_attempt_result *attempt) {
  if (attempt->signature < 0 || (size_t)attempt->signature >= c->spec->blocked_by.count)
    return NULL;
  const pl_signature *signature = &c->spec->blocked_by.items[attempt->signature];
  bool fits = signature->kind == PL_SIGNATURE_HTTP && signature->status == attempt->http_status;
  return fits ? signature : NULL;
}

const pl_signature *pl_sign_near(const pl_case *c, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < c->spec->blocked_by.count; i++) {
    const pl_signature *signature = &c->spec->blocked_by.items[i];
    if (signature->kind == PL_SIGNATURE_HTTP && signature->status == attempt->http_status &&
        signature->regex != NULL)
      return signature;
  }
  return NULL;
}

uint64_t pl_sign_bit(const pl_spec *spec, const pl_signature *signature) {
  size_t index = (size_t)(signature - spec->blocked_by.items);
  return index < 64 ? UINT64_C(1) << index : 0;
}

bool pl_sign_is_remembered(const pl_case *c, const pl_signature *signature) {
  const pl_memory *memory = c->facts->memory;
  return memory != NULL && (memory->signs & pl_sign_bit(c->spec, signature)) != 0;
}

/* ---- one attempt ---------------------------------------------------------------------------- */

static pl_seen seen_sign(pl_sign sign, const pl_signature *signature) {
  return (pl_seen){
      .class = PL_PUBLIC_BLOCKED,
      .sign = sign,
      .signature = signature,
      .hint = signature->evidence == PL_EVIDENCE_HINT,
  };
}

static pl_seen judge_wire(const pl_case *c, pl_signature_kind kind, int alert) {
  const pl_signature *signature = find_listed(c, kind, alert);
  if (signature == NULL)
    return unproven(PL_REASON_PUBLIC_UNLISTED);
  bool handshake = kind == PL_SIGNATURE_TLS_RESET || kind == PL_SIGNATURE_TLS_ALERT;
  return seen_sign(handshake ? PL_SIGN_TLS : PL_SIGN_TCP, signature);
}

/* Facts that contradict each other, a certificate before any connection, prove nothing. */
static pl_seen judge_network(const pl_case *c, const pl_attempt_result *attempt) {
  if (attempt->certificate.seen)
    return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  return judge_wire(c, pl_end_info_at(attempt->end)->signature, 0);
}

/* Whether the expression of a signature could not be judged, since the body was not read to its
 * end. */
static bool is_body_missing(const pl_case *c, const pl_attempt_result *attempt) {
  return attempt->body != PL_BODY_WHOLE && pl_sign_near(c, attempt) != NULL;
}

/* Statuses that a gateway in between gives by itself (RFC 9110 15.5.8 and 15.6.3 to 15.6.5, RFC
 * 6585 section 6). Without an issuer they are no answer of the provider. */
static bool is_of_a_gateway(const pl_attempt_result *attempt) {
  bool issuer = attempt->certificate.has_scts || attempt->certificate.public_anchor;
  switch (attempt->http_status) {
  case 407:
  case 502:
  case 503:
  case 504:
  case 511:
    return !issuer;
  default:
    return false;
  }
}

/* A body of which nothing can be read looks like an empty one. */
static bool is_body_unread(const pl_attempt_result *attempt) {
  return attempt->body == PL_BODY_ENCODED ||
         (attempt->body != PL_BODY_WHOLE && attempt->body_length == 0);
}

static pl_seen judge_answer(const pl_case *c, const pl_attempt_result *attempt) {
  const pl_signature *signature = pl_sign_match(c, attempt);
  if (signature != NULL && signature->regex != NULL && is_body_unread(attempt))
    return unproven(PL_REASON_PUBLIC_AMBIGUOUS);
  if (signature == NULL) {
    if (is_body_missing(c, attempt))
      return unproven(PL_REASON_PUBLIC_AMBIGUOUS);
    return is_of_a_gateway(attempt) ? unproven(PL_REASON_PUBLIC_INTERCEPTED) : seen_open;
  }
  if (attempt->certificate.time != PL_CERTIFICATE_VALID)
    return unproven(PL_REASON_PUBLIC_INTERCEPTED);
  pl_seen seen = seen_sign(PL_SIGN_HTTP, signature);
  seen.documented = signature->regex != NULL && signature->evidence == PL_EVIDENCE_PROOF;
  seen.bot_protection = attempt->bot_protection;
  return seen;
}

static pl_seen sign_of_attempt(const pl_case *c, const pl_attempt_result *attempt) {
  const pl_end_info *end = pl_end_info_at(attempt->end);
  bool identified = pl_attempt_identified(attempt);
  switch (end->public_end) {
  case PL_PUBLIC_END_LOCAL:
    break;
  case PL_PUBLIC_END_INTERRUPTED: /* after the handshake it is open, whatever ended it */
    return identified ? seen_open : unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  case PL_PUBLIC_END_ICMP:
    if (attempt->icmp.sender_is_self || !pl_icmp_prohibits(&attempt->icmp))
      break;
    return judge_network(c, attempt);
  case PL_PUBLIC_END_WIRE:
    return judge_network(c, attempt);
  case PL_PUBLIC_END_HANDSHAKE:
    if (attempt->certificate.seen)
      return unproven(PL_REASON_PUBLIC_UNLISTED);
    return judge_wire(c, end->signature, attempt->alert);
  case PL_PUBLIC_END_UNLISTED:
    return unproven(PL_REASON_PUBLIC_UNLISTED);
  case PL_PUBLIC_END_OPEN:
    return seen_open;
  case PL_PUBLIC_END_INTERCEPTED:
    return unproven(PL_REASON_PUBLIC_INTERCEPTED);
  case PL_PUBLIC_END_SERVED:
    return identified ? seen_open : unproven(PL_REASON_PUBLIC_INTERCEPTED);
  case PL_PUBLIC_END_HTTP:
    return identified ? judge_answer(c, attempt) : unproven(PL_REASON_PUBLIC_INTERCEPTED);
  }
  return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
}

/* ---- one address ---------------------------------------------------------------------------- */

/* Two attempts that show signs of different kinds are no sign of one thing. */
static pl_seen both(pl_seen a, const pl_seen *b) {
  if (a.sign != b->sign)
    return unproven(PL_REASON_PUBLIC_AMBIGUOUS);
  a.documented = a.documented && b->documented;
  a.hint = a.hint || b->hint;
  a.bot_protection = a.bot_protection || b->bot_protection;
  return a;
}

static pl_seen worse(pl_seen a, pl_seen b) {
  static const int rank[] = {
      [PL_PUBLIC_BLOCKED] = 0, [PL_PUBLIC_UNPROVEN] = 1, [PL_PUBLIC_OPEN] = 2};
  if (a.class == PL_PUBLIC_BLOCKED && b.class == PL_PUBLIC_BLOCKED)
    return both(a, &b);
  return rank[b.class] > rank[a.class] ? b : a;
}

/* One lost packet, or one entry in a connection table, is no block. The round before counts, where
 * it showed the same. */
static bool has_two_attempts(const pl_case *c, const pl_target *target, const pl_seen *seen) {
  if (target->attempt_count < 2)
    return pl_sign_is_remembered(c, seen->signature) && c->facts->memory->attempts > 0 &&
           c->facts->memory->attempts_since < c->now;
  const pl_attempt_result *a = &target->attempts[0], *b = &target->attempts[1];
  return b->started - a->started >= PL_SEC && a->local_port != b->local_port;
}

static pl_seen worst_of(const pl_case *c, const pl_target *target, bool only_answers) {
  pl_seen found = unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  bool any = false;
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (only_answers && !pl_attempt_answered(&target->attempts[i]))
      continue;
    pl_seen one = sign_of_attempt(c, &target->attempts[i]);
    found = any ? worse(found, one) : one;
    any = true;
  }
  return found;
}

bool pl_sign_is_contradicted(const pl_target *target) {
  pl_public_end end = target->attempt_count > 0
                          ? pl_end_info_at(pl_sign_telling_attempt(target)->end)->public_end
                          : PL_PUBLIC_END_LOCAL;
  if (end != PL_PUBLIC_END_WIRE && end != PL_PUBLIC_END_ICMP)
    return false;
  for (size_t i = 0; i < target->hop_count; i++) {
    if (target->hops[i].kind == PL_HOP_ANSWERED)
      return true;
  }
  return false;
}

pl_seen pl_sign_of_target(const pl_case *c, const pl_target *target) {
  if (pl_target_answered(target))
    return worst_of(c, target, true);
  pl_seen found = worst_of(c, target, false);
  if (found.class == PL_PUBLIC_BLOCKED && pl_sign_is_contradicted(target))
    return unproven(PL_REASON_PUBLIC_UNLISTED);
  if (target->role == PL_ROLE_PUBLIC && found.class == PL_PUBLIC_BLOCKED &&
      !has_two_attempts(c, target, &found))
    return unproven(PL_REASON_PUBLIC_LOCAL_FAILURE);
  return found;
}

const pl_attempt_result *pl_sign_telling_attempt(const pl_target *target) {
  const pl_attempt_result *best = &target->attempts[0];
  for (unsigned i = 1; i < target->attempt_count; i++) {
    if (target->attempts[i].end > best->end)
      best = &target->attempts[i];
  }
  return best;
}

pl_seen pl_sign_of_missing_name(const pl_case *c) {
  const pl_signature *signature = find_listed(c, PL_SIGNATURE_DNS_NXDOMAIN, 0);
  return signature != NULL ? seen_sign(PL_SIGN_DNS, signature)
                           : unproven(PL_REASON_PUBLIC_NO_ADDRESS);
}
