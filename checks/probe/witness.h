/* The witnesses of one batch: hosts that the batch reaches with verified TLS while its public
 * attempts run. So this host's network can't be the cause of what those attempts show. All
 * endpoints of a batch share the probes, and also what they find out about NAT64 (nat64.h).
 *
 * A probe starts with the SYN of a public attempt, or within a second after it: at most one a
 * second for each address family. Public attempts do not wait for it. At first all witnesses are
 * probed, then the one that answered first; the others again when it does not answer within a
 * second, and all of them if they are reached by different routing entries.
 *
 * Loop thread only. The batch run owns them.
 */
#ifndef PL_PROBE_WITNESS_H
#define PL_PROBE_WITNESS_H

#include "probe/nat64.h"
#include "probe/wire/tls_context.h"

typedef struct pl_witnesses pl_witnesses;
/* The witnesses of all specs that name the same ones, and have the same port. */
typedef struct pl_witness_group pl_witness_group;

typedef struct pl_witnesses_config {
  const pl_io *io;
  const pl_host *host;
  pl_nsec deadline; /* of the batch, an instant */
  /* A probe has ended, a name is resolved, or NAT64 is known. Never called from inside a function
   * below. */
  void (*changed)(void *user);
  void *user;
} pl_witnesses_config;

pl_status pl_witnesses_create(const pl_witnesses_config *config,
                              pl_witnesses **ret_witnesses) PL_MUST_USE;
/* Adds the witnesses of `spec` (pl_ask_witnesses). Call it before pl_witnesses_start. The spec and
 * `tls` must outlive the witnesses, which own the group. */
pl_status pl_witnesses_want(pl_witnesses *witnesses, const pl_spec *spec, pl_tls_context *tls,
                            pl_witness_group **ret_group) PL_MUST_USE;
/* Resolves their names, and asks for NAT64. */
pl_status pl_witnesses_start(pl_witnesses *witnesses) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_witnesses_free(pl_witnesses *witnesses);

/* What the batch knows of NAT64. */
const pl_nat64 *pl_witness_group_nat64(const pl_witness_group *group);
/* A public attempt of the family sent its SYN at the instant `since`, or a public name turned out
 * to be missing: a probe is due. */
void pl_witness_group_probe(pl_witness_group *group, unsigned family, pl_nsec since);
/* SYNs with a limited TTL are sent to a public address of the family: one with a TTL of 1 goes to a
 * witness. */
void pl_witness_group_ask_near(pl_witness_group *group, unsigned family);
/* Whether a probe for `since` was answered. */
bool pl_witness_group_answered(const pl_witness_group *group, unsigned family, pl_nsec since);
/* 0 where nothing more will come of the probes for `since`; else when to ask again, if `changed` is
 * not called before. */
pl_nsec pl_witness_group_settles(const pl_witness_group *group, unsigned family, pl_nsec since);
/* Adds the witnesses to facts. */
pl_status pl_witness_group_report(const pl_witness_group *group, pl_facts *facts) PL_MUST_USE;

#endif
