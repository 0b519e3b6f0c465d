/* The witnesses of one batch: hosts that the batch reaches with verified TLS before its first
 * public attempt and after its last one. So this host's network can't be the cause of silence in
 * between. All endpoints of a batch share them, and also what they find out about NAT64 (nat64.h).
 *
 * Loop thread only. The batch run owns them.
 */
#ifndef PL_PROBE_WITNESS_H
#define PL_PROBE_WITNESS_H

#include "probe/nat64.h"
#include "probe/wire/tls_context.h"

typedef struct pl_witnesses pl_witnesses;

typedef struct pl_witnesses_config {
  const pl_io *io;
  const pl_host *host;
  pl_nsec deadline; /* of the batch, an instant */
  /* A family is ready, or all second answers are known. Never called from inside a function below.
   */
  void (*changed)(void *user);
  void *user;
} pl_witnesses_config;

pl_status pl_witnesses_create(const pl_witnesses_config *config,
                              pl_witnesses **ret_witnesses) PL_MUST_USE;
/* Adds the witnesses of `spec` (pl_ask_witnesses). Call it before pl_witnesses_start. The spec and
 * `tls` must outlive the witnesses. */
pl_status pl_witnesses_want(pl_witnesses *witnesses, const pl_spec *spec,
                            pl_tls_context *tls) PL_MUST_USE;
/* Asks all of them, before the public attempts. */
pl_status pl_witnesses_start(pl_witnesses *witnesses) PL_MUST_USE;

/* Whether public attempts of the family may start: its witnesses have answered, or their time is
 * over. */
bool pl_witnesses_ready(const pl_witnesses *witnesses, unsigned family);
/* What the batch knows of NAT64. */
const pl_nat64 *pl_witnesses_nat64(const pl_witnesses *witnesses);

/* After the public attempts: asks the witnesses again that were reached. Call it once. */
void pl_witnesses_ask_again(pl_witnesses *witnesses);
/* Whether all second answers are known. */
bool pl_witnesses_over(const pl_witnesses *witnesses);

/* Adds the witnesses of `spec` to its facts. */
pl_status pl_witnesses_report(const pl_witnesses *witnesses, const pl_spec *spec,
                              pl_facts *facts) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_witnesses_free(pl_witnesses *witnesses);

#endif
