/* The elimination: which rivals of a sign are ruled out, and which stand. */
#ifndef PL_JUDGE_PUBLIC_RIVALS_H
#define PL_JUDGE_PUBLIC_RIVALS_H

#include "judge/public/controls.h"

/* The state of every rival of one sign, in `ret_rivals`. Returns the first that stands, or
 * PL_RIVAL_COUNT: then the sign is proven to be a block. */
pl_rival_id pl_rivals_judge(const pl_proof_case *p, pl_rival_verdict ret_rivals[PL_RIVAL_COUNT]);
/* Adds the verdicts of one sign to those of all: the worse state of each rival stays. */
void pl_rivals_merge(pl_rival_verdict all[PL_RIVAL_COUNT],
                     const pl_rival_verdict one[PL_RIVAL_COUNT]);

#endif
