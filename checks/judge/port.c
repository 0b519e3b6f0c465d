/* The `port` check: does every private address answer, as deep as wanted, with the right
 * certificate? */
#include "judge/port.h"
#include "judge/certificate.h"
#include <errno.h>
#include <string.h>

#define ALERT_BAD_CERTIFICATE 42 /* RFC 8446 6.2 */
#define ALERT_CERTIFICATE_REQUIRED 116
#define ALERT_NO_APPLICATION_PROTOCOL 120 /* RFC 7301 3.2 */

/* A handshake that did not complete may have shown a certificate, which was not verified. */
static bool bad_certificate(const pl_attempt_result *attempt) {
  const pl_certificate *certificate = &attempt->certificate;
  return certificate->seen && pl_end_info_at(attempt->end)->answered &&
         !pl_attempt_identified(attempt);
}

static bool out_of_date(const pl_attempt_result *attempt) {
  return attempt->certificate.time == PL_CERTIFICATE_EXPIRED ||
         attempt->certificate.time == PL_CERTIFICATE_NOT_YET;
}

static bool deep_enough(const pl_spec *spec, const pl_attempt_result *attempt) {
  if (spec->probe == PL_DEPTH_TCP)
    return attempt->end == PL_END_CONNECTED;
  if (spec->probe == PL_DEPTH_TLS)
    return attempt->end == PL_END_TLS_DONE && pl_attempt_verified(attempt);
  return attempt->end == PL_END_HTTP_ANSWER && pl_attempt_verified(attempt) &&
         pl_spec_accepts_status(spec, attempt->http_status);
}

/* One that answers 401 or below 400 without credentials, and not with a block: the control
 * `private` of docs/verdicts.md. */
static bool is_counter_proof(const pl_target *target) {
  const pl_attempt_result *attempt = pl_target_last_attempt(target);
  return attempt != NULL && !target->with_key && attempt->end == PL_END_HTTP_ANSWER &&
         pl_attempt_verified(attempt) && attempt->signature < 0 &&
         (attempt->http_status == 401 || attempt->http_status < 400);
}

static pl_end last_end(const pl_target *target) {
  const pl_attempt_result *attempt = pl_target_last_attempt(target);
  return attempt != NULL ? attempt->end : PL_END_NOT_TRIED;
}

/* Whether only an old answer of EC2 names it: it may be another host's by now. */
static bool is_old(const pl_case *c, const pl_target *target) {
  return pl_endpoint_addresses_old(c->facts->endpoint) && target->origins == PL_ORIGIN_EC2;
}

/* Neither up nor down. */
static bool is_undecided(const pl_target_verdict *of_target) {
  return of_target->reason == PL_REASON_PORT_LOCAL_FAILURE ||
         pl_reason_of_state((pl_reason)of_target->reason);
}

/* Whether NAT64 translates it to another private address of this round: DNS64 gives each IPv4
 * address such a second one, which adds no redundancy. */
static bool is_twin(const pl_case *c, const pl_target *target) {
  pl_addr ipv4;
  return pl_facts_translated(c->facts, &target->address, &ipv4) &&
         pl_facts_find_target(c->facts, PL_ROLE_PRIVATE, &ipv4) != NULL;
}

static void judge_target(pl_case *c, size_t i) {
  const pl_target *target = &c->facts->targets[i];
  pl_target_verdict *of_target = &c->verdict->targets[i];
  if (target->role == PL_ROLE_PUBLIC)
    return;
  of_target->counter_proof = is_counter_proof(target);
  if (target->role != PL_ROLE_PRIVATE)
    return;
  const pl_attempt_result *attempt = pl_target_last_attempt(target);
  of_target->judged = true;
  of_target->up = attempt != NULL && deep_enough(c->spec, attempt);
  if (attempt == NULL)
    of_target->reason = PL_REASON_PORT_LOCAL_FAILURE;
  else if (bad_certificate(attempt))
    of_target->reason = PL_REASON_PORT_CERTIFICATE;
  else if (out_of_date(attempt))
    of_target->reason = PL_REASON_PORT_CERTIFICATE_EXPIRY;
  else if (!of_target->up)
    of_target->reason = (uint8_t)pl_end_info_at(attempt->end)->port;
  if (of_target->reason != PL_REASON_NONE && is_old(c, target))
    of_target->reason = (uint8_t)pl_case_addresses_missing(c);
  of_target->counted = !is_twin(c, target);
  c->verdict->addresses += of_target->counted;
  c->verdict->addresses_up += of_target->counted && of_target->up;
}

/* What is wrong with the period of a certificate: the server's own, or one after it in the chain.
 */
static void add_out_of_date(const pl_case *c, pl_buf *text, const pl_certificate *certificate) {
  bool expired = certificate->time == PL_CERTIFICATE_EXPIRED;
  bool issuer = expired ? certificate->not_after >= c->now && certificate->issuer_not_after < c->now
                        : certificate->not_before <= c->now;
  pl_buf_add(text, "certificate ");
  if (issuer && certificate->issuer_subject[0] != '\0')
    pl_buf_addf(text, "%s of the chain ", certificate->issuer_subject);
  pl_buf_add(text, expired ? "has expired" : "is not valid yet");
}

static void add_alert(pl_buf *text, int alert) {
  pl_buf_addf(text, " %d", alert);
  if (alert == ALERT_CERTIFICATE_REQUIRED)
    pl_buf_add(text, ": a client certificate is required");
}

static void add_reason(const pl_case *c, pl_buf *text, const pl_attempt_result *attempt) {
  if (attempt == NULL) {
    pl_buf_add(text, "not tried");
    return;
  }
  const pl_certificate *certificate = &attempt->certificate;
  if (bad_certificate(attempt))
    pl_buf_addf(text, "certificate of %s: %s", certificate->subject, certificate->problem);
  else if (out_of_date(attempt))
    add_out_of_date(c, text, certificate);
  else if (attempt->end == PL_END_HTTP_ANSWER)
    pl_buf_addf(text, "answered HTTP %u", attempt->http_status);
  else
    pl_buf_add(text, pl_end_info_at(attempt->end)->text);
  if (attempt->end == PL_END_TLS_ALERT) {
    add_alert(text, attempt->alert);
  } else if (attempt->end == PL_END_HTTP_CLOSED && attempt->alert >= 0) {
    pl_buf_add(text, ", TLS alert");
    add_alert(text, attempt->alert);
  }
  if (attempt->gap)
    pl_buf_add(text, ": larger packets are lost on the way");
  if (attempt->error != 0 && attempt->end == PL_END_LOCAL)
    pl_buf_addf(text, ": %s", strerrordesc_np(attempt->error));
}

/* The next step that fits how far the attempt got; NULL: that of the reason. */
static const char *hint_of(const pl_attempt_result *attempt) {
  if (attempt == NULL)
    return NULL;
  if (attempt->end == PL_END_LOCAL && attempt->error == EKEYREJECTED)
    return "check --client-cert and --client-key: they can't be read, or do not fit together";
  if (attempt->alert == ALERT_CERTIFICATE_REQUIRED || attempt->alert == ALERT_BAD_CERTIFICATE)
    return "the server wants a client certificate: give --client-cert FILE and --client-key FILE, "
           "or stop after the handshake with --probe tls";
  if (attempt->end == PL_END_HTTP_GARBAGE || attempt->alert == ALERT_NO_APPLICATION_PROTOCOL)
    return "if the service speaks only HTTP/2 (gRPC), stop after the handshake with --probe tls; "
           "else check the port: another protocol answers there";
  if (attempt->end == PL_END_NOT_SENT)
    return "check this host: its own firewall, its route to the address, and the gateway on it; "
           "the SYN never left it";
  if (attempt->end == PL_END_TOO_SHORT)
    return "raise --connect-timeout to at least 2 seconds: a lost SYN is sent again after one";
  if (attempt->end == PL_END_TLS_SILENT && attempt->gap)
    return "lower the MTU, or clamp the TCP MSS, on the path between this host and the endpoint "
           "(VPN, transit gateway, Direct Connect): AWS drops packets that are too large, and no "
           "ICMP may arrive";
  if (attempt->end == PL_END_TLS_SILENT)
    return "the port is open, so security group and network ACL are right: check the path MTU (AWS "
           "drops packets that are too large, and no ICMP may arrive), then ask the provider about "
           "its backend";
  if (attempt->end == PL_END_HTTP_SILENT)
    return "the network is fine, since TLS works: the provider is slow; raise --response-timeout, "
           "or ask the provider";
  return NULL;
}

size_t pl_case_count_undecided(const pl_case *c, const char *zone) {
  size_t count = 0;
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target_verdict *of_target = &c->verdict->targets[i];
    count += of_target->counted && is_undecided(of_target) &&
             (zone == NULL || strcmp(c->facts->targets[i].zone, zone) == 0);
  }
  return count;
}

static pl_severity down_severity(const pl_target_verdict *of_target, bool enough) {
  if (of_target->reason == PL_REASON_PORT_CERTIFICATE ||
      of_target->reason == PL_REASON_PORT_CERTIFICATE_EXPIRY)
    return PL_SEVERITY_CRITICAL;
  if (is_undecided(of_target))
    return PL_SEVERITY_UNKNOWN;
  return enough ? PL_SEVERITY_WARNING : PL_SEVERITY_CRITICAL;
}

/* "10.0.1.10 port 443 in eu-central-1a: no answer to the SYN". */
static void add_down(const pl_case *c, pl_buf *text, const pl_target *target) {
  char address[PL_ADDR_TEXT];
  pl_buf_addf(text, "%s port %u%s%s: ", pl_addr_format(&target->address, address), target->port,
              target->zone[0] != '\0' ? " in " : "", target->zone);
  add_reason(c, text, pl_target_last_attempt(target));
  if (is_old(c, target))
    pl_buf_add(text, "; only an old answer of EC2 names it");
}

/* How many are down, and the first of them: the line that a pager shows. */
static void add_some_down(pl_case *c, size_t down) {
  char storage[PL_LIMIT_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target_verdict *of_target = &c->verdict->targets[i];
    if (!of_target->judged || of_target->up || is_undecided(of_target))
      continue;
    add_down(c, &text, &c->facts->targets[i]);
    break;
  }
  pl_verdict_add(c->verdict, PL_CHECK_PORT, PL_REASON_PORT_SOME_DOWN, PL_SEVERITY_WARNING, NULL,
                 "%zu of %zu addresses down: %s%s", down, c->verdict->addresses, storage,
                 down > 1 ? ", and others" : "");
}

/* Fewer are up than --min-up. EC2 may know of more. */
static void add_too_few(pl_case *c) {
  pl_reason missing = (pl_reason)c->verdict->addresses_missing;
  bool known = missing == PL_REASON_NONE;
  pl_verdict_add(c->verdict, PL_CHECK_PORT, known ? PL_REASON_PORT_SOME_DOWN : missing,
                 known ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN, NULL,
                 "%zu of %zu addresses up, fewer than --min-up %u%s%s", c->verdict->addresses_up,
                 c->verdict->addresses, c->spec->min_up,
                 known ? "" : "; it is not known whether the endpoint has more: ",
                 known ? "" : pl_reason_meaning(missing));
}

/* `unprobed`: addresses that may be up, besides those that this host could not probe. */
static void judge_down(pl_case *c, size_t unprobed) {
  size_t up = c->verdict->addresses_up, undecided = pl_case_count_undecided(c, NULL);
  size_t down = c->verdict->addresses - up - undecided;
  bool enough = up + undecided + unprobed >= c->spec->min_up;
  bool maybe = up > 0 && c->verdict->addresses_missing != PL_REASON_NONE;
  if (down > 0 && enough)
    add_some_down(c, down);
  else if (!enough && (down == 0 || maybe))
    add_too_few(c);
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target_verdict *of_target = &c->verdict->targets[i];
    const pl_target *target = &c->facts->targets[i];
    if (!of_target->judged || of_target->reason == PL_REASON_NONE)
      continue;
    char storage[PL_LIMIT_TEXT];
    pl_buf text;
    pl_buf_fixed(&text, storage, sizeof(storage));
    add_down(c, &text, target);
    pl_finding *finding =
        pl_verdict_add(c->verdict, PL_CHECK_PORT, (pl_reason)of_target->reason,
                       down_severity(of_target, enough || maybe), &target->address, "%s", storage);
    if (finding == NULL)
      continue;
    memcpy(finding->zone, target->zone, sizeof(finding->zone));
    if (of_target->reason == pl_end_info_at(last_end(target))->port)
      finding->hint = hint_of(pl_target_last_attempt(target));
  }
}

bool pl_case_any_measured(const pl_case *c, const char *zone) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    const pl_target_verdict *of_target = &c->verdict->targets[i];
    if (c->facts->targets[i].role == PL_ROLE_PRIVATE && of_target->judged &&
        !is_undecided(of_target) && (zone == NULL || strcmp(c->facts->targets[i].zone, zone) == 0))
      return true;
  }
  return false;
}

static bool is_limited(const pl_spec *spec, unsigned family) {
  return family == PL_FAMILY_IPV4 ? spec->ipv6_only : spec->ipv4_only;
}

/* Why addresses of the family are left out: this host has no such family, or no client gets them
 * from DNS. NULL: they are not. */
static const char *left_out(const pl_case *c, const pl_endpoint *endpoint, unsigned family) {
  const pl_facts *facts = c->facts;
  bool ipv4 = family == PL_FAMILY_IPV4;
  if ((ipv4 ? facts->private_ipv4 : facts->private_ipv6) != PL_FAMILY_USABLE)
    return "none here";
  return pl_endpoint_in_dns(endpoint, family) ? NULL : "not in DNS (DnsRecordIpType)";
}

static void add_unprobed(pl_case *c, const pl_interface *interface, const pl_addr *address) {
  char text[PL_ADDR_TEXT];
  bool full = pl_facts_count_targets(c->facts, PL_ROLE_PRIVATE) >= PL_LIMIT_ADDRESSES;
  pl_verdict_add(c->verdict, PL_CHECK_PORT,
                 full ? PL_REASON_PORT_LOCAL_FAILURE : PL_REASON_STATE_API, PL_SEVERITY_UNKNOWN,
                 address, "%s%s%s is an address of the endpoint%s", pl_addr_format(address, text),
                 interface->zone[0] != '\0' ? " in " : "", interface->zone,
                 full ? ", but there are too many to probe"
                      : ", which the EC2 API named too late for this run");
}

/* Each interface must be reported: one that EC2 named too late to be probed does not count as up.
 * Returns how many were not probed. */
static size_t judge_unprobed(pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  size_t count = 0;
  for (size_t i = 0; endpoint != NULL && endpoint->known && i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    for (size_t j = 0; j < interface->address_count; j++) {
      const pl_addr *address = &interface->addresses[j];
      if (pl_facts_find_target(c->facts, PL_ROLE_PRIVATE, address) != NULL ||
          is_limited(c->spec, address->family) || left_out(c, endpoint, address->family) != NULL)
        continue;
      add_unprobed(c, interface, address);
      count++;
    }
  }
  return count;
}

/* Whether the answer may be an address of the endpoint, and was not probed. */
static bool is_unprobed(const pl_case *c, pl_standing standing, const pl_addr *address) {
  return standing == PL_STANDING_UNDECIDED &&
         pl_facts_find_target(c->facts, PL_ROLE_PRIVATE, address) == NULL;
}

static void add_answer(pl_case *c, pl_standing standing, const pl_addr *address) {
  char text[PL_ADDR_TEXT];
  const char *name = pl_case_private_name(c);
  pl_reason missing = pl_case_addresses_missing(c);
  if (standing == PL_STANDING_PUBLIC)
    pl_verdict_add(c->verdict, PL_CHECK_PORT, PL_REASON_DNS_PUBLIC_ANSWER,
                   pl_case_public_by_design(c, name) ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_CRITICAL,
                   address, "%s -> %s, a public address: not probed", name,
                   pl_addr_format(address, text));
  else if (is_unprobed(c, standing, address))
    pl_verdict_add(c->verdict, PL_CHECK_PORT, missing, PL_SEVERITY_UNKNOWN, address,
                   "%s -> %s, outside --private-range: not probed, since it is not known whether "
                   "it is the endpoint's own: %s",
                   name, pl_addr_format(address, text), pl_reason_meaning(missing));
}

/* Names the answers that leave the VPC, or may do so, if the dns check does not run. Returns how
 * many answers may be addresses of the endpoint, and were not probed. */
static size_t judge_answers(pl_case *c) {
  const pl_facts *facts = c->facts;
  size_t undecided = 0;
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    const pl_addr_list *answers = &facts->private_dns[i].answers;
    for (size_t j = 0; j < answers->count; j++) {
      const pl_addr *address = &answers->items[j];
      if (pl_dns_names(facts->private_dns, i, address))
        continue;
      pl_standing standing = pl_case_standing(c, address);
      undecided += is_unprobed(c, standing, address);
      if (!c->verdict->checks[PL_CHECK_DNS].ran)
        add_answer(c, standing, address);
    }
  }
  return undecided;
}

/* Nothing to probe: as severe as the dns check, and at least UNKNOWN. */
static void judge_no_address(pl_case *c) {
  const pl_check_verdict *dns = &c->verdict->checks[PL_CHECK_DNS];
  if (!dns->ran)
    pl_judge_dns(c); /* only for its severity and reason */
  bool unknown = dns->severity != PL_SEVERITY_CRITICAL;
  bool by_hand = pl_case_private_name(c) == NULL && c->spec->addresses.count > 0;
  const char *family = c->spec->ipv4_only ? " over IPv4" : c->spec->ipv6_only ? " over IPv6" : "";
  if (unknown && !by_hand && pl_reason_of_state(dns->reason)) {
    pl_finding *same =
        pl_verdict_add(c->verdict, PL_CHECK_PORT, dns->reason, PL_SEVERITY_UNKNOWN, NULL,
                       "no private address to probe%s: this run did not get the endpoint's %s from "
                       "the EC2 API: %s",
                       family, c->spec->private_name == NULL ? "name and addresses" : "addresses",
                       pl_reason_meaning(dns->reason));
    pl_finding_set_hint(same, pl_case_unlearned_hint(c));
    return;
  }
  pl_finding *finding = pl_verdict_add(c->verdict, PL_CHECK_PORT, PL_REASON_PORT_NO_ADDRESS,
                                       unknown ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_CRITICAL, NULL,
                                       "no private address to probe%s", family);
  if (family[0] != '\0' && dns->severity == PL_SEVERITY_OK)
    pl_finding_set_hint(finding,
                        "the name has only addresses of the other family: leave out -4 or -6");
}

pl_nsec pl_attempt_total(const pl_attempt_result *attempt) {
  const pl_nsec phases[] = {attempt->connect_time, attempt->tls_time, attempt->first_byte_time};
  pl_nsec total = PL_NSEC_UNKNOWN;
  for (size_t i = 0; i < PL_COUNT_OF(phases); i++) {
    if (phases[i] >= 0)
      total = (total >= 0 ? total : 0) + phases[i];
  }
  return total;
}

const pl_attempt_result *pl_case_slowest(const pl_case *c) {
  const pl_attempt_result *slowest = NULL;
  for (size_t i = 0; i < c->facts->target_count; i++) {
    if (!c->verdict->targets[i].up)
      continue;
    const pl_attempt_result *attempt = pl_target_last_attempt(&c->facts->targets[i]);
    if (slowest == NULL || pl_attempt_total(attempt) > pl_attempt_total(slowest))
      slowest = attempt;
  }
  return slowest;
}

/* Whether one of the first `count` private addresses answered with the status. */
static bool has_status(const pl_facts *facts, size_t count, unsigned status) {
  for (size_t i = 0; i < count; i++) {
    const pl_attempt_result *attempt = pl_target_last_attempt(&facts->targets[i]);
    if (facts->targets[i].role == PL_ROLE_PRIVATE && attempt != NULL &&
        attempt->http_status == status)
      return true;
  }
  return false;
}

/* ", HTTP 200", each status once. An answer that denies access may be up, but serves nobody. */
static void add_statuses(const pl_facts *facts, pl_buf *summary) {
  const char *separator = ", HTTP ";
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_attempt_result *attempt = pl_target_last_attempt(&facts->targets[i]);
    if (facts->targets[i].role != PL_ROLE_PRIVATE || attempt == NULL || attempt->http_status == 0 ||
        has_status(facts, i, attempt->http_status))
      continue;
    bool denied = attempt->http_status == 401 || attempt->http_status == 403;
    pl_buf_addf(summary, "%s%u%s", separator, attempt->http_status, denied ? " (denied)" : "");
    separator = ", ";
  }
}

/* Whether the name, the endpoint or --address has an address of the family. */
static bool has_family(const pl_case *c, unsigned family) {
  const pl_facts *facts = c->facts;
  const pl_endpoint *endpoint = facts->endpoint;
  for (size_t i = 0; i < facts->private_dns_count; i++) {
    for (size_t j = 0; j < facts->private_dns[i].answers.count; j++) {
      if (facts->private_dns[i].answers.items[j].family == family)
        return true;
    }
  }
  for (size_t i = 0; i < c->spec->addresses.count; i++) {
    if (c->spec->addresses.items[i].address.family == family)
      return true;
  }
  for (size_t i = 0; endpoint != NULL && endpoint->known && i < endpoint->interface_count; i++) {
    for (size_t j = 0; j < endpoint->interfaces[i].address_count; j++) {
      if (endpoint->interfaces[i].addresses[j].family == family)
        return true;
    }
  }
  return false;
}

/* "; IPv6 not judged: none here". */
static void add_left_out(const pl_case *c, pl_buf *summary) {
  static const pl_family families[] = {PL_FAMILY_IPV4, PL_FAMILY_IPV6};
  for (size_t f = 0; f < PL_COUNT_OF(families); f++) {
    const char *why = left_out(c, c->facts->endpoint, families[f]);
    if (why != NULL && !is_limited(c->spec, families[f]) && has_family(c, families[f]))
      pl_buf_addf(summary, "; IPv%d not judged: %s", (int)families[f], why);
  }
}

static void summarise(pl_case *c) {
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_PORT];
  pl_buf summary;
  pl_buf_fixed(&summary, of_check->summary, sizeof(of_check->summary));
  if (c->verdict->addresses == 0) {
    const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_PORT);
    pl_buf_add(&summary, worst != NULL ? worst->text : pl_reason_meaning(of_check->reason));
    return;
  }
  pl_buf_addf(&summary, "%zu/%zu up", c->verdict->addresses_up, c->verdict->addresses);
  const pl_attempt_result *slowest = pl_case_slowest(c);
  if (slowest != NULL)
    pl_buf_addf(&summary, ", slowest %.0f ms", pl_seconds(pl_attempt_total(slowest)) * 1000);
  pl_certificate_add(c, &summary);
  add_statuses(c->facts, &summary);
  add_left_out(c, &summary);
}

/* The key would go to an address that only --private-range calls private. */
static void note_without_key(pl_case *c, const pl_target *target) {
  char text[PL_ADDR_TEXT];
  if (target->role == PL_ROLE_PRIVATE && c->spec->api_key != NULL &&
      c->spec->probe == PL_DEPTH_HTTP && !target->with_key)
    pl_verdict_add(c->verdict, PL_CHECK_PORT, PL_REASON_NONE, PL_SEVERITY_OK, &target->address,
                   "%s is %s and not known as the endpoint's own: asked without the API key",
                   pl_addr_format(&target->address, text),
                   pl_addr_class_name(pl_addr_classify(&target->address)));
}

/* A public address is never probed as private. What the user names and nothing probes is not OK. */
static void judge_given(pl_case *c, const pl_addr *address) {
  char text[PL_ADDR_TEXT];
  pl_reason missing = pl_case_addresses_missing(c);
  pl_addr judged = *address;
  (void)pl_facts_translated(c->facts, address, &judged);
  if (pl_facts_find_target(c->facts, PL_ROLE_PRIVATE, address) != NULL ||
      pl_spec_is_private(c->spec, &judged) ||
      pl_endpoint_has_address(c->facts->endpoint, &judged) || is_limited(c->spec, address->family))
    return;
  pl_finding *finding = pl_verdict_add(
      c->verdict, PL_CHECK_PORT, missing != PL_REASON_NONE ? missing : PL_REASON_USAGE,
      PL_SEVERITY_UNKNOWN, address, "--address %s (%s) is outside --private-range: not probed%s%s",
      pl_addr_format(address, text), pl_addr_class_name(pl_addr_classify(&judged)),
      missing != PL_REASON_NONE ? ", since it is not known whether it is the endpoint's own: " : "",
      missing != PL_REASON_NONE ? pl_reason_meaning(missing) : "");
  if (missing == PL_REASON_NONE)
    pl_finding_set_hint(finding, "correct --address, or add its network to --private-range");
}

void pl_judge_port(pl_case *c) {
  for (size_t i = 0; i < c->facts->target_count; i++) {
    judge_target(c, i);
    note_without_key(c, &c->facts->targets[i]);
  }
  for (size_t i = 0; i < c->spec->addresses.count; i++)
    judge_given(c, &c->spec->addresses.items[i].address);
  size_t unprobed = judge_unprobed(c) + judge_answers(c);
  c->verdict->addresses_missing = (uint8_t)pl_case_addresses_missing(c);
  c->verdict->addresses_unsure =
      unprobed + (c->verdict->addresses_missing != PL_REASON_NONE ? PL_LIMIT_ADDRESSES : 0);
  if (c->verdict->addresses > 0)
    judge_down(c, unprobed);
  else
    judge_no_address(c);
  pl_certificate_judge(c);
  summarise(c);
}
