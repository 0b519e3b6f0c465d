/* The report of --report: an evidence log, verified, and what it says about a period, as text, JSON
 * or HTML. Pure but for memory; any thread.
 */
#ifndef PL_NAGIOS_LOG_REPORT_H
#define PL_NAGIOS_LOG_REPORT_H

#include "base/buf.h"
#include "evidence/log/verify.h"
#include "evidence/report/tally.h"

typedef struct pl_evidence_report {
  const pl_verify_report *log;
  const char *version;    /* of this program */
  const pl_tally *tally;  /* after pl_tally_end */
  pl_nsec made;           /* when: wall time */
  bool keys, authorities; /* signatures, time stamps were verified: --public-key, --evidence-ca */
} pl_evidence_report;

void pl_evidence_report_text(const pl_evidence_report *report, pl_buf *buf);
/* docs/report.schema.json. */
void pl_evidence_report_json(const pl_evidence_report *report, pl_buf *buf);
/* One page, without scripts and without references to anything outside of it. */
void pl_evidence_report_html(const pl_evidence_report *report, pl_buf *buf);

/* ---- words that all forms share ---- */

/* Whether the log is intact, whether it is signed, and its last line; one line of text. */
void pl_report_add_state(pl_buf *buf, const pl_evidence_report *report);
/* What the log consists of; one line of text. */
void pl_report_add_contents(pl_buf *buf, const pl_evidence_report *report);
/* "2026-11-30T12:00:00Z". */
void pl_report_add_instant(pl_buf *buf, pl_nsec wall);
/* "1:00:00": hours, minutes and seconds. */
void pl_report_add_duration(pl_buf *buf, pl_nsec duration);
/* "99.64 %". Neither 0 nor 100 unless it is exactly that. */
void pl_report_add_percent(pl_buf *buf, pl_nsec part, pl_nsec whole);
/* "CRITICAL open [public.open]". */
void pl_report_add_span(pl_buf *buf, const pl_span *span);
/* What ended the exception. */
void pl_report_add_end(pl_buf *buf, const pl_exception *exception);
/* Why nothing is known, for people. */
const char *pl_report_unmonitored(const char *reason);
/* Whether the check can be that. */
bool pl_report_has_kind(unsigned check, pl_span_kind kind);

extern const char pl_report_purpose[]; /* what the report is, and what it is not */

#endif
