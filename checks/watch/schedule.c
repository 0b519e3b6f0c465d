/* Spreads the rounds of all endpoints over their intervals, and starts them in batches. */
#include "watch/schedule.h"
#include <stdlib.h>

/* A batch takes the endpoints that are due within a window, and spreads the starts of their rounds
 * over it. Its rounds share the witnesses. */
#define WINDOWS 12 /* of the shortest interval */
#define WINDOW_MIN (100 * PL_MSEC)
#define WINDOW_MAX (5 * PL_SEC)
#define FIRST_GAP (20 * PL_MSEC) /* between the first rounds of two endpoints */
/* How long the first round of an endpoint waits for the first answer of the EC2 API. */
#define FIRST_ANSWER_MAX (5 * PL_SEC)

/* Moves `due` to the next point of the watch's grid that is at least a quarter of an interval away.
 */
static void move_due(pl_watch *watch, pl_nsec now) {
  pl_nsec earliest = now + watch->interval / 4;
  pl_nsec rounds = (earliest - watch->phase + watch->interval - 1) / watch->interval;
  watch->due = watch->phase + (rounds > 0 ? rounds : 0) * watch->interval;
}

static int compare_due(const void *a, const void *b) {
  const pl_watch *first = *(pl_watch *const *)a, *second = *(pl_watch *const *)b;
  pl_nsec by_timeout = first->spec->timeout - second->spec->timeout;
  pl_nsec by_due = first->due - second->due;
  pl_nsec order = by_timeout != 0 ? by_timeout : by_due;
  return (order > 0) - (order < 0);
}

/* Whether the round must wait, because the EC2 API has not answered for this endpoint yet. */
static bool is_early(const pl_schedule *schedule, size_t index, pl_nsec now) {
  pl_poller *poller = schedule->rounds->poller;
  const pl_block *block = schedule->rounds->watches[index].block;
  if (poller == NULL || block->problem != NULL || block->spec.endpoint_id == NULL ||
      now - schedule->begun > FIRST_ANSWER_MAX)
    return false;
  pl_endpoint *endpoint = pl_poller_get(poller, index);
  pl_endpoint_unref(endpoint);
  return endpoint == NULL;
}

void pl_schedule_tick(pl_schedule *schedule) {
  pl_rounds *rounds = schedule->rounds;
  pl_nsec now = pl_clock_now(&schedule->rounds->context.clock);
  pl_rounds_release_held(rounds, now);
  if (!atomic_exchange(&schedule->is_hurried, false) && now < schedule->next_batch)
    return;
  schedule->next_batch = now + schedule->window;
  pl_watch **due = schedule->due;
  size_t count = 0;
  for (size_t i = 0; i < rounds->count; i++) {
    pl_watch *watch = &rounds->watches[i];
    if (watch->running || is_early(schedule, i, now))
      continue;
    if (!atomic_exchange(&watch->is_hurried, false) && watch->due > now + schedule->window)
      continue;
    if (pl_watch_prepare(watch, &rounds->context))
      due[count++] = watch;
    else
      move_due(watch, now);
  }
  qsort(due, count, sizeof(*due), compare_due);
  for (size_t first = 0, end; first < count; first = end) {
    pl_nsec timeout = due[first]->spec->timeout;
    for (end = first; end < count && due[end]->spec->timeout == timeout; end++)
      move_due(due[end], now);
    pl_rounds_start(rounds, &due[first], end - first, schedule->window);
  }
}

/* First rounds start soon, one by one. Later rounds are spread over the interval. */
static void plan(pl_schedule *schedule) {
  pl_watch *watches = schedule->rounds->watches;
  size_t count = schedule->rounds->count;
  pl_nsec now = pl_clock_now(&schedule->rounds->context.clock), shortest = WINDOWS * WINDOW_MAX;
  for (size_t i = 0; i < count; i++) {
    pl_watch *watch = &watches[i];
    pl_nsec offset = (pl_nsec)((double)watch->interval * (double)i / (double)count);
    pl_nsec soon = (pl_nsec)i * FIRST_GAP;
    watch->phase = now + offset;
    watch->due = now + (soon < offset ? soon : offset);
    if (watch->interval < shortest)
      shortest = watch->interval;
  }
  schedule->window = shortest / WINDOWS > WINDOW_MIN ? shortest / WINDOWS : WINDOW_MIN;
  schedule->begun = now;
  schedule->next_batch = now;
  for (size_t i = 0; i < count; i++) {
    pl_watch *watch = &watches[i];
    atomic_store(&watch->ended, watch->due + FIRST_ANSWER_MAX);
    pl_watch_set_interval(watch,
                          watch->block->spec.timeout + 2 * schedule->window + PL_ROUNDS_AFTER);
  }
}

pl_status pl_schedule_init(pl_schedule *schedule, pl_rounds *rounds) {
  *schedule = (pl_schedule){.rounds = rounds, .due = calloc(rounds->count, sizeof(pl_watch *))};
  atomic_init(&schedule->is_hurried, false);
  if (schedule->due == NULL)
    return PL_ERR_MEMORY;
  plan(schedule);
  return PL_OK;
}

void pl_schedule_free(pl_schedule *schedule) { free(schedule->due); }

void pl_schedule_hurry(pl_schedule *schedule) { atomic_store(&schedule->is_hurried, true); }
