/* Reads INI text that is in memory: sections, keys, values. Does no I/O. Any thread.
 *
 * A line is one of these:
 *   - blank
 *   - a comment: the first character that is not blank is '#' or ';'
 *   - "[section]", and perhaps a comment after it
 *   - "key = value", without the white space around key and value
 *
 * The value is the rest of the line, so it may contain '#', ';' and '='. There is no quoting and no
 * continuation. Lines end with LF or CRLF. A UTF-8 byte order mark may begin the text. NUL bytes
 * and lines longer than PL_LIMIT_CONFIG_LINE bytes are problems.
 */
#ifndef PL_BASE_INI_H
#define PL_BASE_INI_H

#include "base/status.h"

/* One event. `key` and `value` are NULL if a section begins (`is_header`). `problem` is not NULL if
 * the line cannot be read; it says what is expected. Strings are valid until the callback returns.
 *
 * `section` is "" before the first header. After a header that cannot be read, it is the part that
 * could be read, perhaps "". So the lines below are not counted as part of the section before. */
typedef struct pl_ini_event {
  const char *section;
  const char *key;
  const char *value;
  const char *problem;
  bool is_header; /* a section begins, also with a header that cannot be read */
  unsigned line;  /* from 1 */
} pl_ini_event;

/* Called for each section, entry and problem, in the order of the text. If it returns another
 * status than PL_OK, reading ends and pl_ini_read returns that status. A problem does not end the
 * reading. */
typedef pl_status (*pl_ini_callback)(void *user, const pl_ini_event *event);

pl_status pl_ini_read(const char *text, size_t length, pl_ini_callback callback,
                      void *user) PL_MUST_USE;

#endif
