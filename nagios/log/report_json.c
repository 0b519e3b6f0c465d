/* Writes the report on an evidence log as JSON. Names, codes and hashes need no escapes. */
#include "log/report.h"
#include <inttypes.h>

#define FORMAT 1

static void add_instant(pl_buf *buf, const char *key, pl_nsec wall) {
  pl_buf_addf(buf, "\"%s\":\"", key);
  pl_report_add_instant(buf, wall);
  pl_buf_add(buf, "\"");
}

static void add_seconds(pl_buf *buf, pl_nsec duration) {
  pl_buf_add(buf, "\"seconds\":");
  pl_buf_add_number(buf, pl_seconds(duration), 3);
}

/* A problem may quote bytes of a damaged file. */
static void add_quoted(pl_buf *buf, const char *text) {
  pl_buf_add_char(buf, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      pl_buf_add_char(buf, '\\');
    pl_buf_add_char(buf, *text >= ' ' && *text <= '~' ? *text : '?');
  }
  pl_buf_add_char(buf, '"');
}

static void add_log(pl_buf *buf, const pl_evidence_report *report) {
  const pl_verify_report *log = report->log;
  char hash[PL_HASH_HEX];
  pl_sha256_hex(&log->head.hash, hash);
  pl_buf_addf(buf, ",\"log\":{\"intact\":%s,\"problems\":%" PRIu64 ",\"problem\":",
              log->problems == 0 ? "true" : "false", log->problems);
  if (log->problems > 0)
    add_quoted(buf, log->problem);
  else
    pl_buf_add(buf, "null");
  const char *none_or_not = log->signatures > 0 ? "unverified" : "none";
  pl_buf_addf(buf, ",\"signed\":\"%s\",\"lines\":%" PRIu64 ",",
              report->keys && log->problems == 0 ? "verified" : none_or_not, log->lines);
  add_instant(buf, "first", log->first);
  pl_buf_add(buf, ",");
  add_instant(buf, "last", log->last);
  pl_buf_addf(buf,
              ",\"head\":{\"line\":%" PRIu64 ",\"sha256\":\"%s\"},\"signatures\":%" PRIu64
              ",\"time_stamps\":%" PRIu64 ",",
              log->head.seq, hash, log->signatures, log->anchors);
  if (log->stamped > 0)
    add_instant(buf, "stamped", log->stamped);
  else
    pl_buf_add(buf, "\"stamped\":null");
  pl_buf_addf(buf,
              ",\"stamps_verified\":%s,\"repairs\":%" PRIu64 ",\"clock_steps\":%" PRIu64
              ",\"older_removed\":%s}",
              report->authorities && log->stamped > 0 && log->problems == 0 ? "true" : "false",
              log->repairs, log->clock_steps, log->removed > 0 ? "true" : "false");
}

static void add_time(pl_buf *buf, pl_nsec begin, pl_nsec end) {
  add_instant(buf, "begin", begin);
  pl_buf_add(buf, ",");
  add_instant(buf, "end", end);
  pl_buf_add(buf, ",");
  add_seconds(buf, end - begin);
}

static void add_span(pl_buf *buf, const pl_span *span, uint64_t line) {
  pl_buf_addf(buf, "\"state\":\"%s\",\"severity\":%d,\"reason\":\"%s\",\"line\":",
              pl_span_name(span->kind), (int)span->severity, span->reason);
  if (line > 0)
    pl_buf_addf(buf, "%" PRIu64, line);
  else
    pl_buf_add(buf, "null");
}

static void add_exception(pl_buf *buf, const pl_exception *exception) {
  pl_buf_add(buf, "{");
  add_time(buf, exception->begin, exception->end);
  pl_buf_add(buf, ",");
  add_span(buf, &exception->span, exception->line);
  pl_buf_add(buf, ",\"ended_by\":");
  if (exception->lasts) {
    pl_buf_add(buf, "null}");
    return;
  }
  pl_buf_add(buf, "{");
  add_span(buf, &exception->next, exception->next_line);
  pl_buf_addf(buf, ",\"reconfigured\":%s}}", exception->reconfigured ? "true" : "false");
}

static void add_totals(pl_buf *buf, const pl_check_tally *check, unsigned id, pl_nsec period) {
  const char *comma = "";
  pl_buf_add(buf, ",\"times\":{");
  for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++) {
    if (!pl_report_has_kind(id, (pl_span_kind)kind))
      continue;
    pl_buf_addf(buf, "%s\"%s\":{", comma, pl_span_name((pl_span_kind)kind));
    add_seconds(buf, check->totals[kind]);
    pl_buf_add(buf, ",\"percent\":");
    if (period > 0)
      pl_buf_add_number(buf, (double)check->totals[kind] / (double)period * 100, 6);
    else
      pl_buf_add(buf, "null");
    pl_buf_add(buf, "}");
    comma = ",";
  }
  pl_buf_add(buf, "},\"longest_gap\":");
  if (check->gap_end <= check->gap_begin) {
    pl_buf_add(buf, "null");
    return;
  }
  pl_buf_add(buf, "{");
  add_time(buf, check->gap_begin, check->gap_end);
  pl_buf_addf(buf, ",\"reason\":\"%s\"}", check->gap_reason);
}

static void add_checks(pl_buf *buf, const pl_endpoint_tally *endpoint, pl_nsec period) {
  const char *comma = "";
  for (unsigned id = 0; id < PL_CHECK_COUNT; id++) {
    const pl_check_tally *check = &endpoint->checks[id];
    if (!check->seen)
      continue;
    pl_buf_addf(buf, "%s{\"check\":\"%s\"", comma, pl_check_name((pl_check)id));
    add_totals(buf, check, id, period);
    pl_buf_add(buf, ",\"exceptions\":[");
    for (size_t i = 0; i < check->count; i++) {
      pl_buf_add(buf, i > 0 ? "," : "");
      add_exception(buf, &check->exceptions[i]);
    }
    pl_buf_add(buf, "]}");
    comma = ",";
  }
}

static void add_acceptances(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  for (size_t i = 0; i < endpoint->acceptance_count; i++) {
    const pl_acceptance *acceptance = &endpoint->acceptances[i];
    pl_buf_addf(buf, "%s{\"rival\":\"%s\",", i > 0 ? "," : "", pl_rival_at(acceptance->rival)->key);
    add_instant(buf, "since", acceptance->since);
    pl_buf_add(buf, ",");
    if (acceptance->until > 0)
      add_instant(buf, "until", acceptance->until);
    else
      pl_buf_add(buf, "\"until\":null");
    pl_buf_add(buf, "}");
  }
}

static void add_configurations(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  for (size_t i = 0; i < endpoint->configuration_count; i++) {
    const pl_configuration *configuration = &endpoint->configurations[i];
    char hash[PL_HASH_HEX];
    pl_sha256_hex(&configuration->hash, hash);
    pl_buf_add(buf, i > 0 ? ",{" : "{");
    add_instant(buf, "since", configuration->since);
    pl_buf_addf(buf, ",\"line\":%" PRIu64 ",\"sha256\":\"%s\"}", configuration->line, hash);
  }
}

void pl_evidence_report_json(const pl_evidence_report *report, pl_buf *buf) {
  const pl_tally *tally = report->tally;
  pl_buf_addf(buf, "{\"format\":%d,\"program\":\"check_privatelink %s\",", FORMAT, report->version);
  add_instant(buf, "made", report->made);
  pl_buf_add(buf, ",");
  add_instant(buf, "from", tally->from);
  pl_buf_add(buf, ",");
  add_instant(buf, "to", tally->to);
  add_log(buf, report);
  pl_buf_add(buf, ",\"endpoints\":[");
  for (size_t i = 0; i < tally->count; i++) {
    const pl_endpoint_tally *endpoint = tally->endpoints[i];
    pl_buf_addf(buf, "%s{\"name\":\"%s\",\"checks\":[", i > 0 ? "," : "", endpoint->name);
    add_checks(buf, endpoint, tally->to - tally->from);
    pl_buf_add(buf, "],\"accepted\":[");
    add_acceptances(buf, endpoint);
    pl_buf_add(buf, "],\"configurations\":[");
    add_configurations(buf, endpoint);
    pl_buf_add(buf, "]}");
  }
  pl_buf_add(buf, "]}\n");
}
