// Tests how long a connection to a resolver is kept, by a clock that the tests move.
#include "secure_bench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

/* ---- time ----------------------------------------------------------------------------------- */

static pl_nsec ahead; /* of the system's clocks */

static pl_nsec monotonic_of(void *user) { return pl_clock_now(user) + ahead; }

static pl_nsec wall_of(void *user) { return pl_clock_wall(user) + ahead; }

static pl_clock system_clock;
static const pl_clock moved = {.monotonic = monotonic_of, .wall = wall_of, .user = &system_clock};

typedef struct tick {
  pl_timer timer;
  bool fired;
} tick;

static void on_tick(pl_timer *timer) { PL_CONTAINER_OF(timer, tick, timer)->fired = true; }

/* Lets the loop do what is due now. */
static void turn(secure_world *w) {
  tick next = {.timer = {.fire = on_tick}};
  assert_int_equal(pl_loop_set_timer(w->bench.loop, &next.timer, pl_loop_clock(w->bench.loop)),
                   PL_OK);
  while (!next.fired)
    assert_int_equal(pl_loop_turn(w->bench.loop), PL_OK);
  pl_loop_cancel_timer(w->bench.loop, &next.timer);
}

/* Lets time pass in steps that a loop does not take for a freeze of the process. */
static void pass(secure_world *w, pl_nsec time) {
  for (pl_nsec passed = 0; passed < time; passed += 900 * PL_MSEC) {
    ahead += 900 * PL_MSEC;
    turn(w);
  }
  assert_int_equal(pl_loop_freezes(w->bench.loop), 0);
}

/* ---- the tests ------------------------------------------------------------------------------ */

typedef struct kept_case {
  secure_resolver resolver;
  secure_world world;
} kept_case;

static void open_case(kept_case *k, const pl_clock *clock) {
  *k = (kept_case){.resolver = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER}};
  system_clock = pl_clock_system();
  resolver_start(&k->resolver);
  secure_open(&k->world, clock);
}

static void close_case(kept_case *k) {
  secure_close(&k->world);
  resolver_stop(&k->resolver);
}

static void ask(kept_case *k, pl_public_dns mode, const char *name, pl_dns_outcome outcome) {
  secure_result found;
  pl_secure_query_config config = secure_question(&k->world, name, PL_DNS_A, NULL);
  config.transports = mode;
  if (outcome == PL_DNS_TIMEOUT)
    config.timeout = 100 * PL_MSEC;
  secure_run(&k->world, config, &found);
  assert_int_equal(found.fact.outcome, outcome);
  secure_release(&found);
}

static const pl_public_dns modes[] = {PL_PUBLIC_DNS_HTTPS, PL_PUBLIC_DNS_TLS};

/* Runs `test` over each transport; the connections that it must have made. */
static void over_both(void (*test)(kept_case *k, pl_public_dns mode), unsigned expected) {
  for (size_t i = 0; i < PL_COUNT_OF(modes); i++) {
    kept_case k;
    open_case(&k, &moved);
    test(&k, modes[i]);
    assert_int_equal(resolver_connections(&k.resolver), expected);
    close_case(&k);
  }
}

static void ask_often(kept_case *k, pl_public_dns mode) {
  for (int i = 0; i < 5; i++) {
    pl_secure_allow_more(k->world.pool);
    ask(k, mode, "one.example", PL_DNS_ANSWER);
    pass(&k->world, 8 * PL_SEC);
  }
}

static void one_in_use_is_kept_over_batches(void **state) {
  (void)state;
  over_both(ask_often, 1);
}

static void ask_seldom(kept_case *k, pl_public_dns mode) {
  for (int i = 0; i < 3; i++) {
    ask(k, mode, "one.example", PL_DNS_ANSWER);
    pass(&k->world, 12 * PL_SEC);
  }
}

static void an_idle_one_is_closed(void **state) {
  (void)state;
  over_both(ask_seldom, 3);
}

static void ask_around_a_freeze(kept_case *k, pl_public_dns mode) {
  ask(k, mode, "one.example", PL_DNS_ANSWER);
  ahead += 5 * PL_SEC;
  assert_int_equal(pl_loop_turn(k->world.bench.loop), PL_OK);
  ask(k, mode, "one.example", PL_DNS_ANSWER);
}

static void one_from_before_a_freeze_is_not_used(void **state) {
  (void)state;
  over_both(ask_around_a_freeze, 2);
}

/* Nothing came over it so far, and who asked has gone. */
static void ask_after_a_freeze(kept_case *k, pl_public_dns mode) {
  secure_result unanswered;
  pl_secure_query_config config =
      secure_question(&k->world, "silent.example", PL_DNS_A, &unanswered);
  config.transports = mode;
  secure_begin(&config, &unanswered);
  while (resolver_questions(&k->resolver) == 0)
    turn(&k->world);
  secure_release(&unanswered);
  ahead += 5 * PL_SEC;
  assert_int_equal(pl_loop_turn(k->world.bench.loop), PL_OK);
  ask(k, mode, "one.example", PL_DNS_ANSWER);
}

static void one_that_never_answered_is_not_used_after_a_freeze(void **state) {
  (void)state;
  over_both(ask_after_a_freeze, 2);
}

/* Whichever answered first was kept; now nobody listens there any more. */
static void the_other_transport_is_asked_again(void **state) {
  kept_case k;
  (void)state;
  open_case(&k, &moved);
  for (int i = 0; i < 2; i++) {
    secure_result found;
    secure_run(&k.world, secure_question(&k.world, "one.example", PL_DNS_A, NULL), &found);
    assert_int_equal(found.fact.outcome, PL_DNS_ANSWER);
    pl_dns_transport transport = found.fact.transport;
    secure_release(&found);
    pass(&k.world, 12 * PL_SEC); /* it is closed */
    if (i == 0)
      resolver_stop_one(&k.resolver, transport);
  }
  close_case(&k);
}

static void ask_with_new_anchors(kept_case *k, pl_public_dns mode) {
  ask(k, mode, "one.example", PL_DNS_ANSWER);
  bench_renew_anchors();
  ask(k, mode, "one.example", PL_DNS_ANSWER);
  ask(k, mode, "one.example", PL_DNS_ANSWER);
}

static void other_anchors_need_a_new_one(void **state) {
  (void)state;
  over_both(ask_with_new_anchors, 2);
}

static void ask_for_hours(kept_case *k, pl_public_dns mode) {
  for (int i = 0; i < 2 * 3600 / 9; i++) {
    ask(k, mode, "one.example", PL_DNS_ANSWER);
    pass(&k->world, 9 * PL_SEC);
  }
}

/* Of two hours and the time that the steps are longer. */
static void one_of_an_hour_is_not_used(void **state) {
  (void)state;
  over_both(ask_for_hours, 2);
}

/* Answers over TLS come in any order, so those that never come hold up nothing but a place. */
static void questions_without_an_answer_take_no_room(void **state) {
  kept_case k;
  (void)state;
  open_case(&k, NULL);
  for (unsigned i = 0; i < PL_LIMIT_DNS_WINDOW; i++) {
    secure_result found[2];
    for (int j = 0; j < 2; j++) {
      pl_secure_query_config config =
          secure_question(&k.world, j == 0 ? "silent.example" : "one.example", PL_DNS_A, &found[j]);
      config.transports = PL_PUBLIC_DNS_TLS;
      secure_begin(&config, &found[j]);
    }
    secure_wait(&k.world, &found[1], 1);
    assert_int_equal(found[1].fact.outcome, PL_DNS_ANSWER);
    assert_false(found[0].done);
    secure_release(&found[0]); /* nobody waits any more */
    secure_release(&found[1]);
  }
  ask(&k, PL_PUBLIC_DNS_TLS, "one.example", PL_DNS_ANSWER);
  assert_in_range(resolver_connections(&k.resolver), 2, 3);
  close_case(&k);
}

static void a_batch_may_connect_again(void **state) {
  kept_case k;
  (void)state;
  open_case(&k, NULL);
  secure_close(&k.world);
  resolver_stop(&k.resolver);
  k.resolver = (secure_resolver){.https = SECURE_CLOSE, .tls = SECURE_MANNERS};
  resolver_start(&k.resolver);
  secure_open(&k.world, NULL);
  for (int batch = 1; batch <= 2; batch++) {
    for (unsigned i = 0; i < PL_LIMIT_DNS_CONNECTIONS + 3; i++)
      ask(&k, PL_PUBLIC_DNS_HTTPS, "one.example", PL_DNS_CLOSED);
    assert_int_equal(resolver_connections(&k.resolver), batch * PL_LIMIT_DNS_CONNECTIONS);
    pl_secure_allow_more(k.world.pool);
  }
  close_case(&k);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_in_use_is_kept_over_batches),
      cmocka_unit_test(an_idle_one_is_closed),
      cmocka_unit_test(one_from_before_a_freeze_is_not_used),
      cmocka_unit_test(one_that_never_answered_is_not_used_after_a_freeze),
      cmocka_unit_test(the_other_transport_is_asked_again),
      cmocka_unit_test(other_anchors_need_a_new_one),
      cmocka_unit_test(one_of_an_hour_is_not_used),
      cmocka_unit_test(questions_without_an_answer_take_no_room),
      cmocka_unit_test(a_batch_may_connect_again),
  };
  return cmocka_run_group_tests(tests, bench_make_world, bench_free_world);
}
