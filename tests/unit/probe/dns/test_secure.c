// Tests DNS over HTTPS and TLS against scripted resolvers.
#include "alloc_fail.h"
#include "certs.h"
#include "probe/dns/lookup.h"
#include "probe/dns/secure.h"
#include "secure_bench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
/* after the headers that it needs */
#include <cmocka.h>

#define SHORT PL_SEC /* where the answer does not come */

/* ---- answers -------------------------------------------------------------------------------- */

static void answers_are_read(void **state) {
  static const struct {
    const char *name;
    pl_dns_type type;
    pl_dns_outcome outcome;
    uint16_t rcode;
    const char *answer, *canonical;
  } cases[] = {
      {"one.example", PL_DNS_A, PL_DNS_ANSWER, 0, "10.0.1.10", ""},
      {"one.example.", PL_DNS_AAAA, PL_DNS_ANSWER, 0, "fd00::10", ""},
      {"v4.example", PL_DNS_AAAA, PL_DNS_NODATA, 0, "", ""},
      {"alias.example", PL_DNS_A, PL_DNS_ANSWER, 0, "10.0.1.10", "end.example"},
      {"servfail.example", PL_DNS_A, PL_DNS_SERVFAIL, 2, "", ""},
      {"missing.example", PL_DNS_A, PL_DNS_NXDOMAIN, 3, "", ""},
  };
  static const pl_public_dns modes[] = {PL_PUBLIC_DNS_AUTO, PL_PUBLIC_DNS_HTTPS, PL_PUBLIC_DNS_TLS};
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
  (void)state;
  resolver_start(&r);
  for (size_t i = 0; i < PL_COUNT_OF(cases) * PL_COUNT_OF(modes); i++) {
    size_t n = i / PL_COUNT_OF(modes);
    pl_public_dns mode = modes[i % PL_COUNT_OF(modes)];
    secure_world w;
    secure_result found;
    char text[64];
    secure_open(&w, NULL);
    pl_secure_query_config config = secure_question(&w, cases[n].name, cases[n].type, NULL);
    config.transports = mode;
    secure_run(&w, config, &found);
    const pl_dns_fact *fact = &found.fact;
    if (fact->outcome != cases[n].outcome || fact->rcode != cases[n].rcode)
      fail_msg("%s, mode %d: outcome %d, code %u", cases[n].name, (int)mode, (int)fact->outcome,
               fact->rcode);
    assert_string_equal(secure_text(&fact->answers, text), cases[n].answer);
    assert_string_equal(fact->canonical, cases[n].canonical);
    assert_int_equal(fact->type, cases[n].type);
    assert_false(fact->system || fact->superseded || fact->over_tcp);
    assert_true(fact->started > 0 && fact->elapsed > 0 && fact->elapsed < SECURE_SOON);
    assert_int_not_equal(fact->transport, PL_DNS_PLAIN);
    if (mode == PL_PUBLIC_DNS_HTTPS)
      assert_int_equal(fact->transport, PL_DNS_HTTPS);
    if (mode == PL_PUBLIC_DNS_TLS)
      assert_int_equal(fact->transport, PL_DNS_TLS);
    assert_int_equal(fact->resolver.port, fact->transport == PL_DNS_HTTPS ? 443 : 853);
    secure_release(&found);
    secure_close(&w);
  }
  resolver_stop(&r);
}

/* What a transport alone comes to. */
typedef struct alone_case {
  secure_manner manner;
  pl_dns_outcome https, tls;
} alone_case;

static void alone(const alone_case *c, bench_leaf leaf, bool https, pl_dns_outcome outcome) {
  secure_resolver r = {.https = https ? c->manner : SECURE_MANNERS,
                       .tls = https ? SECURE_MANNERS : c->manner,
                       .https_leaf = leaf,
                       .tls_leaf = leaf};
  secure_world w;
  secure_result found;
  resolver_start(&r);
  secure_open(&w, NULL);
  pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
  config.transports = https ? PL_PUBLIC_DNS_HTTPS : PL_PUBLIC_DNS_TLS;
  config.timeout = outcome == PL_DNS_TIMEOUT ? SHORT : SECURE_SOON;
  secure_run(&w, config, &found);
  if (found.fact.outcome != outcome)
    fail_msg("manner %d, certificate %d, %s: outcome %d", (int)c->manner, (int)leaf,
             https ? "HTTPS" : "TLS", (int)found.fact.outcome);
  assert_int_equal(found.fact.answers.count, outcome == PL_DNS_ANSWER ? 1 : 0);
  assert_int_equal(found.fact.transport, https ? PL_DNS_HTTPS : PL_DNS_TLS);
  secure_release(&found);
  secure_close(&w);
  resolver_stop(&r);
}

static void every_manner_ends_as_a_fact(void **state) {
  static const alone_case cases[] = {
      {SECURE_CHUNKED, PL_DNS_ANSWER, PL_DNS_ANSWER},
      {SECURE_UNTIL_CLOSE, PL_DNS_ANSWER, PL_DNS_ANSWER},
      {SECURE_NOT_FOUND, PL_DNS_MALFORMED, PL_DNS_TIMEOUT},
      {SECURE_REDIRECT, PL_DNS_MALFORMED, PL_DNS_TIMEOUT},
      {SECURE_ENDLESS_HEADER, PL_DNS_MALFORMED, PL_DNS_TIMEOUT},
      {SECURE_PIECES, PL_DNS_ANSWER, PL_DNS_ANSWER},
      {SECURE_BAD_VERSION, PL_DNS_RCODE, PL_DNS_RCODE},
      {SECURE_WRONG_ID, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_WRONG_QUESTION, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_REFLECT, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_TEXT, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_EMPTY, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_TWICE, PL_DNS_ANSWER, PL_DNS_ANSWER},
      {SECURE_SILENT, PL_DNS_TIMEOUT, PL_DNS_TIMEOUT},
      {SECURE_DRIP, PL_DNS_TIMEOUT, PL_DNS_TIMEOUT},
      {SECURE_FLOOD, PL_DNS_MALFORMED, PL_DNS_MALFORMED},
      {SECURE_CLOSE, PL_DNS_CLOSED, PL_DNS_CLOSED},
      {SECURE_MANNERS, PL_DNS_CLOSED, PL_DNS_CLOSED}, /* nobody listens */
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    bool only_https = cases[i].manner >= SECURE_CHUNKED && cases[i].manner <= SECURE_ENDLESS_HEADER;
    alone(&cases[i], CERT_GOOD, true, cases[i].https);
    if (!only_https)
      alone(&cases[i], CERT_GOOD, false, cases[i].tls);
  }
}

static void a_wrong_certificate_is_malformed(void **state) {
  static const alone_case good = {.manner = SECURE_ANSWER};
  (void)state;
  for (bench_leaf leaf = CERT_GOOD + 1; leaf < CERT_COUNT; leaf++) {
    alone(&good, leaf, true, PL_DNS_MALFORMED);
    alone(&good, leaf, false, PL_DNS_MALFORMED);
  }
}

/* A TLS inspection that this host trusts can change the answers. */
static void an_answer_needs_an_issuer(void **state) {
  (void)state;
  pl_tls_context *context = bench_trust_of_host();
  for (unsigned scts = 0; scts < 2; scts++) {
    secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
    SSL_CTX *good = bench_servers[CERT_GOOD];
    if (scts == 1)
      bench_servers[CERT_GOOD] = bench_server_with_scts();
    resolver_start(&r);
    secure_world w;
    secure_result found;
    secure_open(&w, NULL);
    pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
    config.tls = context;
    secure_run(&w, config, &found);
    assert_int_equal(found.fact.outcome, scts == 1 ? PL_DNS_ANSWER : PL_DNS_MALFORMED);
    secure_release(&found);
    secure_close(&w);
    resolver_stop(&r);
    if (scts == 1)
      SSL_CTX_free(bench_servers[CERT_GOOD]);
    bench_servers[CERT_GOOD] = good;
  }
  pl_tls_context_free(context);
}

/* What servers do before, or instead of, TLS. */
static void a_port_without_tls_is_no_answer(void **state) {
  static const struct {
    server_script script;
    pl_dns_outcome outcome;
  } cases[] = {
      {{.run = serve_silence}, PL_DNS_TIMEOUT},
      {{.run = serve_close}, PL_DNS_CLOSED},
      {{.run = serve_reset}, PL_DNS_CLOSED},
      {{.run = serve_plain, .text = "HTTP/1.1 400 Bad Request\r\n\r\n"}, PL_DNS_MALFORMED},
      {{.run = serve_drip_plain, .text = "\x16\x03\x03\x10"}, PL_DNS_TIMEOUT},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    test_server server = server_start_at(IPV4, 853, &cases[i].script);
    secure_world w;
    secure_result found;
    secure_open(&w, NULL);
    pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
    config.transports = PL_PUBLIC_DNS_TLS;
    config.timeout = cases[i].outcome == PL_DNS_TIMEOUT ? SHORT : SECURE_SOON;
    secure_run(&w, config, &found);
    if (found.fact.outcome != cases[i].outcome)
      fail_msg("case %zu: outcome %d", i, (int)found.fact.outcome);
    secure_release(&found);
    secure_close(&w);
    server_stop(&server);
  }
}

/* ---- both transports ------------------------------------------------------------------------ */

static void the_one_that_works_is_the_fact(void **state) {
  static const struct {
    secure_manner https, tls;
    bench_leaf https_leaf, tls_leaf;
    pl_dns_transport transport;
    pl_dns_outcome outcome;
  } cases[] = {
      {SECURE_ANSWER, SECURE_MANNERS, 0, 0, PL_DNS_HTTPS, PL_DNS_ANSWER},
      {SECURE_MANNERS, SECURE_ANSWER, 0, 0, PL_DNS_TLS, PL_DNS_ANSWER},
      {SECURE_NOT_FOUND, SECURE_ANSWER, 0, 0, PL_DNS_TLS, PL_DNS_ANSWER},
      {SECURE_REDIRECT, SECURE_ANSWER, 0, 0, PL_DNS_TLS, PL_DNS_ANSWER},
      {SECURE_SILENT, SECURE_ANSWER, 0, 0, PL_DNS_TLS, PL_DNS_ANSWER},
      {SECURE_ANSWER, SECURE_SILENT, 0, 0, PL_DNS_HTTPS, PL_DNS_ANSWER},
      {SECURE_ANSWER, SECURE_CLOSE, 0, 0, PL_DNS_HTTPS, PL_DNS_ANSWER},
      {SECURE_ANSWER, SECURE_ANSWER, CERT_EXPIRED, 0, PL_DNS_TLS, PL_DNS_ANSWER},
      {SECURE_ANSWER, SECURE_ANSWER, 0, CERT_WRONG_NAME, PL_DNS_HTTPS, PL_DNS_ANSWER},
      /* Both fail: the one that got further. */
      {SECURE_NOT_FOUND, SECURE_MANNERS, 0, 0, PL_DNS_HTTPS, PL_DNS_MALFORMED},
      {SECURE_MANNERS, SECURE_CLOSE, 0, 0, PL_DNS_TLS, PL_DNS_CLOSED},
      {SECURE_MANNERS, SECURE_SILENT, 0, 0, PL_DNS_TLS, PL_DNS_TIMEOUT},
      {SECURE_ANSWER, SECURE_MANNERS, CERT_UNKNOWN_CA, 0, PL_DNS_HTTPS, PL_DNS_MALFORMED},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    secure_resolver r = {.https = cases[i].https,
                         .tls = cases[i].tls,
                         .https_leaf = cases[i].https_leaf,
                         .tls_leaf = cases[i].tls_leaf};
    secure_world w;
    secure_result found;
    resolver_start(&r);
    secure_open(&w, NULL);
    pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
    config.timeout = cases[i].outcome == PL_DNS_TIMEOUT ? SHORT : SECURE_SOON;
    secure_run(&w, config, &found);
    if (found.fact.outcome != cases[i].outcome || found.fact.transport != cases[i].transport)
      fail_msg("case %zu: outcome %d, transport %d", i, (int)found.fact.outcome,
               (int)found.fact.transport);
    secure_release(&found);
    secure_close(&w);
    resolver_stop(&r);
  }
}

/* ---- many names ----------------------------------------------------------------------------- */

#define MANY 1000

static void one_connection_is_kept_for_all_names(void **state) {
  static const struct {
    pl_public_dns mode;
    secure_manner manner;
    unsigned connections;
  } cases[] = {
      {PL_PUBLIC_DNS_HTTPS, SECURE_ANSWER, 1},
      {PL_PUBLIC_DNS_HTTPS, SECURE_CHUNKED, 1},
      {PL_PUBLIC_DNS_TLS, SECURE_ANSWER, 1},
      {PL_PUBLIC_DNS_AUTO, SECURE_ANSWER, 2},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    secure_resolver r = {.https = cases[i].manner, .tls = cases[i].manner};
    secure_world w;
    resolver_start(&r);
    secure_open(&w, NULL);
    secure_ask_many(&w, cases[i].mode, MANY, SECURE_SOON);
    secure_ask_many(&w, cases[i].mode, MANY, SECURE_SOON);
    assert_int_equal(resolver_connections(&r), cases[i].connections);
    secure_close(&w);
    resolver_stop(&r);
  }
}

static void what_a_closed_connection_left_is_asked_again(void **state) {
  (void)state;
  for (int https = 0; https < 2; https++) {
    secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER, .per_connection = 100};
    secure_world w;
    resolver_start(&r);
    secure_open(&w, NULL);
    secure_ask_many(&w, https ? PL_PUBLIC_DNS_HTTPS : PL_PUBLIC_DNS_TLS, MANY, SECURE_SOON);
    assert_in_range(resolver_connections(&r), MANY / 100, MANY / 100 + 1);
    secure_close(&w);
    resolver_stop(&r);
  }
}

/* All of them take longer than one may take. */
static void the_wait_for_room_does_not_count(void **state) {
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_MANNERS, .pause = 20};
  secure_world w;
  (void)state;
  resolver_start(&r);
  secure_open(&w, NULL);
  secure_ask_many(&w, PL_PUBLIC_DNS_HTTPS, 200, 2 * PL_SEC);
  secure_close(&w);
  resolver_stop(&r);
}

/* Over TLS, answers come in any order. */
static void a_name_without_an_answer_holds_up_no_other(void **state) {
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
  secure_world w;
  secure_result found[3];
  const char *names[] = {"silent.example", "one.example", "missing.example"};
  (void)state;
  resolver_start(&r);
  secure_open(&w, NULL);
  for (size_t i = 0; i < 3; i++) {
    pl_secure_query_config config = secure_question(&w, names[i], PL_DNS_A, &found[i]);
    config.transports = PL_PUBLIC_DNS_TLS;
    config.timeout = 2 * PL_SEC;
    secure_begin(&config, &found[i]);
  }
  secure_wait(&w, found + 1, 2);
  assert_false(found[0].done);
  secure_wait(&w, found, 3);
  assert_int_equal(found[0].fact.outcome, PL_DNS_TIMEOUT);
  assert_int_equal(found[1].fact.outcome, PL_DNS_ANSWER);
  assert_int_equal(found[2].fact.outcome, PL_DNS_NXDOMAIN);
  for (size_t i = 0; i < 3; i++)
    secure_release(&found[i]);
  secure_close(&w);
  resolver_stop(&r);
}

/* A resolver that never answers is not asked over a new connection for ever. */
static void connections_are_limited(void **state) {
  secure_resolver r = {.https = SECURE_CLOSE, .tls = SECURE_MANNERS};
  secure_world w;
  (void)state;
  resolver_start(&r);
  secure_open(&w, NULL);
  for (unsigned i = 0; i < PL_LIMIT_DNS_CONNECTIONS + 10; i++) {
    secure_result found;
    pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
    config.transports = PL_PUBLIC_DNS_HTTPS;
    secure_run(&w, config, &found);
    assert_int_equal(found.fact.outcome, PL_DNS_CLOSED);
    secure_release(&found);
  }
  assert_int_equal(resolver_connections(&r), PL_LIMIT_DNS_CONNECTIONS);
  secure_close(&w);
  resolver_stop(&r);
}

/* ---- time and memory ------------------------------------------------------------------------ */

static void the_deadline_cuts(void **state) {
  secure_resolver r = {.https = SECURE_SILENT, .tls = SECURE_SILENT};
  secure_world w;
  secure_result found;
  (void)state;
  resolver_start(&r);
  secure_open(&w, NULL);
  pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, NULL);
  config.deadline = pl_loop_clock(w.bench.loop) + 300 * PL_MSEC;
  secure_run(&w, config, &found);
  assert_int_equal(found.fact.outcome, PL_DNS_CUT);
  assert_int_not_equal(found.fact.transport, PL_DNS_PLAIN);
  secure_release(&found);
  secure_close(&w);
  resolver_stop(&r);
}

static void cancelling_leaks_nothing(void **state) {
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
  (void)state;
  resolver_start(&r);
  unsigned before = count_descriptors();
  for (unsigned turns = 0; turns < 12; turns++) {
    secure_world w;
    secure_result found[2];
    secure_open(&w, NULL);
    for (size_t i = 0; i < 2; i++) {
      const pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, &found[i]);
      secure_begin(&config, &found[i]);
    }
    for (unsigned i = 0; i < turns; i++)
      assert_int_equal(pl_loop_turn(w.bench.loop), PL_OK);
    for (size_t i = 0; i < 2; i++)
      secure_release(&found[i]);
    secure_close(&w);
  }
  assert_int_equal(count_descriptors(), before);
  resolver_stop(&r);
}

/* Without memory the question can't be asked, or it ends on this host, or the other transport
 * answers. */
static void every_allocation_may_fail(void **state) {
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
  unsigned failures = 0;
  (void)state;
  resolver_start(&r);
  for (int mode = PL_PUBLIC_DNS_AUTO; mode <= PL_PUBLIC_DNS_TLS; mode++) {
    bool failed = mode != PL_PUBLIC_DNS_PLAIN;
    for (unsigned nth = 1; failed; nth++) {
      secure_world w;
      secure_result found = {0};
      secure_open(&w, NULL);
      pl_secure_query_config config = secure_question(&w, "one.example", PL_DNS_A, &found);
      config.transports = (pl_public_dns)mode;
      alloc_fail_arm(nth);
      pl_status status = pl_secure_query_start(&config, &found.query);
      while (status == PL_OK && !found.done && pl_loop_turn(w.bench.loop) == PL_OK)
        continue;
      failed = alloc_fail_disarm();
      failures += failed;
      if (status != PL_OK)
        assert_int_equal(status, PL_ERR_MEMORY);
      else if (found.fact.outcome != PL_DNS_ANSWER)
        assert_int_equal(found.fact.outcome, PL_DNS_LOCAL);
      if (!failed)
        assert_int_equal(found.fact.outcome, PL_DNS_ANSWER);
      secure_release(&found);
      secure_close(&w);
    }
  }
  assert_true(failures > 10);
  resolver_stop(&r);
}

/* ---- with plain DNS ------------------------------------------------------------------------- */

static void on_lookup(void *user) { *(bool *)user = true; }

static void a_lookup_asks_over_all_transports(void **state) {
  static const struct {
    pl_public_dns transports;
    size_t plain, secure;
  } cases[] = {
      {PL_PUBLIC_DNS_AUTO, 2, 2},
      {PL_PUBLIC_DNS_PLAIN, 2, 0},
      {PL_PUBLIC_DNS_HTTPS, 0, 2},
      {PL_PUBLIC_DNS_TLS, 0, 2},
  };
  secure_resolver r = {.https = SECURE_ANSWER, .tls = SECURE_ANSWER};
  dns_server plain;
  (void)state;
  resolver_start(&r);
  assert_true(dns_server_start(&plain, IPV4, 0, secure_rows));
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    secure_world w;
    bool done = false;
    pl_resolvers *resolvers;
    pl_lookup *lookup;
    secure_open(&w, NULL);
    const pl_attempt_config attempt = bench_config(&w.bench, IPV4, plain.port);
    assert_int_equal(pl_resolvers_create(w.bench.loop, &resolvers, NULL), PL_OK);
    const pl_lookup_config config = {
        .loop = w.bench.loop,
        .resolvers = resolvers,
        .list = &attempt.target,
        .count = 1,
        .secure = w.pool,
        .tls = attempt.tls,
        .transports = cases[i].transports,
        .name = "one.example",
        .timeout = SECURE_SOON,
        .deadline = attempt.deadline,
        .done = on_lookup,
        .user = &done,
    };
    assert_int_equal(pl_lookup_start(&config, &lookup), PL_OK);
    assert_false(done);
    while (!done)
      assert_int_equal(pl_loop_turn(w.bench.loop), PL_OK);
    size_t count;
    const pl_dns_fact *facts = pl_lookup_facts(lookup, &count);
    assert_int_equal(count, cases[i].plain + cases[i].secure);
    for (size_t j = 0; j < count; j++) {
      assert_int_equal(facts[j].transport == PL_DNS_PLAIN, j < cases[i].plain);
      assert_int_equal(facts[j].outcome, PL_DNS_ANSWER);
      assert_int_equal(facts[j].type, j % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA);
      assert_int_equal(facts[j].resolver.port, facts[j].transport == PL_DNS_PLAIN   ? plain.port
                                               : facts[j].transport == PL_DNS_HTTPS ? 443
                                                                                    : 853);
    }
    pl_lookup_free(lookup);
    pl_resolvers_free(resolvers);
    secure_close(&w);
  }
  dns_server_stop(&plain);
  resolver_stop(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_are_read),
      cmocka_unit_test(every_manner_ends_as_a_fact),
      cmocka_unit_test(a_wrong_certificate_is_malformed),
      cmocka_unit_test(an_answer_needs_an_issuer),
      cmocka_unit_test(a_port_without_tls_is_no_answer),
      cmocka_unit_test(the_one_that_works_is_the_fact),
      cmocka_unit_test(one_connection_is_kept_for_all_names),
      cmocka_unit_test(what_a_closed_connection_left_is_asked_again),
      cmocka_unit_test(the_wait_for_room_does_not_count),
      cmocka_unit_test(a_name_without_an_answer_holds_up_no_other),
      cmocka_unit_test(connections_are_limited),
      cmocka_unit_test(the_deadline_cuts),
      cmocka_unit_test(cancelling_leaks_nothing),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_lookup_asks_over_all_transports),
  };
  return cmocka_run_group_tests(tests, bench_make_world, bench_free_world);
}
