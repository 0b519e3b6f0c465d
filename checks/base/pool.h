/* Bytes that many owners share: equal ones are kept once. For what never changes and has one end,
 * such as the options of a fleet. One thread at a time; what it has given may be read by any.
 */
#ifndef PL_BASE_POOL_H
#define PL_BASE_POOL_H

#include "base/status.h"
#include <stddef.h>

typedef struct pl_pool pl_pool;

pl_status pl_pool_create(pl_pool **ret_pool) PL_MUST_USE;
/* With all that it has given. NULL is fine. */
void pl_pool_free(pl_pool *pool);

/* A copy that lives as long as the pool, aligned for pointers; nobody changes it. NULL without
 * memory. */
void *pl_pool_keep(pl_pool *pool, const void *bytes, size_t length);
char *pl_pool_keep_text(pl_pool *pool, const char *text); /* with its NUL */
/* Nothing more will be kept: frees what only pl_pool_keep needs. */
void pl_pool_close(pl_pool *pool);

#endif
