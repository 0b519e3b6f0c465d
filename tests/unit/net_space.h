/* A network of a test's own: a new namespace with nothing in it but a loopback interface, which
 * the test gives whatever addresses and routes it needs. Nothing leaves the process. */
#ifndef PL_TESTS_NET_SPACE_H
#define PL_TESTS_NET_SPACE_H

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/ipv6.h, which does not go together with the C library's headers */
struct net_space_in6_ifreq {
  struct in6_addr address;
  uint32_t prefix;
  int index;
};

static inline bool net_space_up(int fd) {
  struct ifreq request = {.ifr_flags = IFF_UP};
  (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
  return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* Call before any thread. False where the system does not allow it. */
static inline bool net_space_enter(void) {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return false;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool up = fd >= 0 && net_space_up(fd);
  if (fd >= 0)
    close(fd);
  return up;
}

static inline bool net_space_add_ipv4(int fd, const char *text, int alias) {
  struct ifreq request = {0};
  struct sockaddr_in address = {.sin_family = AF_INET};
  (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%d", alias);
  inet_pton(AF_INET, text, &address.sin_addr);
  memcpy(&request.ifr_addr, &address, sizeof(address));
  if (ioctl(fd, SIOCSIFADDR, &request) != 0)
    return false;
  address.sin_addr.s_addr = 0xffffffffu;
  memcpy(&request.ifr_netmask, &address, sizeof(address));
  return ioctl(fd, SIOCSIFNETMASK, &request) == 0;
}

static inline bool net_space_add_ipv6(int fd, const char *text) {
  struct net_space_in6_ifreq request = {.prefix = 128, .index = (int)if_nametoindex("lo")};
  inet_pton(AF_INET6, text, &request.address);
  return ioctl(fd, SIOCSIFADDR, &request) == 0;
}

/* Adds an address that this namespace answers for. */
static inline bool net_space_add_address(const char *text) {
  static int aliases;
  const bool ipv6 = strchr(text, ':') != NULL;
  int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  if (fd < 0)
    return false;
  bool added = ipv6 ? net_space_add_ipv6(fd, text) : net_space_add_ipv4(fd, text, ++aliases);
  close(fd);
  return added;
}

/* Routes a network to nowhere: what is sent there is lost without a word. */
static inline bool net_space_add_black_hole(const char *network, const char *mask) {
  char device[] = "lo";
  struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = device};
  struct sockaddr_in address = {.sin_family = AF_INET};
  inet_pton(AF_INET, network, &address.sin_addr);
  memcpy(&route.rt_dst, &address, sizeof(address));
  inet_pton(AF_INET, mask, &address.sin_addr);
  memcpy(&route.rt_genmask, &address, sizeof(address));
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool added = fd >= 0 && ioctl(fd, SIOCADDRT, &route) == 0;
  if (fd >= 0)
    close(fd);
  return added;
}

#endif
