#include "probe/round.h"
#include "probe/dns/lookup.h"
#include "probe/wire/attempt.h"
#include "probe/wire/signature.h"
#include <stdlib.h>
#include <string.h>

/* From the start of the first try at a public address to the start of the second. */
#define BETWEEN_TRIES PL_SEC
/* How soon to look again for a first try that waits for its place in the queue. */
#define LOOK_AGAIN (100 * PL_MSEC)
/* Every question and every try ends by itself at the deadline; this much later, whatever did not.
 */
#define BACKSTOP (20 * PL_MSEC)

typedef struct probe probe;

typedef enum attempt_state { ATTEMPT_NOT_STARTED, ATTEMPT_RUNNING, ATTEMPT_ENDED } attempt_state;

/* One of the attempts at a target. */
typedef struct attempt {
  probe *probe;
  unsigned number;
  attempt_state state;
  pl_attempt *running;
} attempt;

/* One address in one role: an element of facts->paths. */
struct probe {
  pl_timer second; /* for the second attempt; set from the start of the first on */
  pl_round *round;
  probe *next;
  size_t index; /* in facts->targets; the array may move */
  pl_role role;
  attempt attempts[PL_LIMIT_ATTEMPTS];
};

typedef enum side_stage {
  SIDE_OFF,     /* no check needs it */
  SIDE_ASKING,  /* the resolvers */
  SIDE_WAITING, /* public: for the witnesses, before some or all addresses */
  SIDE_PROBING, /* every address is being tried */
  SIDE_DONE,
} side_stage;

typedef struct side {
  side_stage stage;
  pl_lookup *lookup;
  bool answered; /* the lookup is complete */
  size_t open;   /* probes that are not over */
} side;

struct pl_round {
  pl_timer timer; /* set from start to end */
  pl_round_config config;
  const char *private_name; /* NULL where it is not known */
  side private, public;
  pl_addr_list addresses; /* public ones that are still to be tried */
  probe *probes;
  pl_matcher *matcher;
  pl_status failed; /* what ended the round before its time */
};

static pl_loop *loop_of(const pl_round *round) { return round->config.io->loop; }

void pl_round_kick(pl_round *round) {
  pl_loop_move_timer(loop_of(round), &round->timer, pl_loop_now(loop_of(round)));
}

static void fail_round(pl_round *round, pl_status status) {
  round->failed = status;
  pl_round_kick(round);
}

static bool runs(const pl_spec *spec, pl_check check) {
  return (spec->checks & PL_CHECK_BIT(check)) != 0;
}

static bool probes_family(const pl_spec *spec, unsigned family) {
  return family == PL_FAMILY_IPV4 ? !spec->ipv6_only : !spec->ipv4_only;
}

/* ---- one try -------------------------------------------------------------------------------- */

/* Whether the other side got as far as an identity of its own, or as the probe was to go. */
static bool is_answer(pl_end end) {
  return end == PL_END_CONNECTED || (end >= PL_END_TLS_UNVERIFIED && end < PL_END_COUNT);
}

static pl_target *fact_of(const probe *p) { return &p->round->config.facts->targets[p->index]; }

static side *side_of(const probe *p) {
  return p->role == PL_ROLE_PUBLIC ? &p->round->public : &p->round->private;
}

static void probe_over(probe *p) {
  pl_target *target = fact_of(p);
  pl_loop_cancel_timer(loop_of(p->round), &p->second);
  target->attempt_count = p->attempts[1].state == ATTEMPT_ENDED ? 2 : 1;
  side_of(p)->open--;
  pl_round_kick(p->round);
}

static void cancel_attempt(attempt *a) {
  pl_attempt_free(a->running);
  a->running = NULL;
  a->state = ATTEMPT_NOT_STARTED;
}

/* The first try has ended, and the second has not been made. */
static void plan_second(probe *p, const pl_attempt_result *first) {
  pl_loop *loop = loop_of(p->round);
  pl_nsec now = pl_loop_now(loop);
  pl_nsec due = first->started + BETWEEN_TRIES;
  if (first->end == PL_END_CUT || now >= p->round->config.deadline) {
    probe_over(p);
    return;
  }
  pl_loop_move_timer(loop, &p->second, due > now ? due : now);
}

static void first_ended(probe *p, const pl_attempt_result *first) {
  attempt *second = &p->attempts[1];
  if (p->role != PL_ROLE_PUBLIC || second->state == ATTEMPT_ENDED) {
    probe_over(p);
  } else if (is_answer(first->end)) {
    cancel_attempt(second);
    probe_over(p);
  } else if (second->state == ATTEMPT_NOT_STARTED) {
    plan_second(p, first);
  }
}

static void on_attempt(void *user, const pl_attempt_result *result) {
  attempt *a = user;
  probe *p = a->probe;
  fact_of(p)->attempts[a->number] = *result;
  pl_attempt_free(a->running);
  a->running = NULL;
  a->state = ATTEMPT_ENDED;
  if (a->number == 0)
    first_ended(p, result);
  else if (p->attempts[0].state == ATTEMPT_ENDED)
    probe_over(p);
}

static int on_body(void *user, unsigned status, const char *body, size_t length) {
  attempt *a = user;
  return pl_matcher_match(a->probe->round->matcher, status, body, length);
}

static const char *name_of_private(const pl_round *round) {
  const pl_spec *spec = round->config.spec;
  return spec->tls_name != NULL ? spec->tls_name : round->private_name;
}

static pl_status start_attempt(attempt *a) {
  const probe *p = a->probe;
  const pl_round *round = p->round;
  const pl_spec *spec = round->config.spec;
  const pl_target *target = fact_of(p);
  bool public = p->role == PL_ROLE_PUBLIC;
  pl_attempt_config config = {
      .loop = loop_of(round),
      .gate = round->config.io->gate,
      .tls = round->config.tls,
      .target = {.address = target->via.family != PL_FAMILY_NONE ? target->via : target->address,
                 .port = target->port},
      .name = public ? spec->public_name : name_of_private(round),
      .path = spec->path,
      .scheme = target->with_key ? spec->api_key_scheme : NULL,
      .secret = target->with_key ? spec->api_key : NULL,
      .depth = public ? spec->public_probe : spec->probe,
      .connect_timeout = spec->connect_timeout,
      .response_timeout = spec->response_timeout,
      .deadline = round->config.deadline,
      .match = on_body,
      .done = on_attempt,
      .user = a,
  };
  pl_status status = pl_attempt_start(&config, &a->running);
  if (status == PL_OK)
    a->state = ATTEMPT_RUNNING;
  return status;
}

/* The second try: beside the first where that is still silent after a second, so that two silent
 * tries take one timeout and a second rather than two timeouts. */
static void second_due(pl_timer *timer) {
  probe *p = PL_CONTAINER_OF(timer, probe, second);
  pl_loop *loop = loop_of(p->round);
  pl_nsec now = pl_loop_now(loop);
  pl_nsec due = now;
  if (p->attempts[0].state == ATTEMPT_RUNNING) {
    pl_nsec started = pl_attempt_started(p->attempts[0].running);
    due = started == 0 ? now + LOOK_AGAIN : started + BETWEEN_TRIES;
  }
  if (due > now) {
    pl_loop_move_timer(loop, timer, due);
    return;
  }
  pl_status status = start_attempt(&p->attempts[1]);
  if (status != PL_OK)
    fail_round(p->round, status);
}

static pl_status add_probe(pl_round *round, const pl_target *what) {
  pl_target *target;
  pl_loop *loop = loop_of(round);
  pl_status status = pl_facts_add_target(round->config.facts, what->role, &target);
  if (status != PL_OK)
    return status == PL_ERR_LIMIT ? PL_OK : status; /* over the cap: DNS says `truncated` */
  target->address = what->address;
  target->via = what->via;
  target->is_own = what->is_own;
  target->source = what->source;
  target->port = round->config.spec->port;
  target->origins = what->origins;
  target->with_key = what->with_key;
  memcpy(target->zone, what->zone, sizeof(target->zone));
  probe *p = calloc(1, sizeof(*p));
  if (p == NULL)
    return PL_ERR_MEMORY;
  *p = (probe){.second = {.fire = second_due},
               .round = round,
               .next = round->probes,
               .index = round->config.facts->target_count - 1,
               .role = what->role};
  p->attempts[0] = (attempt){.probe = p, .number = 0};
  p->attempts[1] = (attempt){.probe = p, .number = 1};
  round->probes = p;
  if (what->role == PL_ROLE_PUBLIC)
    status = pl_loop_set_timer(loop, &p->second, pl_loop_clock(loop) + BETWEEN_TRIES);
  if (status == PL_OK)
    status = start_attempt(&p->attempts[0]);
  if (status == PL_OK)
    side_of(p)->open++;
  return status;
}

/* ---- private side --------------------------------------------------------------------------- */

/* A public address is never probed as private, unless it is known to be the endpoint's own. */
static bool is_private_target(const pl_round *round, const pl_addr *address) {
  if (!pl_addr_is_target(address) || !probes_family(round->config.spec, address->family))
    return false;
  return pl_spec_is_private(round->config.spec, address) ||
         pl_endpoint_has_address(round->config.endpoint, address);
}

static unsigned origins_of(const pl_round *round, const pl_addr *address) {
  const pl_spec *spec = round->config.spec;
  const pl_facts *facts = round->config.facts;
  unsigned origins = 0;
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    if (pl_addr_list_contains(&facts->private_dns[i].answers, address))
      origins |= PL_ORIGIN_DNS;
  }
  if (pl_endpoint_has_address(round->config.endpoint, address))
    origins |= PL_ORIGIN_EC2;
  for (size_t i = 0; i < spec->addresses.count; i++) {
    if (pl_addr_equal(&spec->addresses.items[i].address, address))
      origins |= PL_ORIGIN_OPTION;
  }
  return origins;
}

/* The endpoint's network interfaces. */
static pl_status collect_interfaces(const pl_endpoint *endpoint, pl_addr_list *list) {
  pl_status status = PL_OK;
  for (size_t i = 0; endpoint != NULL && i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    for (size_t j = 0; j < interface->address_count && status == PL_OK; j++)
      status = pl_addr_list_add(list, &interface->addresses[j]);
  }
  return status;
}

static pl_status collect_private(const pl_round *round, pl_addr_list *list) {
  const pl_spec *spec = round->config.spec;
  const pl_facts *facts = round->config.facts;
  pl_status status = collect_interfaces(round->config.endpoint, list);
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    const pl_addr_list *answers = &facts->private_dns[i].answers;
    for (size_t j = 0; j < answers->count && status == PL_OK; j++)
      status = pl_addr_list_add(list, &answers->items[j]);
  }
  for (size_t i = 0; i < spec->addresses.count && status == PL_OK; i++)
    status = pl_addr_list_add(list, &spec->addresses.items[i].address);
  pl_addr_list_sort(list);
  return status;
}

/* With a key, and once more without where an answer may be compared with a public one. */
static pl_status probe_private(pl_round *round, const pl_addr *address) {
  const pl_spec *spec = round->config.spec;
  pl_target what = {
      .role = PL_ROLE_PRIVATE,
      .address = *address,
      .origins = origins_of(round, address),
      .with_key = spec->api_key != NULL && spec->probe == PL_DEPTH_HTTP,
  };
  pl_buf zone;
  pl_buf_fixed(&zone, what.zone, sizeof(what.zone));
  pl_buf_add(&zone, pl_endpoint_zone_of(round->config.endpoint, address));
  pl_status status = add_probe(round, &what);
  if (status != PL_OK || !what.with_key || !runs(spec, PL_CHECK_PUBLIC) ||
      spec->public_probe != PL_DEPTH_HTTP)
    return status;
  what.role = PL_ROLE_COUNTER;
  what.with_key = false;
  return add_probe(round, &what);
}

static pl_status start_private_probes(pl_round *round) {
  pl_addr_list list = {0};
  const pl_spec *spec = round->config.spec;
  round->private.stage = SIDE_PROBING;
  /* Without a name there is nothing that a certificate could be checked against. */
  if (!runs(spec, PL_CHECK_PORT) || (spec->probe != PL_DEPTH_TCP && name_of_private(round) == NULL))
    return PL_OK;
  pl_status status = collect_private(round, &list);
  for (size_t i = 0; i < list.count && status == PL_OK; i++) {
    if (is_private_target(round, &list.items[i]))
      status = probe_private(round, &list.items[i]);
  }
  pl_addr_list_free(&list);
  return status;
}

/* ---- public side ---------------------------------------------------------------------------- */

static bool is_public_target(const pl_round *round, const pl_addr *address) {
  return pl_addr_classify(address) == PL_ADDR_PUBLIC &&
         probes_family(round->config.spec, address->family) &&
         !pl_endpoint_has_address(round->config.endpoint, address);
}

static pl_status add_public(pl_round *round, const pl_addr *address) {
  return is_public_target(round, address) ? pl_addr_list_add(&round->addresses, address) : PL_OK;
}

static pl_status collect_public(pl_round *round) {
  const pl_spec *spec = round->config.spec;
  const pl_facts *facts = round->config.facts;
  pl_status status = PL_OK;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_addr_list *answers = &facts->public_dns[i].answers;
    for (size_t j = 0; j < answers->count && status == PL_OK; j++)
      status = add_public(round, &answers->items[j]);
  }
  for (size_t i = 0; i < spec->public_addresses.count && status == PL_OK; i++)
    status = add_public(round, &spec->public_addresses.items[i].address);
  pl_addr_list_sort(&round->addresses);
  return status;
}

static pl_family_state family_state(const pl_round *round, pl_family family) {
  size_t of_family = 0;
  if (!pl_host_has(round->config.host, family))
    return PL_FAMILY_NO_ADDRESS;
  for (size_t i = 0; i < round->addresses.count; i++) {
    const pl_addr *address = &round->addresses.items[i];
    if (address->family != family)
      continue;
    if (pl_host_routes_to(address))
      return PL_FAMILY_USABLE;
    of_family++;
  }
  return of_family > 0 ? PL_FAMILY_NO_ROUTE : PL_FAMILY_USABLE;
}

static bool has_family(const pl_addr_list *list, unsigned family) {
  for (size_t i = 0; i < list->count; i++) {
    if (list->items[i].family == family)
      return true;
  }
  return false;
}

/* Leaving a family out must not leave nothing: then its addresses are tried all the same, and the
 * failure is there to be seen. */
static void decide_families(pl_round *round) {
  pl_facts *facts = round->config.facts;
  facts->ipv4 = family_state(round, PL_FAMILY_IPV4);
  facts->ipv6 = family_state(round, PL_FAMILY_IPV6);
  bool ipv4 = facts->ipv4 == PL_FAMILY_USABLE && has_family(&round->addresses, PL_FAMILY_IPV4);
  bool ipv6 = facts->ipv6 == PL_FAMILY_USABLE && has_family(&round->addresses, PL_FAMILY_IPV6);
  if (ipv4 || ipv6)
    return;
  if (facts->ipv4 == PL_FAMILY_NO_ROUTE)
    facts->ipv4 = PL_FAMILY_USABLE;
  if (facts->ipv6 == PL_FAMILY_NO_ROUTE)
    facts->ipv6 = PL_FAMILY_USABLE;
}

static unsigned public_origins(const pl_round *round, const pl_addr *address) {
  const pl_spec *spec = round->config.spec;
  const pl_facts *facts = round->config.facts;
  unsigned origins = 0;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    if (pl_addr_list_contains(&facts->public_dns[i].answers, address))
      origins |= PL_ORIGIN_DNS;
  }
  for (size_t i = 0; i < spec->public_addresses.count; i++) {
    if (pl_addr_equal(&spec->public_addresses.items[i].address, address))
      origins |= PL_ORIGIN_OPTION;
  }
  return origins;
}

static pl_status probe_public(pl_round *round, const pl_addr *address) {
  const pl_facts *facts = round->config.facts;
  bool ipv4 = address->family == PL_FAMILY_IPV4;
  pl_target what = {
      .role = PL_ROLE_PUBLIC, .address = *address, .origins = public_origins(round, address)};
  bool usable = (ipv4 ? facts->ipv4 : facts->ipv6) == PL_FAMILY_USABLE;
  bool via = ipv4 && pl_witnesses_via(round->config.witnesses, address, &what.via);
  if (!usable && !via)
    return PL_OK;
  what.source = pl_host_source(via ? &what.via : address);
  what.is_own = pl_addr_equal(&what.source, address);
  return add_probe(round, &what);
}

/* Starts the tries at the addresses of a family that its witnesses are done with, and takes them
 * off the list. */
static pl_status start_public_probes(pl_round *round) {
  pl_addr_list *list = &round->addresses;
  size_t kept = 0;
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count; i++) {
    pl_addr address = list->items[i];
    if (!pl_witnesses_ready(round->config.witnesses, address.family))
      list->items[kept++] = address;
    else if (status == PL_OK)
      status = probe_public(round, &address);
  }
  list->count = kept;
  round->config.facts->nat64 = pl_witnesses_nat64(round->config.witnesses);
  if (kept == 0 && pl_witnesses_ready(round->config.witnesses, PL_FAMILY_IPV4) &&
      pl_witnesses_ready(round->config.witnesses, PL_FAMILY_IPV6))
    round->public.stage = SIDE_PROBING;
  return status;
}

/* ---- DNS ------------------------------------------------------------------------------------ */

static void on_lookup(void *user) {
  side *of = user;
  of->answered = true;
}

static void on_private_lookup(void *user) {
  pl_round *round = user;
  on_lookup(&round->private);
  pl_round_kick(round);
}

static void on_public_lookup(void *user) {
  pl_round *round = user;
  on_lookup(&round->public);
  pl_round_kick(round);
}

static pl_lookup_config lookup_config(pl_round *round, const pl_sockaddr *list, size_t count) {
  return (pl_lookup_config){
      .loop = loop_of(round),
      .resolvers = round->config.io->resolvers,
      .list = list,
      .count = count,
      .timeout = pl_dns_timeout(round->config.spec),
      .deadline = round->config.deadline,
      .user = round,
  };
}

static pl_status ask_private(pl_round *round) {
  const pl_spec *spec = round->config.spec;
  pl_sockaddr list[PL_LIMIT_RESOLVERS];
  size_t count = 0;
  round->private.stage = SIDE_ASKING;
  round->private.answered = round->private_name == NULL;
  if (round->private_name == NULL)
    return PL_OK;
  pl_status status = pl_io_private_resolvers(round->config.io, spec, list, &count);
  if (status != PL_OK)
    return status;
  pl_lookup_config config = lookup_config(round, list, count);
  config.name = round->private_name;
  config.system = spec->resolvers.count == 0;
  config.done = on_private_lookup;
  return pl_lookup_start(&config, &round->private.lookup);
}

static pl_status ask_public(pl_round *round) {
  pl_sockaddr list[PL_LIMIT_RESOLVERS];
  size_t count = pl_host_public_resolvers(round->config.host, round->config.spec, list);
  round->public.stage = SIDE_ASKING;
  pl_lookup_config config = lookup_config(round, list, count);
  config.name = round->config.spec->public_name;
  config.done = on_public_lookup;
  return pl_lookup_start(&config, &round->public.lookup);
}

typedef pl_status (*add_fact)(pl_facts *facts, pl_dns_fact **ret_fact);

/* Moves what a lookup found into the facts. */
static pl_status take_answers(pl_facts *facts, pl_lookup **lookup, add_fact add) {
  size_t count = 0;
  pl_dns_fact *found = *lookup != NULL ? pl_lookup_facts(*lookup, &count) : NULL;
  pl_status status = PL_OK;
  for (size_t i = 0; i < count; i++) {
    pl_dns_fact *fact;
    status = add(facts, &fact);
    if (status != PL_OK)
      break;
    *fact = found[i];
    found[i].answers = (pl_addr_list){0};
  }
  pl_lookup_free(*lookup);
  *lookup = NULL;
  return status;
}

/* ---- the round ------------------------------------------------------------------------------ */

static pl_status advance_private(pl_round *round) {
  side *of = &round->private;
  pl_status status = PL_OK;
  if (of->stage == SIDE_ASKING && of->answered) {
    status = take_answers(round->config.facts, &of->lookup, pl_facts_add_private_dns);
    if (status == PL_OK)
      status = start_private_probes(round);
  }
  if (status == PL_OK && of->stage == SIDE_PROBING && of->open == 0)
    of->stage = SIDE_DONE;
  return status;
}

static pl_status advance_public(pl_round *round) {
  side *of = &round->public;
  pl_status status = PL_OK;
  if (of->stage == SIDE_ASKING && of->answered) {
    of->stage = SIDE_WAITING;
    status = take_answers(round->config.facts, &of->lookup, pl_facts_add_public_dns);
    if (status == PL_OK)
      status = collect_public(round);
    if (status == PL_OK)
      decide_families(round);
  }
  if (status == PL_OK && of->stage == SIDE_WAITING)
    status = start_public_probes(round);
  if (status == PL_OK && of->stage == SIDE_PROBING && of->open == 0)
    of->stage = SIDE_DONE;
  return status;
}

static bool is_cut(const pl_facts *facts) {
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    if (facts->private_dns[i].outcome == PL_DNS_CUT)
      return true;
  }
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    if (facts->public_dns[i].outcome == PL_DNS_CUT)
      return true;
  }
  for (size_t i = 0; i < facts->target_count; i++) {
    for (unsigned j = 0; j < facts->targets[i].attempt_count; j++) {
      if (facts->targets[i].attempts[j].end == PL_END_CUT)
        return true;
    }
  }
  return false;
}

static bool side_is_over(const side *of) { return of->stage == SIDE_OFF || of->stage == SIDE_DONE; }

static void fail_facts(pl_facts *facts, pl_status status) {
  pl_buf text;
  pl_buf_fixed(&text, facts->local_problem, sizeof(facts->local_problem));
  pl_buf_add(&text, status == PL_ERR_MEMORY ? "out of memory"
                                            : "a system call failed, or a file can't be read");
}

/* Cancels whatever is under way; what has been seen stays in the facts. */
static void stop_all(pl_round *round) {
  pl_lookup_free(round->private.lookup);
  pl_lookup_free(round->public.lookup);
  round->private.lookup = round->public.lookup = NULL;
  while (round->probes != NULL) {
    probe *p = round->probes;
    round->probes = p->next;
    for (unsigned i = 0; i < PL_LIMIT_ATTEMPTS; i++)
      pl_attempt_free(p->attempts[i].running);
    pl_loop_cancel_timer(loop_of(round), &p->second);
    free(p);
  }
}

static void end_round(pl_round *round) {
  pl_facts *facts = round->config.facts;
  bool late = !side_is_over(&round->private) || !side_is_over(&round->public);
  stop_all(round);
  if (round->failed != PL_OK)
    fail_facts(facts, round->failed);
  facts->cut = facts->cut || late || is_cut(facts);
  facts->ended = pl_loop_clock(loop_of(round));
  round->config.ended(round->config.user, round); /* may free the round */
}

/* Everything that happens to a round only moves its timer; what follows from it is decided here,
 * with nothing else on the stack. */
static void round_due(pl_timer *timer) {
  pl_round *round = PL_CONTAINER_OF(timer, pl_round, timer);
  pl_nsec backstop = round->config.deadline + BACKSTOP;
  pl_loop_move_timer(loop_of(round), timer, backstop);
  if (round->failed == PL_OK)
    round->failed = advance_private(round);
  if (round->failed == PL_OK)
    round->failed = advance_public(round);
  bool over = side_is_over(&round->private) && side_is_over(&round->public);
  if (!over && round->failed == PL_OK && pl_loop_now(loop_of(round)) < backstop)
    return;
  pl_loop_cancel_timer(loop_of(round), timer);
  end_round(round);
}

bool pl_round_needs_tls(const pl_spec *spec) {
  return runs(spec, PL_CHECK_PUBLIC) || (runs(spec, PL_CHECK_PORT) && spec->probe != PL_DEPTH_TCP);
}

bool pl_round_wants_witness(const pl_facts *facts) {
  bool any = false;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC)
      continue;
    any = true;
    if (target->attempt_count == 0 || !is_answer(target->attempts[target->attempt_count - 1].end))
      return true;
  }
  return !any; /* a public name that does not exist needs one as well */
}

static pl_status start_sides(pl_round *round) {
  const pl_spec *spec = round->config.spec;
  pl_status status = PL_OK;
  if (runs(spec, PL_CHECK_DNS) || runs(spec, PL_CHECK_PORT))
    status = ask_private(round);
  if (status == PL_OK && runs(spec, PL_CHECK_PUBLIC))
    status = ask_public(round);
  return status;
}

pl_status pl_round_start(const pl_round_config *config, pl_round **ret_round) {
  pl_loop *loop = config->io->loop;
  pl_round *round = calloc(1, sizeof(*round));
  if (round == NULL)
    return PL_ERR_MEMORY;
  round->timer.fire = round_due;
  round->config = *config;
  round->private_name = config->spec->private_name != NULL
                            ? config->spec->private_name
                            : pl_endpoint_private_name(config->endpoint);
  config->facts->wall_time = pl_loop_wall(loop);
  config->facts->started = pl_loop_clock(loop);
  pl_status status = pl_loop_set_timer(loop, &round->timer, pl_loop_now(loop));
  if (status == PL_OK)
    status = pl_matcher_create(&config->spec->blocked_by, &round->matcher);
  if (status == PL_OK)
    status = start_sides(round);
  if (status != PL_OK) {
    pl_round_free(round);
    return status;
  }
  *ret_round = round;
  return PL_OK;
}

void pl_round_free(pl_round *round) {
  if (round == NULL)
    return;
  stop_all(round);
  pl_loop_cancel_timer(loop_of(round), &round->timer);
  pl_addr_list_free(&round->addresses);
  pl_matcher_free(round->matcher);
  free(round);
}
