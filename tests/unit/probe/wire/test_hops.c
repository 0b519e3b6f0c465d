// Tests SYNs with a limited TTL: two routers and a server in network namespaces of their own.
#include "attempt_bench.h"
#include "netns.h"
#include "probe/wire/hops.h"
#include "routers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* This host, the first router with a private address, the second one with a public one, the server.
 */
#define ROUTER1 "10.0.1.1"
#define ROUTER2 "203.0.113.2"
#define SERVER "198.51.100.2"
#define BEYOND "198.51.100.65"  /* the server is the last router before it, and drops */
#define AT_FIRST "192.0.2.1"    /* an address of the first router */
#define FORBIDDEN1 "192.0.2.11" /* the first router prohibits it, the second one 12 */
#define FORBIDDEN2 "192.0.2.12"
#define ROUTER1_6 "2001:db8:1::1"
#define ROUTER2_6 "2001:db8:2::2"
#define SERVER_6 "2001:db8:3::2"
#define OPEN_PORT 443
#define CLOSED_PORT 444

static test_router routers[3]; /* the last one is the server */

static void configure(const test_router *router, const char *const *lines) {
  for (; *lines != NULL; lines++)
    router_ip(router, *lines);
}

static const char *const first_lines[] = {"address add " ROUTER1 "/24 dev a",
                                          "address add 203.0.113.1/24 dev b",
                                          "address add " AT_FIRST "/32 dev b",
                                          "-6 address add " ROUTER1_6 "/64 dev a nodad",
                                          "-6 address add 2001:db8:2::1/64 dev b nodad",
                                          "route add default via " ROUTER2,
                                          "route add prohibit " FORBIDDEN1,
                                          "-6 route add default via " ROUTER2_6,
                                          NULL};
static const char *const second_lines[] = {"address add " ROUTER2 "/24 dev b",
                                           "address add 198.51.100.1/26 dev c",
                                           "-6 address add " ROUTER2_6 "/64 dev b nodad",
                                           "-6 address add 2001:db8:3::1/64 dev c nodad",
                                           "route add 10.0.1.0/24 via 203.0.113.1",
                                           "route add 198.51.100.64/26 via " SERVER,
                                           "route add prohibit " FORBIDDEN2,
                                           "-6 route add 2001:db8:1::/64 via 2001:db8:2::1",
                                           NULL};
static const char *const server_lines[] = {
    "address add " SERVER "/26 dev c",        "-6 address add " SERVER_6 "/64 dev c nodad",
    "route add default via 198.51.100.1",     "route add blackhole " BEYOND,
    "-6 route add default via 2001:db8:3::1", NULL};

static int make_world(void **state) {
  (void)state;
  netns_enter();
  for (size_t i = 0; i < PL_COUNT_OF(routers); i++)
    routers[i] = router_start();
  router_link(NULL, &routers[0], "a");
  router_link(&routers[0], &routers[1], "b");
  router_link(&routers[1], &routers[2], "c");
  netns_ip("address add 10.0.1.2/24 dev a");
  netns_ip("-6 address add 2001:db8:1::2/64 dev a nodad");
  netns_ip("route add default via " ROUTER1);
  netns_ip("-6 route add default via " ROUTER1_6);
  configure(&routers[0], first_lines);
  configure(&routers[1], second_lines);
  configure(&routers[2], server_lines);
  router_listen(&routers[2], OPEN_PORT);
  router_listen(&routers[0], OPEN_PORT);
  return 0;
}

static int free_world(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(routers); i++)
    router_stop(&routers[i]);
  return 0;
}

/* ---- running -------------------------------------------------------------------------------- */

typedef struct collected {
  unsigned calls;
  pl_hop hops[PL_LIMIT_HOPS];
  size_t count;
} collected;

static void collect(void *user, const pl_hop *hops, size_t count) {
  collected *c = user;
  c->calls++;
  c->count = count;
  memcpy(c->hops, hops, count * sizeof(*hops));
}

static pl_hops_config config_for(pl_loop *loop, const char *address, uint16_t port, uint8_t last,
                                 collected *c) {
  pl_hops_config config = {.loop = loop,
                           .target.port = port,
                           .last_ttl = last,
                           .deadline = pl_loop_clock(loop) + 20 * PL_SEC,
                           .done = collect,
                           .user = c};
  assert_int_equal(pl_addr_parse(address, &config.target.address), PL_OK);
  return config;
}

static collected run(const char *address, uint16_t port, uint8_t last, pl_nsec time) {
  attempt_bench bench;
  bench_open(&bench);
  collected c = {.calls = 0};
  pl_hops_config config = config_for(bench.loop, address, port, last, &c);
  config.deadline = pl_loop_clock(bench.loop) + time;
  pl_hops *hops;
  assert_int_equal(pl_hops_start(&config, &hops), PL_OK);
  while (c.calls == 0)
    assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
  assert_int_equal(c.calls, 1);
  pl_hops_free(hops);
  bench_close(&bench);
  return c;
}

/* ---- tests ---------------------------------------------------------------------------------- */

typedef struct path_case {
  const char *name, *address;
  uint16_t port;
  uint8_t last;
  size_t count;
  pl_hop_kind kinds[4]; /* of the first hops; the rest is silent */
  const char *senders[4];
} path_case;

static const path_case cases[] = {
    {"refused by the server",
     SERVER,
     CLOSED_PORT,
     PL_LIMIT_HOPS,
     3,
     {PL_HOP_EXCEEDED, PL_HOP_EXCEEDED, PL_HOP_REFUSED},
     {ROUTER1, ROUTER2, NULL}},
    {"answered by the server",
     SERVER,
     OPEN_PORT,
     PL_LIMIT_HOPS,
     3,
     {PL_HOP_EXCEEDED, PL_HOP_EXCEEDED, PL_HOP_ANSWERED},
     {ROUTER1, ROUTER2, NULL}},
    {"silence beyond the server",
     BEYOND,
     CLOSED_PORT,
     PL_LIMIT_HOPS,
     PL_LIMIT_HOPS,
     {PL_HOP_EXCEEDED, PL_HOP_EXCEEDED, PL_HOP_SILENT},
     {ROUTER1, ROUTER2, NULL}},
    {"the first router refuses", AT_FIRST, CLOSED_PORT, PL_LIMIT_HOPS, 1, {PL_HOP_REFUSED}, {NULL}},
    {"the first router prohibits", FORBIDDEN1, CLOSED_PORT, 1, 1, {PL_HOP_ICMP}, {ROUTER1}},
    {"the second router prohibits",
     FORBIDDEN2,
     CLOSED_PORT,
     2,
     2,
     {PL_HOP_EXCEEDED, PL_HOP_ICMP},
     {ROUTER1, ROUTER2}},
    {"one TTL, far", SERVER, OPEN_PORT, 1, 1, {PL_HOP_EXCEEDED}, {ROUTER1}},
    {"one TTL, near", AT_FIRST, OPEN_PORT, 1, 1, {PL_HOP_ANSWERED}, {NULL}},
    {"IPv6, refused",
     SERVER_6,
     CLOSED_PORT,
     PL_LIMIT_HOPS,
     3,
     {PL_HOP_EXCEEDED, PL_HOP_EXCEEDED, PL_HOP_REFUSED},
     {ROUTER1_6, ROUTER2_6, NULL}},
    {"IPv6, answered",
     SERVER_6,
     OPEN_PORT,
     PL_LIMIT_HOPS,
     3,
     {PL_HOP_EXCEEDED, PL_HOP_EXCEEDED, PL_HOP_ANSWERED},
     {ROUTER1_6, ROUTER2_6, NULL}},
    {"to nobody", "127.0.0.1", CLOSED_PORT, 2, 2, {PL_HOP_SILENT}, {NULL}},
};

static void check_path(const path_case *test, const collected *c) {
  assert_int_equal(c->count, test->count);
  for (size_t i = 0; i < c->count; i++) {
    pl_addr sender = {.family = PL_FAMILY_NONE};
    bool listed = i < PL_COUNT_OF(test->kinds);
    if (listed && test->senders[i] != NULL)
      assert_int_equal(pl_addr_parse(test->senders[i], &sender), PL_OK);
    assert_int_equal(c->hops[i].ttl, i + 1);
    assert_int_equal(c->hops[i].kind, listed ? test->kinds[i] : PL_HOP_SILENT);
    assert_true(pl_addr_equal(&c->hops[i].sender, &sender));
  }
}

static void each_hop_is_told(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    collected c = run(cases[i].address, cases[i].port, cases[i].last, 20 * PL_SEC);
    check_path(&cases[i], &c);
  }
  assert_int_equal(count_descriptors(), descriptors);
}

static void the_deadline_ends_it(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  collected c = run(BEYOND, CLOSED_PORT, PL_LIMIT_HOPS, 200 * PL_MSEC);
  assert_in_range(c.count, 1, PL_LIMIT_HOPS - 1);
  c = run(BEYOND, CLOSED_PORT, PL_LIMIT_HOPS, 0);
  assert_int_equal(c.count, 0);
  assert_int_equal(count_descriptors(), descriptors);
}

static void a_cancelled_one_leaves_nothing(void **state) {
  (void)state;
  unsigned descriptors = count_descriptors();
  attempt_bench bench;
  bench_open(&bench);
  collected c = {.calls = 0};
  pl_hops_config config = config_for(bench.loop, BEYOND, CLOSED_PORT, PL_LIMIT_HOPS, &c);
  pl_hops *hops;
  assert_int_equal(pl_hops_start(&config, &hops), PL_OK);
  assert_int_equal(pl_loop_turn(bench.loop), PL_OK);
  pl_hops_free(hops);
  pl_hops_free(NULL);
  bench_close(&bench);
  assert_int_equal(c.calls, 0);
  assert_int_equal(count_descriptors(), descriptors);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_hop_is_told),
      cmocka_unit_test(the_deadline_ends_it),
      cmocka_unit_test(a_cancelled_one_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, make_world, free_world);
}
