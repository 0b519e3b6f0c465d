// Tests attempts without an answer: silence, deadlines, local limits, a stopped process.
#include "attempt_bench.h"
#include "netns.h"
#include "server.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include <cmocka.h>

/* ---- without an answer ---------------------------------------------------------------------- */

typedef struct silent_case {
  const char *name, *address;
  int connect_msec, deadline_msec;
  pl_end end;
  int error;
} silent_case;

/* 30.18.0.2 is on a wire that no process reads; 30.19.0.2 on a segment without neighbours. */
static const silent_case silent_cases[] = {
    {"no listener", IPV4, 2000, 5000, PL_END_REFUSED, ECONNREFUSED},
    {"no listener, IPv6", IPV6, 2000, 5000, PL_END_REFUSED, ECONNREFUSED},
    {"loopback", "127.0.0.1", 2000, 5000, PL_END_LOCAL, EADDRNOTAVAIL},
    {"the metadata service", "169.254.169.254", 2000, 5000, PL_END_LOCAL, EADDRNOTAVAIL},
    {"no route", "30.113.0.1", 2000, 5000, PL_END_LOCAL, ENETUNREACH},
    {"silence", "30.18.0.2", 1700, 5000, PL_END_SILENT, 0},
    {"silence that was cut", "30.18.0.2", 5000, 200, PL_END_CUT, 0},
    {"silence that was too short", "30.18.0.2", 200, 5000, PL_END_TOO_SHORT, 0},
    {"a SYN that never left", "30.19.0.2", 1700, 5000, PL_END_NOT_SENT, 0},
};

static void silence_is_distinguished_from_what_looks_like_it(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(silent_cases); i++) {
    const silent_case *test = &silent_cases[i];
    print_message("  %s\n", test->name);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, test->address, 1);
    config.connect_timeout = test->connect_msec * PL_MSEC;
    config.deadline = pl_loop_clock(bench.loop) + test->deadline_msec * PL_MSEC;
    pl_attempt_result result = bench_run(&bench, &config);
    assert_int_equal(result.end, test->end);
    assert_int_equal(result.error, test->error);
    assert_int_equal(result.connect_time, PL_NSEC_UNKNOWN);
    assert_int_equal(result.retransmits > 0, test->end == PL_END_SILENT);
    bench_close(&bench);
  }
}

/* ---- after the time limit ------------------------------------------------------------------- */

typedef struct late_run {
  attempt_bench bench;
  pl_attempt *attempt;
  const char *opens; /* the address that exists from the time limit on; NULL: none */
  bool give_up;      /* at the time limit */
  unsigned sent, silent;
} late_run;

static void late_sent(void *user, pl_nsec started) {
  late_run *run = user;
  assert_true(started != 0);
  run->sent++;
}

static void late_silent(void *user) {
  late_run *run = user;
  assert_int_equal(run->bench.ended, 0);
  run->silent++;
  if (run->opens != NULL)
    netns_add_address("lo:1", run->opens, 32);
  if (run->give_up)
    pl_attempt_give_up(run->attempt);
}

static void late_done(void *user, const pl_attempt_result *result) {
  late_run *run = user;
  bench_done(&run->bench, result);
}

static pl_attempt_config late_open(late_run *run, const char *address, uint16_t port) {
  *run = (late_run){0};
  bench_open(&run->bench);
  pl_attempt_config config = bench_config(&run->bench, address, port);
  config.connect_timeout = 1700 * PL_MSEC;
  config.sent = late_sent;
  config.silent = late_silent;
  config.done = late_done;
  config.user = run;
  return config;
}

/* The SYN is sent again after one and three seconds. */
static void a_late_syn_ack_is_no_silence(void **state) {
  const server_script script = {.run = serve_silence};
  late_run run;
  (void)state;
  test_server server = server_start("0.0.0.0", &script);
  pl_attempt_config config = late_open(&run, "30.18.0.3", server.port);
  run.opens = "30.18.0.3";
  assert_int_equal(pl_attempt_start(&config, &run.attempt), PL_OK);
  bench_turn_until(&run.bench, 1);
  assert_int_equal(run.bench.last.end, PL_END_LATE);
  assert_int_equal(run.sent, 1);
  assert_int_equal(run.silent, 1);
  assert_true(run.bench.last.connect_time >= config.connect_timeout);
  assert_true(run.bench.last.ended - run.bench.last.started >= run.bench.last.connect_time);
  pl_attempt_free(run.attempt);
  bench_close(&run.bench);
  server_stop(&server);
}

static void a_late_reset_is_a_refusal(void **state) {
  late_run run;
  (void)state;
  pl_attempt_config config = late_open(&run, "30.18.0.4", 1);
  run.opens = "30.18.0.4";
  assert_int_equal(pl_attempt_start(&config, &run.attempt), PL_OK);
  bench_turn_until(&run.bench, 1);
  assert_int_equal(run.bench.last.end, PL_END_REFUSED);
  assert_int_equal(run.silent, 1);
  pl_attempt_free(run.attempt);
  bench_close(&run.bench);
}

static void silence_that_is_given_up_keeps_its_time(void **state) {
  late_run run;
  (void)state;
  for (int give_up = 0; give_up <= 1; give_up++) {
    pl_attempt_config config = late_open(&run, "30.18.0.2", 1);
    config.deadline = pl_loop_clock(run.bench.loop) + 2500 * PL_MSEC;
    run.give_up = give_up == 1; /* else the deadline ends it */
    assert_int_equal(pl_attempt_start(&config, &run.attempt), PL_OK);
    bench_turn_until(&run.bench, 1);
    assert_int_equal(run.bench.last.end, PL_END_SILENT);
    assert_true(run.bench.last.ended - run.bench.last.started < 2300 * PL_MSEC);
    assert_int_equal(run.bench.last.retransmits, 1);
    pl_attempt_give_up(run.attempt); /* is over: nothing happens */
    assert_int_equal(run.bench.ended, 1);
    pl_attempt_free(run.attempt);
    bench_close(&run.bench);
  }
}

typedef struct cut_case {
  const char *name;
  server_script script;
  bench_leaf certificate;
  pl_end end;
} cut_case;

static const cut_case cut_cases[] = {
    {"in the handshake", {.run = serve_silence}, CERT_NONE, PL_END_CUT},
    {"waiting for the answer", {.run = serve_hold}, CERT_GOOD, PL_END_CUT},
    {"in the headers", {.run = serve_hold, .text = "HTTP/1.1 200 OK\r\n"}, CERT_GOOD, PL_END_CUT},
    {"in the body",
     {.run = serve_hold, .text = "HTTP/1.1 200 OK\r\n\r\n"},
     CERT_GOOD,
     PL_END_HTTP_ANSWER},
};

static void the_deadline_cuts_every_stage(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cut_cases); i++) {
    const cut_case *test = &cut_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = bench_servers[test->certificate];
    test_server server = server_start(IPV4, &script);
    attempt_bench bench;
    bench_open(&bench);
    pl_attempt_config config = bench_config(&bench, IPV4, server.port);
    config.deadline = pl_loop_clock(bench.loop) + PL_SEC;
    pl_attempt_result result = bench_run(&bench, &config);
    assert_int_equal(result.end, test->end);
    assert_int_equal(pl_attempt_verified(&result), test->certificate == CERT_GOOD);
    bench_close(&bench);
    server_stop(&server);
  }
}

static void no_descriptor_is_local(void **state) {
  (void)state;
  attempt_bench bench;
  bench_open(&bench);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
  pl_attempt_config config = bench_config(&bench, IPV4, 443);
  pl_attempt_result result = bench_run(&bench, &config);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(result.end, PL_END_LOCAL);
  assert_int_equal(result.error, EMFILE);
  bench_close(&bench);
}

static void what_cannot_be_asked_is_local(void **state) {
  (void)state;
  server_script script = {.run = serve_answer, .text = OK_ANSWER, .tls = bench_servers[CERT_GOOD]};
  test_server server = server_start(IPV4, &script);
  attempt_bench bench;
  bench_open(&bench);
  pl_attempt_config config = bench_config(&bench, IPV4, server.port);
  config.path = "no slash";
  assert_int_equal(bench_run(&bench, &config).end, PL_END_LOCAL);
  assert_int_equal(bench.last.error, EINVAL);
  config.name = "";
  assert_int_equal(bench_run(&bench, &config).end, PL_END_LOCAL);
  assert_int_equal(bench.last.error, EINVAL);
  bench_close(&bench);
  server_stop(&server);
}

/* ---- a process that stood still ------------------------------------------------------------- */

static pl_nsec leap; /* how far the test's clocks are ahead of the system's */

static pl_nsec leaping_monotonic(void *user) {
  const pl_clock *system = user;
  return system->monotonic(system->user) + leap;
}

static pl_nsec leaping_wall(void *user) {
  const pl_clock *system = user;
  return system->wall(system->user) + leap;
}

typedef struct freeze_case {
  const char *name;
  server_script script;
  bench_leaf certificate;
  pl_depth depth;
  pl_end end;
} freeze_case;

static const freeze_case freeze_cases[] = {
    {"connected meanwhile", {.run = serve_silence}, CERT_NONE, PL_DEPTH_TCP, PL_END_CONNECTED},
    {"no handshake", {.run = serve_silence}, CERT_NONE, PL_DEPTH_TLS, PL_END_FROZEN},
    {"no answer", {.run = serve_hold}, CERT_GOOD, PL_DEPTH_HTTP, PL_END_FROZEN},
};

static void a_freeze_is_no_silence(void **state) {
  (void)state;
  pl_clock system = pl_clock_system();
  pl_clock leaping = {.monotonic = leaping_monotonic, .wall = leaping_wall, .user = &system};
  for (size_t i = 0; i < PL_COUNT_OF(freeze_cases); i++) {
    const freeze_case *test = &freeze_cases[i];
    print_message("  %s\n", test->name);
    server_script script = test->script;
    script.tls = bench_servers[test->certificate];
    test_server server = server_start(IPV4, &script);
    attempt_bench bench;
    pl_attempt *attempt;
    bench_open_with(&bench, 10, 10, &leaping);
    pl_attempt_config config = bench_config(&bench, IPV4, server.port);
    config.depth = test->depth;
    config.deadline += 3600 * PL_SEC;
    assert_int_equal(pl_attempt_start(&config, &attempt), PL_OK);
    /* Up to the first turn without work. */
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    for (int turn = 0; turn < 6 && test->depth != PL_DEPTH_TCP; turn++)
      assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
    leap += 60 * PL_SEC;
    bench_turn_until(&bench, 1);
    assert_int_equal(bench.last.end, test->end);
    pl_attempt_free(attempt);
    bench_close(&bench);
    server_stop(&server);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(silence_is_distinguished_from_what_looks_like_it),
      cmocka_unit_test(a_late_syn_ack_is_no_silence),
      cmocka_unit_test(a_late_reset_is_a_refusal),
      cmocka_unit_test(silence_that_is_given_up_keeps_its_time),
      cmocka_unit_test(the_deadline_cuts_every_stage),
      cmocka_unit_test(no_descriptor_is_local),
      cmocka_unit_test(what_cannot_be_asked_is_local),
      cmocka_unit_test(a_freeze_is_no_silence),
  };
  return cmocka_run_group_tests(tests, bench_make_world, bench_free_world);
}
