/* The engine: runs batches on one thread and one event loop. Each batch ends by its deadline,
 * whatever the network does.
 *
 * The check runs one batch; the daemon starts one every few seconds. All functions but
 * pl_engine_stop are for the thread that runs the engine. The engine logs nothing and reads no
 * environment. It reads /etc/resolv.conf and the CA files, and opens sockets.
 */
#ifndef PL_PROBE_ENGINE_H
#define PL_PROBE_ENGINE_H

#include "base/clock.h"
#include "base/status.h"
#include "probe/batch.h"

typedef struct pl_engine pl_engine;

#define PL_ENGINE_CONNECTING 4096 /* default of max_connecting */
#define PL_ENGINE_HANDSHAKING 256 /* default of max_handshaking */

typedef struct pl_engine_config {
  pl_clock clock;
  /* OpenSSL for the probes (wire/tls_context.h), borrowed; NULL: the process's own, which reads no
   * configuration file from then on. */
  const struct pl_tls_library *library;
  bool remember_chains;     /* certificate chains that were verified (wire/tls_chains.h) */
  unsigned max_connecting;  /* attempts that wait for a SYN-ACK; 0: PL_ENGINE_CONNECTING; less where
                               RLIMIT_NOFILE leaves less */
  unsigned max_handshaking; /* attempts in TLS or HTTP; 0: PL_ENGINE_HANDSHAKING */
  /* For the daemon: called about every `tick`, on the engine's thread; 0 and NULL for none. */
  pl_nsec tick;
  void (*on_tick)(pl_engine *engine, void *user);
  /* A CA file (NULL: the system's) has changed and can't be used; the old trust anchors stay in
   * use. Called on the engine's thread once for each new `problem`, and with `problem` NULL when
   * the file is in use again. NULL for none. */
  void (*on_anchors)(const char *ca_file, const char *problem, void *user);
  void *user;
} pl_engine_config;

/* Sets up the event loop and the libraries. Sends nothing. */
pl_status pl_engine_create(const pl_engine_config *config, pl_engine **ret_engine,
                           pl_error *error) PL_MUST_USE;
/* Cancels what is under way, without reports, and closes every descriptor. NULL is fine. */
void pl_engine_free(pl_engine *engine);

/* How many connections it holds at the same time, at most: fewer than the configuration says if
 * RLIMIT_NOFILE leaves fewer. */
unsigned pl_engine_max_connections(const pl_engine *engine);
/* How often this process has stood still. A round that spans a change of it proves nothing. */
unsigned pl_engine_freezes(const pl_engine *engine);

/* Starts a batch. Its on_round is called exactly once for each endpoint, unless the engine is freed
 * first. */
pl_status pl_engine_start(pl_engine *engine, const pl_batch *batch, pl_error *error) PL_MUST_USE;

/* Runs until pl_engine_stop, or without a tick until no batch is left. PL_ERR_IO if the event loop
 * fails. */
pl_status pl_engine_run(pl_engine *engine) PL_MUST_USE;

/* Makes pl_engine_run return soon. For any thread or signal handler. */
void pl_engine_stop(pl_engine *engine);

#endif
