/* The file of --record: one line of JSON for each endpoint of a run. Whatever goes wrong is kept as
 * a problem, because the run must go on. One thread. Blocks on the disk. */
#ifndef PL_NAGIOS_RECORD_H
#define PL_NAGIOS_RECORD_H

#include "evidence/line.h"

typedef struct pl_recorder {
  const char *path;  /* borrowed */
  int fd;            /* -1: it can't be written */
  pl_error *problem; /* the caller's; "" if every line was written */
} pl_recorder;

/* `path` NULL: nothing is recorded. A new file is for this user only (0600). */
void pl_recorder_open(const char *path, pl_error *problem, pl_recorder *ret_recorder);
void pl_recorder_add(pl_recorder *recorder, const pl_spec *spec, const pl_facts *facts,
                     const pl_memory_notes *notes, int64_t wall_now, const pl_verdict *verdict);
void pl_recorder_close(pl_recorder *recorder);

#endif
