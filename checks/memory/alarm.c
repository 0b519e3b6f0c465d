/* The public alarm: what ends it, and what a verdict becomes while it is on, or not known. */
#include "memory/alarm.h"
#include <string.h>

void pl_alarm_step(pl_alarm *alarm, const pl_spec *spec, pl_public verdict) {
  switch (verdict) {
  case PL_PUBLIC_OPEN:
    alarm->blocks = 0;
    alarm->unsettled = true;
    if (spec->expect_public == PL_EXPECT_BLOCKED)
      alarm->state = PL_ALARM_ON;
    return;
  case PL_PUBLIC_UNPROVEN:
    alarm->blocks = 0;
    alarm->unsettled = true;
    return;
  case PL_PUBLIC_BLOCKED:
    if (alarm->blocks < spec->recovery)
      alarm->blocks++;
    if (alarm->blocks < spec->recovery)
      return;
    alarm->state = PL_ALARM_OFF;
    alarm->unsettled = false;
    return;
  }
}

pl_alarm pl_alarm_worse(const pl_alarm *a, const pl_alarm *b) {
  static const int rank[] = {[PL_ALARM_OFF] = 0, [PL_ALARM_UNKNOWN] = 1, [PL_ALARM_ON] = 2};
  if (rank[a->state] != rank[b->state])
    return rank[a->state] > rank[b->state] ? *a : *b;
  pl_alarm alarm = a->blocks <= b->blocks ? *a : *b;
  alarm.unsettled = a->unsettled || b->unsettled;
  return alarm;
}

static void begin_summary(pl_check_verdict *of_check, const char *prefix, const pl_spec *spec,
                          const pl_alarm *alarm) {
  char summary[sizeof(of_check->summary)];
  pl_text_setf(summary, sizeof(summary), "%s, %u of %u blocks proven since: %s", prefix,
               alarm->blocks, spec->recovery, of_check->summary);
  memcpy(of_check->summary, summary, sizeof(summary));
}

/* `verdict` is blocked or unproven. Neither is less than the alarm, until enough blocks are proven.
 */
static void hold_open(const pl_spec *spec, const pl_alarm *alarm, pl_verdict *verdict) {
  pl_check_verdict *of_check = &verdict->checks[PL_CHECK_PUBLIC];
  begin_summary(of_check, "was open", spec, alarm);
  if (verdict->public_verdict == PL_PUBLIC_UNPROVEN)
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_OPEN, PL_SEVERITY_CRITICAL, NULL,
                   "public endpoint %s", of_check->summary);
  of_check->severity = PL_SEVERITY_CRITICAL;
  of_check->reason = PL_REASON_PUBLIC_OPEN;
}

/* `verdict` is blocked or unproven. */
static void hold_unproven(const pl_spec *spec, const pl_alarm *alarm, pl_verdict *verdict) {
  pl_check_verdict *of_check = &verdict->checks[PL_CHECK_PUBLIC];
  bool unknown = alarm->state == PL_ALARM_UNKNOWN;
  pl_reason reason = unknown ? PL_REASON_PUBLIC_MEMORY : PL_REASON_PUBLIC_MOMENT;
  pl_severity severity = spec->on_unproven;
  if (unknown)
    severity = pl_severity_worst(severity, PL_SEVERITY_UNKNOWN);
  const char *why =
      unknown ? "what earlier rounds found is not known" : "an earlier round proved no block";
  pl_verdict_add(verdict, PL_CHECK_PUBLIC, reason, severity, NULL,
                 "public endpoint UNPROVEN: %s, and only %u of %u blocks are proven since", why,
                 alarm->blocks, spec->recovery);
  if (of_check->reason == PL_REASON_NONE)
    of_check->reason = reason;
  if (verdict->public_verdict == PL_PUBLIC_BLOCKED)
    begin_summary(of_check,
                  unknown ? "UNPROVEN: what earlier rounds found is not known"
                          : "UNPROVEN: an earlier round proved no block",
                  spec, alarm);
  verdict->public_verdict = PL_PUBLIC_UNPROVEN;
  pl_metrics_set(&verdict->metrics, PL_METRIC_PUBLIC_VERDICT, PL_PUBLIC_UNPROVEN);
}

void pl_alarm_take(pl_memory_store *store, const pl_spec *spec, const pl_moment *now,
                   pl_verdict *verdict) {
  pl_alarm *alarm = &store->alarm;
  pl_public seen = verdict->public_verdict;
  if (!verdict->checks[PL_CHECK_PUBLIC].ran)
    return;
  pl_alarm_step(alarm, spec, seen);
  if (seen != PL_PUBLIC_UNPROVEN)
    store->proven = pl_stamp_of(now);
  bool expected = spec->expect_public == PL_EXPECT_BLOCKED;
  if (expected && seen != PL_PUBLIC_OPEN) {
    if (alarm->state == PL_ALARM_ON)
      hold_open(spec, alarm, verdict);
    else if (alarm->state == PL_ALARM_UNKNOWN || (alarm->unsettled && seen == PL_PUBLIC_BLOCKED))
      hold_unproven(spec, alarm, verdict);
  }
  if (!expected || alarm->state != PL_ALARM_UNKNOWN)
    pl_metrics_set(&verdict->metrics, PL_METRIC_PUBLIC_ALARM,
                   expected && alarm->state == PL_ALARM_ON ? 1 : 0);
  int64_t age = pl_stamp_age(&store->proven, now);
  if (age != PL_STAMP_NO_AGE)
    pl_metrics_set(&verdict->metrics, PL_METRIC_PUBLIC_PROOF_AGE, (double)age);
}
