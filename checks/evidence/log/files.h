/* The files of the evidence log, for reading. Callers own what is returned. Any thread.
 */
#ifndef PL_EVIDENCE_LOG_FILES_H
#define PL_EVIDENCE_LOG_FILES_H

#include "evidence/log/chain.h"
#include <sys/types.h>

/* The names of the files of a log, oldest first. Free `names` with free(). */
typedef struct pl_log_files {
  char (*names)[PL_FILE_BYTES];
  size_t count;
} pl_log_files;

pl_status pl_log_list(int dir, pl_log_files *ret_files, pl_error *error) PL_MUST_USE;
/* Opens a regular file. To write, it must belong to the directory's owner, have one link, and
 * nobody else may write it. -1 with errno. */
int pl_log_open_file(int dir, const char *name, int flags);

/* The end of a file. */
typedef struct pl_tail {
  char *storage;
  pl_slice line; /* the last whole line, without its newline; `at` NULL: there is none */
  pl_slice torn; /* what follows it without a newline */
  bool second;   /* `line` is the second of its file */
} pl_tail;

/* Reads only the end of the file. */
pl_status pl_tail_read(int dir, const char *name, pl_tail *ret_tail, pl_error *error) PL_MUST_USE;
void pl_tail_free(pl_tail *tail);

/* The seq of the line with this hash, from the newest file on. PL_ERR_INVALID: there is none. */
pl_status pl_log_find(int dir, const pl_sha256 *hash, uint64_t *ret_seq,
                      pl_error *error) PL_MUST_USE;

/* Calls `take` for each whole line of the first `size` bytes of a file, without its newline, and
 * for what is left without one (`torn`). Ends where `take` says false. The line is valid during the
 * call. PL_ERR_LIMIT: a line is too long. */
typedef bool (*pl_take_line)(void *user, pl_slice line, bool torn);
pl_status pl_log_each_line(int dir, const char *name, off_t size, pl_take_line take, void *user,
                           pl_error *error) PL_MUST_USE;

#endif
