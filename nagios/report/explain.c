/* --explain: what each check tried, saw and concluded, for a person at three in the morning. */
#include "report/explain.h"
#include "facts/endpoint.h"
#include "judge/public_proof.h"
#include "report/explain_next.h"
#include "report/words.h"
#include <string.h>

#define HOURS_A_MONTH 730

static const char *depth_text(pl_depth depth) {
  switch (depth) {
  case PL_DEPTH_TCP:
    return "TCP";
  case PL_DEPTH_TLS:
    return "TCP, TLS with verification";
  case PL_DEPTH_HTTP:
    return "TCP, TLS with verification, one GET";
  }
  return "";
}

/* ---- tried ---------------------------------------------------------------------------------- */

static void tried_state(pl_explain_output *out, const pl_endpoint_result *result) {
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "the EC2 API was asked for %s", result->spec->endpoint_id);
  if (result->spec->region != NULL)
    pl_buf_addf(out->buf, " in %s", result->spec->region);
  pl_explain_end(out);
  const pl_endpoint *endpoint = result->facts->endpoint;
  if (endpoint == NULL || endpoint->credentials[0] == '\0')
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "the credentials came from: %s", endpoint->credentials);
  pl_explain_end(out);
}

static void tried_questions(pl_explain_output *out, const pl_dns_fact *facts, size_t count,
                            const char *name) {
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "A and AAAA of %s, of ", name != NULL ? name : "the endpoint's own name");
  const char *separator = "";
  for (size_t i = 0; i < count; i++) {
    if (facts[i].type != PL_DNS_A)
      continue;
    pl_buf_add(out->buf, separator);
    pl_sockaddr_add(out->buf, &facts[i].resolver);
    separator = ", ";
  }
  if (separator[0] == '\0')
    pl_buf_add(out->buf, "no resolver");
  pl_explain_end(out);
}

static void tried_dns(pl_explain_output *out, const pl_endpoint_result *result) {
  tried_questions(out, result->facts->private_dns, result->facts->private_dns_count,
                  result->spec->private_name);
}

static void tried_port(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "every private address on port %u: %s", spec->port,
              depth_text(spec->probe));
  if (spec->probe == PL_DEPTH_HTTP) {
    pl_buf_add(out->buf, " of ");
    pl_report_add_safe(out->buf, spec->path);
  }
  if (spec->tls_name != NULL && spec->probe != PL_DEPTH_TCP)
    pl_buf_addf(out->buf, ", as %s", spec->tls_name);
  pl_buf_add(out->buf, spec->api_key != NULL ? ", with the API key" : "");
  pl_explain_end(out);
}

static void tried_public(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  tried_questions(out, result->facts->public_dns, result->facts->public_dns_count,
                  spec->public_name);
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "every public address on port %u from this host: %s", spec->port,
              depth_text(spec->public_probe));
  if (spec->public_probe == PL_DEPTH_HTTP) {
    pl_buf_add(out->buf, " of ");
    pl_report_add_safe(out->buf, spec->path);
    pl_buf_add(out->buf, " without credentials");
  }
  pl_buf_addf(out->buf, ", as %s", spec->public_name);
  pl_explain_end(out);
  pl_explain_line(out, "an address that gives no answer is tried twice, from two source ports");
}

/* ---- saw ------------------------------------------------------------------------------------ */

static void saw_answers(pl_explain_output *out, const pl_dns_fact *facts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    pl_explain_begin(out);
    pl_sockaddr_add(out->buf, &facts[i].resolver);
    pl_buf_addf(out->buf, " %s: ", facts[i].type == PL_DNS_A ? "A" : "AAAA");
    pl_report_dns(&facts[i], out->buf);
    pl_explain_end(out);
  }
}

/* How many public addresses gave no answer, so that their block rests on a witness. */
static size_t count_silent(const pl_facts *facts) {
  size_t count = 0;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC && target->attempt_count > 0 &&
        !pl_attempt_answered(&target->attempts[target->attempt_count - 1]))
      count++;
  }
  return count;
}

/* Whose certificate it is that was not accepted. */
static void saw_who(pl_explain_output *out, const pl_attempt_result *attempt) {
  const pl_certificate *certificate = &attempt->certificate;
  if (certificate->seen && certificate->problem[0] != '\0')
    pl_buf_addf(out->buf, "; it is %s, issued by %s", certificate->subject, certificate->issuer);
}

static void saw_target(pl_explain_output *out, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    pl_explain_begin(out);
    pl_report_target(target, out->buf);
    if (target->attempt_count > 1)
      pl_buf_addf(out->buf, ", try %u from port %u", i + 1, target->attempts[i].local_port);
    pl_buf_add(out->buf, ": ");
    pl_report_attempt(&target->attempts[i], out->buf);
    saw_who(out, &target->attempts[i]);
    if (target->role == PL_ROLE_PUBLIC && target->attempts[i].http_note[0] != '\0')
      pl_buf_addf(out->buf, ", its body begins: %s", target->attempts[i].http_note);
    pl_explain_end(out);
  }
}

static void saw_targets(pl_explain_output *out, const pl_facts *facts, bool public) {
  for (size_t i = 0; i < facts->target_count; i++) {
    if ((facts->targets[i].role == PL_ROLE_PUBLIC) == public)
      saw_target(out, &facts->targets[i]);
  }
}

static void saw_family(pl_explain_output *out, const char *family, pl_family_state state) {
  if (state == PL_FAMILY_USABLE)
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "%s: %s", family,
              state == PL_FAMILY_NO_ROUTE ? "no route from here" : "no global address here");
  pl_explain_end(out);
}

static void saw_witness(pl_explain_output *out, const pl_endpoint_result *result,
                        const pl_witness *witness) {
  pl_explain_begin(out);
  pl_buf_add(out->buf, "witness ");
  pl_report_witness(witness, out->buf);
  const char *flaw = pl_witness_flaw(result->spec, result->facts, witness);
  if (witness->before.verified && flaw != NULL)
    pl_buf_addf(out->buf, "; it vouches for nothing: %s", flaw);
  else if (witness->before.verified && count_silent(result->facts) == 0)
    pl_buf_add(out->buf, ": no address was silent, so it is not needed");
  pl_explain_end(out);
}

static void saw_dns(pl_explain_output *out, const pl_endpoint_result *result) {
  saw_answers(out, result->facts->private_dns, result->facts->private_dns_count);
}

static void saw_port(pl_explain_output *out, const pl_endpoint_result *result) {
  saw_targets(out, result->facts, false);
}

static void saw_public(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  saw_answers(out, facts->public_dns, facts->public_dns_count);
  saw_family(out, "IPv4", facts->ipv4);
  saw_family(out, "IPv6", facts->ipv6);
  saw_targets(out, facts, true);
  for (size_t i = 0; i < facts->witness_count; i++)
    saw_witness(out, result, &facts->witnesses[i]);
}

static void saw_zones(pl_explain_output *out, const pl_endpoint *endpoint) {
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "%zu network interface%s", endpoint->interface_count,
              endpoint->interface_count == 1 ? "" : "s");
  for (size_t i = 0; i < endpoint->zone_count; i++)
    pl_buf_addf(out->buf, "%s%s", i == 0 ? " in " : ", ", endpoint->zones[i]);
  pl_explain_end(out);
}

/* Each permission that is missing for a call that adds detail, and what was left out for it. */
static void saw_denied(pl_explain_output *out, const pl_endpoint *endpoint) {
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    if (endpoint->parts[part] != PL_PART_DENIED)
      continue;
    pl_explain_begin(out);
    pl_buf_addf(out->buf, "the permission %s is missing, for %s", pl_part_action(part),
                pl_part_purpose(part));
    pl_explain_end(out);
  }
}

/* AWS bills each zone and hour from creation to deletion, whatever the state ("AWS PrivateLink
 * pricing"). */
static void saw_cost(pl_explain_output *out, const pl_spec *spec, const pl_endpoint *endpoint) {
  bool given = spec->hourly_price >= 0;
  double price = given ? spec->hourly_price : PL_HOURLY_PRICE_US;
  double hourly = (double)endpoint->zone_count * price;
  bool ended =
      endpoint->state == PL_ENDPOINT_STATE_DELETED || endpoint->state == PL_ENDPOINT_STATE_DELETING;
  if (!endpoint->zones_known || endpoint->zone_count == 0 || !endpoint->is_interface || ended)
    return;
  pl_explain_begin(out);
  pl_buf_add(out->buf, "it costs ");
  pl_buf_add_number(out->buf, hourly, 4);
  pl_buf_add(out->buf, " USD an hour, ");
  pl_buf_add_number(out->buf, hourly * HOURS_A_MONTH, 2);
  pl_buf_addf(out->buf, " a month: %zu zone%s at ", endpoint->zone_count,
              endpoint->zone_count == 1 ? "" : "s");
  pl_buf_add_number(out->buf, price, 4);
  pl_buf_add(out->buf, given ? "" : ", the price in US regions; --hourly-price sets yours");
  pl_explain_end(out);
  pl_explain_line(out, endpoint->state == PL_ENDPOINT_STATE_AVAILABLE
                           ? "that is due until it is deleted, also while nobody can use it"
                           : "that is due although nobody can use it, until it is deleted");
}

static void saw_state(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_endpoint *endpoint = result->facts->endpoint;
  if (endpoint == NULL) {
    pl_explain_line(out, "nothing: the EC2 API has not answered");
    return;
  }
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "the API's answer: %s", pl_ec2_outcome_name(endpoint->outcome));
  if (endpoint->code[0] != '\0')
    pl_buf_addf(out->buf, " (%s)", endpoint->code);
  if (endpoint->message[0] != '\0')
    pl_buf_addf(out->buf, ": %s", endpoint->message);
  pl_explain_end(out);
  if (!endpoint->known)
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "state %s, service %s, %s", endpoint->state_text, endpoint->service_name,
              endpoint->vpc);
  if (endpoint->private_dns != PL_TRI_UNKNOWN)
    pl_buf_addf(out->buf, ", private DNS %s", endpoint->private_dns == PL_TRI_YES ? "on" : "off");
  pl_explain_end(out);
  saw_zones(out, endpoint);
  saw_denied(out, endpoint);
  saw_cost(out, result->spec, endpoint);
}

/* ---- concluded ------------------------------------------------------------------------------ */

static void conclude_finding(pl_explain_output *out, const pl_finding *finding) {
  pl_explain_begin(out);
  pl_explain_severity(out, finding->severity);
  pl_buf_add(out->buf, ": ");
  pl_report_add_safe(out->buf, finding->text);
  if (finding->reason != PL_REASON_NONE)
    pl_buf_addf(out->buf, " [%s]", pl_reason_code(finding->reason));
  pl_explain_end(out);
}

static void conclude_witness(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    if (!witness->before.verified || !witness->after.verified ||
        pl_witness_flaw(result->spec, facts, witness) != NULL)
      continue;
    pl_sockaddr address = {.address = witness->address, .port = witness->port};
    pl_explain_begin(out);
    pl_buf_addf(out->buf, "this host has an egress path: witness %s (", witness->host);
    pl_sockaddr_add(out->buf, &address);
    pl_buf_add(out->buf, ") answered with verified TLS before the first and after the last try");
    pl_explain_end(out);
  }
}

static void conclude_counter_proof(pl_explain_output *out, const pl_endpoint_result *result) {
  char text[PL_ADDR_TEXT];
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (!result->verdict->targets[i].counter_proof || target->attempt_count == 0)
      continue;
    pl_explain_begin(out);
    pl_buf_addf(out->buf, "counter-proof: %s answered the same path with HTTP %u, without a key",
                pl_addr_format(&target->address, text),
                target->attempts[target->attempt_count - 1].http_status);
    pl_explain_end(out);
    return;
  }
}

/* What the private side answered in its place. */
static void conclude_no_counter_proof(pl_explain_output *out, const pl_endpoint_result *result) {
  char text[PL_ADDR_TEXT];
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == PL_ROLE_PUBLIC || target->with_key || target->attempt_count == 0 ||
        target->attempts[0].end != PL_END_HTTP_ANSWER || result->verdict->targets[i].counter_proof)
      continue;
    pl_explain_begin(out);
    pl_buf_addf(out->buf,
                "no counter-proof: %s answered the same path without a key with HTTP %u; it takes "
                "401 or below 400",
                pl_addr_format(&target->address, text), target->attempts[0].http_status);
    pl_explain_end(out);
    return;
  }
}

/* Which kind of witness is missing. */
static void conclude_no_egress(pl_explain_output *out, const pl_endpoint_result *result) {
  bool told[2] = {false, false};
  for (size_t i = 0; i < result->verdict->finding_count; i++) {
    const pl_finding *finding = &result->verdict->findings[i];
    bool ipv6 = finding->address.family == PL_FAMILY_IPV6;
    if (finding->reason != PL_REASON_PUBLIC_NO_EGRESS || told[ipv6] ||
        finding->address.family == PL_FAMILY_NONE)
      continue;
    told[ipv6] = true;
    pl_explain_begin(out);
    pl_buf_addf(out->buf,
                "a witness for it answers over %s on port %u, or on one that --witness names, "
                "before the first and after the last try",
                ipv6 ? "IPv6" : "IPv4", result->spec->port);
    pl_explain_end(out);
  }
}

/* A block is proven from here, over this egress path, at this moment; and by what. */
static void conclude_block(pl_explain_output *out, const pl_endpoint_result *result) {
  if (result->verdict->public_verdict != PL_PUBLIC_BLOCKED)
    return;
  pl_explain_line(out, "proven from this host, over its egress path, at the time of this run");
  conclude_counter_proof(out, result);
  size_t silent = count_silent(result->facts);
  if (silent == 0)
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "%zu of the addresses gave no answer, in both tries", silent);
  pl_explain_end(out);
  conclude_witness(out, result);
}

static void conclude_check(pl_explain_output *out, const pl_verdict *verdict, pl_check check) {
  const pl_check_verdict *line = &verdict->checks[check];
  pl_explain_begin(out);
  pl_explain_severity(out, line->severity);
  pl_buf_add(out->buf, ": ");
  pl_report_add_safe(out->buf, line->summary);
  pl_explain_end(out);
  if (line->reason == PL_REASON_NONE)
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "[%s]: %s", pl_reason_code(line->reason), pl_reason_meaning(line->reason));
  pl_explain_end(out);
}

/* Whether the summary says it already: word for word, or from UNPROVEN on. */
static bool is_said(const pl_finding *finding, const char *summary) {
  const char *unproven = strstr(finding->text, "UNPROVEN: ");
  return strcmp(finding->text, summary) == 0 ||
         (unproven != NULL && strstr(summary, unproven) != NULL);
}

static void conclude_findings(pl_explain_output *out, const pl_verdict *verdict, pl_check check) {
  conclude_check(out, verdict, check);
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check == check && !is_said(finding, verdict->checks[check].summary))
      conclude_finding(out, finding);
  }
}

static void concluded_public(pl_explain_output *out, const pl_endpoint_result *result) {
  conclude_block(out, result);
  if (result->verdict->checks[PL_CHECK_PUBLIC].reason == PL_REASON_PUBLIC_AMBIGUOUS)
    conclude_no_counter_proof(out, result);
  conclude_no_egress(out, result);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* What only this check has to say. */
typedef struct section {
  void (*tried)(pl_explain_output *out, const pl_endpoint_result *result);
  void (*saw)(pl_explain_output *out, const pl_endpoint_result *result);
  void (*concluded)(pl_explain_output *out, const pl_endpoint_result *result); /* NULL: nothing */
} section;

static const section sections[PL_CHECK_COUNT] = {
    [PL_CHECK_STATE] = {tried_state, saw_state, NULL},
    [PL_CHECK_DNS] = {tried_dns, saw_dns, NULL},
    [PL_CHECK_PORT] = {tried_port, saw_port, NULL},
    [PL_CHECK_PUBLIC] = {tried_public, saw_public, concluded_public},
};

static void explain_check(pl_explain_output *out, const pl_endpoint_result *result,
                          pl_check check) {
  const char *why = result->spec != NULL ? result->spec->skipped[check] : NULL;
  bool ran = result->verdict->checks[check].ran;
  if (!ran && why == NULL)
    return;
  pl_buf_add_char(out->buf, '\n');
  pl_explain_bold(out, true);
  pl_buf_add(out->buf, pl_check_name(check));
  pl_explain_bold(out, false);
  if (!ran) {
    pl_buf_addf(out->buf, ": skipped: %s\n", why);
    return;
  }
  pl_buf_add(out->buf, ": ");
  pl_explain_severity(out, result->verdict->checks[check].severity);
  pl_explain_end(out);
  bool looked = result->facts != NULL && result->spec != NULL && sections[check].saw != NULL;
  if (looked) {
    out->title = "Tried";
    sections[check].tried(out, result);
    out->title = "Saw";
    sections[check].saw(out, result);
    if (out->title[0] != '\0')
      pl_explain_line(out, "nothing");
  }
  out->title = "Concluded";
  conclude_findings(out, result->verdict, check);
  if (looked && sections[check].concluded != NULL)
    sections[check].concluded(out, result);
  pl_explain_next(out, result, check);
}

/* A section that can't be used, a threshold on the run itself. */
static void explain_general(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_verdict *verdict = result->verdict;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check < PL_CHECK_COUNT && verdict->checks[finding->check].ran)
      continue;
    pl_buf_add_char(out->buf, '\n');
    out->title = "Concluded";
    conclude_finding(out, finding);
    out->title = "Next";
    pl_explain_line(out, finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason));
  }
}

static void explain_endpoint(pl_explain_output *out, const pl_endpoint_result *result) {
  pl_explain_bold(out, true);
  pl_report_add_safe(out->buf, result->name);
  pl_explain_bold(out, false);
  pl_buf_add(out->buf, ": ");
  pl_explain_severity(out, result->verdict->severity);
  pl_explain_end(out);
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++)
    explain_check(out, result, check);
  explain_general(out, result);
}

void pl_explain(const pl_run *run, bool colour, pl_buf *buf) {
  pl_explain_output out = {.buf = buf, .colour = colour, .title = ""};
  for (size_t i = 0; i < run->count; i++) {
    if (i > 0)
      pl_explain_end(&out);
    explain_endpoint(&out, &run->results[i]);
  }
}
