/* Writes metrics, reasons and times in the text format of Prometheus. */
#include "report/prometheus.h"
#include "facts/address_values.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "privatelink_"
#define REASONS PREFIX "reason_info"
#define ROUNDS PREFIX "last_round_timestamp_seconds"
#define DAYS "_days"
#define DAY_SECONDS 86400
#define NAME_MAX_BYTES 96
#define LINES_MAX ((size_t)1 << 20) /* bytes of one endpoint */

/* ---- names ---------------------------------------------------------------------------------- */

static bool is_in_days(const pl_metric_info *info) {
  size_t length = strlen(info->name);
  return length > strlen(DAYS) && strcmp(info->name + length - strlen(DAYS), DAYS) == 0;
}

static const char *family_name(pl_metric_id id, char name[NAME_MAX_BYTES]) {
  const pl_metric_info *info = pl_metric_info_at(id);
  bool days = is_in_days(info);
  pl_buf buf;
  pl_buf_fixed(&buf, name, NAME_MAX_BYTES);
  pl_buf_add(&buf, PREFIX);
  pl_buf_add_bytes(&buf, info->name, strlen(info->name) - (days ? strlen(DAYS) : 0));
  if (days || strcmp(info->uom, "s") == 0)
    pl_buf_add(&buf, "_seconds");
  return name;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void add_label(pl_buf *buf, const char *name, const char *value) {
  pl_buf_addf(buf, "%s=\"", name);
  for (; *value != '\0'; value++) {
    if (*value == '\\' || *value == '"')
      pl_buf_add_char(buf, '\\');
    if (*value == '\n')
      pl_buf_add(buf, "\\n");
    else
      pl_buf_add_char(buf, *value);
  }
  pl_buf_add_char(buf, '"');
}

/* `label` may be NULL. */
static void add_value(pl_buf *buf, const char *endpoint, pl_metric_id id, const char *label,
                      const char *text, double value) {
  const pl_metric_info *info = pl_metric_info_at(id);
  char name[NAME_MAX_BYTES];
  bool days = is_in_days(info);
  if (!isfinite(value))
    return;
  pl_buf_addf(buf, "%s{", family_name(id, name));
  add_label(buf, "endpoint", endpoint);
  if (info->check != PL_CHECK_COUNT) {
    pl_buf_add_char(buf, ',');
    add_label(buf, "check", pl_check_name(info->check));
  }
  if (label != NULL) {
    pl_buf_add_char(buf, ',');
    add_label(buf, label, text);
  }
  pl_buf_add(buf, "} ");
  pl_buf_add_number(buf, days ? value * DAY_SECONDS : value, days ? 0 : info->decimals);
  pl_buf_add_char(buf, '\n');
}

typedef struct address_line {
  pl_buf *buf;
  const char *endpoint;
  pl_metric_id id; /* only this family */
} address_line;

static void add_of_address(void *user, pl_metric_id id, const pl_addr *address, double value) {
  const address_line *line = user;
  char text[PL_ADDR_TEXT];
  if (id == line->id)
    add_value(line->buf, line->endpoint, id, "address", pl_addr_format(address, text), value);
}

static void add_family(const pl_endpoint_result *result, pl_metric_id id, pl_buf *buf) {
  const pl_metrics *metrics = &result->verdict->metrics;
  for (size_t i = 0; i < metrics->count; i++) {
    const pl_metric *metric = &metrics->items[i];
    if (metric->id == id && metric->known)
      add_value(buf, result->name, id, metric->suffix[0] != '\0' ? "zone" : NULL, metric->suffix,
                metric->value);
  }
  /* No check ran: alert rules that read a status must still see UNKNOWN. */
  if (metrics->count == 0 && pl_metric_is_status(id))
    add_value(buf, result->name, id, NULL, NULL, PL_SEVERITY_UNKNOWN);
  if (result->facts == NULL)
    return;
  address_line line = {buf, result->name, id};
  pl_address_values(result->facts, result->verdict, add_of_address, &line);
}

static void add_reason(pl_buf *buf, const char *endpoint, pl_check check, pl_reason reason,
                       pl_severity severity) {
  pl_buf_add(buf, REASONS "{");
  add_label(buf, "endpoint", endpoint);
  pl_buf_addf(buf, ",check=\"%s\",reason=\"%s\",severity=\"%s\"} 1\n",
              check == PL_CHECK_COUNT ? "configuration" : pl_check_name(check),
              pl_reason_code(reason), pl_severity_name(severity));
}

/* The worst severity that the findings give to a reason; OK if there is none before `end`. */
static pl_severity worst_of(const pl_verdict *verdict, size_t end, pl_check check,
                            pl_reason reason) {
  pl_severity worst = PL_SEVERITY_OK;
  for (size_t i = 0; i < end; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check == check && finding->reason == reason)
      worst = pl_severity_worst(worst, finding->severity);
  }
  return worst;
}

static void add_reasons(const pl_endpoint_result *result, pl_buf *buf) {
  const pl_verdict *verdict = result->verdict;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *it = &verdict->findings[i];
    if (it->severity == PL_SEVERITY_OK ||
        worst_of(verdict, i, it->check, it->reason) != PL_SEVERITY_OK)
      continue;
    add_reason(buf, result->name, it->check, it->reason,
               worst_of(verdict, verdict->finding_count, it->check, it->reason));
  }
  /* Of a check whose findings do not have it: it did not fit among them, or --on-unproven makes an
   * unproven check OK. */
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *of = &verdict->checks[check];
    if (of->ran && of->reason != PL_REASON_NONE &&
        worst_of(verdict, verdict->finding_count, (pl_check)check, of->reason) == PL_SEVERITY_OK)
      add_reason(buf, result->name, (pl_check)check, of->reason, of->severity);
  }
}

static void add_round(pl_buf *buf, const char *endpoint, pl_nsec time) {
  pl_buf_add(buf, ROUNDS "{");
  add_label(buf, "endpoint", endpoint);
  pl_buf_add(buf, "} ");
  pl_buf_add_number(buf, pl_seconds(time), 3);
  pl_buf_add_char(buf, '\n');
}

void pl_prometheus_add_lines(const pl_endpoint_result *result, pl_nsec time, pl_buf *buf) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++)
    add_family(result, (pl_metric_id)id, buf);
  add_reasons(result, buf);
  add_round(buf, result->name, time);
}

void pl_prometheus_add_late(const char *name, pl_nsec time, pl_buf *buf) {
  add_value(buf, name, PL_METRIC_STATUS, NULL, NULL, PL_SEVERITY_UNKNOWN);
  if (time != 0)
    add_round(buf, name, time);
}

/* ---- all endpoints -------------------------------------------------------------------------- */

/* Moves the lines of one family from every endpoint to `buf`, after their header. */
static void merge_family(const char **next, size_t count, const char *name, const char *help,
                         pl_buf *buf) {
  size_t length = strlen(name);
  bool has_header = false;
  for (size_t i = 0; i < count; i++) {
    while (next[i] != NULL && strncmp(next[i], name, length) == 0 && next[i][length] == '{') {
      if (!has_header)
        pl_buf_addf(buf, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
      has_header = true;
      size_t line = strcspn(next[i], "\n") + 1;
      pl_buf_add_bytes(buf, next[i], line);
      next[i] += line;
    }
  }
}

/* What the table says of days is said of seconds. */
static void help_of(pl_metric_id id, pl_buf *buf) {
  const pl_metric_info *info = pl_metric_info_at(id);
  bool days = is_in_days(info) && strncmp(info->help, "days", strlen("days")) == 0;
  pl_buf_addf(buf, "%s%s", days ? "seconds" : "", info->help + (days ? strlen("days") : 0));
}

pl_status pl_prometheus_merge(const char *const *lines, size_t count, pl_buf *buf) {
  const char **next = calloc(count + 1, sizeof(*next));
  if (next == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    next[i] = lines[i];
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    char name[NAME_MAX_BYTES], help[PL_LIMIT_TEXT];
    pl_buf text;
    pl_buf_fixed(&text, help, sizeof(help));
    help_of((pl_metric_id)id, &text);
    merge_family(next, count, family_name((pl_metric_id)id, name), help, buf);
  }
  merge_family(next, count, REASONS, "1 for each reason of a check that is not OK or not proven",
               buf);
  merge_family(next, count, ROUNDS, "when the values of the endpoint were measured", buf);
  free(next);
  return pl_buf_status(buf);
}

void pl_report_prometheus(const pl_run *run, pl_buf *buf) {
  pl_buf *texts = calloc(run->count, sizeof(*texts));
  const char **lines = calloc(run->count, sizeof(*lines));
  for (size_t i = 0; texts != NULL && lines != NULL && i < run->count; i++) {
    pl_buf_init(&texts[i], LINES_MAX);
    pl_prometheus_add_lines(&run->results[i], run->started * PL_SEC + run->duration, &texts[i]);
    lines[i] = pl_buf_text(&texts[i]);
    buf->failed = buf->failed || pl_buf_status(&texts[i]) != PL_OK;
  }
  if (texts == NULL || lines == NULL || buf->failed ||
      pl_prometheus_merge(lines, run->count, buf) != PL_OK)
    buf->failed = true;
  for (size_t i = 0; texts != NULL && i < run->count; i++)
    pl_buf_free(&texts[i]);
  free(texts);
  free(lines);
}
