/* What Prometheus reads: the newest lines of each endpoint. Any thread. */
#ifndef PL_NAGIOS_SERVE_SAMPLES_H
#define PL_NAGIOS_SERVE_SAMPLES_H

#include "watch/front.h"

typedef struct pl_samples pl_samples;

/* The caller frees it. NULL: no memory. */
pl_samples *pl_samples_create(void);
void pl_samples_free(pl_samples *samples); /* NULL is fine */

/* Replaces what is known of the endpoint. Values without a verdict leave only its status. Without
 * memory, the lines before stay: their time shows their age. */
void pl_samples_put(pl_samples *samples, const pl_values *values);

/* Forgets the endpoints for which `is_kept` is false. */
void pl_samples_prune(pl_samples *samples, bool (*is_kept)(void *user, const char *name),
                      void *user);

typedef struct pl_samples_count {
  size_t known; /* endpoints */
  size_t late;  /* of them, those that have no round in time */
} pl_samples_count;
pl_samples_count pl_samples_count_of(pl_samples *samples);

/* Adds everything in the text format. */
void pl_samples_add_text(pl_samples *samples, pl_buf *buf);

#endif
