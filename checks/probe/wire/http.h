/* HTTP/1.1 reader, as RFC 9112 has it and no more: interim answers, status line, headers, then the
 * first bytes of the body by Content-Length, chunked coding or close. Pure: bytes in, state out;
 * fuzzed. The caller owns the struct.
 *
 * Strict where readers disagree, since what is judged is the status: bare CR, NUL and other control
 * characters, a line without a colon, white space before one, and an unasked-for 101 are garbage.
 * LF alone ends a line, and a folded header line (obs-fold) is read as one. Where framing
 * contradicts itself the body lasts until close; a bad chunk ends it.
 */
#ifndef PL_PROBE_WIRE_HTTP_H
#define PL_PROBE_WIRE_HTTP_H

#include "base/limits.h"
#include "base/status.h"
#include <stdint.h>

typedef enum pl_http_state {
  PL_HTTP_MORE,    /* wants more bytes */
  PL_HTTP_DONE,    /* complete, or as much of the body as is looked at */
  PL_HTTP_GARBAGE, /* not HTTP/1.x, or over PL_LIMIT_HTTP_HEADERS */
} pl_http_state;

typedef struct pl_http pl_http; /* http.c */

/* A reader for one answer to a GET. */
pl_status pl_http_create(pl_http **ret_http) PL_MUST_USE;
void pl_http_free(pl_http *http);

/* Feeds `length` bytes. After DONE or GARBAGE it changes nothing. */
pl_http_state pl_http_feed(pl_http *http, const char *bytes, size_t length);
/* The connection ended. A body that ends by close is complete; a status line and whole headers
 * with a cut body count as an answer too (DONE): the status is what is judged. */
pl_http_state pl_http_end(pl_http *http);

unsigned pl_http_status(const pl_http *http); /* final status; 0 before it is known */
bool pl_http_headers_done(const pl_http *http);
/* The bytes of the body so far, de-chunked, at most PL_LIMIT_HTTP_BODY; not terminated. */
const char *pl_http_body(const pl_http *http, size_t *ret_length);

/* "GET path HTTP/1.1" with Host, User-Agent, Accept and Connection: close; Authorization where
 * `secret` is not NULL ("scheme secret", or the bare secret where scheme is NULL). IPv6 literals
 * and ports other than 443 in Host as RFC 9110 7.2 says. Free with pl_http_request_free, which
 * wipes it. */
pl_status pl_http_request(const char *host, uint16_t port, const char *path, const char *scheme,
                          const char *secret, char **ret_request, size_t *ret_length) PL_MUST_USE;
void pl_http_request_free(char *request, size_t length);

#endif
