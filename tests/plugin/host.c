/* Loads privatelink.so into a host that behaves like collectd (collectd_host.h). The host frees the
 * configuration after the callback, and calls shutdown after the last read. Each scenario ends with
 * a shutdown, so that the sanitizers see leaks.
 *
 *     host privatelink.so
 */
#include "collectd_host.h"
#include <dirent.h>
#include <dlfcn.h>
#include <openssl/provider.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURNS 400 /* of 10 ms each: the longest that a scenario waits */

/* ---- configurations ------------------------------------------------------------------------- */

typedef struct line {
  const char *key, *text; /* NULL: the value is the number */
  double number;
} line;

static oconfig_item_t make_item(const char *key, const char *text, double number) {
  oconfig_item_t item = {
      .key = strdup(key), .values = calloc(1, sizeof(oconfig_value_t)), .values_num = 1};
  CHECK(item.key != NULL && item.values != NULL);
  item.values[0].type = text != NULL ? OCONFIG_TYPE_STRING : OCONFIG_TYPE_NUMBER;
  if (text != NULL)
    item.values[0].value.string = strdup(text);
  else
    item.values[0].value.number = number;
  return item;
}

static void add_child(oconfig_item_t *parent, oconfig_item_t child) {
  parent->children =
      realloc(parent->children, ((size_t)parent->children_num + 1) * sizeof(*parent->children));
  CHECK(parent->children != NULL);
  parent->children[parent->children_num++] = child;
}

static void free_item(oconfig_item_t *item) {
  for (int i = 0; i < item->children_num; i++)
    free_item(&item->children[i]);
  for (int i = 0; i < item->values_num; i++) {
    if (item->values[i].type == OCONFIG_TYPE_STRING)
      free(item->values[i].value.string);
  }
  free(item->key);
  free(item->values);
  free(item->children);
}

static oconfig_item_t make_endpoint(const char *name, const line *lines, size_t count) {
  oconfig_item_t endpoint = make_item("Endpoint", name, 0);
  for (size_t i = 0; i < count; i++)
    add_child(&endpoint, make_item(lines[i].key, lines[i].text, lines[i].number));
  return endpoint;
}

/* There is no route to this address, so the round ends at once. */
static const line good[] = {
    {"Address", "10.255.0.1", 0}, {"Probe", "tcp", 0}, {"check", "port", 0}, {"Timeout", NULL, 2}};
/* Packets to this address are dropped, so the round takes long. */
static const line slow[] = {{"Address", "10.255.0.2", 0},
                            {"Probe", "tcp", 0},
                            {"Check", "port", 0},
                            {"Timeout", NULL, 30},
                            {"ConnectTimeout", NULL, 20}};

static void configure(const oconfig_item_t *endpoints, size_t count, const char *common,
                      const char *value) {
  oconfig_item_t plugin = make_item("Plugin", "privatelink", 0);
  add_child(&plugin, make_item("interval", NULL, 0.2));
  for (size_t i = 0; i < count; i++)
    add_child(&plugin, endpoints[i]);
  if (common != NULL)
    add_child(&plugin, make_item(common, value, 0));
  CHECK(config_callback(&plugin) == 0);
  free_item(&plugin);
}

/* ---- scenarios ------------------------------------------------------------------------------ */

static void wait_for(const atomic_int *counter, int wanted) {
  for (int i = 0; i < TURNS && atomic_load(counter) < wanted; i++) {
    CHECK(read_all() == 0);
    usleep(10000);
  }
  CHECK(atomic_load(counter) >= wanted);
}

/* In collectd's order: it frees the user data after the last read, ends its writers, and then calls
 * shutdown. */
static void shut_down(void) {
  size_t endings = read_count;
  free_reads();
  int written = values;
  CHECK(shutdown_callback() == 0);
  CHECK(shutdown_callback() == 0); /* the second call does nothing */
  CHECK(values == written || endings == 0);
}

static void nothing_is_configured(void) {
  CHECK(init_callback() == 0);
  CHECK(read_count == 1);
  shut_down();
}

static void an_endpoint_has_values(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4), make_endpoint("slow", slow, 5)};
  configure(endpoints, 2, "MinUp", "1");
  CHECK(init_callback() == 0);
  CHECK(init_callback() == 0); /* the second call changes nothing */
  CHECK(read_count == 1 + 2);
  wait_for(&values, 10);
  wait_for(&notifications, 1);
  CHECK(errors == 0);
  shut_down(); /* while the slow round is running */
}

static void a_mistake_costs_its_endpoint_only(void) {
  static const line bad[] = {{"PrivateNam", "a.example", 0}};
  static const line secret[] = {
      {"ApiKey", CANARY, 0}, {"ApiKeyFile", CANARY, 0},   {"ApiKeyScheme", "none " CANARY, 0},
      {"Port", CANARY, 0},   {"Resolver", CANARY "!", 0}, {"StateInterval", CANARY, 0}};
  static const line place[] = {{"PrivateName", "a.example", 0}, {"StateInterval", NULL, 5}};
  static const line relative[] = {{"PrivateName", "a.example", 0}, {"CaFile", "ca.pem", 0}};
  static const line missing[] = {{"PrivateName", "a.example", 0}, {"CaFile", "/no/such/file", 0}};
  oconfig_item_t endpoints[] = {
      make_endpoint("good", good, 4),       make_endpoint("a/b c", good, 4),
      make_endpoint("good", good, 4),       make_endpoint("bad", bad, 1),
      make_endpoint("place", place, 2),     make_endpoint("relative", relative, 2),
      make_endpoint("missing", missing, 2), make_endpoint("secret", secret, 6),
  };
  wanted_text = "<Endpoint \"bad\">: there is no such option; did you mean PrivateName?, in the "
                "line: PrivateNam (string)";
  configure(endpoints, 8, NULL, NULL);
  CHECK(said);
  CHECK(init_callback() == 0);
  CHECK(read_count == 1 + 8);
  wait_for(&unknown_values, 5 * 7);
  wait_for(&notifications, 8);
  CHECK(errors == 6 + 6);
  shut_down();
}

/* Values do not wait for a read. */
static void values_come_by_themselves(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4)};
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  for (int i = 0; i < TURNS && values < 10; i++)
    usleep(10000);
  CHECK(values >= 10);
  shut_down();
}

/* While a notification plugin hangs, an endpoint's configuration is wrong and then right. Only the
 * newest notification of it is sent. */
static void a_newer_notification_replaces_one_that_waits(void) {
  char path[] = "/tmp/privatelink-host-XXXXXX";
  int file = mkstemp(path); /* only this user can read it */
  CHECK(file >= 0 && write(file, "key\n", 4) == 4 && close(file) == 0 && chmod(path, 0644) == 0);
  const line keyed[] = {{"Address", "10.255.0.1", 0},
                        {"TlsName", "a.example", 0},
                        {"Check", "port", 0},
                        {"Timeout", NULL, 2},
                        {"ApiKeyFile", path, 0}};
  static const line bad[] = {{"PrivateNam", "a.example", 0}}; /* announced first */
  oconfig_item_t endpoints[] = {make_endpoint("bad", bad, 1), make_endpoint("keyed", keyed, 5)};
  configure(endpoints, 2, NULL, NULL);
  atomic_store(&hold_notifications, true);
  wanted_text = "<Endpoint \"keyed\">: ApiKeyFile: ";
  CHECK(init_callback() == 0);
  wait_for(&notifications, 1);
  for (int i = 0; i < TURNS && !said; i++)
    usleep(10000);
  CHECK(said && chmod(path, 0600) == 0);
  said = false;
  wanted_text = "OK: keyed: the endpoint is watched again";
  for (int i = 0; i < TURNS && !said; i++)
    usleep(10000);
  CHECK(said && okay_of_keyed == 0);
  atomic_store(&hold_notifications, false);
  wait_for(&okay_of_keyed, 1);
  shut_down();
  CHECK(okay_of_keyed == 1 && of_keyed == 1);
  CHECK(unlink(path) == 0);
}

/* The next round would be in ten minutes. */
static void a_flush_starts_a_round(void) {
  static const line rare[] = {{"Address", "10.255.0.1", 0},
                              {"Probe", "tcp", 0},
                              {"Check", "port", 0},
                              {"Interval", NULL, 600}};
  oconfig_item_t endpoints[] = {make_endpoint("rare", rare, 4), make_endpoint("same", rare, 4)};
  configure(endpoints, 2, NULL, NULL);
  CHECK(init_callback() == 0);
  wait_for(&rounds, 2);
  CHECK(flush_callback(0, "mock/privatelink-rare/gauge-status", NULL) == 0);
  wait_for(&rounds, 3);
  CHECK(flush_callback(0, "mock/uptime-x/gauge-y", NULL) == 0);
  CHECK(flush_callback(0, NULL, NULL) == 0);
  wait_for(&rounds, 5);
  shut_down();
  CHECK(rounds == 5);
}

static void the_clock_is_set_back(void) {
  oconfig_item_t endpoints[] = {make_endpoint("clock", good, 4)};
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  wait_for(&values, 10);
  atomic_store(&set_back, 3600);
  int before = values;
  wait_for(&values, before + 20);
  shut_down();
  atomic_store(&set_back, 0);
}

/* The engine stands still. The first read without a round fails, and each says UNKNOWN. */
static void a_late_round_is_unknown(void) {
  static const line quick[] = {{"Address", "10.255.0.1", 0},
                               {"Probe", "tcp", 0},
                               {"Check", "port", 0},
                               {"Timeout", NULL, 0.1}};
  oconfig_item_t endpoints[] = {make_endpoint("quick", quick, 4)};
  wanted_text = "<Endpoint \"quick\">: no round has ended for ";
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  wait_for(&values, 5);
  CHECK(!said);
  atomic_store(&hold, true);
  usleep(300000); /* longer than a round */
  int before = unknown_values;
  size_t failed = 0;
  for (int i = 0; i < 3 * TURNS && unknown_values < before + 3; i++) {
    failed += read_all();
    usleep(10000);
  }
  CHECK(unknown_values >= before + 3 && failed == 1 && said && errors == 1);
  atomic_store(&hold, false);
  int now = values;
  wait_for(&values, now + 10);
  shut_down();
}

/* collectd -T calls each read once. */
static void a_test_fails_for_a_mistake(void) {
  static const line bad[] = {{"PrivateNam", "a.example", 0}};
  for (size_t count = 1; count <= 2; count++) {
    reset();
    is_test = true;
    oconfig_item_t endpoints[] = {make_endpoint("good", good, 4), make_endpoint("bad", bad, 1)};
    configure(endpoints, count, NULL, NULL);
    if (count == 1)
      free_item(&endpoints[1]);
    CHECK(init_callback() == 0);
    CHECK(read_all() == (count == 1 ? 0 : 2)); /* its own, and that of the whole */
    CHECK(notifications == 0 && values >= 3);
    shut_down();
  }
}

/* collectd calls back once for each <Plugin> block, in any file. */
static void blocks_add_up(void) {
  oconfig_item_t one[] = {make_endpoint("one", good, 4)}, two[] = {make_endpoint("two", good, 4)};
  configure(one, 1, NULL, NULL);
  configure(NULL, 0, "MinUp", "1");
  configure(two, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  CHECK(read_count == 1 + 2 && errors == 0);
  wait_for(&values, 10);
  shut_down();
}

static void a_common_mistake_costs_all(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4), make_endpoint("other", good, 4)};
  configure(endpoints, 2, "PublicResolvr", "192.0.2.1");
  CHECK(init_callback() == 0);
  wait_for(&unknown_values, 10);
  CHECK(errors == 1);
  shut_down();
}

static void reads_may_be_refused(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4)};
  refuse_reads = true;
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  CHECK(read_count == 0 && errors == 2);
  wait_for(&values, 5);
  shut_down();
}

static void types_may_be_missing(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4)};
  knows_no_type = true;
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  CHECK(errors == 5); /* one for each type */
  wait_for(&values, 1);
  shut_down();
}

static void init_fails_half_way(void) {
  for (int allowed = 0; allowed < 3; allowed++) {
    oconfig_item_t endpoints[] = {make_endpoint("good", good, 4)};
    reset();
    threads_allowed = allowed;
    configure(endpoints, 1, NULL, NULL);
    CHECK(init_callback() != 0);
    CHECK(read_count == 0 && errors == 1);
    shut_down();
  }
}

/* run_host sets OPENSSL_CONF. It affects the whole process except for the probes, even if they ran
 * first. */
static void others_keep_their_openssl(void) {
  static const line tls[] = {{"Address", "10.255.0.1", 0},
                             {"TlsName", "a.example", 0},
                             {"Probe", "tls", 0},
                             {"Check", "port", 0}};
  oconfig_item_t endpoints[] = {make_endpoint("tls", tls, 4)};
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  wait_for(&values, 1);
  shut_down();
  CHECK(OSSL_PROVIDER_available(NULL, "null") == 1);
}

/* ---- memory --------------------------------------------------------------------------------- */

static char state_text[16384];

/* Reads the one state file into state_text, and returns its path; NULL if there is none. */
static const char *read_state(void) {
  static char path[4096];
  char folder[256];
  snprintf(folder, sizeof(folder), "%s/privatelink", base_dir);
  DIR *dir = opendir(folder);
  if (dir == NULL)
    return NULL;
  const char *found = NULL;
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    size_t length = strlen(entry->d_name);
    if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0)
      continue;
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    found = path;
  }
  closedir(dir);
  FILE *file = found != NULL ? fopen(found, "r") : NULL;
  if (file == NULL)
    return NULL;
  state_text[fread(state_text, 1, sizeof(state_text) - 1, file)] = '\0';
  fclose(file);
  return found;
}

static void write_state(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* One run of the daemon, with a public endpoint that is never proven blocked from here. */
static void run_daemon(const char *text) {
  static const line unproven[] = {{"PublicName", "a.example", 0},
                                  {"PublicResolver", "10.255.0.1", 0},
                                  {"Check", "public", 0},
                                  {"Timeout", NULL, 2}};
  reset();
  wanted_text = text;
  oconfig_item_t endpoints[] = {make_endpoint("seen", unproven, 4)};
  configure(endpoints, 1, NULL, NULL);
  CHECK(init_callback() == 0);
  wait_for(&values, 1);
  shut_down();
}

static void memory_survives_a_restart(void) {
  static char folder[] = "/tmp/plugin_host.XXXXXX";
  char command[64], text[sizeof(state_text)];
  base_dir = mkdtemp(folder);
  CHECK(base_dir != NULL);
  run_daemon(NULL);
  const char *path = read_state();
  CHECK(path != NULL && strstr(state_text, "\"name\":\"seen\"") != NULL);
  CHECK(strstr(state_text, "\"alarm\":\"off\"") != NULL && errors == 0);
  /* An alarm is on: rounds that prove nothing do not end it. */
  char *off = strstr(state_text, "\"off\"");
  snprintf(text, sizeof(text), "%.*s\"on\"%s", (int)(off - state_text), state_text, off + 5);
  write_state(path, text);
  wanted_text = NULL;
  run_daemon(NULL);
  CHECK(read_state() != NULL && strstr(state_text, "\"alarm\":\"on\"") != NULL);
  /* A torn file: the log says so, and the alarm is unknown, and is written as such. */
  text[100] = '\0';
  write_state(path, text);
  run_daemon("an alarm may be on");
  CHECK(said && errors == 1);
  CHECK(read_state() != NULL && strstr(state_text, "\"alarm\":\"unknown\"") != NULL);
  /* A directory that others may write is left alone. */
  snprintf(command, sizeof(command), "%s/privatelink", folder);
  CHECK(chmod(command, 0777) == 0);
  write_state(path, text);
  run_daemon("chmod go-w");
  CHECK(said && errors == 1);
  CHECK(read_state() != NULL && strlen(state_text) == 100);
  snprintf(command, sizeof(command), "rm -r %s", folder);
  CHECK(system(command) == 0);
  base_dir = NULL;
}

static void configured_and_never_started(void) {
  oconfig_item_t endpoints[] = {make_endpoint("good", good, 4)};
  configure(endpoints, 1, NULL, NULL);
  shut_down();
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  host_thread = pthread_self();
  char host[] = "mock";
  hostname_g = host;
  void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (module == NULL)
    fprintf(stderr, "%s\n", dlerror());
  CHECK(module != NULL);
  void (*entry)(void);
  void *symbol = dlsym(module, "module_register");
  CHECK(symbol != NULL);
  memcpy(&entry, &symbol, sizeof(entry));
  /* In a daemon with longer names, the plugin refuses to run. */
  shift = 64;
  wanted_text = "this collectd was built with another DATA_MAX_NAME_LEN";
  entry();
  CHECK(config_callback == NULL && init_callback == NULL && shutdown_callback == NULL && said);
  shift = 0;
  entry();
  CHECK(config_callback != NULL && init_callback != NULL && shutdown_callback != NULL);
  static void (*const scenarios[])(void) = {
      nothing_is_configured,
      others_keep_their_openssl,
      an_endpoint_has_values,
      a_mistake_costs_its_endpoint_only,
      reads_may_be_refused,
      a_common_mistake_costs_all,
      types_may_be_missing,
      init_fails_half_way,
      blocks_add_up,
      memory_survives_a_restart,
      values_come_by_themselves,
      a_newer_notification_replaces_one_that_waits,
      a_flush_starts_a_round,
      the_clock_is_set_back,
      a_late_round_is_unknown,
      a_test_fails_for_a_mistake,
      configured_and_never_started,
      an_endpoint_has_values,
  };
  for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
    reset();
    scenarios[i]();
  }
  return 0; /* the module stays loaded, as in collectd */
}
