/* Writes what is remembered to the state directory, and then announces the round. */
#include "watch/keeper.h"
#include "memory/alarm.h"
#include <pthread.h>
#include <stdlib.h>
#include <syslog.h>

struct pl_keeper {
  pl_dispatcher *dispatcher;
  pthread_t thread;
  pthread_mutex_t lock; /* of everything below */
  pthread_cond_t changed;
  pl_keep *first, *last;
  bool stop;
};

/* ---- files ---------------------------------------------------------------------------------- */

void pl_keep_load(pl_keep *keep, const pl_front *front, const char *name, const char *dir,
                  const pl_spec *spec, pl_memory_store *ret_store) {
  *keep = (pl_keep){.front = front, .name = name, .dir = dir, .spec = spec};
  pl_memory_dir opened = {.fd = -1};
  pl_error error;
  pl_memory_init(ret_store);
  if (dir == NULL)
    return;
  pl_status status = pl_memory_dir_open(dir, &opened, &error);
  if (status != PL_OK)
    pl_memory_init_unknown(ret_store);
  else
    status = pl_memory_load(&opened, name, ret_store, &error);
  keep->read_only = opened.read_only;
  pl_memory_dir_close(&opened);
  if (status != PL_OK) {
    pl_front_log(front, LOG_ERR, name,
                 "%s; an alarm may be on, so the public endpoint is not OK until it is proven "
                 "blocked again",
                 error.text);
    keep->logged = true;
  }
  keep->mark = pl_memory_mark_of(ret_store);
  keep->digest = pl_memory_digest(ret_store);
}

void pl_keep_free(pl_keep *keep) {
  free(keep->pending);
  while (keep->events.first != NULL) {
    pl_event *event = keep->events.first;
    pl_event_remove(event);
    pl_event_free(event);
  }
}

static bool write_file(pl_keep *keep, pl_public seen, bool hasty, pl_memory_store *store) {
  pl_memory_dir dir = {.fd = -1};
  pl_error error;
  pl_status status = pl_memory_dir_open(keep->dir, &dir, &error);
  if (status == PL_OK) {
    dir.hasty = hasty;
    status = pl_memory_save(&dir, keep->name, keep->spec, &keep->mark, seen, store, &error);
    pl_memory_dir_close(&dir);
  }
  if (status == PL_OK)
    keep->mark = pl_memory_mark_of(store);
  if (status != PL_OK && !keep->logged)
    pl_front_log(keep->front, LOG_ERR, keep->name, "%s; a restart would forget this round",
                 error.text);
  if (status == PL_OK && keep->logged)
    pl_front_log(keep->front, LOG_NOTICE, keep->name, "its state can be written again");
  keep->logged = status != PL_OK;
  return status == PL_OK;
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* The next endpoint that waits, marked busy; NULL at the end. Locked. */
static pl_keep *pop(pl_keeper *keeper) {
  pl_keep *keep = keeper->first;
  if (keep == NULL)
    return NULL;
  keeper->first = keep->next;
  keep->busy = true;
  return keep;
}

static bool is_same_alarm(const pl_alarm *a, const pl_alarm *b) {
  return a->state == b->state && a->unsettled == b->unsettled && a->blocks == b->blocks;
}

static void send_event(pl_keeper *keeper, pl_event *event, pl_nsec interval) {
  if (keeper->dispatcher != NULL)
    pl_dispatcher_add(keeper->dispatcher, event, interval);
  else
    pl_event_free(event);
}

/* Locked. */
static void send_all(pl_keeper *keeper, pl_keep *keep) {
  while (keep->events.first != NULL) {
    pl_event *event = keep->events.first;
    pl_event_remove(event);
    send_event(keeper, event, keep->interval);
  }
}

/* Locked, but not while it writes. */
static void keep_one(pl_keeper *keeper, pl_keep *keep, bool hasty) {
  pl_memory_store *store = keep->pending;
  pl_alarm alarm = store->alarm;
  pl_public seen = keep->seen;
  keep->pending = NULL;
  pthread_mutex_unlock(&keeper->lock);
  bool written = write_file(keep, seen, hasty, store);
  pthread_mutex_lock(&keeper->lock);
  keep->failed = !written;
  keep->busy = false;
  if (!is_same_alarm(&alarm, &store->alarm)) {
    keep->merged = true;
    keep->alarm = store->alarm;
  }
  free(store);
  if (keep->pending == NULL) /* else put meanwhile: what is to be sent waits for it */
    send_all(keeper, keep);
}

static void *run(void *arg) {
  pl_keeper *keeper = arg;
  pthread_mutex_lock(&keeper->lock);
  while (!keeper->stop) {
    pl_keep *keep = pop(keeper);
    if (keep != NULL)
      keep_one(keeper, keep, false);
    else
      pthread_cond_wait(&keeper->changed, &keeper->lock);
  }
  pthread_mutex_unlock(&keeper->lock);
  return NULL;
}

pl_status pl_keeper_create(const pl_front *front, pl_dispatcher *dispatcher, pl_keeper **ret_keeper,
                           pl_error *error) {
  pl_keeper *keeper = calloc(1, sizeof(*keeper));
  if (keeper == NULL)
    return pl_fail_memory(error);
  keeper->dispatcher = dispatcher;
  pthread_mutex_init(&keeper->lock, NULL);
  pthread_cond_init(&keeper->changed, NULL);
  if (front->start_thread(&keeper->thread, run, keeper, "pl-memory") != 0) {
    pthread_cond_destroy(&keeper->changed);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
    return pl_fail(error, PL_ERR_IO, "cannot start the thread that writes the state");
  }
  *ret_keeper = keeper;
  return PL_OK;
}

void pl_keeper_free(pl_keeper *keeper) {
  if (keeper == NULL)
    return;
  pthread_mutex_lock(&keeper->lock);
  keeper->stop = true;
  pthread_cond_signal(&keeper->changed);
  pthread_mutex_unlock(&keeper->lock);
  pthread_join(keeper->thread, NULL);
  pthread_mutex_lock(&keeper->lock);
  pl_keep *keep;
  while ((keep = pop(keeper)) != NULL)
    keep_one(keeper, keep, true);
  pthread_mutex_unlock(&keeper->lock);
  pthread_cond_destroy(&keeper->changed);
  pthread_mutex_destroy(&keeper->lock);
  free(keeper);
}

/* ---- for the engine's thread ---------------------------------------------------------------- */

/* Locked. What was put before and not taken is replaced. */
static void enqueue(pl_keeper *keeper, pl_keep *keep, pl_public seen, pl_memory_store *store) {
  bool waits = keep->pending != NULL;
  free(keep->pending);
  keep->pending = store;
  keep->seen = seen;
  if (waits)
    return;
  keep->next = NULL;
  if (keeper->first == NULL)
    keeper->first = keep;
  else
    keeper->last->next = keep;
  keeper->last = keep;
  pthread_cond_signal(&keeper->changed);
}

void pl_keeper_put(pl_keeper *keeper, pl_keep *keep, pl_public seen, pl_memory_store *store) {
  if (keep->dir == NULL)
    return;
  pthread_mutex_lock(&keeper->lock);
  send_all(keeper, keep); /* has waited for a whole round: the disk may hang */
  if (keep->merged)
    store->alarm = pl_alarm_worse(&store->alarm, &keep->alarm);
  keep->merged = false;
  bool failed = keep->failed;
  keep->failed = false;
  uint64_t digest = pl_memory_digest(store);
  if (digest != keep->digest || failed) {
    pl_memory_store *copy = malloc(sizeof(*copy));
    if (copy != NULL) {
      *copy = *store;
      keep->digest = digest;
      enqueue(keeper, keep, seen, copy);
    } else {
      keep->failed = true; /* the next round tries again */
    }
  }
  pthread_mutex_unlock(&keeper->lock);
}

void pl_keeper_send(pl_keeper *keeper, pl_keep *keep, pl_event *event, pl_nsec interval) {
  pthread_mutex_lock(&keeper->lock);
  bool waits = keep->pending != NULL || keep->busy;
  keep->interval = interval;
  if (waits)
    pl_event_append(&keep->events, event);
  pthread_mutex_unlock(&keeper->lock);
  if (!waits)
    send_event(keeper, event, interval);
}
