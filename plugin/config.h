/* The <Plugin privatelink> blocks of collectd.conf, and the endpoints that they configure.
 *
 * Blocks are read while collectd reads its configuration. They are completed once, in the init
 * callback, because common values may follow the endpoints or be in another file. After a mistake
 * in an endpoint, only that endpoint is not watched. After a mistake in a common value, none is. A
 * block with an unknown name is left out; if the name is close to Endpoint, it counts as one with a
 * mistake. Each mistake is one line of the log. Main thread only; no network traffic.
 */
#ifndef PL_PLUGIN_CONFIG_H
#define PL_PLUGIN_CONFIG_H

#include "collectd_api.h"
#include "options/options.h"
#include "watch/finder.h"
#include "watch/watch.h"

/* A common value as given. Owns its arguments. */
typedef struct pl_common_value {
  pl_option_id id;
  char **arguments;
  size_t count;
} pl_common_value;

/* Owns everything that it holds. Initialise it with pl_config_init. */
typedef struct pl_config {
  pl_spec common; /* the values for the whole plugin, and the common values */
  pl_common_value *values;
  size_t value_count;
  char *common_problem;
  pl_block *blocks; /* a name is a plugin_instance */
  size_t count;
  size_t of_file;      /* so many of them, the last ones, are of EndpointsFile: their specs have the
                          common values */
  pl_finder **finders; /* of <Discover> blocks; a copy has none */
  size_t finder_count;
  size_t mistakes;  /* that were logged */
  bool file_failed; /* EndpointsFile could not be read, or has no endpoint */
} pl_config;

void pl_config_init(pl_config *config);
void pl_config_free(pl_config *config);

/* Reads one <Plugin privatelink> block. The only error is PL_ERR_MEMORY. */
pl_status pl_config_read(pl_config *config, const oconfig_item_t *plugin) PL_MUST_USE;

/* A copy that shares nothing, of a configuration that is not finished. PL_ERR_MEMORY. */
pl_status pl_config_copy(const pl_config *config, pl_config *ret_config) PL_MUST_USE;

/* Gives every block the common values and a unique name, and completes its spec. The only error is
 * PL_ERR_MEMORY. */
pl_status pl_config_finish(pl_config *config) PL_MUST_USE;

/* ---- for endpoints_file.c and privatelink.c: the only error is PL_ERR_MEMORY, or a mistake ----
 */

/* *ret_block is NULL if there are too many endpoints. It is valid until the next one is added. */
pl_status pl_config_add_block(pl_config *config, const char *name,
                              pl_block **ret_block) PL_MUST_USE;
/* Logs a mistake, and keeps the first in *problem. `name` is the endpoint's. */
pl_status pl_config_note(pl_config *config, char **problem, const char *name,
                         const char *text) PL_MUST_USE;
/* Logs a mistake of a <Discover> block. */
void pl_config_note_discover(pl_config *config, const char *name, const char *text);
pl_status pl_config_apply_common(const pl_config *config, pl_spec *spec) PL_MUST_USE;
/* Rules for an option that apply only in the plugin. */
pl_status pl_config_check(const pl_option *option, pl_layer layer, const char *value,
                          pl_error *error) PL_MUST_USE;
/* There is no such option; names the nearest. Returns PL_ERR_INVALID. */
pl_status pl_config_fail_unknown(const char *key, pl_error *error);

#endif
