/* Endpoints with everything that a round can see, and verdicts made by hand, to test reports. They
 * do not come from the judge, so a change of its rules changes no report test. */
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
/* "fine": dns only, OK; the other checks are skipped because options are missing. */
void sample_fine(sample *s);
/* "broken": an unusable section. */
void sample_unusable(sample *s);
void sample_free(sample *s);

pl_run sample_run(const pl_endpoint_result *results, size_t count, bool batch);

/* Sets one metric of the verdict; adds it if it is missing. */
void sample_metric(pl_verdict *verdict, pl_metric_id id, bool known, double value);

/* Adds a finding as the judge does, with its effect on the check's severity and reason. */
void sample_finding(pl_verdict *verdict, pl_check check, pl_reason reason, pl_severity severity,
                    const char *text);

#endif
