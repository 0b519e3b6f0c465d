/* Gives jansson memory that is freed all at once. */
#include "log/arena.h"
#include <jansson.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define BYTES ((size_t)1 << 20) /* what a case needs, but for rare ones */
#define ALIGNMENT ((size_t)16)

typedef struct arena {
  char *bytes; /* NULL: not yet; owned by the key */
  size_t used, live;
} arena;

static _Thread_local arena own;
static pthread_key_t key; /* frees `bytes` when the thread ends */

static void *take(size_t size) {
  size_t whole = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (own.bytes == NULL) {
    own.bytes = malloc(BYTES);
    if (own.bytes == NULL || pthread_setspecific(key, own.bytes) != 0) {
      free(own.bytes);
      own.bytes = NULL;
      return malloc(size);
    }
  }
  if (whole < size || whole > BYTES - own.used)
    return malloc(size);
  void *at = own.bytes + own.used;
  own.used += whole;
  own.live++;
  return at;
}

static void give(void *at) {
  if (own.bytes == NULL || (uintptr_t)at - (uintptr_t)own.bytes >= BYTES)
    free(at);
  else if (--own.live == 0)
    own.used = 0;
}

void pl_arena_use(void) {
  if (pthread_key_create(&key, free) == 0)
    json_set_alloc_funcs(take, give);
}
