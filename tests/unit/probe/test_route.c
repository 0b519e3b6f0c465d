// Tests which routing entry a flow has, in a namespace with rules and routes of its own.
#include "netns.h"
#include "probe/route.h"
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pl_addr addr(const char *text) {
  pl_addr address = {.family = PL_FAMILY_NONE};
  if (text != NULL)
    assert_int_equal(pl_addr_parse(text, &address), PL_OK);
  return address;
}

static int make_world(void **state) {
  (void)state;
  netns_enter();
  assert_true(netns_add_dead_segment("one") >= 0 && netns_add_dead_segment("two") >= 0);
  static const char *const lines[] = {
      "address add 10.0.1.2/24 dev one",
      "address add 10.0.2.2/24 dev two",
      "-6 address add 2001:db8:1::2/64 dev one nodad",
      "-6 address add 2001:db8:2::2/64 dev two nodad",
      "route add default via 10.0.1.1",
      "route add 203.0.113.0/24 via 10.0.2.1",
      "route add 198.51.100.7 dev two",
      "route add 198.51.100.8 dev lo",
      "route add local 198.51.100.9 dev lo",
      "route add blackhole 198.51.100.10",
      "route add prohibit 198.51.100.11",
      "route add unreachable 198.51.100.12",
      "route add 198.51.100.13 nexthop via 10.0.2.1 nexthop via 10.0.1.1",
      "nexthop add id 1 via 10.0.2.1 dev two",
      "nexthop add id 2 via 10.0.1.1 dev one",
      "nexthop add id 3 group 1/2",
      "route add 198.51.100.14 nhid 3",
      "route add 198.51.100.15 nhid 1",
      "route add 198.51.100.16 via inet6 2001:db8:2::1 dev two",
      "route add 192.0.2.0/24 via 10.0.2.1 table 77",
      "rule add to 192.0.2.1 ipproto 6 lookup 77",
      "rule add to 192.0.2.2 ipproto 17 lookup 77",
      "rule add to 192.0.2.3 ipproto 6 dport 443 lookup 77",
      "rule add to 192.0.2.4 ipproto 6 dport 444 lookup 77",
      "rule add to 192.0.2.5 uidrange 0-0 lookup 77",
      "rule add to 192.0.2.6 uidrange 7-7 lookup 77",
      "-6 route add default via 2001:db8:1::1",
      "-6 route add 2001:db8:50::/48 via 2001:db8:2::1",
      "-6 route add 2001:db8:51::1 dev lo",
      "-6 route add blackhole 2001:db8:51::2",
      "-6 route add prohibit 2001:db8:51::3",
      "-6 route add 2001:db8:51::4 nexthop via 2001:db8:2::1 nexthop via 2001:db8:1::1",
      "-6 route add 2001:db8:52::/48 via 2001:db8:2::1 table 77",
      "-6 rule add to 2001:db8:52::1 ipproto 6 lookup 77",
      "-6 rule add to 2001:db8:52::2 uidrange 0-0 lookup 77",
  };
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++)
    netns_ip(lines[i]);
  return 0;
}

typedef struct route_case {
  const char *name, *address;
  bool unknown, local;
  unsigned table; /* 0: main */
  const char *interface, *destination;
  uint8_t prefix_length;
  const char *gateway;
} route_case;

static const route_case cases[] = {
    {.name = "default", .address = "1.1.1.1", .interface = "one", .gateway = "10.0.1.1"},
    {.name = "a more specific route",
     .address = "203.0.113.9",
     .interface = "two",
     .destination = "203.0.113.0",
     .prefix_length = 24,
     .gateway = "10.0.2.1"},
    {.name = "on the link",
     .address = "198.51.100.7",
     .interface = "two",
     .destination = "198.51.100.7",
     .prefix_length = 32},
    {.name = "to lo",
     .address = "198.51.100.8",
     .local = true,
     .interface = "lo",
     .destination = "198.51.100.8",
     .prefix_length = 32},
    {.name = "local",
     .address = "198.51.100.9",
     .table = 255,
     .local = true,
     .interface = "lo",
     .destination = "198.51.100.9",
     .prefix_length = 32},
    {.name = "an address of this host",
     .address = "10.0.1.2",
     .local = true,
     .table = 255,
     .interface = "one",
     .destination = "10.0.1.2",
     .prefix_length = 32},
    {.name = "blackhole", .address = "198.51.100.10", .unknown = true},
    {.name = "prohibit", .address = "198.51.100.11", .unknown = true},
    {.name = "unreachable", .address = "198.51.100.12", .unknown = true},
    {.name = "several paths",
     .address = "198.51.100.13",
     .interface = "one",
     .destination = "198.51.100.13",
     .prefix_length = 32,
     .gateway = "10.0.1.1"},
    {.name = "a group of next hops",
     .address = "198.51.100.14",
     .interface = "one",
     .destination = "198.51.100.14",
     .prefix_length = 32,
     .gateway = "10.0.1.1"},
    {.name = "a next hop by number",
     .address = "198.51.100.15",
     .interface = "two",
     .destination = "198.51.100.15",
     .prefix_length = 32,
     .gateway = "10.0.2.1"},
    {.name = "a gateway of the other family",
     .address = "198.51.100.16",
     .interface = "two",
     .destination = "198.51.100.16",
     .prefix_length = 32,
     .gateway = "2001:db8:2::1"},
    {.name = "a rule for TCP",
     .address = "192.0.2.1",
     .table = 77,
     .interface = "two",
     .destination = "192.0.2.0",
     .prefix_length = 24,
     .gateway = "10.0.2.1"},
    {.name = "a rule for UDP", .address = "192.0.2.2", .interface = "one", .gateway = "10.0.1.1"},
    {.name = "a rule for this port",
     .address = "192.0.2.3",
     .table = 77,
     .interface = "two",
     .destination = "192.0.2.0",
     .prefix_length = 24,
     .gateway = "10.0.2.1"},
    {.name = "a rule for another port",
     .address = "192.0.2.4",
     .interface = "one",
     .gateway = "10.0.1.1"},
    {.name = "a rule for this user",
     .address = "192.0.2.5",
     .table = 77,
     .interface = "two",
     .destination = "192.0.2.0",
     .prefix_length = 24,
     .gateway = "10.0.2.1"},
    {.name = "a rule for another user",
     .address = "192.0.2.6",
     .interface = "one",
     .gateway = "10.0.1.1"},
    {.name = "IPv6, default",
     .address = "2001:db8:99::1",
     .interface = "one",
     .gateway = "2001:db8:1::1"},
    {.name = "IPv6, a more specific route",
     .address = "2001:db8:50::1",
     .interface = "two",
     .destination = "2001:db8:50::",
     .prefix_length = 48,
     .gateway = "2001:db8:2::1"},
    {.name = "IPv6, to lo",
     .address = "2001:db8:51::1",
     .local = true,
     .interface = "lo",
     .destination = "2001:db8:51::1",
     .prefix_length = 128},
    {.name = "IPv6, an address of this host",
     .address = "2001:db8:1::2",
     .local = true,
     .table = 255,
     .interface = "one",
     .destination = "2001:db8:1::2",
     .prefix_length = 128},
    {.name = "IPv6, blackhole", .address = "2001:db8:51::2", .unknown = true},
    {.name = "IPv6, prohibit", .address = "2001:db8:51::3", .unknown = true},
    {.name = "IPv6, several paths",
     .address = "2001:db8:51::4",
     .interface = "one",
     .destination = "2001:db8:51::4",
     .prefix_length = 128,
     .gateway = "2001:db8:1::1"},
    {.name = "IPv6, a rule for TCP",
     .address = "2001:db8:52::1",
     .table = 77,
     .interface = "two",
     .destination = "2001:db8:52::",
     .prefix_length = 48,
     .gateway = "2001:db8:2::1"},
    {.name = "IPv6, a rule for this user",
     .address = "2001:db8:52::2",
     .table = 77,
     .interface = "two",
     .destination = "2001:db8:52::",
     .prefix_length = 48,
     .gateway = "2001:db8:2::1"},
};

static void check_entry(const route_case *test, const pl_route *route) {
  pl_addr destination = addr(test->destination), gateway = addr(test->gateway);
  assert_int_equal(route->known, !test->unknown);
  assert_int_equal(route->local, test->local);
  if (test->unknown)
    return;
  assert_int_equal(route->table, test->table != 0 ? test->table : RT_TABLE_MAIN);
  assert_int_equal(route->interface, if_nametoindex(test->interface));
  assert_true(pl_addr_equal(&route->destination, &destination));
  assert_int_equal(route->prefix_length, test->prefix_length);
  assert_true(pl_addr_equal(&route->gateway, &gateway));
}

static void each_flow_has_its_entry(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    pl_addr address = addr(cases[i].address);
    pl_route route = pl_route_of(&address, 443);
    check_entry(&cases[i], &route);
  }
}

/* The kernel chooses one of several paths by the address, but the entry stays the same. */
static void addresses_on_several_paths_share_an_entry(void **state) {
  (void)state;
  netns_ip("-6 route add 2001:db8:60::/48 nexthop via 2001:db8:2::1 nexthop via 2001:db8:1::1");
  for (unsigned i = 1; i < 40; i++) {
    pl_addr address = addr("2001:db8:60::1");
    address.bytes[15] = (uint8_t)i;
    pl_route route = pl_route_of(&address, 443);
    assert_true(route.known);
    assert_int_equal(route.interface, if_nametoindex("one"));
  }
}

static void without_a_route_nothing_is_known(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    netns_enter();
    pl_addr address = addr("1.1.1.1");
    _exit(!pl_route_of(&address, 443).known ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* ---- answers that the kernel does not give --------------------------------------------------- */

typedef struct fake_answer {
  struct nlmsghdr header;
  struct rtmsg message;
  struct rtattr attribute;
  uint8_t value[4];
} fake_answer;

static fake_answer whole_answer(void) {
  return (fake_answer){
      .header = {.nlmsg_len = sizeof(fake_answer), .nlmsg_type = RTM_NEWROUTE},
      .message = {.rtm_family = AF_INET, .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN},
      .attribute = {.rta_len = RTA_LENGTH(4), .rta_type = RTA_GATEWAY},
      .value = {10, 0, 0, 1}};
}

static bool parses(const fake_answer *answer, size_t length, pl_route_answer *ret_answer) {
  return pl_route_parse(answer, length, PL_FAMILY_IPV4, ret_answer);
}

static void odd_answers_are_refused_or_read_in_part(void **state) {
  (void)state;
  fake_answer whole = whole_answer();
  pl_route_answer read;
  assert_true(parses(&whole, sizeof(whole), &read));
  assert_true(read.is_entry);
  assert_int_equal(read.route.gateway.family, PL_FAMILY_IPV4);
  for (size_t length = 0; length < sizeof(whole); length++)
    assert_false(parses(&whole, length, &read));
  assert_false(pl_route_parse(&whole, sizeof(whole), PL_FAMILY_IPV6, &read));
  fake_answer odd = whole;
  odd.header.nlmsg_type = NLMSG_ERROR;
  assert_false(parses(&odd, sizeof(odd), &read));
  odd = whole;
  odd.header.nlmsg_len = NLMSG_LENGTH(0);
  assert_false(parses(&odd, sizeof(odd), &read));
  odd = whole;
  odd.message.rtm_flags = RTM_F_CLONED; /* as a kernel without RTM_F_FIB_MATCH answers */
  assert_true(parses(&odd, sizeof(odd), &read));
  assert_false(read.is_entry);
  static const uint16_t lengths[] = {0, 3, RTA_LENGTH(5), 0xffff};
  for (size_t i = 0; i < PL_COUNT_OF(lengths); i++) {
    odd = whole;
    odd.attribute.rta_len = lengths[i];
    assert_true(parses(&odd, sizeof(odd), &read));
    assert_int_equal(read.route.gateway.family, PL_FAMILY_NONE);
  }
  static const uint16_t types[] = {RTA_MULTIPATH, RTA_VIA, RTA_DST, RTA_PREFSRC};
  for (size_t i = 0; i < PL_COUNT_OF(types); i++) {
    odd = whole;
    odd.attribute.rta_type = types[i];
    assert_true(parses(&odd, sizeof(odd), &read));
    assert_int_equal(read.route.gateway.family, PL_FAMILY_NONE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_flow_has_its_entry),
      cmocka_unit_test(addresses_on_several_paths_share_an_entry),
      cmocka_unit_test(without_a_route_nothing_is_known),
      cmocka_unit_test(odd_answers_are_refused_or_read_in_part),
  };
  return cmocka_run_group_tests(tests, make_world, NULL);
}
