// Tests reading credentials from files, JSON and command output. tests/aws tests the sources.
#include "aws/credentials/json.h"
#include "aws/credentials/process.h"
#include "aws/credentials/profile.h"
#include "aws/transport.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_sections(void **unused) {
  (void)unused;
  static const struct {
    const char *name, *text, *profile;
    pl_aws_file file;
    pl_status status;
    const char *region; /* NULL: not said */
  } rows[] = {
      {"bare section", "[a]\nregion=x\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"bare section of a config", "[a]\nregion=x\n", "a", PL_AWS_FILE_CONFIG, PL_OK, NULL},
      {"default of a config", "[default]\nregion=x", "default", PL_AWS_FILE_CONFIG, PL_OK, "x"},
      {"profile", "[profile a]\nregion = x \n", "a", PL_AWS_FILE_CONFIG, PL_OK, "x"},
      {"profile, more blanks", "[ profile \t a ]\nregion=x", "a", PL_AWS_FILE_CONFIG, PL_OK, "x"},
      {"quoted profile", "[profile \"a b\"]\nregion=x", "a b", PL_AWS_FILE_CONFIG, PL_OK, "x"},
      {"sso-session", "[sso-session a]\nregion=x", "a", PL_AWS_FILE_CONFIG, PL_OK, NULL},
      {"another profile", "[b]\nregion=y\n[a]\nregion=x\n[c]\nregion=z\n", "a",
       PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"last one wins", "[a]\nregion=y\nregion=x\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"nested keys", "[a]\ns3 =\n  region = nested\nregion=x\n", "a", PL_AWS_FILE_CREDENTIALS,
       PL_OK, "x"},
      {"comments", "# c\n; d\n[a]\n#region=y\nregion = x ; y\n", "a", PL_AWS_FILE_CREDENTIALS,
       PL_OK, "x ; y"},
      {"CRLF and mark", "\xef\xbb\xbf[a]\r\nregion=x\r\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK,
       "x"},
      {"value with '='", "[a]\nregion=x=y\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x=y"},
      /* As botocore's configloader.py reads them, which uses Python's configparser. */
      {"upper-case key", "[a]\nREGION=x\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"indented key", "[a]\n  region=x\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"indented section", "[b]\nregion=y\n  \n[a]\n  output=json\n  region=x\n  [c]\n", "a",
       PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"indented section after a header", "  [a]\n  region=x\n", "a", PL_AWS_FILE_CREDENTIALS,
       PL_OK, "x"},
      {"section that continues a value", "[b]\noutput=json\n  [a]\n  region=x\n", "a",
       PL_AWS_FILE_CREDENTIALS, PL_OK, NULL},
      {"value of two lines", "[a]\nregion=x\n  y\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x\ny"},
      {"colon", "[a]\nregion: x=y\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x=y"},
      {"both headers of default, which are not merged",
       "[default]\nregion=x\n[profile default]\noutput=json\n", "default", PL_AWS_FILE_CONFIG,
       PL_OK, NULL},
      {"no comment after a value", "[a] # c\nregion = x # y\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK,
       "x # y"},
      {"indented comment", "[a]\nregion=x\n  # y\n", "a", PL_AWS_FILE_CREDENTIALS, PL_OK, "x"},
      {"key before any section", "region=x\n[a]\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID,
       NULL},
      {"empty key", "[a]\n= x\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID, NULL},
      {"empty section name", "[]\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID, NULL},
      {"group without '='", "[a]\ns3 =\n  nested\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID,
       NULL},
      {"no bracket", "[a\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID, NULL},
      {"no '='", "[a]\nregion\n", "a", PL_AWS_FILE_CREDENTIALS, PL_ERR_INVALID, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_aws_section section = {0};
    pl_error error;
    const pl_status status = pl_aws_section_read(rows[i].text, strlen(rows[i].text), rows[i].file,
                                                 rows[i].profile, &section, &error);
    const bool same = rows[i].region == NULL
                          ? section.region == NULL
                          : section.region != NULL && strcmp(section.region, rows[i].region) == 0;
    if (status != rows[i].status || !same)
      fail_msg("%s: %d %s", rows[i].name, status, section.region);
    pl_aws_section_free(&section);
  }
}

/* An empty value decides, as in botocore: other keys of the profile must not be used in its place.
 */
static void test_empty_values(void **unused) {
  (void)unused;
  static const char text[] = "[a]\nrole_arn =\nsource_profile=\naws_access_key_id =\nregion =\n";
  pl_aws_section section = {0};
  pl_error error;
  assert_int_equal(
      pl_aws_section_read(text, strlen(text), PL_AWS_FILE_CREDENTIALS, "a", &section, &error),
      PL_OK);
  assert_string_equal(section.role_arn, "");
  assert_string_equal(section.source_profile, "");
  assert_string_equal(section.access_key_id, "");
  assert_null(section.secret_access_key);
  assert_null(section.region);
  pl_aws_section_free(&section);
}

/* A session token is longer than any fixed line. */
static void test_long_line(void **unused) {
  (void)unused;
  enum { LENGTH = 100000 };
  char *text = malloc(LENGTH + 64);
  assert_non_null(text);
  static const char head[] = "[a]\naws_session_token=";
  memcpy(text, head, sizeof(head) - 1);
  memset(text + sizeof(head) - 1, 't', LENGTH);
  pl_aws_section section;
  assert_int_equal(pl_aws_section_read(text, sizeof(head) - 1 + LENGTH, PL_AWS_FILE_CREDENTIALS,
                                       "a", &section, NULL),
                   PL_OK);
  assert_int_equal(strlen(section.session_token), LENGTH);
  pl_aws_section_free(&section);
  free(text);
}

static void test_json(void **unused) {
  (void)unused;
  static const struct {
    const char *name, *text;
    pl_aws_json shape;
    bool good;
  } rows[] = {
      {"process", "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
       PL_AWS_JSON_PROCESS, true},
      {"process, no version", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
       PL_AWS_JSON_PROCESS, false},
      {"container", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"}",
       PL_AWS_JSON_CONTAINER, true},
      {"metadata",
       "{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\","
       "\"Expiration\":\"2099-01-01T00:00:00Z\"}",
       PL_AWS_JSON_METADATA, true},
      {"metadata, an error as 200", "{\"Code\":\"Failed\",\"Message\":\"m\"}", PL_AWS_JSON_METADATA,
       false},
      {"metadata, no expiration",
       "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"}", PL_AWS_JSON_METADATA,
       false},
      {"duplicate", "{\"AccessKeyId\":\"A\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}",
       PL_AWS_JSON_CONTAINER, false},
      {"NUL", "{\"AccessKeyId\":\"A\\u0000\",\"SecretAccessKey\":\"S\"}", PL_AWS_JSON_CONTAINER,
       false},
      {"newline", "{\"AccessKeyId\":\"A\\r\\nX: y\",\"SecretAccessKey\":\"S\"}",
       PL_AWS_JSON_CONTAINER, false},
      {"numbers", "{\"AccessKeyId\":1,\"SecretAccessKey\":2}", PL_AWS_JSON_CONTAINER, false},
      {"text after the end", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"} x",
       PL_AWS_JSON_CONTAINER, false},
      {"array", "[]", PL_AWS_JSON_CONTAINER, false},
      {"nothing", "", PL_AWS_JSON_CONTAINER, false},
  };
  pl_aws_keys *keys;
  assert_int_equal(pl_aws_keys_create(&keys), PL_OK);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_error error = {""};
    const pl_status status =
        pl_aws_json_read(rows[i].shape, rows[i].text, strlen(rows[i].text), "source", keys, &error);
    if ((status == PL_OK) != rows[i].good)
      fail_msg("%s: %s", rows[i].name, error.text);
    if (rows[i].good)
      assert_string_equal(keys->secret_key, "S");
    else
      assert_string_not_equal(error.text, "");
  }
  pl_aws_keys_free(keys);
}

/* An answer that is cut is refused, and deep nesting does not crash. */
static void test_hostile_json(void **unused) {
  (void)unused;
  static const char whole[] =
      "{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\","
      "\"Expiration\":\"2099-01-01T00:00:00Z\"}";
  enum { DEPTH = 60000 };
  pl_aws_keys *keys;
  pl_error error;
  assert_int_equal(pl_aws_keys_create(&keys), PL_OK);
  for (size_t length = 0; length < strlen(whole); length++)
    assert_int_not_equal(
        pl_aws_json_read(PL_AWS_JSON_METADATA, whole, length, "source", keys, &error), PL_OK);
  char *deep = malloc(DEPTH);
  assert_non_null(deep);
  memset(deep, '[', DEPTH);
  assert_int_not_equal(pl_aws_json_read(PL_AWS_JSON_CONTAINER, deep, DEPTH, "source", keys, &error),
                       PL_OK);
  free(deep);
  pl_aws_keys_free(keys);
}

static void test_commands(void **unused) {
  (void)unused;
  static const struct {
    const char *command;
    const char *words[4]; /* NULL first: refused */
  } rows[] = {
      {"a b", {"a", "b"}},
      {"  a\t b  ", {"a", "b"}},
      {"a 'b c'", {"a", "b c"}},
      {"a \"\"", {"a", ""}},
      {"a b\\ c", {"a", "b c"}},
      {"a '\\'", {"a", "\\"}},
      {"a\"b\"c", {"abc"}},
      {"\"a\\.b\" c\\.d", {"a\\.b", "c.d"}}, /* as Python's shlex, which botocore uses */
      {"\"a\\\"b\\\\c\"", {"a\"b\\c"}},
      {"'a", {NULL}},
      {"", {NULL}},
      {" ", {NULL}},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char storage[64], *words[8];
    const pl_status status = pl_aws_split_command(rows[i].command, storage, words, 8);
    assert_int_equal(status, rows[i].words[0] == NULL ? PL_ERR_INVALID : PL_OK);
    for (size_t k = 0; rows[i].words[0] != NULL && k < 4; k++) {
      if (rows[i].words[k] == NULL) {
        assert_null(words[k]);
        break;
      }
      assert_string_equal(words[k], rows[i].words[k]);
    }
  }
}

static void test_times(void **unused) {
  (void)unused;
  static const struct {
    const char *text;
    int64_t time; /* -1: refused */
  } rows[] = {
      {"2026-11-24T09:00:00Z", 1795510800},
      {"2026-11-24T09:00:00.123456Z", 1795510800},
      {"2026-11-24T10:00:00+01:00", 1795510800},
      {"2026-11-24T10:00:00+0100", 1795510800},
      {"2026-11-24T09:00:00.5+0000", 1795510800},
      {"2026-11-24T09:00:00+00", -1},
      {"2026-11-24T09:00:00+00:", -1},
      {"2026-11-24T09:00:00", -1},
      {"2026-13-24T09:00:00Z", -1},
      {"2026-11-24", -1},
      {"", -1},
      {"2026-11-24T09:00:00Zx", -1},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    int64_t time = -1;
    assert_int_equal(pl_aws_time_parse(rows[i].text, &time), rows[i].time >= 0);
    assert_int_equal(time, rows[i].time);
  }
}

static void test_hidden(void **unused) {
  (void)unused;
#define SIGNATURE "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
  static const struct {
    const char *text, *left;
  } rows[] = {
      {"", ""},
      {"Request has expired.", "Request has expired."},
      {"a " SIGNATURE, "a ...left out..."},
      {"x=" SIGNATURE ", y", "...left out..., y"},
      {"token:" SIGNATURE "+/" SIGNATURE "==\nhost;x-amz-date",
       "token:...left out...\nhost;x-amz-date"},
      {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "...left out..."},
      {"arn:aws:sts::123456789012:assumed-role/monitor/privatelink-monitor",
       "arn:aws:sts::123456789012:assumed-role/monitor/privatelink-monitor"},
      /* A role's path and name are long, too. */
      {"User: arn:aws:sts::123456789012:assumed-role/PrivateLinkMonitoringReader01ForProduction/s "
       "is "
       "not authorized",
       "User: arn:aws:sts::123456789012:assumed-role/PrivateLinkMonitoringReader01ForProduction/s "
       "is "
       "not authorized"},
      {"arn:aws:iam::1:role/monitoring/privatelink/reader/0/\n" SIGNATURE,
       "arn:aws:iam::1:role/monitoring/privatelink/reader/0/\n...left out..."},
      {"8d3e7656-0000-4000-8000-000000000001", "8d3e7656-0000-4000-8000-000000000001"},
      {"InvalidVpcPeeringConnectionStateTransition", "InvalidVpcPeeringConnectionStateTransition"},
      {"the endpoint vpce-0abc123def4567890 is gone",
       "the endpoint vpce-0abc123def4567890 is gone"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char text[256];
    memcpy(text, rows[i].text, strlen(rows[i].text) + 1);
    pl_aws_hide_secrets(text);
    assert_string_equal(text, rows[i].left);
  }
}

static void test_urls(void **unused) {
  (void)unused;
  static const struct {
    const char *service, *region;
    bool dual_stack, fips;
    const char *url; /* NULL: refused */
  } rows[] = {
      {"ec2", "eu-central-1", false, false, "https://ec2.eu-central-1.amazonaws.com"},
      {"ec2", "eu-central-1", true, false, "https://ec2.eu-central-1.api.aws"},
      {"sts", "cn-north-1", false, false, "https://sts.cn-north-1.amazonaws.com.cn"},
      {"ec2", "cn-north-1", true, false, "https://ec2.cn-north-1.api.amazonwebservices.com.cn"},
      {"ec2", "us-gov-west-1", false, true, "https://ec2.us-gov-west-1.amazonaws.com"},
      {"ec2", "us-east-1", false, true, "https://ec2-fips.us-east-1.amazonaws.com"},
      {"ec2", "eusc-de-east-1", false, false, "https://ec2.eusc-de-east-1.amazonaws.eu"},
      {"ec2", "us-iso-east-1", false, false, "https://ec2.us-iso-east-1.c2s.ic.gov"},
      {"ec2", "us-isob-east-1", false, false, "https://ec2.us-isob-east-1.sc2s.sgov.gov"},
      {"ec2", "", false, false, NULL},
      {"ec2", "a.b", false, false, NULL},
      {"ec2", "EU", false, false, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char url[256] = "";
    const pl_aws_environment environment = {.dual_stack = rows[i].dual_stack ? "true" : NULL,
                                            .fips = rows[i].fips ? "1" : NULL};
    const pl_status status =
        pl_aws_url(rows[i].service, rows[i].region, &environment, url, sizeof(url));
    assert_int_equal(status, rows[i].url == NULL ? PL_ERR_INVALID : PL_OK);
    if (rows[i].url != NULL)
      assert_string_equal(url, rows[i].url);
  }
}

/* The Host header is signed. It has no port if that is the default of the scheme. */
static void test_hosts(void **unused) {
  (void)unused;
  static const struct {
    const char *url, *host;
  } rows[] = {
      {"https://a.example", "a.example"},
      {"https://a:443/", "a"},
      {"https://a:8443", "a:8443"},
      {"http://a:80", "a"},
      {"http://[::1]:4566", "[::1]:4566"},
      {"https://a/b", NULL},
      {"https://u@a", NULL},
      {"https://a?b", NULL},
      {"ftp://a", NULL},
      {"https://", NULL},
      {"https://a:x", NULL},
      {"https://[::1", NULL},
      {"https://a\r\nX: y", NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char host[128] = "";
    const pl_status status = pl_url_host(rows[i].url, false, host, sizeof(host));
    if ((status == PL_OK) != (rows[i].host != NULL))
      fail_msg("%s: %d", rows[i].url, status);
    if (rows[i].host != NULL)
      assert_string_equal(host, rows[i].host);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sections),     cmocka_unit_test(test_empty_values),
      cmocka_unit_test(test_long_line),    cmocka_unit_test(test_json),
      cmocka_unit_test(test_hostile_json), cmocka_unit_test(test_commands),
      cmocka_unit_test(test_times),        cmocka_unit_test(test_urls),
      cmocka_unit_test(test_hidden),       cmocka_unit_test(test_hosts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
