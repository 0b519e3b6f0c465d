/* One edge of an endpoint as a notification: made on the engine's thread, sent from the dispatcher,
 * since collectd calls every notification plugin (mail, fork, network) before it returns.
 */
#ifndef PL_PLUGIN_NOTIFY_H
#define PL_PLUGIN_NOTIFY_H

#include "judge/history.h"

typedef struct pl_event pl_event;

/* `verdict` is the one that `notice` came from, after pl_history_take; `time` the wall time of the
 * measurement. */
pl_status pl_event_create(const char *instance, const pl_history *history, const pl_notice *notice,
                          const pl_verdict *verdict, pl_nsec time,
                          pl_event **ret_event) PL_MUST_USE;
void pl_event_free(pl_event *event);

/* Blocks as long as the notification plugins do. */
void pl_event_send(const pl_event *event);

/* Events wait in a list; `next` is its owner's. */
struct pl_event *pl_event_next(const pl_event *event);
void pl_event_set_next(pl_event *event, pl_event *next);

#endif
