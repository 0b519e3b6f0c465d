/* The collectd plugin "privatelink": what is registered with the daemon, and nothing else.
 *
 * config  reads the blocks; the daemon has not forked yet, so nothing is started
 * init    starts the engine's thread and the dispatcher's, and registers one read per endpoint
 * read    hands over the newest finished round; never blocks, never fails
 * free_func of a read: the same once more, behind the last read; the daemon still writes
 * shutdown  ends both threads
 */
#include "collectd_api.h"
#include "fleet.h"
#include <stdlib.h>

#define READS 4 /* per interval, at least: a round is handed over within a quarter of it */
/* How long the daemon's write threads get for the last values before it ends them. */
#define DRAIN_BASE (20 * PL_MSEC)
#define DRAIN_EACH (PL_MSEC / 50)
#define DRAIN_MAX (300 * PL_MSEC)

/* collectd calls back without a pointer of ours in config, init and shutdown. */
static struct {
  pl_config config;
  bool configured; /* `config` has been initialised */
  bool broken;     /* there was no memory for all of it */
  size_t reads;    /* whose user data the daemon has not freed */
  size_t last;     /* values that were handed over behind the last read */
  pl_fleet *fleet;
} plugin;

/* ---- read ----------------------------------------------------------------------------------- */

/* A read's user data: its endpoint's place, from 1. The daemon frees no NULL. */
static void *data_of(size_t index) { return (void *)(uintptr_t)(index + 1); }
static size_t index_of(const void *data) { return (size_t)(uintptr_t)data - 1; }

static size_t hand_over(size_t index) {
  pl_sample *sample = plugin.fleet != NULL ? pl_fleet_take(plugin.fleet, index) : NULL;
  if (sample == NULL)
    return 0;
  size_t count = pl_sample_submit(sample, pl_fleet_name(plugin.fleet, index),
                                  pl_fleet_interval(plugin.fleet, index));
  pl_sample_free(sample);
  return count;
}

static int on_read(user_data_t *user) {
  (void)hand_over(index_of(user->data));
  /* A dead endpoint is a result. An error would double the time to the next read, up to a day. */
  return 0;
}

/* The daemon drops what its write threads have not written when it ends them, which is next. */
static void wait_for_writers(void) {
  pl_nsec pause = DRAIN_BASE + (pl_nsec)plugin.last * DRAIN_EACH;
  if (pause > DRAIN_MAX)
    pause = DRAIN_MAX;
  nanosleep(&(struct timespec){.tv_nsec = (long)pause}, NULL);
}

/* Called once for each read, when all of them are over, and where registering it failed. */
static void on_read_freed(void *data) {
  plugin.last += hand_over(index_of(data));
  if (--plugin.reads == 0 && plugin.last > 0)
    wait_for_writers();
}

/* All reads begin at once, and the daemon's queue keeps a copy of every value that is handed over
 * at once: a little shorter for each endpoint than for the one before it, they drift apart. */
static pl_nsec read_interval(size_t index) {
  pl_nsec longest = pl_fleet_interval(plugin.fleet, index) / READS;
  return longest - longest / READS * (pl_nsec)index / (pl_nsec)pl_fleet_count(plugin.fleet);
}

static void register_read(size_t index) {
  char name[PL_LIMIT_NAME + sizeof(PL_PLUGIN "-")];
  pl_buf buf;
  pl_buf_fixed(&buf, name, sizeof(name));
  pl_buf_addf(&buf, PL_PLUGIN "-%s", pl_fleet_name(plugin.fleet, index));
  user_data_t user = {.data = data_of(index), .free_func = on_read_freed};
  cdtime_t interval = pl_cdtime(read_interval(index));
  plugin.reads++;
  if (plugin_register_complex_read(PL_PLUGIN, name, on_read, interval, &user) != 0)
    daemon_log(LOG_ERR,
               "<Endpoint \"%s\">: collectd refuses its read callback: no value of it "
               "will be seen",
               pl_fleet_name(plugin.fleet, index));
}

/* ---- init and shutdown ---------------------------------------------------------------------- */

/* No probe depends on them (tls.h), but what they do to the process is nothing to keep quiet about.
 */
static void check_environment(void) {
  static const struct {
    const char *name, *effect;
  } variables[] = {
      {"SSLKEYLOGFILE", "TLS libraries may write session keys to that file, so that whoever reads "
                        "it can read API keys and AWS requests"},
      {"OPENSSL_CONF", "the probes go by their own settings; other plugins, and what asks the EC2 "
                       "API, go by that file"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(variables); i++) {
    if (getenv(variables[i].name) != NULL)
      daemon_log(LOG_WARNING, "%s is set in collectd's environment: %s", variables[i].name,
                 variables[i].effect);
  }
}

static pl_nsec host_interval(void) {
  cdtime_t interval = plugin_get_interval();
  return (pl_nsec)((interval >> 30) * (cdtime_t)PL_SEC +
                   (((interval & 0x3fffffff) * (cdtime_t)PL_SEC) >> 30));
}

static int fail_init(const char *text) {
  daemon_log(LOG_ERR, "%s; no endpoint is watched", text);
  pl_config_free(&plugin.config);
  plugin.configured = false;
  return -1;
}

static int on_init(void) {
  if (plugin.fleet != NULL)
    return 0;
  if (!plugin.configured || plugin.config.count == 0) {
    daemon_log(LOG_WARNING, "no <Endpoint> is configured: there is nothing to watch");
    return 0;
  }
  if (plugin.broken || pl_config_finish(&plugin.config) != PL_OK)
    return fail_init("out of memory while the configuration was read");
  check_environment();
  (void)pl_submit_check_types(); /* what collectd does not know is logged; the rest is of use */
  pl_error error;
  if (pl_fleet_create(&plugin.config, host_interval(), &plugin.fleet, &error) != PL_OK)
    return fail_init(error.text);
  for (size_t i = 0; i < pl_fleet_count(plugin.fleet); i++)
    register_read(i);
  return 0;
}

static int on_shutdown(void) {
  /* Does nothing in the daemon, which has ended its reads; for hosts that have not. */
  if (plugin.fleet != NULL)
    (void)plugin_unregister_read_group(PL_PLUGIN);
  pl_fleet_free(plugin.fleet);
  plugin.fleet = NULL;
  if (plugin.configured)
    pl_config_free(&plugin.config);
  plugin.configured = false;
  plugin.broken = false;
  plugin.last = 0;
  return 0;
}

/* ---- registration --------------------------------------------------------------------------- */

/* Never fails: that would keep the whole daemon from starting. */
static int on_config(oconfig_item_t *block) {
  if (!plugin.configured)
    pl_config_init(&plugin.config);
  plugin.configured = true;
  if (pl_config_read(&plugin.config, block) != PL_OK)
    plugin.broken = true;
  return 0;
}

__attribute__((visibility("default"))) void module_register(void) {
  (void)plugin_register_complex_config(PL_PLUGIN, on_config);
  (void)plugin_register_init(PL_PLUGIN, on_init);
  (void)plugin_register_shutdown(PL_PLUGIN, on_shutdown);
}
