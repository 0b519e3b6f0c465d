/* Any bytes as what is remembered of a discovery: what is accepted can be written and read again
 * with the same result, and the configuration has the endpoints that it names, and nothing else. */
#include "aws/discovery/snapshot.h"
#include "base/ini.h"
#include "options/parse.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static pl_status on_event(void *user, const pl_ini_event *event) {
  static const char *const keys[] = {"endpoint-id",    "region",       "service-name",
                                     "preset",         "private-name", "private-dns",
                                     "service-region", "check",        "further-names"};
  (void)user;
  require(event->problem == NULL);
  if (event->key == NULL) {
    require(pl_valid_name(event->section));
    return PL_OK;
  }
  bool known = false;
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++)
    known = known || strcmp(event->key, keys[i]) == 0;
  require(known);
  pl_spec spec;
  pl_spec_init(&spec);
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG);
  require(pl_spec_set(&spec, option->id, PL_LAYER_SECTION, &event->value, 1, NULL) == PL_OK);
  pl_spec_free(&spec);
  return PL_OK;
}

/* Takes the answer of the scope over into what is known, and adds the text of that. */
static void take(pl_discovery *discovery, pl_known *known, pl_buf *text) {
  static const pl_templates templates = {.count = 0};
  static const pl_section_common common = {.profile = NULL};
  pl_sections sections;
  pl_buf ini;
  pl_buf_init(&ini, (size_t)1 << 24);
  pl_buf_init(text, PL_LIMIT_SNAPSHOT_FILE);
  require(pl_sections_make(discovery, &templates, &common, &sections) == PL_OK);
  for (size_t i = 0; i < sections.count; i++)
    pl_section_add(&ini, &sections.items[i]);
  require(pl_ini_read(pl_buf_text(&ini), ini.length, on_event, NULL) == PL_OK);
  require(pl_known_update(known, discovery, &sections, 0, NULL, NULL) == PL_OK);
  require(pl_snapshot_write(known, discovery, &common, text) == PL_OK);
  pl_sections_free(&sections);
  pl_ec2_answer_free(&discovery->scopes[0].answer);
  pl_known_free(known);
  pl_buf_free(&ini);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const pl_section_common common = {.profile = NULL};
  const pl_request request = {.condition_count = 0};
  pl_scope scope = {.role_arn = NULL};
  pl_discovery discovery = {.scopes = &scope, .count = 1, .request = &request};
  pl_known known = {.count = 0};
  pl_buf first, second;
  pl_error error = {""};
  pl_status status =
      pl_snapshot_read((const char *)data, size, &discovery, &common, &scope, &error);
  require((status == PL_OK) == (error.text[0] == '\0'));
  if (status != PL_OK)
    return 0;
  take(&discovery, &known, &first);
  require(pl_snapshot_read(first.data, first.length, &discovery, &common, &scope, &error) == PL_OK);
  take(&discovery, &known, &second);
  require(strcmp(first.data, second.data) == 0);
  pl_buf_free(&first);
  pl_buf_free(&second);
  return 0;
}
