/* The public alarm: from the first `open` until --recovery proven blocks in a row. The check
 * and a daemon hold it here. Pure functions, any thread. */
#ifndef PL_MEMORY_ALARM_H
#define PL_MEMORY_ALARM_H

#include "memory/store.h"

/* One round further. A round that is open or unproven sets the count of blocks back. Only where the
 * public side is to be blocked does `open` begin an alarm. */
void pl_alarm_step(pl_alarm *alarm, const pl_spec *spec, pl_public verdict);

/* Of two alarms about the same endpoint: on before unknown before off, and of equals the one that
 * is further from its end. */
pl_alarm pl_alarm_worse(const pl_alarm *a, const pl_alarm *b);

/* Takes a verdict of pl_judge: steps the store's alarm, then changes the verdict by it.
 *
 * While the alarm is on, the public check is at least CRITICAL. What is proven blocked is unproven,
 * until --recovery blocks in a row are proven, if the alarm is not known (public.memory), or if an
 * earlier round was open or unproven (public.moment). While the alarm is not known, the severity is
 * at least UNKNOWN, whatever --on-unproven says.
 *
 * Fills in public_alarm and public_proof_age. Does nothing where the public check did not run.
 * pl_thresholds_apply_history comes after it. */
void pl_alarm_take(pl_memory_store *store, const pl_spec *spec, const pl_moment *now,
                   pl_verdict *verdict);

#endif
