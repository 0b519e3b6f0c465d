/* The controls: whether the evidence of this round, or what is remembered, rules out a rival. Pure.
 */
#ifndef PL_JUDGE_PUBLIC_CONTROLS_H
#define PL_JUDGE_PUBLIC_CONTROLS_H

#include "judge/public/proof.h"

/* Whether `control` rules out `rival` for this sign. `ret_when` gets 0 for this round's evidence,
 * or when it was found. */
bool pl_control_holds(const pl_proof_case *p, pl_rival_id rival, pl_control control,
                      int64_t *ret_when);

/* Whether there is evidence for the rival, among the controls; NULL where there is none, else what
 * it is. */
const char *pl_control_evidence(const pl_proof_case *p, pl_rival_id rival);

#endif
