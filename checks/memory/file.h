/* The state directory: one small file for each endpoint.
 *
 * A file is replaced as a whole (temporary file, fsync, rename, fsync of the directory) under a
 * lock on the directory, so that two programs at once can't tear it, and none loses an alarm that
 * the other raised. Blocks on the disk: not for an engine's thread while probes run. Any thread,
 * with a pl_memory_dir of its own.
 */
#ifndef PL_MEMORY_FILE_H
#define PL_MEMORY_FILE_H

#include "memory/store.h"

typedef struct pl_memory_dir {
  int fd;         /* owned; -1: not open */
  bool read_only; /* it belongs to another user: read, and never written */
  bool hasty;     /* no fsync: for a run that must end. Survives a kill, not a crash of the host */
  unsigned patience_ms; /* how long a new alarm may wait for the lock; at least half a second */
} pl_memory_dir;

/* Opens the directory, and creates it (mode 0700) where only it is missing. PL_ERR_INVALID where
 * group or others may write to it, or where it is a symbolic link; PL_ERR_IO. On failure the store
 * of every endpoint is unknown (pl_memory_init_unknown). */
pl_status pl_memory_dir_open(const char *path, pl_memory_dir *ret_dir, pl_error *error) PL_MUST_USE;
/* Safe where it is not open. */
void pl_memory_dir_close(pl_memory_dir *dir);

/* What the directory holds of the endpoint. PL_OK without a file: nothing is remembered. Otherwise
 * it can't be read or is damaged, and the store is unknown: filled in all the same. */
pl_status pl_memory_load(const pl_memory_dir *dir, const char *name, pl_memory_store *ret_store,
                         pl_error *error) PL_MUST_USE;

/* What a file held when it was last read or written, to see whether another program has written. */
typedef struct pl_memory_mark {
  pl_stamp written;
  pl_alarm alarm;
} pl_memory_mark;

pl_memory_mark pl_memory_mark_of(const pl_memory_store *store);

/* Replaces the endpoint's file. `before` is the mark of what was loaded, or saved last; `seen` is
 * the public verdict of the round since then, before pl_alarm_take. Where another program has
 * written meanwhile, its alarm goes one step further by `seen`, and the worse of both alarms stays,
 * in the store as well.
 *
 * On failure the file from before stays. Where it knows nothing of an alarm that is on, it is
 * emptied instead, so that it can't hide it: an empty file is damaged. Does nothing where the
 * directory is read-only. PL_ERR_IO. */
pl_status pl_memory_save(const pl_memory_dir *dir, const char *name, const pl_spec *spec,
                         const pl_memory_mark *before, pl_public seen, pl_memory_store *store,
                         pl_error *error) PL_MUST_USE;

/* Any text, as the file of a name that no endpoint can have, such as one with a blank. Free it with
 * free(); NULL without a file. It may be torn, or another's. */
pl_status pl_memory_load_text(const pl_memory_dir *dir, const char *name, size_t max,
                              char **ret_text, size_t *ret_length, pl_error *error) PL_MUST_USE;
/* Replaces that file; on failure it stays. Does nothing where the directory is read-only.
 * PL_ERR_IO.
 */
pl_status pl_memory_save_text(const pl_memory_dir *dir, const char *name, const char *text,
                              size_t length, pl_error *error) PL_MUST_USE;

/* A number for all that a restart must not lose. Where it is the same as the file's, only attempts
 * and the time of the last round are newer: writing may be left out, or need not be durable. */
uint64_t pl_memory_digest(const pl_memory_store *store);

#endif
