/* Probes the witnesses of a batch while its public attempts run. */
#include "probe/witness.h"
#include "probe/route.h"
#include "probe/wire/attempt.h"
#include "probe/wire/hops.h"
#include <stdlib.h>
#include <string.h>

/* Addresses of one witness in each family: one is enough, the other is for when it fails. */
#define PER_FAMILY 2
/* From one probe for a group to the next. */
#define GAP PL_SEC
/* Probes of one address that wait for an answer at the same time. */
#define PROBES 4
#define NEVER INT64_MAX

typedef struct witness_host witness_host;
typedef struct witness_target witness_target;

typedef struct probe {
  witness_target *target;
  pl_attempt *attempt; /* NULL: not under way */
  pl_nsec started;     /* until the SYN: when the probe was asked for */
} probe;

/* One address of a witness. */
struct witness_target {
  witness_host *host;
  pl_addr address;
  bool is_own;    /* as in pl_witness */
  pl_addr source; /* the same */
  pl_route route; /* the same, before the newest probe */
  pl_hops *near;  /* the SYN with a TTL of 1; NULL: not under way */
  bool near_asked, near_answered;
  probe probes[PROBES];
  pl_witness_result results[PL_LIMIT_WITNESS_RESULTS]; /* in the order of their ends */
  size_t result_count;
};

/* One witness of all that the specs name. */
struct witness_host {
  pl_witnesses *owner;
  witness_host *next;
  pl_ask_witness named;
  pl_tls_context *tls;
  const pl_spec *spec; /* the first that named it; gives the public resolvers and timeouts */
  pl_lookup *lookup;   /* of its name; NULL when there is none */
  bool lookup_done;
  witness_target targets[2 * PER_FAMILY];
  size_t target_count;
};

/* What the endpoints of a group need in one family. */
typedef struct need {
  pl_nsec since;  /* the newest SYN; 0: none yet */
  pl_nsec probed; /* when the newest probes were asked for; 0: not yet */
} need;

struct pl_witness_group {
  pl_witnesses *owner;
  pl_witness_group *next;
  uint16_t port; /* of the endpoints */
  /* No witness counts for the port, so all are probed: they count for tls signs. */
  bool other_ports;
  witness_host *hosts[PL_ASK_WITNESSES_MAX]; /* in the order of the spec */
  size_t host_count;
  need needs[2]; /* IPv4, IPv6 */
};

struct pl_witnesses {
  pl_timer timer; /* set from start to end */
  pl_witnesses_config config;
  witness_host *hosts, **tail;
  pl_witness_group *groups;
  const pl_spec *first_spec; /* its private resolvers are asked for NAT64 */
  bool wants_ipv4, wants_ipv6;
  bool changed; /* `config.changed` is due */
  pl_nat64 nat64;
};

static pl_loop *loop_of(const pl_witnesses *w) { return w->config.io->loop; }

static void kick(pl_witnesses *w) {
  pl_loop_move_timer(loop_of(w), &w->timer, pl_loop_now(loop_of(w)));
}

static void note_change(pl_witnesses *w) {
  w->changed = true;
  kick(w);
}

/* ---- the list -------------------------------------------------------------------------------- */

/* An answer counts for an attempt that would have waited as long for one. */
static witness_host *find_host(const pl_witnesses *w, const pl_ask_witness *named,
                               const pl_spec *spec) {
  for (witness_host *p = w->hosts; p != NULL; p = p->next) {
    if (p->named.port == named->port && p->named.port_named == named->port_named &&
        strcmp(p->named.host, named->host) == 0 &&
        p->spec->connect_timeout == spec->connect_timeout &&
        pl_text_is_same(p->spec->public_ca_file, spec->public_ca_file))
      return p;
  }
  return NULL;
}

static witness_host *get_host(pl_witnesses *w, const pl_ask_witness *named, const pl_spec *spec,
                              pl_tls_context *tls) {
  witness_host *p = find_host(w, named, spec);
  if (p != NULL)
    return p;
  p = calloc(1, sizeof(*p));
  if (p == NULL)
    return NULL;
  *p = (witness_host){.owner = w, .named = *named, .tls = tls, .spec = spec};
  *w->tail = p;
  w->tail = &p->next;
  return p;
}

static bool counts_for_port(const pl_witness_group *g, const witness_host *p) {
  return p->named.port_named || p->named.port == g->port;
}

static bool same_group(const pl_witness_group *a, const pl_witness_group *b) {
  return a->port == b->port && a->host_count == b->host_count &&
         memcmp(a->hosts, b->hosts, a->host_count * sizeof(a->hosts[0])) == 0;
}

static pl_status get_group(pl_witnesses *w, const pl_witness_group *wanted,
                           pl_witness_group **ret_group) {
  pl_witness_group *g = w->groups;
  while (g != NULL && !same_group(g, wanted))
    g = g->next;
  if (g == NULL) {
    g = malloc(sizeof(*g));
    if (g == NULL)
      return PL_ERR_MEMORY;
    *g = *wanted;
    g->next = w->groups;
    w->groups = g;
  }
  *ret_group = g;
  return PL_OK;
}

pl_status pl_witnesses_want(pl_witnesses *w, const pl_spec *spec, pl_tls_context *tls,
                            pl_witness_group **ret_group) {
  pl_ask_witness list[PL_ASK_WITNESSES_MAX];
  pl_witness_group wanted = {.owner = w, .port = spec->port, .other_ports = true};
  size_t count = pl_ask_witnesses(w->config.host, spec, list);
  for (size_t i = 0; i < count; i++) {
    witness_host *p = get_host(w, &list[i], spec, tls);
    if (p == NULL)
      return PL_ERR_MEMORY;
    wanted.hosts[wanted.host_count++] = p;
    wanted.other_ports = wanted.other_ports && !counts_for_port(&wanted, p);
  }
  if (w->first_spec == NULL)
    w->first_spec = spec;
  w->wants_ipv4 = w->wants_ipv4 || !spec->ipv6_only;
  w->wants_ipv6 = w->wants_ipv6 || !spec->ipv4_only;
  return get_group(w, &wanted, ret_group);
}

/* ---- one address ----------------------------------------------------------------------------- */

static void on_sent(void *user, pl_nsec started) {
  probe *p = user;
  p->started = started;
}

/* Keeps the newest results. */
static void add_result(witness_target *t, const pl_witness_result *result) {
  if (t->result_count == PL_LIMIT_WITNESS_RESULTS)
    memmove(&t->results[0], &t->results[1], --t->result_count * sizeof(t->results[0]));
  t->results[t->result_count++] = *result;
}

static void end_probe(probe *p, const pl_witness_result *result) {
  pl_attempt_free(p->attempt);
  p->attempt = NULL;
  add_result(p->target, result);
}

static void on_attempt(void *user, const pl_attempt_result *result) {
  probe *p = user;
  pl_witness_result ended = {
      .end = result->end,
      .verified = result->end == PL_END_TLS_DONE && pl_attempt_verified(result),
      .started = result->started,
      .ended = result->ended,
  };
  if (result->source.family != PL_FAMILY_NONE)
    p->target->source = result->source;
  end_probe(p, &ended);
  note_change(p->target->host->owner);
}

/* A free one; or the oldest, which then counts as not answered. */
static probe *get_probe(witness_target *t) {
  probe *oldest = &t->probes[0];
  for (size_t i = 0; i < PROBES; i++) {
    if (t->probes[i].attempt == NULL)
      return &t->probes[i];
    if (t->probes[i].started < oldest->started)
      oldest = &t->probes[i];
  }
  end_probe(oldest, &(pl_witness_result){.end = PL_END_TOO_SHORT,
                                         .started = oldest->started,
                                         .ended = pl_loop_clock(loop_of(t->host->owner))});
  return oldest;
}

static pl_sockaddr sockaddr_of(const witness_target *t) {
  const witness_host *host = t->host;
  pl_sockaddr target = {.address = t->address, .port = host->named.port};
  if (t->address.family == PL_FAMILY_IPV4)
    (void)pl_nat64_via(&host->owner->nat64, &t->address, &target.address);
  return target;
}

/* Without memory for its attempt a witness counts as not asked. */
static void start_probe(witness_target *t) {
  const witness_host *host = t->host;
  const pl_witnesses *w = host->owner;
  const pl_sockaddr target = sockaddr_of(t);
  probe *p = get_probe(t);
  t->route = pl_route_of(&target.address, target.port);
  *p = (probe){.target = t, .started = pl_loop_clock(loop_of(w))};
  pl_attempt_config config = {
      .loop = loop_of(w),
      .gate = w->config.io->gate,
      .tls = host->tls,
      .target = target,
      .name = host->named.host,
      .depth = PL_DEPTH_TLS,
      .urgent = true,
      .connect_timeout = host->spec->connect_timeout,
      .deadline = w->config.deadline,
      .sent = on_sent,
      .done = on_attempt,
      .user = p,
  };
  if (pl_attempt_start(&config, &p->attempt) != PL_OK)
    p->attempt = NULL;
}

static bool is_running(const witness_target *t, pl_nsec since) {
  for (size_t i = 0; i < PROBES; i++) {
    if (t->probes[i].attempt != NULL && pl_witness_is_alongside(t->probes[i].started, since))
      return true;
  }
  return false;
}

static bool is_answered(const witness_target *t, pl_nsec since) {
  for (size_t i = 0; i < t->result_count; i++) {
    if (t->results[i].verified && pl_witness_is_alongside(t->results[i].started, since))
      return true;
  }
  return false;
}

static bool has_answered(const witness_target *t) {
  for (size_t i = 0; i < t->result_count; i++) {
    if (t->results[i].verified)
      return true;
  }
  return false;
}

/* Its last result, if that is an answer, and no later probe has waited for a second; else NULL. */
static const pl_witness_result *last_answer(const witness_target *t, pl_nsec now) {
  if (t->result_count == 0 || !t->results[t->result_count - 1].verified)
    return NULL;
  for (size_t i = 0; i < PROBES; i++) {
    if (t->probes[i].attempt != NULL && t->probes[i].started <= now - GAP)
      return NULL;
  }
  return &t->results[t->result_count - 1];
}

/* ---- names ----------------------------------------------------------------------------------- */

/* A witness without a public address proves nothing, and is not asked. */
static bool is_asked(const witness_target *t) {
  const pl_witnesses *w = t->host->owner;
  bool ipv4 = t->address.family == PL_FAMILY_IPV4;
  if (pl_addr_classify(&t->address) != PL_ADDR_PUBLIC || !(ipv4 ? w->wants_ipv4 : w->wants_ipv6))
    return false;
  return pl_host_has(w->config.host, t->address.family) ||
         (ipv4 && w->nat64.state == PL_NAT64_FOUND);
}

static void add_target(witness_host *p, const pl_addr *address) {
  size_t of_family = 0;
  for (size_t i = 0; i < p->target_count; i++) {
    if (pl_addr_equal(&p->targets[i].address, address))
      return;
    of_family += p->targets[i].address.family == address->family ? 1 : 0;
  }
  if (of_family >= PER_FAMILY)
    return;
  const pl_addr source = pl_host_source(address);
  p->targets[p->target_count++] = (witness_target){
      .host = p, .address = *address, .is_own = pl_addr_equal(&source, address), .source = source};
}

static void on_lookup(void *user) {
  witness_host *p = user;
  p->lookup_done = true;
  note_change(p->owner);
}

static void drop_lookup(witness_host *p) {
  pl_lookup_free(p->lookup);
  p->lookup = NULL;
}

static void take_names(witness_host *p) {
  size_t count;
  const pl_dns_fact *facts = pl_lookup_facts(p->lookup, &count);
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < facts[i].answers.count; j++)
      add_target(p, &facts[i].answers.items[j]);
  }
  drop_lookup(p);
}

static pl_status start_witness(witness_host *p) {
  const pl_witnesses_config *config = &p->owner->config;
  pl_addr literal;
  if (pl_addr_parse(p->named.host, &literal) == PL_OK) {
    add_target(p, &literal);
    return PL_OK;
  }
  pl_lookup_config lookup = {
      .name = p->named.host, .deadline = config->deadline, .done = on_lookup, .user = p};
  return pl_ask_resolvers(config->io, config->host, p->spec, PL_ASK_PUBLIC, &lookup, &p->lookup);
}

static void on_nat64(void *user) {
  pl_witnesses *w = user;
  w->nat64.answered = true;
  note_change(w);
}

static pl_status start_nat64(pl_witnesses *w) {
  const pl_witnesses_config *config = &w->config;
  if (!w->wants_ipv4 || config->host->ipv4_out || !config->host->ipv6)
    return PL_OK;
  return pl_nat64_ask(&w->nat64, config->io, config->host, w->first_spec, config->deadline,
                      on_nat64, w);
}

static void take_lookups(pl_witnesses *w) {
  if (w->nat64.lookup != NULL && w->nat64.answered)
    pl_nat64_finish(&w->nat64);
  for (witness_host *p = w->hosts; p != NULL; p = p->next) {
    if (p->lookup != NULL && p->lookup_done)
      take_names(p);
  }
}

/* ---- the probes of a group ------------------------------------------------------------------- */

/* Iterates over the addresses that count for the group in one family: NULL starts and ends it. */
static witness_target *next_target(const pl_witness_group *g, unsigned family, size_t *position) {
  for (; *position < g->host_count * 2 * PER_FAMILY; (*position)++) {
    witness_host *p = g->hosts[*position / (2 * PER_FAMILY)];
    size_t i = *position % (2 * PER_FAMILY);
    if (i >= p->target_count || p->targets[i].address.family != family || !is_asked(&p->targets[i]))
      continue;
    if (!g->other_ports && !counts_for_port(g, p))
      continue;
    (*position)++;
    return &p->targets[i];
  }
  return NULL;
}

static bool names_are_open(const pl_witness_group *g) {
  for (size_t i = 0; i < g->host_count; i++) {
    if (g->hosts[i]->lookup != NULL)
      return true;
  }
  return false;
}

/* `is` is is_answered or is_running. */
static bool any(bool (*is)(const witness_target *t, pl_nsec since), const pl_witness_group *g,
                unsigned family, pl_nsec since) {
  size_t position = 0;
  for (const witness_target *t; (t = next_target(g, family, &position)) != NULL;) {
    if (is(t, since))
      return true;
  }
  return false;
}

/* Whether the witnesses that have answered use several routing entries. Which of them the public
 * attempts use is not known here, so all are needed. */
static bool routes_differ(const pl_witness_group *g, unsigned family) {
  const witness_target *first = NULL;
  size_t position = 0;
  for (const witness_target *t; (t = next_target(g, family, &position)) != NULL;) {
    if (!has_answered(t))
      continue;
    if (first != NULL && !pl_route_equal(&first->route, &t->route))
      return true;
    first = t;
  }
  return false;
}

/* Of the addresses that were probed last, the one that answered first; NULL: none did. */
static witness_target *choose(const pl_witness_group *g, unsigned family, pl_nsec now) {
  witness_target *chosen = NULL;
  const pl_witness_result *best = NULL;
  size_t position = 0;
  for (witness_target *t; (t = next_target(g, family, &position)) != NULL;) {
    const pl_witness_result *last = last_answer(t, now);
    if (last == NULL)
      continue;
    bool newer = best == NULL || last->started >= best->started + GAP;
    bool older = best != NULL && best->started >= last->started + GAP;
    if (newer || (!older && last->ended < best->ended)) {
      chosen = t;
      best = last;
    }
  }
  return chosen;
}

/* Starts the probes for `since`: at the chosen witness, or at all that don't run yet. */
static bool start_probes(const pl_witness_group *g, unsigned family, pl_nsec since,
                         const witness_target *chosen) {
  bool started = false;
  size_t position = 0;
  for (witness_target *t; (t = next_target(g, family, &position)) != NULL;) {
    if ((chosen != NULL && t != chosen) || is_running(t, since))
      continue;
    start_probe(t);
    started = true;
  }
  return started;
}

/* Starts the probes that are due, and returns when to look again. */
static pl_nsec advance_need(const pl_witness_group *g, unsigned family, need *n, pl_nsec now) {
  if (n->since == 0 || now > n->since + PL_WITNESS_ALONGSIDE ||
      any(is_answered, g, family, n->since))
    return NEVER;
  if (n->probed != 0 && now < n->probed + GAP)
    return n->probed + GAP;
  /* Nobody answered within a second, or each route needs one: ask all. */
  bool all = n->probed >= n->since || routes_differ(g, family);
  bool running = any(is_running, g, family, n->since); /* for another group */
  if ((all || !running) && !start_probes(g, family, n->since, all ? NULL : choose(g, family, now)))
    return NEVER; /* until there is an address */
  n->probed = pl_loop_clock(loop_of(g->owner));
  return n->probed + GAP;
}

static void witnesses_fired(pl_timer *timer) {
  pl_witnesses *w = PL_CONTAINER_OF(timer, pl_witnesses, timer);
  pl_nsec now = pl_loop_now(loop_of(w)), due = w->config.deadline + PL_SEC;
  bool changed = w->changed;
  w->changed = false;
  pl_loop_move_timer(loop_of(w), timer, due);
  take_lookups(w);
  for (pl_witness_group *g = w->groups; g != NULL; g = g->next) {
    pl_nsec ipv4 = advance_need(g, PL_FAMILY_IPV4, &g->needs[0], now);
    pl_nsec ipv6 = advance_need(g, PL_FAMILY_IPV6, &g->needs[1], now);
    due = ipv4 < due ? ipv4 : due;
    due = ipv6 < due ? ipv6 : due;
  }
  pl_loop_move_timer(loop_of(w), timer, due);
  if (changed)
    w->config.changed(w->config.user);
}

/* ---- what a round asks ----------------------------------------------------------------------- */

const pl_nat64 *pl_witness_group_nat64(const pl_witness_group *g) { return &g->owner->nat64; }

void pl_witness_group_probe(pl_witness_group *g, unsigned family, pl_nsec since) {
  need *n = &g->needs[family == PL_FAMILY_IPV4 ? 0 : 1];
  if (since > n->since)
    n->since = since;
  pl_nsec due = n->probed != 0 ? n->probed + GAP : since;
  if (due < g->owner->timer.due)
    pl_loop_move_timer(loop_of(g->owner), &g->owner->timer, due);
}

static void on_near(void *user, const pl_hop *hops, size_t count) {
  witness_target *t = user;
  t->near_asked = count == 1;
  t->near_answered =
      count == 1 && (hops[0].kind == PL_HOP_ANSWERED || hops[0].kind == PL_HOP_REFUSED);
  pl_hops_free(t->near);
  t->near = NULL;
  pl_gate_release(t->host->owner->config.io->gate, 1);
}

/* Without a descriptor or memory it is not sent, and hops prove nothing. */
void pl_witness_group_ask_near(pl_witness_group *g, unsigned family) {
  const pl_witnesses_config *config = &g->owner->config;
  size_t position = 0;
  for (const witness_target *t; (t = next_target(g, family, &position)) != NULL;) {
    if (t->near != NULL || t->near_asked)
      return;
  }
  witness_target *t = choose(g, family, pl_loop_now(config->io->loop));
  position = 0;
  if (t == NULL)
    t = next_target(g, family, &position);
  if (t == NULL || !pl_gate_reserve(config->io->gate, 1))
    return;
  const pl_hops_config near = {.loop = config->io->loop,
                               .target = sockaddr_of(t),
                               .last_ttl = 1,
                               .deadline = config->deadline,
                               .done = on_near,
                               .user = t};
  if (pl_hops_start(&near, &t->near) != PL_OK)
    pl_gate_release(config->io->gate, 1);
}

bool pl_witness_group_answered(const pl_witness_group *g, unsigned family, pl_nsec since) {
  return any(is_answered, g, family, since);
}

pl_nsec pl_witness_group_settles(const pl_witness_group *g, unsigned family, pl_nsec since) {
  size_t position = 0;
  bool may_answer = next_target(g, family, &position) != NULL || names_are_open(g);
  bool answered = any(is_answered, g, family, since), running = any(is_running, g, family, since);
  if (!may_answer || (answered && !(running && routes_differ(g, family))))
    return 0;
  if (pl_loop_now(loop_of(g->owner)) <= since + PL_WITNESS_ALONGSIDE)
    return since + PL_WITNESS_ALONGSIDE + PL_MSEC;
  return running && !answered ? g->owner->config.deadline : 0;
}

static pl_status report_target(const witness_host *p, const witness_target *t, pl_facts *facts) {
  pl_witness *witness;
  pl_status status = pl_facts_add_witness(facts, &witness);
  if (status != PL_OK)
    return status == PL_ERR_LIMIT ? PL_OK : status;
  memcpy(witness->host, p->named.host, sizeof(witness->host));
  witness->port = p->named.port;
  witness->port_named = p->named.port_named;
  if (t != NULL) {
    witness->address = t->address;
    witness->is_own = t->is_own;
    witness->source = t->source;
    witness->route = t->route;
    witness->near_asked = t->near_asked;
    witness->near_answered = t->near_answered;
    memcpy(witness->results, t->results, sizeof(witness->results));
    witness->result_count = t->result_count;
  }
  return PL_OK;
}

/* A name without an address is reported as one witness without an address. */
static pl_status report_witness(const witness_host *p, pl_facts *facts) {
  pl_status status = PL_OK;
  for (size_t i = 0; status == PL_OK && (i == 0 || i < p->target_count); i++)
    status = report_target(p, i < p->target_count ? &p->targets[i] : NULL, facts);
  return status;
}

pl_status pl_witness_group_report(const pl_witness_group *g, pl_facts *facts) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < g->host_count && status == PL_OK; i++)
    status = report_witness(g->hosts[i], facts);
  return status;
}

/* ---- life ------------------------------------------------------------------------------------ */

pl_status pl_witnesses_create(const pl_witnesses_config *config, pl_witnesses **ret_witnesses) {
  pl_witnesses *w = calloc(1, sizeof(*w));
  if (w == NULL)
    return PL_ERR_MEMORY;
  w->timer.fire = witnesses_fired;
  w->config = *config;
  w->tail = &w->hosts;
  *ret_witnesses = w;
  return PL_OK;
}

pl_status pl_witnesses_start(pl_witnesses *w) {
  pl_loop *loop = loop_of(w);
  pl_status status = pl_loop_set_timer(loop, &w->timer, pl_loop_now(loop));
  if (status == PL_OK)
    status = start_nat64(w);
  for (witness_host *p = w->hosts; p != NULL && status == PL_OK; p = p->next)
    status = start_witness(p);
  return status;
}

static void free_host(witness_host *p) {
  drop_lookup(p);
  for (size_t i = 0; i < p->target_count; i++) {
    for (size_t j = 0; j < PROBES; j++)
      pl_attempt_free(p->targets[i].probes[j].attempt);
    if (p->targets[i].near != NULL) {
      pl_hops_free(p->targets[i].near);
      pl_gate_release(p->owner->config.io->gate, 1);
    }
  }
  free(p);
}

void pl_witnesses_free(pl_witnesses *w) {
  if (w == NULL)
    return;
  pl_nat64_stop(&w->nat64);
  while (w->hosts != NULL) {
    witness_host *p = w->hosts;
    w->hosts = p->next;
    free_host(p);
  }
  while (w->groups != NULL) {
    pl_witness_group *g = w->groups;
    w->groups = g->next;
    free(g);
  }
  pl_loop_cancel_timer(loop_of(w), &w->timer);
  free(w);
}
