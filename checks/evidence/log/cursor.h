/* Compares a text with expected parts, from its beginning on. Pure, any thread. */
#ifndef PL_EVIDENCE_LOG_CURSOR_H
#define PL_EVIDENCE_LOG_CURSOR_H

#include <stdbool.h>

typedef struct pl_cursor {
  const char *at, *end;
} pl_cursor;

/* Goes past `text`. False if something else stands there; then it stays. */
bool pl_cursor_take(pl_cursor *c, const char *text);

#endif
