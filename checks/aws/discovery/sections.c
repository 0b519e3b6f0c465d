/* Writes a section of configuration for each endpoint that a discovery found. */
#include "aws/discovery/sections.h"
#include "aws/discovery/entry.h"
#include "base/ini.h"
#include "facts/partition.h"
#include "options/complete.h"
#include "options/presets.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SETTINGS_MAX (PL_OPTION_COUNT + 4 * PL_LIMIT_LIST)
#define TEXT_MAX ((size_t)1 << 20)

/* ---- names ---------------------------------------------------------------------------------- */

void pl_section_name(const char *text, char ret_name[PL_LIMIT_NAME + 1]) {
  size_t length = 0;
  for (; *text != '\0' && length < PL_LIMIT_NAME; text++) {
    bool good = strchr(PL_LOWER PL_UPPER PL_DIGITS "_.", *text) != NULL;
    if (good)
      ret_name[length++] = *text;
    else if (length > 0 && ret_name[length - 1] != '-')
      ret_name[length++] = '-';
  }
  while (length > 0 && ret_name[length - 1] == '-')
    length--;
  ret_name[length] = '\0';
}

#define OTHER ".dns-" /* and a number: the section of a further private name */

static bool is_of_other(const char *name) {
  const char *end = strrchr(name, '.');
  return end != NULL && strncmp(end, OTHER, strlen(OTHER)) == 0 &&
         end[strlen(OTHER) + strspn(end + strlen(OTHER), PL_DIGITS)] == '\0';
}

static int compare_texts(const void *a, const void *b) { return strcmp(a, b); }

static void keep_text(void *text) { (void)text; }

pl_status pl_section_take_name(void **taken, const char *name) {
  return tsearch(name, taken, compare_texts) != NULL ? PL_OK : PL_ERR_MEMORY;
}

pl_status pl_section_choose_name(void **taken, const pl_templates *templates, const char *wanted,
                                 const char *id, char ret_name[PL_LIMIT_NAME + 1]) {
  char name[PL_LIMIT_NAME + 1];
  pl_buf buf;
  for (unsigned attempt = 0;; attempt++) {
    pl_buf_fixed(&buf, name, sizeof(name));
    int most = PL_LIMIT_NAME - (int)strlen(id) - 12;
    if (attempt == 0)
      pl_buf_add(&buf, wanted[0] != '\0' ? wanted : id);
    else if (attempt == 1 && wanted[0] != '\0')
      pl_buf_addf(&buf, "%.*s-%s", most, wanted, id + strlen("vpce-"));
    else
      pl_buf_addf(&buf, "%.*s-%s-%u", most, wanted, id + strlen("vpce-"), attempt);
    if (!is_of_other(name) && tfind(name, taken, compare_texts) == NULL &&
        (templates == NULL || !pl_templates_have_name(templates, name)))
      break;
  }
  memcpy(ret_name, name, sizeof(name));
  return pl_section_take_name(taken, ret_name);
}

void pl_section_free_names(void *taken) { tdestroy(taken, keep_text); }

/* ---- the settings of one section ------------------------------------------------------------- */

typedef struct setting {
  pl_option_id id;
  const char *value;
} setting;

typedef struct settings {
  setting items[SETTINGS_MAX];
  size_t count;
  bool overflow;
  pl_buf notes; /* comments */
} settings;

static const char *get(const settings *e, pl_option_id id) {
  for (size_t i = 0; i < e->count; i++) {
    if (e->items[i].id == id)
      return e->items[i].value;
  }
  return NULL;
}

static void drop(settings *e, pl_option_id id) {
  size_t kept = 0;
  for (size_t i = 0; i < e->count; i++) {
    if (e->items[i].id != id)
      e->items[kept++] = e->items[i];
  }
  e->count = kept;
}

/* A later value replaces an earlier one. NULL is no value. */
static void put(settings *e, pl_option_id id, const char *value) {
  if (value == NULL)
    return;
  if (!pl_option_at(id)->repeatable)
    drop(e, id);
  if (e->count < SETTINGS_MAX)
    e->items[e->count++] = (setting){id, value};
  else
    e->overflow = true;
}

static bool has_key(const settings *e) {
  for (size_t i = 0; i < e->count; i++) {
    if (pl_template_option_is_key(e->items[i].id))
      return true;
  }
  return false;
}

/* The name is learned from the list, for the names that a resolver can be asked for. */
static const char *private_name_of(const pl_endpoint *endpoint) {
  return endpoint->private_dns == PL_TRI_YES ? pl_endpoint_private_name(endpoint) : NULL;
}

static void put_found(settings *e, const pl_scope *scope, const pl_ec2_listed *listed,
                      const pl_section_common *common) {
  const pl_endpoint *endpoint = listed->endpoint;
  const pl_preset_region *region = NULL;
  const pl_preset *preset = pl_preset_find_service(endpoint->service_name, &region);
  const char *service_region = preset != NULL ? region->region : endpoint->service_region;
  put(e, PL_OPTION_ENDPOINT_ID, endpoint->id);
  put(e, PL_OPTION_REGION, scope->region);
  put(e, PL_OPTION_AWS_PROFILE, common->profile);
  put(e, PL_OPTION_AWS_ROLE_ARN, scope->role_arn);
  put(e, PL_OPTION_AWS_EXTERNAL_ID, scope->role_arn != NULL ? common->external_id : NULL);
  put(e, PL_OPTION_AWS_ENDPOINT_URL, common->endpoint_url);
  put(e, PL_OPTION_AWS_READABLE_FILE, common->readable_file);
  if (pl_valid_service_name(endpoint->service_name))
    put(e, PL_OPTION_SERVICE_NAME, endpoint->service_name);
  if (pl_valid_region(service_region) && strcmp(service_region, scope->region) != 0)
    put(e, PL_OPTION_SERVICE_REGION, service_region);
  put(e, PL_OPTION_PRESET, preset != NULL ? preset->name : NULL);
  put(e, PL_OPTION_PRIVATE_NAME, private_name_of(endpoint));
  /* A preset knows what its provider wants. Elsewhere, later changes count, not what was found. */
  if (preset == NULL || !preset->private_dns_on)
    put(e, PL_OPTION_PRIVATE_DNS, endpoint->private_dns == PL_TRI_YES ? "on" : "any");
}

/* A public name that the service itself gives, or its template. */
static bool has_public_side(const settings *e, const pl_endpoint *endpoint) {
  const pl_preset_region *region = NULL;
  const pl_preset *preset = pl_preset_find_service(endpoint->service_name, &region);
  return get(e, PL_OPTION_PUBLIC_NAME) != NULL || get(e, PL_OPTION_TENANT) != NULL ||
         (preset != NULL && region->public_name != NULL);
}

static void put_template(settings *e, const pl_template *template, bool limited) {
  for (size_t i = 0; i < template->count; i++) {
    const pl_template_entry *of = &template->entries[i];
    if (!limited || pl_template_option_is_safe(of->id))
      put(e, of->id, of->value);
    else
      pl_buf_addf(&e->notes, "# %s of the template of a tag is left out: see docs/discovery.md\n",
                  pl_option_at(of->id)->name);
  }
}

static void put_templates(settings *e, const pl_templates *templates, const pl_ec2_listed *listed) {
  for (unsigned kind = PL_TEMPLATE_PRESET; kind <= PL_TEMPLATE_SERVICE; kind++) {
    for (size_t i = 0; i < templates->count; i++) {
      const pl_template *template = &templates->items[i];
      if (template->kind == (pl_template_kind)kind && pl_template_matches(template, listed))
        put_template(e, template, false);
    }
  }
  bool limited = templates->public_side || has_public_side(e, listed->endpoint) || has_key(e);
  for (size_t i = 0; i < templates->count; i++) {
    const pl_template *template = &templates->items[i];
    if (template->kind != PL_TEMPLATE_TAG || !pl_template_matches(template, listed))
      continue;
    put_template(e, template, limited);
    return; /* only the first: who sets the tags must not combine templates */
  }
}

/* Checks that could only say that they lack a name. */
static void put_checks(settings *e, const pl_endpoint *endpoint) {
  if (get(e, PL_OPTION_TENANT) != NULL)
    drop(e, PL_OPTION_PRIVATE_NAME); /* the tenant gives both names, unless a template has one */
  const char *preset_name = get(e, PL_OPTION_PRESET);
  const pl_preset *preset = preset_name != NULL ? pl_preset_find(preset_name) : NULL;
  bool named = get(e, PL_OPTION_PRIVATE_NAME) != NULL || get(e, PL_OPTION_TENANT) != NULL ||
               get(e, PL_OPTION_ADDRESS) != NULL;
  bool learned =
      endpoint->private_dns == PL_TRI_YES && (endpoint->type == PL_ENDPOINT_TYPE_RESOURCE ||
                                              endpoint->type == PL_ENDPOINT_TYPE_SERVICE_NETWORK);
  if (named || learned || (preset != NULL && preset->private_dns_on) ||
      get(e, PL_OPTION_CHECK) != NULL)
    return;
  pl_buf_add(&e->notes, "# no private name is known: give private-name for dns and port\n");
  put(e, PL_OPTION_CHECK, get(e, PL_OPTION_PUBLIC_NAME) != NULL ? "state,public" : "state");
}

static int compare_names(const void *a, const void *b) {
  return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, because the API gives them in any order. Without further-names, each is judged once, in
 * the section that it gets. */
static void add_others(pl_buf *buf, settings *e, const pl_endpoint *endpoint) {
  const char *names[PL_LIMIT_FURTHER] = {NULL}, *used = get(e, PL_OPTION_PRIVATE_NAME), *name;
  size_t count = 0;
  for (size_t cursor = 0;
       (name = pl_endpoint_next_name(endpoint, used != NULL ? used : "", &cursor)) != NULL;)
    names[count++] = name;
  qsort(names, count, sizeof(*names), compare_names);
  for (size_t i = 0; i < count; i++)
    pl_buf_addf(buf, "%s\n", names[i]);
  if (count > 0)
    put(e, PL_OPTION_FURTHER_NAMES, "skip");
}

static void add_kin(pl_buf *buf, const pl_scope *scope, const pl_ec2_listed *listed) {
  pl_buf_addf(buf, "%s\n%s\n%s\n%s\n", scope->role_arn != NULL ? scope->role_arn : "",
              scope->region, listed->endpoint->service_name, listed->endpoint->resource);
  for (size_t i = 0; i < listed->tags.count; i++) {
    const pl_ec2_tag *tag = &listed->tags.items[i];
    pl_buf_addf(buf, "%zu %zu %s%s\n", strlen(tag->key), strlen(tag->value), tag->key, tag->value);
  }
}

static pl_status take_text(pl_buf *buf, char **ret_text) {
  pl_status status = pl_buf_status(buf);
  if (status == PL_OK)
    *ret_text = strdup(pl_buf_text(buf));
  pl_buf_free(buf);
  return status == PL_OK && *ret_text != NULL ? PL_OK : PL_ERR_MEMORY;
}

static pl_status make_section(const pl_scope *scope, const pl_ec2_listed *listed,
                              const pl_templates *templates, const pl_section_common *common,
                              pl_section *ret_section) {
  pl_section section = {.text = NULL};
  settings e = {.count = 0};
  pl_buf text, kin, others;
  pl_buf_init(&e.notes, TEXT_MAX);
  pl_buf_init(&text, TEXT_MAX);
  pl_buf_init(&kin, TEXT_MAX);
  pl_buf_init(&others, TEXT_MAX);
  memcpy(section.id, listed->id.text, sizeof(section.id));
  put_found(&e, scope, listed, common);
  put_templates(&e, templates, listed);
  put_checks(&e, listed->endpoint);
  add_others(&others, &e, listed->endpoint);
  pl_buf_add(&text, pl_buf_text(&e.notes));
  for (size_t i = 0; i < e.count; i++)
    pl_buf_addf(&text, "%s = %s\n", pl_option_at(e.items[i].id)->name, e.items[i].value);
  add_kin(&kin, scope, listed);
  pl_status status = e.overflow ? PL_ERR_LIMIT : pl_buf_status(&e.notes);
  pl_buf_free(&e.notes);
  if (status == PL_OK)
    status = take_text(&text, &section.text);
  if (status == PL_OK)
    status = take_text(&kin, &section.kin);
  if (status == PL_OK)
    status = take_text(&others, &section.others);
  if (status == PL_OK && (section.facts = pl_entry_facts(listed)) == NULL)
    status = PL_ERR_MEMORY;
  pl_buf_free(&others);
  pl_buf_free(&text);
  pl_buf_free(&kin);
  if (status == PL_OK)
    *ret_section = section;
  else
    pl_section_free(&section);
  return status;
}

/* ---- all sections --------------------------------------------------------------------------- */

typedef struct found {
  const pl_scope *scope;
  const pl_ec2_listed *listed;
} found;

static int compare_found(const void *a, const void *b) {
  const pl_endpoint *x = ((const found *)a)->listed->endpoint;
  const pl_endpoint *y = ((const found *)b)->listed->endpoint;
  if (x->created != y->created)
    return x->created < y->created ? -1 : 1;
  int order = strcmp(x->id, y->id);
  const pl_scope *first = ((const found *)a)->scope, *second = ((const found *)b)->scope;
  return order != 0 ? order : (first > second) - (first < second);
}

/* Gateways have nothing to check, and what is being deleted is as good as gone. */
static bool is_wanted(const pl_endpoint *endpoint) {
  return pl_valid_endpoint_id(endpoint->id) && endpoint->type != PL_ENDPOINT_TYPE_GATEWAY &&
         endpoint->state != PL_ENDPOINT_STATE_DELETING &&
         endpoint->state != PL_ENDPOINT_STATE_DELETED;
}

/* One for each endpoint that needs a section, the oldest first; NULL: no memory. */
static found *collect(const pl_discovery *discovery, const pl_templates *templates,
                      size_t *ret_count, size_t *ret_left_out) {
  size_t room = 1, count = 0;
  for (size_t i = 0; i < discovery->count; i++)
    room += discovery->scopes[i].answer.endpoints.count;
  found *all = calloc(room, sizeof(*all));
  *ret_left_out = 0;
  for (size_t i = 0; all != NULL && i < discovery->count; i++) {
    const pl_scope *scope = &discovery->scopes[i];
    for (size_t k = 0; k < scope->answer.endpoints.count; k++) {
      const pl_ec2_listed *listed = &scope->answer.endpoints.items[k];
      if (!is_wanted(listed->endpoint))
        ++*ret_left_out;
      else if (!pl_templates_have_id(templates, listed->id.text))
        all[count++] = (found){scope, listed};
    }
  }
  if (all == NULL)
    return NULL;
  qsort(all, count, sizeof(*all), compare_found);
  /* The same endpoint in two scopes: its role may read another's account. */
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (kept == 0 || strcmp(all[kept - 1].listed->id.text, all[i].listed->id.text) != 0)
      all[kept++] = all[i];
  }
  *ret_count = kept;
  return all;
}

static pl_status name_sections(const found *all, const pl_templates *templates,
                               pl_sections *sections) {
  void *taken = NULL;
  pl_status status = PL_OK;
  for (size_t i = 0; i < sections->count && status == PL_OK; i++) {
    char wanted[PL_LIMIT_NAME + 1];
    const char *tag = pl_ec2_tag_value(all[i].listed, "Name"), *before = all[i].listed->name;
    pl_section_name(before[0] != '\0' ? before : tag != NULL ? tag : "", wanted);
    status = pl_section_choose_name(&taken, templates, wanted, sections->items[i].id,
                                    sections->items[i].name);
  }
  pl_section_free_names(taken);
  return status;
}

pl_status pl_sections_make(const pl_discovery *discovery, const pl_templates *templates,
                           const pl_section_common *common, pl_sections *ret_sections) {
  pl_sections sections = {0};
  size_t count = 0;
  found *all = collect(discovery, templates, &count, &sections.left_out);
  pl_status status = all != NULL ? PL_OK : PL_ERR_MEMORY;
  sections.items = calloc(count + 1, sizeof(*sections.items));
  if (sections.items == NULL)
    status = PL_ERR_MEMORY;
  if (status == PL_OK && count > PL_LIMIT_ENDPOINTS)
    status = PL_ERR_LIMIT;
  for (; sections.count < count && status == PL_OK; sections.count++) {
    pl_section *section = &sections.items[sections.count];
    status = make_section(all[sections.count].scope, all[sections.count].listed, templates, common,
                          section);
    section->scope = (size_t)(all[sections.count].scope - discovery->scopes);
    section->has_tags = all[sections.count].listed->tags.count > 0;
    section->seen = all[sections.count].listed->seen;
  }
  if (status == PL_OK)
    status = name_sections(all, templates, &sections);
  free(all);
  if (status == PL_OK)
    *ret_sections = sections;
  else
    pl_sections_free(&sections);
  return status;
}

void pl_section_free(pl_section *section) {
  free(section->kin);
  free(section->text);
  free(section->others);
  free(section->facts);
  *section = (pl_section){.text = NULL};
}

void pl_sections_free(pl_sections *sections) {
  for (size_t i = 0; i < sections->count; i++)
    pl_section_free(&sections->items[i]);
  free(sections->items);
  *sections = (pl_sections){0};
}

/* Whether a line of the endpoint's section is also for another name of it: not what belongs to the
 * first name, to the public side or to other checks. */
static bool is_for_others(const char *line) {
  char key[PL_LIMIT_NAME + 1] = "";
  size_t length = strcspn(line, " \n");
  if (length < sizeof(key))
    memcpy(key, line, length);
  const pl_option *option = pl_option_find(key, PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN);
  if (option == NULL || pl_template_option_is_key(option->id))
    return false;
  static const pl_option_id never[] = {
      PL_OPTION_PRIVATE_NAME, PL_OPTION_PUBLIC_NAME, PL_OPTION_PRESET,  PL_OPTION_CHECK,
      PL_OPTION_TLS_NAME,     PL_OPTION_WARNING,     PL_OPTION_CRITICAL};
  for (size_t i = 0; i < PL_COUNT_OF(never); i++) {
    if (option->id == never[i])
      return false;
  }
  return option->group != PL_GROUP_PUBLIC;
}

static void add_other(pl_buf *buf, const pl_section *section, const char *name, size_t length,
                      unsigned number) {
  bool fits = strlen(section->name) + strlen(OTHER "999") <= PL_LIMIT_NAME;
  pl_buf_addf(buf, "\n[%s" OTHER "%u]\n", fits ? section->name : section->id, number);
  for (const char *line = section->text; *line != '\0';) {
    size_t whole = strcspn(line, "\n");
    if (is_for_others(line))
      pl_buf_addf(buf, "%.*s\n", (int)whole, line);
    line += whole + (line[whole] == '\n');
  }
  pl_buf_addf(buf, "private-name = %.*s\ncheck = dns,port\n", (int)length, name);
}

void pl_section_add(pl_buf *buf, const pl_section *section) {
  pl_buf_addf(buf, "[%s]\n%s", section->name, section->text);
  unsigned number = 2;
  for (const char *name = section->others; name != NULL && *name != '\0'; number++) {
    size_t length = strcspn(name, "\n");
    add_other(buf, section, name, length, number);
    name += length + 1;
  }
}

/* ---- collectd.conf -------------------------------------------------------------------------- */

typedef struct writer {
  pl_buf *buf;
  bool in_block, common; /* the pass for [*] */
} writer;

static pl_status write_event(void *user, const pl_ini_event *event) {
  writer *w = user;
  bool is_common = strcmp(event->section, "*") == 0;
  if (event->problem != NULL || is_common != w->common || pl_template_is(event->section))
    return PL_OK;
  if (event->key == NULL && !is_common) {
    pl_buf_addf(w->buf, "%s  <Endpoint \"%s\">\n", w->in_block ? "  </Endpoint>\n" : "",
                event->section);
    w->in_block = true;
  }
  const pl_option *option =
      event->key != NULL ? pl_option_find(event->key, PL_FRONT_END_CONFIG | PL_FRONT_END_PLUGIN)
                         : NULL;
  if (option == NULL)
    return PL_OK;
  pl_buf_add(w->buf, is_common ? "  " : "    ");
  pl_option_add_collectd_name(w->buf, option);
  pl_buf_add(w->buf, " \"");
  for (const char *c = event->value; *c != '\0'; c++)
    pl_buf_addf(w->buf, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
  pl_buf_add(w->buf, "\"\n");
  return PL_OK;
}

pl_status pl_sections_add_collectd(pl_buf *buf, const char *ini, size_t length) {
  writer w = {.buf = buf, .common = true};
  pl_buf_add(buf, "LoadPlugin privatelink\n<Plugin privatelink>\n");
  pl_status status = pl_ini_read(ini, length, write_event, &w);
  w.common = false;
  if (status == PL_OK)
    status = pl_ini_read(ini, length, write_event, &w);
  pl_buf_addf(buf, "%s</Plugin>\n", w.in_block ? "  </Endpoint>\n" : "");
  return status != PL_OK ? status : pl_buf_status(buf);
}
