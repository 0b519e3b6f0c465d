/* Reads this host's addresses, and asks its kernel for routes. */
#include "probe/host.h"
#include "base/file.h"
#include "probe/sockaddr.h"
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Unique local addresses count: a container whose IPv6 is translated has no others. */
static void note_address(pl_host *host, const struct sockaddr *address) {
  if (address == NULL)
    return;
  pl_addr found = pl_addr_of_socket(address);
  if (pl_addr_is_target(&found))
    *(address->sa_family == AF_INET ? &host->ipv4 : &host->ipv6) = true;
}

/* A container bridge has an address, but no egress path. Any public address will do: nothing is
 * sent. */
static bool has_ipv4_out(void) {
  pl_addr world = pl_addr_make(PL_FAMILY_IPV4, (const uint8_t[]){1, 1, 1, 1});
  return pl_host_routes_to(&world);
}

pl_status pl_host_read(pl_host *ret_host) {
  struct ifaddrs *list;
  pl_host host = {0};
  if (getifaddrs(&list) != 0)
    return errno == ENOMEM ? PL_ERR_MEMORY : PL_ERR_IO;
  for (const struct ifaddrs *entry = list; entry != NULL; entry = entry->ifa_next)
    note_address(&host, entry->ifa_addr);
  freeifaddrs(list);
  host.ipv4_out = host.ipv4 && has_ipv4_out();
  *ret_host = host;
  return PL_OK;
}

bool pl_host_has(const pl_host *host, unsigned family) {
  return family == PL_FAMILY_IPV4 ? host->ipv4 : host->ipv6;
}

/* Makes the kernel look up the route; nothing is sent. Returns 0 or errno. */
static int connect_datagram(int fd, const pl_addr *address) {
  pl_socket_address socket;
  socklen_t length = pl_sockaddr_to_socket(&(pl_sockaddr){*address, 443}, &socket);
  return connect(fd, &socket.any, length) == 0 ? 0 : errno;
}

static int open_datagram(const pl_addr *address) {
  int family = address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6;
  return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

bool pl_host_routes_to(const pl_addr *address) {
  int fd = open_datagram(address);
  if (fd < 0)
    return errno != EAFNOSUPPORT;
  int error = connect_datagram(fd, address);
  close(fd);
  return error != ENETUNREACH && error != EADDRNOTAVAIL;
}

/* Works even if a whole network is local to the host, and no interface lists the address. */
pl_addr pl_host_source(const pl_addr *address) {
  pl_addr source = {.family = PL_FAMILY_NONE};
  int fd = open_datagram(address);
  if (fd < 0)
    return source;
  pl_socket_address local = {.any = {.sa_family = AF_UNSPEC}};
  socklen_t length = sizeof(local);
  if (connect_datagram(fd, address) == 0 && getsockname(fd, &local.any, &length) == 0)
    source = pl_addr_of_socket(&local.any);
  close(fd);
  return source;
}

uint64_t pl_host_ipsec_drops(void) {
  static const char name[] = "\nXfrmOutNoStates";
  pl_file_content file;
  if (pl_file_read_optional("/proc/net/xfrm_stat", 65536, &file, NULL) != PL_OK ||
      file.text == NULL)
    return 0;
  const char *line = strstr(file.text, name);
  uint64_t drops = line != NULL ? strtoull(line + sizeof(name) - 1, NULL, 10) : 0;
  free(file.text);
  return drops;
}
