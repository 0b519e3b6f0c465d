/* Merges the settings of a profile with the environment. */
#include "aws/credentials/settings.h"
#include <stdlib.h>
#include <string.h>

static const char *first_of(const char *a, const char *b, const char *c, const char *d) {
  if (a != NULL)
    return a;
  if (b != NULL)
    return b;
  return c != NULL ? c : d;
}

/* The order of botocore's ConfiguredEndpointProvider: the variable of the service, the variable for
 * all, the services section, the profile. */
static pl_status choose_endpoints(pl_aws_settings *s, const pl_aws_environment *given,
                                  pl_error *error) {
  pl_aws_environment *e = &s->environment;
  const pl_aws_profile *p = &s->profile;
  const char *services = PL_AWS_FIELD_OF(p, services);
  e->endpoint_url = NULL;
  if (pl_aws_flag(first_of(given->ignore_endpoint_urls, PL_AWS_FIELD_OF(p, ignore_endpoint_urls),
                           NULL, NULL))) {
    e->endpoint_url_ec2 = e->endpoint_url_sts = NULL;
    return PL_OK;
  }
  if (services != NULL) {
    pl_status status = pl_aws_services_read(services, given, &s->services, error);
    if (status != PL_OK)
      return status;
  }
  const char *all = given->endpoint_url, *last = PL_AWS_FIELD_OF(p, endpoint_url);
  e->endpoint_url_ec2 = first_of(given->endpoint_url_ec2, all, s->services.ec2_endpoint_url, last);
  e->endpoint_url_sts = first_of(given->endpoint_url_sts, all, s->services.sts_endpoint_url, last);
  bool chosen = all != NULL || (given->endpoint_url_ec2 != NULL && given->endpoint_url_sts != NULL);
  if (services != NULL && !s->services.present && !chosen)
    return pl_fail(error, PL_ERR_INVALID, "services = %s: there is no section [services %s]",
                   services, services);
  return PL_OK;
}

static pl_status merge(pl_aws_settings *s, const pl_aws_environment *given, pl_error *error) {
  pl_aws_environment *e = &s->environment;
  const pl_aws_profile *p = &s->profile;
  *e = *given;
  e->fips = first_of(given->fips, PL_AWS_FIELD_OF(p, use_fips_endpoint), NULL, NULL);
  e->dual_stack =
      first_of(given->dual_stack, PL_AWS_FIELD_OF(p, use_dualstack_endpoint), NULL, NULL);
  e->metadata_endpoint = first_of(given->metadata_endpoint,
                                  PL_AWS_FIELD_OF(p, ec2_metadata_service_endpoint), NULL, NULL);
  e->metadata_mode = first_of(given->metadata_mode,
                              PL_AWS_FIELD_OF(p, ec2_metadata_service_endpoint_mode), NULL, NULL);
  const char *bundle = first_of(given->ca_bundle, PL_AWS_FIELD_OF(p, ca_bundle), NULL, NULL);
  if (bundle != NULL) {
    s->ca_bundle = pl_aws_path(given, bundle);
    if (s->ca_bundle == NULL)
      return pl_fail_memory(error);
  }
  e->ca_bundle = s->ca_bundle;
  return choose_endpoints(s, given, error);
}

/* The settings live as long as the client, and keys must not. */
static void forget_keys(pl_aws_section *section) {
  char **const secrets[] = {&section->secret_access_key, &section->session_token};
  for (size_t i = 0; i < PL_COUNT_OF(secrets); i++) {
    pl_aws_wipe_free(*secrets[i]);
    *secrets[i] = NULL;
  }
}

pl_status pl_aws_settings_read(const char *profile, const pl_aws_environment *environment,
                               pl_aws_settings **ret_settings, pl_error *error) {
  pl_aws_settings *s = calloc(1, sizeof(*s));
  if (s == NULL)
    return pl_fail_memory(error);
  bool named;
  const char *name = pl_aws_profile_name(profile, environment, &named);
  pl_status status = pl_aws_profile_read(name, environment, &s->profile, error);
  if (status == PL_OK && named && !s->profile.config.present && !s->profile.credentials.present)
    status = pl_fail(error, PL_ERR_INVALID, "profile %s: in neither of the shared AWS files", name);
  else if (status != PL_OK && !named && environment->access_key_id != NULL)
    status = PL_OK;
  forget_keys(&s->profile.config);
  forget_keys(&s->profile.credentials);
  if (status == PL_OK)
    status = merge(s, environment, error);
  if (status != PL_OK) {
    pl_aws_settings_free(s);
    return status;
  }
  *ret_settings = s;
  return PL_OK;
}

void pl_aws_settings_free(pl_aws_settings *settings) {
  if (settings == NULL)
    return;
  pl_aws_profile_free(&settings->profile);
  pl_aws_section_free(&settings->services);
  free(settings->ca_bundle);
  free(settings);
}
