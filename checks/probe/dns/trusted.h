/* How public resolvers show who they are: the name in the certificate of each that is well known.
 * Static data, any thread. */
#ifndef PL_PROBE_DNS_TRUSTED_H
#define PL_PROBE_DNS_TRUSTED_H

#include "facts/facts.h"

/* The name that the certificate of `resolver` must have, sent as SNI: its operator's, or for any
 * other resolver its address, which is checked as IP SAN and not sent. */
void pl_trusted_name(const pl_addr *resolver, char ret_name[PL_LIMIT_HOST + 1]);
/* 443, 853 (RFC 7858 3.1), and 53. */
uint16_t pl_trusted_port(pl_dns_transport transport);

#endif
