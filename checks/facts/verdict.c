/* The findings of a verdict. */
#include "facts/verdict.h"
#include <stdarg.h>
#include <string.h>

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

void pl_finding_set_hint(pl_finding *finding, const char *hint) {
  if (finding != NULL)
    finding->hint = hint;
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
