/* Follows the endpoints of a discovery: new, deleted and replaced ones. */
#include "aws/discovery/known.h"
#include <stdlib.h>
#include <string.h>

typedef struct update {
  pl_known *known;
  pl_discovery *discovery;
  int64_t now;
  pl_known_report report;
  void *user;
  /* Items from `added` on are new. From `unnamed` on, they have no name of their own yet. */
  size_t added, unnamed;
  pl_known_endpoint **gone, **came; /* room for all items */
} update;

static void tell(const update *u, pl_change_kind kind, const pl_known_endpoint *endpoint,
                 const char *before) {
  pl_change change = {.kind = kind,
                      .name = endpoint->section.name,
                      .id = endpoint->section.id,
                      .before = before,
                      .seen = endpoint->seen};
  if (u->report != NULL)
    u->report(u->user, &change);
}

/* ---- what the lists have -------------------------------------------------------------------- */

/* Keeps the name and the id of the endpoint. */
static void take_section(pl_section *section, pl_section *fresh) {
  const pl_section old = *section;
  *section = *fresh;
  *fresh = old;
  memcpy(section->name, old.name, sizeof(section->name));
  memcpy(section->id, old.id, sizeof(section->id));
}

/* Its tags decide templates, so another set of tags is another section. */
static void note_seen(const update *u, pl_known_endpoint *endpoint, pl_section *fresh) {
  pl_section *section = &endpoint->section;
  bool same_tags = strcmp(section->kin, fresh->kin) == 0;
  bool same_facts = !endpoint->remembered || (strcmp(section->text, fresh->text) == 0 &&
                                              strcmp(section->others, fresh->others) == 0);
  endpoint->seen = u->now;
  endpoint->missing = 0;
  if (section->scope != fresh->scope)
    return;
  endpoint->remembered = false;
  if (same_tags && same_facts)
    return;
  take_section(section, fresh);
  tell(u, same_tags ? PL_CHANGE_FACTS : PL_CHANGE_TAGS, endpoint, NULL);
}

static int compare_ids(const void *a, const void *b) {
  return strcmp((*(pl_known_endpoint *const *)a)->section.id,
                (*(pl_known_endpoint *const *)b)->section.id);
}

static int compare_id(const void *id, const void *member) {
  return strcmp(id, (*(pl_known_endpoint *const *)member)->section.id);
}

/* Marks what is there and what is missing, and takes over the sections of what is new. */
static void read_lists(update *u, pl_sections *fresh) {
  pl_known *known = u->known;
  pl_known_endpoint **by_id = u->gone;
  for (size_t i = 0; i < u->added; i++) {
    by_id[i] = &known->items[i];
    if (u->discovery->scopes[by_id[i]->section.scope].problem == NULL)
      by_id[i]->missing++;
  }
  qsort(by_id, u->added, sizeof(*by_id), compare_ids);
  for (size_t i = 0; i < fresh->count; i++) {
    pl_section *section = &fresh->items[i];
    pl_known_endpoint **found = bsearch(section->id, by_id, u->added, sizeof(*by_id), compare_id);
    if (found != NULL) {
      note_seen(u, *found, section);
      continue;
    }
    known->items[known->count++] =
        (pl_known_endpoint){.section = *section,
                            .seen = section->seen != 0 ? section->seen : u->now,
                            .is_new = u->discovery->scopes[section->scope].begun,
                            .remembered = section->seen != 0};
    *section = (pl_section){.text = NULL};
  }
}

/* ---- what has become of an endpoint --------------------------------------------------------- */

/* An endpoint whose section has no text is dropped at the end of the update. */
static bool is_dropped(const pl_known_endpoint *endpoint) { return endpoint->section.text == NULL; }

/* The same section with another id: what was expected of the one that is gone. Both are valid ids,
 * and no other value of the section has one. */
static pl_status replace_id(const update *u, pl_known_endpoint *endpoint,
                            pl_known_endpoint *successor) {
  char before[PL_LIMIT_AWS_ID + 1];
  const char *id = successor->section.id;
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
  memcpy(endpoint->section.id, id, sizeof(endpoint->section.id));
  endpoint->missing = 0;
  tell(u, PL_CHANGE_REPLACED, endpoint, before);
  endpoint->seen = successor->seen;
  pl_section_free(&successor->section);
  return PL_OK;
}

/* The older of two endpoints of the same kin is the first. */
static int compare_kin(const void *a, const void *b) {
  const pl_known_endpoint *first = *(pl_known_endpoint *const *)a;
  const pl_known_endpoint *second = *(pl_known_endpoint *const *)b;
  int order = strcmp(first->section.kin, second->section.kin);
  return order != 0 ? order : (first > second) - (first < second);
}

/* Pairs endpoints that at least so many lists lack with new ones of the same service and tags:
 * items from `first` on. Without tags, all endpoints of a service are alike. */
static pl_status follow(const update *u, unsigned missing, size_t first) {
  size_t gone = 0, came = 0;
  for (size_t i = 0; i < u->known->count; i++) {
    pl_known_endpoint *endpoint = &u->known->items[i];
    if (is_dropped(endpoint) || !endpoint->section.has_tags)
      continue;
    if (endpoint->missing >= missing)
      u->gone[gone++] = endpoint;
    else if (i >= first && endpoint->is_new && endpoint->missing == 0)
      u->came[came++] = endpoint;
  }
  qsort(u->gone, gone, sizeof(*u->gone), compare_kin);
  qsort(u->came, came, sizeof(*u->came), compare_kin);
  for (size_t i = 0, k = 0; i < gone && k < came;) {
    int order = strcmp(u->gone[i]->section.kin, u->came[k]->section.kin);
    if (order == 0 && replace_id(u, u->gone[i], u->came[k]) != PL_OK)
      return PL_ERR_MEMORY;
    i += order <= 0;
    k += order >= 0;
  }
  return PL_OK;
}

/* What is new gets a name that no other endpoint has. */
static pl_status name_new(update *u) {
  void *taken = NULL;
  pl_known_endpoint *items = u->known->items;
  pl_status status = PL_OK;
  for (size_t i = 0; i < u->added && u->added < u->known->count && status == PL_OK; i++)
    status = pl_section_take_name(&taken, items[i].section.name);
  for (; u->unnamed < u->known->count && status == PL_OK; u->unnamed++) {
    pl_section *section = &items[u->unnamed].section;
    if (is_dropped(&items[u->unnamed]))
      continue;
    char wanted[PL_LIMIT_NAME + 1];
    memcpy(wanted, section->name, sizeof(wanted));
    status = pl_section_choose_name(&taken, NULL, wanted, section->id, section->name);
    if (status != PL_OK)
      break;
    tell(u, PL_CHANGE_ADDED, &items[u->unnamed], NULL);
  }
  pl_section_free_names(taken);
  return status;
}

static void drop_deleted(const update *u) {
  for (size_t i = 0; i < u->known->count; i++) {
    pl_known_endpoint *endpoint = &u->known->items[i];
    if (is_dropped(endpoint) || endpoint->missing < PL_KNOWN_MISSING)
      continue;
    tell(u, PL_CHANGE_DELETED, endpoint, NULL);
    pl_section_free(&endpoint->section);
  }
}

/* What has no name of its own yet comes again with the next list. */
static void finish(const update *u) {
  pl_known *known = u->known;
  size_t kept = 0;
  for (size_t i = 0; i < known->count; i++) {
    if (i >= u->unnamed)
      pl_section_free(&known->items[i].section);
    if (!is_dropped(&known->items[i]))
      known->items[kept++] = known->items[i];
  }
  known->count = kept;
  for (size_t i = 0; i < u->discovery->count; i++)
    u->discovery->scopes[i].begun |= u->discovery->scopes[i].problem == NULL;
}

pl_status pl_known_update(pl_known *known, pl_discovery *discovery, pl_sections *fresh, int64_t now,
                          pl_known_report report, void *user) {
  size_t room = known->count + fresh->count + 1;
  pl_known_endpoint *items = realloc(known->items, room * sizeof(*items));
  if (items == NULL)
    return PL_ERR_MEMORY;
  known->items = items;
  update u = {.known = known,
              .discovery = discovery,
              .now = now,
              .report = report,
              .user = user,
              .added = known->count,
              .unnamed = known->count,
              .gone = calloc(room, sizeof(pl_known_endpoint *)),
              .came = calloc(room, sizeof(pl_known_endpoint *))};
  pl_status status = u.gone != NULL && u.came != NULL ? PL_OK : PL_ERR_MEMORY;
  if (status == PL_OK)
    read_lists(&u, fresh);
  if (status == PL_OK)
    status = follow(&u, 1, u.added);
  if (status == PL_OK)
    status = name_new(&u);
  /* One that was created before the old one was deleted already has a name of its own. */
  if (status == PL_OK)
    status = follow(&u, PL_KNOWN_MISSING, 0);
  if (status == PL_OK)
    drop_deleted(&u);
  finish(&u);
  free(u.gone);
  free(u.came);
  return status;
}

void pl_known_free(pl_known *known) {
  for (size_t i = 0; i < known->count; i++)
    pl_section_free(&known->items[i].section);
  free(known->items);
  *known = (pl_known){0};
}
