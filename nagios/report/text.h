/* The text output for Nagios. */
#ifndef PL_NAGIOS_REPORT_TEXT_H
#define PL_NAGIOS_REPORT_TEXT_H

#include "report/summary.h"

/* The whole text with performance data, and a newline at the end. `verbosity` is 0 to 3; with 0 at
 * most PL_LIMIT_OUTPUT bytes. */
void pl_report_text(const pl_run *run, int verbosity, pl_buf *buf);

#endif
