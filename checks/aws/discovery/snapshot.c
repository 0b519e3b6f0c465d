/* Writes and reads what is known of an account and a region: JSON with a version. */
#include "aws/discovery/snapshot.h"
#include "aws/discovery/entry.h"
#include "options/parse.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define SECONDS_MAX (INT64_C(1) << 40)
#define KEY_MAX ((size_t)1 << 20)

/* ---- writing -------------------------------------------------------------------------------- */

static void add_part(pl_buf *buf, const char *text) {
  const char *given = text != NULL ? text : "";
  size_t length = strlen(given);
  pl_buf_addf(buf, "%zu ", length);
  pl_buf_add_printable(buf, given, length, length);
  pl_buf_add_char(buf, ' ');
}

/* With what the endpoints were found: another identity or filter may not have found them. */
static void add_key(pl_buf *buf, const pl_discovery *discovery, const pl_section_common *common,
                    const pl_scope *scope) {
  const pl_request *request = discovery->request;
  const char *const parts[] = {scope->role_arn, scope->wanted, common->profile, common->external_id,
                               common->endpoint_url};
  for (size_t i = 0; i < PL_COUNT_OF(parts); i++)
    add_part(buf, parts[i]);
  for (size_t i = 0; i < request->condition_count; i++) {
    add_part(buf, request->conditions[i].name);
    for (size_t k = 0; k < request->conditions[i].count; k++)
      add_part(buf, request->conditions[i].values[k]);
  }
}

/* Up to the first endpoint. */
static pl_status add_head(pl_buf *buf, const pl_discovery *discovery,
                          const pl_section_common *common, const pl_scope *scope) {
  pl_buf key;
  pl_buf_init(&key, KEY_MAX);
  add_key(&key, discovery, common, scope);
  pl_status status = pl_buf_status(&key);
  json_t *head = json_pack("{sisssssn}", "version", VERSION, "scope", pl_buf_text(&key), "region",
                           scope->region, "endpoints");
  char *text = head != NULL ? json_dumps(head, JSON_COMPACT) : NULL;
  if (text != NULL)
    pl_buf_addf(buf, "%.*s[", (int)(strlen(text) - strlen("null}")), text);
  else if (status == PL_OK)
    status = PL_ERR_MEMORY;
  free(text);
  json_decref(head);
  pl_buf_free(&key);
  return status == PL_OK ? pl_buf_status(buf) : status;
}

pl_status pl_snapshot_write(const pl_known *known, const pl_discovery *discovery,
                            const pl_section_common *common, pl_buf *texts) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < discovery->count && status == PL_OK; i++)
    status = add_head(&texts[i], discovery, common, &discovery->scopes[i]);
  for (size_t i = 0; i < known->count && status == PL_OK; i++) {
    const pl_known_endpoint *it = &known->items[i];
    pl_buf *text = &texts[it->section.scope];
    pl_buf_addf(text, "%s\n{\"name\":\"%s\",\"id\":\"%s\",\"seen\":%" PRId64 ",\"facts\":",
                text->data[text->length - 1] == '[' ? "" : ",", it->section.name, it->section.id,
                it->seen);
    pl_buf_add(text, it->section.facts);
    pl_buf_add(text, "}");
  }
  for (size_t i = 0; i < discovery->count && status == PL_OK; i++) {
    pl_buf_add(&texts[i], "]}\n");
    status = pl_buf_status(&texts[i]);
  }
  return status;
}

/* ---- reading -------------------------------------------------------------------------------- */

static pl_status read_endpoint(const json_t *entry, pl_ec2_reader *reader, pl_ec2_answer *answer) {
  const char *name = json_string_value(json_object_get(entry, "name"));
  const char *id = json_string_value(json_object_get(entry, "id"));
  json_int_t seen = json_integer_value(json_object_get(entry, "seen"));
  const json_t *facts = json_object_get(entry, "facts");
  size_t before = answer->endpoints.count;
  if (name == NULL || !pl_valid_name(name) || id == NULL || !pl_valid_endpoint_id(id) ||
      seen <= 0 || seen > SECONDS_MAX || json_object_size(entry) != 4)
    return PL_ERR_INVALID;
  pl_status status = pl_entry_read(facts, id, reader);
  if (status != PL_OK)
    return status;
  if (answer->endpoints.count == before)
    return PL_ERR_LIMIT;
  pl_ec2_listed *listed = &answer->endpoints.items[before];
  pl_text_set(listed->name, sizeof(listed->name), name);
  listed->seen = seen;
  return listed->endpoint->created >= 0 ? PL_OK : PL_ERR_INVALID; /* pl_entry_facts leaves it out */
}

static pl_status read_endpoints(const json_t *list, pl_ec2_answer *ret_answer, pl_error *error) {
  pl_ec2_answer answer = {.want_tags = true};
  pl_ec2_reader *reader;
  pl_status status = pl_ec2_reader_create(PL_EC2_DESCRIBE_VPC_ENDPOINTS, &answer, &reader);
  if (status != PL_OK)
    return pl_fail_memory(error);
  for (size_t i = 0; i < json_array_size(list) && status == PL_OK; i++) {
    status = read_endpoint(json_array_get(list, i), reader, &answer);
    if (status != PL_OK)
      pl_error_set(error, "its endpoint %zu can't be read", i + 1);
  }
  pl_ec2_reader_free(reader);
  if (status == PL_OK) {
    pl_ec2_answer_sort(&answer);
    *ret_answer = answer;
  } else {
    pl_ec2_answer_free(&answer);
  }
  return status;
}

static pl_status check_head(const json_t *root, const char *key, const pl_scope *scope,
                            pl_error *error) {
  const json_t *version = json_object_get(root, "version");
  const char *of = json_string_value(json_object_get(root, "scope"));
  const char *region = json_string_value(json_object_get(root, "region"));
  if (!json_is_integer(version))
    return pl_fail(error, PL_ERR_INVALID, "it is torn, or not of this program");
  if (json_integer_value(version) != VERSION)
    return pl_fail(error, PL_ERR_INVALID, "it has version %lld, not %d: another release wrote it",
                   (long long)json_integer_value(version), VERSION);
  if (of == NULL || strcmp(of, key) != 0)
    return pl_fail(error, PL_ERR_INVALID,
                   "it was found with another role, region, filter or identity");
  if (region == NULL || !pl_valid_region(region) || strlen(region) >= sizeof(scope->region) ||
      (scope->wanted != NULL && strcmp(region, scope->wanted) != 0) ||
      !json_is_array(json_object_get(root, "endpoints")) || json_object_size(root) != 4)
    return pl_fail(error, PL_ERR_INVALID, "a field is missing or wrong");
  return PL_OK;
}

pl_status pl_snapshot_read(const char *text, size_t length, const pl_discovery *discovery,
                           const pl_section_common *common, pl_scope *scope, pl_error *error) {
  /* jansson takes a number that a NUL ends. */
  bool whole = memchr(text, '\0', length) == NULL;
  json_t *root = whole ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
  pl_buf key;
  pl_buf_init(&key, KEY_MAX);
  add_key(&key, discovery, common, scope);
  pl_status status = pl_buf_status(&key);
  if (status != PL_OK)
    (void)pl_fail(error, status, "its filters are too long");
  else
    status = check_head(root, pl_buf_text(&key), scope, error);
  if (status == PL_OK)
    status = read_endpoints(json_object_get(root, "endpoints"), &scope->answer, error);
  if (status == PL_OK)
    pl_text_set(scope->region, sizeof(scope->region),
                json_string_value(json_object_get(root, "region")));
  pl_buf_free(&key);
  json_decref(root);
  return status;
}
