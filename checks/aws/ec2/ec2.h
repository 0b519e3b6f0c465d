/* What the EC2 API says of a set of endpoints of one account and region.
 *
 * Asked for the set, not for each: all endpoints are listed a thousand a page and matched here, and
 * what belongs to them (interfaces, security groups, VPCs) is asked for together and kept for a
 * while. A call that is denied or fails leaves out its part and nothing else.
 *
 * Blocking, to a deadline, and cancellable: it runs in a thread of its own (poller.h), so that no
 * probe ever waits for it. One thread at a time per pl_ec2; any number of pl_ec2 at once. It
 * uses OpenSSL as the process has configured it, like libcurl, through which it asks.
 */
#ifndef PL_AWS_EC2_EC2_H
#define PL_AWS_EC2_EC2_H

#include "aws/context.h"
#include "facts/endpoint.h"

typedef struct pl_ec2 pl_ec2;

typedef struct pl_ec2_config {
  /* Options; NULL for none. Copied. */
  const char *profile, *role_arn, *external_id, *region, *endpoint_url;
  pl_clock clock;
  pl_nsec detail_interval; /* details are asked for anew when they are older than this */
  const pl_aws_environment *environment; /* outlives the pl_ec2 */
} pl_ec2_config;

/* Sends nothing. */
pl_status pl_ec2_create(const pl_ec2_config *config, pl_ec2 **ret_ec2) PL_MUST_USE;
void pl_ec2_free(pl_ec2 *ec2);

/* Asks for `count` endpoints (an id may come more than once) and makes `ret_endpoints[i]` what is
 * known of `ids[i]`: a new one each, counted once, whatever happened; what happened is its
 * `outcome`. Only where there is no memory does it fail, and then no entry is touched.
 * `deadline` is an instant of the clock; `cancel` may be NULL. */
pl_status pl_ec2_fetch(pl_ec2 *ec2, const char *const *ids, size_t count, pl_nsec deadline,
                       const atomic_bool *cancel, pl_endpoint **ret_endpoints) PL_MUST_USE;

/* The next fetch asks for the interfaces, however fresh they are. */
void pl_ec2_renew_interfaces(pl_ec2 *ec2);

/* How many requests for the EC2 API have been started, retries not counted. */
unsigned pl_ec2_call_count(const pl_ec2 *ec2);

#endif
