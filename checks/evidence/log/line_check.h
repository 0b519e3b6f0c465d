/* What can be verified of one line by itself: its form, its signature, its time stamp, and its
 * verdict. Pure but for memory; any thread.
 */
#ifndef PL_EVIDENCE_LOG_LINE_CHECK_H
#define PL_EVIDENCE_LOG_LINE_CHECK_H

#include "evidence/log/anchor.h"
#include "evidence/log/verify.h"

typedef enum pl_judged {
  PL_JUDGED_NOT,
  PL_JUDGED_SAME,
  PL_JUDGED_OTHER, /* of another version: another verdict, or facts that can't be read */
} pl_judged;

typedef struct pl_log_line_check {
  pl_slice text;   /* without the newline */
  bool torn;       /* it has no newline */
  size_t file;     /* index of its file */
  uint64_t number; /* of the line in its file, from 1 */

  /* Set by pl_log_line_check_run. */
  pl_sha256 hash;
  bool read; /* `line` is filled in */
  pl_log_line line;
  pl_judged judged;
  pl_anchor anchor; /* of an ANCHOR */
  char *why;        /* what is wrong; NULL: nothing; owned */
} pl_log_line_check;

typedef struct pl_log_line_checker {
  const pl_verify_config *config;
  const pl_public_keys *keys; /* NULL: signatures are not verified */
} pl_log_line_checker;

/* False: no memory. */
bool pl_log_line_check_run(const pl_log_line_checker *checker,
                           pl_log_line_check *check) PL_MUST_USE;

#endif
