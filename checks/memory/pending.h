/* When an endpoint was first seen pending: for a check that runs once, which has seen nothing
 * itself. A file of the state directory of its own, because a run with only the check `state`
 * must not change what other runs remember of the same endpoint. Blocks on the disk. Any thread. */
#ifndef PL_MEMORY_PENDING_H
#define PL_MEMORY_PENDING_H

#include "facts/endpoint.h"
#include "memory/file.h"

/* Remembers since when `endpoint` is in its present state. `name` is that of the section; `now` is
 * in seconds since 1970.
 *
 * *ret_since is when it was first seen `pending` or `pendingAcceptance`, at most `now`. It is 0 in
 * any other state, and where that is not known: if no earlier run was remembered, it may be pending
 * for long, and in a directory that keeps nothing each run would be the first. PL_ERR_IO,
 * PL_ERR_INVALID. */
pl_status pl_pending_recall(const pl_memory_dir *dir, const char *name, const pl_endpoint *endpoint,
                            int64_t now, int64_t *ret_since, pl_error *error) PL_MUST_USE;

#endif
