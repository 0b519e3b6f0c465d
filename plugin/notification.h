/* A change of severity, or a daily head, as a collectd notification. Any thread. */
#ifndef PL_PLUGIN_NOTIFICATION_H
#define PL_PLUGIN_NOTIFICATION_H

#include "watch/event.h"

/* Returns when every notification plugin has returned. */
void pl_notification_send(const pl_event *event);

#endif
