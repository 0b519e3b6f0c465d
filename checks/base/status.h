/* Status codes, severities and one-line error messages.
 *
 * The result of a measurement (NXDOMAIN, refused, expired) is a fact, never an error. An error
 * means that nothing could be measured, or that the configuration cannot be used. Pure functions,
 * any thread.
 */
#ifndef PL_BASE_STATUS_H
#define PL_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define PL_MUST_USE __attribute__((warn_unused_result))
#define PL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define PL_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* The struct of type `type` whose field `member` is at `pointer`. */
#define PL_CONTAINER_OF(pointer, type, member)                                                     \
  ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

typedef enum pl_status {
  PL_OK = 0,
  PL_ERR_MEMORY,  /* an allocation failed */
  PL_ERR_INVALID, /* the input is not valid; a pl_error says what is expected */
  PL_ERR_LIMIT,   /* a limit of limits.h was exceeded */
  PL_ERR_IO,      /* a system call or library failed; a pl_error says which */
} pl_status;

/* Severity of a verdict. The numbers are the exit codes (monitoring-plugins developer
 * guidelines, "Plugin Return Codes") and the values of the *_status metrics. */
typedef enum pl_severity {
  PL_SEVERITY_OK = 0,
  PL_SEVERITY_WARNING = 1,
  PL_SEVERITY_CRITICAL = 2,
  PL_SEVERITY_UNKNOWN = 3,
} pl_severity;

/* The worse of two: CRITICAL > UNKNOWN > WARNING > OK. */
pl_severity pl_severity_worst(pl_severity a, pl_severity b);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN"; static storage. */
const char *pl_severity_name(pl_severity severity);

/* One line for a person, without a newline. The caller owns it. */
typedef struct pl_error {
  char text[512];
} pl_error;

/* Formats the line. Cuts it after a whole UTF-8 character if it is too long, and replaces control
 * characters by '?'. `error` may be NULL. */
void pl_error_set(pl_error *error, const char *format, ...) PL_PRINTF(2, 3);

/* Sets the error and has the value of `status`: `return pl_fail(error, PL_ERR_INVALID, ...)`. It is
 * a macro so that compilers and analysers see the status. */
#define pl_fail(error, status, ...) (pl_error_set((error), __VA_ARGS__), (status))

static inline pl_status pl_fail_memory(pl_error *error) {
  return pl_fail(error, PL_ERR_MEMORY, "out of memory");
}

#endif
