/* Files and directories: reads, replaces and creates files, locks directories, reads secrets.
 *
 * The caller owns what is returned. Any thread. Error messages name the path and the reason, never
 * the content.
 */
#ifndef PL_BASE_FILE_H
#define PL_BASE_FILE_H

#include "base/status.h"
#include <sys/types.h>
#include <time.h>

/* Reads a regular file of at most `max` bytes. The text ends with a NUL byte after `ret_length`
 * bytes. Free it with free(). PL_ERR_LIMIT: the file is longer. */
pl_status pl_file_read(const char *path, size_t max, char **ret_text, size_t *ret_length,
                       pl_error *error) PL_MUST_USE;

typedef struct pl_file_content {
  char *text; /* NUL-terminated; NULL: there is no such file */
  size_t length;
  unsigned mode; /* permission bits of the open file, 07777 at most */
} pl_file_content;

/* As pl_file_read, but the file may be missing, or a device (/dev/null). */
pl_status pl_file_read_optional(const char *path, size_t max, pl_file_content *ret_content,
                                pl_error *error) PL_MUST_USE;

/* Writes the file as a whole: to a temporary file in its directory, which then replaces it. Others
 * may read it. Refuses to replace what is no regular file. */
pl_status pl_file_replace(const char *path, const char *text, size_t length,
                          pl_error *error) PL_MUST_USE;
/* Creates a file, with these permission bits. What was there stays: then it is an error. */
pl_status pl_file_create(const char *path, mode_t mode, const char *text, size_t length,
                         pl_error *error) PL_MUST_USE;
/* Opens a directory of this project's own files, and creates it (mode 0700) if its
 * parent exists. `what` names it in messages: "state directory". `ret_foreign`: it belongs to
 * another user. PL_ERR_INVALID where group or others may write to it, or where it is a symbolic
 * link. */
pl_status pl_dir_open(const char *path, const char *what, int *ret_fd, bool *ret_foreign,
                      pl_error *error) PL_MUST_USE;
/* An exclusive lock on the open directory, which close() releases. Waits for up to `patience_ms`.
 * False with errno. */
bool pl_dir_lock(int fd, unsigned patience_ms) PL_MUST_USE;

/* Reads to the end of the file, or until `storage` is full, without any other buffer; false with
 * errno. */
bool pl_fd_read(int fd, char *storage, size_t size, size_t *ret_length) PL_MUST_USE;
/* Reads an open file to its end, as pl_file_read. `path` is only for messages. */
pl_status pl_fd_read_text(int fd, const char *path, size_t max, char **ret_text, size_t *ret_length,
                          pl_error *error) PL_MUST_USE;
/* Writes all bytes; false with errno. */
bool pl_fd_write(int fd, const char *text, size_t length) PL_MUST_USE;

/* Shows whether a file or a directory has changed since it was read. */
typedef struct pl_file_stamp {
  bool exists;
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec modified;
} pl_file_stamp;

/* Follows symbolic links. `exists` is false if `path` is NULL or stat(2) fails. */
pl_file_stamp pl_file_stamp_of(const char *path);
bool pl_file_stamp_equal(const pl_file_stamp *a, const pl_file_stamp *b);

/* Allocates `size` bytes of zeros for secrets: not in core dumps, and not swapped out if the limits
 * of the process allow mlock(2). NULL: no memory. */
void *pl_secret_alloc(size_t size);
/* Overwrites and frees. NULL is fine. */
void pl_secret_release(void *pages, size_t size);

/* Reads a secret: one line of at most PL_LIMIT_SECRET bytes, without the white space at its end.
 * The file must be regular, have one link, belong to this user or to root, and give no permission
 * to group and others. A symbolic link is refused. All of this is checked on the open descriptor.
 * The secret is visible ASCII and spaces, so that it can be sent in a header. Free it with
 * pl_secret_free. */
pl_status pl_secret_read(const char *path, char **ret_secret, pl_error *error) PL_MUST_USE;
/* The same for a secret of several lines, such as a private key (PEM). */
pl_status pl_secret_read_lines(const char *path, char **ret_secret, pl_error *error) PL_MUST_USE;
/* Overwrites and frees. NULL is fine. */
void pl_secret_free(char *secret);

#endif
