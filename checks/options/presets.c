/* The table of providers: finds a preset, and a region of it. */
#include "options/presets.h"
#include <stdint.h>
#include <strings.h>

/* The first inclusion gives the regions and signatures, the second the presets that use them. */
#define PL_REGIONS(name, ...) static const pl_preset_region name##_regions[] = {__VA_ARGS__};
#define PL_SIGNATURES(name, kind, ...) static const char *const name##_##kind[] = {__VA_ARGS__};
#define PL_PRESET(...)
#include "options/presets.def"
#undef PL_REGIONS
#undef PL_SIGNATURES
#undef PL_PRESET

static const pl_preset presets[] = {
#define PL_REGIONS(...)
#define PL_SIGNATURES(...)
#define PL_PRESET(name_, title_, own_host_, public_hint_, private_hint_, path_, scheme_,           \
                  private_dns_on_, note_, source_)                                                 \
  {.name = #name_,                                                                                 \
   .title = title_,                                                                                \
   .regions = name_##_regions,                                                                     \
   .region_count = sizeof(name_##_regions) / sizeof(name_##_regions[0]),                           \
   .own_host = own_host_,                                                                          \
   .public_hint = public_hint_,                                                                    \
   .private_hint = private_hint_,                                                                  \
   .path = path_,                                                                                  \
   .api_key_scheme = scheme_,                                                                      \
   .private_dns_on = private_dns_on_,                                                              \
   .proof = name_##_proof,                                                                         \
   .hints = name_##_hints,                                                                         \
   .note = note_,                                                                                  \
   .source = source_},
#include "options/presets.def"
#undef PL_REGIONS
#undef PL_SIGNATURES
#undef PL_PRESET
};

const pl_preset *pl_preset_find(const char *name) {
  for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
    if (strcasecmp(presets[i].name, name) == 0)
      return &presets[i];
  }
  return NULL;
}

const pl_preset *pl_preset_at(size_t index) {
  return index < sizeof(presets) / sizeof(presets[0]) ? &presets[index] : NULL;
}

const pl_preset_region *pl_preset_region_find(const pl_preset *preset, const char *region) {
  for (size_t i = 0; i < preset->region_count; i++) {
    const pl_preset_region *row = &preset->regions[i];
    if (row->region != NULL && strcasecmp(row->region, region) == 0)
      return row;
  }
  return NULL;
}
