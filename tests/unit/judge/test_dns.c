// Tests the `dns` check: every row of the documented rules, with its severity and reason.
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

#define NAME "p.example.com"
#define MAX_FACTS 6
#define MAX_ANSWERS 4

/* One query: "1A" is resolver 1's answer for type A, "2Q" resolver 2's for AAAA. */
typedef struct query {
  const char *of; /* NULL ends the list */
  pl_dns_outcome outcome;
  const char *answers[MAX_ANSWERS];
  int error; /* errno, or the error code of PL_DNS_RCODE */
  bool superseded, truncated;
} query;

typedef struct row {
  const char *name;
  query queries[MAX_FACTS];
  const char *own[MAX_ANSWERS]; /* the endpoint's own addresses; none: not known */
  pl_severity severity;
  const char *reason;  /* of the check */
  const char *summary; /* part of the summary */
  const char *finding; /* part of any finding's text; NULL: not looked at */
} row;

/* clang-format off */
#define GOOD_A {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10", "10.0.2.10"}}
#define NO_AAAA {.of = "1Q", .outcome = PL_DNS_NODATA}
#define OWN {"10.0.1.10", "10.0.2.10"}
#define NOT_KNOWN {NULL}
/* clang-format on */

static const row rows[] = {
    {"all private",
     {GOOD_A, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_OK,
     "",
     NAME " -> 10.0.1.10 10.0.2.10, all private",
     NULL},
    {"all the endpoint's own",
     {GOOD_A, NO_AAAA},
     OWN,
     PL_SEVERITY_OK,
     "",
     NAME " -> 10.0.1.10 10.0.2.10, all the endpoint's own",
     NULL},
    {"an interface is missing: AWS answers with healthy ones only",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10"}}, NO_AAAA},
     OWN,
     PL_SEVERITY_OK,
     "",
     "10.0.1.10, all the endpoint's own",
     "10.0.2.10 in eu-central-1a is not among the answers"},
    {"IPv6 alone",
     {{.of = "1A", .outcome = PL_DNS_NODATA},
      {.of = "1Q", .outcome = PL_DNS_ANSWER, .answers = {"fd00::1"}}},
     NOT_KNOWN,
     PL_SEVERITY_OK,
     "",
     "fd00::1, all private",
     NULL},

    {"NXDOMAIN",
     {{.of = "1A", .outcome = PL_DNS_NXDOMAIN}, {.of = "1Q", .outcome = PL_DNS_NXDOMAIN}},
     OWN,
     PL_SEVERITY_CRITICAL,
     "dns.nxdomain",
     NAME " does not exist for resolver 10.0.0.1:53",
     NULL},
    {"NXDOMAIN from one listed resolver beside a good one",
     {GOOD_A,
      NO_AAAA,
      {.of = "2A", .outcome = PL_DNS_NXDOMAIN},
      {.of = "2Q", .outcome = PL_DNS_NXDOMAIN}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.nxdomain",
     "10.0.0.2:53",
     NULL},
    {"NXDOMAIN for one type only",
     {GOOD_A, {.of = "1Q", .outcome = PL_DNS_NXDOMAIN}},
     NOT_KNOWN,
     PL_SEVERITY_WARNING,
     "dns.some-failed",
     "says NXDOMAIN for type AAAA, but answers for the other type",
     NULL},
    {"NXDOMAIN beside silence",
     {{.of = "1A", .outcome = PL_DNS_NXDOMAIN}, {.of = "1Q", .outcome = PL_DNS_CUT}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.nxdomain",
     "does not exist",
     NULL},
    {"no address of either type",
     {{.of = "1A", .outcome = PL_DNS_NODATA}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.empty",
     "and no other address",
     NULL},
    {"no address at one of two resolvers",
     {GOOD_A,
      NO_AAAA,
      {.of = "2A", .outcome = PL_DNS_NODATA},
      {.of = "2Q", .outcome = PL_DNS_NODATA}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.empty",
     "10.0.0.2:53",
     NULL},

    /* No AAAA record is usual: where A failed, that is the fault, whatever comes first. */
    {"A failed, no AAAA",
     {NO_AAAA, {.of = "1A", .outcome = PL_DNS_SERVFAIL}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.servfail",
     "SERVFAIL",
     NULL},
    {"A was cut, no AAAA",
     {{.of = "1A", .outcome = PL_DNS_CUT}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "cut by the run's time limit",
     NULL},
    {"A could not be asked, no AAAA",
     {NO_AAAA, {.of = "1A", .outcome = PL_DNS_LOCAL}},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "could not ask",
     NULL},

    {"SERVFAIL",
     {{.of = "1A", .outcome = PL_DNS_SERVFAIL}, {.of = "1Q", .outcome = PL_DNS_SERVFAIL}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.servfail",
     "SERVFAIL",
     NULL},
    {"an error code of its own",
     {{.of = "1A", .outcome = PL_DNS_RCODE, .error = 4}, {.of = "1Q", .outcome = PL_DNS_RCODE}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.servfail",
     "error code 4",
     NULL},
    {"an unusable answer",
     {{.of = "1A", .outcome = PL_DNS_MALFORMED}, {.of = "1Q", .outcome = PL_DNS_MALFORMED}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.servfail",
     "unusable answer",
     NULL},
    {"REFUSED",
     {{.of = "1A", .outcome = PL_DNS_REFUSED}, {.of = "1Q", .outcome = PL_DNS_REFUSED}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.refused",
     "REFUSED",
     NULL},
    {"silence",
     {{.of = "1A", .outcome = PL_DNS_TIMEOUT}, {.of = "1Q", .outcome = PL_DNS_TIMEOUT}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.timeout",
     NAME,
     NULL},
    {"the answer was to come over TCP, and was reset",
     {{.of = "1A", .outcome = PL_DNS_CLOSED, .error = ECONNRESET},
      {.of = "1Q", .outcome = PL_DNS_CLOSED}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.timeout",
     "A from resolver 10.0.0.1:53: connection refused or closed: Connection reset by peer",
     NULL},
    {"one resolver failing beside a good one",
     {GOOD_A,
      NO_AAAA,
      {.of = "2A", .outcome = PL_DNS_TIMEOUT},
      {.of = "2Q", .outcome = PL_DNS_TIMEOUT}},
     NOT_KNOWN,
     PL_SEVERITY_WARNING,
     "dns.some-failed",
     "10.0.0.2:53",
     NULL},
    {"one type failing beside a good one",
     {GOOD_A, {.of = "1Q", .outcome = PL_DNS_SERVFAIL}},
     NOT_KNOWN,
     PL_SEVERITY_WARNING,
     "dns.some-failed",
     "AAAA",
     NULL},
    {"a local fault",
     {{.of = "1A", .outcome = PL_DNS_LOCAL, .error = ENETUNREACH},
      {.of = "1Q", .outcome = PL_DNS_LOCAL}},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "Network is unreachable",
     NULL},
    {"a local fault beside a good answer",
     {GOOD_A, NO_AAAA, {.of = "2A", .outcome = PL_DNS_LOCAL}},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "10.0.0.2:53",
     NULL},
    {"cut",
     {{.of = "1A", .outcome = PL_DNS_CUT}, {.of = "1Q", .outcome = PL_DNS_CUT}},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "time limit",
     NULL},
    {"nobody was asked",
     {{.of = NULL}},
     NOT_KNOWN,
     PL_SEVERITY_UNKNOWN,
     "dns.local-failure",
     "no resolver was asked",
     NULL},

    /* The system's own failover: clients go the same way. */
    {"the system's first resolver is silent, the second good",
     {{.of = "1A", .outcome = PL_DNS_TIMEOUT, .superseded = true},
      {.of = "2A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10"}},
      {.of = "2Q", .outcome = PL_DNS_NODATA}},
     NOT_KNOWN,
     PL_SEVERITY_WARNING,
     "dns.some-failed",
     "10.0.0.1:53: no answer in time; every client waits before it asks the next one",
     NULL},
    {"the system's first resolver is of a family that this host has not",
     {{.of = "1A", .outcome = PL_DNS_LOCAL, .superseded = true},
      {.of = "2A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10"}},
      {.of = "2Q", .outcome = PL_DNS_NODATA}},
     NOT_KNOWN,
     PL_SEVERITY_OK,
     "",
     "10.0.1.10, all private",
     "the next one was asked"},
    {"all of the system's resolvers fail",
     {{.of = "1A", .outcome = PL_DNS_TIMEOUT, .superseded = true},
      {.of = "2A", .outcome = PL_DNS_SERVFAIL},
      {.of = "2Q", .outcome = PL_DNS_SERVFAIL}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.servfail",
     "10.0.0.2:53",
     NULL},

    {"a public address",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10", "52.58.0.11"}}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.public-answer",
     NAME " -> 52.58.0.11, a public address",
     NULL},
    {"a public address from one of two resolvers",
     {GOOD_A, NO_AAAA, {.of = "2A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}}},
     OWN,
     PL_SEVERITY_CRITICAL,
     "dns.public-answer",
     "(resolver 10.0.0.2",
     NULL},
    {"a public IPv6 address beside good IPv4 ones",
     {GOOD_A, {.of = "1Q", .outcome = PL_DNS_ANSWER, .answers = {"2600::1"}}},
     OWN,
     PL_SEVERITY_CRITICAL,
     "dns.public-answer",
     "2600::1",
     NULL},
    {"a public address that is the endpoint's own",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}}, NO_AAAA},
     {"52.58.0.11"},
     PL_SEVERITY_OK,
     "",
     "all the endpoint's own",
     NULL},
    {"stale: private, and not the endpoint's own",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10", "10.9.9.9"}}, NO_AAAA},
     OWN,
     PL_SEVERITY_CRITICAL,
     "dns.foreign-address",
     "10.9.9.9, which is not an address of the endpoint",
     NULL},
    {"loopback",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"127.0.0.1"}}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.foreign-address",
     "127.0.0.1 (loopback), outside --private-range",
     NULL},
    {"a sinkhole",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"0.0.0.0"}}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.foreign-address",
     "0.0.0.0 (unspecified)",
     NULL},
    {"private, outside the range that is set",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"192.168.1.1"}}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.foreign-address",
     "192.168.1.1 (private)",
     NULL},
    {"more addresses than are looked at",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10"}, .truncated = true}, NO_AAAA},
     NOT_KNOWN,
     PL_SEVERITY_WARNING,
     "dns.some-failed",
     "more than 64 addresses",
     NULL},
    {"public goes before failing",
     {{.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}},
      {.of = "1Q", .outcome = PL_DNS_TIMEOUT}},
     NOT_KNOWN,
     PL_SEVERITY_CRITICAL,
     "dns.public-answer",
     "52.58.0.11",
     NULL},
};

/* ---- a world of one case -------------------------------------------------------------------- */

typedef struct world {
  pl_spec spec;
  pl_facts facts;
  pl_dns_fact dns[MAX_FACTS];
  pl_addr answers[MAX_FACTS][MAX_ANSWERS];
  pl_cidr ranges[2];
  pl_endpoint endpoint;
  pl_interface interface;
  pl_verdict verdict;
} world;

static world w;
static char private_name[] = NAME;

static pl_addr addr(const char *text) {
  pl_addr address;
  assert_int_equal(pl_addr_parse(text, &address), PL_OK);
  return address;
}

static void setup(void) {
  memset(&w, 0, sizeof(w));
  pl_spec_init(&w.spec);
  w.spec.private_name = private_name;
  w.spec.checks = PL_CHECK_BIT(PL_CHECK_DNS);
  assert_int_equal(pl_cidr_parse("10.0.0.0/8", &w.ranges[0]), PL_OK);
  assert_int_equal(pl_cidr_parse("fc00::/7", &w.ranges[1]), PL_OK);
  w.spec.private_ranges = (pl_cidrs){w.ranges, PL_COUNT_OF(w.ranges)};
  pl_facts_init(&w.facts);
  w.facts.private_dns = w.dns;
}

static void add_query(const query *q) {
  size_t i = w.facts.private_dns_count++;
  pl_dns_fact *fact = &w.dns[i];
  char resolver[] = "10.0.0.0";
  resolver[7] = q->of[0];
  *fact = (pl_dns_fact){.resolver = {addr(resolver), 53},
                        .type = q->of[1] == 'A' ? PL_DNS_A : PL_DNS_AAAA,
                        .outcome = q->outcome,
                        .superseded = q->superseded,
                        .system = q->superseded,
                        .answers = {.items = w.answers[i], .truncated = q->truncated}};
  if (q->outcome == PL_DNS_RCODE)
    fact->rcode = (uint8_t)q->error;
  else
    fact->error = q->error;
  for (size_t j = 0; j < MAX_ANSWERS && q->answers[j] != NULL; j++)
    fact->answers.items[fact->answers.count++] = addr(q->answers[j]);
}

static void add_own(const char *const *own) {
  if (own[0] == NULL)
    return;
  w.endpoint.outcome = PL_EC2_FOUND;
  w.endpoint.known = true;
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  w.endpoint.interfaces = &w.interface;
  w.endpoint.interface_count = 1;
  snprintf(w.interface.zone, sizeof(w.interface.zone), "eu-central-1a");
  for (size_t j = 0; j < MAX_ANSWERS && own[j] != NULL; j++)
    w.interface.addresses[w.interface.address_count++] = addr(own[j]);
  w.facts.endpoint = &w.endpoint;
}

static const pl_check_verdict *judge(void) {
  pl_judge(&w.spec, &w.facts, 0, &w.verdict);
  return &w.verdict.checks[PL_CHECK_DNS];
}

static bool some_finding_says(const char *text) {
  for (size_t i = 0; i < w.verdict.finding_count; i++) {
    if (strstr(w.verdict.findings[i].text, text) != NULL)
      return true;
  }
  return false;
}

static void every_row(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const row *r = &rows[i];
    setup();
    for (size_t j = 0; j < MAX_FACTS && r->queries[j].of != NULL; j++)
      add_query(&r->queries[j]);
    add_own(r->own);
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != r->severity ||
        strcmp(pl_reason_code(of_check->reason), r->reason) != 0 ||
        strstr(of_check->summary, r->summary) == NULL)
      fail_msg("%s: %s [%s] %s", r->name, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason), of_check->summary);
    if (r->finding != NULL && !some_finding_says(r->finding))
      fail_msg("%s: no finding says '%s'", r->name, r->finding);
  }
}

/* ---- private DNS for inbound endpoints only ------------------------------------------------- */

static void a_public_answer_may_be_by_design(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_tri inbound_only, private_dns;
    const char *entry;
    pl_severity severity;
  } cases[] = {
      {"the name of the endpoint", PL_TRI_YES, PL_TRI_YES, "P.example.com", PL_SEVERITY_UNKNOWN},
      {"a wildcard", PL_TRI_YES, PL_TRI_YES, "*.example.com", PL_SEVERITY_UNKNOWN},
      {"a wildcard of two labels", PL_TRI_YES, PL_TRI_YES, "*.com", PL_SEVERITY_UNKNOWN},
      {"another name", PL_TRI_YES, PL_TRI_YES, "q.example.com", PL_SEVERITY_CRITICAL},
      {"a wildcard below", PL_TRI_YES, PL_TRI_YES, "*.p.example.com", PL_SEVERITY_CRITICAL},
      {"for everyone", PL_TRI_NO, PL_TRI_YES, NAME, PL_SEVERITY_CRITICAL},
      {"not known", PL_TRI_UNKNOWN, PL_TRI_YES, NAME, PL_SEVERITY_CRITICAL},
      {"private DNS off", PL_TRI_YES, PL_TRI_NO, NAME, PL_SEVERITY_CRITICAL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_dns_entry entries[2] = {{"vpce-1-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com"}};
    setup();
    add_query(&(const query){.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}});
    add_query(&(const query)NO_AAAA);
    add_own((const char *const[MAX_ANSWERS])OWN);
    snprintf(entries[1].name, sizeof(entries[1].name), "%s", cases[i].entry);
    w.endpoint.dns_entries = entries;
    w.endpoint.dns_entry_count = PL_COUNT_OF(entries);
    w.endpoint.inbound_only = cases[i].inbound_only;
    w.endpoint.private_dns = cases[i].private_dns;
    w.spec.further_names = PL_FURTHER_SKIP;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity || of_check->reason != PL_REASON_DNS_PUBLIC_ANSWER)
      fail_msg("%s: %s %s", cases[i].name, pl_severity_name(of_check->severity), of_check->summary);
    /* A foreign private address is wrong in any case. */
    w.dns[0].answers.items[0] = addr("10.9.9.9");
    assert_int_equal(judge()->severity, PL_SEVERITY_CRITICAL);
    /* An answer of an inbound endpoint. */
    w.dns[0].answers.items[0] = addr("10.0.1.10");
    assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  }
}

/* ---- what was not learned ------------------------------------------------------------------- */

static void a_name_that_could_not_be_learned(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool asked, known;
    pl_ec2_outcome outcome;
    const char *reason, *says;
  } cases[] = {
      {"not asked", false, false, PL_EC2_FOUND, "state.api", "give --private-name"},
      {"API down", true, false, PL_EC2_UNREACHABLE, "state.api", "give --private-name"},
      {"denied", true, false, PL_EC2_DENIED, "state.denied", "an AWS permission is missing"},
      {"no credentials", true, false, PL_EC2_NO_CREDENTIALS, "state.credentials", "credentials"},
      {"throttled", true, false, PL_EC2_THROTTLED, "state.throttled", "throttles"},
      {"not found", true, false, PL_EC2_NOT_FOUND, "state.not-found", "no such endpoint"},
      {"none or a wildcard", true, true, PL_EC2_FOUND, "state.private-dns",
       "no name of its own, or a wildcard"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    w.spec.private_name = NULL;
    w.endpoint.outcome = cases[i].outcome;
    w.endpoint.known = cases[i].known;
    w.facts.endpoint = cases[i].asked ? &w.endpoint : NULL;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != PL_SEVERITY_UNKNOWN ||
        strcmp(pl_reason_code(of_check->reason), cases[i].reason) != 0 ||
        strstr(of_check->summary, cases[i].says) == NULL ||
        strstr(of_check->summary, "--private-name") == NULL)
      fail_msg("%s: [%s] %s", cases[i].name, pl_reason_code(of_check->reason), of_check->summary);
    assert_int_equal(w.verdict.finding_count, 1);
  }
}

/* With --endpoint-id, what the API did not say in this run is not known, and never CRITICAL. */
static void missing_addresses_are_not_known(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool asked, known;
    pl_ec2_outcome outcome;
    pl_part_state part;
    const char *reason;
  } apis[] = {
      {"late", false, false, PL_EC2_FOUND, PL_PART_NOT_ASKED, "state.api"},
      {"throttled", true, false, PL_EC2_THROTTLED, PL_PART_NOT_ASKED, "state.throttled"},
      {"denied", true, false, PL_EC2_DENIED, PL_PART_NOT_ASKED, "state.denied"},
      {"not found", true, false, PL_EC2_NOT_FOUND, PL_PART_NOT_ASKED, "state.not-found"},
      {"interfaces denied", true, true, PL_EC2_FOUND, PL_PART_DENIED, "state.denied"},
      {"one interface is not known", true, true, PL_EC2_FOUND, PL_PART_FAILED, "state.api"},
      {"throttled, one is not known", true, true, PL_EC2_THROTTLED, PL_PART_FAILED,
       "state.throttled"},
      {"no interfaces: nothing is missing", true, true, PL_EC2_FOUND, PL_PART_KNOWN, NULL},
  };
  static const struct {
    const char *address;
    bool fine, never_own; /* whatever the API says */
  } answers[] = {{"52.58.0.11", false, false},
                 {"192.168.9.9", false, false},
                 {"2600:1f14::7", false, false},
                 {"169.254.169.254", false, true},
                 {"10.0.1.10", true, false}};
  for (size_t i = 0; i < PL_COUNT_OF(apis); i++) {
    for (size_t j = 0; j < PL_COUNT_OF(answers); j++) {
      setup();
      w.spec.endpoint_id = (char[]){"vpce-0abc"};
      w.endpoint.outcome = apis[i].outcome;
      w.endpoint.known = apis[i].known;
      w.endpoint.type = PL_ENDPOINT_TYPE_INTERFACE;
      w.endpoint.parts[PL_PART_INTERFACES] = apis[i].part;
      w.facts.endpoint = apis[i].asked ? &w.endpoint : NULL;
      const query q = {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {answers[j].address}};
      add_query(&q);
      const pl_check_verdict *of_check = judge();
      bool known = apis[i].reason == NULL || answers[j].never_own;
      pl_severity severity = answers[j].fine ? PL_SEVERITY_OK
                             : known         ? PL_SEVERITY_CRITICAL
                                             : PL_SEVERITY_UNKNOWN;
      if (of_check->severity != severity ||
          (severity == PL_SEVERITY_UNKNOWN &&
           strcmp(pl_reason_code(of_check->reason), apis[i].reason) != 0))
        fail_msg("%s, %s: %s [%s] %s", apis[i].name, answers[j].address,
                 pl_severity_name(of_check->severity), pl_reason_code(of_check->reason),
                 of_check->summary);
      const pl_metric *leaks =
          pl_metrics_get_zone(&w.verdict.metrics, PL_METRIC_ADDRESSES_PUBLIC, "");
      assert_int_equal(leaks->known, severity != PL_SEVERITY_UNKNOWN);
    }
  }
}

/* The known interfaces of an endpoint that has one unknown one are its own still. */
static void known_interfaces_stay_the_endpoint_s(void **state) {
  (void)state;
  setup();
  static const char *const own[MAX_ANSWERS] = {"52.58.0.11"};
  const query q = {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}};
  w.spec.endpoint_id = (char[]){"vpce-0abc"};
  add_own(own);
  add_query(&q);
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_FAILED;
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
}

/* What EC2 said in an earlier query holds for that time: since then the endpoint may have been
 * edited. Its addresses of then are its own still, and another one may be its own now. */
static void an_old_answer_is_of_its_time(void **state) {
  (void)state;
  static const struct {
    const char *answer;
    pl_ec2_outcome outcome;
    pl_severity severity;
    const char *reason, *says;
  } cases[] = {
      {"10.0.1.10", PL_EC2_THROTTLED, PL_SEVERITY_OK, "", "all the endpoint's own"},
      {"10.0.9.9", PL_EC2_THROTTLED, PL_SEVERITY_UNKNOWN, "state.throttled",
       "10.0.9.9, not an address of the endpoint when EC2 last answered"},
      {"52.58.0.11", PL_EC2_UNREACHABLE, PL_SEVERITY_UNKNOWN, "state.api",
       "52.58.0.11, not an address of the endpoint when EC2 last answered"},
      {"10.0.9.9", PL_EC2_FOUND, PL_SEVERITY_UNKNOWN, "state.api", "10.0.9.9"}, /* its interfaces */
      {"169.254.169.254", PL_EC2_THROTTLED, PL_SEVERITY_CRITICAL, "dns.foreign-address", "169"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    static const char *const own[MAX_ANSWERS] = {"10.0.1.10"};
    const query q = {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {cases[i].answer}};
    w.spec.endpoint_id = (char[]){"vpce-0abc"};
    add_own(own);
    add_query(&q);
    w.endpoint.outcome = cases[i].outcome;
    w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_OLD;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity ||
        strcmp(pl_reason_code(of_check->reason), cases[i].reason) != 0 ||
        strstr(of_check->summary, cases[i].says) == NULL)
      fail_msg("%zu, %s: %s [%s] %s", i, cases[i].answer, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason), of_check->summary);
  }
}

/* Nothing is missing of an endpoint without interfaces. But a gateway endpoint has no addresses by
 * its type, and of another type this program does not know where they are. */
static void an_endpoint_without_interfaces(void **state) {
  (void)state;
  static const struct {
    pl_endpoint_type type;
    pl_severity severity;
    pl_reason reason;
  } types[] = {
      {PL_ENDPOINT_TYPE_INTERFACE, PL_SEVERITY_CRITICAL, PL_REASON_DNS_PUBLIC_ANSWER},
      {PL_ENDPOINT_TYPE_GATEWAY, PL_SEVERITY_UNKNOWN, PL_REASON_STATE_TYPE},
      {PL_ENDPOINT_TYPE_UNKNOWN, PL_SEVERITY_UNKNOWN, PL_REASON_STATE_TYPE},
  };
  for (size_t i = 0; i < PL_COUNT_OF(types); i++) {
    setup();
    static const query q = {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"52.58.0.11"}};
    w.spec.endpoint_id = (char[]){"vpce-0abc"};
    add_query(&q);
    w.endpoint.outcome = PL_EC2_FOUND;
    w.endpoint.known = true;
    w.endpoint.type = types[i].type;
    w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
    w.facts.endpoint = &w.endpoint;
    assert_int_equal(judge()->severity, types[i].severity);
    assert_int_equal(w.verdict.checks[PL_CHECK_DNS].reason, types[i].reason);
  }
}

/* A NAT64 address is judged by the IPv4 address that it leads to. */
static void translated_addresses_are_their_ipv4(void **state) {
  (void)state;
  static const struct {
    const char *answer, *own; /* own NULL: not known */
    pl_severity severity;
    const char *reason;
  } cases[] = {
      {"64:ff9b::10.0.1.10", NULL, PL_SEVERITY_OK, ""},
      {"64:ff9b::52.58.0.11", NULL, PL_SEVERITY_CRITICAL, "dns.public-answer"},
      {"64:ff9b::192.168.1.1", NULL, PL_SEVERITY_CRITICAL, "dns.foreign-address"},
      {"64:ff9b::10.0.1.10", "10.0.1.10", PL_SEVERITY_OK, ""},
      {"64:ff9b::52.58.0.11", "52.58.0.11", PL_SEVERITY_OK, ""},
      {"64:ff9b::10.0.1.11", "10.0.1.10", PL_SEVERITY_CRITICAL, "dns.foreign-address"},
      {"64:ff9b:1::10.0.1.10", NULL, PL_SEVERITY_OK, ""}, /* the prefix of RFC 7050 */
      {"64:ff9b:1::52.58.0.11", NULL, PL_SEVERITY_CRITICAL, "dns.public-answer"},
      {"64:ff9b:1:1::10.0.1.10", NULL, PL_SEVERITY_CRITICAL, "dns.foreign-address"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    const query q = {.of = "1Q", .outcome = PL_DNS_ANSWER, .answers = {cases[i].answer}};
    const char *const own[MAX_ANSWERS] = {cases[i].own};
    add_query(&q);
    add_own(own);
    w.facts.nat64_prefix = addr("64:ff9b:1::");
    w.facts.nat64_length = 96;
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity ||
        strcmp(pl_reason_code(of_check->reason), cases[i].reason) != 0)
      fail_msg("%s: %s", cases[i].answer, of_check->summary);
  }
}

/* AWS has no record of the family: that it is not among the answers is no news. */
static void a_family_that_is_not_in_dns_is_not_missing(void **state) {
  (void)state;
  static const char *const own[MAX_ANSWERS] = {"10.0.1.10", "fd00::9"};
  const query q = {.of = "1A", .outcome = PL_DNS_ANSWER, .answers = {"10.0.1.10"}};
  setup();
  add_query(&q);
  add_own(own);
  judge();
  assert_true(some_finding_says("fd00::9 in eu-central-1a is not among the answers"));
  snprintf(w.endpoint.record_type, sizeof(w.endpoint.record_type), "ipv4");
  judge();
  assert_false(some_finding_says("fd00::9"));
}

/* Programs on this host use /etc/hosts first. */
static void the_hosts_file_counts(void **state) {
  (void)state;
  static const struct {
    const char *hosts;
    pl_dns_outcome outcome;
    bool own; /* the hosts' address is an interface's, which DNS leaves out at present */
    pl_severity severity;
    const char *reason;
  } cases[] = {
      {"10.0.1.10", PL_DNS_ANSWER, false, PL_SEVERITY_OK, ""},
      {"10.0.9.9", PL_DNS_ANSWER, false, PL_SEVERITY_WARNING, "dns.hosts-file"},
      {"52.58.0.11", PL_DNS_ANSWER, false, PL_SEVERITY_WARNING, "dns.hosts-file"},
      {"10.0.2.10", PL_DNS_ANSWER, true, PL_SEVERITY_OK, ""},
      {"10.0.9.9", PL_DNS_NXDOMAIN, false, PL_SEVERITY_CRITICAL, "dns.nxdomain"},
      {"10.0.9.9", PL_DNS_TIMEOUT, false, PL_SEVERITY_CRITICAL, "dns.timeout"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup();
    static const char *const own[MAX_ANSWERS] = {"10.0.1.10", "10.0.2.10"};
    query q = {.of = "1A", .outcome = cases[i].outcome};
    q.answers[0] = q.outcome == PL_DNS_ANSWER ? "10.0.1.10" : NULL;
    pl_addr hosts = addr(cases[i].hosts);
    add_query(&q);
    if (cases[i].own)
      add_own(own);
    w.facts.hosts_private = (pl_addr_list){&hosts, 1, false};
    const pl_check_verdict *of_check = judge();
    if (of_check->severity != cases[i].severity ||
        strcmp(pl_reason_code(of_check->reason), cases[i].reason) != 0)
      fail_msg("%s: %s", cases[i].hosts, of_check->summary);
    /* Without any definite answer there is nothing to compare it with. */
    bool named = strcmp(cases[i].reason, "dns.hosts-file") == 0 || q.outcome == PL_DNS_NXDOMAIN;
    assert_int_equal(some_finding_says("/etc/hosts of this host gives"), named);
  }
}

/* ---- further names -------------------------------------------------------------------------- */

#define ASKED 2 /* further names that were asked for */

static pl_dns_entry entries[] = {
    {"*.example.com"}, {NAME}, {"one.example.com"}, {"two.example.com"}};
static pl_further further[ASKED];
static pl_dns_fact further_dns[ASKED][2];
static pl_addr further_answers[ASKED][2];

/* The endpoint's own name is right, and so are ASKED further names, which were asked for. */
static void setup_further(void) {
  static const char *const own[MAX_ANSWERS] = OWN;
  static const query right = GOOD_A, none = NO_AAAA;
  static char id[] = "vpce-0abc";
  setup();
  memset(&further, 0, sizeof(further));
  w.spec.endpoint_id = id;
  add_query(&right);
  add_query(&none);
  add_own(own);
  w.endpoint.private_dns = PL_TRI_YES;
  w.endpoint.dns_entries = entries;
  w.endpoint.dns_entry_count = PL_COUNT_OF(entries);
  for (size_t i = 0; i < ASKED; i++) {
    further_answers[i][0] = addr("10.0.1.10");
    further_dns[i][0] = w.dns[0];
    further_dns[i][0].answers = (pl_addr_list){further_answers[i], 1, false};
    further_dns[i][1] = w.dns[1];
    further[i].dns = further_dns[i];
    further[i].dns_count = 2;
  }
  /* As an earlier answer of the API wrote it. */
  pl_text_set(further[0].name, sizeof(further[0].name), "ONE.example.com.");
  pl_text_set(further[1].name, sizeof(further[1].name), "two.example.com");
  w.facts.further = further;
  w.facts.further_count = ASKED;
}

static void answer(const char *address) {
  further_answers[1][0] = addr(address);
  further_dns[1][0].answers.count = 1;
}
static void outcome(pl_dns_outcome of) {
  for (size_t i = 0; i < 2; i++) {
    further_dns[1][i].outcome = of;
    further_dns[1][i].answers.count = 0;
  }
}

static void in_order(void) {}
static void leak(void) { answer("52.58.0.11"); }
static void foreign(void) { answer("10.9.9.9"); }
static void nxdomain(void) { outcome(PL_DNS_NXDOMAIN); }
static void empty(void) { outcome(PL_DNS_NODATA); }
static void silent(void) { outcome(PL_DNS_TIMEOUT); }
static void was_cut(void) { outcome(PL_DNS_CUT); }
static void half_nxdomain(void) { further_dns[1][1].outcome = PL_DNS_NXDOMAIN; }
static void truncated_answer(void) { further_dns[1][0].answers.truncated = true; }
static void by_design(void) {
  leak();
  w.endpoint.inbound_only = PL_TRI_YES;
}
static void interfaces_denied(void) {
  leak();
  w.endpoint.parts[PL_PART_INTERFACES] = PL_PART_DENIED;
}
static void hosts(void) {
  static pl_addr address;
  address = addr("10.9.9.9");
  further[1].hosts = (pl_addr_list){&address, 1, false};
}
static void no_time(void) { further[1].dns_count = 0; }
static void named_late(void) { w.facts.further_count = 1; }
static void all_named_late(void) { w.facts.further_count = 0; }
static void late_and_leak(void) {
  further[0] = further[1];
  leak();
  named_late();
}
static void skipped(void) {
  leak();
  w.spec.further_names = PL_FURTHER_SKIP;
}
static void dns_is_off(void) {
  leak();
  w.endpoint.private_dns = PL_TRI_NO;
}
static void gone_from_the_api(void) {
  leak();
  w.endpoint.dns_entry_count = 3;
}
static void denied(void) {
  all_named_late();
  w.endpoint.known = false;
  w.endpoint.outcome = PL_EC2_DENIED;
}
static void not_answered(void) {
  all_named_late();
  w.facts.endpoint = NULL;
}
static void is_the_first(void) {
  static char name[] = "TWO.example.com.";
  leak();
  w.spec.private_name = name;
}
static void first_leaks_too(void) {
  leak();
  w.dns[0].answers.items[0] = addr("52.58.0.12");
}

static void each_further_name_is_judged(void **state) {
  (void)state;
  static const struct {
    const char *what;
    void (*change)(void);
    pl_severity severity;
    const char *reason, *summary;
    unsigned further; /* the name that the worst finding is about */
  } cases[] = {
      {"in order", in_order, PL_SEVERITY_OK, "",
       NAME " -> 10.0.1.10 10.0.2.10, all the endpoint's own; the same for 2 further names", 0},
      {"public", leak, PL_SEVERITY_CRITICAL, "dns.public-answer",
       "two.example.com -> 52.58.0.11, a public address", 2},
      {"foreign", foreign, PL_SEVERITY_CRITICAL, "dns.foreign-address",
       "two.example.com -> 10.9.9.9, which is not an address of the endpoint", 2},
      {"NXDOMAIN", nxdomain, PL_SEVERITY_CRITICAL, "dns.nxdomain",
       "two.example.com does not exist for resolver 10.0.0.1:53", 2},
      {"empty", empty, PL_SEVERITY_CRITICAL, "dns.empty", "two.example.com has no A record", 2},
      {"silence", silent, PL_SEVERITY_CRITICAL, "dns.timeout", "two.example.com A from", 2},
      {"cut", was_cut, PL_SEVERITY_UNKNOWN, "dns.local-failure", "two.example.com A from", 2},
      {"NXDOMAIN for one type", half_nxdomain, PL_SEVERITY_WARNING, "dns.some-failed",
       "two.example.com: resolver 10.0.0.1:53 says NXDOMAIN for type AAAA", 2},
      {"truncated", truncated_answer, PL_SEVERITY_WARNING, "dns.some-failed",
       "two.example.com: resolver 10.0.0.1:53, type A: more than 64", 2},
      {"public by design", by_design, PL_SEVERITY_UNKNOWN, "dns.public-answer", "by design", 2},
      {"public or the endpoint's own", interfaces_denied, PL_SEVERITY_UNKNOWN, "state.denied",
       "two.example.com -> 52.58.0.11, outside --private-range", 2},
      {"/etc/hosts", hosts, PL_SEVERITY_WARNING, "dns.hosts-file",
       "gives two.example.com the address 10.9.9.9", 2},
      {"no time to ask", no_time, PL_SEVERITY_UNKNOWN, "dns.local-failure",
       "two.example.com: no resolver was asked in time", 2},
      {"EC2 was late for one", named_late, PL_SEVERITY_UNKNOWN, "state.api",
       "too late to ask for their addresses: two.example.com", 0},
      {"EC2 was late for all", all_named_late, PL_SEVERITY_UNKNOWN, "state.api",
       "too late to ask for their addresses: one.example.com, two.example.com", 0},
      {"EC2 was late for one, and one leaks", late_and_leak, PL_SEVERITY_CRITICAL,
       "dns.public-answer", "two.example.com -> 52.58.0.11", 1},
      {"not wanted", skipped, PL_SEVERITY_OK, "", "10.0.2.10, all the endpoint's own", 0},
      {"private DNS is off", dns_is_off, PL_SEVERITY_OK, "", "all the endpoint's own", 0},
      {"the endpoint has the name no more", gone_from_the_api, PL_SEVERITY_OK, "",
       "the same for 1 further name", 0},
      {"EC2 denied", denied, PL_SEVERITY_OK, "", "10.0.2.10, all private", 0},
      {"EC2 silent", not_answered, PL_SEVERITY_OK, "", "10.0.2.10, all private", 0},
      {"the private name itself", is_the_first, PL_SEVERITY_UNKNOWN, "state.api",
       "too late to ask for their addresses: " NAME, 0},
      {"the private name first", first_leaks_too, PL_SEVERITY_CRITICAL, "dns.public-answer",
       NAME " -> 52.58.0.12", 0},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    setup_further();
    cases[i].change();
    const pl_check_verdict *of_check = judge();
    const pl_finding *worst = pl_verdict_worst(&w.verdict, PL_CHECK_DNS);
    if (of_check->severity != cases[i].severity ||
        strcmp(pl_reason_code(of_check->reason), cases[i].reason) != 0 ||
        strstr(of_check->summary, cases[i].summary) == NULL ||
        (worst != NULL ? worst->further : 0) != cases[i].further)
      fail_msg("%s: %s [%s] %s", cases[i].what, pl_severity_name(of_check->severity),
               pl_reason_code(of_check->reason), of_check->summary);
  }
}

static void names_over_the_limit_are_noted(void **state) {
  (void)state;
  static pl_dns_entry many[PL_LIMIT_DNS_ENTRIES];
  setup_further();
  memcpy(many, entries, sizeof(entries));
  w.endpoint.dns_entries = many;
  w.endpoint.dns_entry_count = PL_COUNT_OF(many);
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  assert_false(some_finding_says("only the first"));
  w.endpoint.truncated = true;
  assert_int_equal(judge()->severity, PL_SEVERITY_OK);
  assert_true(some_finding_says("only the first 64 DNS entries of the endpoint were read"));
}

/* The message for a name without a dot says why a search list does not help. */
static void a_short_name_is_explained(void **state) {
  (void)state;
  static const pl_dns_outcome failures[] = {PL_DNS_NXDOMAIN, PL_DNS_NODATA, PL_DNS_REFUSED};
  for (size_t i = 0; i < PL_COUNT_OF(failures); i++) {
    setup();
    const query q = {.of = "1A", .outcome = failures[i]};
    add_query(&q);
    judge();
    assert_false(some_finding_says("search and ndots"));
    w.spec.private_name = (char[]){"api"};
    judge();
    assert_true(some_finding_says("search and ndots of resolv.conf are not used"));
  }
}

static void many_addresses_are_counted(void **state) {
  (void)state;
  setup();
  const query first = {.of = "1A",
                       .outcome = PL_DNS_ANSWER,
                       .answers = {"10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"}};
  const query second = {.of = "2A",
                        .outcome = PL_DNS_ANSWER,
                        .answers = {"10.0.0.14", "10.0.0.15", "10.0.0.16", "10.0.0.17"}};
  add_query(&first);
  add_query(&second);
  assert_string_equal(judge()->summary,
                      NAME " -> 10.0.0.11 10.0.0.12 10.0.0.13 10.0.0.14 10.0.0.15 "
                           "10.0.0.16 and 1 more, all private");
}

/* The dns check reports nothing where it does not run, but the port check still has its severity.
 */
static void a_check_that_does_not_run_says_nothing(void **state) {
  (void)state;
  setup();
  w.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
  const query nxdomain = {.of = "1A", .outcome = PL_DNS_NXDOMAIN, .answers = {NULL}};
  add_query(&nxdomain);
  const pl_check_verdict *of_check = judge();
  assert_false(of_check->ran);
  assert_string_equal(of_check->summary, "");
  assert_int_equal(of_check->severity, PL_SEVERITY_OK);
  assert_int_equal(w.verdict.checks[PL_CHECK_PORT].severity, PL_SEVERITY_CRITICAL);
  for (size_t i = 0; i < w.verdict.finding_count; i++)
    assert_int_equal(w.verdict.findings[i].check, PL_CHECK_PORT);
}

static void severities_are_those_of_the_documentation(void **state) {
  (void)state;
  severities_check("dns.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row),
      cmocka_unit_test(a_public_answer_may_be_by_design),
      cmocka_unit_test(a_name_that_could_not_be_learned),
      cmocka_unit_test(missing_addresses_are_not_known),
      cmocka_unit_test(known_interfaces_stay_the_endpoint_s),
      cmocka_unit_test(an_old_answer_is_of_its_time),
      cmocka_unit_test(an_endpoint_without_interfaces),
      cmocka_unit_test(translated_addresses_are_their_ipv4),
      cmocka_unit_test(a_family_that_is_not_in_dns_is_not_missing),
      cmocka_unit_test(the_hosts_file_counts),
      cmocka_unit_test(each_further_name_is_judged),
      cmocka_unit_test(names_over_the_limit_are_noted),
      cmocka_unit_test(a_short_name_is_explained),
      cmocka_unit_test(many_addresses_are_counted),
      cmocka_unit_test(a_check_that_does_not_run_says_nothing),
      cmocka_unit_test(severities_are_those_of_the_documentation), /* of all before it */
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
