/* Finds the VPC endpoints of several accounts and regions: one list for each pair of a role and a
 * region, with no call for a single endpoint.
 *
 * Blocks, until the deadline or a cancellation. The pairs are asked at the same time, in at most
 * PL_LIMIT_AWS_THREADS threads, which end before the function returns. One thread at a time for
 * each pl_discovery.
 */
#ifndef PL_AWS_DISCOVERY_DISCOVERY_H
#define PL_AWS_DISCOVERY_DISCOVERY_H

#include "aws/discovery/request.h"
#include "aws/ec2/ec2.h"

/* What one pair has, as the last pl_discovery_ask saw it. */
typedef struct pl_scope {
  const char *role_arn; /* NULL: no role */
  const char *wanted;   /* region; NULL: that of the identity */
  char region[64];      /* "": not known, because it could not be found */
  pl_ec2_answer answer; /* sorted by id; empty if there is a problem */
  pl_endpoint *problem; /* why the list could not be read, in its `outcome`; NULL: it was read */
  bool begun;           /* a list was read earlier, or is remembered (known.h) */
  pl_ec2 *ec2;
} pl_scope;

typedef struct pl_discovery {
  pl_scope *scopes;
  size_t count;
  const pl_request *request;
} pl_discovery;

typedef struct pl_discovery_config {
  const pl_request *request;
  const char *profile, *external_id, *endpoint_url, *readable_file; /* NULL: none */
  pl_clock clock;
  const pl_aws_environment *environment;
} pl_discovery_config;

/* Sends nothing. What the configuration refers to must outlive the discovery. */
pl_status pl_discovery_create(const pl_discovery_config *config,
                              pl_discovery *ret_discovery) PL_MUST_USE;
/* A zeroed one is fine. */
void pl_discovery_free(pl_discovery *discovery);

/* Asks all pairs. `deadline` is an instant of the clock; `cancel` may be NULL. Only PL_ERR_MEMORY;
 * the scopes are then not complete. */
pl_status pl_discovery_ask(pl_discovery *discovery, pl_nsec deadline,
                           const atomic_bool *cancel) PL_MUST_USE;

/* "DescribeVpcEndpoints in eu-central-1 with the role ARN: denied: …", of a scope with a problem.
 */
void pl_scope_add_problem(pl_buf *buf, const pl_scope *scope);

#endif
