/* The process itself: descriptors, environment, limits, signals, and the watchdog that always ends
 * the run. For main() only; one thread. */
#ifndef PL_NAGIOS_PROCESS_H
#define PL_NAGIOS_PROCESS_H

#include "aws/context.h"
#include "base/clock.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define PL_EXIT_UNKNOWN 3 /* also for usage errors, --help and --version */

/* Why a run ends without a result, and the code of that reason (PL_REASON_STOPPED). */
#define PL_PROCESS_LATE "stopped: the run took longer than --timeout"
#define PL_PROCESS_STOPPED "stopped by a signal before the run was complete"
#define PL_PROCESS_REASON "stopped"

/* Call it before anything else. Opens /dev/null on closed descriptors 0 to 2, so that no socket
 * becomes "standard output". Removes every environment variable that this program does not use,
 * before a library reads it. Prevents core dumps and ptrace, and ignores SIGPIPE. SIGTERM,
 * SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 then end the run with one line and exit code 3; or
 * with that of the result, if it has been printed. */
void pl_process_init(void);

/* Ends the process in the same way after `delay`. A later call replaces an earlier one. */
void pl_process_watchdog(pl_nsec delay);

/* For a program that runs until a signal ends it: turns the watchdog off, and blocks SIGTERM,
 * SIGINT and SIGHUP, which `ret_signals` then has, for sigwait(3). Call it before any thread
 * starts. */
void pl_process_wait_for_signals(sigset_t *ret_signals);

/* What is printed in place of these lines: the watchdog's text, and that for a signal. Borrowed for
 * good. */
void pl_process_set_texts(const char *late_text, const char *stopped_text);

/* Writes all of `text` to standard output and closes it. From then on, every end of the process has
 * the exit code `code`. False if a byte was lost, or if standard output was closed from the start.
 */
bool pl_process_print(const char *text, size_t length, int code);

/* Notes the process group of a credential_process, so that a signal that ends this process ends the
 * group too. For pl_aws_environment. */
void pl_process_note_group(pl_aws_group_event event, pid_t pid);

#endif
