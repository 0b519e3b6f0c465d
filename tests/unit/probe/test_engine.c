// Tests the engine end to end, in a network namespace with its own servers.
#include "alloc_fail.h"
#include "engine_world.h"
#include "netns.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- both sides ----------------------------------------------------------------------------- */

static void a_silent_public_side_is_blocked(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "hole.example"},
                                     {PL_OPTION_ACCEPT, "tenant"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  pl_facts *facts = r.facts[0];
  const pl_target *private = find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1);
  const pl_target *public = find_target(facts, PL_ROLE_PUBLIC, BLACK_HOLE);
  assert_int_equal(facts->private_dns_count, 2);
  assert_int_equal(facts->public_dns_count, 4); /* plain, and authenticated */
  assert_int_equal(count_targets(facts, PL_ROLE_PRIVATE), 2);
  assert_int_equal(private->attempt_count, 1);
  assert_int_equal(private->attempts[0].end, PL_END_HTTP_ANSWER);
  assert_int_equal(private->attempts[0].http_status, 200);
  assert_int_equal(private->origins, PL_ORIGIN_DNS);
  assert_three_attempts(public, PL_END_SILENT);
  assert_int_equal(facts->witness_count, 1);
  assert_all_witnessed(facts, public);
  assert_int_equal(atomic_load(world.witnessed), 4); /* three probes, and a SYN with a TTL of 1 */
  assert_int_equal(facts->witnesses[0].result_count, 3);
  assert_int_equal(facts->witnesses[0].source.family, PL_FAMILY_IPV4);
  assert_false(facts->cut);
  assert_int_equal(count_targets(facts, PL_ROLE_SIBLING), 0); /* silence has no sibling */
  assert_true(run_took(&r) < 8500 * PL_MSEC);
  assert_int_equal(public->hop_count, PL_LIMIT_HOPS);
  assert_int_equal(public->hops[0].kind, PL_HOP_SILENT);
  assert_true(facts->witnesses[0].near_asked && facts->witnesses[0].near_answered);
  assert_true(public->route.known && !public->route.local);
  assert_true(facts->witnesses[0].route.known && facts->witnesses[0].route.local);
  assert_false(facts->ipsec_drops);
  assert_true(facts->witnesses[0].is_own && !public->is_own);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_UNKNOWN);
  put_elsewhere(facts);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  assert_int_equal(run_severity(&r, PL_CHECK_PORT), PL_SEVERITY_OK);
  assert_int_equal(run_severity(&r, PL_CHECK_DNS), PL_SEVERITY_OK);
  run_free(&r);
}

/* It waits neither for a second attempt nor for a witness that does not answer. */
static void an_open_endpoint_is_seen_at_once(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "open.example"},
                                     {PL_OPTION_WITNESS, "30.113.0.9"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *public = find_target(r.facts[0], PL_ROLE_PUBLIC, OPEN_HOST);
  assert_int_equal(public->attempt_count, 1);
  assert_int_equal(public->attempts[0].http_status, 200);
  assert_int_equal(public->attempts[0].signature, -1);
  assert_true(run_took(&r) < 4 * PL_SEC); /* three attempts take 4.5 s */
  assert_int_equal(public->hop_count, 0);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_SIBLING), 0);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
}

/* The baseline wants to know how another name at the address is answered. */
static void an_endpoint_that_is_to_be_open_brings_a_sibling(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "open.example"},
                                     {PL_OPTION_EXPECT_PUBLIC, "reachable"},
                                     {PL_OPTION_USER_AGENT, "client/1"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_SIBLING), 1);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_AGENT), 0);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
}

static void a_refusing_address_is_tried_three_times(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "closed.example"},
                                     {PL_OPTION_WITNESS, "witness.example:443"},
                                     {PL_OPTION_ACCEPT, "tenant"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *public = find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST);
  assert_three_attempts(public, PL_END_REFUSED);
  assert_all_witnessed(r.facts[0], public);
  assert_string_equal(r.facts[0]->witnesses[0].host, "witness.example");
  assert_true(r.facts[0]->witnesses[0].port_named);
  assert_int_equal(public->hop_count, 1);
  assert_int_equal(public->hops[0].kind, PL_HOP_REFUSED);
  assert_true(run_took(&r) < 6 * PL_SEC);
  put_elsewhere(r.facts[0]);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
}

static void one_open_address_of_two_is_open(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "both.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PUBLIC), 2);
  assert_int_equal(r.facts[0]->private_dns_count, 0);
  assert_int_equal(find_target(r.facts[0], PL_ROLE_PUBLIC, BLACK_HOLE)->attempt_count, 3);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
}

/* ---- the number of attempts ----------------------------------------------------------------- */

typedef struct fit_case {
  const char *name, *public_name, *address;
  int timeout_msec;
  pl_round_plan plan;
  unsigned attempts;
  int span_msec, took_msec; /* at least; less than */
} fit_case;

static const fit_case fit_cases[] = {
    {"time for two that wait", "hole.example", BLACK_HOLE, 6000, {.attempts = 3}, 2, 1000, 5000},
    {"time for three that don't",
     "closed.example",
     CLOSED_HOST,
     6000,
     {.attempts = 3},
     3,
     4500,
     6000},
    {"little time", "closed.example", CLOSED_HOST, 2500, {.attempts = 3}, 2, 1000, 2500},
    {"one by plan", "hole.example", BLACK_HOLE, 10000, {.attempts = 1}, 1, 0, 4000},
    {"three at an address that is not known",
     "closed.example",
     CLOSED_HOST,
     6000,
     {.attempts = 1, .known = {1}},
     3,
     4500,
     6000},
    {"a second one for the flow of a limited SYN",
     "hole.example",
     BLACK_HOLE,
     10000,
     {.attempts = 1, .hops = true},
     2,
     1000,
     7000},
};

static void as_many_attempts_as_fit(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(fit_cases); i++) {
    const fit_case *test = &fit_cases[i];
    const setting settings[] = {{PL_OPTION_PUBLIC_NAME, test->public_name}, NO_MORE};
    engine_run r;
    print_message("  %s\n", test->name);
    run_prepare(&r, settings);
    pl_batch batch = run_batch_of_one(&r);
    batch.timeout = test->timeout_msec * PL_MSEC;
    batch.plans = &test->plan;
    run_batch(&r, &batch);
    const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, test->address);
    assert_int_equal(target->attempt_count, test->attempts);
    assert_true(span_of(target) >= test->span_msec * PL_MSEC);
    assert_true(run_took(&r) < test->took_msec * PL_MSEC);
    assert_all_witnessed(r.facts[0], target);
    assert_int_equal(target->hop_count, test->plan.hops ? PL_LIMIT_HOPS : 0);
    run_free(&r);
  }
}

typedef struct late_world {
  engine_run run;
  unsigned ticks;
} late_world;

static void open_after_two_and_a_half_seconds(pl_engine *engine, void *user) {
  late_world *late = user;
  if (++late->ticks == 25)
    netns_add_address("lo:90", "30.113.0.11", 32);
  if (late->run.batches > 0)
    pl_engine_stop(engine);
}

/* The first attempt is silent for its 1.7 seconds. Its SYN is answered after three, while the
 * second one still runs. */
static void a_late_answer_is_no_silence(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "late.example"},
                                     {PL_OPTION_PORT, "8443"},
                                     {PL_OPTION_CONNECT_TIMEOUT, "1.7"},
                                     NO_MORE};
  const server_script script = {.run = serve_answer, .tls = world.tls, .text = OK_ANSWER};
  late_world late = {.ticks = 0};
  (void)state;
  test_server server = server_start_at("0.0.0.0", 8443, &script);
  run_prepare(&late.run, settings);
  pl_engine_free(late.run.engine);
  const pl_engine_config config = {.clock = pl_clock_system(),
                                   .tick = 100 * PL_MSEC,
                                   .on_tick = open_after_two_and_a_half_seconds,
                                   .user = &late};
  assert_int_equal(pl_engine_create(&config, &late.run.engine, NULL), PL_OK);
  const pl_batch batch = run_batch_of_one(&late.run);
  run_batch(&late.run, &batch);
  const pl_target *target = find_target(late.run.facts[0], PL_ROLE_PUBLIC, "30.113.0.11");
  assert_int_equal(target->attempt_count, 2);
  assert_int_equal(target->attempts[0].end, PL_END_LATE);
  assert_int_equal(target->attempts[1].end, PL_END_HTTP_ANSWER);
  run_free(&late.run);
  server_stop(&server);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void the_deadline_cuts_everything(void **state) {
  static const struct {
    const char *name;
    setting settings[4];
  } cases[] = {
      {"silent resolvers",
       {{PL_OPTION_PRIVATE_NAME, "silent.example"},
        {PL_OPTION_PUBLIC_NAME, "silent.example"},
        NO_MORE}},
      {"silent addresses",
       {{PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "hole.example"}, NO_MORE}},
      {"silent witness",
       {{PL_OPTION_PUBLIC_NAME, "hole.example"}, {PL_OPTION_WITNESS, "30.113.0.9"}, NO_MORE}},
      {"witness without a name",
       {{PL_OPTION_PUBLIC_NAME, "hole.example"}, {PL_OPTION_WITNESS, "silent.example"}, NO_MORE}},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    engine_run r;
    run_prepare(&r, cases[i].settings);
    pl_batch batch = run_batch_of_one(&r);
    batch.timeout = 700 * PL_MSEC;
    run_batch(&r, &batch);
    if (!r.facts[0]->cut || r.facts[0]->local_problem[0] != '\0')
      fail_msg("%s: not cut", cases[i].name);
    assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_UNKNOWN);
    run_free(&r);
  }
}

#define BATCH 13
#define SMALL_BATCH 5 /* under valgrind: more endpoints at once get no answers in time */

static void a_batch_probes_its_witness_once_a_second(void **state) {
  static const char *const names[] = {"hole.example", "closed.example", "open.example",
                                      "forbidding.example"};
  const size_t count = getenv("PL_TEST_VALGRIND") != NULL ? SMALL_BATCH : BATCH;
  pl_spec *specs = calloc(count, sizeof(*specs));
  const pl_spec *list[BATCH];
  engine_run r;
  (void)state;
  assert_non_null(specs);
  for (size_t i = 0; i < count; i++) {
    const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                {PL_OPTION_PUBLIC_NAME, names[i % PL_COUNT_OF(names)]},
                                {PL_OPTION_CHECK, i < count - 1 ? "port,public" : "port"},
                                {PL_OPTION_RESPONSE_TIMEOUT, "10"},
                                {PL_OPTION_ACCEPT, "tenant,request,key"},
                                {PL_OPTION_TIMEOUT, "60"}, /* also on a busy machine */
                                NO_MORE};
    make_spec(&specs[i], settings);
    list[i] = &specs[i];
  }
  run_create(&r);
  pl_batch batch = run_batch_of(&r, list, count);
  batch.timeout = 60 * PL_SEC;
  batch.spread = 300 * PL_MSEC;
  run_batch(&r, &batch);
  assert_in_range(atomic_load(world.witnessed), 3, 8);
  for (size_t i = 0; i < count - 1; i++) {
    put_elsewhere(r.facts[i]);
    const pl_severity expected = i % 4 == 2 ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK;
    if (severity_of(list[i], r.facts[i], PL_CHECK_PUBLIC) != expected)
      fail_msg("endpoint %zu: %s", i, names[i % 4]);
  }
  assert_int_equal(r.facts[count - 1]->witness_count, 0);
  run_free(&r);
  for (size_t i = 0; i < count; i++)
    pl_spec_free(&specs[i]);
  free(specs);
}

/* An answer that comes later than an attempt would have taken says nothing about it. */
static void a_witness_waits_as_long_as_an_attempt(void **state) {
  static const char *const timeouts[] = {"5", "1.6"};
  pl_spec specs[2];
  const pl_spec *list[2];
  engine_run r;
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(specs); i++) {
    const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "hole.example"},
                                {PL_OPTION_WITNESS, "30.113.0.9"},
                                {PL_OPTION_CONNECT_TIMEOUT, timeouts[i]},
                                NO_MORE};
    make_spec(&specs[i], settings);
    list[i] = &specs[i];
  }
  run_create(&r);
  pl_batch batch = run_batch_of(&r, list, PL_COUNT_OF(specs));
  run_batch(&r, &batch);
  const pl_witness *witness = &r.facts[1]->witnesses[0];
  assert_int_not_equal(witness->result_count, 0);
  for (size_t i = 0; i < witness->result_count; i++)
    assert_in_range(witness->results[i].ended - witness->results[i].started, 0, 4 * PL_SEC);
  run_free(&r);
  for (size_t i = 0; i < PL_COUNT_OF(specs); i++)
    pl_spec_free(&specs[i]);
}

/* ---- this host ------------------------------------------------------------------------------ */

static void a_ca_file_that_can_not_be_read_is_reported(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "open.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_prepare(&r, settings);
  r.spec.public_ca_file[0] = 'X'; /* the file has disappeared */
  const pl_batch batch = run_batch_of_one(&r);
  run_batch(&r, &batch);
  assert_non_null(strstr(r.facts[0]->local_problem, r.spec.public_ca_file));
  assert_int_equal(r.facts[0]->target_count, 0);
  run_free(&r);
}

static void an_empty_batch_ends(void **state) {
  engine_run r;
  (void)state;
  run_create(&r);
  const pl_batch batch = run_batch_of(&r, NULL, 0);
  run_batch(&r, &batch);
  assert_int_equal(pl_engine_run(r.engine), PL_OK); /* nothing to do: returns */
  run_free(&r);
}

static void stop_at_third(pl_engine *engine, void *user) {
  unsigned *ticks = user;
  if (++*ticks == 3)
    pl_engine_stop(engine);
}

static void rounds_under_way_are_dropped_with_the_engine(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "hole.example"}, NO_MORE};
  unsigned ticks = 0;
  engine_run r = {0};
  (void)state;
  make_spec(&r.spec, settings);
  const pl_engine_config config = {.clock = pl_clock_system(),
                                   .max_connecting = 8,
                                   .max_handshaking = 4,
                                   .tick = 100 * PL_MSEC,
                                   .on_tick = stop_at_third,
                                   .user = &ticks};
  assert_int_equal(pl_engine_create(&config, &r.engine, NULL), PL_OK);
  const pl_batch batch = run_batch_of_one(&r);
  assert_int_equal(pl_engine_start(r.engine, &batch, NULL), PL_OK);
  assert_int_equal(pl_engine_run(r.engine), PL_OK);
  assert_int_equal(ticks, 3);
  assert_int_equal(r.reported, 0);
  run_free(&r);
}

/* Whichever allocation fails, the round is reported, and no verdict is better than without the
 * failure. */
static void every_allocation_may_fail_beside(const char *public_name) {
  const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, public_name}, NO_MORE};
  const pl_round_plan plan = {.controls = false, .attempts = 3}; /* controls take time */
  pl_spec spec;
  bool failed = true;
  make_spec(&spec, settings);
  for (unsigned nth = 1; failed; nth++) {
    const pl_engine_config config = {.clock = pl_clock_system()};
    const pl_spec *specs[] = {&spec};
    engine_run r = {0};
    pl_batch batch = run_batch_of(&r, specs, 1);
    batch.plans = &plan;
    alloc_fail_arm(nth);
    pl_status status = pl_engine_create(&config, &r.engine, NULL);
    if (status == PL_OK)
      status = pl_engine_start(r.engine, &batch, NULL);
    if (status == PL_OK)
      status = pl_engine_run(r.engine);
    failed = alloc_fail_disarm();
    if (status == PL_OK) {
      assert_int_equal(r.reported, 1);
      assert_int_not_equal(severity_of(&spec, r.facts[0], PL_CHECK_PUBLIC), PL_SEVERITY_OK);
    } else {
      assert_int_equal(status, PL_ERR_MEMORY);
    }
    run_free(&r);
  }
  pl_spec_free(&spec);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  every_allocation_may_fail_beside("open.example");
  every_allocation_may_fail_beside("half.example"); /* a blocked address must not hide the others */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_silent_public_side_is_blocked),
      cmocka_unit_test(an_open_endpoint_is_seen_at_once),
      cmocka_unit_test(an_endpoint_that_is_to_be_open_brings_a_sibling),
      cmocka_unit_test(a_refusing_address_is_tried_three_times),
      cmocka_unit_test(as_many_attempts_as_fit),
      cmocka_unit_test(a_late_answer_is_no_silence),
      cmocka_unit_test(one_open_address_of_two_is_open),
      cmocka_unit_test(the_deadline_cuts_everything),
      cmocka_unit_test(a_batch_probes_its_witness_once_a_second),
      cmocka_unit_test(a_witness_waits_as_long_as_an_attempt),
      cmocka_unit_test(a_ca_file_that_can_not_be_read_is_reported),
      cmocka_unit_test(an_empty_batch_ends),
      cmocka_unit_test(rounds_under_way_are_dropped_with_the_engine),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, world_make, world_free);
}
