/* One sign that is to be proven. Pure. */
#ifndef PL_JUDGE_PUBLIC_PROOF_H
#define PL_JUDGE_PUBLIC_PROOF_H

#include "judge/public/sign.h"

typedef struct pl_proof_case {
  const pl_case *round;
  const pl_target *target; /* NULL: the name does not exist */
  pl_seen seen;
} pl_proof_case;

/* What is remembered about this very sign; NULL where nothing is. */
const pl_memory *pl_proof_memory(const pl_proof_case *p);
/* When a control was found to hold for this sign in an earlier round; 0: it does not count. */
int64_t pl_proof_remembered(const pl_proof_case *p, pl_control control);
/* Whether the sign began so soon after our own variations that they may be why, and is not old
 * enough to say that they are not. */
bool pl_proof_may_be_caused_by_us(const pl_proof_case *p);

#endif
