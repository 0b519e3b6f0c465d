/* What to do next: a hint, the setting, and the command that shows the same thing again. */
#include "report/explain_next.h"
#include "facts/endpoint.h"
#include <string.h>

/* Which command shows the same thing again. */
typedef enum command {
  COMMAND_NONE,
  COMMAND_DIG_PRIVATE,
  COMMAND_DIG_PUBLIC,
  COMMAND_TLS_PRIVATE,
  COMMAND_HTTP_PRIVATE,
  COMMAND_HTTP_PUBLIC,
  COMMAND_WITNESS,
  COMMAND_ENDPOINT,
  COMMAND_VPC_DNS,
  COMMAND_IDENTITY,
} command;

static command command_of(pl_reason reason) {
  switch (reason) {
  case PL_REASON_DNS_NXDOMAIN:
  case PL_REASON_DNS_EMPTY:
  case PL_REASON_DNS_SERVFAIL:
  case PL_REASON_DNS_REFUSED:
  case PL_REASON_DNS_TIMEOUT:
  case PL_REASON_DNS_PUBLIC_ANSWER:
  case PL_REASON_DNS_FOREIGN_ADDRESS:
  case PL_REASON_DNS_SOME_FAILED:
  case PL_REASON_DNS_LOCAL_FAILURE:
  case PL_REASON_PORT_NO_ADDRESS:
    return COMMAND_DIG_PRIVATE;
  case PL_REASON_PORT_REFUSED:
  case PL_REASON_PORT_TIMEOUT:
  case PL_REASON_PORT_UNREACHABLE:
  case PL_REASON_PORT_RESET:
  case PL_REASON_PORT_TLS:
  case PL_REASON_PORT_CERTIFICATE:
  case PL_REASON_PORT_CERTIFICATE_EXPIRY:
  case PL_REASON_PORT_LOCAL_FAILURE:
  case PL_REASON_PUBLIC_SERVICE_DOWN:
    return COMMAND_TLS_PRIVATE;
  case PL_REASON_PORT_HTTP_STATUS:
    return COMMAND_HTTP_PRIVATE;
  case PL_REASON_PUBLIC_OPEN:
  case PL_REASON_PUBLIC_BLOCKED:
  case PL_REASON_PUBLIC_AMBIGUOUS:
  case PL_REASON_PUBLIC_INTERCEPTED:
  case PL_REASON_PUBLIC_UNLISTED:
  case PL_REASON_PUBLIC_LOCAL_FAILURE:
    return COMMAND_HTTP_PUBLIC;
  case PL_REASON_PUBLIC_NO_EGRESS:
    return COMMAND_WITNESS;
  case PL_REASON_PUBLIC_NO_ADDRESS:
  case PL_REASON_PUBLIC_DNS:
    return COMMAND_DIG_PUBLIC;
  case PL_REASON_STATE_PENDING:
  case PL_REASON_STATE_PENDING_ACCEPTANCE:
  case PL_REASON_STATE_REJECTED:
  case PL_REASON_STATE_FAILED:
  case PL_REASON_STATE_EXPIRED:
  case PL_REASON_STATE_DELETED:
  case PL_REASON_STATE_NOT_FOUND:
  case PL_REASON_STATE_UNKNOWN:
  case PL_REASON_STATE_SERVICE_NAME:
  case PL_REASON_STATE_PRIVATE_DNS:
  case PL_REASON_STATE_SECURITY_GROUP:
  case PL_REASON_STATE_ZONES:
  case PL_REASON_STATE_TYPE:
  case PL_REASON_STATE_API:
  case PL_REASON_STATE_THROTTLED:
    return COMMAND_ENDPOINT;
  case PL_REASON_STATE_VPC_DNS:
    return COMMAND_VPC_DNS;
  case PL_REASON_STATE_CREDENTIALS:
  case PL_REASON_STATE_DENIED:
    return COMMAND_IDENTITY;
  case PL_REASON_NONE:
  case PL_REASON_PORT_SOME_DOWN: /* each address that is down has a reason of its own */
  case PL_REASON_THRESHOLD:
  case PL_REASON_USAGE:
  case PL_REASON_STOPPED:
  case PL_REASON_COUNT:
    break;
  }
  return COMMAND_NONE;
}

/* The address that a finding is about, where it is of the side that is looked at; else that side's
 * first one that is not well. False where none is known. */
static bool address_of(const pl_endpoint_result *result, const pl_finding *finding, bool public,
                       pl_sockaddr *ret_address) {
  ret_address->port = result->spec->port;
  if (finding->address.family != PL_FAMILY_NONE && (finding->check == PL_CHECK_PUBLIC) == public) {
    ret_address->address = finding->address;
    return true;
  }
  bool found = false;
  for (size_t i = 0; i < result->facts->target_count; i++) {
    const pl_target *target = &result->facts->targets[i];
    bool well = result->verdict->targets[i].reason == PL_REASON_NONE;
    if ((target->role == PL_ROLE_PUBLIC) != public || (found && well))
      continue;
    ret_address->address = target->address;
    found = true;
    if (!well)
      break;
  }
  return found;
}

static void command_dig(pl_explain_output *out, const pl_dns_fact *facts, size_t count,
                        const char *name) {
  char text[PL_ADDR_TEXT];
  if (name == NULL || count == 0)
    return;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "$ dig @%s -p %u %s A", pl_addr_format(&facts[0].resolver.address, text),
              facts[0].resolver.port, name);
  pl_explain_end(out);
}

static void command_tls(pl_explain_output *out, const pl_sockaddr *address, const char *name) {
  pl_explain_begin(out);
  pl_buf_add(out->buf, "$ openssl s_client -connect ");
  pl_sockaddr_add(out->buf, address);
  if (name != NULL)
    pl_buf_addf(out->buf, " -servername %s -verify_hostname %s", name, name);
  pl_buf_add(out->buf, " </dev/null");
  pl_explain_end(out);
}

/* The path inside single quotes, for a shell. */
static void add_quoted_path(pl_explain_output *out, const char *path) {
  for (; *path != '\0'; path++) {
    if (*path == '\'' || *path == '|' || *path == '<' || *path == '>')
      pl_buf_addf(out->buf, "%%%02X", (unsigned char)*path);
    else
      pl_buf_add_char(out->buf, *path);
  }
}

static void command_http(pl_explain_output *out, const pl_endpoint_result *result,
                         const pl_sockaddr *address, const char *name) {
  char text[PL_ADDR_TEXT];
  if (name == NULL)
    return;
  bool ipv6 = address->address.family == PL_FAMILY_IPV6;
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "$ curl -v --noproxy '*' --resolve %s:%u:%s%s%s 'https://%s:%u", name,
              address->port, ipv6 ? "[" : "", pl_addr_format(&address->address, text),
              ipv6 ? "]" : "", name, address->port);
  add_quoted_path(out, result->spec->path);
  pl_buf_add_char(out->buf, '\'');
  pl_explain_end(out);
}

static void command_witness(pl_explain_output *out, const pl_facts *facts) {
  if (facts->witness_count == 0)
    return;
  const pl_witness *witness = &facts->witnesses[0];
  pl_sockaddr address = {.address = witness->address, .port = witness->port};
  command_tls(out, &address, witness->host);
}

static void command_endpoint(pl_explain_output *out, const pl_spec *spec) {
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "$ aws ec2 describe-vpc-endpoints --vpc-endpoint-ids %s",
              spec->endpoint_id != NULL ? spec->endpoint_id : "vpce-ID");
  if (spec->region != NULL)
    pl_buf_addf(out->buf, " --region %s", spec->region);
  if (spec->aws_profile != NULL) {
    pl_buf_add(out->buf, " --profile ");
    pl_report_add_safe(out->buf, spec->aws_profile);
  }
  pl_explain_end(out);
}

static void command_vpc_dns(pl_explain_output *out, const pl_endpoint *endpoint) {
  pl_explain_begin(out);
  pl_buf_addf(out->buf, "$ aws ec2 describe-vpc-attribute --vpc-id %s --attribute enableDnsSupport",
              endpoint != NULL && endpoint->vpc[0] != '\0' ? endpoint->vpc : "vpc-ID");
  pl_explain_end(out);
}

/* What --blocked-by would be for the way in which the first unlisted address failed; there is none
 * for silence inside the handshake, or for another protocol. */
static void setting_blocked_by(pl_explain_output *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (result->verdict->targets[i].reason != PL_REASON_PUBLIC_UNLISTED ||
        target->attempt_count == 0)
      continue;
    const pl_attempt_result *last = &target->attempts[target->attempt_count - 1];
    bool reset = last->end == PL_END_TLS_RESET || last->end == PL_END_TLS_CLOSED;
    if (last->end != PL_END_TLS_ALERT && last->end != PL_END_ICMP && !reset)
      return;
    pl_explain_begin(out);
    if (last->end == PL_END_TLS_ALERT)
      pl_buf_addf(out->buf, "--blocked-by tls:alert=%d", last->alert);
    else
      pl_buf_addf(out->buf, "--blocked-by %s", reset ? "tls:reset" : "tcp:rejected");
    pl_explain_end(out);
    return;
  }
}

static void add_command(pl_explain_output *out, const pl_endpoint_result *result,
                        const pl_finding *finding) {
  const pl_facts *facts = result->facts;
  const pl_spec *spec = result->spec;
  command which = command_of(finding->reason);
  bool public = which == COMMAND_HTTP_PUBLIC;
  pl_sockaddr address = {0};
  bool known = address_of(result, finding, public, &address);
  switch (which) {
  case COMMAND_NONE:
    return;
  case COMMAND_DIG_PRIVATE:
    command_dig(out, facts->private_dns, facts->private_dns_count, spec->private_name);
    return;
  case COMMAND_DIG_PUBLIC:
    command_dig(out, facts->public_dns, facts->public_dns_count, spec->public_name);
    return;
  case COMMAND_TLS_PRIVATE:
    if (known)
      command_tls(out, &address, spec->tls_name);
    if (spec->endpoint_id != NULL)
      command_endpoint(out, spec);
    return;
  case COMMAND_HTTP_PRIVATE:
    if (known)
      command_http(out, result, &address, spec->tls_name);
    return;
  case COMMAND_HTTP_PUBLIC:
    if (known)
      command_http(out, result, &address, spec->public_name);
    return;
  case COMMAND_WITNESS:
    command_witness(out, facts);
    return;
  case COMMAND_ENDPOINT:
    command_endpoint(out, spec);
    return;
  case COMMAND_VPC_DNS:
    command_vpc_dns(out, facts->endpoint);
    return;
  case COMMAND_IDENTITY:
    pl_explain_line(out, "$ aws sts get-caller-identity");
    return;
  }
}

/* Whether an earlier finding has said it already. */
static bool is_repeated(const pl_verdict *verdict, size_t index) {
  const pl_finding *finding = &verdict->findings[index];
  for (size_t i = 0; i < index; i++) {
    if (verdict->findings[i].check == finding->check &&
        verdict->findings[i].reason == finding->reason)
      return true;
  }
  return false;
}

void pl_explain_next(pl_explain_output *out, const pl_endpoint_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  out->title = "Next";
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool settled = finding->severity == PL_SEVERITY_OK && finding->hint == NULL;
    if (finding->check != check || finding->reason == PL_REASON_NONE || settled ||
        is_repeated(verdict, i))
      continue;
    pl_explain_line(out, finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason));
    if (result->facts == NULL || result->spec == NULL)
      continue;
    if (finding->reason == PL_REASON_PUBLIC_UNLISTED)
      setting_blocked_by(out, result);
    add_command(out, result, finding);
  }
  if (out->title[0] != '\0')
    pl_explain_line(out, "nothing to do");
}
