/* From the command line, --config and --extra-opts to the endpoints of one run.
 *
 * Nothing here touches the network; files are read. A pl_args owns all it holds (pl_args_free).
 */
#ifndef PL_NAGIOS_ARGS_H
#define PL_NAGIOS_ARGS_H

#include "options/spec.h"

typedef enum pl_action {
  PL_ACTION_CHECK,
  PL_ACTION_HELP,
  PL_ACTION_VERSION,
  PL_ACTION_LIST_PRESETS,
} pl_action;

/* One endpoint of the run. */
typedef struct pl_args_endpoint {
  char *name;    /* in output; never NULL */
  char *section; /* of --config; NULL without */
  unsigned line; /* where the section begins */
  pl_spec spec;  /* finished; not to be used where `problem` is set */
  char *problem; /* "FILE line N: …": why this endpoint can't be checked; NULL where it can */
} pl_args_endpoint;

typedef struct pl_args {
  pl_action action;
  int verbosity; /* 0 to 3 */
  bool json, explain;
  bool batch;      /* of --config */
  pl_nsec timeout; /* of the whole run: the longest of its endpoints' */
  pl_args_endpoint *endpoints;
  size_t count;
} pl_args;

typedef struct pl_args_input {
  int argc;
  const char *const *argv;
  /* For --extra-opts without a file, as other monitoring plugins search it. */
  const char *mp_config_file;     /* MP_CONFIG_FILE; NULL for none */
  const char *nagios_config_path; /* NAGIOS_CONFIG_PATH; NULL for none */
} pl_args_input;

/* A mistake is one line in `error` that names the option and what would be right. A mistake inside
 * one section of --config makes that one endpoint a target with a `problem`. */
pl_status pl_args_read(const pl_args_input *input, pl_args *ret_args, pl_error *error) PL_MUST_USE;
void pl_args_free(pl_args *args);

/* Whether the command line asks for JSON: for the form of a mistake, which may stand in front of
 * --output. */
bool pl_args_want_json(const pl_args_input *input);

#endif
