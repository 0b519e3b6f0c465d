/* The lines of --explain: paragraphs with a title, and severities in colour. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_LINES_H
#define PL_NAGIOS_REPORT_EXPLAIN_LINES_H

#include "report/summary.h"

typedef struct pl_explain_output {
  pl_buf *buf;
  bool colour;
  const char *title; /* of the paragraph that begins with the next line; "" after its first line */
} pl_explain_output;

/* Begins a line; the first one of a paragraph carries its title. */
void pl_explain_begin(pl_explain_output *out);
void pl_explain_end(pl_explain_output *out);
/* A whole line, made safe for the terminal. */
void pl_explain_line(pl_explain_output *out, const char *text);
void pl_explain_severity(pl_explain_output *out, pl_severity severity);
/* Switches bold type on or off, where there is colour. */
void pl_explain_bold(pl_explain_output *out, bool on);

#endif
