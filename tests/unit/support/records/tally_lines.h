// Lines of an evidence log for the tally, at hours after 2026-07-01T00:00:00Z.
#ifndef TALLY_LINES_H
#define TALLY_LINES_H

#include "evidence/report/tally.h"

#define TALLY_DAY (INT64_C(1782864000) * PL_SEC) // 2026-07-01T00:00:00Z
#define TALLY_HOUR (3600 * PL_SEC)

typedef struct tally_line {
  double hour;
  const char *endpoint; // NULL: "api"
  const char *verdict;  // "blocked", "open", "unproven" or a whole JSON object
  char config;          // 0: '0'
  const char *by;       // NULL: "check_privatelink 1.2.3"
  double judged;        // the hour of the verdict; 0: that of the line
  const char *why;      // NULL: "interval"
} tally_line;

// Each takes one line, with the next number.
void tally_verdict(pl_tally *tally, tally_line line);
void tally_stop(pl_tally *tally, double hour, const char *endpoint);
void tally_stop_of(pl_tally *tally, double hour, const char *endpoint, const char *by);
void tally_start(pl_tally *tally, double hour);
void tally_resumed(pl_tally *tally, double hour, double since_hour);

// The public check with this verdict, severity and reason, and rivals as JSON.
#define TALLY_PUBLIC(word, severity, reason, rivals)                                               \
  "{\"severity\":" #severity ",\"public\":\"" word "\",\"checks\":{\"public\":[" #severity         \
  ",\"" reason "\"]},\"rivals\":{" rivals "}}"

#endif
