/* The controls: whether the evidence of this round, or what is remembered, rules out a rival. Pure.
 */
#ifndef PL_JUDGE_PUBLIC_CONTROLS_H
#define PL_JUDGE_PUBLIC_CONTROLS_H

#include "judge/public/sign.h"

/* One sign that is to be proven. */
typedef struct pl_proof_case {
  const pl_case *round;
  const pl_target *target; /* NULL: the name does not exist */
  pl_seen seen;
} pl_proof_case;

/* Whether `control` rules out `rival` for this sign. `ret_when` gets 0 for this round's evidence,
 * or when it was found. */
bool pl_control_holds(const pl_proof_case *p, pl_rival_id rival, pl_control control,
                      int64_t *ret_when);
/* Whether there is evidence for the rival; NULL where there is none, else what it is. */
const char *pl_rival_evidence(const pl_proof_case *p, pl_rival_id rival);

/* Why a witness proves nothing, however it answers: "this host itself"; NULL where it may. */
const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness);
/* A witness that was alongside all attempts at the address; NULL where there is none. For an
 * explanation. */
const pl_witness *pl_control_witness(const pl_proof_case *p);

#endif
