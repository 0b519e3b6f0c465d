/* Reads one DNS message as the answer to one question (RFC 1035 section 4, RFC 3596). Pure, any
 * thread. Fuzzed. */
#ifndef PL_PROBE_DNS_DNS_ANSWER_H
#define PL_PROBE_DNS_DNS_ANSWER_H

#include "facts/facts.h"

/* Fills outcome, rcode, answers, canonical and ttl of `fact` from a message that answers
 * (`name`, `type`, IN). Follows the CNAME chain inside the message. A message that is cut or
 * contradicts itself is PL_DNS_MALFORMED. So is one without an address, unless it shows that the
 * end of the chain has none (RFC 2308 2.2): then it is PL_DNS_NODATA. PL_ERR_INVALID for a name
 * that does not fit DNS, or PL_ERR_MEMORY. */
pl_status pl_dns_answer_read(const uint8_t *message, size_t length, const char *name,
                             pl_dns_type type, pl_dns_fact *fact) PL_MUST_USE;

#endif
