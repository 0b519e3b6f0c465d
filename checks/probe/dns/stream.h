/* One connection to a resolver: TCP, a verified TLS session, and questions over it, many under way
 * at once: DNS over TLS (RFC 7858) or over HTTPS (RFC 8484, in HTTP/1.1).
 *
 * Loop thread only. secure.c owns the streams. They do not pass the gate: there are few, every
 * attempt waits for them, and they stay open until they have not been used for ten seconds: later,
 * a firewall or the resolver may have forgotten them, and a question would wait for its timeout.
 */
#ifndef PL_PROBE_DNS_STREAM_H
#define PL_PROBE_DNS_STREAM_H

#include "facts/facts.h"
#include "probe/loop.h"
#include "probe/wire/tls_context.h"

typedef struct pl_stream pl_stream;

/* In this order: a later one got further. */
typedef enum pl_stream_stage {
  PL_STREAM_CONNECTING,
  PL_STREAM_HANDSHAKE,
  PL_STREAM_READY, /* the certificate is verified, questions may be asked */
} pl_stream_stage;

/* Why a stream is over. */
typedef struct pl_stream_end {
  pl_stream_stage stage; /* that it was in */
  pl_dns_outcome outcome;
  int error; /* errno; 0 for none */
} pl_stream_end;

typedef struct pl_stream_config {
  pl_loop *loop;
  const pl_tls_context *tls;  /* outlives the stream */
  pl_addr resolver;           /* at the transport's port */
  pl_dns_transport transport; /* PL_DNS_HTTPS or PL_DNS_TLS */
  pl_nsec timeout;            /* until the stream is ready */
  /* All but `over` may be called from inside an event of the stream; none from inside a function
   * of this header. `room`: questions may be asked, perhaps again. */
  void (*room)(void *user, pl_stream *stream);
  /* A message with the question's id, or NULL for an answer that is none (HTTP 404). */
  void (*answer)(void *user, pl_stream *stream, void *question, const uint8_t *bytes,
                 size_t length);
  /* Once, from a timer. The stream may be freed from inside. */
  void (*over)(void *user, pl_stream *stream, const pl_stream_end *end);
  void *user;
} pl_stream_config;

pl_status pl_stream_open(const pl_stream_config *config, pl_stream **ret_stream) PL_MUST_USE;
/* Not from inside its `room` or `answer`. NULL is fine. */
void pl_stream_free(pl_stream *stream);

pl_stream_stage pl_stream_stage_of(const pl_stream *stream);
/* When it became ready, and when the last answer came; 0 for never. */
pl_nsec pl_stream_ready_since(const pl_stream *stream);
pl_nsec pl_stream_heard(const pl_stream *stream);

bool pl_stream_has_room(const pl_stream *stream);
/* Only where there is room. `question` is the caller's, and comes back with `answer`. It is sent by
 * the next pl_stream_send. PL_ERR_INVALID where `name` is none. */
pl_status pl_stream_ask(pl_stream *stream, const char *name, pl_dns_type type,
                        void *question) PL_MUST_USE;
void pl_stream_send(pl_stream *stream);
/* Nobody waits for `question` any more. */
void pl_stream_forget(pl_stream *stream, const void *question);
/* Whether it is ready and no new question belongs on it: its certificate is no longer what a new
 * connection would be verified by (other trust anchors, expired, an hour old); or the process stood
 * still, and the resolver has probably forgotten the connection; or too many questions on it were
 * never answered. */
bool pl_stream_is_stale(const pl_stream *stream);
/* Ends the stream: `over` will be called with `outcome`. */
void pl_stream_give_up(pl_stream *stream, pl_dns_outcome outcome);

#endif
