// Tests the reading of time stamps: bytes that anybody may have made.
#include "evidence/log/anchor.h"
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DAY_2026 (INT64_C(1796040000) * PL_SEC) // 2026-11-30T12:00:00Z

static TS_TST_INFO *make_info(const char *time) {
  unsigned char hash[PL_HASH_BYTES] = {7};
  TS_TST_INFO *info = TS_TST_INFO_new();
  TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
  X509_ALGOR *algorithm = X509_ALGOR_new();
  ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
  ASN1_INTEGER *serial = ASN1_INTEGER_new();
  ASN1_GENERALIZEDTIME *when = ASN1_GENERALIZEDTIME_new();
  X509_ALGOR_set_md(algorithm, EVP_sha256());
  assert_int_equal(TS_MSG_IMPRINT_set_algo(imprint, algorithm), 1);
  assert_int_equal(TS_MSG_IMPRINT_set_msg(imprint, hash, sizeof(hash)), 1);
  assert_int_equal(ASN1_INTEGER_set(serial, 1), 1);
  assert_int_equal(ASN1_GENERALIZEDTIME_set_string(when, time), 1);
  assert_int_equal(TS_TST_INFO_set_version(info, 1), 1);
  assert_int_equal(TS_TST_INFO_set_policy_id(info, policy), 1);
  assert_int_equal(TS_TST_INFO_set_msg_imprint(info, imprint), 1);
  assert_int_equal(TS_TST_INFO_set_serial(info, serial), 1);
  assert_int_equal(TS_TST_INFO_set_time(info, when), 1);
  ASN1_GENERALIZEDTIME_free(when);
  ASN1_INTEGER_free(serial);
  ASN1_OBJECT_free(policy);
  X509_ALGOR_free(algorithm);
  TS_MSG_IMPRINT_free(imprint);
  return info;
}

/* Signed data without a signer. */
static PKCS7 *make_token(TS_TST_INFO *info) {
  unsigned char *der = NULL;
  int length = i2d_TS_TST_INFO(info, &der);
  assert_true(length > 0);
  ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
  assert_int_equal(ASN1_OCTET_STRING_set(bytes, der, length), 1);
  OPENSSL_free(der);
  PKCS7 *token = PKCS7_new(), *content = PKCS7_new();
  content->type = OBJ_nid2obj(NID_id_smime_ct_TSTInfo);
  content->d.other = ASN1_TYPE_new();
  ASN1_TYPE_set(content->d.other, V_ASN1_OCTET_STRING, bytes);
  assert_int_equal(PKCS7_set_type(token, NID_pkcs7_signed), 1);
  assert_int_equal(PKCS7_set_content(token, content), 1);
  return token;
}

static size_t make_response(const char *time, uint8_t *bytes, size_t size) {
  TS_TST_INFO *info = make_info(time);
  TS_RESP *response = TS_RESP_new();
  TS_STATUS_INFO *granted = TS_STATUS_INFO_new();
  unsigned char *der = NULL;
  assert_int_equal(TS_STATUS_INFO_set_status(granted, TS_STATUS_GRANTED), 1);
  assert_int_equal(TS_RESP_set_status_info(response, granted), 1);
  TS_RESP_set_tst_info(response, make_token(info), info);
  int length = i2d_TS_RESP(response, &der);
  assert_true(length > 0 && (size_t)length <= size);
  memcpy(bytes, der, (size_t)length);
  OPENSSL_free(der);
  TS_STATUS_INFO_free(granted);
  TS_RESP_free(response);
  return (size_t)length;
}

static void a_time_stamp_has_a_time_of_our_days(void **state) {
  (void)state;
  static const struct {
    const char *time;
    pl_nsec wall; /* 0: refused */
  } rows[] = {
      {"20261130120000Z", DAY_2026}, {"19700101000001Z", PL_SEC}, {"19691231235959Z", 0},
      {"00000101000000Z", 0},        {"22000101000000Z", 0},      {"99991231235959Z", 0},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    uint8_t bytes[2048];
    pl_anchor anchor;
    pl_error error = {""};
    size_t length = make_response(rows[i].time, bytes, sizeof(bytes));
    pl_status status = pl_anchor_read(bytes, length, &anchor, &error);
    if (status != (rows[i].wall != 0 ? PL_OK : PL_ERR_INVALID))
      fail_msg("%s: %d %s", rows[i].time, (int)status, error.text);
    if (rows[i].wall == 0)
      assert_non_null(strstr(error.text, "between 1970 and 2200"));
    else
      assert_true(anchor.wall == rows[i].wall && anchor.hash.bytes[0] == 7);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_time_stamp_has_a_time_of_our_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
