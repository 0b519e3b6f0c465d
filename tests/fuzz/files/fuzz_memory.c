/* Any bytes as a state file: what is accepted can be written and read again with the same result,
 * and what still counts of it is never from the future. The first eight bytes are the time. */
#include "memory/json.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME "api"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static void write_text(pl_buf *buf, char *storage, const pl_memory_store *store) {
  pl_buf_fixed(buf, storage, PL_LIMIT_MEMORY_FILE);
  pl_memory_write(buf, NAME, store);
  require(pl_buf_status(buf) == PL_OK);
}

static void check_view(const pl_memory_store *store, int64_t wall, int64_t boot) {
  pl_moment now = {.wall = wall, .boot = boot, .host = store->host};
  pl_spec spec;
  pl_facts facts;
  pl_spec_init(&spec);
  pl_facts_init(&facts);
  pl_memory_store bound = *store;
  bound.binding = 0;
  pl_memory_rebase(&bound, &spec, &now);
  pl_memory view = pl_memory_view(store, &spec, &facts, &now);
  require(view.alarm.state == store->alarm.state);
  view = pl_memory_view(&bound, &spec, &facts, &now);
  require(view.baseline.at <= wall && view.attempts_since <= wall && view.pool_since <= wall &&
          view.sign_since <= wall && view.variations_at <= wall);
  for (unsigned i = 0; i < PL_CONTROL_COUNT; i++)
    require(view.controls[i] <= wall);
  (void)pl_memory_plan(store, &spec, &now);
  pl_spec_free(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char first[PL_LIMIT_MEMORY_FILE], second[PL_LIMIT_MEMORY_FILE];
  pl_memory_store store, again;
  pl_error error = {""};
  pl_buf text;
  uint32_t times[2];
  if (size < sizeof(times))
    return 0;
  memcpy(times, data, sizeof(times));
  pl_status status = pl_memory_read((const char *)data + sizeof(times), size - sizeof(times), NAME,
                                    &store, &error);
  require((status == PL_OK) == (error.text[0] == '\0'));
  if (status != PL_OK)
    return 0;
  write_text(&text, first, &store);
  require(pl_memory_read(first, text.length, NAME, &again, &error) == PL_OK);
  write_text(&text, second, &again);
  require(strcmp(first, second) == 0);
  check_view(&store, (int64_t)times[0] + 1, times[1]);
  return 0;
}
