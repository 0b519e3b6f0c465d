/* The types of collectd 5.11 and 5.12, for machines without its headers. Only collectd_api.h
 * includes this file. */
#ifndef PL_PLUGIN_COLLECTD_TYPES_H
#define PL_PLUGIN_COLLECTD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef DATA_MAX_NAME_LEN
#define DATA_MAX_NAME_LEN 128 /* collectd's default */
#endif
#ifndef NOTIF_MAX_MSG_LEN
#define NOTIF_MAX_MSG_LEN 256
#endif

#ifndef LOG_ERR
#define LOG_ERR 3
#define LOG_WARNING 4
#define LOG_NOTICE 5
#define LOG_INFO 6
#endif

#ifndef NOTIF_FAILURE
#define NOTIF_FAILURE 1
#define NOTIF_WARNING 2
#define NOTIF_OKAY 4
#endif

#ifndef OCONFIG_TYPE_STRING
#define OCONFIG_TYPE_STRING 0
#define OCONFIG_TYPE_NUMBER 1
#define OCONFIG_TYPE_BOOLEAN 2
#endif

typedef uint64_t cdtime_t; /* in units of 2^-30 s */

typedef struct oconfig_value_s {
  union {
    char *string;
    double number;
    int boolean;
  } value;
  int type;
} oconfig_value_t;

typedef struct oconfig_item_s oconfig_item_t;
struct oconfig_item_s {
  char *key;
  oconfig_value_t *values;
  int values_num;
  oconfig_item_t *parent;
  oconfig_item_t *children;
  int children_num;
};

typedef union value_u {
  unsigned long long counter;
  double gauge;
  int64_t derive;
  uint64_t absolute;
} value_t;

typedef struct meta_data_s meta_data_t;

typedef struct value_list_s {
  value_t *values;
  size_t values_len;
  cdtime_t time;
  cdtime_t interval;
  char host[DATA_MAX_NAME_LEN];
  char plugin[DATA_MAX_NAME_LEN];
  char plugin_instance[DATA_MAX_NAME_LEN];
  char type[DATA_MAX_NAME_LEN];
  char type_instance[DATA_MAX_NAME_LEN];
  meta_data_t *meta;
} value_list_t;

typedef struct data_set_s data_set_t;

typedef struct notification_meta_s notification_meta_t;

typedef struct notification_s {
  int severity;
  cdtime_t time;
  char message[NOTIF_MAX_MSG_LEN];
  char host[DATA_MAX_NAME_LEN];
  char plugin[DATA_MAX_NAME_LEN];
  char plugin_instance[DATA_MAX_NAME_LEN];
  char type[DATA_MAX_NAME_LEN];
  char type_instance[DATA_MAX_NAME_LEN];
  notification_meta_t *meta;
} notification_t;

typedef struct user_data_s {
  void *data;
  void (*free_func)(void *);
} user_data_t;

typedef int (*plugin_init_cb)(void);
typedef int (*plugin_read_cb)(user_data_t *);
typedef int (*plugin_shutdown_cb)(void);
typedef int (*plugin_flush_cb)(cdtime_t timeout, const char *identifier, user_data_t *);

#endif
