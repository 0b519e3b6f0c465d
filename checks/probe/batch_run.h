/* Runs one batch: starts its rounds a few at a time, asks the witnesses before and after them, and
 * ends by the deadline. Loop thread only. The engine owns it. */
#ifndef PL_PROBE_BATCH_RUN_H
#define PL_PROBE_BATCH_RUN_H

#include "probe/batch.h"
#include "probe/io.h"
#include "probe/wire/tls_context.h"

typedef struct pl_batch_run pl_batch_run;

/* Returns the context for a CA file (NULL: the system's anchors), or what is wrong with the file.
 */
typedef pl_status (*pl_tls_source)(void *user, const char *ca_file, pl_tls_context **ret_tls,
                                   pl_error *error);

typedef struct pl_batch_run_config {
  const pl_io *io;
  const pl_batch *batch; /* copied, as batch.h says */
  pl_tls_source tls;
  /* Called once, from the loop, after the last round. The batch run may be freed from inside. */
  void (*ended)(void *user, pl_batch_run *running);
  void *user;
} pl_batch_run_config;

/* Allocates all that a report needs, so that later failures can't prevent a report. */
pl_status pl_batch_run_start(const pl_batch_run_config *config, pl_batch_run **ret_running,
                             pl_error *error) PL_MUST_USE;
/* Notes a delay that the prober itself caused during this batch. */
void pl_batch_run_note_delay(pl_batch_run *running, pl_nsec delay);
/* Cancels what is under way, without reports. NULL is fine. */
void pl_batch_run_free(pl_batch_run *running);

#endif
