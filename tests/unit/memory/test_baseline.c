// Tests the baseline: what one open round must show, and how long it counts.
#include "memory/baseline.h"
#include "memory_life.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY (24 * 3600)

static memory_life life;

/* An open round as it should be: SCTs, 200, a sibling that answers 404, and a private side. */
enum { PUBLIC, PRIVATE, SIBLING };

static void answer(pl_attempt_result *attempt, uint16_t status) {
  attempt->end = PL_END_HTTP_ANSWER;
  attempt->http_status = status;
  attempt->signature = -1;
  attempt->certificate = (pl_certificate){
      .seen = true, .chain_ok = true, .name_ok = true, .time = PL_CERTIFICATE_VALID};
}

static pl_attempt_result *attempt_of(unsigned target) {
  return &life.k.targets[target].attempts[0];
}

static void begin(void) {
  memory_life_init(&life, PL_SIGN_HTTP);
  proof_case_init(&life.k, PL_SIGN_HTTP, true);
  proof_case_add(&life.k, PL_CONTROL_SIBLING);
  answer(attempt_of(PUBLIC), 200);
  attempt_of(PUBLIC)->certificate.has_scts = true;
  answer(attempt_of(PRIVATE), 401);
  life.k.spec.baseline_age = 400;
}

/* ---- what is recorded ----------------------------------------------------------------------- */

typedef struct baseline_case {
  const char *name;
  void (*change)(void);
  bool recorded;
  uint16_t public_status, private_status;
} baseline_case;

static void nothing(void) {}
static void public_401(void) {
  answer(attempt_of(PUBLIC), 401), attempt_of(PUBLIC)->certificate.has_scts = true;
}
static void public_status(uint16_t status) { attempt_of(PUBLIC)->http_status = status; }
static void public_302(void) { public_status(302); }
static void public_403(void) { public_status(403); }
static void public_404(void) { public_status(404); }
static void public_500(void) { public_status(500); }
static void blocked(void) { public_status(403), attempt_of(PUBLIC)->signature = 0; }
static void body_cut(void) {
  public_status(200), life.k.signature.status = 200, attempt_of(PUBLIC)->body = PL_BODY_CUT;
}
static void no_scts(void) { attempt_of(PUBLIC)->certificate.has_scts = false; }
static void own_anchor(void) { no_scts(), attempt_of(PUBLIC)->certificate.public_anchor = true; }
static void expired(void) { attempt_of(PUBLIC)->certificate.time = PL_CERTIFICATE_EXPIRED; }
static void wrong_name(void) { attempt_of(PUBLIC)->certificate.name_ok = false; }
static void sibling_same(void) { attempt_of(SIBLING)->http_status = 200; }
static void sibling_throttled(void) { attempt_of(SIBLING)->http_status = 429; }
static void sibling_silent(void) {
  attempt_of(SIBLING)->end = PL_END_SILENT, attempt_of(SIBLING)->http_status = 0;
}
static void sibling_alert(void) { sibling_silent(), attempt_of(SIBLING)->end = PL_END_TLS_ALERT; }
static void sibling_reset(void) { sibling_silent(), attempt_of(SIBLING)->end = PL_END_TLS_RESET; }
static void sibling_foreign(void) {
  sibling_silent(), attempt_of(SIBLING)->end = PL_END_TLS_UNVERIFIED;
}
static void sibling_elsewhere(void) { life.k.targets[SIBLING].address.bytes[3]++; }
static void no_sibling(void) { life.k.facts.target_count = 2; }
static void set_name(const char *name) {
  static char storage[64];
  strcpy(storage, name);
  life.k.spec.public_name = storage;
}
static void no_sibling_possible(void) { no_sibling(), set_name("example.com"); }
static void no_sibling_root(void) { no_sibling(), set_name("example.com."); }
static void control_named(void) {
  static char control[] = "other.example.org";
  no_sibling_possible(), life.k.spec.public_control = control;
}
static void with_key(void) { life.k.targets[PRIVATE].with_key = true; }
static void private_down(void) { attempt_of(PRIVATE)->end = PL_END_REFUSED; }
static void private_evidence(void) {
  no_sibling_possible(), life.k.facts.target_count = 1;
  life.k.facts.private_evidence.up = true, life.k.facts.private_evidence.status = 200;
}
static void probe_tls(void) {
  life.k.spec.public_probe = PL_DEPTH_TLS;
  attempt_of(PUBLIC)->end = PL_END_TLS_DONE, attempt_of(PUBLIC)->http_status = 0;
}
static void probe_tls_control_named(void) { probe_tls(), control_named(); }
static void probe_tls_sibling_same(void) {
  probe_tls(), sibling_silent(), attempt_of(SIBLING)->end = PL_END_TLS_DONE;
}
static void probe_tls_expired(void) { probe_tls(), expired(); }
static void probe_tcp(void) {
  life.k.spec.public_probe = PL_DEPTH_TCP;
  attempt_of(PUBLIC)->end = PL_END_CONNECTED, attempt_of(PUBLIC)->http_status = 0;
}
static void reachable(void) { life.k.spec.expect_public = PL_EXPECT_REACHABLE; }

static const baseline_case baseline_cases[] = {
    {"open", nothing, true, 200, 401},
    {"expected to be reachable", reachable, true, 200, 401},
    {"401", public_401, true, 401, 401},
    {"a redirect", public_302, true, 302, 401},
    {"403", public_403, false, 0, 0},
    {"404", public_404, false, 0, 0},
    {"500", public_500, false, 0, 0},
    {"a listed sign", blocked, false, 0, 0},
    {"a sign that could not be read", body_cut, false, 0, 0},
    {"no SCTs", no_scts, false, 0, 0},
    {"no SCTs, --public-ca-file", own_anchor, true, 200, 401},
    {"expired", expired, false, 0, 0},
    {"another name", wrong_name, false, 0, 0},
    {"the sibling is throttled", sibling_throttled, false, 0, 0},
    {"the sibling answers alike", sibling_same, false, 0, 0},
    {"the sibling gives no answer", sibling_silent, false, 0, 0},
    {"the sibling's connection is reset", sibling_reset, false, 0, 0},
    {"the server knows no sibling", sibling_alert, true, 200, 401},
    {"the sibling has another certificate", sibling_foreign, true, 200, 401},
    {"the sibling is at another address", sibling_elsewhere, false, 0, 0},
    {"no sibling in this round", no_sibling, false, 0, 0},
    {"no sibling is possible", no_sibling_possible, true, 200, 401},
    {"no sibling is possible, with a final dot", no_sibling_root, true, 200, 401},
    {"--public-control is not for an answer", control_named, true, 200, 401},
    {"--public-probe tls, and --public-control was not asked", probe_tls_control_named, false, 0,
     0},
    {"the private side was asked with a key", with_key, true, 200, 0},
    {"the private side is down", private_down, true, 200, 0},
    {"the private side is known from another host", private_evidence, true, 200, 200},
    {"--public-probe tls", probe_tls, true, 0, 401},
    {"--public-probe tls, and the sibling alike", probe_tls_sibling_same, false, 0, 0},
    {"--public-probe tls, expired", probe_tls_expired, false, 0, 0},
    {"--public-probe tcp", probe_tcp, false, 0, 0},
};

static void what_is_a_baseline(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(baseline_cases); i++) {
    const baseline_case *c = &baseline_cases[i];
    begin();
    c->change();
    memory_life_round(&life, 0);
    if (life.recorded != c->recorded)
      fail_msg("%s: %d", c->name, life.recorded);
    assert_int_equal(life.store.baseline.wall != 0, c->recorded);
    assert_int_equal(life.store.baseline_public, c->public_status);
    assert_int_equal(life.store.baseline_private, c->private_status);
  }
}

/* ---- how long it counts --------------------------------------------------------------------- */

typedef struct age_case {
  const char *name;
  int64_t seconds;
  void (*change)(void);
  bool counts;
} age_case;

static void reboot(void) { life.now.host++, life.now.boot = 10; }
static void clone(void) { life.now.host = 99; }
static void reboot_into_the_past(void) { reboot(), life.now.wall -= 1000; }
static void set_clock_back(void) { life.now.wall -= 1000 * DAY; }
static void other_path_option(void) {
  static char path[] = "/v2";
  life.k.spec.path = path;
}
static void other_private_name(void) {
  static char name[] = "q.example.com";
  life.k.spec.private_name = name;
}
static void case_of_name(void) { set_name("API.example.com"); }
static void other_preset(void) {
  static const pl_preset preset = {.name = "other"};
  life.k.spec.preset = &preset;
}
static void other_depth(void) { life.k.spec.public_probe = PL_DEPTH_TLS; }
static void other_evidence(void) { life.k.signature.evidence = PL_EVIDENCE_HINT; }

static const age_case age_cases[] = {
    {"a minute", 60, nothing, true},
    {"400 days", 400LL * DAY, nothing, true},
    {"more than 400 days", 400LL * DAY + 1, nothing, false},
    {"after a reboot", 60, reboot, true},
    {"on a clone", 60, clone, true},
    {"from the future, after a reboot", 60, reboot_into_the_past, false},
    {"the clock was set back", 60, set_clock_back, true},
    {"another --path", 60, other_path_option, false},
    {"another private name", 60, other_private_name, false},
    {"the name in other letters", 60, case_of_name, true},
    {"another preset", 60, other_preset, false},
    {"another --public-probe", 60, other_depth, false},
    {"another weight of a signature", 60, other_evidence, false},
};

static void how_long_it_counts(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(age_cases); i++) {
    begin();
    memory_life_round(&life, 0);
    assert_true(life.recorded);
    age_cases[i].change();
    life.now.wall += age_cases[i].seconds;
    life.now.boot += age_cases[i].seconds;
    pl_memory view = pl_memory_view(&life.store, &life.k.spec, &life.k.facts, &life.now);
    if ((view.baseline.at != 0) != age_cases[i].counts)
      fail_msg("%s: %d", age_cases[i].name, view.baseline.at != 0);
    if (view.baseline.at == 0)
      continue;
    assert_int_equal(view.baseline.private_status, 401);
    assert_in_range(life.now.wall - view.baseline.at, 0, 400LL * DAY);
  }
}

static void the_metric_has_its_age(void **state) {
  (void)state;
  begin();
  memory_life_round(&life, 0);
  const pl_metric *age =
      pl_metrics_get_zone(&life.verdict.metrics, PL_METRIC_PUBLIC_BASELINE_AGE, "");
  assert_non_null(age);
  assert_false(age->known); /* it is recorded after this round */
  memory_life_round(&life, 90);
  assert_true(age->known);
  assert_int_equal(age->value, 90);
  memory_life_round(&life, 400LL * DAY + 1);
  assert_false(age->known);
}

/* The newest counts, unless it lacks the private side's status. */
static void the_newest_with_a_status_counts(void **state) {
  (void)state;
  begin();
  memory_life_round(&life, 0);
  private_down();
  memory_life_round(&life, 60);
  assert_false(life.recorded);
  assert_int_equal(life.store.baseline_private, 401);
  answer(attempt_of(PRIVATE), 200);
  memory_life_round(&life, 60);
  assert_true(life.recorded);
  assert_int_equal(life.store.baseline_private, 200);
  assert_int_equal(life.store.baseline.wall, life.now.wall);
}

/* The strongest proof: a bare status is one, once the endpoint was seen open. */
static void a_baseline_proves_a_bare_status(void **state) {
  (void)state;
  for (unsigned with = 0; with < 2; with++) {
    begin();
    if (with == 0)
      no_scts();
    memory_life_round(&life, 0);
    life.k.signature.regex = NULL;
    pl_memory_store kept = life.store;
    begin();
    life.store = kept;
    life.k.facts.target_count = 2;
    public_status(403);
    attempt_of(PUBLIC)->signature = 0;
    life.k.spec.accept = 1u << PL_RIVAL_OUTAGE;
    memory_life_round(&life, 7200);
    assert_int_equal(life.verdict.public_verdict,
                     with == 1 ? PL_PUBLIC_BLOCKED : PL_PUBLIC_UNPROVEN);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_a_baseline),
      cmocka_unit_test(how_long_it_counts),
      cmocka_unit_test(the_metric_has_its_age),
      cmocka_unit_test(the_newest_with_a_status_counts),
      cmocka_unit_test(a_baseline_proves_a_bare_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
