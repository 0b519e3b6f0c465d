/* The `state` check: compares the endpoint in the EC2 API with what is expected. */
#include "facts/partition.h"
#include "judge/port.h"
#include <string.h>
#include <strings.h>

#define STATE PL_CHECK_STATE
#define YOUNG 900 /* seconds; an older endpoint was available before, if it ever was */

/* What each state means. The pending ones also depend on time. */
static const struct {
  pl_reason reason;
  pl_severity severity;
  bool gone; /* its other properties do not matter any more */
} states[] = {
    [PL_ENDPOINT_STATE_UNKNOWN] = {PL_REASON_STATE_UNKNOWN, PL_SEVERITY_UNKNOWN, false},
    [PL_ENDPOINT_STATE_PENDING_ACCEPTANCE] = {PL_REASON_STATE_PENDING_ACCEPTANCE,
                                              PL_SEVERITY_CRITICAL, false},
    [PL_ENDPOINT_STATE_PENDING] = {PL_REASON_STATE_PENDING, PL_SEVERITY_CRITICAL, false},
    [PL_ENDPOINT_STATE_AVAILABLE] = {PL_REASON_NONE, PL_SEVERITY_OK, false},
    [PL_ENDPOINT_STATE_DELETING] = {PL_REASON_STATE_DELETED, PL_SEVERITY_CRITICAL, true},
    [PL_ENDPOINT_STATE_DELETED] = {PL_REASON_STATE_DELETED, PL_SEVERITY_CRITICAL, true},
    [PL_ENDPOINT_STATE_REJECTED] = {PL_REASON_STATE_REJECTED, PL_SEVERITY_CRITICAL, true},
    [PL_ENDPOINT_STATE_FAILED] = {PL_REASON_STATE_FAILED, PL_SEVERITY_CRITICAL, true},
    [PL_ENDPOINT_STATE_EXPIRED] = {PL_REASON_STATE_EXPIRED, PL_SEVERITY_CRITICAL, true},
    [PL_ENDPOINT_STATE_PARTIAL] = {PL_REASON_STATE_UNKNOWN, PL_SEVERITY_UNKNOWN, false},
};

/* ---- no endpoint ---------------------------------------------------------------------------- */

/* Whether the port check of this round found at least --min-up addresses up. */
static bool port_works(const pl_case *c) {
  return c->verdict->checks[PL_CHECK_PORT].ran && c->verdict->addresses_up > 0 &&
         c->verdict->addresses_up >= c->spec->min_up;
}

static void judge_outcome(pl_case *c, const pl_endpoint *endpoint) {
  pl_reason reason = pl_ec2_reason(endpoint->outcome);
  const pl_severity severity =
      endpoint->outcome == PL_EC2_NOT_FOUND ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN;
  if (endpoint->outcome == PL_EC2_NOT_FOUND) {
    bool named = endpoint->credentials[0] != '\0';
    const char *region = endpoint->region[0] != '\0' ? endpoint->region : c->spec->region;
    pl_verdict_add(c->verdict, STATE, reason, PL_SEVERITY_CRITICAL, NULL,
                   "no endpoint %s in %s%s%s%s%s", endpoint->id,
                   named ? "the account of " : "this account", endpoint->credentials,
                   region == NULL ? " and region" : " in ", region == NULL ? "" : region,
                   port_works(c) ? "; but the port is up: in a VPC that another account shares "
                                   "(RAM), only the owner sees the endpoint"
                                 : "");
    return;
  }
  if (endpoint->outcome == PL_EC2_DENIED) {
    pl_verdict_add(c->verdict, STATE, reason, severity, NULL, "EC2 API: not allowed: %s",
                   endpoint->denied[0] == '\0' ? endpoint->message : endpoint->denied);
    return;
  }
  pl_finding *finding =
      pl_verdict_add(c->verdict, STATE, reason, severity, NULL, "EC2 API: %s%s%s%s%s",
                     pl_ec2_outcome_name(endpoint->outcome), endpoint->code[0] == '\0' ? "" : ": ",
                     endpoint->code, endpoint->message[0] == '\0' ? "" : ": ", endpoint->message);
  /* The next step of the reason is about an API that is not reached. */
  if (endpoint->outcome == PL_EC2_UNUSABLE)
    pl_finding_set_hint(finding,
                        "nothing was sent: correct what is named (--region, --aws-endpoint-url, "
                        "--aws-profile, or the AWS files and variables)");
  else if (endpoint->outcome == PL_EC2_REFUSED)
    pl_finding_set_hint(finding,
                        "the API was reached and refused the call: look up the code that is named, "
                        "and check --endpoint-id, --region, and that the account uses this region");
}

/* ---- the state itself ----------------------------------------------------------------------- */

/* "40 min", "16 h", "40 days": rounded down, in the largest unit of which there are two. */
static void add_age(pl_buf *text, int64_t seconds) {
  const int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (hours < 2)
    pl_buf_addf(text, "%lld min", (long long)minutes);
  else if (days < 2)
    pl_buf_addf(text, "%lld h", (long long)hours);
  else
    pl_buf_addf(text, "%lld days", (long long)days);
}

/* An endpoint that was available becomes pending again when it is edited: AWS disconnects one
 * subnet at a time, and the others keep working. When that began, only a memory knows. */
static pl_severity pending_severity(const pl_case *c, const pl_endpoint *endpoint) {
  bool acceptance = endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE;
  int64_t since = endpoint->pending_since > 0 ? endpoint->pending_since : endpoint->created;
  if ((!acceptance && port_works(c)) ||
      (since > 0 && c->now - since <= c->spec->pending_grace / PL_SEC))
    return PL_SEVERITY_WARNING;
  size_t most =
      c->verdict->addresses_up + c->verdict->addresses_unsure + pl_case_count_undecided(c, NULL);
  bool measured = c->verdict->checks[PL_CHECK_PORT].ran && pl_case_any_measured(c, NULL) &&
                  most < c->spec->min_up;
  bool young = since > 0 && c->now - since <= YOUNG;
  return acceptance || endpoint->pending_since > 0 || measured || young ? PL_SEVERITY_CRITICAL
                                                                        : PL_SEVERITY_UNKNOWN;
}

static void judge_pending(pl_case *c, const pl_endpoint *endpoint) {
  bool acceptance = endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE;
  bool seen = endpoint->pending_since > 0;
  int64_t since = seen ? endpoint->pending_since : endpoint->created;
  pl_severity severity = pending_severity(c, endpoint);
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_buf_add(&text, acceptance ? "waiting for the provider to accept it" : "pending");
  if (since > 0) {
    pl_buf_addf(&text, ", %s ", seen ? "first seen" : "created");
    add_age(&text, c->now > since ? c->now - since : 0);
    pl_buf_add(&text, " ago");
  }
  if (!acceptance && port_works(c))
    pl_buf_addf(&text, "; %zu of %zu addresses are up", c->verdict->addresses_up,
                c->verdict->addresses);
  else if (severity == PL_SEVERITY_UNKNOWN)
    pl_buf_add(&text, pl_case_any_measured(c, NULL)
                          ? "; an edit of a working endpoint looks the same, and port could not "
                            "count the addresses that are up"
                          : "; an edit of a working endpoint looks the same: run the check port "
                            "too, or use --state-dir");
  pl_verdict_add(c->verdict, STATE, states[endpoint->state].reason, severity, NULL, "%s", storage);
}

static void judge_state_value(pl_case *c, const pl_endpoint *endpoint) {
  if (endpoint->state == PL_ENDPOINT_STATE_AVAILABLE)
    return;
  if (endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE ||
      endpoint->state == PL_ENDPOINT_STATE_PENDING) {
    judge_pending(c, endpoint);
    return;
  }
  pl_verdict_add(c->verdict, STATE, states[endpoint->state].reason,
                 states[endpoint->state].severity, NULL, "endpoint %s is %s%s%s%s%s", endpoint->id,
                 endpoint->state_text[0] == '\0' ? "without a state" : endpoint->state_text,
                 endpoint->failure_code[0] == '\0' ? "" : ": ", endpoint->failure_code,
                 endpoint->failure[0] == '\0' ? "" : ": ", endpoint->failure);
}

/* ---- what it should be ---------------------------------------------------------------------- */

/* Says that a part could not be judged, and which permission is missing. */
static void note_missing_part(pl_case *c, const pl_endpoint *endpoint, pl_part part) {
  if (endpoint->parts[part] == PL_PART_DENIED)
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "not judged: %s (%s is not allowed)", pl_part_purpose(part),
                   pl_part_action(part));
  else if (endpoint->parts[part] != PL_PART_KNOWN)
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "not judged: %s (%s gave no answer)", pl_part_purpose(part),
                   pl_part_action(part));
}

static void judge_service_name(pl_case *c, const pl_endpoint *endpoint) {
  const char *wanted = c->spec->service_name;
  if (wanted != NULL && strcasecmp(wanted, endpoint->service_name) != 0)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_SERVICE_NAME, PL_SEVERITY_CRITICAL, NULL,
                   "is for %s, expected %s",
                   endpoint->service_name[0] == '\0' ? "no service" : endpoint->service_name,
                   wanted);
}

static void judge_private_dns(pl_case *c, const pl_endpoint *endpoint) {
  if (c->spec->private_dns == PL_EXPECT_DNS_ANY)
    return;
  bool wanted = c->spec->private_dns == PL_EXPECT_DNS_ON;
  const char *wanted_text = wanted ? "on" : "off";
  if (endpoint->private_dns == PL_TRI_UNKNOWN)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_UNKNOWN, NULL,
                   "the API does not say whether private DNS is %s", wanted_text);
  else if ((endpoint->private_dns == PL_TRI_YES) != wanted)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL, NULL,
                   "private DNS is %s, expected %s", wanted ? "off" : "on", wanted_text);
}

static void judge_vpc_dns(pl_case *c, const pl_endpoint *endpoint) {
  if (endpoint->private_dns != PL_TRI_YES)
    return;
  note_missing_part(c, endpoint, PL_PART_VPC_DNS);
  bool support_off = endpoint->dns_support == PL_TRI_NO;
  bool hostnames_off = endpoint->dns_hostnames == PL_TRI_NO;
  if (support_off || hostnames_off)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_VPC_DNS, PL_SEVERITY_CRITICAL, NULL,
                   "private DNS is on, but %s%s%s of %s is off",
                   support_off ? "enableDnsSupport" : "",
                   support_off && hostnames_off ? " and " : "",
                   hostnames_off ? "enableDnsHostnames" : "", endpoint->vpc);
}

static bool overlaps_vpc(const pl_endpoint *endpoint, const pl_cidr *cidr) {
  for (size_t i = 0; i < endpoint->vpc_cidr_count; i++) {
    if (pl_cidr_overlaps(&endpoint->vpc_cidrs[i], cidr))
      return true;
  }
  return false;
}

/* What the rules for the port allow. One rule that admits clients is enough. */
typedef struct group_summary {
  bool admits;        /* clients of the VPC get in */
  bool any_block;     /* a CIDR block, while those of the VPC are not known */
  bool elsewhere;     /* a CIDR block that is not of this VPC */
  bool other_family;  /* a CIDR block of a family that the endpoint does not have */
  bool own_group;     /* the group itself */
  bool admits_others; /* a prefix list or another group, whose members are not known */
} group_summary;

/* Whether the port check of this round found every address up. */
static bool port_all_up(const pl_case *c) {
  return c->verdict->checks[PL_CHECK_PORT].ran && c->verdict->addresses > 0 &&
         c->verdict->addresses_up == c->verdict->addresses;
}

/* IpAddressType is "ipv4", "dualstack" or "ipv6". */
static bool has_family(const pl_endpoint *endpoint, unsigned family) {
  const char *other = family == PL_FAMILY_IPV4 ? "ipv6" : "ipv4";
  return strcasecmp(endpoint->ip_address_type, other) != 0;
}

static group_summary sum_up_rules(const pl_case *c, const pl_endpoint *endpoint) {
  group_summary sum = {0};
  bool blocks_known = endpoint->parts[PL_PART_VPC_CIDRS] == PL_PART_KNOWN;
  for (size_t i = 0; i < endpoint->rule_count; i++) {
    const pl_rule *rule = &endpoint->rules[i];
    if (c->spec->port < rule->first_port || c->spec->port > rule->last_port)
      continue;
    switch (rule->source) {
    case PL_RULE_PREFIX_LIST:
    case PL_RULE_OTHER_GROUP:
      sum.admits = sum.admits_others = true;
      break;
    case PL_RULE_OWN_GROUP:
      sum.own_group = true;
      break;
    case PL_RULE_CIDR:
      if (!has_family(endpoint, rule->cidr.address.family))
        sum.other_family = true;
      else if (!blocks_known)
        sum.any_block = true;
      else if (overlaps_vpc(endpoint, &rule->cidr))
        sum.admits = true;
      else
        sum.elsewhere = true;
      break;
    }
  }
  return sum;
}

/* Whether the rules for the port admit all of the block, perhaps by parts. */
static bool admits_all(const pl_case *c, const pl_endpoint *endpoint, const pl_cidr *block) {
  bool overlaps = false;
  for (size_t i = 0; i < endpoint->rule_count; i++) {
    const pl_rule *rule = &endpoint->rules[i];
    if (rule->source != PL_RULE_CIDR || c->spec->port < rule->first_port ||
        c->spec->port > rule->last_port || !pl_cidr_overlaps(&rule->cidr, block))
      continue;
    if (rule->cidr.prefix <= block->prefix)
      return true;
    overlaps = true;
  }
  if (!overlaps)
    return false;
  pl_cidr low = *block, high = *block;
  low.prefix = high.prefix = (uint8_t)(block->prefix + 1);
  high.address.bytes[block->prefix / 8] |= (uint8_t)(0x80 >> block->prefix % 8);
  return admits_all(c, endpoint, &low) && admits_all(c, endpoint, &high);
}

/* --client-range says who must get in. A prefix list or another group may admit them. */
static void judge_clients(pl_case *c, const pl_endpoint *endpoint, const group_summary *sum) {
  for (size_t i = 0; i < c->spec->client_ranges.count; i++) {
    const pl_cidr *range = &c->spec->client_ranges.items[i];
    char text[PL_ADDR_TEXT];
    if (admits_all(c, endpoint, range))
      continue;
    bool known = !sum->admits_others && !endpoint->truncated;
    pl_verdict_add(c->verdict, STATE, known ? PL_REASON_STATE_SECURITY_GROUP : PL_REASON_NONE,
                   known ? PL_SEVERITY_WARNING : PL_SEVERITY_OK, NULL,
                   known ? "the security group does not admit all of %s/%u on port %u"
                         : "not judged: whether the security group admits %s/%u on port %u",
                   pl_addr_format(&range->address, text), (unsigned)range->prefix,
                   (unsigned)c->spec->port);
  }
}

static void judge_groups(pl_case *c, const pl_endpoint *endpoint) {
  if (endpoint->parts[PL_PART_GROUPS] != PL_PART_KNOWN) {
    note_missing_part(c, endpoint, PL_PART_GROUPS);
    return;
  }
  group_summary sum = sum_up_rules(c, endpoint);
  if (c->spec->client_ranges.count > 0) {
    judge_clients(c, endpoint, &sum);
    return;
  }
  if (sum.admits)
    return;
  if (sum.any_block) {
    note_missing_part(c, endpoint, PL_PART_VPC_CIDRS);
    return;
  }
  if (endpoint->truncated) {
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "not judged: the security group rules (more than this program reads)");
    return;
  }
  const char *what = sum.elsewhere   ? "has no rule for the VPC's addresses"
                     : sum.own_group ? "lets in only its own members"
                     : sum.other_family
                         ? "has a rule only for the IP family that the endpoint lacks"
                         : "has no rule";
  bool up = c->verdict->checks[PL_CHECK_PORT].ran && c->verdict->addresses_up > 0;
  /* Hub and spoke, or a network on premises: the rule admits clients that are not in the VPC. */
  bool elsewhere = sum.elsewhere && port_all_up(c);
  pl_verdict_add(c->verdict, STATE, elsewhere ? PL_REASON_NONE : PL_REASON_STATE_SECURITY_GROUP,
                 elsewhere ? PL_SEVERITY_OK : PL_SEVERITY_WARNING, NULL,
                 "the security group %s on port %u%s", what, (unsigned)c->spec->port,
                 elsewhere ? "; but every address is up from this host"
                 : up      ? "; but the port is up from this host"
                           : "");
}

static void judge_zones(pl_case *c, const pl_endpoint *endpoint) {
  if (!endpoint->zones_known) {
    note_missing_part(c, endpoint, PL_PART_INTERFACES);
    note_missing_part(c, endpoint, PL_PART_SUBNETS);
    return;
  }
  if (endpoint->zone_count < c->spec->min_zones)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_ZONES, PL_SEVERITY_WARNING, NULL,
                   "%zu availability zone%s, wanted %u", endpoint->zone_count,
                   endpoint->zone_count == 1 ? "" : "s", c->spec->min_zones);
}

/* ---- VPC Lattice ---------------------------------------------------------------------------- */

/* API reference, DescribeVpcEndpointAssociations: AVAILABLE, PENDING or FAILED. */
static void judge_association(pl_case *c, const pl_association *a) {
  bool failed = strcasecmp(a->accessibility, "FAILED") == 0;
  bool pending = strcasecmp(a->accessibility, "PENDING") == 0;
  pl_severity severity = failed    ? PL_SEVERITY_CRITICAL
                         : pending ? PL_SEVERITY_WARNING
                                   : PL_SEVERITY_UNKNOWN;
  if (strcasecmp(a->accessibility, "AVAILABLE") == 0)
    return;
  const char *resource = a->private_name[0] != '\0' ? a->private_name
                         : a->name[0] != '\0'       ? a->name
                                                    : a->resource;
  bool both = a->failure_code[0] != '\0' && a->failure[0] != '\0';
  pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_ASSOCIATION, severity, NULL,
                 "resource %s is %s%s%s%s%s", resource[0] == '\0' ? "without a name" : resource,
                 a->accessibility[0] == '\0' ? "without a state" : a->accessibility,
                 both || a->failure[0] != '\0' || a->failure_code[0] != '\0' ? ": " : "",
                 a->failure_code, both ? ": " : "", a->failure);
}

static void judge_associations(pl_case *c, const pl_endpoint *endpoint) {
  for (size_t i = 0; i < endpoint->association_count; i++)
    judge_association(c, &endpoint->associations[i]);
  if (endpoint->parts[PL_PART_ASSOCIATIONS] != PL_PART_KNOWN)
    note_missing_part(c, endpoint, PL_PART_ASSOCIATIONS);
  else if (endpoint->association_count == 0)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_ASSOCIATION, PL_SEVERITY_UNKNOWN, NULL,
                   "the API lists no resource of this endpoint");
}

/* API model `DnsOptions`. Which domains are verified is not known, so only the preference for
 * specified domains can rule out a name. */
static void judge_preference(pl_case *c, const pl_endpoint *endpoint) {
  const char *name = pl_case_private_name(c), *preference = endpoint->dns_preference;
  if (endpoint->private_dns != PL_TRI_YES || preference[0] == '\0' ||
      strcasecmp(preference, "ALL_DOMAINS") == 0)
    return;
  bool uncovered = name != NULL && pl_endpoint_excludes(endpoint, name);
  bool wanted = c->spec->private_dns == PL_EXPECT_DNS_ON;
  if (uncovered && wanted)
    pl_finding_set_hint(
        pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_PRIVATE_DNS, PL_SEVERITY_CRITICAL, NULL,
                       "private DNS does not cover %s (preference %s)", name, preference),
        "add the name's domain to the endpoint's specified domains, or change the "
        "preference: --dns-options of aws ec2 modify-vpc-endpoint");
  else
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "private DNS covers only some domains%s%s (preference %s)",
                   uncovered ? ", not " : "", uncovered ? name : "", preference);
}

/* ---- notes ---------------------------------------------------------------------------------- */

static void note(pl_case *c, const char *text) {
  pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL, "%s", text);
}

static void note_dns(pl_case *c, const pl_endpoint *endpoint) {
  if (strcasecmp(endpoint->record_type, "ipv4") == 0)
    note(c, "its DNS records are for IPv4 only: no AAAA, by design");
  else if (strcasecmp(endpoint->record_type, "ipv6") == 0)
    note(c, "its DNS records are for IPv6 only: no A, by design");
  else if (strcasecmp(endpoint->ip_address_type, "ipv4") == 0 && endpoint->record_type[0] == '\0')
    note(c, "its addresses are IPv4 only: no AAAA, by design");
  if (endpoint->inbound_only == PL_TRI_YES)
    note(c, "private DNS is only for Route 53 Resolver inbound endpoints: inside the VPC, public "
            "answers are by design (a gateway endpoint carries them)");
}

/* Adds a private name that no check of this run asks for. A wildcard can't be asked for. */
static void add_unasked(const pl_case *c, const char *name, pl_buf *names) {
  const char *first = pl_case_private_name(c);
  bool asked =
      pl_spec_asks_further(c->spec) && pl_endpoint_is_further(c->facts->endpoint, first, name);
  if (asked || name[0] == '\0' || pl_aws_is_vpce_name(name) ||
      (first != NULL && pl_host_equal(first, name)))
    return;
  pl_buf_addf(names, "%s%s", names->length == 0 ? "" : ", ", name);
}

static void note_other_names(pl_case *c, const pl_endpoint *endpoint) {
  char text[PL_LIMIT_TEXT / 2];
  pl_buf names;
  pl_buf_fixed(&names, text, sizeof(text));
  for (size_t i = 0; i < endpoint->dns_entry_count; i++)
    add_unasked(c, endpoint->dns_entries[i].name, &names);
  for (size_t i = 0; i < endpoint->association_count; i++)
    add_unasked(c, endpoint->associations[i].private_name, &names);
  if (names.length > 0 && endpoint->private_dns == PL_TRI_YES)
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "private names that are not checked here: %s%s", text,
                   names.truncated ? "..." : "");
}

static void note_service(pl_case *c, const pl_endpoint *endpoint) {
  if (endpoint->service_region[0] != '\0' && endpoint->region[0] != '\0' &&
      strcmp(endpoint->service_region, endpoint->region) != 0)
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "its service is in another region, %s", endpoint->service_region);
  if (endpoint->private_dns == PL_TRI_NO && endpoint->offered_name[0] != '\0')
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "the provider offers private DNS for %s, and it is off", endpoint->offered_name);
  if (endpoint->unused_zones[0] != '\0')
    pl_verdict_add(c->verdict, STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "the service is also in %s, where the endpoint has no subnet",
                   endpoint->unused_zones);
}

/* ---- by type -------------------------------------------------------------------------------- */

static void judge_service_region(pl_case *c, const pl_endpoint *endpoint) {
  const char *wanted = c->spec->service_region;
  const char *found =
      endpoint->service_region[0] != '\0' ? endpoint->service_region : endpoint->region;
  if (wanted != NULL && found[0] != '\0' && strcasecmp(wanted, found) != 0)
    pl_finding_set_hint(pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_SERVICE_NAME,
                                       PL_SEVERITY_CRITICAL, NULL,
                                       "its service is in %s, expected %s", found, wanted),
                        "compare --service-region with the endpoint's service region");
}

static void judge_connected(pl_case *c, const pl_endpoint *endpoint) {
  judge_private_dns(c, endpoint);
  judge_vpc_dns(c, endpoint);
  judge_preference(c, endpoint);
  judge_groups(c, endpoint);
  judge_zones(c, endpoint);
  note_dns(c, endpoint);
  note_other_names(c, endpoint);
}

static void judge_type(pl_case *c, const pl_endpoint *endpoint) {
  bool gone = states[endpoint->state].gone;
  switch (endpoint->type) {
  case PL_ENDPOINT_TYPE_INTERFACE:
    judge_service_name(c, endpoint);
    judge_service_region(c, endpoint);
    if (!gone)
      judge_connected(c, endpoint);
    break;
  case PL_ENDPOINT_TYPE_RESOURCE:
  case PL_ENDPOINT_TYPE_SERVICE_NETWORK:
    /* They lead to a resource or to a service network, and have no service name. */
    if (!gone) {
      judge_associations(c, endpoint);
      judge_connected(c, endpoint);
    }
    break;
  case PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER:
    judge_service_name(c, endpoint);
    judge_service_region(c, endpoint);
    if (!gone)
      judge_zones(c, endpoint);
    note(c, "a Gateway Load Balancer endpoint has no name and no public side: only its state is "
            "judged");
    break;
  case PL_ENDPOINT_TYPE_GATEWAY:
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_TYPE, PL_SEVERITY_UNKNOWN, NULL,
                   "is of type %s, which has no addresses: it cannot be checked here",
                   endpoint->type_text);
    break;
  case PL_ENDPOINT_TYPE_UNKNOWN:
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_TYPE, PL_SEVERITY_UNKNOWN, NULL,
                   "is of type %s, which this program does not know",
                   endpoint->type_text[0] == '\0' ? "unknown" : endpoint->type_text);
    break;
  }
  note_service(c, endpoint);
}

static void judge_endpoint(pl_case *c, const pl_endpoint *endpoint) {
  judge_state_value(c, endpoint);
  judge_type(c, endpoint);
}

/* ---- summary -------------------------------------------------------------------------------- */

/* The calls that failed and that the endpoint could be judged without. */
static void add_missing(pl_buf *buf, const pl_endpoint *endpoint, pl_part_state state,
                        const char *what) {
  bool first = true;
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    if (endpoint->parts[part] != state)
      continue;
    pl_buf_addf(buf, "%s%s", first ? what : ", ", pl_part_action(part));
    first = false;
  }
}

/* The failure is shown in any state, unless the summary has it already. */
static void add_failure(pl_buf *buf, const pl_endpoint *endpoint) {
  const char *code = endpoint->failure_code, *text = endpoint->failure;
  const char *either = text[0] != '\0' ? text : code;
  if (either[0] != '\0' && strstr(pl_buf_text(buf), either) == NULL)
    pl_buf_addf(buf, "; last error: %s%s%s", code, code[0] != '\0' && text[0] != '\0' ? ": " : "",
                text);
}

static void summarise(pl_case *c, const pl_endpoint *endpoint) {
  pl_check_verdict *check = &c->verdict->checks[STATE];
  pl_buf buf;
  pl_buf_fixed(&buf, check->summary, sizeof(check->summary));
  if (check->severity != PL_SEVERITY_OK) {
    const pl_finding *worst = pl_verdict_worst(c->verdict, STATE);
    pl_buf_add(&buf, worst == NULL ? pl_reason_meaning(check->reason) : worst->text);
  } else if (endpoint != NULL) {
    pl_buf_add(&buf, endpoint->state_text);
    if (endpoint->private_dns != PL_TRI_UNKNOWN)
      pl_buf_addf(&buf, ", private DNS %s", endpoint->private_dns == PL_TRI_YES ? "on" : "off");
    if (endpoint->zones_known)
      pl_buf_addf(&buf, ", %zu zone%s", endpoint->zone_count, endpoint->zone_count == 1 ? "" : "s");
  }
  if (endpoint != NULL && endpoint->outcome == PL_EC2_FOUND) {
    add_failure(&buf, endpoint);
    add_missing(&buf, endpoint, PL_PART_DENIED, "; not allowed: ");
    add_missing(&buf, endpoint, PL_PART_FAILED, "; no answer: ");
    add_missing(&buf, endpoint, PL_PART_OLD, "; no answer this time: ");
  }
}

void pl_judge_state(pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  c->verdict->checks[STATE].ran = true;
  if (endpoint == NULL)
    pl_verdict_add(c->verdict, STATE, PL_REASON_STATE_API, PL_SEVERITY_UNKNOWN, NULL,
                   "the EC2 API has not answered");
  else if (endpoint->outcome != PL_EC2_FOUND)
    judge_outcome(c, endpoint);
  else
    judge_endpoint(c, endpoint);
  summarise(c, endpoint);
}
