/* One endpoint with everything that a round can see, and its verdict, for the tests of reports. The
 * judge has no part in it, so that a change of its rules changes no report test. */
#ifndef PL_TESTS_SAMPLE_RUN_H
#define PL_TESTS_SAMPLE_RUN_H

#include "facts/endpoint.h"
#include "report/summary.h"

typedef struct sample {
  pl_spec spec;
  pl_facts facts;
  pl_verdict verdict;
  pl_endpoint *endpoint;
  pl_endpoint_result result;
} sample;

/* "rockset-prod": state, dns and port are fine, one of two public addresses is open. */
void sample_open(sample *s);
/* "quiet": only the public check, unproven, under --on-unproven ok. */
void sample_unproven(sample *s);
/* "fine": dns only, OK; the other checks are skipped, since their options are not set. */
void sample_fine(sample *s);
/* "broken": a section that can't be used. */
void sample_unusable(sample *s);
void sample_free(sample *s);

pl_run sample_run(const pl_endpoint_result *results, size_t count, bool batch);

/* Sets one metric of the verdict, or adds it. */
void sample_metric(pl_verdict *verdict, pl_metric_id id, bool known, double value);

/* Adds a finding, as the judge does; the check's severity and reason follow. */
void sample_finding(pl_verdict *verdict, pl_check check, pl_reason reason, pl_severity severity,
                    const char *text);

#endif
