/* The table of reasons. */
#include "facts/reason.h"

static const struct {
  const char *code;
  pl_command command;
  const char *severity, *meaning, *hint;
} reasons[PL_REASON_COUNT] = {
    [PL_REASON_NONE] = {"", PL_COMMAND_NONE, "", "", ""},
#define PL_REASON(id_, code_, command_, severity_, meaning_, hint_)                                \
  [PL_REASON_##id_] = {code_, PL_COMMAND_##command_, severity_, meaning_, hint_},
#include "facts/reasons.def"
#undef PL_REASON
};

const char *pl_reason_code(pl_reason reason) { return reasons[reason].code; }
const char *pl_reason_severity(pl_reason reason) { return reasons[reason].severity; }
const char *pl_reason_meaning(pl_reason reason) { return reasons[reason].meaning; }
const char *pl_reason_hint(pl_reason reason) { return reasons[reason].hint; }
pl_command pl_reason_command(pl_reason reason) { return reasons[reason].command; }

pl_reason pl_reason_local_failure(pl_check check) {
  static const pl_reason of_checks[] = {
#define PL_CHECK(id, name, turn, local_failure, ...) [PL_CHECK_##id] = PL_REASON_##local_failure,
#include "facts/checks.def"
#undef PL_CHECK
  };
  return of_checks[check];
}
