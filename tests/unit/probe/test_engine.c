// Tests the engine end to end, in a network namespace with its own servers.
#include "alloc_fail.h"
#include "engine_world.h"
#include "facts/endpoint.h"
#include "netns.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- both sides ----------------------------------------------------------------------------- */

static void a_silent_door_beside_a_living_service_is_blocked(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "hole.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  pl_facts *facts = r.facts[0];
  const pl_target *private = find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1);
  const pl_target *public = find_target(facts, PL_ROLE_PUBLIC, BLACK_HOLE);
  assert_int_equal(facts->private_dns_count, 2);
  assert_int_equal(facts->public_dns_count, 2);
  assert_int_equal(count_targets(facts, PL_ROLE_PRIVATE), 2);
  assert_int_equal(private->attempt_count, 1);
  assert_int_equal(private->attempts[0].end, PL_END_HTTP_ANSWER);
  assert_int_equal(private->attempts[0].http_status, 200);
  assert_int_equal(private->origins, PL_ORIGIN_DNS);
  assert_int_equal(public->attempt_count, 2);
  assert_int_equal(public->attempts[0].end, PL_END_SILENT);
  assert_int_equal(public->attempts[1].end, PL_END_SILENT);
  assert_true(public->attempts[1].started - public->attempts[0].started >= PL_SEC);
  assert_int_equal(facts->witness_count, 1);
  assert_true(facts->witnesses[0].before.verified && facts->witnesses[0].after.verified);
  assert_true(facts->witnesses[0].before.ended <= public->attempts[0].started);
  assert_true(facts->witnesses[0].after.started >= public->attempts[1].ended);
  assert_int_equal(atomic_load(world.witnessed), 2);
  assert_false(facts->cut);
  assert_true(facts->witnesses[0].is_own && !public->is_own);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_UNKNOWN);
  put_elsewhere(facts);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  assert_int_equal(run_severity(&r, PL_CHECK_PORT), PL_SEVERITY_OK);
  assert_int_equal(run_severity(&r, PL_CHECK_DNS), PL_SEVERITY_OK);
  run_free(&r);
}

static void an_open_endpoint_needs_no_second_look(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "open.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *public = find_target(r.facts[0], PL_ROLE_PUBLIC, OPEN_HOST);
  assert_int_equal(public->attempt_count, 1);
  assert_int_equal(public->attempts[0].http_status, 200);
  assert_int_equal(public->attempts[0].signature, -1);
  assert_int_equal(atomic_load(world.witnessed), 1);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
}

static void a_refusing_door_is_tried_twice(void **state) {
  static const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                     {PL_OPTION_PUBLIC_NAME, "closed.example"},
                                     {PL_OPTION_WITNESS, "witness.example:443"},
                                     NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *public = find_target(r.facts[0], PL_ROLE_PUBLIC, CLOSED_HOST);
  assert_int_equal(public->attempt_count, 2);
  assert_int_equal(public->attempts[0].end, PL_END_REFUSED);
  assert_int_equal(public->attempts[1].end, PL_END_REFUSED);
  assert_true(public->attempts[1].started - public->attempts[0].started >= PL_SEC);
  assert_int_not_equal(public->attempts[0].local_port, public->attempts[1].local_port);
  assert_string_equal(r.facts[0]->witnesses[0].host, "witness.example");
  assert_true(r.facts[0]->witnesses[0].port_named);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
}

static void write_key(char target[64]) {
  (void)snprintf(target, 64, "/tmp/pl-test-key.XXXXXX");
  int fd = mkstemp(target);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "secret\n", 7), 7);
  close(fd);
}

static void a_key_brings_a_second_question_without_it(void **state) {
  static char key[64];
  const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                              {PL_OPTION_PUBLIC_NAME, "forbidding.example"},
                              {PL_OPTION_API_KEY_FILE, key},
                              {PL_OPTION_ADDRESS, "10.0.1.10"},
                              NO_MORE};
  engine_run r;
  (void)state;
  write_key(key);
  run_settings(&r, settings);
  const pl_facts *facts = r.facts[0];
  assert_int_equal(count_targets(facts, PL_ROLE_PRIVATE), 2);
  assert_int_equal(count_targets(facts, PL_ROLE_COUNTER), 2);
  assert_true(find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1)->with_key);
  assert_int_equal(find_target(facts, PL_ROLE_PRIVATE, PRIVATE_1)->origins,
                   PL_ORIGIN_DNS | PL_ORIGIN_OPTION);
  assert_false(find_target(facts, PL_ROLE_COUNTER, PRIVATE_1)->with_key);
  assert_false(find_target(facts, PL_ROLE_PUBLIC, FORBIDDING)->with_key);
  assert_int_equal(find_target(facts, PL_ROLE_PUBLIC, FORBIDDING)->attempts[0].signature, 0);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_OK);
  run_free(&r);
  unlink(key);
}

static void one_open_address_of_two_is_open(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "both.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  assert_int_equal(count_targets(r.facts[0], PL_ROLE_PUBLIC), 2);
  assert_int_equal(r.facts[0]->private_dns_count, 0);
  assert_int_equal(find_target(r.facts[0], PL_ROLE_PUBLIC, BLACK_HOLE)->attempt_count, 2);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
}

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
  assert_int_equal(run_severity(&r, PL_CHECK_DNS), PL_SEVERITY_OK);
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

static void addresses_without_a_route_are_a_local_failure(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "unrouted.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_settings(&r, settings);
  const pl_target *target = find_target(r.facts[0], PL_ROLE_PUBLIC, "30.2.0.99");
  assert_int_equal(target->attempt_count, 2);
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

/* ---- time ----------------------------------------------------------------------------------- */

static void the_deadline_cuts_everything(void **state) {
  static const struct {
    const char *name;
    setting settings[4];
  } cases[] = {
      {"silent resolvers",
       {{PL_OPTION_PRIVATE_NAME, "silent.example"},
        {PL_OPTION_PUBLIC_NAME, "silent.example"},
        NO_MORE}},
      {"silent addresses",
       {{PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "hole.example"}, NO_MORE}},
      {"silent witness",
       {{PL_OPTION_PUBLIC_NAME, "hole.example"}, {PL_OPTION_WITNESS, "30.113.0.9"}, NO_MORE}},
      {"witness without a name",
       {{PL_OPTION_PUBLIC_NAME, "hole.example"}, {PL_OPTION_WITNESS, "silent.example"}, NO_MORE}},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    engine_run r;
    run_prepare(&r, cases[i].settings);
    pl_batch batch = run_batch_of_one(&r);
    batch.timeout = 700 * PL_MSEC;
    run_batch(&r, &batch);
    if (!r.facts[0]->cut || r.facts[0]->local_problem[0] != '\0')
      fail_msg("%s: not cut", cases[i].name);
    assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_UNKNOWN);
    run_free(&r);
  }
}

#define BATCH 13

static void a_batch_has_one_pair_of_witnesses(void **state) {
  static const char *const names[] = {"hole.example", "closed.example", "open.example",
                                      "forbidding.example"};
  pl_spec *specs = calloc(BATCH, sizeof(*specs));
  const pl_spec *list[BATCH];
  engine_run r;
  (void)state;
  assert_non_null(specs);
  for (size_t i = 0; i < BATCH; i++) {
    const setting settings[] = {{PL_OPTION_PRIVATE_NAME, "svc.example"},
                                {PL_OPTION_PUBLIC_NAME, names[i % PL_COUNT_OF(names)]},
                                {PL_OPTION_CHECK, i < BATCH - 1 ? "port,public" : "port"},
                                {PL_OPTION_CONNECT_TIMEOUT, "10"},
                                {PL_OPTION_RESPONSE_TIMEOUT, "10"},
                                {PL_OPTION_TIMEOUT, "60"}, /* also on a busy machine */
                                NO_MORE};
    make_spec(&specs[i], settings);
    list[i] = &specs[i];
  }
  run_create(&r);
  pl_batch batch = run_batch_of(&r, list, BATCH);
  batch.timeout = 60 * PL_SEC;
  batch.spread = 300 * PL_MSEC;
  run_batch(&r, &batch);
  assert_int_equal(atomic_load(world.witnessed), 2);
  for (size_t i = 0; i < BATCH - 1; i++) {
    put_elsewhere(r.facts[i]);
    const pl_severity expected = i % 4 == 2 ? PL_SEVERITY_CRITICAL : PL_SEVERITY_OK;
    if (severity_of(list[i], r.facts[i], PL_CHECK_PUBLIC) != expected)
      fail_msg("endpoint %zu: %s", i, names[i % 4]);
  }
  assert_int_equal(r.facts[BATCH - 1]->witness_count, 0);
  run_free(&r);
  for (size_t i = 0; i < BATCH; i++)
    pl_spec_free(&specs[i]);
  free(specs);
}

/* ---- this host ------------------------------------------------------------------------------ */

static void a_ca_file_that_can_not_be_read_is_reported(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "open.example"}, NO_MORE};
  engine_run r;
  (void)state;
  run_prepare(&r, settings);
  r.spec.ca_file[0] = 'X'; /* the file has disappeared */
  const pl_batch batch = run_batch_of_one(&r);
  run_batch(&r, &batch);
  assert_non_null(strstr(r.facts[0]->local_problem, r.spec.ca_file));
  assert_int_equal(r.facts[0]->target_count, 0);
  run_free(&r);
}

static void an_empty_batch_ends(void **state) {
  engine_run r;
  (void)state;
  run_create(&r);
  const pl_batch batch = run_batch_of(&r, NULL, 0);
  run_batch(&r, &batch);
  assert_int_equal(pl_engine_run(r.engine), PL_OK); /* nothing to do: returns */
  run_free(&r);
}

static void stop_at_third(pl_engine *engine, void *user) {
  unsigned *ticks = user;
  if (++*ticks == 3)
    pl_engine_stop(engine);
}

static void rounds_under_way_are_dropped_with_the_engine(void **state) {
  static const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, "hole.example"}, NO_MORE};
  unsigned ticks = 0;
  engine_run r = {0};
  (void)state;
  make_spec(&r.spec, settings);
  const pl_engine_config config = {.clock = pl_clock_system(),
                                   .max_connecting = 8,
                                   .max_handshaking = 4,
                                   .tick = 100 * PL_MSEC,
                                   .on_tick = stop_at_third,
                                   .user = &ticks};
  assert_int_equal(pl_engine_create(&config, &r.engine, NULL), PL_OK);
  const pl_batch batch = run_batch_of_one(&r);
  assert_int_equal(pl_engine_start(r.engine, &batch, NULL), PL_OK);
  assert_int_equal(pl_engine_run(r.engine), PL_OK);
  assert_int_equal(ticks, 3);
  assert_int_equal(r.reported, 0);
  run_free(&r);
}

/* Whichever allocation fails, the round is reported, and no verdict is better than without the
 * failure. */
static void every_allocation_may_fail_beside(const char *public_name) {
  const setting settings[] = {
      {PL_OPTION_PRIVATE_NAME, "svc.example"}, {PL_OPTION_PUBLIC_NAME, public_name}, NO_MORE};
  pl_spec spec;
  bool failed = true;
  make_spec(&spec, settings);
  for (unsigned nth = 1; failed; nth++) {
    const pl_engine_config config = {.clock = pl_clock_system()};
    const pl_spec *specs[] = {&spec};
    engine_run r = {0};
    const pl_batch batch = run_batch_of(&r, specs, 1);
    alloc_fail_arm(nth);
    pl_status status = pl_engine_create(&config, &r.engine, NULL);
    if (status == PL_OK)
      status = pl_engine_start(r.engine, &batch, NULL);
    if (status == PL_OK)
      status = pl_engine_run(r.engine);
    failed = alloc_fail_disarm();
    if (status == PL_OK) {
      assert_int_equal(r.reported, 1);
      assert_int_not_equal(severity_of(&spec, r.facts[0], PL_CHECK_PUBLIC), PL_SEVERITY_OK);
    } else {
      assert_int_equal(status, PL_ERR_MEMORY);
    }
    run_free(&r);
  }
  pl_spec_free(&spec);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  every_allocation_may_fail_beside("open.example");
  every_allocation_may_fail_beside("half.example"); /* a blocked address must not hide the others */
}

/* ---- without IPv4 --------------------------------------------------------------------------- */

/* Runs last: it moves into another namespace. */
static void nat64_leads_to_ipv4(void **state) {
  static const setting settings[] = {{PL_OPTION_PUBLIC_NAME, "open.example"},
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
  netns_add_address("lo", "3ffe:db8:64::1e33:6401", 128); /* WITNESS */
  test_server door = server_start_at("3ffe:db8:64::1e33:640a", 443, &script);
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
  assert_true(r.facts[0]->witnesses[0].before.verified);
  assert_int_equal(run_severity(&r, PL_CHECK_PUBLIC), PL_SEVERITY_CRITICAL);
  run_free(&r);
  dns_server_stop(&private_dns);
  dns_server_stop(&public_dns);
  server_stop(&door);
  server_stop(&witness);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_silent_door_beside_a_living_service_is_blocked),
      cmocka_unit_test(an_open_endpoint_needs_no_second_look),
      cmocka_unit_test(a_refusing_door_is_tried_twice),
      cmocka_unit_test(a_key_brings_a_second_question_without_it),
      cmocka_unit_test(one_open_address_of_two_is_open),
      cmocka_unit_test(only_addresses_of_the_private_range_are_probed_as_private),
      cmocka_unit_test(private_answers_of_public_dns_are_left_alone),
      cmocka_unit_test(interfaces_of_the_endpoint_are_private),
      cmocka_unit_test(the_system_fails_over_to_its_second_resolver),
      cmocka_unit_test(every_listed_resolver_is_asked),
      cmocka_unit_test(a_family_that_this_host_lacks_is_left_out),
      cmocka_unit_test(addresses_without_a_route_are_a_local_failure),
      cmocka_unit_test(only_the_wanted_family_is_probed),
      cmocka_unit_test(the_deadline_cuts_everything),
      cmocka_unit_test(a_batch_has_one_pair_of_witnesses),
      cmocka_unit_test(a_ca_file_that_can_not_be_read_is_reported),
      cmocka_unit_test(an_empty_batch_ends),
      cmocka_unit_test(rounds_under_way_are_dropped_with_the_engine),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(nat64_leads_to_ipv4),
  };
  return cmocka_run_group_tests(tests, world_make, world_free);
}
