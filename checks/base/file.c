/* Reads files as a whole, and keeps secrets in memory of their own. */
#include "base/file.h"
#include "base/buf.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One byte more than a secret may have: for the NUL, and to detect a file that is too long. */
#define SECRET_BYTES (PL_LIMIT_SECRET + 1)

static pl_status fail_io(pl_error *error, const char *path, const char *what) {
  char reason[128];
  return pl_fail(error, PL_ERR_IO, "%s: %s: %s", path, what,
                 strerror_r(errno, reason, sizeof(reason)));
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. O_NOCTTY: a terminal must not become the
 * controlling terminal of the process. */
static int open_file(const char *path, int flags) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
}

static ssize_t read_some(int fd, char *storage, size_t size) {
  ssize_t count;
  do {
    count = read(fd, storage, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

pl_file_stamp pl_file_stamp_of(const char *path) {
  struct stat file;
  if (path == NULL || stat(path, &file) != 0)
    return (pl_file_stamp){.exists = false};
  return (pl_file_stamp){.exists = true,
                         .device = file.st_dev,
                         .inode = file.st_ino,
                         .size = file.st_size,
                         .modified = file.st_mtim};
}

bool pl_file_stamp_equal(const pl_file_stamp *a, const pl_file_stamp *b) {
  return a->exists == b->exists && a->device == b->device && a->inode == b->inode &&
         a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
         a->modified.tv_nsec == b->modified.tv_nsec;
}

/* ---- output --------------------------------------------------------------------------------- */

pl_status pl_file_create(const char *path, mode_t mode, const char *text, size_t length,
                         pl_error *error) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  bool written = fd >= 0 && pl_fd_write(fd, text, length) && fsync(fd) == 0;
  int failure = errno;
  if (fd >= 0 && close(fd) != 0 && written) {
    written = false;
    failure = errno;
  }
  if (written)
    return PL_OK;
  if (fd >= 0)
    (void)unlink(path);
  errno = failure;
  return fail_io(error, path, "cannot be written");
}

pl_status pl_file_replace(const char *path, const char *text, size_t length, pl_error *error) {
  struct stat before;
  if (lstat(path, &before) == 0 && !S_ISREG(before.st_mode))
    return pl_fail(error, PL_ERR_INVALID, "%s: is not a regular file", path);
  pl_buf fresh;
  pl_buf_init(&fresh, PL_LIMIT_VALUE * 2);
  pl_buf_addf(&fresh, "%s.XXXXXX", path);
  pl_status named = pl_buf_status(&fresh), status = PL_OK;
  errno = named == PL_ERR_MEMORY ? ENOMEM : ENAMETOOLONG;
  int fd = named == PL_OK ? mkostemp(fresh.data, O_CLOEXEC) : -1;
  if (fd < 0) {
    status = fail_io(error, path, "cannot be written");
  } else {
    bool written = pl_fd_write(fd, text, length) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    /* Both are called in any case. */
    written = (close(fd) == 0) && written;
    if (!written || rename(fresh.data, path) != 0) {
      status = fail_io(error, path, "cannot be written");
      (void)unlink(fresh.data);
    }
  }
  pl_buf_free(&fresh);
  return status;
}

/* ---- configuration -------------------------------------------------------------------------- */

/* The size that stat(2) gives is not used: files below /proc have none, and a file may grow. */
pl_status pl_fd_read_text(int fd, const char *path, size_t max, char **ret_text, size_t *ret_length,
                          pl_error *error) {
  pl_buf buf;
  pl_buf_init(&buf, max);
  char chunk[16384];
  ssize_t count;
  while ((count = read_some(fd, chunk, sizeof(chunk))) > 0 && pl_buf_status(&buf) == PL_OK)
    pl_buf_add_bytes(&buf, chunk, (size_t)count);
  pl_status status = count < 0 ? fail_io(error, path, "cannot be read") : PL_OK;
  explicit_bzero(chunk, sizeof(chunk)); /* it may have held a secret */
  pl_buf_add(&buf, "");                 /* the text of an empty file is not NULL */
  if (status == PL_OK)
    status = pl_buf_status(&buf);
  if (status == PL_ERR_LIMIT)
    pl_error_set(error, "%s: too large: at most %zu bytes", path, max);
  if (status == PL_ERR_MEMORY)
    pl_error_set(error, "%s: out of memory", path);
  if (status != PL_OK) {
    pl_buf_free(&buf);
    return status;
  }
  *ret_text = buf.data;
  *ret_length = buf.length;
  return PL_OK;
}

static pl_status read_file(const char *path, size_t max, bool optional,
                           pl_file_content *ret_content, pl_error *error) {
  pl_file_content content = {.text = NULL};
  pl_status status = PL_OK;
  struct stat file;
  int fd = open_file(path, 0);
  bool missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
  if (missing && optional)
    goto out;
  if (fd < 0 || fstat(fd, &file) != 0) {
    status = fail_io(error, path, "cannot be opened");
    goto out;
  }
  content.mode = file.st_mode & 07777u;
  if (S_ISREG(file.st_mode) || (optional && S_ISCHR(file.st_mode)))
    status = pl_fd_read_text(fd, path, max, &content.text, &content.length, error);
  else
    status = pl_fail(error, PL_ERR_INVALID, "%s: must be a regular file", path);
out:
  if (status == PL_OK)
    *ret_content = content;
  if (fd >= 0)
    close(fd);
  return status;
}

pl_status pl_file_read(const char *path, size_t max, char **ret_text, size_t *ret_length,
                       pl_error *error) {
  pl_file_content content;
  pl_status status = read_file(path, max, /* optional */ false, &content, error);
  if (status == PL_OK) {
    *ret_text = content.text;
    *ret_length = content.length;
  }
  return status;
}

pl_status pl_file_read_optional(const char *path, size_t max, pl_file_content *ret_content,
                                pl_error *error) {
  return read_file(path, max, /* optional */ true, ret_content, error);
}

/* ---- directories ---------------------------------------------------------------------------- */

#define LOCK_PAUSE_MS 10

static int open_dir(const char *path) {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static pl_status check_dir(const char *path, const char *what, int fd, bool *ret_foreign,
                           pl_error *error) {
  struct stat dir;
  if (fstat(fd, &dir) != 0)
    return fail_io(error, path, "the directory can't be read (stat)");
  if ((dir.st_mode & 022) != 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: only its owner may write to the %s: chmod go-w",
                   path, what);
  *ret_foreign = dir.st_uid != geteuid();
  return PL_OK;
}

pl_status pl_dir_open(const char *path, const char *what, int *ret_fd, bool *ret_foreign,
                      pl_error *error) {
  char storage[PL_LIMIT_VALUE + 1], reason[128];
  size_t length = strlen(path);
  if (length >= sizeof(storage))
    return pl_fail(error, PL_ERR_LIMIT, "the path of the %s is too long", what);
  memcpy(storage, path, length + 1);
  /* A link with a slash at its end would be followed. */
  while (length > 1 && storage[length - 1] == '/')
    storage[--length] = '\0';
  int fd = open_dir(storage);
  /* Another program may have made it meanwhile. */
  if (fd < 0 && errno == ENOENT && (mkdir(storage, 0700) == 0 || errno == EEXIST))
    fd = open_dir(storage);
  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
    return pl_fail(error, PL_ERR_INVALID, "%s: the %s must be a directory, not a link or a file",
                   storage, what);
  if (fd < 0)
    return pl_fail(error, PL_ERR_IO, "%s: the %s can't be opened: %s", storage, what,
                   strerror_r(errno, reason, sizeof(reason)));
  pl_status status = check_dir(storage, what, fd, ret_foreign, error);
  if (status == PL_OK)
    *ret_fd = fd;
  else
    close(fd);
  return status;
}

bool pl_dir_lock(int fd, unsigned patience_ms) {
  const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
  for (unsigned waited = 0; waited <= patience_ms; waited += LOCK_PAUSE_MS) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
      return true;
    if (errno != EWOULDBLOCK && errno != EINTR)
      return false;
    nanosleep(&pause, NULL);
  }
  errno = EWOULDBLOCK;
  return false;
}

bool pl_fd_read(int fd, char *storage, size_t size, size_t *ret_length) {
  size_t length = 0;
  ssize_t count = 0;
  while (length < size && (count = read_some(fd, storage + length, size - length)) > 0)
    length += (size_t)count;
  if (count < 0)
    return false;
  *ret_length = length;
  return true;
}

bool pl_fd_write(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t count = write(fd, text, length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    text += count;
    length -= (size_t)count;
  }
  return true;
}

/* ---- secrets -------------------------------------------------------------------------------- */

/* No other user can read the file, or change it through another name. */
static pl_status check_secret_file(const char *path, const struct stat *file, pl_error *error) {
  if (!S_ISREG(file->st_mode))
    return pl_fail(error, PL_ERR_INVALID, "%s: must be a regular file", path);
  if (file->st_nlink != 1)
    return pl_fail(error, PL_ERR_INVALID, "%s: must have one name only: it has other hard links",
                   path);
  if (file->st_uid != geteuid() && file->st_uid != 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: must belong to the user who runs this, or to root",
                   path);
  if ((file->st_mode & 077) != 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: must be readable by its owner only: chmod 600",
                   path);
  return PL_OK;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Cuts the white space at the end, and checks the characters: a secret of one line can be sent in a
 * header. */
static pl_status check_secret_text(const char *path, bool lines, char *secret, size_t length,
                                   pl_error *error) {
  if (length > PL_LIMIT_SECRET)
    return pl_fail(error, PL_ERR_LIMIT, "%s: too large: at most %d bytes", path, PL_LIMIT_SECRET);
  while (length > 0 && is_blank(secret[length - 1]))
    length--;
  secret[length] = '\0';
  if (length == 0)
    return pl_fail(error, PL_ERR_INVALID, "%s: must hold the secret: it is empty", path);
  for (size_t i = 0; i < length; i++) {
    if ((secret[i] < ' ' || secret[i] > '~') && !(lines && is_blank(secret[i])))
      return pl_fail(error, PL_ERR_INVALID, "%s: must be %s of visible ASCII characters", path,
                     lines ? "lines" : "one line");
  }
  return PL_OK;
}

void *pl_secret_alloc(size_t size) {
  void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return NULL;
  /* If one of these fails, the secret is as safe as in ordinary memory. */
  (void)!mlock(pages, size);
  (void)!madvise(pages, size, MADV_DONTDUMP);
  return pages;
}

void pl_secret_release(void *pages, size_t size) {
  if (pages == NULL)
    return;
  explicit_bzero(pages, size);
  munmap(pages, size);
}

static pl_status read_secret(const char *path, bool lines, char **ret_secret, pl_error *error) {
  char *secret = NULL;
  pl_status status;
  struct stat file;
  int fd = open_file(path, O_NOFOLLOW);
  if (fd < 0 && errno == ELOOP)
    return pl_fail(error, PL_ERR_INVALID, "%s: must be the file itself, not a symbolic link", path);
  if (fd < 0 || fstat(fd, &file) != 0) {
    status = fail_io(error, path, "cannot be opened");
    goto out;
  }
  status = check_secret_file(path, &file, error);
  if (status != PL_OK)
    goto out;
  secret = pl_secret_alloc(SECRET_BYTES);
  if (secret == NULL) {
    status = pl_fail(error, PL_ERR_MEMORY, "%s: out of memory", path);
    goto out;
  }
  size_t length;
  status = pl_fd_read(fd, secret, SECRET_BYTES, &length)
               ? check_secret_text(path, lines, secret, length, error)
               : fail_io(error, path, "cannot be read");
  if (status != PL_OK)
    goto out;
  *ret_secret = secret;
  secret = NULL; /* the caller owns it */
out:
  pl_secret_free(secret);
  if (fd >= 0)
    close(fd);
  return status;
}

pl_status pl_secret_read(const char *path, char **ret_secret, pl_error *error) {
  return read_secret(path, /* lines */ false, ret_secret, error);
}

pl_status pl_secret_read_lines(const char *path, char **ret_secret, pl_error *error) {
  return read_secret(path, /* lines */ true, ret_secret, error);
}

void pl_secret_free(char *secret) { pl_secret_release(secret, SECRET_BYTES); }
