// Tests the engine end to end, in a network namespace with its own servers.
#include "alloc_fail.h"
#include "engine_world.h"
#include "facts/endpoint.h"
#include "netns.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- both sides ----------------------------------------------------------------------------- */

/* Whether a probe of the witness was answered that started with the attempt, or soon after it. */
static bool is_witnessed(const pl_witness *witness, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < witness->result_count; i++) {
    const pl_witness_result *result = &witness->results[i];
    if (result->verified && result->started >= attempt->started &&
        result->started <= attempt->started + 1500 * PL_MSEC)
      return true;
  }
  return false;
}

static void assert_all_witnessed(const pl_facts *facts, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    bool witnessed = false;
    for (size_t j = 0; j < facts->witness_count; j++)
      witnessed = witnessed || is_witnessed(&facts->witnesses[j], &target->attempts[i]);
    if (!witnessed)
      fail_msg("attempt %u has no witness", i);
  }
}

static pl_nsec took(const engine_run *r) { return r->facts[0]->ended - r->facts[0]->started; }

/* From the first to the last attempt. */
static pl_nsec span_of(const pl_target *target) {
  return target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
}

static void assert_three_attempts(const pl_target *target, pl_end end) {
  assert_int_equal(target->attempt_count, 3);
  for (unsigned i = 0; i < 3; i++) {
    assert_int_equal(target->attempts[i].end, end);
    assert_int_equal(target->attempts[i].source.family, PL_FAMILY_IPV4);
    for (unsigned j = 0; j < i; j++)
      assert_int_not_equal(target->attempts[i].local_port, target->attempts[j].local_port);
  }
  assert_true(span_of(target) >= 4500 * PL_MSEC);
}

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
  assert_true(took(&r) < 8500 * PL_MSEC);
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
  assert_true(took(&r) < PL_SEC);
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
  assert_true(took(&r) < 6 * PL_SEC);
  put_elsewhere(r.facts[0]);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
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
    assert_true(took(&r) < test->took_msec * PL_MSEC);
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
  assert_true(took(&r) < 9500 * PL_MSEC);
  run_free(&r);
}

static void a_missing_name_has_a_witness(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "missing.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->target_count, 0);
  assert_true(pl_witness_answered(&r.facts[0]->witnesses[0]));
  assert_true(took(&r) < PL_SEC);
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
  assert_true(took(&r) < 6 * PL_SEC);
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
  assert_true(took(&r) < PL_SEC);
  run_free(&r);
}

static void nothing_follows_a_429(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "busy.example"},
                              {PL_OPTION_PUBLIC_CONTROL, "open.example"},
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

static bool was_answered(const engine_run *r) {
  return only_attempt(r->facts[0], PL_ROLE_PUBLIC, FORBIDDING)->end == PL_END_HTTP_ANSWER;
}

/* The controls of a round end with it: a sibling starts 250 ms after the answer. On a busy machine
 * the answer may take longer than the round. */
static void controls_do_not_cut_a_round(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "forbidding.example"}, NO_MORE};
  bool answered = false;
  (void)state;
  for (int i = 0; i < 20 && !answered; i++) {
    engine_run r;
    run_prepare(&r, settings);
    pl_batch batch = run_batch_of_one(&r);
    batch.timeout = 200 * PL_MSEC;
    run_batch(&r, &batch);
    answered = was_answered(&r);
    assert_int_equal(count_targets(r.facts[0], PL_ROLE_SIBLING), 0);
    run_free(&r);
  }
  assert_true(answered);
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

/* ---- what is never connected to ------------------------------------------------------------- */

static void only_addresses_of_the_private_range_are_probed_as_private(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "mixed.example"},
                                     {PL_OPTION_ADDRESS, "30.51.100.10,127.0.0.1"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->target_count, 1);
  assert_int_equal(find_target(r.facts[0], PL_ROLE_PRIVATE, PRIVATE_1)->attempts[0].end,
                   PL_END_HTTP_ANSWER);
  assert_int_equal(r.facts[0]->private_dns[0].answers.count, 5);
  assert_int_equal(atomic_load(world.witnessed), 0); /* no public check, no witness */
  run_free(&r);
}

static void private_answers_of_public_dns_are_left_alone(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "inside.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->target_count, 0);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_UNKNOWN);
  run_free(&r);
}

/* The endpoint's interfaces are probed whatever their addresses are, and never as public. */
static void interfaces_of_the_endpoint_are_private(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "open.example"}, NO_MORE};
  engine_run r;
  pl_endpoint *endpoint;
  (void)state;
  run_prepare(&r, settings);
  assert_int_equal(pl_endpoint_create("vpce-1", &endpoint), PL_OK);
  endpoint->interfaces = calloc(1, sizeof(*endpoint->interfaces));
  assert_non_null(endpoint->interfaces);
  endpoint->interface_count = 1;
  endpoint->known = true;
  endpoint->parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  endpoint->interfaces[0].address_count = 1;
  (void)snprintf(endpoint->interfaces[0].zone, sizeof(endpoint->interfaces[0].zone), "zone-a");
  assert_int_equal(pl_addr_parse(OPEN_HOST, &endpoint->interfaces[0].addresses[0]), PL_OK);
  const struct pl_endpoint *endpoints[] = {endpoint};
  pl_batch batch = run_batch_of_one(&r);
  batch.endpoints = endpoints;
  run_batch(&r, &batch);
  const pl_target *target = find_target(r.facts[0], PL_ROLE_PRIVATE, OPEN_HOST);
  assert_int_equal(target->origins, PL_ORIGIN_EC2);
  assert_string_equal(target->zone, "zone-a");
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PUBLIC), 0);
  assert_ptr_equal(r.facts[0]->endpoint, endpoint);
  run_free(&r);
  pl_endpoint_unref(endpoint);
}

/* ---- resolvers ------------------------------------------------------------------------------ */

static void the_system_fails_over_to_its_second_resolver(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_prepare(&r, settings);
  r.spec.resolvers.count = 0; /* the system's */
  run_one(&r);
  const pl_facts *facts = r.facts[0];
  assert_int_equal(facts->private_dns_count, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_true(facts->private_dns[i].system);
    assert_int_equal(facts->private_dns[i].superseded, i < 2);
  }
  assert_int_equal(facts->private_dns[0].outcome, PL_DNS_TIMEOUT);
  assert_int_equal(facts->private_dns[2].outcome, PL_DNS_ANSWER);
  assert_int_equal(run_severity(&r, PL_CHECK_DNS), PL_SEVERITY_WARNING); /* clients wait for it */
  r.spec.resolvers.count = 1;
  run_free(&r);
}

static void every_listed_resolver_is_asked(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_RESOLVER, "10.0.0.53,10.0.1.10:9"},
                                     {PL_OPTION_CHECK, "dns"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->private_dns_count, 4);
  assert_int_equal(r.facts[0]->private_dns[1].outcome, PL_DNS_NODATA);
  assert_int_equal(r.facts[0]->private_dns[2].outcome, PL_DNS_CLOSED);
  assert_false(r.facts[0]->private_dns[2].superseded);
  assert_int_equal(r.facts[0]->target_count, 0);
  run_free(&r);
}

/* ---- families ------------------------------------------------------------------------------- */

static void a_family_that_this_host_lacks_is_left_out(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "dual.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PUBLIC), 1);
  assert_int_equal(r.facts[0]->ipv6, PL_FAMILY_NO_ADDRESS);
  assert_int_equal(r.facts[0]->ipv4, PL_FAMILY_USABLE);
  assert_int_equal(r.facts[0]->nat64, PL_NAT64_NOT_NEEDED);
  run_free(&r);
}

static void the_private_side_leaves_a_family_out_too(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "dual.example"}, {PL_OPTION_TLS_NAME, "svc.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PRIVATE), 1);
  assert_int_equal(r.facts[0]->private_ipv6, PL_FAMILY_NO_ADDRESS);
  assert_int_equal(r.facts[0]->private_ipv4, PL_FAMILY_USABLE);
  assert_int_equal(run_severity(&r, PL_CHECK_PORT), PL_SEVERITY_OK);
  run_free(&r);
}

/* DNS64 makes AAAA answers with the prefix that its resolver also gives for ipv4only.arpa. */
static void a_private_nat64_address_is_judged_by_its_ipv4(void **state) {
  static const struct {
    const char *name;
    pl_severity severity;
  } cases[] = {{"translated.example", PL_SEVERITY_OK},
               {"translated-leak.example", PL_SEVERITY_CRITICAL}};
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    const setting settings[] = {
        {PL_OPTION_PRIVATE_NAME, cases[i].name}, {PL_OPTION_CHECK, "dns"}, NO_MORE};
    engine_run r;
    run_settings(&r, settings);
    assert_int_equal(r.facts[0]->nat64_length, 96);
    assert_int_equal(run_severity(&r, PL_CHECK_DNS), cases[i].severity);
    run_free(&r);
  }
}

static void addresses_without_a_route_are_a_local_failure(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "unrouted.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, "30.2.0.99");
  assert_int_equal(target->attempt_count, 3);
  assert_int_equal(target->attempts[0].end, PL_END_LOCAL);
  assert_int_equal(target->attempts[0].error, ENETUNREACH);
  run_free(&r);
}

static void only_the_wanted_family_is_probed(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "open.example"},
                                     {PL_OPTION_USE_IPV6, "yes"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(r.facts[0]->target_count, 0);
  assert_int_equal(r.facts[0]->private_dns_count, 2);
  assert_int_equal(atomic_load(world.witnessed), 0);
  run_free(&r);
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

static void a_batch_probes_its_witness_once_a_second(void **state) {
  static const char *const names[] = {"hole.example", "closed.example", "open.example",
                                      "forbidding.example"};
  pl_spec *specs = calloc(BATCH, sizeof(*specs));
  const pl_spec *list[BATCH];
  engine_run r;
  (void)state;
  assert_non_null(specs);
  for (size_t i = 0; i < BATCH; i++) {
    const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                {PL_OPTION_PUBLIC_NAME, names[i % PL_COUNT_OF(names)]},
                                {PL_OPTION_CHECK, i < BATCH - 1 ? "port,public" : "port"},
                                {PL_OPTION_RESPONSE_TIMEOUT, "10"},
                                {PL_OPTION_ACCEPT, "tenant,request,key"},
                                {PL_OPTION_TIMEOUT, "60"}, /* also on a busy machine */
                                NO_MORE};
    make_spec(&specs[i], settings);
    list[i] = &specs[i];
  }
  run_create(&r);
  pl_batch batch = run_batch_of(&r, list, BATCH);
  batch.timeout = 60 * PL_SEC;
  batch.spread = 300 * PL_MSEC;
  run_batch(&r, &batch);
  assert_in_range(atomic_load(world.witnessed), 3, 8);
  for (size_t i = 0; i < BATCH - 1; i++) {
    put_elsewhere(r.facts[i]);
    const pl_severity expected = i % 4 == 2 ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK;
    if (severity_of(list[i], r.facts[i], PL_CHECK_PUBLIC) != expected)
      fail_msg("endpoint %zu: %s", i, names[i % 4]);
  }
  assert_int_equal(r.facts[BATCH - 1]->witness_count, 0);
  run_free(&r);
  for (size_t i = 0; i < BATCH; i++)
    pl_spec_free(&specs[i]);
  free(specs);
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

/* ---- without IPv4 --------------------------------------------------------------------------- */

/* Runs last: it moves into another namespace. */
static void nat64_leads_to_ipv4(void **state) {
  setting settings[] = {{PL_OPTION_PUBLIC_NAME, "open.example"},
                        {PL_OPTION_RESOLVER, "127.0.0.1:53"},
                        {PL_OPTION_PUBLIC_RESOLVER, "127.0.0.1:54"},
                        NO_MORE};
  const server_script script = {.run = serve_answer, .tls = world.tls, .text = OK_ANSWER};
  dns_server private_dns, public_dns;
  pl_addr via;
  engine_run r;
  (void)state;
  netns_enter();
  netns_add_address("lo", "3ffe:db8:64::1e33:640a", 128); /* OPEN_HOST */
  netns_add_address("lo", "3ffe:db8:64::1e33:640c", 128); /* CLOSED_HOST */
  netns_add_address("lo", "3ffe:db8:64::1e33:6401", 128); /* WITNESS */
  test_server open = server_start_at("3ffe:db8:64::1e33:640a", 443, &script);
  test_server witness = server_start_at("3ffe:db8:64::1e33:6401", 443, &script);
  assert_true(dns_server_start(&private_dns, "127.0.0.1", 53, world_private_rows));
  assert_true(dns_server_start(&public_dns, "127.0.0.1", 54, world_public_rows));
  run_settings(&r, settings);
  const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, OPEN_HOST);
  assert_int_equal(r.facts[0]->nat64, PL_NAT64_FOUND);
  assert_int_equal(r.facts[0]->ipv4, PL_FAMILY_NO_ADDRESS);
  assert_int_equal(pl_addr_parse("3ffe:db8:64::1e33:640a", &via), PL_OK);
  assert_true(pl_addr_equal(&target->via, &via));
  assert_int_equal(target->attempts[0].http_status, 200);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
  settings[0].value = "closed.example";
  run_settings(&r, settings);
  target = find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST);
  assert_int_equal(target->attempts[0].end, PL_END_REFUSED);
  assert_int_equal(target->attempts[0].source.family, PL_FAMILY_IPV6);
  assert_int_equal(r.facts[0]->witnesses[0].source.family, PL_FAMILY_IPV6);
  assert_all_witnessed(r.facts[0], target);
  run_free(&r);
  dns_server_stop(&private_dns);
  dns_server_stop(&public_dns);
  server_stop(&open);
  server_stop(&witness);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_silent_public_side_is_blocked),
      cmocka_unit_test(an_open_endpoint_is_seen_at_once),
      cmocka_unit_test(an_endpoint_that_is_to_be_open_brings_a_sibling),
      cmocka_unit_test(a_refusing_address_is_tried_three_times),
      cmocka_unit_test(as_many_attempts_as_fit),
      cmocka_unit_test(a_late_answer_is_no_silence),
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
      cmocka_unit_test(one_open_address_of_two_is_open),
      cmocka_unit_test(only_addresses_of_the_private_range_are_probed_as_private),
      cmocka_unit_test(private_answers_of_public_dns_are_left_alone),
      cmocka_unit_test(interfaces_of_the_endpoint_are_private),
      cmocka_unit_test(the_system_fails_over_to_its_second_resolver),
      cmocka_unit_test(every_listed_resolver_is_asked),
      cmocka_unit_test(a_family_that_this_host_lacks_is_left_out),
      cmocka_unit_test(the_private_side_leaves_a_family_out_too),
      cmocka_unit_test(a_private_nat64_address_is_judged_by_its_ipv4),
      cmocka_unit_test(addresses_without_a_route_are_a_local_failure),
      cmocka_unit_test(only_the_wanted_family_is_probed),
      cmocka_unit_test(the_deadline_cuts_everything),
      cmocka_unit_test(a_batch_probes_its_witness_once_a_second),
      cmocka_unit_test(a_ca_file_that_can_not_be_read_is_reported),
      cmocka_unit_test(an_empty_batch_ends),
      cmocka_unit_test(rounds_under_way_are_dropped_with_the_engine),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(nat64_leads_to_ipv4),
  };
  return cmocka_run_group_tests(tests, world_make, world_free);
}
