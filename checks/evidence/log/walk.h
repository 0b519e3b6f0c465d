/* Goes through the lines of a log in order: chain, days, signed and stamped lines, gaps. Owns its
 * tables (pl_walk_free). One thread.
 */
#ifndef PL_EVIDENCE_LOG_WALK_H
#define PL_EVIDENCE_LOG_WALK_H

#include "evidence/log/files.h"
#include "evidence/log/gaps.h"
#include "evidence/log/line_check.h"

/* A line as it is remembered for time stamps. */
typedef struct pl_walk_line {
  pl_sha256 hash;
  pl_nsec wall;
} pl_walk_line;

typedef struct pl_walk {
  const pl_verify_config *config;
  const pl_log_files *files;
  pl_verify_report *report;
  pl_gaps gaps;
  pl_walk_line *lines; /* by seq, from `first_seq` on, while seqs follow each other */
  size_t count, room;
  uint64_t first_seq;
  /* As the newest line of type REMOVED says, and the newest that a signature covers, where there
   * must be one; 0: there is none. */
  uint64_t removed_to, kept_from;
  size_t file;      /* of the last line */
  bool day_begun;   /* its file has its line of type DAY */
  pl_log_line last; /* the last line that could be read: numbers only */
  bool any;         /* there is one */
  bool known_found;
  /* A line that can't be read may be torn: the next one says so, or it is a problem. */
  char *torn_why; /* owned; NULL: the last line could be read */
  size_t torn_file;
  uint64_t torn_number;
  /* The last line, torn or not, and the head before it. */
  pl_sha256 last_hash;
  size_t last_length;
  pl_log_head before;
  /* The first line that no signature covers. */
  bool unsigned_lines;
  size_t unsigned_file;
  uint64_t unsigned_number;
  pl_nsec unsigned_wall;
} pl_walk;

/* False: no memory. Takes over check->why. */
bool pl_walk_take(pl_walk *walk, pl_log_line_check *check) PL_MUST_USE;
/* After the last line. */
void pl_walk_end(pl_walk *walk);
void pl_walk_free(pl_walk *walk);

/* Notes a problem of a line; `number` 0: of the file. */
void pl_walk_problem(pl_walk *walk, size_t file, uint64_t number, const char *format, ...)
    PL_PRINTF(4, 5);

#endif
