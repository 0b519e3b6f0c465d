/* The table of notifications, and the threads that send them.
 *
 * There is one slot for each endpoint and check: a newer event replaces one that has not been sent.
 * An open public endpoint comes first, then CRITICAL, then the rest. Of many endpoints with the
 * same cause, the first event is sent at once, and the others are sent as one summary when all
 * endpoints have had a round. A second thread sends only open public endpoints: for these, a
 * front end that hangs in another notification does not matter.
 *
 * pl_dispatcher_add may be called from any thread, the other functions from the main thread.
 */
#ifndef PL_WATCH_DISPATCHER_H
#define PL_WATCH_DISPATCHER_H

#include "watch/event.h"

typedef struct pl_dispatcher pl_dispatcher;

/* Starts the threads. */
pl_status pl_dispatcher_create(const pl_front *front, pl_dispatcher **ret_dispatcher,
                               pl_error *error) PL_MUST_USE;
/* Sends what waits, for at most half a second, and then drops the rest: after a restart, the daemon
 * announces again what is not OK. Returns how many were not sent. A thread in which the front
 * end's `notify` hangs is left alone. NULL is fine. */
size_t pl_dispatcher_free(pl_dispatcher *dispatcher);

/* Takes ownership of the event. `interval` is that of the endpoint's rounds. */
void pl_dispatcher_add(pl_dispatcher *dispatcher, pl_event *event, pl_nsec interval);

#endif
