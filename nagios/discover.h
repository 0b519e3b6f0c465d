/* --discover: finds the endpoints of accounts and regions, and makes them endpoints of the run, or
 * the configuration that --print-config prints.
 *
 * The arguments, the filters and the templates of --config are read and checked before anything is
 * sent. A pl_discover owns what it holds. One thread.
 */
#ifndef PL_NAGIOS_DISCOVER_H
#define PL_NAGIOS_DISCOVER_H

#include "aws/context.h"
#include "config.h"

typedef enum pl_discover_form {
  PL_DISCOVER_CHECK, /* no --print-config */
  PL_DISCOVER_INI,
  PL_DISCOVER_COLLECTD,
} pl_discover_form;

typedef struct pl_discover pl_discover;

/* All of it is copied. */
typedef struct pl_discover_request {
  const pl_argument_list *extra, *command_line;
  const char *config;  /* --config; NULL for none */
  char *const *wanted; /* as in pl_config_request */
  size_t wanted_count;
} pl_discover_request;

/* Whether --discover is among the arguments. If not, an option that needs it is an error. */
pl_status pl_discover_wanted(const pl_argument_list *extra, const pl_argument_list *command_line,
                             bool *ret_wanted, pl_error *error) PL_MUST_USE;

pl_status pl_discover_create(const pl_discover_request *request, pl_discover **ret_discover,
                             pl_error *error) PL_MUST_USE;
/* NULL is fine. */
void pl_discover_free(pl_discover *discover);

pl_discover_form pl_discover_form_of(const pl_discover *discover);
pl_nsec pl_discover_timeout(const pl_discover *discover);
/* What the EC2 API was asked with; NULL before pl_discover_ask. */
const pl_aws_environment *pl_discover_environment(const pl_discover *discover);

/* Asks the EC2 API, and writes the configuration of what is found: the text of --config, and a
 * section for each endpoint that is not in it. Ends by `deadline`, an instant of `clock`. */
pl_status pl_discover_ask(pl_discover *discover, const pl_clock *clock, pl_nsec deadline,
                          pl_error *error) PL_MUST_USE;
/* Adds the configuration in the form that was asked for. `*ret_complete` is false if a list could
 * not be read; a comment then says why. */
pl_status pl_discover_print(const pl_discover *discover, pl_buf *buf,
                            bool *ret_complete) PL_MUST_USE;
/* The endpoints of the configuration, and one with a problem for each list that could not be read.
 * The caller frees them. An error also if nothing was found. */
pl_status pl_discover_endpoints(const pl_discover *discover, pl_args_endpoint **ret_endpoints,
                                size_t *ret_count, pl_error *error) PL_MUST_USE;

#endif
