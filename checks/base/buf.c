/* The string builder: bounded texts that grow, or that use an array of the caller. */
#include "base/buf.h"
#include "base/utf8.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_CAPACITY 128

void pl_buf_init(pl_buf *buf, size_t max) {
  /* No object is larger than PTRDIFF_MAX, and room for the NUL must not overflow. */
  *buf = (pl_buf){.max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1};
}

void pl_buf_fixed(pl_buf *buf, char *storage, size_t size) {
  *buf = (pl_buf){.data = storage, .capacity = size, .max = size - 1, .fixed = true};
  storage[0] = '\0';
}

/* Frees the storage. It may hold a secret, so it is overwritten first. */
static void release(const pl_buf *buf) {
  if (buf->data != NULL)
    explicit_bzero(buf->data, buf->capacity);
  free(buf->data);
}

void pl_buf_free(pl_buf *buf) {
  if (buf->fixed)
    return;
  release(buf);
  *buf = (pl_buf){.max = buf->max};
}

void pl_buf_clear(pl_buf *buf) {
  buf->length = 0;
  buf->truncated = false;
  buf->failed = false;
  if (buf->data != NULL)
    buf->data[0] = '\0';
}

/* What no shell, mail program, HTML page or parser of performance data treats in a special way. The
 * '*' is for the names of certificates. */
static bool is_harmless(uint32_t code) {
  return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
         (code >= 'a' && code <= 'z') ||
         (code != 0 && code < 0x80 && strchr(" ._:/@+-,=*", (int)code) != NULL);
}

/* Characters that would let a text forge output lines, performance data or HTML: controls, line
 * separators, and the Unicode property Bidi_Control. */
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

/* Makes room for `*length` more bytes and a NUL. If that is more than `max` allows, lowers
 * `*length` and sets `truncated`. False if nothing can be added. */
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
  if (buf->fixed) /* not reached: max leaves room for the NUL */
    return false;
  size_t capacity = buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity;
  while (capacity < needed)
    capacity *= 2;
  if (capacity > buf->max + 1)
    capacity = buf->max + 1;
  char *data = malloc(capacity); /* realloc would leave a copy of a secret in freed memory */
  if (data == NULL) {
    buf->failed = true;
    return false;
  }
  if (buf->length > 0)
    memcpy(data, buf->data, buf->length);
  release(buf);
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

/* Ends the text at `length`. A cut text loses its last character if that is incomplete. */
static void finish(pl_buf *buf, size_t length) {
  buf->length = buf->truncated ? pl_utf8_cut(buf->data, length) : length;
  /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): storage always has room for the NUL */
  buf->data[buf->length] = '\0';
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

static void add_checked(pl_buf *buf, const char *bytes, size_t length, size_t max, bool foreign) {
  size_t written = 0;
  while (length > 0) {
    uint32_t code = 0;
    size_t count = pl_utf8_decode(bytes, length, &code);
    bool replace = count == 0 || (foreign ? !is_harmless(code) : is_forbidden(code));
    size_t taken = count == 0 ? 1 : count;
    size_t given = replace ? 1 : count;
    if (given > max - written)
      break;
    pl_buf_add_bytes(buf, replace ? "?" : bytes, given);
    written += given;
    bytes += taken;
    length -= taken;
  }
}

void pl_buf_add_foreign(pl_buf *buf, const char *bytes, size_t length, size_t max) {
  add_checked(buf, bytes, length, max, true);
}

void pl_buf_add_printable(pl_buf *buf, const char *bytes, size_t length, size_t max) {
  add_checked(buf, bytes, length, max, false);
}

void pl_buf_add_number(pl_buf *buf, double value, int decimals) {
  char text[352]; /* DBL_MAX has 309 digits */
  bool large = fabs(value) >= 1e15;
  snprintf(text, sizeof(text), "%.*f", large ? 0 : decimals, fabs(value));

  /* Between the digits is the locale's decimal point. */
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

void pl_buf_add_instant(pl_buf *buf, int64_t seconds) {
  time_t instant = (time_t)seconds;
  struct tm utc;
  /* RFC 3339 section 5.6 has four digits for the year. */
  if (gmtime_r(&instant, &utc) == NULL || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900)
    return;
  pl_buf_addf(buf, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1,
              utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

const char *pl_buf_text(const pl_buf *buf) { return buf->data == NULL ? "" : buf->data; }

pl_status pl_buf_status(const pl_buf *buf) {
  if (buf->failed)
    return PL_ERR_MEMORY;
  return buf->truncated ? PL_ERR_LIMIT : PL_OK;
}

bool pl_text_is_same(const char *a, const char *b) {
  return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void pl_text_set(char *storage, size_t size, const char *text) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_buf_add(&buf, text);
}

void pl_text_set_instant(char *storage, size_t size, int64_t seconds) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_buf_add_instant(&buf, seconds);
}

void pl_text_setf(char *storage, size_t size, const char *format, ...) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  va_list args;
  va_start(args, format);
  pl_buf_addv(&buf, format, args);
  va_end(args);
}

void pl_text_set_foreign(char *storage, size_t size, const char *bytes, size_t length) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_buf_add_foreign(&buf, bytes, length, size - 1);
}

void pl_text_set_printable(char *storage, size_t size, const char *bytes, size_t length) {
  pl_buf buf;
  pl_buf_fixed(&buf, storage, size);
  pl_buf_add_printable(&buf, bytes, length, size - 1);
}
