/* RFC 3161 requests and responses, with OpenSSL's TS. */
#include "evidence/log/anchor.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As the times of lines: until the year 2200, so that nanoseconds fit into 64 bits. */
#define TIME_END INT64_C(7258118400)

/* ---- base64 --------------------------------------------------------------------------------- */

void pl_base64_add(pl_buf *buf, const uint8_t *bytes, size_t length) {
  unsigned char block[5]; /* EVP_EncodeBlock adds a NUL */
  for (size_t i = 0; i < length; i += 3) {
    size_t part = length - i < 3 ? length - i : 3;
    EVP_EncodeBlock(block, bytes + i, (int)part);
    pl_buf_add_bytes(buf, (const char *)block, 4);
  }
}

bool pl_base64_parse(pl_slice text, uint8_t ret_bytes[PL_LIMIT_TIME_STAMP], size_t *ret_length) {
  size_t padding = 0;
  unsigned char block[3];
  char again[5];
  pl_buf buf;
  if (text.length == 0 || text.length % 4 != 0 || text.length / 4 * 3 > PL_LIMIT_TIME_STAMP)
    return false;
  while (padding < 2 && text.at[text.length - 1 - padding] == '=')
    padding++;
  for (size_t i = 0; i < text.length; i += 4) {
    size_t part = i + 4 == text.length ? 3 - padding : 3;
    if (EVP_DecodeBlock(block, (const unsigned char *)text.at + i, 4) != 3)
      return false;
    memcpy(ret_bytes + i / 4 * 3, block, part);
    pl_buf_fixed(&buf, again, sizeof(again));
    pl_base64_add(&buf, block, part); /* padding in the middle, or bits that are not used */
    if (memcmp(again, text.at + i, 4) != 0)
      return false;
  }
  *ret_length = text.length / 4 * 3 - padding;
  return true;
}

/* ---- the request ---------------------------------------------------------------------------- */

static bool set_imprint(TS_REQ *request, const pl_sha256 *hash) {
  TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
  X509_ALGOR *algorithm = X509_ALGOR_new();
  unsigned char bytes[PL_HASH_BYTES];
  memcpy(bytes, hash->bytes, sizeof(bytes));
  bool set = imprint != NULL && algorithm != NULL;
  if (set) {
    X509_ALGOR_set_md(algorithm, EVP_sha256());
    set = TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
          TS_MSG_IMPRINT_set_msg(imprint, bytes, sizeof(bytes)) == 1 &&
          TS_REQ_set_msg_imprint(request, imprint) == 1;
  }
  X509_ALGOR_free(algorithm);
  TS_MSG_IMPRINT_free(imprint);
  return set;
}

pl_status pl_anchor_request(const pl_sha256 *hash, pl_buf *ret_request, pl_error *error) {
  unsigned char *der = NULL;
  int length = -1;
  TS_REQ *request = TS_REQ_new();
  if (request != NULL && TS_REQ_set_version(request, 1) == 1 && set_imprint(request, hash) &&
      TS_REQ_set_cert_req(request, 1) == 1)
    length = i2d_TS_REQ(request, &der);
  if (length > 0)
    pl_buf_add_bytes(ret_request, (const char *)der, (size_t)length);
  OPENSSL_free(der);
  TS_REQ_free(request);
  ERR_clear_error();
  return length > 0 ? PL_OK : pl_fail_memory(error);
}

/* ---- the response --------------------------------------------------------------------------- */

static TS_RESP *decode(const uint8_t *bytes, size_t length) {
  const unsigned char *at = bytes;
  TS_RESP *response =
      length > 0 && length <= PL_LIMIT_TIME_STAMP ? d2i_TS_RESP(NULL, &at, (long)length) : NULL;
  if (response != NULL && at != bytes + length) {
    TS_RESP_free(response);
    response = NULL;
  }
  ERR_clear_error();
  return response;
}

static bool read_imprint(TS_TST_INFO *info, pl_anchor *anchor) {
  TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT *algorithm;
  const ASN1_OCTET_STRING *hash;
  if (imprint == NULL)
    return false;
  X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
  hash = TS_MSG_IMPRINT_get_msg(imprint);
  if (OBJ_obj2nid(algorithm) != NID_sha256 || hash == NULL ||
      ASN1_STRING_length(hash) != PL_HASH_BYTES)
    return false;
  memcpy(anchor->hash.bytes, ASN1_STRING_get0_data(hash), PL_HASH_BYTES);
  return true;
}

static bool read_time(const TS_TST_INFO *info, pl_anchor *anchor) {
  struct tm tm;
  const ASN1_GENERALIZEDTIME *time = TS_TST_INFO_get_time(info);
  if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
    return false;
  int64_t seconds = timegm(&tm);
  anchor->wall = seconds >= 0 && seconds < TIME_END ? seconds * PL_SEC : 0;
  return anchor->wall != 0;
}

pl_status pl_anchor_read(const uint8_t *bytes, size_t length, pl_anchor *ret_anchor,
                         pl_error *error) {
  TS_RESP *response = decode(bytes, length);
  if (response == NULL)
    return pl_fail(error, PL_ERR_INVALID,
                   "it is not a response of a time-stamping authority (DER)");
  pl_anchor anchor;
  TS_TST_INFO *info = TS_RESP_get_tst_info(response);
  bool granted = info != NULL; /* only a granted one has a token */
  bool read = granted && read_imprint(info, &anchor) && read_time(info, &anchor);
  TS_RESP_free(response);
  ERR_clear_error();
  if (!granted)
    return pl_fail(error, PL_ERR_INVALID, "the authority did not grant the time stamp");
  if (!read)
    return pl_fail(error, PL_ERR_INVALID,
                   "the time stamp is not of a SHA-256 hash, or its time is not between 1970 and "
                   "2200");
  *ret_anchor = anchor;
  return PL_OK;
}

/* Certificates must have been valid when the stamp was made: evidence is older than many of them.
 */
static X509_STORE *load_store(const char *ca_file, pl_nsec wall) {
  X509_STORE *store = X509_STORE_new();
  if (store != NULL && X509_STORE_load_file(store, ca_file) == 1) {
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(wall / PL_SEC));
    return store;
  }
  X509_STORE_free(store);
  ERR_clear_error();
  return NULL;
}

pl_status pl_anchor_check_authorities(const char *ca_file, pl_error *error) {
  X509_STORE *store = load_store(ca_file, 0);
  X509_STORE_free(store);
  return store != NULL
             ? PL_OK
             : pl_fail(error, PL_ERR_IO, "%s: no CA certificates can be read from it", ca_file);
}

/* Takes over the store. */
static bool set_store(TS_VERIFY_CTX *context, X509_STORE *store) {
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
  return TS_VERIFY_CTX_set0_store(context, store) == 1;
#else
  return TS_VERIFY_CTX_set_store(context, store) == store;
#endif
}

pl_status pl_anchor_verify(const uint8_t *bytes, size_t length, const char *ca_file,
                           pl_error *error) {
  pl_anchor anchor;
  pl_status status = pl_anchor_read(bytes, length, &anchor, error);
  if (status != PL_OK)
    return status;
  X509_STORE *store = load_store(ca_file, anchor.wall);
  if (store == NULL)
    return pl_fail(error, PL_ERR_IO, "%s: no CA certificates can be read from it", ca_file);
  TS_RESP *response = decode(bytes, length);
  TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
  bool good = false;
  if (context != NULL && set_store(context, store)) {
    store = NULL;
    TS_VERIFY_CTX_set_flags(context, TS_VFY_SIGNATURE | TS_VFY_VERSION);
    good = response != NULL && TS_RESP_verify_response(context, response) == 1;
  }
  char why[160] = "it cannot be verified";
  unsigned long code = ERR_peek_last_error();
  if (code != 0)
    ERR_error_string_n(code, why, sizeof(why));
  X509_STORE_free(store);
  TS_VERIFY_CTX_free(context);
  TS_RESP_free(response);
  ERR_clear_error();
  return good ? PL_OK : pl_fail(error, PL_ERR_INVALID, "the time stamp is not good: %s", why);
}
