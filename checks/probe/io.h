/* What every round and every witness works with. The engine owns all of it. */
#ifndef PL_PROBE_IO_H
#define PL_PROBE_IO_H

#include "probe/dns/resolve.h"
#include "probe/host.h"
#include "probe/loop.h"
#include "probe/wire/gate.h"

typedef struct pl_io {
  pl_loop *loop;
  pl_gate *gate;
  pl_resolvers *resolvers;
} pl_io;

/* How long one question to a resolver is waited for: as long as for a connect, but no less than a
 * second try takes, and no more than a run can spare. */
#define PL_DNS_TIMEOUT_MIN PL_SEC
#define PL_DNS_TIMEOUT_MAX (3 * PL_SEC)

static inline pl_nsec pl_dns_timeout(const pl_spec *spec) {
  if (spec->connect_timeout < PL_DNS_TIMEOUT_MIN)
    return PL_DNS_TIMEOUT_MIN;
  return spec->connect_timeout < PL_DNS_TIMEOUT_MAX ? spec->connect_timeout : PL_DNS_TIMEOUT_MAX;
}

/* The resolvers of the private side: those that `spec` lists, else the system's. */
static inline pl_status pl_io_private_resolvers(const pl_io *io, const pl_spec *spec,
                                                pl_sockaddr ret_list[PL_LIMIT_RESOLVERS],
                                                size_t *ret_count) {
  if (spec->resolvers.count == 0)
    return pl_resolvers_system(io->resolvers, ret_list, ret_count);
  size_t count = 0;
  for (; count < spec->resolvers.count && count < PL_LIMIT_RESOLVERS; count++)
    ret_list[count] = spec->resolvers.items[count];
  *ret_count = count;
  return PL_OK;
}

#endif
