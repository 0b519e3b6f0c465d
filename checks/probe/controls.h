/* The controls of one round: after a public address has shown a sign of a block, the same probe
 * with one thing changed. At one that is open, and is to be, a sibling alone: for the baseline.
 * Each is sent once, at that address, 250 ms after the one before has ended; the key also at a
 * private address. None follows an answer with status 429.
 *
 * Loop thread only. The round owns the controls, and the facts that they fill in.
 */
#ifndef PL_PROBE_CONTROLS_H
#define PL_PROBE_CONTROLS_H

#include "probe/target_run.h"

typedef struct pl_controls pl_controls;

typedef struct pl_controls_config {
  const pl_spec *spec;
  pl_attempt_config public_side;  /* the plain request at the address that showed the sign */
  pl_attempt_config private_side; /* the same for a private address, which is filled in */
  pl_facts *facts;
  size_t index; /* of the target that showed the sign, or is open */
  bool sign;    /* it showed one */
  bool http;    /* the sign is an HTTP answer; else it is an end of the handshake */
  /* Whether a private target may still be added to the facts. */
  bool (*private_is_open)(void *user);
  /* Called once, from the loop: PL_OK after the last control, or why the next one could not start.
   * The controls must not be freed from inside. */
  void (*ended)(void *user, pl_status status);
  void *user;
} pl_controls_config;

/* Whether the result of a plain request shows a sign that a control can tell more about: a listed
 * HTTP answer, or a listed end of the TLS handshake. Or an answer, where one is expected. */
bool pl_controls_are_due(const pl_spec *spec, const pl_attempt_result *result);

/* Neither callback is called from inside. */
pl_status pl_controls_start(const pl_controls_config *config,
                            pl_controls **ret_controls) PL_MUST_USE;
/* Cancels what is under way. NULL is fine. */
void pl_controls_free(pl_controls *controls);

#endif
