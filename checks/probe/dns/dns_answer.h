/* Reads one DNS message as the answer to one question (RFC 1035 section 4, RFC 3596). Pure: bytes
 * in, fact out; fuzzed. Any thread. */
#ifndef PL_PROBE_DNS_DNS_ANSWER_H
#define PL_PROBE_DNS_DNS_ANSWER_H

#include "facts/facts.h"

/* Fills outcome, rcode, answers, canonical and ttl of `fact` from a message that answers
 * (`name`, `type`, IN). Follows the CNAME chain inside the message; what does not hang together is
 * PL_DNS_MALFORMED. A chain that ends without an address and without a sign that the zone of its
 * end was asked (a SOA in the authority section, or another answer of its resolver) is
 * PL_DNS_MALFORMED too where the chain is cut or loops, PL_DNS_NODATA where it is whole. */
pl_status pl_dns_answer_read(const uint8_t *message, size_t length, const char *name,
                             pl_dns_type type, pl_dns_fact *fact) PL_MUST_USE;

/* RFC 7050: the NAT64 prefix in the AAAA answers of ipv4only.arpa; false where there is none. */
bool pl_nat64_prefix(const pl_addr_list *answers, pl_addr *ret_prefix, unsigned *ret_length);
/* RFC 6052 2.2: `ipv4` behind the prefix. */
pl_addr pl_nat64_make(const pl_addr *prefix, unsigned length, const pl_addr *ipv4);

#endif
