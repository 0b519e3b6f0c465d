/* What one judged round adds to what is remembered. Pure; one thread per store. */
#ifndef PL_MEMORY_LEARN_H
#define PL_MEMORY_LEARN_H

#include "memory/store.h"

/* Takes the facts of a round that ended at `now`, and the verdict of pl_judge on them, before
 * pl_alarm_take changes it. Returns whether a baseline was recorded. */
bool pl_memory_learn(pl_memory_store *store, const pl_spec *spec, const pl_facts *facts,
                     const pl_verdict *verdict, const pl_moment *now);

#endif
