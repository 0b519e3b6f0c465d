/* The shared AWS files, ~/.aws/config and ~/.aws/credentials, and one profile of them.
 *
 * Own reader, since their grammar is not the one of base/ini.h: an indented line belongs to the key
 * above it ("AWS SDKs and Tools Reference Guide", "Shared config and credentials files"). Any
 * thread.
 */
#ifndef PL_AWS_CREDENTIALS_PROFILE_H
#define PL_AWS_CREDENTIALS_PROFILE_H

#include "aws/context.h"

typedef enum pl_aws_file {
  PL_AWS_FILE_CONFIG,      /* "[default]", "[profile NAME]"; "[NAME]" is another kind of section */
  PL_AWS_FILE_CREDENTIALS, /* "[NAME]" */
} pl_aws_file;

/* The keys of a profile that matter here: PL_AWS_KEY(field, "key"). */
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
  PL_AWS_KEY(login_session, "login_session")                                                       \
  PL_AWS_KEY(region, "region")                                                                     \
  PL_AWS_KEY(endpoint_url, "endpoint_url")                                                         \
  PL_AWS_KEY(ca_bundle, "ca_bundle")

/* What one file says of one profile. NULL where it says nothing. Strings are owned. */
typedef struct pl_aws_section {
#define PL_AWS_FIELD(field, key) char *field;
  PL_AWS_PROFILE_KEYS(PL_AWS_FIELD)
#undef PL_AWS_FIELD
  bool present;
} pl_aws_section;

typedef struct pl_aws_profile {
  pl_aws_section config, credentials;
} pl_aws_profile;

/* Reads the section of `profile` out of the text of a file; sections of one name add up, the last
 * value of a key wins. A line that can't be read is PL_ERR_INVALID, with its number. */
pl_status pl_aws_section_read(const char *text, size_t length, pl_aws_file file,
                              const char *profile, pl_aws_section *ret_section,
                              pl_error *error) PL_MUST_USE;
void pl_aws_section_free(pl_aws_section *section);

/* Reads both files. One that does not exist says nothing. A file with a
 * secret that others may read is refused: PL_ERR_INVALID. */
pl_status pl_aws_profile_read(const char *profile, const pl_aws_environment *environment,
                              pl_aws_profile *ret_profile, pl_error *error) PL_MUST_USE;
void pl_aws_profile_free(pl_aws_profile *profile);

/* A small file whole, NUL-terminated; `ret_mode` are its permission bits, asked of the open
 * descriptor. PL_ERR_LIMIT where it is too long, PL_ERR_IO else, with `*ret_missing`. */
pl_status pl_aws_file_read(const char *path, size_t max, char **ret_text, size_t *ret_length,
                           unsigned *ret_mode, bool *ret_missing, pl_error *error) PL_MUST_USE;

#endif
