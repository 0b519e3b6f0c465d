/* Runs the queries of all groups in a few threads, and publishes their answers. */
#include "aws/poller.h"
#include "aws/ec2/ec2.h"
#include "base/condition.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_AGE_MAX (3600 * PL_SEC) /* older answers are dropped */

/* The endpoints of one account and region. */
typedef struct group {
  pl_ec2 *ec2;
  const size_t *members; /* indices into specs */
  size_t count;
  pl_nsec due;   /* the next query */
  pl_nsec early; /* the last early query */
  bool running;  /* a thread queries it now */
  bool asked;    /* at least once */
  bool renew;    /* the next query is an early one */
} group;

/* That an endpoint was pending, for another poller. */
typedef struct noted {
  pl_endpoint_state state;
  int64_t since; /* 0: it was not */
} noted;

struct pl_poller {
  pl_poller_config config;
  const pl_spec *const *specs;
  size_t count;
  pl_endpoint **endpoints; /* newest, for each spec; under `lock` */
  noted *noted;            /* of each spec; NULL: none was pending */
  size_t *order;           /* indices of the specs that have an id, sorted by group */
  group *groups;
  group **owners; /* of each spec; NULL: it has no id */
  size_t group_count;
  pthread_t threads[PL_LIMIT_AWS_THREADS];
  unsigned thread_count;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* a group was queried, or the poller ends */
  atomic_bool ending;
};

/* ---- groups --------------------------------------------------------------------------------- */

static int compare_text(const char *a, const char *b) {
  if (a == NULL || b == NULL)
    return (a != NULL) - (b != NULL);
  return strcmp(a, b);
}

static int compare_account(const pl_spec *a, const pl_spec *b) {
  const char *const x[] = {a->aws_profile, a->aws_role_arn,     a->aws_external_id,
                           a->region,      a->aws_endpoint_url, a->aws_readable_file};
  const char *const y[] = {b->aws_profile, b->aws_role_arn,     b->aws_external_id,
                           b->region,      b->aws_endpoint_url, b->aws_readable_file};
  int order = 0;
  for (size_t i = 0; i < PL_COUNT_OF(x) && order == 0; i++)
    order = compare_text(x[i], y[i]);
  return order;
}

static int compare_index(const void *a, const void *b, void *user) {
  const pl_spec *const *specs = user;
  size_t x = *(const size_t *)a, y = *(const size_t *)b;
  int order = compare_account(specs[x], specs[y]);
  return order != 0 ? order : (x > y) - (x < y);
}

static pl_status add_group(pl_poller *poller, const size_t *members, size_t count) {
  const pl_spec *spec = poller->specs[members[0]];
  pl_ec2_config config = {
      .profile = spec->aws_profile,
      .role_arn = spec->aws_role_arn,
      .external_id = spec->aws_external_id,
      .region = spec->region,
      .endpoint_url = spec->aws_endpoint_url,
      .readable_file = spec->aws_readable_file,
      .clock = poller->config.clock,
      .detail_interval = poller->config.detail_interval,
      .environment = poller->config.environment,
  };
  group *g = &poller->groups[poller->group_count];
  pl_status status = pl_ec2_create(&config, &g->ec2);
  if (status != PL_OK)
    return status;
  g->members = members;
  g->count = count;
  for (size_t i = 0; i < count; i++)
    poller->owners[members[i]] = g;
  poller->group_count++;
  return PL_OK;
}

static pl_status make_groups(pl_poller *poller) {
  size_t named = 0;
  for (size_t i = 0; i < poller->count; i++) {
    if (poller->specs[i]->endpoint_id != NULL)
      poller->order[named++] = i;
  }
  if (named > 1)
    qsort_r(poller->order, named, sizeof(*poller->order), compare_index,
            (void *)(uintptr_t)poller->specs);
  for (size_t start = 0, end; start < named; start = end) {
    end = start + 1;
    while (end < named && compare_account(poller->specs[poller->order[start]],
                                          poller->specs[poller->order[end]]) == 0)
      end++;
    pl_status status = add_group(poller, poller->order + start, end - start);
    if (status != PL_OK)
      return status;
  }
  return PL_OK;
}

pl_status pl_poller_create(const pl_poller_config *config, const pl_spec *const *specs,
                           size_t count, pl_poller **ret_poller) {
  pl_poller *poller = calloc(1, sizeof(*poller));
  if (poller == NULL)
    return PL_ERR_MEMORY;
  size_t room = count == 0 ? 1 : count;
  poller->config = *config;
  poller->specs = specs;
  poller->count = count;
  pthread_mutex_init(&poller->lock, NULL);
  pl_condition_init(&poller->changed);
  poller->endpoints = calloc(room, sizeof(pl_endpoint *));
  poller->order = calloc(room, sizeof(*poller->order));
  poller->groups = calloc(room, sizeof(*poller->groups));
  poller->owners = calloc(room, sizeof(group *));
  pl_status status = PL_ERR_MEMORY;
  if (poller->endpoints != NULL && poller->order != NULL && poller->groups != NULL &&
      poller->owners != NULL)
    status = make_groups(poller);
  if (status != PL_OK) {
    pl_poller_free(poller);
    return status;
  }
  *ret_poller = poller;
  return PL_OK;
}

/* ---- publishing ----------------------------------------------------------------------------- */

static bool is_pending(const pl_endpoint *endpoint) {
  return endpoint->known && (endpoint->state == PL_ENDPOINT_STATE_PENDING ||
                             endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE);
}

/* A copy of the old endpoint with the new outcome, because the query failed. NULL: the old endpoint
 * is of no use. */
static pl_endpoint *carry_over(const pl_endpoint *old, const pl_endpoint *fresh, pl_nsec now) {
  pl_endpoint *copy;
  if (old == NULL || !old->known || fresh->known || fresh->outcome == PL_EC2_NOT_FOUND ||
      pl_endpoint_age(old, now) > KNOWN_AGE_MAX || pl_endpoint_copy(old, &copy) != PL_OK)
    return NULL;
  pl_endpoint_set_addresses_old(copy);
  copy->outcome = fresh->outcome;
  memcpy(copy->code, fresh->code, sizeof(copy->code));
  memcpy(copy->message, fresh->message, sizeof(copy->message));
  memcpy(copy->denied, fresh->denied, sizeof(copy->denied));
  memcpy(copy->credentials, fresh->credentials, sizeof(copy->credentials));
  memcpy(copy->region, fresh->region, sizeof(copy->region));
  return copy;
}

/* Under the lock. Owns `fresh` from now on. */
static void publish(pl_poller *poller, size_t index, pl_endpoint *fresh) {
  const pl_poller_config *config = &poller->config;
  pl_endpoint *old = poller->endpoints[index];
  pl_endpoint *carried = carry_over(old, fresh, pl_clock_now(&config->clock));
  /* The daemon knows when it first saw the state. The check knows only the creation time. */
  if (config->interval > 0 && is_pending(fresh)) {
    bool same = old != NULL && is_pending(old) && old->state == fresh->state;
    fresh->pending_since = same ? old->pending_since : pl_clock_wall_seconds(&config->clock);
    const noted *before = poller->noted != NULL ? &poller->noted[index] : NULL;
    bool first = old == NULL || !old->known;
    if (first && before != NULL && before->since > 0 && before->state == fresh->state)
      fresh->pending_since = before->since;
  }
  if (carried != NULL) {
    pl_endpoint_unref(fresh);
    fresh = carried;
  }
  poller->endpoints[index] = fresh;
  pl_endpoint_unref(old);
}

void pl_poller_note_pending(pl_poller *poller, size_t index, const pl_endpoint *known) {
  const char *id = poller->specs[index]->endpoint_id;
  if (id == NULL || strcmp(id, known->id) != 0 || !is_pending(known))
    return;
  if (poller->noted == NULL)
    poller->noted = calloc(poller->count, sizeof(*poller->noted));
  if (poller->noted != NULL) /* else it counts from now */
    poller->noted[index] = (noted){.state = known->state, .since = known->pending_since};
}

pl_endpoint *pl_poller_get(pl_poller *poller, size_t index) {
  pthread_mutex_lock(&poller->lock);
  pl_endpoint *endpoint = pl_endpoint_ref(poller->endpoints[index]);
  pthread_mutex_unlock(&poller->lock);
  return endpoint;
}

/* ---- queries -------------------------------------------------------------------------------- */

/* Without the lock: only this thread uses the group. */
static void ask(pl_poller *poller, group *g, pl_nsec started) {
  const pl_poller_config *config = &poller->config;
  /* It must end before the next interval begins. */
  pl_nsec deadline = config->interval > 0 ? started + config->interval / 10 * 9 : config->deadline;
  const char **ids = calloc(g->count, sizeof(*ids));
  pl_endpoint **fresh = calloc(g->count, sizeof(pl_endpoint *));
  if (ids != NULL && fresh != NULL) {
    for (size_t i = 0; i < g->count; i++)
      ids[i] = poller->specs[g->members[i]]->endpoint_id;
    if (pl_ec2_fetch(g->ec2, ids, g->count, deadline, &poller->ending, fresh) == PL_OK) {
      pthread_mutex_lock(&poller->lock);
      for (size_t i = 0; i < g->count; i++)
        publish(poller, g->members[i], fresh[i]);
      pthread_mutex_unlock(&poller->lock);
    }
  }
  free(ids);
  free(fresh);
}

/* Under the lock: the group that is due next and is not being queried. NULL: there is none. */
static group *next_group(pl_poller *poller) {
  group *next = NULL;
  for (size_t i = 0; i < poller->group_count; i++) {
    group *g = &poller->groups[i];
    bool finished = g->asked && poller->config.interval == 0;
    if (!g->running && !finished && (next == NULL || g->due < next->due))
      next = g;
  }
  return next;
}

/* Under the lock. */
static void wait_until(pl_poller *poller, pl_nsec instant) {
  pl_condition_wait(&poller->changed, &poller->lock, instant);
}

/* The first query is immediate. A random part of an interval then spreads agents that were started
 * at the same time. */
static pl_nsec next_due(const pl_poller *poller, const group *g, pl_nsec started) {
  pl_nsec interval = poller->config.interval;
  if (g->asked)
    return started + interval;
  return started + interval / 2 + (pl_nsec)(pl_aws_random() * (double)interval);
}

static void *work(void *user) {
  pl_poller *poller = user;
  const pl_poller_config *config = &poller->config;
  pthread_mutex_lock(&poller->lock);
  while (!atomic_load(&poller->ending)) {
    group *g = next_group(poller);
    pl_nsec now = pl_clock_now(&config->clock);
    if (g == NULL && config->interval == 0)
      break;
    if (g == NULL || g->due > now) {
      wait_until(poller, g == NULL ? now + PL_SEC : g->due);
      continue;
    }
    g->running = true;
    if (g->renew)
      pl_ec2_renew_interfaces(g->ec2);
    g->renew = false;
    pthread_mutex_unlock(&poller->lock);
    ask(poller, g, now);
    pthread_mutex_lock(&poller->lock);
    g->due = next_due(poller, g, now);
    g->running = false;
    g->asked = true;
    pthread_cond_broadcast(&poller->changed);
    if (config->asked != NULL) {
      pthread_mutex_unlock(&poller->lock); /* the callback may call pl_poller_get */
      config->asked(config->user);
      pthread_mutex_lock(&poller->lock);
    }
  }
  pthread_mutex_unlock(&poller->lock);
  return NULL;
}

bool pl_poller_hurry(pl_poller *poller, size_t index) {
  const pl_clock *clock = &poller->config.clock;
  bool soon = false;
  pthread_mutex_lock(&poller->lock);
  group *g = poller->owners[index];
  const pl_endpoint *newest = poller->endpoints[index];
  /* If the API throttles or fails, there is no early query. */
  if (g != NULL && newest != NULL && newest->outcome == PL_EC2_FOUND) {
    pl_nsec now = pl_clock_now(clock);
    if (!g->running && !g->renew) {
      pl_nsec allowed = g->early == 0 ? now : g->early + PL_LIMIT_AWS_EARLY * PL_SEC;
      g->early = now > allowed ? now : allowed;
      g->due = g->due < g->early ? g->due : g->early;
      g->renew = true;
      pthread_cond_broadcast(&poller->changed);
    }
    soon = g->running || g->due <= now + PL_SEC;
  }
  pthread_mutex_unlock(&poller->lock);
  return soon;
}

/* The new thread blocks all signals, so the threads of the program handle them. */
static int start_thread(pl_poller *poller) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&poller->threads[poller->thread_count], NULL, work, poller);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0)
    poller->thread_count++;
  return error;
}

pl_status pl_poller_start(pl_poller *poller, pl_error *error) {
  size_t wanted =
      poller->group_count < PL_LIMIT_AWS_THREADS ? poller->group_count : PL_LIMIT_AWS_THREADS;
  while (poller->thread_count < wanted) {
    int why = start_thread(poller);
    if (why != 0 && poller->thread_count == 0)
      return pl_fail(error, PL_ERR_IO, "no thread for the EC2 API: %s", strerror(why));
    if (why != 0)
      break; /* fewer threads are enough */
  }
  return PL_OK;
}

static bool all_asked(const pl_poller *poller) {
  for (size_t i = 0; i < poller->group_count; i++) {
    if (!poller->groups[i].asked)
      return false;
  }
  return true;
}

bool pl_poller_wait(pl_poller *poller, pl_nsec deadline) {
  const pl_clock *clock = &poller->config.clock;
  pthread_mutex_lock(&poller->lock);
  bool done;
  while (!(done = all_asked(poller)) && pl_clock_now(clock) < deadline)
    wait_until(poller, deadline);
  pthread_mutex_unlock(&poller->lock);
  return done;
}

void pl_poller_free(pl_poller *poller) {
  if (poller == NULL)
    return;
  atomic_store(&poller->ending, true);
  pthread_mutex_lock(&poller->lock);
  pthread_cond_broadcast(&poller->changed);
  pthread_mutex_unlock(&poller->lock);
  for (unsigned i = 0; i < poller->thread_count; i++)
    pthread_join(poller->threads[i], NULL);
  for (size_t i = 0; i < poller->group_count; i++)
    pl_ec2_free(poller->groups[i].ec2);
  for (size_t i = 0; poller->endpoints != NULL && i < poller->count; i++)
    pl_endpoint_unref(poller->endpoints[i]);
  pthread_cond_destroy(&poller->changed);
  pthread_mutex_destroy(&poller->lock);
  free(poller->endpoints);
  free(poller->noted);
  free(poller->order);
  free(poller->groups);
  free(poller->owners);
  free(poller);
}
