/* Runs batches on one event loop, and keeps the trust anchors. */
#include "probe/engine.h"
#include "probe/batch_run.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The rest of the process keeps at least this many descriptors. */
#define DESCRIPTORS_KEPT 64
/* How often to check the files of the trust anchors. */
#define ANCHORS_FRESH PL_SEC

/* The trust anchors of one CA file. */
typedef struct anchors {
  struct anchors *next;
  char *ca_file; /* NULL: the system's alone */
  pl_tls_context *context;
  pl_nsec refreshed;
  pl_error problem; /* of the present file; "" while that is in use */
} anchors;

struct pl_engine {
  pl_engine_config config;
  pl_io io;
  pl_timer tick;
  anchors *anchors;
  pl_batch_run *batches; /* under way */
  unsigned max_connections;
  atomic_bool stop;
};

/* ---- trust anchors --------------------------------------------------------------------------- */

static pl_status load_anchors(pl_engine *engine, const char *ca_file, anchors **ret_anchors,
                              pl_error *error) {
  anchors *a = calloc(1, sizeof(*a));
  if (a == NULL)
    return pl_fail_memory(error);
  pl_status status = PL_OK;
  a->ca_file = ca_file != NULL ? strdup(ca_file) : NULL;
  if (ca_file != NULL && a->ca_file == NULL)
    status = pl_fail_memory(error);
  if (status == PL_OK && engine->config.library == NULL)
    status = pl_tls_library_init(error);
  if (status == PL_OK)
    status = pl_tls_context_create(engine->config.library, ca_file, &a->context, error);
  if (status == PL_OK && engine->config.remember_chains &&
      pl_tls_context_remember(a->context, &engine->config.clock) != PL_OK)
    status = pl_fail_memory(error);
  if (status != PL_OK) {
    pl_tls_context_free(a->context);
    free(a->ca_file);
    free(a);
    return status;
  }
  a->next = engine->anchors;
  engine->anchors = a;
  *ret_anchors = a;
  return PL_OK;
}

/* If the new anchors can't be read, the old ones stay in use. */
static void refresh_anchors(const pl_engine *engine, anchors *a) {
  pl_error problem = {""};
  bool usable = pl_tls_context_refresh(a->context, &problem) == PL_OK;
  if (strcmp(a->problem.text, problem.text) == 0)
    return;
  a->problem = problem;
  if (engine->config.on_anchors != NULL)
    engine->config.on_anchors(a->ca_file, usable ? NULL : problem.text, engine->config.user);
}

static pl_status get_anchors(void *user, const char *ca_file, pl_tls_context **ret_tls,
                             pl_error *error) {
  pl_engine *engine = user;
  pl_nsec now = pl_loop_clock(engine->io.loop);
  anchors *a = engine->anchors;
  while (a != NULL && !pl_text_is_same(a->ca_file, ca_file))
    a = a->next;
  if (a == NULL) {
    pl_status status = load_anchors(engine, ca_file, &a, error);
    if (status != PL_OK)
      return status;
    a->refreshed = now;
  }
  if (now - a->refreshed > ANCHORS_FRESH) {
    refresh_anchors(engine, a);
    a->refreshed = now;
  }
  *ret_tls = a->context;
  return PL_OK;
}

/* ---- life ------------------------------------------------------------------------------------ */

static unsigned smaller(unsigned a, unsigned long b) { return a < b ? a : (unsigned)b; }

/* Every attempt holds one descriptor. */
static pl_status create_gate(pl_engine *engine, const pl_engine_config *config) {
  struct rlimit limit;
  unsigned long left = PL_ENGINE_CONNECTING + PL_ENGINE_HANDSHAKING;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    unsigned long kept =
        limit.rlim_cur / 8 > DESCRIPTORS_KEPT ? limit.rlim_cur / 8 : DESCRIPTORS_KEPT;
    left = limit.rlim_cur > kept + 2 ? limit.rlim_cur - kept : 2;
  }
  unsigned handshaking =
      config->max_handshaking != 0 ? config->max_handshaking : PL_ENGINE_HANDSHAKING;
  unsigned connecting = config->max_connecting != 0 ? config->max_connecting : PL_ENGINE_CONNECTING;
  handshaking = smaller(handshaking, left / 2);
  connecting = smaller(connecting, left - handshaking);
  engine->max_connections = connecting + handshaking;
  return pl_gate_create(engine->io.loop, connecting, handshaking, &engine->io.gate);
}

static void on_tick(pl_timer *timer) {
  pl_engine *engine = PL_CONTAINER_OF(timer, pl_engine, tick);
  pl_loop_move_timer(engine->io.loop, timer, pl_loop_now(engine->io.loop) + engine->config.tick);
  engine->config.on_tick(engine, engine->config.user);
}

static bool ticks(const pl_engine *engine) {
  return engine->config.tick > 0 && engine->config.on_tick != NULL;
}

pl_status pl_engine_create(const pl_engine_config *config, pl_engine **ret_engine,
                           pl_error *error) {
  pl_engine *engine = calloc(1, sizeof(*engine));
  if (engine == NULL)
    return pl_fail_memory(error);
  engine->config = *config;
  engine->tick.fire = on_tick;
  atomic_init(&engine->stop, false);
  pl_status status = pl_loop_create(&config->clock, &engine->io.loop, error);
  if (status == PL_OK)
    status = pl_resolvers_create(engine->io.loop, &engine->io.resolvers, error);
  if (status != PL_OK)
    goto out;
  status = pl_secure_create(engine->io.loop, &engine->io.secure);
  if (status == PL_OK)
    status = create_gate(engine, config);
  if (status == PL_OK && ticks(engine))
    status = pl_loop_set_timer(engine->io.loop, &engine->tick,
                               pl_loop_now(engine->io.loop) + config->tick);
  if (status != PL_OK)
    status = pl_fail(error, status, "out of memory");
out:
  if (status != PL_OK)
    pl_engine_free(engine);
  else
    *ret_engine = engine;
  return status;
}

void pl_engine_free(pl_engine *engine) {
  if (engine == NULL)
    return;
  pl_batch_run_free_all(&engine->batches);
  pl_secure_free(engine->io.secure);
  pl_resolvers_free(engine->io.resolvers);
  pl_gate_free(engine->io.gate);
  while (engine->anchors != NULL) {
    anchors *a = engine->anchors;
    engine->anchors = a->next;
    pl_tls_context_free(a->context);
    free(a->ca_file);
    free(a);
  }
  pl_loop_free(engine->io.loop);
  free(engine);
}

unsigned pl_engine_max_connections(const pl_engine *engine) { return engine->max_connections; }

unsigned pl_engine_freezes(const pl_engine *engine) { return pl_loop_freezes(engine->io.loop); }

pl_status pl_engine_start(pl_engine *engine, const pl_batch *batch, pl_error *error) {
  pl_batch_run_config config = {
      .io = &engine->io, .batch = batch, .tls = get_anchors, .tls_user = engine};
  return pl_batch_run_start(&config, &engine->batches, error);
}

pl_status pl_engine_run(pl_engine *engine) {
  while (!atomic_exchange(&engine->stop, false)) {
    if (engine->batches == NULL && !ticks(engine))
      return PL_OK;
    pl_status status = pl_loop_turn(engine->io.loop);
    if (status != PL_OK)
      return status;
    pl_batch_run_note_delay(engine->batches, pl_loop_take_delay(engine->io.loop));
  }
  return PL_OK;
}

void pl_engine_stop(pl_engine *engine) {
  atomic_store(&engine->stop, true);
  pl_loop_wake(engine->io.loop);
}
