/* Follows the endpoints of a discovery: new, deleted and replaced ones. */
#include "aws/discovery/known.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct update {
  pl_known *known;
  const pl_discovery *discovery;
  pl_sections *fresh;
  int64_t now;
  pl_known_report report;
  void *user;
} update;

static void tell(const update *u, pl_change_kind kind, const pl_known_endpoint *endpoint,
                 const char *before) {
  pl_change change = {.kind = kind,
                      .name = endpoint->section.name,
                      .id = endpoint->section.id,
                      .before = before,
                      .seen = endpoint->seen};
  u->report(u->user, &change);
}

static pl_known_endpoint *find_id(const pl_known *known, const char *id) {
  for (size_t i = 0; i < known->count; i++) {
    if (strcmp(known->items[i].section.id, id) == 0)
      return &known->items[i];
  }
  return NULL;
}

static bool has_name(const pl_known *known, const char *name) {
  for (size_t i = 0; i < known->count; i++) {
    if (strcmp(known->items[i].section.name, name) == 0)
      return true;
  }
  return false;
}

/* Keeps the name and the id of the endpoint. */
static void take_text(pl_section *section, pl_section *fresh) {
  char *const kin = section->kin, *const text = section->text, *const others = section->others;
  section->kin = fresh->kin;
  section->text = fresh->text;
  section->others = fresh->others;
  section->has_tags = fresh->has_tags;
  fresh->kin = kin;
  fresh->text = text;
  fresh->others = others;
}

/* Its tags decide templates, so another set of tags is another section. */
static void note_seen(const update *u, pl_known_endpoint *endpoint, pl_section *fresh) {
  endpoint->seen = u->now;
  endpoint->missing = 0;
  bool same_scope = endpoint->section.scope == fresh->scope;
  if (!same_scope || strcmp(endpoint->section.kin, fresh->kin) == 0)
    return;
  take_text(&endpoint->section, fresh);
  tell(u, PL_CHANGE_TAGS, endpoint, NULL);
}

/* The same section with another id: what was expected of the one that is gone. Both are valid ids,
 * and no other value of the section has one. */
static pl_status replace_id(const update *u, pl_known_endpoint *endpoint, const char *id,
                            int64_t seen) {
  char before[PL_LIMIT_AWS_ID + 1];
  const char *old = strstr(endpoint->section.text, endpoint->section.id);
  pl_buf text;
  pl_buf_init(&text, strlen(endpoint->section.text) + PL_LIMIT_AWS_ID);
  if (old != NULL) {
    pl_buf_add_bytes(&text, endpoint->section.text, (size_t)(old - endpoint->section.text));
    pl_buf_addf(&text, "%s%s", id, old + strlen(endpoint->section.id));
  }
  char *copy = pl_buf_status(&text) == PL_OK ? strdup(pl_buf_text(&text)) : NULL;
  pl_buf_free(&text);
  if (copy == NULL)
    return PL_ERR_MEMORY;
  free(endpoint->section.text);
  endpoint->section.text = copy;
  memcpy(before, endpoint->section.id, sizeof(before));
  snprintf(endpoint->section.id, sizeof(endpoint->section.id), "%s", id);
  endpoint->missing = 0;
  tell(u, PL_CHANGE_REPLACED, endpoint, before);
  endpoint->seen = seen;
  return PL_OK;
}

static void remove_at(pl_known *known, size_t index) {
  pl_section_free(&known->items[index].section);
  memmove(&known->items[index], &known->items[index + 1],
          (known->count - index - 1) * sizeof(*known->items));
  known->count--;
}

/* The first one that is missing and that an endpoint with the same service and tags replaces.
 * Without tags, all endpoints of a service are alike. */
static pl_known_endpoint *find_missing(const pl_known *known, const pl_section *fresh) {
  for (size_t i = 0; i < known->count; i++) {
    if (known->items[i].missing > 0 && fresh->has_tags &&
        strcmp(known->items[i].section.kin, fresh->kin) == 0)
      return &known->items[i];
  }
  return NULL;
}

static pl_status add(const update *u, pl_section *fresh) {
  pl_known *known = u->known;
  pl_known_endpoint *items = realloc(known->items, (known->count + 1) * sizeof(*items));
  if (items == NULL)
    return PL_ERR_MEMORY;
  known->items = items;
  char wanted[PL_LIMIT_NAME + 1];
  memcpy(wanted, fresh->name, sizeof(wanted));
  for (unsigned n = 1; has_name(known, fresh->name); n++)
    snprintf(fresh->name, sizeof(fresh->name), n == 1 ? "%.30s-%s" : "%.25s-%s-%u", wanted,
             fresh->id + strlen("vpce-"), n);
  known->items[known->count++] =
      (pl_known_endpoint){.section = *fresh, .seen = u->now, .is_new = known->begun};
  *fresh = (pl_section){.text = NULL};
  tell(u, PL_CHANGE_ADDED, &known->items[known->count - 1], NULL);
  return PL_OK;
}

/* Endpoints of a scope that could be read and that no list has. */
static void count_missing(const update *u) {
  for (size_t i = 0; i < u->known->count; i++) {
    pl_known_endpoint *endpoint = &u->known->items[i];
    bool was_read = u->discovery->scopes[endpoint->section.scope].problem == NULL;
    bool found = false;
    for (size_t k = 0; k < u->fresh->count && was_read && !found; k++)
      found = strcmp(u->fresh->items[k].id, endpoint->section.id) == 0;
    if (was_read && !found)
      endpoint->missing++;
  }
}

/* One that was created before the old one was deleted already has a name of its own. */
static pl_known_endpoint *find_successor(const pl_known *known, const pl_known_endpoint *gone) {
  for (size_t i = 0; i < known->count; i++) {
    pl_known_endpoint *other = &known->items[i];
    if (other != gone && other->is_new && other->missing == 0 && gone->section.has_tags &&
        strcmp(other->section.kin, gone->section.kin) == 0)
      return other;
  }
  return NULL;
}

static pl_status remove_deleted(const update *u) {
  pl_known *known = u->known;
  pl_status status = PL_OK;
  for (size_t i = 0; i < known->count && status == PL_OK;) {
    pl_known_endpoint *endpoint = &known->items[i];
    if (endpoint->missing < PL_KNOWN_MISSING) {
      i++;
      continue;
    }
    const pl_known_endpoint *successor = find_successor(known, endpoint);
    if (successor == NULL) {
      tell(u, PL_CHANGE_DELETED, endpoint, NULL);
      remove_at(known, i);
      continue;
    }
    size_t index = (size_t)(successor - known->items);
    status = replace_id(u, endpoint, successor->section.id, successor->seen);
    if (status != PL_OK)
      break;
    remove_at(known, index);
    i = 0; /* the others have moved */
  }
  return status;
}

pl_status pl_known_update(pl_known *known, const pl_discovery *discovery, pl_sections *fresh,
                          int64_t now, pl_known_report report, void *user) {
  update u = {known, discovery, fresh, now, report, user};
  pl_status status = PL_OK;
  count_missing(&u);
  for (size_t i = 0; i < fresh->count && status == PL_OK; i++) {
    pl_section *section = &fresh->items[i];
    pl_known_endpoint *endpoint = find_id(known, section->id);
    pl_known_endpoint *missing = endpoint == NULL ? find_missing(known, section) : NULL;
    if (endpoint != NULL)
      note_seen(&u, endpoint, section);
    else if (missing != NULL)
      status = replace_id(&u, missing, section->id, now);
    else
      status = add(&u, section);
  }
  if (status == PL_OK)
    status = remove_deleted(&u);
  known->begun = true;
  return status;
}

void pl_known_free(pl_known *known) {
  for (size_t i = 0; i < known->count; i++)
    pl_section_free(&known->items[i].section);
  free(known->items);
  *known = (pl_known){0};
}
