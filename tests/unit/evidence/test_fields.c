// Tests the tables of a recorded case: every byte of every struct has a row, and every row counts.
#include "any_record.h"
#include "evidence/case_fields.h"
#include "packed_records.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STRUCT_SIZE_MAX 32768

/* In a struct without padding each byte is part of a member, and each member has a row. */
static void check_bytes(const pl_record *record) {
  unsigned char covered[STRUCT_SIZE_MAX] = {0};
  assert_true(record->size <= sizeof(covered));
  for (size_t i = 0; i < record->count; i++) {
    const pl_field *f = &record->fields[i];
    memset(covered + f->offset, 1, f->size);
    if (f->kind == PL_FIELD_ARRAY || f->kind == PL_FIELD_LIST)
      memset(covered + f->count, 1, f->count_size);
    if (f->kind == PL_FIELD_ARRAY)
      assert_true(f->size == (size_t)f->max * f->record->size);
    if (f->record != NULL)
      check_bytes(f->record);
  }
  for (size_t i = 0; i < record->size; i++) {
    if (covered[i] == 0)
      fail_msg("byte %zu of the struct with %s has no row in checks/evidence", i,
               record->fields[0].key);
  }
}

static void test_every_member_has_a_row(void **state) {
  (void)state;
  check_bytes(&packed_record_of_spec);
  check_bytes(&packed_record_of_facts);
  check_bytes(&packed_record_of_memory);
  check_bytes(&packed_record_of_notes);
  check_bytes(&packed_record_of_endpoint);
}

/* ---- every row counts ----------------------------------------------------------------------- */

static char *text_of(const pl_record *record, const void *from) {
  json_t *object = pl_record_write(record, from);
  assert_non_null(object);
  char *text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
  json_decref(object);
  assert_non_null(text);
  return text;
}

static void free_record(const pl_record *record, void *from);

/* What any_field and pl_record_read allocate. */
static void free_field(const pl_field *f, void *from) {
  char *at = (char *)from + f->offset, *items = at;
  bool owns = f->kind == PL_FIELD_STRING || f->kind == PL_FIELD_PATH || f->kind == PL_FIELD_LIST;
  if (f->kind == PL_FIELD_OBJECT)
    free_record(f->record, at);
  if (f->kind == PL_FIELD_LIST)
    memcpy(&items, at, sizeof(items));
  if (f->kind == PL_FIELD_LIST || f->kind == PL_FIELD_ARRAY) {
    size_t count = (size_t)pl_field_get((char *)from + f->count, f->count_size, false);
    for (size_t i = 0; i < count; i++)
      free_record(f->record, items + i * f->record->size);
  }
  if (!owns)
    return;
  memcpy(&items, at, sizeof(items));
  free(items);
  memset(at, 0, f->size);
}

static void free_record(const pl_record *record, void *from) {
  for (size_t i = 0; i < record->count; i++)
    free_field(&record->fields[i], from);
}

/* Writes, reads and writes again. */
static void assert_survives(const pl_record *record, const void *from) {
  static _Alignas(16) unsigned char again[STRUCT_SIZE_MAX];
  assert_true(record->size <= sizeof(again));
  memset(again, 0, record->size);
  char *first = text_of(record, from);
  json_t *value = json_loads(first, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
  assert_non_null(value);
  pl_error error = {""};
  if (pl_record_read(record, value, "it", again, &error) != PL_OK)
    fail_msg("%s: %s", error.text, first);
  json_decref(value);
  char *second = text_of(record, again);
  assert_string_equal(first, second);
  free(first);
  free(second);
  free_record(record, again);
}

/* Changes each field of a random struct in turn: the text must change, and survive. */
static void try_fields(const pl_record *record, uint64_t *seed) {
  unsigned char *mine = malloc(record->size);
  assert_non_null(mine);
  for (size_t i = 0; i < record->count; i++) {
    const pl_field *f = &record->fields[i];
    bool changed = f->kind == PL_FIELD_OUT;
    for (unsigned tries = 0; !changed && tries < 200; tries++) {
      memset(mine, 0, record->size);
      any_record(seed, record, mine);
      char *before = text_of(record, mine);
      free_field(f, mine);
      any_field(seed, f, mine);
      char *after = text_of(record, mine);
      changed = strcmp(before, after) != 0;
      assert_survives(record, mine);
      free(before);
      free(after);
      free_record(record, mine);
    }
    if (!changed)
      fail_msg("%s: the text is always the same", f->key);
    if (f->record != NULL)
      try_fields(f->record, seed);
  }
  free(mine);
}

static void test_every_row_counts(void **state) {
  (void)state;
  uint64_t seed = 1;
  try_fields(&pl_record_of_spec, &seed);
  try_fields(&pl_record_of_facts, &seed);
  try_fields(&pl_record_of_memory, &seed);
  try_fields(&pl_record_of_notes, &seed);
  try_fields(&pl_record_of_verdict, &seed);
  try_fields(&pl_record_of_endpoint, &seed);
}

/* A key is there once, and it says what it is. */
static void check_keys(const pl_record *record) {
  for (size_t i = 0; i < record->count; i++) {
    const pl_field *f = &record->fields[i];
    assert_true((f->key == NULL) == (f->kind == PL_FIELD_OUT));
    for (size_t j = 0; j < i && f->key != NULL; j++)
      assert_true(record->fields[j].key == NULL || strcmp(f->key, record->fields[j].key) != 0);
    for (int64_t word = 0; f->words != NULL && word <= f->max; word++)
      assert_non_null(f->words[word]);
    if (f->record != NULL)
      check_keys(f->record);
  }
}

static void test_keys(void **state) {
  (void)state;
  check_keys(&pl_record_of_spec);
  check_keys(&pl_record_of_facts);
  check_keys(&pl_record_of_memory);
  check_keys(&pl_record_of_notes);
  check_keys(&pl_record_of_verdict);
  check_keys(&pl_record_of_endpoint);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_member_has_a_row),
      cmocka_unit_test(test_every_row_counts),
      cmocka_unit_test(test_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
