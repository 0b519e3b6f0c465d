/* IP addresses, address lists, CIDR blocks, and the question "is this a public address?".
 *
 * Values are plain data and copied freely; only pl_addr_list owns memory. Pure functions, any
 * thread.
 */
#ifndef PL_BASE_ADDR_H
#define PL_BASE_ADDR_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/status.h"
#include <stdint.h>

typedef enum pl_family {
  PL_FAMILY_NONE = 0, /* no address */
  PL_FAMILY_IPV4 = 4,
  PL_FAMILY_IPV6 = 6,
} pl_family;

typedef struct pl_addr {
  uint8_t family;    /* a pl_family */
  uint8_t bytes[16]; /* network order; IPv4 uses the first four, the rest are zero */
} pl_addr;

#define PL_ADDR_TEXT 46 /* bytes of an address as text, NUL included (INET6_ADDRSTRLEN) */

/* An address and a port. */
typedef struct pl_sockaddr {
  pl_addr address;
  uint16_t port;
} pl_sockaddr;

typedef struct pl_cidr {
  pl_addr address; /* host bits are zero */
  uint8_t prefix;
} pl_cidr;

/* What an address may be used for: IANA special-purpose registries, RFC 6890, RFC 1918, RFC 6598,
 * RFC 4193. Forms that embed an IPv4 address (mapped RFC 4291 2.5.5.2, compatible 2.5.5.1, NAT64
 * RFC 6052 well-known prefix, 6to4 RFC 3056) have the class of what they embed. Documentation
 * and benchmarking blocks count as public: nothing is claimed about them by leaving them out. */
typedef enum pl_addr_class {
  PL_ADDR_PUBLIC,
  PL_ADDR_PRIVATE,     /* 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10 */
  PL_ADDR_SHARED,      /* 100.64/10 */
  PL_ADDR_LOOPBACK,    /* 127/8, ::1 */
  PL_ADDR_LINK_LOCAL,  /* 169.254/16, fe80::/10 */
  PL_ADDR_UNSPECIFIED, /* 0/8, :: */
  PL_ADDR_MULTICAST,   /* 224/4, ff00::/8, 255.255.255.255 */
  /* 240/4 (RFC 1112 4), 192.0.0/24 (RFC 6890 2.2.2), IPv6 that is no global unicast (RFC 4291 2.4)
   * and translated to none (RFC 6052, RFC 8215), such as 100::/64 (RFC 6666): nobody answers there,
   * ever */
  PL_ADDR_RESERVED,
} pl_addr_class;

/* A bounded, growing list without duplicates. Zeroed is empty; pl_addr_list_free releases. */
typedef struct pl_addr_list {
  pl_addr *items;
  size_t count;
  bool truncated; /* more than PL_LIMIT_ADDRESSES were offered */
} pl_addr_list;

/* Parses a numeric address: dotted quad as inet_pton takes it, or IPv6 without zone or brackets.
 * An IPv4-mapped IPv6 address becomes the IPv4 address that a client would connect to. */
pl_status pl_addr_parse(const char *text, pl_addr *ret_address) PL_MUST_USE;
/* `bytes` has 4 or 16 bytes, as `family` says. Mapped addresses become IPv4, as above. */
pl_addr pl_addr_make(pl_family family, const void *bytes);
/* Canonical text (RFC 5952); "-" for PL_FAMILY_NONE. Returns `storage`. */
const char *pl_addr_format(const pl_addr *address, char storage[PL_ADDR_TEXT]);
/* <0, 0, >0: IPv4 before IPv6, then by value. */
int pl_addr_compare(const pl_addr *a, const pl_addr *b);
bool pl_addr_equal(const pl_addr *a, const pl_addr *b);
pl_addr_class pl_addr_classify(const pl_addr *address);
/* Unicast, and of more than link scope: what a probe may connect to. Everything else is never
 * connected to, whoever names it. */
bool pl_addr_is_target(const pl_addr *address);
const char *pl_addr_class_name(pl_addr_class class); /* "public", "private", "link-local" … */

/* "10.0.0.0/8", "fc00::/7"; a bare address is a block of one. Host bits that are set are an error,
 * since they are a typing mistake more often than not. */
pl_status pl_cidr_parse(const char *text, pl_cidr *ret_cidr) PL_MUST_USE;
bool pl_cidr_contains(const pl_cidr *cidr, const pl_addr *address);
bool pl_cidr_overlaps(const pl_cidr *a, const pl_cidr *b);

/* "IP", "IP:PORT", "[IPv6]", "[IPv6]:PORT". The port is 1 to 65535; `port` where none is given. */
pl_status pl_sockaddr_parse(const char *text, uint16_t port, pl_sockaddr *ret_sockaddr) PL_MUST_USE;
void pl_sockaddr_add(pl_buf *buf, const pl_sockaddr *sockaddr); /* "1.2.3.4:53", "[::1]:53" */

/* Adds unless it is there already; at the limit sets `truncated` and is still PL_OK. */
pl_status pl_addr_list_add(pl_addr_list *list, const pl_addr *address) PL_MUST_USE;
bool pl_addr_list_contains(const pl_addr_list *list, const pl_addr *address);
void pl_addr_list_sort(pl_addr_list *list); /* pl_addr_compare order */
void pl_addr_list_free(pl_addr_list *list);

/* Valid host names: RFC 1123 section 2.1 letters, digits, hyphens (and underscores, which
 * providers use), labels of 1 to 63, 253 in all, one trailing dot allowed; never all numeric. */
bool pl_host_valid(const char *host);

#endif
