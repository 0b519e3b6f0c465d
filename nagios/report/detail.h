/* What -v, -vv and -vvv add to the text. */
#ifndef PL_NAGIOS_REPORT_DETAIL_H
#define PL_NAGIOS_REPORT_DETAIL_H

#include "report/summary.h"

/* The indented lines under a check's line at -v (1), -vv (2) and -vvv (3). */
void pl_report_detail(const pl_endpoint_result *result, pl_check check, int verbosity, pl_buf *buf);

#endif
