// Tests the `port` check: every row of the documented rules, with its severity and reason.
#include "facts/endpoint.h"
#include "judge/judge.h"
#include "severities.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1700000000
#define DAY 86400
#define MAX_TARGETS 4

/* What is seen at one address. The certificate is good if the end has one and none is named. */
typedef enum chain { AS_USUAL, NOT_SEEN, WRONG_NAME, UNKNOWN_CA, EXPIRED, NOT_YET } chain;

typedef struct seen {
  pl_end end; /* PL_END_NOT_TRIED ends the list; PL_END_COUNT: no attempt at all */
  int status; /* HTTP status, TLS alert, or errno */
  chain chain;
  double days; /* of certificate left; 0: 100 */
} seen;

typedef struct row {
  const char *name;
  seen seen[MAX_TARGETS];
  pl_depth probe;
  unsigned min_up;
  pl_severity severity;
  const char *reason, *summary; /* of the check; part of the summary */
  const char *finding;          /* part of the worst finding's text */
} row;

/* clang-format off */
#define UP {.end = PL_END_HTTP_ANSWER, .status = 200}
#define IS(...) {__VA_ARGS__}
#define ENDS(word) .end = PL_END_##word

static const row rows[] = {
  {"all up", {UP, UP, UP}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "3/3 up, slowest 12 ms, certificate 100 days", NULL},
  {"any status below 500 is up", {IS(ENDS(HTTP_ANSWER), .status = 404)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "1/1 up", NULL},
  {"not that of a proxy", {IS(ENDS(HTTP_ANSWER), .status = 407)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.http-status", "0/1 up, certificate 100 days, HTTP 407", "answered HTTP 407"},
  {"not that of a server of other names", {IS(ENDS(HTTP_ANSWER), .status = 421)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.http-status", "HTTP 421", "answered HTTP 421"},
  {"a denial is up, and the line says so", {IS(ENDS(HTTP_ANSWER), .status = 403), IS(ENDS(HTTP_ANSWER), .status = 200), IS(ENDS(HTTP_ANSWER), .status = 403), IS(ENDS(HTTP_ANSWER), .status = 401)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "4/4 up, slowest 12 ms, certificate 100 days, HTTP 403 (denied), 200, 401 (denied)", NULL},
  {"500 is not", {IS(ENDS(HTTP_ANSWER), .status = 500)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.http-status", "0/1 up", "answered HTTP 500"},
  {"tcp is deep enough where that is asked for", {IS(ENDS(CONNECTED))}, PL_DEPTH_TCP, 1, PL_SEVERITY_OK, "", "1/1 up", NULL},
  {"tcp is not, where TLS is", {IS(ENDS(CONNECTED))}, PL_DEPTH_TLS, 1, PL_SEVERITY_CRITICAL, "port.tls", "0/1 up", NULL},
  {"TLS is deep enough where that is asked for", {IS(ENDS(TLS_DONE))}, PL_DEPTH_TLS, 1, PL_SEVERITY_OK, "", "1/1 up", NULL},
  {"TLS is not, where HTTP is", {IS(ENDS(TLS_DONE))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.tls", "0/1 up", NULL},

  {"some down, enough up", {UP, IS(ENDS(SILENT)), UP}, PL_DEPTH_HTTP, 2, PL_SEVERITY_WARNING, "port.some-down", "2/3 up", "1 of 3 addresses down"},
  {"fewer up than wanted", {UP, IS(ENDS(SILENT)), UP}, PL_DEPTH_HTTP, 3, PL_SEVERITY_CRITICAL, "port.timeout", "2/3 up", "10.0.1.11 port 443 in zone-1: no answer"},
  {"none up", {IS(ENDS(REFUSED)), IS(ENDS(REFUSED))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.refused", "0/2 up", "refused"},

  {"refused", {IS(ENDS(REFUSED))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.refused", "0/1 up", "10.0.1.10 port 443 in zone-0: connection refused"},
  {"silent", {IS(ENDS(SILENT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.timeout", "0/1 up", NULL},
  {"silent inside TLS", {IS(ENDS(TLS_SILENT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.timeout", "0/1 up", NULL},
  {"silent after TLS", {IS(ENDS(HTTP_SILENT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.timeout", "0/1 up", NULL},
  {"a short --connect-timeout", {IS(ENDS(TOO_SHORT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.timeout", "0/1 up", NULL},
  {"ICMP", {IS(ENDS(ICMP))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.unreachable", "0/1 up", NULL},
  {"reset inside TLS", {IS(ENDS(TLS_RESET))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.reset", "0/1 up", NULL},
  {"closed inside TLS", {IS(ENDS(TLS_CLOSED))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.reset", "0/1 up", NULL},
  {"reset before the answer", {IS(ENDS(HTTP_RESET))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.reset", "0/1 up", NULL},
  {"closed before the answer", {IS(ENDS(HTTP_CLOSED))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.reset", "0/1 up", NULL},
  {"a TLS alert", {IS(ENDS(TLS_ALERT), .status = 40)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.tls", "0/1 up", "TLS alert 40"},
  {"not TLS", {IS(ENDS(TLS_GARBAGE))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.tls", "0/1 up", NULL},
  {"not HTTP", {IS(ENDS(HTTP_GARBAGE))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.http-status", "0/1 up", "not HTTP"},

  {"a certificate for another name, on any", {UP, IS(ENDS(TLS_UNVERIFIED), .chain = WRONG_NAME), UP}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate", "2/3 up", "certificate of CN=other: name"},
  {"a certificate of an unknown authority", {UP, IS(ENDS(TLS_UNVERIFIED), .chain = UNKNOWN_CA)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate", "1/2 up", NULL},
  {"the same in a handshake that ended half-way", {UP, IS(ENDS(TLS_RESET), .chain = UNKNOWN_CA)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_WARNING, "port.some-down", "1/2 up", NULL},
  {"expired, on any", {UP, IS(ENDS(HTTP_ANSWER), .status = 200, .chain = EXPIRED, .days = -2)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate-expiry", "1/2 up, slowest 12 ms, certificate expired", "certificate has expired"},
  {"not valid yet", {IS(ENDS(HTTP_ANSWER), .status = 200, .chain = NOT_YET)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate-expiry", "0/1 up", "not valid yet"},
  {"few days left", {UP, IS(ENDS(HTTP_ANSWER), .status = 200, .days = 13.9)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_WARNING, "port.certificate-expiry", "2/2 up, slowest 12 ms, certificate 13.9 days", "10.0.1.11: certificate expires in 13.9 days"},
  {"13.94: text and severity are of 13.9", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 13.94)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_WARNING, "port.certificate-expiry", "certificate 13.9 days", "expires in 13.9 days"},
  {"13.96: of 14", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 13.96)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "certificate 14 days", NULL},
  {"fresh, for 90 days", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 89.96)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "certificate 90 days", NULL},
  {"14 days left", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 14)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_OK, "", "certificate 14 days", NULL},
  {"fewer", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 6.9)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate-expiry", "certificate 6.9 days", "expires in 6.9 days"},
  {"7 days left", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 7)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_WARNING, "port.certificate-expiry", "certificate 7 days", NULL},
  {"hours left", {IS(ENDS(HTTP_ANSWER), .status = 200, .days = 0.1)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_CRITICAL, "port.certificate-expiry", "certificate 0.1 days", NULL},

  {"cut", {IS(ENDS(CUT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "0/1 up", "cut by the run's time limit"},
  {"a local fault", {IS(ENDS(LOCAL), .status = EMFILE)}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "0/1 up", "Too many open files"},
  {"frozen", {IS(ENDS(FROZEN))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "0/1 up", NULL},
  {"not tried", {IS(ENDS(COUNT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "0/1 up", "not tried"},
  {"cut beside up", {UP, IS(ENDS(CUT))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "1/2 up", NULL},
  {"cut and down: the one that was cut may be up", {IS(ENDS(CUT)), IS(ENDS(REFUSED))}, PL_DEPTH_HTTP, 1, PL_SEVERITY_UNKNOWN, "port.local-failure", "0/2 up", NULL},
  {"cut and down, and too few either way", {IS(ENDS(CUT)), IS(ENDS(REFUSED))}, PL_DEPTH_HTTP, 2, PL_SEVERITY_CRITICAL, "port.refused", "0/2 up", NULL},
};
/* clang-format on */

/* ---- a world of one case -------------------------------------------------------------------- */

typedef struct world {
  pl_spec spec;
  pl_facts facts;
  pl_target targets[MAX_TARGETS];
  pl_dns_fact dns;
  pl_cidr range;
  pl_sockaddr given[2];
  pl_endpoint endpoint;
  pl_interface interface;
  pl_verdict verdict;
} world;

static world w;
static char private_name[] = "p.example.com";

static pl_addr addr(const char *text) {
  pl_addr address;
  assert_int_equal(pl_addr_parse(text, &address), PL_OK);
  return address;
}

static void setup(void) {
  memset(&w, 0, sizeof(w));
  pl_spec_init(&w.spec);
  w.spec.private_name = private_name;
  w.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
  assert_int_equal(pl_cidr_parse("10.0.0.0/8", &w.range), PL_OK);
  w.spec.private_ranges = (pl_cidrs){&w.range, 1};
  pl_facts_init(&w.facts);
  w.facts.targets = w.targets;
  w.dns = (pl_dns_fact){.resolver = {addr("10.0.0.2"), 53}, .type = PL_DNS_A};
  w.dns.outcome = PL_DNS_NODATA;
  w.facts.private_dns = &w.dns;
}

static void set_certificate(pl_attempt_result *attempt, const seen *s) {
  bool shown = attempt->end >= PL_END_TLS_UNVERIFIED || s->chain != AS_USUAL;
  if (!shown || s->chain == NOT_SEEN)
    return;
  pl_certificate *certificate = &attempt->certificate;
  *certificate = (pl_certificate){.seen = true,
                                  .chain_ok = s->chain != UNKNOWN_CA,
                                  .name_ok = s->chain != WRONG_NAME,
                                  .time = PL_CERTIFICATE_VALID};
  if (s->chain == EXPIRED)
    certificate->time = PL_CERTIFICATE_EXPIRED;
  if (s->chain == NOT_YET)
    certificate->time = PL_CERTIFICATE_NOT_YET;
  certificate->not_after = NOW + (int64_t)((s->days != 0 ? s->days : 100) * DAY);
  snprintf(certificate->subject, sizeof(certificate->subject), "CN=other");
  snprintf(certificate->problem, sizeof(certificate->problem), "name mismatch");
}

static pl_target *add_target(const seen *s) {
  size_t i = w.facts.target_count++;
  pl_target *target = &w.targets[i];
  *target = (pl_target){.role = PL_ROLE_PRIVATE, .port = 443, .origins = PL_ORIGIN_DNS};
  target->address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 1, (uint8_t)(10 + i)});
  snprintf(target->zone, sizeof(target->zone), "zone-%zu", i);
  if (s->end == PL_END_COUNT)
    return target;
  target->attempt_count = 1;
  pl_attempt_result *attempt = &target->attempts[0];
  pl_attempt_init(attempt);
  attempt->end = s->end;
  attempt->connect_time = 2 * PL_MSEC;
  attempt->tls_time = 7 * PL_MSEC;
  attempt->first_byte_time = 3 * PL_MSEC;
  if (s->end == PL_END_HTTP_ANSWER)
    attempt->http_status = (uint16_t)s->status;
  else if (s->end == PL_END_TLS_ALERT)
    attempt->alert = (int16_t)s->status;
  else
    attempt->error = s->status;
  set_certificate(attempt, s);
  return target;
}

static const pl_check_verdict *judge(void) {
  pl_judge(&w.spec, &w.facts, NOW, &w.verdict);
  return &w.verdict.checks[PL_CHECK_PORT];
}

static const pl_finding *finding_that_says(const char *text) {
  for (size_t i = 0; i < w.verdict.finding_count; i++) {
    if (strstr(w.verdict.findings[i].text, text) != NULL)
      return &w.verdict.findings[i];
  }
  return NULL;
}

static void every_row(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const row *r = &rows[i];
    setup();
    w.spec.probe = r->probe;
    w.spec.min_up = r->min_up;
    for (size_t j = 0; j < MAX_TARGETS && r->seen[j].end != PL_END_NOT_TRIED; j++)
      add_target(&r->seen[j]);
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != r->severity ||
        strcmp(pl_reason_code(of_check->reason), r->reason) != 0 ||
        strstr(of_check->summary, r->summary) == NULL)
      fail_msg("%s: %s [%s] %s", r->name, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason), of_check->summary);
    const pl_finding *worst = pl_verdict_worst(&w.verdict, PL_CHECK_PORT);
    if (r->finding != NULL && (worst == NULL || strstr(worst->text, r->finding) == NULL))
      fail_msg("%s: %s", r->name, worst != NULL ? worst->text : "no finding");
  }
}

/* Every end of an attempt has a row above, or is one of these. */
static void every_end_but_one_is_down(void **state) {
  (void)state;
  static const pl_depth depths[] = {PL_DEPTH_TCP, PL_DEPTH_TLS, PL_DEPTH_HTTP};
  static const pl_end up[] = {PL_END_CONNECTED, PL_END_TLS_DONE, PL_END_HTTP_ANSWER};
  for (size_t d = 0; d < PL_COUNT_OF(depths); d++) {
    for (pl_end end = 0; end < PL_END_COUNT; end++) {
      setup();
      w.spec.probe = depths[d];
      const seen s = {.end = end, .status = end == PL_END_HTTP_ANSWER ? 200 : 0};
      add_target(&s);
      const pl_check_verdict *of_check = judge();
      if ((of_check->severity == PL_SEVERITY_OK) != (end == up[d]))
        fail_msg("%s at depth %zu: %s", pl_end_info_at(end)->text, d,
                 pl_severity_name(of_check->severity));
      assert_int_equal(w.verdict.addresses_up, end == up[d]);
      assert_int_equal(of_check->reason == PL_REASON_NONE, end == up[d]);
      /* Beside one that is up: no more than a warning, but for what concerns every client, and for
       * what is not known. */
      const seen well = {.end = up[d], .status = 200};
      add_target(&well);
      const pl_severity beside = judge()->severity;
      const pl_reason reason = w.verdict.targets[0].reason;
      const pl_severity expected = end == up[d]                             ? PL_SEVERITY_OK
                                   : reason == PL_REASON_PORT_CERTIFICATE   ? PL_SEVERITY_CRITICAL
                                   : reason == PL_REASON_PORT_LOCAL_FAILURE ? PL_SEVERITY_UNKNOWN
                                                                            : PL_SEVERITY_WARNING;
      if (beside != expected)
        fail_msg("%s at depth %zu, one up: %s", pl_end_info_at(end)->text, d,
                 pl_severity_name(beside));
    }
  }
}

static void each_down_address_has_its_own_reason(void **state) {
  (void)state;
  setup();
  const seen all[] = {UP, {.end = PL_END_REFUSED}, {.end = PL_END_ICMP}};
  for (size_t i = 0; i < PL_COUNT_OF(all); i++)
    add_target(&all[i]);
  assert_int_equal(judge()->reason, PL_REASON_PORT_SOME_DOWN);
  const pl_finding *refused = finding_that_says("10.0.1.11 port 443 in zone-1");
  const pl_finding *icmp = finding_that_says("10.0.1.12 port 443 in zone-2");
  assert_non_null(finding_that_says("2 of 3 addresses down"));
  assert_true(refused != NULL && icmp != NULL);
  bool found = false;
  for (size_t i = 0; i < w.verdict.finding_count; i++) {
    const pl_finding *finding = &w.verdict.findings[i];
    if (finding->reason != PL_REASON_PORT_REFUSED)
      continue;
    found = true;
    assert_string_equal(finding->zone, "zone-1");
    assert_true(pl_addr_equal(&finding->address, &w.targets[1].address));
    assert_int_equal(finding->severity, PL_SEVERITY_WARNING);
  }
  assert_true(found);
}

/* ---- chains --------------------------------------------------------------------------------- */

/* What ends the validity of the whole chain, and what is short-lived by design. */
static void the_whole_chain_counts(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double leaf, lifetime, issuer, issuer_lifetime; /* days left, and in all; issuer 0: none */
    pl_certificate_time time;
    bool given; /* --certificate */
    pl_severity severity;
    const char *summary, *finding;
    double metric;
  } cases[] = {
      {"the intermediate ends first", 90, 91, 3, 400, PL_CERTIFICATE_VALID, false,
       PL_SEVERITY_CRITICAL, "certificate CN=middle of the chain 3 days",
       "10.0.1.10: certificate CN=middle of the chain expires in 3.0 days", 3},
      {"it ends later", 90, 91, 300, 400, PL_CERTIFICATE_VALID, false, PL_SEVERITY_OK,
       "certificate 90 days", NULL, 90},
      {"it has expired, and names itself", 90, 91, -1, 400, PL_CERTIFICATE_EXPIRED, false,
       PL_SEVERITY_CRITICAL, "certificate CN=middle of the chain expired",
       "certificate CN=middle of the chain has expired", -1},
      {"the server's own has expired", -1, 91, 300, 400, PL_CERTIFICATE_EXPIRED, false,
       PL_SEVERITY_CRITICAL, "certificate expired", "443 in zone-0: certificate has expired", -1},
      {"six days, and four are left", 4, 6, 0, 0, PL_CERTIFICATE_VALID, false, PL_SEVERITY_OK,
       "certificate 4 days", NULL, 4},
      {"less than a third", 1.9, 6, 0, 0, PL_CERTIFICATE_VALID, false, PL_SEVERITY_WARNING,
       "certificate 1.9 days", "expires in 1.9 days", 1.9},
      {"less than a sixth", 0.9, 6, 0, 0, PL_CERTIFICATE_VALID, false, PL_SEVERITY_CRITICAL,
       "certificate 0.9 days", "expires in 0.9 days", 0.9},
      {"the user's own limits", 4, 6, 0, 0, PL_CERTIFICATE_VALID, true, PL_SEVERITY_CRITICAL,
       "certificate 4 days", "expires in 4.0 days", 4},
      {"short-lived and fine, but the intermediate is not", 4, 6, 13, 400, PL_CERTIFICATE_VALID,
       false, PL_SEVERITY_WARNING, "certificate 4 days", "CN=middle of the chain expires in 13.0",
       4},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    const seen up = UP;
    pl_certificate *certificate = &add_target(&up)->attempts[0].certificate;
    certificate->time = cases[i].time;
    certificate->not_after = NOW + (int64_t)(cases[i].leaf * DAY);
    certificate->not_before = certificate->not_after - (int64_t)(cases[i].lifetime * DAY);
    if (cases[i].issuer_lifetime > 0) {
      certificate->issuer_not_after = NOW + (int64_t)(cases[i].issuer * DAY);
      certificate->issuer_not_before =
          certificate->issuer_not_after - (int64_t)(cases[i].issuer_lifetime * DAY);
      snprintf(certificate->issuer_subject, sizeof(certificate->issuer_subject), "CN=middle");
    }
    w.spec.layer[PL_OPTION_CERTIFICATE] = cases[i].given ? PL_LAYER_SECTION : PL_LAYER_DEFAULT;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity ||
        strstr(of_check->summary, cases[i].summary) == NULL ||
        (cases[i].finding != NULL && finding_that_says(cases[i].finding) == NULL))
      fail_msg("%s: %s %s", cases[i].name, pl_severity_name(of_check->severity), of_check->summary);
    const pl_metric *days = pl_metrics_get_zone(&w.verdict.metrics, PL_METRIC_CERTIFICATE_DAYS, "");
    assert_true(days->known && days->value > cases[i].metric - 0.01 &&
                days->value < cases[i].metric + 0.01);
  }
}

/* A certificate of somebody else, or one that nobody proved to hold, says nothing of the service.
 */
static void someone_else_s_certificate_has_no_days(void **state) {
  (void)state;
  const seen others[] = {{.end = PL_END_TLS_UNVERIFIED, .chain = WRONG_NAME, .days = 2},
                         {.end = PL_END_TLS_UNVERIFIED, .chain = UNKNOWN_CA, .days = 2},
                         {.end = PL_END_TLS_RESET, .chain = WRONG_NAME, .days = 2}};
  for (size_t i = 0; i < PL_COUNT_OF(others); i++) {
    setup();
    add_target(&others[i]);
    judge();
    assert_false(pl_metrics_get_zone(&w.verdict.metrics, PL_METRIC_CERTIFICATE_DAYS, "")->known);
    assert_null(finding_that_says("expires"));
  }
}

/* ---- next steps ----------------------------------------------------------------------------- */

/* What to do depends on how far the attempt got. NULL: what reasons.def says. */
static void next_steps_fit_the_phase(void **state) {
  (void)state;
  static const struct {
    pl_end end;
    int alert;
    bool gap;
    const char *text, *hint;
  } cases[] = {
      {PL_END_SILENT, -1, false, "no answer to the SYN", NULL},
      {PL_END_NOT_SENT, -1, false, "the SYN never left", "its own firewall"},
      {PL_END_TOO_SHORT, -1, false, "waited too briefly", "raise --connect-timeout"},
      {PL_END_TLS_SILENT, -1, false, "no end of the TLS handshake", "check the path MTU"},
      {PL_END_TLS_SILENT, -1, true, "larger packets are lost on the way", "clamp the TCP MSS"},
      {PL_END_HTTP_SILENT, -1, false, "no HTTP answer", "raise --response-timeout"},
      {PL_END_HTTP_CLOSED, -1, false, "closed before an HTTP answer", NULL},
      {PL_END_HTTP_CLOSED, 116, false, "TLS alert 116: a client certificate is required",
       "--client-cert FILE"},
      {PL_END_TLS_ALERT, 116, false, "TLS alert 116: a client certificate", "--probe tls"},
      {PL_END_TLS_ALERT, 42, false, "TLS alert 42", "--client-key FILE"},
      {PL_END_TLS_ALERT, 40, false, "TLS alert 40", NULL},
      {PL_END_TLS_ALERT, 120, false, "TLS alert 120", "HTTP/2"},
      {PL_END_HTTP_GARBAGE, -1, false, "not HTTP/1.x", "--probe tls"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    const seen s = {.end = cases[i].end};
    pl_attempt_result *attempt = &add_target(&s)->attempts[0];
    attempt->alert = (int16_t)cases[i].alert;
    attempt->gap = cases[i].gap;
    judge();
    const pl_finding *finding = finding_that_says(cases[i].text);
    if (finding == NULL || (finding->hint == NULL) != (cases[i].hint == NULL) ||
        (finding->hint != NULL && strstr(finding->hint, cases[i].hint) == NULL))
      fail_msg("%s: %s", cases[i].text, finding != NULL ? finding->hint : "no finding");
  }
}

/* ---- nothing to probe ----------------------------------------------------------------------- */

static void no_address_is_as_bad_as_dns_says(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_dns_outcome outcome;
    pl_severity severity;
  } cases[] = {
      {"NXDOMAIN", PL_DNS_NXDOMAIN, PL_SEVERITY_CRITICAL},
      {"SERVFAIL", PL_DNS_SERVFAIL, PL_SEVERITY_CRITICAL},
      {"cut", PL_DNS_CUT, PL_SEVERITY_UNKNOWN},
      {"an answer, of a family that is not probed", PL_DNS_ANSWER, PL_SEVERITY_UNKNOWN},
  };
  for (unsigned with_dns = 0; with_dns < 2; with_dns++) {
    for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
      setup();
      w.spec.checks |= with_dns ? PL_CHECK_BIT(PL_CHECK_DNS) : 0;
      w.facts.private_dns_count = 1;
      w.dns.outcome = cases[i].outcome;
      const pl_check_verdict *of_check = judge();
      if (of_check->severity != cases[i].severity ||
          of_check->reason != PL_REASON_PORT_NO_ADDRESS ||
          strcmp(of_check->summary, "no private address to probe") != 0)
        fail_msg("%s: %s [%s] %s", cases[i].name, pl_severity_name(of_check->severity),
                 pl_reason_code(of_check->reason), of_check->summary);
    }
  }
}

static void a_family_that_is_picked_is_reported(void **state) {
  (void)state;
  setup();
  w.spec.ipv4_only = true;
  assert_string_equal(judge()->summary, "no private address to probe over IPv4");
  w.spec.ipv4_only = false;
  w.spec.ipv6_only = true;
  assert_string_equal(judge()->summary, "no private address to probe over IPv6");
  assert_null(w.verdict.findings[0].hint);
  pl_addr answer = addr("10.0.1.10");
  w.facts.private_dns_count = 1;
  w.dns.outcome = PL_DNS_ANSWER;
  w.dns.answers = (pl_addr_list){&answer, 1, false};
  assert_string_equal(judge()->summary, "no private address to probe over IPv6");
  assert_non_null(w.verdict.findings[0].hint);
  assert_non_null(strstr(w.verdict.findings[0].hint, "leave out -4 or -6"));
}

static void what_was_not_learned_is_the_cause(void **state) {
  (void)state;
  setup();
  w.spec.private_name = NULL;
  w.endpoint.outcome = PL_EC2_DENIED;
  w.facts.endpoint = &w.endpoint;
  const pl_check_verdict *of_check = judge();
  assert_int_equal(of_check->severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(of_check->reason, PL_REASON_STATE_DENIED);
  assert_non_null(strstr(
      of_check->summary,
      "no private address to probe: this run did not get the endpoint's name and addresses"));
}

static void know_interface(const char *first, const char *second) {
  w.endpoint.outcome = PL_EC2_FOUND;
  w.endpoint.known = true;
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  w.endpoint.interfaces = &w.interface;
  w.endpoint.interface_count = 1;
  w.interface.addresses[0] = addr("10.0.1.10");
  w.interface.addresses[1] = addr(first);
  w.interface.addresses[2] = addr(second);
  w.interface.address_count = 3;
  w.facts.endpoint = &w.endpoint;
}

/* A public address is never probed as private. What the user named and was not probed is not OK. */
static void a_public_address_by_hand_is_left_out(void **state) {
  (void)state;
  setup();
  w.spec.private_name = NULL;
  w.given[0].address = addr("52.58.0.11");
  w.given[1].address = addr("10.0.1.10");
  w.spec.addresses = (pl_sockaddrs){w.given, 2};
  const seen up = UP;
  add_target(&up);
  assert_int_equal(judge()->severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(w.verdict.checks[PL_CHECK_PORT].reason, PL_REASON_USAGE);
  const pl_finding *finding =
      finding_that_says("--address 52.58.0.11 (public) is outside --private-range: not probed");
  const char *hint = finding != NULL ? finding->hint : "";
  assert_non_null(strstr(hint, "--private-range"));
  assert_null(finding_that_says("10.0.1.10 ("));
  /* With an id it may be the endpoint's own. */
  w.spec.endpoint_id = (char[]){"vpce-0abc"};
  assert_int_equal(judge()->reason, PL_REASON_STATE_API);
  know_interface("52.58.0.11", "52.58.0.11");
  add_target(&up)->address = addr("52.58.0.11");
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  /* An address that NAT64 translates is what it leads to. */
  w.given[0].address = addr("64:ff9b::10.0.1.10");
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  /* A family that this host does not have is named. */
  w.facts.private_ipv6 = PL_FAMILY_NO_ADDRESS;
  assert_non_null(strstr(judge()->summary, "IPv6 not judged: none here"));
}

/* The API answered after the probes had begun: that is no fault of this host. */
static void an_interface_that_was_not_probed_is_reported(void **state) {
  (void)state;
  setup();
  const seen up = UP;
  add_target(&up);
  know_interface("10.0.9.9", "fd00::9");
  assert_int_equal(judge()->severity, PL_SEVERITY_UNKNOWN);
  assert_int_equal(w.verdict.checks[PL_CHECK_PORT].reason, PL_REASON_STATE_API);
  assert_non_null(finding_that_says(
      "10.0.9.9 is an address of the endpoint, which the EC2 API named too late for this run"));
  assert_non_null(finding_that_says("fd00::9"));
  w.spec.ipv6_only = true;
  snprintf(w.interface.zone, sizeof(w.interface.zone), "zone-9");
  judge();
  assert_null(finding_that_says("10.0.9.9"));
  assert_non_null(finding_that_says("fd00::9 in zone-9"));
  w.spec.ipv6_only = false;
  w.spec.ipv4_only = true;
  judge();
  assert_null(finding_that_says("fd00::9"));
}

/* A family that this host or DNS does not have is no fault of the endpoint; the line names it. */
static void a_family_that_is_left_out_is_named(void **state) {
  (void)state;
  setup();
  const seen up = UP;
  add_target(&up);
  know_interface("fd00::9", "fd00::10");
  w.facts.private_ipv6 = PL_FAMILY_NO_ADDRESS;
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  assert_non_null(strstr(w.verdict.checks[PL_CHECK_PORT].summary, "; IPv6 not judged: none here"));
  w.facts.private_ipv6 = PL_FAMILY_USABLE;
  assert_int_equal(judge()->severity, PL_SEVERITY_UNKNOWN);
  snprintf(w.endpoint.record_type, sizeof(w.endpoint.record_type), "ipv4");
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  assert_non_null(strstr(w.verdict.checks[PL_CHECK_PORT].summary,
                         "; IPv6 not judged: not in DNS (DnsRecordIpType)"));
  w.interface.address_count = 1; /* nothing is left out */
  judge();
  assert_null(strstr(w.verdict.checks[PL_CHECK_PORT].summary, "not judged"));
}

/* One interface of several is not known: those that are known must still be probed. */
static void known_interfaces_stay_known(void **state) {
  (void)state;
  setup();
  const seen up = UP;
  add_target(&up);
  w.spec.endpoint_id = (char[]){"vpce-0abc"};
  know_interface("10.0.9.9", "10.0.9.10");
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  assert_int_equal(judge()->reason, PL_REASON_STATE_API);
  assert_non_null(finding_that_says("10.0.9.10 is an address of the endpoint"));
}

/* The API gave the name after the resolvers had to be asked. */
static void a_name_that_came_too_late_is_the_api_s_fault(void **state) {
  (void)state;
  setup();
  static pl_dns_entry entry = {.name = "api.example.com"};
  w.spec.private_name = NULL;
  w.spec.endpoint_id = (char[]){"vpce-0abc"};
  w.spec.checks |= PL_CHECK_BIT(PL_CHECK_DNS);
  w.endpoint.outcome = PL_EC2_FOUND;
  w.endpoint.known = true;
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  w.endpoint.dns_entries = &entry;
  w.endpoint.dns_entry_count = 1;
  w.facts.endpoint = &w.endpoint;
  w.facts.private_dns_count = 0;
  judge();
  for (pl_check check = PL_CHECK_DNS; check <= PL_CHECK_PORT; check++) {
    assert_int_equal(w.verdict.checks[check].severity, PL_SEVERITY_UNKNOWN);
    assert_int_equal(w.verdict.checks[check].reason, PL_REASON_STATE_API);
  }
  assert_non_null(finding_that_says("api.example.com too late"));
}

/* ---- redundancy ----------------------------------------------------------------------------- */

static void fewer_than_wanted_is_critical_whatever_dns_returns(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_end second; /* beside one that is up; NOT_TRIED: there is no second */
    unsigned min_up;
    pl_severity severity;
  } cases[] = {
      {"one, and one is wanted", PL_END_NOT_TRIED, 1, PL_SEVERITY_OK},
      {"one, and two are wanted", PL_END_NOT_TRIED, 2, PL_SEVERITY_CRITICAL},
      {"one that could not be probed may be up", PL_END_CUT, 2, PL_SEVERITY_UNKNOWN},
      {"not enough even then", PL_END_CUT, 3, PL_SEVERITY_CRITICAL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    const seen all[] = {UP, {.end = cases[i].second}};
    add_target(&all[0]);
    if (cases[i].second != PL_END_NOT_TRIED)
      add_target(&all[1]);
    w.spec.min_up = cases[i].min_up;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity)
      fail_msg("%s: %s %s", cases[i].name, pl_severity_name(of_check->severity), of_check->summary);
    if (cases[i].severity == PL_SEVERITY_CRITICAL)
      assert_non_null(finding_that_says("addresses up, fewer than --min-up"));
  }
}

/* DNS64 gives each IPv4 address a second one, which leads to the same interface. */
static void a_translated_address_is_no_redundancy(void **state) {
  (void)state;
  static const struct {
    const char *name;
    seen second;
    pl_severity severity;
  } cases[] = {{"up", UP, PL_SEVERITY_CRITICAL},
               {"not probed", {.end = PL_END_CUT}, PL_SEVERITY_CRITICAL},
               {"down", {.end = PL_END_REFUSED}, PL_SEVERITY_CRITICAL}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    for (unsigned min_up = 1; min_up < 3; min_up++) {
      setup();
      const seen up = UP;
      add_target(&up)->address = addr("10.0.1.10");
      add_target(&cases[i].second)->address = addr("64:ff9b::10.0.1.10");
      w.spec.min_up = min_up;
      pl_severity severity = min_up == 2 ? cases[i].severity
                             : i == 0    ? PL_SEVERITY_OK
                             : i == 1    ? PL_SEVERITY_UNKNOWN
                                         : PL_SEVERITY_WARNING;
      if (judge()->severity != severity || w.verdict.addresses != 1 || w.verdict.addresses_up != 1)
        fail_msg("%s, %u: %s", cases[i].name, min_up, w.verdict.checks[PL_CHECK_PORT].summary);
    }
  }
}

/* What the API did not say in this run is no outage. */
static void fewer_than_wanted_while_more_may_exist(void **state) {
  (void)state;
  for (unsigned known = 0; known < 2; known++) {
    setup();
    const seen up = UP;
    pl_target *target = add_target(&up);
    w.spec.endpoint_id = (char[]){"vpce-0abc"};
    w.spec.min_up = 2;
    w.facts.endpoint = &w.endpoint;
    w.endpoint.outcome = PL_EC2_THROTTLED;
    if (known == 1) {
      char own[PL_ADDR_TEXT];
      pl_addr_format(&target->address, own);
      know_interface(own, own);
    }
    const pl_check_verdict *of_check = judge();
    assert_int_equal(of_check->severity, known ? PL_SEVERITY_CRITICAL : PL_SEVERITY_UNKNOWN);
    assert_int_equal(of_check->reason,
                     known ? PL_REASON_PORT_SOME_DOWN : PL_REASON_STATE_THROTTLED);
    assert_true(known || finding_that_says("fewer than --min-up 2; it is not known whether the "
                                           "endpoint has more: the EC2 API throttles") != NULL);
  }
}

/* Some are down, but at least one is up, and EC2 may have more. If none is up, nothing works. */
static void some_down_while_more_may_exist(void **state) {
  (void)state;
  for (unsigned some_up = 0; some_up < 2; some_up++) {
    setup();
    const seen all[] = {UP, {.end = PL_END_REFUSED}};
    add_target(&all[some_up == 0]);
    add_target(&all[1]);
    w.spec.endpoint_id = (char[]){"vpce-0abc"};
    w.spec.min_up = 2;
    w.facts.endpoint = &w.endpoint;
    w.endpoint.outcome = PL_EC2_THROTTLED;
    const pl_check_verdict *of_check = judge();
    assert_int_equal(of_check->severity, some_up ? PL_SEVERITY_UNKNOWN : PL_SEVERITY_CRITICAL);
    assert_int_equal(of_check->reason,
                     some_up ? PL_REASON_STATE_THROTTLED : PL_REASON_PORT_REFUSED);
    assert_true(!some_up ||
                finding_that_says("1 of 2 addresses up, fewer than --min-up 2") != NULL);
  }
}

/* An address that only an old answer of EC2 names may be another host's by now: if it is not up,
 * nothing is known. */
static void an_old_address_may_be_another_host_s(void **state) {
  (void)state;
  static const struct {
    const char *name;
    seen seen;
    unsigned origins;
    pl_part_state part;
    pl_severity severity;
  } cases[] = {
      {"silent", {.end = PL_END_SILENT}, PL_ORIGIN_EC2, PL_PART_OLD, PL_SEVERITY_UNKNOWN},
      {"up", UP, PL_ORIGIN_EC2, PL_PART_OLD, PL_SEVERITY_OK},
      {"in DNS",
       {.end = PL_END_SILENT},
       PL_ORIGIN_EC2 | PL_ORIGIN_DNS,
       PL_PART_OLD,
       PL_SEVERITY_WARNING},
      {"fresh", {.end = PL_END_SILENT}, PL_ORIGIN_EC2, PL_PART_KNOWN, PL_SEVERITY_WARNING},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    const seen up = UP;
    pl_target *old, *target;
    know_interface("10.0.1.11", "10.0.1.12");
    w.endpoint.parts[PL_PART_INTERFACES] = cases[i].part;
    w.endpoint.outcome = PL_EC2_THROTTLED;
    w.spec.endpoint_id = (char[]){"vpce-0abc"};
    w.interface.address_count = 2;
    target = add_target(&up);
    target->address = addr("10.0.1.10");
    target->origins = PL_ORIGIN_EC2 | PL_ORIGIN_DNS;
    old = add_target(&cases[i].seen);
    old->address = addr("10.0.1.11");
    old->origins = cases[i].origins;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity ||
        (cases[i].severity == PL_SEVERITY_UNKNOWN &&
         (of_check->reason != PL_REASON_STATE_THROTTLED ||
          finding_that_says("only an old answer of EC2 names it") == NULL)))
      fail_msg("%s: %s [%s] %s", cases[i].name, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason), of_check->summary);
  }
}

/* Where only `port` runs, it names what `dns` would name. */
static void port_alone_names_a_public_answer(void **state) {
  (void)state;
  pl_addr answers[] = {addr("10.0.1.10"), addr("52.58.0.11")};
  for (unsigned known = 0; known < 3; known++) { /* no id; an id, and nothing known; the own */
    setup();
    const seen up = UP;
    add_target(&up);
    w.facts.private_dns_count = 1;
    w.dns.outcome = PL_DNS_ANSWER;
    w.dns.answers = (pl_addr_list){answers, 2, false};
    w.spec.endpoint_id = known > 0 ? (char[]){"vpce-0abc"} : NULL;
    w.facts.endpoint = &w.endpoint;
    w.endpoint.outcome = PL_EC2_THROTTLED;
    if (known == 2) {
      add_target(&up)->address = answers[1];
      know_interface("52.58.0.11", "52.58.0.11");
    }
    static const struct {
      pl_severity severity;
      pl_reason reason;
    } expected[] = {{PL_SEVERITY_CRITICAL, PL_REASON_DNS_PUBLIC_ANSWER},
                    {PL_SEVERITY_UNKNOWN, PL_REASON_STATE_THROTTLED},
                    {PL_SEVERITY_OK, PL_REASON_NONE}};
    const pl_check_verdict *of_check = judge();
    assert_int_equal(of_check->severity, expected[known].severity);
    assert_int_equal(of_check->reason, expected[known].reason);
    assert_true(known == 2 || finding_that_says("52.58.0.11") != NULL);
    w.spec.checks |= PL_CHECK_BIT(PL_CHECK_DNS); /* which says it itself */
    assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  }
}

/* ---- counter-proof -------------------------------------------------------------------------- */

/* An answer below 400, or 401, to a request without credentials, which is not a block itself. */
static void what_counts_as_counter_proof(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_role role;
    seen seen;
    bool with_key;
    int16_t signature;
    bool is_one;
  } cases[] = {
      {"200", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 200}, false, -1, true},
      {"302", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 302}, false, -1, true},
      {"401", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 401}, false, -1, true},
      {"400", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 400}, false, -1, false},
      {"403", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 403}, false, -1, false},
      {"500", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 500}, false, -1, false},
      {"with a key", PL_ROLE_PRIVATE, {.end = PL_END_HTTP_ANSWER, .status = 200}, true, -1, false},
      {"without it", PL_ROLE_COUNTER, {.end = PL_END_HTTP_ANSWER, .status = 401}, false, -1, true},
      {"a block", PL_ROLE_COUNTER, {.end = PL_END_HTTP_ANSWER, .status = 401}, false, 0, false},
      {"expired",
       PL_ROLE_COUNTER,
       {.end = PL_END_HTTP_ANSWER, .status = 200, .chain = EXPIRED},
       false,
       -1,
       false},
      {"TLS only", PL_ROLE_COUNTER, {.end = PL_END_TLS_DONE}, false, -1, false},
      {"not tried", PL_ROLE_COUNTER, {.end = PL_END_COUNT}, false, -1, false},
      {"public", PL_ROLE_PUBLIC, {.end = PL_END_HTTP_ANSWER, .status = 200}, false, -1, false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    pl_target *target = add_target(&cases[i].seen);
    target->role = cases[i].role;
    target->with_key = cases[i].with_key;
    target->attempts[0].signature = cases[i].signature;
    judge();
    if (w.verdict.targets[0].counter_proof != cases[i].is_one)
      fail_msg("%s", cases[i].name);
    assert_int_equal(w.verdict.addresses, cases[i].role == PL_ROLE_PRIVATE);
  }
}

static void severities_are_those_of_the_documentation(void **state) {
  (void)state;
  severities_check("port.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row),
      cmocka_unit_test(every_end_but_one_is_down),
      cmocka_unit_test(each_down_address_has_its_own_reason),
      cmocka_unit_test(the_whole_chain_counts),
      cmocka_unit_test(someone_else_s_certificate_has_no_days),
      cmocka_unit_test(next_steps_fit_the_phase),
      cmocka_unit_test(no_address_is_as_bad_as_dns_says),
      cmocka_unit_test(a_family_that_is_picked_is_reported),
      cmocka_unit_test(what_was_not_learned_is_the_cause),
      cmocka_unit_test(a_public_address_by_hand_is_left_out),
      cmocka_unit_test(an_interface_that_was_not_probed_is_reported),
      cmocka_unit_test(a_family_that_is_left_out_is_named),
      cmocka_unit_test(known_interfaces_stay_known),
      cmocka_unit_test(a_name_that_came_too_late_is_the_api_s_fault),
      cmocka_unit_test(fewer_than_wanted_is_critical_whatever_dns_returns),
      cmocka_unit_test(fewer_than_wanted_while_more_may_exist),
      cmocka_unit_test(some_down_while_more_may_exist),
      cmocka_unit_test(a_translated_address_is_no_redundancy),
      cmocka_unit_test(an_old_address_may_be_another_host_s),
      cmocka_unit_test(port_alone_names_a_public_answer),
      cmocka_unit_test(what_counts_as_counter_proof),
      cmocka_unit_test(severities_are_those_of_the_documentation), /* of all before it */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
