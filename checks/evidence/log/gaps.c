/* A table of endpoints, with the time of the last line of each. */
#include "evidence/log/gaps.h"
#include "base/hash.h"
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

static uint64_t hash_of(const char *bytes, size_t length) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_bytes(&hash, bytes, length);
  return hash;
}

uint64_t pl_gaps_program(pl_slice by) {
  const char *blank = by.length > 0 ? memrchr(by.at, ' ', by.length) : NULL;
  return hash_of(by.at, blank != NULL ? (size_t)(blank - by.at) : by.length);
}

/* The entry of the endpoint, or the free one for it. */
static pl_gap_entry *find(pl_gap_entry *entries, size_t room, pl_slice endpoint) {
  size_t i = (size_t)hash_of(endpoint.at, endpoint.length) & (room - 1);
  while (entries[i].endpoint != NULL && !pl_slice_is(endpoint, entries[i].endpoint))
    i = (i + 1) & (room - 1);
  return &entries[i];
}

static bool grow(pl_gaps *gaps) {
  size_t room = gaps->room == 0 ? FIRST_ROOM : gaps->room * 2;
  pl_gap_entry *entries = calloc(room, sizeof(*entries));
  if (entries == NULL)
    return false;
  for (size_t i = 0; i < gaps->room; i++) {
    const pl_gap_entry *entry = &gaps->entries[i];
    if (entry->endpoint == NULL)
      continue;
    pl_slice name = {.at = entry->endpoint, .length = strlen(entry->endpoint)};
    *find(entries, room, name) = *entry;
  }
  free(gaps->entries);
  gaps->entries = entries;
  gaps->room = room;
  return true;
}

static void stop(pl_gaps *gaps, const pl_log_line *line) {
  uint64_t program = pl_gaps_program(line->by);
  for (size_t i = 0; i < gaps->room; i++) {
    pl_gap_entry *entry = &gaps->entries[i];
    if (entry->endpoint == NULL)
      continue;
    if (line->endpoint.length == 0 ? entry->program == program
                                   : pl_slice_is(line->endpoint, entry->endpoint))
      entry->stopped = true;
  }
}

/* The time since the last line. A clock that was set back must not hide it. */
static pl_nsec since_last(const pl_gap_entry *entry, const pl_log_line *line) {
  pl_nsec by_clock = line->wall - entry->last, by_uptime = line->uptime - entry->uptime;
  return line->boot != 0 && line->boot == entry->boot && by_uptime > by_clock ? by_uptime
                                                                              : by_clock;
}

bool pl_gaps_take(pl_gaps *gaps, const pl_log_line *line, int64_t *ret_gap, pl_nsec *ret_since) {
  *ret_gap = 0;
  if (line->type == PL_LINE_STOP)
    stop(gaps, line);
  if (line->type != PL_LINE_VERDICT)
    return true;
  if (2 * (gaps->count + 1) > gaps->room && !grow(gaps))
    return false;
  pl_gap_entry *entry = find(gaps->entries, gaps->room, line->endpoint);
  if (entry->endpoint == NULL) {
    entry->endpoint = strndup(line->endpoint.at, line->endpoint.length);
    if (entry->endpoint == NULL)
      return false;
    gaps->count++;
  } else if (!entry->stopped && since_last(entry, line) > PL_GAP_ALLOWED(entry->interval)) {
    *ret_gap = since_last(entry, line) / PL_SEC;
    *ret_since = entry->last;
  }
  entry->last = line->wall;
  entry->boot = line->boot;
  entry->uptime = line->uptime;
  entry->interval = line->interval;
  entry->program = pl_gaps_program(line->by);
  entry->stopped = false;
  return true;
}

const pl_gap_entry *pl_gaps_open(const pl_gaps *gaps, pl_nsec now) {
  const pl_gap_entry *found = NULL;
  for (size_t i = 0; i < gaps->room; i++) {
    const pl_gap_entry *entry = &gaps->entries[i];
    if (entry->endpoint == NULL || entry->stopped ||
        now - entry->last <= PL_GAP_ALLOWED(entry->interval))
      continue;
    if (found == NULL || entry->last < found->last)
      found = entry;
  }
  return found;
}

void pl_gaps_free(pl_gaps *gaps) {
  for (size_t i = 0; i < gaps->room; i++)
    free(gaps->entries[i].endpoint);
  free(gaps->entries);
  *gaps = (pl_gaps){.room = 0};
}
