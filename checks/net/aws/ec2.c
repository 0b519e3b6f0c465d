#include "net/aws/ec2.h"
#include "net/aws/ec2_xml.h"
#include "net/aws/hosts.h"
#include "net/aws/profile.h"
#include "net/aws/query.h"
#include "net/aws/transport.h"
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2016-11-15"
#define PART_AGE_MAX (3600 * PL_SEC) /* older details are not used, whatever fails */

/* What one of the secondary calls has brought, and when. */
typedef struct part_cache {
  pl_part_state state;
  pl_nsec asked; /* when it was tried last */
  pl_nsec good;  /* when `answer` came */
  pl_ec2_answer answer;
} part_cache;

/* DNS attributes of one VPC. */
typedef struct vpc_dns {
  pl_ec2_id vpc;
  pl_tri support, hostnames;
} vpc_dns;

struct pl_ec2 {
  char *profile, *role_arn, *external_id, *endpoint_url;
  char region[64]; /* "" until it is known */
  char url[512];   /* likewise */
  pl_clock clock;
  pl_nsec detail_interval;
  const pl_aws_environment *environment;
  pl_credentials *credentials; /* NULL until the region is known */
  pl_aws_service service;
  part_cache parts[PL_PART_COUNT];
  vpc_dns *vpcs;
  size_t vpc_count;
  unsigned calls;
};

/* ---- creation ------------------------------------------------------------------------------- */

static bool copy_text(const char *text, char **ret_copy) {
  *ret_copy = text == NULL ? NULL : strdup(text);
  return text == NULL || *ret_copy != NULL;
}

pl_status pl_ec2_create(const pl_ec2_config *config, pl_ec2 **ret_ec2) {
  pl_ec2 *ec2 = calloc(1, sizeof(*ec2));
  if (ec2 == NULL)
    return PL_ERR_MEMORY;
  ec2->clock = config->clock;
  ec2->detail_interval = config->detail_interval;
  ec2->environment = config->environment;
  if (config->region != NULL)
    pl_text_set_foreign(ec2->region, sizeof(ec2->region), config->region, strlen(config->region));
  if (!copy_text(config->profile, &ec2->profile) || !copy_text(config->role_arn, &ec2->role_arn) ||
      !copy_text(config->external_id, &ec2->external_id) ||
      !copy_text(config->endpoint_url, &ec2->endpoint_url)) {
    pl_ec2_free(ec2);
    return PL_ERR_MEMORY;
  }
  *ret_ec2 = ec2;
  return PL_OK;
}

void pl_ec2_free(pl_ec2 *ec2) {
  if (ec2 == NULL)
    return;
  pl_aws_service_close(&ec2->service);
  pl_credentials_free(ec2->credentials);
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    pl_ec2_answer_free(&ec2->parts[part].answer);
  free(ec2->vpcs);
  free(ec2->profile);
  free(ec2->role_arn);
  free(ec2->external_id);
  free(ec2->endpoint_url);
  free(ec2);
}

unsigned pl_ec2_call_count(const pl_ec2 *ec2) { return ec2->calls; }

/* ---- where and as whom ---------------------------------------------------------------------- */

/* By option, environment or profile, in this order; the region's own host else. A profile that
 * can't be read says so when its credentials are wanted. */
static pl_status choose_url(pl_ec2 *ec2, pl_error *error) {
  const pl_aws_environment *e = ec2->environment;
  const char *profile_name = ec2->profile != NULL ? ec2->profile : e->profile;
  pl_aws_profile profile = {0};
  pl_error ignored;
  if (pl_aws_profile_read(profile_name == NULL ? "default" : profile_name, e, &profile, &ignored) !=
      PL_OK)
    profile = (pl_aws_profile){0};
  pl_status status = PL_OK;
  const char *const given[] = {ec2->endpoint_url, e->endpoint_url_ec2, e->endpoint_url,
                               profile.config.endpoint_url};
  const char *url = NULL;
  for (size_t i = 0; i < PL_COUNT_OF(given) && url == NULL; i++)
    url = given[i];
  char host[PL_LIMIT_HOST + 8];
  if (url == NULL) {
    status = pl_aws_url("ec2", ec2->region, pl_aws_flag(e->dual_stack), pl_aws_flag(e->fips),
                        ec2->url, sizeof(ec2->url));
    if (status != PL_OK)
      status = pl_fail(error, status, "the region's name can't be used: %s", ec2->region);
  } else if (pl_url_host(url, false, host, sizeof(host)) != PL_OK ||
             strlen(url) >= sizeof(ec2->url)) {
    status = pl_fail(error, PL_ERR_INVALID,
                     "the EC2 endpoint URL is not https://HOST[:PORT] or http://HOST[:PORT]");
  } else {
    pl_text_set_foreign(ec2->url, sizeof(ec2->url), url, strlen(url));
  }
  pl_aws_profile_free(&profile);
  return status;
}

/* Region, URL and credentials, once: what fails is tried again at the next fetch. */
static pl_status prepare(pl_ec2 *ec2, const pl_aws_context *context, pl_error *error) {
  if (ec2->credentials != NULL)
    return PL_OK;
  pl_status status = PL_OK;
  if (ec2->region[0] == '\0')
    status = pl_aws_region_find(ec2->profile, context, ec2->region, sizeof(ec2->region), error);
  if (status == PL_OK)
    status = choose_url(ec2, error);
  if (status != PL_OK)
    return status;
  const pl_credentials_config config = {.profile = ec2->profile,
                                        .role_arn = ec2->role_arn,
                                        .external_id = ec2->external_id,
                                        .region = ec2->region};
  status = pl_credentials_create(&config, &ec2->credentials);
  if (status != PL_OK)
    return pl_fail(error, status, "no memory");
  ec2->service = (pl_aws_service){
      .name = "ec2", .version = API_VERSION, .region = ec2->region, .url = ec2->url};
  return PL_OK;
}

/* ---- one list, all its pages ---------------------------------------------------------------- */

typedef struct page {
  pl_ec2_action action;
  pl_ec2_answer *answer;
  pl_ec2_reader *reader;
} page;

static pl_xml *start_page(void *user) {
  page *p = user;
  if (pl_ec2_reader_create(p->action, p->answer, &p->reader) != PL_OK)
    return NULL;
  return pl_ec2_reader_xml(p->reader);
}

static void stop_page(void *user, bool good) {
  page *p = user;
  if (!good)
    pl_ec2_reader_undo(p->reader);
  pl_ec2_reader_free(p->reader);
  p->reader = NULL;
}

static void call(pl_ec2 *ec2, pl_ec2_action action, const pl_buf *body, pl_ec2_answer *answer,
                 const pl_aws_context *context, pl_aws_result *ret_result) {
  page p = {.action = action, .answer = answer};
  const pl_aws_reading reading = {.start = start_page, .stop = stop_page, .user = &p};
  if (pl_buf_status(body) != PL_OK) {
    static const char text[] = "no memory";
    *ret_result = (pl_aws_result){.end = PL_AWS_LOCAL};
    pl_text_set_foreign(ret_result->message, sizeof(ret_result->message), text, sizeof(text) - 1);
    return;
  }
  ec2->calls++;
  pl_aws_call(&ec2->service, ec2->credentials, pl_buf_text(body), &reading, context, ret_result);
}

static void start_body(pl_buf *body, pl_ec2_action action) {
  pl_buf_init(body, PL_LIMIT_AWS_FORM);
  pl_aws_form_add(body, "Action", pl_ec2_action_name(action));
}

/* A filter with the ids, where they fit into one; `wide` (which may be NULL) instead of it else:
 * EC2 then sends more than is wanted, in fewer calls. */
typedef struct filter {
  const char *name;
  const pl_ec2_ids *ids;
  const char *wide_name, *wide_value;
} filter;

static void add_filter(pl_buf *body, const filter *f) {
  char name[64];
  pl_buf label;
  if (f == NULL)
    return;
  if (f->ids->count > PL_LIMIT_AWS_FILTER) {
    if (f->wide_name != NULL) {
      pl_aws_form_add(body, "Filter.1.Name", f->wide_name);
      pl_aws_form_add(body, "Filter.1.Value.1", f->wide_value);
    }
    return;
  }
  pl_aws_form_add(body, "Filter.1.Name", f->name);
  for (size_t i = 0; i < f->ids->count; i++) {
    pl_buf_fixed(&label, name, sizeof(name));
    pl_buf_addf(&label, "Filter.1.Value.%zu", i + 1);
    pl_aws_form_add(body, name, f->ids->items[i].text);
  }
}

static void set_problem(pl_aws_result *result, const char *text) {
  *result = (pl_aws_result){.end = PL_AWS_UNREACHABLE};
  pl_text_set_foreign(result->message, sizeof(result->message), text, strlen(text));
}

/* Reads pages until the last one, or until `enough` endpoints are there (0: never enough). A token
 * that was there before would go on for ever. */
static void list(pl_ec2 *ec2, pl_ec2_action action, const filter *f, size_t enough,
                 pl_ec2_answer *answer, const pl_aws_context *context, pl_aws_result *ret_result) {
  char *tokens[PL_LIMIT_AWS_PAGES] = {0};
  size_t pages = 0;
  for (;;) {
    pl_buf body;
    start_body(&body, action);
    pl_aws_form_add(&body, "MaxResults", "1000");
    add_filter(&body, f);
    if (answer->next_token != NULL)
      pl_aws_form_add(&body, "NextToken", answer->next_token);
    call(ec2, action, &body, answer, context, ret_result);
    pl_buf_free(&body);
    if (ret_result->end != PL_AWS_OK || answer->next_token == NULL ||
        (enough > 0 && answer->endpoint_count >= enough))
      break;
    bool repeated = false;
    for (size_t i = 0; i < pages && !repeated; i++)
      repeated = strcmp(tokens[i], answer->next_token) == 0;
    if (repeated || pages == PL_LIMIT_AWS_PAGES) {
      set_problem(ret_result, repeated ? "the API sends the same page again and again"
                                       : "the list has more pages than this program reads");
      break;
    }
    tokens[pages] = strdup(answer->next_token);
    if (tokens[pages] == NULL) {
      set_problem(ret_result, "no memory");
      break;
    }
    pages++;
  }
  while (pages > 0)
    free(tokens[--pages]);
}

/* ---- looking things up ---------------------------------------------------------------------- */

static int compare_text(const void *a, const void *b) { return strcmp(a, b); }

static int compare_rules(const void *a, const void *b) {
  const pl_ec2_rule *x = a, *y = b;
  return strcmp(x->group.text, y->group.text);
}

static int compare_listed(const void *a, const void *b) {
  const pl_ec2_listed *x = a, *y = b;
  return strcmp(x->endpoint->id, y->endpoint->id);
}

static int find_listed(const void *key, const void *item) {
  return strcmp(key, ((const pl_ec2_listed *)item)->endpoint->id);
}

/* Every record but a rule and a listed endpoint begins with its id. */
_Static_assert(offsetof(pl_interface, id) == 0 && offsetof(pl_ec2_subnet, id) == 0 &&
                   offsetof(pl_ec2_block, vpc) == 0 && offsetof(pl_ec2_id, text) == 0 &&
                   offsetof(vpc_dns, vpc) == 0 && offsetof(pl_ec2_rule, group) == 0,
               "records are sorted and found by the text they begin with");

static void sort_items(void *items, size_t count, size_t size,
                       int (*compare)(const void *, const void *)) {
  if (count > 1)
    qsort(items, count, size, compare);
}

static void *find_item(const void *items, size_t count, size_t size, const char *id) {
  return count == 0 ? NULL : bsearch(id, items, count, size, compare_text);
}

/* Of sorted records with this id, the first. */
static size_t first_of(const void *items, size_t count, size_t size, const char *id) {
  size_t low = 0, high = count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp((const char *)items + middle * size, id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void sort_answer(pl_ec2_answer *answer) {
  sort_items(answer->interfaces, answer->interface_count, sizeof(*answer->interfaces),
             compare_text);
  sort_items(answer->subnets, answer->subnet_count, sizeof(*answer->subnets), compare_text);
  sort_items(answer->blocks, answer->block_count, sizeof(*answer->blocks), compare_text);
  sort_items(answer->rules, answer->rule_count, sizeof(*answer->rules), compare_rules);
  sort_items(answer->groups.items, answer->groups.count, sizeof(pl_ec2_id), compare_text);
  sort_items(answer->vpcs.items, answer->vpcs.count, sizeof(pl_ec2_id), compare_text);
  sort_items(answer->endpoints, answer->endpoint_count, sizeof(*answer->endpoints), compare_listed);
}

/* ---- details -------------------------------------------------------------------------------- */

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

/* Appends without looking for duplicates: they are dropped once, by `unique`. */
static pl_status append(pl_ec2_ids *ids, const pl_ec2_id *items, size_t count) {
  if (count == 0)
    return PL_OK;
  pl_ec2_id *larger = realloc(ids->items, (ids->count + count) * sizeof(*larger));
  if (larger == NULL)
    return PL_ERR_MEMORY;
  memcpy(larger + ids->count, items, count * sizeof(*larger));
  ids->items = larger;
  ids->count += count;
  return PL_OK;
}

static void unique(pl_ec2_ids *ids) {
  size_t kept = 0;
  sort_items(ids->items, ids->count, sizeof(*ids->items), compare_text);
  for (size_t i = 0; i < ids->count; i++) {
    if (kept == 0 || strcmp(ids->items[kept - 1].text, ids->items[i].text) != 0)
      ids->items[kept++] = ids->items[i];
  }
  ids->count = kept;
}

static pl_status collect_references(const pl_ec2_answer *listed, references *r) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < listed->endpoint_count && status == PL_OK; i++) {
    const pl_ec2_listed *item = &listed->endpoints[i];
    pl_ec2_id vpc = {""};
    memcpy(vpc.text, item->endpoint->vpc, sizeof(vpc.text));
    const size_t has_vpc = vpc.text[0] == '\0' ? 0 : 1;
    const size_t has_dns = item->endpoint->private_dns == PL_TRI_YES ? has_vpc : 0;
    if ((status = append(&r->interfaces, item->interfaces.items, item->interfaces.count)) ==
            PL_OK &&
        (status = append(&r->subnets, item->subnets.items, item->subnets.count)) == PL_OK &&
        (status = append(&r->groups, item->groups.items, item->groups.count)) == PL_OK &&
        (status = append(&r->vpcs, &vpc, has_vpc)) == PL_OK)
      status = append(&r->private_dns_vpcs, &vpc, has_dns);
  }
  unique(&r->interfaces);
  unique(&r->subnets);
  unique(&r->groups);
  unique(&r->vpcs);
  unique(&r->private_dns_vpcs);
  return status;
}

static bool is_due(const pl_ec2 *ec2, pl_part part, pl_nsec now) {
  const part_cache *cache = &ec2->parts[part];
  return cache->state == PL_PART_NOT_ASKED || cache->state == PL_PART_FAILED ||
         now - cache->asked >= ec2->detail_interval;
}

static pl_part_state part_state(const pl_aws_result *result) {
  if (result->end == PL_AWS_OK)
    return PL_PART_KNOWN;
  return result->end == PL_AWS_DENIED ? PL_PART_DENIED : PL_PART_FAILED;
}

/* Whether the cache knows every id that is referred to: an edit of an endpoint brings new ones. */
static bool covers(const pl_ec2_ids *ids, const void *items, size_t count, size_t size) {
  for (size_t i = 0; i < ids->count; i++) {
    if (find_item(items, count, size, ids->items[i].text) == NULL)
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
static bool keep_part(part_cache *cache, const pl_aws_result *result, pl_ec2_answer *fresh,
                      pl_nsec now) {
  const pl_part_state state = part_state(result);
  cache->asked = now;
  if (state == PL_PART_FAILED && cache->state == PL_PART_KNOWN &&
      now - cache->good < PART_AGE_MAX) {
    pl_ec2_answer_free(fresh);
    return false;
  }
  pl_ec2_answer_free(&cache->answer);
  cache->state = state;
  if (state == PL_PART_KNOWN) {
    sort_answer(fresh);
    cache->answer = *fresh;
    cache->good = now;
  } else {
    pl_ec2_answer_free(fresh);
  }
  return true;
}

static void refresh_list(pl_ec2 *ec2, pl_part part, pl_ec2_action action, const filter *f,
                         const pl_aws_context *context) {
  const pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  if (f->ids->count == 0 || (!is_due(ec2, part, now) && cache_covers(ec2, part, f->ids)))
    return;
  pl_ec2_answer fresh = {0};
  pl_aws_result result;
  list(ec2, action, f, 0, &fresh, context, &result);
  (void)keep_part(&ec2->parts[part], &result, &fresh, now);
}

/* One attribute of one VPC. */
static void ask_attribute(pl_ec2 *ec2, const char *vpc, const char *attribute,
                          pl_ec2_answer *answer, const pl_aws_context *context,
                          pl_aws_result *ret_result) {
  pl_buf body;
  start_body(&body, PL_EC2_DESCRIBE_VPC_ATTRIBUTE);
  pl_aws_form_add(&body, "VpcId", vpc);
  pl_aws_form_add(&body, "Attribute", attribute);
  call(ec2, PL_EC2_DESCRIBE_VPC_ATTRIBUTE, &body, answer, context, ret_result);
  pl_buf_free(&body);
}

/* Two calls for each VPC: the API has no other way. */
static void refresh_vpc_dns(pl_ec2 *ec2, const pl_ec2_ids *ids, const pl_aws_context *context) {
  const pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  part_cache *cache = &ec2->parts[PL_PART_VPC_DNS];
  if (ids->count == 0 ||
      (!is_due(ec2, PL_PART_VPC_DNS, now) && cache_covers(ec2, PL_PART_VPC_DNS, ids)))
    return;
  pl_ec2_answer none = {0};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  vpc_dns *rows = calloc(ids->count, sizeof(*rows));
  for (size_t i = 0; rows != NULL && i < ids->count; i++) {
    pl_ec2_answer answer = {0};
    ask_attribute(ec2, ids->items[i].text, "enableDnsSupport", &answer, context, &result);
    if (result.end == PL_AWS_OK)
      ask_attribute(ec2, ids->items[i].text, "enableDnsHostnames", &answer, context, &result);
    rows[i] = (vpc_dns){ids->items[i], answer.dns_support, answer.dns_hostnames};
    pl_ec2_answer_free(&answer);
    if (result.end != PL_AWS_OK)
      break;
  }
  if (keep_part(cache, &result, &none, now)) {
    const bool known = cache->state == PL_PART_KNOWN;
    vpc_dns *old = ec2->vpcs;
    ec2->vpcs = known ? rows : NULL;
    ec2->vpc_count = known ? ids->count : 0;
    rows = known ? NULL : rows;
    free(old);
  }
  free(rows);
}

static bool interfaces_tell_zones(const pl_ec2 *ec2) {
  const part_cache *cache = &ec2->parts[PL_PART_INTERFACES];
  if (cache->state != PL_PART_KNOWN)
    return false;
  for (size_t i = 0; i < cache->answer.interface_count; i++) {
    if (cache->answer.interfaces[i].zone[0] == '\0')
      return false;
  }
  return true;
}

static pl_status refresh_details(pl_ec2 *ec2, const pl_ec2_answer *listed,
                                 const pl_aws_context *context) {
  references r = {0};
  const pl_status status = collect_references(listed, &r);
  if (status == PL_OK) {
    const filter interfaces = {"network-interface-id", &r.interfaces, "interface-type",
                               "vpc_endpoint"};
    const filter subnets = {"subnet-id", &r.subnets, NULL, NULL};
    const filter groups = {"group-id", &r.groups, NULL, NULL};
    const filter vpcs = {"vpc-id", &r.vpcs, NULL, NULL};
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

/* ---- putting it together -------------------------------------------------------------------- */

static pl_status fill_interfaces(const pl_ec2 *ec2, const pl_ec2_listed *listed,
                                 pl_endpoint *endpoint) {
  const part_cache *cache = &ec2->parts[PL_PART_INTERFACES];
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
    const pl_interface *found = find_item(a->interfaces, a->interface_count, sizeof(*a->interfaces),
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
      const pl_ec2_subnet *subnet = find_item(a->subnets, a->subnet_count, sizeof(*a->subnets),
                                              listed->subnets.items[i].text);
      endpoint->zones_known = subnet != NULL && add_zone(endpoint, subnet->zone);
    }
  }
  sort_items(endpoint->zones, endpoint->zone_count, sizeof(*endpoint->zones), compare_text);
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
  const part_cache *cache = &ec2->parts[PL_PART_GROUPS];
  const pl_ec2_answer *a = &cache->answer;
  endpoint->parts[PL_PART_GROUPS] = cache->state;
  endpoint->group_count = (unsigned)listed->groups.count;
  if (cache->state != PL_PART_KNOWN)
    return PL_OK;
  endpoint->truncated = endpoint->truncated || a->truncated;
  size_t count = 0;
  for (size_t i = 0; i < listed->groups.count; i++) {
    const char *id = listed->groups.items[i].text;
    if (find_item(a->groups.items, a->groups.count, sizeof(*a->groups.items), id) == NULL)
      endpoint->parts[PL_PART_GROUPS] = PL_PART_FAILED;
    for (size_t k = first_of(a->rules, a->rule_count, sizeof(*a->rules), id);
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
    for (size_t k = first_of(a->rules, a->rule_count, sizeof(*a->rules), id);
         k < a->rule_count && strcmp(a->rules[k].group.text, id) == 0; k++)
      add_rule(listed, &a->rules[k], endpoint);
  }
  return PL_OK;
}

static pl_status fill_vpc(const pl_ec2 *ec2, pl_endpoint *endpoint) {
  const part_cache *cache = &ec2->parts[PL_PART_VPC_CIDRS];
  const pl_ec2_answer *a = &cache->answer;
  endpoint->parts[PL_PART_VPC_CIDRS] = cache->state;
  endpoint->parts[PL_PART_VPC_DNS] =
      endpoint->private_dns == PL_TRI_YES ? ec2->parts[PL_PART_VPC_DNS].state : PL_PART_NOT_ASKED;
  const vpc_dns *dns = find_item(ec2->vpcs, ec2->vpc_count, sizeof(*ec2->vpcs), endpoint->vpc);
  if (dns != NULL) {
    endpoint->dns_support = dns->support;
    endpoint->dns_hostnames = dns->hostnames;
  }
  const size_t first = first_of(a->blocks, a->block_count, sizeof(*a->blocks), endpoint->vpc);
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

/* A new endpoint of what was listed and what is kept. */
static pl_status assemble(const pl_ec2 *ec2, const pl_ec2_listed *listed, pl_nsec now,
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

/* ---- the fetch ------------------------------------------------------------------------------ */

static pl_ec2_outcome outcome_of(const pl_aws_result *result) {
  static const pl_ec2_outcome outcomes[] = {
      [PL_AWS_OK] = PL_EC2_NOT_FOUND,
      [PL_AWS_UNREACHABLE] = PL_EC2_UNREACHABLE,
      [PL_AWS_CUT] = PL_EC2_CUT,
      [PL_AWS_THROTTLED] = PL_EC2_THROTTLED,
      [PL_AWS_DENIED] = PL_EC2_DENIED,
      [PL_AWS_NO_CREDENTIALS] = PL_EC2_NO_CREDENTIALS,
      [PL_AWS_BAD_CREDENTIALS] = PL_EC2_BAD_CREDENTIALS,
      [PL_AWS_REFUSED] = PL_EC2_REFUSED,
      [PL_AWS_LOCAL] = PL_EC2_UNUSABLE,
  };
  const bool gone = strcmp(result->code, "InvalidVpcEndpointId.NotFound") == 0 ||
                    strcmp(result->code, "InvalidVpcEndpoint.NotFound") == 0;
  return gone ? PL_EC2_NOT_FOUND : outcomes[result->end];
}

/* An endpoint of which nothing is known but why. */
static pl_status make_unknown(const char *id, const pl_aws_result *result,
                              pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint;
  const pl_status status = pl_endpoint_create(id, &endpoint);
  if (status != PL_OK)
    return status;
  endpoint->outcome = outcome_of(result);
  memcpy(endpoint->code, result->code, sizeof(endpoint->code));
  memcpy(endpoint->message, result->message, sizeof(endpoint->message));
  if (endpoint->outcome == PL_EC2_DENIED) {
    static const char action[] = "ec2:DescribeVpcEndpoints";
    memcpy(endpoint->denied, action, sizeof(action));
  }
  *ret_endpoint = endpoint;
  return PL_OK;
}

typedef struct wanted {
  const char **ids; /* sorted, each once */
  size_t count;
} wanted;

static int compare_pointers(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find_pointer(const void *key, const void *item) {
  return strcmp(key, *(const char *const *)item);
}

static bool is_wanted(void *user, const char *id) {
  const wanted *w = user;
  return w->count > 0 && bsearch(id, w->ids, w->count, sizeof(*w->ids), find_pointer) != NULL;
}

static pl_status collect_wanted(const char *const *ids, size_t count, wanted *w) {
  *w = (wanted){.ids = calloc(count == 0 ? 1 : count, sizeof(*w->ids))};
  if (w->ids == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    w->ids[i] = ids[i];
  if (count > 1)
    qsort(w->ids, count, sizeof(*w->ids), compare_pointers);
  for (size_t i = 0; i < count; i++) {
    if (w->count == 0 || strcmp(w->ids[w->count - 1], w->ids[i]) != 0)
      w->ids[w->count++] = w->ids[i];
  }
  return PL_OK;
}

/* Fills every entry, or none. */
static pl_status make_endpoints(const pl_ec2 *ec2, const char *const *ids, size_t count,
                                const pl_ec2_answer *listed, const pl_aws_result *result,
                                pl_nsec now, pl_endpoint **ret_endpoints) {
  pl_endpoint **endpoints = calloc(count == 0 ? 1 : count, sizeof(pl_endpoint *));
  if (endpoints == NULL)
    return PL_ERR_MEMORY;
  pl_status status = PL_OK;
  size_t made = 0;
  for (; made < count && status == PL_OK; made++) {
    const pl_ec2_listed *item = listed->endpoint_count == 0
                                    ? NULL
                                    : bsearch(ids[made], listed->endpoints, listed->endpoint_count,
                                              sizeof(*listed->endpoints), find_listed);
    status = item != NULL ? assemble(ec2, item, now, &endpoints[made])
                          : make_unknown(ids[made], result, &endpoints[made]);
  }
  for (size_t i = 0; i < count; i++) {
    if (status == PL_OK)
      ret_endpoints[i] = endpoints[i];
    else
      pl_endpoint_unref(endpoints[i]);
  }
  free(endpoints);
  return status;
}

pl_status pl_ec2_fetch(pl_ec2 *ec2, const char *const *ids, size_t count, pl_nsec deadline,
                       const atomic_bool *cancel, pl_endpoint **ret_endpoints) {
  const pl_aws_context context = {
      .clock = ec2->clock, .deadline = deadline, .cancel = cancel, .environment = ec2->environment};
  wanted w;
  pl_error error = {""};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  pl_status status = collect_wanted(ids, count, &w);
  if (status != PL_OK)
    return status;
  pl_ec2_answer listed = {.want = is_wanted, .user = &w};
  if (prepare(ec2, &context, &error) == PL_OK)
    list(ec2, PL_EC2_DESCRIBE_VPC_ENDPOINTS, NULL, w.count, &listed, &context, &result);
  else
    pl_text_set_foreign(result.message, sizeof(result.message), error.text, strlen(error.text));
  const pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  sort_answer(&listed);
  /* A list that broke off is still good for what it held. */
  if (listed.endpoint_count > 0)
    status = refresh_details(ec2, &listed, &context);
  if (status == PL_OK)
    status = make_endpoints(ec2, ids, count, &listed, &result, now, ret_endpoints);
  pl_ec2_answer_free(&listed);
  free(w.ids);
  return status;
}
