/* Arrays that grow, and lists as a spec (options/spec.h) has them. An element of a list may own a
 * string; the owner of a list frees it with pl_list_free. Any thread.
 */
#ifndef PL_BASE_LIST_H
#define PL_BASE_LIST_H

#include "base/pool.h"
#include <stdbool.h>
#include <stddef.h>

/* Adds a zeroed element, and returns it; NULL: no memory. The array is empty at first ({NULL, 0}),
 * and grows only here: its room is the next power of two. */
void *pl_array_add(void **items, size_t *count, size_t size);

/* Each list of a spec is a struct that begins with these two members. */
typedef struct pl_list {
  void *items;
  size_t count;
} pl_list;

typedef struct pl_list_kind {
  size_t size;   /* of an element, in bytes */
  bool owns;     /* each element owns a string, which may be NULL */
  size_t string; /* offset of that string in the element */
} pl_list_kind;

/* Frees all elements, and empties the list. */
void pl_list_free(const pl_list_kind *kind, pl_list *list);
/* Replaces the items of `list`, which belong to another list, by copies. If that fails, `list`
 * holds only its own copies, perhaps fewer. */
pl_status pl_list_unshare(const pl_list_kind *kind, pl_list *list) PL_MUST_USE;
/* Moves the items and their strings into the pool, which then owns them. Equal items share memory
 * only if their bytes are equal, also those between the members: a parser sets the members of a
 * zeroed item one by one. If that fails, the list is unchanged. PL_ERR_MEMORY. */
pl_status pl_list_share(const pl_list_kind *kind, pl_list *list, pl_pool *pool) PL_MUST_USE;

#endif
