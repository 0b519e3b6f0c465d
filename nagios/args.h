/* Reads the command line, --config and --extra-opts into the endpoints of one run.
 *
 * Reads files, and uses no network. A pl_args owns all that it holds (pl_args_free). One thread.
 */
#ifndef PL_NAGIOS_ARGS_H
#define PL_NAGIOS_ARGS_H

#include "config.h"
#include "discover.h"
#include "extra_opts.h"

typedef enum pl_action {
  PL_ACTION_CHECK,
  PL_ACTION_HELP,
  PL_ACTION_VERSION,
  PL_ACTION_LIST_PRESETS,
  PL_ACTION_SERVE,
  PL_ACTION_REPLAY,
  PL_ACTION_MAKE_EVIDENCE_KEY, /* the rest reads or writes an evidence log: pl_args_evidence */
  PL_ACTION_VERIFY_EVIDENCE,
  PL_ACTION_REPORT,
  PL_ACTION_EVIDENCE_REQUEST,
  PL_ACTION_EVIDENCE_RESPONSE,
  PL_ACTION_STOP_EVIDENCE,
} pl_action;

/* As the words of --output. */
typedef enum pl_form {
  PL_FORM_TEXT,
  PL_FORM_JSON,
  PL_FORM_PROMETHEUS,
  PL_FORM_HTML, /* only of PL_ACTION_REPORT */
  PL_FORM_COUNT,
} pl_form;

/* Options of an action on an evidence log. A string that is not given is NULL. */
typedef struct pl_args_evidence {
  char *target; /* the value of the option that names the action */
  char *dir, *key, *public_key, *ca_file, *known, *from, *to;
} pl_args_evidence;

typedef struct pl_args {
  pl_action action;
  int verbosity; /* 0 to 3 */
  pl_form form;
  bool explain, omit_unknown;
  pl_sockaddr serve; /* of PL_ACTION_SERVE */
  char *output_file; /* owned; NULL: standard output */
  char *record;      /* file of --record; owned; NULL: none */
  char *replay;      /* file of --replay; owned; there are no endpoints then */
  bool batch;        /* of --config */
  pl_nsec timeout;   /* of the whole run: the longest of its endpoints' */
  pl_args_endpoint *endpoints;
  size_t count;
  pl_discover *discover; /* --discover, which gives the endpoints; NULL without */
  pl_args_evidence evidence;
} pl_args;

typedef struct pl_args_input {
  int argc;
  const char *const *argv;
  pl_extra_opts_search search;
} pl_args_input;

/* An error is one line that names the option and what would be correct. An error inside one section
 * of --config sets `problem` of that endpoint only. */
pl_status pl_args_read(const pl_args_input *input, pl_args *ret_args, pl_error *error) PL_MUST_USE;
void pl_args_free(pl_args *args);

/* The form that the command line asks for. An error takes this form too, even where the wrong
 * option comes before --output. */
pl_form pl_args_wanted_form(const pl_args_input *input);

#endif
