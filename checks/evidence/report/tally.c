/* Goes through the lines of an evidence log, and adds up what each check was for how long. */
#include "evidence/report/tally.h"
#include "evidence/log/gaps.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more of `size` bytes. */
static bool grow(void **items, size_t count, size_t *room, size_t size) {
  if (count < *room)
    return true;
  size_t more = *room == 0 ? 8 : 2 * *room;
  void *grown = realloc(*items, more * size);
  if (grown == NULL)
    return false;
  *items = grown;
  *room = more;
  return true;
}

/* ---- one check ------------------------------------------------------------------------------ */

static pl_span unmonitored(const char *reason) {
  pl_span span = {.kind = PL_SPAN_UNMONITORED, .severity = PL_SEVERITY_UNKNOWN};
  pl_text_set(span.reason, sizeof(span.reason), reason);
  return span;
}

static bool is_same(const pl_span *a, const pl_span *b) {
  return a->kind == b->kind && a->severity == b->severity && strcmp(a->reason, b->reason) == 0;
}

/* An unproven check is an exception, whatever --on-unproven says. */
static bool is_exception(const pl_span *span) {
  return span->severity != PL_SEVERITY_OK || span->kind == PL_SPAN_UNPROVEN;
}

static pl_nsec max(pl_nsec a, pl_nsec b) { return a > b ? a : b; }
static pl_nsec min(pl_nsec a, pl_nsec b) { return a < b ? a : b; }

/* Ends what lasts since open.begin. An exception of no length is kept: the clock was set back. */
static bool close_span(const pl_tally *tally, pl_check_tally *check) {
  pl_exception *open = &check->open;
  pl_nsec begin = max(open->begin, tally->from), end = min(open->end, tally->to);
  if (end < begin || (end == begin && open->begin != open->end))
    return true; /* outside the period */
  check->totals[open->span.kind] += end - begin;
  if (open->span.kind == PL_SPAN_UNMONITORED && end - begin > check->gap_end - check->gap_begin) {
    check->gap_begin = begin;
    check->gap_end = end;
    memcpy(check->gap_reason, open->span.reason, sizeof(check->gap_reason));
  }
  if (!is_exception(&open->span) || (end == begin && open->span.kind == PL_SPAN_UNMONITORED))
    return true;
  if (!grow((void **)&check->exceptions, check->count, &check->room, sizeof(*check->exceptions)))
    return false;
  check->exceptions[check->count++] = *open;
  return true;
}

/* The check is `span` from `at` on, because of a line (seq 0: none). */
static bool change(const pl_tally *tally, pl_check_tally *check, const pl_span *span, pl_nsec at,
                   uint64_t seq, bool reconfigured) {
  pl_exception *open = &check->open;
  if (is_same(&open->span, span))
    return true;
  open->end = at;
  open->next = *span;
  open->next_line = seq;
  open->reconfigured = reconfigured;
  bool closed = close_span(tally, check);
  *open = (pl_exception){.span = *span, .begin = at, .line = seq};
  return closed;
}

/* ---- one endpoint --------------------------------------------------------------------------- */

static bool set_all(pl_tally *tally, pl_endpoint_tally *endpoint, const char *reason, pl_nsec at,
                    uint64_t seq) {
  pl_span span = unmonitored(reason);
  bool set = true;
  for (unsigned i = 0; i < PL_CHECK_COUNT && set; i++)
    set = change(tally, &endpoint->checks[i], &span, at, seq, false);
  return set;
}

/* Time passes without a line of the endpoint. */
static bool advance(pl_tally *tally, pl_endpoint_tally *endpoint, pl_nsec until) {
  bool advanced = true;
  if (endpoint->uncovered != NULL && until > endpoint->covered)
    advanced =
        set_all(tally, endpoint, endpoint->uncovered, max(endpoint->covered, endpoint->at), 0);
  endpoint->at = max(endpoint->at, until);
  return advanced;
}

/* Another reason for the time after `wall`, at which the last line no longer counts. */
static void uncover(pl_endpoint_tally *endpoint, pl_nsec wall, const char *reason) {
  if (wall > endpoint->covered)
    return;
  endpoint->covered = wall;
  endpoint->uncovered = reason;
}

static bool note_configuration(pl_tally *tally, pl_endpoint_tally *endpoint,
                               const pl_log_line *line, bool *ret_changed) {
  pl_configuration fresh = {.since = line->wall, .line = line->seq};
  if (!pl_sha256_parse(line->config.at, line->config.length, &fresh.hash))
    return true;
  size_t count = endpoint->configuration_count;
  if (count > 0) {
    const pl_configuration *last = &endpoint->configurations[count - 1];
    if (memcmp(&last->hash, &fresh.hash, sizeof(fresh.hash)) == 0)
      return true;
    *ret_changed = true;
  }
  if (line->wall <= tally->from) /* no older one was in effect in the period */
    count = 0;
  if (!grow((void **)&endpoint->configurations, count, &endpoint->configuration_room,
            sizeof(*endpoint->configurations)))
    return false;
  endpoint->configurations[count] = fresh;
  endpoint->configuration_count = count + 1;
  return true;
}

static bool end_acceptance(const pl_tally *tally, pl_endpoint_tally *endpoint, unsigned rival,
                           pl_nsec until) {
  pl_nsec since = endpoint->accepted[rival];
  endpoint->accepted[rival] = 0;
  if (until != 0 && until <= tally->from)
    return true;
  if (!grow((void **)&endpoint->acceptances, endpoint->acceptance_count, &endpoint->acceptance_room,
            sizeof(*endpoint->acceptances)))
    return false;
  endpoint->acceptances[endpoint->acceptance_count++] =
      (pl_acceptance){.rival = (pl_rival_id)rival, .since = since, .until = until};
  return true;
}

/* A verdict without a sign names no rival: that ends no acceptance, but another configuration does.
 */
static bool note_rivals(const pl_tally *tally, pl_endpoint_tally *endpoint, const pl_seen *seen,
                        pl_nsec at, bool reconfigured) {
  bool noted = true;
  for (unsigned i = 0; i < PL_RIVAL_COUNT && noted; i++) {
    bool ends = seen->named[i] ? !seen->accepted[i] : reconfigured;
    if (endpoint->accepted[i] != 0 && ends)
      noted = end_acceptance(tally, endpoint, i, at);
    else if (endpoint->accepted[i] == 0 && seen->accepted[i])
      endpoint->accepted[i] = at;
  }
  return noted;
}

static bool take_verdict(pl_tally *tally, pl_endpoint_tally *endpoint, const pl_log_line *line) {
  pl_seen seen;
  bool reconfigured = false;
  if (!advance(tally, endpoint, line->wall) ||
      !note_configuration(tally, endpoint, line, &reconfigured))
    return false;
  pl_nsec at = endpoint->at;
  endpoint->covered = line->wall + PL_GAP_ALLOWED(line->interval);
  endpoint->uncovered = PL_UNMONITORED_SILENT;
  endpoint->program = pl_gaps_program(line->by);
  if (!pl_seen_read(line->verdict, &seen))
    return set_all(tally, endpoint, PL_UNMONITORED_UNREADABLE, at, line->seq);
  pl_span off = unmonitored(PL_UNMONITORED_OFF);
  bool taken = note_rivals(tally, endpoint, &seen, at, reconfigured);
  for (unsigned i = 0; i < PL_CHECK_COUNT && taken; i++) {
    pl_check_tally *check = &endpoint->checks[i];
    check->seen = check->seen || seen.ran[i];
    taken = change(tally, check, seen.ran[i] ? &seen.checks[i] : &off, at, line->seq, reconfigured);
  }
  return taken;
}

/* ---- all endpoints -------------------------------------------------------------------------- */

static int compare_endpoints(const void *a, const void *b) {
  const pl_endpoint_tally *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static int compare_items(const void *a, const void *b) {
  const pl_endpoint_tally *const *x = a, *const *y = b;
  return compare_endpoints(*x, *y);
}

static void free_endpoint(pl_endpoint_tally *endpoint) {
  if (endpoint == NULL)
    return;
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++)
    free(endpoint->checks[i].exceptions);
  free(endpoint->acceptances);
  free(endpoint->configurations);
  free(endpoint->name);
  free(endpoint);
}

static pl_endpoint_tally *add_endpoint(pl_tally *tally, const char *name, pl_nsec wall) {
  pl_endpoint_tally *endpoint = calloc(1, sizeof(*endpoint));
  if (endpoint == NULL)
    return NULL;
  endpoint->name = strdup(name);
  endpoint->at = min(wall, tally->from);
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++)
    endpoint->checks[i].open =
        (pl_exception){.span = unmonitored(PL_UNMONITORED_BEFORE), .begin = endpoint->at};
  if (endpoint->name != NULL &&
      grow((void **)&tally->endpoints, tally->count, &tally->room, sizeof(*tally->endpoints)) &&
      tsearch(endpoint, &tally->tree, compare_endpoints) != NULL) {
    tally->endpoints[tally->count++] = endpoint;
    return endpoint;
  }
  free_endpoint(endpoint);
  return NULL;
}

static pl_endpoint_tally *find_endpoint(pl_tally *tally, const pl_log_line *line) {
  char name[PL_LIMIT_HOST + 1];
  pl_text_set_foreign(name, sizeof(name), line->endpoint.at, line->endpoint.length);
  pl_endpoint_tally wanted = {.name = name};
  void *node = tfind(&wanted, &tally->tree, compare_endpoints);
  if (node != NULL)
    return *(pl_endpoint_tally **)node;
  return add_endpoint(tally, name, line->wall);
}

/* STOP: an endpoint, or all of a program. RESUMED: all of a program, since its lines failed. */
static void uncover_some(pl_tally *tally, const pl_log_line *line) {
  uint64_t program = pl_gaps_program(line->by);
  bool stop = line->type == PL_LINE_STOP;
  pl_nsec wall = line->wall;
  if (!stop && !pl_time_parse(line->since.at, line->since.length, &wall))
    return;
  for (size_t i = 0; i < tally->count; i++) {
    pl_endpoint_tally *endpoint = tally->endpoints[i];
    if (line->endpoint.length > 0 ? pl_slice_is(line->endpoint, endpoint->name)
                                  : endpoint->program == program)
      uncover(endpoint, wall, stop ? PL_UNMONITORED_STOPPED : PL_UNMONITORED_FAILED);
  }
}

bool pl_tally_take(pl_tally *tally, const pl_log_line *line) {
  if (tally->from == 0)
    tally->from = min(line->wall, tally->to);
  if (tally->failed)
    return false;
  bool in_time = line->wall < tally->to;
  if (line->type == PL_LINE_RESUMED || (line->type == PL_LINE_STOP && in_time))
    uncover_some(tally, line);
  if (line->type != PL_LINE_VERDICT || !in_time)
    return true;
  pl_endpoint_tally *endpoint = find_endpoint(tally, line);
  tally->failed = endpoint == NULL || !take_verdict(tally, endpoint, line);
  return !tally->failed;
}

static bool end_endpoint(pl_tally *tally, pl_endpoint_tally *endpoint) {
  bool ended = advance(tally, endpoint, tally->to);
  for (unsigned i = 0; i < PL_CHECK_COUNT && ended; i++) {
    pl_check_tally *check = &endpoint->checks[i];
    check->open.end = max(tally->to, check->open.begin);
    check->open.lasts = true;
    ended = close_span(tally, check);
  }
  for (unsigned i = 0; i < PL_RIVAL_COUNT && ended; i++) {
    if (endpoint->accepted[i] != 0)
      ended = end_acceptance(tally, endpoint, i, 0);
  }
  return ended;
}

bool pl_tally_end(pl_tally *tally) {
  if (tally->from == 0)
    tally->from = tally->to;
  for (size_t i = 0; i < tally->count && !tally->failed; i++)
    tally->failed = !end_endpoint(tally, tally->endpoints[i]);
  if (tally->count > 0)
    qsort(tally->endpoints, tally->count, sizeof(*tally->endpoints), compare_items);
  return !tally->failed;
}

static void keep(void *node) { (void)node; }

void pl_tally_free(pl_tally *tally) {
  tdestroy(tally->tree, keep);
  for (size_t i = 0; i < tally->count; i++)
    free_endpoint(tally->endpoints[i]);
  free(tally->endpoints);
  *tally = (pl_tally){.to = 0};
}
