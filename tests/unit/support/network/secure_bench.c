/* Scripted resolvers on both transports, and questions to them. */
#include "secure_bench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
/* after the headers that it needs */
#include <cmocka.h>

const dns_row secure_rows[] = {
    {.name = "one.example", .ipv4 = "10.0.1.10", .ipv6 = "fd00::10"},
    {.name = "v4.example", .ipv4 = "10.0.1.10"},
    {.name = "alias.example", .ipv4 = "10.0.1.10", .alias = "end.example"},
    {.name = "servfail.example", .manner = DNS_MANNER_RCODE, .rcode = 2},
    {.name = "missing.example", .manner = DNS_MANNER_RCODE, .rcode = 3},
    {.name = "silent.example", .manner = DNS_MANNER_SILENT},
    {.name = "*", .ipv4 = "10.0.2.10", .ipv6 = "fd00::20"},
    {0},
};

/* ---- the resolver --------------------------------------------------------------------------- */

static void start_one(secure_resolver *r, int i, secure_manner manner, bench_leaf leaf) {
  r->tallies[i] = secure_tally_make();
  assert_non_null(r->tallies[i]);
  if (manner == SECURE_MANNERS)
    return;
  const secure_script script = {
      .base = {.run = secure_serve, .tls = bench_servers[leaf == CERT_NONE ? CERT_GOOD : leaf]},
      .rows = secure_rows,
      .manner = manner,
      .https = i == 0,
      .per_connection = r->per_connection,
      .pause = r->pause,
      .tally = r->tallies[i],
  };
  r->servers[i] = server_start_at(IPV4, i == 0 ? 443 : 853, &script.base);
}

void resolver_start(secure_resolver *r) {
  start_one(r, 0, r->https, r->https_leaf);
  start_one(r, 1, r->tls, r->tls_leaf);
}

void resolver_stop(secure_resolver *r) {
  for (int i = 0; i < 2; i++) {
    if (r->servers[i].pid != 0)
      server_stop(&r->servers[i]);
    munmap(r->tallies[i], sizeof(*r->tallies[i]));
  }
}

void resolver_stop_one(secure_resolver *r, pl_dns_transport transport) {
  test_server *server = &r->servers[transport == PL_DNS_HTTPS ? 0 : 1];
  server_stop(server);
  server->pid = 0;
}

unsigned resolver_connections(const secure_resolver *r) {
  return atomic_load(&r->tallies[0]->connections) + atomic_load(&r->tallies[1]->connections);
}

unsigned resolver_questions(const secure_resolver *r) {
  return atomic_load(&r->tallies[0]->questions) + atomic_load(&r->tallies[1]->questions);
}

/* ---- questions ------------------------------------------------------------------------------ */

void secure_open(secure_world *w, const pl_clock *clock) {
  bench_open_with(&w->bench, 10, 10, clock);
  assert_int_equal(pl_secure_create(w->bench.loop, &w->pool), PL_OK);
}

void secure_close(secure_world *w) {
  pl_secure_free(w->pool);
  bench_close(&w->bench);
}

static void on_done(void *user, pl_dns_fact *fact) {
  secure_result *r = user;
  assert_false(r->done);
  r->done = true;
  r->fact = *fact;
}

pl_secure_query_config secure_question(secure_world *w, const char *name, pl_dns_type type,
                                       secure_result *r) {
  const pl_attempt_config attempt = bench_config(&w->bench, IPV4, 443);
  return (pl_secure_query_config){
      .pool = w->pool,
      .resolver = attempt.target.address,
      .tls = attempt.tls,
      .transports = PL_PUBLIC_DNS_AUTO,
      .name = name,
      .type = type,
      .timeout = SECURE_SOON,
      .deadline = pl_loop_clock(w->bench.loop) + 60 * PL_SEC,
      .done = on_done,
      .user = r,
  };
}

void secure_begin(const pl_secure_query_config *config, secure_result *r) {
  *r = (secure_result){0};
  assert_int_equal(pl_secure_query_start(config, &r->query), PL_OK);
  assert_false(r->done);
}

void secure_wait(secure_world *w, const secure_result *results, size_t count) {
  for (size_t i = 0; i < count; i++) {
    while (!results[i].done)
      assert_int_equal(pl_loop_turn(w->bench.loop), PL_OK);
  }
}

void secure_release(secure_result *r) {
  pl_secure_query_free(r->query);
  pl_addr_list_free(&r->fact.answers);
}

void secure_run(secure_world *w, pl_secure_query_config config, secure_result *r) {
  config.user = r;
  secure_begin(&config, r);
  secure_wait(w, r, 1);
}

const char *secure_text(const pl_addr_list *list, char text[64]) {
  text[0] = '\0';
  return list->count == 0 ? text : pl_addr_format(&list->items[0], text);
}

void secure_ask_many(secure_world *w, pl_public_dns mode, unsigned count, pl_nsec timeout) {
  secure_result *results = calloc(count, sizeof(*results));
  char name[64];
  assert_non_null(results);
  for (unsigned i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "n%u.example", i);
    pl_secure_query_config config =
        secure_question(w, name, i % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA, &results[i]);
    config.transports = mode;
    config.timeout = timeout;
    secure_begin(&config, &results[i]);
  }
  secure_wait(w, results, count);
  for (unsigned i = 0; i < count; i++) {
    char text[64];
    assert_int_equal(results[i].fact.outcome, PL_DNS_ANSWER);
    assert_string_equal(secure_text(&results[i].fact.answers, text),
                        i % 2 == 0 ? "10.0.2.10" : "fd00::20");
    secure_release(&results[i]);
  }
  free(results);
}
