/* What the metrics ask of the private addresses. Pure, any thread. */
#ifndef PL_JUDGE_PORT_H
#define PL_JUDGE_PORT_H

#include "judge/case.h"

/* The attempt at the slowest private address that is up; NULL where none is. */
const pl_attempt_result *pl_case_slowest(const pl_case *c);
/* Whether some private address (of `zone`; NULL: of any) was really up or down: not only failures
 * of this host and attempts that --timeout cut off. Not before pl_judge_port. */
bool pl_case_any_measured(const pl_case *c, const char *zone);
/* How many private addresses (of `zone`; NULL: of any) are neither up nor down: this host could not
 * probe them, or they may be another host's by now. Not before pl_judge_port. */
size_t pl_case_count_undecided(const pl_case *c, const char *zone);
/* Connect, TLS and first byte together; PL_NSEC_UNKNOWN where none was measured. */
pl_nsec pl_attempt_total(const pl_attempt_result *attempt);

#endif
