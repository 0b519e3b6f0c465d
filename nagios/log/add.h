/* The evidence log of a check: a line for each verdict that needs one. One thread. Blocks on the
 * disk.
 */
#ifndef PL_NAGIOS_LOG_ADD_H
#define PL_NAGIOS_LOG_ADD_H

#include "evidence/log/log.h"
#include "facts/facts.h"
#include "facts/verdict.h"
#include "memory/notes.h"
#include "options/spec.h"

/* The program as lines of the log name it. */
#define PL_EVIDENCE_BY "check_privatelink " PL_VERSION

/* What all endpoints of a run share. Zeroed but for the first three is a start. */
typedef struct pl_evidence_run {
  pl_clock clock;
  pl_nsec deadline;      /* after it, lines are written without fsync: instant of `clock` */
  bool single;           /* there is one endpoint: its line is signed at once */
  pl_log *log;           /* the one that is open; owned */
  const char *dir, *key; /* of it; borrowed of a spec */
  uint64_t head;         /* seq of its last line when it was opened */
  pl_nsec sealed;        /* instant of its last signature, or when it was opened */
  const char *failed;    /* the directory that could not be written, with its error: it is not tried
                            again, because each try may wait for its lock */
  pl_error failure;
} pl_evidence_run;

/* Takes the verdict as users see it, and writes the line if one is due. Adds a finding if that
 * fails. `notes` and `now` are as in pl_evidence_case_write. */
void pl_evidence_add(pl_evidence_run *run, const pl_spec *spec, const pl_facts *facts,
                     const pl_memory_notes *notes, int64_t now, pl_verdict *verdict);
/* Signs what was written. If that fails, the next line is signed with it, or its failure is
 * reported. */
void pl_evidence_close(pl_evidence_run *run);

#endif
