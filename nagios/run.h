/* Runs the rounds of all endpoints through the engine, and judges them. One thread. */
#ifndef PL_NAGIOS_RUN_H
#define PL_NAGIOS_RUN_H

#include "args.h"
#include "ec2.h"
#include "report/summary.h"

typedef struct pl_outcome {
  pl_run run;                  /* points into the arrays below */
  pl_endpoint_result *results; /* as args->endpoints */
  pl_verdict **owned;          /* verdicts to free; entries may be NULL */
  pl_facts **facts;            /* entries may be NULL */
  pl_memory *memories;         /* what the facts refer to; NULL if nothing is remembered */
  pl_ec2_run *state;           /* owns the facts' endpoints; NULL if the EC2 API is not used */
  size_t count;
  pl_error *unrecorded; /* owned: why --record could not write; "" if it did */
} pl_outcome;

/* Ends by `deadline`, an instant of `clock`. `args` must outlive the outcome. The only error is
 * PL_ERR_MEMORY: all other failures of this host are part of the verdicts. */
pl_status pl_run_endpoints(const pl_args *args, const pl_clock *clock, pl_nsec deadline,
                           pl_outcome *ret_outcome) PL_MUST_USE;
void pl_outcome_free(pl_outcome *outcome);

#endif
