/* UTF-8 (RFC 3629): reads one character, and cuts a text between two. Pure functions, any thread.
 */
#ifndef PL_BASE_UTF8_H
#define PL_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at the start of `bytes` (1 to 4), and its code point. 0 if the bytes are
 * not valid UTF-8: incomplete, overlong, a surrogate, or above U+10FFFF. `length` is at least 1. */
size_t pl_utf8_decode(const char *bytes, size_t length, uint32_t *ret_code);

/* `length`, or less if the last character of the text is incomplete: the length without it. */
size_t pl_utf8_cut(const char *text, size_t length);

#endif
