/* Asks the EC2 API once about the endpoints of one run, in threads beside the engine, so that no
 * probe waits long for it.
 *
 * Requests begin with pl_ec2_run_start. The engine gets the answers that arrive within a head
 * start, because they contain the addresses to probe. The judge gets all answers that arrive before
 * the end of the run. Endpoints live until pl_ec2_run_free. Use a pl_ec2_run only from the thread
 * that creates it.
 */
#ifndef PL_NAGIOS_EC2_H
#define PL_NAGIOS_EC2_H

#include "aws/context.h"
#include "base/clock.h"
#include "facts/endpoint.h"
#include "options/spec.h"

typedef struct pl_ec2_run pl_ec2_run;

/* Reads AWS variables and proxies from the environment, and removes those that are secrets: it can
 * be called once. The caller frees it (pl_aws_environment_free). */
pl_status pl_ec2_environment_read(pl_aws_environment *ret_environment, pl_error *error) PL_MUST_USE;

/* Starts the requests for all specs with an endpoint id; `*ret_state` is NULL if there are none.
 * `deadline` is an instant of the clock. The specs, and `environment`, must outlive the state. NULL
 * reads the environment. */
pl_status pl_ec2_run_start(const pl_spec *const *specs, size_t count, const pl_clock *clock,
                           pl_nsec deadline, const pl_aws_environment *environment,
                           pl_ec2_run **ret_state, pl_error *error) PL_MUST_USE;
/* Stops all requests, and frees the endpoints. NULL is fine. */
void pl_ec2_run_free(pl_ec2_run *state);

/* Waits for all answers, at most for the head start, and returns an entry for each spec: NULL if
 * nothing is known yet. */
const pl_endpoint *const *pl_ec2_run_head_start(pl_ec2_run *state);
/* Waits for all answers, at most until the deadline, and returns an entry for each spec. */
const pl_endpoint *const *pl_ec2_run_final(pl_ec2_run *state);
/* Sets `pending_since` of a spec's entry, after pl_ec2_run_final, and returns the entry: the entry
 * before must not be used again. It stays as it is where there is no memory for a copy. */
const pl_endpoint *pl_ec2_run_set_pending(pl_ec2_run *state, size_t index, int64_t since);

#endif
