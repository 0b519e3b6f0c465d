/* Runs the rounds of all endpoints through the engine, and judges them. */
#include "run.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include "log/add.h"
#include "memory/private_evidence.h"
#include "probe/engine.h"
#include "recall.h"
#include "record.h"
#include <stdlib.h>
#include <string.h>

typedef struct runner {
  const pl_args *args;
  const pl_clock *clock;
  pl_outcome *outcome;
  const pl_spec **specs; /* of the usable endpoints, in the order of args */
  size_t *indexes;       /* of each of them in args->endpoints */
  pl_round_plan *plans;  /* of each of them; NULL if nothing is remembered */
  size_t usable;
  pl_recall recall;
  pl_recorder recorder;
  pl_evidence_run evidence;
  bool has_log; /* an endpoint has an evidence log */
  bool out_of_memory;
} runner;

/* Without -v, a large run has no room for the performance data of endpoints that are OK, except for
 * a few. So the facts and verdicts of the others are freed: for thousands of endpoints they take
 * hundreds of megabytes. All of them share this one. */
#define KEPT_FINE 16
static const pl_verdict fine = {
    .severity = PL_SEVERITY_OK,
    .checks = {[PL_CHECK_STATE] = {.ran = true}},
    .public_verdict = PL_PUBLIC_BLOCKED,
};

static bool is_kept(const pl_args *args, size_t index, const pl_verdict *verdict) {
  bool brief = args->verbosity == 0 && args->form == PL_FORM_TEXT && !args->explain;
  return !brief || index < KEPT_FINE || pl_verdict_unproven(verdict) ||
         verdict->severity != PL_SEVERITY_OK;
}

/* NULL is fine. */
static void free_facts(pl_facts *facts) {
  if (facts != NULL)
    pl_facts_free(facts);
  free(facts);
}

/* The endpoint of the facts, as it is with what earlier runs saw. */
static void recall_pending(runner *r, size_t index, pl_facts *facts, pl_error *error) {
  *error = (pl_error){0};
  if (!pl_spec_runs(r->specs[index], PL_CHECK_STATE) || facts->endpoint == NULL ||
      !facts->endpoint->known)
    return;
  int64_t since = pl_recall_pending(&r->recall, r->specs[index], facts->endpoint, error);
  if (since > 0)
    facts->endpoint = pl_ec2_run_set_pending(r->outcome->state, index, since);
}

/* A note of the check `state`, if the first sight of a pending endpoint can't be kept. */
static void add_unkept(const pl_error *unkept, pl_verdict *verdict) {
  if (unkept->text[0] != '\0')
    pl_verdict_add(verdict, PL_CHECK_STATE, PL_REASON_NONE, PL_SEVERITY_OK, NULL, "%s",
                   unkept->text);
}

/* Takes over the facts. */
static void judge_round(runner *r, size_t index, pl_facts *facts) {
  size_t index_in_args = r->indexes[index];
  pl_endpoint_result *result = &r->outcome->results[index_in_args];
  pl_verdict *verdict = calloc(1, sizeof(*verdict));
  if (verdict == NULL) {
    r->out_of_memory = true;
    free_facts(facts);
    return;
  }
  pl_private_evidence_take(r->specs[index], pl_clock_wall_seconds(r->clock), facts);
  pl_recalled recalled = {.used = false};
  if (r->outcome->memories != NULL)
    pl_recall_begin(&r->recall, r->specs[index], facts, &r->outcome->memories[index_in_args],
                    &recalled);
  pl_error unkept;
  recall_pending(r, index, facts, &unkept);
  int64_t now = pl_clock_wall_seconds(r->clock);
  pl_judge(r->specs[index], facts, now, verdict);
  add_unkept(&unkept, verdict);
  pl_recall_end(&r->recall, r->specs[index], facts, &recalled, verdict);
  pl_thresholds_apply_history(r->specs[index], verdict);
  pl_recorder_add(&r->recorder, r->specs[index], facts, &recalled.notes, now, verdict);
  pl_evidence_add(&r->evidence, r->specs[index], facts, &recalled.notes, now, verdict);
  if (!is_kept(r->args, index_in_args, verdict)) {
    free(verdict);
    free_facts(facts);
    result->verdict = &fine;
    return;
  }
  r->outcome->owned[index_in_args] = verdict;
  r->outcome->facts[index_in_args] = facts;
  result->verdict = verdict;
  result->facts = facts;
}

/* The answer of the EC2 API may come after the round, and a state directory or the lock of an
 * evidence log may take seconds: such rounds are judged when all probes have ended. */
static bool are_rounds_kept(const runner *r) {
  return r->outcome->state != NULL || r->outcome->memories != NULL || r->has_log;
}

static void on_round(void *user, size_t index, pl_facts *facts) {
  runner *r = user;
  if (are_rounds_kept(r))
    r->outcome->facts[r->indexes[index]] = facts;
  else
    judge_round(r, index, facts);
}

static void judge_kept_rounds(runner *r) {
  if (!are_rounds_kept(r))
    return;
  const pl_endpoint *const *endpoints =
      r->outcome->state != NULL ? pl_ec2_run_final(r->outcome->state) : NULL;
  for (size_t i = 0; i < r->usable; i++) {
    pl_facts *facts = r->outcome->facts[r->indexes[i]];
    r->outcome->facts[r->indexes[i]] = NULL;
    if (facts == NULL)
      continue;
    if (endpoints != NULL)
      facts->endpoint = endpoints[i];
    judge_round(r, i, facts);
  }
}

static pl_status start_engine(runner *r, pl_nsec deadline, pl_engine **ret_engine,
                              pl_error *error) {
  pl_engine_config config = {.clock = *r->clock};
  pl_engine *engine;
  const pl_discover *discover = r->args->discover;
  const pl_aws_environment *environment =
      discover != NULL ? pl_discover_environment(discover) : NULL;
  pl_status status = pl_ec2_run_start(r->specs, r->usable, r->clock, deadline, environment,
                                      &r->outcome->state, error);
  if (status != PL_OK)
    return status;
  pl_ec2_run *state = r->outcome->state;
  const pl_endpoint *const *endpoints = state != NULL ? pl_ec2_run_head_start(state) : NULL;
  status = pl_engine_create(&config, &engine, error);
  if (status != PL_OK)
    return status;
  pl_batch batch = {
      .specs = r->specs,
      .endpoints = endpoints,
      .plans = r->plans,
      .count = r->usable,
      .timeout = deadline - pl_clock_now(r->clock),
      .on_round = on_round,
      .user = r,
  };
  status = pl_engine_start(engine, &batch, error);
  if (status == PL_OK)
    *ret_engine = engine;
  else
    pl_engine_free(engine);
  return status;
}

/* An endpoint without a round gets a local failure of this host. */
static void fail_the_rest(runner *r, const char *problem) {
  for (size_t i = 0; i < r->usable; i++) {
    if (r->outcome->results[r->indexes[i]].verdict != NULL ||
        r->outcome->facts[r->indexes[i]] != NULL)
      continue;
    pl_facts *facts = calloc(1, sizeof(*facts));
    if (facts == NULL) {
      r->out_of_memory = true;
      return;
    }
    pl_facts_init(facts);
    facts->wall_time = pl_clock_wall_seconds(r->clock);
    pl_text_set_printable(facts->local_problem, sizeof(facts->local_problem), problem,
                          strlen(problem));
    judge_round(r, i, facts);
  }
}

static void run_engine(runner *r, pl_nsec deadline) {
  pl_error error;
  pl_engine *engine;
  if (start_engine(r, deadline, &engine, &error) != PL_OK) {
    fail_the_rest(r, error.text);
    return;
  }
  if (pl_engine_run(engine) != PL_OK)
    fail_the_rest(r, "the event loop failed");
  pl_engine_free(engine);
  judge_kept_rounds(r);
}

/* An unusable endpoint needs no round. */
static pl_status judge_unusable(runner *r, size_t index_in_args) {
  pl_verdict *verdict = calloc(1, sizeof(*verdict));
  if (verdict == NULL)
    return PL_ERR_MEMORY;
  const pl_args_endpoint *endpoint = &r->args->endpoints[index_in_args];
  pl_judge_unusable(endpoint->problem, verdict);
  if (endpoint->problem_reason != PL_REASON_NONE)
    verdict->findings[0].reason = endpoint->problem_reason;
  r->outcome->owned[index_in_args] = verdict;
  r->outcome->results[index_in_args].verdict = verdict;
  return PL_OK;
}

static pl_status prepare_endpoints(runner *r) {
  for (size_t i = 0; i < r->args->count; i++) {
    const pl_args_endpoint *endpoint = &r->args->endpoints[i];
    pl_endpoint_result *result = &r->outcome->results[i];
    result->name = endpoint->name;
    if (endpoint->problem != NULL) {
      pl_status status = judge_unusable(r, i);
      if (status != PL_OK)
        return status;
      continue;
    }
    result->spec = &endpoint->spec;
    r->has_log = r->has_log || endpoint->spec.evidence != NULL;
    r->specs[r->usable] = &endpoint->spec;
    r->indexes[r->usable++] = i;
  }
  return PL_OK;
}

static bool any_remembers(const runner *r) {
  for (size_t i = 0; i < r->usable; i++) {
    if (pl_recall_dir(r->specs[i]) != NULL)
      return true;
  }
  return false;
}

static pl_status prepare_memories(runner *r) {
  if (!any_remembers(r))
    return PL_OK;
  r->outcome->memories = calloc(r->outcome->count, sizeof(*r->outcome->memories));
  r->plans = calloc(r->usable, sizeof(*r->plans));
  if (r->outcome->memories == NULL || r->plans == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < r->usable; i++)
    r->plans[i] = pl_recall_plan(&r->recall, r->specs[i]);
  return PL_OK;
}

static void finish_record(runner *r) {
  pl_recorder_close(&r->recorder);
  if (r->outcome->unrecorded->text[0] != '\0')
    r->outcome->run.unrecorded = r->outcome->unrecorded->text;
}

pl_status pl_run_endpoints(const pl_args *args, const pl_clock *clock, pl_nsec deadline,
                           pl_outcome *ret_outcome) {
  size_t count = args->count;
  pl_outcome outcome = {
      .results = calloc(count, sizeof(*outcome.results)),
      .owned = calloc(count, sizeof(*outcome.owned)),
      .facts = calloc(count, sizeof(*outcome.facts)),
      .unrecorded = calloc(1, sizeof(*outcome.unrecorded)),
      .count = count,
  };
  runner r = {
      .args = args,
      .clock = clock,
      .outcome = &outcome,
      .specs = calloc(count, sizeof(*r.specs)),
      .indexes = calloc(count, sizeof(*r.indexes)),
      .recall = {.clock = *clock, .deadline = deadline},
      .evidence = {.clock = *clock, .deadline = deadline, .single = count == 1},
  };
  pl_nsec begin = pl_clock_now(clock);
  outcome.run = (pl_run){.results = outcome.results,
                         .count = count,
                         .batch = args->batch,
                         .omit_unknown = args->omit_unknown,
                         .version = PL_VERSION,
                         .started = pl_clock_wall_seconds(clock)};
  bool allocated = outcome.results != NULL && outcome.owned != NULL && outcome.facts != NULL &&
                   r.specs != NULL && r.indexes != NULL && outcome.unrecorded != NULL;
  pl_status status = allocated ? prepare_endpoints(&r) : PL_ERR_MEMORY;
  if (status == PL_OK)
    status = prepare_memories(&r);
  if (allocated)
    pl_recorder_open(args->record, outcome.unrecorded, &r.recorder);
  if (status == PL_OK && r.usable > 0)
    run_engine(&r, deadline);
  if (allocated)
    finish_record(&r);
  pl_evidence_close(&r.evidence);
  if (r.out_of_memory)
    status = PL_ERR_MEMORY;
  outcome.run.duration = pl_clock_now(clock) - begin;
  free(r.specs);
  free(r.indexes);
  free(r.plans);
  if (status == PL_OK)
    *ret_outcome = outcome;
  else
    pl_outcome_free(&outcome);
  return status;
}

void pl_outcome_free(pl_outcome *outcome) {
  for (size_t i = 0; i < outcome->count; i++) {
    if (outcome->owned != NULL)
      free(outcome->owned[i]);
    if (outcome->facts != NULL)
      free_facts(outcome->facts[i]);
  }
  pl_ec2_run_free(outcome->state);
  free(outcome->results);
  free(outcome->owned);
  free(outcome->facts);
  free(outcome->memories);
  free(outcome->unrecorded);
  *outcome = (pl_outcome){0};
}
