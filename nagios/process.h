/* The process itself: descriptors, environment, limits, signals, and the watchdog that ends the
 * run whatever happens. For main() only; one thread.
 */
#ifndef PL_NAGIOS_PROCESS_H
#define PL_NAGIOS_PROCESS_H

#include "base/clock.h"
#include <stdbool.h>
#include <stddef.h>

#define PL_EXIT_UNKNOWN 3 /* also for usage errors, --help and --version */

/* To be called before anything else: opens /dev/null on descriptors 0 to 2 that are closed, lest a
 * socket becomes "standard output"; drops every environment variable that this program does not
 * mean to obey, before a library reads it; no core dumps, no ptrace by others; SIGPIPE ignored;
 * SIGTERM and SIGINT end the run with one line. */
void pl_process_init(void);

/* Ends the process with one UNKNOWN line and exit code 3 when `delay` has passed. Setting it again
 * moves it. */
void pl_process_watchdog(pl_nsec delay);

/* Writes all of `text` to standard output and closes it. False where a byte was lost, or where
 * standard output was closed from the start. */
bool pl_process_print(const char *text, size_t length);

#endif
