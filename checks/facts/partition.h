/* The AWS partitions: which regions each has, and the DNS names of its services. Pure, any thread.
 */
#ifndef PL_FACTS_PARTITION_H
#define PL_FACTS_PARTITION_H

#include "base/status.h"

/* Variants of a service's host, to be combined with |. */
enum {
  PL_AWS_HOST_PLAIN = 0,
  PL_AWS_HOST_DUAL_STACK = 1,
  PL_AWS_HOST_FIPS = 2,
};

/* "ec2.eu-central-1.amazonaws.com" for a service ("ec2", "sts") and a region ("Service endpoints",
 * AWS General Reference). PL_ERR_INVALID for a region that is not 1 to 32 lower-case letters,
 * digits and inner hyphens; PL_ERR_LIMIT where `size` is too small. */
pl_status pl_aws_host(const char *service, const char *region, unsigned variant, char *ret_host,
                      size_t size) PL_MUST_USE;

/* Whether the name is one that AWS gives to a VPC endpoint: under vpce.amazonaws.com or another
 * partition's domain. Case and one dot at the end do not matter. */
bool pl_aws_is_vpce_name(const char *name);

/* Whether the region can have the zone: "eu-central-1a", or a local zone, "us-east-1-bos-1a". */
bool pl_aws_is_zone_of(const char *zone, const char *region);

#endif
