/* Asks all questions about one name, at every resolver or in order. */
#include "probe/dns/lookup.h"
#include <stdlib.h>
#include <string.h>

/* How long to wait for a resolver that is not the last of the system's. */
#define FAILOVER_AFTER PL_SEC

typedef struct question {
  pl_lookup *lookup;
  size_t resolver;
  pl_dns_type type;
  pl_query *query; /* one of these two */
  pl_secure_query *secure;
  bool answered; /* its fact is complete */
} question;

struct pl_lookup {
  pl_timer timer; /* set from start to `done` */
  pl_lookup_config config;
  pl_sockaddr list[PL_LIMIT_RESOLVERS];
  char name[PL_LIMIT_HOST + 2];
  question questions[4 * PL_LIMIT_RESOLVERS]; /* A and AAAA of each resolver; see index_of */
  size_t open;                                /* asked and not answered */
  /* Sized by the number of resolvers, since thousands of lookups run at once. pl_lookup_facts moves
   * those of answered questions to the front. */
  size_t answered, fact_count;
  pl_dns_fact facts[];
};

static pl_dns_fact *fact_of(question *q) { return &q->lookup->facts[q - q->lookup->questions]; }

static pl_status ask(pl_lookup *lookup, size_t resolver, pl_dns_type type);

static bool asks_plain(const pl_lookup_config *config) {
  return config->secure == NULL || config->transports == PL_PUBLIC_DNS_AUTO ||
         config->transports == PL_PUBLIC_DNS_PLAIN;
}

static bool asks_secure(const pl_lookup_config *config) {
  return config->secure != NULL && config->transports != PL_PUBLIC_DNS_PLAIN;
}

/* Plain questions come first, where there are any. */
static size_t index_of(const pl_lookup_config *config, size_t resolver, pl_dns_type type,
                       bool secure) {
  size_t first = secure && asks_plain(config) ? 2 * config->count : 0;
  return first + 2 * resolver + (type == PL_DNS_AAAA ? 1 : 0);
}

/* Asks the next one of the system's resolvers. */
static void fail_over(question *q) {
  pl_lookup *lookup = q->lookup;
  pl_dns_fact *fact = fact_of(q);
  if (!lookup->config.system || q->resolver + 1 >= lookup->config.count ||
      pl_dns_outcome_definite(fact->outcome) || fact->outcome == PL_DNS_CUT)
    return;
  /* If that fails, this answer remains the last one. */
  fact->superseded = ask(lookup, q->resolver + 1, q->type) == PL_OK;
}

static void on_answer(void *user, pl_dns_fact *fact) {
  question *q = user;
  pl_lookup *lookup = q->lookup;
  q->answered = true;
  fact->system = lookup->config.system;
  *fact_of(q) = *fact;
  lookup->open--;
  pl_query_free(q->query);
  pl_secure_query_free(q->secure);
  q->query = NULL;
  q->secure = NULL;
  fail_over(q);
  if (lookup->open > 0)
    return;
  pl_loop_move_timer(lookup->config.loop, &lookup->timer, pl_loop_now(lookup->config.loop));
}

static pl_status ask(pl_lookup *lookup, size_t resolver, pl_dns_type type) {
  const pl_lookup_config *config = &lookup->config;
  question *q = &lookup->questions[index_of(config, resolver, type, false)];
  bool last = !config->system || resolver + 1 == config->count;
  *q = (question){.lookup = lookup, .resolver = resolver, .type = type};
  pl_query_config query = {
      .resolvers = config->resolvers,
      .resolver = lookup->list[resolver],
      .name = lookup->name,
      .type = type,
      .timeout = last || config->timeout < FAILOVER_AFTER ? config->timeout : FAILOVER_AFTER,
      .deadline = config->deadline,
      .done = on_answer,
      .user = q,
  };
  pl_status status = pl_query_start(&query, &q->query);
  if (status == PL_OK)
    lookup->open++;
  return status;
}

static void lookup_fired(pl_timer *timer) {
  pl_lookup *lookup = PL_CONTAINER_OF(timer, pl_lookup, timer);
  lookup->config.done(lookup->config.user); /* may free the lookup */
}

static pl_status ask_secure(pl_lookup *lookup, size_t resolver, pl_dns_type type) {
  const pl_lookup_config *config = &lookup->config;
  question *q = &lookup->questions[index_of(config, resolver, type, true)];
  *q = (question){.lookup = lookup, .resolver = resolver, .type = type};
  pl_secure_query_config query = {
      .pool = config->secure,
      .resolver = lookup->list[resolver].address,
      .tls = config->tls,
      .transports = config->transports,
      .name = lookup->name,
      .type = type,
      .timeout = config->timeout,
      .deadline = config->deadline,
      .done = on_answer,
      .user = q,
  };
  pl_status status = pl_secure_query_start(&query, &q->secure);
  if (status == PL_OK)
    lookup->open++;
  return status;
}

static pl_status ask_type(pl_lookup *lookup, pl_dns_type type) {
  const pl_lookup_config *config = &lookup->config;
  size_t count = config->system ? 1 : config->count;
  pl_status status = PL_OK;
  for (size_t i = 0; i < count && status == PL_OK; i++) {
    if (asks_plain(config))
      status = ask(lookup, i, type);
    if (status == PL_OK && asks_secure(config))
      status = ask_secure(lookup, i, type);
  }
  return status;
}

static pl_status ask_all(pl_lookup *lookup) {
  pl_status status = lookup->config.only_ipv6 ? PL_OK : ask_type(lookup, PL_DNS_A);
  return status == PL_OK ? ask_type(lookup, PL_DNS_AAAA) : status;
}

pl_status pl_lookup_start(const pl_lookup_config *config, pl_lookup **ret_lookup) {
  if (strlen(config->name) >= sizeof((*ret_lookup)->name) || config->count > PL_LIMIT_RESOLVERS)
    return PL_ERR_LIMIT;
  size_t kinds = (asks_plain(config) ? 1u : 0u) + (asks_secure(config) ? 1u : 0u);
  size_t fact_count = kinds * 2 * config->count;
  pl_lookup *lookup = calloc(1, sizeof(*lookup) + fact_count * sizeof(lookup->facts[0]));
  if (lookup == NULL)
    return PL_ERR_MEMORY;
  lookup->fact_count = fact_count;
  lookup->timer.fire = lookup_fired;
  lookup->config = *config;
  memcpy(lookup->list, config->list, config->count * sizeof(*lookup->list));
  memcpy(lookup->name, config->name, strlen(config->name) + 1);
  /* After the deadline of every question, or at once if there is no question. */
  pl_nsec due = config->count > 0 ? config->deadline + PL_SEC : pl_loop_now(config->loop);
  pl_status status = pl_loop_set_timer(config->loop, &lookup->timer, due);
  if (status == PL_OK)
    status = ask_all(lookup);
  if (status != PL_OK) {
    pl_lookup_free(lookup);
    return status;
  }
  *ret_lookup = lookup;
  return PL_OK;
}

pl_dns_fact *pl_lookup_facts(pl_lookup *lookup, size_t *ret_count) {
  for (size_t i = 0; i < lookup->fact_count; i++) {
    question *q = &lookup->questions[i];
    if (!q->answered)
      continue;
    q->answered = false;
    pl_dns_fact fact = lookup->facts[i];
    lookup->facts[i].answers = (pl_addr_list){0};
    lookup->facts[lookup->answered++] = fact;
  }
  *ret_count = lookup->answered;
  return lookup->facts;
}

void pl_lookup_free(pl_lookup *lookup) {
  if (lookup == NULL)
    return;
  pl_loop_cancel_timer(lookup->config.loop, &lookup->timer);
  for (size_t i = 0; i < lookup->fact_count; i++) {
    pl_query_free(lookup->questions[i].query);
    pl_secure_query_free(lookup->questions[i].secure);
    pl_addr_list_free(&lookup->facts[i].answers);
  }
  free(lookup);
}
