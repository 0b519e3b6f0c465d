/* A finished round as values for collectd. The engine's thread creates it, and a read callback
 * submits it.
 *
 * A sample owns everything that it holds, except for static strings. Any thread may use it, one at
 * a time. Only this file knows how a metric becomes a value list.
 */
#ifndef PL_PLUGIN_SUBMIT_H
#define PL_PLUGIN_SUBMIT_H

#include "collectd_api.h"
#include "facts/facts.h"
#include "facts/verdict.h"

#define PL_PLUGIN "privatelink"

typedef struct pl_sample pl_sample;

/* All known metrics, and those of every probed address. `time` is the wall time of the measurement,
 * in nanoseconds since 1970. `facts` may be NULL. If the verdict has no metrics (an unusable
 * endpoint), every status is UNKNOWN. */
pl_status pl_sample_create(const pl_verdict *verdict, const pl_facts *facts, pl_nsec time,
                           pl_sample **ret_sample) PL_MUST_USE;
void pl_sample_free(pl_sample *sample);

/* Submits the values as privatelink-`instance`; returns their number. */
size_t pl_sample_submit(const pl_sample *sample, const char *instance, pl_nsec interval);

/* Whether collectd knows every type that the metrics use. Logs each unknown type. */
bool pl_submit_check_types(void);

/* An instant or a duration, at least 0, in collectd's units. */
cdtime_t pl_cdtime(pl_nsec time);
/* Fills one field of a value list or notification, and cuts what does not fit. */
void pl_field_set(char *field, size_t size, const char *text);

#endif
