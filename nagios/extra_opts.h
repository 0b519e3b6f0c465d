/* Reads --extra-opts, as in the other monitoring plugins: options from a section of an INI file.
 * One thread. */
#ifndef PL_NAGIOS_EXTRA_OPTS_H
#define PL_NAGIOS_EXTRA_OPTS_H

#include "given.h"

/* Where to look for the file if --extra-opts names none: two environment variables. */
typedef struct pl_extra_opts_search {
  const char *mp_config_file;     /* MP_CONFIG_FILE; NULL for none */
  const char *nagios_config_path; /* NAGIOS_CONFIG_PATH; NULL for none */
} pl_extra_opts_search;

/* Adds the options of one --extra-opts to `extra`. `argument` is "[SECTION][@FILE]" or NULL. */
pl_status pl_extra_opts_read(const pl_extra_opts_search *search, const char *argument,
                             pl_argument_list *extra, pl_error *error) PL_MUST_USE;

#endif
