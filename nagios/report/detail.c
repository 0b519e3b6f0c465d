/* The lines under a check's line: -v addresses and answers, -vv raw facts, -vvv every attempt. */
#include "report/detail.h"
#include "facts/endpoint.h"
#include "options/lists.h"
#include "report/words.h"
#include <string.h>

#define FACTS 2    /* -vv */
#define ATTEMPTS 3 /* -vvv */

static void end_line(pl_buf *buf, pl_reason reason) {
  pl_report_add_reason(buf, reason);
  pl_buf_add_char(buf, '\n');
}

/* Every finding but the one that made the check what it is. */
static void add_findings(const pl_verdict *verdict, pl_check check, pl_buf *buf) {
  const pl_finding *worst = pl_verdict_worst(verdict, check);
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check != check || (finding == worst && finding->severity != PL_SEVERITY_OK))
      continue;
    pl_buf_addf(buf, "  %s: ", pl_severity_name(finding->severity));
    pl_report_add_safe(buf, finding->text);
    end_line(buf, finding->severity == PL_SEVERITY_OK ? PL_REASON_NONE : finding->reason);
  }
}

/* ---- DNS ------------------------------------------------------------------------------------ */

static void add_answers(const pl_dns_fact *facts, size_t count, int verbosity, pl_buf *buf) {
  for (size_t i = 0; i < count; i++) {
    const pl_dns_fact *fact = &facts[i];
    pl_buf_add(buf, "  ");
    pl_sockaddr_add(buf, &fact->resolver);
    pl_buf_addf(buf, "%s %s: ", fact->system ? " (system)" : "",
                fact->type == PL_DNS_A ? "A" : "AAAA");
    pl_report_dns(fact, buf);
    if (verbosity >= FACTS && fact->canonical[0] != '\0')
      pl_buf_addf(buf, ", canonical name %s", fact->canonical);
    if (verbosity >= FACTS && fact->over_tcp)
      pl_buf_add(buf, ", over TCP");
    if (verbosity >= FACTS && fact->superseded)
      pl_buf_add(buf, ", failed over to the next one");
    pl_buf_add_char(buf, '\n');
  }
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void add_certificate(const pl_certificate *certificate, pl_buf *buf) {
  if (!certificate->seen)
    return;
  pl_buf_addf(buf, "    certificate %s, issued by %s, valid ", certificate->subject,
              certificate->issuer);
  pl_report_instant(certificate->not_before, buf);
  pl_buf_add(buf, " to ");
  pl_report_instant(certificate->not_after, buf);
  pl_buf_add(buf, ", SHA-256 ");
  for (size_t i = 0; i < sizeof(certificate->sha256); i++)
    pl_buf_addf(buf, "%02x", certificate->sha256[i]);
  pl_buf_add_char(buf, '\n');
}

static void add_attempt(const pl_attempt_result *attempt, unsigned number, pl_buf *buf) {
  pl_buf_addf(buf, "    try %u", number);
  if (attempt->local_port != 0)
    pl_buf_addf(buf, " from port %u", attempt->local_port);
  pl_buf_add(buf, ": ");
  pl_report_attempt(attempt, buf);
  pl_buf_add_char(buf, '\n');
}

static const char *target_state(const pl_target *target, const pl_target_verdict *verdict) {
  if (!verdict->judged)
    return "not judged";
  if (target->role == PL_ROLE_PUBLIC)
    return pl_public_name((pl_public)verdict->public_class);
  if (target->role == PL_ROLE_COUNTER)
    return verdict->counter_proof ? "counter-proof" : "no counter-proof";
  return verdict->up ? "up" : "down";
}

static void add_target(const pl_target *target, const pl_target_verdict *verdict, int verbosity,
                       pl_buf *buf) {
  pl_buf_add(buf, "  ");
  pl_report_target(target, buf);
  pl_buf_addf(buf, ": %s", target_state(target, verdict));
  if (target->attempt_count > 0) {
    pl_buf_add(buf, ": ");
    pl_report_attempt(&target->attempts[target->attempt_count - 1], buf);
  }
  end_line(buf, (pl_reason)verdict->reason);
  if (target->attempt_count == 0)
    return;
  if (verbosity >= FACTS) {
    const pl_attempt_result *last = &target->attempts[target->attempt_count - 1];
    add_certificate(&last->certificate, buf);
    if (last->http_note[0] != '\0')
      pl_buf_addf(buf, "    body begins: %s\n", last->http_note);
  }
  for (unsigned i = 0; verbosity >= ATTEMPTS && i < target->attempt_count; i++)
    add_attempt(&target->attempts[i], i + 1, buf);
}

static void add_targets(const pl_endpoint_result *result, pl_check check, int verbosity,
                        pl_buf *buf) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    bool public = facts->targets[i].role == PL_ROLE_PUBLIC;
    if (public == (check == PL_CHECK_PUBLIC))
      add_target(&facts->targets[i], &result->verdict->targets[i], verbosity, buf);
  }
}

/* ---- the public side's proof ---------------------------------------------------------------- */

static void add_witnesses(const pl_facts *facts, pl_buf *buf) {
  for (size_t i = 0; i < facts->witness_count; i++) {
    pl_buf_add(buf, "  witness ");
    pl_report_witness(&facts->witnesses[i], buf);
    pl_buf_add_char(buf, '\n');
  }
}

static const char *const family_texts[] = {
    [PL_FAMILY_USABLE] = "usable",
    [PL_FAMILY_NO_ADDRESS] = "no global address here",
    [PL_FAMILY_NO_ROUTE] = "no route",
};

static const char *const nat64_texts[] = {
    [PL_NAT64_NOT_NEEDED] = "not needed",
    [PL_NAT64_NONE] = "none",
    [PL_NAT64_FOUND] = "used",
    [PL_NAT64_UNKNOWN] = "not known",
};

static void add_how(const pl_endpoint_result *result, pl_buf *buf) {
  const pl_facts *facts = result->facts;
  pl_buf_addf(buf, "  IPv4 %s, IPv6 %s, NAT64 %s\n", family_texts[facts->ipv4],
              family_texts[facts->ipv6], nat64_texts[facts->nat64]);
  if (result->spec == NULL)
    return;
  pl_buf list;
  pl_buf_init(&list, buf->max);
  for (size_t i = 0; i < result->spec->blocked_by.count; i++) {
    pl_buf_add(&list, i > 0 ? ", " : "");
    pl_signature_add(&list, &result->spec->blocked_by.items[i]);
  }
  pl_buf_add(buf, "  counts as blocked: ");
  pl_report_add_safe(buf, pl_buf_text(&list));
  pl_buf_add_char(buf, '\n');
  pl_buf_free(&list);
}

/* ---- state ---------------------------------------------------------------------------------- */

static void add_interfaces(const pl_endpoint *endpoint, pl_buf *buf) {
  char text[PL_ADDR_TEXT];
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    pl_buf_addf(buf, "  %s", interface->id);
    for (size_t k = 0; k < interface->address_count; k++)
      pl_buf_addf(buf, " %s", pl_addr_format(&interface->addresses[k], text));
    if (interface->zone[0] != '\0')
      pl_buf_addf(buf, " (%s)", interface->zone);
    pl_buf_add_char(buf, '\n');
  }
}

static void add_api_parts(const pl_endpoint *endpoint, pl_buf *buf) {
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    if (endpoint->parts[part] == PL_PART_DENIED || endpoint->parts[part] == PL_PART_FAILED)
      pl_buf_addf(buf, "  left out: %s (%s %s)\n", pl_part_purpose(part), pl_part_action(part),
                  endpoint->parts[part] == PL_PART_DENIED ? "denied" : "failed");
  }
}

static void add_endpoint(const pl_endpoint *endpoint, int verbosity, pl_buf *buf) {
  if (endpoint == NULL)
    return;
  pl_buf_addf(buf, "  EC2 API: %s", pl_ec2_outcome_name(endpoint->outcome));
  if (endpoint->code[0] != '\0')
    pl_buf_addf(buf, " (%s)", endpoint->code);
  pl_buf_add_char(buf, '\n');
  if (!endpoint->known)
    return;
  pl_buf_addf(buf, "  %s: %s, %s in %s\n", endpoint->id, endpoint->state_text,
              endpoint->service_name, endpoint->vpc);
  add_interfaces(endpoint, buf);
  add_api_parts(endpoint, buf);
  for (size_t i = 0; verbosity >= FACTS && i < endpoint->dns_entry_count; i++)
    pl_buf_addf(buf, "  DNS entry %s\n", endpoint->dns_entries[i].name);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void add_facts(const pl_endpoint_result *result, pl_check check, int verbosity,
                      pl_buf *buf) {
  const pl_facts *facts = result->facts;
  bool public = check == PL_CHECK_PUBLIC;
  if (check == PL_CHECK_STATE)
    add_endpoint(facts->endpoint, verbosity, buf);
  if (check == PL_CHECK_DNS)
    add_answers(facts->private_dns, facts->private_dns_count, verbosity, buf);
  if (public)
    add_answers(facts->public_dns, facts->public_dns_count, verbosity, buf);
  if (public || check == PL_CHECK_PORT)
    add_targets(result, check, verbosity, buf);
  if (public)
    add_witnesses(facts, buf);
  if (public && verbosity >= FACTS)
    add_how(result, buf);
}

void pl_report_detail(const pl_endpoint_result *result, pl_check check, int verbosity,
                      pl_buf *buf) {
  add_findings(result->verdict, check, buf);
  if (result->facts != NULL)
    add_facts(result, check, verbosity, buf);
}
