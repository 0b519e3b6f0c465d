// Tests what a report adds up from the lines of an evidence log.
#include "tally_lines.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"

// Hours that a line with an interval of one hour counts.
#define ALLOWED (1.5 + 1.0 / 60)

static pl_tally tally;

static int begin(void **state) {
  (void)state;
  tally = (pl_tally){.from = TALLY_DAY, .to = TALLY_DAY + 24 * TALLY_HOUR};
  return 0;
}

static int end(void **state) {
  (void)state;
  pl_tally_free(&tally);
  return 0;
}

static void add(double hour, const char *verdict) {
  tally_verdict(&tally, (tally_line){.hour = hour, .verdict = verdict});
}

static void add_hours(unsigned from, unsigned to, const char *verdict) {
  for (unsigned hour = from; hour < to; hour++)
    add(hour, verdict);
}

static void finish(void) { assert_true(pl_tally_end(&tally)); }

static const pl_check_tally *public_of(size_t endpoint) {
  assert_true(endpoint < tally.count);
  const pl_check_tally *check = &tally.endpoints[endpoint]->checks[PL_CHECK_PUBLIC];
  assert_true(check->seen);
  return check;
}

static double hours(const pl_check_tally *check, pl_span_kind kind) {
  return pl_seconds(check->totals[kind]) / 3600;
}

// All kinds together are the period.
static void expect_hours(const pl_check_tally *check, double blocked, double open, double unproven,
                         double unmonitored) {
  pl_nsec sum = 0;
  for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++)
    sum += check->totals[kind];
  assert_int_equal(sum, tally.to - tally.from);
  assert_float_equal(hours(check, PL_SPAN_BLOCKED), blocked, 1e-6);
  assert_float_equal(hours(check, PL_SPAN_OPEN), open, 1e-6);
  assert_float_equal(hours(check, PL_SPAN_UNPROVEN), unproven, 1e-6);
  assert_float_equal(hours(check, PL_SPAN_UNMONITORED), unmonitored, 1e-6);
}

static void expect_exception(const pl_check_tally *check, size_t i, pl_span_kind kind,
                             const char *reason, double from, double to) {
  assert_true(i < check->count);
  const pl_exception *e = &check->exceptions[i];
  assert_int_equal(e->span.kind, kind);
  assert_string_equal(e->span.reason, reason);
  assert_float_equal(pl_seconds(e->begin - TALLY_DAY) / 3600, from, 1e-6);
  assert_float_equal(pl_seconds(e->end - TALLY_DAY) / 3600, to, 1e-6);
}

static void a_blocked_day_has_no_exception(void **state) {
  (void)state;
  add_hours(0, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 24, 0, 0, 0);
  assert_int_equal(check->count, 0);
  assert_true(check->gap_begin == check->gap_end);
  assert_int_equal(tally.endpoints[0]->configuration_count, 1);
  assert_false(tally.endpoints[0]->checks[PL_CHECK_DNS].seen);
}

static void open_for_three_hours(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  add_hours(10, 13, "open");
  add_hours(13, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 21, 3, 0, 0);
  assert_int_equal(check->count, 1);
  expect_exception(check, 0, PL_SPAN_OPEN, "public.open", 10, 13);
  const pl_exception *e = &check->exceptions[0];
  assert_false(e->lasts);
  assert_false(e->reconfigured);
  assert_int_equal(e->line, 11);
  assert_int_equal(e->next_line, 14);
  assert_int_equal(e->next.kind, PL_SPAN_BLOCKED);
}

static void each_reason_is_an_exception_and_the_last_one_lasts(void **state) {
  (void)state;
  add_hours(0, 20, "blocked");
  add_hours(20, 22, "unproven");
  add_hours(22, 24, TALLY_PUBLIC("unproven", 3, "public.tenant", ""));
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 20, 0, 4, 0);
  assert_int_equal(check->count, 2);
  expect_exception(check, 0, PL_SPAN_UNPROVEN, "public.no-egress", 20, 22);
  expect_exception(check, 1, PL_SPAN_UNPROVEN, "public.tenant", 22, 24);
  assert_string_equal(check->exceptions[0].next.reason, "public.tenant");
  assert_true(check->exceptions[1].lasts);
}

static void unproven_is_an_exception_even_if_its_severity_is_ok(void **state) {
  (void)state;
  add_hours(0, 24, TALLY_PUBLIC("unproven", 0, "public.tenant", ""));
  finish();
  expect_hours(public_of(0), 0, 0, 24, 0);
  assert_int_equal(public_of(0)->count, 1);
}

static void a_block_during_the_alarm_is_not_yet_proven(void **state) {
  (void)state;
  add_hours(0, 12, TALLY_PUBLIC("blocked", 2, "public.open", ""));
  add_hours(12, 24, TALLY_PUBLIC("blocked", 1, "public.certificate", ""));
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 12, 0, 12, 0);
  assert_int_equal(check->count, 2);
  expect_exception(check, 1, PL_SPAN_BLOCKED, "public.certificate", 12, 24);
}

static void open_as_expected_is_no_exception(void **state) {
  (void)state;
  add_hours(0, 24, TALLY_PUBLIC("open", 0, "", ""));
  finish();
  expect_hours(public_of(0), 0, 24, 0, 0);
  assert_int_equal(public_of(0)->count, 0);
}

static void a_line_counts_until_the_next_is_overdue(void **state) {
  (void)state;
  add_hours(0, 6, "blocked");
  add_hours(12, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  double silent = 12 - (5 + ALLOWED);
  expect_hours(check, 24 - silent, 0, 0, silent);
  assert_int_equal(check->count, 1);
  expect_exception(check, 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_SILENT, 5 + ALLOWED, 12);
  assert_int_equal(check->exceptions[0].line, 0);
  assert_int_equal(check->exceptions[0].next_line, 7);
  assert_float_equal(pl_seconds(check->gap_end - check->gap_begin) / 3600, silent, 1e-6);
  assert_string_equal(check->gap_reason, PL_UNMONITORED_SILENT);
}

static void a_line_late_within_the_allowed_time_is_no_gap(void **state) {
  (void)state;
  for (unsigned i = 0; i < 17; i++)
    add(1.5 * i, "blocked");
  finish();
  expect_hours(public_of(0), 24, 0, 0, 0);
}

static void a_restart_is_unmonitored_until_the_next_line(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_stop(&tally, 9.25, "");
  add(9.5, "blocked");
  add_hours(10, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 23.75, 0, 0, 0.25);
  expect_exception(check, 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_STOPPED, 9.25, 9.5);
}

static void a_stop_ends_an_endpoint_and_no_other(void **state) {
  (void)state;
  for (unsigned hour = 0; hour < 24; hour++) {
    tally_verdict(&tally, (tally_line){.hour = hour, .endpoint = "b", .verdict = "blocked"});
    if (hour < 12)
      tally_verdict(&tally, (tally_line){.hour = hour, .endpoint = "a", .verdict = "open"});
    if (hour == 11)
      tally_stop(&tally, 11.5, "a");
  }
  finish();
  assert_int_equal(tally.count, 2);
  assert_string_equal(tally.endpoints[0]->name, "a");
  expect_hours(public_of(0), 0, 11.5, 0, 12.5);
  expect_exception(public_of(0), 1, PL_SPAN_UNMONITORED, PL_UNMONITORED_STOPPED, 11.5, 24);
  assert_true(public_of(0)->exceptions[1].lasts);
  assert_int_equal(public_of(0)->exceptions[0].next.kind, PL_SPAN_UNMONITORED);
  expect_hours(public_of(1), 24, 0, 0, 0);
}

static void a_stop_of_another_program_ends_nothing(void **state) {
  (void)state;
  for (unsigned hour = 0; hour < 24; hour++)
    tally_verdict(&tally, (tally_line){.hour = hour, .verdict = "blocked", .by = "collectd 1.2.3"});
  tally_stop(&tally, 23.5, "");
  finish();
  expect_hours(public_of(0), 24, 0, 0, 0);
}

// The check saw a block at one moment, while the daemon sees an open endpoint all the time.
static void of_two_programs_the_worse_verdict_counts(void **state) {
  (void)state;
  for (unsigned hour = 0; hour < 24; hour++) {
    const char *seen = hour >= 10 && hour < 14 ? "open" : "blocked";
    tally_verdict(&tally, (tally_line){.hour = hour, .verdict = seen, .by = "collectd 1.2.3"});
    if (hour < 22)
      add(hour + 0.5, "blocked");
  }
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 20, 4, 0, 0);
  assert_int_equal(check->count, 1);
  expect_exception(check, 0, PL_SPAN_OPEN, "public.open", 10, 14);
}

static void what_only_one_program_runs_counts(void **state) {
  (void)state;
  static const char dns[] =
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"]},\"rivals\":{}}";
  for (unsigned hour = 0; hour < 24; hour++) {
    add(hour, "blocked");
    tally_verdict(&tally, (tally_line){.hour = hour, .verdict = dns, .by = "collectd 1.2.3"});
  }
  finish();
  expect_hours(public_of(0), 24, 0, 0, 0);
  assert_float_equal(hours(&tally.endpoints[0]->checks[PL_CHECK_DNS], PL_SPAN_OK), 24, 1e-6);
}

// What the daemon said counts until its own next line is overdue, although the check goes on.
static void each_program_has_its_own_end(void **state) {
  (void)state;
  for (unsigned hour = 0; hour < 24; hour++) {
    add(hour, "blocked");
    if (hour == 9)
      tally_verdict(&tally, (tally_line){.hour = 9, .verdict = "unproven", .by = "collectd 1.2.3"});
  }
  tally_stop(&tally, 23.5, "");
  finish();
  expect_hours(public_of(0), 23.5 - ALLOWED, 0, ALLOWED, 0.5);
  expect_exception(public_of(0), 0, PL_SPAN_UNPROVEN, "public.no-egress", 9, 9 + ALLOWED);
  assert_int_equal(public_of(0)->exceptions[0].next.kind, PL_SPAN_BLOCKED);
}

// More programs than are kept apart: the one that is forgotten is one whose line counts no longer,
// or else the newest takes the place of the one that ends first.
static void many_programs_are_counted(void **state) {
  (void)state;
  char by[16];
  for (unsigned i = 0; i < 240; i++) {
    snprintf(by, sizeof(by), "p%u 1", i);
    tally_verdict(&tally, (tally_line){.hour = i / 10.0, .verdict = "blocked", .by = by});
  }
  finish();
  expect_hours(public_of(0), 24, 0, 0, 0);
}

// It was killed at some time after its last line.
static void after_a_crash_the_time_since_the_last_line_is_not_known(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_verdict(&tally, (tally_line){.hour = 9.25, .endpoint = "b", .verdict = "blocked"});
  tally_verdict(&tally, (tally_line){.hour = 9.5, .verdict = "open", .by = "other 1"});
  tally_start(&tally, 9.75);
  add_hours(10, 24, "blocked");
  tally_stop(&tally, 23.25, "");
  tally_start(&tally, 23.5);
  add(23.5, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_exception(check, 0, PL_SPAN_OPEN, "public.open", 9.5, 9.5 + ALLOWED);
  expect_exception(check, 1, PL_SPAN_UNMONITORED, PL_UNMONITORED_STOPPED, 23.25, 23.5);
  check = public_of(1);
  expect_exception(check, 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_BEFORE, 0, 9.25);
  expect_exception(check, 1, PL_SPAN_UNMONITORED, PL_UNMONITORED_ENDED, 9.25, 24);
  expect_hours(check, 0, 0, 0, 24);
}

// The line of the next start may be after the end of the period.
static void a_crash_may_be_known_after_the_end(void **state) {
  (void)state;
  add_hours(0, 24, "blocked");
  tally_start(&tally, 24.25);
  add(24.25, "blocked");
  finish();
  expect_hours(public_of(0), 23, 0, 0, 1);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_ENDED, 23, 24);
}

// The host was suspended for half an hour. Its clock says so, and the daemon does.
static void a_pause_of_the_rounds_is_not_known(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_verdict(&tally, (tally_line){.hour = 9.75, .verdict = "blocked", .why = "pause"});
  add_hours(10, 24, "blocked");
  finish();
  expect_hours(public_of(0), 23.25, 0, 0, 0.75);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_PAUSE, 9, 9.75);
}

static void what_could_not_be_written_is_not_known(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_resumed(&tally, 9.9, 9.5);
  add_hours(10, 24, "blocked");
  finish();
  expect_hours(public_of(0), 23.5, 0, 0, 0.5);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_FAILED, 9.5, 10);
}

// A run of a check could not write, which concerns its endpoint alone.
static void a_line_that_failed_is_not_known(void **state) {
  (void)state;
  for (unsigned hour = 0; hour < 24; hour++) {
    const char *why = hour == 10 ? "failed" : NULL;
    tally_verdict(&tally,
                  (tally_line){.hour = hour, .endpoint = "a", .verdict = "blocked", .why = why});
    tally_verdict(&tally, (tally_line){.hour = hour, .endpoint = "b", .verdict = "blocked"});
  }
  finish();
  expect_hours(public_of(0), 23, 0, 0, 1);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_FAILED, 9, 10);
  expect_hours(public_of(1), 24, 0, 0, 0);
}

// The line that says so may be after the end of the period.
static void what_could_not_be_written_until_after_the_end_is_not_known(void **state) {
  (void)state;
  add_hours(0, 24, "blocked");
  tally_resumed(&tally, 24.2, 23.25);
  add(24.2, "blocked");
  finish();
  expect_hours(public_of(0), 23.25, 0, 0, 0.75);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_FAILED, 23.25, 24);
}

static void time_before_the_first_line_is_unmonitored(void **state) {
  (void)state;
  add_hours(6, 24, "blocked");
  finish();
  expect_hours(public_of(0), 18, 0, 0, 6);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_BEFORE, 0, 6);
}

static void lines_outside_the_period_only_begin_it(void **state) {
  (void)state;
  for (int hour = -30; hour < 40; hour++)
    add(hour, hour >= -2 && hour < 3 ? "open" : "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 21, 3, 0, 0);
  assert_int_equal(check->count, 1);
  expect_exception(check, 0, PL_SPAN_OPEN, "public.open", -2, 3); // it began before the period
  assert_int_equal(tally.endpoints[0]->configuration_count, 1);
  assert_true(tally.endpoints[0]->configurations[0].since < tally.from);
}

static void without_a_begin_the_period_is_the_log(void **state) {
  (void)state;
  tally.from = 0;
  add_hours(5, 24, "blocked");
  finish();
  assert_true(tally.from == TALLY_DAY + 5 * TALLY_HOUR);
  expect_hours(public_of(0), 19, 0, 0, 0);
  assert_int_equal(public_of(0)->count, 0);
}

static void a_late_first_line_begins_the_period_when_it_was_written(void **state) {
  (void)state;
  tally.from = 0;
  tally_verdict(&tally, (tally_line){.hour = 5, .judged = 4.5, .verdict = "blocked"});
  add_hours(6, 24, "blocked");
  finish();
  assert_true(tally.from == TALLY_DAY + 5 * TALLY_HOUR);
  expect_hours(public_of(0), 19, 0, 0, 0);
}

static void a_log_that_begins_after_the_period_has_no_endpoint(void **state) {
  (void)state;
  tally.from = 0;
  add_hours(30, 40, "blocked");
  finish();
  assert_int_equal(tally.count, 0);
  assert_true(tally.from == tally.to);
}

static void a_change_of_the_configuration_is_listed(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_verdict(&tally, (tally_line){.hour = 10, .verdict = "open"});
  for (unsigned hour = 11; hour < 24; hour++)
    tally_verdict(&tally, (tally_line){.hour = hour, .verdict = "blocked", .config = 'a'});
  finish();
  const pl_endpoint_tally *endpoint = tally.endpoints[0];
  assert_int_equal(endpoint->configuration_count, 2);
  assert_int_equal(endpoint->configurations[1].hash.bytes[0], 0xaa);
  assert_int_equal(endpoint->configurations[1].line, 12);
  assert_true(endpoint->configurations[1].since == TALLY_DAY + 11 * TALLY_HOUR);
  assert_true(public_of(0)->exceptions[0].reconfigured); // another configuration ended the alarm
}

static void accepted_rivals_have_their_time(void **state) {
  (void)state;
  static const char accepted[] = TALLY_PUBLIC("blocked", 0, "", "\"tenant\":\"accepted\"");
  static const char out[] = TALLY_PUBLIC("blocked", 0, "", "\"tenant\":\"ruled-out paired\"");
  for (int hour = -3; hour < 5; hour++)
    add(hour, accepted);
  add(5, "open"); // names no rival: the acceptance stays
  add(6, accepted);
  add_hours(7, 20, out);
  add_hours(20, 24, TALLY_PUBLIC("blocked", 0, "", "\"near\":\"accepted\",\"tenant\":\"stands\""));
  finish();
  const pl_endpoint_tally *endpoint = tally.endpoints[0];
  assert_int_equal(endpoint->acceptance_count, 2);
  assert_int_equal(endpoint->acceptances[0].rival, PL_RIVAL_TENANT);
  assert_true(endpoint->acceptances[0].since == TALLY_DAY - 3 * TALLY_HOUR);
  assert_true(endpoint->acceptances[0].until == TALLY_DAY + 7 * TALLY_HOUR);
  assert_int_equal(endpoint->acceptances[1].rival, PL_RIVAL_NEAR);
  assert_true(endpoint->acceptances[1].since == TALLY_DAY + 20 * TALLY_HOUR);
  assert_true(endpoint->acceptances[1].until == 0);
}

// One program relies on the acceptance, and another one does not need it.
static void an_acceptance_is_that_of_its_program(void **state) {
  (void)state;
  static const char accepted[] = TALLY_PUBLIC("blocked", 0, "", "\"tenant\":\"accepted\"");
  static const char out[] = TALLY_PUBLIC("blocked", 0, "", "\"tenant\":\"ruled-out paired\"");
  for (unsigned hour = 0; hour < 24; hour++) {
    add(hour, hour < 20 ? accepted : out);
    tally_verdict(&tally, (tally_line){.hour = hour + 0.5, .verdict = out, .by = "collectd 1.2.3"});
  }
  finish();
  const pl_endpoint_tally *endpoint = tally.endpoints[0];
  assert_int_equal(endpoint->acceptance_count, 1);
  assert_true(endpoint->acceptances[0].since == TALLY_DAY);
  assert_true(endpoint->acceptances[0].until == TALLY_DAY + 20 * TALLY_HOUR);
}

static void other_checks_have_their_severities(void **state) {
  (void)state;
  static const char both[] = "{\"severity\":2,\"public\":\"blocked\",\"checks\":{\"dns\":[2,"
                             "\"dns.nxdomain\"],\"public\":[0,\"\"]},\"rivals\":{}}";
  static const char dns[] =
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"]},\"rivals\":{}}";
  add_hours(0, 12, both);
  add_hours(12, 24, dns);
  finish();
  const pl_check_tally *check = &tally.endpoints[0]->checks[PL_CHECK_DNS];
  assert_true(check->seen);
  assert_float_equal(hours(check, PL_SPAN_CRITICAL), 12, 1e-6);
  assert_float_equal(hours(check, PL_SPAN_OK), 12, 1e-6);
  expect_exception(check, 0, PL_SPAN_CRITICAL, "dns.nxdomain", 0, 12);
  // The public check no longer ran: that is no proof.
  expect_hours(public_of(0), 12, 0, 0, 12);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_OFF, 12, 24);
}

// It is one time, although there are two reasons.
static void the_longest_time_unmonitored_may_have_several_reasons(void **state) {
  (void)state;
  static const char dns[] =
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"]},\"rivals\":{}}";
  add_hours(3, 6, "blocked");
  tally_stop(&tally, 6, "");
  add_hours(9, 12, dns);
  add_hours(12, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 15, 0, 0, 9);
  assert_int_equal(check->count, 3);
  assert_float_equal(pl_seconds(check->gap_begin - TALLY_DAY) / 3600, 6, 1e-6);
  assert_float_equal(pl_seconds(check->gap_end - TALLY_DAY) / 3600, 12, 1e-6);
  assert_string_equal(check->gap_reason, PL_UNMONITORED_STOPPED);
}

static void a_verdict_that_is_not_known_proves_nothing(void **state) {
  (void)state;
  add_hours(0, 12, "blocked");
  add_hours(12, 24,
            "{\"severity\":0,\"public\":\"blocked\",\"checks\":{\"public\":[0,\"\"],\"route\":[0,"
            "\"\"]},\"rivals\":{}}");
  finish();
  expect_hours(public_of(0), 12, 0, 0, 12);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_UNREADABLE, 12, 24);
}

static void a_clock_that_was_set_back_counts_no_time_twice(void **state) {
  (void)state;
  add_hours(0, 13, "blocked");
  add(10, "open"); // by the clock that was set back
  add(10.5, "blocked");
  add_hours(11, 24, "blocked");
  finish();
  const pl_check_tally *check = public_of(0);
  expect_hours(check, 24, 0, 0, 0);
  assert_int_equal(check->count, 1); // it is still listed
  expect_exception(check, 0, PL_SPAN_OPEN, "public.open", 12, 12);
}

// Lines of a clock that was ahead are after the period, so nothing of that time is known.
static void a_clock_that_was_ahead_leaves_a_time_of_which_nothing_is_known(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  add(100, "open");
  add(100.5, "open");
  add_hours(10, 24, "blocked");
  finish();
  expect_hours(public_of(0), 23, 0, 0, 1);
  expect_exception(public_of(0), 0, PL_SPAN_UNMONITORED, PL_UNMONITORED_CLOCK, 9, 10);
}

// The disk was slow: the line is late, the verdict was not.
static void a_verdict_counts_from_when_it_was_judged(void **state) {
  (void)state;
  add_hours(0, 10, "blocked");
  tally_verdict(&tally, (tally_line){.hour = 9.5, .judged = 9.1, .verdict = "open"});
  tally_verdict(&tally, (tally_line){.hour = 10, .judged = 9.75, .verdict = "blocked"});
  for (unsigned hour = 10; hour < 20; hour++) // the clock was set meanwhile
    tally_verdict(&tally, (tally_line){.hour = hour, .judged = hour + 3, .verdict = "blocked"});
  for (unsigned hour = 20; hour < 24; hour++) // that is no slow disk
    tally_verdict(&tally, (tally_line){.hour = hour, .judged = hour - 4, .verdict = "blocked"});
  finish();
  expect_hours(public_of(0), 23.35, 0.65, 0, 0);
  expect_exception(public_of(0), 0, PL_SPAN_OPEN, "public.open", 9.1, 9.75);
}

static void many_endpoints_are_sorted(void **state) {
  (void)state;
  for (unsigned i = 0; i < 100; i++) {
    char name[16];
    snprintf(name, sizeof(name), "e%02u", (i * 37) % 100);
    tally_verdict(&tally, (tally_line){.hour = 0, .endpoint = name, .verdict = "blocked"});
  }
  finish();
  assert_int_equal(tally.count, 100);
  for (size_t i = 1; i < tally.count; i++)
    assert_true(strcmp(tally.endpoints[i - 1]->name, tally.endpoints[i]->name) < 0);
}

// Exceptions are in order, and what they have in the period is what the totals say.
static void expect_consistent(const pl_check_tally *check) {
  pl_nsec of_exceptions[PL_SPAN_KINDS] = {0}, sum = 0, last = INT64_MIN;
  for (size_t i = 0; i < check->count; i++) {
    const pl_exception *e = &check->exceptions[i];
    pl_nsec since = e->begin > tally.from ? e->begin : tally.from;
    assert_true(e->begin >= last && e->end >= e->begin && e->end <= tally.to);
    assert_true(e->end >= tally.from);
    assert_true(!e->lasts || (i == check->count - 1 && e->end == tally.to));
    of_exceptions[e->span.kind] += e->end - since;
    last = e->end;
  }
  for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++) {
    bool never_good = kind == PL_SPAN_UNPROVEN || kind == PL_SPAN_UNMONITORED;
    assert_true(check->totals[kind] >= of_exceptions[kind]);
    assert_true(!never_good || check->totals[kind] == of_exceptions[kind]);
    sum += check->totals[kind];
  }
  assert_true(sum == tally.to - tally.from);
  assert_true(check->gap_end - check->gap_begin <= check->totals[PL_SPAN_UNMONITORED]);
}

static void random_lines_add_up(void **state) {
  (void)state;
  static const char *const verdicts[] = {
      "blocked",
      "open",
      "unproven",
      "damaged",
      TALLY_PUBLIC("open", 0, "", ""),
      TALLY_PUBLIC("blocked", 0, "", "\"near\":\"accepted\""),
      "{\"severity\":0,\"public\":\"\",\"checks\":{\"dns\":[0,\"\"]},\"rivals\":{}}",
  };
  static const char *const names[] = {"a", "b", "c"};
  unsigned seed = 20;
  for (unsigned round = 0; round < 2000; round++) {
    pl_tally_free(&tally);
    tally = (pl_tally){.from = TALLY_DAY + (rand_r(&seed) % 2) * TALLY_HOUR,
                       .to = TALLY_DAY + (5 + rand_r(&seed) % 20) * TALLY_HOUR};
    double hour = -5;
    for (unsigned i = 0; i < 60; i++) {
      hour +=
          rand_r(&seed) % 12 == 0 ? -1.5 : (rand_r(&seed) % 100) / 60.0; // the clock is set back
      unsigned what = (unsigned)rand_r(&seed) % 12;
      const char *name = names[rand_r(&seed) % 3];
      if (what == 2 && rand_r(&seed) % 3 == 0)
        tally_start(&tally, hour);
      else if (what == 0)
        tally_stop(&tally, hour, rand_r(&seed) % 2 ? name : "");
      else if (what == 1)
        tally_resumed(&tally, hour, hour - (rand_r(&seed) % 100) / 50.0);
      else
        tally_verdict(&tally, (tally_line){.hour = hour,
                                           .endpoint = name,
                                           .verdict = verdicts[rand_r(&seed) % 7],
                                           .by = rand_r(&seed) % 4 ? NULL : "collectd 1.2.3",
                                           .config = (char)('0' + rand_r(&seed) % 2)});
    }
    assert_true(pl_tally_end(&tally));
    for (size_t i = 0; i < tally.count; i++) {
      for (unsigned id = 0; id < PL_CHECK_COUNT; id++)
        expect_consistent(&tally.endpoints[i]->checks[id]);
    }
  }
}

// ---- the same, by a definition that is slow and simple -----------------------------------------

#define EVENTS 80
#define COVERED 91 // minutes of a line with an interval of one hour

typedef struct event {
  int minute, since;
  unsigned program;
  pl_log_line_type type;
  pl_span_kind kind;
} event;

// Until which minute the line i counts, by what the log says up to the next one of its program.
static int end_of(const event *events, size_t i) {
  int end = events[i].minute + COVERED, last = events[i].minute;
  bool stopped = false;
  for (size_t k = i + 1; k < EVENTS; k++) {
    const event *e = &events[k];
    if (e->program != events[i].program)
      continue;
    if (e->type == PL_LINE_VERDICT)
      break;
    int said = e->type == PL_LINE_STOP                ? e->minute
               : e->type == PL_LINE_RESUMED           ? e->since
               : e->type == PL_LINE_START && !stopped ? last
                                                      : end;
    end = said < end ? said : end;
    stopped = e->type == PL_LINE_STOP || (stopped && e->type != PL_LINE_START);
    last = e->minute;
  }
  return end;
}

// What the endpoint is at this minute: the worst of what counts.
static pl_span_kind kind_at(const event *events, int minute) {
  static const int ranks[PL_SPAN_KINDS] = {
      [PL_SPAN_BLOCKED] = 1, [PL_SPAN_UNPROVEN] = 2, [PL_SPAN_OPEN] = 3};
  pl_span_kind worst = PL_SPAN_UNMONITORED;
  for (unsigned program = 0; program < 2; program++) {
    size_t last = EVENTS;
    for (size_t i = 0; i < EVENTS && events[i].minute <= minute; i++) {
      if (events[i].program == program && events[i].type == PL_LINE_VERDICT)
        last = i;
    }
    if (last < EVENTS && minute < end_of(events, last) && ranks[events[last].kind] > ranks[worst])
      worst = events[last].kind;
  }
  return worst;
}

static void make_events(event *events, unsigned *seed, bool two) {
  int minute = -200, last[2] = {minute, minute};
  for (size_t i = 0; i < EVENTS; i++) {
    unsigned what = (unsigned)rand_r(seed) % 12;
    unsigned program = two ? (unsigned)rand_r(seed) % 2 : 0;
    minute += rand_r(seed) % 50;
    events[i] = (event){.minute = minute, .program = program, .type = PL_LINE_VERDICT};
    events[i].kind = (pl_span_kind)(PL_SPAN_BLOCKED + rand_r(seed) % 3);
    // One program's past is not changed after another one's line.
    if (what == 0)
      events[i].type = PL_LINE_STOP;
    else if (what == 1 && !two)
      events[i].type = PL_LINE_RESUMED;
    else if (what == 2 && !two)
      events[i].type = PL_LINE_START;
    events[i].since = last[program] + rand_r(seed) % (minute - last[program] + 1);
    if (events[i].type == PL_LINE_VERDICT)
      last[program] = minute;
  }
}

static void take_event(const event *e) {
  static const char *const programs[] = {NULL, "collectd 1.2.3"};
  static const char *const words[] = {"blocked", "open", "unproven"};
  double hour = e->minute / 60.0;
  if (e->type == PL_LINE_STOP)
    tally_stop_of(&tally, hour, "", programs[e->program]);
  else if (e->type == PL_LINE_RESUMED)
    tally_resumed(&tally, hour, e->since / 60.0);
  else if (e->type == PL_LINE_START)
    tally_start(&tally, hour);
  else
    tally_verdict(
        &tally, (tally_line){.hour = hour, .verdict = words[e->kind], .by = programs[e->program]});
}

static void a_slow_definition_agrees(void **state) {
  (void)state;
  event events[EVENTS];
  unsigned seed = 5;
  for (unsigned round = 0; round < 400; round++) {
    end(NULL);
    begin(NULL);
    make_events(events, &seed, round % 2 == 0);
    for (size_t i = 0; i < EVENTS; i++)
      take_event(&events[i]);
    finish();
    pl_nsec totals[PL_SPAN_KINDS] = {0};
    for (int minute = 0; minute < 24 * 60; minute++)
      totals[kind_at(events, minute)] += 60 * PL_SEC;
    for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++)
      assert_in_range(public_of(0)->totals[kind] + PL_SEC - totals[kind], 0, 2 * PL_SEC);
  }
}

static void no_memory_is_reported(void **state) {
  (void)state;
  char name[] = "a", config[PL_HASH_HEX];
  static const char verdict[] = TALLY_PUBLIC("open", 2, "public.open", "\"near\":\"accepted\"");
  memset(config, '0', PL_HASH_HEX - 1);
  for (unsigned nth = 1;; nth++) {
    pl_tally failing = {.from = TALLY_DAY, .to = TALLY_DAY + 24 * TALLY_HOUR};
    bool whole = true;
    alloc_fail_arm(nth);
    for (unsigned hour = 0; hour < 24 && whole; hour++) {
      name[0] = (char)('a' + hour % 3);
      config[0] = (char)('0' + hour % 5);
      pl_log_line line = {.wall = TALLY_DAY + (pl_nsec)hour * TALLY_HOUR,
                          .type = PL_LINE_VERDICT,
                          .seq = hour + 1,
                          .interval = 60,
                          .endpoint = {.at = name, .length = 1},
                          .config = {.at = config, .length = PL_HASH_HEX - 1},
                          .verdict = {.at = verdict, .length = sizeof(verdict) - 1}};
      whole = pl_tally_take(&failing, &line);
    }
    whole = whole && pl_tally_end(&failing);
    bool failed = alloc_fail_disarm();
    pl_tally_free(&failing);
    assert_true(whole == !failed);
    if (!failed)
      break;
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_blocked_day_has_no_exception),
      TEST(open_for_three_hours),
      TEST(each_reason_is_an_exception_and_the_last_one_lasts),
      TEST(unproven_is_an_exception_even_if_its_severity_is_ok),
      TEST(a_block_during_the_alarm_is_not_yet_proven),
      TEST(open_as_expected_is_no_exception),
      TEST(a_line_counts_until_the_next_is_overdue),
      TEST(a_line_late_within_the_allowed_time_is_no_gap),
      TEST(a_restart_is_unmonitored_until_the_next_line),
      TEST(a_stop_ends_an_endpoint_and_no_other),
      TEST(a_stop_of_another_program_ends_nothing),
      TEST(of_two_programs_the_worse_verdict_counts),
      TEST(what_only_one_program_runs_counts),
      TEST(each_program_has_its_own_end),
      TEST(many_programs_are_counted),
      TEST(after_a_crash_the_time_since_the_last_line_is_not_known),
      TEST(a_crash_may_be_known_after_the_end),
      TEST(a_pause_of_the_rounds_is_not_known),
      TEST(what_could_not_be_written_is_not_known),
      TEST(a_line_that_failed_is_not_known),
      TEST(what_could_not_be_written_until_after_the_end_is_not_known),
      TEST(time_before_the_first_line_is_unmonitored),
      TEST(lines_outside_the_period_only_begin_it),
      TEST(without_a_begin_the_period_is_the_log),
      TEST(a_late_first_line_begins_the_period_when_it_was_written),
      TEST(a_log_that_begins_after_the_period_has_no_endpoint),
      TEST(a_change_of_the_configuration_is_listed),
      TEST(accepted_rivals_have_their_time),
      TEST(an_acceptance_is_that_of_its_program),
      TEST(other_checks_have_their_severities),
      TEST(the_longest_time_unmonitored_may_have_several_reasons),
      TEST(a_verdict_that_is_not_known_proves_nothing),
      TEST(a_clock_that_was_set_back_counts_no_time_twice),
      TEST(a_clock_that_was_ahead_leaves_a_time_of_which_nothing_is_known),
      TEST(a_verdict_counts_from_when_it_was_judged),
      TEST(many_endpoints_are_sorted),
      TEST(random_lines_add_up),
      TEST(a_slow_definition_agrees),
      TEST(no_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
