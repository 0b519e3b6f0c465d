/* The findings of the public check: one for each address, and for what is missing. */
#include "judge/public/findings.h"
#include "judge/public/words.h"
#include <string.h>

/* Somebody between here and the provider answers: at least UNKNOWN. */
static pl_severity unproven_severity(const pl_case *c, pl_reason reason) {
  pl_severity severity = c->spec->on_unproven;
  return reason == PL_REASON_PUBLIC_INTERCEPTED ? pl_severity_worst(severity, PL_SEVERITY_UNKNOWN)
                                                : severity;
}

/* Nothing public answers at all: the advice differs from that for a single failure. */
static bool has_no_egress(const pl_case *c) {
  for (size_t i = 0; i < c->facts->public_dns_count; i++) {
    if (pl_dns_outcome_definite(c->facts->public_dns[i].outcome))
      return false;
  }
  for (size_t i = 0; i < c->facts->witness_count; i++) {
    if (pl_witness_answered(&c->facts->witnesses[i]))
      return false;
  }
  return true;
}

pl_finding *pl_public_add_unproven(pl_case *c, pl_reason reason, const pl_addr *address,
                                   const char *text) {
  pl_finding *finding =
      pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, reason, unproven_severity(c, reason), address,
                     PL_UNPROVEN_PREFIX "%s", text);
  if (finding != NULL && has_no_egress(c))
    finding->hint = "this host has no egress path: run --check state,dns,port here, and --check "
                    "public where there is one";
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PUBLIC];
  if (of_check->reason == PL_REASON_NONE)
    of_check->reason = reason;
  return finding;
}

const char *pl_public_unproven_text(const pl_case *c) {
  size_t prefix = strlen(PL_UNPROVEN_PREFIX);
  const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_PUBLIC);
  if (worst != NULL && strncmp(worst->text, PL_UNPROVEN_PREFIX, prefix) == 0)
    return worst->text + prefix;
  for (size_t i = 0; i < c->verdict->finding_count; i++) {
    const char *text = c->verdict->findings[i].text;
    if (strncmp(text, PL_UNPROVEN_PREFIX, prefix) == 0)
      return text + prefix;
  }
  return pl_reason_meaning(c->verdict->checks[PL_CHECK_PUBLIC].reason);
}

/* ---- one address ---------------------------------------------------------------------------- */

/* The severity of an address that is open on purpose. */
static pl_severity reachable_severity(const pl_case *c, const pl_target *target) {
  const pl_attempt_result *attempt = pl_sign_telling_attempt(target);
  bool fine = false;
  switch (c->spec->public_probe) {
  case PL_DEPTH_TCP:
    fine = attempt->end == PL_END_CONNECTED;
    break;
  case PL_DEPTH_TLS:
    fine = attempt->end == PL_END_TLS_DONE && pl_attempt_verified(attempt);
    break;
  case PL_DEPTH_HTTP:
    fine = attempt->end == PL_END_HTTP_ANSWER && pl_attempt_verified(attempt) &&
           attempt->http_status < 500 && pl_sign_match(c, attempt) == NULL;
    break;
  }
  return fine ? PL_SEVERITY_OK : PL_SEVERITY_WARNING;
}

/* Statuses that providers block with. */
static bool looks_like_a_block(const pl_attempt_result *attempt) {
  return attempt->end == PL_END_HTTP_ANSWER &&
         (attempt->http_status == 401 || attempt->http_status == 403 ||
          attempt->http_status == 404 || attempt->http_status == 451);
}

static void add_open(pl_case *c, const pl_target *target, const char *text) {
  const pl_attempt_result *attempt = pl_sign_telling_attempt(target);
  bool reachable = c->spec->expect_public == PL_EXPECT_REACHABLE;
  pl_severity severity = reachable ? reachable_severity(c, target) : PL_SEVERITY_CRITICAL;
  const pl_signature *near = pl_sign_near(c, attempt);
  pl_finding *finding = pl_verdict_add(
      c->verdict, PL_CHECK_PUBLIC,
      severity == PL_SEVERITY_OK ? PL_REASON_NONE : PL_REASON_PUBLIC_OPEN, severity,
      &target->address, "public endpoint OPEN: %s%s%s", text,
      near != NULL ? "; the body does not match " : "", near != NULL ? near->regex : "");
  if (finding == NULL || severity == PL_SEVERITY_OK)
    return;
  if (reachable)
    finding->hint =
        "it can be reached, but does not serve: look at its status and certificate, and "
        "ask the provider";
  else if (looks_like_a_block(attempt))
    finding->hint = "turn it off again at the provider; if this answer is the provider's block, "
                    "list it with --blocked-by http:STATUS:REGEX";
}

static void add_blocked(pl_case *c, const pl_target *target, const char *text) {
  bool reachable = c->spec->expect_public == PL_EXPECT_REACHABLE;
  pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, reachable ? PL_REASON_PUBLIC_BLOCKED : PL_REASON_NONE,
                 reachable ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK, &target->address,
                 "public endpoint BLOCKED: %s", text);
}

static void add_what(pl_buf *text, const pl_case *c, const pl_target *target) {
  char address[PL_ADDR_TEXT];
  pl_addr_format(&target->address, address);
  pl_buf_addf(text, "%s %s ", c->spec->public_name, address);
  if (target->attempt_count > 0)
    pl_public_add_seen(text, target);
  else
    pl_buf_add(text, "was not tried");
  if (target->role == PL_ROLE_AGENT)
    pl_buf_add(text, " to a request with --user-agent");
  if (pl_sign_is_contradicted(target))
    pl_buf_add(text,
               ", but another SYN to it was answered: the path or the egress address matters");
  if (target->is_own)
    pl_buf_add(text, "; the address is one of this host's own");
}

/* What to do about the rival that stands, or about an address that is this host's own. */
static const char *hint_for(const pl_case *c, const pl_target *target, const pl_seen *seen,
                            pl_rival_id rival) {
  if (target->is_own)
    return "the public name leads to this host itself: run the public check elsewhere";
  if (rival == PL_RIVAL_COUNT)
    return NULL;
  bool up = pl_spec_runs(c->spec, PL_CHECK_PORT) && c->verdict->addresses_up >= c->spec->min_up;
  if (rival == PL_RIVAL_OUTAGE && !pl_spec_runs(c->spec, PL_CHECK_PORT) &&
      c->facts->private_evidence.problem[0] != '\0')
    return "the service may be down, because the file of --private-evidence was not used: see why "
           "with --explain, or in private_evidence of --output json";
  if (rival == PL_RIVAL_OUTAGE && !pl_spec_runs(c->spec, PL_CHECK_PORT))
    return "the private side was not asked, so the service may be down: run it with the private "
           "side (--private-name, --check port,public), or give its result from another host with "
           "--private-evidence";
  if (rival == PL_RIVAL_OUTAGE && !up && c->facts->private_evidence.up)
    return "the private side is down from this host, which counts more than --private-evidence: "
           "repair it, or run --check public alone on a host that does not reach it";
  if (rival == PL_RIVAL_OUTAGE && seen->sign == PL_SIGN_HTTP && up)
    return "the private side shows the same, or gave no answer to compare with: name a --path that "
           "it answers with 401 or below 400 without a key, or the provider's block text with "
           "--blocked-by http:STATUS:REGEX";
  if ((rival == PL_RIVAL_KEY || rival == PL_RIVAL_REQUEST) &&
      c->verdict->rivals[rival].state == PL_RIVAL_STATE_SHOWN)
    return "another form of the request is let in, so the public endpoint is open to some clients: "
           "have the provider turn it off";
  return pl_rival_at(rival)->next_step;
}

void pl_public_add_result(pl_case *c, const pl_target *target, const pl_seen *seen,
                          pl_rival_id rival) {
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  add_what(&text, c, target);
  pl_finding *finding;
  switch (seen->class) {
  case PL_PUBLIC_OPEN:
    add_open(c, target, storage);
    return;
  case PL_PUBLIC_BLOCKED:
    add_blocked(c, target, storage);
    return;
  case PL_PUBLIC_UNPROVEN:
    if (rival != PL_RIVAL_COUNT)
      pl_buf_addf(&text, "; not ruled out: %s (%s)", pl_rival_at(rival)->key,
                  pl_rival_at(rival)->explanation);
    finding = pl_public_add_unproven(c, seen->reason, &target->address, storage);
    if (finding != NULL && finding->hint == NULL)
      finding->hint = hint_for(c, target, seen, rival);
    return;
  }
}
