/* All endpoints: the engine's thread, and the schedule of the rounds.
 *
 * Created in collectd's init callback, because the daemon forks before it. Freed in the shutdown
 * callback. Main thread only, except for the last three functions.
 */
#ifndef PL_PLUGIN_FLEET_H
#define PL_PLUGIN_FLEET_H

#include "config.h"

typedef struct pl_fleet pl_fleet;

typedef struct pl_fleet_options {
  pl_nsec interval; /* of endpoints without their own */
  bool testing;     /* under collectd -T: rounds leave a line of text, and announce nothing */
  pl_fleet *before; /* the fleet that this one replaces: it is stopped, and its endpoints keep what
                       was seen and announced; NULL for none */
} pl_fleet_options;

/* Starts the threads. Takes ownership of what `config` holds, also on failure. */
pl_status pl_fleet_create(pl_config *config, const pl_fleet_options *options, pl_fleet **ret_fleet,
                          pl_error *error) PL_MUST_USE;
/* Ends the engine's thread, and then those that send notifications: from then on no round ends, and
 * nothing is submitted. */
void pl_fleet_stop(pl_fleet *fleet);
/* Stops it, cancels the rounds that are running, and ends all threads. NULL is fine. */
void pl_fleet_free(pl_fleet *fleet);

size_t pl_fleet_count(const pl_fleet *fleet);
const char *pl_fleet_name(const pl_fleet *fleet, size_t index);

bool pl_fleet_has(const pl_fleet *fleet, const char *name);

/* Whether the endpoint's rounds have begun to be late (pl_watch_check). */
bool pl_fleet_is_late(pl_fleet *fleet, const char *name);
/* Starts a round of the endpoint, or of all endpoints (NULL), as soon as possible. Any thread. */
void pl_fleet_hurry(pl_fleet *fleet, const char *name);
/* Under collectd -T: waits for the endpoint's round, and prints its verdict as a line. False if its
 * configuration has a mistake, or if no round ended. */
bool pl_fleet_test(pl_fleet *fleet, const char *name);

#endif
