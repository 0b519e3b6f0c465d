/* From one round's facts and verdict to its metrics, and what the thresholds make of them. */
#include "judge/case.h"
#include <string.h>

/* A zone that a threshold names is there, known or not. */
static void add_threshold_zones(const pl_thresholds *thresholds, pl_metrics *metrics) {
  for (size_t i = 0; i < thresholds->count; i++) {
    const pl_threshold *threshold = &thresholds->items[i];
    if (threshold->zone[0] != '\0')
      (void)pl_metrics_add_zone(metrics, (pl_metric_id)threshold->metric, threshold->zone);
  }
}

/* The set of metrics depends on the configuration only; values are filled in behind. */
static void add_all(const pl_spec *spec, pl_metrics *metrics) {
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *info = pl_metric_info_at((pl_metric_id)id);
    bool runs = info->check == PL_CHECK_COUNT || (spec->checks & PL_CHECK_BIT(info->check)) != 0;
    if (id == PL_METRIC_HOURLY_COST && spec->hourly_price < 0)
      runs = false;
    if (runs)
      metrics->items[metrics->count++] = (pl_metric){.id = (pl_metric_id)id};
  }
  if ((spec->checks & PL_CHECK_BIT(PL_CHECK_PORT)) == 0)
    return;
  add_threshold_zones(&spec->critical, metrics);
  add_threshold_zones(&spec->warning, metrics);
}

static void set_time(pl_metrics *metrics, pl_metric_id id, pl_nsec duration) {
  if (duration >= 0)
    pl_metrics_set(metrics, id, pl_seconds(duration));
}

static void collect_state(const pl_case *c, pl_metrics *metrics) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (endpoint == NULL || !endpoint->known)
    return;
  pl_metrics_set(metrics, PL_METRIC_ENDPOINT_AVAILABLE,
                 endpoint->state == PL_ENDPOINT_STATE_AVAILABLE ? 1 : 0);
  set_time(metrics, PL_METRIC_STATE_AGE, pl_endpoint_age(endpoint, c->facts->ended));
  if (endpoint->parts[PL_PART_INTERFACES] == PL_PART_KNOWN)
    pl_metrics_set(metrics, PL_METRIC_INTERFACES, (double)endpoint->interface_count);
  if (!endpoint->zones_known)
    return;
  pl_metrics_set(metrics, PL_METRIC_ZONES, (double)endpoint->zone_count);
  if (c->spec->hourly_price >= 0)
    pl_metrics_set(metrics, PL_METRIC_HOURLY_COST,
                   (double)endpoint->zone_count * c->spec->hourly_price);
}

static void collect_dns(const pl_case *c, pl_metrics *metrics) {
  pl_nsec slowest = PL_NSEC_UNKNOWN;
  double leaks = 0, ttl = -1;
  bool answered = false;
  for (size_t i = 0; i < c->facts->private_dns_count; i++) {
    const pl_dns_fact *fact = &c->facts->private_dns[i];
    if (!pl_dns_outcome_definite(fact->outcome))
      continue;
    answered = true;
    if (fact->elapsed > slowest)
      slowest = fact->elapsed;
    if (fact->outcome == PL_DNS_ANSWER && (ttl < 0 || fact->ttl < ttl))
      ttl = fact->ttl;
    for (size_t j = 0; j < fact->answers.count; j++) {
      bool before = false;
      for (size_t k = 0; k < i; k++)
        before = before ||
                 pl_addr_list_contains(&c->facts->private_dns[k].answers, &fact->answers.items[j]);
      leaks += !before && pl_case_leaks(c, &fact->answers.items[j]);
    }
  }
  if (answered)
    pl_metrics_set(metrics, PL_METRIC_ADDRESSES_PUBLIC, leaks);
  set_time(metrics, PL_METRIC_DNS_TIME, slowest);
  if (ttl >= 0)
    pl_metrics_set(metrics, PL_METRIC_DNS_TTL, ttl);
}

/* addresses_up-ZONE, counted at the first address of each zone. */
static void collect_zones(const pl_case *c, pl_metrics *metrics) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target *target = &c->facts->targets[i];
    if (target->role != PL_ROLE_PRIVATE || target->zone[0] == '\0')
      continue;
    pl_metric *metric = pl_metrics_add_zone(metrics, PL_METRIC_ADDRESSES_UP, target->zone);
    if (metric == NULL)
      continue;
    metric->known = true;
    metric->value += c->verdict->targets[i].up;
  }
}

static void collect_port(const pl_case *c, pl_metrics *metrics) {
  pl_metrics_set(metrics, PL_METRIC_ADDRESSES, (double)c->verdict->addresses);
  pl_metrics_set(metrics, PL_METRIC_ADDRESSES_UP, (double)c->verdict->addresses_up);
  const pl_attempt_result *slowest = pl_case_slowest(c);
  if (slowest != NULL) {
    set_time(metrics, PL_METRIC_CONNECT_TIME, slowest->connect_time);
    set_time(metrics, PL_METRIC_TLS_TIME, slowest->tls_time);
    set_time(metrics, PL_METRIC_FIRST_BYTE_TIME, slowest->first_byte_time);
    set_time(metrics, PL_METRIC_TIME, pl_attempt_total(slowest));
  }
  double days;
  if (pl_case_certificate_days(c, &days))
    pl_metrics_set(metrics, PL_METRIC_CERTIFICATE_DAYS, days);
  collect_zones(c, metrics);
}

/* The worst address's: open before unproven before blocked, then in address order. */
static const pl_target *worst_public(const pl_case *c) {
  static const int rank[] = {
      [PL_PUBLIC_OPEN] = 0, [PL_PUBLIC_UNPROVEN] = 1, [PL_PUBLIC_BLOCKED] = 2};
  const pl_target *found = NULL;
  int found_rank = 0;
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target *target = &c->facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC)
      continue;
    int target_rank = rank[c->verdict->targets[i].public_class];
    if (found == NULL || target_rank < found_rank ||
        (target_rank == found_rank && pl_addr_compare(&target->address, &found->address) < 0)) {
      found = target;
      found_rank = target_rank;
    }
  }
  return found;
}

static void collect_public(const pl_case *c, pl_metrics *metrics) {
  pl_metrics_set(metrics, PL_METRIC_PUBLIC_VERDICT, (double)c->verdict->public_verdict);
  pl_metrics_set(metrics, PL_METRIC_PUBLIC_ADDRESSES, (double)c->verdict->public_addresses);
  pl_metrics_set(metrics, PL_METRIC_PUBLIC_OPEN, (double)c->verdict->public_open);
  const pl_target *worst = worst_public(c);
  for (unsigned i = 0; worst != NULL && i < worst->attempt_count; i++) {
    if (worst->attempts[i].http_status != 0)
      pl_metrics_set(metrics, PL_METRIC_PUBLIC_HTTP_STATUS, worst->attempts[i].http_status);
  }
}

void pl_metrics_collect(const pl_spec *spec, const pl_facts *facts, int64_t now,
                        pl_verdict *verdict) {
  pl_case c = {.spec = spec, .facts = facts, .now = now, .verdict = verdict};
  pl_metrics *metrics = &verdict->metrics;
  add_all(spec, metrics);
  set_time(metrics, PL_METRIC_SCHEDULING_DELAY, facts->scheduling_delay);
  if (facts->local_problem[0] != '\0') {
    pl_metrics_set(metrics, PL_METRIC_PUBLIC_VERDICT, PL_PUBLIC_UNPROVEN);
    return;
  }
  collect_state(&c, metrics);
  collect_dns(&c, metrics);
  if (verdict->checks[PL_CHECK_PORT].ran)
    collect_port(&c, metrics);
  collect_public(&c, metrics);
}

/* A metric of no check counts for the first one that ran. */
static pl_check check_of(const pl_verdict *verdict, pl_metric_id id) {
  pl_check check = pl_metric_info_at(id)->check;
  if (check < PL_CHECK_COUNT && verdict->checks[check].ran)
    return check;
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++) {
    if (verdict->checks[i].ran)
      return (pl_check)i;
  }
  return PL_CHECK_STATE;
}

static void name_threshold(const pl_threshold *threshold, char *name, size_t size) {
  pl_metric metric = {.id = (pl_metric_id)threshold->metric};
  memcpy(metric.suffix, threshold->zone, sizeof(metric.suffix));
  pl_buf text;
  pl_buf_fixed(&text, name, size);
  pl_metric_add_name(&text, &metric);
}

/* Only those on metrics that a history knows, or only the others. */
static void apply(const pl_thresholds *thresholds, bool of_history, pl_severity severity,
                  pl_verdict *verdict) {
  for (size_t i = 0; i < thresholds->count; i++) {
    const pl_threshold *threshold = &thresholds->items[i];
    pl_metric_id id = (pl_metric_id)threshold->metric;
    if (pl_metric_info_at(id)->plugin_only != of_history)
      continue;
    const pl_metric *metric = pl_metrics_get_zone(&verdict->metrics, id, threshold->zone);
    char name[PL_LIMIT_NAME + PL_LIMIT_ZONE];
    name_threshold(threshold, name, sizeof(name));
    if (metric == NULL || !metric->known) {
      pl_verdict_add(verdict, check_of(verdict, id), PL_REASON_THRESHOLD, PL_SEVERITY_UNKNOWN, NULL,
                     "%s is not known in this run, so its threshold can't be judged", name);
      continue;
    }
    if (!pl_range_alerts(&threshold->range, metric->value))
      continue;
    char storage[PL_LIMIT_TEXT];
    pl_buf text;
    pl_buf_fixed(&text, storage, sizeof(storage));
    pl_buf_addf(&text, "%s is ", name);
    pl_buf_add_number(&text, metric->value, 6);
    const char *unit = pl_metric_info_at(id)->uom;
    pl_buf_addf(&text, "%s%s", unit[0] != '\0' ? " " : "", unit);
    pl_buf_add(&text, threshold->range.inside ? ", inside " : ", outside ");
    pl_range_add(&text, &threshold->range);
    pl_verdict_add(verdict, check_of(verdict, id), PL_REASON_THRESHOLD, severity, NULL, "%s",
                   storage);
  }
}

void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict) {
  bool of_history = false;
  pl_metrics_set_status(verdict);
  apply(&spec->critical, of_history, PL_SEVERITY_CRITICAL, verdict);
  apply(&spec->warning, of_history, PL_SEVERITY_WARNING, verdict);
}

void pl_judge_history(const pl_spec *spec, pl_verdict *verdict) {
  bool of_history = true;
  apply(&spec->critical, of_history, PL_SEVERITY_CRITICAL, verdict);
  apply(&spec->warning, of_history, PL_SEVERITY_WARNING, verdict);
  pl_verdict_conclude(verdict);
  pl_metrics_set_status(verdict);
}

void pl_metrics_set_status(pl_verdict *verdict) {
  static const pl_metric_id ids[PL_CHECK_COUNT] = {
      [PL_CHECK_STATE] = PL_METRIC_STATE_STATUS,
      [PL_CHECK_DNS] = PL_METRIC_DNS_STATUS,
      [PL_CHECK_PORT] = PL_METRIC_PORT_STATUS,
      [PL_CHECK_PUBLIC] = PL_METRIC_PUBLIC_STATUS,
  };
  bool any = false;
  pl_severity worst = PL_SEVERITY_OK;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    pl_severity severity = verdict->checks[check].severity;
    any = any || verdict->checks[check].ran;
    worst = pl_severity_worst(worst, severity);
    pl_metrics_set(&verdict->metrics, ids[check], (double)severity);
  }
  if (!any)
    worst = PL_SEVERITY_UNKNOWN; /* as pl_verdict_conclude has it */
  pl_metrics_set(&verdict->metrics, PL_METRIC_STATUS, (double)worst);
}
