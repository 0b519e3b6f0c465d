/* Between the parts of the report; nobody else includes it. */
#ifndef PL_NAGIOS_REPORT_INTERNAL_H
#define PL_NAGIOS_REPORT_INTERNAL_H

#include "report/report.h"

/* How many endpoints have each severity. */
typedef struct pl_totals {
  size_t by_severity[PL_SEVERITY_UNKNOWN + 1];
} pl_totals;

pl_totals pl_run_totals(const pl_run *run);

/* Whether the public check ran and neither block nor opening is proven. */
bool pl_verdict_unproven(const pl_verdict *verdict);
/* The code that a check's line ends in; NONE for a line that is OK and proven. */
pl_reason pl_verdict_line_reason(const pl_verdict *verdict, pl_check check);
/* The check's summary, which says UNPROVEN where that is the verdict. */
void pl_report_summary(const pl_verdict *verdict, pl_check check, pl_buf *buf);

/* The endpoint in one line, without its name, severity and reason. */
void pl_report_headline(const pl_endpoint_result *result, pl_buf *buf);
pl_reason pl_report_headline_reason(const pl_verdict *verdict);

/* Text for output: control characters, '|' and what is not UTF-8 become '?'. Judge's texts hold
 * strings of the user's (paths, expressions), so everything passes here on its way out. */
void pl_report_add_safe(pl_buf *buf, const char *text);

/* Performance data, without the '|': the totals of a batch, then the endpoints that are not OK
 * (`all`: every one). Whole items only, at most `max` bytes; what did not fit is left out at the
 * end. `bounds` adds each metric's minimum and maximum. */
void pl_perfdata_add(const pl_run *run, bool all, bool bounds, size_t max, pl_buf *buf);

/* The indented lines under a check's line at -v (1), -vv (2) and -vvv (3). */
void pl_report_detail(const pl_endpoint_result *result, pl_check check, int verbosity, pl_buf *buf);

#endif
