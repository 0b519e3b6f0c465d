/* What all parts of the AWS client share: the environment, the deadline of a query, and texts.
 *
 * The library reads no environment. The front end passes a function that does, once, and the
 * library keeps a copy. Any thread.
 */
#ifndef PL_AWS_CONTEXT_H
#define PL_AWS_CONTEXT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/status.h"
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* The variables of the AWS SDKs that are used ("AWS SDKs and Tools Reference Guide", environment
 * variables): PL_AWS_VARIABLE(field, "NAME"). */
#define PL_AWS_VARIABLES(PL_AWS_VARIABLE)                                                          \
  PL_AWS_VARIABLE(access_key_id, "AWS_ACCESS_KEY_ID")                                              \
  PL_AWS_VARIABLE(secret_access_key, "AWS_SECRET_ACCESS_KEY")                                      \
  PL_AWS_VARIABLE(session_token, "AWS_SESSION_TOKEN")                                              \
  PL_AWS_VARIABLE(profile, "AWS_PROFILE")                                                          \
  PL_AWS_VARIABLE(default_profile, "AWS_DEFAULT_PROFILE")                                          \
  PL_AWS_VARIABLE(region, "AWS_REGION")                                                            \
  PL_AWS_VARIABLE(default_region, "AWS_DEFAULT_REGION")                                            \
  PL_AWS_VARIABLE(config_file, "AWS_CONFIG_FILE")                                                  \
  PL_AWS_VARIABLE(credentials_file, "AWS_SHARED_CREDENTIALS_FILE")                                 \
  PL_AWS_VARIABLE(home, "HOME")                                                                    \
  PL_AWS_VARIABLE(role_arn, "AWS_ROLE_ARN")                                                        \
  PL_AWS_VARIABLE(role_session_name, "AWS_ROLE_SESSION_NAME")                                      \
  PL_AWS_VARIABLE(web_identity_token_file, "AWS_WEB_IDENTITY_TOKEN_FILE")                          \
  PL_AWS_VARIABLE(container_relative_uri, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")                \
  PL_AWS_VARIABLE(container_full_uri, "AWS_CONTAINER_CREDENTIALS_FULL_URI")                        \
  PL_AWS_VARIABLE(container_token, "AWS_CONTAINER_AUTHORIZATION_TOKEN")                            \
  PL_AWS_VARIABLE(container_token_file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")                  \
  PL_AWS_VARIABLE(metadata_disabled, "AWS_EC2_METADATA_DISABLED")                                  \
  PL_AWS_VARIABLE(metadata_endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT")                          \
  PL_AWS_VARIABLE(metadata_mode, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")                         \
  PL_AWS_VARIABLE(ignore_endpoint_urls, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")                     \
  PL_AWS_VARIABLE(endpoint_url, "AWS_ENDPOINT_URL")                                                \
  PL_AWS_VARIABLE(endpoint_url_ec2, "AWS_ENDPOINT_URL_EC2")                                        \
  PL_AWS_VARIABLE(endpoint_url_sts, "AWS_ENDPOINT_URL_STS")                                        \
  PL_AWS_VARIABLE(dual_stack, "AWS_USE_DUALSTACK_ENDPOINT")                                        \
  PL_AWS_VARIABLE(fips, "AWS_USE_FIPS_ENDPOINT")                                                   \
  PL_AWS_VARIABLE(ca_bundle, "AWS_CA_BUNDLE")

/* Tells the caller about the process group of a credential_process: it is about to start (`pid` is
 * 0), has started, or has ended (also if it could not start; `pid` is then 0). From any thread. */
typedef enum pl_aws_group_event {
  PL_AWS_GROUP_STARTS,
  PL_AWS_GROUP_STARTED,
  PL_AWS_GROUP_ENDED
} pl_aws_group_event;
typedef void (*pl_aws_group)(pl_aws_group_event event, pid_t pid);

/* NULL: the variable is not set, or empty. Free it with pl_aws_environment_free. */
typedef struct pl_aws_environment {
#define PL_AWS_FIELD(field, name) const char *field;
  PL_AWS_VARIABLES(PL_AWS_FIELD)
#undef PL_AWS_FIELD
  char *texts; /* holds all of them; of pl_secret_alloc */
  size_t texts_size;
  char *const *process; /* environment of a credential_process; belongs to the caller */
  pl_aws_group group;   /* NULL: nobody has to know */
  /* By option: a file with keys that other users may read. NULL: none. Belongs to the caller. */
  const char *readable_file;
} pl_aws_environment;

/* `get` works like getenv(3). It is called only by pl_aws_environment_read. */
typedef const char *(*pl_aws_getenv)(void *user, const char *name);
pl_status pl_aws_environment_read(pl_aws_getenv get, void *user, char *const *process,
                                  pl_aws_environment *ret_environment) PL_MUST_USE;
void pl_aws_environment_free(pl_aws_environment *environment); /* overwrites, too */

/* The path with the home directory for "~" at its beginning. Free it with free(). NULL: no memory.
 */
char *pl_aws_path(const pl_aws_environment *environment, const char *path);

/* True for "true", "1", "yes" and "on" in any case. NULL is false. */
bool pl_aws_flag(const char *text);
/* The URL of a service ("ec2", "sts") in a region: "https://ec2.eu-central-1.amazonaws.com". The
 * environment chooses dual-stack and FIPS. Errors are those of pl_aws_host. */
pl_status pl_aws_url(const char *service, const char *region, const pl_aws_environment *environment,
                     char *ret_url, size_t size) PL_MUST_USE;

/* The SDKs refuse this: botocore's endpoint rules, "Invalid Configuration". */
#define PL_AWS_VARIANT_AND_URL                                                                     \
  "FIPS or dual-stack endpoints and an endpoint URL exclude one another: remove one"

/* Clock, deadline and environment of one query. The caller owns it. */
typedef struct pl_aws_context {
  pl_clock clock;
  pl_nsec deadline;          /* monotonic instant at which everything ends */
  const atomic_bool *cancel; /* true: end within 50 ms; NULL: never */
  const pl_aws_environment *environment;
} pl_aws_context;

/* Time until the deadline; 0 if there is none or the context is cancelled. */
pl_nsec pl_aws_time_left(const pl_aws_context *context);
int64_t pl_aws_wall(const pl_aws_context *context); /* seconds since 1970 */
/* Sleeps, at most until the deadline or a cancellation. False if one of these ended it. */
bool pl_aws_sleep(const pl_aws_context *context, pl_nsec duration) PL_MUST_USE;

/* A random number, uniform in [0, 1). */
double pl_aws_random(void);

/* Parses an RFC 3339 time such as "2026-11-24T09:00:00Z", with or without a fraction, with "Z" or
 * an offset, which may lack its colon. `ret_time` is in seconds since 1970. */
bool pl_aws_time_parse(const char *text, int64_t *ret_time);

/* Adds "&name=value", both percent-encoded (RFC 3986). There is no '&' if `body` is empty. */
void pl_aws_form_add(pl_buf *body, const char *name, const char *value);

/* Removes what may be a secret from a text. At least 32 letters and digits in a row, as in keys,
 * tokens and signatures, become "...left out...", unless they are part of an ARN. This is needed
 * because an API that refuses a signature quotes what was signed, with the session token. */
void pl_aws_hide_secrets(char *text);

/* Overwrites and frees a string. NULL is fine. */
void pl_aws_wipe_free(char *secret);

#endif
