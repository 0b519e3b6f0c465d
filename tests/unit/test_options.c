/* The table of options, and every way in which a value becomes part of a spec, or doesn't. */
#include "alloc_fail.h"
#include "core/options.h"
#include "spec_text.h"
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- helpers -------------------------------------------------------------------------------- */

static pl_status set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value,
                     pl_error *error) {
  return pl_spec_set(spec, id, layer, &value, 1, error);
}

static void must_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *value) {
  pl_error error = {{0}};
  if (set(spec, id, layer, value, &error) != PL_OK)
    fail_msg("--%s '%s': %s", pl_option_at(id)->name, value, error.text);
}

static void assert_holds(const pl_spec *spec, pl_option_id id, const char *expected) {
  static char storage[SPEC_TEXT_SIZE];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  spec_text_add(&buf, spec, id);
  if (strcmp(storage, expected) != 0)
    fail_msg("--%s holds '%s', not '%s'", pl_option_at(id)->name, storage, expected);
}

static bool is_option_of_a_spec(pl_option_id id) {
  return (pl_option_at(id)->faces & PL_FACE_PLUGIN) != 0;
}

/* `count` times the character. */
static const char *repeat(char c, size_t count) {
  static char text[2 * PL_LIMIT_VALUE];
  assert_true(count < sizeof(text));
  memset(text, c, count);
  text[count] = '\0';
  return text;
}

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
    /* What a block of collectd.conf takes, a section takes too, and the other way round; but for
     * what only a daemon needs. */
    if (option->faces != PL_FACE_PLUGIN) {
      assert_true((option->faces & PL_FACE_CHECK) != 0);
      assert_int_equal((option->faces & PL_FACE_PLUGIN) != 0,
                       (option->faces & PL_FACE_CONFIG) != 0);
    }
    assert_true(strlen(option->help) > 10);
    assert_true(option->help[strlen(option->help) - 1] != '.');
    assert_true(option->default_text == NULL || option->default_text[0] != '\0');
    assert_true(option->argument == NULL || option->argument[0] != '\0');
  }
}

static void names_and_letters_are_unique(void **state) {
  (void)state;
  for (pl_option_id a = 0; a < PL_OPTION_COUNT; a++) {
    for (pl_option_id b = a + 1; b < PL_OPTION_COUNT; b++) {
      const pl_option *x = pl_option_at(a), *y = pl_option_at(b);
      if (strcmp(x->name, y->name) == 0 || (x->letter != 0 && x->letter == y->letter))
        fail_msg("--%s and --%s are not told apart", x->name, y->name);
    }
  }
}

/* Names and letters are what users type: a change here breaks configurations. */
static void the_names_are_what_users_rely_on(void **state) {
  (void)state;
  static const struct {
    const char *name;
    char letter;
    const char *collectd; /* NULL: the check's own */
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
      {"probe", 0, "Probe"},
      {"path", 0, "Path"},
      {"expect-status", 0, "ExpectStatus"},
      {"api-key-file", 0, "ApiKeyFile"},
      {"api-key-scheme", 0, "ApiKeyScheme"},
      {"tls-name", 0, "TlsName"},
      {"ca-file", 0, "CaFile"},
      {"certificate", 0, "Certificate"},
      {"min-up", 0, "MinUp"},
      {"expect-public", 0, "ExpectPublic"},
      {"public-resolver", 0, "PublicResolver"},
      {"public-probe", 0, "PublicProbe"},
      {"public-address", 0, "PublicAddress"},
      {"blocked-by", 0, "BlockedBy"},
      {"witness", 0, "Witness"},
      {"on-unproven", 0, "OnUnproven"},
      {"service-name", 0, "ServiceName"},
      {"pending-grace", 0, "PendingGrace"},
      {"min-zones", 0, "MinZones"},
      {"private-dns", 0, "PrivateDns"},
      {"aws-profile", 0, "AwsProfile"},
      {"aws-role-arn", 0, "AwsRoleArn"},
      {"aws-external-id", 0, "AwsExternalId"},
      {"aws-endpoint-url", 0, "AwsEndpointUrl"},
      {"hourly-price", 0, "HourlyPrice"},
      {"timeout", 't', "Timeout"},
      {"connect-timeout", 0, "ConnectTimeout"},
      {"response-timeout", 0, "ResponseTimeout"},
      {"warning", 'w', "Warning"},
      {"critical", 'c', "Critical"},
      {"use-ipv4", '4', "UseIpv4"},
      {"use-ipv6", '6', "UseIpv6"},
      {"interval", 0, "Interval"},
      {"recovery", 0, "Recovery"},
      {"state-interval", 0, "StateInterval"},
      {"detail-interval", 0, "DetailInterval"},
      {"max-connections", 0, "MaxConnections"},
      {"config", 0, NULL},
      {"endpoint", 0, NULL},
      {"extra-opts", 0, NULL},
      {"output", 0, NULL},
      {"explain", 0, NULL},
      {"list-presets", 0, NULL},
      {"verbose", 'v', NULL},
      {"version", 'V', NULL},
      {"help", 'h', NULL},
  };
  assert_int_equal(PL_OPTION_COUNT, PL_COUNT_OF(rows));
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_option *option = pl_option_find(rows[i].name, PL_FACE_CHECK | PL_FACE_PLUGIN);
    if (option == NULL)
      fail_msg("--%s is missing", rows[i].name);
    assert_int_equal(option->letter, rows[i].letter);
    assert_int_equal(is_option_of_a_spec(option->id), rows[i].collectd != NULL);
    if (rows[i].letter != 0)
      assert_ptr_equal(pl_option_find_letter(rows[i].letter), option);
    if (rows[i].collectd == NULL)
      continue;
    char storage[64];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_option_add_collectd_name(&buf, option);
    assert_string_equal(storage, rows[i].collectd);
    assert_ptr_equal(pl_option_find(storage, PL_FACE_PLUGIN), option);
  }
}

static void each_face_has_its_own_spelling(void **state) {
  (void)state;
  static const struct {
    const char *name, *key;
    unsigned face;
    bool found;
  } rows[] = {
      {"INI key", "private-name", PL_FACE_CONFIG, true},
      {"INI keys are spelled as on the command line", "PrivateName", PL_FACE_CONFIG, false},
      {"long option", "private-name", PL_FACE_CHECK, true},
      {"collectd key", "PrivateName", PL_FACE_PLUGIN, true},
      {"collectd keys have no case", "privatename", PL_FACE_PLUGIN, true},
      {"collectd keys have no case", "PRIVATENAME", PL_FACE_PLUGIN, true},
      {"too short", "PrivateNam", PL_FACE_PLUGIN, false},
      {"too long", "PrivateNames", PL_FACE_PLUGIN, false},
      {"empty", "", PL_FACE_PLUGIN | PL_FACE_CHECK, false},
      {"of another face", "explain", PL_FACE_PLUGIN, false},
      {"of another face", "Config", PL_FACE_PLUGIN, false},
      {"of another face", "interval", PL_FACE_CONFIG | PL_FACE_CHECK, false},
      {"of another face", "extra-opts", PL_FACE_CONFIG, false},
      {"unknown", "private-address", PL_FACE_CHECK | PL_FACE_CONFIG | PL_FACE_PLUGIN, false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if ((pl_option_find(rows[i].key, rows[i].face) != NULL) != rows[i].found)
      fail_msg("%s: %s", rows[i].name, rows[i].key);
  }
  assert_null(pl_option_find_letter(0));
  assert_null(pl_option_find_letter('x'));
}

/* What the help says is the default is what a spec begins with. */
static void stated_defaults_are_the_real_ones(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  static const pl_option_id scalars[] = {
      PL_OPTION_PORT,        PL_OPTION_PROBE,           PL_OPTION_CERTIFICATE,
      PL_OPTION_MIN_UP,      PL_OPTION_EXPECT_PUBLIC,   PL_OPTION_PUBLIC_PROBE,
      PL_OPTION_ON_UNPROVEN, PL_OPTION_PENDING_GRACE,   PL_OPTION_MIN_ZONES,
      PL_OPTION_TIMEOUT,     PL_OPTION_CONNECT_TIMEOUT, PL_OPTION_RESPONSE_TIMEOUT,
      PL_OPTION_RECOVERY,    PL_OPTION_STATE_INTERVAL,  PL_OPTION_DETAIL_INTERVAL,
  };
  for (size_t i = 0; i < PL_COUNT_OF(scalars); i++) {
    const char *stated = pl_option_at(scalars[i])->default_text;
    assert_non_null(stated);
    assert_holds(&spec, scalars[i], stated);
    /* And it is a value that the option itself takes. */
    must_set(&spec, scalars[i], PL_LAYER_SECTION, stated);
    assert_holds(&spec, scalars[i], stated);
  }
  /* Without a stated default there is nothing. */
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (pl_option_at(id)->default_text == NULL && is_option_of_a_spec(id))
      assert_holds(&spec, id, pl_option_at(id)->argument == NULL ? "no" : "-");
  }
  pl_spec_free(&spec);
}

/* ---- values --------------------------------------------------------------------------------- */

typedef struct good {
  pl_option_id id;
  const char *value, *holds; /* NULL: as written */
} good;

static const good good_values[] = {
    {PL_OPTION_PRIVATE_NAME, "api.example.com", NULL},
    {PL_OPTION_PRIVATE_NAME, "a", NULL},
    {PL_OPTION_PRIVATE_NAME, "_service.x-1.example.com.", NULL},
    {PL_OPTION_PRIVATE_NAME, "1.2.3.example", NULL},
    {PL_OPTION_NAME, "rockset-prod_1.eu", NULL},
    {PL_OPTION_PUBLIC_NAME, "api.euc1a1.rockset.com", NULL},
    {PL_OPTION_PORT, "1", NULL},
    {PL_OPTION_PORT, "65535", NULL},
    {PL_OPTION_PORT, "0443", "443"},
    {PL_OPTION_ENDPOINT_ID, "vpce-0abc123def4567890", NULL},
    {PL_OPTION_ENDPOINT_ID, "vpce-12345678", NULL},
    {PL_OPTION_REGION, "eu-central-1", NULL},
    {PL_OPTION_REGION, "us-gov-west-1", NULL},
    {PL_OPTION_REGION, "ap-southeast-7", NULL},
    {PL_OPTION_REGION, "eusc-de-east-1", NULL},
    {PL_OPTION_REGION, "us-isob-east-1", NULL},
    {PL_OPTION_PRESET, "rockset", NULL},
    {PL_OPTION_PRESET, "Rockset", "rockset"},
    {PL_OPTION_ADDRESS, "10.0.1.10", NULL},
    {PL_OPTION_ADDRESS, "10.0.1.10, fd00::1", "10.0.1.10,fd00::1"},
    {PL_OPTION_ADDRESS, "::ffff:10.0.1.10", "10.0.1.10"},
    {PL_OPTION_CHECK, "state,dns,port,public", NULL},
    {PL_OPTION_CHECK, "public,DNS,public", "dns,public"},
    {PL_OPTION_RESOLVER, "10.0.0.2", "10.0.0.2:53"},
    {PL_OPTION_RESOLVER, "10.0.0.2:5353,[fd00::2]:54,fd00::3",
     "10.0.0.2:5353,[fd00::2]:54,[fd00::3]:53"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.0/8,fc00::/7", NULL},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.1", "10.0.0.1/32"},
    {PL_OPTION_PROBE, "tcp", NULL},
    {PL_OPTION_PROBE, "TLS", "tls"},
    {PL_OPTION_PROBE, "http", NULL},
    {PL_OPTION_PATH, "/", NULL},
    {PL_OPTION_PATH, "/v1/orgs/self?a=b&c=%20", NULL},
    {PL_OPTION_EXPECT_STATUS, "200-399,401", "200-399,401-401"},
    {PL_OPTION_EXPECT_STATUS, "100-599", NULL},
    {PL_OPTION_API_KEY_FILE, "/etc/keys/a b", NULL},
    {PL_OPTION_API_KEY_SCHEME, "ApiKey", NULL},
    {PL_OPTION_API_KEY_SCHEME, "none", NULL},
    {PL_OPTION_TLS_NAME, "api.example.com", NULL},
    {PL_OPTION_CA_FILE, "ca.pem", NULL},
    {PL_OPTION_CERTIFICATE, "30,10", NULL},
    {PL_OPTION_CERTIFICATE, "30, 10", "30,10"},
    {PL_OPTION_CERTIFICATE, "0,0", NULL},
    {PL_OPTION_CERTIFICATE, "3650,3650", NULL},
    {PL_OPTION_MIN_UP, "1", NULL},
    {PL_OPTION_MIN_UP, "64", NULL},
    {PL_OPTION_EXPECT_PUBLIC, "reachable", NULL},
    {PL_OPTION_EXPECT_PUBLIC, "blocked", NULL},
    {PL_OPTION_PUBLIC_RESOLVER, "9.9.9.9", "9.9.9.9:53"},
    {PL_OPTION_PUBLIC_PROBE, "tls", NULL},
    {PL_OPTION_PUBLIC_ADDRESS, "52.58.0.11,2600::1", NULL},
    {PL_OPTION_BLOCKED_BY, "http:403", "http:403!"},
    {PL_OPTION_BLOCKED_BY, "http:403,tcp:refused,tls:alert=80",
     "http:403!,tcp:refused!,tls:alert=80!"},
    {PL_OPTION_BLOCKED_BY, "tls:reset,tls:alert,tcp:timeout,tcp:rejected,dns:nxdomain",
     "tls:reset!,tls:alert!,tcp:timeout!,tcp:rejected!,dns:nxdomain!"},
    {PL_OPTION_BLOCKED_BY, "tls:alert=0", "tls:alert=0!"},
    {PL_OPTION_BLOCKED_BY, "tls:alert=255", "tls:alert=255!"},
    {PL_OPTION_BLOCKED_BY, "http:200:not allowed", "http:200:not allowed!"},
    {PL_OPTION_BLOCKED_BY, "tcp:refused,http:403:a{1,3}b,c", "tcp:refused!,http:403:a{1,3}b,c!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a:b", "http:403:a:b!"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a{10}){1,100}\\.\\\\1", "http:403:(a{10}){1,100}\\.\\\\1!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{2,}b{0,1}", "http:403:a{2,}b{0,1}!"},
    {PL_OPTION_BLOCKED_BY, "tls:reset ,\thttp:403: a, b ", "tls:reset!,http:403: a, b !"},
    {PL_OPTION_BLOCKED_BY, "http:404,http:403:x,y", "http:404!,http:403:x,y!"},
    {PL_OPTION_WITNESS, "example.com", "example.com:443"},
    {PL_OPTION_WITNESS, "example.com.,example.net.:853", "example.com:443,example.net:853!"},
    {PL_OPTION_WITNESS, "example.com:443,9.9.9.9:853,[2620:fe::fe]:853,2620:fe::9",
     "example.com:443!,9.9.9.9:853!,2620:fe::fe:853!,2620:fe::9:443"},
    {PL_OPTION_ON_UNPROVEN, "ok", NULL},
    {PL_OPTION_ON_UNPROVEN, "WARNING", "warning"},
    {PL_OPTION_ON_UNPROVEN, "critical", NULL},
    {PL_OPTION_ON_UNPROVEN, "unknown", NULL},
    {PL_OPTION_SERVICE_NAME, "com.amazonaws.vpce.eu-central-1.vpce-svc-02f409ce75f330219", NULL},
    {PL_OPTION_PENDING_GRACE, "0", NULL},
    {PL_OPTION_PENDING_GRACE, "604800", NULL},
    {PL_OPTION_MIN_ZONES, "0", NULL},
    {PL_OPTION_MIN_ZONES, "16", NULL},
    {PL_OPTION_PRIVATE_DNS, "on", NULL},
    {PL_OPTION_PRIVATE_DNS, "Off", "off"},
    {PL_OPTION_PRIVATE_DNS, "any", NULL},
    {PL_OPTION_AWS_PROFILE, "my profile", NULL},
    {PL_OPTION_AWS_ROLE_ARN, "arn:aws:iam::123456789012:role/path/Name", NULL},
    {PL_OPTION_AWS_ROLE_ARN, "arn:aws-us-gov:iam::123456789012:role/Name", NULL},
    {PL_OPTION_AWS_EXTERNAL_ID, "ab:1/2=@", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://ec2.eu-west-1.amazonaws.com", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "http://127.0.0.1:8080/prefix", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://[::1]:8443/", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://localhost", NULL},
    {PL_OPTION_HOURLY_PRICE, "0", NULL},
    {PL_OPTION_HOURLY_PRICE, "0.011", NULL},
    {PL_OPTION_HOURLY_PRICE, "1000", NULL},
    {PL_OPTION_TIMEOUT, "0.1", NULL},
    {PL_OPTION_TIMEOUT, "600", NULL},
    {PL_OPTION_INTERVAL, "0.1", NULL},
    {PL_OPTION_INTERVAL, "86400", NULL},
    {PL_OPTION_RECOVERY, "1", NULL},
    {PL_OPTION_STATE_INTERVAL, "1", NULL},
    {PL_OPTION_DETAIL_INTERVAL, "900.5", NULL},
    {PL_OPTION_MAX_CONNECTIONS, "16", NULL},
    {PL_OPTION_CONNECT_TIMEOUT, "0.01", NULL},
    {PL_OPTION_CONNECT_TIMEOUT, "2.5", NULL},
    {PL_OPTION_RESPONSE_TIMEOUT, ".5", "0.5"},
    {PL_OPTION_WARNING, "0.5", "time=0.5"},
    {PL_OPTION_WARNING, "certificate_days=14:,time=@10:20", NULL},
    {PL_OPTION_WARNING, "addresses_up-eu-central-1a=2:,addresses_up-use1-az4=1:", NULL},
    {PL_OPTION_CRITICAL, "dns_time=~:1.5", NULL},
    {PL_OPTION_USE_IPV4, "yes", NULL},
    {PL_OPTION_USE_IPV4, "True", "yes"},
    {PL_OPTION_USE_IPV4, "off", "no"},
    {PL_OPTION_USE_IPV6, "on", "yes"},
    {PL_OPTION_USE_IPV6, "false", "no"},
    {PL_OPTION_USE_IPV6, "no", NULL},
};

static void good_values_are_taken(void **state) {
  (void)state;
  bool seen[PL_OPTION_COUNT] = {false};
  for (size_t i = 0; i < PL_COUNT_OF(good_values); i++) {
    const good *row = &good_values[i];
    seen[row->id] = true;
    pl_spec spec;
    pl_spec_init(&spec);
    must_set(&spec, row->id, PL_LAYER_SECTION, row->value);
    assert_holds(&spec, row->id, row->holds != NULL ? row->holds : row->value);
    assert_true(pl_spec_given(&spec, row->id));
    pl_spec_free(&spec);
  }
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (seen[id] != is_option_of_a_spec(id))
      fail_msg("--%s has no case", pl_option_at(id)->name);
  }
}

typedef struct bad {
  pl_option_id id;
  const char *value;
  const char *right; /* what the message must say: what would be right */
} bad;

static const bad bad_values[] = {
    {PL_OPTION_PRIVATE_NAME, "", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "10.0.1.10", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "::1", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a b.example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "*.example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "https://api.example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "api.example.com:443", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "-a.example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a-.example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a.example-", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a..example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, ".example.com", "a host name"},
    {PL_OPTION_PRIVATE_NAME, ".", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "bücher.example", "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a234567890123456789012345678901234567890123456789012345678901234.com",
     "a host name"},
    {PL_OPTION_PRIVATE_NAME, "a\nb", "a host name"},
    {PL_OPTION_NAME, "", "1 to 64 letters"},
    {PL_OPTION_NAME, "a b", "1 to 64 letters"},
    {PL_OPTION_NAME, "a/b", "1 to 64 letters"},
    {PL_OPTION_NAME, "a2345678901234567890123456789012345678901234567890123456789012345",
     "1 to 64 letters"},
    {PL_OPTION_PUBLIC_NAME, "1.1.1.1", "a host name"},
    {PL_OPTION_PORT, "0", "from 1 to 65535"},
    {PL_OPTION_PORT, "65536", "from 1 to 65535"},
    {PL_OPTION_PORT, "99999999999999999999", "from 1 to 65535"},
    {PL_OPTION_PORT, "-1", "from 1 to 65535"},
    {PL_OPTION_PORT, "+1", "from 1 to 65535"},
    {PL_OPTION_PORT, " 1", "from 1 to 65535"},
    {PL_OPTION_PORT, "0x1bb", "from 1 to 65535"},
    {PL_OPTION_PORT, "443.0", "from 1 to 65535"},
    {PL_OPTION_PORT, "https", "from 1 to 65535"},
    {PL_OPTION_PORT, "", "from 1 to 65535"},
    {PL_OPTION_ENDPOINT_ID, "vpc-0abc123def4567890", "such as vpce-"},
    {PL_OPTION_ENDPOINT_ID, "vpce-1234567", "such as vpce-"},
    {PL_OPTION_ENDPOINT_ID, "vpce-svc-02f409ce75f330219", "such as vpce-"},
    {PL_OPTION_ENDPOINT_ID, "vpce-0ABC123DEF4567890", "such as vpce-"},
    {PL_OPTION_REGION, "frankfurt", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-1a", "such as eu-central-1"},
    {PL_OPTION_REGION, "EU-CENTRAL-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu--central-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-", "such as eu-central-1"},
    {PL_OPTION_REGION, "1u-central-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eucentral-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-123", "such as eu-central-1"},
    {PL_OPTION_REGION, "evil.example.com/", "such as eu-central-1"},
    {PL_OPTION_PRESET, "rocksett", "rockset, elastic"},
    {PL_OPTION_PRESET, "", "rockset, elastic"},
    {PL_OPTION_ADDRESS, "10.0.1", "IP address"},
    {PL_OPTION_ADDRESS, "10.0.1.10:443", "IP address"},
    {PL_OPTION_ADDRESS, "api.example.com", "IP address"},
    {PL_OPTION_ADDRESS, "10.0.1.10,,10.0.1.11", "empty"},
    {PL_OPTION_ADDRESS, "10.0.1.10,", "empty"},
    {PL_OPTION_ADDRESS, "", "empty"},
    {PL_OPTION_ADDRESS, " \t", "empty"},
    {PL_OPTION_CHECK, "states", "state, dns, port or public"},
    {PL_OPTION_CHECK, "all", "state, dns, port or public"},
    {PL_OPTION_CHECK, "state;dns", "state, dns, port or public"},
    {PL_OPTION_RESOLVER, "resolver.example.com", "IP or IP:PORT"},
    {PL_OPTION_RESOLVER, "10.0.0.2:0", "IP or IP:PORT"},
    {PL_OPTION_RESOLVER, "10.0.0.2:65536", "IP or IP:PORT"},
    {PL_OPTION_RESOLVER, "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9",
     "at most 8 items"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.1/8", "such as 10.0.0.0/8"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.0/33", "such as 10.0.0.0/8"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.0-10.255.255.255", "such as 10.0.0.0/8"},
    {PL_OPTION_PROBE, "https", "tcp, tls or http"},
    {PL_OPTION_PROBE, "", "tcp, tls or http"},
    {PL_OPTION_PATH, "v1/orgs", "begins with '/'"},
    {PL_OPTION_PATH, "", "begins with '/'"},
    {PL_OPTION_PATH, "/a b", "begins with '/'"},
    {PL_OPTION_PATH, "/a#b", "begins with '/'"},
    {PL_OPTION_PATH, "/a\r\nHost: evil", "begins with '/'"},
    {PL_OPTION_PATH, "/\xc3\xbc", "begins with '/'"},
    {PL_OPTION_EXPECT_STATUS, "99", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "600", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "2xx", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "399-200", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "200-", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "-200", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "200-300-400", "100 to 599"},
    {PL_OPTION_EXPECT_STATUS, "0200", "100 to 599"},
    {PL_OPTION_API_KEY_FILE, "", "a file's name"},
    {PL_OPTION_API_KEY_FILE, "a\nb", "a file's name"},
    {PL_OPTION_API_KEY_SCHEME, "", "'none'"},
    {PL_OPTION_API_KEY_SCHEME, "Api Key", "'none'"},
    {PL_OPTION_API_KEY_SCHEME, "Bearer:", "'none'"},
    {PL_OPTION_TLS_NAME, "10.0.1.10", "a host name"},
    {PL_OPTION_CA_FILE, "", "a file's name"},
    {PL_OPTION_CERTIFICATE, "14", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "7,14", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, ",7", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "14,", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "14,7,3", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "14.5,7", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "3651,7", "WARN,CRIT"},
    {PL_OPTION_CERTIFICATE, "00000000000000000014,0", "WARN,CRIT"},
    {PL_OPTION_MIN_UP, "0", "from 1 to 64"},
    {PL_OPTION_MIN_UP, "65", "from 1 to 64"},
    {PL_OPTION_EXPECT_PUBLIC, "open", "blocked or reachable"},
    {PL_OPTION_PUBLIC_RESOLVER, "dns.google", "IP or IP:PORT"},
    {PL_OPTION_PUBLIC_PROBE, "udp", "tcp, tls or http"},
    {PL_OPTION_PUBLIC_ADDRESS, "example.com", "IP address"},
    {PL_OPTION_BLOCKED_BY, "403", "http:STATUS"},
    {PL_OPTION_BLOCKED_BY, "http", "http:STATUS"},
    {PL_OPTION_BLOCKED_BY, "tcp:closed", "http:STATUS"},
    {PL_OPTION_BLOCKED_BY, "TCP:refused", "http:STATUS"},
    {PL_OPTION_BLOCKED_BY, "http:", "200 to 599"},
    {PL_OPTION_BLOCKED_BY, "http:100", "200 to 599"},
    {PL_OPTION_BLOCKED_BY, "http:999", "200 to 599"},
    {PL_OPTION_BLOCKED_BY, "http:4o3", "200 to 599"},
    {PL_OPTION_BLOCKED_BY, "http:200", "http:200:REGEX"},
    {PL_OPTION_BLOCKED_BY, "http:302", "http:302:REGEX"},
    {PL_OPTION_BLOCKED_BY, "http:403:", "REGEX has 1 to 256 bytes"},
    {PL_OPTION_BLOCKED_BY, "http:403:(", "regular expression"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{2", "regular expression"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a*)b\\1", "back-reference"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a{100}){11}", "more than 1000"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{1,5000}", "more than 1000"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{99999999999999999999}", "more than 1000"},
    {PL_OPTION_BLOCKED_BY, "http:403:.*", "matches an empty body"},
    {PL_OPTION_BLOCKED_BY, "http:403:a|", "matches an empty body"},
    {PL_OPTION_BLOCKED_BY, "tls:alert=256", "0 to 255"},
    {PL_OPTION_BLOCKED_BY, "tls:alert=", "0 to 255"},
    {PL_OPTION_BLOCKED_BY, "tls:alert=-1", "0 to 255"},
    {PL_OPTION_WITNESS, "example.com:0", "HOST or HOST:PORT"},
    {PL_OPTION_WITNESS, "example.com:65536", "HOST or HOST:PORT"},
    {PL_OPTION_WITNESS, "example.com:", "HOST or HOST:PORT"},
    {PL_OPTION_WITNESS, "1.2.3:443", "HOST or HOST:PORT"},
    {PL_OPTION_WITNESS, "https://example.com", "HOST or HOST:PORT"},
    {PL_OPTION_WITNESS, ":443", "HOST or HOST:PORT"},
    {PL_OPTION_ON_UNPROVEN, "0", "ok, warning, critical or unknown"},
    {PL_OPTION_SERVICE_NAME, "vpce-svc-02f409ce75f330219", "such as com.amazonaws.vpce"},
    {PL_OPTION_SERVICE_NAME, "com.amazonaws.vpce.eu-west-1.vpce-svc-1.", "such as com.amazonaws"},
    {PL_OPTION_SERVICE_NAME, "com.amazonaws vpce", "such as com.amazonaws.vpce"},
    {PL_OPTION_PENDING_GRACE, "604801", "from 0 to 604800"},
    {PL_OPTION_PENDING_GRACE, "15m", "from 0 to 604800"},
    {PL_OPTION_PENDING_GRACE, "-1", "from 0 to 604800"},
    {PL_OPTION_MIN_ZONES, "17", "from 0 to 16"},
    {PL_OPTION_PRIVATE_DNS, "yes", "on, off or any"},
    {PL_OPTION_AWS_PROFILE, "", "a profile's name"},
    {PL_OPTION_AWS_PROFILE, "a]b", "a profile's name"},
    {PL_OPTION_AWS_ROLE_ARN, "Name", "arn:aws:iam::"},
    {PL_OPTION_AWS_ROLE_ARN, "arn:aws:iam::123456789012:user/Name", "arn:aws:iam::"},
    {PL_OPTION_AWS_ROLE_ARN, "arn:aws:sts::123456789012:role/Name", "arn:aws:iam::"},
    {PL_OPTION_AWS_ROLE_ARN, "arn:aws:iam::123456789012:role/a b", "arn:aws:iam::"},
    {PL_OPTION_AWS_EXTERNAL_ID, "a", "2 to 1224"},
    {PL_OPTION_AWS_EXTERNAL_ID, "a b", "2 to 1224"},
    {PL_OPTION_AWS_ENDPOINT_URL, "ec2.eu-west-1.amazonaws.com", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "ftp://ec2.amazonaws.com", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://user@host", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https:///path", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://host:port", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://host:65536/", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://a,b", "such as https://"},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://host/?a=b", "such as https://"},
    {PL_OPTION_HOURLY_PRICE, "-0.01", "from 0 to 1000"},
    {PL_OPTION_HOURLY_PRICE, "1000.1", "from 0 to 1000"},
    {PL_OPTION_HOURLY_PRICE, "0.01 USD", "from 0 to 1000"},
    {PL_OPTION_TIMEOUT, "0", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "601", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "10s", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "1e1", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "inf", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "nan", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "1,5", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, "1.2.3", "from 0.1 to 600"},
    {PL_OPTION_TIMEOUT, ".", "from 0.1 to 600"},
    {PL_OPTION_CONNECT_TIMEOUT, "0.009", "from 0.01 to 600"},
    {PL_OPTION_INTERVAL, "0.05", "from 0.1 to 86400"},
    {PL_OPTION_RECOVERY, "0", "from 1 to 100"},
    {PL_OPTION_STATE_INTERVAL, "0.5", "from 1 to 86400"},
    {PL_OPTION_DETAIL_INTERVAL, "86401", "from 1 to 86400"},
    {PL_OPTION_MAX_CONNECTIONS, "15", "from 16 to 65536"},
    {PL_OPTION_RESPONSE_TIMEOUT, "", "from 0.01 to 600"},
    {PL_OPTION_WARNING, "tme=1", "no metric"},
    {PL_OPTION_WARNING, "=1", "no metric"},
    {PL_OPTION_WARNING, "time-eu-central-1a=1", "no metric"},
    {PL_OPTION_WARNING, "addresses_up-=1", "no metric"},
    {PL_OPTION_WARNING, "addresses_up-EU=1", "no metric"},
    {PL_OPTION_WARNING, "addresses_up-10.0.1.10=1", "no metric"},
    {PL_OPTION_WARNING, "addresses_up-abcdefghijklmnopqrstuvwxyz012345=1", "no metric"},
    {PL_OPTION_WARNING, "-a=1", "no metric"},
    {PL_OPTION_WARNING, "time=", "a range such as"},
    {PL_OPTION_WARNING, "abc", "a range such as"},
    {PL_OPTION_WARNING, "20:10", "a range such as"},
    {PL_OPTION_CRITICAL, "a2345678901234567890123456789012345678901234567890123456789012345=1",
     "no metric"},
    {PL_OPTION_CRITICAL, "time=1=2", "a range such as"},
    {PL_OPTION_USE_IPV4, "", "yes nor no"},
    {PL_OPTION_USE_IPV4, "1", "yes nor no"},
    {PL_OPTION_USE_IPV6, "maybe", "yes nor no"},
};

/* One line that names the option and says what would be right; and nothing has changed. */
static void assert_refused(pl_option_id id, const char *value, const char *right) {
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  pl_spec spec;
  pl_spec_init(&spec);
  for (size_t i = 0; i < PL_COUNT_OF(good_values); i++) {
    if (good_values[i].id == id)
      must_set(&spec, id, PL_LAYER_SECTION, good_values[i].value);
  }
  spec_text(&spec, before);
  pl_error error = {{0}};
  pl_status status = set(&spec, id, PL_LAYER_COMMAND_LINE, value, &error);
  if (status != PL_ERR_INVALID && status != PL_ERR_LIMIT)
    fail_msg("--%s takes '%s'", pl_option_at(id)->name, value);
  char prefix[64];
  pl_buf buf;
  pl_buf_fixed(&buf, prefix, sizeof(prefix));
  pl_buf_addf(&buf, "--%s: ", pl_option_at(id)->name);
  if (strncmp(error.text, prefix, strlen(prefix)) != 0 || strchr(error.text, '\n') != NULL)
    fail_msg("'%s' is not one line that names --%s", error.text, pl_option_at(id)->name);
  if (right != NULL && strstr(error.text, right) == NULL)
    fail_msg("'%s' does not say '%s'", error.text, right);
  assert_string_equal(spec_text(&spec, after), before);
  pl_spec_free(&spec);
}

static void bad_values_are_refused(void **state) {
  (void)state;
  bool seen[PL_OPTION_COUNT] = {false};
  for (size_t i = 0; i < PL_COUNT_OF(bad_values); i++) {
    seen[bad_values[i].id] = true;
    assert_refused(bad_values[i].id, bad_values[i].value, bad_values[i].right);
  }
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (seen[id] != is_option_of_a_spec(id))
      fail_msg("--%s has no case", pl_option_at(id)->name);
  }
}

/* Values beyond every bound are refused by each option, and the message still says what would be
 * right. */
static void values_beyond_the_bound_are_refused(void **state) {
  (void)state;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!is_option_of_a_spec(id))
      continue;
    bool any_text = id == PL_OPTION_API_KEY_FILE || id == PL_OPTION_CA_FILE;
    if (!any_text)
      assert_refused(id, repeat('a', PL_LIMIT_VALUE), "aaa...' "); /* cut, so the rest fits */
    assert_refused(id, repeat('a', PL_LIMIT_VALUE + 1), NULL);
  }
  assert_refused(PL_OPTION_WARNING, repeat('a', PL_LIMIT_VALUE), "a range such as");
  assert_refused(PL_OPTION_WITNESS, repeat('a', PL_LIMIT_HOST + 1), "HOST or HOST:PORT");
  assert_refused(PL_OPTION_PRIVATE_NAME, repeat('a', PL_LIMIT_HOST + 1), "a host name");
  char url[PL_LIMIT_PATH] = "https://";
  strcat(url, repeat('a', PL_LIMIT_HOST + sizeof(":65535")));
  assert_refused(PL_OPTION_AWS_ENDPOINT_URL, url, "such as https://");
  char signature[PL_LIMIT_REGEX + 32] = "http:403:";
  strcat(signature, repeat('a', PL_LIMIT_REGEX));
  pl_spec spec;
  pl_spec_init(&spec);
  must_set(&spec, PL_OPTION_BLOCKED_BY, PL_LAYER_SECTION, signature);
  pl_spec_free(&spec);
  strcat(signature, "a");
  assert_refused(PL_OPTION_BLOCKED_BY, signature, "1 to 256 bytes");
}

static void options_of_the_faces_are_none_of_a_spec(void **state) {
  (void)state;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!is_option_of_a_spec(id))
      assert_refused(id, "yes", "is not an option of an endpoint");
  }
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* Scalars take one argument; a flag none or one; lists as many as there are, each with commas. */
static void options_take_their_number_of_arguments(void **state) {
  (void)state;
  static const char *const two[] = {"1", "2"};
  pl_spec spec;
  pl_spec_init(&spec);
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!is_option_of_a_spec(id))
      continue;
    pl_error error = {{0}};
    if (pl_option_at(id)->argument == NULL) {
      assert_int_equal(pl_spec_set(&spec, id, PL_LAYER_SECTION, NULL, 0, &error), PL_OK);
      assert_holds(&spec, id, "yes");
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

/* collectd.conf: several arguments, each of which may be a list itself. */
static void lists_take_several_arguments(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  static const char *const resolvers[] = {"1.1.1.1", "8.8.8.8:5353,9.9.9.9"};
  assert_int_equal(
      pl_spec_set(&spec, PL_OPTION_PUBLIC_RESOLVER, PL_LAYER_COMMON, resolvers, 2, NULL), PL_OK);
  assert_holds(&spec, PL_OPTION_PUBLIC_RESOLVER, "1.1.1.1:53,8.8.8.8:5353,9.9.9.9:53");
  static const char *const signatures[] = {"http:403:a,b", "tls:reset"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_BLOCKED_BY, PL_LAYER_COMMON, signatures, 2, NULL),
                   PL_OK);
  assert_holds(&spec, PL_OPTION_BLOCKED_BY, "http:403:a,b!,tls:reset!");
  static const char *const checks[] = {"dns", "public"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CHECK, PL_LAYER_COMMON, checks, 2, NULL), PL_OK);
  assert_holds(&spec, PL_OPTION_CHECK, "dns,public");
  static const char *const days[] = {"30", "10"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CERTIFICATE, PL_LAYER_COMMON, days, 2, NULL),
                   PL_OK);
  assert_holds(&spec, PL_OPTION_CERTIFICATE, "30,10");
  static const char *const wrong_days[] = {"10", "30"};
  assert_int_equal(pl_spec_set(&spec, PL_OPTION_CERTIFICATE, PL_LAYER_COMMON, wrong_days, 2, NULL),
                   PL_ERR_INVALID);
  assert_holds(&spec, PL_OPTION_CERTIFICATE, "30,10");
  /* A mistake in the last one costs nothing. */
  static const char *const mistaken[] = {"9.9.9.9", "9.9.9"};
  assert_int_equal(
      pl_spec_set(&spec, PL_OPTION_PUBLIC_RESOLVER, PL_LAYER_COMMON, mistaken, 2, NULL),
      PL_ERR_INVALID);
  assert_holds(&spec, PL_OPTION_PUBLIC_RESOLVER, "1.1.1.1:53,8.8.8.8:5353,9.9.9.9:53");
  pl_spec_free(&spec);
}

/* ---- layers --------------------------------------------------------------------------------- */

static const pl_layer layers[] = {PL_LAYER_DEFAULT, PL_LAYER_PRESET, PL_LAYER_COMMON,
                                  PL_LAYER_SECTION, PL_LAYER_COMMAND_LINE};

/* Whatever the order in which the faces read them: the higher layer stays. */
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
        must_set(&spec, rows[i].id, layers[a], first);
        must_set(&spec, rows[i].id, layers[b], second);
        assert_holds(&spec, rows[i].id, a > b ? rows[i].first : rows[i].second);
        assert_int_equal(pl_spec_given(&spec, rows[i].id), layers[a > b ? a : b] > PL_LAYER_PRESET);
        pl_spec_free(&spec);
      }
    }
  }
}

/* A value that loses is checked all the same: a mistake in [*] is named even where a section
 * overrides it. */
static void a_lower_layer_is_checked_all_the_same(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  must_set(&spec, PL_OPTION_PORT, PL_LAYER_SECTION, "1");
  pl_error error = {{0}};
  assert_int_equal(set(&spec, PL_OPTION_PORT, PL_LAYER_COMMON, "x", &error), PL_ERR_INVALID);
  assert_non_null(strstr(error.text, "--port: "));
  assert_holds(&spec, PL_OPTION_PORT, "1");
  pl_spec_free(&spec);
}

/* In one layer the last scalar wins, a list replaces, and what is repeatable adds. */
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
    must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].first);
    must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].second);
    assert_holds(&spec, rows[i].id, rows[i].holds);
    /* A higher layer replaces what is repeatable, too. */
    must_set(&spec, rows[i].id, PL_LAYER_COMMAND_LINE, rows[i].first);
    must_set(&spec, rows[i].id, PL_LAYER_SECTION, rows[i].second);
    pl_spec other;
    pl_spec_init(&other);
    must_set(&other, rows[i].id, PL_LAYER_SECTION, rows[i].first);
    char once[256];
    pl_buf buf;
    pl_buf_fixed(&buf, once, sizeof(once));
    spec_text_add(&buf, &other, rows[i].id);
    assert_holds(&spec, rows[i].id, once);
    pl_spec_free(&other);
    pl_spec_free(&spec);
  }
}

/* What the user lists is proof; what a preset's layer sets is not, by itself. */
static void only_the_user_s_signatures_are_proof(void **state) {
  (void)state;
  static const char *const holds[] = {"tls:reset", "tls:reset", "tls:reset!", "tls:reset!",
                                      "tls:reset!"};
  for (size_t i = 0; i < PL_COUNT_OF(layers); i++) {
    pl_spec spec;
    pl_spec_init(&spec);
    must_set(&spec, PL_OPTION_BLOCKED_BY, layers[i], "tls:reset");
    assert_holds(&spec, PL_OPTION_BLOCKED_BY, holds[i]);
    pl_spec_free(&spec);
  }
}

static void lists_have_a_bound(void **state) {
  (void)state;
  pl_spec spec;
  pl_spec_init(&spec);
  for (unsigned i = 0; i < PL_LIMIT_LIST / 2; i++)
    must_set(&spec, PL_OPTION_WARNING, PL_LAYER_SECTION, "1,2");
  pl_error error = {{0}};
  assert_int_equal(set(&spec, PL_OPTION_WARNING, PL_LAYER_SECTION, "3", &error), PL_ERR_LIMIT);
  assert_non_null(strstr(error.text, "--warning: "));
  assert_non_null(strstr(error.text, "at most 64 items"));
  assert_int_equal(spec.warning.count, PL_LIMIT_LIST);
  pl_spec_free(&spec);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void no_memory_leaves_the_spec_alone(void **state) {
  (void)state;
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  for (size_t i = 0; i < PL_COUNT_OF(good_values); i++) {
    const good *row = &good_values[i];
    pl_spec spec;
    pl_spec_init(&spec);
    must_set(&spec, row->id, PL_LAYER_SECTION, row->value); /* what is repeatable will append */
    spec_text(&spec, before);
    for (unsigned nth = 1;; nth++) {
      pl_error error = {{0}};
      alloc_fail_arm(nth);
      pl_status status = set(&spec, row->id, PL_LAYER_SECTION, row->value, &error);
      if (!alloc_fail_disarm()) {
        assert_int_equal(status, PL_OK);
        break;
      }
      assert_int_equal(status, PL_ERR_MEMORY);
      assert_non_null(strstr(error.text, pl_option_at(row->id)->name));
      assert_non_null(strstr(error.text, "out of memory"));
      assert_string_equal(spec_text(&spec, after), before);
    }
    pl_spec_free(&spec);
  }
}

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
      {"", NULL},
      {"private-name-private-name-private-name-private-name-private-name-private-name-and-more",
       "private-name"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_option *option = pl_option_nearest(rows[i].name, PL_FACE_CHECK | PL_FACE_PLUGIN);
    if (rows[i].nearest == NULL)
      assert_null(option);
    else
      assert_string_equal(option->name, rows[i].nearest);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_names_are_suggested),
      cmocka_unit_test(every_row_is_sane),
      cmocka_unit_test(names_and_letters_are_unique),
      cmocka_unit_test(the_names_are_what_users_rely_on),
      cmocka_unit_test(each_face_has_its_own_spelling),
      cmocka_unit_test(stated_defaults_are_the_real_ones),
      cmocka_unit_test(good_values_are_taken),
      cmocka_unit_test(bad_values_are_refused),
      cmocka_unit_test(values_beyond_the_bound_are_refused),
      cmocka_unit_test(options_of_the_faces_are_none_of_a_spec),
      cmocka_unit_test(options_take_their_number_of_arguments),
      cmocka_unit_test(lists_take_several_arguments),
      cmocka_unit_test(a_higher_layer_wins),
      cmocka_unit_test(a_lower_layer_is_checked_all_the_same),
      cmocka_unit_test(the_same_layer_twice),
      cmocka_unit_test(only_the_user_s_signatures_are_proof),
      cmocka_unit_test(lists_have_a_bound),
      cmocka_unit_test(no_memory_leaves_the_spec_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
