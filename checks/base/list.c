/* Grows arrays; frees, copies and shares lists whose elements may own a string. */
#include "base/list.h"
#include <stdlib.h>
#include <string.h>

void *pl_array_add(void **items, size_t *count, size_t size) {
  if ((*count & (*count - 1)) == 0) { /* a power of two: full */
    void *larger = realloc(*items, (*count == 0 ? 1 : 2 * *count) * size);
    if (larger == NULL)
      return NULL;
    *items = larger;
  }
  return memset((char *)*items + (*count)++ * size, 0, size);
}

static char **string_of(const pl_list_kind *kind, void *item) {
  return (char **)(void *)((char *)item + kind->string);
}

static void *item_at(const pl_list_kind *kind, const pl_list *list, size_t i) {
  return (char *)list->items + i * kind->size;
}

static void release_item(const pl_list_kind *kind, void *item) {
  if (kind->owns)
    free(*string_of(kind, item));
}

void pl_list_free(const pl_list_kind *kind, pl_list *list) {
  for (size_t i = 0; i < list->count; i++)
    release_item(kind, item_at(kind, list, i));
  free(list->items);
  *list = (pl_list){0};
}

pl_status pl_list_unshare(const pl_list_kind *kind, pl_list *list) {
  pl_list original = *list;
  *list = (pl_list){0};
  if (original.count == 0)
    return PL_OK;
  list->items = malloc(original.count * kind->size);
  if (list->items == NULL)
    return PL_ERR_MEMORY;
  memcpy(list->items, original.items, original.count * kind->size);
  list->count = original.count;
  for (size_t i = 0; kind->owns && i < list->count; i++) {
    char **string = string_of(kind, item_at(kind, list, i));
    if (*string == NULL)
      continue;
    *string = strdup(*string);
    if (*string == NULL) {
      list->count = i; /* the strings after it belong to the original */
      return PL_ERR_MEMORY;
    }
  }
  return PL_OK;
}

pl_status pl_list_share(const pl_list_kind *kind, pl_list *list, pl_pool *pool) {
  if (list->count == 0)
    return PL_OK;
  const size_t size = list->count * kind->size;
  pl_list shared = {.items = malloc(size), .count = list->count};
  if (shared.items == NULL)
    return PL_ERR_MEMORY;
  memcpy(shared.items, list->items, size);
  bool complete = true;
  for (size_t i = 0; kind->owns && i < list->count && complete; i++) {
    char **string = string_of(kind, item_at(kind, &shared, i));
    if (*string != NULL)
      complete = (*string = pl_pool_keep_text(pool, *string)) != NULL;
  }
  void *items = complete ? pl_pool_keep(pool, shared.items, size) : NULL;
  free(shared.items);
  if (items == NULL)
    return PL_ERR_MEMORY;
  pl_list_free(kind, list);
  *list = (pl_list){.items = items, .count = shared.count};
  return PL_OK;
}
