// An evidence log for tests.
#include "log_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void require(bool condition, const char *what, const char *why) {
  if (condition)
    return;
  fprintf(stderr, "%s: %s\n", what, why);
  abort();
}

static pl_nsec wall(void *user) { return ((log_world *)user)->wall; }
static pl_nsec uptime(void *user) { return ((log_world *)user)->uptime; }

void log_world_make(log_world *world) {
  char id[PL_KEY_ID];
  pl_error error = {""};
  *world = (log_world){
      .wall = LOG_WORLD_START, .uptime = 1000 * PL_SEC, .boot = 0xfeed, .seed = world->seed};
  snprintf(world->dir, sizeof(world->dir), "/tmp/evidence.XXXXXX");
  require(mkdtemp(world->dir) != NULL, "mkdtemp", "failed");
  snprintf(world->log, sizeof(world->log), "%s/log", world->dir);
  snprintf(world->key, sizeof(world->key), "%s/key", world->dir);
  snprintf(world->public_key, sizeof(world->public_key), "%s/key.pub", world->dir);
  snprintf(world->other_key, sizeof(world->other_key), "%s/other", world->dir);
  require(pl_signing_key_make(world->key, id, &error) == PL_OK, "key", error.text);
  require(pl_signing_key_make(world->other_key, id, &error) == PL_OK, "key", error.text);
}

void log_world_remove(log_world *world) {
  char command[128];
  snprintf(command, sizeof(command), "rm -rf '%s'", world->dir);
  require(system(command) == 0, command, "failed");
}

unsigned log_world_random(log_world *world, unsigned below) {
  return (unsigned)rand_r(&world->seed) % below;
}

pl_log_config log_world_config(log_world *world) {
  return (pl_log_config){.dir = world->log,
                         .by = LOG_WORLD_BY,
                         .key = world->key,
                         .clock = {.wall = wall, .monotonic = uptime, .user = world},
                         .boot = world->boot,
                         .hasty = true};
}

pl_log *log_world_open(log_world *world, const pl_log_config *config) {
  pl_log_config usual = log_world_config(world);
  pl_log *log;
  pl_error error = {""};
  require(pl_log_open(config != NULL ? config : &usual, &log, &error) == PL_OK, "open", error.text);
  return log;
}

void log_world_close(pl_log *log) {
  pl_error error = {""};
  require(pl_log_close(log, &error) == PL_OK, "close", error.text);
}

static void add_facts(log_world *world, char *text, size_t size, unsigned severity) {
  snprintf(text, size, "{\"severity\":%u,\"pad\":\"%.*s\"}", severity,
           (int)log_world_random(world, 60),
           "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl");
}

void log_world_add(log_world *world, pl_log *log, const char *endpoint, unsigned severity,
                   unsigned interval) {
  char facts[128], verdict_text[1024], storage[4096];
  pl_buf text;
  pl_verdict verdict;
  pl_error error = {""};
  pl_nsec pause = (pl_nsec)log_world_random(world, 1000) * PL_MSEC;
  world->wall += pause;
  world->uptime += pause;
  add_facts(world, facts, sizeof(facts), severity);
  require(log_world_judge(facts, strlen(facts), &verdict, &error) == PL_OK, "judge", error.text);
  pl_buf_fixed(&text, verdict_text, sizeof(verdict_text));
  pl_entry_add_verdict(&text, &verdict);
  pl_entry entry = {.endpoint = endpoint,
                    .why = "verdict",
                    .interval = interval,
                    .verdict = verdict_text,
                    .facts = facts};
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_entry_add(&text, &entry);
  require(pl_buf_status(&text) == PL_OK, "entry", "too long");
  require(pl_log_append(log, PL_LINE_VERDICT, storage, &error) == PL_OK, "append", error.text);
}

pl_verify_config log_world_verify_config(const log_world *world) {
  return (pl_verify_config){.dir = world->log,
                            .public_key = world->public_key,
                            .version = LOG_WORLD_VERSION,
                            .judge = log_world_judge,
                            .threads = 1};
}

pl_verify_report log_world_verify(const pl_verify_config *config) {
  pl_verify_report report;
  pl_error error = {""};
  require(pl_verify(config, &report, &error) == PL_OK, "verify", error.text);
  return report;
}

pl_status log_world_judge(const char *facts, size_t length, pl_verdict *ret_verdict,
                          pl_error *error) {
  static const char begin[] = "{\"severity\":";
  size_t at = sizeof(begin) - 1;
  if (length <= at || memcmp(facts, begin, at) != 0 || facts[at] < '0' || facts[at] > '3')
    return pl_fail(error, PL_ERR_INVALID, "no severity");
  memset(ret_verdict, 0, sizeof(*ret_verdict));
  ret_verdict->severity = (pl_severity)(facts[at] - '0');
  ret_verdict->checks[PL_CHECK_DNS].ran = true;
  ret_verdict->checks[PL_CHECK_DNS].severity = ret_verdict->severity;
  return PL_OK;
}
