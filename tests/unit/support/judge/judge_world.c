// Makes random facts for the judge.
#include "judge_world.h"
#include <string.h>

#define NOW JUDGE_NOW
#define START JUDGE_START
#define DAY 86400
#define ADDRESSES JUDGE_ADDRESSES

typedef judge_world world;

typedef struct input {
  const uint8_t *data;
  size_t left;
} input;

static unsigned take(input *in, unsigned below) {
  if (in->left == 0)
    return 0;
  in->left--;
  return *in->data++ % below;
}

static bool flip(input *in) { return take(in, 2) != 0; }
/* Mostly true: what is needed for a proof is often there. */
static bool mostly(input *in) { return take(in, 8) != 7; }

static pl_addr ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d});
}

static pl_addr any_sender(input *in) {
  static const uint8_t firsts[] = {10, 52, 100, 127};
  return ipv4(firsts[take(in, 4)], 64, 0, 1 + take(in, 3));
}

static pl_attempt_result any_attempt(input *in, unsigned n) {
  static const uint16_t statuses[] = {403, 403, 403, 200, 401, 404, 502};
  pl_attempt_result attempt;
  pl_attempt_init(&attempt);
  static const pl_end likely[] = {PL_END_SILENT, PL_END_REFUSED, PL_END_TLS_RESET,
                                  PL_END_HTTP_ANSWER};
  attempt.end = mostly(in) ? likely[take(in, 4)] : (pl_end)take(in, PL_END_COUNT);
  attempt.started = START + (pl_nsec)n * (mostly(in) ? 5 * PL_SEC / 2 : PL_SEC);
  attempt.ended = attempt.started + (pl_nsec)take(in, 3) * PL_SEC;
  attempt.local_port = (uint16_t)(40000 + (mostly(in) ? n : 0));
  attempt.source = ipv4(10, 0, 9, mostly(in) ? 2 : 3);
  attempt.alert = (int16_t)(attempt.end == PL_END_TLS_ALERT ? 40 + (int)take(in, 50) : -1);
  attempt.certificate.seen = attempt.end >= PL_END_TLS_UNVERIFIED || take(in, 16) == 1;
  bool good = attempt.certificate.seen && mostly(in);
  attempt.certificate.chain_ok = attempt.certificate.name_ok = good;
  attempt.certificate.time = mostly(in) ? PL_CERTIFICATE_VALID : PL_CERTIFICATE_EXPIRED;
  attempt.certificate.has_scts = mostly(in);
  attempt.certificate.public_anchor = flip(in);
  attempt.tls_time = attempt.certificate.seen ? 1 : PL_NSEC_UNKNOWN;
  if (attempt.end == PL_END_HTTP_ANSWER) {
    attempt.http_status = statuses[take(in, PL_COUNT_OF(statuses))];
    attempt.signature = (int16_t)((int)take(in, 6) - 1);
    attempt.body = (uint8_t)(mostly(in) ? PL_BODY_WHOLE : PL_BODY_CUT);
    attempt.bot_protection = take(in, 8) == 1;
  }
  if (attempt.end == PL_END_ICMP)
    attempt.icmp = (pl_icmp){.seen = true,
                             .family = PL_FAMILY_IPV4,
                             .type = 3,
                             .code = (uint8_t)(mostly(in) ? 13 : 1),
                             .sender = any_sender(in),
                             .sender_is_self = take(in, 8) == 1};
  return attempt;
}

static pl_route any_route(input *in) {
  pl_route route = {.known = mostly(in), .table = 254, .interface = 2};
  route.local = take(in, 16) == 1;
  if (!mostly(in))
    route.interface = 3;
  if (!mostly(in))
    route.prefix_length = 32;
  return route;
}

static void fill_hops(input *in, pl_target *target) {
  target->hop_count = (uint8_t)take(in, 4);
  for (unsigned i = 0; i < target->hop_count; i++)
    target->hops[i] = (pl_hop){.ttl = (uint8_t)(i + 1),
                               .kind = (uint8_t)take(in, PL_HOP_ICMP + 1),
                               .port = (uint16_t)(40000 + (mostly(in) ? i : 7)),
                               .sender = any_sender(in)};
}

static void add_target(input *in, world *w, pl_role role, const pl_addr *address) {
  pl_target *target = &w->targets[w->facts.target_count++];
  *target = (pl_target){.role = role, .address = *address, .port = 443, .origins = PL_ORIGIN_DNS};
  unsigned most = role == PL_ROLE_PUBLIC ? PL_LIMIT_ATTEMPTS : 1;
  target->attempt_count = mostly(in) ? most : take(in, most + 1);
  for (unsigned i = 0; i < target->attempt_count; i++)
    target->attempts[i] = any_attempt(in, i);
  if (role != PL_ROLE_PUBLIC)
    return;
  target->is_own = take(in, 16) == 1;
  target->route = any_route(in);
  fill_hops(in, target);
}

static void fill_spec(input *in, world *w) {
  static char name[] = "api", public_name[] = "api.example.com", private_name[] = "p.example.com",
              expression[] = "policy", label[] = "acme";
  static const pl_signature all[] = {{.kind = PL_SIGNATURE_HTTP, .status = 403, .alert = -1},
                                     {.kind = PL_SIGNATURE_TCP_REFUSED, .alert = -1},
                                     {.kind = PL_SIGNATURE_TCP_TIMEOUT, .alert = -1},
                                     {.kind = PL_SIGNATURE_TLS_RESET, .alert = -1}};
  pl_spec_init(&w->spec);
  w->spec.name = name;
  w->spec.public_name = public_name;
  w->spec.private_name = mostly(in) ? private_name : public_name;
  w->spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC) | (mostly(in) ? PL_CHECK_BIT(PL_CHECK_PORT) : 0);
  w->range = (pl_cidr){.address = ipv4(10, 0, 0, 0), .prefix = 8};
  w->spec.private_ranges = (pl_cidrs){&w->range, 1};
  memcpy(w->signatures, all, sizeof(all));
  for (size_t i = 0; i < PL_COUNT_OF(all); i++)
    w->signatures[i].evidence = (pl_evidence)take(in, 3);
  w->signatures[0].regex = flip(in) ? expression : NULL;
  if (take(in, 8) == 1) /* listed by name, and then taken away from the rest */
    w->signatures[3].kind = PL_SIGNATURE_DNS_NXDOMAIN;
  w->spec.blocked_by = (pl_signatures){w->signatures, PL_COUNT_OF(all)};
  w->spec.proof = flip(in) ? PL_PROOF_STRICT : PL_PROOF_STANDARD;
  w->spec.tenant = flip(in) ? label : NULL;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++)
    w->spec.accept |= (take(in, 4) == 1 ? 1u : 0u) << id;
}

static void fill_dns(input *in, world *w, size_t addresses) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    bool a = i % 2 == 0;
    pl_dns_fact *fact = &w->dns[i];
    *fact = (pl_dns_fact){.resolver = {ipv4(9, 9, 9, (unsigned)i / 4), 53},
                          .transport = i % 4 < 2 ? PL_DNS_PLAIN : PL_DNS_HTTPS,
                          .type = a ? PL_DNS_A : PL_DNS_AAAA,
                          .answers.items = w->answers[i]};
    bool missing = addresses == 0 && mostly(in);
    fact->outcome = missing       ? PL_DNS_NXDOMAIN
                    : !mostly(in) ? (pl_dns_outcome)take(in, PL_DNS_CUT + 1)
                    : a           ? PL_DNS_ANSWER
                                  : PL_DNS_NODATA;
    for (size_t j = 0; a && fact->outcome == PL_DNS_ANSWER && j < addresses; j++) {
      if (mostly(in))
        fact->answers.items[fact->answers.count++] = ipv4(52, 58, 0, 10 + (unsigned)j);
    }
    fact->answers.truncated = take(in, 32) == 1;
  }
}

static void fill_witnesses(input *in, world *w) {
  for (size_t i = 0; i < PL_COUNT_OF(w->witnesses); i++) {
    pl_witness *witness = &w->witnesses[i];
    *witness = (pl_witness){.host = "witness",
                            .address = ipv4(mostly(in) ? 52 : 10, 64, 0, 200 + (unsigned)i),
                            .port = (uint16_t)(mostly(in) ? 443 : 8443),
                            .source = ipv4(10, 0, 9, mostly(in) ? 2 : 3),
                            .route = any_route(in),
                            .near_asked = mostly(in),
                            .near_answered = take(in, 8) == 1,
                            .is_own = take(in, 16) == 1};
    for (unsigned n = 0; n < 8; n++)
      witness->results[witness->result_count++] =
          (pl_witness_result){.end = PL_END_TLS_DONE,
                              .verified = mostly(in),
                              .started = START + n * PL_SEC,
                              .ended = START + n * PL_SEC + PL_SEC / 2};
  }
}

static void fill_memory(input *in, world *w) {
  static const int64_t times[] = {0, NOW - 60, NOW - DAY, NOW - 2 * DAY, NOW + 60, NOW - 3};
  pl_memory *m = &w->memory;
  m->baseline.at = times[take(in, PL_COUNT_OF(times))];
  m->baseline.private_status = mostly(in) ? 200 : 401;
  m->signs = mostly(in) ? UINT64_MAX : 0;
  m->sign_caused = take(in, 4) == 1;
  m->hops_against = take(in, 8) == 1;
  for (unsigned i = 0; i < PL_CONTROL_COUNT; i++)
    m->controls[i] = take(in, 3) == 1 ? NOW - 60 : 0;
  m->attempts = take(in, 4);
  m->attempts_since = times[take(in, PL_COUNT_OF(times))];
  m->sign_since = times[take(in, PL_COUNT_OF(times))];
  m->variations_at = times[take(in, PL_COUNT_OF(times))];
  m->pool_since = times[take(in, PL_COUNT_OF(times))];
  m->let_in = take(in, 8) == 1;
  m->agent_let_in = take(in, 8) == 1;
}

void judge_world_build(const uint8_t *data, size_t size, judge_world *w) {
  input source = {data, size}, *in = &source;
  memset(w, 0, sizeof(*w));
  fill_spec(in, w);
  pl_facts_init(&w->facts);
  w->facts.targets = w->targets;
  w->facts.public_dns = w->dns;
  w->facts.public_dns_count = PL_COUNT_OF(w->dns);
  w->facts.witnesses = w->witnesses;
  w->facts.witness_count = PL_COUNT_OF(w->witnesses);
  w->facts.memory = mostly(in) ? &w->memory : NULL;
  w->facts.ipsec_drops = take(in, 32) == 1;
  size_t addresses = take(in, 8) == 1 ? 0 : 1 + take(in, ADDRESSES);
  for (size_t i = 0; i < addresses; i++)
    add_target(in, w, PL_ROLE_PUBLIC, &(pl_addr){0}),
        w->targets[i].address = ipv4(52, 58, 0, 10 + (unsigned)i);
  const pl_addr private_address = ipv4(10, 0, 1, 10);
  add_target(in, w, PL_ROLE_PRIVATE, &private_address);
  for (unsigned role = PL_ROLE_SIBLING; role < PL_ROLE_COUNT; role++) {
    const pl_addr *at = role == PL_ROLE_PRIVATE_KEY ? &private_address : &w->targets[0].address;
    if (addresses > 0 && flip(in))
      add_target(in, w, (pl_role)role, at);
  }
  fill_dns(in, w, addresses);
  fill_witnesses(in, w);
  fill_memory(in, w);
}
