/* One profile of the shared AWS files, ~/.aws/config and ~/.aws/credentials ("AWS SDKs and Tools
 * Reference Guide", shared config and credentials files).
 *
 * base/ini.h cannot read them: here an indented line belongs to the key above it. Any thread.
 */
#ifndef PL_AWS_CREDENTIALS_PROFILE_H
#define PL_AWS_CREDENTIALS_PROFILE_H

#include "aws/context.h"

typedef enum pl_aws_file {
  PL_AWS_FILE_CONFIG,      /* "[default]", "[profile NAME]"; "[NAME]" is another kind of section */
  PL_AWS_FILE_CREDENTIALS, /* "[NAME]" */
  PL_AWS_FILE_SERVICES,    /* "[services NAME]" of the configuration file */
} pl_aws_file;

/* The keys of a profile that are used: PL_AWS_KEY(field, "key"). */
#define PL_AWS_PROFILE_KEYS(PL_AWS_KEY)                                                            \
  PL_AWS_KEY(access_key_id, "aws_access_key_id")                                                   \
  PL_AWS_KEY(secret_access_key, "aws_secret_access_key")                                           \
  PL_AWS_KEY(session_token, "aws_session_token")                                                   \
  PL_AWS_KEY(role_arn, "role_arn")                                                                 \
  PL_AWS_KEY(source_profile, "source_profile")                                                     \
  PL_AWS_KEY(credential_source, "credential_source")                                               \
  PL_AWS_KEY(external_id, "external_id")                                                           \
  PL_AWS_KEY(role_session_name, "role_session_name")                                               \
  PL_AWS_KEY(duration_seconds, "duration_seconds")                                                 \
  PL_AWS_KEY(mfa_serial, "mfa_serial")                                                             \
  PL_AWS_KEY(web_identity_token_file, "web_identity_token_file")                                   \
  PL_AWS_KEY(credential_process, "credential_process")                                             \
  PL_AWS_KEY(sso_session, "sso_session")                                                           \
  PL_AWS_KEY(sso_start_url, "sso_start_url")                                                       \
  PL_AWS_KEY(sso_account_id, "sso_account_id")                                                     \
  PL_AWS_KEY(sso_role_name, "sso_role_name")                                                       \
  PL_AWS_KEY(login_session, "login_session")                                                       \
  PL_AWS_KEY(region, "region")                                                                     \
  PL_AWS_KEY(endpoint_url, "endpoint_url")                                                         \
  PL_AWS_KEY(ignore_endpoint_urls, "ignore_configured_endpoint_urls")                              \
  PL_AWS_KEY(services, "services")                                                                 \
  PL_AWS_KEY(ec2_endpoint_url, "ec2.endpoint_url") /* of a services section */                     \
  PL_AWS_KEY(sts_endpoint_url, "sts.endpoint_url")                                                 \
  PL_AWS_KEY(use_fips_endpoint, "use_fips_endpoint")                                               \
  PL_AWS_KEY(use_dualstack_endpoint, "use_dualstack_endpoint")                                     \
  PL_AWS_KEY(ec2_metadata_service_endpoint, "ec2_metadata_service_endpoint")                       \
  PL_AWS_KEY(ec2_metadata_service_endpoint_mode, "ec2_metadata_service_endpoint_mode")             \
  PL_AWS_KEY(ca_bundle, "ca_bundle")

/* The keys of one profile in one file. NULL: not set; from `region` on, also for an empty value.
 * Owns the strings. */
typedef struct pl_aws_section {
#define PL_AWS_FIELD(field, key) char *field;
  PL_AWS_PROFILE_KEYS(PL_AWS_FIELD)
#undef PL_AWS_FIELD
  bool present;  /* the file has the profile */
  char *path;    /* of the file; NULL: not read from a file */
  unsigned mode; /* permission bits of the file */
} pl_aws_section;

typedef struct pl_aws_profile {
  pl_aws_section config, credentials;
} pl_aws_profile;

/* A key of either file. The credentials file has priority. */
#define PL_AWS_FIELD_OF(profile, field)                                                            \
  ((profile)->credentials.field != NULL ? (profile)->credentials.field : (profile)->config.field)

/* Reads the section `name` from the text of a file, as botocore does. Sections with the same header
 * are merged, and the last value of a key is used. If two headers are written differently, as in
 * "[default]" and "[profile default]", the last section counts alone. PL_ERR_INVALID: a line cannot
 * be read; the error has its number. */
pl_status pl_aws_section_read(const char *text, size_t length, pl_aws_file file, const char *name,
                              pl_aws_section *ret_section, pl_error *error) PL_MUST_USE;
void pl_aws_section_free(pl_aws_section *section);

/* The profile that the option (or NULL), else the environment names, else "default". */
const char *pl_aws_profile_name(const char *option, const pl_aws_environment *environment,
                                bool *ret_named);
/* Reads both files. A missing file counts as empty. PL_ERR_INVALID: a file cannot be parsed. */
pl_status pl_aws_profile_read(const char *profile, const pl_aws_environment *environment,
                              pl_aws_profile *ret_profile, pl_error *error) PL_MUST_USE;
void pl_aws_profile_free(pl_aws_profile *profile);
/* Reads "[services NAME]" of the configuration file, as above. */
pl_status pl_aws_services_read(const char *name, const pl_aws_environment *environment,
                               pl_aws_section *ret_section, pl_error *error) PL_MUST_USE;

#endif
