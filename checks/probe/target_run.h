/* The attempts at one target: one for a private target, and up to two for a public target, since
 * silence proves something only if it happens twice.
 *
 * Loop thread only. The round owns the run, and the facts that it fills in.
 */
#ifndef PL_PROBE_TARGET_RUN_H
#define PL_PROBE_TARGET_RUN_H

#include "probe/wire/attempt.h"

typedef struct pl_target_run pl_target_run;

typedef struct pl_target_run_config {
  pl_attempt_config attempt; /* every attempt; `done` and `user` are set by the run */
  pl_facts *facts;
  size_t index; /* of the target in facts->targets, whose array may move */
  /* Called once, from the loop: PL_OK after the last attempt, or why the next one could not start.
   * The run must not be freed from inside. */
  void (*ended)(void *user, pl_status status);
  void *user;
} pl_target_run_config;

/* Starts the first attempt. `ended` is never called from inside. */
pl_status pl_target_run_start(const pl_target_run_config *config,
                              pl_target_run **ret_run) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_target_run_free(pl_target_run *run);

/* Whether the target's last attempt got an answer: an identity (TLS), or all that the probe asked
 * for. */
bool pl_target_answered(const pl_target *target);

#endif
