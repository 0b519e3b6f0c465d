// Tests every way in which an option accepts or refuses a value.
#include "alloc_fail.h"
#include "spec_set.h"
#include "spec_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- values that are taken ------------------------------------------------------------------ */

#define MANY_ANCHORS "\\b^\\b^\\b^\\b^\\b^\\b^\\b^\\b" /* 15 */

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
    {PL_OPTION_SERVICE_REGION, "eu-central-1", NULL},
    {PL_OPTION_REGION, "us-gov-west-1", NULL},
    {PL_OPTION_SERVICE_REGION, "us-gov-west-1", NULL},
    {PL_OPTION_REGION, "ap-southeast-7", NULL},
    {PL_OPTION_SERVICE_REGION, "ap-southeast-7", NULL},
    {PL_OPTION_REGION, "eusc-de-east-1", NULL},
    {PL_OPTION_SERVICE_REGION, "eusc-de-east-1", NULL},
    {PL_OPTION_REGION, "us-isob-east-1", NULL},
    {PL_OPTION_SERVICE_REGION, "us-isob-east-1", NULL},
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
    {PL_OPTION_CLIENT_RANGE, "10.0.0.0/8,fc00::/7", NULL},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.1", "10.0.0.1/32"},
    {PL_OPTION_CLIENT_RANGE, "10.0.0.1", "10.0.0.1/32"},
    {PL_OPTION_FURTHER_NAMES, "skip", NULL},
    {PL_OPTION_FURTHER_NAMES, "ASK", "ask"},
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
    {PL_OPTION_TLS_NAME, "10.0.1.10", NULL},
    {PL_OPTION_TLS_NAME, "2001:db8::1", NULL},
    {PL_OPTION_CA_FILE, "ca.pem", NULL},
    {PL_OPTION_CLIENT_CERT, "cert.pem", NULL},
    {PL_OPTION_CLIENT_KEY, "key.pem", NULL},
    {PL_OPTION_AWS_READABLE_FILE, "ca.pem", NULL},
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
    {PL_OPTION_BLOCKED_BY, "http:403:a*\\b" MANY_ANCHORS, "http:403:a*\\b" MANY_ANCHORS "!"},
    {PL_OPTION_BLOCKED_BY, "http:403:no, tcp:time,http:x,http:4,",
     "http:403:no, tcp:time,http:x,http:4,!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a[,]tcp:timeout", "http:403:a[,]tcp:timeout!"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a{10}){1,100}\\.\\\\1", "http:403:(a{10}){1,100}\\.\\\\1!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{2,}b{0,1}", "http:403:a{2,}b{0,1}!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a\\{2\\}[{\\]}", "http:403:a\\{2\\}[{\\]}!"},
    {PL_OPTION_BLOCKED_BY, "http:403:a+b+c+d+e+f+g+h+i+j+k+", "http:403:a+b+c+d+e+f+g+h+i+j+k+!"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a*b|c)+d{1,}", "http:403:(a*b|c)+d{1,}!"},
    {PL_OPTION_BLOCKED_BY, "http:403:^y(a*)b?(c|)$|x", "http:403:^y(a*)b?(c|)$|x!"},
    {PL_OPTION_BLOCKED_BY, "http:403:[+{9]{9}\\(+x{500}", "http:403:[+{9]{9}\\(+x{500}!"},
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
    {PL_OPTION_AWS_ENDPOINT_URL, "http://localhost:8080", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "http://[::1]:8080", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://ec2.example", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://[::1]:8443/", NULL},
    {PL_OPTION_AWS_ENDPOINT_URL, "https://localhost", NULL},
    {PL_OPTION_HOURLY_PRICE, "0", NULL},
    {PL_OPTION_HOURLY_PRICE, "0.011", NULL},
    {PL_OPTION_HOURLY_PRICE, "1000", NULL},
    {PL_OPTION_TIMEOUT, "0.1", NULL},
    {PL_OPTION_TIMEOUT, "600", NULL},
    {PL_OPTION_INTERVAL, "0.1", NULL},
    {PL_OPTION_INTERVAL, "86400", NULL},
    {PL_OPTION_PROOF, "strict", NULL},
    {PL_OPTION_PROOF, "Standard", "standard"},
    {PL_OPTION_ACCEPT, "near", NULL},
    {PL_OPTION_ACCEPT, "sample, near,NEAR", "near,sample"},
    {PL_OPTION_TENANT, "acme-prod", NULL},
    {PL_OPTION_TENANT, "xy12345.eu-west-1", NULL},
    {PL_OPTION_USER_AGENT, "Mozilla/5.0 (X11)", NULL},
    {PL_OPTION_PUBLIC_KEY_FILE, "/etc/key", NULL},
    {PL_OPTION_PUBLIC_CA_FILE, "/etc/ca.pem", NULL},
    {PL_OPTION_PUBLIC_CONTROL, "status.example.com", NULL},
    {PL_OPTION_PRIVATE_EVIDENCE, "/run/inside.json", NULL},
    {PL_OPTION_PUBLIC_DNS, "https", NULL},
    {PL_OPTION_STATE_DIR, "/var/lib/x", NULL},
    {PL_OPTION_EVIDENCE, "/var/lib/x", NULL},
    {PL_OPTION_EVIDENCE_KEY, "/etc/x.key", NULL},
    {PL_OPTION_EVIDENCE_INTERVAL, "60", NULL},
    {PL_OPTION_EVIDENCE_DAYS, "1", NULL},
    {PL_OPTION_BASELINE_AGE, "1", NULL},
    {PL_OPTION_RECOVERY, "1", NULL},
    {PL_OPTION_CONFIRM, "3", NULL},
    {PL_OPTION_REPORT, "essential", NULL},
    {PL_OPTION_ENDPOINTS_FILE, "/etc/privatelink.ini", NULL},
    {PL_OPTION_REPORT_ADDRESSES, "false", "no"},
    {PL_OPTION_STATE_INTERVAL, "1", NULL},
    {PL_OPTION_DETAIL_INTERVAL, "900.5", NULL},
    {PL_OPTION_MAX_CONNECTIONS, "16", NULL},
    {PL_OPTION_CHAIN_MEMORY, "false", "no"},
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
    spec_must_set(&spec, row->id, PL_LAYER_SECTION, row->value);
    spec_assert_holds(&spec, row->id, row->holds != NULL ? row->holds : row->value);
    assert_true(pl_spec_given(&spec, row->id));
    pl_spec_free(&spec);
  }
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (seen[id] != option_is_of_a_spec(id))
      fail_msg("--%s has no case", pl_option_at(id)->name);
  }
}

/* ---- values that are refused ---------------------------------------------------------------- */

typedef struct bad {
  pl_option_id id;
  const char *value;
  const char *right; /* the message must have it: what would be right */
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
    {PL_OPTION_SERVICE_REGION, "frankfurt", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eu-central", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-1a", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eu-central-1a", "such as eu-central-1"},
    {PL_OPTION_REGION, "EU-CENTRAL-1", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "EU-CENTRAL-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu--central-1", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eu--central-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eu-central-", "such as eu-central-1"},
    {PL_OPTION_REGION, "1u-central-1", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "1u-central-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eucentral-1", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eucentral-1", "such as eu-central-1"},
    {PL_OPTION_REGION, "eu-central-123", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "eu-central-123", "such as eu-central-1"},
    {PL_OPTION_REGION, "evil.example.com/", "such as eu-central-1"},
    {PL_OPTION_SERVICE_REGION, "evil.example.com/", "such as eu-central-1"},
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
    {PL_OPTION_AWS_ENDPOINT_URL, "http://ec2.example", "http:// only to this host"},
    {PL_OPTION_AWS_ENDPOINT_URL, "http://10.0.0.1", "http:// only to this host"},
    {PL_OPTION_AWS_ENDPOINT_URL, "http://localhost.example:80/", "http:// only to this host"},
    {PL_OPTION_AWS_ENDPOINT_URL, "http://[::ffff:10.0.0.1]/", "http:// only to this host"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.1/8", "such as 10.0.0.0/8"},
    {PL_OPTION_CLIENT_RANGE, "10.0.0.1/8", "such as 10.0.0.0/8"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.0/33", "such as 10.0.0.0/8"},
    {PL_OPTION_CLIENT_RANGE, "10.0.0.0/33", "such as 10.0.0.0/8"},
    {PL_OPTION_PRIVATE_RANGE, "10.0.0.0-10.255.255.255", "such as 10.0.0.0/8"},
    {PL_OPTION_CLIENT_RANGE, "10.0.0.0-10.255.255.255", "such as 10.0.0.0/8"},
    {PL_OPTION_FURTHER_NAMES, "no", "ask or skip"},
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
    {PL_OPTION_TLS_NAME, "10.0.1.256", "a host name or an address"},
    {PL_OPTION_TLS_NAME, "[::1]", "a host name or an address"},
    {PL_OPTION_BLOCKED_BY, "http:403:foo,tcp:timeout", "put http:403:REGEX last, or write [,]"},
    {PL_OPTION_BLOCKED_BY, "http:403:a,b, tls:alert=49", "'tls:alert=49' would be part of"},
    {PL_OPTION_BLOCKED_BY, "tcp:refused,http:403:a,http:404:b", "'http:404:b' would be part of"},
    {PL_OPTION_CA_FILE, "", "a file's name"},
    {PL_OPTION_CLIENT_CERT, "", "a file's name"},
    {PL_OPTION_CLIENT_KEY, "", "a file's name"},
    {PL_OPTION_AWS_READABLE_FILE, "", "a file's name"},
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
    {PL_OPTION_BLOCKED_BY, "http:403:(a{100}){21}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{1,5000}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:a{99999999999999999999}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:ab{\\0,29909}", "backslash between"},
    {PL_OPTION_BLOCKED_BY, "http:403:ab{0\\,29909}", "backslash between"},
    {PL_OPTION_BLOCKED_BY, "http:403:ab{0,2\\9909}", "backslash between"},
    {PL_OPTION_BLOCKED_BY, "http:403:ab{\\,2}", "backslash between"},
    {PL_OPTION_BLOCKED_BY, "http:403:b++", "repeats what"},
    {PL_OPTION_BLOCKED_BY, "http:403:b*{,9}+{0,9}", "repeats what"},
    {PL_OPTION_BLOCKED_BY, "http:403:((a*)+)x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a|){3}x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(|a){3}x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a|b{0,2}|c)*x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(()+)+x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(^\\b$)*x", "may be empty"},
    {PL_OPTION_BLOCKED_BY, "http:403:(((((((((((b+)+)+)+)+)+)+)+)+)+)+)+", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:(a[)]b{80}){30}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:([]x)]b{80}){30}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:([[:alpha:])]b{80}){30}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:([[.].])]b{80}){30}", "more than 2000"},
    {PL_OPTION_BLOCKED_BY, "http:403:a*\\b" MANY_ANCHORS "$x", "such as ^ counts as 120"},
    {PL_OPTION_BLOCKED_BY, "http:403:[[:alpha", "regular expression"},
    {PL_OPTION_BLOCKED_BY, "http:403:[", "regular expression"},
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
    {PL_OPTION_PROOF, "lax", "standard or strict"},
    {PL_OPTION_ACCEPT, "all", "egress, moment, outage, front, tenant"},
    {PL_OPTION_ACCEPT, "near,", NULL},
    {PL_OPTION_TENANT, "a_b", "a part of a host name"},
    {PL_OPTION_TENANT, "a b", "a part of a host name"},
    {PL_OPTION_USER_AGENT, "", "visible ASCII"},
    {PL_OPTION_USER_AGENT, " x", "visible ASCII"},
    {PL_OPTION_USER_AGENT, "a\r\nHost: b", "visible ASCII"},
    {PL_OPTION_PUBLIC_KEY_FILE, "", "a file's name"},
    {PL_OPTION_PUBLIC_CA_FILE, "", "a file's name"},
    {PL_OPTION_PUBLIC_CONTROL, "a b", "a host name"},
    {PL_OPTION_PRIVATE_EVIDENCE, "", "a file's name"},
    {PL_OPTION_PUBLIC_DNS, "doh", "auto, plain, https or tls"},
    {PL_OPTION_STATE_DIR, "", "a directory's name"},
    {PL_OPTION_EVIDENCE, "", "a directory's name"},
    {PL_OPTION_EVIDENCE_KEY, "", "a file's name"},
    {PL_OPTION_EVIDENCE_INTERVAL, "59", "from 60 to 86400"},
    {PL_OPTION_EVIDENCE_DAYS, "0", "from 1 to 36500"},
    {PL_OPTION_BASELINE_AGE, "0", "from 1 to 36500"},
    {PL_OPTION_RECOVERY, "0", "from 1 to 100"},
    {PL_OPTION_CONFIRM, "0", "from 1 to 100"},
    {PL_OPTION_REPORT, "some", "essential or all"},
    {PL_OPTION_ENDPOINTS_FILE, "", "a file's name"},
    {PL_OPTION_REPORT_ADDRESSES, "some", "no"},
    {PL_OPTION_STATE_INTERVAL, "0.5", "from 1 to 86400"},
    {PL_OPTION_DETAIL_INTERVAL, "86401", "from 1 to 86400"},
    {PL_OPTION_MAX_CONNECTIONS, "15", "from 16 to 65536"},
    {PL_OPTION_CHAIN_MEMORY, "some", "no"},
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

/* `count` times the character. */
static const char *repeat(char c, size_t count) {
  static char text[2 * PL_LIMIT_VALUE];
  assert_true(count < sizeof(text));
  memset(text, c, count);
  text[count] = '\0';
  return text;
}

/* The error is one line that names the option and says what would be right. The spec is unchanged.
 */
static void assert_refused(pl_option_id id, const char *value, const char *right) {
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  pl_spec spec;
  pl_spec_init(&spec);
  for (size_t i = 0; i < PL_COUNT_OF(good_values); i++) {
    if (good_values[i].id == id)
      spec_must_set(&spec, id, PL_LAYER_SECTION, good_values[i].value);
  }
  spec_text(&spec, before);
  pl_error error = {{0}};
  pl_status status = spec_try_set(&spec, id, PL_LAYER_COMMAND_LINE, value, &error);
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
    if (seen[id] != option_is_of_a_spec(id))
      fail_msg("--%s has no case", pl_option_at(id)->name);
  }
}

/* Each option refuses a value that is too long, and the message still says what would be right. */
static void values_beyond_the_bound_are_refused(void **state) {
  (void)state;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!option_is_of_a_spec(id))
      continue;
    bool any_text = pl_option_at(id)->rule.valid == pl_valid_file;
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
  spec_must_set(&spec, PL_OPTION_BLOCKED_BY, PL_LAYER_SECTION, signature);
  pl_spec_free(&spec);
  strcat(signature, "a");
  assert_refused(PL_OPTION_BLOCKED_BY, signature, "1 to 256 bytes");
}

static void options_of_a_front_end_are_none_of_a_spec(void **state) {
  (void)state;
  for (pl_option_id id = 0; id < PL_OPTION_COUNT; id++) {
    if (!option_is_of_a_spec(id))
      assert_refused(id, "yes", "is not an option of an endpoint");
  }
}

/* ---- memory --------------------------------------------------------------------------------- */

static void no_memory_leaves_the_spec_alone(void **state) {
  (void)state;
  static char before[SPEC_TEXT_SIZE], after[SPEC_TEXT_SIZE];
  for (size_t i = 0; i < PL_COUNT_OF(good_values); i++) {
    const good *row = &good_values[i];
    pl_spec spec;
    pl_spec_init(&spec);
    spec_must_set(&spec, row->id, PL_LAYER_SECTION, row->value); /* a repeatable option appends */
    spec_text(&spec, before);
    for (unsigned nth = 1;; nth++) {
      pl_error error = {{0}};
      alloc_fail_arm(nth);
      pl_status status = spec_try_set(&spec, row->id, PL_LAYER_SECTION, row->value, &error);
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

static void what_a_message_quotes_is_left_out(void **state) {
  (void)state;
  static const struct {
    const char *text, *value, *wanted;
  } rows[] = {
      {"--port: 'x' is not a port", "x", "--port: '...' is not a port"},
      {"--a: 'one' or 'none'", "one", "--a: '...' or 'none'"},
      {"--a: item '2' of a list", "1,2,3", "--a: item '...' of a list"},
      {"--a: no quotes", "x", "--a: no quotes"},
      {"--a: it's fine", "x", "--a: it's fine"},
      {"--a: 'se'cret' is not, or 'none'", "se'cret", "--a: '...'"},
      {"--a: '' is empty", "", "--a: '' is empty"},
      {"--a: ''' is a quote", "'", "--a: '...' is a quote"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_error e;
    snprintf(e.text, sizeof(e.text), "%s", rows[i].text);
    pl_error_redact(&e, rows[i].value);
    assert_string_equal(e.text, rows[i].wanted);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_message_quotes_is_left_out),
      cmocka_unit_test(good_values_are_taken),
      cmocka_unit_test(bad_values_are_refused),
      cmocka_unit_test(values_beyond_the_bound_are_refused),
      cmocka_unit_test(options_of_a_front_end_are_none_of_a_spec),
      cmocka_unit_test(no_memory_leaves_the_spec_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
