/* One round as a judge gets it, what the judges of several checks ask of it, and the judge of each
 * check. Any thread. */
#ifndef PL_JUDGE_CASE_H
#define PL_JUDGE_CASE_H

#include "facts/endpoint.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "options/spec.h"

typedef struct pl_case {
  const pl_spec *spec;
  const pl_facts *facts;
  int64_t now; /* seconds since 1970 */
  pl_verdict *verdict;
} pl_case;

/* The judges, pl_judge_dns and so on. pl_judge_port also fills in verdict->addresses, addresses_up
 * and the targets of the private side, which the judges of state and public read. */
#define PL_CHECK(id, name, ...) void pl_judge_##name(pl_case *c);
#include "facts/checks.def"
#undef PL_CHECK

/* The private name, configured or learned from the EC2 API; NULL where there is none. */
const char *pl_case_private_name(const pl_case *c);
/* Why the EC2 API did not name what a check needs. */
pl_reason pl_case_unlearned(const pl_case *c);
/* The next step, where it is not that of the reason; else NULL. */
const char *pl_case_unlearned_hint(const pl_case *c);
/* The reason code of an EC2 outcome; NONE for PL_EC2_FOUND. */
pl_reason pl_ec2_reason(pl_ec2_outcome outcome);
/* The reason of a failed query; NONE for PL_DNS_ANSWER. */
pl_reason pl_dns_reason(pl_dns_outcome outcome);
/* Whether `reason` is one of the check `state`. */
bool pl_reason_of_state(pl_reason reason);
/* Why this run does not know all of the endpoint's own addresses, although --endpoint-id is given:
 * a reason of `state`. NONE where they are known, or where no id is given. */
pl_reason pl_case_addresses_missing(const pl_case *c);

/* What an answer for the private name is. */
typedef enum pl_standing {
  PL_STANDING_FINE,      /* the endpoint's own, or in --private-range while those are not known */
  PL_STANDING_PUBLIC,    /* traffic to it would leave the VPC */
  PL_STANDING_FOREIGN,   /* not the endpoint's own, or outside --private-range */
  PL_STANDING_UNDECIDED, /* may be one of the missing addresses: it is outside --private-range, or
                            EC2 did not name it when it last answered */
} pl_standing;

/* A NAT64 address is judged by the IPv4 address that it leads to. */
pl_standing pl_case_standing(const pl_case *c, const pl_addr *address);
/* Whether a public answer for a private name may be by design: AWS answers queries from inside
 * the VPC with the service's public addresses, and only those that come through an inbound endpoint
 * of Route 53 Resolver with the endpoint's own (EC2 API reference, `DnsOptionsSpecification`,
 * PrivateDnsOnlyForInboundResolverEndpoint). */
bool pl_case_public_by_design(const pl_case *c, const char *name);
/* Why a witness proves nothing, however it answers: "this host itself"; NULL where it may. */
const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness);
/* Whether one of the first `count` answers names the address. */
bool pl_dns_names(const pl_dns_fact *facts, size_t count, const pl_addr *address);

#endif
