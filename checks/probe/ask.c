/* Chooses the resolvers and the witnesses of a spec, and asks the resolvers. */
#include "probe/ask.h"
#include "facts/partition.h"
#include <string.h>

/* How long to wait for one question: as long as for a connect, but no less than a second try takes,
 * and no more than a run has. */
#define TIMEOUT_MIN PL_SEC
#define TIMEOUT_MAX (3 * PL_SEC)
#define WITNESS_PORT 443

static pl_nsec timeout_of(const pl_spec *spec) {
  if (spec->connect_timeout < TIMEOUT_MIN)
    return TIMEOUT_MIN;
  return spec->connect_timeout < TIMEOUT_MAX ? spec->connect_timeout : TIMEOUT_MAX;
}

/* `ret_failover`: the next one is asked only where one fails, as the system's stub resolver does.
 */
static pl_status private_resolvers(const pl_io *io, const pl_spec *spec,
                                   pl_sockaddr ret_list[PL_LIMIT_RESOLVERS], size_t *ret_count,
                                   bool *ret_failover) {
  bool rotate = true;
  if (spec->resolvers.count == 0) {
    pl_status status = pl_resolvers_system(io->resolvers, ret_list, ret_count, &rotate);
    *ret_failover = !rotate;
    return status;
  }
  *ret_failover = false;
  size_t count = 0;
  for (; count < spec->resolvers.count && count < PL_LIMIT_RESOLVERS; count++)
    ret_list[count] = spec->resolvers.items[count];
  *ret_count = count;
  return PL_OK;
}

static size_t public_resolvers(const pl_host *host, const pl_spec *spec,
                               pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]) {
  size_t of_family = 0, routed = 0;
  pl_sockaddr with_route[PL_LIMIT_RESOLVERS];
  for (size_t i = 0; i < spec->public_resolvers.count && of_family < PL_LIMIT_RESOLVERS; i++) {
    const pl_sockaddr *resolver = &spec->public_resolvers.items[i];
    if (spec->public_resolvers_default && !pl_host_has(host, resolver->address.family))
      continue;
    ret_list[of_family++] = *resolver;
    if (spec->public_resolvers_default && pl_host_routes_to(&resolver->address))
      with_route[routed++] = *resolver;
  }
  if (routed == 0)
    return of_family;
  memcpy(ret_list, with_route, routed * sizeof(*ret_list));
  return routed;
}

pl_status pl_ask_resolvers(const pl_io *io, const pl_host *host, const pl_spec *spec,
                           pl_ask_side side, const pl_lookup_config *config,
                           pl_lookup **ret_lookup) {
  pl_sockaddr list[PL_LIMIT_RESOLVERS];
  pl_lookup_config full = *config;
  full.loop = io->loop;
  full.resolvers = io->resolvers;
  full.list = list;
  full.timeout = timeout_of(spec);
  if (side == PL_ASK_PUBLIC) {
    full.count = public_resolvers(host, spec, list);
  } else {
    bool failover;
    pl_status status = private_resolvers(io, spec, list, &full.count, &failover);
    if (status != PL_OK)
      return status;
    full.system = full.system || failover;
  }
  return pl_lookup_start(&full, ret_lookup);
}

static void add_witness(pl_ask_witness *list, size_t *count, const char *host, uint16_t port,
                        bool named) {
  pl_ask_witness *added = &list[(*count)++];
  *added = (pl_ask_witness){.port = port, .port_named = named};
  pl_text_set(added->host, sizeof(added->host), host);
}

size_t pl_ask_witnesses(const pl_host *host, const pl_spec *spec,
                        pl_ask_witness ret_list[PL_ASK_WITNESSES_MAX]) {
  size_t count = 0;
  for (size_t i = 0; i < spec->witnesses.count && i < PL_LIMIT_WITNESSES; i++) {
    const pl_witness_spec *witness = &spec->witnesses.items[i];
    add_witness(ret_list, &count, witness->host, witness->port, witness->port_named);
  }
  if (count > 0)
    return count;
  char name[PL_LIMIT_HOST + 1];
  if (spec->region != NULL &&
      pl_aws_host("ec2", spec->region, PL_AWS_HOST_PLAIN, name, sizeof(name)) == PL_OK)
    add_witness(ret_list, &count, name, WITNESS_PORT, false);
  pl_sockaddr resolvers[PL_LIMIT_RESOLVERS];
  size_t resolver_count = public_resolvers(host, spec, resolvers);
  for (size_t i = 0; i < resolver_count; i++) {
    char literal[PL_ADDR_TEXT];
    add_witness(ret_list, &count, pl_addr_format(&resolvers[i].address, literal), WITNESS_PORT,
                false);
  }
  return count;
}
