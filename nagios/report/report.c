#include "report/internal.h"
#include <string.h>

/* Bytes of -v 0 that performance data never takes from the text: a first line with the longest
 * name and reason, BODY_MIN of its text, and CUT_LINE. */
#define TEXT_MIN ((size_t)200)
#define BODY_MIN ((size_t)24) /* bytes of a text below which cutting it further says nothing */
#define CUT_LINE "(cut)\n"
#define ELLIPSIS "..."

pl_totals pl_run_totals(const pl_run *run) {
  pl_totals totals = {0};
  for (size_t i = 0; i < run->count; i++)
    totals.by_severity[run->results[i].verdict->severity]++;
  return totals;
}

static bool any_check_ran(const pl_verdict *verdict) {
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    if (verdict->checks[check].ran)
      return true;
  }
  return false;
}

pl_severity pl_run_severity(const pl_run *run) {
  pl_severity severity = PL_SEVERITY_OK;
  bool ran = false;
  for (size_t i = 0; i < run->count; i++) {
    severity = pl_severity_worst(severity, run->results[i].verdict->severity);
    ran = ran || any_check_ran(run->results[i].verdict);
  }
  return ran ? severity : pl_severity_worst(severity, PL_SEVERITY_UNKNOWN);
}

void pl_report_add_safe(pl_buf *buf, const char *text) {
  /* pl_buf_add_foreign also replaces '<' and '>', which our own texts use ("name -> address"). */
  while (*text != '\0') {
    size_t length = strcspn(text, "<>");
    pl_buf_add_foreign(buf, text, length, length);
    text += length;
    if (*text != '\0')
      pl_buf_add_char(buf, *text++);
  }
}

/* ---- one check ------------------------------------------------------------------------------ */

bool pl_verdict_unproven(const pl_verdict *verdict) {
  return verdict->checks[PL_CHECK_PUBLIC].ran && verdict->public_verdict == PL_PUBLIC_UNPROVEN;
}

static bool line_unproven(const pl_verdict *verdict, pl_check check) {
  return check == PL_CHECK_PUBLIC && pl_verdict_unproven(verdict);
}

pl_reason pl_verdict_line_reason(const pl_verdict *verdict, pl_check check) {
  const pl_check_verdict *line = &verdict->checks[check];
  bool fine = line->severity == PL_SEVERITY_OK && !line_unproven(verdict, check);
  return fine ? PL_REASON_NONE : line->reason;
}

static void add_public_text(const pl_verdict *verdict, const char *text, pl_buf *buf) {
  if (pl_verdict_unproven(verdict) && strstr(text, "UNPROVEN") == NULL)
    pl_buf_add(buf, "UNPROVEN: ");
  pl_report_add_safe(buf, text);
}

void pl_report_summary(const pl_verdict *verdict, pl_check check, pl_buf *buf) {
  if (check == PL_CHECK_PUBLIC)
    add_public_text(verdict, verdict->checks[check].summary, buf);
  else
    pl_report_add_safe(buf, verdict->checks[check].summary);
}

static void add_reason(pl_buf *buf, pl_reason reason) {
  if (reason != PL_REASON_NONE)
    pl_buf_addf(buf, " [%s]", pl_reason_code(reason));
}

void pl_report_check_line(const pl_endpoint_result *result, pl_check check, pl_buf *buf) {
  pl_buf_addf(buf, "%s: ", pl_check_name(check));
  pl_report_summary(result->verdict, check, buf);
  add_reason(buf, pl_verdict_line_reason(result->verdict, check));
}

/* ---- one endpoint in one line --------------------------------------------------------------- */

/* What the headline is about: the worst finding. NULL where nothing is to be said. */
static const pl_finding *headline_finding(const pl_verdict *verdict) {
  if (verdict->worst < PL_CHECK_COUNT &&
      verdict->checks[verdict->worst].severity == verdict->severity) {
    const pl_finding *finding = pl_verdict_worst(verdict, verdict->worst);
    if (finding != NULL)
      return finding;
  }
  const pl_finding *worst = NULL;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->severity == verdict->severity && worst == NULL)
      worst = finding;
  }
  return worst;
}

pl_reason pl_report_headline_reason(const pl_verdict *verdict) {
  if (verdict->severity == PL_SEVERITY_OK)
    return pl_verdict_unproven(verdict) ? pl_verdict_line_reason(verdict, PL_CHECK_PUBLIC)
                                        : PL_REASON_NONE;
  const pl_finding *finding = headline_finding(verdict);
  if (finding != NULL)
    return finding->reason;
  if (verdict->worst < PL_CHECK_COUNT)
    return pl_verdict_line_reason(verdict, verdict->worst);
  return PL_REASON_USAGE;
}

/* "dns, port, public OK; public: 2/2 addresses blocked": all is well, and the last check, which
 * rests on the others, in its own words. */
static void add_fine_headline(const pl_verdict *verdict, pl_buf *buf) {
  const char *separator = "";
  pl_check last = PL_CHECK_COUNT;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    if (!verdict->checks[check].ran)
      continue;
    last = check;
    if (line_unproven(verdict, check))
      continue;
    pl_buf_addf(buf, "%s%s", separator, pl_check_name(check));
    separator = ", ";
  }
  if (separator[0] != '\0')
    pl_buf_add(buf, " OK; ");
  pl_buf_addf(buf, "%s: ", pl_check_name(last));
  pl_report_summary(verdict, last, buf);
}

void pl_report_headline(const pl_endpoint_result *result, pl_buf *buf) {
  const pl_verdict *verdict = result->verdict;
  if (verdict->severity == PL_SEVERITY_OK && any_check_ran(verdict)) {
    add_fine_headline(verdict, buf);
    return;
  }
  const pl_finding *finding = headline_finding(verdict);
  if (finding != NULL && finding->check == PL_CHECK_PUBLIC)
    add_public_text(verdict, finding->text, buf);
  else if (finding != NULL)
    pl_report_add_safe(buf, finding->text);
  else if (verdict->worst < PL_CHECK_COUNT)
    pl_report_summary(verdict, verdict->worst, buf);
  else
    pl_buf_add(buf, "no check ran");
}

/* ---- the first line ------------------------------------------------------------------------- */

/* " (skipped: state: no --endpoint-id)": what --check did not ask for, and lacks an option. */
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

/* The parts of the first line: `body` is what is cut where it gets too long. */
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
  /* A pager shows this line only: it must not hide behind another finding. */
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

/* Adds `text` in at most `room` bytes; what is cut ends in "...". */
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

/* The first line without performance data, in at most `room` bytes: the body gives way first, and
 * the note behind it. */
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
  add_reason(buf, line->reason);
}

/* ---- the lines under it --------------------------------------------------------------------- */

/* Where the lines go. At -v 0 what they take together is bounded, and what is left out is said. */
typedef struct lines {
  const pl_run *run;
  int verbosity;
  pl_buf *buf;
  size_t max; /* bytes of `buf`, all lines included */
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
  add_reason(out->buf, reason);
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

/* Findings that belong to no check: a threshold on the run itself, a section that can't be used. */
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

/* False where something had to be cut. */
static bool add_text(const pl_run *run, const headline *line, const char *perfdata, int verbosity,
                     size_t max, pl_buf *buf) {
  size_t rest = perfdata[0] != '\0' ? strlen(" | ") + strlen(perfdata) : 0;
  size_t room = max - rest - strlen("\n");
  /* A first line that must be cut leaves room to say that the others are missing. */
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

/* Everything within PL_LIMIT_OUTPUT: with bounds in the performance data where all fits, without
 * them where that lets more of the text stand, and cut only then. */
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
