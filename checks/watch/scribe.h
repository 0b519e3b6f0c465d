/* Writes the evidence logs of a daemon, on a thread of its own: a slow disk delays no round.
 *
 * The last two functions are for the engine's thread, the rest for the main thread.
 */
#ifndef PL_WATCH_SCRIBE_H
#define PL_WATCH_SCRIBE_H

#include "evidence/log/last.h"
#include "memory/notes.h"
#include "watch/dispatcher.h"

typedef struct pl_scribe pl_scribe;

/* Starts the thread. The dispatcher (NULL: none) gets the daily heads, and must outlive the scribe.
 * `endpoints` is a number for the log. */
pl_status pl_scribe_create(const pl_front *front, pl_dispatcher *dispatcher, const pl_clock *clock,
                           uint64_t host, size_t endpoints, pl_scribe **ret_scribe,
                           pl_error *error) PL_MUST_USE;
/* Writes what is waiting and that the program stops, without fsync, and ends the thread. NULL is
 * fine. */
void pl_scribe_free(pl_scribe *scribe);

/* Has a line written, if one is due, and updates `last`. Twice the `interval` covers the time from
 * one round to the next. `verdict` is as users see it; `notes` and `now` are as in
 * pl_evidence_case_write. While lines cannot be written, the verdict gets a finding. `spec` must
 * outlive the scribe. */
void pl_scribe_take(pl_scribe *scribe, const pl_spec *spec, const char *endpoint, pl_nsec interval,
                    const pl_facts *facts, const pl_memory_notes *notes, int64_t now, pl_last *last,
                    pl_verdict *verdict);
/* No round of the endpoint can run: has a line written that says so, if its last line says
 * otherwise. */
void pl_scribe_stop(pl_scribe *scribe, const pl_spec *spec, const char *endpoint, pl_last *last);

#endif
