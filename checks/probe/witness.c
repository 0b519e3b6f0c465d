/* Asks the witnesses of a batch before and after its public attempts. */
#include "probe/witness.h"
#include "probe/wire/attempt.h"
#include <stdlib.h>
#include <string.h>

/* Addresses of one witness in each family: one is enough, the other is for when it fails. */
#define PER_FAMILY 2
/* How long the others of a family still get once one witness has been reached. */
#define GRACE (500 * PL_MSEC)

typedef struct witness_host witness_host;

/* One address of a witness. */
typedef struct witness_target {
  witness_host *witness;
  pl_addr address;
  pl_addr source; /* as in pl_witness */
  pl_witness_result before, after;
  bool waiting; /* for NAT64, before its first attempt */
  bool again;   /* the attempt is the one for `after` */
  pl_attempt *attempt;
} witness_target;

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

typedef enum stage {
  STAGE_FILLING, /* pl_witnesses_want adds witnesses */
  STAGE_BEFORE,  /* asked for the first time, before the public attempts */
  STAGE_BETWEEN, /* public attempts run */
  STAGE_AFTER,   /* asked again */
  STAGE_OVER,    /* every second answer is known */
} stage;

struct pl_witnesses {
  pl_timer timer; /* set from start to end */
  pl_witnesses_config config;
  stage stage;
  witness_host *witnesses, **tail;
  const pl_spec *first_spec; /* its private resolvers are asked for NAT64 */
  bool wants_ipv4, wants_ipv6;
  pl_nsec patience;   /* largest connect timeout */
  pl_nsec bound;      /* when public attempts start at the latest */
  pl_nsec reached[2]; /* when a witness of the family was first reached; 0: not yet */
  bool ready[2];
  pl_nat64 nat64;
};

static size_t slot_of(unsigned family) { return family == PL_FAMILY_IPV4 ? 0 : 1; }

static void move_timer(pl_witnesses *w, pl_nsec due) {
  pl_loop_move_timer(w->config.io->loop, &w->timer, due);
}

static void kick(pl_witnesses *w) { move_timer(w, pl_loop_now(w->config.io->loop)); }

/* ---- the list -------------------------------------------------------------------------------- */

static bool same_anchors(const pl_spec *a, const pl_spec *b) {
  if (a->ca_file == NULL || b->ca_file == NULL)
    return a->ca_file == b->ca_file;
  return strcmp(a->ca_file, b->ca_file) == 0;
}

static witness_host *find_witness(const pl_witnesses *w, const pl_ask_witness *named,
                                  const pl_spec *spec) {
  for (witness_host *p = w->witnesses; p != NULL; p = p->next) {
    if (p->named.port == named->port && p->named.port_named == named->port_named &&
        strcmp(p->named.host, named->host) == 0 && same_anchors(p->spec, spec))
      return p;
  }
  return NULL;
}

static pl_status add_witness(pl_witnesses *w, const pl_ask_witness *named, const pl_spec *spec,
                             pl_tls_context *tls) {
  if (find_witness(w, named, spec) != NULL)
    return PL_OK;
  witness_host *p = calloc(1, sizeof(*p));
  if (p == NULL)
    return PL_ERR_MEMORY;
  *p = (witness_host){.owner = w, .named = *named, .tls = tls, .spec = spec};
  *w->tail = p;
  w->tail = &p->next;
  return PL_OK;
}

pl_status pl_witnesses_want(pl_witnesses *w, const pl_spec *spec, pl_tls_context *tls) {
  pl_ask_witness list[PL_ASK_WITNESSES_MAX];
  size_t count = pl_ask_witnesses(w->config.host, spec, list);
  for (size_t i = 0; i < count; i++) {
    pl_status status = add_witness(w, &list[i], spec, tls);
    if (status != PL_OK)
      return status;
  }
  if (w->first_spec == NULL)
    w->first_spec = spec;
  w->wants_ipv4 = w->wants_ipv4 || !spec->ipv6_only;
  w->wants_ipv6 = w->wants_ipv6 || !spec->ipv4_only;
  if (spec->connect_timeout > w->patience)
    w->patience = spec->connect_timeout;
  return PL_OK;
}

/* ---- one address ----------------------------------------------------------------------------- */

static void note_result(witness_target *t, pl_witness_result *of, const pl_attempt_result *result) {
  pl_witnesses *w = t->witness->owner;
  *of = (pl_witness_result){
      .end = result->end,
      .verified = result->end == PL_END_TLS_DONE && pl_attempt_verified(result),
      .started = result->started,
      .ended = result->ended,
  };
  size_t slot = slot_of(t->address.family);
  if (of->verified && w->reached[slot] == 0)
    w->reached[slot] = pl_loop_clock(w->config.io->loop);
}

static void on_attempt(void *user, const pl_attempt_result *result) {
  witness_target *t = user;
  note_result(t, t->again ? &t->after : &t->before, result);
  pl_attempt_free(t->attempt);
  t->attempt = NULL;
  kick(t->witness->owner);
}

static pl_status start_attempt(witness_target *t) {
  const witness_host *p = t->witness;
  const pl_witnesses *w = p->owner;
  pl_sockaddr target = {.address = t->address, .port = p->named.port};
  if (t->address.family == PL_FAMILY_IPV4)
    (void)pl_nat64_via(&w->nat64, &t->address, &target.address);
  pl_attempt_config config = {
      .loop = w->config.io->loop,
      .gate = w->config.io->gate,
      .tls = p->tls,
      .target = target,
      .name = p->named.host,
      .depth = PL_DEPTH_TLS,
      .connect_timeout = p->spec->connect_timeout,
      .deadline = w->config.deadline,
      .done = on_attempt,
      .user = t,
  };
  return pl_attempt_start(&config, &t->attempt);
}

/* A witness without a public address proves nothing, and is not asked. */
static bool is_asked(const pl_witnesses *w, const pl_addr *address) {
  bool ipv4 = address->family == PL_FAMILY_IPV4;
  if (pl_addr_classify(address) != PL_ADDR_PUBLIC || !(ipv4 ? w->wants_ipv4 : w->wants_ipv6))
    return false;
  return pl_host_has(w->config.host, address->family) ||
         (ipv4 && (w->nat64.lookup != NULL || w->nat64.state == PL_NAT64_FOUND));
}

static pl_status add_target(witness_host *p, const pl_addr *address) {
  pl_witnesses *w = p->owner;
  size_t of_family = 0;
  for (size_t i = 0; i < p->target_count; i++) {
    if (pl_addr_equal(&p->targets[i].address, address))
      return PL_OK;
    of_family += p->targets[i].address.family == address->family ? 1 : 0;
  }
  if (of_family >= PER_FAMILY)
    return PL_OK;
  witness_target *t = &p->targets[p->target_count++];
  *t = (witness_target){.witness = p, .address = *address, .source = pl_host_source(address)};
  if (!is_asked(w, address) || w->ready[slot_of(address->family)])
    return PL_OK;
  t->waiting = address->family == PL_FAMILY_IPV4 && w->nat64.lookup != NULL;
  return t->waiting ? PL_OK : start_attempt(t);
}

static void on_lookup(void *user) {
  witness_host *p = user;
  p->lookup_done = true;
  kick(p->owner);
}

static void drop_lookup(witness_host *p) {
  pl_lookup_free(p->lookup);
  p->lookup = NULL;
}

static pl_status take_names(witness_host *p) {
  size_t count;
  const pl_dns_fact *facts = pl_lookup_facts(p->lookup, &count);
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < facts[i].answers.count; j++) {
      pl_status status = add_target(p, &facts[i].answers.items[j]);
      if (status != PL_OK)
        return status;
    }
  }
  drop_lookup(p);
  return PL_OK;
}

static pl_status start_witness(witness_host *p) {
  const pl_witnesses_config *config = &p->owner->config;
  pl_addr literal;
  if (pl_addr_parse(p->named.host, &literal) == PL_OK)
    return add_target(p, &literal);
  pl_lookup_config lookup = {
      .name = p->named.host, .deadline = config->deadline, .done = on_lookup, .user = p};
  return pl_ask_resolvers(config->io, config->host, p->spec, PL_ASK_PUBLIC, &lookup, &p->lookup);
}

static void on_nat64(void *user) {
  pl_witnesses *w = user;
  w->nat64.answered = true;
  kick(w);
}

static pl_status start_nat64(pl_witnesses *w) {
  const pl_witnesses_config *config = &w->config;
  if (!w->wants_ipv4)
    return PL_OK;
  return pl_nat64_start(&w->nat64, config->io, config->host, w->first_spec, config->deadline,
                        on_nat64, w);
}

const pl_nat64 *pl_witnesses_nat64(const pl_witnesses *w) { return &w->nat64; }

/* ---- from one stage to the next -------------------------------------------------------------- */

static bool names_are_open(const pl_witnesses *w) {
  for (const witness_host *p = w->witnesses; p != NULL; p = p->next) {
    if (p->lookup != NULL)
      return true;
  }
  return false;
}

/* Iterates over the addresses of all witnesses: NULL starts the iteration and ends it. */
static witness_target *next_target(const pl_witnesses *w, witness_target *t) {
  witness_host *p = t != NULL ? t->witness : w->witnesses;
  size_t next = t != NULL ? (size_t)(t - p->targets) + 1 : 0;
  for (; p != NULL; p = p->next, next = 0) {
    if (next < p->target_count)
      return &p->targets[next];
  }
  return NULL;
}

static bool is_open(const witness_target *t, unsigned family) {
  return t->address.family == family && (t->attempt != NULL || t->waiting);
}

static bool targets_are_open(const pl_witnesses *w, unsigned family) {
  for (witness_target *t = NULL; (t = next_target(w, t)) != NULL;) {
    if (is_open(t, family))
      return true;
  }
  return false;
}

/* An attempt that is open when public attempts start counts as not reached. */
static void cut_targets(pl_witnesses *w, unsigned family) {
  pl_nsec now = pl_loop_clock(w->config.io->loop);
  for (witness_target *t = NULL; (t = next_target(w, t)) != NULL;) {
    if (!is_open(t, family))
      continue;
    pl_attempt_free(t->attempt);
    t->attempt = NULL;
    t->waiting = false;
    t->before = (pl_witness_result){.end = PL_END_CUT, .started = now, .ended = now};
  }
}

/* Returns when to check the family again; 0 if it is ready. */
static pl_nsec settle_family(pl_witnesses *w, unsigned family) {
  size_t slot = slot_of(family);
  pl_nsec now = pl_loop_now(w->config.io->loop);
  pl_nsec until = w->bound;
  if (w->ready[slot])
    return 0;
  if (w->reached[slot] != 0 && w->reached[slot] + GRACE < until)
    until = w->reached[slot] + GRACE;
  bool nat64_is_open = family == PL_FAMILY_IPV4 && w->nat64.lookup != NULL;
  if (now < until && (names_are_open(w) || targets_are_open(w, family) || nat64_is_open))
    return until;
  cut_targets(w, family);
  w->ready[slot] = true;
  return 0;
}

static pl_status start_waiting_targets(pl_witnesses *w) {
  pl_status status = PL_OK;
  for (witness_target *t = NULL; status == PL_OK && (t = next_target(w, t)) != NULL;) {
    if (t->waiting && is_asked(w, &t->address))
      status = start_attempt(t);
    t->waiting = false;
  }
  return status;
}

static pl_status take_lookups(pl_witnesses *w) {
  pl_status status = PL_OK;
  if (w->nat64.lookup != NULL && w->nat64.answered) {
    pl_nat64_finish(&w->nat64);
    status = start_waiting_targets(w);
  }
  for (witness_host *p = w->witnesses; p != NULL && status == PL_OK; p = p->next) {
    if (p->lookup != NULL && p->lookup_done)
      status = take_names(p);
  }
  return status;
}

static void end_lookups(pl_witnesses *w) {
  for (witness_host *p = w->witnesses; p != NULL; p = p->next)
    drop_lookup(p);
  pl_nat64_stop(&w->nat64);
}

/* Without memory for its attempts a witness counts as not reached. */
static stage advance_before(pl_witnesses *w) {
  if (take_lookups(w) != PL_OK)
    w->bound = pl_loop_now(w->config.io->loop);
  pl_nsec ipv4 = settle_family(w, PL_FAMILY_IPV4);
  pl_nsec ipv6 = settle_family(w, PL_FAMILY_IPV6);
  if (ipv4 != 0 || ipv6 != 0) {
    move_timer(w, ipv4 == 0 || (ipv6 != 0 && ipv6 < ipv4) ? ipv6 : ipv4);
    return STAGE_BEFORE;
  }
  end_lookups(w);
  return STAGE_BETWEEN;
}

static stage advance_after(const pl_witnesses *w) {
  bool open = targets_are_open(w, PL_FAMILY_IPV4) || targets_are_open(w, PL_FAMILY_IPV6);
  return open ? STAGE_AFTER : STAGE_OVER;
}

static void witnesses_fired(pl_timer *timer) {
  pl_witnesses *w = PL_CONTAINER_OF(timer, pl_witnesses, timer);
  move_timer(w, w->config.deadline + PL_SEC);
  if (w->stage == STAGE_BEFORE)
    w->stage = advance_before(w);
  else if (w->stage == STAGE_AFTER)
    w->stage = advance_after(w);
  w->config.changed(w->config.user);
}

bool pl_witnesses_ready(const pl_witnesses *w, unsigned family) {
  return w->ready[slot_of(family)];
}

bool pl_witnesses_over(const pl_witnesses *w) { return w->stage == STAGE_OVER; }

/* ---- life ------------------------------------------------------------------------------------ */

pl_status pl_witnesses_create(const pl_witnesses_config *config, pl_witnesses **ret_witnesses) {
  pl_witnesses *w = calloc(1, sizeof(*w));
  if (w == NULL)
    return PL_ERR_MEMORY;
  w->timer.fire = witnesses_fired;
  w->config = *config;
  w->tail = &w->witnesses;
  *ret_witnesses = w;
  return PL_OK;
}

pl_status pl_witnesses_start(pl_witnesses *w) {
  pl_loop *loop = w->config.io->loop;
  w->bound = pl_loop_clock(loop) + w->patience;
  w->stage = STAGE_BEFORE;
  pl_status status = pl_loop_set_timer(loop, &w->timer, pl_loop_now(loop));
  if (status == PL_OK)
    status = start_nat64(w);
  for (witness_host *p = w->witnesses; p != NULL && status == PL_OK; p = p->next)
    status = start_witness(p);
  return status;
}

/* Without memory for its attempt a witness counts as not reached. */
void pl_witnesses_ask_again(pl_witnesses *w) {
  if (w->stage == STAGE_BEFORE) {
    cut_targets(w, PL_FAMILY_IPV4);
    cut_targets(w, PL_FAMILY_IPV6);
    end_lookups(w);
    w->ready[0] = w->ready[1] = true;
  }
  w->stage = STAGE_AFTER;
  kick(w);
  for (witness_target *t = NULL; (t = next_target(w, t)) != NULL;) {
    t->again = true;
    if (t->before.verified && start_attempt(t) != PL_OK)
      return;
  }
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
    witness->is_own = pl_addr_equal(&t->source, &t->address);
    witness->source = t->source;
    witness->results[witness->result_count++] = t->before;
    if (t->after.started != 0)
      witness->results[witness->result_count++] = t->after;
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

pl_status pl_witnesses_report(const pl_witnesses *w, const pl_spec *spec, pl_facts *facts) {
  pl_ask_witness list[PL_ASK_WITNESSES_MAX];
  size_t count = pl_ask_witnesses(w->config.host, spec, list);
  for (size_t i = 0; i < count; i++) {
    const witness_host *p = find_witness(w, &list[i], spec);
    pl_status status = p != NULL ? report_witness(p, facts) : PL_OK;
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

void pl_witnesses_free(pl_witnesses *w) {
  if (w == NULL)
    return;
  end_lookups(w);
  while (w->witnesses != NULL) {
    witness_host *p = w->witnesses;
    w->witnesses = p->next;
    for (size_t i = 0; i < p->target_count; i++)
      pl_attempt_free(p->targets[i].attempt);
    free(p);
  }
  pl_loop_cancel_timer(w->config.io->loop, &w->timer);
  free(w);
}
