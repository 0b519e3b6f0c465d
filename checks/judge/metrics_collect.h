/* The metrics of one round. Pure, any thread. */
#ifndef PL_JUDGE_METRICS_COLLECT_H
#define PL_JUDGE_METRICS_COLLECT_H

#include "judge/case.h"

/* Adds every metric of the checks that run, known or not. The status metrics come later
 * (pl_verdict_conclude). */
void pl_metrics_collect(const pl_case *c);

#endif
