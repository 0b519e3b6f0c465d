/* What every round and every witness works with. The engine owns all of it. */
#ifndef PL_PROBE_IO_H
#define PL_PROBE_IO_H

#include "probe/dns/resolve.h"
#include "probe/dns/secure.h"
#include "probe/wire/gate.h"

typedef struct pl_io {
  pl_loop *loop;
  pl_gate *gate;
  pl_resolvers *resolvers;
  pl_secure *secure; /* authenticated DNS */
} pl_io;

#endif
