/* The set of public addresses: complete or not, and what is left out of it. */
#include "judge/public/set.h"
#include "judge/public/findings.h"
#include <string.h>

/* ---- what DNS says -------------------------------------------------------------------------- */

static bool is_authenticated(const pl_dns_fact *fact) { return fact->transport != PL_DNS_PLAIN; }

static bool is_truncated(const pl_facts *facts) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    if (facts->public_dns[i].answers.truncated)
      return true;
  }
  return false;
}

/* Whether the resolver says over another transport that the name does not exist. */
static bool is_missing_elsewhere(const pl_facts *facts, const pl_dns_fact *failed) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->transport != failed->transport && fact->type == failed->type &&
        fact->outcome == PL_DNS_NXDOMAIN &&
        pl_addr_equal(&fact->resolver.address, &failed->resolver.address))
      return true;
  }
  return false;
}

/* NXDOMAIN is about the name at the end of the aliases (RFC 2308 2.1, RFC 6604 2): a name that is
 * an alias exists, and who gets hold of its target opens it again. */
bool pl_public_set_is_missing(const pl_facts *facts) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (!pl_dns_outcome_definite(fact->outcome) && is_missing_elsewhere(facts, fact))
      continue;
    if (fact->outcome != PL_DNS_NXDOMAIN || fact->canonical[0] != '\0')
      return false;
  }
  return facts->public_dns_count > 0;
}

const char *pl_public_set_dangling(const pl_facts *facts) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->outcome == PL_DNS_NXDOMAIN && fact->canonical[0] != '\0')
      return fact->canonical;
  }
  return NULL;
}

/* ---- resolvers that failed ------------------------------------------------------------------ */

static const char *failure_of(const pl_dns_fact *fact) {
  if (fact->answers.truncated)
    return "too many addresses";
  return pl_dns_outcome_definite(fact->outcome) ? NULL : pl_dns_outcome_name(fact->outcome);
}

static bool is_named_before(const pl_facts *facts, size_t index) {
  const pl_dns_fact *fact = &facts->public_dns[index];
  for (size_t i = 0; i < index; i++) {
    const pl_dns_fact *other = &facts->public_dns[i];
    if (failure_of(other) != NULL && other->outcome == fact->outcome &&
        other->transport == fact->transport &&
        pl_addr_equal(&other->resolver.address, &fact->resolver.address))
      return true;
  }
  return false;
}

/* A resolver that fails alike for both types is named once. Authenticated transports are named only
 * where none of them worked. */
void pl_public_set_add_failures(const pl_facts *facts, size_t max, pl_buf *text) {
  static const char *const over[] = {
      [PL_DNS_PLAIN] = "", [PL_DNS_HTTPS] = " over HTTPS", [PL_DNS_TLS] = " over TLS"};
  bool authenticated = pl_facts_is_authenticated(facts);
  size_t left = 0;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    const char *failure = failure_of(fact);
    if (failure == NULL || (authenticated && is_authenticated(fact)) || is_named_before(facts, i))
      continue;
    char address[PL_ADDR_TEXT], item[PL_LIMIT_TEXT];
    pl_text_setf(item, sizeof(item), "; resolver %s%s: %s",
                 pl_addr_format(&fact->resolver.address, address), over[fact->transport], failure);
    if (left > 0 || text->length + strlen(item) + sizeof("; and 99 more") > max)
      left++;
    else
      pl_buf_add(text, item);
  }
  if (left > 0)
    pl_buf_addf(text, "; and %zu more", left);
}

/* ---- completeness --------------------------------------------------------------------------- */

/* The set that a block is about must be complete: an address that nobody named may be open. To be
 * reachable, the addresses that are known are enough. */
static pl_reason judge_completeness(pl_case *c) {
  const pl_facts *facts = c->facts;
  bool cut = is_truncated(facts);
  bool a = !cut && (pl_facts_dns_is_complete(facts, PL_DNS_A, true) ||
                    pl_facts_dns_is_complete(facts, PL_DNS_A, false));
  bool aaaa = !cut && (pl_facts_dns_is_complete(facts, PL_DNS_AAAA, true) ||
                       pl_facts_dns_is_complete(facts, PL_DNS_AAAA, false));
  if (a && aaaa)
    return PL_REASON_NONE;
  if (c->spec->expect_public == PL_EXPECT_REACHABLE &&
      pl_facts_count_targets(facts, PL_ROLE_PUBLIC) > 0)
    return PL_REASON_NONE;
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_buf_addf(&text, "public DNS gives no complete answer for %s%s%s of %s", a ? "" : "A",
              !a && !aaaa ? " and " : "", aaaa ? "" : "AAAA", c->spec->public_name);
  pl_public_set_add_failures(facts, PL_LIMIT_TEXT - strlen(PL_UNPROVEN_PREFIX), &text);
  pl_public_add_unproven(c, PL_REASON_PUBLIC_DNS, NULL, storage);
  return PL_REASON_PUBLIC_DNS;
}

/* ---- one address ---------------------------------------------------------------------------- */

/* What is done with an address that DNS or the user names. */
typedef enum disposition {
  DISPOSITION_JUDGED,   /* must have been probed */
  DISPOSITION_LEFT_OUT, /* not a public address, or the endpoint's own */
  DISPOSITION_FAMILY,   /* this host has nothing of the family */
  DISPOSITION_OPTION,   /* -4 or -6 */
  DISPOSITION_NAT64,    /* IPv4 from a host without it, and whether there is NAT64 is not known */
} disposition;

static disposition disposition_of(const pl_case *c, const pl_addr *address) {
  const pl_facts *facts = c->facts;
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC ||
      pl_endpoint_has_address(facts->endpoint, address))
    return DISPOSITION_LEFT_OUT;
  if (pl_facts_find_target(facts, PL_ROLE_PUBLIC, address) != NULL)
    return DISPOSITION_JUDGED;
  bool ipv4 = address->family == PL_FAMILY_IPV4;
  if (ipv4 ? c->spec->ipv6_only : c->spec->ipv4_only)
    return DISPOSITION_OPTION;
  if ((ipv4 ? facts->ipv4 : facts->ipv6) == PL_FAMILY_USABLE)
    return DISPOSITION_JUDGED;
  if (ipv4 && facts->nat64 == PL_NAT64_UNKNOWN)
    return DISPOSITION_NAT64;
  return ipv4 && facts->nat64 == PL_NAT64_FOUND ? DISPOSITION_JUDGED : DISPOSITION_FAMILY;
}

static void add_missing(pl_case *c, const pl_addr *address, const char *why, pl_public_gaps *gaps) {
  char name[PL_ADDR_TEXT], line[PL_LIMIT_TEXT];
  pl_text_setf(line, sizeof(line), "%s %s%s", c->spec->public_name, pl_addr_format(address, name),
               why);
  pl_public_add_unproven(c, PL_REASON_PUBLIC_LOCAL_FAILURE, address, line);
  gaps->reason = PL_REASON_PUBLIC_LOCAL_FAILURE;
}

/* Whether this host reaches the family elsewhere: then only the way to the endpoint is missing. */
static bool is_reached(const pl_case *c, pl_family family) {
  for (size_t i = 0; i < c->facts->witness_count; i++) {
    const pl_witness *witness = &c->facts->witnesses[i];
    if (witness->address.family == family && pl_witness_answered(witness))
      return true;
  }
  return false;
}

/* A family that was open, and that this host has lost, may still be open. */
static bool was_open(const pl_case *c, const pl_addr *address) {
  const pl_memory *memory = c->facts->memory;
  if (memory == NULL)
    return false;
  return address->family == PL_FAMILY_IPV4 ? memory->open_ipv4 : memory->open_ipv6;
}

static void judge_disposition(pl_case *c, const pl_addr *address, pl_public_gaps *gaps) {
  char text[PL_ADDR_TEXT];
  switch (disposition_of(c, address)) {
  case DISPOSITION_JUDGED:
    if (pl_facts_find_target(c->facts, PL_ROLE_PUBLIC, address) == NULL)
      add_missing(c, address, " was not tried", gaps);
    return;
  case DISPOSITION_NAT64:
    add_missing(c, address, ": this host has no IPv4, and no resolver says whether there is NAT64",
                gaps);
    return;
  case DISPOSITION_LEFT_OUT:
    pl_verdict_add(c->verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, address,
                   "%s is left out: %s", pl_addr_format(address, text),
                   pl_endpoint_has_address(c->facts->endpoint, address)
                       ? "the endpoint's own"
                       : pl_addr_class_name(pl_addr_classify(address)));
    return;
  case DISPOSITION_FAMILY:
    gaps->ipv4 = gaps->ipv4 || address->family == PL_FAMILY_IPV4;
    gaps->ipv6 = gaps->ipv6 || address->family == PL_FAMILY_IPV6;
    if (was_open(c, address))
      add_missing(c, address, " was open, and this host has lost its address family", gaps);
    else if (is_reached(c, (pl_family)address->family))
      add_missing(c, address, ": this host has no route to it, and reaches others of its family",
                  gaps);
    return;
  case DISPOSITION_OPTION:
    return;
  }
}

/* ---- the set -------------------------------------------------------------------------------- */

pl_public_gaps pl_public_set_judge(pl_case *c) {
  pl_public_gaps gaps = {.reason = judge_completeness(c)};
  const pl_facts *facts = c->facts;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    for (size_t j = 0; j < facts->public_dns[i].answers.count; j++) {
      const pl_addr *address = &facts->public_dns[i].answers.items[j];
      if (!pl_dns_names(facts->public_dns, i, address))
        judge_disposition(c, address, &gaps);
    }
  }
  for (size_t i = 0; i < c->spec->public_addresses.count; i++) {
    const pl_addr *address = &c->spec->public_addresses.items[i].address;
    if (!pl_dns_names(facts->public_dns, facts->public_dns_count, address))
      judge_disposition(c, address, &gaps);
  }
  return gaps;
}
