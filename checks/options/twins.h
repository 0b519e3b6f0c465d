/* Finds endpoints of one configuration that have the same name. Any thread. */
#ifndef PL_OPTIONS_TWINS_H
#define PL_OPTIONS_TWINS_H

#include "base/status.h"
#include <stddef.h>

/* The endpoint at `index` has the name of an earlier one, at `first`. */
typedef pl_status (*pl_twin_callback)(void *user, size_t index, size_t first);

/* Calls back for each endpoint that has the name of an earlier one, until a call fails. `names` is
 * where the first endpoint has its name (char *), and `size` is that of an endpoint. Returns the
 * status of the last call, or PL_ERR_MEMORY. */
pl_status pl_twins_find(const void *names, size_t count, size_t size, pl_twin_callback callback,
                        void *user) PL_MUST_USE;

/* Replaces the name by "NAME.line-12", where `what` is "line": names are unique in all output. */
pl_status pl_twin_rename(char **name, const char *what, size_t number) PL_MUST_USE;

#endif
