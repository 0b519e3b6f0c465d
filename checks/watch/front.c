/* Writes a line of the log for the front end. */
#include "watch/front.h"

void pl_front_log(const pl_front *front, int level, const char *endpoint, const char *format, ...) {
  char text[PL_LIMIT_LOG], line[PL_LIMIT_LOG];
  pl_buf plain, buf;
  pl_buf_fixed(&plain, text, sizeof(text));
  va_list args;
  va_start(args, format);
  pl_buf_addv(&plain, format, args);
  va_end(args);
  pl_buf_fixed(&buf, line, sizeof(line));
  if (endpoint != NULL) {
    front->add_name(&buf, endpoint);
    pl_buf_add(&buf, ": ");
  }
  front->add_spelled(&buf, text);
  front->log(front->user, level, line);
}
