/* Asks the EC2 API about a set of endpoints of one account and region.
 *
 * It requests up to 200 endpoints by id with a filter. If there are more, it lists all, a thousand
 * on a page, and picks the wanted ones. A missing one is requested once more, alone. It queries
 * what they refer to (interfaces, security groups, VPCs) together, and keeps that for some time. A
 * call that is denied or fails affects only its part.
 *
 * Blocks, until the deadline or a cancellation. It runs in a thread of its own (poller.h), so no
 * probe waits for it. One thread at a time for each pl_ec2. It uses OpenSSL and libcurl as the
 * process has configured them.
 */
#ifndef PL_AWS_EC2_EC2_H
#define PL_AWS_EC2_EC2_H

#include "aws/ec2/list.h"

typedef struct pl_ec2 pl_ec2;

typedef struct pl_ec2_config {
  /* Options; NULL: none. They must outlive the pl_ec2. */
  const char *profile, *role_arn, *external_id, *region, *endpoint_url, *readable_file;
  pl_clock clock;
  pl_nsec detail_interval;               /* older details are queried again */
  const pl_aws_environment *environment; /* outlives the pl_ec2 */
} pl_ec2_config;

/* Sends nothing. */
pl_status pl_ec2_create(const pl_ec2_config *config, pl_ec2 **ret_ec2) PL_MUST_USE;
/* NULL is fine. */
void pl_ec2_free(pl_ec2 *ec2);

/* Queries `count` endpoints; an id may be there more than once. `ret_endpoints[i]` is a new
 * endpoint for `ids[i]`, counted once, even if the query failed: its `outcome` says what happened.
 * The only error is PL_ERR_MEMORY. `deadline` is an instant of the clock. `cancel` may be NULL. */
pl_status pl_ec2_fetch(pl_ec2 *ec2, const char *const *ids, size_t count, pl_nsec deadline,
                       const atomic_bool *cancel, pl_endpoint **ret_endpoints) PL_MUST_USE;

/* Reads every endpoint that meets the conditions, with its tags and without details, into
 * `ret_answer`, which is sorted: one call for each thousand. If that fails, `*ret_problem` is an
 * endpoint without an id whose `outcome` says what happened, and the answer is empty; else it is
 * NULL. The only error is PL_ERR_MEMORY. The rest is as for pl_ec2_fetch. */
pl_status pl_ec2_find_all(pl_ec2 *ec2, const pl_ec2_condition *conditions, size_t count,
                          pl_nsec deadline, const atomic_bool *cancel, pl_ec2_answer *ret_answer,
                          pl_endpoint **ret_problem) PL_MUST_USE;
/* The region: of the option, or as the last fetch found it; "" if it is not known. */
const char *pl_ec2_region(const pl_ec2 *ec2);

/* The next fetch queries the interfaces, however recent they are. */
void pl_ec2_renew_interfaces(pl_ec2 *ec2);

#endif
