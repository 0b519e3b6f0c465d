/* Writes the report on an evidence log as text. */
#include "log/report.h"
#include <inttypes.h>

static void add_totals(pl_buf *buf, const pl_check_tally *check, unsigned id, pl_nsec period) {
  for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++) {
    if (!pl_report_has_kind(id, (pl_span_kind)kind))
      continue;
    char percent[16];
    pl_buf text;
    pl_buf_fixed(&text, percent, sizeof(percent));
    pl_report_add_percent(&text, check->totals[kind], period);
    pl_buf_addf(buf, "    %-12s %12.3f h  %8s\n", pl_span_name((pl_span_kind)kind),
                pl_seconds(check->totals[kind]) / 3600, percent);
  }
  pl_buf_add(buf, "    longest time unmonitored: ");
  if (check->gap_end > check->gap_begin) {
    pl_report_add_duration(buf, check->gap_end - check->gap_begin);
    pl_buf_add(buf, " from ");
    pl_report_add_instant(buf, check->gap_begin);
    pl_buf_addf(buf, ": %s\n", pl_report_unmonitored(check->gap_reason));
  } else {
    pl_buf_add(buf, "none\n");
  }
}

static void add_exceptions(pl_buf *buf, const pl_check_tally *check) {
  pl_buf_addf(buf, "    exceptions: %zu\n", check->count);
  for (size_t i = 0; i < check->count; i++) {
    const pl_exception *exception = &check->exceptions[i];
    pl_buf_add(buf, "      ");
    pl_report_add_instant(buf, exception->begin);
    pl_buf_add(buf, " to ");
    pl_report_add_instant(buf, exception->end);
    pl_buf_add(buf, " (");
    pl_report_add_duration(buf, exception->end - exception->begin);
    pl_buf_add(buf, ") ");
    pl_report_add_span(buf, &exception->span);
    if (exception->line > 0)
      pl_buf_addf(buf, ", line %" PRIu64, exception->line);
    pl_buf_add(buf, "\n        ended by: ");
    pl_report_add_end(buf, exception);
    pl_buf_add(buf, "\n");
  }
}

static void add_acceptances(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  for (size_t i = 0; i < endpoint->acceptance_count; i++) {
    const pl_acceptance *acceptance = &endpoint->acceptances[i];
    const pl_rival *rival = pl_rival_at(acceptance->rival);
    pl_buf_addf(buf, "  accepted without proof: %s (%s), since ", rival->key, rival->explanation);
    pl_report_add_instant(buf, acceptance->since);
    if (acceptance->until > 0) {
      pl_buf_add(buf, " until ");
      pl_report_add_instant(buf, acceptance->until);
    }
    pl_buf_add(buf, "\n");
  }
}

static void add_configurations(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  for (size_t i = 0; i < endpoint->configuration_count; i++) {
    const pl_configuration *configuration = &endpoint->configurations[i];
    char hash[PL_HASH_HEX];
    pl_sha256_hex(&configuration->hash, hash);
    pl_buf_addf(buf, "  configuration %.16s since ", hash);
    pl_report_add_instant(buf, configuration->since);
    pl_buf_addf(buf, ", line %" PRIu64 "\n", configuration->line);
  }
}

void pl_evidence_report_text(const pl_evidence_report *report, pl_buf *buf) {
  const pl_tally *tally = report->tally;
  pl_report_add_state(buf, report);
  pl_buf_add(buf, "\nperiod: ");
  pl_report_add_instant(buf, tally->from);
  pl_buf_add(buf, " to ");
  pl_report_add_instant(buf, tally->to);
  pl_buf_addf(buf, ", %.3f h\nlog: ", pl_seconds(tally->to - tally->from) / 3600);
  pl_report_add_contents(buf, report);
  pl_buf_add(buf, "\nreport: made ");
  pl_report_add_instant(buf, report->made);
  pl_buf_addf(buf, " by check_privatelink %s\n%s\n", report->version, pl_report_purpose);
  if (tally->count == 0)
    pl_buf_add(buf, "\nThe log has no endpoint up to the end of the period.\n");
  for (size_t i = 0; i < tally->count; i++) {
    const pl_endpoint_tally *endpoint = tally->endpoints[i];
    pl_buf_addf(buf, "\n%s\n", endpoint->name);
    for (unsigned id = 0; id < PL_CHECK_COUNT; id++) {
      const pl_check_tally *check = &endpoint->checks[id];
      if (!check->seen)
        continue;
      pl_buf_addf(buf, "  %s (%s)\n", pl_check_name((pl_check)id),
                  pl_check_info_at((pl_check)id)->title);
      add_totals(buf, check, id, tally->to - tally->from);
      add_exceptions(buf, check);
    }
    add_acceptances(buf, endpoint);
    add_configurations(buf, endpoint);
  }
}
