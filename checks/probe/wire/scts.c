/* Reads a list of signed certificate timestamps. */
#include "probe/wire/scts.h"

#define OCTET_STRING 0x04 /* X.690 8.7 */
#define SCT_V1 0          /* RFC 6962 3.2 */
#define LOG_ID 32         /* bytes */
#define TIMESTAMP 8

typedef struct span {
  const uint8_t *at;
  size_t length;
} span;

/* Takes `length` bytes off the start of `rest`; false if there are fewer. */
static bool take(span *rest, size_t length, span *ret_taken) {
  if (length > rest->length)
    return false;
  *ret_taken = (span){rest->at, length};
  *rest = (span){rest->at + length, rest->length - length};
  return true;
}

/* A number of `size` bytes, most significant first. */
static bool take_number(span *rest, size_t size, size_t *ret_number) {
  span bytes;
  if (!take(rest, size, &bytes))
    return false;
  size_t number = 0;
  for (size_t i = 0; i < size; i++)
    number = number << 8 | bytes.at[i];
  *ret_number = number;
  return true;
}

/* A vector with a length of two bytes (RFC 8446 3.4). */
static bool take_vector(span *rest, span *ret_content) {
  size_t length;
  return take_number(rest, 2, &length) && take(rest, length, ret_content);
}

/* X.690 8.1.3 and 10.1: a definite length in its shortest form. */
static bool take_octet_string(span *rest, span *ret_content) {
  size_t tag, length;
  if (!take_number(rest, 1, &tag) || tag != OCTET_STRING || !take_number(rest, 1, &length))
    return false;
  if (length >= 0x80) {
    size_t size = length & 0x7f;
    if (size < 1 || size > 2 || !take_number(rest, size, &length) ||
        length < (size == 1 ? 0x80 : 0x100))
      return false;
  }
  return take(rest, length, ret_content);
}

/* RFC 6962 2.1.4 knows SHA-256 with RSA and with ECDSA (RFC 5246 7.4.1.4.1). */
static bool is_known_algorithm(size_t algorithm) {
  return algorithm == 0x0401 || algorithm == 0x0403;
}

/* RFC 6962 3.2: version, log, timestamp, extensions, algorithms, signature. */
static bool is_sct(span sct) {
  size_t version, algorithm;
  span ignored, signature;
  return take_number(&sct, 1, &version) && version == SCT_V1 &&
         take(&sct, LOG_ID + TIMESTAMP, &ignored) && take_vector(&sct, &ignored) &&
         take_number(&sct, 2, &algorithm) && is_known_algorithm(algorithm) &&
         take_vector(&sct, &signature) && signature.length > 0 && sct.length == 0;
}

bool pl_scts_valid(const uint8_t *value, size_t length) {
  span rest = {value, length}, string, list, sct;
  if (!take_octet_string(&rest, &string) || rest.length > 0 || !take_vector(&string, &list) ||
      string.length > 0 || list.length == 0)
    return false;
  while (list.length > 0) {
    if (!take_vector(&list, &sct) || !is_sct(sct))
      return false;
  }
  return true;
}
