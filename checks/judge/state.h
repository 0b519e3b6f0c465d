/* The judge of the `state` check. */
#ifndef PL_JUDGE_STATE_H
#define PL_JUDGE_STATE_H

#include "judge/case.h"

/* Reads what pl_judge_port left in the verdict. */
void pl_judge_state(pl_case *c);

#endif
