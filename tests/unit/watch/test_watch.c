// Tests what a watch takes over from the one that it replaces.
#include "watch/watch.h"
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INTERVAL (60 * PL_SEC)

typedef struct world {
  pl_block block;
  pl_front front;
  pl_watch before, after;
} world;

static void begin(world *w) {
  *w = (world){.block = {.name = strdup("api")}};
  pl_spec_init(&w->block.spec);
  w->block.spec.checks = PL_CHECK_BIT(PL_CHECK_DNS);
  pl_watch_init(&w->before, &w->front, &w->block, INTERVAL, NULL);
  pl_watch_init(&w->after, &w->front, &w->block, INTERVAL, NULL);
}

static void end(world *w) {
  pl_watch_free(&w->before);
  pl_watch_free(&w->after);
  pl_block_free(&w->block);
}

static void a_round_is_not_put_off_again_and_again(void **state) {
  (void)state;
  world w;
  begin(&w);
  w.before.due = 100;
  w.after.due = 200;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(w.after.due, 100);
  w.after.due = 50;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(w.after.due, 50);
  end(&w);
}

static void an_endpoint_without_a_round_does_not_become_punctual(void **state) {
  (void)state;
  world w;
  begin(&w);
  atomic_store(&w.before.ended, 100);
  atomic_store(&w.after.ended, 200);
  w.before.has_reported = true;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(atomic_load(&w.after.ended), 200);
  w.before.has_reported = false;
  pl_watch_continue(&w.after, &w.before);
  assert_int_equal(atomic_load(&w.after.ended), 100);
  assert_false(w.after.has_reported);
  end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_round_is_not_put_off_again_and_again),
      cmocka_unit_test(an_endpoint_without_a_round_does_not_become_punctual),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
