/* Completes a spec whose options are set: the preset, defaults that depend on other options, and
 * files. The caller owns the spec. One thread at a time for each spec; nothing is sent. */
#ifndef PL_OPTIONS_COMPLETE_H
#define PL_OPTIONS_COMPLETE_H

#include "options/spec.h"

/* Fills in the preset and what follows from other options: name, tls-name, the checks that run and
 * why others are skipped, default lists. Refuses options that do not fit together, with one line
 * that names the option. `fallback_name` is the endpoint's name if no option gives one (the name of
 * the section); NULL for none. Call it once for a spec. On failure the spec can only be freed. */
pl_status pl_spec_complete(pl_spec *spec, const char *fallback_name, pl_error *error) PL_MUST_USE;

/* Checks the CA file and reads the API key. May be called again, for files that have changed. On
 * failure the spec is unchanged and keeps the key that it has. */
pl_status pl_spec_read_files(pl_spec *spec, pl_error *error) PL_MUST_USE;

/* Whether the option decides where the API key goes, such as --address or --ca-file. */
bool pl_option_decides_key(pl_option_id id);

/* pl_spec_complete(), then pl_spec_read_files(). */
pl_status pl_spec_finish(pl_spec *spec, const char *fallback_name, pl_error *error) PL_MUST_USE;

#endif
