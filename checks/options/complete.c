/* Completes a spec: presets, defaults and files; refuses options that do not fit together. */
#include "options/complete.h"
#include "base/file.h"
#include "facts/metrics.h"
#include "facts/partition.h"
#include "options/lists.h"
#include "options/options.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PL_LIMIT_CA_FILE (16 << 20) /* bytes; a whole distribution's bundle is about 256 KiB */

typedef struct filling {
  pl_option_id id;
  const char *value; /* NULL: there is none */
} filling;

/* Sets the options that no layer above `layer` has set. */
static pl_status fill(pl_spec *spec, pl_layer layer, const filling *rows, size_t count,
                      pl_error *error) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < count && status == PL_OK; i++) {
    if (rows[i].value != NULL && layer >= (pl_layer)spec->layer[rows[i].id])
      status = pl_spec_set(spec, rows[i].id, layer, &rows[i].value, 1, error);
  }
  return status;
}

static pl_status add_signatures(pl_spec *spec, const char *const *values, pl_evidence evidence,
                                pl_error *error) {
  for (; *values != NULL; values++) {
    pl_input input = {.rule = &pl_option_at(PL_OPTION_BLOCKED_BY)->rule,
                      .arguments = values,
                      .count = 1,
                      .target = &spec->blocked_by,
                      .append = true,
                      .evidence = evidence};
    pl_status status = pl_parse_list(&input, error);
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

/* If --blocked-by is not given: the list of the preset, else the default. */
static pl_status finish_blocked_by(pl_spec *spec, pl_error *error) {
  if (pl_spec_given(spec, PL_OPTION_BLOCKED_BY))
    return PL_OK;
  if (spec->preset == NULL)
    return fill(spec, PL_LAYER_DEFAULT,
                &(const filling){PL_OPTION_BLOCKED_BY, "http:403,tcp:refused,tcp:timeout"}, 1,
                error);
  pl_status status = add_signatures(spec, spec->preset->proof, PL_EVIDENCE_PROOF, error);
  if (status == PL_OK)
    status = add_signatures(spec, spec->preset->hints, PL_EVIDENCE_HINT, error);
  return status;
}

static pl_status fail_region(const pl_preset *preset, const char *region, pl_error *error) {
  char storage[256];
  pl_buf known;
  pl_buf_fixed(&known, storage, sizeof(storage));
  for (size_t i = 0; preset->regions[i].region != NULL; i++)
    pl_buf_addf(&known, "%s%s", i == 0 ? "" : ", ", preset->regions[i].region);
  return pl_fail(error, PL_ERR_INVALID,
                 "--region: preset %s knows no region '%s', only %s; for another one give "
                 "--service-name%s too",
                 preset->name, region, pl_buf_text(&known),
                 preset->own_host ? "" : " and --public-name");
}

static pl_status finish_preset(pl_spec *spec, pl_error *error) {
  const pl_preset *preset = spec->preset;
  if (preset == NULL)
    return PL_OK;
  if (spec->region == NULL)
    return pl_fail(error, PL_ERR_INVALID,
                   "--region: --preset %s needs the region, such as eu-central-1", preset->name);
  const char *where = spec->service_region != NULL ? spec->service_region : spec->region;
  const pl_preset_region *region = pl_preset_region_find(preset, where);
  bool given = spec->service_name != NULL && (preset->own_host || spec->public_name != NULL);
  if (region == NULL && preset->regions[0].region != NULL && !given)
    return fail_region(preset, where, error);
  const filling rows[] = {
      {PL_OPTION_PUBLIC_NAME, region != NULL ? region->public_name : NULL},
      {PL_OPTION_SERVICE_NAME, region != NULL ? region->service_name : NULL},
      {PL_OPTION_PATH, preset->path},
      {PL_OPTION_API_KEY_SCHEME, preset->api_key_scheme},
      {PL_OPTION_PRIVATE_DNS, preset->private_dns_on ? "on" : NULL},
  };
  return fill(spec, PL_LAYER_PRESET, rows, PL_COUNT_OF(rows), error);
}

/* The name that the form of a preset gives: its first word in capitals is the tenant, REGION the
 * region. False where another word in capitals is left. */
static bool derive_name(pl_buf *name, const char *form, const char *tenant, const char *region) {
  static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
  bool first = true;
  while (*form != '\0') {
    size_t length = strspn(form, capitals);
    if (length == 0 || *form == '-') {
      pl_buf_add_char(name, *form++);
      continue;
    }
    bool is_region = length == strlen("REGION") && strncmp(form, "REGION", length) == 0;
    if (!is_region && !first)
      return false;
    pl_buf_add(name, is_region ? region : tenant);
    first = false;
    form += length;
  }
  return !name->truncated;
}

static pl_status fill_derived(pl_spec *spec, pl_option_id id, const char *form, pl_error *error) {
  char storage[PL_LIMIT_HOST + 1];
  pl_buf name;
  pl_buf_fixed(&name, storage, sizeof(storage));
  if (form == NULL || strchr(form, ' ') != NULL ||
      !derive_name(&name, form, spec->tenant, spec->region))
    return pl_fail(error, PL_ERR_INVALID,
                   "--tenant: preset %s does not derive both names from one "
                   "label; leave it out",
                   spec->preset->name);
  if (pl_spec_given(spec, id))
    return pl_fail(error, PL_ERR_INVALID, "--tenant: makes --%s itself; leave one of them out",
                   pl_option_at(id)->name);
  return fill(spec, PL_LAYER_PRESET, &(const filling){id, storage}, 1, error);
}

/* Both names come from one label, so that a mistake in it cannot make them two tenants'. */
static pl_status finish_tenant(pl_spec *spec, pl_error *error) {
  if (spec->tenant == NULL)
    return PL_OK;
  if (spec->preset == NULL || !spec->preset->own_host)
    return pl_fail(error, PL_ERR_INVALID,
                   "--tenant: needs a --preset whose names depend on the "
                   "account (--list-presets)");
  pl_status status = fill_derived(spec, PL_OPTION_PUBLIC_NAME, spec->preset->public_hint, error);
  if (status == PL_OK)
    status = fill_derived(spec, PL_OPTION_PRIVATE_NAME, spec->preset->private_hint, error);
  return status;
}

/* A host name may end in a dot, which no other module expects. */
static void drop_trailing_dot(char *host) {
  if (host != NULL && host[0] != '\0' && host[strlen(host) - 1] == '.')
    host[strlen(host) - 1] = '\0';
}

static pl_status finish_defaults(pl_spec *spec, pl_error *error) {
  drop_trailing_dot(spec->private_name);
  drop_trailing_dot(spec->public_name);
  drop_trailing_dot(spec->tls_name);
  drop_trailing_dot(spec->public_control);
  spec->public_resolvers_default = !pl_spec_given(spec, PL_OPTION_PUBLIC_RESOLVER);
  const filling rows[] = {
      {PL_OPTION_PRIVATE_RANGE, pl_option_at(PL_OPTION_PRIVATE_RANGE)->default_text},
      {PL_OPTION_PUBLIC_RESOLVER, "1.1.1.1,8.8.8.8,2606:4700:4700::1111,2001:4860:4860::8888"},
      {PL_OPTION_PATH, "/"},
      {PL_OPTION_API_KEY_SCHEME, "Bearer"},
      {PL_OPTION_TLS_NAME, spec->private_name},
      {PL_OPTION_PRIVATE_DNS,
       spec->private_name == NULL && spec->endpoint_id != NULL ? "on" : NULL},
  };
  pl_status status = fill(spec, PL_LAYER_DEFAULT, rows, PL_COUNT_OF(rows), error);
  if (status != PL_OK)
    return status;
  if (strcasecmp(spec->api_key_scheme, "none") == 0) {
    free(spec->api_key_scheme);
    spec->api_key_scheme = NULL;
  }
  return finish_blocked_by(spec, error);
}

/* There is neither a name nor an endpoint. A preset whose names depend on the account has none. */
static pl_status fail_nothing(const pl_spec *spec, pl_error *error) {
  const pl_preset *preset = spec->preset;
  if (preset == NULL || !preset->own_host)
    return pl_fail(error, PL_ERR_INVALID,
                   "nothing to check: give --private-name HOST, --public-name HOST or "
                   "--endpoint-id vpce-ID");
  return pl_fail(error, PL_ERR_INVALID,
                 "nothing to check: with --preset %s the hosts are your account's own: give "
                 "--private-name (%s), --public-name (%s) or --endpoint-id vpce-ID",
                 preset->name, preset->private_hint, preset->public_hint);
}

static pl_status finish_name(pl_spec *spec, const char *fallback, pl_error *error) {
  if (spec->name != NULL)
    return PL_OK;
  const char *candidates[] = {fallback, spec->private_name, spec->public_name, spec->endpoint_id};
  for (size_t i = 0; i < PL_COUNT_OF(candidates); i++) {
    if (candidates[i] == NULL)
      continue;
    char name[PL_LIMIT_NAME + 1] = "";
    strncat(name, candidates[i], PL_LIMIT_NAME);
    return fill(spec, PL_LAYER_DEFAULT, &(const filling){PL_OPTION_NAME, name}, 1, error);
  }
  return fail_nothing(spec, error);
}

/* --check names a check that lacks an option. If the preset knows the form of the option's value,
 * the message has it. */
static pl_status fail_lack(const pl_spec *spec, pl_check check, pl_error *error) {
  const pl_preset *preset = spec->preset;
  const pl_check_info *info = pl_check_info_at(check);
  const char *option = info->lacks + strlen("no ");
  if (preset == NULL || !preset->own_host ||
      (info->needs & (PL_NEED_PRIVATE_NAME | PL_NEED_PUBLIC_NAME)) == 0)
    return pl_fail(error, PL_ERR_INVALID, "--check: %s needs %s", info->name, option);
  bool public_name = (info->needs & PL_NEED_PUBLIC_NAME) != 0;
  return pl_fail(error, PL_ERR_INVALID, "--check: %s needs %s, for --preset %s in the form %s",
                 info->name, option, preset->name,
                 public_name ? preset->public_hint : preset->private_hint);
}

/* Which checks run, and what the others lack. */
static pl_status finish_checks(pl_spec *spec, pl_error *error) {
  unsigned given = 0;
  given |= spec->endpoint_id != NULL ? PL_NEED_ENDPOINT_ID : 0;
  given |= spec->private_name != NULL ? PL_NEED_PRIVATE_NAME : 0;
  given |= spec->public_name != NULL ? PL_NEED_PUBLIC_NAME : 0;
  if (spec->addresses.count > 0 && (spec->tls_name != NULL || spec->probe == PL_DEPTH_TCP))
    given |= PL_NEED_ADDRESSES;
  unsigned wanted = spec->checks_named != 0 ? spec->checks_named : PL_CHECK_ALL;
  spec->checks = 0;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_info *info = pl_check_info_at((pl_check)check);
    spec->skipped[check] = NULL;
    if ((wanted & PL_CHECK_BIT(check)) == 0)
      spec->skipped[check] = "not in --check";
    else if ((given & info->needs) != 0)
      spec->checks |= PL_CHECK_BIT(check);
    else if (spec->checks_named != 0)
      return fail_lack(spec, (pl_check)check, error);
    else
      spec->skipped[check] = info->lacks;
  }
  return spec->checks == 0 ? fail_nothing(spec, error) : PL_OK;
}

/* The option without which no round has the metric, as the user would write it; NULL: none. */
static const char *lacked(const pl_spec *spec, pl_metric_id id) {
  bool of_tls = id == PL_METRIC_TLS_TIME || id == PL_METRIC_CERTIFICATE_DAYS;
  if (id == PL_METRIC_HOURLY_COST && spec->hourly_price < 0)
    return "--hourly-price";
  if (of_tls && spec->probe < PL_DEPTH_TLS)
    return "--probe tls or http";
  if (id == PL_METRIC_FIRST_BYTE_TIME && spec->probe < PL_DEPTH_HTTP)
    return "--probe http";
  if (id == PL_METRIC_PUBLIC_HTTP_STATUS && spec->public_probe < PL_DEPTH_HTTP)
    return "--public-probe http";
  return NULL;
}

/* A metric that no round of this endpoint can have would be a threshold that never alerts. */
static pl_status check_thresholds(const pl_spec *spec, const pl_thresholds *thresholds,
                                  const char *option, pl_error *error) {
  for (size_t i = 0; i < thresholds->count; i++) {
    const pl_threshold *threshold = &thresholds->items[i];
    const pl_metric_info *metric = pl_metric_info_at((pl_metric_id)threshold->metric);
    if (metric->check != PL_CHECK_COUNT && !pl_spec_runs(spec, metric->check))
      return pl_fail(error, PL_ERR_INVALID,
                     "--%s: %s is a metric of the check %s, which does not run", option,
                     metric->name, pl_check_name(metric->check));
    const char *lack = lacked(spec, (pl_metric_id)threshold->metric);
    if (lack != NULL)
      return pl_fail(error, PL_ERR_INVALID, "--%s: %s needs %s", option, metric->name, lack);
    if (threshold->zone[0] != '\0' && spec->region != NULL &&
        !pl_aws_is_zone_of(threshold->zone, spec->region))
      return pl_fail(error, PL_ERR_INVALID, "--%s: %s-%s: there is no zone %s in --region %s",
                     option, metric->name, threshold->zone, threshold->zone, spec->region);
  }
  return PL_OK;
}

/* The caller frees the text. `trusted` also takes OpenSSL's form with trust settings. */
static pl_status read_certificates(const char *option, const char *path, size_t limit, bool trusted,
                                   char **ret_text, pl_error *error) {
  char *text;
  size_t length;
  pl_error problem;
  pl_status status = pl_file_read(path, limit, &text, &length, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--%s: %s", option, problem.text);
  if (strstr(text, "-----BEGIN CERTIFICATE-----") == NULL &&
      (!trusted || strstr(text, "-----BEGIN TRUSTED CERTIFICATE-----") == NULL)) {
    free(text);
    return pl_fail(error, PL_ERR_INVALID, "--%s: %s holds no PEM certificate", option, path);
  }
  *ret_text = text;
  return PL_OK;
}

/* The engine loads the file. A mistake in it is a mistake of the configuration. */
static pl_status check_ca_file(const char *option, const char *path, pl_error *error) {
  char *text = NULL;
  pl_status status =
      path == NULL ? PL_OK : read_certificates(option, path, PL_LIMIT_CA_FILE, true, &text, error);
  free(text);
  return status;
}

/* These decide where the key of the public side goes, and no other. */
static const pl_option_id of_the_public_side[] = {
    PL_OPTION_PUBLIC_NAME, PL_OPTION_PUBLIC_ADDRESS, PL_OPTION_PUBLIC_RESOLVER,
    PL_OPTION_TENANT,      PL_OPTION_PUBLIC_CA_FILE,
};
static const pl_option_id of_both_sides[] = {
    PL_OPTION_PRIVATE_NAME, PL_OPTION_ADDRESS,     PL_OPTION_PORT,
    PL_OPTION_TLS_NAME,     PL_OPTION_CA_FILE,     PL_OPTION_PRIVATE_RANGE,
    PL_OPTION_RESOLVER,     PL_OPTION_ENDPOINT_ID, PL_OPTION_AWS_ENDPOINT_URL,
};

bool pl_option_decides_key(pl_option_id id) {
  return pl_option_is_among(id, of_both_sides, PL_COUNT_OF(of_both_sides)) ||
         pl_option_is_among(id, of_the_public_side, PL_COUNT_OF(of_the_public_side));
}

/* A caller who may pass arguments, as over NRPE or sudo, must not decide where the key of a file
 * goes. */
static pl_status check_key_options(const pl_spec *spec, pl_option_id key, pl_error *error) {
  if (spec->layer[key] == PL_LAYER_COMMAND_LINE)
    return PL_OK;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    bool decides = key == PL_OPTION_PUBLIC_KEY_FILE
                       ? pl_option_decides_key(id)
                       : pl_option_is_among(id, of_both_sides, PL_COUNT_OF(of_both_sides));
    if (decides && spec->layer[id] == PL_LAYER_COMMAND_LINE)
      return pl_fail(error, PL_ERR_INVALID,
                     "--%s: not allowed on the command line, because the file of --%s comes from a "
                     "configuration file, and this decides where the key goes; write it there",
                     pl_option_at(id)->name, pl_option_at(key)->name);
  }
  return PL_OK;
}

static pl_status read_key(const pl_spec *spec, pl_option_id option, const char *path, char **target,
                          pl_error *error) {
  if (path == NULL)
    return PL_OK;
  if (check_key_options(spec, option, error) != PL_OK)
    return PL_ERR_INVALID;
  pl_error problem;
  char *key;
  pl_status status = pl_secret_read(path, &key, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--%s: %s", pl_option_at(option)->name, problem.text);
  pl_secret_free(*target);
  *target = key;
  return PL_OK;
}

static pl_status read_client_cert(pl_spec *spec, pl_error *error) {
  if (spec->client_cert_file == NULL)
    return PL_OK;
  char *certificate;
  pl_status status = read_certificates("client-cert", spec->client_cert_file, PL_LIMIT_PEM, false,
                                       &certificate, error);
  if (status != PL_OK)
    return status;
  free(spec->client_cert);
  spec->client_cert = certificate;
  return PL_OK;
}

static pl_status read_client_key(pl_spec *spec, pl_error *error) {
  if (spec->client_key_file == NULL)
    return PL_OK;
  if (check_key_options(spec, PL_OPTION_CLIENT_KEY, error) != PL_OK)
    return PL_ERR_INVALID;
  pl_error problem;
  char *key;
  pl_status status = pl_secret_read_lines(spec->client_key_file, &key, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--client-key: %s", problem.text);
  if (strstr(key, "PRIVATE KEY-----") == NULL || strstr(key, "ENCRYPTED") != NULL) {
    pl_secret_free(key);
    return pl_fail(error, PL_ERR_INVALID, "--client-key: %s holds no PEM key without a password",
                   spec->client_key_file);
  }
  pl_secret_free(spec->client_key);
  spec->client_key = key;
  return PL_OK;
}

/* -4 and -6 exclude each other: the higher layer wins. */
static pl_status finish_families(pl_spec *spec, pl_error *error) {
  if (!spec->ipv4_only || !spec->ipv6_only)
    return PL_OK;
  uint8_t ipv4 = spec->layer[PL_OPTION_USE_IPV4], ipv6 = spec->layer[PL_OPTION_USE_IPV6];
  if (ipv4 == ipv6)
    return pl_fail(error, PL_ERR_INVALID, "--use-ipv4: excludes --use-ipv6; give one of them");
  spec->ipv4_only = ipv4 > ipv6;
  spec->ipv6_only = ipv6 > ipv4;
  return PL_OK;
}

static pl_status check_client_files(const pl_spec *spec, pl_error *error) {
  bool cert = spec->client_cert_file != NULL, key = spec->client_key_file != NULL;
  if (cert == key)
    return PL_OK;
  return pl_fail(error, PL_ERR_INVALID, "--client-%s: is missing, --client-%s needs it",
                 cert ? "key" : "cert", cert ? "cert" : "key");
}

pl_status pl_spec_complete(pl_spec *spec, const char *fallback_name, pl_error *error) {
  if (fallback_name != NULL && spec->name == NULL && !pl_valid_name(fallback_name))
    return pl_fail(error, PL_ERR_INVALID,
                   "--name: '%s' is not 1 to 64 letters, digits, '_', '.' and '-'", fallback_name);
  pl_status status = finish_families(spec, error);
  if (status == PL_OK)
    status = finish_preset(spec, error);
  if (status == PL_OK)
    status = finish_tenant(spec, error);
  if (status == PL_OK)
    status = finish_defaults(spec, error);
  if (status == PL_OK)
    status = check_client_files(spec, error);
  if (status == PL_OK)
    status = finish_name(spec, fallback_name, error);
  if (status == PL_OK)
    status = finish_checks(spec, error);
  if (status == PL_OK)
    status = check_thresholds(spec, &spec->warning, "warning", error);
  if (status == PL_OK)
    status = check_thresholds(spec, &spec->critical, "critical", error);
  return status;
}

pl_status pl_spec_read_files(pl_spec *spec, pl_error *error) {
  pl_status status = check_ca_file("ca-file", spec->ca_file, error);
  if (status == PL_OK)
    status = check_ca_file("public-ca-file", spec->public_ca_file, error);
  if (status == PL_OK)
    status = read_key(spec, PL_OPTION_API_KEY_FILE, spec->api_key_file, &spec->api_key, error);
  if (status == PL_OK)
    status =
        read_key(spec, PL_OPTION_PUBLIC_KEY_FILE, spec->public_key_file, &spec->public_key, error);
  if (status == PL_OK)
    status = read_client_cert(spec, error);
  return status == PL_OK ? read_client_key(spec, error) : status;
}

pl_status pl_spec_finish(pl_spec *spec, const char *fallback_name, pl_error *error) {
  pl_status status = pl_spec_complete(spec, fallback_name, error);
  return status == PL_OK ? pl_spec_read_files(spec, error) : status;
}
