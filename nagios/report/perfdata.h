/* Performance data of a run. */
#ifndef PL_NAGIOS_REPORT_PERFDATA_H
#define PL_NAGIOS_REPORT_PERFDATA_H

#include "report/summary.h"

/* Performance data, without the '|': the totals of several endpoints, then the endpoints, worst
 * first. Adds at most `max` bytes: whole endpoints of several, whole items of one, and leaves out
 * the rest. False if something is left out. `bounds` adds each metric's minimum and maximum. */
bool pl_perfdata_add(const pl_run *run, bool bounds, size_t max, pl_buf *buf);
/* Only the totals, whole. */
void pl_perfdata_add_totals(const pl_run *run, bool bounds, pl_buf *buf);

#endif
