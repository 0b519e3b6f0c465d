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

void pl_perfdata_add_totals(const pl_run *run, bool bounds, pl_buf *buf) {
  pl_totals totals = pl_run_totals(run);
  const char *rest = bounds ? ";;;0" : "";
  pl_buf_addf(buf, "endpoints=%zu%s ok=%zu%s warning=%zu%s critical=%zu%s unknown=%zu%s",
              run->count, rest, totals.by_severity[PL_SEVERITY_OK], rest,
              totals.by_severity[PL_SEVERITY_WARNING], rest,
              totals.by_severity[PL_SEVERITY_CRITICAL], rest,
              totals.by_severity[PL_SEVERITY_UNKNOWN], rest);
}

static bool is_wanted(const pl_run *run, const pl_metric *metric) {
  bool known = metric->known && isfinite(metric->value);
  return !pl_metric_info_at(metric->id)->daemon_only && (known || !run->omit_unknown);
}

/* The items of one endpoint, in at most `max` bytes. False if one does not fit. */
static bool add_items(const pl_run *run, const pl_endpoint_result *result, bool bounds, size_t max,
                      pl_buf *buf) {
  const pl_metrics *metrics = &result->verdict->metrics;
  for (size_t i = 0; i < metrics->count; i++) {
    char item[ITEM_MAX];
    if (!is_wanted(run, &metrics->items[i]))
      continue;
    format_metric(run, result, &metrics->items[i], bounds, item);
    const char *separator = buf->length > 0 ? " " : "";
    if (buf->length + strlen(separator) + strlen(item) > max)
      return false;
    pl_buf_addf(buf, "%s%s", separator, item);
  }
  return true;
}

bool pl_perfdata_add(const pl_run *run, bool bounds, size_t max, pl_buf *buf) {
  size_t start = buf->length, position = 0;
  bool complete = true;
  if (run->count > 1)
    pl_perfdata_add_totals(run, bounds, buf);
  const pl_endpoint_result *result;
  while (complete && (result = pl_run_next(run, &position)) != NULL) {
    const char *separator = buf->length > start ? " " : "";
    size_t used = buf->length - start + strlen(separator);
    pl_buf items;
    pl_buf_init(&items, buf->max);
    complete = add_items(run, result, bounds, max > used ? max - used : 0, &items);
    if (items.length > 0 && (complete || run->count == 1))
      pl_buf_addf(buf, "%s%s", separator, pl_buf_text(&items));
    buf->failed = buf->failed || items.failed;
    pl_buf_free(&items);
  }
  return complete;
}
