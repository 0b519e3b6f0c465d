/* Reads one DNS message as the answer to one question (RFC 1035 section 4, RFC 3596), and writes
 * one question. Pure, any thread. Fuzzed. */
#ifndef PL_PROBE_DNS_DNS_ANSWER_H
#define PL_PROBE_DNS_DNS_ANSWER_H

#include "facts/facts.h"

/* Fills outcome, rcode, answers, canonical and ttl of `fact` from a message that answers
 * (`name`, `type`, IN). The rcode includes its extension (RFC 6891 6.1.3): BADVERS is an error.
 * Follows the CNAME chain inside the message. A message that is cut or contradicts itself is
 * PL_DNS_MALFORMED. So is one without an address, unless it shows that the end of the chain has
 * none (RFC 2308 2.2): then it is PL_DNS_NODATA. PL_ERR_INVALID for a name that does not fit DNS,
 * or PL_ERR_MEMORY. */
pl_status pl_dns_answer_read(const uint8_t *message, size_t length, const char *name,
                             pl_dns_type type, pl_dns_fact *fact) PL_MUST_USE;

/* A question with recursion desired and an OPT record (RFC 6891 6.1) without options. */
typedef struct pl_dns_question {
  uint8_t bytes[PL_LIMIT_HOST + 2 + 27]; /* the name, and the rest of header, question and OPT */
  size_t length;
} pl_dns_question;

/* For (`name`, `type`, IN). PL_ERR_INVALID for a name that does not fit DNS. */
pl_status pl_dns_question_make(uint16_t id, const char *name, pl_dns_type type,
                               pl_dns_question *ret_question) PL_MUST_USE;

#endif
