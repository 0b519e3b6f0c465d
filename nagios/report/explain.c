/* Prints --explain: what each check tried, saw and concluded, and what to do next. */
#include "report/explain.h"
#include "facts/endpoint.h"
#include "judge/case.h"
#include "report/detail.h"
#include "report/explain_next.h"
#include "report/words.h"
#include <string.h>

#define HOURS_A_MONTH 730

/* ---- tried ---------------------------------------------------------------------------------- */

static void tried_state(pl_lines *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  pl_line(out, "asked the EC2 API for %s%s%s", spec->endpoint_id,
          spec->region != NULL ? " in " : "", spec->region != NULL ? spec->region : "");
  const pl_endpoint *endpoint = result->facts->endpoint;
  if (endpoint != NULL && endpoint->credentials[0] != '\0')
    pl_line(out, "with the credentials from: %s", endpoint->credentials);
}

static void tried_questions(pl_lines *out, const pl_dns_fact *facts, size_t count,
                            const char *name) {
  pl_buf *buf = pl_line_begin(out);
  const char *separator = "asked ";
  for (size_t i = 0; i < count; i++) {
    if (facts[i].type != PL_DNS_A)
      continue;
    pl_buf_add(buf, separator);
    pl_sockaddr_add(buf, &facts[i].resolver);
    separator = ", ";
  }
  pl_buf_addf(buf, "%s for A and AAAA of %s", separator[0] == ',' ? "" : "asked no resolver",
              name != NULL ? name : "the endpoint's own name");
  pl_line_end(out);
}

/* Port, depth and server name of the probes of one side; `with` says with which credentials. */
static void tried_addresses(pl_lines *out, const pl_spec *spec, const char *which, pl_depth depth,
                            const char *with, const char *name) {
  static const char *const depths[] = {
      [PL_DEPTH_TCP] = "TCP connect",
      [PL_DEPTH_TLS] = "TCP connect, TLS with certificate check",
      [PL_DEPTH_HTTP] = "TCP connect, TLS with certificate check, HTTP GET ",
  };
  bool http = depth == PL_DEPTH_HTTP, named = name != NULL && depth != PL_DEPTH_TCP;
  pl_line(out, "every %s address on port %u: %s%s%s%s%s", which, spec->port, depths[depth],
          http ? spec->path : "", http ? with : "", named ? "; server name " : "",
          named ? name : "");
}

static void tried_dns(pl_lines *out, const pl_endpoint_result *result) {
  tried_questions(out, result->facts->private_dns, result->facts->private_dns_count,
                  result->spec->private_name);
  for (size_t i = 0; i < result->facts->further_count; i++) {
    const pl_further *further = &result->facts->further[i];
    tried_questions(out, further->dns, further->dns_count, further->name);
  }
}

static void tried_port(pl_lines *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  tried_addresses(out, spec, "private", spec->probe,
                  spec->api_key != NULL ? " with the API key" : "", spec->tls_name);
}

static void tried_public(pl_lines *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  tried_questions(out, result->facts->public_dns, result->facts->public_dns_count,
                  spec->public_name);
  tried_addresses(out, spec, "public", spec->public_probe, " without credentials",
                  spec->public_name);
  pl_line(
      out,
      "an address that does not answer is tried up to three times, from different source ports");
}

/* ---- saw ------------------------------------------------------------------------------------ */

/* AWS bills each zone and hour from creation to deletion, whatever the state ("AWS PrivateLink
 * pricing"). */
static void saw_cost(pl_lines *out, const pl_spec *spec, const pl_endpoint *endpoint) {
  bool given = spec->hourly_price >= 0;
  double price = given ? spec->hourly_price : PL_HOURLY_PRICE_US;
  double hourly = (double)endpoint->zone_count * price;
  bool ended =
      endpoint->state == PL_ENDPOINT_STATE_DELETED || endpoint->state == PL_ENDPOINT_STATE_DELETING;
  if (!endpoint->zones_known || endpoint->zone_count == 0 ||
      endpoint->type != PL_ENDPOINT_TYPE_INTERFACE || ended)
    return;
  if (endpoint->provider_pays) {
    pl_line(out, "cost: the account of the service pays for this endpoint");
    return;
  }
  pl_buf *buf = pl_line_begin(out);
  pl_buf_add(buf, "cost: ");
  pl_buf_add_number(buf, hourly, 4);
  pl_buf_add(buf, " USD an hour, ");
  pl_buf_add_number(buf, hourly * HOURS_A_MONTH, 2);
  pl_buf_addf(buf, " USD a month: %zu zone%s at ", endpoint->zone_count,
              endpoint->zone_count == 1 ? "" : "s");
  pl_buf_add_number(buf, price, 4);
  pl_buf_addf(buf, " USD%s",
              given ? "" : ", the price in US regions; set yours with --hourly-price");
  pl_line_end(out);
  pl_line(out, "AWS bills this until the endpoint is deleted%s",
          endpoint->state == PL_ENDPOINT_STATE_AVAILABLE ? "" : ", although nobody can use it now");
}

static void saw_state(pl_lines *out, const pl_endpoint_result *result) {
  const pl_endpoint *endpoint = result->facts->endpoint;
  if (endpoint == NULL)
    pl_line(out, "nothing: the EC2 API has not answered");
  else if (endpoint->known)
    saw_cost(out, result->spec, endpoint);
}

/* ---- concluded ------------------------------------------------------------------------------ */

static void conclude(pl_lines *out, pl_severity severity, const char *text) {
  pl_line_begin(out);
  pl_line_severity(out, severity);
  pl_buf_add(out->buf, ": ");
  pl_report_add_safe(out->buf, text);
}

static void conclude_finding(pl_lines *out, const pl_finding *finding) {
  conclude(out, finding->severity, finding->text);
  pl_report_add_reason(out->buf, finding->reason);
  pl_line_end(out);
}

static void conclude_witness(pl_lines *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    if (!pl_witness_answered(witness) || pl_witness_flaw(result->spec, facts, witness) != NULL)
      continue;
    pl_sockaddr address = {.address = witness->address, .port = witness->port};
    pl_buf_addf(pl_line_begin(out), "this host has an egress path: witness %s (", witness->host);
    pl_sockaddr_add(out->buf, &address);
    pl_buf_add(out->buf, ") answered with verified TLS while the attempts ran");
    pl_line_end(out);
  }
}

/* ---- rivals --------------------------------------------------------------------------------- */

static void add_how(pl_buf *buf, const pl_rival_verdict *rival) {
  if (rival->state == PL_RIVAL_STATE_SHOWN && rival->shown != NULL)
    pl_buf_addf(buf, ": %s", rival->shown);
  if (rival->state != PL_RIVAL_STATE_RULED_OUT)
    return;
  pl_buf_addf(buf, ": %s", pl_control_text(rival->control));
  if (rival->when == 0)
    return;
  pl_buf_add(buf, " (on ");
  pl_buf_add_instant(buf, rival->when);
  pl_buf_add(buf, ")");
}

/* Every other explanation of what was seen, and what to do about those that stand. */
static void conclude_rivals(pl_lines *out, const pl_endpoint_result *result) {
  static const char *const states[] = {
      [PL_RIVAL_STATE_NONE] = "",
      [PL_RIVAL_STATE_RULED_OUT] = "ruled out",
      [PL_RIVAL_STATE_ACCEPTED] = "accepted",
      [PL_RIVAL_STATE_NAMED] = "not ruled out",
      [PL_RIVAL_STATE_STANDS] = "STANDS",
      [PL_RIVAL_STATE_SHOWN] = "SEEN",
  };
  bool first = true;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival_verdict *rival = &result->verdict->rivals[id];
    const pl_rival *row = pl_rival_at((pl_rival_id)id);
    if (rival->state == PL_RIVAL_STATE_NONE)
      continue;
    if (first)
      pl_line(out, "other explanations of what was seen:");
    first = false;
    pl_buf_addf(pl_line_begin(out), "  %-13s %s (%s)", states[rival->state], row->key,
                row->explanation);
    add_how(out->buf, rival);
    pl_line_end(out);
    if (rival->state >= PL_RIVAL_STATE_STANDS)
      pl_line(out, "                next: %s", row->next_step);
  }
}

/* ---- witnesses ------------------------------------------------------------------------------ */

/* Which kind of witness is missing. */
static void conclude_no_egress(pl_lines *out, const pl_endpoint_result *result) {
  bool printed[2] = {false, false};
  for (size_t i = 0; i < result->verdict->finding_count; i++) {
    const pl_finding *finding = &result->verdict->findings[i];
    bool ipv6 = finding->address.family == PL_FAMILY_IPV6;
    if (finding->reason != PL_REASON_PUBLIC_NO_EGRESS || printed[ipv6] ||
        finding->address.family == PL_FAMILY_NONE)
      continue;
    printed[ipv6] = true;
    pl_line(out,
            "a proof needs a witness that answers over %s on port %u, or on a port that --witness "
            "names, while the attempts run",
            ipv6 ? "IPv6" : "IPv4", result->spec->port);
  }
}

static void conclude_check(pl_lines *out, const pl_verdict *verdict, pl_check check) {
  const pl_check_verdict *line = &verdict->checks[check];
  conclude(out, line->severity, line->summary);
  pl_line_end(out);
  if (line->reason != PL_REASON_NONE)
    pl_line(out, "[%s]: %s", pl_reason_code(line->reason), pl_reason_meaning(line->reason));
}

/* Whether the summary has the same text already: all of it, or from UNPROVEN on. */
static bool is_said(const pl_finding *finding, const char *summary) {
  const char *unproven = strstr(finding->text, "UNPROVEN: ");
  return strcmp(finding->text, summary) == 0 ||
         (unproven != NULL && strstr(summary, unproven) != NULL);
}

static void conclude_findings(pl_lines *out, const pl_verdict *verdict, pl_check check) {
  conclude_check(out, verdict, check);
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check == check && !is_said(finding, verdict->checks[check].summary))
      conclude_finding(out, finding);
  }
}

static void concluded_public(pl_lines *out, const pl_endpoint_result *result) {
  conclude_rivals(out, result);
  if (result->verdict->public_verdict == PL_PUBLIC_BLOCKED)
    pl_line(out, "this holds for port %u, this host's direct path, and the time of this run",
            result->spec->port);
  conclude_witness(out, result);
  conclude_no_egress(out, result);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* What only one check prints; NULL: nothing. */
typedef struct section {
  void (*tried)(pl_lines *out, const pl_endpoint_result *result);
  void (*saw)(pl_lines *out, const pl_endpoint_result *result);
  void (*concluded)(pl_lines *out, const pl_endpoint_result *result);
} section;

static const section sections[PL_CHECK_COUNT] = {
    [PL_CHECK_STATE] = {tried_state, saw_state, NULL},
    [PL_CHECK_DNS] = {tried_dns, NULL, NULL},
    [PL_CHECK_PORT] = {tried_port, NULL, NULL},
    [PL_CHECK_PUBLIC] = {tried_public, NULL, concluded_public},
};

static void explain_check(pl_lines *out, const pl_endpoint_result *result, pl_check check) {
  const char *why = result->spec != NULL ? result->spec->skipped[check] : NULL;
  bool ran = result->verdict->checks[check].ran;
  if (!ran && why == NULL)
    return;
  pl_buf_add_char(out->buf, '\n');
  pl_line_bold(out, pl_check_name(check));
  if (!ran) {
    pl_buf_addf(out->buf, ": skipped: %s\n", why);
    return;
  }
  pl_buf_add(out->buf, ": ");
  pl_line_severity(out, result->verdict->checks[check].severity);
  pl_line_end(out);
  bool looked = result->facts != NULL && result->spec != NULL;
  if (looked) {
    out->title = "Tried";
    if (sections[check].tried != NULL)
      sections[check].tried(out, result);
    out->title = "Saw";
    pl_report_seen(out, result, check);
    if (sections[check].saw != NULL)
      sections[check].saw(out, result);
    if (out->title[0] != '\0')
      pl_line(out, "nothing");
  }
  out->title = "Concluded";
  conclude_findings(out, result->verdict, check);
  if (looked && sections[check].concluded != NULL)
    sections[check].concluded(out, result);
  pl_explain_next(out, result, check);
}

/* Findings that belong to no check: an unusable section, or a threshold on the run itself. */
static void explain_general(pl_lines *out, const pl_endpoint_result *result) {
  const pl_verdict *verdict = result->verdict;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check < PL_CHECK_COUNT && verdict->checks[finding->check].ran)
      continue;
    pl_buf_add_char(out->buf, '\n');
    out->title = "Concluded";
    conclude_finding(out, finding);
    out->title = "Next";
    pl_line(out, "%s", finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason));
  }
}

static void explain_replayed(pl_lines *out, const pl_replayed *replayed) {
  if (replayed == NULL)
    return;
  out->title = "Replayed";
  pl_line(out, "recorded by version %s: %s%s", replayed->program,
          replayed->difference[0] != '\0' ? "another verdict: " : "the same verdict",
          replayed->difference);
}

static void explain_endpoint(pl_lines *out, const pl_endpoint_result *result) {
  pl_line_bold(out, result->name);
  pl_buf_add(out->buf, ": ");
  pl_line_severity(out, result->verdict->severity);
  pl_line_end(out);
  explain_replayed(out, result->replayed);
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++)
    explain_check(out, result, check);
  explain_general(out, result);
}

void pl_explain(const pl_run *run, bool colour, pl_buf *buf) {
  pl_lines out = {.buf = buf, .level = PL_LEVEL_EXPLAIN, .colour = colour, .title = ""};
  for (size_t i = 0; i < run->count; i++) {
    if (i > 0)
      pl_line_end(&out);
    explain_endpoint(&out, &run->results[i]);
  }
  out.title = "Record";
  if (run->unrecorded != NULL)
    pl_line(&out, "this run is not recorded: %s", run->unrecorded);
}
