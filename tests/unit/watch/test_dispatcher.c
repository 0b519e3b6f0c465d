// Tests the queue of notifications with a front end that can hang.
#include "alloc_fail.h"
#include "watch/dispatcher.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENT_MAX 16
#define INTERVAL (3600 * PL_SEC) /* no summary is due while a test runs */

/* ---- the front end -------------------------------------------------------------------------- */

typedef struct receiver {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool hangs;              /* for all but an open public endpoint */
  pl_event sent[SENT_MAX]; /* their `log` is not valid */
  size_t count, entered;
} receiver;

static void notify(void *user, const pl_event *event) {
  receiver *to = user;
  pthread_mutex_lock(&to->lock);
  to->entered++;
  pthread_cond_broadcast(&to->changed);
  while (to->hangs && event->reason != PL_REASON_PUBLIC_OPEN)
    pthread_cond_wait(&to->changed, &to->lock);
  if (to->count < SENT_MAX)
    to->sent[to->count++] = *event;
  pthread_cond_broadcast(&to->changed);
  pthread_mutex_unlock(&to->lock);
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name) {
  assert_true(strlen(name) <= 15);
  return pthread_create(thread, NULL, run, arg);
}

static receiver to;
static pl_front front;
static pl_dispatcher *dispatcher;

static int set_up(void **state) {
  (void)state;
  memset(&to, 0, sizeof(to));
  pthread_mutex_init(&to.lock, NULL);
  pthread_cond_init(&to.changed, NULL);
  front = (pl_front){.user = &to, .notify = notify, .start_thread = start_thread};
  pl_error error;
  return pl_dispatcher_create(&front, &dispatcher, &error) == PL_OK ? 0 : -1;
}

static void wait_until(const size_t *number, size_t wanted) {
  pthread_mutex_lock(&to.lock);
  while (*number < wanted)
    pthread_cond_wait(&to.changed, &to.lock);
  pthread_mutex_unlock(&to.lock);
}

static void set_hanging(bool hangs) {
  pthread_mutex_lock(&to.lock);
  to.hangs = hangs;
  pthread_cond_broadcast(&to.changed);
  pthread_mutex_unlock(&to.lock);
}

static void add(const char *name, pl_check check, pl_severity severity, pl_reason reason,
                uint64_t cause) {
  pl_event *event = calloc(1, sizeof(*event));
  assert_non_null(event);
  *event = (pl_event){.check = check,
                      .severity = severity,
                      .reason = reason,
                      .public_verdict =
                          reason == PL_REASON_PUBLIC_OPEN ? PL_PUBLIC_OPEN : PL_PUBLIC_UNPROVEN,
                      .hint = "",
                      .cause = cause,
                      .endpoints = 1};
  pl_text_set(event->instance, sizeof(event->instance), name);
  pl_text_set(event->message, sizeof(event->message), name);
  pl_dispatcher_add(dispatcher, event, INTERVAL);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void an_event_is_sent_at_once(void **state) {
  (void)state;
  add("a", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 1);
  wait_until(&to.count, 1);
  assert_string_equal(to.sent[0].message, "a");
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 1);
}

/* The newest of a slot is sent; the most urgent first. */
static void what_waits_is_replaced_and_ordered(void **state) {
  (void)state;
  set_hanging(true);
  add("first", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 0);
  wait_until(&to.entered, 1);
  add("b", PL_CHECK_DNS, PL_SEVERITY_WARNING, PL_REASON_DNS_SOME_FAILED, 0);
  add("c", PL_CHECK_DNS, PL_SEVERITY_WARNING, PL_REASON_DNS_SOME_FAILED, 0);
  add("b", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 0);
  set_hanging(false);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 3);
  assert_string_equal(to.sent[0].instance, "first");
  assert_string_equal(to.sent[1].instance, "b");
  assert_int_equal(to.sent[1].severity, PL_SEVERITY_CRITICAL);
  assert_string_equal(to.sent[2].instance, "c");
}

static void an_open_endpoint_does_not_wait_for_a_front_end_that_hangs(void **state) {
  (void)state;
  set_hanging(true);
  add("stuck", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 0);
  wait_until(&to.entered, 1);
  add("open", PL_CHECK_PUBLIC, PL_SEVERITY_CRITICAL, PL_REASON_PUBLIC_OPEN, 0);
  wait_until(&to.count, 1);
  assert_string_equal(to.sent[0].instance, "open");
  set_hanging(false);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 2);
}

static void many_with_one_cause_become_a_summary(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    add(names[i], PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT, 7);
  add("other", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT, 8);
  wait_until(&to.count, 2);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 3);
  assert_string_equal(to.sent[0].instance, "a");
  assert_string_equal(to.sent[1].instance, "other");
  assert_int_equal(to.sent[2].endpoints, 3);
  assert_string_equal(to.sent[2].message, "CRITICAL: 3 more endpoints: dns: b, c, d [dns.timeout]");
}

static void add_head(const char *dir, const char *day) {
  pl_sha256 hash = pl_sha256_of(day, strlen(day));
  pl_event *event = pl_event_of_head(dir, day, &hash, 1);
  assert_non_null(event);
  pl_dispatcher_add(dispatcher, event, INTERVAL);
}

/* It has its own slot for each log, whatever an endpoint is called, and comes last. */
static void a_daily_head_replaces_and_delays_nothing_else(void **state) {
  (void)state;
  set_hanging(true);
  add("first", PL_CHECK_STATE, PL_SEVERITY_OK, PL_REASON_NONE, 0);
  wait_until(&to.entered, 1);
  add("evidence", PL_CHECK_STATE, PL_SEVERITY_WARNING, PL_REASON_STATE_DELETED, 0);
  add_head("/log", "2026-11-29");
  add_head("/other", "2026-11-30");
  add_head("/log", "2026-11-30");
  add("a", PL_CHECK_DNS, PL_SEVERITY_WARNING, PL_REASON_DNS_SOME_FAILED, 0);
  set_hanging(false);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 5);
  assert_int_equal(to.sent[1].reason, PL_REASON_STATE_DELETED);
  assert_string_equal(to.sent[2].instance, "a");
  assert_string_equal(to.sent[3].day, "2026-11-30");
  assert_non_null(strstr(to.sent[3].message, " of /other"));
  assert_string_equal(to.sent[4].day, "2026-11-30");
  assert_non_null(strstr(to.sent[4].message, " of /log"));
}

/* A long name of the directory is cut, the hash is not. */
static void a_daily_head_is_whole(void **state) {
  (void)state;
  char dir[600], hex[PL_HASH_HEX];
  memset(dir, 'd', sizeof(dir) - 1);
  dir[sizeof(dir) - 1] = '\0';
  pl_sha256 hash = pl_sha256_of("x", 1);
  pl_sha256_hex(&hash, hex);
  pl_event *event = pl_event_of_head(dir, "2026-11-30", &hash, 1);
  assert_non_null(event);
  assert_true(strlen(event->message) < PL_EVENT_MESSAGE);
  assert_non_null(strstr(event->message, hex));
  assert_string_equal(event->log, dir);
  pl_event_free(event);
  for (unsigned nth = 1; nth <= 2; nth++) {
    alloc_fail_arm(nth);
    assert_null(pl_event_of_head(dir, "2026-11-30", &hash, 1));
    assert_true(alloc_fail_disarm());
  }
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
}

/* An endpoint that recovers before the summary is not in it. */
static void what_waits_for_a_summary_is_replaced(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++)
    add(names[i], PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_TIMEOUT, 7);
  add("c", PL_CHECK_DNS, PL_SEVERITY_OK, PL_REASON_NONE, 0);
  wait_until(&to.count, 2);
  assert_int_equal(pl_dispatcher_free(dispatcher), 0);
  assert_int_equal(to.count, 3);
  assert_string_equal(to.sent[2].message, "CRITICAL: 2 more endpoints: dns: b, d [dns.timeout]");
}

/* What is not sent is counted, and the thread that hangs is left alone. */
static void an_end_does_not_wait_for_a_front_end_that_hangs(void **state) {
  (void)state;
  set_hanging(true);
  add("stuck", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 0);
  wait_until(&to.entered, 1);
  add("waits", PL_CHECK_DNS, PL_SEVERITY_CRITICAL, PL_REASON_DNS_EMPTY, 0);
  assert_int_equal(pl_dispatcher_free(dispatcher), 2);
  set_hanging(false);
  wait_until(&to.count, 1);
  assert_string_equal(to.sent[0].instance, "stuck");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(an_event_is_sent_at_once, set_up),
      cmocka_unit_test_setup(what_waits_is_replaced_and_ordered, set_up),
      cmocka_unit_test_setup(an_open_endpoint_does_not_wait_for_a_front_end_that_hangs, set_up),
      cmocka_unit_test_setup(many_with_one_cause_become_a_summary, set_up),
      cmocka_unit_test_setup(a_daily_head_replaces_and_delays_nothing_else, set_up),
      cmocka_unit_test_setup(a_daily_head_is_whole, set_up),
      cmocka_unit_test_setup(what_waits_for_a_summary_is_replaced, set_up),
      cmocka_unit_test_setup(an_end_does_not_wait_for_a_front_end_that_hangs, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
