/* When an endpoint was first seen pending: for a check that runs once, which has seen nothing
 * itself. A file of the state directory of its own, because a run with only the check `state`
 * must not change what other runs remember of the same endpoint. Blocks on the disk. Any thread. */
#ifndef PL_MEMORY_PENDING_H
#define PL_MEMORY_PENDING_H

#include "facts/endpoint.h"
#include "memory/file.h"

/* Remembers the first sight of `endpoint` in its present state, and forgets it when that state is
 * over. `name` is that of the section; `now` is in seconds since 1970.
 *
 * *ret_since is the time of the first sight, at most `now`. It is 0 where the endpoint is neither
 * `pending` nor `pendingAcceptance`, or where the sight can't be kept: else each run would be the
 * first. PL_ERR_IO, PL_ERR_INVALID. */
pl_status pl_pending_recall(const pl_memory_dir *dir, const char *name, const pl_endpoint *endpoint,
                            int64_t now, int64_t *ret_since, pl_error *error) PL_MUST_USE;

#endif
