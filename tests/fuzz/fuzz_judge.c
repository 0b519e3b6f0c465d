// Feeds random facts to the judge, and holds every "blocked" against a second form of the rules.
/* The oracle knows nothing of rivals.def: it is written from the documented rules, as necessary
 * conditions. A verdict of "blocked" that misses one of them is a false OK. */
#include "judge/judge.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1000000000
#define START (100 * PL_SEC)
#define DAY 86400
#define ADDRESSES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- random facts --------------------------------------------------------------------------- */

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

typedef struct world {
  pl_spec spec;
  pl_signature signatures[4];
  pl_cidr range;
  pl_facts facts;
  pl_memory memory;
  pl_target targets[ADDRESSES + 8];
  pl_dns_fact dns[8];
  pl_addr answers[8][ADDRESSES];
  pl_witness witnesses[2];
} world;

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
  for (unsigned i = 0; i < PL_CONTROL_COUNT; i++)
    m->controls[i] = take(in, 3) == 1 ? NOW - 60 : 0;
  m->attempts = take(in, 4);
  m->attempts_since = times[take(in, PL_COUNT_OF(times))];
  m->sign_since = times[take(in, PL_COUNT_OF(times))];
  m->variations_at = times[take(in, PL_COUNT_OF(times))];
  m->pool_since = times[take(in, PL_COUNT_OF(times))];
}

static void build(input *in, world *w) {
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

/* ---- the oracle ----------------------------------------------------------------------------- */

#define ACCEPTED(w, id) (((w)->spec.accept & (1u << PL_RIVAL_##id)) != 0)

static void require(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "FALSE OK: blocked without %s\n", what);
  abort();
}

static bool strict(const world *w) { return w->spec.proof == PL_PROOF_STRICT; }

static bool witness_counts(const world *w, const pl_witness *witness) {
  (void)w;
  return !witness->is_own && witness->address.bytes[0] == 52;
}

static bool witness_at(const world *w, const pl_attempt_result *attempt, bool tls) {
  for (size_t i = 0; i < w->facts.witness_count; i++) {
    const pl_witness *witness = &w->witnesses[i];
    if (!witness_counts(w, witness) || (witness->port != 443 && !(tls && witness->port == 443)))
      continue;
    for (size_t r = 0; r < witness->result_count; r++) {
      pl_nsec after = witness->results[r].started - attempt->started;
      if (witness->results[r].verified && after >= 0 && after <= 1500 * PL_MSEC)
        return true;
    }
  }
  return false;
}

static const pl_attempt_result *private_answer(const world *w) {
  for (size_t i = 0; i < w->facts.target_count; i++) {
    const pl_target *target = &w->targets[i];
    if (target->role == PL_ROLE_PRIVATE && target->attempt_count > 0)
      return &target->attempts[0];
  }
  return NULL;
}

static bool verified_answer(const pl_attempt_result *attempt) {
  return attempt->end == PL_END_HTTP_ANSWER && attempt->certificate.chain_ok &&
         attempt->certificate.name_ok && attempt->certificate.time == PL_CERTIFICATE_VALID;
}

/* The private side answers, acceptably. */
static bool private_up(const world *w) {
  const pl_attempt_result *attempt = private_answer(w);
  return (w->spec.checks & PL_CHECK_BIT(PL_CHECK_PORT)) != 0 && attempt != NULL &&
         verified_answer(attempt) && attempt->http_status < 500;
}

static bool baseline_counts(const world *w) {
  const pl_attempt_result *attempt = private_answer(w);
  return w->facts.memory != NULL && w->memory.baseline.at != 0 && w->memory.baseline.at <= NOW &&
         private_up(w) && attempt->http_status == w->memory.baseline.private_status;
}

static bool role_seen(const world *w, pl_role role) {
  for (size_t i = 0; i < w->facts.target_count; i++) {
    if (w->targets[i].role == role && w->targets[i].attempt_count > 0)
      return true;
  }
  return false;
}

static bool remembered(const world *w, pl_control control) {
  return w->facts.memory != NULL && w->memory.signs != 0 && w->memory.controls[control] != 0;
}

static void check_http(const world *w, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    const pl_attempt_result *attempt = &target->attempts[i];
    if (!pl_attempt_answered(attempt))
      continue;
    require(verified_answer(attempt), "a verified answer");
    require(attempt->http_status == 403, "a listed status");
    require(ACCEPTED(w, INSPECTION) || attempt->certificate.has_scts ||
                attempt->certificate.public_anchor,
            "an issuer");
    bool text = w->signatures[0].regex != NULL && w->signatures[0].evidence == PL_EVIDENCE_PROOF;
    bool hint = w->signatures[0].evidence == PL_EVIDENCE_HINT;
    const pl_attempt_result *private = private_answer(w);
    bool compared = private_up(w) && (private->http_status == 401 || private->http_status < 400);
    bool key = (role_seen(w, PL_ROLE_PUBLIC_KEY) && role_seen(w, PL_ROLE_PRIVATE_KEY)) ||
               (!role_seen(w, PL_ROLE_PUBLIC_KEY) && remembered(w, PL_CONTROL_KEY));
    bool before = baseline_counts(w);
    require(ACCEPTED(w, OUTAGE) || text || compared, "the private side, or a documented text");
    require(ACCEPTED(w, REQUEST) || before || key ||
                (text && !hint && !attempt->bot_protection &&
                 (role_seen(w, PL_ROLE_AGENT) || remembered(w, PL_CONTROL_REQUEST))),
            "another form of the request");
    require(ACCEPTED(w, KEY) || text || before || key ||
                (!strict(w) && !hint && compared && private->http_status < 400),
            "something that rules out the missing key");
    bool paired =
        compared && (w->spec.tenant != NULL || w->spec.private_name == w->spec.public_name);
    bool sibling =
        !strict(w) && (role_seen(w, PL_ROLE_SIBLING) || remembered(w, PL_CONTROL_SIBLING));
    require(ACCEPTED(w, TENANT) || before || (!hint && (paired || sibling)), "a tenant");
  }
}

static bool named_by_authenticated(const world *w, const pl_addr *address) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    if (w->dns[i].transport != PL_DNS_PLAIN && pl_addr_list_contains(&w->dns[i].answers, address))
      return true;
  }
  return false;
}

static bool seen_beyond(const pl_target *target) {
  for (unsigned i = 0; i < target->hop_count; i++) {
    bool beyond =
        target->hops[i].kind == PL_HOP_REFUSED ||
        (target->hops[i].kind == PL_HOP_EXCEEDED && target->hops[i].sender.bytes[0] == 52);
    for (unsigned k = 0; beyond && k < target->attempt_count; k++) {
      if (target->attempts[k].local_port == target->hops[i].port)
        return true;
    }
  }
  return false;
}

static void check_wire(const world *w, const pl_target *target, bool tls) {
  bool all = true;
  for (unsigned i = 0; i < target->hop_count; i++)
    require(tls || target->hops[i].kind != PL_HOP_ANSWERED, "no SYN that was answered");
  for (unsigned i = 0; i < target->attempt_count; i++) {
    all = all && witness_at(w, &target->attempts[i], tls);
    require(ACCEPTED(w, NEAR) || !target->attempts[i].icmp.seen ||
                target->attempts[i].icmp.sender.bytes[0] == 52,
            "an ICMP error from outside");
  }
  bool earlier = w->facts.memory != NULL && w->memory.signs != 0 && w->memory.attempts > 0;
  require(target->attempt_count >= 2 || earlier, "two attempts");
  require(ACCEPTED(w, EGRESS) || all, "a witness alongside");
  pl_nsec span = target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
  bool here = target->attempt_count >= 3 && span >= 4500 * PL_MSEC;
  bool before = earlier && w->memory.attempts + target->attempt_count >= 3 &&
                w->memory.attempts_since <= NOW - 5;
  require(ACCEPTED(w, MOMENT) || (all && (here || before)), "three attempts");
  require(ACCEPTED(w, OUTAGE) || private_up(w), "the private side");
  bool paired =
      private_up(w) && (w->spec.tenant != NULL || w->spec.private_name == w->spec.public_name);
  require(ACCEPTED(w, TENANT) || paired || baseline_counts(w), "a tenant");
  require(ACCEPTED(w, FORGED) || named_by_authenticated(w, &target->address),
          "authenticated names");
  require(ACCEPTED(w, HOST) || (!target->is_own && !w->facts.ipsec_drops && target->route.known &&
                                !target->route.local),
          "a route");
  if (tls)
    require(ACCEPTED(w, REQUEST) || baseline_counts(w) || role_seen(w, PL_ROLE_HELLO) ||
                remembered(w, PL_CONTROL_REQUEST),
            "another form of the handshake");
  if (!strict(w))
    return;
  bool sibling = role_seen(w, PL_ROLE_SIBLING) || remembered(w, PL_CONTROL_SIBLING);
  bool hops = seen_beyond(target) || remembered(w, PL_CONTROL_HOPS);
  require(ACCEPTED(w, NEAR) || (!tls && (hops || sibling)), "hops");
  require(ACCEPTED(w, FRONT) || sibling, "a sibling");
}

static bool is_complete(const world *w, pl_dns_type type, bool authenticated) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    bool of_kind = (w->dns[i].transport != PL_DNS_PLAIN) == authenticated;
    if (w->dns[i].type == type && of_kind && pl_dns_outcome_definite(w->dns[i].outcome))
      return true;
  }
  return false;
}

static bool any_answered(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (pl_attempt_answered(&target->attempts[i]))
      return true;
  }
  return false;
}

static void check_target(const world *w, const pl_target *target) {
  bool authenticated = is_complete(w, PL_DNS_A, true) && is_complete(w, PL_DNS_AAAA, true);
  if (any_answered(target)) {
    bool identified = false;
    for (unsigned i = 0; i < target->attempt_count; i++)
      identified = identified || pl_attempt_identified(&target->attempts[i]);
    if (!identified && authenticated && !named_by_authenticated(w, &target->address))
      return; /* only plain DNS names it, and it is nobody's */
    check_http(w, target);
    return;
  }
  if (authenticated && !named_by_authenticated(w, &target->address))
    return;
  bool tls = target->attempt_count > 0 && (target->attempts[0].end == PL_END_TLS_RESET ||
                                           target->attempts[0].end == PL_END_TLS_CLOSED ||
                                           target->attempts[0].end == PL_END_TLS_ALERT);
  check_wire(w, target, tls);
}

/* It failed, and over another transport the same resolver says NXDOMAIN. */
static bool is_missing_elsewhere(const world *w, const pl_dns_fact *failed) {
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++) {
    if (w->dns[i].outcome == PL_DNS_NXDOMAIN && w->dns[i].type == failed->type &&
        pl_addr_equal(&w->dns[i].resolver.address, &failed->resolver.address))
      return !pl_dns_outcome_definite(failed->outcome);
  }
  return false;
}

static void check_blocked(const world *w) {
  bool authenticated = is_complete(w, PL_DNS_A, true) && is_complete(w, PL_DNS_AAAA, true);
  require(authenticated ||
              ((is_complete(w, PL_DNS_A, false) || is_complete(w, PL_DNS_A, true)) &&
               (is_complete(w, PL_DNS_AAAA, false) || is_complete(w, PL_DNS_AAAA, true))),
          "a complete set");
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++)
    require(!w->dns[i].answers.truncated, "a whole list of addresses");
  bool any = false;
  for (size_t i = 0; i < w->facts.target_count; i++) {
    if (w->targets[i].role == PL_ROLE_PUBLIC)
      check_target(w, &w->targets[i]);
    any = any || w->targets[i].role == PL_ROLE_PUBLIC;
  }
  if (any)
    return;
  for (size_t i = 0; i < PL_COUNT_OF(w->dns); i++)
    require(w->dns[i].outcome == PL_DNS_NXDOMAIN || is_missing_elsewhere(w, &w->dns[i]),
            "NXDOMAIN from every resolver");
  require(ACCEPTED(w, OUTAGE) || private_up(w), "the private side, for a name");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static world w;
  static pl_verdict verdict;
  input in = {data, size};
  build(&in, &w);
  pl_judge(&w.spec, &w.facts, NOW, &verdict);
  if (verdict.public_verdict == PL_PUBLIC_BLOCKED) {
    check_blocked(&w);
    for (unsigned id = 0; id < PL_RIVAL_COUNT; id++)
      require(verdict.rivals[id].state < PL_RIVAL_STATE_STANDS, "a rival ruled out");
  } else if (verdict.checks[PL_CHECK_PUBLIC].severity == PL_SEVERITY_OK) {
    require(false, "a verdict");
  }
  pl_spec_free(&(pl_spec){0});
  return 0;
}
