#include "aws/ec2/internal.h"
#include <stdlib.h>
#include <string.h>

#define PART_AGE_MAX (3600 * PL_SEC) /* older details are not used, whatever fails */

/* What the endpoints refer to, each id once. */
typedef struct references {
  pl_ec2_ids interfaces, subnets, groups, vpcs, private_dns_vpcs;
} references;

static void free_references(references *r) {
  pl_ec2_ids_free(&r->interfaces);
  pl_ec2_ids_free(&r->subnets);
  pl_ec2_ids_free(&r->groups);
  pl_ec2_ids_free(&r->vpcs);
  pl_ec2_ids_free(&r->private_dns_vpcs);
}

static pl_status collect_references(const pl_ec2_answer *listed, references *r) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < listed->endpoint_count && status == PL_OK; i++) {
    const pl_ec2_listed *item = &listed->endpoints[i];
    pl_ec2_id vpc = {""};
    memcpy(vpc.text, item->endpoint->vpc, sizeof(vpc.text));
    size_t has_vpc = vpc.text[0] == '\0' ? 0 : 1;
    size_t has_dns = item->endpoint->private_dns == PL_TRI_YES ? has_vpc : 0;
    if ((status = pl_ec2_ids_append(&r->interfaces, item->interfaces.items,
                                    item->interfaces.count)) == PL_OK &&
        (status = pl_ec2_ids_append(&r->subnets, item->subnets.items, item->subnets.count)) ==
            PL_OK &&
        (status = pl_ec2_ids_append(&r->groups, item->groups.items, item->groups.count)) == PL_OK &&
        (status = pl_ec2_ids_append(&r->vpcs, &vpc, has_vpc)) == PL_OK)
      status = pl_ec2_ids_append(&r->private_dns_vpcs, &vpc, has_dns);
  }
  pl_ec2_ids_sort(&r->interfaces);
  pl_ec2_ids_sort(&r->subnets);
  pl_ec2_ids_sort(&r->groups);
  pl_ec2_ids_sort(&r->vpcs);
  pl_ec2_ids_sort(&r->private_dns_vpcs);
  return status;
}

static bool is_due(const pl_ec2 *ec2, pl_part part, pl_nsec now) {
  const pl_ec2_part *cache = &ec2->parts[part];
  return cache->state == PL_PART_NOT_ASKED || cache->state == PL_PART_FAILED ||
         now - cache->asked >= ec2->detail_interval;
}

void pl_ec2_renew_interfaces(pl_ec2 *ec2) {
  ec2->parts[PL_PART_INTERFACES].asked -= ec2->detail_interval;
}

static pl_part_state part_state(const pl_aws_result *result) {
  if (result->end == PL_AWS_OK)
    return PL_PART_KNOWN;
  return result->end == PL_AWS_DENIED ? PL_PART_DENIED : PL_PART_FAILED;
}

/* Whether the cache knows every id that is referred to: an edit of an endpoint brings new ones. */
static bool covers(const pl_ec2_ids *ids, const void *items, size_t count, size_t size) {
  for (size_t i = 0; i < ids->count; i++) {
    if (pl_ec2_find(items, count, size, ids->items[i].text) == NULL)
      return false;
  }
  return true;
}

static bool cache_covers(const pl_ec2 *ec2, pl_part part, const pl_ec2_ids *ids) {
  const pl_ec2_answer *a = &ec2->parts[part].answer;
  switch (part) {
  case PL_PART_INTERFACES:
    return covers(ids, a->interfaces, a->interface_count, sizeof(*a->interfaces));
  case PL_PART_SUBNETS:
    return covers(ids, a->subnets, a->subnet_count, sizeof(*a->subnets));
  case PL_PART_GROUPS:
    return covers(ids, a->groups.items, a->groups.count, sizeof(*a->groups.items));
  case PL_PART_VPC_CIDRS:
    return covers(ids, a->vpcs.items, a->vpcs.count, sizeof(*a->vpcs.items));
  case PL_PART_VPC_DNS:
    return covers(ids, ec2->vpcs, ec2->vpc_count, sizeof(*ec2->vpcs));
  case PL_PART_COUNT:
    break;
  }
  return true;
}

/* Keeps what is known where a refresh fails, unless it is too old; a permission that was taken away
 * ends it at once. Whether the part is now as `result` has it. */
static bool keep_part(pl_ec2_part *cache, const pl_aws_result *result, pl_ec2_answer *fresh,
                      pl_nsec now) {
  pl_part_state state = part_state(result);
  cache->asked = now;
  if (state == PL_PART_FAILED && cache->state == PL_PART_KNOWN &&
      now - cache->good < PART_AGE_MAX) {
    pl_ec2_answer_free(fresh);
    return false;
  }
  pl_ec2_answer_free(&cache->answer);
  cache->state = state;
  if (state == PL_PART_KNOWN) {
    pl_ec2_answer_sort(fresh);
    cache->answer = *fresh;
    cache->good = now;
  } else {
    pl_ec2_answer_free(fresh);
  }
  return true;
}

static void refresh_list(pl_ec2 *ec2, pl_part part, pl_ec2_action action, const pl_ec2_filter *f,
                         const pl_aws_context *context) {
  pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  if (f->ids->count == 0 || (!is_due(ec2, part, now) && cache_covers(ec2, part, f->ids)))
    return;
  pl_ec2_answer fresh = {0};
  pl_aws_result result;
  pl_ec2_list(ec2, action, f, 0, &fresh, context, &result);
  (void)keep_part(&ec2->parts[part], &result, &fresh, now);
}

/* Two calls for each VPC: the API has no other way. */
static void refresh_vpc_dns(pl_ec2 *ec2, const pl_ec2_ids *ids, const pl_aws_context *context) {
  pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  pl_ec2_part *cache = &ec2->parts[PL_PART_VPC_DNS];
  if (ids->count == 0 ||
      (!is_due(ec2, PL_PART_VPC_DNS, now) && cache_covers(ec2, PL_PART_VPC_DNS, ids)))
    return;
  pl_ec2_answer none = {0};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  pl_ec2_vpc_dns *rows = calloc(ids->count, sizeof(*rows));
  for (size_t i = 0; rows != NULL && i < ids->count; i++) {
    pl_ec2_answer answer = {0};
    pl_ec2_ask_attribute(ec2, ids->items[i].text, "enableDnsSupport", &answer, context, &result);
    if (result.end == PL_AWS_OK)
      pl_ec2_ask_attribute(ec2, ids->items[i].text, "enableDnsHostnames", &answer, context,
                           &result);
    rows[i] = (pl_ec2_vpc_dns){ids->items[i], answer.dns_support, answer.dns_hostnames};
    pl_ec2_answer_free(&answer);
    if (result.end != PL_AWS_OK)
      break;
  }
  if (keep_part(cache, &result, &none, now)) {
    bool known = cache->state == PL_PART_KNOWN;
    pl_ec2_vpc_dns *old = ec2->vpcs;
    ec2->vpcs = known ? rows : NULL;
    ec2->vpc_count = known ? ids->count : 0;
    rows = known ? NULL : rows;
    free(old);
  }
  free(rows);
}

static bool interfaces_tell_zones(const pl_ec2 *ec2) {
  const pl_ec2_part *cache = &ec2->parts[PL_PART_INTERFACES];
  if (cache->state != PL_PART_KNOWN)
    return false;
  for (size_t i = 0; i < cache->answer.interface_count; i++) {
    if (cache->answer.interfaces[i].zone[0] == '\0')
      return false;
  }
  return true;
}

pl_status pl_ec2_refresh(pl_ec2 *ec2, const pl_ec2_answer *listed, const pl_aws_context *context) {
  references r = {0};
  pl_status status = collect_references(listed, &r);
  if (status == PL_OK) {
    pl_ec2_filter interfaces = {"network-interface-id", &r.interfaces, "interface-type",
                                "vpc_endpoint"};
    pl_ec2_filter subnets = {"subnet-id", &r.subnets, NULL, NULL};
    pl_ec2_filter groups = {"group-id", &r.groups, NULL, NULL};
    pl_ec2_filter vpcs = {"vpc-id", &r.vpcs, NULL, NULL};
    refresh_list(ec2, PL_PART_INTERFACES, PL_EC2_DESCRIBE_NETWORK_INTERFACES, &interfaces, context);
    if (!interfaces_tell_zones(ec2))
      refresh_list(ec2, PL_PART_SUBNETS, PL_EC2_DESCRIBE_SUBNETS, &subnets, context);
    refresh_list(ec2, PL_PART_GROUPS, PL_EC2_DESCRIBE_SECURITY_GROUPS, &groups, context);
    refresh_list(ec2, PL_PART_VPC_CIDRS, PL_EC2_DESCRIBE_VPCS, &vpcs, context);
    refresh_vpc_dns(ec2, &r.private_dns_vpcs, context);
  }
  free_references(&r);
  return status;
}
