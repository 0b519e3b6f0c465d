/* Runs the attempts at one target: one, or up to three at a public target that gives no answer. */
#include "probe/target_run.h"
#include "probe/wire/hops.h"
#include <stdlib.h>
#include <string.h>

/* From the start of one attempt to the start of the next, so that the first and the last of three
 * are 4.5 s apart. */
#define GAP (2250 * PL_MSEC)
/* The same where the time that is left does not allow it: then there are two attempts. */
#define GAP_SHORT PL_SEC
/* The time for a last attempt, where the first one ended without waiting. */
#define LAST_MIN (500 * PL_MSEC)

/* A SYN that is not answered for so long is sent with limited TTLs, too. */
#define PATIENCE (300 * PL_MSEC)

typedef enum attempt_stage {
  ATTEMPT_NONE,    /* not started, or cancelled */
  ATTEMPT_RUNNING, /* waits for the gate, or for an answer */
  ATTEMPT_SILENT,  /* its time limit is over; a late SYN-ACK is still seen */
  ATTEMPT_ENDED,   /* its result is in the facts */
} attempt_stage;

typedef struct attempt {
  pl_target_run *run;
  attempt_stage stage;
  pl_attempt *running; /* NULL before its start and after its end */
} attempt;

struct pl_target_run {
  pl_timer timer; /* set from start to end; starts the next attempt */
  pl_target_run_config config;
  attempt attempts[PL_LIMIT_ATTEMPTS];
  unsigned started, wanted;
  pl_nsec first; /* when the first attempt sent its SYN; 0: not yet */
  pl_hops *hops; /* NULL before their start and after their end */
  bool looked;   /* whether they are due has been decided */
  bool over;
};

static pl_loop *loop_of(const pl_target_run *run) { return run->config.attempt.loop; }

static pl_nsec deadline_of(const pl_target_run *run) { return run->config.attempt.deadline; }

static pl_target *target_of(const pl_target_run *run) {
  return &run->config.facts->targets[run->config.index];
}

static void stop_hops(pl_target_run *run) {
  if (run->hops == NULL)
    return;
  pl_hops_free(run->hops);
  run->hops = NULL;
  pl_gate_release(run->config.attempt.gate, run->config.last_ttl);
}

static void move_timer(pl_target_run *run, pl_nsec due) {
  pl_nsec deadline = deadline_of(run);
  pl_loop_move_timer(loop_of(run), &run->timer, due < deadline ? due : deadline);
}

/* ---- the end --------------------------------------------------------------------------------- */

static bool is_waiting(const pl_target_run *run) {
  for (unsigned i = 0; i < run->started; i++) {
    if (run->attempts[i].stage == ATTEMPT_RUNNING)
      return true;
  }
  return false;
}

/* Keeps the results of the attempts that have ended, in the order of their start. */
static void keep_results(pl_target_run *run) {
  pl_target *target = target_of(run);
  unsigned kept = 0;
  for (unsigned i = 0; i < run->started; i++) {
    if (run->attempts[i].stage != ATTEMPT_ENDED)
      continue;
    if (kept != i)
      target->attempts[kept] = target->attempts[i];
    kept++;
  }
  for (unsigned i = kept; i < run->started; i++)
    pl_attempt_init(&target->attempts[i]);
  target->attempt_count = kept;
}

/* An attempt that was silent keeps its result; one that still waits for an answer is cancelled. */
static void end_run(pl_target_run *run) {
  run->over = true;
  stop_hops(run);
  pl_loop_cancel_timer(loop_of(run), &run->timer);
  for (unsigned i = 0; i < run->started; i++) {
    attempt *a = &run->attempts[i];
    if (a->stage == ATTEMPT_SILENT) {
      pl_attempt_give_up(a->running);
    } else if (a->stage == ATTEMPT_RUNNING) {
      pl_attempt_free(a->running);
      *a = (attempt){.run = run};
    }
  }
  keep_results(run);
  run->config.ended(run->config.user, PL_OK);
}

static void end_if_over(pl_target_run *run) {
  bool late = pl_loop_now(loop_of(run)) >= deadline_of(run);
  if (!run->over && run->hops == NULL && !is_waiting(run) && (run->started == run->wanted || late))
    end_run(run);
}

/* ---- hops ------------------------------------------------------------------------------------ */

static void on_hops(void *user, const pl_hop *hops, size_t count) {
  pl_target_run *run = user;
  pl_target *target = target_of(run);
  memcpy(target->hops, hops, count * sizeof(*hops));
  target->hop_count = (uint8_t)count;
  stop_hops(run);
  end_if_over(run);
}

/* Without descriptors or memory for them there are none, which proves nothing. */
static void look(pl_target_run *run, bool due) {
  pl_gate *gate = run->config.attempt.gate;
  const pl_hops_config config = {
      .loop = loop_of(run),
      .target = run->config.attempt.target,
      .last_ttl = run->config.last_ttl,
      .deadline = deadline_of(run),
      .done = on_hops,
      .user = run,
  };
  bool looked = run->looked;
  run->looked = true;
  if (looked || !due || config.last_ttl == 0 || !pl_gate_reserve(gate, config.last_ttl))
    return;
  if (pl_hops_start(&config, &run->hops) != PL_OK) {
    pl_gate_release(gate, config.last_ttl);
    return;
  }
  if (run->wanted == 1)
    run->wanted = 2; /* for the flow of one of them */
  if (run->config.traced != NULL)
    run->config.traced(run->config.user, run->config.index);
}

/* Routers that have several paths, or several addresses for NAT, choose by the ports, too. So later
 * attempts use the ports of SYNs that were seen to leave the network: the furthest first. In IPv6
 * a router may also go by the flow label, which differs between sockets. */
static uint16_t port_of_flow(const pl_target_run *run) {
  const pl_target *target = &run->config.facts->targets[run->config.index];
  size_t count = target->hop_count;
  const pl_hop *hops = run->hops != NULL ? pl_hops_found(run->hops, &count) : target->hops;
  const pl_addr *sent_to = &run->config.attempt.target.address;
  unsigned taken = 1; /* by attempts before this one; the first attempt is before all SYNs */
  for (size_t i = count; i > 0; i--) {
    const pl_hop *hop = &hops[i - 1];
    bool outside = hop->kind == PL_HOP_EXCEEDED && !pl_addr_equal(&hop->sender, sent_to) &&
                   pl_addr_classify(&hop->sender) == PL_ADDR_PUBLIC;
    if ((outside || hop->kind == PL_HOP_REFUSED) && taken++ == run->started)
      return hop->port;
  }
  return 0;
}

/* ---- attempts -------------------------------------------------------------------------------- */

static void on_sent(void *user, pl_nsec started) {
  const attempt *a = user;
  pl_target_run *run = a->run;
  if (run->first == 0)
    run->first = started;
  if (run->started == 1 && run->config.last_ttl != 0)
    move_timer(run, started + PATIENCE);
  else if (run->started < run->wanted)
    move_timer(run, started + (run->started == 1 ? GAP_SHORT : GAP));
  if (run->config.sent != NULL)
    run->config.sent(run->config.user, run->config.index, started);
}

static void on_silent(void *user) {
  attempt *a = user;
  a->stage = ATTEMPT_SILENT;
  end_if_over(a->run);
}

/* Whether the end can be a sign that something on the way gave: not an answer of the provider. */
static bool has_no_identity(const pl_attempt_result *result) {
  return result->end == PL_END_REFUSED || result->end == PL_END_ICMP ||
         (pl_end_info_at(result->end)->public_end == PL_PUBLIC_END_HANDSHAKE &&
          !result->certificate.seen);
}

static void on_attempt(void *user, const pl_attempt_result *result) {
  attempt *a = user;
  pl_target_run *run = a->run;
  pl_target *target = target_of(run);
  unsigned i = (unsigned)(a - run->attempts);
  target->attempts[i] = *result;
  pl_attempt_free(a->running);
  *a = (attempt){.run = run, .stage = ATTEMPT_ENDED};
  if (run->config.seen != NULL)
    run->config.seen(run->config.user, run->config.index, result);
  if (run->over)
    return;
  look(run, has_no_identity(result));
  if (pl_attempt_answered(result))
    end_run(run);
  else
    end_if_over(run);
}

static pl_status start_next(pl_target_run *run) {
  attempt *a = &run->attempts[run->started];
  pl_attempt_config config = run->config.attempt;
  config.local_port = port_of_flow(run);
  config.sent = on_sent;
  config.silent = run->wanted > 1 ? on_silent : NULL;
  config.done = on_attempt;
  config.user = a;
  pl_status status = pl_attempt_start(&config, &a->running);
  if (status != PL_OK)
    return status;
  a->stage = ATTEMPT_RUNNING;
  run->started++;
  return PL_OK;
}

/* When the second attempt starts. Decided a second after the first one, when it is known whether
 * that waits: either all attempts fit into the time that is left, or there are two. */
static pl_nsec second_due(pl_target_run *run) {
  bool waits = run->attempts[0].stage != ATTEMPT_ENDED;
  pl_nsec needed = waits ? run->config.attempt.connect_timeout : LAST_MIN;
  if (pl_loop_now(loop_of(run)) < run->first + GAP_SHORT)
    return run->first + GAP_SHORT;
  if (run->first + (run->wanted - 1) * GAP + needed <= deadline_of(run))
    return run->first + GAP;
  run->wanted = 2;
  return run->first + GAP_SHORT;
}

/* The next attempt is due, or all the time is over. */
static void run_fired(pl_timer *timer) {
  pl_target_run *run = PL_CONTAINER_OF(timer, pl_target_run, timer);
  pl_nsec now = pl_loop_now(loop_of(run));
  pl_loop_move_timer(loop_of(run), timer, deadline_of(run) + PL_SEC);
  if (now >= deadline_of(run)) {
    end_if_over(run);
    return;
  }
  if (run->started == 1 && run->first == 0)
    return; /* waits for the gate */
  const attempt *first = &run->attempts[0];
  if (first->stage == ATTEMPT_RUNNING)
    look(run, !pl_attempt_is_connected(first->running));
  if (run->started == run->wanted)
    return;
  pl_nsec due = run->started == 1 ? second_due(run) : now;
  if (due > now) {
    move_timer(run, due);
    return;
  }
  pl_status status = start_next(run);
  if (status != PL_OK) {
    run->over = true;
    run->config.ended(run->config.user, status);
  }
}

/* ---- life ------------------------------------------------------------------------------------ */

pl_status pl_target_run_start(const pl_target_run_config *config, pl_target_run **ret_run) {
  pl_loop *loop = config->attempt.loop;
  pl_target_run *run = calloc(1, sizeof(*run));
  if (run == NULL)
    return PL_ERR_MEMORY;
  *run = (pl_target_run){.timer.fire = run_fired, .config = *config, .wanted = config->attempts};
  for (unsigned i = 0; i < PL_LIMIT_ATTEMPTS; i++)
    run->attempts[i].run = run;
  pl_status status = pl_loop_set_timer(loop, &run->timer, deadline_of(run));
  if (status == PL_OK)
    status = start_next(run);
  if (status == PL_OK)
    *ret_run = run;
  else
    pl_target_run_free(run);
  return status;
}

void pl_target_run_free(pl_target_run *run) {
  if (run == NULL)
    return;
  for (unsigned i = 0; i < PL_LIMIT_ATTEMPTS; i++)
    pl_attempt_free(run->attempts[i].running);
  pl_loop_cancel_timer(loop_of(run), &run->timer);
  stop_hops(run);
  free(run);
}
