/* A spec as text, for the tests: what an option has become, and whether two specs are alike. */
#ifndef PL_TEST_SPEC_TEXT_H
#define PL_TEST_SPEC_TEXT_H

#include "options/options.h"

/* What the spec holds for the option, in the option's own syntax; "-" where it holds nothing.
 * Options of a front end hold nothing. */
void spec_text_add(pl_buf *buf, const pl_spec *spec, pl_option_id id);
/* All of them, one "name=value" a line, and what pl_spec_finish adds. `storage` is for at least
 * SPEC_TEXT_SIZE bytes; returns it. */
const char *spec_text(const pl_spec *spec, char *storage);

#define SPEC_TEXT_SIZE 32768

#endif
