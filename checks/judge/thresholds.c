/* Applies the thresholds (-w, -c) to the metrics, and concludes the verdict over all checks. */
#include "judge/thresholds.h"
#include "facts/partition.h"
#include <string.h>

void pl_verdict_conclude(pl_verdict *verdict) {
  verdict->worst = PL_CHECK_COUNT;
  verdict->severity = PL_SEVERITY_UNKNOWN;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *of_check = &verdict->checks[check];
    pl_metrics_set(&verdict->metrics, pl_metric_status((pl_check)check),
                   (double)of_check->severity);
    if (!of_check->ran)
      continue;
    bool first = verdict->worst == PL_CHECK_COUNT;
    pl_severity worst =
        first ? of_check->severity : pl_severity_worst(verdict->severity, of_check->severity);
    if (first || worst != verdict->severity)
      verdict->worst = (pl_check)check;
    verdict->severity = worst;
  }
  pl_metrics_set(&verdict->metrics, PL_METRIC_STATUS, (double)verdict->severity);
}

static pl_check first_that_ran(const pl_verdict *verdict) {
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (verdict->checks[check].ran)
      return (pl_check)check;
  }
  return PL_CHECK_STATE;
}

void pl_verdict_add_unwritten(pl_verdict *verdict, const char *why) {
  pl_verdict_add(verdict, first_that_ran(verdict), PL_REASON_EVIDENCE_FAILED, PL_SEVERITY_WARNING,
                 NULL, "%s", why);
  pl_verdict_conclude(verdict);
}

/* A metric of no check counts for the first one that ran. */
static pl_check check_of(const pl_verdict *verdict, pl_metric_id id) {
  pl_check check = pl_metric_info_at(id)->check;
  return check < PL_CHECK_COUNT && verdict->checks[check].ran ? check : first_that_ran(verdict);
}

static void add_name(pl_buf *text, const pl_threshold *threshold) {
  pl_metric metric = {.id = (pl_metric_id)threshold->metric};
  memcpy(metric.suffix, threshold->zone, sizeof(metric.suffix));
  pl_metric_add_name(text, &metric);
}

/* --region is checked with the configuration. Without it, the region is known only now. */
static bool is_elsewhere(const pl_threshold *threshold, const char *region) {
  return threshold->zone[0] != '\0' && region != NULL && region[0] != '\0' &&
         !pl_aws_is_zone_of(threshold->zone, region);
}

static void add_elsewhere(pl_buf *text, const pl_threshold *threshold, const char *region) {
  add_name(text, threshold);
  pl_buf_addf(text, " can't exist: there is no zone %s in the region %s", threshold->zone, region);
}

static void add_range(pl_buf *text, const pl_range *range) {
  pl_buf_add(text, range->inside ? ", inside " : ", outside ");
  pl_range_add(text, range);
}

/* "addresses_up is 1, outside 2:". */
static void add_outside(pl_buf *text, const pl_threshold *threshold, double value) {
  const char *unit = pl_metric_info_at((pl_metric_id)threshold->metric)->uom;
  add_name(text, threshold);
  pl_buf_add(text, " is ");
  pl_buf_add_number(text, value, 6);
  pl_buf_addf(text, "%s%s", unit[0] != '\0' ? " " : "", unit);
  add_range(text, &threshold->range);
}

/* With what the check says about the cause: "... could not be checked [state.throttled]: ...". */
static void add_unknown(pl_buf *text, const pl_threshold *threshold, const pl_metric *metric,
                        const pl_verdict *verdict, pl_check check) {
  const pl_finding *cause = pl_verdict_worst(verdict, check);
  bool lower_bound = metric != NULL && metric->known;
  pl_reason missing = lower_bound ? (pl_reason)verdict->addresses_missing : PL_REASON_NONE;
  add_name(text, threshold);
  if (lower_bound) {
    pl_buf_add(text, " is at least ");
    pl_buf_add_number(text, metric->value, 0);
    pl_buf_add(text, " and not known exactly in this run, so its range ");
  } else {
    pl_buf_add(text, " is not known in this run, so its range ");
  }
  pl_range_add(text, &threshold->range);
  pl_buf_add(text, " could not be checked");
  if (missing != PL_REASON_NONE)
    pl_buf_addf(text, " [%s]: %s", pl_reason_code(missing), pl_reason_meaning(missing));
  else if (cause != NULL && cause->reason == PL_REASON_NONE)
    pl_buf_addf(text, ": %s", cause->text);
  else if (cause != NULL && cause->reason != PL_REASON_THRESHOLD &&
           cause->severity != PL_SEVERITY_WARNING)
    pl_buf_addf(text, " [%s]: %s", pl_reason_code(cause->reason), cause->text);
}

/* Whether the addresses that are not known decide about the range. */
static bool is_unsure(const pl_range *range, const pl_metric *metric) {
  bool alerts = pl_range_alerts(range, metric->value), same = true;
  for (unsigned more = 1; more <= metric->unsure && same; more++)
    same = pl_range_alerts(range, metric->value + more) == alerts;
  return !same;
}

/* The line of a check whose reason is a threshold begins with it. */
static void lead_with(pl_check_verdict *of_check, const char *text) {
  char summary[sizeof(of_check->summary)];
  pl_text_setf(summary, sizeof(summary), "%s%s%s", text, of_check->summary[0] != '\0' ? "; " : "",
               of_check->summary);
  memcpy(of_check->summary, summary, sizeof(summary));
}

static void add_finding(pl_verdict *verdict, pl_check check, pl_severity severity,
                        const char *text) {
  pl_check_verdict *of_check = &verdict->checks[check];
  pl_severity before = of_check->severity;
  pl_verdict_add(verdict, check, PL_REASON_THRESHOLD, severity, NULL, "%s", text);
  if (of_check->ran && of_check->severity != before)
    lead_with(of_check, text);
}

/* Whether the value is final only after pl_alarm_take. */
static bool is_of_memory(pl_metric_id id) {
  return pl_metric_info_at(id)->daemon_only || id == PL_METRIC_PUBLIC_VERDICT;
}

/* Applies only the thresholds on metrics of a memory, or only the others. */
static void apply(const pl_thresholds *thresholds, bool of_memory, const char *region,
                  pl_severity severity, pl_verdict *verdict) {
  for (size_t i = 0; i < thresholds->count; i++) {
    const pl_threshold *threshold = &thresholds->items[i];
    pl_metric_id id = (pl_metric_id)threshold->metric;
    if (is_of_memory(id) != of_memory)
      continue;
    const pl_metric *metric = pl_metrics_get_zone(&verdict->metrics, id, threshold->zone);
    pl_check check = check_of(verdict, id);
    char storage[PL_LIMIT_TEXT];
    pl_buf text;
    pl_buf_fixed(&text, storage, sizeof(storage));
    if (is_elsewhere(threshold, region)) {
      add_elsewhere(&text, threshold, region);
      add_finding(verdict, check, PL_SEVERITY_UNKNOWN, storage);
    } else if (metric == NULL || !metric->known || is_unsure(&threshold->range, metric)) {
      add_unknown(&text, threshold, metric, verdict, check);
      add_finding(verdict, check, PL_SEVERITY_UNKNOWN, storage);
    } else if (pl_range_alerts(&threshold->range, metric->value)) {
      add_outside(&text, threshold, metric->value);
      add_finding(verdict, check, severity, storage);
    }
  }
}

void pl_thresholds_apply(const pl_spec *spec, const char *region, pl_verdict *verdict) {
  bool of_memory = false;
  pl_verdict_conclude(verdict); /* a threshold may be on the status */
  apply(&spec->critical, of_memory, region, PL_SEVERITY_CRITICAL, verdict);
  apply(&spec->warning, of_memory, region, PL_SEVERITY_WARNING, verdict);
}

void pl_thresholds_apply_history(const pl_spec *spec, pl_verdict *verdict) {
  bool of_memory = true;
  apply(&spec->critical, of_memory, NULL, PL_SEVERITY_CRITICAL, verdict);
  apply(&spec->warning, of_memory, NULL, PL_SEVERITY_WARNING, verdict);
  pl_verdict_conclude(verdict);
}
