/* Prints the text output: a first line for the pager, performance data, and other lines. */
#include "report/text.h"
#include "report/detail.h"
#include "report/perfdata.h"
#include <string.h>

/* Without -v, bytes that performance data of one endpoint leaves for the text: a first line with
 * the longest name and reason, BODY_MIN of its text, and CUT_LINE. */
#define TEXT_MIN ((size_t)200)
#define BODY_MIN ((size_t)24) /* bytes of a text that are never cut: fewer say nothing */
#define CUT_LINE "(cut)\n"
#define ELLIPSIS "..."

/* ---- the first line ------------------------------------------------------------------------- */

/* The parts of the first line. If it is too long, `body` is cut first. */
typedef struct headline {
  const pl_run *run;
  char head[PL_LIMIT_TEXT], body[2 * PL_LIMIT_TEXT], note[PL_LIMIT_TEXT];
  pl_reason reason;
  bool names;     /* in place of the body: the name and reason of every endpoint that is not OK */
  bool shortened; /* it was too long */
} headline;

static void headline_of_one(const pl_endpoint_result *result, pl_buf *head, headline *line) {
  const pl_verdict *verdict = result->verdict;
  pl_report_add_safe(head, result->name);
  pl_buf_add(head, ": ");
  pl_buf buf;
  pl_buf_fixed(&buf, line->body, sizeof(line->body));
  pl_report_headline(result, &buf);
  line->reason = pl_report_headline_reason(verdict);
}

/* "7 of 9 endpoints not OK (4 CRITICAL, 3 UNKNOWN; public: 2 UNPROVEN): " */
static void add_counts(const pl_totals *totals, size_t unproven, pl_buf *head) {
  static const pl_severity order[] = {PL_SEVERITY_CRITICAL, PL_SEVERITY_UNKNOWN,
                                      PL_SEVERITY_WARNING};
  const char *separator = " (";
  for (size_t i = 0; i < PL_COUNT_OF(order); i++) {
    size_t of_severity = totals->by_severity[order[i]];
    if (of_severity == 0)
      continue;
    pl_buf_addf(head, "%s%zu %s", separator, of_severity, pl_severity_name(order[i]));
    separator = ", ";
  }
  if (unproven > 0)
    pl_buf_addf(head, "; public: %zu UNPROVEN", unproven);
  pl_buf_add_char(head, ')');
}

static void headline_of_many(const pl_run *run, pl_buf *head, headline *line) {
  pl_totals totals = pl_run_totals(run);
  size_t broken = run->count - totals.by_severity[PL_SEVERITY_OK], unproven = 0, position = 0;
  for (size_t i = 0; i < run->count; i++) {
    const pl_verdict *verdict = run->results[i].verdict;
    if (!pl_verdict_unproven(verdict))
      continue;
    unproven++;
    if (broken == 0 && unproven == 1)
      line->reason = pl_report_headline_reason(verdict);
  }
  if (broken > 0)
    pl_buf_addf(head, "%zu of %zu endpoints not OK", broken, run->count);
  else
    pl_buf_addf(head, "%zu endpoints OK", run->count);
  line->names = broken > 1;
  if (line->names)
    add_counts(&totals, unproven, head);
  else if (unproven > 0)
    pl_buf_addf(head, " (public: %zu UNPROVEN)", unproven);
  pl_buf_add(head, broken > 0 ? ": " : "");
  if (broken == 1)
    headline_of_one(pl_run_next(run, &position), head, line);
}

static void add_unrecorded(const pl_run *run, headline *line) {
  if (run->unrecorded == NULL)
    return;
  if (line->reason == PL_REASON_NONE)
    line->reason = PL_REASON_EVIDENCE_FAILED; /* names have their own reasons before the note */
  size_t used = strlen(line->note);
  pl_buf note;
  pl_buf_fixed(&note, line->note + used, sizeof(line->note) - used);
  pl_buf_add(&note, " (not recorded: ");
  pl_report_add_safe(&note, run->unrecorded);
  pl_buf_add_char(&note, ')');
}

static void make_headline(const pl_run *run, headline *line) {
  *line = (headline){.run = run, .reason = PL_REASON_NONE};
  pl_buf head;
  pl_buf_fixed(&head, line->head, sizeof(line->head));
  pl_buf_addf(&head, "PRIVATELINK %s: ", pl_severity_name(pl_run_severity(run)));
  if (run->count > 1) {
    headline_of_many(run, &head, line);
    add_unrecorded(run, line);
    return;
  }
  if (run->count == 0) {
    pl_buf_add(&head, "no endpoint");
    line->reason = PL_REASON_USAGE;
    return;
  }
  headline_of_one(&run->results[0], &head, line);
  /* A pager shows this line only, so it says so even if another finding is worse. */
  if (pl_verdict_unproven(run->results[0].verdict) && strstr(line->body, "UNPROVEN") == NULL)
    pl_text_set(line->note, sizeof(line->note), " (public: UNPROVEN)");
  add_unrecorded(run, line);
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

/* "a [public.open], b [dns.empty], and 5 more [dns.empty]": as many names as fit into `room`, and
 * the worst reason of the others. False if there are others. */
static bool add_names(pl_buf *buf, const pl_run *run, size_t room) {
  static const char more[] = ", and 1234567890 more [a.reason-that-is-as-long-as-any]";
  size_t start = buf->length, left = run->count - pl_run_totals(run).by_severity[PL_SEVERITY_OK];
  size_t position = 0;
  for (; left > 0; left--) {
    const pl_endpoint_result *result = pl_run_next(run, &position);
    pl_reason reason = pl_report_headline_reason(result->verdict);
    char item[2 * PL_LIMIT_TEXT];
    pl_buf text;
    pl_buf_fixed(&text, item, sizeof(item));
    pl_buf_add(&text, buf->length > start ? ", " : "");
    pl_report_add_safe(&text, result->name);
    pl_report_add_reason(&text, reason);
    size_t length = buf->length - start + text.length;
    if (length + (left > 1 ? strlen(more) : 0) > room) {
      pl_buf_addf(buf, "%s%zu more", buf->length > start ? ", and " : "", left);
      pl_report_add_reason(buf, reason);
      return false;
    }
    pl_buf_add(buf, item);
  }
  return true;
}

static size_t headline_length(const headline *line) {
  return strlen(line->head) + strlen(line->body) + strlen(line->note) + reason_length(line->reason);
}

/* The first line without performance data, in at most `room` bytes: cuts the body first, then the
 * note. */
static void add_headline(pl_buf *buf, headline *line, size_t room) {
  size_t fixed = strlen(line->head) + reason_length(line->reason);
  size_t left = room > fixed ? room - fixed : 0;
  size_t note = strlen(line->note), body = strlen(line->body);
  pl_buf_add(buf, line->head);
  line->shortened = body + note > left;
  if (line->names)
    line->shortened = !add_names(buf, line->run, left > note ? left - note : 0);
  if (body + note > left) {
    size_t keep = body < BODY_MIN ? body : BODY_MIN;
    body = left > note + keep ? left - note : keep;
    note = left > body ? left - body : 0;
  }
  add_cut(buf, line->body, body);
  add_cut(buf, line->note, note);
  pl_report_add_reason(buf, line->reason);
}

/* ---- the lines under it --------------------------------------------------------------------- */

/* The lines under the first one. Without -v their size is limited, and CUT_LINE says if any text or
 * performance data is missing. */
typedef struct lines {
  const pl_run *run;
  const char *said; /* by the first line, if that is about one endpoint; else "" */
  bool terse;       /* a line that does not fit is "[OK] dns" */
  int verbosity;
  pl_buf *buf;
  size_t max; /* bytes of `buf`, with all lines */
  bool cut;   /* a text is */
  bool lost;  /* performance data is missing */
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

/* Of several endpoints, the lines that are not OK, and those that are without proof. */
static bool line_wanted(const lines *out, pl_severity severity, bool unproven) {
  return out->verbosity > 0 || out->run->count == 1 || severity != PL_SEVERITY_OK || unproven;
}

/* Whether the first line ends with this. From -v on, everything is printed. */
static bool is_said(const lines *out, const char *text) {
  size_t said = strlen(out->said), length = strlen(text);
  return out->verbosity == 0 && length > 0 && length <= said &&
         strcmp(out->said + said - length, text) == 0;
}

/* "[OK] dns", for every check that ran from `check` on. */
static size_t terse_length(const pl_verdict *verdict, pl_check check) {
  size_t length = 0;
  for (; check < PL_CHECK_COUNT; check++)
    length += verdict->checks[check].ran ? strlen("[OK] \n") + strlen(pl_check_name(check)) : 0;
  return length;
}

/* The line of a check that is OK, if all that follow fit, too. */
static void add_terse(lines *out, const pl_verdict *verdict, pl_check check, const char *text) {
  size_t rest = terse_length(verdict, check + 1);
  size_t needed = strlen("[OK] \n") + strlen(text) + rest + strlen(CUT_LINE);
  bool fits = out->buf->length + needed <= out->max;
  pl_buf_addf(out->buf, "[OK] %s\n", fits ? text : pl_check_name(check));
}

static void add_check_lines(lines *out, const pl_endpoint_result *result) {
  const pl_verdict *verdict = result->verdict;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *line = &verdict->checks[check];
    bool unproven = check == PL_CHECK_PUBLIC && pl_verdict_unproven(verdict);
    if (!line->ran || !line_wanted(out, line->severity, unproven))
      continue;
    char summary[2 * PL_LIMIT_TEXT], text[2 * PL_LIMIT_TEXT];
    pl_buf body;
    pl_buf_fixed(&body, summary, sizeof(summary));
    pl_report_summary(verdict, check, &body);
    pl_buf_fixed(&body, text, sizeof(text));
    const char *above = unproven ? "UNPROVEN, as above" : "as above";
    pl_buf_addf(&body, "%s: %s", pl_check_name(check), is_said(out, summary) ? above : summary);
    if (out->terse)
      add_terse(out, verdict, check, text);
    else
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
    if (line_wanted(out, finding->severity, false) && !is_said(out, text))
      add_line(out, result, finding->severity, text, finding->reason);
  }
}

/* "skipped: state: no --endpoint-id": checks that lack an option; nothing if --check is given. */
static void add_skipped(const lines *out, const pl_endpoint_result *result) {
  if (result->spec == NULL || result->spec->checks_named != 0)
    return;
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    const char *why = result->spec->skipped[check];
    if (why == NULL)
      continue;
    pl_buf_add(out->buf, "skipped: ");
    if (out->run->count > 1) {
      pl_report_add_safe(out->buf, result->name);
      pl_buf_add(out->buf, ": ");
    }
    pl_buf_addf(out->buf, "%s: ", pl_check_name(check));
    pl_report_add_safe(out->buf, why);
    pl_buf_add_char(out->buf, '\n');
  }
}

static void add_lines(lines *out) {
  const pl_endpoint_result *result;
  for (size_t position = 0; (result = pl_run_next(out->run, &position)) != NULL;) {
    add_check_lines(out, result);
    add_general_lines(out, result);
    if (out->verbosity > 0)
      add_skipped(out, result);
  }
  if (out->cut || out->lost)
    pl_buf_add(out->buf, CUT_LINE);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool has_perfdata(const char *perfdata) { return perfdata[0] != '\0'; }

/* Adds the performance data to the first line, and the lines under it. `lost`: it is not all of it.
 * False if something was cut. */
static bool add_rest(const headline *line, const char *perfdata, bool lost, int verbosity,
                     size_t max, pl_buf *buf) {
  if (has_perfdata(perfdata))
    pl_buf_addf(buf, " | %s", perfdata);
  pl_buf_add_char(buf, '\n');
  bool said = line->run->count == 1 && !line->shortened;
  lines out = {.run = line->run,
               .said = said ? line->body : "",
               .verbosity = verbosity,
               .buf = buf,
               .max = max,
               .lost = lost};
  add_lines(&out);
  return !line->shortened && !out.cut && !out.lost;
}

/* One endpoint: the text gets what its performance data leaves. */
static bool brief_of_one(headline *line, bool bounds, pl_buf *buf) {
  char perfdata[PL_LIMIT_OUTPUT + 1];
  pl_buf data;
  pl_buf_fixed(&data, perfdata, sizeof(perfdata));
  bool complete = pl_perfdata_add(line->run, bounds, PL_LIMIT_OUTPUT - TEXT_MIN, &data);
  size_t rest = has_perfdata(perfdata) ? strlen(" | ") + data.length : 0;
  size_t room = PL_LIMIT_OUTPUT - rest - strlen("\n");
  /* A cut first line leaves room for CUT_LINE. */
  bool whole = headline_length(line) <= room - strlen(CUT_LINE);
  add_headline(buf, line, whole ? room : room - strlen(CUT_LINE));
  return add_rest(line, perfdata, !complete, 0, PL_LIMIT_OUTPUT, buf) && whole;
}

/* One endpoint that is healthy, and too long: its performance data comes first, so that its graphs
 * have no gaps. Then each check gets its text if there is room. */
static void terse_of_one(headline *line, pl_buf *buf) {
  const pl_verdict *verdict = line->run->results[0].verdict;
  char perfdata[PL_LIMIT_OUTPUT + 1];
  pl_buf data, body;
  pl_buf_fixed(&body, line->body, sizeof(line->body));
  pl_report_fine_checks(verdict, &body);
  size_t text =
      headline_length(line) + strlen(" | \n") + terse_length(verdict, 0) + strlen(CUT_LINE);
  pl_buf_fixed(&data, perfdata, sizeof(perfdata));
  bool complete = pl_perfdata_add(line->run, false, PL_LIMIT_OUTPUT - text, &data);
  add_headline(buf, line, PL_LIMIT_OUTPUT);
  lines out = {.run = line->run,
               .said = "",
               .terse = true,
               .buf = buf,
               .max = PL_LIMIT_OUTPUT,
               .lost = !complete};
  if (has_perfdata(perfdata))
    pl_buf_addf(buf, " | %s", perfdata);
  pl_buf_add_char(buf, '\n');
  add_lines(&out);
}

static bool is_healthy(const pl_run *run) {
  return run->count == 1 && pl_run_severity(run) == PL_SEVERITY_OK &&
         !pl_verdict_unproven(run->results[0].verdict);
}

/* Several: the names and the totals come first, then the performance data of whole endpoints. */
static bool brief_of_many(headline *line, bool bounds, pl_buf *buf) {
  char perfdata[PL_LIMIT_OUTPUT + 1];
  const size_t max = PL_LIMIT_OUTPUT - strlen(" | ") - strlen("\n") - strlen(CUT_LINE);
  pl_buf data;
  pl_buf_fixed(&data, perfdata, sizeof(perfdata));
  pl_perfdata_add_totals(line->run, bounds, &data);
  add_headline(buf, line, max - data.length);
  pl_buf_fixed(&data, perfdata, sizeof(perfdata));
  bool whole = pl_perfdata_add(line->run, bounds, max - buf->length, &data);
  return add_rest(line, perfdata, false, 0, PL_LIMIT_OUTPUT, buf) && whole;
}

/* At most PL_LIMIT_OUTPUT bytes. If they are too few, first leaves out the bounds in the
 * performance data, then texts of a healthy endpoint, or cuts. */
static void report_brief(headline *line, pl_buf *buf) {
  char text[PL_LIMIT_OUTPUT + 1];
  bool complete = false;
  for (int bounds = 1; bounds >= 0 && !complete; bounds--) {
    pl_buf whole;
    pl_buf_fixed(&whole, text, sizeof(text));
    complete = line->run->count > 1 ? brief_of_many(line, bounds == 1, &whole)
                                    : brief_of_one(line, bounds == 1, &whole);
  }
  if (!complete && is_healthy(line->run)) {
    pl_buf whole;
    pl_buf_fixed(&whole, text, sizeof(text));
    terse_of_one(line, &whole);
  }
  pl_buf_add(buf, text);
}

void pl_report_text(const pl_run *run, int verbosity, pl_buf *buf) {
  headline line;
  make_headline(run, &line);
  if (verbosity <= 0) {
    report_brief(&line, buf);
    return;
  }
  pl_buf perfdata;
  pl_buf_init(&perfdata, buf->max);
  (void)pl_perfdata_add(run, true, buf->max, &perfdata);
  add_headline(buf, &line, buf->max);
  (void)add_rest(&line, pl_buf_text(&perfdata), false, verbosity, buf->max, buf);
  pl_buf_free(&perfdata);
}
