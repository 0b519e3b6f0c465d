/* Collects the addresses of one side of a round, and decides which of them may be probed. */
#include "probe/addresses.h"

bool pl_address_is_target(const pl_address_source *source, const pl_addr *address) {
  const pl_spec *spec = source->spec;
  bool is_endpoint = pl_endpoint_has_address(source->endpoint, address);
  if (address->family == PL_FAMILY_IPV4 ? spec->ipv6_only : spec->ipv4_only)
    return false;
  if (source->public)
    return pl_addr_classify(address) == PL_ADDR_PUBLIC && !is_endpoint;
  pl_addr judged = *address;
  if (pl_facts_translated(source->facts, address, &judged))
    is_endpoint = pl_endpoint_has_address(source->endpoint, &judged);
  return pl_addr_is_target(address) && (is_endpoint || pl_spec_is_private(spec, &judged));
}

static const pl_dns_fact *dns_of(const pl_address_source *source, size_t *ret_count) {
  const pl_facts *facts = source->facts;
  *ret_count = source->public ? facts->public_dns_count : facts->private_dns_count;
  return source->public ? facts->public_dns : facts->private_dns;
}

static const pl_sockaddrs *options_of(const pl_address_source *source) {
  return source->public ? &source->spec->public_addresses : &source->spec->addresses;
}

unsigned pl_address_origins(const pl_address_source *source, const pl_addr *address) {
  const pl_sockaddrs *options = options_of(source);
  size_t dns_count;
  const pl_dns_fact *dns = dns_of(source, &dns_count);
  bool of_ec2 = !source->public && pl_endpoint_has_address(source->endpoint, address);
  unsigned origins = of_ec2 ? PL_ORIGIN_EC2 : 0;
  for (size_t i = 0; i < dns_count; i++) {
    if (pl_addr_list_contains(&dns[i].answers, address))
      origins |= PL_ORIGIN_DNS;
  }
  if (source->public && pl_addr_list_contains(&source->facts->hosts_public, address))
    origins |= PL_ORIGIN_HOSTS;
  for (size_t i = 0; i < options->count; i++) {
    if (pl_addr_equal(&options->items[i].address, address))
      origins |= PL_ORIGIN_OPTION;
  }
  return origins;
}

static pl_status add(const pl_address_source *source, pl_addr_list *list, const pl_addr *address) {
  if (source->public && !pl_address_is_target(source, address))
    return PL_OK;
  return pl_addr_list_add(list, address);
}

pl_status pl_address_collect(const pl_address_source *source, pl_addr_list *list) {
  const pl_endpoint *endpoint = source->public ? NULL : source->endpoint;
  const pl_sockaddrs *options = options_of(source);
  size_t dns_count;
  const pl_dns_fact *dns = dns_of(source, &dns_count);
  pl_status status = PL_OK;
  for (size_t i = 0; endpoint != NULL && i < endpoint->interface_count; i++) {
    for (size_t j = 0; j < endpoint->interfaces[i].address_count && status == PL_OK; j++) {
      const pl_addr *address = &endpoint->interfaces[i].addresses[j];
      if (pl_endpoint_in_dns(endpoint, address->family)) /* else no client connects to it */
        status = add(source, list, address);
    }
  }
  for (size_t i = 0; i < dns_count; i++) {
    for (size_t j = 0; j < dns[i].answers.count && status == PL_OK; j++)
      status = add(source, list, &dns[i].answers.items[j]);
  }
  for (size_t i = 0; i < options->count && status == PL_OK; i++)
    status = add(source, list, &options->items[i].address);
  const pl_addr_list *hosts = &source->facts->hosts_public;
  for (size_t i = 0; source->public && i < hosts->count && status == PL_OK; i++)
    status = add(source, list, &hosts->items[i]);
  pl_addr_list_sort(list);
  return status;
}
