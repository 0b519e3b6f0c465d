// Makes lines of an evidence log.
#include "tally_lines.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t next_seq;

static pl_slice slice_of(const char *text) {
  return (pl_slice){.at = text, .length = strlen(text)};
}

static void take(pl_tally *tally, pl_log_line *line) {
  if (tally->count == 0)
    next_seq = 1;
  line->seq = next_seq++;
  assert_true(pl_tally_take(tally, line));
}

static pl_log_line begin(double hour, pl_log_line_type type, const char *by) {
  return (pl_log_line){.wall = TALLY_DAY + (pl_nsec)(hour * (double)TALLY_HOUR),
                       .type = type,
                       .by = slice_of(by != NULL ? by : "check_privatelink 1.2.3")};
}

static const char *verdict_of(const char *word) {
  if (strcmp(word, "blocked") == 0)
    return TALLY_PUBLIC("blocked", 0, "", "");
  if (strcmp(word, "open") == 0)
    return TALLY_PUBLIC("open", 2, "public.open", "");
  if (strcmp(word, "unproven") == 0)
    return TALLY_PUBLIC("unproven", 3, "public.no-egress", "");
  return word;
}

void tally_verdict(pl_tally *tally, tally_line given) {
  char config[PL_HASH_HEX];
  memset(config, given.config != 0 ? given.config : '0', sizeof(config) - 1);
  config[sizeof(config) - 1] = '\0';
  pl_log_line line = begin(given.hour, PL_LINE_VERDICT, given.by);
  line.endpoint = slice_of(given.endpoint != NULL ? given.endpoint : "api");
  line.verdict = slice_of(verdict_of(given.verdict));
  line.config = slice_of(config);
  line.interval = 3600;
  line.why = slice_of(given.why != NULL ? given.why : "interval");
  char facts[64];
  long long now = (long long)(TALLY_DAY / PL_SEC) + (long long)(given.judged * 3600);
  snprintf(facts, sizeof(facts), "{\"facts\":{},\"now\":%lld,\"program\":\"1\"}", now);
  if (given.judged > 0)
    line.facts = slice_of(facts);
  take(tally, &line);
}

void tally_stop(pl_tally *tally, double hour, const char *endpoint) {
  tally_stop_of(tally, hour, endpoint, NULL);
}

void tally_stop_of(pl_tally *tally, double hour, const char *endpoint, const char *by) {
  pl_log_line line = begin(hour, PL_LINE_STOP, by);
  line.endpoint = slice_of(endpoint);
  take(tally, &line);
}

void tally_start(pl_tally *tally, double hour) {
  pl_log_line line = begin(hour, PL_LINE_START, NULL);
  line.number = 1;
  take(tally, &line);
}

void tally_resumed(pl_tally *tally, double hour, double since_hour) {
  char since[PL_LINE_TIME];
  pl_time_format(TALLY_DAY + (pl_nsec)(since_hour * (double)TALLY_HOUR), since);
  pl_log_line line = begin(hour, PL_LINE_RESUMED, NULL);
  line.since = slice_of(since);
  take(tally, &line);
}
