/* What is remembered of one endpoint: what of it still counts, and what the next round sends. */
#include "memory/store.h"
#include "memory/binding.h"
#include <string.h>

#define DAY ((int64_t)24 * 3600)
#define VARIATIONS_EVERY DAY
/* SYNs with a limited TTL that proved nothing are sent again. */
#define HOPS_EVERY 3600
/* Where only a request with a key can notice that the endpoint opens. */
#define KEY_EVERY 3600
/* A check does not know its interval; this is what Nagios uses. */
#define USUAL_INTERVAL 300
#define GAP_INTERVALS 3

void pl_memory_init(pl_memory_store *store) { memset(store, 0, sizeof(*store)); }

void pl_memory_init_unknown(pl_memory_store *store) {
  pl_memory_init(store);
  store->alarm.state = PL_ALARM_UNKNOWN;
}

pl_control pl_kept_control_at(pl_kept_control kept) {
  static const pl_control controls[PL_KEPT_COUNT] = {
      [PL_KEPT_SIBLING] = PL_CONTROL_SIBLING,
      [PL_KEPT_REQUEST] = PL_CONTROL_REQUEST,
      [PL_KEPT_KEY] = PL_CONTROL_KEY,
      [PL_KEPT_HOPS] = PL_CONTROL_HOPS,
  };
  return controls[kept];
}

/* ---- bindings ------------------------------------------------------------------------------- */

/* Everything but the alarm, the families that it is about, and the times of rounds. */
static void forget_endpoint(pl_memory_store *store) {
  pl_memory_store kept = *store;
  pl_memory_init(store);
  store->alarm = kept.alarm;
  store->open_ipv4 = kept.open_ipv4;
  store->open_ipv6 = kept.open_ipv6;
  store->written = kept.written;
  store->gap = kept.gap;
  store->proven = kept.proven;
  store->host = kept.host;
}

static void forget_boot(pl_memory_store *store) {
  pl_stamp *const stamps[] = {
      &store->written,
      &store->proven,
      &store->baseline,
      &store->sign_since,
      &store->variations,
      &store->varied,
      &store->throttled,
      &store->look_changed,
      &store->pool_changed,
      &store->controls[PL_KEPT_SIBLING],
      &store->controls[PL_KEPT_REQUEST],
      &store->controls[PL_KEPT_KEY],
  };
  for (size_t i = 0; i < PL_COUNT_OF(stamps); i++)
    stamps[i]->boot = 0;
  store->controls[PL_KEPT_HOPS] = store->hops_tried = (pl_stamp){0};
  store->hops_against = false;
  memset(store->rounds, 0, sizeof(store->rounds));
  store->path = 0;
}

/* What other forms of the request showed. The new ones are sent at once. */
static void forget_forms(pl_memory_store *store) {
  for (unsigned kept = 0; kept < PL_KEPT_COUNT; kept++) {
    if (kept != PL_KEPT_HOPS)
      store->controls[kept] = (pl_stamp){0};
  }
  store->let_in = store->agent_let_in = false;
  store->variations = (pl_stamp){0};
}

void pl_memory_rebase(pl_memory_store *store, const pl_spec *spec, const pl_moment *now) {
  if (store->host != now->host || now->host == 0)
    forget_boot(store);
  store->host = now->host;
  uint64_t binding = pl_memory_binding(spec);
  if (store->binding != binding)
    forget_endpoint(store);
  store->binding = binding;
  uint32_t forms = pl_memory_forms(spec);
  if (store->forms != forms)
    forget_forms(store);
  store->forms = forms;
}

/* ---- time ----------------------------------------------------------------------------------- */

bool pl_memory_has_gap(const pl_memory_store *store, const pl_spec *spec, const pl_moment *now) {
  int64_t interval = now->interval;
  if (interval == 0)
    interval = spec->interval / PL_SEC;
  if (interval == 0)
    interval = store->gap;
  if (interval == 0)
    interval = USUAL_INTERVAL;
  if (interval < spec->timeout / PL_SEC) /* rounds do not overlap */
    interval = spec->timeout / PL_SEC;
  return !pl_stamp_is_fresh(&store->written, now, GAP_INTERVALS * interval);
}

/* Whether earlier attempts say nothing about now. Where the interval is only a guess (a check),
 * they may be weeks old. */
static bool are_attempts_old(const pl_memory_store *s, const pl_spec *spec, const pl_moment *now) {
  bool guessed = now->interval == 0 && spec->interval == 0;
  return pl_memory_has_gap(s, spec, now) ||
         (guessed && !pl_stamp_is_fresh(&s->written, now, GAP_INTERVALS * USUAL_INTERVAL));
}

/* ---- addresses ------------------------------------------------------------------------------ */

uint32_t pl_memory_bit(const pl_memory_store *store, const pl_addr *address) {
  uint32_t number = pl_addr_number(address);
  for (unsigned i = 0; i < PL_LIMIT_POOL; i++) {
    if (store->pool[i] == number)
      return UINT32_C(1) << i;
  }
  return 0;
}

/* How many of the newest rounds have enough attempts together with one of the next; all, where none
 * have. */
static unsigned rounds_that_count(const pl_memory_store *s) {
  unsigned count = 0, attempts = 0;
  for (; count < PL_KEPT_ROUNDS && s->rounds[count].attempts > 0; count++) {
    if (attempts + 1 >= PL_LIMIT_ATTEMPTS)
      break;
    attempts += s->rounds[count].attempts;
  }
  return count;
}

/* The addresses that they all were about. */
static uint32_t attempted(const pl_memory_store *s) {
  unsigned count = rounds_that_count(s);
  uint32_t addresses = count > 0 ? UINT32_MAX : 0;
  for (unsigned i = 0; i < count; i++)
    addresses &= s->rounds[i].addresses;
  return addresses;
}

/* Whether a public address of the facts, which gave no answer and had fewer attempts than a new one
 * gets, is none of these. */
static bool any_is_new(const pl_memory_store *s, const pl_facts *facts, uint32_t addresses) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    const pl_attempt_result *last = pl_target_last_attempt(target);
    bool answered = last != NULL && pl_attempt_answered(last);
    if (target->role == PL_ROLE_PUBLIC && !answered && target->attempt_count < PL_LIMIT_ATTEMPTS &&
        (pl_memory_bit(s, &target->address) & addresses) == 0)
      return true;
  }
  return false;
}

/* Whether the pool has every public address of the facts. */
static bool has_pool(const pl_memory_store *s, const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && pl_memory_bit(s, &target->address) == 0)
      return false;
  }
  return true;
}

/* An address that answered, or that no verdict is about, needs none. */
bool pl_memory_has_hops(const pl_memory_store *s, const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && !pl_target_answered(target) &&
        pl_facts_has_public(facts, target) &&
        (pl_memory_bit(s, &target->address) & s->hops_addresses) == 0)
      return false;
  }
  return true;
}

/* ---- what still counts ---------------------------------------------------------------------- */

static void view_sign(const pl_memory_store *s, bool has_hops, const pl_moment *now,
                      pl_memory *memory) {
  memory->signs = s->signs;
  memory->sign_since = pl_stamp_wall(&s->sign_since, now);
  memory->sign_caused = s->sign_caused;
  memory->let_in = s->let_in;
  memory->agent_let_in = s->agent_let_in;
  for (unsigned kept = 0; kept < PL_KEPT_COUNT; kept++) {
    bool counts = pl_stamp_is_fresh(&s->controls[kept], now, PL_MEMORY_FRESH) &&
                  (kept != PL_KEPT_HOPS || has_hops);
    if (counts)
      memory->controls[pl_kept_control_at((pl_kept_control)kept)] =
          pl_stamp_wall(&s->controls[kept], now);
  }
}

static void view_attempts(const pl_memory_store *s, const pl_moment *now, pl_memory *memory) {
  for (unsigned i = 0; i < rounds_that_count(s); i++) {
    int64_t since = pl_stamp_wall(&s->rounds[i].at, now);
    if (since == 0)
      return;
    memory->attempts += s->rounds[i].attempts;
    memory->attempts_since = since;
  }
}

/* The later of the two, where both are known. */
static int64_t pool_since(const pl_memory_store *s, const pl_moment *now) {
  int64_t pool = pl_stamp_wall(&s->pool_changed, now), look = pl_stamp_wall(&s->look_changed, now);
  if (pool == 0 || look == 0)
    return 0;
  return pool > look ? pool : look;
}

pl_memory pl_memory_view(const pl_memory_store *store, const pl_spec *spec, const pl_facts *facts,
                         const pl_moment *now) {
  pl_memory_store s = *store;
  pl_memory_rebase(&s, spec, now);
  pl_memory memory = {.alarm = s.alarm, .open_ipv4 = s.open_ipv4, .open_ipv6 = s.open_ipv6};
  uint64_t path = pl_memory_path(facts);
  bool same_path = path != 0 && path == s.path, gap = pl_memory_has_gap(&s, spec, now);
  if (pl_stamp_is_fresh(&s.baseline, now, spec->baseline_age * DAY))
    memory.baseline = (pl_baseline){.at = pl_stamp_wall(&s.baseline, now),
                                    .public_status = s.baseline_public,
                                    .private_status = s.baseline_private};
  if (s.signs != 0)
    view_sign(&s, same_path && pl_memory_has_hops(&s, facts), now, &memory);
  memory.hops_against = same_path && s.hops_against;
  memory.variations_at = pl_stamp_wall(&s.varied, now);
  if (gap)
    memory.alarm.blocks = 0;
  if (!are_attempts_old(&s, spec, now) && same_path && s.sign_since.wall != 0 &&
      !any_is_new(&s, facts, attempted(&s)))
    view_attempts(&s, now, &memory);
  if (!gap && has_pool(&s, facts))
    memory.pool_since = pool_since(&s, now);
  return memory;
}

/* ---- the next round ------------------------------------------------------------------------- */

/* Whether a sign that we may have caused ourselves is still there after an hour, and no variation
 * was sent since: what variations showed before counts for nothing. */
static bool has_outlived_variations(const pl_memory_store *s, const pl_moment *now) {
  int64_t sign = pl_stamp_age(&s->sign_since, now), sent = pl_stamp_age(&s->variations, now);
  return s->sign_caused && sign >= PL_MEMORY_CAUSED && sent > sign - PL_MEMORY_CAUSED;
}

/* Whether an open endpoint may give our request the answer that shows the sign: it wants a key.
 * Then only the request with a key notices that it opens. */
static bool does_only_a_key_tell(const pl_memory_store *s, const pl_spec *spec) {
  if (spec->public_key_file == NULL || s->controls[PL_KEPT_KEY].wall == 0)
    return false;
  for (size_t i = 0; i < spec->blocked_by.count && i < 64; i++) {
    const pl_signature *signature = &spec->blocked_by.items[i];
    if ((s->signs & UINT64_C(1) << i) != 0 && signature->kind == PL_SIGNATURE_HTTP &&
        signature->status == 401)
      return true;
  }
  return false;
}

static bool are_hops_due(const pl_memory_store *s, const pl_moment *now) {
  bool held = pl_stamp_is_fresh(&s->controls[PL_KEPT_HOPS], now, VARIATIONS_EVERY - 1);
  return s->edge || s->hops_against ||
         !pl_stamp_is_fresh(&s->hops_tried, now, (held ? VARIATIONS_EVERY : HOPS_EVERY) - 1);
}

pl_round_plan pl_memory_plan(const pl_memory_store *store, const pl_spec *spec,
                             const pl_moment *now) {
  if (store == NULL)
    return PL_ROUND_PLAN_DEFAULT;
  pl_memory_store s = *store;
  pl_memory_rebase(&s, spec, now);
  unsigned attempts = 0;
  for (unsigned i = 0; i < rounds_that_count(&s); i++)
    attempts += s.rounds[i].attempts;
  bool throttled = pl_stamp_is_fresh(&s.throttled, now, VARIATIONS_EVERY);
  int64_t every = does_only_a_key_tell(&s, spec) ? KEY_EVERY : VARIATIONS_EVERY;
  bool recent = pl_stamp_is_fresh(&s.variations, now, every - 1);
  bool all = s.edge || attempts + 1 < PL_LIMIT_ATTEMPTS || are_attempts_old(&s, spec, now);
  pl_round_plan plan = {
      .attempts = all ? PL_LIMIT_ATTEMPTS : 1,
      .hops = are_hops_due(&s, now),
      .controls = !throttled && (s.edge || !recent || has_outlived_variations(&s, now)),
  };
  size_t known = 0;
  uint32_t addresses = attempted(&s);
  for (unsigned i = 0; i < PL_LIMIT_POOL; i++) {
    if (s.pool[i] != 0 && (addresses & UINT32_C(1) << i) != 0)
      plan.known[known++] = s.pool[i];
  }
  if (known == 0)
    plan.attempts = PL_LIMIT_ATTEMPTS;
  return plan;
}
