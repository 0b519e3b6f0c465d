/* Since when an endpoint is in its present state, in a file of the state directory. */
#include "memory/pending.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 256 /* bytes */

static bool is_pending(const pl_endpoint *endpoint) {
  return endpoint->state == PL_ENDPOINT_STATE_PENDING ||
         endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE;
}

/* "ID STATE SECONDS\n": in which state the endpoint was seen, and since when. */
static void add_sight(pl_buf *buf, const pl_endpoint *endpoint, int64_t since) {
  pl_buf_addf(buf, "%s %s %" PRId64 "\n", endpoint->id, endpoint->state_text, since);
}

/* The time of a sight, of any endpoint in any state; 0 where it is later than now, or damaged. */
static int64_t read_since(const char *text, int64_t now) {
  const char *time = text != NULL ? strrchr(text, ' ') : NULL;
  int64_t since = time != NULL ? strtoll(time, NULL, 10) : 0;
  return since > 0 && since <= now ? since : 0;
}

/* Whether the text is what would be written of the endpoint with that time. */
static bool is_same(const char *text, const pl_endpoint *endpoint, int64_t since) {
  char storage[FILE_MAX];
  pl_buf sight;
  pl_buf_fixed(&sight, storage, sizeof(storage));
  add_sight(&sight, endpoint, since);
  return strcmp(text, storage) == 0;
}

static pl_status write_sight(const pl_memory_dir *dir, const char *file,
                             const pl_endpoint *endpoint, int64_t now, pl_error *error) {
  char storage[FILE_MAX];
  pl_buf sight;
  pl_buf_fixed(&sight, storage, sizeof(storage));
  add_sight(&sight, endpoint, now);
  return pl_memory_save_text(dir, file, storage, sight.length, error);
}

pl_status pl_pending_recall(const pl_memory_dir *dir, const char *name, const pl_endpoint *endpoint,
                            int64_t now, int64_t *ret_since, pl_error *error) {
  char file[PL_LIMIT_NAME + sizeof("pending ")];
  char *text;
  size_t length;
  *ret_since = 0;
  pl_text_setf(file, sizeof(file), "pending %s", name);
  pl_status status = pl_memory_load_text(dir, file, FILE_MAX, &text, &length, error);
  if (status != PL_OK)
    return status;
  int64_t since = read_since(text, now);
  if (since == 0 || !is_same(text, endpoint, since)) {
    status = write_sight(dir, file, endpoint, now, error);
    since = since != 0 && status == PL_OK && !dir->read_only ? now : 0;
  }
  if (is_pending(endpoint))
    *ret_since = since;
  free(text);
  return status;
}
