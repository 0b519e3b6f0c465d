/* Kills a writer of an evidence log (SIGKILL) at random moments, again and again, and cuts what it
 * had not yet reported, as a crash of the host may: kill COUNT. No line that was reported may get
 * lost, and after the next line the whole log is good.
 */
#include "log_world.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PER_LOG 20
#define LONGEST (30 * PL_MSEC) /* that a writer lives */

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

typedef struct tally {
  unsigned kills, lines, unreported, repairs;
} tally;

/* The whole log has these bytes: all are in one file, of one day. */
static off_t size_of(const log_world *world, char path[160]) {
  struct stat file = {.st_size = 0};
  snprintf(path, 160, "%s/2026-05-28.jsonl", world->log);
  (void)!stat(path, &file);
  return file.st_size;
}

/* Reports the size of the log after each line. */
static void write_lines(log_world *world, int fd) {
  char path[160];
  pl_log_config config = log_world_config(world);
  config.hasty = false;
  pl_log *log = log_world_open(world, &config);
  pl_error error;
  for (;;) {
    log_world_add(world, log, "one", 0, 86400);
    if (log_world_random(world, 2) == 0 && pl_log_sign(log, &error) != PL_OK)
      fail("sign", error.text);
    off_t size = size_of(world, path);
    if (write(fd, &size, sizeof(size)) != sizeof(size))
      _exit(1);
  }
}

/* Returns what the log had when it was reported last. */
static off_t kill_writer(log_world *world, tally *t) {
  int ends[2];
  off_t size, reported = 0;
  if (pipe2(ends, O_CLOEXEC) != 0)
    fail("pipe", "failed");
  world->seed = (unsigned)rand_r(&world->seed);
  pid_t writer = fork();
  if (writer < 0)
    fail("fork", "failed");
  if (writer == 0) {
    close(ends[0]);
    write_lines(world, ends[1]);
  }
  close(ends[1]);
  ssize_t first = read(ends[0], &size, sizeof(size)); /* it has begun */
  struct timespec life = {.tv_nsec = (long)log_world_random(world, LONGEST)};
  nanosleep(&life, NULL);
  kill(writer, SIGKILL);
  int status;
  if (waitpid(writer, &status, 0) != writer || !WIFSIGNALED(status))
    fail("the writer", "ended by itself");
  while (first == sizeof(size)) {
    reported = size;
    t->lines++;
    first = read(ends[0], &size, sizeof(size));
  }
  close(ends[0]);
  world->wall += PL_SEC;
  return reported;
}

static void check(log_world *world, off_t reported, tally *t) {
  char path[160];
  pl_verify_config config = log_world_verify_config(world);
  off_t size = size_of(world, path);
  if (size < reported)
    fail("a line that was reported is lost", path);
  if (size > reported) {
    off_t kept = reported + (off_t)log_world_random(world, (unsigned)(size - reported) + 1);
    t->unreported++;
    if (truncate(path, kept) != 0)
      fail("truncate", "failed");
  }
  pl_verify_report before = log_world_verify(&config);
  pl_log *log = log_world_open(world, NULL);
  log_world_add(world, log, "one", 0, 86400);
  log_world_close(log);
  pl_verify_report after = log_world_verify(&config);
  if (after.problems > 0)
    fail("the log is not good", after.problem);
  if (after.verdicts <= before.verdicts && after.repairs == before.repairs)
    fail("the log lost a line", path);
  t->repairs += after.repairs > before.repairs;
}

int main(int argc, char **argv) {
  unsigned count = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
  unsigned seed = (unsigned)time(NULL);
  tally t = {.kills = 0};
  if (count == 0)
    fail("usage", "kill COUNT");
  printf("seed %u\n", seed);
  while (t.kills < count) {
    log_world world = {.seed = seed + t.kills};
    log_world_make(&world);
    for (unsigned i = 0; i < PER_LOG && t.kills < count; i++, t.kills++)
      check(&world, kill_writer(&world, &t), &t);
    log_world_remove(&world);
  }
  printf("%u kills, %u reports of lines, %u times with bytes after the last, %u repairs\n", t.kills,
         t.lines, t.unreported, t.repairs);
  if (t.unreported == 0 || t.repairs == 0)
    fail("this run proves nothing", "no line was cut");
  return 0;
}
