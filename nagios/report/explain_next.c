/* Prints the next steps of --explain: a hint, the setting, and a command that shows the problem. */
#include "report/explain_next.h"
#include "facts/endpoint.h"
#include "judge/case.h"
#include "options/lists.h"
#include <string.h>

/* The finding's address, if it is on the wanted side; else that side's first address with a
 * problem, else its first address. False if no address is known. */
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

/* Whether the finding follows from the query, which dig can repeat. */
static bool is_about(const pl_finding *finding, const pl_dns_fact *fact) {
  if (fact->transport != PL_DNS_PLAIN)
    return false;
  if (finding->address.family != PL_FAMILY_NONE)
    return pl_addr_list_contains(&fact->answers, &finding->address);
  return finding->reason == PL_REASON_DNS_SOME_FAILED
             ? !pl_dns_outcome_definite(fact->outcome)
             : pl_dns_reason(fact->outcome) == finding->reason;
}

/* The query that the finding follows from, else the first one. */
static void command_dig(pl_lines *out, const pl_dns_fact *facts, size_t count,
                        const pl_finding *finding, const char *name) {
  char text[PL_ADDR_TEXT];
  size_t i = 0;
  if (name == NULL || count == 0)
    return;
  while (i < count && !is_about(finding, &facts[i]))
    i++;
  const pl_dns_fact *fact = &facts[i < count ? i : 0];
  pl_line(out, "$ dig @%s -p %u %s %s", pl_addr_format(&fact->resolver.address, text),
          fact->resolver.port, name, fact->type == PL_DNS_A ? "A" : "AAAA");
}

static void command_dig_private(pl_lines *out, const pl_facts *facts, const pl_finding *finding,
                                const char *name) {
  if (finding->further == 0 || finding->further > facts->further_count) {
    command_dig(out, facts->private_dns, facts->private_dns_count, finding, name);
    return;
  }
  const pl_further *further = &facts->further[finding->further - 1];
  command_dig(out, further->dns, further->dns_count, finding, further->name);
}

static void add_file(pl_lines *out, const char *option, const char *path) {
  if (path == NULL)
    return;
  pl_buf_addf(out->buf, " %s '", option);
  pl_report_add_safe(out->buf, path);
  pl_buf_add_char(out->buf, '\'');
}

/* The files of the private side, or of the public side and the witnesses, so that the command
 * trusts what the check trusts. `options`: for the CA, the certificate and its key. */
static void add_files(pl_lines *out, const pl_spec *spec, bool public, const char *options[3]) {
  add_file(out, options[0], public ? spec->public_ca_file : spec->ca_file);
  if (public)
    return;
  add_file(out, options[1], spec->client_cert_file);
  add_file(out, options[2], spec->client_key_file);
}

static void command_tls(pl_lines *out, const pl_spec *spec, const pl_sockaddr *address,
                        const char *name, bool public) {
  pl_addr literal;
  pl_buf_add(pl_line_begin(out), "$ openssl s_client -connect ");
  pl_sockaddr_add(out->buf, address);
  if (name != NULL && pl_addr_parse(name, &literal) == PL_OK)
    pl_buf_addf(out->buf, " -verify_ip %s", name);
  else if (name != NULL)
    pl_buf_addf(out->buf, " -servername %s -verify_hostname %s", name, name);
  add_files(out, spec, public, (const char *[]){"-CAfile", "-cert", "-key"});
  pl_buf_add(out->buf, " </dev/null");
  pl_line_end(out);
}

/* The path, inside single quotes of a shell. */
static void add_quoted_path(pl_lines *out, const char *path) {
  for (; *path != '\0'; path++) {
    if (*path == '\'' || *path == '|' || *path == '<' || *path == '>')
      pl_buf_addf(out->buf, "%%%02X", (unsigned char)*path);
    else
      pl_buf_add_char(out->buf, *path);
  }
}

static void command_http(pl_lines *out, const pl_endpoint_result *result,
                         const pl_sockaddr *address, const char *name, bool public) {
  char text[PL_ADDR_TEXT];
  if (name == NULL)
    return;
  bool ipv6 = address->address.family == PL_FAMILY_IPV6;
  pl_buf_addf(pl_line_begin(out), "$ curl -v --noproxy '*' --resolve %s:%u:%s%s%s", name,
              address->port, ipv6 ? "[" : "", pl_addr_format(&address->address, text),
              ipv6 ? "]" : "");
  add_files(out, result->spec, public, (const char *[]){"--cacert", "--cert", "--key"});
  pl_buf_addf(out->buf, " 'https://%s:%u", name, address->port);
  add_quoted_path(out, result->spec->path);
  pl_buf_add_char(out->buf, '\'');
  pl_line_end(out);
}

/* Ends a command of the AWS CLI: the region and the profile are those of the check. */
static void end_aws(pl_lines *out, const pl_endpoint_result *result) {
  const pl_spec *spec = result->spec;
  const pl_endpoint *endpoint = result->facts->endpoint;
  const char *region = spec->region != NULL ? spec->region
                       : endpoint != NULL   ? endpoint->region
                                            : "";
  if (region[0] != '\0')
    pl_buf_addf(out->buf, " --region %s", region);
  if (spec->aws_profile != NULL) {
    pl_buf_add(out->buf, " --profile ");
    pl_report_add_safe(out->buf, spec->aws_profile);
  }
  pl_line_end(out);
}

static void command_endpoint(pl_lines *out, const pl_endpoint_result *result) {
  const char *id = result->spec->endpoint_id;
  pl_buf_addf(pl_line_begin(out), "$ aws ec2 describe-vpc-endpoints --vpc-endpoint-ids %s",
              id != NULL ? id : "vpce-ID");
  end_aws(out, result);
}

/* The --blocked-by that lists how the first unlisted address failed. There is none for silence
 * inside the handshake, or for another protocol. */
static void setting_blocked_by(pl_lines *out, const pl_endpoint_result *result) {
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    const pl_attempt_result *last = pl_target_last_attempt(target);
    if (result->verdict->targets[i].reason != PL_REASON_PUBLIC_UNLISTED || last == NULL)
      continue;
    const pl_end_info *end = pl_end_info_at(last->end);
    if (end->signature == PL_SIGNATURE_NONE ||
        (end->layer != PL_END_LAYER_TLS && end->signature != PL_SIGNATURE_TCP_REJECTED))
      return;
    pl_buf_add(pl_line_begin(out), "--blocked-by ");
    pl_signature_add(out->buf, &(pl_signature){.kind = end->signature, .alert = last->alert});
    pl_line_end(out);
    return;
  }
}

static void add_command(pl_lines *out, const pl_endpoint_result *result,
                        const pl_finding *finding) {
  const pl_facts *facts = result->facts;
  const pl_spec *spec = result->spec;
  pl_command which = pl_reason_command(finding->reason);
  bool public = which == PL_COMMAND_HTTP_PUBLIC || which == PL_COMMAND_BLOCKED_BY;
  pl_sockaddr address = {0}, witness = {0};
  if (facts->witness_count > 0)
    witness =
        (pl_sockaddr){.address = facts->witnesses[0].address, .port = facts->witnesses[0].port};
  bool known = address_of(result, finding, public, &address);
  const pl_case c = {.spec = spec, .facts = facts};
  const char *private_name = pl_case_private_name(&c);
  const char *tls_name = spec->tls_name != NULL ? spec->tls_name : private_name;
  switch (which) {
  case PL_COMMAND_NONE:
    return;
  case PL_COMMAND_DIG_PRIVATE:
    command_dig_private(out, facts, finding, private_name);
    return;
  case PL_COMMAND_DIG_PUBLIC:
    command_dig(out, facts->public_dns, facts->public_dns_count, finding, spec->public_name);
    return;
  case PL_COMMAND_TLS_PRIVATE:
    if (known)
      command_tls(out, spec, &address, tls_name, false);
    if (spec->endpoint_id != NULL)
      command_endpoint(out, result);
    return;
  case PL_COMMAND_HTTP_PRIVATE:
    if (known)
      command_http(out, result, &address, tls_name, false);
    return;
  case PL_COMMAND_BLOCKED_BY:
    setting_blocked_by(out, result);
    __attribute__((fallthrough));
  case PL_COMMAND_HTTP_PUBLIC:
    if (known)
      command_http(out, result, &address, spec->public_name, true);
    return;
  case PL_COMMAND_WITNESS:
    if (facts->witness_count > 0)
      command_tls(out, spec, &witness, facts->witnesses[0].host, true);
    return;
  case PL_COMMAND_ENDPOINT:
    command_endpoint(out, result);
    return;
  case PL_COMMAND_VPC_DNS:
    pl_buf_addf(pl_line_begin(out),
                "$ aws ec2 describe-vpc-attribute --vpc-id %s --attribute enableDnsSupport",
                facts->endpoint != NULL && facts->endpoint->vpc[0] != '\0' ? facts->endpoint->vpc
                                                                           : "vpc-ID");
    end_aws(out, result);
    return;
  case PL_COMMAND_IDENTITY:
    pl_buf_add(pl_line_begin(out), "$ aws sts get-caller-identity");
    end_aws(out, result);
    return;
  }
}

/* Whether an earlier finding of the check has the same reason and hint, and is about the same name.
 */
static bool is_repeated(const pl_verdict *verdict, size_t index) {
  const pl_finding *finding = &verdict->findings[index];
  for (size_t i = 0; i < index; i++) {
    if (verdict->findings[i].check == finding->check &&
        verdict->findings[i].reason == finding->reason &&
        verdict->findings[i].hint == finding->hint &&
        verdict->findings[i].further == finding->further)
      return true;
  }
  return false;
}

void pl_explain_next(pl_lines *out, const pl_endpoint_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  out->title = "Next";
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool settled = finding->severity == PL_SEVERITY_OK && finding->hint == NULL;
    if (finding->check != check || finding->reason == PL_REASON_NONE || settled ||
        is_repeated(verdict, i))
      continue;
    pl_line(out, "%s", finding->hint != NULL ? finding->hint : pl_reason_hint(finding->reason));
    if (result->facts != NULL && result->spec != NULL)
      add_command(out, result, finding);
  }
  if (out->title[0] != '\0')
    pl_line(out, "nothing to do");
}
