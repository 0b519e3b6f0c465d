/* Repeats a request that showed a sign, with one thing changed. */
#include "probe/controls.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define GAP (250 * PL_MSEC)
/* Letters of the label that stands for ours. */
#define LABEL 12

static const pl_role steps[] = {PL_ROLE_SIBLING, PL_ROLE_AGENT, PL_ROLE_HELLO, PL_ROLE_PRIVATE_KEY,
                                PL_ROLE_PUBLIC_KEY};

struct pl_controls {
  pl_timer timer; /* set from start to end */
  pl_controls_config config;
  char sibling[PL_LIMIT_HOST + 1]; /* "" where there is none */
  size_t step;                     /* the next one, in `steps` */
  size_t index;                    /* of the target of the step before */
  pl_target_run *run;              /* of that step, until the next one */
};

/* ---- what is due ----------------------------------------------------------------------------- */

static bool is_listed(const pl_spec *spec, pl_signature_kind kind) {
  for (size_t i = 0; i < spec->blocked_by.count; i++) {
    if (spec->blocked_by.items[i].kind == kind)
      return true;
  }
  return false;
}

bool pl_controls_are_due(const pl_spec *spec, const pl_attempt_result *result) {
  const pl_end_info *end = pl_end_info_at(result->end);
  if (pl_attempt_rate_limited(result))
    return false;
  if (spec->expect_public == PL_EXPECT_REACHABLE && pl_attempt_answered(result))
    return true;
  if (end->public_end == PL_PUBLIC_END_HTTP)
    return result->signature >= 0;
  return end->public_end == PL_PUBLIC_END_HANDSHAKE && !result->certificate.seen &&
         is_listed(spec, end->signature);
}

/* The target with the private address to send the key to: one that answered, or else the first one.
 * `target_count` if there is none. */
static size_t find_private(const pl_facts *facts) {
  size_t found = facts->target_count;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role != PL_ROLE_PRIVATE)
      continue;
    if (target->attempt_count > 0 && target->attempts[0].end == PL_END_HTTP_ANSWER)
      return i;
    if (found == facts->target_count)
      found = i;
  }
  return found;
}

static bool has_private(const pl_facts *facts) { return find_private(facts) < facts->target_count; }

static bool wants_key(const pl_controls *c) {
  const pl_spec *spec = c->config.spec;
  return c->config.http && spec->public_key != NULL && spec->probe == PL_DEPTH_HTTP;
}

static bool is_due(const pl_controls *c, pl_role role) {
  if (role == PL_ROLE_SIBLING)
    return c->sibling[0] != '\0';
  if (!c->config.sign)
    return false;
  if (role == PL_ROLE_AGENT)
    return c->config.http && c->config.spec->user_agent != NULL;
  if (role == PL_ROLE_HELLO)
    return !c->config.http;
  return wants_key(c) && has_private(c->config.facts);
}

/* ---- one step -------------------------------------------------------------------------------- */

/* Another label in place of our first one. A name without a parent has no sibling.
 *
 * Without an answer, --public-control stands for it, which is known to be open: it shows that a way
 * to the address is open. An HTTP answer may be what any unknown name gets, which only a name that
 * nobody has can show. */
static void make_sibling(const pl_spec *spec, bool http, char ret_name[PL_LIMIT_HOST + 1]) {
  uint8_t random[LABEL];
  char label[LABEL + 1] = "";
  const char *parent = strchr(spec->public_name, '.');
  pl_buf name;
  pl_buf_fixed(&name, ret_name, PL_LIMIT_HOST + 1);
  if (spec->public_control != NULL && !http) {
    pl_buf_add(&name, spec->public_control);
    return;
  }
  if (parent == NULL || strlen(parent) + LABEL > PL_LIMIT_HOST ||
      getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
    return;
  for (size_t i = 0; i < LABEL; i++)
    label[i] = (char)('a' + random[i] % 26);
  pl_buf_add(&name, label);
  pl_buf_add(&name, parent);
}

static void end_controls(pl_controls *c, pl_status status) {
  pl_loop_cancel_timer(c->config.public_side.loop, &c->timer);
  c->config.ended(c->config.user, status);
}

static bool is_refused_as_too_many(const pl_controls *c) {
  const pl_target *target = &c->config.facts->targets[c->index];
  return target->attempt_count > 0 && pl_attempt_rate_limited(&target->attempts[0]);
}

static void on_ended(void *user, pl_status status) {
  pl_controls *c = user;
  pl_loop *loop = c->config.public_side.loop;
  if (status != PL_OK || is_refused_as_too_many(c))
    end_controls(c, status);
  else
    pl_loop_move_timer(loop, &c->timer, pl_loop_clock(loop) + GAP);
}

static pl_status start(pl_controls *c, pl_role role) {
  const pl_controls_config *config = &c->config;
  const pl_spec *spec = config->spec;
  bool private = role == PL_ROLE_PRIVATE_KEY;
  const pl_target like =
      config->facts->targets[private ? find_private(config->facts) : config->index];
  pl_target_run_config run = {
      .attempt = private ? config->private_side : config->public_side,
      .attempts = 1,
      .facts = config->facts,
      .ended = on_ended,
      .user = c,
  };
  pl_target *target;
  pl_status status = pl_facts_add_target(config->facts, role, &target);
  if (status != PL_OK)
    return status;
  target->address = like.address;
  target->via = like.via;
  target->port = like.port;
  target->origins = like.origins;
  target->with_key = role == PL_ROLE_PUBLIC_KEY || private;
  memcpy(target->zone, like.zone, sizeof(target->zone));
  if (private)
    run.attempt.target = (pl_sockaddr){.address = like.address, .port = like.port};
  if (role == PL_ROLE_SIBLING)
    run.attempt.name = c->sibling;
  if (role == PL_ROLE_AGENT)
    run.attempt.user_agent = spec->user_agent;
  run.attempt.plain_hello = role == PL_ROLE_HELLO;
  run.attempt.scheme = target->with_key ? spec->api_key_scheme : NULL;
  run.attempt.secret = target->with_key ? spec->public_key : NULL;
  run.index = c->index = config->facts->target_count - 1;
  return pl_target_run_start(&run, &c->run);
}

/* A key proves nothing without the private side, so it waits for an address there. */
static bool waits(const pl_controls *c) {
  return steps[c->step] == PL_ROLE_PRIVATE_KEY && wants_key(c) && !has_private(c->config.facts) &&
         c->config.private_is_open(c->config.user);
}

static void controls_fired(pl_timer *timer) {
  pl_controls *c = PL_CONTAINER_OF(timer, pl_controls, timer);
  pl_loop *loop = c->config.public_side.loop;
  pl_nsec now = pl_loop_now(loop), deadline = c->config.public_side.deadline;
  pl_loop_move_timer(loop, timer, deadline + PL_SEC);
  pl_target_run_free(c->run);
  c->run = NULL;
  while (c->step < PL_COUNT_OF(steps) && !waits(c) && !is_due(c, steps[c->step]))
    c->step++;
  if (c->step == PL_COUNT_OF(steps) || now >= deadline) {
    end_controls(c, PL_OK);
  } else if (waits(c)) {
    pl_loop_move_timer(loop, timer, now + GAP);
  } else {
    pl_status status = start(c, steps[c->step++]);
    if (status != PL_OK)
      end_controls(c, status);
  }
}

/* ---- life ------------------------------------------------------------------------------------ */

pl_status pl_controls_start(const pl_controls_config *config, pl_controls **ret_controls) {
  pl_loop *loop = config->public_side.loop;
  pl_controls *c = calloc(1, sizeof(*c));
  if (c == NULL)
    return PL_ERR_MEMORY;
  c->timer.fire = controls_fired;
  c->config = *config;
  make_sibling(config->spec, config->http, c->sibling);
  pl_status status = pl_loop_set_timer(loop, &c->timer, pl_loop_clock(loop) + GAP);
  if (status == PL_OK)
    *ret_controls = c;
  else
    free(c);
  return status;
}

void pl_controls_free(pl_controls *c) {
  if (c == NULL)
    return;
  pl_target_run_free(c->run);
  pl_loop_cancel_timer(c->config.public_side.loop, &c->timer);
  free(c);
}
