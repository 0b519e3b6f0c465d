/* Chooses the form of output, and prints errors in the arguments. */
#include "report/output.h"
#include "judge/judge.h"
#include "report/explain.h"
#include "report/json.h"
#include "report/text.h"
#include <stdlib.h>
#include <string.h>

void pl_output_run(const pl_args *args, const pl_run *run, bool colour, pl_buf *buf) {
  if (args->json)
    pl_report_json(run, buf);
  else if (args->explain)
    pl_explain(run, colour, buf);
  else
    pl_report_text(run, args->verbosity, buf);
}

/* As an unusable endpoint, so that a reader of JSON needs no second form. */
static void add_json_mistake(const char *text, pl_reason reason, int64_t now, pl_buf *buf) {
  pl_verdict *verdict = calloc(1, sizeof(*verdict));
  if (verdict == NULL) {
    buf->failed = true;
    return;
  }
  pl_judge_unusable(text, verdict);
  verdict->findings[0].reason = reason;
  pl_endpoint_result result = {.name = "check_privatelink", .verdict = verdict};
  pl_run run = {.results = &result, .count = 1, .version = PL_VERSION, .started = now};
  pl_report_json(&run, buf);
  free(verdict);
}

void pl_output_mistake(const char *text, pl_reason reason, bool json, int64_t now, pl_buf *buf) {
  if (json) {
    add_json_mistake(text, reason, now, buf);
    return;
  }
  pl_buf_add(buf, "PRIVATELINK UNKNOWN: ");
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
