/* Signs a request with AWS Signature Version 4. */
#include "aws/sigv4.h"
#include "base/buf.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <time.h>

#define DIGEST 32                /* bytes of SHA-256 */
#define HEX (2 * DIGEST + 1)     /* of these bytes as hex, with the NUL */
#define CANONICAL_MAX (64 << 10) /* a session token is the largest part */

static void to_hex(const unsigned char digest[DIGEST], char ret_hex[HEX]) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < DIGEST; i++) {
    ret_hex[2 * i] = digits[digest[i] >> 4];
    ret_hex[2 * i + 1] = digits[digest[i] & 15];
  }
  ret_hex[2 * DIGEST] = '\0';
}

static pl_status hash_hex(const void *bytes, size_t length, char ret_hex[HEX]) {
  unsigned char digest[DIGEST];
  if (EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL) != 1)
    return PL_ERR_IO;
  to_hex(digest, ret_hex);
  return PL_OK;
}

static pl_status hmac(const void *key, size_t key_length, const char *text,
                      unsigned char ret_digest[DIGEST]) {
  unsigned length = 0;
  if (HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text),
           ret_digest, &length) == NULL ||
      length != DIGEST)
    return PL_ERR_IO;
  return PL_OK;
}

/* The signing key: day, region and service, each hashed with the key before it. */
static pl_status derive_key(const pl_sigv4_request *request, const char *day,
                            unsigned char ret_key[DIGEST]) {
  char seed[512];
  pl_buf buf;
  pl_buf_fixed(&buf, seed, sizeof(seed));
  pl_buf_addf(&buf, "AWS4%s", request->secret_key);
  pl_status status = pl_buf_status(&buf);
  if (status == PL_OK)
    status = hmac(seed, buf.length, day, ret_key);
  if (status == PL_OK)
    status = hmac(ret_key, DIGEST, request->region, ret_key);
  if (status == PL_OK)
    status = hmac(ret_key, DIGEST, request->service, ret_key);
  if (status == PL_OK)
    status = hmac(ret_key, DIGEST, "aws4_request", ret_key);
  explicit_bzero(seed, sizeof(seed));
  return status;
}

/* "content-type;host;x-amz-date;x-amz-security-token", without those that are not sent. */
static void add_signed_names(pl_buf *buf, const pl_sigv4_request *request) {
  pl_buf_addf(buf, "%shost;x-amz-date%s", request->content_type == NULL ? "" : "content-type;",
              request->session_token == NULL ? "" : ";x-amz-security-token");
}

/* Hash of the canonical request. */
static pl_status hash_request(const pl_sigv4_request *request, const char *date,
                              char ret_hex[HEX]) {
  char payload[HEX];
  pl_status status = hash_hex(request->body, request->body_length, payload);
  if (status != PL_OK)
    return status;
  pl_buf buf;
  pl_buf_init(&buf, CANONICAL_MAX);
  pl_buf_add(&buf, "POST\n/\n\n");
  if (request->content_type != NULL)
    pl_buf_addf(&buf, "content-type:%s\n", request->content_type);
  pl_buf_addf(&buf, "host:%s\nx-amz-date:%s\n", request->host, date);
  if (request->session_token != NULL)
    pl_buf_addf(&buf, "x-amz-security-token:%s\n", request->session_token);
  pl_buf_add_char(&buf, '\n');
  add_signed_names(&buf, request);
  pl_buf_addf(&buf, "\n%s", payload);
  status = pl_buf_status(&buf);
  if (status == PL_OK)
    status = hash_hex(buf.data, buf.length, ret_hex);
  pl_buf_free(&buf);
  return status;
}

pl_status pl_sigv4_sign(const pl_sigv4_request *request, pl_sigv4_signature *ret_signature) {
  pl_sigv4_signature signature = {0};
  struct tm parts;
  time_t now = (time_t)request->time;
  if (gmtime_r(&now, &parts) == NULL ||
      strftime(signature.date, sizeof(signature.date), "%Y%m%dT%H%M%SZ", &parts) == 0)
    return PL_ERR_INVALID;
  char day[9] = "";
  memcpy(day, signature.date, sizeof(day) - 1);

  char scope[256], text[512], hash[HEX];
  unsigned char key[DIGEST], digest[DIGEST];
  pl_buf buf;
  pl_buf_fixed(&buf, scope, sizeof(scope));
  pl_buf_addf(&buf, "%s/%s/%s/aws4_request", day, request->region, request->service);
  pl_status status = pl_buf_status(&buf);
  if (status == PL_OK)
    status = hash_request(request, signature.date, hash);
  if (status != PL_OK)
    return status;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_buf_addf(&buf, "AWS4-HMAC-SHA256\n%s\n%s\n%s", signature.date, scope, hash);
  status = pl_buf_status(&buf);
  if (status == PL_OK)
    status = derive_key(request, day, key);
  if (status == PL_OK)
    status = hmac(key, DIGEST, text, digest);
  explicit_bzero(key, sizeof(key));
  if (status != PL_OK)
    return status;
  to_hex(digest, hash);
  pl_buf_fixed(&buf, signature.authorization, sizeof(signature.authorization));
  pl_buf_addf(&buf, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", request->access_key,
              scope);
  add_signed_names(&buf, request);
  pl_buf_addf(&buf, ", Signature=%s", hash);
  status = pl_buf_status(&buf);
  if (status == PL_OK)
    *ret_signature = signature;
  return status;
}
