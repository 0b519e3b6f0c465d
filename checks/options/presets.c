/* The table of providers: finds a preset, and a region of it. */
#include "options/presets.h"
#include <string.h>
#include <strings.h>

#define PL_REGIONS(...)                                                                            \
  (const pl_preset_region[]) {                                                                     \
    __VA_ARGS__, { NULL, NULL, NULL, false }                                                       \
  }
#define PL_NO_REGIONS PL_REGIONS({NULL, NULL, NULL, false})
#define PL_SIGNATURES(...)                                                                         \
  (const char *const[]) { __VA_ARGS__, NULL }
#define PL_NO_SIGNATURES PL_SIGNATURES(NULL)
#define PL_PRESET(name_, title_, own_host_, public_hint_, private_hint_, path_, scheme_,           \
                  private_dns_on_, regions_, proof_, hints_, stands_, first_run_, note_, source_)  \
  {.name = #name_,                                                                                 \
   .title = title_,                                                                                \
   .own_host = own_host_,                                                                          \
   .public_hint = public_hint_,                                                                    \
   .private_hint = private_hint_,                                                                  \
   .path = path_,                                                                                  \
   .api_key_scheme = scheme_,                                                                      \
   .private_dns_on = private_dns_on_,                                                              \
   .regions = regions_,                                                                            \
   .proof = proof_,                                                                                \
   .hints = hints_,                                                                                \
   .stands = stands_,                                                                              \
   .first_run = first_run_,                                                                        \
   .note = note_,                                                                                  \
   .source = source_},

static const pl_preset presets[] = {
#include "options/presets.def"
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
  const pl_preset_region *row = preset->regions;
  while (row->region != NULL && strcasecmp(row->region, region) != 0)
    row++;
  return row->region != NULL ? row : NULL;
}

const pl_preset *pl_preset_find_service(const char *service_name,
                                        const pl_preset_region **ret_region) {
  for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
    for (const pl_preset_region *row = presets[i].regions; row->region != NULL; row++) {
      if (row->service_name != NULL && strcmp(row->service_name, service_name) == 0) {
        *ret_region = row;
        return &presets[i];
      }
    }
  }
  return NULL;
}
