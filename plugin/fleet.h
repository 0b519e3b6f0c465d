/* All endpoints at work: the engine's thread, and when which endpoint has its round.
 *
 * Created in collectd's init callback, since the daemon forks before it; freed in the shutdown
 * callback. Main thread, but for pl_fleet_take.
 */
#ifndef PL_PLUGIN_FLEET_H
#define PL_PLUGIN_FLEET_H

#include "config.h"
#include "submit.h"

typedef struct pl_fleet pl_fleet;

/* Takes `config` over, also on failure, and starts the threads. */
pl_status pl_fleet_create(pl_config *config, pl_nsec default_interval, pl_fleet **ret_fleet,
                          pl_error *error) PL_MUST_USE;
/* Ends what is under way within a moment. NULL is fine. */
void pl_fleet_free(pl_fleet *fleet);

size_t pl_fleet_count(const pl_fleet *fleet);
const char *pl_fleet_name(const pl_fleet *fleet, size_t index);
pl_nsec pl_fleet_interval(const pl_fleet *fleet, size_t index);

/* The newest round of an endpoint that has not been taken; NULL where there is none. The caller's
 * to free. Any thread. */
pl_sample *pl_fleet_take(pl_fleet *fleet, size_t index);

#endif
