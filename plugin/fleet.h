/* All endpoints: the engine's thread, and the schedule of the rounds.
 *
 * Created in collectd's init callback, because the daemon forks before it. Freed in the shutdown
 * callback. Main thread only, except for pl_fleet_take.
 */
#ifndef PL_PLUGIN_FLEET_H
#define PL_PLUGIN_FLEET_H

#include "config.h"
#include "submit.h"

typedef struct pl_fleet pl_fleet;

/* Starts the threads. Takes ownership of what `config` holds, also on failure. */
pl_status pl_fleet_create(pl_config *config, pl_nsec default_interval, pl_fleet **ret_fleet,
                          pl_error *error) PL_MUST_USE;
/* Cancels the rounds that are running, and ends the threads. NULL is fine. */
void pl_fleet_free(pl_fleet *fleet);

size_t pl_fleet_count(const pl_fleet *fleet);
const char *pl_fleet_name(const pl_fleet *fleet, size_t index);
pl_nsec pl_fleet_interval(const pl_fleet *fleet, size_t index);

/* The newest round of an endpoint, or NULL if it has been taken already. The caller frees it. Any
 * thread. */
pl_sample *pl_fleet_take(pl_fleet *fleet, size_t index);

#endif
