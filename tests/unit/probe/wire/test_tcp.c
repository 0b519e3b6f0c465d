// Tests how a connect ends. The test is the network: it answers on a wire itself.
#include "netns.h"
#include "probe/wire/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define OWN4 "30.18.0.1"
#define PEER4 "30.18.0.2"
#define OWN6 "3ffe:db8:1::1"
#define PEER6 "3ffe:db8:1::2"
#define ROUTER4 "30.113.0.9"
#define ROUTER6 "3ffe:db8:9::9"

static int wire; /* PEER4 and PEER6 are on it */

static int make_world(void **state) {
  (void)state;
  netns_enter();
  wire = netns_add_wire("wire0");
  netns_add_address("wire0", OWN4, 24);
  netns_add_address("wire0", OWN6, 64);
  int segment = netns_add_dead_segment("dead0");
  assert_true(segment >= 0);
  netns_add_address("dead0", "30.19.0.1", 24);
  netns_add_address("lo", "30.2.0.1", 32);
  return 0;
}

/* ---- packets -------------------------------------------------------------------------------- */

static uint16_t checksum(const void *bytes, size_t length, uint32_t sum) {
  const uint8_t *at = bytes;
  for (size_t i = 0; i + 1 < length; i += 2)
    sum += (uint32_t)(at[i] << 8 | at[i + 1]);
  if (length % 2 != 0)
    sum += (uint32_t)at[length - 1] << 8;
  while (sum >> 16 != 0)
    sum = (sum & 0xffff) + (sum >> 16);
  return htons((uint16_t)~sum);
}

/* RFC 9293 3.1 and RFC 8200 8.1: addresses, protocol and length are part of the checksum. */
static uint16_t checksum_with_pseudo_header(const void *addresses, size_t addresses_length,
                                            uint8_t protocol, const void *bytes, size_t length) {
  uint32_t sum = (uint32_t)protocol + (uint32_t)length;
  sum += (uint16_t)~ntohs(checksum(addresses, addresses_length, 0));
  return checksum(bytes, length, sum);
}

typedef struct ip_packet {
  uint8_t bytes[512];
  size_t length;
} ip_packet;

/* The TCP header of `packet`; false if there is none. */
static bool tcp_header(const ip_packet *packet, struct tcphdr *ret_header) {
  bool ipv4 = packet->bytes[0] >> 4 == 4;
  if (packet->bytes[ipv4 ? 9 : 6] != IPPROTO_TCP)
    return false;
  memcpy(ret_header, packet->bytes + (ipv4 ? 20 : 40), sizeof(*ret_header));
  return true;
}

/* The next SYN of this attempt on the wire. Drops all else that the kernel sends: neighbour
 * discovery, and the ends of earlier connections. */
static ip_packet next_syn(const pl_attempt_result *attempt) {
  for (;;) {
    ip_packet packet;
    struct tcphdr header;
    struct pollfd ready = {.fd = wire, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 10000), 1);
    ssize_t length = read(wire, packet.bytes, sizeof(packet.bytes));
    assert_true(length > 0);
    packet.length = (size_t)length;
    if (tcp_header(&packet, &header) && header.syn && header.source == htons(attempt->local_port))
      return packet;
  }
}

static void send_ipv4(const void *source, const void *target, uint8_t protocol, const void *body,
                      size_t length) {
  ip_packet packet = {.length = sizeof(struct iphdr) + length};
  struct iphdr header = {.version = 4, .ihl = 5, .ttl = 64, .protocol = protocol};
  header.tot_len = htons((uint16_t)packet.length);
  memcpy(&header.saddr, source, 4);
  memcpy(&header.daddr, target, 4);
  header.check = checksum(&header, sizeof(header), 0);
  memcpy(packet.bytes, &header, sizeof(header));
  memcpy(packet.bytes + sizeof(header), body, length);
  assert_int_equal(write(wire, packet.bytes, packet.length), packet.length);
}

static void send_ipv6(const void *source, const void *target, uint8_t protocol, const void *body,
                      size_t length) {
  ip_packet packet = {.length = sizeof(struct ip6_hdr) + length};
  struct ip6_hdr header = {.ip6_flow = htonl(6u << 28)};
  header.ip6_plen = htons((uint16_t)length);
  header.ip6_nxt = protocol;
  header.ip6_hlim = 64;
  memcpy(&header.ip6_src, source, 16);
  memcpy(&header.ip6_dst, target, 16);
  memcpy(packet.bytes, &header, sizeof(header));
  memcpy(packet.bytes + sizeof(header), body, length);
  assert_int_equal(write(wire, packet.bytes, packet.length), packet.length);
}

/* An ICMP error about `syn` (RFC 792, RFC 4443 3.1), from `sender`. */
static void answer_icmp(const ip_packet *syn, const char *sender, uint8_t type, uint8_t code) {
  uint8_t from[16];
  uint8_t body[8 + sizeof(syn->bytes)] = {type, code};
  memcpy(body + 8, syn->bytes, syn->length);
  size_t length = 8 + syn->length;
  if (syn->bytes[0] >> 4 == 4) {
    assert_int_equal(inet_pton(AF_INET, sender, from), 1);
    uint16_t sum = checksum(body, length, 0);
    memcpy(body + 2, &sum, 2);
    send_ipv4(from, syn->bytes + 12, IPPROTO_ICMP, body, length);
    return;
  }
  uint8_t addresses[32];
  assert_int_equal(inet_pton(AF_INET6, sender, from), 1);
  memcpy(addresses, from, 16);
  memcpy(addresses + 16, syn->bytes + 8, 16);
  uint16_t sum = checksum_with_pseudo_header(addresses, 32, IPPROTO_ICMPV6, body, length);
  memcpy(body + 2, &sum, 2);
  send_ipv6(from, syn->bytes + 8, IPPROTO_ICMPV6, body, length);
}

/* RST or SYN-ACK to `syn`, as its target would send it. */
static void answer_tcp(const ip_packet *syn, bool reset) {
  bool ipv4 = syn->bytes[0] >> 4 == 4;
  size_t address = ipv4 ? 4 : 16;
  const uint8_t *source = syn->bytes + (ipv4 ? 12 : 8);
  struct tcphdr in = {0}, out = {.doff = 5, .ack = 1, .window = htons(65535)};
  assert_true(tcp_header(syn, &in));
  out.source = in.dest;
  out.dest = in.source;
  out.ack_seq = htonl(ntohl(in.seq) + 1);
  out.seq = htonl(1000);
  out.rst = reset;
  out.syn = !reset;
  uint8_t addresses[32];
  memcpy(addresses, source + address, address);
  memcpy(addresses + address, source, address);
  out.check = checksum_with_pseudo_header(addresses, 2 * address, IPPROTO_TCP, &out, sizeof(out));
  if (ipv4)
    send_ipv4(source + 4, source, IPPROTO_TCP, &out, sizeof(out));
  else
    send_ipv6(source + 16, source, IPPROTO_TCP, &out, sizeof(out));
}

/* ---- helpers -------------------------------------------------------------------------------- */

static pl_sockaddr target_of(const char *address) {
  pl_sockaddr target = {.port = 443};
  assert_int_equal(pl_addr_parse(address, &target.address), PL_OK);
  return target;
}

static pl_tcp_state open_to(const char *address, int *ret_fd, pl_attempt_result *attempt) {
  pl_sockaddr target = target_of(address);
  pl_attempt_init(attempt);
  return pl_tcp_open(&target, 0, ret_fd, attempt);
}

/* A port that another flow to the address has is left to it. */
static void a_wanted_port_is_used_if_it_is_free(void **state) {
  (void)state;
  static const char *const peers[] = {PEER4, PEER6};
  for (size_t i = 0; i < PL_COUNT_OF(peers); i++) {
    pl_sockaddr target = target_of(peers[i]);
    pl_attempt_result attempt;
    int fds[2];
    for (unsigned n = 0; n < 2; n++) {
      pl_attempt_init(&attempt);
      assert_int_equal(pl_tcp_open(&target, 45678, &fds[n], &attempt), PL_TCP_WAITING);
      assert_true((attempt.local_port == 45678) == (n == 0));
      assert_int_not_equal(attempt.local_port, 0);
    }
    close(fds[0]);
    close(fds[1]);
  }
}

static void wait_for_event(int fd) {
  struct pollfd ready = {.fd = fd, .events = POLLOUT};
  assert_int_equal(poll(&ready, 1, 10000), 1);
}

static void stay(long msec) {
  nanosleep(&(struct timespec){.tv_sec = msec / 1000, .tv_nsec = msec % 1000 * 1000000}, NULL);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void a_reset_is_a_refusal(void **state) {
  (void)state;
  static const char *const peers[] = {PEER4, PEER6}, *const own[] = {OWN4, OWN6};
  for (size_t i = 0; i < PL_COUNT_OF(peers); i++) {
    int fd;
    pl_addr source;
    pl_attempt_result attempt;
    assert_int_equal(pl_addr_parse(own[i], &source), PL_OK);
    assert_int_equal(open_to(peers[i], &fd, &attempt), PL_TCP_WAITING);
    assert_int_not_equal(attempt.local_port, 0);
    assert_true(pl_addr_equal(&attempt.source, &source));
    assert_int_equal(pl_tcp_check(fd, 0, &attempt), PL_TCP_WAITING);
    ip_packet syn = next_syn(&attempt);
    answer_tcp(&syn, true);
    wait_for_event(fd);
    assert_int_equal(pl_tcp_check(fd, 0, &attempt), PL_TCP_FAILED);
    assert_int_equal(attempt.end, PL_END_REFUSED);
    assert_int_equal(attempt.error, ECONNREFUSED);
    assert_false(attempt.icmp.seen);
    pl_tcp_close(fd);
  }
}

static void a_syn_ack_is_a_connection(void **state) {
  (void)state;
  static const char *const peers[] = {PEER4, PEER6};
  for (size_t i = 0; i < PL_COUNT_OF(peers); i++) {
    int fd;
    pl_attempt_result attempt;
    assert_int_equal(open_to(peers[i], &fd, &attempt), PL_TCP_WAITING);
    ip_packet syn = next_syn(&attempt);
    answer_tcp(&syn, false);
    wait_for_event(fd);
    assert_int_equal(pl_tcp_check(fd, 0, &attempt), PL_TCP_CONNECTED);
    assert_int_equal(attempt.retransmits, 0);
    pl_tcp_close(fd);
  }
}

static void a_connection_is_seen_at_the_timeout_too(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to(PEER4, &fd, &attempt), PL_TCP_WAITING);
  ip_packet syn = next_syn(&attempt);
  answer_tcp(&syn, false);
  wait_for_event(fd);
  assert_int_equal(pl_tcp_give_up(fd, 3 * PL_SEC, &attempt), PL_TCP_CONNECTED);
  assert_int_equal(attempt.end, PL_END_NOT_TRIED);
  pl_tcp_close(fd);
}

/* Connected, then reset: this is a connection, and the next call finds the reset. */
static void a_reset_after_the_handshake_is_no_refusal(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in name = {.sin_family = AF_INET};
  socklen_t length = sizeof(name);
  assert_int_equal(inet_pton(AF_INET, "30.2.0.1", &name.sin_addr), 1);
  assert_int_equal(bind(listener, (struct sockaddr *)&name, length), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &length), 0);
  pl_sockaddr target = target_of("30.2.0.1");
  target.port = ntohs(name.sin_port);
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tcp_open(&target, 0, &fd, &attempt), PL_TCP_WAITING);
  int accepted = accept(listener, NULL, NULL);
  assert_true(accepted >= 0);
  const struct linger linger = {.l_onoff = 1};
  setsockopt(accepted, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
  close(accepted);
  wait_for_event(fd);
  assert_int_equal(pl_tcp_check(fd, 0, &attempt), PL_TCP_CONNECTED);
  pl_tcp_close(fd);
  close(listener);
}

typedef struct icmp_case {
  const char *name;
  const char *peer, *sender;
  uint8_t type, code;
  int error;
  pl_end end;
  bool prohibits;
} icmp_case;

static const icmp_case icmp_cases[] = {
    {"port unreachable, from the target", PEER4, PEER4, 3, 3, ECONNREFUSED, PL_END_ICMP, false},
    {"administratively prohibited", PEER4, ROUTER4, 3, 13, EHOSTUNREACH, PL_END_ICMP, true},
    {"host prohibited", PEER4, ROUTER4, 3, 10, EHOSTUNREACH, PL_END_ICMP, true},
    {"net unreachable", PEER4, ROUTER4, 3, 0, ENETUNREACH, PL_END_ICMP, false},
    {"time exceeded", PEER4, ROUTER4, 11, 0, EHOSTUNREACH, PL_END_ICMP, false},
    {"prohibited, IPv6", PEER6, ROUTER6, 1, 1, EACCES, PL_END_ICMP, true},
    {"port unreachable, IPv6", PEER6, PEER6, 1, 4, ECONNREFUSED, PL_END_ICMP, false},
};

static void an_icmp_error_keeps_type_code_and_sender(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(icmp_cases); i++) {
    const icmp_case *test = &icmp_cases[i];
    print_message("  %s\n", test->name);
    int fd;
    pl_attempt_result attempt;
    assert_int_equal(open_to(test->peer, &fd, &attempt), PL_TCP_WAITING);
    ip_packet syn = next_syn(&attempt);
    answer_icmp(&syn, test->sender, test->type, test->code);
    wait_for_event(fd);
    assert_int_equal(pl_tcp_check(fd, 0, &attempt), PL_TCP_FAILED);
    assert_int_equal(attempt.end, test->end);
    assert_int_equal(attempt.error, test->error);
    assert_true(attempt.icmp.seen);
    assert_int_equal(attempt.icmp.type, test->type);
    assert_int_equal(attempt.icmp.code, test->code);
    assert_false(attempt.icmp.sender_is_self);
    assert_int_equal(pl_icmp_prohibits(&attempt.icmp), test->prohibits);
    char text[PL_ADDR_TEXT];
    assert_string_equal(pl_addr_format(&attempt.icmp.sender, text), test->sender);
    pl_tcp_close(fd);
  }
}

/* If a neighbour does not answer, the kernel reports that with its own address. */
static void an_icmp_error_of_this_host_is_local(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to("30.19.0.77", &fd, &attempt), PL_TCP_WAITING);
  wait_for_event(fd);
  assert_int_equal(pl_tcp_check(fd, 3 * PL_SEC, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_LOCAL);
  assert_int_equal(attempt.error, EHOSTUNREACH);
  assert_true(attempt.icmp.seen);
  assert_true(attempt.icmp.sender_is_self);
  pl_tcp_close(fd);
}

/* ---- silence -------------------------------------------------------------------------------- */

static void silence_needs_a_retransmission_on_the_wire(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to(PEER4, &fd, &attempt), PL_TCP_WAITING);
  (void)next_syn(&attempt);
  assert_int_equal(pl_tcp_give_up(fd, PL_TCP_SILENCE_MIN - 1, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_TOO_SHORT);
  (void)next_syn(&attempt); /* the retransmission */
  assert_int_equal(pl_tcp_give_up(fd, PL_TCP_SILENCE_MIN, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_SILENT);
  assert_true(attempt.retransmits >= 1);
  assert_int_equal(attempt.error, 0);
  pl_tcp_close(fd);
}

/* net.ipv4.tcp_syn_retries may be smaller than our timeout. */
static void a_kernel_that_gives_up_first_is_silence(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to(PEER4, &fd, &attempt), PL_TCP_WAITING);
  assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &(int){1}, sizeof(int)), 0);
  wait_for_event(fd);
  assert_int_equal(pl_tcp_check(fd, 3 * PL_SEC, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_SILENT);
  assert_true(attempt.retransmits >= 1);
  pl_tcp_close(fd);
}

static void a_lost_syn_is_counted(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to(PEER6, &fd, &attempt), PL_TCP_WAITING);
  (void)next_syn(&attempt);
  ip_packet again = next_syn(&attempt);
  answer_tcp(&again, false);
  wait_for_event(fd);
  assert_int_equal(pl_tcp_check(fd, PL_SEC, &attempt), PL_TCP_CONNECTED);
  assert_true(attempt.retransmits >= 1);
  pl_tcp_close(fd);
}

/* No neighbour, and so not one SYN on the wire, but the kernel counts retransmissions. */
static void a_syn_that_never_left_is_no_silence(void **state) {
  (void)state;
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to("30.19.0.78", &fd, &attempt), PL_TCP_WAITING);
  stay(1600);
  assert_int_equal(pl_tcp_give_up(fd, 1600 * PL_MSEC, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_NOT_SENT);
  assert_int_equal(attempt.retransmits, 0);
  pl_tcp_close(fd);
}

/* ---- this host ------------------------------------------------------------------------------ */

static void what_no_probe_may_reach_is_refused_before_a_socket(void **state) {
  (void)state;
  static const char *const addresses[] = {
      "127.0.0.1", "127.8.8.8", "169.254.169.254", "0.0.0.0", "224.0.0.1",       "255.255.255.255",
      "::1",       "::",        "fe80::1",         "ff02::1", "::ffff:127.0.0.1"};
  for (size_t i = 0; i < PL_COUNT_OF(addresses); i++) {
    int fd = -1;
    pl_attempt_result attempt;
    assert_int_equal(open_to(addresses[i], &fd, &attempt), PL_TCP_FAILED);
    assert_int_equal(attempt.end, PL_END_LOCAL);
    assert_int_equal(attempt.error, EADDRNOTAVAIL);
    assert_int_equal(fd, -1);
  }
  pl_attempt_result attempt;
  int fd = -1;
  pl_attempt_init(&attempt);
  assert_int_equal(pl_tcp_open(&(pl_sockaddr){.port = 443}, 0, &fd, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.error, EADDRNOTAVAIL);
}

static void no_route_is_local(void **state) {
  (void)state;
  static const char *const addresses[] = {"30.113.0.1", "3ffe:db8:ffff::1"};
  for (size_t i = 0; i < PL_COUNT_OF(addresses); i++) {
    int fd = -1;
    pl_attempt_result attempt;
    assert_int_equal(open_to(addresses[i], &fd, &attempt), PL_TCP_FAILED);
    assert_int_equal(attempt.end, PL_END_LOCAL);
    assert_int_equal(attempt.error, ENETUNREACH);
    assert_int_equal(attempt.source.family, PL_FAMILY_NONE);
    assert_int_equal(fd, -1);
  }
}

static void no_descriptor_is_local(void **state) {
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  int fd = -1;
  pl_attempt_result attempt;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
  pl_tcp_state result = open_to(PEER4, &fd, &attempt);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(result, PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_LOCAL);
  assert_int_equal(attempt.error, EMFILE);
}

/* If the interfaces can't be listed, an ICMP error proves nothing about the network. */
static void an_unknown_sender_counts_as_this_host(void **state) {
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  int fd;
  pl_attempt_result attempt;
  assert_int_equal(open_to(PEER4, &fd, &attempt), PL_TCP_WAITING);
  ip_packet syn = next_syn(&attempt);
  answer_icmp(&syn, ROUTER4, 3, 13);
  wait_for_event(fd);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
  pl_tcp_state result = pl_tcp_check(fd, 0, &attempt);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(result, PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_LOCAL);
  assert_true(attempt.icmp.sender_is_self);
  pl_tcp_close(fd);
}

static void what_is_no_socket_is_local(void **state) {
  (void)state;
  int pipe_ends[2];
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  assert_int_equal(pipe(pipe_ends), 0);
  assert_int_equal(pl_tcp_check(pipe_ends[0], 0, &attempt), PL_TCP_FAILED);
  assert_int_equal(attempt.end, PL_END_LOCAL);
  assert_int_equal(attempt.error, ENOTSOCK);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wanted_port_is_used_if_it_is_free),
      cmocka_unit_test(a_reset_is_a_refusal),
      cmocka_unit_test(a_syn_ack_is_a_connection),
      cmocka_unit_test(a_connection_is_seen_at_the_timeout_too),
      cmocka_unit_test(a_reset_after_the_handshake_is_no_refusal),
      cmocka_unit_test(an_icmp_error_keeps_type_code_and_sender),
      cmocka_unit_test(an_icmp_error_of_this_host_is_local),
      cmocka_unit_test(silence_needs_a_retransmission_on_the_wire),
      cmocka_unit_test(a_kernel_that_gives_up_first_is_silence),
      cmocka_unit_test(a_lost_syn_is_counted),
      cmocka_unit_test(a_syn_that_never_left_is_no_silence),
      cmocka_unit_test(what_no_probe_may_reach_is_refused_before_a_socket),
      cmocka_unit_test(no_route_is_local),
      cmocka_unit_test(no_descriptor_is_local),
      cmocka_unit_test(an_unknown_sender_counts_as_this_host),
      cmocka_unit_test(what_is_no_socket_is_local),
  };
  return cmocka_run_group_tests(tests, make_world, NULL);
}
