/* Sets options of a spec, for the tests, and checks their values. */
#ifndef PL_TEST_SPEC_SET_H
#define PL_TEST_SPEC_SET_H

#include "options/options.h"

/* pl_spec_set with one value. */
pl_status spec_try_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value,
                       pl_error *ret_error);
/* The same; fails the test if the value is refused. */
void spec_must_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value);

/* One option of a case, as the command line names it; a name of NULL ends the list. */
typedef struct given {
  const char *name, *value;
} given;

#define MAX_GIVEN 8

void spec_set_named(pl_spec *spec, const char *name, pl_layer layer, const char *value);
/* A new spec with these options, of PL_LAYER_SECTION. */
void spec_setup(pl_spec *spec, const given *options);

/* Fails the test unless spec_text_add writes the option as `expected`. */
void spec_assert_holds(const pl_spec *spec, pl_option_id id, const char *expected);

/* Whether the option belongs to an endpoint, and not to one of the front ends alone. */
bool option_is_of_a_spec(pl_option_id id);

#endif
