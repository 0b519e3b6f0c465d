// Tests the output of --explain.
#include "help.h"
#include "judge/judge.h"
#include "options/options.h"
#include "report/explain.h"
#include "report/output.h"
#include "report_text.h"
#include "sample_run.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- helpers -------------------------------------------------------------------------------- */

static char output[1 << 16];

static const char *explain(const pl_endpoint_result *results, size_t count, bool colour) {
  pl_run run = sample_run(results, count, count > 1);
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_explain(&run, colour, &buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return output;
}

static void assert_plain(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    if (((unsigned char)*c < ' ' && *c != '\n') || *c == '|')
      fail_msg("0x%02x in: %s", (unsigned char)*c, text);
  }
}

/* ---- --explain ------------------------------------------------------------------------------ */

static void every_step_is_reported(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  const char *text = explain(&s.result, 1, false);
  assert_plain(text);
  static const char *const parts[] = {
      "rockset-prod: CRITICAL\n",
      "\nstate: OK\n  Tried      asked the EC2 API for vpce-0abc123def4567890 in "
      "eu-central-1\n",
      "\n  Saw        EC2 API: found\n",
      "\n             vpce-0abc123def4567890: state available, service "
      "com.amazonaws.vpce.eu-central-1.",
      ", private DNS on\n",
      "\n             eni-0123456789abcdef0 10.0.1.10 (eu-central-1a)\n",
      "\n  Next       nothing to do\n",
      "\ndns: OK\n  Tried      asked 10.0.0.2:53 for A and AAAA of api.example.com\n"
      "             asked 10.0.0.2:53 for A and AAAA of db.example.com\n",
      "\n  Saw        10.0.0.2:53 (system) A: 10.0.1.10 (TTL 60 s, 2.5 ms), canonical name "
      "target.example.net, over TCP, failed over to the next resolver\n",
      "\n  Concluded  OK: api.example.com -> 10.0.1.10, all the endpoint's own\n",
      "\nport: OK\n  Tried      every private address on port 443: TCP connect, TLS with "
      "certificate "
      "check, HTTP GET /v1/orgs/self; server name api.example.com\n",
      "\n  Saw        10.0.1.10 (eu-central-1a): up: connect 3 ms, TLS 1.3 in 5 ms, HTTP 200 after "
      "4 "
      "ms\n",
      "\n             10.0.1.10 without the key: can be compared: connect 3 ms, ",
      "\npublic: CRITICAL\n  Tried      asked 1.1.1.1:53 for A and AAAA of "
      "api.euc1a1.rockset.com\n",
      "\n             every public address on port 443: TCP connect, ",
      " without credentials; server name api.euc1a1.rockset.com\n",
      "\n             30.113.0.9 via 64:ff9b::1e71:9: not judged: no answer to the SYN",
      "\n               attempt 1: no answer to the SYN",
      "\n             witness ec2.eu-central-1.amazonaws.com 30.51.100.7:443: 1 of 2 probes "
      "answered with verified TLS; the last one: ",
      "\n  Concluded  CRITICAL: 1/2 addresses open\n"
      "             [public.open]: the public endpoint can be reached\n",
      "\n             CRITICAL: public endpoint OPEN: api.euc1a1.rockset.com 52.58.0.11 answered "
      "HTTP 200 [public.open]\n",
      "\n             $ curl -v --noproxy '*' --resolve api.euc1a1.rockset.com:443:52.58.0.11 "
      "'https://api.euc1a1.rockset.com:443/v1/orgs/self'\n",
  };
  for (size_t i = 0; i < PL_COUNT_OF(parts); i++)
    assert_contains(text, parts[i]);
  sample_free(&s);
}

static void a_block_says_what_proved_it(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.public_verdict = PL_PUBLIC_BLOCKED;
  s.verdict.checks[PL_CHECK_PUBLIC].severity = PL_SEVERITY_OK;
  s.verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_NONE;
  s.verdict.finding_count = 0;
  s.verdict.rivals[PL_RIVAL_EGRESS] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_RULED_OUT, .control = PL_CONTROL_WITNESS};
  s.verdict.rivals[PL_RIVAL_TENANT] = (pl_rival_verdict){
      .state = PL_RIVAL_STATE_RULED_OUT, .control = PL_CONTROL_BEFORE, .when = 1790000000};
  s.verdict.rivals[PL_RIVAL_NEAR] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_NAMED, .control = PL_CONTROL_COUNT};
  s.verdict.rivals[PL_RIVAL_FRONT] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_ACCEPTED, .control = PL_CONTROL_COUNT};
  const char *text = explain(&s.result, 1, false);
  assert_contains(text,
                  "this holds for port 443, this host's direct path, and the time of this run");
  assert_contains(text, "ruled out     egress (this host has no egress path): another host of the "
                        "same address family");
  assert_contains(text, "ruled out     tenant (");
  assert_contains(text, "(on 2026-09-21T");
  assert_contains(text, "not ruled out near (");
  assert_contains(text, "accepted      front (");
  assert_contains(text, "witness ec2.eu-central-1.amazonaws.com (30.51.100.7:443) answered with "
                        "verified TLS while the attempts ran\n");
  sample_free(&s);
}

static void a_rival_that_stands_says_what_to_do(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.public_verdict = PL_PUBLIC_UNPROVEN;
  s.verdict.rivals[PL_RIVAL_MOMENT] =
      (pl_rival_verdict){.state = PL_RIVAL_STATE_STANDS, .control = PL_CONTROL_COUNT};
  s.verdict.rivals[PL_RIVAL_HOST] = (pl_rival_verdict){
      .state = PL_RIVAL_STATE_SHOWN, .control = PL_CONTROL_COUNT, .shown = "what was seen"};
  const char *text = explain(&s.result, 1, false);
  assert_contains(text,
                  "STANDS        moment (a restart, or a few seconds without a connection)\n");
  assert_contains(text, "next: run it again;");
  assert_contains(text, "SEEN          host (");
  assert_contains(text, "): what was seen\n");
  assert_lacks(text, "this holds for port");
  sample_free(&s);
}

static void colour_is_for_terminals(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  assert_lacks(explain(&s.result, 1, false), "\033");
  explain(&s.result, 1, true);
  assert_contains(output, "\033[31mCRITICAL\033[0m");
  assert_contains(output, "\033[32mOK\033[0m");
  assert_contains(output, "\033[35mUNKNOWN\033[0m");
  s.verdict.severity = PL_SEVERITY_WARNING;
  assert_contains(explain(&s.result, 1, true), "\033[33mWARNING\033[0m");
  sample_free(&s);
}

static void skipped_and_unusable(void **state) {
  (void)state;
  sample fine, broken;
  sample_fine(&fine);
  sample_unusable(&broken);
  const pl_endpoint_result results[] = {fine.result, broken.result};
  const char *text = explain(results, 2, false);
  assert_plain(text);
  assert_contains(text, "\nstate: skipped: no --endpoint-id\n");
  assert_contains(text, "\n  Saw        nothing\n");
  assert_contains(text, "\n\nbroken: UNKNOWN\n\n  Concluded  UNKNOWN: /etc/privatelink.ini line 3: "
                        "--port: '...' is not a port [usage]\n  Next       ");
  assert_contains(text, pl_reason_hint(PL_REASON_USAGE));
  assert_lacks(text, "port: skipped: the");
  sample_free(&fine);
  sample_free(&broken);
}

static void every_reason_has_a_next_step(void **state) {
  (void)state;
  for (unsigned reason = PL_REASON_NONE + 1; reason < PL_REASON_COUNT; reason++) {
    sample s;
    sample_open(&s);
    s.verdict.finding_count = 0;
    sample_finding(&s.verdict, PL_CHECK_PUBLIC, (pl_reason)reason, PL_SEVERITY_CRITICAL, "text");
    const char *text = explain(&s.result, 1, false);
    assert_plain(text);
    char wanted[600];
    snprintf(wanted, sizeof(wanted), "\n  Next       %s\n", pl_reason_hint((pl_reason)reason));
    assert_contains(text, wanted);
    bool command = reason != PL_REASON_THRESHOLD && reason != PL_REASON_USAGE &&
                   reason != PL_REASON_STOPPED && reason != PL_REASON_PORT_SOME_DOWN &&
                   reason != PL_REASON_PUBLIC_MEMORY && reason != PL_REASON_DNS_HOSTS_FILE &&
                   reason != PL_REASON_EVIDENCE_FAILED;
    if (command)
      assert_contains(text, "\n             $ ");
    else
      assert_lacks(text, "$ ");
    sample_free(&s);
  }
}

static void commands_have_the_real_names(void **state) {
  (void)state;
  static const struct {
    pl_reason reason;
    const char *command;
  } rows[] = {
      {PL_REASON_DNS_NXDOMAIN, "$ dig @10.0.0.2 -p 53 api.example.com A\n"},
      {PL_REASON_PUBLIC_DNS, "$ dig @1.1.1.1 -p 53 api.euc1a1.rockset.com A\n"},
      {PL_REASON_PORT_TIMEOUT, "$ openssl s_client -connect 10.0.1.10:443 -servername "
                               "api.example.com -verify_hostname api.example.com </dev/null\n"},
      {PL_REASON_PORT_TIMEOUT, "$ aws ec2 describe-vpc-endpoints --vpc-endpoint-ids "
                               "vpce-0abc123def4567890 --region eu-central-1 --profile ops\n"},
      {PL_REASON_PORT_HTTP_STATUS, "$ curl -v --noproxy '*' --resolve "
                                   "api.example.com:443:10.0.1.10 'https://api.example.com:443/"},
      {PL_REASON_PUBLIC_NO_EGRESS, "$ openssl s_client -connect 30.51.100.7:443 -servername "
                                   "ec2.eu-central-1.amazonaws.com "},
      {PL_REASON_STATE_VPC_DNS, "$ aws ec2 describe-vpc-attribute --vpc-id vpc-0123456789abcdef0 "},
      {PL_REASON_STATE_VPC_DNS, " --attribute enableDnsSupport --region eu-central-1 --profile "},
      {PL_REASON_STATE_DENIED,
       "$ aws sts get-caller-identity --region eu-central-1 --profile ops\n"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample s;
    sample_open(&s);
    s.spec.aws_profile = strdup("ops");
    s.verdict.finding_count = 0;
    sample_finding(&s.verdict, PL_CHECK_STATE, rows[i].reason, PL_SEVERITY_CRITICAL, "text");
    assert_contains(explain(&s.result, 1, false), rows[i].command);
    sample_free(&s);
  }
}

/* Without the files, the command would show another problem than the check's. */
static void commands_trust_what_the_check_trusts(void **state) {
  (void)state;
  static const struct {
    pl_reason reason;
    const char *tls_name, *command;
  } rows[] = {
      {PL_REASON_PORT_TIMEOUT, "10.9.9.9",
       " -verify_ip 10.9.9.9 -CAfile '/own.pem' -cert '/c.pem' -key '/k.pem' </dev/null\n"},
      {PL_REASON_PORT_HTTP_STATUS, NULL,
       ":10.0.1.10 --cacert '/own.pem' --cert '/c.pem' --key '/k.pem' 'https://"},
      {PL_REASON_PUBLIC_OPEN, NULL, ":52.58.0.11 --cacert '/public.pem' 'https://"},
      {PL_REASON_PUBLIC_NO_EGRESS, NULL, "amazonaws.com -CAfile '/public.pem' </dev/null\n"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample s;
    sample_open(&s);
    s.spec.ca_file = strdup("/own.pem");
    s.spec.client_cert_file = strdup("/c.pem");
    s.spec.client_key_file = strdup("/k.pem");
    s.spec.public_ca_file = strdup("/public.pem");
    if (rows[i].tls_name != NULL) {
      free(s.spec.tls_name);
      s.spec.tls_name = strdup(rows[i].tls_name);
    }
    s.verdict.finding_count = 0;
    sample_finding(&s.verdict, PL_CHECK_STATE, rows[i].reason, PL_SEVERITY_CRITICAL, "text");
    assert_contains(explain(&s.result, 1, false), rows[i].command);
    sample_free(&s);
  }
}

/* What the query of the command answers is what was found. */
static void dig_asks_the_resolver_of_the_finding(void **state) {
  (void)state;
  static const struct {
    pl_reason reason;
    pl_dns_outcome outcome; /* of the second resolver, for AAAA */
    bool address;           /* the finding is about an address of that answer */
    const char *command;
  } rows[] = {
      {PL_REASON_DNS_SERVFAIL, PL_DNS_SERVFAIL, false,
       "$ dig @10.0.0.3 -p 5353 api.example.com AAAA\n"},
      {PL_REASON_DNS_SOME_FAILED, PL_DNS_TIMEOUT, false,
       "$ dig @10.0.0.3 -p 5353 api.example.com AAAA\n"},
      {PL_REASON_DNS_PUBLIC_ANSWER, PL_DNS_ANSWER, true,
       "$ dig @10.0.0.3 -p 5353 api.example.com AAAA\n"},
      {PL_REASON_DNS_TIMEOUT, PL_DNS_ANSWER, false, "$ dig @10.0.0.2 -p 53 api.example.com A\n"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample s;
    pl_dns_fact *fact;
    sample_open(&s);
    assert_int_equal(pl_facts_add_private_dns(&s.facts, &fact), PL_OK);
    pl_addr resolver, answer;
    assert_int_equal(pl_addr_parse("10.0.0.3", &resolver), PL_OK);
    assert_int_equal(pl_addr_parse("2001:db8::1", &answer), PL_OK);
    fact->resolver = (pl_sockaddr){.address = resolver, .port = 5353};
    fact->type = PL_DNS_AAAA;
    fact->outcome = rows[i].outcome;
    if (rows[i].address)
      assert_int_equal(pl_addr_list_add(&fact->answers, &answer), PL_OK);
    s.verdict.finding_count = 0;
    sample_finding(&s.verdict, PL_CHECK_DNS, rows[i].reason, PL_SEVERITY_CRITICAL, "text");
    if (rows[i].address)
      s.verdict.findings[0].address = answer;
    assert_contains(explain(&s.result, 1, false), rows[i].command);
    sample_free(&s);
  }
}

static void a_learned_name_is_in_the_commands(void **state) {
  (void)state;
  static const pl_reason reasons[] = {PL_REASON_DNS_NXDOMAIN, PL_REASON_PORT_TIMEOUT,
                                      PL_REASON_PORT_HTTP_STATUS};
  static const char *const commands[] = {"$ dig @10.0.0.2 -p 53 learned.example.com A\n",
                                         " -servername learned.example.com ",
                                         "'https://learned.example.com:443/"};
  for (size_t i = 0; i < PL_COUNT_OF(reasons); i++) {
    sample s;
    sample_open(&s);
    pl_dns_entry learned = {.name = "learned.example.com"}, *before = s.endpoint->dns_entries;
    size_t count = s.endpoint->dns_entry_count;
    free(s.spec.private_name);
    free(s.spec.tls_name);
    s.spec.private_name = s.spec.tls_name = NULL;
    s.endpoint->dns_entries = &learned;
    s.endpoint->dns_entry_count = 1;
    s.verdict.finding_count = 0;
    sample_finding(&s.verdict, PL_CHECK_PORT, reasons[i], PL_SEVERITY_CRITICAL, "text");
    assert_contains(explain(&s.result, 1, false), commands[i]);
    s.endpoint->dns_entries = before;
    s.endpoint->dns_entry_count = count;
    sample_free(&s);
  }
}

static void a_command_is_about_what_is_not_well(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.finding_count = 0;
  sample_finding(&s.verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_SERVICE_DOWN, PL_SEVERITY_UNKNOWN,
                 "text");
  s.verdict.findings[0].address = s.facts.targets[2].address; /* a public one */
  assert_contains(explain(&s.result, 1, false), "$ openssl s_client -connect 10.0.1.10:443 ");
  s.facts.targets[1].address.bytes[3] = 11;
  s.verdict.targets[1].reason = PL_REASON_PORT_REFUSED;
  assert_contains(explain(&s.result, 1, false), "$ openssl s_client -connect 10.0.1.11:443 ");
  sample_free(&s);
}

static void an_end_that_is_not_listed_names_its_setting(void **state) {
  (void)state;
  static const struct {
    pl_end end;
    const char *setting; /* NULL: none */
  } rows[] = {
      {PL_END_TLS_ALERT, "\n             --blocked-by tls:alert=40\n"},
      {PL_END_TLS_RESET, "\n             --blocked-by tls:reset\n"},
      {PL_END_TLS_CLOSED, "\n             --blocked-by tls:reset\n"},
      {PL_END_ICMP, "\n             --blocked-by tcp:rejected\n"},
      {PL_END_TLS_SILENT, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample s;
    sample_open(&s);
    s.facts.targets[3].attempts[1].end = rows[i].end;
    s.facts.targets[3].attempts[1].alert = 40;
    s.verdict.targets[3].reason = PL_REASON_PUBLIC_UNLISTED;
    const char *text = explain(&s.result, 1, false);
    if (rows[i].setting != NULL)
      assert_contains(text, rows[i].setting);
    else
      assert_lacks(text, "\n             --blocked-by");
    sample_free(&s);
  }
}

static void what_is_missing_for_a_proof_is_reported(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.verdict.public_verdict = PL_PUBLIC_UNPROVEN;
  s.verdict.checks[PL_CHECK_PUBLIC].reason = PL_REASON_PUBLIC_AMBIGUOUS;
  snprintf(s.facts.targets[2].attempts[0].certificate.problem, 32, "for another name");
  assert_contains(explain(&s.result, 1, false),
                  "certificate CN=api.example.com, issued by CN=Example CA");
  assert_contains(output, "\n               body begins: {\"message\": \"hello\"}\n");
  s.verdict.finding_count = 0;
  for (unsigned i = 0; i < 3; i++) {
    sample_finding(&s.verdict, PL_CHECK_PUBLIC, PL_REASON_PUBLIC_NO_EGRESS, PL_SEVERITY_UNKNOWN,
                   "text");
    s.verdict.findings[i].address = s.facts.targets[3].address;
    s.verdict.findings[i].address.family = i == 1 ? PL_FAMILY_IPV6 : PL_FAMILY_IPV4;
  }
  const char *text = explain(&s.result, 1, false);
  assert_contains(text, "a proof needs a witness that answers over IPv4 on port 443, or ");
  assert_contains(text, "a proof needs a witness that answers over IPv6 on port 443, or ");
  s.facts.witnesses[0].is_own = true;
  assert_contains(explain(&s.result, 1, false), "; proves nothing: this host itself\n");
  sample_free(&s);
}

static void nothing_known_makes_no_command(void **state) {
  (void)state;
  for (unsigned reason = PL_REASON_NONE + 1; reason < PL_REASON_COUNT; reason++) {
    sample s;
    sample_unproven(&s);
    s.verdict.checks[PL_CHECK_PUBLIC].severity = PL_SEVERITY_OK;
    sample_finding(&s.verdict, PL_CHECK_PUBLIC, (pl_reason)reason, PL_SEVERITY_UNKNOWN, "text");
    const char *text = explain(&s.result, 1, false);
    assert_plain(text);
    assert_lacks(text, "(null)");
    assert_lacks(text, "dig @");
    assert_lacks(text, "s_client -connect");
    sample_free(&s);
  }
}

static void odd_paths_stay_inside_their_quotes(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  free(s.spec.path);
  s.spec.path = strdup("/a'b|c<d>$(e)");
  const char *text = explain(&s.result, 1, false);
  assert_plain(text);
  assert_contains(text, "'https://api.euc1a1.rockset.com:443/a%27b%7Cc%3Cd%3E$(e)'\n");
  sample_free(&s);
}

static void ipv6_and_depths_and_missing_facts(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_addr address;
  assert_int_equal(pl_addr_parse("3ffe:db8::1", &address), PL_OK);
  s.verdict.findings[2].address = address;
  s.spec.probe = PL_DEPTH_TCP;
  s.spec.public_probe = PL_DEPTH_TLS;
  s.facts.ipv6 = PL_FAMILY_NO_ROUTE;
  s.facts.ipv4 = PL_FAMILY_NO_ADDRESS;
  s.facts.endpoint = NULL;
  const char *text = explain(&s.result, 1, false);
  assert_contains(text, "--resolve api.euc1a1.rockset.com:443:[3ffe:db8::1] ");
  assert_contains(text, "every private address on port 443: TCP connect\n");
  assert_contains(text,
                  "on port 443: TCP connect, TLS with certificate check; server name api.euc");
  assert_contains(text, "IPv4: no global address on this host, IPv6: no route from this host, ");
  assert_contains(text, "nothing: the EC2 API has not answered\n");
  sample_free(&s);
}

static void an_api_that_failed_is_reported(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  s.endpoint->known = false;
  s.endpoint->outcome = PL_EC2_DENIED;
  snprintf(s.endpoint->code, sizeof(s.endpoint->code), "UnauthorizedOperation");
  snprintf(s.endpoint->message, sizeof(s.endpoint->message), "no");
  assert_contains(explain(&s.result, 1, false), " (UnauthorizedOperation): no\n");
  sample_free(&s);
}

static void the_source_of_the_credentials_is_named(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  assert_lacks(explain(&s.result, 1, false), "with the credentials from");
  snprintf(s.endpoint->credentials, sizeof(s.endpoint->credentials), "profile prod");
  assert_contains(explain(&s.result, 1, false),
                  " in eu-central-1\n             with the credentials from: profile prod\n");
  sample_free(&s);
}

static void a_missing_permission_is_named(void **state) {
  (void)state;
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    sample s;
    sample_open(&s);
    for (pl_part other = 0; other < PL_PART_COUNT; other++)
      s.endpoint->parts[other] = PL_PART_KNOWN;
    assert_lacks(explain(&s.result, 1, false), "missing permission");
    s.endpoint->parts[part] = PL_PART_DENIED;
    char wanted[256];
    snprintf(wanted, sizeof(wanted), "\n             not checked: %s (missing permission %s)\n",
             pl_part_purpose(part), pl_part_action(part));
    assert_contains(explain(&s.result, 1, false), wanted);
    sample_free(&s);
  }
}

static void what_an_endpoint_costs_is_reported(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_endpoint_state state;
    size_t zones;            /* 0: not known */
    double price;            /* negative: not given */
    const char *text, *note; /* NULL: no such line */
  } rows[] = {
      {"the price in US regions", PL_ENDPOINT_STATE_AVAILABLE, 3, -1,
       "cost: 0.03 USD an hour, 21.9 USD a month: 3 zones at 0.01 USD, the price in US regions; "
       "set "
       "yours with --hourly-price\n",
       "AWS bills this until the endpoint is deleted\n"},
      {"a price of one's own", PL_ENDPOINT_STATE_AVAILABLE, 1, 0.012,
       "cost: 0.012 USD an hour, 8.76 USD a month: 1 zone at 0.012 USD\n", "is deleted\n"},
      {"rejected", PL_ENDPOINT_STATE_REJECTED, 2, -1, "cost: 0.02 USD an hour",
       "until the endpoint is deleted, although nobody can use it now\n"},
      {"never accepted", PL_ENDPOINT_STATE_PENDING_ACCEPTANCE, 2, -1, "cost: 0.02 USD an hour",
       "although nobody can use it"},
      {"deleted", PL_ENDPOINT_STATE_DELETED, 2, 0.01, NULL, NULL},
      {"being deleted", PL_ENDPOINT_STATE_DELETING, 2, 0.01, NULL, NULL},
      {"zones not known", PL_ENDPOINT_STATE_AVAILABLE, 0, 0.01, NULL, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    sample s;
    sample_open(&s);
    s.endpoint->state = rows[i].state;
    s.endpoint->zone_count = rows[i].zones;
    s.endpoint->zones_known = rows[i].zones > 0;
    char(*old)[32] = s.endpoint->zones, zones[3][32] = {"a", "b", "c"};
    s.endpoint->zones = zones;
    s.spec.hourly_price = rows[i].price;
    const char *text = explain(&s.result, 1, false);
    if (rows[i].text == NULL) {
      assert_lacks(text, "cost: ");
    } else {
      assert_contains(text, rows[i].text);
      assert_contains(text, rows[i].note);
    }
    s.endpoint->zones = old;
    sample_free(&s);
  }
}

/* ---- the other outputs ---------------------------------------------------------------------- */

static void help_is_whole_and_narrow(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_help(&buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at((pl_option_id)id);
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "--%s", option->name);
    if ((option->front_ends & PL_FRONT_END_CHECK) != 0)
      assert_contains(output, wanted);
  }
  pl_buf_clear(&buf);
  pl_help_presets(&buf);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  for (size_t i = 0; pl_preset_at(i) != NULL; i++)
    assert_contains(output, pl_preset_at(i)->name);
}

static void no_line_of_help_is_too_long(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_help(&buf);
  for (const char *line = output; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    if (length > PL_HELP_COLUMNS)
      fail_msg("%zu columns: %.*s", length, (int)length, line);
    line += length + 1;
  }
}

static void outputs_are_chosen(void **state) {
  (void)state;
  sample s;
  sample_fine(&s);
  pl_run run = sample_run(&s.result, 1, false);
  static const struct {
    pl_args args;
    const char *start;
  } rows[] = {
      {{.form = PL_FORM_JSON}, "{\"schema\":1,"},
      {{.explain = true}, "fine: OK\n"},
      {{.verbosity = 1}, "PRIVATELINK OK: fine: "},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_buf buf;
    pl_buf_fixed(&buf, output, sizeof(output));
    pl_output_run(&rows[i].args, &run, false, &buf);
    assert_memory_equal(output, rows[i].start, strlen(rows[i].start));
  }
  sample_free(&s);
}

static void mistakes_are_one_line(void **state) {
  (void)state;
  pl_buf buf;
  pl_buf_fixed(&buf, output, sizeof(output));
  pl_output_mistake("--probe: 'a\nb' is one of tcp|tls", PL_REASON_USAGE, PL_FORM_TEXT, 0, &buf);
  assert_string_equal(output, "PRIVATELINK UNKNOWN: --probe: 'a?b' is one of tcp/tls [usage]\n");
  pl_buf_clear(&buf);
  pl_output_mistake("out of memory", PL_REASON_STOPPED, PL_FORM_JSON, 0, &buf);
  assert_contains(output, "\"severity\":3,\"totals\":");
  assert_contains(output, "{\"reason\":\"stopped\",\"severity\":3,");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_step_is_reported),
      cmocka_unit_test(a_block_says_what_proved_it),
      cmocka_unit_test(a_rival_that_stands_says_what_to_do),
      cmocka_unit_test(colour_is_for_terminals),
      cmocka_unit_test(skipped_and_unusable),
      cmocka_unit_test(every_reason_has_a_next_step),
      cmocka_unit_test(commands_have_the_real_names),
      cmocka_unit_test(commands_trust_what_the_check_trusts),
      cmocka_unit_test(dig_asks_the_resolver_of_the_finding),
      cmocka_unit_test(a_learned_name_is_in_the_commands),
      cmocka_unit_test(a_command_is_about_what_is_not_well),
      cmocka_unit_test(an_end_that_is_not_listed_names_its_setting),
      cmocka_unit_test(what_is_missing_for_a_proof_is_reported),
      cmocka_unit_test(nothing_known_makes_no_command),
      cmocka_unit_test(odd_paths_stay_inside_their_quotes),
      cmocka_unit_test(ipv6_and_depths_and_missing_facts),
      cmocka_unit_test(an_api_that_failed_is_reported),
      cmocka_unit_test(the_source_of_the_credentials_is_named),
      cmocka_unit_test(a_missing_permission_is_named),
      cmocka_unit_test(what_an_endpoint_costs_is_reported),
      cmocka_unit_test(help_is_whole_and_narrow),
      cmocka_unit_test(no_line_of_help_is_too_long),
      cmocka_unit_test(outputs_are_chosen),
      cmocka_unit_test(mistakes_are_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
