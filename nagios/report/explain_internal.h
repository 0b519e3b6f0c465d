/* Between the parts of --explain. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_INTERNAL_H
#define PL_NAGIOS_REPORT_EXPLAIN_INTERNAL_H

#include "report/report.h"

typedef struct pl_explain_output {
  pl_buf *buf;
  bool colour;
  const char *title; /* of the paragraph that begins with the next line; "" behind its first */
} pl_explain_output;

/* Begins a line; the first one of a paragraph carries its title. */
void pl_explain_begin(pl_explain_output *out);
void pl_explain_end(pl_explain_output *out);
/* Texts of ours, of the judge and of the user: made safe for the terminal. */
void pl_explain_text(pl_explain_output *out, const char *text);
/* A whole line of such a text. */
void pl_explain_line(pl_explain_output *out, const char *text);

void pl_explain_next(pl_explain_output *out, const pl_endpoint_result *result, pl_check check);

#endif
