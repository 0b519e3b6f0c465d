// Tests reading files: sizes, permissions, and secrets that are cleared.
#include "alloc_fail.h"
#include "base/file.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTES(text) (text), sizeof(text) - 1

/* One directory for each test; paths in it are built by path_of. */
static char directory[64];

static int make_directory(void **state) {
  (void)state;
  snprintf(directory, sizeof(directory), "/tmp/test_file.XXXXXX");
  return mkdtemp(directory) == NULL ? -1 : 0;
}

static const char *path_of(const char *name) {
  static char path[2][128];
  static unsigned turn;
  char *storage = path[turn++ % 2];
  snprintf(storage, sizeof(path[0]), "%s/%s", directory, name);
  return storage;
}

static int remove_directory(void **state) {
  (void)state;
  static const char *const names[] = {"file", "link", "fifo"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    unlink(path_of(names[i]));
  return rmdir(directory);
}

static void write_file(const char *path, const char *bytes, size_t length, mode_t mode) {
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, length), (ssize_t)length);
  assert_int_equal(fchmod(fd, mode), 0);
  close(fd);
}

/* How many descriptors this process has open: none may leak. */
static unsigned open_descriptors(void) {
  unsigned count = 0;
  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* An error names the path and says what would be right, and never what is in the file. */
static void assert_says(const pl_error *error, const char *path, const char *says) {
  if (strncmp(error->text, path, strlen(path)) != 0 || strstr(error->text, says) == NULL)
    fail_msg("'%s' does not say '%s'", error->text, says);
  assert_null(strstr(error->text, "s3cret"));
}

/* ---- configuration -------------------------------------------------------------------------- */

static void files_are_read_whole(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {BYTES("")},
      {BYTES("[a]\nx = 1\n")},
      {BYTES("a\0b")},
      {BYTES("\xff\xfe\x80")},
  };
  const char *path = path_of("file");
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    write_file(path, cases[i].bytes, cases[i].length, 0600);
    char *text = NULL;
    size_t length = 99;
    pl_error error;
    assert_int_equal(pl_file_read(path, 100, &text, &length, &error), PL_OK);
    assert_int_equal(length, cases[i].length);
    assert_memory_equal(text, cases[i].bytes, length + 1);
    free(text);
  }
}

static void a_file_may_be_missing_or_a_device(void **state) {
  (void)state;
  const char *path = path_of("file");
  pl_file_content content = {.length = 99};
  pl_error error;
  assert_int_equal(pl_file_read_optional(path, 100, &content, &error), PL_OK);
  assert_null(content.text);
  assert_int_equal(pl_file_read_optional("/dev/null/none", 100, &content, &error), PL_OK);
  assert_null(content.text);

  assert_int_equal(pl_file_read_optional("/dev/null", 100, &content, &error), PL_OK);
  assert_string_equal(content.text, "");
  free(content.text);

  write_file(path, "text", 4, 0640);
  assert_int_equal(pl_file_read_optional(path, 4, &content, &error), PL_OK);
  assert_string_equal(content.text, "text");
  assert_int_equal(content.length, 4);
  assert_int_equal(content.mode, 0640);
  free(content.text);

  assert_int_equal(pl_file_read_optional(path, 3, &content, &error), PL_ERR_LIMIT);
  assert_says(&error, path, "at most 3 bytes");
  assert_int_equal(pl_file_read_optional(directory, 100, &content, &error), PL_ERR_INVALID);
  assert_says(&error, directory, "must be a regular file");
}

static void large_files_are_read_up_to_the_limit(void **state) {
  (void)state;
  enum { SIZE = 100000 };
  char *bytes = malloc(SIZE);
  assert_non_null(bytes);
  for (int i = 0; i < SIZE; i++)
    bytes[i] = (char)('a' + i % 26);
  const char *path = path_of("file");
  write_file(path, bytes, SIZE, 0600);
  char *text = NULL;
  size_t length = 0;
  pl_error error;
  assert_int_equal(pl_file_read(path, SIZE, &text, &length, &error), PL_OK);
  assert_int_equal(length, SIZE);
  assert_memory_equal(text, bytes, SIZE);
  free(text);
  text = NULL;
  assert_int_equal(pl_file_read(path, SIZE - 1, &text, &length, &error), PL_ERR_LIMIT);
  assert_null(text);
  assert_says(&error, path, "at most 99999 bytes");
  assert_int_equal(pl_file_read(path, SIZE - 1, &text, &length, NULL), PL_ERR_LIMIT);
  free(bytes);
}

static void a_symlink_to_a_configuration_is_followed(void **state) {
  (void)state;
  write_file(path_of("file"), BYTES("x"), 0600);
  assert_int_equal(symlink("file", path_of("link")), 0);
  char *text = NULL;
  size_t length = 0;
  assert_int_equal(pl_file_read(path_of("link"), 10, &text, &length, NULL), PL_OK);
  assert_string_equal(text, "x");
  free(text);
}

static void what_is_no_readable_file_is_refused(void **state) {
  (void)state;
  assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
  const struct {
    const char *path;
    pl_status status;
    const char *says;
  } cases[] = {
      {path_of("missing"), PL_ERR_IO, "No such file"},
      {directory, PL_ERR_INVALID, "regular file"},
      {"/dev/null", PL_ERR_INVALID, "regular file"},
      {path_of("fifo"), PL_ERR_INVALID, "regular file"}, /* and does not wait for a writer */
      {"/proc/self/mem", PL_ERR_IO, "cannot be read"},
  };
  unsigned before = open_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char *text = NULL;
    size_t length = 99;
    pl_error error;
    assert_int_equal(pl_file_read(cases[i].path, 100, &text, &length, &error), cases[i].status);
    assert_says(&error, cases[i].path, cases[i].says);
    assert_null(text);
    assert_int_equal(length, 99);
  }
  assert_int_equal(open_descriptors(), before);
}

static void a_file_without_a_size_is_read(void **state) {
  (void)state;
  char *text = NULL;
  size_t length = 0;
  assert_int_equal(pl_file_read("/proc/self/stat", 10000, &text, &length, NULL), PL_OK);
  assert_true(length > 0);
  assert_int_equal(text[length - 1], '\n');
  free(text);
}

static void reading_survives_every_failing_allocation(void **state) {
  (void)state;
  enum { SIZE = 50000 };
  static char bytes[SIZE];
  memset(bytes, 'x', SIZE);
  const char *path = path_of("file");
  write_file(path, bytes, SIZE, 0600);
  unsigned before = open_descriptors();
  for (unsigned nth = 1;; nth++) {
    char *text = NULL;
    size_t length = 0;
    pl_error error;
    alloc_fail_arm(nth);
    pl_status status = pl_file_read(path, SIZE, &text, &length, &error);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(open_descriptors(), before);
    if (!failed) {
      assert_int_equal(length, SIZE);
      assert_in_range(nth, 2, 10);
      free(text);
      break;
    }
    assert_null(text);
    assert_says(&error, path, "out of memory");
  }
}

/* ---- stamps --------------------------------------------------------------------------------- */

/* Sets the time of the last change: `seconds` and `nanoseconds` since 1970. */
static void set_time(const char *path, time_t seconds, long nanoseconds) {
  const struct timespec times[2] = {{.tv_sec = seconds, .tv_nsec = nanoseconds},
                                    {.tv_sec = seconds, .tv_nsec = nanoseconds}};
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_stamp_tells_whether_a_file_is_the_same(void **state) {
  (void)state;
  enum { AS_IT_WAS, OTHER_SIZE, OTHER_SECOND, OTHER_NANOSECOND, OTHER_FILE, GONE };
  static const struct {
    const char *name;
    int change;
    bool equal;
  } rows[] = {
      {"nothing", AS_IT_WAS, true},
      {"its size", OTHER_SIZE, false},
      {"the second of its last change", OTHER_SECOND, false},
      {"a nanosecond of it", OTHER_NANOSECOND, false},
      {"another file in its place", OTHER_FILE, false},
      {"it is gone", GONE, false},
  };
  const char *path = path_of("file"), *other = path_of("link");
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const int change = rows[i].change;
    write_file(path, BYTES("one"), 0600);
    set_time(path, 1000, 5);
    const pl_file_stamp before = pl_file_stamp_of(path);
    assert_true(before.exists);
    if (change == OTHER_SIZE)
      assert_int_equal(truncate(path, 2), 0);
    if (change == OTHER_FILE) {
      write_file(other, BYTES("two"), 0600);
      assert_int_equal(rename(other, path), 0);
    }
    if (change == GONE)
      assert_int_equal(unlink(path), 0);
    else
      set_time(path, change == OTHER_SECOND ? 1001 : 1000, change == OTHER_NANOSECOND ? 6 : 5);
    const pl_file_stamp after = pl_file_stamp_of(path);
    if (pl_file_stamp_equal(&before, &after) != rows[i].equal)
      fail_msg("%s", rows[i].name);
  }
  const pl_file_stamp none = pl_file_stamp_of(NULL), gone = pl_file_stamp_of(path);
  assert_true(!none.exists && pl_file_stamp_equal(&none, &gone));
}

/* ---- secrets -------------------------------------------------------------------------------- */

static void secrets_are_one_line(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
    const char *secret;
  } cases[] = {
      {BYTES("s3cret"), "s3cret"},           {BYTES("s3cret\n"), "s3cret"},
      {BYTES("s3cret\r\n"), "s3cret"},       {BYTES("s3cret \t\n\n"), "s3cret"},
      {BYTES("two words~!"), "two words~!"},
  };
  const char *path = path_of("file");
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    write_file(path, cases[i].bytes, cases[i].length, i % 2 == 0 ? 0600 : 0400);
    char *secret = NULL;
    pl_error error;
    assert_int_equal(pl_secret_read(path, &secret, &error), PL_OK);
    assert_string_equal(secret, cases[i].secret);
    pl_secret_free(secret);
  }
  pl_secret_free(NULL);
}

static void secrets_have_a_limit(void **state) {
  (void)state;
  static char bytes[PL_LIMIT_SECRET + 1];
  memset(bytes, 'k', sizeof(bytes));
  const char *path = path_of("file");
  char *secret = NULL;
  pl_error error;
  write_file(path, bytes, PL_LIMIT_SECRET, 0600);
  assert_int_equal(pl_secret_read(path, &secret, &error), PL_OK);
  assert_int_equal(strlen(secret), PL_LIMIT_SECRET);
  pl_secret_free(secret);
  secret = NULL;
  write_file(path, bytes, PL_LIMIT_SECRET + 1, 0600);
  assert_int_equal(pl_secret_read(path, &secret, &error), PL_ERR_LIMIT);
  assert_null(secret);
  assert_says(&error, path, "at most 4096 bytes");
  assert_null(strstr(error.text, "kkk"));
}

static void what_is_no_header_value_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *name;
    const char *bytes;
    size_t length;
    const char *says;
  } cases[] = {
      {"empty", BYTES(""), "empty"},
      {"blank", BYTES(" \r\n\t\n"), "empty"},
      {"two lines", BYTES("s3cret\nHost: evil\n"), "one line"},
      {"CR inside", BYTES("s3cret\rx"), "one line"},
      {"tab inside", BYTES("s3cret\tx"), "one line"},
      {"NUL inside", BYTES("s3cret\0x"), "one line"},
      {"NUL at the end", BYTES("s3cret\0"), "one line"},
      {"DEL", BYTES("s3cret\x7f"), "one line"},
      {"not ASCII", BYTES("s3cret\u00e9"), "visible ASCII"},
  };
  const char *path = path_of("file");
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    write_file(path, cases[i].bytes, cases[i].length, 0600);
    char *secret = NULL;
    pl_error error;
    if (pl_secret_read(path, &secret, &error) != PL_ERR_INVALID)
      fail_msg("%s was taken", cases[i].name);
    assert_null(secret);
    assert_says(&error, path, cases[i].says);
  }
}

static void files_that_others_can_touch_are_refused(void **state) {
  (void)state;
  static const mode_t modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666, 0444, 0777};
  const char *path = path_of("file");
  unsigned before = open_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(modes); i++) {
    write_file(path, BYTES("s3cret\n"), modes[i]);
    char *secret = NULL;
    pl_error error;
    assert_int_equal(pl_secret_read(path, &secret, &error), PL_ERR_INVALID);
    assert_null(secret);
    assert_says(&error, path, "chmod 600");
  }
  assert_int_equal(open_descriptors(), before);
}

static void a_secret_has_one_name_and_is_no_link(void **state) {
  (void)state;
  char *secret = NULL;
  pl_error error;
  write_file(path_of("file"), BYTES("s3cret\n"), 0600);
  assert_int_equal(symlink("file", path_of("link")), 0);
  assert_int_equal(pl_secret_read(path_of("link"), &secret, &error), PL_ERR_INVALID);
  assert_says(&error, path_of("link"), "not a symbolic link");
  unlink(path_of("link"));

  assert_int_equal(link(path_of("file"), path_of("link")), 0);
  assert_int_equal(pl_secret_read(path_of("file"), &secret, &error), PL_ERR_INVALID);
  assert_says(&error, path_of("file"), "hard link");
  assert_null(secret);
}

static void what_is_no_secret_file_is_refused(void **state) {
  (void)state;
  assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
  const struct {
    const char *path;
    pl_status status;
    const char *says;
  } cases[] = {
      {path_of("missing"), PL_ERR_IO, "No such file"},
      {directory, PL_ERR_INVALID, "regular file"},
      {path_of("fifo"), PL_ERR_INVALID, "regular file"},
      {"/dev/null", PL_ERR_INVALID, "regular file"},
      {"/proc/self/mem", PL_ERR_IO, "cannot be read"},
  };
  unsigned before = open_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char *secret = NULL;
    pl_error error;
    assert_int_equal(pl_secret_read(cases[i].path, &secret, &error), cases[i].status);
    assert_says(&error, cases[i].path, cases[i].says);
    assert_null(secret);
  }
  assert_int_equal(open_descriptors(), before);
}

static void a_secret_belongs_to_this_user_or_root(void **state) {
  (void)state;
  const char *path = path_of("file");
  write_file(path, BYTES("s3cret\n"), 0600);
  if (geteuid() != 0 || chown(path, 65534, 65534) != 0)
    skip(); /* only root can give a file away */
  char *secret = NULL;
  pl_error error;
  assert_int_equal(pl_secret_read(path, &secret, &error), PL_ERR_INVALID);
  assert_null(secret);
  assert_says(&error, path, "belong to the user");
}

/* Whether the mapping that holds `address` has `flag` among its VmFlags (proc(5), smaps). */
static bool mapping_has_flag(const void *address, const char *flag) {
  FILE *file = fopen("/proc/self/smaps", "re");
  assert_non_null(file);
  char line[512];
  bool inside = false, found = false;
  while (!found && fgets(line, sizeof(line), file) != NULL) {
    uintptr_t first, end;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2)
      inside = first <= (uintptr_t)address && (uintptr_t)address < end;
    else if (inside && strncmp(line, "VmFlags:", strlen("VmFlags:")) == 0)
      found = strstr(line, flag) != NULL;
  }
  fclose(file);
  return found;
}

static void a_secret_is_left_out_of_core_dumps(void **state) {
  (void)state;
  const char *path = path_of("file");
  write_file(path, BYTES("s3cret\n"), 0600);
  char *secret = NULL;
  pl_error error;
  assert_int_equal(pl_secret_read(path, &secret, &error), PL_OK);
  assert_int_equal((uintptr_t)secret % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
  assert_true(mapping_has_flag(secret, " dd"));
  pl_secret_free(secret);
}

static void a_secret_is_overwritten(void **state) {
  (void)state;
  char *secret = NULL;
  pl_error error;
  write_file(path_of("file"), BYTES("s3cret\n"), 0600);
  assert_int_equal(pl_secret_read(path_of("file"), &secret, &error), PL_OK);
  const size_t before = alloc_overwritten();
  pl_secret_free(secret);
  assert_true(alloc_overwritten() - before >= strlen("s3cret"));
}

static void a_secret_survives_a_failing_mapping(void **state) {
  (void)state;
  const char *path = path_of("file");
  write_file(path, BYTES("s3cret\n"), 0600);
  unsigned before = open_descriptors();
  char *secret = NULL;
  pl_error error;
  alloc_fail_arm(1);
  pl_status status = pl_secret_read(path, &secret, &error);
  assert_true(alloc_fail_disarm());
  assert_int_equal(status, PL_ERR_MEMORY);
  assert_null(secret);
  assert_says(&error, path, "out of memory");
  assert_int_equal(open_descriptors(), before);
}

static void a_file_is_replaced_as_a_whole(void **state) {
  (void)state;
  const char *path = path_of("file");
  pl_error error;
  char *text;
  size_t length;
  for (int round = 0; round < 2; round++) {
    const char *content = round == 0 ? "longer than the next one" : "short";
    assert_int_equal(pl_file_replace(path, content, strlen(content), &error), PL_OK);
    assert_int_equal(pl_file_read(path, 100, &text, &length, &error), PL_OK);
    assert_string_equal(text, content);
    free(text);
  }
  struct stat file;
  assert_int_equal(stat(path, &file), 0);
  assert_int_equal(file.st_mode & 07777, 0644);
}

/* The old file stays, and no temporary file. */
static void a_file_that_cannot_be_replaced_stays(void **state) {
  (void)state;
  pl_error error;
  assert_int_equal(pl_file_replace("/dev/null", "x", 1, &error), PL_ERR_INVALID);
  assert_says(&error, "/dev/null", "is not a regular file");
  const char *path = path_of("missing/file");
  assert_int_equal(pl_file_replace(path, "x", 1, &error), PL_ERR_IO);
  assert_says(&error, path, "cannot be written: No such file or directory");
  path = path_of("folder");
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(pl_file_replace(path, "x", 1, &error), PL_ERR_INVALID);
  assert_int_equal(rmdir(path), 0);
}

static pthread_barrier_t together;

/* Opens the folder as soon as the other thread does. Returns NULL, or what failed. */
static void *open_folder(void *path) {
  static char failure[sizeof(pl_error)];
  bool foreign;
  int fd = -1;
  pl_error error;
  pthread_barrier_wait(&together);
  pl_status status = pl_dir_open(path, "directory", &fd, &foreign, &error);
  if (status == PL_OK)
    close(fd);
  else
    snprintf(failure, sizeof(failure), "%s", error.text);
  return status == PL_OK ? NULL : failure;
}

static void a_directory_may_be_made_by_two_at_once(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof(path), "%s", path_of("folder"));
  pthread_barrier_init(&together, NULL, 2);
  for (unsigned i = 0; i < 2000; i++) {
    pthread_t other;
    void *failed;
    assert_int_equal(pthread_create(&other, NULL, open_folder, path), 0);
    char *failed_here = open_folder(path);
    pthread_join(other, &failed);
    assert_int_equal(rmdir(path), 0);
    if (failed != NULL || failed_here != NULL)
      fail_msg("%s", failed != NULL ? (char *)failed : failed_here);
  }
  pthread_barrier_destroy(&together);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(files_are_read_whole),
      FILE_TEST(a_file_may_be_missing_or_a_device),
      FILE_TEST(large_files_are_read_up_to_the_limit),
      FILE_TEST(a_symlink_to_a_configuration_is_followed),
      FILE_TEST(what_is_no_readable_file_is_refused),
      FILE_TEST(a_file_without_a_size_is_read),
      FILE_TEST(reading_survives_every_failing_allocation),
      FILE_TEST(a_stamp_tells_whether_a_file_is_the_same),
      FILE_TEST(a_file_is_replaced_as_a_whole),
      FILE_TEST(a_file_that_cannot_be_replaced_stays),
      FILE_TEST(a_directory_may_be_made_by_two_at_once),
      FILE_TEST(secrets_are_one_line),
      FILE_TEST(secrets_have_a_limit),
      FILE_TEST(what_is_no_header_value_is_refused),
      FILE_TEST(files_that_others_can_touch_are_refused),
      FILE_TEST(a_secret_has_one_name_and_is_no_link),
      FILE_TEST(what_is_no_secret_file_is_refused),
      FILE_TEST(a_secret_belongs_to_this_user_or_root),
      FILE_TEST(a_secret_is_left_out_of_core_dumps),
      FILE_TEST(a_secret_is_overwritten),
      FILE_TEST(a_secret_survives_a_failing_mapping),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
