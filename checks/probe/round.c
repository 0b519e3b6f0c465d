/* One endpoint's round: asks the resolvers, then probes every address of both sides. */
#include "probe/round.h"
#include "probe/dns/lookup.h"
#include "probe/wire/attempt.h"
#include "probe/wire/signature.h"
#include <stdlib.h>
#include <string.h>

/* From the start of the first attempt at a public address to the start of the second. */
#define BETWEEN_ATTEMPTS PL_SEC
/* How soon to look again at a first attempt that still waits for the gate. */
#define LOOK_AGAIN (100 * PL_MSEC)
/* Every question and every attempt ends by itself at the deadline. This much later the round ends
 * what did not. */
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

/* One address in one role: an element of facts->targets. */
struct probe {
  pl_timer second; /* for the second attempt; set from the start of the first on */
  pl_round *round;
  probe *next;
  size_t index; /* in facts->targets; the array may move */
  attempt attempts[PL_LIMIT_ATTEMPTS];
};

typedef enum side_stage {
  SIDE_OFF,     /* no check needs it */
  SIDE_ASKING,  /* the resolvers */
  SIDE_WAITING, /* public: for the witnesses, before some or all addresses */
  SIDE_PROBING, /* attempts at every address are under way */
  SIDE_DONE,
} side_stage;

typedef struct side {
  pl_round *round;
  side_stage stage;
  pl_lookup *lookup;
  bool answered;          /* the lookup is complete */
  pl_addr_list addresses; /* that are still to be probed */
  size_t open;            /* probes that are not over */
} side;

struct pl_round {
  pl_timer timer; /* set from start to end */
  pl_round_config config;
  const char *private_name; /* NULL where it is not known */
  side private, public;
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

/* ---- one address ----------------------------------------------------------------------------- */

/* Whether the other side got as far as an identity of its own, or as the probe was to go. */
static bool is_answer(pl_end end) {
  return end == PL_END_CONNECTED || (end >= PL_END_TLS_UNVERIFIED && end < PL_END_COUNT);
}

static pl_target *fact_of(const probe *p) { return &p->round->config.facts->targets[p->index]; }

static bool is_public(const probe *p) { return fact_of(p)->role == PL_ROLE_PUBLIC; }

static side *side_of(const probe *p) {
  return is_public(p) ? &p->round->public : &p->round->private;
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

/* The first attempt has ended, and the second has not been started. */
static void plan_second(probe *p, const pl_attempt_result *first) {
  pl_loop *loop = loop_of(p->round);
  pl_nsec now = pl_loop_now(loop);
  pl_nsec due = first->started + BETWEEN_ATTEMPTS;
  if (first->end == PL_END_CUT || now >= p->round->config.deadline) {
    probe_over(p);
    return;
  }
  pl_loop_move_timer(loop, &p->second, due > now ? due : now);
}

static void first_ended(probe *p, const pl_attempt_result *first) {
  attempt *second = &p->attempts[1];
  if (!is_public(p) || second->state == ATTEMPT_ENDED) {
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
  bool public = is_public(p);
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

/* Starts the second attempt: beside the first where that is still silent after a second, so that
 * two silent attempts take one timeout and a second, not two timeouts. */
static void second_due(pl_timer *timer) {
  probe *p = PL_CONTAINER_OF(timer, probe, second);
  pl_loop *loop = loop_of(p->round);
  pl_nsec now = pl_loop_now(loop);
  pl_nsec due = now;
  if (p->attempts[0].state == ATTEMPT_RUNNING) {
    pl_nsec started = pl_attempt_started(p->attempts[0].running);
    due = started == 0 ? now + LOOK_AGAIN : started + BETWEEN_ATTEMPTS;
  }
  if (due > now) {
    pl_loop_move_timer(loop, timer, due);
    return;
  }
  pl_status status = start_attempt(&p->attempts[1]);
  if (status != PL_OK)
    fail_round(p->round, status);
}

/* `what` is the target without port and attempts. */
static pl_status add_probe(pl_round *round, const pl_target *what) {
  pl_target *target;
  pl_loop *loop = loop_of(round);
  pl_status status = pl_facts_add_target(round->config.facts, what->role, &target);
  if (status != PL_OK)
    return status == PL_ERR_LIMIT ? PL_OK : status; /* over the cap: DNS says `truncated` */
  pl_target made = *what;
  made.port = round->config.spec->port;
  memcpy(made.attempts, target->attempts, sizeof(made.attempts));
  *target = made;
  probe *p = calloc(1, sizeof(*p));
  if (p == NULL)
    return PL_ERR_MEMORY;
  *p = (probe){.second = {.fire = second_due},
               .round = round,
               .next = round->probes,
               .index = round->config.facts->target_count - 1};
  p->attempts[0] = (attempt){.probe = p, .number = 0};
  p->attempts[1] = (attempt){.probe = p, .number = 1};
  round->probes = p;
  if (what->role == PL_ROLE_PUBLIC)
    status = pl_loop_set_timer(loop, &p->second, pl_loop_clock(loop) + BETWEEN_ATTEMPTS);
  if (status == PL_OK)
    status = start_attempt(&p->attempts[0]);
  if (status == PL_OK)
    side_of(p)->open++;
  return status;
}

/* ---- addresses of a side -------------------------------------------------------------------- */

/* A public address is never probed as private, unless it is known to be the endpoint's own. */
static bool is_private_target(const pl_round *round, const pl_addr *address) {
  if (!pl_addr_is_target(address) || !probes_family(round->config.spec, address->family))
    return false;
  return pl_spec_is_private(round->config.spec, address) ||
         pl_endpoint_has_address(round->config.endpoint, address);
}

static bool is_public_target(const pl_round *round, const pl_addr *address) {
  return pl_addr_classify(address) == PL_ADDR_PUBLIC &&
         probes_family(round->config.spec, address->family) &&
         !pl_endpoint_has_address(round->config.endpoint, address);
}

/* Where the addresses of a side come from. */
typedef struct sources {
  const pl_endpoint *endpoint; /* NULL on the public side */
  const pl_dns_fact *dns;
  size_t dns_count;
  const pl_sockaddrs *options;
} sources;

static sources sources_of(const side *of) {
  const pl_round *round = of->round;
  const pl_facts *facts = round->config.facts;
  if (of == &round->public)
    return (sources){NULL, facts->public_dns, facts->public_dns_count,
                     &round->config.spec->public_addresses};
  return (sources){round->config.endpoint, facts->private_dns, facts->private_dns_count,
                   &round->config.spec->addresses};
}

static unsigned origins_of(const side *of, const pl_addr *address) {
  sources from = sources_of(of);
  unsigned origins = pl_endpoint_has_address(from.endpoint, address) ? PL_ORIGIN_EC2 : 0;
  for (size_t i = 0; i < from.dns_count; i++) {
    if (pl_addr_list_contains(&from.dns[i].answers, address))
      origins |= PL_ORIGIN_DNS;
  }
  for (size_t i = 0; i < from.options->count; i++) {
    if (pl_addr_equal(&from.options->items[i].address, address))
      origins |= PL_ORIGIN_OPTION;
  }
  return origins;
}

/* On the public side only what may be probed takes room in the list. */
static pl_status collect(side *of, const pl_addr *address) {
  if (of == &of->round->public && !is_public_target(of->round, address))
    return PL_OK;
  return pl_addr_list_add(&of->addresses, address);
}

static pl_status collect_all(side *of) {
  sources from = sources_of(of);
  pl_status status = PL_OK;
  for (size_t i = 0; from.endpoint != NULL && i < from.endpoint->interface_count; i++) {
    const pl_interface *interface = &from.endpoint->interfaces[i];
    for (size_t j = 0; j < interface->address_count && status == PL_OK; j++)
      status = collect(of, &interface->addresses[j]);
  }
  for (size_t i = 0; i < from.dns_count; i++) {
    const pl_addr_list *answers = &from.dns[i].answers;
    for (size_t j = 0; j < answers->count && status == PL_OK; j++)
      status = collect(of, &answers->items[j]);
  }
  for (size_t i = 0; i < from.options->count && status == PL_OK; i++)
    status = collect(of, &from.options->items[i].address);
  pl_addr_list_sort(&of->addresses);
  return status;
}

/* ---- private side --------------------------------------------------------------------------- */

/* With the API key, and once more without it where the answer may be compared with a public one. */
static pl_status probe_private(pl_round *round, const pl_addr *address) {
  const pl_spec *spec = round->config.spec;
  pl_target what = {
      .role = PL_ROLE_PRIVATE,
      .address = *address,
      .origins = origins_of(&round->private, address),
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
  const pl_spec *spec = round->config.spec;
  side *of = &round->private;
  of->stage = SIDE_PROBING;
  /* Without a name there is nothing that a certificate could be checked against. */
  if (!runs(spec, PL_CHECK_PORT) || (spec->probe != PL_DEPTH_TCP && name_of_private(round) == NULL))
    return PL_OK;
  pl_status status = collect_all(of);
  for (size_t i = 0; i < of->addresses.count && status == PL_OK; i++) {
    if (is_private_target(round, &of->addresses.items[i]))
      status = probe_private(round, &of->addresses.items[i]);
  }
  pl_addr_list_free(&of->addresses);
  return status;
}

/* ---- public side ---------------------------------------------------------------------------- */

static pl_family_state family_state(const pl_round *round, pl_family family) {
  const pl_addr_list *list = &round->public.addresses;
  size_t of_family = 0;
  if (!pl_host_has(round->config.host, family))
    return PL_FAMILY_NO_ADDRESS;
  for (size_t i = 0; i < list->count; i++) {
    if (list->items[i].family != family)
      continue;
    if (pl_host_routes_to(&list->items[i]))
      return PL_FAMILY_USABLE;
    of_family++;
  }
  return of_family > 0 ? PL_FAMILY_NO_ROUTE : PL_FAMILY_USABLE;
}

static bool is_usable(const pl_round *round, pl_family family) {
  const pl_facts *facts = round->config.facts;
  return (family == PL_FAMILY_IPV4 ? facts->ipv4 : facts->ipv6) == PL_FAMILY_USABLE;
}

/* Where no address is left to probe, those without a route are probed all the same, so that the
 * failure is seen. */
static void decide_families(pl_round *round) {
  pl_facts *facts = round->config.facts;
  const pl_addr_list *list = &round->public.addresses;
  facts->ipv4 = family_state(round, PL_FAMILY_IPV4);
  facts->ipv6 = family_state(round, PL_FAMILY_IPV6);
  for (size_t i = 0; i < list->count; i++) {
    if (is_usable(round, list->items[i].family))
      return;
  }
  if (facts->ipv4 == PL_FAMILY_NO_ROUTE)
    facts->ipv4 = PL_FAMILY_USABLE;
  if (facts->ipv6 == PL_FAMILY_NO_ROUTE)
    facts->ipv6 = PL_FAMILY_USABLE;
}

static pl_status probe_public(pl_round *round, const pl_addr *address) {
  pl_target what = {
      .role = PL_ROLE_PUBLIC, .address = *address, .origins = origins_of(&round->public, address)};
  bool via = address->family == PL_FAMILY_IPV4 &&
             pl_witnesses_via(round->config.witnesses, address, &what.via);
  if (!is_usable(round, address->family) && !via)
    return PL_OK;
  what.source = pl_host_source(via ? &what.via : address);
  what.is_own = pl_addr_equal(&what.source, address);
  return add_probe(round, &what);
}

/* Starts the probes of each family whose witnesses are ready, and takes its addresses off the list.
 */
static pl_status start_public_probes(pl_round *round) {
  const pl_witnesses *witnesses = round->config.witnesses;
  pl_addr_list *list = &round->public.addresses;
  size_t kept = 0;
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count; i++) {
    pl_addr address = list->items[i];
    if (!pl_witnesses_ready(witnesses, address.family))
      list->items[kept++] = address;
    else if (status == PL_OK)
      status = probe_public(round, &address);
  }
  list->count = kept;
  round->config.facts->nat64 = pl_witnesses_nat64(witnesses);
  if (kept == 0 && pl_witnesses_ready(witnesses, PL_FAMILY_IPV4) &&
      pl_witnesses_ready(witnesses, PL_FAMILY_IPV6))
    round->public.stage = SIDE_PROBING;
  return status;
}

/* ---- DNS ------------------------------------------------------------------------------------ */

static void on_lookup(void *user) {
  side *of = user;
  of->answered = true;
  pl_round_kick(of->round);
}

/* `system`: `list` is the system's, to be asked in order. */
static pl_status ask(side *of, const char *name, const pl_sockaddr *list, size_t count,
                     bool system) {
  const pl_round *round = of->round;
  pl_lookup_config config = {
      .loop = loop_of(round),
      .resolvers = round->config.io->resolvers,
      .list = list,
      .count = count,
      .system = system,
      .name = name,
      .timeout = pl_dns_timeout(round->config.spec),
      .deadline = round->config.deadline,
      .done = on_lookup,
      .user = of,
  };
  return pl_lookup_start(&config, &of->lookup);
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
  bool system = spec->resolvers.count == 0;
  return ask(&round->private, round->private_name, list, count, system);
}

static pl_status ask_public(pl_round *round) {
  const pl_spec *spec = round->config.spec;
  pl_sockaddr list[PL_LIMIT_RESOLVERS];
  size_t count = pl_host_public_resolvers(round->config.host, spec, list);
  round->public.stage = SIDE_ASKING;
  return ask(&round->public, spec->public_name, list, count, false);
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
      status = collect_all(of);
    if (status == PL_OK)
      decide_families(round);
  }
  if (status == PL_OK && of->stage == SIDE_WAITING)
    status = start_public_probes(round);
  if (status == PL_OK && of->stage == SIDE_PROBING && of->open == 0)
    of->stage = SIDE_DONE;
  return status;
}

static bool any_is_cut(const pl_dns_fact *dns, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (dns[i].outcome == PL_DNS_CUT)
      return true;
  }
  return false;
}

static bool is_cut(const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    for (unsigned j = 0; j < facts->targets[i].attempt_count; j++) {
      if (facts->targets[i].attempts[j].end == PL_END_CUT)
        return true;
    }
  }
  return any_is_cut(facts->private_dns, facts->private_dns_count) ||
         any_is_cut(facts->public_dns, facts->public_dns_count);
}

static bool side_is_over(const side *of) { return of->stage == SIDE_OFF || of->stage == SIDE_DONE; }

static void fail_facts(pl_facts *facts, pl_status status) {
  pl_buf text;
  pl_buf_fixed(&text, facts->local_problem, sizeof(facts->local_problem));
  pl_buf_add(&text, status == PL_ERR_MEMORY ? "out of memory"
                                            : "a system call failed, or a file can't be read");
}

/* Cancels what is under way; what has been seen stays in the facts. */
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

/* Whatever happens to a round only moves its timer. What follows from it is decided here, with
 * nothing else on the stack. */
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
  round->private.round = round->public.round = round;
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
  pl_addr_list_free(&round->private.addresses);
  pl_addr_list_free(&round->public.addresses);
  pl_matcher_free(round->matcher);
  free(round);
}
