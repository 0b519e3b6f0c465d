#include "aws/ec2/answers.h"
#include "aws/context.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct pl_ec2_reader {
  pl_ec2_action action;
  pl_ec2_answer *answer;
  pl_ec2_answer before; /* counts only, for pl_ec2_reader_undo */
  pl_xml *xml;
  /* The item that is being read. What belongs to a list is in the answer already, from `start` on,
   * since an item's own id may come behind it. */
  pl_ec2_listed listed;
  pl_interface interface;
  bool interface_overflow;
  pl_ec2_subnet subnet;
  pl_ec2_id id;
  size_t start;
  /* The permission that is being read: rules from `permission_start` on. */
  size_t permission_start;
  char protocol[16];
  long first_port, last_port;
  /* The block that is being read. */
  size_t block_start;
  bool block_gone;
  bool bad_rule;
};

/* What to do at the end of one element. */
typedef bool (*end_function)(pl_ec2_reader *r, const char *text);

typedef struct path_row {
  const char *path;
  end_function end;
} path_row;

typedef struct action_row {
  const char *name;
  const char *root;
  const path_row *rows;
  size_t row_count;
} action_row;

/* ---- growing arrays ------------------------------------------------------------------------- */

/* Room for one more element behind `*count`, zeroed; NULL where there is no memory. At the bound
 * the answer is marked, and the last element is handed out again. */
static void *add_element(pl_ec2_answer *answer, void **items, size_t *count, size_t size) {
  if (*count >= PL_LIMIT_AWS_RECORDS) {
    answer->truncated = true;
    (*count)--;
  } else if ((*count & (*count - 1)) == 0) { /* a power of two: full */
    void *larger = realloc(*items, (*count == 0 ? 1 : 2 * *count) * size);
    if (larger == NULL)
      return NULL;
    *items = larger;
  }
  void *element = (char *)*items + *count * size;
  memset(element, 0, size);
  (*count)++;
  return element;
}

#define ADD(answer, items, count)                                                                  \
  add_element((answer), (void **)&(answer)->items, &(answer)->count, sizeof(*(answer)->items))

/* ---- DescribeVpcEndpoints ------------------------------------------------------------------- */

#define SET(field, text) pl_text_set_foreign((field), sizeof(field), (text), strlen(text))

static bool endpoint_id(pl_ec2_reader *r, const char *text) {
  SET(r->listed.endpoint->id, text);
  return true;
}
static bool endpoint_type(pl_ec2_reader *r, const char *text) {
  SET(r->listed.endpoint->type, text);
  r->listed.endpoint->is_interface = strcasecmp(text, "Interface") == 0;
  return true;
}
static bool endpoint_vpc(pl_ec2_reader *r, const char *text) {
  SET(r->listed.endpoint->vpc, text);
  return true;
}
static bool endpoint_service(pl_ec2_reader *r, const char *text) {
  SET(r->listed.endpoint->service_name, text);
  return true;
}
static bool endpoint_state(pl_ec2_reader *r, const char *text) {
  SET(r->listed.endpoint->state_text, text);
  r->listed.endpoint->state = pl_endpoint_state_parse(text);
  return true;
}
static pl_tri read_tri(const char *text) {
  if (strcasecmp(text, "true") == 0)
    return PL_TRI_YES;
  return strcasecmp(text, "false") == 0 ? PL_TRI_NO : PL_TRI_UNKNOWN;
}
static bool endpoint_private_dns(pl_ec2_reader *r, const char *text) {
  r->listed.endpoint->private_dns = read_tri(text);
  return true;
}
static bool endpoint_created(pl_ec2_reader *r, const char *text) {
  (void)!pl_aws_time_parse(text, &r->listed.endpoint->created);
  return true;
}
static bool endpoint_failure(pl_ec2_reader *r, const char *text) {
  if (*text != '\0')
    SET(r->listed.endpoint->failure, text);
  return true;
}
static bool endpoint_interface(pl_ec2_reader *r, const char *text) {
  return pl_ec2_ids_add(&r->listed.interfaces, text) != PL_ERR_MEMORY;
}
static bool endpoint_group(pl_ec2_reader *r, const char *text) {
  return pl_ec2_ids_add(&r->listed.groups, text) != PL_ERR_MEMORY;
}
static bool endpoint_subnet(pl_ec2_reader *r, const char *text) {
  return pl_ec2_ids_add(&r->listed.subnets, text) != PL_ERR_MEMORY;
}

static bool endpoint_dns(pl_ec2_reader *r, const char *text) {
  pl_endpoint *endpoint = r->listed.endpoint;
  if (*text == '\0')
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
  SET(larger[endpoint->dns_entry_count].name, text);
  endpoint->dns_entry_count++;
  return true;
}

static bool endpoint_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  pl_ec2_answer *answer = r->answer;
  r->listed.endpoint->known = true;
  r->listed.endpoint->outcome = PL_EC2_FOUND;
  pl_ec2_ids_sort(&r->listed.interfaces);
  pl_ec2_ids_sort(&r->listed.groups);
  pl_ec2_ids_sort(&r->listed.subnets);
  if (answer->want != NULL && !answer->want(answer->user, r->listed.endpoint->id)) {
    pl_ec2_listed_free(&r->listed);
    return true;
  }
  if (answer->endpoint_count >= PL_LIMIT_AWS_RECORDS) {
    answer->truncated = true;
    pl_ec2_listed_free(&r->listed);
    return true;
  }
  pl_ec2_listed *listed = ADD(answer, endpoints, endpoint_count);
  if (listed == NULL)
    return false;
  *listed = r->listed;
  r->listed = (pl_ec2_listed){0};
  return true;
}

/* A token that got lost would make its page look like the last one. */
#define NEXT_TOKEN "nextToken"
static bool next_token(pl_ec2_reader *r, const char *text) {
  if (*text == '\0')
    return true;
  free(r->answer->next_token);
  r->answer->next_token = strdup(text);
  return r->answer->next_token != NULL;
}

#define E "vpcEndpointSet/item"
static const path_row endpoint_rows[] = {
    {E "/vpcEndpointId", endpoint_id},
    {E "/vpcEndpointType", endpoint_type},
    {E "/vpcId", endpoint_vpc},
    {E "/serviceName", endpoint_service},
    {E "/state", endpoint_state},
    {E "/privateDnsEnabled", endpoint_private_dns},
    {E "/creationTimestamp", endpoint_created},
    {E "/lastError/message", endpoint_failure},
    {E "/failureReason", endpoint_failure},
    {E "/networkInterfaceIdSet/item", endpoint_interface},
    {E "/groupSet/item/groupId", endpoint_group},
    {E "/subnetIdSet/item", endpoint_subnet},
    {E "/dnsEntrySet/item/dnsName", endpoint_dns},
    {E, endpoint_end},
    {NEXT_TOKEN, next_token},
};

/* ---- DescribeNetworkInterfaces -------------------------------------------------------------- */

static bool interface_id(pl_ec2_reader *r, const char *text) {
  SET(r->interface.id, text);
  return true;
}
static bool interface_subnet(pl_ec2_reader *r, const char *text) {
  SET(r->interface.subnet, text);
  return true;
}
static bool interface_zone(pl_ec2_reader *r, const char *text) {
  SET(r->interface.zone, text);
  return true;
}
/* The primary address comes twice, by itself and in the set. */
static bool interface_address(pl_ec2_reader *r, const char *text) {
  pl_addr address;
  if (pl_addr_parse(text, &address) != PL_OK)
    return true;
  for (size_t i = 0; i < r->interface.address_count; i++) {
    if (pl_addr_equal(&r->interface.addresses[i], &address))
      return true;
  }
  if (r->interface.address_count >= PL_LIMIT_INTERFACE_ADDRESSES)
    r->interface_overflow = true;
  else
    r->interface.addresses[r->interface.address_count++] = address;
  return true;
}
static bool interface_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  pl_interface *interface = ADD(r->answer, interfaces, interface_count);
  if (interface == NULL)
    return false;
  *interface = r->interface;
  if (r->interface_overflow)
    interface->address_count = 0; /* half of them would look like all */
  return true;
}

#define N "networkInterfaceSet/item"
static const path_row interface_rows[] = {
    {N "/networkInterfaceId", interface_id},
    {N "/subnetId", interface_subnet},
    {N "/availabilityZone", interface_zone},
    {N "/privateIpAddress", interface_address},
    {N "/privateIpAddressesSet/item/privateIpAddress", interface_address},
    {N "/ipv6AddressesSet/item/ipv6Address", interface_address},
    {N, interface_end},
    {NEXT_TOKEN, next_token},
};

/* ---- DescribeSecurityGroups ----------------------------------------------------------------- */

static bool item_id(pl_ec2_reader *r, const char *text) {
  pl_ec2_id_set(&r->id, text);
  return true;
}

static pl_ec2_rule *add_rule(pl_ec2_reader *r, pl_rule_source source) {
  pl_ec2_rule *rule = ADD(r->answer, rules, rule_count);
  if (rule != NULL)
    rule->rule.source = source;
  return rule;
}
static bool rule_cidr(pl_ec2_reader *r, const char *text) {
  pl_cidr cidr;
  if (pl_cidr_parse(text, &cidr) != PL_OK) {
    r->bad_rule = true;
    return true;
  }
  pl_ec2_rule *rule = add_rule(r, PL_RULE_CIDR);
  if (rule != NULL)
    rule->rule.cidr = cidr;
  return rule != NULL;
}
static bool rule_group(pl_ec2_reader *r, const char *text) {
  pl_ec2_rule *rule = add_rule(r, PL_RULE_OTHER_GROUP);
  if (rule != NULL)
    pl_ec2_id_set(&rule->source, text);
  return rule != NULL;
}
static bool rule_prefix_list(pl_ec2_reader *r, const char *text) {
  (void)text;
  return add_rule(r, PL_RULE_PREFIX_LIST) != NULL;
}
static bool rule_protocol(pl_ec2_reader *r, const char *text) {
  SET(r->protocol, text);
  return true;
}
/* Decimal, -1 for all; -2 for what can't be read. */
static long read_port(const char *text) {
  char *end;
  long port = strtol(text, &end, 10);
  return *text == '\0' || *end != '\0' || port < -1 || port > 65535 ? -2 : port;
}
static bool rule_first_port(pl_ec2_reader *r, const char *text) {
  r->first_port = read_port(text);
  return true;
}
static bool rule_last_port(pl_ec2_reader *r, const char *text) {
  r->last_port = read_port(text);
  return true;
}
/* Protocol and ports may come behind the sources: they are filled in here, and what is not TCP is
 * dropped. */
static bool permission_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  bool all = strcmp(r->protocol, "-1") == 0;
  bool tcp = strcasecmp(r->protocol, "tcp") == 0 || strcmp(r->protocol, "6") == 0;
  if (!all && !tcp) {
    r->answer->rule_count = r->permission_start;
    return true;
  }
  if (r->first_port < -1 || r->last_port < -1)
    r->bad_rule = true;
  bool any_port = all || r->first_port < 0 || r->last_port < 0;
  for (size_t i = r->permission_start; i < r->answer->rule_count; i++) {
    r->answer->rules[i].rule.first_port = any_port ? 0 : (uint16_t)r->first_port;
    r->answer->rules[i].rule.last_port = any_port ? 65535 : (uint16_t)r->last_port;
  }
  if (r->bad_rule)
    r->answer->truncated = true;
  return true;
}
static bool group_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  for (size_t i = r->start; i < r->answer->rule_count; i++)
    r->answer->rules[i].group = r->id;
  return pl_ec2_ids_add(&r->answer->groups, r->id.text) != PL_ERR_MEMORY;
}

#define G "securityGroupInfo/item"
#define P G "/ipPermissions/item"
static const path_row group_rows[] = {
    {G "/groupId", item_id},
    {P "/ipProtocol", rule_protocol},
    {P "/fromPort", rule_first_port},
    {P "/toPort", rule_last_port},
    {P "/ipRanges/item/cidrIp", rule_cidr},
    {P "/ipv6Ranges/item/cidrIpv6", rule_cidr},
    {P "/groups/item/groupId", rule_group},
    {P "/prefixListIds/item/prefixListId", rule_prefix_list},
    {P, permission_end},
    {G, group_end},
    {NEXT_TOKEN, next_token},
};

/* ---- DescribeSubnets, DescribeVpcs, DescribeVpcAttribute ------------------------------------ */

static bool subnet_id(pl_ec2_reader *r, const char *text) {
  pl_ec2_id_set(&r->subnet.id, text);
  return true;
}
static bool subnet_zone(pl_ec2_reader *r, const char *text) {
  SET(r->subnet.zone, text);
  return true;
}
static bool subnet_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  pl_ec2_subnet *subnet = ADD(r->answer, subnets, subnet_count);
  if (subnet == NULL)
    return false;
  *subnet = r->subnet;
  return true;
}

#define S "subnetSet/item"
static const path_row subnet_rows[] = {
    {S "/subnetId", subnet_id},
    {S "/availabilityZone", subnet_zone},
    {S, subnet_end},
    {NEXT_TOKEN, next_token},
};

static bool vpc_block(pl_ec2_reader *r, const char *text) {
  pl_cidr cidr;
  if (pl_cidr_parse(text, &cidr) != PL_OK)
    return true;
  pl_ec2_block *block = ADD(r->answer, blocks, block_count);
  if (block == NULL)
    return false;
  block->cidr = cidr;
  return true;
}
static bool vpc_block_state(pl_ec2_reader *r, const char *text) {
  r->block_gone = strncasecmp(text, "disassociat", strlen("disassociat")) == 0 ||
                  strncasecmp(text, "fail", strlen("fail")) == 0;
  return true;
}
static bool vpc_block_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  if (r->block_gone)
    r->answer->block_count = r->block_start;
  return true;
}
static bool vpc_end(pl_ec2_reader *r, const char *text) {
  (void)text;
  for (size_t i = r->start; i < r->answer->block_count; i++)
    r->answer->blocks[i].vpc = r->id;
  return pl_ec2_ids_add(&r->answer->vpcs, r->id.text) != PL_ERR_MEMORY;
}

#define V "vpcSet/item"
#define B4 V "/cidrBlockAssociationSet/item"
#define B6 V "/ipv6CidrBlockAssociationSet/item"
static const path_row vpc_rows[] = {
    {V "/vpcId", item_id},
    {V "/cidrBlock", vpc_block},
    {B4 "/cidrBlock", vpc_block},
    {B4 "/cidrBlockState/state", vpc_block_state},
    {B4, vpc_block_end},
    {B6 "/ipv6CidrBlock", vpc_block},
    {B6 "/ipv6CidrBlockState/state", vpc_block_state},
    {B6, vpc_block_end},
    {V, vpc_end},
    {NEXT_TOKEN, next_token},
};

static bool attribute_support(pl_ec2_reader *r, const char *text) {
  r->answer->dns_support = read_tri(text);
  return true;
}
static bool attribute_hostnames(pl_ec2_reader *r, const char *text) {
  r->answer->dns_hostnames = read_tri(text);
  return true;
}
static const path_row attribute_rows[] = {
    {"enableDnsSupport/value", attribute_support},
    {"enableDnsHostnames/value", attribute_hostnames},
};

/* ---- the reader ----------------------------------------------------------------------------- */

#define ROWS(name, rows)                                                                           \
  { name, name "Response", rows, PL_COUNT_OF(rows) }
static const action_row actions[PL_EC2_ACTION_COUNT] = {
    [PL_EC2_DESCRIBE_VPC_ENDPOINTS] = ROWS("DescribeVpcEndpoints", endpoint_rows),
    [PL_EC2_DESCRIBE_NETWORK_INTERFACES] = ROWS("DescribeNetworkInterfaces", interface_rows),
    [PL_EC2_DESCRIBE_SECURITY_GROUPS] = ROWS("DescribeSecurityGroups", group_rows),
    [PL_EC2_DESCRIBE_SUBNETS] = ROWS("DescribeSubnets", subnet_rows),
    [PL_EC2_DESCRIBE_VPCS] = ROWS("DescribeVpcs", vpc_rows),
    [PL_EC2_DESCRIBE_VPC_ATTRIBUTE] = ROWS("DescribeVpcAttribute", attribute_rows),
};

const char *pl_ec2_action_name(pl_ec2_action action) { return actions[action].name; }

static bool begin_item(pl_ec2_reader *r, const char *path) {
  pl_ec2_answer *answer = r->answer;
  if (strcmp(path, E) == 0) {
    pl_ec2_listed_free(&r->listed);
    return pl_endpoint_create("", &r->listed.endpoint) == PL_OK;
  }
  if (strcmp(path, N) == 0) {
    r->interface = (pl_interface){0};
    r->interface_overflow = false;
  } else if (strcmp(path, S) == 0) {
    r->subnet = (pl_ec2_subnet){0};
  } else if (strcmp(path, G) == 0) {
    r->id = (pl_ec2_id){0};
    r->start = answer->rule_count;
  } else if (strcmp(path, V) == 0) {
    r->id = (pl_ec2_id){0};
    r->start = answer->block_count;
  } else if (strcmp(path, P) == 0) {
    r->permission_start = answer->rule_count;
    r->protocol[0] = '\0';
    r->first_port = r->last_port = -1;
    r->bad_rule = false;
  } else if (strcmp(path, B4) == 0 || strcmp(path, B6) == 0) {
    r->block_start = answer->block_count;
    r->block_gone = false;
  }
  return true;
}

static bool on_begin(void *user, const char *path) {
  size_t length = strlen(path);
  /* Every record is an item of a list. */
  if (length < sizeof("/item") || strcmp(path + length - 5, "/item") != 0)
    return true;
  return begin_item(user, path);
}

static bool on_end(void *user, const char *path, const char *text) {
  pl_ec2_reader *r = user;
  const action_row *action = &actions[r->action];
  for (size_t i = 0; i < action->row_count; i++) {
    if (strcmp(action->rows[i].path, path) == 0)
      return action->rows[i].end(r, text);
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
  pl_status status = pl_xml_create(&handler, false, &reader->xml);
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
  while (answer->endpoint_count > before->endpoint_count)
    pl_ec2_listed_free(&answer->endpoints[--answer->endpoint_count]);
  answer->interface_count = before->interface_count;
  answer->rule_count = before->rule_count;
  answer->subnet_count = before->subnet_count;
  answer->block_count = before->block_count;
  answer->groups.count = before->groups.count;
  answer->vpcs.count = before->vpcs.count;
  answer->dns_support = before->dns_support;
  answer->dns_hostnames = before->dns_hostnames;
  answer->truncated = before->truncated;
  free(answer->next_token);
  answer->next_token = NULL;
}

pl_xml *pl_ec2_reader_xml(pl_ec2_reader *reader) { return reader->xml; }
