/* A recorded case: everything that a verdict follows from, as one JSON object in one line.
 *
 * It holds what pl_judge reads: the facts of the round, what was remembered, the endpoint of the
 * EC2 API, the options that decide, and the time; and what the alarm and the state directory then
 * made of the verdict. Judged again it gives the same verdict, to the byte. It holds no secret: no
 * key, token or credential, no header that we send, no body of an answer, no query of --path
 * (docs/evidence.md). The same case always gives the same text: sorted keys, no white space. Any
 * thread.
 */
#ifndef PL_EVIDENCE_CASE_H
#define PL_EVIDENCE_CASE_H

#include "facts/endpoint.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "memory/notes.h"
#include "options/spec.h"

#define PL_EVIDENCE_FORMAT 1 /* another number: other members, or another meaning */

/* Owns all that it holds. `facts` points into it: it can't be copied. */
typedef struct pl_evidence_case {
  pl_spec spec;
  pl_facts facts;
  pl_memory memory;      /* what `facts` refers to, if it refers to any */
  pl_endpoint *endpoint; /* likewise; NULL: none */
  pl_memory_notes notes;
  int64_t wall_now; /* when it was judged: seconds since 1970 */
  char program[32]; /* version that wrote it */
} pl_evidence_case;

/* The text, without a line end. `notes` may be NULL: nothing is remembered. NULL: no memory. Free
 * it with free(). */
char *pl_evidence_case_write(const pl_spec *spec, const pl_facts *facts,
                             const pl_memory_notes *notes, int64_t wall_now);

/* Reads a text of at most PL_LIMIT_EVIDENCE_CASE bytes, which may come from anybody. PL_ERR_INVALID
 * names the first value that is missing, of the wrong kind or out of its range. On failure there is
 * nothing to free. */
pl_status pl_evidence_case_read(const char *text, size_t length, pl_evidence_case *ret_case,
                                pl_error *error) PL_MUST_USE;
void pl_evidence_case_free(pl_evidence_case *recorded);

/* The verdict that users see: pl_judge at the time of the case, the alarm, the thresholds. */
void pl_evidence_case_judge(const pl_evidence_case *recorded, pl_verdict *ret_verdict);

#endif
