/* Performance data of a run. */
#ifndef PL_NAGIOS_REPORT_PERFDATA_H
#define PL_NAGIOS_REPORT_PERFDATA_H

#include "report/summary.h"

/* Performance data, without the '|': the totals of a batch, then the endpoints that are not OK
 * (`all`: every endpoint). Adds whole items only, at most `max` bytes, and leaves out the rest.
 * `bounds` adds each metric's minimum and maximum. */
void pl_perfdata_add(const pl_run *run, bool all, bool bounds, size_t max, pl_buf *buf);

#endif
