#include "explain.h"
#include "core/endpoint.h"
#include <string.h>

#define HOURS_A_MONTH 730

typedef struct page {
  pl_buf *buf;
  bool colour;
  const char *title; /* of the paragraph that begins with the next line; "" behind its first */
} page;

/* ---- lines ---------------------------------------------------------------------------------- */

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

static const char *severity_colour(pl_severity severity) {
  switch (severity) {
  case PL_SEVERITY_OK:
    return "\033[32m";
  case PL_SEVERITY_WARNING:
    return "\033[33m";
  case PL_SEVERITY_CRITICAL:
    return "\033[31m";
  case PL_SEVERITY_UNKNOWN:
    return "\033[35m";
  }
  return "";
}

static void add_severity(const page *out, pl_severity severity) {
  pl_buf_add(out->buf, out->colour ? severity_colour(severity) : "");
  pl_buf_add(out->buf, pl_severity_name(severity));
  pl_buf_add(out->buf, out->colour ? PLAIN : "");
}

/* Begins a line; the first one of a paragraph carries its title. */
static void begin_line(page *out) {
  pl_buf_addf(out->buf, "  %s%-9s%s  ", out->colour ? BOLD : "", out->title,
              out->colour ? PLAIN : "");
  out->title = "";
}

static void end_line(page *out) { pl_buf_add_char(out->buf, '\n'); }

/* Texts of ours, of the judge and of the user: made safe for the terminal. */
static void add_text(page *out, const char *text) {
  while (*text != '\0') {
    size_t length = strcspn(text, "<>");
    pl_buf_add_foreign(out->buf, text, length, length);
    text += length;
    if (*text != '\0')
      pl_buf_add_char(out->buf, *text++);
  }
}

static void add_line(page *out, const char *text) {
  begin_line(out);
  add_text(out, text);
  end_line(out);
}

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

static void tried_state(page *out, const pl_result *result) {
  begin_line(out);
  pl_buf_addf(out->buf, "the EC2 API was asked for %s", result->spec->endpoint_id);
  if (result->spec->region != NULL)
    pl_buf_addf(out->buf, " in %s", result->spec->region);
  end_line(out);
  const pl_endpoint *endpoint = result->facts->endpoint;
  if (endpoint == NULL || endpoint->credentials[0] == '\0')
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "the credentials came from: %s", endpoint->credentials);
  end_line(out);
}

static void tried_questions(page *out, const pl_dns_fact *facts, size_t count, const char *name) {
  begin_line(out);
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
  end_line(out);
}

static void tried_port(page *out, const pl_result *result) {
  const pl_spec *spec = result->spec;
  begin_line(out);
  pl_buf_addf(out->buf, "every private address on port %u: %s", spec->port,
              depth_text(spec->probe));
  if (spec->probe == PL_DEPTH_HTTP) {
    pl_buf_add(out->buf, " of ");
    add_text(out, spec->path);
  }
  if (spec->tls_name != NULL && spec->probe != PL_DEPTH_TCP)
    pl_buf_addf(out->buf, ", as %s", spec->tls_name);
  pl_buf_add(out->buf, spec->api_key != NULL ? ", with the API key" : "");
  end_line(out);
}

static void tried_public(page *out, const pl_result *result) {
  const pl_spec *spec = result->spec;
  tried_questions(out, result->facts->public_dns, result->facts->public_dns_count,
                  spec->public_name);
  begin_line(out);
  pl_buf_addf(out->buf, "every public address on port %u from this host: %s", spec->port,
              depth_text(spec->public_probe));
  if (spec->public_probe == PL_DEPTH_HTTP) {
    pl_buf_add(out->buf, " of ");
    add_text(out, spec->path);
    pl_buf_add(out->buf, " without credentials");
  }
  pl_buf_addf(out->buf, ", as %s", spec->public_name);
  end_line(out);
  add_line(out, "an address that gives no answer is tried twice, from two source ports");
}

static void tried(page *out, const pl_result *result, pl_check check) {
  out->title = "Tried";
  switch (check) {
  case PL_CHECK_STATE:
    tried_state(out, result);
    return;
  case PL_CHECK_DNS:
    tried_questions(out, result->facts->private_dns, result->facts->private_dns_count,
                    result->spec->private_name);
    return;
  case PL_CHECK_PORT:
    tried_port(out, result);
    return;
  case PL_CHECK_PUBLIC:
    tried_public(out, result);
    return;
  case PL_CHECK_COUNT:
    return;
  }
}

/* ---- saw ------------------------------------------------------------------------------------ */

static void saw_answers(page *out, const pl_dns_fact *facts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    begin_line(out);
    pl_sockaddr_add(out->buf, &facts[i].resolver);
    pl_buf_addf(out->buf, " %s: ", facts[i].type == PL_DNS_A ? "A" : "AAAA");
    pl_report_dns(&facts[i], out->buf);
    end_line(out);
  }
}

static void saw_path(page *out, const pl_path *path) {
  char text[PL_ADDR_TEXT];
  for (unsigned i = 0; i < path->try_count; i++) {
    begin_line(out);
    pl_buf_add(out->buf, pl_addr_format(&path->address, text));
    if (path->via.family != PL_FAMILY_NONE)
      pl_buf_addf(out->buf, " via %s", pl_addr_format(&path->via, text));
    if (path->zone[0] != '\0')
      pl_buf_addf(out->buf, " (%s)", path->zone);
    if (path->role == PL_ROLE_COUNTER)
      pl_buf_add(out->buf, " without the key");
    if (path->try_count > 1)
      pl_buf_addf(out->buf, ", try %u from port %u", i + 1, path->tries[i].local_port);
    pl_buf_add(out->buf, ": ");
    pl_report_try(&path->tries[i], out->buf);
    end_line(out);
  }
}

static void saw_paths(page *out, const pl_facts *facts, bool public) {
  for (size_t i = 0; i < facts->path_count; i++) {
    if ((facts->paths[i].role == PL_ROLE_PUBLIC) == public)
      saw_path(out, &facts->paths[i]);
  }
}

static void saw_family(page *out, const char *family, pl_family_state state) {
  if (state == PL_FAMILY_USABLE)
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "%s: %s", family,
              state == PL_FAMILY_NO_ROUTE ? "no route from here" : "no global address here");
  end_line(out);
}

static void saw_public(page *out, const pl_facts *facts) {
  saw_answers(out, facts->public_dns, facts->public_dns_count);
  saw_family(out, "IPv4", facts->ipv4);
  saw_family(out, "IPv6", facts->ipv6);
  saw_paths(out, facts, true);
  for (size_t i = 0; i < facts->witness_count; i++) {
    begin_line(out);
    pl_buf_add(out->buf, "witness ");
    pl_report_witness(&facts->witnesses[i], out->buf);
    end_line(out);
  }
}

static void saw_zones(page *out, const pl_endpoint *endpoint) {
  begin_line(out);
  pl_buf_addf(out->buf, "%zu network interface%s", endpoint->interface_count,
              endpoint->interface_count == 1 ? "" : "s");
  for (size_t i = 0; i < endpoint->zone_count; i++)
    pl_buf_addf(out->buf, "%s%s", i == 0 ? " in " : ", ", endpoint->zones[i]);
  end_line(out);
}

/* Each permission that is missing for a call that adds detail, and what was left out for it. */
static void saw_denied(page *out, const pl_endpoint *endpoint) {
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    if (endpoint->parts[part] != PL_PART_DENIED)
      continue;
    begin_line(out);
    pl_buf_addf(out->buf, "the permission %s is missing, for %s", pl_part_action(part),
                pl_part_purpose(part));
    end_line(out);
  }
}

/* AWS bills each zone and hour from creation to deletion, whatever the state ("AWS PrivateLink
 * pricing"). */
static void saw_cost(page *out, const pl_spec *spec, const pl_endpoint *endpoint) {
  const bool given = spec->hourly_price >= 0;
  const double price = given ? spec->hourly_price : PL_HOURLY_PRICE_US;
  const double hourly = (double)endpoint->zone_count * price;
  const bool ended =
      endpoint->state == PL_ENDPOINT_STATE_DELETED || endpoint->state == PL_ENDPOINT_STATE_DELETING;
  if (!endpoint->zones_known || endpoint->zone_count == 0 || !endpoint->is_interface || ended)
    return;
  begin_line(out);
  pl_buf_add(out->buf, "it costs ");
  pl_buf_add_number(out->buf, hourly, 4);
  pl_buf_add(out->buf, " USD an hour, ");
  pl_buf_add_number(out->buf, hourly * HOURS_A_MONTH, 2);
  pl_buf_addf(out->buf, " a month: %zu zone%s at ", endpoint->zone_count,
              endpoint->zone_count == 1 ? "" : "s");
  pl_buf_add_number(out->buf, price, 4);
  pl_buf_add(out->buf, given ? "" : ", the price in US regions; --hourly-price sets yours");
  end_line(out);
  add_line(out, endpoint->state == PL_ENDPOINT_STATE_AVAILABLE
                    ? "that is due until it is deleted, also while nobody can use it"
                    : "that is due although nobody can use it, until it is deleted");
}

static void saw_state(page *out, const pl_spec *spec, const pl_endpoint *endpoint) {
  if (endpoint == NULL) {
    add_line(out, "nothing: the EC2 API has not answered");
    return;
  }
  begin_line(out);
  pl_buf_addf(out->buf, "the API's answer: %s", pl_ec2_outcome_name(endpoint->outcome));
  if (endpoint->code[0] != '\0')
    pl_buf_addf(out->buf, " (%s)", endpoint->code);
  if (endpoint->message[0] != '\0')
    pl_buf_addf(out->buf, ": %s", endpoint->message);
  end_line(out);
  if (!endpoint->known)
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "state %s, service %s, %s", endpoint->state_text, endpoint->service_name,
              endpoint->vpc);
  if (endpoint->private_dns != PL_TRI_UNKNOWN)
    pl_buf_addf(out->buf, ", private DNS %s", endpoint->private_dns == PL_TRI_YES ? "on" : "off");
  end_line(out);
  saw_zones(out, endpoint);
  saw_denied(out, endpoint);
  saw_cost(out, spec, endpoint);
}

static void saw(page *out, const pl_result *result, pl_check check) {
  out->title = "Saw";
  switch (check) {
  case PL_CHECK_STATE:
    saw_state(out, result->spec, result->facts->endpoint);
    break;
  case PL_CHECK_DNS:
    saw_answers(out, result->facts->private_dns, result->facts->private_dns_count);
    break;
  case PL_CHECK_PORT:
    saw_paths(out, result->facts, false);
    break;
  case PL_CHECK_PUBLIC:
    saw_public(out, result->facts);
    break;
  case PL_CHECK_COUNT:
    break;
  }
  if (out->title[0] != '\0')
    add_line(out, "nothing");
}

/* ---- concluded ------------------------------------------------------------------------------ */

static void conclude_finding(page *out, const pl_finding *finding) {
  begin_line(out);
  add_severity(out, finding->severity);
  pl_buf_add(out->buf, ": ");
  add_text(out, finding->text);
  if (finding->cause != PL_CAUSE_NONE)
    pl_buf_addf(out->buf, " [%s]", pl_cause_code(finding->cause));
  end_line(out);
}

static bool is_silent(pl_end end) {
  return end == PL_END_REFUSED || end == PL_END_ICMP || end == PL_END_SILENT ||
         end == PL_END_TLS_RESET || end == PL_END_TLS_CLOSED || end == PL_END_TLS_ALERT ||
         end == PL_END_TLS_SILENT;
}

/* How many public addresses gave no answer, so that their block rests on a witness. */
static size_t count_silent(const pl_facts *facts) {
  size_t count = 0;
  for (size_t i = 0; i < facts->path_count; i++) {
    const pl_path *path = &facts->paths[i];
    if (path->role == PL_ROLE_PUBLIC && path->try_count > 0 &&
        is_silent(path->tries[path->try_count - 1].end))
      count++;
  }
  return count;
}

static void conclude_witness(page *out, const pl_facts *facts) {
  for (size_t i = 0; i < facts->witness_count; i++) {
    const pl_witness *witness = &facts->witnesses[i];
    if (!witness->before.verified || !witness->after.verified)
      continue;
    pl_sockaddr place = {.address = witness->address, .port = witness->port};
    begin_line(out);
    pl_buf_addf(out->buf, "this host has a way out: witness %s (", witness->host);
    pl_sockaddr_add(out->buf, &place);
    pl_buf_add(out->buf, ") answered with verified TLS before the first and after the last try");
    end_line(out);
  }
}

static void conclude_counter_proof(page *out, const pl_result *result) {
  char text[PL_ADDR_TEXT];
  const pl_facts *facts = result->facts;
  for (size_t i = 0; i < facts->path_count; i++) {
    const pl_path *path = &facts->paths[i];
    if (!result->verdict->paths[i].counter_proof || path->try_count == 0)
      continue;
    begin_line(out);
    pl_buf_addf(out->buf, "counter-proof: %s answered the same path with HTTP %u, without a key",
                pl_addr_format(&path->address, text), path->tries[path->try_count - 1].http_status);
    end_line(out);
    return;
  }
}

/* A block is proven from here, by this way out, at this moment; and by what. */
static void conclude_block(page *out, const pl_result *result) {
  if (result->verdict->public_verdict != PL_PUBLIC_BLOCKED)
    return;
  add_line(out, "proven from this host, by this host's way out, at the time of this run");
  conclude_counter_proof(out, result);
  size_t silent = count_silent(result->facts);
  if (silent == 0)
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "%zu of the addresses gave no answer, in both tries", silent);
  end_line(out);
  conclude_witness(out, result->facts);
}

static void conclude_check(page *out, const pl_verdict *verdict, pl_check check) {
  const pl_check_verdict *line = &verdict->checks[check];
  begin_line(out);
  add_severity(out, line->severity);
  pl_buf_add(out->buf, ": ");
  add_text(out, line->summary);
  end_line(out);
  if (line->cause == PL_CAUSE_NONE)
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "[%s]: %s", pl_cause_code(line->cause), pl_cause_meaning(line->cause));
  end_line(out);
}

/* Whether the summary says it already: word for word, or from UNPROVEN on. */
static bool is_said(const pl_finding *finding, const char *summary) {
  const char *unproven = strstr(finding->text, "UNPROVEN: ");
  return strcmp(finding->text, summary) == 0 ||
         (unproven != NULL && strstr(summary, unproven) != NULL);
}

static void concluded(page *out, const pl_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  out->title = "Concluded";
  conclude_check(out, verdict, check);
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check == check && !is_said(finding, verdict->checks[check].summary))
      conclude_finding(out, finding);
  }
  if (check == PL_CHECK_PUBLIC && result->facts != NULL)
    conclude_block(out, result);
}

/* ---- next ----------------------------------------------------------------------------------- */

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

static command command_of(pl_cause cause) {
  switch (cause) {
  case PL_CAUSE_DNS_NXDOMAIN:
  case PL_CAUSE_DNS_EMPTY:
  case PL_CAUSE_DNS_SERVFAIL:
  case PL_CAUSE_DNS_REFUSED:
  case PL_CAUSE_DNS_TIMEOUT:
  case PL_CAUSE_DNS_PUBLIC_ANSWER:
  case PL_CAUSE_DNS_FOREIGN_ADDRESS:
  case PL_CAUSE_DNS_SOME_FAILED:
  case PL_CAUSE_DNS_LOCAL_FAILURE:
  case PL_CAUSE_PORT_NO_ADDRESS:
    return COMMAND_DIG_PRIVATE;
  case PL_CAUSE_PORT_REFUSED:
  case PL_CAUSE_PORT_TIMEOUT:
  case PL_CAUSE_PORT_UNREACHABLE:
  case PL_CAUSE_PORT_RESET:
  case PL_CAUSE_PORT_TLS:
  case PL_CAUSE_PORT_CERTIFICATE:
  case PL_CAUSE_PORT_CERTIFICATE_EXPIRY:
  case PL_CAUSE_PORT_SOME_DOWN:
  case PL_CAUSE_PORT_LOCAL_FAILURE:
  case PL_CAUSE_PUBLIC_SERVICE_DOWN:
    return COMMAND_TLS_PRIVATE;
  case PL_CAUSE_PORT_HTTP_STATUS:
    return COMMAND_HTTP_PRIVATE;
  case PL_CAUSE_PUBLIC_OPEN:
  case PL_CAUSE_PUBLIC_BLOCKED:
  case PL_CAUSE_PUBLIC_AMBIGUOUS:
  case PL_CAUSE_PUBLIC_INTERCEPTED:
  case PL_CAUSE_PUBLIC_UNLISTED:
  case PL_CAUSE_PUBLIC_LOCAL_FAILURE:
    return COMMAND_HTTP_PUBLIC;
  case PL_CAUSE_PUBLIC_NO_EGRESS:
    return COMMAND_WITNESS;
  case PL_CAUSE_PUBLIC_NO_ADDRESS:
  case PL_CAUSE_PUBLIC_DNS:
    return COMMAND_DIG_PUBLIC;
  case PL_CAUSE_STATE_PENDING:
  case PL_CAUSE_STATE_PENDING_ACCEPTANCE:
  case PL_CAUSE_STATE_REJECTED:
  case PL_CAUSE_STATE_FAILED:
  case PL_CAUSE_STATE_EXPIRED:
  case PL_CAUSE_STATE_DELETED:
  case PL_CAUSE_STATE_NOT_FOUND:
  case PL_CAUSE_STATE_UNKNOWN:
  case PL_CAUSE_STATE_SERVICE_NAME:
  case PL_CAUSE_STATE_PRIVATE_DNS:
  case PL_CAUSE_STATE_SECURITY_GROUP:
  case PL_CAUSE_STATE_ZONES:
  case PL_CAUSE_STATE_TYPE:
  case PL_CAUSE_STATE_API:
  case PL_CAUSE_STATE_THROTTLED:
    return COMMAND_ENDPOINT;
  case PL_CAUSE_STATE_VPC_DNS:
    return COMMAND_VPC_DNS;
  case PL_CAUSE_STATE_CREDENTIALS:
  case PL_CAUSE_STATE_DENIED:
    return COMMAND_IDENTITY;
  case PL_CAUSE_NONE:
  case PL_CAUSE_THRESHOLD:
  case PL_CAUSE_USAGE:
  case PL_CAUSE_STOPPED:
  case PL_CAUSE_COUNT:
    break;
  }
  return COMMAND_NONE;
}

/* The address that a finding is about, else the first one of that side. False where none is known.
 */
static bool address_of(const pl_result *result, const pl_finding *finding, bool public,
                       pl_sockaddr *ret_address) {
  ret_address->port = result->spec->port;
  if (finding->address.family != PL_FAMILY_NONE) {
    ret_address->address = finding->address;
    return true;
  }
  for (size_t i = 0; i < result->facts->path_count; i++) {
    const pl_path *path = &result->facts->paths[i];
    if ((path->role == PL_ROLE_PUBLIC) == public) {
      ret_address->address = path->address;
      return true;
    }
  }
  return false;
}

static void command_dig(page *out, const pl_dns_fact *facts, size_t count, const char *name) {
  char text[PL_ADDR_TEXT];
  if (name == NULL || count == 0)
    return;
  begin_line(out);
  pl_buf_addf(out->buf, "$ dig @%s -p %u %s A", pl_addr_format(&facts[0].resolver.address, text),
              facts[0].resolver.port, name);
  end_line(out);
}

static void command_tls(page *out, const pl_sockaddr *address, const char *name) {
  begin_line(out);
  pl_buf_add(out->buf, "$ openssl s_client -connect ");
  pl_sockaddr_add(out->buf, address);
  if (name != NULL)
    pl_buf_addf(out->buf, " -servername %s -verify_hostname %s", name, name);
  pl_buf_add(out->buf, " </dev/null");
  end_line(out);
}

/* The path inside single quotes, for a shell. */
static void add_quoted_path(page *out, const char *path) {
  for (; *path != '\0'; path++) {
    if (*path == '\'' || *path == '|' || *path == '<' || *path == '>')
      pl_buf_addf(out->buf, "%%%02X", (unsigned char)*path);
    else
      pl_buf_add_char(out->buf, *path);
  }
}

static void command_http(page *out, const pl_result *result, const pl_sockaddr *address,
                         const char *name) {
  char text[PL_ADDR_TEXT];
  if (name == NULL)
    return;
  bool ipv6 = address->address.family == PL_FAMILY_IPV6;
  begin_line(out);
  pl_buf_addf(out->buf, "$ curl -v --noproxy '*' --resolve %s:%u:%s%s%s 'https://%s:%u", name,
              address->port, ipv6 ? "[" : "", pl_addr_format(&address->address, text),
              ipv6 ? "]" : "", name, address->port);
  add_quoted_path(out, result->spec->path);
  pl_buf_add_char(out->buf, '\'');
  end_line(out);
}

static void command_witness(page *out, const pl_facts *facts) {
  if (facts->witness_count == 0)
    return;
  const pl_witness *witness = &facts->witnesses[0];
  pl_sockaddr address = {.address = witness->address, .port = witness->port};
  command_tls(out, &address, witness->host);
}

static void command_endpoint(page *out, const pl_spec *spec) {
  begin_line(out);
  pl_buf_addf(out->buf, "$ aws ec2 describe-vpc-endpoints --vpc-endpoint-ids %s",
              spec->endpoint_id != NULL ? spec->endpoint_id : "vpce-ID");
  if (spec->region != NULL)
    pl_buf_addf(out->buf, " --region %s", spec->region);
  if (spec->aws_profile != NULL) {
    pl_buf_add(out->buf, " --profile ");
    add_text(out, spec->aws_profile);
  }
  end_line(out);
}

static void command_vpc_dns(page *out, const pl_endpoint *endpoint) {
  begin_line(out);
  pl_buf_addf(out->buf, "$ aws ec2 describe-vpc-attribute --vpc-id %s --attribute enableDnsSupport",
              endpoint != NULL && endpoint->vpc[0] != '\0' ? endpoint->vpc : "vpc-ID");
  end_line(out);
}

static void add_command(page *out, const pl_result *result, const pl_finding *finding) {
  const pl_facts *facts = result->facts;
  const pl_spec *spec = result->spec;
  const command which = command_of(finding->cause);
  const bool public = which == COMMAND_HTTP_PUBLIC;
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
    add_line(out, "$ aws sts get-caller-identity");
    return;
  }
}

/* Whether an earlier finding has said it already. */
static bool is_repeated(const pl_verdict *verdict, size_t index) {
  const pl_finding *finding = &verdict->findings[index];
  for (size_t i = 0; i < index; i++) {
    if (verdict->findings[i].check == finding->check &&
        verdict->findings[i].cause == finding->cause)
      return true;
  }
  return false;
}

static void next(page *out, const pl_result *result, pl_check check) {
  const pl_verdict *verdict = result->verdict;
  out->title = "Next";
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    bool settled = finding->severity == PL_SEVERITY_OK && finding->hint == NULL;
    if (finding->check != check || finding->cause == PL_CAUSE_NONE || settled ||
        is_repeated(verdict, i))
      continue;
    add_line(out, finding->hint != NULL ? finding->hint : pl_cause_hint(finding->cause));
    if (result->facts != NULL && result->spec != NULL)
      add_command(out, result, finding);
  }
  if (out->title[0] != '\0')
    add_line(out, "nothing to do");
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void explain_check(page *out, const pl_result *result, pl_check check) {
  const char *why = result->spec != NULL ? result->spec->skipped[check] : NULL;
  bool ran = result->verdict->checks[check].ran;
  if (!ran && why == NULL)
    return;
  pl_buf_addf(out->buf, "\n%s%s%s: ", out->colour ? BOLD : "", pl_check_name(check),
              out->colour ? PLAIN : "");
  if (!ran) {
    pl_buf_addf(out->buf, "skipped: %s\n", why);
    return;
  }
  add_severity(out, result->verdict->checks[check].severity);
  end_line(out);
  if (result->facts != NULL && result->spec != NULL) {
    tried(out, result, check);
    saw(out, result, check);
  }
  concluded(out, result, check);
  next(out, result, check);
}

/* A section that can't be used, a threshold on the run itself. */
static void explain_general(page *out, const pl_result *result) {
  const pl_verdict *verdict = result->verdict;
  for (size_t i = 0; i < verdict->finding_count; i++) {
    const pl_finding *finding = &verdict->findings[i];
    if (finding->check < PL_CHECK_COUNT && verdict->checks[finding->check].ran)
      continue;
    pl_buf_add_char(out->buf, '\n');
    out->title = "Concluded";
    conclude_finding(out, finding);
    out->title = "Next";
    add_line(out, finding->hint != NULL ? finding->hint : pl_cause_hint(finding->cause));
  }
}

static void explain_endpoint(page *out, const pl_result *result) {
  pl_buf_addf(out->buf, "%s", out->colour ? BOLD : "");
  add_text(out, result->name);
  pl_buf_addf(out->buf, "%s: ", out->colour ? PLAIN : "");
  add_severity(out, result->verdict->severity);
  end_line(out);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    explain_check(out, result, (pl_check)check);
  explain_general(out, result);
}

void pl_explain(const pl_run *run, bool colour, pl_buf *buf) {
  page out = {.buf = buf, .colour = colour, .title = ""};
  for (size_t i = 0; i < run->count; i++) {
    if (i > 0)
      end_line(&out);
    explain_endpoint(&out, &run->results[i]);
  }
}
