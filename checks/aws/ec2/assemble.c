#include "aws/ec2/internal.h"
#include <stdlib.h>
#include <string.h>

static pl_status fill_interfaces(const pl_ec2 *ec2, const pl_ec2_listed *listed,
                                 pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &ec2->parts[PL_PART_INTERFACES];
  const pl_ec2_answer *a = &cache->answer;
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
        pl_ec2_find(a->interfaces, a->interface_count, sizeof(*a->interfaces),
                    listed->interfaces.items[i].text);
    memcpy(interface->id, listed->interfaces.items[i].text, sizeof(interface->id));
    if (found != NULL)
      *interface = *found;
    /* One that is missing makes the set of addresses incomplete. */
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
static pl_status fill_zones(const pl_ec2 *ec2, const pl_ec2_listed *listed, pl_endpoint *endpoint) {
  const pl_ec2_answer *a = &ec2->parts[PL_PART_SUBNETS].answer;
  endpoint->zones = calloc(PL_LIMIT_ZONES, sizeof(*endpoint->zones));
  if (endpoint->zones == NULL)
    return PL_ERR_MEMORY;
  endpoint->zones_known = ec2->parts[PL_PART_INTERFACES].state == PL_PART_KNOWN;
  for (size_t i = 0; i < endpoint->interface_count && endpoint->zones_known; i++)
    endpoint->zones_known = add_zone(endpoint, endpoint->interfaces[i].zone);
  if (!endpoint->zones_known) {
    endpoint->parts[PL_PART_SUBNETS] = ec2->parts[PL_PART_SUBNETS].state;
    endpoint->zone_count = 0;
    endpoint->zones_known = endpoint->parts[PL_PART_SUBNETS] == PL_PART_KNOWN;
    for (size_t i = 0; i < listed->subnets.count && endpoint->zones_known; i++) {
      const pl_ec2_subnet *subnet = pl_ec2_find(a->subnets, a->subnet_count, sizeof(*a->subnets),
                                                listed->subnets.items[i].text);
      endpoint->zones_known = subnet != NULL && add_zone(endpoint, subnet->zone);
    }
  }
  pl_ec2_sort(endpoint->zones, endpoint->zone_count, sizeof(*endpoint->zones));
  return PL_OK;
}

static void add_rule(const pl_ec2_listed *listed, const pl_ec2_rule *rule, pl_endpoint *endpoint) {
  if (endpoint->rule_count >= PL_LIMIT_RULES) {
    endpoint->truncated = true;
    return;
  }
  pl_rule *copy = &endpoint->rules[endpoint->rule_count++];
  *copy = rule->rule;
  if (copy->source == PL_RULE_OTHER_GROUP && pl_ec2_ids_contain(&listed->groups, rule->source.text))
    copy->source = PL_RULE_OWN_GROUP;
}

static pl_status fill_rules(const pl_ec2 *ec2, const pl_ec2_listed *listed, pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &ec2->parts[PL_PART_GROUPS];
  const pl_ec2_answer *a = &cache->answer;
  endpoint->parts[PL_PART_GROUPS] = cache->state;
  endpoint->group_count = (unsigned)listed->groups.count;
  if (cache->state != PL_PART_KNOWN)
    return PL_OK;
  endpoint->truncated = endpoint->truncated || a->truncated;
  size_t count = 0;
  for (size_t i = 0; i < listed->groups.count; i++) {
    const char *id = listed->groups.items[i].text;
    if (pl_ec2_find(a->groups.items, a->groups.count, sizeof(*a->groups.items), id) == NULL)
      endpoint->parts[PL_PART_GROUPS] = PL_PART_FAILED;
    for (size_t k = pl_ec2_first(a->rules, a->rule_count, sizeof(*a->rules), id);
         k < a->rule_count && strcmp(a->rules[k].group.text, id) == 0; k++)
      count++;
  }
  if (count == 0)
    return PL_OK;
  endpoint->rules =
      calloc(count < PL_LIMIT_RULES ? count : PL_LIMIT_RULES, sizeof(*endpoint->rules));
  if (endpoint->rules == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < listed->groups.count; i++) {
    const char *id = listed->groups.items[i].text;
    for (size_t k = pl_ec2_first(a->rules, a->rule_count, sizeof(*a->rules), id);
         k < a->rule_count && strcmp(a->rules[k].group.text, id) == 0; k++)
      add_rule(listed, &a->rules[k], endpoint);
  }
  return PL_OK;
}

static pl_status fill_vpc(const pl_ec2 *ec2, pl_endpoint *endpoint) {
  const pl_ec2_part *cache = &ec2->parts[PL_PART_VPC_CIDRS];
  const pl_ec2_answer *a = &cache->answer;
  endpoint->parts[PL_PART_VPC_CIDRS] = cache->state;
  endpoint->parts[PL_PART_VPC_DNS] =
      endpoint->private_dns == PL_TRI_YES ? ec2->parts[PL_PART_VPC_DNS].state : PL_PART_NOT_ASKED;
  const pl_ec2_vpc_dns *dns =
      pl_ec2_find(ec2->vpcs, ec2->vpc_count, sizeof(*ec2->vpcs), endpoint->vpc);
  if (dns != NULL) {
    endpoint->dns_support = dns->support;
    endpoint->dns_hostnames = dns->hostnames;
  }
  size_t first = pl_ec2_first(a->blocks, a->block_count, sizeof(*a->blocks), endpoint->vpc);
  size_t count = 0;
  while (first + count < a->block_count &&
         strcmp(a->blocks[first + count].vpc.text, endpoint->vpc) == 0)
    count++;
  if (cache->state == PL_PART_KNOWN && (count == 0 || count > PL_LIMIT_VPC_CIDRS))
    endpoint->parts[PL_PART_VPC_CIDRS] = PL_PART_FAILED;
  if (count == 0 || count > PL_LIMIT_VPC_CIDRS)
    return PL_OK;
  endpoint->vpc_cidrs = calloc(count, sizeof(*endpoint->vpc_cidrs));
  if (endpoint->vpc_cidrs == NULL)
    return PL_ERR_MEMORY;
  endpoint->vpc_cidr_count = count;
  for (size_t i = 0; i < count; i++)
    endpoint->vpc_cidrs[i] = a->blocks[first + i].cidr;
  return PL_OK;
}

pl_status pl_ec2_assemble(const pl_ec2 *ec2, const pl_ec2_listed *listed, pl_nsec now,
                          pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint;
  pl_status status = pl_endpoint_copy(listed->endpoint, &endpoint);
  if (status != PL_OK)
    return status;
  endpoint->answered = now;
  if ((status = fill_interfaces(ec2, listed, endpoint)) != PL_OK ||
      (status = fill_zones(ec2, listed, endpoint)) != PL_OK ||
      (status = fill_rules(ec2, listed, endpoint)) != PL_OK ||
      (status = fill_vpc(ec2, endpoint)) != PL_OK) {
    pl_endpoint_unref(endpoint);
    return status;
  }
  *ret_endpoint = endpoint;
  return PL_OK;
}
