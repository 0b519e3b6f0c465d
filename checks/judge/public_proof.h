/* When one address of the public endpoint, or the lack of its name, proves a block: between
 * judge_public.c and judge_public_proof.c; nobody else includes it. */
#ifndef PL_JUDGE_PUBLIC_PROOF_H
#define PL_JUDGE_PUBLIC_PROOF_H

#include "judge/case.h"

/* The private side of this run. */
typedef enum pl_private_side { PL_SIDE_NOT_ASKED, PL_SIDE_UP, PL_SIDE_DOWN } pl_private_side;

/* What one address, or one try at it, is. */
typedef struct pl_public_result {
  pl_public class;
  pl_reason reason; /* NONE where blocked */
} pl_public_result;

static const pl_public_result blocked = {PL_PUBLIC_BLOCKED, PL_REASON_NONE};

static inline pl_public_result unproven(pl_reason reason) {
  return (pl_public_result){PL_PUBLIC_UNPROVEN, reason};
}

/* Open before unproven before blocked; of two alike the first. */
pl_public_result pl_public_result_worse(pl_public_result a, pl_public_result b);

/* What all tries at an address together are. */
pl_public_result pl_public_judge_target(const pl_case *c, const pl_target *target);
/* dns:nxdomain: the name itself was taken away. The egress must be proven all the same. */
pl_public_result pl_public_judge_gone(const pl_case *c);

/* ---- what a proof rests on ------------------------------------------------------------------ */

pl_private_side pl_public_side(const pl_case *c);
/* Whether the private side answered the same question without credentials. */
bool pl_public_counter_proof(const pl_case *c);
/* Why a witness proves nothing, however it answers: "this host itself"; NULL where it may. */
const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness);
/* The witness that brackets all tries at an address; NULL where there is none. */
const pl_witness *pl_public_witness(const pl_case *c, const pl_target *target);
/* The http: signature that the answer matches; NULL where none does, or where the fact and the list
 * don't fit together. */
const pl_signature *pl_public_match(const pl_case *c, const pl_attempt_result *attempt);

#endif
