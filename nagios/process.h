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

/* Call it before anything else. Opens /dev/null on closed descriptors 0 to 2, so that no socket
 * becomes "standard output". Removes every environment variable that this program does not use,
 * before a library reads it. Prevents core dumps and ptrace, and ignores SIGPIPE. SIGTERM,
 * SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 then end the run with one line. */
void pl_process_init(void);

/* Ends the process with one UNKNOWN line and exit code 3 after `delay`. A later call replaces an
 * earlier one. */
void pl_process_watchdog(pl_nsec delay);

/* For a program that runs until a signal ends it: turns the watchdog off, and blocks SIGTERM,
 * SIGINT and SIGHUP, which `ret_signals` then has, for sigwait(3). Call it before any thread
 * starts. */
void pl_process_wait_for_signals(sigset_t *ret_signals);

/* Writes all of `text` to standard output and closes it. False if a byte was lost, or if standard
 * output was closed from the start. */
bool pl_process_print(const char *text, size_t length);

/* Notes the process group of a credential_process, so that a signal that ends this process ends the
 * group too. For pl_aws_environment. */
void pl_process_note_group(pl_aws_group_event event, pid_t pid);

#endif
