/* The last paragraph of each check in --explain: what to do next. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_NEXT_H
#define PL_NAGIOS_REPORT_EXPLAIN_NEXT_H

#include "report/lines.h"

/* The next step of each finding of the check, with commands ready to run. */
void pl_explain_next(pl_lines *out, const pl_endpoint_result *result, pl_check check);

#endif
