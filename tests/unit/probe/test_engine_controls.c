// Tests which witnesses and controls the engine asks, and where a key goes.
#include "engine_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- witnesses ------------------------------------------------------------------------------ */

typedef struct witness_case {
  const char *name, *list;
  size_t alive; /* index of the one that must be the witness of the last attempt */
} witness_case;

static const witness_case witness_cases[] = {
    {"the first of two is silent", "30.113.0.9," WITNESS, 1},
    {"the fast one dies", SLOW_WITNESS "," DYING_WITNESS, 0},
};

static void another_witness_stands_in(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(witness_cases); i++) {
    const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "closed.example"},
                                {PL_OPTION_WITNESS, witness_cases[i].list},
                                NO_MORE};
    engine_run r;
    print_message("  %s\n", witness_cases[i].name);
    run_settings(&r, settings);
    const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST);
    const pl_witness *alive = &r.facts[0]->witnesses[witness_cases[i].alive];
    assert_three_attempts(target, PL_END_REFUSED);
    assert_all_witnessed(r.facts[0], target);
    assert_true(is_witnessed(alive, &target->attempts[2]));
    run_free(&r);
  }
}

/* Here each witness has a routing entry of its own. Which one the attempts share is for the judge.
 */
static void each_route_has_its_witness(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "closed.example"},
                                     {PL_OPTION_WITNESS, WITNESS "," SLOW_WITNESS},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST);
  assert_three_attempts(target, PL_END_REFUSED);
  assert_int_equal(r.facts[0]->witness_count, 2);
  for (unsigned i = 0; i < 3; i++) {
    assert_true(is_witnessed(&r.facts[0]->witnesses[0], &target->attempts[i]));
    assert_true(is_witnessed(&r.facts[0]->witnesses[1], &target->attempts[i]));
  }
  run_free(&r);
}

/* A dead witness costs the time of its last probe, and not more. */
static void a_dead_witness_ends_with_its_probe(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PUBLIC_NAME, "closed.example"}, {PL_OPTION_WITNESS, "30.113.0.9"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_three_attempts(find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST), PL_END_REFUSED);
  assert_false(pl_witness_answered(&r.facts[0]->witnesses[0]));
  assert_true(r.facts[0]->witnesses[0].result_count >= 3);
  assert_false(r.facts[0]->cut);
  assert_true(run_took(&r) < 9500 * PL_MSEC);
  run_free(&r);
}

static void a_missing_name_has_a_witness(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "missing.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->target_count, 0);
  assert_true(pl_witness_answered(&r.facts[0]->witnesses[0]));
  assert_true(run_took(&r) < PL_SEC);
  run_free(&r);
}

/* ---- controls ------------------------------------------------------------------------------- */

static void write_key(char target[64]) {
  (void)snprintf(target, 64, "/tmp/pl-test-key.XXXXXX");
  int fd = mkstemp(target);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "secret\n", 7), 7);
  close(fd);
}

static void a_key_brings_a_second_question_without_it(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "forbidding.example"},
                              {PL_OPTION_API_KEY_FILE, key},
                              {PL_OPTION_ADDRESS, "10.0.1.10"},
                              {PL_OPTION_ACCEPT, "tenant,request,key"},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  const pl_facts *facts = r.facts[0];
  assert_int_equal(count_targets(facts, PL_ROLE_PRIVATE), 2);
  assert_int_equal(count_targets(facts, PL_ROLE_COUNTER), 2);
  assert_true(find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1)->with_key);
  assert_int_equal(find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1)->origins,
                   PL_ORIGIN_DNS | PL_ORIGIN_OPTION);
  assert_false(find_target(facts, PL_ROLE_COUNTER, PRIVATE_1)->with_key);
  assert_false(find_target(facts, PL_ROLE_PUBLIC, FORBIDDING)->with_key);
  assert_int_equal(find_target(facts, PL_ROLE_PUBLIC, FORBIDDING)->attempts[0].signature, 0);
  put_elsewhere(r.facts[0]);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
  unlink(key);
}

/* No option makes another address one that may get the key. */
static void a_key_goes_to_private_addresses_only(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "mixed.example"},
                              {PL_OPTION_PRIVATE_RANGE, "10.0.0.0/8," OPEN_HOST "/32"},
                              {PL_OPTION_API_KEY_FILE, key},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  const pl_target *private = find_target(r.facts[0], PL_ROLE_PRIVATE, PRIVATE_1);
  const pl_target *public = find_target(r.facts[0], PL_ROLE_PRIVATE, OPEN_HOST);
  assert_true(private->with_key);
  assert_false(public->with_key);
  assert_int_equal(public->attempts[0].http_status, 200);
  run_free(&r);
  unlink(key);
}

static const pl_attempt_result *only_attempt(const pl_facts *facts, pl_role role,
                                             const char *address) {
  const pl_target *target = find_target(facts, role, address);
  assert_int_equal(count_targets(facts, role), 1);
  assert_int_equal(target->attempt_count, 1);
  return &target->attempts[0];
}

static void a_sign_brings_its_controls(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "forbidding.example"},
                              {PL_OPTION_PUBLIC_CONTROL, "open.example"}, /* not for an answer */
                              {PL_OPTION_PUBLIC_KEY_FILE, key},
                              {PL_OPTION_USER_AGENT, "client/1"},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  const pl_facts *facts = r.facts[0];
  const pl_attempt_result *plain = only_attempt(facts, PL_ROLE_PUBLIC, FORBIDDING);
  const pl_attempt_result *sibling = only_attempt(facts, PL_ROLE_SIBLING, FORBIDDING);
  const pl_attempt_result *agent = only_attempt(facts, PL_ROLE_AGENT, FORBIDDING);
  const pl_attempt_result *private = only_attempt(facts, PL_ROLE_PRIVATE_KEY, PRIVATE_1);
  const pl_attempt_result *public = only_attempt(facts, PL_ROLE_PUBLIC_KEY, FORBIDDING);
  assert_int_equal(plain->end, PL_END_HTTP_ANSWER);
  assert_int_equal(sibling->end, PL_END_TLS_UNVERIFIED); /* the certificate names no sibling */
  assert_int_equal(private->http_status, 200);
  assert_int_equal(public->signature, 0);
  assert_true(find_target(facts, PL_ROLE_PUBLIC_KEY, FORBIDDING)->with_key);
  assert_true(find_target(facts, PL_ROLE_PRIVATE_KEY, PRIVATE_1)->with_key);
  assert_true(sibling->started - plain->ended >= 250 * PL_MSEC);
  assert_int_equal(agent->signature, 0);
  assert_int_equal(count_targets(facts, PL_ROLE_HELLO), 0);
  assert_true(agent->started - sibling->ended >= 250 * PL_MSEC);
  assert_true(private->started - agent->ended >= 250 * PL_MSEC);
  assert_true(public->started - private->ended >= 250 * PL_MSEC);
  run_free(&r);
  unlink(key);
}

static void a_reset_in_the_handshake_brings_a_plain_hello(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "resetting.example"},
                              {PL_OPTION_BLOCKED_BY, "tls:reset"},
                              {PL_OPTION_PUBLIC_KEY_FILE, key},
                              {PL_OPTION_USER_AGENT, "client/1"},
                              {PL_OPTION_ACCEPT, "tenant"},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  pl_facts *facts = r.facts[0];
  const pl_target *public = find_target(facts, PL_ROLE_PUBLIC, RESETTING);
  assert_three_attempts(public, PL_END_TLS_RESET);
  assert_all_witnessed(facts, public);
  assert_int_equal(public->hops[0].kind, PL_HOP_ANSWERED);
  assert_int_equal(only_attempt(facts, PL_ROLE_SIBLING, RESETTING)->end, PL_END_TLS_RESET);
  assert_int_equal(only_attempt(facts, PL_ROLE_HELLO, RESETTING)->end, PL_END_TLS_RESET);
  assert_int_equal(count_targets(facts, PL_ROLE_AGENT), 0);
  assert_int_equal(count_targets(facts, PL_ROLE_PUBLIC_KEY), 0);
  assert_true(run_took(&r) < 6 * PL_SEC);
  put_elsewhere(facts);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
  unlink(key);
}

static void a_plan_without_controls_sends_none(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "forbidding.example"}, NO_MORE};
  const pl_round_plan plan = {.controls = false, .attempts = 3};
  engine_run r;
  (void)state;
  run_prepare(&r, settings);
  pl_batch batch = run_batch_of_one(&r);
  batch.plans = &plan;
  run_batch(&r, &batch);
  assert_int_equal(r.facts[0]->target_count, 1);
  assert_true(run_took(&r) < PL_SEC);
  run_free(&r);
}

static void nothing_follows_a_429(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "api.busy.example"},
                              {PL_OPTION_PUBLIC_KEY_FILE, key},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  assert_int_equal(only_attempt(r.facts[0], PL_ROLE_SIBLING, BUSY_HOST)->http_status, 429);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PRIVATE_KEY), 0);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PUBLIC_KEY), 0);
  assert_int_equal(atomic_load(world.busy), 2);
  run_free(&r);
  unlink(key);
}

/* The controls of a round end with it: a sibling starts 250 ms after the answer. Under valgrind the
 * answer may take longer than the round, so later rounds are longer. */
static void controls_do_not_cut_a_round(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "forbidding.example"}, NO_MORE};
  bool seen = false;
  (void)state;
  for (int i = 0; i < 20 && !seen; i++) {
    engine_run r;
    run_prepare(&r, settings);
    pl_batch batch = run_batch_of_one(&r);
    batch.timeout = (200 + 50 * i) * PL_MSEC;
    run_batch(&r, &batch);
    const pl_attempt_result *attempt = only_attempt(r.facts[0], PL_ROLE_PUBLIC, FORBIDDING);
    seen = attempt->end == PL_END_HTTP_ANSWER &&
           r.facts[0]->started + batch.timeout - attempt->ended < 250 * PL_MSEC;
    if (seen)
      assert_int_equal(count_targets(r.facts[0], PL_ROLE_SIBLING), 0);
    run_free(&r);
  }
  assert_true(seen);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(another_witness_stands_in),
      cmocka_unit_test(each_route_has_its_witness),
      cmocka_unit_test(a_dead_witness_ends_with_its_probe),
      cmocka_unit_test(a_missing_name_has_a_witness),
      cmocka_unit_test(a_sign_brings_its_controls),
      cmocka_unit_test(a_reset_in_the_handshake_brings_a_plain_hello),
      cmocka_unit_test(a_plan_without_controls_sends_none),
      cmocka_unit_test(nothing_follows_a_429),
      cmocka_unit_test(controls_do_not_cut_a_round),
      cmocka_unit_test(a_key_brings_a_second_question_without_it),
      cmocka_unit_test(a_key_goes_to_private_addresses_only),
  };
  return cmocka_run_group_tests(tests, world_make, world_free);
}
