// Tests the event loop: timers, descriptors, and waking it from another thread.
#include "alloc_fail.h"
#include "probe/loop.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a clock that the test moves ------------------------------------------------------------ */

typedef struct fake_time {
  pl_nsec monotonic, wall;
} fake_time;

static pl_nsec fake_monotonic(void *user) { return ((const fake_time *)user)->monotonic; }
static pl_nsec fake_wall(void *user) { return ((const fake_time *)user)->wall; }

static void advance(fake_time *now, pl_nsec duration) {
  now->monotonic += duration;
  now->wall += duration;
}

static pl_loop *make_loop(fake_time *now) {
  *now = (fake_time){.monotonic = 1000 * PL_SEC, .wall = 1700000000 * PL_SEC};
  pl_clock clock = {.monotonic = fake_monotonic, .wall = fake_wall, .user = now};
  pl_loop *loop;
  pl_error error;
  assert_int_equal(pl_loop_create(&clock, &loop, &error), PL_OK);
  return loop;
}

/* ---- timers --------------------------------------------------------------------------------- */

typedef struct test_timer {
  pl_timer timer;
  pl_loop *loop;
  pl_nsec again; /* sets itself again for this long after `now`; negative: does not */
  unsigned fired;
  unsigned order;
} test_timer;

static unsigned fired_count;

static void note_fire(pl_timer *timer) {
  test_timer *probe = (test_timer *)(void *)timer;
  assert_int_equal(timer->slot, 0);
  probe->fired++;
  probe->order = ++fired_count;
  if (probe->again >= 0)
    assert_int_equal(pl_loop_set_timer(probe->loop, timer, pl_loop_now(probe->loop) + probe->again),
                     PL_OK);
}

static test_timer make_probe(pl_loop *loop) {
  return (test_timer){.timer = {.fire = note_fire}, .loop = loop, .again = -1};
}

static void timers_fire_in_order_of_their_time(void **state) {
  (void)state;
  enum { COUNT = 300 };
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_timer *probes = calloc(COUNT, sizeof(*probes));
  assert_non_null(probes);
  unsigned seed = 7;
  for (size_t i = 0; i < COUNT; i++) {
    probes[i] = make_probe(loop);
    seed = seed * 1103515245u + 12345u;
    assert_int_equal(pl_loop_set_timer(loop, &probes[i].timer, now.monotonic + seed % 1000 + 1),
                     PL_OK);
  }
  for (size_t i = 0; i < COUNT; i += 3)
    pl_loop_cancel_timer(loop, &probes[i].timer);
  for (size_t i = 1; i < COUNT; i += 3) {
    seed = seed * 1103515245u + 12345u;
    assert_int_equal(pl_loop_set_timer(loop, &probes[i].timer, now.monotonic + seed % 1000 + 1),
                     PL_OK);
  }
  fired_count = 0;
  advance(&now, 2000);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  for (size_t i = 0; i < COUNT; i++) {
    assert_int_equal(probes[i].fired, i % 3 != 0);
    for (size_t j = 0; j < i; j++) {
      if (i % 3 != 0 && j % 3 != 0 && probes[i].timer.due != probes[j].timer.due)
        assert_int_equal(probes[i].timer.due < probes[j].timer.due,
                         probes[i].order < probes[j].order);
    }
  }
  pl_loop_cancel_timer(loop, &probes[0].timer); /* not set: does nothing */
  free(probes);
  pl_loop_free(loop);
}

static void a_timer_fires_at_its_time_and_not_before(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_timer probe = make_probe(loop);
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic + PL_MSEC), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 0);
  advance(&now, PL_MSEC);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 1);
  assert_int_equal(pl_loop_now(loop), now.monotonic);
  assert_int_equal(pl_loop_wall(loop), now.wall / PL_SEC);
  pl_loop_free(loop);
}

static void a_turn_ends_though_a_timer_is_always_due(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_timer probe = make_probe(loop);
  probe.again = 0;
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 1);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 2);
  pl_loop_free(loop);
}

static void the_largest_delay_is_kept_until_it_is_taken(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_timer first = make_probe(loop), second = make_probe(loop);
  assert_int_equal(pl_loop_set_timer(loop, &first.timer, now.monotonic + 10), PL_OK);
  assert_int_equal(pl_loop_set_timer(loop, &second.timer, now.monotonic + 70), PL_OK);
  advance(&now, 100);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(pl_loop_take_delay(loop), 90);
  assert_int_equal(pl_loop_take_delay(loop), 0);
  assert_int_equal(pl_loop_set_timer(loop, &first.timer, now.monotonic - 100), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(pl_loop_take_delay(loop), 0); /* it was set to be due at once */
  pl_loop_note_delay(loop, 5);
  pl_loop_note_delay(loop, 3);
  assert_int_equal(pl_loop_take_delay(loop), 5);
  pl_loop_free(loop);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

typedef struct test_end {
  pl_source source;
  pl_loop *loop;
  pl_source *removes; /* removed when this one is ready */
  fake_time *works;   /* advances by a second when this one is ready */
  unsigned calls;
  uint32_t events;
} test_end;

static void note_ready(pl_source *source, uint32_t events) {
  test_end *end = (test_end *)(void *)source;
  end->calls++;
  end->events = events;
  if (end->removes != NULL)
    pl_loop_remove(end->loop, end->removes);
  if (end->works != NULL)
    advance(end->works, PL_SEC);
}

static test_end make_end(pl_loop *loop, int fd) {
  return (test_end){.source = {.ready = note_ready, .fd = fd}, .loop = loop};
}

static void an_event_is_delivered_once(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  test_end end = make_end(loop, -1);
  test_timer probe = make_probe(loop); /* due: the turns do not wait */
  probe.again = 0;
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic), PL_OK);
  assert_int_equal(pl_loop_add(loop, &end.source, pair[0]), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(end.calls, 1);
  assert_int_equal(end.events, EPOLLOUT);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(end.calls, 1);
  assert_int_equal(write(pair[1], "x", 1), 1);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(end.calls, 2);
  assert_true((end.events & EPOLLIN) != 0);
  pl_loop_remove(loop, &end.source);
  assert_int_equal(end.source.fd, -1);
  assert_int_equal(write(pair[1], "x", 1), 1);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(end.calls, 2);
  pl_loop_remove(loop, &end.source); /* not added: does nothing */
  close(pair[0]);
  close(pair[1]);
  pl_loop_free(loop);
}

static void an_event_waits_for_the_work_on_those_before_it(void **state) {
  (void)state;
  enum { COUNT = 3 };
  fake_time now;
  pl_loop *loop = make_loop(&now);
  int fds[COUNT];
  test_end ends[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    fds[i] = eventfd(1, EFD_CLOEXEC);
    ends[i] = make_end(loop, -1);
    ends[i].works = &now;
    assert_int_equal(pl_loop_add(loop, &ends[i].source, fds[i]), PL_OK);
  }
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(pl_loop_take_delay(loop), (COUNT - 1) * PL_SEC);
  assert_int_equal(write(fds[0], &(const uint64_t){1}, sizeof(uint64_t)), sizeof(uint64_t));
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(pl_loop_take_delay(loop), 0); /* it is the only event */
  for (size_t i = 0; i < COUNT; i++)
    close(fds[i]);
  pl_loop_free(loop);
}

/* Two descriptors are ready in the same turn, and each removes the other. */
static void a_removed_source_gets_no_event_that_was_already_read(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  int first_fd = eventfd(1, EFD_CLOEXEC), second_fd = eventfd(1, EFD_CLOEXEC);
  test_end first = make_end(loop, -1), second = make_end(loop, -1);
  first.removes = &second.source;
  second.removes = &first.source;
  assert_int_equal(pl_loop_add(loop, &first.source, first_fd), PL_OK);
  assert_int_equal(pl_loop_add(loop, &second.source, second_fd), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(first.calls + second.calls, 1);
  pl_loop_remove(loop, &first.source);
  pl_loop_remove(loop, &second.source);
  close(first_fd);
  close(second_fd);
  pl_loop_free(loop);
}

static void an_answer_is_seen_before_the_timeout_that_would_hide_it(void **state) {
  (void)state;
  enum { COUNT = 200 }; /* many times what one wait returns */
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_end ends[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    ends[i] = make_end(loop, -1);
    assert_int_equal(pl_loop_add(loop, &ends[i].source, eventfd(1, EFD_CLOEXEC)), PL_OK);
  }
  test_timer probe = make_probe(loop);
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 1);
  for (size_t i = 0; i < COUNT; i++) {
    assert_int_equal(ends[i].calls, 1);
    int fd = ends[i].source.fd;
    pl_loop_remove(loop, &ends[i].source);
    close(fd);
  }
  pl_loop_free(loop);
}

static void a_bad_descriptor_is_an_error(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  test_end end = make_end(loop, -1);
  assert_int_equal(pl_loop_add(loop, &end.source, 9999), PL_ERR_IO);
  assert_int_equal(end.source.fd, -1);
  pl_loop_free(loop);
}

/* ---- waking --------------------------------------------------------------------------------- */

static void *wake_from_a_thread(void *user) {
  pl_loop_wake(user);
  return NULL;
}

static void a_wake_ends_the_wait(void **state) {
  (void)state;
  pl_clock clock = pl_clock_system();
  pl_loop *loop;
  pl_error error;
  pthread_t thread;
  assert_int_equal(pl_loop_create(&clock, &loop, &error), PL_OK);
  test_timer probe = make_probe(loop);
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, pl_loop_clock(loop) + 3600 * PL_SEC),
                   PL_OK);
  assert_int_equal(pthread_create(&thread, NULL, wake_from_a_thread, loop), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  errno = EDOM;
  pl_loop_wake(loop);
  assert_int_equal(errno, EDOM);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 0);
  pl_loop_free(loop);
}

/* ---- freezes -------------------------------------------------------------------------------- */

typedef struct freeze_case {
  const char *name;
  pl_nsec monotonic, wall;
  unsigned freezes;
} freeze_case;

static const freeze_case freeze_cases[] = {
    {"a short wait", 250 * PL_MSEC, 250 * PL_MSEC, 0},
    {"a second", PL_SEC, PL_SEC, 0},
    {"stopped", 1100 * PL_MSEC, 1100 * PL_MSEC, 1},
    {"suspended: only the wall clock went on", PL_MSEC, 60 * PL_SEC, 1},
    {"the wall clock was set back", PL_MSEC, -60 * PL_SEC, 0},
};

static void standing_still_is_noticed(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(freeze_cases); i++) {
    const freeze_case *test = &freeze_cases[i];
    print_message("  %s\n", test->name);
    fake_time now;
    pl_loop *loop = make_loop(&now);
    test_timer probe = make_probe(loop);
    probe.again = 0;
    assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic), PL_OK);
    assert_int_equal(pl_loop_turn(loop), PL_OK);
    assert_int_equal(pl_loop_freezes(loop), 0);
    now.monotonic += test->monotonic;
    now.wall += test->wall;
    assert_int_equal(pl_loop_turn(loop), PL_OK);
    assert_int_equal(pl_loop_freezes(loop), test->freezes);
    assert_int_equal(pl_loop_turn(loop), PL_OK);
    assert_int_equal(pl_loop_freezes(loop), test->freezes);
    pl_loop_free(loop);
  }
}

static void an_idle_loop_has_not_stood_still(void **state) {
  (void)state;
  fake_time now;
  pl_loop *loop = make_loop(&now);
  advance(&now, 3600 * PL_SEC);
  test_timer probe = make_probe(loop);
  assert_int_equal(pl_loop_set_timer(loop, &probe.timer, now.monotonic), PL_OK);
  assert_int_equal(pl_loop_turn(loop), PL_OK);
  assert_int_equal(probe.fired, 1);
  assert_int_equal(pl_loop_freezes(loop), 0);
  pl_loop_free(loop);
}

/* ---- failures ------------------------------------------------------------------------------- */

static void a_loop_that_cannot_be_made_says_why(void **state) {
  (void)state;
  pl_clock clock = pl_clock_system();
  pl_error error;
  pl_loop *loop = NULL;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  int lowest = dup(0);
  assert_true(lowest >= 0);
  close(lowest);
  for (rlim_t more = 0; more < 2; more++) {
    struct rlimit few = {(rlim_t)lowest + more, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    pl_status status = pl_loop_create(&clock, &loop, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, PL_ERR_IO);
    assert_non_null(strstr(error.text, "Too many open files"));
    assert_null(loop);
  }
  pl_loop_free(NULL);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  pl_clock clock = pl_clock_system();
  for (unsigned nth = 1;; nth++) {
    pl_loop *loop = NULL;
    pl_error error;
    test_timer probe = make_probe(NULL);
    alloc_fail_arm(nth);
    pl_status status = pl_loop_create(&clock, &loop, &error);
    if (status == PL_OK)
      status = pl_loop_set_timer(loop, &probe.timer, 0);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    assert_int_equal(probe.timer.slot != 0, !failed);
    pl_loop_free(loop);
    if (!failed) {
      assert_true(nth > 2);
      break;
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(timers_fire_in_order_of_their_time),
      cmocka_unit_test(a_timer_fires_at_its_time_and_not_before),
      cmocka_unit_test(a_turn_ends_though_a_timer_is_always_due),
      cmocka_unit_test(the_largest_delay_is_kept_until_it_is_taken),
      cmocka_unit_test(an_event_is_delivered_once),
      cmocka_unit_test(an_event_waits_for_the_work_on_those_before_it),
      cmocka_unit_test(a_removed_source_gets_no_event_that_was_already_read),
      cmocka_unit_test(an_answer_is_seen_before_the_timeout_that_would_hide_it),
      cmocka_unit_test(a_bad_descriptor_is_an_error),
      cmocka_unit_test(a_wake_ends_the_wait),
      cmocka_unit_test(standing_still_is_noticed),
      cmocka_unit_test(an_idle_loop_has_not_stood_still),
      cmocka_unit_test(a_loop_that_cannot_be_made_says_why),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
