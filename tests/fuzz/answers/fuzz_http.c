/* Feeds one response to the HTTP reader twice, in different pieces. Both results must be equal and
 * within the limits, and a response that has ended must not change. The first byte of the input
 * chooses the pieces. */
#include "probe/wire/http.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static pl_http *read_in_steps(const char *bytes, size_t length, size_t step) {
  pl_http *http;
  if (pl_http_create(&http) != PL_OK)
    exit(0);
  for (size_t at = 0; at < length; at += step) {
    /* A copy of exactly this length, so that a sanitizer sees a read beyond it. */
    size_t part = length - at < step ? length - at : step;
    char *copy = malloc(part);
    require(copy != NULL);
    memcpy(copy, bytes + at, part);
    pl_http_state state = pl_http_feed(http, copy, part);
    free(copy);
    if (state != PL_HTTP_MORE)
      require(pl_http_feed(http, "x", 1) == state);
  }
  return http;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const char *bytes = (const char *)data + 1;
  size_t length = size - 1;
  pl_http *whole = read_in_steps(bytes, length, length > 0 ? length : 1);
  pl_http *parts = read_in_steps(bytes, length, data[0] % 16 + 1);
  size_t whole_length, parts_length;
  const char *whole_body = pl_http_body(whole, &whole_length);
  const char *parts_body = pl_http_body(parts, &parts_length);
  require(pl_http_status(whole) == pl_http_status(parts));
  require(pl_http_headers_done(whole) == pl_http_headers_done(parts));
  require(whole_length == parts_length && whole_length <= PL_LIMIT_HTTP_BODY);
  require(memcmp(whole_body, parts_body, whole_length) == 0);
  require(pl_http_body_kind(whole) == pl_http_body_kind(parts));
  bool broken = (data[0] & 0x10) != 0;
  pl_http_state end = broken ? pl_http_cut(whole) : pl_http_close(whole);
  require((broken ? pl_http_cut(parts) : pl_http_close(parts)) == end);
  require(end == (pl_http_headers_done(whole) ? PL_HTTP_DONE : PL_HTTP_GARBAGE));
  pl_body kind = pl_http_body_kind(whole);
  require(kind == pl_http_body_kind(parts));
  require((kind != PL_BODY_NONE) == pl_http_headers_done(whole));
  require(kind != PL_BODY_LONG || whole_length == PL_LIMIT_HTTP_BODY);
  require(pl_http_is_marked(whole) == pl_http_is_marked(parts));
  unsigned status = pl_http_status(whole);
  require(status == 0 || (status >= 200 && status <= 599));
  pl_http_free(whole);
  pl_http_free(parts);
  return 0;
}
