// Tests which lists of SCTs are well-formed. OpenSSL's own reader must accept those that are.
#include "base/status.h"
#include "probe/wire/scts.h"
#include "sct_bytes.h"
#include <openssl/ct.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t one[] = SCT_BYTES;
#define ONE_LENGTH (sizeof(one) - 1)
#define SCT_START 4 /* of the length of the first SCT */

typedef struct list_bytes {
  uint8_t bytes[1024];
  size_t length;
} list_bytes;

/* An OCTET STRING in its shortest form, around a list of `count` SCTs. */
static list_bytes list_of(unsigned count) {
  list_bytes made = {.length = 0};
  size_t sct = ONE_LENGTH - SCT_START, list = count * sct, string = list + 2;
  made.bytes[made.length++] = 0x04;
  if (string >= 0x100) {
    made.bytes[made.length++] = 0x82;
    made.bytes[made.length++] = (uint8_t)(string >> 8);
  } else if (string >= 0x80) {
    made.bytes[made.length++] = 0x81;
  }
  made.bytes[made.length++] = (uint8_t)string;
  made.bytes[made.length++] = (uint8_t)(list >> 8);
  made.bytes[made.length++] = (uint8_t)list;
  for (unsigned i = 0; i < count; i++) {
    memcpy(made.bytes + made.length, one + SCT_START, sct);
    made.length += sct;
  }
  return made;
}

/* In memory of exactly this length, so that a sanitizer sees a read beyond it. */
static bool valid(const uint8_t *bytes, size_t length) {
  uint8_t *copy = malloc(length > 0 ? length : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, length);
  bool result = pl_scts_valid(copy, length);
  free(copy);
  return result;
}

static void lists_of_every_length_are_read(void **state) {
  (void)state;
  assert_true(valid(one, ONE_LENGTH));
  for (unsigned count = 0; count <= 8; count++) {
    list_bytes list = list_of(count);
    assert_int_equal(valid(list.bytes, list.length), count > 0);
    const unsigned char *at = list.bytes;
    STACK_OF(SCT) *read = d2i_SCT_LIST(NULL, &at, (long)list.length);
    if (count > 0)
      assert_int_equal(sk_SCT_num(read), count);
    SCT_LIST_free(read);
  }
}

static void a_part_or_more_is_no_list(void **state) {
  (void)state;
  list_bytes list = list_of(2);
  for (size_t length = 0; length < list.length; length++)
    assert_false(valid(list.bytes, length));
  assert_false(valid(list.bytes, list.length + 1));
}

static void each_wrong_byte_is_seen(void **state) {
  (void)state;
  static const struct {
    const char *name;
    size_t at;
    uint8_t value;
  } cases[] = {
      {"another tag", 0, 0x30},
      {"an indefinite length", 1, 0x80},
      {"a length of four bytes", 1, 0x84},
      {"a longer string", 1, 0x36},
      {"a shorter string", 1, 0x34},
      {"a longer list", 3, 0x34},
      {"a shorter list", 3, 0x32},
      {"an empty list", 3, 0x00},
      {"a longer SCT", 5, 0x32},
      {"a shorter SCT", 5, 0x30},
      {"an empty SCT", 5, 0x00},
      {"version 2", 6, 1},
      {"longer extensions", 48, 1},
      {"another hash", 49, 6},
      {"another kind of signature", 50, 2},
      {"a longer signature", 52, 3},
      {"a shorter signature", 52, 1},
      {"no signature", 52, 0},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    uint8_t wrong[ONE_LENGTH];
    memcpy(wrong, one, ONE_LENGTH);
    assert_int_not_equal(wrong[cases[i].at], cases[i].value);
    wrong[cases[i].at] = cases[i].value;
    assert_false(valid(wrong, ONE_LENGTH));
  }
  /* A length that is not in its shortest form (X.690 10.1). */
  uint8_t wide[ONE_LENGTH + 1] = {0x04, 0x81, 0x35};
  memcpy(wide + 3, one + 2, ONE_LENGTH - 2);
  assert_false(valid(wide, sizeof(wide)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lists_of_every_length_are_read),
      cmocka_unit_test(a_part_or_more_is_no_list),
      cmocka_unit_test(each_wrong_byte_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
