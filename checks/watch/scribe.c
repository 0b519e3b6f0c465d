/* Writes the evidence logs of a daemon. */
#include "watch/scribe.h"
#include "evidence/case.h"
#include "evidence/log/entry.h"
#include "evidence/log/log.h"
#include "judge/thresholds.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define VERDICT_MAX ((size_t)8192) /* bytes of pl_entry_add_verdict */
/* Lines that wait for the disk: more only where a verdict has changed, and then up to WAITING_MAX.
 */
#define WAITING 256
#define WAITING_MAX 8192
#define PAUSE (300 * PL_SEC)    /* without a round, longer than one may take */
#define PATIENCE (300 * PL_SEC) /* for the disk; longer is a failure */
#define UNSIGNED_MAX 256        /* lines without a signature while more are waiting */

/* A line to write. */
typedef struct note {
  struct note *next;
  const pl_spec *spec; /* which log */
  pl_log_line_type type;
  pl_nsec wall, made; /* when it was made; `made` is an instant */
  pl_buf rest;
} note;

/* A log that is open. */
typedef struct book {
  struct book *next;
  const pl_spec *spec;     /* an endpoint of it */
  pl_log *log;             /* NULL: it could not be opened */
  char day[PL_DATE_BYTES]; /* of the newest file when the head was announced, or first opened */
  bool announced;          /* the head, since the start */
  unsigned unsigned_lines;
} book;

struct pl_scribe {
  const pl_front *front;
  pl_dispatcher *dispatcher;
  pl_clock clock;
  uint64_t host;
  size_t endpoints;
  char by[PL_LINE_BY];
  book *books; /* scribe's thread */
  pthread_t thread;
  pthread_mutex_t lock; /* of everything below */
  pthread_cond_t changed;
  note *first, *last;
  size_t waiting;
  pl_nsec writing; /* `made` of the line that is being written; 0: none is */
  bool stop;
  char failure[PL_LIMIT_TEXT]; /* "": lines can be written; set by the scribe's thread alone */
  /* When the first and the last line were made that are lost; 0: none. Their endpoints write
   * another one. */
  pl_nsec lost_since, lost_until;
};

/* ---- the thread ----------------------------------------------------------------------------- */

static pl_status open_log(const pl_scribe *scribe, book *b, bool hasty, pl_error *error) {
  const pl_spec *spec = b->spec;
  pl_log_config config = {.dir = spec->evidence,
                          .by = scribe->by,
                          .key = spec->evidence_key,
                          .days = spec->evidence_days,
                          .clock = scribe->clock,
                          .boot = scribe->host,
                          .hasty = hasty};
  char rest[64];
  pl_log *log;
  pl_log_head head;
  pl_status status = pl_log_open(&config, &log, error);
  if (status != PL_OK)
    return status;
  pl_text_setf(rest, sizeof(rest), ",\"endpoints\":%zu", scribe->endpoints);
  status = pl_log_read_head(log, &head, error);
  if (status == PL_OK && b->day[0] == '\0')
    pl_log_day(log, b->day);
  if (status == PL_OK)
    status = pl_log_append(log, PL_LINE_START, rest, error);
  if (status == PL_OK)
    b->log = log;
  else
    pl_log_free(log);
  return status;
}

/* The log of an endpoint; NULL: no memory. */
static book *find_book(pl_scribe *scribe, const pl_spec *spec) {
  for (book *b = scribe->books; b != NULL; b = b->next) {
    if (pl_text_is_same(b->spec->evidence, spec->evidence) &&
        pl_text_is_same(b->spec->evidence_key, spec->evidence_key))
      return b;
  }
  book *b = calloc(1, sizeof(*b));
  if (b == NULL)
    return NULL;
  *b = (book){.next = scribe->books, .spec = spec};
  scribe->books = b;
  return b;
}

/* The simplest anchor: when a day's file begins, and after a start, a line of the daemon's log has
 * the hash of the head. If an older file ended, a notification has it, too. */
static void announce_head(const pl_scribe *scribe, book *b) {
  char hex[PL_HASH_HEX], day[PL_DATE_BYTES];
  pl_log_head head;
  pl_log_day(b->log, day);
  bool begun = strcmp(b->day, day) != 0, ended = begun && b->day[0] != '\0';
  if ((b->announced && !begun) || pl_log_read_head(b->log, &head, NULL) != PL_OK)
    return;
  b->announced = true;
  pl_log_day(b->log, b->day);
  pl_sha256_hex(&head.hash, hex);
  pl_front_log(scribe->front, LOG_NOTICE, NULL, "evidence head %s %s of %s", b->day, hex,
               b->spec->evidence);
  pl_event *event = NULL;
  if (ended && scribe->dispatcher != NULL)
    event = pl_event_of_head(b->spec->evidence, b->day, &head.hash, pl_clock_wall(&scribe->clock));
  if (event != NULL)
    pl_dispatcher_add(scribe->dispatcher, event, 0);
}

static pl_status write_note(pl_scribe *scribe, const note *n, bool hasty, pl_error *error) {
  book *b = find_book(scribe, n->spec);
  if (b == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "evidence log: out of memory");
  pl_status status = PL_OK;
  if (b->log == NULL)
    status = open_log(scribe, b, hasty, error);
  if (status != PL_OK)
    return status;
  pl_log_set_hasty(b->log, hasty);
  status = pl_log_append(b->log, n->type, pl_buf_text(&n->rest), error);
  if (status == PL_OK)
    announce_head(scribe, b);
  else
    pl_log_note_failure(b->log, n->wall);
  if (status == PL_OK && ++b->unsigned_lines >= UNSIGNED_MAX) {
    status = pl_log_sign(b->log, error);
    b->unsigned_lines = 0;
  }
  return status;
}

static pl_status sign_books(pl_scribe *scribe, pl_error *error) {
  pl_status worst = PL_OK;
  for (book *b = scribe->books; b != NULL; b = b->next) {
    pl_status status = b->log != NULL && b->unsigned_lines > 0 ? pl_log_sign(b->log, error) : PL_OK;
    b->unsigned_lines = 0;
    worst = status != PL_OK ? status : worst;
  }
  return worst;
}

/* One line of the log for the start of a failure, and one for its end. Not locked: the engine's
 * thread must not wait for the log. */
static void log_result(const pl_scribe *scribe, pl_status status, const pl_error *error) {
  bool failed = scribe->failure[0] != '\0';
  if (status == PL_OK && failed)
    pl_front_log(scribe->front, LOG_NOTICE, NULL, "the evidence log can be written again");
  if (status != PL_OK && !failed)
    pl_front_log(scribe->front, LOG_ERR, NULL, "%s; monitoring continues [%s]", error->text,
                 pl_reason_code(PL_REASON_EVIDENCE_FAILED));
}

/* Locked. */
static void keep_result(pl_scribe *scribe, pl_status status, const pl_error *error) {
  if (status == PL_OK)
    scribe->failure[0] = '\0';
  else
    pl_text_set_printable(scribe->failure, sizeof(scribe->failure), error->text,
                          strlen(error->text));
}

/* Locked. The first line that waits; NULL: there is none. */
static note *pop(pl_scribe *scribe) {
  note *n = scribe->first;
  if (n == NULL)
    return NULL;
  scribe->first = n->next;
  scribe->waiting--;
  return n;
}

static void free_note(note *n) {
  pl_buf_free(&n->rest);
  free(n);
}

/* Locked. */
static void note_loss(pl_scribe *scribe, pl_nsec wall) {
  if (scribe->lost_since == 0 || wall < scribe->lost_since)
    scribe->lost_since = wall;
  if (wall > scribe->lost_until)
    scribe->lost_until = wall;
}

/* Locked, but not while it writes. */
static void write_one(pl_scribe *scribe, note *n, bool hasty) {
  pl_error error, why;
  bool last = scribe->first == NULL;
  scribe->writing = n->made;
  pthread_mutex_unlock(&scribe->lock);
  pl_status status = write_note(scribe, n, hasty, &error);
  bool written = status == PL_OK;
  pl_status sealed = last ? sign_books(scribe, &why) : PL_OK;
  if (written && sealed != PL_OK) {
    status = sealed;
    error = why;
  }
  pl_nsec wall = n->wall;
  free_note(n);
  log_result(scribe, status, &error);
  pthread_mutex_lock(&scribe->lock);
  scribe->writing = 0;
  if (!written)
    note_loss(scribe, wall);
  keep_result(scribe, status, &error);
}

static void *run(void *arg) {
  pl_scribe *scribe = arg;
  pthread_mutex_lock(&scribe->lock);
  while (!scribe->stop) {
    note *n = pop(scribe);
    if (n != NULL)
      write_one(scribe, n, false);
    else
      pthread_cond_wait(&scribe->changed, &scribe->lock);
  }
  pthread_mutex_unlock(&scribe->lock);
  return NULL;
}

/* ---- start and stop ------------------------------------------------------------------------- */

static void destroy(pl_scribe *scribe) {
  pthread_cond_destroy(&scribe->changed);
  pthread_mutex_destroy(&scribe->lock);
  free(scribe);
}

pl_status pl_scribe_create(const pl_front *front, pl_dispatcher *dispatcher, const pl_clock *clock,
                           uint64_t host, size_t endpoints, pl_scribe **ret_scribe,
                           pl_error *error) {
  pl_scribe *scribe = calloc(1, sizeof(*scribe));
  if (scribe == NULL)
    return pl_fail_memory(error);
  scribe->front = front;
  scribe->dispatcher = dispatcher;
  scribe->clock = *clock;
  scribe->host = host;
  scribe->endpoints = endpoints;
  bool named = strstr(front->program, "privatelink") != NULL; /* the check, as a daemon */
  pl_text_setf(scribe->by, sizeof(scribe->by), "%s-%s %s", front->program,
               named ? "daemon" : "privatelink", PL_VERSION);
  pthread_mutex_init(&scribe->lock, NULL);
  pthread_cond_init(&scribe->changed, NULL);
  if (front->start_thread(&scribe->thread, run, scribe, "pl-evidence") != 0) {
    destroy(scribe);
    return pl_fail(error, PL_ERR_IO, "cannot start the thread that writes the evidence log");
  }
  *ret_scribe = scribe;
  return PL_OK;
}

static void close_book(const pl_scribe *scribe, book *b) {
  char rest[64];
  pl_buf text;
  pl_buf_fixed(&text, rest, sizeof(rest));
  pl_entry_add_stop(&text, NULL);
  if (b->log != NULL) {
    pl_log_set_hasty(b->log, true);
    if (pl_log_append(b->log, PL_LINE_STOP, rest, NULL) == PL_OK)
      announce_head(scribe, b);
    (void)!pl_log_close(b->log, NULL);
  }
  free(b);
}

void pl_scribe_free(pl_scribe *scribe) {
  if (scribe == NULL)
    return;
  pthread_mutex_lock(&scribe->lock);
  scribe->stop = true;
  pthread_cond_signal(&scribe->changed);
  pthread_mutex_unlock(&scribe->lock);
  pthread_join(scribe->thread, NULL);
  pthread_mutex_lock(&scribe->lock);
  bool failed = scribe->failure[0] != '\0';
  note *n;
  while ((n = pop(scribe)) != NULL) {
    if (failed)
      free_note(n);
    else
      write_one(scribe, n, true);
  }
  pthread_mutex_unlock(&scribe->lock);
  while (scribe->books != NULL) {
    book *b = scribe->books;
    scribe->books = b->next;
    close_book(scribe, b);
  }
  destroy(scribe);
}

/* ---- for the engine's thread ---------------------------------------------------------------- */

static note *make_note(const pl_scribe *scribe, const pl_spec *spec, pl_log_line_type type,
                       pl_nsec wall) {
  note *n = calloc(1, sizeof(*n));
  if (n == NULL)
    return NULL;
  *n = (note){.spec = spec, .type = type, .wall = wall, .made = pl_clock_now(&scribe->clock)};
  pl_buf_init(&n->rest, PL_LIMIT_EVIDENCE_LINE);
  return n;
}

/* Takes over the note. False: too many wait, or it is not whole. */
static bool enqueue(pl_scribe *scribe, note *n, size_t max) {
  pthread_mutex_lock(&scribe->lock);
  bool room = scribe->waiting < max && pl_buf_status(&n->rest) == PL_OK;
  if (room) {
    if (scribe->first == NULL)
      scribe->first = n;
    else
      scribe->last->next = n;
    scribe->last = n;
    scribe->waiting++;
    pthread_cond_signal(&scribe->changed);
  }
  pthread_mutex_unlock(&scribe->lock);
  if (!room)
    free_note(n);
  return room;
}

/* Takes over `text`, the facts; NULL: no memory. Whether the line will be written, as far as can be
 * known. */
static bool put(pl_scribe *scribe, const pl_spec *spec, pl_entry *entry, char *text, pl_nsec wall) {
  entry->facts = text;
  note *n = text != NULL ? make_note(scribe, spec, PL_LINE_VERDICT, wall) : NULL;
  if (n != NULL)
    pl_entry_add(&n->rest, entry);
  free(text);
  bool changed = strcmp(entry->why, "verdict") == 0 || strcmp(entry->why, "configuration") == 0;
  return n != NULL && enqueue(scribe, n, changed ? WAITING_MAX : WAITING);
}

/* Whether the endpoint's last line may be lost, or a line after it says that nothing is known
 * since: once lines can be written again, all endpoints write one. */
static bool is_lost(pl_scribe *scribe, const pl_last *last) {
  pthread_mutex_lock(&scribe->lock);
  bool lost = scribe->lost_since != 0 && last->written <= scribe->lost_until &&
              (last->written >= scribe->lost_since || scribe->failure[0] == '\0');
  pthread_mutex_unlock(&scribe->lock);
  return lost;
}

static void add_failure(pl_scribe *scribe, pl_verdict *verdict) {
  char failure[PL_LIMIT_TEXT];
  pl_nsec now = pl_clock_now(&scribe->clock), oldest = now;
  pthread_mutex_lock(&scribe->lock);
  memcpy(failure, scribe->failure, sizeof(failure));
  if (scribe->writing != 0)
    oldest = scribe->writing;
  else if (scribe->first != NULL)
    oldest = scribe->first->made;
  pthread_mutex_unlock(&scribe->lock);
  if (failure[0] == '\0' && now - oldest > PATIENCE)
    pl_text_set(failure, sizeof(failure), "evidence log: a line waits for the disk for minutes");
  if (failure[0] != '\0')
    pl_verdict_add_unwritten(verdict, failure);
}

void pl_scribe_take(pl_scribe *scribe, const pl_spec *spec, const char *endpoint, pl_nsec interval,
                    const pl_facts *facts, const pl_memory_notes *notes, int64_t now, pl_last *last,
                    pl_verdict *verdict) {
  char storage[VERDICT_MAX];
  pl_buf text;
  if (spec->evidence == NULL)
    return;
  pl_nsec wall = pl_clock_wall(&scribe->clock);
  bool paused = wall - last->round > 2 * interval + PAUSE;
  /* No line can come before the next round. */
  interval = interval > spec->evidence_interval ? interval : spec->evidence_interval;
  pl_entry entry = {.endpoint = endpoint,
                    .interval = (uint64_t)((interval + PL_SEC - 1) / PL_SEC),
                    .config = pl_entry_config(spec),
                    .verdict = storage};
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_entry_add_verdict(&text, verdict);
  if (is_lost(scribe, last))
    last->seq = 0;
  pl_sha256 digest = pl_sha256_of(storage, text.length);
  entry.why = pl_last_due(last, &digest, &entry.config, UINT64_MAX, wall, entry.interval);
  if (paused && last->seq != 0)
    entry.why = "pause";
  bool taken = entry.why == NULL ||
               put(scribe, spec, &entry, pl_evidence_case_write(spec, facts, notes, now), wall);
  if (entry.why != NULL && taken) {
    last->seq = 1; /* which one is not known here */
    last->written = wall;
    last->digest = digest;
    last->config = entry.config;
  }
  if (taken)
    last->round = wall;
  add_failure(scribe, verdict);
}

void pl_scribe_stop(pl_scribe *scribe, const pl_spec *spec, const char *endpoint, pl_last *last) {
  if (spec->evidence == NULL || last->seq == 0)
    return;
  note *n = make_note(scribe, spec, PL_LINE_STOP, pl_clock_wall(&scribe->clock));
  if (n == NULL)
    return;
  pl_entry_add_stop(&n->rest, endpoint);
  if (enqueue(scribe, n, WAITING_MAX))
    last->seq = 0;
}
