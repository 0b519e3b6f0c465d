/* Prepares the process and ends it: descriptors, environment, signals, watchdog, output. */
#include "process.h"
#include "base/file.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define START_WAIT_MS 100 /* at most, until a program that is being started can be ended */

extern char **environ;

static bool stdout_closed;
static volatile sig_atomic_t printing; /* the result is being written: write no other text */
static volatile sig_atomic_t exit_code = PL_EXIT_UNKNOWN; /* of the result, once it is written */
static const char *volatile late =
    "PRIVATELINK UNKNOWN: " PL_PROCESS_LATE " [" PL_PROCESS_REASON "]\n";
static const char *volatile stopped =
    "PRIVATELINK UNKNOWN: " PL_PROCESS_STOPPED " [" PL_PROCESS_REASON "]\n";

/* ---- descriptors ---------------------------------------------------------------------------- */

static bool is_closed(int fd) { return fcntl(fd, F_GETFD) < 0 && errno == EBADF; }

static void open_standard_descriptors(void) {
  stdout_closed = is_closed(STDOUT_FILENO);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    /* open() returns the lowest free number, which is `fd`: all lower ones are open by now. */
    if (is_closed(fd) && open("/dev/null", O_RDWR) != fd)
      _exit(PL_EXIT_UNKNOWN);
  }
}

/* ---- environment ---------------------------------------------------------------------------- */

/* Kept: what the AWS client reads, proxies (which only the AWS client uses), the search for
 * monitoring-plugins.ini, the state directory, and the terminal. */
static bool is_kept(const char *entry) {
  static const char *const names[] = {
      "HOME=",
      "http_proxy=",
      "https_proxy=",
      "HTTPS_PROXY=",
      "all_proxy=",
      "ALL_PROXY=",
      "no_proxy=",
      "NO_PROXY=",
      "TERM=",
      "NO_COLOR=",
      "GCOV_PREFIX=",
      "MP_CONFIG_FILE=",
      "NAGIOS_CONFIG_PATH=",
      "MP_STATE_PATH=",
      "NAGIOS_PLUGIN_STATE_DIRECTORY=",
  };
  if (strncmp(entry, "AWS_", strlen("AWS_")) == 0)
    return true;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (strncmp(entry, names[i], strlen(names[i])) == 0)
      return true;
  }
  return false;
}

/* As clearenv(), except for the entries to keep. */
static void clear_environment(void) {
  if (environ == NULL)
    return;
  char **kept = environ;
  for (char **entry = environ; *entry != NULL; entry++) {
    if (is_kept(*entry))
      *kept++ = *entry;
  }
  *kept = NULL;
}

/* ---- signals -------------------------------------------------------------------------------- */

/* Process groups that end with this process; 0: free. At most one for each thread of the poller. */
static atomic_int groups[PL_LIMIT_AWS_THREADS];
static atomic_int starting; /* groups that are about to be in it */

void pl_process_note_group(pl_aws_group_event event, pid_t pid) {
  const int from = event == PL_AWS_GROUP_STARTED ? 0 : (int)pid;
  const int to = event == PL_AWS_GROUP_STARTED ? (int)pid : 0;
  for (size_t i = 0; i < PL_LIMIT_AWS_THREADS && pid != 0; i++) {
    int expected = from;
    if (atomic_compare_exchange_strong(&groups[i], &expected, to))
      break;
  }
  if (event == PL_AWS_GROUP_STARTS)
    atomic_fetch_add(&starting, 1);
  else if (event == PL_AWS_GROUP_STARTED || pid == 0)
    atomic_fetch_sub(&starting, 1);
}

/* Async-signal-safe. A thread that starts a group blocks signals meanwhile, so that a start under
 * way goes on. */
static void end_groups(void) {
  for (int i = 0; i < START_WAIT_MS && atomic_load(&starting) > 0; i++)
    (void)poll(NULL, 0, 1);
  for (size_t i = 0; i < PL_LIMIT_AWS_THREADS; i++) {
    const int group = atomic_load(&groups[i]);
    if (group > 0)
      kill(-group, SIGKILL);
  }
}

/* Async-signal-safe. A pipe that nobody reads must not delay the end of the run. */
static void end_with(const char *text) {
  end_groups();
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  if (!printing && !stdout_closed && poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) {
    ssize_t written = write(STDOUT_FILENO, text, strlen(text));
    (void)written;
  }
  _exit(exit_code);
}

static void on_alarm(int number) {
  (void)number;
  end_with(late);
}

static void on_termination(int number) {
  (void)number;
  end_with(stopped);
}

static void set_handler(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigfillset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

static void set_signals(void) {
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    sigaddset(&set, numbers[i]);
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    set_handler(numbers[i], numbers[i] == SIGALRM ? on_alarm : on_termination);
  set_handler(SIGPIPE, SIG_IGN);
  set_handler(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write() */
  /* A parent may have blocked them. */
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- the whole ------------------------------------------------------------------------------ */

void pl_process_init(void) {
  struct rlimit none = {0, 0};
  open_standard_descriptors();
  clear_environment();
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  setrlimit(RLIMIT_CORE, &none);
  set_signals();
}

void pl_process_watchdog(pl_nsec delay) {
  if (delay < PL_MSEC)
    delay = PL_MSEC;
  struct itimerval timer = {.it_value = {.tv_sec = (time_t)(delay / PL_SEC),
                                         .tv_usec = (suseconds_t)(delay % PL_SEC / 1000)}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

void pl_process_wait_for_signals(sigset_t *ret_signals) {
  struct itimerval never = {0};
  setitimer(ITIMER_REAL, &never, NULL);
  sigemptyset(ret_signals);
  sigaddset(ret_signals, SIGTERM);
  sigaddset(ret_signals, SIGINT);
  sigaddset(ret_signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
}

void pl_process_set_texts(const char *late_text, const char *stopped_text) {
  late = late_text;
  stopped = stopped_text;
}

bool pl_process_print(const char *text, size_t length, int code) {
  if (stdout_closed)
    return false;
  printing = 1;
  bool written = pl_fd_write(STDOUT_FILENO, text, length);
  if (written)
    exit_code = code;
  if (written && close(STDOUT_FILENO) == 0)
    return true;
  exit_code = PL_EXIT_UNKNOWN;
  return false;
}
