/* What a state directory adds to a verdict besides the alarm. */
#include "memory/notes.h"
#include "memory/alarm.h"
#include <string.h>

void pl_memory_notes_before(const pl_memory_notes *notes, const pl_spec *spec,
                            pl_verdict *verdict) {
  bool unknown =
      spec->expect_public == PL_EXPECT_BLOCKED && verdict->public_verdict != PL_PUBLIC_OPEN;
  if (notes->unknown[0] != '\0')
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_MEMORY,
                   unknown ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_WARNING, NULL, "%s", notes->unknown);
}

static void end_summary(pl_verdict *verdict, const char *text, const char *more) {
  pl_check_verdict *of_check = &verdict->checks[PL_CHECK_PUBLIC];
  char summary[sizeof(of_check->summary)];
  pl_text_setf(summary, sizeof(summary), "%s; %s%s", of_check->summary, text, more);
  memcpy(of_check->summary, summary, sizeof(summary));
}

static void add_baseline(const pl_memory_notes *notes, const pl_spec *spec, pl_verdict *verdict) {
  static const char text[] = "baseline recorded: the public endpoint was seen open";
  pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, NULL, "%s%s", text,
                 notes->baseline_private ? "" : ", without an answer of the private side");
  if (spec->expect_public == PL_EXPECT_REACHABLE)
    end_summary(verdict, "baseline recorded", "");
}

void pl_memory_notes_after(const pl_memory_notes *notes, const pl_spec *spec, pl_verdict *verdict) {
  if (notes->read_only)
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "the state directory belongs to another user: this run is not remembered");
  if (notes->unsaved[0] != '\0') {
    pl_verdict_add(verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_MEMORY, PL_SEVERITY_WARNING, NULL,
                   "%s", notes->unsaved);
    if (spec->expect_public == PL_EXPECT_BLOCKED && verdict->public_verdict == PL_PUBLIC_OPEN)
      end_summary(verdict, "the alarm is not remembered: ", notes->unsaved);
  }
  if (notes->baseline)
    add_baseline(notes, spec, verdict);
  if (notes->no_baseline[0] != '\0')
    end_summary(verdict, "no baseline: ", notes->no_baseline);
}

void pl_memory_replay(const pl_memory_notes *notes, const pl_alarm *alarm, const pl_spec *spec,
                      int64_t wall_now, pl_verdict *verdict) {
  if (!notes->used)
    return;
  pl_moment now = {.wall = wall_now};
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm = *alarm;
  if (notes->proof_age >= 0)
    store.proven = pl_stamp_before(&now, notes->proof_age);
  pl_memory_notes_before(notes, spec, verdict);
  pl_alarm_take(&store, spec, &now, verdict);
  pl_memory_notes_after(notes, spec, verdict);
}
