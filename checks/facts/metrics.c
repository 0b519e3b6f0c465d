/* The table of metrics, and the values of one round. */
#include "facts/metrics.h"
#include <string.h>

static const pl_metric_info table[] = {
#define PL_METRIC(id, metric_name, metric_check, unit, collectd_type, smallest, largest,           \
                  only_daemon, places, meaning)                                                    \
  [PL_METRIC_##id] = {.name = (metric_name),                                                       \
                      .check = (metric_check),                                                     \
                      .uom = (unit),                                                               \
                      .type = (collectd_type),                                                     \
                      .min = (smallest),                                                           \
                      .max = (largest),                                                            \
                      .daemon_only = (only_daemon),                                                \
                      .decimals = (places),                                                        \
                      .help = (meaning)},
#include "facts/metrics.def"
#undef PL_METRIC
};

const pl_metric_info *pl_metric_info_at(pl_metric_id id) { return &table[id]; }

pl_metric_id pl_metric_find(const char *name) {
  for (size_t i = 0; i < PL_COUNT_OF(table); i++) {
    if (strcmp(table[i].name, name) == 0)
      return (pl_metric_id)i;
  }
  return PL_METRIC_COUNT;
}

pl_metric_id pl_metric_status(pl_check check) {
  static const pl_metric_id ids[] = {
#define PL_CHECK(id, ...) [PL_CHECK_##id] = PL_METRIC_##id##_STATUS,
#include "facts/checks.def"
#undef PL_CHECK
      [PL_CHECK_COUNT] = PL_METRIC_STATUS,
  };
  return ids[check];
}

bool pl_metric_is_status(pl_metric_id id) {
  unsigned check = 0;
  while (check < PL_CHECK_COUNT && pl_metric_status((pl_check)check) != id)
    check++;
  return pl_metric_status((pl_check)check) == id;
}

bool pl_metric_has_zones(pl_metric_id id) { return id == PL_METRIC_ADDRESSES_UP; }

void pl_metric_add_name(pl_buf *buf, const pl_metric *metric) {
  pl_buf_add(buf, pl_metric_info_at(metric->id)->name);
  if (metric->suffix[0] == '\0')
    return;
  pl_buf_add_char(buf, '-');
  pl_buf_add(buf, metric->suffix);
}

const pl_metric *pl_metrics_get_zone(const pl_metrics *metrics, pl_metric_id id, const char *zone) {
  for (size_t i = 0; i < metrics->count; i++) {
    if (metrics->items[i].id == id && strcmp(metrics->items[i].suffix, zone) == 0)
      return &metrics->items[i];
  }
  return NULL;
}

pl_metric *pl_metrics_add_zone(pl_metrics *metrics, pl_metric_id id, const char *zone) {
  const pl_metric *found = pl_metrics_get_zone(metrics, id, zone);
  if (found != NULL)
    return &metrics->items[found - metrics->items];
  if (metrics->count == PL_LIMIT_METRICS)
    return NULL;
  pl_metric *added = &metrics->items[metrics->count++];
  *added = (pl_metric){.id = id};
  pl_text_set(added->suffix, sizeof(added->suffix), zone);
  return added;
}

void pl_metrics_set(pl_metrics *metrics, pl_metric_id id, double value) {
  for (size_t i = 0; i < metrics->count; i++) {
    pl_metric *metric = &metrics->items[i];
    if (metric->id != id || metric->suffix[0] != '\0')
      continue;
    metric->known = true;
    metric->value = value;
    return;
  }
}
