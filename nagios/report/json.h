/* The JSON output for programs. */
#ifndef PL_NAGIOS_REPORT_JSON_H
#define PL_NAGIOS_REPORT_JSON_H

#include "report/summary.h"

/* One object (schema in docs/output.schema.json), newline at the end. */
void pl_report_json(const pl_run *run, pl_buf *buf);

#endif
