/* What a run is, and how it, an endpoint and a check are said in one line. All forms of output say
 * it with these functions, so that a dashboard and a pager can't disagree. Any thread; the buffers
 * are the caller's.
 */
#ifndef PL_NAGIOS_REPORT_SUMMARY_H
#define PL_NAGIOS_REPORT_SUMMARY_H

#include "base/buf.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* One endpoint of a run. All pointers are borrowed. `facts` and `spec` are NULL where the
 * configuration is unusable. */
typedef struct pl_endpoint_result {
  const char *name;
  const pl_spec *spec;
  const pl_facts *facts;
  const pl_verdict *verdict;
} pl_endpoint_result;

typedef struct pl_run {
  const pl_endpoint_result *results;
  size_t count;
  bool batch; /* of --config: perfdata labels carry the endpoint's name */
  const char *version;
  int64_t started; /* seconds since 1970 */
  pl_nsec duration;
} pl_run;

/* How many endpoints have each severity. */
typedef struct pl_totals {
  size_t by_severity[PL_SEVERITY_UNKNOWN + 1];
} pl_totals;

pl_totals pl_run_totals(const pl_run *run);
/* The worst of all endpoints; UNKNOWN where no check ran. */
pl_severity pl_run_severity(const pl_run *run);

/* Whether the public check ran and proved neither a block nor an opening. */
bool pl_verdict_unproven(const pl_verdict *verdict);
/* The reason at the end of a check's line; NONE for a line that is OK and proven. */
pl_reason pl_verdict_line_reason(const pl_verdict *verdict, pl_check check);
/* The check's summary, which says UNPROVEN where that is the verdict. */
void pl_report_summary(const pl_verdict *verdict, pl_check check, pl_buf *buf);

/* The endpoint in one line, without its name, severity and reason. */
void pl_report_headline(const pl_endpoint_result *result, pl_buf *buf);
pl_reason pl_report_headline_reason(const pl_verdict *verdict);

/* " [public.open]"; nothing for NONE. */
void pl_report_add_reason(pl_buf *buf, pl_reason reason);
/* Makes text safe for output: control characters, '|' and what is not UTF-8 become '?'. The
 * judge's texts contain strings of the user (paths, expressions), so all texts pass through here.
 */
void pl_report_add_safe(pl_buf *buf, const char *text);

#endif
