/* The table of checks. */
#include "facts/check.h"

static const pl_check_info table[] = {
#define PL_CHECK(id_, name_, turn_, local_failure_, option_, needs_, title_)                       \
  [PL_CHECK_##id_] = {.name = #name_, .title = (title_), .lacks = "no " option_, .needs = (needs_)},
#include "facts/checks.def"
#undef PL_CHECK
};

const pl_check_info *pl_check_info_at(pl_check check) { return &table[check]; }

const char *pl_check_name(pl_check check) {
  return check < PL_CHECK_COUNT ? table[check].name : "";
}
