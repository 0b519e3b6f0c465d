/* Between the parts of the argument reader; nobody else includes it. */
#ifndef PL_NAGIOS_ARGS_INTERNAL_H
#define PL_NAGIOS_ARGS_INTERNAL_H

#include "args.h"
#include "options/options.h"

/* One option as it was given. */
typedef struct pl_argument {
  const pl_option *option;
  char *value;    /* NULL: a flag, or --extra-opts without one; owned */
  char *location; /* "FILE line N"; NULL: on the command line; owned */
} pl_argument;

typedef struct pl_argument_list {
  pl_argument *items;
  size_t count;
} pl_argument_list;

pl_status pl_argument_list_add(pl_argument_list *list, const pl_option *option, const char *value,
                               const char *location, pl_error *error) PL_MUST_USE;
void pl_argument_list_free(pl_argument_list *list);

/* Sets `given` in `spec`; options of the command line itself are left alone. */
pl_status pl_argument_apply(const pl_argument *given, pl_layer layer, pl_spec *spec,
                            pl_error *error) PL_MUST_USE;

/* Leaves out of an error what it quotes of `value`: it may be the content of a file that the reader
 * of the message is not meant to see. */
void pl_error_redact(pl_error *error, const char *value);

/* args_extra.c: the options of one --extra-opts, `argument` being "[SECTION][@FILE]" or NULL. */
pl_status pl_extra_opts_read(const pl_args_input *input, const char *argument,
                             pl_argument_list *extra, pl_error *error) PL_MUST_USE;

/* args_config.c: fills in the targets from the sections of `path`. */
typedef struct pl_config_request {
  const char *path;
  const pl_argument_list *extra, *command_line;
  char *const *wanted; /* section names of --endpoint; none: all */
  size_t wanted_count;
} pl_config_request;

pl_status pl_config_read(const pl_config_request *request, pl_args *args,
                         pl_error *error) PL_MUST_USE;

#endif
