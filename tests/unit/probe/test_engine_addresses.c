// Tests which resolvers, addresses and families the engine uses.
#include "alloc_fail.h"
#include "engine_world.h"
#include "facts/endpoint.h"
#include "netns.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

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

/* ---- further names -------------------------------------------------------------------------- */

#define MANY 40 /* further names, more than are asked for at the same time */

/* An endpoint with these private names; NULL: "svc.example", "n1.example" and so on. */
static pl_endpoint *endpoint_with(const char *const *names, size_t count) {
  pl_endpoint *endpoint;
  assert_int_equal(pl_endpoint_create("vpce-1", &endpoint), PL_OK);
  endpoint->known = true;
  endpoint->private_dns = PL_TRI_YES;
  endpoint->dns_entries = calloc(count, sizeof(*endpoint->dns_entries));
  assert_non_null(endpoint->dns_entries);
  for (size_t i = 0; i < count; i++) {
    if (names != NULL || i == 0)
      pl_text_set(endpoint->dns_entries[i].name, sizeof(pl_dns_entry),
                  names != NULL ? names[i] : "svc.example");
    else
      pl_text_setf(endpoint->dns_entries[i].name, sizeof(pl_dns_entry), "n%zu.example", i);
  }
  endpoint->dns_entry_count = count;
  return endpoint;
}

static void run_names(engine_run *r, const setting *settings, const char *const *names,
                      size_t count) {
  pl_endpoint *endpoint = endpoint_with(names, count);
  const struct pl_endpoint *endpoints[] = {endpoint};
  run_prepare(r, settings);
  pl_batch batch = run_batch_of_one(r);
  batch.endpoints = endpoints;
  run_batch(r, &batch);
  r->facts[0]->endpoint = NULL;
  pl_endpoint_unref(endpoint);
}

static void further_names_are_asked_for(void **state) {
  static const char *const names[] = {"*.example",     "SVC.example.",     "dual.example",
                                      "mixed.example", "servfail.example", "Dual.example."};
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_names(&r, settings, names, PL_COUNT_OF(names));
  const pl_facts *facts = r.facts[0];
  assert_int_equal(facts->further_count, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_string_equal(facts->further[i].name, names[i + 2]);
    assert_int_equal(facts->further[i].dns_count, 2);
    assert_int_equal(facts->further[i].dns[0].type, PL_DNS_A);
    assert_int_equal(facts->further[i].dns[1].type, PL_DNS_AAAA);
  }
  assert_int_equal(facts->further[0].dns[1].answers.count, 1);
  assert_int_equal(facts->further[1].dns[0].answers.count, 5);
  assert_int_equal(facts->further[2].dns[0].outcome, PL_DNS_SERVFAIL);
  /* Only the addresses of the private name are probed. */
  assert_int_equal(count_targets(facts, PL_ROLE_PRIVATE), 2);
  assert_false(facts->cut);
  run_free(&r);
}

static void further_names_are_asked_for_only_by_the_dns_check(void **state) {
  static const char *const names[] = {"svc.example", "dual.example"};
  static const setting settings[][4] = {
      {{PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_CHECK, "port"}, NO_MORE},
      {{PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_FURTHER_NAMES, "skip"}, NO_MORE},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(settings); i++) {
    engine_run r;
    run_names(&r, settings[i], names, PL_COUNT_OF(names));
    assert_int_equal(r.facts[0]->further_count, 0);
    run_free(&r);
  }
}

/* DNS64 gives the answers of a further name alone a prefix. */
static void a_further_nat64_address_is_known(void **state) {
  static const char *const names[] = {"svc.example", "translated.example"};
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_CHECK, "dns"}, NO_MORE};
  engine_run r;
  (void)state;
  run_names(&r, settings, names, PL_COUNT_OF(names));
  assert_int_equal(r.facts[0]->nat64_length, 96);
  run_free(&r);
}

static void every_one_of_many_names_is_asked_for(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_CHECK, "dns"}, NO_MORE};
  engine_run r;
  (void)state;
  run_names(&r, settings, NULL, MANY + 1);
  assert_int_equal(r.facts[0]->further_count, MANY);
  for (size_t i = 0; i < MANY; i++) {
    assert_int_equal(r.facts[0]->further[i].dns_count, 2);
    assert_int_equal(r.facts[0]->further[i].dns[0].outcome, PL_DNS_NXDOMAIN);
  }
  assert_false(r.facts[0]->cut);
  run_free(&r);
}

/* A resolver that is silent for the further names: the round ends with its time. */
static void further_names_do_not_prolong_a_run(void **state) {
  static const dns_row rows[] = {
      {.name = "svc.example", .ipv4 = PRIVATE_1}, {.name = "*", .manner = DNS_MANNER_SILENT}, {0}};
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_CHECK, "dns"},
                                     {PL_OPTION_RESOLVER, "127.0.0.1:5300"},
                                     {PL_OPTION_TIMEOUT, "0.3"},
                                     NO_MORE};
  dns_server silent;
  engine_run r;
  (void)state;
  assert_true(dns_server_start(&silent, "127.0.0.1", 5300, rows));
  run_names(&r, settings, NULL, MANY + 1);
  dns_server_stop(&silent);
  const pl_facts *facts = r.facts[0];
  assert_true(facts->cut);
  assert_int_equal(facts->further_count, MANY);
  size_t unasked = 0;
  for (size_t i = 0; i < MANY; i++) {
    unasked += facts->further[i].dns_count == 0;
    for (size_t k = 0; k < facts->further[i].dns_count; k++)
      assert_int_equal(facts->further[i].dns[k].outcome, PL_DNS_CUT);
  }
  assert_true(unasked > 0 && unasked < MANY);
  assert_int_equal(facts->private_dns[0].outcome, PL_DNS_ANSWER);
  run_free(&r);
}

/* Without memory, a name that leaks is CRITICAL or UNKNOWN, never OK. */
static void every_allocation_for_a_further_name_may_fail(void **state) {
  static const char *const names[] = {"svc.example", "dual.example", "mixed.example"};
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_CHECK, "dns"}, NO_MORE};
  pl_endpoint *endpoint = endpoint_with(names, PL_COUNT_OF(names));
  const struct pl_endpoint *endpoints[] = {endpoint};
  pl_spec spec;
  bool failed = true;
  (void)state;
  make_spec(&spec, settings);
  for (unsigned nth = 1; failed; nth++) {
    const pl_engine_config config = {.clock = pl_clock_system()};
    const pl_spec *specs[] = {&spec};
    engine_run r = {0};
    pl_batch batch = run_batch_of(&r, specs, 1);
    batch.endpoints = endpoints;
    alloc_fail_arm(nth);
    pl_status status = pl_engine_create(&config, &r.engine, NULL);
    if (status == PL_OK)
      status = pl_engine_start(r.engine, &batch, NULL);
    if (status == PL_OK)
      status = pl_engine_run(r.engine);
    failed = alloc_fail_disarm();
    if (status == PL_OK) {
      pl_severity severity = severity_of(&spec, r.facts[0], PL_CHECK_DNS);
      assert_true(severity == PL_SEVERITY_CRITICAL || (failed && severity == PL_SEVERITY_UNKNOWN));
    } else {
      assert_int_equal(status, PL_ERR_MEMORY);
    }
    run_free(&r);
  }
  pl_spec_free(&spec);
  pl_endpoint_unref(endpoint);
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
      cmocka_unit_test(only_addresses_of_the_private_range_are_probed_as_private),
      cmocka_unit_test(private_answers_of_public_dns_are_left_alone),
      cmocka_unit_test(interfaces_of_the_endpoint_are_private),
      cmocka_unit_test(the_system_fails_over_to_its_second_resolver),
      cmocka_unit_test(every_listed_resolver_is_asked),
      cmocka_unit_test(further_names_are_asked_for),
      cmocka_unit_test(further_names_are_asked_for_only_by_the_dns_check),
      cmocka_unit_test(a_further_nat64_address_is_known),
      cmocka_unit_test(every_one_of_many_names_is_asked_for),
      cmocka_unit_test(further_names_do_not_prolong_a_run),
      cmocka_unit_test(every_allocation_for_a_further_name_may_fail),
      cmocka_unit_test(a_family_that_this_host_lacks_is_left_out),
      cmocka_unit_test(the_private_side_leaves_a_family_out_too),
      cmocka_unit_test(a_private_nat64_address_is_judged_by_its_ipv4),
      cmocka_unit_test(addresses_without_a_route_are_a_local_failure),
      cmocka_unit_test(only_the_wanted_family_is_probed),
      cmocka_unit_test(nat64_leads_to_ipv4),
  };
  return cmocka_run_group_tests(tests, world_make, world_free);
}
