/* What the judges of several checks need to know of one round. */
#include "judge/case.h"
#include "facts/partition.h"
#include <string.h>
#include <strings.h>

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

pl_reason pl_dns_reason(pl_dns_outcome outcome) {
  static const pl_reason reasons[] = {
      [PL_DNS_ANSWER] = PL_REASON_NONE,
      [PL_DNS_NODATA] = PL_REASON_DNS_EMPTY,
      [PL_DNS_NXDOMAIN] = PL_REASON_DNS_NXDOMAIN,
      [PL_DNS_SERVFAIL] = PL_REASON_DNS_SERVFAIL,
      [PL_DNS_REFUSED] = PL_REASON_DNS_REFUSED,
      [PL_DNS_RCODE] = PL_REASON_DNS_SERVFAIL,
      [PL_DNS_MALFORMED] = PL_REASON_DNS_SERVFAIL,
      [PL_DNS_TIMEOUT] = PL_REASON_DNS_TIMEOUT,
      [PL_DNS_CLOSED] = PL_REASON_DNS_TIMEOUT,
      [PL_DNS_LOCAL] = PL_REASON_DNS_LOCAL_FAILURE,
      [PL_DNS_CUT] = PL_REASON_DNS_LOCAL_FAILURE,
  };
  return reasons[outcome];
}

pl_reason pl_case_unlearned(const pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (endpoint == NULL)
    return PL_REASON_STATE_API;
  return endpoint->known ? PL_REASON_STATE_PRIVATE_DNS : pl_ec2_reason(endpoint->outcome);
}

const char *pl_case_unlearned_hint(const pl_case *c) {
  bool wildcard = pl_case_unlearned(c) == PL_REASON_STATE_PRIVATE_DNS &&
                  c->facts->endpoint->private_dns == PL_TRI_YES && pl_case_private_name(c) == NULL;
  return wildcard ? "give --private-name HOST: the name that clients use" : NULL;
}

bool pl_reason_of_state(pl_reason reason) {
  return strncmp(pl_reason_code(reason), "state.", strlen("state.")) == 0;
}

pl_reason pl_case_addresses_missing(const pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (c->spec->endpoint_id == NULL)
    return PL_REASON_NONE;
  if (endpoint == NULL)
    return PL_REASON_STATE_API;
  /* A gateway endpoint has routes, and no addresses. Of another type it is not known. */
  if (endpoint->known && endpoint->interface_count == 0 &&
      (endpoint->type == PL_ENDPOINT_TYPE_GATEWAY || endpoint->type == PL_ENDPOINT_TYPE_UNKNOWN))
    return PL_REASON_STATE_TYPE;
  pl_part_state part = endpoint->known ? endpoint->parts[PL_PART_INTERFACES] : PL_PART_NOT_ASKED;
  if (part == PL_PART_KNOWN)
    return PL_REASON_NONE;
  if (part == PL_PART_DENIED)
    return PL_REASON_STATE_DENIED;
  pl_reason reason = pl_ec2_reason(endpoint->outcome);
  return reason != PL_REASON_NONE ? reason : PL_REASON_STATE_API;
}

pl_standing pl_case_standing(const pl_case *c, const pl_addr *address) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  bool known = pl_endpoint_addresses_known(endpoint);
  pl_addr judged = *address;
  (void)pl_facts_translated(c->facts, address, &judged);
  bool private = pl_spec_is_private(c->spec, &judged);
  if (pl_endpoint_has_address(endpoint, address) || pl_endpoint_has_address(endpoint, &judged) ||
      (private && !known && !pl_endpoint_addresses_old(endpoint)))
    return PL_STANDING_FINE;
  if (!known && pl_addr_is_target(&judged) && pl_case_addresses_missing(c) != PL_REASON_NONE)
    return PL_STANDING_UNDECIDED;
  return pl_addr_classify(&judged) == PL_ADDR_PUBLIC && !private ? PL_STANDING_PUBLIC
                                                                 : PL_STANDING_FOREIGN;
}

/* "*." at the beginning stands for one or more labels. */
static bool is_named_by(const char *name, const char *entry) {
  if (strncmp(entry, "*.", 2) != 0)
    return pl_host_equal(name, entry);
  size_t length = strlen(name), suffix = strlen(entry + 1);
  return length > suffix && strcasecmp(name + length - suffix, entry + 1) == 0;
}

bool pl_case_public_by_design(const pl_case *c, const char *name) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (name == NULL || endpoint == NULL || !endpoint->known ||
      endpoint->inbound_only != PL_TRI_YES || endpoint->private_dns != PL_TRI_YES)
    return false;
  for (size_t i = 0; i < endpoint->dns_entry_count; i++) {
    const char *entry = endpoint->dns_entries[i].name;
    if (!pl_aws_is_vpce_name(entry) && is_named_by(name, entry))
      return true;
  }
  return false;
}

bool pl_dns_names(const pl_dns_fact *facts, size_t count, const pl_addr *address) {
  for (size_t i = 0; i < count; i++) {
    if (pl_addr_list_contains(&facts[i].answers, address))
      return true;
  }
  return false;
}

const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness) {
  const pl_addr *address = &witness->address;
  if (witness->is_own)
    return "this host itself";
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC)
    return "not a public address";
  /* What the user calls private is reached by another path than the public. */
  if (pl_spec_is_private(spec, address))
    return "in --private-range";
  if (pl_endpoint_has_address(facts->endpoint, address))
    return "the endpoint's own address";
  bool is_judged = pl_facts_find_target(facts, PL_ROLE_PUBLIC, address) != NULL;
  return is_judged ? "an address that is judged itself" : NULL;
}
