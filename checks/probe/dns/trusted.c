/* The certificate names of well-known public resolvers, as their operators document them. */
#include "probe/dns/trusted.h"
#include <string.h>

static const struct {
  const char *address, *name;
} resolvers[] = {
    {"1.1.1.1", "cloudflare-dns.com"},
    {"1.0.0.1", "cloudflare-dns.com"},
    {"2606:4700:4700::1111", "cloudflare-dns.com"},
    {"2606:4700:4700::1001", "cloudflare-dns.com"},
    {"8.8.8.8", "dns.google"},
    {"8.8.4.4", "dns.google"},
    {"2001:4860:4860::8888", "dns.google"},
    {"2001:4860:4860::8844", "dns.google"},
    {"9.9.9.9", "dns.quad9.net"},
    {"149.112.112.112", "dns.quad9.net"},
    {"2620:fe::fe", "dns.quad9.net"},
    {"2620:fe::9", "dns.quad9.net"},
};

void pl_trusted_name(const pl_addr *resolver, char ret_name[PL_LIMIT_HOST + 1]) {
  char text[PL_ADDR_TEXT];
  const char *name = pl_addr_format(resolver, text);
  for (size_t i = 0; i < PL_COUNT_OF(resolvers); i++) {
    if (strcmp(resolvers[i].address, text) == 0)
      name = resolvers[i].name;
  }
  memcpy(ret_name, name, strlen(name) + 1);
}

uint16_t pl_trusted_port(pl_dns_transport transport) {
  static const uint16_t ports[] = {[PL_DNS_PLAIN] = 53, [PL_DNS_HTTPS] = 443, [PL_DNS_TLS] = 853};
  return ports[transport];
}
