/* Registers the callbacks of the plugin "privatelink" with collectd.
 *
 * config    reads the blocks; starts nothing, because the daemon has not forked yet
 * init      starts the threads, and registers one read callback for each endpoint
 * read      submits the newest finished round; never blocks, never fails
 * free_func of a read: submits once more after the last read; the daemon still writes values then
 * shutdown  ends the threads
 */
#include "collectd_api.h"
#include "fleet.h"
#include <stdlib.h>

#define READS 4 /* per interval, at least: a round is submitted at most a quarter of it late */
/* How long the last free_func waits for the daemon's write threads, by the number of values. */
#define DRAIN_BASE (20 * PL_MSEC)
#define DRAIN_EACH (PL_MSEC / 50)
#define DRAIN_MAX (300 * PL_MSEC)

/* A global, because collectd passes no user data to config, init and shutdown. */
static struct {
  pl_config config;
  bool configured; /* `config` has been initialised */
  bool broken;     /* memory ran out while it was read */
  size_t reads;    /* registered, and not freed by the daemon */
  size_t last;     /* values submitted after the last read */
  pl_fleet *fleet;
} plugin;

/* ---- read ----------------------------------------------------------------------------------- */

/* A read's user data: the index of its endpoint plus 1, because the daemon does not free NULL. */
static void *data_of(size_t index) { return (void *)(uintptr_t)(index + 1); }
static size_t index_of(const void *data) { return (size_t)(uintptr_t)data - 1; }

static size_t submit_newest(size_t index) {
  pl_sample *sample = plugin.fleet != NULL ? pl_fleet_take(plugin.fleet, index) : NULL;
  if (sample == NULL)
    return 0;
  size_t count = pl_sample_submit(sample, pl_fleet_name(plugin.fleet, index),
                                  pl_fleet_interval(plugin.fleet, index));
  pl_sample_free(sample);
  return count;
}

static int on_read(user_data_t *user) {
  (void)submit_newest(index_of(user->data));
  /* Never an error: collectd would double the time to the next read, up to a day. */
  return 0;
}

/* Next, the daemon ends its write threads, and drops what they have not written. */
static void wait_for_writers(void) {
  pl_nsec pause = DRAIN_BASE + (pl_nsec)plugin.last * DRAIN_EACH;
  if (pause > DRAIN_MAX)
    pause = DRAIN_MAX;
  nanosleep(&(struct timespec){.tv_nsec = (long)pause}, NULL);
}

/* Called once for each read, after all reads have ended, or if its registration fails. */
static void on_read_freed(void *data) {
  plugin.last += submit_newest(index_of(data));
  if (--plugin.reads == 0 && plugin.last > 0)
    wait_for_writers();
}

/* All reads start at the same time, and the daemon's queue holds a copy of each value. A slightly
 * shorter interval for each endpoint than for the one before spreads the reads over time. */
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
               "<Endpoint \"%s\">: collectd refused the read callback: its values are lost",
               pl_fleet_name(plugin.fleet, index));
}

/* ---- init and shutdown ---------------------------------------------------------------------- */

/* Probes ignore these variables (tls.h), but the operator should know what else they affect. */
static void check_environment(void) {
  static const struct {
    const char *name, *effect;
  } variables[] = {
      {"SSLKEYLOGFILE", "TLS libraries may write session keys to that file; anyone who can read it "
                        "can decrypt API keys and AWS requests"},
      {"OPENSSL_CONF", "probes ignore that file; requests to the EC2 API, and other plugins, use "
                       "its settings"},
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
  (void)pl_submit_check_types(); /* logs each unknown type; the others are still useful */
  pl_error error;
  if (pl_fleet_create(&plugin.config, host_interval(), &plugin.fleet, &error) != PL_OK)
    return fail_init(error.text);
  for (size_t i = 0; i < pl_fleet_count(plugin.fleet); i++)
    register_read(i);
  return 0;
}

static int on_shutdown(void) {
  /* collectd has ended all reads before this; another host may not have. */
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

/* Never fails: after a failure, the daemon would not start. */
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
