/* Decodes UTF-8, and finds where a text can be cut. */
#include "base/utf8.h"

/* Bytes of the character that `lead` begins; 0 if no character begins with it. */
static size_t sequence_length(unsigned char lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xc0)
    return 0;
  if (lead < 0xe0)
    return 2;
  if (lead < 0xf0)
    return 3;
  return lead < 0xf8 ? 4 : 0;
}

size_t pl_utf8_decode(const char *bytes, size_t length, uint32_t *ret_code) {
  static const uint32_t smallest[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
  const unsigned char *at = (const unsigned char *)bytes;
  size_t count = sequence_length(at[0]);
  if (count == 0 || count > length)
    return 0;
  if (count == 1) {
    *ret_code = at[0];
    return 1;
  }
  uint32_t code = at[0] & (0xffu >> (count + 1));
  for (size_t i = 1; i < count; i++) {
    if ((at[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (at[i] & 0x3fu);
  }
  if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return 0;
  *ret_code = code;
  return count;
}

size_t pl_utf8_cut(const char *text, size_t length) {
  for (size_t back = 1; back <= 3 && back <= length; back++) {
    size_t count = sequence_length((unsigned char)text[length - back]);
    if (count > back)
      return length - back;
    if (count != 0)
      break;
  }
  return length;
}
