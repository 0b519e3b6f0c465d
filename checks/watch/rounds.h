/* Batches of rounds: starts them, judges what they saw, and reports it. Engine's thread only,
 * except for pl_rounds_free.
 */
#ifndef PL_WATCH_ROUNDS_H
#define PL_WATCH_ROUNDS_H

#include "aws/poller.h"
#include "probe/engine.h"
#include "watch/watch.h"

/* Time to report the last rounds of a batch, where the loop is late. */
#define PL_ROUNDS_AFTER (2 * PL_SEC)

typedef struct pl_rounds {
  pl_watch *watches; /* borrowed, with everything that they need */
  size_t count;
  pl_watch_context context;
  pl_engine *engine; /* borrowed */
  pl_poller *poller; /* borrowed; same order as `watches`; NULL if no endpoint has an endpoint id */
  struct active_batch *active;
  size_t held;   /* watches that hold a round */
  bool skipping; /* the last batch could not start, which has been logged */
} pl_rounds;

/* Starts a round of each member. All have the same timeout. The starts are spread over `window`. If
 * the batch cannot start, its members skip this round. */
void pl_rounds_start(pl_rounds *rounds, pl_watch *const *members, size_t count, pl_nsec window);

/* Judges held rounds again when EC2 has answered. Without an answer that has the addresses, the old
 * addresses stay in force: an address that may be foreign is never taken as good. */
void pl_rounds_release_held(pl_rounds *rounds, pl_nsec now);

/* Drops the rounds that have not ended. After the engine has been freed. */
void pl_rounds_free(pl_rounds *rounds);

#endif
