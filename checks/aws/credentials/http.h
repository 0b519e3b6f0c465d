/* Credentials over HTTP from services close to this host, never through a proxy.
 *
 * Block, until the deadline of the context. Any thread.
 */
#ifndef PL_AWS_CREDENTIALS_HTTP_H
#define PL_AWS_CREDENTIALS_HTTP_H

#include "aws/context.h"
#include "aws/credentials/keys.h"

/* From the instance metadata service, version 2 ("Use IMDSv2", Amazon EC2 user guide). */
pl_status pl_aws_fetch_metadata(const pl_aws_context *context, pl_aws_keys *keys,
                                pl_error *error) PL_MUST_USE;
/* The region of this instance, such as "eu-central-1", from the same service. */
pl_status pl_aws_fetch_metadata_region(const pl_aws_context *context, char *ret_region, size_t size,
                                       pl_error *error) PL_MUST_USE;
/* From the container endpoint of ECS or EKS ("Container credential provider", AWS SDKs and Tools
 * Reference Guide). */
pl_status pl_aws_fetch_container(const pl_aws_context *context, pl_aws_keys *keys,
                                 pl_error *error) PL_MUST_USE;

#endif
