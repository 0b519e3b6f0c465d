/* Finds AWS credentials as the AWS SDKs do, and keeps them fresh.
 *
 * The order ("AWS SDKs and Tools Reference Guide", standardized credential providers):
 *   1. environment variables, unless an option names a profile
 *   2. the profile: a role (source_profile, credential_source), web identity, keys of the shared
 *      credentials file, credential_process, keys of the configuration file
 *   3. the container endpoint (ECS, EKS Pod Identity), if its variables are set
 *   4. the instance metadata service, version 2
 * A profile that is named and does not exist, or cannot be used, is an error: no other source is
 * used in its place. If an option names a role, these credentials are used to assume it. IAM
 * Identity Center (SSO) and MFA are not supported; the error says so.
 *
 * Blocks, until the deadline of the context. One thread at a time for each pl_credentials.
 */
#ifndef PL_AWS_CREDENTIALS_CREDENTIALS_H
#define PL_AWS_CREDENTIALS_CREDENTIALS_H

#include "aws/credentials/profile.h"
#include "aws/query.h"

typedef struct pl_credentials pl_credentials;

/* Strings are not copied. They must outlive the pl_credentials. */
typedef struct pl_credentials_config {
  const char *profile;     /* by option; NULL: none */
  const char *role_arn;    /* by option; NULL: none */
  const char *external_id; /* for that role; NULL: none */
  const char *region;      /* of STS; NULL: the profile's */
} pl_credentials_config;

/* Sends nothing. */
pl_status pl_credentials_create(const pl_credentials_config *config,
                                pl_credentials **ret_credentials) PL_MUST_USE;
/* Overwrites the keys. NULL is fine. */
void pl_credentials_free(pl_credentials *credentials);

/* Signs calls with the credentials. It is valid as long as they are.
 *
 * It looks for new keys 15 minutes before the old ones expire, or after half of their life if they
 * live less than 30 minutes. If that fails, the old keys stay in use until they expire. Keys of the
 * metadata service stay in use even then, so that an outage of that service does not become an
 * outage of everything ("static stability"). Errors name the source that failed, and hold no
 * secret. */
pl_aws_signer pl_credentials_signer(pl_credentials *credentials);
/* The source of the keys for a person: "profile prod (AKIA…7EXA)" and so on. "" before the
 * first keys were found. Safe to print. */
const char *pl_credentials_source(const pl_credentials *credentials);

/* Finds the region if no option names one: environment, profile, instance metadata.
 * PL_ERR_INVALID: none of these has one. */
pl_status pl_aws_region_find(const pl_aws_profile *profile, const pl_aws_context *context,
                             char *ret_region, size_t size, pl_error *error) PL_MUST_USE;

#endif
