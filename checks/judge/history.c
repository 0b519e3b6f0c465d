/* What the plugin keeps from round to round: the changes to announce. */
#include "judge/history.h"

void pl_history_init(pl_history *history) { *history = (pl_history){.alarm = false}; }

static bool is_due(const pl_history *history, pl_check check, pl_severity severity,
                   const pl_verdict *verdict) {
  bool changed = severity != history->subjects[check].severity;
  if (!history->subjects[check].seen || check != PL_CHECK_PUBLIC)
    return changed;
  if (history->alarm && verdict->public_verdict == PL_PUBLIC_BLOCKED)
    return false; /* announced when the alarm ends */
  return changed || verdict->public_verdict != history->public_verdict;
}

static void take_subject(pl_history *history, pl_check check, pl_severity severity, pl_nsec now,
                         const pl_verdict *verdict, pl_notices *notices) {
  bool seen = history->subjects[check].seen, due = is_due(history, check, severity, verdict);
  if (due)
    notices->items[notices->count++] = (pl_notice){
        .check = check,
        .severity = severity,
        .before = history->subjects[check].severity,
        .lasted = seen ? now - history->subjects[check].since : PL_NSEC_UNKNOWN,
    };
  if (seen && !due)
    return;
  history->subjects[check].seen = true;
  history->subjects[check].severity = severity;
  history->subjects[check].since = now;
  if (check == PL_CHECK_PUBLIC)
    history->public_verdict = verdict->public_verdict;
}

void pl_history_take(pl_history *history, bool alarm, pl_nsec now, const pl_verdict *verdict,
                     pl_notices *ret_notices) {
  bool usable = verdict->worst != PL_CHECK_COUNT;
  history->alarm = alarm;
  ret_notices->count = 0;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (verdict->checks[check].ran)
      take_subject(history, (pl_check)check, verdict->checks[check].severity, now, verdict,
                   ret_notices);
  }
  take_subject(history, PL_HISTORY_CONFIGURATION, usable ? PL_SEVERITY_OK : PL_SEVERITY_UNKNOWN,
               now, verdict, ret_notices);
}
