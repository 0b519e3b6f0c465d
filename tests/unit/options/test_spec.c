// Tests pl_spec_finish: derived settings, skipped checks, and options that conflict.
#include "options/complete.h"
#include "options/options.h"
#include "options/spec.h"
#include "spec_set.h"
#include "spec_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_holds(const pl_spec *spec, const char *test, const char *name,
                         const char *expected) {
  static char storage[SPEC_TEXT_SIZE];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  spec_text_add(&buf, spec, pl_option_find(name, PL_FRONT_END_CHECK)->id);
  if (strcmp(storage, expected) != 0)
    fail_msg("%s: --%s holds '%s', not '%s'", test, name, storage, expected);
}

/* ---- derived settings ----------------------------------------------------------------------- */

typedef struct follows {
  const char *test;
  given options[MAX_GIVEN];
  const char *fallback;
  given holds[MAX_GIVEN];
} follows;

static const follows what_follows[] = {
    {"a private name alone",
     {{"private-name", "p.example.com"}},
     NULL,
     {{"name", "p.example.com"},
      {"tls-name", "p.example.com"},
      {"path", "/"},
      {"api-key-scheme", "Bearer"},
      {"private-dns", "any"},
      {"private-range", "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"},
      {"public-resolver",
       "1.1.1.1:53,8.8.8.8:53,[2606:4700:4700::1111]:53,[2001:4860:4860::8888]:53"},
      {"blocked-by", "http:403,tcp:refused,tcp:timeout"}}},
    {"a dot at the end of a name",
     {{"private-name", "p.example.com."}, {"public-name", "q.example.com."}, {"tls-name", "t.x."}},
     NULL,
     {{"private-name", "p.example.com"},
      {"public-name", "q.example.com"},
      {"tls-name", "t.x"},
      {"name", "p.example.com"}}},
    {"names in their order: the public one", {{"public-name", "q.x"}}, NULL, {{"name", "q.x"}}},
    {"the id", {{"endpoint-id", "vpce-12345678"}}, NULL, {{"name", "vpce-12345678"}}},
    {"private before public, public before id",
     {{"endpoint-id", "vpce-12345678"}, {"public-name", "q.x"}},
     NULL,
     {{"name", "q.x"}}},
    {"the section before all of them",
     {{"endpoint-id", "vpce-12345678"}, {"public-name", "q.x"}, {"private-name", "p.x"}},
     "section",
     {{"name", "section"}}},
    {"--name before the section",
     {{"public-name", "q.x"}, {"name", "mine"}},
     "s",
     {{"name", "mine"}}},
    {"a name longer than names are",
     {{"private-name", "a23456789.123456789.123456789.123456789.123456789.123456789.1234.example"}},
     NULL,
     {{"name", "a23456789.123456789.123456789.123456789.123456789.123456789.1234"}}},
    {"a learned name needs private DNS",
     {{"endpoint-id", "vpce-12345678"}},
     NULL,
     {{"private-dns", "on"}, {"tls-name", "-"}}},
    {"a name that is given does not",
     {{"endpoint-id", "vpce-12345678"}, {"private-name", "p.x"}},
     NULL,
     {{"private-dns", "any"}}},
    {"what is given stays",
     {{"endpoint-id", "vpce-12345678"},
      {"private-dns", "off"},
      {"path", "/x"},
      {"tls-name", "t.x"},
      {"blocked-by", "tls:reset"},
      {"private-range", "192.0.2.0/24"},
      {"public-resolver", "9.9.9.9"},
      {"api-key-scheme", "Token"}},
     NULL,
     {{"private-dns", "off"},
      {"path", "/x"},
      {"tls-name", "t.x"},
      {"blocked-by", "tls:reset!"},
      {"private-range", "192.0.2.0/24"},
      {"public-resolver", "9.9.9.9:53"},
      {"api-key-scheme", "Token"}}},
    {"a bare key",
     {{"private-name", "p.x"}, {"api-key-scheme", "NONE"}},
     NULL,
     {{"api-key-scheme", "-"}}},
    {"a preset with a region",
     {{"preset", "rockset"}, {"region", "eu-central-1"}},
     NULL,
     {{"public-name", "api.euc1a1.rockset.com"},
      {"service-name", "com.amazonaws.vpce.eu-central-1.vpce-svc-02f409ce75f330219"},
      {"path", "/v1/orgs/self"},
      {"api-key-scheme", "ApiKey"},
      {"private-dns", "on"},
      {"blocked-by", "http:403?,tcp:refused?,tcp:timeout?"},
      {"name", "api.euc1a1.rockset.com"}}},
    {"what is given goes before the preset",
     {{"preset", "rockset"},
      {"region", "eu-central-1"},
      {"public-name", "q.x"},
      {"service-name", "a.b"},
      {"path", "/x"},
      {"private-dns", "any"},
      {"api-key-scheme", "none"},
      {"blocked-by", "http:403"}},
     NULL,
     {{"public-name", "q.x"},
      {"service-name", "a.b"},
      {"path", "/x"},
      {"private-dns", "any"},
      {"api-key-scheme", "-"},
      {"blocked-by", "http:403!"}}},
    {"a region that the preset does not know, written in full",
     {{"preset", "rockset"},
      {"region", "sa-east-1"},
      {"public-name", "q.x"},
      {"service-name", "a.b"}},
     NULL,
     {{"public-name", "q.x"}, {"service-name", "a.b"}, {"path", "/v1/orgs/self"}}},
    {"a preset whose names are the account's own",
     {{"preset", "elastic"}, {"region", "eu-west-1"}, {"public-name", "q.x"}},
     NULL,
     {{"service-name", "com.amazonaws.vpce.eu-west-1.vpce-svc-01f2afe87944eb12b"},
      {"private-dns", "any"},
      {"api-key-scheme", "Bearer"},
      {"blocked-by", "http:403:\"ok\": *false, *\"message\": *\"Forbidden( due to traffic "
                     "filtering[^\"]*)?\"!,http:403?"}}},
    {"a preset without regions",
     {{"preset", "clickhouse"}, {"region", "sa-east-1"}, {"public-name", "q.x"}},
     NULL,
     {{"service-name", "-"}, {"blocked-by", "tls:reset!"}}},
};

static void options_follow_from_others(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(what_follows); i++) {
    const follows *row = &what_follows[i];
    pl_spec spec;
    spec_setup(&spec, row->options);
    pl_error error = {{0}};
    if (pl_spec_finish(&spec, row->fallback, &error) != PL_OK)
      fail_msg("%s: %s", row->test, error.text);
    for (size_t j = 0; j < MAX_GIVEN && row->holds[j].name != NULL; j++)
      assert_holds(&spec, row->test, row->holds[j].name, row->holds[j].value);
    pl_spec_free(&spec);
  }
}

static void the_higher_layer_picks_the_family(void **state) {
  (void)state;
  pl_spec spec;
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"use-ipv6", "yes"}});
  spec_set_named(&spec, "use-ipv4", PL_LAYER_COMMAND_LINE, "yes");
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_true(spec.ipv4_only && !spec.ipv6_only);
  pl_spec_free(&spec);
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}, {"use-ipv6", "yes"}});
  spec_set_named(&spec, "use-ipv4", PL_LAYER_COMMON, "yes");
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_true(!spec.ipv4_only && spec.ipv6_only);
  pl_spec_free(&spec);
}

static void the_built_in_resolvers_are_marked(void **state) {
  (void)state;
  pl_spec spec;
  spec_setup(&spec, (given[MAX_GIVEN]){{"public-name", "q.x"}});
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_true(spec.public_resolvers_default);
  pl_spec_free(&spec);
  spec_setup(&spec, (given[MAX_GIVEN]){{"public-name", "q.x"}, {"public-resolver", "1.1.1.1"}});
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_false(spec.public_resolvers_default);
  pl_spec_free(&spec);
}

/* ---- which checks --------------------------------------------------------------------------- */

typedef struct checks {
  const char *test;
  given options[MAX_GIVEN];
  const char *skipped[PL_CHECK_COUNT]; /* state, dns, port, public; NULL: runs */
} checks;

#define NAMED "not in --check"
#define NO_ID "no --endpoint-id"
#define NO_NAME "no --private-name"
#define NO_PUBLIC "no --public-name"

static const checks which_checks[] = {
    {"everything",
     {{"private-name", "p.x"}, {"public-name", "q.x"}, {"endpoint-id", "vpce-12345678"}},
     {NULL, NULL, NULL, NULL}},
    {"a private name alone", {{"private-name", "p.x"}}, {NO_ID, NULL, NULL, NO_PUBLIC}},
    {"a public name alone", {{"public-name", "q.x"}}, {NO_ID, NO_NAME, NO_NAME, NULL}},
    {"an id alone: the name is learned",
     {{"endpoint-id", "vpce-12345678"}},
     {NULL, NULL, NULL, NO_PUBLIC}},
    {"both names", {{"private-name", "p.x"}, {"public-name", "q.x"}}, {NO_ID, NULL, NULL, NULL}},
    {"one check by name",
     {{"private-name", "p.x"}, {"public-name", "q.x"}, {"check", "public"}},
     {NAMED, NAMED, NAMED, NULL}},
    {"addresses by hand, and whose certificate to expect",
     {{"address", "10.0.0.1"}, {"tls-name", "t.x"}, {"name", "n"}},
     {NO_ID, NO_NAME, NULL, NO_PUBLIC}},
    {"addresses by hand, no deeper than TCP",
     {{"address", "10.0.0.1"}, {"probe", "tcp"}, {"name", "n"}},
     {NO_ID, NO_NAME, NULL, NO_PUBLIC}},
    {"addresses by hand, and no name for the certificate",
     {{"address", "10.0.0.1"}, {"public-name", "q.x"}},
     {NO_ID, NO_NAME, NO_NAME, NULL}},
    {"a preset whose public names are the account's own",
     {{"preset", "elastic"}, {"region", "eu-west-1"}, {"private-name", "p.x"}},
     {NO_ID, NULL, NULL, NO_PUBLIC}},
    {"a preset's public name",
     {{"preset", "rockset"}, {"region", "eu-west-1"}},
     {NO_ID, NO_NAME, NO_NAME, NULL}},
};

static void checks_without_enough_are_skipped_with_a_reason(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(which_checks); i++) {
    const checks *row = &which_checks[i];
    pl_spec spec;
    spec_setup(&spec, row->options);
    pl_error error = {{0}};
    if (pl_spec_finish(&spec, NULL, &error) != PL_OK)
      fail_msg("%s: %s", row->test, error.text);
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
      bool runs = (spec.checks & PL_CHECK_BIT(check)) != 0;
      const char *why = spec.skipped[check] != NULL ? spec.skipped[check] : "";
      const char *expected = row->skipped[check] != NULL ? row->skipped[check] : "";
      if (runs != (row->skipped[check] == NULL) || strcmp(why, expected) != 0)
        fail_msg("%s: %s runs: %d, skipped: '%s'", row->test, pl_check_name((pl_check)check), runs,
                 why);
    }
    assert_int_equal(pl_spec_runs(&spec, PL_CHECK_PORT), row->skipped[PL_CHECK_PORT] == NULL);
    pl_spec_free(&spec);
  }
}

/* ---- what does not fit together ------------------------------------------------------------- */

typedef struct unfit {
  const char *test;
  given options[MAX_GIVEN];
  const char *fallback;
  const char *option; /* the line begins with it; NULL: with no option */
  const char *right;  /* the line has it */
} unfit;

static const unfit what_does_not_fit[] = {
    {"nothing at all", {{NULL, NULL}}, NULL, NULL, "nothing to check: give --private-name HOST"},
    {"nothing but a section",
     {{NULL, NULL}},
     "s",
     NULL,
     "nothing to check: give --private-name HOST"},
    {"nothing but an address",
     {{"address", "10.0.0.1"}, {"name", "n"}},
     NULL,
     NULL,
     "nothing to check"},
    {"both families",
     {{"private-name", "p.x"}, {"use-ipv4", "yes"}, {"use-ipv6", "yes"}},
     NULL,
     "--use-ipv4",
     "give one of them"},
    {"a section that is no name", {{"private-name", "p.x"}}, "a b", "--name", "1 to 64 letters"},
    {"state without an id",
     {{"private-name", "p.x"}, {"check", "state"}},
     NULL,
     "--check",
     "state needs --endpoint-id"},
    {"dns without a name",
     {{"public-name", "q.x"}, {"check", "dns"}},
     NULL,
     "--check",
     "dns needs --private-name"},
    {"port without a name",
     {{"public-name", "q.x"}, {"check", "public,port"}},
     NULL,
     "--check",
     "port needs --private-name"},
    {"public without a name",
     {{"private-name", "p.x"}, {"check", "public"}},
     NULL,
     "--check",
     "public needs --public-name"},
    {"public without the name that is the account's own",
     {{"preset", "elastic"}, {"region", "eu-west-1"}, {"check", "public"}, {"private-name", "p.x"}},
     NULL,
     "--check",
     "public needs --public-name, for --preset elastic in the form ALIAS.es.REGION"},
    {"dns without the name that is the account's own",
     {{"preset", "snowflake"}, {"region", "eu-west-1"}, {"check", "dns"}, {"public-name", "q.x"}},
     NULL,
     "--check",
     "dns needs --private-name, for --preset snowflake in the form ORG-ACCOUNT.privatelink."},
    {"state without an id, and a preset",
     {{"preset", "snowflake"}, {"region", "eu-west-1"}, {"check", "state"}, {"public-name", "q.x"}},
     NULL,
     "--check",
     "state needs --endpoint-id"},
    {"public without a name, and another preset",
     {{"preset", "rockset"},
      {"region", "sa-east-1"},
      {"service-name", "a.b"},
      {"check", "public"},
      {"private-name", "p.x"}},
     NULL,
     "--region",
     "--public-name"},
    {"a preset without a region",
     {{"preset", "rockset"}},
     NULL,
     "--region",
     "such as eu-central-1"},
    {"a region that the preset does not know",
     {{"preset", "rockset"}, {"region", "sa-east-1"}},
     NULL,
     "--region",
     "eu-central-1, us-west-2, us-east-1, ap-southeast-2, eu-west-1; for another one give "
     "--service-name and --public-name"},
    {"the same, written in half",
     {{"preset", "rockset"}, {"region", "sa-east-1"}, {"service-name", "a.b"}},
     NULL,
     "--region",
     "--service-name and --public-name"},
    {"the same, where names are the account's own",
     {{"preset", "elastic"}, {"region", "sa-east-1"}, {"public-name", "q.x"}},
     NULL,
     "--region",
     "for another one give --service-name"},
    {"a threshold on a check that does not run",
     {{"private-name", "p.x"}, {"check", "dns"}, {"warning", "dns_time=1"}, {"critical", "1"}},
     NULL,
     "--critical",
     "time is a metric of the check port, which does not run"},
    {"one that lacks its option",
     {{"private-name", "p.x"}, {"warning", "zones=2:"}},
     NULL,
     "--warning",
     "zones is a metric of the check state, which does not run"},
    {"a threshold on costs without a price",
     {{"endpoint-id", "vpce-0abc123def4567890"}, {"warning", "hourly_cost=1"}},
     NULL,
     "--warning",
     "hourly_cost needs --hourly-price"},
    {"a threshold on a certificate that is not seen",
     {{"private-name", "p.x"}, {"probe", "tcp"}, {"critical", "certificate_days=9:"}},
     NULL,
     "--critical",
     "certificate_days needs --probe tls or http"},
    {"a threshold on an answer that is not asked for",
     {{"private-name", "p.x"}, {"probe", "tls"}, {"critical", "tls_time=1,first_byte_time=1"}},
     NULL,
     "--critical",
     "first_byte_time needs --probe http"},
    {"a threshold on a public answer that is not asked for",
     {{"public-name", "p.x"}, {"public-probe", "tls"}, {"warning", "public_http_status=200:"}},
     NULL,
     "--warning",
     "public_http_status needs --public-probe http"},
    {"a threshold on a zone of another region",
     {{"private-name", "p.x"},
      {"region", "eu-central-1"},
      {"critical", "addresses_up-eu-central-1a=1:,addresses_up-us-east-1-bos-1a=1:"}},
     NULL,
     "--critical",
     "there is no zone us-east-1-bos-1a in --region eu-central-1"},
    {"a threshold on a region",
     {{"private-name", "p.x"},
      {"region", "eu-central-1"},
      {"critical", "addresses_up-eu-central-1=1:"}},
     NULL,
     "--critical",
     "there is no zone eu-central-1 in"},
    {"a zone with two letters",
     {{"private-name", "p.x"},
      {"region", "eu-central-1"},
      {"critical", "addresses_up-eu-central-1aa=1:"}},
     NULL,
     "--critical",
     "there is no zone"},
    {"a CA file that is not there",
     {{"private-name", "p.x"}, {"ca-file", "/nonexistent/ca.pem"}},
     NULL,
     "--ca-file",
     "/nonexistent/ca.pem"},
    {"a CA file without a certificate",
     {{"private-name", "p.x"}, {"ca-file", "CMakeLists.txt"}},
     NULL,
     "--ca-file",
     "holds no PEM certificate"},
    {"a client certificate without a key",
     {{"private-name", "p.x"}, {"client-cert", "c.pem"}},
     NULL,
     "--client-key",
     "--client-cert needs it"},
    {"a key without a client certificate",
     {{"private-name", "p.x"}, {"client-key", "k.pem"}},
     NULL,
     "--client-cert",
     "--client-key needs it"},
    {"an API key file that is not there",
     {{"private-name", "p.x"}, {"api-key-file", "/nonexistent/key"}},
     NULL,
     "--api-key-file",
     "/nonexistent/key"},
};

static void what_does_not_fit_is_one_line(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(what_does_not_fit); i++) {
    const unfit *row = &what_does_not_fit[i];
    pl_spec spec;
    spec_setup(&spec, row->options);
    pl_error error = {{0}};
    if (pl_spec_finish(&spec, row->fallback, &error) == PL_OK)
      fail_msg("%s: is taken", row->test);
    size_t length = row->option != NULL ? strlen(row->option) : 0;
    if (length > 0 && (strncmp(error.text, row->option, length) != 0 ||
                       strncmp(error.text + length, ": ", 2) != 0))
      fail_msg("%s: '%s' does not begin with %s", row->test, error.text, row->option);
    if (strstr(error.text, row->right) == NULL || strchr(error.text, '\n') != NULL)
      fail_msg("%s: '%s' does not say '%s'", row->test, error.text, row->right);
    pl_spec_free(&spec);
  }
}

/* If the hosts of a preset depend on the account, the message says so and names the options. */
static void a_preset_without_its_hosts_asks_for_them(void **state) {
  (void)state;
  static const char *const fallbacks[] = {NULL, "section"};
  size_t asked = 0;
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    for (size_t j = 0; j < PL_COUNT_OF(fallbacks) && preset->own_host; j++, asked++) {
      const char *region = preset->regions[0].region;
      pl_spec spec;
      spec_setup(&spec, (given[MAX_GIVEN]){{"preset", preset->name},
                                           {"region", region != NULL ? region : "eu-west-1"}});
      pl_error error = {{0}};
      assert_int_equal(pl_spec_finish(&spec, fallbacks[j], &error), PL_ERR_INVALID);
      char wanted[sizeof(error.text)];
      snprintf(wanted, sizeof(wanted),
               "nothing to check: with --preset %s the hosts are your account's own: give "
               "--private-name (%s), --public-name (%s) or --endpoint-id vpce-ID",
               preset->name, preset->private_hint, preset->public_hint);
      assert_string_equal(error.text, wanted);
      pl_spec_free(&spec);
    }
  }
  assert_true(asked > 0);
}

/* ---- questions ------------------------------------------------------------------------------ */

static void statuses_below_500_unless_listed(void **state) {
  (void)state;
  static const struct {
    const char *list; /* NULL: the default */
    unsigned status;
    bool accepted;
  } rows[] = {
      {NULL, 407, false},          {NULL, 421, false},          {"407,421", 407, true},
      {NULL, 200, true},           {NULL, 403, true},           {NULL, 499, true},
      {NULL, 500, false},          {NULL, 503, false},          {"200-299,401", 200, true},
      {"200-299,401", 299, true},  {"200-299,401", 300, false}, {"200-299,401", 401, true},
      {"200-299,401", 400, false}, {"500-599", 503, true},      {"500-599", 200, false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_spec spec;
    pl_spec_init(&spec);
    if (rows[i].list != NULL)
      spec_set_named(&spec, "expect-status", PL_LAYER_SECTION, rows[i].list);
    assert_int_equal(pl_spec_accepts_status(&spec, rows[i].status), rows[i].accepted);
    pl_spec_free(&spec);
  }
}

static void private_is_what_the_ranges_say(void **state) {
  (void)state;
  static const struct {
    const char *address;
    bool is_private;
  } rows[] = {
      {"10.255.255.255", true}, {"11.0.0.0", false},  {"172.16.0.0", true},   {"172.32.0.0", false},
      {"192.168.1.1", true},    {"100.64.0.1", true}, {"100.128.0.0", false}, {"fd00::1", true},
      {"fe80::1", false},       {"2600::1", false},   {"127.0.0.1", false},   {"52.58.0.11", false},
  };
  pl_spec spec;
  spec_setup(&spec, (given[MAX_GIVEN]){{"private-name", "p.x"}});
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_addr address;
    assert_int_equal(pl_addr_parse(rows[i].address, &address), PL_OK);
    if (pl_spec_is_private(&spec, &address) != rows[i].is_private)
      fail_msg("%s", rows[i].address);
  }
  pl_spec_free(&spec);
}

static void host_names(void **state) {
  (void)state;
  char longest[PL_LIMIT_HOST + 3] = "";
  for (int i = 0; i < 126; i++)
    strcat(longest, "a.");
  strcat(longest, "b"); /* 253 */
  assert_true(pl_host_valid(longest));
  strcat(longest, "."); /* and the dot of the root */
  assert_true(pl_host_valid(longest));
  longest[PL_LIMIT_HOST] = 'b'; /* 254 */
  assert_false(pl_host_valid(longest));
  char label[PL_LIMIT_LABEL + 2] = "";
  memset(label, 'x', PL_LIMIT_LABEL);
  assert_true(pl_host_valid(label));
  label[PL_LIMIT_LABEL] = 'x';
  assert_false(pl_host_valid(label));
  assert_true(pl_host_valid("1a"));
  assert_true(pl_host_valid("3.example"));
  assert_false(pl_host_valid("123"));
  assert_false(pl_host_valid("example.123"));
  assert_false(pl_host_valid(""));
  assert_false(pl_host_valid("a.."));
}

static void checks_have_names(void **state) {
  (void)state;
  static const char *const names[] = {"state", "dns", "port", "public"};
  assert_int_equal(PL_COUNT_OF(names), PL_CHECK_COUNT);
  for (unsigned check = 0; check < PL_CHECK_COUNT; check++)
    assert_string_equal(pl_check_name((pl_check)check), names[check]);
  assert_string_equal(pl_check_name(PL_CHECK_COUNT), "");
}

static void a_tenant_makes_both_names(void **state) {
  (void)state;
  pl_spec spec;
  spec_setup(&spec, (given[MAX_GIVEN]){
                        {"preset", "elastic"}, {"region", "eu-west-1"}, {"tenant", "acme"}});
  assert_int_equal(pl_spec_complete(&spec, NULL, NULL), PL_OK);
  assert_string_equal(spec.public_name, "acme.es.eu-west-1.aws.elastic-cloud.com");
  assert_string_equal(spec.private_name, "acme.es.vpce.eu-west-1.aws.elastic-cloud.com");
  pl_spec_free(&spec);
  static const struct {
    given options[MAX_GIVEN];
    const char *says;
  } wrong[] = {
      {{{"public-name", "q.x"}, {"tenant", "acme"}}, "--tenant: needs a --preset"},
      {{{"preset", "rockset"}, {"region", "eu-west-1"}, {"tenant", "acme"}},
       "--tenant: needs a --preset"},
      {{{"preset", "pinecone"}, {"region", "us-east-1"}, {"tenant", "acme"}},
       "--tenant: preset pinecone does not derive both names"},
      {{{"preset", "atlas"}, {"region", "us-east-1"}, {"tenant", "acme"}},
       "--tenant: preset atlas does not derive both names"},
      {{{"preset", "elastic"},
        {"region", "eu-west-1"},
        {"tenant", "acme"},
        {"private-name", "other.x"}},
       "--tenant: makes --private-name itself"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(wrong); i++) {
    pl_error error = {{0}};
    spec_setup(&spec, wrong[i].options);
    assert_int_not_equal(pl_spec_complete(&spec, NULL, &error), PL_OK);
    if (strstr(error.text, wrong[i].says) == NULL)
      fail_msg("'%s' does not say '%s'", error.text, wrong[i].says);
    pl_spec_free(&spec);
  }
}

/* One list for all endpoints would hide what each of them has not proven. */
static void what_is_accepted_is_for_one_endpoint(void **state) {
  (void)state;
  pl_spec spec;
  pl_error error = {{0}};
  pl_spec_init(&spec);
  assert_int_equal(spec_try_set(&spec, PL_OPTION_ACCEPT, PL_LAYER_COMMON, "near", &error),
                   PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "--accept: is for one endpoint"));
  assert_int_equal(spec.accept, 0);
  pl_spec_free(&spec);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_follow_from_others),
      cmocka_unit_test(the_higher_layer_picks_the_family),
      cmocka_unit_test(the_built_in_resolvers_are_marked),
      cmocka_unit_test(checks_without_enough_are_skipped_with_a_reason),
      cmocka_unit_test(what_does_not_fit_is_one_line),
      cmocka_unit_test(a_preset_without_its_hosts_asks_for_them),
      cmocka_unit_test(statuses_below_500_unless_listed),
      cmocka_unit_test(private_is_what_the_ranges_say),
      cmocka_unit_test(host_names),
      cmocka_unit_test(checks_have_names),
      cmocka_unit_test(a_tenant_makes_both_names),
      cmocka_unit_test(what_is_accepted_is_for_one_endpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
