/* The judge: facts in, verdict out. Pure: no I/O, no clock, no allocation, and the same verdict for
 * the same facts. Any thread.
 *
 * docs/verdicts.md has the rules. The most important one is in public/public.c and rivals.c.
 */
#ifndef PL_JUDGE_JUDGE_H
#define PL_JUDGE_JUDGE_H

#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* Judges every check of `spec->checks`, collects the metrics and applies the thresholds.
 * `wall_now` is seconds since 1970, for certificate days and the pending grace. */
void pl_judge(const pl_spec *spec, const pl_facts *facts, int64_t wall_now,
              pl_verdict *ret_verdict);

/* A verdict for an endpoint whose configuration can't be used: UNKNOWN, `usage`. */
void pl_judge_unusable(const char *problem, pl_verdict *ret_verdict);

#endif
