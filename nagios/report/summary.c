/* Prints a run, an endpoint or a check in one line. */
#include "report/summary.h"
#include <string.h>

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
  pl_severity severity = run->unrecorded != NULL ? PL_SEVERITY_WARNING : PL_SEVERITY_OK;
  bool ran = false;
  for (size_t i = 0; i < run->count; i++) {
    severity = pl_severity_worst(severity, run->results[i].verdict->severity);
    ran = ran || any_check_ran(run->results[i].verdict);
  }
  return ran ? severity : pl_severity_worst(severity, PL_SEVERITY_UNKNOWN);
}

const pl_endpoint_result *pl_run_next(const pl_run *run, size_t *position) {
  static const pl_severity order[] = {PL_SEVERITY_CRITICAL, PL_SEVERITY_UNKNOWN,
                                      PL_SEVERITY_WARNING, PL_SEVERITY_OK};
  while (*position < run->count * PL_COUNT_OF(order)) {
    const pl_endpoint_result *result = &run->results[*position % run->count];
    pl_severity wanted = order[(*position)++ / run->count];
    if (result->verdict->severity == wanted)
      return result;
  }
  return NULL;
}

void pl_report_add_safe(pl_buf *buf, const char *text) {
  /* pl_buf_add_printable also replaces '<' and '>', which our own texts use ("name -> address"). */
  while (*text != '\0') {
    size_t length = strcspn(text, "<>");
    pl_buf_add_printable(buf, text, length, length);
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

void pl_report_add_reason(pl_buf *buf, pl_reason reason) {
  if (reason != PL_REASON_NONE)
    pl_buf_addf(buf, " [%s]", pl_reason_code(reason));
}

/* ---- one endpoint in one line --------------------------------------------------------------- */

/* The finding that the headline reports: the worst one, of the worst check if it has one. NULL if
 * there is none. */
static const pl_finding *headline_finding(const pl_verdict *verdict) {
  if (verdict->worst < PL_CHECK_COUNT &&
      verdict->checks[verdict->worst].severity == verdict->severity) {
    const pl_finding *finding = pl_verdict_worst(verdict, verdict->worst);
    if (finding != NULL)
      return finding;
  }
  for (size_t i = 0; i < verdict->finding_count; i++) {
    if (verdict->findings[i].severity == verdict->severity)
      return &verdict->findings[i];
  }
  return NULL;
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

void pl_report_fine_checks(const pl_verdict *verdict, pl_buf *buf) {
  const char *separator = "";
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++) {
    if (!verdict->checks[check].ran || line_unproven(verdict, check))
      continue;
    pl_buf_addf(buf, "%s%s", separator, pl_check_name(check));
    separator = ", ";
  }
  pl_buf_add(buf, separator[0] != '\0' ? " OK" : "");
}

/* "dns, port, public OK; public: 2/2 addresses blocked": the checks that are OK, and the summary of
 * the last one, which depends on the others. */
static void add_fine_headline(const pl_verdict *verdict, pl_buf *buf) {
  pl_check last = PL_CHECK_COUNT;
  while (last > 0 && !verdict->checks[last - 1].ran)
    last--;
  last--;
  size_t before = buf->length;
  pl_report_fine_checks(verdict, buf);
  pl_buf_addf(buf, "%s%s: ", buf->length > before ? "; " : "", pl_check_name(last));
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
