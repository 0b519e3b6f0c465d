/* The controls: whether the evidence of this round, or what is remembered, rules out a rival. Pure.
 */
#ifndef PL_JUDGE_PUBLIC_CONTROLS_H
#define PL_JUDGE_PUBLIC_CONTROLS_H

#include "judge/public/proof.h"

/* Whether `control` rules out `rival` for this sign. `ret_when` gets 0 for this round's evidence,
 * or when it was found. */
bool pl_control_holds(const pl_proof_case *p, pl_rival_id rival, pl_control control,
                      int64_t *ret_when);

/* The evidence for a rival among the controls: another form of our request was answered as if there
 * were no block, now or earlier. Bits 1u << pl_role; 0: none was. `ret_text` gets a static text
 * only if there is one. */
unsigned pl_control_let_in(const pl_proof_case *p, pl_rival_id rival, const char **ret_text);

#endif
