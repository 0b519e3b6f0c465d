/* The controls of the public check: what rules out which rival, from facts alone. */
#include "judge/public/controls.h"
#include "judge/public/path.h"
#include "judge/public/set.h"
#include <string.h>

/* How long a change of the pool of addresses, or of its answers, counts. */
#define POOL_QUIET (24 * 3600)

/* ---- the sign, elsewhere --------------------------------------------------------------------- */

/* Whether what another probe showed is the sign itself. */
static bool shows_sign(const pl_proof_case *p, const pl_target *target) {
  if (target->attempt_count == 0)
    return false;
  pl_seen seen = pl_sign_of_target(p->round, target);
  return seen.class == PL_PUBLIC_BLOCKED && seen.sign == p->seen.sign &&
         (seen.sign != PL_SIGN_HTTP || seen.signature->status == p->seen.signature->status);
}

/* The same, or a status like that of the sign whose body could not be read. */
static bool may_show_sign(const pl_proof_case *p, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    if (attempt->end == PL_END_HTTP_ANSWER && attempt->http_status == p->seen.signature->status &&
        (attempt->body == PL_BODY_CUT || attempt->body == PL_BODY_ENCODED))
      return true;
  }
  return shows_sign(p, target);
}

/* Whether another side says what the sign says, with any listed status, or may say so. */
static bool says_the_same(const pl_proof_case *p, const pl_target *target) {
  if (target->attempt_count == 0)
    return false;
  pl_seen seen = pl_sign_of_target(p->round, target);
  return may_show_sign(p, target) || (seen.class == PL_PUBLIC_BLOCKED && seen.documented);
}

/* Then it is for everybody. */
static bool private_may_show_sign(const pl_proof_case *p) {
  for (size_t i = 0; i < p->round->facts->target_count; i++) {
    const pl_target *target = &p->round->facts->targets[i];
    if ((target->role == PL_ROLE_PRIVATE || target->role == PL_ROLE_COUNTER) &&
        says_the_same(p, target))
      return true;
  }
  return false;
}

/* ---- the private side ----------------------------------------------------------------------- */

/* What another host saw some minutes ago counts only where this host does not look itself. */
static bool is_from_elsewhere(const pl_case *c) {
  return !pl_spec_runs(c->spec, PL_CHECK_PORT) && c->facts->private_evidence.up;
}

static bool private_is_up(const pl_case *c) {
  return pl_spec_runs(c->spec, PL_CHECK_PORT) ? c->verdict->addresses_up >= c->spec->min_up
                                              : c->facts->private_evidence.up;
}

/* The status of the private side of this host, as pl_facts_private_status; 0 if it may be the sign.
 */
static uint16_t private_status(const pl_proof_case *p, bool or_401) {
  uint16_t status = pl_facts_private_status(p->round->facts, 400, or_401);
  bool is_alike = p->seen.sign == PL_SIGN_HTTP && status == p->seen.signature->status;
  return is_alike && private_may_show_sign(p) ? 0 : status;
}

/* Whether the private side serves the request without a key, or (`or_401`) only wants the key. */
static bool is_private_served(const pl_proof_case *p, bool or_401) {
  const pl_case *c = p->round;
  uint16_t from_elsewhere = is_from_elsewhere(c) ? c->facts->private_evidence.status : 0;
  return private_status(p, or_401) != 0 ||
         (from_elsewhere != 0 && (from_elsewhere < 400 || (or_401 && from_elsewhere == 401)));
}

/* For an http sign an answer to the same request; for the others it is enough that it is up. */
static bool holds_private(const pl_proof_case *p, pl_rival_id rival) {
  if (!private_is_up(p->round))
    return false;
  /* Another endpoint may answer 403 where this one answers 401, so 401 is not enough for the key.
   */
  if (rival == PL_RIVAL_KEY)
    return p->round->spec->proof == PL_PROOF_STANDARD && is_private_served(p, false);
  return p->seen.sign != PL_SIGN_HTTP || is_private_served(p, true);
}

static bool holds_paired(const pl_proof_case *p, pl_rival_id rival) {
  const pl_spec *spec = p->round->spec;
  const char *private_name = pl_case_private_name(p->round);
  bool same = private_name != NULL && spec->public_name != NULL &&
              strcasecmp(private_name, spec->public_name) == 0;
  /* With another --tls-name the private side is asked by that. */
  bool own_name = spec->tls_name == NULL ||
                  (private_name != NULL && strcasecmp(spec->tls_name, private_name) == 0);
  /* A proxy that many customers share is up for a name that nobody has, and its public side may
   * have no such name: then the private side must serve the request. */
  bool by_name = p->seen.sign == PL_SIGN_DNS || p->seen.sign == PL_SIGN_TLS;
  return (same || spec->tenant != NULL) && own_name && holds_private(p, rival) &&
         (!by_name || is_private_served(p, true));
}

/* ---- one thing changed ---------------------------------------------------------------------- */

/* The first probe of a role in this round; NULL where there was none, or it did not get an answer
 * that counts either way. One address stands for all: the sign is compared for its own address
 * where that was probed. */
static const pl_target *probe_of(const pl_proof_case *p, pl_role role) {
  const pl_target *found = NULL;
  for (size_t i = 0; i < p->round->facts->target_count; i++) {
    const pl_target *target = &p->round->facts->targets[i];
    if (target->role != role || target->attempt_count == 0)
      continue;
    if (p->target != NULL && pl_addr_equal(&target->address, &p->target->address))
      return target;
    if (found == NULL)
      found = target;
  }
  return found;
}

/* An answer over TLS with any certificate: that of another name is an answer, too. A rate limit is
 * none, since every name would get it. */
static bool got_an_answer(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    pl_end end = attempt->end;
    if ((end == PL_END_HTTP_ANSWER && !pl_attempt_rate_limited(attempt)) ||
        end == PL_END_TLS_UNVERIFIED || end == PL_END_TLS_DONE)
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
      (p->seen.sign != PL_SIGN_HTTP || p->round->spec->proof == PL_PROOF_STRICT))
    return false;
  const pl_target *sibling = probe_of(p, PL_ROLE_SIBLING);
  /* What gets through to another address says nothing about the way to this one, nor about what
   * listens there. */
  bool elsewhere = sibling != NULL && p->target != NULL &&
                   !pl_addr_equal(&sibling->address, &p->target->address);
  if ((rival == PL_RIVAL_NEAR && (sibling == NULL || elsewhere)) ||
      (rival == PL_RIVAL_FRONT && p->seen.sign == PL_SIGN_TCP && elsewhere))
    return false;
  if (sibling != NULL) {
    *ret_when = 0;
    return got_an_answer(sibling) && !says_the_same(p, sibling) &&
           (rival == PL_RIVAL_TENANT || is_found_open(sibling));
  }
  /* Of a sign before an answer only an open sibling is remembered. */
  *ret_when = pl_proof_remembered(p, PL_CONTROL_SIBLING);
  return *ret_when != 0;
}

/* A bare status, or an answer of a bot protection, may be given to our request alone. */
static bool is_of_the_provider(const pl_seen *seen) {
  return seen->sign == PL_SIGN_TLS || (seen->documented && !seen->bot_protection);
}

/* Another listed sign may be what the server says to everybody who gets that far. */
static bool repeats_sign(const pl_proof_case *p, const pl_target *variation) {
  pl_seen seen = pl_sign_of_target(p->round, variation);
  return shows_sign(p, variation) && is_of_the_provider(&seen) &&
         seen.signature->kind == p->seen.signature->kind;
}

static bool holds_request(const pl_proof_case *p, int64_t *ret_when) {
  if (!is_of_the_provider(&p->seen))
    return false;
  const pl_target *agent = probe_of(p, PL_ROLE_AGENT), *hello = probe_of(p, PL_ROLE_HELLO);
  const pl_target *variation = p->seen.sign == PL_SIGN_TLS ? hello : agent;
  if (variation != NULL) {
    *ret_when = 0;
    return repeats_sign(p, variation);
  }
  *ret_when = pl_proof_remembered(p, PL_CONTROL_REQUEST);
  return *ret_when != 0;
}

/* A key is part of a request, so it says nothing about a sign before one. */
static bool holds_key(const pl_proof_case *p, int64_t *ret_when) {
  if (p->seen.sign != PL_SIGN_HTTP)
    return false;
  const pl_target *public_side = probe_of(p, PL_ROLE_PUBLIC_KEY);
  const pl_target *private_side = NULL;
  for (size_t i = 0; i < p->round->facts->target_count && private_side == NULL; i++) {
    const pl_target *target = &p->round->facts->targets[i];
    if (target->role == PL_ROLE_PRIVATE_KEY && target->attempt_count > 0 &&
        pl_attempt_http_verified(&target->attempts[0]) && target->attempts[0].http_status < 400 &&
        target->attempts[0].signature < 0)
      private_side = target;
  }
  if (public_side != NULL) {
    *ret_when = 0;
    return private_side != NULL && shows_sign(p, public_side);
  }
  *ret_when = pl_proof_remembered(p, PL_CONTROL_KEY);
  return *ret_when != 0;
}

typedef enum let_in {
  LET_IN_NEVER,
  LET_IN_EARLIER,
  LET_IN_NOW,
} let_in;

/* When a request of the role was answered as if there were no block: with a key it was accepted.
 * Only the sign of a block ends that: a rate limit, a key that has expired or a lost packet says
 * nothing. */
static let_in when_let_in(const pl_proof_case *p, pl_role role) {
  bool blocked = false;
  for (size_t i = 0; i < p->round->facts->target_count; i++) {
    const pl_target *target = &p->round->facts->targets[i];
    if (target->role != role || target->attempt_count == 0)
      continue;
    const pl_attempt_result *attempt = &target->attempts[0];
    if (pl_sign_of_target(p->round, target).class == PL_PUBLIC_OPEN &&
        (role != PL_ROLE_PUBLIC_KEY ||
         (pl_attempt_http_verified(attempt) && attempt->http_status < 400)))
      return LET_IN_NOW;
    blocked = blocked || shows_sign(p, target);
  }
  const pl_memory *memory = pl_proof_memory(p);
  if (blocked || memory == NULL)
    return LET_IN_NEVER;
  bool earlier = role == PL_ROLE_AGENT ? memory->agent_let_in : memory->let_in;
  return earlier ? LET_IN_EARLIER : LET_IN_NEVER;
}

/* The form of the request that `rival` is about; the count: none. */
static pl_role form_of(pl_sign sign, pl_rival_id rival) {
  if (sign == PL_SIGN_TLS && rival == PL_RIVAL_REQUEST)
    return PL_ROLE_HELLO;
  if (sign == PL_SIGN_HTTP && rival == PL_RIVAL_REQUEST)
    return PL_ROLE_AGENT;
  return sign == PL_SIGN_HTTP && rival == PL_RIVAL_KEY ? PL_ROLE_PUBLIC_KEY : PL_ROLE_COUNT;
}

unsigned pl_control_let_in(const pl_proof_case *p, pl_rival_id rival, const char **ret_text) {
  static const char *const now[PL_ROLE_COUNT] = {
      [PL_ROLE_PUBLIC_KEY] = "a request with the key of --public-key-file was accepted",
      [PL_ROLE_AGENT] = "a request with --user-agent was answered",
      [PL_ROLE_HELLO] = "another form of the TLS handshake was accepted",
  };
  static const char *const earlier[PL_ROLE_COUNT] = {
      [PL_ROLE_PUBLIC_KEY] = "the key of --public-key-file was accepted, and has not shown the "
                             "sign since",
      [PL_ROLE_AGENT] = "a request with --user-agent was answered, and has not shown the sign "
                        "since",
      [PL_ROLE_HELLO] = "another form of the TLS handshake was accepted, and has not shown the "
                        "sign since",
  };
  pl_role form = form_of(p->seen.sign, rival);
  let_in when = form != PL_ROLE_COUNT ? when_let_in(p, form) : LET_IN_NEVER;
  if (when == LET_IN_NEVER)
    return 0;
  *ret_text = when == LET_IN_NOW ? now[form] : earlier[form];
  return 1u << form;
}

/* ---- before --------------------------------------------------------------------------------- */

/* Also where another host did. */
static bool asks_private_over_http(const pl_spec *spec) {
  return !pl_spec_runs(spec, PL_CHECK_PORT) || spec->probe == PL_DEPTH_HTTP;
}

/* Only while the private side answers as it did then. If it gave no HTTP answer at either time,
 * that is equal only where none was asked for. */
static bool holds_before(const pl_proof_case *p, int64_t *ret_when) {
  const pl_memory *memory = p->round->facts->memory;
  if (memory == NULL || memory->baseline.at == 0 || memory->baseline.at > p->round->now)
    return false;
  *ret_when = memory->baseline.at;
  uint16_t answer = pl_facts_private_answer(p->round->facts);
  bool comparable = answer != 0 || !asks_private_over_http(p->round->spec);
  return private_is_up(p->round) && comparable && answer == memory->baseline.private_status;
}

static bool holds_pool(const pl_proof_case *p, int64_t *ret_when) {
  const pl_memory *memory = p->round->facts->memory;
  if (memory == NULL || memory->pool_since == 0)
    return false;
  *ret_when = memory->pool_since;
  return p->round->now - memory->pool_since >= POOL_QUIET;
}

/* ---- properties of the evidence ------------------------------------------------------------- */

static bool holds_issuer(const pl_proof_case *p) {
  bool found = false;
  for (unsigned i = 0; p->target != NULL && i < p->target->attempt_count; i++) {
    const pl_attempt_result *attempt = &p->target->attempts[i];
    const pl_certificate *certificate = &attempt->certificate;
    if (!certificate->seen || !pl_attempt_identified(attempt)) /* or its handshake did not end */
      continue;
    if (!certificate->has_scts && !certificate->public_anchor)
      return false;
    found = true;
  }
  return found;
}

/* Authenticated answers name the address, and every other one; or they all say that there is no
 * such name. */
static bool holds_names(const pl_proof_case *p) {
  bool found = false;
  if (p->target != NULL && !pl_facts_is_authenticated(p->round->facts))
    return false;
  for (size_t i = 0; i < p->round->facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &p->round->facts->public_dns[i];
    if (fact->transport == PL_DNS_PLAIN)
      continue;
    if (p->target == NULL)
      found = found || fact->outcome == PL_DNS_NXDOMAIN;
    else if (pl_addr_list_contains(&fact->answers, &p->target->address))
      return true;
  }
  return found;
}

/* The text rules out an outage, unless it is what the service says to everybody. */
static bool holds_documented(const pl_proof_case *p, pl_rival_id rival) {
  if (p->seen.sign != PL_SIGN_HTTP || !p->seen.documented)
    return false;
  return rival != PL_RIVAL_OUTAGE || !private_may_show_sign(p);
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* A sign that only third parties report proves nothing without a baseline. */
static bool is_enough_for(const pl_proof_case *p, pl_rival_id rival, pl_control control) {
  bool of_the_answer =
      rival == PL_RIVAL_TENANT || rival == PL_RIVAL_REQUEST || rival == PL_RIVAL_KEY;
  if (rival == PL_RIVAL_REQUEST && pl_proof_may_be_caused_by_us(p))
    return false;
  if (of_the_answer && p->seen.hint)
    return control == PL_CONTROL_BEFORE || control == PL_CONTROL_KEY;
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
    return pl_path_is_witnessed(p);
  case PL_CONTROL_ATTEMPTS:
    return pl_path_has_attempts(p);
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
    return pl_path_is_of_witness(p);
  case PL_CONTROL_HOPS:
    return pl_path_leaves_network(p, ret_when);
  case PL_CONTROL_POOL:
    return holds_pool(p, ret_when);
  case PL_CONTROL_COUNT:
    break;
  }
  return false;
}
