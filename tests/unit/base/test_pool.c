// Tests the pool: equal bytes are kept once, and others side by side.
#include "alloc_fail.h"
#include "base/pool.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 5000
#define LARGE 200000 /* more than one piece of memory */

static pl_pool *make_pool(void) {
  pl_pool *pool;
  assert_int_equal(pl_pool_create(&pool), PL_OK);
  return pool;
}

static void equal_bytes_are_kept_once(void **state) {
  (void)state;
  pl_pool *pool = make_pool();
  char text[] = "10.0.0.1";
  const char *kept = pl_pool_keep_text(pool, text);
  assert_true(kept != text);
  assert_ptr_equal(pl_pool_keep_text(pool, "10.0.0.1"), kept);
  assert_ptr_equal(pl_pool_keep(pool, "10.0.0.1", 9), kept);
  assert_ptr_not_equal(pl_pool_keep(pool, "10.0.0.1", 8), kept); /* without its NUL */
  text[0] = '2';
  assert_string_equal(kept, "10.0.0.1");
  assert_string_equal(pl_pool_keep_text(pool, text), "20.0.0.1");
  assert_string_equal(pl_pool_keep_text(pool, ""), "");
  pl_pool_free(pool);
  pl_pool_free(NULL);
}

static void many_and_large_blocks_stay_where_they_are(void **state) {
  (void)state;
  static const char *kept[MANY];
  pl_pool *pool = make_pool();
  char text[32];
  char *large = calloc(1, LARGE);
  assert_non_null(large);
  for (unsigned round = 0; round < 2; round++) {
    for (unsigned i = 0; i < MANY; i++) {
      snprintf(text, sizeof(text), "endpoint-%u.example", i);
      const char *now = pl_pool_keep_text(pool, text);
      assert_string_equal(now, text);
      assert_int_equal((uintptr_t)now % sizeof(void *), 0);
      assert_true(round == 0 || now == kept[i]);
      kept[i] = now;
    }
    const char *large_kept = pl_pool_keep(pool, large, LARGE);
    assert_memory_equal(large_kept, large, LARGE);
    assert_ptr_equal(pl_pool_keep(pool, large, LARGE), large_kept);
  }
  pl_pool_close(pool);
  assert_string_equal(kept[MANY - 1], text);
  free(large);
  pl_pool_free(pool);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (unsigned nth = 1;; nth++) {
    pl_pool *pool = NULL;
    const char *kept = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_pool_create(&pool);
    if (status == PL_OK)
      kept = pl_pool_keep_text(pool, "x");
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed && nth == 1 ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(kept == NULL, failed);
    if (pool != NULL)
      assert_string_equal(pl_pool_keep_text(pool, "x"), "x");
    pl_pool_free(pool);
    if (!failed) {
      assert_int_equal(nth, 4);
      break;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_bytes_are_kept_once),
      cmocka_unit_test(many_and_large_blocks_stay_where_they_are),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
