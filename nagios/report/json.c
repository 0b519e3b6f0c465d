/* Writes the JSON object of --output json.
 * docs/output.schema.json describes the keys. Their order is fixed. An unknown value is null. */
#include "report/json.h"
#include "facts/endpoint.h"
#include "report/words.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define SCHEMA 1

/* ---- the writer: each value ends with a comma, and end() drops the last one ----------------- */

/* As printf(), but writes " for each '. Arguments are numbers and fixed words, without quotes. */
static void PL_PRINTF(2, 3) add(pl_buf *buf, const char *format, ...) {
  size_t start = buf->length;
  va_list args;
  va_start(args, format);
  pl_buf_addv(buf, format, args);
  va_end(args);
  for (size_t i = start; i < buf->length; i++) {
    if (buf->data[i] == '\'')
      buf->data[i] = '"';
  }
}

static void drop_comma(pl_buf *buf) {
  if (buf->length > 0 && buf->data[buf->length - 1] == ',')
    buf->data[--buf->length] = '\0';
}

static void end(pl_buf *buf, const char *brackets) {
  drop_comma(buf);
  pl_buf_addf(buf, "%s,", brackets);
}

/* RFC 8259 section 7. pl_report_add_safe leaves no controls, which would need an escape. */
static void add_quoted(pl_buf *buf, const char *text) {
  pl_buf_add_char(buf, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      pl_buf_add_char(buf, '\\');
    pl_buf_add_char(buf, *text);
  }
  pl_buf_add_char(buf, '"');
}

/* `key` is NULL for an item of an array. */
static void add_key(pl_buf *buf, const char *key) {
  if (key == NULL)
    return;
  add_quoted(buf, key);
  pl_buf_add_char(buf, ':');
}

static void add_null(pl_buf *buf, const char *key) {
  add_key(buf, key);
  pl_buf_add(buf, "null,");
}

static void add_text(pl_buf *buf, const char *key, const char *text) {
  if (text == NULL) {
    add_null(buf, key);
    return;
  }
  pl_buf safe;
  pl_buf_init(&safe, buf->max);
  pl_report_add_safe(&safe, text);
  add_key(buf, key);
  add_quoted(buf, pl_buf_text(&safe));
  pl_buf_add_char(buf, ',');
  buf->failed = buf->failed || safe.failed;
  pl_buf_free(&safe);
}

static void add_text_or_null(pl_buf *buf, const char *key, const char *text) {
  add_text(buf, key, text != NULL && text[0] != '\0' ? text : NULL);
}

static const char *truth(bool value) { return value ? "true" : "false"; }

static void add_number(pl_buf *buf, const char *key, double value, int decimals) {
  if (!isfinite(value)) {
    add_null(buf, key);
    return;
  }
  add_key(buf, key);
  pl_buf_add_number(buf, value, decimals);
  pl_buf_add_char(buf, ',');
}

static void add_number_or_null(pl_buf *buf, const char *key, bool known, int value) {
  add_number(buf, key, known ? value : (double)NAN, 0);
}

static void add_duration(pl_buf *buf, const char *key, pl_nsec duration) {
  add_number(buf, key, duration < 0 ? (double)NAN : pl_seconds(duration), 6);
}

static void add_instant(pl_buf *buf, const char *key, int64_t seconds) {
  char text[32];
  pl_text_set_instant(text, sizeof(text), seconds);
  add_text_or_null(buf, key, text);
}

static void add_address(pl_buf *buf, const char *key, const pl_addr *address) {
  char text[PL_ADDR_TEXT];
  add_text(buf, key, address->family != PL_FAMILY_NONE ? pl_addr_format(address, text) : NULL);
}

static void add_addresses(pl_buf *buf, const char *key, const pl_addr *addresses, size_t count) {
  add(buf, "'%s':[", key);
  for (size_t i = 0; i < count; i++)
    add_address(buf, NULL, &addresses[i]);
  end(buf, "]");
}

static void add_reason(pl_buf *buf, const char *key, pl_reason reason) {
  add_text_or_null(buf, key, pl_reason_code(reason));
}

/* ---- DNS ------------------------------------------------------------------------------------ */

static void add_answers(pl_buf *buf, const pl_dns_fact *facts, size_t count) {
  add(buf, "'answers':[");
  for (size_t i = 0; i < count; i++) {
    const pl_dns_fact *fact = &facts[i];
    add(buf, "{'resolver':'");
    pl_sockaddr_add(buf, &fact->resolver);
    add(buf, "','transport':'%s',", pl_dns_transport_words[fact->transport]);
    add(buf, "'system':%s,'type':'%s','outcome':'%s','rcode':%u,'errno':%d,", truth(fact->system),
        fact->type == PL_DNS_A ? "A" : "AAAA", pl_dns_outcome_words[fact->outcome], fact->rcode,
        fact->error);
    add_addresses(buf, "addresses", fact->answers.items, fact->answers.count);
    add(buf, "'truncated':%s,", truth(fact->answers.truncated));
    add_text_or_null(buf, "canonical_name", fact->canonical);
    add(buf, "'ttl':%lu,'over_tcp':%s,", (unsigned long)fact->ttl, truth(fact->over_tcp));
    add_duration(buf, "time", fact->elapsed);
    end(buf, "}");
  }
  end(buf, "]");
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void add_chain_end(pl_buf *buf, const pl_certificate *certificate) {
  if (certificate->issuer_not_after == 0) {
    add_null(buf, "chain_end");
    return;
  }
  add(buf, "'chain_end':{");
  add_text(buf, "subject", certificate->issuer_subject);
  add_instant(buf, "notBefore", certificate->issuer_not_before);
  add_instant(buf, "notAfter", certificate->issuer_not_after);
  end(buf, "}");
}

static void add_certificate(pl_buf *buf, const pl_certificate *certificate) {
  static const char *const times[] = {[PL_CERTIFICATE_TIME_UNKNOWN] = NULL,
                                      [PL_CERTIFICATE_VALID] = "valid",
                                      [PL_CERTIFICATE_EXPIRED] = "expired",
                                      [PL_CERTIFICATE_NOT_YET] = "not-yet-valid"};
  if (!certificate->seen) {
    add_null(buf, "certificate");
    return;
  }
  add(buf, "'certificate':{");
  add_text(buf, "subject", certificate->subject);
  add_text(buf, "issuer", certificate->issuer);
  add(buf, "'sha256':'");
  for (size_t i = 0; i < sizeof(certificate->sha256); i++)
    pl_buf_addf(buf, "%02x", certificate->sha256[i]);
  add(buf, "',");
  add_instant(buf, "notBefore", certificate->not_before);
  add_instant(buf, "notAfter", certificate->not_after);
  add_text(buf, "time", times[certificate->time]);
  add(buf, "'chain_ok':%s,'name_ok':%s,", truth(certificate->chain_ok),
      truth(certificate->name_ok));
  add(buf, "'scts':%s,'public_anchor':%s,", truth(certificate->has_scts),
      truth(certificate->public_anchor));
  add_chain_end(buf, certificate);
  add_text_or_null(buf, "problem", certificate->problem);
  end(buf, "}");
}

static void add_icmp(pl_buf *buf, const pl_icmp *icmp) {
  if (!icmp->seen) {
    add_null(buf, "icmp");
    return;
  }
  add(buf, "'icmp':{'version':%d,'type':%u,'code':%u,", (int)icmp->family, icmp->type, icmp->code);
  add_address(buf, "sender", &icmp->sender);
  add(buf, "'sender_is_self':%s},", truth(icmp->sender_is_self));
}

static void add_attempt(pl_buf *buf, const pl_attempt_result *attempt) {
  bool tried = attempt->end != PL_END_NOT_TRIED;
  const char *version = attempt->tls_version == 0x0303   ? "1.2"
                        : attempt->tls_version == 0x0304 ? "1.3"
                                                         : NULL;
  add(buf, "{'end':'%s',", pl_end_info_at(attempt->end)->key);
  add_text(buf, "text", pl_end_info_at(attempt->end)->text);
  add(buf, "'errno':%d,", attempt->error);
  add_icmp(buf, &attempt->icmp);
  add_number_or_null(buf, "local_port", attempt->local_port != 0, attempt->local_port);
  add(buf, "'retransmits':%u,", attempt->retransmits);
  add_text(buf, "tls_version", version);
  add_number_or_null(buf, "alert", attempt->alert >= 0, attempt->alert);
  add(buf, "'gap':%s,", truth(attempt->gap));
  add_certificate(buf, &attempt->certificate);
  add_number_or_null(buf, "http_status", attempt->http_status != 0, attempt->http_status);
  add(buf, "'body_read':'%s','bot_protection':%s,", pl_body_words[attempt->body],
      truth(attempt->bot_protection));
  add_text_or_null(buf, "body", attempt->http_note);
  add_duration(buf, "connect_time", attempt->connect_time);
  add_duration(buf, "tls_time", attempt->tls_time);
  add_duration(buf, "first_byte_time", attempt->first_byte_time);
  add_duration(buf, "time", tried ? attempt->ended - attempt->started : PL_NSEC_UNKNOWN);
  end(buf, "}");
}

static void add_origins(pl_buf *buf, unsigned origins) {
  add(buf, "'origins':[%s%s%s%s", origins & PL_ORIGIN_DNS ? "\"dns\"," : "",
      origins & PL_ORIGIN_EC2 ? "\"ec2\"," : "", origins & PL_ORIGIN_OPTION ? "\"option\"," : "",
      origins & PL_ORIGIN_HOSTS ? "\"hosts\"," : "");
  end(buf, "]");
}

static void add_hops(pl_buf *buf, const pl_target *target) {
  add(buf, "'hops':[");
  for (unsigned i = 0; i < target->hop_count; i++) {
    add(buf, "{'ttl':%u,'result':'%s',", target->hops[i].ttl, pl_hop_words[target->hops[i].kind]);
    add_number_or_null(buf, "local_port", target->hops[i].port != 0, target->hops[i].port);
    add_address(buf, "sender", &target->hops[i].sender);
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_target(pl_buf *buf, const pl_target *target, const pl_target_verdict *verdict) {
  add(buf, "{");
  add_address(buf, "address", &target->address);
  add_address(buf, "via", &target->via);
  add(buf, "'port':%u,", target->port);
  add_text_or_null(buf, "zone", target->zone);
  add(buf, "'role':'%s',", pl_role_name(target->role));
  add_origins(buf, target->origins);
  add(buf, "'with_key':%s,'judged':%s,", truth(target->with_key), truth(verdict->judged));
  if (target->role == PL_ROLE_PUBLIC)
    add_text(buf, "class",
             verdict->judged ? pl_public_name((pl_public)verdict->public_class) : NULL);
  else if (!pl_role_is_public(target->role))
    add(buf, "'up':%s,'counter_proof':%s,", truth(verdict->up), truth(verdict->counter_proof));
  add_reason(buf, "reason", (pl_reason)verdict->reason);
  if (target->role == PL_ROLE_PUBLIC)
    add_hops(buf, target);
  add(buf, "'tries':[");
  for (unsigned i = 0; i < target->attempt_count; i++)
    add_attempt(buf, &target->attempts[i]);
  end(buf, "]}");
}

static void add_targets(pl_buf *buf, const pl_endpoint_result *result, bool public) {
  add(buf, "'addresses':[");
  for (size_t i = 0; i < result->facts->target_count; i++) {
    const pl_target *target = &result->facts->targets[i];
    if (pl_role_is_public(target->role) == public)
      add_target(buf, target, &result->verdict->targets[i]);
  }
  end(buf, "]");
}

/* ---- witnesses and this host ---------------------------------------------------------------- */

static void add_witness_result(pl_buf *buf, const pl_witness_result *result) {
  bool tried = result->end != PL_END_NOT_TRIED;
  add(buf, "{'end':'%s','verified':%s,", pl_end_info_at(result->end)->key, truth(result->verified));
  add_duration(buf, "time", tried ? result->ended - result->started : PL_NSEC_UNKNOWN);
  end(buf, "}");
}

static void add_witnesses(pl_buf *buf, const pl_facts *facts) {
  add(buf, "'witnesses':[");
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    add(buf, "{");
    add_text(buf, "host", witness->host);
    add_address(buf, "address", &witness->address);
    add(buf, "'port':%u,", witness->port);
    add(buf, "'probes':[");
    for (size_t j = 0; j < witness->result_count; j++)
      add_witness_result(buf, &witness->results[j]);
    end(buf, "]");
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_private_evidence(pl_buf *buf, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  if (result->spec == NULL || result->spec->private_evidence == NULL) {
    add_null(buf, "private_evidence");
    return;
  }
  add(buf, "'private_evidence':{'up':%s,", truth(facts->private_evidence.up));
  add_number_or_null(buf, "http_status", facts->private_evidence.status != 0,
                     facts->private_evidence.status);
  add_text_or_null(buf, "problem", facts->private_evidence.problem);
  end(buf, "}");
}

static void add_families(pl_buf *buf, const pl_facts *facts) {
  add(buf, "'families':{'ipv4':'%s','ipv6':'%s','nat64':'%s'},", pl_family_state_words[facts->ipv4],
      pl_family_state_words[facts->ipv6], pl_nat64_state_words[facts->nat64]);
}

/* ---- the EC2 API ---------------------------------------------------------------------------- */

static const char *tri(pl_tri value) {
  return value == PL_TRI_UNKNOWN ? "null" : truth(value == PL_TRI_YES);
}

static void add_interfaces(pl_buf *buf, const pl_endpoint *endpoint) {
  add(buf, "'interfaces':[");
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    add(buf, "{");
    add_text(buf, "id", interface->id);
    add_text_or_null(buf, "subnet", interface->subnet);
    add_text_or_null(buf, "zone", interface->zone);
    add_addresses(buf, "addresses", interface->addresses, interface->address_count);
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_prefixes(pl_buf *buf, const pl_endpoint *endpoint) {
  add(buf, "'prefixes':[");
  for (size_t i = 0; i < endpoint->prefix_count; i++) {
    const pl_prefix *prefix = &endpoint->prefixes[i];
    char text[PL_ADDR_TEXT];
    add(buf, "{'prefix':'%s/%u',", pl_addr_format(&prefix->cidr.address, text),
        (unsigned)prefix->cidr.prefix);
    add_text_or_null(buf, "zone", prefix->zone);
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_associations(pl_buf *buf, const pl_endpoint *endpoint) {
  add(buf, "'associations':[");
  for (size_t i = 0; i < endpoint->association_count; i++) {
    const pl_association *association = &endpoint->associations[i];
    add(buf, "{");
    add_text_or_null(buf, "accessibility", association->accessibility);
    add_text_or_null(buf, "resource", association->resource);
    add_text_or_null(buf, "dns_name", association->name);
    add_text_or_null(buf, "private_name", association->private_name);
    end(buf, "}");
  }
  end(buf, "]");
}

/* Calls for details that failed, and whether a permission is missing. */
static void add_left_out(pl_buf *buf, const pl_endpoint *endpoint) {
  add(buf, "'left_out':[");
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    bool denied = endpoint->parts[part] == PL_PART_DENIED;
    if (denied || endpoint->parts[part] == PL_PART_FAILED)
      add(buf, "{'action':'%s','denied':%s},", pl_part_action(part), truth(denied));
  }
  end(buf, "]");
}

static void add_known_endpoint(pl_buf *buf, const pl_endpoint *endpoint) {
  add_text(buf, "state", endpoint->state_text);
  add_text_or_null(buf, "failure", endpoint->failure);
  add_text_or_null(buf, "failure_code", endpoint->failure_code);
  add_text_or_null(buf, "type", endpoint->type_text);
  add_text_or_null(buf, "service_name", endpoint->service_name);
  add_text_or_null(buf, "service_region", endpoint->service_region);
  add_text_or_null(buf, "resource", endpoint->resource);
  add_text_or_null(buf, "ip_address_type", endpoint->ip_address_type);
  add_text_or_null(buf, "dns_record_type", endpoint->record_type);
  add_text_or_null(buf, "private_dns_preference", endpoint->dns_preference);
  add(buf, "'private_dns_inbound_only':%s,'provider_pays':%s,", tri(endpoint->inbound_only),
      truth(endpoint->provider_pays));
  add_text_or_null(buf, "vpc", endpoint->vpc);
  if (endpoint->created != 0)
    add_instant(buf, "created", endpoint->created);
  else
    add_null(buf, "created");
  add(buf, "'private_dns_enabled':%s,'enable_dns_support':%s,'enable_dns_hostnames':%s,",
      tri(endpoint->private_dns), tri(endpoint->dns_support), tri(endpoint->dns_hostnames));
  add(buf, "'dns_entries':[");
  for (size_t i = 0; i < endpoint->dns_entry_count; i++)
    add_text(buf, NULL, endpoint->dns_entries[i].name);
  end(buf, "]");
  add(buf, "'zones':[");
  for (size_t i = 0; i < endpoint->zone_count; i++)
    add_text(buf, NULL, endpoint->zones[i]);
  end(buf, "]");
  add_interfaces(buf, endpoint);
  add_prefixes(buf, endpoint);
  add_associations(buf, endpoint);
  add_left_out(buf, endpoint);
}

static void add_endpoint(pl_buf *buf, const pl_endpoint *endpoint) {
  if (endpoint == NULL) {
    add_null(buf, "endpoint");
    return;
  }
  add(buf, "'endpoint':{");
  add_text(buf, "id", endpoint->id);
  add_text(buf, "outcome", pl_ec2_outcome_name(endpoint->outcome));
  add_text_or_null(buf, "code", endpoint->code);
  add_text_or_null(buf, "message", endpoint->message);
  add_text_or_null(buf, "denied", endpoint->denied);
  if (endpoint->known)
    add_known_endpoint(buf, endpoint);
  end(buf, "}");
}

/* ---- verdicts ------------------------------------------------------------------------------- */

/* The findings of one check; PL_CHECK_COUNT: those that belong to no check of this run. */
static void add_findings(pl_buf *buf, const pl_verdict *verdict, pl_check check) {
  add(buf, "'findings':[");
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool owned = finding->check < PL_CHECK_COUNT && verdict->checks[finding->check].ran;
    if ((owned ? finding->check : PL_CHECK_COUNT) != check)
      continue;
    const char *hint = finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason);
    add(buf, "{");
    add_reason(buf, "reason", finding->reason);
    add(buf, "'severity':%d,", (int)finding->severity);
    add_address(buf, "address", &finding->address);
    add_text_or_null(buf, "zone", finding->zone);
    add_text(buf, "text", finding->text);
    add_text_or_null(buf, "hint", finding->severity == PL_SEVERITY_OK ? "" : hint);
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_rivals(pl_buf *buf, const pl_verdict *verdict) {
  add(buf, "'rivals':[");
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    const pl_rival_verdict *rival = &verdict->rivals[id];
    if (rival->state == PL_RIVAL_STATE_NONE)
      continue;
    bool ruled_out = rival->state == PL_RIVAL_STATE_RULED_OUT;
    add(buf, "{'key':'%s','state':'%s',", pl_rival_at((pl_rival_id)id)->key,
        pl_rival_state_name(rival->state));
    add_text(buf, "control", ruled_out ? pl_control_name(rival->control) : NULL);
    if (ruled_out && rival->when != 0)
      add_instant(buf, "when", rival->when);
    else
      add_null(buf, "when");
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_further(pl_buf *buf, const pl_facts *facts) {
  add(buf, "'further_names':[");
  for (size_t i = 0; i < facts->further_count; i++) {
    const pl_further *further = &facts->further[i];
    add(buf, "{");
    add_text(buf, "name", further->name);
    add_answers(buf, further->dns, further->dns_count);
    add_addresses(buf, "hosts_file", further->hosts.items, further->hosts.count);
    end(buf, "}");
  }
  end(buf, "]");
}

static void add_facts(pl_buf *buf, const pl_endpoint_result *result, pl_check check) {
  const pl_facts *facts = result->facts;
  bool public = check == PL_CHECK_PUBLIC;
  if (check == PL_CHECK_STATE)
    add_endpoint(buf, facts->endpoint);
  if (check == PL_CHECK_DNS)
    add_answers(buf, facts->private_dns, facts->private_dns_count);
  if (public)
    add_answers(buf, facts->public_dns, facts->public_dns_count);
  if (public || check == PL_CHECK_DNS) {
    const pl_addr_list *hosts = public ? &facts->hosts_public : &facts->hosts_private;
    add_addresses(buf, "hosts_file", hosts->items, hosts->count);
  }
  if (check == PL_CHECK_DNS)
    add_further(buf, facts);
  if (public || check == PL_CHECK_PORT)
    add_targets(buf, result, public);
  if (!public)
    return;
  add_witnesses(buf, facts);
  add_private_evidence(buf, result);
  add_families(buf, facts);
}

static void add_skipped_check(pl_buf *buf, const pl_endpoint_result *result, pl_check check) {
  const char *why = result->spec != NULL ? result->spec->skipped[check] : NULL;
  if (why == NULL)
    why = result->spec != NULL ? "not asked for by --check" : "the configuration can't be used";
  add(buf, "{'check':'%s','severity':null,'reason':null,", pl_check_name(check));
  add_text(buf, "skipped", why);
  add(buf, "'summary':null,'findings':[]},");
}

static void add_check(pl_buf *buf, const pl_endpoint_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  char text[2 * PL_LIMIT_TEXT];
  if (!verdict->checks[check].ran) {
    add_skipped_check(buf, result, check);
    return;
  }
  pl_buf summary;
  pl_buf_fixed(&summary, text, sizeof(text));
  pl_report_summary(verdict, check, &summary);
  add(buf, "{'check':'%s','severity':%d,", pl_check_name(check),
      (int)verdict->checks[check].severity);
  add_reason(buf, "reason", pl_verdict_line_reason(verdict, check));
  add_null(buf, "skipped");
  add_text(buf, "summary", text);
  if (check == PL_CHECK_PUBLIC)
    add_text(buf, "verdict", pl_public_name(verdict->public_verdict));
  if (check == PL_CHECK_PUBLIC)
    add_rivals(buf, verdict);
  add_findings(buf, verdict, check);
  if (result->facts != NULL)
    add_facts(buf, result, check);
  end(buf, "}");
}

static void add_metrics(pl_buf *buf, const pl_metrics *metrics) {
  add(buf, "'metrics':{");
  for (size_t i = 0; i < metrics->count; i++) {
    const pl_metric *metric = &metrics->items[i];
    const pl_metric_info *info = pl_metric_info_at(metric->id);
    if (info->daemon_only)
      continue;
    char text[2 * PL_LIMIT_NAME];
    pl_buf name;
    pl_buf_fixed(&name, text, sizeof(text));
    pl_metric_add_name(&name, metric);
    add_number(buf, text, metric->known ? metric->value : (double)NAN, info->decimals);
  }
  end(buf, "}");
}

/* What was asked for. */
static void add_question(pl_buf *buf, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  const char *private_name = spec != NULL ? spec->private_name : NULL;
  if (private_name == NULL && result->facts != NULL)
    private_name = pl_endpoint_private_name(result->facts->endpoint);
  add_text(buf, "private_name", private_name);
  add_text(buf, "public_name", spec != NULL ? spec->public_name : NULL);
  add_number_or_null(buf, "port", spec != NULL, spec != NULL ? spec->port : 0);
  add_text(buf, "path", spec != NULL ? spec->path : NULL);
  add_text_or_null(buf, "tls_name", spec != NULL ? spec->tls_name : NULL);
}

static void add_replayed(pl_buf *buf, const pl_replayed *replayed) {
  if (replayed == NULL)
    return;
  add(buf, "'replayed':{");
  add_text(buf, "version", replayed->program);
  add(buf, "'differs':%s,", truth(replayed->difference[0] != '\0'));
  add_text_or_null(buf, "difference", replayed->difference);
  end(buf, "}");
}

static void add_result(pl_buf *buf, const pl_endpoint_result *result) {
  const pl_verdict *verdict = result->verdict;
  char text[2 * PL_LIMIT_TEXT];
  pl_buf summary;
  pl_buf_fixed(&summary, text, sizeof(text));
  pl_report_headline(result, &summary);
  add(buf, "{");
  add_text(buf, "name", result->name);
  add_question(buf, result);
  add(buf, "'severity':%d,", (int)verdict->severity);
  add_reason(buf, "reason", pl_report_headline_reason(verdict));
  add_text(buf, "summary", text);
  add(buf, "'checks':[");
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++)
    add_check(buf, result, check);
  end(buf, "]");
  add_findings(buf, verdict, PL_CHECK_COUNT);
  add(buf, "'findings_lost':%zu,", verdict->findings_lost);
  add_metrics(buf, &verdict->metrics);
  add_replayed(buf, result->replayed);
  end(buf, "}");
}

void pl_report_json(const pl_run *run, pl_buf *buf) {
  pl_totals totals = pl_run_totals(run);
  const size_t *count = totals.by_severity;
  add(buf, "{'schema':%d,", SCHEMA);
  add_text(buf, "version", run->version);
  add_instant(buf, "started", run->started);
  add_duration(buf, "duration", run->duration);
  add(buf, "'severity':%d,", (int)pl_run_severity(run));
  if (run->unrecorded != NULL)
    add_text(buf, "unrecorded", run->unrecorded);
  add(buf, "'totals':{'endpoints':%zu,'ok':%zu,'warning':%zu,'critical':%zu,'unknown':%zu},",
      run->count, count[PL_SEVERITY_OK], count[PL_SEVERITY_WARNING], count[PL_SEVERITY_CRITICAL],
      count[PL_SEVERITY_UNKNOWN]);
  add(buf, "'endpoints':[");
  for (size_t i = 0; i < run->count; i++)
    add_result(buf, &run->results[i]);
  end(buf, "]");
  drop_comma(buf);
  pl_buf_add(buf, "}\n");
}
