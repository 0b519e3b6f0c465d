/* Reads and writes the state directory around the judging of a round. */
#include "recall.h"
#include "memory/alarm.h"
#include "memory/baseline.h"
#include "memory/learn.h"
#include <stdlib.h>
#include <string.h>

const char *pl_recall_default_dir(void) {
  static const char *const variables[] = {"NAGIOS_PLUGIN_STATE_DIRECTORY", "MP_STATE_PATH"};
  for (size_t i = 0; i < PL_COUNT_OF(variables); i++) {
    const char *dir = secure_getenv(variables[i]);
    if (dir != NULL && dir[0] != '\0')
      return dir;
  }
  return NULL;
}

const char *pl_recall_dir(const pl_spec *spec) {
  if ((spec->checks & PL_CHECK_BIT(PL_CHECK_PUBLIC)) == 0)
    return NULL;
  if (spec->state_dir != NULL)
    return spec->state_dir;
  return pl_recall_default_dir();
}

/* Opens and reads; on failure the store is unknown, and `error` says why. */
static void read_file(pl_recall *recall, const pl_spec *spec, const char *path,
                      pl_recalled *recalled) {
  if (recall->host == 0)
    recall->host = pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID);
  recalled->now = pl_moment_now(&recall->clock, recall->host, spec->interval);
  pl_memory_init_unknown(&recalled->store);
  if (pl_memory_dir_open(path, &recalled->dir, &recalled->error) == PL_OK)
    (void)!pl_memory_load(&recalled->dir, spec->name, &recalled->store, &recalled->error);
}

pl_round_plan pl_recall_plan(pl_recall *recall, const pl_spec *spec) {
  const char *path = pl_recall_dir(spec);
  if (path == NULL)
    return PL_ROUND_PLAN_DEFAULT;
  pl_recalled recalled = {.dir = {.fd = -1}};
  read_file(recall, spec, path, &recalled);
  pl_memory_dir_close(&recalled.dir);
  return pl_memory_plan(&recalled.store, spec, &recalled.now);
}

void pl_recall_begin(pl_recall *recall, const pl_spec *spec, pl_facts *facts, pl_memory *ret_memory,
                     pl_recalled *ret_recalled) {
  const char *path = pl_recall_dir(spec);
  *ret_recalled = (pl_recalled){.used = path != NULL, .dir = {.fd = -1}};
  if (path == NULL)
    return;
  read_file(recall, spec, path, ret_recalled);
  ret_recalled->before = pl_memory_mark_of(&ret_recalled->store);
  *ret_memory = pl_memory_view(&ret_recalled->store, spec, facts, &ret_recalled->now);
  facts->memory = ret_memory;
}

static void add_problem(const pl_spec *spec, const pl_error *error, pl_verdict *verdict) {
  bool unknown =
      spec->expect_public == PL_EXPECT_BLOCKED && verdict->public_verdict != PL_PUBLIC_OPEN;
  pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_MEMORY,
                 unknown ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_WARNING, NULL, "%s", error->text);
}

static void end_summary(pl_check_verdict *of_check, const char *text, const char *more) {
  char summary[sizeof(of_check->summary)];
  pl_buf buf;
  pl_buf_fixed(&buf, summary, sizeof(summary));
  pl_buf_addf(&buf, "%s; %s%s", of_check->summary, text, more);
  memcpy(of_check->summary, summary, sizeof(summary));
}

static void add_baseline(const pl_recalled *recalled, const pl_spec *spec, pl_verdict *verdict) {
  static const char text[] = "baseline recorded: the public endpoint was seen open";
  pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, NULL, "%s%s", text,
                 recalled->store.baseline_private == 0 ? ", without an answer of the private side"
                                                       : "");
  if (spec->expect_public == PL_EXPECT_REACHABLE)
    end_summary(&verdict->checks[PL_CHECK_PUBLIC], "baseline recorded", "");
}

static void add_missing_baseline(const pl_spec *spec, const pl_facts *facts, pl_verdict *verdict) {
  const char *why = pl_baseline_missing(spec, facts, verdict);
  if (why != NULL)
    end_summary(&verdict->checks[PL_CHECK_PUBLIC], "no baseline: ", why);
}

static void write_file(const pl_recall *recall, const pl_spec *spec, pl_public seen,
                       pl_recalled *recalled, pl_verdict *verdict) {
  pl_error error;
  recalled->dir.hasty = recall->clock.monotonic(recall->clock.user) > recall->deadline;
  if (recalled->dir.read_only)
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "the state directory belongs to another user: this run is not remembered");
  if (pl_memory_save(&recalled->dir, spec->name, spec, &recalled->before, seen, &recalled->store,
                     &error) != PL_OK)
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_MEMORY, PL_SEVERITY_WARNING, NULL,
                   "%s", error.text);
}

void pl_recall_end(const pl_recall *recall, const pl_spec *spec, const pl_facts *facts,
                   pl_recalled *recalled, pl_verdict *verdict) {
  if (!recalled->used)
    return;
  pl_public seen = verdict->public_verdict;
  bool recorded = pl_memory_learn(&recalled->store, spec, facts, verdict, &recalled->now);
  if (recalled->error.text[0] != '\0')
    add_problem(spec, &recalled->error, verdict);
  pl_alarm_take(&recalled->store, spec, &recalled->now, verdict);
  if (recalled->dir.fd >= 0) {
    write_file(recall, spec, seen, recalled, verdict);
    if (recorded && !recalled->dir.read_only)
      add_baseline(recalled, spec, verdict);
    else if (!recorded && recalled->store.baseline.wall == 0 && seen == PL_PUBLIC_OPEN &&
             spec->expect_public == PL_EXPECT_REACHABLE)
      add_missing_baseline(spec, facts, verdict);
  }
  pl_memory_dir_close(&recalled->dir);
}
