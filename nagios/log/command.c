/* Verifies an evidence log, makes keys, and handles time stamps and stops. */
#include "log/command.h"
#include "base/file.h"
#include "evidence/log/anchor.h"
#include "evidence/log/entry.h"
#include "evidence/log/files.h"
#include "evidence/log/last.h"
#include "evidence/log/verify.h"
#include "evidence/report/period.h"
#include "evidence/report/tally.h"
#include "log/add.h"
#include "log/arena.h"
#include "log/report.h"
#include "memory/stamp.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 2

/* ---- verification --------------------------------------------------------------------------- */

static void add_times(const pl_verify_report *report, pl_buf *buf) {
  char first[PL_LINE_TIME], last[PL_LINE_TIME];
  if (report->lines == 0)
    return; /* from the start of 1970 */
  pl_time_format(report->first, first);
  pl_time_format(report->last, last);
  pl_buf_addf(buf,
              "lines: %" PRIu64 " in %" PRIu64 " files, from %.19sZ to %.19sZ\n"
              "verdicts: %" PRIu64 ", judged again with the same result: %" PRIu64,
              report->lines, report->files, first, last, report->verdicts, report->judged);
  if (report->other > 0)
    pl_buf_addf(buf, ", of other versions with another result: %" PRIu64, report->other);
  pl_buf_addf(buf, "\ntorn lines, repaired: %" PRIu64 "; the clock was set: %" PRIu64 " times\n",
              report->repairs, report->clock_steps);
}

static void add_protection(const pl_args_evidence *evidence, const pl_verify_report *report,
                           pl_buf *buf) {
  char head[PL_HASH_HEX], stamped[PL_LINE_TIME];
  pl_buf_addf(buf, "signatures: %" PRIu64 "%s\n", report->signatures,
              evidence->public_key == NULL ? ", not verified: no --public-key" : ", all good");
  pl_buf_addf(buf, "time stamps: %" PRIu64, report->anchors);
  if (report->stamped > 0) {
    pl_time_format(report->stamped, stamped);
    pl_buf_addf(buf, ", the last of %.19sZ%s", stamped,
                evidence->ca_file == NULL ? ", not verified: no --evidence-ca" : ", all good");
  }
  pl_sha256_hex(&report->head.hash, head);
  pl_buf_addf(buf, "\nlast line: number %" PRIu64 ", hash %s\n", report->head.seq, head);
}

/* `take` and `user` as in pl_verify_config. */
static pl_status verify_log(const pl_args_evidence *evidence, pl_nsec now, pl_verify_take take,
                            void *user, pl_verify_report *ret_report, pl_error *error) {
  pl_sha256 known;
  if (evidence->known != NULL && !pl_sha256_parse(evidence->known, strlen(evidence->known), &known))
    return pl_fail(error, PL_ERR_INVALID,
                   "--known-head: must be a SHA-256 hash: 64 hexadecimal digits in lower case");
  pl_error problem;
  if (evidence->ca_file != NULL &&
      pl_anchor_check_authorities(evidence->ca_file, &problem) != PL_OK)
    return pl_fail(error, PL_ERR_INVALID, "--evidence-ca: %s", problem.text);
  pl_verify_config config = {.dir = evidence->target,
                             .public_key = evidence->public_key,
                             .ca_file = evidence->ca_file,
                             .known = evidence->known != NULL ? &known : NULL,
                             .now = now,
                             .version = PL_VERSION,
                             .judge = pl_verify_judge_case,
                             .threads = THREADS,
                             .take = take,
                             .user = user};
  pl_arena_use();
  return pl_verify(&config, ret_report, error);
}

static pl_status verify(const pl_args *args, const pl_clock *clock, pl_buf *buf, int *ret_code,
                        pl_error *error) {
  const pl_args_evidence *evidence = &args->evidence;
  pl_verify_report report;
  pl_status status = verify_log(evidence, pl_clock_wall(clock), NULL, NULL, &report, error);
  if (status != PL_OK)
    return status;
  if (report.problems == 0)
    pl_buf_addf(buf, "EVIDENCE OK: %s\n",
                evidence->public_key != NULL ? "the whole log is good"
                : evidence->ca_file != NULL
                    ? "the chain is whole, and nobody has rewritten what the last time stamp covers"
                    : "the chain is whole, but its writer could have rewritten it");
  else
    pl_buf_addf(buf, "EVIDENCE CRITICAL: %s\n", report.problem);
  if (report.problems > 1)
    pl_buf_addf(buf, "more problems after this one: %" PRIu64 "\n", report.problems - 1);
  add_times(&report, buf);
  if (report.problems == 0)
    add_protection(evidence, &report, buf);
  *ret_code = report.problems == 0 ? PL_SEVERITY_OK : PL_SEVERITY_CRITICAL;
  return PL_OK;
}

/* ---- report --------------------------------------------------------------------------------- */

static pl_status read_period(const pl_args_evidence *evidence, pl_nsec now, pl_tally *tally,
                             pl_error *error) {
  static const char form[] = "must be YYYY-MM-DD, or an instant such as 2026-11-30T12:00:00Z";
  tally->to = now;
  if (evidence->from != NULL && !pl_period_parse(evidence->from, PL_PERIOD_FROM, &tally->from))
    return pl_fail(error, PL_ERR_INVALID, "--from: %s", form);
  if (evidence->to != NULL && !pl_period_parse(evidence->to, PL_PERIOD_TO, &tally->to))
    return pl_fail(error, PL_ERR_INVALID, "--to: %s", form);
  if (tally->to > now)
    tally->to = now;
  if (tally->from >= tally->to)
    return pl_fail(error, PL_ERR_INVALID,
                   "--from: the period is empty: it must begin before its end, and before now");
  return PL_OK;
}

static bool take_line(void *user, const pl_log_line *line) { return pl_tally_take(user, line); }

static pl_status report(const pl_args *args, const pl_clock *clock, pl_buf *buf, int *ret_code,
                        pl_error *error) {
  const pl_args_evidence *evidence = &args->evidence;
  pl_verify_report log;
  pl_tally tally = {.from = 0};
  pl_nsec now = pl_clock_wall(clock);
  pl_status status = read_period(evidence, now, &tally, error);
  if (status == PL_OK)
    status = verify_log(evidence, now, take_line, &tally, &log, error);
  if (status == PL_OK && !pl_tally_end(&tally))
    status = pl_fail_memory(error);
  pl_evidence_report whole = {.version = PL_VERSION,
                              .log = &log,
                              .tally = &tally,
                              .made = now,
                              .keys = evidence->public_key != NULL,
                              .authorities = evidence->ca_file != NULL};
  if (status == PL_OK && args->form == PL_FORM_JSON)
    pl_evidence_report_json(&whole, buf);
  else if (status == PL_OK && args->form == PL_FORM_HTML)
    pl_evidence_report_html(&whole, buf);
  else if (status == PL_OK)
    pl_evidence_report_text(&whole, buf);
  pl_tally_free(&tally);
  if (status == PL_OK)
    *ret_code = log.problems == 0 ? PL_SEVERITY_OK : PL_SEVERITY_CRITICAL;
  return status;
}

/* ---- keys and lines ------------------------------------------------------------------------- */

static pl_status make_key(const pl_args *args, pl_buf *buf, pl_error *error) {
  char id[PL_KEY_ID];
  pl_error problem;
  const char *path = args->evidence.target;
  pl_status status = pl_signing_key_make(path, id, &problem);
  if (status != PL_OK)
    return pl_fail(error, status, "--make-evidence-key: %s", problem.text);
  pl_buf_addf(buf,
              "private key: %s\npublic key: %s.pub\nkey id: %s\n"
              "Keep the public key where nobody who can write the log can change it.\n",
              path, path, id);
  return PL_OK;
}

static pl_status open_log(const pl_args_evidence *evidence, const pl_clock *clock, pl_log **ret_log,
                          pl_error *error) {
  pl_log_config config = {.dir = evidence->dir,
                          .by = PL_EVIDENCE_BY,
                          .key = evidence->key,
                          .clock = *clock,
                          .boot = pl_moment_host(PL_MACHINE_ID, PL_BOOT_ID)};
  return pl_log_open(&config, ret_log, error);
}

/* Adds a line, and signs it. */
static pl_status add_line(const pl_args_evidence *evidence, const pl_clock *clock,
                          pl_log_line_type type, const char *rest, pl_error *error) {
  pl_log *log;
  pl_status status = open_log(evidence, clock, &log, error);
  if (status != PL_OK)
    return status;
  status = pl_log_append(log, type, rest, error);
  pl_error ignored;
  pl_status closed = pl_log_close(log, status == PL_OK ? error : &ignored);
  return status == PL_OK ? closed : status;
}

static pl_status stop(const pl_args *args, const pl_clock *clock, pl_buf *buf, pl_error *error) {
  char storage[PL_LIMIT_HOST + 32];
  pl_buf rest;
  pl_buf_fixed(&rest, storage, sizeof(storage));
  if (args->evidence.target[0] == '\0')
    return pl_fail(error, PL_ERR_INVALID, "--stop-evidence: must be an endpoint's name");
  pl_entry_add_stop(&rest, args->evidence.target);
  pl_status status = add_line(&args->evidence, clock, PL_LINE_STOP, storage, error);
  if (status != PL_OK)
    return status;
  pl_last last;
  (void)pl_last_read(args->evidence.dir, args->evidence.target, &last);
  /* If it is checked again, it has a line at once. */
  pl_last_write(args->evidence.dir, args->evidence.target, &(pl_last){.seq = 0});
  pl_buf_addf(buf, "the log says that %s is no longer checked\n", args->evidence.target);
  if (last.seq == 0)
    pl_buf_add(buf,
               "no check has a line of that name here: if no daemon has one, the name is wrong\n");
  return PL_OK;
}

/* ---- time stamps ---------------------------------------------------------------------------- */

static pl_status request(const pl_args *args, const pl_clock *clock, pl_buf *buf, pl_error *error) {
  pl_log *log;
  pl_log_head head = {.seq = 0};
  pl_status status = open_log(&args->evidence, clock, &log, error);
  if (status != PL_OK)
    return status;
  status = pl_log_read_head(log, &head, error);
  pl_log_free(log);
  if (status == PL_OK && head.seq == 0)
    status = pl_fail(error, PL_ERR_INVALID, "--evidence-request: the log has no line yet");
  if (status != PL_OK)
    return status;
  pl_buf der;
  pl_buf_init(&der, PL_LIMIT_TIME_STAMP);
  status = pl_anchor_request(&head.hash, &der, error);
  pl_error problem;
  if (status == PL_OK && (status = pl_file_create(args->evidence.target, 0644, der.data, der.length,
                                                  &problem)) != PL_OK)
    pl_error_set(error, "--evidence-request: %s", problem.text);
  pl_buf_free(&der);
  char hex[PL_HASH_HEX];
  pl_sha256_hex(&head.hash, hex);
  if (status == PL_OK)
    pl_buf_addf(buf, "request for line number %" PRIu64 ", hash %s\n", head.seq, hex);
  return status;
}

/* The line that the response stamps. */
static pl_status find_line(const pl_args_evidence *evidence, const pl_anchor *anchor,
                           uint64_t *ret_seq, pl_error *error) {
  int dir;
  bool foreign;
  pl_status status = pl_dir_open(evidence->dir, "evidence directory", &dir, &foreign, error);
  if (status != PL_OK)
    return status;
  status = pl_log_find(dir, &anchor->hash, ret_seq, error);
  close(dir);
  return status;
}

static pl_status add_response(const pl_args *args, const pl_clock *clock, pl_buf *buf,
                              pl_error *error) {
  char *text, stamped[PL_LINE_TIME];
  size_t length;
  pl_anchor anchor;
  pl_error why;
  uint64_t seq = 0;
  pl_buf rest;
  pl_status status =
      pl_file_read(args->evidence.target, PL_LIMIT_TIME_STAMP - 2, &text, &length, &why);
  if (status != PL_OK)
    return pl_fail(error, status, "--evidence-response: %s", why.text);
  status = pl_anchor_read((const uint8_t *)text, length, &anchor, &why);
  if (status == PL_OK)
    status = find_line(&args->evidence, &anchor, &seq, &why);
  if (status != PL_OK)
    pl_error_set(error, "--evidence-response: %s: %s", args->evidence.target, why.text);
  pl_buf_init(&rest, 2 * PL_LIMIT_TIME_STAMP);
  pl_buf_addf(&rest, ",\"of\":%" PRIu64 ",\"response\":\"", seq);
  pl_base64_add(&rest, (const uint8_t *)text, length);
  pl_buf_add(&rest, "\"");
  if (status == PL_OK)
    status = add_line(&args->evidence, clock, PL_LINE_ANCHOR, pl_buf_text(&rest), error);
  pl_buf_free(&rest);
  free(text);
  if (status != PL_OK)
    return status;
  pl_time_format(anchor.wall, stamped);
  pl_buf_addf(buf, "line number %" PRIu64 " has a time stamp of %.19sZ\n", seq, stamped);
  return PL_OK;
}

pl_status pl_evidence_command(const pl_args *args, const pl_clock *clock, pl_buf *buf,
                              int *ret_code, pl_error *error) {
  *ret_code = PL_SEVERITY_OK;
  switch (args->action) {
  case PL_ACTION_MAKE_EVIDENCE_KEY:
    return make_key(args, buf, error);
  case PL_ACTION_VERIFY_EVIDENCE:
    return verify(args, clock, buf, ret_code, error);
  case PL_ACTION_REPORT:
    return report(args, clock, buf, ret_code, error);
  case PL_ACTION_EVIDENCE_REQUEST:
    return request(args, clock, buf, error);
  case PL_ACTION_EVIDENCE_RESPONSE:
    return add_response(args, clock, buf, error);
  case PL_ACTION_STOP_EVIDENCE:
    return stop(args, clock, buf, error);
  case PL_ACTION_CHECK:
  case PL_ACTION_HELP:
  case PL_ACTION_VERSION:
  case PL_ACTION_LIST_PRESETS:
  case PL_ACTION_REPLAY:
  case PL_ACTION_SERVE:
    break;
  }
  return pl_fail(error, PL_ERR_INVALID, "nothing to do with an evidence log");
}
