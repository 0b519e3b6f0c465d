/* Reads <Plugin privatelink> blocks, and completes the spec of each endpoint. */
#include "config.h"
#include "options/complete.h"
#include "options/parse.h"
#include "options/twins.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENDPOINT "Endpoint"
#define DISCOVER "Discover"
#define INCLUDE "Include"
#define NO_NAME "endpoint"

void pl_config_init(pl_config *config) {
  *config = (pl_config){0};
  pl_spec_init(&config->common);
}

static void free_value(const pl_common_value *value) {
  for (size_t i = 0; value->arguments != NULL && i < value->count; i++)
    free(value->arguments[i]);
  free(value->arguments);
}

void pl_config_free(pl_config *config) {
  pl_spec_free(&config->common);
  for (size_t i = 0; i < config->value_count; i++)
    free_value(&config->values[i]);
  for (size_t i = 0; i < config->count; i++)
    pl_block_free(&config->blocks[i]);
  for (size_t i = 0; i < config->finder_count; i++)
    pl_finder_free(config->finders[i]);
  free(config->finders);
  free(config->values);
  free(config->common_problem);
  free(config->blocks);
  *config = (pl_config){0};
}

/* ---- mistakes ------------------------------------------------------------------------------- */

/* One value as text. collectd does not keep how a number was written. */
static void add_value(pl_buf *buf, const oconfig_value_t *value) {
  switch (value->type) {
  case OCONFIG_TYPE_NUMBER:
    pl_buf_add_number(buf, value->value.number, 9);
    return;
  case OCONFIG_TYPE_BOOLEAN:
    pl_buf_add(buf, value->value.boolean ? "true" : "false");
    return;
  default: /* an int, not an enum */
    pl_buf_add(buf, value->value.string);
    return;
  }
}

/* A line without its values: one of them may be a secret, as in a line that says `ApiKey`. */
static void add_line(pl_buf *buf, const oconfig_item_t *item) {
  pl_buf_add_printable(buf, item->key, strlen(item->key), PL_LIMIT_FOREIGN);
  for (int i = 0; i < item->values_num; i++) {
    const int type = item->values[i].type;
    pl_buf_add(buf, type == OCONFIG_TYPE_NUMBER    ? " (number)"
                    : type == OCONFIG_TYPE_BOOLEAN ? " (boolean)"
                                                   : " (string)");
  }
}

/* Logs one mistake, and keeps the first of a block in `*problem`. `name` is the endpoint's; NULL
 * for the common values. */
static pl_status note(pl_config *config, char **problem, const char *name,
                      const oconfig_item_t *line, const char *text) {
  pl_buf buf;
  char storage[PL_LIMIT_TEXT * 3];
  pl_buf_fixed(&buf, storage, sizeof(storage));
  if (name != NULL)
    pl_buf_addf(&buf, "<Endpoint \"%s\">: ", name);
  else
    pl_buf_add(&buf, "<Plugin privatelink>: ");
  pl_option_add_spelled(&buf, text);
  if (line != NULL) {
    pl_buf_add(&buf, ", in the line: ");
    add_line(&buf, line);
  }
  daemon_log(LOG_ERR, "%s%s", storage,
             name != NULL ? "; this endpoint is not watched" : "; no endpoint is watched");
  config->mistakes++;
  if (*problem != NULL)
    return PL_OK;
  *problem = strdup(storage);
  return *problem != NULL ? PL_OK : PL_ERR_MEMORY;
}

pl_status pl_config_note(pl_config *config, char **problem, const char *name, const char *text) {
  return note(config, problem, name, NULL, text);
}

void pl_config_note_discover(pl_config *config, const char *name, const char *text) {
  char storage[PL_LIMIT_TEXT * 3];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_buf_add(&buf, "<Discover \"");
  pl_buf_add_printable(&buf, name, strlen(name), PL_LIMIT_NAME);
  pl_buf_add(&buf, "\">: ");
  pl_option_add_spelled(&buf, text);
  daemon_log(LOG_ERR, "%s; it finds no endpoints", storage);
  config->mistakes++;
}

/* Notes the mistake if `status` is one. Returns only PL_OK or PL_ERR_MEMORY. */
static pl_status note_failure(pl_config *config, pl_status status, const pl_error *error,
                              char **problem, const char *name, const oconfig_item_t *line) {
  if (status == PL_OK || status == PL_ERR_MEMORY)
    return status;
  return note(config, problem, name, line, error->text);
}

/* ---- one option ----------------------------------------------------------------------------- */

/* The arguments of a line as text. */
static pl_status make_value(const oconfig_item_t *item, pl_option_id id,
                            pl_common_value *ret_value) {
  pl_common_value value = {.id = id,
                           .arguments = calloc((size_t)item->values_num + 1, sizeof(char *)),
                           .count = (size_t)item->values_num};
  bool complete = value.arguments != NULL;
  for (size_t i = 0; complete && i < value.count; i++) {
    pl_buf text;
    pl_buf_init(&text, PL_LIMIT_VALUE + 1);
    add_value(&text, &item->values[i]);
    value.arguments[i] = strdup(pl_buf_text(&text));
    pl_buf_free(&text);
    complete = value.arguments[i] != NULL;
  }
  if (!complete) {
    free_value(&value);
    return PL_ERR_MEMORY;
  }
  *ret_value = value;
  return PL_OK;
}

static pl_status apply_value(pl_spec *spec, const pl_common_value *value, pl_layer layer,
                             pl_error *error) {
  return pl_spec_set(spec, value->id, layer, (const char *const *)value->arguments, value->count,
                     error);
}

pl_status pl_config_check(const pl_option *option, pl_layer layer, const char *value,
                          pl_error *error) {
  if (option->rule.valid == pl_valid_file && value != NULL && value[0] != '/')
    return pl_fail(
        error, PL_ERR_INVALID,
        "--%s: the file name must begin with '/', because collectd changes its directory",
        option->name);
  if (layer == PL_LAYER_SECTION && pl_option_is_shared(option->id))
    return pl_fail(error, PL_ERR_INVALID,
                   "--%s: applies to all endpoints: write it outside <Endpoint>", option->name);
  if (layer == PL_LAYER_COMMON && option->id == PL_OPTION_NAME)
    return pl_fail(error, PL_ERR_INVALID, "--name: one name can't be common to all endpoints");
  return PL_OK;
}

/* add_spelled() changes "--NAME" to the spelling of collectd.conf. */
pl_status pl_config_fail_unknown(const char *key, pl_error *error) {
  const pl_option *nearest = pl_option_nearest(key, PL_FRONT_END_PLUGIN);
  if (nearest != NULL)
    return pl_fail(error, PL_ERR_INVALID, "there is no such option; did you mean --%s?",
                   nearest->name);
  return pl_fail(error, PL_ERR_INVALID, "there is no such option");
}

static pl_status set_option(const oconfig_item_t *item, pl_layer layer, pl_spec *spec,
                            pl_common_value *ret_value, pl_error *error) {
  const pl_option *option = pl_option_find(item->key, PL_FRONT_END_PLUGIN);
  if (item->children_num > 0)
    return pl_fail(error, PL_ERR_INVALID, "there is no such block");
  if (strcasecmp(item->key, INCLUDE) == 0)
    return pl_fail(error, PL_ERR_INVALID, "collectd includes files only outside of <Plugin>");
  /* pl_option_find() also accepts the INI spelling, which is not valid here. */
  if (option == NULL || strchr(item->key, '-') != NULL)
    return pl_config_fail_unknown(item->key, error);
  pl_common_value value;
  if (make_value(item, option->id, &value) != PL_OK)
    return PL_ERR_MEMORY;
  pl_status status = pl_config_check(option, layer, value.arguments[0], error);
  if (status == PL_OK)
    status = apply_value(spec, &value, layer, error);
  if (status == PL_OK) {
    *ret_value = value;
    return PL_OK;
  }
  for (size_t i = 0; i < value.count && status != PL_ERR_MEMORY; i++)
    pl_error_redact(error, value.arguments[i]);
  free_value(&value);
  return status;
}

/* ---- common values -------------------------------------------------------------------------- */

static pl_status read_common(pl_config *config, const oconfig_item_t *item) {
  pl_error error;
  pl_common_value value;
  pl_status status = set_option(item, PL_LAYER_COMMON, &config->common, &value, &error);
  if (status != PL_OK)
    return note_failure(config, status, &error, &config->common_problem, NULL, item);
  pl_common_value *values = realloc(config->values, (config->value_count + 1) * sizeof(*values));
  if (values == NULL) {
    free_value(&value);
    return PL_ERR_MEMORY;
  }
  config->values = values;
  config->values[config->value_count++] = value;
  return PL_OK;
}

/* The values have been accepted once: only memory can fail. */
pl_status pl_config_apply_common(const pl_config *config, pl_spec *spec) {
  pl_status status = PL_OK;
  for (size_t i = 0; status == PL_OK && i < config->value_count; i++)
    status = apply_value(spec, &config->values[i], PL_LAYER_COMMON, NULL);
  return status;
}

/* ---- endpoints ------------------------------------------------------------------------------ */

/* With '_' for each character that a name cannot have. */
static char *make_name(const char *text) {
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  pl_buf name;
  pl_buf_init(&name, PL_LIMIT_NAME);
  pl_buf_add(&name, text);
  char *copy = strdup(name.length > 0 ? pl_buf_text(&name) : NO_NAME);
  pl_buf_free(&name);
  for (char *c = copy; c != NULL && *c != '\0'; c++) {
    if (strchr(allowed, *c) == NULL)
      *c = '_';
  }
  return copy;
}

static pl_status read_option(pl_config *config, pl_block *block, const oconfig_item_t *item) {
  pl_error error;
  pl_common_value value;
  pl_status status = set_option(item, PL_LAYER_SECTION, &block->spec, &value, &error);
  if (status == PL_OK)
    free_value(&value);
  return note_failure(config, status, &error, &block->problem, block->name, item);
}

static pl_status check_header(pl_config *config, pl_block *block, const oconfig_item_t *item) {
  if (strcasecmp(item->key, ENDPOINT) != 0)
    return note(config, &block->problem, block->name, item,
                "there is no such block; did you mean <" ENDPOINT ">?");
  if (item->values_num != 1)
    return note(config, &block->problem, block->name, item, "takes one name, in quotes");
  pl_buf name;
  pl_buf_init(&name, PL_LIMIT_VALUE);
  add_value(&name, &item->values[0]);
  bool valid = pl_valid_name(pl_buf_text(&name));
  pl_buf_free(&name);
  if (!valid)
    return note(config, &block->problem, block->name, item,
                "the name must be 1 to 64 letters, digits, '_', '.' and '-'");
  return PL_OK;
}

pl_status pl_config_add_block(pl_config *config, const char *name, pl_block **ret_block) {
  *ret_block = NULL;
  if (config->count == PL_LIMIT_ENDPOINTS) {
    daemon_log(LOG_ERR, "<Plugin privatelink>: more than %d endpoints; the last ones are not read",
               PL_LIMIT_ENDPOINTS);
    config->mistakes++;
    return PL_OK;
  }
  pl_block *block = pl_array_add((void **)&config->blocks, &config->count, sizeof(*config->blocks));
  if (block == NULL)
    return PL_ERR_MEMORY;
  *block = (pl_block){.name = make_name(name)};
  pl_spec_init(&block->spec);
  *ret_block = block;
  return block->name != NULL ? PL_OK : PL_ERR_MEMORY;
}

static pl_status read_endpoint(pl_config *config, const oconfig_item_t *item) {
  pl_buf name;
  pl_buf_init(&name, PL_LIMIT_NAME);
  if (item->values_num > 0)
    add_value(&name, &item->values[0]);
  pl_block *block;
  pl_status status = pl_config_add_block(config, pl_buf_text(&name), &block);
  pl_buf_free(&name);
  if (status != PL_OK || block == NULL)
    return status;
  status = check_header(config, block, item);
  for (int i = 0; i < item->children_num && status == PL_OK; i++)
    status = read_option(config, block, &item->children[i]);
  return status;
}

/* An unknown block is left out, and so is a file that it would include. The rest is in force. */
static void leave_out(pl_config *config, const oconfig_item_t *item) {
  pl_buf buf;
  char storage[PL_LIMIT_TEXT * 2];
  pl_buf_fixed(&buf, storage, sizeof(storage));
  add_line(&buf, item);
  bool is_include = strcasecmp(item->key, INCLUDE) == 0;
  daemon_log(LOG_ERR, "<Plugin privatelink>: %s: %s", storage,
             is_include ? "collectd includes files only outside of <Plugin>: include it there, and "
                          "write <Plugin privatelink> into the file; it is not read"
                        : "there is no such block; it is left out");
  config->mistakes++;
}

static pl_status read_discover_line(pl_finder *finder, const oconfig_item_t *item,
                                    pl_error *error) {
  if (item->children_num > 0 || item->values_num == 0 || strchr(item->key, '-') != NULL)
    return pl_fail(error, PL_ERR_INVALID, "each line must be an option with its value");
  pl_status status = PL_OK;
  for (int i = 0; i < item->values_num && status == PL_OK; i++) {
    pl_buf value;
    pl_buf_init(&value, PL_LIMIT_VALUE + 1);
    add_value(&value, &item->values[i]);
    status = pl_finder_set(finder, item->key, pl_buf_text(&value), error);
    pl_buf_free(&value);
  }
  return status;
}

static pl_status read_finder(const pl_config *config, const oconfig_item_t *item, const char *name,
                             pl_finder **ret_finder, pl_error *error) {
  if (item->values_num != 1 || !pl_valid_name(name))
    return pl_fail(error, PL_ERR_INVALID,
                   "takes one name in quotes: 1 to 64 letters, digits, '_', '.' and '-'");
  for (size_t i = 0; i < config->finder_count; i++) {
    if (strcmp(pl_finder_name(config->finders[i]), name) == 0)
      return pl_fail(error, PL_ERR_INVALID, "another block has the same name");
  }
  pl_finder *finder;
  pl_status status = pl_finder_create(name, &finder);
  if (status != PL_OK)
    return status;
  for (int i = 0; i < item->children_num && status == PL_OK; i++)
    status = read_discover_line(finder, &item->children[i], error);
  if (status == PL_OK)
    *ret_finder = finder;
  else
    pl_finder_free(finder);
  return status;
}

/* After a mistake, the block finds nothing. */
static pl_status read_discover(pl_config *config, const oconfig_item_t *item) {
  pl_error error;
  pl_finder **finders = realloc(config->finders, (config->finder_count + 1) * sizeof(*finders));
  if (finders == NULL)
    return PL_ERR_MEMORY;
  config->finders = finders;
  pl_buf name;
  pl_buf_init(&name, PL_LIMIT_VALUE);
  if (item->values_num > 0)
    add_value(&name, &item->values[0]);
  pl_status status =
      read_finder(config, item, pl_buf_text(&name), &finders[config->finder_count], &error);
  if (status == PL_OK)
    config->finder_count++;
  else if (status != PL_ERR_MEMORY)
    pl_config_note_discover(config, pl_buf_text(&name), error.text);
  pl_buf_free(&name);
  return status == PL_ERR_MEMORY ? status : PL_OK;
}

/* An option may be close to the block's name, too. */
static bool is_endpoint(const oconfig_item_t *item) {
  const char *const names[] = {ENDPOINT};
  if (strcasecmp(item->key, ENDPOINT) == 0)
    return true;
  if (item->children_num == 0 && pl_option_nearest(item->key, PL_FRONT_END_PLUGIN) != NULL)
    return false;
  return pl_name_nearest(item->key, names, PL_COUNT_OF(names)) == 0;
}

static pl_status read_item(pl_config *config, const oconfig_item_t *item) {
  if (strcasecmp(item->key, DISCOVER) == 0)
    return read_discover(config, item);
  if (is_endpoint(item))
    return read_endpoint(config, item);
  if (item->children_num == 0 && strcasecmp(item->key, INCLUDE) != 0)
    return read_common(config, item);
  leave_out(config, item);
  return PL_OK;
}

pl_status pl_config_read(pl_config *config, const oconfig_item_t *plugin) {
  pl_status status = PL_OK;
  for (int i = 0; i < plugin->children_num && status == PL_OK; i++)
    status = read_item(config, &plugin->children[i]);
  return status;
}

/* ---- all blocks ----------------------------------------------------------------------------- */

/* Of several blocks with one name, the first stays valid. */
static pl_status on_twin(void *user, size_t index, size_t first) {
  pl_config *config = user;
  pl_block *twin = &config->blocks[index];
  (void)first;
  pl_status status =
      note(config, &twin->problem, twin->name, NULL, "another block has the same name");
  return status == PL_OK ? pl_twin_rename(&twin->name, "block", index + 1) : status;
}

static pl_status finish_block(pl_config *config, pl_block *block) {
  pl_status status = PL_OK;
  if ((size_t)(block - config->blocks) < config->count - config->of_file)
    status = pl_config_apply_common(config, &block->spec);
  if (status == PL_OK && block->problem == NULL && config->common_problem != NULL) {
    block->problem = strdup(config->common_problem);
    status = block->problem != NULL ? PL_OK : PL_ERR_MEMORY;
  }
  if (status == PL_OK && block->problem == NULL) {
    pl_error error;
    status = pl_spec_complete(&block->spec, block->name, &error);
    status = note_failure(config, status, &error, &block->problem, block->name, NULL);
  }
  if (status != PL_OK || block->spec.name == NULL)
    return status;
  char *name = strdup(block->spec.name);
  if (name == NULL)
    return PL_ERR_MEMORY;
  free(block->name);
  block->name = name;
  return PL_OK;
}

static pl_status copy_value(const pl_common_value *value, pl_common_value *ret_value) {
  pl_common_value copy = {.id = value->id,
                          .arguments = calloc(value->count + 1, sizeof(char *)),
                          .count = value->count};
  bool complete = copy.arguments != NULL;
  for (size_t i = 0; complete && i < value->count; i++)
    complete = (copy.arguments[i] = strdup(value->arguments[i])) != NULL;
  *ret_value = copy;
  return complete ? PL_OK : PL_ERR_MEMORY;
}

static pl_status copy_block(const pl_block *block, pl_block *ret_block) {
  *ret_block = (pl_block){.name = strdup(block->name),
                          .problem = block->problem != NULL ? strdup(block->problem) : NULL};
  bool complete = ret_block->name != NULL && (block->problem == NULL || ret_block->problem != NULL);
  pl_spec_init(&ret_block->spec);
  return complete ? pl_spec_copy(&block->spec, &ret_block->spec) : PL_ERR_MEMORY;
}

pl_status pl_config_copy(const pl_config *config, pl_config *ret_config) {
  pl_config copy = {.mistakes = config->mistakes};
  pl_spec_init(&copy.common);
  pl_status status = pl_spec_copy(&config->common, &copy.common);
  copy.values = calloc(config->value_count + 1, sizeof(*copy.values));
  if (config->common_problem != NULL)
    copy.common_problem = strdup(config->common_problem);
  if (copy.values == NULL || (config->common_problem != NULL && copy.common_problem == NULL))
    status = PL_ERR_MEMORY;
  for (; status == PL_OK && copy.value_count < config->value_count; copy.value_count++)
    status = copy_value(&config->values[copy.value_count], &copy.values[copy.value_count]);
  for (size_t i = 0; status == PL_OK && i < config->count; i++) {
    pl_block *block = pl_array_add((void **)&copy.blocks, &copy.count, sizeof(*copy.blocks));
    status = block != NULL ? copy_block(&config->blocks[i], block) : PL_ERR_MEMORY;
  }
  if (status == PL_OK)
    *ret_config = copy;
  else
    pl_config_free(&copy);
  return status;
}

pl_status pl_config_finish(pl_config *config) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < config->count && status == PL_OK; i++)
    status = finish_block(config, &config->blocks[i]);
  if (status != PL_OK || config->count == 0)
    return status;
  return pl_twins_find(&config->blocks[0].name, config->count, sizeof(*config->blocks), on_twin,
                       config);
}
