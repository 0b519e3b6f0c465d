/* Reads one HTTP/1.1 response (RFC 9112): interim responses, status line, headers, and the first
 * bytes of the body by Content-Length, chunked coding or close. Pure, any thread. Fuzzed. The
 * caller owns the reader.
 *
 * It is strict where readers disagree, since the status decides the verdict. Garbage is: a bare CR,
 * NUL and other control characters, a line without a colon, white space before the colon, and
 * status 101. LF alone ends a line, and a folded header line (obs-fold) is read as one. If the
 * framing contradicts itself, the body lasts until close. A bad chunk ends the body.
 */
#ifndef PL_PROBE_WIRE_HTTP_H
#define PL_PROBE_WIRE_HTTP_H

#include "facts/facts.h"

typedef enum pl_http_state {
  PL_HTTP_MORE,    /* needs more bytes */
  PL_HTTP_DONE,    /* complete, or the body is longer than PL_LIMIT_HTTP_BODY */
  PL_HTTP_GARBAGE, /* not HTTP/1.x, or over PL_LIMIT_HTTP_HEADERS */
} pl_http_state;

typedef struct pl_http pl_http; /* http.c */

/* A reader for one response to a GET. */
pl_status pl_http_create(pl_http **ret_http) PL_MUST_USE;
void pl_http_free(pl_http *http);

/* Feeds `length` bytes. After DONE or GARBAGE it changes nothing. */
pl_http_state pl_http_feed(pl_http *http, const char *bytes, size_t length);
/* How many bytes of the last feed belonged to the response. The empty line or the trailers after a
 * chunked body do not. */
size_t pl_http_used(const pl_http *http);
/* The other side closed the connection. DONE with complete headers, even if the body is cut, since
 * the status decides the verdict; else GARBAGE. */
pl_http_state pl_http_close(pl_http *http);
/* The connection broke, or the time is over: the same, but a body that lasts until close is cut. */
pl_http_state pl_http_cut(pl_http *http);

unsigned pl_http_status(const pl_http *http); /* final status; 0 before it is known */
bool pl_http_headers_done(const pl_http *http);
/* The bytes of the body so far, de-chunked, at most PL_LIMIT_HTTP_BODY; not terminated. */
const char *pl_http_body(const pl_http *http, size_t *ret_length);
/* How much of the body that is; CUT while more may come. */
pl_body pl_http_body_kind(const pl_http *http);
/* Whether a header says that a bot protection gave the answer. */
bool pl_http_is_marked(const pl_http *http);

typedef struct pl_http_get {
  const char *host;
  uint16_t port;
  const char *path;
  const char *user_agent; /* NULL: our own */
  const char *secret;     /* NULL: no Authorization header */
  const char *scheme;     /* NULL: the bare secret */
} pl_http_get;

/* "GET path HTTP/1.1" with Host, User-Agent, Accept and Connection: close. With `secret` also
 * Authorization. Host has IPv6 literals and ports other than 443 as in RFC 9110 7.2. Free with
 * pl_http_request_free, which wipes it. PL_ERR_INVALID for a byte that can't be in a header, or
 * PL_ERR_MEMORY. */
pl_status pl_http_request(const pl_http_get *request, char **ret_request,
                          size_t *ret_length) PL_MUST_USE;
void pl_http_request_free(char *request, size_t length);

#endif
