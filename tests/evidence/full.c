/* Fills the disk of an evidence log, a small tmpfs of its own: lines fail without a torn one, and
 * are written again when there is room. */
#include "log_world.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 50

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
    fail(path, "cannot be written");
  close(fd);
}

/* A mount namespace, as root or in a user namespace. */
static void enter(void) {
  char map[64];
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (uid == 0 && unshare(CLONE_NEWNS) == 0)
    return;
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    fail("unshare", "this system allows no user namespaces");
  write_file("/proc/self/setgroups", "deny");
  snprintf(map, sizeof(map), "0 %u 1", uid);
  write_file("/proc/self/uid_map", map);
  snprintf(map, sizeof(map), "0 %u 1", gid);
  write_file("/proc/self/gid_map", map);
}

static void expect_good(const log_world *world, const char *when) {
  pl_verify_config config = log_world_verify_config(world);
  pl_verify_report report = log_world_verify(&config);
  if (report.problems > 0)
    fail(when, report.problem);
}

/* Fills the disk but for `room` bytes at most. */
static void fill(const char *path, unsigned room) {
  static char block[256];
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  while (write(fd, block, sizeof(block)) > 0)
    continue;
  off_t size = lseek(fd, 0, SEEK_END);
  if (ftruncate(fd, size > (off_t)room ? size - (off_t)room : 0) != 0)
    fail(path, "cannot be cut");
  close(fd);
}

static unsigned write_until_full(pl_log *log) {
  static char rest[3000];
  pl_error error = {""};
  unsigned lines = 0;
  pl_buf text;
  pl_buf_fixed(&text, rest, sizeof(rest));
  pl_buf_add(&text, ",\"endpoint\":\"");
  while (text.length < 2500)
    pl_buf_add(&text, "x");
  pl_buf_add(&text, "\"");
  while (pl_log_append(log, PL_LINE_STOP, rest, &error) == PL_OK)
    lines++;
  if (strstr(error.text, "No space left on device") == NULL)
    fail("the disk is not full", error.text);
  return lines;
}

int main(void) {
  log_world world = {.seed = 1};
  char ballast[160];
  unsigned lines = 0;
  enter();
  log_world_make(&world);
  if (mkdir(world.log, 0700) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("tmpfs", world.log, "tmpfs", MS_NOSUID | MS_NODEV, "size=256k,mode=0700") != 0)
    fail("mount", "failed");
  snprintf(ballast, sizeof(ballast), "%s/ballast", world.log);
  pl_log_config config = log_world_config(&world);
  config.hasty = false;
  for (unsigned i = 0; i < ROUNDS; i++) {
    pl_log *log = log_world_open(&world, &config);
    log_world_add(&world, log, "one", 0, 86400);
    pl_error error = {""};
    if (pl_log_sign(log, &error) != PL_OK)
      fail("sign", error.text);
    fill(ballast, 4096 * (1 + i % 3));
    lines += write_until_full(log);
    pl_verify_config unsigned_lines = log_world_verify_config(&world);
    unsigned_lines.public_key = NULL;
    pl_verify_report report = log_world_verify(&unsigned_lines);
    if (report.problems > 0)
      fail("on the full disk", report.problem);
    if (unlink(ballast) != 0)
      fail("unlink", "failed");
    log_world_add(&world, log, "one", 0, 86400);
    log_world_close(log);
    expect_good(&world, "with room again");
    if (i % 10 == 9) { /* the log itself needs room */
      char command[200];
      snprintf(command, sizeof(command), "rm -r %s/*", world.log);
      if (system(command) != 0)
        fail(command, "failed");
    }
  }
  if (lines == 0)
    fail("this run proves nothing", "no line was written before the disk was full");
  if (umount2(world.log, MNT_DETACH) != 0)
    fail("umount", "failed");
  log_world_remove(&world);
  return 0;
}
