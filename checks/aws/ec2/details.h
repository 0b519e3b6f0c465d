/* What the listed endpoints refer to: interfaces, subnets, security groups and VPCs. All endpoints
 * are queried together, and the answers are kept for some time.
 *
 * One thread at a time for each pl_ec2_details. Instants are of the clock of the context.
 */
#ifndef PL_AWS_EC2_DETAILS_H
#define PL_AWS_EC2_DETAILS_H

#include "aws/ec2/list.h"

/* The answer to one of the calls for details. */
typedef struct pl_ec2_part {
  pl_part_state state;
  pl_nsec asked;        /* when the API was last queried */
  pl_nsec good;         /* when `answer` arrived; before `asked`: a newer query failed */
  pl_ec2_answer answer; /* sorted */
} pl_ec2_part;

/* Zeroed, with an interval, is ready for use. */
typedef struct pl_ec2_details {
  pl_nsec interval; /* older details are queried again */
  pl_ec2_part parts[PL_PART_COUNT];
  PL_EC2_LIST(pl_ec2_vpc_dns) vpcs; /* sorted; PL_PART_VPC_DNS has these and no answer */
} pl_ec2_details;

void pl_ec2_details_free(pl_ec2_details *details);
/* Queries what the listed endpoints refer to and what is missing or too old. A call that fails
 * affects only its part. PL_ERR_MEMORY: nothing was queried. */
pl_status pl_ec2_details_refresh(pl_ec2_details *details, pl_ec2_api *api,
                                 const pl_ec2_answer *listed,
                                 const pl_aws_context *context) PL_MUST_USE;
/* The next refresh queries the interfaces, however recent they are. */
void pl_ec2_details_renew_interfaces(pl_ec2_details *details);

#endif
