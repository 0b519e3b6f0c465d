/* --replay: judges recorded cases again. Reads one file, and uses no network. One thread. */
#ifndef PL_NAGIOS_REPLAY_H
#define PL_NAGIOS_REPLAY_H

#include "args.h"

/* Adds each case in the form that `args` choose, and what differs from the recorded verdicts.
 * Returns the exit code: 0 if every verdict is the same, 2 if one differs, 3 if a line or the file
 * can't be read, or holds no case. */
int pl_replay(const pl_args *args, bool colour, pl_buf *buf);

#endif
