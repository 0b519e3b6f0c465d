/* All endpoints: the engine's thread, and the schedule of the rounds.
 *
 * pl_fleet_create starts threads: a daemon that forks calls it after the fork. What happens is
 * reported through the callbacks of front.h. One thread at a time, except for the last three
 * functions.
 */
#ifndef PL_WATCH_FLEET_H
#define PL_WATCH_FLEET_H

#include "aws/context.h"
#include "watch/front.h"
#include "watch/watch.h"

typedef struct pl_fleet pl_fleet;

typedef struct pl_fleet_options {
  const pl_front *front;
  pl_nsec interval;       /* of endpoints without their own */
  const pl_spec *common;  /* of which the options for all endpoints are used; only in the call */
  const char *state_dir;  /* of endpoints without their own; NULL: they remember until the end */
  pl_aws_getenv variable; /* as getenv(3); called at most once for each variable of AWS */
  char *const *process;   /* the environment of a credential_process; borrowed while it exists */
  bool testing; /* rounds leave a line of text for pl_fleet_test; nothing is announced or written */
  /* The fleet that this one replaces: it is stopped, and its endpoints keep what was seen and
   * announced; NULL for none. Without memory or descriptors for the new one it goes on. If a thread
   * cannot start, all its endpoints become late. */
  pl_fleet *before;
} pl_fleet_options;

/* Starts the threads. There is at least one block. Takes ownership of the blocks, also on failure.
 */
pl_status pl_fleet_create(pl_block *blocks, size_t count, const pl_fleet_options *options,
                          pl_fleet **ret_fleet, pl_error *error) PL_MUST_USE;
/* Ends the engine's thread, and then those that send notifications: from then on no round ends, and
 * no values are reported. */
void pl_fleet_stop(pl_fleet *fleet);
/* Stops it, cancels the rounds that are running, and ends all threads. NULL is fine. */
void pl_fleet_free(pl_fleet *fleet);

/* Notifications that a stopped fleet could not send, because the front end had not returned from
 * earlier ones. */
size_t pl_fleet_unsent(const pl_fleet *fleet);

/* Sends an event that is no result of a round. Takes ownership. */
void pl_fleet_announce(pl_fleet *fleet, struct pl_event *event);

size_t pl_fleet_count(const pl_fleet *fleet);
const char *pl_fleet_name(const pl_fleet *fleet, size_t index);

bool pl_fleet_has(const pl_fleet *fleet, const char *name);

/* Whether the endpoint's rounds have begun to be late (pl_watch_check). */
bool pl_fleet_is_late(pl_fleet *fleet, const char *name);
/* Starts a round of the endpoint, or of all endpoints (NULL), as soon as possible. Any thread. */
void pl_fleet_hurry(pl_fleet *fleet, const char *name);
/* In a test: waits for the endpoint's round, and adds its verdict as a line. False if its
 * configuration has a mistake, or if no round ended. */
bool pl_fleet_test(pl_fleet *fleet, const char *name, pl_buf *line);

#endif
