/* A spec as text, for the tests, to see the value of an option and to compare two specs. */
#ifndef PL_TEST_SPEC_TEXT_H
#define PL_TEST_SPEC_TEXT_H

#include "options/options.h"

/* The value of the option, in the option's own syntax; "-" for none, and for options of a front
 * end. */
void spec_text_add(pl_buf *buf, const pl_spec *spec, pl_option_id id);
/* All options, one "name=value" on each line, and what pl_spec_finish adds. `storage` has at least
 * SPEC_TEXT_SIZE bytes; returns it. */
const char *spec_text(const pl_spec *spec, char *storage);

#define SPEC_TEXT_SIZE 32768

#endif
