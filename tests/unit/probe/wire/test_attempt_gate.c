// Tests many attempts at once, and cancelled ones: the gate, and memory that runs out.
#include "alloc_fail.h"
#include "attempt_bench.h"
#include "server.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- the gate ------------------------------------------------------------------------------- */

enum { MANY = 20 };

static void starts_come_in_micro_batches(void **state) {
  (void)state;
  server_script script = {.run = serve_silence};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt *attempts[MANY];
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  assert_int_equal(count_descriptors(), descriptors);
  for (unsigned open = 0; open < MANY;) {
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    unsigned now_open = count_descriptors() - descriptors;
    assert_true(now_open - open <= 8);
    open = now_open;
  }
  for (size_t i = 0; i < MANY; i++)
    pl_attempt_free(attempts[i]);
  assert_int_equal(count_descriptors(), descriptors);
  bench_close(&bench);
  server_stop(&server);
}

static void no_more_connect_at_once_than_may(void **state) {
  (void)state;
  attempt_bench bench;
  bench_open_with(&bench, 3, 1, NULL);
  pl_attempt *attempts[MANY];
  pl_attempt_config config = bench_config(&bench, "30.18.0.2", 443);
  config.connect_timeout = 20 * PL_MSEC;
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  unsigned most = 0;
  while (bench.ended < MANY) {
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    unsigned open = count_descriptors() - descriptors;
    most = open > most ? open : most;
  }
  assert_int_equal(most, 3);
  for (size_t i = 0; i < MANY; i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
}

/* One handshake at a time, each of 450 ms. Attempts that wait lose nothing of their connect
 * timeout, and their wait is reported as a delay. (If the machine is so slow that the last one
 * waits for more than a second, it counts as frozen.) */
static void waiting_for_a_handshake_costs_no_time_of_its_own(void **state) {
  (void)state;
  server_script script = {.run = serve_hold, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open_with(&bench, 3, 1, NULL);
  pl_attempt *attempts[3];
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.connect_timeout = 800 * PL_MSEC;
  config.response_timeout = 450 * PL_MSEC;
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  for (unsigned i = 1; i <= PL_COUNT_OF(attempts); i++) {
    bench_turn_until(&bench, i);
    assert_true(bench.last.end == PL_END_HTTP_SILENT ||
                (i == 3 && bench.last.end == PL_END_FROZEN));
    assert_true(pl_attempt_verified(&bench.last));
    assert_true(bench.last.ended - bench.last.started >= i * 450 * PL_MSEC);
  }
  assert_true(pl_loop_take_delay(bench.loop) >= 900 * PL_MSEC);
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
  server_stop(&server);
}

/* If this side kept a socket waiting for more than a second, its close proves nothing. */
static void a_close_after_a_long_wait_in_our_queue_proves_nothing(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = bench_servers[CERT_GOOD]};
  server_script closing = {.run = serve_close};
  test_server holder = server_start(IPV4, &hold);
  test_server closer = server_start(IPV4, &closing);
  attempt_bench bench;
  bench_open_with(&bench, 3, 1, NULL);
  pl_attempt *first, *second;
  pl_attempt_config config = bench_config(&bench, IPV4, holder.port);
  config.response_timeout = 1200 * PL_MSEC;
  assert_int_equal(pl_attempt_start(&config, &first), PL_OK);
  config.target.port = closer.port;
  assert_int_equal(pl_attempt_start(&config, &second), PL_OK);
  bench_turn_until(&bench, 1);
  assert_int_equal(bench.last.end, PL_END_HTTP_SILENT);
  bench_turn_until(&bench, 2);
  assert_int_equal(bench.last.end, PL_END_FROZEN);
  pl_attempt_free(first);
  pl_attempt_free(second);
  bench_close(&bench);
  server_stop(&holder);
  server_stop(&closer);
}

static void the_deadline_cuts_those_who_wait(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &hold);
  attempt_bench bench;
  bench_open_with(&bench, 2, 1, NULL);
  pl_attempt *attempts[4]; /* in HTTP, in the queue for TLS, connecting, in the queue for TCP */
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.deadline = pl_loop_clock(bench.loop) + PL_SEC;
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
  for (unsigned i = 1; i <= PL_COUNT_OF(attempts); i++) {
    bench_turn_until(&bench, i);
    assert_int_equal(bench.last.end, PL_END_CUT);
    assert_true(bench.last.started > 0 && bench.last.ended >= bench.last.started);
  }
  for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
  server_stop(&server);
}

typedef struct in_order {
  attempt_bench *bench;
  const char *name;
  char *log;
} in_order;

static void note_order(void *user, const pl_attempt_result *result) {
  const in_order *who = user;
  strcat(who->log, who->name);
  bench_done(who->bench, result);
}

static void an_urgent_attempt_passes_those_who_wait(void **state) {
  const server_script script = {.run = serve_silence};
  char log[8] = "";
  attempt_bench bench;
  (void)state;
  test_server server = server_start(IPV4, &script);
  bench_open_with(&bench, 1, 1, NULL);
  in_order who[] = {{&bench, "a", log}, {&bench, "b", log}, {&bench, "c", log}, {&bench, "U", log}};
  pl_attempt *attempts[PL_COUNT_OF(who)];
  pl_attempt_config config = bench_config(&bench, "30.18.0.2", 1); /* silent */
  config.connect_timeout = 300 * PL_MSEC;
  config.depth = PL_DEPTH_TCP;
  config.done = note_order;
  for (size_t i = 0; i < PL_COUNT_OF(who); i++) {
    config.user = &who[i];
    config.urgent = who[i].name[0] == 'U';
    assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
    if (i == 0)
      assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    assert_int_equal(pl_addr_parse(IPV4, &config.target.address), PL_OK);
    config.target.port = server.port;
  }
  bench_turn_until(&bench, PL_COUNT_OF(who));
  assert_string_equal(log, "aUbc");
  for (size_t i = 0; i < PL_COUNT_OF(who); i++)
    pl_attempt_free(attempts[i]);
  bench_close(&bench);
  server_stop(&server);
}

/* ---- cancelling ----------------------------------------------------------------------------- */

/* Cancels after n turns, for every n until the attempt waits for its answer. The gate must still
 * admit others: two more attempts wait in both queues. */
static void an_attempt_can_be_cancelled_at_every_stage(void **state) {
  (void)state;
  server_script hold = {.run = serve_hold, .tls = bench_servers[CERT_GOOD]};
  server_script answer = {.run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server holder = server_start(IPV4, &hold);
  test_server answerer = server_start(IPV4, &answer);
  for (int turns = 0; turns < 10; turns++) {
    attempt_bench bench;
    unsigned descriptors = count_descriptors();
    bench_open_with(&bench, 2, 1, NULL);
    pl_attempt *attempts[4];
    pl_attempt_config config = bench_config(&bench, IPV4, holder.port);
    for (size_t i = 0; i < PL_COUNT_OF(attempts); i++)
      assert_int_equal(pl_attempt_start(&config, &attempts[i]), PL_OK);
    for (int i = 0; i < turns; i++)
      assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    assert_int_equal(bench.ended, 0);
    pl_attempt_free(attempts[1]); /* the middle of a queue, its end, its beginning */
    pl_attempt_free(attempts[3]);
    pl_attempt_free(attempts[0]);
    pl_attempt_free(attempts[2]);
    config.target.port = answerer.port;
    assert_int_equal(bench_run(&bench, &config).end, PL_END_HTTP_ANSWER);
    assert_int_equal(bench.ended, 1);
    bench_close(&bench);
    assert_int_equal(count_descriptors(), descriptors);
  }
  server_stop(&holder);
  server_stop(&answerer);
  pl_attempt_free(NULL);
  pl_gate_free(NULL);
}

static pl_attempt *self_freeing;

static void free_from_inside(void *user, const pl_attempt_result *result) {
  bench_done(user, result);
  pl_attempt_free(self_freeing);
}

static void an_attempt_can_be_freed_from_inside_done(void **state) {
  (void)state;
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt_config config = bench_config(&bench, IPV4, 1);
  config.done = free_from_inside;
  assert_int_equal(pl_attempt_start(&config, &self_freeing), PL_OK);
  bench_turn_until(&bench, 1);
  assert_int_equal(bench.last.end, PL_END_REFUSED);
  bench_close(&bench);
}

/* ---- memory --------------------------------------------------------------------------------- */

/* One complete run in which the nth allocation fails. */
static bool run_with_failure(uint16_t port, unsigned nth) {
  pl_clock clock = pl_clock_system();
  pl_error error;
  attempt_bench bench = {.match = -1};
  pl_attempt *attempt = NULL;
  unsigned descriptors = count_descriptors();
  alloc_fail_arm(nth);
  pl_status status = pl_loop_create(&clock, &bench.loop, &error);
  if (status == PL_OK)
    status = pl_gate_create(bench.loop, 10, 10, &bench.gate);
  if (status == PL_OK) {
    pl_attempt_config config = bench_config(&bench, IPV4, port);
    status = pl_attempt_start(&config, &attempt);
  }
  while (status == PL_OK && bench.ended == 0)
    status = pl_loop_turn(bench.loop);
  bool failed = alloc_fail_disarm();
  if (!failed) {
    assert_int_equal(bench.last.end, PL_END_HTTP_ANSWER);
  } else if (status == PL_OK) {
    assert_int_equal(bench.last.end, PL_END_LOCAL);
    assert_int_equal(bench.last.error, ENOMEM);
  } else {
    assert_int_equal(status, PL_ERR_MEMORY);
    assert_int_equal(bench.ended, 0);
  }
  pl_attempt_free(attempt);
  bench_close(&bench);
  assert_int_equal(count_descriptors(), descriptors);
  return failed;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  unsigned nth = 1;
  while (run_with_failure(server.port, nth))
    nth++;
  assert_true(nth > 6);
  server_stop(&server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(starts_come_in_micro_batches),
      cmocka_unit_test(no_more_connect_at_once_than_may),
      cmocka_unit_test(waiting_for_a_handshake_costs_no_time_of_its_own),
      cmocka_unit_test(a_close_after_a_long_wait_in_our_queue_proves_nothing),
      cmocka_unit_test(the_deadline_cuts_those_who_wait),
      cmocka_unit_test(an_urgent_attempt_passes_those_who_wait),
      cmocka_unit_test(an_attempt_can_be_cancelled_at_every_stage),
      cmocka_unit_test(an_attempt_can_be_freed_from_inside_done),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, bench_make_world, bench_free_world);
}
