/* The lists of a spec: plain arrays of one type of element, some of which own a string.
 * The holder of a list frees it. Any thread.
 */
#ifndef PL_BASE_LIST_H
#define PL_BASE_LIST_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Every list of a spec begins with these two members. */
typedef struct pl_list {
  void *items;
  size_t count;
} pl_list;

typedef struct pl_list_kind {
  size_t size; /* of an element */
  bool owns;   /* an element owns a string, or NULL in its place, at the offset `string` */
  size_t string;
} pl_list_kind;

/* Frees what one element owns. */
void pl_list_release_item(const pl_list_kind *kind, void *item);
/* Frees everything; the list is empty then. */
void pl_list_free(const pl_list_kind *kind, pl_list *list);
/* Makes `list`, whose items are another's, a copy of its own. Where that fails, what it has is
 * still its own, and nothing is the other's. */
pl_status pl_list_unshare(const pl_list_kind *kind, pl_list *list) PL_MUST_USE;

#endif
