/* Prints indented lines, with the titles and colours of --explain. */
#include "report/lines.h"

#define PLAIN "\033[0m"

void pl_line_bold(pl_lines *out, const char *text) {
  pl_buf_add(out->buf, out->colour ? "\033[1m" : "");
  pl_report_add_safe(out->buf, text);
  pl_buf_add(out->buf, out->colour ? PLAIN : "");
}

void pl_line_severity(pl_lines *out, pl_severity severity) {
  static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m", "\033[35m"};
  pl_buf_addf(out->buf, "%s%s%s", out->colour ? colours[severity] : "", pl_severity_name(severity),
              out->colour ? PLAIN : "");
}

pl_buf *pl_line_begin(pl_lines *out) {
  pl_buf_add(out->buf, "  ");
  if (out->level == PL_LEVEL_EXPLAIN) {
    char title[16];
    pl_text_setf(title, sizeof(title), "%-9s", out->title);
    pl_line_bold(out, title);
    pl_buf_add(out->buf, "  ");
    out->title = "";
  }
  return out->buf;
}

void pl_line_end(pl_lines *out) { pl_buf_add_char(out->buf, '\n'); }

void pl_line(pl_lines *out, const char *format, ...) {
  pl_buf text;
  pl_buf_init(&text, out->buf->max);
  va_list args;
  va_start(args, format);
  pl_buf_addv(&text, format, args);
  va_end(args);
  pl_report_add_safe(pl_line_begin(out), pl_buf_text(&text));
  pl_line_end(out);
  out->buf->failed = out->buf->failed || text.failed;
  pl_buf_free(&text);
}
