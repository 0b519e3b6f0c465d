/* The thread that sends notifications. A slow mail server delays only other notifications.
 *
 * pl_dispatcher_add may be called from any thread, the other functions from the main thread.
 */
#ifndef PL_PLUGIN_DISPATCHER_H
#define PL_PLUGIN_DISPATCHER_H

#include "notify.h"

typedef struct pl_dispatcher pl_dispatcher;

/* Starts the thread. */
pl_status pl_dispatcher_create(pl_dispatcher **ret_dispatcher, pl_error *error) PL_MUST_USE;
/* Waits for the notification that is being sent, and drops those after it: after a restart, the
 * plugin announces again what is not OK. NULL is fine. */
void pl_dispatcher_free(pl_dispatcher *dispatcher);

/* Takes ownership of the event. */
void pl_dispatcher_add(pl_dispatcher *dispatcher, pl_event *event);

#endif
