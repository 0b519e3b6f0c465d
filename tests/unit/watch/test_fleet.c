// Tests a fleet that cannot be replaced.
#include "watch/fleet.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/* ---- the front end -------------------------------------------------------------------------- */

typedef struct receiver {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  size_t count; /* of values */
} receiver;

static void take_values(void *user, const pl_values *values) {
  receiver *to = user;
  assert_string_equal(values->endpoint, "api");
  pthread_mutex_lock(&to->lock);
  to->count++;
  pthread_cond_broadcast(&to->changed);
  pthread_mutex_unlock(&to->lock);
}

static void wait_for_values(receiver *to, size_t more) {
  pthread_mutex_lock(&to->lock);
  for (size_t wanted = to->count + more; to->count < wanted;)
    pthread_cond_wait(&to->changed, &to->lock);
  pthread_mutex_unlock(&to->lock);
}

static void add_text(pl_buf *buf, const char *text) { pl_buf_add(buf, text); }

static void log_nothing(void *user, int level, const char *line) {
  (void)user;
  (void)level;
  (void)line;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  (void)name;
  return pthread_create(thread, NULL, run, arg);
}

static receiver to = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
static const pl_front front = {.program = "test",
                               .user = &to,
                               .add_name = add_text,
                               .add_spelled = add_text,
                               .log = log_nothing,
                               .values = take_values,
                               .start_thread = start_thread};

/* ---- the fleet ------------------------------------------------------------------------------ */

/* Of an endpoint with a mistake: its values come without a packet. */
static pl_status create(pl_fleet *before, pl_fleet **ret_fleet) {
  pl_error error;
  pl_block *block = calloc(1, sizeof(*block));
  assert_non_null(block);
  *block = (pl_block){.name = strdup("api"), .problem = strdup("a mistake")};
  pl_spec_init(&block->spec);
  pl_fleet_options options = {
      .front = &front, .interval = PL_SEC / 10, .common = &block->spec, .before = before};
  return pl_fleet_create(block, 1, &options, ret_fleet, &error);
}

static void a_fleet_goes_on_if_there_is_no_descriptor_for_a_new_one(void **state) {
  (void)state;
  pl_fleet *fleet, *none;
  struct rlimit before;
  assert_int_equal(create(NULL, &fleet), PL_OK);
  wait_for_values(&to, 1);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
  pl_status status = create(fleet, &none);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_not_equal(status, PL_OK);
  wait_for_values(&to, 3);
  pl_fleet *fresh;
  assert_int_equal(create(fleet, &fresh), PL_OK);
  pl_fleet_free(fleet);
  wait_for_values(&to, 1);
  pl_fleet_free(fresh);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fleet_goes_on_if_there_is_no_descriptor_for_a_new_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
