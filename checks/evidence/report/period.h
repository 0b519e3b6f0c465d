/* The dates of --from and --to. Pure; any thread. */
#ifndef PL_EVIDENCE_REPORT_PERIOD_H
#define PL_EVIDENCE_REPORT_PERIOD_H

#include "evidence/log/chain.h"

/* Which end of the period a date is. */
typedef enum pl_period_end { PL_PERIOD_FROM, PL_PERIOD_TO } pl_period_end;

/* "2026-11-30" (UTC): as FROM the beginning of that day, as TO its end, so that the day is in the
 * period. Or an instant of RFC 3339: "2026-11-30T12:00:00Z", "2026-11-30T12:00:00.5+01:00". From
 * 1970 to 2200. False: it is none. */
bool pl_period_parse(const char *text, pl_period_end end, pl_nsec *ret_wall);

#endif
