/* Writes performance data, as in the monitoring-plugins developer guidelines:
 * label=value[UOM];warn;crit;min;max, separated by spaces, without ';' at the end of an item. */
#include "report/perfdata.h"
#include <math.h>
#include <string.h>

#define ITEM_MAX ((size_t)512)

/* A label without the two characters that the grammar forbids; in quotes only where necessary. */
static void add_label(pl_buf *buf, const char *label) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_.-/:";
  char text[ITEM_MAX / 2];
  pl_text_set_printable(text, sizeof(text), label, strlen(label));
  for (char *c = text; *c != '\0'; c++) {
    if (*c == '=' || *c == '\'')
      *c = '_';
  }
  const char *quote = text[strspn(text, plain)] != '\0' ? "'" : "";
  pl_buf_addf(buf, "%s%s%s=", quote, text, quote);
}

/* ';' and the range of the last threshold on the metric; `days` is the one of --certificate. */
static void add_threshold(pl_buf *buf, const pl_thresholds *thresholds, unsigned days,
                          const pl_metric *metric) {
  pl_buf_add_char(buf, ';');
  for (size_t i = thresholds->count; i-- > 0;) {
    const pl_threshold *threshold = &thresholds->items[i];
    if (threshold->metric == metric->id && strcmp(threshold->zone, metric->suffix) == 0) {
      pl_range_add(buf, &threshold->range);
      return;
    }
  }
  pl_range range = {.start = days, .end = (double)INFINITY};
  if (metric->id == PL_METRIC_CERTIFICATE_DAYS)
    pl_range_add(buf, &range);
}

static void drop_trailing_semicolons(char *item) {
  size_t length = strlen(item);
  while (length > 0 && item[length - 1] == ';')
    item[--length] = '\0';
}

static void format_metric(const pl_run *run, const pl_endpoint_result *result,
                          const pl_metric *metric, bool bounds, char item[ITEM_MAX]) {
  const pl_metric_info *info = pl_metric_info_at(metric->id);
  char label[ITEM_MAX / 2];
  pl_buf buf;
  pl_buf_fixed(&buf, label, sizeof(label));
  if (run->batch)
    pl_buf_addf(&buf, "%s.", result->name);
  pl_metric_add_name(&buf, metric);
  pl_buf_fixed(&buf, item, ITEM_MAX);
  add_label(&buf, label);
  if (metric->known && isfinite(metric->value)) {
    pl_buf_add_number(&buf, metric->value, info->decimals);
    pl_buf_add(&buf, info->uom);
  } else {
    pl_buf_add_char(&buf, 'U');
  }
  const pl_spec *spec = result->spec;
  if (spec != NULL) {
    add_threshold(&buf, &spec->warning, spec->certificate_warning, metric);
    add_threshold(&buf, &spec->critical, spec->certificate_critical, metric);
  } else {
    pl_buf_add(&buf, ";;");
  }
  if (bounds)
    pl_buf_addf(&buf, ";%s;%s", info->min, info->max);
  drop_trailing_semicolons(item);
}

/* False if `item` does not fit; nothing is added then. */
static bool add_item(pl_buf *buf, const char *item, size_t start, size_t max) {
  bool first = buf->length == start;
  size_t length = strlen(item) + (first ? 0 : 1);
  if (buf->length - start + length > max || buf->length + length > buf->max)
    return false;
  if (!first)
    pl_buf_add_char(buf, ' ');
  pl_buf_add(buf, item);
  return true;
}

static bool add_totals(const pl_run *run, bool bounds, size_t start, size_t max, pl_buf *buf) {
  pl_totals totals = pl_run_totals(run);
  const struct {
    const char *label;
    size_t value;
  } items[] = {
      {"endpoints", run->count},
      {"ok", totals.by_severity[PL_SEVERITY_OK]},
      {"warning", totals.by_severity[PL_SEVERITY_WARNING]},
      {"critical", totals.by_severity[PL_SEVERITY_CRITICAL]},
      {"unknown", totals.by_severity[PL_SEVERITY_UNKNOWN]},
  };
  for (size_t i = 0; i < PL_COUNT_OF(items); i++) {
    char item[ITEM_MAX];
    pl_buf text;
    pl_buf_fixed(&text, item, sizeof(item));
    pl_buf_addf(&text, "%s=%zu%s", items[i].label, items[i].value, bounds ? ";;;0" : "");
    if (!add_item(buf, item, start, max))
      return false;
  }
  return true;
}

void pl_perfdata_add(const pl_run *run, bool all, bool bounds, size_t max, pl_buf *buf) {
  size_t start = buf->length;
  if (run->batch && !add_totals(run, bounds, start, max, buf))
    return;
  for (size_t i = 0; i < run->count; i++) {
    const pl_endpoint_result *result = &run->results[i];
    if (!all && result->verdict->severity == PL_SEVERITY_OK)
      continue;
    const pl_metrics *metrics = &result->verdict->metrics;
    for (size_t k = 0; k < metrics->count; k++) {
      char item[ITEM_MAX];
      if (pl_metric_info_at(metrics->items[k].id)->plugin_only)
        continue;
      format_metric(run, result, &metrics->items[k], bounds, item);
      if (!add_item(buf, item, start, max))
        return;
    }
  }
}
