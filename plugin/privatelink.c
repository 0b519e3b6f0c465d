/* Registers the callbacks of the plugin "privatelink" with collectd.
 *
 * config    reads the blocks; starts nothing, because the daemon has not forked yet
 * init      starts the threads, and registers one read callback for each endpoint
 * read      checks that the endpoint's rounds end in time; under collectd -T, tests the endpoint
 * free_func of the last read: no more values, because the daemon ends its writers next
 * flush     starts rounds now
 * shutdown  ends the threads
 */
#include "abi.h"
#include "base/file.h"
#include "collectd_api.h"
#include "endpoints_file.h"
#include "notification.h"
#include "submit.h"
#include "watch/fleet.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_NAME_MAX (PL_LIMIT_NAME + sizeof(PL_PLUGIN "-"))

/* A global, because collectd passes no user data to config, init and shutdown. */
static struct {
  pl_config config; /* if endpoints come and go (EndpointsFile, <Discover>), without those */
  pl_nsec interval;
  pl_file_stamp file;  /* EndpointsFile, when it was read */
  bool configured;     /* `config` has been initialised */
  bool broken;         /* memory ran out while it was read */
  atomic_size_t reads; /* registered and not freed */
  bool has_reads;
  bool started;         /* on_init was called */
  bool testing;         /* under collectd -T */
  bool tries_again;     /* the newest list of endpoints could not be taken over */
  size_t mistakes;      /* in the configuration */
  pthread_mutex_t lock; /* of `fleet` */
  pl_fleet *fleet;
} plugin = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- what the fleet calls (watch/front.h) --------------------------------------------------- */

static void add_name(pl_buf *buf, const char *endpoint) {
  pl_buf_addf(buf, "<Endpoint \"%s\">", endpoint);
}

static void log_line(void *user, int level, const char *line) {
  (void)user;
  daemon_log(level, "%s", line);
}

static void take_values(void *user, const pl_values *values) {
  (void)user;
  pl_submit_values(values);
}

static void notify(void *user, const pl_event *event) {
  (void)user;
  pl_notification_send(event);
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  return plugin_thread_create(thread, run, arg, name);
}

static const pl_front front = {
    .program = "collectd",
    .add_name = add_name,
    .add_spelled = pl_option_add_spelled,
    .log = log_line,
    .values = take_values,
    .notify = notify,
    .start_thread = start_thread,
};

/* ---- read ----------------------------------------------------------------------------------- */

static bool test_endpoint(const char *name) {
  pl_buf line;
  pl_buf_init(&line, PL_LIMIT_TEXT * 3);
  bool passed = pl_fleet_test(plugin.fleet, name, &line);
  printf("%s\n", pl_buf_text(&line));
  pl_buf_free(&line);
  return passed;
}

/* The user data is the endpoint's name. Returns an error only for the first read without a round:
 * collectd logs it, and doubles the time to the next read, up to a day. */
static int on_read(user_data_t *user) {
  /* While another fleet is started, which may wait for a disk, no thread of collectd's waits. */
  if (pthread_mutex_trylock(&plugin.lock) != 0)
    return 0;
  bool failed = plugin.testing ? !test_endpoint(user->data)
                               : plugin.fleet != NULL && pl_fleet_is_late(plugin.fleet, user->data);
  pthread_mutex_unlock(&plugin.lock);
  return failed ? -1 : 0;
}

/* Called once for each read: after the last call of it, or if collectd refuses it. */
static void on_read_freed(void *data) {
  free(data);
  if (atomic_fetch_sub(&plugin.reads, 1) == 1 && plugin.has_reads && plugin.fleet != NULL)
    pl_fleet_stop(plugin.fleet);
}

/* An interval of 0 is that of the host. */
static bool register_read(const char *name, plugin_read_cb callback, const char *endpoint,
                          cdtime_t interval) {
  user_data_t user = {.data = strdup(endpoint), .free_func = on_read_freed};
  if (user.data == NULL)
    return false;
  atomic_fetch_add(&plugin.reads, 1);
  bool registered = plugin_register_complex_read(PL_PLUGIN, name, callback, interval, &user) == 0;
  plugin.has_reads = plugin.has_reads || registered;
  return registered;
}

/* "privatelink-NAME". Returns `name`. */
static const char *read_name(char name[READ_NAME_MAX], const char *endpoint) {
  pl_text_setf(name, READ_NAME_MAX, PL_PLUGIN "-%s", endpoint);
  return name;
}

static void register_endpoint(const char *endpoint) {
  char name[READ_NAME_MAX];
  if (!register_read(read_name(name, endpoint), on_read, endpoint, 0))
    daemon_log(LOG_ERR,
               "<Endpoint \"%s\">: collectd refused the read callback: no one checks that its "
               "rounds end in time",
               endpoint);
}

/* ---- EndpointsFile -------------------------------------------------------------------------- */

/* The names of the endpoints change: each has its read callback. NULL: there is none. */
static void change_reads(const pl_fleet *before, const pl_fleet *after) {
  for (size_t i = 0; after != NULL && i < pl_fleet_count(after); i++) {
    if (before == NULL || !pl_fleet_has(before, pl_fleet_name(after, i)))
      register_endpoint(pl_fleet_name(after, i));
  }
  for (size_t i = 0; before != NULL && i < pl_fleet_count(before); i++) {
    char name[READ_NAME_MAX];
    if (after == NULL || !pl_fleet_has(after, pl_fleet_name(before, i)))
      (void)plugin_unregister_read(read_name(name, pl_fleet_name(before, i)));
  }
}

static const char *get_variable(void *user, const char *name) {
  (void)user;
  return getenv(name);
}

/* The directory of endpoints without StateDir: "BaseDir/privatelink". "" if there is none. */
static void name_state_dir(char *name, size_t size) {
  const char *base = global_option_get("BaseDir");
  pl_buf buf;
  pl_buf_fixed(&buf, name, size);
  if (base != NULL)
    pl_buf_addf(&buf, "%s/" PL_PLUGIN, base);
  if (buf.truncated)
    pl_buf_clear(&buf);
}

/* `config` is complete, and has an endpoint. Takes ownership of what it holds, also on failure. The
 * fleet that runs is replaced only if the new one starts. */
static pl_status start_fleet(pl_config *config, pl_error *error) {
  pl_fleet *before = plugin.fleet, *fleet;
  char state_dir[PL_LIMIT_VALUE];
  name_state_dir(state_dir, sizeof(state_dir));
  pl_fleet_options options = {.front = &front,
                              .interval = plugin.interval,
                              .common = &config->common,
                              .state_dir = state_dir[0] != '\0' ? state_dir : NULL,
                              .variable = get_variable,
                              .process = environ,
                              .testing = plugin.testing,
                              .before = before};
  pl_status status = pl_fleet_create(config->blocks, config->count, &options, &fleet, error);
  config->blocks = NULL;
  config->count = 0;
  pl_config_free(config);
  if (status != PL_OK)
    return status;
  change_reads(before, fleet);
  plugin.fleet = fleet;
  pl_fleet_free(before);
  return PL_OK;
}

static bool endpoints_change(void) {
  return plugin.config.common.endpoints_file != NULL || plugin.config.finder_count > 0;
}

static pl_status add_found(pl_config *config, pl_finder *finder) {
  char path[PL_LIMIT_NAME * 2];
  pl_buf text;
  pl_text_setf(path, sizeof(path), "<Discover \"%s\">", pl_finder_name(finder));
  pl_buf_init(&text, 2 * (size_t)PL_LIMIT_CONFIG_FILE);
  size_t before = config->count;
  pl_status status = pl_finder_add_text(finder, &text);
  if (status == PL_OK)
    status = pl_endpoints_text_read(config, path, pl_buf_text(&text), text.length);
  pl_buf_free(&text);
  for (size_t i = before; i < config->count; i++)
    config->blocks[i].is_found = pl_finder_has_found(finder, config->blocks[i].spec.endpoint_id);
  return status;
}

/* The plugin's configuration with what EndpointsFile says now, and what is found. */
static pl_status read_config(pl_config *ret_config) {
  const char *file = plugin.config.common.endpoints_file;
  pl_status status = PL_OK;
  if (endpoints_change()) {
    if (file != NULL)
      plugin.file = pl_file_stamp_of(file);
    status = pl_config_copy(&plugin.config, ret_config);
  } else {
    *ret_config = plugin.config;
    pl_config_init(&plugin.config);
  }
  if (status != PL_OK)
    return status;
  status = pl_endpoints_file_read(ret_config);
  for (size_t i = 0; i < plugin.config.finder_count && status == PL_OK; i++)
    status = add_found(ret_config, plugin.config.finders[i]);
  if (status == PL_OK)
    status = pl_config_finish(ret_config);
  if (status != PL_OK)
    pl_config_free(ret_config);
  return status;
}

/* The last endpoint is gone. */
static void end_all(pl_config *config) {
  pl_fleet *before = plugin.fleet;
  pl_config_free(config);
  plugin.fleet = NULL;
  change_reads(before, NULL);
  pl_fleet_free(before);
}

/* A file that cannot be used changes nothing. */
static void reload(void) {
  pl_config config;
  pl_error error = {"out of memory"};
  pl_status status = read_config(&config);
  if (status == PL_OK && config.file_failed && (plugin.fleet != NULL || config.count == 0)) {
    if (plugin.fleet != NULL)
      daemon_log(LOG_ERR, "the endpoints that were read before are still watched");
    pl_config_free(&config);
    return;
  }
  if (status == PL_OK && config.count == 0)
    end_all(&config);
  else if (status == PL_OK)
    status = start_fleet(&config, &error);
  plugin.tries_again = status != PL_OK;
  if (status != PL_OK)
    daemon_log(LOG_ERR,
               "EndpointsFile or <Discover>: %s; the change is not in use; it is tried again",
               error.text);
}

static bool file_has_changed(void) {
  const char *file = plugin.config.common.endpoints_file;
  pl_file_stamp now = pl_file_stamp_of(file);
  if (file == NULL || pl_file_stamp_equal(&now, &plugin.file))
    return false;
  daemon_log(LOG_NOTICE, "EndpointsFile: %s has changed", file);
  return true;
}

/* A fleet has threads for it. Without one, there is no round that it could hold up. */
static void announce(const pl_finder_news *news) {
  pl_clock clock = pl_clock_system();
  pl_event *event = pl_event_of_state(news->name, news->severity, news->reason,
                                      pl_clock_wall(&clock), news->text);
  if (event == NULL)
    return;
  if (plugin.fleet != NULL) {
    pl_fleet_announce(plugin.fleet, event);
    return;
  }
  pl_notification_send(event);
  pl_event_free(event);
}

/* Announces what the finders have to say. True if their endpoints have changed. */
static bool found_has_changed(void) {
  bool changed = false;
  for (size_t i = 0; i < plugin.config.finder_count; i++) {
    pl_finder_news *news;
    size_t count;
    changed = pl_finder_take(plugin.config.finders[i], &news, &count) || changed;
    for (size_t k = 0; k < count; k++)
      announce(&news[k]);
    free(news);
  }
  return changed;
}

static void reload_if_changed(void) {
  pthread_mutex_lock(&plugin.lock);
  bool changed = file_has_changed();
  if (found_has_changed() || changed || plugin.tries_again)
    reload();
  pthread_mutex_unlock(&plugin.lock);
}

/* The plugin's own read looks at EndpointsFile. Under collectd -T it stands for mistakes that
 * belong to no endpoint. */
static int on_own_read(user_data_t *user) {
  (void)user;
  if (plugin.testing)
    return plugin.mistakes > 0 ? -1 : 0;
  reload_if_changed();
  return 0;
}

/* Twice in the shortest interval of a <Discover> block, so that what it finds is watched soon. */
static cdtime_t own_interval(void) {
  pl_nsec shortest = plugin.interval;
  for (size_t i = 0; i < plugin.config.finder_count; i++) {
    pl_nsec half = pl_finder_interval(plugin.config.finders[i]) / 2;
    shortest = half < shortest ? half : shortest;
  }
  return shortest < plugin.interval ? pl_cdtime(shortest) : 0;
}

static void register_own_read(void) {
  if (!register_read(PL_PLUGIN, on_own_read, PL_PLUGIN, own_interval()))
    daemon_log(LOG_ERR, "collectd refused the plugin's read callback");
}

/* ---- flush ---------------------------------------------------------------------------------- */

/* FLUSH means: probe now. The identifier is that of any value, such as
 * "HOST/privatelink-NAME/gauge-status"; NULL for all endpoints. */
static int on_flush(cdtime_t timeout, const char *identifier, user_data_t *user) {
  (void)timeout;
  (void)user;
  value_list_t value = {0};
  bool all = identifier == NULL;
  if (!all &&
      (parse_identifier_vl(identifier, &value) != 0 || strcmp(value.plugin, PL_PLUGIN) != 0))
    return 0;
  pthread_mutex_lock(&plugin.lock);
  if (plugin.fleet != NULL)
    pl_fleet_hurry(plugin.fleet, all ? NULL : value.plugin_instance);
  pthread_mutex_unlock(&plugin.lock);
  return 0;
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

/* collectd -T starts no read threads: it calls each read once. */
static bool is_test(void) {
  const char *threads = global_option_get("ReadThreads");
  return threads != NULL && strcmp(threads, "-1") == 0;
}

static int fail_init(const char *text) {
  daemon_log(LOG_ERR, "%s; no endpoint is watched", text);
  if (plugin.has_reads)
    (void)plugin_unregister_read_group(PL_PLUGIN);
  pl_config_free(&plugin.config);
  plugin.configured = false;
  return -1;
}

/* Drops the block after a mistake. */
static void drop_finder(size_t index, const char *problem) {
  pl_config *config = &plugin.config;
  pl_config_note_discover(config, pl_finder_name(config->finders[index]), problem);
  pl_finder_free(config->finders[index]);
  config->finders[index] = config->finders[--config->finder_count];
}

/* No endpoint that is found takes the name of a block or of a finder's notifications, or is one of
 * the blocks. */
static pl_status prepare_finder(pl_finder *finder, pl_error *error) {
  const pl_config *config = &plugin.config;
  char state_dir[PL_LIMIT_VALUE];
  name_state_dir(state_dir, sizeof(state_dir));
  pl_finder_options options = {.front = &front,
                               .common = &config->common,
                               .state_dir = state_dir[0] != '\0' ? state_dir : NULL,
                               .variable = get_variable,
                               .process = environ};
  pl_status status = pl_finder_prepare(finder, &options, error);
  if (status != PL_OK)
    return status;
  for (size_t i = 0; i < config->count && status == PL_OK; i++) {
    const pl_spec *spec = &config->blocks[i].spec;
    const char *name = spec->name != NULL ? spec->name : config->blocks[i].name;
    status = pl_finder_reserve(finder, name, spec->endpoint_id);
  }
  for (size_t i = 0; i < config->finder_count && status == PL_OK; i++)
    status = pl_finder_reserve(finder, pl_finder_instance(config->finders[i]), NULL);
  return status == PL_OK ? PL_OK : pl_fail(error, status, "out of memory");
}

/* In a test, the lists are read once, before the endpoints are tested. */
static void start_finders(void) {
  pl_config *config = &plugin.config;
  pl_error error;
  for (size_t i = config->finder_count; i-- > 0;) {
    pl_status status = prepare_finder(config->finders[i], &error);
    if (status == PL_OK && plugin.testing)
      (void)pl_finder_ask(config->finders[i], config->common.timeout); /* logs what fails */
    else if (status == PL_OK)
      status = pl_finder_start(config->finders[i], &error);
    if (status != PL_OK)
      drop_finder(i, error.text);
  }
}

static int on_init(void) {
  if (plugin.started)
    return 0;
  plugin.started = true;
  plugin.testing = is_test();
  plugin.interval = host_interval();
  if (!plugin.configured)
    pl_config_init(&plugin.config);
  plugin.configured = true;
  pl_config config;
  if (plugin.broken)
    return fail_init("out of memory while the configuration was read");
  start_finders();
  if (read_config(&config) != PL_OK)
    return fail_init("out of memory while the configuration was read");
  plugin.mistakes = config.mistakes;
  register_own_read();
  check_environment();
  (void)pl_submit_check_types(); /* logs each unknown type; the others are still useful */
  if (config.count == 0) {
    if (plugin.config.finder_count == 0)
      daemon_log(LOG_WARNING, "no <Endpoint> is configured: there is nothing to watch");
    pl_config_free(&config);
    return 0;
  }
  pl_error error;
  if (start_fleet(&config, &error) != PL_OK)
    return fail_init(error.text);
  return 0;
}

static void end_fleet(pl_fleet *fleet) {
  pl_fleet_stop(fleet);
  if (pl_fleet_unsent(fleet) > 0)
    daemon_log(LOG_WARNING,
               "%zu notifications were not sent, because a notification plugin had not returned "
               "when the daemon ended",
               pl_fleet_unsent(fleet));
  pl_fleet_free(fleet);
}

static int on_shutdown(void) {
  /* collectd has ended all reads before this; another host may not have. */
  if (plugin.fleet != NULL)
    (void)plugin_unregister_read_group(PL_PLUGIN);
  pthread_mutex_lock(&plugin.lock); /* a client of unixsock may ask for a FLUSH now */
  pl_fleet *fleet = plugin.fleet;
  plugin.fleet = NULL;
  pthread_mutex_unlock(&plugin.lock);
  if (fleet != NULL)
    end_fleet(fleet);
  plugin.tries_again = false;
  if (plugin.configured)
    pl_config_free(&plugin.config);
  plugin.configured = false;
  plugin.started = plugin.broken = false;
  plugin.mistakes = 0;
  plugin.has_reads = false;
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
  const char *problem = pl_abi_problem();
  if (problem != NULL) {
    daemon_log(LOG_ERR, "%s; the plugin is not used", problem);
    return;
  }
  (void)plugin_register_complex_config(PL_PLUGIN, on_config);
  (void)plugin_register_init(PL_PLUGIN, on_init);
  (void)plugin_register_flush(PL_PLUGIN, on_flush, NULL);
  (void)plugin_register_shutdown(PL_PLUGIN, on_shutdown);
}
