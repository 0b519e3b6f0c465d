/* Compares a text with expected parts, from its beginning on. */
#include "evidence/log/cursor.h"
#include <stddef.h>
#include <string.h>

bool pl_cursor_take(pl_cursor *c, const char *text) {
  size_t length = strlen(text);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0)
    return false;
  c->at += length;
  return true;
}
