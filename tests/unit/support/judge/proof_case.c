// Builds the facts of one sign, and the evidence of each control.
#include "proof_case.h"
#include <stdlib.h>
#include <string.h>

#define START (100 * PL_SEC)

static pl_addr ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d});
}

static void set_certificate(pl_attempt_result *attempt) {
  attempt->certificate = (pl_certificate){
      .seen = true, .chain_ok = true, .name_ok = true, .time = PL_CERTIFICATE_VALID};
}

static pl_attempt_result make_attempt(const proof_case *k, pl_sign sign, unsigned n) {
  static const pl_end ends[PL_SIGN_COUNT] = {
      [PL_SIGN_HTTP] = PL_END_HTTP_ANSWER,
      [PL_SIGN_TLS] = PL_END_TLS_RESET,
      [PL_SIGN_TCP] = PL_END_SILENT,
  };
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  attempt.end = ends[sign];
  attempt.started = START + n * PL_SEC;
  attempt.ended = attempt.started + PL_SEC / 2;
  attempt.local_port = (uint16_t)(40000 + n);
  attempt.source = ipv4(10, 0, 9, 2);
  attempt.body = PL_BODY_WHOLE;
  if (sign == PL_SIGN_HTTP) {
    set_certificate(&attempt);
    attempt.http_status = k->signature.status;
    attempt.signature = 0;
  }
  return attempt;
}

static pl_sign sign_of(const proof_case *k) {
  switch (k->signature.kind) {
  case PL_SIGNATURE_HTTP:
    return PL_SIGN_HTTP;
  case PL_SIGNATURE_TLS_RESET:
  case PL_SIGNATURE_TLS_ALERT:
    return PL_SIGN_TLS;
  case PL_SIGNATURE_DNS_NXDOMAIN:
    return PL_SIGN_DNS;
  case PL_SIGNATURE_NONE:
  case PL_SIGNATURE_TCP_REFUSED:
  case PL_SIGNATURE_TCP_TIMEOUT:
  case PL_SIGNATURE_TCP_REJECTED:
    break;
  }
  return PL_SIGN_TCP;
}

pl_target *proof_case_add_target(proof_case *k, pl_role role) {
  pl_target *target = &k->targets[k->facts.target_count++];
  *target = (pl_target){.role = role,
                        .address = k->answer,
                        .port = 443,
                        .origins = PL_ORIGIN_DNS,
                        .attempt_count = 1};
  target->attempts[0] = make_attempt(k, sign_of(k), 0);
  return target;
}

static void add_public(proof_case *k, pl_sign sign) {
  pl_target *target = proof_case_add_target(k, PL_ROLE_PUBLIC);
  if (sign == PL_SIGN_HTTP)
    return;
  target->attempt_count = 2;
  target->attempts[1] = make_attempt(k, sign, 1);
}

static void add_private(proof_case *k) {
  pl_target *target = &k->targets[k->facts.target_count++];
  *target = (pl_target){.role = PL_ROLE_PRIVATE,
                        .address = ipv4(10, 0, 1, 10),
                        .port = 443,
                        .origins = PL_ORIGIN_DNS,
                        .attempt_count = 1};
  target->attempts[0] = make_attempt(k, PL_SIGN_HTTP, 0);
  /* Up, but no answer that could be compared. */
  target->attempts[0].http_status = 404;
  target->attempts[0].signature = -1;
}

static void init_dns(proof_case *k, pl_sign sign) {
  for (size_t i = 0; i < PL_COUNT_OF(k->dns); i++) {
    bool plain = i < 2, a = i % 2 == 0;
    k->dns[i] = (pl_dns_fact){
        .resolver = {ipv4(9, 9, 9, 9), 53},
        .transport = plain ? PL_DNS_PLAIN : PL_DNS_HTTPS,
        .type = a ? PL_DNS_A : PL_DNS_AAAA,
        .outcome = PL_DNS_TIMEOUT,
    };
    if (plain && sign == PL_SIGN_DNS)
      k->dns[i].outcome = PL_DNS_NXDOMAIN;
    else if (plain)
      k->dns[i].outcome = a ? PL_DNS_ANSWER : PL_DNS_NODATA;
    if (plain && a && sign != PL_SIGN_DNS)
      k->dns[i].answers = (pl_addr_list){.items = &k->answer, .count = 1};
  }
}

void proof_case_init(proof_case *k, pl_sign sign, bool documented) {
  static const pl_signature_kind kinds[PL_SIGN_COUNT] = {
      [PL_SIGN_HTTP] = PL_SIGNATURE_HTTP,
      [PL_SIGN_TLS] = PL_SIGNATURE_TLS_RESET,
      [PL_SIGN_TCP] = PL_SIGNATURE_TCP_TIMEOUT,
      [PL_SIGN_DNS] = PL_SIGNATURE_DNS_NXDOMAIN,
  };
  static char name[] = "api", public_name[] = "api.example.com", private_name[] = "p.example.com",
              expression[] = "network policy";
  memset(k, 0, sizeof(*k));
  pl_spec_init(&k->spec);
  k->spec.name = name;
  k->spec.public_name = public_name;
  k->spec.private_name = private_name;
  k->spec.checks = PL_CHECK_BIT(PL_CHECK_PORT) | PL_CHECK_BIT(PL_CHECK_PUBLIC);
  k->private_range = (pl_cidr){.address = ipv4(10, 0, 0, 0), .prefix = 8};
  k->spec.private_ranges = (pl_cidrs){&k->private_range, 1};
  k->signature = (pl_signature){.kind = kinds[sign],
                                .evidence = PL_EVIDENCE_PROOF,
                                .status = 403,
                                .alert = -1,
                                .regex = documented ? expression : NULL};
  k->spec.blocked_by = (pl_signatures){&k->signature, 1};
  k->answer = ipv4(52, 58, 0, 11);
  pl_facts_init(&k->facts);
  k->facts.wall_time = PROOF_NOW;
  k->facts.targets = k->targets;
  k->facts.public_dns = k->dns;
  k->facts.public_dns_count = PL_COUNT_OF(k->dns);
  k->facts.memory = &k->memory;
  k->memory.signs = 1;
  init_dns(k, sign);
  if (sign != PL_SIGN_DNS)
    add_public(k, sign);
  add_private(k);
}

/* ---- evidence ------------------------------------------------------------------------------- */

static pl_target *private_of(proof_case *k) {
  for (size_t i = 0; i < k->facts.target_count; i++) {
    if (k->targets[i].role == PL_ROLE_PRIVATE)
      return &k->targets[i];
  }
  abort();
}

static void add_witness(proof_case *k) {
  k->facts.witnesses = &k->witness;
  k->facts.witness_count = 1;
  k->witness = (pl_witness){.host = "witness",
                            .address = ipv4(52, 58, 0, 200),
                            .port = 443,
                            .source = ipv4(10, 0, 9, 2),
                            .near_asked = true};
  for (unsigned i = 0; i < 6; i++)
    k->witness.results[k->witness.result_count++] =
        (pl_witness_result){.end = PL_END_TLS_DONE,
                            .verified = true,
                            .started = START + i * PL_SEC,
                            .ended = START + i * PL_SEC + PL_SEC / 2};
}

static void add_attempts(proof_case *k) {
  pl_target *target = &k->targets[0];
  add_witness(k);
  target->attempt_count = 3;
  target->attempts[1] = make_attempt(k, sign_of(k), 2);
  target->attempts[2] = make_attempt(k, sign_of(k), 5);
}

static void add_sibling(proof_case *k) {
  pl_target *sibling = proof_case_add_target(k, PL_ROLE_SIBLING);
  sibling->attempts[0] = make_attempt(k, PL_SIGN_HTTP, 0);
  sibling->attempts[0].http_status = 404;
  sibling->attempts[0].signature = -1;
}

static void add_key(proof_case *k) {
  proof_case_add_target(k, PL_ROLE_PUBLIC_KEY);
  pl_target *target = proof_case_add_target(k, PL_ROLE_PRIVATE_KEY);
  target->attempts[0].http_status = 200;
  target->attempts[0].signature = -1;
}

static void add_names(proof_case *k) {
  bool missing = k->signature.kind == PL_SIGNATURE_DNS_NXDOMAIN;
  k->dns[2].outcome = missing ? PL_DNS_NXDOMAIN : PL_DNS_ANSWER;
  k->dns[3].outcome = missing ? PL_DNS_NXDOMAIN : PL_DNS_NODATA;
  if (!missing)
    k->dns[2].answers = (pl_addr_list){.items = &k->answer, .count = 1};
}

static const pl_route default_route = {.known = true, .table = 254, .interface = 2};

static void add_hops(proof_case *k) {
  pl_target *target = &k->targets[0];
  add_witness(k);
  target->hops[0] = (pl_hop){.ttl = 1, .kind = PL_HOP_EXCEEDED, .sender = ipv4(10, 0, 9, 1)};
  target->hops[1] = (pl_hop){.ttl = 2,
                             .kind = PL_HOP_EXCEEDED,
                             .port = target->attempts[0].local_port,
                             .sender = ipv4(52, 1, 1, 1)};
  target->hop_count = 2;
}

static void add_route(proof_case *k) {
  add_hops(k); /* for --proof strict */
  k->witness.route = default_route;
  k->targets[0].route = default_route;
}

void proof_case_add(proof_case *k, pl_control control) {
  static char label[] = "acme";
  switch (control) {
  case PL_CONTROL_WITNESS:
    add_witness(k);
    return;
  case PL_CONTROL_ATTEMPTS:
    add_attempts(k);
    return;
  case PL_CONTROL_PAIRED:
    k->spec.tenant = label;
    private_of(k)->attempts[0].http_status = 200;
    return;
  case PL_CONTROL_PRIVATE:
    private_of(k)->attempts[0].http_status = 200;
    return;
  case PL_CONTROL_SIBLING:
    add_sibling(k);
    return;
  case PL_CONTROL_REQUEST:
    proof_case_add_target(k, sign_of(k) == PL_SIGN_TLS ? PL_ROLE_HELLO : PL_ROLE_AGENT);
    return;
  case PL_CONTROL_KEY:
    add_key(k);
    return;
  case PL_CONTROL_BEFORE:
    k->memory.baseline =
        (pl_baseline){.at = PROOF_NOW - 86400, .public_status = 200, .private_status = 404};
    return;
  case PL_CONTROL_DOCUMENTED: /* of the signature itself: proof_case_init */
    return;
  case PL_CONTROL_ISSUER:
    k->targets[0].attempts[0].certificate.has_scts = true;
    return;
  case PL_CONTROL_NAMES:
    add_names(k);
    return;
  case PL_CONTROL_ROUTE:
    add_route(k);
    return;
  case PL_CONTROL_HOPS:
    add_hops(k);
    return;
  case PL_CONTROL_POOL:
    k->memory.pool_since = PROOF_NOW - 86400;
    return;
  case PL_CONTROL_COUNT:
    return;
  }
}

void proof_case_judge(proof_case *k, pl_rival_id rival, pl_verdict *ret_verdict) {
  unsigned all = (1u << PL_RIVAL_COUNT) - 1;
  k->spec.accept = rival == PL_RIVAL_COUNT ? 0 : all & ~(1u << rival);
  pl_judge(&k->spec, &k->facts, PROOF_NOW, ret_verdict);
}
