/* Runs the engine's thread, which starts batches of rounds when they are due. */
#include "watch/fleet.h"
#include "aws/poller.h"
#include "facts/endpoint.h"
#include "judge/judge.h"
#include "probe/engine.h"
#include "probe/wire/tls_context.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <time.h>

/* A batch takes the endpoints that are due within a window, and spreads the starts of their rounds
 * over it. Its rounds share the witnesses. */
#define WINDOWS 12 /* of the shortest interval */
#define WINDOW_MIN (100 * PL_MSEC)
#define WINDOW_MAX (5 * PL_SEC)
#define TICK_MAX (250 * PL_MSEC)
#define FIRST_GAP (20 * PL_MSEC) /* between the first rounds of two endpoints */
/* Time to report the last rounds, where the loop is late. */
#define AFTER (2 * PL_SEC)
/* How long the first round of an endpoint waits for the first answer of the EC2 API. */
#define FIRST_ANSWER_MAX (5 * PL_SEC)
/* How often in a row a round is repeated because the process stood still in it. */
#define REPEATS_MAX 2
/* One in so many of MaxConnections may be in a handshake: more would only wait for the CPU. */
#define HANDSHAKING_SHARE 16

/* A batch that has started and not ended. */
typedef struct active_batch {
  struct active_batch *next;
  pl_fleet *fleet;
  pl_watch **members;
  const pl_spec **specs;
  pl_endpoint **endpoints; /* one reference each */
  pl_round_plan *plans;
  size_t count;
  unsigned freezes; /* of the engine, when it started */
} active_batch;

struct pl_fleet {
  pl_block *blocks; /* owned */
  size_t block_count;
  pl_watch *watches;
  size_t count;
  pl_watch **by_name;
  pl_watch_context context;
  pl_verdict verdict;
  pl_memory memory;
  pl_dispatcher *dispatcher;
  char *state_dir; /* owned; NULL if there is none */
  pl_tls_library *library;
  pl_engine *engine;
  pl_aws_environment environment;
  const pl_spec **asked; /* what the poller asks EC2 for; same order as `watches` */
  pl_poller *poller;     /* NULL if no endpoint has an endpoint id */
  pl_nsec begun, window, next_batch;
  pl_watch **due; /* room for all watches */
  active_batch *active;
  size_t unsent; /* notifications */
  size_t held;   /* watches that hold a round */
  bool skipping; /* the last batch could not start, which has been logged */
  pthread_t thread;
  bool has_thread;
  atomic_bool is_hurried; /* some watch is */
};

static pl_nsec now_of(const pl_fleet *fleet) {
  return fleet->context.clock.monotonic(fleet->context.clock.user);
}

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

/* ---- batches -------------------------------------------------------------------------------- */

static void free_batch(active_batch *active) {
  for (size_t i = 0; active->endpoints != NULL && i < active->count; i++)
    pl_endpoint_unref(active->endpoints[i]);
  free(active->endpoints);
  free(active->plans);
  free(active->members);
  free(active->specs);
  free(active);
}

/* Judges by the newest answer of EC2, if that has the addresses. */
static void judge_by(pl_fleet *fleet, const pl_watch *watch, pl_facts *facts,
                     const pl_endpoint *newest) {
  if (pl_endpoint_addresses_known(newest))
    facts->endpoint = newest;
  pl_watch_judge(watch, &fleet->context, facts);
}

/* Reports a round that has been judged, and frees its facts. */
static void finish_round(pl_fleet *fleet, pl_watch *watch, pl_facts *facts) {
  watch->running = false;
  pl_watch_report(watch, &fleet->context, facts);
  pl_facts_free(facts);
  free(facts);
}

/* A round in which this process stood still (suspend, SIGSTOP) proves nothing, and after a resume
 * it would page. It is repeated at once, unless it saw an open public endpoint. On a machine that
 * stands still all the time, rounds count. */
static bool must_be_repeated(const active_batch *active, pl_watch *watch) {
  bool froze = pl_engine_freezes(active->fleet->engine) != active->freezes;
  bool is_open = active->fleet->verdict.public_verdict == PL_PUBLIC_OPEN &&
                 watch->spec->expect_public == PL_EXPECT_BLOCKED;
  if (!froze || is_open || watch->repeated == REPEATS_MAX) {
    watch->repeated = 0;
    return false;
  }
  watch->repeated++;
  return true;
}

static void repeat_round(pl_fleet *fleet, pl_watch *watch, pl_facts *facts) {
  watch->running = false;
  watch->due = now_of(fleet);
  pl_facts_free(facts);
  free(facts);
}

/* If DNS named an address that the endpoint did not have when the round began, the round is judged
 * again with newer addresses. It is held until EC2 has answered. */
static void on_round(void *user, size_t index, pl_facts *facts) {
  active_batch *active = user;
  pl_fleet *fleet = active->fleet;
  pl_watch *watch = active->members[index];
  size_t position = (size_t)(watch - fleet->watches);
  pl_endpoint *newest = NULL;
  pl_watch_judge(watch, &fleet->context, facts);
  if (must_be_repeated(active, watch)) {
    repeat_round(fleet, watch, facts);
    return;
  }
  if (pl_watch_needs_newer_addresses(watch, &fleet->context, facts)) {
    newest = pl_poller_get(fleet->poller, position);
    judge_by(fleet, watch, facts, newest);
    if (facts->endpoint == newest &&
        pl_watch_needs_newer_addresses(watch, &fleet->context, facts) &&
        pl_poller_hurry(fleet->poller, position)) {
      watch->held = facts;
      watch->known = newest;
      watch->held_until = now_of(fleet) + PL_WATCH_HELD_MAX;
      fleet->held++;
      return;
    }
  }
  finish_round(fleet, watch, facts);
  pl_endpoint_unref(newest);
}

/* Judges held rounds again when EC2 has answered. Without an answer that has the addresses, the old
 * addresses stay in force: an address that may be foreign is never taken as good. */
static void release_held(pl_fleet *fleet, pl_nsec now) {
  for (size_t i = 0; i < fleet->count && fleet->held > 0; i++) {
    pl_watch *watch = &fleet->watches[i];
    if (watch->held == NULL)
      continue;
    pl_endpoint *newest = pl_poller_get(fleet->poller, i);
    if (newest != watch->known || now >= watch->held_until) {
      pl_facts *facts = watch->held;
      watch->held = NULL;
      fleet->held--;
      judge_by(fleet, watch, facts, newest);
      finish_round(fleet, watch, facts);
      pl_endpoint_unref(watch->known);
      watch->known = NULL;
    }
    pl_endpoint_unref(newest);
  }
}

static void on_done(void *user) {
  active_batch *active = user;
  active_batch **link = &active->fleet->active;
  while (*link != active)
    link = &(*link)->next;
  *link = active->next;
  free_batch(active);
}

static active_batch *make_batch(pl_fleet *fleet, pl_watch *const *members, size_t count) {
  active_batch *active = calloc(1, sizeof(*active));
  if (active == NULL)
    return NULL;
  *active = (active_batch){.fleet = fleet,
                           .members = calloc(count, sizeof(*active->members)),
                           .specs = calloc(count, sizeof(*active->specs)),
                           .endpoints = calloc(count, sizeof(pl_endpoint *)),
                           .plans = calloc(count, sizeof(*active->plans)),
                           .count = count};
  if (active->members == NULL || active->specs == NULL || active->endpoints == NULL ||
      active->plans == NULL) {
    free_batch(active);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) {
    active->members[i] = members[i];
    active->specs[i] = members[i]->spec;
    active->plans[i] = pl_watch_plan(members[i], &fleet->context);
    if (fleet->poller != NULL)
      active->endpoints[i] = pl_poller_get(fleet->poller, (size_t)(members[i] - fleet->watches));
  }
  return active;
}

/* All members have the same timeout. If the batch cannot start, they skip this round. */
static void start_batch(pl_fleet *fleet, pl_watch *const *members, size_t count) {
  active_batch *active = make_batch(fleet, members, count);
  pl_batch batch = {
      .specs = active != NULL ? active->specs : NULL,
      .endpoints = active != NULL ? (const pl_endpoint *const *)active->endpoints : NULL,
      .plans = active != NULL ? active->plans : NULL,
      .count = count,
      .timeout = members[0]->spec->timeout + fleet->window + AFTER,
      .spread = count > 1 ? fleet->window : 0,
      .on_round = on_round,
      .on_done = on_done,
      .user = active,
  };
  pl_error error = {"out of memory"};
  if (active == NULL || pl_engine_start(fleet->engine, &batch, &error) != PL_OK) {
    if (!fleet->skipping)
      pl_front_log(fleet->context.front, LOG_ERR, NULL, "%zu endpoint%s skip%s a round: %s", count,
                   plural(count), count == 1 ? "s" : "", error.text);
    fleet->skipping = true;
    if (active != NULL)
      free_batch(active);
    return;
  }
  fleet->skipping = false;
  active->freezes = pl_engine_freezes(fleet->engine);
  active->next = fleet->active;
  fleet->active = active;
  for (size_t i = 0; i < count; i++)
    members[i]->running = true;
}

/* ---- schedule ------------------------------------------------------------------------------- */

/* Moves `due` to the next point of the watch's grid that is at least a quarter of an interval away.
 */
static void move_due(pl_watch *watch, pl_nsec now) {
  pl_nsec earliest = now + watch->interval / 4;
  pl_nsec rounds = (earliest - watch->phase + watch->interval - 1) / watch->interval;
  watch->due = watch->phase + (rounds > 0 ? rounds : 0) * watch->interval;
}

static int compare_due(const void *a, const void *b) {
  const pl_watch *first = *(pl_watch *const *)a, *second = *(pl_watch *const *)b;
  pl_nsec by_timeout = first->spec->timeout - second->spec->timeout;
  pl_nsec by_due = first->due - second->due;
  pl_nsec order = by_timeout != 0 ? by_timeout : by_due;
  return (order > 0) - (order < 0);
}

/* Whether the round must wait, because the EC2 API has not answered for this endpoint yet. */
static bool is_early(pl_fleet *fleet, size_t index, pl_nsec now) {
  if (fleet->poller == NULL || fleet->asked[index]->endpoint_id == NULL ||
      now - fleet->begun > FIRST_ANSWER_MAX)
    return false;
  pl_endpoint *endpoint = pl_poller_get(fleet->poller, index);
  pl_endpoint_unref(endpoint);
  return endpoint == NULL;
}

static void on_tick(pl_engine *engine, void *user) {
  pl_fleet *fleet = user;
  (void)engine;
  pl_nsec now = now_of(fleet);
  release_held(fleet, now);
  if (!atomic_exchange(&fleet->is_hurried, false) && now < fleet->next_batch)
    return;
  fleet->next_batch = now + fleet->window;
  size_t count = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    pl_watch *watch = &fleet->watches[i];
    if (watch->running || is_early(fleet, i, now))
      continue;
    if (!atomic_exchange(&watch->is_hurried, false) && watch->due > now + fleet->window)
      continue;
    if (pl_watch_prepare(watch, &fleet->context))
      fleet->due[count++] = watch;
    else
      move_due(watch, now);
  }
  qsort(fleet->due, count, sizeof(*fleet->due), compare_due);
  for (size_t first = 0, end; first < count; first = end) {
    pl_nsec timeout = fleet->due[first]->spec->timeout;
    for (end = first; end < count && fleet->due[end]->spec->timeout == timeout; end++)
      move_due(fleet->due[end], now);
    start_batch(fleet, &fleet->due[first], end - first);
  }
}

/* First rounds start soon, one by one. Later rounds are spread over the interval. */
static void plan(pl_fleet *fleet) {
  pl_nsec now = now_of(fleet), shortest = WINDOWS * WINDOW_MAX;
  for (size_t i = 0; i < fleet->count; i++) {
    pl_watch *watch = &fleet->watches[i];
    pl_nsec offset = (pl_nsec)((double)watch->interval * (double)i / (double)fleet->count);
    pl_nsec soon = (pl_nsec)i * FIRST_GAP;
    watch->phase = now + offset;
    watch->due = now + (soon < offset ? soon : offset);
    if (watch->interval < shortest)
      shortest = watch->interval;
  }
  fleet->window = shortest / WINDOWS > WINDOW_MIN ? shortest / WINDOWS : WINDOW_MIN;
  fleet->begun = now;
  fleet->next_batch = now;
  for (size_t i = 0; i < fleet->count; i++) {
    pl_watch *watch = &fleet->watches[i];
    atomic_store(&watch->ended, watch->due + FIRST_ANSWER_MAX);
    pl_watch_set_interval(watch, watch->block->spec.timeout + 2 * fleet->window + AFTER);
  }
}

static int compare_watches(const void *a, const void *b) {
  return strcmp((*(pl_watch *const *)a)->block->name, (*(pl_watch *const *)b)->block->name);
}

static void sort_names(pl_fleet *fleet) {
  for (size_t i = 0; i < fleet->count; i++)
    fleet->by_name[i] = &fleet->watches[i];
  qsort(fleet->by_name, fleet->count, sizeof(*fleet->by_name), compare_watches);
}

/* ---- the EC2 API ---------------------------------------------------------------------------- */

/* For an endpoint with a mistake in its configuration: the poller does not ask for it. */
static const pl_spec empty_spec;

static pl_status start_poller(pl_fleet *fleet, const pl_fleet_options *options, pl_error *error) {
  size_t with_id = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_block *block = fleet->watches[i].block;
    fleet->asked[i] = block->problem == NULL ? &block->spec : &empty_spec;
    with_id += fleet->asked[i]->endpoint_id != NULL;
  }
  if (with_id == 0)
    return PL_OK;
  pl_status status =
      pl_aws_environment_read(options->variable, NULL, options->process, &fleet->environment);
  pl_poller_config config = {
      .clock = fleet->context.clock,
      .environment = &fleet->environment,
      .interval = options->common->state_interval,
      .detail_interval = options->common->detail_interval,
  };
  if (status == PL_OK)
    status = pl_poller_create(&config, fleet->asked, fleet->count, &fleet->poller);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  return pl_poller_start(fleet->poller, error);
}

/* ---- the engine ----------------------------------------------------------------------------- */

static void *run(void *arg) {
  pl_fleet *fleet = arg;
  /* The program's own threads handle signals. */
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  if (pl_engine_run(fleet->engine) != PL_OK)
    pl_front_log(fleet->context.front, LOG_ERR, NULL,
                 "the event loop failed: every endpoint is UNKNOWN until %s restarts",
                 fleet->context.front->program);
  return NULL;
}

static void on_anchors(const char *ca_file, const char *problem, void *user) {
  const pl_fleet *fleet = user;
  if (problem != NULL)
    pl_front_log(fleet->context.front, LOG_ERR, NULL,
                 "%s; the trust anchors that were read before stay in use", problem);
  else
    pl_front_log(fleet->context.front, LOG_NOTICE, NULL, "%s: its trust anchors are in use now",
                 ca_file != NULL ? ca_file : "the system's folder");
}

static pl_status create_engine(pl_fleet *fleet, unsigned connections, pl_error *error) {
  unsigned handshaking = connections / HANDSHAKING_SHARE;
  pl_engine_config config = {
      .clock = fleet->context.clock,
      .library = fleet->library,
      .max_connecting = connections - handshaking,
      .max_handshaking = handshaking,
      .tick = fleet->window < TICK_MAX ? fleet->window : TICK_MAX,
      .on_tick = on_tick,
      .on_anchors = on_anchors,
      .user = fleet,
  };
  return pl_engine_create(&config, &fleet->engine, error);
}

/* ---- the log of the start ------------------------------------------------------------------- */

static void log_connections(const pl_fleet *fleet, unsigned wanted, unsigned long descriptors) {
  unsigned left = pl_engine_max_connections(fleet->engine);
  if (wanted == 0)
    wanted = PL_ENGINE_CONNECTING + PL_ENGINE_HANDSHAKING;
  if (left < wanted)
    pl_front_log(fleet->context.front, LOG_WARNING, NULL,
                 "at most %u connections instead of %u, because the daemon may open only %lu "
                 "files: raise LimitNOFILE in its systemd unit, or set --max-connections to %u",
                 left, wanted, descriptors, left);
}

/* Rounds do not overlap: the interval of such an endpoint becomes as long as its round. */
static void log_timeouts(const pl_fleet *fleet) {
  const pl_watch *first = NULL;
  size_t count = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_watch *watch = &fleet->watches[i];
    if (watch->block->problem != NULL || watch->block->spec.timeout <= watch->interval)
      continue;
    first = first != NULL ? first : watch;
    count++;
  }
  if (first == NULL)
    return;
  char name[PL_LIMIT_NAME * 2];
  pl_buf buf;
  pl_buf_fixed(&buf, name, sizeof(name));
  fleet->context.front->add_name(&buf, first->block->name);
  pl_front_log(fleet->context.front, LOG_WARNING, NULL,
               "--timeout is longer than --interval for %zu endpoint%s, such as %s: %g s and %g s. "
               "A round may take that long, and the next one then starts later; values are sent "
               "with an interval of %g s",
               count, plural(count), name, pl_seconds(first->block->spec.timeout),
               pl_seconds(first->interval), pl_seconds(first->value_interval));
}

static void log_start(const pl_fleet *fleet, unsigned max_connections) {
  pl_nsec shortest = fleet->watches[0].interval, longest = shortest;
  size_t left_out = 0, with_id = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_watch *watch = &fleet->watches[i];
    shortest = watch->interval < shortest ? watch->interval : shortest;
    longest = watch->interval > longest ? watch->interval : longest;
    left_out += watch->block->problem != NULL;
    with_id += watch->block->problem == NULL && watch->block->spec.endpoint_id != NULL;
  }
  struct rlimit limit = {0};
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  char interval[64];
  pl_buf buf;
  pl_buf_fixed(&buf, interval, sizeof(interval));
  pl_buf_add_number(&buf, pl_seconds(shortest), 3);
  if (longest != shortest) {
    pl_buf_add(&buf, " to ");
    pl_buf_add_number(&buf, pl_seconds(longest), 3);
  }
  size_t count = fleet->count - left_out;
  pl_front_log(
      fleet->context.front, LOG_NOTICE, NULL,
      "watching %zu endpoint%s every %s s, %zu in the EC2 API, %zu left out for mistakes; at "
      "most %u connections, %lu descriptors",
      count, plural(count), interval, with_id, left_out, pl_engine_max_connections(fleet->engine),
      (unsigned long)limit.rlim_cur);
  log_connections(fleet, max_connections, (unsigned long)limit.rlim_cur);
  log_timeouts(fleet);
}

/* ---- start and stop ------------------------------------------------------------------------- */

static pl_status start(pl_fleet *fleet, const pl_fleet_options *options, pl_error *error) {
  const pl_front *front = fleet->context.front;
  unsigned max_connections = options->common->max_connections;
  pl_status status = pl_tls_library_create(&fleet->library, error);
  if (status == PL_OK)
    status = create_engine(fleet, max_connections, error);
  if (status == PL_OK && fleet->dispatcher == NULL && front->notify != NULL)
    status = pl_dispatcher_create(front, &fleet->dispatcher, error);
  if (status == PL_OK)
    status = pl_keeper_create(front, fleet->dispatcher, &fleet->context.keeper, error);
  if (status == PL_OK)
    status = start_poller(fleet, options, error);
  if (status != PL_OK)
    return status;
  log_start(fleet, max_connections);
  if (front->start_thread(&fleet->thread, run, fleet, "privatelink") != 0)
    return pl_fail(error, PL_ERR_IO, "cannot start the thread of the engine");
  fleet->has_thread = true;
  return PL_OK;
}

static void stop_engine(pl_fleet *fleet) {
  if (!fleet->has_thread)
    return;
  pl_engine_stop(fleet->engine);
  pthread_join(fleet->thread, NULL);
  fleet->has_thread = false;
}

static pl_watch *find(const pl_fleet *fleet, const char *name);

static void replace(pl_fleet *fleet, pl_fleet *before) {
  stop_engine(before);
  pl_keeper_free(before->context.keeper);
  before->context.keeper = NULL;
  fleet->dispatcher = before->dispatcher;
  before->dispatcher = NULL;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_watch *old = find(before, fleet->watches[i].block->name);
    if (old != NULL)
      pl_watch_continue(&fleet->watches[i], old);
  }
}

static void free_blocks(pl_block *blocks, size_t count) {
  for (size_t i = 0; i < count; i++)
    pl_block_free(&blocks[i]);
  free(blocks);
}

/* All arrays, and the watches. */
static pl_status create_watches(pl_fleet *fleet, size_t count, const pl_fleet_options *options) {
  fleet->watches = calloc(count, sizeof(*fleet->watches));
  fleet->due = calloc(count, sizeof(*fleet->due));
  fleet->asked = calloc(count, sizeof(*fleet->asked));
  fleet->by_name = calloc(count, sizeof(*fleet->by_name));
  fleet->state_dir = options->state_dir != NULL ? strdup(options->state_dir) : NULL;
  if (fleet->watches == NULL || fleet->due == NULL || fleet->asked == NULL ||
      fleet->by_name == NULL || (options->state_dir != NULL && fleet->state_dir == NULL))
    return PL_ERR_MEMORY;
  for (; fleet->count < count; fleet->count++)
    pl_watch_init(&fleet->watches[fleet->count], options->front, &fleet->blocks[fleet->count],
                  options->interval, fleet->state_dir);
  return PL_OK;
}

pl_status pl_fleet_create(pl_block *blocks, size_t count, const pl_fleet_options *options,
                          pl_fleet **ret_fleet, pl_error *error) {
  pl_fleet *fleet = calloc(1, sizeof(*fleet));
  if (fleet == NULL) {
    free_blocks(blocks, count);
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  }
  *fleet = (pl_fleet){.blocks = blocks, .block_count = count};
  fleet->context = (pl_watch_context){.front = options->front,
                                      .clock = pl_clock_system(),
                                      .host = pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID),
                                      .memory = &fleet->memory,
                                      .verdict = &fleet->verdict,
                                      .testing = options->testing};
  atomic_init(&fleet->is_hurried, false);
  pl_status status = create_watches(fleet, count, options);
  if (status == PL_OK) {
    sort_names(fleet);
    plan(fleet);
    if (options->before != NULL)
      replace(fleet, options->before);
    status = start(fleet, options, error);
  } else {
    (void)pl_fail(error, status, "out of memory");
  }
  if (status == PL_OK)
    *ret_fleet = fleet;
  else
    pl_fleet_free(fleet);
  return status;
}

void pl_fleet_stop(pl_fleet *fleet) {
  if (!fleet->has_thread)
    return;
  stop_engine(fleet);
  pl_keeper_free(fleet->context.keeper);
  fleet->context.keeper = NULL;
  fleet->unsent = pl_dispatcher_free(fleet->dispatcher);
  fleet->dispatcher = NULL;
}

void pl_fleet_free(pl_fleet *fleet) {
  if (fleet == NULL)
    return;
  pl_fleet_stop(fleet);
  pl_poller_free(fleet->poller);
  pl_engine_free(fleet->engine);
  pl_tls_library_free(fleet->library);
  pl_keeper_free(fleet->context.keeper);
  (void)pl_dispatcher_free(fleet->dispatcher);
  while (fleet->active != NULL) {
    active_batch *active = fleet->active;
    fleet->active = active->next;
    free_batch(active);
  }
  for (size_t i = 0; i < fleet->count; i++)
    pl_watch_free(&fleet->watches[i]);
  free(fleet->watches);
  free(fleet->due);
  free(fleet->asked);
  free(fleet->by_name);
  pl_aws_environment_free(&fleet->environment);
  free(fleet->state_dir);
  free_blocks(fleet->blocks, fleet->block_count);
  free(fleet);
}

/* ---- for read callbacks --------------------------------------------------------------------- */

size_t pl_fleet_unsent(const pl_fleet *fleet) { return fleet->unsent; }

size_t pl_fleet_count(const pl_fleet *fleet) { return fleet->count; }

const char *pl_fleet_name(const pl_fleet *fleet, size_t index) {
  return fleet->watches[index].block->name;
}

static int compare_name(const void *name, const void *member) {
  return strcmp(name, (*(pl_watch *const *)member)->block->name);
}

static pl_watch *find(const pl_fleet *fleet, const char *name) {
  pl_watch **found =
      bsearch(name, fleet->by_name, fleet->count, sizeof(*fleet->by_name), compare_name);
  return found != NULL ? *found : NULL;
}

bool pl_fleet_has(const pl_fleet *fleet, const char *name) { return find(fleet, name) != NULL; }

bool pl_fleet_is_late(pl_fleet *fleet, const char *name) {
  pl_watch *watch = find(fleet, name);
  return watch != NULL && pl_watch_check(watch, &fleet->context) == PL_WATCH_BEGINS_TO_BE_LATE;
}

static void hurry(pl_watch *watch) { atomic_store(&watch->is_hurried, true); }

void pl_fleet_hurry(pl_fleet *fleet, const char *name) {
  pl_watch *watch = name != NULL ? find(fleet, name) : NULL;
  if (watch != NULL)
    hurry(watch);
  for (size_t i = 0; name == NULL && i < fleet->count; i++)
    hurry(&fleet->watches[i]);
  atomic_store(&fleet->is_hurried, true); /* for the next tick */
}

bool pl_fleet_test(pl_fleet *fleet, const char *name, pl_buf *line) {
  pl_watch *watch = find(fleet, name);
  char *outcome = NULL;
  bool in_time = true;
  while (watch != NULL && outcome == NULL && in_time) {
    nanosleep(&(struct timespec){.tv_nsec = TICK_MAX / 10}, NULL);
    outcome = atomic_exchange(&watch->outcome, NULL);
    in_time = outcome != NULL || pl_watch_check(watch, &fleet->context) == PL_WATCH_IN_TIME;
  }
  pl_buf_add(line, outcome != NULL ? outcome : "UNKNOWN: no round has ended");
  free(outcome);
  return watch != NULL && in_time && !atomic_load(&watch->has_mistake);
}
