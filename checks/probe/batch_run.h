/* Runs one batch: starts its rounds a few at a time, keeps their witnesses, and ends by the
 * deadline. Loop thread only. The engine owns it. */
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
  void *tls_user;
} pl_batch_run_config;

/* Adds a run to `*list`. It calls the batch's on_done, from the loop, after it has removed and
 * freed itself. Allocates all that a report needs, so that later failures can't prevent a report.
 */
pl_status pl_batch_run_start(const pl_batch_run_config *config, pl_batch_run **list,
                             pl_error *error) PL_MUST_USE;
/* Notes a delay that the prober itself caused during all runs of the list. */
void pl_batch_run_note_delay(pl_batch_run *list, pl_nsec delay);
/* Cancels all runs of the list, without reports. */
void pl_batch_run_free_all(pl_batch_run **list);

#endif
