// Tests what a discovery that goes on reports: new, deleted and replaced endpoints.
#include "alloc_fail.h"
#include "aws/discovery/known.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a life, one poll after the other ------------------------------------------------------- */

typedef struct life {
  pl_scope scopes[2];
  pl_discovery discovery;
  pl_known known;
  int64_t now;
  char told[1024]; /* what the last poll reported */
} life;

/* An endpoint of one poll. */
typedef struct seen {
  const char *name, *id, *tags; /* "" for no tags */
  size_t scope;
} seen;

static void begin(life *l) {
  *l = (life){.now = 100};
  l->discovery = (pl_discovery){.scopes = l->scopes, .count = 2};
}

static void end(life *l) {
  pl_known_free(&l->known);
  for (size_t i = 0; i < 2; i++)
    pl_endpoint_unref(l->scopes[i].problem);
}

static void on_change(void *user, const pl_change *change) {
  static const char *const kinds[] = {"added", "tags", "facts", "replaced", "deleted"};
  life *l = user;
  size_t length = strlen(l->told);
  snprintf(l->told + length, sizeof(l->told) - length, "%s %s %s%s%s", kinds[change->kind],
           change->name, change->id, change->before != NULL ? " before " : "",
           change->before != NULL ? change->before : "");
  length = strlen(l->told);
  if (change->kind == PL_CHANGE_DELETED || change->kind == PL_CHANGE_REPLACED)
    snprintf(l->told + length, sizeof(l->told) - length, " seen %lld", (long long)change->seen);
  strcat(l->told, "; ");
}

static pl_sections make(const seen *endpoints, size_t count) {
  pl_sections sections = {.items = calloc(count + 1, sizeof(*sections.items)), .count = count};
  assert_non_null(sections.items);
  for (size_t i = 0; i < count; i++) {
    pl_section *section = &sections.items[i];
    snprintf(section->name, sizeof(section->name), "%s", endpoints[i].name);
    snprintf(section->id, sizeof(section->id), "vpce-%s", endpoints[i].id);
    section->scope = endpoints[i].scope;
    section->has_tags = endpoints[i].tags[0] != '\0';
    assert_true(asprintf(&section->kin, "%zu %s", section->scope, endpoints[i].tags) > 0);
    assert_true(
        asprintf(&section->text, "endpoint-id = %s\n# %s\n", section->id, endpoints[i].tags) > 0);
  }
  return sections;
}

static void poll_all(life *l, const seen *endpoints, size_t count) {
  pl_sections fresh = make(endpoints, count);
  l->told[0] = '\0';
  l->now++;
  assert_int_equal(pl_known_update(&l->known, &l->discovery, &fresh, l->now, on_change, l), PL_OK);
  pl_sections_free(&fresh);
}

/* poll(l, "what must be reported", endpoints…) */
#define POLL(l, wanted, ...)                                                                       \
  do {                                                                                             \
    const seen endpoints[] = {{0}, __VA_ARGS__};                                                   \
    poll_all(l, endpoints + 1, PL_COUNT_OF(endpoints) - 1);                                        \
    assert_string_equal((l)->told, wanted);                                                        \
  } while (0)
#define NOTHING(l, wanted)                                                                         \
  do {                                                                                             \
    poll_all(l, NULL, 0);                                                                          \
    assert_string_equal((l)->told, wanted);                                                        \
  } while (0)

#define A                                                                                          \
  { "a", "1", "Name=a", 0 }
#define B                                                                                          \
  { "b", "2", "Name=b", 0 }

/* ---- stories -------------------------------------------------------------------------------- */

static void new_ones_are_added_at_once(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  POLL(&l, "", A);
  POLL(&l, "added b vpce-2; ", A, B);
  POLL(&l, "", B, A);
  assert_int_equal(l.known.count, 2);
  end(&l);
}

static void deleted_ones_are_reported_once(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; added b vpce-2; ", A, B);
  POLL(&l, "", B);
  POLL(&l, "deleted a vpce-1 seen 101; ", B);
  POLL(&l, "", B);
  NOTHING(&l, "");
  NOTHING(&l, "deleted b vpce-2 seen 104; ");
  NOTHING(&l, "");
  assert_int_equal(l.known.count, 0);
  end(&l);
}

static void a_late_list_deletes_nothing(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  for (unsigned i = 0; i < 10; i++) {
    NOTHING(&l, "");
    POLL(&l, "", A);
  }
  end(&l);
}

/* Nor is an endpoint replaced that the list has again. */
static void a_late_list_replaces_nothing(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  NOTHING(&l, "");
  POLL(&l, "added a-9 vpce-9; ", {"a-9", "9", "Name=a", 0}, A);
  end(&l);
}

/* Each is followed by one of those that came, the older ones first. */
static void equal_ones_are_replaced_in_pairs(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; added b vpce-2; added c vpce-3; ", {"a", "1", "t", 0},
       {"b", "2", "t", 0}, {"c", "3", "t", 0});
  POLL(&l, "replaced a vpce-7 before vpce-1 seen 101; replaced b vpce-8 before vpce-2 seen 101; ",
       {"x", "7", "t", 0}, {"y", "8", "t", 0});
  POLL(&l, "deleted c vpce-3 seen 101; ", {"x", "7", "t", 0}, {"y", "8", "t", 0});
  assert_int_equal(l.known.count, 2);
  end(&l);
}

static void an_outage_deletes_nothing(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; added c vpce-3; ", A, {"c", "3", "Name=c", 1});
  assert_int_equal(pl_endpoint_create("", &l.scopes[0].problem), PL_OK);
  for (unsigned i = 0; i < 60; i++)
    POLL(&l, "", {"c", "3", "Name=c", 1});
  /* The other scope still reports. */
  NOTHING(&l, "");
  NOTHING(&l, "deleted c vpce-3 seen 161; ");
  pl_endpoint_unref(l.scopes[0].problem);
  l.scopes[0].problem = NULL;
  POLL(&l, "", A);
  NOTHING(&l, "");
  NOTHING(&l, "deleted a vpce-1 seen 164; ");
  end(&l);
}

static void replaced_ones_keep_their_name(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; added b vpce-2; ", A, B);
  POLL(&l, "replaced a vpce-9 before vpce-1 seen 101; ", B, {"x", "9", "Name=a", 0});
  assert_int_equal(l.known.count, 2);
  assert_string_equal(l.known.items[0].section.name, "a");
  assert_string_equal(l.known.items[0].section.text, "endpoint-id = vpce-9\n# Name=a\n");
  POLL(&l, "", B, {"x", "9", "Name=a", 0});
  end(&l);
}

/* The old one is deleted, and the new one comes with the next list. */
static void a_gap_is_still_a_replacement(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; added b vpce-2; ", A, B);
  POLL(&l, "", B);
  POLL(&l, "replaced a vpce-9 before vpce-1 seen 101; ", B, {"a", "9", "Name=a", 0});
  end(&l);
}

/* Both exist for some time: what "create_before_destroy" of Terraform does. */
static void the_new_one_may_come_first(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  POLL(&l, "added a-9 vpce-9; ", A, {"a-9", "9", "Name=a", 0});
  POLL(&l, "", {"a", "9", "Name=a", 0});
  POLL(&l, "replaced a vpce-9 before vpce-1 seen 102; ", {"a", "9", "Name=a", 0});
  assert_int_equal(l.known.count, 1);
  POLL(&l, "", {"a", "9", "Name=a", 0});
  end(&l);
}

static void without_tags_nothing_is_replaced(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added vpce-1 vpce-1; ", {"vpce-1", "1", "", 0});
  POLL(&l, "added vpce-9 vpce-9; ", {"vpce-9", "9", "", 0});
  POLL(&l, "deleted vpce-1 vpce-1 seen 101; ", {"vpce-9", "9", "", 0});
  end(&l);
}

static void others_tags_or_scopes_replace_nothing(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  POLL(&l, "added b vpce-8; added c vpce-9; ", {"b", "8", "Name=b", 0}, {"c", "9", "Name=a", 1});
  POLL(&l, "deleted a vpce-1 seen 101; ", {"b", "8", "Name=b", 0}, {"c", "9", "Name=a", 1});
  end(&l);
}

static void names_stay(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  /* An older endpoint gets the name: the one that has it keeps it. */
  POLL(&l, "added a-2 vpce-2; ", {"a", "2", "x", 0}, {"a-1", "1", "Name=a", 0});
  POLL(&l, "added a-3 vpce-3; ", {"a", "2", "x", 0}, {"a", "3", "y", 0}, A);
  end(&l);
}

static void tags_may_change(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  POLL(&l, "tags a vpce-1; ", {"other", "1", "Name=other", 0});
  assert_string_equal(l.known.items[0].section.text, "endpoint-id = vpce-1\n# Name=other\n");
  POLL(&l, "", {"other", "1", "Name=other", 0});
  end(&l);
}

/* What the API says of a known endpoint is judged, and changes nothing of what is expected. */
static void a_section_stays(void **state) {
  (void)state;
  life l;
  begin(&l);
  POLL(&l, "added a vpce-1; ", A);
  pl_sections fresh = make(&(const seen)A, 1);
  free(fresh.items[0].text);
  fresh.items[0].text = strdup("endpoint-id = vpce-1\nprivate-dns = any\n");
  assert_int_equal(pl_known_update(&l.known, &l.discovery, &fresh, 200, on_change, &l), PL_OK);
  pl_sections_free(&fresh);
  assert_string_equal(l.known.items[0].section.text, "endpoint-id = vpce-1\n# Name=a\n");
  end(&l);
}

static void no_memory_loses_nothing(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    life l;
    begin(&l);
    POLL(&l, "added a vpce-1; added b vpce-2; ", A, B);
    const seen next[] = {B, {"a", "9", "Name=a", 0}, {"c", "3", "Name=c", 0}};
    pl_sections fresh = make(next, PL_COUNT_OF(next));
    alloc_fail_arm(nth);
    pl_status status = pl_known_update(&l.known, &l.discovery, &fresh, 200, on_change, &l);
    bool failed = alloc_fail_disarm();
    pl_sections_free(&fresh);
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    poll_all(&l, next, PL_COUNT_OF(next));
    assert_int_equal(l.known.count, 3);
    assert_string_equal(l.known.items[0].section.id, "vpce-9");
    end(&l);
    if (!failed)
      break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(new_ones_are_added_at_once),
      cmocka_unit_test(deleted_ones_are_reported_once),
      cmocka_unit_test(a_late_list_deletes_nothing),
      cmocka_unit_test(a_late_list_replaces_nothing),
      cmocka_unit_test(equal_ones_are_replaced_in_pairs),
      cmocka_unit_test(an_outage_deletes_nothing),
      cmocka_unit_test(replaced_ones_keep_their_name),
      cmocka_unit_test(a_gap_is_still_a_replacement),
      cmocka_unit_test(the_new_one_may_come_first),
      cmocka_unit_test(without_tags_nothing_is_replaced),
      cmocka_unit_test(others_tags_or_scopes_replace_nothing),
      cmocka_unit_test(names_stay),
      cmocka_unit_test(tags_may_change),
      cmocka_unit_test(a_section_stays),
      cmocka_unit_test(no_memory_loses_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
