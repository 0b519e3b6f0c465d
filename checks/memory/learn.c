/* What one judged round adds to what is remembered. */
#include "memory/learn.h"
#include "base/hash.h"
#include "memory/baseline.h"
#include "memory/binding.h"
#include <string.h>

/* One round, as the steps below need it. */
typedef struct lesson {
  pl_memory_store *store;
  const pl_spec *spec;
  const pl_facts *facts;
  const pl_verdict *verdict;
  const pl_moment *now;
  pl_stamp started;
  bool gap;
} lesson;

/* ---- signs ---------------------------------------------------------------------------------- */

static void forget_sign(pl_memory_store *store) {
  store->signs = 0;
  store->sign_since = (pl_stamp){0};
  store->sign_caused = store->let_in = store->agent_let_in = false;
  store->hops_addresses = 0;
  memset(store->controls, 0, sizeof(store->controls));
  memset(store->rounds, 0, sizeof(store->rounds));
}

/* Whether every address shows a sign: nothing else was seen. */
static bool shows_only_signs(const pl_verdict *verdict) {
  return verdict->signs != 0 && verdict->public_signs == verdict->public_addresses;
}

static void learn_sign(const lesson *l) {
  pl_memory_store *store = l->store;
  if (l->verdict->public_verdict == PL_PUBLIC_OPEN || (l->verdict->signs & ~store->signs) != 0)
    forget_sign(store);
  if (!shows_only_signs(l->verdict)) {
    store->sign_since = (pl_stamp){0};
    return;
  }
  if (store->signs == 0)
    store->signs = l->verdict->signs;
  if (store->sign_since.wall != 0)
    return;
  store->sign_since = l->started;
  store->sign_caused = pl_stamp_is_fresh(&store->varied, l->now, PL_MEMORY_CAUSED - 1);
}

/* The public addresses that gave no answer; also one that only plain DNS names, without
 * `only_judged`. An answer says nothing about the way to its address. */
static uint32_t unanswered(const lesson *l, bool only_judged) {
  uint32_t addresses = 0;
  for (size_t i = 0; i < l->facts->target_count; i++) {
    const pl_target *target = &l->facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && !pl_target_answered(target) &&
        (!only_judged || l->verdict->targets[i].judged))
      addresses |= pl_memory_bit(l->store, &target->address);
  }
  return addresses;
}

/* ---- controls ------------------------------------------------------------------------------- */

/* Whether the round had evidence for or against a control. */
static bool was_tried(const pl_facts *facts, pl_kept_control kept) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (kept == PL_KEPT_HOPS && target->role == PL_ROLE_PUBLIC && target->hop_count > 0)
      return true;
    if (target->attempt_count == 0)
      continue;
    bool of_role = (kept == PL_KEPT_SIBLING && target->role == PL_ROLE_SIBLING) ||
                   (kept == PL_KEPT_REQUEST &&
                    (target->role == PL_ROLE_AGENT || target->role == PL_ROLE_HELLO)) ||
                   (kept == PL_KEPT_KEY && target->role == PL_ROLE_PUBLIC_KEY);
    if (of_role)
      return true;
  }
  return false;
}

static bool is_answered(const pl_target *target) {
  for (size_t i = 0; i < target->hop_count; i++) {
    if (target->hops[i].kind == PL_HOP_ANSWERED)
      return true;
  }
  return false;
}

/* Whether SYNs with a limited TTL say that something near gave the signs, or that they are none. */
static bool are_hops_against(const lesson *l) {
  const pl_rival_verdict *rivals = l->verdict->rivals;
  if (rivals[PL_RIVAL_HOST].state == PL_RIVAL_STATE_SHOWN ||
      rivals[PL_RIVAL_NEAR].state == PL_RIVAL_STATE_SHOWN)
    return true;
  for (size_t i = 0; i < l->facts->target_count; i++) {
    if (l->verdict->targets[i].judged &&
        l->verdict->targets[i].reason == PL_REASON_PUBLIC_UNLISTED &&
        is_answered(&l->facts->targets[i]))
      return true;
  }
  return false;
}

/* Which addresses SYNs with a limited TTL say something about. If nothing is known of the way to
 * one, they are due. Of a name whose answers rotate, each round has others. */
static void learn_ways(const lesson *l, bool held) {
  pl_memory_store *store = l->store;
  bool tried = was_tried(l->facts, PL_KEPT_HOPS);
  if ((tried && !held) || !pl_stamp_is_fresh(&store->hops_tried, l->now, PL_MEMORY_FRESH))
    store->hops_addresses = 0;
  if (held)
    store->hops_addresses |= unanswered(l, true);
  else if (!pl_memory_has_hops(store, l->facts))
    store->controls[PL_KEPT_HOPS] = (pl_stamp){0};
}

static void learn_controls(const lesson *l) {
  unsigned held = 0;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++)
    held |= l->verdict->rivals[id].held;
  for (unsigned kept = 0; kept < PL_KEPT_COUNT; kept++) {
    pl_stamp *stamp = &l->store->controls[kept];
    if ((held & (1u << pl_kept_control_at((pl_kept_control)kept))) != 0)
      *stamp = pl_stamp_of(l->now);
    else if (was_tried(l->facts, (pl_kept_control)kept))
      *stamp = (pl_stamp){0};
  }
  learn_ways(l, (held & PL_CONTROLS(HOPS)) != 0);
  const pl_rival_verdict *request = &l->verdict->rivals[PL_RIVAL_REQUEST];
  unsigned let_in = request->let_in | l->verdict->rivals[PL_RIVAL_KEY].let_in;
  if (request->state != PL_RIVAL_STATE_NONE) { /* judged, with what was known before */
    l->store->agent_let_in = (let_in & 1u << PL_ROLE_AGENT) != 0;
    l->store->let_in = (let_in & ~(1u << PL_ROLE_AGENT)) != 0;
  }
  if (was_tried(l->facts, PL_KEPT_HOPS)) {
    l->store->hops_tried = pl_stamp_of(l->now);
    l->store->hops_against = are_hops_against(l);
  }
}

static void learn_variations(const lesson *l) {
  for (size_t i = 0; i < l->facts->target_count; i++) {
    const pl_target *target = &l->facts->targets[i];
    if (target->attempt_count == 0)
      continue;
    bool form = target->role == PL_ROLE_AGENT || target->role == PL_ROLE_HELLO ||
                target->role == PL_ROLE_PUBLIC_KEY;
    bool variation = form || target->role == PL_ROLE_SIBLING;
    if (variation)
      l->store->variations = pl_stamp_of(l->now);
    if (form)
      l->store->varied = pl_stamp_of(l->now);
    if ((variation || target->role == PL_ROLE_PUBLIC) &&
        pl_attempt_rate_limited(pl_target_last_attempt(target)))
      l->store->throttled = pl_stamp_of(l->now);
  }
}

/* ---- attempts ------------------------------------------------------------------------------- */

/* Attempts that each address had that gave no answer; 0 where one shows no sign, or one had no
 * witness alongside. Signs in the handshake and before the connect are not of one kind, so attempts
 * that showed the one are none of the other. */
static unsigned witnessed_attempts(const lesson *l) {
  const pl_rival_verdict *egress = &l->verdict->rivals[PL_RIVAL_EGRESS];
  if (!shows_only_signs(l->verdict) || (egress->held & PL_CONTROLS(WITNESS)) == 0)
    return 0;
  unsigned least = 0;
  pl_end_layer layer = PL_END_LAYER_NONE;
  for (size_t i = 0; i < l->facts->target_count; i++) {
    const pl_target *target = &l->facts->targets[i];
    const pl_attempt_result *last = pl_target_last_attempt(target);
    if (target->role != PL_ROLE_PUBLIC || !l->verdict->targets[i].judged || last == NULL ||
        pl_target_answered(target))
      continue;
    pl_end_layer of_target = pl_end_info_at(last->end)->layer;
    if (least != 0 && of_target != layer)
      return 0;
    layer = of_target;
    if (least == 0 || target->attempt_count < least)
      least = target->attempt_count;
  }
  return least;
}

static void learn_path(const lesson *l) {
  uint64_t path = pl_memory_path(l->facts);
  if (path != 0 && path == l->store->path)
    return;
  memset(l->store->rounds, 0, sizeof(l->store->rounds));
  l->store->controls[PL_KEPT_HOPS] = l->store->hops_tried = (pl_stamp){0};
  l->store->hops_against = false;
  l->store->path = path;
}

static void learn_attempts(const lesson *l) {
  pl_kept_round *rounds = l->store->rounds;
  unsigned attempts = l->store->path != 0 ? witnessed_attempts(l) : 0;
  if (l->gap || attempts == 0)
    memset(rounds, 0, sizeof(l->store->rounds));
  if (attempts == 0)
    return;
  memmove(&rounds[1], &rounds[0], (PL_KEPT_ROUNDS - 1) * sizeof(*rounds));
  rounds[0] =
      (pl_kept_round){.at = l->started, .attempts = attempts, .addresses = unanswered(l, false)};
}

/* ---- pool ----------------------------------------------------------------------------------- */

/* Where the pool has more addresses than are kept, one that was dropped is new again: then it never
 * comes to rest, and `sample` is never ruled out. */
static void learn_pool(const lesson *l) {
  pl_memory_store *store = l->store;
  uint64_t look = PL_HASH_INIT;
  pl_hash_number(&look, l->verdict->signs);
  pl_hash_number(&look, shows_only_signs(l->verdict));
  pl_hash_number(&look, l->verdict->public_open > 0);
  look = pl_hash_end(look);
  if (l->gap || look != store->look)
    store->look_changed = pl_stamp_of(l->now);
  if (l->gap)
    store->pool_changed = pl_stamp_of(l->now);
  store->look = look;
  for (size_t i = 0; i < l->facts->target_count; i++) {
    const pl_target *target = &l->facts->targets[i];
    if (target->role != PL_ROLE_PUBLIC || pl_memory_bit(store, &target->address) != 0)
      continue;
    uint32_t place = store->pool_next % PL_LIMIT_POOL;
    for (unsigned k = 0; k < PL_KEPT_ROUNDS; k++)
      store->rounds[k].addresses &= ~(UINT32_C(1) << place);
    store->hops_addresses &= ~(UINT32_C(1) << place);
    store->pool[place] = pl_addr_number(&target->address);
    store->pool_next = (place + 1) % PL_LIMIT_POOL;
    store->pool_changed = pl_stamp_of(l->now);
  }
}

/* ---- the rest ------------------------------------------------------------------------------- */

/* `classes`: bits of pl_public. Where nothing was seen, or something proved nothing, it stays. */
static bool is_open_after(bool before, unsigned classes) {
  if ((classes & 1u << PL_PUBLIC_OPEN) != 0)
    return true;
  return before && classes != 1u << PL_PUBLIC_BLOCKED;
}

static void learn_families(const lesson *l) {
  unsigned classes[2] = {0, 0};
  for (size_t i = 0; i < l->facts->target_count; i++) {
    const pl_target *target = &l->facts->targets[i];
    bool ipv6 = target->address.family == PL_FAMILY_IPV6;
    if (target->role == PL_ROLE_PUBLIC && l->verdict->targets[i].judged)
      classes[ipv6] |= 1u << l->verdict->targets[i].public_class;
  }
  l->store->open_ipv4 = is_open_after(l->store->open_ipv4, classes[0]);
  l->store->open_ipv6 = is_open_after(l->store->open_ipv6, classes[1]);
}

/* One without the private side's status is no better than an older one with it. */
static bool learn_baseline(const lesson *l) {
  pl_memory_store *store = l->store;
  pl_baseline baseline;
  if (!pl_baseline_of(l->spec, l->facts, l->verdict, &baseline))
    return false;
  bool kept = pl_stamp_is_fresh(&store->baseline, l->now, l->spec->baseline_age * 24 * 3600LL);
  if (kept && baseline.private_status == 0 && store->baseline_private != 0)
    return false;
  store->baseline = pl_stamp_of(l->now);
  store->baseline_public = baseline.public_status;
  store->baseline_private = baseline.private_status;
  return true;
}

/* A change of a check's severity or of the public verdict. The first round is none. */
static void learn_edge(const lesson *l) {
  pl_memory_store *store = l->store;
  bool first = store->written.wall == 0;
  store->edge = false;
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
    const pl_check_verdict *of_check = &l->verdict->checks[check];
    if (!of_check->ran)
      continue;
    store->edge = store->edge || store->severities[check] != of_check->severity;
    store->severities[check] = (uint8_t)of_check->severity;
  }
  if (l->verdict->checks[PL_CHECK_PUBLIC].ran) {
    store->edge = store->edge || store->public_verdict != l->verdict->public_verdict;
    store->public_verdict = (uint8_t)l->verdict->public_verdict;
  }
  store->edge = store->edge && !first;
}

bool pl_memory_learn(pl_memory_store *store, const pl_spec *spec, const pl_facts *facts,
                     const pl_verdict *verdict, const pl_moment *now) {
  pl_memory_rebase(store, spec, now);
  lesson l = {
      .store = store,
      .spec = spec,
      .facts = facts,
      .verdict = verdict,
      .now = now,
      .started = pl_stamp_before(now, (facts->ended - facts->started) / PL_SEC),
      .gap = pl_memory_has_gap(store, spec, now),
  };
  bool recorded = false;
  if (l.gap)
    store->alarm.blocks = 0;
  if (verdict->checks[PL_CHECK_PUBLIC].ran) {
    learn_pool(&l);
    learn_path(&l);
    learn_sign(&l);
    learn_controls(&l);
    learn_attempts(&l);
    learn_variations(&l);
    learn_families(&l);
    recorded = learn_baseline(&l);
  }
  learn_edge(&l);
  int64_t gap = pl_stamp_age(&store->written, now);
  store->gap = gap != PL_STAMP_NO_AGE ? gap : 0;
  store->written = pl_stamp_of(now);
  return recorded;
}
