/* Asks the EC2 API about the endpoints of one run, in threads beside the engine. */
#include "ec2.h"
#include "aws/poller.h"
#include "probe/wire/tls_context.h"
#include "process.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Part of the time that is left when the run begins: enough for one answer of a busy API, and short
 * enough that two silent attempts at a public address still fit after it. */
#define HEAD_START_MAX (3 * PL_SEC)
#define HEAD_START_PART 3 / 10
#define LAST_WORD (200 * PL_MSEC)

struct pl_ec2_run {
  pl_aws_environment own; /* if the caller gave none */
  const pl_aws_environment *environment;
  pl_poller *poller;
  pl_clock clock;
  pl_nsec deadline;
  pl_nsec head_start; /* an instant */
  size_t count;
  pl_endpoint **first, **last; /* at the head start, and at the end; counted */
};

static const char *read_variable(void *user, const char *name) {
  (void)user;
  return getenv(name);
}

/* The copies stay out of core dumps, but the environment does not, and /proc/PID/environ shows it.
 */
static void forget_secrets(void) {
  static const char *const names[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    char *value = getenv(names[i]);
    if (value == NULL)
      continue;
    explicit_bzero(value, strlen(value));
    unsetenv(names[i]);
  }
}

/* A run without any probe can wait for the API until its end. */
static bool probes_anything(const pl_spec *const *specs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if ((specs[i]->checks & ~PL_CHECK_BIT(PL_CHECK_STATE)) != 0)
      return true;
  }
  return false;
}

static bool any_endpoint(const pl_spec *const *specs, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (specs[i]->endpoint_id != NULL)
      return true;
  }
  return false;
}

pl_status pl_ec2_environment_read(pl_aws_environment *ret_environment, pl_error *error) {
  pl_aws_environment environment;
  pl_status status = pl_aws_environment_read(read_variable, NULL, environ, &environment);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  environment.group = pl_process_note_group;
  status = pl_tls_library_init(error); /* before the threads of the AWS client */
  if (status != PL_OK) {
    pl_aws_environment_free(&environment);
    return status;
  }
  forget_secrets();
  *ret_environment = environment;
  return PL_OK;
}

static pl_status start_poller(pl_ec2_run *state, const pl_spec *const *specs, pl_error *error) {
  pl_poller_config config = {
      .clock = state->clock,
      .environment = state->environment,
      /* Early enough that the run still reports the result. */
      .deadline = state->deadline - LAST_WORD,
  };
  pl_status status = pl_poller_create(&config, specs, state->count, &state->poller);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  return pl_poller_start(state->poller, error);
}

pl_status pl_ec2_run_start(const pl_spec *const *specs, size_t count, const pl_clock *clock,
                           pl_nsec deadline, const pl_aws_environment *environment,
                           pl_ec2_run **ret_state, pl_error *error) {
  if (!any_endpoint(specs, count)) {
    *ret_state = NULL;
    return PL_OK;
  }
  pl_ec2_run *state = calloc(1, sizeof(*state));
  if (state == NULL)
    return pl_fail_memory(error);
  pl_nsec now = pl_clock_now(clock);
  pl_nsec part = (deadline - now) * HEAD_START_PART;
  state->clock = *clock;
  state->deadline = deadline;
  state->head_start = now + (part < HEAD_START_MAX ? part : HEAD_START_MAX);
  if (!probes_anything(specs, count))
    state->head_start = deadline;
  state->count = count;
  state->first = calloc(count, sizeof(*state->first));
  state->last = calloc(count, sizeof(*state->last));
  state->environment = environment != NULL ? environment : &state->own;
  pl_status status = PL_OK;
  if (state->first == NULL || state->last == NULL)
    status = pl_fail_memory(error);
  else if (environment == NULL)
    status = pl_ec2_environment_read(&state->own, error);
  if (status == PL_OK)
    status = start_poller(state, specs, error);
  if (status != PL_OK) {
    pl_ec2_run_free(state);
    return status;
  }
  *ret_state = state;
  return PL_OK;
}

static const pl_endpoint *const *take(pl_ec2_run *state, pl_endpoint **endpoints) {
  for (size_t i = 0; i < state->count; i++) {
    pl_endpoint_unref(endpoints[i]);
    endpoints[i] = pl_poller_get(state->poller, i);
  }
  return (const pl_endpoint *const *)endpoints;
}

const pl_endpoint *const *pl_ec2_run_head_start(pl_ec2_run *state) {
  bool whole = pl_poller_wait(state->poller, state->head_start);
  (void)whole; /* missing entries are NULL, and their requests continue */
  return take(state, state->first);
}

const pl_endpoint *const *pl_ec2_run_final(pl_ec2_run *state) {
  bool whole = pl_poller_wait(state->poller, state->deadline);
  (void)whole; /* what is still missing is UNKNOWN */
  return take(state, state->last);
}

const pl_endpoint *pl_ec2_run_set_pending(pl_ec2_run *state, size_t index, int64_t since) {
  pl_endpoint *copy;
  if (pl_endpoint_copy(state->last[index], &copy) == PL_OK) {
    copy->pending_since = since;
    pl_endpoint_unref(state->last[index]);
    state->last[index] = copy;
  }
  return state->last[index];
}

void pl_ec2_run_free(pl_ec2_run *state) {
  if (state == NULL)
    return;
  pl_poller_free(state->poller);
  for (size_t i = 0; i < state->count; i++) {
    if (state->first != NULL)
      pl_endpoint_unref(state->first[i]);
    if (state->last != NULL)
      pl_endpoint_unref(state->last[i]);
  }
  free(state->first);
  free(state->last);
  pl_aws_environment_free(&state->own);
  free(state);
}
