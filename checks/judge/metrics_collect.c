/* Collects the metrics of one round from its facts and verdict. */
#include "judge/metrics_collect.h"
#include "judge/certificate.h"
#include "judge/port.h"

/* Each zone that a threshold names has a metric, known or not. */
static void add_threshold_zones(const pl_thresholds *thresholds, pl_metrics *metrics) {
  for (size_t i = 0; i < thresholds->count; i++) {
    const pl_threshold *threshold = &thresholds->items[i];
    if (threshold->zone[0] != '\0')
      (void)pl_metrics_add_zone(metrics, (pl_metric_id)threshold->metric, threshold->zone);
  }
}

/* The set of metrics depends on the configuration only; the values are filled in later. */
static void add_all(const pl_case *c, pl_metrics *metrics) {
  const pl_spec *spec = c->spec;
  for (unsigned id = 0; id < PL_METRIC_COUNT; id++) {
    const pl_metric_info *info = pl_metric_info_at((pl_metric_id)id);
    bool runs = info->check == PL_CHECK_COUNT || pl_spec_runs(spec, info->check);
    if ((id == PL_METRIC_HOURLY_COST && spec->hourly_price < 0) ||
        (id == PL_METRIC_PUBLIC_BASELINE_AGE && c->facts->memory == NULL))
      runs = false;
    if (runs)
      metrics->items[metrics->count++] = (pl_metric){.id = (pl_metric_id)id};
  }
  if (!pl_spec_runs(spec, PL_CHECK_PORT))
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
  if (endpoint->parts[PL_PART_INTERFACES] == PL_PART_KNOWN || pl_endpoint_addresses_old(endpoint))
    pl_metrics_set(metrics, PL_METRIC_INTERFACES, (double)endpoint->interface_count);
  if (!endpoint->zones_known)
    return;
  pl_metrics_set(metrics, PL_METRIC_ZONES, (double)endpoint->zone_count);
  if (c->spec->hourly_price >= 0)
    pl_metrics_set(metrics, PL_METRIC_HOURLY_COST,
                   endpoint->provider_pays ? 0
                                           : (double)endpoint->zone_count * c->spec->hourly_price);
}

/* With the time that the resolvers before it cost, which the system's failover waited for. */
static pl_nsec time_to_answer(const pl_facts *facts, const pl_dns_fact *answer) {
  pl_nsec time = answer->elapsed;
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    const pl_dns_fact *fact = &facts->private_dns[i];
    if (fact->superseded && fact->type == answer->type && fact->elapsed > 0)
      time += fact->elapsed;
  }
  return time;
}

static void collect_dns(const pl_case *c, pl_metrics *metrics) {
  pl_nsec slowest = PL_NSEC_UNKNOWN;
  double leaks = 0, ttl = -1;
  bool answered = false, undecided = false;
  for (size_t i = 0; i < c->facts->private_dns_count; i++) {
    const pl_dns_fact *fact = &c->facts->private_dns[i];
    if (!pl_dns_outcome_definite(fact->outcome))
      continue;
    answered = true;
    pl_nsec time = time_to_answer(c->facts, fact);
    slowest = time > slowest ? time : slowest;
    if (fact->outcome == PL_DNS_ANSWER && (ttl < 0 || fact->ttl < ttl))
      ttl = fact->ttl;
    for (size_t j = 0; j < fact->answers.count; j++) {
      const pl_addr *address = &fact->answers.items[j];
      pl_standing standing = pl_case_standing(c, address);
      undecided = undecided || standing == PL_STANDING_UNDECIDED;
      leaks += standing == PL_STANDING_PUBLIC && !pl_dns_names(c->facts->private_dns, i, address);
    }
  }
  if (answered && !undecided)
    pl_metrics_set(metrics, PL_METRIC_ADDRESSES_PUBLIC, leaks);
  set_time(metrics, PL_METRIC_DNS_TIME, slowest);
  if (ttl >= 0)
    pl_metrics_set(metrics, PL_METRIC_DNS_TTL, ttl);
}

/* Whether all zones of the endpoint are known, and `zone` is none of them. */
static bool is_without_zone(const pl_endpoint *endpoint, const char *zone) {
  return pl_endpoint_addresses_known(endpoint) && endpoint->zones_known &&
         !pl_endpoint_has_zone(endpoint, zone);
}

/* addresses_up-ZONE, added at the first address of each zone. */
static void collect_zones(const pl_case *c, pl_metrics *metrics) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target *target = &c->facts->targets[i];
    if (target->role != PL_ROLE_PRIVATE || target->zone[0] == '\0')
      continue;
    pl_metric *metric = pl_metrics_add_zone(metrics, PL_METRIC_ADDRESSES_UP, target->zone);
    if (metric == NULL)
      continue;
    metric->known = pl_case_any_measured(c, target->zone);
    metric->value += c->verdict->targets[i].counted && c->verdict->targets[i].up;
    metric->unsure =
        (unsigned)(c->verdict->addresses_unsure + pl_case_count_undecided(c, target->zone));
  }
  /* One that a threshold names, and that the endpoint does not have, has no address up. */
  for (size_t i = 0; i < metrics->count; i++) {
    pl_metric *metric = &metrics->items[i];
    if (metric->suffix[0] != '\0' && is_without_zone(c->facts->endpoint, metric->suffix))
      metric->known = true;
  }
}

static void set_count(pl_metrics *metrics, pl_metric_id id, size_t count, size_t unsure) {
  pl_metric *metric = pl_metrics_add_zone(metrics, id, "");
  pl_metrics_set(metrics, id, (double)count);
  if (metric != NULL)
    metric->unsure = (unsigned)unsure;
}

static void collect_port(const pl_case *c, pl_metrics *metrics) {
  const pl_verdict *v = c->verdict;
  if (pl_case_any_measured(c, NULL)) {
    set_count(metrics, PL_METRIC_ADDRESSES, v->addresses, v->addresses_unsure);
    set_count(metrics, PL_METRIC_ADDRESSES_UP, v->addresses_up,
              v->addresses_unsure + pl_case_count_undecided(c, NULL));
  }
  const pl_attempt_result *slowest = pl_case_slowest(c);
  if (slowest != NULL) {
    set_time(metrics, PL_METRIC_CONNECT_TIME, slowest->connect_time);
    set_time(metrics, PL_METRIC_TLS_TIME, slowest->tls_time);
    set_time(metrics, PL_METRIC_FIRST_BYTE_TIME, slowest->first_byte_time);
    set_time(metrics, PL_METRIC_TIME, pl_attempt_total(slowest));
  }
  double days;
  if (pl_certificate_days(c, &days))
    pl_metrics_set(metrics, PL_METRIC_CERTIFICATE_DAYS, days);
  collect_zones(c, metrics);
}

/* The worst public address: open before unproven before blocked, then in address order. */
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
  unsigned shown = 0, stand = 0;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    shown += c->verdict->rivals[id].state != PL_RIVAL_STATE_NONE;
    stand += c->verdict->rivals[id].state >= PL_RIVAL_STATE_STANDS;
  }
  if (shown > 0) /* else no address shows a sign */
    pl_metrics_set(metrics, PL_METRIC_PUBLIC_RIVALS, stand);
  const pl_memory *memory = c->facts->memory;
  if (memory != NULL && memory->baseline.at != 0 && memory->baseline.at <= c->now)
    pl_metrics_set(metrics, PL_METRIC_PUBLIC_BASELINE_AGE, (double)(c->now - memory->baseline.at));
  const pl_target *worst = worst_public(c);
  for (unsigned i = 0; worst != NULL && i < worst->attempt_count; i++) {
    if (worst->attempts[i].http_status != 0)
      pl_metrics_set(metrics, PL_METRIC_PUBLIC_HTTP_STATUS, worst->attempts[i].http_status);
  }
}

void pl_metrics_collect(const pl_case *c) {
  pl_metrics *metrics = &c->verdict->metrics;
  add_all(c, metrics);
  set_time(metrics, PL_METRIC_SCHEDULING_DELAY, c->facts->scheduling_delay);
  if (c->facts->local_problem[0] != '\0') {
    pl_metrics_set(metrics, PL_METRIC_PUBLIC_VERDICT, PL_PUBLIC_UNPROVEN);
    return;
  }
  collect_state(c, metrics);
  collect_dns(c, metrics);
  if (c->verdict->checks[PL_CHECK_PORT].ran)
    collect_port(c, metrics);
  collect_public(c, metrics);
}
