/* collectd's plugin interface, as far as this plugin uses it; the only file that names collectd's
 * headers.
 *
 * Debian ships them (package collectd-dev). Where nobody does, collectd_types.h has the few types
 * that are needed, as collectd 5.11 to 5.12 define them. The functions are declared here in both
 * cases: with collectd's headers the compiler proves them equal, and tests/plugin/test_api.c proves
 * the types so.
 */
#ifndef PL_PLUGIN_COLLECTD_API_H
#define PL_PLUGIN_COLLECTD_API_H

#if PL_COLLECTD_HEADERS
/* Its own configuration says how it was built; collectd.h wants to know how doubles are stored. */
#include "collectd/core/daemon/collectd.h"
#include "collectd/core/daemon/globals.h"
#include "collectd/core/daemon/plugin.h"
#else
#include "collectd_types.h"
#endif

#include <pthread.h>

extern char *hostname_g; /* set before the init callbacks */

int plugin_register_complex_config(const char *type, int (*callback)(oconfig_item_t *));
int plugin_register_init(const char *name, plugin_init_cb callback);
/* Takes over user_data, also where it fails (5.8 and newer, whatever plugin.h says). */
int plugin_register_complex_read(const char *group, const char *name, plugin_read_cb callback,
                                 cdtime_t interval, user_data_t const *user_data);
int plugin_register_shutdown(const char *name, plugin_shutdown_cb callback);
int plugin_unregister_read_group(const char *group);

const data_set_t *plugin_get_ds(const char *name);
cdtime_t plugin_get_interval(void);
int plugin_dispatch_values(value_list_t const *vl);

/* Calls every notification callback before it returns. */
int plugin_dispatch_notification(const notification_t *notif);
int plugin_notification_meta_add_string(notification_t *n, const char *name, const char *value);
int plugin_notification_meta_add_signed_int(notification_t *n, const char *name, int64_t value);
int plugin_notification_meta_add_double(notification_t *n, const char *name, double value);
int plugin_notification_meta_add_boolean(notification_t *n, const char *name, bool value);
int plugin_notification_meta_free(notification_meta_t *n);

/* Prefixes the plugin's name. */
void daemon_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A thread with the plugin's context: its name in the log, and its interval. At most 15 characters
 * of `name`. */
int plugin_thread_create(pthread_t *thread, void *(*start_routine)(void *), void *arg,
                         char const *name);

void module_register(void);

#endif
