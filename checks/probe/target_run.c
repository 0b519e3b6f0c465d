/* Runs the attempts at one target: one, or two at a public target that gives no answer. */
#include "probe/target_run.h"
#include <stdlib.h>

/* From the start of the first attempt at a public target to the start of the second. */
#define BETWEEN_ATTEMPTS PL_SEC
/* How soon to look again at a first attempt that still waits for the gate. */
#define LOOK_AGAIN (100 * PL_MSEC)

typedef struct attempt {
  pl_target_run *run;
  pl_attempt *running; /* NULL before its start and after its end */
  bool ended;
} attempt;

struct pl_target_run {
  pl_timer second; /* starts the second attempt; set from the start of the first one */
  pl_target_run_config config;
  attempt attempts[PL_LIMIT_ATTEMPTS];
};

bool pl_target_answered(const pl_target *target) {
  return target->attempt_count > 0 &&
         pl_attempt_answered(&target->attempts[target->attempt_count - 1]);
}

static pl_loop *loop_of(const pl_target_run *run) { return run->config.attempt.loop; }

static pl_target *target_of(const pl_target_run *run) {
  return &run->config.facts->targets[run->config.index];
}

static void set_second(pl_target_run *run, pl_nsec due) {
  pl_loop_move_timer(loop_of(run), &run->second, due);
}

static void end_run(pl_target_run *run) {
  pl_loop_cancel_timer(loop_of(run), &run->second);
  target_of(run)->attempt_count = run->attempts[1].ended ? 2 : 1;
  run->config.ended(run->config.user, PL_OK);
}

/* The first attempt has ended without an answer, and the second has not started. */
static void plan_second(pl_target_run *run, const pl_attempt_result *first) {
  pl_nsec now = pl_loop_now(loop_of(run));
  pl_nsec due = first->started + BETWEEN_ATTEMPTS;
  if (first->end == PL_END_CUT || now >= run->config.attempt.deadline)
    end_run(run);
  else
    set_second(run, due > now ? due : now);
}

static void first_ended(pl_target_run *run, const pl_attempt_result *first) {
  attempt *second = &run->attempts[1];
  if (target_of(run)->role != PL_ROLE_PUBLIC || second->ended) {
    end_run(run);
  } else if (pl_attempt_answered(first)) {
    pl_attempt_free(second->running);
    *second = (attempt){.run = run};
    end_run(run);
  } else if (second->running == NULL) {
    plan_second(run, first);
  }
}

static void on_attempt(void *user, const pl_attempt_result *result) {
  attempt *a = user;
  pl_target_run *run = a->run;
  target_of(run)->attempts[a - run->attempts] = *result;
  pl_attempt_free(a->running);
  *a = (attempt){.run = run, .ended = true};
  if (a == &run->attempts[0])
    first_ended(run, result);
  else if (run->attempts[0].ended)
    end_run(run);
}

static pl_status start_attempt(attempt *a) {
  pl_attempt_config config = a->run->config.attempt;
  config.done = on_attempt;
  config.user = a;
  return pl_attempt_start(&config, &a->running);
}

/* Starts the second attempt next to a first one that is silent for a second, so that two silent
 * attempts take one timeout and a second, and not two timeouts. */
static void second_due(pl_timer *timer) {
  pl_target_run *run = PL_CONTAINER_OF(timer, pl_target_run, second);
  pl_nsec now = pl_loop_now(loop_of(run));
  pl_nsec due = now;
  if (run->attempts[0].running != NULL) {
    pl_nsec started = pl_attempt_started(run->attempts[0].running);
    due = started == 0 ? now + LOOK_AGAIN : started + BETWEEN_ATTEMPTS;
  }
  if (due > now) {
    set_second(run, due);
    return;
  }
  pl_status status = start_attempt(&run->attempts[1]);
  if (status != PL_OK)
    run->config.ended(run->config.user, status);
}

pl_status pl_target_run_start(const pl_target_run_config *config, pl_target_run **ret_run) {
  pl_loop *loop = config->attempt.loop;
  pl_target_run *run = calloc(1, sizeof(*run));
  if (run == NULL)
    return PL_ERR_MEMORY;
  *run = (pl_target_run){
      .second.fire = second_due, .config = *config, .attempts = {{.run = run}, {.run = run}}};
  pl_status status = PL_OK;
  if (target_of(run)->role == PL_ROLE_PUBLIC)
    status = pl_loop_set_timer(loop, &run->second, pl_loop_clock(loop) + BETWEEN_ATTEMPTS);
  if (status == PL_OK)
    status = start_attempt(&run->attempts[0]);
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
  pl_loop_cancel_timer(loop_of(run), &run->second);
  free(run);
}
