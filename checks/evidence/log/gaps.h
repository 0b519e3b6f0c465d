/* Finds times in which an endpoint had no line of the log, though one was due. A pl_gaps owns its
 * table. One thread.
 */
#ifndef PL_EVIDENCE_LOG_GAPS_H
#define PL_EVIDENCE_LOG_GAPS_H

#include "evidence/log/chain.h"

/* A line may be late by half its interval and a minute. */
#define PL_GAP_ALLOWED(interval) ((pl_nsec)((interval) + (interval) / 2 + 60) * PL_SEC)

typedef struct pl_gap_entry {
  char *endpoint; /* owned; NULL: free */
  pl_nsec last;   /* wall time of its last line */
  uint64_t boot;  /* of that line, and its uptime */
  pl_nsec uptime;
  uint64_t interval; /* seconds, as that line says */
  uint64_t program;  /* which program wrote it */
  bool stopped;
} pl_gap_entry;

typedef struct pl_gaps {
  pl_gap_entry *entries;
  size_t count, room; /* room: a power of two */
} pl_gaps;

/* Takes a line of type VERDICT or STOP; others change nothing. False: no memory. `ret_gap` is the
 * seconds without a line, 0 for no gap: by the clock, or by the uptime if that says more. */
bool pl_gaps_take(pl_gaps *gaps, const pl_log_line *line, int64_t *ret_gap,
                  pl_nsec *ret_since) PL_MUST_USE;
/* Of the endpoints whose line is overdue at the time `now`, the one with the oldest line; NULL:
 * there is none. */
const pl_gap_entry *pl_gaps_open(const pl_gaps *gaps, pl_nsec now);
void pl_gaps_free(pl_gaps *gaps);

/* Which program `by` names, without its version. */
uint64_t pl_gaps_program(pl_slice by);

#endif
