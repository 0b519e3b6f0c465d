/* Threshold ranges as monitoring-plugins has them: [@]start:end.
 * Source: monitoring-plugins developer guidelines, "Threshold and Ranges". Pure, any thread.
 */
#ifndef PL_BASE_RANGE_H
#define PL_BASE_RANGE_H

#include "base/buf.h"
#include "base/status.h"

typedef struct pl_range {
  double start; /* -INFINITY for "~" */
  double end;   /* INFINITY where there is none */
  bool inside;  /* "@": alert inside the range, bounds included; else outside */
} pl_range;

/* At least one bound is given and start <= end; else PL_ERR_INVALID. Numbers are decimal, with an
 * optional fraction, no exponent, C locale: at most 15 digits, 9 of them behind the point. */
pl_status pl_range_parse(const char *text, pl_range *ret_range) PL_MUST_USE;
/* True where `value` is to alert. */
bool pl_range_alerts(const pl_range *range, double value);
/* The shortest text that parses to the same range. */
void pl_range_add(pl_buf *buf, const pl_range *range);

#endif
