/* Options that take a list: how an argument is split, and what its items are.
 * The spec owns the list. Any thread, each spec from one thread at a time. */
#ifndef PL_OPTIONS_LISTS_H
#define PL_OPTIONS_LISTS_H

#include "base/list.h"
#include "options/parse.h"

/* How the items of a list are read. */
typedef struct pl_item_kind {
  const pl_list_kind *of;
  size_t max; /* items */
  /* Reads one item. `out` is a new element, all zero; on failure it owns nothing. */
  pl_status (*parse)(const char *text, const pl_input *input, void *out, pl_error *error);
  bool (*to_the_end)(const char *); /* the item takes the rest of its argument; NULL: none does */
} pl_item_kind;

extern const pl_item_kind pl_items_addresses, pl_items_sockaddrs, pl_items_cidrs, pl_items_statuses,
    pl_items_signatures, pl_items_witnesses, pl_items_thresholds;

/* Splits each argument at its commas. On failure the list is unchanged. */
pl_status pl_parse_list(const pl_input *input, pl_error *error) PL_MUST_USE;
/* The bits of the named checks, PL_CHECK_BIT(). */
pl_status pl_parse_checks(const pl_input *input, pl_error *error) PL_MUST_USE;
/* The bits of the named rivals, 1u << pl_rival_id. */
pl_status pl_parse_rivals(const pl_input *input, pl_error *error) PL_MUST_USE;

/* "http:403:Forbidden" and the like, as --blocked-by takes it. */
void pl_signature_add(pl_buf *buf, const pl_signature *signature);

#endif
