/* From the <Plugin privatelink> blocks of collectd.conf to the endpoints to watch.
 *
 * Blocks are read while collectd reads its configuration, and finished once in the init callback:
 * common values may stand behind the endpoints, and in another file. A mistake costs the endpoint
 * that it is in, and no other; one in the common values costs all of them, since nobody knows what
 * they would have said. Each is one line of the log. Nothing here touches the network. Main thread.
 */
#ifndef PL_PLUGIN_CONFIG_H
#define PL_PLUGIN_CONFIG_H

#include "collectd_api.h"
#include "options/options.h"

/* One <Endpoint> block. */
typedef struct pl_block {
  char *name;    /* plugin_instance: [A-Za-z0-9_.-], unique */
  pl_spec spec;  /* complete (pl_spec_complete) where there is no problem; its files are not read */
  char *problem; /* why it can't be watched before the configuration changes; NULL where it can */
} pl_block;

/* A common value as given, for endpoints to come. */
typedef struct pl_common_value {
  pl_option_id id;
  char **arguments;
  size_t count;
} pl_common_value;

/* Zeroed is empty but for `common`: pl_config_init. */
typedef struct pl_config {
  pl_spec common; /* the plugin's own values, and the common ones */
  pl_common_value *values;
  size_t value_count;
  char *common_problem;
  pl_block *blocks;
  size_t count;
} pl_config;

void pl_config_init(pl_config *config);
void pl_config_free(pl_config *config);

/* One <Plugin privatelink> block. PL_ERR_MEMORY, and nothing else. */
pl_status pl_config_read(pl_config *config, const oconfig_item_t *plugin) PL_MUST_USE;

/* Gives every block its common values and a name of its own, and completes its spec. PL_ERR_MEMORY,
 * and nothing else. */
pl_status pl_config_finish(pl_config *config) PL_MUST_USE;

/* A mistake of the endpoint `name` (NULL: of the common values), with options as collectd.conf
 * spells them: "<Endpoint "api">: PrivateName ..." instead of "--private-name ...". */
void pl_config_add_problem(pl_buf *buf, const char *name, const char *text);

#endif
