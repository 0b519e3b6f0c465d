/* Runs check_privatelink once: reads the arguments, runs the checks, prints the result. */
#include "args.h"
#include "base/file.h"
#include "help.h"
#include "log/command.h"
#include "process.h"
#include "replay.h"
#include "report/output.h"
#include "run.h"
#include "serve/serve.h"
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT (10 * PL_SEC)
#define GRACE PL_SEC           /* after --timeout, for the watchdog */
#define MARGIN (100 * PL_MSEC) /* of --timeout, for judging and printing */
#define DISCOVER_PART 2        /* --discover: the rounds need the other half of the time */
#define EVIDENCE_TIME (24 * 3600 * PL_SEC) /* for the verification of any log */
#define TEXT_MAX 4096                      /* bytes of an object for one mistake, in any form */
#define LIST_PRESETS_EXIT 0                /* a complete list is no UNKNOWN state */

typedef struct program {
  pl_clock clock;
  pl_nsec started;
  pl_form form; /* asked for */
  pl_buf buf;
} program;

static int print(const program *self, int code) {
  if (pl_buf_status(&self->buf) != PL_OK)
    code = PL_EXIT_UNKNOWN;
  bool printed = pl_process_print(pl_buf_text(&self->buf), self->buf.length, code);
  return printed ? code : PL_EXIT_UNKNOWN;
}

static int print_mistake(program *self, const char *text, pl_reason reason) {
  int64_t now = pl_clock_wall_seconds(&self->clock);
  pl_output_mistake(text, reason, self->form, now, &self->buf);
  return print(self, PL_EXIT_UNKNOWN);
}

/* The result goes to the file. Standard output gets what went wrong. */
static int save(program *self, const char *file, int code) {
  pl_error error = {"out of memory"};
  if (pl_buf_status(&self->buf) == PL_OK &&
      pl_file_replace(file, pl_buf_text(&self->buf), self->buf.length, &error) == PL_OK) {
    pl_buf_clear(&self->buf);
    return print(self, code);
  }
  pl_error whole;
  pl_error_set(&whole, "--output-file: %s", error.text);
  pl_buf_clear(&self->buf);
  return print_mistake(self, whole.text, PL_REASON_STOPPED);
}

static bool wants_colour(void) {
  const char *no_colour = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0');
}

static pl_nsec margin_of(pl_nsec timeout) { return timeout / 10 < MARGIN ? timeout / 10 : MARGIN; }

static int check(program *self, const pl_args *args) {
  pl_outcome outcome;
  pl_nsec passed = pl_clock_now(&self->clock) - self->started;
  pl_process_watchdog(args->timeout + GRACE - passed);
  pl_nsec deadline = self->started + args->timeout - margin_of(args->timeout);
  if (pl_run_endpoints(args, &self->clock, deadline, &outcome) != PL_OK)
    return print_mistake(self, "out of memory", PL_REASON_STOPPED);
  pl_output_run(args, &outcome.run, args->output_file == NULL && wants_colour(), &self->buf);
  int code = (int)pl_run_severity(&outcome.run);
  code = args->output_file != NULL ? save(self, args->output_file, code) : print(self, code);
  pl_outcome_free(&outcome);
  return code;
}

/* Prints the configuration, or gives the run its endpoints and checks them. */
static int discover(program *self, pl_args *args) {
  pl_error error;
  bool check_them = pl_discover_form_of(args->discover) == PL_DISCOVER_CHECK, complete;
  pl_nsec begun = pl_clock_now(&self->clock);
  pl_nsec time = args->timeout - margin_of(args->timeout) - (begun - self->started);
  pl_process_watchdog(args->timeout + GRACE - (begun - self->started));
  pl_status status = pl_discover_ask(args->discover, &self->clock,
                                     begun + (check_them ? time / DISCOVER_PART : time), &error);
  if (status == PL_OK && check_them)
    status = pl_discover_endpoints(args->discover, &args->endpoints, &args->count, &error);
  if (status != PL_OK)
    return print_mistake(self, error.text,
                         status == PL_ERR_INVALID ? PL_REASON_USAGE : PL_REASON_STATE_API);
  if (check_them)
    return check(self, args);
  if (pl_discover_print(args->discover, &self->buf, &complete) != PL_OK)
    return print_mistake(self, "out of memory", PL_REASON_STOPPED);
  return print(self, complete ? 0 : PL_EXIT_UNKNOWN);
}

static int serve(program *self, const pl_args_input *input, pl_args *args) {
  pl_error error;
  if (pl_serve(input, args, &error) != PL_OK)
    return print_mistake(self, error.text, PL_REASON_STOPPED);
  return 0;
}

static int replay(program *self, const pl_args *args) {
  pl_process_watchdog(PL_LIMIT_TIMEOUT * PL_SEC);
  return print(self, pl_replay(args, wants_colour(), &self->buf));
}

static int evidence(program *self, const pl_args *args) {
  pl_error error;
  int code;
  pl_process_watchdog(EVIDENCE_TIME);
  if (pl_evidence_command(args, &self->clock, &self->buf, &code, &error) != PL_OK)
    return print_mistake(self, error.text, PL_REASON_USAGE);
  return args->output_file != NULL ? save(self, args->output_file, code) : print(self, code);
}

static int perform(program *self, const pl_args_input *input, pl_args *args) {
  switch (args->action) {
  case PL_ACTION_CHECK:
    return args->discover != NULL ? discover(self, args) : check(self, args);
  case PL_ACTION_SERVE:
    return serve(self, input, args);
  case PL_ACTION_HELP:
    pl_help(&self->buf);
    return print(self, PL_EXIT_UNKNOWN);
  case PL_ACTION_VERSION:
    pl_buf_add(&self->buf, "check_privatelink " PL_VERSION "\n");
    return print(self, PL_EXIT_UNKNOWN);
  case PL_ACTION_LIST_PRESETS:
    pl_help_presets(&self->buf);
    return print(self, LIST_PRESETS_EXIT);
  case PL_ACTION_REPLAY:
    return replay(self, args);
  case PL_ACTION_MAKE_EVIDENCE_KEY:
  case PL_ACTION_VERIFY_EVIDENCE:
  case PL_ACTION_REPORT:
  case PL_ACTION_EVIDENCE_REQUEST:
  case PL_ACTION_EVIDENCE_RESPONSE:
  case PL_ACTION_STOP_EVIDENCE:
    return evidence(self, args);
  }
  return PL_EXIT_UNKNOWN;
}

/* What is printed if a signal or the watchdog ends the run, in the form that was asked for. */
static void prepare_texts(const program *self) {
  static char texts[2][TEXT_MAX];
  static const char *const whys[2] = {PL_PROCESS_LATE, PL_PROCESS_STOPPED};
  int64_t now = pl_clock_wall_seconds(&self->clock);
  for (size_t i = 0; i < PL_COUNT_OF(whys); i++) {
    pl_buf buf;
    pl_buf_fixed(&buf, texts[i], sizeof(texts[i]));
    pl_output_mistake(whys[i], PL_REASON_STOPPED, self->form, now, &buf);
    if (pl_buf_status(&buf) != PL_OK)
      return;
  }
  pl_process_set_texts(texts[0], texts[1]);
}

int main(int argc, char **argv) {
  pl_process_init();
  pl_process_watchdog(DEFAULT_TIMEOUT + GRACE);
  program self = {.clock = pl_clock_system()};
  self.started = pl_clock_now(&self.clock);
  pl_buf_init(&self.buf, PL_OUTPUT_MAX);
  pl_args_input input = {
      .argc = argc,
      .argv = (const char *const *)argv,
      .search = {.mp_config_file = secure_getenv("MP_CONFIG_FILE"),
                 .nagios_config_path = secure_getenv("NAGIOS_CONFIG_PATH")},
  };
  self.form = pl_args_wanted_form(&input);
  prepare_texts(&self);
  pl_args args;
  pl_error error;
  int code;
  if (pl_args_read(&input, &args, &error) == PL_OK) {
    code = perform(&self, &input, &args);
    pl_args_free(&args);
  } else {
    code = print_mistake(&self, error.text, PL_REASON_USAGE);
  }
  pl_buf_free(&self.buf);
  return code;
}
