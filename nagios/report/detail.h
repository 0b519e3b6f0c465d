/* What a check saw and found, for -v and --explain. Any thread. */
#ifndef PL_NAGIOS_REPORT_DETAIL_H
#define PL_NAGIOS_REPORT_DETAIL_H

#include "report/lines.h"

/* The lines under a check's line at -v (1), -vv (2) and -vvv (3): findings and facts. */
void pl_report_detail(const pl_endpoint_result *result, pl_check check, int verbosity, pl_buf *buf);
/* The facts of a check. `result->facts` is not NULL. */
void pl_report_seen(pl_lines *out, const pl_endpoint_result *result, pl_check check);

#endif
