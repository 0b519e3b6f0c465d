/* Keeps notifications in a table, and sends them from its own threads in the order of urgency. */
#include "watch/dispatcher.h"
#include "base/condition.h"
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#define THREADS 2 /* the second one sends only open public endpoints */
#define STOP_MAX (500 * PL_MSEC)
/* How long the events of one cause are collected: one interval, or a fifth of a long one. */
#define COLLECT_MAX (60 * PL_SEC)
#define COLLECT_SHARE 5

/* Events with the same cause that wait for their summary. */
typedef struct group {
  struct group *next;
  uint64_t cause;
  pl_event_list events;
  pl_nsec lasts, ends; /* the time to collect, and the instant */
} group;

struct pl_dispatcher {
  const pl_front *front;
  pthread_mutex_t lock; /* of everything below */
  pthread_cond_t changed;
  pl_event_list waiting[PL_URGENCIES];
  void *slots; /* a tree of tsearch(3): what waits here or in a group, but no summary */
  group *groups;
  const pl_event *sending[THREADS]; /* NULL: none */
  pthread_t threads[THREADS];
  unsigned started, running;
  bool ending; /* no summary is waited for */
  bool stop;   /* nothing more is sent */
};

/* What a thread gets. */
typedef struct worker {
  pl_dispatcher *dispatcher;
  unsigned index;
} worker;

static pl_nsec now(void) {
  pl_clock clock = pl_clock_system();
  return pl_clock_now(&clock);
}

/* ---- summaries ------------------------------------------------------------------------------ */

static group *find_group(pl_dispatcher *d, uint64_t cause) {
  group *g = d->groups;
  while (g != NULL && g->cause != cause)
    g = g->next;
  return g;
}

static pl_nsec collect_time(pl_nsec interval) {
  if (interval <= COLLECT_MAX)
    return interval;
  return interval / COLLECT_SHARE > COLLECT_MAX ? interval / COLLECT_SHARE : COLLECT_MAX;
}

/* A cause that is new: its first event does not wait. Without memory, none does. */
static void open_group(pl_dispatcher *d, uint64_t cause, pl_nsec interval) {
  group *g = calloc(1, sizeof(*g));
  if (g == NULL)
    return;
  pl_nsec lasts = collect_time(interval);
  *g = (group){.next = d->groups, .cause = cause, .lasts = lasts, .ends = now() + lasts};
  d->groups = g;
}

static void put(pl_dispatcher *d, pl_event *event) {
  pl_event_append(&d->waiting[pl_event_urgency(event)], event);
}

/* Before the event is sent or freed. */
static void leave_slot(pl_dispatcher *d, pl_event *event) {
  pl_event *const *found = tfind(event, &d->slots, pl_event_compare_slots);
  if (found != NULL && *found == event)
    (void)tdelete(event, &d->slots, pl_event_compare_slots);
}

/* One event by itself, or all as a summary. Without memory for that, each by itself. */
static void release_events(pl_dispatcher *d, group *g) {
  pl_event *summary = NULL;
  if (g->events.count > 1)
    summary = pl_event_summary(&g->events);
  if (summary != NULL)
    put(d, summary);
  for (pl_event *event; (event = g->events.first) != NULL;) {
    pl_event_remove(event);
    if (summary == NULL) {
      put(d, event);
      continue;
    }
    leave_slot(d, event);
    pl_event_free(event);
  }
}

/* Returns when the next group ends; 0 for none. A group in which nothing happened is over. */
static pl_nsec end_groups(pl_dispatcher *d) {
  pl_nsec next = 0, time = now();
  for (group **link = &d->groups; *link != NULL;) {
    group *g = *link;
    bool is_over = g->ends <= time || d->ending, was_quiet = g->events.count == 0;
    if (is_over)
      release_events(d, g);
    if (is_over && (was_quiet || d->ending)) {
      *link = g->next;
      free(g);
      continue;
    }
    if (is_over)
      g->ends = time + g->lasts;
    if (next == 0 || g->ends < next)
      next = g->ends;
    link = &g->next;
  }
  return next;
}

/* ---- the table ------------------------------------------------------------------------------ */

/* Removes what waits in the slot of a newer event, and puts that into it. Without memory for it,
 * even newer ones do not find it, and both are sent. */
static void take_slot(pl_dispatcher *d, pl_event *newer) {
  pl_event *const *found = tfind(newer, &d->slots, pl_event_compare_slots);
  if (found != NULL) {
    pl_event *older = *found;
    leave_slot(d, older);
    pl_event_inherit(newer, older);
    pl_event_remove(older);
    pl_event_free(older);
  }
  (void)!tsearch(newer, &d->slots, pl_event_compare_slots);
}

void pl_dispatcher_add(pl_dispatcher *d, pl_event *event, pl_nsec interval) {
  pthread_mutex_lock(&d->lock);
  take_slot(d, event);
  uint64_t cause = pl_event_cause(event);
  group *g = cause != 0 ? find_group(d, cause) : NULL;
  if (g != NULL)
    pl_event_append(&g->events, event);
  else
    put(d, event);
  if (cause != 0 && g == NULL)
    open_group(d, cause, interval);
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
}

/* ---- sending -------------------------------------------------------------------------------- */

/* An older event of the slot may be on its way: the newer one must not overtake it. */
static bool is_being_sent(const pl_dispatcher *d, const pl_event *event) {
  for (unsigned i = 0; i < THREADS; i++) {
    if (d->sending[i] != NULL && pl_event_compare_slots(d->sending[i], event) == 0)
      return true;
  }
  return false;
}

static pl_event *take_next(pl_dispatcher *d, unsigned urgencies) {
  for (unsigned i = 0; i < urgencies; i++) {
    for (pl_event *event = d->waiting[i].first; event != NULL; event = pl_event_next(event)) {
      if (is_being_sent(d, event))
        continue;
      pl_event_remove(event);
      leave_slot(d, event);
      return event;
    }
  }
  return NULL;
}

static size_t count_waiting(const pl_dispatcher *d) {
  size_t count = 0;
  for (unsigned i = 0; i < PL_URGENCIES; i++)
    count += d->waiting[i].count;
  return count;
}

static void wait_until(pl_dispatcher *d, pl_nsec instant) {
  if (instant == 0)
    pthread_cond_wait(&d->changed, &d->lock);
  else
    pl_condition_wait(&d->changed, &d->lock, instant);
}

/* With the lock. NULL: the thread ends. */
static pl_event *wait_for_event(pl_dispatcher *d, unsigned index) {
  unsigned urgencies = index == 0 ? PL_URGENCIES : 1;
  while (!d->stop) {
    pl_nsec next = end_groups(d);
    pl_event *event = take_next(d, urgencies);
    if (event != NULL || (d->ending && count_waiting(d) == 0))
      return event;
    wait_until(d, next);
  }
  return NULL;
}

static void *run(void *arg) {
  worker *self = arg;
  pl_dispatcher *d = self->dispatcher;
  unsigned index = self->index;
  free(self);
  pthread_mutex_lock(&d->lock);
  for (pl_event *event; (event = wait_for_event(d, index)) != NULL;) {
    d->sending[index] = event;
    pthread_mutex_unlock(&d->lock);
    d->front->notify(d->front->user, event);
    pthread_mutex_lock(&d->lock);
    d->sending[index] = NULL;
    pl_event_free(event);
    pthread_cond_broadcast(&d->changed);
  }
  d->running--;
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
  return NULL;
}

/* ---- start and stop ------------------------------------------------------------------------- */

static bool start_thread(pl_dispatcher *d, unsigned index) {
  static const char *const names[THREADS] = {"pl-notify", "pl-urgent"};
  worker *self = malloc(sizeof(*self));
  if (self == NULL)
    return false;
  *self = (worker){d, index};
  pthread_mutex_lock(&d->lock);
  bool runs = d->front->start_thread(&d->threads[index], run, self, names[index]) == 0;
  d->started += runs;
  d->running += runs;
  pthread_mutex_unlock(&d->lock);
  if (!runs)
    free(self);
  return runs;
}

pl_status pl_dispatcher_create(const pl_front *front, pl_dispatcher **ret_dispatcher,
                               pl_error *error) {
  pl_dispatcher *d = calloc(1, sizeof(*d));
  if (d == NULL)
    return pl_fail_memory(error);
  d->front = front;
  pthread_mutex_init(&d->lock, NULL);
  pl_condition_init(&d->changed);
  for (unsigned i = 0; i < THREADS; i++) {
    if (start_thread(d, i))
      continue;
    (void)pl_dispatcher_free(d);
    return pl_fail(error, PL_ERR_IO, "cannot start the threads for notifications");
  }
  *ret_dispatcher = d;
  return PL_OK;
}

static void drop_all(pl_dispatcher *d) {
  for (unsigned i = 0; i < PL_URGENCIES; i++) {
    for (pl_event *event; (event = d->waiting[i].first) != NULL;) {
      pl_event_remove(event);
      leave_slot(d, event);
      pl_event_free(event);
    }
  }
}

/* Returns how many threads hang. */
static unsigned end_threads(pl_dispatcher *d, size_t *ret_unsent) {
  pl_nsec until = now() + STOP_MAX;
  pthread_mutex_lock(&d->lock);
  d->ending = true;
  (void)end_groups(d);
  pthread_cond_broadcast(&d->changed);
  while (d->running > 0 && now() < until)
    wait_until(d, until);
  d->stop = true;
  pthread_cond_broadcast(&d->changed);
  *ret_unsent = count_waiting(d);
  for (unsigned i = 0; i < THREADS; i++)
    *ret_unsent += d->sending[i] != NULL;
  unsigned hanging = d->running;
  drop_all(d);
  pthread_mutex_unlock(&d->lock);
  return hanging;
}

/* Threads that hang in the front end use it until the process ends. */
static pl_dispatcher *abandoned;

size_t pl_dispatcher_free(pl_dispatcher *d) {
  if (d == NULL)
    return 0;
  size_t unsent;
  bool hangs = end_threads(d, &unsent) > 0;
  for (unsigned i = 0; i < d->started; i++) {
    if (hangs)
      pthread_detach(d->threads[i]);
    else
      pthread_join(d->threads[i], NULL);
  }
  if (hangs) {
    abandoned = d;
    return unsent;
  }
  pthread_cond_destroy(&d->changed);
  pthread_mutex_destroy(&d->lock);
  free(d);
  return unsent;
}
