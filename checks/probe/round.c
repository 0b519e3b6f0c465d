/* One endpoint's round: asks the resolvers, then probes every address of both sides. */
#include "probe/round.h"
#include "probe/addresses.h"
#include "probe/controls.h"
#include "probe/dns/names.h"
#include "probe/route.h"
#include "probe/wire/signature.h"
#include <stdlib.h>
#include <string.h>

/* Every question and every attempt ends by itself at the deadline. The round ends what is left this
 * much later. */
#define BACKSTOP (20 * PL_MSEC)
/* The facts hold this many at most: PL_LIMIT_ADDRESSES of each role. */
#define TARGETS_MAX (3 * PL_LIMIT_ADDRESSES)
/* SYNs with a limited TTL to one address, at least. */
#define HOPS_MIN 4

typedef enum side_stage {
  SIDE_OFF,     /* no check needs this side */
  SIDE_ASKING,  /* the resolvers have been asked */
  SIDE_PREFIX,  /* they have been asked for the NAT64 prefix; only the private side */
  SIDE_WAITING, /* for NAT64, before the IPv4 addresses; only the public side */
  SIDE_PROBING, /* attempts at every address have started */
  SIDE_WITNESS, /* the attempts have ended, and probes of witnesses run; only the public side */
  SIDE_DONE,
} side_stage;

typedef struct side {
  pl_round *round;
  side_stage stage;
  pl_lookup *lookup;
  pl_nat64 nat64;
  bool answered;          /* the lookup is complete */
  pl_addr_list addresses; /* not probed yet */
  size_t open;            /* targets whose attempts have not ended, and running controls */
} side;

struct pl_round {
  pl_timer timer; /* set from start to end */
  pl_round_config config;
  const char *private_name; /* NULL if it is not known */
  side private, public;
  pl_names *further; /* NULL if there is no further name, or all have been answered */
  pl_target_run *targets[TARGETS_MAX];
  size_t target_count;
  pl_controls *controls; /* NULL: not due so far */
  pl_nsec no_target;     /* when it was known that there is no public target; 0: it is not so */
  uint8_t hops_share;    /* SYNs with a limited TTL to each public address, and those left */
  uint8_t hops_left;
  uint64_t ipsec_drops; /* of this host, before the public attempts */
  pl_matcher *matcher;
  pl_status failed; /* what ended the round early */
};

static pl_loop *loop_of(const pl_round *round) { return round->config.io->loop; }

static void kick(pl_round *round) {
  pl_loop_move_timer(loop_of(round), &round->timer, pl_loop_now(loop_of(round)));
}

void pl_round_note_witnesses(pl_round *round) {
  if (round->public.stage == SIDE_WAITING || round->public.stage == SIDE_WITNESS)
    kick(round);
}

static bool is_public(const side *of) { return of == &of->round->public; }

static pl_address_source source_of(const side *of) {
  const pl_round_config *config = &of->round->config;
  return (pl_address_source){.public = is_public(of),
                             .spec = config->spec,
                             .endpoint = config->endpoint,
                             .facts = config->facts};
}

/* ---- targets --------------------------------------------------------------------------------- */

static void on_sent(void *user, size_t index, pl_nsec started) {
  const side *of = user;
  const pl_round_config *config = &of->round->config;
  pl_witness_group_probe(config->witnesses, config->facts->targets[index].address.family, started);
}

static void on_traced(void *user, size_t index) {
  const side *of = user;
  const pl_round_config *config = &of->round->config;
  pl_witness_group_ask_near(config->witnesses, config->facts->targets[index].address.family);
}

/* At the end of a target, and of the controls. */
static void on_target(void *user, pl_status status) {
  side *of = user;
  if (status == PL_OK)
    of->open--;
  else
    of->round->failed = status;
  kick(of->round);
}

static int on_body(void *user, unsigned status, const char *body, size_t length) {
  return pl_matcher_match(user, status, body, length);
}

static const char *name_of_private(const pl_round *round) {
  const pl_spec *spec = round->config.spec;
  return spec->tls_name != NULL ? spec->tls_name : round->private_name;
}

static pl_attempt_config attempt_of(const side *of, const pl_target *target) {
  const pl_round *round = of->round;
  const pl_spec *spec = round->config.spec;
  return (pl_attempt_config){
      .loop = loop_of(round),
      .gate = round->config.io->gate,
      .tls = is_public(of) ? round->config.public_tls : round->config.tls,
      .target = {.address = target->via.family != PL_FAMILY_NONE ? target->via : target->address,
                 .port = target->port},
      .name = is_public(of) ? spec->public_name : name_of_private(round),
      .path = spec->path,
      .scheme = target->with_key ? spec->api_key_scheme : NULL,
      .secret = target->with_key ? spec->api_key : NULL,
      .client_cert = target->with_key ? spec->client_cert : NULL,
      .client_key = target->with_key ? spec->client_key : NULL,
      .depth = is_public(of) ? spec->public_probe : spec->probe,
      .connect_timeout = spec->connect_timeout,
      .response_timeout = spec->response_timeout,
      .deadline = round->config.deadline,
      .match = on_body,
      .match_user = round->matcher,
  };
}

static bool private_is_open(void *user) {
  const side *of = user;
  side_stage stage = of->round->private.stage;
  return stage == SIDE_ASKING || stage == SIDE_PREFIX;
}

static pl_status start_controls(side *of, size_t index, const pl_attempt_result *result) {
  pl_round *round = of->round;
  const pl_target *target = &round->config.facts->targets[index];
  pl_controls_config config = {
      .spec = round->config.spec,
      .public_side = attempt_of(of, target),
      .private_side = attempt_of(&round->private, target),
      .facts = round->config.facts,
      .index = index,
      .sign = result->signature >= 0 || !pl_attempt_answered(result),
      .http = result->end == PL_END_HTTP_ANSWER,
      .private_is_open = private_is_open,
      .ended = on_target,
      .user = of,
  };
  pl_status status = pl_controls_start(&config, &round->controls);
  if (status == PL_OK)
    of->open++;
  return status;
}

static void on_seen(void *user, size_t index, const pl_attempt_result *result) {
  side *of = user;
  pl_round *round = of->round;
  if (round->config.plan.controls && round->controls == NULL &&
      pl_controls_are_due(round->config.spec, result) && round->failed == PL_OK)
    round->failed = start_controls(of, index, result);
}

/* A round sends PL_LIMIT_HOPS SYNs with a limited TTL at most. The first addresses get them. */
static uint8_t take_hops(pl_round *round) {
  if (round->hops_left < round->hops_share)
    return 0;
  round->hops_left = (uint8_t)(round->hops_left - round->hops_share);
  return round->hops_share;
}

static void share_hops(pl_round *round, size_t addresses) {
  if (!round->config.plan.hops || addresses == 0)
    return;
  round->hops_left = PL_LIMIT_HOPS;
  size_t share = PL_LIMIT_HOPS / addresses;
  round->hops_share = (uint8_t)(share > HOPS_MIN ? share : HOPS_MIN);
}

/* `what` is the target without port and attempts. */
static pl_status add_target(side *of, const pl_target *what) {
  pl_round *round = of->round;
  pl_facts *facts = round->config.facts;
  pl_target *target;
  pl_status status = pl_facts_add_target(facts, what->role, &target);
  if (status != PL_OK)
    return status == PL_ERR_LIMIT ? PL_OK : status; /* over the limit: DNS says `truncated` */
  pl_target made = *what;
  made.port = round->config.spec->port;
  memcpy(made.attempts, target->attempts, sizeof(made.attempts));
  *target = made;
  size_t index = facts->target_count - 1;
  bool judged = what->role == PL_ROLE_PUBLIC;
  pl_target_run_config config = {
      .attempt = attempt_of(of, target),
      .attempts = judged ? pl_round_plan_attempts(&round->config.plan, &what->address) : 1,
      .facts = facts,
      .index = index,
      .last_ttl = judged ? take_hops(round) : 0,
      .sent = judged ? on_sent : NULL,
      .traced = on_traced,
      .seen = judged ? on_seen : NULL,
      .ended = on_target,
      .user = of};
  status = pl_target_run_start(&config, &round->targets[round->target_count]);
  if (status != PL_OK)
    return status;
  round->target_count++;
  of->open++;
  return status;
}

static pl_family_state *state_of(const side *of, unsigned family) {
  pl_facts *facts = of->round->config.facts;
  if (is_public(of))
    return family == PL_FAMILY_IPV4 ? &facts->ipv4 : &facts->ipv6;
  return family == PL_FAMILY_IPV4 ? &facts->private_ipv4 : &facts->private_ipv6;
}

static bool is_usable(const side *of, unsigned family) {
  return *state_of(of, family) == PL_FAMILY_USABLE;
}

/* Uses the API key and the client certificate, and once more neither of them if the answer may be
 * compared with a public one. */
static pl_status probe_private(side *of, const pl_address_source *source, const pl_addr *address) {
  const pl_spec *spec = source->spec;
  pl_target what = {
      .role = PL_ROLE_PRIVATE,
      .address = *address,
      .origins = pl_address_origins(source, address),
      .with_key = ((spec->api_key != NULL && spec->probe == PL_DEPTH_HTTP) ||
                   (spec->client_cert != NULL && spec->probe != PL_DEPTH_TCP)) &&
                  pl_endpoint_may_get_key(source->endpoint, address),
  };
  if (!pl_address_is_target(source, address) || !is_usable(of, address->family))
    return PL_OK;
  pl_addr own = *address;
  (void)pl_facts_translated(source->facts, address, &own);
  pl_text_set(what.zone, sizeof(what.zone), pl_endpoint_zone_of(source->endpoint, &own));
  pl_status status = add_target(of, &what);
  if (status != PL_OK || !what.with_key || !pl_spec_runs(spec, PL_CHECK_PUBLIC) ||
      spec->public_probe != PL_DEPTH_HTTP || spec->probe != PL_DEPTH_HTTP)
    return status;
  what.role = PL_ROLE_COUNTER;
  what.with_key = false;
  return add_target(of, &what);
}

static pl_status probe_public(side *of, const pl_address_source *source, const pl_addr *address) {
  const pl_round_config *config = &of->round->config;
  pl_target what = {
      .role = PL_ROLE_PUBLIC, .address = *address, .origins = pl_address_origins(source, address)};
  bool via = address->family == PL_FAMILY_IPV4 &&
             pl_nat64_via(pl_witness_group_nat64(config->witnesses), address, &what.via);
  if (!is_usable(of, address->family) && !via)
    return PL_OK;
  const pl_addr source_address = pl_host_source(via ? &what.via : address);
  what.is_own = pl_addr_equal(&source_address, address);
  what.route = pl_route_of(via ? &what.via : address, config->spec->port);
  return add_target(of, &what);
}

/* ---- families -------------------------------------------------------------------------------- */

static const pl_family families[] = {PL_FAMILY_IPV4, PL_FAMILY_IPV6};

static pl_family_state family_state(const side *of, pl_family family) {
  const pl_address_source source = source_of(of);
  const pl_addr_list *list = &of->addresses;
  pl_family_state state = PL_FAMILY_USABLE;
  if (!pl_host_has(of->round->config.host, family))
    return PL_FAMILY_NO_ADDRESS;
  for (size_t i = 0; i < list->count; i++) {
    if (list->items[i].family != family || !pl_address_is_target(&source, &list->items[i]))
      continue;
    if (pl_host_routes_to(&list->items[i]))
      return PL_FAMILY_USABLE;
    state = PL_FAMILY_NO_ROUTE;
  }
  return state;
}

/* If no address is left to probe, those without a route are probed too, so that the failure is
 * seen. On the private side also those of a family that this host does not have. */
static void decide_families(side *of) {
  const pl_address_source source = source_of(of);
  const pl_addr_list *list = &of->addresses;
  for (size_t f = 0; f < PL_COUNT_OF(families); f++)
    *state_of(of, families[f]) = family_state(of, families[f]);
  for (size_t i = 0; i < list->count; i++) {
    if (is_usable(of, list->items[i].family) && pl_address_is_target(&source, &list->items[i]))
      return;
  }
  for (size_t f = 0; f < PL_COUNT_OF(families); f++) {
    pl_family_state *state = state_of(of, families[f]);
    if (*state == PL_FAMILY_NO_ROUTE || !is_public(of))
      *state = PL_FAMILY_USABLE;
  }
}

/* ---- DNS ------------------------------------------------------------------------------------- */

static void on_lookup(void *user) {
  side *of = user;
  of->answered = true;
  kick(of->round);
}

static pl_status ask(side *of, const char *name) {
  const pl_round_config *round = &of->round->config;
  pl_lookup_config config = {
      .name = name, .deadline = round->deadline, .done = on_lookup, .user = of};
  if (is_public(of)) {
    config.secure = round->io->secure;
    config.tls = round->public_tls;
    config.transports = round->spec->public_dns;
  }
  of->stage = SIDE_ASKING;
  of->answered = name == NULL;
  if (name == NULL)
    return PL_OK;
  pl_facts *facts = round->facts;
  pl_status status = pl_resolvers_hosts(
      round->io->resolvers, name, is_public(of) ? &facts->hosts_public : &facts->hosts_private);
  if (status != PL_OK)
    return status;
  return pl_ask_resolvers(round->io, round->host, round->spec,
                          is_public(of) ? PL_ASK_PUBLIC : PL_ASK_PRIVATE, &config, &of->lookup);
}

/* Moves what the lookup found into the facts. */
static pl_status take_answers(side *of) {
  pl_facts *facts = of->round->config.facts;
  size_t count = 0;
  pl_dns_fact *found = of->lookup != NULL ? pl_lookup_facts(of->lookup, &count) : NULL;
  pl_status status = PL_OK;
  for (size_t i = 0; i < count && status == PL_OK; i++) {
    pl_dns_fact *fact;
    status = is_public(of) ? pl_facts_add_public_dns(facts, &fact)
                           : pl_facts_add_private_dns(facts, &fact);
    if (status != PL_OK)
      break;
    *fact = found[i];
    found[i].answers = (pl_addr_list){0};
  }
  pl_lookup_free(of->lookup);
  of->lookup = NULL;
  return status;
}

static pl_status ask_prefix(side *of) {
  const pl_round_config *config = &of->round->config;
  of->stage = SIDE_PREFIX;
  const pl_facts *facts = config->facts;
  of->answered =
      is_public(of) || !pl_nat64_may_be(facts, facts->private_dns, facts->private_dns_count);
  return of->answered ? PL_OK
                      : pl_nat64_ask(&of->nat64, config->io, config->host, config->spec,
                                     config->deadline, on_lookup, of);
}

/* ---- the stages of a side -------------------------------------------------------------------- */

/* Without a name there is nothing to check a certificate against. */
static bool probes_private(const pl_round *round) {
  const pl_spec *spec = round->config.spec;
  return pl_spec_runs(spec, PL_CHECK_PORT) &&
         (spec->probe == PL_DEPTH_TCP || name_of_private(round) != NULL);
}

static pl_status end_asking(side *of) {
  pl_address_source source = source_of(of);
  pl_status status = PL_OK;
  pl_nat64_take(&of->nat64, of->round->config.facts);
  if (is_public(of) || probes_private(of->round))
    status = pl_address_collect(&source, &of->addresses);
  if (status != PL_OK)
    return status;
  decide_families(of);
  if (is_public(of)) {
    share_hops(of->round, of->addresses.count);
    of->round->ipsec_drops = pl_host_ipsec_drops();
  }
  return status;
}

/* A host without IPv4 may reach it through NAT64, once the prefix is known. */
static bool may_start(const side *of, unsigned family) {
  return !is_public(of) || family != PL_FAMILY_IPV4 ||
         pl_witness_group_nat64(of->round->config.witnesses)->lookup == NULL;
}

/* Starts the attempts at all addresses of each family that may start, and takes these addresses off
 * the list. */
static pl_status start_targets(side *of) {
  const pl_address_source source = source_of(of);
  pl_addr_list *list = &of->addresses;
  size_t kept = 0;
  pl_status status = PL_OK;
  for (size_t i = 0; i < list->count; i++) {
    pl_addr address = list->items[i];
    if (!may_start(of, address.family))
      list->items[kept++] = address;
    else if (status == PL_OK)
      status = is_public(of) ? probe_public(of, &source, &address)
                             : probe_private(of, &source, &address);
  }
  list->count = kept;
  if (is_public(of))
    of->round->config.facts->nat64 = pl_witness_group_nat64(of->round->config.witnesses)->state;
  return status;
}

static bool has_started(const side *of) {
  return of->addresses.count == 0 && may_start(of, PL_FAMILY_IPV4) && may_start(of, PL_FAMILY_IPV6);
}

/* ---- witnesses ------------------------------------------------------------------------------- */

static void note_ipsec_drops(pl_round *round) {
  if (round->public.stage != SIDE_OFF && round->public.stage != SIDE_ASKING)
    round->config.facts->ipsec_drops = pl_host_ipsec_drops() > round->ipsec_drops;
}

/* A public name that does not exist needs a witness too. */
static void note_no_target(pl_round *round) {
  round->no_target = pl_loop_clock(loop_of(round));
  for (size_t i = 0; i < PL_COUNT_OF(families); i++)
    pl_witness_group_probe(round->config.witnesses, families[i], round->no_target);
}

/* The newest SYN of a family to an address that gave no answer; 0: none. */
static pl_nsec newest_syn(const pl_facts *facts, pl_family family) {
  pl_nsec newest = 0;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC || target->address.family != family ||
        target->attempt_count == 0 || pl_target_answered(target))
      continue;
    pl_nsec started = target->attempts[target->attempt_count - 1].started;
    newest = started > newest ? started : newest;
  }
  return newest;
}

/* 0 where the round need not wait for a probe of a witness; else when to ask again. */
static pl_nsec settles(const pl_round *round) {
  const pl_witness_group *witnesses = round->config.witnesses;
  pl_nsec due = 0;
  for (size_t i = 0; i < PL_COUNT_OF(families); i++) {
    pl_nsec since = newest_syn(round->config.facts, families[i]);
    if (round->no_target != 0 &&
        pl_witness_group_answered(witnesses, families[i], round->no_target))
      return 0;
    if (round->no_target != 0)
      since = round->no_target;
    pl_nsec next = since != 0 ? pl_witness_group_settles(witnesses, families[i], since) : 0;
    due = next != 0 && (due == 0 || next < due) ? next : due;
  }
  return due;
}

static bool needs_witness(const side *of) {
  pl_nsec due = is_public(of) ? settles(of->round) : 0;
  if (due != 0 && due < of->round->timer.due)
    pl_loop_move_timer(loop_of(of->round), &of->round->timer, due);
  return due != 0;
}

/* Changes the stage as often as possible. Only `ask`, `ask_prefix` and this function
 * change it. */
static pl_status advance(side *of) {
  pl_status status = PL_OK;
  if (of->stage == SIDE_ASKING && of->answered) {
    status = take_answers(of);
    if (status == PL_OK)
      status = ask_prefix(of);
  }
  if (status == PL_OK && of->stage == SIDE_PREFIX && of->answered) {
    status = end_asking(of);
    of->stage = SIDE_WAITING;
  }
  if (status == PL_OK && of->stage == SIDE_WAITING) {
    status = start_targets(of);
    if (status == PL_OK && has_started(of))
      of->stage = SIDE_PROBING;
    if (of->stage == SIDE_PROBING && is_public(of) &&
        pl_facts_count_targets(of->round->config.facts, PL_ROLE_PUBLIC) == 0)
      note_no_target(of->round);
  }
  if (status == PL_OK && of->stage == SIDE_PROBING && of->open == 0)
    of->stage = SIDE_WITNESS;
  if (status == PL_OK && of->stage == SIDE_WITNESS && !needs_witness(of))
    of->stage = SIDE_DONE;
  return status;
}

/* ---- the round ------------------------------------------------------------------------------- */

static bool any_is_cut(const pl_dns_fact *dns, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (dns[i].outcome == PL_DNS_CUT)
      return true;
  }
  return false;
}

static bool is_cut(const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role > PL_ROLE_PUBLIC)
      continue; /* a control that is cut is one that was not sent */
    for (unsigned j = 0; j < facts->targets[i].attempt_count; j++) {
      if (facts->targets[i].attempts[j].end == PL_END_CUT)
        return true;
    }
  }
  for (size_t i = 0; i < facts->further_count; i++) {
    if (any_is_cut(facts->further[i].dns, facts->further[i].dns_count))
      return true;
  }
  return any_is_cut(facts->private_dns, facts->private_dns_count) ||
         any_is_cut(facts->public_dns, facts->public_dns_count);
}

static void on_names(void *user, pl_status status) {
  pl_round *round = user;
  pl_names_free(round->further);
  round->further = NULL;
  if (status != PL_OK)
    round->failed = status;
  kick(round);
}

static pl_status ask_further(pl_round *round) {
  pl_names_config config = {
      .io = round->config.io,
      .host = round->config.host,
      .spec = round->config.spec,
      .facts = round->config.facts,
      .first = round->private_name,
      .deadline = round->config.deadline,
      .done = on_names,
      .user = round,
  };
  return pl_names_start(&config, &round->further);
}

static bool is_over(const side *of) { return of->stage == SIDE_OFF || of->stage == SIDE_DONE; }

/* A side whose attempts have ended is complete, also where a witness has not answered in time. */
static bool is_complete(const side *of) { return is_over(of) || of->stage == SIDE_WITNESS; }

/* Cancels what is under way. The facts keep what has been seen. */
static void stop_all(pl_round *round) {
  pl_lookup_free(round->private.lookup);
  pl_lookup_free(round->public.lookup);
  round->private.lookup = round->public.lookup = NULL;
  pl_nat64_stop(&round->private.nat64);
  pl_names_free(round->further);
  round->further = NULL;
  pl_controls_free(round->controls);
  round->controls = NULL;
  while (round->target_count > 0)
    pl_target_run_free(round->targets[--round->target_count]);
}

/* Everything that happens to a round only moves this timer. The round advances here, with nothing
 * else on the stack. */
static void round_due(pl_timer *timer) {
  pl_round *round = PL_CONTAINER_OF(timer, pl_round, timer);
  pl_facts *facts = round->config.facts;
  pl_nsec backstop = round->config.deadline + BACKSTOP;
  pl_loop_move_timer(loop_of(round), timer, backstop);
  if (round->failed == PL_OK)
    round->failed = advance(&round->private);
  if (round->failed == PL_OK)
    round->failed = advance(&round->public);
  bool over = is_over(&round->private) && is_over(&round->public) && round->further == NULL;
  if (!over && round->failed == PL_OK && pl_loop_now(loop_of(round)) < backstop)
    return;
  pl_loop_cancel_timer(loop_of(round), timer);
  facts->cut = facts->cut || round->further != NULL;
  stop_all(round);
  note_ipsec_drops(round);
  facts->cut =
      facts->cut || !is_complete(&round->private) || !is_complete(&round->public) || is_cut(facts);
  round->config.ended(round->config.user, round->failed); /* may free the round */
}

bool pl_round_needs_tls(const pl_spec *spec, pl_check check) {
  return pl_spec_runs(spec, check) && (check == PL_CHECK_PUBLIC || spec->probe != PL_DEPTH_TCP);
}

pl_status pl_round_start(const pl_round_config *config, pl_round **ret_round) {
  const pl_spec *spec = config->spec;
  pl_loop *loop = config->io->loop;
  pl_round *round = calloc(1, sizeof(*round));
  if (round == NULL)
    return PL_ERR_MEMORY;
  round->timer.fire = round_due;
  round->private.round = round->public.round = round;
  round->config = *config;
  round->private_name =
      spec->private_name != NULL ? spec->private_name : pl_endpoint_private_name(config->endpoint);
  pl_status status = pl_loop_set_timer(loop, &round->timer, pl_loop_now(loop));
  if (status == PL_OK)
    status = pl_matcher_create(&spec->blocked_by, &round->matcher);
  if (status == PL_OK && (pl_spec_runs(spec, PL_CHECK_DNS) || pl_spec_runs(spec, PL_CHECK_PORT)))
    status = ask(&round->private, round->private_name);
  if (status == PL_OK && pl_spec_asks_further(spec))
    status = ask_further(round);
  if (status == PL_OK && pl_spec_runs(spec, PL_CHECK_PUBLIC))
    status = ask(&round->public, spec->public_name);
  if (status == PL_OK)
    *ret_round = round;
  else
    pl_round_free(round);
  return status;
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
