#include "base/buf.h"
#include "base/limits.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 128

void pl_buf_init(pl_buf *buf, size_t max) {
  /* No object is larger than PTRDIFF_MAX, and room for the NUL must not overflow. */
  *buf = (pl_buf){.max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1};
}

void pl_buf_fixed(pl_buf *buf, char *storage, size_t size) {
  *buf = (pl_buf){.data = storage, .capacity = size, .max = size - 1, .fixed = true};
  storage[0] = '\0';
}

void pl_buf_free(pl_buf *buf) {
  if (buf->fixed)
    return;
  free(buf->data);
  *buf = (pl_buf){.max = buf->max};
}

void pl_buf_clear(pl_buf *buf) {
  buf->length = 0;
  buf->truncated = false;
  buf->failed = false;
  if (buf->data != NULL)
    buf->data[0] = '\0';
}

/* ---- UTF-8 (RFC 3629) ----------------------------------------------------------------------- */

/* Bytes of the sequence that `lead` begins; 0 where it can't begin one. */
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

/* Bytes of the character at the start of `bytes`, and its code point; 0 where the bytes are not
 * valid UTF-8: cut, overlong, a surrogate, or beyond U+10FFFF. */
static size_t decode(const unsigned char *bytes, size_t length, uint32_t *ret_code) {
  static const uint32_t smallest[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
  size_t count = sequence_length(bytes[0]);
  if (count == 0 || count > length)
    return 0;
  if (count == 1) {
    *ret_code = bytes[0];
    return 1;
  }
  uint32_t code = bytes[0] & (0xffu >> (count + 1));
  for (size_t i = 1; i < count; i++) {
    if ((bytes[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (bytes[i] & 0x3fu);
  }
  if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return 0;
  *ret_code = code;
  return count;
}

/* Characters that would let a foreign string leave its place in a line, in perfdata or in HTML:
 * controls, line separators, and the Unicode property Bidi_Control. */
static bool is_forbidden(uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
    return true;
  if (code == '|' || code == '<' || code == '>')
    return true;
  if (code == 0x2028 || code == 0x2029)
    return true;
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

/* ---- adding --------------------------------------------------------------------------------- */

/* Makes room for `*length` more bytes and a NUL. Lowers `*length` to what the ceiling allows; the
 * caller calls cut() where that happened. False where nothing can be added. */
static bool reserve(pl_buf *buf, size_t *length) {
  if (buf->failed || buf->truncated)
    return false;
  if (*length > buf->max - buf->length) {
    *length = buf->max - buf->length;
    buf->truncated = true;
  }
  size_t needed = buf->length + *length + 1;
  if (needed <= buf->capacity)
    return true;
  size_t capacity = buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity;
  while (capacity < needed)
    capacity *= 2;
  if (capacity > buf->max + 1)
    capacity = buf->max + 1;
  char *data = realloc(buf->data, capacity);
  if (data == NULL) {
    buf->failed = true;
    return false;
  }
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

/* Ends the text at `length` bytes, which are in place. Where it was cut, drops a character whose
 * end was left out. */
static void finish(pl_buf *buf, size_t length) {
  if (buf->truncated) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
      size_t count = sequence_length((unsigned char)buf->data[length - back]);
      if (count > back)
        length -= back;
      if (count != 0)
        break;
    }
  }
  buf->length = length;
  /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): storage always has room for the NUL */
  buf->data[length] = '\0';
}

void pl_buf_add(pl_buf *buf, const char *text) { pl_buf_add_bytes(buf, text, strlen(text)); }

void pl_buf_add_bytes(pl_buf *buf, const char *bytes, size_t length) {
  if (!reserve(buf, &length))
    return;
  if (length > 0)
    memcpy(buf->data + buf->length, bytes, length);
  finish(buf, buf->length + length);
}

void pl_buf_add_char(pl_buf *buf, char c) { pl_buf_add_bytes(buf, &c, 1); }

void pl_buf_addf(pl_buf *buf, const char *format, ...) {
  va_list args;
  va_start(args, format);
  pl_buf_addv(buf, format, args);
  va_end(args);
}

void pl_buf_addv(pl_buf *buf, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int printed = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (printed < 0) {
    buf->failed = true;
    return;
  }
  size_t length = (size_t)printed;
  if (!reserve(buf, &length))
    return;
  vsnprintf(buf->data + buf->length, length + 1, format, args);
  finish(buf, buf->length + length);
}

void pl_buf_add_foreign(pl_buf *buf, const char *bytes, size_t length, size_t max) {
  const unsigned char *at = (const unsigned char *)bytes;
  size_t written = 0;
  while (length > 0) {
    uint32_t code = 0;
    size_t count = decode(at, length, &code);
    bool replace = count == 0 || is_forbidden(code);
    size_t taken = count == 0 ? 1 : count;
    size_t given = replace ? 1 : count;
    if (given > max - written)
      break;
    pl_buf_add_bytes(buf, replace ? "?" : (const char *)at, given);
    written += given;
    at += taken;
    length -= taken;
  }
}

void pl_buf_add_number(pl_buf *buf, double value, int decimals) {
  char text[352]; /* DBL_MAX has 309 digits */
  bool large = fabs(value) >= 1e15;
  snprintf(text, sizeof(text), "%.*f", large ? 0 : decimals, fabs(value));

  /* Whatever stands between the digits is the decimal point of the locale. */
  size_t whole = strspn(text, "0123456789");
  const char *fraction = text + whole;
  fraction += strcspn(fraction, "0123456789");
  size_t places = strlen(fraction);
  while (places > 0 && fraction[places - 1] == '0')
    places--;

  bool zero = places == 0 && strspn(text, "0") == whole;
  if (signbit(value) && !zero)
    pl_buf_add_char(buf, '-');
  pl_buf_add_bytes(buf, text, whole);
  if (places > 0) {
    pl_buf_add_char(buf, '.');
    pl_buf_add_bytes(buf, fraction, places);
  }
}

const char *pl_buf_text(const pl_buf *buf) { return buf->data == NULL ? "" : buf->data; }

pl_status pl_buf_status(const pl_buf *buf) {
  if (buf->failed)
    return PL_ERR_MEMORY;
  return buf->truncated ? PL_ERR_LIMIT : PL_OK;
}

void pl_text_set_foreign(char *storage, size_t size, const char *bytes, size_t length) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_buf_add_foreign(&buf, bytes, length, size - 1);
}
