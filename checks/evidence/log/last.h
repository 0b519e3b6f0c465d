/* What was written last of an endpoint, in DIR/.last: for programs that run once for each round. It
 * is no evidence. Where it is lost or wrong, a line is written too early. One thread.
 */
#ifndef PL_EVIDENCE_LOG_LAST_H
#define PL_EVIDENCE_LOG_LAST_H

#include "evidence/log/chain.h"

typedef struct pl_last {
  uint64_t seq;     /* of the endpoint's line; 0: none is known */
  pl_nsec written;  /* wall time of that line */
  pl_nsec round;    /* wall time of the last round */
  pl_sha256 digest; /* of its verdict */
  pl_sha256 config; /* of its configuration */
} pl_last;

/* `dir` is the path of the evidence directory. Whether the line of its last round failed; then none
 * is known. */
bool pl_last_read(const char *dir, const char *endpoint, pl_last *ret_last);
void pl_last_write(const char *dir, const char *endpoint, const pl_last *last);

/* The line of this round failed. Needs no room on the disk. */
void pl_last_fail(const char *dir, const char *endpoint);

/* Why this round needs a line: "first", "configuration", "verdict" or "interval"; NULL: it needs
 * none. It also needs one where the next round would come too late. `head` is the seq of the last
 * line of the log; `interval` in seconds. */
const char *pl_last_due(const pl_last *last, const pl_sha256 *digest, const pl_sha256 *config,
                        uint64_t head, pl_nsec now, uint64_t interval);

#endif
