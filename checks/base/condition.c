/* Lets a condition wait by the monotonic clock. */
#include "base/condition.h"
#include <time.h>

void pl_condition_init(pthread_cond_t *condition) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

void pl_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, pl_nsec instant) {
  struct timespec at = {.tv_sec = (time_t)(instant / PL_SEC), .tv_nsec = (long)(instant % PL_SEC)};
  pthread_cond_timedwait(condition, lock, &at);
}
