/* EndpointsFile: endpoints in an INI file as for the check's --config, one section for each, and
 * [*] for common values. Main thread, or a read thread while no other uses the configuration.
 */
#ifndef PL_PLUGIN_ENDPOINTS_FILE_H
#define PL_PLUGIN_ENDPOINTS_FILE_H

#include "config.h"

/* Adds the endpoints of the file, if there is one, to a configuration that is not finished. Logs
 * mistakes. If the file cannot be read or has no endpoint, file_failed is set. The only error is
 * PL_ERR_MEMORY. */
pl_status pl_endpoints_file_read(pl_config *config) PL_MUST_USE;

/* The same for a text, which messages call `path`. It may have no endpoint. */
pl_status pl_endpoints_text_read(pl_config *config, const char *path, const char *text,
                                 size_t length) PL_MUST_USE;

#endif
