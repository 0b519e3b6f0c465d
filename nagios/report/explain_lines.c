/* The lines of --explain: paragraphs with a title, and severities in colour. */
#include "report/explain_lines.h"

#define PLAIN "\033[0m"

void pl_explain_bold(pl_explain_output *out, bool on) {
  if (out->colour)
    pl_buf_add(out->buf, on ? "\033[1m" : PLAIN);
}

void pl_explain_severity(pl_explain_output *out, pl_severity severity) {
  static const char *const colours[] = {
      [PL_SEVERITY_OK] = "\033[32m",
      [PL_SEVERITY_WARNING] = "\033[33m",
      [PL_SEVERITY_CRITICAL] = "\033[31m",
      [PL_SEVERITY_UNKNOWN] = "\033[35m",
  };
  pl_buf_addf(out->buf, "%s%s%s", out->colour ? colours[severity] : "", pl_severity_name(severity),
              out->colour ? PLAIN : "");
}

void pl_explain_begin(pl_explain_output *out) {
  pl_buf_add(out->buf, "  ");
  pl_explain_bold(out, true);
  pl_buf_addf(out->buf, "%-9s", out->title);
  pl_explain_bold(out, false);
  pl_buf_add(out->buf, "  ");
  out->title = "";
}

void pl_explain_end(pl_explain_output *out) { pl_buf_add_char(out->buf, '\n'); }

void pl_explain_line(pl_explain_output *out, const char *text) {
  pl_explain_begin(out);
  pl_report_add_safe(out->buf, text);
  pl_explain_end(out);
}
