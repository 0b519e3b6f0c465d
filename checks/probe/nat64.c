/* Finds the NAT64 prefix of this host, and makes addresses with it. */
#include "probe/nat64.h"
#include "facts/endpoint.h"
#include <string.h>

/* RFC 7050 section 8: the addresses of ipv4only.arpa. */
static bool is_well_known(const pl_addr *ipv4) {
  return memcmp(ipv4->bytes, (const uint8_t[]){192, 0, 0}, 3) == 0 &&
         (ipv4->bytes[3] == 170 || ipv4->bytes[3] == 171);
}

bool pl_nat64_prefix(const pl_addr_list *answers, pl_addr *ret_prefix, unsigned *ret_length) {
  static const unsigned lengths[] = {96, 64, 56, 48, 40, 32};
  for (size_t l = 0; l < PL_COUNT_OF(lengths); l++) {
    for (size_t i = 0; i < answers->count; i++) {
      const pl_addr *answer = &answers->items[i];
      pl_addr ipv4;
      if (!pl_addr_extract(answer, answer, lengths[l], &ipv4) || !is_well_known(&ipv4))
        continue;
      pl_addr prefix = {.family = PL_FAMILY_IPV6};
      memcpy(prefix.bytes, answer->bytes, lengths[l] / 8);
      *ret_prefix = prefix;
      *ret_length = lengths[l];
      return true;
    }
  }
  return false;
}

bool pl_nat64_may_be(const pl_facts *facts, const pl_dns_fact *dns, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const pl_addr_list *answers = &dns[i].answers;
    for (size_t j = 0; j < answers->count; j++) {
      pl_addr ipv4;
      if (answers->items[j].family == PL_FAMILY_IPV6 &&
          !pl_endpoint_has_address(facts->endpoint, &answers->items[j]) &&
          !pl_facts_translated(facts, &answers->items[j], &ipv4))
        return true;
    }
  }
  return false;
}

pl_status pl_nat64_ask(pl_nat64 *nat64, const pl_io *io, const pl_host *host, const pl_spec *spec,
                       pl_nsec deadline, void (*done)(void *user), void *user) {
  pl_lookup_config config = {
      .system = true, /* one answer is enough */
      .only_ipv6 = true,
      .name = "ipv4only.arpa",
      .deadline = deadline,
      .done = done,
      .user = user,
  };
  nat64->state = PL_NAT64_UNKNOWN;
  return pl_ask_resolvers(io, host, spec, PL_ASK_PRIVATE, &config, &nat64->lookup);
}

void pl_nat64_finish(pl_nat64 *nat64) {
  size_t count;
  const pl_dns_fact *facts = pl_lookup_facts(nat64->lookup, &count);
  for (size_t i = 0; i < count; i++) {
    if (pl_nat64_prefix(&facts[i].answers, &nat64->prefix, &nat64->length))
      nat64->state = PL_NAT64_FOUND;
    else if (pl_dns_outcome_definite(facts[i].outcome) && nat64->state != PL_NAT64_FOUND)
      nat64->state = PL_NAT64_NONE;
  }
  pl_nat64_stop(nat64);
}

void pl_nat64_take(pl_nat64 *nat64, pl_facts *facts) {
  if (nat64->lookup == NULL)
    return;
  pl_nat64_finish(nat64);
  if (nat64->state != PL_NAT64_FOUND)
    return;
  facts->nat64_prefix = nat64->prefix;
  facts->nat64_length = nat64->length;
}

void pl_nat64_stop(pl_nat64 *nat64) {
  pl_lookup_free(nat64->lookup);
  nat64->lookup = NULL;
}

bool pl_nat64_via(const pl_nat64 *nat64, const pl_addr *ipv4, pl_addr *ret_via) {
  if (nat64->state != PL_NAT64_FOUND || pl_host_routes_to(ipv4))
    return false;
  *ret_via = pl_addr_embed(&nat64->prefix, nat64->length, ipv4);
  return true;
}
