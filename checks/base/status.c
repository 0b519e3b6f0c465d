/* Severities and error messages. */
#include "base/status.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>

pl_severity pl_severity_worst(pl_severity a, pl_severity b) {
  static const int rank[] = {
      [PL_SEVERITY_OK] = 0,
      [PL_SEVERITY_WARNING] = 1,
      [PL_SEVERITY_UNKNOWN] = 2,
      [PL_SEVERITY_CRITICAL] = 3,
  };
  return rank[b] > rank[a] ? b : a;
}

const char *pl_severity_name(pl_severity severity) {
  static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  return (size_t)severity < PL_COUNT_OF(names) ? names[severity] : "UNKNOWN";
}

void pl_error_set(pl_error *error, const char *format, ...) {
  if (error == NULL)
    return;
  va_list args;
  va_start(args, format);
  int printed = vsnprintf(error->text, sizeof(error->text), format, args);
  va_end(args);
  if (printed < 0)
    error->text[0] = '\0';
  if (printed >= (int)sizeof(error->text))
    error->text[pl_utf8_cut(error->text, sizeof(error->text) - 1)] = '\0';
  for (char *c = error->text; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      *c = '?';
  }
}
