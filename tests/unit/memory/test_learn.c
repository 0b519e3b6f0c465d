// Tests what rounds teach a memory: signs, controls, attempts, addresses, families and bindings.
#include "memory/learn.h"
#include "memory_life.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600
#define DAY (24 * HOUR)

static memory_life life;

/* A proven round, and then the next one with what the plan wants. */
static void prove(pl_sign sign) {
  memory_life_init(&life, sign);
  memory_life_round(&life, 0);
  if (life.verdict.public_verdict != PL_PUBLIC_BLOCKED)
    fail_msg("not proven: %s", life.verdict.checks[PL_CHECK_PUBLIC].summary);
  memory_life_fill(&life, sign);
}

static void next(pl_sign sign, int64_t seconds) {
  memory_life_fill(&life, sign);
  memory_life_round(&life, seconds);
}

static void use_address(uint8_t last);
static void make_three_attempts(void);
static void use_another_address(void) {
  use_address(98);
  make_three_attempts();
}
static void use_another_address_without_hops(void) {
  use_address(98);
  life.k.targets[0].hop_count = 0;
}

static void make_open(void) {
  pl_attempt_result *attempt = &life.k.targets[0].attempts[0];
  life.k.targets[0].attempt_count = 1;
  attempt->end = PL_END_HTTP_ANSWER;
  attempt->http_status = 200;
  attempt->signature = -1;
  attempt->certificate = (pl_certificate){
      .seen = true, .chain_ok = true, .name_ok = true, .time = PL_CERTIFICATE_VALID};
}

/* ---- days of a daemon ----------------------------------------------------------------------- */

/* Three attempts and variations in the first round, then one attempt, and variations once a day;
 * proven in every round, also strictly once the pool was quiet for a day. For a sign of the
 * handshake nothing rules `near` out. */
static void three_days_of_rounds(void **state) {
  (void)state;
  static const pl_sign signs[] = {PL_SIGN_HTTP, PL_SIGN_TLS, PL_SIGN_TCP};
  for (size_t i = 0; i < PL_COUNT_OF(signs); i++) {
    unsigned attempts = 0, variations = 0;
    memory_life_init(&life, signs[i]);
    for (unsigned round = 0; round <= 3 * DAY / 60; round++) {
      memory_life_fill(&life, signs[i]);
      life.k.spec.proof = round > DAY / 60 ? PL_PROOF_STRICT : PL_PROOF_STANDARD;
      life.k.spec.accept = signs[i] == PL_SIGN_TLS ? 1u << PL_RIVAL_NEAR : 0;
      attempts += life.k.targets[0].attempt_count;
      variations += pl_memory_plan(&life.store, &life.k.spec, &life.now).controls;
      memory_life_round(&life, 60);
      if (life.verdict.public_verdict != PL_PUBLIC_BLOCKED)
        fail_msg("sign %d, round %u: %s", (int)signs[i], round,
                 life.verdict.checks[PL_CHECK_PUBLIC].summary);
    }
    assert_int_equal(attempts, 3 * DAY / 60 + (signs[i] == PL_SIGN_HTTP ? 1 : 3));
    assert_in_range(variations, 3, 4);
  }
}

/* ---- controls ------------------------------------------------------------------------------- */

typedef struct control_case {
  const char *name;
  pl_sign sign;
  pl_control control;
  int64_t seconds; /* to the second round */
  void (*change)(void);
  bool kept;       /* the second round is judged with it */
  bool kept_after; /* the third one is */
} control_case;

static void change_nothing(void) {}
static void change_path(void) { life.k.targets[0].route.interface++; }
static void change_source(void) { life.k.targets[0].attempts[0].source.bytes[3]++; }
static void forget_route(void) { life.k.targets[0].route.known = false; }
static void reboot(void) {
  life.now.host++;
  life.now.boot = 10;
}
static void clone(void) { life.now.host = 99; }
static void change_name(void) {
  static char name[] = "other.example.com";
  life.k.spec.public_name = name;
}
static void change_port(void) { life.k.spec.port++; }
static void change_signature(void) { life.k.signature.status++; }
static void change_user_agent(void) {
  static char agent[] = "client/2.0";
  life.k.spec.user_agent = agent;
}
static void change_public_control(void) {
  static char control[] = "open.example.com";
  life.k.spec.public_control = control;
}
static void change_public_key(void) {
  static char file[] = "/etc/key";
  life.k.spec.public_key_file = file;
}
static void set_clock_back(void) { life.now.wall -= 365 * DAY; }
static void set_clock_forward(void) { life.now.wall += 365 * DAY; }

static void show_sign_at_sibling(void) {
  pl_target *sibling = proof_case_add_target(&life.k, PL_ROLE_SIBLING);
  sibling->attempts[0] = life.k.targets[0].attempts[0];
}
static void answer_differently_to_agent(void) {
  pl_target *agent = proof_case_add_target(&life.k, PL_ROLE_AGENT);
  agent->attempts[0].http_status = 404;
  agent->attempts[0].signature = -1;
}

static const control_case control_cases[] = {
    {"sibling", PL_SIGN_HTTP, PL_CONTROL_SIBLING, 60, change_nothing, true, true},
    {"sibling of silence", PL_SIGN_TCP, PL_CONTROL_SIBLING, 60, change_nothing, true, true},
    {"request", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_nothing, true, true},
    {"request of tls", PL_SIGN_TLS, PL_CONTROL_REQUEST, 60, change_nothing, true, true},
    {"hops, which every round has", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, change_nothing, true, true},
    {"almost stale", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 25 * HOUR, change_nothing, true, true},
    {"stale", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 27 * HOUR, change_nothing, false, false},
    {"clock set back", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, set_clock_back, true, true},
    {"stale, clock set back", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 27 * HOUR, set_clock_back, false,
     false},
    {"clock set forward", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, set_clock_forward, true, true},
    {"another path", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_path, true, true},
    {"another boot", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, reboot, true, true},
    {"a clone", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, clone, true, true},
    {"another name", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_name, false, false},
    {"another port", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_port, false, false},
    {"another signature", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_signature, false, false},
    {"another --user-agent", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, change_user_agent, false, false},
    {"another --public-control", PL_SIGN_HTTP, PL_CONTROL_SIBLING, 60, change_public_control, false,
     false},
    {"hops, another --user-agent", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, change_user_agent, true, true},
    {"hops, another path", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, change_path, false, false},
    {"hops, another source", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, change_source, false, false},
    {"hops, another address", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, use_another_address, false, true},
    {"hops, another address without them", PL_SIGN_TCP, PL_CONTROL_HOPS, 60,
     use_another_address_without_hops, false, false},
    {"hops, unknown route", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, forget_route, false, false},
    {"hops, another boot", PL_SIGN_TCP, PL_CONTROL_HOPS, 60, reboot, false, false},
    {"the sibling shows the sign, too", PL_SIGN_HTTP, PL_CONTROL_SIBLING, 60, show_sign_at_sibling,
     true, false},
    {"another request is answered", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60,
     answer_differently_to_agent, true, false},
    {"open in between", PL_SIGN_HTTP, PL_CONTROL_REQUEST, 60, make_open, true, false},
};

static void controls_are_kept(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(control_cases); i++) {
    const control_case *c = &control_cases[i];
    prove(c->sign);
    c->change();
    memory_life_round(&life, c->seconds);
    if ((life.view.controls[c->control] != 0) != c->kept)
      fail_msg("%s: %d in the second round", c->name, life.view.controls[c->control] != 0);
    /* What the plan sends again is left out, to see what was kept. */
    pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
    if ((view.controls[c->control] != 0) != c->kept_after)
      fail_msg("%s: %d after it", c->name, view.controls[c->control] != 0);
  }
}

static void another_sign_forgets_the_controls(void **state) {
  (void)state;
  prove(PL_SIGN_HTTP);
  assert_int_equal(life.store.signs, 1);
  static pl_signature two[2];
  two[0] = life.k.signature;
  two[1] = (pl_signature){.kind = PL_SIGNATURE_TCP_TIMEOUT, .evidence = PL_EVIDENCE_PROOF};
  life.k.spec.blocked_by = (pl_signatures){.items = two, .count = 2};
  memory_life_round(&life, 60); /* a longer list is another configuration */
  assert_int_equal(life.view.signs, 0);
  memory_life_round(&life, 60);
  assert_int_equal(life.view.signs, 1);
  life.store.controls[PL_KEPT_REQUEST] = pl_stamp_of(&life.now);
  /* Now it is silent. */
  static memory_life silent;
  memory_life_init(&silent, PL_SIGN_TCP);
  life.k.targets[0] = silent.k.targets[0];
  memory_life_round(&life, 60);
  assert_int_equal(life.store.signs, 2);
  assert_int_equal(life.store.controls[PL_KEPT_REQUEST].wall, 0);
}

/* A request with a key in this round, and what it gets in public. */
static pl_attempt_result *let_key_in(uint16_t status) {
  proof_case_add(&life.k, PL_CONTROL_KEY);
  pl_attempt_result *with_key = &life.k.targets[life.k.facts.target_count - 2].attempts[0];
  with_key->http_status = status;
  with_key->signature = -1;
  return with_key;
}

/* It counts in the rounds that do not send it, until it gets the sign. */
static void a_key_that_is_let_in(void **state) {
  (void)state;
  for (unsigned again = 0; again < 2; again++) {
    memory_life_init(&life, PL_SIGN_HTTP);
    (void)let_key_in(200);
    memory_life_round(&life, 0);
    assert_int_equal(life.verdict.rivals[PL_RIVAL_KEY].state, PL_RIVAL_STATE_SHOWN);
    for (unsigned round = 0; round < 3; round++) {
      next(PL_SIGN_HTTP, 60);
      assert_int_equal(life.verdict.rivals[PL_RIVAL_KEY].state, PL_RIVAL_STATE_SHOWN);
      assert_int_equal(life.verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_AMBIGUOUS);
    }
    memory_life_fill(&life, PL_SIGN_HTTP);
    if (again == 0)
      proof_case_add(&life.k, PL_CONTROL_KEY);
    else
      make_open();
    memory_life_round(&life, 60);
    assert_false(life.store.let_in);
  }
}

/* What says nothing about the block leaves it: only the sign ends it. */
static void a_key_that_is_let_in_and_then_not_answered(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_end end;
    uint16_t status;
  } answers[] = {{"a rate limit", PL_END_HTTP_ANSWER, 429},
                 {"an expired key", PL_END_HTTP_ANSWER, 401},
                 {"silence", PL_END_SILENT, 0},
                 {"no sign", PL_END_HTTP_ANSWER, 200}};
  for (size_t i = 0; i < PL_COUNT_OF(answers); i++) {
    memory_life_init(&life, PL_SIGN_HTTP);
    (void)let_key_in(200);
    memory_life_round(&life, 0);
    memory_life_fill(&life, PL_SIGN_HTTP);
    let_key_in(answers[i].status)->end = answers[i].end;
    if (strcmp(answers[i].name, "no sign") == 0)
      life.k.targets[0].attempts[0].end = PL_END_SILENT; /* so that nothing is judged */
    memory_life_round(&life, 26 * 60 * 60);
    for (unsigned round = 0; round < 2; round++) {
      if (!life.store.let_in)
        fail_msg("%s, round %u", answers[i].name, round);
      next(PL_SIGN_HTTP, 60);
      assert_int_equal(life.verdict.rivals[PL_RIVAL_KEY].state, PL_RIVAL_STATE_SHOWN);
    }
  }
}

/* ---- attempts ------------------------------------------------------------------------------- */

static void lose_witness(void) { life.k.facts.witness_count = 0; }
static void answer_late(void) { life.k.targets[0].attempts[0].end = PL_END_LATE; }
static void lose_dns(void) { life.k.facts.target_count = 0; }

typedef struct attempt_case {
  const char *name;
  int64_t seconds;
  void (*change)(void);
  unsigned view;  /* attempts that the second round is judged with */
  unsigned after; /* and the third one */
} attempt_case;

static const attempt_case attempt_cases[] = {
    {"in a row", 60, change_nothing, 3, 4},
    {"two rounds are missing", 180, change_nothing, 3, 4},
    {"three rounds are missing", 181, change_nothing, 0, 0},
    {"clock set back", 60, set_clock_back, 3, 4},
    {"clock set forward", 60, set_clock_forward, 3, 4},
    {"another path", 60, change_path, 0, 0},
    {"another source", 60, change_source, 0, 0},
    {"unknown route", 60, forget_route, 0, 0},
    {"another boot", 60, reboot, 0, 0},
    {"a clone", 60, clone, 0, 0},
    {"another name", 60, change_name, 0, 0},
    {"no witness", 60, lose_witness, 3, 0},
    {"an answer", 60, make_open, 3, 0},
    {"a late answer", 60, answer_late, 3, 0},
    {"no addresses", 60, lose_dns, 0, 0},
};

static void attempts_count_in_a_row(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(attempt_cases); i++) {
    const attempt_case *c = &attempt_cases[i];
    prove(PL_SIGN_TCP);
    c->change();
    memory_life_round(&life, c->seconds);
    pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
    if (life.view.attempts != c->view || view.attempts != c->after)
      fail_msg("%s: %u, then %u", c->name, life.view.attempts, view.attempts);
    bool three = pl_memory_plan(&life.store, &life.k.spec, &life.now).attempts == 3;
    bool edge = life.store.edge;
    assert_int_equal(three, c->after < 2 || edge);
  }
}

/* ---- the sign itself ------------------------------------------------------------------------ */

static void a_sign_after_our_variations(void **state) {
  (void)state;
  static const struct {
    int64_t after; /* from the variations to the sign */
    bool caused;
  } cases[] = {{60, true}, {HOUR - 1, true}, {HOUR, false}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    memory_life_init(&life, PL_SIGN_HTTP);
    make_open();
    memory_life_round(&life, 0);
    assert_int_not_equal(life.store.variations.wall, 0);
    memory_life_fill(&life, PL_SIGN_HTTP);
    memory_life_round(&life, cases[i].after);
    if (life.store.sign_caused != cases[i].caused)
      fail_msg("case %zu: %d", i, life.store.sign_caused);
    if (!cases[i].caused) {
      next(PL_SIGN_HTTP, 60); /* an edge sends variations */
      assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
      continue;
    }
    assert_int_equal(life.verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_AMBIGUOUS);
    /* Variations that follow do not make it new. An hour later it is still there, and they are sent
     * once more. */
    for (unsigned minute = 1; minute <= 61; minute++) {
      next(PL_SIGN_HTTP, 60);
      assert_int_equal(life.verdict.public_verdict,
                       minute < 61 ? PL_PUBLIC_UNPROVEN : PL_PUBLIC_BLOCKED);
    }
  }
}

/* A request for another name is none that a rule for our requests could answer. */
static void a_sign_after_a_sibling(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_HTTP);
  for (size_t i = 0; i < life.k.facts.target_count; i++) {
    if (life.k.targets[i].role == PL_ROLE_AGENT)
      life.k.targets[i].attempt_count = 0;
  }
  make_open();
  memory_life_round(&life, 0);
  assert_int_not_equal(life.store.variations.wall, 0);
  memory_life_fill(&life, PL_SIGN_HTTP);
  memory_life_round(&life, 60);
  assert_false(life.store.sign_caused);
}

static void a_sign_and_variations_in_one_round(void **state) {
  (void)state;
  prove(PL_SIGN_HTTP);
  assert_false(life.store.sign_caused);
  memory_life_round(&life, 60);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
}

/* ---- addresses ------------------------------------------------------------------------------ */

static void use_address(uint8_t last) {
  life.k.answer.bytes[3] = last;
  life.k.targets[0].address.bytes[3] = last;
}

/* As the engine makes them at a new address. */
static void make_three_attempts(void) {
  proof_case_add(&life.k, PL_CONTROL_ATTEMPTS);
  proof_case_add(&life.k, PL_CONTROL_ROUTE);
}

/* What earlier rounds saw at other addresses is nothing about this one: it may be a load balancer's
 * that is not ready yet. */
static void a_new_address_needs_its_own_attempts(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  next(PL_SIGN_TCP, 60);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
  memory_life_fill(&life, PL_SIGN_TCP);
  assert_int_equal(life.k.targets[0].attempt_count, 1);
  use_address(99);
  memory_life_round(&life, 60);
  assert_int_equal(life.view.attempts, 0);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_UNPROVEN);
}

static void a_new_address_with_its_own_attempts_leaves_the_others(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  pl_target *second = &life.k.targets[life.k.facts.target_count++];
  *second = life.k.targets[0];
  second->address.bytes[3]++;
  pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
  assert_int_equal(view.attempts, 0);
  second->attempt_count = 3;
  for (unsigned i = 1; i < 3; i++)
    second->attempts[i] = second->attempts[0];
  view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
  assert_int_equal(view.attempts, 3);
}

/* So the engine makes them. */
static void a_new_address_gets_its_own_attempts(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  next(PL_SIGN_TCP, 60);
  for (unsigned round = 0; round < 4; round++) {
    memory_life_fill(&life, PL_SIGN_TCP);
    use_address(99);
    pl_round_plan plan = pl_memory_plan(&life.store, &life.k.spec, &life.now);
    assert_int_equal(plan.attempts, 1);
    assert_true(pl_round_plan_attempts(&plan, &life.k.answer) == (round < 1 ? 3 : 1));
    if (round < 1)
      make_three_attempts();
    memory_life_round(&life, 60);
    assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
  }
  life.k.answer.bytes[3] = 11; /* the first one again */
  pl_round_plan plan = pl_memory_plan(&life.store, &life.k.spec, &life.now);
  assert_int_equal(pl_round_plan_attempts(&plan, &life.k.answer), 3);
}

/* Two addresses: the first answers with a listed status, or its handshake is reset, and the second
 * is silent, as plan and engine have it. Then the first is silent, too, with one attempt. */
static void add_second_sign(pl_sign first) {
  static pl_signature two[2];
  static pl_addr answers[2];
  static memory_life other;
  memory_life_init(&other, first);
  two[0] = other.k.signature;
  two[1] = life.k.signature;
  life.k.spec.blocked_by = (pl_signatures){.items = two, .count = 2};
  pl_target *target = &life.k.targets[life.k.facts.target_count++];
  *target = other.k.targets[0];
  target->address.bytes[3] = 77;
  target->route = life.k.targets[0].route;
  target->hop_count = 0;
  answers[0] = life.k.answer;
  answers[1] = target->address;
  life.k.dns[0].answers = life.k.dns[2].answers = (pl_addr_list){.items = answers, .count = 2};
}

static void what_another_sign_needs_is_not_remembered(void **state) {
  (void)state;
  static const pl_sign firsts[] = {PL_SIGN_HTTP, PL_SIGN_TLS};
  for (size_t i = 0; i < PL_COUNT_OF(firsts); i++) {
    memory_life_init(&life, PL_SIGN_TCP);
    for (unsigned round = 0; round < 3; round++) {
      memory_life_fill(&life, PL_SIGN_TCP);
      add_second_sign(firsts[i]);
      life.k.spec.accept = 1u << PL_RIVAL_REQUEST | 1u << PL_RIVAL_KEY | 1u << PL_RIVAL_TENANT |
                           1u << PL_RIVAL_OUTAGE | 1u << PL_RIVAL_NEAR;
      memory_life_round(&life, 60);
      if (life.verdict.public_verdict != PL_PUBLIC_BLOCKED)
        fail_msg("%zu, round %u: %s", i, round, life.verdict.checks[PL_CHECK_PUBLIC].summary);
    }
    memory_life_fill(&life, PL_SIGN_TCP);
    add_second_sign(firsts[i]);
    pl_target *second = &life.k.targets[life.k.facts.target_count - 1];
    pl_round_plan next_plan = pl_memory_plan(&life.store, &life.k.spec, &life.now);
    assert_int_equal(pl_round_plan_attempts(&next_plan, &second->address), PL_LIMIT_ATTEMPTS);
    assert_int_equal(life.store.controls[PL_KEPT_HOPS].wall != 0, firsts[i] == PL_SIGN_HTTP);
    second->attempts[0] = life.k.targets[0].attempts[0];
    second->attempt_count = 1;
    memory_life_round(&life, 60);
    assert_int_equal(life.view.attempts, 0);
    assert_int_equal(life.view.controls[PL_CONTROL_HOPS], 0);
    assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_UNPROVEN);
  }
}

/* Its silence prevents no proof, also where the time is too short for three attempts. */
static void an_address_of_plain_dns_alone(void **state) {
  (void)state;
  static pl_addr answers[2];
  prove(PL_SIGN_TCP);
  for (unsigned round = 0; round < 3; round++) {
    memory_life_fill(&life, PL_SIGN_TCP);
    pl_target *second = &life.k.targets[life.k.facts.target_count++];
    *second = life.k.targets[0];
    second->address.bytes[3] = 77;
    second->attempt_count = 2;
    second->attempts[1] = second->attempts[0];
    second->hop_count = 0;
    answers[0] = life.k.answer;
    answers[1] = second->address;
    life.k.dns[0].answers = (pl_addr_list){.items = answers, .count = 2};
    memory_life_round(&life, 60);
  }
  assert_false(life.verdict.targets[life.k.facts.target_count - 1].judged);
  assert_int_not_equal(life.view.attempts, 0);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
}

/* No SYN with a limited TTL says anything about the way to it: once authenticated DNS names it, it
 * needs its own. */
static void the_way_to_an_address_of_plain_dns_alone(void **state) {
  (void)state;
  static pl_addr answers[2];
  for (unsigned named = 0; named < 2; named++) {
    prove(PL_SIGN_TCP);
    memory_life_fill(&life, PL_SIGN_TCP); /* with SYNs to the first address */
    make_three_attempts();
    pl_target *second = &life.k.targets[life.k.facts.target_count++];
    *second = life.k.targets[0];
    second->address.bytes[3] = 77;
    second->hop_count = 0;
    answers[0] = life.k.answer;
    answers[1] = second->address;
    life.k.dns[0].answers = (pl_addr_list){.items = answers, .count = 2};
    memory_life_round(&life, 60);
    life.k.targets[0].hop_count = 0;
    if (named == 1)
      life.k.dns[2].answers = life.k.dns[0].answers;
    memory_life_round(&life, 60);
    assert_int_equal(life.verdict.targets[life.k.facts.target_count - 1].judged, named);
    assert_int_equal(life.view.controls[PL_CONTROL_HOPS] == 0, named);
  }
}

/* A name whose answers rotate: what is known of the way to one address stays, while others get
 * their own SYNs with a limited TTL. Once these prove nothing, it is known of none. */
static void the_way_to_addresses_that_rotate(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  use_another_address();
  memory_life_round(&life, 60);
  for (unsigned round = 0; round < 4; round++) {
    memory_life_fill(&life, PL_SIGN_TCP);
    if (round % 2 != 0)
      use_another_address();
    life.k.targets[0].hop_count = 0;
    memory_life_round(&life, 60);
    assert_int_not_equal(life.view.controls[PL_CONTROL_HOPS], 0);
  }
  memory_life_fill(&life, PL_SIGN_TCP);
  life.k.targets[0].hops[1].port = 0;
  memory_life_round(&life, 60);
  next(PL_SIGN_TCP, 60); /* with SYNs */
  memory_life_fill(&life, PL_SIGN_TCP);
  use_another_address();
  life.k.targets[0].hop_count = 0;
  memory_life_round(&life, 60);
  assert_int_equal(life.view.controls[PL_CONTROL_HOPS], 0);
}

static int64_t quiet_for(void) {
  pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
  return view.pool_since == 0 ? -1 : life.now.wall - view.pool_since;
}

static void the_pool_comes_to_rest(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  for (unsigned i = 1; i <= 10; i++)
    next(PL_SIGN_TCP, 60);
  assert_int_equal(quiet_for(), 600);
  memory_life_fill(&life, PL_SIGN_TCP);
  use_address(99);
  make_three_attempts();
  memory_life_round(&life, 60);
  assert_int_equal(life.view.pool_since, 0); /* also in this round */
  assert_int_equal(quiet_for(), 0);
  next(PL_SIGN_TCP, 60);
  assert_int_equal(quiet_for(), 60); /* the first address again */
  memory_life_fill(&life, PL_SIGN_TCP);
  make_open();
  memory_life_round(&life, 60);
  assert_int_equal(quiet_for(), 0); /* another answer */
  next(PL_SIGN_TCP, 60);
  assert_int_equal(quiet_for(), 0);
  next(PL_SIGN_TCP, 60);
  assert_int_equal(quiet_for(), 60);
  next(PL_SIGN_TCP, 181);
  assert_int_equal(quiet_for(), 0); /* nobody looked */
  life.now.boot += 1000;
  life.now.wall += 1000;
  assert_int_equal(quiet_for(), -1); /* and nobody looks */
}

static void a_large_pool_never_does(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_TCP);
  for (unsigned i = 0; i < 4 * (PL_LIMIT_POOL + 1); i++) {
    memory_life_fill(&life, PL_SIGN_TCP);
    use_address((uint8_t)(100 + i % (PL_LIMIT_POOL + 1)));
    memory_life_round(&life, 60);
    assert_int_equal(quiet_for(), 0);
  }
}

static void a_family_stays_open_until_it_is_seen_closed(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_TCP);
  make_open();
  memory_life_round(&life, 60);
  pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
  assert_true(view.open_ipv4);
  assert_false(view.open_ipv6);
  memory_life_fill(&life, PL_SIGN_TCP);
  lose_dns();
  memory_life_round(&life, 60);
  assert_true(life.store.open_ipv4);
  next(PL_SIGN_TCP, 60);
  assert_false(life.store.open_ipv4);
}

/* On its way out a family is often still there, and fails: only a block ends what was open. */
static void a_family_stays_open_through_unproven_rounds(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_TCP);
  make_open();
  memory_life_round(&life, 60);
  memory_life_fill(&life, PL_SIGN_TCP);
  lose_witness();
  memory_life_round(&life, 60);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_UNPROVEN);
  assert_true(life.store.open_ipv4);
  memory_life_fill(&life, PL_SIGN_TCP);
  lose_dns();
  life.k.facts.ipv4 = PL_FAMILY_NO_ADDRESS;
  memory_life_round(&life, 60);
  assert_int_equal(life.verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_LOCAL_FAILURE);
}

/* As the alarm, it is bound to nothing. */
static void a_family_stays_open_through_a_change_of_configuration(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_TCP);
  make_open();
  memory_life_round(&life, 60);
  change_port();
  memory_life_fill(&life, PL_SIGN_TCP);
  lose_dns();
  life.k.facts.ipv4 = PL_FAMILY_NO_ADDRESS;
  memory_life_round(&life, 60);
  assert_true(life.view.open_ipv4);
  assert_int_equal(life.verdict.checks[PL_CHECK_PUBLIC].reason, PL_REASON_PUBLIC_LOCAL_FAILURE);
}

/* ---- the next round ------------------------------------------------------------------------- */

static pl_round_plan plan(void) { return pl_memory_plan(&life.store, &life.k.spec, &life.now); }

static void without_memory_everything_is_sent(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  pl_round_plan all = pl_memory_plan(NULL, &life.k.spec, &life.now);
  assert_true(all.attempts == 3 && all.controls);
  assert_false(plan().attempts == 3 || plan().controls);
}

/* An open endpoint may answer 401, too: only the request with the key tells. */
static void a_key_is_sent_every_hour_where_only_it_tells(void **state) {
  (void)state;
  static char key[] = "/key";
  for (unsigned change = 0; change < 4; change++) {
    memory_life_init(&life, PL_SIGN_HTTP);
    life.k.signature.status = change == 1 ? 403 : 401;
    life.k.spec.public_key_file = change == 2 ? NULL : key;
    memory_life_round(&life, 0);
    life.store.edge = false;
    life.store.signs = 1;
    life.store.variations = pl_stamp_of(&life.now);
    if (change != 3)
      life.store.controls[PL_KEPT_KEY] = pl_stamp_of(&life.now);
    life.now.wall += 3599;
    life.now.boot += 3599;
    assert_false(plan().controls);
    life.now.wall++;
    life.now.boot++;
    assert_true(plan().controls == (change == 0));
  }
}

/* The engine leaves them out while too many attempts wait for an answer. */
static void limited_syns_are_sent_until_there_was_room(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  assert_false(plan().hops);
  life.store.hops_tried = life.store.controls[PL_KEPT_HOPS] = (pl_stamp){0};
  for (unsigned round = 0; round < 3; round++) {
    assert_true(plan().hops && plan().attempts == 1);
    memory_life_fill(&life, PL_SIGN_TCP);
    life.k.targets[0].hop_count = 0;
    memory_life_round(&life, 60);
  }
  next(PL_SIGN_TCP, 60);
  assert_false(plan().hops);
  life.now.wall += DAY - 1;
  life.now.boot += DAY - 1;
  assert_false(plan().hops);
  life.now.wall++;
  life.now.boot++;
  assert_true(plan().hops);
}

/* With --proof strict the host needs them, also if the near network is accepted. */
static void limited_syns_count_without_near(void **state) {
  (void)state;
  static const pl_sign signs[] = {PL_SIGN_TLS, PL_SIGN_TCP};
  for (size_t i = 0; i < PL_COUNT_OF(signs); i++) {
    memory_life_init(&life, signs[i]);
    life.k.spec.proof = PL_PROOF_STRICT;
    life.k.spec.accept = 1u << PL_RIVAL_NEAR | 1u << PL_RIVAL_SAMPLE;
    memory_life_round(&life, 60);
    for (unsigned round = 0; round < 3; round++) {
      if (life.verdict.public_verdict != PL_PUBLIC_BLOCKED)
        fail_msg("sign %d, round %u: %s", (int)signs[i], round,
                 life.verdict.checks[PL_CHECK_PUBLIC].summary);
      memory_life_fill(&life, signs[i]);
      life.k.targets[0].hop_count = 0;
      memory_life_round(&life, 60);
    }
  }
}

static void limited_syns_that_prove_nothing_are_sent_every_hour(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  memory_life_fill(&life, PL_SIGN_TCP);
  life.k.targets[0].hops[1].port = 0;
  memory_life_round(&life, 60);
  assert_int_equal(life.store.controls[PL_KEPT_HOPS].wall, 0);
  life.now.wall += HOUR - 1;
  life.now.boot += HOUR - 1;
  assert_false(plan().hops);
  life.now.wall++;
  life.now.boot++;
  assert_true(plan().hops);
}

/* A round with this plan, where a firewall of this host refuses every SYN. If there is room, SYNs
 * with a limited TTL are sent where the plan wants them. */
static void refuse_here(bool is_room) {
  bool hops = plan().hops && is_room;
  memory_life_fill(&life, PL_SIGN_TCP);
  life.k.targets[0].hops[0].kind = PL_HOP_REFUSED;
  if (!hops)
    life.k.targets[0].hop_count = 0;
}

/* What they show against a block counts until they show it no longer. */
static void limited_syns_that_show_a_rival_are_sent_again(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_TCP);
  for (unsigned round = 0; round < 9; round++) {
    refuse_here(round % 3 < 2); /* sometimes there is no room for them */
    memory_life_round(&life, 60);
    if (life.verdict.public_verdict != PL_PUBLIC_UNPROVEN)
      fail_msg("round %u: %s", round, life.verdict.checks[PL_CHECK_PUBLIC].summary);
    assert_true(plan().hops);
  }
  /* Later, also if only one of several addresses gets them. */
  memory_life_fill(&life, PL_SIGN_TCP);
  pl_target *second = &life.k.targets[life.k.facts.target_count++];
  *second = life.k.targets[0];
  second->address.bytes[3]++;
  second->hop_count = 0;
  memory_life_round(&life, 60);
  assert_false(life.store.hops_against);
  next(PL_SIGN_TCP, 60);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
  next(PL_SIGN_TCP, 60);
  assert_false(plan().hops);
}

static void an_edge_sends_everything_again(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  memory_life_fill(&life, PL_SIGN_TCP);
  lose_witness();
  memory_life_round(&life, 60);
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_UNPROVEN);
  assert_true(plan().attempts == 3 && plan().controls);
  next(PL_SIGN_TCP, 60); /* back: an edge again */
  assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
  assert_true(plan().attempts == 3 && plan().controls);
  next(PL_SIGN_TCP, 60);
  assert_false(plan().attempts == 3 || plan().controls);
  /* Of another check. */
  memory_life_fill(&life, PL_SIGN_TCP);
  for (size_t i = 0; i < life.k.facts.target_count; i++) {
    if (life.k.targets[i].role == PL_ROLE_PRIVATE)
      life.k.targets[i].attempts[0].certificate.time = PL_CERTIFICATE_EXPIRED;
  }
  memory_life_round(&life, 60);
  assert_true(plan().controls);
}

static void a_429_ends_variations_for_a_day(void **state) {
  (void)state;
  memory_life_init(&life, PL_SIGN_HTTP);
  for (size_t i = 0; i < life.k.facts.target_count; i++) {
    if (life.k.targets[i].role == PL_ROLE_SIBLING)
      life.k.targets[i].attempts[0].http_status = 429;
  }
  memory_life_round(&life, 0);
  for (unsigned hour = 1; hour <= 24; hour++) {
    life.k.facts.target_count = 2;
    life.store.edge = true;
    memory_life_round(&life, HOUR);
    assert_false(plan().controls);
  }
  life.store.edge = true;
  life.now.wall++;
  life.now.boot++;
  assert_true(plan().controls);
}

/* The new form is sent at once, and the baseline stays: it can't be recorded again. */
static void another_form_of_the_request_is_sent_at_once(void **state) {
  (void)state;
  static void (*const changes[])(void) = {change_user_agent, change_public_control,
                                          change_public_key};
  for (size_t i = 0; i < PL_COUNT_OF(changes); i++) {
    prove(PL_SIGN_HTTP);
    life.store.baseline = life.store.controls[PL_KEPT_KEY] = pl_stamp_of(&life.now);
    life.store.let_in = true;
    assert_false(plan().controls);
    changes[i]();
    assert_true(plan().controls);
    memory_life_round(&life, 60);
    assert_int_not_equal(life.view.baseline.at, 0);
    assert_int_equal(life.view.controls[PL_CONTROL_KEY], 0);
    assert_false(life.view.let_in);
  }
}

static void a_configuration_of_its_own_is_a_first_round(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  change_port();
  assert_true(plan().attempts == 3 && plan().controls);
}

/* The alarm is bound to nothing. */
static void every_change_leaves_the_alarm(void **state) {
  (void)state;
  static void (*const changes[])(void) = {change_path,      reboot,           clone,
                                          change_name,      change_port,      set_clock_back,
                                          change_signature, set_clock_forward};
  for (size_t i = 0; i < PL_COUNT_OF(changes); i++) {
    prove(PL_SIGN_TCP);
    life.store.alarm = (pl_alarm){.state = PL_ALARM_ON, .unsettled = true, .blocks = 1};
    changes[i]();
    memory_life_round(&life, 60);
    assert_int_equal(life.view.alarm.state, PL_ALARM_ON);
    assert_int_equal(life.store.alarm.state, PL_ALARM_ON);
    memory_life_round(&life, 1000 * DAY);
    assert_int_equal(life.view.alarm.state, PL_ALARM_ON);
    assert_int_equal(life.view.alarm.blocks, 0); /* counts start again */
    assert_int_equal(life.store.alarm.blocks, 0);
  }
}

/* A check does not know its interval: the time between the last two runs stands for it, and at
 * first what Nagios uses. One that is shorter than a round may take (ten seconds) is as long. */
static void three_intervals(void **state) {
  (void)state;
  static const struct {
    int64_t daemon, option, gap;
    int64_t longest;
  } cases[] = {{0, 0, 0, 900},  {0, 0, 60, 180},  {0, 0, 86400, 3 * 86400},
               {0, 10, 60, 30}, {20, 10, 60, 60}, {1, 0, 0, 30}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    memory_life_init(&life, PL_SIGN_TCP);
    assert_true(pl_memory_has_gap(&life.store, &life.k.spec, &life.now)); /* no round at all */
    life.now.interval = cases[i].daemon;
    life.k.spec.interval = cases[i].option * PL_SEC;
    memory_life_round(&life, 0);
    if (cases[i].gap != 0)
      memory_life_round(&life, cases[i].gap);
    assert_int_equal(life.store.gap, cases[i].gap);
    life.now.wall += cases[i].longest;
    life.now.boot += cases[i].longest;
    assert_false(pl_memory_has_gap(&life.store, &life.k.spec, &life.now));
    life.now.boot++;
    assert_true(pl_memory_has_gap(&life.store, &life.k.spec, &life.now));
  }
}

/* A guess at the interval is no reason to count what was seen a week ago as the moment before. */
static void attempts_of_last_week(void **state) {
  (void)state;
  static const struct {
    int64_t between;
    unsigned attempts, next;
  } cases[] = {{300, 3, 1}, {900, 3, 1}, {901, 0, 3}, {7 * DAY, 0, 3}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    memory_life_init(&life, PL_SIGN_TCP);
    life.now.interval = 0;
    memory_life_round(&life, 0);
    memory_life_fill(&life, PL_SIGN_TCP);
    proof_case_add(&life.k, PL_CONTROL_ATTEMPTS);
    proof_case_add(&life.k, PL_CONTROL_ROUTE);
    memory_life_round(&life, cases[i].between);
    assert_int_equal(life.verdict.public_verdict, PL_PUBLIC_BLOCKED);
    life.now.wall += cases[i].between;
    life.now.boot += cases[i].between;
    assert_false(pl_memory_has_gap(&life.store, &life.k.spec, &life.now));
    pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
    assert_int_equal(view.attempts, cases[i].attempts);
    assert_int_equal(plan().attempts, cases[i].next);
  }
}

static void a_check_without_the_public_one_learns_no_sign(void **state) {
  (void)state;
  prove(PL_SIGN_TCP);
  life.k.spec.checks = PL_CHECK_BIT(PL_CHECK_PORT);
  memory_life_round(&life, 60);
  assert_int_equal(life.store.signs, 1);
  assert_int_equal(life.store.rounds[0].attempts, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(three_days_of_rounds),
      cmocka_unit_test(controls_are_kept),
      cmocka_unit_test(another_sign_forgets_the_controls),
      cmocka_unit_test(a_key_that_is_let_in),
      cmocka_unit_test(a_key_that_is_let_in_and_then_not_answered),
      cmocka_unit_test(attempts_count_in_a_row),
      cmocka_unit_test(a_sign_after_our_variations),
      cmocka_unit_test(a_sign_after_a_sibling),
      cmocka_unit_test(a_sign_and_variations_in_one_round),
      cmocka_unit_test(a_new_address_needs_its_own_attempts),
      cmocka_unit_test(a_new_address_with_its_own_attempts_leaves_the_others),
      cmocka_unit_test(a_new_address_gets_its_own_attempts),
      cmocka_unit_test(what_another_sign_needs_is_not_remembered),
      cmocka_unit_test(an_address_of_plain_dns_alone),
      cmocka_unit_test(the_way_to_an_address_of_plain_dns_alone),
      cmocka_unit_test(the_way_to_addresses_that_rotate),
      cmocka_unit_test(the_pool_comes_to_rest),
      cmocka_unit_test(a_large_pool_never_does),
      cmocka_unit_test(a_family_stays_open_until_it_is_seen_closed),
      cmocka_unit_test(a_family_stays_open_through_unproven_rounds),
      cmocka_unit_test(a_family_stays_open_through_a_change_of_configuration),
      cmocka_unit_test(without_memory_everything_is_sent),
      cmocka_unit_test(a_key_is_sent_every_hour_where_only_it_tells),
      cmocka_unit_test(limited_syns_are_sent_until_there_was_room),
      cmocka_unit_test(limited_syns_count_without_near),
      cmocka_unit_test(limited_syns_that_prove_nothing_are_sent_every_hour),
      cmocka_unit_test(limited_syns_that_show_a_rival_are_sent_again),
      cmocka_unit_test(an_edge_sends_everything_again),
      cmocka_unit_test(a_429_ends_variations_for_a_day),
      cmocka_unit_test(another_form_of_the_request_is_sent_at_once),
      cmocka_unit_test(a_configuration_of_its_own_is_a_first_round),
      cmocka_unit_test(every_change_leaves_the_alarm),
      cmocka_unit_test(three_intervals),
      cmocka_unit_test(attempts_of_last_week),
      cmocka_unit_test(a_check_without_the_public_one_learns_no_sign),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
