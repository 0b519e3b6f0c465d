/* A finished round as values for collectd. collectd queues a copy of each value and does not wait
 * for its writers.
 *
 * Any thread. Only this file knows how a metric becomes a value list.
 */
#ifndef PL_PLUGIN_SUBMIT_H
#define PL_PLUGIN_SUBMIT_H

#include "collectd_api.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

#define PL_PLUGIN "privatelink"

/* What the values of a round have in common. */
typedef struct pl_submission {
  const char *instance; /* the endpoint's name */
  pl_nsec time;         /* wall time of the measurement, since 1970 */
  pl_nsec interval;     /* in which the next values come; collectd drops a value that is twice as
                           old */
  const pl_spec *spec;  /* which values, and for the meta data; NULL for an unusable endpoint */
} pl_submission;

/* Submits all known metrics, and those of every probed address. `facts` may be NULL. If the verdict
 * has no metrics (an unusable endpoint), every status is UNKNOWN. */
void pl_submit_round(const pl_submission *submission, const pl_verdict *verdict,
                     const pl_facts *facts);

/* Submits the metric `status` as UNKNOWN: no round has ended in time. */
void pl_submit_overdue(const pl_submission *submission);

/* Whether collectd knows every type that the metrics use. Logs each unknown type. */
bool pl_submit_check_types(void);

/* An instant or a duration, at least 0, in collectd's units. */
cdtime_t pl_cdtime(pl_nsec time);
/* Fills one field of a value list or notification, and cuts what does not fit. */
void pl_field_set(char *field, size_t size, const char *text);

#endif
