/* A store as JSON text, both ways. Any thread. */
#ifndef PL_MEMORY_JSON_H
#define PL_MEMORY_JSON_H

#include "memory/store.h"

/* Adds the text, with a line end. `name` is the endpoint's. */
void pl_memory_write(pl_buf *buf, const char *name, const pl_memory_store *store);
/* PL_ERR_INVALID where the text is anything but what pl_memory_write writes for this name: every
 * field must be there once, and in its range. The message names the field. */
pl_status pl_memory_read(const char *text, size_t length, const char *name,
                         pl_memory_store *ret_store, pl_error *error) PL_MUST_USE;

#endif
