/* What the judges of several checks need to know of one round. */
#include "judge/case.h"

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
