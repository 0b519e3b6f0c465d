#include "probe/wire/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union any_sockaddr {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} any_sockaddr;

static socklen_t sockaddr_make(const pl_sockaddr *target, any_sockaddr *ret_address) {
  memset(ret_address, 0, sizeof(*ret_address));
  if (target->address.family == PL_FAMILY_IPV4) {
    ret_address->v4.sin_family = AF_INET;
    ret_address->v4.sin_port = htons(target->port);
    memcpy(&ret_address->v4.sin_addr, target->address.bytes, 4);
    return sizeof(ret_address->v4);
  }
  ret_address->v6.sin6_family = AF_INET6;
  ret_address->v6.sin6_port = htons(target->port);
  memcpy(&ret_address->v6.sin6_addr, target->address.bytes, 16);
  return sizeof(ret_address->v6);
}

/* The address in `any`; family NONE where it is not an internet address. */
static pl_addr sockaddr_address(const struct sockaddr *any) {
  if (any->sa_family == AF_INET)
    return pl_addr_make(PL_FAMILY_IPV4, &((const struct sockaddr_in *)(const void *)any)->sin_addr);
  if (any->sa_family == AF_INET6)
    return pl_addr_make(PL_FAMILY_IPV6,
                        &((const struct sockaddr_in6 *)(const void *)any)->sin6_addr);
  return (pl_addr){.family = PL_FAMILY_NONE};
}

static pl_tcp_state fail(pl_attempt_result *attempt, pl_end end, int error) {
  attempt->end = end;
  attempt->error = error;
  return PL_TCP_FAILED;
}

static int set_flag(int fd, int level, int name, int on) {
  return setsockopt(fd, level, name, &on, sizeof(on));
}

/* ---- the error queue ------------------------------------------------------------------------ */

/* Where the interfaces cannot be listed, the sender counts as this host: that proves nothing, and
 * "an ICMP error from the network" could prove a block. */
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
    pl_addr candidate = sockaddr_address(i->ifa_addr);
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
    any_sockaddr offender; /* SO_EE_OFFENDER */
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
  icmp->sender = sockaddr_address(&queued.offender.any);
  icmp->sender_is_self = is_own_address(&icmp->sender);
}

/* Takes the first ICMP error from the queue, where there is one. */
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

static pl_tcp_state refused(int fd, int error, pl_attempt_result *attempt) {
  read_error_queue(fd, &attempt->icmp);
  if (attempt->icmp.seen)
    return fail(attempt, attempt->icmp.sender_is_self ? PL_END_LOCAL : PL_END_ICMP, error);
  return fail(attempt, error == ECONNREFUSED ? PL_END_REFUSED : PL_END_LOCAL, error);
}

/* ---- opening -------------------------------------------------------------------------------- */

static int set_error_queue(int fd, uint8_t family) {
  return family == PL_FAMILY_IPV4 ? set_flag(fd, IPPROTO_IP, IP_RECVERR, 1)
                                  : set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

static uint16_t local_port(int fd) {
  any_sockaddr local = {.any = {.sa_family = AF_UNSPEC}};
  socklen_t length = sizeof(local);
  if (getsockname(fd, &local.any, &length) != 0)
    return 0;
  return ntohs(local.any.sa_family == AF_INET6 ? local.v6.sin6_port : local.v4.sin_port);
}

pl_tcp_state pl_tcp_open(const pl_sockaddr *target, int *ret_fd, pl_attempt_result *attempt) {
  if (!pl_addr_is_target(&target->address))
    return fail(attempt, PL_END_LOCAL, EADDRNOTAVAIL);
  any_sockaddr address;
  socklen_t length = sockaddr_make(target, &address);
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0)
    return fail(attempt, PL_END_LOCAL, errno);
  pl_tcp_state state = PL_TCP_WAITING;
  if (set_error_queue(fd, target->address.family) != 0 ||
      set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0)
    state = fail(attempt, PL_END_LOCAL, errno);
  else if (connect(fd, &address.any, length) != 0 && errno != EINPROGRESS && errno != EINTR)
    state = refused(fd, errno, attempt);
  attempt->local_port = local_port(fd);
  if (state == PL_TCP_WAITING)
    *ret_fd = fd;
  else
    close(fd);
  return state;
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool read_info(int fd, struct tcp_info *ret_info) {
  struct tcp_info info = {.tcpi_state = 0};
  socklen_t length = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
    return false;
  *ret_info = info;
  return true;
}

static uint8_t saturate(uint32_t count) { return count > UINT8_MAX ? UINT8_MAX : (uint8_t)count; }

/* From here on an ICMP error is a hint for the kernel and not the end of a connection that works
 * (RFC 1122 4.2.3.9); with the queue on it would be handed to the next read. */
static pl_tcp_state connected(int fd, const struct tcp_info *info, pl_attempt_result *attempt) {
  attempt->retransmits = saturate(info->tcpi_total_retrans);
  if (set_flag(fd, IPPROTO_IPV6, IPV6_RECVERR, 0) != 0)
    (void)set_flag(fd, IPPROTO_IP, IP_RECVERR, 0);
  return PL_TCP_CONNECTED;
}

/* tcpi_total_retrans counts every retransmission that was tried. tcpi_retrans is above 0 only where
 * the last one was passed on: it stays 0 where netfilter of this host drops the SYN, and where
 * there is no neighbour to send it to. */
static pl_tcp_state silent(const struct tcp_info *info, pl_nsec waited,
                           pl_attempt_result *attempt) {
  bool on_the_wire = info->tcpi_retrans > 0;
  attempt->retransmits = on_the_wire ? saturate(info->tcpi_total_retrans) : 0;
  if (waited < PL_TCP_SILENCE_MIN)
    return fail(attempt, PL_END_TOO_SHORT, 0);
  return fail(attempt, on_the_wire ? PL_END_SILENT : PL_END_NOT_SENT, 0);
}

/* The error is asked for before the queue is read, which clears it. */
pl_tcp_state pl_tcp_check(int fd, pl_nsec waited, pl_attempt_result *attempt) {
  int error = 0;
  socklen_t length = sizeof(error);
  struct tcp_info info;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || !read_info(fd, &info))
    return fail(attempt, PL_END_LOCAL, errno);
  switch (error) {
  case 0:
    break;
  case ECONNRESET: /* only an established connection can be: a RST to the SYN is ECONNREFUSED */
  case EPIPE:
    return connected(fd, &info, attempt);
  case ETIMEDOUT: /* the kernel gave up first (net.ipv4.tcp_syn_retries) */
    return silent(&info, waited, attempt);
  default:
    return refused(fd, error, attempt);
  }
  if (info.tcpi_state == TCP_SYN_SENT || info.tcpi_state == TCP_SYN_RECV)
    return PL_TCP_WAITING;
  if (info.tcpi_state == TCP_CLOSE)
    return fail(attempt, PL_END_LOCAL, ECONNABORTED);
  return connected(fd, &info, attempt);
}

pl_tcp_state pl_tcp_give_up(int fd, pl_nsec waited, pl_attempt_result *attempt) {
  pl_tcp_state state = pl_tcp_check(fd, waited, attempt);
  if (state != PL_TCP_WAITING)
    return state;
  struct tcp_info info;
  if (!read_info(fd, &info))
    return fail(attempt, PL_END_LOCAL, errno);
  return silent(&info, waited, attempt);
}

void pl_tcp_close(int fd) {
  char discarded[4096];
  ssize_t size = recv(fd, discarded, sizeof(discarded), MSG_DONTWAIT);
  (void)size;
  close(fd);
}
