/* Threshold ranges of monitoring plugins: [@]start:end.
 * Source: monitoring-plugins developer guidelines, "Threshold and Ranges". Pure, any thread.
 */
#ifndef PL_BASE_RANGE_H
#define PL_BASE_RANGE_H

#include "base/buf.h"
#include "base/status.h"

typedef struct pl_range {
  double start; /* -INFINITY for "~" */
  double end;   /* INFINITY: no end */
  bool inside;  /* "@": alert inside the range, with its bounds; else outside */
} pl_range;

/* PL_ERR_INVALID unless there is at least one bound and start <= end. Numbers are decimal in the C
 * locale, without exponent: at most 15 digits, of them at most 9 after the point. */
pl_status pl_range_parse(const char *text, pl_range *ret_range) PL_MUST_USE;
/* True if `value` must alert. */
bool pl_range_alerts(const pl_range *range, double value);
/* Adds the shortest text that parses to the same range. */
void pl_range_add(pl_buf *buf, const pl_range *range);

#endif
