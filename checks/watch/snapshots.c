/* Keeps what a discovery knows in files. */
#include "watch/snapshots.h"
#include "aws/discovery/snapshot.h"
#include "memory/file.h"
#include <stdlib.h>
#include <syslog.h>

#define NAME_MAX_BYTES ((size_t)PL_LIMIT_VALUE * 2)

/* No endpoint has a name with blanks. PL_ERR_MEMORY: a part of a name may be that of another scope.
 */
static pl_status add_name(pl_buf *buf, const pl_snapshots *s, const pl_scope *scope,
                          pl_error *error) {
  pl_buf_init(buf, NAME_MAX_BYTES);
  pl_buf_addf(buf, "discovery %s", s->name);
  if (scope->wanted != NULL)
    pl_buf_addf(buf, " %s", scope->wanted);
  if (scope->role_arn != NULL)
    pl_buf_addf(buf, " %s", scope->role_arn);
  return pl_buf_status(buf) == PL_OK ? PL_OK : pl_fail_memory(error);
}

/* ---- reading -------------------------------------------------------------------------------- */

static pl_status recall_scope(const pl_snapshots *s, const pl_memory_dir *dir, pl_scope *scope,
                              bool *ret_found, pl_error *error) {
  pl_buf name;
  char *text = NULL;
  size_t length = 0;
  pl_error why;
  pl_status status = add_name(&name, s, scope, error);
  if (status == PL_OK)
    status =
        pl_memory_load_text(dir, pl_buf_text(&name), PL_LIMIT_SNAPSHOT_FILE, &text, &length, error);
  if (status == PL_OK && text != NULL) {
    status = pl_snapshot_read(text, length, s->discovery, s->common, scope, &why);
    *ret_found = status == PL_OK;
    if (status != PL_OK)
      (void)pl_fail(error, status, "state of %s: %s", pl_buf_text(&name), why.text);
  }
  free(text);
  pl_buf_free(&name);
  return status;
}

/* A scope without a file has a problem until it is asked. Returns how many have one. */
static size_t recall_scopes(const pl_snapshots *s, const pl_memory_dir *dir) {
  size_t found = 0;
  for (size_t i = 0; i < s->discovery->count; i++) {
    pl_scope *scope = &s->discovery->scopes[i];
    bool is_found = false;
    pl_error error;
    if (recall_scope(s, dir, scope, &is_found, &error) != PL_OK)
      pl_front_log(s->front, LOG_WARNING, NULL, "%s; it is ignored", error.text);
    if (!is_found && pl_endpoint_create("", &scope->problem) != PL_OK)
      return 0;
    found += is_found;
  }
  return found;
}

static void log_known(const pl_snapshots *s) {
  const pl_known *known = s->known;
  pl_clock clock = pl_clock_system();
  int64_t now = pl_clock_wall_seconds(&clock), oldest = now;
  for (size_t i = 0; i < known->count; i++)
    oldest = known->items[i].seen < oldest ? known->items[i].seen : oldest;
  char when[32];
  pl_text_set_instant(when, sizeof(when), oldest);
  pl_front_log(s->front, LOG_NOTICE, NULL,
               "discovery %s: %zu endpoint%s from the state directory, until the API answers; the "
               "oldest list is %lld s old (%s)",
               s->name, known->count, known->count == 1 ? "" : "s", (long long)(now - oldest),
               when);
}

void pl_snapshots_recall(const pl_snapshots *s) {
  pl_memory_dir dir = {.fd = -1};
  pl_sections sections = {0};
  pl_error error;
  if (pl_memory_dir_open(s->dir, &dir, &error) != PL_OK) {
    pl_front_log(s->front, LOG_WARNING, NULL,
                 "discovery %s: %s; nothing that was found before is known", s->name, error.text);
    return;
  }
  pl_status status = PL_OK;
  if (recall_scopes(s, &dir) > 0)
    status = pl_sections_make(s->discovery, s->templates, s->common, &sections);
  pl_memory_dir_close(&dir);
  if (status == PL_OK && sections.count > 0)
    status = pl_known_update(s->known, s->discovery, &sections, 0, NULL, NULL);
  pl_sections_free(&sections);
  if (status != PL_OK)
    pl_front_log(s->front, LOG_ERR, NULL, "discovery %s: what was found before %s", s->name,
                 status == PL_ERR_LIMIT ? "is more than can be watched" : "needs too much memory");
  else if (s->known->count > 0)
    log_known(s);
}

/* ---- writing -------------------------------------------------------------------------------- */

static pl_status save_scopes(const pl_snapshots *s, const pl_memory_dir *dir, const pl_buf *texts,
                             pl_error *error) {
  pl_status status = PL_OK;
  for (size_t i = 0; i < s->discovery->count && status == PL_OK; i++) {
    pl_buf name;
    if (!s->discovery->scopes[i].begun)
      continue;
    status = add_name(&name, s, &s->discovery->scopes[i], error);
    if (status == PL_OK)
      status = pl_memory_save_text(dir, pl_buf_text(&name), pl_buf_text(&texts[i]), texts[i].length,
                                   error);
    pl_buf_free(&name);
  }
  return status;
}

static pl_status save(const pl_snapshots *s, bool hasty, pl_error *error) {
  size_t count = s->discovery->count;
  pl_buf *texts = calloc(count + 1, sizeof(*texts));
  if (texts == NULL)
    return pl_fail_memory(error);
  for (size_t i = 0; i < count; i++)
    pl_buf_init(&texts[i], PL_LIMIT_SNAPSHOT_FILE);
  pl_memory_dir dir = {.fd = -1};
  pl_status status = pl_snapshot_write(s->known, s->discovery, s->common, texts);
  if (status != PL_OK)
    (void)pl_fail(error, status, "%s",
                  status == PL_ERR_LIMIT ? "too much to remember" : "out of memory");
  if (status == PL_OK)
    status = pl_memory_dir_open(s->dir, &dir, error);
  dir.hasty = hasty;
  if (status == PL_OK)
    status = save_scopes(s, &dir, texts, error);
  pl_memory_dir_close(&dir);
  for (size_t i = 0; i < count; i++)
    pl_buf_free(&texts[i]);
  free(texts);
  return status;
}

bool pl_snapshots_save(pl_snapshots *s, bool hasty) {
  pl_error error;
  bool saved = save(s, hasty, &error) == PL_OK;
  if (!saved && !s->failed)
    pl_front_log(s->front, LOG_ERR, NULL, "discovery %s: %s; a restart would forget what was found",
                 s->name, error.text);
  if (saved && s->failed)
    pl_front_log(s->front, LOG_NOTICE, NULL, "discovery %s: its state can be written again",
                 s->name);
  s->failed = !saved;
  return saved;
}
