/* The `public` check: is the public endpoint blocked, open, or is neither proven?
 *
 * The one rule: the verdict is `blocked` only if public DNS answered completely, and every address
 * failed in a way that an open endpoint, a dead service or a broken egress path can't cause.
 * Everything else is unproven. */
#include "judge/case.h"
#include "judge/public_proof.h"
#include <string.h>

/* ---- what was seen, in words ---------------------------------------------------------------- */

/* The attempt that got furthest. */
static const pl_attempt_result *telling_attempt(const pl_target *target) {
  const pl_attempt_result *best = &target->attempts[0];
  for (unsigned i = 1; i < target->attempt_count; i++) {
    if (target->attempts[i].end > best->end)
      best = &target->attempts[i];
  }
  return best;
}

static void add_what_was_seen(pl_buf *text, const pl_target *target) {
  const pl_attempt_result *attempt = telling_attempt(target);
  if (attempt->end == PL_END_HTTP_ANSWER)
    pl_buf_addf(text, "answered HTTP %u", attempt->http_status);
  else if (attempt->end == PL_END_TLS_UNVERIFIED)
    pl_buf_addf(text, "certificate of %s: %s", attempt->certificate.subject,
                attempt->certificate.problem);
  else
    pl_buf_add(text, pl_end_info_at(attempt->end)->text);
  if (attempt->end == PL_END_TLS_ALERT)
    pl_buf_addf(text, " %d", attempt->alert);
  if (attempt->end == PL_END_ICMP)
    pl_buf_addf(text, " (type %u code %u)", attempt->icmp.type, attempt->icmp.code);
  if (attempt->end == PL_END_LOCAL && attempt->error != 0)
    pl_buf_addf(text, ": %s", strerrordesc_np(attempt->error));
  if (attempt->certificate.time == PL_CERTIFICATE_EXPIRED ||
      attempt->certificate.time == PL_CERTIFICATE_NOT_YET)
    pl_buf_add(text, " after a certificate that is out of date");
}

/* ---- findings ------------------------------------------------------------------------------- */

/* An interception is UNKNOWN at least: something answers in the provider's place. */
static pl_severity unproven_severity(const pl_case *c, pl_reason reason) {
  pl_severity severity = c->spec->on_unproven;
  return reason == PL_REASON_PUBLIC_INTERCEPTED ? pl_severity_worst(severity, PL_SEVERITY_UNKNOWN)
                                                : severity;
}

/* Nothing public answers at all, which needs other advice than one failure. */
static bool no_egress_path(const pl_case *c) {
  for (size_t i = 0; i < c->facts->public_dns_count; i++) {
    if (pl_dns_outcome_definite(c->facts->public_dns[i].outcome))
      return false;
  }
  for (size_t i = 0; i < c->facts->witness_count; i++) {
    if (c->facts->witnesses[i].before.verified || c->facts->witnesses[i].after.verified)
      return false;
  }
  return true;
}

#define UNPROVEN_PREFIX "public endpoint UNPROVEN: "

static pl_finding *add_unproven(pl_case *c, pl_reason reason, const pl_addr *address,
                                const char *text) {
  pl_finding *finding =
      pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, reason, unproven_severity(c, reason), address,
                     UNPROVEN_PREFIX "%s", text);
  if (finding != NULL && no_egress_path(c))
    finding->hint = "this host has no egress path: run --check state,dns,port here, and "
                    "--check public where there is one";
  /* With --on-unproven ok nothing is worse than OK, but the reason is still reported. */
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PUBLIC];
  if (of_check->reason == PL_REASON_NONE)
    of_check->reason = reason;
  return finding;
}

/* The severity of an open address that is meant to be reachable. */
static pl_severity reachable_severity(const pl_case *c, const pl_target *target) {
  const pl_attempt_result *attempt = telling_attempt(target);
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
           attempt->http_status < 500 && pl_public_match(c, attempt) == NULL;
    break;
  }
  return fine ? PL_SEVERITY_OK : PL_SEVERITY_WARNING;
}

/* Advice for a special case; NULL where the reason's own hint is right. */
static const char *special_hint(const pl_case *c, const pl_target *target, pl_reason reason) {
  if (target->is_own && reason == PL_REASON_PUBLIC_LOCAL_FAILURE)
    return "the public name leads to this host itself: run the public check elsewhere";
  if (reason == PL_REASON_PUBLIC_AMBIGUOUS && pl_public_side(c) == PL_SIDE_UP &&
      pl_attempt_answered(telling_attempt(target)))
    return "the private side shows the same, or was not asked for an answer: name a --path that it "
           "answers with 401 or below 400 without a key, or the provider's own block answer with "
           "--blocked-by";
  return NULL;
}

static void add_target_result(pl_case *c, const pl_target *target, pl_public_result result) {
  bool reachable = c->spec->expect_public == PL_EXPECT_REACHABLE;
  char storage[PL_LIMIT_TEXT], address[PL_ADDR_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_addr_format(&target->address, address);
  pl_buf_addf(&text, "%s %s ", c->spec->public_name, address);
  if (target->attempt_count > 0)
    add_what_was_seen(&text, target);
  else
    pl_buf_add(&text, "was not tried");
  if (target->is_own)
    pl_buf_add(&text, "; the address is one of this host's own");
  pl_severity severity;
  pl_finding *finding;
  switch (result.class) {
  case PL_PUBLIC_OPEN:
    severity = reachable ? reachable_severity(c, target) : PL_SEVERITY_CRITICAL;
    finding = pl_verdict_add(c->verdict, PL_CHECK_PUBLIC,
                             severity == PL_SEVERITY_OK ? PL_REASON_NONE : PL_REASON_PUBLIC_OPEN,
                             severity, &target->address, "public endpoint OPEN: %s", storage);
    if (finding != NULL && reachable && severity != PL_SEVERITY_OK)
      finding->hint = "it can be reached, but does not serve: check its status and certificate, "
                      "and ask the provider";
    break;
  case PL_PUBLIC_BLOCKED:
    severity = reachable ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK;
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC,
                   reachable ? PL_REASON_PUBLIC_BLOCKED : PL_REASON_NONE, severity,
                   &target->address, "public endpoint BLOCKED: %s", storage);
    break;
  case PL_PUBLIC_UNPROVEN:
    finding = add_unproven(c, result.reason, &target->address, storage);
    if (finding != NULL && finding->hint == NULL)
      finding->hint = special_hint(c, target, result.reason);
    break;
  }
}

/* ---- the set of addresses ------------------------------------------------------------------- */

/* Whether at least one resolver gave a definite and complete answer for the type. */
static bool complete(const pl_facts *facts, pl_dns_type type) {
  bool found = false;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->answers.truncated)
      return false;
    found = found || (fact->type == type && pl_dns_outcome_definite(fact->outcome));
  }
  return found;
}

/* NXDOMAIN is about the name at the end of the aliases (RFC 2308 2.1, RFC 6604 2): an
 * alias exists, and a new owner of its target can open it again. */
static bool all_nxdomain(const pl_facts *facts) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->outcome != PL_DNS_NXDOMAIN || fact->canonical[0] != '\0')
      return false;
  }
  return facts->public_dns_count > 0;
}

/* The target of an alias that does not exist; NULL where there is none. */
static const char *dangling_alias(const pl_facts *facts) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->outcome == PL_DNS_NXDOMAIN && fact->canonical[0] != '\0')
      return fact->canonical;
  }
  return NULL;
}

static const char *failure_of(const pl_dns_fact *fact) {
  if (fact->answers.truncated)
    return "too many addresses";
  return pl_dns_outcome_definite(fact->outcome) ? NULL : pl_dns_outcome_name(fact->outcome);
}

/* Both types of a resolver are next to each other: the same failure of both is named once. */
static void add_failed_resolvers(const pl_facts *facts, pl_buf *text) {
  const pl_dns_fact *before = NULL;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    const char *failure = failure_of(fact);
    bool named = before != NULL && before->outcome == fact->outcome &&
                 pl_addr_equal(&before->resolver.address, &fact->resolver.address);
    before = failure != NULL ? fact : NULL;
    if (failure == NULL || named)
      continue;
    char address[PL_ADDR_TEXT];
    pl_buf_addf(text, "; resolver %s: %s", pl_addr_format(&fact->resolver.address, address),
                failure);
  }
}

static bool any_public_path(const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role == PL_ROLE_PUBLIC)
      return true;
  }
  return false;
}

/* A block needs the complete set: an address that no resolver named may be open. To be reachable,
 * the known addresses are enough. */
static bool judge_completeness(pl_case *c) {
  bool a = complete(c->facts, PL_DNS_A), aaaa = complete(c->facts, PL_DNS_AAAA);
  if (a && aaaa)
    return true;
  if (c->spec->expect_public == PL_EXPECT_REACHABLE && any_public_path(c->facts))
    return true;
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_buf_addf(&text, "public DNS gives no complete answer for %s%s%s of %s", a ? "" : "A",
              !a && !aaaa ? " and " : "", aaaa ? "" : "AAAA", c->spec->public_name);
  add_failed_resolvers(c->facts, &text);
  add_unproven(c, PL_REASON_PUBLIC_DNS, NULL, storage);
  return false;
}

/* What happens to an address that DNS or the user names. */
typedef enum disposition {
  DISPOSITION_JUDGED,   /* must have been tried */
  DISPOSITION_LEFT_OUT, /* not a public address, or the endpoint's own */
  DISPOSITION_FAMILY,   /* this host has no address or route of the family */
  DISPOSITION_OPTION,   /* -4 or -6 */
  DISPOSITION_NAT64,    /* IPv4 from a host without it, and the NAT64 prefix is not known */
} disposition;

static const pl_target *target_of(const pl_facts *facts, const pl_addr *address) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && pl_addr_equal(&target->address, address))
      return target;
  }
  return NULL;
}

static disposition disposition_of(const pl_case *c, const pl_addr *address) {
  const pl_facts *facts = c->facts;
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC ||
      pl_endpoint_has_address(facts->endpoint, address))
    return DISPOSITION_LEFT_OUT;
  if (target_of(facts, address) != NULL)
    return DISPOSITION_JUDGED;
  bool ipv4 = address->family == PL_FAMILY_IPV4;
  if (ipv4 ? c->spec->ipv6_only : c->spec->ipv4_only)
    return DISPOSITION_OPTION;
  if ((ipv4 ? facts->ipv4 : facts->ipv6) == PL_FAMILY_USABLE)
    return DISPOSITION_JUDGED;
  if (ipv4 && facts->nat64 == PL_NAT64_UNKNOWN)
    return DISPOSITION_NAT64;
  return ipv4 && facts->nat64 == PL_NAT64_FOUND ? DISPOSITION_JUDGED : DISPOSITION_FAMILY;
}

/* Which addresses were not judged. */
typedef struct omissions {
  bool ipv4, ipv6; /* left out: this host can't use the family */
  bool unproven;   /* one should have been tried, and was not */
} omissions;

static void judge_disposition(pl_case *c, const pl_addr *address, omissions *gaps) {
  char text[PL_ADDR_TEXT], line[PL_LIMIT_TEXT];
  pl_addr_format(address, text);
  pl_buf buf;
  pl_buf_fixed(&buf, line, sizeof(line));
  switch (disposition_of(c, address)) {
  case DISPOSITION_JUDGED:
    if (target_of(c->facts, address) != NULL)
      return;
    pl_buf_addf(&buf, "%s %s was not tried", c->spec->public_name, text);
    add_unproven(c, PL_REASON_PUBLIC_LOCAL_FAILURE, address, line);
    gaps->unproven = true;
    return;
  case DISPOSITION_NAT64:
    pl_buf_addf(&buf, "%s %s: this host has no IPv4, and no resolver says whether there is NAT64",
                c->spec->public_name, text);
    add_unproven(c, PL_REASON_PUBLIC_LOCAL_FAILURE, address, line);
    gaps->unproven = true;
    return;
  case DISPOSITION_LEFT_OUT:
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, address,
                   "%s is left out: %s", text,
                   pl_endpoint_has_address(c->facts->endpoint, address)
                       ? "the endpoint's own"
                       : pl_addr_class_name(pl_addr_classify(address)));
    return;
  case DISPOSITION_FAMILY:
    gaps->ipv4 = gaps->ipv4 || address->family == PL_FAMILY_IPV4;
    gaps->ipv6 = gaps->ipv6 || address->family == PL_FAMILY_IPV6;
    return;
  case DISPOSITION_OPTION:
    return;
  }
}

static omissions judge_addresses(pl_case *c) {
  omissions found = {0};
  const pl_facts *facts = c->facts;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    for (size_t j = 0; j < facts->public_dns[i].answers.count; j++) {
      const pl_addr *address = &facts->public_dns[i].answers.items[j];
      if (!pl_dns_names(facts->public_dns, i, address))
        judge_disposition(c, address, &found);
    }
  }
  for (size_t i = 0; i < c->spec->public_addresses.count; i++) {
    const pl_addr *address = &c->spec->public_addresses.items[i].address;
    if (!pl_dns_names(facts->public_dns, facts->public_dns_count, address))
      judge_disposition(c, address, &found);
  }
  return found;
}

/* ---- the check ------------------------------------------------------------------------------ */

/* No address was judged, although DNS answered completely. */
static pl_public_result judge_nothing(pl_case *c) {
  bool gone = all_nxdomain(c->facts);
  pl_public_result result = gone ? pl_public_judge_gone(c) : unproven(PL_REASON_PUBLIC_NO_ADDRESS);
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  const char *alias = dangling_alias(c->facts);
  if (alias != NULL)
    pl_buf_addf(&text, "%s is an alias of %s, which does not exist: that proves no block",
                c->spec->public_name, alias);
  else
    pl_buf_addf(&text, "%s %s", c->spec->public_name,
                gone ? "does not exist for any public resolver" : "has no public address to judge");
  if (result.class == PL_PUBLIC_UNPROVEN) {
    pl_finding *finding = add_unproven(c, result.reason, NULL, storage);
    if (finding != NULL && finding->hint == NULL && alias != NULL)
      finding->hint = "a new owner of the alias' target can open it again: ask the provider to "
                      "remove the alias itself";
  } else if (c->spec->expect_public == PL_EXPECT_REACHABLE)
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_BLOCKED, PL_SEVERITY_CRITICAL,
                   NULL, "public endpoint BLOCKED: %s", storage);
  else
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "public endpoint BLOCKED: %s", storage);
  return result;
}

static pl_public_result judge_targets(pl_case *c, pl_public_result worst) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target *target = &c->facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC)
      continue;
    pl_public_result result = pl_public_judge_target(c, target);
    c->verdict->targets[i] = (pl_target_verdict){
        .judged = true, .public_class = (uint8_t)result.class, .reason = (uint8_t)result.reason};
    c->verdict->public_addresses++;
    c->verdict->public_open += result.class == PL_PUBLIC_OPEN;
    add_target_result(c, target, result);
    worst = pl_public_result_worse(worst, result);
  }
  return worst;
}

/* How the first blocked address failed, and what proves that it is a block. */
static void add_proof(const pl_case *c, pl_buf *summary) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target *target = &c->facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC || target->attempt_count == 0)
      continue;
    const pl_attempt_result *attempt = telling_attempt(target);
    pl_buf_add(summary, ": ");
    if (attempt->end == PL_END_SILENT)
      pl_buf_add(summary, "nothing answered");
    else
      add_what_was_seen(summary, target);
    const pl_witness *witness = pl_attempt_answered(attempt) ? NULL : pl_public_witness(c, target);
    if (witness != NULL)
      pl_buf_addf(summary, ", while witness %s did before and after", witness->host);
    else if (pl_public_counter_proof(c))
      pl_buf_add(summary, ", while the private side answers without credentials");
    return;
  }
}

/* What is unproven, and why; the worst finding may be about another address that is blocked. */
static const char *unproven_text(const pl_case *c) {
  size_t prefix = strlen(UNPROVEN_PREFIX);
  const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_PUBLIC);
  if (worst != NULL && strncmp(worst->text, UNPROVEN_PREFIX, prefix) == 0)
    return worst->text + prefix;
  for (size_t i = 0; i < c->verdict->finding_count; i++) {
    const char *text = c->verdict->findings[i].text;
    if (strncmp(text, UNPROVEN_PREFIX, prefix) == 0)
      return text + prefix;
  }
  return pl_reason_meaning(c->verdict->checks[PL_CHECK_PUBLIC].reason);
}

static void summarise(pl_case *c, const omissions *gaps) {
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PUBLIC];
  pl_buf summary;
  pl_buf_fixed(&summary, of_check->summary, sizeof(of_check->summary));
  pl_buf_add(&summary, c->spec->ipv4_only   ? "IPv4 only: "
                       : c->spec->ipv6_only ? "IPv6 only: "
                                            : "");
  size_t addresses = c->verdict->public_addresses;
  const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_PUBLIC);
  switch (c->verdict->public_verdict) {
  case PL_PUBLIC_OPEN:
    pl_buf_addf(&summary, "%zu/%zu addresses open", c->verdict->public_open, addresses);
    /* Open is expected here, so the fault is another one. */
    if (c->spec->expect_public == PL_EXPECT_REACHABLE && of_check->severity != PL_SEVERITY_OK &&
        worst != NULL)
      pl_buf_addf(&summary, "; %s", worst->text);
    break;
  case PL_PUBLIC_UNPROVEN:
    pl_buf_addf(&summary, "UNPROVEN: %s", unproven_text(c));
    break;
  case PL_PUBLIC_BLOCKED:
    if (addresses == 0)
      pl_buf_addf(&summary, "blocked: %s does not exist", c->spec->public_name);
    else
      pl_buf_addf(&summary, "%zu/%zu addresses blocked", addresses, addresses);
    pl_buf_add(&summary, ", proven from this host over this egress path");
    add_proof(c, &summary);
    add_failed_resolvers(c->facts, &summary);
    break;
  }
  if (gaps->ipv6)
    pl_buf_add(&summary, "; IPv6 not judged: none here");
  if (gaps->ipv4)
    pl_buf_add(&summary, "; IPv4 not judged: none here");
}

void pl_judge_public(pl_case *c) {
  pl_public_result worst = blocked;
  if (!judge_completeness(c))
    worst = unproven(PL_REASON_PUBLIC_DNS);
  omissions found = judge_addresses(c);
  if (found.unproven)
    worst = pl_public_result_worse(worst, unproven(PL_REASON_PUBLIC_LOCAL_FAILURE));
  worst = judge_targets(c, worst);
  if (c->verdict->public_addresses == 0 && worst.class == PL_PUBLIC_BLOCKED)
    worst = judge_nothing(c);
  c->verdict->public_verdict = worst.class;
  summarise(c, &found);
}
