// Tests every preset: usable, with a source, and no stronger than its evidence.
#include "options/complete.h"
#include "options/options.h"
#include "options/parse.h"
#include "options/presets.h"
#include "spec_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MAX_SIGNATURES 8

static void must_parse(pl_option_id id, const char *value, const pl_preset *preset) {
  pl_spec spec;
  pl_spec_init(&spec);
  pl_error error = {{0}};
  if (pl_spec_set(&spec, id, PL_LAYER_PRESET, &value, 1, &error) != PL_OK)
    fail_msg("%s: %s", preset->name, error.text);
  pl_spec_free(&spec);
}

static void names_find_their_row(void **state) {
  (void)state;
  size_t count = 0;
  for (const pl_preset *preset; (preset = pl_preset_at(count)) != NULL; count++)
    assert_ptr_equal(pl_preset_find(preset->name), preset); /* names are unique */
  assert_true(count >= 7);
  assert_null(pl_preset_at(count));
  assert_ptr_equal(pl_preset_find("ROCKSET"), pl_preset_find("rockset"));
  assert_null(pl_preset_find(""));
  assert_null(pl_preset_find("rocksets"));
}

static void every_row_is_complete(void **state) {
  (void)state;
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    assert_true(pl_valid_name(preset->name));
    assert_true(strlen(preset->title) > 0);
    assert_non_null(preset->private_hint);
    assert_non_null(preset->source);
    assert_true(strchr(preset->source, '.') != NULL); /* a document of the vendor */
    assert_int_equal(preset->public_hint != NULL, preset->own_host);
    must_parse(PL_OPTION_PATH, preset->path, preset);
    if (preset->api_key_scheme != NULL)
      must_parse(PL_OPTION_API_KEY_SCHEME, preset->api_key_scheme, preset);
    assert_non_null(preset->proof);
    assert_non_null(preset->hints);
    assert_true(preset->proof[0] != NULL || preset->hints[0] != NULL);
  }
}

static void every_region_is_spelled_as_aws_does(void **state) {
  (void)state;
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    size_t j = 0;
    for (; preset->regions[j].region != NULL; j++) {
      const pl_preset_region *row = &preset->regions[j];
      must_parse(PL_OPTION_REGION, row->region, preset);
      assert_ptr_equal(pl_preset_region_find(preset, row->region), row); /* regions are unique */
      must_parse(PL_OPTION_SERVICE_NAME, row->service_name, preset);
      char prefix[64];
      int length = snprintf(prefix, sizeof(prefix), "com.amazonaws.vpce.%s.vpce-svc-", row->region);
      if (strncmp(row->service_name, prefix, (size_t)length) != 0 ||
          strspn(row->service_name + length, "0123456789abcdef") != 17 ||
          strlen(row->service_name + length) != 17)
        fail_msg("%s: %s", preset->name, row->service_name);
      /* A host that depends on the account is not in the table. */
      assert_int_equal(row->public_name == NULL, preset->own_host);
      if (row->public_name != NULL)
        must_parse(PL_OPTION_PUBLIC_NAME, row->public_name, preset);
      else
        assert_false(row->inferred);
    }
    /* The row after the last one is empty. */
    assert_true(preset->regions[j].service_name == NULL && preset->regions[j].public_name == NULL &&
                !preset->regions[j].inferred);
    assert_null(pl_preset_region_find(preset, "xx-nowhere-1"));
    assert_null(pl_preset_region_find(preset, ""));
  }
}

/* A signature is proof only if the vendor documents what a blocked client sees, and an open
 * endpoint gives a different answer. All others are hints. */
static void the_evidence_rule(void **state) {
  (void)state;
  static const struct {
    const char *preset;
    const char *holds; /* '!' follows proof, '?' follows a hint */
  } rows[] = {
      {"rockset", "http:403?,tcp:refused?,tcp:timeout?"},
      {"elastic", "http:403:\"ok\": *false, *\"message\": *\"Forbidden( due to traffic "
                  "filtering[^\"]*)?\"!,http:403?"},
      {"snowflake", "http:404:404 account not found!,http:200:404 account not found!"},
      {"clickhouse", "tls:reset!"},
      {"pinecone", "http:401?"},
      {"databricks", "http:403:unauthorized network access to workspace?,http:403:is blocked by "
                     "Databricks IP ACL?"},
      {"atlas", "tls:alert=80?"},
  };
  size_t count = 0;
  while (pl_preset_at(count) != NULL)
    count++;
  assert_int_equal(count, PL_COUNT_OF(rows)); /* a new preset needs a row here */
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    const char *const given[][2] = {{"preset", rows[i].preset},
                                    {"region", "eu-central-1"},
                                    {"service-name", "com.amazonaws.vpce.x"},
                                    {"public-name", "q.example.com"}};
    pl_spec spec;
    pl_spec_init(&spec);
    for (size_t j = 0; j < PL_COUNT_OF(given); j++)
      assert_int_equal(pl_spec_set(&spec, pl_option_find(given[j][0], PL_FRONT_END_CHECK)->id,
                                   PL_LAYER_SECTION, &given[j][1], 1, NULL),
                       PL_OK);
    pl_error error = {{0}};
    if (pl_spec_finish(&spec, NULL, &error) != PL_OK)
      fail_msg("%s: %s", rows[i].preset, error.text);
    char text[512];
    pl_buf buf;
    pl_buf_fixed(&buf, text, sizeof(text));
    spec_text_add(&buf, &spec, PL_OPTION_BLOCKED_BY);
    assert_string_equal(text, rows[i].holds);
    pl_spec_free(&spec);
  }
}

/* An HTTP answer is proof only with a text: an open endpoint may send the same status. */
static void a_bare_status_is_never_proof(void **state) {
  (void)state;
  const pl_preset *preset;
  for (size_t i = 0; (preset = pl_preset_at(i)) != NULL; i++) {
    for (size_t j = 0; preset->proof[j] != NULL; j++) {
      assert_true(j < MAX_SIGNATURES);
      const char *text = preset->proof[j];
      if (strncmp(text, "http:", 5) == 0 && strchr(text + 5, ':') == NULL)
        fail_msg("%s: %s", preset->name, text);
      if (strncmp(text, "tcp:", 4) == 0) /* a dead host looks the same */
        fail_msg("%s: %s", preset->name, text);
    }
  }
}

/* Cross-region PrivateLink: the names are those of the region where the service is. */
static void the_names_follow_the_region_of_the_service(void **state) {
  (void)state;
  const pl_preset *preset = pl_preset_find("elastic");
  const pl_preset_region *there = pl_preset_region_find(preset, "us-east-1");
  assert_non_null(there);
  const char *const given[][2] = {{"preset", "elastic"},
                                  {"region", "eu-central-1"},
                                  {"service-region", "us-east-1"},
                                  {"private-name", "p.example.com"},
                                  {"public-name", "q.example.com"}};
  pl_spec spec;
  pl_spec_init(&spec);
  for (size_t i = 0; i < PL_COUNT_OF(given); i++)
    assert_int_equal(pl_spec_set(&spec, pl_option_find(given[i][0], PL_FRONT_END_CHECK)->id,
                                 PL_LAYER_SECTION, &given[i][1], 1, NULL),
                     PL_OK);
  assert_int_equal(pl_spec_finish(&spec, NULL, NULL), PL_OK);
  assert_string_equal(spec.service_name, there->service_name);
  assert_string_equal(spec.region, "eu-central-1");
  pl_spec_free(&spec);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_find_their_row),
      cmocka_unit_test(every_row_is_complete),
      cmocka_unit_test(every_region_is_spelled_as_aws_does),
      cmocka_unit_test(the_evidence_rule),
      cmocka_unit_test(a_bare_status_is_never_proof),
      cmocka_unit_test(the_names_follow_the_region_of_the_service),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
