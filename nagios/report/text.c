/* Prints the text output: a first line for the pager, performance data, and other lines. */
#include "report/text.h"
#include "report/detail.h"
#include "report/perfdata.h"
#include <string.h>

/* Without -v, bytes that performance data leaves for the text: a first line with the longest name
 * and reason, BODY_MIN of its text, and CUT_LINE. */
#define TEXT_MIN ((size_t)200)
#define BODY_MIN ((size_t)24) /* bytes of a text that are never cut: fewer say nothing */
#define CUT_LINE "(cut)\n"
#define ELLIPSIS "..."

/* ---- the first line ------------------------------------------------------------------------- */

/* " (skipped: state: no --endpoint-id)": checks that lack an option; nothing if --check is given.
 */
static void add_skipped(const pl_endpoint_result *result, pl_buf *buf) {
  if (result->spec == NULL || result->spec->checks_named != 0)
    return;
  const char *separator = " (skipped: ";
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const char *why = result->spec->skipped[check];
    if (why == NULL)
      continue;
    pl_buf_addf(buf, "%s%s: ", separator, pl_check_name(check));
    pl_report_add_safe(buf, why);
    separator = "; ";
  }
  if (separator[0] == ';')
    pl_buf_add_char(buf, ')');
}

/* The parts of the first line. If it is too long, `body` is cut first. */
typedef struct headline {
  char head[PL_LIMIT_TEXT], body[2 * PL_LIMIT_TEXT], note[PL_LIMIT_TEXT];
  pl_reason reason;
} headline;

static void headline_of_one(const pl_endpoint_result *result, headline *line) {
  const pl_verdict *verdict = result->verdict;
  pl_buf buf;
  pl_buf_fixed(&buf, line->body, sizeof(line->body));
  pl_report_headline(result, &buf);
  pl_buf_fixed(&buf, line->note, sizeof(line->note));
  /* A pager shows this line only, so it says so even if another finding is worse. */
  if (pl_verdict_unproven(verdict) && strstr(line->body, "UNPROVEN") == NULL)
    pl_buf_add(&buf, " (public: UNPROVEN)");
  add_skipped(result, &buf);
  line->reason = pl_report_headline_reason(verdict);
}

static const pl_endpoint_result *worst_result(const pl_run *run) {
  const pl_endpoint_result *worst = &run->results[0];
  for (size_t i = 1; i < run->count; i++) {
    pl_severity have = worst->verdict->severity, other = run->results[i].verdict->severity;
    if (other != have && pl_severity_worst(have, other) == other)
      worst = &run->results[i];
  }
  return worst;
}

static void headline_of_many(const pl_run *run, pl_buf *head, headline *line) {
  pl_totals totals = pl_run_totals(run);
  size_t fine = totals.by_severity[PL_SEVERITY_OK], unproven = 0;
  for (size_t i = 0; i < run->count; i++)
    unproven += pl_verdict_unproven(run->results[i].verdict) ? 1 : 0;
  pl_buf note;
  pl_buf_fixed(&note, line->note, sizeof(line->note));
  if (unproven > 0)
    pl_buf_addf(&note, " (public: %zu UNPROVEN)", unproven);
  if (fine == run->count) {
    pl_buf_addf(head, "%zu endpoints OK", run->count);
    return;
  }
  const pl_endpoint_result *worst = worst_result(run);
  pl_buf_addf(head, "%zu of %zu endpoints not OK: ", run->count - fine, run->count);
  pl_report_add_safe(head, worst->name);
  pl_buf_add(head, ": ");
  pl_buf body;
  pl_buf_fixed(&body, line->body, sizeof(line->body));
  pl_report_headline(worst, &body);
  line->reason = pl_report_headline_reason(worst->verdict);
}

static void make_headline(const pl_run *run, headline *line) {
  *line = (headline){.reason = PL_REASON_NONE};
  pl_buf head;
  pl_buf_fixed(&head, line->head, sizeof(line->head));
  pl_buf_addf(&head, "PRIVATELINK %s: ", pl_severity_name(pl_run_severity(run)));
  if (run->count > 1) {
    headline_of_many(run, &head, line);
    return;
  }
  if (run->count == 0) {
    pl_buf_add(&head, "no endpoint");
    line->reason = PL_REASON_USAGE;
    return;
  }
  pl_report_add_safe(&head, run->results[0].name);
  pl_buf_add(&head, ": ");
  headline_of_one(&run->results[0], line);
}

/* ---- cutting -------------------------------------------------------------------------------- */

/* Adds at most `room` bytes of `text`; a cut text ends in "...". */
static void add_cut(pl_buf *buf, const char *text, size_t room) {
  char storage[PL_LIMIT_OUTPUT + 1];
  if (strlen(text) <= room) {
    pl_buf_add(buf, text);
    return;
  }
  size_t dots = room < strlen(ELLIPSIS) ? room : strlen(ELLIPSIS);
  size_t kept = room - dots < PL_LIMIT_OUTPUT ? room - dots : PL_LIMIT_OUTPUT;
  pl_buf piece;
  pl_buf_fixed(&piece, storage, kept + 1);
  pl_buf_add(&piece, text);
  pl_buf_add(buf, pl_buf_text(&piece));
  pl_buf_add_bytes(buf, ELLIPSIS, dots);
}

static size_t reason_length(pl_reason reason) {
  return reason == PL_REASON_NONE ? 0 : strlen(pl_reason_code(reason)) + strlen(" []");
}

static size_t headline_length(const headline *line) {
  return strlen(line->head) + strlen(line->body) + strlen(line->note) + reason_length(line->reason);
}

/* The first line without performance data, in at most `room` bytes: cuts the body first, then the
 * note. */
static void add_headline(pl_buf *buf, const headline *line, size_t room) {
  size_t fixed = strlen(line->head) + reason_length(line->reason);
  size_t left = room > fixed ? room - fixed : 0;
  size_t note = strlen(line->note), body = strlen(line->body);
  if (body + note > left) {
    size_t keep = body < BODY_MIN ? body : BODY_MIN;
    body = left > note + keep ? left - note : keep;
    note = left > body ? left - body : 0;
  }
  pl_buf_add(buf, line->head);
  add_cut(buf, line->body, body);
  add_cut(buf, line->note, note);
  pl_report_add_reason(buf, line->reason);
}

/* ---- the lines under it --------------------------------------------------------------------- */

/* The lines under the first one. Without -v their size is limited, and CUT_LINE says if any is
 * missing. */
typedef struct lines {
  const pl_run *run;
  int verbosity;
  pl_buf *buf;
  size_t max; /* bytes of `buf`, with all lines */
  bool cut;
} lines;

static void add_line(lines *out, const pl_endpoint_result *result, pl_severity severity,
                     const char *text, pl_reason reason) {
  if (out->cut)
    return;
  char head[PL_LIMIT_TEXT];
  pl_buf start;
  pl_buf_fixed(&start, head, sizeof(head));
  pl_buf_addf(&start, "[%s] ", pl_severity_name(severity));
  if (out->run->count > 1) {
    pl_report_add_safe(&start, result->name);
    pl_buf_add(&start, ": ");
  }
  size_t fixed = start.length + reason_length(reason) + strlen("\n");
  size_t body = strlen(text);
  size_t left = out->max > out->buf->length + fixed ? out->max - out->buf->length - fixed : 0;
  if (body + strlen(CUT_LINE) > left) {
    out->cut = true;
    size_t keep = body < BODY_MIN ? body : BODY_MIN;
    if (left < keep + strlen(CUT_LINE))
      return;
    left -= strlen(CUT_LINE);
    body = body < left ? body : left;
  }
  pl_buf_add(out->buf, head);
  add_cut(out->buf, text, body);
  pl_report_add_reason(out->buf, reason);
  pl_buf_add_char(out->buf, '\n');
}

static bool line_wanted(const lines *out, pl_severity severity) {
  return out->verbosity > 0 || out->run->count == 1 || severity != PL_SEVERITY_OK;
}

static void add_check_lines(lines *out, const pl_endpoint_result *result) {
  const pl_verdict *verdict = result->verdict;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *line = &verdict->checks[check];
    if (!line->ran || !line_wanted(out, line->severity))
      continue;
    char text[2 * PL_LIMIT_TEXT];
    pl_buf body;
    pl_buf_fixed(&body, text, sizeof(text));
    pl_buf_addf(&body, "%s: ", pl_check_name(check));
    pl_report_summary(verdict, check, &body);
    add_line(out, result, line->severity, text, pl_verdict_line_reason(verdict, check));
    if (out->verbosity > 0)
      pl_report_detail(result, check, out->verbosity, out->buf);
  }
}

/* Findings that belong to no check: a threshold on the run itself, or an unusable section. */
static void add_general_lines(lines *out, const pl_endpoint_result *result) {
  for (size_t i = 0; i < result->verdict->finding_count; i++) {
    const pl_finding *finding = &result->verdict->findings[i];
    if (finding->check < PL_CHECK_COUNT && result->verdict->checks[finding->check].ran)
      continue;
    char text[PL_LIMIT_TEXT];
    pl_buf body;
    pl_buf_fixed(&body, text, sizeof(text));
    pl_report_add_safe(&body, finding->text);
    if (line_wanted(out, finding->severity))
      add_line(out, result, finding->severity, text, finding->reason);
  }
}

static void add_lines(lines *out) {
  for (size_t i = 0; i < out->run->count; i++) {
    add_check_lines(out, &out->run->results[i]);
    add_general_lines(out, &out->run->results[i]);
  }
  if (out->cut)
    pl_buf_add(out->buf, CUT_LINE);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* False if something was cut. */
static bool add_text(const pl_run *run, const headline *line, const char *perfdata, int verbosity,
                     size_t max, pl_buf *buf) {
  size_t rest = perfdata[0] != '\0' ? strlen(" | ") + strlen(perfdata) : 0;
  size_t room = max - rest - strlen("\n");
  /* A cut first line leaves room for CUT_LINE. */
  bool whole = headline_length(line) <= room - strlen(CUT_LINE);
  add_headline(buf, line, whole ? room : room - strlen(CUT_LINE));
  if (rest > 0) {
    pl_buf_add(buf, " | ");
    pl_buf_add(buf, perfdata);
  }
  pl_buf_add_char(buf, '\n');
  lines out = {.run = run, .verbosity = verbosity, .buf = buf, .max = max};
  add_lines(&out);
  return whole && !out.cut;
}

/* At most PL_LIMIT_OUTPUT bytes. If they are too few, first leaves out the bounds in the
 * performance data, then cuts. */
static void report_brief(const pl_run *run, const headline *line, pl_buf *buf) {
  char perfdata[PL_LIMIT_OUTPUT + 1], text[PL_LIMIT_OUTPUT + 1];
  bool complete = false;
  for (int bounds = 1; bounds >= 0 && !complete; bounds--) {
    pl_buf data, whole;
    pl_buf_fixed(&data, perfdata, sizeof(perfdata));
    pl_perfdata_add(run, run->count == 1, bounds == 1, PL_LIMIT_OUTPUT - TEXT_MIN, &data);
    pl_buf_fixed(&whole, text, sizeof(text));
    complete = add_text(run, line, perfdata, 0, PL_LIMIT_OUTPUT, &whole);
  }
  pl_buf_add(buf, text);
}

void pl_report_text(const pl_run *run, int verbosity, pl_buf *buf) {
  headline line;
  make_headline(run, &line);
  if (verbosity <= 0) {
    report_brief(run, &line, buf);
    return;
  }
  pl_buf perfdata;
  pl_buf_init(&perfdata, buf->max);
  pl_perfdata_add(run, true, true, buf->max, &perfdata);
  (void)add_text(run, &line, pl_buf_text(&perfdata), verbosity, buf->max, buf);
  pl_buf_free(&perfdata);
}
