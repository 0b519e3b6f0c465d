/* public: is the public endpoint blocked, open, or is neither proven?
 *
 * `blocked` needs a listed sign at every address of a complete answer of public DNS, and every
 * required rival of that sign ruled out or accepted. Whatever does not fit is unproven.
 */
#include "judge/public/findings.h"
#include "judge/public/rivals.h"
#include "judge/public/set.h"
#include "judge/public/words.h"

/* Of all addresses: open before unproven before blocked; of equals the first. */
typedef struct outcome {
  pl_public class;
  pl_reason reason;
} outcome;

static void take(outcome *worst, pl_public class, pl_reason reason) {
  static const int rank[] = {
      [PL_PUBLIC_BLOCKED] = 0, [PL_PUBLIC_UNPROVEN] = 1, [PL_PUBLIC_OPEN] = 2};
  if (rank[class] > rank[worst->class])
    *worst = (outcome){class, reason};
}

/* ---- one sign ------------------------------------------------------------------------------- */

/* Turns a sign that is not proven into unproven. Returns the rival that stands. */
static pl_rival_id prove(pl_case *c, const pl_target *target, pl_seen *seen) {
  if (seen->class != PL_PUBLIC_BLOCKED)
    return PL_RIVAL_COUNT;
  c->verdict->public_signs += target != NULL;
  c->verdict->signs |= pl_sign_bit(c->spec, seen->signature);
  pl_rival_verdict rivals[PL_RIVAL_COUNT];
  pl_proof_case proof = {.round = c, .target = target, .seen = *seen};
  pl_rival_id rival = pl_rivals_judge(&proof, rivals);
  pl_rivals_merge(c->verdict->rivals, rivals);
  if (rival != PL_RIVAL_COUNT) {
    seen->class = PL_PUBLIC_UNPROVEN;
    seen->reason = pl_rival_at(rival)->reason;
  }
  return rival;
}

static void judge_target(pl_case *c, size_t i, outcome *worst) {
  const pl_target *target = &c->facts->targets[i];
  if (!pl_facts_has_public(c->facts, target))
    return;
  pl_seen seen = pl_sign_of_target(c, target);
  pl_rival_id rival = prove(c, target, &seen);
  c->verdict->targets[i] = (pl_target_verdict){
      .judged = true, .public_class = (uint8_t)seen.class, .reason = (uint8_t)seen.reason};
  c->verdict->public_addresses++;
  c->verdict->public_open += seen.class == PL_PUBLIC_OPEN;
  pl_public_add_result(c, target, &seen, rival);
  take(worst, seen.class, seen.reason);
}

/* The clients' own form of the request can be open where ours is not. Other controls decide nothing
 * by themselves. */
static void judge_agent(pl_case *c, size_t i, outcome *worst) {
  const pl_target *target = &c->facts->targets[i];
  pl_seen seen = pl_sign_of_target(c, target);
  if (target->attempt_count == 0 || seen.class != PL_PUBLIC_OPEN)
    return;
  for (size_t k = 0; k < c->facts->target_count; k++) {
    pl_target_verdict *verdict = &c->verdict->targets[k];
    if (c->facts->targets[k].role != PL_ROLE_PUBLIC || verdict->public_class == PL_PUBLIC_OPEN ||
        !pl_addr_equal(&c->facts->targets[k].address, &target->address))
      continue;
    verdict->public_class = PL_PUBLIC_OPEN;
    c->verdict->public_open++;
  }
  pl_public_add_result(c, target, &seen, PL_RIVAL_COUNT);
  take(worst, seen.class, seen.reason);
}

static void judge_targets(pl_case *c, outcome *worst) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    if (c->facts->targets[i].role == PL_ROLE_PUBLIC)
      judge_target(c, i, worst);
    else if (c->facts->targets[i].role == PL_ROLE_AGENT)
      judge_agent(c, i, worst);
  }
}

/* ---- no address ----------------------------------------------------------------------------- */

static const char alias_hint[] = "a person who registers the alias' target can open it again: have "
                                 "the provider remove the alias itself";

/* No address was judged, though DNS answered completely. */
static void judge_nothing(pl_case *c, outcome *worst) {
  bool missing = pl_public_set_is_missing(c->facts);
  pl_seen seen = {.class = PL_PUBLIC_UNPROVEN, .reason = PL_REASON_PUBLIC_NO_ADDRESS};
  if (missing)
    seen = pl_sign_of_missing_name(c);
  pl_rival_id rival = prove(c, NULL, &seen);
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  const char *alias = pl_public_set_dangling(c->facts);
  if (alias != NULL)
    pl_buf_addf(&text, "%s is an alias of %s, which does not exist: that proves no block",
                c->spec->public_name, alias);
  else
    pl_buf_addf(&text, "%s %s", c->spec->public_name,
                missing ? "does not exist for any public resolver"
                        : "has no public address to judge");
  bool reachable = c->spec->expect_public == PL_EXPECT_REACHABLE;
  if (seen.class == PL_PUBLIC_BLOCKED) {
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC,
                   reachable ? PL_REASON_PUBLIC_BLOCKED : PL_REASON_NONE,
                   reachable ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK, NULL,
                   "public endpoint BLOCKED: %s", storage);
  } else {
    if (rival != PL_RIVAL_COUNT)
      pl_buf_addf(&text, "; not ruled out: %s (%s)", pl_rival_at(rival)->key,
                  pl_rival_at(rival)->explanation);
    pl_finding *finding = pl_public_add_unproven(c, seen.reason, NULL, storage);
    if (finding != NULL && finding->hint == NULL)
      finding->hint = alias != NULL             ? alias_hint
                      : rival != PL_RIVAL_COUNT ? pl_rival_at(rival)->next_step
                                                : NULL;
  }
  *worst = (outcome){seen.class, seen.reason};
}

/* ---- the check ------------------------------------------------------------------------------ */

static void summarise_open(const pl_case *c, pl_buf *summary) {
  const pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PUBLIC];
  const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_PUBLIC);
  pl_buf_addf(summary, "%zu/%zu addresses open", c->verdict->public_open,
              c->verdict->public_addresses);
  /* Where open is what is wanted, what is wrong is something else. */
  if (c->spec->expect_public == PL_EXPECT_REACHABLE && of_check->severity != PL_SEVERITY_OK &&
      worst != NULL)
    pl_buf_addf(summary, "; %s", worst->text);
}

static void summarise_blocked(const pl_case *c, pl_buf *summary) {
  size_t addresses = c->verdict->public_addresses;
  if (addresses == 0)
    pl_buf_addf(summary, "blocked, from this host over this egress path: %s does not exist",
                c->spec->public_name);
  else
    pl_buf_addf(summary, "%zu/%zu blocked, from this host over this egress path: ", addresses,
                addresses);
  if (addresses > 0)
    pl_public_add_signs(summary, c);
  pl_buf_add(summary, "; ");
  pl_public_add_rivals(summary, c);
  pl_public_set_add_failures(c->facts, PL_LIMIT_SUMMARY, summary);
}

static void summarise(pl_case *c, const pl_public_gaps *gaps) {
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PUBLIC];
  pl_buf summary;
  pl_buf_fixed(&summary, of_check->summary, sizeof(of_check->summary));
  if (c->spec->ipv4_only || c->spec->ipv6_only)
    pl_buf_add(&summary, c->spec->ipv4_only ? "IPv4 only: " : "IPv6 only: ");
  switch (c->verdict->public_verdict) {
  case PL_PUBLIC_OPEN:
    summarise_open(c, &summary);
    break;
  case PL_PUBLIC_UNPROVEN:
    pl_buf_addf(&summary, "UNPROVEN: %s", pl_public_unproven_text(c));
    break;
  case PL_PUBLIC_BLOCKED:
    summarise_blocked(c, &summary);
    break;
  }
  if (gaps->ipv6)
    pl_buf_add(&summary, "; IPv6 not judged: none here");
  if (gaps->ipv4)
    pl_buf_add(&summary, "; IPv4 not judged: none here");
}

void pl_judge_public(pl_case *c) {
  outcome worst = {PL_PUBLIC_BLOCKED, PL_REASON_NONE};
  pl_public_gaps gaps = pl_public_set_judge(c);
  if (gaps.reason != PL_REASON_NONE)
    take(&worst, PL_PUBLIC_UNPROVEN, gaps.reason);
  judge_targets(c, &worst);
  if (c->verdict->public_addresses == 0 && worst.class == PL_PUBLIC_BLOCKED)
    judge_nothing(c, &worst);
  c->verdict->public_verdict = worst.class;
  summarise(c, &gaps);
}
