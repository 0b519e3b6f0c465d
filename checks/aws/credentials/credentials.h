/* AWS credentials, found as the AWS SDKs find them, and kept fresh.
 *
 * The order ("AWS SDKs and Tools Reference Guide", standardized credential providers):
 *   1. environment variables, unless a profile is named by option
 *   2. the profile: a role (source_profile, credential_source), web identity, keys of the shared
 *      credentials file, credential_process, keys of the configuration file
 *   3. the container endpoint (ECS, EKS Pod Identity), where its variables are set
 *   4. the instance metadata service, version 2
 * With a role by option, that role is assumed with what was found. IAM Identity Center (SSO) and
 * MFA are not supported: the error says so.
 *
 * Keys lie in a page of their own that stays out of core dumps. One thread at a time.
 */
#ifndef PL_AWS_CREDENTIALS_CREDENTIALS_H
#define PL_AWS_CREDENTIALS_CREDENTIALS_H

#include "aws/context.h"

/* One set. Text that can stand in a header: visible ASCII. */
typedef struct pl_aws_keys {
  char access_key[256];
  char secret_key[256];
  char session_token[16384]; /* "" for none */
  int64_t expires;           /* seconds since 1970; 0: never */
} pl_aws_keys;

typedef struct pl_credentials pl_credentials;

typedef struct pl_credentials_config {
  const char *profile;     /* by option; NULL for none */
  const char *role_arn;    /* by option; NULL for none */
  const char *external_id; /* for that role; NULL for none */
  const char *region;      /* for STS; NULL: where it is needed, the profile's */
} pl_credentials_config;

/* Asks nobody yet. Strings are copied. */
pl_status pl_credentials_create(const pl_credentials_config *config,
                                pl_credentials **ret_credentials) PL_MUST_USE;
void pl_credentials_free(pl_credentials *credentials);

/* Usable keys: those at hand, or fresh ones where they expire soon. Fresh ones are asked for 15
 * minutes before the end (half-way where they live shorter), and a failure then is no failure
 * yet. What the metadata service hands out is used although it has expired: an outage of that
 * service must not become one of everything ("static stability"). The keys are valid until the
 * next call. Messages name the source that failed, never a secret. */
pl_status pl_credentials_get(pl_credentials *credentials, const pl_aws_context *context,
                             const pl_aws_keys **ret_keys, pl_error *error) PL_MUST_USE;
/* The keys are not accepted: forget them. */
void pl_credentials_drop(pl_credentials *credentials);
/* Where the keys come from, for a person: "profile prod", "instance metadata" …; "" before the
 * first were looked for. Safe to print. */
const char *pl_credentials_source(const pl_credentials *credentials);

/* The region where no option names one: environment, profile, instance metadata. PL_ERR_INVALID
 * where there is none. */
pl_status pl_aws_region_find(const char *profile, const pl_aws_context *context, char *ret_region,
                             size_t size, pl_error *error) PL_MUST_USE;

#endif
