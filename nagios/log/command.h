/* What check_privatelink does with an evidence log instead of a check: verify it, make a key, have
 * a line stamped. One thread, but for the verification.
 */
#ifndef PL_NAGIOS_LOG_COMMAND_H
#define PL_NAGIOS_LOG_COMMAND_H

#include "args.h"

/* Performs the action of `args`, and appends what it says. `ret_code` is the exit code. An error:
 * it could not be performed. */
pl_status pl_evidence_command(const pl_args *args, const pl_clock *clock, pl_buf *buf,
                              int *ret_code, pl_error *error) PL_MUST_USE;

#endif
