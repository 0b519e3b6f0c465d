/* One endpoint's round: asks the resolvers of both sides, then probes every address of both sides,
 * and records what it saw in the facts. A state machine on the loop; both sides run at the same
 * time.
 *
 * Loop thread only. The batch run owns the round, and the facts that it fills in.
 */
#ifndef PL_PROBE_ROUND_H
#define PL_PROBE_ROUND_H

#include "facts/endpoint.h"
#include "probe/witness.h"

typedef struct pl_round pl_round;

typedef struct pl_round_config {
  const pl_io *io;
  const pl_host *host;
  const pl_spec *spec;
  const pl_endpoint *endpoint;   /* NULL: the EC2 API was not asked */
  pl_tls_context *tls;           /* NULL only where pl_round_needs_tls says no */
  const pl_witnesses *witnesses; /* NULL only where the public check does not run */
  pl_nsec deadline;              /* an instant */
  pl_facts *facts;               /* initialised; the caller's, filled in until `ended` */
  /* Called once, from the loop; the round may be freed from inside. */
  void (*ended)(void *user, pl_round *round);
  void *user;
} pl_round_config;

bool pl_round_needs_tls(const pl_spec *spec);
pl_status pl_round_start(const pl_round_config *config, pl_round **ret_round) PL_MUST_USE;
/* The witnesses have changed: looks again whether public attempts may start. */
void pl_round_kick(pl_round *round);
/* Whether a public target gave no answer, so that only a witness makes it proof. */
bool pl_round_wants_witness(const pl_facts *facts);
/* Cancels what is under way, without calling `ended`. NULL is fine. */
void pl_round_free(pl_round *round);

#endif
