/* Prints --explain, for a person who must act at once. Any thread. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_H
#define PL_NAGIOS_REPORT_EXPLAIN_H

#include "report/summary.h"

/* For each check what it tried, saw and concluded, and the next command to run. */
void pl_explain(const pl_run *run, bool colour, pl_buf *buf);

#endif
