/* One attempt at one address: TCP, then TLS, then one GET, as deep as the config says. It always
 * ends as a fact (pl_end), never as an error.
 *
 * After a handshake with a wrong chain or name nothing is sent: PL_END_TLS_UNVERIFIED. If only the
 * validity period is wrong, the GET is sent, unless it carries a secret: then the attempt ends as
 * PL_END_TLS_DONE, and the judge sees certificate.time.
 *
 * A certificate may be `seen` in an attempt that ends inside the handshake. chain_ok and name_ok
 * are set only after the other side has shown that it holds the key.
 *
 * If the process stood still, or kept a connected socket waiting for more than a second, every end
 * without an answer is PL_END_FROZEN. That includes a close or a reset inside TLS or HTTP, since
 * the other side may have timed out while it waited for us. tls_time says whether the handshake was
 * complete.
 *
 * Loop thread only. The caller owns the attempt. Once `done` is called the attempt holds no
 * descriptor, and may be freed, also from inside `done`.
 */
#ifndef PL_PROBE_WIRE_ATTEMPT_H
#define PL_PROBE_WIRE_ATTEMPT_H

#include "facts/facts.h"
#include "options/spec.h"
#include "probe/loop.h"
#include "probe/wire/gate.h"
#include "probe/wire/tls_context.h"

typedef struct pl_attempt pl_attempt;

/* Returns the index of the http: signature that status and body match, or -1. Called once for each
 * answer, from the loop. */
typedef int (*pl_match_callback)(void *user, unsigned status, const char *body, size_t length);

typedef struct pl_attempt_config {
  pl_loop *loop;
  pl_gate *gate;
  pl_tls_context *tls; /* not used at depth tcp */
  pl_sockaddr target;  /* what is connected to */
  uint16_t local_port; /* the source port, if it is free; 0: any */
  const char *name;    /* SNI, certificate name and Host; outlives the attempt */
  const char *path;    /* for the GET */
  const char *scheme;  /* with `secret`; NULL sends the bare secret */
  const char *secret;  /* NULL: no Authorization header. Sent only after a handshake that is fully
                          verified and in date; else the attempt ends as the handshake did */
  const char *user_agent;               /* NULL: our own */
  bool plain_hello;                     /* pl_tls_use_plain_hello */
  const char *client_cert, *client_key; /* PEM; NULL: none. Only for a server that is verified */
  pl_depth depth;
  bool urgent;              /* does not wait for other attempts at the gate (gate.h) */
  pl_nsec connect_timeout;  /* TCP and TLS together */
  pl_nsec response_timeout; /* from the start of the request */
  pl_nsec deadline;         /* of the run, an instant: PL_END_CUT */
  pl_match_callback match;  /* NULL: no signatures */
  void *match_user;
  /* Called just before connect(), at the instant `started`; NULL for none. */
  void (*sent)(void *user, pl_nsec started);
  /* NULL: silence ends the attempt. Else it is called when connect_timeout is over without an
   * answer. The socket stays open. A SYN-ACK then ends the attempt as PL_END_LATE; without one,
   * pl_attempt_give_up or the deadline ends it as silence. */
  void (*silent)(void *user);
  /* Called once; `result` is valid during the call. */
  void (*done)(void *user, const pl_attempt_result *result);
  void *user;
} pl_attempt_config;

/* Starts when the gate admits it. Never calls `done` itself. An address for which pl_addr_is_target
 * is false ends as PL_END_LOCAL, EADDRNOTAVAIL. */
pl_status pl_attempt_start(const pl_attempt_config *config, pl_attempt **ret_attempt) PL_MUST_USE;
/* Whether the other side has answered the SYN. */
bool pl_attempt_is_connected(const pl_attempt *attempt);
/* Ends an attempt for which `silent` was called, and so calls `done`. Does nothing else. */
void pl_attempt_give_up(pl_attempt *attempt);
/* Cancels without calling `done`, closes, frees. NULL is fine. */
void pl_attempt_free(pl_attempt *attempt);

#endif
