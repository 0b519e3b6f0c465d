/* Prints what a check saw, for -v, -vv, -vvv and --explain. */
#include "report/detail.h"
#include "facts/endpoint.h"
#include "judge/case.h"
#include "options/lists.h"
#include "report/words.h"

static bool explains(const pl_lines *out) { return out->level == PL_LEVEL_EXPLAIN; }

/* All findings except the one that the check's line reports. */
static void add_findings(pl_lines *out, const pl_verdict *verdict, pl_check check) {
  const pl_finding *worst = pl_verdict_worst(verdict, check);
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool ok = finding->severity == PL_SEVERITY_OK;
    if (finding->check != check || (finding == worst && !ok))
      continue;
    pl_buf_addf(pl_line_begin(out), "%s: ", pl_severity_name(finding->severity));
    pl_report_add_safe(out->buf, finding->text);
    pl_report_add_reason(out->buf, ok ? PL_REASON_NONE : finding->reason);
    pl_line_end(out);
  }
}

/* `name` only for a further one. */
static void add_answers(pl_lines *out, const pl_dns_fact *facts, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    const pl_dns_fact *fact = &facts[i];
    pl_buf *buf = pl_line_begin(out);
    pl_buf_addf(buf, "%s%s", name, name[0] != '\0' ? ": " : "");
    pl_sockaddr_add(buf, &fact->resolver);
    pl_buf_addf(buf, "%s %s: ", fact->system ? " (system)" : "",
                fact->type == PL_DNS_A ? "A" : "AAAA");
    pl_report_dns(fact, buf);
    if (out->level >= PL_LEVEL_VV && fact->canonical[0] != '\0')
      pl_buf_addf(buf, ", canonical name %s", fact->canonical);
    if (out->level >= PL_LEVEL_VV && fact->over_tcp)
      pl_buf_add(buf, ", over TCP");
    if (out->level >= PL_LEVEL_VV && fact->superseded)
      pl_buf_add(buf, ", failed over to the next resolver");
    pl_line_end(out);
  }
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void add_certificate(pl_lines *out, const pl_certificate *certificate) {
  bool wanted = explains(out) ? certificate->problem[0] != '\0' : out->level >= PL_LEVEL_VV;
  if (!certificate->seen || !wanted)
    return;
  pl_buf *buf = pl_line_begin(out);
  pl_buf_addf(buf, "  certificate %s, issued by %s, valid ", certificate->subject,
              certificate->issuer);
  pl_buf_add_instant(buf, certificate->not_before);
  pl_buf_add(buf, " to ");
  pl_buf_add_instant(buf, certificate->not_after);
  pl_buf_add(buf, ", SHA-256 ");
  for (size_t i = 0; i < sizeof(certificate->sha256); i++)
    pl_buf_addf(buf, "%02x", certificate->sha256[i]);
  pl_line_end(out);
}

static void add_attempts(pl_lines *out, const pl_target *target) {
  if (explains(out) ? target->attempt_count < 2 : out->level < PL_LEVEL_VVV)
    return;
  for (unsigned i = 0; i < target->attempt_count; i++) {
    pl_buf *buf = pl_line_begin(out);
    pl_buf_addf(buf, "  attempt %u", i + 1);
    if (target->attempts[i].local_port != 0)
      pl_buf_addf(buf, " from port %u", target->attempts[i].local_port);
    pl_buf_add(buf, ": ");
    pl_report_attempt(&target->attempts[i], buf);
    pl_line_end(out);
  }
}

static const char *target_state(const pl_target *target, const pl_target_verdict *verdict) {
  if (target->role > PL_ROLE_PUBLIC)
    return pl_role_name(target->role);
  if (!verdict->judged)
    return "not judged";
  if (target->role == PL_ROLE_PUBLIC)
    return pl_public_name((pl_public)verdict->public_class);
  if (target->role == PL_ROLE_COUNTER)
    return verdict->counter_proof ? "can be compared" : "cannot be compared";
  return verdict->up ? "up" : "down";
}

static void add_target(pl_lines *out, const pl_target *target, const pl_target_verdict *verdict) {
  pl_buf *buf = pl_line_begin(out);
  pl_report_target(target, buf);
  pl_buf_addf(buf, ": %s", target_state(target, verdict));
  const pl_attempt_result *last = pl_target_last_attempt(target);
  if (last != NULL) {
    pl_buf_add(buf, ": ");
    pl_report_attempt(last, buf);
  }
  pl_report_add_reason(buf, (pl_reason)verdict->reason);
  pl_line_end(out);
  if (last == NULL)
    return;
  add_certificate(out, &last->certificate);
  bool body = explains(out) ? target->role == PL_ROLE_PUBLIC : out->level >= PL_LEVEL_VV;
  if (body && last->http_note[0] != '\0')
    pl_line(out, "  body begins: %s", last->http_note);
  add_attempts(out, target);
}

static void add_targets(pl_lines *out, const pl_endpoint_result *result, bool public) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    if (pl_role_is_public(facts->targets[i].role) == public)
      add_target(out, &facts->targets[i], &result->verdict->targets[i]);
  }
}

/* ---- the public side's proof ---------------------------------------------------------------- */

static void add_witnesses(pl_lines *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    const char *flaw = result->spec != NULL ? pl_witness_flaw(result->spec, facts, witness) : NULL;
    pl_buf_add(pl_line_begin(out), "witness ");
    pl_report_witness(witness, out->buf);
    if (pl_witness_answered(witness) && flaw != NULL)
      pl_buf_addf(out->buf, "; proves nothing: %s", flaw);
    pl_line_end(out);
  }
}

static void add_private_evidence(pl_lines *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  if (result->spec == NULL || result->spec->private_evidence == NULL)
    return;
  if (facts->private_evidence.up)
    pl_line(out, "--private-evidence: the private side is up from there");
  else if (facts->private_evidence.problem[0] != '\0')
    pl_line(out, "--private-evidence: not used: %s", facts->private_evidence.problem);
}

static void add_families(pl_lines *out, const pl_facts *facts) {
  static const char *const families[] = {
      [PL_FAMILY_USABLE] = "usable",
      [PL_FAMILY_NO_ADDRESS] = "no global address on this host",
      [PL_FAMILY_NO_ROUTE] = "no route from this host",
  };
  static const char *const nat64[] = {
      [PL_NAT64_NOT_NEEDED] = "not needed",
      [PL_NAT64_NONE] = "none",
      [PL_NAT64_FOUND] = "used",
      [PL_NAT64_UNKNOWN] = "not known",
  };
  bool usable = facts->ipv4 == PL_FAMILY_USABLE && facts->ipv6 == PL_FAMILY_USABLE;
  if (!usable || !explains(out))
    pl_line(out, "IPv4: %s, IPv6: %s, NAT64: %s", families[facts->ipv4], families[facts->ipv6],
            nat64[facts->nat64]);
}

static void add_signatures(pl_lines *out, const pl_spec *spec) {
  pl_buf list;
  pl_buf_init(&list, out->buf->max);
  for (size_t i = 0; i < spec->blocked_by.count; i++) {
    pl_buf_add(&list, i > 0 ? ", " : "");
    pl_signature_add(&list, &spec->blocked_by.items[i]);
  }
  pl_line(out, "counts as blocked: %s", pl_buf_text(&list));
  pl_buf_free(&list);
}

/* ---- state ---------------------------------------------------------------------------------- */

static void add_interfaces(pl_lines *out, const pl_endpoint *endpoint) {
  char text[PL_ADDR_TEXT];
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    pl_buf *buf = pl_line_begin(out);
    pl_buf_add(buf, interface->id);
    for (size_t k = 0; k < interface->address_count; k++)
      pl_buf_addf(buf, " %s", pl_addr_format(&interface->addresses[k], text));
    if (interface->zone[0] != '\0')
      pl_buf_addf(buf, " (%s)", interface->zone);
    pl_line_end(out);
  }
}

static void add_api_parts(pl_lines *out, const pl_endpoint *endpoint) {
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    bool denied = endpoint->parts[part] == PL_PART_DENIED;
    if (denied || endpoint->parts[part] == PL_PART_FAILED)
      pl_line(out, "not checked: %s (%s%s)", pl_part_purpose(part),
              denied ? "missing permission " : "failed call ", pl_part_action(part));
  }
}

static void add_endpoint(pl_lines *out, const pl_endpoint *endpoint) {
  if (endpoint == NULL)
    return;
  pl_buf *buf = pl_line_begin(out);
  pl_buf_addf(buf, "EC2 API: %s", pl_ec2_outcome_name(endpoint->outcome));
  if (endpoint->code[0] != '\0')
    pl_buf_addf(buf, " (%s)", endpoint->code);
  if (endpoint->message[0] != '\0')
    pl_buf_addf(buf, ": %s", endpoint->message);
  pl_line_end(out);
  if (!endpoint->known)
    return;
  static const char *const private_dns[] = {
      [PL_TRI_UNKNOWN] = "", [PL_TRI_NO] = ", private DNS off", [PL_TRI_YES] = ", private DNS on"};
  bool service = endpoint->service_name[0] != '\0';
  pl_line(out, "%s: state %s, %s %s, %s%s", endpoint->id, endpoint->state_text,
          service ? "service" : "leads to", service ? endpoint->service_name : endpoint->resource,
          endpoint->vpc, private_dns[endpoint->private_dns]);
  for (size_t i = 0; i < endpoint->association_count; i++) {
    const pl_association *a = &endpoint->associations[i];
    pl_line(out, "resource %s: %s %s", a->resource, a->accessibility,
            a->private_name[0] != '\0' ? a->private_name : a->name);
  }
  for (size_t i = 0; i < endpoint->prefix_count; i++) {
    const pl_prefix *prefix = &endpoint->prefixes[i];
    char text[PL_ADDR_TEXT];
    pl_line(out, "addresses %s/%u%s%s", pl_addr_format(&prefix->cidr.address, text),
            (unsigned)prefix->cidr.prefix, prefix->zone[0] == '\0' ? "" : " in ", prefix->zone);
  }
  add_interfaces(out, endpoint);
  add_api_parts(out, endpoint);
  bool entries = out->level >= PL_LEVEL_VV && !explains(out);
  for (size_t i = 0; entries && i < endpoint->dns_entry_count; i++)
    pl_line(out, "DNS entry %s", endpoint->dns_entries[i].name);
}

/* ---- the whole ------------------------------------------------------------------------------ */

void pl_report_seen(pl_lines *out, const pl_endpoint_result *result, pl_check check) {
  const pl_facts *facts = result->facts;
  switch (check) {
  case PL_CHECK_STATE:
    add_endpoint(out, facts->endpoint);
    return;
  case PL_CHECK_DNS:
    add_answers(out, facts->private_dns, facts->private_dns_count, "");
    for (size_t i = 0; i < facts->further_count; i++)
      add_answers(out, facts->further[i].dns, facts->further[i].dns_count, facts->further[i].name);
    return;
  case PL_CHECK_PORT:
    add_targets(out, result, false);
    return;
  case PL_CHECK_PUBLIC:
    add_answers(out, facts->public_dns, facts->public_dns_count, "");
    add_targets(out, result, true);
    add_witnesses(out, result);
    add_private_evidence(out, result);
    if (out->level >= PL_LEVEL_VV)
      add_families(out, facts);
    if (out->level >= PL_LEVEL_VV && !explains(out) && result->spec != NULL)
      add_signatures(out, result->spec);
    return;
  case PL_CHECK_COUNT:
    return;
  }
}

void pl_report_detail(const pl_endpoint_result *result, pl_check check, int verbosity,
                      pl_buf *buf) {
  pl_lines out = {.buf = buf, .level = (pl_level)verbosity};
  add_findings(&out, result->verdict, check);
  if (result->facts != NULL)
    pl_report_seen(&out, result, check);
}
