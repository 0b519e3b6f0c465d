#include "output.h"
#include "explain.h"
#include <string.h>

void pl_output_run(const pl_args *args, const pl_run *run, bool colour, pl_buf *buf) {
  if (args->json)
    pl_report_json(run, buf);
  else if (args->explain)
    pl_explain(run, colour, buf);
  else
    pl_report_text(run, args->verbosity, buf);
}

void pl_output_mistake(const char *text, pl_cause cause, pl_buf *buf) {
  pl_buf_add(buf, "PRIVATELINK UNKNOWN: ");
  /* What the user wrote is quoted in it, and "text|json" of the options' table must stay readable.
   */
  while (*text != '\0') {
    size_t length = strcspn(text, "|");
    pl_buf_add_foreign(buf, text, length, length);
    text += length;
    if (*text == '|') {
      pl_buf_add_char(buf, '/');
      text++;
    }
  }
  pl_buf_addf(buf, " [%s]\n", pl_cause_code(cause));
}
