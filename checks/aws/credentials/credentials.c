/* Walks along the sources of AWS credentials, and decides when to look for new keys. */
#include "aws/credentials/credentials.h"
#include "aws/credentials/http.h"
#include "aws/credentials/process.h"
#include "aws/credentials/profile.h"
#include "aws/credentials/sts.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REFRESH_BEFORE 900   /* seconds before the keys expire; the SDKs' advisory refresh */
#define RETRY_AFTER 60       /* seconds, while the old keys are still good */
#define STABILITY_MIN 1020   /* seconds between queries for expired keys of the metadata service */
#define STABILITY_SPREAD 480 /* at most this many seconds more, at random */

struct pl_credentials {
  pl_credentials_config config;
  pl_aws_keys *keys;  /* NULL before the first were found */
  bool usable;        /* the API has not refused the keys */
  int64_t refresh_at; /* seconds since 1970; 0: never */
  bool metadata;      /* the keys are from the metadata service */
  char source[PL_LIMIT_TEXT];
};

pl_status pl_credentials_create(const pl_credentials_config *config,
                                pl_credentials **ret_credentials) {
  pl_credentials *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return PL_ERR_MEMORY;
  c->config = *config;
  *ret_credentials = c;
  return PL_OK;
}

void pl_credentials_free(pl_credentials *credentials) {
  if (credentials == NULL)
    return;
  pl_aws_keys_free(credentials->keys);
  free(credentials);
}

/* ---- the sources ---------------------------------------------------------------------------- */

/* One walk along the sources. */
typedef struct search {
  const pl_credentials_config *config;
  const pl_aws_context *context;
  pl_error *error;
  bool named;    /* an option or the environment names the profile */
  bool found;    /* the profile has a source of credentials, whether it works or not */
  bool metadata; /* the keys are from the metadata service */
  char source[PL_LIMIT_TEXT];
} search;

static void name_source(search *s, const char *text, const char *name) {
  pl_buf buf;
  pl_buf_fixed(&buf, s->source, sizeof(s->source));
  pl_buf_add(&buf, text);
  pl_buf_add_printable(&buf, name, strlen(name), PL_LIMIT_FOREIGN);
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

#define FIELD PL_AWS_FIELD_OF

/* Whether other users can read or change the file that holds the keys. A file that the option names
 * may be readable. */
static pl_status check_mode(search *s, const pl_aws_section *section) {
  enum { OTHERS = 077, OTHERS_WRITE = 022 };
  const pl_aws_environment *e = s->context->environment;
  if (section->path == NULL || (section->mode & OTHERS) == 0)
    return PL_OK;
  char *allowed = e->readable_file == NULL ? NULL : pl_aws_path(e, e->readable_file);
  bool named = allowed != NULL && strcmp(allowed, section->path) == 0;
  free(allowed);
  if (named && (section->mode & OTHERS_WRITE) == 0)
    return PL_OK;
  return pl_fail(
      s->error, PL_ERR_INVALID,
      "%s: holds a secret, and others may %s it (mode %04o): chmod 600 it%s", section->path,
      (section->mode & OTHERS_WRITE) != 0 ? "change" : "read", section->mode,
      (section->mode & OTHERS_WRITE) != 0 ? "" : ", or allow it with --aws-readable-file");
}

static pl_status from_static(search *s, const char *name, const pl_aws_section *section,
                             pl_aws_keys *keys) {
  pl_status status = check_mode(s, section);
  if (status != PL_OK)
    return status;
  if (section->access_key_id == NULL)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: aws_access_key_id is missing", name);
  if (section->secret_access_key == NULL)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: aws_secret_access_key is missing", name);
  return pl_aws_keys_set(keys, section->access_key_id, section->secret_access_key,
                         section->session_token, 0, s->source, s->error);
}

static pl_status from_profile(search *s, const char *name, unsigned depth, pl_aws_keys *keys);

/* Static keys of either file, also if they are not complete. */
static bool has_static(const pl_aws_profile *profile) {
  return FIELD(profile, access_key_id) != NULL || FIELD(profile, secret_access_key) != NULL;
}

/* Finds the keys that sign the call for the role, as botocore's AssumeRoleProvider does. */
static pl_status find_base(search *s, const char *name, const pl_aws_profile *profile,
                           unsigned depth, pl_aws_keys *base) {
  const char *source = FIELD(profile, source_profile);
  const char *credential_source = FIELD(profile, credential_source);
  if (source != NULL && credential_source != NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "profile %s: it has both source_profile and credential_source: remove one",
                   name);
  if (source == NULL && credential_source == NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "profile %s: role_arn needs source_profile, credential_source or "
                   "web_identity_token_file",
                   name);
  if (source == NULL)
    return from_credential_source(s, credential_source, base);
  if (depth >= PL_LIMIT_AWS_ROLES)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "profile %s: its source_profile chain is a circle or too long", name);
  if (strcmp(source, name) == 0 && !has_static(profile))
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: it is its own source_profile", name);
  s->found = false;
  pl_status status = from_profile(s, source, depth + 1, base);
  if (!s->found)
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: source_profile %s has no credentials",
                   name, source);
  return status;
}

static pl_status from_role(search *s, const char *name, const pl_aws_profile *profile,
                           unsigned depth, pl_aws_keys *keys) {
  if (*FIELD(profile, role_arn) == '\0')
    return pl_fail(s->error, PL_ERR_INVALID, "profile %s: role_arn has no value", name);
  if (FIELD(profile, mfa_serial) != NULL)
    return pl_fail(s->error, PL_ERR_INVALID,
                   "profile %s: MFA (mfa_serial) is not supported, because nobody can type the "
                   "code: use another role, or credential_process",
                   name);
  pl_aws_keys *base;
  if (pl_aws_keys_create(&base) != PL_OK)
    return pl_fail_memory(s->error);
  pl_aws_role role = {.arn = FIELD(profile, role_arn),
                      .external_id = FIELD(profile, external_id),
                      .session_name = FIELD(profile, role_session_name),
                      .duration_seconds = FIELD(profile, duration_seconds),
                      .region =
                          s->config->region != NULL ? s->config->region : FIELD(profile, region)};
  pl_status status = find_base(s, name, profile, depth, base);
  if (status == PL_OK)
    status = pl_aws_assume_role(s->context, &role, base, keys, s->error);
  pl_aws_keys_free(base);
  s->metadata = false;
  return status;
}

/* As botocore does, each setting is that of the environment, else of the profile. The environment
 * counts only for the first profile, and only if no option names that. */
static pl_status from_web_identity(search *s, const pl_aws_profile *profile, unsigned depth,
                                   pl_aws_keys *keys) {
  static const pl_aws_environment none = {.role_arn = NULL};
  const pl_aws_environment *e =
      depth == 0 && s->config->profile == NULL ? s->context->environment : &none;
  const char *token_file = e->web_identity_token_file;
  pl_aws_role role = {.arn = e->role_arn != NULL ? e->role_arn : FIELD(profile, role_arn),
                      .session_name = e->role_session_name != NULL
                                          ? e->role_session_name
                                          : FIELD(profile, role_session_name),
                      .region = s->config->region};
  if (token_file != NULL)
    name_source(s, "web identity", "");
  else
    token_file = FIELD(profile, web_identity_token_file);
  s->found = token_file != NULL;
  if (s->found && (role.arn == NULL || *role.arn == '\0'))
    return pl_fail(s->error, PL_ERR_INVALID, "web identity: no role (AWS_ROLE_ARN, role_arn)");
  return s->found ? pl_aws_assume_web_identity(s->context, &role, token_file, keys, s->error)
                  : PL_ERR_INVALID;
}

static pl_status refuse_sign_in(search *s, const char *name) {
  return pl_fail(s->error, PL_ERR_INVALID,
                 "profile %s: sign-in with a browser (SSO) is not supported: use "
                 "credential_process = aws configure export-credentials --profile %s --format "
                 "process, in another profile",
                 name, name);
}

/* Keys that the profile has or names, in botocore's order. `found` is false if it has none. */
static pl_status from_profile_text(search *s, const char *name, const pl_aws_profile *profile,
                                   unsigned depth, pl_aws_keys *keys) {
  /* The static keys of a source profile go before a role of its own. */
  bool own_role = depth == 0 || !has_static(profile);
  if (FIELD(profile, role_arn) != NULL && FIELD(profile, web_identity_token_file) == NULL &&
      own_role) {
    pl_status status = from_role(s, name, profile, depth, keys);
    s->found = true;
    name_source(s, "role of profile ", name);
    return status;
  }
  name_source(s, "profile ", name);
  pl_status status = from_web_identity(s, profile, depth, keys);
  if (s->found)
    return status;
  s->found = true;
  if (FIELD(profile, sso_account_id) != NULL || FIELD(profile, sso_role_name) != NULL)
    return refuse_sign_in(s, name);
  if (profile->credentials.access_key_id != NULL)
    return from_static(s, name, &profile->credentials, keys);
  if (FIELD(profile, login_session) != NULL)
    return refuse_sign_in(s, name);
  if (FIELD(profile, credential_process) != NULL)
    return pl_aws_fetch_process(s->context, FIELD(profile, credential_process), keys, s->error);
  if (has_static(profile))
    return from_static(s, name, &profile->config, keys);
  if (FIELD(profile, sso_session) != NULL || FIELD(profile, sso_start_url) != NULL)
    return refuse_sign_in(s, name);
  s->found = false;
  return PL_ERR_INVALID;
}

static pl_status from_profile(search *s, const char *name, unsigned depth, pl_aws_keys *keys) {
  pl_aws_profile profile;
  bool named = depth > 0 || s->named;
  pl_status status = pl_aws_profile_read(name, s->context->environment, &profile, s->error);
  s->found = true;
  if (status != PL_OK)
    return status;
  if (named && !profile.config.present && !profile.credentials.present)
    status =
        pl_fail(s->error, PL_ERR_INVALID, "profile %s: in neither of the shared AWS files", name);
  else
    status = from_profile_text(s, name, &profile, depth, keys);
  pl_aws_profile_free(&profile);
  return status;
}

static pl_status walk(search *s, pl_aws_keys *keys) {
  const pl_aws_environment *e = s->context->environment;
  if (s->config->profile == NULL && e->access_key_id != NULL)
    return from_environment(s, keys);
  const char *name = pl_aws_profile_name(s->config->profile, e, &s->named);
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

/* Walks along all sources, and assumes the role of the option. */
static pl_status find_keys(search *s, pl_aws_keys *keys) {
  const pl_credentials_config *config = s->config;
  pl_aws_keys *base;
  if (config->role_arn == NULL)
    return walk(s, keys);
  if (pl_aws_keys_create(&base) != PL_OK)
    return PL_ERR_MEMORY;
  pl_status status = walk(s, base);
  if (status == PL_OK) {
    pl_aws_role role = {
        .arn = config->role_arn, .external_id = config->external_id, .region = config->region};
    search walked = *s;
    pl_buf source;
    pl_buf_fixed(&source, s->source, sizeof(s->source));
    pl_buf_add(&source, "role ");
    pl_buf_add_printable(&source, role.arn, strlen(role.arn), PL_LIMIT_FOREIGN);
    pl_buf_addf(&source, ", assumed with %s", walked.source);
    s->metadata = false;
    status = pl_aws_assume_role(s->context, &role, base, keys, s->error);
  }
  pl_aws_keys_free(base);
  return status;
}

/* ---- keeping keys fresh --------------------------------------------------------------------- */

static int64_t next_refresh(int64_t now, int64_t expires) {
  if (expires == 0)
    return 0;
  if (expires <= now)
    return now + STABILITY_MIN + (int64_t)(pl_aws_random() * STABILITY_SPREAD);
  int64_t half = now + (expires - now) / 2;
  return expires - REFRESH_BEFORE > half ? expires - REFRESH_BEFORE : half;
}

/* Adds the ends of the access key, which is no secret: "instance metadata (ASIA…7EXA)". */
static void name_key(char *source, const char *access_key) {
  size_t length = strlen(access_key), tail = length >= 12 ? length - 4 : length;
  size_t used = strlen(source);
  pl_text_setf(source + used, PL_LIMIT_TEXT - used, " (%.4s…%s)", access_key, access_key + tail);
}

static pl_status refresh(pl_credentials *c, const pl_aws_context *context, int64_t now,
                         pl_error *error) {
  pl_error why = {""};
  search s = {.config = &c->config, .context = context, .error = &why};
  pl_aws_keys *fresh = NULL;
  pl_status status = pl_aws_keys_create(&fresh);
  if (status == PL_OK)
    status = find_keys(&s, fresh);
  if (status != PL_OK) {
    pl_aws_keys_free(fresh);
    return pl_fail(error, status, "%s", why.text[0] == '\0' ? "out of memory" : why.text);
  }
  pl_aws_keys_free(c->keys);
  c->keys = fresh;
  c->usable = true;
  c->metadata = s.metadata;
  memcpy(c->source, s.source, sizeof(c->source));
  name_key(c->source, fresh->access_key);
  c->refresh_at = next_refresh(now, fresh->expires);
  return PL_OK;
}

static pl_status get_keys(void *user, const pl_aws_context *context, const pl_aws_keys **ret_keys,
                          pl_error *error) {
  pl_credentials *c = user;
  int64_t now = pl_aws_wall(context);
  if (!c->usable || (c->refresh_at != 0 && now >= c->refresh_at)) {
    bool still_good = c->usable && (c->metadata || c->keys->expires > now);
    pl_status status = refresh(c, context, now, error);
    if (status != PL_OK && !still_good)
      return status;
    if (status != PL_OK) {
      c->refresh_at = now + RETRY_AFTER;
      if (!c->metadata && c->refresh_at > c->keys->expires)
        c->refresh_at = c->keys->expires;
    }
  }
  *ret_keys = c->keys;
  return PL_OK;
}

static void drop_keys(void *user) {
  pl_credentials *c = user;
  c->usable = false;
}

pl_aws_signer pl_credentials_signer(pl_credentials *credentials) {
  return (pl_aws_signer){.get = get_keys, .drop = drop_keys, .user = credentials};
}

const char *pl_credentials_source(const pl_credentials *credentials) { return credentials->source; }

/* ---- region --------------------------------------------------------------------------------- */

pl_status pl_aws_region_find(const pl_aws_profile *profile, const pl_aws_context *context,
                             char *ret_region, size_t size, pl_error *error) {
  const pl_aws_environment *e = context->environment;
  const char *region = e->region != NULL ? e->region : e->default_region;
  if (region == NULL)
    region = FIELD(profile, region);
  if (region != NULL) {
    pl_text_set_printable(ret_region, size, region, strlen(region));
    return PL_OK;
  }
  pl_error why = {""};
  if (pl_aws_fetch_metadata_region(context, ret_region, size, &why) == PL_OK)
    return PL_OK;
  return pl_fail(error, PL_ERR_INVALID,
                 "no region is known (--region, AWS_REGION, the profile; %s)", why.text);
}
