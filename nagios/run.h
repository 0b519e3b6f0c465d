/* One run: the rounds of all endpoints through the engine, judged. */
#ifndef PL_NAGIOS_RUN_H
#define PL_NAGIOS_RUN_H

#include "args.h"
#include "ec2.h"
#include "report/summary.h"

typedef struct pl_outcome {
  pl_run run;                  /* points into the arrays below */
  pl_endpoint_result *results; /* as args->endpoints */
  pl_verdict **owned;          /* verdicts to be freed; entries may be NULL */
  pl_facts **facts;            /* entries may be NULL */
  pl_ec2_run *state;           /* what the facts' endpoints live in; NULL where EC2 was not asked */
  size_t count;
} pl_outcome;

/* Ends by `deadline`, an instant of `clock`. `args` outlives the outcome. What this host can't do
 * is part of the verdicts; the only error is PL_ERR_MEMORY. */
pl_status pl_run_endpoints(const pl_args *args, const pl_clock *clock, pl_nsec deadline,
                           pl_outcome *ret_outcome) PL_MUST_USE;
void pl_outcome_free(pl_outcome *outcome);

#endif
