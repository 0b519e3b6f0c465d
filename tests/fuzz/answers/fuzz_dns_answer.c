/* A DNS message from the network, read as the answer to each kind of question. */
#include "probe/dns/dns_answer.h"
#include "probe/nat64.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What holds for every message. */
static void check(const pl_dns_fact *fact) {
  const bool answer = fact->outcome == PL_DNS_ANSWER;
  if (answer != (fact->answers.count > 0) || fact->answers.count > PL_LIMIT_ADDRESSES)
    abort();
  for (size_t i = 1; i < fact->answers.count; i++) {
    if (pl_addr_compare(&fact->answers.items[i - 1], &fact->answers.items[i]) >= 0)
      abort();
  }
  if (fact->outcome == PL_DNS_MALFORMED && (fact->ttl != 0 || fact->canonical[0] != '\0'))
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const pl_dns_type types[] = {PL_DNS_A, PL_DNS_AAAA};
  pl_addr prefix;
  unsigned length;
  const bool over_tcp = size > 0 && bytes[0] % 2 != 0; /* of the id, which nothing else reads */
  for (size_t i = 0; i < PL_COUNT_OF(types); i++) {
    pl_dns_fact fact = {.over_tcp = over_tcp};
    if (pl_dns_answer_read(bytes, size, "svc.example.com", types[i], &fact) != PL_OK)
      abort();
    check(&fact);
    (void)pl_nat64_prefix(&fact.answers, &prefix, &length);
    pl_addr_list_free(&fact.answers);
  }
  return 0;
}
