/* Prints the result in the form that the arguments choose. One thread. */
#ifndef PL_NAGIOS_REPORT_OUTPUT_H
#define PL_NAGIOS_REPORT_OUTPUT_H

#include "args.h"
#include "report/summary.h"

#define PL_OUTPUT_MAX ((size_t)1 << 30) /* bytes; JSON of a large fleet */

/* `colour`: for --explain, on a terminal. */
void pl_output_run(const pl_args *args, const pl_run *run, bool colour, pl_buf *buf);

/* "PRIVATELINK UNKNOWN: TEXT [CODE]", or the same in another form: an error in the arguments, or a
 * run without a result. `now` is seconds since 1970. */
void pl_output_mistake(const char *text, pl_reason reason, pl_form form, int64_t now, pl_buf *buf);

#endif
