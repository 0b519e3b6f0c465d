/* The signer against AWS's published vectors (aws-sig-v4-test-suite: key AKIDEXAMPLE,
 * 2015-08-30T12:36:00Z, us-east-1, service "service"), as far as they have the one shape that is
 * signed here. Thousands more are compared with botocore's in tests/aws. */
#include "net/aws/sigv4.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN                                                                                      \
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf"  \
  "IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ" \
  "0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDr" \
  "ypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

typedef struct row {
  const char *name;
  const char *content_type, *body, *token;
  const char *names, *signature;
} row;

static const row rows[] = {
    {"post-vanilla", NULL, "", NULL, "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-sts-header-before", NULL, "", TOKEN, "host;x-amz-date;x-amz-security-token",
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"post-x-www-form-urlencoded", "application/x-www-form-urlencoded", "Param1=value1", NULL,
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

static pl_sigv4_request request_of(const row *r) {
  return (pl_sigv4_request){.host = "example.amazonaws.com",
                            .content_type = r->content_type,
                            .body = r->body,
                            .body_length = strlen(r->body),
                            .region = "us-east-1",
                            .service = "service",
                            .access_key = "AKIDEXAMPLE",
                            .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                            .session_token = r->token,
                            .time = 1440938160};
}

static void test_published_vectors(void **unused) {
  (void)unused;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const pl_sigv4_request request = request_of(&rows[i]);
    pl_sigv4_signature signature;
    assert_int_equal(pl_sigv4_sign(&request, &signature), PL_OK);
    assert_string_equal(signature.date, "20150830T123600Z");
    const char *names = strstr(signature.authorization, "SignedHeaders=");
    const char *hex = strstr(signature.authorization, "Signature=");
    assert_non_null(names);
    assert_non_null(hex);
    assert_memory_equal(names + strlen("SignedHeaders="), rows[i].names, strlen(rows[i].names));
    if (strcmp(hex + strlen("Signature="), rows[i].signature) != 0)
      fail_msg("%s: %s", rows[i].name, signature.authorization);
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_published_vectors),
                                     cmocka_unit_test(test_every_input_counts),
                                     cmocka_unit_test(test_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
