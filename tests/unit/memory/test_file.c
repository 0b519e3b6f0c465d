// Tests the state directory: damaged files, foreign ones, full disks and two writers at once.
#include "alloc_fail.h"
#include "base/file.h"
#include "memory/alarm.h"
#include "memory/file.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "api.example.com"
#define MARK(store) (&(pl_memory_mark){.written = (store).written, .alarm = (store).alarm})

static char directory[64];
static pl_spec spec = {.expect_public = PL_EXPECT_BLOCKED, .recovery = 2};

static int make_directory(void **state) {
  (void)state;
  snprintf(directory, sizeof(directory), "/tmp/test_memory.XXXXXX");
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof(command), "rm -rf '%s'", directory);
  return system(command);
}

static pl_memory_dir open_it(void) {
  pl_memory_dir dir;
  pl_error error;
  if (pl_memory_dir_open(directory, &dir, &error) != PL_OK)
    fail_msg("%s", error.text);
  return dir;
}

/* A store as a round leaves it; each call is a second later. */
static pl_memory_store make_store(pl_alarm_state alarm, unsigned blocks) {
  static int64_t second;
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm = (pl_alarm){.state = alarm, .unsettled = alarm != PL_ALARM_OFF, .blocks = blocks};
  second++;
  store.written = (pl_stamp){(uint32_t)(1000000000 + second), (uint32_t)(100 + second)};
  return store;
}

static void save(const pl_memory_dir *dir, const pl_memory_store *store) {
  pl_error error;
  pl_memory_store before, after = *store;
  (void)!pl_memory_load(dir, NAME, &before, &error);
  if (pl_memory_save(dir, NAME, &spec, MARK(before), PL_PUBLIC_UNPROVEN, &after, &error) != PL_OK)
    fail_msg("%s", error.text);
}

static pl_status load(const pl_memory_dir *dir, pl_memory_store *store) {
  pl_error error = {""};
  pl_status status = pl_memory_load(dir, NAME, store, &error);
  assert_int_equal(error.text[0] == '\0', status == PL_OK);
  return status;
}

static void expect_alarm(const pl_memory_dir *dir, pl_status status, pl_alarm_state alarm) {
  pl_memory_store store;
  assert_int_equal(load(dir, &store), status);
  assert_int_equal(store.alarm.state, alarm);
}

/* The one file of the directory that is no temporary one. */
static const char *state_file(void) {
  static char path[160];
  char command[128];
  snprintf(command, sizeof(command), "ls '%s'/*.json", directory);
  FILE *list = popen(command, "r");
  assert_non_null(list);
  assert_non_null(fgets(path, sizeof(path), list));
  pclose(list);
  path[strcspn(path, "\n")] = '\0';
  return path;
}

static void write_bytes(const char *path, const char *bytes, size_t length) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, length), (ssize_t)length);
  close(fd);
}

static size_t read_bytes(const char *path, char *bytes, size_t size) {
  int fd = open(path, O_RDONLY);
  assert_true(fd >= 0);
  ssize_t length = read(fd, bytes, size);
  assert_true(length >= 0);
  close(fd);
  return (size_t)length;
}

static unsigned count_descriptors(void) {
  unsigned count = 0;
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void what_is_saved_comes_back(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  pl_memory_dir dir = open_it();
  expect_alarm(&dir, PL_OK, PL_ALARM_OFF); /* no file: nothing is remembered */
  pl_memory_store store = make_store(PL_ALARM_ON, 1), read;
  save(&dir, &store);
  assert_int_equal(load(&dir, &read), PL_OK);
  assert_int_equal(read.alarm.state, PL_ALARM_ON);
  assert_int_equal(read.alarm.blocks, 1);
  assert_int_equal(read.written.wall, store.written.wall);
  struct stat file;
  assert_int_equal(stat(state_file(), &file), 0);
  assert_int_equal(file.st_mode & 07777, 0600);
  assert_true(file.st_size < PL_LIMIT_MEMORY_FILE / 2);
  pl_memory_dir_close(&dir);
  assert_int_equal(count_descriptors(), descriptors);
}

static void a_file_torn_at_any_byte_is_unknown(void **state) {
  (void)state;
  static char text[PL_LIMIT_MEMORY_FILE];
  pl_memory_dir dir = open_it();
  pl_memory_store store = make_store(PL_ALARM_OFF, 0);
  save(&dir, &store);
  char path[160];
  snprintf(path, sizeof(path), "%s", state_file());
  size_t length = read_bytes(path, text, sizeof(text));
  for (size_t i = 0; i + 1 < length; i++) {
    write_bytes(path, text, i);
    expect_alarm(&dir, PL_ERR_INVALID, PL_ALARM_UNKNOWN);
  }
  write_bytes(path, text, length);
  expect_alarm(&dir, PL_OK, PL_ALARM_OFF);
  pl_memory_dir_close(&dir);
}

/* Each makes the good file of the path another thing. */
static void make_unreadable(const char *path) { assert_int_equal(chmod(path, 0), 0); }
static void make_writable(const char *path) { assert_int_equal(chmod(path, 0620), 0); }
static void make_foreign(const char *path) { assert_int_equal(chown(path, 12345, 12345), 0); }
static void make_link(const char *path) {
  char other[200];
  snprintf(other, sizeof(other), "%s.moved", path);
  assert_int_equal(rename(path, other), 0);
  assert_int_equal(symlink(other, path), 0);
}
static void make_hard_link(const char *path) {
  char other[200];
  snprintf(other, sizeof(other), "%s.link", path);
  assert_int_equal(link(path, other), 0);
}
static void make_fifo(const char *path) {
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkfifo(path, 0600), 0);
}
static void make_folder(const char *path) {
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkdir(path, 0700), 0);
}
static void make_large(const char *path) { assert_int_equal(truncate(path, 1 << 20), 0); }
static void make_future(const char *path) {
  static const char future[] = "{\"version\":2,\"name\":\"" NAME "\"}\n";
  write_bytes(path, future, sizeof(future) - 1);
}
static void make_of_another(const char *path) {
  char command[256];
  snprintf(command, sizeof(command), "sed -i s/" NAME "/other/ '%s'", path);
  assert_int_equal(system(command), 0);
}

static const struct {
  const char *name;
  void (*make)(const char *path);
  bool root;     /* only root can make it */
  bool for_root; /* root can read it all the same */
} damages[] = {
    {"nobody may read it", make_unreadable, false, true},
    {"others may write it", make_writable, false, false},
    {"another user's", make_foreign, true, false},
    {"a symbolic link", make_link, false, false},
    {"a hard link", make_hard_link, false, false},
    {"a FIFO", make_fifo, false, false},
    {"a directory", make_folder, false, false},
    {"too large", make_large, false, false},
    {"of a later release", make_future, false, false},
    {"of another endpoint", make_of_another, false, false},
};

static void a_file_that_is_not_ours_is_unknown(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(damages); i++) {
    if ((damages[i].root && geteuid() != 0) || (damages[i].for_root && geteuid() == 0))
      continue;
    assert_int_equal(make_directory(state), 0);
    pl_memory_dir dir = open_it();
    pl_memory_store store = make_store(PL_ALARM_OFF, 0), read;
    save(&dir, &store);
    damages[i].make(state_file());
    pl_error error;
    if (pl_memory_load(&dir, NAME, &read, &error) == PL_OK || read.alarm.state != PL_ALARM_UNKNOWN)
      fail_msg("%s: %d", damages[i].name, (int)read.alarm.state);
    assert_non_null(strstr(error.text, NAME));
    pl_memory_dir_close(&dir);
    assert_int_equal(remove_directory(state), 0);
  }
  assert_int_equal(make_directory(state), 0);
}

/* Two proven rounds make it good again; a temporary file that is left over is in nobody's way. */
static void a_damaged_file_recovers(void **state) {
  (void)state;
  pl_memory_dir dir = open_it();
  pl_memory_store store = make_store(PL_ALARM_ON, 0), before;
  pl_error error;
  save(&dir, &store);
  char path[160];
  snprintf(path, sizeof(path), "%s", state_file());
  assert_int_equal(truncate(path, 10), 0);
  char fresh[200];
  snprintf(fresh, sizeof(fresh), "%.*s.new", (int)(strlen(path) - strlen(".json")), path);
  assert_int_equal(symlink("/etc/passwd", fresh), 0);
  static const pl_alarm_state expected[] = {PL_ALARM_UNKNOWN, PL_ALARM_OFF};
  for (unsigned round = 0; round < 2; round++) {
    pl_status status = load(&dir, &store);
    assert_int_equal(status, round == 0 ? PL_ERR_INVALID : PL_OK);
    before = store;
    pl_alarm_step(&store.alarm, &spec, PL_PUBLIC_BLOCKED);
    store.written.wall = 1000 + round;
    assert_int_equal(
        pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_BLOCKED, &store, &error), PL_OK);
    expect_alarm(&dir, PL_OK, expected[round]);
  }
  pl_memory_dir_close(&dir);
}

/* ---- the directory -------------------------------------------------------------------------- */

static void what_is_no_state_directory(void **state) {
  (void)state;
  pl_memory_dir dir = {.fd = -1};
  pl_error error;
  char path[128];
  static const mode_t modes[] = {0720, 0702, 0777, 01777};
  for (size_t i = 0; i < PL_COUNT_OF(modes); i++) {
    assert_int_equal(chmod(directory, modes[i]), 0);
    assert_int_equal(pl_memory_dir_open(directory, &dir, &error), PL_ERR_INVALID);
    assert_non_null(strstr(error.text, "chmod go-w"));
  }
  assert_int_equal(chmod(directory, 0755), 0);
  assert_int_equal(pl_memory_dir_open(directory, &dir, &error), PL_OK);
  pl_memory_dir_close(&dir);
  snprintf(path, sizeof(path), "%s/link", directory);
  assert_int_equal(symlink(directory, path), 0);
  assert_int_equal(pl_memory_dir_open(path, &dir, &error), PL_ERR_INVALID);
  strcat(path, "//");
  assert_int_equal(pl_memory_dir_open(path, &dir, &error), PL_ERR_INVALID);
  snprintf(path, sizeof(path), "%s/file", directory);
  write_bytes(path, "", 0);
  assert_int_equal(pl_memory_dir_open(path, &dir, &error), PL_ERR_INVALID);
  snprintf(path, sizeof(path), "%s/two/levels", directory);
  assert_int_equal(pl_memory_dir_open(path, &dir, &error), PL_ERR_IO);
  assert_int_equal(dir.fd, -1);
}

static void a_missing_directory_is_created(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof(path), "%s/new/", directory);
  pl_memory_dir dir;
  pl_error error;
  struct stat created;
  assert_int_equal(pl_memory_dir_open(path, &dir, &error), PL_OK);
  assert_int_equal(fstat(dir.fd, &created), 0);
  assert_int_equal(created.st_mode & 07777, 0700);
  pl_memory_dir_close(&dir);
}

/* Runs `run` in a process of another user; its result is the exit code. */
static int as_nobody(int (*run)(void)) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0)
      _exit(99);
    _exit(run());
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* Reads the alarm of a directory that is root's, and tries to change it. */
static int read_and_try(void) {
  pl_memory_dir dir;
  pl_error error;
  pl_memory_store store, before;
  if (pl_memory_dir_open(directory, &dir, &error) != PL_OK || !dir.read_only)
    return 1;
  if (pl_memory_load(&dir, NAME, &store, &error) != PL_OK || store.alarm.state != PL_ALARM_ON)
    return 2;
  before = store;
  store.alarm = (pl_alarm){.state = PL_ALARM_OFF};
  return pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_BLOCKED, &store, &error) !=
         PL_OK;
}

static void another_user_reads_and_never_writes(void **state) {
  (void)state;
  if (geteuid() != 0)
    skip();
  pl_memory_dir dir = open_it();
  pl_memory_store store = make_store(PL_ALARM_ON, 0);
  save(&dir, &store);
  assert_int_equal(chmod(directory, 0755), 0);
  assert_int_equal(chmod(state_file(), 0644), 0);
  assert_int_equal(as_nobody(read_and_try), 0);
  expect_alarm(&dir, PL_OK, PL_ALARM_ON);
  pl_memory_dir_close(&dir);
}

/* Root does not write to a user's directory either. */
static void root_writes_to_no_other_directory(void **state) {
  (void)state;
  if (geteuid() != 0)
    skip();
  pl_memory_dir dir = open_it();
  pl_memory_store store = make_store(PL_ALARM_ON, 0);
  save(&dir, &store);
  pl_memory_dir_close(&dir);
  assert_int_equal(chown(directory, 65534, 65534), 0);
  assert_int_equal(chown(state_file(), 65534, 65534), 0);
  assert_int_equal(read_and_try(), 0);
  assert_int_equal(as_nobody(read_and_try), 1); /* the owner may write */
}

/* ---- disks ---------------------------------------------------------------------------------- */

/* No byte of a file can be written: as on a full disk. */
static void fill_disk(bool full) {
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = full ? 0 : limit.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk(void **state) {
  (void)state;
  static const struct {
    pl_alarm_state before, after; /* of the run that can't write */
    pl_alarm_state kept;          /* what the next run reads */
    bool baseline;                /* and whether the rest of the file is there */
  } cases[] = {
      {PL_ALARM_ON, PL_ALARM_OFF, PL_ALARM_ON, true},
      {PL_ALARM_ON, PL_ALARM_ON, PL_ALARM_ON, true},
      {PL_ALARM_OFF, PL_ALARM_OFF, PL_ALARM_OFF, true},
      {PL_ALARM_UNKNOWN, PL_ALARM_OFF, PL_ALARM_UNKNOWN, true},
      {PL_ALARM_OFF, PL_ALARM_ON, PL_ALARM_UNKNOWN, false},
  };
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_memory_dir dir = open_it();
    pl_error error;
    pl_memory_store before = make_store(cases[i].before, 0);
    before.baseline.wall = 1000;
    save(&dir, &before);
    pl_memory_store store = make_store(cases[i].after, 1), read;
    fill_disk(true);
    pl_status status =
        pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_BLOCKED, &store, &error);
    fill_disk(false);
    assert_int_equal(status, PL_ERR_IO);
    assert_non_null(strstr(error.text, "can't be written"));
    pl_error why;
    (void)!pl_memory_load(&dir, NAME, &read, &why);
    assert_int_equal(read.alarm.state, cases[i].kept);
    assert_int_equal(read.baseline.wall != 0, cases[i].baseline);
    assert_int_equal(store.alarm.state, cases[i].after);
    pl_memory_dir_close(&dir);
  }
  signal(SIGXFSZ, handler);
}

/* The first round on a full disk: an empty file is all that fits. */
static void a_full_disk_without_a_file(void **state) {
  (void)state;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  pl_memory_dir dir = open_it();
  pl_error error;
  pl_memory_store before, store = make_store(PL_ALARM_ON, 0);
  pl_memory_init(&before);
  fill_disk(true);
  pl_status status =
      pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_OPEN, &store, &error);
  fill_disk(false);
  assert_int_equal(status, PL_ERR_IO);
  expect_alarm(&dir, PL_ERR_INVALID, PL_ALARM_UNKNOWN);
  pl_memory_dir_close(&dir);
  signal(SIGXFSZ, handler);
}

static void a_directory_that_is_gone(void **state) {
  (void)state;
  pl_memory_dir dir = open_it();
  pl_error error;
  pl_memory_store before, store = make_store(PL_ALARM_ON, 0);
  pl_memory_init(&before);
  assert_int_equal(rmdir(directory), 0);
  assert_int_equal(pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_OPEN, &store, &error),
                   PL_ERR_IO);
  assert_int_equal(store.alarm.state, PL_ALARM_ON);
  pl_memory_dir_close(&dir);
}

/* ---- memory --------------------------------------------------------------------------------- */

/* jansson's allocations are the only ones. */
static void *allocate(size_t size) { return malloc(size); }

static void every_allocation_can_fail(void **state) {
  (void)state;
  pl_memory_dir dir = open_it();
  pl_memory_store store = make_store(PL_ALARM_ON, 1), read;
  pl_error error;
  unsigned failures = 0;
  save(&dir, &store);
  json_set_alloc_funcs(allocate, free);
  for (unsigned nth = 1;; nth++) {
    pl_memory_store before, after = store;
    alloc_fail_arm(nth);
    pl_status loaded = pl_memory_load(&dir, NAME, &before, &error);
    pl_status saved =
        pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_UNPROVEN, &after, &error);
    bool failed = alloc_fail_disarm();
    if (!failed) {
      assert_int_equal(loaded, PL_OK);
      assert_int_equal(saved, PL_OK);
      break;
    }
    failures++;
    assert_true(loaded == PL_OK || before.alarm.state == PL_ALARM_UNKNOWN);
    assert_true(after.alarm.state == PL_ALARM_ON);
    assert_int_equal(load(&dir, &read), PL_OK);
    assert_int_equal(read.alarm.state, PL_ALARM_ON);
  }
  assert_true(failures > 100);
  json_set_alloc_funcs(malloc, free);
  pl_memory_dir_close(&dir);
}

/* Only attempts and the time of the round are newer: nothing to make durable. */
static void what_a_restart_must_not_lose(void **state) {
  (void)state;
  pl_memory_store store = make_store(PL_ALARM_OFF, 0), other = store;
  other.written.wall++;
  other.proven.wall++;
  other.gap++;
  other.rounds[0].attempts++;
  assert_true(pl_memory_digest(&store) == pl_memory_digest(&other));
  static const size_t offsets[] = {
      offsetof(pl_memory_store, alarm.state),    offsetof(pl_memory_store, alarm.unsettled),
      offsetof(pl_memory_store, alarm.blocks),   offsetof(pl_memory_store, binding),
      offsetof(pl_memory_store, baseline),       offsetof(pl_memory_store, signs),
      offsetof(pl_memory_store, variations),     offsetof(pl_memory_store, varied),
      offsetof(pl_memory_store, throttled),      offsetof(pl_memory_store, open_ipv4),
      offsetof(pl_memory_store, open_ipv6),      offsetof(pl_memory_store, pool_changed),
      offsetof(pl_memory_store, look_changed),   offsetof(pl_memory_store, hops_against),
      offsetof(pl_memory_store, forms),          offsetof(pl_memory_store, let_in),
      offsetof(pl_memory_store, hops_addresses), offsetof(pl_memory_store, controls[PL_KEPT_HOPS]),
  };
  for (size_t i = 0; i < PL_COUNT_OF(offsets); i++) {
    other = store;
    ((unsigned char *)&other)[offsets[i]] ^= 1;
    if (pl_memory_digest(&store) == pl_memory_digest(&other))
      fail_msg("the field at %zu is not in the digest", offsets[i]);
  }
}

/* ---- two programs --------------------------------------------------------------------------- */

/* Another program has written since our run began. */
static void the_alarm_of_another_run_stays(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_alarm other;    /* what it has written */
    pl_public seen;    /* by our run, which began without an alarm */
    pl_alarm expected; /* what stays */
  } cases[] = {
      {"it saw it open, we saw a block",
       {PL_ALARM_ON, true, 0},
       PL_PUBLIC_BLOCKED,
       {PL_ALARM_ON, true, 1}},
      {"it saw a block, we saw it open",
       {PL_ALARM_OFF, false, 1},
       PL_PUBLIC_OPEN,
       {PL_ALARM_ON, true, 0}},
      {"both saw it open", {PL_ALARM_ON, true, 0}, PL_PUBLIC_OPEN, {PL_ALARM_ON, true, 0}},
      {"it was one block from the end",
       {PL_ALARM_ON, true, 1},
       PL_PUBLIC_BLOCKED,
       {PL_ALARM_OFF, false, 1}},
      {"it proved nothing", {PL_ALARM_OFF, true, 0}, PL_PUBLIC_BLOCKED, {PL_ALARM_OFF, true, 1}},
      {"it found the file damaged",
       {PL_ALARM_UNKNOWN, true, 0},
       PL_PUBLIC_BLOCKED,
       {PL_ALARM_UNKNOWN, true, 1}},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_memory_dir dir = open_it();
    pl_error error;
    pl_memory_store first = make_store(PL_ALARM_OFF, 0), ours, before, read;
    save(&dir, &first);
    assert_int_equal(load(&dir, &before), PL_OK);
    ours = before;
    pl_memory_store other = make_store(cases[i].other.state, 0);
    other.alarm = cases[i].other;
    save(&dir, &other);
    /* save() merges as well; here its store is the newest. */
    (void)load(&dir, &read);
    pl_alarm_step(&ours.alarm, &spec, cases[i].seen);
    ours.written.wall += 1000;
    assert_int_equal(pl_memory_save(&dir, NAME, &spec, MARK(before), cases[i].seen, &ours, &error),
                     PL_OK);
    assert_int_equal(load(&dir, &read), PL_OK);
    if (read.alarm.state != cases[i].expected.state ||
        read.alarm.unsettled != cases[i].expected.unsettled ||
        read.alarm.blocks != cases[i].expected.blocks)
      fail_msg("%s: %d %d %u", cases[i].name, (int)read.alarm.state, read.alarm.unsettled,
               read.alarm.blocks);
    assert_int_equal(ours.alarm.state, read.alarm.state);
    pl_memory_dir_close(&dir);
  }
}

/* A process that holds the lock for so long, and has it now. */
static pid_t hold_lock(unsigned ms) {
  int ready[2];
  char byte = 0;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    pl_memory_dir dir;
    pl_error error;
    bool held = pl_memory_dir_open(directory, &dir, &error) == PL_OK && pl_dir_lock(dir.fd, 1000);
    if (write(ready[1], &byte, 1) != 1 || !held)
      _exit(1);
    usleep(ms * 1000);
    _exit(0);
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  return child;
}

/* Another program stands still while it writes. A new alarm waits for it, as long as its run has
 * time. */
static void a_lock_that_is_held(void **state) {
  (void)state;
  static const struct {
    unsigned patience; /* milliseconds */
    pl_alarm_state alarm;
    pl_status status;
  } cases[] = {
      {60000, PL_ALARM_ON, PL_OK}, {0, PL_ALARM_ON, PL_ERR_IO}, {60000, PL_ALARM_OFF, PL_ERR_IO}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_memory_dir dir = open_it();
    pl_error error;
    pl_memory_store before, store = make_store(cases[i].alarm, 0);
    pl_memory_init(&before);
    pid_t child = hold_lock(cases[i].status == PL_OK ? 800 : 5000);
    dir.patience_ms = cases[i].patience;
    pl_status status =
        pl_memory_save(&dir, NAME, &spec, MARK(before), PL_PUBLIC_OPEN, &store, &error);
    if (cases[i].status != PL_OK)
      kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    if (status != cases[i].status)
      fail_msg("case %zu: %d", i, status);
    expect_alarm(&dir, PL_OK, PL_ALARM_ON); /* of the first case */
    pl_memory_dir_close(&dir);
  }
}

/* A writer of its own process: `rounds` rounds that all see the same. A round that does not get the
 * lock in time has saved nothing, which a busy machine may cause; another one follows. */
static pid_t start_writer(pl_public seen, unsigned rounds) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child != 0)
    return child;
  pl_memory_dir dir;
  pl_error error;
  if (pl_memory_dir_open(directory, &dir, &error) != PL_OK)
    _exit(1);
  for (unsigned i = 0; i < rounds;) {
    pl_memory_store store, before;
    if (pl_memory_load(&dir, NAME, &store, &error) != PL_OK)
      _exit(2); /* torn */
    before = store;
    pl_alarm_step(&store.alarm, &spec, seen);
    store.written = (pl_stamp){(uint32_t)getpid(), (uint32_t)i + 1};
    if (pl_memory_save(&dir, NAME, &spec, MARK(before), seen, &store, &error) == PL_OK)
      i++;
    else if (strstr(error.text, "can't be locked") == NULL)
      _exit(3);
  }
  _exit(0);
}

/* One sees nothing but blocks, the other ends with an open: whatever the order, the alarm is on in
 * the end, unless two blocks came last. No file is ever torn. */
static void two_writers_at_once(void **state) {
  (void)state;
  for (unsigned turn = 0; turn < 10; turn++) {
    pid_t blocked = start_writer(PL_PUBLIC_BLOCKED, 20), open = start_writer(PL_PUBLIC_OPEN, 20);
    int status;
    assert_int_equal(waitpid(blocked, &status, 0), blocked);
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(open, &status, 0), open);
    assert_int_equal(status, 0);
    pid_t last = start_writer(PL_PUBLIC_OPEN, 1);
    assert_int_equal(waitpid(last, &status, 0), last);
    pl_memory_dir dir = open_it();
    expect_alarm(&dir, PL_OK, PL_ALARM_ON);
    pl_memory_dir_close(&dir);
  }
}

int main(void) {
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
  const struct CMUnitTest tests[] = {
      IN_DIRECTORY(what_is_saved_comes_back),
      IN_DIRECTORY(a_file_torn_at_any_byte_is_unknown),
      IN_DIRECTORY(a_file_that_is_not_ours_is_unknown),
      IN_DIRECTORY(a_damaged_file_recovers),
      IN_DIRECTORY(what_is_no_state_directory),
      IN_DIRECTORY(a_missing_directory_is_created),
      IN_DIRECTORY(another_user_reads_and_never_writes),
      IN_DIRECTORY(root_writes_to_no_other_directory),
      IN_DIRECTORY(a_full_disk),
      IN_DIRECTORY(a_full_disk_without_a_file),
      IN_DIRECTORY(a_directory_that_is_gone),
      IN_DIRECTORY(every_allocation_can_fail),
      cmocka_unit_test(what_a_restart_must_not_lose),
      IN_DIRECTORY(the_alarm_of_another_run_stays),
      IN_DIRECTORY(a_lock_that_is_held),
      IN_DIRECTORY(two_writers_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
