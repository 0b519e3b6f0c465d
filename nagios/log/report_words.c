/* Words of a report on an evidence log, as all forms have them. */
#include "log/report.h"
#include <inttypes.h>
#include <string.h>

#define HUNDRED 10000 /* per cent, in hundredths */

const char pl_report_purpose[] =
    "This report supports a segmentation test. It does not replace the tester. A proof is from the "
    "host that wrote the log, over its egress path, at that time.";

void pl_report_add_state(pl_buf *buf, const pl_evidence_report *report) {
  const pl_verify_report *log = report->log;
  char head[PL_HASH_HEX];
  if (log->problems > 0)
    pl_buf_addf(buf, "EVIDENCE CRITICAL: the log is broken, and nothing below is proven: %s",
                log->problem);
  else if (report->keys)
    pl_buf_add(buf, "EVIDENCE OK: the log is intact, and signed");
  else if (log->signatures > 0)
    pl_buf_add(buf, "EVIDENCE OK: the log is intact; its signatures were not verified, because "
                    "--public-key is not given");
  else
    pl_buf_add(buf, "EVIDENCE OK: the log is intact, but not signed: its writer could have "
                    "rewritten it");
  pl_sha256_hex(&log->head.hash, head);
  pl_buf_addf(buf, "; last line number %" PRIu64 ", hash %s", log->head.seq, head);
}

void pl_report_add_contents(pl_buf *buf, const pl_evidence_report *report) {
  const pl_verify_report *log = report->log;
  pl_buf_addf(buf, "%" PRIu64 " lines", log->lines);
  if (log->lines > 0) {
    pl_buf_add(buf, " from ");
    pl_report_add_instant(buf, log->first);
    pl_buf_add(buf, " to ");
    pl_report_add_instant(buf, log->last);
  }
  pl_buf_addf(buf, "; signatures: %" PRIu64 "; time stamps: %" PRIu64, log->signatures,
              log->anchors);
  if (log->stamped > 0) {
    pl_buf_add(buf, ", the last of ");
    pl_report_add_instant(buf, log->stamped);
    pl_buf_add(buf, report->authorities ? "" : " (not verified: no --evidence-ca)");
  }
  pl_buf_addf(buf, "; torn lines, repaired: %" PRIu64 "; the clock was set: %" PRIu64 " times",
              log->repairs, log->clock_steps);
  pl_buf_add(buf, log->removed > 0 ? "; older lines were removed" : "");
}

void pl_report_add_instant(pl_buf *buf, pl_nsec wall) {
  char text[PL_LINE_TIME];
  pl_time_format(wall, text);
  pl_buf_addf(buf, "%.19sZ", text);
}

void pl_report_add_duration(pl_buf *buf, pl_nsec duration) {
  int64_t seconds = duration / PL_SEC;
  pl_buf_addf(buf, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
              (int)(seconds % 60));
}

void pl_report_add_percent(pl_buf *buf, pl_nsec part, pl_nsec whole) {
  if (whole <= 0) {
    pl_buf_add(buf, "-");
    return;
  }
  int hundredths = (int)((double)part / (double)whole * HUNDRED + 0.5);
  const char *sign = "";
  if (part > 0 && hundredths == 0) {
    hundredths = 1;
    sign = "<";
  } else if (part < whole && hundredths >= HUNDRED) {
    hundredths = HUNDRED - 1;
    sign = ">";
  }
  pl_buf_addf(buf, "%s%d.%02d %%", sign, hundredths / 100, hundredths % 100);
}

const char *pl_report_unmonitored(const char *reason) {
  static const char *const rows[][2] = {
      {PL_UNMONITORED_BEFORE, "the log has no line of this endpoint yet"},
      {PL_UNMONITORED_SILENT, "no line came when one was due"},
      {PL_UNMONITORED_STOPPED, "a line says that monitoring stopped"},
      {PL_UNMONITORED_ENDED, "the program ended without a line that says so"},
      {PL_UNMONITORED_FAILED, "lines could not be written"},
      {PL_UNMONITORED_PAUSE, "no round ended for some time"},
      {PL_UNMONITORED_CLOCK, "the clock was ahead of the end of the period for some time"},
      {PL_UNMONITORED_OFF, "the check did not run"},
      {PL_UNMONITORED_UNREADABLE, "the verdict is of a version that this program can't read"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if (strcmp(rows[i][0], reason) == 0)
      return rows[i][1];
  }
  return "not known";
}

void pl_report_add_span(pl_buf *buf, const pl_span *span) {
  if (span->kind == PL_SPAN_UNMONITORED) {
    pl_buf_addf(buf, "unmonitored: %s", pl_report_unmonitored(span->reason));
    return;
  }
  pl_buf_add(buf, pl_severity_name(span->severity));
  if (span->kind <= PL_SPAN_UNPROVEN)
    pl_buf_addf(buf, " %s", pl_span_name(span->kind));
  if (span->reason[0] != '\0')
    pl_buf_addf(buf, " [%s]", span->reason);
}

void pl_report_add_end(pl_buf *buf, const pl_exception *exception) {
  if (exception->lasts) {
    pl_buf_add(buf, "nothing: it continues after the period");
    return;
  }
  pl_report_add_span(buf, &exception->next);
  if (exception->next_line > 0)
    pl_buf_addf(buf, ", line %" PRIu64, exception->next_line);
  if (exception->reconfigured)
    pl_buf_add(buf, ", with another configuration");
}

bool pl_report_has_kind(unsigned check, pl_span_kind kind) {
  return kind == PL_SPAN_UNMONITORED || (kind <= PL_SPAN_UNPROVEN) == (check == PL_CHECK_PUBLIC);
}
