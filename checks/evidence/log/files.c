/* Reads the evidence directory: its files, the end of one, and all lines of one. */
#include "evidence/log/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK ((size_t)65536)
/* Of a file: a line, and a torn one after it. */
#define TAIL_MAX (2 * ((size_t)PL_LIMIT_EVIDENCE_LINE + BLOCK))

static pl_status fail_io(pl_error *error, const char *name, const char *what) {
  char reason[128];
  return pl_fail(error, PL_ERR_IO, "evidence log: %s: %s: %s", name, what,
                 strerror_r(errno, reason, sizeof(reason)));
}

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

static bool add_name(pl_log_files *files, size_t *room, const char *name) {
  if (files->count == *room) {
    size_t more = *room == 0 ? 64 : *room * 2;
    void *names = more <= 2 * PL_LIMIT_EVIDENCE_FILES
                      ? realloc(files->names, more * sizeof(*files->names))
                      : NULL;
    if (names == NULL)
      return false;
    files->names = names;
    *room = more;
  }
  memcpy(files->names[files->count++], name, PL_FILE_BYTES);
  return true;
}

pl_status pl_log_list(int dir, pl_log_files *ret_files, pl_error *error) {
  pl_log_files files = {.names = NULL};
  size_t room = 0;
  int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
  if (entries == NULL) {
    pl_status status = fail_io(error, "the directory", "can't be read");
    if (fd >= 0)
      close(fd);
    return status;
  }
  bool whole = true;
  const struct dirent *entry;
  errno = 0;
  while (whole && (entry = readdir(entries)) != NULL) {
    if (pl_file_name_valid(entry->d_name))
      whole = add_name(&files, &room, entry->d_name);
  }
  int failure = errno;
  closedir(entries);
  errno = failure;
  if (!whole || failure != 0) {
    free(files.names);
    if (!whole)
      return pl_fail(error, PL_ERR_MEMORY, "out of memory, or too many files");
    return fail_io(error, "the directory", "can't be read");
  }
  if (files.count > 0)
    qsort(files.names, files.count, sizeof(*files.names), compare_names);
  *ret_files = files;
  return PL_OK;
}

int pl_log_open_file(int dir, const char *name, int flags) {
  struct stat file, directory;
  int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  bool regular = fstat(fd, &file) == 0 && fstat(dir, &directory) == 0 && S_ISREG(file.st_mode);
  bool safe = (flags & O_ACCMODE) == O_RDONLY ||
              (file.st_nlink == 1 && file.st_uid == directory.st_uid && (file.st_mode & 022) == 0);
  if (regular && safe)
    return fd;
  close(fd);
  errno = EPERM;
  return -1;
}

/* ---- the end of a file ---------------------------------------------------------------------- */

/* Reads exactly `length` bytes; false with errno. */
static bool read_at(int fd, char *storage, size_t length, off_t offset) {
  while (length > 0) {
    ssize_t count = pread(fd, storage, length, offset);
    if (count < 0 && errno == EINTR)
      continue;
    if (count == 0)
      errno = EIO;
    if (count <= 0)
      return false;
    storage += count;
    offset += count;
    length -= (size_t)count;
  }
  return true;
}

static const char *find_last(const char *text, size_t length) {
  return length > 0 ? memrchr(text, '\n', length) : NULL;
}

/* Splits the last `length` bytes of a file; false where the line begins before them. */
static bool split(const char *text, size_t length, bool whole_file, pl_tail *tail) {
  const char *last = find_last(text, length);
  if (last == NULL) {
    tail->torn = (pl_slice){.at = text, .length = length};
    return whole_file;
  }
  const char *before = find_last(text, (size_t)(last - text));
  if (before == NULL && !whole_file)
    return false;
  const char *begin = before != NULL ? before + 1 : text;
  tail->second = whole_file && before != NULL && find_last(text, (size_t)(before - text)) == NULL;
  tail->line = (pl_slice){.at = begin, .length = (size_t)(last - begin)};
  tail->torn = (pl_slice){.at = last + 1, .length = (size_t)(text + length - last - 1)};
  return true;
}

static pl_status read_tail(int fd, const char *name, off_t size, pl_tail *tail, pl_error *error) {
  for (size_t length = BLOCK;; length *= 2) {
    bool whole_file = (off_t)length >= size;
    if (whole_file)
      length = (size_t)size;
    char *storage = realloc(tail->storage, length + 1);
    if (storage == NULL)
      return pl_fail_memory(error);
    tail->storage = storage;
    if (!read_at(fd, storage, length, size - (off_t)length))
      return fail_io(error, name, "can't be read");
    if (split(storage, length, whole_file, tail))
      return PL_OK;
    if (length > TAIL_MAX)
      return pl_fail(error, PL_ERR_LIMIT, "evidence log: %s: its last line is too long", name);
  }
}

pl_status pl_tail_read(int dir, const char *name, pl_tail *ret_tail, pl_error *error) {
  pl_tail tail = {.storage = NULL};
  struct stat file;
  int fd = pl_log_open_file(dir, name, O_RDONLY);
  if (fd < 0)
    return fail_io(error, name, "can't be opened");
  pl_status status = fstat(fd, &file) == 0 ? read_tail(fd, name, file.st_size, &tail, error)
                                           : fail_io(error, name, "can't be read (stat)");
  close(fd);
  if (status == PL_OK)
    *ret_tail = tail;
  else
    pl_tail_free(&tail);
  return status;
}

void pl_tail_free(pl_tail *tail) {
  free(tail->storage);
  *tail = (pl_tail){.storage = NULL};
}

/* ---- all lines ------------------------------------------------------------------------------ */

/* Gives away the whole lines of `text`; returns the bytes of them, or `length` + 1 at the end. */
static size_t give_lines(const char *text, size_t length, pl_take_line take, void *user) {
  size_t used = 0;
  const char *end;
  while (used < length && (end = memchr(text + used, '\n', length - used)) != NULL) {
    pl_slice line = {.at = text + used, .length = (size_t)(end - text) - used};
    used += line.length + 1;
    if (!take(user, line, false))
      return length + 1;
  }
  return used;
}

static pl_status each_line(int fd, const char *name, off_t size, char *storage, size_t room,
                           pl_take_line take, void *user, pl_error *error) {
  size_t held = 0;
  for (off_t offset = 0; offset < size;) {
    size_t part = room - held;
    if ((off_t)part > size - offset)
      part = (size_t)(size - offset);
    if (part == 0)
      return pl_fail(error, PL_ERR_LIMIT, "%s: a line is longer than %d bytes", name,
                     PL_LIMIT_EVIDENCE_LINE);
    if (!read_at(fd, storage + held, part, offset))
      return fail_io(error, name, "can't be read");
    offset += (off_t)part;
    held += part;
    size_t used = give_lines(storage, held, take, user);
    if (used > held)
      return PL_OK;
    held -= used;
    memmove(storage, storage + used, held);
  }
  if (held > 0)
    (void)take(user, (pl_slice){.at = storage, .length = held}, true);
  return PL_OK;
}

pl_status pl_log_each_line(int dir, const char *name, off_t size, pl_take_line take, void *user,
                           pl_error *error) {
  size_t room = (size_t)PL_LIMIT_EVIDENCE_LINE + BLOCK;
  char *storage = malloc(room);
  int fd = pl_log_open_file(dir, name, O_RDONLY);
  pl_status status = PL_ERR_MEMORY;
  if (fd < 0)
    status = fail_io(error, name, "can't be opened");
  else if (storage != NULL)
    status = each_line(fd, name, size, storage, room, take, user, error);
  else
    pl_error_set(error, "out of memory");
  if (fd >= 0)
    close(fd);
  free(storage);
  return status;
}

/* ---- one line ------------------------------------------------------------------------------- */

typedef struct wanted {
  const pl_sha256 *hash;
  bool found;
  uint64_t seq;
} wanted;

static bool compare_line(void *user, pl_slice text, bool torn) {
  wanted *w = user;
  pl_log_line line;
  pl_sha256 hash = pl_sha256_of(text.at, text.length);
  if (torn || memcmp(hash.bytes, w->hash->bytes, PL_HASH_BYTES) != 0 ||
      pl_log_line_parse(text.at, text.length, &line, NULL) != PL_OK)
    return true;
  w->found = true;
  w->seq = line.seq;
  return false;
}

pl_status pl_log_find(int dir, const pl_sha256 *hash, uint64_t *ret_seq, pl_error *error) {
  pl_log_files files;
  wanted w = {.hash = hash};
  pl_status status = pl_log_list(dir, &files, error);
  if (status != PL_OK)
    return status;
  for (size_t i = files.count; i > 0 && !w.found && status == PL_OK; i--) {
    struct stat file;
    if (fstatat(dir, files.names[i - 1], &file, AT_SYMLINK_NOFOLLOW) != 0)
      status = fail_io(error, files.names[i - 1], "can't be read (stat)");
    else
      status = pl_log_each_line(dir, files.names[i - 1], file.st_size, compare_line, &w, error);
  }
  free(files.names);
  if (status != PL_OK)
    return status;
  if (!w.found)
    return pl_fail(error, PL_ERR_INVALID, "the evidence log has no line with that hash");
  *ret_seq = w.seq;
  return PL_OK;
}
