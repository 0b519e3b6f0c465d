/* Keeps the newest lines of each endpoint, by name. */
#include "serve/samples.h"
#include "base/list.h"
#include "report/prometheus.h"
#include <search.h>
#include <stdint.h>
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
  sample **items;
  size_t count;
  void *by_name; /* the same ones, as a tree of tsearch(3) */
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
  free(it);
}

static int compare_names(const void *a, const void *b) {
  return strcmp(((const sample *)a)->name, ((const sample *)b)->name);
}

static int compare_items(const void *a, const void *b) {
  return compare_names(*(sample *const *)a, *(sample *const *)b);
}

static void keep_sample(void *it) { (void)it; }

void pl_samples_free(pl_samples *samples) {
  if (samples == NULL)
    return;
  for (size_t i = 0; i < samples->count; i++)
    free_sample(samples->items[i]);
  tdestroy(samples->by_name, keep_sample);
  free(samples->items);
  pthread_mutex_destroy(&samples->lock);
  free(samples);
}

/* NULL: no memory. */
static sample *take(pl_samples *samples, const char *name) {
  const sample wanted = {.name = (char *)(uintptr_t)name};
  sample *const *found = tfind(&wanted, &samples->by_name, compare_names);
  if (found != NULL)
    return *found;
  sample *it = calloc(1, sizeof(*it));
  if (it == NULL)
    return NULL;
  it->name = strdup(name);
  if (it->name != NULL && tsearch(it, &samples->by_name, compare_names) != NULL) {
    sample **end = pl_array_add((void **)&samples->items, &samples->count, sizeof(*end));
    if (end != NULL)
      return *end = it;
    (void)tdelete(it, &samples->by_name, compare_names);
  }
  free_sample(it);
  return NULL;
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
    sample *it = samples->items[i];
    if (is_kept(user, it->name)) {
      samples->items[kept++] = it;
      continue;
    }
    (void)tdelete(it, &samples->by_name, compare_names);
    free_sample(it);
  }
  samples->count = kept;
  pthread_mutex_unlock(&samples->lock);
}

pl_samples_count pl_samples_count_of(pl_samples *samples) {
  pl_samples_count count = {0};
  pthread_mutex_lock(&samples->lock);
  count.known = samples->count;
  for (size_t i = 0; i < samples->count; i++)
    count.late += samples->items[i]->is_late;
  pthread_mutex_unlock(&samples->lock);
  return count;
}

void pl_samples_add_text(pl_samples *samples, pl_buf *buf) {
  pthread_mutex_lock(&samples->lock);
  if (samples->count > 1)
    qsort(samples->items, samples->count, sizeof(*samples->items), compare_items);
  const char **lines = calloc(samples->count + 1, sizeof(*lines));
  for (size_t i = 0; lines != NULL && i < samples->count; i++)
    lines[i] = samples->items[i]->lines;
  if (lines == NULL || pl_prometheus_merge(lines, samples->count, buf) != PL_OK)
    buf->failed = true;
  free(lines);
  pthread_mutex_unlock(&samples->lock);
}
