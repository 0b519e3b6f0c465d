/* Reads --config: every section of an INI file is one endpoint, and [*] has the common values.
 *
 * Reads the file twice: first for [*], which may come anywhere, then for the endpoints. An error in
 * a section makes only that endpoint unusable. An error in [*], or before the first section, makes
 * all of them unusable, because each may depend on it. */
#include "config.h"
#include "aws/discovery/templates.h"
#include "base/file.h"
#include "base/ini.h"
#include "options/complete.h"
#include "options/parse.h"
#include "options/twins.h"
#include <stdlib.h>
#include <string.h>

#define COMMON "*"

typedef struct config_reader {
  const pl_config_request *request;
  pl_error *error;
  pl_args_endpoint *endpoints;
  size_t count;
  pl_spec common;
  char *common_problem;      /* "FILE line N: …"; owned */
  pl_args_endpoint *current; /* NULL outside of a wanted section */
} config_reader;

/* ---- errors --------------------------------------------------------------------------------- */

/* Keeps the first error of a section. */
static pl_status note_problem(config_reader *reader, char **problem, unsigned line,
                              const char *text) {
  if (*problem != NULL)
    return PL_OK;
  pl_error whole;
  const pl_config_request *request = reader->request;
  if (request->is_discovered && line > request->found)
    (void)pl_fail(&whole, PL_ERR_INVALID, "--discover: line %u of --print-config: %s", line, text);
  else
    (void)pl_fail(&whole, PL_ERR_INVALID, "%s line %u: %s", request->path, line, text);
  *problem = strdup(whole.text);
  return *problem != NULL ? PL_OK : pl_fail_memory(reader->error);
}

/* Why --serve cannot use the option there; NULL if it can. */
static const char *unfit(pl_option_id id, pl_layer layer) {
  if (id == PL_OPTION_ENDPOINTS_FILE || id == PL_OPTION_REPORT || id == PL_OPTION_CHAIN_MEMORY)
    return "only for collectd";
  if (layer == PL_LAYER_SECTION && pl_option_is_shared(id))
    return "applies to all endpoints: write it into [" COMMON "]";
  return NULL;
}

static pl_status set_entry(config_reader *reader, const pl_ini_event *event, pl_layer layer,
                           pl_spec *spec, char **problem) {
  pl_error error;
  const pl_option *option;
  unsigned front_ends = PL_FRONT_END_CONFIG | (reader->request->serves ? PL_FRONT_END_PLUGIN : 0);
  if (pl_argument_find(event->key, front_ends, &option, &error) != PL_OK)
    return note_problem(reader, problem, event->line, error.text);
  const char *wrong = reader->request->serves ? unfit(option->id, layer) : NULL;
  if (wrong != NULL) {
    (void)pl_fail(&error, PL_ERR_INVALID, "--%s: %s", option->name, wrong);
    return note_problem(reader, problem, event->line, error.text);
  }
  pl_status status = pl_spec_set(spec, option->id, layer, &event->value, 1, &error);
  if (status == PL_ERR_MEMORY)
    return pl_fail(reader->error, status, "%s", error.text);
  if (status == PL_OK)
    return PL_OK;
  pl_error_redact(&error, event->value);
  return note_problem(reader, problem, event->line, error.text);
}

/* ---- common values -------------------------------------------------------------------------- */

static pl_status on_common(void *user, const pl_ini_event *event) {
  config_reader *reader = user;
  if (event->section[0] != '\0' && strcmp(event->section, COMMON) != 0)
    return PL_OK;
  if (event->problem != NULL)
    return note_problem(reader, &reader->common_problem, event->line, event->problem);
  if (event->key == NULL)
    return PL_OK;
  if (event->section[0] == '\0')
    return note_problem(reader, &reader->common_problem, event->line,
                        "before the first [section]; put common values into [*]");
  return set_entry(reader, event, PL_LAYER_COMMON, &reader->common, &reader->common_problem);
}

/* ---- endpoints ------------------------------------------------------------------------------ */

static bool is_wanted(const config_reader *reader, const char *section) {
  const pl_config_request *request = reader->request;
  for (size_t i = 0; i < request->wanted_count; i++) {
    if (strcmp(request->wanted[i], section) == 0)
      return true;
  }
  return request->wanted_count == 0;
}

static pl_status begin_section(config_reader *reader, const pl_ini_event *event) {
  reader->current = NULL;
  bool is_common = event->section[0] == '\0' || strcmp(event->section, COMMON) == 0 ||
                   pl_template_is(event->section);
  if (is_common || !is_wanted(reader, event->section))
    return PL_OK;
  if (reader->count == PL_LIMIT_ENDPOINTS)
    return pl_fail(reader->error, PL_ERR_LIMIT, "--config: %s has more than %d sections",
                   reader->request->path, PL_LIMIT_ENDPOINTS);
  pl_args_endpoint *endpoint =
      pl_array_add((void **)&reader->endpoints, &reader->count, sizeof(*reader->endpoints));
  if (endpoint == NULL)
    return pl_fail_memory(reader->error);
  pl_spec_init(&endpoint->spec);
  if ((endpoint->section = strdup(event->section)) == NULL ||
      pl_spec_copy(&reader->common, &endpoint->spec) != PL_OK)
    return pl_fail_memory(reader->error);
  endpoint->line = event->line;
  reader->current = endpoint;
  return PL_OK;
}

static pl_status on_endpoint(void *user, const pl_ini_event *event) {
  config_reader *reader = user;
  if (event->is_header) {
    pl_status status = begin_section(reader, event);
    if (status != PL_OK || event->problem == NULL)
      return status;
  }
  pl_args_endpoint *endpoint = reader->current;
  if (endpoint == NULL)
    return PL_OK;
  if (event->problem != NULL)
    return note_problem(reader, &endpoint->problem, event->line, event->problem);
  return set_entry(reader, event, PL_LAYER_SECTION, &endpoint->spec, &endpoint->problem);
}

/* The name in all output: --name, else the section's name made safe to print. */
static pl_status name_endpoint(config_reader *reader, pl_args_endpoint *endpoint) {
  char name[PL_LIMIT_NAME + 1];
  pl_text_set_printable(name, sizeof(name), endpoint->section, strlen(endpoint->section));
  bool usable = endpoint->problem == NULL && endpoint->spec.name != NULL;
  endpoint->name = strdup(usable ? endpoint->spec.name : name);
  return endpoint->name != NULL ? PL_OK : pl_fail_memory(reader->error);
}

/* The command line also chooses the section of --extra-opts: with a key of --config, that section
 * must not decide where the key goes. */
static pl_status check_extra(config_reader *reader, pl_args_endpoint *endpoint) {
  const pl_argument_list *extra = reader->request->extra;
  const pl_spec *spec = &endpoint->spec;
  const struct {
    pl_option_id id;
    const char *file;
  } keys[] = {{PL_OPTION_API_KEY_FILE, spec->api_key_file},
              {PL_OPTION_PUBLIC_KEY_FILE, spec->public_key_file},
              {PL_OPTION_CLIENT_KEY, spec->client_key_file}};
  const char *of_extra[PL_COUNT_OF(keys)] = {NULL};
  const pl_option *deciding = NULL;
  for (size_t i = 0; i < extra->count; i++) {
    const pl_option *option = extra->items[i].option;
    for (size_t k = 0; k < PL_COUNT_OF(keys); k++) {
      if (option->id == keys[k].id)
        of_extra[k] = extra->items[i].value;
    }
    if (pl_option_decides_key(option->id))
      deciding = option;
  }
  for (size_t k = 0; k < PL_COUNT_OF(keys) && deciding != NULL; k++) {
    if (keys[k].file == NULL || (of_extra[k] != NULL && strcmp(keys[k].file, of_extra[k]) == 0))
      continue;
    pl_error error;
    (void)pl_fail(&error, PL_ERR_INVALID,
                  "--%s: not allowed in --extra-opts together with --config, because the file of "
                  "--%s comes from here, and this decides where the key goes; write it here",
                  deciding->name, pl_option_at(keys[k].id)->name);
    return note_problem(reader, &endpoint->problem, endpoint->line, error.text);
  }
  return PL_OK;
}

static pl_status finish_endpoint(config_reader *reader, pl_args_endpoint *endpoint) {
  /* An error on the command line concerns all endpoints: it ends the run. */
  pl_status status = pl_argument_list_apply(reader->request->command_line, PL_LAYER_COMMAND_LINE,
                                            &endpoint->spec, reader->error);
  if (status == PL_OK)
    status = check_extra(reader, endpoint);
  if (status != PL_OK)
    return status;
  if (endpoint->problem == NULL && reader->common_problem != NULL) {
    endpoint->problem = strdup(reader->common_problem);
    if (endpoint->problem == NULL)
      return pl_fail_memory(reader->error);
  }
  if (endpoint->problem == NULL) {
    pl_error error;
    status = pl_spec_finish(&endpoint->spec, endpoint->section, &error);
    if (status == PL_OK && !reader->request->serves)
      status = pl_thresholds_fit_check(&endpoint->spec, &error);
    if (status == PL_ERR_MEMORY)
      return pl_fail(reader->error, status, "%s", error.text);
    if (status != PL_OK)
      status = note_problem(reader, &endpoint->problem, endpoint->line, error.text);
    if (status != PL_OK)
      return status;
  }
  return name_endpoint(reader, endpoint);
}

/* ---- names that two endpoints have ---------------------------------------------------------- */

static pl_status on_twin(void *user, size_t index, size_t first) {
  config_reader *reader = user;
  pl_args_endpoint *twin = &reader->endpoints[index];
  pl_error text;
  (void)pl_fail(&text, PL_ERR_INVALID, "the section at line %u has the same name",
                reader->endpoints[first].line);
  pl_status status = note_problem(reader, &twin->problem, twin->line, text.text);
  if (status == PL_OK && twin->name != NULL)
    status = pl_twin_rename(&twin->name, "line", twin->line);
  return status;
}

/* Of two endpoints with the same name, or the same section, the later one is the error. */
static pl_status mark_twins(config_reader *reader, char **of_first) {
  pl_status status =
      pl_twins_find(of_first, reader->count, sizeof(*reader->endpoints), on_twin, reader);
  return status == PL_ERR_MEMORY ? pl_fail_memory(reader->error) : status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static pl_status check_wanted(const config_reader *reader) {
  const pl_config_request *request = reader->request;
  for (size_t i = 0; i < request->wanted_count; i++) {
    bool found = false;
    for (size_t k = 0; k < reader->count && !found; k++)
      found = strcmp(reader->endpoints[k].section, request->wanted[i]) == 0;
    if (!found && request->is_discovered)
      return pl_fail(
          reader->error, PL_ERR_INVALID,
          "--endpoint: --discover found no endpoint '%s'; --print-config shows the names",
          request->wanted[i]);
    if (!found)
      return pl_fail(reader->error, PL_ERR_INVALID, "--endpoint: %s has no section [%s]",
                     request->path, request->wanted[i]);
  }
  return PL_OK;
}

static pl_status check_whole(const config_reader *reader) {
  pl_status status = reader->request->is_partial ? PL_OK : check_wanted(reader);
  if (status != PL_OK)
    return status;
  if (reader->count == 0 && !reader->request->is_partial)
    return pl_fail(reader->error, PL_ERR_INVALID,
                   "--config: %s has no endpoint; each needs its own [section]",
                   reader->request->path);
  static const pl_option_id of_one[] = {PL_OPTION_NAME, PL_OPTION_ACCEPT};
  for (size_t i = 0; i < PL_COUNT_OF(of_one) && reader->count > 1; i++) {
    if (pl_argument_list_has(reader->request->command_line, of_one[i]))
      return pl_fail(
          reader->error, PL_ERR_INVALID,
          "--%s: only for one endpoint, but --config has %zu; choose one with --endpoint",
          pl_option_at(of_one[i])->name, reader->count);
  }
  return PL_OK;
}

static pl_status read_text(config_reader *reader, const char *text, size_t length) {
  /* First, so that [*] overrides what --extra-opts sets. */
  pl_status status = pl_argument_list_apply(reader->request->extra, PL_LAYER_COMMON,
                                            &reader->common, reader->error);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_common, reader);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_endpoint, reader);
  if (status == PL_OK)
    status = check_whole(reader);
  if (status != PL_OK || reader->count == 0)
    return status;
  status = mark_twins(reader, &reader->endpoints[0].section);
  for (size_t i = 0; i < reader->count && status == PL_OK; i++)
    status = finish_endpoint(reader, &reader->endpoints[i]);
  return status == PL_OK ? mark_twins(reader, &reader->endpoints[0].name) : status;
}

pl_status pl_config_read(const pl_config_request *request, pl_args_endpoint **ret_endpoints,
                         size_t *ret_count, pl_error *error) {
  char *text = NULL;
  size_t length = request->length;
  pl_error problem;
  pl_status status = PL_OK;
  if (request->text == NULL)
    status = pl_file_read(request->path, PL_LIMIT_CONFIG_FILE, &text, &length, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--config: %s", problem.text);
  config_reader reader = {.request = request, .error = error};
  pl_spec_init(&reader.common);
  status = read_text(&reader, request->text != NULL ? request->text : text, length);
  pl_spec_free(&reader.common);
  free(reader.common_problem);
  free(text);
  if (status != PL_OK) {
    pl_args_endpoints_free(reader.endpoints, reader.count);
    return status;
  }
  *ret_endpoints = reader.endpoints;
  *ret_count = reader.count;
  return PL_OK;
}

void pl_args_endpoints_free(pl_args_endpoint *endpoints, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(endpoints[i].name);
    free(endpoints[i].section);
    free(endpoints[i].problem);
    pl_spec_free(&endpoints[i].spec);
  }
  free(endpoints);
}
