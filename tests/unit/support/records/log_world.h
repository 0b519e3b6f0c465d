// An evidence log in a temporary directory, with a clock and keys of its own, and a judge of facts
// that say their severity.
#ifndef LOG_WORLD_H
#define LOG_WORLD_H

#include "evidence/log/entry.h"
#include "evidence/log/verify.h"

#define LOG_WORLD_BY "check_privatelink 1.2.3"
#define LOG_WORLD_VERSION "1.2.3"
#define LOG_WORLD_START (INT64_C(1780000000) * PL_SEC) // 2026-05-28

typedef struct log_world {
  char dir[64], log[80], key[80], public_key[80], other_key[80];
  pl_nsec wall, uptime;
  uint64_t boot;
  unsigned seed;
} log_world;

// Exits on failure, as all of this.
void log_world_make(log_world *world);
void log_world_remove(log_world *world);
unsigned log_world_random(log_world *world, unsigned below);

pl_log_config log_world_config(log_world *world);
pl_log *log_world_open(log_world *world, const pl_log_config *config);
void log_world_close(pl_log *log);
// Lets time pass, and adds the line of a verdict.
void log_world_add(log_world *world, pl_log *log, const char *endpoint, unsigned severity,
                   unsigned interval);

// Verifies with the public key, up to the last line.
pl_verify_config log_world_verify_config(const log_world *world);
pl_verify_report log_world_verify(const pl_verify_config *config);

pl_status log_world_judge(const char *facts, size_t length, pl_verdict *ret_verdict,
                          pl_error *error);

#endif
