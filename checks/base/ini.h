/* INI reader, over a text in memory: sections, keys, values. Does no I/O and keeps nothing.
 *
 * Grammar, one line at a time: blank; comment (first non-blank is '#' or ';'); "[section]", behind
 * which a comment may stand; "key = value" (white space around both trimmed; the value is the rest
 * of the line, so '#', ';' and '=' are part of it; no quoting, no continuation). LF and CRLF, and a
 * UTF-8 byte order mark at the start, are fine; NUL bytes and lines over PL_LIMIT_CONFIG_LINE are
 * not. Any thread.
 */
#ifndef PL_BASE_INI_H
#define PL_BASE_INI_H

#include "base/status.h"

/* One event. `key` and `value` are NULL where a section begins; `problem` is non-NULL where the
 * line can't be read ("no '=' …"), and names what would be right. Strings live until the callback
 * returns. `section` is "" before the first header; where a header can't be read it is what could
 * be read of it, perhaps "", for the lines below too, so that none is taken for the section before.
 */
typedef struct pl_ini_event {
  const char *section;
  const char *key;
  const char *value;
  const char *problem;
  unsigned line; /* from 1 */
} pl_ini_event;

/* Called for each section, entry and problem, in file order. Anything but PL_OK ends the reading
 * and is returned. A problem does not end it: the reader goes on with the next line. */
typedef pl_status (*pl_ini_callback)(void *user, const pl_ini_event *event);

pl_status pl_ini_read(const char *text, size_t length, pl_ini_callback callback,
                      void *user) PL_MUST_USE;

#endif
