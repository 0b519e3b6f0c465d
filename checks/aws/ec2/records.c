#include "aws/ec2/records.h"
#include <stdlib.h>
#include <string.h>

/* ---- ids ------------------------------------------------------------------------------------ */

void pl_ec2_id_set(pl_ec2_id *id, const char *text) {
  pl_text_set_foreign(id->text, sizeof(id->text), text, strlen(text));
}

pl_status pl_ec2_ids_add(pl_ec2_ids *ids, const char *id) {
  pl_ec2_id safe;
  pl_ec2_id_set(&safe, id);
  if (safe.text[0] == '\0')
    return PL_OK;
  if (ids->count >= PL_LIMIT_AWS_RECORDS)
    return PL_ERR_LIMIT;
  if ((ids->count & (ids->count - 1)) == 0) {
    pl_ec2_id *larger = realloc(ids->items, (ids->count == 0 ? 1 : 2 * ids->count) * sizeof(safe));
    if (larger == NULL)
      return PL_ERR_MEMORY;
    ids->items = larger;
  }
  ids->items[ids->count++] = safe;
  return PL_OK;
}

pl_status pl_ec2_ids_append(pl_ec2_ids *ids, const pl_ec2_id *items, size_t count) {
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

void pl_ec2_ids_sort(pl_ec2_ids *ids) {
  size_t kept = 0;
  pl_ec2_sort(ids->items, ids->count, sizeof(*ids->items));
  for (size_t i = 0; i < ids->count; i++) {
    if (kept == 0 || strcmp(ids->items[kept - 1].text, ids->items[i].text) != 0)
      ids->items[kept++] = ids->items[i];
  }
  ids->count = kept;
}

bool pl_ec2_ids_contain(const pl_ec2_ids *ids, const char *id) {
  return pl_ec2_find(ids->items, ids->count, sizeof(*ids->items), id) != NULL;
}

void pl_ec2_ids_free(pl_ec2_ids *ids) {
  free(ids->items);
  *ids = (pl_ec2_ids){0};
}

void pl_ec2_listed_free(pl_ec2_listed *listed) {
  pl_endpoint_unref(listed->endpoint);
  pl_ec2_ids_free(&listed->interfaces);
  pl_ec2_ids_free(&listed->groups);
  pl_ec2_ids_free(&listed->subnets);
  *listed = (pl_ec2_listed){0};
}

void pl_ec2_answer_free(pl_ec2_answer *answer) {
  for (size_t i = 0; i < answer->endpoint_count; i++)
    pl_ec2_listed_free(&answer->endpoints[i]);
  free(answer->endpoints);
  free(answer->interfaces);
  free(answer->rules);
  free(answer->subnets);
  free(answer->blocks);
  pl_ec2_ids_free(&answer->groups);
  pl_ec2_ids_free(&answer->vpcs);
  free(answer->next_token);
  *answer = (pl_ec2_answer){0};
}

/* ---- sorting and finding -------------------------------------------------------------------- */

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
                   offsetof(pl_ec2_vpc_dns, vpc) == 0 && offsetof(pl_ec2_rule, group) == 0,
               "records are sorted and found by the text they begin with");

void pl_ec2_sort(void *items, size_t count, size_t size) {
  if (count > 1)
    qsort(items, count, size, compare_text);
}

const void *pl_ec2_find(const void *items, size_t count, size_t size, const char *id) {
  return count == 0 ? NULL : bsearch(id, items, count, size, compare_text);
}

size_t pl_ec2_first(const void *items, size_t count, size_t size, const char *id) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp((const char *)items + middle * size, id) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void pl_ec2_answer_sort(pl_ec2_answer *answer) {
  pl_ec2_sort(answer->interfaces, answer->interface_count, sizeof(*answer->interfaces));
  pl_ec2_sort(answer->subnets, answer->subnet_count, sizeof(*answer->subnets));
  pl_ec2_sort(answer->blocks, answer->block_count, sizeof(*answer->blocks));
  if (answer->rule_count > 1)
    qsort(answer->rules, answer->rule_count, sizeof(*answer->rules), compare_rules);
  pl_ec2_ids_sort(&answer->groups);
  pl_ec2_ids_sort(&answer->vpcs);
  if (answer->endpoint_count > 1)
    qsort(answer->endpoints, answer->endpoint_count, sizeof(*answer->endpoints), compare_listed);
}

const pl_ec2_listed *pl_ec2_find_listed(const pl_ec2_answer *answer, const char *id) {
  return answer->endpoint_count == 0 ? NULL
                                     : bsearch(id, answer->endpoints, answer->endpoint_count,
                                               sizeof(*answer->endpoints), find_listed);
}
