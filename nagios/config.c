/* --config: every section of an INI file is one endpoint, [*] gives common values.
 *
 * The file is read twice: once for [*], which may stand anywhere, and once for the endpoints. A
 * mistake in a section makes that endpoint unusable and no other; one in [*], or outside any
 * section, makes all of them so, since nobody knows what they would have said. */
#include "args_internal.h"
#include "base/file.h"
#include "base/ini.h"
#include "options/complete.h"
#include <stdlib.h>
#include <string.h>

#define COMMON "*"

typedef struct config_reader {
  const pl_config_request *request;
  pl_args *args;
  pl_error *error;
  size_t capacity; /* of args->targets */
  pl_spec common;
  char *common_problem;      /* "FILE line N: …"; owned */
  pl_args_endpoint *current; /* NULL outside a section that is wanted */
} config_reader;

/* ---- mistakes ------------------------------------------------------------------------------- */

/* Remembers the first mistake of a section. */
static pl_status note_problem(config_reader *reader, char **problem, unsigned line,
                              const char *text) {
  if (*problem != NULL)
    return PL_OK;
  pl_error whole;
  (void)pl_fail(&whole, PL_ERR_INVALID, "%s line %u: %s", reader->request->path, line, text);
  *problem = strdup(whole.text);
  return *problem != NULL ? PL_OK : pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
}

static pl_status set_entry(config_reader *reader, const pl_ini_event *event, pl_layer layer,
                           pl_spec *spec, char **problem) {
  pl_error error;
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG);
  if (option == NULL) {
    const pl_option *nearest = pl_option_nearest(event->key, PL_FRONT_END_CONFIG);
    (void)pl_fail(&error, PL_ERR_INVALID, "not an option of an endpoint%s%s",
                  nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest->name : "");
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
                        "stands before any [section]; common values belong into [*]");
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

static pl_args_endpoint *grow_endpoints(config_reader *reader) {
  pl_args *args = reader->args;
  if (args->count == reader->capacity) {
    size_t capacity = reader->capacity == 0 ? 8 : 2 * reader->capacity;
    pl_args_endpoint *endpoints = realloc(args->endpoints, capacity * sizeof(*endpoints));
    if (endpoints == NULL)
      return NULL;
    args->endpoints = endpoints;
    reader->capacity = capacity;
  }
  pl_args_endpoint *endpoint = &args->endpoints[args->count++];
  *endpoint = (pl_args_endpoint){0};
  pl_spec_init(&endpoint->spec);
  return endpoint;
}

static pl_status begin_section(config_reader *reader, const pl_ini_event *event) {
  reader->current = NULL;
  bool is_common = event->section[0] == '\0' || strcmp(event->section, COMMON) == 0;
  if (is_common || !is_wanted(reader, event->section))
    return PL_OK;
  if (reader->args->count == PL_LIMIT_ENDPOINTS)
    return pl_fail(reader->error, PL_ERR_LIMIT, "--config: %s has more than %d sections",
                   reader->request->path, PL_LIMIT_ENDPOINTS);
  pl_args_endpoint *endpoint = grow_endpoints(reader);
  if (endpoint == NULL || (endpoint->section = strdup(event->section)) == NULL ||
      pl_spec_copy(&reader->common, &endpoint->spec) != PL_OK)
    return pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
  endpoint->line = event->line;
  reader->current = endpoint;
  return PL_OK;
}

/* A header that can't be read begins a section all the same, whose name is what could be read. */
static bool begins_section(const config_reader *reader, const pl_ini_event *event) {
  if (event->problem == NULL)
    return event->key == NULL;
  return reader->current == NULL || strcmp(reader->current->section, event->section) != 0;
}

static pl_status on_endpoint(void *user, const pl_ini_event *event) {
  config_reader *reader = user;
  if (begins_section(reader, event)) {
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

static pl_status apply_all(const pl_argument_list *givens, pl_layer layer, pl_spec *spec,
                           pl_error *error) {
  for (size_t i = 0; i < givens->count; i++) {
    pl_status status = pl_argument_apply(&givens->items[i], layer, spec, error);
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

/* The name in output: the endpoint's, else the section's made safe. */
static pl_status name_endpoint(config_reader *reader, pl_args_endpoint *endpoint) {
  char name[PL_LIMIT_NAME + 1];
  pl_text_set_foreign(name, sizeof(name), endpoint->section, strlen(endpoint->section));
  bool usable = endpoint->problem == NULL && endpoint->spec.name != NULL;
  endpoint->name = strdup(usable ? endpoint->spec.name : name);
  return endpoint->name != NULL ? PL_OK : pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
}

static pl_status finish_endpoint(config_reader *reader, pl_args_endpoint *endpoint) {
  /* A mistake on the command line is nobody's in particular: it ends the run. */
  pl_status status = apply_all(reader->request->command_line, PL_LAYER_COMMAND_LINE,
                               &endpoint->spec, reader->error);
  if (status != PL_OK)
    return status;
  if (endpoint->problem == NULL && reader->common_problem != NULL) {
    endpoint->problem = strdup(reader->common_problem);
    if (endpoint->problem == NULL)
      return pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
  }
  if (endpoint->problem == NULL) {
    pl_error error;
    status = pl_spec_finish(&endpoint->spec, endpoint->section, &error);
    if (status == PL_ERR_MEMORY)
      return pl_fail(reader->error, status, "%s", error.text);
    if (status != PL_OK)
      status = note_problem(reader, &endpoint->problem, endpoint->line, error.text);
    if (status != PL_OK)
      return status;
  }
  return name_endpoint(reader, endpoint);
}

/* ---- names that stand for two endpoints ----------------------------------------------------- */

static int compare_sections(const void *a, const void *b) {
  const pl_args_endpoint *first = *(pl_args_endpoint *const *)a,
                         *second = *(pl_args_endpoint *const *)b;
  int order = strcmp(first->section, second->section);
  return order != 0 ? order : (first->line > second->line) - (first->line < second->line);
}

static int compare_names(const void *a, const void *b) {
  const pl_args_endpoint *first = *(pl_args_endpoint *const *)a,
                         *second = *(pl_args_endpoint *const *)b;
  int order = strcmp(first->name, second->name);
  return order != 0 ? order : (first->line > second->line) - (first->line < second->line);
}

/* "NAME.line-12", so that every endpoint of the run has a name of its own. */
static pl_status rename_twin(config_reader *reader, pl_args_endpoint *twin) {
  char name[PL_LIMIT_NAME + 1];
  pl_buf buf;
  pl_buf_fixed(&buf, name, sizeof(name));
  pl_buf_addf(&buf, "%.40s.line-%u", twin->name, twin->line);
  char *copy = strdup(name);
  if (copy == NULL)
    return pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
  free(twin->name);
  twin->name = copy;
  return PL_OK;
}

/* Of two with one name, the later one is the mistake. */
static pl_status mark_twins(config_reader *reader, bool finished) {
  pl_args *args = reader->args;
  pl_args_endpoint **order = malloc((args->count + 1) * sizeof(pl_args_endpoint *));
  if (order == NULL)
    return pl_fail(reader->error, PL_ERR_MEMORY, "out of memory");
  for (size_t i = 0; i < args->count; i++)
    order[i] = &args->endpoints[i];
  qsort(order, args->count, sizeof(pl_args_endpoint *),
        finished ? compare_names : compare_sections);
  pl_status status = PL_OK;
  for (size_t i = 1, first = 0; i < args->count && status == PL_OK; i++) {
    const pl_args_endpoint *a = order[first], *b = order[i];
    if (strcmp(finished ? a->name : a->section, finished ? b->name : b->section) != 0) {
      first = i;
      continue;
    }
    pl_error text;
    (void)pl_fail(&text, PL_ERR_INVALID, "the name is taken by the section at line %u", a->line);
    status = note_problem(reader, &order[i]->problem, order[i]->line, text.text);
    if (status == PL_OK && finished)
      status = rename_twin(reader, order[i]);
  }
  free(order);
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static pl_status check_wanted(const config_reader *reader) {
  const pl_config_request *request = reader->request;
  for (size_t i = 0; i < request->wanted_count; i++) {
    bool found = false;
    for (size_t k = 0; k < reader->args->count && !found; k++)
      found = strcmp(reader->args->endpoints[k].section, request->wanted[i]) == 0;
    if (!found)
      return pl_fail(reader->error, PL_ERR_INVALID, "--endpoint: %s has no section [%s]",
                     request->path, request->wanted[i]);
  }
  return PL_OK;
}

static bool names_endpoint(const pl_argument_list *givens) {
  for (size_t i = 0; i < givens->count; i++) {
    if (givens->items[i].option->id == PL_OPTION_NAME)
      return true;
  }
  return false;
}

static pl_status check_whole(const config_reader *reader) {
  pl_status status = check_wanted(reader);
  if (status != PL_OK)
    return status;
  if (reader->args->count == 0)
    return pl_fail(reader->error, PL_ERR_INVALID,
                   "--config: %s has no endpoint; each [section] is one", reader->request->path);
  if (reader->args->count > 1 && names_endpoint(reader->request->command_line))
    return pl_fail(reader->error, PL_ERR_INVALID,
                   "--name: names one endpoint, and --config has %zu; pick one with --endpoint",
                   reader->args->count);
  return PL_OK;
}

static pl_status read_text(config_reader *reader, const char *text, size_t length) {
  /* [*] goes over what --extra-opts says of all endpoints. */
  pl_status status =
      apply_all(reader->request->extra, PL_LAYER_COMMON, &reader->common, reader->error);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_common, reader);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_endpoint, reader);
  if (status == PL_OK)
    status = check_whole(reader);
  if (status == PL_OK)
    status = mark_twins(reader, false);
  for (size_t i = 0; i < reader->args->count && status == PL_OK; i++)
    status = finish_endpoint(reader, &reader->args->endpoints[i]);
  return status == PL_OK ? mark_twins(reader, true) : status;
}

pl_status pl_config_read(const pl_config_request *request, pl_args *args, pl_error *error) {
  char *text;
  size_t length;
  pl_error problem;
  pl_status status = pl_file_read(request->path, PL_LIMIT_CONFIG_FILE, &text, &length, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--config: %s", problem.text);
  config_reader reader = {.request = request, .args = args, .error = error};
  pl_spec_init(&reader.common);
  status = read_text(&reader, text, length);
  pl_spec_free(&reader.common);
  free(reader.common_problem);
  free(text);
  return status;
}
