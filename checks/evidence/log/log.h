/* The writer of the evidence log: a directory with one file for each day (chain.h).
 *
 * Lines are added under a lock on the directory, so several programs may write one log. Each line
 * is on disk (fsync) before the call returns. What a crash tore is repaired by a line that says so.
 * Blocks on the disk: not for an engine's thread while probes run. A pl_log is for one thread.
 */
#ifndef PL_EVIDENCE_LOG_LOG_H
#define PL_EVIDENCE_LOG_LOG_H

#include "evidence/log/chain.h"
#include "evidence/log/sign.h"

typedef struct pl_log_config {
  const char *dir; /* borrowed, as all strings */
  const char *by;  /* "check_privatelink 0.1.0": letters, digits, blanks and "._-" */
  const char *key; /* file of the private key; NULL: heads are not signed */
  unsigned days;   /* older files are removed, but as many stay; 0: none */
  pl_clock clock;
  uint64_t boot; /* which boot of which machine */
  bool hasty;    /* no fsync: for a run that must end, and for tests */
} pl_log_config;

typedef struct pl_log pl_log;

/* Opens the directory, and creates it if its parent exists. Reads the key. Writes no line. */
pl_status pl_log_open(const pl_log_config *config, pl_log **ret_log, pl_error *error) PL_MUST_USE;
/* Signs the head. NULL is fine. On failure the log is closed nevertheless. */
pl_status pl_log_close(pl_log *log, pl_error *error) PL_MUST_USE;
/* Closes without a signature. NULL is fine. */
void pl_log_free(pl_log *log);
void pl_log_set_hasty(pl_log *log, bool hasty);

/* Adds a line. `rest` has the fields of its type, each with a comma before it. The line of a
 * failure is not in the file. */
pl_status pl_log_append(pl_log *log, pl_log_line_type type, const char *rest,
                        pl_error *error) PL_MUST_USE;
/* After a line failed: it was made at that time. */
void pl_log_note_failure(pl_log *log, pl_nsec made);
/* Adds a signature of the head, where there is a key and the last line is not a signature. */
pl_status pl_log_sign(pl_log *log, pl_error *error) PL_MUST_USE;

typedef struct pl_log_head {
  pl_sha256 hash;
  uint64_t seq; /* 0: the log has no line, or none that can be read before a repair */
} pl_log_head;

/* The last line. */
pl_status pl_log_read_head(pl_log *log, pl_log_head *ret_head, pl_error *error) PL_MUST_USE;
/* The seq of the last line, after pl_log_append or pl_log_read_head. */
uint64_t pl_log_seq(const pl_log *log);
/* The day of the newest file, "2026-11-30", after the same calls; "": there is none. */
void pl_log_day(const pl_log *log, char ret_day[PL_DATE_BYTES]);

#endif
