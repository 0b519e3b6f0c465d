/* Writes an endpoint as JSON, and reads it with the checks of an API answer. */
#include "aws/discovery/entry.h"
#include "base/buf.h"
#include "facts/partition.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ITEM "vpcEndpointSet/item"
#define PRIVATE_DNS "privateDnsEnabled"
#define CREATED "creationTimestamp"
#define NAMES "dnsEntrySet"
#define TAGS "tagSet"

/* Elements of the API that are texts. */
static const struct {
  const char *name;
  size_t offset;
} texts[] = {
    {"vpcEndpointType", offsetof(pl_endpoint, type_text)},
    {"serviceName", offsetof(pl_endpoint, service_name)},
    {"state", offsetof(pl_endpoint, state_text)},
    {"serviceRegion", offsetof(pl_endpoint, service_region)},
    {"resourceConfigurationArn", offsetof(pl_endpoint, resource)},
};

/* ---- writing -------------------------------------------------------------------------------- */

/* What is no UTF-8, which XML can't have, is left out, as an empty text is. */
static void set_text(json_t *object, const char *key, const char *text) {
  if (text[0] != '\0')
    (void)json_object_set_new(object, key, json_string(text));
}

static void set_created(json_t *object, int64_t created) {
  char text[32] = "";
  if (created > 0)
    pl_text_set_instant(text, sizeof(text), created);
  set_text(object, CREATED, text);
}

char *pl_entry_facts(const pl_ec2_listed *listed) {
  const pl_endpoint *endpoint = listed->endpoint;
  json_t *object = json_object(), *names = json_array(), *tags = json_array();
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++)
    set_text(object, texts[i].name, (const char *)endpoint + texts[i].offset);
  if (endpoint->private_dns != PL_TRI_UNKNOWN)
    set_text(object, PRIVATE_DNS, endpoint->private_dns == PL_TRI_YES ? "true" : "false");
  set_created(object, endpoint->created);
  /* The others have the id, and are not used. */
  for (size_t i = 0; i < endpoint->dns_entry_count; i++) {
    if (!pl_aws_is_vpce_name(endpoint->dns_entries[i].name))
      (void)json_array_append_new(names, json_string(endpoint->dns_entries[i].name));
  }
  for (size_t i = 0; i < listed->tags.count; i++)
    (void)json_array_append_new(
        tags, json_pack("[ss]", listed->tags.items[i].key, listed->tags.items[i].value));
  bool complete = json_object_set_new(object, NAMES, names) == 0;
  complete = json_object_set_new(object, TAGS, tags) == 0 && complete;
  char *text = complete ? json_dumps(object, JSON_COMPACT) : NULL;
  json_decref(object);
  return text;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* PL_ERR_INVALID without a text. */
static pl_status give(pl_ec2_reader *reader, const char *element, const json_t *text) {
  char path[96];
  if (!json_is_string(text))
    return PL_ERR_INVALID;
  snprintf(path, sizeof(path), ITEM "/%s", element);
  return pl_ec2_reader_element(reader, path, json_string_value(text)) ? PL_OK : PL_ERR_MEMORY;
}

/* Counts the element in `known` if it is there. */
static pl_status give_optional(pl_ec2_reader *reader, const json_t *facts, const char *element,
                               size_t *known) {
  const json_t *text = json_object_get(facts, element);
  *known += text != NULL;
  return text != NULL ? give(reader, element, text) : PL_OK;
}

static pl_status give_lists(pl_ec2_reader *reader, const json_t *facts) {
  const json_t *names = json_object_get(facts, NAMES), *tags = json_object_get(facts, TAGS);
  pl_status status = json_is_array(names) && json_is_array(tags) ? PL_OK : PL_ERR_INVALID;
  for (size_t i = 0; i < json_array_size(names) && status == PL_OK; i++)
    status = give(reader, NAMES "/item/dnsName", json_array_get(names, i));
  for (size_t i = 0; i < json_array_size(tags) && status == PL_OK; i++) {
    const json_t *tag = json_array_get(tags, i);
    if (json_array_size(tag) != 2)
      return PL_ERR_INVALID;
    status = give(reader, TAGS "/item/key", json_array_get(tag, 0));
    if (status == PL_OK)
      status = give(reader, TAGS "/item/value", json_array_get(tag, 1));
    if (status == PL_OK && !pl_ec2_reader_element(reader, ITEM "/" TAGS "/item", ""))
      status = PL_ERR_MEMORY;
  }
  return status;
}

pl_status pl_entry_read(const json_t *facts, const char *id, pl_ec2_reader *reader) {
  size_t known = 2; /* the lists */
  if (!pl_ec2_reader_element(reader, ITEM, NULL) ||
      !pl_ec2_reader_element(reader, ITEM "/vpcEndpointId", id))
    return PL_ERR_MEMORY;
  pl_status status = PL_OK;
  for (size_t i = 0; i < PL_COUNT_OF(texts) && status == PL_OK; i++)
    status = give_optional(reader, facts, texts[i].name, &known);
  if (status == PL_OK)
    status = give_optional(reader, facts, PRIVATE_DNS, &known);
  if (status == PL_OK)
    status = give_optional(reader, facts, CREATED, &known);
  if (status == PL_OK)
    status = give_lists(reader, facts);
  if (status == PL_OK && json_object_size(facts) != known)
    status = PL_ERR_INVALID;
  if (status == PL_OK && !pl_ec2_reader_element(reader, ITEM, ""))
    status = PL_ERR_MEMORY;
  return status;
}
