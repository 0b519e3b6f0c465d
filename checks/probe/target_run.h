/* The attempts at one target: one, or up to three at a public target that gives no answer, since a
 * moment without a connection is no block. They run next to each other, each from a port of its own
 * and with its own time limit. An answer ends them all.
 *
 * The socket of an attempt that was silent stays open until the last attempt ends, so that a late
 * SYN-ACK is seen (PL_END_LATE).
 *
 * Loop thread only. The round owns the run, and the facts that it fills in.
 */
#ifndef PL_PROBE_TARGET_RUN_H
#define PL_PROBE_TARGET_RUN_H

#include "probe/wire/attempt.h"

typedef struct pl_target_run pl_target_run;

typedef struct pl_target_run_config {
  pl_attempt_config attempt; /* every attempt; the run sets the callbacks and `user` */
  unsigned attempts;         /* at most, 1 to PL_LIMIT_ATTEMPTS */
  /* SYNs with a limited TTL, from 1 to this one, where the first attempt is refused, or its SYN is
   * not answered soon (wire/hops.h); 0: none. Their results go to the target's `hops`. */
  uint8_t last_ttl;
  pl_facts *facts;
  size_t index; /* of the target in facts->targets, whose array may move */
  /* Called just before the SYN of each attempt; NULL for none. */
  void (*sent)(void *user, size_t index, pl_nsec started);
  /* Called after each attempt whose result is in the facts; NULL for none. */
  void (*seen)(void *user, size_t index, const pl_attempt_result *result);
  /* Called when the SYNs with a limited TTL start; NULL for none. */
  void (*traced)(void *user, size_t index);
  /* Called once, from the loop: PL_OK after the last attempt, or why the next one could not start.
   * The run must not be freed from inside. */
  void (*ended)(void *user, pl_status status);
  void *user;
} pl_target_run_config;

/* Starts the first attempt. No callback is called from inside. */
pl_status pl_target_run_start(const pl_target_run_config *config,
                              pl_target_run **ret_run) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_target_run_free(pl_target_run *run);

#endif
