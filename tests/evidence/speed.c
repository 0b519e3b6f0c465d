/* Writes an evidence log of many lines, with random facts as rounds have them, and measures how
 * long its verification takes: speed LINES. It is for docs/performance.md.
 */
#include "evidence/case.h"
#include "judge_world.h"
#include "log/arena.h"
#include "log_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ENDPOINTS 10000
#define WORLDS 1000 /* different facts */
#define FACT_BYTES 2048

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The end of a line, without the endpoint. */
typedef struct sample {
  char *facts;
  char verdict[8192];
} sample;

/* False for facts that no round has, which the reader refuses. */
static bool make_sample(unsigned *seed, sample *s) {
  static judge_world world;
  static pl_verdict verdict;
  uint8_t bytes[FACT_BYTES];
  pl_error error;
  pl_buf text;
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (uint8_t)rand_r(seed);
  judge_world_build(bytes, sizeof(bytes), &world);
  s->facts = pl_evidence_case_write(&world.spec, &world.facts, NULL, JUDGE_NOW);
  if (s->facts == NULL)
    fail("memory", "out of it");
  if (pl_verify_judge_case(s->facts, strlen(s->facts), &verdict, &error) != PL_OK) {
    free(s->facts);
    return false;
  }
  pl_buf_fixed(&text, s->verdict, sizeof(s->verdict));
  pl_entry_add_verdict(&text, &verdict);
  return true;
}

static void write_log(log_world *world, unsigned lines) {
  static sample samples[WORLDS];
  unsigned seed = 1;
  pl_error error = {""};
  pl_buf rest;
  pl_log *log = log_world_open(world, NULL);
  pl_buf_init(&rest, PL_LIMIT_EVIDENCE_LINE);
  for (size_t i = 0; i < WORLDS;)
    i += make_sample(&seed, &samples[i]);
  for (unsigned i = 0; i < lines; i++) {
    char name[32];
    snprintf(name, sizeof(name), "endpoint-%u", i % ENDPOINTS);
    sample *s = &samples[i % WORLDS];
    pl_entry entry = {.endpoint = name,
                      .why = "interval",
                      .interval = 3600,
                      .verdict = s->verdict,
                      .facts = s->facts};
    pl_buf_clear(&rest);
    pl_entry_add(&rest, &entry);
    if (pl_log_append(log, PL_LINE_VERDICT, pl_buf_text(&rest), &error) != PL_OK ||
        (i % 100 == 99 && pl_log_sign(log, &error) != PL_OK))
      fail("append", error.text);
    world->wall += 3600 * PL_SEC / ENDPOINTS;
    world->uptime += 3600 * PL_SEC / ENDPOINTS;
  }
  log_world_close(log);
  pl_buf_free(&rest);
  for (size_t i = 0; i < WORLDS; i++)
    free(samples[i].facts);
}

int main(int argc, char **argv) {
  unsigned lines = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
  log_world world = {.seed = 1};
  if (lines == 0)
    fail("usage", "speed LINES");
  log_world_make(&world);
  double begin = now(CLOCK_MONOTONIC), cpu;
  write_log(&world, lines);
  printf("written in %.1f s\n", now(CLOCK_MONOTONIC) - begin);
  char command[200];
  snprintf(command, sizeof(command), "du -sh %s", world.log);
  if (system(command) != 0)
    fail(command, "failed");
  pl_arena_use();
  pl_verify_config config = log_world_verify_config(&world);
  config.judge = pl_verify_judge_case;
  for (config.threads = 1; config.threads <= 2; config.threads++) {
    begin = now(CLOCK_MONOTONIC);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    pl_verify_report report = log_world_verify(&config);
    printf("%u threads: %.1f s, %.1f s of CPU time, for %llu lines %s\n", config.threads,
           now(CLOCK_MONOTONIC) - begin, now(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           (unsigned long long)report.lines, report.problem);
    if (report.problems > 0)
      return 1;
  }
  log_world_remove(&world);
  return 0;
}
