/* The only string builder. Every buffer has a maximum length.
 *
 * A growing buffer (pl_buf_init) owns its storage until pl_buf_free. It overwrites storage before
 * it frees it, so it may hold a secret. A fixed buffer (pl_buf_fixed) uses an array of the caller.
 *
 * The functions that add report no error. Call pl_buf_status once, at the end. Text that does not
 * fit is cut after a whole UTF-8 character and sets `truncated`. A failed allocation sets `failed`.
 * After either, nothing more is added. The text always ends with NUL. One thread at a time.
 */
#ifndef PL_BASE_BUF_H
#define PL_BASE_BUF_H

#include "base/status.h"
#include <stdarg.h>
#include <stdint.h>

typedef struct pl_buf {
  char *data; /* NUL-terminated; NULL if nothing was added to a growing buffer */
  size_t length;
  size_t capacity; /* bytes of storage, NUL included */
  size_t max;      /* most bytes of text, without NUL */
  bool fixed;
  bool truncated;
  bool failed;
} pl_buf;

/* A growing buffer for at most `max` bytes of text. */
void pl_buf_init(pl_buf *buf, size_t max);
/* A buffer in `storage`, which has `size` bytes (at least 1, with the NUL). */
void pl_buf_fixed(pl_buf *buf, char *storage, size_t size);
/* Overwrites and frees the storage of a growing buffer. A zeroed buffer is fine. Does nothing to a
 * fixed one. */
void pl_buf_free(pl_buf *buf);
/* Empties the buffer and clears `truncated` and `failed`. Keeps the storage. */
void pl_buf_clear(pl_buf *buf);

void pl_buf_add(pl_buf *buf, const char *text);
void pl_buf_add_bytes(pl_buf *buf, const char *bytes, size_t length);
void pl_buf_add_char(pl_buf *buf, char c);
void pl_buf_addf(pl_buf *buf, const char *format, ...) PL_PRINTF(2, 3);
void pl_buf_addv(pl_buf *buf, const char *format, va_list args) PL_PRINTF(2, 0);

/* Adds at most `max` bytes (usually PL_LIMIT_FOREIGN) of a string from the network. Each character
 * that is not a letter or digit of ASCII, a space, or one of "._:/@+-,=*" becomes '?', and so does
 * each byte that is not valid UTF-8 (RFC 3629). Reads `length` bytes; a NUL does not end the
 * string. Every string from the network passes through here once, when it is stored in facts. So
 * all strings in facts are safe in a shell, in mail and in HTML. */
void pl_buf_add_foreign(pl_buf *buf, const char *bytes, size_t length, size_t max);
/* The same for a text of this project, which may quote its user. Only these become '?': control
 * characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, '|', '<', '>',
 * and bytes that are not valid UTF-8. */
void pl_buf_add_printable(pl_buf *buf, const char *bytes, size_t length, size_t max);

/* Adds a decimal number in the C locale, whatever LC_NUMERIC is: at most `decimals` (0 to 9) digits
 * after the point, no trailing zeros, no exponent, "0" for negative zero. `value` must be finite.
 * From 1e15 on, there are no decimals. */
void pl_buf_add_number(pl_buf *buf, double value, int decimals);

/* Adds seconds since 1970 as RFC 3339 in UTC: "2026-01-31T12:00:00Z"; nothing for a year without
 * four digits. */
void pl_buf_add_instant(pl_buf *buf, int64_t seconds);

/* The text; "" if nothing was added. Valid until the next call on `buf`. */
const char *pl_buf_text(const pl_buf *buf);
/* PL_OK, PL_ERR_LIMIT (truncated) or PL_ERR_MEMORY (failed). */
pl_status pl_buf_status(const pl_buf *buf) PL_MUST_USE;

/* Whether both are NULL, or the same text. */
bool pl_text_is_same(const char *a, const char *b) PL_MUST_USE;
/* Copies a text into `storage`, and cuts what does not fit. */
void pl_text_set(char *storage, size_t size, const char *text);
/* The same for an instant, as pl_buf_add_instant. */
void pl_text_set_instant(char *storage, size_t size, int64_t seconds);
/* The same for a text that it formats; no argument may be in `storage`. */
void pl_text_setf(char *storage, size_t size, const char *format, ...) PL_PRINTF(3, 4);
/* Copy `length` bytes into `storage` as pl_buf_add_foreign or pl_buf_add_printable does; cut to
 * `size` - 1 bytes. */
void pl_text_set_foreign(char *storage, size_t size, const char *bytes, size_t length);
void pl_text_set_printable(char *storage, size_t size, const char *bytes, size_t length);

#endif
