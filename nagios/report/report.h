/* From verdicts to text: summary line, lines per check, perfdata, JSON. What a dashboard shows and
 * what a pager says come from here, so they can't disagree. Any thread; the buffers are the
 * caller's.
 */
#ifndef PL_NAGIOS_REPORT_REPORT_H
#define PL_NAGIOS_REPORT_REPORT_H

#include "base/buf.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

/* One endpoint of a run. All pointers are borrowed. `facts` may be NULL (unusable configuration);
 * `spec` may be NULL then too. */
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

/* The worst of all endpoints; UNKNOWN where no check ran. */
pl_severity pl_run_severity(const pl_run *run);

/* The whole text output (contract, section 4), perfdata included, newline at the end.
 * `verbosity` is 0 to 3; at 0 at most PL_LIMIT_OUTPUT bytes. */
void pl_report_text(const pl_run *run, int verbosity, pl_buf *buf);

/* The JSON object (contract, section 4; schema in docs/output.schema.json), newline at the end. */
void pl_report_json(const pl_run *run, pl_buf *buf);

/* One check's line without severity: "public: 1/2 addresses open [public.open]". */
void pl_report_check_line(const pl_endpoint_result *result, pl_check check, pl_buf *buf);

/* One try in words: "connect 3 ms, TLS 1.3 9 ms, HTTP 200 after 4 ms". */
void pl_report_attempt(const pl_attempt_result *attempt, pl_buf *buf);

/* One answer in words: "10.0.1.10 10.0.2.10 (TTL 60 s, 3 ms)", "NXDOMAIN (2 ms)". */
void pl_report_dns(const pl_dns_fact *fact, pl_buf *buf);

/* One witness in words: "ec2.eu-central-1.amazonaws.com 198.51.100.7:443: verified TLS before and
 * after". */
void pl_report_witness(const pl_witness *witness, pl_buf *buf);

/* "0.25 ms", "3.2 ms", "120 ms", "1.25 s"; "?" where it was not measured. */
void pl_report_duration(pl_nsec duration, pl_buf *buf);

/* RFC 3339 in UTC: "2026-01-31T12:00:00Z"; nothing for an instant that has no such form. */
void pl_report_instant(int64_t seconds, pl_buf *buf);

#endif
