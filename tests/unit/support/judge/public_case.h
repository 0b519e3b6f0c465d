/* Facts of a public check, for the tests of the judge. No allocation, so that a million of them are
 * cheap. */
#ifndef PL_TEST_PUBLIC_CASE_H
#define PL_TEST_PUBLIC_CASE_H

#include "judge/judge.h"
#include <string.h>

#define CASE_ADDRESSES 3
#define CASE_RESOLVERS 2

typedef struct public_case {
  pl_spec spec;
  pl_signature signatures[8];
  pl_facts facts;
  pl_target targets[CASE_ADDRESSES + 2]; /* the public ones, then private and counter */
  pl_dns_fact dns[2 * CASE_RESOLVERS];
  pl_addr answers[2 * CASE_RESOLVERS][CASE_ADDRESSES];
  pl_witness witnesses[2]; /* IPv4 and IPv6 */
} public_case;

#define T0                                                                                         \
  (100 * PL_SEC) /* the first answers of the witnesses are there, and the first attempts start */

static inline pl_addr case_address(pl_family family, unsigned n) {
  uint8_t bytes[16] = {30, 113, 0, (uint8_t)n};
  if (family == PL_FAMILY_IPV6)
    memcpy(bytes, (uint8_t[16]){0x3f, 0xfe, 0x0d, 0xb8, [15] = (uint8_t)n}, sizeof(bytes));
  return pl_addr_make(family, bytes);
}

/* From one attempt to the next: longer than a witness of the one can count for the other. */
#define CASE_GAP (2 * PL_SEC)

static inline pl_addr case_source(void) {
  return pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 9, 2});
}

static inline pl_route case_route(void) {
  return (pl_route){.known = true, .table = 254, .interface = 2};
}

static inline void case_good_certificate(pl_attempt_result *attempt) {
  attempt->certificate.seen = true;
  attempt->certificate.chain_ok = true;
  attempt->certificate.name_ok = true;
  attempt->certificate.time = PL_CERTIFICATE_VALID;
  attempt->certificate.not_after = 2000000000;
  attempt->certificate.has_scts = true;
  attempt->tls_version = 0x0304;
  attempt->tls_bytes = true;
}

/* Attempt number `n` at an address, as the engine would have timed it. */
static inline pl_attempt_result case_attempt(pl_end end, unsigned n) {
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  attempt.end = end;
  attempt.started = T0 + n * CASE_GAP;
  attempt.ended = attempt.started + PL_SEC / 2;
  attempt.local_port = (uint16_t)(40000 + n);
  attempt.source = case_source();
  attempt.body = PL_BODY_WHOLE;
  if (end >= PL_END_TLS_DONE)
    case_good_certificate(&attempt);
  return attempt;
}

/* Public address `i` of the case, with two attempts of the same end, or one if it answered. */
static inline void case_set_public(public_case *k, size_t i, pl_family family,
                                   pl_attempt_result attempt) {
  pl_target *target = &k->targets[i];
  *target = (pl_target){.role = PL_ROLE_PUBLIC,
                        .address = case_address(family, (unsigned)i + 1),
                        .port = 443,
                        .origins = PL_ORIGIN_DNS,
                        .route = case_route(),
                        .attempt_count = 1};
  target->attempts[0] = attempt;
  bool answered = attempt.end >= PL_END_TLS_UNVERIFIED || attempt.end == PL_END_CONNECTED;
  if (!answered) {
    target->attempt_count = 2;
    target->attempts[1] = attempt;
    target->attempts[1].started += CASE_GAP;
    target->attempts[1].ended += CASE_GAP;
    target->attempts[1].local_port++;
  }
  for (size_t r = 0; r < CASE_RESOLVERS; r++) {
    pl_dns_fact *fact = &k->dns[2 * r + (family == PL_FAMILY_IPV6)];
    if (fact->outcome != PL_DNS_NODATA && fact->outcome != PL_DNS_ANSWER)
      continue;
    fact->outcome = PL_DNS_ANSWER;
    fact->answers.items[fact->answers.count++] = target->address;
  }
}

/* A check of `count` public addresses, none set yet, everything around it in order: both
 * resolvers definite, witnesses of both families, the private side up and answering 200 without
 * credentials, the default signatures. */
static inline void case_init(public_case *k, size_t count) {
  memset(k, 0, sizeof(*k));
  pl_spec_init(&k->spec);
  static char name[] = "api", public_name[] = "api.example.com", private_name[] = "p.example.com";
  k->spec.name = name;
  k->spec.public_name = public_name;
  k->spec.private_name = private_name;
  k->spec.checks = PL_CHECK_BIT(PL_CHECK_PORT) | PL_CHECK_BIT(PL_CHECK_PUBLIC);
  /* What test_rivals.c tests one by one. */
  k->spec.accept =
      1u << PL_RIVAL_TENANT | 1u << PL_RIVAL_REQUEST | 1u << PL_RIVAL_KEY | 1u << PL_RIVAL_MOMENT;
  static pl_cidr private_range = {.address = {.family = PL_FAMILY_IPV4, .bytes = {10}},
                                  .prefix = 8};
  k->spec.private_ranges = (pl_cidrs){&private_range, 1};
  k->signatures[0] = (pl_signature){.kind = PL_SIGNATURE_HTTP, .status = 403, .alert = -1};
  k->signatures[1] = (pl_signature){.kind = PL_SIGNATURE_TCP_REFUSED, .alert = -1};
  k->signatures[2] = (pl_signature){.kind = PL_SIGNATURE_TCP_TIMEOUT, .alert = -1};
  k->spec.blocked_by = (pl_signatures){k->signatures, 3};
  pl_facts_init(&k->facts);
  k->facts.public_dns = k->dns;
  k->facts.public_dns_count = PL_COUNT_OF(k->dns);
  for (size_t i = 0; i < PL_COUNT_OF(k->dns); i++) {
    k->dns[i] = (pl_dns_fact){
        .resolver = {case_address(PL_FAMILY_IPV4, 100 + (unsigned)i / 2), 53},
        .transport = PL_DNS_HTTPS,
        .type = i % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA,
        .outcome = PL_DNS_NODATA,
        .answers.items = k->answers[i],
    };
  }
  k->facts.witnesses = k->witnesses;
  k->facts.witness_count = PL_COUNT_OF(k->witnesses);
  for (size_t i = 0; i < PL_COUNT_OF(k->witnesses); i++) {
    k->witnesses[i] = (pl_witness){
        .host = "witness",
        .address = case_address(i == 0 ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6, 200),
        .port = 443,
        .source = case_source(),
        .route = case_route(),
        .result_count = 2,
    };
    for (unsigned n = 0; n < 2; n++)
      k->witnesses[i].results[n] = (pl_witness_result){.end = PL_END_TLS_DONE,
                                                       .verified = true,
                                                       .started = T0 + n * CASE_GAP,
                                                       .ended = T0 + n * CASE_GAP + PL_SEC / 2};
  }
  k->facts.targets = k->targets;
  k->facts.target_count = count + 1;
  k->targets[count] = (pl_target){.role = PL_ROLE_PRIVATE, .port = 443, .attempt_count = 1};
  k->targets[count].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 1, 10});
  k->targets[count].attempts[0] = case_attempt(PL_END_HTTP_ANSWER, 0);
  k->targets[count].attempts[0].http_status = 200;
}

/* The private side of the case: its one target. */
static inline pl_attempt_result *case_private(public_case *k) {
  return &k->targets[k->facts.target_count - 1].attempts[0];
}

#endif
