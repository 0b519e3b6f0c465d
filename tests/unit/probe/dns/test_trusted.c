// Tests the certificate names of public resolvers.
#include "probe/dns/trusted.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void resolvers_have_their_names(void **state) {
  static const struct {
    const char *address, *name;
  } cases[] = {
      {"1.1.1.1", "cloudflare-dns.com"},
      {"1.0.0.1", "cloudflare-dns.com"},
      {"2606:4700:4700:0:0:0:0:1111", "cloudflare-dns.com"},
      {"2606:4700:4700::1001", "cloudflare-dns.com"},
      {"8.8.8.8", "dns.google"},
      {"8.8.4.4", "dns.google"},
      {"2001:4860:4860::8888", "dns.google"},
      {"2001:4860:4860:0::8844", "dns.google"},
      {"::ffff:8.8.8.8", "dns.google"},
      {"9.9.9.9", "dns.quad9.net"},
      {"2620:fe::9", "dns.quad9.net"},
      /* any other: its address */
      {"1.1.1.2", "1.1.1.2"},
      {"192.0.2.53", "192.0.2.53"},
      {"2001:db8:0::53", "2001:db8::53"},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char name[PL_LIMIT_HOST + 1];
    pl_addr address;
    assert_int_equal(pl_addr_parse(cases[i].address, &address), PL_OK);
    pl_trusted_name(&address, name);
    assert_string_equal(name, cases[i].name);
  }
}

static void transports_have_their_ports(void **state) {
  (void)state;
  assert_int_equal(pl_trusted_port(PL_DNS_PLAIN), 53);
  assert_int_equal(pl_trusted_port(PL_DNS_HTTPS), 443);
  assert_int_equal(pl_trusted_port(PL_DNS_TLS), 853);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(resolvers_have_their_names),
      cmocka_unit_test(transports_have_their_ports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
