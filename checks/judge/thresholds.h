/* What the thresholds (-w, -c) make of the metrics, and the verdict over all checks. */
#ifndef PL_JUDGE_THRESHOLDS_H
#define PL_JUDGE_THRESHOLDS_H

#include "facts/verdict.h"
#include "options/spec.h"

/* Raises the severity of checks whose metrics are outside their ranges. */
void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict);
/* The thresholds on metrics that only a history knows (metrics.def: plugin only), which pl_judge
 * leaves out, and the verdict over all checks again. pl_history_take calls it after its own
 * metrics. The check keeps no history and calls it after pl_judge: there these metrics are UNKNOWN.
 */
void pl_thresholds_apply_history(const pl_spec *spec, pl_verdict *verdict);
/* The worst of all checks, and which one has it. */
void pl_verdict_conclude(pl_verdict *verdict);
/* The status metrics. They change whenever a threshold raises a severity. */
void pl_metrics_set_status(pl_verdict *verdict);

#endif
