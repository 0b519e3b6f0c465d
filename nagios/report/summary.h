/* A run, and one line for it, for an endpoint and for a check. All forms of output use these
 * functions, so that a dashboard and a pager always agree. Any thread; the buffers are the
 * caller's.
 */
#ifndef PL_NAGIOS_REPORT_SUMMARY_H
#define PL_NAGIOS_REPORT_SUMMARY_H

#include "base/buf.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* A recorded case that is judged again (--replay). */
typedef struct pl_replayed {
  const char *program;    /* version that recorded it */
  const char *difference; /* "" if the verdict is the same */
} pl_replayed;

/* One endpoint of a run. All pointers are borrowed. `facts` and `spec` are NULL if the
 * configuration is unusable. */
typedef struct pl_endpoint_result {
  const char *name;
  const pl_spec *spec;
  const pl_facts *facts;
  const pl_verdict *verdict;
  const pl_replayed *replayed; /* NULL: this is no replay */
} pl_endpoint_result;

typedef struct pl_run {
  const pl_endpoint_result *results;
  size_t count;
  bool batch;        /* of --config: perfdata labels begin with the endpoint's name */
  bool omit_unknown; /* from perfdata: --omit-unknown */
  const char *version;
  int64_t started; /* seconds since 1970 */
  pl_nsec duration;
  const char *unrecorded; /* why --record could not write; NULL if it did, or is not given */
} pl_run;

/* How many endpoints have each severity. */
typedef struct pl_totals {
  size_t by_severity[PL_SEVERITY_UNKNOWN + 1];
} pl_totals;

pl_totals pl_run_totals(const pl_run *run);
/* The worst of all endpoints; at least WARNING if --record could not write, and at least UNKNOWN if
 * no check ran. */
pl_severity pl_run_severity(const pl_run *run);
/* Iterates over the endpoints, worst first. `*position` is 0 at first; NULL is the end. */
const pl_endpoint_result *pl_run_next(const pl_run *run, size_t *position);

/* Whether the public check ran, and proved neither blocked nor open. */
bool pl_verdict_unproven(const pl_verdict *verdict);
/* The reason at the end of a check's line; NONE if it is OK and proven. */
pl_reason pl_verdict_line_reason(const pl_verdict *verdict, pl_check check);
/* The check's summary, with UNPROVEN if that is the verdict. */
void pl_report_summary(const pl_verdict *verdict, pl_check check, pl_buf *buf);

/* "dns, port, public OK": the checks that are OK and proven; nothing if none is. */
void pl_report_fine_checks(const pl_verdict *verdict, pl_buf *buf);
/* The endpoint in one line, without its name, severity and reason. */
void pl_report_headline(const pl_endpoint_result *result, pl_buf *buf);
pl_reason pl_report_headline_reason(const pl_verdict *verdict);

/* " [public.open]"; nothing for NONE. */
void pl_report_add_reason(pl_buf *buf, pl_reason reason);
/* Makes text safe to print: control characters, '|' and invalid UTF-8 become '?'. The judge's texts
 * contain strings of the user (paths, expressions), so all texts pass through here. */
void pl_report_add_safe(pl_buf *buf, const char *text);

#endif
