/* The table of options (options.def): finds an option, and sets it in a spec.
 *
 * A name has three spellings: "private-name" (INI file), "--private-name" (command line) and
 * "PrivateName" (collectd.conf). The table is static. Any thread, each spec from one thread at a
 * time.
 */
#ifndef PL_OPTIONS_OPTIONS_H
#define PL_OPTIONS_OPTIONS_H

#include "base/buf.h"
#include "options/parse.h"
#include "options/spec.h"

/* Which front ends have the option. */
#define PL_FRONT_END_CHECK 1u
#define PL_FRONT_END_PLUGIN 2u
#define PL_FRONT_END_CONFIG 4u /* a section of an INI file may have it */

typedef enum pl_option_group {
  PL_GROUP_ENDPOINT,
  PL_GROUP_CHECKS,
  PL_GROUP_DNS,
  PL_GROUP_PORT,
  PL_GROUP_PUBLIC,
  PL_GROUP_STATE,
  PL_GROUP_EVIDENCE,
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
  bool repeatable;          /* a second value in the same layer adds; otherwise it replaces */
  const char *default_text; /* for documentation; NULL for none */
  const char *help;         /* without the default and a full stop */
  pl_option_rule rule;      /* how the value is read */
} pl_option;

/* Whether only the command line of the check may have it: it makes the program do something else
 * than a check, or belongs to such an option. */
bool pl_option_is_command(pl_option_id id);

/* The row; never NULL for a valid id. */
const pl_option *pl_option_at(pl_option_id id);
bool pl_option_is_among(pl_option_id id, const pl_option_id *ids, size_t count);
/* By INI key ("private-name") or collectd key ("PrivateName", in upper or lower case), among the
 * options of `front_ends`. NULL if there is none. */
const pl_option *pl_option_find(const char *key, unsigned front_ends);
/* NULL if there is none. */
const pl_option *pl_option_find_letter(char letter);
/* For a misspelled name in any spelling: the option of `front_ends` with the nearest name. NULL if
 * no name is near. */
const pl_option *pl_option_nearest(const char *name, unsigned front_ends);
/* The same for any names: the index of the nearest, or -1. */
int pl_name_nearest(const char *name, const char *const *names, size_t count);
/* Appends "PrivateName". */
void pl_option_add_collectd_name(pl_buf *buf, const pl_option *option);
/* Appends `text`; each "--private-name" in it that collectd.conf has too becomes "PrivateName". */
void pl_option_add_spelled(pl_buf *buf, const char *text);
/* Whether one value applies to all endpoints of a daemon. */
bool pl_option_is_shared(pl_option_id id);

/* Sets one option from `count` arguments; a list option splits each of them at commas. A value of a
 * higher layer replaces one of a lower layer, whatever the order of the calls. In one layer the
 * last value wins, and repeatable options add. A flag takes "yes", "no", "true", "false", "on",
 * "off", or no argument for yes. On failure the spec is unchanged, and the error names the option
 * as `--name` and says what would be right. PL_ERR_INVALID also for an option that is not part of a
 * spec, such as --config. */
pl_status pl_spec_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *const *arguments,
                      size_t count, pl_error *error) PL_MUST_USE;

/* Whether a layer above the preset set the option. */
bool pl_spec_given(const pl_spec *spec, pl_option_id id);

#endif
