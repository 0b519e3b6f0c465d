/* Appends recorded cases to a file. */
#include "record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(pl_recorder *recorder, const char *what) {
  pl_error_set(recorder->problem, "%s: %s", recorder->path, what);
  if (recorder->fd >= 0)
    close(recorder->fd);
  recorder->fd = -1;
}

/* A FIFO would block this run, and a directory takes no lines. */
void pl_recorder_open(const char *path, pl_error *problem, pl_recorder *ret_recorder) {
  pl_recorder recorder = {.path = path, .fd = -1, .problem = problem};
  struct stat info;
  problem->text[0] = '\0';
  if (path != NULL) {
    recorder.fd =
        open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (recorder.fd < 0)
      fail(&recorder, errno == ELOOP ? "is a symbolic link" : strerror(errno));
    else if (fstat(recorder.fd, &info) != 0 || !S_ISREG(info.st_mode))
      fail(&recorder, "is not a regular file");
  }
  *ret_recorder = recorder;
}

/* A line that a full disk cut must not take the next one with it. */
static bool ends_in_a_line(int fd) {
  struct stat info;
  char last;
  return fstat(fd, &info) == 0 &&
         (info.st_size == 0 || (pread(fd, &last, 1, info.st_size - 1) == 1 && last == '\n'));
}

/* In one write, as other runs may append to the same file: without a lock, for which this run would
 * have to wait. */
static void write_line(pl_recorder *recorder, const char *line, size_t length) {
  size_t end = ends_in_a_line(recorder->fd) ? 1 : 0;
  ssize_t written = write(recorder->fd, line + end, length - end);
  if (written < 0 || (size_t)written != length - end)
    fail(recorder, written < 0 ? strerror(errno) : "the disk is full: the last line is torn");
}

void pl_recorder_add(pl_recorder *recorder, const pl_spec *spec, const pl_facts *facts,
                     const pl_memory_notes *notes, int64_t wall_now, const pl_verdict *verdict) {
  if (recorder->fd < 0)
    return;
  pl_evidence_verdict kept = pl_evidence_verdict_of(verdict);
  char *text = pl_evidence_line_write(spec, facts, notes, wall_now, &kept);
  pl_buf line;
  pl_buf_init(&line, PL_LIMIT_EVIDENCE_LINE + 2);
  if (text != NULL)
    pl_buf_addf(&line, "\n%s\n", text);
  if (text == NULL || pl_buf_status(&line) != PL_OK)
    fail(recorder, "out of memory");
  else
    write_line(recorder, pl_buf_text(&line), line.length);
  pl_buf_free(&line);
  free(text);
}

void pl_recorder_close(pl_recorder *recorder) {
  if (recorder->fd >= 0 && close(recorder->fd) != 0) {
    recorder->fd = -1;
    fail(recorder, strerror(errno));
  }
  recorder->fd = -1;
}
