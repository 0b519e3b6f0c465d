/* Queues notifications, and sends them from a thread of its own. */
#include "dispatcher.h"
#include "collectd_api.h"
#include <pthread.h>
#include <stdlib.h>

#define WAITING_MAX 100000 /* events; each takes less than 600 bytes */

struct pl_dispatcher {
  pthread_t thread;
  pthread_mutex_t lock; /* of everything below */
  pthread_cond_t changed;
  pl_event *first, *last;
  size_t waiting, lost;
  bool stop;
};

static pl_event *wait_for_event(pl_dispatcher *dispatcher, size_t *ret_lost) {
  pthread_mutex_lock(&dispatcher->lock);
  while (!dispatcher->stop && dispatcher->first == NULL)
    pthread_cond_wait(&dispatcher->changed, &dispatcher->lock);
  pl_event *event = dispatcher->stop ? NULL : dispatcher->first;
  if (event != NULL) {
    dispatcher->first = pl_event_next(event);
    dispatcher->waiting--;
  }
  *ret_lost = dispatcher->lost;
  dispatcher->lost = 0;
  pthread_mutex_unlock(&dispatcher->lock);
  return event;
}

static void *run(void *arg) {
  pl_dispatcher *dispatcher = arg;
  pl_event *event;
  size_t lost;
  while ((event = wait_for_event(dispatcher, &lost)) != NULL) {
    if (lost > 0)
      daemon_log(LOG_ERR, "%zu notifications are lost: the notification plugins are too slow",
                 lost);
    pl_event_send(event);
    pl_event_free(event);
  }
  return NULL;
}

pl_status pl_dispatcher_create(pl_dispatcher **ret_dispatcher, pl_error *error) {
  pl_dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
  if (dispatcher == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  pthread_mutex_init(&dispatcher->lock, NULL);
  pthread_cond_init(&dispatcher->changed, NULL);
  if (plugin_thread_create(&dispatcher->thread, run, dispatcher, "pl-notify") != 0) {
    pthread_cond_destroy(&dispatcher->changed);
    pthread_mutex_destroy(&dispatcher->lock);
    free(dispatcher);
    return pl_fail(error, PL_ERR_IO, "cannot start the thread for notifications");
  }
  *ret_dispatcher = dispatcher;
  return PL_OK;
}

void pl_dispatcher_free(pl_dispatcher *dispatcher) {
  if (dispatcher == NULL)
    return;
  pthread_mutex_lock(&dispatcher->lock);
  dispatcher->stop = true;
  pthread_cond_signal(&dispatcher->changed);
  pthread_mutex_unlock(&dispatcher->lock);
  pthread_join(dispatcher->thread, NULL);
  while (dispatcher->first != NULL) {
    pl_event *event = dispatcher->first;
    dispatcher->first = pl_event_next(event);
    pl_event_free(event);
  }
  pthread_cond_destroy(&dispatcher->changed);
  pthread_mutex_destroy(&dispatcher->lock);
  free(dispatcher);
}

void pl_dispatcher_add(pl_dispatcher *dispatcher, pl_event *event) {
  pl_event_set_next(event, NULL);
  pthread_mutex_lock(&dispatcher->lock);
  bool full = dispatcher->waiting == WAITING_MAX;
  if (full) {
    dispatcher->lost++;
  } else {
    if (dispatcher->first == NULL)
      dispatcher->first = event;
    else
      pl_event_set_next(dispatcher->last, event);
    dispatcher->last = event;
    dispatcher->waiting++;
    pthread_cond_signal(&dispatcher->changed);
  }
  pthread_mutex_unlock(&dispatcher->lock);
  if (full)
    pl_event_free(event);
}
