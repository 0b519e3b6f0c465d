/* Prepares the rounds of one endpoint, and turns their verdicts into values and notifications. */
#include "watch/watch.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include "memory/alarm.h"
#include "memory/learn.h"
#include "memory/private_evidence.h"
#include "options/complete.h"
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

void pl_block_free(pl_block *block) {
  free(block->name);
  free(block->problem);
  pl_spec_free(&block->spec);
}

void pl_watch_init(pl_watch *watch, const pl_front *front, pl_block *block,
                   pl_nsec default_interval, const char *default_dir) {
  const pl_spec *spec = &block->spec;
  bool remembers = block->problem == NULL && pl_spec_runs(spec, PL_CHECK_PUBLIC);
  const char *dir = spec->state_dir != NULL ? spec->state_dir : default_dir;
  *watch =
      (pl_watch){.block = block,
                 .interval = block->spec.interval != 0 ? block->spec.interval : default_interval};
  atomic_init(&watch->ended, 0);
  atomic_init(&watch->time, 0);
  atomic_init(&watch->is_late, false);
  atomic_init(&watch->is_hurried, false);
  atomic_init(&watch->outcome, NULL);
  atomic_init(&watch->has_mistake, false);
  pl_history_init(&watch->history);
  watch->remembers = remembers;
  pl_keep_load(&watch->keep, front, block->name, remembers ? dir : NULL, spec, &watch->memory);
}

void pl_watch_free(pl_watch *watch) {
  free(watch->problem);
  free(watch->files);
  pl_keep_free(&watch->keep);
  if (watch->held != NULL)
    pl_facts_free(watch->held);
  free(watch->held);
  pl_endpoint_unref(watch->known);
  free(atomic_load(&watch->outcome));
}

static bool is_same_endpoint(const pl_block *a, const pl_block *b) {
  const char *first = a->spec.endpoint_id, *second = b->spec.endpoint_id;
  return first != NULL && second != NULL && strcmp(first, second) == 0;
}

void pl_watch_continue(pl_watch *watch, const pl_watch *before) {
  watch->history = before->history;
  memcpy(watch->causes, before->causes, sizeof(watch->causes));
  /* The discovery has announced the replacement as a recovery of `state`. */
  if (watch->block->is_found && before->block->is_found &&
      !is_same_endpoint(watch->block, before->block))
    watch->history.subjects[PL_CHECK_STATE].severity = PL_SEVERITY_OK;
  atomic_store(&watch->time, atomic_load(&before->time));
  /* Fleets that replace each other faster than rounds end must not hide that none ends. */
  if (before->due < watch->due)
    watch->due = before->due;
  if (!before->has_reported)
    atomic_store(&watch->ended, atomic_load(&before->ended));
  if (!before->remembers)
    return;
  watch->remembers = true;
  /* The file may be older than what the watch remembered, if it could not be written. */
  pl_alarm in_file = watch->memory.alarm;
  watch->memory = before->memory;
  watch->memory.alarm = pl_alarm_worse(&watch->memory.alarm, &in_file);
}

/* A discovery announces once that an endpoint was deleted, and ends the watch or has another one
 * take its place. So this is no change of `state`: a recovery is none either, and what comes next
 * is compared with what was announced before. */
static void withhold(pl_watch *watch, const pl_verdict *verdict, const pl_history *announced,
                     pl_notices *notices) {
  pl_reason reason = verdict->checks[PL_CHECK_STATE].reason;
  size_t kept = 0;
  if (!watch->block->is_found ||
      (reason != PL_REASON_STATE_NOT_FOUND && reason != PL_REASON_STATE_DELETED))
    return;
  watch->history.subjects[PL_CHECK_STATE] = announced->subjects[PL_CHECK_STATE];
  for (size_t i = 0; i < notices->count; i++) {
    if (notices->items[i].check != PL_CHECK_STATE)
      notices->items[kept++] = notices->items[i];
  }
  notices->count = kept;
}

/* ---- results -------------------------------------------------------------------------------- */

/* What can't be announced is compared with what was announced `before` in the next round, too. */
static void announce(pl_watch *watch, const pl_watch_context *context, const pl_notices *notices,
                     const pl_history *before, const pl_facts *facts, pl_nsec time) {
  pl_event_round round = {
      .front = context->front,
      .instance = watch->block->name,
      .spec = watch->spec,
      .history = &watch->history,
      .verdict = context->verdict,
      .facts = facts,
      .time = time,
      .causes = watch->causes,
  };
  for (size_t i = 0; i < notices->count; i++) {
    pl_event *event;
    if (pl_event_create(&round, &notices->items[i], &event) != PL_OK) {
      pl_front_log(context->front, LOG_ERR, watch->block->name,
                   "out of memory: a notification comes with the next round");
      unsigned subject = notices->items[i].check;
      watch->history.subjects[subject] = before->subjects[subject];
      if (subject == PL_CHECK_PUBLIC)
        watch->history.public_verdict = before->public_verdict;
      continue;
    }
    pl_event_log(event, context->front);
    pl_keeper_send(context->keeper, &watch->keep, event, watch->interval);
  }
}

/* Whether private DNS named an address that the endpoint does not have. */
static bool is_foreign(const pl_verdict *verdict, const pl_facts *facts) {
  return verdict->checks[PL_CHECK_DNS].reason == PL_REASON_DNS_FOREIGN_ADDRESS &&
         pl_endpoint_addresses_known(facts->endpoint);
}

static pl_moment now_of(const pl_watch *watch, const pl_watch_context *context) {
  return pl_moment_now(&context->clock, context->network, watch->interval);
}

pl_round_plan pl_watch_plan(const pl_watch *watch, const pl_watch_context *context) {
  pl_moment now = now_of(watch, context);
  return pl_memory_plan(&watch->memory, watch->spec, &now);
}

/* Learns the round, and gives its verdict what earlier rounds make of it. */
static void remember(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts) {
  pl_moment now = now_of(watch, context);
  pl_public seen = context->verdict->public_verdict;
  (void)pl_memory_learn(&watch->memory, watch->spec, facts, context->verdict, &now);
  const pl_memory_notes notes = {.used = true,
                                 .proof_age = pl_stamp_age(&watch->memory.proven, &now)};
  pl_alarm_take(&watch->memory, watch->spec, &now, context->verdict);
  pl_thresholds_apply_history(watch->spec, context->verdict);
  if (context->testing)
    return;
  pl_keeper_put(context->keeper, &watch->keep, seen, &watch->memory);
  if (context->scribe != NULL)
    pl_scribe_take(context->scribe, watch->spec, watch->block->name, watch->value_interval, facts,
                   &notes, *context->judged, &watch->written, context->verdict);
}

/* The wall time of an instant. A time series refuses values that are not newer than those before:
 * if the clock was set back, time goes on in small steps until the clock catches up. */
static pl_nsec time_of(pl_watch *watch, const pl_clock *clock, pl_nsec instant) {
  pl_nsec time = pl_clock_wall(clock) - (pl_clock_now(clock) - instant);
  pl_nsec before = atomic_load(&watch->time), next;
  do {
    next = time > before ? time
                         : before + (watch->interval / 2 < PL_SEC ? watch->interval / 2 : PL_SEC);
  } while (!atomic_compare_exchange_weak(&watch->time, &before, next));
  return next;
}

/* Without a verdict on any thread: the spec, which the engine's thread sets, is not read then. */
static void report_values(const pl_watch *watch, const pl_front *front, pl_nsec time,
                          const pl_verdict *verdict, const pl_facts *facts) {
  pl_values values = {.endpoint = watch->block->name,
                      .time = time,
                      .interval = watch->value_interval,
                      .spec = verdict != NULL ? watch->spec : NULL,
                      .verdict = verdict,
                      .facts = facts};
  front->values(front->user, &values);
}

/* In a test: "CRITICAL: api: public: ... [public.open]". */
static void keep_outcome(pl_watch *watch, const pl_front *front, const pl_verdict *verdict) {
  pl_buf text;
  pl_buf_init(&text, PL_LIMIT_TEXT * 3);
  pl_buf_addf(&text, "%s: %s: ", pl_severity_name(verdict->severity), watch->block->name);
  if (verdict->worst == PL_CHECK_COUNT) {
    pl_buf_add(&text, verdict->findings[0].text);
  } else {
    const pl_check_verdict *worst = &verdict->checks[verdict->worst];
    pl_buf_addf(&text, "%s: ", pl_check_name(verdict->worst));
    front->add_spelled(&text, worst->summary);
    if (worst->reason != PL_REASON_NONE)
      pl_buf_addf(&text, " [%s]", pl_reason_code(worst->reason));
  }
  if (watch->block->problem != NULL || watch->problem != NULL)
    atomic_store(&watch->has_mistake, true);
  free(atomic_exchange(&watch->outcome, strdup(pl_buf_text(&text))));
  pl_buf_free(&text);
}

/* Reports the verdict of the context, for a round that ended at the instant `ended`. */
static void report(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts,
                   pl_nsec ended) {
  pl_nsec time = time_of(watch, &context->clock, ended);
  pl_notices notices;
  if (facts != NULL)
    remember(watch, context, facts);
  else if (context->scribe != NULL)
    pl_scribe_stop(context->scribe, &watch->block->spec, watch->block->name, &watch->written);
  bool alarm = watch->spec != NULL && watch->spec->expect_public == PL_EXPECT_BLOCKED &&
               watch->memory.alarm.state == PL_ALARM_ON;
  const pl_history announced = watch->history;
  pl_history_take(&watch->history, watch->spec, alarm, ended, context->verdict, &notices);
  withhold(watch, context->verdict, &announced, &notices);
  report_values(watch, context->front, time, context->verdict, facts);
  if (context->testing)
    keep_outcome(watch, context->front, context->verdict);
  else
    announce(watch, context, &notices, &announced, facts, time);
  watch->has_reported = true;
  atomic_store(&watch->ended, pl_clock_now(&context->clock));
}

void pl_watch_judge(const pl_watch *watch, const pl_watch_context *context, pl_facts *facts) {
  pl_moment now = now_of(watch, context);
  pl_private_evidence_take(watch->spec, now.wall, facts);
  *context->memory = pl_memory_view(&watch->memory, watch->spec, facts, &now);
  facts->memory = context->memory;
  pl_judge(watch->spec, facts, now.wall, context->verdict);
  *context->judged = now.wall;
}

bool pl_watch_needs_newer_addresses(const pl_watch *watch, const pl_watch_context *context,
                                    const pl_facts *facts) {
  return !watch->foreign && is_foreign(context->verdict, facts) &&
         facts->endpoint->answered < facts->started &&
         context->verdict->public_verdict != PL_PUBLIC_OPEN;
}

void pl_watch_report(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts) {
  watch->foreign = is_foreign(context->verdict, facts);
  report(watch, context, facts, facts->ended);
}

/* ---- the spec's files ----------------------------------------------------------------------- */

/* False if the same problem is kept already, or without memory. */
static bool keep_problem(pl_watch *watch, const pl_front *front, const pl_error *error) {
  char storage[PL_LIMIT_TEXT * 2];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  front->add_name(&buf, watch->block->name);
  pl_buf_add(&buf, ": ");
  front->add_spelled(&buf, error->text);
  if (watch->problem != NULL && strcmp(watch->problem, storage) == 0)
    return false;
  char *problem = strdup(storage);
  if (problem == NULL)
    return false;
  free(watch->problem);
  watch->problem = problem;
  return true;
}

/* Keeps a problem for the verdict, and logs it once. */
static void report_problem(pl_watch *watch, const pl_front *front, const pl_error *error) {
  if (keep_problem(watch, front, error))
    pl_front_log(front, LOG_ERR, NULL, "%s; this endpoint is %s", watch->problem,
                 watch->spec == NULL ? "not watched until this is corrected"
                                     : "watched with the credentials that were read before");
}

/* False without memory. */
static bool keep_stamps(pl_watch *watch, const pl_file_stamp *files) {
  bool some = false;
  for (size_t i = 0; i < PL_WATCH_FILES; i++)
    some = some || files[i].exists;
  if (some && watch->files == NULL)
    watch->files = malloc(PL_WATCH_FILES * sizeof(*files));
  if (watch->files != NULL)
    memcpy(watch->files, files, PL_WATCH_FILES * sizeof(*files));
  return !some || watch->files != NULL;
}

/* Reads the files again if one with credentials has changed. After a failure it always does: the
 * old file may be back. */
static void read_files(pl_watch *watch, const pl_front *front) {
  pl_spec *spec = &watch->block->spec;
  const char *const names[PL_WATCH_FILES] = {spec->api_key_file, spec->public_key_file,
                                             spec->client_cert_file, spec->client_key_file};
  pl_file_stamp files[PL_WATCH_FILES];
  const pl_file_stamp none = {0};
  bool changed = watch->spec == NULL || watch->problem != NULL;
  for (size_t i = 0; i < PL_WATCH_FILES; i++) {
    files[i] = pl_file_stamp_of(names[i]);
    changed =
        changed || !pl_file_stamp_equal(&files[i], watch->files != NULL ? &watch->files[i] : &none);
  }
  if (!changed)
    return;
  pl_error error;
  if (pl_spec_read_files(spec, &error) != PL_OK) {
    report_problem(watch, front, &error);
    return;
  }
  if (!keep_stamps(watch, files))
    return;
  watch->spec = spec;
  if (watch->problem != NULL)
    pl_front_log(front, LOG_NOTICE, watch->block->name, "its configuration can be used now");
  free(watch->problem);
  watch->problem = NULL;
}

bool pl_watch_prepare(pl_watch *watch, const pl_watch_context *context) {
  const char *problem = watch->block->problem;
  if (problem == NULL) {
    read_files(watch, context->front);
    if (watch->spec != NULL)
      return true;
    problem = watch->problem != NULL ? watch->problem : "out of memory";
  }
  pl_judge_unusable(problem, context->verdict);
  report(watch, context, NULL, pl_clock_now(&context->clock));
  return false;
}

/* ---- in time -------------------------------------------------------------------------------- */

void pl_watch_set_interval(pl_watch *watch, pl_nsec longest) {
  pl_nsec half = (watch->interval + longest + 1) / 2;
  pl_nsec whole = (half + PL_SEC - 1) / PL_SEC * PL_SEC;
  watch->value_interval = watch->interval >= half ? watch->interval : whole;
}

pl_watch_pace pl_watch_check(pl_watch *watch, const pl_watch_context *context) {
  const pl_clock *clock = &context->clock;
  pl_nsec now = pl_clock_now(clock), since = now - atomic_load(&watch->ended);
  pl_nsec held = watch->block->spec.endpoint_id != NULL ? PL_WATCH_HELD_MAX : 0;
  if (since <= 2 * watch->value_interval + held) {
    atomic_store(&watch->is_late, false);
    return PL_WATCH_IN_TIME;
  }
  bool begins = !atomic_exchange(&watch->is_late, true);
  if (begins)
    pl_front_log(context->front, LOG_ERR, watch->block->name,
                 "no round has ended for %lld s: its status is UNKNOWN until one does",
                 (long long)(since / PL_SEC));
  report_values(watch, context->front, time_of(watch, clock, now), NULL, NULL);
  return begins ? PL_WATCH_BEGINS_TO_BE_LATE : PL_WATCH_IS_LATE;
}
