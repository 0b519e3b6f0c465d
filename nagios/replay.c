/* Judges recorded cases again, and compares the verdicts. */
#include "replay.h"
#include "evidence/line.h"
#include "report/output.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct replay {
  const pl_args *args;
  bool colour;
  pl_buf *buf;
  char *line;
  size_t length; /* of `line`; LONGEST: it is longer than the reader takes, and so refused */
  pl_verdict *verdict;
  size_t number, same, different, unread;
} replay;

#define LONGEST ((size_t)PL_LIMIT_EVIDENCE_LINE + 1)

static bool is_json(const replay *r) { return r->args->form == PL_FORM_JSON; }

static void add_unread(replay *r, const char *why) {
  r->unread++;
  if (is_json(r)) {
    char text[PL_LIMIT_SUMMARY];
    pl_text_setf(text, sizeof(text), "%s line %zu: %s", r->args->replay, r->number, why);
    pl_output_mistake(text, PL_REASON_USAGE, r->args->form, 0, r->buf);
    return;
  }
  pl_buf_addf(r->buf, "line %zu: ", r->number);
  pl_report_add_safe(r->buf, why);
  pl_buf_add_char(r->buf, '\n');
}

static void add_case(replay *r, const pl_evidence_case *recorded, const char *difference) {
  pl_replayed replayed = {.program = recorded->program, .difference = difference};
  pl_endpoint_result result = {.name = recorded->spec.name,
                               .spec = &recorded->spec,
                               .facts = &recorded->facts,
                               .verdict = r->verdict,
                               .replayed = &replayed};
  pl_run run = {
      .results = &result, .count = 1, .version = PL_VERSION, .started = recorded->wall_now};
  if (!is_json(r))
    pl_buf_addf(r->buf, "line %zu: ", r->number);
  pl_output_run(r->args, &run, r->colour, r->buf);
  if (is_json(r) || r->args->explain || difference[0] == '\0')
    return;
  pl_buf_addf(r->buf, "line %zu: differs from version %s: ", r->number, recorded->program);
  pl_report_add_safe(r->buf, difference);
  pl_buf_add_char(r->buf, '\n');
}

static void replay_line(replay *r) {
  pl_evidence_case recorded;
  pl_evidence_verdict before;
  pl_error error;
  if (pl_evidence_line_read(r->line, r->length, &recorded, &before, &error) != PL_OK) {
    add_unread(r, error.text);
    return;
  }
  pl_evidence_case_judge(&recorded, r->verdict);
  pl_evidence_verdict now = pl_evidence_verdict_of(r->verdict);
  char text[2 * PL_LIMIT_SUMMARY];
  pl_buf difference;
  pl_buf_fixed(&difference, text, sizeof(text));
  pl_evidence_compare(&before, &now, &difference);
  if (difference.length > 0)
    r->different++;
  else
    r->same++;
  add_case(r, &recorded, text);
  pl_evidence_case_free(&recorded);
}

/* The next line without its end. False at the end of the file. */
static bool next_line(replay *r, FILE *file) {
  int c;
  r->length = 0;
  while ((c = getc_unlocked(file)) != EOF && c != '\n') {
    if (r->length < LONGEST)
      r->line[r->length++] = (char)c;
  }
  if (c == EOF && r->length == 0)
    return false;
  r->number++;
  return true;
}

static int finish(replay *r, FILE *file) {
  const char *why = ferror(file) != 0 ? "cannot be read" : NULL;
  if (why == NULL && r->same + r->different + r->unread == 0)
    why = "holds no recorded case";
  if (why != NULL)
    add_unread(r, why);
  if (!is_json(r))
    pl_buf_addf(r->buf,
                "replayed by version " PL_VERSION ": %zu the same, %zu differ, %zu not read\n",
                r->same, r->different, r->unread);
  if (r->unread > 0)
    return PL_SEVERITY_UNKNOWN;
  return r->different > 0 ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK;
}

int pl_replay(const pl_args *args, bool colour, pl_buf *buf) {
  replay r = {.args = args,
              .colour = colour,
              .buf = buf,
              .line = malloc(LONGEST),
              .verdict = calloc(1, sizeof(*r.verdict))};
  FILE *file = fopen(args->replay, "re");
  int code = PL_SEVERITY_UNKNOWN;
  if (file == NULL) {
    pl_error error;
    pl_error_set(&error, "--replay: %s: %s", args->replay, strerror(errno));
    pl_output_mistake(error.text, PL_REASON_USAGE, args->form, 0, buf);
  } else if (r.line == NULL || r.verdict == NULL) {
    pl_output_mistake("out of memory", PL_REASON_STOPPED, args->form, 0, buf);
  } else {
    while (next_line(&r, file)) {
      if (r.length > 0)
        replay_line(&r);
    }
    code = finish(&r, file);
  }
  if (file != NULL)
    fclose(file);
  free(r.line);
  free(r.verdict);
  return code;
}
