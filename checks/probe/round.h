/* One endpoint's round: asks the resolvers of both sides, then probes every address of both sides,
 * and writes what it saw to the facts. Both sides run at the same time.
 *
 * Loop thread only. The batch run owns the round, and the facts that it fills in.
 */
#ifndef PL_PROBE_ROUND_H
#define PL_PROBE_ROUND_H

#include "facts/endpoint.h"
#include "facts/plan.h"
#include "probe/witness.h"

typedef struct pl_round pl_round;

typedef struct pl_round_config {
  const pl_io *io;
  const pl_host *host;
  const pl_spec *spec;
  const pl_endpoint *endpoint; /* NULL: the EC2 API was not asked */
  pl_tls_context *tls;         /* of each side; NULL only if pl_round_needs_tls says no */
  pl_tls_context *public_tls;  /* the public side's is for --public-ca-file */
  pl_witness_group *witnesses; /* NULL only if the public check does not run */
  pl_round_plan plan;
  pl_nsec deadline; /* an instant */
  pl_facts *facts;  /* initialised; the caller's, filled in until `ended` */
  /* Called once, from the loop. `status` is what ended the round early, or PL_OK. The round may be
   * freed from inside. */
  void (*ended)(void *user, pl_status status);
  void *user;
} pl_round_config;

/* Whether the side of the check needs trust anchors: PL_CHECK_PORT or PL_CHECK_PUBLIC. */
bool pl_round_needs_tls(const pl_spec *spec, pl_check check);
pl_status pl_round_start(const pl_round_config *config, pl_round **ret_round) PL_MUST_USE;
/* After a change of the witnesses: checks again what waits for them. */
void pl_round_note_witnesses(pl_round *round);
/* Cancels what is under way, without calling `ended`. NULL is fine. */
void pl_round_free(pl_round *round);

#endif
