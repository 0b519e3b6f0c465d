/* Finds the NAT64 prefix of this host, and makes addresses with it. */
#include "probe/nat64.h"
#include <string.h>

/* RFC 6052 2.2: where the IPv4 bytes are for each prefix length; byte 8 is reserved. */
static const struct {
  unsigned length;
  uint8_t at[4];
} nat64_layout[] = {
    {96, {12, 13, 14, 15}}, {64, {9, 10, 11, 12}}, {56, {7, 9, 10, 11}},
    {48, {6, 7, 9, 10}},    {40, {5, 6, 7, 9}},    {32, {4, 5, 6, 7}},
};

/* RFC 7050 section 8: the addresses of ipv4only.arpa. */
static bool is_well_known(const uint8_t *bytes, const uint8_t at[4]) {
  return bytes[at[0]] == 192 && bytes[at[1]] == 0 && bytes[at[2]] == 0 &&
         (bytes[at[3]] == 170 || bytes[at[3]] == 171);
}

bool pl_nat64_prefix(const pl_addr_list *answers, pl_addr *ret_prefix, unsigned *ret_length) {
  for (size_t l = 0; l < PL_COUNT_OF(nat64_layout); l++) {
    for (size_t i = 0; i < answers->count; i++) {
      const pl_addr *answer = &answers->items[i];
      if (answer->family != PL_FAMILY_IPV6 || !is_well_known(answer->bytes, nat64_layout[l].at))
        continue;
      pl_addr prefix = {.family = PL_FAMILY_IPV6};
      memcpy(prefix.bytes, answer->bytes, nat64_layout[l].length / 8);
      *ret_prefix = prefix;
      *ret_length = nat64_layout[l].length;
      return true;
    }
  }
  return false;
}

pl_addr pl_nat64_make(const pl_addr *prefix, unsigned length, const pl_addr *ipv4) {
  pl_addr made = {.family = PL_FAMILY_IPV6};
  memcpy(made.bytes, prefix->bytes, sizeof(made.bytes));
  for (size_t l = 0; l < PL_COUNT_OF(nat64_layout); l++) {
    if (nat64_layout[l].length != length)
      continue;
    for (size_t i = 0; i < 4; i++)
      made.bytes[nat64_layout[l].at[i]] = ipv4->bytes[i];
  }
  return made;
}

pl_status pl_nat64_start(pl_nat64 *nat64, const pl_io *io, const pl_host *host, const pl_spec *spec,
                         pl_nsec deadline, void (*done)(void *user), void *user) {
  pl_lookup_config config = {
      .system = true, /* one answer is enough */
      .only_ipv6 = true,
      .name = "ipv4only.arpa",
      .deadline = deadline,
      .done = done,
      .user = user,
  };
  if (host->ipv4_out || !host->ipv6)
    return PL_OK;
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

void pl_nat64_stop(pl_nat64 *nat64) {
  pl_lookup_free(nat64->lookup);
  nat64->lookup = NULL;
}

bool pl_nat64_via(const pl_nat64 *nat64, const pl_addr *ipv4, pl_addr *ret_via) {
  if (nat64->state != PL_NAT64_FOUND || pl_host_routes_to(ipv4))
    return false;
  *ret_via = pl_nat64_make(&nat64->prefix, nat64->length, ipv4);
  return true;
}
