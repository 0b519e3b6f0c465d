/* Runs credential_process, and reads the keys that it prints. */
#include "aws/credentials/process.h"
#include "aws/credentials/json.h"
#include "base/buf.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOURCE "credential_process"
#define TIME_LIMIT (10 * PL_SEC)
#define WORDS_MAX 64
#define SLICE_MS 50 /* how soon a cancellation is noticed */
#define WAIT_SLICE (5 * PL_MSEC)

/* As in shlex: between double quotes, a backslash before any other character stands for itself. */
static bool is_escaped(char quote, char c) { return quote == '"' && (c == '"' || c == '\\'); }

pl_status pl_aws_split_command(const char *command, char *storage, char **words,
                               size_t word_count) {
  size_t count = 0;
  bool inside = false;
  char quote = '\0';
  char *out = storage;
  for (const char *c = command; *c != '\0'; c++) {
    bool blank = *c == ' ' || *c == '\t' || *c == '\n' || *c == '\r';
    if (quote == '\0' && blank) {
      if (inside)
        *out++ = '\0';
      inside = false;
      continue;
    }
    if (!inside) {
      if (count + 1 >= word_count)
        return PL_ERR_INVALID;
      words[count++] = out;
      inside = true;
    }
    if (quote == '\0' && (*c == '"' || *c == '\''))
      quote = *c;
    else if (*c == quote)
      quote = '\0';
    else if (*c == '\\' && (quote == '\0' ? c[1] != '\0' : is_escaped(quote, c[1])))
      *out++ = *++c;
    else
      *out++ = *c;
  }
  if (inside)
    *out++ = '\0';
  words[count] = NULL;
  return quote == '\0' && count > 0 ? PL_OK : PL_ERR_INVALID;
}

/* Starts a child in a process group of its own, with only the descriptors 0 to 2, default signal
 * handlers and no blocked signal. Returns 0 or an errno. */
static int spawn(char *const *words, char *const *environment, int out, int problems,
                 pid_t *ret_pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0)
    return error;
  error = posix_spawnattr_init(&attributes);
  if (error != 0)
    goto out;
  short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if ((error = posix_spawnattr_setflags(&attributes, flags)) == 0 &&
      (error = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
      (error = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
      (error = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
      (error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
      (error = posix_spawn_file_actions_adddup2(&actions, out, 1)) == 0 &&
      (error = posix_spawn_file_actions_adddup2(&actions, problems, 2)) == 0 &&
      (error = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) == 0)
    error = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environment);
  posix_spawnattr_destroy(&attributes);
out:
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* What a program writes to its standard error. Only the end is kept. */
typedef struct stderr_tail {
  char text[1024 + 1]; /* with room for a NUL */
  size_t length;
  bool cut; /* the beginning is missing */
} stderr_tail;

/* Reads what is there. False: there is no more. */
static bool read_problems(int in, stderr_tail *p) {
  char bytes[(sizeof(p->text) - 1) / 2];
  ssize_t got = read(in, bytes, sizeof(bytes));
  if (got <= 0)
    return got < 0 && (errno == EINTR || errno == EAGAIN);
  size_t room = sizeof(p->text) - 1 - (size_t)got;
  size_t kept = p->length < room ? p->length : room;
  p->cut = p->cut || kept < p->length;
  memmove(p->text, p->text + p->length - kept, kept);
  memcpy(p->text + kept, bytes, (size_t)got);
  p->length = kept + (size_t)got;
  return true;
}

/* The last line that is not empty, without what may be a secret. */
static void last_line(stderr_tail *p, char *ret_line, size_t size) {
  while (p->length > 0 && strchr("\r\n \t", p->text[p->length - 1]) != NULL)
    p->length--;
  p->text[p->length] = '\0';
  char *newline = memrchr(p->text, '\n', p->length);
  char *start = newline == NULL ? p->text : newline + 1;
  if (newline == NULL && p->cut) /* part of a secret would not look like one */
    start += strcspn(start, " \t");
  pl_aws_hide_secrets(start); /* before the end is cut, for the same reason */
  pl_text_set_foreign(ret_line, size, start, strlen(start));
}

enum { OUTPUT, PROBLEMS, PIPES };

/* Reads to the end of the output, or until the deadline. */
static pl_status read_output(int const in[PIPES], const pl_aws_context *context, pl_buf *output,
                             stderr_tail *tail, pl_error *error) {
  bool more_problems = true;
  for (;;) {
    if (pl_aws_time_left(context) == 0)
      return pl_fail(error, PL_ERR_IO, SOURCE ": no complete answer in time");
    struct pollfd wait[PIPES] = {{.fd = in[OUTPUT], .events = POLLIN},
                                 {.fd = more_problems ? in[PROBLEMS] : -1, .events = POLLIN}};
    if (poll(wait, PIPES, SLICE_MS) <= 0)
      continue;
    if (wait[PROBLEMS].revents != 0)
      more_problems = read_problems(in[PROBLEMS], tail);
    if (wait[OUTPUT].revents == 0)
      continue;
    char bytes[4096];
    ssize_t got = read(in[OUTPUT], bytes, sizeof(bytes));
    if (got == 0)
      break;
    if (got < 0 && errno != EINTR && errno != EAGAIN)
      return pl_fail(error, PL_ERR_IO, SOURCE ": %s", strerror(errno));
    if (got > 0)
      pl_buf_add_bytes(output, bytes, (size_t)got);
    explicit_bzero(bytes, sizeof(bytes));
    if (pl_buf_status(output) != PL_OK)
      return pl_fail(error, PL_ERR_LIMIT, SOURCE ": the answer is too long");
  }
  return PL_OK;
}

static void tell(const pl_aws_context *context, pl_aws_group_event event, pid_t pid) {
  if (context->environment->group != NULL)
    context->environment->group(event, pid);
}

static void drain(int in, stderr_tail *tail) {
  struct pollfd wait = {.fd = in, .events = POLLIN};
  while (poll(&wait, 1, 0) > 0 && read_problems(in, tail))
    ;
}

/* Waits for the end of the program, and reads the rest of its standard error. `ret_status` is 0 if
 * SIGCHLD is ignored, as in collectd: the kernel then keeps no exit status. */
static pl_status wait_for_end(pid_t pid, int in, const pl_aws_context *context, stderr_tail *tail,
                              int *ret_status, pl_error *error) {
  siginfo_t info = {0};
  int got;
  *ret_status = 0;
  while ((got = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT)) == 0 &&
         info.si_pid == 0) {
    drain(in, tail);
    if (!pl_aws_sleep(context, WAIT_SLICE))
      return pl_fail(error, PL_ERR_IO, SOURCE ": it printed an answer and did not end in time");
  }
  if (got == 0)
    *ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  drain(in, tail);
  return PL_OK;
}

/* Kills the whole process group. If SIGCHLD is ignored, waitpid fails and there is no process to
 * wait for. */
static void end_group(const pl_aws_context *context, pid_t pid) {
  kill(-pid, SIGKILL);
  tell(context, PL_AWS_GROUP_ENDED, pid);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

/* Adds the last line of standard error to the error, or makes an error of the exit status. */
static pl_status judge_end(pl_status status, int exit_status, stderr_tail *p, pl_error *error) {
  char line[PL_LIMIT_FOREIGN + 1];
  pl_error why = {""};
  if (status == PL_OK && exit_status == 0)
    return PL_OK;
  last_line(p, line, sizeof(line));
  if (status == PL_OK)
    (void)pl_fail(&why, PL_ERR_IO, SOURCE ": exit status %d", exit_status);
  else if (error != NULL)
    why = *error;
  return pl_fail(error, status == PL_OK ? PL_ERR_IO : status, "%s%s%s", why.text,
                 line[0] == '\0' ? "" : ": ", line);
}

/* As spawn(), but tells about the group. A signal must not end this process between the start and
 * the news of it. */
static int spawn_group(char *const *words, const pl_aws_context *context, int out, int problems,
                       pid_t *ret_pid) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  tell(context, PL_AWS_GROUP_STARTS, 0);
  int why = spawn(words, context->environment->process, out, problems, ret_pid);
  tell(context, why == 0 ? PL_AWS_GROUP_STARTED : PL_AWS_GROUP_ENDED, why == 0 ? *ret_pid : 0);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return why;
}

static pl_status run(char *const *words, const pl_aws_context *context, pl_buf *output,
                     pl_error *error) {
  int out[2] = {-1, -1}, err[2] = {-1, -1}, exit_status = 0;
  pid_t pid;
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    pl_status status = pl_fail(error, PL_ERR_IO, SOURCE ": %s", strerror(errno));
    if (out[0] >= 0) {
      close(out[0]);
      close(out[1]);
    }
    return status;
  }
  int why = spawn_group(words, context, out[1], err[1], &pid);
  close(out[1]);
  close(err[1]);
  pl_status status = PL_OK;
  if (why != 0) {
    status = pl_fail(error, PL_ERR_IO, SOURCE ": %s: %s", words[0], strerror(why));
  } else {
    stderr_tail p = {.length = 0};
    status = read_output((const int[]){out[0], err[0]}, context, output, &p, error);
    if (status == PL_OK)
      status = wait_for_end(pid, err[0], context, &p, &exit_status, error);
    end_group(context, pid);
    status = judge_end(status, exit_status, &p, error);
    explicit_bzero(&p, sizeof(p));
  }
  close(out[0]);
  close(err[0]);
  return status;
}

pl_status pl_aws_fetch_process(const pl_aws_context *context, const char *command,
                               pl_aws_keys *keys, pl_error *error) {
  char *words[WORDS_MAX];
  char *storage = malloc(strlen(command) + 1);
  if (storage == NULL)
    return pl_fail(error, PL_ERR_MEMORY, SOURCE ": out of memory");
  pl_aws_context limited = *context;
  pl_nsec limit = pl_clock_now(&context->clock) + TIME_LIMIT;
  if (limit < limited.deadline)
    limited.deadline = limit;
  pl_buf output;
  pl_buf_init(&output, PL_LIMIT_AWS_CREDENTIALS);
  pl_status status = pl_aws_split_command(command, storage, words, WORDS_MAX);
  if (status != PL_OK)
    status = pl_fail(error, status, SOURCE ": the command line has an open quote, or no word");
  else
    status = run(words, &limited, &output, error);
  if (status == PL_OK && output.length == 0)
    status = pl_fail(error, PL_ERR_INVALID, SOURCE ": it printed nothing");
  if (status == PL_OK)
    status = pl_aws_json_read(PL_AWS_JSON_PROCESS, output.data, output.length, SOURCE, keys, error);
  pl_buf_free(&output);
  free(storage);
  return status;
}
