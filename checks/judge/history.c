/* What the plugin keeps from round to round: the public alarm, and changes to announce. */
#include "judge/history.h"
#include "judge/thresholds.h"
#include <string.h>

void pl_history_init(pl_history *history) { *history = (pl_history){.proven = PL_NSEC_UNKNOWN}; }

/* ---- the alarm ------------------------------------------------------------------------------ */

static void step_alarm(pl_history *history, const pl_spec *spec, unsigned recovery, pl_nsec now,
                       const pl_verdict *verdict) {
  switch (verdict->public_verdict) {
  case PL_PUBLIC_OPEN:
    history->proven = now;
    history->blocks = 0;
    history->alarm = spec->expect_public == PL_EXPECT_BLOCKED;
    return;
  case PL_PUBLIC_BLOCKED:
    history->proven = now;
    history->blocks++;
    if (history->blocks >= recovery)
      history->alarm = false;
    return;
  case PL_PUBLIC_UNPROVEN:
    return;
  }
}

/* The severity, reason and summary of the public check while the alarm is on. */
static void hold_alarm(const pl_history *history, unsigned recovery, pl_verdict *verdict) {
  pl_check_verdict *of_check = &verdict->checks[PL_CHECK_PUBLIC];
  if (!history->alarm || verdict->public_verdict == PL_PUBLIC_OPEN)
    return;
  if (of_check->severity < PL_SEVERITY_CRITICAL)
    of_check->severity = PL_SEVERITY_CRITICAL;
  if (of_check->reason == PL_REASON_NONE)
    of_check->reason = PL_REASON_PUBLIC_OPEN;
  char summary[sizeof(of_check->summary)];
  pl_buf text;
  pl_buf_fixed(&text, summary, sizeof(summary));
  pl_buf_addf(&text, "was open, %u of %u blocks proven since: %s", history->blocks, recovery,
              of_check->summary);
  memcpy(of_check->summary, summary, sizeof(summary));
}

static void set_metrics(const pl_history *history, const pl_spec *spec, pl_nsec now,
                        pl_verdict *verdict) {
  pl_metrics *metrics = &verdict->metrics;
  pl_metrics_set(metrics, PL_METRIC_PUBLIC_ALARM, history->alarm ? 1 : 0);
  if (history->proven != PL_NSEC_UNKNOWN)
    pl_metrics_set(metrics, PL_METRIC_PUBLIC_PROOF_AGE, pl_seconds(now - history->proven));
  pl_thresholds_apply_history(spec, verdict);
}

/* ---- changes -------------------------------------------------------------------------------- */

pl_check pl_history_cause(const pl_verdict *verdict, pl_check check) {
  static const struct {
    pl_check check;
    pl_reason reason;
    pl_check cause;
  } rules[] = {
      {PL_CHECK_PORT, PL_REASON_PORT_NO_ADDRESS, PL_CHECK_DNS},
      {PL_CHECK_PUBLIC, PL_REASON_PUBLIC_SERVICE_DOWN, PL_CHECK_PORT},
      {PL_CHECK_PUBLIC, PL_REASON_PUBLIC_SERVICE_DOWN, PL_CHECK_DNS},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rules); i++) {
    if (rules[i].check == check && verdict->checks[check].reason == rules[i].reason &&
        verdict->checks[rules[i].cause].severity != PL_SEVERITY_OK)
      return rules[i].cause;
  }
  return PL_CHECK_COUNT;
}

static bool is_changed(const pl_history *history, pl_check check, pl_severity severity,
                       const pl_verdict *verdict) {
  bool changed = severity != history->subjects[check].severity;
  if (!history->subjects[check].seen || check != PL_CHECK_PUBLIC)
    return changed;
  if (history->alarm && verdict->public_verdict == PL_PUBLIC_BLOCKED)
    return false; /* announced when the alarm ends */
  return changed || verdict->public_verdict != history->public_verdict;
}

/* Whether a change must wait: for its cause to end, or for more rounds that confirm it. */
static bool must_wait(pl_history *history, pl_check check, unsigned confirm,
                      const pl_verdict *verdict) {
  if (check == PL_HISTORY_CONFIGURATION)
    return false;
  if (pl_history_cause(verdict, check) != PL_CHECK_COUNT)
    return true;
  history->subjects[check].changed++;
  return check != PL_CHECK_PUBLIC && history->subjects[check].changed < confirm;
}

static void take_subject(pl_history *history, pl_check check, pl_severity severity,
                         unsigned confirm, pl_nsec now, const pl_verdict *verdict,
                         pl_notices *notices) {
  bool seen = history->subjects[check].seen;
  bool changed = is_changed(history, check, severity, verdict);
  if (changed && must_wait(history, check, confirm, verdict))
    return;
  history->subjects[check].changed = 0;
  if (changed)
    notices->items[notices->count++] = (pl_notice){
        .check = check,
        .severity = severity,
        .before = history->subjects[check].severity,
        .lasted = seen ? now - history->subjects[check].since : PL_NSEC_UNKNOWN,
    };
  if (seen && !changed)
    return;
  history->subjects[check].seen = true;
  history->subjects[check].severity = severity;
  history->subjects[check].since = now;
  if (check == PL_CHECK_PUBLIC)
    history->public_verdict = verdict->public_verdict;
}

void pl_history_take(pl_history *history, const pl_spec *spec, unsigned recovery, pl_nsec now,
                     pl_verdict *verdict, pl_notices *ret_notices) {
  bool usable = verdict->worst != PL_CHECK_COUNT;
  if (usable && verdict->checks[PL_CHECK_PUBLIC].ran) {
    step_alarm(history, spec, recovery, now, verdict);
    hold_alarm(history, recovery, verdict);
  }
  if (usable)
    set_metrics(history, spec, now, verdict);
  ret_notices->count = 0;
  unsigned confirm = spec != NULL ? spec->confirm : 1;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (verdict->checks[check].ran)
      take_subject(history, (pl_check)check, verdict->checks[check].severity, confirm, now, verdict,
                   ret_notices);
  }
  take_subject(history, PL_HISTORY_CONFIGURATION, usable ? PL_SEVERITY_OK : PL_SEVERITY_UNKNOWN,
               confirm, now, verdict, ret_notices);
}
