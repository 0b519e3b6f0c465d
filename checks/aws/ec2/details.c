/* Queries and keeps what endpoints refer to. */
#include "aws/ec2/details.h"
#include <stdlib.h>
#include <string.h>

#define PART_AGE_MAX (3600 * PL_SEC) /* older details are not used, whatever fails */

/* The ids that the endpoints refer to, for each part, each once. */
typedef struct references {
  pl_ec2_ids of[PL_PART_COUNT];
  pl_ec2_ids regions; /* of services that are not in the API's own region */
} references;

/* The text as a list; empty if it is empty, or too long for an id. */
static pl_ec2_ids one_id(pl_ec2_id *storage, const char *text, bool wanted) {
  size_t length = strlen(text);
  bool fits = wanted && length > 0 && length < sizeof(storage->text);
  if (fits)
    memcpy(storage->text, text, length + 1);
  return (pl_ec2_ids){.items = storage, .count = fits};
}

/* `here` is the region of the API. */
static pl_status collect_references(const pl_ec2_answer *listed, const char *here, references *r) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < listed->endpoints.count && status == PL_OK; i++) {
    const pl_ec2_listed *item = &listed->endpoints.items[i];
    const pl_endpoint *endpoint = item->endpoint;
    bool provided = pl_endpoint_has_provider(endpoint);
    pl_ec2_id vpc, self, service, region;
    pl_ec2_ids vpcs = one_id(&vpc, endpoint->vpc, true);
    pl_ec2_ids selves = one_id(&self, item->id.text, pl_endpoint_is_of_lattice(endpoint));
    pl_ec2_ids services = one_id(&service, endpoint->service_name, provided);
    pl_ec2_ids regions = one_id(&region, endpoint->service_region,
                                provided && strcmp(endpoint->service_region, here) != 0);
    const pl_ec2_ids none = {0};
    const pl_ec2_ids *const more[PL_PART_COUNT] = {
        [PL_PART_INTERFACES] = &item->interfaces,
        [PL_PART_SUBNETS] = &item->subnets,
        [PL_PART_GROUPS] = &item->groups,
        [PL_PART_VPC_CIDRS] = &vpcs,
        [PL_PART_ASSOCIATIONS] = &selves,
        [PL_PART_SERVICE] = &services,
        [PL_PART_VPC_DNS] = endpoint->private_dns == PL_TRI_YES ? &vpcs : &none,
    };
    status = pl_ec2_ids_append(&r->regions, regions.items, regions.count);
    for (pl_part part = 0; part < PL_PART_COUNT && status == PL_OK; part++)
      status = pl_ec2_ids_append(&r->of[part], more[part]->items, more[part]->count);
  }
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    pl_ec2_ids_sort(&r->of[part]);
  pl_ec2_ids_sort(&r->regions);
  if (r->regions.count > 0 && status == PL_OK) { /* those of the API's own region, too */
    pl_ec2_id own;
    pl_ec2_ids owns = one_id(&own, here, true);
    status = pl_ec2_ids_append(&r->regions, owns.items, owns.count);
  }
  return status;
}

/* Whether the part has a record for `id`. An edit of an endpoint brings new ids. */
static bool has_record(const pl_ec2_details *details, pl_part part, const char *id) {
  const pl_ec2_answer *a = &details->parts[part].answer;
  switch (part) {
  case PL_PART_INTERFACES:
    return PL_EC2_FIND(a->interfaces, id) != NULL;
  case PL_PART_SUBNETS:
    return PL_EC2_FIND(a->subnets, id) != NULL;
  case PL_PART_GROUPS:
    return PL_EC2_FIND(a->groups, id) != NULL;
  case PL_PART_VPC_CIDRS:
    return PL_EC2_FIND(a->vpcs, id) != NULL;
  case PL_PART_ASSOCIATIONS:
  case PL_PART_SERVICE: /* EC2 leaves out what it does not show to this account */
    return PL_EC2_FIND(a->asked, id) != NULL;
  case PL_PART_VPC_DNS:
    return PL_EC2_FIND(details->vpcs, id) != NULL;
  case PL_PART_COUNT:
    break;
  }
  return true;
}

/* Whether the part must be queried for these ids. */
static bool is_due(const pl_ec2_details *details, pl_part part, const pl_ec2_ids *ids,
                   pl_nsec now) {
  const pl_ec2_part *cache = &details->parts[part];
  bool due = cache->state == PL_PART_NOT_ASKED || cache->state == PL_PART_FAILED ||
             now - cache->asked >= details->interval ||
             (part == PL_PART_INTERFACES && cache->asked > cache->good);
  /* Without the permission there is no record of any id. */
  for (size_t i = 0; i < ids->count && !due && cache->state != PL_PART_DENIED; i++)
    due = !has_record(details, part, ids->items[i].text);
  return due && ids->count > 0;
}

/* Stores the result of a query, and takes over `fresh`. After a failure the known answer stays in
 * use unless it is too old. Without the permission it is dropped at once. True if the part now has
 * the state of `result`. */
static bool keep_part(pl_ec2_part *cache, const pl_aws_result *result, pl_ec2_answer *fresh,
                      pl_nsec now) {
  pl_part_state state = result->end == PL_AWS_OK       ? PL_PART_KNOWN
                        : result->end == PL_AWS_DENIED ? PL_PART_DENIED
                                                       : PL_PART_FAILED;
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

/* Two calls for each VPC: the API has no other way. On success `rows` has a row for each id. */
static void ask_vpc_dns(pl_ec2_api *api, const pl_ec2_ids *ids, pl_ec2_vpc_dns *rows,
                        const pl_aws_context *context, pl_aws_result *result) {
  for (size_t i = 0; i < ids->count; i++) {
    const char *vpc = ids->items[i].text;
    pl_ec2_answer answer = {0};
    pl_ec2_list_attribute(api, vpc, "enableDnsSupport", &answer, context, result);
    if (result->end == PL_AWS_OK)
      pl_ec2_list_attribute(api, vpc, "enableDnsHostnames", &answer, context, result);
    rows[i] = (pl_ec2_vpc_dns){ids->items[i], answer.dns_support, answer.dns_hostnames};
    pl_ec2_answer_free(&answer);
    if (result->end != PL_AWS_OK)
      return;
  }
}

static void refresh_vpc_dns(pl_ec2_details *details, pl_ec2_api *api, const pl_ec2_ids *ids,
                            const pl_aws_context *context, pl_nsec now) {
  pl_ec2_part *cache = &details->parts[PL_PART_VPC_DNS];
  pl_ec2_answer none = {0};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  pl_ec2_vpc_dns *rows = calloc(ids->count, sizeof(*rows));
  if (rows != NULL)
    ask_vpc_dns(api, ids, rows, context, &result);
  if (keep_part(cache, &result, &none, now)) {
    bool known = cache->state == PL_PART_KNOWN;
    free(details->vpcs.items);
    details->vpcs.items = known ? rows : NULL;
    details->vpcs.count = known ? ids->count : 0;
    rows = known ? NULL : rows;
  }
  free(rows);
}

static bool interfaces_have_zones(const pl_ec2_details *details) {
  const pl_ec2_part *cache = &details->parts[PL_PART_INTERFACES];
  bool all = cache->state == PL_PART_KNOWN;
  for (size_t i = 0; i < cache->answer.interfaces.count && all; i++)
    all = cache->answer.interfaces.items[i].zone[0] != '\0';
  return all;
}

pl_status pl_ec2_details_refresh(pl_ec2_details *details, pl_ec2_api *api,
                                 const pl_ec2_answer *listed, const pl_aws_context *context) {
  static const char *const types[] = {"vpc_endpoint", "gateway_load_balancer_endpoint", NULL};
  static const struct {
    pl_ec2_action action;
    const char *filter, *wide_name, *const *wide_values;
  } lists[PL_PART_COUNT] = {
      [PL_PART_INTERFACES] = {PL_EC2_DESCRIBE_NETWORK_INTERFACES, "network-interface-id",
                              "interface-type", types},
      [PL_PART_SUBNETS] = {PL_EC2_DESCRIBE_SUBNETS, "subnet-id", NULL, NULL},
      [PL_PART_GROUPS] = {PL_EC2_DESCRIBE_SECURITY_GROUPS, "group-id", NULL, NULL},
      [PL_PART_VPC_CIDRS] = {PL_EC2_DESCRIBE_VPCS, "vpc-id", NULL, NULL},
      [PL_PART_ASSOCIATIONS] = {PL_EC2_DESCRIBE_ASSOCIATIONS, "vpc-endpoint-id", NULL, NULL},
      [PL_PART_SERVICE] = {PL_EC2_DESCRIBE_SERVICES, "service-name", NULL, NULL},
  };
  references r = {0};
  pl_status status = collect_references(listed, api->service.region, &r);
  for (pl_part part = 0; part < PL_PART_COUNT && status == PL_OK; part++) {
    const pl_ec2_ids *ids = &r.of[part];
    pl_nsec now = pl_clock_now(&context->clock);
    if (!is_due(details, part, ids, now) ||
        (part == PL_PART_SUBNETS && interfaces_have_zones(details)))
      continue;
    if (part == PL_PART_VPC_DNS) {
      refresh_vpc_dns(details, api, ids, context, now);
      continue;
    }
    bool regions = part == PL_PART_SERVICE && r.regions.count > 0;
    pl_ec2_filter filter = {.name = lists[part].filter,
                            .ids = ids,
                            .wide_name = lists[part].wide_name,
                            .wide_values = lists[part].wide_values,
                            .regions = regions ? &r.regions : NULL};
    pl_ec2_answer fresh = {0};
    pl_aws_result result;
    pl_ec2_list(api, lists[part].action, &filter, 0, &fresh, context, &result);
    if (part == PL_PART_ASSOCIATIONS || part == PL_PART_SERVICE)
      status = pl_ec2_ids_append(&fresh.asked, ids->items, ids->count); /* sorted */
    (void)keep_part(&details->parts[part], &result, &fresh, now);
  }
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    pl_ec2_ids_free(&r.of[part]);
  pl_ec2_ids_free(&r.regions);
  return status;
}

void pl_ec2_details_renew_interfaces(pl_ec2_details *details) {
  details->parts[PL_PART_INTERFACES].asked -= details->interval;
}

void pl_ec2_details_free(pl_ec2_details *details) {
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    pl_ec2_answer_free(&details->parts[part].answer);
  free(details->vpcs.items);
}
