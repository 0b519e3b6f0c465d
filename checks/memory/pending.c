/* When an endpoint was first seen pending, in a file of the state directory. */
#include "memory/pending.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 256 /* bytes */

static bool is_pending(const pl_endpoint *endpoint) {
  return endpoint->state == PL_ENDPOINT_STATE_PENDING ||
         endpoint->state == PL_ENDPOINT_STATE_PENDING_ACCEPTANCE;
}

/* "ID STATE ": the id is followed by when it was first seen so. */
static void add_subject(pl_buf *buf, const pl_endpoint *endpoint) {
  pl_buf_addf(buf, "%s %s ", endpoint->id, endpoint->state_text);
}

/* The time in the file; 0 where it is about another endpoint or state, later than now, or damaged.
 */
static int64_t read_since(const char *text, const pl_endpoint *endpoint, int64_t now) {
  char storage[FILE_MAX];
  pl_buf subject;
  pl_buf_fixed(&subject, storage, sizeof(storage));
  add_subject(&subject, endpoint);
  if (strncmp(text, storage, subject.length) != 0)
    return 0;
  int64_t since = strtoll(text + subject.length, NULL, 10); /* 0 without a number */
  return since > 0 && since <= now ? since : 0;
}

static pl_status write_since(const pl_memory_dir *dir, const char *file,
                             const pl_endpoint *endpoint, int64_t now, pl_error *error) {
  char storage[FILE_MAX];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  add_subject(&text, endpoint);
  pl_buf_addf(&text, "%" PRId64 "\n", now);
  return pl_memory_save_text(dir, file, storage, text.length, error);
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
  if (is_pending(endpoint)) {
    int64_t since = text != NULL ? read_since(text, endpoint, now) : 0;
    if (since == 0) {
      status = write_since(dir, file, endpoint, now, error);
      since = status == PL_OK && !dir->read_only ? now : 0;
    }
    *ret_since = since;
  } else if (length > 0) {
    status = pl_memory_save_text(dir, file, "", 0, error);
  }
  free(text);
  return status;
}
