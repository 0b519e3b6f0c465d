/* What the report takes from the verdict of a line of the evidence log. Pure; any thread. */
#ifndef PL_EVIDENCE_REPORT_SEEN_H
#define PL_EVIDENCE_REPORT_SEEN_H

#include "evidence/log/chain.h"
#include "facts/verdict.h"

#define PL_SEEN_REASON 40 /* bytes of the code of a reason, with the NUL */

/* What a check was for some time. The first three are of the public check, the next four of the
 * others. */
typedef enum pl_span_kind {
  PL_SPAN_BLOCKED,
  PL_SPAN_OPEN,
  PL_SPAN_UNPROVEN, /* also: blocked, while the alarm of an open endpoint still lasts */
  PL_SPAN_OK,
  PL_SPAN_WARNING,
  PL_SPAN_CRITICAL,
  PL_SPAN_UNKNOWN,
  PL_SPAN_UNMONITORED,
  PL_SPAN_KINDS
} pl_span_kind;

const char *pl_span_name(pl_span_kind kind); /* "blocked", "ok", "unmonitored" */

typedef struct pl_span {
  pl_span_kind kind;
  pl_severity severity;        /* UNMONITORED: UNKNOWN */
  char reason[PL_SEEN_REASON]; /* code: letters, digits, "._-"; "": none */
} pl_span;

typedef struct pl_seen_line {
  bool ran[PL_CHECK_COUNT];
  pl_span checks[PL_CHECK_COUNT]; /* of those that ran */
  bool named[PL_RIVAL_COUNT];     /* the verdict says what became of the rival */
  bool accepted[PL_RIVAL_COUNT];  /* and that it was accepted */
} pl_seen_line;

/* Reads what pl_entry_add_verdict writes. False: it is damaged, or of a version that has checks or
 * rivals that this one does not know. */
bool pl_seen_read(pl_slice verdict, pl_seen_line *ret_seen);

#endif
