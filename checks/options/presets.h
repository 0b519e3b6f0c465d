/* What is known of providers: names, service names, path, scheme, and the signs of a block.
 * One row each in presets.def; every row names its source. Static data, any thread. */
#ifndef PL_OPTIONS_PRESETS_H
#define PL_OPTIONS_PRESETS_H

#include <stdbool.h>
#include <stddef.h>

/* One region of a preset. NULL where nothing is known; a preset without regions has one row that is
 * all NULL. */
typedef struct pl_preset_region {
  const char *region;       /* "eu-central-1" */
  const char *service_name; /* "com.amazonaws.vpce.…" */
  const char *public_name;  /* the public host of the region */
  bool inferred;            /* public_name follows the pattern of other regions; no page names it */
} pl_preset_region;

typedef struct pl_preset {
  const char *name;  /* as --preset takes it */
  const char *title; /* "Rockset" */
  const pl_preset_region *regions;
  size_t region_count;
  bool own_host;            /* names depend on the account: --public-name must be given */
  const char *public_hint;  /* the form of the public name, where own_host */
  const char *private_hint; /* the form of the private name, for the message that asks for it */
  const char *path;
  const char *api_key_scheme; /* "none": the bare key; NULL: not known */
  bool private_dns_on;        /* the provider's set-up turns AWS private DNS on */
  const char *const *proof;   /* --blocked-by values whose items are proof; NULL behind the last */
  const char *const *hints;   /* the same, hints */
  const char *note;           /* what an operator should know; NULL for none */
  const char *source;         /* where the row comes from */
} pl_preset;

/* By name, without regard to case; NULL where there is none. */
const pl_preset *pl_preset_find(const char *name);
/* In table order; NULL behind the last. */
const pl_preset *pl_preset_at(size_t index);
/* NULL where the preset has no such region. */
const pl_preset_region *pl_preset_region_find(const pl_preset *preset, const char *region);

#endif
