/* Writes the verdicts of a check to the evidence log. */
#include "log/add.h"
#include "evidence/case.h"
#include "evidence/log/entry.h"
#include "evidence/log/last.h"
#include "judge/thresholds.h"
#include "memory/stamp.h"
#include <stdlib.h>

#define SEAL_AFTER (20 * PL_SEC)   /* in a long run, a line after so long is signed at once */
#define VERDICT_MAX ((size_t)8192) /* bytes of pl_entry_add_verdict */

/* Opens the log of the endpoint, if it is not the one that is open. */
static pl_status open_log(pl_evidence_run *run, const pl_spec *spec, pl_error *error) {
  if (run->log != NULL && pl_text_is_same(run->dir, spec->evidence) &&
      pl_text_is_same(run->key, spec->evidence_key))
    return PL_OK;
  (void)!pl_log_close(run->log, NULL);
  run->log = NULL;
  pl_log_config config = {.dir = spec->evidence,
                          .by = PL_EVIDENCE_BY,
                          .key = spec->evidence_key,
                          .days = spec->evidence_days,
                          .clock = run->clock,
                          .boot = pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID)};
  pl_log_head head;
  pl_log *log;
  pl_status status = pl_log_open(&config, &log, error);
  if (status != PL_OK)
    return status;
  status = pl_log_read_head(log, &head, error);
  if (status != PL_OK) {
    pl_log_free(log);
    return status;
  }
  run->log = log;
  run->dir = spec->evidence;
  run->key = spec->evidence_key;
  run->head = head.seq;
  run->sealed = pl_clock_now(&run->clock);
  return PL_OK;
}

static pl_status append(pl_evidence_run *run, const pl_entry *entry, pl_error *error) {
  pl_buf rest;
  pl_buf_init(&rest, PL_LIMIT_EVIDENCE_LINE);
  pl_entry_add(&rest, entry);
  pl_status status = pl_buf_status(&rest);
  if (status == PL_OK)
    status = pl_log_append(run->log, PL_LINE_VERDICT, pl_buf_text(&rest), error);
  else
    pl_error_set(error, "evidence log: the facts are too long, or there is no memory");
  pl_buf_free(&rest);
  pl_nsec now = pl_clock_now(&run->clock);
  if (status != PL_OK || (!run->single && now - run->sealed < SEAL_AFTER))
    return status;
  run->sealed = now;
  return pl_log_sign(run->log, error);
}

static pl_status write_line(pl_evidence_run *run, const pl_spec *spec, const pl_facts *facts,
                            const pl_memory_notes *notes, int64_t now, const pl_verdict *verdict,
                            pl_error *error) {
  if (pl_text_is_same(run->failed, spec->evidence))
    return pl_fail(error, PL_ERR_IO, "%s", run->failure.text);
  pl_status status = open_log(run, spec, error);
  if (status != PL_OK)
    return status;
  pl_log_set_hasty(run->log, pl_clock_now(&run->clock) > run->deadline);
  char storage[VERDICT_MAX];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_entry_add_verdict(&text, verdict);
  pl_nsec wall = pl_clock_wall(&run->clock);
  pl_sha256 digest = pl_sha256_of(storage, text.length), config = pl_entry_config(spec);
  pl_entry entry = {.endpoint = spec->name,
                    .interval = (uint64_t)((spec->evidence_interval + PL_SEC - 1) / PL_SEC),
                    .config = config,
                    .verdict = storage};
  pl_last last;
  bool has_failed = pl_last_read(spec->evidence, spec->name, &last);
  entry.why =
      has_failed ? "failed" : pl_last_due(&last, &digest, &config, run->head, wall, entry.interval);
  if (entry.why != NULL) {
    char *recorded = pl_evidence_case_write(spec, facts, notes, now);
    entry.facts = recorded;
    if (recorded != NULL)
      status = append(run, &entry, error);
    else
      status = pl_fail(error, PL_ERR_MEMORY, "evidence log: out of memory");
    free(recorded);
    last.seq = pl_log_seq(run->log);
    last.written = wall;
  }
  last.digest = digest;
  last.config = config;
  last.round = wall;
  if (status == PL_OK)
    pl_last_write(spec->evidence, spec->name, &last);
  return status;
}

void pl_evidence_add(pl_evidence_run *run, const pl_spec *spec, const pl_facts *facts,
                     const pl_memory_notes *notes, int64_t now, pl_verdict *verdict) {
  pl_error error;
  pl_status status = PL_OK;
  if (spec->evidence != NULL)
    status = write_line(run, spec, facts, notes, now, verdict, &error);
  if (status == PL_OK)
    return;
  pl_last_fail(spec->evidence, spec->name);
  if (status == PL_ERR_IO) {
    run->failed = spec->evidence;
    run->failure = error;
  }
  pl_verdict_add_unwritten(verdict, error.text);
}

void pl_evidence_close(pl_evidence_run *run) {
  (void)!pl_log_close(run->log, NULL);
  run->log = NULL;
}
