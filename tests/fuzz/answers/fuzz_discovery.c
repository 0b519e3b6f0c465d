// Fuzzes discovery: whatever tags and names an API answers, the configuration has the endpoints
// that were found, and nothing else.
#include "aws/discovery/sections.h"
#include "base/ini.h"
#include "options/parse.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4 };

static void require(bool condition) {
  if (!condition)
    abort();
}

typedef struct input {
  const uint8_t *data;
  size_t size;
} input;

/* The next text of the input, which a NUL ends. */
static void take(input *in, char *text, size_t size) {
  size_t length = strnlen((const char *)in->data, in->size);
  size_t kept = length < size - 1 ? length : size - 1;
  if (kept > 0)
    memcpy(text, in->data, kept);
  text[kept] = '\0';
  size_t taken = length < in->size ? length + 1 : length;
  in->data += taken;
  in->size -= taken;
}

static void add(pl_scope *scope, unsigned index, input *in) {
  pl_ec2_listed *listed = PL_EC2_ADD(scope->answer.endpoints);
  require(listed != NULL && pl_endpoint_create("", &listed->endpoint) == PL_OK);
  pl_endpoint *endpoint = listed->endpoint;
  snprintf(endpoint->id, sizeof(endpoint->id), "vpce-%017x", index);
  memcpy(listed->id.text, endpoint->id, sizeof(listed->id.text));
  endpoint->known = true;
  endpoint->type = PL_ENDPOINT_TYPE_INTERFACE;
  endpoint->private_dns = PL_TRI_YES;
  endpoint->dns_entries = calloc(2, sizeof(*endpoint->dns_entries));
  require(endpoint->dns_entries != NULL);
  endpoint->dns_entry_count = 2;
  for (size_t i = 0; i < 2; i++)
    take(in, endpoint->dns_entries[i].name, sizeof(endpoint->dns_entries[i].name));
  take(in, endpoint->service_name, sizeof(endpoint->service_name));
  take(in, endpoint->service_region, sizeof(endpoint->service_region));
  static const char *const keys[] = {"Name", "team"};
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++) {
    char value[300];
    take(in, value, sizeof(value));
    pl_ec2_tag *tag = PL_EC2_ADD(listed->tags);
    require(tag != NULL);
    *tag = (pl_ec2_tag){strdup(keys[i]), strdup(value)};
    require(tag->key != NULL && tag->value != NULL);
  }
}

typedef struct seen {
  const pl_sections *sections;
  size_t count, ids;
  bool other; /* of a further private name */
} seen;

/* "NAME.dns-2" of the section before; or that of its id, if the name is long. */
static bool is_other(const seen *s, const char *name) {
  if (s->count == 0)
    return false;
  const pl_section *before = &s->sections->items[s->count - 1];
  char wanted[2][100];
  snprintf(wanted[0], sizeof(wanted[0]), "%s.dns-2", before->name);
  snprintf(wanted[1], sizeof(wanted[1]), "%s.dns-2", before->id);
  return strcmp(name, wanted[0]) == 0 || strcmp(name, wanted[1]) == 0;
}

static pl_status on_event(void *user, const pl_ini_event *event) {
  static const char *const keys[] = {"endpoint-id",  "region",       "service-name",   "preset",
                                     "private-name", "private-dns",  "service-region", "check",
                                     "min-zones",    "further-names"};
  seen *s = user;
  require(event->problem == NULL);
  if (event->key == NULL) {
    require(pl_valid_name(event->section));
    s->other = s->count == s->sections->count ||
               strcmp(event->section, s->sections->items[s->count].name) != 0;
    require(!s->other || is_other(s, event->section));
    s->count += !s->other;
    return PL_OK;
  }
  bool known = false;
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++)
    known = known || strcmp(event->key, keys[i]) == 0;
  require(known);
  if (strcmp(event->key, "endpoint-id") == 0) {
    require(strcmp(event->value, s->sections->items[s->count - 1].id) == 0);
    s->ids += !s->other;
  }
  pl_spec spec;
  pl_spec_init(&spec);
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG);
  require(pl_spec_set(&spec, option->id, PL_LAYER_SECTION, &event->value, 1, NULL) == PL_OK);
  pl_spec_free(&spec);
  return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char text[] = "[template tag:team=data]\nmin-zones = 1\n";
  input in = {data, size};
  pl_scope scope = {.region = "eu-central-1"};
  pl_discovery discovery = {.scopes = &scope, .count = 1};
  pl_templates templates;
  pl_sections sections;
  pl_section_common common = {0};
  unsigned count = 0;
  while (count < MOST && in.size > 0)
    add(&scope, count++, &in);
  require(pl_templates_read(text, strlen(text), "t", PL_FRONT_END_CONFIG, &templates, NULL) ==
          PL_OK);
  require(pl_sections_make(&discovery, &templates, &common, &sections) == PL_OK);
  require(sections.count == count);
  pl_buf ini, collectd;
  pl_buf_init(&ini, 1 << 20);
  pl_buf_init(&collectd, 1 << 20);
  for (size_t i = 0; i < sections.count; i++)
    pl_section_add(&ini, &sections.items[i]);
  seen s = {.sections = &sections};
  require(pl_ini_read(pl_buf_text(&ini), ini.length, on_event, &s) == PL_OK);
  require(s.count == count && s.ids == count);
  require(pl_sections_add_collectd(&collectd, pl_buf_text(&ini), ini.length) == PL_OK);
  pl_buf_free(&ini);
  pl_buf_free(&collectd);
  pl_sections_free(&sections);
  pl_templates_free(&templates);
  pl_ec2_answer_free(&scope.answer);
  return 0;
}
