/* Between the parts of --explain. */
#ifndef PL_NAGIOS_REPORT_EXPLAIN_INTERNAL_H
#define PL_NAGIOS_REPORT_EXPLAIN_INTERNAL_H

#include "report/report.h"

typedef struct pl_page {
  pl_buf *buf;
  bool colour;
  const char *title; /* of the paragraph that begins with the next line; "" behind its first */
} pl_page;

/* Begins a line; the first one of a paragraph carries its title. */
void pl_page_begin(pl_page *out);
void pl_page_end(pl_page *out);
/* Texts of ours, of the judge and of the user: made safe for the terminal. */
void pl_page_text(pl_page *out, const char *text);
/* A whole line of such a text. */
void pl_page_line(pl_page *out, const char *text);

void pl_explain_next(pl_page *out, const pl_result *result, pl_check check);

#endif
