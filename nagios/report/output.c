/* Chooses the form of output, and prints errors in the arguments. */
#include "report/output.h"
#include "judge/judge.h"
#include "report/explain.h"
#include "report/json.h"
#include "report/prometheus.h"
#include "report/text.h"
#include <stdlib.h>
#include <string.h>

void pl_output_run(const pl_args *args, const pl_run *run, bool colour, pl_buf *buf) {
  if (args->form == PL_FORM_JSON)
    pl_report_json(run, buf);
  else if (args->form == PL_FORM_PROMETHEUS)
    pl_report_prometheus(run, buf);
  else if (args->explain)
    pl_explain(run, colour, buf);
  else
    pl_report_text(run, args->verbosity, buf);
}

/* As an unusable endpoint, so that a reader needs no second form. */
static void add_endpoint(const char *text, pl_reason reason, pl_form form, int64_t now,
                         pl_buf *buf) {
  pl_verdict *verdict = calloc(1, sizeof(*verdict));
  if (verdict == NULL) {
    buf->failed = true;
    return;
  }
  pl_judge_unusable(text, verdict);
  verdict->findings[0].reason = reason;
  pl_endpoint_result result = {.name = "check_privatelink", .verdict = verdict};
  pl_run run = {.results = &result, .count = 1, .version = PL_VERSION, .started = now};
  if (form == PL_FORM_JSON)
    pl_report_json(&run, buf);
  else
    pl_report_prometheus(&run, buf);
  free(verdict);
}

void pl_output_mistake(const char *text, pl_reason reason, pl_form form, int64_t now, pl_buf *buf) {
  if (form != PL_FORM_TEXT)
    add_endpoint(text, reason, form, now, buf);
  if (form == PL_FORM_JSON)
    return;
  /* In the form for Prometheus, a comment for people. */
  pl_buf_addf(buf, "%sPRIVATELINK UNKNOWN: ", form == PL_FORM_PROMETHEUS ? "# " : "");
  /* It quotes the user. "text|json" from the table of options becomes "text/json". */
  while (*text != '\0') {
    size_t length = strcspn(text, "|");
    pl_buf_add_printable(buf, text, length, length);
    text += length;
    if (*text == '|') {
      pl_buf_add_char(buf, '/');
      text++;
    }
  }
  pl_buf_addf(buf, " [%s]\n", pl_reason_code(reason));
}
