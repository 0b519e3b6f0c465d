/* Where AWS's APIs are found: "Service endpoints", AWS General Reference. Pure, any thread. */
#ifndef PL_AWS_HOSTS_H
#define PL_AWS_HOSTS_H

#include "base/status.h"

/* "https://ec2.eu-central-1.amazonaws.com" for a service ("ec2", "sts") and a region. A region is
 * letters, digits and hyphens; anything else is PL_ERR_INVALID. */
pl_status pl_aws_url(const char *service, const char *region, bool dual_stack, bool fips,
                     char *ret_url, size_t size) PL_MUST_USE;

#endif
