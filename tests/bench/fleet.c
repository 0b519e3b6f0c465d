/* Does what a daemon does with all of its endpoints, without a network: finds them, reads their
 * configuration, announces what has become of them, and keeps their metrics. tests/bench/limits
 * counts its instructions.
 *
 *     bench_fleet COUNT
 */
#include "aws/discovery/known.h"
#include "aws/poller.h"
#include "config.h"
#include "serve/samples.h"
#include "watch/dispatcher.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
#define HOUR (3600 * PL_SEC)

static void require(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "bench_fleet: %s\n", what);
  exit(1);
}

/* ---- discovery ------------------------------------------------------------------------------ */

/* Endpoints with the ids `first` to `end`. Four have the same tags. */
static void list(pl_scope *scope, size_t count, size_t first, size_t end) {
  pl_ec2_answer_free(&scope->answer);
  for (size_t i = first; i < end; i++) {
    pl_ec2_listed *listed = PL_EC2_ADD(scope->answer.endpoints);
    char value[32];
    require(listed != NULL, "memory");
    snprintf(listed->id.text, sizeof(listed->id.text), "vpce-%017zx", i);
    require(pl_endpoint_create(listed->id.text, &listed->endpoint) == PL_OK, "memory");
    listed->endpoint->known = true;
    listed->endpoint->type = PL_ENDPOINT_TYPE_INTERFACE;
    snprintf(listed->endpoint->service_name, sizeof(listed->endpoint->service_name), SERVICE);
    pl_ec2_tag *tag = PL_EC2_ADD(listed->tags);
    require(tag != NULL, "memory");
    snprintf(value, sizeof(value), "api-%zu", i % count / 4);
    *tag = (pl_ec2_tag){strdup("Name"), strdup(value)};
  }
}

static void on_change(void *user, const pl_change *change) { ((size_t *)user)[change->kind]++; }

static void poll(pl_known *known, pl_discovery *discovery, const pl_templates *templates,
                 size_t *changes) {
  pl_sections fresh;
  pl_section_common common = {0};
  require(pl_sections_make(discovery, templates, &common, &fresh) == PL_OK, "sections");
  require(pl_known_update(known, discovery, &fresh, 1, on_change, changes) == PL_OK, "update");
  pl_sections_free(&fresh);
}

/* A half is found beside as many of the configuration. Then every one is replaced, a half of those
 * is deleted, and the text of the rest is read as a configuration. */
static void discover(size_t count) {
  pl_scope scope = {.region = "eu-central-1"};
  pl_discovery discovery = {.scopes = &scope, .count = 1};
  pl_templates templates = {.count = 0};
  pl_known known = {.count = 0};
  size_t changes[PL_CHANGE_DELETED + 1] = {0};
  for (size_t i = count; i < 2 * count; i++) {
    char name[32], id[32];
    snprintf(name, sizeof(name), "api-%zu", i);
    snprintf(id, sizeof(id), "vpce-%017zx", i);
    require(pl_templates_reserve(&templates, name, id) == PL_OK, "memory");
  }
  list(&scope, count, 0, 2 * count);
  poll(&known, &discovery, &templates, changes);
  list(&scope, count, 2 * count, 3 * count);
  poll(&known, &discovery, &templates, changes);
  require(changes[PL_CHANGE_ADDED] == count && changes[PL_CHANGE_REPLACED] == count,
          "not all were found and replaced");
  list(&scope, count, 2 * count, 2 * count + count / 2);
  for (unsigned i = 0; i < PL_KNOWN_MISSING; i++)
    poll(&known, &discovery, &templates, changes);
  require(changes[PL_CHANGE_DELETED] == count - count / 2, "not all were deleted");
  pl_ec2_answer_free(&scope.answer);
  pl_templates_free(&templates);
  pl_known_free(&known);
}

/* ---- configuration -------------------------------------------------------------------------- */

/* A tenth has a name that another one has. The poller then finds each one's account. */
static void configure(size_t count) {
  pl_buf text;
  pl_args_endpoint *endpoints;
  size_t read = 0, twins = 0;
  pl_error error;
  const pl_argument_list none = {.count = 0};
  pl_buf_init(&text, PL_LIMIT_CONFIG_FILE);
  for (size_t i = 0; i < count; i++)
    pl_buf_addf(&text, "[e%zu]\nendpoint-id = vpce-%017zx\nregion = eu-central-1\ncheck = state\n",
                i % 10 == 9 ? i - 1 : i, i);
  pl_config_request request = {.path = "bench.ini",
                               .text = pl_buf_text(&text),
                               .length = text.length,
                               .extra = &none,
                               .command_line = &none};
  require(pl_config_read(&request, &endpoints, &read, &error) == PL_OK, error.text);
  const pl_spec **specs = calloc(read, sizeof(*specs));
  require(read == count && specs != NULL, "sections");
  for (size_t i = 0; i < read; i++) {
    twins += endpoints[i].problem != NULL;
    specs[i] = &endpoints[i].spec;
  }
  require(twins == count / 10, "names that are there twice");
  pl_poller *poller;
  pl_aws_environment environment = {.readable_file = NULL};
  pl_poller_config config = {
      .clock = pl_clock_system(), .environment = &environment, .interval = HOUR};
  require(pl_poller_create(&config, specs, read, &poller) == PL_OK, "poller");
  for (size_t i = 0; i < read; i++)
    require(!pl_poller_hurry(poller, i), "the API has not answered");
  pl_poller_free(poller);
  free(specs);
  pl_args_endpoints_free(endpoints, read);
  pl_buf_free(&text);
}

/* ---- notifications -------------------------------------------------------------------------- */

typedef struct receiver {
  pthread_mutex_t hanging;
  atomic_size_t endpoints; /* that it was told of */
} receiver;

static void notify(void *user, const pl_event *event) {
  receiver *to = user;
  pthread_mutex_lock(&to->hanging);
  pthread_mutex_unlock(&to->hanging);
  atomic_fetch_add(&to->endpoints, event->endpoints);
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  (void)name;
  return pthread_create(thread, NULL, run, arg);
}

static void add(pl_dispatcher *dispatcher, size_t number, pl_severity severity, uint64_t cause) {
  pl_event *event = calloc(1, sizeof(*event));
  require(event != NULL, "memory");
  *event = (pl_event){
      .check = PL_CHECK_DNS, .severity = severity, .hint = "", .cause = cause, .endpoints = 1};
  snprintf(event->instance, sizeof(event->instance), "e%zu", number);
  pl_dispatcher_add(dispatcher, event, HOUR);
}

/* The front end hangs while each endpoint fails. A half of them fails alone, and then recovers. */
static void announce(size_t count) {
  receiver to = {.hanging = PTHREAD_MUTEX_INITIALIZER};
  pl_front front = {.user = &to, .notify = notify, .start_thread = start_thread};
  pl_dispatcher *dispatcher;
  pl_error error;
  atomic_init(&to.endpoints, 0);
  pthread_mutex_lock(&to.hanging);
  require(pl_dispatcher_create(&front, &dispatcher, &error) == PL_OK, error.text);
  for (size_t i = 0; i < count; i++)
    add(dispatcher, i, PL_SEVERITY_CRITICAL, i % 2);
  for (size_t i = 0; i < count; i += 2)
    add(dispatcher, i, PL_SEVERITY_OK, 0);
  pthread_mutex_unlock(&to.hanging);
  size_t unsent = pl_dispatcher_free(dispatcher);
  /* One of those that were replaced may have been on its way. */
  require(atomic_load(&to.endpoints) + unsent <= count + 1, "notifications");
}

/* ---- metrics -------------------------------------------------------------------------------- */

/* In an order that is not that of the names. */
static void serve(size_t count) {
  pl_samples *samples = pl_samples_create();
  pl_buf text;
  require(samples != NULL, "memory");
  for (size_t i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof(name), "e%zu", i % 2 == 0 ? i : count - i);
    pl_values values = {.endpoint = name};
    pl_samples_put(samples, &values);
  }
  pl_buf_init(&text, (size_t)1 << 30);
  pl_samples_add_text(samples, &text);
  require(pl_buf_status(&text) == PL_OK && text.length > count, "metrics");
  pl_buf_free(&text);
  pl_samples_free(samples);
}

int main(int argc, char **argv) {
  require(argc == 2, "usage: bench_fleet COUNT");
  size_t count = strtoul(argv[1], NULL, 10);
  require(count >= 10 && count <= PL_LIMIT_ENDPOINTS, "COUNT is 10 to the limit of endpoints");
  discover(count);
  configure(count);
  announce(count);
  serve(count);
  return 0;
}
