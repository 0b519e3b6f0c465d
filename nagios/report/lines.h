/* Lines for a person: those under a check with -v, and those of --explain, which have a title
 * column and colours. Any thread. */
#ifndef PL_NAGIOS_REPORT_LINES_H
#define PL_NAGIOS_REPORT_LINES_H

#include "report/summary.h"

/* How much to print: -v, -vv, -vvv, or --explain. */
typedef enum pl_level {
  PL_LEVEL_NONE,
  PL_LEVEL_V,
  PL_LEVEL_VV,
  PL_LEVEL_VVV,
  PL_LEVEL_EXPLAIN
} pl_level;

typedef struct pl_lines {
  pl_buf *buf;
  pl_level level;
  bool colour;
  const char *title; /* --explain: of the next line; "" after the first line of a paragraph */
} pl_lines;

/* Begins and ends a line; the caller adds the text, which must be safe to print. */
pl_buf *pl_line_begin(pl_lines *out);
void pl_line_end(pl_lines *out);
/* A whole line, made safe to print. */
void pl_line(pl_lines *out, const char *format, ...) PL_PRINTF(2, 3);
void pl_line_severity(pl_lines *out, pl_severity severity);
/* `text` made safe to print, in bold type where there is colour. */
void pl_line_bold(pl_lines *out, const char *text);

#endif
