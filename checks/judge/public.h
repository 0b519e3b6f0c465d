/* The judge of the `public` check. */
#ifndef PL_JUDGE_PUBLIC_H
#define PL_JUDGE_PUBLIC_H

#include "judge/case.h"

/* Reads what pl_judge_port left in the verdict. */
void pl_judge_public(pl_case *c);

#endif
