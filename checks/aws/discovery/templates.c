/* Reads the templates of a discovery, and refuses what a tag must not decide. */
#include "aws/discovery/templates.h"
#include "base/ini.h"
#include "options/presets.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "template "
#define COMMON "*"
#define SERVICE "service:"
#define TAG "tag:"

typedef struct reader {
  pl_templates templates;
  const char *path;
  unsigned front_ends;
  pl_error *error;
  pl_spec scratch; /* values are checked in it */
} reader;

/* ---- rules ---------------------------------------------------------------------------------- */

bool pl_template_option_is_key(pl_option_id id) {
  static const pl_option_id keys[] = {PL_OPTION_API_KEY_FILE, PL_OPTION_PUBLIC_KEY_FILE,
                                      PL_OPTION_CLIENT_CERT, PL_OPTION_CLIENT_KEY};
  return pl_option_is_among(id, keys, PL_COUNT_OF(keys));
}

bool pl_template_option_is_public(pl_option_id id) {
  return id == PL_OPTION_PUBLIC_NAME || id == PL_OPTION_TENANT || id == PL_OPTION_PRESET;
}

bool pl_template_option_is_safe(pl_option_id id) {
  const pl_option_group group = pl_option_at(id)->group;
  return group == PL_GROUP_STATE || group == PL_GROUP_GENERAL;
}

/* The discovery gives these. */
static bool is_of_discovery(pl_option_id id) {
  static const pl_option_id own[] = {PL_OPTION_NAME,
                                     PL_OPTION_ENDPOINT_ID,
                                     PL_OPTION_REGION,
                                     PL_OPTION_AWS_PROFILE,
                                     PL_OPTION_AWS_ROLE_ARN,
                                     PL_OPTION_AWS_EXTERNAL_ID,
                                     PL_OPTION_AWS_ENDPOINT_URL,
                                     PL_OPTION_AWS_READABLE_FILE};
  return pl_option_is_among(id, own, PL_COUNT_OF(own));
}

/* What proves a block, which checks run, and where keys go, is not for the owner of a tag. */
static bool tag_may_have(const pl_option *option) {
  static const pl_option_id never[] = {PL_OPTION_CHECK, PL_OPTION_USE_IPV4, PL_OPTION_USE_IPV6};
  if (pl_template_option_is_key(option->id) ||
      pl_option_is_among(option->id, never, PL_COUNT_OF(never)))
    return false;
  return option->group != PL_GROUP_PUBLIC || option->id == PL_OPTION_TENANT ||
         option->id == PL_OPTION_USER_AGENT || option->id == PL_OPTION_STATE_DIR;
}

/* ---- reading -------------------------------------------------------------------------------- */

static pl_status fail_at(const reader *r, const pl_ini_event *event, const char *text) {
  return pl_fail(r->error, PL_ERR_INVALID, "%s line %u: %s", r->path, event->line, text);
}

static int compare_texts(const void *a, const void *b) { return strcmp(a, b); }

static pl_status add_text(void **tree, const char *text) {
  char *copy = strdup(text);
  char *const *kept = copy != NULL ? tsearch(copy, tree, compare_texts) : NULL;
  if (kept == NULL || *kept != copy) /* no memory, or it is there */
    free(copy);
  return kept != NULL ? PL_OK : PL_ERR_MEMORY;
}

bool pl_template_is(const char *section) { return strncmp(section, PREFIX, strlen(PREFIX)) == 0; }

/* "rockset", "service:NAME", "tag:KEY=VALUE". */
static pl_status begin_template(reader *r, const pl_ini_event *event) {
  const char *what = event->section + strlen(PREFIX);
  what += strspn(what, " \t");
  pl_templates *all = &r->templates;
  pl_template *items = realloc(all->items, (all->count + 1) * sizeof(*items));
  if (items == NULL)
    return PL_ERR_MEMORY;
  all->items = items;
  pl_template *template = &items[all->count++];
  *template = (pl_template){.kind = PL_TEMPLATE_PRESET};
  const char *equals = strchr(what, '=');
  if (strncmp(what, SERVICE, strlen(SERVICE)) == 0) {
    template->kind = PL_TEMPLATE_SERVICE;
    template->key = strdup(what + strlen(SERVICE));
  } else if (strncmp(what, TAG, strlen(TAG)) == 0 && equals != NULL) {
    template->kind = PL_TEMPLATE_TAG;
    what += strlen(TAG);
    template->key = strndup(what, (size_t)(equals - what));
    template->value = strdup(equals + 1);
  } else if (pl_preset_find(what) != NULL) {
    template->key = strdup(pl_preset_find(what)->name);
  } else {
    return fail_at(r, event,
                   "a template is [template PRESET] (--list-presets), [template "
                   "service:NAME] or [template tag:KEY=VALUE]");
  }
  if (template->kind != PL_TEMPLATE_TAG)
    template->value = strdup("");
  return template->key != NULL && template->value != NULL ? PL_OK : PL_ERR_MEMORY;
}

static pl_status add_entry(reader *r, const pl_ini_event *event) {
  pl_template *template = &r->templates.items[r->templates.count - 1];
  const pl_option *option = pl_option_find(event->key, r->front_ends);
  pl_error problem;
  if (option == NULL)
    return fail_at(r, event, "unknown option; --help lists all");
  if (is_of_discovery(option->id))
    return fail_at(r, event, "not allowed in a template: the discovery gives this option");
  if (template->kind == PL_TEMPLATE_TAG && !tag_may_have(option))
    return fail_at(r, event,
                   "not allowed in a template of a tag, because who sets the tag would decide what "
                   "proves a block, or who gets a key; use [template service:NAME]");
  pl_status status =
      pl_spec_set(&r->scratch, option->id, PL_LAYER_SECTION, &event->value, 1, &problem);
  if (status == PL_ERR_INVALID || status == PL_ERR_LIMIT) {
    pl_error_redact(&problem, event->value);
    return fail_at(r, event, problem.text);
  }
  if (status != PL_OK)
    return status;
  pl_template_entry *entries = realloc(template->entries, (template->count + 1) * sizeof(*entries));
  if (entries == NULL)
    return PL_ERR_MEMORY;
  template->entries = entries;
  entries[template->count] = (pl_template_entry){option->id, strdup(event->value)};
  return entries[template->count++].value != NULL ? PL_OK : PL_ERR_MEMORY;
}

/* [*] holds for endpoints of anybody's service: a key would go to all of them. */
static pl_status check_other(reader *r, const pl_ini_event *event) {
  const pl_option *option = pl_option_find(event->key, r->front_ends);
  if (option == NULL)
    return PL_OK; /* the reader of the configuration reports it */
  if (strcmp(event->section, COMMON) == 0 && pl_template_option_is_key(option->id))
    return fail_at(r, event,
                   "a key in [*] would go to every endpoint that is found: write it into "
                   "[template PRESET] or [template service:NAME]");
  if (strcmp(event->section, COMMON) == 0 && pl_template_option_is_public(option->id))
    r->templates.public_side = true;
  if (option->id == PL_OPTION_ENDPOINT_ID)
    return add_text(&r->templates.ids, event->value);
  return option->id == PL_OPTION_NAME ? add_text(&r->templates.names, event->value) : PL_OK;
}

static pl_status on_event(void *user, const pl_ini_event *event) {
  reader *r = user;
  bool is_template = pl_template_is(event->section);
  if (event->problem != NULL)
    return is_template ? fail_at(r, event, event->problem) : PL_OK;
  if (event->key == NULL && is_template)
    return begin_template(r, event);
  if (event->key == NULL) {
    r->templates.has_endpoint |= strcmp(event->section, COMMON) != 0;
    return add_text(&r->templates.names, event->section);
  }
  return is_template ? add_entry(r, event) : check_other(r, event);
}

pl_status pl_templates_read(const char *text, size_t length, const char *path, unsigned front_ends,
                            pl_templates *ret_templates, pl_error *error) {
  reader r = {.path = path, .front_ends = front_ends, .error = error};
  pl_spec_init(&r.scratch);
  pl_status status = pl_ini_read(text, length, on_event, &r);
  pl_spec_free(&r.scratch);
  if (status == PL_ERR_MEMORY)
    pl_error_set(error, "out of memory");
  if (status == PL_OK)
    *ret_templates = r.templates;
  else
    pl_templates_free(&r.templates);
  return status;
}

pl_status pl_templates_reserve(pl_templates *templates, const char *name, const char *id) {
  pl_status status = add_text(&templates->names, name);
  return status == PL_OK && id != NULL ? add_text(&templates->ids, id) : status;
}

void pl_templates_free(pl_templates *templates) {
  for (size_t i = 0; i < templates->count; i++) {
    pl_template *template = &templates->items[i];
    for (size_t k = 0; k < template->count; k++)
      free(template->entries[k].value);
    free(template->entries);
    free(template->key);
    free(template->value);
  }
  free(templates->items);
  tdestroy(templates->names, free);
  tdestroy(templates->ids, free);
  *templates = (pl_templates){0};
}

bool pl_templates_have_name(const pl_templates *templates, const char *name) {
  return tfind(name, &templates->names, compare_texts) != NULL;
}

bool pl_templates_have_id(const pl_templates *templates, const char *id) {
  return tfind(id, &templates->ids, compare_texts) != NULL;
}

/* ---- matching ------------------------------------------------------------------------------- */

bool pl_template_matches(const pl_template *template, const pl_ec2_listed *listed) {
  const char *service = listed->endpoint->service_name;
  const pl_preset_region *region;
  const pl_preset *preset;
  const char *value;
  switch (template->kind) {
  case PL_TEMPLATE_PRESET:
    preset = pl_preset_find_service(service, &region);
    return preset != NULL && strcmp(preset->name, template->key) == 0;
  case PL_TEMPLATE_SERVICE:
    return strcmp(service, template->key) == 0;
  case PL_TEMPLATE_TAG:
    value = pl_ec2_tag_value(listed, template->key);
    return value != NULL && strcmp(value, template->value) == 0;
  }
  return false;
}
