/* The state directory of a check: what is remembered before a round is judged, and after. One
 * thread. Blocks on the disk. */
#ifndef PL_NAGIOS_RECALL_H
#define PL_NAGIOS_RECALL_H

#include "facts/endpoint.h"
#include "memory/file.h"
#include "memory/notes.h"

/* What all endpoints of a run share. Zeroed is a start. */
typedef struct pl_recall {
  pl_clock clock;
  pl_nsec deadline; /* after it, files are written without fsync: instant of `clock` */
  uint64_t host;    /* pl_moment_network; 0: not read yet */
} pl_recall;

/* One endpoint between the two calls below. */
typedef struct pl_recalled {
  bool used; /* it has a state directory */
  pl_moment now;
  pl_memory_dir dir; /* fd -1: it can't be used */
  pl_memory_store store;
  pl_memory_mark before; /* of the file */
  pl_error error;        /* why something is not known; "" if nothing failed */
  pl_memory_notes notes; /* filled in by pl_recall_end */
} pl_recalled;

/* --state-dir, else NAGIOS_PLUGIN_STATE_DIRECTORY, else MP_STATE_PATH; NULL: nothing is remembered.
 * Also NULL without the public check. */
const char *pl_recall_dir(const pl_spec *spec);

/* When the endpoint was first seen pending (pl_pending_recall), by the same directories; 0 without
 * one. Also without the public check. `error` has the reason where the sight can't be kept, else
 * "". */
int64_t pl_recall_pending(const pl_recall *recall, const pl_spec *spec, const pl_endpoint *endpoint,
                          pl_error *error);

/* Of the environment: for endpoints without --state-dir. NULL: there is none. */
const char *pl_recall_default_dir(void);

/* What the round has to send: everything, where nothing is remembered or can be read. */
pl_round_plan pl_recall_plan(pl_recall *recall, const pl_spec *spec);

/* Reads what is remembered. `facts` refer to `ret_memory` from then on. */
void pl_recall_begin(pl_recall *recall, const pl_spec *spec, pl_facts *facts, pl_memory *ret_memory,
                     pl_recalled *ret_recalled);
/* Takes the verdict of pl_judge: learns the round, gives the verdict the alarm, and writes the
 * file. Adds a finding for what failed, and one for a new baseline. pl_thresholds_apply_history
 * follows. */
void pl_recall_end(const pl_recall *recall, const pl_spec *spec, const pl_facts *facts,
                   pl_recalled *recalled, pl_verdict *verdict);

#endif
