// Tests the table of options, their arguments, and the layers that set them.
#include "spec_set.h"
#include "spec_text.h"
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- the table ------------------------------------------------------------------------------ */

static void every_row_is_sane(void **state) {
  (void)state;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at(id);
    assert_int_equal(option->id, id);
    size_t length = strlen(option->name);
    assert_true(length > 0);
    assert_int_equal(strspn(option->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), length);
    assert_true(isalpha((unsigned char)option->name[0]) && option->name[length - 1] != '-');
    assert_true(option->group < PL_GROUP_COUNT);
    assert_true(strlen(pl_option_group_title(option->group)) > 0);
    /* Blocks of collectd.conf and sections of an INI file take the same options, except those that
     * only the plugin has. */
    if (option->front_ends != PL_FRONT_END_PLUGIN) {
      assert_true((option->front_ends & PL_FRONT_END_CHECK) != 0);
      assert_int_equal((option->front_ends & PL_FRONT_END_PLUGIN) != 0,
                       (option->front_ends & PL_FRONT_END_CONFIG) != 0);
    }
    assert_true(strlen(option->help) > 10);
    assert_true(option->help[strlen(option->help) - 1] != '.');
    assert_true(option->default_text == NULL || option->default_text[0] != '\0');
    assert_true(option->argument == NULL || option->argument[0] != '\0');
    assert_int_equal(option->rule.parse != NULL, option_is_of_a_spec(id));
    assert_true(option->rule.min <= option->rule.max);
    /* The words of an enum are in the argument. */
    assert_int_equal(option->rule.parse == pl_parse_word,
                     option_is_of_a_spec(id) && option->argument != NULL &&
                         strchr(option->argument, '|') != NULL);
  }
}

static void names_and_letters_are_unique(void **state) {
  (void)state;
  for (pl_option_id a = 0; a < PL_OPTION_COUNT; a++) {
    for (pl_option_id b = a + 1; b < PL_OPTION_COUNT; b++) {
      const pl_option *x = pl_option_at(a), *y = pl_option_at(b);
      /* --report of the check has nothing to do with Report of the plugin. */
      bool same_name = (x->front_ends & y->front_ends) != 0 && strcmp(x->name, y->name) == 0;
      if (same_name || (x->letter != 0 && x->letter == y->letter))
        fail_msg("--%s and --%s are the same", x->name, y->name);
    }
  }
}

/* Names and letters are what users type: a change here breaks configurations. */
static void the_names_are_what_users_rely_on(void **state) {
  (void)state;
  static const struct {
    const char *name;
    char letter;
    const char *collectd; /* NULL: only the check has it */
  } rows[] = {
      {"private-name", 'H', "PrivateName"},
      {"name", 0, "Name"},
      {"public-name", 0, "PublicName"},
      {"port", 'p', "Port"},
      {"endpoint-id", 0, "EndpointId"},
      {"region", 0, "Region"},
      {"preset", 0, "Preset"},
      {"address", 0, "Address"},
      {"check", 0, "Check"},
      {"resolver", 0, "Resolver"},
      {"private-range", 0, "PrivateRange"},
      {"further-names", 0, "FurtherNames"},
      {"probe", 0, "Probe"},
      {"path", 0, "Path"},
      {"expect-status", 0, "ExpectStatus"},
      {"api-key-file", 0, "ApiKeyFile"},
      {"api-key-scheme", 0, "ApiKeyScheme"},
      {"tls-name", 0, "TlsName"},
      {"ca-file", 0, "CaFile"},
      {"client-cert", 0, "ClientCert"},
      {"client-key", 0, "ClientKey"},
      {"certificate", 0, "Certificate"},
      {"min-up", 0, "MinUp"},
      {"expect-public", 0, "ExpectPublic"},
      {"public-resolver", 0, "PublicResolver"},
      {"public-probe", 0, "PublicProbe"},
      {"public-address", 0, "PublicAddress"},
      {"blocked-by", 0, "BlockedBy"},
      {"witness", 0, "Witness"},
      {"on-unproven", 0, "OnUnproven"},
      {"proof", 0, "Proof"},
      {"accept", 0, "Accept"},
      {"tenant", 0, "Tenant"},
      {"user-agent", 0, "UserAgent"},
      {"public-key-file", 0, "PublicKeyFile"},
      {"public-ca-file", 0, "PublicCaFile"},
      {"public-control", 0, "PublicControl"},
      {"private-evidence", 0, "PrivateEvidence"},
      {"public-dns", 0, "PublicDns"},
      {"state-dir", 0, "StateDir"},
      {"baseline-age", 0, "BaselineAge"},
      {"recovery", 0, "Recovery"},
      {"service-name", 0, "ServiceName"},
      {"service-region", 0, "ServiceRegion"},
      {"client-range", 0, "ClientRange"},
      {"pending-grace", 0, "PendingGrace"},
      {"min-zones", 0, "MinZones"},
      {"private-dns", 0, "PrivateDns"},
      {"aws-profile", 0, "AwsProfile"},
      {"aws-role-arn", 0, "AwsRoleArn"},
      {"aws-external-id", 0, "AwsExternalId"},
      {"aws-endpoint-url", 0, "AwsEndpointUrl"},
      {"aws-readable-file", 0, "AwsReadableFile"},
      {"hourly-price", 0, "HourlyPrice"},
      {"evidence", 0, "Evidence"},
      {"evidence-key", 0, "EvidenceKey"},
      {"evidence-interval", 0, "EvidenceInterval"},
      {"evidence-days", 0, "EvidenceDays"},
      {"make-evidence-key", 0, NULL},
      {"verify-evidence", 0, NULL},
      {"report", 0, NULL},
      {"from", 0, NULL},
      {"to", 0, NULL},
      {"public-key", 0, NULL},
      {"evidence-ca", 0, NULL},
      {"known-head", 0, NULL},
      {"evidence-request", 0, NULL},
      {"evidence-response", 0, NULL},
      {"stop-evidence", 0, NULL},
      {"timeout", 't', "Timeout"},
      {"connect-timeout", 0, "ConnectTimeout"},
      {"response-timeout", 0, "ResponseTimeout"},
      {"warning", 'w', "Warning"},
      {"critical", 'c', "Critical"},
      {"use-ipv4", '4', "UseIpv4"},
      {"use-ipv6", '6', "UseIpv6"},
      {"interval", 0, "Interval"},
      {"confirm", 0, "Confirm"},
      {"report", 0, "Report"},
      {"endpoints-file", 0, "EndpointsFile"},
      {"report-addresses", 0, "ReportAddresses"},
      {"state-interval", 0, "StateInterval"},
      {"detail-interval", 0, "DetailInterval"},
      {"max-connections", 0, "MaxConnections"},
      {"chain-memory", 0, "ChainMemory"},
      {"config", 0, NULL},
      {"endpoint", 0, NULL},
      {"discover", 0, NULL},
      {"discover-filter", 0, NULL},
      {"print-config", 0, NULL},
      {"extra-opts", 0, NULL},
      {"output", 0, NULL},
      {"output-file", 0, NULL},
      {"serve", 0, NULL},
      {"omit-unknown", 0, NULL},
      {"explain", 0, NULL},
      {"record", 0, NULL},
      {"replay", 0, NULL},
      {"list-presets", 0, NULL},
      {"verbose", 'v', NULL},
      {"version", 'V', NULL},
      {"help", 'h', NULL},
  };
  assert_int_equal(PL_OPTION_COUNT, PL_COUNT_OF(rows));
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_option *option = pl_option_find(
        rows[i].name, rows[i].collectd != NULL ? PL_FRONT_END_PLUGIN : PL_FRONT_END_CHECK);
    if (option == NULL)
      fail_msg("--%s is missing", rows[i].name);
    assert_int_equal(option->letter, rows[i].letter);
    assert_int_equal(option_is_of_a_spec(option->id), rows[i].collectd != NULL);
    if (rows[i].letter != 0)
      assert_ptr_equal(pl_option_find_letter(rows[i].letter), option);
    if (rows[i].collectd == NULL)
      continue;
    char storage[64];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_option_add_collectd_name(&buf, option);
    assert_string_equal(storage, rows[i].collectd);
    assert_ptr_equal(pl_option_find(storage, PL_FRONT_END_PLUGIN), option);
  }
}

static void each_front_end_has_its_own_spelling(void **state) {
  (void)state;
  static const struct {
    const char *name, *key;
    unsigned front_end;
    bool found;
  } rows[] = {
      {"INI key", "private-name", PL_FRONT_END_CONFIG, true},
      {"INI keys are spelled as on the command line", "PrivateName", PL_FRONT_END_CONFIG, false},
      {"long option", "private-name", PL_FRONT_END_CHECK, true},
      {"collectd key", "PrivateName", PL_FRONT_END_PLUGIN, true},
      {"collectd keys have no case", "privatename", PL_FRONT_END_PLUGIN, true},
      {"collectd keys have no case", "PRIVATENAME", PL_FRONT_END_PLUGIN, true},
      {"too short", "PrivateNam", PL_FRONT_END_PLUGIN, false},
      {"too long", "PrivateNames", PL_FRONT_END_PLUGIN, false},
      {"empty", "", PL_FRONT_END_PLUGIN | PL_FRONT_END_CHECK, false},
      {"of another front end", "explain", PL_FRONT_END_PLUGIN, false},
      {"of another front end", "Config", PL_FRONT_END_PLUGIN, false},
      {"of another front end", "interval", PL_FRONT_END_CONFIG | PL_FRONT_END_CHECK, false},
      {"of another front end", "extra-opts", PL_FRONT_END_CONFIG, false},
      {"unknown", "private-address", PL_FRONT_END_CHECK | PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN,
       false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if ((pl_option_find(rows[i].key, rows[i].front_end) != NULL) != rows[i].found)
      fail_msg("%s: %s", rows[i].name, rows[i].key);
  }
  assert_null(pl_option_find_letter(0));
  assert_null(pl_option_find_letter('x'));
}

/* A spec begins with the defaults that the help states. */
static void stated_defaults_are_the_real_ones(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  static const pl_option_id scalars[] = {
      PL_OPTION_PORT,
      PL_OPTION_PROBE,
      PL_OPTION_CERTIFICATE,
      PL_OPTION_MIN_UP,
      PL_OPTION_EXPECT_PUBLIC,
      PL_OPTION_PUBLIC_PROBE,
      PL_OPTION_ON_UNPROVEN,
      PL_OPTION_PENDING_GRACE,
      PL_OPTION_MIN_ZONES,
      PL_OPTION_TIMEOUT,
      PL_OPTION_CONNECT_TIMEOUT,
      PL_OPTION_RESPONSE_TIMEOUT,
      PL_OPTION_RECOVERY,
      PL_OPTION_CONFIRM,
      PL_OPTION_REPORT,
      PL_OPTION_REPORT_ADDRESSES,
      PL_OPTION_CHAIN_MEMORY,
      PL_OPTION_STATE_INTERVAL,
      PL_OPTION_DETAIL_INTERVAL,
      PL_OPTION_PROOF,
      PL_OPTION_PUBLIC_DNS,
      PL_OPTION_BASELINE_AGE,
  };
  for (size_t i = 0; i < PL_COUNT_OF(scalars); i++) {
    const char *stated = pl_option_at(scalars[i])->default_text;
    assert_non_null(stated);
    spec_assert_holds(&spec, scalars[i], stated);
    /* The option takes its default as a value. */
    spec_must_set(&spec, scalars[i], PL_LAYER_SECTION, stated);
    spec_assert_holds(&spec, scalars[i], stated);
  }
  /* An option without a stated default is not set. */
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (pl_option_at(id)->default_text == NULL && option_is_of_a_spec(id))
      spec_assert_holds(&spec, id, pl_option_at(id)->argument == NULL ? "no" : "-");
  }
  pl_spec_free(&spec);
}

/* A text with names of options, as the log of collectd has it. */
static void texts_are_spelled_for_collectd(void **state) {
  (void)state;
  static const struct {
    const char *text, *spelled;
  } rows[] = {
      {"--private-name: 'x' is wrong", "PrivateName: 'x' is wrong"},
      {"give --region, or --aws-profile.", "give Region, or AwsProfile."},
      {"check_privatelink --list-presets", "check_privatelink --list-presets"},
      {"-- --no-such --", "-- --no-such --"},
      {"--private-name-private-name-private-name-private-name-private-name-private-name",
       "--private-name-private-name-private-name-private-name-private-name-private-name"},
      {"", ""},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char storage[128];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_option_add_spelled(&buf, rows[i].text);
    assert_string_equal(storage, rows[i].spelled);
  }
}

/* ---- near names ----------------------------------------------------------------------------- */

static void near_names_are_suggested(void **state) {
  (void)state;
  static const struct {
    const char *name, *nearest;
  } rows[] = {
      {"prot", "port"},
      {"private_name", "private-name"},
      {"resolvers", "resolver"},
      {"chek", "check"},
      {"expect-statuses", "expect-status"},
      {"blockedby", "blocked-by"},
      {"PrivatName", "private-name"},
      {"publicresolvr", "public-resolver"},
      {"CAfile", "ca-file"},
      {"Resolv", "resolver"},
      {"something-else", NULL},
      {"Foo", NULL},
      {"bar", NULL},
      {"Pats", "path"},
      {"", NULL},
      {"private-name-private-name-private-name-private-name-private-name-private-name-and-more",
       "private-name"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_option *option =
        pl_option_nearest(rows[i].name, PL_FRONT_END_CHECK | PL_FRONT_END_PLUGIN);
    if (rows[i].nearest == NULL)
      assert_null(option);
    else
      assert_string_equal(option->name, rows[i].nearest);
  }
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* A scalar takes one argument, a flag none or one, a list any number. */
static void options_take_their_number_of_arguments(void **state) {
  (void)state;
  static const char *const two[] = {"1", "2"};
  pl_spec spec;
  pl_spec_init(&spec);
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!option_is_of_a_spec(id))
      continue;
    pl_error error = {{0}};
    if (pl_option_at(id)->argument == NULL) {
      assert_int_equal(pl_spec_set(&spec, id, PL_LAYER_SECTION, NULL, 0, &error), PL_OK);
      spec_assert_holds(&spec, id, "yes");
    } else {
      assert_int_equal(pl_spec_set(&spec, id, PL_LAYER_SECTION, NULL, 0, &error), PL_ERR_INVALID);
      assert_non_null(strstr(error.text, pl_option_at(id)->name));
    }
    if (strstr(pl_option_at(id)->argument != NULL ? pl_option_at(id)->argument : "", ",") == NULL &&
        !pl_option_at(id)->repeatable && id != PL_OPTION_CHECK && id != PL_OPTION_EXPECT_STATUS) {
      assert_int_equal(pl_spec_set(&spec, id, PL_LAYER_SECTION, two, 2, &error), PL_ERR_INVALID);
      assert_non_null(strstr(error.text, "one value"));
    }
  }
  pl_spec_free(&spec);
}

/* In collectd.conf a list may have several arguments, and each of them may be a list. */
static void lists_take_several_arguments(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  static const char *const resolvers[] = {"1.1.1.1", "8.8.8.8:5353,9.9.9.9"};
  assert_int_equal(
      pl_spec_set(&spec, PL_OPTION_PUBLIC_RESOLVER, PL_LAYER_COMMON, resolvers, 2, NULL), PL_OK);
  spec_assert_holds(&spec, PL_OPTION_PUBLIC_RESOLVER, "1.1.1.1:53,8.8.8.8:5353,9.9.9.9:53");
  static const char *const signatures[] = {"http:403:a,b", "tls:reset"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_BLOCKED_BY, PL_LAYER_COMMON, signatures, 2, NULL),
                   PL_OK);
  spec_assert_holds(&spec, PL_OPTION_BLOCKED_BY, "http:403:a,b!,tls:reset!");
  static const char *const checks[] = {"dns", "public"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CHECK, PL_LAYER_COMMON, checks, 2, NULL), PL_OK);
  spec_assert_holds(&spec, PL_OPTION_CHECK, "dns,public");
  static const char *const days[] = {"30", "10"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CERTIFICATE, PL_LAYER_COMMON, days, 2, NULL),
                   PL_OK);
  spec_assert_holds(&spec, PL_OPTION_CERTIFICATE, "30,10");
  static const char *const wrong_days[] = {"10", "30"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CERTIFICATE, PL_LAYER_COMMON, wrong_days, 2, NULL),
                   PL_ERR_INVALID);
  spec_assert_holds(&spec, PL_OPTION_CERTIFICATE, "30,10");
  /* A mistake in the last argument leaves the old value. */
  static const char *const mistaken[] = {"9.9.9.9", "9.9.9"};
  assert_int_equal(
      pl_spec_set(&spec, PL_OPTION_PUBLIC_RESOLVER, PL_LAYER_COMMON, mistaken, 2, NULL),
      PL_ERR_INVALID);
  spec_assert_holds(&spec, PL_OPTION_PUBLIC_RESOLVER, "1.1.1.1:53,8.8.8.8:5353,9.9.9.9:53");
  pl_spec_free(&spec);
}

/* ---- layers --------------------------------------------------------------------------------- */

static const pl_layer layers[] = {PL_LAYER_DEFAULT, PL_LAYER_PRESET, PL_LAYER_COMMON,
                                  PL_LAYER_SECTION, PL_LAYER_COMMAND_LINE};

/* The higher layer wins, whatever the order of the calls. */
static void a_higher_layer_wins(void **state) {
  (void)state;
  static const struct {
    pl_option_id id;
    const char *first, *second; /* values, and what they hold */
  } rows[] = {
      {PL_OPTION_PRIVATE_NAME, "a.example", "b.example"},
      {PL_OPTION_PORT, "1", "2"},
      {PL_OPTION_PROBE, "tcp", "tls"},
      {PL_OPTION_PRESET, "rockset", "elastic"},
      {PL_OPTION_ADDRESS, "10.0.0.1", "10.0.0.2,10.0.0.3"},
      {PL_OPTION_CHECK, "dns", "state,port"},
      {PL_OPTION_CERTIFICATE, "20,10", "5,2"},
      {PL_OPTION_TIMEOUT, "1.5", "2.5"},
      {PL_OPTION_HOURLY_PRICE, "1", "2"},
      {PL_OPTION_WITNESS, "a.example:1!", "b.example:2!"},
      {PL_OPTION_WARNING, "time=1", "time=2"},
      {PL_OPTION_USE_IPV4, "yes", "no"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    for (size_t a = 0; a < PL_COUNT_OF(layers); a++) {
      for (size_t b = 0; b < PL_COUNT_OF(layers); b++) {
        if (a == b)
          continue;
        char first[64] = "", second[64] = "";
        strncat(first, rows[i].first, strcspn(rows[i].first, "!"));
        strncat(second, rows[i].second, strcspn(rows[i].second, "!"));
        pl_spec spec;
        pl_spec_init(&spec);
        spec_must_set(&spec, rows[i].id, layers[a], first);
        spec_must_set(&spec, rows[i].id, layers[b], second);
        spec_assert_holds(&spec, rows[i].id, a > b ? rows[i].first : rows[i].second);
        assert_int_equal(pl_spec_given(&spec, rows[i].id), layers[a > b ? a : b] > PL_LAYER_PRESET);
        pl_spec_free(&spec);
      }
    }
  }
}

/* A value that is not used is checked too: a mistake in [*] is reported even if a section overrides
 * it. */
static void a_lower_layer_is_checked_all_the_same(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  spec_must_set(&spec, PL_OPTION_PORT, PL_LAYER_SECTION, "1");
  pl_error error = {{0}};
  assert_int_equal(spec_try_set(&spec, PL_OPTION_PORT, PL_LAYER_COMMON, "x", &error),
                   PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "--port: "));
  spec_assert_holds(&spec, PL_OPTION_PORT, "1");
  pl_spec_free(&spec);
}

/* In one layer the last scalar wins, a list replaces, and a repeatable option adds. */
static void the_same_layer_twice(void **state) {
  (void)state;
  static const struct {
    pl_option_id id;
    const char *first, *second, *holds;
  } rows[] = {
      {PL_OPTION_PORT, "1", "2", "2"},
      {PL_OPTION_PRIVATE_NAME, "a.example", "b.example", "b.example"},
      {PL_OPTION_RESOLVER, "1.1.1.1,2.2.2.2", "3.3.3.3", "3.3.3.3:53"},
      {PL_OPTION_CHECK, "dns,port", "state", "state"},
      {PL_OPTION_WITNESS, "a.example", "b.example", "b.example:443"},
      {PL_OPTION_BLOCKED_BY, "http:403:a", "tls:reset,http:404",
       "http:403:a!,tls:reset!,http:404!"},
      {PL_OPTION_WARNING, "time=1", "dns_time=2", "time=1,dns_time=2"},
      {PL_OPTION_CRITICAL, "1", "2", "time=1,time=2"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_spec spec;
    pl_spec_init(&spec);
    spec_must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].first);
    spec_must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].second);
    spec_assert_holds(&spec, rows[i].id, rows[i].holds);
    /* A higher layer replaces a repeatable option too. */
    spec_must_set(&spec, rows[i].id, PL_LAYER_COMMAND_LINE, rows[i].first);
    spec_must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].second);
    pl_spec other;
    pl_spec_init(&other);
    spec_must_set(&other, rows[i].id, PL_LAYER_SECTION, rows[i].first);
    char once[256];
    pl_buf buf;
    pl_buf_fixed(&buf, once, sizeof(once));
    spec_text_add(&buf, &other, rows[i].id);
    spec_assert_holds(&spec, rows[i].id, once);
    pl_spec_free(&other);
    pl_spec_free(&spec);
  }
}

/* A signature that the user lists is proof; one of a lower layer is not. */
static void only_the_user_s_signatures_are_proof(void **state) {
  (void)state;
  static const char *const holds[] = {"tls:reset", "tls:reset", "tls:reset!", "tls:reset!",
                                      "tls:reset!"};
  for (size_t i = 0; i < PL_COUNT_OF(layers); i++) {
    pl_spec spec;
    pl_spec_init(&spec);
    spec_must_set(&spec, PL_OPTION_BLOCKED_BY, layers[i], "tls:reset");
    spec_assert_holds(&spec, PL_OPTION_BLOCKED_BY, holds[i]);
    pl_spec_free(&spec);
  }
}

static void lists_have_a_bound(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  for (unsigned i = 0; i < PL_LIMIT_LIST / 2; i++)
    spec_must_set(&spec, PL_OPTION_WARNING, PL_LAYER_SECTION, "1,2");
  pl_error error = {{0}};
  assert_int_equal(spec_try_set(&spec, PL_OPTION_WARNING, PL_LAYER_SECTION, "3", &error),
                   PL_ERR_LIMIT);
  assert_non_null(strstr(error.text, "--warning: "));
  assert_non_null(strstr(error.text, "at most 64 items"));
  assert_int_equal(spec.warning.count, PL_LIMIT_LIST);
  pl_spec_free(&spec);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_names_are_suggested),
      cmocka_unit_test(every_row_is_sane),
      cmocka_unit_test(names_and_letters_are_unique),
      cmocka_unit_test(the_names_are_what_users_rely_on),
      cmocka_unit_test(each_front_end_has_its_own_spelling),
      cmocka_unit_test(texts_are_spelled_for_collectd),
      cmocka_unit_test(stated_defaults_are_the_real_ones),
      cmocka_unit_test(options_take_their_number_of_arguments),
      cmocka_unit_test(lists_take_several_arguments),
      cmocka_unit_test(a_higher_layer_wins),
      cmocka_unit_test(a_lower_layer_is_checked_all_the_same),
      cmocka_unit_test(the_same_layer_twice),
      cmocka_unit_test(only_the_user_s_signatures_are_proof),
      cmocka_unit_test(lists_have_a_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
