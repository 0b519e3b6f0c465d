/* Prepares the rounds of one endpoint, and turns their verdicts into values and notifications. */
#include "watch.h"
#include "judge/judge.h"
#include "judge/thresholds.h"
#include "memory/alarm.h"
#include "memory/learn.h"
#include "memory/private_evidence.h"
#include "options/complete.h"
#include <stdlib.h>
#include <string.h>

void pl_watch_init(pl_watch *watch, pl_block *block, pl_nsec default_interval,
                   const char *default_dir) {
  const pl_spec *spec = &block->spec;
  bool remembers = block->problem == NULL && (spec->checks & PL_CHECK_BIT(PL_CHECK_PUBLIC)) != 0;
  const char *dir = spec->state_dir != NULL ? spec->state_dir : default_dir;
  *watch =
      (pl_watch){.block = block,
                 .interval = block->spec.interval != 0 ? block->spec.interval : default_interval};
  atomic_init(&watch->fresh, NULL);
  pl_history_init(&watch->history);
  pl_keep_load(&watch->keep, block->name, remembers ? dir : NULL, spec, &watch->memory);
}

void pl_watch_free(pl_watch *watch) {
  free(watch->problem);
  pl_keep_free(&watch->keep);
  if (watch->held != NULL)
    pl_facts_free(watch->held);
  free(watch->held);
  pl_endpoint_unref(watch->known);
  pl_sample_free(atomic_load(&watch->fresh));
}

pl_sample *pl_watch_take(pl_watch *watch) { return atomic_exchange(&watch->fresh, NULL); }

/* ---- results -------------------------------------------------------------------------------- */

static void send_notices(pl_watch *watch, const pl_watch_context *context,
                         const pl_notices *notices, pl_nsec time) {
  for (size_t i = 0; i < notices->count; i++) {
    pl_event *event;
    if (pl_event_create(watch->block->name, &watch->history, &notices->items[i], context->verdict,
                        time, &event) == PL_OK)
      pl_keeper_send(context->keeper, &watch->keep, event);
    else
      daemon_log(LOG_ERR, "<Endpoint \"%s\">: out of memory, a notification is lost",
                 watch->block->name);
  }
}

/* Whether private DNS named an address that the endpoint does not have. */
static bool is_foreign(const pl_verdict *verdict, const pl_facts *facts) {
  return verdict->checks[PL_CHECK_DNS].reason == PL_REASON_DNS_FOREIGN_ADDRESS &&
         pl_endpoint_addresses_known(facts->endpoint);
}

static pl_moment now_of(const pl_watch *watch, const pl_watch_context *context) {
  return pl_moment_now(&context->clock, context->host, watch->interval);
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
  pl_alarm_take(&watch->memory, watch->spec, &now, context->verdict);
  pl_thresholds_apply_history(watch->spec, context->verdict);
  pl_keeper_put(context->keeper, &watch->keep, seen, &watch->memory);
}

/* Reports the verdict of the context, for a round that ended at the instant `ended`. */
static void report(pl_watch *watch, const pl_watch_context *context, const pl_facts *facts,
                   pl_nsec ended) {
  pl_nsec since = context->clock.monotonic(context->clock.user) - ended;
  pl_nsec time = context->clock.wall(context->clock.user) - since;
  pl_notices notices;
  if (facts != NULL)
    remember(watch, context, facts);
  bool alarm = watch->spec != NULL && watch->spec->expect_public == PL_EXPECT_BLOCKED &&
               watch->memory.alarm.state == PL_ALARM_ON;
  pl_history_take(&watch->history, alarm, ended, context->verdict, &notices);
  pl_sample *sample;
  if (pl_sample_create(context->verdict, facts, time, &sample) == PL_OK)
    pl_sample_free(atomic_exchange(&watch->fresh, sample));
  else
    daemon_log(LOG_ERR, "<Endpoint \"%s\">: out of memory, a round is lost", watch->block->name);
  send_notices(watch, context, &notices, time);
}

void pl_watch_judge(const pl_watch *watch, const pl_watch_context *context, pl_facts *facts) {
  pl_moment now = now_of(watch, context);
  pl_private_evidence_take(watch->spec, now.wall, facts);
  *context->memory = pl_memory_view(&watch->memory, watch->spec, facts, &now);
  facts->memory = context->memory;
  pl_judge(watch->spec, facts, now.wall, context->verdict);
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
static bool keep_problem(pl_watch *watch, const pl_error *error) {
  char storage[PL_LIMIT_TEXT * 2];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_config_add_problem(&buf, watch->block->name, error->text);
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
static void report_problem(pl_watch *watch, const pl_error *error) {
  if (keep_problem(watch, error))
    daemon_log(LOG_ERR, "%s; this endpoint is %s", watch->problem,
               watch->spec == NULL ? "not watched until this is corrected"
                                   : "watched with the credentials that were read before");
}

/* Reads the files again if one with credentials has changed. After a failure it always does: the
 * old file may be back. */
static void read_files(pl_watch *watch) {
  pl_spec *spec = &watch->block->spec;
  const char *const names[PL_WATCH_FILES] = {spec->api_key_file, spec->client_cert_file,
                                             spec->client_key_file};
  pl_file_stamp files[PL_WATCH_FILES];
  bool changed = watch->spec == NULL || watch->problem != NULL;
  for (size_t i = 0; i < PL_WATCH_FILES; i++) {
    files[i] = pl_file_stamp_of(names[i]);
    changed = changed || !pl_file_stamp_equal(&files[i], &watch->files[i]);
  }
  if (!changed)
    return;
  pl_error error;
  if (pl_spec_read_files(spec, &error) != PL_OK) {
    report_problem(watch, &error);
    return;
  }
  watch->spec = spec;
  memcpy(watch->files, files, sizeof(files));
  if (watch->problem != NULL)
    daemon_log(LOG_NOTICE, "<Endpoint \"%s\">: its configuration can be used now",
               watch->block->name);
  free(watch->problem);
  watch->problem = NULL;
}

bool pl_watch_prepare(pl_watch *watch, const pl_watch_context *context) {
  const char *problem = watch->block->problem;
  if (problem == NULL) {
    read_files(watch);
    if (watch->spec != NULL)
      return true;
    problem = watch->problem != NULL ? watch->problem : "out of memory";
  }
  pl_judge_unusable(problem, context->verdict);
  report(watch, context, NULL, context->clock.monotonic(context->clock.user));
  return false;
}
