/* Reads EndpointsFile: an INI file as for the check's --config, one section for each endpoint. */
#include "endpoints_file.h"
#include "base/file.h"
#include "base/ini.h"
#include "options/options.h"
#include <stdlib.h>
#include <string.h>

#define COMMON "*"

typedef struct file_reader {
  pl_config *config;
  const char *path;
  pl_spec base;  /* the plugin's common values, then those of [*] */
  char *problem; /* the first mistake in [*], which every endpoint of the file has */
  bool in_block; /* the last block of the configuration is the present section */
} file_reader;

/* ---- entries -------------------------------------------------------------------------------- */

static pl_status note(const file_reader *reader, char **problem, const char *name, unsigned line,
                      const char *text) {
  pl_error whole;
  pl_error_set(&whole, "%s line %u: %s", reader->path, line, text);
  return pl_config_note(reader->config, problem, name, whole.text);
}

static pl_status set_entry(const file_reader *reader, const pl_ini_event *event, pl_layer layer,
                           pl_spec *spec, char **problem, const char *name) {
  pl_error error;
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN);
  pl_status status = PL_ERR_INVALID;
  if (option == NULL)
    (void)pl_config_fail_unknown(event->key, &error);
  else /* what is shared belongs to collectd.conf, also if it is in [*] */
    status = pl_config_check(option, PL_LAYER_SECTION, event->value, &error);
  if (status == PL_OK && layer == PL_LAYER_COMMON)
    status = pl_config_check(option, layer, event->value, &error);
  if (status == PL_OK)
    status = pl_spec_set(spec, option->id, layer, &event->value, 1, &error);
  if (status == PL_OK || status == PL_ERR_MEMORY)
    return status;
  pl_error_redact(&error, event->value);
  return note(reader, problem, name, event->line, error.text);
}

static pl_status on_common(void *user, const pl_ini_event *event) {
  file_reader *reader = user;
  const char *name = "[" COMMON "]";
  if (event->section[0] != '\0' && strcmp(event->section, COMMON) != 0)
    return PL_OK;
  if (event->problem != NULL)
    return note(reader, &reader->problem, name, event->line, event->problem);
  if (event->key == NULL)
    return PL_OK;
  if (event->section[0] == '\0')
    return note(reader, &reader->problem, name, event->line,
                "before the first [section]; put common values into [*]");
  return set_entry(reader, event, PL_LAYER_COMMON, &reader->base, &reader->problem, name);
}

static pl_status begin_section(file_reader *reader, const pl_ini_event *event) {
  reader->in_block = event->section[0] != '\0' && strcmp(event->section, COMMON) != 0 &&
                     !pl_finder_is_template(event->section);
  if (!reader->in_block)
    return PL_OK;
  pl_block *block;
  pl_status status = pl_config_add_block(reader->config, event->section, &block);
  if (status != PL_OK || block == NULL) {
    reader->in_block = false;
    return status;
  }
  pl_spec_free(&block->spec);
  reader->config->of_file++;
  status = pl_spec_copy(&reader->base, &block->spec);
  if (status == PL_OK && reader->problem != NULL) {
    block->problem = strdup(reader->problem);
    status = block->problem != NULL ? PL_OK : PL_ERR_MEMORY;
  }
  if (status == PL_OK && !pl_valid_name(event->section))
    status = note(reader, &block->problem, block->name, event->line,
                  "the name must be 1 to 64 letters, digits, '_', '.' and '-'");
  return status;
}

static pl_status on_endpoint(void *user, const pl_ini_event *event) {
  file_reader *reader = user;
  if (event->is_header) {
    pl_status status = begin_section(reader, event);
    if (status != PL_OK || event->problem == NULL)
      return status;
  }
  if (!reader->in_block)
    return PL_OK;
  pl_block *block = &reader->config->blocks[reader->config->count - 1];
  if (event->problem != NULL)
    return note(reader, &block->problem, block->name, event->line, event->problem);
  return set_entry(reader, event, PL_LAYER_SECTION, &block->spec, &block->problem, block->name);
}

/* ---- the file ------------------------------------------------------------------------------- */

pl_status pl_endpoints_text_read(pl_config *config, const char *path, const char *text,
                                 size_t length) {
  file_reader reader = {.config = config, .path = path};
  pl_spec_init(&reader.base);
  pl_status status = pl_config_apply_common(config, &reader.base);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_common, &reader);
  if (status == PL_OK)
    status = pl_ini_read(text, length, on_endpoint, &reader);
  pl_spec_free(&reader.base);
  free(reader.problem);
  return status;
}

pl_status pl_endpoints_file_read(pl_config *config) {
  const char *path = config->common.endpoints_file;
  if (path == NULL)
    return PL_OK;
  char *text;
  size_t length, before = config->count;
  pl_error error;
  pl_status status = pl_file_read(path, PL_LIMIT_CONFIG_FILE, &text, &length, &error);
  if (status == PL_ERR_MEMORY)
    return status;
  if (status == PL_OK) {
    status = pl_endpoints_text_read(config, path, text, length);
    free(text);
    if (status != PL_OK || config->count > before)
      return status;
    pl_error_set(&error, "%s has no endpoint; each needs its own [section]", path);
  }
  daemon_log(LOG_ERR, "EndpointsFile: %s; no endpoint is read from it", error.text);
  config->mistakes++;
  config->file_failed = true;
  return PL_OK;
}
