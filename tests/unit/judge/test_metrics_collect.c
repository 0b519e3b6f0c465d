// Tests the metrics of a round and their thresholds.
#include "facts/endpoint.h"
#include "judge/thresholds.h"
#include "public_case.h"
#include "severities.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW 1700000000

static public_case k;
static pl_verdict v;
static pl_dns_fact private_dns[3];
static pl_addr private_answers[3][2];
static pl_endpoint endpoint;

static void setup(void) {
  case_init(&k, 1);
  k.spec.checks = PL_CHECK_ALL;
  k.spec.min_zones = 0;
  case_set_public(&k, 0, PL_FAMILY_IPV4, case_attempt(PL_END_SILENT, 0));
  memset(&endpoint, 0, sizeof(endpoint));
  memset(private_dns, 0, sizeof(private_dns));
  for (size_t i = 0; i < PL_COUNT_OF(private_dns); i++) {
    private_dns[i] = (pl_dns_fact){.resolver = {case_address(PL_FAMILY_IPV4, 50), 53},
                                   .type = PL_DNS_A,
                                   .outcome = PL_DNS_CUT,
                                   .elapsed = PL_NSEC_UNKNOWN,
                                   .answers.items = private_answers[i]};
  }
  k.facts.private_dns = private_dns;
}

static void judge(void) { pl_judge(&k.spec, &k.facts, NOW, &v); }

/* The metric's value; -1 where it is not known, -2 where there is none. */
static double value_of(pl_metric_id id) {
  const pl_metric *metric = pl_metrics_get_zone(&v.metrics, id, "");
  return metric == NULL ? -2 : metric->known ? metric->value : -1;
}

static void assert_value(pl_metric_id id, double expected) {
  double value = value_of(id);
  if (value < expected - 1e-9 || value > expected + 1e-9)
    fail_msg("%s is %f, not %f", pl_metric_info_at(id)->name, value, expected);
}

/* ---- which there are ------------------------------------------------------------------------ */

static void the_set_depends_on_the_configuration_alone(void **state) {
  (void)state;
  for (unsigned checks = 0; checks <= PL_CHECK_ALL; checks++) {
    for (unsigned bits = 0; bits < 4; bits++) {
      const bool priced = (bits & 1) != 0, remembers = (bits & 2) != 0;
      const pl_memory memory = {0};
      for (unsigned world = 0; world < 3; world++) { /* all seen, nothing seen, not run at all */
        setup();
        k.spec.checks = checks;
        k.spec.hourly_price = priced ? 0.01 : -1;
        k.facts.memory = remembers ? &memory : NULL;
        if (world == 1)
          k.facts.target_count = k.facts.public_dns_count = k.facts.witness_count = 0;
        if (world == 2)
          snprintf(k.facts.local_problem, sizeof(k.facts.local_problem), "x");
        judge();
        for (pl_metric_id id = 0; id < PL_METRIC_COUNT; id++) {
          pl_check of = pl_metric_info_at(id)->check;
          bool expected = of == PL_CHECK_COUNT || (checks & PL_CHECK_BIT(of)) != 0;
          if (id == PL_METRIC_HOURLY_COST && !priced)
            expected = false;
          if (id == PL_METRIC_PUBLIC_BASELINE_AGE && !remembers)
            expected = false;
          if ((pl_metrics_get_zone(&v.metrics, id, "") != NULL) != expected)
            fail_msg("%s, checks %u, world %u", pl_metric_info_at(id)->name, checks, world);
        }
      }
    }
  }
}

static void what_was_not_seen_is_not_known(void **state) {
  (void)state;
  setup();
  k.facts.target_count = k.facts.public_dns_count = k.facts.witness_count = 0;
  k.facts.scheduling_delay = PL_NSEC_UNKNOWN;
  k.spec.hourly_price = 0.01;
  judge();
  static const pl_metric_id unknown[] = {
      PL_METRIC_PUBLIC_ALARM,       PL_METRIC_PUBLIC_PROOF_AGE, PL_METRIC_PUBLIC_HTTP_STATUS,
      PL_METRIC_ENDPOINT_AVAILABLE, PL_METRIC_STATE_AGE,        PL_METRIC_ZONES,
      PL_METRIC_INTERFACES,         PL_METRIC_HOURLY_COST,      PL_METRIC_ADDRESSES_PUBLIC,
      PL_METRIC_DNS_TIME,           PL_METRIC_DNS_TTL,          PL_METRIC_CONNECT_TIME,
      PL_METRIC_TLS_TIME,           PL_METRIC_FIRST_BYTE_TIME,  PL_METRIC_TIME,
      PL_METRIC_CERTIFICATE_DAYS,   PL_METRIC_SCHEDULING_DELAY, PL_METRIC_ADDRESSES,
      PL_METRIC_ADDRESSES_UP,
  };
  for (size_t i = 0; i < PL_COUNT_OF(unknown); i++)
    assert_value(unknown[i], -1);
  assert_value(PL_METRIC_PUBLIC_ADDRESSES, 0);
  assert_value(PL_METRIC_PUBLIC_VERDICT, PL_PUBLIC_UNPROVEN);
}

/* ---- values --------------------------------------------------------------------------------- */

static void state_is_what_ec2_said_last(void **state) {
  (void)state;
  setup();
  k.spec.hourly_price = 0.01;
  k.facts.endpoint = &endpoint;
  k.facts.ended = T0 + 30 * PL_SEC;
  endpoint.known = true;
  endpoint.state = PL_ENDPOINT_STATE_AVAILABLE;
  endpoint.answered = T0;
  judge();
  assert_value(PL_METRIC_ENDPOINT_AVAILABLE, 1);
  assert_value(PL_METRIC_STATE_AGE, 30);
  assert_value(PL_METRIC_INTERFACES, -1); /* that part is not known */
  assert_value(PL_METRIC_ZONES, -1);
  assert_value(PL_METRIC_HOURLY_COST, -1);
  endpoint.state = PL_ENDPOINT_STATE_PENDING;
  endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  endpoint.zones_known = true;
  endpoint.zone_count = 3;
  char zones[3][32] = {"a", "b", "c"};
  endpoint.zones = zones;
  judge();
  assert_value(PL_METRIC_ENDPOINT_AVAILABLE, 0);
  assert_value(PL_METRIC_INTERFACES, 0);
  assert_value(PL_METRIC_ZONES, 3);
  assert_value(PL_METRIC_HOURLY_COST, 0.03);
  k.spec.hourly_price = -1;
  judge();
  assert_value(PL_METRIC_HOURLY_COST, -2);
}

static void dns_counts_the_slowest_and_each_leak_once(void **state) {
  (void)state;
  setup();
  k.facts.private_dns_count = 3;
  for (size_t i = 0; i < 2; i++) {
    private_dns[i].outcome = PL_DNS_ANSWER;
    private_dns[i].answers.count = 2;
    private_answers[i][0] = case_address(PL_FAMILY_IPV4, 7); /* public, from both */
    private_answers[i][1] = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 1, 10});
  }
  private_dns[0].elapsed = 2 * PL_MSEC;
  private_dns[0].ttl = 60;
  private_dns[1].elapsed = 5 * PL_MSEC;
  private_dns[1].ttl = 30;
  private_dns[2].outcome = PL_DNS_TIMEOUT; /* is no answer: its time and TTL say nothing */
  private_dns[2].elapsed = 3 * PL_SEC;
  judge();
  assert_value(PL_METRIC_ADDRESSES_PUBLIC, 1);
  assert_value(PL_METRIC_DNS_TIME, 0.005);
  assert_value(PL_METRIC_DNS_TTL, 30);
  /* A client waits for the resolver that is asked first. */
  private_dns[2].superseded = true;
  judge();
  assert_value(PL_METRIC_DNS_TIME, 3.005);
  private_dns[2].type = PL_DNS_AAAA; /* asked at the same time */
  judge();
  assert_value(PL_METRIC_DNS_TIME, 0.005);
  /* NXDOMAIN is an answer, and has no TTL of an address. */
  private_dns[0].outcome = private_dns[1].outcome = PL_DNS_NXDOMAIN;
  private_dns[0].answers.count = private_dns[1].answers.count = 0;
  judge();
  assert_value(PL_METRIC_ADDRESSES_PUBLIC, 0);
  assert_value(PL_METRIC_DNS_TIME, 0.005);
  assert_value(PL_METRIC_DNS_TTL, -1);
}

static pl_target *add_private(pl_end end, const char *zone, pl_nsec connect) {
  pl_target *target = &k.targets[k.facts.target_count];
  *target = (pl_target){.role = PL_ROLE_PRIVATE, .port = 443, .attempt_count = 1};
  target->address =
      pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 2, (uint8_t)(10 + k.facts.target_count++)});
  target->attempts[0] = case_attempt(end, 0);
  target->attempts[0].http_status = end == PL_END_HTTP_ANSWER ? 200 : 0;
  target->attempts[0].connect_time = connect;
  target->attempts[0].tls_time = 2 * PL_MSEC;
  snprintf(target->zone, sizeof(target->zone), "%s", zone);
  return target;
}

static double up_in(const char *zone) {
  for (size_t i = 0; i < v.metrics.count; i++) {
    if (v.metrics.items[i].id == PL_METRIC_ADDRESSES_UP &&
        strcmp(v.metrics.items[i].suffix, zone) == 0)
      return v.metrics.items[i].value;
  }
  return -2;
}

static void port_is_the_slowest_that_is_up(void **state) {
  (void)state;
  setup();
  k.facts.target_count = 0;
  add_private(PL_END_HTTP_ANSWER, "a", PL_MSEC);
  add_private(PL_END_HTTP_ANSWER, "b", 4 * PL_MSEC)->attempts[0].certificate.not_after =
      NOW + 86400;
  add_private(PL_END_SILENT, "b", 900 * PL_MSEC); /* down: its times are no times */
  add_private(PL_END_REFUSED, "c", PL_NSEC_UNKNOWN);
  judge();
  assert_value(PL_METRIC_ADDRESSES, 4);
  assert_value(PL_METRIC_ADDRESSES_UP, 2);
  assert_value(PL_METRIC_CONNECT_TIME, 0.004);
  assert_value(PL_METRIC_TLS_TIME, 0.002);
  assert_value(PL_METRIC_FIRST_BYTE_TIME, -1); /* not measured */
  assert_value(PL_METRIC_TIME, 0.006);
  assert_value(PL_METRIC_CERTIFICATE_DAYS, 1);
  assert_true(up_in("a") == 1 && up_in("b") == 1 && up_in("c") == 0 && up_in("d") == -2);
}

/* A fresh certificate of 90 days has 90 days left; one that has expired has less than 0. */
static void certificate_days_are_rounded(void **state) {
  (void)state;
  static const struct {
    int64_t seconds;
    double days;
  } rows[] = {
      {90 * 86400, 90},
      {90 * 86400 - 1, 90},
      {90 * 86400 - 4400, 89.9},
      {86400, 1},
      {86399, 1},
      {8640, 0.1},
      {4300, 0},
      {0, 0},
      {-1, -0.1},
      {-86400, -1},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    setup();
    k.facts.target_count = 0;
    add_private(PL_END_HTTP_ANSWER, "a", PL_MSEC)->attempts[0].certificate.not_after =
        NOW + rows[i].seconds;
    judge();
    assert_value(PL_METRIC_CERTIFICATE_DAYS, rows[i].days);
  }
}

static void public_http_status_is_the_worst_address_s(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_end ends[3];
    uint16_t status[3];
    double expected;
  } rows[] = {
      {"open before blocked",
       {PL_END_HTTP_ANSWER, PL_END_HTTP_ANSWER, PL_END_SILENT},
       {403, 200, 0},
       200},
      {"unproven before blocked: it has none",
       {PL_END_HTTP_ANSWER, PL_END_LOCAL, PL_END_SILENT},
       {403, 0, 0},
       -1},
      {"in address order",
       {PL_END_HTTP_ANSWER, PL_END_HTTP_ANSWER, PL_END_HTTP_ANSWER},
       {301, 200, 503},
       301},
      {"blocked", {PL_END_HTTP_ANSWER, PL_END_SILENT, PL_END_SILENT}, {403, 0, 0}, 403},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    setup();
    case_init(&k, 3);
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT) | PL_CHECK_BIT(PL_CHECK_PUBLIC);
    for (size_t j = 0; j < 3; j++) {
      pl_attempt_result attempt = case_attempt(rows[i].ends[j], 0);
      attempt.http_status = rows[i].status[j];
      attempt.signature = attempt.http_status == 403 ? 0 : -1;
      case_set_public(&k, j, PL_FAMILY_IPV4, attempt);
    }
    judge();
    if (value_of(PL_METRIC_PUBLIC_HTTP_STATUS) < rows[i].expected ||
        value_of(PL_METRIC_PUBLIC_HTTP_STATUS) > rows[i].expected)
      fail_msg("%s: %f", rows[i].name, value_of(PL_METRIC_PUBLIC_HTTP_STATUS));
    assert_value(PL_METRIC_PUBLIC_ADDRESSES, 3);
  }
}

static void more_zones_than_fit_are_left_out(void **state) {
  (void)state;
  setup();
  static pl_target many[PL_LIMIT_ADDRESSES];
  for (size_t i = 0; i < PL_COUNT_OF(many); i++) {
    many[i] = (pl_target){.role = PL_ROLE_PRIVATE, .port = 443};
    many[i].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 3, (uint8_t)i});
    snprintf(many[i].zone, sizeof(many[i].zone), "zone-%zu", i);
  }
  k.facts.targets = many;
  k.facts.target_count = PL_COUNT_OF(many);
  judge();
  assert_int_equal(v.metrics.count, PL_LIMIT_METRICS);
  assert_true(up_in("zone-0") == 0 && up_in("zone-63") == -2);
}

/* ---- thresholds ----------------------------------------------------------------------------- */

typedef struct limit {
  pl_metric_id metric;
  const char *range;
} limit;

static void set_limit(pl_thresholds *list, pl_threshold *item, const limit *l) {
  if (l->range == NULL)
    return;
  *item = (pl_threshold){.metric = (uint8_t)l->metric};
  assert_int_equal(pl_range_parse(l->range, &item->range), PL_OK);
  *list = (pl_thresholds){item, 1};
}

static void thresholds_only_raise(void **state) {
  (void)state;
  static const struct {
    const char *name;
    limit warning, critical;
    pl_end private_end;
    pl_check check; /* that is raised, or not */
    pl_severity severity;
    pl_reason reason;
    const char *finding; /* NULL: none of threshold */
  } rows[] = {
      {"inside its range",
       {PL_METRIC_ADDRESSES, "5"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_OK,
       PL_REASON_NONE,
       NULL},
      {"a warning",
       {PL_METRIC_ADDRESSES, "0"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_WARNING,
       PL_REASON_THRESHOLD,
       "addresses is 1, outside 0"},
      {"a unit",
       {PL_METRIC_TIME, "@0:1"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_WARNING,
       PL_REASON_THRESHOLD,
       "time is 0.006 s, inside @1"},
      {"critical before warning",
       {PL_METRIC_ADDRESSES, "0"},
       {PL_METRIC_ADDRESSES, "2:"},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_CRITICAL,
       PL_REASON_THRESHOLD,
       "addresses is 1, outside 2:"},
      {"a warning does not lower",
       {PL_METRIC_ADDRESSES, "0"},
       {0, NULL},
       PL_END_REFUSED,
       PL_CHECK_PORT,
       PL_SEVERITY_CRITICAL,
       PL_REASON_PORT_REFUSED,
       "addresses is 1, outside 0"},
      {"not known",
       {PL_METRIC_TIME, "10"},
       {0, NULL},
       PL_END_REFUSED,
       PL_CHECK_PORT,
       PL_SEVERITY_CRITICAL,
       PL_REASON_PORT_REFUSED,
       "time is not known"},
      {"not known, and nothing worse",
       {PL_METRIC_FIRST_BYTE_TIME, "10"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_UNKNOWN,
       PL_REASON_THRESHOLD,
       "first_byte_time is not known in this run"},
      {"of a check that does not run: counts for one that does",
       {PL_METRIC_ZONES, "2:"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_UNKNOWN,
       PL_REASON_THRESHOLD,
       "zones is not known in this run"},
      {"of no check",
       {PL_METRIC_SCHEDULING_DELAY, "@0:1"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_WARNING,
       PL_REASON_THRESHOLD,
       "scheduling_delay is 0 s"},
      {"on a status",
       {0, NULL},
       {PL_METRIC_PORT_STATUS, "@0:0"},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PORT,
       PL_SEVERITY_CRITICAL,
       PL_REASON_THRESHOLD,
       "port_status is 0"},
      {"of a history: not for this round alone to judge",
       {PL_METRIC_PUBLIC_ALARM, "0"},
       {0, NULL},
       PL_END_HTTP_ANSWER,
       PL_CHECK_PUBLIC,
       PL_SEVERITY_OK,
       PL_REASON_NONE,
       NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_threshold items[2];
    setup();
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT) | PL_CHECK_BIT(PL_CHECK_PUBLIC);
    pl_attempt_result *attempt = case_private(&k);
    *attempt = case_attempt(rows[i].private_end, 0);
    attempt->http_status = rows[i].private_end == PL_END_HTTP_ANSWER ? 200 : 0;
    attempt->connect_time = attempt->end == PL_END_HTTP_ANSWER ? 6 * PL_MSEC : PL_NSEC_UNKNOWN;
    set_limit(&k.spec.warning, &items[0], &rows[i].warning);
    set_limit(&k.spec.critical, &items[1], &rows[i].critical);
    judge();
    const pl_check_verdict *of_check = &v.checks[rows[i].check];
    if (of_check->severity != rows[i].severity || of_check->reason != rows[i].reason)
      fail_msg("%s: %s [%s]", rows[i].name, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason));
    bool found = rows[i].finding == NULL;
    for (size_t j = 0; j < v.finding_count; j++) {
      if (v.findings[j].reason == PL_REASON_THRESHOLD)
        found = rows[i].finding != NULL &&
                (found || strstr(v.findings[j].text, rows[i].finding) != NULL);
    }
    if (!found)
      fail_msg("%s: findings", rows[i].name);
    /* The status metrics tell what the thresholds made of it. */
    assert_value(PL_METRIC_PORT_STATUS, v.checks[PL_CHECK_PORT].severity);
    assert_value(PL_METRIC_STATUS, v.severity);
  }
}

/* The plugin adds its own metrics after the round; the check never does. */
static void a_zone_has_a_threshold_of_its_own(void **state) {
  (void)state;
  static const struct {
    const char *name, *zone, *range;
    pl_severity severity;
    bool known;
    const char *finding; /* NULL: none */
  } rows[] = {
      {"a zone that is up", "a", "1:", PL_SEVERITY_OK, true, NULL},
      {"too few of a zone", "a", "2:", PL_SEVERITY_WARNING, true,
       "addresses_up-a is 1, outside 2:"},
      {"a zone that is down", "c", "1:", PL_SEVERITY_WARNING, true,
       "addresses_up-c is 0, outside 1:"},
      {"a zone that nobody knows", "z", "0:", PL_SEVERITY_UNKNOWN, false,
       "addresses_up-z is not known in this run, so its range 0: could not be checked"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_threshold item = {.metric = PL_METRIC_ADDRESSES_UP};
    setup();
    k.facts.target_count = 0;
    add_private(PL_END_HTTP_ANSWER, "a", PL_MSEC);
    add_private(PL_END_HTTP_ANSWER, "b", PL_MSEC);
    add_private(PL_END_SILENT, "c", PL_MSEC);
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
    set_limit(&k.spec.warning, &item, &(limit){PL_METRIC_ADDRESSES_UP, rows[i].range});
    snprintf(item.zone, sizeof(item.zone), "%s", rows[i].zone);
    judge();
    const pl_metric *metric = pl_metrics_get_zone(&v.metrics, PL_METRIC_ADDRESSES_UP, rows[i].zone);
    bool said = rows[i].finding == NULL;
    for (size_t f = 0; f < v.finding_count; f++) {
      if (v.findings[f].reason == PL_REASON_THRESHOLD)
        said = rows[i].finding != NULL && strcmp(v.findings[f].text, rows[i].finding) == 0;
    }
    if (metric == NULL || metric->known != rows[i].known || !said)
      fail_msg("%s", rows[i].name);
    /* One zone is down in every row, which is a WARNING by itself. */
    if (v.checks[PL_CHECK_PORT].severity !=
        pl_severity_worst(rows[i].severity, PL_SEVERITY_WARNING))
      fail_msg("%s: %s", rows[i].name, pl_severity_name(v.checks[PL_CHECK_PORT].severity));
  }
}

/* An address that only this host's own failures kept from an answer is neither up nor down. */
static void local_failures_alone_are_no_count(void **state) {
  (void)state;
  static const pl_end local[] = {PL_END_CUT, PL_END_LOCAL, PL_END_FROZEN};
  pl_threshold item;
  setup();
  k.facts.target_count = 0;
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
  for (size_t i = 0; i < PL_COUNT_OF(local); i++)
    add_private(local[i], "a", PL_NSEC_UNKNOWN);
  set_limit(&k.spec.critical, &item, &(limit){PL_METRIC_ADDRESSES_UP, "1:"});
  judge();
  assert_value(PL_METRIC_ADDRESSES, -1);
  assert_value(PL_METRIC_ADDRESSES_UP, -1);
  assert_false(pl_metrics_get_zone(&v.metrics, PL_METRIC_ADDRESSES_UP, "a")->known);
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
  const pl_finding *last = &v.findings[v.finding_count - 1];
  assert_int_equal(last->reason, PL_REASON_THRESHOLD);
  assert_non_null(strstr(last->text, "addresses_up is not known in this run, so its range 1: could "
                                     "not be checked [port.local-failure]: "));
  assert_non_null(strstr(last->text, "cut by the run's time limit"));
  /* One real answer, up or down, makes a count, which may be higher. */
  add_private(PL_END_REFUSED, "b", PL_NSEC_UNKNOWN);
  judge();
  assert_value(PL_METRIC_ADDRESSES, 4);
  assert_value(PL_METRIC_ADDRESSES_UP, 0);
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
}

/* A range alerts on a part of the addresses only if the others cannot change that. */
static void a_count_of_a_part_is_a_lower_bound(void **state) {
  (void)state;
  static const struct {
    const char *name, *range, *zone;
    pl_end second;
    bool missing; /* EC2 did not name the endpoint's addresses */
    pl_severity severity;
    const char *says;
  } rows[] = {
      {"the second may be up", "2:", "", PL_END_CUT, false, PL_SEVERITY_UNKNOWN,
       "addresses_up is at least 1 and not known exactly in this run, so its range 2: could not be "
       "checked [port.local-failure]: "},
      {"it makes no difference", "3:", "", PL_END_CUT, false, PL_SEVERITY_CRITICAL,
       "addresses_up is 1, outside 3:"},
      {"enough without it", "1:", "", PL_END_CUT, false, PL_SEVERITY_OK, NULL},
      {"it would be too many", "1:1", "", PL_END_CUT, false, PL_SEVERITY_UNKNOWN, "at least 1"},
      {"it is down", "2:", "", PL_END_REFUSED, false, PL_SEVERITY_CRITICAL, "addresses_up is 1"},
      {"it is in another zone", "2:", "a", PL_END_CUT, false, PL_SEVERITY_CRITICAL,
       "addresses_up-a is 1"},
      {"it is down, and EC2 may have a third", "2:", "", PL_END_REFUSED, true, PL_SEVERITY_UNKNOWN,
       "[state.throttled]: the EC2 API throttles"},
      {"the same of a zone", "2:", "a", PL_END_REFUSED, true, PL_SEVERITY_UNKNOWN,
       "addresses_up-a"},
      {"enough, whatever EC2 has", "1:", "", PL_END_REFUSED, true, PL_SEVERITY_OK, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_threshold item;
    setup();
    k.facts.target_count = 0;
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
    add_private(PL_END_HTTP_ANSWER, "a", PL_MSEC);
    add_private(rows[i].second, "b", PL_NSEC_UNKNOWN);
    endpoint.outcome = PL_EC2_THROTTLED;
    k.facts.endpoint = &endpoint;
    k.spec.endpoint_id = rows[i].missing ? (char[]){"vpce-0abc"} : NULL;
    set_limit(&k.spec.critical, &item, &(limit){PL_METRIC_ADDRESSES_UP, rows[i].range});
    snprintf(item.zone, sizeof(item.zone), "%s", rows[i].zone);
    judge();
    const pl_finding *of_threshold = NULL;
    for (size_t f = 0; f < v.finding_count; f++) {
      if (v.findings[f].reason == PL_REASON_THRESHOLD)
        of_threshold = &v.findings[f];
    }
    pl_severity severity = of_threshold != NULL ? of_threshold->severity : PL_SEVERITY_OK;
    if (severity != rows[i].severity ||
        (rows[i].says != NULL && strstr(of_threshold->text, rows[i].says) == NULL))
      fail_msg("%s: %s %s", rows[i].name, pl_severity_name(severity),
               of_threshold != NULL ? of_threshold->text : "");
  }
}

/* The line of the check begins with the metric, its value and its range. */
static void a_threshold_leads_the_line(void **state) {
  (void)state;
  pl_threshold item;
  setup();
  k.facts.target_count = 0;
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
  add_private(PL_END_HTTP_ANSWER, "a", PL_MSEC);
  set_limit(&k.spec.warning, &item, &(limit){PL_METRIC_ADDRESSES_UP, "4:"});
  judge();
  const char *line = v.checks[PL_CHECK_PORT].summary;
  const char *begin = "addresses_up is 1, outside 4:; 1/1 up";
  assert_int_equal(strncmp(line, begin, strlen(begin)), 0);
}

/* A zone that the endpoint does not have has no address up; without all zones that is not known. */
static void a_zone_that_the_endpoint_lacks(void **state) {
  (void)state;
  static char zones[2][32] = {"eu-central-1a", "eu-central-1b"};
  static pl_interface interface = {.zone = "eu-central-1a", .address_count = 1};
  pl_threshold item;
  for (unsigned known = 0; known < 2; known++) {
    setup();
    k.facts.target_count = 0;
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
    interface.addresses[0] = add_private(PL_END_HTTP_ANSWER, "eu-central-1a", PL_MSEC)->address;
    endpoint.known = endpoint.zones_known = true;
    endpoint.parts[PL_PART_INTERFACES] = known ? PL_PART_KNOWN : PL_PART_FAILED;
    endpoint.zones = zones;
    endpoint.zone_count = 2;
    endpoint.interfaces = &interface;
    endpoint.interface_count = 1;
    k.facts.endpoint = &endpoint;
    set_limit(&k.spec.critical, &item, &(limit){PL_METRIC_ADDRESSES_UP, "1:"});
    snprintf(item.zone, sizeof(item.zone), "eu-central-1c");
    judge();
    assert_int_equal(v.severity, known ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN);
    assert_int_equal(v.checks[PL_CHECK_PORT].reason, PL_REASON_THRESHOLD);
  }
}

/* Without --region, the region is known only with the endpoint. */
static void a_zone_of_another_region(void **state) {
  (void)state;
  static const char *const regions[] = {"eu-central-1", "", "eu-west-1"};
  static char zones[1][32] = {"eu-central-1a"};
  pl_threshold item;
  for (size_t i = 0; i < PL_COUNT_OF(regions); i++) {
    setup();
    k.facts.target_count = 0;
    k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
    static pl_interface interface = {.zone = "eu-central-1a", .address_count = 1};
    interface.addresses[0] = add_private(PL_END_HTTP_ANSWER, "eu-central-1a", PL_MSEC)->address;
    endpoint.known = endpoint.zones_known = true;
    endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
    endpoint.zones = zones;
    endpoint.zone_count = 1;
    endpoint.interfaces = &interface;
    endpoint.interface_count = 1;
    snprintf(endpoint.region, sizeof(endpoint.region), "%s", regions[i]);
    k.facts.endpoint = &endpoint;
    set_limit(&k.spec.warning, &item, &(limit){PL_METRIC_ADDRESSES_UP, "0:5"});
    snprintf(item.zone, sizeof(item.zone), "eu-west-1a");
    judge();
    bool wrong = i == 0;
    assert_int_equal(v.severity, wrong ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_OK);
    const char *line = "addresses_up-eu-west-1a can't exist: there is no zone eu-west-1a in the "
                       "region eu-central-1; 1/1 up";
    if (wrong)
      assert_int_equal(strncmp(v.checks[PL_CHECK_PORT].summary, line, strlen(line)), 0);
  }
}

static void thresholds_of_a_history_come_after_it(void **state) {
  (void)state;
  pl_threshold item;
  setup();
  k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT) | PL_CHECK_BIT(PL_CHECK_PUBLIC);
  set_limit(&k.spec.critical, &item, &(limit){PL_METRIC_PUBLIC_PROOF_AGE, "600"});
  judge();
  assert_int_equal(v.severity, PL_SEVERITY_OK);
  pl_thresholds_apply_history(&k.spec, &v);
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
  judge();
  pl_metrics_set(&v.metrics, PL_METRIC_PUBLIC_PROOF_AGE, 60);
  pl_thresholds_apply_history(&k.spec, &v);
  assert_int_equal(v.severity, PL_SEVERITY_OK);
  pl_metrics_set(&v.metrics, PL_METRIC_PUBLIC_PROOF_AGE, 601);
  pl_thresholds_apply_history(&k.spec, &v);
  assert_int_equal(v.severity, PL_SEVERITY_CRITICAL);
  assert_int_equal(v.worst, PL_CHECK_PUBLIC);
  assert_value(PL_METRIC_PUBLIC_STATUS, PL_SEVERITY_CRITICAL);
  assert_value(PL_METRIC_STATUS, PL_SEVERITY_CRITICAL);
}

static void a_threshold_without_any_check_raises_nothing(void **state) {
  (void)state;
  pl_threshold item;
  setup();
  k.spec.checks = 0;
  set_limit(&k.spec.critical, &item, &(limit){PL_METRIC_TIME, "1"});
  judge();
  assert_int_equal(v.severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(v.finding_count, 0);
}

static void severities_are_those_of_the_documentation(void **state) {
  (void)state;
  severities_check("threshold");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_set_depends_on_the_configuration_alone),
      cmocka_unit_test(what_was_not_seen_is_not_known),
      cmocka_unit_test(state_is_what_ec2_said_last),
      cmocka_unit_test(dns_counts_the_slowest_and_each_leak_once),
      cmocka_unit_test(port_is_the_slowest_that_is_up),
      cmocka_unit_test(certificate_days_are_rounded),
      cmocka_unit_test(public_http_status_is_the_worst_address_s),
      cmocka_unit_test(more_zones_than_fit_are_left_out),
      cmocka_unit_test(thresholds_only_raise),
      cmocka_unit_test(a_zone_has_a_threshold_of_its_own),
      cmocka_unit_test(a_count_of_a_part_is_a_lower_bound),
      cmocka_unit_test(local_failures_alone_are_no_count),
      cmocka_unit_test(a_threshold_leads_the_line),
      cmocka_unit_test(a_zone_that_the_endpoint_lacks),
      cmocka_unit_test(a_zone_of_another_region),
      cmocka_unit_test(thresholds_of_a_history_come_after_it),
      cmocka_unit_test(a_threshold_without_any_check_raises_nothing),
      cmocka_unit_test(severities_are_those_of_the_documentation), /* of all before it */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
