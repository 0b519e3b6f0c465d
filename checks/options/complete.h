/* From options that were given to a spec that can be used: the preset, defaults that depend on
 * other options, and files. The caller owns the spec. One thread per spec. */
#ifndef PL_OPTIONS_COMPLETE_H
#define PL_OPTIONS_COMPLETE_H

#include "options/spec.h"

/* Fills in the preset and what follows from other options (name, tls-name, checks and why others
 * are skipped, default lists), and refuses what does not fit together, with one line that names the
 * option. `fallback_name` names an endpoint that no option names (the section's); NULL for none.
 * Once for a spec; one that was refused can only be freed. Sends nothing. */
pl_status pl_spec_complete(pl_spec *spec, const char *fallback_name, pl_error *error) PL_MUST_USE;

/* Looks at the CA file, and reads the API key. May be called again, for files that have appeared or
 * changed: on failure the spec is as it was, with the key that was read before. */
pl_status pl_spec_read_files(pl_spec *spec, pl_error *error) PL_MUST_USE;

/* Both. */
pl_status pl_spec_finish(pl_spec *spec, const char *fallback_name, pl_error *error) PL_MUST_USE;

#endif
