/* Writes the evidence log: finds the head, repairs what is torn, begins a file for each day. */
#include "evidence/log/log.h"
#include "base/file.h"
#include "evidence/log/files.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 3000 /* another program adds some lines */
#define DAY (86400 * PL_SEC)

struct pl_log {
  pl_log_config config;
  int dir;
  pl_signing_key *key;  /* NULL: none */
  pl_nsec now;          /* wall time of the lines that are being added */
  pl_nsec failed_since; /* wall time; 0: the last line was written */
  char failure[128];
  /* Of the newest file; name "": none. What is known is right while it has this size, and nothing
   * came into the directory. */
  char name[PL_FILE_BYTES];
  off_t size;
  bool bare; /* it has no whole line, but perhaps the repair of its first one */
  struct timespec dir_changed;
  pl_log_head head;
  bool head_signed;
};

static pl_status fail_io(pl_error *error, const char *what) {
  char reason[128];
  return pl_fail(error, PL_ERR_IO, "evidence log: %s: %s", what,
                 strerror_r(errno, reason, sizeof(reason)));
}

static bool valid_by(const char *by) {
  return strlen(by) < PL_LINE_BY &&
         strspn(by, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-") ==
             strlen(by);
}

pl_status pl_log_open(const pl_log_config *config, pl_log **ret_log, pl_error *error) {
  bool foreign;
  if (!valid_by(config->by))
    return pl_fail(error, PL_ERR_INVALID, "evidence log: the name of the program is not valid");
  pl_log *log = calloc(1, sizeof(*log));
  if (log == NULL)
    return pl_fail_memory(error);
  log->config = *config;
  log->dir = -1;
  pl_status status = pl_dir_open(config->dir, "evidence directory", &log->dir, &foreign, error);
  if (status == PL_OK && foreign)
    status = pl_fail(error, PL_ERR_INVALID, "%s: the evidence directory belongs to another user",
                     config->dir);
  pl_error problem;
  if (status == PL_OK && config->key != NULL &&
      (status = pl_signing_key_read(config->key, &log->key, &problem)) != PL_OK)
    pl_error_set(error, "--evidence-key: %s", problem.text);
  if (status == PL_OK)
    *ret_log = log;
  else
    pl_log_free(log);
  return status;
}

void pl_log_free(pl_log *log) {
  if (log == NULL)
    return;
  if (log->dir >= 0)
    close(log->dir);
  pl_signing_key_free(log->key);
  free(log);
}

void pl_log_set_hasty(pl_log *log, bool hasty) { log->config.hasty = hasty; }

/* ---- the head ------------------------------------------------------------------------------- */

/* On the first line of a day the directory is read: its time may be too coarse to show a new file.
 */
static bool is_current(const pl_log *log) {
  char today[PL_LINE_TIME];
  struct stat file, directory;
  pl_time_format(pl_clock_wall(&log->config.clock), today);
  return strncmp(log->name, today, PL_DATE_LENGTH) >= 0 &&
         fstatat(log->dir, log->name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
         file.st_size == log->size && fstat(log->dir, &directory) == 0 &&
         directory.st_mtim.tv_sec == log->dir_changed.tv_sec &&
         directory.st_mtim.tv_nsec == log->dir_changed.tv_nsec;
}

static void note_size(pl_log *log) {
  struct stat file, directory;
  if (fstatat(log->dir, log->name, &file, AT_SYMLINK_NOFOLLOW) != 0 ||
      fstat(log->dir, &directory) != 0) {
    log->size = -1;
    return;
  }
  log->size = file.st_size;
  log->dir_changed = directory.st_mtim;
}

/* Writes to the end of the newest file; what fails is taken back. */
static pl_status write_end(pl_log *log, const char *text, size_t length, pl_error *error) {
  struct stat before;
  int fd = pl_log_open_file(log->dir, log->name, O_WRONLY | O_APPEND | O_CREAT);
  if (fd < 0 || fstat(fd, &before) != 0) {
    pl_status status = fail_io(error, "its file can't be opened");
    if (fd >= 0)
      close(fd);
    return status;
  }
  bool written = pl_fd_write(fd, text, length) && (log->config.hasty || fsync(fd) == 0);
  if (written && before.st_size == 0 && !log->config.hasty)
    written = fsync(log->dir) == 0; /* the name of a new file */
  pl_status status = PL_OK;
  if (!written) {
    status = fail_io(error, "a line can't be written");
    (void)!ftruncate(fd, before.st_size);
    if (before.st_size == 0)
      (void)unlinkat(log->dir, log->name, 0);
    log->size = -1;
  }
  close(fd);
  return status;
}

/* Adds a line to the newest file, without any other line. `rest` ends the line but for "}". */
static pl_status add_line(pl_log *log, pl_log_line_type type, const char *before, const char *rest,
                          pl_error *error) {
  pl_buf text;
  pl_buf_init(&text, PL_LIMIT_EVIDENCE_LINE + 2);
  pl_log_line line = {.prev = log->head.hash,
                      .seq = log->head.seq + 1,
                      .wall = log->now,
                      .boot = log->config.boot,
                      .uptime = log->config.clock.boot != NULL
                                    ? log->config.clock.boot(log->config.clock.user)
                                    : pl_clock_now(&log->config.clock),
                      .by = {.at = log->config.by, .length = strlen(log->config.by)},
                      .type = type};
  pl_buf_add(&text, before);
  size_t begin = text.length;
  pl_log_line_begin(&text, &line);
  pl_buf_add(&text, rest);
  pl_status status = PL_OK;
  if (type == PL_LINE_SIGNATURE) {
    uint8_t signature[PL_SIGNATURE_BYTES] = {0};
    pl_buf_addf(&text, ",\"key\":\"%s\"", pl_signing_key_id(log->key));
    const char *signed_text = pl_buf_text(&text) + begin;
    if (!pl_signing_sign(log->key, signed_text, text.length - begin, signature))
      status = pl_fail(error, PL_ERR_MEMORY, "evidence log: the head can't be signed");
    pl_buf_add(&text, ",\"sig\":\"");
    pl_hex_add(&text, signature, sizeof(signature));
    pl_buf_add(&text, "\"");
  }
  pl_buf_add(&text, "}\n");
  if (status == PL_OK && pl_buf_status(&text) != PL_OK)
    status = pl_fail(error, pl_buf_status(&text), "evidence log: the line is too long");
  if (status == PL_OK)
    status = write_end(log, pl_buf_text(&text), text.length, error);
  if (status == PL_OK) {
    log->head.hash = pl_sha256_of(pl_buf_text(&text) + begin, text.length - begin - 1);
    log->head.seq = line.seq;
    log->head_signed = type == PL_LINE_SIGNATURE;
    note_size(log);
  }
  pl_buf_free(&text);
  return status;
}

static void take_line(pl_log *log, const pl_tail *tail, const pl_log_line *line) {
  log->head =
      (pl_log_head){.hash = pl_sha256_of(tail->line.at, tail->line.length), .seq = line->seq};
  log->head_signed = line->type == PL_LINE_SIGNATURE;
}

/* A whole line ends with a brace. If the last one does not, a crash tore it, and another crash tore
 * the line that was to say so. */
static bool is_repair_torn(const pl_tail *tail) {
  return tail->line.length == 0 || tail->line.at[tail->line.length - 1] != '}';
}

/* Takes back what is there of that line. */
static bool take_back_repair(const pl_log *log, const pl_tail *tail) {
  struct stat file;
  int fd = pl_log_open_file(log->dir, log->name, O_WRONLY);
  off_t more = (off_t)tail->torn.length + 1;
  bool done = fd >= 0 && fstat(fd, &file) == 0 && ftruncate(fd, file.st_size - more) == 0;
  if (fd >= 0)
    close(fd);
  return done;
}

/* Reads the last line of the files, the newest first. What is torn at the end of the newest file is
 * repaired if `repair`; else it is left out. Locked. */
static pl_status read_head(pl_log *log, const pl_log_files *files, bool repair, pl_error *error) {
  pl_tail tail = {.storage = NULL};
  pl_slice torn = {.length = 0};
  pl_sha256 torn_hash = {{0}};
  pl_status status = PL_OK;
  log->head = (pl_log_head){.seq = 0};
  log->head_signed = true; /* nothing to sign */
  log->bare = false;
  snprintf(log->name, sizeof(log->name), "%s",
           files->count > 0 ? files->names[files->count - 1] : "");
  for (size_t i = files->count; i > 0 && log->head.seq == 0 && status == PL_OK; i--) {
    pl_tail_free(&tail);
    status = pl_tail_read(log->dir, files->names[i - 1], &tail, error);
    if (status != PL_OK)
      break;
    if (i == files->count)
      log->bare = tail.line.at == NULL;
    if (tail.torn.length > 0 && i == files->count) {
      torn.length = tail.torn.length;
      torn_hash = pl_sha256_of(tail.torn.at, tail.torn.length);
    }
    pl_log_line line;
    pl_error why;
    if (tail.line.at == NULL)
      continue;
    status = pl_log_line_parse(tail.line.at, tail.line.length, &line, &why);
    if (status == PL_OK && i == files->count)
      log->bare = line.type == PL_LINE_REPAIR && tail.second;
    if (status == PL_OK)
      take_line(log, &tail, &line);
    else if (i == files->count && is_repair_torn(&tail) &&
             (!repair || take_back_repair(log, &tail))) {
      pl_tail_free(&tail);
      return repair ? read_head(log, files, repair, error) : PL_OK;
    } else
      pl_error_set(error, "evidence log: %s: the last line can't be read, so none is added: %s",
                   files->names[i - 1], why.text);
  }
  pl_tail_free(&tail);
  if (status != PL_OK || torn.length == 0 || !repair)
    return status;
  char hex[PL_HASH_HEX], rest[PL_HASH_HEX + 64];
  pl_sha256_hex(&torn_hash, hex);
  snprintf(rest, sizeof(rest), ",\"torn\":%zu,\"sha256\":\"%s\"", torn.length, hex);
  return add_line(log, PL_LINE_REPAIR, "\n", rest, error);
}

static pl_status refresh(pl_log *log, bool repair, pl_error *error) {
  if (is_current(log))
    return PL_OK;
  pl_log_files files;
  pl_status status = pl_log_list(log->dir, &files, error);
  if (status != PL_OK)
    return status;
  status = read_head(log, &files, repair, error);
  free(files.names);
  if (status == PL_OK && log->name[0] != '\0')
    note_size(log);
  if (status != PL_OK || !repair)
    log->size = -1;
  return status;
}

/* ---- days ----------------------------------------------------------------------------------- */

/* The seq of the first line of a file. */
static bool first_seq(const pl_log *log, const char *name, uint64_t *ret_seq) {
  char text[1024];
  pl_log_line line;
  int fd = pl_log_open_file(log->dir, name, O_RDONLY);
  ssize_t count = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
  if (fd >= 0)
    close(fd);
  const char *end = count > 0 ? memchr(text, '\n', (size_t)count) : NULL;
  if (end == NULL || pl_log_line_parse(text, (size_t)(end - text), &line, NULL) != PL_OK)
    return false;
  *ret_seq = line.seq;
  return true;
}

/* Says what it removes before it does so, and signs that: a log that begins later than it says is
 * not whole. */
static pl_status remove_old(pl_log *log, pl_error *error) {
  char oldest[PL_LINE_TIME], rest[64];
  pl_log_files files;
  uint64_t seq;
  size_t old = 0;
  if (log->config.days == 0 || log->now / DAY < log->config.days)
    return PL_OK;
  pl_time_format(log->now - log->config.days * DAY, oldest);
  pl_status status = pl_log_list(log->dir, &files, error);
  if (status != PL_OK)
    return status;
  /* As many files as days stay: all are old if the clock is years ahead for a moment. */
  while (files.count - old > log->config.days &&
         strncmp(files.names[old], oldest, PL_DATE_LENGTH) < 0)
    old++;
  if (old > 0 && first_seq(log, files.names[old], &seq)) {
    snprintf(rest, sizeof(rest), ",\"first\":%" PRIu64, seq);
    status = add_line(log, PL_LINE_REMOVED, "", rest, error);
    if (status == PL_OK && log->key != NULL)
      status = add_line(log, PL_LINE_SIGNATURE, "", "", error);
    for (size_t i = 0; i < old && status == PL_OK; i++)
      (void)unlinkat(log->dir, files.names[i], 0);
    note_size(log);
  }
  free(files.names);
  return status;
}

/* Begins the file of today, where the newest one is of an earlier day. */
static pl_status begin_day(pl_log *log, pl_error *error) {
  char today[PL_LINE_TIME], before[PL_FILE_BYTES], rest[64];
  pl_time_format(log->now, today);
  if (log->name[0] != '\0' && strncmp(log->name, today, PL_DATE_LENGTH) >= 0 && !log->bare)
    return PL_OK;
  memcpy(before, log->name, sizeof(before));
  if (strncmp(log->name, today, PL_DATE_LENGTH) < 0)
    snprintf(log->name, sizeof(log->name), "%.10s" PL_FILE_SUFFIX, today);
  snprintf(rest, sizeof(rest), ",\"format\":%d,\"after\":\"%.10s\"", PL_LINE_FORMAT, before);
  pl_status status = add_line(log, PL_LINE_DAY, "", rest, error);
  log->bare = status != PL_OK;
  return status == PL_OK ? remove_old(log, error) : status;
}

/* ---- adding lines --------------------------------------------------------------------------- */

static pl_status add_resumed(pl_log *log, pl_error *error) {
  char since[PL_LINE_TIME], rest[PL_LINE_TIME + 192];
  if (log->failed_since == 0)
    return PL_OK;
  pl_time_format(log->failed_since, since);
  snprintf(rest, sizeof(rest), ",\"since\":\"%s\",\"error\":\"%s\"", since, log->failure);
  pl_status status = add_line(log, PL_LINE_RESUMED, "", rest, error);
  if (status == PL_OK)
    log->failed_since = 0;
  return status;
}

static void note_failure(pl_log *log, const pl_error *error) {
  log->size = -1;
  if (log->failed_since == 0)
    log->failed_since = pl_clock_wall(&log->config.clock);
  pl_text_set_foreign(log->failure, sizeof(log->failure), error->text, strlen(error->text));
}

void pl_log_note_failure(pl_log *log, pl_nsec made) {
  if (made < log->failed_since)
    log->failed_since = made;
}

pl_status pl_log_append(pl_log *log, pl_log_line_type type, const char *rest, pl_error *error) {
  pl_error why = {""};
  if (!pl_dir_lock(log->dir, PATIENCE_MS)) {
    pl_status status = fail_io(&why, "it can't be locked");
    note_failure(log, &why);
    pl_error_set(error, "%s", why.text);
    return status;
  }
  log->now = pl_clock_wall(&log->config.clock);
  pl_status status = refresh(log, /* repair */ true, &why);
  if (status == PL_OK)
    status = begin_day(log, &why);
  if (status == PL_OK && type != PL_LINE_SIGNATURE)
    status = add_resumed(log, &why);
  if (status == PL_OK)
    status = add_line(log, type, "", rest, &why);
  (void)flock(log->dir, LOCK_UN);
  if (status != PL_OK) {
    note_failure(log, &why);
    pl_error_set(error, "%s", why.text);
  }
  return status;
}

pl_status pl_log_sign(pl_log *log, pl_error *error) {
  if (log->key == NULL)
    return PL_OK;
  pl_log_head head;
  pl_status status = pl_log_read_head(log, &head, error);
  if (status != PL_OK || log->head_signed)
    return status;
  return pl_log_append(log, PL_LINE_SIGNATURE, "", error);
}

pl_status pl_log_close(pl_log *log, pl_error *error) {
  if (log == NULL)
    return PL_OK;
  pl_status status = pl_log_sign(log, error);
  pl_log_free(log);
  return status;
}

pl_status pl_log_read_head(pl_log *log, pl_log_head *ret_head, pl_error *error) {
  if (!pl_dir_lock(log->dir, PATIENCE_MS))
    return fail_io(error, "it can't be locked");
  pl_status status = refresh(log, /* repair */ false, error);
  (void)flock(log->dir, LOCK_UN);
  if (status == PL_OK)
    *ret_head = log->head;
  return status;
}

uint64_t pl_log_seq(const pl_log *log) { return log->head.seq; }

void pl_log_day(const pl_log *log, char ret_day[PL_DATE_BYTES]) {
  snprintf(ret_day, PL_DATE_BYTES, "%.10s", log->name);
}
