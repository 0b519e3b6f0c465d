/* Reads an evidence log in parts, has the lines of each verified by two threads, and goes through
 * them in order. */
#include "evidence/log/verify.h"
#include "base/file.h"
#include "evidence/case.h"
#include "evidence/log/walk.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_LINES ((size_t)8192)
#define PART_BYTES ((size_t)32 << 20)
#define PATIENCE_MS 3000  /* a program adds some lines */
#define TURN ((size_t)32) /* lines that a thread takes at a time */

/* Lines that are verified together. */
typedef struct part {
  char *text;
  size_t length, room;
  pl_log_line_check *checks;
  size_t *offsets; /* of the text of each */
  size_t count;
  atomic_size_t next;
  atomic_bool failed; /* no memory */
} part;

typedef struct verifier {
  pl_log_line_checker checker;
  pl_walk walk;
  part part;
  size_t file;     /* index of the one that is read */
  uint64_t number; /* of the line in it */
  bool failed;     /* no memory */
} verifier;

static void *check_lines(void *arg) {
  verifier *v = arg;
  part *p = &v->part;
  size_t begin;
  while ((begin = atomic_fetch_add(&p->next, TURN)) < p->count) {
    size_t end = begin + TURN < p->count ? begin + TURN : p->count;
    for (size_t i = begin; i < end; i++) {
      if (!pl_log_line_check_run(&v->checker, &p->checks[i]))
        atomic_store(&p->failed, true);
    }
  }
  return NULL;
}

/* Verifies the part, and empties it. */
static bool end_part(verifier *v) {
  part *p = &v->part;
  pthread_t helper;
  for (size_t i = 0; i < p->count; i++)
    p->checks[i].text.at = p->text + p->offsets[i];
  atomic_store(&p->next, 0);
  bool two = v->checker.config->threads > 1 && p->count > TURN &&
             pthread_create(&helper, NULL, check_lines, v) == 0;
  check_lines(v);
  if (two)
    pthread_join(helper, NULL);
  bool whole = !atomic_load(&p->failed);
  for (size_t i = 0; i < p->count; i++) {
    if (whole)
      whole = pl_walk_take(&v->walk, &p->checks[i]);
    free(p->checks[i].why);
  }
  p->count = 0;
  p->length = 0;
  return whole;
}

static bool grow_text(part *p, size_t more) {
  if (p->room - p->length >= more)
    return true;
  size_t room = 2 * p->room + more;
  char *text = realloc(p->text, room);
  if (text == NULL)
    return false;
  p->text = text;
  p->room = room;
  return true;
}

static bool take_line(void *user, pl_slice line, bool torn) {
  verifier *v = user;
  part *p = &v->part;
  if (p->count == PART_LINES || p->length > PART_BYTES)
    v->failed = !end_part(v);
  if (v->failed || !grow_text(p, line.length + 1)) {
    v->failed = true;
    return false;
  }
  memcpy(p->text + p->length, line.at, line.length);
  p->offsets[p->count] = p->length;
  p->checks[p->count++] = (pl_log_line_check){
      .text = {.length = line.length}, .torn = torn, .file = v->file, .number = ++v->number};
  p->length += line.length;
  return true;
}

/* The files, and how long each is at one moment: whole lines, unless one is torn. */
static pl_status take_sizes(int dir, pl_log_files *ret_files, off_t **ret_sizes, pl_error *error) {
  pl_log_files files = {.names = NULL};
  /* A writer may be between the bytes of a line; one that hangs is not waited for. */
  (void)!pl_dir_lock(dir, PATIENCE_MS);
  pl_status status = pl_log_list(dir, &files, error);
  off_t *sizes = status == PL_OK ? calloc(files.count + 1, sizeof(*sizes)) : NULL;
  if (status == PL_OK && sizes == NULL)
    status = pl_fail_memory(error);
  for (size_t i = 0; i < files.count && status == PL_OK; i++) {
    struct stat file;
    if (fstatat(dir, files.names[i], &file, AT_SYMLINK_NOFOLLOW) == 0)
      sizes[i] = file.st_size;
    else
      status = pl_fail(error, PL_ERR_IO, "%s: can't be read", files.names[i]);
  }
  (void)flock(dir, LOCK_UN);
  if (status == PL_OK) {
    *ret_files = files;
    *ret_sizes = sizes;
    return PL_OK;
  }
  free(files.names);
  free(sizes);
  return status;
}

static pl_status read_files(verifier *v, int dir, const pl_log_files *files, const off_t *sizes,
                            pl_error *error) {
  pl_error why;
  for (size_t i = 0; i < files->count; i++) {
    v->file = i;
    v->number = 0;
    pl_status status = pl_log_each_line(dir, files->names[i], sizes[i], take_line, v, &why);
    if (v->failed || status == PL_ERR_MEMORY || !end_part(v))
      return pl_fail_memory(error);
    if (status != PL_OK)
      pl_walk_problem(&v->walk, i, v->number + 1, "%s", why.text);
  }
  pl_walk_end(&v->walk);
  return PL_OK;
}

static pl_status verify_files(const pl_verify_config *config, int dir, const pl_public_keys *keys,
                              pl_verify_report *report, pl_error *error) {
  pl_log_files files;
  off_t *sizes;
  pl_status status = take_sizes(dir, &files, &sizes, error);
  if (status != PL_OK)
    return status;
  report->files = files.count;
  verifier v = {
      .checker = {.config = config, .keys = config->public_key != NULL ? keys : NULL},
      .walk = {.config = config, .files = &files, .report = report},
      .part = {.checks = calloc(PART_LINES, sizeof(pl_log_line_check)),
               .offsets = calloc(PART_LINES, sizeof(size_t))},
  };
  if (v.part.checks != NULL && v.part.offsets != NULL)
    status = read_files(&v, dir, &files, sizes, error);
  else
    status = pl_fail_memory(error);
  pl_walk_free(&v.walk);
  free(v.part.text);
  free(v.part.checks);
  free(v.part.offsets);
  free(files.names);
  free(sizes);
  return status;
}

pl_status pl_verify_judge_case(const char *facts, size_t length, pl_verdict *ret_verdict,
                               pl_error *error) {
  pl_evidence_case *recorded = calloc(1, sizeof(*recorded));
  if (recorded == NULL)
    return pl_fail_memory(error);
  pl_status status = pl_evidence_case_read(facts, length, recorded, error);
  if (status == PL_OK) {
    pl_evidence_case_judge(recorded, ret_verdict);
    pl_evidence_case_free(recorded);
  }
  free(recorded);
  return status;
}

pl_status pl_verify(const pl_verify_config *config, pl_verify_report *ret_report, pl_error *error) {
  pl_public_keys keys = {.count = 0};
  pl_verify_report report = {.files = 0};
  char reason[128];
  int dir = open(config->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return pl_fail(error, PL_ERR_IO, "%s: the evidence directory can't be opened: %s", config->dir,
                   strerror_r(errno, reason, sizeof(reason)));
  pl_status status = PL_OK;
  pl_error problem;
  if (config->public_key != NULL &&
      (status = pl_public_keys_read(config->public_key, &keys, &problem)) != PL_OK)
    pl_error_set(error, "--public-key: %s", problem.text);
  if (status == PL_OK)
    status = verify_files(config, dir, &keys, &report, error);
  pl_public_keys_free(&keys);
  close(dir);
  if (status == PL_OK)
    *ret_report = report;
  return status;
}
