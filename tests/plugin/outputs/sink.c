/* A notification plugin for tests. Writes each notification as a line of FOLDER/sink.log, and then
 * takes as many seconds as the file FOLDER/delay says. FOLDER is in the environment as PL_SINK. */
#include "collectd_api.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int plugin_register_notification(const char *name,
                                 int (*callback)(const notification_t *, user_data_t *),
                                 user_data_t const *user);

static FILE *open_file(const char *name, const char *mode) {
  char path[4096];
  const char *folder = getenv("PL_SINK");
  snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "/nonexistent", name);
  return fopen(path, mode);
}

static unsigned delay(void) {
  unsigned seconds = 0;
  FILE *file = open_file("delay", "r");
  if (file == NULL || fscanf(file, "%u", &seconds) != 1)
    seconds = 0;
  if (file != NULL)
    fclose(file);
  return seconds;
}

/* Arrival, time of measurement, severity, endpoint, text. */
static int on_notification(const notification_t *notification, user_data_t *user) {
  (void)user;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  FILE *file = open_file("sink.log", "a");
  if (file == NULL)
    return -1;
  fprintf(file, "%.3f %.3f %d %s %s\n", (double)now.tv_sec + (double)now.tv_nsec / 1e9,
          (double)notification->time / (1 << 30), notification->severity,
          notification->plugin_instance, notification->message);
  fclose(file);
  sleep(delay());
  return 0;
}

__attribute__((visibility("default"))) void module_register(void) {
  (void)plugin_register_notification("sink", on_notification, NULL);
}
