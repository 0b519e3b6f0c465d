// A network namespace for a test, and a wire that the test answers itself.
#include "netns.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* as in linux/ipv6.h, which can't be included together with netinet/in.h */
struct in6_ifreq {
  struct in6_addr address;
  uint32_t prefix;
  int index;
};

static void write_file(const char *target, const char *text) {
  int fd = open(target, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
    fail_msg("%s: %s", target, strerror(errno));
  close(fd);
}

void netns_ip(const char *arguments) {
  char command[256];
  snprintf(command, sizeof(command), "ip %s", arguments);
  if (system(command) != 0)
    fail_msg("failed: %s", command);
}

static struct ifreq request_for(const char *interface) {
  struct ifreq request = {.ifr_flags = 0};
  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
  return request;
}

static int control_socket(int family) {
  int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    fail_msg("socket: %s", strerror(errno));
  return fd;
}

static void bring_up(const char *interface) {
  int fd = control_socket(AF_INET);
  struct ifreq request = request_for(interface);
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0)
    fail_msg("%s: %s", interface, strerror(errno));
  request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
  if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
    fail_msg("%s: %s", interface, strerror(errno));
  close(fd);
}

void netns_enter(void) {
  uid_t uid = getuid();
  gid_t gid = getgid();
  if (unshare(uid == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0)
    fail_msg("no network namespace: %s", strerror(errno));
  if (uid != 0) {
    char map[64];
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
  }
  bring_up("lo");
}

static void add_ipv4(const char *interface, const char *address, unsigned prefix) {
  int fd = control_socket(AF_INET);
  struct ifreq request = request_for(interface);
  struct sockaddr_in *value = (struct sockaddr_in *)(void *)&request.ifr_addr;
  value->sin_family = AF_INET;
  assert_int_equal(inet_pton(AF_INET, address, &value->sin_addr), 1);
  if (ioctl(fd, SIOCSIFADDR, &request) != 0)
    fail_msg("%s on %s: %s", address, interface, strerror(errno));
  value->sin_addr.s_addr = htonl(UINT32_MAX << (32 - prefix));
  if (ioctl(fd, SIOCSIFNETMASK, &request) != 0)
    fail_msg("%s on %s: %s", address, interface, strerror(errno));
  close(fd);
}

/* An address can't be bound before the kernel's work queue has processed it. */
static void wait_until_usable(const struct in6_addr *address) {
  const struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = *address};
  int fd = control_socket(AF_INET6);
  int attempts = 5000;
  while (bind(fd, (const struct sockaddr *)&name, sizeof(name)) != 0 && --attempts > 0)
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  close(fd);
  assert_true(attempts > 0);
}

static void add_ipv6(const char *interface, const char *address, unsigned prefix) {
  int fd = control_socket(AF_INET6);
  union {
    struct ifreq ipv4; /* memcheck takes the request for one, which is longer */
    struct in6_ifreq ipv6;
  } request;
  memset(&request, 0, sizeof(request));
  request.ipv6.prefix = prefix;
  request.ipv6.index = (int)if_nametoindex(interface);
  assert_int_equal(inet_pton(AF_INET6, address, &request.ipv6.address), 1);
  if (ioctl(fd, SIOCSIFADDR, &request) != 0)
    fail_msg("%s on %s: %s", address, interface, strerror(errno));
  close(fd);
  wait_until_usable(&request.ipv6.address);
}

void netns_add_address(const char *interface, const char *address, unsigned prefix) {
  if (strchr(address, ':') != NULL)
    add_ipv6(interface, address, prefix);
  else
    add_ipv4(interface, address, prefix);
}

static int add_tun(const char *interface, int flags) {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  struct ifreq request = request_for(interface);
  request.ifr_flags = (short)(flags | IFF_NO_PI);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0)
    fail_msg("/dev/net/tun: %s", strerror(errno));
  bring_up(interface);
  return fd;
}

int netns_add_wire(const char *interface) { return add_tun(interface, IFF_TUN); }

int netns_add_dead_segment(const char *interface) { return add_tun(interface, IFF_TAP); }
