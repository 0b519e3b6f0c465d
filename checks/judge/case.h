/* Between the parts of the judge, and history.c, which takes up where they end; nobody else
 * includes it. */
#ifndef PL_JUDGE_CASE_H
#define PL_JUDGE_CASE_H

#include "facts/endpoint.h"
#include "judge/judge.h"

typedef struct pl_case {
  const pl_spec *spec;
  const pl_facts *facts;
  int64_t now;
  pl_verdict *verdict;
} pl_case;

void pl_judge_state(pl_case *c);
void pl_judge_dns(pl_case *c);
void pl_judge_port(pl_case *c);   /* fills verdict->addresses, _up and paths of the private side */
void pl_judge_public(pl_case *c); /* reads what pl_judge_port left */

/* The name that the private side was asked for: configured, or learned; NULL where neither. */
const char *pl_case_private_name(const pl_case *c);
/* Why something that EC2 was to tell is not known, for checks that depend on it. */
pl_reason pl_case_unlearned(const pl_case *c);
/* The reason code of an EC2 outcome; NONE for PL_EC2_FOUND. */
pl_reason pl_ec2_reason(pl_ec2_outcome outcome);
/* Whether `address` is public for the private side: neither the endpoint's own nor in
 * --private-range, and of a public class. */
bool pl_case_leaks(const pl_case *c, const pl_addr *address);

/* Whether one of the first `count` answers names the address. */
bool pl_dns_names(const pl_dns_fact *facts, size_t count, const pl_addr *address);
/* Days until the first certificate of a private address ends, rounded down to tenths; false where
 * none was seen. */
bool pl_case_certificate_days(const pl_case *c, double *ret_days);
/* The try at the slowest private address that is up; NULL where none is. */
const pl_attempt_result *pl_case_slowest(const pl_case *c);
/* Connect, TLS and first byte together; PL_NSEC_UNKNOWN where none was measured. */
pl_nsec pl_attempt_total(const pl_attempt_result *attempt);

void pl_metrics_collect(const pl_spec *spec, const pl_facts *facts, int64_t now,
                        pl_verdict *verdict);
void pl_thresholds_apply(const pl_spec *spec, pl_verdict *verdict);
/* The worst of all checks, and which one has it. */
void pl_verdict_conclude(pl_verdict *verdict);
/* The status metrics, which the thresholds may have raised. */
void pl_metrics_set_status(pl_verdict *verdict);

#endif
