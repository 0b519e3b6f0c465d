// Tests the `state` check: every row of the documented table, with its reason.
#include "facts/endpoint.h"
#include "judge/case.h"
#include "judge/judge.h"
#include "severities.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SET(field, text) snprintf(field, sizeof(field), "%s", text)
#define NOW 1700000000
#define SERVICE "com.amazonaws.vpce.eu-central-1.vpce-svc-0123"

/* What one case changes of an endpoint and a spec that are in order. */
typedef struct world {
  pl_spec spec;
  pl_facts facts;
  pl_endpoint endpoint;
  pl_verdict verdict;
  pl_rule rules[4];
  pl_cidr cidrs[1];
  char zones[3][32];
} world;

typedef struct row {
  const char *name;
  void (*change)(world *w);
  pl_severity severity;
  const char *reason;  /* of the check */
  const char *summary; /* part of the summary */
  const char *finding; /* part of any finding's text; NULL: not looked at */
} row;

static pl_cidr cidr(const char *text) {
  pl_cidr block;
  assert_int_equal(pl_cidr_parse(text, &block), PL_OK);
  return block;
}

static void setup(world *w) {
  memset(w, 0, sizeof(*w));
  pl_spec_init(&w->spec);
  w->spec.port = 443;
  w->spec.pending_grace = 900 * PL_SEC;
  w->spec.min_zones = 2;
  w->spec.private_dns = PL_EXPECT_DNS_ON;
  pl_facts_init(&w->facts);
  w->facts.endpoint = &w->endpoint;
  w->rules[0] = (pl_rule){PL_RULE_CIDR, cidr("10.0.0.0/16"), 443, 443};
  w->cidrs[0] = cidr("10.0.0.0/16");
  SET(w->zones[0], "eu-central-1a");
  SET(w->zones[1], "eu-central-1b");
  SET(w->zones[2], "eu-central-1c");
  pl_endpoint *e = &w->endpoint;
  e->outcome = PL_EC2_FOUND;
  e->known = true;
  SET(e->id, "vpce-0abc");
  e->state = PL_ENDPOINT_STATE_AVAILABLE;
  SET(e->state_text, "available");
  e->type = PL_ENDPOINT_TYPE_INTERFACE;
  SET(e->type_text, "Interface");
  SET(e->service_name, SERVICE);
  SET(e->vpc, "vpc-1");
  e->private_dns = PL_TRI_YES;
  e->dns_support = e->dns_hostnames = PL_TRI_YES;
  e->created = NOW - 86400;
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    e->parts[part] = PL_PART_KNOWN;
  e->rules = w->rules;
  e->rule_count = 1;
  e->vpc_cidrs = w->cidrs;
  e->vpc_cidr_count = 1;
  e->zones = w->zones;
  e->zone_count = 3;
  e->zones_known = true;
}

/* ---- the changes ---------------------------------------------------------------------------- */

static void nothing(world *w) { (void)w; }
static void not_asked(world *w) { w->facts.endpoint = NULL; }

static void outcome(world *w, pl_ec2_outcome value, const char *code, const char *message) {
  w->endpoint.outcome = value;
  w->endpoint.known = false;
  SET(w->endpoint.code, code);
  SET(w->endpoint.message, message);
}
static void not_found(world *w) { outcome(w, PL_EC2_NOT_FOUND, "", ""); }
static void unreachable(world *w) { outcome(w, PL_EC2_UNREACHABLE, "", "connection refused"); }
static void cut(world *w) { outcome(w, PL_EC2_CUT, "", ""); }
static void throttled(world *w) { outcome(w, PL_EC2_THROTTLED, "RequestLimitExceeded", ""); }
static void denied(world *w) {
  outcome(w, PL_EC2_DENIED, "UnauthorizedOperation", "You are not authorized");
  SET(w->endpoint.denied, "ec2:DescribeVpcEndpoints");
}
static void no_credentials(world *w) { outcome(w, PL_EC2_NO_CREDENTIALS, "", "none found"); }
static void expired_credentials(world *w) {
  outcome(w, PL_EC2_BAD_CREDENTIALS, "RequestExpired", "");
}
static void refused(world *w) { outcome(w, PL_EC2_REFUSED, "OptInRequired", ""); }
static void unusable(world *w) { outcome(w, PL_EC2_UNUSABLE, "", "no region is known"); }
static void region(world *w) {
  not_found(w);
  w->spec.region = strdup("eu-central-1");
}

static void state(world *w, const char *text) {
  w->endpoint.state = pl_endpoint_state_parse(text);
  SET(w->endpoint.state_text, text);
}
static void available_upper(world *w) { state(w, "Available"); }
static void pending_young(world *w) {
  state(w, "pending");
  w->endpoint.created = NOW - 900;
}
static void pending_old(world *w) {
  state(w, "Pending");
  w->endpoint.created = NOW - 901;
}
static void pending_short(world *w) {
  pending_old(w);
  w->spec.pending_grace = 30 * PL_SEC;
  w->endpoint.created = NOW - 60;
}
static void pending_ancient(world *w) {
  pending_old(w);
  w->endpoint.created = NOW - 40 * 86400;
}
static void pending_hours(world *w) {
  pending_old(w);
  w->endpoint.created = NOW - 48 * 3600 + 1;
}
static void pending_first_seen(world *w) {
  pending_old(w);
  w->endpoint.pending_since = NOW - 10;
}
static void pending_first_seen_old(world *w) {
  pending_young(w);
  w->endpoint.pending_since = NOW - 1000;
}
static void pending_future(world *w) {
  state(w, "pending");
  w->endpoint.created = NOW + 30;
}
static void pending_no_date(world *w) {
  state(w, "pending");
  w->endpoint.created = 0;
}
static void port(world *w, size_t up, size_t all) {
  w->verdict.checks[PL_CHECK_PORT].ran = true;
  w->verdict.addresses = all;
  w->verdict.addresses_up = up;
}
static void not_found_up(world *w) {
  not_found(w);
  port(w, 3, 3);
}
static void pending_works(world *w) {
  pending_old(w);
  port(w, 3, 3);
}
static void pending_half(world *w) {
  pending_old(w);
  port(w, 2, 3);
}
static void pending_too_few(world *w) {
  static pl_target targets[3]; /* of role PRIVATE */
  pending_half(w);
  w->spec.min_up = 3;
  w->facts.targets = targets;
  w->facts.target_count = 3;
  w->verdict.targets[0] = (pl_target_verdict){.judged = true, .reason = PL_REASON_PORT_REFUSED};
}
static void pending_not_sure(world *w) {
  pending_too_few(w);
  w->verdict.targets[1] =
      (pl_target_verdict){.judged = true, .counted = true, .reason = PL_REASON_PORT_LOCAL_FAILURE};
}
static void pending_not_all_known(world *w) {
  pending_too_few(w);
  w->verdict.addresses_unsure = 1;
}
static void pending_no_address(world *w) {
  pending_old(w);
  port(w, 0, 0);
}
static void acceptance_young(world *w) {
  state(w, "pendingAcceptance");
  w->endpoint.created = NOW - 1;
}
static void acceptance_old(world *w) { state(w, "PendingAcceptance"); }
static void acceptance_works(world *w) {
  acceptance_old(w);
  port(w, 3, 3);
}
static void rejected(world *w) { state(w, "rejected"); }
static void failed(world *w) {
  state(w, "failed");
  SET(w->endpoint.failure, "InternalError: no capacity");
}
static void expired(world *w) { state(w, "expired"); }
static void deleting(world *w) { state(w, "deleting"); }
static void deleted(world *w) {
  state(w, "deleted");
  w->endpoint.zone_count = 0;
}
static void partial(world *w) { state(w, "partial"); }
static void new_state(world *w) { state(w, "hibernating"); }
static void empty_state(world *w) { state(w, ""); }

static void service_right(world *w) { w->spec.service_name = strdup(SERVICE); }
static void service_wrong(world *w) { w->spec.service_name = strdup("com.amazonaws.eu-west-1.s3"); }
static void rejected_service_wrong(world *w) {
  rejected(w);
  service_wrong(w);
}
static void dns_off(world *w) { w->endpoint.private_dns = PL_TRI_NO; }
static void dns_unsaid(world *w) { w->endpoint.private_dns = PL_TRI_UNKNOWN; }
static void dns_wanted_off(world *w) { w->spec.private_dns = PL_EXPECT_DNS_OFF; }
static void dns_off_as_wanted(world *w) {
  dns_off(w);
  dns_wanted_off(w);
}
static void dns_off_any(world *w) {
  dns_off(w);
  w->spec.private_dns = PL_EXPECT_DNS_ANY;
}
static void support_off(world *w) { w->endpoint.dns_support = PL_TRI_NO; }
static void hostnames_off(world *w) { w->endpoint.dns_hostnames = PL_TRI_NO; }
static void both_off(world *w) {
  support_off(w);
  hostnames_off(w);
}
static void vpc_off_dns_off(world *w) {
  both_off(w);
  dns_off_any(w);
}
static void attributes_denied(world *w) {
  w->endpoint.parts[PL_PART_VPC_DNS] = PL_PART_DENIED;
  w->endpoint.dns_support = w->endpoint.dns_hostnames = PL_TRI_UNKNOWN;
}

static void no_rule(world *w) { w->endpoint.rule_count = 0; }
static void other_port(world *w) { w->rules[0].first_port = w->rules[0].last_port = 5432; }
static void port_in_range(world *w) {
  w->rules[0].first_port = 0;
  w->rules[0].last_port = 65535;
}
static void range_ends_before(world *w) {
  w->rules[0].first_port = 1;
  w->rules[0].last_port = 442;
}
static void elsewhere(world *w) { w->rules[0].cidr = cidr("192.168.0.0/16"); }
static void anywhere(world *w) { w->rules[0].cidr = cidr("0.0.0.0/0"); }
static void one_host(world *w) { w->rules[0].cidr = cidr("10.0.3.4/32"); }
static void ipv6_only_rule(world *w) { w->rules[0].cidr = cidr("::/0"); }
static void prefix_list(world *w) { w->rules[0].source = PL_RULE_PREFIX_LIST; }
static void other_group(world *w) { w->rules[0].source = PL_RULE_OTHER_GROUP; }
static void own_group(world *w) { w->rules[0].source = PL_RULE_OWN_GROUP; }
static void own_group_port_up(world *w) {
  own_group(w);
  port(w, 1, 3);
}
static void second_rule_admits(world *w) {
  own_group(w);
  w->rules[1] = (pl_rule){PL_RULE_CIDR, cidr("10.0.0.0/8"), 400, 500};
  w->endpoint.rule_count = 2;
}
static void groups_denied(world *w) {
  no_rule(w);
  w->endpoint.parts[PL_PART_GROUPS] = PL_PART_DENIED;
}
static void groups_failed(world *w) {
  no_rule(w);
  w->endpoint.parts[PL_PART_GROUPS] = PL_PART_FAILED;
}
static void cidrs_denied(world *w) {
  elsewhere(w);
  w->endpoint.vpc_cidr_count = 0;
  w->endpoint.parts[PL_PART_VPC_CIDRS] = PL_PART_DENIED;
}
static void rules_truncated(world *w) {
  no_rule(w);
  w->endpoint.truncated = true;
}

static void one_zone(world *w) { w->endpoint.zone_count = 1; }
static void two_zones(world *w) { w->endpoint.zone_count = 2; }
static void one_zone_wanted(world *w) {
  one_zone(w);
  w->spec.min_zones = 1;
}
static void zones_denied(world *w) {
  w->endpoint.zones_known = false;
  w->endpoint.zone_count = 0;
  w->endpoint.parts[PL_PART_INTERFACES] = PL_PART_DENIED;
  w->endpoint.parts[PL_PART_SUBNETS] = PL_PART_DENIED;
}
static void gateway(world *w) {
  w->endpoint.type = PL_ENDPOINT_TYPE_GATEWAY;
  SET(w->endpoint.type_text, "Gateway");
  one_zone(w);
}
static void gateway_dns(world *w) {
  gateway(w);
  dns_off(w);
}

/* ---- PrivateLink of 2026 ---- */

static void type(world *w, pl_endpoint_type kind, const char *text) {
  w->endpoint.type = kind;
  memcpy(w->endpoint.type_text, text, strlen(text) + 1);
}
static void load_balancer(world *w) {
  type(w, PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER, "GatewayLoadBalancer");
  w->endpoint.private_dns = PL_TRI_UNKNOWN;
  w->endpoint.rule_count = 0;
}
static void load_balancer_elsewhere(world *w) {
  load_balancer(w);
  w->spec.service_name = strdup("another");
}
static void future_type(world *w) { type(w, PL_ENDPOINT_TYPE_UNKNOWN, "Tunnel"); }
static void resource(world *w) {
  static pl_association association;
  association = (pl_association){.accessibility = "AVAILABLE", .private_name = "db.example.com"};
  type(w, PL_ENDPOINT_TYPE_RESOURCE, "Resource");
  w->endpoint.service_name[0] = '\0';
  w->endpoint.associations = &association;
  w->endpoint.association_count = 1;
}
static void network(world *w) {
  resource(w);
  type(w, PL_ENDPOINT_TYPE_SERVICE_NETWORK, "ServiceNetwork");
}
static void resource_named(world *w) {
  resource(w);
  w->spec.service_name = strdup("of the preset");
}
static void resource_failed(world *w) {
  resource(w);
  SET(w->endpoint.associations->accessibility, "FAILED");
  SET(w->endpoint.associations->failure_code, "Gone");
  SET(w->endpoint.associations->failure, "the target is gone");
}
static void resource_pending(world *w) {
  resource(w);
  SET(w->endpoint.associations->accessibility, "PENDING");
}
static void resource_future(world *w) {
  resource(w);
  SET(w->endpoint.associations->accessibility, "RESTING");
}
static void resource_none(world *w) {
  resource(w);
  w->endpoint.association_count = 0;
}
static void resource_denied(world *w) {
  resource_none(w);
  w->endpoint.parts[PL_PART_ASSOCIATIONS] = PL_PART_DENIED;
}
static void preference(world *w, const char *text, const char *domain) {
  static pl_dns_entry entry;
  resource(w);
  memset(&entry, 0, sizeof(entry));
  memcpy(entry.name, domain, strlen(domain) + 1);
  memcpy(w->endpoint.dns_preference, text, strlen(text) + 1);
  w->endpoint.dns_domains = &entry;
  w->endpoint.dns_domain_count = 1;
}
static void covered(world *w) { preference(w, "SPECIFIED_DOMAINS_ONLY", "*.example.com"); }
static void covered_exactly(world *w) { preference(w, "SPECIFIED_DOMAINS_ONLY", "DB.example.com"); }
static void uncovered(world *w) { preference(w, "SPECIFIED_DOMAINS_ONLY", "b.example.com"); }
static void uncovered_any(world *w) {
  uncovered(w);
  w->spec.private_dns = PL_EXPECT_DNS_ANY;
}
static void verified(world *w) {
  preference(w, "VERIFIED_DOMAINS_AND_SPECIFIED_DOMAINS", "other.example");
}
static void service_region(world *w) {
  SET(w->endpoint.region, "eu-central-1");
  SET(w->endpoint.service_region, "us-east-1");
}
static void service_region_wanted(world *w) {
  service_region(w);
  w->spec.service_region = strdup("us-east-1");
}
static void service_region_other(world *w) {
  service_region(w);
  w->spec.service_region = strdup("eu-west-1");
}
static void service_region_own(world *w) {
  SET(w->endpoint.region, "eu-central-1");
  w->spec.service_region = strdup("us-east-1");
}
static void last_error(world *w) {
  SET(w->endpoint.failure_code, "InsufficientCapacity");
  SET(w->endpoint.failure, "try later");
}
static void failed_code(world *w) {
  state(w, "failed");
  last_error(w);
}
static void offered(world *w) {
  dns_off(w);
  w->spec.private_dns = PL_EXPECT_DNS_ANY;
  SET(w->endpoint.offered_name, "api.example.com");
  SET(w->endpoint.unused_zones, "eu-central-1d");
}
static void more_names(world *w) {
  static pl_dns_entry entries[4];
  SET(entries[0].name, "vpce-1.vpce-svc-1.eu-central-1.vpce.amazonaws.com");
  SET(entries[1].name, "*.example.com");
  SET(entries[2].name, "one.example.com");
  SET(entries[3].name, "two.example.com");
  w->endpoint.dns_entries = entries;
  w->endpoint.dns_entry_count = 4;
}
static void more_names_given(world *w) {
  more_names(w);
  w->spec.private_name = strdup("Two.example.com");
}
static void more_names_asked(world *w) {
  more_names(w);
  w->spec.checks |= PL_CHECK_BIT(PL_CHECK_DNS);
}
static void more_names_skipped(world *w) {
  more_names_asked(w);
  w->spec.further_names = PL_FURTHER_SKIP;
}
static void more_names_excluded(world *w) {
  more_names_asked(w);
  w->spec.private_dns = PL_EXPECT_DNS_ANY;
  SET(w->endpoint.dns_preference, "SPECIFIED_DOMAINS_ONLY");
}
static void ipv4_records(world *w) { SET(w->endpoint.record_type, "ipv4"); }
static void inbound(world *w) { w->endpoint.inbound_only = PL_TRI_YES; }
static void elsewhere_up(world *w) {
  elsewhere(w);
  port(w, 3, 3);
}
static void elsewhere_half(world *w) {
  elsewhere(w);
  port(w, 2, 3);
}
static void clients(world *w, const char *range) {
  static pl_cidr ranges[1];
  ranges[0] = cidr(range);
  w->spec.client_ranges = (pl_cidrs){ranges, 1};
}
static void clients_in(world *w) { clients(w, "10.0.7.0/24"); }
static void clients_out(world *w) { clients(w, "192.168.0.0/16"); }
static void clients_part(world *w) { clients(w, "10.0.0.0/15"); }
static void clients_by_halves(world *w) {
  w->rules[0].cidr = cidr("10.0.0.0/17");
  w->rules[1] = (pl_rule){PL_RULE_CIDR, cidr("10.0.128.0/17"), 443, 443};
  w->endpoint.rule_count = 2;
  clients(w, "10.0.0.0/16");
}
static void clients_by_list(world *w) {
  w->rules[0].source = PL_RULE_PREFIX_LIST;
  clients_out(w);
}
static void clients_ipv6(world *w) { clients(w, "fd00::/8"); }

/* The VPC has both families, and the rule is for all of one. */
static void rule_for_ipv6(world *w, const char *type) {
  w->rules[0].cidr = cidr("::/0");
  w->cidrs[0] = cidr("2001:db8::/56");
  SET(w->endpoint.ip_address_type, type);
}
static void ipv6_rule_ipv4(world *w) { rule_for_ipv6(w, "ipv4"); }
static void ipv6_rule_dualstack(world *w) { rule_for_ipv6(w, "dualstack"); }
static void ipv6_rule_unsaid(world *w) { rule_for_ipv6(w, ""); }
static void ipv4_rule_ipv6(world *w) { SET(w->endpoint.ip_address_type, "IPv6"); }

static const row rows[] = {
    {"rule for IPv6, endpoint with IPv4", ipv6_rule_ipv4, PL_SEVERITY_WARNING,
     "state.security-group", "only for the IP family that the endpoint lacks on port 443", NULL},
    {"rule for IPv6, dualstack", ipv6_rule_dualstack, PL_SEVERITY_OK, "", "available", NULL},
    {"rule for IPv6, type not said", ipv6_rule_unsaid, PL_SEVERITY_OK, "", "available", NULL},
    {"rule for IPv4, endpoint with IPv6", ipv4_rule_ipv6, PL_SEVERITY_WARNING,
     "state.security-group", "that the endpoint lacks", NULL},
    {"load balancer", load_balancer, PL_SEVERITY_OK, "", "available", "no public side"},
    {"load balancer of another service", load_balancer_elsewhere, PL_SEVERITY_CRITICAL,
     "state.service-name", "expected another", NULL},
    {"type of the future", future_type, PL_SEVERITY_UNKNOWN, "state.type", "Tunnel", NULL},
    {"resource", resource, PL_SEVERITY_OK, "", "available, private DNS on, 3 zones", NULL},
    {"service network", network, PL_SEVERITY_OK, "", "available", NULL},
    {"resource, service name of a preset", resource_named, PL_SEVERITY_OK, "", "available", NULL},
    {"resource failed", resource_failed, PL_SEVERITY_CRITICAL, "state.association",
     "resource db.example.com is FAILED: Gone: the target is gone", NULL},
    {"resource pending", resource_pending, PL_SEVERITY_WARNING, "state.association", "PENDING",
     NULL},
    {"resource of the future", resource_future, PL_SEVERITY_UNKNOWN, "state.association", "RESTING",
     NULL},
    {"no resource", resource_none, PL_SEVERITY_UNKNOWN, "state.association", "no resource", NULL},
    {"resources denied", resource_denied, PL_SEVERITY_OK, "",
     "not allowed: ec2:DescribeVpcEndpointAssociations", "not judged: the resources"},
    {"name covered", covered, PL_SEVERITY_OK, "", "available", "only some domains (preference"},
    {"name covered exactly", covered_exactly, PL_SEVERITY_OK, "", "available", NULL},
    {"name not covered", uncovered, PL_SEVERITY_CRITICAL, "state.private-dns",
     "private DNS does not cover db.example.com (preference SPECIFIED_DOMAINS_ONLY)", NULL},
    {"name not covered, no matter", uncovered_any, PL_SEVERITY_OK, "", "available",
     "not db.example.com"},
    {"verified domains are not known", verified, PL_SEVERITY_OK, "", "available", "VERIFIED"},
    {"another region", service_region, PL_SEVERITY_OK, "", "available",
     "another region, us-east-1"},
    {"another region as wanted", service_region_wanted, PL_SEVERITY_OK, "", "available", NULL},
    {"another region, not that one", service_region_other, PL_SEVERITY_CRITICAL,
     "state.service-name", "its service is in us-east-1, expected eu-west-1", NULL},
    {"own region, not wanted", service_region_own, PL_SEVERITY_CRITICAL, "state.service-name",
     "its service is in eu-central-1, expected us-east-1", NULL},
    {"last error while available", last_error, PL_SEVERITY_OK, "",
     "last error: InsufficientCapacity: try later", NULL},
    {"failed with a code", failed_code, PL_SEVERITY_CRITICAL, "state.failed",
     "failed: InsufficientCapacity: try later", NULL},
    {"private DNS is offered", offered, PL_SEVERITY_OK, "", "available",
     "the provider offers private DNS for api.example.com, and it is off"},
    {"zones of the service", offered, PL_SEVERITY_OK, "", "available", "also in eu-central-1d"},
    {"several private names", more_names, PL_SEVERITY_OK, "", "available",
     "not checked here: *.example.com, two.example.com"},
    {"several private names, one given", more_names_given, PL_SEVERITY_OK, "", "available",
     "not checked here: *.example.com, one.example.com"},
    {"several private names, all asked for", more_names_asked, PL_SEVERITY_OK, "", "available",
     "not checked here: *.example.com"},
    {"several private names, each in a section", more_names_skipped, PL_SEVERITY_OK, "",
     "available", "not checked here: *.example.com, two.example.com"},
    {"several private names, none covered", more_names_excluded, PL_SEVERITY_OK, "", "available",
     "not checked here: *.example.com, two.example.com"},
    {"IPv4 records", ipv4_records, PL_SEVERITY_OK, "", "available", "no AAAA, by design"},
    {"inbound endpoints only", inbound, PL_SEVERITY_OK, "", "available", "by design"},
    {"rule for elsewhere, port up", elsewhere_up, PL_SEVERITY_OK, "", "available",
     "but every address is up"},
    {"rule for elsewhere, port half up", elsewhere_half, PL_SEVERITY_WARNING,
     "state.security-group", "no rule for the VPC's addresses", NULL},
    {"clients admitted", clients_in, PL_SEVERITY_OK, "", "available", NULL},
    {"clients not admitted", clients_out, PL_SEVERITY_WARNING, "state.security-group",
     "does not admit all of 192.168.0.0/16 on port 443", NULL},
    {"clients admitted in part", clients_part, PL_SEVERITY_WARNING, "state.security-group",
     "10.0.0.0/15", NULL},
    {"clients admitted by two rules", clients_by_halves, PL_SEVERITY_OK, "", "available", NULL},
    {"clients of a prefix list", clients_by_list, PL_SEVERITY_OK, "", "available",
     "not judged: whether"},
    {"clients over IPv6", clients_ipv6, PL_SEVERITY_WARNING, "state.security-group", "fd00::/8",
     NULL},
    {"in order", nothing, PL_SEVERITY_OK, "", "available, private DNS on, 3 zones", NULL},
    {"not asked", not_asked, PL_SEVERITY_UNKNOWN, "state.api", "has not answered", NULL},
    {"not found", not_found, PL_SEVERITY_CRITICAL, "state.not-found", "account and region", NULL},
    {"not found, but the port is up: a shared VPC?", not_found_up, PL_SEVERITY_CRITICAL,
     "state.not-found", "only the owner sees the endpoint", NULL},
    {"not found, region named", region, PL_SEVERITY_CRITICAL, "state.not-found",
     "no endpoint vpce-0abc in this account in eu-central-1", NULL},
    {"unreachable", unreachable, PL_SEVERITY_UNKNOWN, "state.api", "connection refused", NULL},
    {"cut", cut, PL_SEVERITY_UNKNOWN, "state.api", "no answer before the deadline", NULL},
    {"throttled", throttled, PL_SEVERITY_UNKNOWN, "state.throttled", "RequestLimitExceeded", NULL},
    {"denied", denied, PL_SEVERITY_UNKNOWN, "state.denied", "ec2:DescribeVpcEndpoints", NULL},
    {"no credentials", no_credentials, PL_SEVERITY_UNKNOWN, "state.credentials", "none found",
     NULL},
    {"expired credentials", expired_credentials, PL_SEVERITY_UNKNOWN, "state.credentials",
     "RequestExpired", NULL},
    {"refused", refused, PL_SEVERITY_UNKNOWN, "state.api", "OptInRequired", NULL},
    {"no region", unusable, PL_SEVERITY_UNKNOWN, "state.api", "no region", NULL},

    {"Available", available_upper, PL_SEVERITY_OK, "", "Available", NULL},
    {"pending in grace", pending_young, PL_SEVERITY_WARNING, "state.pending", "pending, created",
     NULL},
    {"pending past grace, port not checked: an edit looks the same", pending_old,
     PL_SEVERITY_UNKNOWN, "state.pending", "created 15 min ago; an edit", NULL},
    {"pending past a short grace, and hardly older: it never was available", pending_short,
     PL_SEVERITY_CRITICAL, "state.pending", "created 1 min ago", NULL},
    {"pending, created long ago", pending_ancient, PL_SEVERITY_UNKNOWN, "state.pending",
     "created 40 days ago", NULL},
    {"pending, created hours ago", pending_hours, PL_SEVERITY_UNKNOWN, "state.pending",
     "created 47 h ago", NULL},
    {"pending, seen so lately", pending_first_seen, PL_SEVERITY_WARNING, "state.pending",
     "first seen 0 min ago", NULL},
    {"pending, seen so long", pending_first_seen_old, PL_SEVERITY_CRITICAL, "state.pending",
     "first seen 16 min ago", NULL},
    {"pending, created in the future", pending_future, PL_SEVERITY_WARNING, "state.pending",
     "0 min", NULL},
    {"pending, no date", pending_no_date, PL_SEVERITY_UNKNOWN, "state.pending", "pending", NULL},
    {"pending past grace, all up", pending_works, PL_SEVERITY_WARNING, "state.pending",
     "3 of 3 addresses are up", NULL},
    {"pending past grace, one down, enough up", pending_half, PL_SEVERITY_WARNING, "state.pending",
     "2 of 3 addresses are up", NULL},
    {"pending past grace, fewer up than wanted", pending_too_few, PL_SEVERITY_CRITICAL,
     "state.pending", "pending", NULL},
    {"pending past grace, one of three may be up", pending_not_sure, PL_SEVERITY_UNKNOWN,
     "state.pending", "and port could not count the addresses that are up", NULL},
    {"pending past grace, EC2 may have more", pending_not_all_known, PL_SEVERITY_UNKNOWN,
     "state.pending", "and port could not count the addresses that are up", NULL},
    {"pending past grace, no address", pending_no_address, PL_SEVERITY_UNKNOWN, "state.pending",
     "pending", NULL},
    {"acceptance in grace", acceptance_young, PL_SEVERITY_WARNING, "state.pending-acceptance",
     "provider", NULL},
    {"acceptance past grace", acceptance_old, PL_SEVERITY_CRITICAL, "state.pending-acceptance",
     "24 h", NULL},
    {"acceptance past grace, all up", acceptance_works, PL_SEVERITY_CRITICAL,
     "state.pending-acceptance", "provider", NULL},
    {"rejected", rejected, PL_SEVERITY_CRITICAL, "state.rejected", "is rejected", NULL},
    {"failed", failed, PL_SEVERITY_CRITICAL, "state.failed", "no capacity", NULL},
    {"expired", expired, PL_SEVERITY_CRITICAL, "state.expired", "is expired", NULL},
    {"deleting", deleting, PL_SEVERITY_CRITICAL, "state.deleted", "is deleting", NULL},
    {"deleted", deleted, PL_SEVERITY_CRITICAL, "state.deleted", "is deleted", NULL},
    {"partial", partial, PL_SEVERITY_UNKNOWN, "state.unknown", "is partial", NULL},
    {"a new state", new_state, PL_SEVERITY_UNKNOWN, "state.unknown", "is hibernating", NULL},
    {"no state", empty_state, PL_SEVERITY_UNKNOWN, "state.unknown", "without a state", NULL},

    {"right service", service_right, PL_SEVERITY_OK, "", "available", NULL},
    {"wrong service", service_wrong, PL_SEVERITY_CRITICAL, "state.service-name",
     "expected com.amazonaws.eu-west-1.s3", NULL},
    {"rejected, and wrong service", rejected_service_wrong, PL_SEVERITY_CRITICAL, "state.rejected",
     "is rejected", "expected com.amazonaws.eu-west-1.s3"},
    {"private DNS off", dns_off, PL_SEVERITY_CRITICAL, "state.private-dns", "is off, expected on",
     NULL},
    {"private DNS on", dns_wanted_off, PL_SEVERITY_CRITICAL, "state.private-dns",
     "is on, expected off", NULL},
    {"private DNS unsaid", dns_unsaid, PL_SEVERITY_UNKNOWN, "state.private-dns", "does not say",
     NULL},
    {"private DNS off as wanted", dns_off_as_wanted, PL_SEVERITY_OK, "", "private DNS off", NULL},
    {"private DNS any", dns_off_any, PL_SEVERITY_OK, "", "private DNS off", NULL},
    {"enableDnsSupport off", support_off, PL_SEVERITY_CRITICAL, "state.vpc-dns",
     "enableDnsSupport of vpc-1 is off", NULL},
    {"enableDnsHostnames off", hostnames_off, PL_SEVERITY_CRITICAL, "state.vpc-dns",
     "enableDnsHostnames of vpc-1 is off", NULL},
    {"both attributes off", both_off, PL_SEVERITY_CRITICAL, "state.vpc-dns",
     "enableDnsSupport and enableDnsHostnames", NULL},
    {"attributes off, private DNS off", vpc_off_dns_off, PL_SEVERITY_OK, "", "available", NULL},
    {"attributes denied", attributes_denied, PL_SEVERITY_OK, "", "ec2:DescribeVpcAttribute",
     "the VPC's DNS attributes"},

    {"no rule", no_rule, PL_SEVERITY_WARNING, "state.security-group", "has no rule on port 443",
     NULL},
    {"rule for another port", other_port, PL_SEVERITY_WARNING, "state.security-group",
     "has no rule on port 443", NULL},
    {"rule for all ports", port_in_range, PL_SEVERITY_OK, "", "available", NULL},
    {"range ends before the port", range_ends_before, PL_SEVERITY_WARNING, "state.security-group",
     "port 443", NULL},
    {"rule for others", elsewhere, PL_SEVERITY_WARNING, "state.security-group",
     "the VPC's addresses", NULL},
    {"rule for everybody", anywhere, PL_SEVERITY_OK, "", "available", NULL},
    {"rule for one host of the VPC", one_host, PL_SEVERITY_OK, "", "available", NULL},
    {"IPv6 rule, IPv4 VPC", ipv6_only_rule, PL_SEVERITY_WARNING, "state.security-group",
     "the VPC's addresses", NULL},
    {"prefix list", prefix_list, PL_SEVERITY_OK, "", "available", NULL},
    {"another group", other_group, PL_SEVERITY_OK, "", "available", NULL},
    {"only itself", own_group, PL_SEVERITY_WARNING, "state.security-group", "only its own members",
     NULL},
    {"only itself, port up", own_group_port_up, PL_SEVERITY_WARNING, "state.security-group",
     "but the port is up from this host", NULL},
    {"second rule admits", second_rule_admits, PL_SEVERITY_OK, "", "available", NULL},
    {"groups denied", groups_denied, PL_SEVERITY_OK, "", "ec2:DescribeSecurityGroups",
     "the security group rules"},
    {"groups failed", groups_failed, PL_SEVERITY_OK, "", "available", "gave no answer"},
    {"VPC blocks denied", cidrs_denied, PL_SEVERITY_OK, "", "ec2:DescribeVpcs",
     "the VPC's address blocks"},
    {"too many rules", rules_truncated, PL_SEVERITY_OK, "", "available", "not judged"},

    {"one zone", one_zone, PL_SEVERITY_WARNING, "state.zones", "1 availability zone, wanted 2",
     NULL},
    {"two zones", two_zones, PL_SEVERITY_OK, "", "2 zones", NULL},
    {"one zone as wanted", one_zone_wanted, PL_SEVERITY_OK, "", "1 zone", NULL},
    {"zones denied", zones_denied, PL_SEVERITY_OK, "", "ec2:DescribeNetworkInterfaces",
     "ec2:DescribeSubnets"},
    {"gateway", gateway, PL_SEVERITY_UNKNOWN, "state.type", "of type Gateway", NULL},
    {"gateway, private DNS off", gateway_dns, PL_SEVERITY_UNKNOWN, "state.type", "of type Gateway",
     NULL},
};

static bool any_finding_has(const pl_verdict *verdict, const char *text) {
  for (size_t i = 0; i < verdict->finding_count; i++) {
    if (strstr(verdict->findings[i].text, text) != NULL)
      return true;
  }
  return false;
}

static void test_every_row(void **unused) {
  (void)unused;
  world *w = malloc(sizeof(*w));
  assert_non_null(w);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    setup(w);
    rows[i].change(w);
    pl_case c = {.spec = &w->spec, .facts = &w->facts, .now = NOW, .verdict = &w->verdict};
    pl_judge_state(&c);
    const pl_check_verdict *check = &w->verdict.checks[PL_CHECK_STATE];
    const bool same = check->ran && check->severity == rows[i].severity &&
                      strcmp(pl_reason_code(check->reason), rows[i].reason) == 0 &&
                      strstr(check->summary, rows[i].summary) != NULL &&
                      (rows[i].finding == NULL || any_finding_has(&w->verdict, rows[i].finding));
    if (!same)
      fail_msg("%s: %s [%s] %s", rows[i].name, pl_severity_name(check->severity),
               pl_reason_code(check->reason), check->summary);
    w->spec.client_ranges = (pl_cidrs){0};
    pl_spec_free(&w->spec);
  }
  free(w);
}

static void wildcard_only(world *w) {
  static pl_dns_entry entry = {.name = "*.example.com"};
  w->endpoint.dns_entries = &entry;
  w->endpoint.dns_entry_count = 1;
}
static void without_name(world *w) {
  dns_off(w);
  w->spec.private_dns = PL_EXPECT_DNS_ANY;
}

/* A next step that differs from the one of the reason. */
static void test_next_steps(void **unused) {
  (void)unused;
  static const struct {
    void (*change)(world *w);
    pl_check check;
    const char *hint; /* NULL: that of the reason */
  } cases[] = {
      {unreachable, PL_CHECK_STATE, NULL},
      {unusable, PL_CHECK_STATE, "nothing was sent"},
      {refused, PL_CHECK_STATE, "refused the call"},
      {uncovered, PL_CHECK_STATE, "--dns-options"},
      {dns_off, PL_CHECK_STATE, NULL},
      {service_region_other, PL_CHECK_STATE, "--service-region"},
      {wildcard_only, PL_CHECK_DNS, "give --private-name"},
      {wildcard_only, PL_CHECK_PORT, "give --private-name"},
      {without_name, PL_CHECK_DNS, NULL},
  };
  world *w = malloc(sizeof(*w));
  assert_non_null(w);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup(w);
    cases[i].change(w);
    w->spec.checks = PL_CHECK_BIT(cases[i].check);
    pl_judge(&w->spec, &w->facts, NOW, &w->verdict);
    const pl_finding *worst = pl_verdict_worst(&w->verdict, cases[i].check);
    assert_non_null(worst);
    if (cases[i].hint == NULL ? worst->hint != NULL
                              : worst->hint == NULL || strstr(worst->hint, cases[i].hint) == NULL)
      fail_msg("case %zu: %s: %s", i, worst->text, worst->hint);
    pl_spec_free(&w->spec);
  }
  free(w);
}

/* Both ends of a range belong to it. */
static void test_port_bounds(void **unused) {
  (void)unused;
  static const struct {
    uint16_t first, last, port;
    bool admits;
  } cases[] = {
      {443, 443, 443, true}, {443, 443, 442, false},  {443, 443, 444, false},
      {0, 65535, 1, true},   {0, 65535, 65535, true}, {1, 65534, 65535, false},
  };
  world *w = malloc(sizeof(*w));
  assert_non_null(w);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup(w);
    w->spec.port = cases[i].port;
    w->rules[0].first_port = cases[i].first;
    w->rules[0].last_port = cases[i].last;
    pl_case c = {.spec = &w->spec, .facts = &w->facts, .now = NOW, .verdict = &w->verdict};
    pl_judge_state(&c);
    assert_int_equal(w->verdict.checks[PL_CHECK_STATE].severity,
                     cases[i].admits ? PL_SEVERITY_OK : PL_SEVERITY_WARNING);
    pl_spec_free(&w->spec);
  }
  free(w);
}

/* The other checks are UNKNOWN, with the reason why they did not learn the private name. */
static void test_not_learned(void **unused) {
  (void)unused;
  static const pl_check checks[] = {PL_CHECK_DNS, PL_CHECK_PORT};
  world *w = malloc(sizeof(*w));
  assert_non_null(w);
  for (pl_ec2_outcome outcome = PL_EC2_FOUND; outcome <= PL_EC2_UNUSABLE; outcome++) {
    setup(w);
    w->endpoint.outcome = outcome;
    w->endpoint.known = outcome == PL_EC2_FOUND; /* without a name of its own */
    w->spec.checks = PL_CHECK_BIT(PL_CHECK_DNS) | PL_CHECK_BIT(PL_CHECK_PORT);
    pl_judge(&w->spec, &w->facts, NOW, &w->verdict);
    for (size_t i = 0; i < PL_COUNT_OF(checks); i++) {
      const pl_check_verdict *check = &w->verdict.checks[checks[i]];
      assert_int_equal(check->severity, PL_SEVERITY_UNKNOWN);
      assert_int_equal(check->reason, outcome == PL_EC2_FOUND ? PL_REASON_STATE_PRIVATE_DNS
                                                              : pl_ec2_reason(outcome));
    }
    pl_spec_free(&w->spec);
  }
  free(w);
}

static void test_severities(void **unused) {
  (void)unused;
  severities_check("state.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_row), cmocka_unit_test(test_port_bounds),
      cmocka_unit_test(test_next_steps), cmocka_unit_test(test_not_learned),
      cmocka_unit_test(test_severities)}; /* of all before it */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
