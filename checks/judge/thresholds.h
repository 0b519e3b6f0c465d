/* Applies the thresholds (-w, -c) to the metrics, and concludes the verdict over all checks. Pure,
 * any thread. */
#ifndef PL_JUDGE_THRESHOLDS_H
#define PL_JUDGE_THRESHOLDS_H

#include "facts/verdict.h"
#include "options/spec.h"

/* Raises the severity of checks whose metrics are outside their ranges. */
void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict);
/* Applies the thresholds that pl_judge leaves out, on metrics that only a history knows
 * (metrics.def: plugin only), and concludes again. pl_history_take calls it after its own metrics.
 * The check has no history and calls it after pl_judge: these metrics are UNKNOWN there. */
void pl_thresholds_apply_history(const pl_spec *spec, pl_verdict *verdict);
/* Sets the severity over all checks, and the check that has it. */
void pl_verdict_conclude(pl_verdict *verdict);
/* Sets the status metrics: after each threshold that raised a severity. */
void pl_metrics_set_status(pl_verdict *verdict);

#endif
