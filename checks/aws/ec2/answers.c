/* Reads the answers of the EC2 API: for each action, a table of the elements that are used. */
#include "aws/ec2/answers.h"
#include "aws/context.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct pl_ec2_reader {
  pl_ec2_action action;
  pl_ec2_answer *answer;
  pl_ec2_answer before; /* for pl_ec2_reader_undo: only its counts and flags */
  pl_xml *xml;
  const char *text;     /* of the element that ends */
  pl_ec2_listed listed; /* the endpoint that is being read */
  /* Any other item that is being read. Its rules and blocks are already in the answer, from these
   * indices on, because its id may follow them. */
  struct {
    pl_ec2_id id;
    pl_interface interface;
    bool interface_overflow;
    pl_ec2_subnet subnet;
    pl_ec2_association association;
    pl_ec2_service service;
    char prefix_subnet[PL_LIMIT_AWS_ID + 1]; /* of the prefixes that are being read */
    bool in_tag;                             /* the last tag of the endpoint is not complete */
    size_t first_prefix;
    size_t first_rule, first_block;
  } item;
  /* The permission of a security group that is being read. Its rules begin at `first_rule`. */
  struct {
    size_t first_rule;
    char protocol[16];
    long first_port, last_port;
    bool bad_rule;
  } permission;
  /* The association of an address block that is being read. */
  struct {
    size_t first_block;
    char state[32];
  } association;
};

/* One element. Its text is stored in a field of the reader, of the endpoint that is being read, or
 * of the answer; or a function handles the end of the element. Both return false if there is no
 * memory. */
typedef struct element {
  const char *path;
  bool (*store)(void *field, size_t size, const char *text);
  enum { IN_READER, IN_ENDPOINT, IN_ANSWER } owner;
  size_t offset, size;
  bool (*end)(pl_ec2_reader *r);
} element;

#define FIELD(path, store, owner, type, field)                                                     \
  { path, store, owner, offsetof(type, field), sizeof(((type *)NULL)->field), NULL }
#define READER(path, store, field) FIELD(path, store, IN_READER, pl_ec2_reader, field)
#define ENDPOINT(path, store, field) FIELD(path, store, IN_ENDPOINT, pl_endpoint, field)
#define ANSWER(path, store, field) FIELD(path, store, IN_ANSWER, pl_ec2_answer, field)
#define END(path, function)                                                                        \
  { path, NULL, IN_READER, 0, 0, function }

/* Adds a record to a list of the answer. If the list is full, marks the answer and returns the last
 * record again. NULL: no memory. */
#define ADD(r, list)                                                                               \
  (make_room((r)->answer, &(r)->answer->list.count), PL_EC2_ADD((r)->answer->list))

static void make_room(pl_ec2_answer *answer, size_t *count) {
  if (*count < PL_LIMIT_AWS_RECORDS)
    return;
  answer->truncated = true;
  (*count)--;
}

/* ---- fields --------------------------------------------------------------------------------- */

static bool store_text(void *field, size_t size, const char *text) {
  pl_text_set_foreign(field, size, text, strlen(text));
  return true;
}

static bool store_reason(void *field, size_t size, const char *text) {
  return *text == '\0' || store_text(field, size, text);
}

static bool store_tri(void *field, size_t size, const char *text) {
  (void)size;
  pl_tri *tri = field;
  *tri = strcasecmp(text, "true") == 0    ? PL_TRI_YES
         : strcasecmp(text, "false") == 0 ? PL_TRI_NO
                                          : PL_TRI_UNKNOWN;
  return true;
}

static bool store_time(void *field, size_t size, const char *text) {
  (void)size;
  (void)!pl_aws_time_parse(text, field);
  return true;
}

/* -1 means all ports. -2 means that the number cannot be read. */
static bool store_port(void *field, size_t size, const char *text) {
  (void)size;
  char *end;
  long port = strtol(text, &end, 10);
  *(long *)field = *text == '\0' || *end != '\0' || port < -1 || port > 65535 ? -2 : port;
  return true;
}

static bool store_id(void *field, size_t size, const char *text) {
  (void)size;
  return pl_ec2_ids_add(field, text) != PL_ERR_MEMORY;
}

/* If the token were lost, its page would look like the last one. */
#define NEXT_TOKEN "nextToken"

static bool store_token(void *field, size_t size, const char *text) {
  (void)size;
  char **token = field;
  if (*text == '\0')
    return true;
  free(*token);
  *token = strdup(text);
  return *token != NULL;
}

/* ---- DescribeVpcEndpoints ------------------------------------------------------------------- */

static bool end_dns_name(pl_ec2_reader *r) {
  pl_endpoint *endpoint = r->listed.endpoint;
  if (*r->text == '\0')
    return true;
  if (endpoint->dns_entry_count >= PL_LIMIT_DNS_ENTRIES) {
    endpoint->truncated = true;
    return true;
  }
  pl_dns_entry *larger = realloc(endpoint->dns_entries,
                                 (endpoint->dns_entry_count + 1) * sizeof(*endpoint->dns_entries));
  if (larger == NULL)
    return false;
  endpoint->dns_entries = larger;
  pl_dns_entry *added = &larger[endpoint->dns_entry_count++];
  return store_text(added->name, sizeof(added->name), r->text);
}

static bool end_domain(pl_ec2_reader *r) {
  pl_endpoint *endpoint = r->listed.endpoint;
  enum { MOST = 10 }; /* of the API */
  if (endpoint->dns_domain_count >= MOST) {
    endpoint->truncated = true;
    return true;
  }
  if (endpoint->dns_domains == NULL)
    endpoint->dns_domains = calloc(MOST, sizeof(*endpoint->dns_domains));
  if (endpoint->dns_domains == NULL)
    return false;
  pl_dns_entry *added = &endpoint->dns_domains[endpoint->dns_domain_count++];
  return store_text(added->name, sizeof(added->name), r->text);
}

static bool end_prefix(pl_ec2_reader *r) {
  pl_endpoint *endpoint = r->listed.endpoint;
  pl_cidr cidr;
  if (endpoint->prefix_count >= PL_LIMIT_PREFIXES || pl_cidr_parse(r->text, &cidr) != PL_OK) {
    endpoint->truncated = true;
    return true;
  }
  if (endpoint->prefixes == NULL)
    endpoint->prefixes = calloc(PL_LIMIT_PREFIXES, sizeof(*endpoint->prefixes));
  if (endpoint->prefixes == NULL)
    return false;
  endpoint->prefixes[endpoint->prefix_count++].cidr = cidr;
  return true;
}

/* The subnet may follow its prefixes. */
static bool end_prefixes(pl_ec2_reader *r) {
  pl_endpoint *endpoint = r->listed.endpoint;
  for (; r->item.first_prefix < endpoint->prefix_count; r->item.first_prefix++) {
    pl_prefix *prefix = &endpoint->prefixes[r->item.first_prefix];
    memcpy(prefix->subnet, r->item.prefix_subnet, sizeof(prefix->subnet));
  }
  r->item.prefix_subnet[0] = '\0';
  return true;
}

/* API model `PayerResponsibilityType`; the only scope is "vpc-endpoint-charges". */
static bool end_payer(pl_ec2_reader *r) {
  if (strcasecmp(r->text, "vpc-endpoint-service-account") == 0)
    r->listed.endpoint->provider_pays = true;
  return true;
}

/* Key and value of a tag come in any order. */
static bool store_tag(pl_ec2_reader *r, bool is_key) {
  if (!r->answer->want_tags)
    return true;
  if (!r->item.in_tag && r->listed.tags.count >= PL_LIMIT_AWS_TAGS) {
    r->listed.endpoint->truncated = true;
    return true;
  }
  if (!r->item.in_tag && PL_EC2_ADD(r->listed.tags) == NULL)
    return false;
  r->item.in_tag = true;
  pl_ec2_tag *tag = &r->listed.tags.items[r->listed.tags.count - 1];
  char **text = is_key ? &tag->key : &tag->value;
  free(*text);
  *text = strdup(r->text);
  return *text != NULL;
}

static bool end_tag_key(pl_ec2_reader *r) { return store_tag(r, true); }

static bool end_tag_value(pl_ec2_reader *r) { return store_tag(r, false); }

/* Completes it: an empty value may have no element. */
static bool end_tag(pl_ec2_reader *r) {
  if (!r->item.in_tag)
    return true;
  r->item.in_tag = false;
  pl_ec2_tag *tag = &r->listed.tags.items[r->listed.tags.count - 1];
  tag->key = tag->key != NULL ? tag->key : strdup("");
  tag->value = tag->value != NULL ? tag->value : strdup("");
  return tag->key != NULL && tag->value != NULL;
}

static int compare_tags(const void *a, const void *b) {
  return strcmp(((const pl_ec2_tag *)a)->key, ((const pl_ec2_tag *)b)->key);
}

static bool end_endpoint(pl_ec2_reader *r) {
  pl_ec2_answer *answer = r->answer;
  pl_endpoint *endpoint = r->listed.endpoint;
  endpoint->known = true;
  endpoint->outcome = PL_EC2_FOUND;
  endpoint->state = pl_endpoint_state_parse(endpoint->state_text);
  endpoint->type = pl_endpoint_type_parse(endpoint->type_text);
  memcpy(r->listed.id.text, endpoint->id, sizeof(r->listed.id.text));
  pl_ec2_ids_sort(&r->listed.interfaces);
  pl_ec2_ids_sort(&r->listed.groups);
  pl_ec2_ids_sort(&r->listed.subnets);
  if (r->listed.tags.count > 1)
    qsort(r->listed.tags.items, r->listed.tags.count, sizeof(pl_ec2_tag), compare_tags);
  bool full = answer->endpoints.count >= PL_LIMIT_AWS_RECORDS;
  bool wanted = answer->want == NULL || answer->want(answer->user, endpoint->id);
  answer->truncated = answer->truncated || (wanted && full);
  if (!wanted || full) {
    pl_ec2_listed_free(&r->listed);
    return true;
  }
  pl_ec2_listed *listed = ADD(r, endpoints);
  if (listed == NULL)
    return false;
  *listed = r->listed;
  r->listed = (pl_ec2_listed){0};
  return true;
}

#define E "vpcEndpointSet/item"
static const element endpoint_elements[] = {
    ENDPOINT(E "/vpcEndpointId", store_text, id),
    ENDPOINT(E "/vpcEndpointType", store_text, type_text),
    ENDPOINT(E "/vpcId", store_text, vpc),
    ENDPOINT(E "/serviceName", store_text, service_name),
    ENDPOINT(E "/state", store_text, state_text),
    ENDPOINT(E "/privateDnsEnabled", store_tri, private_dns),
    ENDPOINT(E "/creationTimestamp", store_time, created),
    ENDPOINT(E "/lastError/message", store_reason, failure),
    ENDPOINT(E "/lastError/code", store_text, failure_code),
    ENDPOINT(E "/failureReason", store_reason, failure),
    ENDPOINT(E "/serviceRegion", store_text, service_region),
    ENDPOINT(E "/resourceConfigurationArn", store_reason, resource),
    ENDPOINT(E "/serviceNetworkArn", store_reason, resource),
    ENDPOINT(E "/ipAddressType", store_text, ip_address_type),
    ENDPOINT(E "/dnsOptions/dnsRecordIpType", store_text, record_type),
    ENDPOINT(E "/dnsOptions/privateDnsOnlyForInboundResolverEndpoint", store_tri, inbound_only),
    ENDPOINT(E "/dnsOptions/privateDnsPreference", store_text, dns_preference),
    END(E "/dnsOptions/privateDnsSpecifiedDomainSet/item", end_domain),
    READER(E "/ipv4PrefixSet/item/subnetId", store_text, item.prefix_subnet),
    READER(E "/ipv6PrefixSet/item/subnetId", store_text, item.prefix_subnet),
    END(E "/ipv4PrefixSet/item/ipPrefixSet/item", end_prefix),
    END(E "/ipv6PrefixSet/item/ipPrefixSet/item", end_prefix),
    END(E "/ipv4PrefixSet/item", end_prefixes),
    END(E "/ipv6PrefixSet/item", end_prefixes),
    END(E "/payerResponsibilitySet/item/payerResponsibilityType", end_payer),
    READER(E "/networkInterfaceIdSet/item", store_id, listed.interfaces),
    READER(E "/groupSet/item/groupId", store_id, listed.groups),
    READER(E "/subnetIdSet/item", store_id, listed.subnets),
    END(E "/dnsEntrySet/item/dnsName", end_dns_name),
    END(E "/tagSet/item/key", end_tag_key),
    END(E "/tagSet/item/value", end_tag_value),
    END(E "/tagSet/item", end_tag),
    END(E, end_endpoint),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

/* ---- DescribeNetworkInterfaces -------------------------------------------------------------- */

/* The primary address is also in the set of all addresses. */
static bool end_address(pl_ec2_reader *r) {
  pl_interface *interface = &r->item.interface;
  pl_addr address;
  if (pl_addr_parse(r->text, &address) != PL_OK)
    return true;
  for (size_t i = 0; i < interface->address_count; i++) {
    if (pl_addr_equal(&interface->addresses[i], &address))
      return true;
  }
  if (interface->address_count >= PL_LIMIT_INTERFACE_ADDRESSES)
    r->item.interface_overflow = true;
  else
    interface->addresses[interface->address_count++] = address;
  return true;
}

static bool end_interface(pl_ec2_reader *r) {
  pl_interface *interface = ADD(r, interfaces);
  if (interface == NULL)
    return false;
  *interface = r->item.interface;
  if (r->item.interface_overflow)
    interface->address_count = 0; /* some of them would look like all */
  return true;
}

#define N "networkInterfaceSet/item"
static const element interface_elements[] = {
    READER(N "/networkInterfaceId", store_text, item.interface.id),
    READER(N "/subnetId", store_text, item.interface.subnet),
    READER(N "/availabilityZone", store_text, item.interface.zone),
    END(N "/privateIpAddress", end_address),
    END(N "/privateIpAddressesSet/item/privateIpAddress", end_address),
    END(N "/ipv6AddressesSet/item/ipv6Address", end_address),
    END(N, end_interface),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

/* ---- DescribeSecurityGroups ----------------------------------------------------------------- */

static bool add_rule(pl_ec2_reader *r, pl_rule_source source, const char *group, pl_cidr cidr) {
  pl_ec2_rule *added = ADD(r, rules);
  if (added == NULL)
    return false;
  added->rule.source = source;
  added->rule.cidr = cidr;
  return store_text(added->source.text, sizeof(added->source.text), group);
}

static bool end_rule_cidr(pl_ec2_reader *r) {
  pl_cidr cidr;
  if (pl_cidr_parse(r->text, &cidr) == PL_OK)
    return add_rule(r, PL_RULE_CIDR, "", cidr);
  r->permission.bad_rule = true;
  return true;
}

static bool end_rule_group(pl_ec2_reader *r) {
  return add_rule(r, PL_RULE_OTHER_GROUP, r->text, (pl_cidr){0});
}

static bool end_rule_prefix_list(pl_ec2_reader *r) {
  return add_rule(r, PL_RULE_PREFIX_LIST, "", (pl_cidr){0});
}

/* Protocol and ports may follow the sources. So they are set here, and rules that are not for TCP
 * are removed here. */
static bool end_permission(pl_ec2_reader *r) {
  const char *protocol = r->permission.protocol;
  long first_port = r->permission.first_port, last_port = r->permission.last_port;
  bool all = strcmp(protocol, "-1") == 0;
  bool tcp = strcasecmp(protocol, "tcp") == 0 || strcmp(protocol, "6") == 0;
  if (!all && !tcp) {
    r->answer->rules.count = r->permission.first_rule;
    return true;
  }
  bool any_port = all || first_port < 0 || last_port < 0;
  for (size_t i = r->permission.first_rule; i < r->answer->rules.count; i++) {
    r->answer->rules.items[i].rule.first_port = any_port ? 0 : (uint16_t)first_port;
    r->answer->rules.items[i].rule.last_port = any_port ? 65535 : (uint16_t)last_port;
  }
  if (r->permission.bad_rule || first_port < -1 || last_port < -1)
    r->answer->truncated = true;
  return true;
}

static bool end_group(pl_ec2_reader *r) {
  for (size_t i = r->item.first_rule; i < r->answer->rules.count; i++)
    r->answer->rules.items[i].group = r->item.id;
  return store_id(&r->answer->groups, 0, r->item.id.text);
}

#define G "securityGroupInfo/item"
#define P G "/ipPermissions/item"
static const element group_elements[] = {
    READER(G "/groupId", store_text, item.id.text),
    READER(P "/ipProtocol", store_text, permission.protocol),
    READER(P "/fromPort", store_port, permission.first_port),
    READER(P "/toPort", store_port, permission.last_port),
    END(P "/ipRanges/item/cidrIp", end_rule_cidr),
    END(P "/ipv6Ranges/item/cidrIpv6", end_rule_cidr),
    END(P "/groups/item/groupId", end_rule_group),
    END(P "/prefixListIds/item/prefixListId", end_rule_prefix_list),
    END(P, end_permission),
    END(G, end_group),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

/* ---- DescribeSubnets, DescribeVpcs, DescribeVpcAttribute ------------------------------------ */

static bool end_subnet(pl_ec2_reader *r) {
  pl_ec2_subnet *subnet = ADD(r, subnets);
  if (subnet != NULL)
    *subnet = r->item.subnet;
  return subnet != NULL;
}

#define S "subnetSet/item"
static const element subnet_elements[] = {
    READER(S "/subnetId", store_text, item.subnet.id.text),
    READER(S "/availabilityZone", store_text, item.subnet.zone),
    END(S, end_subnet),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

static bool end_block(pl_ec2_reader *r) {
  pl_cidr cidr;
  if (pl_cidr_parse(r->text, &cidr) != PL_OK)
    return true;
  pl_ec2_block *block = ADD(r, blocks);
  if (block != NULL)
    block->cidr = cidr;
  return block != NULL;
}

/* Removes a block that does not belong to the VPC, or will not for long. */
static bool end_association(pl_ec2_reader *r) {
  const char *state = r->association.state;
  if (strncasecmp(state, "disassociat", strlen("disassociat")) == 0 ||
      strncasecmp(state, "fail", strlen("fail")) == 0)
    r->answer->blocks.count = r->association.first_block;
  return true;
}

static bool end_vpc(pl_ec2_reader *r) {
  for (size_t i = r->item.first_block; i < r->answer->blocks.count; i++)
    r->answer->blocks.items[i].vpc = r->item.id;
  return store_id(&r->answer->vpcs, 0, r->item.id.text);
}

#define V "vpcSet/item"
#define B4 V "/cidrBlockAssociationSet/item"
#define B6 V "/ipv6CidrBlockAssociationSet/item"
static const element vpc_elements[] = {
    READER(V "/vpcId", store_text, item.id.text),
    END(V "/cidrBlock", end_block),
    END(B4 "/cidrBlock", end_block),
    READER(B4 "/cidrBlockState/state", store_text, association.state),
    END(B4, end_association),
    END(B6 "/ipv6CidrBlock", end_block),
    READER(B6 "/ipv6CidrBlockState/state", store_text, association.state),
    END(B6, end_association),
    END(V, end_vpc),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

static const element attribute_elements[] = {
    ANSWER("enableDnsSupport/value", store_tri, dns_support),
    ANSWER("enableDnsHostnames/value", store_tri, dns_hostnames),
};

/* ---- DescribeVpcEndpointAssociations, DescribeVpcEndpointServices ---------------------------- */

static bool end_resource(pl_ec2_reader *r) {
  pl_ec2_association *association = ADD(r, associations);
  if (association != NULL)
    *association = r->item.association;
  return association != NULL;
}

#define A "vpcEndpointAssociationSet/item"
static const element association_elements[] = {
    READER(A "/vpcEndpointId", store_text, item.association.endpoint.text),
    READER(A "/associatedResourceAccessibility", store_text,
           item.association.association.accessibility),
    READER(A "/failureReason", store_text, item.association.association.failure),
    READER(A "/failureCode", store_text, item.association.association.failure_code),
    READER(A "/associatedResourceArn", store_text, item.association.association.resource),
    READER(A "/dnsEntry/dnsName", store_text, item.association.association.name),
    READER(A "/privateDnsEntry/dnsName", store_text, item.association.association.private_name),
    END(A, end_resource),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

static bool end_service_zone(pl_ec2_reader *r) {
  pl_ec2_service *service = &r->item.service;
  if (service->zone_count >= PL_LIMIT_ZONES)
    return true;
  return store_text(service->zones[service->zone_count++], sizeof(*service->zones), r->text);
}

static bool end_service_name(pl_ec2_reader *r) {
  pl_ec2_service *service = &r->item.service;
  if (service->private_name[0] != '\0' || !pl_host_valid(r->text))
    return true;
  return store_text(service->private_name, sizeof(service->private_name), r->text);
}

static bool end_service(pl_ec2_reader *r) {
  pl_ec2_service *service = ADD(r, services);
  if (service != NULL)
    *service = r->item.service;
  return service != NULL;
}

#define O "serviceDetailSet/item"
static const element service_elements[] = {
    READER(O "/serviceName", store_text, item.service.name.text),
    READER(O "/privateDnsNameVerificationState", store_text, item.service.verification),
    END(O "/availabilityZoneSet/item", end_service_zone),
    END(O "/privateDnsName", end_service_name),
    END(O "/privateDnsNameSet/item/privateDnsName", end_service_name),
    END(O, end_service),
    ANSWER(NEXT_TOKEN, store_token, next_token),
};

/* ---- the reader ----------------------------------------------------------------------------- */

#define ACTION(name, item, elements)                                                               \
  { name, name "Response", item, elements, PL_COUNT_OF(elements) }
static const struct {
  const char *name, *root;
  const char *item; /* path of one record */
  const element *elements;
  size_t element_count;
} actions[PL_EC2_ACTION_COUNT] = {
    [PL_EC2_DESCRIBE_VPC_ENDPOINTS] = ACTION("DescribeVpcEndpoints", E, endpoint_elements),
    [PL_EC2_DESCRIBE_NETWORK_INTERFACES] =
        ACTION("DescribeNetworkInterfaces", N, interface_elements),
    [PL_EC2_DESCRIBE_SECURITY_GROUPS] = ACTION("DescribeSecurityGroups", G, group_elements),
    [PL_EC2_DESCRIBE_SUBNETS] = ACTION("DescribeSubnets", S, subnet_elements),
    [PL_EC2_DESCRIBE_VPCS] = ACTION("DescribeVpcs", V, vpc_elements),
    [PL_EC2_DESCRIBE_ASSOCIATIONS] =
        ACTION("DescribeVpcEndpointAssociations", A, association_elements),
    [PL_EC2_DESCRIBE_SERVICES] = ACTION("DescribeVpcEndpointServices", O, service_elements),
    [PL_EC2_DESCRIBE_VPC_ATTRIBUTE] = ACTION("DescribeVpcAttribute", "", attribute_elements),
};

const char *pl_ec2_action_name(pl_ec2_action action) { return actions[action].name; }

static bool on_begin(void *user, const char *path) {
  static const char suffix[] = "/item"; /* every record is an item of a list */
  pl_ec2_reader *r = user;
  const pl_ec2_answer *answer = r->answer;
  size_t length = strlen(path);
  if (length < sizeof(suffix) || strcmp(path + length - strlen(suffix), suffix) != 0)
    return true;
  if (strcmp(path, actions[r->action].item) == 0) {
    memset(&r->item, 0, sizeof(r->item));
    r->item.first_rule = answer->rules.count;
    r->item.first_block = answer->blocks.count;
    pl_ec2_listed_free(&r->listed);
    return r->action != PL_EC2_DESCRIBE_VPC_ENDPOINTS ||
           pl_endpoint_create("", &r->listed.endpoint) == PL_OK;
  }
  if (strcmp(path, P) == 0) {
    memset(&r->permission, 0, sizeof(r->permission));
    r->permission.first_rule = answer->rules.count;
    r->permission.first_port = r->permission.last_port = -1;
  } else if (strcmp(path, B4) == 0 || strcmp(path, B6) == 0) {
    memset(&r->association, 0, sizeof(r->association));
    r->association.first_block = answer->blocks.count;
  }
  return true;
}

static bool on_end(void *user, const char *path, const char *text) {
  pl_ec2_reader *r = user;
  r->text = text;
  char *const owners[] = {[IN_READER] = (char *)r,
                          [IN_ENDPOINT] = (char *)r->listed.endpoint,
                          [IN_ANSWER] = (char *)r->answer};
  for (size_t i = 0; i < actions[r->action].element_count; i++) {
    const element *e = &actions[r->action].elements[i];
    if (strcmp(e->path, path) != 0)
      continue;
    return e->end != NULL ? e->end(r) : e->store(owners[e->owner] + e->offset, e->size, text);
  }
  return true;
}

pl_status pl_ec2_reader_create(pl_ec2_action action, pl_ec2_answer *answer,
                               pl_ec2_reader **ret_reader) {
  pl_ec2_reader *reader = calloc(1, sizeof(*reader));
  if (reader == NULL)
    return PL_ERR_MEMORY;
  reader->action = action;
  reader->answer = answer;
  reader->before = *answer;
  pl_xml_handler handler = {.root = actions[action].root,
                            .essential = NEXT_TOKEN,
                            .begin = on_begin,
                            .end = on_end,
                            .user = reader};
  pl_status status = pl_xml_create(&handler, &reader->xml);
  if (status != PL_OK) {
    free(reader);
    return status;
  }
  free(answer->next_token);
  answer->next_token = NULL;
  *ret_reader = reader;
  return PL_OK;
}

void pl_ec2_reader_free(pl_ec2_reader *reader) {
  if (reader == NULL)
    return;
  pl_xml_free(reader->xml);
  pl_ec2_listed_free(&reader->listed);
  free(reader);
}

void pl_ec2_reader_undo(pl_ec2_reader *reader) {
  pl_ec2_answer *answer = reader->answer;
  const pl_ec2_answer *before = &reader->before;
  while (answer->endpoints.count > before->endpoints.count)
    pl_ec2_listed_free(&answer->endpoints.items[--answer->endpoints.count]);
  answer->interfaces.count = before->interfaces.count;
  answer->rules.count = before->rules.count;
  answer->subnets.count = before->subnets.count;
  answer->blocks.count = before->blocks.count;
  answer->associations.count = before->associations.count;
  answer->services.count = before->services.count;
  answer->groups.count = before->groups.count;
  answer->vpcs.count = before->vpcs.count;
  answer->dns_support = before->dns_support;
  answer->dns_hostnames = before->dns_hostnames;
  answer->truncated = before->truncated;
  free(answer->next_token);
  answer->next_token = NULL;
}

pl_xml *pl_ec2_reader_xml(pl_ec2_reader *reader) { return reader->xml; }

bool pl_ec2_reader_element(pl_ec2_reader *reader, const char *path, const char *text) {
  return text != NULL ? on_end(reader, path, text) : on_begin(reader, path);
}
