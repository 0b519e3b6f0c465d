/* Builds an endpoint from its entry in the list and from the details. */
#include "aws/ec2/assemble.h"
#include <stdlib.h>
#include <string.h>

static pl_status fill_interfaces(const pl_ec2_details *details, const pl_ec2_listed *listed,
                                 pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &details->parts[PL_PART_INTERFACES];
  size_t count = listed->interfaces.count;
  endpoint->parts[PL_PART_INTERFACES] = cache->state;
  if (count > PL_LIMIT_INTERFACES) {
    count = PL_LIMIT_INTERFACES;
    endpoint->parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  }
  if (count == 0)
    return PL_OK;
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
  return PL_OK;
}

static bool add_zone(pl_endpoint *endpoint, const char *zone) {
  if (*zone == '\0')
    return false;
  for (size_t i = 0; i < endpoint->zone_count; i++) {
    if (strcmp(endpoint->zones[i], zone) == 0)
      return true;
  }
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

pl_status pl_ec2_assemble(const pl_ec2_details *details, const pl_ec2_listed *listed, pl_nsec now,
                          pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint;
  pl_status status = pl_endpoint_copy(listed->endpoint, &endpoint);
  if (status != PL_OK)
    return status;
  endpoint->answered = now;
  if ((status = fill_interfaces(details, listed, endpoint)) != PL_OK ||
      (status = fill_zones(details, listed, endpoint)) != PL_OK ||
      (status = fill_rules(details, listed, endpoint)) != PL_OK ||
      (status = fill_vpc(details, endpoint)) != PL_OK) {
    pl_endpoint_unref(endpoint);
    return status;
  }
  *ret_endpoint = endpoint;
  return PL_OK;
}
