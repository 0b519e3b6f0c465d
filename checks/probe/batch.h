/* A batch: endpoints whose rounds share their witnesses. Plain data; the caller of pl_engine_start
 * owns it. */
#ifndef PL_PROBE_BATCH_H
#define PL_PROBE_BATCH_H

#include "base/clock.h"
#include "facts/facts.h"
#include "facts/plan.h"
#include "options/spec.h"

/* One finished round, called from pl_engine_run. The callee owns `facts`, and frees them with
 * pl_facts_free and free(). `index` is that of the spec in the batch. */
typedef void (*pl_round_callback)(void *user, size_t index, pl_facts *facts);
typedef void (*pl_batch_callback)(void *user);

typedef struct pl_batch {
  const pl_spec *const *specs; /* each must outlive its round; the array is copied */
  /* What EC2 said of each: `count` entries that may be NULL, borrowed like the specs. NULL if EC2
   * was not asked. */
  const struct pl_endpoint *const *endpoints;
  const pl_round_plan *plans; /* of each, copied; NULL: PL_ROUND_PLAN_DEFAULT */
  size_t count;
  pl_nsec timeout; /* from the start; every round has been reported by then */
  pl_nsec spread;  /* the rounds start over this time; 0: at once, a few per turn of the loop */
  pl_round_callback on_round;
  pl_batch_callback on_done; /* after the last round; may be NULL */
  void *user;
} pl_batch;

#endif
