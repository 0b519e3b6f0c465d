/* --explain: for a person at three in the morning. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_H
#define PL_NAGIOS_REPORT_EXPLAIN_H

#include "report/summary.h"

/* Check by check what was tried, seen and concluded, and the next command to run. */
void pl_explain(const pl_run *run, bool colour, pl_buf *buf);

#endif
