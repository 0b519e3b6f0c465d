/* What the EC2 API says of the targets of one run: asked once, in threads beside the engine, so
 * that no probe waits for it for long.
 *
 * The asking begins with pl_ec2_run_start. The engine gets what has come in by the end of a head
 * start, since it tells which addresses there are; the judge gets what has come in by the end of
 * the run. Endpoints live until pl_ec2_run_free. The thread that creates one uses it.
 */
#ifndef PL_NAGIOS_EC2_H
#define PL_NAGIOS_EC2_H

#include "base/clock.h"
#include "facts/endpoint.h"
#include "options/spec.h"

typedef struct pl_ec2_run pl_ec2_run;

/* Starts to ask for those of the specs that have an endpoint id; `*ret_state` is NULL where none
 * has. `deadline` is an instant of the clock. The specs outlive the state. The environment is read
 * here (AWS variables and proxies), and those of its variables that are secrets are taken out. */
pl_status pl_ec2_run_start(const pl_spec *const *specs, size_t count, const pl_clock *clock,
                           pl_nsec deadline, pl_ec2_run **ret_state, pl_error *error) PL_MUST_USE;
/* Stops asking, and frees the endpoints. NULL is fine. */
void pl_ec2_run_free(pl_ec2_run *state);

/* Waits until all is known, at most for the head start that the data plane can spare, and returns
 * what there is: an entry for each spec, NULL where nothing is known yet. */
const pl_endpoint *const *pl_ec2_run_head_start(pl_ec2_run *state);
/* Waits until all is known, at most until the deadline; an entry for each spec. */
const pl_endpoint *const *pl_ec2_run_final(pl_ec2_run *state);

#endif
