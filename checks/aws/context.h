/* What every part of the AWS client is handed: time, a way to be stopped, and the environment.
 *
 * The library reads no environment. The face hands over a function that does, once, at creation;
 * from then on everything works on a copy, from whatever thread.
 */
#ifndef PL_AWS_CONTEXT_H
#define PL_AWS_CONTEXT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/status.h"
#include <stdatomic.h>
#include <stdint.h>

/* The variables of the AWS SDKs ("AWS SDKs and Tools Reference Guide", environment variables) that
 * are honoured: PL_AWS_VARIABLE(field, "NAME"). */
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
  PL_AWS_VARIABLE(endpoint_url, "AWS_ENDPOINT_URL")                                                \
  PL_AWS_VARIABLE(endpoint_url_ec2, "AWS_ENDPOINT_URL_EC2")                                        \
  PL_AWS_VARIABLE(endpoint_url_sts, "AWS_ENDPOINT_URL_STS")                                        \
  PL_AWS_VARIABLE(dual_stack, "AWS_USE_DUALSTACK_ENDPOINT")                                        \
  PL_AWS_VARIABLE(fips, "AWS_USE_FIPS_ENDPOINT")                                                   \
  PL_AWS_VARIABLE(ca_bundle, "AWS_CA_BUNDLE")

/* NULL where a variable is not set, or empty. */
typedef struct pl_aws_environment {
#define PL_AWS_FIELD(field, name) const char *field;
  PL_AWS_VARIABLES(PL_AWS_FIELD)
#undef PL_AWS_FIELD
  char *texts; /* where they are, of pl_secret_alloc */
  size_t texts_size;
  char *const
      *process; /* what a credential_process is started with: the face's environ; borrowed */
} pl_aws_environment;

/* `get` works like getenv(3), and is called only from inside. */
typedef const char *(*pl_aws_getenv)(void *user, const char *name);
pl_status pl_aws_environment_read(pl_aws_getenv get, void *user, char *const *process,
                                  pl_aws_environment *ret_environment) PL_MUST_USE;
void pl_aws_environment_free(pl_aws_environment *environment); /* wipes */
/* "true", "1", "yes", "on", without regard to case. NULL is false. */
bool pl_aws_flag(const char *text);
/* "https://ec2.eu-central-1.amazonaws.com" for a service ("ec2", "sts") and a region, dual-stack
 * and FIPS as the environment has it. Fails like pl_aws_host. */
pl_status pl_aws_url(const char *service, const char *region, const pl_aws_environment *environment,
                     char *ret_url, size_t size) PL_MUST_USE;

/* One question's surroundings. Borrowed by whoever is handed it. */
typedef struct pl_aws_context {
  pl_clock clock;
  pl_nsec deadline;          /* monotonic: nothing takes longer */
  const atomic_bool *cancel; /* true: give up within a moment; NULL: never */
  const pl_aws_environment *environment;
} pl_aws_context;

/* Time left, 0 where there is none or the context is cancelled. */
pl_nsec pl_aws_time_left(const pl_aws_context *context);
bool pl_aws_cancelled(const pl_aws_context *context);
int64_t pl_aws_wall(const pl_aws_context *context); /* seconds since 1970 */
/* Sleeps, but not beyond the deadline or a cancellation; false where one of them came. */
bool pl_aws_sleep(const pl_aws_context *context, pl_nsec duration) PL_MUST_USE;

/* Uniform in [0, 1). */
double pl_aws_random(void);

/* "2026-11-24T09:00:00Z": RFC 3339, with or without a fraction, "Z" or an offset. Seconds since
 * 1970. */
bool pl_aws_time_parse(const char *text, int64_t *ret_time);

/* Adds "&name=value", both percent-encoded as RFC 3986 has it; without '&' where `body` is empty.
 */
void pl_aws_form_add(pl_buf *body, const char *name, const char *value);

/* Takes out of a text what may be a secret: runs of at least 32 letters and digits as keys, tokens
 * and signatures have them become "(left out)". An API that refuses a signature quotes what was
 * signed, session token and all. */
void pl_aws_hide_secrets(char *text);

/* A secret's text: frees what duplicated it, and leaves nothing behind. NULL is fine. */
void pl_aws_wipe_free(char *secret);

#endif
