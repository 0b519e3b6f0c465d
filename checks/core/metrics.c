#include "core/metrics.h"
#include <string.h>

static const pl_metric_info table[] = {
#define PL_METRIC(id, metric_name, metric_check, unit, collectd_type, smallest, largest,           \
                  only_plugin, places, meaning)                                                    \
  [PL_METRIC_##id] = {.name = (metric_name),                                                       \
                      .check = (metric_check),                                                     \
                      .uom = (unit),                                                               \
                      .type = (collectd_type),                                                     \
                      .min = (smallest),                                                           \
                      .max = (largest),                                                            \
                      .plugin_only = (only_plugin),                                                \
                      .decimals = (places),                                                        \
                      .help = (meaning)},
#include "core/metrics.def"
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

void pl_metric_add_name(pl_buf *buf, const pl_metric *metric) {
  pl_buf_add(buf, pl_metric_info_at(metric->id)->name);
  if (metric->suffix[0] == '\0')
    return;
  pl_buf_add_char(buf, '-');
  pl_buf_add(buf, metric->suffix);
}

const pl_metric *pl_metrics_get(const pl_metrics *metrics, pl_metric_id id) {
  for (size_t i = 0; i < metrics->count; i++) {
    if (metrics->items[i].id == id && metrics->items[i].suffix[0] == '\0')
      return &metrics->items[i];
  }
  return NULL;
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
