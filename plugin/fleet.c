#include "fleet.h"
#include "aws/poller.h"
#include "facts/endpoint.h"
#include "judge/judge.h"
#include "probe/engine.h"
#include "probe/wire/tls_context.h"
#include "watch.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* A batch takes the endpoints that are due within a window; its starts are spread over it, and its
 * rounds share one pair of witnesses. */
#define WINDOWS 12 /* of the shortest interval */
#define WINDOW_MIN (100 * PL_MSEC)
#define WINDOW_MAX (5 * PL_SEC)
#define TICK_MAX (250 * PL_MSEC)
#define FIRST_GAP (20 * PL_MSEC) /* between the first rounds of two endpoints */
/* Kept for the witnesses' second legs, behind the last round. */
#define AFTER (2 * PL_SEC)
/* How long first rounds wait for the first answer of the EC2 API. */
#define PATIENCE (5 * PL_SEC)
/* How long a round waits for the answer that tells whether an address is the endpoint's. */
#define HELD_MAX (5 * PL_SEC)
#define HANDSHAKING_SHARE 16 /* of MaxConnections: more than that at once only wait for the CPU */

/* One batch under way. */
typedef struct flight {
  struct flight *next;
  pl_fleet *fleet;
  pl_watch **members;
  const pl_spec **specs;
  pl_endpoint **endpoints; /* counted for the flight */
  size_t count;
} flight;

struct pl_fleet {
  pl_config config;
  pl_watch *watches;
  size_t count;
  pl_watch_context context;
  pl_verdict verdict;
  pl_tls_library *library;
  pl_engine *engine;
  pl_aws_environment environment;
  const pl_spec **asked; /* what the poller is to ask for: as watches */
  pl_poller *poller;     /* NULL where nobody has an endpoint id */
  pl_nsec begun, window, next_batch;
  pl_watch **due; /* room for all */
  flight *flights;
  size_t held;          /* watches that hold a round */
  bool short_of_memory; /* has been logged */
  pthread_t thread;
  bool threaded;
  atomic_bool failed; /* the engine has ended by itself */
};

static pl_nsec now_of(const pl_fleet *fleet) {
  return fleet->context.clock.monotonic(fleet->context.clock.user);
}

/* ---- batches -------------------------------------------------------------------------------- */

static void free_flight(flight *f) {
  for (size_t i = 0; f->endpoints != NULL && i < f->count; i++)
    pl_endpoint_unref(f->endpoints[i]);
  free(f->endpoints);
  free(f->members);
  free(f->specs);
  free(f);
}

/* By what EC2 says now, where that tells the addresses. */
static void judge_by(pl_fleet *fleet, const pl_watch *watch, pl_facts *facts,
                     const pl_endpoint *newest) {
  if (pl_endpoint_addresses_known(newest))
    facts->endpoint = newest;
  pl_watch_judge(watch, &fleet->context, facts);
}

/* Takes a round that has been judged. */
static void finish_round(pl_fleet *fleet, pl_watch *watch, pl_facts *facts) {
  watch->running = false;
  pl_watch_conclude(watch, &fleet->context, facts);
  pl_facts_free(facts);
  free(facts);
}

/* Where the addresses that the round began with don't explain what it saw, the newest ones are
 * asked for, and the round waits. */
static void on_round(void *user, size_t index, pl_facts *facts) {
  flight *f = user;
  pl_fleet *fleet = f->fleet;
  pl_watch *watch = f->members[index];
  size_t place = (size_t)(watch - fleet->watches);
  pl_endpoint *newest = NULL;
  pl_watch_judge(watch, &fleet->context, facts);
  if (pl_watch_doubts(watch, &fleet->context, facts)) {
    newest = pl_poller_get(fleet->poller, place);
    judge_by(fleet, watch, facts, newest);
    if (facts->endpoint == newest && pl_watch_doubts(watch, &fleet->context, facts) &&
        pl_poller_hurry(fleet->poller, place)) {
      watch->held = facts;
      watch->known = newest;
      watch->held_until = now_of(fleet) + HELD_MAX;
      fleet->held++;
      return;
    }
  }
  finish_round(fleet, watch, facts);
  pl_endpoint_unref(newest);
}

/* Rounds for which EC2 has answered anew are judged by that; without an answer that tells the
 * addresses, by what was known: one that may be foreign never passes for good. */
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
  flight *f = user;
  flight **link = &f->fleet->flights;
  while (*link != f)
    link = &(*link)->next;
  *link = f->next;
  free_flight(f);
}

static flight *make_flight(pl_fleet *fleet, pl_watch *const *members, size_t count) {
  flight *f = calloc(1, sizeof(*f));
  if (f == NULL)
    return NULL;
  *f = (flight){.fleet = fleet,
                .members = calloc(count, sizeof(*f->members)),
                .specs = calloc(count, sizeof(*f->specs)),
                .endpoints = calloc(count, sizeof(pl_endpoint *)),
                .count = count};
  if (f->members == NULL || f->specs == NULL || f->endpoints == NULL) {
    free_flight(f);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) {
    f->members[i] = members[i];
    f->specs[i] = members[i]->spec;
    if (fleet->poller != NULL)
      f->endpoints[i] = pl_poller_get(fleet->poller, (size_t)(members[i] - fleet->watches));
  }
  return f;
}

/* All of one timeout. Where it can't be started, they are due again one interval later. */
static void start_batch(pl_fleet *fleet, pl_watch *const *members, size_t count) {
  flight *f = make_flight(fleet, members, count);
  pl_batch batch = {
      .specs = f != NULL ? f->specs : NULL,
      .endpoints = f != NULL ? (const pl_endpoint *const *)f->endpoints : NULL,
      .count = count,
      .timeout = members[0]->spec->timeout + fleet->window + AFTER,
      .spread = count > 1 ? fleet->window : 0,
      .on_round = on_round,
      .on_done = on_done,
      .user = f,
  };
  pl_error error = {"out of memory"};
  if (f == NULL || pl_engine_start(fleet->engine, &batch, &error) != PL_OK) {
    if (!fleet->short_of_memory)
      daemon_log(LOG_ERR, "%zu endpoints can't have their round now: %s", count, error.text);
    fleet->short_of_memory = true;
    if (f != NULL)
      free_flight(f);
    return;
  }
  fleet->short_of_memory = false;
  f->next = fleet->flights;
  fleet->flights = f;
  for (size_t i = 0; i < count; i++)
    members[i]->running = true;
}

/* ---- when ----------------------------------------------------------------------------------- */

/* The next point of the watch's grid that is not too near. */
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

/* Whether the EC2 API is about to say for the first time what this endpoint is. */
static bool is_early(pl_fleet *fleet, size_t index, pl_nsec now) {
  if (fleet->poller == NULL || fleet->asked[index]->endpoint_id == NULL ||
      now - fleet->begun > PATIENCE)
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
  if (now < fleet->next_batch)
    return;
  fleet->next_batch = now + fleet->window;
  size_t count = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    pl_watch *watch = &fleet->watches[i];
    if (watch->running || watch->due > now + fleet->window || is_early(fleet, i, now))
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

/* First rounds come soon, one by one; later ones are spread over the interval. */
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
}

/* ---- the EC2 API ---------------------------------------------------------------------------- */

static const char *get_variable(void *user, const char *name) {
  (void)user;
  return getenv(name);
}

/* An endpoint whose configuration is wrong is not asked for. */
static const pl_spec nothing;

static pl_status start_poller(pl_fleet *fleet, pl_error *error) {
  size_t with_id = 0;
  for (size_t i = 0; i < fleet->count; i++) {
    const pl_block *block = fleet->watches[i].block;
    fleet->asked[i] = block->problem == NULL ? &block->spec : &nothing;
    with_id += fleet->asked[i]->endpoint_id != NULL;
  }
  if (with_id == 0)
    return PL_OK;
  pl_status status = pl_aws_environment_read(get_variable, NULL, environ, &fleet->environment);
  pl_poller_config config = {
      .clock = fleet->context.clock,
      .environment = &fleet->environment,
      .interval = fleet->config.common.state_interval,
      .detail_interval = fleet->config.common.detail_interval,
  };
  if (status == PL_OK)
    status = pl_poller_create(&config, fleet->asked, fleet->count, &fleet->poller);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  return pl_poller_start(fleet->poller, error);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void *run(void *arg) {
  pl_fleet *fleet = arg;
  /* Signals are the daemon's. */
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  if (pl_engine_run(fleet->engine) != PL_OK) {
    daemon_log(LOG_ERR, "the event loop failed: every endpoint is UNKNOWN until collectd is "
                        "started again");
    atomic_store(&fleet->failed, true);
  }
  return NULL;
}

static void on_anchors(const char *ca_file, const char *problem, void *user) {
  (void)user;
  if (problem != NULL)
    daemon_log(LOG_ERR, "%s; the trust anchors that were read before stay in use", problem);
  else
    daemon_log(LOG_NOTICE, "%s: its trust anchors are in use now",
               ca_file != NULL ? ca_file : "the system's folder");
}

static pl_status create_engine(pl_fleet *fleet, pl_error *error) {
  unsigned connections = fleet->config.common.max_connections;
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

static pl_status start(pl_fleet *fleet, pl_error *error) {
  pl_status status = pl_tls_library_create(&fleet->library, error);
  if (status == PL_OK)
    status = create_engine(fleet, error);
  if (status == PL_OK)
    status = pl_dispatcher_create(&fleet->context.dispatcher, error);
  if (status == PL_OK)
    status = start_poller(fleet, error);
  if (status != PL_OK)
    return status;
  if (plugin_thread_create(&fleet->thread, run, fleet, PL_PLUGIN) != 0)
    return pl_fail(error, PL_ERR_IO, "no thread can be started for the engine");
  fleet->threaded = true;
  return PL_OK;
}

pl_status pl_fleet_create(pl_config *config, pl_nsec default_interval, pl_fleet **ret_fleet,
                          pl_error *error) {
  pl_fleet *fleet = calloc(1, sizeof(*fleet));
  if (fleet == NULL) {
    pl_config_free(config);
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  }
  fleet->config = *config;
  pl_config_init(config);
  fleet->context = (pl_watch_context){.clock = pl_clock_system(), .verdict = &fleet->verdict};
  atomic_init(&fleet->failed, false);
  size_t count = fleet->config.count;
  fleet->watches = calloc(count, sizeof(*fleet->watches));
  fleet->due = calloc(count, sizeof(*fleet->due));
  pl_status status = PL_OK;
  fleet->asked = calloc(count, sizeof(*fleet->asked));
  if (fleet->watches == NULL || fleet->due == NULL || fleet->asked == NULL)
    status = pl_fail(error, PL_ERR_MEMORY, "out of memory");
  for (; status == PL_OK && fleet->count < count; fleet->count++)
    pl_watch_init(&fleet->watches[fleet->count], &fleet->config.blocks[fleet->count],
                  default_interval);
  if (status == PL_OK) {
    plan(fleet);
    status = start(fleet, error);
  }
  if (status == PL_OK)
    *ret_fleet = fleet;
  else
    pl_fleet_free(fleet);
  return status;
}

void pl_fleet_free(pl_fleet *fleet) {
  if (fleet == NULL)
    return;
  if (fleet->threaded) {
    pl_engine_stop(fleet->engine);
    pthread_join(fleet->thread, NULL);
  }
  pl_poller_free(fleet->poller);
  pl_engine_free(fleet->engine);
  pl_tls_library_free(fleet->library);
  pl_dispatcher_free(fleet->context.dispatcher);
  while (fleet->flights != NULL) {
    flight *f = fleet->flights;
    fleet->flights = f->next;
    free_flight(f);
  }
  for (size_t i = 0; i < fleet->count; i++)
    pl_watch_free(&fleet->watches[i]);
  free(fleet->watches);
  free(fleet->due);
  free(fleet->asked);
  pl_aws_environment_free(&fleet->environment);
  pl_config_free(&fleet->config);
  free(fleet);
}

/* ---- for read callbacks --------------------------------------------------------------------- */

size_t pl_fleet_count(const pl_fleet *fleet) { return fleet->count; }

const char *pl_fleet_name(const pl_fleet *fleet, size_t index) {
  return fleet->watches[index].block->name;
}

pl_nsec pl_fleet_interval(const pl_fleet *fleet, size_t index) {
  return fleet->watches[index].interval;
}

/* Nothing is measured any more, and nobody may take that for silence. */
static pl_sample *make_unknown(const pl_fleet *fleet) {
  pl_sample *sample = NULL;
  pl_verdict *verdict = malloc(sizeof(*verdict));
  if (verdict == NULL)
    return NULL;
  pl_judge_unusable("the event loop failed", verdict);
  pl_status status = pl_sample_create(
      verdict, NULL, fleet->context.clock.wall(fleet->context.clock.user), &sample);
  free(verdict);
  return status == PL_OK ? sample : NULL;
}

pl_sample *pl_fleet_take(pl_fleet *fleet, size_t index) {
  pl_sample *sample = pl_watch_take(&fleet->watches[index]);
  return sample == NULL && atomic_load(&fleet->failed) ? make_unknown(fleet) : sample;
}
