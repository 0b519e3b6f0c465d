/* Goes through the lines of an evidence log, and adds up how long each check was in each state. */
#include "evidence/report/tally.h"
#include "evidence/log/gaps.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define LATE 10       /* seconds from a verdict to its line, if nothing is wrong */
#define LATE_MAX 3600 /* no line says more of the time before it */

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

/* Unmonitored, by reason of the span that is open. */
static void note_gap(pl_check_tally *check, pl_nsec begin, pl_nsec end) {
  pl_exception *pause = &check->pause;
  if (begin != pause->end || pause->begin == pause->end)
    *pause = (pl_exception){.span = check->open.span, .begin = begin};
  pause->end = end;
  if (end - pause->begin <= check->gap_end - check->gap_begin)
    return;
  check->gap_begin = pause->begin;
  check->gap_end = end;
  memcpy(check->gap_reason, pause->span.reason, sizeof(check->gap_reason));
}

/* Ends what lasts since open.begin. An exception of no length is kept: the clock was set back. */
static bool close_span(const pl_tally *tally, pl_check_tally *check) {
  pl_exception *open = &check->open;
  pl_nsec begin = max(open->begin, tally->from), end = min(open->end, tally->to);
  if (end < begin || (end == begin && open->begin != open->end))
    return true; /* outside the period */
  check->totals[open->span.kind] += end - begin;
  if (open->span.kind == PL_SPAN_UNMONITORED)
    note_gap(check, begin, end);
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

/* What is no proof of anything comes last, then what is worse. */
static int rank_of(const pl_span *span) {
  static const int kinds[PL_SPAN_KINDS] = {
      [PL_SPAN_BLOCKED] = 1, [PL_SPAN_UNPROVEN] = 2, [PL_SPAN_OPEN] = 3,     [PL_SPAN_OK] = 1,
      [PL_SPAN_WARNING] = 2, [PL_SPAN_UNKNOWN] = 3,  [PL_SPAN_CRITICAL] = 4,
  };
  return kinds[span->kind];
}

static bool is_worse(const pl_span *a, const pl_span *b) {
  if (rank_of(a) != rank_of(b))
    return rank_of(a) > rank_of(b);
  return a->severity != b->severity && pl_severity_worst(a->severity, b->severity) == a->severity;
}

/* Each check is what the programs say, because of a line (seq 0: none); if none does, it is
 * unmonitored. */
static bool settle(pl_tally *tally, pl_endpoint_tally *endpoint, const char *reason, uint64_t seq,
                   bool reconfigured) {
  const pl_span nothing = unmonitored(reason);
  bool settled = true;
  for (unsigned i = 0; i < PL_CHECK_COUNT && settled; i++) {
    const pl_span *worst = NULL;
    for (size_t k = 0; k < PL_TALLY_PROGRAMS; k++) {
      const pl_program_tally *program = &endpoint->programs[k];
      if (program->uncovered != NULL && (worst == NULL || is_worse(&program->checks[i], worst)))
        worst = &program->checks[i];
    }
    settled = change(tally, &endpoint->checks[i], worst != NULL ? worst : &nothing, endpoint->at,
                     seq, reconfigured);
  }
  return settled;
}

/* Of those whose line counts, the one whose line ends first; NULL: there is none. */
static pl_program_tally *find_first(pl_endpoint_tally *endpoint) {
  pl_program_tally *first = NULL;
  for (size_t i = 0; i < PL_TALLY_PROGRAMS; i++) {
    pl_program_tally *program = &endpoint->programs[i];
    if (program->uncovered != NULL && (first == NULL || program->covered < first->covered))
      first = program;
  }
  return first;
}

/* Time passes without a line of the endpoint. */
static bool advance(pl_tally *tally, pl_endpoint_tally *endpoint, pl_nsec until) {
  bool advanced = true;
  pl_program_tally *first;
  while (advanced && (first = find_first(endpoint)) != NULL && first->covered < until) {
    const char *reason = first->uncovered;
    endpoint->at = max(endpoint->at, first->covered);
    first->uncovered = NULL;
    advanced = settle(tally, endpoint, reason, 0, false);
  }
  endpoint->at = max(endpoint->at, until);
  return advanced;
}

/* Another reason for the time after `wall`, at which the last line no longer counts. */
static void uncover(pl_program_tally *program, pl_nsec wall, const char *reason) {
  if (program->uncovered == NULL || wall > program->covered)
    return;
  program->covered = wall;
  program->uncovered = reason;
}

/* The last line of a program. If there is none, one that counts no longer makes room, or the one
 * that ends first. */
static pl_program_tally *find_program(pl_endpoint_tally *endpoint, uint64_t id) {
  pl_program_tally *unused = NULL;
  for (size_t i = 0; i < PL_TALLY_PROGRAMS; i++) {
    pl_program_tally *program = &endpoint->programs[i];
    if (program->program == id)
      return program;
    if (program->uncovered == NULL && (unused == NULL || !program->configured))
      unused = program;
  }
  pl_program_tally *program = unused != NULL ? unused : find_first(endpoint);
  *program = (pl_program_tally){.program = id};
  return program;
}

static bool is_equal(const pl_sha256 *a, const pl_sha256 *b) {
  return memcmp(a, b, sizeof(*a)) == 0;
}

/* Whether another program has this configuration. */
static bool is_shared(const pl_endpoint_tally *endpoint, const pl_program_tally *program,
                      const pl_sha256 *hash) {
  bool shared = false;
  for (size_t i = 0; i < PL_TALLY_PROGRAMS; i++) {
    const pl_program_tally *other = &endpoint->programs[i];
    shared = shared || (other != program && other->configured && is_equal(&other->config, hash));
  }
  return shared;
}

static void forget_configuration(pl_endpoint_tally *endpoint, const pl_sha256 *hash) {
  size_t kept = 0;
  for (size_t i = 0; i < endpoint->configuration_count; i++) {
    if (!is_equal(&endpoint->configurations[i].hash, hash))
      endpoint->configurations[kept++] = endpoint->configurations[i];
  }
  endpoint->configuration_count = kept;
}

static bool note_configuration(pl_tally *tally, pl_endpoint_tally *endpoint,
                               pl_program_tally *program, const pl_log_line *line,
                               bool *ret_changed) {
  pl_configuration fresh = {.since = line->wall, .line = line->seq};
  if (!pl_sha256_parse(line->config.at, line->config.length, &fresh.hash) ||
      (program->configured && is_equal(&program->config, &fresh.hash)))
    return true;
  *ret_changed = program->configured;
  /* The one before was not in effect in the period. */
  if (program->configured && line->wall <= tally->from &&
      !is_shared(endpoint, program, &program->config))
    forget_configuration(endpoint, &program->config);
  program->configured = true;
  program->config = fresh.hash;
  if (is_shared(endpoint, program, &fresh.hash))
    return true;
  if (!grow((void **)&endpoint->configurations, endpoint->configuration_count,
            &endpoint->configuration_room, sizeof(*endpoint->configurations)))
    return false;
  endpoint->configurations[endpoint->configuration_count++] = fresh;
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
static bool note_rivals(const pl_tally *tally, pl_endpoint_tally *endpoint,
                        const pl_program_tally *program, const pl_seen_line *seen,
                        bool reconfigured) {
  unsigned bit = 1u << (program - endpoint->programs);
  bool noted = true;
  for (unsigned i = 0; i < PL_RIVAL_COUNT && noted; i++) {
    unsigned by = endpoint->accepted_by[i];
    if (seen->named[i] ? !seen->accepted[i] : reconfigured)
      by &= ~bit;
    else if (seen->accepted[i])
      by |= bit;
    endpoint->accepted_by[i] = (uint8_t)by;
    if (endpoint->accepted[i] != 0 && by == 0)
      noted = end_acceptance(tally, endpoint, i, endpoint->at);
    else if (endpoint->accepted[i] == 0 && by != 0)
      endpoint->accepted[i] = endpoint->at;
  }
  return noted;
}

static bool take_verdict(pl_tally *tally, pl_endpoint_tally *endpoint, const pl_log_line *line) {
  pl_seen_line seen;
  bool reconfigured = false;
  pl_program_tally *program = find_program(endpoint, pl_gaps_program(line->by));
  if (program->ahead)
    uncover(program, endpoint->at, PL_UNMONITORED_CLOCK);
  program->ahead = false;
  if (pl_slice_is(line->why, "pause"))
    uncover(program, program->said, PL_UNMONITORED_PAUSE);
  if (pl_slice_is(line->why, "failed"))
    uncover(program, program->said, PL_UNMONITORED_FAILED);
  if (!advance(tally, endpoint, line->wall) ||
      !note_configuration(tally, endpoint, program, line, &reconfigured))
    return false;
  program->said = line->wall;
  program->covered = line->wall + PL_GAP_ALLOWED(line->interval);
  program->uncovered = PL_UNMONITORED_SILENT;
  bool read = pl_seen_read(line->verdict, &seen);
  if (read && !note_rivals(tally, endpoint, program, &seen, reconfigured))
    return false;
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++) {
    bool ran = read && seen.ran[i];
    endpoint->checks[i].seen = endpoint->checks[i].seen || ran;
    program->checks[i] =
        ran ? seen.checks[i] : unmonitored(read ? PL_UNMONITORED_OFF : PL_UNMONITORED_UNREADABLE);
  }
  return settle(tally, endpoint, PL_UNMONITORED_SILENT, line->seq, reconfigured);
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

static pl_endpoint_tally *find_endpoint(pl_tally *tally, const pl_log_line *line, bool add) {
  char name[PL_LIMIT_HOST + 1];
  pl_text_set_foreign(name, sizeof(name), line->endpoint.at, line->endpoint.length);
  pl_endpoint_tally wanted = {.name = name};
  void *node = tfind(&wanted, &tally->tree, compare_endpoints);
  if (node != NULL)
    return *(pl_endpoint_tally **)node;
  return add ? add_endpoint(tally, name, line->wall) : NULL;
}

static void note_ahead(pl_endpoint_tally *endpoint, const pl_log_line *line) {
  uint64_t id = pl_gaps_program(line->by);
  for (size_t i = 0; i < PL_TALLY_PROGRAMS; i++) {
    if (endpoint->programs[i].program == id)
      endpoint->programs[i].ahead = true;
  }
}

/* Ends what the program said, or all that is said of an endpoint that has a name here. */
static void uncover_some(pl_tally *tally, pl_slice name, uint64_t id, pl_nsec wall,
                         const char *reason) {
  for (size_t i = 0; i < tally->count * PL_TALLY_PROGRAMS; i++) {
    pl_endpoint_tally *endpoint = tally->endpoints[i / PL_TALLY_PROGRAMS];
    pl_program_tally *program = &endpoint->programs[i % PL_TALLY_PROGRAMS];
    if (name.length > 0 ? pl_slice_is(name, endpoint->name) : program->program == id)
      uncover(program, wall, reason);
  }
}

/* NULL: there are more programs than exist. */
static pl_tally_program *find_writer(pl_tally *tally, uint64_t id) {
  for (size_t i = 0; i < tally->program_count; i++) {
    if (tally->programs[i].program == id)
      return &tally->programs[i];
  }
  if (tally->program_count == PL_TALLY_PROGRAMS)
    return NULL;
  pl_tally_program *writer = &tally->programs[tally->program_count++];
  *writer = (pl_tally_program){.program = id, .stopped = true};
  return writer;
}

/* A line may say that its program stopped, began, or could not write. What it says of the time
 * before it also holds if the line is after the period. */
static void take_program(pl_tally *tally, const pl_log_line *line) {
  uint64_t id = pl_gaps_program(line->by);
  pl_tally_program *writer = find_writer(tally, id);
  pl_nsec since;
  if (line->type == PL_LINE_STOP && line->wall < tally->to)
    uncover_some(tally, line->endpoint, id, line->wall, PL_UNMONITORED_STOPPED);
  if (line->type == PL_LINE_RESUMED && pl_time_parse(line->since.at, line->since.length, &since))
    uncover_some(tally, line->endpoint, id, since, PL_UNMONITORED_FAILED);
  if (writer == NULL)
    return;
  if (line->type == PL_LINE_START && !writer->stopped)
    uncover_some(tally, line->endpoint, id, writer->last, PL_UNMONITORED_ENDED);
  if (line->type == PL_LINE_START || line->type == PL_LINE_VERDICT)
    writer->stopped = false;
  if (line->type == PL_LINE_STOP && line->endpoint.length == 0)
    writer->stopped = true;
  writer->last = line->wall;
}

/* The time of a verdict, which a slow disk may have written late: "now" of its case. */
static pl_nsec judged_at(const pl_log_line *line) {
  static const char key[] = ",\"now\":";
  const char *at = line->facts.length > 0
                       ? memmem(line->facts.at, line->facts.length, key, sizeof(key) - 1)
                       : NULL;
  if (at == NULL)
    return line->wall;
  pl_nsec seconds = 0, last = line->wall / PL_SEC;
  for (at += sizeof(key) - 1; *at >= '0' && *at <= '9' && seconds <= last; at++)
    seconds = seconds * 10 + (*at - '0');
  return seconds >= last - LATE_MAX && seconds < last - LATE ? seconds * PL_SEC : line->wall;
}

bool pl_tally_take(pl_tally *tally, const pl_log_line *given) {
  pl_log_line judged = *given, *line = &judged;
  line->wall = judged_at(given);
  if (tally->from == 0)
    tally->from = min(given->wall, tally->to);
  if (tally->failed)
    return false;
  bool in_time = line->wall < tally->to;
  take_program(tally, line);
  if (line->type != PL_LINE_VERDICT)
    return true;
  pl_endpoint_tally *endpoint = find_endpoint(tally, line, in_time);
  if (in_time)
    tally->failed = endpoint == NULL || !take_verdict(tally, endpoint, line);
  else if (endpoint != NULL)
    note_ahead(endpoint, line);
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
