/* Errors, severities and the one-line error message.
 *
 * An outcome of a measurement (NXDOMAIN, refused, expired) is a fact and never an error. An error
 * means that we could not measure, or that the configuration is not usable.
 * Pure functions, any thread.
 */
#ifndef PL_BASE_STATUS_H
#define PL_BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define PL_MUST_USE __attribute__((warn_unused_result))
#define PL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define PL_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* The struct of `type` that `pointer` is the field `member` of. */
#define PL_CONTAINER_OF(pointer, type, member)                                                     \
  ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

typedef enum pl_status {
  PL_OK = 0,
  PL_ERR_MEMORY,  /* an allocation failed */
  PL_ERR_INVALID, /* the input is not what it should be; a pl_error says what would be right */
  PL_ERR_LIMIT,   /* a bound of limits.h was reached */
  PL_ERR_IO,      /* a system call or library failed; a pl_error says which */
} pl_status;

/* What a monitoring plugin returns. The numbers are the exit codes (monitoring-plugins developer
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

/* One line for a person, with no newline; the caller owns the storage. */
typedef struct pl_error {
  char text[512];
} pl_error;

/* Formats the line (cut where it is too long, control characters replaced). `error` may be NULL. */
void pl_error_set(pl_error *error, const char *format, ...) PL_PRINTF(2, 3);

/* The same, with the value of `status`, so that a caller can write `return pl_fail(error,
 * PL_ERR_INVALID, ...)`. A macro, so that a compiler or analyser sees which status it is. */
#define pl_fail(error, status, ...) (pl_error_set((error), __VA_ARGS__), (status))

#endif
