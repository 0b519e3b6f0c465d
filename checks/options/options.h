/* The one table of options (options.def), and how a value gets from a face into a spec.
 *
 * The three spellings are derived: "private-name" (INI key), "--private-name" (command line),
 * "PrivateName" (collectd.conf). Pure functions but for nothing; any thread.
 */
#ifndef PL_OPTIONS_OPTIONS_H
#define PL_OPTIONS_OPTIONS_H

#include "base/buf.h"
#include "options/spec.h"

typedef enum pl_option_id {
#define PL_OPTION(id, ...) PL_OPTION_##id,
#include "options/options.def"
#undef PL_OPTION
  PL_OPTION_COUNT
} pl_option_id;

/* Which front ends have the option. */
#define PL_FRONT_END_CHECK 1u
#define PL_FRONT_END_PLUGIN 2u
#define PL_FRONT_END_CONFIG 4u /* an INI section may hold it */

typedef enum pl_option_group {
  PL_GROUP_ENDPOINT,
  PL_GROUP_CHECKS,
  PL_GROUP_DNS,
  PL_GROUP_PORT,
  PL_GROUP_PUBLIC,
  PL_GROUP_STATE,
  PL_GROUP_GENERAL,
  PL_GROUP_COUNT,
} pl_option_group;

const char *pl_option_group_title(pl_option_group group);

typedef struct pl_option {
  pl_option_id id;
  const char *name;     /* "private-name" */
  char letter;          /* 'H'; 0 for none */
  const char *argument; /* "HOST"; NULL for a flag, which takes no argument on the command line */
  pl_option_group group;
  unsigned front_ends;
  bool repeatable;          /* given again in the same layer it adds, else it replaces */
  const char *default_text; /* as documentation states it; NULL for none */
  const char *help;         /* one sentence or two, without the default */
} pl_option;

/* The row; never NULL for a valid id. */
const pl_option *pl_option_at(pl_option_id id);
/* By INI key ("private-name") or collectd key ("PrivateName", without regard to case), among the
 * options of `front_ends`. NULL where there is none. */
const pl_option *pl_option_find(const char *key, unsigned front_ends);
const pl_option *pl_option_find_letter(char letter);
/* What somebody who wrote `name` in any spelling may have meant: the option of `front_ends` with
 * the nearest name; NULL where none is near. */
const pl_option *pl_option_nearest(const char *name, unsigned front_ends);
/* "PrivateName". */
void pl_option_add_collectd_name(pl_buf *buf, const pl_option *option);

/* Sets one option from `count` arguments, each of which a list option splits at commas. A value of
 * a higher layer replaces one of a lower layer, and never the other way round; in the same layer
 * the last wins, and repeatable options add. Flags take "yes", "no", "true", "false", "on", "off",
 * or no argument for yes. On failure the spec is as before, and the error names the option as
 * `--name` (check) and what would be right. Options that are no part of a spec (of one front end,
 * such as --config) are PL_ERR_INVALID here. */
pl_status pl_spec_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *const *arguments,
                      size_t count, pl_error *error) PL_MUST_USE;

/* Whether any layer above the preset's gave the option. */
bool pl_spec_given(const pl_spec *spec, pl_option_id id);

#endif
