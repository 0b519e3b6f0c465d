/* Queries the EC2 API about many endpoints again and again, in threads of its own.
 *
 * Endpoints are grouped by account and region (profile, role, region, URL). One query is for a
 * whole group. The newest endpoint of each spec is available at any time, from any thread. If the
 * last query failed, the endpoint says so, and still has the last answer with its age.
 *
 * The daemon creates a poller while it reads its configuration, starts it after it has forked, and
 * frees it when it ends. The check uses an interval of zero: then each group is queried once.
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
  pl_nsec interval;                      /* between two queries of the endpoints; 0: query once */
  pl_nsec detail_interval;               /* the same for interfaces, security groups and VPCs */
  pl_nsec deadline;                      /* of querying once: an instant of the clock */
  /* Called after each query of a group, from a thread of the poller. NULL: nothing is called. */
  void (*asked)(void *user);
  void *user;
} pl_poller_config;

/* The specs must outlive the poller. Specs without an endpoint id are never queried. Starts no
 * thread, and sends nothing. */
pl_status pl_poller_create(const pl_poller_config *config, const pl_spec *const *specs,
                           size_t count, pl_poller **ret_poller) PL_MUST_USE;
/* `known` is what another poller knew of `specs[index]`: if it is of the same id and pending, it
 * has been so since then. Before pl_poller_start. */
void pl_poller_note_pending(pl_poller *poller, size_t index, const pl_endpoint *known);
/* Starts the threads: one for each group, at most PL_LIMIT_AWS_THREADS. Call it once. PL_ERR_IO:
 * there is no thread. */
pl_status pl_poller_start(pl_poller *poller, pl_error *error) PL_MUST_USE;
/* Cancels the queries, ends the threads, and frees. Takes much less than a second. NULL is fine. */
void pl_poller_free(pl_poller *poller);

/* The newest endpoint of `specs[index]`, counted once more for the caller (pl_endpoint_unref).
 * NULL: there was no query yet. Any thread. */
pl_endpoint *pl_poller_get(pl_poller *poller, size_t index);

/* Makes an early query of the group of `specs[index]`, with its interfaces: for callers that saw
 * what the newest endpoint does not explain. For one group this happens at most every
 * PL_LIMIT_AWS_EARLY seconds, and not while the API fails. True if a query is running or due within
 * one second. Any thread. */
bool pl_poller_hurry(pl_poller *poller, size_t index);

/* Waits until each group has been queried once, or until the instant `deadline`. False if the
 * deadline came first. Any thread. */
bool pl_poller_wait(pl_poller *poller, pl_nsec deadline);

#endif
