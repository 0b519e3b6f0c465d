/* Whom to ask for a spec: the resolvers of each side, and the witnesses. Loop thread only. */
#ifndef PL_PROBE_ASK_H
#define PL_PROBE_ASK_H

#include "options/spec.h"
#include "probe/dns/lookup.h"
#include "probe/host.h"
#include "probe/io.h"

typedef enum pl_ask_side {
  PL_ASK_PRIVATE, /* the resolvers that the spec lists, or the system's */
  PL_ASK_PUBLIC,  /* the public resolvers that the spec lists, or the built-in ones */
} pl_ask_side;

/* Starts a lookup at the resolvers of one side. `config` sets the name, the deadline, the callback
 * and perhaps `system` and `only_ipv6`; this function sets the rest. Of the built-in resolvers it
 * asks those that `host` has a route to, or if there are none, those of the families that it has.
 */
pl_status pl_ask_resolvers(const pl_io *io, const pl_host *host, const pl_spec *spec,
                           pl_ask_side side, const pl_lookup_config *config,
                           pl_lookup **ret_lookup) PL_MUST_USE;

/* A witness as a spec names it. */
typedef struct pl_ask_witness {
  char host[PL_LIMIT_HOST + 1];
  uint16_t port;
  bool port_named; /* the user wrote the port */
} pl_ask_witness;

#define PL_ASK_WITNESSES_MAX (PL_LIMIT_WITNESSES + PL_LIMIT_RESOLVERS + 1)

/* The witnesses that `spec` lists, or by default the region's EC2 API and the public resolvers.
 * Returns their number. */
size_t pl_ask_witnesses(const pl_host *host, const pl_spec *spec,
                        pl_ask_witness ret_list[PL_ASK_WITNESSES_MAX]);

#endif
