/* One attempt at one address: TCP, then TLS, then one GET, as deep as wanted, as a state machine on
 * the loop. Its end is always a fact (pl_end), never an error.
 *
 * Nothing is sent after a handshake with a wrong chain or name: PL_END_TLS_UNVERIFIED. Where only
 * the validity period is wrong the GET is sent, unless it would carry a secret. Then the attempt
 * ends as PL_END_TLS_DONE, and the judge sees certificate.time.
 *
 * A certificate may be `seen` in an attempt that ends inside the handshake. chain_ok and name_ok
 * are set only after the other side has shown that it holds the key.
 *
 * Where the process stood still, or let a connected socket wait for more than a second, every end
 * without an answer is PL_END_FROZEN: silence, and also a close or a reset inside TLS or HTTP,
 * since the other side may have waited too long for us. tls_time says whether the handshake was
 * done.
 *
 * Loop thread only. The caller owns the attempt. After `done` was called it holds no descriptor,
 * and pl_attempt_free may be called, also from inside `done`.
 */
#ifndef PL_PROBE_WIRE_ATTEMPT_H
#define PL_PROBE_WIRE_ATTEMPT_H

#include "facts/facts.h"
#include "options/spec.h"
#include "probe/loop.h"
#include "probe/wire/gate.h"
#include "probe/wire/tls_context.h"

typedef struct pl_attempt pl_attempt;

/* Decides on a body: index of the http: signature that status and body match, or -1. Called once
 * per answer, from the loop. */
typedef int (*pl_match_callback)(void *user, unsigned status, const char *body, size_t length);

typedef struct pl_attempt_config {
  pl_loop *loop;
  pl_gate *gate;
  pl_tls_context *tls; /* not used at depth tcp */
  pl_sockaddr target;  /* what is connected to */
  const char *name;    /* SNI, certificate name and Host; outlives the attempt */
  const char *path;    /* for the GET */
  const char *scheme;  /* with `secret`; NULL sends the bare secret */
  const char *secret;  /* NULL: no Authorization header. Sent only over a fully verified, in-date
                          handshake; else the attempt ends as the handshake did */
  pl_depth depth;
  pl_nsec connect_timeout;  /* TCP and TLS together */
  pl_nsec response_timeout; /* from the request on */
  pl_nsec deadline;         /* of the run, an instant: PL_END_CUT */
  pl_match_callback match;  /* NULL: no signatures */
  /* Called once; `result` is valid during the call. */
  void (*done)(void *user, const pl_attempt_result *result);
  void *user;
} pl_attempt_config;

/* Starts at once, or when the gate admits it. `done` is never called from inside. A target for
 * which pl_addr_is_target is false is refused: PL_END_LOCAL, EADDRNOTAVAIL. */
pl_status pl_attempt_start(const pl_attempt_config *config, pl_attempt **ret_attempt) PL_MUST_USE;
/* The instant just before connect(); 0 while the attempt waits for the gate. */
pl_nsec pl_attempt_started(const pl_attempt *attempt);
/* Cancels without calling `done`, closes, frees. NULL is fine. */
void pl_attempt_free(pl_attempt *attempt);

#endif
