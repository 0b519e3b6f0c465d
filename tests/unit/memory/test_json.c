// Tests a store as text: every field there and back, and every text that is not one.
#include "memory/json.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[PL_LIMIT_MEMORY_FILE];

/* A store with a different value in each field. */
static pl_memory_store make_store(void) {
  pl_memory_store store;
  pl_memory_init(&store);
  store.alarm = (pl_alarm){.state = PL_ALARM_ON, .unsettled = true, .blocks = 1};
  store.written = (pl_stamp){1000000001, 101};
  store.gap = 61;
  store.proven = (pl_stamp){1000000002, 102};
  store.host = UINT64_MAX;
  store.binding = 0x0123456789abcdef;
  store.baseline = (pl_stamp){1000000003, 0};
  store.baseline_public = 200;
  store.baseline_private = 401;
  store.signs = UINT64_C(1) << 63;
  store.sign_since = (pl_stamp){1000000004, 104};
  store.sign_caused = store.let_in = true;
  store.forms = UINT32_MAX;
  for (unsigned i = 0; i < PL_KEPT_COUNT; i++)
    store.controls[i] = (pl_stamp){1000000010 + i, 110 + i};
  store.variations = (pl_stamp){1000000005, 105};
  store.varied = (pl_stamp){1000000009, 109};
  store.throttled = (pl_stamp){1000000006, 106};
  store.open_ipv6 = true;
  store.hops_against = true;
  store.hops_addresses = UINT32_MAX;
  store.look = 77;
  store.look_changed = (pl_stamp){1000000007, 107};
  store.pool_changed = (pl_stamp){1000000008, 108};
  for (unsigned i = 0; i < PL_LIMIT_POOL; i++)
    store.pool[i] = UINT32_MAX - i;
  store.pool_next = PL_LIMIT_POOL - 1;
  store.path = 78;
  store.rounds[0] = (pl_kept_round){.at = {1000000020, 120}, .attempts = 3, .addresses = 5};
  store.rounds[1] =
      (pl_kept_round){.at = {1000000021, 121}, .attempts = 1, .addresses = UINT32_MAX};
  store.public_verdict = PL_PUBLIC_UNPROVEN;
  for (unsigned i = 0; i < PL_CHECK_COUNT; i++)
    store.severities[i] = (uint8_t)i;
  store.edge = true;
  return store;
}

static size_t write_store(const pl_memory_store *store) {
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_memory_write(&buf, "api.example.com", store);
  assert_int_equal(pl_buf_status(&buf), PL_OK);
  return buf.length;
}

static pl_status read_text(const char *input, size_t length, pl_memory_store *store) {
  pl_error error = {""};
  pl_status status = pl_memory_read(input, length, "api.example.com", store, &error);
  assert_int_equal(error.text[0] == '\0', status == PL_OK);
  return status;
}

/* Its own text, so that no byte between the fields matters. */
static void assert_same(const pl_memory_store *a, const pl_memory_store *b) {
  static char first[sizeof(text)];
  write_store(a);
  strcpy(first, text);
  write_store(b);
  assert_string_equal(first, text);
}

static void every_field_comes_back(void **state) {
  (void)state;
  pl_memory_store store = make_store(), read, empty;
  assert_int_equal(read_text(text, write_store(&store), &read), PL_OK);
  assert_same(&store, &read);
  assert_int_equal(read.alarm.state, PL_ALARM_ON);
  assert_int_equal(read.alarm.blocks, 1);
  assert_true(read.host == UINT64_MAX && read.signs == UINT64_C(1) << 63);
  assert_int_equal(read.rounds[1].attempts, 1);
  assert_int_equal(read.pool[PL_LIMIT_POOL - 1], UINT32_MAX - (PL_LIMIT_POOL - 1));
  assert_int_equal(read.severities[PL_CHECK_COUNT - 1], PL_CHECK_COUNT - 1);
  assert_int_equal(read.controls[PL_KEPT_HOPS].boot, 110 + PL_KEPT_HOPS);
  pl_memory_init(&empty);
  assert_int_equal(read_text(text, write_store(&empty), &read), PL_OK);
  assert_same(&empty, &read);
  pl_memory_init_unknown(&empty);
  assert_int_equal(read_text(text, write_store(&empty), &read), PL_OK);
  assert_int_equal(read.alarm.state, PL_ALARM_UNKNOWN);
}

/* Every byte of a store but padding is in the text: a field that the table lacks is found here. */
static void no_field_is_left_out(void **state) {
  (void)state;
  pl_memory_store store = make_store(), read;
  memset(&read, 0, sizeof(read));
  assert_int_equal(read_text(text, write_store(&store), &read), PL_OK);
  const unsigned char *a = (const unsigned char *)&store, *b = (const unsigned char *)&read;
  for (size_t i = 0; i < sizeof(store); i++) {
    if (a[i] != b[i])
      fail_msg("byte %zu of the store differs", i);
  }
}

static void a_torn_text_is_none(void **state) {
  (void)state;
  pl_memory_store store = make_store(), read = make_store();
  size_t length = write_store(&store);
  for (size_t i = 0; i + 1 < length; i++) {
    if (read_text(text, i, &read) == PL_OK)
      fail_msg("%zu of %zu bytes are taken", i, length);
  }
  assert_int_equal(read_text(text, length - 1, &read), PL_OK); /* only the line end is missing */
  assert_same(&store, &read);                                  /* and what failed changed nothing */
}

/* A disk that lost a block. */
static void zeros_are_no_text(void **state) {
  (void)state;
  pl_memory_store store = make_store(), read;
  size_t length = write_store(&store);
  for (size_t i = 0; i + 1 < length; i++) {
    char kept = text[i];
    text[i] = '\0';
    if (read_text(text, length, &read) == PL_OK)
      fail_msg("byte %zu after %.20s", i, text + i - 20);
    text[i] = kept;
  }
}

/* One replacement in a good text. */
static void what_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *from, *to;
  } cases[] = {
      {"\"version\":1", "\"version\":2"},
      {"\"version\":1", "\"version\":0"},
      {"\"version\":1", "\"version\":\"1\""},
      {"\"version\":1,", ""},
      {"api.example.com", "other.example.com"},
      {"\"alarm\":\"on\"", "\"alarm\":\"ON\""},
      {"\"alarm\":\"on\"", "\"alarm\":true"},
      {"\"alarm\":\"on\"", "\"alarm\":\"off\",\"alarm\":\"on\""},
      {"\"unsettled\":true", "\"unsettled\":1"},
      {"\"blocks\":1", "\"blocks\":-1"},
      {"\"blocks\":1", "\"blocks\":1001"},
      {"\"blocks\":1", "\"blocks\":1.0"},
      {"\"blocks\":1,", ""},
      {"\"blocks\":1", "\"blocks\":1,\"more\":1"},
      {"[1000000001,101]", "[1000000001]"},
      {"[1000000001,101]", "[1000000001,101,1]"},
      {"[1000000001,101]", "[-1,101]"},
      {"[1000000001,101]", "[0,101]"},
      {"[1000000001,101]", "[9223372036854775807,101]"},
      {"[1000000001,101]", "[92233720368547758070,101]"},
      {"[1000000001,101]", "1000000001"},
      {"ffffffffffffffff", "fffffffffffffff"},
      {"ffffffffffffffff", "FFFFFFFFFFFFFFFF"},
      {"\"ffffffffffffffff\"", "1"},
      {"\"baseline_public\":200", "\"baseline_public\":600"},
      {"\"pool\":[", "\"pool\":[1,"},
      {"\"pool\":[4294967295,", "\"pool\":["},
      {"\"pool\":[4294967295", "\"pool\":[4294967296"},
      {"\"pool_next\":23", "\"pool_next\":24"},
      {"\"round_attempts\":3", "\"round_attempts\":4"},
      {"\"public_verdict\":2", "\"public_verdict\":3"},
      {"\"dns_severity\":1", "\"dns_severity\":4"},
      {"\"edge\":true}", "\"edge\":true},{}"},
      {"{\"version\"", "[{\"version\""},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_memory_store store = make_store(), read;
    write_store(&store);
    char *at = strstr(text, cases[i].from);
    if (at == NULL)
      fail_msg("no %s in the text", cases[i].from);
    static char changed[sizeof(text)];
    snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, cases[i].to,
             at + strlen(cases[i].from));
    if (read_text(changed, strlen(changed), &read) != PL_ERR_INVALID)
      fail_msg("%s is taken", cases[i].to);
  }
}

static void other_texts_are_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"", "{}", "[]", "null", "1", "\"x\"", "{\"version\":1}", "{"};
  pl_memory_store read;
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++)
    assert_int_equal(read_text(texts[i], strlen(texts[i]), &read), PL_ERR_INVALID);
  memset(text, '[', sizeof(text));
  assert_int_equal(read_text(text, sizeof(text), &read), PL_ERR_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_field_comes_back), cmocka_unit_test(no_field_is_left_out),
      cmocka_unit_test(a_torn_text_is_none),    cmocka_unit_test(zeros_are_no_text),
      cmocka_unit_test(what_is_refused),        cmocka_unit_test(other_texts_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
