// Tests addresses, blocks and ports: parsing, writing, order and classes.
#include "alloc_fail.h"
#include "base/addr.h"
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static pl_addr address_of(const char *text) {
  pl_addr address = {0};
  if (pl_addr_parse(text, &address) != PL_OK)
    fail_msg("'%s' is no address", text);
  return address;
}

static pl_cidr cidr_of(const char *text) {
  pl_cidr cidr = {0};
  if (pl_cidr_parse(text, &cidr) != PL_OK)
    fail_msg("'%s' is no block", text);
  return cidr;
}

/* ---- one address ---------------------------------------------------------------------------- */

static void addresses_are_parsed_and_formatted(void **state) {
  (void)state;
  static const struct {
    const char *text;
    pl_family family;
    const char *formatted;
  } cases[] = {
      {"0.0.0.0", PL_FAMILY_IPV4, "0.0.0.0"},
      {"10.0.1.10", PL_FAMILY_IPV4, "10.0.1.10"},
      {"255.255.255.255", PL_FAMILY_IPV4, "255.255.255.255"},
      {"::", PL_FAMILY_IPV6, "::"},
      {"::1", PL_FAMILY_IPV6, "::1"},
      {"2001:DB8:0:0:1:0:0:1", PL_FAMILY_IPV6, "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", PL_FAMILY_IPV6, "2001:db8:0:1:1:1:1:1"},
      {"fe80:0000:0000:0000:0000:0000:0000:0001", PL_FAMILY_IPV6, "fe80::1"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PL_FAMILY_IPV6,
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"64:ff9b::192.0.2.1", PL_FAMILY_IPV6, "64:ff9b::c000:201"},
      /* Mapped ones become what a client would connect to. */
      {"::ffff:10.0.1.10", PL_FAMILY_IPV4, "10.0.1.10"},
      {"::ffff:0a00:010a", PL_FAMILY_IPV4, "10.0.1.10"},
      {"0:0:0:0:0:ffff:127.0.0.1", PL_FAMILY_IPV4, "127.0.0.1"},
      {"::fffe:10.0.1.10", PL_FAMILY_IPV6, "::fffe:a00:10a"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_addr address = address_of(cases[i].text);
    char text[PL_ADDR_TEXT];
    assert_int_equal(address.family, cases[i].family);
    assert_ptr_equal(pl_addr_format(&address, text), text);
    assert_string_equal(text, cases[i].formatted);
    pl_addr again = address_of(text);
    assert_true(pl_addr_equal(&address, &again));
  }
}

static void what_is_no_address_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      " ",
      "10",
      "10.0.0",
      "10.0.0.0.1",
      "10.0.0.256",
      "010.0.0.1",
      " 10.0.0.1",
      "10.0.0.1 ",
      "10.0.0.1\n",
      "10.0.0.1/32",
      "10.0.0.1:53",
      "0x0a.0.0.1",
      "1.2.3.-4",
      "host",
      "[::1]",
      "::1%lo",
      "fe80::1%eth0",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "12345::",
      "::ffff:1.2.3",
      "::/0",
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_addr address = {.family = 99};
    if (pl_addr_parse(cases[i], &address) != PL_ERR_INVALID)
      fail_msg("'%s' was taken", cases[i]);
    assert_int_equal(address.family, 99);
  }
}

static void addresses_are_made_of_bytes(void **state) {
  (void)state;
  static const uint8_t ipv4[4] = {192, 0, 2, 1};
  static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
  static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 10, 1, 2, 3};
  char text[PL_ADDR_TEXT];
  pl_addr address = pl_addr_make(PL_FAMILY_IPV4, ipv4);
  assert_string_equal(pl_addr_format(&address, text), "192.0.2.1");
  address = pl_addr_make(PL_FAMILY_IPV6, ipv6);
  assert_string_equal(pl_addr_format(&address, text), "2001:db8::1");
  address = pl_addr_make(PL_FAMILY_IPV6, mapped);
  assert_int_equal(address.family, PL_FAMILY_IPV4);
  assert_string_equal(pl_addr_format(&address, text), "10.1.2.3");
  address = pl_addr_make(PL_FAMILY_NONE, ipv4);
  assert_string_equal(pl_addr_format(&address, text), "-");
}

static void addresses_are_ordered(void **state) {
  (void)state;
  static const char *const ascending[] = {"0.0.0.0",         "9.255.0.0", "10.0.0.1", "10.0.0.2",
                                          "255.255.255.255", "::",        "::1",      "fe80::"};
  for (size_t i = 0; i < PL_COUNT_OF(ascending); i++) {
    for (size_t j = 0; j < PL_COUNT_OF(ascending); j++) {
      pl_addr a = address_of(ascending[i]), b = address_of(ascending[j]);
      int order = pl_addr_compare(&a, &b);
      assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
      assert_int_equal(pl_addr_equal(&a, &b), i == j);
      assert_int_equal(pl_addr_number(&a) == pl_addr_number(&b), i == j);
    }
  }
  pl_addr none = {0}, first = address_of("0.0.0.0");
  assert_true(pl_addr_compare(&none, &first) < 0);
}

/* ---- classes -------------------------------------------------------------------------------- */

static void expect_class(const pl_addr *address, pl_addr_class class) {
  static const bool connected[] = {
      [PL_ADDR_PUBLIC] = true,        [PL_ADDR_PRIVATE] = true,      [PL_ADDR_SHARED] = true,
      [PL_ADDR_DOCUMENTATION] = true, [PL_ADDR_BENCHMARKING] = true, [PL_ADDR_TRANSITION] = true,
      [PL_ADDR_RESERVED] = false};
  char text[PL_ADDR_TEXT];
  pl_addr_class found = pl_addr_classify(address);
  if (found != class)
    fail_msg("%s is %s", pl_addr_format(address, text), pl_addr_class_name(found));
  assert_int_equal(pl_addr_is_target(address), connected[class]);
}

/* The address before the first one of a block, or after the last one. False where there is none. */
static bool neighbour(pl_addr *address, unsigned bits, bool after) {
  for (unsigned i = bits / 8; i-- > 0;) {
    uint8_t edge = after ? 0xff : 0;
    bool carries = address->bytes[i] == edge;
    address->bytes[i] = (uint8_t)(address->bytes[i] + (after ? 1 : -1));
    if (!carries)
      return true;
  }
  return false;
}

/* Each block of the IANA registries, and of IANA's address spaces: its first and last address, and
 * the class of the addresses before and after it. */
static void blocks_have_a_class(void **state) {
  (void)state;
  enum {
    PUB = PL_ADDR_PUBLIC,
    PRIV = PL_ADDR_PRIVATE,
    DOC = PL_ADDR_DOCUMENTATION,
    BENCH = PL_ADDR_BENCHMARKING,
    TRANS = PL_ADDR_TRANSITION,
    LOOP = PL_ADDR_LOOPBACK,
    LINK = PL_ADDR_LINK_LOCAL,
    NONE = PL_ADDR_UNSPECIFIED,
    MULTI = PL_ADDR_MULTICAST,
    RES = PL_ADDR_RESERVED,
  };
  static const struct {
    const char *text;
    unsigned before, class, after;
  } cases[] = {
      {"0.0.0.0/8", NONE, NONE, PUB},
      {"10.0.0.0/8", PUB, PRIV, PUB},
      {"100.64.0.0/10", PUB, PL_ADDR_SHARED, PUB},
      {"127.0.0.0/8", PUB, LOOP, PUB},
      {"169.254.0.0/16", PUB, LINK, PUB},
      {"172.16.0.0/12", PUB, PRIV, PUB},
      {"192.0.0.0/24", PUB, RES, PUB},
      {"192.0.0.0/29", PUB, RES, RES},
      {"192.0.0.8", RES, RES, RES},
      {"192.0.0.9", RES, RES, RES},
      {"192.0.0.10", RES, RES, RES},
      {"192.0.0.170/31", RES, RES, RES},
      {"192.0.2.0/24", PUB, DOC, PUB},
      {"192.31.196.0/24", PUB, PUB, PUB},
      {"192.52.193.0/24", PUB, PUB, PUB},
      {"192.88.99.0/24", PUB, TRANS, PUB},
      {"192.88.99.2", TRANS, TRANS, TRANS},
      {"192.168.0.0/16", PUB, PRIV, PUB},
      {"192.175.48.0/24", PUB, PUB, PUB},
      {"198.18.0.0/15", PUB, BENCH, PUB},
      {"198.51.100.0/24", PUB, DOC, PUB},
      {"203.0.113.0/24", PUB, DOC, PUB},
      {"224.0.0.0/4", PUB, MULTI, RES},
      {"240.0.0.0/5", MULTI, RES, RES},
      {"255.255.255.255", RES, MULTI, MULTI},
      {"::", NONE, NONE, LOOP},
      {"::1", NONE, LOOP, NONE}, /* "::2" embeds 0.0.0.2 */
      {"64:ff9b:1::/48", RES, TRANS, RES},
      {"100::/64", RES, RES, RES},
      {"100:0:0:1::/64", RES, RES, RES},
      {"2000::/16", RES, PUB, TRANS},
      {"2001::/32", PUB, TRANS, RES},
      {"2001:1::1", RES, RES, RES},
      {"2001:1::2", RES, RES, RES},
      {"2001:1::3", RES, RES, RES},
      {"2001:2::/48", RES, BENCH, RES},
      {"2001:3::/32", RES, PUB, RES},
      {"2001:4:112::/48", RES, PUB, RES},
      {"2001:10::/28", RES, RES, PUB},
      {"2001:20::/28", RES, PUB, PUB},
      {"2001:30::/28", PUB, PUB, RES},
      {"2001:100::/24", RES, RES, PUB}, /* the end of 2001::/23 */
      {"2001:db8::/32", PUB, DOC, PUB},
      {"2002:808::/32", TRANS, TRANS, TRANS},
      {"2003::/16", MULTI, PUB, PUB}, /* 2002:ffff:ffff:: embeds 255.255.255.255 */
      {"2620:4f:8000::/48", PUB, PUB, PUB},
      {"3fff::/20", PUB, DOC, PUB},
      {"3fff:8000::/17", PUB, PUB, RES},
      {"5f00::/16", RES, RES, RES},
      {"fc00::/7", RES, PRIV, RES},
      {"fe80::/10", RES, LINK, PRIV},
      {"fec0::/10", LINK, PRIV, MULTI},
      {"ff00::/8", PRIV, MULTI, MULTI},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_cidr cidr = cidr_of(cases[i].text);
    unsigned bits = cidr.address.family == PL_FAMILY_IPV4 ? 32 : 128;
    pl_addr first = cidr.address, last = cidr.address;
    for (unsigned bit = cidr.prefix; bit < bits; bit++)
      last.bytes[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
    expect_class(&first, cases[i].class);
    expect_class(&last, cases[i].class);
    if (neighbour(&first, bits, false))
      expect_class(&first, cases[i].before);
    if (neighbour(&last, bits, true))
      expect_class(&last, cases[i].after);
  }
}

static void addresses_have_a_class(void **state) {
  (void)state;
  static const struct {
    const char *text;
    pl_addr_class class;
  } cases[] = {
      {"169.254.169.254", PL_ADDR_LINK_LOCAL},
      {"ff:ffff::", PL_ADDR_RESERVED},
      {"4000::", PL_ADDR_RESERVED},
      {"2606:4700:4700::1111", PL_ADDR_PUBLIC},
      {"fbff:ffff::", PL_ADDR_RESERVED},
      {"fe00::", PL_ADDR_RESERVED},
      /* Forms that embed an IPv4 address. */
      {"::ffff:10.0.0.1", PL_ADDR_PRIVATE},
      {"::ffff:8.8.8.8", PL_ADDR_PUBLIC},
      {"::2", PL_ADDR_UNSPECIFIED},
      {"::10.0.0.1", PL_ADDR_PRIVATE},
      {"::127.0.0.1", PL_ADDR_LOOPBACK},
      {"::8.8.8.8", PL_ADDR_RESERVED}, /* no longer routed */
      {"64:ff9b::100.64.0.1", PL_ADDR_SHARED},
      {"64:ff9b::169.254.169.254", PL_ADDR_LINK_LOCAL},
      {"64:ff9b::8.8.8.8", PL_ADDR_PUBLIC},
      {"64:ff9b::192.0.0.9", PL_ADDR_RESERVED},
      {"64:ff9b::192.0.2.1", PL_ADDR_DOCUMENTATION},
      {"64:ff9b::198.18.0.1", PL_ADDR_BENCHMARKING},
      {"64:ff9b::255.255.255.255", PL_ADDR_MULTICAST},
      {"64:ff9b::240.0.0.1", PL_ADDR_RESERVED},
      {"64:ff9b:0:1::10.0.0.1", PL_ADDR_RESERVED}, /* not the well-known prefix */
      {"64:ff9b:1::808:808", PL_ADDR_TRANSITION},  /* the local one */
      {"2002:0a00:0001::1", PL_ADDR_PRIVATE},
      {"2002:7f00:0001::", PL_ADDR_LOOPBACK},
      {"2002:c000:0201::1", PL_ADDR_DOCUMENTATION},
      {"2002:0808:0808::1", PL_ADDR_TRANSITION},
      {"2003:0a00:0001::1", PL_ADDR_PUBLIC},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_addr address = address_of(cases[i].text);
    expect_class(&address, cases[i].class);
  }
}

static void forms_that_were_never_parsed_have_a_class(void **state) {
  (void)state;
  const pl_addr mapped = {.family = PL_FAMILY_IPV6,
                          .bytes = {[10] = 0xff, [11] = 0xff, 127, 0, 0, 1}};
  assert_int_equal(pl_addr_classify(&mapped), PL_ADDR_LOOPBACK);
  const pl_addr none = {.family = PL_FAMILY_NONE};
  assert_int_equal(pl_addr_classify(&none), PL_ADDR_UNSPECIFIED);
  assert_false(pl_addr_is_target(&none));
}

static void classes_have_names(void **state) {
  (void)state;
  assert_string_equal(pl_addr_class_name(PL_ADDR_PUBLIC), "public");
  assert_string_equal(pl_addr_class_name(PL_ADDR_PRIVATE), "private");
  assert_string_equal(pl_addr_class_name(PL_ADDR_SHARED), "shared");
  assert_string_equal(pl_addr_class_name(PL_ADDR_DOCUMENTATION), "documentation");
  assert_string_equal(pl_addr_class_name(PL_ADDR_BENCHMARKING), "benchmarking");
  assert_string_equal(pl_addr_class_name(PL_ADDR_TRANSITION), "IPv6 transition");
  assert_string_equal(pl_addr_class_name(PL_ADDR_LOOPBACK), "loopback");
  assert_string_equal(pl_addr_class_name(PL_ADDR_LINK_LOCAL), "link-local");
  assert_string_equal(pl_addr_class_name(PL_ADDR_UNSPECIFIED), "unspecified");
  assert_string_equal(pl_addr_class_name(PL_ADDR_MULTICAST), "multicast");
  assert_string_equal(pl_addr_class_name((pl_addr_class)99), "");
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void blocks_are_parsed(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *address;
    unsigned prefix;
  } cases[] = {
      {"0.0.0.0/0", "0.0.0.0", 0},
      {"10.0.0.0/8", "10.0.0.0", 8},
      {"172.16.0.0/12", "172.16.0.0", 12},
      {"192.0.2.128/25", "192.0.2.128", 25},
      {"192.0.2.1/32", "192.0.2.1", 32},
      {"192.0.2.1", "192.0.2.1", 32},
      {"::/0", "::", 0},
      {"fc00::/7", "fc00::", 7},
      {"2001:db8::/32", "2001:db8::", 32},
      {"2001:db8::1/128", "2001:db8::1", 128},
      {"2001:db8::1", "2001:db8::1", 128},
      {"::ffff:10.0.0.0/104", "10.0.0.0", 8},
      {"::ffff:0.0.0.0/96", "0.0.0.0", 0},
      {"::ffff:10.0.0.1", "10.0.0.1", 32},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_cidr cidr = cidr_of(cases[i].text);
    pl_addr address = address_of(cases[i].address);
    assert_true(pl_addr_equal(&cidr.address, &address));
    assert_int_equal(cidr.prefix, cases[i].prefix);
  }
}

static void what_is_no_block_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      "/8",
      "10.0.0.0/",
      "10/8",
      "10.0.0.1/8", /* host bits */
      "11.0.0.0/7",
      "0.0.0.1/0",
      "192.0.2.129/25",
      "fc00::1/7",
      "fe00::/6",
      "::1/0",
      "10.0.0.0/33",
      "10.0.0.0/128",
      "10.0.0.0/4294967304", /* 8 beyond 32 bits */
      "fc00::/129",
      "10.0.0.0/08",
      "10.0.0.0/00",
      "10.0.0.0/+8",
      "10.0.0.0/-8",
      "10.0.0.0/ 8",
      "10.0.0.0/8 ",
      " 10.0.0.0/8",
      "10.0.0.0/8/8",
      "10.0.0.0/255.0.0.0",
      "10.0.0.0/a",
      "::ffff:10.0.0.0/8", /* ends in front of the IPv4 address */
      "::ffff:0.0.0.0/95",
      "::ffff:10.0.0.1/104",
      "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8",
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_cidr cidr = {.prefix = 99};
    if (pl_cidr_parse(cases[i], &cidr) != PL_ERR_INVALID)
      fail_msg("'%s' was taken", cases[i]);
    assert_int_equal(cidr.prefix, 99);
  }
}

static void blocks_contain_and_overlap(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    bool contains; /* a holds the first address of b */
    bool overlaps;
  } cases[] = {
      {"10.0.0.0/8", "10.255.255.255", true, true},
      {"10.0.0.0/8", "11.0.0.0", false, false},
      {"0.0.0.0/0", "203.0.113.1", true, true},
      {"0.0.0.0/0", "::1", false, false},
      {"::/0", "203.0.113.1", false, false},
      {"100.64.0.0/10", "100.127.255.255", true, true},
      {"100.64.0.0/10", "100.128.0.0", false, false},
      {"192.0.2.1", "192.0.2.1", true, true},
      {"192.0.2.1", "192.0.2.2", false, false},
      {"10.1.0.0/16", "10.0.0.0/8", false, true},
      {"10.0.0.0/8", "10.1.0.0/16", true, true},
      {"10.0.0.0/9", "10.128.0.0/9", false, false},
      {"fc00::/7", "fdff::1", true, true},
      {"fc00::/7", "fe00::/8", false, false},
      {"2001:db8::/127", "2001:db8::1", true, true},
      {"2001:db8::/127", "2001:db8::2", false, false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_cidr a = cidr_of(cases[i].a), b = cidr_of(cases[i].b);
    if (pl_cidr_contains(&a, &b.address) != cases[i].contains)
      fail_msg("%s contains %s", cases[i].a, cases[i].b);
    if (pl_cidr_overlaps(&a, &b) != cases[i].overlaps ||
        pl_cidr_overlaps(&b, &a) != cases[i].overlaps)
      fail_msg("%s overlaps %s", cases[i].a, cases[i].b);
  }
}

/* ---- addresses with a port ------------------------------------------------------------------ */

static void ports_are_parsed(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *formatted; /* 853 is the default port */
  } cases[] = {
      {"10.0.0.2", "10.0.0.2:853"},
      {"10.0.0.2:53", "10.0.0.2:53"},
      {"10.0.0.2:1", "10.0.0.2:1"},
      {"10.0.0.2:65535", "10.0.0.2:65535"},
      {"::1", "[::1]:853"},
      {"[::1]", "[::1]:853"},
      {"[::1]:53", "[::1]:53"},
      {"fd00::53:1", "[fd00::53:1]:853"},
      {"[fd00::53]:65535", "[fd00::53]:65535"},
      {"::ffff:10.0.0.2", "10.0.0.2:853"},
      {"[::ffff:10.0.0.2]:53", "10.0.0.2:53"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_sockaddr sockaddr = {0};
    if (pl_sockaddr_parse(cases[i].text, 853, &sockaddr) != PL_OK)
      fail_msg("'%s' was refused", cases[i].text);
    char storage[64];
    pl_buf buf;
    pl_buf_fixed(&buf, storage, sizeof(storage));
    pl_sockaddr_add(&buf, &sockaddr);
    assert_string_equal(storage, cases[i].formatted);
  }
}

static void what_is_no_port_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      ":",
      ":53",
      "10.0.0.2:",
      "10.0.0.2:0",
      "10.0.0.2:65536",
      "10.0.0.2:+53",
      "10.0.0.2:-53",
      "10.0.0.2: 53",
      "10.0.0.2:53 ",
      "10.0.0.2:053",
      "10.0.0.2:dns",
      "10.0.0.2:4294967349",
      "10.0.0.2:53:53",
      "host:53",
      "[]",
      "[]:53",
      "[10.0.0.2]:53",
      "[::1",
      "[::1]53",
      "[::1]:",
      "[::1]:0",
      "[::1]:65536",
      "[::1]:+53",
      "[::1]:53x",
      "[::1]]:53",
      "[[::1]]:53",
      "::1]:53",
      "[::1%lo]:53",
      "::1::53",
      "fd00::1:99999",
      "10.0.0.2 :53",
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_sockaddr sockaddr = {.port = 99};
    if (pl_sockaddr_parse(cases[i], 853, &sockaddr) != PL_ERR_INVALID)
      fail_msg("'%s' was taken", cases[i]);
    assert_int_equal(sockaddr.port, 99);
  }
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void lists_have_no_duplicates_and_sort(void **state) {
  (void)state;
  static const char *const given[] = {"10.0.2.1", "::1", "10.0.1.1", "10.0.2.1", "::ffff:10.0.1.1"};
  static const char *const sorted[] = {"10.0.1.1", "10.0.2.1", "::1"};
  pl_addr_list list = {0};
  pl_addr_list_sort(&list);
  for (size_t i = 0; i < PL_COUNT_OF(given); i++) {
    pl_addr address = address_of(given[i]);
    assert_int_equal(pl_addr_list_add(&list, &address), PL_OK);
    assert_true(pl_addr_list_contains(&list, &address));
  }
  assert_int_equal(list.count, PL_COUNT_OF(sorted));
  pl_addr_list_sort(&list);
  for (size_t i = 0; i < PL_COUNT_OF(sorted); i++) {
    pl_addr address = address_of(sorted[i]);
    assert_true(pl_addr_equal(&list.items[i], &address));
  }
  pl_addr other = address_of("10.0.3.1");
  assert_false(pl_addr_list_contains(&list, &other));
  assert_false(list.truncated);
  pl_addr_list_free(&list);
  assert_null(list.items);
  assert_int_equal(list.count, 0);
  pl_addr_list_free(&list);
}

static void lists_report_that_they_are_full(void **state) {
  (void)state;
  pl_addr_list list = {0};
  for (uint8_t i = 0; i < PL_LIMIT_ADDRESSES; i++) {
    pl_addr address = {.family = PL_FAMILY_IPV4, .bytes = {10, 0, 0, i}};
    assert_int_equal(pl_addr_list_add(&list, &address), PL_OK);
  }
  pl_addr known = {.family = PL_FAMILY_IPV4, .bytes = {10, 0, 0, 1}};
  assert_int_equal(pl_addr_list_add(&list, &known), PL_OK);
  assert_false(list.truncated);
  pl_addr more = {.family = PL_FAMILY_IPV4, .bytes = {10, 1, 0, 0}};
  assert_int_equal(pl_addr_list_add(&list, &more), PL_OK);
  assert_true(list.truncated);
  assert_int_equal(list.count, PL_LIMIT_ADDRESSES);
  assert_false(pl_addr_list_contains(&list, &more));
  pl_addr_list_free(&list);
}

static void a_list_survives_a_failing_allocation(void **state) {
  (void)state;
  pl_addr first = address_of("10.0.0.1"), second = address_of("10.0.0.2");
  pl_addr_list list = {0};
  assert_int_equal(pl_addr_list_add(&list, &first), PL_OK);
  alloc_fail_arm(1);
  assert_int_equal(pl_addr_list_add(&list, &second), PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  assert_int_equal(list.count, 1);
  assert_true(pl_addr_list_contains(&list, &first));
  assert_int_equal(pl_addr_list_add(&list, &second), PL_OK);
  assert_int_equal(list.count, 2);
  pl_addr_list_free(&list);
}

static void names_are_equal_without_case_and_dot(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    bool equal;
  } cases[] = {
      {"api.example.com", "API.Example.com.", true},
      {"api.example.com.", "api.example.com.", true},
      {"api.example.com", "api.example.co", false},
      {"api.example.com", "api.example.com..", false},
      {"", "", true},
      {"", ".", true},
      {"", "a", false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    assert_int_equal(pl_host_equal(cases[i].a, cases[i].b), cases[i].equal);
    assert_int_equal(pl_host_equal(cases[i].b, cases[i].a), cases[i].equal);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_equal_without_case_and_dot),
      cmocka_unit_test(addresses_are_parsed_and_formatted),
      cmocka_unit_test(what_is_no_address_is_refused),
      cmocka_unit_test(addresses_are_made_of_bytes),
      cmocka_unit_test(addresses_are_ordered),
      cmocka_unit_test(blocks_have_a_class),
      cmocka_unit_test(addresses_have_a_class),
      cmocka_unit_test(forms_that_were_never_parsed_have_a_class),
      cmocka_unit_test(classes_have_names),
      cmocka_unit_test(blocks_are_parsed),
      cmocka_unit_test(what_is_no_block_is_refused),
      cmocka_unit_test(blocks_contain_and_overlap),
      cmocka_unit_test(ports_are_parsed),
      cmocka_unit_test(what_is_no_port_is_refused),
      cmocka_unit_test(lists_have_no_duplicates_and_sort),
      cmocka_unit_test(lists_report_that_they_are_full),
      cmocka_unit_test(a_list_survives_a_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
