/* The entry point of every fuzz target: runs one input, and fails if it takes too much CPU time.
 *
 * A parser that is slow for some input would delay every other endpoint of the daemon. The time is
 * that of this thread, so a busy machine changes nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BUDGET 100000000 /* nanoseconds of one input, with sanitizers */

/* The target's own function: CMakeLists.txt compiles LLVMFuzzerTestOneInput to this name. */
int fuzz_target(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t cpu_time(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0)
    abort();
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const int64_t start = cpu_time();
  const int result = fuzz_target(data, size);
  const int64_t taken = cpu_time() - start;
  if (taken > BUDGET) {
    fprintf(stderr, "%zu bytes took %lld ms of CPU time\n", size, (long long)taken / 1000000);
    abort();
  }
  return result;
}
