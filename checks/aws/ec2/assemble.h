/* Builds one endpoint from its entry in the list and from the details. Pure functions, any thread.
 */
#ifndef PL_AWS_EC2_ASSEMBLE_H
#define PL_AWS_EC2_ASSEMBLE_H

#include "aws/ec2/details.h"

/* A new endpoint, counted once. `region` is that of the API, and `now` the instant of the answer.
 * Only PL_ERR_MEMORY. */
pl_status pl_ec2_assemble(const pl_ec2_details *details, const pl_ec2_listed *listed,
                          const char *region, pl_nsec now, pl_endpoint **ret_endpoint) PL_MUST_USE;

#endif
