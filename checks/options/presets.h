/* What is known of providers: names, service names, path, scheme, and signatures of a block.
 * Each is a row of presets.def, with its source. Static data that nobody frees; any thread. */
#ifndef PL_OPTIONS_PRESETS_H
#define PL_OPTIONS_PRESETS_H

#include <stdbool.h>
#include <stddef.h>

/* One region of a preset. A name that is not known is NULL. */
typedef struct pl_preset_region {
  const char *region;       /* "eu-central-1" */
  const char *service_name; /* "com.amazonaws.vpce.…" */
  const char *public_name;  /* the public host of the region */
  bool inferred;            /* no page has this public_name: it follows the other regions */
} pl_preset_region;

typedef struct pl_preset {
  const char *name;                /* for --preset */
  const char *title;               /* "Rockset" */
  const pl_preset_region *regions; /* the one after the last has no region */
  bool own_host;                   /* each account has its own names: --public-name is needed */
  const char *public_hint;         /* the form of the public name; NULL unless own_host */
  const char *private_hint;        /* the form of the private name, for messages */
  const char *path;
  const char *api_key_scheme; /* "none": the bare key; NULL: not known */
  bool private_dns_on;        /* the provider's instructions turn AWS private DNS on */
  const char *const *proof;   /* --blocked-by values that are proof; NULL after the last */
  const char *const *hints;   /* values that are hints */
  const char *stands;         /* rivals that a first run does not rule out: "tenant, request" */
  const char *first_run;      /* what it needs, so that they are */
  const char *note;           /* for the operator; NULL for none */
  const char *source;         /* documents of the vendor, or who reported it */
} pl_preset;

/* By name, in upper or lower case; NULL if there is none. */
const pl_preset *pl_preset_find(const char *name);
/* In table order; NULL after the last. */
const pl_preset *pl_preset_at(size_t index);
/* The preset that has the service name, and the region of it; NULL if there is none. */
const pl_preset *pl_preset_find_service(const char *service_name,
                                        const pl_preset_region **ret_region);
/* NULL if the preset has no such region. */
const pl_preset_region *pl_preset_region_find(const pl_preset *preset, const char *region);

#endif
