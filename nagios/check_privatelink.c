/* check_privatelink: one run of the checks for Nagios, Icinga and people. */
#include "args.h"
#include "help.h"
#include "output.h"
#include "process.h"
#include "run.h"
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT (10 * PL_SEC)
#define GRACE PL_SEC           /* behind --timeout, for the watchdog */
#define MARGIN (100 * PL_MSEC) /* of --timeout, for judging and printing */
#define LIST_PRESETS_EXIT 0    /* a listing that came out whole is no unknown state */

static int print(const pl_buf *buf, int code) {
  bool whole = pl_buf_status(buf) == PL_OK;
  return pl_process_print(pl_buf_text(buf), buf->length) && whole ? code : PL_EXIT_UNKNOWN;
}

static int print_mistake(const char *text, pl_cause cause, pl_buf *buf) {
  pl_output_mistake(text, cause, buf);
  return print(buf, PL_EXIT_UNKNOWN);
}

static bool wants_colour(void) {
  const char *no_colour = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0');
}

static pl_nsec margin_of(pl_nsec timeout) { return timeout / 10 < MARGIN ? timeout / 10 : MARGIN; }

static int check(const pl_args *args, const pl_clock *clock, pl_nsec started, pl_buf *buf) {
  pl_outcome outcome;
  pl_nsec passed = clock->monotonic(clock->user) - started;
  pl_process_watchdog(args->timeout + GRACE - passed);
  pl_nsec deadline = started + args->timeout - margin_of(args->timeout);
  if (pl_run_targets(args, clock, deadline, &outcome) != PL_OK)
    return print_mistake("out of memory", PL_CAUSE_STOPPED, buf);
  pl_output_run(args, &outcome.run, wants_colour(), buf);
  int code = print(buf, (int)pl_run_severity(&outcome.run));
  pl_outcome_free(&outcome);
  return code;
}

static int perform(const pl_args *args, const pl_clock *clock, pl_nsec started, pl_buf *buf) {
  switch (args->action) {
  case PL_ACTION_CHECK:
    return check(args, clock, started, buf);
  case PL_ACTION_HELP:
    pl_help(buf);
    return print(buf, PL_EXIT_UNKNOWN);
  case PL_ACTION_VERSION:
    pl_buf_add(buf, "check_privatelink " PL_VERSION "\n");
    return print(buf, PL_EXIT_UNKNOWN);
  case PL_ACTION_LIST_PRESETS:
    pl_help_presets(buf);
    return print(buf, LIST_PRESETS_EXIT);
  }
  return PL_EXIT_UNKNOWN;
}

int main(int argc, char **argv) {
  pl_process_init();
  pl_process_watchdog(DEFAULT_TIMEOUT + GRACE);
  const pl_clock clock = pl_clock_system();
  pl_nsec started = clock.monotonic(clock.user);
  const pl_args_input input = {
      .argc = argc,
      .argv = (const char *const *)argv,
      .mp_config_file = secure_getenv("MP_CONFIG_FILE"),
      .nagios_config_path = secure_getenv("NAGIOS_CONFIG_PATH"),
  };
  pl_buf buf;
  pl_buf_init(&buf, PL_OUTPUT_MAX);
  pl_args args;
  pl_error error;
  int code;
  if (pl_args_read(&input, &args, &error) == PL_OK) {
    code = perform(&args, &clock, started, &buf);
    pl_args_free(&args);
  } else {
    code = print_mistake(error.text, PL_CAUSE_USAGE, &buf);
  }
  pl_buf_free(&buf);
  return code;
}
