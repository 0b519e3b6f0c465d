/* Converts addresses to the form that sockets take, and back. */
#include "probe/sockaddr.h"
#include <string.h>

socklen_t pl_sockaddr_to_socket(const pl_sockaddr *sockaddr, pl_socket_address *ret_address) {
  memset(ret_address, 0, sizeof(*ret_address));
  if (sockaddr->address.family == PL_FAMILY_IPV4) {
    ret_address->v4.sin_family = AF_INET;
    ret_address->v4.sin_port = htons(sockaddr->port);
    memcpy(&ret_address->v4.sin_addr, sockaddr->address.bytes, 4);
    return sizeof(ret_address->v4);
  }
  ret_address->v6.sin6_family = AF_INET6;
  ret_address->v6.sin6_port = htons(sockaddr->port);
  memcpy(&ret_address->v6.sin6_addr, sockaddr->address.bytes, 16);
  return sizeof(ret_address->v6);
}

pl_addr pl_addr_of_socket(const struct sockaddr *address) {
  const void *any = address;
  if (address->sa_family == AF_INET)
    return pl_addr_make(PL_FAMILY_IPV4, &((const struct sockaddr_in *)any)->sin_addr);
  if (address->sa_family == AF_INET6)
    return pl_addr_make(PL_FAMILY_IPV6, &((const struct sockaddr_in6 *)any)->sin6_addr);
  return (pl_addr){.family = PL_FAMILY_NONE};
}
