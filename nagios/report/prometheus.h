/* The output for Prometheus: the classic text format (0.0.4), one family for each metric of
 * metrics.def, and two of its own.
 *
 *   privatelink_NAME{endpoint,check,zone,address}           seconds: privatelink_NAME_seconds
 *   privatelink_reason_info{endpoint,check,reason,severity} 1 for each reason of what is not OK
 *   privatelink_last_round_timestamp_seconds{endpoint}      when the round ended
 *
 * Prometheus counts time in seconds only, so NAME_days becomes NAME_seconds. A value that is not
 * known has no line: it is never 0. The families of many endpoints must be printed together, so
 * each endpoint's lines are written first (they can be kept), and then merged. Any thread.
 */
#ifndef PL_NAGIOS_REPORT_PROMETHEUS_H
#define PL_NAGIOS_REPORT_PROMETHEUS_H

#include "report/summary.h"

/* Adds the lines of one endpoint, in the order of the families. `time` is the wall time of the end
 * of the round, since 1970. */
void pl_prometheus_add_lines(const pl_endpoint_result *result, pl_nsec time, pl_buf *buf);
/* The same if no round has ended in time: the status is UNKNOWN. `time` is that of the last one; 0:
 * there was none. */
void pl_prometheus_add_late(const char *name, pl_nsec time, pl_buf *buf);

/* Adds all families of `count` endpoints. Entries of `lines` may be NULL; none is cut.
 * PL_ERR_MEMORY. */
pl_status pl_prometheus_merge(const char *const *lines, size_t count, pl_buf *buf) PL_MUST_USE;

/* The run as a whole. */
void pl_report_prometheus(const pl_run *run, pl_buf *buf);

#endif
