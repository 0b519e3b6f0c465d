/* Options as the user gave them, on the command line or in an --extra-opts file, before they become
 * part of a spec. A list owns what it holds. One thread. */
#ifndef PL_NAGIOS_GIVEN_H
#define PL_NAGIOS_GIVEN_H

#include "options/options.h"

typedef struct pl_argument {
  const pl_option *option;
  char *value;    /* NULL: a flag, or --extra-opts without a value */
  char *location; /* "FILE line N"; NULL: on the command line */
} pl_argument;

typedef struct pl_argument_list {
  pl_argument *items;
  size_t count;
} pl_argument_list;

/* The option of `front_ends` that `key` names. The error says what it may have meant, and does not
 * quote `key`. */
pl_status pl_argument_find(const char *key, unsigned front_ends, const pl_option **ret_option,
                           pl_error *error) PL_MUST_USE;

/* Copies `value` and `location`. */
pl_status pl_argument_list_add(pl_argument_list *list, const pl_option *option, const char *value,
                               const char *location, pl_error *error) PL_MUST_USE;
void pl_argument_list_free(pl_argument_list *list);

bool pl_argument_list_has(const pl_argument_list *list, pl_option_id id);

/* Sets all options of the list in `spec`, up to the first error. Skips options that are no part of
 * a spec, such as --config. */
pl_status pl_argument_list_apply(const pl_argument_list *list, pl_layer layer, pl_spec *spec,
                                 pl_error *error) PL_MUST_USE;

/* Refuses a threshold on a metric that only daemons have: a check would never know it. */
pl_status pl_thresholds_fit_check(const pl_spec *spec, pl_error *error) PL_MUST_USE;

#endif
