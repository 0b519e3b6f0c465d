/* What a daemon that watches endpoints needs of the program that it runs in: where log lines,
 * values and notifications go, and how threads are started.
 *
 * The front end fills in one pl_front, which must outlive the fleet, and changes nothing in it
 * while a fleet exists. What a callback gets is borrowed until it returns. A callback may block,
 * but holds up the thread that calls it: the engine's thread calls `values` at the end of each
 * round, so `values` must be quick. No callback may call a function of fleet.h.
 */
#ifndef PL_WATCH_FRONT_H
#define PL_WATCH_FRONT_H

#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"
#include <pthread.h>

struct pl_event;

/* The values of one round of one endpoint. */
typedef struct pl_values {
  const char *endpoint; /* its name */
  pl_nsec time;         /* wall time of the measurement, since 1970; grows with each call */
  pl_nsec interval; /* in which the next values come; twice as much is the longest time to wait */
  const pl_spec *spec;       /* NULL for an unusable endpoint, or without a verdict */
  const pl_verdict *verdict; /* without metrics for an unusable endpoint; NULL: no round has ended
                                in time, so the status is UNKNOWN */
  const pl_facts *facts;     /* NULL for an unusable endpoint, or if the verdict is */
} pl_values;

typedef struct pl_front {
  const char *program; /* what to restart: "collectd" */
  void *user;          /* for log, values and notify */
  /* Adds the endpoint as the configuration names it: "<Endpoint "api">". Any thread. */
  void (*add_name)(pl_buf *buf, const char *endpoint);
  /* Adds a text in which options are spelled "--like-this", as the configuration spells them. Any
   * thread. */
  void (*add_spelled)(pl_buf *buf, const char *text);
  /* One line without its end. `level` is LOG_ERR, LOG_WARNING or LOG_NOTICE of syslog.h. Any
   * thread. */
  void (*log)(void *user, int level, const char *line);
  /* Engine's thread; without a verdict, the thread that calls pl_fleet_is_late or pl_fleet_test. */
  void (*values)(void *user, const pl_values *values);
  /* Sends a notification, and returns when it is sent. Threads of the dispatcher, two at a time at
   * most. NULL: changes are only logged. */
  void (*notify)(void *user, const struct pl_event *event);
  /* Starts a thread with a name of at most 15 characters. Returns 0, or else an error. */
  int (*start_thread)(pthread_t *thread, void *(*run)(void *), void *arg, const char *name);
} pl_front;

/* Logs one line, spelled, that begins with the endpoint (NULL for none). Any thread. */
void pl_front_log(const pl_front *front, int level, const char *endpoint, const char *format, ...)
    PL_PRINTF(4, 5);

#endif
