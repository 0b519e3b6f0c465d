/* Reads --config: every section of an INI file is one endpoint, and [*] has the common values.
 * One thread. */
#ifndef PL_NAGIOS_CONFIG_H
#define PL_NAGIOS_CONFIG_H

#include "given.h"

/* One endpoint of the run; owns its strings. */
typedef struct pl_args_endpoint {
  char *name;    /* in all output; never NULL */
  char *section; /* of --config; NULL without */
  unsigned line; /* of the section's header */
  pl_spec spec;  /* finished; unusable where `problem` is set */
  char *problem; /* "FILE line N: …": why this endpoint can't be checked; NULL where it can */
  pl_reason problem_reason; /* NONE: a mistake in the configuration */
} pl_args_endpoint;

void pl_args_endpoints_free(pl_args_endpoint *endpoints, size_t count);

typedef struct pl_config_request {
  const char *path;
  const char *text;   /* in place of the file's; NULL: the file is read */
  size_t length;      /* of the text */
  bool is_discovered; /* the lines of the text after `found` are of --discover */
  unsigned found;
  bool is_partial; /* a list could not be read: a wanted endpoint may be missing */
  bool serves;     /* the options of a daemon, such as interval, are allowed */
  const pl_argument_list *extra, *command_line;
  char *const *wanted; /* section names of --endpoint; none: all sections */
  size_t wanted_count;
} pl_config_request;

/* The endpoints are the caller's to free (pl_args_endpoints_free). */
pl_status pl_config_read(const pl_config_request *request, pl_args_endpoint **ret_endpoints,
                         size_t *ret_count, pl_error *error) PL_MUST_USE;

#endif
