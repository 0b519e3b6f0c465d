/* Keeps what EC2 says of a fleet of endpoints up to date, in threads of its own.
 *
 * Endpoints are grouped by account and region (profile, role, region, URL): each group is asked as
 * one. The newest answer of each endpoint can be had at any time, from any thread; where the last
 * question failed, it says so and still holds what is known, with its age.
 *
 * The daemon creates one while it is configured, starts it after it has forked, and frees it at
 * shutdown. The check does the same with an interval of zero: every group is then asked once.
 */
#ifndef PL_AWS_POLLER_H
#define PL_AWS_POLLER_H

#include "aws/context.h"
#include "facts/endpoint.h"
#include "options/spec.h"

typedef struct pl_poller pl_poller;

typedef struct pl_poller_config {
  pl_clock clock;
  const pl_aws_environment *environment; /* outlives the poller */
  pl_nsec interval;                      /* between two questions for the endpoints; 0: ask once */
  pl_nsec detail_interval;               /* likewise, for interfaces, security groups and VPCs */
  pl_nsec deadline;                      /* of asking once: an instant of the clock */
  /* Called, where not NULL, whenever a group has been asked, from a thread of the poller: to wake
   * up whoever wants to know. */
  void (*asked)(void *user);
  void *user;
} pl_poller_config;

/* The specs outlive the poller. Those without an endpoint id are never asked for. Starts no thread,
 * sends nothing. */
pl_status pl_poller_create(const pl_poller_config *config, const pl_spec *const *specs,
                           size_t count, pl_poller **ret_poller) PL_MUST_USE;
/* Starts the threads, one for each group up to PL_LIMIT_AWS_THREADS. Once. */
pl_status pl_poller_start(pl_poller *poller, pl_error *error) PL_MUST_USE;
/* Cancels what is under way, ends the threads, frees. Takes well under a second. NULL is fine. */
void pl_poller_free(pl_poller *poller);

/* The newest of the endpoint of `specs[index]`, counted once more for the caller; NULL where nobody
 * has been asked yet. Any thread. */
pl_endpoint *pl_poller_get(pl_poller *poller, size_t index);

/* Has the group of `specs[index]` asked out of turn, its interfaces however fresh they are: for
 * whom the newest answer does not explain what was seen. At once, but for one group at most every
 * PL_LIMIT_AWS_EARLY seconds, and not while the API fails. True where a new answer is to be had
 * within moments. Any thread. */
bool pl_poller_hurry(pl_poller *poller, size_t index);

/* Waits until every group has been asked once, at most until the instant `deadline`. False where
 * the deadline came first. Any thread. */
bool pl_poller_wait(pl_poller *poller, pl_nsec deadline);

#endif
