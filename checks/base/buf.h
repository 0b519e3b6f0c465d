/* The only string builder. A buffer has a ceiling from birth.
 *
 * A growing buffer (pl_buf_init) owns its storage until pl_buf_free; a fixed one (pl_buf_fixed)
 * writes into the caller's array. Failures are sticky and are asked for once, at the end, by
 * pl_buf_status: what does not fit is cut at a UTF-8 character and sets `truncated`; an allocation
 * that fails sets `failed`; after either, nothing more is added. The text always ends in NUL. One
 * thread at a time.
 */
#ifndef PL_BASE_BUF_H
#define PL_BASE_BUF_H

#include "base/status.h"
#include <stdarg.h>

typedef struct pl_buf {
  char *data; /* NUL-terminated; NULL only before the first byte of a growing buffer */
  size_t length;
  size_t capacity; /* bytes of storage, NUL included */
  size_t max;      /* most bytes of text, without NUL */
  bool fixed;
  bool truncated;
  bool failed;
} pl_buf;

/* A growing buffer for at most `max` bytes of text. */
void pl_buf_init(pl_buf *buf, size_t max);
/* A buffer over `storage` of `size` bytes (at least 1), NUL included. */
void pl_buf_fixed(pl_buf *buf, char *storage, size_t size);
/* Frees a growing buffer's storage; safe on a zeroed one, and on a fixed one (does nothing). */
void pl_buf_free(pl_buf *buf);
/* Back to empty; keeps the storage, clears `truncated` and `failed`. */
void pl_buf_clear(pl_buf *buf);

void pl_buf_add(pl_buf *buf, const char *text);
void pl_buf_add_bytes(pl_buf *buf, const char *bytes, size_t length);
void pl_buf_add_char(pl_buf *buf, char c);
void pl_buf_addf(pl_buf *buf, const char *format, ...) PL_PRINTF(2, 3);
void pl_buf_addv(pl_buf *buf, const char *format, va_list args) PL_PRINTF(2, 0);

/* A string that came from the network: at most `max` bytes of it (PL_LIMIT_FOREIGN is usual), with
 * control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, '|',
 * '<', '>' and bytes that are not valid UTF-8 (RFC 3629) each replaced by '?'. Stops at `length`
 * bytes, not at NUL. Every foreign string goes through here once, when it is stored into facts;
 * what facts hold is safe to print. */
void pl_buf_add_foreign(pl_buf *buf, const char *bytes, size_t length, size_t max);

/* A decimal number in the C locale, whatever LC_NUMERIC says: at most `decimals` (0 to 9) digits
 * behind the point, trailing zeros dropped, never an exponent, "0" for negative zero. `value` is
 * finite; magnitudes of 1e15 and more are printed without decimals. */
void pl_buf_add_number(pl_buf *buf, double value, int decimals);

/* The text; "" where nothing was added. Valid until the next call on `buf`. */
const char *pl_buf_text(const pl_buf *buf);
/* PL_OK, PL_ERR_LIMIT (truncated) or PL_ERR_MEMORY (failed). */
pl_status pl_buf_status(const pl_buf *buf) PL_MUST_USE;

/* Copies `text` into `storage` the way pl_buf_add_foreign does. */
void pl_text_set_foreign(char *storage, size_t size, const char *bytes, size_t length);

#endif
