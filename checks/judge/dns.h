/* The judge of the `dns` check. */
#ifndef PL_JUDGE_DNS_H
#define PL_JUDGE_DNS_H

#include "judge/case.h"

void pl_judge_dns(pl_case *c);

#endif
