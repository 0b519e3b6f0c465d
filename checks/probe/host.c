#include "probe/host.h"
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Unique local addresses count: where a container's IPv6 is translated on its way out, they are all
 * it has. */
static void note_address(pl_host *host, const struct sockaddr *address) {
  pl_addr found = {0};
  if (address != NULL && address->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, address, sizeof(in));
    found = pl_addr_make(PL_FAMILY_IPV4, &in.sin_addr);
    host->ipv4 = host->ipv4 || pl_addr_is_target(&found);
  } else if (address != NULL && address->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof(in6));
    found = pl_addr_make(PL_FAMILY_IPV6, &in6.sin6_addr);
    host->ipv6 = host->ipv6 || pl_addr_is_target(&found);
  }
}

/* A container bridge has an address, and leads nowhere. Any address of the world is as good to ask
 * with: nothing is sent. */
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

/* Connecting a datagram socket looks the route up, and sends nothing. */
static int connect_datagram(int fd, const pl_addr *address) {
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
  if (address->family == PL_FAMILY_IPV4) {
    memcpy(&in.sin_addr, address->bytes, 4);
    return connect(fd, (const struct sockaddr *)&in, sizeof(in));
  }
  memcpy(&in6.sin6_addr, address->bytes, 16);
  return connect(fd, (const struct sockaddr *)&in6, sizeof(in6));
}

bool pl_host_routes_to(const pl_addr *address) {
  int fd =
      socket(address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return errno != EAFNOSUPPORT;
  int result = connect_datagram(fd, address);
  int error = errno;
  close(fd);
  return result == 0 || (error != ENETUNREACH && error != EADDRNOTAVAIL);
}

/* Also where a whole network is local to the host, and no interface lists the address. */
pl_addr pl_host_source(const pl_addr *address) {
  pl_addr source = {.family = PL_FAMILY_NONE};
  int fd =
      socket(address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return source;
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } local = {.any = {.sa_family = AF_UNSPEC}};
  socklen_t length = sizeof(local);
  if (connect_datagram(fd, address) == 0 && getsockname(fd, &local.any, &length) == 0)
    source = address->family == PL_FAMILY_IPV4 ? pl_addr_make(PL_FAMILY_IPV4, &local.in.sin_addr)
                                               : pl_addr_make(PL_FAMILY_IPV6, &local.in6.sin6_addr);
  close(fd);
  return source;
}

size_t pl_host_public_resolvers(const pl_host *host, const pl_spec *spec,
                                pl_sockaddr ret_list[PL_LIMIT_RESOLVERS]) {
  size_t of_family = 0, routed = 0;
  pl_sockaddr with_route[PL_LIMIT_RESOLVERS];
  for (size_t i = 0; i < spec->public_resolvers.count && of_family < PL_LIMIT_RESOLVERS; i++) {
    const pl_sockaddr *resolver = &spec->public_resolvers.items[i];
    if (spec->public_resolvers_default && !pl_host_has(host, resolver->address.family))
      continue;
    ret_list[of_family++] = *resolver;
    if (spec->public_resolvers_default && pl_host_routes_to(&resolver->address))
      with_route[routed++] = *resolver;
  }
  if (routed == 0)
    return of_family;
  memcpy(ret_list, with_route, routed * sizeof(*ret_list));
  return routed;
}
