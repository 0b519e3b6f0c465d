// Makes endpoints with everything that a round can see, and their verdicts.
#include "sample_run.h"
#include "judge/judge.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A fixture that fails is no test result. */
static void need(pl_status status) {
  if (status != PL_OK)
    abort();
}

static pl_addr address(const char *text) {
  pl_addr parsed;
  need(pl_addr_parse(text, &parsed));
  return parsed;
}

static void set_text(char *storage, size_t size, const char *text) {
  snprintf(storage, size, "%s", text);
}

#define SET(field, text) set_text((field), sizeof(field), (text))

void sample_metric(pl_verdict *verdict, pl_metric_id id, bool known, double value) {
  pl_metric *metric = NULL;
  for (size_t i = 0; i < verdict->metrics.count; i++) {
    if (verdict->metrics.items[i].id == id)
      metric = &verdict->metrics.items[i];
  }
  if (metric == NULL)
    metric = &verdict->metrics.items[verdict->metrics.count++];
  *metric = (pl_metric){.id = id, .known = known, .value = value};
}

void sample_finding(pl_verdict *verdict, pl_check check, pl_reason reason, pl_severity severity,
                    const char *text) {
  verdict->checks[check].ran = true;
  (void)pl_verdict_add(verdict, check, reason, severity, NULL, "%s", text);
  pl_severity worst = pl_severity_worst(verdict->severity, severity);
  if (worst != verdict->severity) {
    verdict->severity = worst;
    verdict->worst = check;
  }
}

static void start(sample *s, const char *name) {
  memset(s, 0, sizeof(*s));
  pl_spec_init(&s->spec);
  pl_facts_init(&s->facts);
  s->spec.name = strdup(name);
  s->spec.path = strdup("/v1/orgs/self");
  s->verdict.worst = PL_CHECK_COUNT;
  s->verdict.public_verdict = PL_PUBLIC_UNPROVEN;
  s->result = (pl_endpoint_result){
      .name = s->spec.name, .spec = &s->spec, .facts = &s->facts, .verdict = &s->verdict};
}

static void ran(sample *s, pl_check check, const char *summary) {
  s->verdict.checks[check].ran = true;
  SET(s->verdict.checks[check].summary, summary);
  s->spec.checks |= PL_CHECK_BIT(check);
  if (s->verdict.worst == PL_CHECK_COUNT)
    s->verdict.worst = check;
}

/* ---- facts ---------------------------------------------------------------------------------- */

static void add_dns(sample *s, bool public, pl_dns_type type, const char *resolver,
                    const char *answer) {
  pl_dns_fact *fact;
  need(public ? pl_facts_add_public_dns(&s->facts, &fact)
              : pl_facts_add_private_dns(&s->facts, &fact));
  fact->resolver = (pl_sockaddr){.address = address(resolver), .port = 53};
  fact->type = type;
  fact->outcome = answer != NULL ? PL_DNS_ANSWER : PL_DNS_NODATA;
  fact->elapsed = 2500 * PL_MSEC / 1000;
  if (answer == NULL)
    return;
  pl_addr parsed = address(answer);
  need(pl_addr_list_add(&fact->answers, &parsed));
  fact->ttl = 60;
  SET(fact->canonical, "target.example.net");
}

static void add_further(sample *s, const char *name, const char *answer) {
  need(pl_facts_add_further(&s->facts, name));
  pl_further *further = &s->facts.further[s->facts.further_count - 1];
  pl_addr parsed = address(answer);
  further->dns = calloc(1, sizeof(*further->dns));
  need(further->dns != NULL ? PL_OK : PL_ERR_MEMORY);
  further->dns_count = 1;
  further->dns[0] = (pl_dns_fact){
      .resolver = s->facts.private_dns[0].resolver, .type = PL_DNS_A, .elapsed = PL_MSEC};
  need(pl_addr_list_add(&further->dns[0].answers, &parsed));
}

static pl_certificate certificate(void) {
  pl_certificate c = {.seen = true,
                      .chain_ok = true,
                      .name_ok = true,
                      .time = PL_CERTIFICATE_VALID,
                      .not_before = 1767225600,
                      .not_after = 1798761600,
                      .issuer_not_before = 1735689600,
                      .issuer_not_after = 1830297600};
  SET(c.issuer_subject, "CN=Example Root");
  SET(c.subject, "CN=api.example.com");
  SET(c.issuer, "CN=Example CA \"R1\"");
  c.sha256[0] = 0xab;
  c.sha256[31] = 0x01;
  return c;
}

static pl_target *add_target(sample *s, pl_role role, const char *text, pl_end end,
                             unsigned http_status) {
  pl_target *target;
  need(pl_facts_add_target(&s->facts, role, &target));
  target->address = address(text);
  target->port = 443;
  target->origins =
      role == PL_ROLE_PUBLIC ? PL_ORIGIN_DNS : PL_ORIGIN_DNS | PL_ORIGIN_EC2 | PL_ORIGIN_OPTION;
  target->attempt_count = 1;
  pl_attempt_result *attempt = &target->attempts[0];
  pl_attempt_init(attempt);
  attempt->end = end;
  attempt->started = 10 * PL_SEC;
  attempt->ended = 10 * PL_SEC + 12 * PL_MSEC;
  if (http_status == 0)
    return target;
  attempt->local_port = 40001;
  attempt->connect_time = 3 * PL_MSEC;
  attempt->tls_time = 5 * PL_MSEC;
  attempt->first_byte_time = 4 * PL_MSEC;
  attempt->tls_version = 0x0304;
  attempt->http_status = (uint16_t)http_status;
  attempt->certificate = certificate();
  SET(attempt->http_note, "{\"message\": \"hello\"}");
  return target;
}

static void add_witness(sample *s) {
  pl_witness *witness;
  need(pl_facts_add_witness(&s->facts, &witness));
  SET(witness->host, "ec2.eu-central-1.amazonaws.com");
  witness->address = address("30.51.100.7");
  witness->port = 443;
  witness->results[0] = (pl_witness_result){.end = PL_END_TLS_DONE,
                                            .verified = true,
                                            .started = 9 * PL_SEC,
                                            .ended = 9 * PL_SEC + 20 * PL_MSEC};
  witness->result_count = 2;
  witness->results[1] =
      (pl_witness_result){.end = PL_END_SILENT, .started = 14 * PL_SEC, .ended = 17 * PL_SEC};
}

static void add_endpoint(sample *s) {
  need(pl_endpoint_create("vpce-0abc123def4567890", &s->endpoint));
  pl_endpoint *e = s->endpoint;
  e->outcome = PL_EC2_FOUND;
  e->known = true;
  e->state = PL_ENDPOINT_STATE_AVAILABLE;
  SET(e->state_text, "available");
  e->type = PL_ENDPOINT_TYPE_INTERFACE;
  SET(e->type_text, "Interface");
  SET(e->service_name, "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0");
  SET(e->vpc, "vpc-0123456789abcdef0");
  e->private_dns = PL_TRI_YES;
  e->dns_support = PL_TRI_NO;
  e->created = 1767225600;
  e->parts[PL_PART_GROUPS] = PL_PART_DENIED;
  e->parts[PL_PART_SUBNETS] = PL_PART_FAILED;
  e->interfaces = calloc(1, sizeof(*e->interfaces));
  e->dns_entries = calloc(1, sizeof(*e->dns_entries));
  e->zones = calloc(1, sizeof(*e->zones));
  if (e->interfaces == NULL || e->dns_entries == NULL || e->zones == NULL)
    abort();
  e->interface_count = e->dns_entry_count = e->zone_count = 1;
  e->zones_known = true;
  SET(e->zones[0], "eu-central-1a");
  SET(e->dns_entries[0].name, "api.example.com");
  SET(e->interfaces[0].id, "eni-0123456789abcdef0");
  SET(e->interfaces[0].subnet, "subnet-0123456789abcdef0");
  SET(e->interfaces[0].zone, "eu-central-1a");
  e->interfaces[0].addresses[0] = address("10.0.1.10");
  e->interfaces[0].address_count = 1;
  s->facts.endpoint = e;
}

/* ---- samples -------------------------------------------------------------------------------- */

static void add_open_metrics(pl_verdict *v) {
  sample_metric(v, PL_METRIC_STATUS, true, 2);
  sample_metric(v, PL_METRIC_PUBLIC_VERDICT, true, 1);
  sample_metric(v, PL_METRIC_PUBLIC_ALARM, true, 1);
  sample_metric(v, PL_METRIC_PUBLIC_HTTP_STATUS, true, 200);
  sample_metric(v, PL_METRIC_TIME, true, 0.012);
  sample_metric(v, PL_METRIC_CERTIFICATE_DAYS, false, 0);
}

void sample_open(sample *s) {
  start(s, "rockset-prod");
  s->spec.private_name = strdup("api.example.com");
  s->spec.tls_name = strdup("api.example.com");
  s->spec.public_name = strdup("api.euc1a1.rockset.com");
  s->spec.endpoint_id = strdup("vpce-0abc123def4567890");
  s->spec.region = strdup("eu-central-1");
  ran(s, PL_CHECK_STATE, "available, private DNS on, 3 zones");
  ran(s, PL_CHECK_DNS, "api.example.com -> 10.0.1.10, all the endpoint's own");
  ran(s, PL_CHECK_PORT, "1/1 up, slowest 12 ms, certificate 74 days");
  ran(s, PL_CHECK_PUBLIC, "1/2 addresses open");
  add_endpoint(s);
  add_dns(s, false, PL_DNS_A, "10.0.0.2", "10.0.1.10");
  s->facts.private_dns[0].system = true;
  s->facts.private_dns[0].over_tcp = true;
  s->facts.private_dns[0].superseded = true;
  add_further(s, "db.example.com", "10.0.1.10");
  add_dns(s, true, PL_DNS_A, "1.1.1.1", "52.58.0.11");
  add_dns(s, true, PL_DNS_AAAA, "2606:4700:4700::1111", NULL);
  pl_target *target = add_target(s, PL_ROLE_PRIVATE, "10.0.1.10", PL_END_HTTP_ANSWER, 200);
  SET(target->zone, "eu-central-1a");
  target->with_key = true;
  add_target(s, PL_ROLE_COUNTER, "10.0.1.10", PL_END_HTTP_ANSWER, 401);
  add_target(s, PL_ROLE_PUBLIC, "52.58.0.11", PL_END_HTTP_ANSWER, 200);
  target = add_target(s, PL_ROLE_PUBLIC, "30.113.0.9", PL_END_SILENT, 0);
  target->via = address("64:ff9b::30.113.0.9");
  target->attempts[0].retransmits = 1;
  target->attempts[1] = target->attempts[0];
  target->attempt_count = 2;
  add_witness(s);
  s->verdict.targets[0] = (pl_target_verdict){.judged = true, .up = true};
  s->verdict.targets[1] = (pl_target_verdict){.judged = true, .counter_proof = true};
  s->verdict.targets[2] = (pl_target_verdict){
      .judged = true, .public_class = PL_PUBLIC_OPEN, .reason = PL_REASON_PUBLIC_OPEN};
  s->verdict.public_verdict = PL_PUBLIC_OPEN;
  sample_finding(&s->verdict, PL_CHECK_STATE, PL_REASON_NONE, PL_SEVERITY_OK,
                 "not judged: the security groups");
  sample_finding(&s->verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_UNLISTED, PL_SEVERITY_UNKNOWN,
                 "public endpoint UNPROVEN: 30.113.0.9 no answer");
  sample_finding(&s->verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_OPEN, PL_SEVERITY_CRITICAL,
                 "public endpoint OPEN: api.euc1a1.rockset.com 52.58.0.11 answered HTTP 200");
  s->verdict.findings[2].address = address("52.58.0.11");
  add_open_metrics(&s->verdict);
}

void sample_unproven(sample *s) {
  start(s, "quiet");
  s->spec.public_name = strdup("api.example.com");
  s->spec.checks_named = PL_CHECK_BIT(PL_CHECK_PUBLIC);
  s->spec.skipped[PL_CHECK_DNS] = "not in --check";
  ran(s, PL_CHECK_PUBLIC, "nothing answered");
  s->verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_PUBLIC_NO_EGRESS;
  s->verdict.worst = PL_CHECK_PUBLIC;
  sample_metric(&s->verdict, PL_METRIC_STATUS, true, 0);
  sample_metric(&s->verdict, PL_METRIC_PUBLIC_VERDICT, true, 2);
}

void sample_fine(sample *s) {
  start(s, "fine");
  s->spec.private_name = strdup("api.example.com");
  s->spec.skipped[PL_CHECK_STATE] = "no --endpoint-id";
  s->spec.skipped[PL_CHECK_PUBLIC] = "no --public-name";
  ran(s, PL_CHECK_DNS, "api.example.com -> 10.0.1.10");
  s->verdict.worst = PL_CHECK_DNS;
  sample_metric(&s->verdict, PL_METRIC_STATUS, true, 0);
  sample_metric(&s->verdict, PL_METRIC_DNS_TIME, true, 0.0025);
}

void sample_unusable(sample *s) {
  start(s, "broken");
  pl_judge_unusable("/etc/privatelink.ini line 3: --port: '...' is not a port", &s->verdict);
  s->result.spec = NULL;
  s->result.facts = NULL;
}

void sample_free(sample *s) {
  pl_spec_free(&s->spec);
  pl_facts_free(&s->facts);
  pl_endpoint_unref(s->endpoint);
}

pl_run sample_run(const pl_endpoint_result *results, size_t count, bool batch) {
  return (pl_run){.results = results,
                  .count = count,
                  .batch = batch,
                  .version = "1.2.3",
                  .started = 1785585600,
                  .duration = 1234567 * (PL_SEC / 1000000)};
}
