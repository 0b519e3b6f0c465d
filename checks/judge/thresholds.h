/* Applies the thresholds (-w, -c) to the metrics, and concludes the verdict over all checks. Pure,
 * any thread. */
#ifndef PL_JUDGE_THRESHOLDS_H
#define PL_JUDGE_THRESHOLDS_H

#include "facts/verdict.h"
#include "options/spec.h"

/* Raises the severity of checks whose metrics are outside their ranges. `region` is where the
 * endpoint is; "" or NULL: not known. */
void pl_thresholds_apply(const pl_spec *spec, const char *region, pl_verdict *verdict);
/* Applies the thresholds that pl_judge leaves out, on metrics that only a memory knows
 * (metrics.def: daemon only) or changes (public_verdict), and concludes again. Comes after
 * pl_alarm_take, which sets these metrics. Without a memory they are UNKNOWN. */
void pl_thresholds_apply_history(const pl_spec *spec, pl_verdict *verdict);
/* Adds that the evidence log could not be written, to the first check that ran, and concludes
 * again. */
void pl_verdict_add_unwritten(pl_verdict *verdict, const char *why);
/* Sets the severity over all checks, the check that has it, and the status metrics. */
void pl_verdict_conclude(pl_verdict *verdict);

#endif
