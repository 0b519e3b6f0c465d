/* Applies the thresholds (-w, -c) to the metrics, and concludes the verdict over all checks. Pure,
 * any thread. */
#ifndef PL_JUDGE_THRESHOLDS_H
#define PL_JUDGE_THRESHOLDS_H

#include "facts/verdict.h"
#include "options/spec.h"

/* Raises the severity of checks whose metrics are outside their ranges. */
void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict);
/* Applies the thresholds that pl_judge leaves out, on metrics that only a memory knows
 * (metrics.def: plugin only) or changes (public_verdict), and concludes again. Comes after
 * pl_alarm_take, which sets these metrics. Without a memory they are UNKNOWN. */
void pl_thresholds_apply_history(const pl_spec *spec, pl_verdict *verdict);
/* Sets the severity over all checks, and the check that has it. */
void pl_verdict_conclude(pl_verdict *verdict);
/* Sets the status metrics: after each threshold that raised a severity. */
void pl_metrics_set_status(pl_verdict *verdict);

#endif
