/* The part of collectd's plugin interface that this plugin uses. Only this file includes collectd's
 * headers.
 *
 * Debian has them in the package collectd-dev. Without them, collectd_types.h defines the few types
 * that are needed, as in collectd 5.11 and 5.12. The functions are declared here in both cases. If
 * collectd's headers are present, the compiler compares the functions, and tests/plugin/test_api.c
 * compares the types.
 */
#ifndef PL_PLUGIN_COLLECTD_API_H
#define PL_PLUGIN_COLLECTD_API_H

#if PL_COLLECTD_HEADERS
#include "collectd/core/daemon/collectd.h"
#include "collectd/core/daemon/configfile.h"
#include "collectd/core/daemon/globals.h"
#include "collectd/core/daemon/plugin.h"
#include "collectd/core/utils/common/common.h"
#else
#include "collectd_types.h"
#endif

#include <pthread.h>

extern char *hostname_g; /* set before the init callbacks */

/* A global option of collectd.conf; NULL if there is none of the name. */
const char *global_option_get(const char *option);

int plugin_register_complex_config(const char *type, int (*callback)(oconfig_item_t *));
int plugin_register_init(const char *name, plugin_init_cb callback);
/* Takes ownership of user_data, also on failure (5.8 and newer; plugin.h says otherwise). */
int plugin_register_complex_read(const char *group, const char *name, plugin_read_cb callback,
                                 cdtime_t interval, user_data_t const *user_data);
int plugin_register_shutdown(const char *name, plugin_shutdown_cb callback);
int plugin_unregister_read(const char *name);
int plugin_unregister_read_group(const char *group);

/* A global option of collectd.conf, or its default. */
const char *global_option_get(const char *option);

const data_set_t *plugin_get_ds(const char *name);
cdtime_t plugin_get_interval(void);
/* Queues a copy, also of the meta data. */
int plugin_dispatch_values(value_list_t const *vl);
meta_data_t *meta_data_create(void);
int meta_data_add_string(meta_data_t *md, const char *key, const char *value);
void meta_data_destroy(meta_data_t *md);

/* Calls every notification callback before it returns. */
int plugin_dispatch_notification(const notification_t *notif);
int plugin_notification_meta_add_string(notification_t *n, const char *name, const char *value);
int plugin_notification_meta_add_signed_int(notification_t *n, const char *name, int64_t value);
int plugin_notification_meta_add_double(notification_t *n, const char *name, double value);
int plugin_notification_meta_add_boolean(notification_t *n, const char *name, bool value);
int plugin_notification_meta_free(notification_meta_t *n);

/* Prefixes the plugin's name. */
void daemon_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Starts a thread with the plugin's context (its name in the log, its interval). `name` has at most
 * 15 characters. */
int plugin_thread_create(pthread_t *thread, void *(*start_routine)(void *), void *arg,
                         char const *name);

/* Of "HOST/PLUGIN-INSTANCE/TYPE-INSTANCE". */
int parse_identifier_vl(const char *str, value_list_t *vl);

int plugin_register_flush(const char *name, plugin_flush_cb callback, user_data_t const *user_data);

void module_register(void);

#endif
