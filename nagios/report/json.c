/* The JSON object of --output json. Keys come in a fixed order; docs/output.schema.json describes
 * them. A value that is not known is null, never a made-up one. */
#include "report/json.h"
#include "facts/endpoint.h"
#include "report/words.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define SCHEMA 1

/* ---- the writer ----------------------------------------------------------------------------- */

/* A comma stands before every key or item but the first of its object or array. */
typedef struct json {
  pl_buf *buf;
  bool comma;
} json;

/* RFC 8259 section 7. Controls need no escape: pl_report_add_safe has let none through. */
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
static void begin_value(json *out, const char *key) {
  if (out->comma)
    pl_buf_add_char(out->buf, ',');
  out->comma = true;
  if (key != NULL) {
    add_quoted(out->buf, key);
    pl_buf_add_char(out->buf, ':');
  }
}

static void open_value(json *out, const char *key, char bracket) {
  begin_value(out, key);
  pl_buf_add_char(out->buf, bracket);
  out->comma = false;
}

static void close_value(json *out, char bracket) {
  pl_buf_add_char(out->buf, bracket);
  out->comma = true;
}

static void add_null(json *out, const char *key) {
  begin_value(out, key);
  pl_buf_add(out->buf, "null");
}

/* Text of ours or of the judge's, which may hold strings of the user's: valid UTF-8 on its way
 * out, whatever came in. NULL is null. */
static void add_text(json *out, const char *key, const char *text) {
  if (text == NULL) {
    add_null(out, key);
    return;
  }
  pl_buf safe;
  pl_buf_init(&safe, out->buf->max);
  pl_report_add_safe(&safe, text);
  begin_value(out, key);
  add_quoted(out->buf, pl_buf_text(&safe));
  out->buf->failed = out->buf->failed || safe.failed;
  pl_buf_free(&safe);
}

static void add_text_or_null(json *out, const char *key, const char *text) {
  add_text(out, key, text != NULL && text[0] != '\0' ? text : NULL);
}

static void add_bool(json *out, const char *key, bool value) {
  begin_value(out, key);
  pl_buf_add(out->buf, value ? "true" : "false");
}

static void add_number(json *out, const char *key, double value, int decimals) {
  if (!isfinite(value)) {
    add_null(out, key);
    return;
  }
  begin_value(out, key);
  pl_buf_add_number(out->buf, value, decimals);
}

static void add_count(json *out, const char *key, size_t value) {
  begin_value(out, key);
  pl_buf_addf(out->buf, "%zu", value);
}

static void add_count_or_null(json *out, const char *key, size_t value) {
  if (value == 0)
    add_null(out, key);
  else
    add_count(out, key, value);
}

static void add_duration(json *out, const char *key, pl_nsec duration) {
  if (duration < 0)
    add_null(out, key);
  else
    add_number(out, key, pl_seconds(duration), 6);
}

static void add_instant(json *out, const char *key, int64_t seconds) {
  char text[32];
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_report_instant(seconds, &buf);
  add_text_or_null(out, key, text);
}

static void add_address(json *out, const char *key, const pl_addr *address) {
  char text[PL_ADDR_TEXT];
  if (address->family == PL_FAMILY_NONE)
    add_null(out, key);
  else
    add_text(out, key, pl_addr_format(address, text));
}

static void add_reason(json *out, const char *key, pl_reason reason) {
  add_text_or_null(out, key, pl_reason_code(reason));
}

/* ---- DNS ------------------------------------------------------------------------------------ */

static const char *dns_outcome_key(pl_dns_outcome outcome) {
  static const char *const keys[] = {
      [PL_DNS_ANSWER] = "answer",
      [PL_DNS_NODATA] = "nodata",
      [PL_DNS_NXDOMAIN] = "nxdomain",
      [PL_DNS_SERVFAIL] = "servfail",
      [PL_DNS_REFUSED] = "refused",
      [PL_DNS_RCODE] = "rcode",
      [PL_DNS_MALFORMED] = "malformed",
      [PL_DNS_TIMEOUT] = "timeout",
      [PL_DNS_CLOSED] = "closed",
      [PL_DNS_LOCAL] = "local",
      [PL_DNS_CUT] = "cut",
  };
  return keys[outcome];
}

static void add_answers(json *out, const pl_dns_fact *facts, size_t count) {
  open_value(out, "answers", '[');
  for (size_t i = 0; i < count; i++) {
    const pl_dns_fact *fact = &facts[i];
    char resolver[PL_ADDR_TEXT + 16];
    pl_buf buf;
    pl_buf_fixed(&buf, resolver, sizeof(resolver));
    pl_sockaddr_add(&buf, &fact->resolver);
    open_value(out, NULL, '{');
    add_text(out, "resolver", resolver);
    add_bool(out, "system", fact->system);
    add_text(out, "type", fact->type == PL_DNS_A ? "A" : "AAAA");
    add_text(out, "outcome", dns_outcome_key(fact->outcome));
    add_count(out, "rcode", fact->rcode);
    add_count(out, "errno", (size_t)fact->error);
    open_value(out, "addresses", '[');
    for (size_t k = 0; k < fact->answers.count; k++)
      add_address(out, NULL, &fact->answers.items[k]);
    close_value(out, ']');
    add_bool(out, "truncated", fact->answers.truncated);
    add_text_or_null(out, "canonical_name", fact->canonical);
    add_count(out, "ttl", fact->ttl);
    add_bool(out, "over_tcp", fact->over_tcp);
    add_duration(out, "time", fact->elapsed);
    close_value(out, '}');
  }
  close_value(out, ']');
}

/* ---- addresses ------------------------------------------------------------------------------ */

static const char *certificate_time_key(pl_certificate_time time) {
  static const char *const keys[] = {
      [PL_CERTIFICATE_TIME_UNKNOWN] = NULL,
      [PL_CERTIFICATE_VALID] = "valid",
      [PL_CERTIFICATE_EXPIRED] = "expired",
      [PL_CERTIFICATE_NOT_YET] = "not-yet-valid",
  };
  return keys[time];
}

static void add_certificate(json *out, const pl_certificate *certificate) {
  if (!certificate->seen) {
    add_null(out, "certificate");
    return;
  }
  char sha256[2 * sizeof(certificate->sha256) + 1];
  pl_buf buf;
  pl_buf_fixed(&buf, sha256, sizeof(sha256));
  for (size_t i = 0; i < sizeof(certificate->sha256); i++)
    pl_buf_addf(&buf, "%02x", certificate->sha256[i]);
  open_value(out, "certificate", '{');
  add_text(out, "subject", certificate->subject);
  add_text(out, "issuer", certificate->issuer);
  add_text(out, "sha256", sha256);
  add_instant(out, "notBefore", certificate->not_before);
  add_instant(out, "notAfter", certificate->not_after);
  add_text(out, "time", certificate_time_key(certificate->time));
  add_bool(out, "chain_ok", certificate->chain_ok);
  add_bool(out, "name_ok", certificate->name_ok);
  add_text_or_null(out, "problem", certificate->problem);
  close_value(out, '}');
}

static void add_icmp(json *out, const pl_icmp *icmp) {
  if (!icmp->seen) {
    add_null(out, "icmp");
    return;
  }
  open_value(out, "icmp", '{');
  add_count(out, "version", icmp->family);
  add_count(out, "type", icmp->type);
  add_count(out, "code", icmp->code);
  add_address(out, "sender", &icmp->sender);
  add_bool(out, "sender_is_self", icmp->sender_is_self);
  close_value(out, '}');
}

static const char *tls_version_text(unsigned version) {
  switch (version) {
  case 0x0303:
    return "1.2";
  case 0x0304:
    return "1.3";
  }
  return NULL;
}

static void add_try(json *out, const pl_attempt_result *attempt) {
  bool tried = attempt->end != PL_END_NOT_TRIED;
  const pl_end_info *end = pl_end_info_at(attempt->end);
  open_value(out, NULL, '{');
  add_text(out, "end", end->key);
  add_text(out, "text", end->text);
  add_count(out, "errno", (size_t)attempt->error);
  add_icmp(out, &attempt->icmp);
  add_count_or_null(out, "local_port", attempt->local_port);
  add_count(out, "retransmits", attempt->retransmits);
  add_text(out, "tls_version", tls_version_text(attempt->tls_version));
  if (attempt->alert >= 0)
    add_count(out, "alert", (size_t)attempt->alert);
  else
    add_null(out, "alert");
  add_certificate(out, &attempt->certificate);
  add_count_or_null(out, "http_status", attempt->http_status);
  add_text_or_null(out, "body", attempt->http_note);
  add_duration(out, "connect_time", attempt->connect_time);
  add_duration(out, "tls_time", attempt->tls_time);
  add_duration(out, "first_byte_time", attempt->first_byte_time);
  add_duration(out, "time", tried ? attempt->ended - attempt->started : PL_NSEC_UNKNOWN);
  close_value(out, '}');
}

static const char *role_key(pl_role role) {
  static const char *const keys[] = {
      [PL_ROLE_PRIVATE] = "private",
      [PL_ROLE_COUNTER] = "counter",
      [PL_ROLE_PUBLIC] = "public",
  };
  return keys[role];
}

static void add_origins(json *out, unsigned origins) {
  open_value(out, "origins", '[');
  if (origins & PL_ORIGIN_DNS)
    add_text(out, NULL, "dns");
  if (origins & PL_ORIGIN_EC2)
    add_text(out, NULL, "ec2");
  if (origins & PL_ORIGIN_OPTION)
    add_text(out, NULL, "option");
  close_value(out, ']');
}

static void add_target(json *out, const pl_target *target, const pl_target_verdict *verdict) {
  open_value(out, NULL, '{');
  add_address(out, "address", &target->address);
  add_address(out, "via", &target->via);
  add_count(out, "port", target->port);
  add_text_or_null(out, "zone", target->zone);
  add_text(out, "role", role_key(target->role));
  add_origins(out, target->origins);
  add_bool(out, "with_key", target->with_key);
  add_bool(out, "judged", verdict->judged);
  if (target->role == PL_ROLE_PUBLIC) {
    add_text(out, "class",
             verdict->judged ? pl_public_name((pl_public)verdict->public_class) : NULL);
  } else {
    add_bool(out, "up", verdict->up);
    add_bool(out, "counter_proof", verdict->counter_proof);
  }
  add_reason(out, "reason", (pl_reason)verdict->reason);
  open_value(out, "tries", '[');
  for (unsigned i = 0; i < target->attempt_count; i++)
    add_try(out, &target->attempts[i]);
  close_value(out, ']');
  close_value(out, '}');
}

static void add_targets(json *out, const pl_endpoint_result *result, bool public) {
  open_value(out, "addresses", '[');
  for (size_t i = 0; i < result->facts->target_count; i++) {
    const pl_target *target = &result->facts->targets[i];
    if ((target->role == PL_ROLE_PUBLIC) == public)
      add_target(out, target, &result->verdict->targets[i]);
  }
  close_value(out, ']');
}

/* ---- witnesses and this host ---------------------------------------------------------------- */

static void add_leg(json *out, const char *key, const pl_witness_result *leg) {
  bool tried = leg->end != PL_END_NOT_TRIED;
  open_value(out, key, '{');
  add_text(out, "end", pl_end_info_at(leg->end)->key);
  add_bool(out, "verified", leg->verified);
  add_duration(out, "time", tried ? leg->ended - leg->started : PL_NSEC_UNKNOWN);
  close_value(out, '}');
}

static void add_witnesses(json *out, const pl_facts *facts) {
  open_value(out, "witnesses", '[');
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    open_value(out, NULL, '{');
    add_text(out, "host", witness->host);
    add_address(out, "address", &witness->address);
    add_count(out, "port", witness->port);
    add_leg(out, "before", &witness->before);
    add_leg(out, "after", &witness->after);
    close_value(out, '}');
  }
  close_value(out, ']');
}

static void add_families(json *out, const pl_facts *facts) {
  static const char *const families[] = {
      [PL_FAMILY_USABLE] = "usable",
      [PL_FAMILY_NO_ADDRESS] = "no-address",
      [PL_FAMILY_NO_ROUTE] = "no-route",
  };
  static const char *const nat64[] = {
      [PL_NAT64_NOT_NEEDED] = "not-needed",
      [PL_NAT64_NONE] = "none",
      [PL_NAT64_FOUND] = "found",
      [PL_NAT64_UNKNOWN] = "unknown",
  };
  open_value(out, "families", '{');
  add_text(out, "ipv4", families[facts->ipv4]);
  add_text(out, "ipv6", families[facts->ipv6]);
  add_text(out, "nat64", nat64[facts->nat64]);
  close_value(out, '}');
}

/* ---- the EC2 API ---------------------------------------------------------------------------- */

static void add_tri(json *out, const char *key, pl_tri value) {
  if (value == PL_TRI_UNKNOWN)
    add_null(out, key);
  else
    add_bool(out, key, value == PL_TRI_YES);
}

static void add_interfaces(json *out, const pl_endpoint *endpoint) {
  open_value(out, "interfaces", '[');
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    open_value(out, NULL, '{');
    add_text(out, "id", interface->id);
    add_text_or_null(out, "subnet", interface->subnet);
    add_text_or_null(out, "zone", interface->zone);
    open_value(out, "addresses", '[');
    for (size_t k = 0; k < interface->address_count; k++)
      add_address(out, NULL, &interface->addresses[k]);
    close_value(out, ']');
    close_value(out, '}');
  }
  close_value(out, ']');
}

/* What was not learned, and for want of which permission. */
static void add_left_out(json *out, const pl_endpoint *endpoint) {
  open_value(out, "left_out", '[');
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    if (endpoint->parts[part] != PL_PART_DENIED && endpoint->parts[part] != PL_PART_FAILED)
      continue;
    open_value(out, NULL, '{');
    add_text(out, "action", pl_part_action(part));
    add_bool(out, "denied", endpoint->parts[part] == PL_PART_DENIED);
    close_value(out, '}');
  }
  close_value(out, ']');
}

static void add_known_endpoint(json *out, const pl_endpoint *endpoint) {
  add_text(out, "state", endpoint->state_text);
  add_text_or_null(out, "failure", endpoint->failure);
  add_text_or_null(out, "type", endpoint->type);
  add_text_or_null(out, "service_name", endpoint->service_name);
  add_text_or_null(out, "vpc", endpoint->vpc);
  if (endpoint->created != 0)
    add_instant(out, "created", endpoint->created);
  else
    add_null(out, "created");
  add_tri(out, "private_dns_enabled", endpoint->private_dns);
  add_tri(out, "enable_dns_support", endpoint->dns_support);
  add_tri(out, "enable_dns_hostnames", endpoint->dns_hostnames);
  open_value(out, "dns_entries", '[');
  for (size_t i = 0; i < endpoint->dns_entry_count; i++)
    add_text(out, NULL, endpoint->dns_entries[i].name);
  close_value(out, ']');
  open_value(out, "zones", '[');
  for (size_t i = 0; i < endpoint->zone_count; i++)
    add_text(out, NULL, endpoint->zones[i]);
  close_value(out, ']');
  add_interfaces(out, endpoint);
  add_left_out(out, endpoint);
}

static void add_endpoint(json *out, const pl_endpoint *endpoint) {
  if (endpoint == NULL) {
    add_null(out, "endpoint");
    return;
  }
  open_value(out, "endpoint", '{');
  add_text(out, "id", endpoint->id);
  add_text(out, "outcome", pl_ec2_outcome_name(endpoint->outcome));
  add_text_or_null(out, "code", endpoint->code);
  add_text_or_null(out, "message", endpoint->message);
  add_text_or_null(out, "denied", endpoint->denied);
  if (endpoint->known)
    add_known_endpoint(out, endpoint);
  close_value(out, '}');
}

/* ---- verdicts ------------------------------------------------------------------------------- */

static void add_finding(json *out, const pl_finding *finding) {
  const char *hint = finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason);
  open_value(out, NULL, '{');
  add_reason(out, "reason", finding->reason);
  add_count(out, "severity", (size_t)finding->severity);
  add_address(out, "address", &finding->address);
  add_text_or_null(out, "zone", finding->zone);
  add_text(out, "text", finding->text);
  add_text_or_null(out, "hint", finding->severity == PL_SEVERITY_OK ? "" : hint);
  close_value(out, '}');
}

/* The findings of one check; PL_CHECK_COUNT: those that no check of this run has. */
static void add_findings(json *out, const pl_verdict *verdict, pl_check check) {
  open_value(out, "findings", '[');
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool owned = finding->check < PL_CHECK_COUNT && verdict->checks[finding->check].ran;
    if ((owned ? finding->check : PL_CHECK_COUNT) == check)
      add_finding(out, finding);
  }
  close_value(out, ']');
}

static void add_facts(json *out, const pl_endpoint_result *result, pl_check check) {
  const pl_facts *facts = result->facts;
  bool public = check == PL_CHECK_PUBLIC;
  if (check == PL_CHECK_STATE)
    add_endpoint(out, facts->endpoint);
  if (check == PL_CHECK_DNS)
    add_answers(out, facts->private_dns, facts->private_dns_count);
  if (public)
    add_answers(out, facts->public_dns, facts->public_dns_count);
  if (public || check == PL_CHECK_PORT)
    add_targets(out, result, public);
  if (!public)
    return;
  add_witnesses(out, facts);
  add_families(out, facts);
}

static void add_skipped_check(json *out, const pl_endpoint_result *result, pl_check check) {
  const char *why = result->spec != NULL ? result->spec->skipped[check] : NULL;
  if (why == NULL)
    why = result->spec != NULL ? "not asked for by --check" : "the configuration can't be used";
  add_null(out, "severity");
  add_null(out, "reason");
  add_text(out, "skipped", why);
  add_null(out, "summary");
  open_value(out, "findings", '[');
  close_value(out, ']');
}

static void add_check(json *out, const pl_endpoint_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  char summary[2 * PL_LIMIT_TEXT];
  open_value(out, NULL, '{');
  add_text(out, "check", pl_check_name(check));
  if (!verdict->checks[check].ran) {
    add_skipped_check(out, result, check);
    close_value(out, '}');
    return;
  }
  pl_buf buf;
  pl_buf_fixed(&buf, summary, sizeof(summary));
  pl_report_summary(verdict, check, &buf);
  add_count(out, "severity", (size_t)verdict->checks[check].severity);
  add_reason(out, "reason", pl_verdict_line_reason(verdict, check));
  add_null(out, "skipped");
  add_text(out, "summary", summary);
  if (check == PL_CHECK_PUBLIC)
    add_text(out, "verdict", pl_public_name(verdict->public_verdict));
  add_findings(out, verdict, check);
  if (result->facts != NULL)
    add_facts(out, result, check);
  close_value(out, '}');
}

static void add_metrics(json *out, const pl_metrics *metrics) {
  open_value(out, "metrics", '{');
  for (size_t i = 0; i < metrics->count; i++) {
    const pl_metric *metric = &metrics->items[i];
    const pl_metric_info *info = pl_metric_info_at(metric->id);
    if (info->plugin_only)
      continue;
    char name[2 * PL_LIMIT_NAME];
    pl_buf buf;
    pl_buf_fixed(&buf, name, sizeof(name));
    pl_metric_add_name(&buf, metric);
    add_number(out, name, metric->known ? metric->value : (double)NAN, info->decimals);
  }
  close_value(out, '}');
}

static void add_result(json *out, const pl_endpoint_result *result) {
  char summary[2 * PL_LIMIT_TEXT];
  pl_buf buf;
  pl_buf_fixed(&buf, summary, sizeof(summary));
  pl_report_headline(result, &buf);
  open_value(out, NULL, '{');
  add_text(out, "name", result->name);
  add_count(out, "severity", (size_t)result->verdict->severity);
  add_reason(out, "reason", pl_report_headline_reason(result->verdict));
  add_text(out, "summary", summary);
  open_value(out, "checks", '[');
  for (pl_check check = 0; check < PL_CHECK_COUNT; check++)
    add_check(out, result, check);
  close_value(out, ']');
  add_findings(out, result->verdict, PL_CHECK_COUNT);
  add_count(out, "findings_lost", result->verdict->findings_lost);
  add_metrics(out, &result->verdict->metrics);
  close_value(out, '}');
}

static void add_totals(json *out, const pl_run *run) {
  pl_totals totals = pl_run_totals(run);
  open_value(out, "totals", '{');
  add_count(out, "endpoints", run->count);
  add_count(out, "ok", totals.by_severity[PL_SEVERITY_OK]);
  add_count(out, "warning", totals.by_severity[PL_SEVERITY_WARNING]);
  add_count(out, "critical", totals.by_severity[PL_SEVERITY_CRITICAL]);
  add_count(out, "unknown", totals.by_severity[PL_SEVERITY_UNKNOWN]);
  close_value(out, '}');
}

void pl_report_json(const pl_run *run, pl_buf *buf) {
  json out = {.buf = buf};
  open_value(&out, NULL, '{');
  add_count(&out, "schema", SCHEMA);
  add_text(&out, "version", run->version);
  add_instant(&out, "started", run->started);
  add_duration(&out, "duration", run->duration);
  add_count(&out, "severity", (size_t)pl_run_severity(run));
  add_totals(&out, run);
  open_value(&out, "endpoints", '[');
  for (size_t i = 0; i < run->count; i++)
    add_result(&out, &run->results[i]);
  close_value(&out, ']');
  close_value(&out, '}');
  pl_buf_add_char(buf, '\n');
}
