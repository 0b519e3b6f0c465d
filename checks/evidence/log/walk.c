/* Verifies the order of a log's lines: chain, days, signatures, time stamps, gaps. */
#include "evidence/log/walk.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_STEP (2 * PL_SEC)    /* the wall clock against CLOCK_BOOTTIME, between two lines */
#define STAMP_SKEW (300 * PL_SEC)  /* a line's clock against the authority's */
#define UNSIGNED_FOR (60 * PL_SEC) /* a program that is running may still sign its lines */

void pl_walk_problem(pl_walk *walk, size_t file, uint64_t number, const char *format, ...) {
  pl_verify_report *report = walk->report;
  if (report->problems++ > 0)
    return;
  char storage[sizeof(report->problem)];
  pl_buf text;
  va_list args;
  pl_buf_fixed(&text, storage, sizeof(storage));
  if (file < walk->files->count)
    pl_buf_add(&text, walk->files->names[file]);
  if (number > 0)
    pl_buf_addf(&text, ":%" PRIu64, number);
  pl_buf_add(&text, text.length > 0 ? ": " : "");
  va_start(args, format);
  pl_buf_addv(&text, format, args);
  va_end(args);
  /* It may quote bytes of a damaged file. */
  pl_text_set_printable(report->problem, sizeof(report->problem), storage, strlen(storage));
}

/* ---- the chain ------------------------------------------------------------------------------ */

static bool is_zero(const pl_sha256 *hash) {
  static const pl_sha256 zero;
  return memcmp(hash, &zero, sizeof(zero)) == 0;
}

static void check_first(pl_walk *walk, const pl_log_line_check *check) {
  const pl_log_line *line = &check->line;
  walk->first_seq = line->seq;
  walk->report->first = line->wall;
  if (line->seq == 0 || (line->seq == 1) != is_zero(&line->prev))
    pl_walk_problem(walk, check->file, check->number, "it is not the beginning of a log");
}

static void check_link(pl_walk *walk, const pl_log_line_check *check) {
  const pl_log_line *line = &check->line;
  if (memcmp(&line->prev, &walk->report->head.hash, sizeof(line->prev)) != 0)
    pl_walk_problem(walk, check->file, check->number,
                    "the line before it was changed, or lines are missing: it names another hash");
  else if (line->seq != walk->report->head.seq + 1)
    pl_walk_problem(walk, check->file, check->number, "its number is %" PRIu64 ", not %" PRIu64,
                    line->seq, walk->report->head.seq + 1);
}

/* The line before is torn, whether it could be read or not. */
static void check_repair(pl_walk *walk, const pl_log_line_check *check) {
  if (check->line.number != walk->last_length ||
      memcmp(&check->line.torn, &walk->last_hash, sizeof(walk->last_hash)) != 0)
    pl_walk_problem(walk, check->file, check->number,
                    "the torn line before it was changed or removed");
  if (walk->torn_why == NULL) { /* it had all but its newline */
    walk->report->head = walk->before;
    walk->day_begun = walk->day_begun && walk->last.type != PL_LINE_DAY;
  }
  free(walk->torn_why);
  walk->torn_why = NULL;
  walk->report->repairs++;
}

/* What could not be read is no torn line of a crash. */
static void settle_torn(pl_walk *walk) {
  if (walk->torn_why == NULL)
    return;
  pl_walk_problem(walk, walk->torn_file, walk->torn_number, "%s", walk->torn_why);
  free(walk->torn_why);
  walk->torn_why = NULL;
}

/* ---- days ----------------------------------------------------------------------------------- */

static void check_day(pl_walk *walk, const pl_log_line_check *check) {
  const pl_log_line *line = &check->line;
  const char *name = walk->files->names[check->file];
  char time[PL_LINE_TIME];
  if (check->file != walk->file) {
    walk->file = check->file;
    walk->day_begun = false;
  }
  if (line->type == PL_LINE_REPAIR)
    return;
  pl_time_format(line->wall, time);
  if (strncmp(time, name, PL_DATE_LENGTH) > 0)
    pl_walk_problem(walk, check->file, check->number, "its time is %s, after the day of its file",
                    time);
  if ((line->type == PL_LINE_DAY) == walk->day_begun)
    pl_walk_problem(walk, check->file, check->number,
                    walk->day_begun ? "a second line of type day"
                                    : "the file must begin with a line "
                                      "of type day");
  walk->day_begun = true;
  if (line->type != PL_LINE_DAY)
    return;
  const char *before = check->file > 0 ? walk->files->names[check->file - 1] : "";
  bool same_file = line->after.length == PL_DATE_LENGTH &&
                   memcmp(line->after.at, name, PL_DATE_LENGTH) == 0; /* its first line was torn */
  if (check->file > 0 && !same_file &&
      (line->after.length != PL_DATE_LENGTH || memcmp(line->after.at, before, PL_DATE_LENGTH) != 0))
    pl_walk_problem(walk, check->file, check->number, "it follows the file of %.*s, not of %.10s",
                    (int)line->after.length, line->after.at, before);
}

/* ---- types ---------------------------------------------------------------------------------- */

static void take_anchor(pl_walk *walk, const pl_log_line_check *check) {
  uint64_t index = check->line.number - walk->first_seq;
  walk->report->anchors++;
  if (check->why != NULL)
    return;
  if (check->line.number < walk->first_seq) /* that line was removed */
    return;
  if (index >= walk->count ||
      memcmp(&walk->lines[index].hash, &check->anchor.hash, sizeof(check->anchor.hash)) != 0)
    pl_walk_problem(walk, check->file, check->number,
                    "the time stamp is of another line than number %" PRIu64, check->line.number);
  else if (walk->lines[index].wall > check->anchor.wall + STAMP_SKEW)
    pl_walk_problem(walk, check->file, check->number,
                    "line number %" PRIu64 " says that it is newer than its time stamp",
                    check->line.number);
  else if (check->anchor.wall > walk->report->stamped)
    walk->report->stamped = check->anchor.wall;
}

static void take_verdict(pl_walk *walk, const pl_log_line_check *check) {
  walk->report->verdicts++;
  walk->report->judged += check->judged == PL_JUDGED_SAME;
  walk->report->other += check->judged == PL_JUDGED_OTHER;
}

static bool take_gap(pl_walk *walk, const pl_log_line_check *check) {
  int64_t gap;
  pl_nsec since;
  char text[PL_LINE_TIME];
  if (!pl_gaps_take(&walk->gaps, &check->line, &gap, &since))
    return false;
  if (gap == 0 || walk->config->take != NULL)
    return true;
  pl_time_format(since, text);
  pl_walk_problem(walk, check->file, check->number,
                  "a gap: nothing was written of %.*s for %" PRId64 " minutes, since %s",
                  (int)check->line.endpoint.length, check->line.endpoint.at, gap / 60, text);
  return true;
}

static void note_unsigned(pl_walk *walk, const pl_log_line_check *check) {
  bool is_signature = check->line.type == PL_LINE_SIGNATURE;
  if (is_signature || walk->config->public_key == NULL)
    walk->kept_from = walk->removed_to;
  if (is_signature) {
    walk->report->signatures++;
    walk->unsigned_lines = false;
    return;
  }
  if (walk->unsigned_lines)
    return;
  walk->unsigned_lines = true;
  walk->unsigned_file = check->file;
  walk->unsigned_number = check->number;
  walk->unsigned_wall = check->line.wall;
}

static void check_clock(pl_walk *walk, const pl_log_line *line) {
  if (!walk->any || line->boot != walk->last.boot)
    return;
  pl_nsec step = (line->wall - walk->last.wall) - (line->uptime - walk->last.uptime);
  walk->report->clock_steps += step > CLOCK_STEP || step < -CLOCK_STEP;
}

static bool remember(pl_walk *walk, const pl_log_line_check *check) {
  if (check->line.seq < walk->first_seq)
    return true;
  uint64_t index = check->line.seq - walk->first_seq;
  if (index == walk->count && walk->count == walk->room) {
    size_t room = walk->room == 0 ? 1024 : walk->room * 2;
    pl_walk_line *lines = realloc(walk->lines, room * sizeof(*lines));
    if (lines == NULL)
      return false;
    walk->lines = lines;
    walk->room = room;
  }
  if (index == walk->count)
    walk->count++;
  if (index < walk->count)
    walk->lines[index] = (pl_walk_line){.hash = check->hash, .wall = check->line.wall};
  return true;
}

/* ---- one line ------------------------------------------------------------------------------- */

static void take_torn(pl_walk *walk, pl_log_line_check *check) {
  settle_torn(walk);
  if (check->torn)
    pl_walk_problem(walk, check->file, check->number,
                    "the last line is torn, and no line says so yet: the next program that writes "
                    "repairs it");
  walk->torn_why = check->why;
  check->why = NULL;
  walk->torn_file = check->file;
  walk->torn_number = check->number;
}

static bool take_line(pl_walk *walk, pl_log_line_check *check) {
  const pl_log_line *line = &check->line;
  pl_verify_report *report = walk->report;
  if (line->type == PL_LINE_REPAIR)
    check_repair(walk, check);
  else
    settle_torn(walk);
  check_day(walk, check);
  if (walk->any)
    check_link(walk, check);
  else
    check_first(walk, check);
  if (walk->first_seq == 0)
    walk->first_seq = line->seq;
  if (check->why != NULL)
    pl_walk_problem(walk, check->file, check->number, "%s", check->why);
  check_clock(walk, line);
  if (line->type == PL_LINE_ANCHOR)
    take_anchor(walk, check);
  else if (line->type == PL_LINE_VERDICT)
    take_verdict(walk, check);
  else if (line->type == PL_LINE_REMOVED) {
    walk->removed_to = line->number;
    report->removed++;
  }
  note_unsigned(walk, check);
  walk->before = report->head;
  report->head = (pl_log_head){.hash = check->hash, .seq = line->seq};
  report->last = line->wall;
  walk->last = *line;
  walk->any = true;
  if (walk->config->take != NULL && !walk->config->take(walk->config->user, line))
    return false;
  return take_gap(walk, check) && remember(walk, check);
}

bool pl_walk_take(pl_walk *walk, pl_log_line_check *check) {
  bool taken = true;
  walk->report->lines++;
  if (walk->config->known != NULL &&
      memcmp(walk->config->known, &check->hash, sizeof(check->hash)) == 0)
    walk->known_found = true;
  if (check->read && !check->torn)
    taken = take_line(walk, check);
  else
    take_torn(walk, check);
  walk->last_hash = check->hash;
  walk->last_length = check->text.length;
  free(check->why);
  check->why = NULL;
  return taken;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* An archive ends with the line that is known. */
static bool is_archive(const pl_walk *walk) {
  const pl_sha256 *known = walk->config->known;
  return known != NULL && memcmp(known, &walk->last_hash, sizeof(*known)) == 0;
}

static void end_gaps(pl_walk *walk) {
  pl_nsec now = walk->config->now;
  if (now == 0 || is_archive(walk))
    now = walk->report->last;
  char since[PL_LINE_TIME];
  const pl_gap_entry *entry = pl_gaps_open(&walk->gaps, now);
  if (entry == NULL || walk->config->take != NULL)
    return;
  pl_time_format(entry->last, since);
  pl_walk_problem(walk, walk->file, 0,
                  "a gap: nothing was written of %s since %s, and no line says that it stopped",
                  entry->endpoint, since);
}

static void end_signatures(pl_walk *walk) {
  pl_nsec age = walk->config->now - walk->unsigned_wall;
  if (walk->config->public_key == NULL)
    return;
  if (walk->report->signatures == 0)
    pl_walk_problem(walk, walk->files->count, 0, "no line is signed");
  else if (walk->unsigned_lines &&
           (walk->config->now == 0 || age > UNSIGNED_FOR || age < -UNSIGNED_FOR))
    pl_walk_problem(walk, walk->unsigned_file, walk->unsigned_number,
                    "this line and those after it are not signed");
}

void pl_walk_end(pl_walk *walk) {
  settle_torn(walk);
  if (walk->report->lines == 0) {
    pl_walk_problem(walk, walk->files->count, 0, "the directory holds no evidence log");
    return;
  }
  if (walk->first_seq > 1 && walk->kept_from < walk->first_seq)
    pl_walk_problem(walk, 0, 1,
                    "it has number %" PRIu64 ": lines before it are missing, and no line says that "
                    "they were removed",
                    walk->first_seq);
  end_signatures(walk);
  if (walk->config->ca_file != NULL && walk->report->stamped == 0)
    pl_walk_problem(walk, walk->files->count, 0, "no line that is left has a good time stamp");
  if (walk->config->known != NULL && !walk->known_found)
    pl_walk_problem(walk, walk->file, 0,
                    "the line that is known from elsewhere is missing: lines at the end were "
                    "removed or replaced");
  end_gaps(walk);
}

void pl_walk_free(pl_walk *walk) {
  pl_gaps_free(&walk->gaps);
  free(walk->lines);
  free(walk->torn_why);
  walk->lines = NULL;
  walk->torn_why = NULL;
}
