/* Between the sources of credentials; nobody else includes it.
 *
 * Every source fills `keys`, or fails with one line that names it and holds no secret. */
#ifndef PL_AWS_CREDENTIALS_INTERNAL_H
#define PL_AWS_CREDENTIALS_INTERNAL_H

#include "aws/credentials/credentials.h"
#include "base/limits.h"

/* Keys in pages of their own, locked where the limits allow, left out of core dumps. */
pl_status pl_aws_keys_create(pl_aws_keys **ret_keys) PL_MUST_USE;
void pl_aws_keys_free(pl_aws_keys *keys); /* wipes; NULL is fine */
/* `session_token` may be NULL. What can't stand in a header, or is too long, is PL_ERR_INVALID. */
pl_status pl_aws_keys_set(pl_aws_keys *keys, const char *access_key, const char *secret_key,
                          const char *session_token, int64_t expires, const char *source,
                          pl_error *error) PL_MUST_USE;

/* Always these keys. Copies them. */
pl_status pl_credentials_create_fixed(const pl_aws_keys *keys,
                                      pl_credentials **ret_credentials) PL_MUST_USE;

/* ---- JSON ----------------------------------------------------------------------------------- */

typedef enum pl_aws_json {
  PL_AWS_JSON_PROCESS, /* "Version": 1; the token is "SessionToken"; "Expiration" may be missing */
  PL_AWS_JSON_CONTAINER, /* the token is "Token" */
  PL_AWS_JSON_METADATA,  /* likewise; all four fields; "Code" says whether it is an answer at all */
} pl_aws_json;

/* Duplicate names, NUL in strings and bytes behind the document are refused. `source` names it in
 * messages. */
pl_status pl_aws_json_read(pl_aws_json shape, const char *text, size_t length, const char *source,
                           pl_aws_keys *keys, pl_error *error) PL_MUST_USE;

/* ---- sources -------------------------------------------------------------------------------- */

pl_status pl_aws_fetch_metadata(const pl_aws_context *context, pl_aws_keys *keys,
                                pl_error *error) PL_MUST_USE;
pl_status pl_aws_fetch_container(const pl_aws_context *context, pl_aws_keys *keys,
                                 pl_error *error) PL_MUST_USE;
/* "eu-central-1", from the metadata service. */
pl_status pl_aws_fetch_metadata_region(const pl_aws_context *context, char *ret_region, size_t size,
                                       pl_error *error) PL_MUST_USE;
/* Runs `command` without a shell, at most ten seconds; judged by what it prints alone. */
pl_status pl_aws_fetch_process(const pl_aws_context *context, const char *command,
                               pl_aws_keys *keys, pl_error *error) PL_MUST_USE;

typedef struct pl_aws_role {
  const char *arn;
  const char *external_id;      /* NULL for none */
  const char *session_name;     /* NULL: "privatelink-monitor" */
  const char *duration_seconds; /* decimal; NULL: STS's default */
  const char *region;           /* of STS */
} pl_aws_role;

/* STS AssumeRole, signed with `base`. */
pl_status pl_aws_assume_role(const pl_aws_context *context, const pl_aws_role *role,
                             const pl_aws_keys *base, pl_aws_keys *keys,
                             pl_error *error) PL_MUST_USE;
/* STS AssumeRoleWithWebIdentity: the token in `token_file` is read anew each time. */
pl_status pl_aws_assume_web_identity(const pl_aws_context *context, const pl_aws_role *role,
                                     const char *token_file, pl_aws_keys *keys,
                                     pl_error *error) PL_MUST_USE;

/* Splits a command line into words: blanks separate, quotes and backslashes keep them together, as
 * a shell does and no more. `words` point into `storage`, which has room for the command and its
 * NUL; the last is NULL. PL_ERR_INVALID for an open quote, nothing at all, or too many words. */
pl_status pl_aws_split_command(const char *command, char *storage, char **words,
                               size_t word_count) PL_MUST_USE;

#endif
