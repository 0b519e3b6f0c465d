/* Verifies an evidence log: the chain of hashes, signatures, time stamps, gaps, and each verdict
 * again from its facts. Reads the directory, writes nothing, and needs no lock but for a moment.
 */
#ifndef PL_EVIDENCE_LOG_VERIFY_H
#define PL_EVIDENCE_LOG_VERIFY_H

#include "evidence/log/log.h"
#include "facts/verdict.h"

/* Judges recorded facts. Called from several threads at once. */
typedef pl_status (*pl_verify_judge)(const char *facts, size_t length, pl_verdict *ret_verdict,
                                     pl_error *error);

/* For recorded cases (case.h). */
pl_status pl_verify_judge_case(const char *facts, size_t length, pl_verdict *ret_verdict,
                               pl_error *error);

/* Takes a line, in order, also where something is wrong with it. The line is valid during the call.
 * False: no memory. */
typedef bool (*pl_verify_take)(void *user, const pl_log_line *line);

typedef struct pl_verify_config {
  const char *dir;
  const char *public_key; /* file of the keys that sign; NULL: signatures are not verified */
  const char *ca_file;    /* of time-stamping authorities; NULL: stamps are only compared */
  const pl_sha256 *known; /* hash of a line that the log must have; NULL: none is known */
  /* Wall time up to which lines are due. 0, or if `known` is the last line: that of the last. */
  pl_nsec now;
  const char *version;   /* lines of this version must give the same verdict again */
  pl_verify_judge judge; /* NULL: verdicts are not judged again */
  unsigned threads;      /* 1 or 2 */
  /* Gets each line that can be read. Gaps are no problem then: it sees them. NULL: nobody. */
  pl_verify_take take;
  void *user;
} pl_verify_config;

typedef struct pl_verify_report {
  uint64_t files, lines, verdicts, signatures, anchors, repairs, removed;
  uint64_t judged;      /* verdicts that were judged again, with the same result */
  uint64_t other;       /* of other versions, with another result, or facts that can't be read */
  uint64_t clock_steps; /* the wall clock was set */
  pl_nsec first, last;  /* wall times of the first and the last line */
  pl_nsec stamped;      /* time of the newest time stamp; 0: none */
  pl_log_head head;
  uint64_t problems; /* 0: the log is good */
  char problem[768]; /* the first: "FILE:LINE: what is wrong" */
} pl_verify_report;

/* PL_OK also where there are problems. An error: nothing could be verified. */
pl_status pl_verify(const pl_verify_config *config, pl_verify_report *ret_report,
                    pl_error *error) PL_MUST_USE;

#endif
