/* Credentials of a role from AWS STS ("AWS Security Token Service API Reference", 2011-06-15).
 *
 * Block, until the deadline of the context. Any thread.
 */
#ifndef PL_AWS_CREDENTIALS_STS_H
#define PL_AWS_CREDENTIALS_STS_H

#include "aws/context.h"
#include "aws/credentials/keys.h"

typedef struct pl_aws_role {
  const char *arn;
  const char *external_id;      /* NULL: none */
  const char *session_name;     /* NULL: "privatelink-monitor" */
  const char *duration_seconds; /* decimal; NULL: the default of STS */
  const char *region;           /* of STS */
} pl_aws_role;

/* AssumeRole, signed with `base`. */
pl_status pl_aws_assume_role(const pl_aws_context *context, const pl_aws_role *role,
                             const pl_aws_keys *base, pl_aws_keys *keys,
                             pl_error *error) PL_MUST_USE;
/* AssumeRoleWithWebIdentity. Reads the token in `token_file` each time, because it changes. */
pl_status pl_aws_assume_web_identity(const pl_aws_context *context, const pl_aws_role *role,
                                     const char *token_file, pl_aws_keys *keys,
                                     pl_error *error) PL_MUST_USE;

#endif
