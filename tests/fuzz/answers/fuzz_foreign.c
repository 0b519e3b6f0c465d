/* Any bytes as a string from the network, and as a text of ours: the result is safe in a shell, in
 * mail and in HTML, or safe to print. The first two bytes of the input choose the limits. */
#include "base/buf.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static bool in(uint8_t byte, uint8_t first, uint8_t last) { return byte >= first && byte <= last; }

/* The length of one character by the grammar of RFC 3629 section 4; 0 if it is none. Written from
 * the grammar and not from buf.c, so that one checks the other. The NUL after the text ends every
 * comparison. */
static size_t character(const uint8_t *s) {
  if (in(s[0], 0x00, 0x7f))
    return 1;
  if (in(s[0], 0xc2, 0xdf))
    return in(s[1], 0x80, 0xbf) ? 2 : 0;
  bool three = (s[0] == 0xe0 && in(s[1], 0xa0, 0xbf)) || (s[0] == 0xed && in(s[1], 0x80, 0x9f)) ||
               ((in(s[0], 0xe1, 0xec) || in(s[0], 0xee, 0xef)) && in(s[1], 0x80, 0xbf));
  if (three)
    return in(s[2], 0x80, 0xbf) ? 3 : 0;
  bool four = (s[0] == 0xf0 && in(s[1], 0x90, 0xbf)) || (s[0] == 0xf4 && in(s[1], 0x80, 0x8f)) ||
              (in(s[0], 0xf1, 0xf3) && in(s[1], 0x80, 0xbf));
  return four && in(s[2], 0x80, 0xbf) && in(s[3], 0x80, 0xbf) ? 4 : 0;
}

static void require_safe(const char *text, size_t length, size_t max) {
  static const char *const forbidden[] = {
      "|",      "<",      ">",      "\x7f",   "\u061c", "\u200e", "\u200f", "\u2028", "\u2029",
      "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
  require(length <= max && strlen(text) == length);
  for (size_t i = 0; i < PL_COUNT_OF(forbidden); i++)
    require(strstr(text, forbidden[i]) == NULL);
  const uint8_t *at = (const uint8_t *)text;
  while (*at != '\0') {
    size_t count = character(at);
    require(count > 0);
    require(*at >= ' ' && !(at[0] == 0xc2 && at[1] <= 0x9f));
    at += count;
  }
}

static void require_harmless(const char *text) {
  static const char harmless[] = " ._:/@+-,=*?0123456789"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  require(text[strspn(text, harmless)] == '\0');
}

typedef void (*adder)(pl_buf *buf, const char *bytes, size_t length, size_t max);

static void check(adder add, const char *bytes, size_t size, size_t max, size_t ceiling) {
  pl_buf buf, again;
  pl_buf_init(&buf, ceiling);
  add(&buf, bytes, size, max);
  size_t least = max < ceiling ? max : ceiling;
  require_safe(pl_buf_text(&buf), buf.length, least);
  require(pl_buf_status(&buf) != PL_ERR_MEMORY);
  /* Only the limits cut, and at most three bytes of a character with it. */
  require(size == 0 || buf.length > 0 || least < 4);
  if (add == pl_buf_add_foreign)
    require_harmless(pl_buf_text(&buf));

  pl_buf_init(&again, ceiling);
  add(&again, pl_buf_text(&buf), buf.length, max);
  require(strcmp(pl_buf_text(&again), pl_buf_text(&buf)) == 0);
  pl_buf_free(&again);
  pl_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  const char *bytes = (const char *)data + 2;
  check(pl_buf_add_foreign, bytes, size - 2, data[0], data[1]);
  check(pl_buf_add_printable, bytes, size - 2, data[0], data[1]);

  char storage[97];
  pl_text_set_foreign(storage, sizeof(storage), bytes, size - 2);
  require_safe(storage, strlen(storage), sizeof(storage) - 1);
  return 0;
}
