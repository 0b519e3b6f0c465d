// Compares the severity of each finding with reasons.def.
#include "severities.h"
#include "facts/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The names that the linker's --wrap gives the functions. */
pl_finding *__real_pl_verdict_add(pl_verdict *verdict, pl_check check, pl_reason reason,
                                  pl_severity severity, const pl_addr *address, const char *format,
                                  ...) PL_PRINTF(6, 7);
pl_finding *__wrap_pl_verdict_add(pl_verdict *verdict, pl_check check, pl_reason reason,
                                  pl_severity severity, const pl_addr *address, const char *format,
                                  ...) PL_PRINTF(6, 7);

static bool came[PL_REASON_COUNT][PL_SEVERITY_UNKNOWN + 1];

pl_finding *__wrap_pl_verdict_add(pl_verdict *verdict, pl_check check, pl_reason reason,
                                  pl_severity severity, const pl_addr *address, const char *format,
                                  ...) {
  came[reason][severity] = true;
  char text[4 * PL_LIMIT_TEXT]; /* that of the finding is cut at PL_LIMIT_TEXT */
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  return __real_pl_verdict_add(verdict, check, reason, severity, address, "%s", text);
}

void severities_check(const char *prefix) {
  size_t count = 0;
  for (pl_reason reason = PL_REASON_NONE + 1; reason < PL_REASON_COUNT; reason++) {
    /* What is remembered is no judge's: tests/unit/memory tests its reason. */
    if (strncmp(pl_reason_code(reason), prefix, strlen(prefix)) != 0 ||
        reason == PL_REASON_PUBLIC_MEMORY)
      continue;
    count++;
    for (pl_severity severity = PL_SEVERITY_OK; severity <= PL_SEVERITY_UNKNOWN; severity++) {
      const char *name = pl_severity_name(severity);
      const bool named = strstr(pl_reason_severity(reason), name) != NULL;
      if (named != came[reason][severity])
        fail_msg("%s came %s %s, and reasons.def says: %s", pl_reason_code(reason),
                 named ? "never with" : "with", name, pl_reason_severity(reason));
    }
  }
  assert_true(count > 0);
}
