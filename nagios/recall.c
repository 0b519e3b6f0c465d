/* Reads and writes the state directory around the judging of a round. */
#include "recall.h"
#include "memory/alarm.h"
#include "memory/baseline.h"
#include "memory/learn.h"
#include "memory/pending.h"
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

static const char *dir_of(const pl_spec *spec) {
  return spec->state_dir != NULL ? spec->state_dir : pl_recall_default_dir();
}

const char *pl_recall_dir(const pl_spec *spec) {
  return pl_spec_runs(spec, PL_CHECK_PUBLIC) ? dir_of(spec) : NULL;
}

int64_t pl_recall_pending(const pl_recall *recall, const pl_spec *spec, const pl_endpoint *endpoint,
                          pl_error *error) {
  const char *path = dir_of(spec);
  pl_memory_dir dir;
  int64_t since = 0;
  *error = (pl_error){0};
  if (path == NULL || pl_memory_dir_open(path, &dir, error) != PL_OK)
    return 0;
  dir.hasty = pl_clock_now(&recall->clock) > recall->deadline;
  (void)!pl_pending_recall(&dir, spec->name, endpoint, pl_clock_wall_seconds(&recall->clock),
                           &since, error);
  pl_memory_dir_close(&dir);
  return since;
}

/* Opens and reads; on failure the store is unknown, and `error` says why. */
static void read_file(pl_recall *recall, const pl_spec *spec, const char *path,
                      pl_recalled *recalled) {
  if (recall->host == 0)
    recall->host = pl_moment_network(pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID), PL_NET_NAMESPACE);
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

/* NULL sets nothing. */
static void set_text(char storage[PL_LIMIT_TEXT], const char *text) {
  pl_text_set(storage, PL_LIMIT_TEXT, text != NULL ? text : "");
}

static void write_file(const pl_recall *recall, const pl_spec *spec, pl_public seen, bool recorded,
                       pl_recalled *recalled) {
  pl_memory_notes *notes = &recalled->notes;
  pl_error error;
  pl_nsec left = recall->deadline - pl_clock_now(&recall->clock);
  recalled->dir.hasty = left < 0;
  recalled->dir.patience_ms = left > 0 ? (unsigned)(left / PL_MSEC) : 0;
  notes->read_only = recalled->dir.read_only;
  if (pl_memory_save(&recalled->dir, spec->name, spec, &recalled->before, seen, &recalled->store,
                     &error) != PL_OK)
    set_text(notes->unsaved, error.text);
  notes->baseline = recorded && !recalled->dir.read_only;
  notes->baseline_private = notes->baseline && recalled->store.baseline_private != 0;
}

void pl_recall_end(const pl_recall *recall, const pl_spec *spec, const pl_facts *facts,
                   pl_recalled *recalled, pl_verdict *verdict) {
  if (!recalled->used)
    return;
  pl_memory_notes *notes = &recalled->notes;
  pl_public seen = verdict->public_verdict;
  bool recorded = pl_memory_learn(&recalled->store, spec, facts, verdict, &recalled->now);
  notes->used = true;
  notes->proof_age = pl_stamp_age(&recalled->store.proven, &recalled->now);
  set_text(notes->unknown, recalled->error.text);
  pl_memory_notes_before(notes, spec, verdict);
  pl_alarm_take(&recalled->store, spec, &recalled->now, verdict);
  if (recalled->dir.fd >= 0) {
    write_file(recall, spec, seen, recorded, recalled);
    if (!recorded && recalled->store.baseline.wall == 0 && seen == PL_PUBLIC_OPEN &&
        spec->expect_public == PL_EXPECT_REACHABLE)
      set_text(notes->no_baseline, pl_baseline_missing(spec, facts, verdict));
  }
  pl_memory_notes_after(notes, spec, verdict);
  pl_memory_dir_close(&recalled->dir);
}
