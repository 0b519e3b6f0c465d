/* What a daemon keeps from round to round: the severities that it announced. The check keeps no
 * history.
 *
 * Plain data without pointers, pure functions; one thread per history. Instants are monotonic
 * nanoseconds of the engine's clock.
 */
#ifndef PL_JUDGE_HISTORY_H
#define PL_JUDGE_HISTORY_H

#include "base/clock.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* What can be announced: each check, and the endpoint's configuration. The configuration is UNKNOWN
 * where no check ran. */
#define PL_HISTORY_CONFIGURATION PL_CHECK_COUNT
#define PL_HISTORY_SUBJECTS (PL_CHECK_COUNT + 1)

typedef struct pl_history {
  struct {
    pl_nsec since;    /* when `severity` was announced */
    unsigned changed; /* rounds in a row that differ from that */
    uint8_t severity; /* a pl_severity: as last announced; OK at first */
    bool seen;        /* in some round */
  } subjects[PL_HISTORY_SUBJECTS];
  pl_public public_verdict; /* as last announced */
  bool alarm;               /* public_alarm, after the last round */
} pl_history;

/* One change to announce. */
typedef struct pl_notice {
  pl_check check; /* or PL_HISTORY_CONFIGURATION */
  pl_severity severity;
  pl_severity before; /* as last announced */
  pl_nsec lasted;     /* how long `before` lasted; PL_NSEC_UNKNOWN in its first round */
} pl_notice;

typedef struct pl_notices {
  pl_notice items[PL_HISTORY_SUBJECTS];
  size_t count;
} pl_notices;

void pl_history_init(pl_history *history);

/* Takes one round's verdict at the instant `now`, as users see it: after pl_alarm_take and
 * pl_thresholds_apply_history. `alarm`: the public alarm is on.
 *
 * `ret_notices` gets every subject whose severity differs from the one announced last, and the
 * public check also where its verdict differs. In its first round a subject is announced only where
 * it is not OK. A block that is proven while the alarm is on is announced when the alarm ends. A
 * change of dns, port or state waits for --confirm rounds in a row that differ from what was
 * announced. A change that follows from another check (pl_history_cause) waits until that is OK.
 * `spec` is NULL for an endpoint that can't be used. */
void pl_history_take(pl_history *history, const pl_spec *spec, bool alarm, pl_nsec now,
                     const pl_verdict *verdict, pl_notices *ret_notices);

/* The check that is not OK and that this check's reason follows from: without private DNS there is
 * no address to probe, and without the private side no proof. PL_CHECK_COUNT: none. */
pl_check pl_history_cause(const pl_verdict *verdict, pl_check check);

#endif
