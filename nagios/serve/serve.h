/* --serve: watches the endpoints of --config until SIGTERM, and serves their metrics over HTTP.
 *
 *   /metrics   the text format of Prometheus
 *   /healthz   200; 503 if no endpoint has a round in time
 *   /-/ready   200 as soon as every endpoint has been reported
 *
 * SIGHUP reads the configuration again. Log lines go to standard error. One thread, which becomes
 * the one that waits for signals.
 */
#ifndef PL_NAGIOS_SERVE_SERVE_H
#define PL_NAGIOS_SERVE_SERVE_H

#include "args.h"

/* `input` is what `args` were read from. Returns when a signal has ended it. An error means that it
 * could not start. */
pl_status pl_serve(const pl_args_input *input, pl_args *args, pl_error *error) PL_MUST_USE;

#endif
