/* Kills a writer of a state file (SIGKILL) at random moments, again and again, while its rounds see
 * the public endpoint open, unproven and blocked. No alarm may get lost, and none may end without
 * its two proven blocks in a row: kill COUNT.
 *
 * The writer tells each round before it saves it, and again after: what it told after is what users
 * may have been told. The file must hold that, or the round that was being saved, and nothing else.
 */
#include "memory/alarm.h"
#include "memory/file.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "api.example.com"
#define RECOVERY 2
#define LONGEST (30 * PL_MSEC) /* that a writer lives */

static const pl_spec spec = {
    .expect_public = PL_EXPECT_BLOCKED, .on_unproven = PL_SEVERITY_UNKNOWN, .recovery = RECOVERY};

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* ---- the writer ----------------------------------------------------------------------------- */

static void tell(int fd, char letter) {
  if (write(fd, &letter, 1) != 1)
    _exit(1);
}

static pl_public seen_by(char letter) {
  return letter == 'o' ? PL_PUBLIC_OPEN : letter == 'u' ? PL_PUBLIC_UNPROVEN : PL_PUBLIC_BLOCKED;
}

static void write_rounds(const char *path, int fd, unsigned seed) {
  static const char letters[] = "bbbbbbou";
  pl_memory_dir dir;
  pl_memory_store store;
  pl_error error;
  if (pl_memory_dir_open(path, &dir, &error) != PL_OK ||
      pl_memory_load(&dir, NAME, &store, &error) != PL_OK)
    fail("the writer can't read", error.text);
  for (int64_t round = 1;; round++) {
    char letter = letters[(unsigned)rand_r(&seed) % (sizeof(letters) - 1)];
    pl_memory_mark before = pl_memory_mark_of(&store);
    pl_moment now = {.wall = 1000000000 + round, .boot = getpid() + round, .host = 7};
    pl_verdict verdict = {.public_verdict = seen_by(letter)};
    verdict.checks[PL_CHECK_PUBLIC].ran = true;
    tell(fd, letter);
    store.written = pl_stamp_of(&now);
    pl_alarm_take(&store, &spec, &now, &verdict);
    if (pl_memory_save(&dir, NAME, &spec, &before, seen_by(letter), &store, &error) != PL_OK)
      fail("the writer can't write", error.text);
    tell(fd, '.');
  }
}

/* ---- what the file must hold ---------------------------------------------------------------- */

/* Written down once more, so that a mistake of memory/alarm.c is found, too. */
typedef struct model {
  bool alarm;
  unsigned row; /* proven blocks, at most RECOVERY */
} model;

static model after_round(model m, char letter) {
  if (letter != 'b')
    return (model){.alarm = m.alarm || letter == 'o', .row = 0};
  m.row += m.row < RECOVERY;
  return (model){.alarm = m.alarm && m.row < RECOVERY, .row = m.row};
}

static bool holds(const pl_memory_store *store, model m) {
  return store->alarm.state == (m.alarm ? PL_ALARM_ON : PL_ALARM_OFF) &&
         store->alarm.blocks == m.row;
}

typedef struct tally {
  unsigned rounds, alarms, cut, kept;
} tally;

/* Checks the file after a kill against what the writer told. Returns what it holds. */
static model check(const char *path, const char *told, model begin, tally *t) {
  pl_memory_dir dir;
  pl_memory_store store;
  pl_error error;
  if (pl_memory_dir_open(path, &dir, &error) != PL_OK ||
      pl_memory_load(&dir, NAME, &store, &error) != PL_OK)
    fail("after a kill the file can't be read", error.text);
  pl_memory_dir_close(&dir);
  model saved = begin;
  size_t length = strlen(told), i = 0;
  for (; i + 1 < length; i += 2) {
    saved = after_round(saved, told[i]);
    t->rounds++;
    t->alarms += told[i] == 'o';
  }
  if (i == length) { /* between two rounds */
    if (!holds(&store, saved))
      fail("the file does not hold the rounds that were told", told);
    return saved;
  }
  model begun = after_round(saved, told[i]);
  t->cut++;
  if (holds(&store, saved)) {
    t->kept++;
    return saved;
  }
  if (!holds(&store, begun))
    fail("the file holds neither the last round nor the one before", told);
  return begun;
}

static model kill_one(const char *path, unsigned *seed, model begin, tally *t) {
  static char told[65536];
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    fail("pipe", "failed");
  unsigned of_writer = (unsigned)rand_r(seed);
  pid_t writer = fork();
  if (writer < 0)
    fail("fork", "failed");
  if (writer == 0) {
    close(ends[0]);
    write_rounds(path, ends[1], of_writer);
  }
  close(ends[1]);
  /* The first byte shows that it has begun. */
  size_t length = read(ends[0], told, 1) == 1 ? 1 : 0;
  struct timespec life = {.tv_nsec = (long)((unsigned)rand_r(seed) % LONGEST)};
  nanosleep(&life, NULL);
  kill(writer, SIGKILL);
  int status;
  if (waitpid(writer, &status, 0) != writer || !WIFSIGNALED(status))
    fail("the writer", "ended by itself");
  ssize_t count;
  while ((count = read(ends[0], told + length, sizeof(told) - 1 - length)) > 0)
    length += (size_t)count;
  told[length] = '\0';
  close(ends[0]);
  return check(path, told, begin, t);
}

int main(int argc, char **argv) {
  unsigned count = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
  unsigned seed = argc == 2 ? (unsigned)time(NULL) : 0;
  char path[] = "/tmp/memory_kill.XXXXXX", command[64];
  if (count == 0)
    fail("usage", "kill COUNT");
  if (mkdtemp(path) == NULL)
    fail("mkdtemp", "failed");
  printf("seed %u\n", seed);
  model m = {.alarm = false};
  tally t = {0};
  for (unsigned i = 0; i < count; i++)
    m = kill_one(path, &seed, m, &t);
  printf(
      "%u kills, %u of them while a round was being saved (%u times the round before stayed); %u "
      "rounds, %u of them open\n",
      count, t.cut, t.kept, t.rounds, t.alarms);
  snprintf(command, sizeof(command), "rm -rf '%s'", path);
  if (system(command) != 0)
    return 1;
  if (t.cut == 0 || t.alarms == 0)
    fail("this run proves nothing", "no round was cut, or none was open");
  return 0;
}
