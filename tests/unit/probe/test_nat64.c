// Tests finding a NAT64 prefix, and making addresses with it.
#include "probe/nat64.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* RFC 6052 2.4: 192.0.2.33 after each kind of prefix; and RFC 7050's address after the same. */
static void nat64_prefixes_are_found_and_used(void **state) {
  static const struct {
    const char *arpa;
    const char *prefix;
    unsigned length;
    const char *made;
  } rows[] = {
      {"2001:db8:c000:aa::", "2001:db8::", 32, "2001:db8:c000:221::"},
      {"2001:db8:1c0:0:aa::", "2001:db8:100::", 40, "2001:db8:1c0:2:21::"},
      {"2001:db8:122:c000:0:aa00::", "2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"},
      {"2001:db8:122:3c0:0:aa::", "2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"},
      {"2001:db8:122:344:c0:0:aa00::", "2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::"},
      {"2001:db8:122:344::192.0.0.171", "2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33"},
  };
  pl_addr ipv4;
  (void)state;
  assert_int_equal(pl_addr_parse("192.0.2.33", &ipv4), PL_OK);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_addr arpa, prefix, expected;
    unsigned length = 0;
    assert_int_equal(pl_addr_parse(rows[i].arpa, &arpa), PL_OK);
    pl_addr_list answers = {.items = &arpa, .count = 1};
    if (!pl_nat64_prefix(&answers, &prefix, &length) || length != rows[i].length)
      fail_msg("%s: length %u", rows[i].arpa, length);
    assert_int_equal(pl_addr_parse(rows[i].prefix, &expected), PL_OK);
    assert_true(pl_addr_equal(&prefix, &expected));
    assert_int_equal(pl_addr_parse(rows[i].made, &expected), PL_OK);
    pl_addr made = pl_addr_embed(&prefix, length, &ipv4);
    if (!pl_addr_equal(&made, &expected))
      fail_msg("%s", rows[i].made);
  }
}

static void other_answers_are_no_nat64_prefix(void **state) {
  static const char *const texts[] = {"2001:db8::1", "192.0.0.170", "2001:db8::192.0.0.172"};
  pl_addr prefix, address;
  unsigned length;
  (void)state;
  assert_false(pl_nat64_prefix(&(pl_addr_list){0}, &prefix, &length));
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++) {
    assert_int_equal(pl_addr_parse(texts[i], &address), PL_OK);
    assert_false(pl_nat64_prefix(&(pl_addr_list){.items = &address, .count = 1}, &prefix, &length));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nat64_prefixes_are_found_and_used),
      cmocka_unit_test(other_answers_are_no_nat64_prefix),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
