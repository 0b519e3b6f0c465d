/* The endpoint as it is while it is open. Pure functions, any thread. */
#ifndef PL_MEMORY_BASELINE_H
#define PL_MEMORY_BASELINE_H

#include "facts/facts.h"
#include "options/spec.h"

/* Whether one round is a baseline: at one public address that is open the other side had an issuer,
 * and answered the configured path below 400 or with 401 (--public-probe tls: a verified
 * handshake), and a sibling at it was answered differently, or there can be none. `at` of the
 * result stays 0. */
bool pl_baseline_of(const pl_spec *spec, const pl_facts *facts, const pl_verdict *verdict,
                    pl_baseline *ret_baseline);

/* Why there is none, and what to do; NULL where the round does not say so. */
const char *pl_baseline_missing(const pl_spec *spec, const pl_facts *facts,
                                const pl_verdict *verdict);

#endif
