/* The baseline: an endpoint that is open, and is certainly ours. */
#include "memory/baseline.h"

static bool has_issuer(const pl_attempt_result *attempt) {
  return pl_attempt_verified(attempt) &&
         (attempt->certificate.has_scts || attempt->certificate.public_anchor);
}

/* Below 400 or 401, and no listed sign of a block. */
static bool is_served(const pl_attempt_result *attempt) {
  return attempt->end == PL_END_HTTP_ANSWER && attempt->signature < 0 &&
         (attempt->http_status < 400 || attempt->http_status == 401);
}

static bool is_open(const pl_target *target, const pl_target_verdict *verdict) {
  return target->role == PL_ROLE_PUBLIC && verdict->judged &&
         verdict->public_class == PL_PUBLIC_OPEN;
}

/* The attempt that shows the public side open; NULL where none does. */
static const pl_attempt_result *open_attempt(const pl_spec *spec, const pl_target *target) {
  pl_end wanted = spec->public_probe == PL_DEPTH_HTTP ? PL_END_HTTP_ANSWER : PL_END_TLS_DONE;
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    if (attempt->end == wanted && has_issuer(attempt) &&
        (wanted == PL_END_TLS_DONE || is_served(attempt)))
      return attempt;
  }
  return NULL;
}

/* A label of ours can be changed only where it is not the registered domain itself. */
static bool can_have_sibling(const pl_spec *spec) {
  if (spec->public_control != NULL && spec->public_probe != PL_DEPTH_HTTP)
    return true;
  unsigned dots = 0;
  for (const char *at = spec->public_name; at != NULL && *at != '\0'; at++)
    dots += *at == '.' && at[1] != '\0';
  return dots >= 2;
}

/* Whether the server itself gave another answer than to our name. Silence is no answer. */
static bool is_different(const pl_attempt_result *sibling, const pl_attempt_result *ours) {
  bool answered = sibling->end == PL_END_HTTP_ANSWER || sibling->end == PL_END_TLS_DONE ||
                  sibling->end == PL_END_TLS_UNVERIFIED || sibling->end == PL_END_TLS_ALERT;
  if (!answered || pl_attempt_rate_limited(sibling))
    return false;
  return sibling->end != ours->end || sibling->http_status != ours->http_status;
}

/* The first at the address that was tried; NULL where none was. */
static const pl_attempt_result *sibling_at(const pl_facts *facts, const pl_addr *address) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *sibling = &facts->targets[i];
    if (sibling->role == PL_ROLE_SIBLING && sibling->attempt_count > 0 &&
        pl_addr_equal(&sibling->address, address))
      return &sibling->attempts[0];
  }
  return NULL;
}

static bool is_ours_alone(const pl_spec *spec, const pl_facts *facts, const pl_target *target,
                          const pl_attempt_result *ours) {
  if (!can_have_sibling(spec))
    return true;
  bool different = false;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *sibling = &facts->targets[i];
    if (sibling->role != PL_ROLE_SIBLING || sibling->attempt_count == 0 ||
        !pl_addr_equal(&sibling->address, &target->address))
      continue;
    if (!is_different(&sibling->attempts[sibling->attempt_count - 1], ours))
      return false;
    different = true;
  }
  return different;
}

bool pl_baseline_of(const pl_spec *spec, const pl_facts *facts, const pl_verdict *verdict,
                    pl_baseline *ret_baseline) {
  if (spec->public_probe == PL_DEPTH_TCP)
    return false;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (!is_open(target, &verdict->targets[i]))
      continue;
    const pl_attempt_result *ours = open_attempt(spec, target);
    if (ours == NULL || !is_ours_alone(spec, facts, target, ours))
      continue;
    *ret_baseline = (pl_baseline){.public_status = ours->http_status,
                                  .private_status = pl_facts_private_answer(facts)};
    return true;
  }
  return false;
}

const char *pl_baseline_missing(const pl_spec *spec, const pl_facts *facts,
                                const pl_verdict *verdict) {
  if (spec->public_probe == PL_DEPTH_TCP)
    return "--public-probe tcp sees no certificate: use http, or tls";
  const char *why = NULL;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (!is_open(target, &verdict->targets[i]))
      continue;
    const pl_attempt_result *ours = open_attempt(spec, target);
    const pl_attempt_result *sibling = sibling_at(facts, &target->address);
    if (ours == NULL)
      why =
          "a baseline needs a status of 401 or below 400 at --path, and a certificate with SCTs or "
          "from --public-ca-file";
    else if (sibling != NULL && pl_attempt_rate_limited(sibling))
      why = "the request for another name hit a rate limit (429): run it again a day later";
    else if (sibling != NULL && !is_different(sibling, ours))
      why = spec->public_probe == PL_DEPTH_TLS
                ? "the certificate is good for another name, too, and --public-probe tls sees no "
                  "more: use http; if it speaks no HTTP, check the name and use --accept tenant"
                : "another name is answered in the same way: use a --path that only your account "
                  "has";
  }
  return why;
}
