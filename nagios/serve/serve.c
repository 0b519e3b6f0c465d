/* Runs the exporter: the endpoints' rounds, the HTTP server and the signals. */
#include "serve/serve.h"
#include "process.h"
#include "recall.h"
#include "serve/http.h"
#include "serve/samples.h"
#include "watch/fleet.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define INTERVAL (60 * PL_SEC) /* of endpoints without their own */
#define OK 200u
#define NOT_FOUND 404u
#define UNAVAILABLE 503u

typedef struct exporter {
  pl_front front;
  pl_samples *samples;
  pthread_mutex_t lock; /* of `fleet` */
  pl_fleet *fleet;
} exporter;

/* ---- what the fleet calls (watch/front.h) --------------------------------------------------- */

static void add_name(pl_buf *buf, const char *endpoint) { pl_buf_addf(buf, "[%s]", endpoint); }

/* The configuration file has the names of the command line. */
static void add_spelled(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static void log_line(void *user, int level, const char *line) {
  const char *word = level == LOG_ERR ? "error: " : level == LOG_WARNING ? "warning: " : "";
  char text[PL_LIMIT_LOG + 64];
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  (void)user;
  pl_buf_addf(&buf, "check_privatelink: %s%s\n", word, line);
  ssize_t written = write(STDERR_FILENO, text, buf.length);
  (void)written;
}

static void take_values(void *user, const pl_values *values) {
  pl_samples_put(((exporter *)user)->samples, values);
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  int error = pthread_create(thread, NULL, run, arg);
  if (error == 0)
    (void)pthread_setname_np(*thread, name);
  return error;
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

/* Also finds the endpoints whose rounds are late. Returns how many there are; 0 before the start.
 */
static size_t look_at_all(exporter *self) {
  pthread_mutex_lock(&self->lock);
  size_t count = self->fleet != NULL ? pl_fleet_count(self->fleet) : 0;
  for (size_t i = 0; i < count; i++)
    (void)pl_fleet_is_late(self->fleet, pl_fleet_name(self->fleet, i));
  pthread_mutex_unlock(&self->lock);
  return count;
}

static unsigned answer(void *user, const char *path, pl_buf *body) {
  exporter *self = user;
  size_t configured = look_at_all(self);
  if (strcmp(path, "/metrics") == 0) {
    pl_samples_add_text(self->samples, body);
    return OK;
  }
  pl_samples_count count = pl_samples_count_of(self->samples);
  bool is_good;
  if (strcmp(path, "/healthz") == 0)
    is_good = count.late == 0 || count.late < count.known;
  else if (strcmp(path, "/-/ready") == 0)
    is_good = configured > 0 && count.known >= configured;
  else
    return NOT_FOUND;
  pl_buf_addf(body, "%s: %zu endpoints, %zu reported, %zu late\n", is_good ? "ok" : "not ok",
              configured, count.known, count.late);
  return is_good ? OK : UNAVAILABLE;
}

/* ---- start and reload ----------------------------------------------------------------------- */

static const char *get_variable(void *user, const char *name) {
  (void)user;
  return getenv(name);
}

/* The endpoints become the fleet's. NULL: no memory. */
static pl_block *take_blocks(pl_args *args) {
  pl_block *blocks = calloc(args->count, sizeof(*blocks));
  for (size_t i = 0; blocks != NULL && i < args->count; i++) {
    pl_args_endpoint *endpoint = &args->endpoints[i];
    blocks[i] =
        (pl_block){.name = endpoint->name, .spec = endpoint->spec, .problem = endpoint->problem};
    endpoint->name = NULL;
    endpoint->problem = NULL;
    pl_spec_init(&endpoint->spec);
  }
  return blocks;
}

static bool is_kept(void *user, const char *name) { return pl_fleet_has(user, name); }

/* Replaces the fleet that runs, if there is one and the new one starts. */
static pl_status start_fleet(exporter *self, pl_args *args, pl_error *error) {
  pl_fleet *fleet;
  size_t count = args->count;
  pl_block *blocks = take_blocks(args);
  if (blocks == NULL)
    return pl_fail_memory(error);
  pthread_mutex_lock(&self->lock);
  pl_fleet_options options = {.front = &self->front,
                              .interval = INTERVAL,
                              .common = &blocks[0].spec, /* each has the values of [*] */
                              .state_dir = pl_recall_default_dir(),
                              .variable = get_variable,
                              .process = environ,
                              .before = self->fleet};
  pl_status status = pl_fleet_create(blocks, count, &options, &fleet, error);
  if (status == PL_OK) {
    pl_fleet_free(self->fleet);
    self->fleet = fleet;
    pl_samples_prune(self->samples, is_kept, fleet);
  }
  pthread_mutex_unlock(&self->lock);
  return status;
}

/* A configuration with any mistake is not used. */
static pl_status read_again(const pl_args_input *input, pl_args *ret_args, pl_error *error) {
  pl_status status = pl_args_read(input, ret_args, error);
  for (size_t i = 0; status == PL_OK && i < ret_args->count; i++) {
    if (ret_args->endpoints[i].problem == NULL)
      continue;
    status = pl_fail(error, PL_ERR_INVALID, "%s", ret_args->endpoints[i].problem);
    pl_args_free(ret_args);
  }
  return status;
}

static void reload(exporter *self, const pl_args_input *input) {
  pl_args args;
  pl_error error;
  pl_status status = read_again(input, &args, &error);
  if (status == PL_OK) {
    status = start_fleet(self, &args, &error);
    pl_args_free(&args);
  }
  if (status != PL_OK)
    pl_front_log(&self->front, LOG_ERR, NULL,
                 "%s; the configuration that was read before stays in "
                 "use",
                 error.text);
}

static void log_address(const exporter *self, const pl_sockaddr *address) {
  char text[PL_ADDR_TEXT + 16];
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_sockaddr_add(&buf, address);
  pl_front_log(&self->front, LOG_NOTICE, NULL, "http://%s/metrics", text);
  if (pl_addr_classify(&address->address) != PL_ADDR_LOOPBACK)
    pl_front_log(&self->front, LOG_WARNING, NULL,
                 "anyone who reaches %s can read the metrics: there is no TLS and no password",
                 text);
}

/* Until a signal says that it ends. */
static void wait_for_signals(exporter *self, const pl_args_input *input, const sigset_t *signals) {
  int number = 0;
  while (sigwait(signals, &number) != 0 || number == SIGHUP) {
    if (number == SIGHUP)
      reload(self, input);
  }
}

pl_status pl_serve(const pl_args_input *input, pl_args *args, pl_error *error) {
  exporter self = {.front = {.program = "check_privatelink",
                             .add_name = add_name,
                             .add_spelled = add_spelled,
                             .log = log_line,
                             .values = take_values,
                             .start_thread = start_thread},
                   .samples = pl_samples_create()};
  self.front.user = &self;
  if (self.samples == NULL)
    return pl_fail_memory(error);
  sigset_t signals;
  pl_http_server *server = NULL;
  pl_process_wait_for_signals(&signals); /* every thread that starts blocks them, too */
  pthread_mutex_init(&self.lock, NULL);
  pl_error why;
  pl_status status = pl_http_server_start(&args->serve, answer, &self, &server, &why);
  if (status != PL_OK)
    (void)pl_fail(error, status, "--serve: %s", why.text);
  else
    status = start_fleet(&self, args, error);
  if (status == PL_OK) {
    log_address(&self, &args->serve);
    wait_for_signals(&self, input, &signals);
  }
  pl_http_server_stop(server);
  pl_fleet_free(self.fleet);
  pl_samples_free(self.samples);
  pthread_mutex_destroy(&self.lock);
  return status;
}
