/* Converts addresses to and from the form that sockets take. Pure functions, any thread. */
#ifndef PL_PROBE_SOCKADDR_H
#define PL_PROBE_SOCKADDR_H

#include "base/addr.h"
#include <netinet/in.h>
#include <sys/socket.h>

typedef union pl_socket_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} pl_socket_address;

/* Returns its size. */
socklen_t pl_sockaddr_to_socket(const pl_sockaddr *sockaddr, pl_socket_address *ret_address);
/* Family NONE if it is neither IPv4 nor IPv6. */
pl_addr pl_addr_of_socket(const struct sockaddr *address);

#endif
