/* Finds endpoints (--discover), and makes their configuration. */
#include "discover.h"
#include "aws/discovery/sections.h"
#include "base/file.h"
#include "base/ini.h"
#include "ec2.h"
#include "judge/case.h"
#include "options/parse.h"
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)PL_LIMIT_CONFIG_FILE)

struct pl_discover {
  char *path;                           /* --config; NULL for none */
  pl_argument_list extra, command_line; /* without what only the discovery takes */
  pl_text_list wanted;
  pl_request request;
  pl_discover_form form;
  pl_spec spec; /* of --extra-opts, [*] and the command line: identity and timeout */
  char *text;   /* of --config; NULL without */
  size_t length;
  pl_templates templates;
  pl_aws_environment environment;
  bool asked;
  pl_discovery discovery;
  pl_sections sections;
  pl_buf config;  /* the text, and the sections */
  unsigned found; /* the line that the sections follow */
};

/* ---- the arguments -------------------------------------------------------------------------- */

pl_status pl_discover_wanted(const pl_argument_list *extra, const pl_argument_list *command_line,
                             bool *ret_wanted, pl_error *error) {
  static const pl_option_id needing[] = {PL_OPTION_DISCOVER_FILTER, PL_OPTION_PRINT_CONFIG};
  *ret_wanted = pl_argument_list_has(extra, PL_OPTION_DISCOVER) ||
                pl_argument_list_has(command_line, PL_OPTION_DISCOVER);
  for (size_t i = 0; i < PL_COUNT_OF(needing) && !*ret_wanted; i++) {
    if (pl_argument_list_has(extra, needing[i]) || pl_argument_list_has(command_line, needing[i]))
      return pl_fail(error, PL_ERR_INVALID, "--%s: needs --discover",
                     pl_option_at(needing[i])->name);
  }
  return PL_OK;
}

/* An option for one endpoint would hold for all that are found; a key would go to all of them. */
static bool is_for_one(pl_option_id id) {
  static const pl_option_id ids[] = {
      PL_OPTION_ENDPOINT_ID,  PL_OPTION_NAME,    PL_OPTION_PRIVATE_NAME,
      PL_OPTION_PUBLIC_NAME,  PL_OPTION_ADDRESS, PL_OPTION_TENANT,
      PL_OPTION_SERVICE_NAME, PL_OPTION_PRESET,  PL_OPTION_ACCEPT};
  return pl_option_is_among(id, ids, PL_COUNT_OF(ids)) || pl_template_option_is_key(id);
}

/* What --print-config would not print must not be given with it. */
static bool is_of_print(pl_option_id id) {
  static const pl_option_id ids[] = {
      PL_OPTION_DISCOVER,        PL_OPTION_DISCOVER_FILTER,  PL_OPTION_PRINT_CONFIG,
      PL_OPTION_REGION,          PL_OPTION_AWS_ROLE_ARN,     PL_OPTION_AWS_PROFILE,
      PL_OPTION_AWS_EXTERNAL_ID, PL_OPTION_AWS_ENDPOINT_URL, PL_OPTION_AWS_READABLE_FILE,
      PL_OPTION_TIMEOUT,         PL_OPTION_CONFIG,           PL_OPTION_EXTRA_OPTS,
      PL_OPTION_VERBOSE};
  return pl_option_is_among(id, ids, PL_COUNT_OF(ids));
}

static pl_status add_list(pl_request *request, const pl_argument *given, pl_error *error) {
  pl_error problem;
  pl_status status = pl_request_add(request, given->option->id, given->value, &problem);
  if (status == PL_OK)
    return PL_OK;
  if (given->location == NULL)
    return pl_fail(error, status, "%s", problem.text);
  pl_error_redact(&problem, given->value);
  return pl_fail(error, status, "%s: %s", given->location, problem.text);
}

static pl_status add_filter(pl_discover *d, const char *value, pl_error *error) {
  pl_error problem;
  pl_status status = pl_request_add_filter(&d->request, value, &problem);
  return status == PL_OK ? PL_OK : pl_fail(error, status, "--discover-filter: %s", problem.text);
}

static pl_status take_form(pl_discover *d, const char *value, pl_error *error) {
  d->form =
      value != NULL && strcmp(value, "collectd") == 0 ? PL_DISCOVER_COLLECTD : PL_DISCOVER_INI;
  if (value != NULL && strcmp(value, "ini") != 0 && strcmp(value, "collectd") != 0)
    return pl_fail(error, PL_ERR_INVALID, "--print-config: takes ini or collectd");
  return PL_OK;
}

/* Takes what is the discovery's own, and keeps the rest for the endpoints. */
static pl_status take_list(pl_discover *d, const pl_argument_list *list, pl_argument_list *kept,
                           pl_error *error) {
  pl_request fresh = {0};
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count && status == PL_OK; i++) {
    const pl_argument *given = &list->items[i];
    pl_option_id id = given->option->id;
    if (is_for_one(id))
      status = pl_fail(error, PL_ERR_INVALID,
                       "--%s: would hold for every endpoint that --discover finds; write it into a "
                       "template of --config",
                       given->option->name);
    else if (id == PL_OPTION_AWS_ROLE_ARN || id == PL_OPTION_REGION)
      status = add_list(&fresh, given, error);
    else if (id == PL_OPTION_DISCOVER_FILTER)
      status = add_filter(d, given->value, error);
    else if (id == PL_OPTION_PRINT_CONFIG)
      status = take_form(d, given->value, error);
    else if (id != PL_OPTION_DISCOVER)
      status = pl_argument_list_add(kept, given->option, given->value, given->location, error);
  }
  pl_text_list *const from[] = {&fresh.roles, &fresh.regions};
  pl_text_list *const to[] = {&d->request.roles, &d->request.regions};
  for (size_t i = 0; i < PL_COUNT_OF(from) && status == PL_OK; i++) {
    if (from[i]->count == 0)
      continue;
    pl_text_list_free(to[i]); /* the command line replaces --extra-opts */
    *to[i] = *from[i];
    *from[i] = (pl_text_list){0};
  }
  pl_request_free(&fresh);
  return status;
}

static pl_status check_print(const pl_discover *d, pl_error *error) {
  const pl_argument_list *const lists[] = {&d->extra, &d->command_line};
  for (size_t k = 0; k < PL_COUNT_OF(lists) && d->form != PL_DISCOVER_CHECK; k++) {
    for (size_t i = 0; i < lists[k]->count; i++) {
      const pl_option *option = lists[k]->items[i].option;
      if (!is_of_print(option->id))
        return pl_fail(error, PL_ERR_INVALID,
                       (option->front_ends & PL_FRONT_END_CONFIG) != 0
                           ? "--%s: --print-config does not print it; write it into [*] or a "
                             "template of --config"
                           : "--%s: cannot be combined with --print-config",
                       option->name);
    }
  }
  return PL_OK;
}

/* A mistake in [*] is reported by the reader of the configuration. */
static pl_status on_common(void *user, const pl_ini_event *event) {
  pl_spec *spec = user;
  if (event->problem != NULL || event->key == NULL || strcmp(event->section, "*") != 0)
    return PL_OK;
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG);
  if (option == NULL)
    return PL_OK;
  pl_status status = pl_spec_set(spec, option->id, PL_LAYER_COMMON, &event->value, 1, NULL);
  return status == PL_ERR_MEMORY ? status : PL_OK;
}

static pl_status read_config(pl_discover *d, pl_error *error) {
  pl_error problem;
  if (d->path == NULL)
    return PL_OK;
  pl_status status = pl_file_read(d->path, PL_LIMIT_CONFIG_FILE, &d->text, &d->length, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--config: %s", problem.text);
  status =
      pl_templates_read(d->text, d->length, d->path, PL_FRONT_END_CONFIG, &d->templates, error);
  if (status == PL_OK && pl_ini_read(d->text, d->length, on_common, &d->spec) != PL_OK)
    status = pl_fail_memory(error); /* the only failure of on_common */
  return status;
}

static bool copy_request(pl_discover *d, const pl_discover_request *request) {
  bool copied = true;
  if (request->config != NULL)
    copied = (d->path = strdup(request->config)) != NULL;
  for (size_t i = 0; i < request->wanted_count && copied; i++)
    copied = pl_text_list_add(&d->wanted, request->wanted[i], strlen(request->wanted[i]));
  return copied;
}

pl_status pl_discover_create(const pl_discover_request *request, pl_discover **ret_discover,
                             pl_error *error) {
  pl_discover *d = calloc(1, sizeof(*d));
  if (d == NULL)
    return pl_fail_memory(error);
  pl_spec_init(&d->spec);
  pl_buf_init(&d->config, TEXT_MAX);
  pl_status status = copy_request(d, request) ? PL_OK : pl_fail_memory(error);
  if (status == PL_OK)
    status = take_list(d, request->extra, &d->extra, error);
  if (status == PL_OK)
    status = take_list(d, request->command_line, &d->command_line, error);
  if (status == PL_OK)
    status = check_print(d, error);
  if (status == PL_OK)
    status = pl_argument_list_apply(&d->extra, PL_LAYER_COMMON, &d->spec, error);
  if (status == PL_OK)
    status = read_config(d, error);
  if (status == PL_OK)
    status = pl_argument_list_apply(&d->command_line, PL_LAYER_COMMAND_LINE, &d->spec, error);
  if (status == PL_OK)
    status = pl_request_finish(&d->request, &d->spec, error);
  if (status == PL_OK)
    *ret_discover = d;
  else
    pl_discover_free(d);
  return status;
}

void pl_discover_free(pl_discover *d) {
  if (d == NULL)
    return;
  pl_sections_free(&d->sections);
  pl_discovery_free(&d->discovery);
  pl_aws_environment_free(&d->environment);
  pl_templates_free(&d->templates);
  pl_request_free(&d->request);
  free(d->path);
  pl_text_list_free(&d->wanted);
  pl_argument_list_free(&d->extra);
  pl_argument_list_free(&d->command_line);
  pl_spec_free(&d->spec);
  pl_buf_free(&d->config);
  free(d->text);
  free(d);
}

pl_discover_form pl_discover_form_of(const pl_discover *discover) { return discover->form; }

pl_nsec pl_discover_timeout(const pl_discover *discover) { return discover->spec.timeout; }

const pl_aws_environment *pl_discover_environment(const pl_discover *discover) {
  return discover->asked ? &discover->environment : NULL;
}

/* ---- the result ----------------------------------------------------------------------------- */

static void write_config(pl_discover *d) {
  if (d->text != NULL && d->length > 0) {
    pl_buf_add_bytes(&d->config, d->text, d->length);
    if (d->text[d->length - 1] != '\n')
      pl_buf_add_char(&d->config, '\n');
  }
  for (size_t i = 0; i < d->config.length; i++)
    d->found += d->config.data[i] == '\n';
  for (size_t i = 0; i < d->sections.count; i++) {
    if (d->config.length > 0)
      pl_buf_add_char(&d->config, '\n');
    pl_section_add(&d->config, &d->sections.items[i]);
  }
}

pl_status pl_discover_ask(pl_discover *d, const pl_clock *clock, pl_nsec deadline,
                          pl_error *error) {
  pl_status status = pl_ec2_environment_read(&d->environment, error);
  if (status != PL_OK)
    return status;
  d->asked = true;
  pl_discovery_config config = {
      .request = &d->request,
      .profile = d->spec.aws_profile,
      .external_id = d->spec.aws_external_id,
      .endpoint_url = d->spec.aws_endpoint_url,
      .readable_file = d->spec.aws_readable_file,
      .clock = *clock,
      .environment = &d->environment,
  };
  pl_section_common common = {.profile = config.profile,
                              .external_id = config.external_id,
                              .endpoint_url = config.endpoint_url,
                              .readable_file = config.readable_file};
  status = pl_discovery_create(&config, &d->discovery);
  if (status == PL_OK)
    status = pl_discovery_ask(&d->discovery, deadline, NULL);
  if (status == PL_OK)
    status = pl_sections_make(&d->discovery, &d->templates, &common, &d->sections);
  if (status == PL_OK) {
    write_config(d);
    status = pl_buf_status(&d->config);
  }
  if (status == PL_ERR_LIMIT)
    return pl_fail(error, status, "--discover: more than %d endpoints, or too much text",
                   PL_LIMIT_ENDPOINTS);
  return status == PL_OK ? PL_OK : pl_fail_memory(error);
}

pl_status pl_discover_print(const pl_discover *d, pl_buf *buf, bool *ret_complete) {
  const pl_buf *config = &d->config;
  *ret_complete = true;
  for (size_t i = 0; i < d->discovery.count; i++) {
    if (d->discovery.scopes[i].problem == NULL)
      continue;
    *ret_complete = false;
    pl_buf_add(buf, "# not complete: ");
    pl_scope_add_problem(buf, &d->discovery.scopes[i]);
    pl_buf_add_char(buf, '\n');
  }
  if (d->sections.count == 0)
    pl_buf_add(buf, "# no endpoint was found that is not in --config\n");
  if (d->form == PL_DISCOVER_COLLECTD)
    return pl_sections_add_collectd(buf, pl_buf_text(config), config->length);
  pl_buf_add_bytes(buf, pl_buf_text(config), config->length);
  return pl_buf_status(buf);
}

/* A list that was answered can still not be used as a whole. */
static pl_reason reason_of(pl_ec2_outcome outcome) {
  return outcome == PL_EC2_FOUND || outcome == PL_EC2_NOT_FOUND ? PL_REASON_STATE_API
                                                                : pl_ec2_reason(outcome);
}

/* An endpoint that stands for those of a list that could not be read. */
static pl_status make_missing(const pl_scope *scope, size_t index, pl_args_endpoint *ret_endpoint) {
  char text[PL_LIMIT_NAME + 1] = "", name[PL_LIMIT_NAME + 1];
  pl_text_setf(text, sizeof(text), "discover-%zu %s %.20s", index + 1, scope->region,
               scope->role_arn != NULL ? strstr(scope->role_arn, "::") : "");
  pl_section_name(text, name);
  pl_buf problem;
  pl_buf_init(&problem, sizeof(((pl_error *)NULL)->text));
  pl_scope_add_problem(&problem, scope);
  pl_args_endpoint endpoint = {.name = strdup(name),
                               .problem = strdup(pl_buf_text(&problem)),
                               .problem_reason = reason_of(scope->problem->outcome)};
  pl_buf_free(&problem);
  pl_spec_init(&endpoint.spec);
  *ret_endpoint = endpoint;
  return endpoint.name != NULL && endpoint.problem != NULL ? PL_OK : PL_ERR_MEMORY;
}

static bool is_partial(const pl_discover *d) {
  bool partial = false;
  for (size_t i = 0; i < d->discovery.count; i++)
    partial = partial || d->discovery.scopes[i].problem != NULL;
  return partial;
}

static pl_status add_missing(const pl_discover *d, pl_args_endpoint **endpoints, size_t *count) {
  for (size_t i = 0; i < d->discovery.count; i++) {
    if (d->discovery.scopes[i].problem == NULL)
      continue;
    pl_args_endpoint *missing = pl_array_add((void **)endpoints, count, sizeof(*missing));
    if (missing == NULL)
      return PL_ERR_MEMORY;
    pl_status status = make_missing(&d->discovery.scopes[i], i, missing);
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

pl_status pl_discover_endpoints(const pl_discover *d, pl_args_endpoint **ret_endpoints,
                                size_t *ret_count, pl_error *error) {
  pl_args_endpoint *endpoints = NULL;
  size_t count = 0;
  pl_config_request request = {.path = d->path != NULL ? d->path : "--discover",
                               .text = pl_buf_text(&d->config),
                               .length = d->config.length,
                               .found = d->found,
                               .is_discovered = true,
                               .is_partial = is_partial(d),
                               .extra = &d->extra,
                               .command_line = &d->command_line,
                               .wanted = d->wanted.items,
                               .wanted_count = d->wanted.count};
  pl_status status = PL_OK;
  if (d->sections.count > 0 || d->templates.has_endpoint)
    status = pl_config_read(&request, &endpoints, &count, error);
  if (status != PL_OK)
    return status;
  status = add_missing(d, &endpoints, &count);
  if (status == PL_OK && count == 0)
    status = pl_fail(error, PL_ERR_INVALID,
                     "--discover: no endpoint was found (%zu gateways or deleted ones are left "
                     "out); check --region, --aws-role-arn and --discover-filter",
                     d->sections.left_out);
  else if (status != PL_OK)
    (void)pl_fail_memory(error);
  if (status == PL_OK) {
    *ret_endpoints = endpoints;
    *ret_count = count;
  } else {
    pl_args_endpoints_free(endpoints, count);
  }
  return status;
}
