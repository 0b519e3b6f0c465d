/* A change of severity as a notification. The engine's thread creates it and the dispatcher sends
 * it, because collectd calls every notification plugin (mail, fork, network) before it returns.
 */
#ifndef PL_PLUGIN_NOTIFY_H
#define PL_PLUGIN_NOTIFY_H

#include "judge/history.h"

typedef struct pl_event pl_event;

/* `verdict` is the one that pl_history_take made `notice` from, and `time` the wall time of the
 * measurement. The caller frees the event. */
pl_status pl_event_create(const char *instance, const pl_history *history, const pl_notice *notice,
                          const pl_verdict *verdict, pl_nsec time,
                          pl_event **ret_event) PL_MUST_USE;
void pl_event_free(pl_event *event);

/* Returns when every notification plugin has returned. */
void pl_event_send(const pl_event *event);

/* The link of the dispatcher's queue. */
struct pl_event *pl_event_next(const pl_event *event);
void pl_event_set_next(pl_event *event, pl_event *next);

#endif
