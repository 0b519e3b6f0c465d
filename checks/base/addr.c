/* Parses, prints, compares and classifies IP addresses. */
#include "base/addr.h"
#include "base/hash.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IPV4_BITS 32u
#define IPV6_BITS 128u

/* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */
static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* A decimal number of digits only: no sign, blank or leading zero. */
static pl_status parse_decimal(const char *text, unsigned max, unsigned *ret_value) {
  if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
    return PL_ERR_INVALID;
  unsigned value = 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return PL_ERR_INVALID;
    value = value * 10 + (unsigned)(*text - '0');
    if (value > max)
      return PL_ERR_INVALID;
  }
  *ret_value = value;
  return PL_OK;
}

/* ---- one address ---------------------------------------------------------------------------- */

pl_addr pl_addr_make(pl_family family, const void *bytes) {
  pl_addr address = {.family = (uint8_t)family};
  const uint8_t *from = bytes;
  switch (family) {
  case PL_FAMILY_NONE:
    break;
  case PL_FAMILY_IPV4:
    memcpy(address.bytes, from, 4);
    break;
  case PL_FAMILY_IPV6:
    if (memcmp(from, mapped_prefix, sizeof(mapped_prefix)) == 0)
      return pl_addr_make(PL_FAMILY_IPV4, from + sizeof(mapped_prefix));
    memcpy(address.bytes, from, 16);
    break;
  }
  return address;
}

pl_status pl_addr_parse(const char *text, pl_addr *ret_address) {
  uint8_t bytes[16];
  if (inet_pton(AF_INET, text, bytes) == 1) {
    *ret_address = pl_addr_make(PL_FAMILY_IPV4, bytes);
    return PL_OK;
  }
  if (inet_pton(AF_INET6, text, bytes) == 1) {
    *ret_address = pl_addr_make(PL_FAMILY_IPV6, bytes);
    return PL_OK;
  }
  return PL_ERR_INVALID;
}

/* Parses the first `length` bytes of `text`. */
static pl_status parse_part(const char *text, size_t length, pl_addr *ret_address) {
  char part[PL_ADDR_TEXT];
  if (length >= sizeof(part))
    return PL_ERR_INVALID;
  memcpy(part, text, length);
  part[length] = '\0';
  return pl_addr_parse(part, ret_address);
}

const char *pl_addr_format(const pl_addr *address, char storage[PL_ADDR_TEXT]) {
  if (address->family == PL_FAMILY_NONE) {
    storage[0] = '-';
    storage[1] = '\0';
    return storage;
  }
  int family = address->family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6;
  inet_ntop(family, address->bytes, storage, PL_ADDR_TEXT);
  return storage;
}

int pl_addr_compare(const pl_addr *a, const pl_addr *b) {
  if (a->family != b->family)
    return a->family < b->family ? -1 : 1;
  return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool pl_addr_equal(const pl_addr *a, const pl_addr *b) { return pl_addr_compare(a, b) == 0; }

/* Whether the first `bits` bits of both are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits) {
  size_t whole = bits / 8;
  if (memcmp(a, b, whole) != 0)
    return false;
  unsigned rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

/* ---- classes -------------------------------------------------------------------------------- */

typedef struct block {
  uint8_t bytes[16];
  uint8_t prefix;
  uint8_t ipv4_at; /* where the IPv4 address is that decides first; 0 for none */
  pl_addr_class class;
} block;

/* The IANA special-purpose address registries, and what is not unicast. Sorted: the last row that
 * contains an address is the most specific one. The registries call PCP, TURN and DNS-SD globally
 * reachable, but those addresses lead to a server of this host's own network. */
static const block ipv4_blocks[] = {
    {{0}, 8, 0, PL_ADDR_UNSPECIFIED},                 /* RFC 791 3.2 */
    {{10}, 8, 0, PL_ADDR_PRIVATE},                    /* RFC 1918 */
    {{100, 64}, 10, 0, PL_ADDR_SHARED},               /* RFC 6598 */
    {{127}, 8, 0, PL_ADDR_LOOPBACK},                  /* RFC 1122 3.2.1.3 */
    {{169, 254}, 16, 0, PL_ADDR_LINK_LOCAL},          /* RFC 3927 */
    {{172, 16}, 12, 0, PL_ADDR_PRIVATE},              /* RFC 1918 */
    {{192}, 24, 0, PL_ADDR_RESERVED},                 /* RFC 6890 2.2.2, 7335, 7600, 8880 */
    {{192, 0, 0, 9}, 32, 0, PL_ADDR_RESERVED},        /* PCP, RFC 7723 */
    {{192, 0, 0, 10}, 32, 0, PL_ADDR_RESERVED},       /* TURN, RFC 8155 */
    {{192, 0, 2}, 24, 0, PL_ADDR_DOCUMENTATION},      /* RFC 5737 */
    {{192, 31, 196}, 24, 0, PL_ADDR_PUBLIC},          /* AS112, RFC 7535 */
    {{192, 52, 193}, 24, 0, PL_ADDR_PUBLIC},          /* AMT, RFC 7450 */
    {{192, 88, 99}, 24, 0, PL_ADDR_TRANSITION},       /* 6to4, RFC 7526; 6a44, RFC 6751 */
    {{192, 168}, 16, 0, PL_ADDR_PRIVATE},             /* RFC 1918 */
    {{192, 175, 48}, 24, 0, PL_ADDR_PUBLIC},          /* AS112, RFC 7534 */
    {{198, 18}, 15, 0, PL_ADDR_BENCHMARKING},         /* RFC 2544 */
    {{198, 51, 100}, 24, 0, PL_ADDR_DOCUMENTATION},   /* RFC 5737 */
    {{203, 0, 113}, 24, 0, PL_ADDR_DOCUMENTATION},    /* RFC 5737 */
    {{224}, 4, 0, PL_ADDR_MULTICAST},                 /* RFC 5771 */
    {{240}, 4, 0, PL_ADDR_RESERVED},                  /* RFC 1112 4 */
    {{255, 255, 255, 255}, 32, 0, PL_ADDR_MULTICAST}, /* broadcast, RFC 919 7 */
};

static const block ipv6_blocks[] = {
    {{0}, 0, 0, PL_ADDR_RESERVED},                   /* RFC 4291 2.4: all but 2000::/3 */
    {{0}, 96, 12, PL_ADDR_RESERVED},                 /* IPv4-compatible, RFC 4291 2.5.5.1 */
    {{0}, 128, 0, PL_ADDR_UNSPECIFIED},              /* RFC 4291 2.5.2 */
    {{[15] = 1}, 128, 0, PL_ADDR_LOOPBACK},          /* RFC 4291 2.5.3 */
    {{[10] = 0xff, 0xff}, 96, 12, PL_ADDR_PUBLIC},   /* as IPv4, RFC 4291 2.5.5.2 */
    {{0, 0x64, 0xff, 0x9b}, 96, 12, PL_ADDR_PUBLIC}, /* NAT64, RFC 6052 2.1 */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, 0, PL_ADDR_TRANSITION}, /* local NAT64, RFC 8215 */
    {{1}, 64, 0, PL_ADDR_RESERVED},                           /* discard, RFC 6666 */
    {{1, [7] = 1}, 64, 0, PL_ADDR_RESERVED},                  /* dummy, RFC 9780 */
    {{0x20}, 3, 0, PL_ADDR_PUBLIC},                           /* global unicast, RFC 4291 2.4 */
    {{0x20, 1}, 23, 0, PL_ADDR_RESERVED},                     /* RFC 2928 */
    {{0x20, 1}, 32, 0, PL_ADDR_TRANSITION},                   /* Teredo, RFC 4380 */
    {{0x20, 1, 0, 1, [15] = 1}, 128, 0, PL_ADDR_RESERVED},    /* PCP, RFC 7723 */
    {{0x20, 1, 0, 1, [15] = 2}, 128, 0, PL_ADDR_RESERVED},    /* TURN, RFC 8155 */
    {{0x20, 1, 0, 1, [15] = 3}, 128, 0, PL_ADDR_RESERVED},    /* DNS-SD, RFC 9665 */
    {{0x20, 1, 0, 2}, 48, 0, PL_ADDR_BENCHMARKING},           /* RFC 5180 */
    {{0x20, 1, 0, 3}, 32, 0, PL_ADDR_PUBLIC},                 /* AMT, RFC 7450 */
    {{0x20, 1, 0, 4, 1, 0x12}, 48, 0, PL_ADDR_PUBLIC},        /* AS112, RFC 7535 */
    {{0x20, 1, 0, 0x10}, 28, 0, PL_ADDR_RESERVED},            /* ORCHID, RFC 4843 */
    {{0x20, 1, 0, 0x20}, 28, 0, PL_ADDR_PUBLIC},              /* ORCHIDv2, RFC 7343 */
    {{0x20, 1, 0, 0x30}, 28, 0, PL_ADDR_PUBLIC},              /* drones, RFC 9374 */
    {{0x20, 1, 0x0d, 0xb8}, 32, 0, PL_ADDR_DOCUMENTATION},    /* RFC 3849 */
    {{0x20, 2}, 16, 2, PL_ADDR_TRANSITION},                   /* 6to4, RFC 3056 2 */
    {{0x26, 0x20, 0, 0x4f, 0x80}, 48, 0, PL_ADDR_PUBLIC},     /* AS112, RFC 7534 */
    {{0x3f, 0xff}, 20, 0, PL_ADDR_DOCUMENTATION},             /* RFC 9637 */
    {{0x5f}, 16, 0, PL_ADDR_RESERVED},                        /* SRv6, RFC 9602 */
    {{0xfc}, 7, 0, PL_ADDR_PRIVATE},                          /* RFC 4193 */
    {{0xfe, 0x80}, 10, 0, PL_ADDR_LINK_LOCAL},                /* RFC 4291 2.5.6 */
    {{0xfe, 0xc0}, 10, 0, PL_ADDR_PRIVATE},                   /* RFC 3879 */
    {{0xff}, 8, 0, PL_ADDR_MULTICAST},                        /* RFC 4291 2.7 */
};

static const block *last_block(const uint8_t *bytes, const block *blocks, size_t count) {
  const block *found = NULL;
  for (size_t i = 0; i < count; i++) {
    if (same_bits(bytes, blocks[i].bytes, blocks[i].prefix))
      found = &blocks[i];
  }
  return found;
}

static pl_addr_class classify_ipv4(const uint8_t *bytes) {
  const block *found = last_block(bytes, ipv4_blocks, PL_COUNT_OF(ipv4_blocks));
  return found != NULL ? found->class : PL_ADDR_PUBLIC;
}

uint32_t pl_addr_number(const pl_addr *address) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_number(&hash, address->family);
  pl_hash_bytes(&hash, address->bytes, sizeof(address->bytes));
  uint32_t number = (uint32_t)pl_hash_end(hash);
  return number != 0 ? number : 1;
}

pl_addr_class pl_addr_classify(const pl_addr *address) {
  const uint8_t *bytes = address->bytes;
  if (address->family == PL_FAMILY_NONE)
    return PL_ADDR_UNSPECIFIED;
  if (address->family == PL_FAMILY_IPV4)
    return classify_ipv4(bytes);
  const block *found = last_block(bytes, ipv6_blocks, PL_COUNT_OF(ipv6_blocks));
  pl_addr_class embedded =
      found->ipv4_at != 0 ? classify_ipv4(bytes + found->ipv4_at) : PL_ADDR_PUBLIC;
  return embedded != PL_ADDR_PUBLIC ? embedded : found->class;
}

/* RFC 6052 2.2: where the IPv4 bytes are for each prefix length; byte 8 is reserved. */
static const struct {
  unsigned length;
  uint8_t at[4];
} nat64_layout[] = {
    {96, {12, 13, 14, 15}}, {64, {9, 10, 11, 12}}, {56, {7, 9, 10, 11}},
    {48, {6, 7, 9, 10}},    {40, {5, 6, 7, 9}},    {32, {4, 5, 6, 7}},
};

/* NULL for a length that is none. */
static const uint8_t *nat64_places(unsigned length) {
  for (size_t l = 0; l < PL_COUNT_OF(nat64_layout); l++) {
    if (nat64_layout[l].length == length)
      return nat64_layout[l].at;
  }
  return NULL;
}

bool pl_addr_extract(const pl_addr *address, const pl_addr *prefix, unsigned length,
                     pl_addr *ret_ipv4) {
  const uint8_t *at = nat64_places(length);
  if (at == NULL || address->family != PL_FAMILY_IPV6 ||
      !same_bits(address->bytes, prefix->bytes, length))
    return false;
  *ret_ipv4 = (pl_addr){.family = PL_FAMILY_IPV4};
  for (size_t i = 0; i < 4; i++)
    ret_ipv4->bytes[i] = address->bytes[at[i]];
  return true;
}

pl_addr pl_addr_embed(const pl_addr *prefix, unsigned length, const pl_addr *ipv4) {
  pl_addr made = {.family = PL_FAMILY_IPV6};
  const uint8_t *at = nat64_places(length);
  memcpy(made.bytes, prefix->bytes, sizeof(made.bytes));
  for (size_t i = 0; i < 4 && at != NULL; i++)
    made.bytes[at[i]] = ipv4->bytes[i];
  return made;
}

bool pl_addr_is_target(const pl_addr *address) {
  return pl_addr_classify(address) < PL_ADDR_LOOPBACK;
}

const char *pl_addr_class_name(pl_addr_class class) {
  static const char *const names[] = {
      [PL_ADDR_PUBLIC] = "public",
      [PL_ADDR_PRIVATE] = "private",
      [PL_ADDR_SHARED] = "shared",
      [PL_ADDR_DOCUMENTATION] = "documentation",
      [PL_ADDR_BENCHMARKING] = "benchmarking",
      [PL_ADDR_TRANSITION] = "IPv6 transition",
      [PL_ADDR_LOOPBACK] = "loopback",
      [PL_ADDR_LINK_LOCAL] = "link-local",
      [PL_ADDR_UNSPECIFIED] = "unspecified",
      [PL_ADDR_MULTICAST] = "multicast",
      [PL_ADDR_RESERVED] = "reserved",
  };
  return (size_t) class < PL_COUNT_OF(names) ? names[class] : "";
}

/* ---- blocks and ports ----------------------------------------------------------------------- */

pl_status pl_cidr_parse(const char *text, pl_cidr *ret_cidr) {
  const char *slash = strchr(text, '/');
  size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
  pl_addr address;
  pl_status status = parse_part(text, length, &address);
  if (status != PL_OK)
    return status;

  /* A mapped address became IPv4. Its prefix also counts the 96 bits before the IPv4 address. */
  bool written_ipv6 = memchr(text, ':', length) != NULL;
  unsigned skipped = written_ipv6 && address.family == PL_FAMILY_IPV4 ? IPV6_BITS - IPV4_BITS : 0;
  unsigned prefix = written_ipv6 ? IPV6_BITS : IPV4_BITS;
  if (slash != NULL) {
    status = parse_decimal(slash + 1, prefix, &prefix);
    if (status != PL_OK)
      return status;
  }
  if (prefix < skipped)
    return PL_ERR_INVALID;
  prefix -= skipped;

  for (unsigned bit = prefix; bit < IPV6_BITS; bit++) {
    if ((address.bytes[bit / 8] & (0x80u >> (bit % 8))) != 0)
      return PL_ERR_INVALID;
  }
  *ret_cidr = (pl_cidr){.address = address, .prefix = (uint8_t)prefix};
  return PL_OK;
}

bool pl_cidr_contains(const pl_cidr *cidr, const pl_addr *address) {
  return cidr->address.family == address->family &&
         same_bits(cidr->address.bytes, address->bytes, cidr->prefix);
}

bool pl_cidr_overlaps(const pl_cidr *a, const pl_cidr *b) {
  return a->prefix <= b->prefix ? pl_cidr_contains(a, &b->address)
                                : pl_cidr_contains(b, &a->address);
}

/* Splits "IP:PORT", "[IPv6]" and "[IPv6]:PORT". `*ret_port` is NULL if there is no port. */
static pl_status split_port(const char *text, pl_addr *ret_address, const char **ret_port) {
  if (text[0] != '[') {
    /* IPv6 without brackets has no port: its last group would look like one. */
    const char *colon = strchr(text, ':');
    if (colon == NULL)
      return PL_ERR_INVALID;
    *ret_port = colon + 1;
    return parse_part(text, (size_t)(colon - text), ret_address);
  }
  const char *host = text + 1;
  size_t length = strcspn(host, "]");
  const char *rest = host + length;
  if (memchr(host, ':', length) == NULL || rest[0] == '\0')
    return PL_ERR_INVALID;
  if (rest[1] != '\0' && rest[1] != ':')
    return PL_ERR_INVALID;
  *ret_port = rest[1] == ':' ? rest + 2 : NULL;
  return parse_part(host, length, ret_address);
}

pl_status pl_sockaddr_parse(const char *text, uint16_t port, pl_sockaddr *ret_sockaddr) {
  pl_addr address;
  const char *port_text = NULL;
  pl_status status = pl_addr_parse(text, &address);
  if (status != PL_OK)
    status = split_port(text, &address, &port_text);
  if (status != PL_OK)
    return status;
  unsigned number = port;
  if (port_text != NULL) {
    status = parse_decimal(port_text, UINT16_MAX, &number);
    if (status != PL_OK)
      return status;
    if (number == 0)
      return PL_ERR_INVALID;
  }
  ret_sockaddr->address = address; /* one by one: see pl_list_share */
  ret_sockaddr->port = (uint16_t)number;
  return PL_OK;
}

void pl_sockaddr_add(pl_buf *buf, const pl_sockaddr *sockaddr) {
  char text[PL_ADDR_TEXT];
  pl_addr_format(&sockaddr->address, text);
  bool brackets = sockaddr->address.family == PL_FAMILY_IPV6;
  pl_buf_addf(buf, brackets ? "[%s]:%u" : "%s:%u", text, (unsigned)sockaddr->port);
}

/* ---- lists ---------------------------------------------------------------------------------- */

pl_status pl_addr_list_add(pl_addr_list *list, const pl_addr *address) {
  if (pl_addr_list_contains(list, address))
    return PL_OK;
  if (list->count >= PL_LIMIT_ADDRESSES) {
    list->truncated = true;
    return PL_OK;
  }
  /* Lists are short, so the struct needs no capacity. */
  pl_addr *items = realloc(list->items, (list->count + 1) * sizeof(*items));
  if (items == NULL)
    return PL_ERR_MEMORY;
  items[list->count++] = *address;
  list->items = items;
  return PL_OK;
}

bool pl_addr_list_contains(const pl_addr_list *list, const pl_addr *address) {
  for (size_t i = 0; i < list->count; i++) {
    if (pl_addr_equal(&list->items[i], address))
      return true;
  }
  return false;
}

static int compare_items(const void *a, const void *b) { return pl_addr_compare(a, b); }

void pl_addr_list_sort(pl_addr_list *list) {
  if (list->count > 1)
    qsort(list->items, list->count, sizeof(*list->items), compare_items);
}

void pl_addr_list_free(pl_addr_list *list) {
  free(list->items);
  *list = (pl_addr_list){0};
}

/* ---- host names ----------------------------------------------------------------------------- */

bool pl_host_valid(const char *host) {
  size_t length = strlen(host), label = 0;
  if (length > 0 && host[length - 1] == '.')
    length--;
  if (length == 0 || length > PL_LIMIT_HOST)
    return false;
  bool digits_only = true; /* in this label; the last label of an IPv4 address has only digits */
  for (size_t i = 0; i < length; i++) {
    char c = host[i];
    bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.') {
      if (label == 0 || host[i - 1] == '-')
        return false;
      label = 0;
      digits_only = true;
      continue;
    }
    if (!alnum && c != '_' && (c != '-' || label == 0))
      return false;
    digits_only = digits_only && c >= '0' && c <= '9';
    if (++label > PL_LIMIT_LABEL)
      return false;
  }
  return label > 0 && host[length - 1] != '-' && !digits_only;
}

static size_t length_without_dot(const char *host) {
  size_t length = strlen(host);
  return length > 0 && host[length - 1] == '.' ? length - 1 : length;
}

bool pl_host_equal(const char *a, const char *b) {
  size_t length = length_without_dot(a);
  return length == length_without_dot(b) && strncasecmp(a, b, length) == 0;
}
