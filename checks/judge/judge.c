/* Calls the judge of each check, then collects the metrics and applies the thresholds. */
#include "judge/judge.h"
#include "judge/metrics_collect.h"
#include "judge/thresholds.h"
#include <string.h>

/* The round could not be run, so nothing is known. The public check is unproven then, and
 * --on-unproven sets its severity. */
static void judge_local_problem(pl_case *c) {
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    pl_check_verdict *of_check = &c->verdict->checks[check];
    if (!of_check->ran)
      continue;
    bool is_public = check == PL_CHECK_PUBLIC;
    pl_reason reason = pl_reason_local_failure((pl_check)check);
    pl_verdict_add(c->verdict, (pl_check)check, reason,
                   is_public ? c->spec->on_unproven : PL_SEVERITY_UNKNOWN, NULL, "%s%s",
                   is_public ? "public endpoint UNPROVEN: " : "", c->facts->local_problem);
    of_check->reason = reason;
    pl_text_setf(of_check->summary, sizeof(of_check->summary), "%s%s",
                 is_public ? "UNPROVEN: " : "", c->facts->local_problem);
  }
}

static void judge_checks(pl_case *c) {
  static const struct {
    pl_check check;
    void (*judge)(pl_case *c);
  } turns[PL_CHECK_COUNT] = {
#define PL_CHECK(id, name, turn, ...) [turn] = {PL_CHECK_##id, pl_judge_##name},
#include "facts/checks.def"
#undef PL_CHECK
  };
  for (size_t i = 0; i < PL_CHECK_COUNT; i++) {
    if (c->verdict->checks[turns[i].check].ran)
      turns[i].judge(c);
  }
}

void pl_judge(const pl_spec *spec, const pl_facts *facts, int64_t wall_now,
              pl_verdict *ret_verdict) {
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  ret_verdict->public_verdict = PL_PUBLIC_UNPROVEN;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    ret_verdict->checks[check].ran = pl_spec_runs(spec, (pl_check)check);
  pl_case c = {.spec = spec, .facts = facts, .now = wall_now, .verdict = ret_verdict};
  if (facts->local_problem[0] != '\0')
    judge_local_problem(&c);
  else
    judge_checks(&c);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (!ret_verdict->checks[check].ran)
      ret_verdict->checks[check] = (pl_check_verdict){0};
  }
  pl_metrics_collect(&c);
  pl_thresholds_apply(spec, facts->endpoint != NULL ? facts->endpoint->region : NULL, ret_verdict);
  pl_verdict_conclude(ret_verdict);
}

void pl_judge_unusable(const char *problem, pl_verdict *ret_verdict) {
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  ret_verdict->public_verdict = PL_PUBLIC_UNPROVEN;
  ret_verdict->severity = PL_SEVERITY_UNKNOWN;
  ret_verdict->worst = PL_CHECK_COUNT;
  pl_finding *finding = &ret_verdict->findings[ret_verdict->finding_count++];
  *finding = (pl_finding){
      .check = PL_CHECK_COUNT, .reason = PL_REASON_USAGE, .severity = PL_SEVERITY_UNKNOWN};
  pl_text_set(finding->text, sizeof(finding->text), problem);
}
