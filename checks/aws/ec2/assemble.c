/* Builds an endpoint from its entry in the list and from the details. */
#include "aws/ec2/assemble.h"
#include "base/buf.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static pl_status fill_interfaces(const pl_ec2_details *details, const pl_ec2_listed *listed,
                                 pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_INTERFACES];
  size_t count = listed->interfaces.count;
  endpoint->parts[PL_PART_INTERFACES] = cache->state;
  if (count > PL_LIMIT_INTERFACES) {
    count = PL_LIMIT_INTERFACES;
    endpoint->parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  }
  if (count == 0) { /* whatever the calls for other endpoints gave */
    endpoint->parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
    return PL_OK;
  }
  endpoint->interfaces = calloc(count, sizeof(*endpoint->interfaces));
  if (endpoint->interfaces == NULL)
    return PL_ERR_MEMORY;
  endpoint->interface_count = count;
  for (size_t i = 0; i < count; i++) {
    pl_interface *interface = &endpoint->interfaces[i];
    const pl_interface *found =
        PL_EC2_FIND(cache->answer.interfaces, listed->interfaces.items[i].text);
    memcpy(interface->id, listed->interfaces.items[i].text, sizeof(interface->id));
    if (found != NULL)
      *interface = *found;
    /* If one interface is missing, the set of addresses is incomplete. */
    if (interface->address_count == 0 && cache->state == PL_PART_KNOWN)
      endpoint->parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  }
  if (cache->asked > cache->good)
    pl_endpoint_set_addresses_old(endpoint);
  return PL_OK;
}

static bool add_zone(pl_endpoint *endpoint, const char *zone) {
  if (*zone == '\0')
    return false;
  if (pl_endpoint_has_zone(endpoint, zone))
    return true;
  if (endpoint->zone_count >= PL_LIMIT_ZONES)
    return false;
  memcpy(endpoint->zones[endpoint->zone_count], zone, sizeof(*endpoint->zones));
  endpoint->zone_count++;
  return true;
}

/* From the interfaces, or else from the subnets. */
static pl_status fill_zones(const pl_ec2_details *details, const pl_ec2_listed *listed,
                            pl_endpoint *endpoint) {
  const pl_ec2_part *subnets = &details->parts[PL_PART_SUBNETS];
  endpoint->zones = calloc(PL_LIMIT_ZONES, sizeof(*endpoint->zones));
  if (endpoint->zones == NULL)
    return PL_ERR_MEMORY;
  endpoint->zones_known = details->parts[PL_PART_INTERFACES].state == PL_PART_KNOWN;
  for (size_t i = 0; i < endpoint->interface_count && endpoint->zones_known; i++)
    endpoint->zones_known = add_zone(endpoint, endpoint->interfaces[i].zone);
  if (!endpoint->zones_known) {
    endpoint->parts[PL_PART_SUBNETS] = subnets->state;
    endpoint->zone_count = 0;
    endpoint->zones_known = subnets->state == PL_PART_KNOWN;
    for (size_t i = 0; i < listed->subnets.count && endpoint->zones_known; i++) {
      const pl_ec2_subnet *subnet =
          PL_EC2_FIND(subnets->answer.subnets, listed->subnets.items[i].text);
      endpoint->zones_known = subnet != NULL && add_zone(endpoint, subnet->zone);
    }
  }
  pl_ec2_sort(endpoint->zones, endpoint->zone_count, sizeof(*endpoint->zones));
  return PL_OK;
}

static pl_status add_rules(const pl_ec2_listed *listed, const pl_ec2_rule *rules, size_t count,
                           pl_endpoint *endpoint) {
  if (count > PL_LIMIT_RULES - endpoint->rule_count) {
    count = PL_LIMIT_RULES - endpoint->rule_count;
    endpoint->truncated = true;
  }
  if (count == 0)
    return PL_OK;
  pl_rule *larger =
      realloc(endpoint->rules, (endpoint->rule_count + count) * sizeof(*endpoint->rules));
  if (larger == NULL)
    return PL_ERR_MEMORY;
  endpoint->rules = larger;
  for (size_t i = 0; i < count; i++) {
    pl_rule *rule = &larger[endpoint->rule_count++];
    *rule = rules[i].rule;
    if (rule->source == PL_RULE_OTHER_GROUP &&
        PL_EC2_FIND(listed->groups, rules[i].source.text) != NULL)
      rule->source = PL_RULE_OWN_GROUP;
  }
  return PL_OK;
}

static pl_status fill_rules(const pl_ec2_details *details, const pl_ec2_listed *listed,
                            pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_GROUPS];
  const pl_ec2_answer *a = &cache->answer;
  pl_status status = PL_OK;
  endpoint->parts[PL_PART_GROUPS] = cache->state;
  endpoint->group_count = (unsigned)listed->groups.count;
  if (cache->state != PL_PART_KNOWN)
    return PL_OK;
  endpoint->truncated = endpoint->truncated || a->truncated;
  for (size_t i = 0; i < listed->groups.count && status == PL_OK; i++) {
    const char *id = listed->groups.items[i].text;
    size_t first = 0, count = PL_EC2_RANGE(a->rules, id, &first);
    if (PL_EC2_FIND(a->groups, id) == NULL)
      endpoint->parts[PL_PART_GROUPS] = PL_PART_FAILED;
    if (count > 0)
      status = add_rules(listed, a->rules.items + first, count, endpoint);
  }
  return status;
}

static pl_status fill_associations(const pl_ec2_details *details, const pl_ec2_listed *listed,
                                   pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_ASSOCIATIONS];
  size_t first = 0, count = PL_EC2_RANGE(cache->answer.associations, listed->id.text, &first);
  if (!pl_endpoint_is_of_lattice(endpoint))
    return PL_OK;
  endpoint->parts[PL_PART_ASSOCIATIONS] = cache->state;
  if (cache->state == PL_PART_KNOWN && cache->answer.truncated)
    endpoint->parts[PL_PART_ASSOCIATIONS] = PL_PART_FAILED;
  if (count > PL_LIMIT_ASSOCIATIONS) {
    count = PL_LIMIT_ASSOCIATIONS;
    endpoint->parts[PL_PART_ASSOCIATIONS] = PL_PART_FAILED; /* some would look like all */
  }
  if (count == 0)
    return PL_OK;
  endpoint->associations = calloc(count, sizeof(*endpoint->associations));
  if (endpoint->associations == NULL)
    return PL_ERR_MEMORY;
  endpoint->association_count = count;
  for (size_t i = 0; i < count; i++)
    endpoint->associations[i] = cache->answer.associations.items[first + i].association;
  return PL_OK;
}

/* What the provider offers. Zones of another region have no meaning here. */
static void fill_service(const pl_ec2_details *details, pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_SERVICE];
  if (!pl_endpoint_has_provider(endpoint))
    return;
  endpoint->parts[PL_PART_SERVICE] = cache->state;
  const pl_ec2_service *service = PL_EC2_FIND(cache->answer.services, endpoint->service_name);
  if (service == NULL)
    return;
  if (strcasecmp(service->verification, "verified") == 0)
    memcpy(endpoint->offered_name, service->private_name, sizeof(endpoint->offered_name));
  pl_buf text;
  pl_buf_fixed(&text, endpoint->unused_zones, sizeof(endpoint->unused_zones));
  bool here = endpoint->service_region[0] == '\0' ||
              strcmp(endpoint->service_region, endpoint->region) == 0;
  for (size_t i = 0; i < service->zone_count && endpoint->zones_known && here; i++) {
    if (!pl_endpoint_has_zone(endpoint, service->zones[i]))
      pl_buf_addf(&text, "%s%s", text.length == 0 ? "" : ", ", service->zones[i]);
  }
}

/* An endpoint with prefixes has one address for each resource. The addresses of its interfaces
 * belong to it, too, but no resource answers there, so they are not to be probed. */
static pl_status fill_prefixes(pl_endpoint *endpoint) {
  if (endpoint->prefix_count == 0)
    return PL_OK;
  pl_prefix *larger = realloc(endpoint->prefixes, PL_LIMIT_PREFIXES * sizeof(*larger));
  if (larger == NULL)
    return PL_ERR_MEMORY;
  endpoint->prefixes = larger;
  bool complete = !endpoint->truncated;
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    pl_interface *interface = &endpoint->interfaces[i];
    complete = complete && interface->address_count <= PL_LIMIT_PREFIXES - endpoint->prefix_count;
    size_t listed = endpoint->prefix_count;
    for (size_t k = 0; k < listed; k++) {
      if (strcmp(endpoint->prefixes[k].subnet, interface->subnet) == 0)
        memcpy(endpoint->prefixes[k].zone, interface->zone, sizeof(interface->zone));
    }
    for (size_t k = 0; k < interface->address_count && endpoint->prefix_count < PL_LIMIT_PREFIXES;
         k++) {
      pl_prefix *own = &endpoint->prefixes[endpoint->prefix_count++];
      const pl_addr *address = &interface->addresses[k];
      *own = (pl_prefix){.cidr = {*address, address->family == PL_FAMILY_IPV4 ? 32 : 128}};
      memcpy(own->subnet, interface->subnet, sizeof(own->subnet));
      memcpy(own->zone, interface->zone, sizeof(own->zone));
    }
    interface->address_count = 0;
  }
  if (!complete) /* an address outside those that were read may be its own */
    endpoint->parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  return PL_OK;
}

static pl_status fill_vpc(const pl_ec2_details *details, pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_VPC_CIDRS];
  const pl_ec2_answer *a = &cache->answer;
  endpoint->parts[PL_PART_VPC_CIDRS] = cache->state;
  if (endpoint->private_dns == PL_TRI_YES)
    endpoint->parts[PL_PART_VPC_DNS] = details->parts[PL_PART_VPC_DNS].state;
  const pl_ec2_vpc_dns *dns = PL_EC2_FIND(details->vpcs, endpoint->vpc);
  if (dns != NULL) {
    endpoint->dns_support = dns->support;
    endpoint->dns_hostnames = dns->hostnames;
  }
  size_t first = 0, count = PL_EC2_RANGE(a->blocks, endpoint->vpc, &first);
  if (count == 0 || count > PL_LIMIT_VPC_CIDRS) {
    if (cache->state == PL_PART_KNOWN)
      endpoint->parts[PL_PART_VPC_CIDRS] = PL_PART_FAILED;
    return PL_OK;
  }
  endpoint->vpc_cidrs = calloc(count, sizeof(*endpoint->vpc_cidrs));
  if (endpoint->vpc_cidrs == NULL)
    return PL_ERR_MEMORY;
  endpoint->vpc_cidr_count = count;
  for (size_t i = 0; i < count; i++)
    endpoint->vpc_cidrs[i] = a->blocks.items[first + i].cidr;
  return PL_OK;
}

pl_status pl_ec2_assemble(const pl_ec2_details *details, const pl_ec2_listed *listed,
                          const char *region, pl_nsec now, pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint;
  pl_status status = pl_endpoint_copy(listed->endpoint, &endpoint);
  if (status != PL_OK)
    return status;
  endpoint->answered = now;
  pl_text_set_foreign(endpoint->region, sizeof(endpoint->region), region, strlen(region));
  if ((status = fill_interfaces(details, listed, endpoint)) != PL_OK ||
      (status = fill_zones(details, listed, endpoint)) != PL_OK ||
      (status = fill_prefixes(endpoint)) != PL_OK ||
      (status = fill_associations(details, listed, endpoint)) != PL_OK ||
      (status = fill_rules(details, listed, endpoint)) != PL_OK ||
      (status = fill_vpc(details, endpoint)) != PL_OK) {
    pl_endpoint_unref(endpoint);
    return status;
  }
  fill_service(details, endpoint);
  *ret_endpoint = endpoint;
  return PL_OK;
}
