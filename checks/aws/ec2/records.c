/* Lists of EC2 records: adds, sorts, finds and frees. */
#include "aws/ec2/records.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(pl_ec2_id, text) == 0 && offsetof(pl_ec2_listed, id) == 0 &&
                   offsetof(pl_interface, id) == 0 && offsetof(pl_ec2_rule, group) == 0 &&
                   offsetof(pl_ec2_subnet, id) == 0 && offsetof(pl_ec2_block, vpc) == 0 &&
                   offsetof(pl_ec2_association, endpoint) == 0 &&
                   offsetof(pl_ec2_service, name) == 0 && offsetof(pl_ec2_vpc_dns, vpc) == 0,
               "lists are sorted and searched by the text that a record begins with");

static int compare_text(const void *a, const void *b) { return strcmp(a, b); }

void pl_ec2_sort(void *items, size_t count, size_t size) {
  if (count > 1)
    qsort(items, count, size, compare_text);
}

const void *pl_ec2_find(const void *items, size_t count, size_t size, const char *id) {
  return count == 0 ? NULL : bsearch(id, items, count, size, compare_text);
}

size_t pl_ec2_range(const void *items, size_t count, size_t size, const char *id,
                    size_t *ret_first) {
  const char *first = pl_ec2_find(items, count, size, id);
  if (first == NULL)
    return 0;
  size_t found = 1;
  for (; first > (const char *)items && strcmp(first - size, id) == 0; found++)
    first -= size;
  *ret_first = (size_t)(first - (const char *)items) / size;
  while (*ret_first + found < count && strcmp(first + found * size, id) == 0)
    found++;
  return found;
}

/* ---- ids ------------------------------------------------------------------------------------ */

pl_status pl_ec2_ids_add(pl_ec2_ids *ids, const char *id) {
  pl_ec2_id safe = {.text = ""};
  pl_text_set_foreign(safe.text, sizeof(safe.text), id, strlen(id));
  if (safe.text[0] == '\0')
    return PL_OK;
  return ids->count >= PL_LIMIT_AWS_RECORDS ? PL_ERR_LIMIT : pl_ec2_ids_append(ids, &safe, 1);
}

pl_status pl_ec2_ids_append(pl_ec2_ids *ids, const pl_ec2_id *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    pl_ec2_id *added = PL_EC2_ADD(*ids);
    if (added == NULL)
      return PL_ERR_MEMORY;
    *added = items[i];
  }
  return PL_OK;
}

void pl_ec2_ids_sort(pl_ec2_ids *ids) {
  size_t kept = 0;
  PL_EC2_SORT(*ids);
  for (size_t i = 0; i < ids->count; i++) {
    if (kept == 0 || strcmp(ids->items[kept - 1].text, ids->items[i].text) != 0)
      ids->items[kept++] = ids->items[i];
  }
  ids->count = kept;
}

void pl_ec2_ids_free(pl_ec2_ids *ids) {
  free(ids->items);
  *ids = (pl_ec2_ids){0};
}

/* ---- answers -------------------------------------------------------------------------------- */

const char *pl_ec2_tag_value(const pl_ec2_listed *listed, const char *key) {
  for (size_t i = 0; i < listed->tags.count; i++) {
    if (strcmp(listed->tags.items[i].key, key) == 0)
      return listed->tags.items[i].value;
  }
  return NULL;
}

void pl_ec2_listed_free(pl_ec2_listed *listed) {
  for (size_t i = 0; i < listed->tags.count; i++) {
    free(listed->tags.items[i].key);
    free(listed->tags.items[i].value);
  }
  free(listed->tags.items);
  pl_endpoint_unref(listed->endpoint);
  pl_ec2_ids_free(&listed->interfaces);
  pl_ec2_ids_free(&listed->groups);
  pl_ec2_ids_free(&listed->subnets);
  *listed = (pl_ec2_listed){0};
}

void pl_ec2_answer_free(pl_ec2_answer *answer) {
  for (size_t i = 0; i < answer->endpoints.count; i++)
    pl_ec2_listed_free(&answer->endpoints.items[i]);
  free(answer->endpoints.items);
  free(answer->interfaces.items);
  free(answer->rules.items);
  free(answer->subnets.items);
  free(answer->blocks.items);
  free(answer->associations.items);
  free(answer->services.items);
  pl_ec2_ids_free(&answer->asked);
  pl_ec2_ids_free(&answer->groups);
  pl_ec2_ids_free(&answer->vpcs);
  free(answer->next_token);
  *answer = (pl_ec2_answer){0};
}

void pl_ec2_answer_sort(pl_ec2_answer *answer) {
  PL_EC2_SORT(answer->endpoints);
  PL_EC2_SORT(answer->interfaces);
  PL_EC2_SORT(answer->rules);
  PL_EC2_SORT(answer->subnets);
  PL_EC2_SORT(answer->blocks);
  PL_EC2_SORT(answer->associations);
  PL_EC2_SORT(answer->services);
  pl_ec2_ids_sort(&answer->groups);
  pl_ec2_ids_sort(&answer->vpcs);
}
