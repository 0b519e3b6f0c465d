/* Runs one batch: starts its rounds, keeps their witnesses, reports each. */
#include "probe/batch_run.h"
#include "probe/round.h"
#include <stdlib.h>
#include <string.h>

/* Rounds that start in one turn of the loop. A larger burst would measure its own queue. */
#define STARTS_PER_TURN 16
/* Rounds end this long before the deadline, so that each can be reported by then. */
#define MARGIN (50 * PL_MSEC)

typedef struct entry {
  pl_batch_run *running;
  const pl_spec *spec;
  const struct pl_endpoint *endpoint; /* NULL if EC2 was not asked */
  pl_round_plan plan;
  pl_witness_group *witnesses; /* NULL if the round needs none */
  pl_round *round;             /* NULL before its start and after its end */
  pl_facts *facts;             /* NULL after the report */
} entry;

struct pl_batch_run {
  pl_timer timer; /* set from start to end */
  pl_batch_run *next, **list;
  pl_batch_run_config config;
  pl_batch batch;
  entry *entries;
  size_t started, reported;
  pl_host host;
  pl_witnesses *witnesses; /* NULL if no round needs them */
  bool changed;            /* the rounds have not heard of it yet */
  pl_status failed;        /* why no round can run */
  pl_nsec begun, deadline, delay;
};

static pl_loop *loop_of(const pl_batch_run *r) { return r->config.io->loop; }

static void move_timer(pl_batch_run *r, pl_nsec due) {
  pl_loop_move_timer(loop_of(r), &r->timer, due);
}

static void kick(pl_batch_run *r) { move_timer(r, pl_loop_now(loop_of(r))); }

static void set_problem(pl_facts *facts, const char *text) {
  pl_text_set(facts->local_problem, sizeof(facts->local_problem), text);
}

static const char *problem_text(pl_status status) {
  return status == PL_ERR_MEMORY ? "out of memory"
                                 : "a system call failed on this host, or a file can't be read";
}

/* ---- reports --------------------------------------------------------------------------------- */

static void report(entry *e) {
  pl_batch_run *r = e->running;
  pl_facts *facts = e->facts;
  pl_round_free(e->round);
  e->round = NULL;
  e->facts = NULL;
  r->reported++;
  if (e->witnesses != NULL) {
    pl_status status = pl_witness_group_report(e->witnesses, facts);
    if (status != PL_OK)
      set_problem(facts, problem_text(status));
  }
  facts->scheduling_delay = r->delay;
  facts->ended = pl_loop_clock(loop_of(r));
  r->batch.on_round(r->batch.user, (size_t)(e - r->entries), facts);
}

static void on_round_ended(void *user, pl_status status) {
  entry *e = user;
  pl_batch_run *r = e->running;
  if (status != PL_OK)
    set_problem(e->facts, problem_text(status));
  report(e);
  kick(r);
}

/* Reports the rounds that are left, as cut. */
static void report_rest(pl_batch_run *r) {
  for (size_t i = 0; i < r->batch.count; i++) {
    entry *e = &r->entries[i];
    if (e->facts == NULL)
      continue;
    e->facts->cut = true;
    report(e);
  }
}

/* ---- starts ---------------------------------------------------------------------------------- */

static pl_status start_round(entry *e, pl_error *error) {
  pl_batch_run *r = e->running;
  const pl_spec *spec = e->spec;
  pl_nsec now = pl_loop_clock(loop_of(r));
  pl_nsec end = now + spec->timeout;
  pl_nsec margin = r->batch.timeout / 20 < MARGIN ? r->batch.timeout / 20 : MARGIN;
  pl_tls_context *tls = NULL, *public_tls = NULL;
  pl_status status = r->failed;
  if (status == PL_OK && pl_round_needs_tls(spec, PL_CHECK_PORT))
    status = r->config.tls(r->config.tls_user, spec->ca_file, &tls, error);
  if (status == PL_OK && pl_round_needs_tls(spec, PL_CHECK_PUBLIC))
    status = r->config.tls(r->config.tls_user, spec->public_ca_file, &public_tls, error);
  /* The file could not be read when the batch started. */
  if (status == PL_OK && public_tls != NULL && e->witnesses == NULL)
    status = PL_ERR_IO;
  if (status != PL_OK)
    return status;
  pl_round_config config = {
      .io = r->config.io,
      .host = &r->host,
      .spec = spec,
      .endpoint = e->endpoint,
      .tls = tls,
      .public_tls = public_tls,
      .witnesses = e->witnesses,
      .plan = e->plan,
      .deadline = end < r->deadline - margin ? end : r->deadline - margin,
      .facts = e->facts,
      .ended = on_round_ended,
      .user = e,
  };
  return pl_round_start(&config, &e->round);
}

static pl_nsec start_of(const pl_batch_run *r, size_t i) {
  return r->begun + (pl_nsec)((double)r->batch.spread * (double)i / (double)r->batch.count);
}

static void start_next(pl_batch_run *r) {
  entry *e = &r->entries[r->started++];
  pl_error error = {""};
  e->facts->started = pl_loop_clock(loop_of(r));
  e->facts->wall_time = pl_loop_wall(loop_of(r));
  pl_status status = start_round(e, &error);
  if (status == PL_OK)
    return;
  set_problem(e->facts, error.text[0] != '\0' ? error.text : problem_text(status));
  report(e);
}

static void start_due(pl_batch_run *r) {
  pl_nsec now = pl_loop_now(loop_of(r));
  for (int i = 0; i < STARTS_PER_TURN; i++) {
    if (r->started == r->batch.count || start_of(r, r->started) > now)
      return;
    start_next(r);
  }
}

/* ---- witnesses ------------------------------------------------------------------------------- */

static void on_witnesses(void *user) {
  pl_batch_run *r = user;
  r->changed = true;
  kick(r);
}

static void tell_rounds(pl_batch_run *r) {
  r->changed = false;
  for (size_t i = 0; i < r->started; i++) {
    if (r->entries[i].round != NULL && r->entries[i].witnesses != NULL)
      pl_round_note_witnesses(r->entries[i].round);
  }
}

static pl_status start_witnesses(pl_batch_run *r) {
  pl_witnesses_config config = {
      .io = r->config.io,
      .host = &r->host,
      .deadline = r->deadline - MARGIN / 2,
      .changed = on_witnesses,
      .user = r,
  };
  for (size_t i = 0; i < r->batch.count; i++) {
    entry *e = &r->entries[i];
    pl_tls_context *tls;
    pl_status status = PL_OK;
    if (!pl_spec_runs(e->spec, PL_CHECK_PUBLIC))
      continue;
    if (r->witnesses == NULL)
      status = pl_witnesses_create(&config, &r->witnesses);
    /* Without anchors the round reports what is wrong. */
    if (status == PL_OK &&
        r->config.tls(r->config.tls_user, e->spec->public_ca_file, &tls, NULL) == PL_OK)
      status = pl_witnesses_want(r->witnesses, e->spec, tls, &e->witnesses);
    if (status != PL_OK)
      return status;
  }
  return r->witnesses != NULL ? pl_witnesses_start(r->witnesses) : PL_OK;
}

/* ---- the batch ------------------------------------------------------------------------------- */

static pl_nsec next_instant(const pl_batch_run *r) {
  pl_nsec due = r->deadline;
  if (r->started < r->batch.count && start_of(r, r->started) < due)
    due = start_of(r, r->started);
  return due;
}

static void free_run(pl_batch_run *r) {
  for (size_t i = 0; r->entries != NULL && i < r->batch.count; i++) {
    pl_round_free(r->entries[i].round);
    if (r->entries[i].facts != NULL)
      pl_facts_free(r->entries[i].facts);
    free(r->entries[i].facts);
  }
  pl_witnesses_free(r->witnesses);
  pl_loop_cancel_timer(loop_of(r), &r->timer);
  free(r->entries);
  free(r);
}

static void end_run(pl_batch_run *r) {
  pl_batch_callback on_done = r->batch.on_done;
  void *user = r->batch.user;
  pl_batch_run **link = r->list;
  while (*link != r)
    link = &(*link)->next;
  *link = r->next;
  free_run(r);
  if (on_done != NULL)
    on_done(user);
}

static void run_fired(pl_timer *timer) {
  pl_batch_run *r = PL_CONTAINER_OF(timer, pl_batch_run, timer);
  move_timer(r, r->deadline);
  start_due(r);
  if (r->changed)
    tell_rounds(r);
  if (pl_loop_now(loop_of(r)) >= r->deadline)
    report_rest(r);
  move_timer(r, next_instant(r));
  if (r->reported == r->batch.count)
    end_run(r);
}

static pl_status copy_batch(pl_batch_run *r, const pl_batch *batch) {
  r->batch = *batch;
  r->entries = calloc(batch->count > 0 ? batch->count : 1, sizeof(*r->entries));
  if (r->entries == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < batch->count; i++) {
    entry *e = &r->entries[i];
    e->running = r;
    e->spec = batch->specs[i];
    e->endpoint = batch->endpoints != NULL ? batch->endpoints[i] : NULL;
    e->plan = batch->plans != NULL ? batch->plans[i] : PL_ROUND_PLAN_DEFAULT;
    e->facts = malloc(sizeof(*e->facts));
    if (e->facts == NULL)
      return PL_ERR_MEMORY;
    pl_facts_init(e->facts);
    e->facts->endpoint = e->endpoint;
  }
  return PL_OK;
}

pl_status pl_batch_run_start(const pl_batch_run_config *config, pl_batch_run **list,
                             pl_error *error) {
  pl_loop *loop = config->io->loop;
  pl_batch_run *r = calloc(1, sizeof(*r));
  if (r == NULL)
    return pl_fail_memory(error);
  r->timer.fire = run_fired;
  r->config = *config;
  pl_status status = copy_batch(r, config->batch);
  if (status == PL_OK)
    status = pl_loop_set_timer(loop, &r->timer, pl_loop_now(loop));
  if (status != PL_OK) {
    free_run(r);
    return pl_fail(error, status, "out of memory");
  }
  pl_secure_allow_more(config->io->secure);
  r->begun = pl_loop_clock(loop);
  r->deadline = r->begun + r->batch.timeout;
  r->failed = pl_host_read(&r->host);
  if (r->failed == PL_OK)
    r->failed = start_witnesses(r);
  r->list = list;
  r->next = *list;
  *list = r;
  return PL_OK;
}

void pl_batch_run_note_delay(pl_batch_run *list, pl_nsec delay) {
  for (pl_batch_run *r = list; r != NULL; r = r->next) {
    if (delay > r->delay)
      r->delay = delay;
  }
}

void pl_batch_run_free_all(pl_batch_run **list) {
  while (*list != NULL) {
    pl_batch_run *r = *list;
    *list = r->next;
    free_run(r);
  }
}
