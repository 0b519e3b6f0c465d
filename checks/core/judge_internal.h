/* Between the parts of the judge; nobody else includes it. */
#ifndef PL_CORE_JUDGE_INTERNAL_H
#define PL_CORE_JUDGE_INTERNAL_H

#include "core/judge.h"

typedef struct pl_case {
  const pl_spec *spec;
  const pl_facts *facts;
  int64_t now;
  pl_verdict *verdict;
} pl_case;

void pl_judge_state(pl_case *c);
void pl_judge_dns(pl_case *c);
void pl_judge_port(pl_case *c);   /* fills verdict->addresses, _up and paths of the private side */
void pl_judge_public(pl_case *c); /* reads what pl_judge_port left */

/* The endpoint's own addresses, where EC2 made them known. */
bool pl_case_own_known(const pl_case *c);
bool pl_case_is_own(const pl_case *c, const pl_addr *address);

void pl_metrics_collect(const pl_spec *spec, const pl_facts *facts, int64_t now,
                        pl_verdict *verdict);
void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict);

#endif
