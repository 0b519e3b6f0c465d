/* One attempt as a state machine: TCP, then TLS, then one GET. */
#include "probe/wire/attempt.h"
#include "probe/wire/http.h"
#include "probe/wire/tcp.h"
#include "probe/wire/tls.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* If a connected socket waits longer than this for its handshake, a close may be our own fault, as
 * after a freeze. */
#define STALL_MAX PL_SEC

typedef enum stage {
  STAGE_CONNECT_QUEUE, /* waits for the gate; no socket yet */
  STAGE_CONNECTING,    /* SYN sent */
  STAGE_LATE,          /* silent for too long; only waits for a late SYN-ACK */
  STAGE_TLS_QUEUE,     /* connected, waits for the gate; only the deadline ends it */
  STAGE_HANDSHAKE,     /* TLS handshake under way */
  STAGE_REQUEST,       /* handshake complete, request not fully written */
  STAGE_RESPONSE,      /* request written, response not complete */
  STAGE_OVER,          /* `done` has been called, or is about to be */
} stage;

struct pl_attempt {
  pl_attempt_config config;
  stage stage;
  pl_source source;
  pl_timer timer;       /* set from the start to the end */
  pl_nsec due;          /* when the stage times out; the deadline may come first */
  pl_nsec since;        /* when the present stage began */
  pl_nsec connect_left; /* the part of connect_timeout that is left for TLS */
  unsigned freezes;     /* the loop's count when the attempt started */
  bool stalled;         /* waited too long in our own queue */
  pl_gate_ticket ticket;
  pl_tls *tls;
  pl_http *http;
  char *request;
  size_t request_length, request_sent;
  char first_bytes[PL_LIMIT_FOREIGN]; /* of the response, for a person */
  size_t first_length;
  pl_attempt_result result;
};

/* ---- stages ---------------------------------------------------------------------------------- */

/* Changes the stage (only end_attempt also does). `due` is when the stage times out. */
static void enter(pl_attempt *attempt, stage next, pl_nsec since, pl_nsec due) {
  attempt->stage = next;
  attempt->since = since;
  attempt->due = due;
  pl_nsec deadline = attempt->config.deadline;
  pl_loop_move_timer(attempt->config.loop, &attempt->timer, due < deadline ? due : deadline);
}

static void release(pl_attempt *attempt) {
  pl_loop_cancel_timer(attempt->config.loop, &attempt->timer);
  pl_gate_leave(attempt->config.gate, &attempt->ticket);
  pl_tls_free(attempt->tls);
  attempt->tls = NULL;
  pl_http_free(attempt->http);
  attempt->http = NULL;
  pl_http_request_free(attempt->request, attempt->request_length);
  attempt->request = NULL;
  int fd = attempt->source.fd;
  pl_loop_remove(attempt->config.loop, &attempt->source);
  if (fd >= 0)
    pl_tcp_close(fd);
}

/* `done` may free the attempt. */
static void end_attempt(pl_attempt *attempt, pl_end end) {
  pl_loop *loop = attempt->config.loop;
  pl_attempt_result *result = &attempt->result;
  bool frozen = attempt->stalled || pl_loop_freezes(loop) != attempt->freezes;
  result->end = frozen && pl_end_info_at(end)->pause ? PL_END_FROZEN : end;
  if (result->ended == 0)
    result->ended = pl_loop_clock(loop);
  if (attempt->stage == STAGE_CONNECT_QUEUE)
    result->started = result->ended;
  release(attempt);
  attempt->stage = STAGE_OVER;
  pl_attempt_result copy = *result;
  attempt->config.done(attempt->config.user, &copy);
}

static void end_local(pl_attempt *attempt, int error) {
  attempt->result.error = error;
  end_attempt(attempt, PL_END_LOCAL);
}

static int errno_of(pl_status status) { return status == PL_ERR_MEMORY ? ENOMEM : EINVAL; }

/* When the event arrived: the time of this turn, which excludes the work in this turn. If the stage
 * began in this turn, the present time. */
static pl_nsec arrival(const pl_attempt *attempt) {
  pl_nsec now = pl_loop_now(attempt->config.loop);
  return now > attempt->since ? now : pl_loop_clock(attempt->config.loop);
}

/* ---- TCP ------------------------------------------------------------------------------------- */

static void connected(pl_attempt *attempt) {
  pl_nsec now = arrival(attempt);
  attempt->result.connect_time = now - attempt->since;
  attempt->connect_left = attempt->config.connect_timeout - attempt->result.connect_time;
  if (attempt->config.depth == PL_DEPTH_TCP) {
    end_attempt(attempt, PL_END_CONNECTED);
    return;
  }
  enter(attempt, STAGE_TLS_QUEUE, now, attempt->config.deadline);
  pl_gate_connected(attempt->config.gate, &attempt->ticket);
}

static void handle_tcp(pl_attempt *attempt, pl_tcp_state state) {
  switch (state) {
  case PL_TCP_WAITING:
    return;
  case PL_TCP_CONNECTED:
    connected(attempt);
    return;
  case PL_TCP_FAILED:
    end_attempt(attempt, attempt->result.end);
    return;
  }
}

static bool is_silence(pl_end end) {
  return end == PL_END_SILENT || end == PL_END_TOO_SHORT || end == PL_END_NOT_SENT;
}

/* What happened to the SYN after the time limit. Silence keeps the end that it had then. */
static void check_late(pl_attempt *attempt, bool give_up) {
  pl_nsec waited = arrival(attempt) - attempt->since;
  pl_end silence = attempt->result.end;
  pl_tcp_state state = pl_tcp_check(attempt->source.fd, waited, &attempt->result);
  if (state == PL_TCP_WAITING && !give_up)
    return;
  if (state == PL_TCP_CONNECTED)
    attempt->result.connect_time = waited;
  bool silent = state == PL_TCP_WAITING || is_silence(attempt->result.end);
  if (state == PL_TCP_CONNECTED || !silent)
    attempt->result.ended = arrival(attempt);
  if (state == PL_TCP_CONNECTED)
    end_attempt(attempt, PL_END_LATE);
  else
    end_attempt(attempt, silent ? silence : attempt->result.end);
}

void pl_attempt_give_up(pl_attempt *attempt) {
  if (attempt->stage == STAGE_LATE)
    check_late(attempt, true);
}

/* After connect_timeout, or where `cut` after the deadline. */
static void give_up_connecting(pl_attempt *attempt, bool cut) {
  pl_nsec now = arrival(attempt);
  pl_attempt_result *result = &attempt->result;
  pl_tcp_state state = pl_tcp_give_up(attempt->source.fd, now - attempt->since, result);
  if (state != PL_TCP_FAILED || !is_silence(result->end)) {
    handle_tcp(attempt, state);
  } else if (cut) {
    end_attempt(attempt, PL_END_CUT);
  } else if (attempt->config.silent == NULL) {
    end_attempt(attempt, result->end);
  } else {
    result->ended = now;
    enter(attempt, STAGE_LATE, attempt->since, attempt->config.deadline);
    attempt->config.silent(attempt->config.user); /* may free the attempt */
  }
}

static void attempt_connect(pl_gate_ticket *ticket) {
  pl_attempt *attempt = PL_CONTAINER_OF(ticket, pl_attempt, ticket);
  pl_loop *loop = attempt->config.loop;
  pl_nsec now = pl_loop_clock(loop);
  attempt->result.started = now;
  attempt->freezes = pl_loop_freezes(loop);
  if (attempt->config.sent != NULL)
    attempt->config.sent(attempt->config.user, now);
  enter(attempt, STAGE_CONNECTING, now, now + attempt->config.connect_timeout);
  int fd;
  pl_tcp_state state =
      pl_tcp_open(&attempt->config.target, attempt->config.local_port, &fd, &attempt->result);
  if (state == PL_TCP_WAITING && pl_loop_add(loop, &attempt->source, fd) != PL_OK) {
    int error = errno;
    pl_tcp_close(fd);
    end_local(attempt, error);
    return;
  }
  handle_tcp(attempt, state);
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void send_request(pl_attempt *attempt);

static void handshake_done(pl_attempt *attempt) {
  const pl_certificate *certificate = &attempt->result.certificate;
  bool trusted = certificate->seen && pl_attempt_identified(&attempt->result);
  bool in_date = certificate->time == PL_CERTIFICATE_VALID;
  pl_nsec now = pl_loop_clock(attempt->config.loop);
  attempt->result.tls_time = now - attempt->since;
  if (!trusted) {
    end_attempt(attempt, PL_END_TLS_UNVERIFIED);
  } else if (attempt->config.depth == PL_DEPTH_TLS ||
             (!in_date && attempt->config.secret != NULL)) {
    end_attempt(attempt, PL_END_TLS_DONE);
  } else {
    enter(attempt, STAGE_REQUEST, now, now + attempt->config.response_timeout);
    send_request(attempt);
  }
}

/* How an attempt ends if a step of the session fails. */
static pl_end end_of(const pl_attempt *attempt, pl_tls_step step) {
  static const struct {
    pl_end handshake, response;
  } ends[] = {
      [PL_TLS_AGAIN] = {PL_END_LOCAL, PL_END_LOCAL}, /* no end */
      [PL_TLS_DONE] = {PL_END_LOCAL, PL_END_LOCAL},  /* no end */
      [PL_TLS_CLOSED] = {PL_END_TLS_CLOSED, PL_END_HTTP_CLOSED},
      [PL_TLS_RESET] = {PL_END_TLS_RESET, PL_END_HTTP_RESET},
      [PL_TLS_ALERT] = {PL_END_TLS_ALERT, PL_END_HTTP_CLOSED},
      [PL_TLS_GARBAGE] = {PL_END_TLS_GARBAGE, PL_END_HTTP_GARBAGE},
      [PL_TLS_LOCAL] = {PL_END_LOCAL, PL_END_LOCAL},
  };
  bool handshake = attempt->stage == STAGE_HANDSHAKE;
  /* The kernel stopped retransmitting (net.ipv4.tcp_retries2). */
  if (step == PL_TLS_LOCAL && attempt->result.error == ETIMEDOUT)
    return handshake ? PL_END_TLS_SILENT : PL_END_HTTP_SILENT;
  return handshake ? ends[step].handshake : ends[step].response;
}

static void handshake(pl_attempt *attempt) {
  pl_tls_step step =
      pl_tls_handshake(attempt->tls, pl_loop_wall(attempt->config.loop), &attempt->result);
  if (step == PL_TLS_AGAIN)
    return;
  if (step == PL_TLS_DONE)
    handshake_done(attempt);
  else
    end_attempt(attempt, end_of(attempt, step));
}

static void attempt_handshake(pl_gate_ticket *ticket) {
  pl_attempt *attempt = PL_CONTAINER_OF(ticket, pl_attempt, ticket);
  pl_loop *loop = attempt->config.loop;
  pl_nsec now = pl_loop_clock(loop);
  pl_nsec waited = now - attempt->since;
  pl_loop_note_delay(loop, waited);
  attempt->stalled = waited > STALL_MAX;
  enter(attempt, STAGE_HANDSHAKE, now, now + attempt->connect_left);
  pl_status status =
      pl_tls_create(attempt->config.tls, attempt->source.fd, attempt->config.name, &attempt->tls);
  if (status == PL_OK && attempt->config.plain_hello)
    status = pl_tls_use_plain_hello(attempt->tls);
  if (status != PL_OK) {
    end_local(attempt, errno_of(status));
    return;
  }
  if (attempt->config.client_cert != NULL)
    pl_tls_set_identity(attempt->tls, attempt->config.client_cert, attempt->config.client_key);
  handshake(attempt);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

/* Keeps the first bytes of the response, for a person. Not if the request had a key: the response
 * may repeat it, in any encoding. */
static void note(pl_attempt *attempt, const char *bytes, size_t length) {
  if (attempt->config.secret == NULL)
    pl_text_set_foreign(attempt->result.http_note, sizeof(attempt->result.http_note), bytes,
                        length);
}

static void answered(pl_attempt *attempt) {
  pl_attempt_result *result = &attempt->result;
  size_t length;
  const char *body = pl_http_body(attempt->http, &length);
  result->http_status = (uint16_t)pl_http_status(attempt->http);
  result->body = (uint8_t)pl_http_body_kind(attempt->http);
  result->bot_protection = pl_http_is_marked(attempt->http);
  result->body_length = (uint16_t)length;
  if (attempt->config.secret == NULL && length > 0)
    pl_tls_digest(body, length, result->body_sha256);
  note(attempt, body, length);
  if (result->body == PL_BODY_ENCODED)
    length = 0; /* no text to match */
  if (attempt->config.match != NULL)
    result->signature = (int16_t)attempt->config.match(attempt->config.match_user,
                                                       result->http_status, body, length);
  end_attempt(attempt, PL_END_HTTP_ANSWER);
}

static void garbage(pl_attempt *attempt) {
  note(attempt, attempt->first_bytes, attempt->first_length);
  end_attempt(attempt, PL_END_HTTP_GARBAGE);
}

/* The connection or the time is over. With complete headers this is an answer too. */
static void end_response(pl_attempt *attempt, pl_end end, bool closed) {
  if (attempt->http != NULL && pl_http_headers_done(attempt->http)) {
    (void)(closed ? pl_http_close(attempt->http) : pl_http_cut(attempt->http));
    answered(attempt);
    return;
  }
  end_attempt(attempt, end);
}

static void note_first_bytes(pl_attempt *attempt, const char *bytes, size_t length) {
  if (attempt->result.first_byte_time == PL_NSEC_UNKNOWN)
    attempt->result.first_byte_time = arrival(attempt) - attempt->since;
  size_t room = sizeof(attempt->first_bytes) - attempt->first_length;
  size_t kept = length < room ? length : room;
  memcpy(attempt->first_bytes + attempt->first_length, bytes, kept);
  attempt->first_length += kept;
}

/* Without signatures the body does not matter, and the attempt does not wait for it. */
static bool response_is_enough(const pl_attempt *attempt, pl_http_state state) {
  return state == PL_HTTP_DONE ||
         (attempt->config.match == NULL && pl_http_headers_done(attempt->http));
}

static void read_response(pl_attempt *attempt) {
  for (;;) {
    char bytes[4096];
    size_t length;
    pl_tls_step step = pl_tls_read(attempt->tls, bytes, sizeof(bytes), &length, &attempt->result);
    if (step == PL_TLS_AGAIN)
      return;
    if (step != PL_TLS_DONE) {
      end_response(attempt, end_of(attempt, step), step == PL_TLS_CLOSED);
      return;
    }
    note_first_bytes(attempt, bytes, length);
    pl_http_state state = pl_http_feed(attempt->http, bytes, length);
    if (state == PL_HTTP_GARBAGE) {
      garbage(attempt);
      return;
    }
    if (response_is_enough(attempt, state)) {
      answered(attempt);
      return;
    }
  }
}

static void write_request(pl_attempt *attempt) {
  while (attempt->request_sent < attempt->request_length) {
    size_t written;
    pl_tls_step step =
        pl_tls_write(attempt->tls, attempt->request + attempt->request_sent,
                     attempt->request_length - attempt->request_sent, &written, &attempt->result);
    if (step == PL_TLS_AGAIN)
      return;
    if (step != PL_TLS_DONE) {
      end_attempt(attempt, end_of(attempt, step));
      return;
    }
    attempt->request_sent += written;
  }
  pl_nsec now = pl_loop_clock(attempt->config.loop);
  enter(attempt, STAGE_RESPONSE, now, now + attempt->config.response_timeout);
  read_response(attempt);
}

static void send_request(pl_attempt *attempt) {
  const pl_attempt_config *config = &attempt->config;
  pl_status status = pl_http_create(&attempt->http);
  if (status == PL_OK)
    status = pl_http_request(&(pl_http_get){.host = config->name,
                                            .port = config->target.port,
                                            .path = config->path,
                                            .user_agent = config->user_agent,
                                            .scheme = config->scheme,
                                            .secret = config->secret},
                             &attempt->request, &attempt->request_length);
  if (status != PL_OK)
    end_local(attempt, errno_of(status));
  else
    write_request(attempt);
}

/* ---- events ---------------------------------------------------------------------------------- */

static void attempt_ready(pl_source *source, uint32_t events) {
  (void)events;
  pl_attempt *attempt = PL_CONTAINER_OF(source, pl_attempt, source);
  switch (attempt->stage) {
  case STAGE_CONNECTING:
    handle_tcp(attempt,
               pl_tcp_check(source->fd, arrival(attempt) - attempt->since, &attempt->result));
    return;
  case STAGE_LATE:
    check_late(attempt, false);
    return;
  case STAGE_HANDSHAKE:
    handshake(attempt);
    return;
  case STAGE_REQUEST:
    write_request(attempt);
    return;
  case STAGE_RESPONSE:
    read_response(attempt);
    return;
  case STAGE_CONNECT_QUEUE:
  case STAGE_TLS_QUEUE: /* the handshake will see the event */
  case STAGE_OVER:
    return;
  }
}

static void attempt_timeout(pl_timer *timer) {
  pl_attempt *attempt = PL_CONTAINER_OF(timer, pl_attempt, timer);
  bool cut = attempt->config.deadline < attempt->due;
  switch (attempt->stage) {
  case STAGE_CONNECT_QUEUE:
  case STAGE_TLS_QUEUE:
    end_attempt(attempt, PL_END_CUT);
    return;
  case STAGE_CONNECTING:
    give_up_connecting(attempt, cut);
    return;
  case STAGE_LATE:
    check_late(attempt, true);
    return;
  case STAGE_HANDSHAKE:
    attempt->result.gap = pl_tcp_has_gap(attempt->source.fd);
    end_attempt(attempt, cut ? PL_END_CUT : PL_END_TLS_SILENT);
    return;
  case STAGE_REQUEST:
  case STAGE_RESPONSE:
    end_response(attempt, cut ? PL_END_CUT : PL_END_HTTP_SILENT, /* closed */ false);
    return;
  case STAGE_OVER:
    return;
  }
}

/* ---- attempts -------------------------------------------------------------------------------- */

pl_status pl_attempt_start(const pl_attempt_config *config, pl_attempt **ret_attempt) {
  pl_attempt *attempt = calloc(1, sizeof(*attempt));
  if (attempt == NULL)
    return PL_ERR_MEMORY;
  attempt->config = *config;
  attempt->stage = STAGE_CONNECT_QUEUE;
  attempt->source = (pl_source){.ready = attempt_ready, .fd = -1};
  attempt->timer.fire = attempt_timeout;
  attempt->ticket = (pl_gate_ticket){
      .connect = attempt_connect, .handshake = attempt_handshake, .urgent = config->urgent};
  attempt->due = config->deadline;
  attempt->freezes = pl_loop_freezes(config->loop);
  pl_attempt_init(&attempt->result);
  pl_status status = pl_loop_set_timer(config->loop, &attempt->timer, config->deadline);
  if (status == PL_OK)
    status = pl_gate_enter(config->gate, &attempt->ticket);
  if (status != PL_OK) {
    pl_attempt_free(attempt);
    return status;
  }
  *ret_attempt = attempt;
  return PL_OK;
}

bool pl_attempt_is_connected(const pl_attempt *attempt) {
  return attempt->result.connect_time != PL_NSEC_UNKNOWN;
}

void pl_attempt_free(pl_attempt *attempt) {
  if (attempt == NULL)
    return;
  if (attempt->stage != STAGE_OVER)
    release(attempt);
  free(attempt);
}
