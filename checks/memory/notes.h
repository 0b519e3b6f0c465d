/* What a state directory adds to a verdict besides the alarm: what is not known, what could not be
 * written, and a new baseline. Plain data and pure functions, any thread. */
#ifndef PL_MEMORY_NOTES_H
#define PL_MEMORY_NOTES_H

#include "memory/store.h"

typedef struct pl_memory_notes {
  bool used;                       /* something is remembered, or should be */
  int64_t proof_age;               /* seconds from the last proof before this round; -1: none */
  char unknown[PL_LIMIT_TEXT];     /* why what is remembered is not known; "" if it is */
  char unsaved[PL_LIMIT_TEXT];     /* why this round is not remembered; "" if it is */
  char no_baseline[PL_LIMIT_TEXT]; /* why no baseline could be recorded; "" if none was wanted */
  bool read_only;                  /* the directory belongs to another user */
  bool baseline;                   /* a baseline was recorded */
  bool baseline_private;           /* with an answer of the private side */
} pl_memory_notes;

/* Before and after pl_alarm_take. pl_thresholds_apply_history follows both. */
void pl_memory_notes_before(const pl_memory_notes *notes, const pl_spec *spec, pl_verdict *verdict);
void pl_memory_notes_after(const pl_memory_notes *notes, const pl_spec *spec, pl_verdict *verdict);

/* Both, and the alarm: what a recorded round made of the verdict of pl_judge. `alarm` is the one
 * before the round (pl_memory), `wall_now` the time of the round in seconds since 1970. */
void pl_memory_replay(const pl_memory_notes *notes, const pl_alarm *alarm, const pl_spec *spec,
                      int64_t wall_now, pl_verdict *verdict);

#endif
