#include "judge/case.h"
#include <string.h>

const char *pl_case_private_name(const pl_case *c) {
  if (c->spec->private_name != NULL)
    return c->spec->private_name;
  return pl_endpoint_private_name(c->facts->endpoint);
}

pl_reason pl_ec2_reason(pl_ec2_outcome outcome) {
  static const pl_reason reasons[] = {
      [PL_EC2_FOUND] = PL_REASON_NONE,
      [PL_EC2_NOT_FOUND] = PL_REASON_STATE_NOT_FOUND,
      [PL_EC2_UNREACHABLE] = PL_REASON_STATE_API,
      [PL_EC2_CUT] = PL_REASON_STATE_API,
      [PL_EC2_THROTTLED] = PL_REASON_STATE_THROTTLED,
      [PL_EC2_DENIED] = PL_REASON_STATE_DENIED,
      [PL_EC2_NO_CREDENTIALS] = PL_REASON_STATE_CREDENTIALS,
      [PL_EC2_BAD_CREDENTIALS] = PL_REASON_STATE_CREDENTIALS,
      [PL_EC2_REFUSED] = PL_REASON_STATE_API,
      [PL_EC2_UNUSABLE] = PL_REASON_STATE_API,
  };
  return reasons[outcome];
}

pl_reason pl_case_unlearned(const pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (endpoint == NULL)
    return PL_REASON_STATE_API;
  return endpoint->known ? PL_REASON_STATE_PRIVATE_DNS : pl_ec2_reason(endpoint->outcome);
}

bool pl_case_leaks(const pl_case *c, const pl_addr *address) {
  return pl_addr_classify(address) == PL_ADDR_PUBLIC && !pl_spec_is_private(c->spec, address) &&
         !pl_endpoint_has_address(c->facts->endpoint, address);
}

bool pl_dns_names(const pl_dns_fact *facts, size_t count, const pl_addr *address) {
  for (size_t i = 0; i < count; i++) {
    if (pl_addr_list_contains(&facts[i].answers, address))
      return true;
  }
  return false;
}

/* The round could not be run: nothing is known of anything. What that is worth to the public check
 * is for --on-unproven to say. */
static void judge_local_problem(pl_case *c) {
  static const pl_reason reasons[PL_CHECK_COUNT] = {
      [PL_CHECK_STATE] = PL_REASON_STATE_API,
      [PL_CHECK_DNS] = PL_REASON_DNS_LOCAL_FAILURE,
      [PL_CHECK_PORT] = PL_REASON_PORT_LOCAL_FAILURE,
      [PL_CHECK_PUBLIC] = PL_REASON_PUBLIC_LOCAL_FAILURE,
  };
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    pl_check_verdict *of_check = &c->verdict->checks[check];
    if (!of_check->ran)
      continue;
    bool is_public = check == PL_CHECK_PUBLIC;
    pl_verdict_add(c->verdict, (pl_check)check, reasons[check],
                   is_public ? c->spec->on_unproven : PL_SEVERITY_UNKNOWN, NULL, "%s%s",
                   is_public ? "public endpoint UNPROVEN: " : "", c->facts->local_problem);
    of_check->reason = reasons[check];
    pl_buf summary;
    pl_buf_fixed(&summary, of_check->summary, sizeof(of_check->summary));
    pl_buf_addf(&summary, "%s%s", is_public ? "UNPROVEN: " : "", c->facts->local_problem);
  }
}

void pl_verdict_conclude(pl_verdict *verdict) {
  verdict->worst = PL_CHECK_COUNT;
  verdict->severity = PL_SEVERITY_UNKNOWN;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *of_check = &verdict->checks[check];
    if (!of_check->ran)
      continue;
    bool first = verdict->worst == PL_CHECK_COUNT;
    pl_severity worst =
        first ? of_check->severity : pl_severity_worst(verdict->severity, of_check->severity);
    if (first || worst != verdict->severity)
      verdict->worst = (pl_check)check;
    verdict->severity = worst;
  }
}

void pl_judge(const pl_spec *spec, const pl_facts *facts, int64_t wall_now,
              pl_verdict *ret_verdict) {
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  ret_verdict->public_verdict = PL_PUBLIC_UNPROVEN;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    ret_verdict->checks[check].ran = (spec->checks & PL_CHECK_BIT(check)) != 0;
  pl_case c = {.spec = spec, .facts = facts, .now = wall_now, .verdict = ret_verdict};
  if (facts->local_problem[0] != '\0') {
    judge_local_problem(&c);
  } else {
    /* Without the dns check its severity is still what a port check without addresses has. */
    if (ret_verdict->checks[PL_CHECK_DNS].ran || ret_verdict->checks[PL_CHECK_PORT].ran)
      pl_judge_dns(&c);
    if (ret_verdict->checks[PL_CHECK_PORT].ran)
      pl_judge_port(&c);
    /* A pending endpoint is judged by what the port check found. */
    if (ret_verdict->checks[PL_CHECK_STATE].ran)
      pl_judge_state(&c);
    if (ret_verdict->checks[PL_CHECK_PUBLIC].ran)
      pl_judge_public(&c);
  }
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    if (!ret_verdict->checks[check].ran)
      ret_verdict->checks[check] = (pl_check_verdict){0};
  }
  pl_metrics_collect(spec, facts, wall_now, ret_verdict);
  pl_thresholds_apply(spec, ret_verdict);
  pl_verdict_conclude(ret_verdict);
  pl_metrics_set_status(ret_verdict);
}

void pl_judge_unusable(const char *problem, pl_verdict *ret_verdict) {
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  ret_verdict->public_verdict = PL_PUBLIC_UNPROVEN;
  ret_verdict->severity = PL_SEVERITY_UNKNOWN;
  ret_verdict->worst = PL_CHECK_COUNT;
  pl_finding *finding = &ret_verdict->findings[ret_verdict->finding_count++];
  *finding = (pl_finding){
      .check = PL_CHECK_COUNT, .reason = PL_REASON_USAGE, .severity = PL_SEVERITY_UNKNOWN};
  pl_buf text;
  pl_buf_fixed(&text, finding->text, sizeof(finding->text));
  pl_buf_add(&text, problem);
}
