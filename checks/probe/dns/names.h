/* The lookups of an endpoint's further private names: a few at a time, at the private resolvers,
 * and then the NAT64 prefix if an answer may be an address of NAT64.
 *
 * Loop thread only. The caller owns it.
 */
#ifndef PL_PROBE_DNS_NAMES_H
#define PL_PROBE_DNS_NAMES_H

#include "facts/facts.h"
#include "options/spec.h"
#include "probe/host.h"
#include "probe/io.h"

typedef struct pl_names pl_names;

typedef struct pl_names_config {
  const pl_io *io;
  const pl_host *host;
  const pl_spec *spec;
  pl_facts *facts;   /* of its endpoint; `further` is filled in, `nat64_prefix` and `cut` may be */
  const char *first; /* the private name; NULL if it is not known */
  pl_nsec deadline;  /* an instant; no lookup starts after it */
  /* Called once, from the loop; may free it. `status` is what ended it early, or PL_OK. */
  void (*done)(void *user, pl_status status);
  void *user;
} pl_names_config;

/* Sets *ret_names to NULL if there is no further name; then `done` is not called. */
pl_status pl_names_start(const pl_names_config *config, pl_names **ret_names) PL_MUST_USE;
/* Cancels without calling `done`. NULL is fine. */
void pl_names_free(pl_names *names);

#endif
