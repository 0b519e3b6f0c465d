// Tests the signer against the vectors that AWS publishes.
/* aws-sig-v4-test-suite: key AKIDEXAMPLE, 2015-08-30T12:36:00Z, us-east-1, service "service", as
 * far as a vector has the shape that is signed here. tests/aws compares thousands with botocore. */
#include "aws/sigv4.h"
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN                                                                                      \
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf"  \
  "IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ" \
  "0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDr" \
  "ypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SCOPE "20150830/us-east-1/service/aws4_request"
#define TO_SIGN(hash) "AWS4-HMAC-SHA256\n20150830T123600Z\n" SCOPE "\n" hash
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define FORM_HASH "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"

typedef struct row {
  const char *name;
  const char *content_type, *body, *token;
  const char *host, *region, *service; /* NULL: the suite's */
  /* As the suite has them; NULL: computed by the test. */
  const char *canonical, *to_sign, *signature;
} row;

static const row rows[] = {
    {.name = "post-vanilla",
     .body = "",
     .canonical = "POST\n/\n\n"
                  "host:example.amazonaws.com\n"
                  "x-amz-date:20150830T123600Z\n"
                  "\n"
                  "host;x-amz-date\n" EMPTY_HASH,
     .to_sign = TO_SIGN("553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87"),
     .signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {.name = "post-sts-header-before",
     .body = "",
     .token = TOKEN,
     .canonical = "POST\n/\n\n"
                  "host:example.amazonaws.com\n"
                  "x-amz-date:20150830T123600Z\n"
                  "x-amz-security-token:" TOKEN "\n"
                  "\n"
                  "host;x-amz-date;x-amz-security-token\n" EMPTY_HASH,
     .to_sign = TO_SIGN("c237e1b440d4c63c32ca95b5b99481081cb7b13c7e40434868e71567c1a882f6"),
     .signature = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {.name = "post-x-www-form-urlencoded",
     .content_type = "application/x-www-form-urlencoded",
     .body = "Param1=value1",
     .canonical = "POST\n/\n\n"
                  "content-type:application/x-www-form-urlencoded\n"
                  "host:example.amazonaws.com\n"
                  "x-amz-date:20150830T123600Z\n"
                  "\n"
                  "content-type;host;x-amz-date\n" FORM_HASH,
     .to_sign = TO_SIGN("42a5e5bb34198acb3e84da4f085bb7927f2bc277ca766e6d19c73c2154021281"),
     .signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {.name = "post-x-www-form-urlencoded-parameters",
     .content_type = "application/x-www-form-urlencoded; charset=utf8",
     .body = "Param1=value1",
     .canonical = "POST\n/\n\n"
                  "content-type:application/x-www-form-urlencoded; charset=utf8\n"
                  "host:example.amazonaws.com\n"
                  "x-amz-date:20150830T123600Z\n"
                  "\n"
                  "content-type;host;x-amz-date\n" FORM_HASH,
     .to_sign = TO_SIGN("2e1cf7ed91881a30569e46552437e4156c823447bf1781b921b5d486c568dd1c"),
     .signature = "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
    {.name = "EC2 with keys that last",
     .content_type = "application/x-www-form-urlencoded; charset=utf-8",
     .body = "Action=DescribeVpcEndpoints&MaxResults=1000&Version=2016-11-15",
     .host = "ec2.eu-central-1.amazonaws.com",
     .region = "eu-central-1",
     .service = "ec2"},
    {.name = "EC2 with a session token",
     .content_type = "application/x-www-form-urlencoded; charset=utf-8",
     .body = "Action=DescribeVpcEndpoints&NextToken=a%2Bb%2F%3D&Version=2016-11-15",
     .token = TOKEN,
     .host = "ec2.cn-north-1.amazonaws.com.cn",
     .region = "cn-north-1",
     .service = "ec2"},
    {.name = "an endpoint URL with a port",
     .content_type = "application/x-www-form-urlencoded; charset=utf-8",
     .body = "Action=DescribeVpcs",
     .host = "127.0.0.1:4566",
     .service = "ec2"},
    {.name = "an endpoint URL with an IPv6 address",
     .content_type = "application/x-www-form-urlencoded; charset=utf-8",
     .body = "Action=AssumeRole",
     .token = TOKEN,
     .host = "[fd00:ec2::254]:4566",
     .region = "us-gov-west-1",
     .service = "sts"},
};

static const char *or_else(const char *text, const char *otherwise) {
  return text != NULL ? text : otherwise;
}

static pl_sigv4_request request_of(const row *r) {
  return (pl_sigv4_request){.host = or_else(r->host, "example.amazonaws.com"),
                            .content_type = r->content_type,
                            .body = r->body,
                            .body_length = strlen(r->body),
                            .region = or_else(r->region, "us-east-1"),
                            .service = or_else(r->service, "service"),
                            .access_key = "AKIDEXAMPLE",
                            .secret_key = SECRET,
                            .session_token = r->token,
                            .time = 1440938160};
}

/* ---- the computation, once more ------------------------------------------------------------- */

/* As in the user guide, in one go and with room for the rows above. */
typedef struct reference {
  char canonical[2048], to_sign[512], names[128], scope[128], signature[65];
} reference;

static void write_hex(const unsigned char digest[32], char hex[65]) {
  for (size_t i = 0; i < 32; i++)
    snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void hash(const char *text, char hex[65]) {
  unsigned char digest[32];
  SHA256((const unsigned char *)text, strlen(text), digest);
  write_hex(digest, hex);
}

static void keyed(const void *key, size_t length, const char *text, unsigned char digest[32]) {
  HMAC(EVP_sha256(), key, (int)length, (const unsigned char *)text, strlen(text), digest, NULL);
}

static reference compute(const pl_sigv4_request *r) {
  reference ref;
  char type[128] = "", token[1024] = "", payload[65], canonical_hash[65];
  unsigned char key[32];
  hash(r->body, payload);
  if (r->content_type != NULL)
    snprintf(type, sizeof(type), "content-type:%s\n", r->content_type);
  if (r->session_token != NULL)
    snprintf(token, sizeof(token), "x-amz-security-token:%s\n", r->session_token);
  snprintf(ref.names, sizeof(ref.names), "%shost;x-amz-date%s",
           r->content_type != NULL ? "content-type;" : "",
           r->session_token != NULL ? ";x-amz-security-token" : "");
  snprintf(ref.canonical, sizeof(ref.canonical),
           "POST\n/\n\n%shost:%s\nx-amz-date:20150830T123600Z\n%s\n%s\n%s", type, r->host, token,
           ref.names, payload);
  hash(ref.canonical, canonical_hash);
  snprintf(ref.scope, sizeof(ref.scope), "20150830/%s/%s/aws4_request", r->region, r->service);
  snprintf(ref.to_sign, sizeof(ref.to_sign), "AWS4-HMAC-SHA256\n20150830T123600Z\n%s\n%s",
           ref.scope, canonical_hash);
  keyed("AWS4" SECRET, strlen("AWS4" SECRET), "20150830", key);
  keyed(key, sizeof(key), r->region, key);
  keyed(key, sizeof(key), r->service, key);
  keyed(key, sizeof(key), "aws4_request", key);
  keyed(key, sizeof(key), ref.to_sign, key);
  write_hex(key, ref.signature);
  return ref;
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* The published texts, step by step: so that what is computed for the other rows can be trusted. */
static void test_published_texts(void **unused) {
  (void)unused;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_sigv4_request request = request_of(&rows[i]);
    const reference ref = compute(&request);
    if (rows[i].canonical == NULL)
      continue;
    assert_string_equal(ref.canonical, rows[i].canonical);
    assert_string_equal(ref.to_sign, rows[i].to_sign);
    assert_string_equal(ref.signature, rows[i].signature);
  }
}

static void test_vectors(void **unused) {
  (void)unused;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_sigv4_request request = request_of(&rows[i]);
    const reference ref = compute(&request);
    pl_sigv4_signature signature;
    char wanted[1024];
    assert_int_equal(pl_sigv4_sign(&request, &signature), PL_OK);
    assert_string_equal(signature.date, "20150830T123600Z");
    snprintf(wanted, sizeof(wanted),
             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/%s, SignedHeaders=%s, Signature=%s",
             ref.scope, ref.names, or_else(rows[i].signature, ref.signature));
    if (strcmp(signature.authorization, wanted) != 0)
      fail_msg("%s: %s, wanted %s", rows[i].name, signature.authorization, wanted);
  }
}

/* Every input counts: one that changes the request changes the signature. */
static void test_every_input_counts(void **unused) {
  (void)unused;
  const pl_sigv4_request plain = request_of(&rows[2]);
  pl_sigv4_request changed[7] = {plain, plain, plain, plain, plain, plain, plain};
  changed[0].host = "example.amazonaws.com:8443";
  changed[1].content_type = "text/plain";
  changed[2].body = "Param1=value2";
  changed[3].region = "us-east-2";
  changed[4].service = "ec2";
  changed[5].secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEz";
  changed[6].time++;
  pl_sigv4_signature wanted, got;
  assert_int_equal(pl_sigv4_sign(&plain, &wanted), PL_OK);
  for (size_t i = 0; i < PL_COUNT_OF(changed); i++) {
    assert_int_equal(pl_sigv4_sign(&changed[i], &got), PL_OK);
    assert_string_not_equal(strstr(wanted.authorization, "Signature="),
                            strstr(got.authorization, "Signature="));
  }
}

/* What does not fit is refused, and the result stays untouched. */
static void test_limits(void **unused) {
  (void)unused;
  char *longer = malloc(70001);
  assert_non_null(longer);
  memset(longer, 'x', 70000);
  longer[70000] = '\0';
  pl_sigv4_request request = request_of(&rows[0]);
  pl_sigv4_signature signature = {.date = "untouched"};
  request.secret_key = longer;
  assert_int_equal(pl_sigv4_sign(&request, &signature), PL_ERR_LIMIT);
  request = request_of(&rows[0]);
  request.session_token = longer;
  assert_int_equal(pl_sigv4_sign(&request, &signature), PL_ERR_LIMIT);
  request = request_of(&rows[0]);
  request.region = longer;
  assert_int_equal(pl_sigv4_sign(&request, &signature), PL_ERR_LIMIT);
  assert_string_equal(signature.date, "untouched");
  free(longer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_texts), cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_every_input_counts), cmocka_unit_test(test_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
