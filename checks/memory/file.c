/* The state directory: reads and replaces one file for each endpoint. */
#include "memory/file.h"
#include "base/file.h"
#include "base/hash.h"
#include "memory/alarm.h"
#include "memory/json.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 32
#define PATIENCE_MS 500u /* another program holds the lock for some milliseconds */

static pl_status fail_io(pl_error *error, const char *name, const char *what) {
  char reason[128];
  return pl_fail(error, PL_ERR_IO, "state of %s: %s: %s", name, what,
                 strerror_r(errno, reason, sizeof(reason)));
}

/* ---- the directory -------------------------------------------------------------------------- */

pl_status pl_memory_dir_open(const char *path, pl_memory_dir *ret_dir, pl_error *error) {
  pl_memory_dir dir = {.fd = -1};
  pl_status status = pl_dir_open(path, "state directory", &dir.fd, &dir.read_only, error);
  if (status == PL_OK)
    *ret_dir = dir;
  return status;
}

void pl_memory_dir_close(pl_memory_dir *dir) {
  if (dir->fd >= 0)
    close(dir->fd);
  dir->fd = -1;
}

static void make_name(char name[NAME_BYTES], const char *endpoint, const char *suffix) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_text(&hash, endpoint);
  pl_text_setf(name, NAME_BYTES, "%016" PRIx64 "%s", pl_hash_end(hash), suffix);
}

/* ---- reading -------------------------------------------------------------------------------- */

static pl_status check_file(const pl_memory_dir *dir, int fd, const char *name, pl_error *error) {
  struct stat file, directory;
  if (fstat(fd, &file) != 0 || fstat(dir->fd, &directory) != 0)
    return fail_io(error, name, "can't be read (stat)");
  /* Without a link: another program has just replaced it. It is whole, and as old as if it had been
   * read a moment before. */
  if (!S_ISREG(file.st_mode) || file.st_nlink > 1 || file.st_uid != directory.st_uid ||
      (file.st_mode & 022) != 0)
    return pl_fail(error, PL_ERR_INVALID,
                   "state of %s: must be a file of the directory's owner, that nobody else may "
                   "write, without other links",
                   name);
  return PL_OK;
}

pl_status pl_memory_load_text(const pl_memory_dir *dir, const char *name, size_t max,
                              char **ret_text, size_t *ret_length, pl_error *error) {
  char file[NAME_BYTES];
  pl_error why;
  make_name(file, name, ".json");
  int fd = openat(dir->fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    *ret_text = NULL;
    *ret_length = 0;
    return PL_OK;
  }
  if (fd < 0)
    return fail_io(error, name, "can't be opened");
  pl_status status = check_file(dir, fd, name, error);
  if (status == PL_OK) {
    status = pl_fd_read_text(fd, name, max, ret_text, ret_length, &why);
    if (status != PL_OK)
      (void)pl_fail(error, status, "state of %s", why.text);
  }
  close(fd);
  return status;
}

pl_status pl_memory_load(const pl_memory_dir *dir, const char *name, pl_memory_store *ret_store,
                         pl_error *error) {
  char *text;
  size_t length;
  pl_error why;
  pl_memory_init_unknown(ret_store);
  pl_status status = pl_memory_load_text(dir, name, PL_LIMIT_MEMORY_FILE, &text, &length, error);
  if (status != PL_OK)
    return status;
  if (text == NULL)
    pl_memory_init(ret_store);
  else
    status = pl_memory_read(text, length, name, ret_store, &why);
  free(text);
  return status == PL_OK ? status : pl_fail(error, status, "state of %s: %s", name, why.text);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Writes the temporary file; false with errno. What a program that was killed left is replaced. */
static bool write_new(const pl_memory_dir *dir, const char *file, const char *text, size_t length,
                      bool durable) {
  (void)unlinkat(dir->fd, file, 0);
  int fd = openat(dir->fd, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  bool written = pl_fd_write(fd, text, length) && (!durable || fsync(fd) == 0);
  int error = errno;
  if (close(fd) != 0 && written) {
    written = false;
    error = errno;
  }
  errno = error;
  return written;
}

static bool replace(const pl_memory_dir *dir, const char *name, const char *text, size_t length,
                    bool durable) {
  char file[NAME_BYTES], fresh[NAME_BYTES];
  make_name(file, name, ".json");
  make_name(fresh, name, ".new");
  if (write_new(dir, fresh, text, length, durable) && renameat(dir->fd, fresh, dir->fd, file) == 0)
    return !durable || fsync(dir->fd) == 0;
  int error = errno;
  (void)unlinkat(dir->fd, fresh, 0);
  errno = error;
  return false;
}

/* Works on a full disk, too. */
static void empty(const pl_memory_dir *dir, const char *name) {
  char file[NAME_BYTES];
  make_name(file, name, ".json");
  int fd = openat(dir->fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                  0600);
  if (fd < 0)
    return;
  (void)fsync(fd);
  close(fd);
}

/* ---- two programs at once ------------------------------------------------------------------- */

pl_memory_mark pl_memory_mark_of(const pl_memory_store *store) {
  return (pl_memory_mark){.written = store->written, .alarm = store->alarm};
}

static bool is_same_file(const pl_memory_store *now, const pl_memory_mark *before) {
  return now->written.wall == before->written.wall && now->written.boot == before->written.boot &&
         now->alarm.state == before->alarm.state && now->alarm.blocks == before->alarm.blocks &&
         now->alarm.unsettled == before->alarm.unsettled;
}

uint64_t pl_memory_digest(const pl_memory_store *store) {
  const uint64_t fields[] = {
      store->alarm.state,
      store->alarm.unsettled,
      store->alarm.blocks,
      store->binding,
      store->baseline.wall,
      store->signs,
      store->open_ipv4,
      store->open_ipv6,
      store->variations.wall,
      store->varied.wall,
      store->throttled.wall,
      store->pool_changed.wall,
      store->look_changed.wall,
      store->forms,
      (uint64_t)store->let_in | (uint64_t)store->agent_let_in << 1,
      store->hops_against,
      store->hops_addresses,
      store->controls[PL_KEPT_HOPS].wall,
  };
  uint64_t hash = PL_HASH_INIT;
  for (size_t i = 0; i < PL_COUNT_OF(fields); i++)
    pl_hash_number(&hash, fields[i]);
  return pl_hash_end(hash);
}

/* What would be lost with an alarm that is not written is worth a longer wait. */
static unsigned patience_of(const pl_memory_dir *dir, const pl_memory_mark *before,
                            const pl_memory_store *store) {
  bool is_new = store->alarm.state == PL_ALARM_ON && before->alarm.state != PL_ALARM_ON;
  return is_new && dir->patience_ms > PATIENCE_MS ? dir->patience_ms : PATIENCE_MS;
}

pl_status pl_memory_save(const pl_memory_dir *dir, const char *name, const pl_spec *spec,
                         const pl_memory_mark *before, pl_public seen, pl_memory_store *store,
                         pl_error *error) {
  if (dir->read_only)
    return PL_OK;
  if (!pl_dir_lock(dir->fd, patience_of(dir, before, store)))
    return fail_io(error, name, "the state directory can't be locked");
  pl_memory_store now;
  pl_error ignored;
  (void)!pl_memory_load(dir, name, &now, &ignored);
  if (!is_same_file(&now, before)) {
    pl_alarm other = now.alarm;
    pl_alarm_step(&other, spec, seen);
    store->alarm = pl_alarm_worse(&store->alarm, &other);
  }
  pl_status status = PL_OK;
  char storage[PL_LIMIT_MEMORY_FILE];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_memory_write(&text, name, store);
  bool fits = pl_buf_status(&text) == PL_OK;
  if (!fits)
    errno = EFBIG;
  if (!fits || !replace(dir, name, storage, text.length,
                        !dir->hasty && pl_memory_digest(&now) != pl_memory_digest(store))) {
    status = fail_io(error, name, "can't be written");
    if (store->alarm.state == PL_ALARM_ON && now.alarm.state == PL_ALARM_OFF)
      empty(dir, name);
  }
  (void)flock(dir->fd, LOCK_UN);
  return status;
}

pl_status pl_memory_save_text(const pl_memory_dir *dir, const char *name, const char *text,
                              size_t length, pl_error *error) {
  if (dir->read_only)
    return PL_OK;
  if (!pl_dir_lock(dir->fd, PATIENCE_MS))
    return fail_io(error, name, "the state directory can't be locked");
  pl_status status = PL_OK;
  if (!replace(dir, name, text, length, !dir->hasty))
    status = fail_io(error, name, "can't be written");
  (void)flock(dir->fd, LOCK_UN);
  return status;
}
