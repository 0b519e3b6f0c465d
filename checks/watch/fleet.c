/* Starts and stops the threads that watch all endpoints. */
#include "watch/fleet.h"
#include "evidence/log/sign.h"
#include "judge/judge.h"
#include "probe/wire/tls_context.h"
#include "watch/schedule.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <time.h>

#define TEST_POLL (25 * PL_MSEC)
/* One in so many of --max-connections may be in a handshake: more would only wait for the CPU. */
#define HANDSHAKING_SHARE 16

struct pl_fleet {
  pl_block *blocks; /* owned */
  pl_pool *pool;    /* with what their specs share; NULL without memory */
  size_t block_count;
  pl_watch *watches;
  size_t count;
  pl_watch **by_name;
  pl_rounds rounds; /* with the engine and the poller, which are owned */
  pl_schedule schedule;
  const pl_front *front;
  pl_verdict verdict;
  pl_memory memory;
  int64_t judged;
  pl_dispatcher *dispatcher;
  char *state_dir; /* owned; NULL if there is none */
  pl_tls_library *library;
  pl_aws_environment environment;
  const pl_spec **asked; /* what the poller asks EC2 for; same order as `watches` */
  size_t unsent;         /* notifications */
  pthread_t thread;
  bool has_thread;
};

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

static int compare_watches(const void *a, const void *b) {
  return strcmp((*(pl_watch *const *)a)->block->name, (*(pl_watch *const *)b)->block->name);
}

static void sort_names(pl_fleet *fleet) {
  for (size_t i = 0; i < fleet->count; i++)
    fleet->by_name[i] = &fleet->watches[i];
  qsort(fleet->by_name, fleet->count, sizeof(*fleet->by_name), compare_watches);
}

static int compare_name(const void *name, const void *member) {
  return strcmp(name, (*(pl_watch *const *)member)->block->name);
}

static pl_watch *find(const pl_fleet *fleet, const char *name) {
  pl_watch **found =
      bsearch(name, fleet->by_name, fleet->count, sizeof(*fleet->by_name), compare_name);
  return found != NULL ? *found : NULL;
}

/* ---- the EC2 API ---------------------------------------------------------------------------- */

/* For an endpoint with a mistake in its configuration: the poller does not ask for it. */
static const pl_spec empty_spec;

/* An endpoint that is pending has been so since an earlier fleet saw it. */
static void keep_pending(pl_fleet *fleet, const pl_fleet *before) {
  if (before->rounds.poller == NULL)
    return;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_watch *old = find(before, fleet->watches[i].block->name);
    if (old == NULL)
      continue;
    pl_endpoint *known = pl_poller_get(before->rounds.poller, (size_t)(old - before->watches));
    if (known != NULL && known->pending_since > 0)
      pl_poller_note_pending(fleet->rounds.poller, i, known);
    pl_endpoint_unref(known);
  }
}

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
      .clock = fleet->rounds.context.clock,
      .environment = &fleet->environment,
      .interval = options->common->state_interval,
      .detail_interval = options->common->detail_interval,
  };
  if (status == PL_OK)
    status = pl_poller_create(&config, fleet->asked, fleet->count, &fleet->rounds.poller);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  if (options->before != NULL)
    keep_pending(fleet, options->before);
  return pl_poller_start(fleet->rounds.poller, error);
}

/* ---- the engine ----------------------------------------------------------------------------- */

static void *run(void *arg) {
  pl_fleet *fleet = arg;
  /* The program's own threads handle signals. */
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  if (pl_engine_run(fleet->rounds.engine) != PL_OK)
    pl_front_log(fleet->front, LOG_ERR, NULL,
                 "the event loop failed: every endpoint is UNKNOWN until %s restarts",
                 fleet->front->program);
  return NULL;
}

static void on_tick(pl_engine *engine, void *user) {
  pl_fleet *fleet = user;
  (void)engine;
  pl_schedule_tick(&fleet->schedule);
}

static void on_anchors(const char *ca_file, const char *problem, void *user) {
  const pl_fleet *fleet = user;
  if (problem != NULL)
    pl_front_log(fleet->front, LOG_ERR, NULL,
                 "%s; the trust anchors that were read before stay in use", problem);
  else
    pl_front_log(fleet->front, LOG_NOTICE, NULL, "%s: its trust anchors are in use now",
                 ca_file != NULL ? ca_file : "the system's folder");
}

static pl_status create_engine(pl_fleet *fleet, const pl_spec *common, pl_error *error) {
  unsigned connections = common->max_connections;
  unsigned handshaking = connections / HANDSHAKING_SHARE;
  pl_nsec window = fleet->schedule.window;
  pl_engine_config config = {
      .clock = fleet->rounds.context.clock,
      .library = fleet->library,
      .remember_chains = common->chain_memory,
      .max_connecting = connections - handshaking,
      .max_handshaking = handshaking,
      .tick = window < PL_SCHEDULE_TICK_MAX ? window : PL_SCHEDULE_TICK_MAX,
      .on_tick = on_tick,
      .on_anchors = on_anchors,
      .user = fleet,
  };
  return pl_engine_create(&config, &fleet->rounds.engine, error);
}

/* ---- the log of the start ------------------------------------------------------------------- */

static void log_connections(const pl_fleet *fleet, unsigned wanted, unsigned long descriptors) {
  unsigned left = pl_engine_max_connections(fleet->rounds.engine);
  if (wanted == 0)
    wanted = PL_ENGINE_CONNECTING + PL_ENGINE_HANDSHAKING;
  if (left < wanted)
    pl_front_log(fleet->front, LOG_WARNING, NULL,
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
  fleet->front->add_name(&buf, first->block->name);
  pl_front_log(fleet->front, LOG_WARNING, NULL,
               "--timeout is longer than --interval for %zu endpoint%s, such as %s: %g s and %g s. "
               "A round may take that long, and the next one then starts later; values are sent "
               "with an interval of %g s",
               count, plural(count), name, pl_seconds(first->block->spec.timeout),
               pl_seconds(first->interval), pl_seconds(first->value_interval));
}

/* Else the owner would never learn that a restart ends an alarm. */
static void log_read_only(const pl_fleet *fleet) {
  const pl_keep *first = NULL;
  size_t count = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_keep *keep = &fleet->watches[i].keep;
    if (!keep->read_only)
      continue;
    first = first != NULL ? first : keep;
    count++;
  }
  if (first != NULL)
    pl_front_log(fleet->front, LOG_WARNING, NULL,
                 "the state directory %s belongs to another user: for %zu endpoint%s it is read, "
                 "and not written, so a restart forgets alarms and baselines",
                 first->dir, count, plural(count));
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
      fleet->front, LOG_NOTICE, NULL,
      "watching %zu endpoint%s every %s s, %zu in the EC2 API, %zu left out for mistakes; at "
      "most %u connections, %lu descriptors",
      count, plural(count), interval, with_id, left_out,
      pl_engine_max_connections(fleet->rounds.engine), (unsigned long)limit.rlim_cur);
  log_connections(fleet, max_connections, (unsigned long)limit.rlim_cur);
  log_timeouts(fleet);
  log_read_only(fleet);
}

/* ---- the evidence log ----------------------------------------------------------------------- */

/* A test writes no line, but the key must be one. */
static void test_key(const pl_fleet *fleet, pl_watch *watch) {
  const pl_block *block = watch->block;
  pl_signing_key *key;
  pl_error error;
  if (block->problem != NULL || block->spec.evidence == NULL || block->spec.evidence_key == NULL)
    return;
  if (pl_signing_key_read(block->spec.evidence_key, &key, &error) == PL_OK) {
    pl_signing_key_free(key);
    return;
  }
  pl_front_log(fleet->front, LOG_ERR, block->name, "--evidence-key: %s", error.text);
  atomic_store(&watch->has_mistake, true);
}

static pl_status start_scribe(pl_fleet *fleet, pl_error *error) {
  const pl_watch_context *context = &fleet->rounds.context;
  size_t with_log = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_block *block = fleet->watches[i].block;
    with_log += block->problem == NULL && block->spec.evidence != NULL;
    if (context->testing)
      test_key(fleet, &fleet->watches[i]);
  }
  if (with_log == 0 || context->testing)
    return PL_OK;
  return pl_scribe_create(fleet->front, fleet->dispatcher, &context->clock, context->host, with_log,
                          &fleet->rounds.context.scribe, error);
}

/* ---- start and stop ------------------------------------------------------------------------- */

static void stop_engine(pl_fleet *fleet) {
  if (!fleet->has_thread)
    return;
  pl_engine_stop(fleet->rounds.engine);
  pthread_join(fleet->thread, NULL);
  fleet->has_thread = false;
}

/* The engine, and what writes the results of its rounds. */
static void stop_rounds(pl_fleet *fleet) {
  pl_watch_context *context = &fleet->rounds.context;
  stop_engine(fleet);
  pl_keeper_free(context->keeper);
  context->keeper = NULL;
  pl_scribe_free(context->scribe);
  context->scribe = NULL;
}

static void replace(pl_fleet *fleet, pl_fleet *before) {
  stop_rounds(before);
  fleet->dispatcher = before->dispatcher;
  before->dispatcher = NULL;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_watch *old = find(before, fleet->watches[i].block->name);
    if (old != NULL)
      pl_watch_continue(&fleet->watches[i], old);
  }
}

static pl_status start(pl_fleet *fleet, const pl_fleet_options *options, pl_error *error) {
  const pl_front *front = fleet->front;
  unsigned max_connections = options->common->max_connections;
  pl_status status = pl_tls_library_create(&fleet->library, error);
  if (status == PL_OK)
    status = create_engine(fleet, options->common, error);
  if (status == PL_OK && options->before != NULL)
    replace(fleet, options->before);
  if (status == PL_OK && fleet->dispatcher == NULL && front->notify != NULL)
    status = pl_dispatcher_create(front, &fleet->dispatcher, error);
  if (status == PL_OK)
    status = pl_keeper_create(front, fleet->dispatcher, &fleet->rounds.context.keeper, error);
  if (status == PL_OK)
    status = start_scribe(fleet, error);
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

/* Strings and lists of the endpoints are mostly the same ones. */
static void share_specs(pl_fleet *fleet) {
  if (pl_pool_create(&fleet->pool) != PL_OK)
    return; /* each endpoint keeps its own */
  for (size_t i = 0; i < fleet->block_count; i++)
    pl_spec_share(&fleet->blocks[i].spec, fleet->pool);
  pl_pool_close(fleet->pool);
}

static void free_blocks(pl_block *blocks, size_t count) {
  for (size_t i = 0; i < count; i++)
    pl_block_free(&blocks[i]);
  free(blocks);
}

/* All arrays, the watches and their context. */
static pl_status create_watches(pl_fleet *fleet, size_t count, const pl_fleet_options *options) {
  fleet->watches = calloc(count, sizeof(*fleet->watches));
  fleet->asked = calloc(count, sizeof(*fleet->asked));
  fleet->by_name = calloc(count, sizeof(*fleet->by_name));
  fleet->state_dir = options->state_dir != NULL ? strdup(options->state_dir) : NULL;
  if (fleet->watches == NULL || fleet->asked == NULL || fleet->by_name == NULL ||
      (options->state_dir != NULL && fleet->state_dir == NULL))
    return PL_ERR_MEMORY;
  for (; fleet->count < count; fleet->count++)
    pl_watch_init(&fleet->watches[fleet->count], options->front, &fleet->blocks[fleet->count],
                  options->interval, fleet->state_dir);
  uint64_t host = pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID);
  fleet->rounds = (pl_rounds){.watches = fleet->watches,
                              .count = count,
                              .context = {.front = options->front,
                                          .clock = pl_clock_system(),
                                          .host = host,
                                          .network = pl_moment_network(host, PL_NET_NAMESPACE),
                                          .memory = &fleet->memory,
                                          .judged = &fleet->judged,
                                          .verdict = &fleet->verdict,
                                          .testing = options->testing}};
  return PL_OK;
}

pl_status pl_fleet_create(pl_block *blocks, size_t count, const pl_fleet_options *options,
                          pl_fleet **ret_fleet, pl_error *error) {
  pl_fleet *fleet = calloc(1, sizeof(*fleet));
  if (fleet == NULL) {
    free_blocks(blocks, count);
    return pl_fail_memory(error);
  }
  *fleet = (pl_fleet){.blocks = blocks, .block_count = count, .front = options->front};
  share_specs(fleet);
  pl_status status = create_watches(fleet, count, options);
  if (status == PL_OK)
    status = pl_schedule_init(&fleet->schedule, &fleet->rounds);
  if (status == PL_OK) {
    sort_names(fleet);
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
  stop_rounds(fleet);
  fleet->unsent = pl_dispatcher_free(fleet->dispatcher);
  fleet->dispatcher = NULL;
}

void pl_fleet_free(pl_fleet *fleet) {
  if (fleet == NULL)
    return;
  pl_fleet_stop(fleet);
  pl_poller_free(fleet->rounds.poller);
  pl_engine_free(fleet->rounds.engine);
  pl_tls_library_free(fleet->library);
  stop_rounds(fleet);
  (void)pl_dispatcher_free(fleet->dispatcher);
  pl_rounds_free(&fleet->rounds);
  pl_schedule_free(&fleet->schedule);
  for (size_t i = 0; i < fleet->count; i++)
    pl_watch_free(&fleet->watches[i]);
  free(fleet->watches);
  free(fleet->asked);
  free(fleet->by_name);
  pl_aws_environment_free(&fleet->environment);
  free(fleet->state_dir);
  free_blocks(fleet->blocks, fleet->block_count);
  pl_pool_free(fleet->pool);
  free(fleet);
}

/* ---- for read callbacks --------------------------------------------------------------------- */

size_t pl_fleet_unsent(const pl_fleet *fleet) { return fleet->unsent; }

void pl_fleet_announce(pl_fleet *fleet, pl_event *event) {
  if (fleet->dispatcher != NULL)
    pl_dispatcher_add(fleet->dispatcher, event, fleet->schedule.window);
  else
    pl_event_free(event);
}

size_t pl_fleet_count(const pl_fleet *fleet) { return fleet->count; }

const char *pl_fleet_name(const pl_fleet *fleet, size_t index) {
  return fleet->watches[index].block->name;
}

bool pl_fleet_has(const pl_fleet *fleet, const char *name) { return find(fleet, name) != NULL; }

bool pl_fleet_is_late(pl_fleet *fleet, const char *name) {
  pl_watch *watch = find(fleet, name);
  return watch != NULL &&
         pl_watch_check(watch, &fleet->rounds.context) == PL_WATCH_BEGINS_TO_BE_LATE;
}

static void hurry(pl_watch *watch) { atomic_store(&watch->is_hurried, true); }

void pl_fleet_hurry(pl_fleet *fleet, const char *name) {
  pl_watch *watch = name != NULL ? find(fleet, name) : NULL;
  if (watch != NULL)
    hurry(watch);
  for (size_t i = 0; name == NULL && i < fleet->count; i++)
    hurry(&fleet->watches[i]);
  pl_schedule_hurry(&fleet->schedule);
}

bool pl_fleet_test(pl_fleet *fleet, const char *name, pl_buf *line) {
  pl_watch *watch = find(fleet, name);
  char *outcome = NULL;
  bool in_time = true;
  while (watch != NULL && outcome == NULL && in_time) {
    nanosleep(&(struct timespec){.tv_nsec = TEST_POLL}, NULL);
    outcome = atomic_exchange(&watch->outcome, NULL);
    in_time = outcome != NULL || pl_watch_check(watch, &fleet->rounds.context) == PL_WATCH_IN_TIME;
  }
  pl_buf_add(line, outcome != NULL ? outcome : "UNKNOWN: no round has ended");
  free(outcome);
  return watch != NULL && in_time && !atomic_load(&watch->has_mistake);
}
