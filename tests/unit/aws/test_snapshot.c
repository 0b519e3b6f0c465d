// Tests what a restart knows of a discovery: its files, and what has become of the endpoints
// meanwhile.
#include "alloc_fail.h"
#include "aws/discovery/snapshot.h"
#include "base/ini.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVICE "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
#define ID1 "vpce-00000000000000001"
#define ID2 "vpce-00000000000000002"
#define ID3 "vpce-00000000000000003"

/* ---- a daemon ------------------------------------------------------------------------------- */

typedef struct life {
  char *values[1];
  pl_ec2_condition condition;
  pl_request request;
  pl_scope scopes[2];
  pl_discovery discovery;
  pl_templates templates;
  pl_section_common common;
  pl_known known;
  int64_t now;
  char told[1024]; /* what the last poll reported */
} life;

static void begin(life *l, int64_t now) {
  static char team[] = "tag:team", data[] = "data";
  *l = (life){.values = {data},
              .condition = {.name = team, .count = 1},
              .scopes = {{.region = "eu-central-1", .wanted = "eu-central-1"},
                         {.role_arn = "arn:aws:iam::123456789012:role/r"}},
              .common = {.profile = "prod"},
              .now = now};
  l->condition.values = l->values;
  l->request = (pl_request){.conditions = &l->condition, .condition_count = 1};
  l->discovery = (pl_discovery){.scopes = l->scopes, .count = 2, .request = &l->request};
  snprintf(l->scopes[1].region, sizeof(l->scopes[1].region),
           "us-east-1"); /* found by the identity */
}

static void forget_answers(life *l) {
  for (size_t i = 0; i < 2; i++) {
    pl_ec2_answer_free(&l->scopes[i].answer);
    pl_endpoint_unref(l->scopes[i].problem);
    l->scopes[i].problem = NULL;
  }
}

static void end(life *l) {
  forget_answers(l);
  pl_known_free(&l->known);
  pl_templates_free(&l->templates);
}

/* An available interface endpoint. `private_name` may be NULL. */
static pl_ec2_listed *add(life *l, size_t scope, const char *id, const char *name,
                          const char *private_name) {
  pl_ec2_listed *listed = PL_EC2_ADD(l->scopes[scope].answer.endpoints);
  assert_non_null(listed);
  assert_int_equal(pl_endpoint_create(id, &listed->endpoint), PL_OK);
  pl_endpoint *endpoint = listed->endpoint;
  snprintf(listed->id.text, sizeof(listed->id.text), "%s", id);
  snprintf(endpoint->service_name, sizeof(endpoint->service_name), SERVICE);
  snprintf(endpoint->type_text, sizeof(endpoint->type_text), "Interface");
  snprintf(endpoint->state_text, sizeof(endpoint->state_text), "available");
  endpoint->known = true;
  endpoint->state = PL_ENDPOINT_STATE_AVAILABLE;
  endpoint->type = PL_ENDPOINT_TYPE_INTERFACE;
  endpoint->private_dns = private_name != NULL ? PL_TRI_YES : PL_TRI_NO;
  endpoint->dns_entries = calloc(3, sizeof(*endpoint->dns_entries));
  assert_non_null(endpoint->dns_entries);
  snprintf(endpoint->dns_entries[0].name, sizeof(endpoint->dns_entries[0].name),
           "%s-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com", id);
  endpoint->dns_entry_count = private_name != NULL ? 3 : 1;
  snprintf(endpoint->dns_entries[1].name, sizeof(pl_dns_entry), "%s",
           private_name != NULL ? private_name : "");
  snprintf(endpoint->dns_entries[2].name, sizeof(pl_dns_entry), "second.example.com");
  pl_ec2_tag *tag = PL_EC2_ADD(listed->tags);
  assert_non_null(tag);
  *tag = (pl_ec2_tag){strdup("Name"), strdup(name)};
  return listed;
}

static void on_change(void *user, const pl_change *change) {
  static const char *const kinds[] = {"added", "tags", "facts", "replaced", "deleted"};
  life *l = user;
  size_t length = strlen(l->told);
  snprintf(l->told + length, sizeof(l->told) - length, "%s %s %s", kinds[change->kind],
           change->name, change->id);
  length = strlen(l->told);
  if (change->kind == PL_CHANGE_DELETED || change->kind == PL_CHANGE_REPLACED)
    snprintf(l->told + length, sizeof(l->told) - length, " seen %lld", (long long)change->seen);
  strcat(l->told, "; ");
}

/* Takes what was added as the lists of now. */
static void poll(life *l, const char *wanted) {
  pl_sections fresh;
  l->told[0] = '\0';
  assert_int_equal(pl_sections_make(&l->discovery, &l->templates, &l->common, &fresh), PL_OK);
  assert_int_equal(pl_known_update(&l->known, &l->discovery, &fresh, l->now++, on_change, l),
                   PL_OK);
  assert_string_equal(l->told, wanted);
  pl_sections_free(&fresh);
  forget_answers(l);
}

static void go_down(life *l) {
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(pl_endpoint_create("", &l->scopes[i].problem), PL_OK);
}

/* The texts of both scopes; free them. */
static void write_texts(const life *l, char *ret_texts[2]) {
  pl_buf texts[2];
  for (size_t i = 0; i < 2; i++)
    pl_buf_init(&texts[i], PL_LIMIT_SNAPSHOT_FILE);
  assert_int_equal(pl_snapshot_write(&l->known, &l->discovery, &l->common, texts), PL_OK);
  for (size_t i = 0; i < 2; i++)
    ret_texts[i] = texts[i].data;
}

static pl_status read_text(life *l, size_t scope, const char *text, pl_error *error) {
  return pl_snapshot_read(text, strlen(text), &l->discovery, &l->common, &l->scopes[scope], error);
}

/* Another daemon, that begins with what this one knows. */
static void restart(const life *l, life *next, const char *templates) {
  char *texts[2];
  pl_error error;
  write_texts(l, texts);
  begin(next, l->now + 1000);
  next->scopes[1].region[0] = '\0'; /* not known before the identity is */
  assert_int_equal(pl_templates_read(templates, strlen(templates), "t", PL_FRONT_END_CONFIG,
                                     &next->templates, &error),
                   PL_OK);
  for (size_t i = 0; i < 2; i++) {
    if (read_text(next, i, texts[i], &error) != PL_OK)
      fail_msg("%s: %s", error.text, texts[i]);
    free(texts[i]);
  }
  pl_sections sections;
  assert_int_equal(pl_sections_make(&next->discovery, &next->templates, &next->common, &sections),
                   PL_OK);
  assert_int_equal(pl_known_update(&next->known, &next->discovery, &sections, 0, NULL, NULL),
                   PL_OK);
  pl_sections_free(&sections);
  forget_answers(next);
}

static const pl_known_endpoint *find(const life *l, const char *id) {
  size_t i = 0;
  while (i < l->known.count && strcmp(l->known.items[i].section.id, id) != 0)
    i++;
  if (i == l->known.count)
    fail_msg("%s is not known", id);
  return &l->known.items[i];
}

/* ---- restarts ------------------------------------------------------------------------------- */

/* Two in the first scope, and one in the second. */
static void first_poll(life *l) {
  add(l, 0, ID1, "prod", "api.example.com")->endpoint->created = 1700000000;
  add(l, 0, ID2, "prod", NULL)->endpoint->created = 1800000000;
  add(l, 1, ID3, "other", "*.w.example.com");
  poll(l, "added other " ID3 "; added prod " ID1 "; added prod-00000000000000002 " ID2 "; ");
}

static void a_restart_knows_the_same(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  first_poll(&before);
  restart(&before, &after, "");
  assert_int_equal(after.known.count, 3);
  for (size_t i = 0; i < 3; i++) {
    const pl_known_endpoint *old = &before.known.items[i];
    const pl_known_endpoint *now = find(&after, old->section.id);
    assert_string_equal(now->section.name, old->section.name);
    assert_string_equal(now->section.text, old->section.text);
    assert_string_equal(now->section.others, old->section.others);
    assert_string_equal(now->section.kin, old->section.kin);
    assert_string_equal(now->section.facts, old->section.facts);
    assert_int_equal(now->section.scope, old->section.scope);
    assert_int_equal(now->seen, 100);
  }
  assert_string_equal(after.scopes[1].region, "us-east-1");
  /* While the API is down, nothing changes, and nothing is reported. */
  for (unsigned i = 0; i < 60; i++) {
    go_down(&after);
    poll(&after, "");
  }
  assert_int_equal(after.known.count, 3);
  /* It is the same after a second restart. */
  life third;
  restart(&after, &third, "");
  assert_int_equal(third.known.count, 3);
  assert_int_equal(find(&third, ID1)->seen, 100);
  end(&third);
  end(&after);
  end(&before);
}

static void a_deleted_one_is_reported_once(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  first_poll(&before);
  restart(&before, &after, "");
  go_down(&after);
  poll(&after, "");
  for (unsigned i = 0; i < 5; i++) {
    add(&after, 0, ID2, "prod", NULL)->endpoint->created = 1800000000;
    add(&after, 1, ID3, "other", "*.w.example.com");
    poll(&after, i == 1 ? "deleted prod " ID1 " seen 100; " : "");
  }
  assert_string_equal(find(&after, ID2)->section.name, "prod-00000000000000002");
  end(&after);
  end(&before);
}

/* One that a list lacked before the restart is not lost. */
static void a_missing_one_is_remembered(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  first_poll(&before);
  add(&before, 1, ID3, "other", "*.w.example.com");
  add(&before, 0, ID1, "prod", "api.example.com");
  poll(&before, "");
  restart(&before, &after, "");
  assert_int_equal(find(&after, ID2)->seen, 100);
  assert_int_equal(find(&after, ID1)->seen, 101);
  end(&after);
  end(&before);
}

static void a_replaced_one_is_followed(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  add(&before, 0, ID1, "prod", "api.example.com");
  poll(&before, "added prod " ID1 "; ");
  restart(&before, &after, "");
  add(&after, 0, ID2, "prod", "api.example.com");
  poll(&after, "replaced prod " ID2 " seen 100; ");
  life third;
  restart(&after, &third, "");
  assert_string_equal(find(&third, ID2)->section.name, "prod");
  assert_non_null(strstr(find(&third, ID2)->section.text, "endpoint-id = " ID2 "\n"));
  end(&third);
  end(&after);
  end(&before);
}

/* Only what was found before the restart has a past: of two that are alike and both new, none
 * replaces the other. */
static void a_scope_without_a_file_begins_at_zero(void **state) {
  (void)state;
  life l;
  begin(&l, 100);
  pl_error error;
  assert_int_equal(pl_endpoint_create("", &l.scopes[0].problem), PL_OK); /* it has no file */
  poll(&l, "");
  assert_false(l.scopes[0].begun);
  assert_true(l.scopes[1].begun);
  add(&l, 0, ID1, "a", NULL);
  add(&l, 0, ID2, "a", NULL);
  poll(&l, "added a " ID1 "; added a-00000000000000002 " ID2 "; ");
  add(&l, 0, ID2, "a", NULL);
  poll(&l, "");
  add(&l, 0, ID2, "a", NULL);
  poll(&l, "deleted a " ID1 " seen 101; ");
  assert_int_equal(read_text(&l, 0, "", &error), PL_ERR_INVALID);
  end(&l);
}

/* The section is of the remembered facts only until the API answers. */
static void the_first_answer_counts(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  add(&before, 0, ID1, "prod", NULL);
  add(&before, 0, ID2, "plain", NULL);
  poll(&before, "added prod " ID1 "; added plain " ID2 "; ");
  assert_non_null(strstr(find(&before, ID1)->section.text, "check = state\n"));
  restart(&before, &after, "");
  add(&after, 0, ID1, "prod", "api.example.com");
  add(&after, 0, ID2, "new-tag", NULL);
  poll(&after, "facts prod " ID1 "; tags plain " ID2 "; ");
  assert_non_null(strstr(find(&after, ID1)->section.text, "private-name = api.example.com\n"));
  add(&after, 0, ID1, "prod", NULL); /* from now on it is judged, and not expected */
  add(&after, 0, ID2, "new-tag", NULL);
  poll(&after, "");
  assert_non_null(strstr(find(&after, ID1)->section.text, "private-name = api.example.com\n"));
  end(&after);
  end(&before);
}

/* Templates are those of today, and a section of the configuration goes first. */
static void the_configuration_goes_first(void **state) {
  (void)state;
  life before, after;
  begin(&before, 100);
  first_poll(&before);
  restart(&before, &after,
          "[prod]\nprivate-name = a.example\n[mine]\nendpoint-id = " ID3
          "\n[template service:" SERVICE "]\nport = 8443\n");
  assert_int_equal(after.known.count, 2);
  assert_string_equal(find(&after, ID1)->section.name, "prod-00000000000000001");
  assert_string_equal(find(&after, ID2)->section.name, "prod-00000000000000002");
  assert_non_null(strstr(find(&after, ID1)->section.text, "port = 8443\n"));
  end(&after);
  end(&before);
}

/* ---- files that are not what was written ---------------------------------------------------- */

static void a_torn_text_is_refused(void **state) {
  (void)state;
  life l;
  char *texts[2];
  pl_error error;
  begin(&l, 100);
  first_poll(&l);
  write_texts(&l, texts);
  size_t length = strlen(texts[0]);
  for (size_t i = 0; i + 1 < length; i++) {
    assert_int_equal(pl_snapshot_read(texts[0], i, &l.discovery, &l.common, &l.scopes[0], &error),
                     PL_ERR_INVALID);
    assert_int_equal(l.scopes[0].answer.endpoints.count, 0);
  }
  assert_int_equal(read_text(&l, 0, texts[0], &error), PL_OK);
  assert_int_equal(l.scopes[0].answer.endpoints.count, 2);
  for (size_t i = 0; i < 2; i++)
    free(texts[i]);
  end(&l);
}

static char *replaced(const char *text, const char *old, const char *fresh) {
  const char *at = strstr(text, old);
  char *changed = NULL;
  assert_non_null(at);
  assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, fresh, at + strlen(old)) > 0);
  return changed;
}

static void a_changed_text_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *old, *fresh, *error;
  } rows[] = {
      {"\"version\":1", "\"version\":2", "it has version 2, not 1: another release wrote it"},
      {"\"version\":1", "\"version\":\"1\"", "torn, or not of this program"},
      {"\"region\":\"eu-central-1\"", "\"region\":\"eu-west-1\"", "a field is missing or wrong"},
      {"\"region\":\"eu-central-1\"", "\"region\":\"a\\nb\"", "a field is missing or wrong"},
      {"\"endpoints\":[", "\"more\":1,\"endpoints\":[", "a field is missing or wrong"},
      {"\"name\":\"prod\"", "\"name\":\"a]\\n[*]\"", "its endpoint 1 can't be read"},
      {"\"name\":\"prod\"", "\"name\":\"\"", "its endpoint 1 can't be read"},
      {"\"id\":\"" ID1 "\"", "\"id\":\"vpce-x\\naccept = tenant\"", "its endpoint 1"},
      {"\"seen\":100", "\"seen\":-1", "its endpoint 1 can't be read"},
      {"\"seen\":100", "\"seen\":9000000000000", "its endpoint 1 can't be read"},
      {"\"seen\":100", "\"seen\":\"100\"", "its endpoint 1 can't be read"},
      {"\"serviceName\":", "\"accept\":", "its endpoint 1 can't be read"},
      {"\"serviceName\":\"" SERVICE "\"", "\"serviceName\":1", "its endpoint 1 can't be read"},
      {"\"tagSet\":[[\"Name\",\"prod\"]]", "\"tagSet\":[[\"Name\"]]", "its endpoint 1"},
      {"\"tagSet\":[[\"Name\",\"prod\"]]", "\"tagSet\":{}", "its endpoint 1"},
      {"\"creationTimestamp\":\"2023", "\"creationTimestamp\":\"1923", "its endpoint 1"},
      {"{\"name\":\"prod\"", "1,{\"name\":\"prod\"", "its endpoint 1 can't be read"},
  };
  life l;
  char *texts[2];
  begin(&l, 100);
  first_poll(&l);
  write_texts(&l, texts);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char *changed = replaced(texts[0], rows[i].old, rows[i].fresh);
    pl_error error = {""};
    assert_int_equal(read_text(&l, 0, changed, &error), PL_ERR_INVALID);
    if (strstr(error.text, rows[i].error) == NULL)
      fail_msg("%s: %s", rows[i].fresh, error.text);
    assert_int_equal(l.scopes[0].answer.endpoints.count, 0);
    free(changed);
  }
  for (size_t i = 0; i < 2; i++)
    free(texts[i]);
  end(&l);
}

/* Found with another role, region, filter, profile or URL. */
static void another_identity_is_refused(void **state) {
  (void)state;
  static const char foreign[] = "another role, region, filter or identity";
  static char other[] = "other";
  for (unsigned what = 0; what < 7; what++) {
    life l;
    char *texts[2];
    pl_error error = {""};
    begin(&l, 100);
    first_poll(&l);
    write_texts(&l, texts);
    size_t scope = what == 0;
    if (what == 1)
      l.scopes[0].role_arn = "arn:aws:iam::123456789012:role/other";
    if (what == 2)
      l.scopes[0].wanted = "us-east-1";
    if (what == 3)
      l.values[0] = other;
    if (what == 4)
      l.request.condition_count = 0;
    if (what == 5)
      l.common.profile = NULL;
    if (what == 6)
      l.common.endpoint_url = "https://ec2.example";
    assert_int_equal(read_text(&l, scope, texts[0], &error), PL_ERR_INVALID);
    assert_non_null(strstr(error.text, foreign));
    for (size_t i = 0; i < 2; i++)
      free(texts[i]);
    end(&l);
  }
}

/* What a file says goes through the checks of an answer: it decides no option. */
static void a_hostile_text_decides_nothing(void **state) {
  (void)state;
  static const struct {
    const char *old, *fresh;
  } rows[] = {
      {"\"tagSet\":[[\"Name\",\"prod\"]]",
       "\"tagSet\":[[\"Name\",\"a]\\n[*]\\naccept = tenant\"],[\"t\",\"x\"]]"},
      {"\"serviceName\":\"" SERVICE "\"", "\"serviceName\":\"x\\naccept = tenant\""},
      {"\"serviceName\":\"" SERVICE "\"", "\"serviceRegion\":\"x\\naccept = tenant\""},
      {"\"api.example.com\"", "\"evil\\naccept = tenant\""},
      {"\"api.example.com\"", "\"-oProxy\",\"%s\""},
      {"\"vpcEndpointType\":\"Interface\"", "\"vpcEndpointType\":\"\\naccept = tenant\""},
      {"\"privateDnsEnabled\":\"true\"", "\"privateDnsEnabled\":\"\\naccept = tenant\""},
      {"\"state\":\"available\"", "\"resourceConfigurationArn\":\"\\naccept = tenant\""},
  };
  life l;
  char *texts[2];
  pl_error error;
  begin(&l, 100);
  first_poll(&l);
  write_texts(&l, texts);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char *changed = replaced(texts[0], rows[i].old, rows[i].fresh);
    pl_sections sections;
    assert_int_equal(read_text(&l, 0, changed, &error), PL_OK);
    assert_int_equal(pl_sections_make(&l.discovery, &l.templates, &l.common, &sections), PL_OK);
    assert_int_equal(sections.count, 2);
    for (size_t k = 0; k < sections.count; k++) {
      pl_buf text;
      pl_buf_init(&text, 1 << 16);
      pl_section_add(&text, &sections.items[k]);
      if (strstr(pl_buf_text(&text), "\naccept") != NULL ||
          strstr(pl_buf_text(&text), "[*]") != NULL)
        fail_msg("%s: %s", rows[i].fresh, pl_buf_text(&text));
      pl_buf_free(&text);
    }
    pl_sections_free(&sections);
    forget_answers(&l);
    free(changed);
  }
  for (size_t i = 0; i < 2; i++)
    free(texts[i]);
  end(&l);
}

static void no_memory_is_an_error(void **state) {
  (void)state;
  life l;
  char *texts[2];
  pl_error error;
  begin(&l, 100);
  first_poll(&l);
  write_texts(&l, texts);
  for (unsigned nth = 1;; nth++) {
    alloc_fail_arm(nth);
    pl_status status = read_text(&l, 0, texts[0], &error);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(l.scopes[0].answer.endpoints.count, failed ? 0 : 2);
    if (!failed)
      break;
  }
  for (unsigned nth = 1;; nth++) {
    pl_buf again[2];
    for (size_t i = 0; i < 2; i++)
      pl_buf_init(&again[i], PL_LIMIT_SNAPSHOT_FILE);
    alloc_fail_arm(nth);
    pl_status status = pl_snapshot_write(&l.known, &l.discovery, &l.common, again);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    if (!failed)
      assert_string_equal(again[0].data, texts[0]);
    for (size_t i = 0; i < 2; i++)
      pl_buf_free(&again[i]);
    if (!failed)
      break;
  }
  for (size_t i = 0; i < 2; i++)
    free(texts[i]);
  end(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_restart_knows_the_same),
      cmocka_unit_test(a_deleted_one_is_reported_once),
      cmocka_unit_test(a_missing_one_is_remembered),
      cmocka_unit_test(a_replaced_one_is_followed),
      cmocka_unit_test(a_scope_without_a_file_begins_at_zero),
      cmocka_unit_test(the_first_answer_counts),
      cmocka_unit_test(the_configuration_goes_first),
      cmocka_unit_test(a_torn_text_is_refused),
      cmocka_unit_test(a_changed_text_is_refused),
      cmocka_unit_test(another_identity_is_refused),
      cmocka_unit_test(a_hostile_text_decides_nothing),
      cmocka_unit_test(no_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
