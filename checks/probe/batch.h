/* A batch: endpoints whose rounds share one pair of witnesses. Plain data; who starts it
 * (pl_engine_start) owns it. */
#ifndef PL_PROBE_BATCH_H
#define PL_PROBE_BATCH_H

#include "base/clock.h"
#include "facts/facts.h"
#include "options/spec.h"

/* One finished round, from inside pl_engine_run: facts are the callee's to keep or to free with
 * pl_facts_free and free(). `index` is the endpoint's place in the batch. */
typedef void (*pl_round_callback)(void *user, size_t index, pl_facts *facts);
typedef void (*pl_batch_callback)(void *user);

typedef struct pl_batch {
  const pl_spec *const *specs; /* each outlives its round; the array is copied */
  /* What EC2 said of each, or NULL: an array of `count`, borrowed likewise; entries may be NULL. */
  const struct pl_endpoint *const *endpoints;
  size_t count;
  pl_nsec timeout; /* from now; every round has ended and been reported by then */
  pl_nsec spread;  /* starts are spread over this long; 0: at once, in micro-batches */
  pl_round_callback on_round;
  pl_batch_callback on_done; /* after the last round; NULL for none */
  void *user;
} pl_batch;

#endif
