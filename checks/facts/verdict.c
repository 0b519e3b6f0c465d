/* The table of reasons, and the findings of a verdict. */
#include "facts/verdict.h"
#include <stdarg.h>
#include <string.h>

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

pl_reason pl_reason_find(const char *code) {
  for (int i = 1; i < PL_REASON_COUNT; i++) {
    if (strcmp(reasons[i].code, code) == 0)
      return (pl_reason)i;
  }
  return PL_REASON_COUNT;
}

const char *pl_public_name(pl_public verdict) {
  static const char *const names[] = {
      [PL_PUBLIC_BLOCKED] = "blocked",
      [PL_PUBLIC_OPEN] = "open",
      [PL_PUBLIC_UNPROVEN] = "unproven",
  };
  return names[verdict];
}

static bool worse(pl_severity a, pl_severity b) { return a != b && pl_severity_worst(a, b) == a; }

/* A free row, or the row of the least severe finding if `severity` is worse. */
static pl_finding *make_room(pl_verdict *verdict, pl_severity severity) {
  if (verdict->finding_count < PL_LIMIT_FINDINGS)
    return &verdict->findings[verdict->finding_count++];
  verdict->findings_lost++;
  size_t least = 0;
  for (size_t i = 1; i < PL_LIMIT_FINDINGS; i++) {
    if (worse(verdict->findings[least].severity, verdict->findings[i].severity))
      least = i;
  }
  if (!worse(severity, verdict->findings[least].severity))
    return NULL;
  size_t following = PL_LIMIT_FINDINGS - least - 1;
  memmove(&verdict->findings[least], &verdict->findings[least + 1], following * sizeof(pl_finding));
  return &verdict->findings[PL_LIMIT_FINDINGS - 1];
}

pl_finding *pl_verdict_add(pl_verdict *verdict, pl_check check, pl_reason reason,
                           pl_severity severity, const pl_addr *address, const char *format, ...) {
  pl_check_verdict *of_check = &verdict->checks[check];
  if (worse(severity, of_check->severity)) {
    of_check->severity = severity;
    of_check->reason = reason;
  }
  pl_finding *finding = of_check->ran ? make_room(verdict, severity) : NULL;
  if (finding == NULL)
    return NULL;
  *finding = (pl_finding){.check = check, .reason = reason, .severity = severity};
  if (address != NULL)
    finding->address = *address;
  pl_buf text;
  pl_buf_fixed(&text, finding->text, sizeof(finding->text));
  va_list args;
  va_start(args, format);
  pl_buf_addv(&text, format, args);
  va_end(args);
  return finding;
}

const pl_finding *pl_verdict_worst(const pl_verdict *verdict, pl_check check) {
  const pl_finding *found = NULL;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check != check || finding->reason != verdict->checks[check].reason)
      continue;
    if (found == NULL || worse(finding->severity, found->severity))
      found = finding;
  }
  return found;
}
