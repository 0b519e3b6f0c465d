/* Reading small files whole: configuration, and secrets with the care they need.
 *
 * The caller owns what is returned. Any thread. The core opens no file anywhere else.
 */
#ifndef PL_BASE_FILE_H
#define PL_BASE_FILE_H

#include "base/status.h"
#include <sys/types.h>
#include <time.h>

/* A regular file of at most `max` bytes; NUL-terminated behind `ret_length`. Free with free().
 * Messages name the path and the reason, never the content. */
pl_status pl_file_read(const char *path, size_t max, char **ret_text, size_t *ret_length,
                       pl_error *error) PL_MUST_USE;

/* What tells whether a file, or a directory, is still the one that was read. */
typedef struct pl_file_stamp {
  bool exists;
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec modified;
} pl_file_stamp;

/* Of what `path` leads to, links followed; nothing exists at NULL, or where it can't be asked. */
pl_file_stamp pl_file_stamp_of(const char *path);
bool pl_file_stamp_equal(const pl_file_stamp *a, const pl_file_stamp *b);

/* Pages of zeros for secrets: locked where the limits allow, left out of core dumps. NULL where
 * there is no memory. */
void *pl_secret_alloc(size_t size);
void pl_secret_release(void *pages, size_t size); /* wipes; NULL is fine */

/* Wipes what functions that have returned left of secrets on this thread's stack and in its vector
 * registers (of x86-64 and AArch64). Their own buffers they wipe themselves; but bytes are copied
 * with such registers, which keep them for long, and which the loader saves on the stack. */
void pl_secret_burn(void);

/* A secret: one line, white space at its end dropped. The file must be regular (no symlink: opened
 * with O_NOFOLLOW), have one link, belong to this user or root, and give nothing to group and
 * others (mode & 077 == 0); all asked of the open descriptor. Visible ASCII and spaces only, so
 * that it can stand in a header. The text lies in pages of pl_secret_alloc, which pl_secret_free
 * wipes. */
pl_status pl_secret_read(const char *path, char **ret_secret, pl_error *error) PL_MUST_USE;
/* Wipes and unmaps; NULL is fine. */
void pl_secret_free(char *secret);

#endif
