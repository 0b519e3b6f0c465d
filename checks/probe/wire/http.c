/* Writes an HTTP request, and reads the answer byte by byte. */
#include "probe/wire/http.h"
#include "base/addr.h"
#include "base/buf.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The reader keeps this much of a header line. It needs no header that is longer. */
#define LINE_KEPT 512

typedef enum phase {
  PHASE_STATUS_LINE,
  PHASE_HEADERS,
  PHASE_BODY_SIZED, /* `left` bytes more */
  PHASE_BODY_CLOSE, /* until the connection ends */
  PHASE_CHUNK_SIZE, /* the line before a chunk */
  PHASE_CHUNK_DATA, /* `left` bytes more of the chunk */
  PHASE_CHUNK_END,  /* the line end after the chunk */
  PHASE_OVER,
} phase;

struct pl_http {
  pl_http_state state;
  phase phase;
  unsigned status;      /* of the answer that is being read, interim or final */
  bool headers_done;    /* of the final one */
  size_t overhead;      /* bytes read that are not body */
  size_t used;          /* bytes of the last feed that were read */
  char line[LINE_KEPT]; /* a header with its folded lines, the status line, or a chunk's size */
  size_t line_length;   /* kept in `line` */
  size_t line_bytes;    /* read of the present line, CR included */
  bool line_cut;        /* `line` is only the start of it */
  char after_kept;      /* what ends the name in the rest of it: ':' or ' '; NUL: nothing so far */
  bool carriage_return; /* the last byte was CR */
  bool chunked;         /* the last transfer coding is chunked */
  bool coded;           /* there is a Transfer-Encoding */
  bool encoded;         /* the body can't be read: a Content-Encoding, or more than chunked */
  bool marked;          /* by a bot protection */
  bool length_seen, length_bad;
  uint64_t left; /* Content-Length, then what is left of it or of a chunk */
  char body[PL_LIMIT_HTTP_BODY];
  size_t body_length;
  pl_body body_kind; /* once the headers are done */
};

pl_status pl_http_create(pl_http **ret_http) {
  pl_http *http = calloc(1, sizeof(*http));
  if (http == NULL)
    return PL_ERR_MEMORY;
  *ret_http = http;
  return PL_OK;
}

void pl_http_free(pl_http *http) { free(http); }

static void finish(pl_http *http, pl_http_state state) {
  http->state = state;
  http->phase = PHASE_OVER;
}

static void end_body(pl_http *http, pl_body kind) {
  http->body_kind = kind;
  finish(http, PL_HTTP_DONE);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* RFC 9110 5.6.2 */
static bool is_token(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* ---- header fields --------------------------------------------------------------------------- */

typedef struct span {
  const char *at;
  size_t length;
} span;

static span trim(span text) {
  while (text.length > 0 && is_blank(text.at[0]))
    text = (span){text.at + 1, text.length - 1};
  while (text.length > 0 && is_blank(text.at[text.length - 1]))
    text.length--;
  return text;
}

static bool span_is(span text, const char *word) {
  return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

/* Takes the next member off a comma-separated list. */
static span take_member(span *list) {
  const char *comma = memchr(list->at, ',', list->length);
  size_t length = comma != NULL ? (size_t)(comma - list->at) : list->length;
  span member = {list->at, length};
  size_t taken = comma != NULL ? length + 1 : length;
  *list = (span){list->at + taken, list->length - taken};
  return trim(member);
}

/* A length that does not fit in 64 bits counts as endless. */
static bool parse_length(span text, uint64_t *ret_length) {
  uint64_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (!is_digit(text.at[i]))
      return false;
    length = length > UINT64_MAX / 16 ? length : length * 10 + (uint64_t)(text.at[i] - '0');
  }
  *ret_length = length;
  return text.length > 0;
}

/* RFC 9112 6.3, item 5: a list of equal values is one value; any other list is not valid. */
static void take_content_length(pl_http *http, span value) {
  do {
    uint64_t length;
    if (!parse_length(take_member(&value), &length) || (http->length_seen && length != http->left))
      http->length_bad = true;
    else
      http->left = length;
    http->length_seen = true;
  } while (value.length > 0);
}

/* RFC 9112 6.1: only the last coding frames the message. A line that was cut may name any. */
static void take_transfer_encoding(pl_http *http, span value) {
  http->coded = true;
  http->encoded = http->encoded || http->line_cut;
  do {
    span coding = take_member(&value);
    bool other = coding.length > 0 && !span_is(coding, "chunked") && !span_is(coding, "identity");
    http->encoded = http->encoded || other || http->chunked;
    http->chunked = span_is(coding, "chunked");
  } while (value.length > 0);
}

/* RFC 9110 8.4 */
static void take_content_encoding(pl_http *http, span value) {
  http->encoded = http->encoded || http->line_cut;
  do {
    span coding = take_member(&value);
    if (coding.length > 0 && !span_is(coding, "identity"))
      http->encoded = true;
  } while (value.length > 0);
}

/* Headers that only an answer of a bot protection has, by how their names begin, from the manuals
 * of Cloudflare ("Detect a Challenge Page response") and AWS WAF ("CAPTCHA and Challenge action
 * behavior"). */
static bool is_mark(span name) {
  static const char *const marks[] = {"cf-mitigated", "x-amzn-waf-"};
  for (size_t i = 0; i < PL_COUNT_OF(marks); i++) {
    size_t length = strlen(marks[i]);
    if (name.length >= length && strncasecmp(name.at, marks[i], length) == 0)
      return true;
  }
  return false;
}

/* RFC 9112 5: token ":" value, without white space before the colon. */
static bool take_header(pl_http *http) {
  size_t name = 0;
  while (name < http->line_length && is_token(http->line[name]))
    name++;
  if (name == 0)
    return false;
  if (name == http->line_length)
    return http->after_kept == ':';
  if (http->line[name] != ':')
    return false;
  span field = {http->line, name};
  span value = trim((span){http->line + name + 1, http->line_length - name - 1});
  if (http->line_cut)
    value.length = 0; /* a value that is not complete is not valid */
  if (span_is(field, "content-length"))
    take_content_length(http, value);
  else if (span_is(field, "transfer-encoding"))
    take_transfer_encoding(http, value);
  else if (span_is(field, "content-encoding"))
    take_content_encoding(http, value);
  http->marked = http->marked || is_mark(field);
  return true;
}

/* ---- the header section ---------------------------------------------------------------------- */

static void line_reset(pl_http *http) {
  http->line_length = 0;
  http->line_bytes = 0;
  http->line_cut = false;
  http->after_kept = '\0';
}

static void line_keep(pl_http *http, char c) {
  if (http->line_length < LINE_KEPT) {
    http->line[http->line_length++] = c;
    return;
  }
  http->line_cut = true;
  if (http->after_kept == '\0' && !is_token(c))
    http->after_kept = c == ':' ? ':' : ' ';
}

/* RFC 9112 4: "HTTP/1." DIGIT SP 3DIGIT, then SP and a reason, or nothing. */
static bool take_status_line(pl_http *http) {
  static const char form[] = "HTTP/1.d ddd";
  size_t length = sizeof(form) - 1;
  if (http->line_length < length || (http->line_length > length && http->line[length] != ' '))
    return false;
  for (size_t i = 0; i < length; i++) {
    if (form[i] == 'd' ? !is_digit(http->line[i]) : http->line[i] != form[i])
      return false;
  }
  http->status = (unsigned)(http->line[9] - '0') * 100 + (unsigned)(http->line[10] - '0') * 10 +
                 (unsigned)(http->line[11] - '0');
  return http->status >= 100 && http->status <= 599;
}

/* The first bytes show that something is not HTTP. It may never send the end of a line. */
static bool may_be_status_line(const pl_http *http) {
  static const char start[] = "HTTP/1.";
  size_t length = http->line_length < sizeof(start) - 1 ? http->line_length : sizeof(start) - 1;
  return memcmp(http->line, start, length) == 0;
}

/* RFC 9112 6.3 */
static void begin_body(pl_http *http) {
  http->headers_done = true;
  http->body_kind = PL_BODY_CUT; /* until it has ended */
  if (http->status == 204 || http->status == 304) {
    end_body(http, PL_BODY_WHOLE);
    return;
  }
  if (http->chunked)
    http->phase = PHASE_CHUNK_SIZE;
  else if (http->coded || !http->length_seen || http->length_bad)
    http->phase = PHASE_BODY_CLOSE;
  else if (http->left > 0)
    http->phase = PHASE_BODY_SIZED;
  else
    end_body(http, PL_BODY_WHOLE);
}

/* Skips an interim response (RFC 9110 15.2), except 101, since the request asked for no upgrade. */
static void end_headers(pl_http *http) {
  if (http->status == 101) {
    finish(http, PL_HTTP_GARBAGE);
  } else if (http->status >= 200) {
    begin_body(http);
  } else {
    http->phase = PHASE_STATUS_LINE;
    http->status = 0;
    http->chunked = http->coded = http->length_seen = http->length_bad = false;
    http->encoded = http->marked = false;
  }
}

/* The first byte of a line, `c`, shows whether the line before it is complete: white space
 * continues that line (obs-fold, RFC 9112 5.2, read as a space). */
static void begin_header_line(pl_http *http, char c) {
  bool first = http->line_length == 0;
  if (is_blank(c)) {
    if (first)
      finish(http, PL_HTTP_GARBAGE);
    return;
  }
  if (!first && !take_header(http))
    finish(http, PL_HTTP_GARBAGE);
  line_reset(http);
}

static void end_header_line(pl_http *http) {
  if (http->phase == PHASE_STATUS_LINE) {
    http->phase = PHASE_HEADERS;
    if (!take_status_line(http))
      finish(http, PL_HTTP_GARBAGE);
    line_reset(http);
    return;
  }
  if (http->line_bytes > 0) {
    http->line_bytes = 0; /* the next line may continue it */
    return;
  }
  begin_header_line(http, '\n');
  if (http->phase == PHASE_HEADERS)
    end_headers(http);
}

static bool is_header_byte(char c) { return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f); }

static void keep_header_byte(pl_http *http, char c) {
  if (http->phase == PHASE_HEADERS && http->line_bytes == 0)
    begin_header_line(http, c);
  http->line_bytes++;
  line_keep(http, c);
  if (http->phase == PHASE_STATUS_LINE && !may_be_status_line(http))
    finish(http, PL_HTTP_GARBAGE);
}

/* A line ends in CRLF or in LF alone (RFC 9112 2.2), never in CR alone. */
static void feed_header(pl_http *http, char c) {
  bool after_return = http->carriage_return;
  http->carriage_return = c == '\r';
  if (c == '\n')
    end_header_line(http);
  else if (after_return || (c != '\r' && !is_header_byte(c)))
    finish(http, PL_HTTP_GARBAGE);
  else if (c != '\r')
    keep_header_byte(http, c);
}

/* ---- the body -------------------------------------------------------------------------------- */

/* Keeps what fits, and returns its length. What does not fit ends the body. */
static size_t keep_body(pl_http *http, const char *bytes, size_t length) {
  size_t room = PL_LIMIT_HTTP_BODY - http->body_length;
  size_t kept = length < room ? length : room;
  memcpy(http->body + http->body_length, bytes, kept);
  http->body_length += kept;
  if (kept < length)
    end_body(http, PL_BODY_LONG);
  return kept;
}

static size_t keep_sized(pl_http *http, const char *bytes, size_t length) {
  size_t kept = keep_body(http, bytes, length < http->left ? length : (size_t)http->left);
  http->left -= kept;
  return kept;
}

static int hex_value(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 9112 7.1: 1*HEXDIG, then nothing or an extension. */
static bool parse_chunk_size(const pl_http *http, uint64_t *ret_size) {
  uint64_t size = 0;
  size_t i = 0;
  for (; i < http->line_length && hex_value(http->line[i]) >= 0; i++) {
    if (size > UINT64_MAX / 32)
      return false;
    size = size * 16 + (uint64_t)hex_value(http->line[i]);
  }
  if (i == 0)
    return false;
  span rest = trim((span){http->line + i, http->line_length - i});
  *ret_size = size;
  return rest.length == 0 || rest.at[0] == ';';
}

/* One byte of a chunk's size line, or of the line end after a chunk. A bad one ends the body, and
 * so does the last chunk: trailers are not read. */
static void feed_chunk_line(pl_http *http, char c) {
  bool ended = c == '\n' && http->carriage_return;
  if (c == '\r' && !http->carriage_return) {
    http->carriage_return = true;
    return;
  }
  http->carriage_return = false;
  if (http->phase == PHASE_CHUNK_SIZE && !ended && c != '\r' && c != '\n') {
    line_keep(http, c);
    return;
  }
  if (ended && http->phase == PHASE_CHUNK_END)
    http->phase = PHASE_CHUNK_SIZE;
  else if (!ended || !parse_chunk_size(http, &http->left))
    end_body(http, PL_BODY_CUT);
  else if (http->left == 0)
    end_body(http, PL_BODY_WHOLE);
  else
    http->phase = PHASE_CHUNK_DATA;
  line_reset(http);
}

/* ---- feeding --------------------------------------------------------------------------------- */

/* One byte that is not body. Endless headers are garbage, endless chunk extensions end the body. */
static void feed_overhead(pl_http *http, char c) {
  if (++http->overhead > PL_LIMIT_HTTP_HEADERS) {
    finish(http, http->headers_done ? PL_HTTP_DONE : PL_HTTP_GARBAGE);
    return;
  }
  if (http->phase == PHASE_CHUNK_SIZE || http->phase == PHASE_CHUNK_END)
    feed_chunk_line(http, c);
  else
    feed_header(http, c);
}

static size_t feed_some(pl_http *http, const char *bytes, size_t length) {
  size_t used = 1;
  switch (http->phase) {
  case PHASE_BODY_CLOSE:
    return keep_body(http, bytes, length);
  case PHASE_BODY_SIZED:
    used = keep_sized(http, bytes, length);
    if (http->left == 0 && http->phase != PHASE_OVER)
      end_body(http, PL_BODY_WHOLE);
    return used;
  case PHASE_CHUNK_DATA:
    used = keep_sized(http, bytes, length);
    if (http->left == 0 && http->phase != PHASE_OVER)
      http->phase = PHASE_CHUNK_END;
    return used;
  case PHASE_STATUS_LINE:
  case PHASE_HEADERS:
  case PHASE_CHUNK_SIZE:
  case PHASE_CHUNK_END:
    feed_overhead(http, *bytes);
    return used;
  case PHASE_OVER:
    break;
  }
  return length;
}

pl_http_state pl_http_feed(pl_http *http, const char *bytes, size_t length) {
  http->used = 0;
  while (http->used < length && http->phase != PHASE_OVER)
    http->used += feed_some(http, bytes + http->used, length - http->used);
  return http->state;
}

size_t pl_http_used(const pl_http *http) { return http->used; }

pl_http_state pl_http_close(pl_http *http) {
  if (http->phase == PHASE_BODY_CLOSE)
    http->body_kind = PL_BODY_WHOLE;
  return pl_http_cut(http);
}

pl_http_state pl_http_cut(pl_http *http) {
  if (http->phase != PHASE_OVER)
    finish(http, http->headers_done ? PL_HTTP_DONE : PL_HTTP_GARBAGE);
  return http->state;
}

unsigned pl_http_status(const pl_http *http) { return http->headers_done ? http->status : 0; }

/* An encoded body without a byte is the empty one (RFC 9110 8.4). */
pl_body pl_http_body_kind(const pl_http *http) {
  bool empty = http->body_length == 0 && http->body_kind == PL_BODY_WHOLE;
  return http->headers_done && http->encoded && !empty ? PL_BODY_ENCODED : http->body_kind;
}

bool pl_http_is_marked(const pl_http *http) { return http->headers_done && http->marked; }

bool pl_http_headers_done(const pl_http *http) { return http->headers_done; }

const char *pl_http_body(const pl_http *http, size_t *ret_length) {
  *ret_length = http->body_length;
  return http->body;
}

/* ---- requests -------------------------------------------------------------------------------- */

/* Only visible ASCII, so that no text can end its line. */
static bool is_line_safe(const char *text, const char *also) {
  for (; *text != '\0'; text++) {
    if ((*text <= ' ' || *text >= 0x7f) && strchr(also, *text) == NULL)
      return false;
  }
  return true;
}

static void add_host(pl_buf *request, const char *host, uint16_t port) {
  pl_addr address;
  bool literal = pl_addr_parse(host, &address) == PL_OK && strchr(host, ':') != NULL;
  size_t length = strlen(host);
  if (length > 1 && host[length - 1] == '.')
    length--;
  pl_buf_add(request, literal ? "[" : "");
  pl_buf_add_bytes(request, host, length);
  pl_buf_add(request, literal ? "]" : "");
  if (port != 443)
    pl_buf_addf(request, ":%u", port);
}

static bool is_request_safe(const pl_http_get *r) {
  return is_line_safe(r->host, "") && is_line_safe(r->path, "") && r->path[0] == '/' &&
         (r->user_agent == NULL || is_line_safe(r->user_agent, " ")) &&
         (r->scheme == NULL || is_line_safe(r->scheme, "")) &&
         (r->secret == NULL || is_line_safe(r->secret, " "));
}

static size_t length_of(const char *text) { return text != NULL ? strlen(text) : 0; }

pl_status pl_http_request(const pl_http_get *r, char **ret_request, size_t *ret_length) {
  if (!is_request_safe(r))
    return PL_ERR_INVALID;
  size_t size = strlen(r->host) + strlen(r->path) + length_of(r->user_agent) +
                length_of(r->scheme) + length_of(r->secret) + 256;
  char *request = malloc(size);
  if (request == NULL)
    return PL_ERR_MEMORY;
  pl_buf buf;
  pl_buf_fixed(&buf, request, size);
  pl_buf_addf(&buf, "GET %s HTTP/1.1\r\nHost: ", r->path);
  add_host(&buf, r->host, r->port);
  pl_buf_addf(&buf, "\r\nUser-Agent: %s\r\nAccept: */*\r\nConnection: close\r\n",
              r->user_agent != NULL ? r->user_agent : "privatelink-monitor/" PL_VERSION);
  if (r->secret != NULL)
    pl_buf_addf(&buf, "Authorization: %s%s%s\r\n", r->scheme != NULL ? r->scheme : "",
                r->scheme != NULL ? " " : "", r->secret);
  pl_buf_add(&buf, "\r\n");
  *ret_request = request;
  *ret_length = buf.length;
  return PL_OK;
}

void pl_http_request_free(char *request, size_t length) {
  if (request == NULL)
    return;
  explicit_bzero(request, length);
  free(request);
}
