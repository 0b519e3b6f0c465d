/* Any name, zone, number, threshold and text: the output keeps its length, its one '|' and the
 * grammar of performance data. */
#include "report/text.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
  const uint8_t *data;
  size_t size;
} input;

static void require(bool condition) {
  if (!condition)
    abort();
}

static void take(input *in, void *storage, size_t size) {
  memset(storage, 0, size);
  size_t length = size < in->size ? size : in->size;
  memcpy(storage, in->data, length);
  in->data += length;
  in->size -= length;
}

static unsigned take_byte(input *in) {
  uint8_t byte;
  take(in, &byte, 1);
  return byte;
}

static void take_text(input *in, char *storage, size_t size) {
  size_t length = take_byte(in) % size;
  take(in, storage, length);
  storage[length] = '\0';
}

/* ---- the grammar ---------------------------------------------------------------------------- */

static const char *skip_label(const char *at) {
  bool quoted = *at == '\'';
  at += quoted;
  size_t length = strcspn(at, quoted ? "'=|" : "'=| ");
  require(length > 0);
  at += length;
  if (quoted)
    require(*at++ == '\'');
  require(*at == '=');
  return at + 1;
}

static const char *skip_number(const char *at) {
  at += *at == '-';
  size_t digits = strspn(at, "0123456789");
  require(digits > 0);
  at += digits;
  if (*at != '.')
    return at;
  digits = strspn(at + 1, "0123456789");
  require(digits > 0);
  return at + 1 + digits;
}

static const char *skip_item(const char *at) {
  at = skip_label(at);
  if (*at == 'U')
    at++;
  else
    at = skip_number(at);
  at += *at == 's';
  for (int field = 0; field < 4 && *at == ';'; field++)
    at += 1 + strspn(at + 1, "0123456789.:~@-");
  require(at[-1] != ';');
  return at;
}

static void check(const char *text, int verbosity) {
  size_t length = strlen(text);
  require(length > 0 && text[length - 1] == '\n');
  require(verbosity > 0 || length <= PL_LIMIT_OUTPUT);
  for (size_t i = 0; i < length; i++)
    require((unsigned char)text[i] >= ' ' || text[i] == '\n');
  const char *bar = strchr(text, '|');
  if (bar == NULL)
    return;
  require(strchr(bar + 1, '|') == NULL);
  require(memchr(text, '\n', (size_t)(bar - text)) == NULL);
  const char *at = bar + 1;
  while (*at == ' ')
    at = skip_item(at + 1);
  require(*at == '\n');
}

/* ---- one run -------------------------------------------------------------------------------- */

static void take_metrics(input *in, pl_metrics *metrics) {
  metrics->count = take_byte(in) % (PL_LIMIT_METRICS + 1);
  for (size_t i = 0; i < metrics->count; i++) {
    pl_metric *metric = &metrics->items[i];
    metric->id = (pl_metric_id)(take_byte(in) % PL_METRIC_COUNT);
    metric->known = take_byte(in) % 4 != 0;
    take(in, &metric->value, sizeof(metric->value));
    take_text(in, metric->suffix, sizeof(metric->suffix));
  }
}

static void take_verdict(input *in, pl_verdict *verdict) {
  verdict->severity = (pl_severity)(take_byte(in) % 4);
  verdict->worst = (pl_check)(take_byte(in) % (PL_CHECK_COUNT + 1));
  verdict->public_verdict = (pl_public)(take_byte(in) % 3);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    pl_check_verdict *line = &verdict->checks[check];
    line->ran = take_byte(in) % 4 != 0;
    line->severity = (pl_severity)(take_byte(in) % 4);
    line->reason = (pl_reason)(take_byte(in) % PL_REASON_COUNT);
    take_text(in, line->summary, sizeof(line->summary));
  }
  verdict->finding_count = take_byte(in) % 4;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    pl_finding *finding = &verdict->findings[i];
    finding->check = (pl_check)(take_byte(in) % (PL_CHECK_COUNT + 1));
    finding->reason = (pl_reason)(take_byte(in) % PL_REASON_COUNT);
    finding->severity = (pl_severity)(take_byte(in) % 4);
    take_text(in, finding->text, sizeof(finding->text));
  }
  take_metrics(in, &verdict->metrics);
}

static void report(const pl_run *run) {
  for (int verbosity = 0; verbosity <= 3; verbosity++) {
    pl_buf buf;
    pl_buf_init(&buf, 1 << 20);
    pl_report_text(run, verbosity, &buf);
    require(pl_buf_status(&buf) == PL_OK);
    check(pl_buf_text(&buf), verbosity);
    pl_buf_free(&buf);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pl_verdict verdict;
  input in = {.data = data, .size = size};
  memset(&verdict, 0, sizeof(verdict));
  char name[PL_LIMIT_NAME + 1];
  pl_spec spec;
  pl_spec_init(&spec);
  pl_threshold threshold = {.metric = (uint8_t)(take_byte(&in) % PL_METRIC_COUNT)};
  take(&in, &threshold.range.start, sizeof(threshold.range.start));
  take(&in, &threshold.range.end, sizeof(threshold.range.end));
  threshold.range.inside = take_byte(&in) % 2 == 1;
  if (threshold.range.start <= threshold.range.end)
    spec.critical = (pl_thresholds){.items = &threshold, .count = 1};
  take_text(&in, name, sizeof(name));
  unsigned shape = take_byte(&in);
  take_verdict(&in, &verdict);
  const pl_endpoint_result result = {
      .name = name, .spec = shape % 2 == 0 ? &spec : NULL, .verdict = &verdict};
  const pl_endpoint_result results[] = {result, result, result};
  const pl_run run = {.results = results,
                      .count = shape / 2 % 4,
                      .batch = shape / 8 % 2 == 1,
                      .version = "0",
                      .duration = PL_SEC};
  report(&run);
  return 0;
}
