/* Asks for an endpoint's further private names. */
#include "probe/dns/names.h"
#include "facts/endpoint.h"
#include "probe/nat64.h"
#include <stdlib.h>
#include <string.h>

/* Lookups that run at the same time. Route 53 Resolver limits the queries per second. */
#define AT_ONCE 8

typedef struct turn {
  pl_names *names;
  size_t index; /* in facts->further */
  pl_lookup *lookup;
} turn;

struct pl_names {
  pl_names_config config;
  turn turns[AT_ONCE];
  size_t started, open; /* names */
  pl_nat64 nat64;
};

static void on_lookup(void *user);

/* Starts the next name's lookup, if there is time. */
static pl_status ask_next(turn *t) {
  const pl_names_config *config = &t->names->config;
  pl_facts *facts = config->facts;
  if (t->names->started == facts->further_count)
    return PL_OK;
  if (pl_loop_clock(config->io->loop) >= config->deadline) {
    facts->cut = true;
    return PL_OK;
  }
  t->index = t->names->started++;
  pl_further *further = &facts->further[t->index];
  pl_lookup_config lookup = {
      .name = further->name, .deadline = config->deadline, .done = on_lookup, .user = t};
  pl_status status = pl_resolvers_hosts(config->io->resolvers, further->name, &further->hosts);
  if (status == PL_OK)
    status = pl_ask_resolvers(config->io, config->host, config->spec, PL_ASK_PRIVATE, &lookup,
                              &t->lookup);
  if (status == PL_OK)
    t->names->open++;
  return status;
}

/* Moves the answers into the facts. */
static pl_status take_answers(turn *t) {
  pl_further *further = &t->names->config.facts->further[t->index];
  size_t count;
  pl_dns_fact *found = pl_lookup_facts(t->lookup, &count);
  pl_dns_fact *copy = count > 0 ? calloc(count, sizeof(*copy)) : NULL;
  if (count > 0 && copy == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) {
    copy[i] = found[i];
    found[i].answers = (pl_addr_list){0};
  }
  further->dns = copy;
  further->dns_count = count;
  return PL_OK;
}

static void on_prefix(void *user) {
  pl_names *names = user;
  pl_nat64_take(&names->nat64, names->config.facts);
  names->config.done(names->config.user, PL_OK);
}

/* Asks for the prefix only if an answer needs it. */
static pl_status ask_prefix(pl_names *names) {
  const pl_names_config *config = &names->config;
  const pl_facts *facts = config->facts;
  for (size_t i = 0; i < facts->further_count; i++) {
    if (pl_nat64_may_be(facts, facts->further[i].dns, facts->further[i].dns_count))
      return pl_nat64_ask(&names->nat64, config->io, config->host, config->spec, config->deadline,
                          on_prefix, names);
  }
  return PL_OK;
}

static void on_lookup(void *user) {
  turn *t = user;
  pl_names *names = t->names;
  pl_status status = take_answers(t);
  pl_lookup_free(t->lookup);
  t->lookup = NULL;
  names->open--;
  if (status == PL_OK)
    status = ask_next(t);
  if (status == PL_OK && names->open == 0)
    status = ask_prefix(names);
  if (status != PL_OK || (names->open == 0 && names->nat64.lookup == NULL))
    names->config.done(names->config.user, status);
}

static pl_status add_names(const pl_names_config *config) {
  const char *name;
  pl_status status = PL_OK;
  for (size_t cursor = 0; status == PL_OK;) {
    name = pl_endpoint_next_name(config->facts->endpoint, config->first, &cursor);
    if (name == NULL)
      return PL_OK;
    status = pl_facts_add_further(config->facts, name);
  }
  return status;
}

pl_status pl_names_start(const pl_names_config *config, pl_names **ret_names) {
  pl_status status = add_names(config);
  if (status != PL_OK || config->facts->further_count == 0) {
    *ret_names = NULL;
    return status;
  }
  pl_names *names = calloc(1, sizeof(*names));
  if (names == NULL)
    return PL_ERR_MEMORY;
  names->config = *config;
  for (size_t i = 0; i < AT_ONCE && status == PL_OK; i++) {
    names->turns[i].names = names;
    status = ask_next(&names->turns[i]);
  }
  if (status == PL_OK)
    *ret_names = names;
  else
    pl_names_free(names);
  return status;
}

void pl_names_free(pl_names *names) {
  if (names == NULL)
    return;
  for (size_t i = 0; i < AT_ONCE; i++)
    pl_lookup_free(names->turns[i].lookup);
  pl_nat64_stop(&names->nat64);
  free(names);
}
