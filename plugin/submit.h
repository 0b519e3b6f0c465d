/* One finished round as values for collectd: made on the engine's thread, submitted from a read
 * callback.
 *
 * A sample owns all it holds and points to nothing but static storage; pl_sample_free releases it.
 * The only file that knows how a metric becomes a value list.
 */
#ifndef PL_PLUGIN_SUBMIT_H
#define PL_PLUGIN_SUBMIT_H

#include "collectd_api.h"
#include "facts/facts.h"
#include "facts/verdict.h"

#define PL_PLUGIN "privatelink"

typedef struct pl_sample pl_sample;

/* Known metrics, and those of every address that was probed. `time` is the wall time of the
 * measurement, nanoseconds since 1970. `facts` may be NULL. Where the verdict has no metrics (an
 * unusable endpoint), every status is UNKNOWN. */
pl_status pl_sample_create(const pl_verdict *verdict, const pl_facts *facts, pl_nsec time,
                           pl_sample **ret_sample) PL_MUST_USE;
void pl_sample_free(pl_sample *sample);

/* Hands the values over as privatelink-`instance`; returns how many there were. */
size_t pl_sample_submit(const pl_sample *sample, const char *instance, pl_nsec interval);

/* Whether collectd knows every type that is used; logs each one that it does not. */
bool pl_submit_check_types(void);

/* collectd's time of an instant or duration of at least 0. */
cdtime_t pl_cdtime(pl_nsec time);
/* Fills one of the name fields of a value list or notification. */
void pl_field_set(char *field, size_t size, const char *text);

#endif
