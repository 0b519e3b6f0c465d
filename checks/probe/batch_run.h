/* Runs one batch: starts its rounds a few at a time, asks the witnesses before and after them, and
 * ends by the deadline. Loop thread only. Owned by the engine. */
#ifndef PL_PROBE_BATCH_RUN_H
#define PL_PROBE_BATCH_RUN_H

#include "probe/batch.h"
#include "probe/io.h"
#include "probe/wire/tls_context.h"

typedef struct pl_batch_run pl_batch_run;

/* The context for a CA file (NULL: the system's anchors), or what is wrong with it. */
typedef pl_status (*pl_tls_source)(void *user, const char *ca_file, pl_tls_context **ret_tls,
                                   pl_error *error);

typedef struct pl_batch_run_config {
  const pl_io *io;
  const pl_batch *batch; /* copied, as batch.h says */
  pl_tls_source tls;
  /* Called once, after the last round, from the loop; the batch may be freed from inside. */
  void (*ended)(void *user, pl_batch_run *running);
  void *user;
} pl_batch_run_config;

/* Allocates everything that a report needs, so that every round is reported whatever happens. */
pl_status pl_batch_run_start(const pl_batch_run_config *config, pl_batch_run **ret_running,
                             pl_error *error) PL_MUST_USE;
/* A delay that the prober itself caused while this batch was under way. */
void pl_batch_run_note_delay(pl_batch_run *running, pl_nsec delay);
/* Cancels what is under way; rounds that were not reported won't be. NULL is fine. */
void pl_batch_run_free(pl_batch_run *running);

#endif
