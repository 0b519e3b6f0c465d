/* Compares the daemon's interface with collectd_api.h, by what its functions write. */
#include "abi.h"
#include "collectd_api.h"
#include <stdlib.h>
#include <string.h>

#define ROOM 65536 /* bytes: more than any layout of the two structs */

/* Came with 5.11, like the present arguments of plugin_thread_create. NULL in an older daemon.
 * Never called. */
__attribute__((weak)) int uc_meta_data_toc(const value_list_t *vl, char ***toc);

/* The daemon fills in a value list: every field must be where this plugin expects it. */
static bool has_value_lists(void *room) {
  value_list_t *list = memset(room, 0, ROOM);
  return parse_identifier_vl("aa/bb-cc/dd-ee", list) == 0 && strcmp(list->host, "aa") == 0 &&
         strcmp(list->plugin, "bb") == 0 && strcmp(list->plugin_instance, "cc") == 0 &&
         strcmp(list->type, "dd") == 0 && strcmp(list->type_instance, "ee") == 0;
}

/* The last field of a notification is its meta data. */
static bool has_notifications(void *room) {
  notification_t *notification = memset(room, 0, ROOM);
  bool has = plugin_notification_meta_add_string(notification, "a", "b") == 0 &&
             notification->meta != NULL;
  if (has)
    (void)plugin_notification_meta_free(notification->meta);
  return has;
}

const char *pl_abi_problem(void) {
  if (uc_meta_data_toc == NULL)
    return "this collectd is older than 5.11: its threads start differently";
  void *room = malloc(ROOM);
  if (room == NULL)
    return "out of memory";
  const char *problem = NULL;
  if (!has_value_lists(room) || !has_notifications(room))
    problem = "this collectd was built with another DATA_MAX_NAME_LEN, or with other types, than "
              "the headers that the plugin was built with: build the plugin for it";
  free(room);
  return problem;
}
