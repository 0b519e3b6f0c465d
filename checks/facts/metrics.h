/* The one table of metrics (metrics.def), and their values in one round. Plain data and pure
 * functions, any thread. */
#ifndef PL_FACTS_METRICS_H
#define PL_FACTS_METRICS_H

#include "base/buf.h"
#include "base/limits.h"
#include "facts/check.h"

typedef enum pl_metric_id {
#define PL_METRIC(id, ...) PL_METRIC_##id,
#include "facts/metrics.def"
#undef PL_METRIC
  PL_METRIC_COUNT
} pl_metric_id;

typedef struct pl_metric_info {
  const char *name;
  pl_check check;        /* must run for the metric to exist; PL_CHECK_COUNT: always */
  const char *uom;       /* perfdata unit of measurement: "s" or "" */
  const char *type;      /* collectd type, of the stock types.db */
  const char *min, *max; /* for perfdata; "" for none */
  bool daemon_only;      /* daemons send it, and the check does not print it */
  int decimals;
  const char *help;
} pl_metric_info;

const pl_metric_info *pl_metric_info_at(pl_metric_id id);
/* PL_METRIC_COUNT for an unknown name. */
pl_metric_id pl_metric_find(const char *name);
/* The severity of a check; PL_METRIC_STATUS for PL_CHECK_COUNT. */
pl_metric_id pl_metric_status(pl_check check);
/* Whether it is one of those. */
bool pl_metric_is_status(pl_metric_id id);
/* Whether there is also one for each availability zone: NAME-ZONE. */
bool pl_metric_has_zones(pl_metric_id id);

typedef struct pl_metric {
  pl_metric_id id;
  char suffix[PL_LIMIT_ZONE + 1]; /* availability zone: "addresses_up-ZONE"; "" for none */
  bool known;                     /* false: printed as U, and no value for collectd */
  double value;                   /* seconds, counts, days … as the table says */
  unsigned unsure;                /* a count may be up to this much higher */
} pl_metric;

typedef struct pl_metrics {
  pl_metric items[PL_LIMIT_METRICS];
  size_t count;
} pl_metrics;

/* Name and suffix: "addresses_up-eu-central-1a". */
void pl_metric_add_name(pl_buf *buf, const pl_metric *metric);
/* The one of `zone`, "" for the one without suffix; NULL where the round has no such metric. */
const pl_metric *pl_metrics_get_zone(const pl_metrics *metrics, pl_metric_id id, const char *zone);
/* The one of `zone`, added as unknown if it is missing; NULL where there is no room. */
pl_metric *pl_metrics_add_zone(pl_metrics *metrics, pl_metric_id id, const char *zone);
/* Sets the value of a metric; does nothing where the round has no such metric. */
void pl_metrics_set(pl_metrics *metrics, pl_metric_id id, double value);

#endif
