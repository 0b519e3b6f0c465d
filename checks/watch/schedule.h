/* When the rounds of all endpoints start. Engine's thread only, except where a function says more.
 */
#ifndef PL_WATCH_SCHEDULE_H
#define PL_WATCH_SCHEDULE_H

#include "watch/rounds.h"

#define PL_SCHEDULE_TICK_MAX (250 * PL_MSEC)

typedef struct pl_schedule {
  pl_rounds *rounds; /* borrowed */
  pl_nsec begun, window, next_batch;
  pl_watch **due;         /* room for all watches; owned */
  atomic_bool is_hurried; /* some watch is */
} pl_schedule;

/* Plans the first round of each endpoint. Before the engine's thread starts. */
pl_status pl_schedule_init(pl_schedule *schedule, pl_rounds *rounds) PL_MUST_USE;
/* After that thread has ended. A zeroed schedule is fine. */
void pl_schedule_free(pl_schedule *schedule);

/* Starts the rounds that are due. To be called at least as often as `window` and
 * PL_SCHEDULE_TICK_MAX say. */
void pl_schedule_tick(pl_schedule *schedule);

/* Some watches are hurried: the next tick starts their rounds. Any thread. */
void pl_schedule_hurry(pl_schedule *schedule);

#endif
