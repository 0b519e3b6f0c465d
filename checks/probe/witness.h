/* The witnesses of one batch: hosts that are reached with verified TLS before the first public
 * attempt and after the last one. So silence in between can't be the fault of this host's network.
 * All endpoints of a batch share them.
 *
 * They also find out how a host without IPv4 reaches IPv4 addresses (NAT64, RFC 7050), since the
 * witnesses and the public attempts need the same answer.
 *
 * Loop thread only. Owned by the batch run.
 */
#ifndef PL_PROBE_WITNESS_H
#define PL_PROBE_WITNESS_H

#include "probe/io.h"
#include "probe/wire/tls_context.h"

typedef struct pl_witnesses pl_witnesses;

typedef struct pl_witnesses_config {
  const pl_io *io;
  const pl_host *host;
  pl_nsec deadline;            /* of the batch, an instant */
  void (*changed)(void *user); /* a family is ready, or all is over; never from inside a call */
  void *user;
} pl_witnesses_config;

pl_status pl_witnesses_create(const pl_witnesses_config *config,
                              pl_witnesses **ret_witnesses) PL_MUST_USE;
/* Adds what `spec` names, or by default the region's EC2 API and the public resolvers. Before
 * pl_witnesses_start. The spec and `tls` outlive the witnesses. */
pl_status pl_witnesses_want(pl_witnesses *witnesses, const pl_spec *spec,
                            pl_tls_context *tls) PL_MUST_USE;
/* Asks all of them, before the public attempts. */
pl_status pl_witnesses_start(pl_witnesses *witnesses) PL_MUST_USE;

/* Whether public attempts of the family may start: its witnesses have answered, or had their time.
 */
bool pl_witnesses_ready(const pl_witnesses *witnesses, unsigned family);
pl_nat64_state pl_witnesses_nat64(const pl_witnesses *witnesses);
/* The address that leads to `ipv4` by NAT64; false where there is no NAT64. */
bool pl_witnesses_via(const pl_witnesses *witnesses, const pl_addr *ipv4, pl_addr *ret_via);

/* Asks those that were reached again, after the public attempts. */
pl_status pl_witnesses_ask_again(pl_witnesses *witnesses) PL_MUST_USE;
/* Whether they have been asked again, and all have ended. */
bool pl_witnesses_over(const pl_witnesses *witnesses);

/* Adds those of `spec` to its facts. */
pl_status pl_witnesses_report(const pl_witnesses *witnesses, const pl_spec *spec,
                              pl_facts *facts) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_witnesses_free(pl_witnesses *witnesses);

#endif
