/* Describes facts in words, for the text output and --explain. */
#include "report/words.h"
#include "report/summary.h"
#include <string.h>

void pl_report_duration(pl_nsec duration, pl_buf *buf) {
  if (duration < 0) {
    pl_buf_add_char(buf, '?');
    return;
  }
  double seconds = pl_seconds(duration);
  if (duration >= PL_SEC) {
    pl_buf_add_number(buf, seconds, 2);
    pl_buf_add(buf, " s");
    return;
  }
  int decimals = duration < PL_MSEC ? 2 : duration < 10 * PL_MSEC ? 1 : 0;
  pl_buf_add_number(buf, seconds * 1e3, decimals);
  pl_buf_add(buf, " ms");
}

static void add_errno(pl_buf *buf, int error) {
  char storage[128];
  if (error != 0)
    pl_buf_addf(buf, " (%s)", strerror_r(error, storage, sizeof(storage)));
}

/* ---- DNS ------------------------------------------------------------------------------------ */

void pl_report_dns(const pl_dns_fact *fact, pl_buf *buf) {
  char text[PL_ADDR_TEXT];
  for (size_t i = 0; i < fact->answers.count; i++)
    pl_buf_addf(buf, "%s%s", i > 0 ? " " : "", pl_addr_format(&fact->answers.items[i], text));
  if (fact->outcome != PL_DNS_ANSWER)
    pl_buf_add(buf, pl_dns_outcome_name(fact->outcome));
  if (fact->outcome == PL_DNS_RCODE)
    pl_buf_addf(buf, " %u", fact->rcode);
  add_errno(buf, fact->error);
  pl_buf_add(buf, " (");
  if (fact->outcome == PL_DNS_ANSWER)
    pl_buf_addf(buf, "TTL %lu s, ", (unsigned long)fact->ttl);
  if (fact->answers.truncated)
    pl_buf_add(buf, "more addresses than the limit, ");
  pl_report_duration(fact->elapsed, buf);
  pl_buf_add_char(buf, ')');
}

/* ---- one attempt ---------------------------------------------------------------------------- */

static void add_icmp(const pl_icmp *icmp, pl_buf *buf) {
  char text[PL_ADDR_TEXT];
  if (!icmp->seen)
    return;
  pl_buf_addf(buf, " (%s type %u code %u from %s%s)",
              icmp->family == PL_FAMILY_IPV6 ? "ICMPv6" : "ICMP", icmp->type, icmp->code,
              pl_addr_format(&icmp->sender, text), icmp->sender_is_self ? ", this host" : "");
}

/* How the attempt ended, after the phases that were completed. */
static void add_end(const pl_attempt_result *attempt, pl_buf *buf) {
  if (attempt->end == PL_END_CONNECTED || attempt->end == PL_END_TLS_DONE)
    return;
  if (attempt->end == PL_END_HTTP_ANSWER) {
    pl_buf_addf(buf, ", HTTP %u after ", attempt->http_status);
    pl_report_duration(attempt->first_byte_time, buf);
    return;
  }
  pl_buf_addf(buf, ", %s", pl_end_info_at(attempt->end)->text);
  if (attempt->end == PL_END_TLS_ALERT)
    pl_buf_addf(buf, " %d", attempt->alert);
  add_icmp(&attempt->icmp, buf);
  if (attempt->end != PL_END_REFUSED) /* whose text is enough */
    add_errno(buf, attempt->error);
  if (attempt->end != PL_END_NOT_TRIED) {
    pl_buf_add(buf, " after ");
    pl_report_duration(attempt->ended - attempt->started, buf);
  }
  if (attempt->end == PL_END_SILENT)
    pl_buf_addf(buf, ", %u retransmission%s", attempt->retransmits,
                attempt->retransmits == 1 ? "" : "s");
}

static void add_certificate_problem(const pl_certificate *certificate, pl_buf *buf) {
  if (certificate->problem[0] != '\0')
    pl_buf_addf(buf, ", certificate: %s", certificate->problem);
  if (certificate->time == PL_CERTIFICATE_EXPIRED)
    pl_buf_add(buf, ", certificate expired");
  if (certificate->time == PL_CERTIFICATE_NOT_YET)
    pl_buf_add(buf, ", certificate not yet valid");
}

void pl_report_attempt(const pl_attempt_result *attempt, pl_buf *buf) {
  pl_buf phases;
  pl_buf_init(&phases, buf->max);
  if (attempt->connect_time >= 0) {
    pl_buf_add(&phases, ", connect ");
    pl_report_duration(attempt->connect_time, &phases);
  }
  if (attempt->tls_version != 0) {
    pl_buf_addf(&phases, ", TLS 1.%d in ", (attempt->tls_version & 0xff) - 1);
    pl_report_duration(attempt->tls_time, &phases);
  }
  add_certificate_problem(&attempt->certificate, &phases);
  add_end(attempt, &phases);
  const char *text = pl_buf_text(&phases);
  pl_report_add_safe(buf, text[0] == ',' ? text + strlen(", ") : text);
  pl_buf_free(&phases);
}

void pl_report_target(const pl_target *target, pl_buf *buf) {
  char text[PL_ADDR_TEXT];
  pl_buf_add(buf, pl_addr_format(&target->address, text));
  if (target->via.family != PL_FAMILY_NONE)
    pl_buf_addf(buf, " via %s", pl_addr_format(&target->via, text));
  if (target->zone[0] != '\0')
    pl_buf_addf(buf, " (%s)", target->zone);
  if (target->role == PL_ROLE_COUNTER)
    pl_buf_add(buf, " without the key");
}

/* ---- witnesses ------------------------------------------------------------------------------ */

static void add_witness_result(const pl_witness_result *result, pl_buf *buf) {
  if (result->verified)
    pl_buf_add(buf, "verified TLS");
  else if (result->end == PL_END_TLS_DONE)
    pl_buf_add(buf, "a certificate that is expired or not yet valid");
  else
    pl_buf_add(buf, pl_end_info_at(result->end)->text);
}

void pl_report_witness(const pl_witness *witness, pl_buf *buf) {
  if (witness->address.family == PL_FAMILY_NONE) {
    pl_buf_addf(buf, "%s: its name has no address, or the lookup failed", witness->host);
    return;
  }
  const pl_sockaddr at = {.address = witness->address, .port = witness->port};
  char text[PL_ADDR_TEXT];
  if (strcmp(witness->host, pl_addr_format(&witness->address, text)) != 0)
    pl_buf_addf(buf, "%s ", witness->host);
  pl_sockaddr_add(buf, &at);
  pl_buf_add(buf, ": ");
  if (witness->result_count == 0) {
    pl_buf_add(buf, "not tried");
    return;
  }
  size_t verified = 0;
  for (size_t i = 0; i < witness->result_count; i++)
    verified += witness->results[i].verified ? 1 : 0;
  pl_buf_addf(buf, "%zu of %zu probes answered with verified TLS", verified, witness->result_count);
  if (verified < witness->result_count) {
    pl_buf_add(buf, "; the last one: ");
    add_witness_result(&witness->results[witness->result_count - 1], buf);
  }
}
