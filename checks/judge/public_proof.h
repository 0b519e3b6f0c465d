/* What proves that one address of the public endpoint, or its missing name, is blocked. Only for
 * public.c and the report of witnesses. Pure, any thread. */
#ifndef PL_JUDGE_PUBLIC_PROOF_H
#define PL_JUDGE_PUBLIC_PROOF_H

#include "judge/case.h"

/* The private side of this run. */
typedef enum pl_private_side { PL_SIDE_NOT_ASKED, PL_SIDE_UP, PL_SIDE_DOWN } pl_private_side;

/* The class of one address, or of one attempt at it. */
typedef struct pl_public_result {
  pl_public class;
  pl_reason reason; /* NONE where blocked */
} pl_public_result;

static const pl_public_result blocked = {PL_PUBLIC_BLOCKED, PL_REASON_NONE};

static inline pl_public_result unproven(pl_reason reason) {
  return (pl_public_result){PL_PUBLIC_UNPROVEN, reason};
}

/* Open before unproven before blocked; the first of two alike. */
pl_public_result pl_public_result_worse(pl_public_result a, pl_public_result b);

/* The class of all attempts at an address together. */
pl_public_result pl_public_judge_target(const pl_case *c, const pl_target *target);
/* dns:nxdomain: the name itself was removed. The egress path must still be proven. */
pl_public_result pl_public_judge_gone(const pl_case *c);

/* ---- what a proof rests on ------------------------------------------------------------------ */

pl_private_side pl_public_side(const pl_case *c);
/* Whether the private side answered the same request without credentials. */
bool pl_public_counter_proof(const pl_case *c);
/* Why a witness proves nothing, whatever it answers: "this host itself"; NULL where it can. */
const char *pl_witness_flaw(const pl_spec *spec, const pl_facts *facts, const pl_witness *witness);
/* The witness that answered before and after all attempts at an address; NULL where there is none.
 */
const pl_witness *pl_public_witness(const pl_case *c, const pl_target *target);
/* The http: signature that the answer matches; NULL where none does, or where its index does not
 * fit the list. */
const pl_signature *pl_public_match(const pl_case *c, const pl_attempt_result *attempt);

#endif
