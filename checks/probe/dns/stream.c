/* Runs one connection to a resolver: TCP, TLS, and many questions over it. */
#include "probe/dns/stream.h"
#include "base/buf.h"
#include "probe/dns/dns_answer.h"
#include "probe/dns/trusted.h"
#include "probe/wire/http.h"
#include "probe/wire/tcp.h"
#include "probe/wire/tls.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HEADER_SIZE 12 /* RFC 1035 4.1.1 */
#define FLAG_RESPONSE 0x80
#define LENGTH_SIZE 2 /* RFC 1035 4.2.2 */
/* Bytes of one question as it is sent: a base64 URL, its name, and the header lines. */
#define REQUEST_MAX 1024
#define OUT_SIZE (8 * REQUEST_MAX)
/* Answers over HTTP/1.1 come in order: each waits for those before it. */
#define HTTPS_WINDOW 32
#define TLS_WINDOW PL_LIMIT_DNS_WINDOW
#define IDLE_MAX (10 * PL_SEC)
#define AGE_MAX (3600 * PL_SEC)

/* A question that was sent, and not answered yet. */
typedef struct slot {
  void *question; /* NULL once nobody waits */
  uint16_t id;
} slot;

struct pl_stream {
  pl_timer timer; /* set from open to free */
  pl_source source;
  pl_stream_config config;
  pl_stream_stage stage;
  bool over; /* `end` says why; `over` is due, or was called */
  pl_stream_end end;
  unsigned freezes; /* of the loop, when it was opened */
  pl_nsec since, ready, asked, heard;
  pl_tls *tls;
  pl_attempt_result result;        /* what the layers below fill in */
  slot slots[PL_LIMIT_DNS_WINDOW]; /* the oldest first */
  unsigned slot_count;
  char out[OUT_SIZE]; /* to be sent */
  size_t out_length;
  pl_http *http;    /* HTTPS: of the answer that is being read */
  uint8_t *message; /* TLS: the answer that is being read, from its length on */
  size_t message_length;
  char name[PL_LIMIT_HOST + 1]; /* of the certificate */
};

/* The one place that ends a stream. `over` is called from the timer, with nothing else on the
 * stack. */
static void end_stream(pl_stream *s, pl_dns_outcome outcome, int error) {
  if (s->over)
    return;
  s->over = true;
  s->end = (pl_stream_end){.stage = s->stage, .outcome = outcome, .error = error};
  pl_loop_move_timer(s->config.loop, &s->timer, pl_loop_now(s->config.loop));
}

void pl_stream_give_up(pl_stream *s, pl_dns_outcome outcome) { end_stream(s, outcome, 0); }

static void end_of_memory(pl_stream *s) { end_stream(s, PL_DNS_LOCAL, ENOMEM); }

static void end_with_step(pl_stream *s, pl_tls_step step) {
  int error = s->result.error;
  switch (step) {
  case PL_TLS_AGAIN: /* no end */
  case PL_TLS_DONE:
    return;
  case PL_TLS_CLOSED:
  case PL_TLS_RESET:
  case PL_TLS_ALERT:
    end_stream(s, PL_DNS_CLOSED, error);
    return;
  case PL_TLS_GARBAGE:
    end_stream(s, PL_DNS_MALFORMED, 0);
    return;
  case PL_TLS_LOCAL:
    end_stream(s, error == ETIMEDOUT ? PL_DNS_TIMEOUT : PL_DNS_LOCAL, error);
    return;
  }
}

/* ---- answers -------------------------------------------------------------------------------- */

/* `bytes` NULL: what came is no DNS message. */
static void deliver(pl_stream *s, unsigned index, const uint8_t *bytes, size_t length) {
  void *question = s->slots[index].question;
  s->slot_count--;
  memmove(&s->slots[index], &s->slots[index + 1], (s->slot_count - index) * sizeof(s->slots[0]));
  s->heard = pl_loop_clock(s->config.loop);
  pl_tls_renew_limits(s->tls);
  if (question != NULL)
    s->config.answer(s->config.user, s, question, bytes, length);
}

static bool is_message(const uint8_t *bytes, size_t length) {
  return length >= HEADER_SIZE && (bytes[2] & FLAG_RESPONSE) != 0;
}

static uint16_t id_of(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }

/* RFC 8484 4.2.1 and 6: the message in the body of a 200; its id is 0, as in the question. */
static void take_http_answer(pl_stream *s) {
  size_t length;
  const uint8_t *body = (const uint8_t *)pl_http_body(s->http, &length);
  bool good = pl_http_status(s->http) == 200 && length < PL_LIMIT_HTTP_BODY &&
              is_message(body, length) && id_of(body) == 0;
  deliver(s, 0, good ? body : NULL, good ? length : 0);
  pl_http_free(s->http);
  s->http = NULL;
}

/* An empty line before an answer ends the chunked body of the last one. */
static bool is_between_answers(char c) { return c == '\r' || c == '\n'; }

static void read_http(pl_stream *s, const char *bytes, size_t length) {
  while (length > 0 && !s->over) {
    if (s->http == NULL && is_between_answers(*bytes)) {
      bytes++;
      length--;
      continue;
    }
    if (s->slot_count == 0) {
      end_stream(s, PL_DNS_MALFORMED, 0); /* nothing was asked */
      return;
    }
    if (s->http == NULL && pl_http_create(&s->http) != PL_OK) {
      end_of_memory(s);
      return;
    }
    pl_http_state state = pl_http_feed(s->http, bytes, length);
    size_t used = pl_http_used(s->http);
    bytes += used;
    length -= used;
    if (state == PL_HTTP_GARBAGE)
      end_stream(s, PL_DNS_MALFORMED, 0);
    else if (state == PL_HTTP_DONE)
      take_http_answer(s);
  }
}

/* A body may last until the connection ends. */
static void end_http(pl_stream *s) {
  if (s->http != NULL && pl_http_close(s->http) == PL_HTTP_DONE)
    take_http_answer(s);
}

/* Answers come in any order (RFC 7766 6.2.1.1). */
static void take_message(pl_stream *s, const uint8_t *bytes, size_t length) {
  unsigned index = 0;
  if (is_message(bytes, length)) {
    while (index < s->slot_count && s->slots[index].id != id_of(bytes))
      index++;
    if (index < s->slot_count) {
      deliver(s, index, bytes, length);
      return;
    }
  }
  end_stream(s, PL_DNS_MALFORMED, 0); /* no answer to anything that was asked */
}

static void read_messages(pl_stream *s, const char *bytes, size_t length) {
  while (length > 0 && !s->over) {
    size_t wanted = LENGTH_SIZE;
    if (s->message_length >= LENGTH_SIZE)
      wanted += id_of(s->message); /* the length is as long as an id */
    size_t missing = wanted - s->message_length;
    size_t taken = length < missing ? length : missing;
    memcpy(s->message + s->message_length, bytes, taken);
    s->message_length += taken;
    bytes += taken;
    length -= taken;
    if (s->message_length < LENGTH_SIZE ||
        s->message_length < LENGTH_SIZE + (size_t)id_of(s->message))
      continue;
    take_message(s, s->message + LENGTH_SIZE, s->message_length - LENGTH_SIZE);
    s->message_length = 0;
  }
}

static void read_answers(pl_stream *s) {
  bool https = s->config.transport == PL_DNS_HTTPS;
  while (!s->over) {
    char bytes[4096];
    size_t length;
    pl_tls_step step = pl_tls_read(s->tls, bytes, sizeof(bytes), &length, &s->result);
    if (step == PL_TLS_AGAIN)
      return;
    if (step == PL_TLS_CLOSED && https)
      end_http(s);
    if (step != PL_TLS_DONE)
      end_with_step(s, step);
    else if (https)
      read_http(s, bytes, length);
    else
      read_messages(s, bytes, length);
  }
}

/* ---- questions ------------------------------------------------------------------------------ */

static unsigned window_of(const pl_stream *s) {
  return s->config.transport == PL_DNS_HTTPS ? HTTPS_WINDOW : TLS_WINDOW;
}

bool pl_stream_has_room(const pl_stream *s) {
  return s->stage == PL_STREAM_READY && !s->over && s->slot_count < window_of(s) &&
         OUT_SIZE - s->out_length >= REQUEST_MAX;
}

/* RFC 4648 5, without padding. */
static void add_base64url(pl_buf *buf, const uint8_t *bytes, size_t length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (size_t i = 0; i < length; i += 3) {
    uint32_t group = 0;
    size_t size = length - i < 3 ? length - i : 3;
    for (size_t j = 0; j < 3; j++)
      group = group << 8 | (j < size ? bytes[i + j] : 0u);
    for (size_t j = 0; j <= size; j++)
      pl_buf_add_bytes(buf, &digits[group >> (18 - 6 * j) & 63], 1);
  }
}

static void add_request(const pl_stream *s, pl_buf *buf, const pl_dns_question *question) {
  bool ipv6 = strchr(s->name, ':') != NULL;
  pl_buf_add(buf, "GET /dns-query?dns=");
  add_base64url(buf, question->bytes, question->length);
  pl_buf_addf(buf,
              " HTTP/1.1\r\nHost: %s%s%s\r\nUser-Agent: privatelink-monitor/" PL_VERSION
              "\r\nAccept: application/dns-message\r\n\r\n",
              ipv6 ? "[" : "", s->name, ipv6 ? "]" : "");
}

static void add_message(pl_buf *buf, const pl_dns_question *question) {
  const char size[LENGTH_SIZE] = {(char)(question->length >> 8), (char)question->length};
  pl_buf_add_bytes(buf, size, sizeof(size));
  pl_buf_add_bytes(buf, (const char *)question->bytes, question->length);
}

static bool has_id(const pl_stream *s, uint16_t id) {
  for (unsigned i = 0; i < s->slot_count; i++) {
    if (s->slots[i].id == id)
      return true;
  }
  return false;
}

/* Where the kernel has no random number, the next one does: TLS is what nobody can guess. */
static uint16_t new_id(const pl_stream *s) {
  uint16_t id = 0;
  (void)!getrandom(&id, sizeof(id), GRND_NONBLOCK);
  while (has_id(s, id))
    id++;
  return id;
}

pl_status pl_stream_ask(pl_stream *s, const char *name, pl_dns_type type, void *question) {
  bool https = s->config.transport == PL_DNS_HTTPS;
  slot asked = {.question = question, .id = https ? 0 : new_id(s)};
  pl_dns_question message;
  pl_status status = pl_dns_question_make(asked.id, name, type, &message);
  if (status != PL_OK)
    return status;
  pl_buf buf;
  pl_buf_fixed(&buf, s->out + s->out_length, OUT_SIZE - s->out_length);
  if (https)
    add_request(s, &buf, &message);
  else
    add_message(&buf, &message);
  s->out_length += buf.length;
  s->slots[s->slot_count++] = asked;
  s->asked = pl_loop_clock(s->config.loop);
  return PL_OK;
}

void pl_stream_send(pl_stream *s) {
  size_t sent = 0;
  while (!s->over && sent < s->out_length) {
    size_t written;
    pl_tls_step step =
        pl_tls_write(s->tls, s->out + sent, s->out_length - sent, &written, &s->result);
    if (step == PL_TLS_AGAIN)
      break;
    if (step == PL_TLS_DONE)
      sent += written;
    else
      end_with_step(s, step);
  }
  s->out_length -= sent;
  memmove(s->out, s->out + sent, s->out_length);
}

void pl_stream_forget(pl_stream *s, const void *question) {
  for (unsigned i = 0; i < s->slot_count; i++) {
    if (s->slots[i].question == question)
      s->slots[i].question = NULL;
  }
}

/* ---- stages --------------------------------------------------------------------------------- */

/* A TLS inspection whose CA this host trusts has a verified certificate, too, but no SCTs. It can
 * change the answers. */
static bool is_of_resolver(const pl_attempt_result *attempt) {
  const pl_certificate *certificate = &attempt->certificate;
  return certificate->seen && pl_attempt_identified(attempt) &&
         certificate->time == PL_CERTIFICATE_VALID &&
         (certificate->has_scts || certificate->public_anchor);
}

static void handshake_done(pl_stream *s) {
  if (!is_of_resolver(&s->result)) {
    end_stream(s, PL_DNS_MALFORMED, 0);
    return;
  }
  s->stage = PL_STREAM_READY;
  s->ready = pl_loop_clock(s->config.loop);
  pl_loop_move_timer(s->config.loop, &s->timer, s->ready + IDLE_MAX);
}

/* Sent, and nobody waits for the answer any more. */
static unsigned count_forgotten(const pl_stream *s) {
  unsigned count = 0;
  for (unsigned i = 0; i < s->slot_count; i++)
    count += s->slots[i].question == NULL;
  return count;
}

static bool has_ended(int64_t not_after, int64_t now) { return not_after != 0 && not_after < now; }

bool pl_stream_is_stale(const pl_stream *s) {
  const pl_certificate *certificate = &s->result.certificate;
  const pl_loop *loop = s->config.loop;
  int64_t wall = pl_loop_wall(loop);
  return s->stage == PL_STREAM_READY && !s->over &&
         (pl_loop_clock(loop) - s->ready > AGE_MAX || pl_loop_freezes(loop) != s->freezes ||
          count_forgotten(s) > window_of(s) / 2 || !pl_tls_has_current_anchors(s->tls) ||
          has_ended(certificate->not_after, wall) ||
          has_ended(certificate->issuer_not_after, wall));
}

/* Questions under way end it by themselves. */
static pl_nsec idle_until(const pl_stream *s) {
  pl_nsec used = s->asked > s->heard ? s->asked : s->heard;
  if (s->slot_count > count_forgotten(s))
    used = pl_loop_now(s->config.loop);
  return (used > s->ready ? used : s->ready) + IDLE_MAX;
}

static void handshake(pl_stream *s) {
  pl_tls_step step = pl_tls_handshake(s->tls, pl_loop_wall(s->config.loop), &s->result);
  if (step == PL_TLS_DONE)
    handshake_done(s);
  else
    end_with_step(s, step);
}

static void handle_tcp(pl_stream *s, pl_tcp_state state) {
  if (state == PL_TCP_WAITING)
    return;
  if (state == PL_TCP_FAILED) {
    pl_end end = s->result.end;
    bool closed = end == PL_END_REFUSED || end == PL_END_ICMP;
    bool local = end == PL_END_LOCAL;
    end_stream(s, closed ? PL_DNS_CLOSED : local ? PL_DNS_LOCAL : PL_DNS_TIMEOUT, s->result.error);
    return;
  }
  s->stage = PL_STREAM_HANDSHAKE;
  if (pl_tls_create(s->config.tls, s->source.fd, s->name, &s->tls) != PL_OK)
    end_of_memory(s);
  else
    handshake(s);
}

static void stream_ready(pl_source *source, uint32_t events) {
  pl_stream *s = PL_CONTAINER_OF(source, pl_stream, source);
  pl_nsec waited = pl_loop_now(s->config.loop) - s->since;
  (void)events;
  if (s->over)
    return;
  if (s->stage == PL_STREAM_CONNECTING)
    handle_tcp(s, pl_tcp_check(source->fd, waited, &s->result));
  else if (s->stage == PL_STREAM_HANDSHAKE)
    handshake(s);
  if (s->stage != PL_STREAM_READY || s->over)
    return;
  read_answers(s);
  pl_stream_send(s);
  if (pl_stream_has_room(s))
    s->config.room(s->config.user, s);
}

static void connect_now(pl_stream *s) {
  pl_sockaddr target = {s->config.resolver, pl_trusted_port(s->config.transport)};
  int fd;
  s->since = pl_loop_clock(s->config.loop);
  pl_loop_move_timer(s->config.loop, &s->timer, s->since + s->config.timeout);
  pl_tcp_state state = pl_tcp_open(&target, 0, &fd, &s->result);
  if (state == PL_TCP_WAITING && pl_loop_add(s->config.loop, &s->source, fd) != PL_OK) {
    pl_tcp_close(fd);
    end_of_memory(s);
    return;
  }
  handle_tcp(s, state);
}

static void stream_fired(pl_timer *timer) {
  pl_stream *s = PL_CONTAINER_OF(timer, pl_stream, timer);
  if (s->since == 0) {
    connect_now(s);
    return;
  }
  if (s->stage == PL_STREAM_READY && !s->over && idle_until(s) > pl_loop_now(s->config.loop)) {
    pl_loop_move_timer(s->config.loop, timer, idle_until(s));
    return;
  }
  bool froze = pl_loop_freezes(s->config.loop) != s->freezes;
  bool idle = s->stage == PL_STREAM_READY;
  if (!s->over)
    end_stream(s, idle ? PL_DNS_CLOSED : froze ? PL_DNS_LOCAL : PL_DNS_TIMEOUT, 0);
  pl_loop_move_timer(s->config.loop, timer, INT64_MAX);
  s->config.over(s->config.user, s, &s->end); /* may free the stream */
}

/* ---- life ----------------------------------------------------------------------------------- */

pl_status pl_stream_open(const pl_stream_config *config, pl_stream **ret_stream) {
  pl_stream *s = calloc(1, sizeof(*s));
  if (s == NULL)
    return PL_ERR_MEMORY;
  s->timer.fire = stream_fired;
  s->source = (pl_source){.ready = stream_ready, .fd = -1};
  s->config = *config;
  s->freezes = pl_loop_freezes(config->loop);
  pl_attempt_init(&s->result);
  pl_trusted_name(&config->resolver, s->name);
  bool needs_message = config->transport == PL_DNS_TLS;
  if (needs_message)
    s->message = malloc(LENGTH_SIZE + PL_LIMIT_DNS_MESSAGE);
  if ((needs_message && s->message == NULL) ||
      pl_loop_set_timer(config->loop, &s->timer, pl_loop_now(config->loop)) != PL_OK) {
    pl_stream_free(s);
    return PL_ERR_MEMORY;
  }
  *ret_stream = s;
  return PL_OK;
}

pl_stream_stage pl_stream_stage_of(const pl_stream *s) { return s->stage; }

pl_nsec pl_stream_ready_since(const pl_stream *s) { return s->ready; }

pl_nsec pl_stream_heard(const pl_stream *s) { return s->heard; }

void pl_stream_free(pl_stream *s) {
  if (s == NULL)
    return;
  int fd = s->source.fd;
  pl_loop_cancel_timer(s->config.loop, &s->timer);
  pl_loop_remove(s->config.loop, &s->source);
  pl_tls_free(s->tls);
  if (fd >= 0)
    pl_tcp_close(fd);
  pl_http_free(s->http);
  free(s->message);
  free(s);
}
