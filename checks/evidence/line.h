/* A recorded case and its verdict, as one line of JSON: what check_privatelink --record writes and
 * --replay reads. Any thread. */
#ifndef PL_EVIDENCE_LINE_H
#define PL_EVIDENCE_LINE_H

#include "base/buf.h"
#include "evidence/case.h"

/* What of a verdict is recorded. The rest follows from the case. */
typedef struct pl_evidence_verdict {
  pl_severity severity;
  pl_public public_verdict;
  pl_check_verdict checks[PL_CHECK_COUNT];
  pl_rival_verdict rivals[PL_RIVAL_COUNT];
} pl_evidence_verdict;

pl_evidence_verdict pl_evidence_verdict_of(const pl_verdict *verdict);
/* As JSON text. NULL: no memory. Free it with free(). */
char *pl_evidence_verdict_write(const pl_evidence_verdict *verdict);
/* {"case":...,"verdict":...}, without a line end. NULL: no memory. Free it with free(). */
char *pl_evidence_line_write(const pl_spec *spec, const pl_facts *facts,
                             const pl_memory_notes *notes, int64_t wall_now,
                             const pl_evidence_verdict *verdict);

/* PL_ERR_INVALID as pl_evidence_case_read. */
pl_status pl_evidence_line_read(const char *text, size_t length, pl_evidence_case *ret_case,
                                pl_evidence_verdict *ret_verdict, pl_error *error) PL_MUST_USE;

/* Adds how a verdict differs from the one that was recorded: "public CRITICAL [public.open], now
 * OK; rival egress ruled-out, now stands". Nothing where severities, reasons, the public verdict
 * and the rivals are the same. The wording of a summary does not count. */
void pl_evidence_compare(const pl_evidence_verdict *recorded, const pl_evidence_verdict *now,
                         pl_buf *ret_text);

#endif
