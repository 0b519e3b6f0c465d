/* Endpoints: their names, copies and users, and questions about their addresses. */
#include "facts/endpoint.h"
#include "base/buf.h"
#include "facts/partition.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const outcome_names[] = {
    [PL_EC2_FOUND] = "found",
    [PL_EC2_NOT_FOUND] = "not found",
    [PL_EC2_UNREACHABLE] = "no usable answer",
    [PL_EC2_CUT] = "no answer before the deadline",
    [PL_EC2_THROTTLED] = "throttled",
    [PL_EC2_DENIED] = "denied",
    [PL_EC2_NO_CREDENTIALS] = "no credentials",
    [PL_EC2_BAD_CREDENTIALS] = "credentials wrong or expired",
    [PL_EC2_REFUSED] = "refused",
    [PL_EC2_UNUSABLE] = "could not ask",
};

static const struct {
  const char *wire;
  pl_endpoint_state state;
} states[] = {
    {"pendingAcceptance", PL_ENDPOINT_STATE_PENDING_ACCEPTANCE},
    {"pending", PL_ENDPOINT_STATE_PENDING},
    {"available", PL_ENDPOINT_STATE_AVAILABLE},
    {"deleting", PL_ENDPOINT_STATE_DELETING},
    {"deleted", PL_ENDPOINT_STATE_DELETED},
    {"rejected", PL_ENDPOINT_STATE_REJECTED},
    {"failed", PL_ENDPOINT_STATE_FAILED},
    {"expired", PL_ENDPOINT_STATE_EXPIRED},
    {"partial", PL_ENDPOINT_STATE_PARTIAL},
};

static const struct {
  const char *wire;
  pl_endpoint_type type;
} types[] = {
    {"Interface", PL_ENDPOINT_TYPE_INTERFACE},
    {"Gateway", PL_ENDPOINT_TYPE_GATEWAY},
    {"GatewayLoadBalancer", PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER},
    {"Resource", PL_ENDPOINT_TYPE_RESOURCE},
    {"ServiceNetwork", PL_ENDPOINT_TYPE_SERVICE_NETWORK},
};

static const struct {
  const char *action;
  const char *purpose;
} parts[PL_PART_COUNT] = {
    [PL_PART_INTERFACES] = {"ec2:DescribeNetworkInterfaces", "the endpoint's addresses and zones"},
    [PL_PART_SUBNETS] = {"ec2:DescribeSubnets", "the endpoint's zones"},
    [PL_PART_GROUPS] = {"ec2:DescribeSecurityGroups", "the security group rules"},
    [PL_PART_VPC_CIDRS] = {"ec2:DescribeVpcs", "the VPC's address blocks"},
    [PL_PART_ASSOCIATIONS] = {"ec2:DescribeVpcEndpointAssociations",
                              "the resources of the endpoint"},
    [PL_PART_SERVICE] = {"ec2:DescribeVpcEndpointServices", "what the service offers"},
    [PL_PART_VPC_DNS] = {"ec2:DescribeVpcAttribute", "the VPC's DNS attributes"},
};

const char *pl_ec2_outcome_name(pl_ec2_outcome outcome) { return outcome_names[outcome]; }

pl_endpoint_state pl_endpoint_state_parse(const char *text) {
  for (size_t i = 0; i < PL_COUNT_OF(states); i++) {
    if (strcasecmp(text, states[i].wire) == 0)
      return states[i].state;
  }
  return PL_ENDPOINT_STATE_UNKNOWN;
}

pl_endpoint_type pl_endpoint_type_parse(const char *text) {
  for (size_t i = 0; i < PL_COUNT_OF(types); i++) {
    if (strcasecmp(text, types[i].wire) == 0)
      return types[i].type;
  }
  return PL_ENDPOINT_TYPE_UNKNOWN;
}

const char *pl_part_action(pl_part part) { return parts[part].action; }

const char *pl_part_purpose(pl_part part) { return parts[part].purpose; }

pl_status pl_endpoint_create(const char *id, pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint = calloc(1, sizeof(*endpoint));
  if (endpoint == NULL)
    return PL_ERR_MEMORY;
  endpoint->references = 1;
  endpoint->outcome = PL_EC2_UNUSABLE;
  pl_text_set_foreign(endpoint->id, sizeof(endpoint->id), id, strlen(id));
  *ret_endpoint = endpoint;
  return PL_OK;
}

/* Every array that an endpoint owns, and its number of elements. */
#define ARRAYS(ROW)                                                                                \
  ROW(dns_entries, dns_entry_count)                                                                \
  ROW(dns_domains, dns_domain_count)                                                               \
  ROW(prefixes, prefix_count)                                                                      \
  ROW(associations, association_count)                                                             \
  ROW(interfaces, interface_count)                                                                 \
  ROW(rules, rule_count)                                                                           \
  ROW(vpc_cidrs, vpc_cidr_count)                                                                   \
  ROW(zones, zone_count)

/* Replaces the array, which belongs to another endpoint, by a copy; by NULL without memory. */
static bool copy_array(void *pointer, size_t count, size_t size) {
  const void *items;
  void *copy = count > 0 ? calloc(count, size) : NULL;
  memcpy(&items, pointer, sizeof(items));
  if (copy != NULL)
    memcpy(copy, items, count * size);
  memcpy(pointer, &copy, sizeof(copy));
  return copy != NULL || count == 0;
}

pl_status pl_endpoint_copy(const pl_endpoint *endpoint, pl_endpoint **ret_endpoint) {
  pl_endpoint *copy = malloc(sizeof(*copy));
  if (copy == NULL)
    return PL_ERR_MEMORY;
  /* Without `references`, which other users may change at this moment. */
  enum { COUNT_END = offsetof(pl_endpoint, outcome) };
  memcpy((char *)copy + COUNT_END, (const char *)endpoint + COUNT_END, sizeof(*copy) - COUNT_END);
  copy->references = 1;
  bool complete = true;
#define COPY(array, count)                                                                         \
  complete = copy_array(&copy->array, copy->count, sizeof(*copy->array)) && complete;
  ARRAYS(COPY)
#undef COPY
  if (!complete) {
    pl_endpoint_unref(copy);
    return PL_ERR_MEMORY;
  }
  *ret_endpoint = copy;
  return PL_OK;
}

pl_endpoint *pl_endpoint_ref(pl_endpoint *endpoint) {
  if (endpoint != NULL)
    __atomic_add_fetch(&endpoint->references, 1, __ATOMIC_RELAXED);
  return endpoint;
}

void pl_endpoint_unref(pl_endpoint *endpoint) {
  if (endpoint == NULL || __atomic_sub_fetch(&endpoint->references, 1, __ATOMIC_ACQ_REL) > 0)
    return;
#define FREE(array, count) free(endpoint->array);
  ARRAYS(FREE)
#undef FREE
  free(endpoint);
}

bool pl_endpoint_addresses_known(const pl_endpoint *endpoint) {
  if (endpoint == NULL || !endpoint->known)
    return false;
  pl_part_state part = endpoint->parts[PL_PART_INTERFACES];
  bool interfaces = part == PL_PART_KNOWN;
  if (endpoint->prefix_count > 0)
    return interfaces ||
           (endpoint->interface_count == 0 && part != PL_PART_FAILED && part != PL_PART_OLD);
  if (!interfaces)
    return false;
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    if (endpoint->interfaces[i].address_count > 0)
      return true;
  }
  return false;
}

bool pl_endpoint_addresses_old(const pl_endpoint *endpoint) {
  return endpoint != NULL && endpoint->known && endpoint->parts[PL_PART_INTERFACES] == PL_PART_OLD;
}

void pl_endpoint_set_addresses_old(pl_endpoint *endpoint) {
  if (pl_endpoint_addresses_known(endpoint))
    endpoint->parts[PL_PART_INTERFACES] = PL_PART_OLD;
}

/* The known interface that has the address; NULL where there is none. */
static const pl_interface *find_interface(const pl_endpoint *endpoint, const pl_addr *address) {
  if (endpoint == NULL || !endpoint->known)
    return NULL;
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    for (size_t k = 0; k < interface->address_count; k++) {
      if (pl_addr_equal(&interface->addresses[k], address))
        return interface;
    }
  }
  return NULL;
}

static const pl_prefix *find_prefix(const pl_endpoint *endpoint, const pl_addr *address) {
  for (size_t i = 0; endpoint != NULL && endpoint->known && i < endpoint->prefix_count; i++) {
    if (pl_cidr_contains(&endpoint->prefixes[i].cidr, address))
      return &endpoint->prefixes[i];
  }
  return NULL;
}

bool pl_endpoint_has_address(const pl_endpoint *endpoint, const pl_addr *address) {
  return find_interface(endpoint, address) != NULL || find_prefix(endpoint, address) != NULL;
}

bool pl_endpoint_may_get_key(const pl_endpoint *endpoint, const pl_addr *address) {
  const pl_addr_class class = pl_addr_classify(address);
  return class == PL_ADDR_PRIVATE || class == PL_ADDR_SHARED ||
         pl_endpoint_has_address(endpoint, address);
}

const char *pl_endpoint_zone_of(const pl_endpoint *endpoint, const pl_addr *address) {
  const pl_interface *interface = find_interface(endpoint, address);
  const pl_prefix *prefix = find_prefix(endpoint, address);
  if (interface != NULL)
    return interface->zone;
  return prefix == NULL ? "" : prefix->zone;
}

bool pl_endpoint_is_of_lattice(const pl_endpoint *endpoint) {
  return endpoint->type == PL_ENDPOINT_TYPE_RESOURCE ||
         endpoint->type == PL_ENDPOINT_TYPE_SERVICE_NETWORK;
}

bool pl_endpoint_has_provider(const pl_endpoint *endpoint) {
  return endpoint->type == PL_ENDPOINT_TYPE_INTERFACE ||
         endpoint->type == PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER;
}

bool pl_endpoint_has_zone(const pl_endpoint *endpoint, const char *zone) {
  for (size_t i = 0; i < endpoint->zone_count; i++) {
    if (strcmp(endpoint->zones[i], zone) == 0)
      return true;
  }
  return false;
}

bool pl_endpoint_in_dns(const pl_endpoint *endpoint, unsigned family) {
  const char *other = family == PL_FAMILY_IPV4 ? "ipv6" : "ipv4";
  return endpoint == NULL || strcasecmp(endpoint->record_type, other) != 0;
}

/* DNS entries first, then the private names of associations; NULL at the end. */
static const char *name_at(const pl_endpoint *endpoint, size_t i) {
  if (i < endpoint->dns_entry_count)
    return endpoint->dns_entries[i].name;
  i -= endpoint->dns_entry_count;
  return i < endpoint->association_count ? endpoint->associations[i].private_name : NULL;
}

/* A wildcard is no host name, so it is not valid. */
static bool can_be_asked(const char *name) {
  return !pl_aws_is_vpce_name(name) && pl_host_valid(name);
}

const char *pl_endpoint_private_name(const pl_endpoint *endpoint) {
  const char *name;
  if (endpoint == NULL || !endpoint->known)
    return NULL;
  for (size_t i = 0; (name = name_at(endpoint, i)) != NULL; i++) {
    if (can_be_asked(name))
      return name;
  }
  return NULL;
}

/* Whether the name is the domain, or below it. */
static bool is_in_domain(const char *name, const char *domain) {
  size_t length = strlen(domain), whole = strlen(name);
  whole -= whole > 0 && name[whole - 1] == '.';
  length -= length > 0 && domain[length - 1] == '.';
  return length <= whole && strncasecmp(name + whole - length, domain, length) == 0 &&
         (length == whole || name[whole - length - 1] == '.');
}

/* Whether the domain, or one above it, is in the list. "*." at the beginning stands for any. */
static bool is_specified(const pl_endpoint *endpoint, const char *name) {
  for (size_t i = 0; i < endpoint->dns_domain_count; i++) {
    const char *domain = endpoint->dns_domains[i].name;
    domain += strncmp(domain, "*.", 2) == 0 ? 2 : 0;
    if (strcmp(domain, "*") == 0 || is_in_domain(name, domain))
      return true;
  }
  return false;
}

static bool has_name(const pl_endpoint *endpoint, const char *name) {
  const char *own;
  for (size_t i = 0; (own = name_at(endpoint, i)) != NULL; i++) {
    bool wildcard = strncmp(own, "*.", 2) == 0;
    if (wildcard ? is_in_domain(name, own + 2) && !pl_host_equal(name, own + 2)
                 : pl_host_equal(name, own))
      return true;
  }
  return false;
}

bool pl_endpoint_excludes(const pl_endpoint *endpoint, const char *name) {
  return strcasecmp(endpoint->dns_preference, "SPECIFIED_DOMAINS_ONLY") == 0 &&
         !endpoint->truncated && !is_specified(endpoint, name);
}

bool pl_endpoint_is_further(const pl_endpoint *endpoint, const char *first, const char *name) {
  return endpoint != NULL && endpoint->known && endpoint->private_dns == PL_TRI_YES &&
         first != NULL && (first[0] == '\0' || has_name(endpoint, first)) && can_be_asked(name) &&
         !pl_host_equal(name, first) && !pl_endpoint_excludes(endpoint, name);
}

static bool came_before(const pl_endpoint *endpoint, size_t end, const char *name) {
  for (size_t i = 0; i < end; i++) {
    if (pl_host_equal(name_at(endpoint, i), name))
      return true;
  }
  return false;
}

const char *pl_endpoint_next_name(const pl_endpoint *endpoint, const char *first, size_t *cursor) {
  const char *name;
  while (endpoint != NULL && (name = name_at(endpoint, *cursor)) != NULL) {
    size_t i = (*cursor)++;
    if (pl_endpoint_is_further(endpoint, first, name) && !came_before(endpoint, i, name))
      return name;
  }
  return NULL;
}

pl_nsec pl_endpoint_age(const pl_endpoint *endpoint, pl_nsec now) {
  if (endpoint == NULL || !endpoint->known)
    return PL_NSEC_UNKNOWN;
  return now > endpoint->answered ? now - endpoint->answered : 0;
}
