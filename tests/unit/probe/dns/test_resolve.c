// Tests resolving names against scripted resolvers.
#include "dns_server.h"
#include "netns.h"
#include "probe/dns/resolve.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
/* after the headers that it needs */
#include <cmocka.h>

typedef struct fixture {
  pl_loop *loop;
  pl_resolvers *resolvers;
  dns_server server;
} fixture;

static const dns_row rows[] = {
    {.name = "one.example", .ipv4 = "10.0.1.10", .ipv6 = "fd00::10"},
    {.name = "many.example", .ipv4 = "10.0.2.10 10.0.1.10"},
    {.name = "alias.example", .ipv4 = "10.0.1.10", .alias = "end.example"},
    {.name = "servfail.example", .manner = DNS_MANNER_RCODE, .rcode = 2},
    {.name = "refused.example", .manner = DNS_MANNER_RCODE, .rcode = 5},
    {.name = "notimp.example", .manner = DNS_MANNER_RCODE, .rcode = 4},
    {.name = "formerr.example", .manner = DNS_MANNER_RCODE, .rcode = 1},
    {.name = "silent.example", .manner = DNS_MANNER_SILENT},
    {.name = "lost.example", .manner = DNS_MANNER_LOSE_FIRST, .ipv4 = "10.0.1.10"},
    {.name = "big.example", .manner = DNS_MANNER_TRUNCATE, .ipv4 = "10.0.1.10 10.0.2.10"},
    {.name = "big-closed.example", .manner = DNS_MANNER_TC_CLOSE},
    {.name = "junk.example", .manner = DNS_MANNER_JUNK},
    {0},
};

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof(*f));
  pl_clock clock = pl_clock_system();
  assert_non_null(f);
  assert_int_equal(pl_loop_create(&clock, &f->loop, NULL), PL_OK);
  assert_int_equal(pl_resolvers_create(f->loop, &f->resolvers, NULL), PL_OK);
  assert_true(dns_server_start(&f->server, "127.0.0.1", 0, rows));
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  fixture *f = *state;
  pl_resolvers_free(f->resolvers);
  pl_loop_free(f->loop);
  dns_server_stop(&f->server);
  free(f);
  return 0;
}

/* The result of a query. */
typedef struct result {
  pl_query *query;
  bool done;
  pl_dns_fact fact;
} result;

static void on_done(void *user, pl_dns_fact *fact) {
  result *r = user;
  assert_false(r->done);
  r->done = true;
  r->fact = *fact;
}

static pl_sockaddr resolver_at(const char *address, uint16_t port) {
  pl_sockaddr resolver = {.port = port};
  assert_int_equal(pl_addr_parse(address, &resolver.address), PL_OK);
  return resolver;
}

static pl_query_config question(fixture *f, const char *name, pl_dns_type type, result *r) {
  return (pl_query_config){
      .resolvers = f->resolvers,
      .resolver = resolver_at("127.0.0.1", f->server.port),
      .name = name,
      .type = type,
      .timeout = 2 * PL_SEC,
      .deadline = pl_loop_clock(f->loop) + 20 * PL_SEC,
      .done = on_done,
      .user = r,
  };
}

static void run(fixture *f, const pl_query_config *config, result *r) {
  assert_int_equal(pl_query_start(config, &r->query), PL_OK);
  assert_false(r->done);
  while (!r->done)
    assert_int_equal(pl_loop_turn(f->loop), PL_OK);
  pl_query_free(r->query);
}

/* After junk, c-ares 1.18 waits until the time is over, and 1.34 ends the question. Neither result
 * is an answer. */
static bool as_wanted(pl_dns_outcome have, pl_dns_outcome want, const char *name) {
  return have == want || (strcmp(name, "junk.example") == 0 && have == PL_DNS_MALFORMED);
}

static void outcomes_are_distinguished(void **state) {
  static const struct {
    const char *name;
    pl_dns_type type;
    pl_dns_outcome outcome;
    size_t answers;
    const char *canonical;
    bool over_tcp;
    uint8_t rcode;
  } cases[] = {
      {"one.example", PL_DNS_A, PL_DNS_ANSWER, 1, "", false, 0},
      {"one.example.", PL_DNS_A, PL_DNS_ANSWER, 1, "", false, 0},
      {"ONE.Example", PL_DNS_AAAA, PL_DNS_ANSWER, 1, "", false, 0},
      {"many.example", PL_DNS_A, PL_DNS_ANSWER, 2, "", false, 0},
      {"many.example", PL_DNS_AAAA, PL_DNS_NODATA, 0, "", false, 0},
      {"alias.example", PL_DNS_A, PL_DNS_ANSWER, 1, "end.example", false, 0},
      {"none.example", PL_DNS_A, PL_DNS_NXDOMAIN, 0, "", false, 3},
      {"servfail.example", PL_DNS_A, PL_DNS_SERVFAIL, 0, "", false, 2},
      {"refused.example", PL_DNS_A, PL_DNS_REFUSED, 0, "", false, 5},
      {"notimp.example", PL_DNS_A, PL_DNS_RCODE, 0, "", false, 4},
      {"formerr.example", PL_DNS_A, PL_DNS_RCODE, 0, "", false, 1},
      {"lost.example", PL_DNS_A, PL_DNS_ANSWER, 1, "", false, 0},
      {"big.example", PL_DNS_A, PL_DNS_ANSWER, 2, "", true, 0},
      {"silent.example", PL_DNS_A, PL_DNS_TIMEOUT, 0, "", false, 0},
      {"junk.example", PL_DNS_A, PL_DNS_TIMEOUT, 0, "", false, 0},
      {"big-closed.example", PL_DNS_A, PL_DNS_CLOSED, 0, "", false, 0},
  };
  fixture *f = *state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    result r = {0};
    atomic_store(&f->server.udp_questions, 0);
    pl_query_config config = question(f, cases[i].name, cases[i].type, &r);
    run(f, &config, &r);
    if (!as_wanted(r.fact.outcome, cases[i].outcome, cases[i].name) ||
        r.fact.answers.count != cases[i].answers ||
        strcmp(r.fact.canonical, cases[i].canonical) != 0 || r.fact.over_tcp != cases[i].over_tcp ||
        r.fact.rcode != cases[i].rcode)
      fail_msg("%s: %s, %zu answers, %s, errno %d", cases[i].name,
               pl_dns_outcome_name(r.fact.outcome), r.fact.answers.count, r.fact.canonical,
               r.fact.error);
    assert_int_equal(r.fact.type, cases[i].type);
    assert_true(r.fact.elapsed >= 0);
    assert_int_equal(r.fact.resolver.port, f->server.port);
    pl_addr_list_free(&r.fact.answers);
  }
}

static void a_closed_port_is_closed(void **state) {
  fixture *f = *state;
  result r = {0};
  pl_query_config config = question(f, "one.example", PL_DNS_A, &r);
  config.resolver.port = 1;
  run(f, &config, &r);
  assert_int_equal(r.fact.outcome, PL_DNS_CLOSED);
  assert_int_equal(r.fact.error, ECONNREFUSED);
}

static void faults_of_this_host_are_local(void **state) {
  static const struct {
    const char *resolver;
    int error;
  } cases[] = {{"30.2.0.53", ENETUNREACH}, {"3ffe:db8::53", ENETUNREACH}};
  fixture *f = *state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    result r = {0};
    pl_query_config config = question(f, "one.example", PL_DNS_A, &r);
    config.resolver = resolver_at(cases[i].resolver, 53);
    run(f, &config, &r);
    assert_int_equal(r.fact.outcome, PL_DNS_LOCAL);
    assert_int_equal(r.fact.error, cases[i].error);
  }
}

static void no_descriptor_left_is_local(void **state) {
  fixture *f = *state;
  result r = {0};
  struct rlimit before, none;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = before;
  none.rlim_cur = 0;
  pl_query_config config = question(f, "one.example", PL_DNS_A, &r);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  run(f, &config, &r);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(r.fact.outcome, PL_DNS_LOCAL);
  assert_int_equal(r.fact.error, EMFILE);
}

static void the_deadline_cuts(void **state) {
  fixture *f = *state;
  result r = {0};
  pl_query_config config = question(f, "silent.example", PL_DNS_A, &r);
  config.deadline = pl_loop_clock(f->loop) + 100 * PL_MSEC;
  run(f, &config, &r);
  assert_int_equal(r.fact.outcome, PL_DNS_CUT);
}

#define BURST 300

static void run_burst(fixture *f, const char *name, pl_nsec timeout, result results[BURST]) {
  size_t left = BURST;
  for (size_t i = 0; i < BURST; i++) {
    pl_query_config config = question(f, name, i % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA, &results[i]);
    config.timeout = timeout;
    assert_int_equal(pl_query_start(&config, &results[i].query), PL_OK);
  }
  while (left > 0) {
    assert_int_equal(pl_loop_turn(f->loop), PL_OK);
    left = 0;
    for (size_t i = 0; i < BURST; i++)
      left += results[i].done ? 0 : 1;
  }
  for (size_t i = 0; i < BURST; i++) {
    pl_query_free(results[i].query);
    pl_addr_list_free(&results[i].fact.answers);
  }
}

static void many_questions_at_once_lose_none(void **state) {
  fixture *f = *state;
  result *results = calloc(BURST, sizeof(*results));
  assert_non_null(results);
  run_burst(f, "one.example", 5 * PL_SEC, results);
  for (size_t i = 0; i < BURST; i++)
    assert_int_equal(results[i].fact.outcome, PL_DNS_ANSWER);
  assert_int_equal(atomic_load(&f->server.udp_questions), BURST);
  free(results);
}

/* Questions without an answer leave the window to the others: all are asked, and all time out. */
static void a_silent_resolver_does_not_block_the_window(void **state) {
  fixture *f = *state;
  result *results = calloc(BURST, sizeof(*results));
  assert_non_null(results);
  run_burst(f, "silent.example", PL_SEC, results);
  for (size_t i = 0; i < BURST; i++)
    assert_int_equal(results[i].fact.outcome, PL_DNS_TIMEOUT);
  assert_true(atomic_load(&f->server.udp_questions) >= BURST);
  free(results);
}

static void cancelled_queries_are_silent(void **state) {
  fixture *f = *state;
  result cancelled[200] = {0}, last = {0};
  for (size_t i = 0; i < PL_COUNT_OF(cancelled); i++) {
    pl_query_config config = question(f, "one.example", PL_DNS_A, &cancelled[i]);
    assert_int_equal(pl_query_start(&config, &cancelled[i].query), PL_OK);
  }
  /* One half frees the waiting ones first, the other half those that were asked. */
  for (size_t i = 0; i < PL_COUNT_OF(cancelled); i++)
    pl_query_free(cancelled[(i * 137) % PL_COUNT_OF(cancelled)].query);
  pl_query_free(NULL);
  pl_query_config config = question(f, "one.example", PL_DNS_A, &last);
  run(f, &config, &last);
  assert_int_equal(last.fact.outcome, PL_DNS_ANSWER);
  pl_addr_list_free(&last.fact.answers);
  for (size_t i = 0; i < PL_COUNT_OF(cancelled); i++)
    assert_false(cancelled[i].done);
}

/* A query that is cancelled between its answer and `done`; and resolvers that are freed while
 * c-ares still has a question. */
static void cancelling_late_leaks_nothing(void **state) {
  fixture *f = *state;
  result r[2] = {0};
  for (size_t i = 0; i < 2; i++) {
    pl_query_config config =
        question(f, i == 0 ? "one.example" : "silent.example", PL_DNS_A, &r[i]);
    assert_int_equal(pl_query_start(&config, &r[i].query), PL_OK);
  }
  while (atomic_load(&f->server.udp_questions) < 2)
    assert_int_equal(pl_loop_turn(f->loop), PL_OK);
  pl_query_free(r[0].query);
  pl_query_free(r[1].query);
  pl_addr_list_free(&r[0].fact.answers);
  assert_false(r[1].done);
}

static void the_systems_resolvers_are_listed(void **state) {
  fixture *f = *state;
  pl_sockaddr first[PL_LIMIT_RESOLVERS], again[PL_LIMIT_RESOLVERS];
  size_t count = 0, count_again = 0;
  bool rotate;
  assert_int_equal(pl_resolvers_system(f->resolvers, first, &count, &rotate), PL_OK);
  assert_in_range(count, 1, PL_LIMIT_RESOLVERS);
  assert_int_equal(pl_resolvers_system(f->resolvers, again, &count_again, &rotate), PL_OK);
  assert_int_equal(count, count_again);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(first[i].port, 53);
    assert_true(pl_addr_equal(&first[i].address, &again[i].address));
  }
}

static int enter_namespace(void **state) {
  (void)state;
  netns_enter();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(outcomes_are_distinguished, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_closed_port_is_closed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(faults_of_this_host_are_local, set_up, tear_down),
      cmocka_unit_test_setup_teardown(no_descriptor_left_is_local, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_deadline_cuts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(many_questions_at_once_lose_none, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_silent_resolver_does_not_block_the_window, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(cancelled_queries_are_silent, set_up, tear_down),
      cmocka_unit_test_setup_teardown(cancelling_late_leaks_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_systems_resolvers_are_listed, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
