/* Reads the system's clocks. */
#include "base/clock.h"
#include <stddef.h>
#include <time.h>

static pl_nsec read_clock(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (pl_nsec)now.tv_sec * PL_SEC + now.tv_nsec;
}

static pl_nsec read_monotonic(void *user) {
  (void)user;
  return read_clock(CLOCK_MONOTONIC);
}

static pl_nsec read_wall(void *user) {
  (void)user;
  return read_clock(CLOCK_REALTIME);
}

static pl_nsec read_boot(void *user) {
  (void)user;
  return read_clock(CLOCK_BOOTTIME);
}

pl_clock pl_clock_system(void) {
  return (pl_clock){
      .monotonic = read_monotonic, .wall = read_wall, .boot = read_boot, .user = NULL};
}
