/* What the shared AWS files say besides credentials: endpoints, certificates, the metadata service.
 *
 * It is merged with the environment once for each client, as the SDKs do, so that all parts of the
 * client read one pl_aws_environment. Any thread.
 */
#ifndef PL_AWS_CREDENTIALS_SETTINGS_H
#define PL_AWS_CREDENTIALS_SETTINGS_H

#include "aws/credentials/profile.h"

typedef struct pl_aws_settings {
  /* The caller's environment, with what the profile sets where that is silent.
   * `endpoint_url_ec2` and `endpoint_url_sts` are final, and `endpoint_url` is NULL. */
  pl_aws_environment environment;
  pl_aws_profile profile;  /* without its keys */
  pl_aws_section services; /* of "[services NAME]" */
  char *ca_bundle;         /* NULL: none */
} pl_aws_settings;

/* Reads the profile that the option (or NULL), else the environment names, else "default".
 * `environment` must outlive the settings. PL_ERR_INVALID: the profile was named and does not
 * exist, or a file cannot be read. Without a named profile and with keys in the environment, a file
 * that cannot be read counts as empty. */
pl_status pl_aws_settings_read(const char *profile, const pl_aws_environment *environment,
                               pl_aws_settings **ret_settings, pl_error *error) PL_MUST_USE;
/* NULL is fine. */
void pl_aws_settings_free(pl_aws_settings *settings);

#endif
