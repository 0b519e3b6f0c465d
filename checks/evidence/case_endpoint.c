/* What a recorded case has of a VPC endpoint. */
#include "evidence/case_fields.h"
#include "facts/endpoint.h"

#define BOOL(key, member) PL_FIELD_OF(BOOL, pl_endpoint, key, member)
#define TEXT(key, member) PL_FIELD_OF(TEXT, pl_endpoint, key, member)
#define WORD(key, member, words) PL_FIELD_ONE_OF(pl_endpoint, key, member, words, 0)
#define SECONDS(key, member) PL_FIELD_INT(pl_endpoint, key, member, 0, PL_FIELD_SECONDS_MAX, 0)
#define LIST(key, member, number, most, element)                                                   \
  PL_FIELD_MANY(LIST, pl_endpoint, key, member, number, most, &(element))

static const char *const outcomes[] = {[PL_EC2_FOUND] = "found",
                                       [PL_EC2_NOT_FOUND] = "not-found",
                                       [PL_EC2_UNREACHABLE] = "unreachable",
                                       [PL_EC2_CUT] = "cut",
                                       [PL_EC2_THROTTLED] = "throttled",
                                       [PL_EC2_DENIED] = "denied",
                                       [PL_EC2_NO_CREDENTIALS] = "no-credentials",
                                       [PL_EC2_BAD_CREDENTIALS] = "bad-credentials",
                                       [PL_EC2_REFUSED] = "refused",
                                       [PL_EC2_UNUSABLE] = "unusable"};
static const char *const states[] = {[PL_ENDPOINT_STATE_UNKNOWN] = "unknown",
                                     [PL_ENDPOINT_STATE_PENDING_ACCEPTANCE] = "pendingAcceptance",
                                     [PL_ENDPOINT_STATE_PENDING] = "pending",
                                     [PL_ENDPOINT_STATE_AVAILABLE] = "available",
                                     [PL_ENDPOINT_STATE_DELETING] = "deleting",
                                     [PL_ENDPOINT_STATE_DELETED] = "deleted",
                                     [PL_ENDPOINT_STATE_REJECTED] = "rejected",
                                     [PL_ENDPOINT_STATE_FAILED] = "failed",
                                     [PL_ENDPOINT_STATE_EXPIRED] = "expired",
                                     [PL_ENDPOINT_STATE_PARTIAL] = "partial"};
static const char *const types[] = {[PL_ENDPOINT_TYPE_UNKNOWN] = "unknown",
                                    [PL_ENDPOINT_TYPE_INTERFACE] = "Interface",
                                    [PL_ENDPOINT_TYPE_GATEWAY] = "Gateway",
                                    [PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER] =
                                        "GatewayLoadBalancer",
                                    [PL_ENDPOINT_TYPE_RESOURCE] = "Resource",
                                    [PL_ENDPOINT_TYPE_SERVICE_NETWORK] = "ServiceNetwork"};
static const char *const tris[] = {
    [PL_TRI_UNKNOWN] = "unknown", [PL_TRI_NO] = "no", [PL_TRI_YES] = "yes"};
static const char *const parts[] = {[PL_PART_NOT_ASKED] = "not-asked",
                                    [PL_PART_KNOWN] = "known",
                                    [PL_PART_OLD] = "old",
                                    [PL_PART_DENIED] = "denied",
                                    [PL_PART_FAILED] = "failed"};
static const char *const sources[] = {[PL_RULE_CIDR] = "cidr",
                                      [PL_RULE_PREFIX_LIST] = "prefix-list",
                                      [PL_RULE_OWN_GROUP] = "own-group",
                                      [PL_RULE_OTHER_GROUP] = "other-group"};

static const pl_field address_fields[] = {
    {.key = "", .kind = PL_FIELD_ADDRESS, .size = sizeof(pl_addr)}};
static const pl_record address = PL_RECORD(pl_addr, address_fields);

static const pl_field cidr_fields[] = {{.key = "", .kind = PL_FIELD_CIDR, .size = sizeof(pl_cidr)}};
static const pl_record cidr = PL_RECORD(pl_cidr, cidr_fields);

static const pl_field zone_fields[] = {
    {.key = "", .kind = PL_FIELD_TEXT, .size = sizeof(char[32])}};
static const pl_record zone = {zone_fields, 1, sizeof(char[32])};

static const pl_field entry_fields[] = {PL_FIELD_OF(TEXT, pl_dns_entry, "", name)};
static const pl_record entry = PL_RECORD(pl_dns_entry, entry_fields);

static const pl_field interface_fields[] = {
    PL_FIELD_OF(TEXT, pl_interface, "id", id),
    PL_FIELD_OF(TEXT, pl_interface, "subnet", subnet),
    PL_FIELD_OF(TEXT, pl_interface, "zone", zone),
    PL_FIELD_MANY(ARRAY, pl_interface, "addresses", addresses, address_count,
                  PL_LIMIT_INTERFACE_ADDRESSES, &address),
};
static const pl_record interface = PL_RECORD(pl_interface, interface_fields);

static const pl_field prefix_fields[] = {
    PL_FIELD_OF(CIDR, pl_prefix, "cidr", cidr),
    PL_FIELD_OF(TEXT, pl_prefix, "subnet", subnet),
    PL_FIELD_OF(TEXT, pl_prefix, "zone", zone),
};
static const pl_record prefix = PL_RECORD(pl_prefix, prefix_fields);

static const pl_field association_fields[] = {
    PL_FIELD_OF(TEXT, pl_association, "accessibility", accessibility),
    PL_FIELD_OF(TEXT, pl_association, "failure", failure),
    PL_FIELD_OF(TEXT, pl_association, "failure_code", failure_code),
    PL_FIELD_OF(TEXT, pl_association, "resource", resource),
    PL_FIELD_OF(TEXT, pl_association, "name", name),
    PL_FIELD_OF(TEXT, pl_association, "private_name", private_name),
};
static const pl_record association = PL_RECORD(pl_association, association_fields);

static const pl_field rule_fields[] = {
    PL_FIELD_ONE_OF(pl_rule, "source", source, sources, 0),
    PL_FIELD_OF(CIDR, pl_rule, "cidr", cidr),
    PL_FIELD_INT(pl_rule, "first_port", first_port, 0, UINT16_MAX, 0),
    PL_FIELD_INT(pl_rule, "last_port", last_port, 0, UINT16_MAX, 0),
};
static const pl_record rule = PL_RECORD(pl_rule, rule_fields);

static const pl_field fields[] = {
    PL_FIELD_OF(OUT, pl_endpoint, NULL, references),
    WORD("outcome", outcome, outcomes),
    TEXT("code", code),
    TEXT("message", message),
    TEXT("denied", denied),
    TEXT("credentials", credentials), /* where they came from; an access key's id is cut */
    TEXT("region", region),
    BOOL("known", known),
    PL_FIELD_INT(pl_endpoint, "answered", answered, -1, PL_FIELD_NSEC_MAX, 0),
    TEXT("id", id),
    WORD("state", state, states),
    TEXT("state_text", state_text),
    WORD("type", type, types),
    TEXT("type_text", type_text),
    TEXT("service_name", service_name),
    TEXT("vpc", vpc),
    TEXT("failure", failure),
    TEXT("failure_code", failure_code),
    TEXT("service_region", service_region),
    TEXT("resource", resource),
    TEXT("ip_address_type", ip_address_type),
    TEXT("record_type", record_type),
    WORD("inbound_only", inbound_only, tris),
    TEXT("dns_preference", dns_preference),
    BOOL("provider_pays", provider_pays),
    TEXT("offered_name", offered_name),
    TEXT("unused_zones", unused_zones),
    WORD("private_dns", private_dns, tris),
    SECONDS("created", created),
    SECONDS("pending_since", pending_since),
    PL_FIELD_INT(pl_endpoint, "group_count", group_count, 0, INT32_MAX, 0),
    WORD("part_interfaces", parts[PL_PART_INTERFACES], parts),
    WORD("part_subnets", parts[PL_PART_SUBNETS], parts),
    WORD("part_groups", parts[PL_PART_GROUPS], parts),
    WORD("part_vpc_cidrs", parts[PL_PART_VPC_CIDRS], parts),
    WORD("part_associations", parts[PL_PART_ASSOCIATIONS], parts),
    WORD("part_service", parts[PL_PART_SERVICE], parts),
    WORD("part_vpc_dns", parts[PL_PART_VPC_DNS], parts),
    WORD("dns_support", dns_support, tris),
    WORD("dns_hostnames", dns_hostnames, tris),
    LIST("dns_entries", dns_entries, dns_entry_count, PL_LIMIT_DNS_ENTRIES, entry),
    LIST("dns_domains", dns_domains, dns_domain_count, PL_LIMIT_DNS_ENTRIES, entry),
    LIST("prefixes", prefixes, prefix_count, PL_LIMIT_PREFIXES, prefix),
    LIST("associations", associations, association_count, PL_LIMIT_ASSOCIATIONS, association),
    LIST("interfaces", interfaces, interface_count, PL_LIMIT_INTERFACES, interface),
    LIST("rules", rules, rule_count, PL_LIMIT_RULES, rule),
    LIST("vpc_cidrs", vpc_cidrs, vpc_cidr_count, PL_LIMIT_VPC_CIDRS, cidr),
    LIST("zones", zones, zone_count, PL_LIMIT_ZONES, zone),
    BOOL("zones_known", zones_known),
    BOOL("truncated", truncated),
};
const pl_record pl_record_of_endpoint = PL_RECORD(pl_endpoint, fields);
