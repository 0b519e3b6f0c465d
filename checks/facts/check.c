/* The names of the checks. */
#include "facts/check.h"

const char *pl_check_name(pl_check check) {
  static const char *const names[PL_CHECK_COUNT] = {
      [PL_CHECK_STATE] = "state",
      [PL_CHECK_DNS] = "dns",
      [PL_CHECK_PORT] = "port",
      [PL_CHECK_PUBLIC] = "public",
  };
  return check < PL_CHECK_COUNT ? names[check] : "";
}
