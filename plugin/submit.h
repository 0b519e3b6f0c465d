/* A finished round as values for collectd. collectd queues a copy of each value and does not wait
 * for its writers.
 *
 * Any thread. Only this file knows how a metric becomes a value list.
 */
#ifndef PL_PLUGIN_SUBMIT_H
#define PL_PLUGIN_SUBMIT_H

#include "collectd_api.h"
#include "watch/front.h"

#define PL_PLUGIN "privatelink"

/* Submits all known metrics, and those of every probed address. If the verdict has no metrics (an
 * unusable endpoint), every status is UNKNOWN. Without a verdict, only `status` is submitted, as
 * UNKNOWN. collectd drops a value that is older than two intervals. */
void pl_submit_values(const pl_values *values);

/* Whether collectd knows every type that the metrics use. Logs each unknown type. */
bool pl_submit_check_types(void);

/* An instant or a duration, at least 0, in collectd's units. */
cdtime_t pl_cdtime(pl_nsec time);

#endif
