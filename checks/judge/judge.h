/* The judge: facts in, verdict out. Pure, total, exhaustive: no I/O, no clock, no allocation, and
 * the same answer for the same input. Any thread.
 *
 * The rules are the tables of docs/verdicts.md; public.c and public_proof.c hold the one that
 * matters most.
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
