#include "aws/credentials/credentials.h"
#include "aws/credentials/internal.h"
#include "aws/credentials/profile.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REFRESH_BEFORE 900   /* seconds before the end; the SDKs' advisory refresh */
#define RETRY_AFTER 60       /* seconds, while the old keys are still good */
#define STABILITY_MIN 1020   /* seconds until expired keys of the metadata service are asked for */
#define STABILITY_SPREAD 480 /* again, and a random part of this: 15 minutes and 2 to 10 more */

struct pl_credentials {
  char *profile, *role_arn, *external_id, *region;
  bool fixed; /* always the same keys */
  pl_aws_keys *keys;
  bool have;
  int64_t refresh_at; /* seconds since 1970; 0: never */
  bool metadata;      /* the keys are the metadata service's own */
  char source[PL_LIMIT_TEXT];
};

/* ---- keys ----------------------------------------------------------------------------------- */

pl_status pl_aws_keys_create(pl_aws_keys **ret_keys) {
  pl_aws_keys *keys = pl_secret_alloc(sizeof(*keys));
  if (keys == NULL)
    return PL_ERR_MEMORY;
  *ret_keys = keys;
  return PL_OK;
}

void pl_aws_keys_free(pl_aws_keys *keys) { pl_secret_release(keys, sizeof(*keys)); }

static bool copy_visible(char *storage, size_t size, const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length >= size)
    return false;
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~')
      return false;
  }
  memcpy(storage, text, length + 1);
  return true;
}

pl_status pl_aws_keys_set(pl_aws_keys *keys, const char *access_key, const char *secret_key,
                          const char *session_token, int64_t expires, const char *source,
                          pl_error *error) {
  explicit_bzero(keys, sizeof(*keys));
  bool token = session_token != NULL && *session_token != '\0';
  if (!copy_visible(keys->access_key, sizeof(keys->access_key), access_key) ||
      !copy_visible(keys->secret_key, sizeof(keys->secret_key), secret_key) ||
      (token && !copy_visible(keys->session_token, sizeof(keys->session_token), session_token))) {
    explicit_bzero(keys, sizeof(*keys));
    return pl_fail(error, PL_ERR_INVALID,
                   "%s: a key is empty, too long, or has characters that no key has", source);
  }
  keys->expires = expires;
  return PL_OK;
}

/* ---- creation ------------------------------------------------------------------------------- */

static bool copy_text(const char *text, char **ret_copy) {
  *ret_copy = text == NULL ? NULL : strdup(text);
  return text == NULL || *ret_copy != NULL;
}

pl_status pl_credentials_create(const pl_credentials_config *config,
                                pl_credentials **ret_credentials) {
  pl_credentials *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return PL_ERR_MEMORY;
  if (!copy_text(config->profile, &c->profile) || !copy_text(config->role_arn, &c->role_arn) ||
      !copy_text(config->external_id, &c->external_id) || !copy_text(config->region, &c->region)) {
    pl_credentials_free(c);
    return PL_ERR_MEMORY;
  }
  *ret_credentials = c;
  return PL_OK;
}

pl_status pl_credentials_create_fixed(const pl_aws_keys *keys, pl_credentials **ret_credentials) {
  pl_credentials *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return PL_ERR_MEMORY;
  if (pl_aws_keys_create(&c->keys) != PL_OK) {
    free(c);
    return PL_ERR_MEMORY;
  }
  *c->keys = *keys;
  c->have = c->fixed = true;
  *ret_credentials = c;
  return PL_OK;
}

void pl_credentials_free(pl_credentials *credentials) {
  if (credentials == NULL)
    return;
  pl_aws_keys_free(credentials->keys);
  free(credentials->profile);
  free(credentials->role_arn);
  free(credentials->external_id);
  free(credentials->region);
  free(credentials);
}

/* ---- the chain ------------------------------------------------------------------------------ */

/* One walk along it. */
typedef struct search {
  const pl_credentials *credentials;
  const pl_aws_context *context;
  pl_error *error;
  bool found;    /* a source was configured: its failure ends the search */
  bool metadata; /* the keys are the metadata service's own */
  char source[128];
} search;

static void name_source(search *s, const char *text, const char *name) {
  pl_buf buf;
  pl_buf_fixed(&buf, s->source, sizeof(s->source));
  pl_buf_add(&buf, text);
  pl_buf_add_foreign(&buf, name, strlen(name), PL_LIMIT_FOREIGN);
}

static pl_status from_environment(search *s, pl_aws_keys *keys) {
  const pl_aws_environment *e = s->context->environment;
  name_source(s, "environment", "");
  if (e->access_key_id == NULL || e->secret_access_key == NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "environment: AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
  return pl_aws_keys_set(keys, e->access_key_id, e->secret_access_key, e->session_token, 0,
                         "environment", s->error);
}

static pl_status from_metadata(search *s, pl_aws_keys *keys) {
  name_source(s, "instance metadata", "");
  s->metadata = true;
  return pl_aws_fetch_metadata(s->context, keys, s->error);
}

static pl_status from_container(search *s, pl_aws_keys *keys) {
  const pl_aws_environment *e = s->context->environment;
  name_source(s, "container endpoint", "");
  if (e->container_relative_uri == NULL && e->container_full_uri == NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "container endpoint: AWS_CONTAINER_CREDENTIALS_* is not set");
  return pl_aws_fetch_container(s->context, keys, s->error);
}

static pl_status from_credential_source(search *s, const char *name, pl_aws_keys *keys) {
  if (strcasecmp(name, "Environment") == 0)
    return from_environment(s, keys);
  if (strcasecmp(name, "Ec2InstanceMetadata") == 0)
    return from_metadata(s, keys);
  if (strcasecmp(name, "EcsContainer") == 0)
    return from_container(s, keys);
  return pl_fail(s->error, PL_ERR_INVALID,
                 "credential_source is Environment, Ec2InstanceMetadata or EcsContainer");
}

/* What the credentials file says counts before what the configuration file says. */
#define FIELD(profile, field)                                                                      \
  ((profile)->credentials.field != NULL ? (profile)->credentials.field : (profile)->config.field)

static pl_status from_static(search *s, const char *name, const pl_aws_section *section,
                             pl_aws_keys *keys) {
  if (section->secret_access_key == NULL)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: aws_secret_access_key is missing", name);
  return pl_aws_keys_set(keys, section->access_key_id, section->secret_access_key,
                         section->session_token, 0, s->source, s->error);
}

static pl_status from_profile(search *s, const char *name, unsigned depth, pl_aws_keys *keys);

/* The keys that the role's call is signed with. */
static pl_status find_base(search *s, const char *name, const pl_aws_profile *profile,
                           unsigned depth, pl_aws_keys *base) {
  const char *source_profile = FIELD(profile, source_profile);
  if (source_profile == NULL)
    return from_credential_source(s, FIELD(profile, credential_source), base);
  if (depth >= PL_LIMIT_AWS_ROLES)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: source_profile goes round in circles",
                   name);
  if (strcmp(source_profile, name) == 0) {
    const pl_aws_section *section =
        profile->credentials.access_key_id != NULL ? &profile->credentials : &profile->config;
    if (section->access_key_id == NULL)
      return pl_fail(s->error, PL_ERR_INVALID, "profile %s: it is its own source_profile", name);
    return from_static(s, name, section, base);
  }
  s->found = false;
  pl_status status = from_profile(s, source_profile, depth + 1, base);
  if (!s->found)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: source_profile %s has no credentials",
                   name, source_profile);
  return status;
}

static pl_status from_role(search *s, const char *name, const pl_aws_profile *profile,
                           unsigned depth, pl_aws_keys *keys) {
  if (FIELD(profile, mfa_serial) != NULL)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: MFA is not supported", name);
  pl_aws_keys *base;
  if (pl_aws_keys_create(&base) != PL_OK)
    return pl_fail(s->error, PL_ERR_MEMORY, "no memory");
  pl_aws_role role = {.arn = FIELD(profile, role_arn),
                      .external_id = FIELD(profile, external_id),
                      .session_name = FIELD(profile, role_session_name),
                      .duration_seconds = FIELD(profile, duration_seconds),
                      .region = s->credentials->region != NULL ? s->credentials->region
                                                               : FIELD(profile, region)};
  pl_status status = find_base(s, name, profile, depth, base);
  if (status == PL_OK)
    status = pl_aws_assume_role(s->context, &role, base, keys, s->error);
  pl_aws_keys_free(base);
  s->metadata = false;
  return status;
}

static pl_status from_web_identity(search *s, const char *role_arn, const char *token_file,
                                   const char *session_name, pl_aws_keys *keys) {
  if (role_arn == NULL)
    return pl_fail(s->error, PL_ERR_INVALID, "web identity: no role (AWS_ROLE_ARN, role_arn)");
  pl_aws_role role = {
      .arn = role_arn, .session_name = session_name, .region = s->credentials->region};
  return pl_aws_assume_web_identity(s->context, &role, token_file, keys, s->error);
}

/* The environment's web identity counts for the profile that the search began with, unless an
 * option named it. */
static bool environment_identity(const search *s, unsigned depth) {
  const pl_aws_environment *e = s->context->environment;
  return depth == 0 && s->credentials->profile == NULL && e->web_identity_token_file != NULL;
}

/* What the profile itself holds. `found` stays false where that is nothing. */
static pl_status from_profile_text(search *s, const char *name, const pl_aws_profile *profile,
                                   unsigned depth, pl_aws_keys *keys) {
  const pl_aws_environment *e = s->context->environment;
  bool role = FIELD(profile, role_arn) != NULL;
  s->found = true;
  if (role &&
      (FIELD(profile, source_profile) != NULL || FIELD(profile, credential_source) != NULL)) {
    pl_status status = from_role(s, name, profile, depth, keys);
    s->found = true;
    name_source(s, "role of profile ", name);
    return status;
  }
  if (environment_identity(s, depth)) {
    name_source(s, "web identity", "");
    return from_web_identity(s, e->role_arn, e->web_identity_token_file, e->role_session_name,
                             keys);
  }
  name_source(s, "profile ", name);
  if (FIELD(profile, web_identity_token_file) != NULL)
    return from_web_identity(s, FIELD(profile, role_arn), FIELD(profile, web_identity_token_file),
                             FIELD(profile, role_session_name), keys);
  if (profile->credentials.access_key_id != NULL)
    return from_static(s, name, &profile->credentials, keys);
  if (FIELD(profile, credential_process) != NULL)
    return pl_aws_fetch_process(s->context, FIELD(profile, credential_process), keys, s->error);
  if (profile->config.access_key_id != NULL)
    return from_static(s, name, &profile->config, keys);
  if (FIELD(profile, sso_session) != NULL || FIELD(profile, sso_start_url) != NULL ||
      FIELD(profile, login_session) != NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "profile %s: sign-in with a browser (SSO) is not supported: use "
                   "credential_process = aws configure export-credentials --format process",
                   name);
  s->found = false;
  return PL_ERR_INVALID;
}

static pl_status from_profile(search *s, const char *name, unsigned depth, pl_aws_keys *keys) {
  pl_aws_profile profile;
  pl_status status = pl_aws_profile_read(name, s->context->environment, &profile, s->error);
  if (status != PL_OK) {
    s->found = true;
    return status;
  }
  if (depth == 0 && s->credentials->profile != NULL && !profile.config.present &&
      !profile.credentials.present) {
    s->found = true;
    status =
        pl_fail(s->error, PL_ERR_INVALID, "profile %s: in neither of the shared AWS files", name);
  } else {
    status = from_profile_text(s, name, &profile, depth, keys);
  }
  pl_aws_profile_free(&profile);
  return status;
}

static const char *profile_name(const char *option, const pl_aws_environment *e) {
  if (option != NULL)
    return option;
  if (e->profile != NULL)
    return e->profile;
  return e->default_profile != NULL ? e->default_profile : "default";
}

static pl_status walk(search *s, pl_aws_keys *keys) {
  const pl_aws_environment *e = s->context->environment;
  if (s->credentials->profile == NULL && e->access_key_id != NULL)
    return from_environment(s, keys);
  const char *name = profile_name(s->credentials->profile, e);
  pl_status status = from_profile(s, name, 0, keys);
  if (s->found)
    return status;
  if (e->container_relative_uri != NULL || e->container_full_uri != NULL)
    return from_container(s, keys);
  pl_status last = from_metadata(s, keys);
  if (last != PL_OK) {
    pl_error why = *s->error;
    pl_error_set(s->error, "none in the environment or in profile %s; %s", name, why.text);
  }
  return last;
}

/* The whole chain, and the option's role behind it. */
static pl_status find_keys(const pl_credentials *c, const pl_aws_context *context,
                           pl_aws_keys *keys, bool *ret_metadata, char *source, size_t source_size,
                           pl_error *error) {
  pl_error why = {""};
  search s = {.credentials = c, .context = context, .error = &why};
  pl_aws_keys *base;
  pl_buf text;
  if (pl_aws_keys_create(&base) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, "no memory");
  pl_buf_fixed(&text, source, source_size);
  pl_status status = walk(&s, base);
  if (status != PL_OK) {
    status = pl_fail(error, status, "%s", why.text[0] == '\0' ? "no memory" : why.text);
  } else if (c->role_arn == NULL) {
    *keys = *base;
  } else {
    pl_aws_role role = {.arn = c->role_arn, .external_id = c->external_id, .region = c->region};
    status = pl_aws_assume_role(context, &role, base, keys, error);
    s.metadata = false;
    pl_buf_add(&text, "role ");
    pl_buf_add_foreign(&text, c->role_arn, strlen(c->role_arn), PL_LIMIT_FOREIGN);
    pl_buf_add(&text, ", assumed with ");
  }
  pl_aws_keys_free(base);
  *ret_metadata = s.metadata;
  pl_buf_add(&text, s.source);
  return status;
}

/* ---- keeping them fresh --------------------------------------------------------------------- */

static int64_t next_refresh(int64_t now, int64_t expires) {
  if (expires == 0)
    return 0;
  if (expires <= now)
    return now + STABILITY_MIN + (int64_t)(pl_aws_random() * STABILITY_SPREAD);
  int64_t half = now + (expires - now) / 2;
  return expires - REFRESH_BEFORE > half ? expires - REFRESH_BEFORE : half;
}

static pl_status refresh(pl_credentials *c, const pl_aws_context *context, int64_t now,
                         pl_error *error) {
  pl_aws_keys *fresh;
  if (pl_aws_keys_create(&fresh) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, "no memory");
  pl_status status =
      find_keys(c, context, fresh, &c->metadata, c->source, sizeof(c->source), error);
  if (status != PL_OK) {
    pl_aws_keys_free(fresh);
    return status;
  }
  pl_aws_keys_free(c->keys);
  c->keys = fresh;
  c->have = true;
  c->refresh_at = next_refresh(now, fresh->expires);
  return PL_OK;
}

pl_status pl_credentials_get(pl_credentials *credentials, const pl_aws_context *context,
                             const pl_aws_keys **ret_keys, pl_error *error) {
  pl_credentials *c = credentials;
  int64_t now = pl_aws_wall(context);
  bool due = !c->have || (c->refresh_at != 0 && now >= c->refresh_at);
  if (due && !c->fixed) {
    bool was_metadata = c->metadata;
    pl_status status = refresh(c, context, now, error);
    bool still_good = c->have && (was_metadata || c->keys->expires > now);
    if (status != PL_OK && !still_good)
      return status;
    if (status != PL_OK) {
      c->metadata = was_metadata;
      c->refresh_at = now + RETRY_AFTER;
      if (!c->metadata && c->refresh_at > c->keys->expires)
        c->refresh_at = c->keys->expires;
    }
  }
  *ret_keys = c->keys;
  return PL_OK;
}

void pl_credentials_drop(pl_credentials *credentials) {
  if (!credentials->fixed)
    credentials->have = false;
}

const char *pl_credentials_source(const pl_credentials *credentials) { return credentials->source; }

/* ---- region --------------------------------------------------------------------------------- */

pl_status pl_aws_region_find(const char *profile, const pl_aws_context *context, char *ret_region,
                             size_t size, pl_error *error) {
  const pl_aws_environment *e = context->environment;
  pl_aws_profile text;
  const char *region = e->region != NULL ? e->region : e->default_region;
  if (region != NULL) {
    pl_text_set_foreign(ret_region, size, region, strlen(region));
    return PL_OK;
  }
  pl_status status = pl_aws_profile_read(profile_name(profile, e), e, &text, error);
  if (status != PL_OK)
    return status;
  bool named = FIELD(&text, region) != NULL;
  if (named)
    pl_text_set_foreign(ret_region, size, FIELD(&text, region), strlen(FIELD(&text, region)));
  pl_aws_profile_free(&text);
  if (named)
    return PL_OK;
  pl_error why = {""};
  status = pl_aws_fetch_metadata_region(context, ret_region, size, &why);
  if (status == PL_OK)
    return PL_OK;
  return pl_fail(error, PL_ERR_INVALID,
                 "no region is known (--region, AWS_REGION, the profile; %s)", why.text);
}
