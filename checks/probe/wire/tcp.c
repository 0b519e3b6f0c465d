/* Opens a connection, and finds out what happened to its SYN. */
#include "probe/wire/tcp.h"
#include "probe/sockaddr.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static pl_tcp_state fail(pl_attempt_result *result, pl_end end, int error) {
  result->end = end;
  result->error = error;
  return PL_TCP_FAILED;
}

static int set_flag(int fd, int level, int name, int on) {
  return setsockopt(fd, level, name, &on, sizeof(on));
}

/* ---- the error queue ------------------------------------------------------------------------- */

/* If the interfaces can't be listed, the sender counts as this host, so that the error proves no
 * block. */
static bool is_own_address(const pl_addr *address) {
  if (address->family == PL_FAMILY_NONE || pl_addr_classify(address) == PL_ADDR_LOOPBACK)
    return true;
  struct ifaddrs *interfaces;
  if (getifaddrs(&interfaces) != 0)
    return true;
  bool own = false;
  for (const struct ifaddrs *i = interfaces; i != NULL && !own; i = i->ifa_next) {
    if (i->ifa_addr == NULL)
      continue;
    pl_addr candidate = pl_addr_of_socket(i->ifa_addr);
    own = candidate.family != PL_FAMILY_NONE && pl_addr_equal(&candidate, address);
  }
  freeifaddrs(interfaces);
  return own;
}

static bool is_queued_error(const struct cmsghdr *header) {
  return (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
         (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
}

static void icmp_set(const struct cmsghdr *header, pl_icmp *icmp) {
  struct {
    struct sock_extended_err error;
    pl_socket_address offender; /* SO_EE_OFFENDER */
  } queued = {.offender = {.any = {.sa_family = AF_UNSPEC}}};
  size_t length = header->cmsg_len - CMSG_LEN(0);
  if (length > sizeof(queued))
    length = sizeof(queued);
  memcpy(&queued, CMSG_DATA(header), length);
  if (queued.error.ee_origin != SO_EE_ORIGIN_ICMP && queued.error.ee_origin != SO_EE_ORIGIN_ICMP6)
    return;
  icmp->seen = true;
  icmp->family = queued.error.ee_origin == SO_EE_ORIGIN_ICMP ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6;
  icmp->type = queued.error.ee_type;
  icmp->code = queued.error.ee_code;
  icmp->sender = pl_addr_of_socket(&queued.offender.any);
  icmp->sender_is_self = is_own_address(&icmp->sender);
}

/* Takes the first ICMP error from the queue, if there is one. */
static void read_error_queue(int fd, pl_icmp *icmp) {
  union {
    struct cmsghdr align;
    char bytes[512];
  } control;
  char packet[64];
  while (!icmp->seen) {
    struct iovec part = {.iov_base = packet, .iov_len = sizeof(packet)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
      return;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL && !icmp->seen;
         header = CMSG_NXTHDR(&message, header)) {
      if (is_queued_error(header))
        icmp_set(header, icmp);
    }
  }
}

static pl_tcp_state refused(int fd, int error, pl_attempt_result *result) {
  read_error_queue(fd, &result->icmp);
  if (result->icmp.seen)
    return fail(result, result->icmp.sender_is_self ? PL_END_LOCAL : PL_END_ICMP, error);
  return fail(result, error == ECONNREFUSED ? PL_END_REFUSED : PL_END_LOCAL, error);
}

/* ---- opening --------------------------------------------------------------------------------- */

static int set_error_queue(int fd, uint8_t family) {
  return family == PL_FAMILY_IPV4 ? set_flag(fd, IPPROTO_IP, IP_RECVERR, 1)
                                  : set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

static int set_ttl(int fd, uint8_t family, uint8_t ttl) {
  return family == PL_FAMILY_IPV4 ? set_flag(fd, IPPROTO_IP, IP_TTL, ttl)
                                  : set_flag(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
}

/* connect() has chosen the address and the port; where it failed there may be none. */
static void note_local_end(int fd, pl_attempt_result *result) {
  pl_socket_address local = {.any = {.sa_family = AF_UNSPEC}};
  socklen_t length = sizeof(local);
  if (getsockname(fd, &local.any, &length) != 0)
    return;
  result->local_port =
      ntohs(local.any.sa_family == AF_INET6 ? local.v6.sin6_port : local.v4.sin_port);
  if (result->local_port != 0)
    result->source = pl_addr_of_socket(&local.any);
}

/* If the port is in use by another flow, the kernel chooses one. */
static void bind_port(int fd, int family, uint16_t port) {
  pl_socket_address local = {.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
  if (family == AF_INET)
    local = (pl_socket_address){.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
  socklen_t length = family == AF_INET ? sizeof(local.v4) : sizeof(local.v6);
  if (family == AF_INET6 && set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0)
    return;
  int unbound = bind(fd, &local.any, length);
  (void)unbound;
}

static pl_tcp_state open_socket(const pl_sockaddr *target, uint8_t ttl, uint16_t port, int *ret_fd,
                                pl_attempt_result *result) {
  if (!pl_addr_is_target(&target->address))
    return fail(result, PL_END_LOCAL, EADDRNOTAVAIL);
  pl_socket_address address;
  socklen_t length = pl_sockaddr_to_socket(target, &address);
  uint8_t family = target->address.family;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0)
    return fail(result, PL_END_LOCAL, errno);
  if (port != 0)
    bind_port(fd, address.any.sa_family, port);
  pl_tcp_state state = PL_TCP_WAITING;
  if (set_error_queue(fd, family) != 0 || set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0 ||
      (ttl != 0 && set_ttl(fd, family, ttl) != 0))
    state = fail(result, PL_END_LOCAL, errno);
  else if (connect(fd, &address.any, length) != 0 && errno != EINPROGRESS && errno != EINTR)
    state = refused(fd, errno, result);
  note_local_end(fd, result);
  if (state == PL_TCP_WAITING)
    *ret_fd = fd;
  else
    close(fd);
  return state;
}

pl_tcp_state pl_tcp_open(const pl_sockaddr *target, uint16_t port, int *ret_fd,
                         pl_attempt_result *result) {
  return open_socket(target, 0, port, ret_fd, result);
}

pl_tcp_state pl_tcp_open_limited(const pl_sockaddr *target, uint8_t ttl, int *ret_fd,
                                 pl_attempt_result *result) {
  return open_socket(target, ttl, 0, ret_fd, result);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool read_info(int fd, struct tcp_info *ret_info) {
  struct tcp_info info = {.tcpi_state = 0};
  socklen_t length = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    return false;
  *ret_info = info;
  return true;
}

static uint8_t saturate(uint32_t count) { return count > UINT8_MAX ? UINT8_MAX : (uint8_t)count; }

/* An ICMP error does not end a connection that works (RFC 1122 4.2.3.9). With the queue on, the
 * next read would return it. */
static pl_tcp_state connected(int fd, const struct tcp_info *info, pl_attempt_result *result) {
  result->retransmits = saturate(info->tcpi_total_retrans);
  if (set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR, 0) != 0)
    (void)set_flag(fd, IPPROTO_IP, IP_RECVERR, 0);
  return PL_TCP_CONNECTED;
}

/* tcpi_total_retrans counts every retransmission that was tried. tcpi_retrans is above 0 only if
 * the last one was passed on. It stays 0 if netfilter of this host drops the SYN, or there is no
 * neighbour to send it to. */
static pl_tcp_state silent(const struct tcp_info *info, pl_nsec waited, pl_attempt_result *result) {
  bool on_the_wire = info->tcpi_retrans > 0;
  result->retransmits = on_the_wire ? saturate(info->tcpi_total_retrans) : 0;
  if (waited < PL_TCP_SILENCE_MIN)
    return fail(result, PL_END_TOO_SHORT, 0);
  return fail(result, on_the_wire ? PL_END_SILENT : PL_END_NOT_SENT, 0);
}

/* Reads SO_ERROR before the error queue, since reading the queue clears it. */
pl_tcp_state pl_tcp_check(int fd, pl_nsec waited, pl_attempt_result *result) {
  int error = 0;
  socklen_t length = sizeof(error);
  struct tcp_info info;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || !read_info(fd, &info))
    return fail(result, PL_END_LOCAL, errno);
  switch (error) {
  case 0:
    break;
  case ECONNRESET: /* of an established connection: a RST to the SYN is ECONNREFUSED */
  case EPIPE:
    return connected(fd, &info, result);
  case ETIMEDOUT: /* the kernel gave up first (net.ipv4.tcp_syn_retries) */
    return silent(&info, waited, result);
  default:
    return refused(fd, error, result);
  }
  if (info.tcpi_state == TCP_SYN_SENT || info.tcpi_state == TCP_SYN_RECV)
    return PL_TCP_WAITING;
  if (info.tcpi_state == TCP_CLOSE)
    return fail(result, PL_END_LOCAL, ECONNABORTED);
  return connected(fd, &info, result);
}

pl_tcp_state pl_tcp_give_up(int fd, pl_nsec waited, pl_attempt_result *result) {
  pl_tcp_state state = pl_tcp_check(fd, waited, result);
  if (state != PL_TCP_WAITING)
    return state;
  struct tcp_info info;
  if (!read_info(fd, &info))
    return fail(result, PL_END_LOCAL, errno);
  return silent(&info, waited, result);
}

bool pl_tcp_has_gap(int fd) {
  /* glibc's struct tcp_info ends before tcpi_rcv_ooopack, and linux/tcp.h excludes
   * netinet/tcp.h. */
  enum { RCV_OOOPACK_AT = 224 };
  union {
    struct tcp_info info;
    char bytes[256];
  } all = {.bytes = {0}};
  uint32_t out_of_order;
  socklen_t length = sizeof(all);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &all, &length) != 0)
    return false;
  memcpy(&out_of_order, all.bytes + RCV_OOOPACK_AT, sizeof(out_of_order));
  return all.info.tcpi_unacked == 0 && out_of_order > 0;
}

void pl_tcp_close(int fd) {
  char discarded[4096];
  ssize_t size = recv(fd, discarded, sizeof(discarded), MSG_DONTWAIT);
  (void)size;
  close(fd);
}
