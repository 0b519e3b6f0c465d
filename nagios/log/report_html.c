/* Writes the report on an evidence log as one HTML page. */
#include "log/report.h"
#include <inttypes.h>
#include <string.h>

#define TEXT_MAX ((size_t)2048) /* bytes of a line of words */

/* The policy forbids what the page does not need: scripts, and anything from the network. Patterns,
 * not colours, tell the states from each other. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
    "style-src &#39;unsafe-inline&#39;\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Evidence report</title>\n"
    "<style>\n"
    "body{font:15px/1.4 sans-serif;color:#000;background:#fff;max-width:62em;margin:1.5em auto;"
    "padding:0 1em}\n"
    "h1{font-size:1.5em}h2{font-size:1.2em;border-top:2px solid #000;padding-top:.5em;"
    "margin-top:2em}h3{font-size:1em;margin:1.2em 0 .3em}\n"
    "table{border-collapse:collapse;width:100%;margin:.5em 0}"
    "th,td{border:1px solid #777;padding:.2em .5em;text-align:left;vertical-align:top}"
    "th{background:#eee}td.n{text-align:right}td.n,td.t{white-space:nowrap}table.s{width:auto;min-"
    "width:26em}\n"
    "code{font-size:.85em;overflow-wrap:anywhere}\n"
    ".state{border:2px solid #000;padding:.5em .8em;overflow-wrap:anywhere}"
    ".broken{border-width:6px;font-weight:bold}\n"
    ".bar{position:relative;height:1.4em;border:1px solid #000;overflow:hidden}"
    ".bar i{position:absolute;top:0;bottom:0;min-width:2px}\n"
    ".key span{margin-right:1.2em;white-space:nowrap}.key i{display:inline-block;width:1.6em;"
    "height:.9em;border:1px solid #000;margin-right:.4em;vertical-align:-.1em}\n"
    ".bar,.key i,th{print-color-adjust:exact;-webkit-print-color-adjust:exact}.bar i{"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    ".open,.critical{background:#000}\n"
    ".unproven,.unknown{background:repeating-linear-gradient(45deg,#000 0 2px,#fff 2px 6px)}\n"
    ".warning{background:repeating-linear-gradient(0deg,#000 0 1px,#fff 1px 4px)}\n"
    ".unmonitored{background:#bbb}\n"
    "@page{size:A4;margin:15mm}\n"
    "@media print{body{font-size:10pt;max-width:none;margin:0;padding:0}thead{display:"
    "table-header-group}tr,.bar,.state{break-inside:avoid}h2,h3{break-after:avoid}}\n"
    "</style>\n</head>\n<body>\n";

static const char legend[] =
    "<p class=\"key\"><span><i></i>blocked or OK</span><span><i class=\"open\"></i>open or critical"
    "</span><span><i class=\"unproven\"></i>unproven or unknown</span><span><i class=\"warning\">"
    "</i>warning</span><span><i class=\"unmonitored\"></i>unmonitored</span></p>\n";

/* ---- text ----------------------------------------------------------------------------------- */

/* Letters, digits, blanks and a few signs stay. Other visible ASCII becomes a number, and all the
 * rest "?". */
static void add_escaped(pl_buf *buf, const char *text) {
  for (; *text != '\0'; text++) {
    char c = *text;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        strchr(" .,:;_-/()[]+%", c) != NULL)
      pl_buf_add_char(buf, c);
    else if (c > ' ' && c <= '~')
      pl_buf_addf(buf, "&#%d;", c);
    else
      pl_buf_add_char(buf, '?');
  }
}

/* A line of words that is made in `words`. */
typedef struct words {
  char text[TEXT_MAX];
  pl_buf buf;
} words;

static pl_buf *begin(words *w) {
  pl_buf_fixed(&w->buf, w->text, sizeof(w->text));
  return &w->buf;
}

static void add_instant(pl_buf *buf, pl_nsec wall) {
  words w;
  pl_report_add_instant(begin(&w), wall);
  add_escaped(buf, w.text);
}

static void add_percent(pl_buf *buf, pl_nsec part, pl_nsec whole) {
  words w;
  pl_report_add_percent(begin(&w), part, whole);
  add_escaped(buf, w.text);
}

static void add_hash(pl_buf *buf, const pl_sha256 *hash) {
  char hex[PL_HASH_HEX];
  pl_sha256_hex(hash, hex);
  pl_buf_addf(buf, "<code>%s</code>", hex);
}

/* ---- one check ------------------------------------------------------------------------------ */

static void add_bar(pl_buf *buf, const pl_tally *tally, const pl_check_tally *check) {
  double period = (double)(tally->to - tally->from);
  pl_buf_add(buf, "<div class=\"bar\">");
  for (size_t i = 0; i < check->count && period > 0; i++) {
    const pl_exception *exception = &check->exceptions[i];
    pl_nsec since = exception->begin > tally->from ? exception->begin : tally->from;
    const char *class = pl_span_name(exception->span.kind);
    if (exception->span.kind == PL_SPAN_BLOCKED || exception->span.kind == PL_SPAN_OK)
      class = "warning";
    pl_buf_addf(buf, "<i class=\"%s\" style=\"left:", class);
    pl_buf_add_number(buf, (double)(since - tally->from) / period * 100, 4);
    pl_buf_add(buf, "%;width:");
    pl_buf_add_number(buf, (double)(exception->end - since) / period * 100, 4);
    pl_buf_add(buf, "%\"></i>");
  }
  pl_buf_add(buf, "</div>\n");
}

static void add_totals(pl_buf *buf, const pl_check_tally *check, unsigned id, pl_nsec period) {
  pl_buf_add(
      buf,
      "<table class=\"s\">\n<thead><tr><th>state</th><th>hours</th><th>per cent</th></tr></thead>\n"
      "<tbody>\n");
  for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++) {
    if (!pl_report_has_kind(id, (pl_span_kind)kind))
      continue;
    pl_buf_addf(buf, "<tr><td>%s</td><td class=\"n\">%.3f</td><td class=\"n\">",
                pl_span_name((pl_span_kind)kind), pl_seconds(check->totals[kind]) / 3600);
    add_percent(buf, check->totals[kind], period);
    pl_buf_add(buf, "</td></tr>\n");
  }
  pl_buf_add(buf, "</tbody>\n</table>\n<p>Longest time unmonitored: ");
  if (check->gap_end > check->gap_begin) {
    words w;
    pl_report_add_duration(begin(&w), check->gap_end - check->gap_begin);
    pl_buf_add(&w.buf, " from ");
    pl_report_add_instant(&w.buf, check->gap_begin);
    pl_buf_addf(&w.buf, ": %s", pl_report_unmonitored(check->gap_reason));
    add_escaped(buf, w.text);
  } else {
    pl_buf_add(buf, "none");
  }
  pl_buf_add(buf, "</p>\n");
}

static void add_exception(pl_buf *buf, const pl_exception *exception) {
  words w;
  pl_buf_add(buf, "<tr><td class=\"t\">");
  add_instant(buf, exception->begin);
  pl_buf_add(buf, "</td><td class=\"t\">");
  add_instant(buf, exception->end);
  pl_buf_add(buf, "</td><td class=\"n\">");
  pl_report_add_duration(begin(&w), exception->end - exception->begin);
  add_escaped(buf, w.text);
  pl_buf_add(buf, "</td><td>");
  pl_report_add_span(begin(&w), &exception->span);
  if (exception->line > 0)
    pl_buf_addf(&w.buf, ", line %" PRIu64, exception->line);
  add_escaped(buf, w.text);
  pl_buf_add(buf, "</td><td>");
  pl_report_add_end(begin(&w), exception);
  add_escaped(buf, w.text);
  pl_buf_add(buf, "</td></tr>\n");
}

static void add_check(pl_buf *buf, const pl_tally *tally, const pl_check_tally *check,
                      unsigned id) {
  pl_buf_add(buf, "<h3>");
  add_escaped(buf, pl_check_info_at((pl_check)id)->title);
  pl_buf_add(buf, "</h3>\n");
  add_bar(buf, tally, check);
  add_totals(buf, check, id, tally->to - tally->from);
  if (check->count == 0) {
    pl_buf_add(buf, "<p>No exceptions.</p>\n");
    return;
  }
  pl_buf_add(buf, "<table>\n<thead><tr><th>exception from</th><th>to</th><th>length</th>"
                  "<th>what and why</th><th>ended by</th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < check->count; i++)
    add_exception(buf, &check->exceptions[i]);
  pl_buf_add(buf, "</tbody>\n</table>\n");
}

/* ---- endpoints ------------------------------------------------------------------------------ */

static void add_acceptances(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  if (endpoint->acceptance_count == 0)
    return;
  pl_buf_add(buf, "<h3>Accepted without proof</h3>\n<table>\n<thead><tr><th>other explanation</th>"
                  "<th>since</th><th>until</th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < endpoint->acceptance_count; i++) {
    const pl_acceptance *acceptance = &endpoint->acceptances[i];
    const pl_rival *rival = pl_rival_at(acceptance->rival);
    pl_buf_add(buf, "<tr><td>");
    add_escaped(buf, rival->key);
    pl_buf_add(buf, ": ");
    add_escaped(buf, rival->explanation);
    pl_buf_add(buf, "</td><td class=\"t\">");
    add_instant(buf, acceptance->since);
    pl_buf_add(buf, "</td><td class=\"t\">");
    if (acceptance->until > 0)
      add_instant(buf, acceptance->until);
    else
      pl_buf_add(buf, "-");
    pl_buf_add(buf, "</td></tr>\n");
  }
  pl_buf_add(buf, "</tbody>\n</table>\n");
}

static void add_configurations(pl_buf *buf, const pl_endpoint_tally *endpoint) {
  pl_buf_add(buf, "<h3>Configurations</h3>\n<table>\n<thead><tr><th>since</th><th>line</th>"
                  "<th>SHA-256</th></tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < endpoint->configuration_count; i++) {
    const pl_configuration *configuration = &endpoint->configurations[i];
    pl_buf_add(buf, "<tr><td class=\"t\">");
    add_instant(buf, configuration->since);
    pl_buf_addf(buf, "</td><td class=\"n\">%" PRIu64 "</td><td>", configuration->line);
    add_hash(buf, &configuration->hash);
    pl_buf_add(buf, "</td></tr>\n");
  }
  pl_buf_add(buf, "</tbody>\n</table>\n");
}

static void add_overview(pl_buf *buf, const pl_tally *tally) {
  pl_buf_add(buf, "<h2>Public endpoints</h2>\n<table>\n<thead><tr><th>endpoint</th><th>blocked</th>"
                  "<th>open</th><th>unproven</th><th>unmonitored</th><th>exceptions</th></tr>"
                  "</thead>\n<tbody>\n");
  for (size_t i = 0; i < tally->count; i++) {
    static const pl_span_kind kinds[] = {PL_SPAN_BLOCKED, PL_SPAN_OPEN, PL_SPAN_UNPROVEN,
                                         PL_SPAN_UNMONITORED};
    const pl_check_tally *check = &tally->endpoints[i]->checks[PL_CHECK_PUBLIC];
    if (!check->seen)
      continue;
    pl_buf_add(buf, "<tr><td>");
    add_escaped(buf, tally->endpoints[i]->name);
    pl_buf_add(buf, "</td>");
    for (size_t k = 0; k < PL_COUNT_OF(kinds); k++) {
      pl_buf_add(buf, "<td class=\"n\">");
      add_percent(buf, check->totals[kinds[k]], tally->to - tally->from);
      pl_buf_add(buf, "</td>");
    }
    pl_buf_addf(buf, "<td class=\"n\">%zu</td></tr>\n", check->count);
  }
  pl_buf_add(buf, "</tbody>\n</table>\n");
}

static void add_state(pl_buf *buf, const pl_evidence_report *report) {
  const pl_tally *tally = report->tally;
  words w;
  pl_buf_addf(buf, "<p class=\"state%s\">", report->log->problems > 0 ? " broken" : "");
  pl_report_add_state(begin(&w), report);
  add_escaped(buf, w.text);
  pl_buf_add(buf, "</p>\n<h1>Evidence report</h1>\n<p>Period: ");
  add_instant(buf, tally->from);
  pl_buf_add(buf, " to ");
  add_instant(buf, tally->to);
  pl_buf_addf(buf, ", %.3f hours. Made ", pl_seconds(tally->to - tally->from) / 3600);
  add_instant(buf, report->made);
  pl_buf_add(buf, " by check_privatelink ");
  add_escaped(buf, report->version);
  pl_buf_add(buf, ".</p>\n<p>Log: ");
  pl_report_add_contents(begin(&w), report);
  add_escaped(buf, w.text);
  pl_buf_add(buf, ".</p>\n<p>");
  add_escaped(buf, pl_report_purpose);
  pl_buf_add(buf, "</p>\n");
}

void pl_evidence_report_html(const pl_evidence_report *report, pl_buf *buf) {
  const pl_tally *tally = report->tally;
  pl_buf_add(buf, head);
  add_state(buf, report);
  pl_buf_add(buf, legend);
  add_overview(buf, tally);
  for (size_t i = 0; i < tally->count; i++) {
    const pl_endpoint_tally *endpoint = tally->endpoints[i];
    pl_buf_add(buf, "<h2>");
    add_escaped(buf, endpoint->name);
    pl_buf_add(buf, "</h2>\n");
    for (unsigned id = 0; id < PL_CHECK_COUNT; id++) {
      if (endpoint->checks[id].seen)
        add_check(buf, tally, &endpoint->checks[id], id);
    }
    add_acceptances(buf, endpoint);
    add_configurations(buf, endpoint);
  }
  pl_buf_add(buf, "</body>\n</html>\n");
}
