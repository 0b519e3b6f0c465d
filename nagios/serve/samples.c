/* Keeps the newest lines of each endpoint, by name. */
#include "serve/samples.h"
#include "report/prometheus.h"
#include <stdlib.h>
#include <string.h>

#define LINES_MAX ((size_t)1 << 20) /* bytes of one endpoint */

typedef struct sample {
  char *name;
  char *lines;
  pl_nsec time; /* of the last round that ended; 0: none has */
  bool is_late;
} sample;

struct pl_samples {
  pthread_mutex_t lock; /* of the rest */
  sample *items;        /* in the order of their names */
  size_t count;
};

pl_samples *pl_samples_create(void) {
  pl_samples *samples = calloc(1, sizeof(*samples));
  if (samples != NULL)
    pthread_mutex_init(&samples->lock, NULL);
  return samples;
}

static void free_sample(sample *it) {
  free(it->name);
  free(it->lines);
}

void pl_samples_free(pl_samples *samples) {
  if (samples == NULL)
    return;
  for (size_t i = 0; i < samples->count; i++)
    free_sample(&samples->items[i]);
  free(samples->items);
  pthread_mutex_destroy(&samples->lock);
  free(samples);
}

/* Where the name is, or belongs. */
static size_t position_of(const pl_samples *samples, const char *name) {
  size_t first = 0, end = samples->count;
  while (first < end) {
    size_t middle = first + (end - first) / 2;
    if (strcmp(samples->items[middle].name, name) < 0)
      first = middle + 1;
    else
      end = middle;
  }
  return first;
}

/* NULL: no memory. */
static sample *take(pl_samples *samples, const char *name) {
  size_t at = position_of(samples, name);
  if (at < samples->count && strcmp(samples->items[at].name, name) == 0)
    return &samples->items[at];
  sample *items = realloc(samples->items, (samples->count + 1) * sizeof(*items));
  if (items == NULL)
    return NULL;
  samples->items = items;
  char *copy = strdup(name);
  if (copy == NULL)
    return NULL;
  memmove(&items[at + 1], &items[at], (samples->count - at) * sizeof(*items));
  items[at] = (sample){.name = copy};
  samples->count++;
  return &items[at];
}

static void add_lines(const pl_values *values, pl_nsec before, pl_buf *buf) {
  if (values->verdict == NULL) {
    pl_prometheus_add_late(values->endpoint, before, buf);
    return;
  }
  bool has_addresses = values->spec != NULL && values->spec->report_addresses;
  pl_endpoint_result result = {.name = values->endpoint,
                               .spec = values->spec,
                               .facts = has_addresses ? values->facts : NULL,
                               .verdict = values->verdict};
  pl_prometheus_add_lines(&result, values->time, buf);
}

void pl_samples_put(pl_samples *samples, const pl_values *values) {
  pthread_mutex_lock(&samples->lock);
  sample *it = take(samples, values->endpoint);
  if (it != NULL) {
    pl_buf buf;
    pl_buf_init(&buf, LINES_MAX);
    add_lines(values, it->time, &buf);
    char *lines = pl_buf_status(&buf) == PL_OK ? strdup(pl_buf_text(&buf)) : NULL;
    pl_buf_free(&buf);
    if (lines != NULL) {
      free(it->lines);
      it->lines = lines;
      it->is_late = values->verdict == NULL;
      it->time = it->is_late ? it->time : values->time;
    }
  }
  pthread_mutex_unlock(&samples->lock);
}

void pl_samples_prune(pl_samples *samples, bool (*is_kept)(void *user, const char *name),
                      void *user) {
  pthread_mutex_lock(&samples->lock);
  size_t kept = 0;
  for (size_t i = 0; i < samples->count; i++) {
    if (is_kept(user, samples->items[i].name))
      samples->items[kept++] = samples->items[i];
    else
      free_sample(&samples->items[i]);
  }
  samples->count = kept;
  pthread_mutex_unlock(&samples->lock);
}

pl_samples_count pl_samples_count_of(pl_samples *samples) {
  pl_samples_count count = {0};
  pthread_mutex_lock(&samples->lock);
  count.known = samples->count;
  for (size_t i = 0; i < samples->count; i++)
    count.late += samples->items[i].is_late;
  pthread_mutex_unlock(&samples->lock);
  return count;
}

void pl_samples_add_text(pl_samples *samples, pl_buf *buf) {
  pthread_mutex_lock(&samples->lock);
  const char **lines = calloc(samples->count + 1, sizeof(*lines));
  for (size_t i = 0; lines != NULL && i < samples->count; i++)
    lines[i] = samples->items[i].lines;
  if (lines == NULL || pl_prometheus_merge(lines, samples->count, buf) != PL_OK)
    buf->failed = true;
  free(lines);
  pthread_mutex_unlock(&samples->lock);
}
