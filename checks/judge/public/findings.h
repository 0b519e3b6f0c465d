/* The findings of the public check. */
#ifndef PL_JUDGE_PUBLIC_FINDINGS_H
#define PL_JUDGE_PUBLIC_FINDINGS_H

#include "judge/public/sign.h"

/* Before the text of each unproven finding. */
#define PL_UNPROVEN_PREFIX "public endpoint UNPROVEN: "

/* Adds an unproven finding with the severity of --on-unproven, and gives the check its reason even
 * where that severity is OK. `address` may be NULL. Returns NULL where the finding was not kept. */
pl_finding *pl_public_add_unproven(pl_case *c, pl_reason reason, const pl_addr *address,
                                   const char *text);
/* Adds the finding of one address. `rival` is the first that stands; PL_RIVAL_COUNT: none. */
void pl_public_add_result(pl_case *c, const pl_target *target, const pl_seen *seen,
                          pl_rival_id rival);
/* "api.example.com 192.0.2.1 no answer to the SYN" of the finding that made the check unproven. */
const char *pl_public_unproven_text(const pl_case *c);

#endif
