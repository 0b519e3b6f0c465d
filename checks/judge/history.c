/* What a daemon keeps from round to round: the changes to announce. */
#include "judge/history.h"

void pl_history_init(pl_history *history) { *history = (pl_history){.alarm = false}; }

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
  bool changed = severity != (pl_severity)history->subjects[check].severity;
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
        .before = (pl_severity)history->subjects[check].severity,
        .lasted = seen ? now - history->subjects[check].since : PL_NSEC_UNKNOWN,
    };
  if (seen && !changed)
    return;
  history->subjects[check].seen = true;
  history->subjects[check].severity = (uint8_t)severity;
  history->subjects[check].since = now;
  if (check == PL_CHECK_PUBLIC)
    history->public_verdict = verdict->public_verdict;
}

void pl_history_take(pl_history *history, const pl_spec *spec, bool alarm, pl_nsec now,
                     const pl_verdict *verdict, pl_notices *ret_notices) {
  bool usable = verdict->worst != PL_CHECK_COUNT;
  history->alarm = alarm;
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
