/* IP addresses, address lists, CIDR blocks, and classes of addresses (public, private, ...).
 *
 * Values are plain data and may be copied. Only pl_addr_list owns memory. Pure functions, any
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

/* Classes of addresses, from the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890):
 * what they do not call globally reachable is not public. An IPv6 address
 * that embeds an IPv4 address has the class of that address if it is not public: mapped (RFC 4291
 * 2.5.5.2), compatible (RFC 4291 2.5.5.1), NAT64 with the well-known prefix (RFC 6052) and 6to4
 * (RFC 3056). */
typedef enum pl_addr_class {
  PL_ADDR_PUBLIC,
  PL_ADDR_PRIVATE,       /* 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10 */
  PL_ADDR_SHARED,        /* 100.64/10 */
  PL_ADDR_DOCUMENTATION, /* 192.0.2/24, 198.51.100/24, 203.0.113/24, 2001:db8::/32, 3fff::/20 */
  PL_ADDR_BENCHMARKING,  /* 198.18/15, 2001:2::/48 */
  PL_ADDR_TRANSITION,    /* 6to4, Teredo and local NAT64 (RFC 8215) */
  /* From here on: no probe connects to these. */
  PL_ADDR_LOOPBACK,    /* 127/8, ::1 */
  PL_ADDR_LINK_LOCAL,  /* 169.254/16, fe80::/10 */
  PL_ADDR_UNSPECIFIED, /* 0/8, :: */
  PL_ADDR_MULTICAST,   /* 224/4, ff00::/8, 255.255.255.255 */
  PL_ADDR_RESERVED,    /* 240/4, 192.0.0/24, 2001::/23, 100::/64; IPv6 outside 2000::/3 */
} pl_addr_class;

/* A growing list without duplicates, of at most PL_LIMIT_ADDRESSES. A zeroed list is empty. Free it
 * with pl_addr_list_free. */
typedef struct pl_addr_list {
  pl_addr *items;
  size_t count;
  bool truncated; /* an address was left out because the list was full */
} pl_addr_list;

/* Parses a numeric address as inet_pton does: IPv4 with four numbers, or IPv6 without zone and
 * brackets. An IPv4-mapped IPv6 address becomes the IPv4 address that a client would connect to. */
pl_status pl_addr_parse(const char *text, pl_addr *ret_address) PL_MUST_USE;
/* `bytes` has 4 or 16 bytes, depending on `family`. Mapped addresses become IPv4, as above. */
pl_addr pl_addr_make(pl_family family, const void *bytes);
/* RFC 6052 2.2: the IPv4 address inside an IPv6 address, whose first `length` bits are those of the
 * NAT64 prefix. False if they are not, or if the length is none of 32, 40, 48, 56, 64 and 96. */
bool pl_addr_extract(const pl_addr *address, const pl_addr *prefix, unsigned length,
                     pl_addr *ret_ipv4);
/* The other way round. */
pl_addr pl_addr_embed(const pl_addr *prefix, unsigned length, const pl_addr *ipv4);
/* Canonical text (RFC 5952); "-" for PL_FAMILY_NONE. Returns `storage`. */
const char *pl_addr_format(const pl_addr *address, char storage[PL_ADDR_TEXT]);
/* <0, 0, >0: IPv4 before IPv6, then by value. */
int pl_addr_compare(const pl_addr *a, const pl_addr *b);
bool pl_addr_equal(const pl_addr *a, const pl_addr *b);
/* A short number for an address, to see whether it is another one. Never 0. */
uint32_t pl_addr_number(const pl_addr *address);
pl_addr_class pl_addr_classify(const pl_addr *address);
/* Whether a probe may connect to the address: it may be a host's, in some network. The project
 * never connects to any other address, whether DNS or the configuration names it. */
bool pl_addr_is_target(const pl_addr *address);
const char *pl_addr_class_name(pl_addr_class class); /* "public", "private", "link-local" … */

/* Parses "10.0.0.0/8" or "fc00::/7". An address without a prefix is a block of one address. Host
 * bits that are set are an error, because they usually are a typing mistake. */
pl_status pl_cidr_parse(const char *text, pl_cidr *ret_cidr) PL_MUST_USE;
bool pl_cidr_contains(const pl_cidr *cidr, const pl_addr *address);
bool pl_cidr_overlaps(const pl_cidr *a, const pl_cidr *b);

/* Parses "IP", "IP:PORT", "[IPv6]" or "[IPv6]:PORT". The port is 1 to 65535. `port` is the default.
 */
pl_status pl_sockaddr_parse(const char *text, uint16_t port, pl_sockaddr *ret_sockaddr) PL_MUST_USE;
void pl_sockaddr_add(pl_buf *buf, const pl_sockaddr *sockaddr); /* "1.2.3.4:53", "[::1]:53" */

/* Adds the address unless the list has it. A full list sets `truncated`; that is PL_OK, too. */
pl_status pl_addr_list_add(pl_addr_list *list, const pl_addr *address) PL_MUST_USE;
bool pl_addr_list_contains(const pl_addr_list *list, const pl_addr *address);
void pl_addr_list_sort(pl_addr_list *list); /* in the order of pl_addr_compare */
void pl_addr_list_free(pl_addr_list *list);

/* Whether `host` is a valid host name: letters, digits and hyphens (RFC 1123 section 2.1), and
 * underscores, which providers use. Labels have 1 to 63 characters, the name at most 253. One dot
 * may follow it. The last label is not a number. */
bool pl_host_valid(const char *host);
/* Whether both are the same name: without regard to case and to one dot that follows. */
bool pl_host_equal(const char *a, const char *b);

#endif
