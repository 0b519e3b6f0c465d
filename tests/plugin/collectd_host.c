/* The part of collectd that the plugin needs. It behaves like collectd also where that is
 * unexpected: it owns a read's user data even if registering fails, and it refuses a name that
 * comes twice. */
#include "collectd_host.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define READS_MAX 64

/* ---- the clock ------------------------------------------------------------------------------ */

atomic_int set_back;

/* For the plugin too: the symbols of the program come first. */
int clock_gettime(clockid_t id, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, id, now);
  if (id == CLOCK_REALTIME)
    now->tv_sec -= atomic_load(&set_back);
  return result;
}

/* ---- collectd's functions ------------------------------------------------------------------- */

int (*config_callback)(oconfig_item_t *);
plugin_init_cb init_callback;
plugin_shutdown_cb shutdown_callback;
plugin_flush_cb flush_callback;
size_t read_count, shift;
bool refuse_reads, knows_no_type, is_test;
int threads_allowed;
const char *base_dir;
atomic_bool hold_notifications, hold;
atomic_int of_keyed, okay_of_keyed;
atomic_int errors, values, rounds, unknown_values, notifications;
_Atomic(const char *) wanted_text;
atomic_bool said;
pthread_t host_thread;

static struct {
  char name[128];
  plugin_read_cb callback;
  cdtime_t interval;
  user_data_t user;
} reads[READS_MAX];

char *hostname_g;

int plugin_register_complex_config(const char *type, int (*callback)(oconfig_item_t *)) {
  CHECK(strcmp(type, "privatelink") == 0);
  config_callback = callback;
  return 0;
}

int plugin_register_init(const char *name, plugin_init_cb callback) {
  CHECK(strcmp(name, "privatelink") == 0);
  init_callback = callback;
  return 0;
}

int plugin_register_shutdown(const char *name, plugin_shutdown_cb callback) {
  CHECK(strcmp(name, "privatelink") == 0);
  shutdown_callback = callback;
  return 0;
}

int plugin_register_flush(const char *name, plugin_flush_cb callback, user_data_t const *user) {
  CHECK(strcmp(name, "privatelink") == 0 && user == NULL);
  flush_callback = callback;
  return 0;
}

/* Copies the parts of "a/b-c/d-e" to the given offsets: another layout than the plugin's is one of
 * an older collectd. */
int parse_identifier_vl(const char *text, value_list_t *list) {
  static char parts[5][16];
  if (sscanf(text, "%15[^/]/%15[^-]-%15[^/]/%15[^-]-%15s", parts[0], parts[1], parts[2], parts[3],
             parts[4]) != 5)
    return 22;
  size_t offsets[] = {offsetof(value_list_t, host), offsetof(value_list_t, plugin),
                      offsetof(value_list_t, plugin_instance), offsetof(value_list_t, type),
                      offsetof(value_list_t, type_instance)};
  for (size_t i = 0; i < 5; i++)
    memcpy((char *)list + offsets[i] + i * shift, parts[i], strlen(parts[i]) + 1);
  return 0;
}

int uc_meta_data_toc(const value_list_t *list, char ***names);
int uc_meta_data_toc(const value_list_t *list, char ***names) {
  (void)list;
  (void)names;
  CHECK(false);
  return 0;
}

int plugin_register_complex_read(const char *group, const char *name, plugin_read_cb callback,
                                 cdtime_t interval, user_data_t const *user) {
  /* In the daemon's own interval. */
  CHECK(strcmp(group, "privatelink") == 0 && interval == 0 && read_count < READS_MAX);
  bool refused = refuse_reads;
  for (size_t i = 0; i < read_count; i++)
    refused = refused || strcmp(reads[i].name, name) == 0;
  if (refused) {
    if (user->data != NULL && user->free_func != NULL)
      user->free_func(user->data);
    return 22;
  }
  snprintf(reads[read_count].name, sizeof(reads[0].name), "%s", name);
  reads[read_count].callback = callback;
  reads[read_count].interval = interval;
  reads[read_count++].user = *user;
  return 0;
}

void free_reads(void) {
  size_t count = read_count;
  read_count = 0;
  for (size_t i = 0; i < count; i++) {
    if (reads[i].user.data != NULL)
      reads[i].user.free_func(reads[i].user.data);
  }
}

int plugin_unregister_read(const char *name) {
  for (size_t i = 0; i < read_count; i++) {
    if (strcmp(reads[i].name, name) != 0)
      continue;
    user_data_t user = reads[i].user;
    reads[i] = reads[--read_count];
    user.free_func(user.data);
    return 0;
  }
  return -1;
}

int plugin_unregister_read_group(const char *group) {
  CHECK(strcmp(group, "privatelink") == 0);
  free_reads();
  return 0;
}

const data_set_t *plugin_get_ds(const char *name) {
  static const char *const stock[] = {"gauge", "bool", "duration", "count", "response_code"};
  for (size_t i = 0; !knows_no_type && i < sizeof(stock) / sizeof(stock[0]); i++) {
    if (strcmp(stock[i], name) == 0)
      return (const data_set_t *)(const void *)stock[i]; /* only compared to NULL */
  }
  return NULL;
}

const char *global_option_get(const char *option) {
  if (strcmp(option, "BaseDir") == 0)
    return base_dir;
  CHECK(strcmp(option, "ReadThreads") == 0);
  return is_test ? "-1" : "5";
}

cdtime_t plugin_get_interval(void) { return (cdtime_t)1 << 29; }

/* Something to free. */
meta_data_t *meta_data_create(void) {
  void *meta = calloc(1, 1);
  CHECK(meta != NULL);
  return (meta_data_t *)meta;
}

int meta_data_add_string(meta_data_t *meta, const char *key, const char *value) {
  CHECK(meta != NULL && key[0] != '\0' && value[0] != '\0');
  return 0;
}

void meta_data_destroy(meta_data_t *meta) { free(meta); }

static bool ends(const char *field, size_t size) { return memchr(field, '\0', size) != NULL; }

int plugin_dispatch_values(value_list_t const *list) {
  CHECK(list->values_len == 1 && list->time > 0 && list->interval > 0);
  CHECK(strcmp(list->host, "mock") == 0 && strcmp(list->plugin, "privatelink") == 0);
  CHECK(list->plugin_instance[0] != '\0' && ends(list->plugin_instance, DATA_MAX_NAME_LEN));
  CHECK(list->type_instance[0] != '\0' && ends(list->type_instance, DATA_MAX_NAME_LEN));
  CHECK(plugin_get_ds(list->type) != NULL || knows_no_type);
  while (atomic_load(&hold) && !pthread_equal(pthread_self(), host_thread))
    usleep(1000);
  /* collectd refuses a value that is not newer. */
  static cdtime_t newest;
  if (strcmp(list->plugin_instance, "clock") == 0 && strcmp(list->type_instance, "status") == 0) {
    CHECK(list->time > newest);
    newest = list->time;
  }
  double number = list->values[0].gauge;
  /* Without a route to it, "good" is neither up nor down. */
  CHECK(strcmp(list->plugin_instance, "good") != 0 ||
        strncmp(list->type_instance, "addresses", strlen("addresses")) != 0);
  CHECK(number == number); /* never NaN */
  atomic_fetch_add(&values, 1);
  if (strcmp(list->type_instance, "status") == 0)
    atomic_fetch_add(&rounds, 1);
  if (strstr(list->type_instance, "status") != NULL && number > 2.5)
    atomic_fetch_add(&unknown_values, 1);
  return 0;
}

int plugin_dispatch_notification(const notification_t *notification) {
  CHECK(ends(notification->message, NOTIF_MAX_MSG_LEN) && notification->time > 0);
  CHECK(strstr(notification->message, CANARY) == NULL);
  CHECK(notification->severity != NOTIF_FAILURE ||
        strncmp(notification->message, "CRITICAL: ", 10) == 0);
  CHECK(notification->plugin_instance[0] != '\0' && notification->type_instance[0] != '\0');
  CHECK(notification->meta != NULL);
  if (strcmp(notification->plugin_instance, "keyed") == 0 &&
      strcmp(notification->type_instance, "status") == 0) {
    atomic_fetch_add(&of_keyed, 1);
    atomic_fetch_add(&okay_of_keyed, notification->severity == NOTIF_OKAY);
  }
  atomic_fetch_add(&notifications, 1);
  while (atomic_load(&hold_notifications))
    usleep(1000);
  return -1; /* no plugin takes notifications */
}

/* One allocation for each entry: a list that is not freed is a leak. */
static int add_meta(notification_t *n) {
  void **entry = malloc(sizeof(*entry));
  CHECK(entry != NULL);
  *entry = n->meta;
  n->meta = (notification_meta_t *)(void *)entry;
  return 0;
}

int plugin_notification_meta_add_string(notification_t *n, const char *name, const char *value) {
  CHECK(name[0] != '\0' && value[0] != '\0' && strstr(value, CANARY) == NULL);
  return add_meta(n);
}

int plugin_notification_meta_add_signed_int(notification_t *n, const char *name, int64_t value) {
  (void)value;
  CHECK(name[0] != '\0');
  return add_meta(n);
}

int plugin_notification_meta_add_double(notification_t *n, const char *name, double value) {
  CHECK(name[0] != '\0' && value >= 0);
  return add_meta(n);
}

int plugin_notification_meta_add_boolean(notification_t *n, const char *name, bool value) {
  (void)value;
  CHECK(name[0] != '\0');
  return add_meta(n);
}

int plugin_notification_meta_free(notification_meta_t *meta) {
  CHECK(meta != NULL);
  for (void **entry = (void **)(void *)meta; entry != NULL;) {
    void **next = *entry;
    free(entry);
    entry = next;
  }
  return 0;
}

void daemon_log(int level, const char *format, ...) {
  char line[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof(line), format, args);
  va_end(args);
  fprintf(stderr, "%s\n", line);
  CHECK(strstr(line, CANARY) == NULL);
  const char *wanted = wanted_text;
  if (wanted != NULL && strstr(line, wanted) != NULL)
    atomic_store(&said, true);
  if (level == LOG_ERR)
    atomic_fetch_add(&errors, 1);
}

int plugin_thread_create(pthread_t *thread, void *(*start_routine)(void *), void *arg,
                         char const *name) {
  CHECK(strlen(name) <= 15);
  return threads_allowed-- > 0 ? pthread_create(thread, NULL, start_routine, arg) : 11;
}

/* ---- for the scenarios ---------------------------------------------------------------------- */

void reset(void) {
  read_count = 0;
  refuse_reads = knows_no_type = is_test = false;
  threads_allowed = 8;
  errors = values = rounds = unknown_values = notifications = 0;
  wanted_text = NULL;
  said = false;
}

size_t read_all(void) {
  size_t failed = 0;
  for (size_t i = 0; i < read_count; i++)
    failed += reads[i].callback(&reads[i].user) != 0;
  return failed;
}
