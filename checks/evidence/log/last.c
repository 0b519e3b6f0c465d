/* Remembers what was written last of an endpoint. */
#include "evidence/log/last.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER ".last"
#define BYTES_MAX 512
#define NAME_BYTES 24
#define FAILED ".failed"

static int open_folder(const char *dir) {
  char path[PL_LIMIT_VALUE + sizeof("/" FOLDER)];
  if (snprintf(path, sizeof(path), "%s/" FOLDER, dir) >= (int)sizeof(path))
    return -1;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (mkdir(path, 0700) == 0 || errno == EEXIST))
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd;
}

static void make_name(char name[NAME_BYTES], const char *endpoint, const char *suffix) {
  char hex[PL_HASH_HEX];
  pl_sha256 hash = pl_sha256_of(endpoint, strlen(endpoint));
  pl_sha256_hex(&hash, hex);
  snprintf(name, NAME_BYTES, "%.16s%s", hex, suffix);
}

/* A decimal number and a blank. */
static bool take_number(const char **at, int64_t *ret_number) {
  char *end;
  int64_t number = strtoll(*at, &end, 10);
  if (end == *at || *end != ' ' || number < 0 || number > INT64_MAX / 4)
    return false;
  *at = end + 1;
  *ret_number = number;
  return true;
}

/* A hash and a blank or a newline. */
static bool take_hash(const char **at, pl_sha256 *ret_hash) {
  size_t length = strcspn(*at, " \n");
  if ((*at)[length] == '\0' || !pl_sha256_parse(*at, length, ret_hash))
    return false;
  *at += length + 1;
  return true;
}

bool pl_last_read(const char *dir, const char *endpoint, pl_last *ret_last) {
  char name[NAME_BYTES], failed[NAME_BYTES], text[BYTES_MAX];
  pl_last last = {.seq = 0};
  *ret_last = last;
  int folder = open_folder(dir);
  if (folder < 0)
    return false;
  make_name(name, endpoint, "");
  make_name(failed, endpoint, FAILED);
  bool has_failed = faccessat(folder, failed, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  ssize_t count = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
  if (fd >= 0)
    close(fd);
  close(folder);
  text[count > 0 ? count : 0] = '\0';
  const char *at = text;
  int64_t seq;
  if (take_number(&at, &seq) && take_number(&at, &last.written) && take_number(&at, &last.round) &&
      take_hash(&at, &last.digest) && take_hash(&at, &last.config) && !has_failed) {
    last.seq = (uint64_t)seq;
    *ret_last = last;
  }
  return has_failed;
}

void pl_last_fail(const char *dir, const char *endpoint) {
  char name[NAME_BYTES], failed[NAME_BYTES];
  int folder = open_folder(dir);
  if (folder < 0)
    return;
  make_name(name, endpoint, "");
  make_name(failed, endpoint, FAILED);
  (void)renameat(folder, name, folder, failed);
  close(folder);
}

/* Without fsync: what is lost costs a line. */
void pl_last_write(const char *dir, const char *endpoint, const pl_last *last) {
  char name[NAME_BYTES], fresh[NAME_BYTES], failed[NAME_BYTES], text[BYTES_MAX];
  char digest[PL_HASH_HEX], config[PL_HASH_HEX];
  int folder = open_folder(dir);
  if (folder < 0)
    return;
  make_name(name, endpoint, "");
  make_name(fresh, endpoint, ".new");
  make_name(failed, endpoint, FAILED);
  pl_sha256_hex(&last->digest, digest);
  pl_sha256_hex(&last->config, config);
  int length = snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 " %" PRId64 " %s %s\n",
                        last->seq, last->written, last->round, digest, config);
  (void)unlinkat(folder, fresh, 0);
  int fd = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  bool written = fd >= 0 && pl_fd_write(fd, text, (size_t)length);
  if (fd >= 0)
    close(fd);
  bool kept = written && renameat(folder, fresh, folder, name) == 0;
  (void)unlinkat(folder, kept ? failed : fresh, 0);
  close(folder);
}

static bool equal(const pl_sha256 *a, const pl_sha256 *b) {
  return memcmp(a->bytes, b->bytes, PL_HASH_BYTES) == 0;
}

const char *pl_last_due(const pl_last *last, const pl_sha256 *digest, const pl_sha256 *config,
                        uint64_t head, pl_nsec now, uint64_t interval) {
  pl_nsec limit = (pl_nsec)interval * PL_SEC;
  pl_nsec age = now - last->written, pause = now - last->round;
  if (last->seq == 0 || last->seq > head)
    return "first";
  if (!equal(config, &last->config))
    return "configuration";
  if (!equal(digest, &last->digest))
    return "verdict";
  /* A clock that was set back, or the next round, which may take a quarter longer. */
  if (age < 0 || pause < 0 || age >= limit || age + pause > limit / 4 * 5)
    return "interval";
  return NULL;
}
