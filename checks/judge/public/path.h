/* Whether this host or the network on the way gave the sign. Pure. */
#ifndef PL_JUDGE_PUBLIC_PATH_H
#define PL_JUDGE_PUBLIC_PATH_H

#include "judge/public/proof.h"

/* Control `witness`: alongside each attempt another host answered; it need not be the same one. */
bool pl_path_is_witnessed(const pl_proof_case *p);
/* Control `attempts`: three in one round, or the last rounds together. */
bool pl_path_has_attempts(const pl_proof_case *p);
/* Control `hops`: the packets of an attempt left the network. `ret_when` as in pl_control_holds. */
bool pl_path_leaves_network(const pl_proof_case *p, int64_t *ret_when);
/* Control `route`: that of a witness alongside; with --proof strict the packets also left the
 * network. */
bool pl_path_is_of_witness(const pl_proof_case *p);

/* Whether there is evidence for the rival; NULL where there is none, else what it is. */
const char *pl_rival_evidence(const pl_proof_case *p, pl_rival_id rival);

#endif
