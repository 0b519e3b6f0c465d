/* Starts batches of rounds, and turns what they saw into verdicts. */
#include "watch/rounds.h"
#include "facts/endpoint.h"
#include <stdlib.h>
#include <syslog.h>

/* How often in a row a round is repeated because the process stood still in it. */
#define REPEATS_MAX 2

/* A batch that has started and not ended. */
typedef struct active_batch {
  struct active_batch *next;
  pl_rounds *rounds;
  pl_watch **members;
  const pl_spec **specs;
  pl_endpoint **endpoints; /* one reference each */
  pl_round_plan *plans;
  size_t count;
  unsigned freezes; /* of the engine, when it started */
} active_batch;

static void free_batch(active_batch *active) {
  for (size_t i = 0; active->endpoints != NULL && i < active->count; i++)
    pl_endpoint_unref(active->endpoints[i]);
  free(active->endpoints);
  free(active->plans);
  free(active->members);
  free(active->specs);
  free(active);
}

/* Judges by what is known of the endpoint now, if that is something. */
static void judge_by(pl_rounds *rounds, const pl_watch *watch, pl_facts *facts,
                     const pl_endpoint *newest) {
  if (newest != NULL && newest->known)
    facts->endpoint = newest;
  pl_watch_judge(watch, &rounds->context, facts);
}

/* Reports a round that has been judged, and frees its facts. */
static void finish_round(pl_rounds *rounds, pl_watch *watch, pl_facts *facts) {
  watch->running = false;
  pl_watch_report(watch, &rounds->context, facts);
  pl_facts_free(facts);
  free(facts);
}

/* A round in which this process stood still (suspend, SIGSTOP) proves nothing, and after a resume
 * it would page. It is repeated at once, unless it saw an open public endpoint. On a machine that
 * stands still all the time, rounds count. */
static bool must_be_repeated(const active_batch *active, pl_watch *watch) {
  bool froze = pl_engine_freezes(active->rounds->engine) != active->freezes;
  bool is_open = active->rounds->context.verdict->public_verdict == PL_PUBLIC_OPEN &&
                 watch->spec->expect_public == PL_EXPECT_BLOCKED;
  if (!froze || is_open || watch->repeated == REPEATS_MAX) {
    watch->repeated = 0;
    return false;
  }
  watch->repeated++;
  return true;
}

static void repeat_round(pl_rounds *rounds, pl_watch *watch, pl_facts *facts) {
  watch->running = false;
  watch->due = pl_clock_now(&rounds->context.clock);
  pl_facts_free(facts);
  free(facts);
}

/* If DNS named an address that the endpoint did not have when the round began, the round is judged
 * again with newer addresses. It is held until EC2 has answered. */
static void on_round(void *user, size_t index, pl_facts *facts) {
  active_batch *active = user;
  pl_rounds *rounds = active->rounds;
  pl_watch *watch = active->members[index];
  size_t position = (size_t)(watch - rounds->watches);
  pl_endpoint *newest = NULL;
  pl_watch_judge(watch, &rounds->context, facts);
  if (must_be_repeated(active, watch)) {
    repeat_round(rounds, watch, facts);
    return;
  }
  if (pl_watch_needs_newer_addresses(watch, &rounds->context, facts)) {
    newest = pl_poller_get(rounds->poller, position);
    judge_by(rounds, watch, facts, newest);
    if (facts->endpoint == newest &&
        pl_watch_needs_newer_addresses(watch, &rounds->context, facts) &&
        pl_poller_hurry(rounds->poller, position)) {
      watch->held = facts;
      watch->known = newest;
      watch->held_until = pl_clock_now(&rounds->context.clock) + PL_WATCH_HELD_MAX;
      rounds->held++;
      return;
    }
  }
  finish_round(rounds, watch, facts);
  pl_endpoint_unref(newest);
}

/* EC2 did not answer in time: what it said before this round is old. `*endpoint` is exchanged. */
static void make_old(pl_endpoint **endpoint) {
  pl_endpoint *copy;
  if (pl_endpoint_copy(*endpoint, &copy) != PL_OK)
    return;
  pl_endpoint_set_addresses_old(copy);
  pl_endpoint_unref(*endpoint);
  *endpoint = copy;
}

void pl_rounds_release_held(pl_rounds *rounds, pl_nsec now) {
  for (size_t i = 0; i < rounds->count && rounds->held > 0; i++) {
    pl_watch *watch = &rounds->watches[i];
    if (watch->held == NULL)
      continue;
    pl_endpoint *newest = pl_poller_get(rounds->poller, i);
    if (newest != watch->known || now >= watch->held_until) {
      pl_facts *facts = watch->held;
      watch->held = NULL;
      rounds->held--;
      if (newest != NULL && newest == watch->known)
        make_old(&newest);
      judge_by(rounds, watch, facts, newest);
      finish_round(rounds, watch, facts);
      pl_endpoint_unref(watch->known);
      watch->known = NULL;
    }
    pl_endpoint_unref(newest);
  }
}

static void on_done(void *user) {
  active_batch *active = user;
  active_batch **link = &active->rounds->active;
  while (*link != active)
    link = &(*link)->next;
  *link = active->next;
  free_batch(active);
}

static active_batch *make_batch(pl_rounds *rounds, pl_watch *const *members, size_t count) {
  active_batch *active = calloc(1, sizeof(*active));
  if (active == NULL)
    return NULL;
  *active = (active_batch){.rounds = rounds,
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
    active->plans[i] = pl_watch_plan(members[i], &rounds->context);
    if (rounds->poller != NULL)
      active->endpoints[i] = pl_poller_get(rounds->poller, (size_t)(members[i] - rounds->watches));
  }
  return active;
}

void pl_rounds_start(pl_rounds *rounds, pl_watch *const *members, size_t count, pl_nsec window) {
  active_batch *active = make_batch(rounds, members, count);
  pl_batch batch = {
      .specs = active != NULL ? active->specs : NULL,
      .endpoints = active != NULL ? (const pl_endpoint *const *)active->endpoints : NULL,
      .plans = active != NULL ? active->plans : NULL,
      .count = count,
      .timeout = members[0]->spec->timeout + window + PL_ROUNDS_AFTER,
      .spread = count > 1 ? window : 0,
      .on_round = on_round,
      .on_done = on_done,
      .user = active,
  };
  pl_error error = {"out of memory"};
  if (active == NULL || pl_engine_start(rounds->engine, &batch, &error) != PL_OK) {
    if (!rounds->skipping)
      pl_front_log(rounds->context.front, LOG_ERR, NULL, "%zu endpoint%s skip%s a round: %s", count,
                   count == 1 ? "" : "s", count == 1 ? "s" : "", error.text);
    rounds->skipping = true;
    if (active != NULL)
      free_batch(active);
    return;
  }
  rounds->skipping = false;
  active->freezes = pl_engine_freezes(rounds->engine);
  active->next = rounds->active;
  rounds->active = active;
  for (size_t i = 0; i < count; i++)
    members[i]->running = true;
}

void pl_rounds_free(pl_rounds *rounds) {
  while (rounds->active != NULL) {
    active_batch *active = rounds->active;
    rounds->active = active->next;
    free_batch(active);
  }
}
