/* Runs the engine as the daemon does, for the benchmark.
 *
 *     bench_probe [--option VALUE]... COUNT
 *
 * makes rounds of COUNT endpoints of lab.c and prints one line of JSON. Its own options are
 *
 *     --rounds N        rounds of every endpoint (1)
 *     --addresses N     number of different endpoints (COUNT)
 *     --batch N         endpoints in a batch; batches run one after the other (COUNT)
 *     --concurrency N   connections at once (the engine's own limits)
 *     --holes N         packets to every Nth endpoint are dropped (none)
 *     --spread SEC      spreads the starts of a batch over this time (0)
 *     --limit SEC       the longest time of a batch (60)
 *
 * Every other option is one of check_privatelink, for all endpoints.
 */
#include "judge/judge.h"
#include "options/complete.h"
#include "options/options.h"
#include "probe/engine.h"
#include "probe/wire/tls_context.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct settings {
  size_t count, rounds, addresses, batch, concurrency, holes;
  double spread, limit;
} settings;

typedef struct bench {
  settings settings;
  pl_spec *specs;
  const pl_spec **list;
  unsigned long finished, up, named, silent;
  double *delays; /* scheduling_delay of each finished round, seconds */
  double slowest; /* round of all endpoints, seconds */
} bench;

static void require(bool ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(2);
}

/* ---- command line --------------------------------------------------------------------------- */

static bool set_own(settings *s, const char *name, const char *value) {
  const struct {
    const char *name;
    size_t *number;
    double *seconds;
  } own[] = {
      {"rounds", &s->rounds, NULL},
      {"addresses", &s->addresses, NULL},
      {"concurrency", &s->concurrency, NULL},
      {"holes", &s->holes, NULL},
      {"batch", &s->batch, NULL},
      {"spread", NULL, &s->spread},
      {"limit", NULL, &s->limit},
  };
  for (size_t i = 0; i < PL_COUNT_OF(own); i++) {
    if (strcmp(own[i].name, name) != 0)
      continue;
    if (own[i].number != NULL)
      *own[i].number = strtoul(value, NULL, 10);
    else
      *own[i].seconds = strtod(value, NULL);
    return true;
  }
  return false;
}

static void set_option(pl_spec *spec, const char *name, const char *value) {
  pl_error error;
  const pl_option *option = pl_option_find(name, PL_FRONT_END_CONFIG);
  require(option != NULL, name);
  require(pl_spec_set(spec, option->id, PL_LAYER_COMMON, &value, 1, &error) == PL_OK, error.text);
}

/* Reads the options into `common`, and COUNT. */
static void read_arguments(char **argv, settings *s, pl_spec *common) {
  char **at = argv + 1;
  for (; at[0] != NULL && at[1] != NULL && strncmp(at[0], "--", 2) == 0; at += 2) {
    if (!set_own(s, at[0] + 2, at[1]))
      set_option(common, at[0] + 2, at[1]);
  }
  require(at[0] != NULL && at[1] == NULL, "usage: bench_probe [--option VALUE]... COUNT");
  s->count = strtoul(at[0], NULL, 10);
  require(s->count > 0, "COUNT");
  if (s->addresses == 0)
    s->addresses = s->count;
  if (s->batch == 0)
    s->batch = s->count;
}

static void make_specs(bench *b, const pl_spec *common) {
  const settings *s = &b->settings;
  b->specs = calloc(s->count, sizeof(*b->specs));
  b->list = calloc(s->count, sizeof(*b->list));
  b->delays = calloc(s->count * s->rounds, sizeof(*b->delays));
  require(b->specs != NULL && b->list != NULL && b->delays != NULL, "out of memory");
  for (size_t i = 0; i < s->count; i++) {
    char name[64];
    pl_error error;
    const bool hole = s->holes > 0 && i % s->holes == 0;
    snprintf(name, sizeof(name), "%s%zu.bench.test", hole ? "hole" : "ep", i % s->addresses);
    require(pl_spec_copy(common, &b->specs[i]) == PL_OK, "out of memory");
    set_option(&b->specs[i], "private-name", name);
    require(pl_spec_finish(&b->specs[i], NULL, &error) == PL_OK, error.text);
    b->list[i] = &b->specs[i];
  }
}

/* ---- rounds --------------------------------------------------------------------------------- */

static void note_path(bench *b, const pl_target *target) {
  const pl_attempt_result *last = &target->attempts[target->attempt_count - 1];
  b->up += last->end == PL_END_HTTP_ANSWER && last->http_status == 200 && pl_attempt_verified(last);
  b->silent += last->end == PL_END_SILENT;
}

static void on_round(void *user, size_t index, pl_facts *facts) {
  bench *b = user;
  (void)index;
  b->delays[b->finished++] = pl_seconds(facts->scheduling_delay);
  for (size_t i = 0; i < facts->private_dns_count; i++)
    b->named += facts->private_dns[i].outcome == PL_DNS_ANSWER;
  for (size_t i = 0; i < facts->target_count; i++)
    note_path(b, &facts->targets[i]);
  pl_facts_free(facts);
  free(facts);
}

static void run_batch(bench *b, pl_engine *engine, size_t first) {
  const settings *s = &b->settings;
  pl_error error;
  const size_t left = s->count - first;
  const pl_batch batch = {.specs = b->list + first,
                          .count = left < s->batch ? left : s->batch,
                          .timeout = (pl_nsec)(s->limit * (double)PL_SEC),
                          .spread = (pl_nsec)(s->spread * (double)PL_SEC),
                          .on_round = on_round,
                          .user = b};
  require(pl_engine_start(engine, &batch, &error) == PL_OK, error.text);
  require(pl_engine_run(engine) == PL_OK, "the engine failed");
}

static void run_rounds(bench *b) {
  const settings *s = &b->settings;
  pl_error error;
  pl_engine *engine;
  const pl_clock clock = pl_clock_system();
  pl_tls_library *library;
  require(pl_tls_library_create(&library, &error) == PL_OK, error.text);
  const pl_engine_config config = {.clock = clock,
                                   .library = library,
                                   .remember_chains = b->specs[0].chain_memory,
                                   .max_connecting = (unsigned)s->concurrency,
                                   .max_handshaking = (unsigned)s->concurrency};
  require(pl_engine_create(&config, &engine, &error) == PL_OK, error.text);
  for (size_t i = 0; i < s->rounds; i++) {
    const pl_nsec begin = clock.monotonic(clock.user);
    for (size_t first = 0; first < s->count; first += s->batch)
      run_batch(b, engine, first);
    b->slowest = fmax(b->slowest, pl_seconds(clock.monotonic(clock.user) - begin));
  }
  pl_engine_free(engine);
  pl_tls_library_free(library);
}

/* ---- result --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  const double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double percentile(double *values, size_t count, double part) {
  if (count == 0)
    return 0;
  qsort(values, count, sizeof(*values), compare);
  return values[(size_t)(part * (double)(count - 1))];
}

static double seconds_of(const struct timeval *time) {
  return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* The peak resident memory of this program. getrusage would include the parent's. */
static long resident_kb(void) {
  char line[256];
  long most = 0;
  FILE *file = fopen("/proc/self/status", "r");
  require(file != NULL, "/proc/self/status");
  while (fgets(line, sizeof(line), file) != NULL) {
    if (strncmp(line, "VmHWM:", strlen("VmHWM:")) == 0)
      most = strtol(line + strlen("VmHWM:"), NULL, 10);
  }
  fclose(file);
  return most;
}

static void print_result(bench *b) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"rounds\": %lu, \"up\": %lu, \"named\": %lu, \"silent\": %lu, \"slowest\": %.3f, "
         "\"cpu\": %.6f, \"delay_median\": %.6f, \"delay_p99\": %.6f, \"rss_kb\": %ld, "
         "\"faults\": %ld}\n",
         b->finished, b->up, b->named, b->silent, b->slowest,
         seconds_of(&used.ru_utime) + seconds_of(&used.ru_stime),
         percentile(b->delays, b->finished, 0.5), percentile(b->delays, b->finished, 0.99),
         resident_kb(), used.ru_minflt + used.ru_majflt);
}

int main(int argc, char **argv) {
  (void)argc;
  pl_spec common;
  bench b = {.settings = {.rounds = 1, .limit = 60}};
  pl_spec_init(&common);
  set_option(&common, "resolver", "10.53.0.1");
  set_option(&common, "timeout", "60");
  read_arguments(argv, &b.settings, &common);
  make_specs(&b, &common);
  run_rounds(&b);
  print_result(&b);
  for (size_t i = 0; i < b.settings.count; i++)
    pl_spec_free(&b.specs[i]);
  pl_spec_free(&common);
  free(b.specs);
  free(b.list);
  free(b.delays);
  return 0;
}
