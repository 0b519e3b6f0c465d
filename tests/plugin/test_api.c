/* Compares collectd_types.h with collectd's headers: sizes, offsets and constants. The compiler has
 * already compared the functions (collectd_api.h). */
#include "collectd_api.h"

/* The plugin's types, under other names than collectd's. */
#define cdtime_t own_cdtime_t
#define oconfig_value_s own_oconfig_value_s
#define oconfig_value_t own_oconfig_value_t
#define oconfig_item_s own_oconfig_item_s
#define oconfig_item_t own_oconfig_item_t
#define value_u own_value_u
#define value_t own_value_t
#define meta_data_s own_meta_data_s
#define meta_data_t own_meta_data_t
#define value_list_s own_value_list_s
#define value_list_t own_value_list_t
#define data_set_s own_data_set_s
#define data_set_t own_data_set_t
#define notification_meta_s own_notification_meta_s
#define notification_meta_t own_notification_meta_t
#define notification_s own_notification_s
#define notification_t own_notification_t
#define user_data_s own_user_data_s
#define user_data_t own_user_data_t
#define plugin_init_cb own_plugin_init_cb
#define plugin_read_cb own_plugin_read_cb
#define plugin_flush_cb own_plugin_flush_cb
#define plugin_shutdown_cb own_plugin_shutdown_cb
/* If a constant has another value, this does not compile. */
#undef DATA_MAX_NAME_LEN
#include "collectd_types.h"
#undef value_list_s
#undef notification_s
#undef oconfig_value_s
#undef oconfig_item_s
#undef user_data_s
#undef value_u

#define SAME_SIZE(kind, type)                                                                      \
  _Static_assert(sizeof(kind type) == sizeof(kind own_##type), "size of " #type)
#define SAME_PLACE(type, member)                                                                   \
  _Static_assert(offsetof(struct type, member) == offsetof(struct own_##type, member) &&           \
                     sizeof(((struct type *)0)->member) ==                                         \
                         sizeof(((struct own_##type *)0)->member),                                 \
                 "place of " #type "." #member)

SAME_SIZE(struct, value_list_s);
SAME_PLACE(value_list_s, values);
SAME_PLACE(value_list_s, values_len);
SAME_PLACE(value_list_s, time);
SAME_PLACE(value_list_s, interval);
SAME_PLACE(value_list_s, host);
SAME_PLACE(value_list_s, plugin);
SAME_PLACE(value_list_s, plugin_instance);
SAME_PLACE(value_list_s, type);
SAME_PLACE(value_list_s, type_instance);
SAME_PLACE(value_list_s, meta);
SAME_SIZE(struct, notification_s);
SAME_PLACE(notification_s, severity);
SAME_PLACE(notification_s, time);
SAME_PLACE(notification_s, message);
SAME_PLACE(notification_s, host);
SAME_PLACE(notification_s, plugin);
SAME_PLACE(notification_s, plugin_instance);
SAME_PLACE(notification_s, type);
SAME_PLACE(notification_s, type_instance);
SAME_PLACE(notification_s, meta);
SAME_SIZE(struct, oconfig_value_s);
SAME_PLACE(oconfig_value_s, value);
SAME_PLACE(oconfig_value_s, type);
SAME_SIZE(struct, oconfig_item_s);
SAME_PLACE(oconfig_item_s, key);
SAME_PLACE(oconfig_item_s, values);
SAME_PLACE(oconfig_item_s, values_num);
SAME_PLACE(oconfig_item_s, parent);
SAME_PLACE(oconfig_item_s, children);
SAME_PLACE(oconfig_item_s, children_num);
SAME_SIZE(struct, user_data_s);
SAME_PLACE(user_data_s, data);
SAME_PLACE(user_data_s, free_func);
SAME_SIZE(union, value_u);

_Static_assert(LOG_ERR == 3 && LOG_WARNING == 4 && LOG_NOTICE == 5 && LOG_INFO == 6, "log levels");
_Static_assert(NOTIF_FAILURE == 1 && NOTIF_WARNING == 2 && NOTIF_OKAY == 4, "severities");
_Static_assert(NOTIF_MAX_MSG_LEN == 256, "length of a message");
_Static_assert(OCONFIG_TYPE_STRING == 0 && OCONFIG_TYPE_NUMBER == 1 && OCONFIG_TYPE_BOOLEAN == 2,
               "types of a value");

int main(void) { return 0; }
